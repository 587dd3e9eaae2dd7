// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "matrix.h"
#include "vcov.h"

void ev_vcov_release(struct ev_vcov *v)
{
    if (v->c) {
        ev_give_back(v->c, v->v);
        ev_give_back(v->c, v->df);
        ev_satterthwaite_free(v->c, v->bell);
    }
    *v = (struct ev_vcov){ 0 };
}

static enum ph_status room(const struct ev_fit *f, double df, struct ev_vcov *ret)
{
    *ret = (struct ev_vcov){ .c = f->c, .p = f->p };
    ret->v = ev_take(f->c, f->p * f->p, sizeof(double));
    ret->df = ev_take(f->c, f->p, sizeof(double));
    for (size_t j = 0; ret->df && j < f->p; j++) {
        ret->df[j] = df;
    }
    return ret->v && ret->df ? PH_OK : PH_NO_MEMORY;
}

enum ph_status ev_vcov_iid(const struct ev_fit *f, struct ev_vcov *ret)
{
    double df = (double)(f->n - f->k);
    enum ph_status status = room(f, df, ret);
    for (size_t i = 0; status == PH_OK && i < f->p * f->p; i++) {
        ret->v[i] = f->inverse[i] * f->ss_e / df;
    }
    return status;
}

enum ph_status ev_vcov_from_meat(
    const struct ev_fit *f, const double *meat, double df, struct ev_vcov *ret)
{
    size_t p = f->p;
    double *half = ev_take(f->c, p * p, sizeof(*half));
    enum ph_status status = half ? room(f, df, ret) : PH_NO_MEMORY;
    if (status == PH_OK) {
        ev_times_transposed(f->inverse, p, meat, p, p, half); // both are symmetric
        ev_times_transposed(half, p, f->inverse, p, p, ret->v);
        for (size_t a = 0; a < p; a++) {
            for (size_t b = a + 1; b < p; b++) {
                double mean = (ret->v[a * p + b] + ret->v[b * p + a]) / 2;
                ret->v[a * p + b] = ret->v[b * p + a] = mean;
            }
        }
    }
    ev_give_back(f->c, half);
    return status;
}

// ---- Heteroskedasticity ----

enum { ROWS_AT_ONCE = 256 };

// x' (X'X)^-1 x = |L'x|^2 of rows FROM .. FROM + N, added to H.
static void leverage(const struct ev_fit *f, size_t from, size_t n, double *h)
{
    double z[ROWS_AT_ONCE];
    for (size_t k = 0; k < f->p; k++) {
        memset(z, 0, n * sizeof(z[0]));
        for (size_t j = 0; j <= k; j++) {
            double l = f->root[j * f->p + k];
            if (l != 0) {
                ev_axpy(l, f->x[j] + from, z, n);
            }
        }
        for (size_t i = 0; i < n; i++) {
            h[i] += z[i] * z[i];
        }
    }
}

// What each residual's square counts for.
static void weigh(const struct ev_fit *f, enum ph_vcov kind, const double *level_weight,
    const struct ev_groups *absorbed, size_t from, size_t n, double *u, uint64_t *warnings)
{
    double h[ROWS_AT_ONCE] = { 0 };
    bool leverages = kind == PH_VCOV_HC2 || kind == PH_VCOV_HC3;
    if (leverages) {
        leverage(f, from, n, h);
    }
    for (size_t i = 0; i < n; i++) {
        double e = f->e[from + i];
        if (leverages && absorbed) {
            double w = f->d->w ? f->d->w[from + i] : 1;
            h[i] += w / level_weight[absorbed->of[from + i]];
        }
        double rest = 1 - h[i];
        if (leverages && rest < 1e-10) {
            *warnings |= PH_WARN_LEVERAGE; // such a row fits itself: its residual is 0
            u[i] = 0;
            continue;
        }
        u[i] = kind == PH_VCOV_HC2   ? e * e / rest
               : kind == PH_VCOV_HC3 ? e * e / (rest * rest)
                                     : e * e;
    }
}

enum ph_status ev_vcov_hc(const struct ev_fit *f, enum ph_vcov kind,
    const struct ev_groups *absorbed, struct ev_vcov *ret)
{
    size_t p = f->p;
    double *meat = ev_take(f->c, p * p, sizeof(*meat));
    double *rest = ev_take(f->c, p * p, sizeof(*rest));
    double *level = absorbed ? ev_take(f->c, absorbed->n, sizeof(*level)) : NULL;
    uint64_t warnings = 0;
    double df = (double)(f->n - f->k);
    enum ph_status status = meat && rest && (level || !absorbed) ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && absorbed && i < f->n; i++) {
        level[absorbed->of[i]] += f->d->w ? f->d->w[i] : 1;
    }
    for (size_t from = 0; status == PH_OK && from < f->n; from += ROWS_AT_ONCE) {
        double u[ROWS_AT_ONCE];
        double ux[ROWS_AT_ONCE];
        size_t n = f->n - from < ROWS_AT_ONCE ? f->n - from : ROWS_AT_ONCE;
        weigh(f, kind, level, absorbed, from, n, u, &warnings);
        for (size_t a = 0; a < p; a++) {
            for (size_t i = 0; i < n; i++) {
                ux[i] = u[i] * f->x[a][from + i];
            }
            for (size_t b = a; b < p; b++) {
                // Blocks are added with what rounding left of the sum so far.
                double y = ev_dot(ux, f->x[b] + from, n) - rest[a * p + b];
                double t = meat[a * p + b] + y;
                rest[a * p + b] = (t - meat[a * p + b]) - y;
                meat[a * p + b] = t;
            }
        }
    }
    if (status == PH_OK) {
        double factor = kind == PH_VCOV_HC1 ? (double)f->n / df : 1;
        for (size_t a = 0; a < p; a++) {
            for (size_t b = a; b < p; b++) {
                meat[a * p + b] *= factor;
                meat[b * p + a] = meat[a * p + b];
            }
        }
        status = ev_vcov_from_meat(f, meat, df, ret);
        ret->warnings |= warnings;
    }
    ev_give_back(f->c, meat);
    ev_give_back(f->c, rest);
    ev_give_back(f->c, level);
    return status;
}

// ---- Clusters ----

double *ev_scores(const struct ev_fit *f, const struct ev_groups *g)
{
    double *s = ev_take(f->c, g->n * f->p, sizeof(*s));
    bool together = g->runs == g->n;
    for (size_t j = 0; s && !together && j < f->p; j++) {
        for (size_t i = 0; i < f->n; i++) {
            s[(size_t)g->of[i] * f->p + j] += f->x[j][i] * f->e[i];
        }
    }
    for (size_t from = 0; s && together && from < f->n;) {
        size_t end = from + 1;
        while (end < f->n && g->of[end] == g->of[from]) {
            end++;
        }
        double *own = s + (size_t)g->of[from] * f->p;
        for (size_t j = 0; j < f->p; j++) {
            own[j] = (end - from > EV_BLOCK ? ev_dot : ev_dot_block)(
                f->x[j] + from, f->e + from, end - from);
        }
        from = end;
    }
    return s;
}

static enum ph_status add_meat(
    const struct ev_fit *f, const struct ev_groups *g, double sign, double *meat)
{
    double *s = ev_scores(f, g);
    if (!s) {
        return PH_NO_MEMORY;
    }
    size_t p = f->p;
    for (size_t h = 0; h < g->n; h++) {
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                meat[a * p + b] += sign * s[h * p + a] * s[h * p + b];
            }
        }
    }
    ev_give_back(f->c, s);
    return PH_OK;
}

// The groups of rows that agree in both A and B.
static enum ph_status meet(const struct ev_fit *f, const struct ev_groups *a,
    const struct ev_groups *b, struct ev_groups *ret)
{
    struct ph_context *c = f->c;
    size_t n = f->n;
    int32_t *start = ev_take(c, a->n + 2, sizeof(*start));
    int32_t *order = ev_take(c, n, sizeof(*order));
    int32_t *mark = ev_take(c, b->n, sizeof(*mark));
    *ret = (struct ev_groups){ .of = ev_take(c, n, sizeof(int32_t)) };
    bool whole = start && order && mark && ret->of;
    for (size_t i = 0; whole && i < n; i++) {
        start[a->of[i] + 2]++;
    }
    for (size_t g = 2; whole && g < a->n + 2; g++) {
        start[g] += start[g - 1];
    }
    for (size_t i = 0; whole && i < n; i++) {
        order[start[a->of[i] + 1]++] = (int32_t)i;
    }
    for (size_t g = 0; whole && g < a->n; g++) {
        int32_t before = (int32_t)ret->n;
        for (int32_t at = start[g]; at < start[g + 1]; at++) {
            int32_t *m = &mark[b->of[order[at]]];
            if (*m <= before) {
                *m = (int32_t)++ret->n;
            }
            ret->of[order[at]] = *m - 1;
        }
    }
    ev_give_back(c, start);
    ev_give_back(c, order);
    ev_give_back(c, mark);
    return whole ? PH_OK : PH_NO_MEMORY;
}

// Two-way covariances can have negative eigenvalues in small samples: those are set to 0 (Cameron,
// Gelbach & Miller 2011, JBES 29:238).
static enum ph_status repair(struct ev_vcov *v)
{
    size_t p = v->p;
    double *a = ev_take(v->c, 3 * p * p + p, sizeof(*a));
    if (!a) {
        return PH_NO_MEMORY;
    }
    double *vectors = a + p * p;
    double *scaled = a + 2 * p * p;
    double *values = a + 3 * p * p;
    memcpy(a, v->v, p * p * sizeof(*a));
    ev_eigen(a, p, values, vectors);
    double largest = 0;
    double least = 0;
    for (size_t k = 0; k < p; k++) {
        largest = fmax(largest, values[k]);
        least = fmin(least, values[k]);
    }
    if (least < -1e-12 * largest) {
        v->warnings |= PH_WARN_VCOV_REPAIRED;
        for (size_t i = 0; i < p; i++) {
            for (size_t k = 0; k < p; k++) {
                scaled[i * p + k] = vectors[i * p + k] * fmax(values[k], 0);
            }
        }
        ev_times_transposed(scaled, p, vectors, p, p, v->v);
    }
    ev_give_back(v->c, a);
    return PH_OK;
}

enum ph_status ev_vcov_clustered(const struct ev_fit *f, const struct ev_groups *a,
    const struct ev_groups *b, double factor, double df, struct ev_vcov *ret)
{
    size_t p = f->p;
    struct ev_groups both = { 0 };
    double *meat = ev_take(f->c, p * p, sizeof(*meat));
    enum ph_status status = meat ? add_meat(f, a, 1, meat) : PH_NO_MEMORY;
    if (status == PH_OK && b) {
        status = add_meat(f, b, 1, meat);
        status = status == PH_OK ? meet(f, a, b, &both) : status;
        status = status == PH_OK ? add_meat(f, &both, -1, meat) : status;
    }
    for (size_t i = 0; status == PH_OK && i < p * p; i++) {
        meat[i] *= factor;
    }
    status = status == PH_OK ? ev_vcov_from_meat(f, meat, df, ret) : status;
    if (status == PH_OK && b) {
        status = repair(ret);
    }
    ev_give_back(f->c, meat);
    ev_give_back(f->c, both.of);
    return status;
}

// ---- Time ----

// Newey & West (1987, Econometrica 55:703): Bartlett's weights 1 - l/(lag + 1).
enum ph_status ev_vcov_newey_west(
    const struct ev_fit *f, const int32_t *order, uint32_t lag, double factor, struct ev_vcov *ret)
{
    size_t p = f->p;
    size_t n = f->n;
    double *meat = ev_take(f->c, p * p, sizeof(*meat));
    double *s = ev_take(f->c, n * p, sizeof(*s)); // scores, column by column
    enum ph_status status = meat && s ? PH_OK : PH_NO_MEMORY;
    for (size_t j = 0; status == PH_OK && j < p; j++) {
        for (size_t i = 0; i < n; i++) {
            size_t row = order ? (size_t)order[i] : i;
            s[j * n + i] = f->x[j][row] * f->e[row];
        }
    }
    for (uint32_t l = 0; status == PH_OK && l <= lag && l < n; l++) {
        double weight = factor * (1 - (double)l / ((double)lag + 1));
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                double g = weight * ev_dot(s + a * n + l, s + b * n, n - l);
                meat[a * p + b] += g;
                meat[b * p + a] += l > 0 ? g : 0;
            }
        }
        if (ev_cancelled(f->c)) {
            status = ev_complain(f->c, PH_CANCELLED, "Cancelled.");
        }
    }
    status = status == PH_OK ? ev_vcov_from_meat(f, meat, (double)(n - f->k), ret) : status;
    ev_give_back(f->c, meat);
    ev_give_back(f->c, s);
    return status;
}

// ---- Tests of several coefficients ----

enum ph_status ev_wald(const struct ev_fit *f, const struct ev_vcov *v, const size_t *which,
    size_t q, struct ph_wald *ret)
{
    struct ph_context *c = f->c;
    double *a = ev_take(c, 3 * q * q + 3 * q, sizeof(*a));
    bool *skipped = ev_take(c, q, sizeof(*skipped));
    *ret = (struct ph_wald){ NAN, (double)q, NAN, NAN };
    if (!a || !skipped) {
        ev_give_back(c, a);
        ev_give_back(c, skipped);
        return PH_NO_MEMORY;
    }
    double *r = a + q * q;
    double *inverse = a + 2 * q * q;
    double *floor = a + 3 * q * q;
    double *b = floor + q;
    double *z = b + q;
    for (size_t i = 0; i < q; i++) {
        double si = sqrt(v->v[which[i] * v->p + which[i]]);
        b[i] = f->beta[which[i]] / si;
        floor[i] = 1e-12;
        for (size_t j = 0; j < q; j++) {
            double sj = sqrt(v->v[which[j] * v->p + which[j]]);
            a[i * q + j] = v->v[which[i] * v->p + which[j]] / (si * sj);
        }
    }
    enum ph_status status = PH_OK;
    if (ev_cholesky(a, q, floor, r, skipped) == q) {
        ev_upper_inverse(r, q, inverse);
        ev_transposed_times_vector(inverse, q, q, b, z);
        double w = ev_dot(z, z, q);
        ret->f = w / (double)q;
        ret->df2 = v->df[which[0]];
        if (v->bell) {
            double eta = NAN;
            status = ev_htz_eta(f, v, which, q, &eta);
            ret->df2 = eta - (double)q + 1;
            ret->f = ret->df2 > 0 ? ret->df2 / (eta * (double)q) * w : NAN;
        }
        ret->p = ret->df2 > 0 ? ph_f_sf(ret->f, ret->df1, ret->df2) : NAN;
    }
    ev_give_back(c, a);
    ev_give_back(c, skipped);
    return status;
}
