// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "design.h"

#include <stdlib.h>

struct ev_design *ev_design_new(struct ph_context *c, const struct ph_frame *f)
{
    if (!f || (f->columns > 0 && !f->column)) {
        (void)ev_complain(c, PH_INVALID, "A frame is needed.");
        return NULL;
    }
    if (f->rows > ROWS_MAX) {
        (void)ev_complain(c, PH_TOO_LARGE, "A frame may have %d rows at most.", ROWS_MAX);
        return NULL;
    }
    struct ev_design *d = ev_take(c, 1, sizeof(*d));
    if (!d) {
        return NULL;
    }
    d->c = c;
    d->f = f;
    d->weights = PH_NONE;
    d->cluster[0].column = PH_NONE;
    d->cluster[1].column = PH_NONE;
    d->left_out = ev_take(c, f->rows, 1);
    if (!d->left_out) {
        ev_design_free(d);
        return NULL;
    }
    return d;
}

void ev_design_free(struct ev_design *d)
{
    if (!d) {
        return;
    }
    struct ph_context *c = d->c;
    for (size_t j = 0; j < d->p; j++) {
        ev_give_back(c, d->x[j]);
        ev_give_back(c, d->name[j]);
    }
    for (int k = 0; k < 2; k++) {
        bool own = true;
        for (size_t i = 0; i < d->n_absorbed; i++) {
            own = own && d->absorbed[i].of != d->cluster[k].of;
        }
        ev_give_back(c, own ? d->cluster[k].of : NULL);
    }
    for (size_t i = 0; i < d->n_absorbed; i++) {
        ev_give_back(c, d->absorbed[i].of);
    }
    ev_give_back(c, d->x);
    ev_give_back(c, d->name);
    ev_give_back(c, d->y);
    ev_give_back(c, d->w);
    ev_give_back(c, d->row);
    ev_give_back(c, d->left_out);
    ev_give_back(c, d);
}

// ---- What rows need ----

enum ph_status ev_design_need(struct ev_design *d, int32_t column, enum ph_column_kind kind,
    enum ph_drop reason, const char *role)
{
    if (column == PH_NONE) {
        return PH_OK;
    }
    enum ph_status status = ev_column_check(d->c, d->f, column, kind, role);
    const uint8_t *missing = status == PH_OK ? d->f->column[column].missing : NULL;
    for (size_t i = 0; missing && i < d->f->rows; i++) {
        if (missing[i] && !d->left_out[i]) {
            d->left_out[i] = (uint8_t)(1 + reason);
        }
    }
    return status;
}

void ev_design_need_expr(struct ev_design *d, const struct ev_expr *e, enum ph_drop reason)
{
    bool none = true;
    for (size_t k = 0; k < e->n; k++) {
        none = none && (e->step[k].op != EV_OP_COLUMN || !d->f->column[e->step[k].name].missing);
    }
    for (size_t i = 0; !none && i < d->f->rows; i++) {
        if (!d->left_out[i] && ev_expr_missing(e, d->f, i)) {
            d->left_out[i] = (uint8_t)(1 + reason);
        }
    }
}

enum ph_status ev_design_absorb(struct ev_design *d, int32_t column)
{
    if (d->n_absorbed == EV_ABSORBED_MAX) {
        return ev_complain(
            d->c, PH_TOO_LARGE, "%d columns can be absorbed at most.", EV_ABSORBED_MAX);
    }
    enum ph_status status = ev_design_need(d, column, PH_KEY, PH_DROP_UNIT, "absorbed");
    if (status == PH_OK) {
        d->absorbed[d->n_absorbed++].column = column;
    }
    return status;
}

enum ph_status ev_design_cluster(struct ev_design *d, int place, int32_t column)
{
    d->cluster[place].column = column;
    return ev_design_need(d, column, PH_KEY, PH_DROP_UNIT, "cluster");
}

enum ph_status ev_design_weigh(struct ev_design *d, int32_t column)
{
    enum ph_status status = ev_design_need(d, column, PH_REAL, PH_DROP_WEIGHT, "weights");
    d->weights = column;
    for (size_t i = 0; status == PH_OK && column != PH_NONE && i < d->f->rows; i++) {
        if (d->left_out[i]) {
            continue;
        }
        double w = ev_cell(d->f, column, i);
        if (w < 0) {
            return ev_complain(d->c, PH_DATA,
                "Row %zu: the weight is %g; weights are not negative.", ev_row(d->f, i), w);
        }
        d->left_out[i] = w == 0 ? 1 + PH_DROP_WEIGHT : 0;
    }
    return status;
}

// ---- Groups ----

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

// Keys far apart: by a sorted list of them.
static enum ph_status number_sparse(struct ev_design *d, const int32_t *key, struct ev_groups *g)
{
    int32_t *list = ev_take(d->c, d->n, sizeof(*list));
    if (!list) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < d->n; i++) {
        list[i] = key[ev_design_row(d, i)];
    }
    qsort(list, d->n, sizeof(*list), by_number);
    size_t first = 0;
    g->least = d->n;
    for (size_t i = 0; i < d->n; i++) {
        if (i == 0 || list[i] != list[g->n - 1]) {
            g->least = i > 0 && i - first < g->least ? i - first : g->least;
            first = i;
            list[g->n++] = list[i];
        }
    }
    g->least = d->n - first < g->least ? d->n - first : g->least;
    for (size_t i = 0; i < d->n; i++) {
        const int32_t *at =
            bsearch(&key[ev_design_row(d, i)], list, g->n, sizeof(*list), by_number);
        g->of[i] = (int32_t)(at - list);
    }
    ev_give_back(d->c, list);
    return PH_OK;
}

static enum ph_status number_close(
    struct ev_design *d, const int32_t *key, int32_t lo, size_t range, struct ev_groups *g)
{
    int32_t *place = ev_take(d->c, range, sizeof(*place));
    if (!place) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < d->n; i++) {
        place[(int64_t)key[ev_design_row(d, i)] - lo]++;
    }
    g->least = d->n;
    for (size_t k = 0; k < range; k++) {
        if (place[k]) {
            g->least = (size_t)place[k] < g->least ? (size_t)place[k] : g->least;
            place[k] = (int32_t)g->n++;
        }
    }
    for (size_t i = 0; i < d->n; i++) {
        g->of[i] = place[(int64_t)key[ev_design_row(d, i)] - lo];
    }
    ev_give_back(d->c, place);
    return PH_OK;
}

// Keys that never fall, as of rows sorted by unit: one pass. False where one does.
static bool number_sorted(const struct ev_design *d, const int32_t *key, struct ev_groups *g)
{
    int32_t before = key[ev_design_row(d, 0)];
    int32_t level = 0;
    size_t first = 0;
    g->least = d->n;
    for (size_t i = 0; i < d->n; i++) {
        int32_t k = key[ev_design_row(d, i)];
        if (k != before) {
            if (k < before) {
                return false;
            }
            g->least = i - first < g->least ? i - first : g->least;
            first = i;
            before = k;
            level++;
        }
        g->of[i] = level;
    }
    g->least = d->n - first < g->least ? d->n - first : g->least;
    g->n = (size_t)level + 1;
    g->runs = g->n;
    return true;
}

// Keys that rise and begin anew, as the times of a panel: the same ones each time. False where they
// are not.
static bool number_repeating(const struct ev_design *d, const int32_t *key, struct ev_groups *g)
{
    enum { LEVELS_MAX = 4096 };
    size_t n = d->n;
    size_t m = 1;
    while (m < n && m <= LEVELS_MAX && key[m] > key[m - 1]) {
        m++;
    }
    if (d->row || m < 2 || m > LEVELS_MAX || n < 2 * m) {
        return false;
    }
    for (size_t from = 0; from < n; from += m) {
        size_t end = n - from < m ? n - from : m;
        int32_t other = 0;
        for (size_t t = 0; t < end; t++) {
            other |= key[from + t] ^ key[t];
            g->of[from + t] = (int32_t)t;
        }
        if (other) {
            return false;
        }
    }
    g->n = m;
    g->least = n / m;
    g->runs = n;
    return true;
}

static size_t count_runs(const int32_t *of, size_t n)
{
    size_t runs = 1;
    for (size_t i = 1; i < n; i++) {
        runs += of[i] != of[i - 1];
    }
    return runs;
}

enum ph_status ev_design_groups(struct ev_design *d, int32_t column, struct ev_groups *ret_groups)
{
    const int32_t *key = d->f->column[column].key;
    struct ev_groups g = { .of = ev_take_raw(d->c, d->n, sizeof(int32_t)), .column = column };
    if (!g.of) {
        return PH_NO_MEMORY;
    }
    if (d->n > 0 && (number_sorted(d, key, &g) || number_repeating(d, key, &g))) {
        ev_give_back(d->c, ret_groups->of);
        *ret_groups = g;
        return PH_OK;
    }
    int32_t lo = INT32_MAX;
    int32_t hi = INT32_MIN;
    for (size_t i = 0; i < d->n; i++) {
        int32_t k = key[ev_design_row(d, i)];
        lo = k < lo ? k : lo;
        hi = k > hi ? k : hi;
    }
    size_t range = (size_t)((int64_t)hi - lo + 1);
    enum ph_status status =
        range <= 4 * d->n + 1024 ? number_close(d, key, lo, range, &g) : number_sparse(d, key, &g);
    if (status != PH_OK) {
        ev_give_back(d->c, g.of);
        return status;
    }
    g.runs = d->n > 0 ? count_runs(g.of, d->n) : 0;
    ev_give_back(d->c, ret_groups->of);
    *ret_groups = g;
    return PH_OK;
}

const char *ev_key_name(
    const struct ph_frame *f, int32_t column, int32_t key, char *buf, size_t size)
{
    const struct ph_column *col = &f->column[column];
    if (col->label && key >= 0 && (size_t)key < col->labels) {
        return col->label[key];
    }
    snprintf(buf, size, "%d", (int)key);
    return buf;
}

// ---- Rows ----

// Leaves out rows that are alone in an absorbed group, until none is. RET_ANY tells whether rows
// went.
static enum ph_status drop_singletons(struct ev_design *d, struct ph_result *r, bool *ret_any)
{
    bool again = false;
    *ret_any = false;
    for (size_t a = 0; a < d->n_absorbed; a++) {
        again = again || d->absorbed[a].least == 1;
    }
    while (again) {
        again = false;
        for (size_t a = 0; a < d->n_absorbed; a++) {
            const struct ev_groups *g = &d->absorbed[a];
            size_t *count = ev_take(d->c, g->n, sizeof(*count));
            if (!count) {
                return PH_NO_MEMORY;
            }
            for (size_t i = 0; i < d->n; i++) {
                count[g->of[i]] += !d->left_out[ev_design_row(d, i)];
            }
            for (size_t i = 0; i < d->n; i++) {
                uint8_t *out = &d->left_out[ev_design_row(d, i)];
                if (!*out && count[g->of[i]] == 1) {
                    *out = 1 + PH_DROP_SINGLETON;
                    r->dropped[PH_DROP_SINGLETON]++;
                    again = true;
                }
            }
            ev_give_back(d->c, count);
        }
        *ret_any = *ret_any || again;
        again = again && d->n_absorbed > 1; // one kind of group cannot bring new ones about
    }
    return PH_OK;
}

static bool all_are_in(const struct ev_design *d)
{
    const uint8_t *out = d->left_out;
    size_t n = d->f->rows;
    return n > 0 && out[0] == 0 && memcmp(out, out + 1, n - 1) == 0;
}

static enum ph_status choose_rows(struct ev_design *d)
{
    size_t n = d->f->rows;
    if (!all_are_in(d)) {
        n = 0;
        for (size_t i = 0; i < d->f->rows; i++) {
            n += !d->left_out[i];
        }
    }
    d->n = n;
    ev_give_back(d->c, d->row);
    d->row = NULL;
    if (n == d->f->rows) {
        return PH_OK;
    }
    d->row = ev_take(d->c, n, sizeof(*d->row));
    if (!d->row) {
        return PH_NO_MEMORY;
    }
    n = 0;
    for (size_t i = 0; i < d->f->rows; i++) {
        if (!d->left_out[i]) {
            d->row[n++] = (int32_t)i;
        }
    }
    return PH_OK;
}

static enum ph_status number_absorbed(struct ev_design *d)
{
    enum ph_status status = PH_OK;
    for (size_t a = 0; status == PH_OK && a < d->n_absorbed; a++) {
        status = ev_design_groups(d, d->absorbed[a].column, &d->absorbed[a]);
    }
    return status;
}

static enum ph_status nothing_left(const struct ev_design *d)
{
    return ev_complain(
        d->c, PH_DATA, "No row of %zu has all the values that are needed.", d->f->rows);
}

static enum ph_status fill_rest(struct ev_design *d)
{
    enum ph_status status = PH_OK;
    for (int k = 0; status == PH_OK && k < 2; k++) {
        for (size_t a = 0; a < d->n_absorbed; a++) {
            if (d->absorbed[a].column == d->cluster[k].column) {
                d->cluster[k] = d->absorbed[a];
            }
        }
        if (d->cluster[k].column != PH_NONE && !d->cluster[k].of) {
            status = ev_design_groups(d, d->cluster[k].column, &d->cluster[k]);
        }
    }
    if (status != PH_OK || d->weights == PH_NONE) {
        return status;
    }
    d->w = ev_take(d->c, d->n, sizeof(double));
    if (!d->w) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < d->n; i++) {
        d->w[i] = ev_cell(d->f, d->weights, ev_design_row(d, i));
    }
    // Mean weight 1: the unit that weights are stated in is of no account.
    double mean = ev_sum_of(d->w, d->n) / (double)d->n;
    for (size_t i = 0; i < d->n; i++) {
        d->w[i] /= mean;
    }
    return isfinite(mean) ? PH_OK : ev_complain(d->c, PH_DATA, "The weights are too large.");
}

enum ph_status ev_design_settle(struct ev_design *d, struct ph_result *r)
{
    bool all_in = all_are_in(d);
    for (size_t i = 0; !all_in && i < d->f->rows; i++) {
        if (d->left_out[i]) {
            r->dropped[d->left_out[i] - 1]++;
        }
    }
    enum ph_status status = choose_rows(d);
    if (status == PH_OK && d->n == 0) {
        return nothing_left(d);
    }
    bool any = false;
    status = status == PH_OK ? number_absorbed(d) : status;
    if (status == PH_OK) {
        status = drop_singletons(d, r, &any);
    }
    if (status == PH_OK && any) {
        status = choose_rows(d);
        if (status == PH_OK && d->n == 0) {
            return ev_complain(
                d->c, PH_DATA, "Every row is alone in its group, so nothing is left to compare.");
        }
        status = status == PH_OK ? number_absorbed(d) : status;
    }
    if (status == PH_OK) {
        status = fill_rest(d);
    }
    r->n = d->n;
    r->n_dropped = d->f->rows - d->n;
    ev_warn_dropped(r);
    return status;
}

// ---- Columns ----

double *ev_design_outcome(struct ev_design *d)
{
    return d->y = ev_take_raw(d->c, d->n, sizeof(double));
}

static bool grow(struct ev_design *d)
{
    size_t room = d->room ? 2 * d->room : 16;
    double **x = ev_take(d->c, room, sizeof(*x));
    char **name = ev_take(d->c, room, sizeof(*name));
    if (!x || !name) {
        ev_give_back(d->c, x);
        ev_give_back(d->c, name);
        return false;
    }
    for (size_t j = 0; j < d->p; j++) {
        x[j] = d->x[j];
        name[j] = d->name[j];
    }
    ev_give_back(d->c, d->x);
    ev_give_back(d->c, d->name);
    d->x = x;
    d->name = name;
    d->room = room;
    return true;
}

double *ev_design_add(struct ev_design *d, const char *name)
{
    enum { COLUMNS_MAX = 2000, CELLS_MAX = 1 << 30 };
    if (d->p >= COLUMNS_MAX || (d->p + 1) * d->n > CELLS_MAX) {
        (void)ev_complain(d->c, PH_TOO_LARGE,
            "The model has too many columns (%zu of %zu rows); absorb factors with many levels.",
            d->p, d->n);
        return NULL;
    }
    if (d->p == d->room && !grow(d)) {
        return NULL;
    }
    double *x = ev_take_raw(d->c, d->n, sizeof(*x));
    char *copy = ev_take(d->c, strlen(name) + 1, 1);
    if (!x || !copy) {
        ev_give_back(d->c, x);
        ev_give_back(d->c, copy);
        return NULL;
    }
    memcpy(copy, name, strlen(name) + 1);
    d->x[d->p] = x;
    d->name[d->p++] = copy;
    return x;
}
