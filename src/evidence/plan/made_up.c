// SPDX-License-Identifier: Apache-2.0
#include "made_up.h"

#include "random.h"
#include "seal.h"

#include <stdlib.h>

enum { POISSON_STEP = 30, POISSON_MOST = 100000, REFERENCE_SPREAD = 10 };

// ---- Memory and columns ----

void ev_made_up_release(struct ph_context *c, struct made *m)
{
    void *blocks[] = { m->outcome, m->treat, m->time, m->first, m->period, m->exposure, m->half,
        m->trials, m->reference, m->unit, m->cluster, m->stratum, m->season, m->time_key, m->level,
        m->wander, m->noise };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        ev_give_back(c, blocks[i]);
    }
    for (size_t i = 0; i < PLAN_COVARIATES_MAX; i++) {
        ev_give_back(c, m->covariate[i]);
    }
    for (size_t i = 0; i < PH_GUARDRAILS_MAX; i++) {
        ev_give_back(c, m->guard[i]);
    }
    for (size_t i = 0; i < PH_MEASURES_MAX; i++) {
        ev_give_back(c, m->measure[i]);
    }
}

static bool take_lists(struct ph_context *c, const struct ph_sealed *p, struct made *m)
{
    bool all = true;
    for (size_t i = 0; i < p->own.n_covariates; i++) {
        all = (m->covariate[i] = ev_take(c, m->rows, sizeof(double))) && all;
    }
    for (size_t i = 0; i < p->n_guardrails; i++) {
        all = (m->guard[i] = ev_take(c, m->rows, sizeof(double))) && all;
    }
    for (size_t i = 0; i < p->n_measures; i++) {
        all = (m->measure[i] = ev_take(c, m->rows, sizeof(double))) && all;
    }
    return all;
}

static bool take_all(struct ph_context *c, const struct ph_sealed *p, struct made *m)
{
    double **reals[] = { &m->outcome, &m->treat, &m->time, &m->first, &m->period, &m->exposure,
        &m->half, &m->noise, &m->trials, &m->reference };
    int32_t **keys[] = { &m->unit, &m->cluster, &m->stratum, &m->season, &m->time_key };
    bool all = true;
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        all = (*reals[i] = ev_take(c, m->rows, sizeof(double))) && all;
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        all = (*keys[i] = ev_take(c, m->rows, sizeof(int32_t))) && all;
    }
    m->level = ev_take(c, m->units, sizeof(double));
    m->wander = ev_take(c, m->units, sizeof(double));
    return all && m->level && m->wander && take_lists(c, p, m);
}

static void *role_data(const struct made *m, enum plan_column column)
{
    void *data[PLAN_COLUMNS] = { [PLAN_OUTCOME] = m->outcome,
        [PLAN_TREAT] = m->treat,
        [PLAN_UNIT] = m->unit,
        [PLAN_TIME] = m->time,
        [PLAN_CLUSTER] = m->cluster,
        [PLAN_FIRST_TREATED] = m->first,
        [PLAN_PERIOD] = m->period,
        [PLAN_STRATUM] = m->stratum,
        [PLAN_EXPOSURE] = m->exposure,
        [PLAN_TRIALS] = m->trials,
        [PLAN_REFERENCE] = m->reference,
        [PLAN_SEASON] = m->season };
    return data[column];
}

// The cells that go under a name that the plan uses; NULL where there is no telling.
static void *data_named(
    const struct ph_sealed *p, const struct made *m, const char *name, enum ph_column_kind kind)
{
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        bool same = strcmp(p->own.column[i], name) == 0;
        if (same && ev_plan_column_kind((enum plan_column)i) == kind) {
            return role_data(m, (enum plan_column)i);
        }
        if (same && i == PLAN_TIME && kind == PH_KEY) {
            return m->time_key;
        }
    }
    for (size_t i = 0; kind == PH_REAL && i < p->own.n_covariates; i++) {
        if (strcmp(p->own.covariate[i], name) == 0) {
            return m->covariate[i];
        }
    }
    for (size_t i = 0; kind == PH_REAL && i < p->n_guardrails; i++) {
        if (strcmp(p->guardrail[i].outcome, name) == 0) {
            return m->guard[i];
        }
    }
    for (size_t i = 0; kind == PH_REAL && i < p->n_measures; i++) {
        if (strcmp(p->measure[i].outcome, name) == 0) {
            return m->measure[i];
        }
    }
    for (size_t i = 0; kind == PH_REAL && i < p->n_components; i++) {
        if (strcmp(p->component[i].rows, name) == 0) {
            return m->half;
        }
        if (strcmp(p->component[i].treat, name) == 0) {
            return m->treat;
        }
    }
    return NULL;
}

// The names that the plan's own analysis can't do without.
static enum ph_status check_own(
    struct ph_context *c, const struct ph_sealed *p, const struct made *m)
{
    struct ph_sealed *own = ev_take(c, 1, sizeof(*own));
    if (!own) {
        return PH_NO_MEMORY;
    }
    struct sealing s = { .c = c };
    ev_seal_needs(&s, &p->own, own);
    enum ph_status status = s.status;
    for (size_t i = 0; status == PH_OK && i < own->n_needs; i++) {
        if (!data_named(p, m, own->need[i].name, own->need[i].kind)) {
            status = ev_complain(c, PH_UNSUPPORTED,
                "Plans with the column “%.100s” can't be simulated: nothing is known of it.",
                own->need[i].name);
        }
    }
    ev_give_back(c, own);
    return status;
}

enum ph_status ev_made_up_take(struct ph_context *c, const struct ph_sealed *p,
    const struct ph_simulate_options *o, struct made *m)
{
    m->units = o->treated + o->compared;
    m->periods = o->before + o->periods;
    m->rows = m->units * m->periods;
    enum ph_status status = take_all(c, p, m) ? check_own(c, p, m) : PH_NO_MEMORY;
    m->frame.column = m->column;
    for (size_t i = 0; status == PH_OK && i < p->n_needs; i++) {
        const struct plan_need *need = &p->need[i];
        void *data = data_named(p, m, need->name, need->kind);
        if (data) { // an alternative's columns are not needed: it decides nothing
            m->column[m->frame.columns++] = (struct ph_column){ .name = need->name,
                .kind = need->kind,
                .real = need->kind == PH_REAL ? data : NULL,
                .key = need->kind == PH_KEY ? data : NULL };
        }
    }
    return status;
}

// ---- Draws ----

// By counting how many exponential times fit, in steps whose exp() is no underflow.
static double poisson(struct ev_random *r, double rate)
{
    if (!(rate < POISSON_MOST)) {
        return fmax(floor(rate + sqrt(rate) * ev_random_normal(r) + 0.5), 0);
    }
    double count = 0;
    for (double left = rate; left > 0; left -= POISSON_STEP) {
        double floor_ = exp(-fmin(left, POISSON_STEP));
        for (double product = ev_random_uniform(r); product > floor_;
             product *= ev_random_uniform(r)) {
            count++;
        }
    }
    return count;
}

// How many of as many trials as the plan's rows tell of; one is a plain yes or no.
static double successes(const struct ph_sealed *p, const struct ph_simulate_options *o,
    double share, struct ev_random *r)
{
    size_t trials = p->own.column[PLAN_TRIALS][0] && o->trials > 1 ? o->trials : 1;
    size_t n = 0;
    for (size_t i = 0; i < trials; i++) {
        n += ev_random_uniform(r) < share;
    }
    return (double)n;
}

// The outcome from its noise: a number, a share drawn around it, a count or a rate.
static double outcome(const struct ph_sealed *p, const struct ph_simulate_options *o, double noise,
    double effect, struct ev_random *r)
{
    enum plan_method method = p->own.method;
    bool events = method == PLAN_RATES || p->own.column[PLAN_EXPOSURE][0];
    bool share = method == PLAN_PROPORTIONS || method == PLAN_FEASIBILITY;
    bool counts = method == PLAN_ITS && p->own.series.family != PH_FAMILY_GAUSSIAN;
    bool rate = method == PLAN_ITS && p->own.series.log;
    if (counts) {
        return poisson(r, o->mean * exp(noise + effect));
    }
    if (events && !rate) { // as many as exposure would bring, some units always more than others
        return poisson(r, fmax(o->mean + effect, 0) * exp(noise - o->sd * o->sd / 2));
    }
    double y = o->mean + noise + effect;
    return rate ? o->mean * exp(noise + effect) : share ? successes(p, o, y, r) : y;
}

static void fill_row(const struct ph_sealed *p, const struct ph_simulate_options *o, size_t t,
    size_t u, struct made *m)
{
    size_t i = t * m->units + u;
    bool treated = u < o->treated;
    bool on = t >= o->before;
    bool two = p->own.method == PLAN_DID && p->own.column[PLAN_PERIOD][0]; // marks the group
    bool over_time = ev_plan_kinds[p->own.method].over_time && !two;
    m->treat[i] = treated && (on || !over_time);
    m->time[i] = (double)t - (double)o->before + 1;
    m->time_key[i] = (int32_t)t;
    m->first[i] = treated ? 1 : 0;
    m->period[i] = on;
    m->exposure[i] = 1;
    m->trials[i] = (double)(o->trials > 1 ? o->trials : 1);
    m->half[i] = u % 2 == 0;
    m->season[i] = (int32_t)(t % 12);
    m->unit[i] = (int32_t)u;
    m->cluster[i] =
        (int32_t)(treated ? u / o->cluster_size : m->units + (u - o->treated) / o->cluster_size);
}

static void fill_outcomes(const struct ph_sealed *p, const struct ph_simulate_options *o,
    double truth, struct ev_random *r, struct made *m)
{
    double between = o->sd * sqrt(o->icc);
    double within = o->sd * sqrt(1 - o->icc);
    double step = sqrt(1 - o->correlation * o->correlation);
    double cluster = 0;
    for (size_t u = 0; u < m->units; u++) {
        size_t own = u < o->treated ? u : u - o->treated;
        if (own % o->cluster_size == 0) {
            cluster = between * ev_random_normal(r);
        }
        m->level[u] = cluster;
        m->wander[u] = within * ev_random_normal(r);
    }
    for (size_t t = 0; t < m->periods; t++) {
        for (size_t u = 0; u < m->units; u++) {
            size_t i = t * m->units + u;
            bool on = t >= o->before;
            if (t > 0) {
                m->wander[u] = o->correlation * m->wander[u] + within * step * ev_random_normal(r);
            }
            bool moved = on && (u < o->treated || p->own.method == PLAN_BEFORE_AFTER);
            m->noise[i] = (m->level[u] + m->wander[u]) / o->sd;
            m->outcome[i] = outcome(p, o, m->level[u] + m->wander[u], moved ? truth : 0, r);
            fill_row(p, o, t, u, m);
        }
    }
}

// Correlated with the outcome's noise by RHO, of variance 1.
static double kin(double noise, double rho, struct ev_random *r)
{
    return rho * noise + sqrt(1 - rho * rho) * ev_random_normal(r);
}

// What units had before: covariates and strata, as like the first outcome as is said.
static void fill_units(const struct ph_sealed *p, const struct ph_simulate_options *o,
    struct ev_random *r, struct made *m)
{
    size_t strata = o->strata > 0 ? o->strata : 2;
    for (size_t u = 0; u < m->units; u++) {
        for (size_t k = 0; k < p->own.n_covariates; k++) {
            double x = kin(m->noise[u], o->covariate_correlation, r);
            for (size_t t = 0; t < m->periods; t++) {
                m->covariate[k][t * m->units + u] = x;
            }
        }
        if (p->own.column[PLAN_STRATUM][0]) {
            double place = ph_normal_cdf(kin(m->noise[u], o->covariate_correlation, r));
            int32_t stratum = (int32_t)fmin(place * (double)strata, (double)strata - 1);
            for (size_t t = 0; t < m->periods; t++) {
                m->stratum[t * m->units + u] = stratum;
            }
        }
    }
}

// What a trusted instrument would have read, spread far wider than the differences from it; the
// outcome was drawn as the difference.
static void fill_reference(const struct ph_sealed *p, const struct ph_simulate_options *o,
    struct ev_random *r, struct made *m)
{
    for (size_t i = 0; p->own.column[PLAN_REFERENCE][0] && i < m->rows; i++) {
        m->reference[i] = REFERENCE_SPREAD * o->sd * ev_random_normal(r);
        m->outcome[i] += m->reference[i];
    }
}

// Guardrails with the harm that is said, further measures with an effect as far from their delta as
// the truth is from the primary one's.
static void fill_further(const struct ph_sealed *p, const struct ph_simulate_options *o,
    double truth, struct ev_random *r, struct made *m)
{
    double sd = o->guardrail_sd > 0 ? o->guardrail_sd : o->sd;
    bool lower = p->rule.direction == PH_LOWER_IS_BETTER;
    double part = (lower ? -truth : truth) / p->rule.delta;
    for (size_t i = 0; i < m->rows; i++) {
        bool on = m->treat[i] == 1 && i / m->units >= o->before;
        for (size_t k = 0; k < p->n_guardrails; k++) {
            double harm = k < o->n_harms ? o->harms[k] : 0;
            double moved = p->guardrail[k].direction == PH_HIGHER_IS_BETTER ? -harm : harm;
            double y = sd * kin(m->noise[i], o->guardrail_correlation, r);
            m->guard[k][i] = y + (on ? moved : 0);
        }
        for (size_t k = 0; k < p->n_measures; k++) {
            bool down = p->measure[k].direction == PH_LOWER_IS_BETTER;
            double effect = part * p->measure[k].delta * (down ? -1 : 1);
            double y = o->sd * kin(m->noise[i], o->guardrail_correlation, r);
            m->measure[k][i] = y + (on ? effect : 0);
        }
    }
}

void ev_made_up_fill(const struct ph_sealed *p, const struct ph_simulate_options *o, double truth,
    uint64_t seed, uint64_t draw, struct made *m)
{
    struct ev_random r;
    struct ev_random more; // of its own, so that the outcome's draws don't depend on what else is
    ev_random_start(&r, seed, EV_STREAM_SIMULATE, draw);
    ev_random_start(&more, seed, EV_STREAM_SIMULATE_MORE, draw);
    fill_outcomes(p, o, truth, &r, m);
    fill_units(p, o, &more, m);
    fill_further(p, o, truth, &more, m);
    fill_reference(p, o, &more, m);
}
