// SPDX-License-Identifier: Apache-2.0
// The whole rule on made-up pilots whose truth is known: each run is evaluated as the real one will
// be, at every planned look, and ends with the first verdict of scale or stop.
#include "made_up.h"

enum { SIMULATED_DRAWS = 499 };

// What belongs to some plans only.
static enum ph_status check_more(
    struct ph_context *c, const struct ph_sealed *p, const struct ph_simulate_options *o)
{
    bool series = p->own.method == PLAN_ITS;
    bool rates = series && (p->own.series.log || p->own.series.family != PH_FAMILY_GAUSSIAN);
    if (!(fabs(o->covariate_correlation) < 1) || !(fabs(o->guardrail_correlation) < 1)) {
        return ev_complain(c, PH_INVALID, "Correlations lie between -1 and 1.");
    }
    if (!(o->guardrail_sd >= 0) || o->strata > 1000) {
        return ev_complain(
            c, PH_INVALID, "A guardrail's sd is above 0, and there are 1,000 strata at most.");
    }
    if (o->n_harms > p->n_guardrails || (o->n_harms > 0 && !o->harms)) {
        return ev_complain(
            c, PH_INVALID, "The plan has %zu guardrails to give harms to.", p->n_guardrails);
    }
    for (size_t i = 0; i < o->n_harms; i++) {
        if (!isfinite(o->harms[i])) {
            return ev_complain(c, PH_INVALID, "A harm must be a number.");
        }
    }
    if (series && (o->treated != 1 || o->compared != 0)) {
        return ev_complain(
            c, PH_INVALID, "One series is one treated unit, with none to compare with.");
    }
    if (rates && !(o->mean > 0)) {
        return ev_complain(c, PH_INVALID, "Counts and rates need a mean above 0.");
    }
    return PH_OK;
}

static enum ph_status check(
    struct ph_context *c, const struct ph_sealed *p, const struct ph_simulate_options *o)
{
    if (p->portfolio) {
        return ev_complain(c, PH_UNSUPPORTED,
            "A plan that reads its effect among earlier pilots can't be simulated: leave the "
            "portfolio out of a copy.");
    }
    bool sizes = o->treated >= 1 && o->compared <= 100000 && o->treated <= 100000 &&
                 o->cluster_size >= 1 && o->periods >= 1 && o->before + o->periods <= 10000 &&
                 (o->treated + o->compared) * (o->before + o->periods) <= 10000000;
    if (!sizes) {
        return ev_complain(c, PH_INVALID,
            "There must be treated units, a period, and at most "
            "10,000,000 rows.");
    }
    if (!(o->sd > 0) || !(o->icc >= 0 && o->icc < 1) || !(fabs(o->correlation) < 1) ||
        !isfinite(o->mean)) {
        return ev_complain(c, PH_INVALID,
            "The sd must be above 0, the intraclass correlation from "
            "0 to below 1, the serial one between -1 and 1.");
    }
    if (o->runs < 1 || o->runs > 1000000 || o->n_truths < 1 || !o->truths) {
        return ev_complain(c, PH_INVALID, "Give truths, and from 1 to 1,000,000 runs.");
    }
    for (size_t i = 0; i < o->n_looks; i++) {
        if (!(o->looks[i] >= 1) || (i > 0 && !(o->looks[i] > o->looks[i - 1]))) {
            return ev_complain(c, PH_INVALID, "Looks must rise and begin at 1 or later.");
        }
    }
    return check_more(c, p, o);
}

// The verdict at the first deciding look; and whether the last interval held the truth. PH_DATA
// where the method refuses the run.
static enum ph_status one_run(struct ph_context *c, const struct ph_sealed *p,
    const struct ph_simulate_options *o, struct made *m, double truth, struct ph_evaluation *ret,
    double *ret_at)
{
    struct ph_evaluate_options eo = PH_EVALUATE_OPTIONS;
    eo.hash = p->hash;
    for (size_t look = 0; look <= o->n_looks; look++) {
        double at = look < o->n_looks ? o->looks[look] : (double)o->periods;
        size_t periods = o->before + (size_t)fmin(at, (double)o->periods);
        if (look < o->n_looks && at >= (double)o->periods) {
            continue; // the horizon comes last anyway
        }
        m->frame.rows = periods * m->units;
        enum ph_status status = ev_plan_run(c, p, &m->frame, &eo, true, ret);
        bool early = look < o->n_looks;
        if (status != PH_OK && (status != PH_DATA || !early)) {
            return status;
        }
        *ret_at = at;
        bool decided = status == PH_OK &&
                       (ret->verdict.verdict == PH_SCALE || ret->verdict.verdict == PH_STOP);
        if (early && decided) {
            return PH_OK;
        }
    }
    return PH_OK;
}

static enum ph_status one_truth(struct ph_context *c, const struct ph_sealed *p,
    const struct ph_simulate_options *o, struct made *m, size_t which, struct ph_error_rates *ret)
{
    double truth = o->truths[which];
    *ret = (struct ph_error_rates){ .truth = truth };
    size_t decisions = 0;
    for (uint32_t run = 0; run < o->runs; run++) {
        struct ph_evaluation e;
        double at = NAN;
        if (ev_cancelled(c)) {
            return ev_complain(c, PH_CANCELLED, "Cancelled.");
        }
        // The same draws for every truth: rates then differ by the truth alone.
        ev_made_up_fill(p, o, truth, c->seed, run, m);
        enum ph_status status = one_run(c, p, o, m, truth, &e, &at);
        if (status == PH_DATA) {
            ret->failed++;
            continue;
        }
        if (status != PH_OK) {
            return status;
        }
        ret->runs++;
        ret->rate[e.verdict.verdict]++;
        ret->covered += e.primary.interval.lo <= truth && truth <= e.primary.interval.hi;
        if (e.verdict.verdict != PH_CANNOT_TELL) {
            ret->decided_at += at;
            decisions++;
        }
    }
    double n = (double)ret->runs;
    for (int v = 0; v < 5; v++) {
        ret->rate[v] = n > 0 ? ret->rate[v] / n : NAN;
        ret->mc_error[v] = sqrt(ret->rate[v] * (1 - ret->rate[v]) / n);
    }
    ret->covered = n > 0 ? ret->covered / n : NAN;
    ret->decided_at = decisions > 0 ? ret->decided_at / (double)decisions : NAN;
    return PH_OK;
}

// The plan as it is run on made-up pilots: its horizon is the last period, its interruption the
// start, and where it draws, fewer draws do.
static struct ph_sealed *plan_of(
    struct ph_context *c, const struct ph_sealed *sealed, const struct ph_simulate_options *o)
{
    struct ph_sealed *p = ev_take(c, 1, sizeof(*p));
    if (p) {
        struct plan_series *s = &p->own.series;
        *p = *sealed;
        p->horizon = isnan(p->horizon) ? NAN : (double)o->periods;
        p->own.draws = p->own.draws < SIMULATED_DRAWS ? p->own.draws : SIMULATED_DRAWS;
        s->at = isnan(s->at) ? NAN : fmin(s->at - s->from + 1, (double)o->periods);
        s->from = isnan(s->from) ? NAN : 1;
    }
    return p;
}

// The plan's own looks, in made-up periods, where none are given.
static size_t looks_of(const struct ph_sealed *sealed, size_t periods, double *looks)
{
    size_t n = 0;
    for (size_t i = 0; i < sealed->n_looks; i++) {
        double at = round(sealed->look[i] / sealed->horizon * (double)periods);
        if (at >= 1 && at < (double)periods && (n == 0 || at > looks[n - 1])) {
            looks[n++] = at;
        }
    }
    return n;
}

enum ph_status ph_simulate(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_simulate_options *options, struct ph_error_rates *ret_rates)
{
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_rates);
    if (status == PH_OK && !sealed) {
        status = ev_complain(context, PH_INVALID, "A sealed plan is needed.");
    }
    status = status == PH_OK ? check(context, sealed, options) : status;
    if (status != PH_OK) {
        return status;
    }
    struct made m = { 0 };
    struct ph_simulate_options o = *options;
    double looks[PLAN_LOOKS_MAX];
    if (o.n_looks == 0) {
        o.n_looks = looks_of(sealed, o.periods, looks);
        o.looks = looks;
    }
    struct ph_sealed *plan = plan_of(context, sealed, &o);
    status = plan ? ev_made_up_take(context, plan, &o, &m) : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < o.n_truths; i++) {
        status = one_truth(context, plan, &o, &m, i, &ret_rates[i]);
    }
    ev_made_up_release(context, &m);
    ev_give_back(context, plan);
    return status;
}
