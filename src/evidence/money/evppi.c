// SPDX-License-Identifier: Apache-2.0
// The value of knowing one parameter: the net benefit that it predicts is what a decision could
// use (Strong, Oakley & Brennan 2014, Med. Decis. Making 34:311). The prediction is a restricted
// cubic spline with five knots, or the mean at each value when there are few.
#include "money.h"

#include <stdlib.h>

enum { KNOTS = 5, BASIS = KNOTS, FEW_VALUES = 10, ROWS_NEEDED = 50 };

struct draw {
    double parameter;
    double benefit;
};

static int by_parameter(const void *a, const void *b)
{
    const struct draw *x = a;
    const struct draw *y = b;
    if (x->parameter != y->parameter) {
        return x->parameter < y->parameter ? -1 : 1;
    }
    return x->benefit < y->benefit ? -1 : x->benefit > y->benefit;
}

static size_t read_draws(
    const struct ph_frame *f, const struct ph_evppi_options *o, struct draw *draws)
{
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        double effect;
        double cost;
        if (!ev_cell_missing(f, o->parameter, i) &&
            ev_cost_differences(f, &o->cost, i, 1, &effect, &cost) == 1) {
            draws[n++] = (struct draw){ ev_cell(f, o->parameter, i), o->value * effect - cost };
        }
    }
    return n;
}

static size_t count_values(const struct draw *draws, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += i == 0 || draws[i].parameter != draws[i - 1].parameter;
    }
    return count;
}

// Each value's mean benefit, at each of its draws.
static void predict_by_value(const struct draw *draws, size_t n, double *fitted)
{
    for (size_t i = 0; i < n;) {
        size_t end = i;
        double sum = 0;
        while (end < n && draws[end].parameter == draws[i].parameter) {
            sum += draws[end++].benefit;
        }
        for (double mean = sum / (double)(end - i); i < end; i++) {
            fitted[i] = mean;
        }
    }
}

static double cube(double x)
{
    return x > 0 ? x * x * x : 0;
}

// Restricted cubic spline (Stone & Koo 1985): linear beyond the outer knots. Knots and argument on
// the scale of the knots' range.
static void basis_at(double x, const double knot[KNOTS], double ret_basis[BASIS])
{
    double last = knot[KNOTS - 1];
    double before = knot[KNOTS - 2];
    ret_basis[0] = 1;
    ret_basis[1] = x;
    for (int k = 0; k < KNOTS - 2; k++) {
        double t = knot[k];
        ret_basis[k + 2] = cube(x - t) - cube(x - before) * (last - t) / (last - before) +
                           cube(x - last) * (before - t) / (last - before);
    }
}

// Least squares by modified Gram-Schmidt on the columns, twice for orthogonality; a column that
// adds nothing is left out. FITTED is the projection of the centred benefit plus its mean.
static void project(double *columns, size_t n, const struct draw *draws, double *fitted)
{
    for (size_t i = 0; i < n; i++) {
        fitted[i] = 0;
    }
    for (int k = 0; k < BASIS; k++) {
        double *q = columns + (size_t)k * n;
        double before = 0;
        for (size_t i = 0; i < n; i++) {
            before += q[i] * q[i];
        }
        for (int again = 0; again < 2; again++) {
            for (int j = 0; j < k; j++) {
                const double *p = columns + (size_t)j * n;
                double dot = 0;
                for (size_t i = 0; i < n; i++) {
                    dot += p[i] * q[i];
                }
                for (size_t i = 0; i < n; i++) {
                    q[i] -= dot * p[i];
                }
            }
        }
        double norm = 0;
        double dot = 0;
        for (size_t i = 0; i < n; i++) {
            norm += q[i] * q[i];
        }
        double scale = norm > 1e-20 * before ? 1 / sqrt(norm) : 0;
        for (size_t i = 0; i < n; i++) {
            q[i] *= scale;
            dot += q[i] * draws[i].benefit;
        }
        for (size_t i = 0; i < n; i++) {
            fitted[i] += dot * q[i];
        }
    }
}

// Knots at the 5, 27.5, 50, 72.5 and 95% points (Harrell 2001, Regression Modeling
// Strategies, 2.4).
static enum ph_status predict_by_spline(
    struct ph_context *c, const struct draw *draws, size_t n, double *fitted)
{
    static const double at[KNOTS] = { 0.05, 0.275, 0.5, 0.725, 0.95 };
    double *columns = ev_take(c, BASIS * n, sizeof(double));
    if (!columns) {
        return PH_NO_MEMORY;
    }
    double lo = draws[0].parameter;
    double range = draws[n - 1].parameter - lo;
    double knot[KNOTS];
    for (int k = 0; k < KNOTS; k++) {
        knot[k] = (draws[(size_t)(at[k] * (double)(n - 1))].parameter - lo) / range;
    }
    for (int k = 0; k < KNOTS; k++) { // many equal draws: even knots instead
        if (k > 0 && !(knot[k] > knot[k - 1])) {
            for (int j = 0; j < KNOTS; j++) {
                knot[j] = at[j];
            }
            break;
        }
    }
    for (size_t i = 0; i < n; i++) {
        double basis[BASIS];
        basis_at((draws[i].parameter - lo) / range, knot, basis);
        for (int k = 0; k < BASIS; k++) {
            columns[(size_t)k * n + i] = basis[k];
        }
    }
    project(columns, n, draws, fitted);
    ev_give_back(c, columns);
    return PH_OK;
}

static void sum_up(
    const struct draw *draws, const double *fitted, size_t n, struct ph_evppi_result *out)
{
    double mean = 0;
    double knowing = 0;
    double knowing_all = 0;
    for (size_t i = 0; i < n; i++) {
        mean += draws[i].benefit;
        knowing += fmax(fitted[i], 0);
        knowing_all += fmax(draws[i].benefit, 0);
    }
    mean /= (double)n;
    double predicted = 0;
    double all = 0;
    for (size_t i = 0; i < n; i++) {
        predicted += (fitted[i] - mean) * (fitted[i] - mean);
        all += (draws[i].benefit - mean) * (draws[i].benefit - mean);
    }
    double without = fmax(mean, 0);
    out->n = n;
    out->evppi = fmax(knowing / (double)n - without, 0);
    out->evpi = fmax(knowing_all / (double)n - without, 0);
    out->explained = all > 0 ? predicted / all : NAN;
}

enum ph_status ph_evppi(struct ph_context *c, const struct ph_frame *f,
    const struct ph_evppi_options *o, struct ph_evppi_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_cost_check_columns(c, f, &o->cost)) != PH_OK ||
        (status = ev_column_check(c, f, o->parameter, PH_REAL, "parameter")) != PH_OK) {
        return status;
    }
    if (!isfinite(o->value)) {
        return ev_complain(c, PH_INVALID, "The value of a unit of effect must be a number.");
    }
    struct draw *draws = ev_take(c, f->rows, sizeof(*draws));
    double *fitted = draws ? ev_take(c, f->rows, sizeof(double)) : NULL;
    struct ph_evppi_result out = { .convention = "evppi.spline-5" };
    if (!fitted) {
        ev_give_back(c, draws);
        return PH_NO_MEMORY;
    }
    size_t n = read_draws(f, o, draws);
    out.n_dropped = f->rows - n;
    out.warnings = out.n_dropped > 0 ? PH_WARN_DROPPED : 0;
    if (n < ROWS_NEEDED) {
        status = ev_complain(
            c, PH_DATA, "There are %zu complete draws; at least %d are needed.", n, ROWS_NEEDED);
    } else {
        qsort(draws, n, sizeof(*draws), by_parameter);
        if (count_values(draws, n) <= FEW_VALUES) {
            out.convention = "evppi.by-value";
            predict_by_value(draws, n, fitted);
        } else {
            status = predict_by_spline(c, draws, n, fitted);
        }
    }
    if (status == PH_OK) {
        sum_up(draws, fitted, n, &out);
        if (!isfinite(out.evpi) || !isfinite(out.evppi)) {
            status = ev_complain(
                c, PH_DATA, "The values are too large to compute with; use a larger unit.");
        }
    }
    ev_give_back(c, draws);
    ev_give_back(c, fitted);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
