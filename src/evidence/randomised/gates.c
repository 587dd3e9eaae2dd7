// SPDX-License-Identifier: Apache-2.0
// What must hold before an effect is read: the sample ratio, attrition. And post-stratification.
#include "internal.h"

#include "design.h"

#include <stdlib.h>

enum ph_status ph_sample_ratio(struct ph_context *c, double n_treated, double n_compared,
    double planned, struct ph_ratio_result *ret_result)
{
    enum ph_status status = ev_begin(c, ret_result, PH_VERSION, ret_result);
    if (status != PH_OK) {
        return status;
    }
    bool counts = n_treated >= 0 && n_compared >= 0 && n_treated + n_compared > 0 &&
                  n_treated <= 0x1p50 && n_compared <= 0x1p50;
    if (!counts || n_treated != floor(n_treated) || n_compared != floor(n_compared)) {
        return ev_complain(c, PH_DATA, "Counts must be whole, not negative, and not both 0.");
    }
    if (!(planned > 0 && planned < 1)) {
        return ev_complain(c, PH_INVALID, "The planned share must lie between 0 and 1, as 0.5.");
    }
    double n = n_treated + n_compared;
    double gap = n_treated - n * planned;
    struct ph_ratio_result r = {
        .n_treated = n_treated, .n_compared = n_compared, .share = n_treated / n, .planned = planned
    };
    r.chi2 = gap * gap / (n * planned * (1 - planned));
    r.p = 2 * ph_normal_sf(sqrt(r.chi2));
    r.mismatch = r.p < 0.001;
    r.warnings = r.mismatch ? PH_WARN_RATIO_MISMATCH : 0;
    if (n * planned < 5 || n * (1 - planned) < 5) {
        r.warnings |= PH_WARN_SMALL_SAMPLE;
    }
    *ret_result = r;
    return PH_OK;
}

// ---- Attrition ----

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double mean_of(const double *v, size_t n)
{
    return ev_sum_of(v, n) / (double)n;
}

// Lee (2009, REStud 76:1071): the fuller group loses the share of its measured outcomes by which
// fewer of the other were measured, from its top or from its bottom.
static void lee_bounds(struct ph_attrition_result *r, double *value[2], const size_t n[2])
{
    double measured[2] = { 1 - r->share[0], 1 - r->share[1] };
    int full = measured[1] >= measured[0];
    if (n[0] == 0 || n[1] == 0) {
        return;
    }
    r->trimmed = 1 - measured[!full] / measured[full];
    size_t cut = (size_t)(r->trimmed * (double)n[full] + 1e-9);
    qsort(value[full], n[full], sizeof(double), ascending);
    size_t kept = n[full] - cut;
    double low = mean_of(value[full], kept);
    double high = mean_of(value[full] + cut, kept);
    double other = mean_of(value[!full], n[!full]);
    r->lee = full ? (struct ph_interval){ low - other, high - other }
                  : (struct ph_interval){ other - high, other - low };
}

enum ph_status ph_attrition(struct ph_context *c, const struct ph_frame *f,
    const struct ph_two_group_options *o, struct ph_attrition_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    status = status == PH_OK ? ev_check_level(c, o->level) : status;
    status = status == PH_OK ? ev_column_check(c, f, o->outcome, PH_REAL, "outcome") : status;
    status = status == PH_OK ? ev_column_check_01(c, f, o->treat, "treatment") : status;
    if (status != PH_OK) {
        return status;
    }
    struct ph_attrition_result r = { .head = ev_result_blank(o->level, "newcombe.hybrid-score"),
        .lee = { NAN, NAN },
        .trimmed = NAN };
    double *value[2] = { ev_take(c, f->rows, sizeof(double)), ev_take(c, f->rows, sizeof(double)) };
    size_t n[2] = { 0, 0 };
    for (size_t i = 0; value[0] && value[1] && i < f->rows; i++) {
        if (ev_cell_missing(f, o->treat, i)) {
            r.head.dropped[PH_DROP_GROUP]++;
            continue;
        }
        int g = ev_cell(f, o->treat, i) == 1;
        r.n[g]++;
        r.missing[g] += ev_cell_missing(f, o->outcome, i);
        if (!ev_cell_missing(f, o->outcome, i)) {
            value[g][n[g]++] = ev_cell(f, o->outcome, i);
        }
    }
    status = value[0] && value[1] ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK && (r.n[0] == 0 || r.n[1] == 0)) {
        status = ev_complain(
            c, PH_DATA, "There are %.0f treated and %.0f comparison rows.", r.n[1], r.n[0]);
    }
    if (status == PH_OK) {
        struct ph_two_group_options po = PH_TWO_GROUP_OPTIONS;
        struct ph_proportions_result p;
        po.level = o->level;
        po.design = PH_DESIGN_RANDOMISED;
        r.share[0] = r.missing[0] / r.n[0];
        r.share[1] = r.missing[1] / r.n[1];
        status = ph_proportions_counts(c, r.missing[1], r.n[1], r.missing[0], r.n[0], &po, &p);
        if (status == PH_OK) {
            size_t dropped = r.head.dropped[PH_DROP_GROUP];
            r.head = p.head;
            r.head.dropped[PH_DROP_GROUP] = r.head.n_dropped = dropped;
            r.head.warnings |= p.head.p < 0.05 ? PH_WARN_ATTRITION : 0;
            ev_warn_dropped(&r.head);
            lee_bounds(&r, value, n);
            *ret_result = r;
        }
    }
    ev_give_back(c, value[0]);
    ev_give_back(c, value[1]);
    return status;
}

// ---- Post-stratification ----

struct cell {
    size_t n;
    double mean;
    double squares; // around the mean, by Welford's updates
};

static enum ph_status combine(const struct ev_design *d, const struct ev_groups *g,
    const struct cell *cells, struct ph_poststratified_result *r)
{
    double variance = 0;
    double fourth = 0;
    r->head.estimate = 0;
    r->smallest = d->n;
    for (size_t s = 0; s < g->n; s++) {
        const struct cell *a = &cells[2 * s];
        double weight = (double)(a[0].n + a[1].n) / (double)d->n;
        if (a[0].n < 2 || a[1].n < 2) {
            size_t i = 0;
            while (g->of[i] != (int32_t)s) {
                i++;
            }
            char buf[16];
            size_t row = ev_design_row(d, i);
            return ev_complain(d->c, PH_DATA,
                "Stratum %.80s has %zu treated and %zu comparison rows; 2 of each are needed. Join "
                "strata that are alike.",
                ev_key_name(d->f, g->column, ev_cell_key(d->f, g->column, row), buf, sizeof(buf)),
                a[1].n, a[0].n);
        }
        r->head.estimate += weight * (a[1].mean - a[0].mean);
        for (int k = 0; k < 2; k++) {
            double n = (double)a[k].n;
            double v = weight * weight * a[k].squares / (n - 1) / n;
            variance += v;
            fourth += v * v / (n - 1);
            r->smallest = a[k].n < r->smallest ? a[k].n : r->smallest;
        }
    }
    r->strata = g->n;
    if (variance > 0) {
        r->head.se = sqrt(variance);
        r->head.df = variance * variance / fourth;
        ev_interval_t(&r->head);
    } else {
        r->head.warnings |= PH_WARN_NO_VARIATION;
    }
    return ev_check_finite(d->c, &r->head);
}

static enum ph_status stratified(struct ev_design *d, const struct ph_poststratified_options *o,
    struct ph_poststratified_result *r)
{
    struct ev_groups g = { 0 };
    enum ph_status status = ev_design_groups(d, o->stratum, &g);
    struct cell *cells = status == PH_OK ? ev_take(d->c, 2 * g.n, sizeof(*cells)) : NULL;
    for (size_t i = 0; cells && i < d->n; i++) {
        size_t row = ev_design_row(d, i);
        struct cell *to = &cells[2 * g.of[i] + (ev_cell(d->f, o->treat, row) == 1)];
        double gap = ev_cell(d->f, o->outcome, row) - to->mean;
        to->n++;
        to->mean += gap / (double)to->n;
        to->squares += gap * (ev_cell(d->f, o->outcome, row) - to->mean);
    }
    if (status == PH_OK) {
        status = cells ? combine(d, &g, cells, r) : PH_NO_MEMORY;
    }
    ev_give_back(d->c, cells);
    ev_give_back(d->c, g.of);
    return status;
}

// Miratrix, Sekhon & Yu (2013, JRSS-B 75:369); degrees of freedom by Satterthwaite.
enum ph_status ph_poststratified(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_poststratified_options *o, struct ph_poststratified_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    status = status == PH_OK ? ev_check_level(c, o->level) : status;
    struct ev_design *d = status == PH_OK ? ev_design_new(c, frame) : NULL;
    if (!d) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    struct ph_poststratified_result r = { .head =
                                              ev_result_blank(o->level, "post-stratified.neyman") };
    if (o->outcome == PH_NONE || o->stratum == PH_NONE) {
        status = ev_complain(c, PH_INVALID, "An outcome and a column of strata are needed.");
    }
    status = status == PH_OK ? ev_design_need(d, o->outcome, PH_REAL, PH_DROP_OUTCOME, "outcome")
                             : status;
    status = status == PH_OK ? ev_column_check_01(c, frame, o->treat, "treatment") : status;
    status =
        status == PH_OK ? ev_design_need(d, o->treat, PH_REAL, PH_DROP_GROUP, "treatment") : status;
    status = status == PH_OK ? ev_design_need(d, o->stratum, PH_KEY, PH_DROP_COVARIATE, "strata")
                             : status;
    status = status == PH_OK ? ev_design_settle(d, &r.head) : status;
    status = status == PH_OK ? stratified(d, o, &r) : status;
    ev_design_free(d);
    if (status == PH_OK) {
        ev_grade_groups(&r.head, o->design);
        *ret_result = r;
    }
    return status;
}
