// SPDX-License-Identifier: Apache-2.0
// Everything large is a product of panels, by one kernel; the recursions split matrices until they
// fit the first cache. (Goto & van de Geijn 2008, ACM TOMS 34:12; recursive factorisations:
// Gustavson 1997, IBM J. Res. Dev. 41:737.)
#include "dense.h"

#include "internal.h"

enum { ROWS = 4, COLS = 8, SMALL = 48, DEPTH = 256 };

typedef double quad __attribute__((vector_size(32), aligned(8)));

struct ev_dense {
    bool wide; // the processor multiplies and adds four numbers at once
    double *rows;
    double *cols;
};

// A matrix seen with any strides, so that a transpose is only another view.
struct view {
    double *at;
    size_t down;   // from a row to the next
    size_t across; // from a column to the next
};

static struct view plain(double *at, size_t ld)
{
    return (struct view){ at, ld, 1 };
}

static struct view flipped(double *at, size_t ld)
{
    return (struct view){ at, 1, ld };
}

struct ev_dense *ev_dense_new(struct ph_context *c, size_t n)
{
    struct ev_dense *d = ev_take(c, 1, sizeof(*d));
    if (!d) {
        return NULL;
    }
    size_t padded = n + ROWS + COLS;
    d->rows = ev_take(c, padded * 2 * DEPTH, sizeof(double));
    if (!d->rows) {
        ev_give_back(c, d);
        return NULL;
    }
    d->cols = d->rows + padded * DEPTH;
#if defined(__x86_64__)
    d->wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return d;
}

void ev_dense_free(struct ph_context *c, struct ev_dense *d)
{
    if (d) {
        ev_give_back(c, d->rows);
        ev_give_back(c, d);
    }
}

// Panels of WIDTH rows of V, number after number as the kernel reads them, zeros at the end.
static void pack(struct view v, size_t n, size_t depth, size_t width, double *out)
{
    for (size_t first = 0; first < n; first += width) {
        size_t have = n - first < width ? n - first : width;
        const double *from = v.at + first * v.down;
        for (size_t k = 0; k < depth; k++) {
            for (size_t i = 0; i < width; i++) {
                out[k * width + i] = i < have ? from[i * v.down + k * v.across] : 0;
            }
        }
        out += width * depth;
    }
}

// A ROWS by COLS block of the product of two panels.
#define KERNEL_BODY                                                                                \
    quad s[ROWS][2] = { 0 };                                                                       \
    for (size_t k = 0; k < depth; k++) {                                                           \
        quad left = *(const quad *)(b + k * COLS);                                                 \
        quad right = *(const quad *)(b + k * COLS + 4);                                            \
        for (int i = 0; i < ROWS; i++) {                                                           \
            s[i][0] += a[k * ROWS + (size_t)i] * left;                                             \
            s[i][1] += a[k * ROWS + (size_t)i] * right;                                            \
        }                                                                                          \
    }                                                                                              \
    for (int i = 0; i < ROWS; i++) {                                                               \
        *(quad *)(out + i * COLS) = s[i][0];                                                       \
        *(quad *)(out + i * COLS + 4) = s[i][1];                                                   \
    }

static void kernel(const double *a, const double *b, size_t depth, double out[ROWS * COLS])
{
    KERNEL_BODY
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void kernel_wide(
    const double *a, const double *b, size_t depth, double out[ROWS * COLS])
{
    KERNEL_BODY
}
#else
#define kernel_wide kernel
#endif

// C += SCALE A B', with A of M and B of N rows, DEPTH columns each.
static void multiply(struct ev_dense *d, double scale, struct view a, size_t m, struct view b,
    size_t n, size_t depth, double *c, size_t ld)
{
    double block[ROWS * COLS];
    for (size_t from = 0; from < depth; from += DEPTH) {
        size_t deep = depth - from < DEPTH ? depth - from : DEPTH;
        pack((struct view){ a.at + from * a.across, a.down, a.across }, m, deep, ROWS, d->rows);
        pack((struct view){ b.at + from * b.across, b.down, b.across }, n, deep, COLS, d->cols);
        for (size_t j = 0; j < n; j += COLS) {
            for (size_t i = 0; i < m; i += ROWS) {
                const double *left = d->rows + i * deep;
                const double *right = d->cols + j * deep;
                if (d->wide) {
                    kernel_wide(left, right, deep, block);
                } else {
                    kernel(left, right, deep, block);
                }
                for (size_t k = 0; k < ROWS && i + k < m; k++) {
                    for (size_t l = 0; l < COLS && j + l < n; l++) {
                        c[(i + k) * ld + j + l] += scale * block[k * COLS + l];
                    }
                }
            }
        }
    }
}

// The lower triangle of C += SCALE A A'.
static void square(
    struct ev_dense *d, double scale, struct view a, size_t n, size_t depth, double *c, size_t ld)
{
    if (n <= SMALL) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t k = 0; k < depth; k++) {
                    sum += a.at[i * a.down + k * a.across] * a.at[j * a.down + k * a.across];
                }
                c[i * ld + j] += scale * sum;
            }
        }
        return;
    }
    size_t h = n / 2;
    struct view below = { a.at + h * a.down, a.down, a.across };
    square(d, scale, a, h, depth, c, ld);
    multiply(d, scale, below, n - h, a, h, depth, c + h * ld, ld);
    square(d, scale, below, n - h, depth, c + h * ld + h, ld);
}

// B = B L'^-1, B of M rows.
static void divide_right(
    struct ev_dense *d, const double *l, size_t n, double *b, size_t m, size_t ld)
{
    if (n <= SMALL) {
        for (size_t i = 0; i < m; i++) {
            ev_dense_forward(l, n, ld, b + i * ld);
        }
        return;
    }
    size_t h = n / 2;
    divide_right(d, l, h, b, m, ld);
    multiply(
        d, -1, plain(b, ld), m, plain((double *)(uintptr_t)l + h * ld, ld), n - h, h, b + h, ld);
    divide_right(d, l + h * ld + h, n - h, b + h, m, ld);
}

bool ev_dense_factor(struct ev_dense *d, double *a, size_t n, size_t ld)
{
    if (n <= SMALL) {
        for (size_t j = 0; j < n; j++) {
            ev_dense_forward(a, j, ld, a + j * ld);
            double pivot = a[j * ld + j];
            for (size_t k = 0; k < j; k++) {
                pivot -= a[j * ld + k] * a[j * ld + k];
            }
            if (!(pivot > 0)) {
                return false;
            }
            a[j * ld + j] = sqrt(pivot);
        }
        return true;
    }
    size_t h = n / 2;
    if (!ev_dense_factor(d, a, h, ld)) {
        return false;
    }
    divide_right(d, a, h, a + h * ld, n - h, ld);
    square(d, -1, plain(a + h * ld, ld), n - h, h, a + h * ld + h, ld);
    return ev_dense_factor(d, a + h * ld + h, n - h, ld);
}

// B = L B, B of M columns.
static void times_left(
    struct ev_dense *d, const double *l, size_t n, double *b, size_t m, size_t ld)
{
    if (n <= SMALL) {
        for (size_t i = n; i-- > 0;) {
            double own = l[i * ld + i];
            for (size_t k = 0; k < m; k++) {
                b[i * ld + k] *= own;
            }
            for (size_t j = 0; j < i; j++) {
                double w = l[i * ld + j];
                for (size_t k = 0; k < m; k++) {
                    b[i * ld + k] += w * b[j * ld + k];
                }
            }
        }
        return;
    }
    size_t h = n / 2;
    double *low = (double *)(uintptr_t)l + h * ld;
    times_left(d, low + h, n - h, b + h * ld, m, ld);
    multiply(d, 1, plain(low, ld), n - h, flipped(b, ld), m, h, b + h * ld, ld);
    times_left(d, l, h, b, m, ld);
}

// B = B L, B of M rows.
static void times_right(
    struct ev_dense *d, const double *l, size_t n, double *b, size_t m, size_t ld)
{
    if (n <= SMALL) {
        for (size_t i = 0; i < m; i++) {
            double *row = b + i * ld;
            for (size_t j = 0; j < n; j++) {
                double sum = 0;
                for (size_t k = j; k < n; k++) {
                    sum += row[k] * l[k * ld + j];
                }
                row[j] = sum;
            }
        }
        return;
    }
    size_t h = n / 2;
    double *low = (double *)(uintptr_t)l + h * ld;
    times_right(d, l, h, b, m, ld);
    multiply(d, 1, plain(b + h, ld), m, flipped(low, ld), h, n - h, b, ld);
    times_right(d, low + h, n - h, b + h, m, ld);
}

// B = L' B, B of M columns.
static void times_left_flipped(
    struct ev_dense *d, const double *l, size_t n, double *b, size_t m, size_t ld)
{
    if (n <= SMALL) {
        for (size_t i = 0; i < n; i++) {
            double own = l[i * ld + i];
            for (size_t k = 0; k < m; k++) {
                b[i * ld + k] *= own;
            }
            for (size_t j = i + 1; j < n; j++) {
                double w = l[j * ld + i];
                for (size_t k = 0; k < m; k++) {
                    b[i * ld + k] += w * b[j * ld + k];
                }
            }
        }
        return;
    }
    size_t h = n / 2;
    double *low = (double *)(uintptr_t)l + h * ld;
    times_left_flipped(d, l, h, b, m, ld);
    multiply(d, 1, flipped(low, ld), h, flipped(b + h * ld, ld), m, n - h, b, ld);
    times_left_flipped(d, low + h, n - h, b + h * ld, m, ld);
}

static void negate(double *b, size_t rows, size_t columns, size_t ld)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            b[i * ld + j] = -b[i * ld + j];
        }
    }
}

// L = L^-1.
static void invert_triangle(struct ev_dense *d, double *l, size_t n, size_t ld)
{
    if (n <= SMALL) {
        for (size_t j = 0; j < n; j++) {
            l[j * ld + j] = 1 / l[j * ld + j];
            for (size_t i = j + 1; i < n; i++) {
                double sum = 0;
                for (size_t k = j; k < i; k++) {
                    sum += l[i * ld + k] * l[k * ld + j];
                }
                l[i * ld + j] = -sum / l[i * ld + i];
            }
        }
        return;
    }
    size_t h = n / 2;
    double *low = l + h * ld;
    invert_triangle(d, l, h, ld);
    invert_triangle(d, low + h, n - h, ld);
    times_left(d, low + h, n - h, low, h, ld);
    times_right(d, l, h, low, n - h, ld);
    negate(low, n - h, h, ld);
}

// L = lower triangle of L' L.
static void square_triangle(struct ev_dense *d, double *l, size_t n, size_t ld)
{
    if (n <= SMALL) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t k = i; k < n; k++) {
                    sum += l[k * ld + i] * l[k * ld + j];
                }
                l[i * ld + j] = sum;
            }
        }
        return;
    }
    size_t h = n / 2;
    double *low = l + h * ld;
    square_triangle(d, l, h, ld);
    square(d, 1, flipped(low, ld), h, n - h, l, ld);
    times_left_flipped(d, low + h, n - h, low, h, ld);
    square_triangle(d, low + h, n - h, ld);
}

void ev_dense_invert(struct ev_dense *d, double *l, size_t n, size_t ld)
{
    invert_triangle(d, l, n, ld);
    square_triangle(d, l, n, ld);
}

void ev_dense_forward(const double *l, size_t n, size_t ld, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double sum = x[i];
        for (size_t k = 0; k < i; k++) {
            sum -= l[i * ld + k] * x[k];
        }
        x[i] = sum / l[i * ld + i];
    }
}

void ev_dense_backward(const double *l, size_t n, size_t ld, double *x)
{
    for (size_t i = n; i-- > 0;) {
        x[i] /= l[i * ld + i];
        for (size_t k = 0; k < i; k++) {
            x[k] -= l[i * ld + k] * x[i];
        }
    }
}

void ev_dense_times(const double *a, size_t n, size_t ld, const double *x, double *ret_y)
{
    for (size_t i = 0; i < n; i++) {
        double sum = a[i * ld + i] * x[i];
        for (size_t k = 0; k < i; k++) {
            sum += a[i * ld + k] * x[k];
            ret_y[k] += a[i * ld + k] * x[i];
        }
        ret_y[i] = sum;
    }
}
