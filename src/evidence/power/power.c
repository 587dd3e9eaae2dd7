// SPDX-License-Identifier: Apache-2.0
// Could the plan answer its question? Power, the size for a power, the effect for a size.
#include "internal.h"

#include "power_exact.h"

static const double n_max = 1e9;

double ph_design_effect(double cluster_size, double icc, double cluster_cv)
{
    if (!(cluster_size >= 1 && icc >= 0 && icc <= 1 && cluster_cv >= 0)) {
        return NAN;
    }
    // Eldridge, Ashby & Kerry (2006, Int. J. Epidemiol. 35:1292, eq. 2)
    return fmax(1 + ((1 + cluster_cv * cluster_cv) * cluster_size - 1) * icc, 1);
}

// The standard deviation of what is compared: a unit's outcome, or a cluster's mean.
static double sd_of(const struct ph_power_options *o)
{
    if (!(o->cluster_size > 1)) {
        return o->sd;
    }
    return o->sd * sqrt(ph_design_effect(o->cluster_size, o->icc, o->cluster_cv) / o->cluster_size);
}

static double rejecting(const struct ph_power_options *o, double df, double ncp)
{
    double alpha = o->one_sided ? o->alpha : o->alpha / 2;
    double t = -ph_t_quantile(alpha, df);
    if (fabs(ncp) > 1000) {
        return 1;
    }
    double power = ev_nct_tails(t, df, ncp).q;
    if (!o->one_sided && o->count_wrong_tail) {
        power += ev_nct_tails(-t, df, ncp).p;
    }
    return power;
}

// The exact power of the t test: T is noncentral (Cohen 1988, ch. 2; Owen 1965, Biometrika 52:437).
static double power_means(const struct ph_power_options *o, double n, double effect)
{
    bool pairs = o->kind == PH_POWER_PAIRED;
    double df = pairs ? n - 1 : n + o->ratio * n - 2;
    double se = sd_of(o) * sqrt(pairs ? 1 / n : 1 / n + 1 / (o->ratio * n));
    return df > 0 ? rejecting(o, df, fabs(effect) / se) : NAN;
}

// Fleiss, Levin & Paik (2003, Statistical Methods for Rates and Proportions, eq. 4.14 without
// continuity correction): pooled variance under no difference, separate ones under the effect. With
// clusters the number of units is n clusters of cluster_size each, divided by the design effect.
static double power_shares(const struct ph_power_options *o, double n, double effect)
{
    double p1 = o->p0 + effect;
    double units = n;
    if (o->cluster_size > 1) {
        units = n * o->cluster_size / ph_design_effect(o->cluster_size, o->icc, o->cluster_cv);
    }
    double pooled = (p1 + o->ratio * o->p0) / (1 + o->ratio);
    double null_sd = sqrt(pooled * (1 - pooled) * (1 + 1 / o->ratio));
    double sd = sqrt(p1 * (1 - p1) + o->p0 * (1 - o->p0) / o->ratio);
    double z = -ph_normal_quantile(o->one_sided ? o->alpha : o->alpha / 2);
    double shift = sqrt(units) * fabs(effect);
    if (!(sd > 0)) {
        return shift > z * null_sd ? 1 : 0;
    }
    double power = ph_normal_sf((z * null_sd - shift) / sd);
    if (!o->one_sided && o->count_wrong_tail) {
        power += ph_normal_cdf((-z * null_sd - shift) / sd);
    }
    return power;
}

static double power_at(const struct ph_power_options *o, double n, double effect)
{
    return o->kind == PH_POWER_TWO_PROPORTIONS ? power_shares(o, n, effect)
                                               : power_means(o, n, effect);
}

struct search {
    const struct ph_power_options *o;
    double sign;
};

static double by_n(void *context, double log_n)
{
    const struct search *s = context;
    return power_at(s->o, exp(log_n), s->o->effect) - s->o->power;
}

static double by_effect(void *context, double effect)
{
    const struct search *s = context;
    return power_at(s->o, s->o->n, s->sign * effect) - s->o->power;
}

// The smallest n looked at: one degree of freedom for means.
static double least_n(const struct ph_power_options *o)
{
    if (o->kind == PH_POWER_TWO_PROPORTIONS) {
        return 1e-3;
    }
    return o->kind == PH_POWER_PAIRED ? 2 : 3 / (1 + o->ratio);
}

static enum ph_status solve_n(struct ph_context *c, const struct ph_power_options *o, double *ret_n)
{
    struct search s = { o, 1 };
    double lo = log(least_n(o));
    if (by_n(&s, lo) >= 0) {
        *ret_n = exp(lo);
        return PH_OK;
    }
    double hi = lo;
    while (exp(hi) < n_max && by_n(&s, hi) < 0) {
        hi += 1;
    }
    if (by_n(&s, hi) < 0) {
        return ev_complain(c, PH_NO_SOLUTION,
            "No size up to a billion reaches this power; the effect is too small.");
    }
    *ret_n = exp(ev_solve_increasing(by_n, &s, lo, hi));
    return PH_OK;
}

static enum ph_status solve_effect(
    struct ph_context *c, const struct ph_power_options *o, double *ret_effect)
{
    struct search s = { o, o->effect < 0 ? -1 : 1 };
    double most = s.sign > 0 ? 1 - o->p0 : o->p0;
    if (o->kind != PH_POWER_TWO_PROPORTIONS) {
        bool pairs = o->kind == PH_POWER_PAIRED;
        double se = sd_of(o) * sqrt(pairs ? 1 / o->n : 1 / o->n + 1 / (o->ratio * o->n));
        most = se;
        while (most < 999 * se && by_effect(&s, most) < 0) {
            most = fmin(2 * most, 999 * se); // further out the noncentral t leaves its range
        }
    }
    double effect = ev_solve_increasing(by_effect, &s, 0, most);
    if (isnan(effect)) {
        return ev_complain(c, PH_NO_SOLUTION,
            "No effect reaches this power with so few; plan more units, pairs or clusters.");
    }
    *ret_effect = s.sign * effect;
    return PH_OK;
}

static enum ph_status check_common(struct ph_context *c, const struct ph_power_options *o)
{
    bool shares = o->kind == PH_POWER_ONE_PROPORTION || o->kind == PH_POWER_TWO_PROPORTIONS;
    if (o->kind < PH_POWER_TWO_MEANS || o->kind > PH_POWER_TWO_PROPORTIONS ||
        o->solve < PH_SOLVE_POWER || o->solve > PH_SOLVE_EFFECT) {
        return ev_complain(c, PH_INVALID, "This kind of plan is not known.");
    }
    if (!(o->alpha > 0 && o->alpha < 0.5)) {
        return ev_complain(c, PH_INVALID, "Alpha must lie between 0 and 0.5, as 0.05.");
    }
    if (o->solve != PH_SOLVE_POWER && !(o->power > o->alpha && o->power < 1)) {
        return ev_complain(c, PH_INVALID, "The power must lie between alpha and 1, as 0.8.");
    }
    if (!(o->ratio > 0 && o->ratio <= 1000 && o->ratio >= 0.001)) {
        return ev_complain(c, PH_INVALID, "The ratio must lie between 0.001 and 1000.");
    }
    if (!shares && !(o->sd > 0 && isfinite(o->sd))) {
        return ev_complain(c, PH_INVALID, "The standard deviation must be above 0.");
    }
    if (shares && !(o->p0 > 0 && o->p0 < 1)) {
        return ev_complain(c, PH_INVALID, "The comparison share must lie between 0 and 1.");
    }
    if (!(o->cluster_size >= 1 && o->cluster_size <= 1e9 && o->icc >= 0 && o->icc <= 1 &&
            o->cluster_cv >= 0 && o->cluster_cv <= 10)) {
        return ev_complain(c, PH_INVALID,
            "Clusters need a mean size of 1 or more, an ICC from 0 to 1, and a CV of 0 or more.");
    }
    return PH_OK;
}

static enum ph_status check_solving(struct ph_context *c, const struct ph_power_options *o)
{
    bool shares = o->kind == PH_POWER_ONE_PROPORTION || o->kind == PH_POWER_TWO_PROPORTIONS;
    double p1 = o->p0 + o->effect;
    if (o->solve != PH_SOLVE_EFFECT && !(o->effect != 0 && isfinite(o->effect))) {
        return ev_complain(c, PH_INVALID, "The effect must not be 0.");
    }
    if (o->solve != PH_SOLVE_EFFECT && shares && !(p1 >= 0 && p1 <= 1)) {
        return ev_complain(
            c, PH_INVALID, "The share with the effect would be %g, outside 0 to 1.", p1);
    }
    double least = o->kind == PH_POWER_PAIRED || o->kind == PH_POWER_TWO_MEANS ? 2 : 1;
    if (o->solve != PH_SOLVE_N && !(o->n >= least && o->n <= n_max)) {
        return ev_complain(c, PH_INVALID, "The size must lie between %g and a billion.", least);
    }
    if (o->solve != PH_SOLVE_N && o->kind == PH_POWER_TWO_MEANS && o->ratio * o->n < 1) {
        return ev_complain(c, PH_INVALID, "The comparison group would have less than one unit.");
    }
    if (o->cluster_size > 1 && (o->kind == PH_POWER_PAIRED || o->kind == PH_POWER_ONE_PROPORTION)) {
        return ev_complain(c, PH_UNSUPPORTED,
            "Clusters are for two groups; for others multiply the size by the design effect.");
    }
    return PH_OK;
}

static double df_of(const struct ph_power_options *o, double n)
{
    if (o->kind == PH_POWER_TWO_PROPORTIONS) {
        return INFINITY;
    }
    return o->kind == PH_POWER_PAIRED ? n - 1 : n + o->ratio * n - 2;
}

static enum ph_status solve(
    struct ph_context *c, const struct ph_power_options *o, struct ph_power_result *out)
{
    enum ph_status status = PH_OK;
    out->n = o->n;
    out->effect = o->effect;
    if (o->solve == PH_SOLVE_N) {
        status = solve_n(c, o, &out->n);
    } else if (o->solve == PH_SOLVE_EFFECT) {
        status = solve_effect(c, o, &out->effect);
    }
    if (status != PH_OK) {
        return status;
    }
    out->power = power_at(o, out->n, out->effect);
    // Rounding must not turn a whole solution into one more.
    out->n_treated = ceil(out->n * (1 - 1e-12));
    bool means = o->kind != PH_POWER_TWO_PROPORTIONS;
    out->n_treated = fmax(out->n_treated, means ? 2 : 1);
    out->n_compared = o->kind == PH_POWER_PAIRED ? 0 : ceil(out->n * o->ratio * (1 - 1e-12));
    out->df = df_of(o, out->n);
    bool clustered = o->cluster_size > 1;
    if (clustered && out->n_treated + out->n_compared < FEW_CLUSTERS) {
        out->warnings |= PH_WARN_FEW_CLUSTERS;
    }
    if (!clustered && out->n_treated < SMALL_SAMPLE) {
        out->warnings |= PH_WARN_SMALL_SAMPLE;
    }
    return PH_OK;
}

enum ph_status ph_power(
    struct ph_context *c, const struct ph_power_options *o, struct ph_power_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status == PH_OK) {
        status = check_common(c, o);
    }
    if (status == PH_OK) {
        status = check_solving(c, o);
    }
    if (status != PH_OK) {
        return status;
    }
    static const char *const conventions[] = { "power.t.noncentral", "power.paired-t.noncentral",
        "power.binomial-exact", "power.two-proportions.normal" };
    struct ph_power_result out = { .alpha_exact = o->alpha,
        .convention = conventions[o->kind],
        .design_effect = ph_design_effect(o->cluster_size, o->icc, o->cluster_cv) };
    status = o->kind == PH_POWER_ONE_PROPORTION ? ev_power_exact(c, o, &out) : solve(c, o, &out);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
