// SPDX-License-Identifier: Apache-2.0
// Standard errors by Arkhangelsky et al. (2021), section 4: algorithms 2 (bootstrap), 3 (jackknife)
// and 4 (placebo).
#include "parallel.h"
#include "random.h"
#include "sdid.h"

// Root of the mean squared deviation of N effects.
static double spread(const double *effect, size_t n)
{
    double mean = ev_sum_of(effect, n) / (double)n;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (effect[i] - mean) * (effect[i] - mean);
    }
    return sqrt(sum / (double)n);
}

// An effect with other roles for the units, in memory of its own.
typedef double again_fn(struct sdid *s, uint64_t seed, size_t draw, size_t *unit);

// Donor DRAW as if treated against the others; the ridges stay the whole sample's.
static double placebo_of(struct sdid *s, uint64_t seed, size_t draw, size_t *unit)
{
    size_t n = 0;
    for (size_t j = 0; j < s->panel->donors; j++) {
        if (j != draw) {
            unit[n++] = j;
        }
    }
    unit[n] = draw;
    struct sdid_sample sample = { unit, n, unit + n, 1 };
    ev_sdid_weights(s, &sample);
    return ev_sdid_effect(s, &sample);
}

// As many donors as there are treated units, drawn anew each time.
static double drawn_placebo(struct sdid *s, uint64_t seed, size_t draw, size_t *unit)
{
    size_t donors = s->panel->donors;
    size_t treated = s->panel->treated;
    struct ev_random r;
    ev_random_start(&r, seed, EV_STREAM_PLACEBO, draw);
    for (size_t i = 0; i < donors; i++) {
        unit[i] = i;
    }
    for (size_t i = 0; i < treated; i++) { // the chosen go to the end
        size_t last = donors - 1 - i;
        size_t at = ev_random_below(&r, (uint32_t)(last + 1));
        size_t moved = unit[at];
        unit[at] = unit[last];
        unit[last] = moved;
    }
    struct sdid_sample sample = { unit, donors - treated, unit + donors - treated, treated };
    ev_sdid_weights(s, &sample);
    return ev_sdid_effect(s, &sample);
}

// Units drawn with replacement; a draw without a donor or a treated unit is drawn again.
static double bootstrap(struct sdid *s, uint64_t seed, size_t draw, size_t *unit)
{
    const struct panel *p = s->panel;
    struct ev_random r;
    ev_random_start(&r, seed, EV_STREAM_CLUSTER_BOOTSTRAP, draw);
    size_t donors = 0;
    while (donors == 0 || donors == p->units) {
        donors = 0;
        size_t from_end = p->units;
        for (size_t i = 0; i < p->units; i++) {
            size_t u = ev_random_below(&r, (uint32_t)p->units);
            if (u < p->donors) {
                unit[donors++] = u;
            } else {
                unit[--from_end] = u;
            }
        }
    }
    struct sdid_sample sample = { unit, donors, unit + donors, p->units - donors };
    ev_sdid_weights(s, &sample);
    return ev_sdid_effect(s, &sample);
}

struct crew {
    again_fn *again;
    uint64_t seed;
    size_t draws;
    size_t workers;
    struct sdid *own; // of each worker
    size_t *unit;     // of each worker: [units]
    double *effect;   // [draws]
};

static void labour(void *work, size_t worker)
{
    const struct crew *w = work;
    struct sdid *s = &w->own[worker];
    size_t *unit = w->unit + worker * s->panel->units;
    for (size_t draw = worker; draw < w->draws; draw += w->workers) {
        w->effect[draw] = w->again(s, w->seed, draw, unit);
    }
}

// Effects of DRAWS samples on the context's threads.
static enum ph_status draw_again(
    const struct sdid *s, again_fn *again, size_t draws, double *ret_effect)
{
    struct ph_context *c = s->c;
    struct crew w = { .again = again,
        .seed = c->seed,
        .draws = draws,
        .workers = c->threads < draws ? c->threads : draws,
        .effect = ret_effect };
    w.own = ev_take(c, w.workers, sizeof(*w.own));
    w.unit = ev_take(c, w.workers * s->panel->units, sizeof(size_t));
    enum ph_status status = w.own && w.unit ? PH_OK : PH_NO_MEMORY;
    size_t begun = 0;
    while (status == PH_OK && begun < w.workers) {
        struct sdid *own = &w.own[begun++];
        *own = (struct sdid){ .c = c,
            .panel = s->panel,
            .method = s->method,
            .solver = s->solver,
            .noise = s->noise,
            .zeta_omega = s->zeta_omega,
            .zeta_lambda = s->zeta_lambda };
        status = ev_sdid_begin(own);
    }
    if (status == PH_OK) {
        ev_parallel(c, w.workers, labour, &w);
    }
    for (size_t i = 0; i < begun; i++) {
        ev_sdid_end(&w.own[i]);
    }
    ev_give_back(c, w.own);
    ev_give_back(c, w.unit);
    return status;
}

// The effect without UNIT, its weights scaled up to 1 again.
static double without(struct sdid *s, const double *omega, size_t skip, size_t *unit)
{
    const struct panel *p = s->panel;
    size_t donors = 0;
    double sum = 0;
    for (size_t i = 0; i < p->donors; i++) {
        if (i != skip) {
            unit[donors] = i;
            s->omega[donors++] = omega[i];
            sum += omega[i];
        }
    }
    size_t n = donors;
    for (size_t i = p->donors; i < p->units; i++) {
        if (i != skip) {
            unit[n++] = i;
        }
    }
    for (size_t i = 0; i < donors; i++) {
        s->omega[i] = sum > 0 ? s->omega[i] / sum : 1 / (double)donors;
    }
    struct sdid_sample sample = { unit, donors, unit + donors, n - donors };
    ev_sdid_target(s, &sample);
    return ev_sdid_effect(s, &sample);
}

static enum ph_status jackknife(struct sdid *s, size_t *unit, double *effect, double *ret_se)
{
    const struct panel *p = s->panel;
    double *omega = ev_take(s->c, p->donors, sizeof(double));
    if (!omega) {
        return PH_NO_MEMORY;
    }
    memcpy(omega, s->omega, p->donors * sizeof(double));
    for (size_t i = 0; i < p->units; i++) {
        effect[i] = without(s, omega, i, unit);
    }
    *ret_se = spread(effect, p->units) * sqrt((double)(p->units - 1));
    ev_give_back(s->c, omega);
    return PH_OK;
}

// Whether the panel has the units that the method needs.
static bool possible(const struct panel *p, enum ph_sdid_variance variance)
{
    switch (variance) {
    case PH_SDID_PLACEBO:
        return p->donors > p->treated && p->donors >= 3;
    case PH_SDID_JACKKNIFE:
    case PH_SDID_BOOTSTRAP:
        return p->treated >= 2;
    case PH_SDID_NO_VARIANCE:
        break;
    }
    return false;
}

enum ph_status ev_sdid_variance(
    struct sdid *s, const struct ph_sdid_options *o, struct ph_result *r)
{
    const struct panel *p = s->panel;
    if (o->variance == PH_SDID_NO_VARIANCE) {
        return PH_OK;
    }
    if (!possible(p, o->variance)) {
        r->warnings |= PH_WARN_NO_VARIANCE;
        return PH_OK;
    }
    size_t most = p->units > o->draws ? p->units : o->draws;
    size_t *unit = ev_take(s->c, p->units, sizeof(size_t));
    double *effect = ev_take(s->c, most, sizeof(double));
    enum ph_status status = unit && effect ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK && o->variance == PH_SDID_JACKKNIFE) {
        status = jackknife(s, unit, effect, &r->se);
    } else if (status == PH_OK && o->variance == PH_SDID_PLACEBO && p->treated == 1) {
        status = draw_again(s, placebo_of, p->donors, effect);
        r->se = spread(effect, p->donors);
    } else if (status == PH_OK) {
        bool again = o->variance == PH_SDID_BOOTSTRAP;
        status = draw_again(s, again ? bootstrap : drawn_placebo, o->draws, effect);
        r->se = spread(effect, o->draws);
        // Of a standard deviation from so many draws, as for normal ones.
        r->mc_error = r->se / sqrt(2.0 * o->draws);
    }
    ev_give_back(s->c, unit);
    ev_give_back(s->c, effect);
    return status;
}
