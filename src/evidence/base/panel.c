// SPDX-License-Identifier: Apache-2.0
#include "panel.h"

#include <stdlib.h>

enum { DONORS_MAX = 2000, CELLS_MAX = 1 << 26 };

struct row {
    int32_t key;
    double time;
    size_t at; // row of the frame
    bool has_outcome;
};

static int by_unit_and_time(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static enum ph_status check(
    struct ph_context *c, const struct ph_frame *f, const struct ph_panel_columns *col)
{
    enum ph_status status = ev_column_check(c, f, col->outcome, PH_REAL, "outcome");
    if (status == PH_OK) {
        status = ev_column_check(c, f, col->unit, PH_KEY, "unit");
    }
    if (status == PH_OK) {
        status = ev_column_check(c, f, col->time, PH_REAL, "time");
    }
    if (status == PH_OK && (col->treat == PH_NONE) == (col->first_treated == PH_NONE)) {
        return ev_complain(c, PH_INVALID,
            "Give the column that marks treated rows, or that with first treated times, not both.");
    }
    if (status == PH_OK) {
        status = col->treat != PH_NONE
                     ? ev_column_check_01(c, f, col->treat, "treatment")
                     : ev_column_check(c, f, col->first_treated, PH_REAL, "first treated");
    }
    return status;
}

// Rows with unit, time and treatment, sorted. Rows without an outcome stay: they tell of a gap.
static enum ph_status read_rows(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *col, struct ph_result *r, struct row **ret_rows, size_t *ret_n)
{
    struct row *rows = ev_take(c, f->rows, sizeof(*rows));
    if (!rows) {
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        if (ev_cell_missing(f, col->unit, i)) {
            r->dropped[PH_DROP_UNIT]++;
        } else if (ev_cell_missing(f, col->time, i)) {
            r->dropped[PH_DROP_TIME]++;
        } else if (col->treat != PH_NONE && ev_cell_missing(f, col->treat, i)) {
            r->dropped[PH_DROP_GROUP]++;
        } else {
            r->dropped[PH_DROP_OUTCOME] += ev_cell_missing(f, col->outcome, i);
            rows[n++] = (struct row){ .key = ev_cell_key(f, col->unit, i),
                .time = ev_cell(f, col->time, i),
                .at = i,
                .has_outcome = !ev_cell_missing(f, col->outcome, i) };
        }
    }
    qsort(rows, n, sizeof(*rows), by_unit_and_time);
    for (size_t i = 1; i < n; i++) {
        if (rows[i].key == rows[i - 1].key && rows[i].time == rows[i - 1].time) {
            enum ph_status status = ev_complain(c, PH_DATA,
                "Rows %zu and %zu are of the same unit and time: keep one, or add them up.",
                ev_row(f, rows[i - 1].at), ev_row(f, rows[i].at));
            ev_give_back(c, rows);
            return status;
        }
    }
    *ret_rows = rows;
    *ret_n = n;
    return PH_OK;
}

static enum ph_status read_times(
    struct ph_context *c, const struct row *rows, size_t n, struct panel *p)
{
    p->time = ev_take(c, n, sizeof(double));
    if (!p->time) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        p->time[i] = rows[i].time;
    }
    qsort(p->time, n, sizeof(double), by_value);
    for (size_t i = 0; i < n; i++) {
        if (p->periods == 0 || p->time[i] != p->time[p->periods - 1]) {
            p->time[p->periods++] = p->time[i];
        }
    }
    return PH_OK;
}

// When the unit whose rows are ROWS[0..N) starts.
static enum ph_status read_start(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *col, const struct row *rows, size_t n, double *ret_start)
{
    double start = INFINITY;
    if (col->treat != PH_NONE) {
        for (size_t i = 0; i < n; i++) {
            bool on = ev_cell(f, col->treat, rows[i].at) == 1;
            if (!on && start < INFINITY) {
                return ev_complain(c, PH_DATA,
                    "Row %zu: this unit was treated before and isn't here. Treatment that ends "
                    "needs another method.",
                    ev_row(f, rows[i].at));
            }
            start = on && start == INFINITY ? rows[i].time : start;
        }
    } else {
        double first = NAN;
        for (size_t i = 0; i < n; i++) {
            double told = ev_cell_missing(f, col->first_treated, rows[i].at)
                              ? 0
                              : ev_cell(f, col->first_treated, rows[i].at);
            if (i > 0 && told != first) {
                return ev_complain(c, PH_DATA,
                    "Row %zu: this unit's first treated time differs from that in row %zu.",
                    ev_row(f, rows[i].at), ev_row(f, rows[0].at));
            }
            first = told;
        }
        start = first == 0 ? INFINITY : first;
    }
    *ret_start = start;
    return PH_OK;
}

// The units with a row in ROWS, donors first. A unit whose start comes after all periods is a
// donor.
static enum ph_status read_units(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *col, const struct row *rows, size_t n, struct panel *p)
{
    struct panel_unit *all = ev_take(c, n, sizeof(*all));
    p->unit = ev_take(c, n, sizeof(*p->unit));
    if (!all || !p->unit) {
        ev_give_back(c, all);
        return PH_NO_MEMORY;
    }
    size_t units = 0;
    double last = p->time[p->periods - 1];
    enum ph_status status = PH_OK;
    for (size_t i = 0, end; status == PH_OK && i < n; i = end) {
        for (end = i; end < n && rows[end].key == rows[i].key; end++) {
        }
        double start = INFINITY;
        status = read_start(c, f, col, rows + i, end - i, &start);
        start = start > last ? INFINITY : start;
        all[units++] =
            (struct panel_unit){ .key = rows[i].key, .first_row = rows[i].at, .start = start };
    }
    for (int treated = 0; treated < 2; treated++) {
        for (size_t u = 0; u < units; u++) {
            if ((all[u].start < INFINITY) == treated) {
                p->unit[p->units++] = all[u];
            }
        }
        p->donors = treated ? p->donors : p->units;
    }
    p->treated = p->units - p->donors;
    ev_give_back(c, all);
    return status;
}

static enum ph_status check_start(
    struct ph_context *c, const struct ph_frame *f, bool together, const struct panel *p)
{
    if (p->treated == 0) {
        return ev_complain(c, PH_DATA, "No unit is treated in these rows.");
    }
    const struct panel_unit *one = &p->unit[p->donors];
    for (size_t i = p->donors + 1; together && i < p->units; i++) {
        if (p->unit[i].start != one->start) {
            return ev_complain(c, PH_DATA,
                "The units of rows %zu and %zu start at %.15g and %.15g. For a staggered start use "
                "attgt.",
                ev_row(f, one->first_row), ev_row(f, p->unit[i].first_row), one->start,
                p->unit[i].start);
        }
    }
    return PH_OK;
}

// Fills the matrix, each unit in the row that the panel gives it; NAN where nothing is known.
static enum ph_status fill(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *col, const struct row *rows, size_t n, struct panel *p)
{
    if (p->units > CELLS_MAX / p->periods) {
        return ev_complain(
            c, PH_TOO_LARGE, "%zu units in %zu periods are too many.", p->units, p->periods);
    }
    p->y = ev_take(c, p->units * p->periods, sizeof(double));
    p->row = ev_take(c, p->units * p->periods, sizeof(size_t));
    if (!p->y || !p->row) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < p->units * p->periods; i++) {
        p->y[i] = NAN;
    }
    // Units of either kind stand in the order of their keys, as the rows do.
    size_t at[2] = { 0, p->donors };
    for (size_t i = 0, end; i < n; i = end) {
        bool treated = at[1] < p->units && p->unit[at[1]].key == rows[i].key;
        double *y = p->y + at[treated] * p->periods;
        size_t *row = p->row + at[treated]++ * p->periods;
        size_t t = 0;
        for (end = i; end < n && rows[end].key == rows[i].key; end++) {
            while (p->time[t] < rows[end].time) {
                t++;
            }
            if (rows[end].has_outcome) {
                y[t] = ev_cell(f, col->outcome, rows[end].at);
                row[t] = rows[end].at;
            }
        }
    }
    return PH_OK;
}

// The first period without an outcome, or the number of periods.
static size_t first_gap(const struct panel *p, size_t unit)
{
    size_t t = 0;
    while (t < p->periods && isfinite(p->y[unit * p->periods + t])) {
        t++;
    }
    return t;
}

// Leaves out units with gaps; where all start together a treated unit with one is an error.
static enum ph_status complete(
    struct ph_context *c, const struct ph_frame *f, enum panel_starts starts, struct panel *p)
{
    size_t kept = 0;
    size_t donors = 0;
    for (size_t u = 0; u < p->units; u++) {
        size_t gap = first_gap(p, u);
        if (gap < p->periods && u >= p->donors && starts == PANEL_ONE_START) {
            return ev_complain(c, PH_DATA,
                "The treated unit of row %zu has no outcome at time %.15g: every period is needed.",
                ev_row(f, p->unit[u].first_row), p->time[gap]);
        }
        if (gap < p->periods) {
            p->left_out++;
            continue;
        }
        p->unit[kept] = p->unit[u];
        memmove(p->y + kept * p->periods, p->y + u * p->periods, p->periods * sizeof(double));
        memmove(p->row + kept * p->periods, p->row + u * p->periods, p->periods * sizeof(size_t));
        kept++;
        donors += u < p->donors;
    }
    p->donors = donors;
    p->units = kept;
    p->treated = kept - donors;
    return PH_OK;
}

static enum ph_status check_donors(struct ph_context *c, const struct panel *p)
{
    if (p->donors < 2) {
        return ev_complain(c, PH_DATA,
            "Only %zu untreated units have an outcome in every period; at least 2 are needed.",
            p->donors);
    }
    if (p->donors > DONORS_MAX) {
        return ev_complain(c, PH_TOO_LARGE, "At most %d donors can be weighed; these are %zu.",
            DONORS_MAX, p->donors);
    }
    return PH_OK;
}

static enum ph_status check_periods(struct ph_context *c, struct panel *p, size_t least)
{
    double start = INFINITY;
    for (size_t i = p->donors; i < p->units; i++) {
        start = fmin(start, p->unit[i].start);
    }
    while (p->pre < p->periods && p->time[p->pre] < start) {
        p->pre++;
    }
    if (p->pre < least) {
        return ev_complain(c, PH_DATA,
            "There are %zu periods before the start at %.15g; at least %zu are needed.", p->pre,
            start, least);
    }
    return PH_OK;
}

enum ph_status ev_panel_gather(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *columns, enum panel_starts starts, struct ph_result *r,
    struct panel *ret_panel)
{
    struct panel p = { 0 };
    struct row *rows = NULL;
    size_t n = 0;
    bool together = starts == PANEL_ONE_START;
    enum ph_status status = check(c, f, columns);
    if (status != PH_OK) {
        return status;
    }
    status = read_rows(c, f, columns, r, &rows, &n);
    if (status == PH_OK && n == 0) {
        status =
            ev_complain(c, PH_DATA, "No row of %zu has all the values that are needed.", f->rows);
    }
    status = status == PH_OK ? read_times(c, rows, n, &p) : status;
    status = status == PH_OK ? read_units(c, f, columns, rows, n, &p) : status;
    status = status == PH_OK ? check_start(c, f, together, &p) : status;
    status = status == PH_OK ? fill(c, f, columns, rows, n, &p) : status;
    status = status == PH_OK ? complete(c, f, starts, &p) : status;
    status = status == PH_OK && together ? check_donors(c, &p) : status;
    status = status == PH_OK && together ? check_periods(c, &p, 2) : status;
    ev_give_back(c, rows);
    if (status != PH_OK) {
        ev_panel_release(c, &p);
        return status;
    }
    r->n = p.units * p.periods;
    r->n_dropped = f->rows - r->n;
    r->dropped[PH_DROP_UNBALANCED] = n - r->n - r->dropped[PH_DROP_OUTCOME];
    r->clusters = p.units;
    ev_warn_dropped(r);
    *ret_panel = p;
    return PH_OK;
}

void ev_panel_release(struct ph_context *c, struct panel *p)
{
    ev_give_back(c, p->time);
    ev_give_back(c, p->unit);
    ev_give_back(c, p->y);
    ev_give_back(c, p->row);
    *p = (struct panel){ 0 };
}
