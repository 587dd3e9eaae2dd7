// SPDX-License-Identifier: Apache-2.0
// Two groups of rows.
#include "run.h"

enum ph_status ev_run_two_means(struct run *r)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    bool means = r->a->method == PLAN_WELCH;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.cluster = ev_run_cluster(r);
    o.trials = means ? PH_NONE : r->column[PLAN_TRIALS];
    o.design = r->a->design;
    o.level = r->level;
    struct ph_welch_result w;
    struct ph_proportions_result q;
    enum ph_status status =
        means ? ph_welch(r->c, r->f, &o, &w) : ph_proportions(r->c, r->f, &o, &q);
    if (status == PH_OK) {
        r->head = means ? w.head : q.head;
    }
    return status;
}

enum ph_status ev_run_adjusted(struct run *r)
{
    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result x;
    bool cuped = r->a->method == PLAN_CUPED;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.covariates = r->covariate;
    o.n_covariates = r->a->n_covariates;
    o.cluster = cuped ? PH_NONE : ev_run_cluster(r);
    o.adjustment = cuped ? PH_ADJUST_CUPED : PH_ADJUST_LIN;
    o.vcov = r->a->own_vcov ? r->a->vcov : o.cluster != PH_NONE ? PH_VCOV_CR2 : PH_VCOV_HC2;
    o.design = r->a->design;
    o.level = r->level;
    enum ph_status status = ph_adjusted(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->head = x.head;
    }
    return status;
}

enum ph_status ev_run_poststratify(struct run *r)
{
    struct ph_poststratified_options o = PH_POSTSTRATIFIED_OPTIONS;
    struct ph_poststratified_result x;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.stratum = r->column[PLAN_STRATUM];
    o.design = r->a->design;
    o.level = r->level;
    enum ph_status status = ph_poststratified(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->head = x.head;
    }
    return status;
}

static enum ph_status rates(struct run *r, struct ph_rates_result *ret)
{
    struct ph_rates_options o = PH_RATES_OPTIONS;
    o.outcome = r->column[PLAN_OUTCOME];
    o.exposure = r->column[PLAN_EXPOSURE];
    o.treat = r->column[PLAN_TREAT];
    o.cluster = ev_run_cluster(r);
    o.design = r->a->design;
    o.level = r->level;
    return ph_rates(r->c, r->f, &o, ret);
}

enum ph_status ev_run_rates(struct run *r)
{
    struct ph_rates_result x;
    enum ph_status status = rates(r, &x);
    if (status == PH_OK) {
        r->head = x.head;
    }
    return status;
}

enum ph_status ev_run_rates_early(struct run *r)
{
    struct ph_rates_result x;
    enum ph_status status = rates(r, &x);
    if (status == PH_OK) {
        r->head = x.head;
    }
    if (status == PH_OK && ev_run_cluster(r) == PH_NONE) {
        double variance = 0;
        for (int g = 0; g < 2; g++) {
            variance += (x.events[g] + 0.5) / (x.exposure[g] * x.exposure[g]);
        }
        r->head.se = sqrt(variance);
    }
    return status;
}
