// SPDX-License-Identifier: Apache-2.0
// One effect for each group and period, from two groups and two periods at a time.
#include "attgt.h"
#include "did_scores.h"

enum { FEW_UNITS = 5 };

// Memory for the rows of any cell.
struct cell_work {
    size_t *member; // of the data
    double *x, *y;
    bool *treated, *post;
    double *influence;
};

struct cell {
    double group;
    size_t base, at; // periods
};

// The last period before the group's start, an anticipated effect's time left out; or none.
static bool base_period(
    const struct att_data *d, const struct ph_attgt_options *o, double group, size_t *ret_base)
{
    size_t before = 0;
    while (before < d->periods && d->time[before] + o->anticipation < group) {
        before++;
    }
    *ret_base = before - 1;
    return before > 0;
}

static bool compares(
    const struct att_data *d, const struct ph_attgt_options *o, const struct cell *k, size_t i)
{
    size_t later = k->at > k->base ? k->at : k->base;
    return d->start[i] == INFINITY ||
           (o->control == PH_DID_NOT_YET_TREATED && d->start[i] != k->group &&
               d->start[i] > d->time[later] + o->anticipation);
}

static void add_row(const struct ph_frame *f, const struct ph_attgt_options *o, size_t frame_row,
    struct cell_work *w, size_t at)
{
    double *x = w->x + at * (o->n_covariates + 1);
    x[0] = 1;
    for (size_t m = 0; m < o->n_covariates; m++) {
        x[m + 1] = ev_cell(f, o->covariates[m], frame_row);
    }
}

// The rows of the two groups in the two periods.
static size_t collect(const struct ph_frame *f, const struct ph_attgt_options *o,
    const struct att_data *d, const struct cell *k, struct cell_work *w, struct ph_att *ret)
{
    size_t n = 0;
    size_t earlier = k->at < k->base ? k->at : k->base;
    for (size_t i = 0; i < d->n; i++) {
        bool treated = d->start[i] == k->group;
        if (!treated && !compares(d, o, k, i)) {
            continue;
        }
        if (d->period) {
            if (d->period[i] != k->at && d->period[i] != k->base) {
                continue;
            }
            w->y[n] = d->y[i];
            w->post[n] = d->period[i] == k->at;
            add_row(f, o, d->row[i], w, n);
        } else {
            const double *y = d->y + i * d->periods;
            w->y[n] = y[k->at] - y[k->base];
            add_row(f, o, d->row[i * d->periods + earlier], w, n);
        }
        w->treated[n] = treated;
        w->member[n++] = i;
        *(treated ? &ret->treated : &ret->compared) += 1;
    }
    return n;
}

double ev_att_se(const struct att_data *d, const double *influence, double *cluster_sums)
{
    double sum = 0;
    if (!d->cluster) {
        for (size_t i = 0; i < d->n; i++) {
            sum += influence[i] * influence[i];
        }
    } else {
        memset(cluster_sums, 0, d->n * sizeof(double));
        for (size_t i = 0; i < d->n; i++) {
            cluster_sums[d->cluster[i]] += influence[i];
        }
        for (size_t i = 0; i < d->n; i++) {
            sum += cluster_sums[i] * cluster_sums[i];
        }
    }
    double se = sqrt(sum) / (double)d->n;
    return se > 1e-13 ? se : NAN;
}

// One cell: its effect into ITEM, its influence into INFLUENCE. What one group lacks is no reason
// to give up the others: the cell stays without an estimate, and the header warns.
static enum ph_status one_cell(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, const struct att_data *d, const struct cell *k,
    struct cell_work *w, struct ph_att *item, double *influence)
{
    size_t n = collect(f, o, d, k, w, item);
    struct did_rows rows = { .n = n,
        .k = o->n_covariates + 1,
        .x = w->x,
        .y = w->y,
        .treated = w->treated,
        .post = d->period ? w->post : NULL };
    struct did_score score = { .att = NAN, .most_likely = NAN };
    if (item->treated > 0 && item->compared > 0) {
        enum ph_status status = ev_did_score(c, &rows, o->estimator, &score, w->influence);
        if (status != PH_OK && status != PH_DATA) {
            return status;
        }
        item->estimated = status == PH_OK;
    }
    item->att = item->estimated ? score.att : NAN;
    item->most_likely = score.most_likely;
    item->trimmed = score.trimmed;
    double scale = (double)d->n / (double)n;
    for (size_t i = 0; item->estimated && i < n; i++) {
        influence[w->member[i]] = scale * w->influence[i];
    }
    return PH_OK;
}

static void give_back(struct ph_context *c, struct cell_work *w)
{
    ev_give_back(c, w->member);
    ev_give_back(c, w->x);
    ev_give_back(c, w->y);
    ev_give_back(c, w->treated);
    ev_give_back(c, w->post);
    ev_give_back(c, w->influence);
}

static enum ph_status take(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, struct cell_work *w, struct ph_attgt_result *r)
{
    size_t most = d->groups * d->periods;
    *w = (struct cell_work){ .member = ev_take(c, d->n, sizeof(size_t)),
        .x = ev_take(c, d->n * (o->n_covariates + 1), sizeof(double)),
        .y = ev_take(c, d->n, sizeof(double)),
        .treated = ev_take(c, d->n, sizeof(bool)),
        .post = ev_take(c, d->n, sizeof(bool)),
        .influence = ev_take(c, d->n, sizeof(double)) };
    r->cells.item = ev_take(c, most, sizeof(struct ph_att));
    r->influence = ev_take(c, most * d->n, sizeof(double));
    r->unit_row = ev_take(c, d->n, sizeof(size_t));
    bool all = w->member && w->x && w->y && w->treated && w->post && w->influence &&
               r->cells.item && r->influence && r->unit_row;
    for (size_t i = 0; all && i < d->n; i++) {
        r->unit_row[i] = d->row[d->period ? i : i * d->periods];
    }
    return all ? PH_OK : PH_NO_MEMORY;
}

enum ph_status ev_att_cells(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, const struct att_data *d, struct ph_attgt_result *r)
{
    struct cell_work w = { 0 };
    enum ph_status status = take(c, o, d, &w, r);
    for (size_t g = 0; status == PH_OK && g < d->groups; g++) {
        struct cell k = { .group = d->group[g] };
        size_t last = 0;
        if (!base_period(d, o, k.group, &last)) {
            continue;
        }
        for (size_t t = 0; status == PH_OK && t < d->periods; t++) {
            bool before = d->time[t] < k.group - o->anticipation;
            bool varying = before && o->base == PH_DID_BASE_VARYING;
            if (ev_cancelled(c)) {
                status = ev_complain(c, PH_CANCELLED, "Cancelled.");
                break;
            }
            if ((varying && t == 0) || (!varying && t == last)) {
                continue; // the reference itself
            }
            k.base = varying ? t - 1 : last;
            k.at = t;
            struct ph_att *item = &r->cells.item[r->cells.n];
            *item = (struct ph_att){ .group = k.group, .time = d->time[t], .band = { NAN, NAN } };
            double *influence = r->influence + r->cells.n * d->n;
            r->cells.n++;
            status = one_cell(c, f, o, d, &k, &w, item, influence);
        }
    }
    for (size_t i = 0; status == PH_OK && i < r->cells.n; i++) {
        struct ph_att *item = &r->cells.item[i];
        item->se = item->estimated && item->treated >= FEW_UNITS
                       ? ev_att_se(d, r->influence + i * d->n, w.influence)
                       : NAN;
        r->head.warnings |= item->estimated ? 0 : PH_WARN_CELLS_LEFT_OUT;
        r->head.warnings |= item->treated < FEW_UNITS ? PH_WARN_SMALL_COHORTS : 0;
        r->head.warnings |= item->trimmed > 0 || item->most_likely > 0.95 ? PH_WARN_OVERLAP : 0;
    }
    give_back(c, &w);
    return status;
}
