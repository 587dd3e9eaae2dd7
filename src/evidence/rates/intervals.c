// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "gamma.h"

static bool fits(double events, double exposure, double level)
{
    return events >= 0 && isfinite(events) && exposure > 0 && isfinite(exposure) && level > 0 &&
           level < 1;
}

static const struct ph_interval none = { NAN, NAN };

// Above so many events the exact limits are those of the normal with the gamma's skewness, to 1e-10
// of their distance from the count.
#define MANY 1e10

// ---- Exact ----

struct tail {
    double shape;
    double target;
    bool upper;
};

// Increasing in X: a tail of the gamma distribution against its target.
static double tail_excess(void *context, double x)
{
    const struct tail *t = context;
    struct tails p = ev_gamma_tails(t->shape, x);
    return t->upper ? t->target - p.q : p.p - t->target;
}

struct ph_interval ph_garwood(double events, double exposure, double level)
{
    if (!fits(events, exposure, level)) {
        return none;
    }
    double tail = (1 - level) / 2;
    if (events > MANY) {
        double z = ph_normal_quantile(0.5 + level / 2);
        double lean = (z * z - 1) / 3;
        return (struct ph_interval){ (events - z * sqrt(events) + lean) / exposure,
            (events + 1 + z * sqrt(events + 1) + lean) / exposure };
    }
    double far = 10 * sqrt(events + 1) - 4 * log(tail) + 10;
    struct tail lower = { events, tail, false };
    struct tail upper = { events + 1, tail, true };
    double lo = events == 0 ? 0 : ev_solve_increasing(tail_excess, &lower, 0, events);
    double hi = ev_solve_increasing(tail_excess, &upper, events, events + far);
    return (struct ph_interval){ lo / exposure, hi / exposure };
}

// ---- Score ----

struct ph_interval ph_rate_score(double events, double exposure, double level)
{
    if (!fits(events, exposure, level)) {
        return none;
    }
    double z = ph_normal_quantile(0.5 + level / 2);
    double hi = events + z * z / 2 + z * sqrt(events + z * z / 4);
    // The limits are the roots of a quadratic whose product is the squared count.
    return (struct ph_interval){ events * (events / hi) / exposure, hi / exposure };
}

// X1 of X1 + X0 events are the treated's when the ratio of rates is RHO with chance RHO T1 / (RHO
// T1
// + T0): an interval of the one is an interval of the other.
static struct ph_interval ratio_of(struct ph_interval share, double t1, double t0)
{
    return (struct ph_interval){ share.lo / (1 - share.lo) * (t0 / t1),
        share.hi < 1 ? share.hi / (1 - share.hi) * (t0 / t1) : INFINITY };
}

struct ph_interval ph_rate_ratio_exact(double x1, double t1, double x0, double t0, double level)
{
    bool good = fits(x1, t1, level) && fits(x0, t0, level) && x1 + x0 > 0;
    return good ? ratio_of(ph_clopper_pearson(x1, x1 + x0, level), t1, t0) : none;
}

struct ph_interval ph_rate_ratio_score(double x1, double t1, double x0, double t0, double level)
{
    bool good = fits(x1, t1, level) && fits(x0, t0, level) && x1 + x0 > 0;
    return good ? ratio_of(ph_wilson(x1, x1 + x0, level), t1, t0) : none;
}

struct pair {
    double x1, t1, x0, t0;
    double target;
};

// Increasing in D: the score statistic turned, less its target. The likeliest comparison rate among
// those with this difference is the larger root of a quadratic.
static double score_excess(void *context, double d)
{
    const struct pair *s = context;
    double t = s->t1 + s->t0;
    double half = s->x1 + s->x0 - t * d;
    double root = sqrt(half * half + 4 * t * s->x0 * d);
    double r0 = half >= 0 ? (half + root) / (2 * t) : 2 * s->x0 * d / (root - half);
    r0 = fmax(isnan(r0) ? 0 : r0, fmax(0, -d));
    double variance = fmax(r0 + d, 0) / s->t1 + r0 / s->t0;
    double gap = d - (s->x1 / s->t1 - s->x0 / s->t0);
    double score = gap == 0 ? 0 : gap / sqrt(variance);
    return fmin(fmax(score, -1e8), 1e8) - s->target;
}

struct ph_interval ph_rate_difference(double x1, double t1, double x0, double t0, double level)
{
    if (!fits(x1, t1, level) || !fits(x0, t0, level)) {
        return none;
    }
    double z = ph_normal_quantile(0.5 + level / 2);
    double d = x1 / t1 - x0 / t0;
    // Beyond the difference by as much as both rates could be off.
    double far = 4 * (z * z + z * sqrt(x1 + x0 + 1)) * (1 / t1 + 1 / t0);
    struct pair s = { x1, t1, x0, t0, -z };
    double lo = ev_solve_increasing(score_excess, &s, d - far, d);
    s.target = z;
    return (struct ph_interval){ lo, ev_solve_increasing(score_excess, &s, d, d + far) };
}

// ---- At every look: mixtures of likelihood ratios are martingales, and Ville's inequality bounds
// how far they ever rise (Robbins 1970, Ann. Math. Stat. 41:1397; of counts: Lindon & Malek 2022,
// NeurIPS 35) ----

struct mixture {
    double x;    // events, or successes
    double rest; // exposure, or failures
    double level;
    double constant; // what does not depend on the parameter, less ln(1 / alpha)
    bool share;
    bool falling; // left of the minimum: turned, so that it increases
};

static double ln_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

static double mixture_excess(void *context, double v)
{
    const struct mixture *m = context;
    double e = m->constant - (m->x > 0 ? m->x * log(v) : 0);
    if (m->share) {
        e -= m->rest > 0 ? m->rest * log1p(-v) : 0;
    } else {
        e += v * m->rest;
    }
    e = isnan(e) ? INFINITY : e;
    return fmin(m->falling ? -e : e, 1e300);
}

// The parameters at which the mixture is not above 1 / alpha: convex, least at MOST_LIKELY.
static struct ph_interval between(struct mixture m, double most_likely, double far)
{
    struct ph_interval in = { 0, far };
    m.falling = true;
    if (m.x > 0) {
        in.lo = ev_solve_increasing(mixture_excess, &m, most_likely * 1e-300, most_likely);
    }
    m.falling = false;
    if (!m.share || m.rest > 0) {
        in.hi = ev_solve_increasing(mixture_excess, &m, most_likely, far);
    }
    return in;
}

struct ph_interval ph_anytime_rate(
    double events, double exposure, double prior_events, double prior_exposure, double level)
{
    if (!fits(events, exposure, level) || !(prior_events > 0) || !(prior_exposure > 0)) {
        return none;
    }
    double a = prior_events;
    double b = prior_exposure;
    struct mixture m = { .x = events, .rest = exposure, .level = level };
    m.constant = a * log(b) - ln_gamma(a) + ln_gamma(a + events) -
                 (a + events) * log(b + exposure) + log(1 - level);
    double rate = events / exposure;
    double far = rate + 1 / exposure;
    while (mixture_excess(&m, far) < 0) {
        far *= 2;
    }
    return between(m, rate, far);
}

struct ph_interval ph_anytime_share(double x, double n, double a, double b, double level)
{
    if (!fits(x, n, level) || !(x <= n) || !(a > 0) || !(b > 0)) {
        return none;
    }
    struct mixture m = { .x = x, .rest = n - x, .level = level, .share = true };
    m.constant = ln_gamma(a + x) + ln_gamma(b + n - x) - ln_gamma(a + b + n) + ln_gamma(a + b) -
                 ln_gamma(a) - ln_gamma(b) + log(1 - level);
    return between(m, x / n, 1);
}
