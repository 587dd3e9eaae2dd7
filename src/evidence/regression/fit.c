// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "fit.h"
#include "matrix.h"

// A column that keeps less than this share of its sum of squares beside the others is collinear:
// its coefficient would be rounding.
#define COLLINEAR 1e-10
// Centred columns below this share of their raw sum of squares are constant but for rounding.
#define CONSTANT 1e-25

void ev_fit_release(struct ev_fit *f)
{
    ev_give_back(f->c, f->column);
    ev_give_back(f->c, f->x);
    ev_give_back(f->c, f->gram);
    ev_give_back(f->c, f->beta);
    ev_give_back(f->c, f->inverse);
    ev_give_back(f->c, f->root);
    ev_give_back(f->c, f->dropped);
    ev_give_back(f->c, f->auxiliary);
    ev_give_back(f->c, f->mean);
    *f = (struct ev_fit){ 0 };
}

// ---- Dummies ----

static enum ph_status add_dummies(struct ev_design *d, const struct ev_groups *g)
{
    const int32_t *key = d->f->column[g->column].key;
    int32_t *at_level = ev_take(d->c, g->n, sizeof(*at_level));
    if (!at_level) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < d->n; i++) {
        at_level[g->of[i]] = key[ev_design_row(d, i)];
    }
    enum ph_status status = PH_OK;
    for (size_t l = 0; status == PH_OK && l < g->n; l++) {
        char name[300];
        char column[24];
        char buf[16];
        snprintf(name, sizeof(name), "%.100s=%.100s",
            ev_column_name(d->f, g->column, column, sizeof(column)),
            ev_key_name(d->f, g->column, at_level[l], buf, sizeof(buf)));
        double *x = ev_design_add(d, name);
        status = x ? PH_OK : PH_TOO_LARGE;
        for (size_t i = 0; x && i < d->n; i++) {
            x[i] = g->of[i] == (int32_t)l;
        }
    }
    ev_give_back(d->c, at_level);
    return status;
}

// ---- Transforming ----

static void scale(const struct ev_design *d, double *v)
{
    for (size_t i = 0; d->w && i < d->n; i++) {
        v[i] *= sqrt(d->w[i]);
    }
}

// Takes out what something else carries: means where there is a constant, fixed effects.
static enum ph_status transform(struct ev_fit *f, unsigned absorbed, struct ev_spread *s)
{
    struct ev_design *d = f->d;
    double **v = ev_take(d->c, d->p + 1, sizeof(*v));
    enum ph_status status = v ? PH_OK : PH_NO_MEMORY;
    for (size_t j = 0; v && j <= d->p; j++) {
        v[j] = j < d->p ? d->x[j] : d->y;
    }
    if (status == PH_OK && absorbed) {
        status = ev_demean(d, absorbed, v, d->p + 1, s, &f->iterations);
    }
    for (size_t j = 0; status == PH_OK && !absorbed && j <= d->p; j++) {
        if (d->constant && j > 0) {
            s[j] = ev_centre(d, v[j]);
        } else {
            double squares = ev_weighted_squares(d, v[j]);
            s[j] = (struct ev_spread){ 0, squares, squares };
        }
    }
    for (size_t j = 0; status == PH_OK && j <= d->p; j++) {
        if (j < d->p) {
            f->mean[j] = s[j].mean;
        }
        scale(d, v[j]);
    }
    ev_give_back(d->c, v);
    if (status != PH_OK) {
        return status;
    }
    f->y_mean = s[d->p].mean;
    f->ss_y = s[d->p].centred;
    f->ss_y_within = s[d->p].within;
    if (!isfinite(f->ss_y + (double)d->n * f->y_mean * f->y_mean)) {
        return ev_complain(
            d->c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    return PH_OK;
}

// All products of the columns, the outcome as the last of them.
static enum ph_status products(struct ev_fit *f)
{
    struct ev_design *d = f->d;
    size_t k = d->p + 1;
    double **v = ev_take(d->c, k, sizeof(*v));
    f->gram = ev_take(d->c, k * k, sizeof(*f->gram));
    if (v && f->gram) {
        memcpy(v, d->x, d->p * sizeof(*v));
        v[d->p] = d->y;
        ev_gram(v, k, d->n, f->gram);
    }
    ev_give_back(d->c, v);
    return v && f->gram ? PH_OK : PH_NO_MEMORY;
}

// ---- Solving ----

// The order in which columns are taken: constant, dummies, the others, the one in focus last.
static void order_columns(const struct ev_fit *f, size_t focus, size_t *order)
{
    size_t n = 0;
    for (int turn = 0; turn < 3; turn++) {
        for (size_t j = 0; j < f->d->p; j++) {
            int rank = j == focus ? 2 : f->auxiliary[j] || (f->d->constant && j == 0) ? 0 : 1;
            if (rank == turn) {
                order[n++] = j;
            }
        }
    }
}

static enum ph_status focus_lost(const struct ev_fit *f, size_t focus, bool constant)
{
    const char *name = f->d->name[focus];
    if (constant) {
        return ev_complain(
            f->c, PH_DATA, "%.100s has the same value in all rows that are used.", name);
    }
    return ev_complain(f->c, PH_DATA,
        "%.100s cannot be told apart from the other columns and fixed effects: they determine it.",
        name);
}

// The sum of squares as given.
static double raw(const struct ev_fit *f, const struct ev_spread *s)
{
    return s->centred + (double)f->n * s->mean * s->mean;
}

// Chooses the columns that carry something of their own; in PLACE of the kept ones the columns of
// unit length come first in the order taken.
static enum ph_status choose(struct ev_fit *f, size_t focus, const struct ev_spread *s)
{
    struct ev_design *d = f->d;
    struct ph_context *c = f->c;
    size_t p = d->p;
    size_t *order = ev_take(c, p, sizeof(*order));
    double *gram = ev_take(c, p * p, sizeof(*gram));
    double *r = ev_take(c, p * p, sizeof(*r));
    double *floor = ev_take(c, p, sizeof(*floor));
    bool *skipped = ev_take(c, p, sizeof(*skipped));
    enum ph_status status = PH_NO_MEMORY;
    if (order && gram && r && floor && skipped) {
        status = PH_OK;
        order_columns(f, focus, order);
        for (size_t a = 0; a < p; a++) {
            for (size_t b = a; b < p; b++) {
                gram[a * p + b] = f->gram[order[a] * (p + 1) + order[b]];
                gram[b * p + a] = gram[a * p + b];
            }
            const struct ev_spread *own = &s[order[a]];
            floor[a] = fmax(COLLINEAR * own->centred, CONSTANT * raw(f, own));
        }
        (void)ev_cholesky(gram, p, floor, r, skipped);
        for (size_t a = 0; a < p; a++) {
            f->dropped[order[a]] = skipped[a];
        }
        for (size_t j = 0; j < p; j++) {
            if (!f->dropped[j]) {
                f->column[f->p] = j;
                f->x[f->p++] = d->x[j];
            }
        }
        if (focus < p && f->dropped[focus]) {
            status = focus_lost(f, focus, !(s[focus].centred > CONSTANT * raw(f, &s[focus])));
        }
    }
    ev_give_back(c, order);
    ev_give_back(c, gram);
    ev_give_back(c, r);
    ev_give_back(c, floor);
    ev_give_back(c, skipped);
    return status;
}

// Of kept columns A and B.
static double product(const struct ev_fit *f, size_t a, size_t b)
{
    return f->gram[f->column[a] * (f->d->p + 1) + f->column[b]];
}

// The inverse of X'X and its root, by way of columns of unit length so that units do not matter.
static enum ph_status invert(struct ev_fit *f)
{
    struct ph_context *c = f->c;
    size_t p = f->p;
    double *gram = ev_take(c, p * p, sizeof(*gram));
    double *r = ev_take(c, p * p, sizeof(*r));
    double *length = ev_take(c, p, sizeof(*length));
    double *floor = ev_take(c, p, sizeof(*floor));
    bool *skipped = ev_take(c, p, sizeof(*skipped));
    bool whole = gram && r && length && floor && skipped;
    bool good = whole;
    if (whole) {
        for (size_t j = 0; j < p; j++) {
            length[j] = sqrt(product(f, j, j));
        }
        for (size_t a = 0; a < p; a++) {
            for (size_t b = a; b < p; b++) {
                double g = a == b ? 1 : product(f, a, b) / (length[a] * length[b]);
                gram[a * p + b] = gram[b * p + a] = g;
            }
        }
        good = ev_cholesky(gram, p, floor, r, skipped) == p;
    }
    if (good) {
        ev_upper_inverse(r, p, f->root);
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                f->root[a * p + b] /= length[a];
            }
        }
        ev_times_transposed(f->root, p, f->root, p, p, f->inverse);
    }
    ev_give_back(c, gram);
    ev_give_back(c, r);
    ev_give_back(c, length);
    ev_give_back(c, floor);
    ev_give_back(c, skipped);
    if (whole && !good) {
        return ev_complain(c, PH_DATA, "The columns are too nearly collinear to be told apart.");
    }
    return whole ? PH_OK : PH_NO_MEMORY;
}

// Residuals under BETA: their products with the columns into SCORE, or themselves into E and their
// squares into the last tree.
static void residuals(const struct ev_fit *f, const double *beta, struct ev_tree *tree,
    double *ret_score, double *ret_e)
{
    double e[EV_BLOCK];
    memset(tree, 0, (f->p + 1) * sizeof(*tree));
    for (size_t from = 0; from < f->n; from += EV_BLOCK) {
        size_t rows = ev_block(from, f->n);
        memcpy(e, f->d->y + from, rows * sizeof(*e));
        for (size_t j = 0; j < f->p; j++) {
            ev_axpy(-beta[j], f->x[j] + from, e, rows);
        }
        for (size_t j = 0; ret_score && j < f->p; j++) {
            ev_tree_add(&tree[j], ev_dot_block(f->x[j] + from, e, rows));
        }
        if (ret_e) {
            memcpy(ret_e + from, e, rows * sizeof(*e));
            ev_tree_add(&tree[f->p], ev_dot_block(e, e, rows));
        }
    }
    for (size_t j = 0; ret_score && j < f->p; j++) {
        ret_score[j] = ev_tree_total(&tree[j]);
    }
}

// Whether columns are so far from collinear that the first solution has lost no digit.
static bool is_sharp(const struct ev_fit *f)
{
    bool sharp = true;
    for (size_t j = 0; j < f->p; j++) {
        sharp = sharp && f->inverse[j * f->p + j] * product(f, j, j) < 4;
    }
    return sharp;
}

// Solves, then once more for what rounding left in the residuals.
static enum ph_status solve(struct ev_fit *f)
{
    size_t p = f->p;
    double *score = ev_take(f->c, 2 * p, sizeof(*score));
    struct ev_tree *tree = ev_take(f->c, p + 1, sizeof(*tree));
    bool whole = score && tree;
    for (size_t j = 0; whole && j < p; j++) {
        score[j] = f->gram[f->column[j] * (f->d->p + 1) + f->d->p];
    }
    if (whole) {
        ev_times_vector(f->inverse, p, p, score, f->beta);
        if (!is_sharp(f)) {
            residuals(f, f->beta, tree, score, NULL);
            ev_times_vector(f->inverse, p, p, score, score + p);
            ev_axpy(1, score + p, f->beta, p);
        }
        residuals(f, f->beta, tree, NULL, f->e);
        f->ss_e = ev_tree_total(&tree[p]);
    }
    ev_give_back(f->c, score);
    ev_give_back(f->c, tree);
    // An exact fit leaves rounding, which is no residual.
    if (whole && (f->ss_e <= 1e-24 * f->ss_y_within || f->ss_e <= 1e-28 * f->y_mean * f->y_mean)) {
        f->ss_e = 0;
        memset(f->e, 0, f->n * sizeof(double));
    }
    return whole ? PH_OK : PH_NO_MEMORY;
}

static enum ph_status room(struct ev_fit *f)
{
    struct ph_context *c = f->c;
    size_t p = f->d->p;
    f->column = ev_take(c, p, sizeof(*f->column));
    f->x = ev_take(c, p, sizeof(*f->x));
    f->e = f->d->y;
    f->beta = ev_take(c, p, sizeof(*f->beta));
    f->inverse = ev_take(c, p * p, sizeof(*f->inverse));
    f->root = ev_take(c, p * p, sizeof(*f->root));
    f->dropped = ev_take(c, p, sizeof(*f->dropped));
    f->mean = ev_take(c, p, sizeof(*f->mean));
    bool whole =
        f->column && f->x && f->e && f->beta && f->inverse && f->root && f->dropped && f->mean;
    return whole ? PH_OK : PH_NO_MEMORY;
}

static enum ph_status count_parameters(struct ev_fit *f, size_t own)
{
    unsigned all = (1U << f->d->n_absorbed) - 1;
    size_t rank = 0;
    enum ph_status status = ev_absorbed_rank(f->d, all, &rank);
    f->k = rank;
    for (size_t j = 0; j < own; j++) {
        f->k += !f->dropped[j];
    }
    for (size_t a = 0; a < f->d->n_absorbed; a++) {
        f->absorbed_levels += f->d->absorbed[a].n;
    }
    return status;
}

static enum ph_status fit(struct ev_fit *f, unsigned dummies, size_t focus)
{
    struct ev_design *d = f->d;
    size_t own = d->p;
    unsigned absorbed = ((1U << d->n_absorbed) - 1) & ~dummies;
    enum ph_status status = PH_OK;
    for (size_t a = 0; status == PH_OK && a < d->n_absorbed; a++) {
        if (dummies & (1U << a)) {
            status = add_dummies(d, &d->absorbed[a]);
        }
    }
    f->auxiliary = status == PH_OK ? ev_take(f->c, d->p, sizeof(*f->auxiliary)) : NULL;
    status = status == PH_OK && !f->auxiliary ? PH_NO_MEMORY : status;
    struct ev_spread *s = NULL;
    if (status == PH_OK) {
        for (size_t j = own; j < d->p; j++) {
            f->auxiliary[j] = true;
        }
        status = room(f);
        s = ev_take(f->c, d->p + 1, sizeof(*s));
        status = status == PH_OK && !s ? PH_NO_MEMORY : status;
    }
    status = status == PH_OK ? transform(f, absorbed, s) : status;
    status = status == PH_OK ? products(f) : status;
    status = status == PH_OK ? choose(f, focus, s) : status;
    ev_give_back(f->c, s);
    status = status == PH_OK ? count_parameters(f, own) : status;
    if (status == PH_OK && f->k >= f->n) {
        status = ev_complain(f->c, PH_DATA,
            "%zu parameters need more than the %zu rows that are complete.", f->k, f->n);
    }
    status = status == PH_OK ? invert(f) : status;
    return status == PH_OK ? solve(f) : status;
}

enum ph_status ev_fit(struct ev_design *d, unsigned dummies, size_t focus, struct ev_fit *ret_fit)
{
    *ret_fit = (struct ev_fit){ .c = d->c, .d = d, .n = d->n };
    return fit(ret_fit, dummies, focus);
}
