// SPDX-License-Identifier: Apache-2.0
// CR2 and CR3 by cluster in the space of the P columns: with X'X's inverse M = L L' and U = X L, a
// cluster's hat block is U_g U_g' besides the fixed effects that lie within the cluster, which
// leave X and residuals alone. So with U_g' U_g = V diag(lambda) V', the symmetric (pseudo-inverse)
// root (I - H_gg)^-1/2 acts on U_g as V diag((1 - lambda)^-1/2) V', and no N by N block is ever
// made (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, JBES 36:672).
#include "internal.h"

#include "matrix.h"
#include "vcov.h"

// Below this share a direction within a cluster is fitted wholly by the cluster: pseudo-inverse 0.
#define NULL_DIRECTION 1e-9

// What a cluster does to a contrast l = L'c: t = T l, and its variance within, W l . l.
struct ev_satterthwaite {
    size_t p;
    size_t n;
    double *t; // n times P by P: V diag(lambda f) V'
    double *w; // n times P by P: V diag(lambda f^2 (1 - lambda)) V'
};

void ev_satterthwaite_free(struct ph_context *c, struct ev_satterthwaite *s)
{
    if (s) {
        ev_give_back(c, s->t);
        ev_give_back(c, s->w);
        ev_give_back(c, s);
    }
}

// ---- Cross-products by cluster ----

// X_g' X_g of every cluster, P by P each.
static double *products(const struct ev_fit *f, const struct ev_groups *g)
{
    size_t p = f->p;
    double *s = ev_take(f->c, g->n * p * p, sizeof(*s));
    double *x = ev_take(f->c, p, sizeof(*x));
    for (size_t i = 0; s && x && i < f->n; i++) {
        double *to = s + (size_t)g->of[i] * p * p;
        for (size_t a = 0; a < p; a++) {
            x[a] = f->x[a][i];
        }
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; x[a] != 0 && b <= a; b++) {
                to[a * p + b] += x[a] * x[b];
            }
        }
    }
    if (s && !x) {
        ev_give_back(f->c, s);
        s = NULL;
    }
    for (size_t h = 0; s && h < g->n; h++) {
        for (size_t a = 0; a < p; a++) {
            for (size_t b = a + 1; b < p; b++) {
                s[h * p * p + a * p + b] = s[h * p * p + b * p + a];
            }
        }
    }
    ev_give_back(f->c, x);
    return s;
}

static double power_of(enum ph_vcov kind, double rest)
{
    if (rest < NULL_DIRECTION) {
        return 0;
    }
    return kind == PH_VCOV_CR2 ? 1 / sqrt(rest) : 1 / rest;
}

struct scratch {
    double *half; // P by P
    double *gram;
    double *vectors;
    double *values; // P
    double *score;
    double *turned;
};

// to = V diag(by) V'
static void spectral(const double *vectors, const double *by, size_t p, double *half, double *to)
{
    for (size_t a = 0; a < p; a++) {
        for (size_t k = 0; k < p; k++) {
            half[a * p + k] = vectors[a * p + k] * by[k];
        }
    }
    ev_times_transposed(half, p, vectors, p, p, to);
}

// One cluster: T and W from its product S (which may be overwritten), its adjusted score L z into
// SCORE (which comes in as X_g' e_g).
static void one_cluster(const struct ev_fit *f, enum ph_vcov kind, double *product,
    struct scratch *s, double *score, double *t, double *w, uint64_t *warnings)
{
    size_t p = f->p;
    double by[2];
    double *lt = s->half;
    // gram = L' S L
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            lt[a * p + b] = b <= a ? f->root[b * p + a] : 0;
        }
    }
    ev_times_transposed(lt, p, product, p, p, s->gram); // L' S, S symmetric
    memcpy(product, s->gram, p * p * sizeof(double));
    ev_times_transposed(product, p, lt, p, p, s->gram);
    ev_eigen(s->gram, p, s->values, s->vectors);
    ev_times_vector(lt, p, p, score, s->score);
    ev_transposed_times_vector(s->vectors, p, p, s->score, s->turned);
    for (size_t k = 0; k < p; k++) {
        double lambda = fmin(fmax(s->values[k], 0), 1);
        double power = power_of(kind, 1 - lambda);
        *warnings |= power == 0 ? PH_WARN_LEVERAGE : 0;
        s->turned[k] *= power;
        by[0] = lambda * power;
        by[1] = lambda * power * power * (1 - lambda);
        s->values[k] = by[0];
        s->score[k] = by[1];
    }
    spectral(s->vectors, s->values, p, s->half, t);
    spectral(s->vectors, s->score, p, s->half, w);
    ev_times_vector(s->vectors, p, p, s->turned, s->score);
    ev_times_vector(f->root, p, p, s->score, score);
}

static bool take_scratch(struct ph_context *c, size_t p, struct scratch *s)
{
    s->half = ev_take(c, 3 * p * p + 3 * p, sizeof(double));
    if (!s->half) {
        return false;
    }
    s->gram = s->half + p * p;
    s->vectors = s->gram + p * p;
    s->values = s->vectors + p * p;
    s->score = s->values + p;
    s->turned = s->score + p;
    return true;
}

// ---- Degrees of freedom ----

// t = T l and w = W l of every cluster for the contrast of column J.
static void contrast(const struct ev_fit *f, const struct ev_satterthwaite *s, size_t g,
    const double *l, double *ret_t, double *ret_w)
{
    size_t p = f->p;
    ev_times_vector(s->t + g * p * p, p, p, l, ret_t);
    ev_times_vector(s->w + g * p * p, p, p, l, ret_w);
}

// (sum of w)^2 over the sum of squares of all p_g'p_h: -t_g.t_h between clusters, w within.
static enum ph_status satterthwaite_df(
    const struct ev_fit *f, const struct ev_satterthwaite *s, size_t column, double *ret_df)
{
    size_t p = f->p;
    double *all = ev_take(f->c, p * p + 3 * p, sizeof(*all));
    if (!all) {
        return PH_NO_MEMORY;
    }
    double *t = all + p * p;
    double *w = t + p;
    double *l = w + p;
    memcpy(l, f->root + column * p, p * sizeof(*l)); // L'c is a row of L
    bool constant = f->d->constant && f->column[column] == 0;
    for (size_t k = 0; constant && k < p; k++) { // the constant at 0, not at the means
        if (k != column) {
            ev_axpy(-f->mean[f->column[k]], f->root + k * p, l, p);
        }
    }
    double mean = 0;
    double own = 0;
    for (size_t g = 0; g < s->n; g++) {
        contrast(f, s, g, l, t, w);
        double within = ev_dot(l, w, p);
        double square = ev_dot(t, t, p);
        mean += within;
        own += within * within - square * square;
        for (size_t a = 0; a < p; a++) {
            ev_axpy(t[a], t, all + a * p, p);
        }
    }
    *ret_df = mean * mean / (own + ev_dot(all, all, p * p));
    ev_give_back(f->c, all);
    return PH_OK;
}

enum ph_status ev_vcov_bell_mccaffrey(const struct ev_fit *f, enum ph_vcov kind,
    const struct ev_groups *clusters, struct ev_vcov *ret)
{
    struct ph_context *c = f->c;
    size_t p = f->p;
    size_t cells = clusters->n * p * p;
    if (p > 800 || cells > 50 << 20) {
        return ev_complain(c, PH_TOO_LARGE,
            "CR2 with %zu columns and %zu clusters needs too much memory; absorb what lies within "
            "clusters, or use CR1.",
            p, clusters->n);
    }
    struct scratch s = { 0 };
    struct ev_satterthwaite *bell = ev_take(c, 1, sizeof(*bell));
    double *product = products(f, clusters);
    double *score = ev_scores(f, clusters);
    bool whole = bell && product && score && take_scratch(c, p, &s);
    if (whole) {
        *bell = (struct ev_satterthwaite){ .p = p, .n = clusters->n };
        bell->t = ev_take(c, cells, sizeof(double));
        bell->w = ev_take(c, cells, sizeof(double));
    }
    *ret = (struct ev_vcov){ .c = c, .p = p, .bell = bell };
    ret->v = ev_take(c, p * p, sizeof(double));
    ret->df = ev_take(c, p, sizeof(double));
    whole = whole && bell->t && bell->w && ret->v && ret->df;
    enum ph_status status = whole ? PH_OK : PH_NO_MEMORY;
    for (size_t g = 0; whole && g < clusters->n; g++) {
        one_cluster(f, kind, product + g * p * p, &s, score + g * p, bell->t + g * p * p,
            bell->w + g * p * p, &ret->warnings);
        for (size_t a = 0; a < p; a++) {
            ev_axpy(score[g * p + a], score + g * p, ret->v + a * p, p);
        }
    }
    for (size_t j = 0; status == PH_OK && j < p; j++) {
        ret->df[j] = NAN;
        if (!f->auxiliary[f->column[j]]) {
            status = satterthwaite_df(f, bell, j, &ret->df[j]);
        }
    }
    ev_give_back(c, s.half);
    ev_give_back(c, product);
    ev_give_back(c, score);
    return status;
}

// ---- HTZ ----

// The Q contrasts of one cluster times OMEGA^-1/2: rows of T and W by contrast.
struct contrasts {
    size_t q;
    double *l;    // Q by P: rows L'c times the root of Omega
    double *t;    // Q by P
    double *w;    // Q by P
    double *sums; // Q by Q of P by P: sum over clusters of t_s t_t'
    double *own;  // Q by Q: what clusters with themselves give instead
};

static void gather(const struct ev_fit *f, const struct ev_satterthwaite *b, struct contrasts *k)
{
    size_t p = f->p;
    size_t q = k->q;
    for (size_t g = 0; g < b->n; g++) {
        for (size_t s = 0; s < q; s++) {
            contrast(f, b, g, k->l + s * p, k->t + s * p, k->w + s * p);
        }
        for (size_t s = 0; s < q; s++) {
            for (size_t t = 0; t < q; t++) {
                double *sum = k->sums + (s * q + t) * p * p;
                for (size_t a = 0; a < p; a++) {
                    ev_axpy(k->t[s * p + a], k->t + t * p, sum + a * p, p);
                }
                double wss = ev_dot(k->l + s * p, k->w + s * p, p);
                double wtt = ev_dot(k->l + t * p, k->w + t * p, p);
                double wst = ev_dot(k->l + s * p, k->w + t * p, p);
                double tss = ev_dot(k->t + s * p, k->t + s * p, p);
                double ttt = ev_dot(k->t + t * p, k->t + t * p, p);
                double tst = ev_dot(k->t + s * p, k->t + t * p, p);
                k->own[s * q + t] += wss * wtt + wst * wst - tss * ttt - tst * tst;
            }
        }
    }
}

// Sum over s, t of Var(d_st), each the sum over clusters g, h of
// (p_sg.p_sh)(p_tg.p_th) + (p_sg.p_th)(p_tg.p_sh).
static double total_variance(const struct contrasts *k, size_t p)
{
    size_t q = k->q;
    double total = 0;
    for (size_t s = 0; s < q; s++) {
        for (size_t t = 0; t < q; t++) {
            const double *st = k->sums + (s * q + t) * p * p;
            total += k->own[s * q + t] + ev_dot(st, st, p * p);
            for (size_t a = 0; a < p; a++) {
                for (size_t b = 0; b < p; b++) {
                    total += st[a * p + b] * st[b * p + a];
                }
            }
        }
    }
    return total;
}

// Omega = sum over clusters of l_s' W l_t, then L'C' Omega^-1/2.
static bool standardise(const struct ev_fit *f, const struct ev_satterthwaite *b,
    const size_t *which, struct contrasts *k, double *omega)
{
    size_t p = f->p;
    size_t q = k->q;
    double *vectors = omega + q * q;
    double *root = omega + 2 * q * q;
    double *half = omega + 3 * q * q;
    double *values = omega + 4 * q * q;
    for (size_t g = 0; g < b->n; g++) {
        for (size_t t = 0; t < q; t++) {
            ev_times_vector(b->w + g * p * p, p, p, f->root + which[t] * p, k->w);
            for (size_t s = 0; s < q; s++) {
                omega[s * q + t] += ev_dot(f->root + which[s] * p, k->w, p);
            }
        }
    }
    ev_eigen(omega, q, values, vectors);
    for (size_t i = 0; i < q; i++) {
        if (!(values[i] > 0)) {
            return false;
        }
        values[i] = 1 / sqrt(values[i]);
    }
    spectral(vectors, values, q, half, root);
    memset(k->l, 0, q * p * sizeof(double));
    for (size_t s = 0; s < q; s++) {
        for (size_t t = 0; t < q; t++) {
            ev_axpy(root[s * q + t], f->root + which[t] * p, k->l + s * p, p);
        }
    }
    return true;
}

enum ph_status ev_htz_eta(
    const struct ev_fit *f, const struct ev_vcov *v, const size_t *which, size_t q, double *ret_eta)
{
    struct ph_context *c = f->c;
    size_t p = f->p;
    *ret_eta = NAN;
    if (q * q * p * p > 50 << 20) {
        return ev_complain(c, PH_TOO_LARGE, "Too many coefficients are tested together.");
    }
    struct contrasts k = { .q = q };
    double *block = ev_take(c, 3 * q * p + q * q * (p * p + 1) + 4 * q * q + q, sizeof(*block));
    if (!block) {
        return PH_NO_MEMORY;
    }
    k.l = block;
    k.t = k.l + q * p;
    k.w = k.t + q * p;
    k.sums = k.w + q * p;
    k.own = k.sums + q * q * p * p;
    if (standardise(f, v->bell, which, &k, k.own + q * q)) {
        gather(f, v->bell, &k);
        *ret_eta = (double)(q * (q + 1)) / total_variance(&k, p);
    }
    ev_give_back(c, block);
    return PH_OK;
}
