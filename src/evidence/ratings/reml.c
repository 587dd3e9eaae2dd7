// SPDX-License-Identifier: Apache-2.0
// Variance ratios by REML or maximum likelihood, from zero up. With V = I + ratio[0] XX' +
// ratio[1] ZZ', X the large factor's indicators and Z the small one's, X is eliminated by hand
// (its part of V is block diagonal) and what is left is a dense matrix of the small factor's size:
// I + ratio[1] Z' P Z, P = (I + ratio[0] XX')^-1. Newton steps use the average information
// (Gilmour, Thompson & Cullis 1995, Biometrics 51:1440) of the likelihood with the residual
// variance profiled out; a ratio at zero whose slope points below stays there.
#include "ratings.h"

enum { STEPS_MAX = 100, HALVINGS_MAX = 40 };

#define RATIO_NIL  1e-9 // below this a ratio is zero
#define RATIO_MOST 1e9
#define ENOUGH     1e-11 // expected fall of the deviance at which to stop

struct slopes {
    double gradient[2];
    double information[2][2];
};

void ev_fit_give_back(struct ph_context *c, struct ev_fit *fit)
{
    ev_give_back(c, fit->matrix);
    ev_give_back(c, fit->cross_one);
    ev_give_back(c, fit->weight);
    ev_dense_free(c, fit->dense);
    *fit = (struct ev_fit){ 0 };
}

static enum ph_status take(struct ph_context *c, const struct ev_ratings *a, struct ev_fit *fit)
{
    size_t q = a->small->n;
    fit->matrix = ev_take(c, q * q, sizeof(double));
    fit->cross_one = ev_take(c, 7 * q, sizeof(double));
    fit->weight = ev_take(c, 2 * a->large->n, sizeof(double));
    fit->dense = ev_dense_new(c, q);
    if (!fit->matrix || !fit->cross_one || !fit->weight || !fit->dense) {
        return PH_NO_MEMORY;
    }
    fit->cross_y = fit->cross_one + q;
    fit->slope = fit->cross_one + 2 * q;
    fit->one = fit->cross_one + 3 * q;
    fit->spare = fit->cross_one + 4 * q; // three of them
    fit->residue = fit->weight + a->large->n;
    return PH_OK;
}

// I + ratio Z'PZ into the lower triangle, and the crosses with 1 and y.
static void assemble(const struct ev_ratings *a, struct ev_fit *fit)
{
    size_t q = a->small->n;
    double ratio = fit->ratio[1];
    memset(fit->matrix, 0, q * q * sizeof(double));
    for (size_t j = 0; j < q; j++) {
        fit->matrix[j * q + j] = 1 + ratio * a->small->count[j];
        fit->cross_one[j] = a->small->count[j];
        fit->cross_y[j] = a->small->sum[j];
    }
    for (size_t i = 0; i < a->large->n; i++) {
        double w = fit->ratio[0] / (1 + fit->ratio[0] * a->large->count[i]);
        fit->weight[i] = w;
        if (w == 0) {
            continue;
        }
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            double *row = fit->matrix + (size_t)a->other[k] * q;
            double part = ratio * w * a->count[k];
            fit->cross_one[a->other[k]] -= w * a->count[k] * a->large->count[i];
            fit->cross_y[a->other[k]] -= w * a->count[k] * a->large->sum[i];
            for (size_t l = a->first[i]; l <= k; l++) {
                row[a->other[l]] -= part * a->count[l];
            }
        }
    }
}

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i] * y[i];
    }
    return sum;
}

// The deviance at the fit's ratios; the matrix becomes its factor. False when that fails.
static bool evaluate(const struct ev_ratings *a, bool ml, struct ev_fit *fit)
{
    size_t q = a->small->n;
    assemble(a, fit);
    if (!ev_dense_factor(fit->dense, fit->matrix, q, q)) {
        return false;
    }
    double n = (double)a->n;
    double log_det = 0;
    double one_one = n;
    double one_y = a->total;
    double y_y = a->squares;
    for (size_t i = 0; i < a->large->n; i++) {
        double w = fit->weight[i];
        log_det += log1p(fit->ratio[0] * a->large->count[i]);
        one_one -= w * a->large->count[i] * a->large->count[i];
        one_y -= w * a->large->count[i] * a->large->sum[i];
        y_y -= w * a->large->sum[i] * a->large->sum[i];
    }
    for (size_t j = 0; j < q; j++) {
        log_det += 2 * log(fit->matrix[j * q + j]);
        fit->one[j] = fit->cross_one[j];
        fit->slope[j] = fit->cross_y[j];
    }
    ev_dense_forward(fit->matrix, q, q, fit->one);
    ev_dense_forward(fit->matrix, q, q, fit->slope);
    one_one -= fit->ratio[1] * dot(fit->one, fit->one, q);
    one_y -= fit->ratio[1] * dot(fit->one, fit->slope, q);
    y_y -= fit->ratio[1] * dot(fit->slope, fit->slope, q);
    double rest = y_y - one_y * (one_y / one_one);
    double df = ml ? n : n - 1;
    fit->mean = one_y / one_one;
    fit->precision = one_one;
    fit->residual = rest / df;
    fit->deviance = log_det + (ml ? 0 : log(one_one)) + df * (1 + log(2 * M_PI * fit->residual));
    return one_one > 0 && rest > 1e-13 * n && isfinite(fit->deviance);
}

// Z'P times a vector V of the small factor's levels through Z, into OUT; large levels' C v into
// LARGE when it is wanted.
static void through(const struct ev_ratings *a, const struct ev_fit *fit, const double *v,
    double *out, double *large)
{
    for (size_t j = 0; j < a->small->n; j++) {
        out[j] = a->small->count[j] * v[j];
    }
    for (size_t i = 0; i < a->large->n; i++) {
        double sum = 0;
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            sum += a->count[k] * v[a->other[k]];
        }
        large[i] = sum;
        sum *= fit->weight[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            out[a->other[k]] -= a->count[k] * sum;
        }
    }
}

// c' M c over one large level's cells, M symmetric with its lower triangle kept.
static double quadratic(const struct ev_ratings *a, size_t i, const double *m)
{
    size_t q = a->small->n;
    double sum = 0;
    for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
        const double *row = m + (size_t)a->other[k] * q;
        double part = 0.5 * a->count[k] * row[a->other[k]];
        for (size_t l = a->first[i]; l < k; l++) {
            part += a->count[l] * row[a->other[l]];
        }
        sum += 2 * a->count[k] * part;
    }
    return sum;
}

// After evaluate(): the matrix becomes the inverse; slope, one and residue what their names say.
static void solve(const struct ev_ratings *a, struct ev_fit *fit)
{
    size_t q = a->small->n;
    ev_dense_backward(fit->matrix, q, q, fit->one);
    ev_dense_backward(fit->matrix, q, q, fit->slope);
    ev_dense_invert(fit->dense, fit->matrix, q, q);
    for (size_t j = 0; j < q; j++) {
        fit->slope[j] -= fit->mean * fit->one[j];
    }
    for (size_t i = 0; i < a->large->n; i++) {
        double shift = 0;
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            shift += a->count[k] * fit->slope[a->other[k]];
        }
        fit->residue[i] =
            (a->large->sum[i] - fit->mean * a->large->count[i] - fit->ratio[1] * shift) /
            (1 + fit->ratio[0] * a->large->count[i]);
    }
}

// Traces of V^-1 XX' and V^-1 ZZ', less what the mean takes under REML.
static void traces(const struct ev_ratings *a, bool ml, const struct ev_fit *fit, double ret[2])
{
    size_t q = a->small->n;
    ret[0] = ret[1] = 0;
    double mean_large = 0;
    for (size_t i = 0; i < a->large->n; i++) {
        double shrink = 1 / (1 + fit->ratio[0] * a->large->count[i]);
        double inner = 0;
        double shift = 0;
        if (fit->ratio[1] > 0) {
            inner = fit->ratio[1] * quadratic(a, i, fit->matrix);
        }
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            shift += a->count[k] * fit->one[a->other[k]];
            if (fit->ratio[1] == 0) { // the trace of Z'PZ itself
                ret[1] -= fit->weight[i] * a->count[k] * a->count[k];
            }
        }
        ret[0] += shrink * (a->large->count[i] - shrink * inner);
        double one = shrink * (a->large->count[i] - fit->ratio[1] * shift);
        mean_large += one * one;
    }
    for (size_t j = 0; j < q; j++) {
        ret[1] +=
            fit->ratio[1] > 0 ? (1 - fit->matrix[j * q + j]) / fit->ratio[1] : a->small->count[j];
    }
    if (!ml) {
        ret[0] -= mean_large / fit->precision;
        ret[1] -= dot(fit->one, fit->one, q) / fit->precision;
    }
}

// f'Pf-like products of f[0] = X residue and f[1] = Z slope, with the whole V and the mean.
static void products(
    const struct ev_ratings *a, struct ev_fit *fit, double *large, double ret[2][2])
{
    size_t q = a->small->n;
    double *cross[2] = { fit->spare, fit->spare + q };
    double *half = fit->spare + 2 * q;
    double means[2] = { 0, dot(fit->one, fit->slope, q) };
    memset(ret, 0, 4 * sizeof(double));
    through(a, fit, fit->slope, cross[1], large);
    ret[1][1] = dot(fit->slope, cross[1], q);
    memset(cross[0], 0, q * sizeof(double));
    for (size_t i = 0; i < a->large->n; i++) {
        double shrink = 1 / (1 + fit->ratio[0] * a->large->count[i]);
        double part = shrink * fit->residue[i];
        double shift = 0;
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            cross[0][a->other[k]] += a->count[k] * part;
            shift += a->count[k] * fit->one[a->other[k]];
        }
        ret[0][0] += a->large->count[i] * fit->residue[i] * part;
        ret[0][1] += part * large[i];
        means[0] += part * (a->large->count[i] - fit->ratio[1] * shift);
    }
    for (int x = 0; x < 2; x++) {
        ev_dense_times(fit->matrix, q, q, cross[x], half);
        for (int y = x; y < 2; y++) {
            ret[x][y] -= fit->ratio[1] * dot(half, cross[y], q);
            ret[x][y] -= means[x] * means[y] / fit->precision;
        }
    }
    ret[1][0] = ret[0][1];
}

static enum ph_status slopes_at(struct ph_context *c, const struct ev_ratings *a, bool ml,
    struct ev_fit *fit, struct slopes *ret_slopes)
{
    double *large = ev_take(c, a->large->n, sizeof(double));
    if (!large) {
        return PH_NO_MEMORY;
    }
    solve(a, fit);
    double trace[2];
    double product[2][2];
    double square[2] = { dot(fit->residue, fit->residue, a->large->n),
        dot(fit->slope, fit->slope, a->small->n) };
    double df = ml ? (double)a->n : (double)a->n - 1;
    traces(a, ml, fit, trace);
    products(a, fit, large, product);
    ev_give_back(c, large);
    for (int x = 0; x < 2; x++) {
        ret_slopes->gradient[x] = trace[x] - square[x] / fit->residual;
        for (int y = 0; y < 2; y++) {
            ret_slopes->information[x][y] =
                product[x][y] / fit->residual -
                square[x] * square[y] / (fit->residual * fit->residual * df);
        }
    }
    return PH_OK;
}

// The Newton step within the ratios that may move, and the fall of the deviance it promises.
static double step_of(const struct slopes *s, const double ratio[2], double ret_step[2])
{
    bool moves[2];
    for (int x = 0; x < 2; x++) {
        moves[x] = ratio[x] > 0 || s->gradient[x] < 0;
        ret_step[x] = 0;
    }
    double a = s->information[0][0];
    double b = s->information[0][1];
    double d = s->information[1][1];
    double det = a * d - b * b;
    if (moves[0] && moves[1] && a > 0 && d > 0 && det > 1e-12 * a * d) {
        ret_step[0] = -(d * s->gradient[0] - b * s->gradient[1]) / det;
        ret_step[1] = -(a * s->gradient[1] - b * s->gradient[0]) / det;
    } else {
        for (int x = 0; x < 2; x++) {
            double info = s->information[x][x];
            double fallback = -0.5 * ratio[x] * (s->gradient[x] > 0 ? 1 : -1);
            ret_step[x] = !moves[x] ? 0 : info > 0 ? -s->gradient[x] / info : fallback;
        }
    }
    double promise = 0;
    for (int x = 0; x < 2; x++) {
        // No further than tenfold at once, nor below zero.
        ret_step[x] = fmin(ret_step[x], 9 * ratio[x] + 1);
        ret_step[x] = fmax(ret_step[x], -ratio[x]);
        promise -= s->gradient[x] * ret_step[x];
    }
    return promise;
}

// Walks along STEP from the ratios in FROM, halving, until the deviance does not rise.
static bool walk(const struct ev_ratings *a, bool ml, const double from[2], const double step[2],
    double deviance, struct ev_fit *fit)
{
    double share = 1;
    for (int i = 0; i < HALVINGS_MAX; i++) {
        for (int x = 0; x < 2; x++) {
            double ratio = from[x] + share * step[x];
            fit->ratio[x] = ratio < RATIO_NIL ? 0 : ratio;
        }
        if (evaluate(a, ml, fit) && fit->deviance <= deviance + 1e-12 * fabs(deviance)) {
            return true;
        }
        share *= 0.5;
    }
    return false;
}

enum ph_status ev_fit_find(
    struct ph_context *c, const struct ev_ratings *a, bool ml, struct ev_fit *ret_fit)
{
    struct ev_fit *fit = ret_fit;
    *fit = (struct ev_fit){ .ratio = { 0.5, 0.5 } };
    enum ph_status status = take(c, a, fit);
    if (status != PH_OK) {
        return status;
    }
    bool good = evaluate(a, ml, fit);
    while (good) {
        struct slopes s;
        double step[2];
        status = slopes_at(c, a, ml, fit, &s);
        double promise = status == PH_OK ? step_of(&s, fit->ratio, step) : 0;
        if (promise < ENOUGH) {
            return status;
        }
        if (ev_cancelled(c)) {
            return ev_complain(c, PH_CANCELLED, "The calculation was stopped.");
        }
        if (++fit->iterations > STEPS_MAX) {
            return ev_complain(c, PH_NO_SOLUTION, "The variances did not settle.");
        }
        double from[2] = { fit->ratio[0], fit->ratio[1] };
        good = fmax(from[0], from[1]) < RATIO_MOST && walk(a, ml, from, step, fit->deviance, fit);
    }
    return ev_complain(c, PH_DATA,
        "The ratings leave no error to measure: items and raters explain them wholly, so the "
        "variances have no estimate.");
}

enum ph_status ev_fit_factor(
    struct ph_context *c, const struct ev_ratings *a, bool ml, struct ev_fit *fit)
{
    return evaluate(a, ml, fit) ? PH_OK : ev_complain(c, PH_DATA, "The fit cannot be repeated.");
}
