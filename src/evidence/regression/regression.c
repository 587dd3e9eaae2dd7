// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "estimate.h"

const char *ph_vcov_name(enum ph_vcov vcov)
{
    static const char *const names[] = { "iid", "HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR2",
        "CR3", "NW" };
    return (size_t)vcov < sizeof(names) / sizeof(names[0]) ? names[vcov] : "unknown";
}

void ph_regression_release(struct ph_context *c, struct ph_regression_result *r)
{
    if (c && r) {
        for (size_t j = 0; r->coefficients && j < r->n_coefficients; j++) {
            ev_give_back(c, (void *)(uintptr_t)r->coefficients[j].name);
        }
        ev_give_back(c, r->coefficients);
        ev_give_back(c, r->vcov);
        *r = (struct ph_regression_result){ 0 };
    }
}

static enum ph_status check_options(struct ph_context *c, const struct ph_regression_options *o)
{
    bool clustered = o->vcov >= PH_VCOV_CR0 && o->vcov <= PH_VCOV_CR3;
    enum ph_status status = ev_check_level(c, o->level);
    if (status != PH_OK) {
        return status;
    }
    if (!o->formula) {
        return ev_complain(c, PH_INVALID, "A formula is needed, as y ~ post | unit + time.");
    }
    if ((unsigned)o->vcov > PH_VCOV_NEWEY_WEST) {
        return ev_complain(c, PH_INVALID, "The kind of covariance is not known.");
    }
    if (clustered && o->cluster[0] == PH_NONE) {
        return ev_complain(c, PH_INVALID, "%s needs a cluster column.", ph_vcov_name(o->vcov));
    }
    if (!clustered && o->cluster[0] != PH_NONE) {
        return ev_complain(c, PH_INVALID,
            "A cluster column goes with CR0 to CR3; %s takes no account of it.",
            ph_vcov_name(o->vcov));
    }
    if (o->cluster[1] != PH_NONE && (!clustered || o->vcov > PH_VCOV_CR1)) {
        return ev_complain(c, PH_UNSUPPORTED, "Two cluster columns go with CR0 and CR1 only.");
    }
    if (o->cluster[1] != PH_NONE && o->cluster[1] == o->cluster[0]) {
        return ev_complain(c, PH_INVALID, "The two cluster columns are the same.");
    }
    if (o->time != PH_NONE && o->vcov != PH_VCOV_NEWEY_WEST) {
        return ev_complain(c, PH_INVALID, "A time column goes with Newey-West only.");
    }
    return PH_OK;
}

static enum ph_status build(
    struct ev_design *d, const struct ph_regression_options *o, struct ph_result *head)
{
    enum ph_status status = PH_OK;
    for (int k = 0; status == PH_OK && k < 2; k++) {
        status = ev_design_cluster(d, k, o->cluster[k]);
    }
    status = status == PH_OK ? ev_design_weigh(d, o->weights) : status;
    status = status == PH_OK ? ev_design_need(d, o->time, PH_REAL, PH_DROP_TIME, "time") : status;
    if (status != PH_OK) {
        return status;
    }
    struct ev_formula *formula = ev_formula_parse(d->c, o->formula, &status);
    if (formula) {
        status = ev_design_formula(d, formula, head);
    }
    ev_formula_free(d->c, formula);
    return status;
}

// The column in focus: by name, or the first that is no constant (the constant, where it is alone).
static enum ph_status find_focus(const struct ev_design *d, const char *name, size_t *ret_focus)
{
    *ret_focus = d->constant && d->p > 1 ? 1 : 0;
    if (d->p == 0) {
        return ev_complain(d->c, PH_INVALID, "The formula has no coefficient.");
    }
    for (size_t j = 0; name; j++) {
        if (j == d->p) {
            return ev_complain(d->c, PH_INVALID,
                "No coefficient is called %.100s; the first is %.100s.", name, d->name[*ret_focus]);
        }
        if (strcmp(d->name[j], name) == 0) {
            *ret_focus = j;
            break;
        }
    }
    return PH_OK;
}

static enum ph_status joint_test(const struct ev_estimate *e, const struct ph_regression_options *o,
    struct ph_regression_result *r)
{
    const struct ev_fit *f = &e->fit;
    size_t *which = ev_take(f->c, o->n_jointly, sizeof(*which));
    enum ph_status status = which ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < o->n_jointly; i++) {
        size_t j = 0;
        while (j < e->own && strcmp(f->d->name[j], o->jointly[i]) != 0) {
            j++;
        }
        which[i] = j < e->own ? ev_kept(f, j) : SIZE_MAX;
        if (j == e->own) {
            status =
                ev_complain(f->c, PH_INVALID, "No coefficient is called %.100s.", o->jointly[i]);
        } else if (which[i] == SIZE_MAX || (f->d->constant && j == 0)) {
            status = ev_complain(f->c, PH_DATA,
                "%.100s cannot be tested: it is the constant, or was dropped.", o->jointly[i]);
        }
    }
    if (status == PH_OK && o->n_jointly > 0) {
        status = ev_wald(f, &e->vcov, which, o->n_jointly, &r->joint);
    }
    ev_give_back(f->c, which);
    return status;
}

static enum ph_status copy_coefficients(
    const struct ev_estimate *e, double level, struct ph_regression_result *r)
{
    struct ph_context *c = e->fit.c;
    size_t n = e->own;
    r->coefficients = ev_take(c, n, sizeof(*r->coefficients));
    r->vcov = ev_take(c, n * n, sizeof(*r->vcov));
    if (!r->coefficients || !r->vcov) {
        return PH_NO_MEMORY;
    }
    r->n_coefficients = n;
    for (size_t j = 0; j < n; j++) {
        enum ph_status status = ev_coefficient(e, j, level, &r->coefficients[j]);
        const char *name = r->coefficients[j].name;
        char *copy = ev_take(c, strlen(name) + 1, 1);
        r->coefficients[j].name = copy;
        if (!copy || status != PH_OK) {
            return PH_NO_MEMORY;
        }
        memcpy(copy, name, strlen(name) + 1);
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            size_t ka = ev_kept(&e->fit, a);
            size_t kb = ev_kept(&e->fit, b);
            bool both = ka != SIZE_MAX && kb != SIZE_MAX;
            r->vcov[a * n + b] = both ? e->vcov.v[ka * e->fit.p + kb] : NAN;
        }
    }
    if (e->fit.d->constant) { // of the centred model: only its variance is told
        for (size_t b = 0; b < n; b++) {
            r->vcov[b] = r->vcov[b * n] = NAN;
        }
        r->vcov[0] = r->coefficients[0].se * r->coefficients[0].se;
    }
    return PH_OK;
}

static enum ph_status fill(const struct ev_estimate *e, const struct ph_regression_options *o,
    size_t focus, struct ph_regression_result *r)
{
    const struct ev_fit *f = &e->fit;
    const struct ev_design *d = f->d;
    enum ph_status status = copy_coefficients(e, o->level, r);
    if (status != PH_OK) {
        return status;
    }
    ev_head_from(e, &r->coefficients[focus], o->design, &r->head);
    r->clusters[0] = d->cluster[0].n;
    r->clusters[1] = d->cluster[1].n;
    r->k = f->k;
    r->k_counted = e->k_counted;
    r->absorbed_levels = f->absorbed_levels;
    r->singletons = r->head.dropped[PH_DROP_SINGLETON];
    r->iterations = f->iterations;
    r->tolerance = EV_DEMEAN_TOLERANCE;
    r->sigma = sqrt(f->ss_e / (double)(f->n - f->k));
    r->r2 = f->ss_y > 0 ? 1 - f->ss_e / f->ss_y : NAN;
    r->r2_within = f->ss_y_within > 0 ? 1 - f->ss_e / f->ss_y_within : NAN;
    status = ev_serial(e, &r->durbin_watson, &r->autocorrelation1);
    status = status == PH_OK ? joint_test(e, o, r) : status;
    return status == PH_OK ? ev_check_finite(f->c, &r->head) : status;
}

enum ph_status ev_regression_design(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_regression_options *o, struct ev_design **ret_design, size_t *ret_focus)
{
    struct ev_design *d = ev_design_new(c, frame);
    struct ph_result head = { 0 };
    enum ph_status status = d ? build(d, o, &head) : PH_NO_MEMORY;
    status = status == PH_OK ? find_focus(d, o->focus, ret_focus) : status;
    if (status != PH_OK) {
        ev_design_free(d);
        return status;
    }
    *ret_design = d;
    return PH_OK;
}

enum ph_status ph_regression(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_regression_options *o, struct ph_regression_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    status = status == PH_OK ? check_options(c, o) : status;
    struct ev_design *d = status == PH_OK ? ev_design_new(c, frame) : NULL;
    if (!d) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    struct ph_regression_result r = { .head = ev_result_blank(o->level, "ols"),
        .joint = { NAN, NAN, NAN, NAN } };
    struct ev_estimate e = { 0 };
    size_t focus = 0;
    status = build(d, o, &r.head);
    status = status == PH_OK ? find_focus(d, o->focus, &focus) : status;
    if (status == PH_OK) {
        struct ev_estimate_options eo = { .vcov = o->vcov,
            .counted = o->counted,
            .focus = focus,
            .time = o->time,
            .lag = o->lag,
            .unadjusted = o->unadjusted };
        status = ev_estimate(d, &eo, &e);
    }
    status = status == PH_OK ? fill(&e, o, focus, &r) : status;
    ev_estimate_release(&e);
    ev_design_free(d);
    if (status != PH_OK) {
        ph_regression_release(c, &r);
        return status;
    }
    *ret_result = r;
    return status;
}
