// SPDX-License-Identifier: Apache-2.0
#include "simplex.h"

#include "matrix.h"

enum ph_status ev_simplex_begin(struct ph_context *c, size_t n, struct simplex_work *ret_work)
{
    struct simplex_work w = { .n = n,
        .chol = ev_take(c, n * n, sizeof(double)),
        .solve = ev_take(c, n, sizeof(double)),
        .gradient = ev_take(c, n, sizeof(double)),
        .in = ev_take(c, n, sizeof(size_t)),
        .is_in = ev_take(c, n, sizeof(bool)) };
    if (!w.chol || !w.solve || !w.gradient || !w.in || !w.is_in) {
        ev_simplex_end(c, &w);
        return PH_NO_MEMORY;
    }
    *ret_work = w;
    return PH_OK;
}

void ev_simplex_end(struct ph_context *c, struct simplex_work *work)
{
    ev_give_back(c, work->chol);
    ev_give_back(c, work->solve);
    ev_give_back(c, work->gradient);
    ev_give_back(c, work->in);
    ev_give_back(c, work->is_in);
}

// What the steps of one solution share. SHIFT times ones is added to K, which on the simplex adds a
// constant and makes the matrix of affinely independent points positive definite.
struct solving {
    const double *k;
    size_t n;
    double shift;
    double scale; // the largest diagonal of K
    struct simplex_work *work;
    size_t count; // of points in the active set
    double *w;
};

// Row AT of the Cholesky factor; false where the point depends on those before it.
static bool factor_row(struct solving *s, size_t at)
{
    size_t i = s->work->in[at];
    double *row = s->work->chol + at * s->work->n;
    for (size_t b = 0; b <= at; b++) {
        row[b] = s->k[i * s->n + s->work->in[b]] + s->shift;
    }
    return ev_cholesky_row(s->work->chol, s->work->n, at, 1e-14);
}

static bool factor(struct solving *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!factor_row(s, i)) {
            return false;
        }
    }
    return true;
}

// The nearest point of the affine hull: solves (K + shift) a = 1 over the active set, then scales.
static void affine_nearest(struct solving *s)
{
    const double *l = s->work->chol;
    double *a = s->work->solve;
    double sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        a[i] = 1;
    }
    ev_lower_solve(l, s->work->n, s->count, a);
    ev_lower_solve_transposed(l, s->work->n, s->count, a);
    for (size_t i = s->count; i-- > 0;) {
        sum += a[i];
    }
    for (size_t i = 0; i < s->count; i++) {
        a[i] /= sum;
    }
}

static void take_out(struct solving *s, size_t at)
{
    size_t i = s->work->in[at];
    s->w[i] = 0;
    s->work->is_in[i] = false;
    memmove(s->work->in + at, s->work->in + at + 1, (s->count - at - 1) * sizeof(size_t));
    s->count--;
}

// Walks from W towards the affine hull's nearest point until that lies inside the simplex; points
// whose weight reaches zero on the way leave.
static bool walk(struct solving *s)
{
    const double *a = s->work->solve;
    for (;;) {
        affine_nearest(s);
        double step = 1;
        size_t blocking = s->count;
        for (size_t i = 0; i < s->count; i++) {
            double w = s->w[s->work->in[i]];
            if (a[i] <= 0 && w / (w - a[i]) < step) {
                step = w / (w - a[i]);
                blocking = i;
            }
        }
        for (size_t i = 0; i < s->count; i++) {
            double *w = &s->w[s->work->in[i]];
            *w = fmax(*w + step * (a[i] - *w), 0);
        }
        if (blocking == s->count) {
            return true;
        }
        take_out(s, blocking);
        if (!factor(s)) {
            return false;
        }
    }
}

// K times W, W'KW, and the point outside the active set with the steepest descent.
static double gradient(struct solving *s, size_t *ret_steepest)
{
    double *g = s->work->gradient;
    double value = 0;
    size_t steepest = s->n;
    for (size_t i = 0; i < s->n; i++) {
        g[i] = 0;
        for (size_t j = 0; j < s->count; j++) {
            g[i] += s->k[i * s->n + s->work->in[j]] * s->w[s->work->in[j]];
        }
        value += g[i] * s->w[i];
        if (!s->work->is_in[i] && (steepest == s->n || g[i] < g[steepest])) {
            steepest = i;
        }
    }
    *ret_steepest = steepest;
    return value;
}

// Whether the points at which the minimum could also rest are affinely independent.
static bool is_unique(struct solving *s, double value)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!s->work->is_in[i] && s->work->gradient[i] - value <= 1e-9 * s->scale) {
            s->work->in[s->count++] = i;
        }
    }
    return factor(s);
}

struct simplex ev_simplex_solve(const double *k, size_t n, struct simplex_work *work, double *ret_w)
{
    struct solving s = { .k = k, .n = n, .work = work, .count = 1, .w = ret_w };
    size_t first = 0;
    double trace = 0;
    for (size_t i = 0; i < n; i++) {
        double d = k[i * n + i];
        ret_w[i] = 0;
        work->is_in[i] = false;
        trace += d;
        s.scale = fmax(s.scale, d);
        first = d < k[first * n + first] ? i : first;
    }
    s.scale = s.scale > 0 ? s.scale : 1;
    s.shift = trace > 0 ? trace / (double)n : 1;
    work->in[0] = first;
    work->is_in[first] = true;
    ret_w[first] = 1;
    bool sound = factor(&s);
    double value = k[first * n + first];
    size_t steepest = n;
    // Each round lowers the value, so that no active set comes twice; the bound only guards against
    // rounding.
    for (size_t round = 0; sound && round < 50 * n + 50; round++) {
        value = gradient(&s, &steepest);
        if (steepest == n || work->gradient[steepest] >= value - 1e-14 * s.scale) {
            break;
        }
        work->in[s.count] = steepest;
        if (!factor_row(&s, s.count)) {
            break;
        }
        s.count++;
        work->is_in[steepest] = true;
        sound = walk(&s);
    }
    value = gradient(&s, &steepest);
    double gap = 0;
    for (size_t i = 0; i < n; i++) {
        double slack = work->gradient[i] - value;
        gap = fmax(gap, work->is_in[i] ? fabs(slack) : -slack);
    }
    struct simplex end = { .value = value, .kkt = gap / s.scale };
    end.unique = is_unique(&s, value);
    return end;
}
