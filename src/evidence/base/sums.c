// SPDX-License-Identifier: Apache-2.0
#include "sums.h"

#include <math.h>

// Four numbers at a time, whatever the processor has: the order of additions is the same.
typedef double lanes __attribute__((vector_size(32), aligned(8), may_alias));
typedef long mask __attribute__((vector_size(32)));

static double across(const lanes *s0, const lanes *s1)
{
    lanes s = *s0 + *s1;
    return (s[0] + s[1]) + (s[2] + s[3]);
}

double ev_tree_total(const struct ev_tree *t)
{
    double sum = 0;
    for (size_t level = 0, k = t->blocks; k > 0; k >>= 1, level++) {
        sum += k & 1 ? t->part[level] : 0;
    }
    return sum;
}

double ev_dot_block(const double *a, const double *b, size_t n)
{
    lanes s0 = { 0 };
    lanes s1 = { 0 };
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        s0 += *(const lanes *)(a + i) * *(const lanes *)(b + i);
        s1 += *(const lanes *)(a + i + 4) * *(const lanes *)(b + i + 4);
    }
    double sum = across(&s0, &s1);
    for (; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

double ev_dot(const double *a, const double *b, size_t n)
{
    struct ev_tree t = { 0 };
    for (size_t i = 0; i < n; i += EV_BLOCK) {
        ev_tree_add(&t, ev_dot_block(a + i, b + i, ev_block(i, n)));
    }
    return ev_tree_total(&t);
}

void ev_gram(double *const *x, size_t k, size_t n, double *ret_gram)
{
    enum { FEW = 9 }; // their blocks and trees stay in the nearest cache
    if (k > FEW) {
        for (size_t a = 0; a < k; a++) {
            for (size_t b = a; b < k; b++) {
                ret_gram[a * k + b] = ret_gram[b * k + a] = ev_dot(x[a], x[b], n);
            }
        }
        return;
    }
    struct ev_tree tree[FEW * (FEW + 1) / 2] = { 0 };
    for (size_t i = 0; i < n; i += EV_BLOCK) {
        size_t rows = ev_block(i, n);
        struct ev_tree *t = tree;
        for (size_t a = 0; a < k; a++) {
            for (size_t b = a; b < k; b++) {
                ev_tree_add(t++, ev_dot_block(x[a] + i, x[b] + i, rows));
            }
        }
    }
    const struct ev_tree *t = tree;
    for (size_t a = 0; a < k; a++) {
        for (size_t b = a; b < k; b++) {
            ret_gram[a * k + b] = ret_gram[b * k + a] = ev_tree_total(t++);
        }
    }
}

void ev_axpy(double factor, const double *from, double *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] += factor * from[i];
    }
}

struct ev_sums ev_sums_around(const double *v, size_t n, double centre)
{
    struct ev_tree sum = { 0 };
    struct ev_tree squares = { 0 };
    for (size_t from = 0; from < n; from += EV_BLOCK) {
        const double *a = v + from;
        size_t rows = ev_block(from, n);
        lanes s[2] = { { 0 }, { 0 } };
        lanes q[2] = { { 0 }, { 0 } };
        size_t i = 0;
        for (; i + 8 <= rows; i += 8) {
            lanes x0 = *(const lanes *)(a + i) - centre;
            lanes x1 = *(const lanes *)(a + i + 4) - centre;
            s[0] += x0;
            s[1] += x1;
            q[0] += x0 * x0;
            q[1] += x1 * x1;
        }
        struct ev_sums t = { across(&s[0], &s[1]), across(&q[0], &q[1]) };
        for (; i < rows; i++) {
            double x = a[i] - centre;
            t.sum += x;
            t.squares += x * x;
        }
        ev_tree_add(&sum, t.sum);
        ev_tree_add(&squares, t.squares);
    }
    return (struct ev_sums){ ev_tree_total(&sum), ev_tree_total(&squares) };
}

struct ev_sums ev_shift(double *v, size_t n, double centre)
{
    struct ev_tree sum = { 0 };
    struct ev_tree squares = { 0 };
    for (size_t from = 0; from < n; from += EV_BLOCK) {
        size_t rows = ev_block(from, n);
        for (size_t i = 0; i < rows; i++) {
            v[from + i] -= centre;
        }
        struct ev_sums t = ev_sums_around(v + from, rows, 0);
        ev_tree_add(&sum, t.sum);
        ev_tree_add(&squares, t.squares);
    }
    return (struct ev_sums){ ev_tree_total(&sum), ev_tree_total(&squares) };
}

static bool none(const mask *m)
{
    return !((*m)[0] | (*m)[1] | (*m)[2] | (*m)[3]);
}

bool ev_all_fit(const double *v, size_t n)
{
    size_t i = 0;
    while (i + 4 <= n) {
        mask bad = { 0 };
        size_t end = i + ev_block(i, n) / 4 * 4;
        for (; i < end; i += 4) {
            lanes x = *(const lanes *)(v + i);
            lanes zero = x * (0x1p1023 / EV_LARGEST) * 0.0; // NaN of infinities and NaN
            bad |= (mask)(zero * zero);
        }
        if (!none(&bad)) {
            return false;
        }
    }
    for (; i < n; i++) {
        if (!(fabs(v[i]) < EV_LARGEST)) {
            return false;
        }
    }
    return true;
}

bool ev_all_01(const double *v, size_t n)
{
    size_t i = 0;
    while (i + 4 <= n) {
        mask bad = { 0 };
        size_t end = i + ev_block(i, n) / 4 * 4;
        for (; i < end; i += 4) {
            lanes x = *(const lanes *)(v + i);
            bad |= (mask)(x * x - x);
        }
        if (!none(&bad)) {
            return false;
        }
    }
    for (; i < n; i++) {
        if (v[i] != 0 && v[i] != 1) {
            return false;
        }
    }
    return true;
}

double ev_squared_steps(const double *v, size_t n)
{
    struct ev_tree t = { 0 };
    for (size_t from = 1; from < n; from += EV_BLOCK) {
        double step[EV_BLOCK];
        size_t rows = ev_block(from, n);
        for (size_t i = 0; i < rows; i++) {
            step[i] = v[from + i] - v[from + i - 1];
        }
        ev_tree_add(&t, ev_dot_block(step, step, rows));
    }
    return ev_tree_total(&t);
}
