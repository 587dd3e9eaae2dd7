// SPDX-License-Identifier: Apache-2.0
// Two rates: their difference and their ratio.
#include "rates.h"

static enum ph_status begin(
    struct ph_context *c, const struct ph_rates_options *o, const struct ph_rates_result *result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, result);
    return status == PH_OK ? ev_check_level(c, o->level) : status;
}

static struct ph_rates_result blank(double level)
{
    return (struct ph_rates_result){ .head = ev_result_blank(level, "rates.miettinen-nurminen"),
        .ratio = NAN,
        .ratio_exact = { NAN, NAN },
        .ratio_score = { NAN, NAN } };
}

static void fill(struct ph_rates_result *out, enum ph_design design)
{
    struct ph_result *r = &out->head;
    const double *x = out->events;
    const double *t = out->exposure;
    for (int k = 0; k < 2; k++) {
        out->rate[k] = x[k] / t[k];
        out->rate_interval[k] = ph_garwood(x[k], t[k], r->level);
        r->warnings |= x[k] == 0 ? PH_WARN_ZERO_CELL : 0;
        r->warnings |= x[k] < 5 ? PH_WARN_SMALL_SAMPLE : 0;
    }
    double pooled = (x[0] + x[1]) / (t[0] + t[1]);
    double null = sqrt(pooled * (1 / t[0] + 1 / t[1]));
    r->estimate = out->rate[1] - out->rate[0];
    r->se = sqrt(x[1] / (t[1] * t[1]) + x[0] / (t[0] * t[0]));
    r->df = INFINITY;
    r->interval = ph_rate_difference(x[1], t[1], x[0], t[0], r->level);
    r->p = null > 0 ? 2 * ph_normal_sf(fabs(r->estimate) / null) : 1;
    out->ratio = x[0] > 0 ? out->rate[1] / out->rate[0] : x[1] > 0 ? INFINITY : NAN;
    out->ratio_exact = ph_rate_ratio_exact(x[1], t[1], x[0], t[0], r->level);
    out->ratio_score = ph_rate_ratio_score(x[1], t[1], x[0], t[0], r->level);
    ev_grade_groups(r, design);
}

enum ph_status ph_rates_counts(struct ph_context *c, double x1, double t1, double x0, double t0,
    const struct ph_rates_options *o, struct ph_rates_result *ret_result)
{
    enum ph_status status = begin(c, o, ret_result);
    bool good = x1 >= 0 && x1 == floor(x1) && x1 <= 0x1p50 && x0 >= 0 && x0 == floor(x0) &&
                x0 <= 0x1p50 && t1 > 0 && t1 <= 1e300 && t0 > 0 && t0 <= 1e300;
    if (status == PH_OK && !good) {
        status =
            ev_complain(c, PH_DATA, "Events must be whole numbers, and both exposures above 0.");
    }
    if (status != PH_OK) {
        return status;
    }
    struct ph_rates_result out = blank(o->level);
    out.events[1] = x1;
    out.events[0] = x0;
    out.exposure[1] = t1;
    out.exposure[0] = t0;
    out.head.n = 2;
    fill(&out, o->design);
    *ret_result = out;
    return PH_OK;
}

// Each cluster's rate is one value.
static enum ph_status by_cluster(struct ph_context *c, const struct ph_rates_options *o,
    const struct ev_count *k, size_t n, struct ph_rates_result *out)
{
    double *rate = ev_take(c, n, sizeof(*rate));
    double *group = ev_take(c, n, sizeof(*group));
    enum ph_status status = rate && group ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < n; i++) {
        rate[i] = k[i].events / k[i].exposure;
        group[i] = k[i].group;
        out->clusters[k[i].group]++;
        if (i > 0 && k[i].key == k[i - 1].key) {
            status = ev_complain(c, PH_DATA, "A cluster is in both groups.");
        }
    }
    struct ph_welch_result w;
    if (status == PH_OK) {
        const struct ph_column columns[2] = { { "rate", PH_REAL, .real = rate },
            { "treatment", PH_REAL, .real = group } };
        const struct ph_frame frame = { .rows = n, .columns = 2, .column = columns };
        struct ph_two_group_options wo = PH_TWO_GROUP_OPTIONS;
        wo.design = o->design;
        wo.level = o->level;
        status = ph_welch(c, &frame, &wo, &w);
    }
    if (status == PH_OK) {
        struct ph_result *r = &out->head;
        r->estimate = w.head.estimate;
        r->se = w.head.se;
        r->df = w.head.df;
        r->interval = w.head.interval;
        r->p = w.head.p;
        r->grade = w.head.grade;
        r->warnings |= w.head.warnings | (n < FEW_CLUSTERS ? PH_WARN_FEW_CLUSTERS : 0);
        r->clusters = n;
        r->convention = "rates.cluster-rates.welch";
        out->ratio_exact = out->ratio_score = (struct ph_interval){ NAN, NAN };
        out->rate_interval[0] = out->rate_interval[1] = (struct ph_interval){ NAN, NAN };
    }
    ev_give_back(c, rate);
    ev_give_back(c, group);
    return status;
}

enum ph_status ph_rates(struct ph_context *c, const struct ph_frame *f,
    const struct ph_rates_options *o, struct ph_rates_result *ret_result)
{
    enum ph_status status = begin(c, o, ret_result);
    if (status == PH_OK && o->treat == PH_NONE) {
        status = ev_complain(c, PH_INVALID, "A treatment column is needed.");
    }
    if (status != PH_OK) {
        return status;
    }
    const struct ev_count_columns columns = { o->outcome, o->exposure, o->treat, o->cluster };
    struct ph_rates_result out = blank(o->level);
    struct ev_count *k = NULL;
    size_t n = 0;
    status = ev_gather_counts(c, f, &columns, &out.head, &k, &n);
    for (size_t i = 0; status == PH_OK && i < n; i++) {
        out.events[k[i].group] += k[i].events;
        out.exposure[k[i].group] += k[i].exposure;
    }
    if (status == PH_OK && !(out.exposure[0] > 0 && out.exposure[1] > 0)) {
        status = ev_complain(c, PH_DATA, "There must be treated rows and comparison rows.");
    }
    if (status == PH_OK) {
        fill(&out, o->design);
        status = o->cluster != PH_NONE ? by_cluster(c, o, k, n, &out) : PH_OK;
    }
    ev_give_back(c, k);
    status = status == PH_OK ? ev_check_finite(c, &out.head) : status;
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
