// SPDX-License-Identifier: Apache-2.0
// What the estimate is worth, guardrails, and the verdict, which sees results only.
#include "run.h"

// Harm may stop a pilot at any look. What was assigned together is read together.
static enum ph_status look_for_harm(struct run *r, int32_t column, struct ph_result *ret)
{
    bool together = ev_plan_kinds[r->a->method].groups && ev_run_cluster(r) != PH_NONE;
    struct ph_look look;
    struct run at = *r;
    at.level = r->p->rule.level; // harm has the whole alpha at every look
    if (together) {
        return ev_run_together(&at, column, ret);
    }
    enum ph_status status = ev_run_sequence(&at, column, &look);
    if (status == PH_OK) {
        *ret = look.head;
    }
    return status;
}

enum ph_status ev_run_guardrails(struct run *r)
{
    for (size_t i = 0; i < r->p->n_guardrails; i++) {
        const struct plan_guardrail *g = &r->p->guardrail[i];
        struct ph_result harm;
        int32_t column = PH_NONE;
        enum ph_status status = ev_run_find(r, g->outcome, PH_REAL, &column);
        status = status == PH_OK ? look_for_harm(r, column, &harm) : status;
        if (status != PH_OK) {
            return status;
        }
        struct ph_interval in = harm.interval;
        bool turned = g->direction == PH_HIGHER_IS_BETTER; // then a fall is the harm
        r->e->guardrail[r->e->n_guardrails++] = (struct ph_guardrail_result){
            .outcome = g->outcome,
            .harm = turned ? -harm.estimate : harm.estimate,
            .interval = turned ? (struct ph_interval){ -in.hi, -in.lo } : in,
            .margin = g->margin,
        };
    }
    return PH_OK;
}

static double detectable(const struct ph_sealed *p, double se)
{
    return (ph_normal_quantile(0.5 + p->rule.level / 2) + ph_normal_quantile(0.8)) * se;
}

enum ph_status ev_run_worth(struct run *r)
{
    const struct ph_sealed *p = r->p;
    struct ph_evaluation *e = r->e;
    double se = ev_run_precision(&e->primary);
    double up =
        p->rule.direction == PH_LOWER_IS_BETTER ? -e->primary.estimate : e->primary.estimate;
    e->detectable = se > 0 ? detectable(p, se) : NAN;
    if (p->rule.money && se > 0) {
        e->net_benefit = p->value * up - p->cost;
        e->benefit = ph_normal_cdf(e->net_benefit / (p->value * se));
    }
    if (p->rule.money && p->value > 0 && ev_plan_kinds[p->own.method].inverted) {
        enum ph_status status = ev_run_chance(r, p->cost / p->value, &e->benefit);
        if (status != PH_OK) {
            return status;
        }
    }
    if (isnan(p->extension_units) || !(se > 0)) {
        return PH_OK;
    }
    // The same precision a unit as so far.
    double n = (double)(e->primary.clusters > 0 ? e->primary.clusters : e->primary.n);
    e->extension_mde = detectable(p, se * sqrt(n / (n + p->extension_units)));
    e->extension_cost = p->extension_cost;
    if (!p->rule.money) {
        return PH_OK;
    }
    struct ph_voi_options o = PH_VOI_OPTIONS;
    struct ph_voi_result v;
    o.mean = e->net_benefit;
    o.sd = p->value * se;
    o.population = p->population;
    o.n = p->extension_units;
    o.sigma = p->value * se * sqrt(n);
    enum ph_status status = ph_voi(r->c, &o, &v);
    e->extension_value = status == PH_OK ? v.evsi : NAN;
    return status;
}

// What the further measures, components and earlier pilots say.
static enum ph_status family(struct run *r, const struct ph_frame *portfolio,
    struct ph_measure *measures, struct ph_findings *f)
{
    struct ph_evaluation *e = r->e;
    for (size_t i = 0; i < e->n_measures; i++) {
        const struct ph_measure_result *m = &e->measure[i];
        measures[i] = (struct ph_measure){ &m->head, m->direction, m->delta, m->worthwhile };
    }
    for (size_t i = 0; i < e->n_components; i++) {
        f->component_survives = f->component_survives || e->component[i].survives;
    }
    f->measures = measures;
    f->n_measures = e->n_measures;
    enum ph_status status = PH_OK;
    if (ev_plan_kinds[r->p->own.method].inverted && !e->primary.anytime) {
        status = ev_run_chance(r, r->delta, &f->worthwhile);
    }
    bool effect = r->p->rule.kind == PH_PLAN_EFFECT;
    return status == PH_OK && effect ? ev_run_portfolio(r, portfolio, &f->worthwhile) : status;
}

enum ph_status ev_run_judge(struct run *r, const struct ph_frame *portfolio)
{
    struct ph_evaluation *e = r->e;
    struct ph_plan rule = r->p->rule;
    struct ph_guardrail guard[PH_GUARDRAILS_MAX];
    struct ph_measure measures[PH_MEASURES_MAX];
    struct ph_findings f = PH_FINDINGS;
    rule.stage = e->stage;
    rule.level = r->level;
    rule.delta = isnan(rule.delta) ? 0 : rule.delta;
    for (size_t i = 0; i < e->n_gates; i++) {
        f.gate_failed = f.gate_failed || !e->gate[i].passed;
    }
    for (size_t i = 0; i < e->n_guardrails; i++) {
        guard[i] =
            (struct ph_guardrail){ e->guardrail[i].interval.lo, e->guardrail[i].margin, true };
    }
    f.primary = r->p->rule.kind == PH_PLAN_EFFECT ? &e->primary : NULL;
    f.criteria = e->criterion;
    f.n_criteria = e->n_criteria;
    f.guardrails = guard;
    f.n_guardrails = e->n_guardrails;
    f.benefit = e->benefit;
    f.extension_mde = e->extension_mde;
    f.extension_value = e->extension_value;
    f.extension_cost = e->extension_cost;
    enum ph_status status = family(r, portfolio, measures, &f);
    status = status == PH_OK ? ph_verdict(r->c, &rule, &f, &e->verdict) : status;
    if (status == PH_OK) {
        e->worthwhile = e->verdict.worthwhile;
        e->holm = e->verdict.holm[0];
        for (size_t i = 0; i < e->n_measures; i++) {
            e->measure[i].holm = e->verdict.holm[i + 1];
        }
    }
    return status;
}
