// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "estimate.h"
#include "matrix.h"

#include <stdlib.h>

void ev_estimate_release(struct ev_estimate *e)
{
    struct ph_context *c = e->fit.c;
    if (c) {
        ev_give_back(c, e->order);
        ev_vcov_release(&e->vcov);
        ev_fit_release(&e->fit);
    }
    *e = (struct ev_estimate){ 0 };
}

// ---- Which fixed effects are taken out, which become columns ----

enum ph_status ev_nested_groups(
    const struct ev_design *d, const struct ev_groups *clusters, unsigned *ret_set)
{
    *ret_set = 0;
    for (size_t a = 0; a < d->n_absorbed; a++) {
        const struct ev_groups *g = &d->absorbed[a];
        if (g->of == clusters->of) {
            *ret_set |= 1U << a;
            continue;
        }
        int32_t *within = ev_take(d->c, g->n, sizeof(*within)); // its cluster + 1
        if (!within) {
            return PH_NO_MEMORY;
        }
        bool nested = true;
        for (size_t i = 0; nested && i < d->n; i++) {
            int32_t *of = &within[g->of[i]];
            nested = *of == 0 || *of == clusters->of[i] + 1;
            *of = clusters->of[i] + 1;
        }
        ev_give_back(d->c, within);
        *ret_set |= nested ? 1U << a : 0;
    }
    return PH_OK;
}

// Leverage is known with one kind of group taken out (the largest), or with any number of kinds
// within clusters; the others become columns.
static enum ph_status choose_dummies(
    const struct ev_design *d, const struct ev_estimate_options *o, unsigned *ret_dummies)
{
    enum { DUMMIES_MAX = 600 };
    unsigned all = (1U << d->n_absorbed) - 1;
    unsigned keep = all;
    enum ph_status status = PH_OK;
    if (o->by_cluster || o->vcov == PH_VCOV_CR2 || o->vcov == PH_VCOV_CR3) {
        status = ev_nested_groups(d, &d->cluster[0], &keep);
    } else if (d->n_absorbed > 1 && (o->vcov == PH_VCOV_HC2 || o->vcov == PH_VCOV_HC3)) {
        size_t largest = 0;
        for (size_t a = 1; a < d->n_absorbed; a++) {
            largest = d->absorbed[a].n > d->absorbed[largest].n ? a : largest;
        }
        keep = 1U << largest;
    }
    size_t columns = d->p;
    for (size_t a = 0; a < d->n_absorbed; a++) {
        columns += keep & (1U << a) ? 0 : d->absorbed[a].n;
    }
    if (status == PH_OK && keep != all && columns > DUMMIES_MAX) {
        return ev_complain(d->c, PH_TOO_LARGE,
            "%s needs fixed effects as columns, %zu of them here; %d can be had. Cluster by what "
            "holds them, or use CR1 or HC1.",
            ph_vcov_name(o->vcov), columns, DUMMIES_MAX);
    }
    *ret_dummies = all & ~keep;
    return status;
}

// ---- Clusters ----

// CR1's factor: G/(G-1) (N-1)/(N-K) with the smaller G of two (as fixest does).
static enum ph_status cluster_factor(const struct ev_design *d, const struct ev_estimate_options *o,
    struct ev_estimate *e, size_t clusters, double *ret_factor)
{
    unsigned unnested = (1U << d->n_absorbed) - 1;
    for (int k = 0; k < 2; k++) {
        unsigned nested = 0;
        if (!d->cluster[k].of) {
            continue;
        }
        enum ph_status status = ev_nested_groups(d, &d->cluster[k], &nested);
        if (status != PH_OK) {
            return status;
        }
        unnested &= ~nested;
    }
    size_t rank = 0;
    size_t all = 0;
    enum ph_status status = ev_absorbed_rank(d, unnested, &rank);
    status = status == PH_OK ? ev_absorbed_rank(d, (1U << d->n_absorbed) - 1, &all) : status;
    if (d->n_absorbed > 0 && unnested == 0) {
        rank = 1; // the constant
    }
    e->k_counted = o->counted == PH_COUNT_ALL ? e->fit.k : e->fit.k - all + rank;
    double g = (double)clusters;
    double n = (double)d->n;
    *ret_factor = o->vcov == PH_VCOV_CR0 ? 1 : g / (g - 1) * (n - 1) / (n - (double)e->k_counted);
    return status;
}

static enum ph_status clustered(
    struct ev_design *d, const struct ev_estimate_options *o, struct ev_estimate *e)
{
    const struct ev_groups *a = &d->cluster[0];
    const struct ev_groups *b = d->cluster[1].of ? &d->cluster[1] : NULL;
    size_t least = b && b->n < a->n ? b->n : a->n;
    if (least < 2) {
        return ev_complain(d->c, PH_DATA,
            "There is one cluster only; how clusters differ cannot be told from it.");
    }
    if (o->vcov == PH_VCOV_CR2 || o->vcov == PH_VCOV_CR3) {
        e->k_counted = e->fit.k;
        e->convention = o->vcov == PH_VCOV_CR2 ? "ols.cr2.bell-mccaffrey.satterthwaite"
                                               : "ols.cr3.satterthwaite";
        return ev_vcov_bell_mccaffrey(&e->fit, o->vcov, a, &e->vcov);
    }
    double factor = 1;
    enum ph_status status = cluster_factor(d, o, e, least, &factor);
    bool all = o->counted == PH_COUNT_ALL;
    e->convention = o->vcov == PH_VCOV_CR0 ? "ols.cr0"
                    : b ? (all ? "ols.cr1.two-way.all-counted" : "ols.cr1.two-way.unnested-counted")
                    : all ? "ols.cr1.all-counted"
                          : "ols.cr1.unnested-counted";
    if (status == PH_OK) {
        status = ev_vcov_clustered(&e->fit, a, b, factor, (double)(least - 1), &e->vcov);
    }
    return status;
}

// ---- Time ----

struct moment {
    double time;
    int32_t row;
};

static int by_time(const void *a, const void *b)
{
    double x = ((const struct moment *)a)->time;
    double y = ((const struct moment *)b)->time;
    return x < y ? -1 : x > y;
}

static enum ph_status order_rows(struct ev_design *d, int32_t column, struct ev_estimate *e)
{
    struct moment *m = ev_take(d->c, d->n, sizeof(*m));
    e->order = ev_take(d->c, d->n, sizeof(*e->order));
    if (!m || !e->order) {
        ev_give_back(d->c, m);
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < d->n; i++) {
        m[i] = (struct moment){ ev_cell(d->f, column, ev_design_row(d, i)), (int32_t)i };
    }
    qsort(m, d->n, sizeof(*m), by_time);
    enum ph_status status = PH_OK;
    for (size_t i = 0; status == PH_OK && i < d->n; i++) {
        e->order[i] = m[i].row;
        if (i > 0 && m[i].time == m[i - 1].time) {
            status = ev_complain(d->c, PH_DATA,
                "Rows %zu and %zu have the same time (%.15g); a series has one row a time.",
                ev_row(d->f, ev_design_row(d, (size_t)m[i - 1].row)),
                ev_row(d->f, ev_design_row(d, (size_t)m[i].row)), m[i].time);
        }
    }
    ev_give_back(d->c, m);
    return status;
}

static enum ph_status newey_west(
    struct ev_design *d, const struct ev_estimate_options *o, struct ev_estimate *e)
{
    double n = (double)d->n;
    double factor = o->unadjusted ? 1 : n / (n - (double)e->fit.k);
    e->convention =
        o->unadjusted ? "ols.newey-west.bartlett.unadjusted" : "ols.newey-west.bartlett.n/(n-k)";
    if (o->lag >= d->n) {
        return ev_complain(
            d->c, PH_INVALID, "The lag (%u) must be below the %zu rows.", o->lag, d->n);
    }
    return ev_vcov_newey_west(&e->fit, e->order, o->lag, factor, &e->vcov);
}

static enum ph_status heteroskedastic(struct ev_design *d, const struct ev_estimate_options *o,
    unsigned dummies, struct ev_estimate *e)
{
    static const char *const names[] = { [PH_VCOV_HC0] = "ols.hc0",
        [PH_VCOV_HC1] = "ols.hc1",
        [PH_VCOV_HC2] = "ols.hc2",
        [PH_VCOV_HC3] = "ols.hc3" };
    const struct ev_groups *absorbed = NULL;
    for (size_t a = 0; a < d->n_absorbed; a++) {
        absorbed = dummies & (1U << a) ? absorbed : &d->absorbed[a];
    }
    e->convention = names[o->vcov];
    return ev_vcov_hc(&e->fit, o->vcov, absorbed, &e->vcov);
}

enum ph_status ev_estimate(
    struct ev_design *d, const struct ev_estimate_options *o, struct ev_estimate *ret)
{
    *ret = (struct ev_estimate){ .own = d->p };
    ret->fit.c = d->c;
    unsigned dummies = 0;
    enum ph_status status = choose_dummies(d, o, &dummies);
    status = status == PH_OK ? ev_fit(d, dummies, o->focus, &ret->fit) : status;
    if (status == PH_OK && o->time != PH_NONE) {
        status = order_rows(d, o->time, ret);
    }
    if (status != PH_OK) {
        return status;
    }
    ret->k_counted = ret->fit.k;
    if (o->vcov == PH_VCOV_IID) {
        ret->convention = "ols.iid";
        return ev_vcov_iid(&ret->fit, &ret->vcov);
    }
    if (o->vcov == PH_VCOV_NEWEY_WEST) {
        return newey_west(d, o, ret);
    }
    return o->vcov >= PH_VCOV_CR0 ? clustered(d, o, ret) : heteroskedastic(d, o, dummies, ret);
}

// ---- Coefficients ----

size_t ev_kept(const struct ev_fit *f, size_t j)
{
    for (size_t k = 0; k < f->p; k++) {
        if (f->column[k] == j) {
            return k;
        }
    }
    return SIZE_MAX;
}

// The constant where columns are at 0 and not at their means: minus mean'beta, in its variance too.
static void shift_constant(const struct ev_estimate *e, double *estimate, double *variance)
{
    const struct ev_fit *f = &e->fit;
    *estimate = f->beta[0] + f->y_mean;
    *variance = 0;
    for (size_t a = 0; a < f->p; a++) {
        double ra = a == 0 ? 1 : -f->mean[f->column[a]];
        *estimate -= a == 0 ? 0 : f->mean[f->column[a]] * f->beta[a];
        for (size_t b = 0; b < f->p; b++) {
            double rb = b == 0 ? 1 : -f->mean[f->column[b]];
            *variance += ra * rb * e->vcov.v[a * f->p + b];
        }
    }
}

enum ph_status ev_coefficient(
    const struct ev_estimate *e, size_t j, double level, struct ph_coefficient *ret)
{
    const struct ev_fit *f = &e->fit;
    size_t k = ev_kept(f, j);
    *ret = (struct ph_coefficient){ .name = f->d->name[j],
        .estimate = NAN,
        .se = NAN,
        .df = NAN,
        .p = NAN,
        .interval = { NAN, NAN },
        .dropped = k == SIZE_MAX };
    if (ret->dropped) {
        return PH_OK;
    }
    double variance = e->vcov.v[k * f->p + k];
    ret->estimate = f->beta[k];
    if (f->d->constant && j == 0) {
        shift_constant(e, &ret->estimate, &variance);
    }
    ret->df = e->vcov.df[k];
    if (variance > 0) {
        ret->se = sqrt(variance);
        struct ph_result r = { .estimate = ret->estimate,
            .se = ret->se,
            .df = ret->df,
            .level = level,
            .p = NAN,
            .interval = { NAN, NAN } };
        ev_interval_t(&r);
        ret->p = r.p;
        ret->interval = r.interval;
    }
    return PH_OK;
}

void ev_head_from(const struct ev_estimate *e, const struct ph_coefficient *of,
    enum ph_design design, struct ph_result *head)
{
    const struct ev_design *d = e->fit.d;
    head->estimate = of->estimate;
    head->se = of->se;
    head->df = of->df;
    head->p = of->p;
    head->interval = of->interval;
    head->convention = e->convention;
    head->clusters = d->cluster[0].n;
    if (d->cluster[1].of && d->cluster[1].n < head->clusters) {
        head->clusters = d->cluster[1].n;
    }
    head->warnings |= e->vcov.warnings;
    ev_grade_groups(head, design);
    if (head->clusters > 0 && head->clusters < FEW_CLUSTERS) {
        head->warnings |= PH_WARN_FEW_CLUSTERS;
    }
    if (e->fit.ss_e == 0) {
        head->warnings |= PH_WARN_NO_VARIATION;
    }
    if (head->df < 4) {
        head->warnings |= PH_WARN_FEW_DF;
    }
    if (head->dropped[PH_DROP_SINGLETON] > 0) {
        head->warnings |= PH_WARN_SINGLETONS;
    }
    for (size_t a = 0; a < d->n_absorbed; a++) { // an effect of what is the same in all rows
        head->warnings |= d->absorbed[a].n == 1 ? PH_WARN_COLLINEAR : 0;
    }
    for (size_t j = 0; j < e->own; j++) {
        head->warnings |= e->fit.dropped[j] ? PH_WARN_COLLINEAR : 0;
    }
}

enum ph_status ev_serial(const struct ev_estimate *e, double *ret_dw, double *ret_r1)
{
    const struct ev_fit *f = &e->fit;
    double *by_time = e->order ? ev_take_raw(f->c, f->n, sizeof(*by_time)) : NULL;
    if (e->order && !by_time) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; by_time && i < f->n; i++) {
        by_time[i] = f->e[e->order[i]];
    }
    const double *v = by_time ? by_time : f->e;
    *ret_dw = f->ss_e > 0 ? ev_squared_steps(v, f->n) / f->ss_e : NAN;
    *ret_r1 = f->ss_e > 0 ? ev_dot(v + 1, v, f->n - 1) / f->ss_e : NAN;
    ev_give_back(f->c, by_time);
    return PH_OK;
}
