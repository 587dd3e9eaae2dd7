// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "matrix.h"

size_t ev_cholesky(const double *a, size_t p, const double *floor, double *r, bool *skipped)
{
    size_t rank = 0;
    memset(r, 0, p * p * sizeof(*r));
    for (size_t j = 0; j < p; j++) {
        double left = a[j * p + j];
        for (size_t k = 0; k < j; k++) {
            double s = a[k * p + j];
            if (skipped[k]) {
                continue;
            }
            for (size_t i = 0; i < k; i++) {
                s -= r[i * p + k] * r[i * p + j];
            }
            s /= r[k * p + k];
            r[k * p + j] = s;
            left -= s * s;
        }
        skipped[j] = !(left > floor[j]);
        if (skipped[j]) {
            for (size_t k = 0; k < j; k++) {
                r[k * p + j] = 0;
            }
            continue;
        }
        r[j * p + j] = sqrt(left);
        rank++;
    }
    return rank;
}

bool ev_cholesky_row(double *a, size_t n, size_t i, double least)
{
    double *row = a + i * n;
    double diagonal = row[i];
    double left = diagonal;
    for (size_t j = 0; j < i; j++) {
        double x = row[j];
        for (size_t k = 0; k < j; k++) {
            x -= row[k] * a[j * n + k];
        }
        row[j] = x / a[j * n + j];
        left -= row[j] * row[j];
    }
    if (!(left > least * diagonal)) {
        return false;
    }
    row[i] = sqrt(left);
    return true;
}

void ev_lower_solve(const double *l, size_t n, size_t count, double *b)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            b[i] -= l[i * n + j] * b[j];
        }
        b[i] /= l[i * n + i];
    }
}

void ev_lower_solve_transposed(const double *l, size_t n, size_t count, double *b)
{
    for (size_t i = count; i-- > 0;) {
        for (size_t j = i + 1; j < count; j++) {
            b[i] -= l[j * n + i] * b[j];
        }
        b[i] /= l[i * n + i];
    }
}

void ev_upper_inverse(const double *r, size_t p, double *l)
{
    memset(l, 0, p * p * sizeof(*l));
    for (size_t j = 0; j < p; j++) {
        l[j * p + j] = 1 / r[j * p + j];
        for (size_t i = j; i-- > 0;) {
            double s = 0;
            for (size_t k = i + 1; k <= j; k++) {
                s += r[i * p + k] * l[k * p + j];
            }
            l[i * p + j] = -s / r[i * p + i];
        }
    }
}

void ev_times_transposed(
    const double *a, size_t n, const double *b, size_t m, size_t k, double *ret_c)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            double s = 0;
            for (size_t h = 0; h < k; h++) {
                s += a[i * k + h] * b[j * k + h];
            }
            ret_c[i * m + j] = s;
        }
    }
}

void ev_times_vector(const double *a, size_t n, size_t k, const double *x, double *ret_y)
{
    for (size_t i = 0; i < n; i++) {
        double s = 0;
        for (size_t h = 0; h < k; h++) {
            s += a[i * k + h] * x[h];
        }
        ret_y[i] = s;
    }
}

void ev_transposed_times_vector(const double *a, size_t n, size_t k, const double *x, double *ret_y)
{
    memset(ret_y, 0, k * sizeof(*ret_y));
    for (size_t i = 0; i < n; i++) {
        for (size_t h = 0; h < k; h++) {
            ret_y[h] += a[i * k + h] * x[i];
        }
    }
}

// Turns rows and columns I and J so that A[i][j] is 0 (Golub & Van Loan, section 8.5.2).
static void rotate(double *a, double *v, size_t p, size_t i, size_t j)
{
    double theta = (a[j * p + j] - a[i * p + i]) / (2 * a[i * p + j]);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + hypot(1, theta));
    double c = 1 / hypot(1, t);
    double s = t * c;
    for (size_t k = 0; k < p; k++) {
        double x = a[k * p + i];
        double y = a[k * p + j];
        a[k * p + i] = c * x - s * y;
        a[k * p + j] = s * x + c * y;
    }
    for (size_t k = 0; k < p; k++) {
        double x = a[i * p + k];
        double y = a[j * p + k];
        a[i * p + k] = c * x - s * y;
        a[j * p + k] = s * x + c * y;
        x = v[k * p + i];
        y = v[k * p + j];
        v[k * p + i] = c * x - s * y;
        v[k * p + j] = s * x + c * y;
    }
}

void ev_eigen(double *a, size_t p, double *ret_values, double *ret_vectors)
{
    enum { SWEEPS_MAX = 60 };
    memset(ret_vectors, 0, p * p * sizeof(*ret_vectors));
    double size = 0;
    for (size_t i = 0; i < p; i++) {
        ret_vectors[i * p + i] = 1;
        for (size_t j = 0; j < p; j++) {
            size += a[i * p + j] * a[i * p + j];
        }
    }
    double still = sqrt(size) * 1e-17;
    bool moved = size > 0;
    for (int sweep = 0; moved && sweep < SWEEPS_MAX; sweep++) {
        moved = false;
        for (size_t i = 0; i + 1 < p; i++) {
            for (size_t j = i + 1; j < p; j++) {
                if (fabs(a[i * p + j]) > still) {
                    rotate(a, ret_vectors, p, i, j);
                    moved = true;
                }
            }
        }
    }
    for (size_t i = 0; i < p; i++) {
        ret_values[i] = a[i * p + i];
    }
}
