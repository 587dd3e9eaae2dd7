// SPDX-License-Identifier: Apache-2.0
// Means of cells (Callaway & Sant'Anna 2021, section 3.1) with their influence functions. Where
// cells are weighted by the sizes of their groups, the sizes are estimates too: unit i moves the
// weighted mean by (its group's share of the cells' excess over the mean) / (sum of weights).
#include "attgt.h"
#include "gamma.h"
#include "matrix.h"

#include <stdlib.h>

struct summing {
    struct ph_context *c;
    const struct ph_attgt_options *o;
    const struct att_data *d;
    struct ph_attgt_result *r;
    size_t *pick;    // cells of the mean being taken
    double *share;   // [groups], excess by group
    double *scratch; // [n]
    double z;
};

static size_t group_of(const struct att_data *d, double start)
{
    size_t g = 0;
    while (d->group[g] != start) {
        g++;
    }
    return g;
}

static void finish(struct summing *s, const double *influence, struct ph_att *item)
{
    item->se = ev_att_se(s->d, influence, s->scratch);
    item->interval =
        (struct ph_interval){ item->att - s->z * item->se, item->att + s->z * item->se };
    item->estimated = isfinite(item->att);
    item->most_likely = NAN;
    item->band = (struct ph_interval){ NAN, NAN };
}

// The mean of the picked cells, by size of group or plain.
static void mean_of_cells(
    struct summing *s, size_t n, bool by_size, double *influence, struct ph_att *item)
{
    const struct att_data *d = s->d;
    const struct ph_att *cell = s->r->cells.item;
    double weights = 0;
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        const struct ph_att *one = &cell[s->pick[k]];
        double w = by_size ? (double)d->size[group_of(d, one->group)] / (double)d->n : 1;
        weights += w;
        sum += w * one->att;
    }
    item->att = n > 0 ? sum / weights : NAN;
    memset(influence, 0, d->n * sizeof(double));
    memset(s->share, 0, d->groups * sizeof(double));
    for (size_t k = 0; k < n; k++) {
        const struct ph_att *one = &cell[s->pick[k]];
        size_t g = group_of(d, one->group);
        double w = (by_size ? (double)d->size[g] / (double)d->n : 1) / weights;
        const double *own = s->r->influence + s->pick[k] * d->n;
        for (size_t i = 0; i < d->n; i++) {
            influence[i] += w * own[i];
        }
        s->share[g] += by_size ? (one->att - item->att) / weights : 0;
    }
    for (size_t i = 0; by_size && i < d->n; i++) {
        if (d->start[i] < INFINITY) {
            influence[i] += s->share[group_of(d, d->start[i])];
        }
    }
    finish(s, influence, item);
}

static bool started(const struct summing *s, const struct ph_att *cell)
{
    return cell->estimated && cell->time >= cell->group;
}

// The plain mean of some of a list's items.
static void mean_of_items(struct summing *s, const struct ph_att_list *list, double from,
    double *each, double *influence, struct ph_att *item)
{
    const struct att_data *d = s->d;
    size_t n = 0;
    item->att = 0;
    memset(influence, 0, d->n * sizeof(double));
    for (size_t k = 0; k < list->n; k++) {
        if (list->item[k].time >= from) {
            n++;
            item->att += list->item[k].att;
            for (size_t i = 0; i < d->n; i++) {
                influence[i] += each[k * d->n + i];
            }
        }
    }
    item->att = n > 0 ? item->att / (double)n : NAN;
    for (size_t i = 0; i < d->n; i++) {
        influence[i] /= (double)(n > 0 ? n : 1);
    }
    finish(s, influence, item);
}

// Which cells belong to a list's item.
typedef bool belongs_fn(const struct summing *s, const struct ph_att *cell, double value);

static bool of_group(const struct summing *s, const struct ph_att *cell, double value)
{
    return cell->estimated && cell->group == value &&
           cell->time >= cell->group - s->o->anticipation;
}

static bool of_time(const struct summing *s, const struct ph_att *cell, double value)
{
    return started(s, cell) && cell->time == value;
}

static bool of_event(const struct summing *s, const struct ph_att *cell, double value)
{
    return cell->estimated && cell->time - cell->group == value;
}

static size_t pick(struct summing *s, belongs_fn *belongs, double value)
{
    size_t n = 0;
    for (size_t k = 0; k < s->r->cells.n; k++) {
        if (belongs(s, &s->r->cells.item[k], value)) {
            s->pick[n++] = k;
        }
    }
    return n;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// The different values of a list, ascending: groups, times or times since the start.
static size_t values_of(struct summing *s, belongs_fn *belongs, double *values)
{
    size_t n = 0;
    for (size_t k = 0; k < s->r->cells.n; k++) {
        const struct ph_att *cell = &s->r->cells.item[k];
        double value = belongs == of_group  ? cell->group
                       : belongs == of_time ? cell->time
                                            : cell->time - cell->group;
        if (belongs(s, cell, value)) {
            values[n++] = value;
        }
    }
    qsort(values, n, sizeof(double), ascending);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || values[i] != values[kept - 1]) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

// The overall effect by group weighs each group's mean by its size.
static void mean_of_groups(struct summing *s, const struct ph_att_list *list, const double *each,
    double *influence, struct ph_att *item)
{
    const struct att_data *d = s->d;
    double weights = 0;
    double sum = 0;
    for (size_t k = 0; k < list->n; k++) {
        double w = (double)d->size[group_of(d, list->item[k].group)] / (double)d->n;
        weights += w;
        sum += w * list->item[k].att;
    }
    item->att = list->n > 0 ? sum / weights : NAN;
    memset(influence, 0, d->n * sizeof(double));
    memset(s->share, 0, d->groups * sizeof(double));
    for (size_t k = 0; k < list->n; k++) {
        size_t g = group_of(d, list->item[k].group);
        double w = (double)d->size[g] / (double)d->n / weights;
        s->share[g] = (list->item[k].att - item->att) / weights;
        for (size_t i = 0; i < d->n; i++) {
            influence[i] += w * each[k * d->n + i];
        }
    }
    for (size_t i = 0; i < d->n; i++) {
        influence[i] += d->start[i] < INFINITY ? s->share[group_of(d, d->start[i])] : 0;
    }
    finish(s, influence, item);
}

// RET_EACH: the influence functions of the list's items, to be given back in any case.
static enum ph_status fill_list(
    struct summing *s, belongs_fn *belongs, struct ph_att_list *list, double **ret_each)
{
    const struct att_data *d = s->d;
    double *values = ev_take(s->c, s->r->cells.n, sizeof(double));
    if (!values) {
        return PH_NO_MEMORY;
    }
    list->n = values_of(s, belongs, values);
    list->item = ev_take(s->c, list->n, sizeof(*list->item));
    double *each = *ret_each = ev_take(s->c, list->n * d->n, sizeof(double));
    double *total = ev_take(s->c, d->n, sizeof(double));
    enum ph_status status = list->item && each && total ? PH_OK : PH_NO_MEMORY;
    for (size_t k = 0; status == PH_OK && k < list->n; k++) {
        size_t n = pick(s, belongs, values[k]);
        struct ph_att *item = &list->item[k];
        item->group = belongs == of_group ? values[k] : NAN;
        item->time = belongs == of_group ? NAN : values[k];
        for (size_t m = 0; m < n; m++) {
            item->treated += s->r->cells.item[s->pick[m]].treated;
        }
        mean_of_cells(s, n, belongs != of_group, each + k * d->n, item);
    }
    if (status == PH_OK) {
        list->overall = (struct ph_att){ .group = NAN, .time = NAN };
        if (belongs == of_group) {
            mean_of_groups(s, list, each, total, &list->overall);
        } else {
            mean_of_items(
                s, list, belongs == of_event ? 0 : -INFINITY, each, total, &list->overall);
        }
    }
    ev_give_back(s->c, values);
    ev_give_back(s->c, total);
    return status;
}

// B becomes L^-1 b with L L' = A; false where A is not positive definite.
static bool whiten(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!ev_cholesky_row(a, n, i, 1e-10)) {
            return false;
        }
    }
    ev_lower_solve(a, n, n, b);
    return true;
}

// The farthest end of the leads' intervals from 0.
static double leads_reach(const struct ph_attgt_result *r, double anticipation)
{
    double reach = NAN;
    for (size_t i = 0; i < r->cells.n; i++) {
        const struct ph_att *a = &r->cells.item[i];
        if (a->estimated && a->time < a->group - anticipation) {
            double end = fmax(fabs(a->interval.lo), fabs(a->interval.hi));
            reach = isnan(end) ? INFINITY : fmax(reach, end); // no interval rules nothing out
        }
        if (isinf(reach)) {
            break;
        }
    }
    return reach;
}

// Wald's test that every effect before the start is zero: b'V^-1 b, with V by influence functions.
static enum ph_status test_leads(struct summing *s)
{
    struct ph_attgt_result *r = s->r;
    const struct att_data *d = s->d;
    size_t q = 0;
    r->leads_excluded = true;
    for (size_t k = 0; k < r->cells.n; k++) {
        const struct ph_att *cell = &r->cells.item[k];
        if (cell->estimated && cell->time < cell->group - s->o->anticipation) {
            s->pick[q++] = k;
            bool within = cell->interval.lo > -s->o->delta && cell->interval.hi < s->o->delta;
            r->leads_excluded = r->leads_excluded && within;
        }
    }
    r->pre_cells = q;
    r->not_ruled_out = leads_reach(r, s->o->anticipation);
    double *v = ev_take(s->c, q * q, sizeof(double));
    double *b = ev_take(s->c, q, sizeof(double));
    if (!v || !b) {
        ev_give_back(s->c, v);
        ev_give_back(s->c, b);
        return PH_NO_MEMORY;
    }
    for (size_t x = 0; x < q; x++) {
        const double *one = r->influence + s->pick[x] * d->n;
        b[x] = r->cells.item[s->pick[x]].att;
        for (size_t y = 0; y <= x; y++) {
            const double *other = r->influence + s->pick[y] * d->n;
            for (size_t i = 0; i < d->n; i++) {
                v[x * q + y] += one[i] * other[i];
            }
            v[x * q + y] /= (double)d->n * (double)d->n;
        }
    }
    if (q > 0 && whiten(v, b, q)) {
        r->pre_wald = 0;
        for (size_t x = 0; x < q; x++) {
            r->pre_wald += b[x] * b[x];
        }
        r->pre_p = ev_gamma_tails((double)q / 2, r->pre_wald / 2).q;
    }
    ev_give_back(s->c, v);
    ev_give_back(s->c, b);
    enum ph_status status = ev_att_lead_test(s->c, s->o, d, r, &r->leads);
    r->head.warnings |= q > 0 && isnan(r->leads.p) ? PH_WARN_NO_PRE_TEST : 0;
    return status;
}

enum ph_status ev_att_summaries(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, struct ph_attgt_result *r)
{
    struct summing s = { .c = c,
        .o = o,
        .d = d,
        .r = r,
        .pick = ev_take(c, r->cells.n, sizeof(size_t)),
        .share = ev_take(c, d->groups, sizeof(double)),
        .scratch = ev_take(c, d->n, sizeof(double)),
        .z = ph_normal_quantile(0.5 + o->level / 2) };
    double *influence = ev_take(c, d->n, sizeof(double));
    enum ph_status status = s.pick && s.share && s.scratch && influence ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK) {
        for (size_t k = 0; k < r->cells.n; k++) {
            struct ph_att *cell = &r->cells.item[k];
            cell->interval =
                (struct ph_interval){ cell->att - s.z * cell->se, cell->att + s.z * cell->se };
        }
        size_t n = 0;
        for (size_t k = 0; k < r->cells.n; k++) {
            if (started(&s, &r->cells.item[k])) {
                s.pick[n++] = k;
            }
        }
        r->simple = (struct ph_att){ .group = NAN, .time = NAN };
        mean_of_cells(&s, n, true, influence, &r->simple);
        r->cells.overall = r->simple;
    }
    struct att_banded lists[] = { { &r->cells, r->influence }, { &r->by_group, NULL },
        { &r->by_time, NULL }, { &r->by_event, NULL } };
    belongs_fn *const belongs[] = { NULL, of_group, of_time, of_event };
    for (size_t l = 1; status == PH_OK && l < 4; l++) {
        status = fill_list(&s, belongs[l], lists[l].list, &lists[l].influence);
    }
    status = status == PH_OK ? ev_att_bands(c, o, d, lists, 4) : status;
    status = status == PH_OK ? test_leads(&s) : status;
    for (size_t l = 1; l < 4; l++) {
        ev_give_back(c, lists[l].influence);
    }
    ev_give_back(c, s.pick);
    ev_give_back(c, s.share);
    ev_give_back(c, s.scratch);
    ev_give_back(c, influence);
    return status;
}
