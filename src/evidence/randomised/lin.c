// SPDX-License-Identifier: Apache-2.0
// With every covariate times treatment in it, Lin's regression (2013, AOAS 7:295) is one regression
// for each group. Its coefficient of treatment is the difference of what the two predict at the
// mean of all rows: sums of w_i y_i with w_i = 1/n + (mean - mean_g)' S_g^-1 (x_i - mean_g), S_g
// the group's sums of squares. Three passes over the frame's own columns, a block of rows at a
// time: means by group, sums of squares, residuals with their leverages.
#include "internal.h"

#include "lin.h"
#include "matrix.h"

enum { COVARIATES_MAX = 8, COLUMNS = COVARIATES_MAX + 1, PAIRS = COLUMNS * (COLUMNS + 1) / 2 };
// A covariate with less than this share of its own squares beside the others: not here.
#define WELL_APART 1e-6

struct group {
    double n;
    double mean[COLUMNS]; // covariates, then the outcome
    double gram[COLUMNS * COLUMNS];
    double root[COVARIATES_MAX * COVARIATES_MAX]; // L with L L' = S^-1
    double slope[COVARIATES_MAX];
    double pull[COVARIATES_MAX]; // S^-1 (mean of all - mean)
};

struct lin {
    const struct ev_design *d;
    const double *column[COLUMNS]; // of the frame
    const double *treat;
    size_t k; // covariates
    enum ph_vcov vcov;
    struct group group[2];
    double variance;
    double squares; // of residuals
    bool full_leverage;
};

// Some rows: their columns less the group's mean, apart by group (0 in the other's rows).
struct block {
    size_t n;
    double own[2][EV_BLOCK]; // 1 in the group's rows
    double part[COLUMNS][2][EV_BLOCK];
};

static void load(const struct lin *w, const double *column, size_t from, size_t n, double *to)
{
    const int32_t *row = w->d->row;
    if (!row) {
        memcpy(to, column + from, n * sizeof(*to));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = column[row[from + i]];
    }
}

static void split(const struct lin *w, size_t from, struct block *b)
{
    b->n = ev_block(from, w->d->n);
    load(w, w->treat, from, b->n, b->own[1]);
    for (size_t i = 0; i < b->n; i++) {
        b->own[0][i] = 1 - b->own[1][i];
    }
    for (size_t j = 0; j <= w->k; j++) {
        double m0 = w->group[0].mean[j];
        double m1 = w->group[1].mean[j];
        double *v0 = b->part[j][0];
        double *v1 = b->part[j][1];
        load(w, w->column[j], from, b->n, v0);
        for (size_t i = 0; i < b->n; i++) {
            v1[i] = (v0[i] - m1) * b->own[1][i];
            v0[i] = (v0[i] - m0) * b->own[0][i];
        }
    }
}

// ---- Means ----

// Adds to the means what the values less the present means have left.
static void add_means(struct lin *w)
{
    struct ev_tree sum[COLUMNS][2] = { 0 };
    struct ev_tree count = { 0 };
    struct block b;
    for (size_t from = 0; from < w->d->n; from += EV_BLOCK) {
        split(w, from, &b);
        for (size_t j = 0; j <= w->k; j++) {
            for (int g = 0; g < 2; g++) {
                ev_tree_add(&sum[j][g], ev_dot_block(b.part[j][g], b.own[g], b.n));
            }
        }
        ev_tree_add(&count, ev_dot_block(b.own[1], b.own[1], b.n));
    }
    w->group[1].n = ev_tree_total(&count);
    w->group[0].n = (double)w->d->n - w->group[1].n;
    for (int g = 0; g < 2; g++) {
        for (size_t j = 0; j <= w->k && w->group[g].n > 0; j++) {
            w->group[g].mean[j] += ev_tree_total(&sum[j][g]) / w->group[g].n;
        }
    }
}

static void find_means(struct lin *w)
{
    for (size_t j = 0; j <= w->k; j++) {
        double near = w->column[j][ev_design_row(w->d, 0)];
        w->group[0].mean[j] = w->group[1].mean[j] = near;
    }
    add_means(w);
}

// ---- Sums of squares ----

static void find_squares(struct lin *w)
{
    struct ev_tree sum[2][PAIRS] = { 0 };
    struct ev_tree left[COLUMNS][2] = { 0 }; // what rounding left of the means
    struct block b;
    size_t k = w->k + 1;
    for (size_t from = 0; from < w->d->n; from += EV_BLOCK) {
        split(w, from, &b);
        for (int g = 0; g < 2; g++) {
            struct ev_tree *t = sum[g];
            for (size_t i = 0; i < k; i++) {
                ev_tree_add(&left[i][g], ev_dot_block(b.part[i][g], b.own[g], b.n));
                for (size_t j = i; j < k; j++) {
                    ev_tree_add(t++, ev_dot_block(b.part[i][g], b.part[j][g], b.n));
                }
            }
        }
    }
    for (int g = 0; g < 2; g++) {
        const struct ev_tree *t = sum[g];
        struct group *group = &w->group[g];
        for (size_t i = 0; i < k; i++) {
            double rest = ev_tree_total(&left[i][g]);
            group->mean[i] += rest / group->n;
            for (size_t j = i; j < k; j++) {
                double product = ev_tree_total(t++) - rest * ev_tree_total(&left[j][g]) / group->n;
                group->gram[i * COLUMNS + j] = group->gram[j * COLUMNS + i] = product;
            }
        }
    }
}

// S = D R'R D with D the lengths: L = D^-1 R^-1. False where the covariates are not well apart.
static bool factor(struct group *g, size_t k)
{
    double s[COVARIATES_MAX * COVARIATES_MAX];
    double r[COVARIATES_MAX * COVARIATES_MAX];
    double length[COVARIATES_MAX] = { 0 };
    double floor[COVARIATES_MAX];
    bool skipped[COVARIATES_MAX];
    for (size_t i = 0; i < k; i++) {
        length[i] = sqrt(g->gram[i * COLUMNS + i]);
        floor[i] = WELL_APART;
        // Squares that are the rounding of the mean are none.
        if (!(length[i] * length[i] > 1e-20 * g->n * g->mean[i] * g->mean[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            s[i * k + j] = i == j ? 1 : g->gram[i * COLUMNS + j] / (length[i] * length[j]);
        }
    }
    if (ev_cholesky(s, k, floor, r, skipped) < k) {
        return false;
    }
    ev_upper_inverse(r, k, g->root);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            g->root[i * k + j] /= length[i];
        }
    }
    return true;
}

static void times_inverse(const struct group *g, size_t k, const double *v, double *ret)
{
    double half[COVARIATES_MAX];
    ev_transposed_times_vector(g->root, k, k, v, half);
    ev_times_vector(g->root, k, k, half, ret);
}

// Slopes and pulls of both groups.
static bool find_slopes(struct lin *w)
{
    double n = (double)w->d->n;
    for (int g = 0; g < 2; g++) {
        struct group *own = &w->group[g];
        const struct group *other = &w->group[1 - g];
        double away[COVARIATES_MAX];
        double score[COVARIATES_MAX];
        if (!factor(own, w->k)) {
            return false;
        }
        for (size_t j = 0; j < w->k; j++) {
            away[j] = other->n / n * (other->mean[j] - own->mean[j]);
            score[j] = own->gram[j * COLUMNS + w->k];
        }
        times_inverse(own, w->k, score, own->slope);
        times_inverse(own, w->k, away, own->pull);
    }
    return true;
}

// ---- Residuals ----

static void find_rows(
    const struct lin *w, const struct block *b, double *e, double *h, double *pull)
{
    const struct group *g0 = &w->group[0];
    const struct group *g1 = &w->group[1];
    for (size_t i = 0; i < b->n; i++) {
        e[i] = b->part[w->k][0][i] + b->part[w->k][1][i];
        h[i] = b->own[0][i] / g0->n + b->own[1][i] / g1->n;
        pull[i] = h[i];
    }
    for (size_t j = 0; j < w->k; j++) {
        const double *v0 = b->part[j][0];
        const double *v1 = b->part[j][1];
        for (size_t i = 0; i < b->n; i++) {
            e[i] -= g0->slope[j] * v0[i] + g1->slope[j] * v1[i];
            pull[i] += g0->pull[j] * v0[i] + g1->pull[j] * v1[i];
        }
    }
    for (size_t c = 0; c < w->k; c++) {
        double z[EV_BLOCK] = { 0 };
        for (size_t j = 0; j <= c; j++) {
            double l0 = g0->root[j * w->k + c];
            double l1 = g1->root[j * w->k + c];
            for (size_t i = 0; i < b->n; i++) {
                z[i] += l0 * b->part[j][0][i] + l1 * b->part[j][1][i];
            }
        }
        for (size_t i = 0; i < b->n; i++) {
            h[i] += z[i] * z[i];
        }
    }
}

static void find_variance(struct lin *w)
{
    struct ev_tree sum = { 0 };
    struct ev_tree squares = { 0 };
    struct block b;
    double e[EV_BLOCK];
    double h[EV_BLOCK];
    double pull[EV_BLOCK];
    bool corrected = w->vcov == PH_VCOV_HC2 || w->vcov == PH_VCOV_HC3;
    for (size_t from = 0; from < w->d->n; from += EV_BLOCK) {
        split(w, from, &b);
        find_rows(w, &b, e, h, pull);
        ev_tree_add(&squares, ev_dot_block(e, e, b.n));
        size_t full = 0;
        for (size_t i = 0; corrected && i < b.n; i++) {
            double rest = 1 - h[i];
            full += rest < 1e-10; // such a row fits itself: its residual is 0
            double by = w->vcov == PH_VCOV_HC2 ? sqrt(fabs(rest)) : rest;
            e[i] = rest < 1e-10 ? 0 : e[i] / by;
        }
        w->full_leverage = w->full_leverage || full > 0;
        for (size_t i = 0; i < b.n; i++) {
            e[i] *= pull[i];
        }
        ev_tree_add(&sum, ev_dot_block(e, e, b.n));
    }
    double n = (double)w->d->n;
    double df = n - 2 * (double)(w->k + 1);
    w->variance = ev_tree_total(&sum) * (w->vcov == PH_VCOV_HC1 ? n / df : 1);
    w->squares = ev_tree_total(&squares);
}

static void fill(const struct lin *w, struct ev_lin *ret)
{
    const struct group *g = w->group;
    double n = (double)w->d->n;
    size_t y = w->k;
    *ret = (struct ev_lin){ .unadjusted = g[1].mean[y] - g[0].mean[y],
        .variance = w->variance,
        .n_treated = (size_t)g[1].n,
        .n_compared = (size_t)g[0].n,
        .k = 2 * (w->k + 1),
        .warnings = w->full_leverage ? PH_WARN_LEVERAGE : 0 };
    ret->estimate = ret->unadjusted;
    for (int i = 0; i < 2; i++) {
        double sign = i ? 1 : -1;
        for (size_t j = 0; j < w->k; j++) {
            double away = g[1 - i].n / n * (g[1 - i].mean[j] - g[i].mean[j]);
            ret->estimate += sign * away * g[i].slope[j];
        }
        ret->unadjusted_variance += g[i].gram[y * COLUMNS + y] / (g[i].n - 1) / g[i].n;
    }
}

enum ph_status ev_lin(const struct ev_design *d, const struct ph_adjusted_options *o,
    struct ev_lin *ret, bool *ret_done)
{
    *ret_done = false;
    bool robust = o->vcov >= PH_VCOV_HC0 && o->vcov <= PH_VCOV_HC3;
    if (d->w || d->cluster[0].of || !robust || o->n_covariates > COVARIATES_MAX) {
        return PH_OK;
    }
    struct lin *w = ev_take(d->c, 1, sizeof(*w));
    if (!w) {
        return PH_NO_MEMORY;
    }
    w->d = d;
    w->k = o->n_covariates;
    w->vcov = o->vcov;
    w->treat = d->f->column[o->treat].real;
    for (size_t j = 0; j < w->k; j++) {
        w->column[j] = d->f->column[o->covariates[j]].real;
    }
    w->column[w->k] = d->f->column[o->outcome].real;
    find_means(w);
    double least = fmin(w->group[0].n, w->group[1].n);
    bool sound = least > (double)(w->k + 1);
    if (sound) {
        find_squares(w);
        sound = find_slopes(w);
    }
    if (sound) {
        find_variance(w);
        double all =
            w->group[0].gram[w->k * COLUMNS + w->k] + w->group[1].gram[w->k * COLUMNS + w->k];
        sound = w->squares > 1e-18 * all && isfinite(all);
    }
    if (sound) {
        fill(w, ret);
        *ret_done = true;
    }
    ev_give_back(d->c, w);
    return PH_OK;
}
