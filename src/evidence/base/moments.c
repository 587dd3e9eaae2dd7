// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "sums.h"

// Several compensated sums side by side: each takes every so many values.
typedef double lanes __attribute__((vector_size(64), aligned(8), may_alias));
enum { LANES = sizeof(lanes) / sizeof(double) };

// SUM + X, what rounding left of it added to REST (Knuth's two-sum).
static void add(double x, double *sum, double *rest)
{
    double t = *sum + x;
    double back = t - *sum;
    *rest += (*sum - (t - back)) + (x - back);
    *sum = t;
}

double ev_sum_of(const double *values, size_t n)
{
    lanes sums = { 0 };
    lanes rests = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes x = *(const lanes *)(values + i);
        lanes t = sums + x;
        lanes back = t - sums;
        rests += (sums - (t - back)) + (x - back);
        sums = t;
    }
    double sum = 0;
    double rest = 0;
    for (int k = 0; k < LANES; k++) {
        add(sums[k], &sum, &rest);
        rest += rests[k];
    }
    for (; i < n; i++) {
        add(values[i], &sum, &rest);
    }
    return isfinite(sum) ? sum + rest : sum;
}

// Of the values less CENTRE, times SCALE.
static double sum_of_cubes(const double *values, size_t n, double centre, double scale)
{
    struct ev_tree t = { 0 };
    for (size_t from = 0; from < n; from += EV_BLOCK) {
        double d[EV_BLOCK];
        double squares[EV_BLOCK];
        size_t rows = ev_block(from, n);
        for (size_t i = 0; i < rows; i++) {
            d[i] = (values[from + i] - centre) * scale;
            squares[i] = d[i] * d[i];
        }
        ev_tree_add(&t, ev_dot_block(d, squares, rows));
    }
    return ev_tree_total(&t);
}

// The sample skewness beyond 1 and twice its standard error under normality (Cramer 1946,
// Mathematical Methods of Statistics, eq. 29.3.7): rough, but what is missed leans little.
static bool leans(const double *values, const struct moments *m)
{
    double n = (double)m->n;
    double sd = sqrt(m->var * (n - 1) / n);
    double cubes = sum_of_cubes(values, m->n, m->mean, 1 / sd);
    double bound = 2 * sqrt(6 * (n - 2) / ((n + 1) * (n + 3)));
    return n >= 8 && fabs(cubes / n) > fmax(bound, 1);
}

static void find_range(const double *values, size_t n, double *ret_lo, double *ret_hi)
{
    double lo = values[0];
    double hi = values[0];
    for (size_t i = 0; i < n; i++) {
        lo = values[i] < lo ? values[i] : lo;
        hi = values[i] > hi ? values[i] : hi;
    }
    *ret_lo = lo;
    *ret_hi = hi;
}

struct moments ev_moments_of(const double *values, size_t n)
{
    struct moments m = { .n = n, .mean = NAN, .var = NAN };
    if (n == 0) {
        return m;
    }
    double lo;
    double hi;
    find_range(values, n, &lo, &hi);
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
    struct ev_sums s = ev_sums_around(values, n, m.mean);
    m.var = (s.squares - s.sum * s.sum / (double)n) / (double)(n - 1);
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
