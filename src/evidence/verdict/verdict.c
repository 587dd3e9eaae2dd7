// SPDX-License-Identifier: Apache-2.0
// From the locked plan and the results to one word and its reason. The order is the argument: what
// makes the numbers worthless comes first, harm before good, and what is left is said to be
// unknown.
#include "internal.h"

static bool decided(struct ph_verdict_result *v, enum ph_verdict verdict, enum ph_reason reason)
{
    v->verdict = verdict;
    v->reason = reason;
    return true;
}

// Before the horizon only an interval made for many looks may decide.
static bool may_decide(const struct ph_plan *plan, bool anytime)
{
    return plan->stage == PH_STAGE_HORIZON || anytime;
}

static bool harmed(
    const struct ph_plan *plan, const struct ph_findings *f, struct ph_verdict_result *v)
{
    for (size_t i = 0; i < f->n_guardrails; i++) {
        const struct ph_guardrail *g = &f->guardrails[i];
        if (!(g->harm_lower > g->margin)) {
            continue;
        }
        if (may_decide(plan, g->anytime)) {
            v->decisive = i;
            return decided(v, PH_STOP, PH_REASON_HARM);
        }
        v->warnings |= PH_WARN_EARLY_FIXED;
    }
    return false;
}

static bool same_level(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

// P(effect >= delta) under a flat prior: the estimate's t (or normal) distribution.
static double worthwhile_of(const struct ph_plan *plan, const struct ph_result *r)
{
    double up = plan->direction == PH_LOWER_IS_BETTER ? -r->estimate : r->estimate;
    return ph_t_cdf((up - plan->delta) / r->se, r->df);
}

static bool extension_pays(const struct ph_plan *plan, const struct ph_findings *f)
{
    bool detects = f->extension_mde > 0 && f->extension_mde <= plan->delta; // false when not known
    bool pays = !plan->money || f->extension_value > f->extension_cost;
    return detects && pays;
}

static bool extend_or_adapt(
    const struct ph_plan *plan, const struct ph_findings *f, struct ph_verdict_result *v)
{
    if (extension_pays(plan, f)) {
        return decided(v, PH_EXTEND, PH_REASON_EXTENSION_PAYS);
    }
    if (f->component_survives) {
        return decided(v, PH_ADAPT, PH_REASON_COMPONENT_WORKS);
    }
    return false;
}

// Nothing decided: say which of the reasons to doubt it is.
static void doubt(const struct ph_plan *plan, const struct ph_findings *f, bool early,
    struct ph_verdict_result *v)
{
    bool positive = v->good.lo > 0;
    bool worth = v->worthwhile >= plan->worthwhile_needed;
    bool pays = !plan->money || f->benefit >= plan->benefit_needed;
    if (early) {
        decided(v, PH_CANNOT_TELL, PH_REASON_TOO_EARLY);
    } else if (positive && worth && pays) {
        decided(v, PH_CANNOT_TELL, PH_REASON_GRADE_TOO_LOW);
    } else if (positive && worth) {
        decided(v, PH_CANNOT_TELL, PH_REASON_BENEFIT_UNSURE);
    } else if (positive) {
        decided(v, PH_CANNOT_TELL, PH_REASON_MAYBE_TOO_SMALL);
    } else {
        decided(v, PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE);
    }
}

static void judge_effect(
    const struct ph_plan *plan, const struct ph_findings *f, struct ph_verdict_result *v)
{
    const struct ph_result *r = f->primary;
    if (harmed(plan, f, v)) {
        return;
    }
    if (!r || isnan(r->interval.lo) || isnan(r->interval.hi)) {
        decided(v, PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
        return;
    }
    if (!same_level(r->level, plan->level)) {
        v->warnings |= PH_WARN_LEVEL;
        decided(v, PH_CANNOT_TELL, PH_REASON_LEVEL_DIFFERS);
        return;
    }
    bool turned = plan->direction == PH_LOWER_IS_BETTER;
    v->good = turned ? (struct ph_interval){ -r->interval.hi, -r->interval.lo } : r->interval;
    v->worthwhile = isnan(f->worthwhile) ? worthwhile_of(plan, r) : f->worthwhile;
    bool early = !may_decide(plan, r->anytime);
    if (early) {
        v->warnings |= PH_WARN_EARLY_FIXED;
    }
    bool worth = v->good.lo > 0 && v->worthwhile >= plan->worthwhile_needed &&
                 (!plan->money || f->benefit >= plan->benefit_needed);
    bool graded = r->grade >= PH_GRADE_A && r->grade <= PH_GRADE_C;
    v->worthwhile_ruled_out = !early && v->good.hi < plan->delta;
    if (!early && worth && graded) {
        decided(v, PH_SCALE, PH_REASON_WORTHWHILE);
    } else if (v->worthwhile_ruled_out) {
        decided(v, PH_STOP, PH_REASON_WORTHWHILE_RULED_OUT);
    } else if (!early && plan->money && f->benefit <= plan->benefit_stop) {
        decided(v, PH_STOP, PH_REASON_NOT_WORTH_COST);
    } else if (early || !extend_or_adapt(plan, f, v)) {
        doubt(plan, f, early, v);
    }
}

// Every criterion met: scale, by which is meant that it works here, not that it helps. Any one
// missed: stop. The tests are joined as intersection and union, so "met" needs no correction
// (Berger 1982, Technometrics 24:295).
static void judge_criteria(
    const struct ph_plan *plan, const struct ph_findings *f, struct ph_verdict_result *v)
{
    if (harmed(plan, f, v)) {
        return;
    }
    size_t met = 0;
    bool early = false;
    for (size_t i = 0; i < f->n_criteria; i++) {
        const struct ph_criterion *k = &f->criteria[i];
        if (isnan(k->interval.lo) || isnan(k->interval.hi)) {
            v->decisive = i;
            decided(v, PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
            return;
        }
        if (!same_level(k->level, plan->level)) {
            v->warnings |= PH_WARN_LEVEL;
            v->decisive = i;
            decided(v, PH_CANNOT_TELL, PH_REASON_LEVEL_DIFFERS);
            return;
        }
        early = early || !may_decide(plan, k->anytime);
    }
    for (size_t i = 0; i < f->n_criteria; i++) {
        const struct ph_criterion *k = &f->criteria[i];
        bool turned = k->direction == PH_LOWER_IS_BETTER;
        if (may_decide(plan, k->anytime) &&
            (turned ? k->interval.lo > k->floor : k->interval.hi < k->floor)) {
            v->decisive = i;
            decided(v, PH_STOP, PH_REASON_FLOOR_MISSED);
            return;
        }
        bool good = turned ? k->interval.hi <= k->floor : k->interval.lo >= k->floor;
        met += good && may_decide(plan, k->anytime);
        v->decisive = good ? v->decisive : i;
    }
    v->warnings |= early ? PH_WARN_EARLY_FIXED : 0;
    if (f->n_criteria == 0) {
        decided(v, PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
    } else if (met == f->n_criteria) {
        decided(v, PH_SCALE, PH_REASON_FLOOR_MET);
    } else if (early) {
        decided(v, PH_CANNOT_TELL, PH_REASON_TOO_EARLY);
    } else if (!extend_or_adapt(plan, f, v)) {
        decided(v, PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE);
    }
}

static bool share(double v)
{
    return v >= 0 && v <= 1;
}

static enum ph_status check(
    struct ph_context *c, const struct ph_plan *plan, const struct ph_findings *f)
{
    if (plan->kind < PH_PLAN_FEASIBILITY || plan->kind > PH_PLAN_EFFECT ||
        (plan->stage != PH_STAGE_EARLY && plan->stage != PH_STAGE_HORIZON) ||
        (plan->direction != PH_HIGHER_IS_BETTER && plan->direction != PH_LOWER_IS_BETTER)) {
        return ev_complain(c, PH_INVALID, "The plan's kind, stage or direction is not known.");
    }
    if (plan->kind == PH_PLAN_EFFECT && !(plan->delta > 0 && isfinite(plan->delta))) {
        return ev_complain(c, PH_INVALID,
            "The smallest effect worth having must be above 0, whatever the direction.");
    }
    if (!share(plan->worthwhile_needed) || !share(plan->benefit_needed) ||
        !share(plan->benefit_stop)) {
        return ev_complain(c, PH_INVALID, "The plan's probabilities must lie from 0 to 1.");
    }
    if ((f->n_criteria > 0 && !f->criteria) || (f->n_guardrails > 0 && !f->guardrails)) {
        return ev_complain(c, PH_INVALID, "Criteria or guardrails are counted but not there.");
    }
    return ev_check_level(c, plan->level);
}

enum ph_status ph_verdict(struct ph_context *c, const struct ph_plan *plan,
    const struct ph_findings *f, struct ph_verdict_result *ret_result)
{
    enum ph_status status = ev_begin(c, plan, plan ? plan->version : 0, ret_result);
    if (status == PH_OK && (!f || f->version != PH_VERSION)) {
        // Findings of all zeros would say that the benefit is known to be nil.
        status = ev_complain(c, PH_UNSUPPORTED, "Findings of this version are needed.");
    }
    if (status != PH_OK || (status = check(c, plan, f)) != PH_OK) {
        return status;
    }
    struct ph_verdict_result v = {
        .verdict = PH_CANNOT_TELL, .good = { NAN, NAN }, .delta = plan->delta, .worthwhile = NAN
    };
    if (plan->kind == PH_PLAN_EFFECT && f->primary) {
        v.grade = f->primary->grade;
        v.warnings = f->primary->warnings;
    }
    if (f->gate_failed) {
        decided(&v, PH_CANNOT_TELL, PH_REASON_GATE_FAILED);
    } else if (plan->kind == PH_PLAN_EFFECT) {
        judge_effect(plan, f, &v);
    } else {
        judge_criteria(plan, f, &v);
    }
    *ret_result = v;
    return PH_OK;
}

struct ph_criterion ph_criterion_feasibility(
    const struct ph_feasibility_result *r, enum ph_direction direction)
{
    return (struct ph_criterion){ .estimate = r->head.estimate,
        .interval = r->head.interval,
        .level = r->head.level,
        .floor = r->floor,
        .direction = direction,
        .anytime = r->head.anytime };
}

void ph_criteria_limits(
    const struct ph_accuracy_result *r, double margin, struct ph_criterion ret_criteria[2])
{
    ret_criteria[0] = (struct ph_criterion){ .estimate = r->lower_limit,
        .interval = r->lower_limit_interval,
        .level = r->head.level,
        .floor = -margin,
        .direction = PH_HIGHER_IS_BETTER,
        .anytime = r->head.anytime };
    ret_criteria[1] = (struct ph_criterion){ .estimate = r->upper_limit,
        .interval = r->upper_limit_interval,
        .level = r->head.level,
        .floor = margin,
        .direction = PH_LOWER_IS_BETTER,
        .anytime = r->head.anytime };
}

struct ph_criterion ph_criterion_share(const struct ph_share *s, double level, double floor)
{
    return (struct ph_criterion){ .estimate = s->share,
        .interval = s->interval,
        .level = level,
        .floor = floor,
        .direction = PH_HIGHER_IS_BETTER };
}
