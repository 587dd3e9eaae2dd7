// SPDX-License-Identifier: Apache-2.0
#include "rates.h"

#include <stdlib.h>

static int by_key(const void *a, const void *b)
{
    const struct ev_count *x = a;
    const struct ev_count *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : (int)x->group - (int)y->group;
}

static enum ph_status check(
    struct ph_context *c, const struct ph_frame *f, const struct ev_count_columns *k)
{
    enum ph_status status = ev_column_check(c, f, k->outcome, PH_REAL, "outcome");
    if (status == PH_OK && k->exposure != PH_NONE) {
        status = ev_column_check(c, f, k->exposure, PH_REAL, "exposure");
    }
    if (status == PH_OK && k->group != PH_NONE) {
        status = ev_column_check_01(c, f, k->group, "treatment");
    }
    if (status == PH_OK && k->key != PH_NONE) {
        status = ev_column_check(c, f, k->key, PH_KEY, "unit");
    }
    return status;
}

static bool missing(const struct ph_frame *f, int32_t column, size_t row)
{
    return column != PH_NONE && ev_cell_missing(f, column, row);
}

// One row, or why it can't be taken.
static enum ph_status take_row(struct ph_context *c, const struct ph_frame *f,
    const struct ev_count_columns *k, size_t i, struct ph_result *r, struct ev_count *ret,
    bool *ret_taken)
{
    enum ph_drop reason = missing(f, k->outcome, i)    ? PH_DROP_OUTCOME
                          : missing(f, k->group, i)    ? PH_DROP_GROUP
                          : missing(f, k->key, i)      ? PH_DROP_UNIT
                          : missing(f, k->exposure, i) ? PH_DROP_WEIGHT
                                                       : PH_DROP_REASONS;
    *ret_taken = reason == PH_DROP_REASONS;
    if (!*ret_taken) {
        r->dropped[reason]++;
        r->n_dropped++;
        return PH_OK;
    }
    double x = ev_cell(f, k->outcome, i);
    double t = k->exposure == PH_NONE ? 1 : ev_cell(f, k->exposure, i);
    if (x < 0 || x != floor(x) || x > 0x1p50) {
        return ev_complain(c, PH_DATA, "Row %zu: %.15g is not a count.", ev_row(f, i), x);
    }
    if (!(t > 0) || t > 1e300) {
        return ev_complain(c, PH_DATA, "Row %zu: the exposure must be above 0.", ev_row(f, i));
    }
    *ret = (struct ev_count){ .key = k->key == PH_NONE ? (int32_t)i : ev_cell_key(f, k->key, i),
        .group = k->group != PH_NONE && ev_cell(f, k->group, i) == 1,
        .events = x,
        .exposure = t };
    r->n++;
    return PH_OK;
}

// Rows of one key and group become one.
static size_t join(struct ev_count *all, size_t n)
{
    size_t kept = 0;
    qsort(all, n, sizeof(*all), by_key);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && by_key(&all[kept - 1], &all[i]) == 0) {
            all[kept - 1].events += all[i].events;
            all[kept - 1].exposure += all[i].exposure;
        } else {
            all[kept++] = all[i];
        }
    }
    return kept;
}

enum ph_status ev_gather_counts(struct ph_context *c, const struct ph_frame *f,
    const struct ev_count_columns *columns, struct ph_result *r, struct ev_count **ret_counts,
    size_t *ret_n)
{
    enum ph_status status = check(c, f, columns);
    struct ev_count *all = status == PH_OK ? ev_take(c, f->rows, sizeof(*all)) : NULL;
    if (!all) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    size_t n = 0;
    for (size_t i = 0; status == PH_OK && i < f->rows; i++) {
        bool taken = false;
        status = take_row(c, f, columns, i, r, &all[n], &taken);
        n += taken;
    }
    if (status == PH_OK && n == 0) {
        status =
            ev_complain(c, PH_DATA, "No row of %zu has all the values that are needed.", f->rows);
    }
    if (status != PH_OK) {
        ev_give_back(c, all);
        return status;
    }
    ev_warn_dropped(r);
    *ret_n = columns->key == PH_NONE ? n : join(all, n);
    *ret_counts = all;
    return PH_OK;
}
