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
    ev_give_back(f->c, f->e);
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

static double weighted_mean(const struct ev_design *d, const double *v)
{
    double sum = d->w ? ev_dot(v, d->w, d->n) : ev_sum_of(v, d->n);
    return sum / (double)d->n; // weights have mean 1
}

// Takes the mean out where something else carries it (a constant or fixed effects), in two steps
// for the rounding of the first. Returns the mean.
static double centre(const struct ev_design *d, double *v)
{
    double mean = 0;
    for (int step = 0; step < 2; step++) {
        double m = weighted_mean(d, v);
        for (size_t i = 0; i < d->n; i++) {
            v[i] -= m;
        }
        mean += m;
    }
    return mean;
}

static double squares(const struct ev_design *d, const double *v)
{
    if (!d->w) {
        return ev_dot(v, v, d->n);
    }
    double sum = 0;
    double rest = 0;
    for (size_t i = 0; i < d->n; i++) {
        double y = d->w[i] * v[i] * v[i] - rest;
        double t = sum + y;
        rest = (t - sum) - y;
        sum = t;
    }
    return sum;
}

static void scale(const struct ev_design *d, double *v)
{
    for (size_t i = 0; d->w && i < d->n; i++) {
        v[i] *= sqrt(d->w[i]);
    }
}

struct sizes {
    double *raw;     // sums of squares as given
    double *centred; // around the mean
};

static enum ph_status transform(struct ev_fit *f, unsigned absorbed, struct sizes *s)
{
    struct ev_design *d = f->d;
    bool carried = d->constant || absorbed != 0;
    double **v = ev_take(d->c, d->p + 1, sizeof(*v));
    if (!v) {
        return PH_NO_MEMORY;
    }
    for (size_t j = 0; j < d->p; j++) {
        v[j] = d->x[j];
        s->raw[j] = squares(d, d->x[j]);
        f->mean[j] = carried && !(d->constant && j == 0) ? centre(d, d->x[j]) : 0;
        s->centred[j] = squares(d, d->x[j]);
    }
    v[d->p] = d->y;
    double raw = squares(d, d->y);
    f->y_mean = carried ? centre(d, d->y) : 0;
    f->ss_y = squares(d, d->y);
    if (!isfinite(raw)) {
        ev_give_back(d->c, v);
        return ev_complain(
            d->c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    enum ph_status status = PH_OK;
    if (absorbed) {
        status = ev_demean(d, absorbed, v, d->p + 1, &f->iterations);
    }
    ev_give_back(d->c, v);
    f->ss_y_within = squares(d, d->y);
    for (size_t j = 0; j < d->p; j++) {
        scale(d, d->x[j]);
    }
    scale(d, d->y);
    return status;
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

// Chooses the columns that carry something of their own; in PLACE of the kept ones the columns of
// unit length come first in the order taken.
static enum ph_status choose(struct ev_fit *f, size_t focus, const struct sizes *s)
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
                gram[a * p + b] = ev_dot(d->x[order[a]], d->x[order[b]], d->n);
                gram[b * p + a] = gram[a * p + b];
            }
            double centred = s->centred[order[a]];
            floor[a] = fmax(COLLINEAR * centred, CONSTANT * s->raw[order[a]]);
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
            status = focus_lost(f, focus, !(s->centred[focus] > CONSTANT * s->raw[focus]));
        }
    }
    ev_give_back(c, order);
    ev_give_back(c, gram);
    ev_give_back(c, r);
    ev_give_back(c, floor);
    ev_give_back(c, skipped);
    return status;
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
            length[j] = sqrt(ev_dot(f->x[j], f->x[j], f->n));
        }
        for (size_t a = 0; a < p; a++) {
            for (size_t b = a; b < p; b++) {
                double g = a == b ? 1 : ev_dot(f->x[a], f->x[b], f->n) / (length[a] * length[b]);
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

// Solves, then once more for what rounding left in the residuals.
static enum ph_status solve(struct ev_fit *f)
{
    size_t p = f->p;
    double *score = ev_take(f->c, 2 * p, sizeof(*score));
    if (!score) {
        return PH_NO_MEMORY;
    }
    memcpy(f->e, f->d->y, f->n * sizeof(double));
    for (int turn = 0; turn < 2; turn++) {
        for (size_t j = 0; j < p; j++) {
            score[j] = ev_dot(f->x[j], f->e, f->n);
        }
        ev_times_vector(f->inverse, p, p, score, score + p);
        for (size_t j = 0; j < p; j++) {
            f->beta[j] += score[p + j];
            ev_axpy(-score[p + j], f->x[j], f->e, f->n);
        }
    }
    ev_give_back(f->c, score);
    f->ss_e = ev_dot(f->e, f->e, f->n);
    // An exact fit leaves rounding, which is no residual.
    if (f->ss_e <= 1e-24 * f->ss_y_within || f->ss_e <= 1e-28 * f->y_mean * f->y_mean) {
        f->ss_e = 0;
        memset(f->e, 0, f->n * sizeof(double));
    }
    return PH_OK;
}

static enum ph_status room(struct ev_fit *f)
{
    struct ph_context *c = f->c;
    size_t p = f->d->p;
    f->column = ev_take(c, p, sizeof(*f->column));
    f->x = ev_take(c, p, sizeof(*f->x));
    f->e = ev_take(c, f->n, sizeof(*f->e));
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
    struct sizes s = { 0 };
    if (status == PH_OK) {
        for (size_t j = own; j < d->p; j++) {
            f->auxiliary[j] = true;
        }
        status = room(f);
        s.raw = ev_take(f->c, d->p, sizeof(double));
        s.centred = ev_take(f->c, d->p, sizeof(double));
        status = status == PH_OK && (!s.raw || !s.centred) ? PH_NO_MEMORY : status;
    }
    status = status == PH_OK ? transform(f, absorbed, &s) : status;
    status = status == PH_OK ? choose(f, focus, &s) : status;
    ev_give_back(f->c, s.raw);
    ev_give_back(f->c, s.centred);
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
