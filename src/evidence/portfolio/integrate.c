// SPDX-License-Identifier: Apache-2.0
// Effects of few pilots without taking the variance between them as known: given tau2 everything is
// normal, and tau2 is integrated out under its restricted likelihood and Strawderman's prior with
// a = 3/4 (1971, Ann. Math. Stat. 42:385): the shrinkage B = s2 / (s2 + tau2), s2 the harmonic mean
// of the variances, has the density B^-3/4 / 4. Of this family a = 0 holds the truth too seldom
// where pilots differ much (docs/evidence/validation.md). What is left are mixtures of normals,
// whose quantiles are solved for. No draws: the same bytes everywhere.
#include "shrink.h"

enum { NODES = 640 };
#define NEGLIGIBLE 1e-13
#define FAR        1e8 // from the scale of the variances, either way

struct mixture {
    size_t n;
    double weight[NODES];
    double tau2[NODES];
    double mean[NODES]; // of the pooled effect
    double variance[NODES];
    double at[NODES], sd[NODES]; // what is mixed now
    double target;
};

static void fill(const struct pilots *p, struct mixture *m)
{
    double best = -INFINITY;
    double total = 0;
    double reciprocal = 0;
    for (size_t i = 0; i < p->n; i++) {
        reciprocal += 1 / p->v[i];
    }
    double s2 = (double)p->n / reciprocal;
    // Even steps of ln tau2: dB = B (1 - B) d ln tau2.
    double from = log(s2 / FAR);
    double step = (log(fmax(s2, p->scale2) * FAR) - from) / NODES;
    for (size_t k = 0; k < NODES; k++) {
        m->tau2[k] = exp(from + ((double)k + 0.5) * step);
        double shrinkage = s2 / (s2 + m->tau2[k]);
        m->weight[k] =
            ev_pilots_likelihood(p, true, m->tau2[k]) + 0.25 * log(shrinkage) + log1p(-shrinkage);
        best = fmax(best, m->weight[k]);
    }
    for (size_t k = 0; k < NODES; k++) {
        double weight = exp(m->weight[k] - best);
        if (weight > NEGLIGIBLE) {
            struct sums s = ev_sums_at(p, m->tau2[k]);
            m->tau2[m->n] = m->tau2[k];
            m->weight[m->n] = weight;
            m->mean[m->n] = s.mean;
            m->variance[m->n++] = 1 / s.w;
            total += weight;
        }
    }
    for (size_t k = 0; k < m->n; k++) {
        m->weight[k] /= total;
    }
}

static double below(const struct mixture *m, double x)
{
    double p = 0;
    for (size_t k = 0; k < m->n; k++) {
        p += m->weight[k] * ph_normal_cdf((x - m->at[k]) / m->sd[k]);
    }
    return p;
}

static double excess(void *context, double x)
{
    const struct mixture *m = context;
    return below(m, x) - m->target;
}

static struct ph_interval interval_of(struct mixture *m, double level)
{
    double end[2];
    double z = ph_normal_quantile(0.5 + level / 2);
    for (int side = 0; side < 2; side++) {
        double lo = INFINITY;
        double hi = -INFINITY;
        double sign = side ? 1 : -1;
        for (size_t k = 0; k < m->n; k++) {
            double x = m->at[k] + sign * z * m->sd[k];
            lo = fmin(lo, x);
            hi = fmax(hi, x);
        }
        m->target = 0.5 + sign * level / 2;
        end[side] = lo < hi ? ev_solve_increasing(excess, m, lo, hi) : lo;
    }
    return (struct ph_interval){ end[0], end[1] };
}

static void moments_of(const struct mixture *m, double *ret_mean, double *ret_sd)
{
    double mean = 0;
    double squares = 0;
    for (size_t k = 0; k < m->n; k++) {
        mean += m->weight[k] * (m->at[k] - m->at[0]);
    }
    mean += m->at[0];
    for (size_t k = 0; k < m->n; k++) {
        double gap = m->at[k] - mean;
        squares += m->weight[k] * (gap * gap + m->sd[k] * m->sd[k]);
    }
    *ret_mean = mean;
    *ret_sd = sqrt(squares);
}

// The pooled effect; with NEXT the true effect of another pilot.
static void mix_mean(struct mixture *m, bool next)
{
    for (size_t k = 0; k < m->n; k++) {
        m->at[k] = m->mean[k];
        m->sd[k] = sqrt(m->variance[k] + (next ? m->tau2[k] : 0));
    }
}

static void one_pilot(const struct pilots *p, const struct ph_shrink_options *o, struct mixture *m,
    struct ph_shrunk *s, size_t i)
{
    s->weight = 0;
    for (size_t k = 0; k < m->n; k++) {
        double own = m->tau2[k] / (m->tau2[k] + p->v[i]);
        m->at[k] = m->mean[k] + own * (p->y[i] - m->mean[k]);
        m->sd[k] = sqrt(own * p->v[i] + (1 - own) * (1 - own) * m->variance[k]);
        s->weight += m->weight[k] * own;
    }
    moments_of(m, &s->shrunk, &s->shrunk_se);
    s->interval = interval_of(m, o->level);
    if (!isnan(o->delta)) {
        double less = below(m, o->delta);
        s->worthwhile = o->direction == PH_HIGHER_IS_BETTER ? 1 - less : less;
    }
}

enum ph_status ev_pilots_integrate(struct ph_context *c, const struct pilots *p,
    const struct ph_shrink_options *o, struct ph_shrink_result *out)
{
    struct mixture *m = ev_take(c, 1, sizeof(*m));
    if (!m) {
        return PH_NO_MEMORY;
    }
    fill(p, m);
    if (!o->hartung_knapp) {
        struct ph_result *r = &out->head;
        mix_mean(m, false);
        moments_of(m, &r->estimate, &r->se);
        r->se = p->n > 2 ? r->se : NAN; // of two pilots' mean the distribution has no variance
        r->interval = interval_of(m, o->level);
        double less = below(m, 0);
        r->p = 2 * fmin(less, 1 - less);
    }
    mix_mean(m, true);
    out->prediction = interval_of(m, o->level);
    for (size_t i = 0; i < p->n; i++) {
        one_pilot(p, o, m, &out->pilots[i], i);
    }
    ev_give_back(c, m);
    return PH_OK;
}
