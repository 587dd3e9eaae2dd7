// SPDX-License-Identifier: Apache-2.0
// Covariate adjustment: Lin (2013, AOAS 7:295), analysis of covariance, CUPED (Deng, Xu, Kohavi &
// Walker 2013, WSDM).
#include "internal.h"

#include "estimate.h"
#include "lin.h"
#include "matrix.h"

static enum ph_status check_options(struct ph_context *c, const struct ph_adjusted_options *o)
{
    bool clustered = o->vcov >= PH_VCOV_CR0 && o->vcov <= PH_VCOV_CR3;
    enum ph_status status = ev_check_level(c, o->level);
    if (status != PH_OK) {
        return status;
    }
    if ((unsigned)o->vcov >= PH_VCOV_NEWEY_WEST) {
        return ev_complain(c, PH_INVALID, "This covariance does not go with a comparison.");
    }
    if (o->adjustment == PH_ADJUST_CUPED &&
        (o->cluster != PH_NONE || o->weights != PH_NONE || o->n_covariates == 0)) {
        return ev_complain(c, PH_UNSUPPORTED,
            "CUPED takes covariates and neither clusters nor weights; use lin for those.");
    }
    if (o->adjustment != PH_ADJUST_CUPED && clustered != (o->cluster != PH_NONE)) {
        return ev_complain(c, PH_INVALID, "CR0 to CR3 and a cluster column go together.");
    }
    return PH_OK;
}

static enum ph_status choose_rows(
    struct ev_design *d, const struct ph_adjusted_options *o, struct ph_result *r)
{
    if (o->outcome == PH_NONE || o->treat == PH_NONE) {
        return ev_complain(d->c, PH_INVALID, "An outcome and a treatment column are needed.");
    }
    enum ph_status status = ev_design_need(d, o->outcome, PH_REAL, PH_DROP_OUTCOME, "outcome");
    status = status == PH_OK ? ev_column_check_01(d->c, d->f, o->treat, "treatment") : status;
    status =
        status == PH_OK ? ev_design_need(d, o->treat, PH_REAL, PH_DROP_GROUP, "treatment") : status;
    for (size_t j = 0; status == PH_OK && j < o->n_covariates; j++) {
        if (o->covariates[j] == o->outcome || o->covariates[j] == o->treat) {
            return ev_complain(
                d->c, PH_INVALID, "A covariate cannot be the outcome or the treatment.");
        }
        status = ev_design_need(d, o->covariates[j], PH_REAL, PH_DROP_COVARIATE, "covariate");
    }
    status = status == PH_OK ? ev_design_cluster(d, 0, o->cluster) : status;
    status = status == PH_OK ? ev_design_weigh(d, o->weights) : status;
    return status == PH_OK ? ev_design_settle(d, r) : status;
}

static void copy(const struct ev_design *d, int32_t column, double *to)
{
    const double *from = d->f->column[column].real;
    for (size_t i = 0; i < d->n; i++) {
        to[i] = from[ev_design_row(d, i)];
    }
}

// Constant, treatment, covariates, and for Lin their products with treatment.
static enum ph_status add_columns(struct ev_design *d, const struct ph_adjusted_options *o)
{
    char buf[24];
    char name[200];
    double *y = ev_design_outcome(d);
    double *one = ev_design_add(d, "(intercept)");
    double *treat = ev_design_add(d, ev_column_name(d->f, o->treat, buf, sizeof(buf)));
    if (!y || !one || !treat) {
        return PH_NO_MEMORY;
    }
    d->constant = true;
    copy(d, o->outcome, y);
    copy(d, o->treat, treat);
    for (size_t i = 0; i < d->n; i++) {
        one[i] = 1;
    }
    for (size_t j = 0; j < o->n_covariates; j++) {
        const char *column = ev_column_name(d->f, o->covariates[j], buf, sizeof(buf));
        double *x = ev_design_add(d, column);
        if (!x) {
            return PH_TOO_LARGE;
        }
        copy(d, o->covariates[j], x);
        (void)ev_centre(d, x);
        if (o->adjustment != PH_ADJUST_LIN) {
            continue;
        }
        snprintf(name, sizeof(name), "treat:%.150s", column);
        double *product = ev_design_add(d, name);
        if (!product) {
            return PH_TOO_LARGE;
        }
        for (size_t i = 0; i < d->n; i++) {
            product[i] = treat[i] * x[i];
        }
    }
    return PH_OK;
}

static enum ph_status compare(const struct ev_design *d, const double *y, const double *treat,
    double level, struct ph_result *ret, size_t count[2])
{
    double *group = ev_take(d->c, d->n, sizeof(*group));
    if (!group) {
        return PH_NO_MEMORY;
    }
    size_t n[2] = { 0, 0 };
    for (size_t i = 0; i < d->n; i++) {
        n[0] += treat[i] == 0;
    }
    size_t at[2] = { 0, n[0] };
    for (size_t i = 0; i < d->n; i++) {
        group[at[treat[i] == 1]++] = y[i];
    }
    n[1] = d->n - n[0];
    struct moments a = ev_moments_of(group, n[0]);
    struct moments b = ev_moments_of(group + n[0], n[1]);
    ev_give_back(d->c, group);
    if (n[0] < 2 || n[1] < 2) {
        return ev_complain(d->c, PH_DATA,
            "There are %zu treated and %zu comparison rows; at least 2 of each are needed.", n[1],
            n[0]);
    }
    *ret = ev_result_blank(level, NULL);
    ev_welch_into(ret, &a, &b);
    count[0] = n[0];
    count[1] = n[1];
    return PH_OK;
}

// The outcome less its full-sample regression on the covariates.
static enum ph_status cuped(
    struct ev_design *d, const struct ph_adjusted_options *o, struct ph_adjusted_result *r)
{
    double *treat = ev_take(d->c, d->n, sizeof(*treat));
    if (!treat) {
        return PH_NO_MEMORY;
    }
    copy(d, o->treat, treat);
    memset(d->x[1], 0, d->n * sizeof(double)); // treatment has no part in the slopes
    struct ev_fit fit = { .c = d->c };
    struct ph_result welch;
    size_t count[2];
    enum ph_status status = ev_fit(d, 0, SIZE_MAX, &fit);
    if (status == PH_OK) {
        status = compare(d, fit.e, treat, o->level, &welch, count);
    }
    if (status == PH_OK) {
        struct ph_result *h = &r->head;
        h->estimate = welch.estimate;
        h->se = welch.se;
        h->df = welch.df;
        h->p = welch.p;
        h->interval = welch.interval;
        h->warnings |= welch.warnings;
        h->convention = "cuped.full-sample-slopes.welch";
        ev_grade_groups(h, o->design);
        for (size_t j = 2; j < d->p; j++) {
            r->dropped_covariates += fit.dropped[j];
        }
        h->warnings |= r->dropped_covariates > 0 ? PH_WARN_COLLINEAR : 0;
    }
    ev_fit_release(&fit);
    ev_give_back(d->c, treat);
    return status;
}

static const char *convention_of(const struct ph_adjusted_options *o)
{
    static const char *const names[2][PH_VCOV_NEWEY_WEST] = { { "lin.iid", "lin.hc0", "lin.hc1",
                                                                  "lin.hc2", "lin.hc3", "lin.cr0",
                                                                  "lin.cr1", "lin.cr2", "lin.cr3" },
        { "ancova.iid", "ancova.hc0", "ancova.hc1", "ancova.hc2", "ancova.hc3", "ancova.cr0",
            "ancova.cr1", "ancova.cr2", "ancova.cr3" } };
    return names[o->adjustment == PH_ADJUST_ANCOVA][o->vcov];
}

static enum ph_status regressed(
    struct ev_design *d, const struct ph_adjusted_options *o, struct ph_adjusted_result *r)
{
    struct ev_estimate e = { 0 };
    struct ev_estimate_options eo = { .vcov = o->vcov, .focus = 1, .time = PH_NONE };
    struct ph_coefficient b;
    enum ph_status status = ev_estimate(d, &eo, &e);
    if (status == PH_OK) {
        status = ev_coefficient(&e, 1, o->level, &b);
    }
    if (status == PH_OK) {
        ev_head_from(&e, &b, o->design, &r->head);
        r->head.convention = convention_of(o);
        for (size_t j = 2; j < e.own; j++) {
            r->dropped_covariates += e.fit.dropped[j];
        }
    }
    ev_estimate_release(&e);
    return status;
}

static void fill_from_lin(
    const struct ev_lin *l, const struct ph_adjusted_options *o, struct ph_adjusted_result *r)
{
    r->unadjusted = l->unadjusted;
    r->unadjusted_se = sqrt(l->unadjusted_variance);
    r->n_compared = l->n_compared;
    r->n_treated = l->n_treated;
    r->head.estimate = l->estimate;
    r->head.se = sqrt(l->variance);
    r->head.df = (double)(l->n_treated + l->n_compared - l->k);
    r->head.convention = convention_of(o);
    r->head.warnings |= l->warnings;
    ev_interval_t(&r->head);
    ev_grade_groups(&r->head, o->design);
    r->head.warnings |= r->head.df < 4 ? PH_WARN_FEW_DF : 0;
}

// The whole regression, or what comes to the same.
static enum ph_status compute(
    struct ev_design *d, const struct ph_adjusted_options *o, struct ph_adjusted_result *r)
{
    struct ev_lin lin = { 0 };
    bool done = false;
    enum ph_status status = PH_OK;
    if (o->adjustment == PH_ADJUST_LIN) {
        status = ev_lin(d, o, &lin, &done);
    }
    if (done) {
        fill_from_lin(&lin, o, r);
        return PH_OK;
    }
    struct ph_result plain = { 0 };
    size_t count[2] = { 0, 0 };
    status = status == PH_OK ? add_columns(d, o) : status;
    if (status == PH_OK) {
        status = compare(d, d->y, d->x[1], o->level, &plain, count);
        r->unadjusted = plain.estimate;
        r->unadjusted_se = plain.se;
        r->n_compared = count[0];
        r->n_treated = count[1];
    }
    if (status == PH_OK) {
        status = o->adjustment == PH_ADJUST_CUPED ? cuped(d, o, r) : regressed(d, o, r);
    }
    return status;
}

enum ph_status ph_adjusted(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_adjusted_options *o, struct ph_adjusted_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    status = status == PH_OK ? check_options(c, o) : status;
    struct ev_design *d = status == PH_OK ? ev_design_new(c, frame) : NULL;
    if (!d) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    struct ph_adjusted_result r = { .head = ev_result_blank(o->level, "lin") };
    status = choose_rows(d, o, &r.head);
    status = status == PH_OK ? compute(d, o, &r) : status;
    ev_design_free(d);
    status = status == PH_OK ? ev_check_finite(c, &r.head) : status;
    if (status == PH_OK) {
        bool small = r.n_treated < SMALL_SAMPLE || r.n_compared < SMALL_SAMPLE;
        r.head.warnings |= small && o->adjustment != PH_ADJUST_CUPED ? PH_WARN_SMALL_SAMPLE : 0;
        double ratio = r.head.se / r.unadjusted_se;
        r.variance_reduction = o->cluster == PH_NONE ? 1 - ratio * ratio : NAN;
        *ret_result = r;
    }
    return status;
}
