// SPDX-License-Identifier: Apache-2.0
// Methods that test rather than estimate an error: the interval holds the constant effects that the
// test does not reject, and the chance of an effect above a value comes from the p-value there
// (a confidence distribution: Xie & Singh 2013, Int. Stat. Rev. 81:3).
#include "run.h"

// ---- Randomisation ----

// The plan's own question and the money's are put to the same draws.
static enum ph_status randomise(struct run *r, bool invert, struct ph_randomise_result *ret)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.cluster = ev_run_cluster(r);
    o.stratum = r->column[PLAN_STRATUM];
    o.draws = r->a->draws;
    o.design = r->a->design;
    o.level = r->level;
    o.invert = invert;
    memcpy(o.effect, r->asked, sizeof(r->asked));
    o.n_effects = r->n_asked;
    enum ph_status status = ph_randomise(r->c, r->f, &o, ret);
    if (status == PH_OK) {
        memcpy(r->answered, ret->p_of, sizeof(r->answered));
    }
    return status;
}

enum ph_status ev_run_randomise(struct run *r)
{
    struct ph_randomise_result x;
    double sign = r->a->direction == PH_LOWER_IS_BETTER ? -1 : 1;
    r->n_asked = 0;
    if (isfinite(r->delta)) {
        r->asked[r->n_asked++] = sign * r->delta;
    }
    if (r->p->rule.money && r->p->value > 0) {
        r->asked[r->n_asked++] = sign * (r->p->cost / r->p->value);
    }
    enum ph_status status = randomise(r, true, &x);
    if (status == PH_OK) {
        r->head = x.head;
    }
    return status;
}

static enum ph_status randomise_p(struct run *r, double null, double *ret_p)
{
    enum ph_status status = PH_OK;
    size_t i = 0;
    while (i < r->n_asked && r->asked[i] != null) {
        i++;
    }
    if (i == r->n_asked) {
        struct ph_randomise_result x;
        r->asked[i = 0] = null;
        r->n_asked = 1;
        status = randomise(r, false, &x);
    }
    *ret_p = status == PH_OK ? r->answered[i] : NAN;
    return status;
}

// ---- Synthetic control ----

static enum ph_status synthesise(struct run *r, struct ph_synth_result *ret)
{
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    o.columns = (struct ph_panel_columns){ r->column[PLAN_OUTCOME], r->column[PLAN_UNIT],
        r->column[PLAN_TIME], r->column[PLAN_TREAT], PH_NONE };
    o.delta = r->delta;
    o.level = r->level;
    return ph_synth(r->c, r->f, &o, ret);
}

// Mean squared distance of the gaps after the start from a constant effect.
static double misfit(const struct ph_synth_result *s, double effect)
{
    double sum = 0;
    for (size_t t = s->pre; t < s->pre + s->post; t++) {
        double gap = s->actual[t] - s->synthetic[t] - effect;
        sum += gap * gap;
    }
    return sum / (double)s->post;
}

// The rank of the treated place's ratio among all, had EFFECT been taken off its gaps (Firpo &
// Possebom 2018, J. Causal Inference 6:2, with equal weights).
static double placebo_p(const struct ph_synth_result *s, double effect)
{
    double ratio = sqrt(misfit(s, effect)) / s->pre_rmspe;
    size_t as_large = 1;
    for (size_t i = 0; i < s->n_placebos; i++) {
        as_large += s->placebo[i].ratio >= ratio * (1 - 1e-12);
    }
    return (double)as_large / (double)(s->n_placebos + 1);
}

// P > ALPHA where the ratio is no larger than the K-th largest of the placebos': a parabola in the
// effect. Empty (NAN) where no constant effect fits, unbounded (NAN) with too few placebos.
static struct ph_interval placebo_interval(const struct ph_synth_result *s, double alpha)
{
    size_t k = (size_t)floor(alpha * (double)(s->n_placebos + 1) + 1e-9);
    if (k == 0 || k > s->n_placebos || !isfinite(s->placebo[k - 1].ratio)) {
        return (struct ph_interval){ NAN, NAN };
    }
    double most = s->placebo[k - 1].ratio * s->pre_rmspe;
    double mean = s->head.estimate;
    double room = most * most - misfit(s, mean);
    return room >= 0 ? (struct ph_interval){ mean - sqrt(room), mean + sqrt(room) }
                     : (struct ph_interval){ NAN, NAN };
}

enum ph_status ev_run_synth(struct run *r)
{
    struct ph_synth_result s;
    enum ph_status status = synthesise(r, &s);
    if (status == PH_OK) {
        r->head = s.head;
        r->svg = r->course ? ph_picture_synth(r->course, &s) : NULL;
        r->head.interval = placebo_interval(&s, 1 - r->level);
        r->head.warnings |= isnan(r->head.interval.lo) ? PH_WARN_NO_LIMIT : 0;
        ev_run_gate(r, "fit-before", s.pre_rmspe, r->delta / 2, s.pre_rmspe <= r->delta / 2);
        ph_synth_release(r->c, &s);
    }
    return status;
}

static enum ph_status synth_p(struct run *r, double null, double *ret_p)
{
    struct ph_synth_result s;
    enum ph_status status = synthesise(r, &s);
    if (status == PH_OK) {
        *ret_p = placebo_p(&s, null);
        ph_synth_release(r->c, &s);
    }
    return status;
}

// ---- The chance of an effect above a value ----

double ev_run_precision(const struct ph_result *h)
{
    if (h->se > 0) {
        return h->se;
    }
    double width = h->interval.hi - h->interval.lo;
    return width > 0 ? width / (2 * ph_normal_quantile(0.5 + h->level / 2)) : NAN;
}

static enum ph_status p_at(struct run *r, double null, double *ret_p)
{
    switch (r->a->method) {
    case PLAN_RANDOMISE:
        return randomise_p(r, null, ret_p);
    case PLAN_WILDBOOT:
        return ev_run_wildboot_p(r, null, ret_p);
    default:
        return synth_p(r, null, ret_p);
    }
}

enum ph_status ev_run_chance(struct run *r, double at, double *ret_chance)
{
    const struct ph_result *h = &r->head;
    bool turned = r->a->direction == PH_LOWER_IS_BETTER;
    double up = turned ? -h->estimate : h->estimate;
    if (!ev_plan_kinds[r->a->method].inverted || h->anytime) {
        *ret_chance = h->se > 0 ? ph_t_cdf((up - at) / h->se, h->df) : NAN;
        return PH_OK;
    }
    double p = NAN;
    enum ph_status status = p_at(r, turned ? -at : at, &p);
    if (status == PH_OK) {
        *ret_chance = up >= at ? 1 - p / 2 : p / 2;
    }
    return status;
}
