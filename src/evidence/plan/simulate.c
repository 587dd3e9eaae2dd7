// SPDX-License-Identifier: Apache-2.0
// The whole rule on made-up pilots whose truth is known: each run is evaluated as the real one will
// be, at every planned look, and ends with the first verdict of scale or stop.
#include "made_up.h"

#include "parallel.h"

enum {
    SIMULATED_DRAWS = 499,
    TRIALS_MOST = 10000,
    WORKERS_MAX = 64,
    WORKERS_ROWS = 20000000, // made up at once
    TURN = 16,               // runs a worker does before the caller may cancel
};

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
    if (o->trials > TRIALS_MOST) {
        return ev_complain(c, PH_INVALID, "A unit has %d trials at most.", TRIALS_MOST);
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
    const struct ph_simulate_options *o, struct made *m, struct ph_evaluation *ret, double *ret_at)
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

// How one run ended; it depends on its number, the seed and the truth alone.
struct ending {
    enum ph_status status;
    enum ph_verdict verdict;
    bool covered;
    double at;
};

// Runs are shared out among workers, each with a pilot and a context of its own, whose memory comes
// from the caller's allocator one at a time.
struct crew {
    const struct ph_sealed *p;
    const struct ph_simulate_options *o;
    double truth;
    uint64_t seed;
    size_t n;
    struct worker *worker;
    uint32_t from, end;    // runs of this turn
    struct ending *ending; // of this turn's runs
};

struct worker {
    struct ph_context context;
    struct made made;
};

static void one_ending(const struct crew *w, struct worker *by, uint32_t run, struct ending *ret)
{
    struct ph_evaluation e;
    double at = NAN;
    // The same draws for every truth: rates then differ by the truth alone.
    ev_made_up_fill(w->p, w->o, w->truth, w->seed, run, &by->made);
    *ret = (struct ending){ .status = one_run(&by->context, w->p, w->o, &by->made, &e, &at) };
    if (ret->status == PH_OK) {
        struct ph_interval in = e.primary.interval;
        ret->verdict = e.verdict.verdict;
        ret->covered = in.lo <= w->truth && w->truth <= in.hi;
        ret->at = at;
    }
}

static void labour(void *work, size_t piece)
{
    struct crew *w = work;
    for (uint32_t run = w->from + (uint32_t)piece; run < w->end; run += (uint32_t)w->n) {
        one_ending(w, &w->worker[piece], run, &w->ending[run - w->from]);
    }
}

// Adds a turn's endings, in their order. The words of what can't go on are those of its first run.
static enum ph_status add_turn(
    struct ph_context *c, const struct crew *w, struct ph_error_rates *r, size_t *decisions)
{
    for (uint32_t run = w->from; run < w->end; run++) {
        const struct ending *e = &w->ending[run - w->from];
        if (e->status == PH_DATA) {
            r->failed++;
            continue;
        }
        if (e->status != PH_OK) {
            const struct worker *by = &w->worker[(run - w->from) % w->n];
            return ev_complain(c, e->status, "%s", by->context.last);
        }
        r->runs++;
        r->rate[e->verdict]++;
        r->covered += e->covered;
        if (e->verdict != PH_CANNOT_TELL) {
            r->decided_at += e->at;
            ++*decisions;
        }
    }
    return PH_OK;
}

static enum ph_status one_truth(
    struct ph_context *c, struct crew *w, double truth, struct ph_error_rates *ret)
{
    *ret = (struct ph_error_rates){ .truth = truth };
    size_t decisions = 0;
    w->truth = truth;
    for (w->from = 0; w->from < w->o->runs; w->from = w->end) {
        uint32_t left = w->o->runs - w->from;
        uint32_t turn = (uint32_t)w->n * TURN;
        w->end = w->from + (left < turn ? left : turn);
        if (ev_cancelled(c)) {
            return ev_complain(c, PH_CANCELLED, "Cancelled.");
        }
        ev_parallel(c, w->n, labour, w);
        enum ph_status status = add_turn(c, w, ret, &decisions);
        if (status != PH_OK) {
            return status;
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

// As many workers as there are threads, unless pilots are so large that they would not fit.
static enum ph_status gather(
    struct ph_context *c, struct ev_shared_allocator *shared, struct crew *w)
{
    const struct ph_simulate_options *o = w->o;
    size_t rows = (o->treated + o->compared) * (o->before + o->periods);
    size_t most = WORKERS_ROWS / rows > 0 ? WORKERS_ROWS / rows : 1;
    w->n = c->threads < WORKERS_MAX ? c->threads : WORKERS_MAX;
    w->n = w->n < most ? w->n : most;
    w->worker = ev_take(c, w->n, sizeof(*w->worker));
    w->ending = ev_take(c, w->n * TURN, sizeof(*w->ending));
    enum ph_status status = w->worker && w->ending ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < w->n; i++) {
        struct worker *by = &w->worker[i];
        by->context = ev_context_of_worker(c, shared);
        status = ev_made_up_take(&by->context, w->p, o, &by->made);
        if (status != PH_OK) {
            return ev_complain(c, status, "%s", by->context.last);
        }
    }
    return status;
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
    struct ph_simulate_options o = *options;
    double looks[PLAN_LOOKS_MAX];
    if (o.n_looks == 0) {
        o.n_looks = looks_of(sealed, o.periods, looks);
        o.looks = looks;
    }
    struct ph_sealed *plan = plan_of(context, sealed, &o);
    struct ev_shared_allocator shared;
    struct crew w = { .p = plan, .o = &o, .seed = context->seed };
    ev_share_allocator(context, &shared);
    status = plan ? gather(context, &shared, &w) : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < o.n_truths; i++) {
        status = one_truth(context, &w, o.truths[i], &ret_rates[i]);
    }
    for (size_t i = 0; w.worker && i < w.n; i++) {
        ev_made_up_release(&w.worker[i].context, &w.worker[i].made);
    }
    ev_give_back(context, w.worker);
    ev_give_back(context, w.ending);
    ev_give_back(context, plan);
    ev_unshare_allocator(&shared);
    return status;
}
