// SPDX-License-Identifier: Apache-2.0
// Events by exposure: rate, rates.
#include "internal.h"

#include "cli.h"

static int rate(struct ev_call *k)
{
    struct ph_rate_options o = PH_RATE_OPTIONS;
    struct ph_rate_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    enum ph_status status;
    if (!ev_given(k, "--floor")) {
        return ev_misused(k, "Give --floor, the rate to reach or not to pass, as 0.02.");
    }
    o.direction = (enum ph_direction)ev_choice(k, "--direction");
    o.floor = ev_value_of(k, "--floor");
    o.level = ev_value_of(k, "--level");
    if (counts->given) {
        if (counts->n != 2) {
            return ev_misused(k, "--counts takes events,exposure here.");
        }
        status = ph_rate_counts(k->c, counts->numbers[0], counts->numbers[1], &o, &r);
    } else {
        if (!ev_given(k, "--outcome")) {
            return ev_misused(k, "Give --data FILE.csv and --outcome COLUMN, or --counts.");
        }
        o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
        o.exposure = ev_want(k, ev_text(k, "--exposure"), PH_REAL);
        o.unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
        int loaded = ev_load(k);
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_rate(k->c, &k->table->frame, &o, &r);
    }
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    struct ev_json *j = k->report;
    ev_report_head(j, "rate", &r.head);
    ev_json_number(j, "events", r.events);
    ev_json_number(j, "exposure", r.exposure);
    ev_json_number(j, "floor", r.floor);
    ev_json_number(j, "probability_met", r.probability_met);
    ev_json_number(j, "design_effect", r.design_effect);
    ev_report_interval(j, "exact", r.exact);
    ev_report_interval(j, "score", r.score);
    ev_report_interval(j, "anytime_interval", r.anytime);
    struct ph_effect_row row = {
        .estimate = r.head.estimate, .interval = r.head.interval, .level = r.head.level
    };
    return ev_plot_levels(k, "Rate of", &row, 1, r.floor, o.direction);
}

static int rates(struct ev_call *k)
{
    struct ph_rates_options o = PH_RATES_OPTIONS;
    struct ph_rates_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    const struct ev_value *cluster = ev_list(k, "--cluster");
    const double *n = counts->numbers;
    enum ph_status status;
    o.design = ev_design_named(k);
    o.level = ev_value_of(k, "--level");
    if (counts->given) {
        if (counts->n != 4) {
            return ev_misused(
                k, "--counts takes events,exposure of the treated,events,exposure of the others.");
        }
        status = ph_rates_counts(k->c, n[0], n[1], n[2], n[3], &o, &r);
    } else {
        if (!ev_given(k, "--outcome") || !ev_given(k, "--treat") || cluster->n > 1) {
            return ev_misused(
                k, "Give --data, --outcome and --treat COLUMN, and up to one --cluster.");
        }
        o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
        o.exposure = ev_want(k, ev_text(k, "--exposure"), PH_REAL);
        o.treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
        o.cluster = ev_want(k, cluster->n ? cluster->items[0] : NULL, PH_KEY);
        int loaded = ev_load(k);
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_rates(k->c, &k->table->frame, &o, &r);
    }
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    struct ev_json *j = k->report;
    ev_report_head(j, "rates", &r.head);
    ev_json_numbers(j, "events", r.events, 2);
    ev_json_numbers(j, "exposure", r.exposure, 2);
    ev_json_numbers(j, "rate", r.rate, 2);
    ev_report_interval(j, "rate_interval_compared", r.rate_interval[0]);
    ev_report_interval(j, "rate_interval_treated", r.rate_interval[1]);
    ev_json_number(j, "ratio", r.ratio);
    ev_report_interval(j, "ratio_exact", r.ratio_exact);
    ev_report_interval(j, "ratio_score", r.ratio_score);
    ev_json_wholes(j, "cluster_counts", r.clusters, 2);
    return ev_plot_head(k, &r.head);
}

static const struct ev_option rate_options[] = {
    { "--exposure", EV_OPTION_TEXT, NULL, "Column of what events are out of; else each row is 1",
        NULL },
    { "--floor", EV_OPTION_NUMBER, NULL, "The rate to reach, or not to pass", NULL },
    { "--direction", EV_OPTION_CHOICE, "lower", "Which way is better", "higher|lower" },
    { "--counts", EV_OPTION_NUMBERS, NULL, "events,exposure instead of data", NULL },
};

static const struct ev_option rates_options[] = {
    { "--exposure", EV_OPTION_TEXT, NULL, "Column of what events are out of; else each row is 1",
        NULL },
    { "--counts", EV_OPTION_NUMBERS, NULL, "events,exposure,events,exposure: treated, compared",
        NULL },
    EV_DESIGN_OPTION,
};

static const struct ev_method methods[] = {
    { "rate", "Is a rate of events below a ceiling, or above a floor?",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_LEVEL | EV_PLOT, rate_options, EV_COUNT(rate_options),
        rate },
    { "rates", "Did a rate of events differ between two groups?",
        EV_DATA | EV_OUTCOME | EV_TREAT | EV_CLUSTER | EV_LEVEL | EV_PLOT, rates_options,
        EV_COUNT(rates_options), rates },
};

extern const struct ev_area ev_area_rates;
const struct ev_area ev_area_rates = { "rates", methods, EV_COUNT(methods) };
