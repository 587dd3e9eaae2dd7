// SPDX-License-Identifier: Apache-2.0
#include "did.h"

#include <stdlib.h>

enum { NAME_ROOM = 24 };

// A group's rows at one time since its start, and the column that marks them.
struct cell {
    double group, since;
    size_t rows;
    double *mark;
    char name[NAME_ROOM];
};

struct work {
    struct ph_context *c;
    const struct ph_frame *f;
    const struct ph_sunab_options *o;
    struct cell *cell;
    size_t n;
    struct ph_column *column;
    int32_t *period; // [rows], each row's time as a number in order
    char *formula;
};

static int in_order(const void *a, const void *b)
{
    const struct cell *x = a;
    const struct cell *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return x->since < y->since ? -1 : x->since > y->since;
}

static bool whole(const struct work *k, size_t i)
{
    const struct ph_sunab_options *o = k->o;
    return !ev_cell_missing(k->f, o->outcome, i) && !ev_cell_missing(k->f, o->unit, i) &&
           !ev_cell_missing(k->f, o->time, i) &&
           (o->cluster == PH_NONE || !ev_cell_missing(k->f, o->cluster, i));
}

static double start_of(const struct work *k, size_t i)
{
    bool never = ev_cell_missing(k->f, k->o->first_treated, i);
    return never ? 0 : ev_cell(k->f, k->o->first_treated, i);
}

// The cell of a row of a treated unit, made when it is new.
static enum ph_status place(struct work *k, double group, double since, struct cell **ret)
{
    struct cell want = { .group = group, .since = since };
    for (size_t i = 0; i < k->n; i++) {
        if (in_order(&want, &k->cell[i]) == 0) {
            *ret = &k->cell[i];
            return PH_OK;
        }
    }
    if (k->n == PH_SUNAB_CELLS_MAX) {
        return ev_complain(
            k->c, PH_TOO_LARGE, "Groups and periods make over %d cells.", (int)PH_SUNAB_CELLS_MAX);
    }
    k->cell[k->n] = want;
    *ret = &k->cell[k->n++];
    return PH_OK;
}

// The last period before a start is the reference: the largest time below it.
static double reference_of(const struct work *k, double group)
{
    double last = -INFINITY;
    for (size_t i = 0; i < k->f->rows; i++) {
        if (whole(k, i) && ev_cell(k->f, k->o->time, i) < group) {
            last = fmax(last, ev_cell(k->f, k->o->time, i));
        }
    }
    return last - group;
}

static enum ph_status find_cells(struct work *k)
{
    size_t never = 0;
    for (size_t i = 0; i < k->f->rows; i++) {
        if (!whole(k, i)) {
            continue;
        }
        double group = start_of(k, i);
        never += group == 0;
        struct cell *at = NULL;
        enum ph_status status = PH_OK;
        if (group != 0) {
            status = place(k, group, ev_cell(k->f, k->o->time, i) - group, &at);
        }
        if (status != PH_OK) {
            return status;
        }
        if (at) {
            at->rows++;
        }
    }
    if (never == 0 || k->n == 0) {
        return ev_complain(k->c, PH_DATA, "There must be treated units and some that never are.");
    }
    qsort(k->cell, k->n, sizeof(*k->cell), in_order);
    size_t kept = 0;
    double reference = NAN;
    for (size_t i = 0; i < k->n; i++) {
        if (i == 0 || k->cell[i].group != k->cell[i - 1].group) {
            reference = reference_of(k, k->cell[i].group);
        }
        // Without a period before it a group has nothing to be compared with.
        if (isfinite(reference) && k->cell[i].since != reference) {
            k->cell[kept++] = k->cell[i];
        }
    }
    k->n = kept;
    return kept > 0 ? PH_OK : ev_complain(k->c, PH_DATA, "No group has a period before its start.");
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// Times are numbers; an absorbed effect wants keys.
static enum ph_status number_periods(struct work *k)
{
    double *time = ev_take(k->c, k->f->rows, sizeof(double));
    k->period = ev_take(k->c, k->f->rows, sizeof(int32_t));
    if (!time || !k->period) {
        ev_give_back(k->c, time);
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < k->f->rows; i++) {
        if (!ev_cell_missing(k->f, k->o->time, i)) {
            time[n++] = ev_cell(k->f, k->o->time, i);
        }
    }
    qsort(time, n, sizeof(double), ascending);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || time[i] != time[kept - 1]) {
            time[kept++] = time[i];
        }
    }
    for (size_t i = 0; i < k->f->rows; i++) {
        if (!ev_cell_missing(k->f, k->o->time, i)) {
            double own = ev_cell(k->f, k->o->time, i);
            const double *at = bsearch(&own, time, kept, sizeof(double), ascending);
            k->period[i] = (int32_t)(at - time);
        }
    }
    ev_give_back(k->c, time);
    return PH_OK;
}

// The outcome, unit, time and cluster under names of our own, and a column a cell.
static enum ph_status build(struct work *k)
{
    static const char *const names[] = { "y", "unit", "time", "cluster" };
    const int32_t from[] = { k->o->outcome, k->o->unit, k->o->time,
        k->o->cluster == PH_NONE ? k->o->unit : k->o->cluster };
    k->column = ev_take(k->c, k->n + 4, sizeof(*k->column));
    k->formula = ev_take(k->c, k->n * NAME_ROOM + 64, 1);
    if (!k->column || !k->formula) {
        return PH_NO_MEMORY;
    }
    for (int i = 0; i < 4; i++) {
        k->column[i] = k->f->column[from[i]];
        k->column[i].name = names[i];
    }
    enum ph_status status = number_periods(k);
    if (status != PH_OK) {
        return status;
    }
    k->column[2] = (struct ph_column){ .name = names[2],
        .kind = PH_KEY,
        .key = k->period,
        .missing = k->f->column[k->o->time].missing };
    char *at = k->formula + sprintf(k->formula, "y ~ ");
    for (size_t m = 0; m < k->n; m++) {
        struct cell *cell = &k->cell[m];
        cell->mark = ev_take(k->c, k->f->rows, sizeof(double));
        if (!cell->mark) {
            return PH_NO_MEMORY;
        }
        snprintf(cell->name, NAME_ROOM, "d%zu", m);
        for (size_t i = 0; i < k->f->rows; i++) {
            double group = start_of(k, i);
            bool on = whole(k, i) && group == cell->group &&
                      ev_cell(k->f, k->o->time, i) - group == cell->since;
            cell->mark[i] = on;
        }
        k->column[m + 4] =
            (struct ph_column){ .name = cell->name, .kind = PH_REAL, .real = cell->mark };
        at += sprintf(at, "%s%s", m > 0 ? " + " : "", cell->name);
    }
    strcpy(at, " | unit + time");
    return PH_OK;
}

// The mean of the cells for which SINCE fits, by rows: its error from the whole covariance.
static struct ph_att mean_of(const struct work *k, const struct ph_regression_result *r,
    double least, double most, double quantile)
{
    struct ph_att a = { .group = NAN, .time = least == most ? least : NAN, .most_likely = NAN };
    double rows = 0;
    double variance = 0;
    a.att = 0;
    for (size_t i = 0; i < k->n; i++) {
        bool fits = k->cell[i].since >= least && k->cell[i].since <= most;
        if (!fits || r->coefficients[i].dropped) {
            continue;
        }
        double w = (double)k->cell[i].rows;
        rows += w;
        a.treated += k->cell[i].rows;
        a.att += w * r->coefficients[i].estimate;
        for (size_t j = 0; j < k->n; j++) {
            bool also = k->cell[j].since >= least && k->cell[j].since <= most;
            if (also && !r->coefficients[j].dropped) {
                variance += w * (double)k->cell[j].rows * r->vcov[i * r->n_coefficients + j];
            }
        }
    }
    a.att /= rows;
    a.se = sqrt(variance) / rows;
    a.interval = (struct ph_interval){ a.att - quantile * a.se, a.att + quantile * a.se };
    a.band = (struct ph_interval){ NAN, NAN };
    a.estimated = isfinite(a.att);
    return a;
}

static enum ph_status summarise(
    struct work *k, const struct ph_regression_result *r, struct ph_sunab_result *out)
{
    double df = (double)r->clusters[0] - 1;
    double quantile = ph_t_quantile(0.5 + k->o->level / 2, df);
    double *since = ev_take(k->c, k->n, sizeof(double));
    out->cells.item = ev_take(k->c, k->n, sizeof(struct ph_att));
    out->by_event.item = ev_take(k->c, k->n, sizeof(struct ph_att));
    if (!since || !out->cells.item || !out->by_event.item) {
        ev_give_back(k->c, since);
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < k->n; i++) {
        const struct ph_coefficient *b = &r->coefficients[i];
        out->cells.item[out->cells.n++] = (struct ph_att){ .group = k->cell[i].group,
            .time = k->cell[i].group + k->cell[i].since,
            .att = b->estimate,
            .se = b->se,
            .interval = b->interval,
            .band = { NAN, NAN },
            .treated = k->cell[i].rows,
            .most_likely = NAN,
            .estimated = !b->dropped };
        since[i] = k->cell[i].since;
    }
    qsort(since, k->n, sizeof(double), ascending);
    for (size_t i = 0; i < k->n; i++) {
        if (i == 0 || since[i] != since[i - 1]) {
            out->by_event.item[out->by_event.n++] = mean_of(k, r, since[i], since[i], quantile);
        }
    }
    ev_give_back(k->c, since);
    struct ph_att all = mean_of(k, r, 0, INFINITY, quantile);
    out->cells.overall = out->by_event.overall = all;
    out->cells.critical = out->by_event.critical = NAN;
    out->head = r->head;
    out->head.convention = "sunab.cr1";
    out->head.estimate = all.att;
    out->head.se = all.se;
    out->head.df = df;
    out->head.interval = (struct ph_interval){ NAN, NAN };
    out->head.p = NAN;
    ev_interval_t(&out->head);
    out->head.grade = PH_GRADE_B;
    return ev_check_finite(k->c, &out->head);
}

static enum ph_status check(
    struct ph_context *c, const struct ph_frame *f, const struct ph_sunab_options *o)
{
    enum ph_status status = ev_column_check(c, f, o->outcome, PH_REAL, "outcome");
    status = status == PH_OK ? ev_column_check(c, f, o->unit, PH_KEY, "unit") : status;
    status = status == PH_OK ? ev_column_check(c, f, o->time, PH_REAL, "time") : status;
    status = status == PH_OK ? ev_column_check(c, f, o->first_treated, PH_REAL, "first treated")
                             : status;
    if (status == PH_OK && o->cluster != PH_NONE) {
        status = ev_column_check(c, f, o->cluster, PH_KEY, "cluster");
    }
    return status == PH_OK ? ev_check_level(c, o->level) : status;
}

static void release(struct work *k)
{
    for (size_t i = 0; k->cell && i < k->n; i++) {
        ev_give_back(k->c, k->cell[i].mark);
    }
    ev_give_back(k->c, k->cell);
    ev_give_back(k->c, k->column);
    ev_give_back(k->c, k->period);
    ev_give_back(k->c, k->formula);
}

enum ph_status ph_sunab(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_sunab_options *options, struct ph_sunab_result *ret_result)
{
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_result);
    status = status == PH_OK ? check(context, frame, options) : status;
    if (status != PH_OK) {
        return status;
    }
    struct ph_sunab_result out = { .head = ev_result_blank(options->level, "sunab.cr1") };
    const struct ph_panel_columns columns = { options->outcome, options->unit, options->time,
        PH_NONE, options->first_treated };
    uint64_t repeats = 0;
    status = ev_panel_repeats(context, frame, &columns, &repeats);
    if (status != PH_OK) {
        return status;
    }
    struct work k = { .c = context, .f = frame, .o = options };
    k.cell = ev_take(context, PH_SUNAB_CELLS_MAX, sizeof(*k.cell));
    status = k.cell ? find_cells(&k) : PH_NO_MEMORY;
    status = status == PH_OK ? build(&k) : status;
    if (status == PH_OK) {
        struct ph_frame f = *frame;
        struct ph_regression_options o = PH_REGRESSION_OPTIONS;
        struct ph_regression_result r;
        f.column = k.column;
        f.columns = k.n + 4;
        o.formula = k.formula;
        o.vcov = PH_VCOV_CR1;
        o.cluster[0] = 3;
        o.level = options->level;
        status = ph_regression(context, &f, &o, &r);
        if (status == PH_OK) {
            status = summarise(&k, &r, &out);
            ph_regression_release(context, &r);
        }
    }
    release(&k);
    if (status != PH_OK) {
        ph_sunab_release(context, &out);
        return status;
    }
    out.head.warnings |= repeats;
    *ret_result = out;
    return PH_OK;
}

void ph_sunab_release(struct ph_context *context, struct ph_sunab_result *result)
{
    ev_give_back(context, result->cells.item);
    ev_give_back(context, result->by_event.item);
    result->cells.item = result->by_event.item = NULL;
}
