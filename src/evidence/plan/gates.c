// SPDX-License-Identifier: Apache-2.0
// What must hold before an effect is read.
#include "run.h"

#include <stdlib.h>

void ev_run_gate(struct run *r, const char *name, double value, double limit, bool passed)
{
    if (r->gating && r->e->n_gates < PH_GATES_MAX) {
        r->e->gate[r->e->n_gates++] = (struct ph_gate){ name, value, limit, passed };
    }
}

struct arm {
    int32_t key;
    bool treated;
};

static int by_arm(const void *a, const void *b)
{
    const struct arm *x = a;
    const struct arm *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : (int)x->treated - (int)y->treated;
}

// Units (clusters where the plan has them, else rows) in each group.
static enum ph_status count_arms(struct run *r, double ret_count[2])
{
    int32_t key = ev_run_cluster(r);
    struct arm *arms = ev_take(r->c, r->f->rows, sizeof(*arms));
    if (!arms) {
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < r->f->rows; i++) {
        if (ev_cell_missing(r->f, r->column[PLAN_TREAT], i) ||
            (key != PH_NONE && ev_cell_missing(r->f, key, i))) {
            continue;
        }
        arms[n].key = key == PH_NONE ? (int32_t)i : ev_cell_key(r->f, key, i);
        arms[n++].treated = ev_cell(r->f, r->column[PLAN_TREAT], i) == 1;
    }
    qsort(arms, n, sizeof(*arms), by_arm);
    ret_count[0] = ret_count[1] = 0;
    for (size_t i = 0; i < n; i++) {
        ret_count[arms[i].treated] += i == 0 || by_arm(&arms[i - 1], &arms[i]) != 0;
    }
    ev_give_back(r->c, arms);
    return PH_OK;
}

// Were the groups formed in the planned shares? Pearson's chi-square with one degree of freedom.
static enum ph_status sample_ratio(struct run *r)
{
    double count[2];
    enum ph_status status = count_arms(r, count);
    double n = count[0] + count[1];
    if (status == PH_OK && n > 0) {
        double share = r->p->treated_share;
        double z = (count[1] - n * share) / sqrt(n * share * (1 - share));
        double p = 2 * ph_normal_sf(fabs(z));
        ev_run_gate(r, "sample-ratio", p, r->p->sample_ratio_p, p >= r->p->sample_ratio_p);
    }
    return status;
}

struct lost {
    double all; // share without an outcome
    double gap; // between the groups
};

static struct lost count_lost(const struct run *r, int32_t outcome)
{
    double lost[2] = { 0, 0 };
    double rows[2] = { 0, 0 };
    int32_t treat = r->column[PLAN_TREAT];
    for (size_t i = 0; i < r->f->rows; i++) {
        bool known = treat == PH_NONE || !ev_cell_missing(r->f, treat, i);
        size_t arm = treat != PH_NONE && known && ev_cell(r->f, treat, i) == 1;
        rows[arm] += known;
        lost[arm] += known && ev_cell_missing(r->f, outcome, i);
    }
    return (struct lost){ (lost[0] + lost[1]) / (rows[0] + rows[1]),
        fabs(lost[1] / rows[1] - lost[0] / rows[0]) };
}

// Shares of missing outcomes, all together and the difference of the groups: of the primary measure
// that lacks most.
static enum ph_status missing(struct run *r)
{
    struct lost most = count_lost(r, r->column[PLAN_OUTCOME]);
    for (size_t i = 0; i < r->p->n_measures; i++) {
        int32_t column = PH_NONE;
        enum ph_status status = ev_run_find(r, r->p->measure[i].outcome, PH_REAL, &column);
        if (status != PH_OK) {
            return status;
        }
        struct lost more = count_lost(r, column);
        most.all = fmax(most.all, more.all);
        most.gap = fmax(most.gap, more.gap);
    }
    if (!isnan(r->p->missing)) {
        ev_run_gate(r, "missing", most.all, r->p->missing, most.all <= r->p->missing);
    }
    if (!isnan(r->p->attrition) && r->column[PLAN_TREAT] != PH_NONE) {
        ev_run_gate(r, "attrition", most.gap, r->p->attrition, most.gap <= r->p->attrition);
    }
    return PH_OK;
}

enum ph_status ev_run_gates_before(struct run *r)
{
    enum ph_status status = r->column[PLAN_OUTCOME] != PH_NONE ? missing(r) : PH_OK;
    return status == PH_OK && !isnan(r->p->treated_share) ? sample_ratio(r) : status;
}

// ---- Beside two-way fixed effects
// ----------------------------------------------------------------

// Comparisons with the already treated may weigh this much.
#define MISLEADING_MOST 0.1

void ev_run_gates_beside(struct run *r, const struct ph_beside *b)
{
    double alpha = 1 - r->p->rule.level;
    bool one_regression = r->a->method != PLAN_SUNAB;
    if (b->ends) {
        ev_run_gate(r, "treatment-stays", 1, 0, false);
    } else if (b->starts > 1 && one_regression) {
        bool read = b->has_group_time && b->misleading <= MISLEADING_MOST;
        ev_run_gate(r, "already-treated", b->misleading, MISLEADING_MOST, read);
    }
    if (b->has_group_time) {
        // Without a test the leads speak for themselves.
        ev_run_gate(r, "pre-trend", b->pre_p, alpha, !(b->pre_p < alpha));
        ev_run_gate(r, "leads-within-delta", b->not_ruled_out, r->delta, b->leads_excluded);
    } else if (!b->ends) {
        r->head.warnings |= PH_WARN_NO_PRE_TEST;
    }
    if (r->gating) {
        r->e->beside = *b;
        r->e->has_beside = true;
    }
}

enum ph_status ev_run_beside(struct run *r, const struct ph_frame *frame, int32_t outcome)
{
    struct ph_beside_options o = PH_BESIDE_OPTIONS;
    struct ph_beside b;
    o.outcome = outcome;
    o.unit = r->column[PLAN_UNIT];
    o.time = r->column[PLAN_TIME];
    o.first_treated = r->column[PLAN_FIRST_TREATED];
    o.treat = o.first_treated == PH_NONE ? r->column[PLAN_TREAT] : PH_NONE;
    o.cluster = r->column[PLAN_CLUSTER];
    o.delta = r->delta;
    o.level = r->p->rule.level;
    enum ph_status status = ph_beside(r->c, frame, &o, &b);
    if (status == PH_OK) {
        bool one_regression = r->a->method != PLAN_SUNAB;
        r->head.warnings |= b.starts > 1 && one_regression ? PH_WARN_STAGGERED : 0;
        ev_run_gates_beside(r, &b);
    }
    return status;
}
