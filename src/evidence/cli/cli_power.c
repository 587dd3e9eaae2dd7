// SPDX-License-Identifier: Apache-2.0
// Could the plan answer: power.
#include "internal.h"

#include "cli.h"

static int power(struct ev_call *k)
{
    struct ph_power_options o = PH_POWER_OPTIONS;
    struct ph_power_result r;
    double n = ev_value_of(k, "--n");
    double p0 = ev_value_of(k, "--p0");
    double p1 = ev_value_of(k, "--p1");
    double effect = isnan(p1) ? ev_value_of(k, "--effect") : p1 - p0;
    enum ph_solve solve = isnan(n) ? PH_SOLVE_N : isnan(effect) ? PH_SOLVE_EFFECT : PH_SOLVE_POWER;
    o.kind = (enum ph_power_kind)ev_choice(k, "--kind");
    o.solve = ev_given(k, "--solve") ? (enum ph_solve)ev_choice(k, "--solve") : solve;
    o.n = isnan(n) ? 0 : n;
    o.ratio = ev_given(k, "--n0") ? ev_value_of(k, "--n0") / n : 1;
    o.effect = isnan(effect) ? 0 : effect;
    o.sd = ev_value_of(k, "--sd");
    o.p0 = isnan(p0) ? 0.5 : p0;
    o.alpha = ev_value_of(k, "--alpha");
    o.power = ev_value_of(k, "--power");
    o.one_sided = ev_given(k, "--one-sided");
    o.count_wrong_tail = ev_given(k, "--count-wrong-tail");
    o.cluster_size = ev_value_of(k, "--cluster-size");
    o.icc = ev_value_of(k, "--icc");
    o.cluster_cv = ev_value_of(k, "--cluster-cv");
    bool shares = o.kind == PH_POWER_ONE_PROPORTION || o.kind == PH_POWER_TWO_PROPORTIONS;
    if (shares && isnan(p0)) {
        return ev_misused(k, "Give --p0, the comparison share or the floor.");
    }
    enum ph_status status = ph_power(k->c, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_json_text(j, "method", "power");
        ev_json_text(j, "convention", r.convention);
        ev_json_number(j, "power", r.power);
        ev_json_number(j, "n", r.n);
        ev_json_number(j, "n_treated", r.n_treated);
        ev_json_number(j, "n_compared", r.n_compared);
        ev_json_number(j, "effect", r.effect);
        ev_json_number(j, "alpha_exact", r.alpha_exact);
        ev_json_number(j, "design_effect", r.design_effect);
        ev_json_number(j, "df", r.df);
        ev_report_warnings(j, r.warnings);
    }
    return ev_answer(k, status);
}

static const struct ev_option options[] = {
    { "--kind", EV_OPTION_CHOICE, "two-means", "What is compared",
        "two-means|paired|one-proportion|two-proportions" },
    { "--solve", EV_OPTION_CHOICE, NULL, "What is sought, if not what is missing",
        "power|n|effect" },
    { "--n", EV_OPTION_NUMBER, NULL, "Treated units, pairs or clusters", NULL },
    { "--n0", EV_OPTION_NUMBER, NULL, "Comparison units, if another number", NULL },
    { "--effect", EV_OPTION_NUMBER, NULL, "In the outcome's unit", NULL },
    { "--sd", EV_OPTION_NUMBER, "1", "Of a unit's outcome, or of a pair's change", NULL },
    { "--p0", EV_OPTION_NUMBER, NULL, "Comparison share, or the floor", NULL },
    { "--p1", EV_OPTION_NUMBER, NULL, "Treated share, instead of --effect", NULL },
    { "--alpha", EV_OPTION_NUMBER, "0.05", "Of the test", NULL },
    { "--power", EV_OPTION_NUMBER, "0.8", "Wanted", NULL },
    { "--cluster-size", EV_OPTION_NUMBER, "1", "Mean units in a cluster; --n counts clusters",
        NULL },
    { "--icc", EV_OPTION_NUMBER, "0", "Intraclass correlation", NULL },
    { "--cluster-cv", EV_OPTION_NUMBER, "0", "Variation of cluster sizes", NULL },
    { "--one-sided", EV_OPTION_FLAG, NULL, "One-sided test", NULL },
    { "--count-wrong-tail", EV_OPTION_FLAG, NULL, "Count rejections in the wrong direction", NULL },
};

static const struct ev_method methods[] = {
    { "power", "Could the plan answer? Power, size, smallest effect", 0, options, EV_COUNT(options),
        power },
};

extern const struct ev_area ev_area_power;
const struct ev_area ev_area_power = { "power", methods, EV_COUNT(methods) };
