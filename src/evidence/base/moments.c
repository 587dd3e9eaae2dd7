// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

double ev_sum_of(const double *values, size_t n)
{
    double sum = 0;
    double rest = 0; // what rounding left behind (Neumaier 1974, ZAMM 54:39)
    for (size_t i = 0; i < n; i++) {
        double t = sum + values[i];
        rest += fabs(sum) >= fabs(values[i]) ? (sum - t) + values[i] : (values[i] - t) + sum;
        sum = t;
    }
    return isfinite(sum) ? sum + rest : sum;
}

// The sample skewness beyond 1 and twice its standard error under normality (Cramer 1946,
// Mathematical Methods of Statistics, eq. 29.3.7): rough, but what is missed leans little.
static bool leans(const double *values, const struct moments *m)
{
    double n = (double)m->n;
    double sd = sqrt(m->var * (n - 1) / n);
    double cubes = 0;
    for (size_t i = 0; i < m->n; i++) {
        double d = (values[i] - m->mean) / sd;
        cubes += d * d * d;
    }
    double bound = 2 * sqrt(6 * (n - 2) / ((n + 1) * (n + 3)));
    return n >= 8 && fabs(cubes / n) > fmax(bound, 1);
}

struct moments ev_moments_of(const double *values, size_t n)
{
    struct moments m = { .n = n, .mean = NAN, .var = NAN };
    if (n == 0) {
        return m;
    }
    double lo = values[0];
    double hi = values[0];
    for (size_t i = 0; i < n; i++) {
        lo = fmin(lo, values[i]);
        hi = fmax(hi, values[i]);
    }
    m.size = fmax(fabs(lo), fabs(hi));
    m.mean = lo == hi ? lo : ev_sum_of(values, n) / (double)n;
    if (n < 2) {
        return m;
    }
    // A spread within the rounding of the values themselves is no spread.
    if (hi - lo <= 8 * 2.220446049250313e-16 * m.size) {
        m.var = 0;
        return m;
    }
    double squares = 0;
    double drift = 0;
    double rest = 0;
    for (size_t i = 0; i < n; i++) {
        double d = values[i] - m.mean;
        double y = d * d - rest;
        double t = squares + y;
        rest = (t - squares) - y;
        squares = t;
        drift += d;
    }
    m.var = (squares - drift * drift / (double)n) / (double)(n - 1);
    if (!isfinite(m.var)) {
        m.var = INFINITY; // overflow, by whatever road
    } else {
        m.skewed = leans(values, &m);
    }
    return m;
}

void ev_moments_settle(struct moments *m, double scale)
{
    if (m->var > 0 && sqrt(m->var) <= 8 * 2.220446049250313e-16 * scale) {
        m->var = 0;
    }
}

void ev_interval_t(struct ph_result *r)
{
    if (!(r->se > 0) || !(r->df > 0)) {
        return;
    }
    double half = ph_t_quantile(0.5 + r->level / 2, r->df) * r->se;
    r->interval = (struct ph_interval){ r->estimate - half, r->estimate + half };
    r->p = 2 * ph_t_sf(fabs(r->estimate / r->se), r->df);
}

// Welch (1947, Biometrika 34:28), degrees of freedom by Satterthwaite (1946, Biometrics Bull.
// 2:110).
void ev_welch_into(struct ph_result *r, const struct moments *a, const struct moments *b)
{
    r->estimate = b->mean - a->mean;
    if (a->n < SMALL_SAMPLE || b->n < SMALL_SAMPLE) {
        r->warnings |= PH_WARN_SMALL_SAMPLE;
    }
    if (a->n > 4 * b->n || b->n > 4 * a->n) {
        r->warnings |= PH_WARN_UNEQUAL_GROUPS;
    }
    if (a->var == 0 || b->var == 0) {
        r->warnings |= PH_WARN_NO_VARIATION;
    }
    if (a->skewed || b->skewed) {
        r->warnings |= PH_WARN_SKEWED;
    }
    if (a->var == 0 && b->var == 0) {
        return; // no margin of error can be had
    }
    double va = a->var / (double)a->n;
    double vb = b->var / (double)b->n;
    r->se = sqrt(va + vb);
    double share = va / (va + vb);
    r->df =
        1 / (share * share / (double)(a->n - 1) + (1 - share) * (1 - share) / (double)(b->n - 1));
    ev_interval_t(r);
}

enum ph_status ev_check_finite(struct ph_context *c, const struct ph_result *r)
{
    bool interval_bad = isinf(r->interval.lo) || isinf(r->interval.hi);
    if (!isfinite(r->estimate) || isinf(r->se) || interval_bad) {
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    return PH_OK;
}
