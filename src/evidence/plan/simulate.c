// SPDX-License-Identifier: Apache-2.0
// The whole rule on made-up pilots whose truth is known: each run is evaluated as the real one will
// be, at every planned look, and ends with the first verdict of scale or stop.
#include "plan_inner.h"
#include "random.h"

#include <stdlib.h>

// One made-up data set. Rows stand period by period, so that a look is a shorter frame.
struct made {
    size_t units, periods, rows;
    double *outcome, *treat, *time, *first, *period;
    int32_t *unit, *cluster;
    double *level;  // of each unit: cluster's and its own lasting part
    double *wander; // of each unit, from period to period
    struct ph_column column[PLAN_COLUMNS + PH_GUARDRAILS_MAX];
    struct ph_frame frame;
};

static void release(struct ph_context *c, struct made *m)
{
    void *blocks[] = { m->outcome, m->treat, m->time, m->first, m->period, m->unit, m->cluster,
        m->level, m->wander };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        ev_give_back(c, blocks[i]);
    }
}

static void *column_data(struct made *m, int column)
{
    void *data[PLAN_COLUMNS] = { m->outcome, m->treat, m->unit, m->time, m->cluster, m->first,
        m->period };
    return data[column];
}

// The columns that the plan names, and its guardrails' on which nothing happens.
static enum ph_status name_columns(struct ph_context *c, const struct ph_sealed *p, struct made *m)
{
    m->frame.column = m->column;
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        void *data = column_data(m, i);
        if (p->own.column[i][0] == '\0') {
            continue;
        }
        if (!data) {
            return ev_complain(c, PH_UNSUPPORTED, "Plans with the column “%s” can't be simulated.",
                ev_plan_columns[i]);
        }
        struct ph_column *col = &m->column[m->frame.columns++];
        *col = (struct ph_column){ .name = p->own.column[i] };
        col->kind = ev_plan_column_kind((enum plan_column)i);
        col->real = col->kind == PH_REAL ? data : NULL;
        col->key = col->kind == PH_KEY ? data : NULL;
    }
    return PH_OK;
}

static enum ph_status take(struct ph_context *c, const struct ph_sealed *p,
    const struct ph_simulate_options *o, struct made *m)
{
    m->units = o->treated + o->compared;
    m->periods = o->before + o->periods;
    size_t n = m->units * m->periods;
    m->rows = n;
    m->outcome = ev_take(c, n, sizeof(double));
    m->treat = ev_take(c, n, sizeof(double));
    m->time = ev_take(c, n, sizeof(double));
    m->first = ev_take(c, n, sizeof(double));
    m->period = ev_take(c, n, sizeof(double));
    m->unit = ev_take(c, n, sizeof(int32_t));
    m->cluster = ev_take(c, n, sizeof(int32_t));
    m->level = ev_take(c, m->units, sizeof(double));
    m->wander = ev_take(c, m->units, sizeof(double));
    bool all = m->outcome && m->treat && m->time && m->first && m->period && m->unit &&
               m->cluster && m->level && m->wander;
    return all ? name_columns(c, p, m) : PH_NO_MEMORY;
}

// Outcomes of one run: mean + cluster + wandering unit + effect; shares are drawn around it.
static void fill(const struct ph_sealed *p, const struct ph_simulate_options *o, double truth,
    uint64_t seed, uint64_t draw, struct made *m)
{
    struct ev_random r;
    ev_random_start(&r, seed, EV_STREAM_SIMULATE, draw);
    double between = o->sd * sqrt(o->icc);
    double within = o->sd * sqrt(1 - o->icc);
    double step = sqrt(1 - o->correlation * o->correlation);
    bool over_time = ev_plan_kinds[p->own.method].over_time;
    double cluster = 0;
    for (size_t u = 0; u < m->units; u++) {
        size_t own = u < o->treated ? u : u - o->treated;
        if (own % o->cluster_size == 0) {
            cluster = between * ev_random_normal(&r);
        }
        m->level[u] = o->mean + cluster;
        m->wander[u] = within * ev_random_normal(&r);
    }
    for (size_t t = 0; t < m->periods; t++) {
        for (size_t u = 0; u < m->units; u++) {
            size_t i = t * m->units + u;
            bool treated = u < o->treated;
            bool on = t >= o->before;
            if (t > 0) {
                m->wander[u] = o->correlation * m->wander[u] + within * step * ev_random_normal(&r);
            }
            bool moved = on && (treated || p->own.method == PLAN_BEFORE_AFTER);
            double y = m->level[u] + m->wander[u] + (moved ? truth : 0);
            bool share = p->own.method == PLAN_PROPORTIONS || p->own.method == PLAN_FEASIBILITY;
            m->outcome[i] = share ? ev_random_uniform(&r) < y : y;
            m->treat[i] = treated && (on || !over_time);
            m->time[i] = (double)t - (double)o->before + 1;
            m->first[i] = treated ? 1 : 0;
            m->period[i] = on;
            m->unit[i] = (int32_t)u;
            m->cluster[i] = (int32_t)(treated ? u / o->cluster_size
                                              : m->units + (u - o->treated) / o->cluster_size);
        }
    }
}

static enum ph_status check(
    struct ph_context *c, const struct ph_sealed *p, const struct ph_simulate_options *o)
{
    if (p->n_guardrails > 0 || p->own.n_covariates > 0) {
        return ev_complain(c, PH_UNSUPPORTED,
            "Plans with guardrails or covariates can't be simulated yet: leave them out of a "
            "copy.");
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
    return PH_OK;
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
        enum ph_status status = ph_evaluate(c, p, &m->frame, &eo, ret);
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
        fill(p, o, truth, c->seed, run, m);
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
    // The made-up horizon is the plan's: the last period.
    struct ph_sealed plan = *sealed;
    plan.horizon = isnan(plan.horizon) ? NAN : (double)options->periods;
    status = take(context, &plan, options, &m);
    for (size_t i = 0; status == PH_OK && i < options->n_truths; i++) {
        status = one_truth(context, &plan, options, &m, i, &ret_rates[i]);
    }
    release(context, &m);
    return status;
}
