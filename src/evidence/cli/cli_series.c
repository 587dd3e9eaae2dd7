// SPDX-License-Identifier: Apache-2.0
// One series without a comparison: its.
#include "internal.h"

#include "cli.h"

static void report(struct ev_json *j, const struct ph_series_result *r)
{
    ev_report_head(j, "its", &r->head);
    struct ev_json *all = ev_json_array(j, "coefficients");
    for (size_t i = 0; i < r->n_coefficients; i++) {
        ev_report_coefficient(ev_json_item(all), &r->coefficients[i]);
    }
    ev_json_number(j, "n_before", (double)r->n_before);
    ev_json_number(j, "n_after", (double)r->n_after);
    ev_json_number(j, "rate_ratio", r->rate_ratio);
    ev_report_interval(j, "rate_ratio_interval", r->rate_ratio_interval);
    ev_json_number(j, "dispersion", r->dispersion);
    ev_json_number(j, "durbin_watson", r->durbin_watson);
    ev_json_number(j, "autocorrelation1", r->autocorrelation1);
    ev_json_number(j, "correlation", r->correlation);
    ev_json_number(j, "iterations", (double)r->iterations);
}

static int its(struct ev_call *k)
{
    struct ph_series_options o = PH_SERIES_OPTIONS;
    struct ph_series_result r;
    if (!ev_given(k, "--outcome") || !ev_given(k, "--from")) {
        return ev_misused(k, "Give --data FILE.csv, --outcome COLUMN and --from TIME.");
    }
    double harmonics = ev_value_of(k, "--harmonics");
    double lag = ev_value_of(k, "--lag");
    if (harmonics > 100 || lag > 1e6) {
        return ev_misused(k, "--harmonics and --lag are small numbers.");
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o.season = ev_want(k, ev_text(k, "--season"), PH_KEY);
    o.exposure = ev_want(k, ev_text(k, "--exposure"), PH_REAL);
    o.from = ev_value_of(k, "--from");
    o.no_slope = ev_given(k, "--no-slope");
    o.period = ev_value_of(k, "--period");
    o.harmonics = (uint32_t)harmonics;
    o.family = (enum ph_family)ev_choice(k, "--family");
    o.newey_west = ev_given(k, "--lag");
    o.lag = o.newey_west ? (uint32_t)lag : 0;
    o.unadjusted = ev_given(k, "--unadjusted");
    o.calibrated = ev_choice(k, "--errors") == 1;
    o.at = ev_value_of(k, "--at");
    o.log = ev_given(k, "--log");
    o.level = ev_value_of(k, "--level");
    int code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_series(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    report(k->report, &r);
    if (ev_plots(k)) {
        struct ph_picture_options picture = ev_plot_options(k, NULL);
        picture.unit = picture.unit ? picture.unit : ev_text(k, "--outcome");
        picture.time_unit = ev_text(k, "--time");
        code = ev_plot(k, ph_picture_series(&picture, &r));
    }
    ph_series_release(k->c, &r);
    return code;
}

static const struct ev_option its_options[] = {
    { "--from", EV_OPTION_NUMBER, NULL, "First time after the interruption", NULL },
    { "--at", EV_OPTION_NUMBER, NULL, "Time at which the change is told; else at the interruption",
        NULL },
    { "--log", EV_OPTION_FLAG, NULL, "Of the outcome's logarithm, or its rate's with --exposure",
        NULL },
    { "--no-slope", EV_OPTION_FLAG, NULL, "The level changes, the trend does not", NULL },
    { "--season", EV_OPTION_TEXT, NULL, "Column with a level a season, as month", NULL },
    { "--harmonics", EV_OPTION_WHOLE, "0", "Pairs of sine and cosine", NULL },
    { "--period", EV_OPTION_NUMBER, "12", "Of the harmonics, in units of time", NULL },
    { "--family", EV_OPTION_CHOICE, "gaussian", "What the outcome is",
        "gaussian|poisson|quasi-poisson" },
    { "--exposure", EV_OPTION_TEXT, NULL, "Column of what counts are out of", NULL },
    { "--lag", EV_OPTION_WHOLE, NULL, "Newey-West up to this lag; else the model's own errors",
        NULL },
    { "--errors", EV_OPTION_CHOICE, "plain", "As they are, or for few rows that hang together",
        "plain|calibrated" },
    { "--unadjusted", EV_OPTION_FLAG, NULL, "Newey-West without n/(n-k)", NULL },
};

static const struct ev_method methods[] = {
    { "its", "Did one series change, with nothing to compare it to?",
        EV_DATA | EV_OUTCOME | EV_TIME | EV_LEVEL | EV_PLOT, its_options, EV_COUNT(its_options),
        its },
};

extern const struct ev_area ev_area_series;
const struct ev_area ev_area_series = { "series", methods, EV_COUNT(methods) };
