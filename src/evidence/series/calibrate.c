// SPDX-License-Identifier: Apache-2.0
// An estimated variance is a quadratic form of the residuals, e'Ae with e = Mu. Were u
// autoregressive with correlation r, its mean would be tr(A S) and its variance 2 tr(A S A S) for
// S = M R M, R[i][j] = r^|i - j|, while the coefficient's true variance is h'R h. So the variance
// is multiplied by h'R h / tr(A S), and has tr(A S)^2 / tr(A S A S) degrees of freedom: what Bell &
// McCaffrey (2002, Survey Methodology 28:169) do for clusters with a working model of
// independence. r is the one under which the residuals' correlation would on average be the one
// seen, for it looks too small in short series. Positive r only: a series that seems to
// alternate earns no narrower interval.
#include "calibrate.h"

enum { EXACT_ROWS_MAX = 1000, HALVINGS = 40 };
#define CORRELATION_MAX 0.98

struct work {
    const struct ev_calibration *k;
    size_t rank;
    double *q;    // [rank][n], orthonormal, of the columns
    double *rq;   // [rank][n]: R q
    double *g;    // [rank][rank]: q'R q
    double *h;    // [p][n]: the coefficients are h'y
    double *s;    // [n][n]: M R M, where there are not too many rows
    double *as;   // [n][n]: A S
    double *tail; // [n]
};

// to = R from, with R[i][j] = r^|i - j|.
static void correlate(const double *from, size_t n, double r, double *to)
{
    double before = 0;
    double after = 0;
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i] + before;
        before = r * (before + from[i]);
    }
    for (size_t i = n; i-- > 0;) {
        to[i] += after;
        after = r * (after + from[i]);
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

// Gram and Schmidt, twice each; column j of H is what is left of j when all others are taken off,
// by its own square: the coefficient of j.
static void take_off(double *v, const double *basis, size_t n, size_t rank)
{
    for (int twice = 0; twice < 2; twice++) {
        for (size_t b = 0; b < rank; b++) {
            double part = dot(v, basis + b * n, n);
            for (size_t i = 0; i < n; i++) {
                v[i] -= part * basis[b * n + i];
            }
        }
    }
}

static bool normalise(double *v, size_t n)
{
    double size = sqrt(dot(v, v, n));
    for (size_t i = 0; size > 0 && i < n; i++) {
        v[i] /= size;
    }
    return size > 0;
}

static void column(const struct ev_calibration *k, size_t j, double *to)
{
    for (size_t i = 0; i < k->n; i++) {
        to[i] = k->x[j * k->n + i] * (k->root ? k->root[i] : 1);
    }
}

// A basis of all columns but one; of all where SKIP is none of them.
static size_t basis(const struct ev_calibration *k, size_t skip, double *q)
{
    size_t rank = 0;
    for (size_t j = 0; j < k->p; j++) {
        double *v = q + rank * k->n;
        if (j == skip || k->dropped[j]) {
            continue;
        }
        column(k, j, v);
        if (normalise(v, k->n)) {
            take_off(v, q, k->n, rank);
            rank += normalise(v, k->n);
        }
    }
    return rank;
}

static void fill_weights(struct work *w)
{
    const struct ev_calibration *k = w->k;
    for (size_t j = 0; j < k->p; j++) {
        double *h = w->h + j * k->n;
        if (k->dropped[j]) {
            continue;
        }
        size_t rank = basis(k, j, w->q);
        column(k, j, h);
        take_off(h, w->q, k->n, rank);
        double square = dot(h, h, k->n);
        for (size_t i = 0; i < k->n; i++) {
            h[i] /= square;
        }
    }
    w->rank = basis(k, k->p, w->q);
}

// R q and q'R q, of which S is made: S = R - q (Rq)' - (Rq) q' + q (q'Rq) q'.
static void prepare(struct work *w, double r)
{
    size_t n = w->k->n;
    for (size_t a = 0; a < w->rank; a++) {
        correlate(w->q + a * n, n, r, w->rq + a * n);
        for (size_t b = 0; b <= a; b++) {
            w->g[a * w->rank + b] = w->g[b * w->rank + a] = dot(w->q + b * n, w->rq + a * n, n);
        }
    }
}

static double cell(const struct work *w, double r_power, size_t i, size_t j)
{
    size_t n = w->k->n;
    double s = r_power;
    for (size_t a = 0; a < w->rank; a++) {
        double qi = w->q[a * n + i];
        double part = 0;
        for (size_t b = 0; b < w->rank; b++) {
            part += w->g[a * w->rank + b] * w->q[b * n + j];
        }
        s += qi * (part - w->rq[a * n + j]) - w->rq[a * n + i] * w->q[a * n + j];
    }
    return s;
}

// The mean lag-1 correlation of residuals under R.
static double would_be_seen(struct work *w, double r)
{
    double squares = 0;
    double products = 0;
    prepare(w, r);
    for (size_t i = 0; i < w->k->n; i++) {
        squares += cell(w, 1, i, i);
        products += i > 0 ? cell(w, r, i, i - 1) : 0;
    }
    return products / squares;
}

static double find_correlation(struct work *w)
{
    const struct ev_calibration *k = w->k;
    double squares = dot(k->e, k->e, k->n);
    double seen = squares > 0 ? dot(k->e + 1, k->e, k->n - 1) / squares : 0;
    double lo = 0;
    double hi = CORRELATION_MAX;
    if (!(would_be_seen(w, lo) < seen)) {
        return 0;
    }
    if (would_be_seen(w, hi) <= seen) {
        return hi;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = lo + (hi - lo) / 2;
        *(would_be_seen(w, middle) < seen ? &lo : &hi) = middle;
    }
    return lo;
}

static double weight(const struct ev_calibration *k, size_t lag)
{
    return k->factor * (1 - (double)lag / ((double)k->lag + 1));
}

static void fill_s(struct work *w, double r)
{
    size_t n = w->k->n;
    for (size_t i = 0; i < n; i++) {
        double power = 1;
        for (size_t j = i + 1; j-- > 0; power *= r) {
            w->s[i * n + j] = w->s[j * n + i] = cell(w, power, i, j);
        }
    }
}

// tr(A S) and tr(A S A S) for A of one column: h[i] h[j] by Bartlett's weights, or a multiple of 1.
static void moments_of_form(struct work *w, const double *h, double *ret_mean, double *ret_squares)
{
    const struct ev_calibration *k = w->k;
    size_t n = k->n;
    *ret_mean = *ret_squares = 0;
    if (!k->newey_west) {
        double a = dot(h, h, n) / (double)(n - w->rank);
        for (size_t i = 0; i < n; i++) {
            *ret_mean += a * w->s[i * n + i];
        }
        *ret_squares = a * a * dot(w->s, w->s, n * n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t from = i > k->lag ? i - k->lag : 0;
        size_t end = i + k->lag + 1 < n ? i + k->lag + 1 : n;
        double *row = w->as + i * n;
        memset(row, 0, n * sizeof(*row));
        for (size_t m = from; m < end; m++) {
            double a = h[i] * h[m] * weight(k, m > i ? m - i : i - m);
            for (size_t j = 0; j < n; j++) {
                row[j] += a * w->s[m * n + j];
            }
        }
        *ret_mean += row[i];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            *ret_squares += w->as[i * n + j] * w->as[j * n + i];
        }
    }
}

// The mean of the form for a long series, where M hardly matters.
static double mean_of_long(const struct work *w, const double *h, double r)
{
    const struct ev_calibration *k = w->k;
    double mean = 0;
    double power = 1;
    if (!k->newey_west) {
        return dot(h, h, k->n);
    }
    for (size_t l = 0; l <= k->lag && l < k->n; l++, power *= r) {
        mean += (l > 0 ? 2 : 1) * weight(k, l) * power * dot(h + l, h, k->n - l);
    }
    return mean;
}

static bool take(struct ph_context *c, struct work *w)
{
    size_t n = w->k->n;
    size_t p = w->k->p;
    w->q = ev_take(c, (p + 1) * n, sizeof(double));
    w->rq = ev_take(c, p * n, sizeof(double));
    w->g = ev_take(c, p * p, sizeof(double));
    w->h = ev_take(c, p * n, sizeof(double));
    w->tail = ev_take(c, n, sizeof(double));
    bool exact = n <= EXACT_ROWS_MAX;
    w->s = exact ? ev_take(c, n * n, sizeof(double)) : NULL;
    w->as = exact ? ev_take(c, n * n, sizeof(double)) : NULL;
    return w->q && w->rq && w->g && w->h && w->tail && (!exact || (w->s && w->as));
}

enum ph_status ev_calibrate(struct ph_context *c, const struct ev_calibration *k,
    double *ret_stretch, double *ret_df, double *ret_correlation)
{
    struct work w = { .k = k };
    bool whole = take(c, &w);
    if (whole) {
        fill_weights(&w);
        double r = *ret_correlation = find_correlation(&w);
        prepare(&w, r);
        if (w.s) {
            fill_s(&w, r);
        }
        for (size_t j = 0; j < k->p; j++) {
            const double *h = w.h + j * k->n;
            double mean = 0;
            double squares = 0;
            ret_stretch[j] = ret_df[j] = NAN;
            if (k->dropped[j]) {
                continue;
            }
            correlate(h, k->n, r, w.tail);
            if (w.s) {
                moments_of_form(&w, h, &mean, &squares);
                ret_df[j] = mean * mean / squares;
            } else {
                mean = mean_of_long(&w, h, r);
                ret_df[j] = (double)(k->n - w.rank);
            }
            ret_stretch[j] = sqrt(dot(h, w.tail, k->n) / mean);
        }
    }
    void *blocks[] = { w.q, w.rq, w.g, w.h, w.s, w.as, w.tail };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        ev_give_back(c, blocks[i]);
    }
    return whole ? PH_OK : PH_NO_MEMORY;
}
