// SPDX-License-Identifier: Apache-2.0
// Boundaries for sums, and the e-values that they come from.
#include "sequence.h"

#include "gamma.h"

// ln of the normal distribution function, also where it underflows.
static double log_normal_cdf(double z)
{
    if (z > -30) {
        return log(ph_normal_cdf(z));
    }
    // Mills' ratio to three terms: relative error below 1e-7 of a number that is itself e-value's
    // rounding here.
    double r = 1 / (z * z);
    return -0.5 * z * z - log(-z) - 0.5 * log(2 * M_PI) + log1p(-r * (1 - 3 * r * (1 - 5 * r)));
}

double ev_normal_rho(double v_opt, double alpha)
{
    double a = 2 * log(1 / alpha);
    return v_opt / (a + log1p(a));
}

double ev_normal_log_e(double s, double v, double rho)
{
    return 0.5 * log(rho / (v + rho)) + 0.5 * s * (s / (v + rho));
}

double ev_normal_bound(double v, double rho, double alpha)
{
    return sqrt((v + rho) * (log1p(v / rho) - 2 * log(alpha)));
}

static double one_sided_log_e(double s, double v, double rho)
{
    double root = sqrt(v + rho);
    double z = s / root;
    return 0.5 * log(4 * rho / (v + rho)) + 0.5 * z * z + log_normal_cdf(z);
}

// Howard et al. (2021), proposition 9, with the gamma functions written as Stirling's error so that
// nothing large is subtracted.
static double gamma_exponential_log_e(double s, double v, double rho, double c)
{
    double r = rho / (c * c);
    double a = (v + rho) / (c * c);
    double x = a + s / c;
    if (!(x > 0)) {
        return -INFINITY;
    }
    return 0.5 * log(r / a) + ev_stirling_error(a) - ev_stirling_error(r) +
           ev_gamma_deviance(a, x) + log(ev_gamma_tails(a, x).p) - log(ev_gamma_tails(r, r).p);
}

// Riemann's zeta function for s > 1: twenty terms, then Euler-Maclaurin.
static double zeta(double s)
{
    double n = 20;
    double sum = 0;
    for (double k = 1; k < n; k += 1) {
        sum += pow(k, -s);
    }
    double last = pow(n, -s);
    sum += last * n / (s - 1) + 0.5 * last;
    double term = s * last / n;
    sum += term / 12;
    term *= (s + 1) * (s + 2) / (n * n);
    sum -= term / 720;
    term *= (s + 3) * (s + 4) / (n * n);
    return sum + term / 30240;
}

static double stitched(const struct ph_bound_options *o, double v)
{
    double k1 = (pow(o->spacing, 0.25) + pow(o->spacing, -0.25)) * M_SQRT1_2;
    double k2 = 0.5 * (sqrt(o->spacing) + 1);
    double u = fmax(v, o->v_min);
    double ell = o->power * log(log(o->spacing * u / o->v_min)) +
                 log(zeta(o->power) / pow(log(o->spacing), o->power)) - log(o->alpha);
    double tail = k2 * o->scale * ell;
    return sqrt(k1 * k1 * u * ell + tail * tail) + tail;
}

static enum ph_status check(struct ph_context *c, const struct ph_bound_options *o, double v)
{
    if (!(o->alpha > 0 && o->alpha < 0.5)) {
        return ev_complain(c, PH_INVALID, "Alpha must lie between 0 and 0.5, as 0.05.");
    }
    if (!(v >= 0) || isinf(v)) {
        return ev_complain(c, PH_INVALID, "The intrinsic time must be a number from 0 up.");
    }
    if (o->kind == PH_BOUND_STITCHED) {
        bool fits = o->v_min > 0 && o->power > 1 && o->power <= 100 && o->spacing > 1 &&
                    o->spacing <= 1e6 && o->scale >= 0;
        if (!fits || isinf(o->v_min) || isinf(o->scale)) {
            return ev_complain(c, PH_INVALID,
                "A stitched boundary needs v-min > 0, scale >= 0, power > 1 and spacing > 1.");
        }
        return PH_OK;
    }
    if (o->kind < PH_BOUND_NORMAL || o->kind > PH_BOUND_STITCHED) {
        return ev_complain(c, PH_INVALID, "The kind of boundary is not known.");
    }
    if (!(o->v_opt > 0) || isinf(o->v_opt) || o->alpha_opt <= 0 || o->alpha_opt >= 0.5) {
        return ev_complain(
            c, PH_INVALID, "The boundary must be tuned for a v-opt > 0 and an alpha below 0.5.");
    }
    if (o->kind == PH_BOUND_GAMMA_EXPONENTIAL && (!(o->scale > 0) || isinf(o->scale))) {
        return ev_complain(c, PH_INVALID, "The scale must be above 0.");
    }
    return PH_OK;
}

static double rho_of(const struct ph_bound_options *o)
{
    double alpha = isnan(o->alpha_opt) ? o->alpha : o->alpha_opt;
    // One-sided: all of alpha on one side is like twice as much on two.
    return ev_normal_rho(o->v_opt, o->kind == PH_BOUND_NORMAL ? alpha : 2 * alpha);
}

static double log_e_of(const struct ph_bound_options *o, double s, double v)
{
    double rho = rho_of(o);
    switch (o->kind) {
    case PH_BOUND_NORMAL:
        return ev_normal_log_e(s, v, rho);
    case PH_BOUND_NORMAL_ONE_SIDED:
        return one_sided_log_e(s, v, rho);
    case PH_BOUND_GAMMA_EXPONENTIAL:
        return gamma_exponential_log_e(s, v, rho, o->scale);
    case PH_BOUND_STITCHED:
        break;
    }
    return NAN;
}

struct at_v {
    const struct ph_bound_options *o;
    double v;
};

static double excess(void *context, double s)
{
    const struct at_v *at = context;
    return log_e_of(at->o, s, at->v) + log(at->o->alpha);
}

enum ph_status ph_bound(
    struct ph_context *c, const struct ph_bound_options *o, double v, double *ret_boundary)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_boundary);
    if (status != PH_OK || (status = check(c, o, v)) != PH_OK) {
        return status;
    }
    double boundary = NAN;
    if (o->kind == PH_BOUND_NORMAL) {
        boundary = ev_normal_bound(v, rho_of(o), o->alpha);
    } else if (o->kind == PH_BOUND_STITCHED) {
        boundary = stitched(o, v);
    } else {
        struct at_v at = { o, v };
        double hi = sqrt(v + rho_of(o)) + o->scale;
        while (isfinite(hi) && excess(&at, hi) < 0) {
            hi *= 2;
        }
        boundary = ev_solve_increasing(excess, &at, 0, hi);
    }
    if (!isfinite(boundary)) {
        return ev_complain(c, PH_NO_SOLUTION, "No finite boundary was found; check the tuning.");
    }
    *ret_boundary = boundary;
    return PH_OK;
}

enum ph_status ph_bound_log_e(
    struct ph_context *c, const struct ph_bound_options *o, double s, double v, double *ret_log_e)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_log_e);
    if (status != PH_OK || (status = check(c, o, v)) != PH_OK) {
        return status;
    }
    if (o->kind == PH_BOUND_STITCHED) {
        return ev_complain(c, PH_UNSUPPORTED, "A stitched boundary has no e-value.");
    }
    if (!isfinite(s)) {
        return ev_complain(c, PH_INVALID, "The sum must be a number.");
    }
    *ret_log_e = log_e_of(o, s, v);
    return PH_OK;
}

double ph_msprt_log_e(double n, double difference, double variance, double tau2)
{
    if (!(n > 0 && variance > 0 && tau2 > 0)) {
        return NAN;
    }
    double spread = variance + n * tau2;
    double s = n * difference;
    return 0.5 * log(variance / spread) + tau2 * s * s / (2 * variance * spread);
}

double ph_asymptotic_rho(double n, double alpha)
{
    if (!(n > 0 && alpha > 0 && alpha < 1)) {
        return NAN;
    }
    double a = -2 * log(alpha);
    return sqrt((a + log1p(a)) / n);
}

double ph_asymptotic_half_width(double n, double variance, double rho, double alpha)
{
    if (!(n > 0 && variance >= 0 && rho > 0 && alpha > 0 && alpha < 1)) {
        return NAN;
    }
    double r = n * rho * rho;
    return sqrt(variance) * sqrt(2 * (r + 1) * (0.5 * log1p(r) - log(alpha))) / (n * rho);
}
