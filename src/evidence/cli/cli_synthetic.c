// SPDX-License-Identifier: Apache-2.0
// One treated place against a weighted mean of others: synth, sdid.
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

// The unit's name, as its column has it.
static void report_unit(struct ev_json *o, const struct ph_column *unit, int32_t key)
{
    ev_json_text(o, "unit", unit->label[key]);
}

static void report_weights(
    struct ev_json *o, const struct ph_column *unit, const struct ph_unit_weight *weight, size_t n)
{
    struct ev_json *units = ev_json_array(o, "units");
    for (size_t i = 0; i < n; i++) {
        struct ev_json *one = ev_json_item(units);
        report_unit(one, unit, weight[i].key);
        ev_json_number(one, "weight", weight[i].weight);
    }
}

static void report_series(
    struct ev_json *o, const double *time, const double *actual, const double *synthetic, size_t n)
{
    struct ev_json *series = ev_json_array(o, "series");
    for (size_t i = 0; i < n; i++) {
        struct ev_json *one = ev_json_item(series);
        ev_json_number(one, "time", time[i]);
        ev_json_number(one, "actual", actual[i]);
        ev_json_number(one, "synthetic", synthetic[i]);
        ev_json_number(one, "gap", actual[i] - synthetic[i]);
    }
}

// The treated place among its placebos, largest ratio first.
static void report_placebos(
    struct ev_json *o, const struct ph_column *unit, const struct ph_synth_result *r)
{
    struct ev_json *all = ev_json_array(o, "placebos");
    bool told = r->n_placebos == 0;
    for (size_t i = 0; i < r->n_placebos || !told; i++) {
        if (!told && i + 1 == r->rank) {
            struct ev_json *own = ev_json_item(all);
            ev_json_bool(own, "treated", true);
            ev_json_number(own, "ratio", r->ratio);
            ev_json_number(own, "effect", r->head.estimate);
            told = true;
        }
        if (i < r->n_placebos) {
            struct ev_json *one = ev_json_item(all);
            report_unit(one, unit, r->placebo[i].key);
            ev_json_bool(one, "treated", false);
            ev_json_number(one, "ratio", r->placebo[i].ratio);
            ev_json_number(one, "effect", r->placebo[i].effect);
            ev_json_number(one, "pre_rmspe", r->placebo[i].pre_rmspe);
        }
    }
}

static void report_synth(
    struct ev_json *o, const struct ph_column *unit, const struct ph_synth_result *r)
{
    ev_report_head(o, "synth", &r->head);
    ev_json_number(o, "donors", (double)r->donors);
    ev_json_number(o, "treated", (double)r->treated);
    ev_json_number(o, "periods_before", (double)r->pre);
    ev_json_number(o, "periods_after", (double)r->post);
    ev_json_number(o, "loss", r->loss);
    ev_json_number(o, "mspe", r->loss / (double)r->pre);
    ev_json_number(o, "predictor_loss", r->predictor_loss);
    ev_json_number(o, "pre_rmspe", r->pre_rmspe);
    ev_json_number(o, "post_rmspe", r->post_rmspe);
    ev_json_number(o, "ratio", r->ratio);
    ev_json_number(o, "rank", (double)r->rank);
    ev_json_number(o, "kkt", r->kkt);
    ev_json_bool(o, "unique", r->unique);
    ev_json_number(o, "in_time_effect", r->in_time_effect);
    ev_report_interval(o, "leave_one_out", (struct ph_interval){ r->loo_low, r->loo_high });
    ev_json_numbers(o, "predictor_weights", r->predictor_weight, r->n_predictors);
    ev_json_number(o, "predictor_missing", (double)r->predictor_missing);
    report_weights(o, unit, r->unit, r->donors);
    report_placebos(o, unit, r);
    report_series(o, r->time, r->actual, r->synthetic, r->pre + r->post);
}

// COLUMN@FROM:TO or COLUMN@TIME.
static bool read_predictor(struct ev_call *k, char *text, struct ph_predictor *ret)
{
    char *at = strrchr(text, '@');
    if (!at || at == text) {
        return false;
    }
    size_t from = strcspn(at + 1, ":");
    const char *to = at[1 + from] ? at + 2 + from : at + 1;
    if (!ev_number(at + 1, from, &ret->from) || !ev_number(to, strlen(to), &ret->to)) {
        return false;
    }
    *at = '\0';
    ret->column = ev_want(k, text, PH_REAL);
    return true;
}

static bool panel_columns(struct ev_call *k, struct ph_panel_columns *ret)
{
    *ret = (struct ph_panel_columns){
        .outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL),
        .unit = ev_want(k, ev_text(k, "--unit"), PH_KEY),
        .time = ev_want(k, ev_text(k, "--time"), PH_REAL),
        .treat = ev_want(k, ev_text(k, "--treat"), PH_REAL),
        .first_treated = ev_want(k, ev_text(k, "--first-treated"), PH_REAL),
    };
    return ret->outcome != PH_NONE && ret->unit != PH_NONE && ret->time != PH_NONE;
}

static const char *const columns_needed =
    "Give --outcome, --unit and --time COLUMN, and --treat or --first-treated.";

// The measure itself is drawn, not only the effect on it.
static struct ph_picture_options course_options(struct ev_call *k)
{
    struct ph_picture_options o = ev_plot_options(k, NULL);
    o.unit = o.unit ? o.unit : ev_text(k, "--outcome");
    o.time_unit = ev_text(k, "--time");
    return o;
}

static int synth(struct ev_call *k)
{
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_predictor predictors[PH_SYNTH_PREDICTORS_MAX];
    const struct ev_value *given = ev_list(k, "--predictors");
    if (!panel_columns(k, &o.columns)) {
        return ev_misused(k, columns_needed);
    }
    for (size_t i = 0; i < given->n; i++) {
        if (i == PH_SYNTH_PREDICTORS_MAX || !read_predictor(k, given->items[i], &predictors[i])) {
            return ev_misused(
                k, "--predictors takes up to 32 of COLUMN@FROM:TO or COLUMN@TIME, with commas.");
        }
    }
    o.predictors = predictors;
    o.n_predictors = given->n;
    o.v = (enum ph_synth_v)ev_choice(k, "--v");
    o.in_time = ev_value_of(k, "--in-time");
    o.delta = ev_value_of(k, "--delta");
    o.no_placebos = ev_given(k, "--no-placebos");
    o.level = ev_value_of(k, "--level");
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    struct ph_synth_result r;
    enum ph_status status = ph_synth(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    int code = EV_DONE;
    report_synth(k->report, &k->table->columns[o.columns.unit], &r);
    if (ev_plots(k)) {
        struct ph_picture_options picture = course_options(k);
        picture.delta = o.delta;
        code = ev_plot(k, ph_picture_synth(&picture, &r));
    }
    ph_synth_release(k->c, &r);
    return code;
}

static void report_sdid(
    struct ev_json *o, const struct ph_column *unit, const struct ph_sdid_result *r)
{
    ev_report_head(o, "sdid", &r->head);
    ev_json_number(o, "mc_error", r->head.mc_error);
    ev_json_number(o, "donors", (double)r->donors);
    ev_json_number(o, "treated", (double)r->treated);
    ev_json_number(o, "periods_before", (double)r->pre);
    ev_json_number(o, "periods_after", (double)r->post);
    ev_json_number(o, "noise", r->noise);
    ev_json_number(o, "zeta_omega", r->zeta_omega);
    ev_json_number(o, "zeta_lambda", r->zeta_lambda);
    ev_json_number(o, "kkt", r->kkt);
    struct ev_json *times = ev_json_array(o, "times");
    for (size_t i = 0; i < r->pre; i++) {
        struct ev_json *one = ev_json_item(times);
        ev_json_number(one, "time", r->time[i]);
        ev_json_number(one, "weight", r->time_weight[i]);
    }
    report_weights(o, unit, r->unit, r->donors);
    report_series(o, r->time, r->actual, r->synthetic, r->pre + r->post);
}

static int sdid(struct ev_call *k)
{
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    if (!panel_columns(k, &o.columns)) {
        return ev_misused(k, columns_needed);
    }
    o.method = (enum ph_sdid_method)ev_choice(k, "--weights-of");
    o.solver = (enum ph_sdid_solver)ev_choice(k, "--solver");
    o.variance = (enum ph_sdid_variance)ev_choice(k, "--variance");
    o.draws = (uint32_t)ev_value_of(k, "--draws");
    o.level = ev_value_of(k, "--level");
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    struct ph_sdid_result r;
    enum ph_status status = ph_sdid(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    int code = EV_DONE;
    report_sdid(k->report, &k->table->columns[o.columns.unit], &r);
    if (ev_plots(k)) {
        struct ph_picture_options picture = course_options(k);
        code = ev_plot(k, ph_picture_sdid(&picture, &r));
    }
    ph_sdid_release(k->c, &r);
    return code;
}

static const struct ev_option synth_options[] = {
    { "--predictors", EV_OPTION_LIST, NULL,
        "COLUMN@FROM:TO means to be met; without it the outcome before the start is", NULL },
    { "--v", EV_OPTION_CHOICE, "optimised", "How predictors count", "equal|optimised" },
    { "--in-time", EV_OPTION_NUMBER, NULL, "Pretend that it started then, as a check", NULL },
    { "--delta", EV_OPTION_NUMBER, NULL, "Smallest effect worth having, for the gate on fit",
        NULL },
    { "--no-placebos", EV_OPTION_FLAG, NULL, "Only the estimate", NULL },
};

static const struct ev_option sdid_options[] = {
    { "--weights-of", EV_OPTION_CHOICE, "units-and-times", "What is weighed",
        "units-and-times|units|none" },
    { "--solver", EV_OPTION_CHOICE, "exact", "Frank and Wolfe's stops early, as synthdid does",
        "exact|frank-wolfe" },
    { "--variance", EV_OPTION_CHOICE, "placebo", "Standard error",
        "placebo|jackknife|bootstrap|none" },
    { "--draws", EV_OPTION_WHOLE, "200", "Draws, where the variance needs some", NULL },
};

static const struct ev_method methods[] = {
    { "synth", "Did it change the outcome of one place? Synthetic control",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_TIME | EV_TREAT | EV_FIRST_TREATED | EV_LEVEL | EV_PLOT,
        synth_options, EV_COUNT(synth_options), synth },
    { "sdid", "The same by synthetic difference in differences",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_TIME | EV_TREAT | EV_FIRST_TREATED | EV_LEVEL |
            EV_SEED | EV_PLOT,
        sdid_options, EV_COUNT(sdid_options), sdid },
};

extern const struct ev_area ev_area_synthetic;
const struct ev_area ev_area_synthetic = { "synthetic", methods, EV_COUNT(methods) };
