// SPDX-License-Identifier: Apache-2.0
// Rows to cells: who rated what, how often and how.
#include "ratings.h"

#include <stdlib.h>

// A rating of one row, before it is counted.
struct met {
    int32_t item, rater; // keys, then levels
    double value;
};

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static enum ph_status check_columns(
    struct ph_context *c, const struct ph_frame *f, const struct ph_ratings_options *o)
{
    if (o->n_outcomes == 0 || o->n_outcomes > PH_RATING_COLUMNS_MAX) {
        return ev_complain(
            c, PH_INVALID, "Give 1 to %d columns of ratings.", PH_RATING_COLUMNS_MAX);
    }
    enum ph_status status = PH_OK;
    for (size_t k = 0; status == PH_OK && k < o->n_outcomes; k++) {
        status = ev_column_check(c, f, o->outcomes[k], PH_REAL, "rating");
    }
    if (status == PH_OK) {
        status = ev_column_check(c, f, o->item, PH_KEY, "item");
    }
    return status == PH_OK ? ev_column_check(c, f, o->rater, PH_KEY, "rater") : status;
}

static size_t gather(const struct ph_frame *f, const struct ph_ratings_options *o,
    struct ph_result *r, struct met *met)
{
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        bool whole = true;
        double sum = 0;
        for (size_t k = 0; whole && k < o->n_outcomes; k++) {
            whole = !ev_cell_missing(f, o->outcomes[k], i);
            sum += whole ? ev_cell(f, o->outcomes[k], i) : 0;
        }
        if (!whole) {
            r->dropped[PH_DROP_OUTCOME]++;
        } else if (ev_cell_missing(f, o->item, i) || ev_cell_missing(f, o->rater, i)) {
            r->dropped[PH_DROP_UNIT]++;
        } else {
            met[n++] = (struct met){ ev_cell_key(f, o->item, i), ev_cell_key(f, o->rater, i), sum };
        }
    }
    r->n = n;
    r->n_dropped = f->rows - n;
    ev_warn_dropped(r);
    return n;
}

// Numbers the keys found at OFFSET of each rating and puts the numbers in their place.
static enum ph_status number_levels(
    struct ph_context *c, struct met *met, size_t n, bool item, struct ev_levels *levels)
{
    levels->key = ev_take(c, n, sizeof(int32_t));
    if (!levels->key) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        levels->key[i] = item ? met[i].item : met[i].rater;
    }
    qsort(levels->key, n, sizeof(int32_t), by_number);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || levels->key[i] != levels->key[levels->n - 1]) {
            levels->key[levels->n++] = levels->key[i];
        }
    }
    levels->count = ev_take(c, levels->n, sizeof(double));
    levels->sum = ev_take(c, levels->n, sizeof(double));
    if (!levels->count || !levels->sum) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t *key = item ? &met[i].item : &met[i].rater;
        const int32_t *found = bsearch(key, levels->key, levels->n, sizeof(int32_t), by_number);
        *key = (int32_t)(found - levels->key);
    }
    return PH_OK;
}

static enum ph_status standardise(
    struct ph_context *c, struct met *met, size_t n, struct ev_ratings *a)
{
    double *values = ev_take(c, n, sizeof(double));
    if (!values) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = met[i].value;
    }
    struct moments m = ev_moments_of(values, n);
    ev_give_back(c, values);
    if (!(m.var > 0)) {
        return ev_complain(c, PH_DATA, "All ratings are the same; nothing can be told apart.");
    }
    if (!isfinite(m.var)) {
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    a->centre = m.mean;
    a->scale = sqrt(m.var);
    for (size_t i = 0; i < n; i++) {
        double value = (met[i].value - m.mean) / a->scale;
        met[i].value = value;
        a->total += value;
        a->squares += value * value;
        a->item.count[met[i].item] += 1;
        a->item.sum[met[i].item] += value;
        a->rater.count[met[i].rater] += 1;
        a->rater.sum[met[i].rater] += value;
    }
    return PH_OK;
}

static int32_t large_of(const struct ev_ratings *a, const struct met *m)
{
    return a->items_large ? m->item : m->rater;
}

static int32_t small_of(const struct ev_ratings *a, const struct met *m)
{
    return a->items_large ? m->rater : m->item;
}

// Two counting sorts, by small then by large level, and equal pairs made one cell.
static enum ph_status count_cells(
    struct ph_context *c, const struct met *met, size_t n, struct ev_ratings *a)
{
    size_t *order = ev_take(c, n, sizeof(size_t));
    size_t *place = order ? ev_take(c, a->large->n + 1, sizeof(size_t)) : NULL;
    a->first = place ? ev_take(c, a->large->n + 1, sizeof(size_t)) : NULL;
    a->other = a->first ? ev_take(c, n, sizeof(int32_t)) : NULL;
    a->count = a->other ? ev_take(c, n, sizeof(double)) : NULL;
    if (!a->count) {
        ev_give_back(c, order);
        ev_give_back(c, place);
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        place[small_of(a, &met[i]) + 1]++;
    }
    for (size_t j = 1; j <= a->small->n; j++) {
        place[j] += place[j - 1];
    }
    for (size_t i = 0; i < n; i++) {
        order[place[small_of(a, &met[i])]++] = i;
    }
    memset(place, 0, (a->large->n + 1) * sizeof(size_t));
    for (size_t i = 0; i < n; i++) {
        place[large_of(a, &met[i]) + 1]++;
    }
    for (size_t j = 1; j <= a->large->n; j++) {
        place[j] += place[j - 1];
    }
    // Into each large level's room go its small levels, rising; equal ones next to each other.
    for (size_t k = 0; k < n; k++) {
        const struct met *m = &met[order[k]];
        a->other[place[large_of(a, m)]++] = small_of(a, m);
    }
    size_t cells = 0;
    size_t from = 0;
    for (size_t i = 0; i < a->large->n; i++) {
        a->first[i] = cells;
        for (; from < place[i]; from++) { // place[i] is now the end of level i's room
            bool again = cells > a->first[i] && a->other[cells - 1] == a->other[from];
            cells -= again;
            a->other[cells] = a->other[from];
            a->count[cells] = again ? a->count[cells] + 1 : 1;
            cells++;
        }
    }
    a->first[a->large->n] = cells;
    a->n_cells = cells;
    ev_give_back(c, order);
    ev_give_back(c, place);
    return PH_OK;
}

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

// Small levels that share a large one belong together.
static enum ph_status count_components(struct ph_context *c, struct ev_ratings *a)
{
    size_t *parent = ev_take(c, a->small->n, sizeof(size_t));
    if (!parent) {
        return PH_NO_MEMORY;
    }
    for (size_t j = 0; j < a->small->n; j++) {
        parent[j] = j;
    }
    a->components = a->small->n;
    for (size_t i = 0; i < a->large->n; i++) {
        for (size_t k = a->first[i] + 1; k < a->first[i + 1]; k++) {
            size_t x = root_of(parent, (size_t)a->other[k - 1]);
            size_t y = root_of(parent, (size_t)a->other[k]);
            if (x != y) {
                parent[x] = y;
                a->components--;
            }
        }
    }
    ev_give_back(c, parent);
    return PH_OK;
}

static bool all_single(const struct ev_levels *levels)
{
    for (size_t i = 0; i < levels->n; i++) {
        if (levels->count[i] > 1) {
            return false;
        }
    }
    return true;
}

static enum ph_status check_design(struct ph_context *c, const struct ev_ratings *a)
{
    if (a->item.n < 2 || a->rater.n < 2) {
        return ev_complain(c, PH_DATA,
            "There are %zu items and %zu raters; at least 2 of each are needed.", a->item.n,
            a->rater.n);
    }
    if (all_single(&a->item)) {
        return ev_complain(c, PH_DATA,
            "Every item has one rating: its quality and the rating's error cannot be told apart.");
    }
    if (all_single(&a->rater)) {
        return ev_complain(c, PH_DATA,
            "Every rater gave one rating: severity and the rating's error cannot be told apart.");
    }
    if (a->components == a->item.n && a->components == a->rater.n) {
        return ev_complain(c, PH_DATA,
            "Each rater rated an item of their own: quality and severity cannot be told apart.");
    }
    if (a->small->n > PH_RATING_LEVELS_MAX || a->n > (size_t)INT32_MAX) {
        return ev_complain(c, PH_TOO_LARGE,
            "There are %zu items and %zu raters; one of both must be at most %d.", a->item.n,
            a->rater.n, PH_RATING_LEVELS_MAX);
    }
    return PH_OK;
}

enum ph_status ev_ratings_read(struct ph_context *c, const struct ph_frame *f,
    const struct ph_ratings_options *o, struct ph_result *r, struct ev_ratings *ret_ratings)
{
    struct ev_ratings *a = ret_ratings;
    *a = (struct ev_ratings){ 0 };
    enum ph_status status = check_columns(c, f, o);
    if (status != PH_OK) {
        return status;
    }
    struct met *met = ev_take(c, f->rows, sizeof(*met));
    if (!met) {
        return PH_NO_MEMORY;
    }
    a->n = gather(f, o, r, met);
    if (a->n < 3) {
        status = ev_complain(c, PH_DATA, "There are %zu whole ratings; that is too few.", a->n);
    }
    status = status == PH_OK ? number_levels(c, met, a->n, true, &a->item) : status;
    status = status == PH_OK ? number_levels(c, met, a->n, false, &a->rater) : status;
    a->items_large = a->item.n >= a->rater.n;
    a->large = a->items_large ? &a->item : &a->rater;
    a->small = a->items_large ? &a->rater : &a->item;
    status = status == PH_OK ? standardise(c, met, a->n, a) : status;
    status = status == PH_OK ? count_cells(c, met, a->n, a) : status;
    status = status == PH_OK ? count_components(c, a) : status;
    status = status == PH_OK ? check_design(c, a) : status;
    ev_give_back(c, met);
    return status;
}

static void give_back_levels(struct ph_context *c, struct ev_levels *levels)
{
    ev_give_back(c, levels->key);
    ev_give_back(c, levels->count);
    ev_give_back(c, levels->sum);
}

void ev_ratings_give_back(struct ph_context *c, struct ev_ratings *a)
{
    give_back_levels(c, &a->item);
    give_back_levels(c, &a->rater);
    ev_give_back(c, a->first);
    ev_give_back(c, a->other);
    ev_give_back(c, a->count);
    *a = (struct ev_ratings){ 0 };
}
