// SPDX-License-Identifier: Apache-2.0
// Regression with absorbed fixed effects: regress.
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

int ev_want_formula(struct ev_call *k, const char *text)
{
    struct ph_formula_columns needed;
    if (ph_formula_columns(k->c, text, &needed) != PH_OK) {
        (void)ev_refuse(k);
        return EV_USAGE;
    }
    for (size_t i = 0; i < needed.n; i++) {
        (void)ev_want_copy(k, needed.column[i].name, needed.column[i].kind);
    }
    ph_formula_columns_release(k->c, &needed);
    return EV_DONE;
}

void ev_report_coefficient(struct ev_json *o, const struct ph_coefficient *b)
{
    ev_json_text(o, "name", b->name);
    ev_json_number(o, "estimate", b->estimate);
    ev_json_number(o, "se", b->se);
    ev_json_number(o, "df", b->df);
    ev_json_number(o, "p", b->p);
    ev_json_number(o, "lo", b->interval.lo);
    ev_json_number(o, "hi", b->interval.hi);
    ev_json_bool(o, "dropped", b->dropped);
}

void ev_report_wald(struct ev_json *o, const char *key, const struct ph_wald *w)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "f", w->f);
    ev_json_number(part, "df1", w->df1);
    ev_json_number(part, "df2", w->df2);
    ev_json_number(part, "p", w->p);
}

void ev_report_regression(
    struct ev_json *o, const char *method, const struct ph_regression_result *r)
{
    ev_report_head(o, method, &r->head);
    struct ev_json *all = ev_json_array(o, "coefficients");
    for (size_t j = 0; j < r->n_coefficients; j++) {
        ev_report_coefficient(ev_json_item(all), &r->coefficients[j]);
    }
    if (!isnan(r->joint.df1)) {
        ev_report_wald(o, "joint", &r->joint);
    }
    ev_json_wholes(o, "cluster_counts", r->clusters, 2);
    ev_json_number(o, "k", (double)r->k);
    ev_json_number(o, "k_counted", (double)r->k_counted);
    ev_json_number(o, "absorbed_levels", (double)r->absorbed_levels);
    ev_json_number(o, "singletons", (double)r->singletons);
    ev_json_number(o, "demean_iterations", (double)r->iterations);
    ev_json_number(o, "demean_tolerance", r->tolerance);
    ev_json_number(o, "sigma", r->sigma);
    ev_json_number(o, "r2", r->r2);
    ev_json_number(o, "r2_within", r->r2_within);
    ev_json_number(o, "durbin_watson", r->durbin_watson);
    ev_json_number(o, "autocorrelation1", r->autocorrelation1);
}

// "CR2", "HC1", "NW:12".
bool ev_read_vcov(const char *text, enum ph_vcov *ret_vcov, uint32_t *ret_lag)
{
    for (int v = PH_VCOV_IID; v < PH_VCOV_NEWEY_WEST; v++) {
        if (strcmp(text, ph_vcov_name((enum ph_vcov)v)) == 0) {
            *ret_vcov = (enum ph_vcov)v;
            return true;
        }
    }
    double lag = NAN;
    bool good = strncmp(text, "NW:", 3) == 0 && ev_number(text + 3, strlen(text + 3), &lag) &&
                lag >= 0 && lag <= 1e6 && lag == floor(lag);
    *ret_vcov = PH_VCOV_NEWEY_WEST;
    *ret_lag = good ? (uint32_t)lag : 0;
    return good;
}

static int regress(struct ev_call *k)
{
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    const struct ev_value *cluster = ev_list(k, "--cluster");
    const struct ev_value *jointly = ev_list(k, "--test");
    if (!ev_given(k, "--formula")) {
        return ev_misused(k, "Give --formula, as 'y ~ post*x + factor(g) | unit + time'.");
    }
    const char *vcov = ev_given(k, "--vcov") ? ev_text(k, "--vcov") : cluster->n ? "CR2" : "HC2";
    if (!ev_read_vcov(vcov, &o.vcov, &o.lag)) {
        return ev_misused(k, "--vcov takes iid, HC0 to HC3, CR0 to CR3, or NW:lag as NW:12.");
    }
    if (cluster->n > 2) {
        return ev_misused(k, "--cluster takes one column or two here.");
    }
    int code = ev_want_formula(k, ev_text(k, "--formula"));
    if (code != EV_DONE) {
        return code;
    }
    for (size_t i = 0; i < cluster->n; i++) {
        o.cluster[i] = ev_want(k, cluster->items[i], PH_KEY);
    }
    o.formula = ev_text(k, "--formula");
    o.focus = ev_text(k, "--focus");
    o.counted = (enum ph_counted)ev_choice(k, "--counted");
    o.weights = ev_want(k, ev_text(k, "--weights"), PH_REAL);
    o.time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o.unadjusted = ev_given(k, "--unadjusted");
    o.jointly = (const char *const *)jointly->items;
    o.n_jointly = jointly->n;
    o.design = ev_design_named(k);
    o.level = ev_value_of(k, "--level");
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_regression(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        ev_report_regression(k->report, "regress", &r);
        code = ev_plot_head(k, &r.head);
        ph_regression_release(k->c, &r);
        return code;
    }
    return ev_answer(k, status);
}

static const struct ev_option regress_options[] = {
    { "--formula", EV_OPTION_TEXT, NULL, "y ~ post*x + factor(g) | unit + time", NULL },
    { "--focus", EV_OPTION_TEXT, NULL, "Coefficient that is the estimate; else the first", NULL },
    { "--vcov", EV_OPTION_TEXT, NULL,
        "iid, HC0-HC3, CR0-CR3, NW:lag; else CR2 with a cluster, HC2 without", NULL },
    { "--counted", EV_OPTION_CHOICE, "unnested", "Which fixed effects CR1's factor counts",
        "unnested|all" },
    { "--unadjusted", EV_OPTION_FLAG, NULL, "Newey-West without n/(n-k)", NULL },
    { "--test", EV_OPTION_LIST, NULL, "Coefficients tested to be 0 together", NULL },
    EV_DESIGN_OPTION,
};

static int wildboot(struct ev_call *k)
{
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result r;
    const struct ev_value *cluster = ev_list(k, "--cluster");
    if (!ev_given(k, "--formula") || cluster->n != 1) {
        return ev_misused(k, "Give --formula, as 'y ~ post | unit', and one --cluster column.");
    }
    int code = ev_want_formula(k, ev_text(k, "--formula"));
    if (code != EV_DONE) {
        return code;
    }
    o.formula = ev_text(k, "--formula");
    o.focus = ev_text(k, "--focus");
    o.cluster = ev_want(k, cluster->items[0], PH_KEY);
    o.weights = ev_want(k, ev_text(k, "--weights"), PH_REAL);
    o.counted = (enum ph_counted)ev_choice(k, "--counted");
    o.weighting = (enum ph_wild)ev_choice(k, "--signs");
    o.draws = (size_t)ev_value_of(k, "--draws");
    o.null = ev_value_of(k, "--null");
    o.design = ev_design_named(k);
    o.level = ev_value_of(k, "--level");
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_wildboot(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_report_head(j, "wildboot", &r.head);
        ev_json_number(j, "t", r.t);
        ev_json_number(j, "cr1_p", r.cr1_p);
        ev_report_interval(j, "cr1_interval", r.cr1_interval);
        ev_json_bool(j, "enumerated", r.enumerated);
        ev_json_number(j, "draws", (double)r.draws);
        ev_json_number(j, "granularity", r.granularity);
        ev_json_number(j, "mc_error", r.head.mc_error);
        ev_json_number(j, "seed", ev_value_of(k, "--seed"));
        return ev_plot_head(k, &r.head);
    }
    return ev_answer(k, status);
}

static const struct ev_option wildboot_options[] = {
    { "--formula", EV_OPTION_TEXT, NULL, "y ~ post*x + factor(g) | unit + time", NULL },
    { "--focus", EV_OPTION_TEXT, NULL, "Coefficient that is tested; else the first", NULL },
    { "--draws", EV_OPTION_WHOLE, "9999", "All sign patterns are taken if they are no more", NULL },
    { "--signs", EV_OPTION_CHOICE, "rademacher", "What residuals are multiplied by",
        "rademacher|webb" },
    { "--null", EV_OPTION_NUMBER, "0", "The value tested", NULL },
    { "--counted", EV_OPTION_CHOICE, "unnested", "Which fixed effects CR1's factor counts",
        "unnested|all" },
    EV_DESIGN_OPTION,
};

static const struct ev_method methods[] = {
    { "regress", "Least squares with fixed effects and few clusters",
        EV_DATA | EV_CLUSTER | EV_WEIGHTS | EV_TIME | EV_LEVEL | EV_PLOT, regress_options,
        EV_COUNT(regress_options), regress },
    { "wildboot", "Few clusters: the wild cluster restricted bootstrap",
        EV_DATA | EV_CLUSTER | EV_WEIGHTS | EV_LEVEL | EV_SEED | EV_PLOT, wildboot_options,
        EV_COUNT(wildboot_options), wildboot },
};

extern const struct ev_area ev_area_regression;
const struct ev_area ev_area_regression = { "regression", methods, EV_COUNT(methods) };
