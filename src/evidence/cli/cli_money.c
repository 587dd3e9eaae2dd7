// SPDX-License-Identifier: Apache-2.0
// Money: cost, voi.
#include "internal.h"

#include "cli.h"

static void report_cost(struct ev_json *o, const struct ph_cost_result *r)
{
    ev_report_head(o, "cost", &r->head);
    ev_json_number(o, "effect", r->estimates.effect);
    ev_json_number(o, "effect_se", r->estimates.effect_se);
    ev_json_number(o, "cost", r->estimates.cost);
    ev_json_number(o, "cost_se", r->estimates.cost_se);
    ev_json_number(o, "correlation", r->estimates.correlation);
    struct ev_json *list = ev_json_array(o, "values");
    for (size_t i = 0; i < r->n_at; i++) {
        const struct ph_cost_at *a = &r->at[i];
        struct ev_json *item = ev_json_item(list);
        ev_json_number(item, "value", a->value);
        ev_json_number(item, "benefit", a->benefit);
        ev_json_number(item, "benefit_sd", a->benefit_sd);
        ev_json_number(item, "beneficial", a->beneficial);
        ev_json_number(item, "mc_error", a->mc_error);
        ev_json_number(item, "evpi", a->evpi);
    }
}

// Two columns, comparison first, or one with the difference.
static bool pair_of(struct ev_call *k, const char *option, int32_t ret_pair[2])
{
    const struct ev_value *v = ev_list(k, option);
    if (v->n != 1 && v->n != 2) {
        return false;
    }
    ret_pair[0] = v->n == 2 ? ev_want(k, v->items[0], PH_REAL) : PH_NONE;
    ret_pair[1] = ev_want(k, v->items[v->n - 1], PH_REAL);
    return true;
}

static const char want_columns[] =
    "Give --data FILE.csv, --effect and --cost, each the columns of comparison and pilot "
    "(or one of differences).";

static int cost(struct ev_call *k)
{
    struct ph_cost_options o = PH_COST_OPTIONS;
    struct ph_cost_result r;
    const struct ev_value *values = ev_list(k, "--value");
    const struct ev_value *estimates = ev_list(k, "--estimates");
    o.values = values->numbers;
    o.n_values = values->n;
    o.level = ev_value_of(k, "--level");
    enum ph_status status;
    if (estimates->given) {
        const double *e = estimates->numbers;
        if (estimates->n != 4) {
            return ev_misused(k, "--estimates takes effect,se,cost,se.");
        }
        struct ph_cost_estimates s = { e[0], e[1], e[2], e[3], ev_value_of(k, "--correlation") };
        status = ph_cost_estimated(k->c, &s, &o, &r);
    } else {
        if (!pair_of(k, "--effect", o.effect) || !pair_of(k, "--cost", o.cost)) {
            return ev_misused(k, want_columns);
        }
        int loaded = ev_load(k);
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_cost(k->c, &k->table->frame, &o, &r);
    }
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    int code = EV_DONE;
    report_cost(k->report, &r);
    if (ev_plots(k)) {
        struct ph_picture_options picture = ev_plot_options(k, NULL);
        code = ev_plot(k, ph_picture_cost(&picture, &r));
    }
    ph_cost_release(k->c, &r);
    return code;
}

static int evppi(struct ev_call *k)
{
    struct ph_evppi_options o = PH_EVPPI_OPTIONS;
    struct ph_evppi_result r;
    if (!pair_of(k, "--effect", o.cost.effect) || !pair_of(k, "--cost", o.cost.cost)) {
        return ev_misused(k, want_columns);
    }
    if (!ev_given(k, "--value")) {
        return ev_misused(k, "Give --value, what one unit of effect is worth.");
    }
    o.parameter = ev_want(k, ev_text(k, "--parameter"), PH_REAL);
    o.value = ev_value_of(k, "--value");
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    enum ph_status status = ph_evppi(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        ev_json_text(k->report, "method", "voi");
        ev_json_text(k->report, "convention", r.convention);
        ev_json_text(k->report, "parameter", ev_text(k, "--parameter"));
        ev_json_number(k->report, "evppi", r.evppi);
        ev_json_number(k->report, "evpi", r.evpi);
        ev_json_number(k->report, "explained", r.explained);
        ev_json_number(k->report, "n", (double)r.n);
        ev_json_number(k->report, "n_dropped", (double)r.n_dropped);
        ev_report_warnings(k->report, r.warnings);
    }
    return ev_answer(k, status);
}

static int voi(struct ev_call *k)
{
    struct ph_voi_options o = PH_VOI_OPTIONS;
    struct ph_voi_result r;
    if (ev_given(k, "--loss")) {
        double z = ev_value_of(k, "--loss");
        ev_json_text(k->report, "method", "voi");
        ev_json_number(k->report, "loss", ph_unit_normal_loss(z));
        return EV_DONE;
    }
    if (ev_given(k, "--parameter")) {
        return evppi(k);
    }
    if (!ev_given(k, "--mean") || !ev_given(k, "--sd")) {
        return ev_misused(k, "Give --mean and --sd of one unit's net benefit, or --data with "
                             "--effect, --cost, --parameter and --value.");
    }
    if (ev_given(k, "--n") && !ev_given(k, "--sigma")) {
        return ev_misused(k, "Give --sigma, the standard deviation of one unit's net benefit.");
    }
    o.mean = ev_value_of(k, "--mean");
    o.sd = ev_value_of(k, "--sd");
    o.population = ev_value_of(k, "--population");
    o.n = ev_given(k, "--n") ? ev_value_of(k, "--n") : 0;
    o.sigma = ev_value_of(k, "--sigma");
    o.fixed = ev_value_of(k, "--fixed");
    o.each = ev_value_of(k, "--each");
    enum ph_status status = ph_voi(k->c, &o, &r);
    if (status == PH_OK) {
        ev_json_text(k->report, "method", "voi");
        ev_json_number(k->report, "evpi", r.evpi);
        ev_json_number(k->report, "evsi", r.evsi);
        ev_json_number(k->report, "preposterior_sd", r.preposterior);
        ev_json_number(k->report, "study_cost", r.study_cost);
        ev_json_number(k->report, "net", r.net);
    }
    return ev_answer(k, status);
}

static const struct ev_option cost_options[] = {
    { "--effect", EV_OPTION_LIST, NULL, "Columns of the comparison's and the pilot's effect",
        NULL },
    { "--cost", EV_OPTION_LIST, NULL, "Columns of the comparison's and the pilot's cost", NULL },
    { "--value", EV_OPTION_NUMBERS, NULL, "What one unit of effect is worth; several with commas",
        NULL },
    { "--estimates", EV_OPTION_NUMBERS, NULL, "effect,se,cost,se instead of draws in a file",
        NULL },
    { "--correlation", EV_OPTION_NUMBER, "0", "Of the two estimates", NULL },
};

static const struct ev_option voi_options[] = {
    { "--mean", EV_OPTION_NUMBER, NULL, "Mean net benefit of one unit", NULL },
    { "--sd", EV_OPTION_NUMBER, NULL, "How uncertain that mean is", NULL },
    { "--population", EV_OPTION_NUMBER, "1", "Units that the decision concerns", NULL },
    { "--n", EV_OPTION_NUMBER, NULL, "Units of a further study", NULL },
    { "--sigma", EV_OPTION_NUMBER, NULL, "Standard deviation of one unit's net benefit", NULL },
    { "--fixed", EV_OPTION_NUMBER, "0", "What the study costs", NULL },
    { "--each", EV_OPTION_NUMBER, "0", "What each of its units costs", NULL },
    { "--loss", EV_OPTION_NUMBER, NULL, "Print the unit normal loss at this point", NULL },
    { "--effect", EV_OPTION_LIST, NULL, "Columns of the comparison's and the pilot's effect",
        NULL },
    { "--cost", EV_OPTION_LIST, NULL, "Columns of the comparison's and the pilot's cost", NULL },
    { "--parameter", EV_OPTION_TEXT, NULL, "Column of a parameter: what is knowing it worth?",
        NULL },
    { "--value", EV_OPTION_NUMBER, NULL, "What one unit of effect is worth", NULL },
};

static const struct ev_method methods[] = {
    { "cost", "Is it worth its cost?", EV_DATA | EV_LEVEL | EV_PLOT, cost_options,
        EV_COUNT(cost_options), cost },
    { "voi", "What is it worth to know more?", EV_DATA, voi_options, EV_COUNT(voi_options), voi },
};

extern const struct ev_area ev_area_money;
const struct ev_area ev_area_money = { "money", methods, EV_COUNT(methods) };
