// SPDX-License-Identifier: Apache-2.0
#include "attgt.h"
#include "panel.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static enum ph_status check_more(
    struct ph_context *c, const struct ph_frame *f, const struct ph_attgt_options *o)
{
    enum ph_status status = PH_OK;
    for (size_t i = 0; status == PH_OK && i < o->n_covariates; i++) {
        status = ev_column_check(c, f, o->covariates[i], PH_REAL, "covariate");
    }
    if (status == PH_OK && o->cluster != PH_NONE) {
        status = ev_column_check(c, f, o->cluster, PH_KEY, "cluster");
    }
    return status;
}

// Whether a row has every covariate and its cluster.
static bool has_all(const struct ph_frame *f, const struct ph_attgt_options *o, size_t row)
{
    for (size_t i = 0; i < o->n_covariates; i++) {
        if (ev_cell_missing(f, o->covariates[i], row)) {
            return false;
        }
    }
    return o->cluster == PH_NONE || !ev_cell_missing(f, o->cluster, row);
}

static enum ph_status take(struct ph_context *c, struct att_data *d, size_t n, size_t width,
    const struct ph_attgt_options *o)
{
    d->start = ev_take(c, n, sizeof(double));
    d->y = ev_take(c, n * width, sizeof(double));
    d->row = ev_take(c, n * width, sizeof(size_t));
    d->cluster = o->cluster == PH_NONE ? NULL : ev_take(c, n, sizeof(int32_t));
    bool all = d->start && d->y && d->row && (o->cluster == PH_NONE || d->cluster);
    return all ? PH_OK : PH_NO_MEMORY;
}

static enum ph_status gather_panel(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, struct ph_result *r, struct att_data *d)
{
    struct panel p = { 0 };
    struct ph_panel_columns columns = { o->outcome, o->unit, o->time, PH_NONE, o->first_treated };
    enum ph_status status = ev_panel_gather(c, f, &columns, PANEL_STAGGERED, r, &p);
    if (status != PH_OK) {
        return status;
    }
    d->periods = p.periods;
    d->left_out = p.left_out;
    status = take(c, d, p.units, p.periods, o);
    for (size_t u = 0; status == PH_OK && u < p.units; u++) {
        const size_t *row = p.row + u * p.periods;
        bool complete = true;
        for (size_t t = 0; t < p.periods; t++) {
            complete = complete && has_all(f, o, row[t]);
        }
        if (!complete) {
            d->left_out++;
            r->dropped[PH_DROP_COVARIATE] += p.periods;
            continue;
        }
        if (p.unit[u].start - o->anticipation <= p.time[0]) {
            d->always++;
            r->dropped[PH_DROP_ALWAYS_TREATED] += p.periods;
            continue;
        }
        memcpy(d->y + d->n * p.periods, p.y + u * p.periods, p.periods * sizeof(double));
        memcpy(d->row + d->n * p.periods, row, p.periods * sizeof(size_t));
        if (d->cluster) {
            d->cluster[d->n] = ev_cell_key(f, o->cluster, row[0]);
        }
        d->start[d->n++] = p.unit[u].start;
    }
    d->time = p.time;
    p.time = NULL;
    ev_panel_release(c, &p);
    r->n = d->n * d->periods;
    return status;
}

static bool usable(
    const struct ph_frame *f, const struct ph_attgt_options *o, struct ph_result *r, size_t i)
{
    enum ph_drop reason = ev_cell_missing(f, o->outcome, i) ? PH_DROP_OUTCOME
                          : ev_cell_missing(f, o->time, i)  ? PH_DROP_TIME
                          : !has_all(f, o, i)               ? PH_DROP_COVARIATE
                                                            : PH_DROP_REASONS;
    if (reason != PH_DROP_REASONS) {
        r->dropped[reason]++;
    }
    return reason == PH_DROP_REASONS;
}

static enum ph_status gather_rows(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, struct ph_result *r, struct att_data *d)
{
    enum ph_status status = ev_column_check(c, f, o->outcome, PH_REAL, "outcome");
    status = status == PH_OK ? ev_column_check(c, f, o->time, PH_REAL, "time") : status;
    status = status == PH_OK ? ev_column_check(c, f, o->first_treated, PH_REAL, "first treated")
                             : status;
    status = status == PH_OK ? take(c, d, f->rows, 1, o) : status;
    if (status != PH_OK) {
        return status;
    }
    d->time = ev_take(c, f->rows, sizeof(double));
    d->period = ev_take(c, f->rows, sizeof(size_t));
    if (!d->time || !d->period) {
        return PH_NO_MEMORY;
    }
    double *times = d->time;
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        if (usable(f, o, r, i)) {
            d->row[n] = i;
            times[n++] = ev_cell(f, o->time, i);
        }
    }
    qsort(times, n, sizeof(double), ascending);
    for (size_t i = 0; i < n; i++) {
        if (d->periods == 0 || times[i] != times[d->periods - 1]) {
            times[d->periods++] = times[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t row = d->row[i];
        double told =
            ev_cell_missing(f, o->first_treated, row) ? 0 : ev_cell(f, o->first_treated, row);
        double start = told == 0 || told > times[d->periods - 1] ? INFINITY : told;
        if (start - o->anticipation <= times[0]) {
            d->always++;
            r->dropped[PH_DROP_ALWAYS_TREATED]++;
            continue;
        }
        double time = ev_cell(f, o->time, row);
        const double *at = bsearch(&time, times, d->periods, sizeof(double), ascending);
        d->period[d->n] = (size_t)(at - times);
        d->y[d->n] = ev_cell(f, o->outcome, row);
        d->row[d->n] = row;
        if (d->cluster) {
            d->cluster[d->n] = ev_cell_key(f, o->cluster, row);
        }
        d->start[d->n++] = start;
    }
    r->n = d->n;
    return PH_OK;
}

static enum ph_status find_groups(struct ph_context *c, struct att_data *d)
{
    d->group = ev_take(c, d->n, sizeof(double));
    d->size = ev_take(c, d->n, sizeof(size_t));
    double *starts = ev_take(c, d->n, sizeof(double));
    if (!d->group || !d->size || !starts) {
        ev_give_back(c, starts);
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->start[i] < INFINITY) {
            starts[n++] = d->start[i];
        }
    }
    qsort(starts, n, sizeof(double), ascending);
    for (size_t i = 0; i < n; i++) {
        if (d->groups == 0 || starts[i] != d->group[d->groups - 1]) {
            d->group[d->groups++] = starts[i];
        }
        d->size[d->groups - 1]++;
    }
    ev_give_back(c, starts);
    if (d->groups == 0) {
        return ev_complain(c, PH_DATA,
            "No unit starts after the first period: there is no before to compare with.");
    }
    return PH_OK;
}

static int by_key(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

// Numbers clusters from 0, in the order of their keys.
static enum ph_status number_clusters(struct ph_context *c, struct att_data *d, size_t *ret_count)
{
    int32_t *keys = ev_take(c, d->n, sizeof(int32_t));
    if (!keys) {
        return PH_NO_MEMORY;
    }
    memcpy(keys, d->cluster, d->n * sizeof(int32_t));
    qsort(keys, d->n, sizeof(int32_t), by_key);
    size_t count = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (count == 0 || keys[i] != keys[count - 1]) {
            keys[count++] = keys[i];
        }
    }
    for (size_t i = 0; i < d->n; i++) {
        const int32_t *at = bsearch(&d->cluster[i], keys, count, sizeof(int32_t), by_key);
        d->cluster[i] = (int32_t)(at - keys);
    }
    ev_give_back(c, keys);
    *ret_count = count;
    return PH_OK;
}

enum ph_status ev_att_gather(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, struct ph_result *r, struct att_data *ret_data)
{
    struct att_data d = { 0 };
    enum ph_status status = check_more(c, f, o);
    if (status == PH_OK) {
        status = o->unit == PH_NONE ? gather_rows(c, f, o, r, &d) : gather_panel(c, f, o, r, &d);
    }
    if (status == PH_OK && d.n == 0) {
        status =
            ev_complain(c, PH_DATA, "No row of %zu has all the values that are needed.", f->rows);
    }
    status = status == PH_OK ? find_groups(c, &d) : status;
    r->clusters = o->unit == PH_NONE ? 0 : d.n;
    if (status == PH_OK && d.cluster) {
        status = number_clusters(c, &d, &r->clusters);
    }
    if (status != PH_OK) {
        ev_att_release(c, &d);
        return status;
    }
    r->n_dropped = f->rows - r->n;
    ev_warn_dropped(r);
    *ret_data = d;
    return PH_OK;
}

void ev_att_release(struct ph_context *c, struct att_data *d)
{
    ev_give_back(c, d->time);
    ev_give_back(c, d->start);
    ev_give_back(c, d->y);
    ev_give_back(c, d->row);
    ev_give_back(c, d->period);
    ev_give_back(c, d->cluster);
    ev_give_back(c, d->group);
    ev_give_back(c, d->size);
}
