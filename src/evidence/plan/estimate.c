// SPDX-License-Identifier: Apache-2.0
// The plan's method on the plan's columns; before the horizon an interval that may be looked at.
#include "run.h"

static enum ph_status before_after(struct run *r)
{
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result b;
    o.outcome = r->column[PLAN_OUTCOME];
    o.period = r->column[PLAN_PERIOD];
    o.unit = r->column[PLAN_UNIT];
    o.level = r->level;
    enum ph_status status = ph_before_after(r->c, r->f, &o, &b);
    if (status == PH_OK) {
        r->head = b.head;
    }
    return status;
}

// Rows on their own, before the horizon: the interval that holds at every look decides.
static bool looks_alone(const struct run *r)
{
    bool alone = ev_run_cluster(r) == PH_NONE && r->column[PLAN_STRATUM] == PH_NONE;
    return r->e->stage == PH_STAGE_EARLY && r->looks && ev_plan_kinds[r->a->method].looks && alone;
}

static void take_early(struct run *r, struct ph_interval anytime)
{
    if (looks_alone(r)) {
        r->e->fixed = r->head.interval;
        r->head.interval = r->e->criterion[0].interval = anytime;
        r->head.anytime = r->e->criterion[0].anytime = true;
    }
}

// Events by exposure against a floor or a ceiling.
static enum ph_status rate(struct run *r)
{
    struct ph_rate_options o = PH_RATE_OPTIONS;
    struct ph_rate_result x;
    o.outcome = r->column[PLAN_OUTCOME];
    o.exposure = r->column[PLAN_EXPOSURE];
    o.unit = r->column[PLAN_UNIT];
    o.floor = r->p->floor;
    o.direction = r->a->direction;
    o.level = r->level;
    enum ph_status status = ph_rate(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->head = x.head;
        r->e->criterion[0] = (struct ph_criterion){ .estimate = x.head.estimate,
            .interval = x.head.interval,
            .level = x.head.level,
            .floor = o.floor,
            .direction = o.direction };
        r->e->n_criteria = 1;
        take_early(r, x.anytime);
    }
    return status;
}

static enum ph_status feasibility(struct run *r)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result x;
    if (r->column[PLAN_EXPOSURE] != PH_NONE) {
        return rate(r);
    }
    o.outcome = r->column[PLAN_OUTCOME];
    o.trials = r->column[PLAN_TRIALS];
    o.unit = r->column[PLAN_UNIT];
    o.floor = r->p->floor;
    o.direction = r->a->direction;
    o.level = r->level;
    enum ph_status status = ph_feasibility(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->head = x.head;
        r->e->criterion[0] = ph_criterion_feasibility(&x, o.direction);
        r->e->n_criteria = 1;
        take_early(r, ph_anytime_share(x.successes, x.trials, 0.5, 0.5, o.level));
    }
    return status;
}

static enum ph_status accuracy(struct run *r)
{
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result x;
    o.outcome = r->column[PLAN_OUTCOME];
    o.reference = r->column[PLAN_REFERENCE];
    o.unit = r->column[PLAN_UNIT];
    o.level = r->level;
    enum ph_status status = ph_accuracy(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->head = x.head;
        ph_criteria_limits(&x, r->p->margin, r->e->criterion);
        r->e->n_criteria = 2;
    }
    return status;
}

static double tuned_for(const struct run *r)
{
    return isnan(r->p->tuned_for) ? fmax((double)r->f->rows, 100) : r->p->tuned_for;
}

enum ph_status ev_run_sequence(struct run *r, int32_t outcome, struct ph_look *ret_look)
{
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    struct ph_sequence_result s;
    o.monitor.kind = PH_MONITOR_DIFFERENCE;
    o.monitor.level = r->level;
    o.monitor.design = r->a->design;
    o.monitor.tuned_for = tuned_for(r);
    o.columns = (struct ph_monitor_columns){ outcome, r->column[PLAN_TREAT],
        outcome == r->column[PLAN_OUTCOME] ? r->column[PLAN_TRIALS] : PH_NONE };
    enum ph_status status = ph_sequence(r->c, r->f, &o, &s);
    if (status == PH_OK) {
        *ret_look = s.looks[s.n_looks - 1];
        ph_sequence_release(r->c, &s);
    }
    return status;
}

// Where covariates are taken off, the look is at the plain difference: wider, and as valid.
static enum ph_status look_alone(struct run *r)
{
    struct ph_look look;
    enum ph_status status = ev_run_sequence(r, r->column[PLAN_OUTCOME], &look);
    if (status == PH_OK) {
        r->e->fixed = r->gating ? r->head.interval : r->e->fixed;
        enum ph_grade grade = r->head.grade;
        r->head = look.head;
        r->head.grade = grade;
    }
    return status;
}

enum ph_status ev_run_together(struct run *r, int32_t outcome, struct ph_result *ret)
{
    enum ph_status status = PH_OK;
    struct run at = *r;
    bool own = outcome == r->column[PLAN_OUTCOME];
    at.column[PLAN_OUTCOME] = outcome;
    if (!own) {
        at.column[PLAN_TRIALS] = at.column[PLAN_EXPOSURE] = PH_NONE;
    }
    if (r->a->method == PLAN_RATES && own) {
        status = ev_run_rates_early(&at);
    } else if (ev_run_cluster(r) == PH_NONE && r->column[PLAN_STRATUM] != PH_NONE) {
        status = ev_run_poststratify(&at);
    } else {
        struct plan_analysis means = *r->a;
        means.method = own && means.method == PLAN_PROPORTIONS ? PLAN_PROPORTIONS : PLAN_WELCH;
        at.a = &means;
        status = ev_run_two_means(&at);
    }
    if (status == PH_OK) {
        *ret = at.head;
        ph_result_anytime(ret, (double)ret->n, tuned_for(r));
    }
    return status;
}

// Before the horizon: rows on their own by a sequence of them; clusters, strata and events by the
// estimate itself, where the plan declares looks.
static enum ph_status look_early(struct run *r)
{
    const struct plan_kind *k = &ev_plan_kinds[r->a->method];
    if (r->e->stage != PH_STAGE_EARLY || !r->looks || !k->looks || !k->groups) {
        return PH_OK;
    }
    if (looks_alone(r) && r->a->method != PLAN_RATES) {
        return look_alone(r);
    }
    if (isnan(r->p->look_share)) {
        return PH_OK;
    }
    struct ph_result anytime = r->head;
    enum ph_status status = PH_OK;
    if (r->head.se > 0 && r->a->method != PLAN_RATES) {
        ph_result_anytime(&anytime, (double)anytime.n, tuned_for(r));
    } else {
        status = ev_run_together(r, r->column[PLAN_OUTCOME], &anytime);
    }
    if (status == PH_OK) {
        r->e->fixed = r->gating ? r->head.interval : r->e->fixed;
        anytime.grade = r->head.grade;
        anytime.warnings |= r->head.warnings;
        r->head = anytime;
    }
    return status;
}

enum ph_status ev_run_estimate(struct run *r)
{
    static enum ph_status (*const methods[PLAN_METHODS])(struct run *) = {
        [PLAN_FEASIBILITY] = feasibility,
        [PLAN_ACCURACY] = accuracy,
        [PLAN_WELCH] = ev_run_two_means,
        [PLAN_PROPORTIONS] = ev_run_two_means,
        [PLAN_BEFORE_AFTER] = before_after,
        [PLAN_ATTGT] = ev_run_attgt,
        [PLAN_SYNTH] = ev_run_synth,
        [PLAN_SDID] = ev_run_sdid,
        [PLAN_LIN] = ev_run_adjusted,
        [PLAN_CUPED] = ev_run_adjusted,
        [PLAN_POSTSTRATIFY] = ev_run_poststratify,
        [PLAN_RANDOMISE] = ev_run_randomise,
        [PLAN_DID] = ev_run_did,
        [PLAN_REGRESS] = ev_run_regress,
        [PLAN_WILDBOOT] = ev_run_wildboot,
        [PLAN_ITS] = ev_run_its,
        [PLAN_SUNAB] = ev_run_sunab,
        [PLAN_RATES] = ev_run_rates,
    };
    r->head = ev_result_blank(r->level, "none");
    enum ph_status status = methods[r->a->method](r);
    return status == PH_OK ? look_early(r) : status;
}
