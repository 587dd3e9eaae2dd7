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

// ---- Effects: one measure, or a family of them -------------------------------------------------

// One primary measure as the rule sees it.
struct seen {
    const struct ph_result *result;
    struct ph_interval good; // turned so that up is better
    double delta;
    double worthwhile;
    bool survives; // Holm; one alone always
};

struct family {
    struct seen of[PH_MEASURES_MAX + 1];
    size_t n;
};

// P(effect >= delta) under a flat prior: the estimate's t (or normal) distribution.
static struct seen see(
    const struct ph_result *r, enum ph_direction direction, double delta, double worthwhile)
{
    bool turned = direction == PH_LOWER_IS_BETTER;
    struct ph_interval in = r->interval;
    double up = turned ? -r->estimate : r->estimate;
    return (struct seen){ .result = r,
        .good = turned ? (struct ph_interval){ -in.hi, -in.lo } : in,
        .delta = delta,
        .worthwhile = isnan(worthwhile) ? ph_t_cdf((up - delta) / r->se, r->df) : worthwhile,
        .survives = true };
}

// Holm (1979, Scand. J. Stat. 6:65): the K-th smallest p-value times how many are left. A measure
// without one counts and does not survive.
static void holm(struct family *m, double alpha, double ret_adjusted[PH_MEASURES_MAX + 1])
{
    bool done[PH_MEASURES_MAX + 1] = { false };
    double largest = 0;
    for (size_t left = m->n; m->n > 1 && left > 0; left--) {
        size_t next = m->n;
        for (size_t i = 0; i < m->n; i++) {
            bool less = next == m->n || !(m->of[i].result->p >= m->of[next].result->p);
            next = !done[i] && !isnan(m->of[i].result->p) && less ? i : next;
        }
        if (next == m->n) {
            break;
        }
        done[next] = true;
        largest = fmin(fmax(largest, (double)left * m->of[next].result->p), 1);
        ret_adjusted[next] = largest;
    }
    for (size_t i = 0; m->n > 1 && i < m->n; i++) {
        m->of[i].survives = ret_adjusted[i] <= alpha;
    }
}

// Whether every measure has an interval at the plan's level; if not, the verdict says so.
static bool readable(
    const struct ph_plan *plan, const struct family *m, struct ph_verdict_result *v)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct ph_result *r = m->of[i].result;
        v->decisive = m->n > 1 ? i : 0;
        if (isnan(r->interval.lo) || isnan(r->interval.hi)) {
            return !decided(v, PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
        }
        if (!same_level(r->level, plan->level)) {
            v->warnings |= PH_WARN_LEVEL;
            return !decided(v, PH_CANNOT_TELL, PH_REASON_LEVEL_DIFFERS);
        }
    }
    v->decisive = 0;
    return true;
}

struct tally {
    bool early;    // some interval is not made for a look before the end
    bool positive; // some measure got better beyond doubt
    bool worth;    // and by as much as is worth having
    bool graded;   // and the evidence is good enough
    bool against;  // some measure got worse beyond doubt
    bool ruled_out;
    size_t which; // that is worth it
};

static struct tally count(const struct ph_plan *plan, const struct family *m)
{
    struct tally t = { .ruled_out = true, .which = m->n };
    for (size_t i = 0; i < m->n; i++) {
        const struct seen *x = &m->of[i];
        bool better = x->survives && x->good.lo > 0;
        bool worth = better && x->worthwhile >= plan->worthwhile_needed;
        bool graded = x->result->grade >= PH_GRADE_A && x->result->grade <= PH_GRADE_C;
        t.early = t.early || !may_decide(plan, x->result->anytime);
        t.positive = t.positive || better;
        t.which = worth && t.which == m->n ? i : t.which;
        t.worth = t.worth || worth;
        t.graded = t.graded || (worth && graded);
        t.against = t.against || (m->n > 1 && x->survives && x->good.hi < 0);
        t.ruled_out = t.ruled_out && x->good.hi < x->delta;
    }
    return t;
}

// Nothing decided: say which of the reasons to doubt it is.
static void doubt(const struct tally *t, bool pays, struct ph_verdict_result *v)
{
    enum ph_reason reason = t->early                    ? PH_REASON_TOO_EARLY
                            : t->positive && t->against ? PH_REASON_MEASURES_DISAGREE
                            : t->worth && pays          ? PH_REASON_GRADE_TOO_LOW
                            : t->worth                  ? PH_REASON_BENEFIT_UNSURE
                            : t->positive               ? PH_REASON_MAYBE_TOO_SMALL
                                                        : PH_REASON_INCONCLUSIVE;
    decided(v, PH_CANNOT_TELL, reason);
}

static void judge_effect(
    const struct ph_plan *plan, const struct ph_findings *f, struct ph_verdict_result *v)
{
    if (harmed(plan, f, v)) {
        return;
    }
    if (!f->primary) {
        decided(v, PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
        return;
    }
    struct family m = { .n = 1 };
    m.of[0] = see(f->primary, plan->direction, plan->delta, f->worthwhile);
    for (size_t i = 0; i < f->n_measures; i++) {
        const struct ph_measure *x = &f->measures[i];
        m.of[m.n++] = see(x->result, x->direction, x->delta, x->worthwhile);
    }
    holm(&m, 1 - plan->level, v->holm);
    if (!readable(plan, &m, v)) {
        return;
    }
    v->good = m.of[0].good;
    v->worthwhile = m.of[0].worthwhile;
    struct tally t = count(plan, &m);
    v->warnings |= t.early ? PH_WARN_EARLY_FIXED : 0;
    v->worthwhile_ruled_out = !t.early && t.ruled_out;
    bool pays = !plan->money || f->benefit >= plan->benefit_needed;
    if (!t.early && t.worth && t.graded && pays && !t.against) {
        v->decisive = t.which;
        decided(v, PH_SCALE, PH_REASON_WORTHWHILE);
    } else if (v->worthwhile_ruled_out) {
        decided(v, PH_STOP, PH_REASON_WORTHWHILE_RULED_OUT);
    } else if (!t.early && plan->money && f->benefit <= plan->benefit_stop) {
        decided(v, PH_STOP, PH_REASON_NOT_WORTH_COST);
    } else if (t.early || !extend_or_adapt(plan, f, v)) {
        doubt(&t, pays, v);
    }
}

// ---- Feasibility and accuracy ------------------------------------------------------------------

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
    if ((f->n_criteria > 0 && !f->criteria) || (f->n_guardrails > 0 && !f->guardrails) ||
        (f->n_measures > 0 && !f->measures)) {
        return ev_complain(
            c, PH_INVALID, "Criteria, guardrails or measures are counted but not there.");
    }
    if (f->n_measures > PH_MEASURES_MAX || (f->n_measures > 0 && !f->primary)) {
        return ev_complain(
            c, PH_INVALID, "%d measures can stand beside a primary one.", PH_MEASURES_MAX);
    }
    for (size_t i = 0; i < f->n_measures; i++) {
        if (!f->measures[i].result || !(f->measures[i].delta > 0)) {
            return ev_complain(c, PH_INVALID, "Each measure needs its result and its delta.");
        }
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
    for (size_t i = 0; i <= PH_MEASURES_MAX; i++) {
        v.holm[i] = NAN;
    }
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
