// SPDX-License-Identifier: Apache-2.0
// The noncentral t distribution by quadrature. The usual series subtract where the tail is small;
// an integral of positive terms does not.
#include "internal.h"

enum { HALVINGS_MAX = 8 };

static const double log_cut = 80; // what lies further out than e^-80 of the peak is left out

struct mixture {
    double t;
    double df;
    double ncp;
    double log_scale;
};

// (e^(2u) - 1) / 2 - u, without cancellation near 0.
static double chi_exponent(double u)
{
    if (fabs(u) > 0.1) {
        return expm1(2 * u) / 2 - u;
    }
    double term = 2 * u;
    double sum = 0;
    for (int k = 2; k < 30; k++) {
        term *= 2 * u / k;
        sum += term;
        if (fabs(term) < 1e-18 * fabs(sum)) {
            break;
        }
    }
    return sum / 2;
}

// T = (Z + ncp) / S with S^2 = chi^2 / df; in u = ln S the density of S is
// sqrt(df / pi) exp(-df chi_exponent(u) - ev_stirling_error(df / 2)), and given S the tails are
// normal.
static struct tails integrand(const struct mixture *m, double u)
{
    double density = exp(m->log_scale - m->df * chi_exponent(u));
    struct tails given = ev_normal_tails(m->t * exp(u) - m->ncp);
    return (struct tails){ density * given.p, density * given.q };
}

// How far from 0, in the direction of SIGN, the density has fallen by e^-80.
static double reach(double df, double sign)
{
    double far = sign / sqrt(df);
    while (df * chi_exponent(far) < log_cut && fabs(far) < 1e9) {
        far *= 2;
    }
    double near = 0;
    for (int i = 0; i < 40; i++) {
        double middle = (near + far) / 2;
        if (df * chi_exponent(middle) < log_cut) {
            near = middle;
        } else {
            far = middle;
        }
    }
    return far;
}

static void add(const struct mixture *m, double from, double step, double to, struct tails *sum)
{
    for (double i = 0; from + i * step <= to; i += 1) {
        struct tails at = integrand(m, from + i * step);
        sum->p += at.p;
        sum->q += at.q;
    }
}

// The trapezoidal rule converges exponentially here (Trefethen & Weideman 2014, SIAM Review 56:385,
// thm 5.1): the step is halved, keeping the points, until both tails stand still.
struct tails ev_nct_tails(double t, double df, double ncp)
{
    if (isnan(t) || !(df > 0) || !(fabs(ncp) <= 1000)) {
        return (struct tails){ NAN, NAN };
    }
    if (df == INFINITY || df > 1e12 || !isfinite(t)) {
        return ev_normal_tails(isfinite(t) ? t - ncp : t);
    }
    struct mixture m = { t, df, ncp, 0.5 * log(df / M_PI) - ev_stirling_error(df / 2) };
    double from = reach(df, -1);
    double to = reach(df, 1);
    double step = 0.7 * fmin(fmin(1 / sqrt(2 * df), 1 / (1 + fabs(ncp))), 0.3);
    struct tails sum = { 0, 0 };
    add(&m, from, step, to, &sum);
    struct tails whole = { sum.p * step, sum.q * step };
    for (int i = 0; i < HALVINGS_MAX; i++) {
        add(&m, from + step / 2, step, to, &sum);
        step /= 2;
        struct tails finer = { sum.p * step, sum.q * step };
        bool still = fabs(finer.p - whole.p) <= 1e-13 * finer.p &&
                     fabs(finer.q - whole.q) <= 1e-13 * finer.q;
        whole = finer;
        if (still) {
            break;
        }
    }
    // The larger tail carries the quadrature's own rounding; the smaller one tells it better.
    return whole.p < whole.q ? (struct tails){ whole.p, 1 - whole.p }
                             : (struct tails){ 1 - whole.q, whole.q };
}

double ph_nct_cdf(double t, double df, double ncp)
{
    return ev_nct_tails(t, df, ncp).p;
}

double ph_nct_sf(double t, double df, double ncp)
{
    return ev_nct_tails(t, df, ncp).q;
}

struct quantile_search {
    double p;
    double df;
    double ncp;
};

static double excess(void *context, double t)
{
    const struct quantile_search *s = context;
    struct tails at = ev_nct_tails(t, s->df, s->ncp);
    return s->p < 0.5 ? at.p - s->p : (1 - s->p) - at.q;
}

double ph_nct_quantile(double p, double df, double ncp)
{
    if (!(p > 0 && p < 1) || !(df > 0) || !(fabs(ncp) <= 1000)) {
        return NAN;
    }
    struct quantile_search s = { p, df, ncp };
    double reach_out = 1 + fabs(ncp);
    double lo = ncp;
    double hi = ncp;
    for (int i = 0; i < 200 && !(excess(&s, lo) < 0); i++) {
        lo = ncp - reach_out * ldexp(1, i);
    }
    for (int i = 0; i < 200 && !(excess(&s, hi) > 0); i++) {
        hi = ncp + reach_out * ldexp(1, i);
    }
    return ev_solve_increasing(excess, &s, lo, hi);
}
