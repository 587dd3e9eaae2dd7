// SPDX-License-Identifier: Apache-2.0
// The exact test jumps: one trial more can lose power, because the number of successes to reach
// goes up with it. The size given is therefore the first from which on the power never falls back.
#include "internal.h"

#include "power_exact.h"

static const double trials_max = 1e5;

// The least k with P(X >= k | n, p0) <= alpha; n + 1 when there is none. Never below FROM, which
// must not be above the answer (k for a smaller n is such a number).
static double least_k(double n, double p0, double alpha, double from)
{
    double k = from;
    while (k <= n && ph_binomial_sf(k - 1, n, p0) > alpha) {
        k += 1;
    }
    return k;
}

// The power of n trials; *K is carried from size to size.
static double power_of(const struct ph_power_options *o, double n, double effect, double *k)
{
    bool up = effect > 0;
    double p0 = up ? o->p0 : 1 - o->p0;
    double p1 = up ? o->p0 + effect : 1 - o->p0 - effect;
    p1 = fmin(fmax(p1, 0), 1);
    *k = least_k(n, p0, o->alpha, *k);
    return *k > n ? 0 : ph_binomial_sf(*k - 1, n, p1);
}

// A start for least_k that is surely not above it.
static double start_k(double n, double p0)
{
    return fmax(floor(n * p0 - 1), 0);
}

// Sizes past this one have the power for sure: the normal sample size, doubled and some.
static double enough(const struct ph_power_options *o)
{
    double p1 = o->p0 + o->effect;
    double z_a = -ph_normal_quantile(o->alpha);
    double z_b = ph_normal_quantile(o->power);
    double root = z_a * sqrt(o->p0 * (1 - o->p0)) + z_b * sqrt(p1 * (1 - p1));
    return ceil(2 * root * root / (o->effect * o->effect)) + 100;
}

static enum ph_status solve_n(struct ph_context *c, const struct ph_power_options *o, double *ret_n)
{
    double last = enough(o);
    if (!(last <= trials_max)) {
        return ev_complain(c, PH_TOO_LARGE, "Exact sizes go up to %g trials; plan a larger effect.",
            trials_max / 2);
    }
    double k = 0;
    double short_of = 0;
    for (double n = 1; n <= last; n += 1) {
        if (power_of(o, n, o->effect, &k) < o->power) {
            short_of = n;
        }
        if (ev_cancelled(c)) {
            return ev_complain(c, PH_CANCELLED, "Cancelled.");
        }
    }
    *ret_n = short_of + 1;
    return PH_OK;
}

struct search {
    const struct ph_power_options *o;
    double sign;
};

static double by_effect(void *context, double effect)
{
    const struct search *s = context;
    double k = start_k(s->o->n, s->sign > 0 ? s->o->p0 : 1 - s->o->p0);
    return power_of(s->o, s->o->n, s->sign * effect, &k) - s->o->power;
}

enum ph_status ev_power_exact(
    struct ph_context *c, const struct ph_power_options *o, struct ph_power_result *out)
{
    enum ph_status status = PH_OK;
    out->n = o->n;
    out->effect = o->effect;
    out->df = NAN;
    if (o->solve != PH_SOLVE_N && (o->n != floor(o->n) || o->n > trials_max)) {
        return ev_complain(c, PH_INVALID, "Trials must be a whole number up to %g.", trials_max);
    }
    if (o->solve == PH_SOLVE_N) {
        status = solve_n(c, o, &out->n);
    } else if (o->solve == PH_SOLVE_EFFECT) {
        struct search s = { o, o->effect < 0 ? -1 : 1 };
        double most = s.sign > 0 ? 1 - o->p0 : o->p0;
        // From a hair above 0: the direction must be seen in the effect.
        out->effect = s.sign * ev_solve_increasing(by_effect, &s, 1e-12, most);
        if (isnan(out->effect)) {
            status = ev_complain(
                c, PH_NO_SOLUTION, "No share reaches this power with so few trials; plan more.");
        }
    }
    if (status != PH_OK) {
        return status;
    }
    double p0 = out->effect > 0 ? o->p0 : 1 - o->p0;
    double k = start_k(out->n, p0);
    out->power = power_of(o, out->n, out->effect, &k);
    out->alpha_exact = k > out->n ? 0 : ph_binomial_sf(k - 1, out->n, p0);
    out->n_treated = out->n;
    out->warnings |= out->n < SMALL_SAMPLE ? PH_WARN_SMALL_SAMPLE : 0;
    return PH_OK;
}
