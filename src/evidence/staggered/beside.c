// SPDX-License-Identifier: Apache-2.0
// What stands beside two-way fixed effects: who starts when, the group-time estimate with its
// leads, and what the regression would compare (Goodman-Bacon 2021, JoE 225:254).
#include "did.h"

#include <stdlib.h>

struct seen {
    int32_t unit;
    double time;
    size_t row;
    bool on;
};

static int by_unit_and_time(const void *a, const void *b)
{
    const struct seen *x = a;
    const struct seen *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

enum ph_status ev_first_treated(struct ph_context *c, const struct ph_frame *f, int32_t unit,
    int32_t time, int32_t treat, double *first, bool *ret_ends)
{
    struct seen *all = ev_take(c, f->rows, sizeof(*all));
    if (!all) {
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        first[i] = 0;
        if (!ev_cell_missing(f, unit, i) && !ev_cell_missing(f, time, i) &&
            !ev_cell_missing(f, treat, i)) {
            all[n++] = (struct seen){ ev_cell_key(f, unit, i), ev_cell(f, time, i), i,
                ev_cell(f, treat, i) == 1 };
        }
    }
    qsort(all, n, sizeof(*all), by_unit_and_time);
    *ret_ends = false;
    for (size_t from = 0, to; from < n; from = to) {
        double start = 0;
        bool on = false;
        for (to = from; to < n && all[to].unit == all[from].unit; to++) {
            *ret_ends = *ret_ends || (on && !all[to].on);
            start = all[to].on && !on ? all[to].time : start;
            on = on || all[to].on;
        }
        for (size_t i = from; i < to; i++) {
            first[all[i].row] = start;
        }
    }
    ev_give_back(c, all);
    return PH_OK;
}

// Different starts, and whether anybody never starts.
static enum ph_status count_starts(
    struct ph_context *c, const double *first, size_t n, size_t *ret_starts, bool *ret_never)
{
    double *sorted = ev_take(c, n, sizeof(*sorted));
    if (!sorted) {
        return PH_NO_MEMORY;
    }
    memcpy(sorted, first, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), ascending);
    *ret_starts = 0;
    *ret_never = false;
    for (size_t i = 0; i < n; i++) {
        bool new = i == 0 || sorted[i] != sorted[i - 1];
        *ret_never = *ret_never || sorted[i] == 0;
        *ret_starts += new &&sorted[i] != 0;
    }
    ev_give_back(c, sorted);
    return PH_OK;
}

// The frame with one more column: each row's first treated time.
struct with_first {
    struct ph_frame frame;
    struct ph_column *column;
    double *first;
};

static enum ph_status add_first(struct ph_context *c, const struct ph_frame *f,
    const struct ph_beside_options *o, struct with_first *w, bool *ret_ends)
{
    *ret_ends = false;
    w->frame = *f;
    w->first = ev_take(c, f->rows, sizeof(*w->first));
    w->column = ev_take(c, f->columns + 1, sizeof(*w->column));
    if (!w->first || !w->column) {
        return PH_NO_MEMORY;
    }
    memcpy(w->column, f->column, f->columns * sizeof(*w->column));
    w->column[f->columns] =
        (struct ph_column){ .name = "first treated", .kind = PH_REAL, .real = w->first };
    w->frame.column = w->column;
    w->frame.columns = f->columns + 1;
    if (o->first_treated == PH_NONE) {
        return ev_first_treated(c, f, o->unit, o->time, o->treat, w->first, ret_ends);
    }
    for (size_t i = 0; i < f->rows; i++) {
        bool told = !ev_cell_missing(f, o->first_treated, i);
        w->first[i] = told ? ev_cell(f, o->first_treated, i) : 0;
    }
    return PH_OK;
}

// Data that a method refuses leave its part empty; what else goes wrong is told.
static enum ph_status unless_refused(enum ph_status status)
{
    return status == PH_DATA || status == PH_NO_SOLUTION ? PH_OK : status;
}

static enum ph_status group_time(struct ph_context *c, const struct with_first *w,
    const struct ph_beside_options *o, bool never, struct ph_beside *b)
{
    struct ph_attgt_options ao = PH_ATTGT_OPTIONS;
    struct ph_attgt_result a;
    ao.outcome = o->outcome;
    ao.unit = o->unit;
    ao.time = o->time;
    ao.first_treated = (int32_t)w->frame.columns - 1;
    ao.cluster = o->cluster != o->unit ? o->cluster : PH_NONE;
    ao.covariates = o->covariates;
    ao.n_covariates = o->n_covariates;
    ao.control = never ? PH_DID_NEVER_TREATED : PH_DID_NOT_YET_TREATED;
    ao.delta = o->delta;
    ao.level = o->level;
    enum ph_status status = ph_attgt(c, &w->frame, &ao, &a);
    if (status == PH_OK) {
        b->has_group_time = isfinite(a.head.estimate);
        b->group_time = a.head;
        b->not_yet_treated = !never;
        b->pre_p = a.leads.p;
        b->pre_test = a.leads.convention;
        b->pre_cells = a.pre_cells;
        b->leads_excluded = a.leads_excluded;
        b->not_ruled_out = a.not_ruled_out;
        ph_attgt_release(c, &a);
    }
    return unless_refused(status);
}

static enum ph_status bacon(struct ph_context *c, const struct with_first *w,
    const struct ph_beside_options *o, struct ph_beside *b)
{
    struct ph_panel_columns columns = { .outcome = o->outcome,
        .unit = o->unit,
        .time = o->time,
        .treat = PH_NONE,
        .first_treated = (int32_t)w->frame.columns - 1 };
    struct ph_bacon_result r;
    enum ph_status status = ph_bacon(c, &w->frame, &columns, &r);
    if (status == PH_OK) {
        b->has_bacon = true;
        b->twfe = r.head.estimate;
        for (int i = 0; i < PH_BACON_KINDS; i++) {
            b->weight[i] = r.weight[i];
            b->estimate[i] = r.estimate[i];
        }
        b->misleading = r.weight[PH_BACON_LATER] + r.weight[PH_BACON_ALWAYS];
        ph_bacon_release(c, &r);
    }
    return unless_refused(status);
}

static enum ph_status check(
    struct ph_context *c, const struct ph_frame *f, const struct ph_beside_options *o)
{
    enum ph_status status = ev_check_level(c, o->level);
    if (status == PH_OK && (o->treat == PH_NONE) == (o->first_treated == PH_NONE)) {
        return ev_complain(c, PH_INVALID,
            "Give the column that marks treated rows, or that with first treated times, not both.");
    }
    if (status == PH_OK && o->treat != PH_NONE && o->unit == PH_NONE) {
        return ev_complain(c, PH_INVALID, "Without units the first treated times are needed.");
    }
    status = status == PH_OK ? ev_column_check(c, f, o->outcome, PH_REAL, "outcome") : status;
    status = status == PH_OK ? ev_column_check(c, f, o->time, PH_REAL, "time") : status;
    if (status == PH_OK && o->unit != PH_NONE) {
        status = ev_column_check(c, f, o->unit, PH_KEY, "unit");
    }
    if (status == PH_OK && o->treat != PH_NONE) {
        status = ev_column_check_01(c, f, o->treat, "treatment");
    } else if (status == PH_OK) {
        status = ev_column_check(c, f, o->first_treated, PH_REAL, "first treated");
    }
    return status;
}

enum ph_status ph_beside(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_beside_options *options, struct ph_beside *ret_beside)
{
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_beside);
    status = status == PH_OK ? check(context, frame, options) : status;
    if (status != PH_OK) {
        return status;
    }
    struct ph_beside b = { .group_time = ev_result_blank(options->level, "none"),
        .pre_p = NAN,
        .leads_excluded = true,
        .twfe = NAN,
        .misleading = NAN,
        .not_ruled_out = NAN };
    for (int i = 0; i < PH_BACON_KINDS; i++) {
        b.weight[i] = b.estimate[i] = NAN;
    }
    struct with_first w = { 0 };
    bool never = false;
    status = add_first(context, frame, options, &w, &b.ends);
    if (status == PH_OK) {
        status = count_starts(context, w.first, frame->rows, &b.starts, &never);
    }
    if (status == PH_OK && !b.ends) {
        status = group_time(context, &w, options, never, &b);
        if (status == PH_OK && options->unit != PH_NONE) {
            status = bacon(context, &w, options, &b);
        }
    }
    ev_give_back(context, w.first);
    ev_give_back(context, w.column);
    if (status == PH_OK) {
        *ret_beside = b;
    }
    return status;
}
