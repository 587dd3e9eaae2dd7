// SPDX-License-Identifier: Apache-2.0
// Places that start at different times: attgt, bacon.
#include "internal.h"

#include "cli.h"

static void report_att(struct ev_json *o, const struct ph_att *a)
{
    ev_json_number(o, "group", a->group);
    ev_json_number(o, "time", a->time);
    ev_json_number(o, "estimate", a->att);
    ev_json_number(o, "se", a->se);
    ev_report_interval(o, "interval", a->interval);
    ev_report_interval(o, "band", a->band);
}

static void report_list(struct ev_json *o, const char *key, const struct ph_att_list *list)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "critical", list->critical);
    report_att(ev_json_object(part, "overall"), &list->overall);
    struct ev_json *items = ev_json_array(part, "items");
    for (size_t i = 0; i < list->n; i++) {
        struct ev_json *item = ev_json_item(items);
        report_att(item, &list->item[i]);
        ev_json_number(item, "treated", (double)list->item[i].treated);
    }
}

static void report_attgt(struct ev_json *o, const struct ph_attgt_result *r)
{
    ev_report_head(o, "attgt", &r->head);
    ev_json_number(o, "groups", (double)r->groups);
    ev_json_number(o, "periods", (double)r->periods);
    ev_json_number(o, "left_out", (double)r->left_out);
    ev_json_number(o, "always_treated", (double)r->always);
    report_att(ev_json_object(o, "simple"), &r->simple);
    report_list(o, "by_group", &r->by_group);
    report_list(o, "by_time", &r->by_time);
    report_list(o, "by_event", &r->by_event);
    ev_report_lead_test(o, r);
    ev_json_number(o, "critical", r->cells.critical);
    struct ev_json *cells = ev_json_array(o, "cells");
    for (size_t i = 0; i < r->cells.n; i++) {
        const struct ph_att *a = &r->cells.item[i];
        struct ev_json *cell = ev_json_item(cells);
        report_att(cell, a);
        ev_json_number(cell, "treated", (double)a->treated);
        ev_json_number(cell, "compared", (double)a->compared);
        ev_json_number(cell, "most_likely", a->most_likely);
        ev_json_number(cell, "trimmed", (double)a->trimmed);
    }
}

static int plot_events(
    struct ev_call *k, const struct ph_att_list *events, double level, double delta)
{
    if (!ev_plots(k)) {
        return EV_DONE;
    }
    struct ph_picture_options o = ev_plot_options(k, "Effect on");
    o.delta = delta;
    return ev_plot(k, ph_picture_events(&o, events, level));
}

static int attgt(struct ev_call *k)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    int32_t covariates[PH_ATTGT_COVARIATES_MAX + 1];
    if (!ev_given(k, "--outcome") || !ev_given(k, "--time") || !ev_given(k, "--first-treated")) {
        return ev_misused(
            k, "Give --outcome, --time and --first-treated COLUMN, and --unit for a panel.");
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
    o.time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o.first_treated = ev_want(k, ev_text(k, "--first-treated"), PH_REAL);
    const struct ev_value *clusters = ev_list(k, "--cluster");
    if (clusters->n > 1) {
        return ev_misused(k, "Give one column as --cluster here.");
    }
    o.cluster = ev_want(k, clusters->n == 1 ? clusters->items[0] : NULL, PH_KEY);
    o.n_covariates =
        ev_want_list(k, "--covariates", PH_REAL, covariates, PH_ATTGT_COVARIATES_MAX + 1);
    o.covariates = covariates;
    o.estimator = (enum ph_did_estimator)ev_choice(k, "--estimator");
    o.control = (enum ph_did_control)ev_choice(k, "--control");
    o.base = (enum ph_did_base)ev_choice(k, "--base");
    o.anticipation = ev_value_of(k, "--anticipation");
    o.delta = ev_value_of(k, "--delta");
    o.draws = (uint32_t)ev_value_of(k, "--draws");
    o.multiplier = (enum ph_did_multiplier)ev_choice(k, "--multiplier");
    o.level = ev_value_of(k, "--level");
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    struct ph_attgt_result r;
    enum ph_status status = ph_attgt(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    report_attgt(k->report, &r);
    int code = plot_events(k, &r.by_event, o.level, o.delta);
    ph_attgt_release(k->c, &r);
    return code;
}

static void report_bacon(struct ev_json *o, const struct ph_bacon_result *r)
{
    ev_report_head(o, "bacon", &r->head);
    ev_json_number(o, "left_out", (double)r->left_out);
    struct ev_json *kinds = ev_json_array(o, "kinds");
    for (int i = 0; i < PH_BACON_KINDS; i++) {
        struct ev_json *kind = ev_json_item(kinds);
        ev_json_text(kind, "kind", ph_bacon_kind_name((enum ph_bacon_kind)i));
        ev_json_number(kind, "weight", r->weight[i]);
        ev_json_number(kind, "estimate", r->estimate[i]);
    }
    struct ev_json *pairs = ev_json_array(o, "pairs");
    for (size_t i = 0; i < r->n_pairs; i++) {
        const struct ph_bacon_pair *p = &r->pair[i];
        struct ev_json *pair = ev_json_item(pairs);
        ev_json_text(pair, "kind", ph_bacon_kind_name(p->kind));
        ev_json_number(pair, "treated", p->treated);
        ev_json_number(pair, "compared", p->compared);
        ev_json_number(pair, "weight", p->weight);
        ev_json_number(pair, "estimate", p->estimate);
    }
}

static int bacon(struct ev_call *k)
{
    if (!ev_given(k, "--outcome") || !ev_given(k, "--time") || !ev_given(k, "--unit")) {
        return ev_misused(k, "Give --outcome, --unit and --time COLUMN, and --treat or "
                             "--first-treated.");
    }
    struct ph_panel_columns columns = {
        .outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL),
        .unit = ev_want(k, ev_text(k, "--unit"), PH_KEY),
        .time = ev_want(k, ev_text(k, "--time"), PH_REAL),
        .treat = ev_want(k, ev_text(k, "--treat"), PH_REAL),
        .first_treated = ev_want(k, ev_text(k, "--first-treated"), PH_REAL),
    };
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    struct ph_bacon_result r;
    enum ph_status status = ph_bacon(k->c, &k->table->frame, &columns, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    int code = EV_DONE;
    report_bacon(k->report, &r);
    if (ev_plots(k)) {
        struct ph_picture_options picture = ev_plot_options(k, "Effect on");
        code = ev_plot(k, ph_picture_bacon(&picture, &r));
    }
    ph_bacon_release(k->c, &r);
    return code;
}

static int sunab(struct ev_call *k)
{
    struct ph_sunab_options o = PH_SUNAB_OPTIONS;
    const struct ev_value *clusters = ev_list(k, "--cluster");
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
    o.time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o.first_treated = ev_want(k, ev_text(k, "--first-treated"), PH_REAL);
    if (o.outcome == PH_NONE || o.unit == PH_NONE || o.time == PH_NONE ||
        o.first_treated == PH_NONE || clusters->n > 1) {
        return ev_misused(k,
            "Give --outcome, --unit, --time and --first-treated COLUMN, and up to one --cluster.");
    }
    o.cluster = ev_want(k, clusters->n == 1 ? clusters->items[0] : NULL, PH_KEY);
    o.level = ev_value_of(k, "--level");
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    struct ph_sunab_result r;
    enum ph_status status = ph_sunab(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_report_head(k->report, "sunab", &r.head);
    report_list(k->report, "by_event", &r.by_event);
    report_list(k->report, "cells", &r.cells);
    int code = plot_events(k, &r.by_event, o.level, NAN);
    ph_sunab_release(k->c, &r);
    return code;
}

static const struct ev_option attgt_options[] = {
    { "--estimator", EV_OPTION_CHOICE, "doubly-robust", "How covariates are used",
        "doubly-robust|regression|weighting" },
    { "--control", EV_OPTION_CHOICE, "never-treated", "Whom to compare with",
        "never-treated|not-yet-treated" },
    { "--base", EV_OPTION_CHOICE, "varying", "What periods before the start are compared with",
        "varying|universal" },
    { "--anticipation", EV_OPTION_NUMBER, "0", "How long before the start an effect may begin",
        NULL },
    { "--delta", EV_OPTION_NUMBER, NULL, "Smallest effect worth having, for the gate on leads",
        NULL },
    { "--draws", EV_OPTION_WHOLE, "0", "Draws of the bootstrap for uniform bands", NULL },
    { "--multiplier", EV_OPTION_CHOICE, "rademacher", "What the bootstrap multiplies with",
        "rademacher|mammen" },
};

static const struct ev_method methods[] = {
    { "attgt", "Did it change the outcome, where places start at different times?",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_TIME | EV_FIRST_TREATED | EV_COVARIATES | EV_CLUSTER |
            EV_LEVEL | EV_SEED | EV_PLOT,
        attgt_options, EV_COUNT(attgt_options), attgt },
    { "sunab", "The same by one regression: an interaction-weighted event study",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_TIME | EV_FIRST_TREATED | EV_CLUSTER | EV_LEVEL |
            EV_PLOT,
        NULL, 0, sunab },
    { "bacon", "What would two-way fixed effects compare?",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_TIME | EV_TREAT | EV_FIRST_TREATED | EV_PLOT, NULL, 0,
        bacon },
};

extern const struct ev_area ev_area_staggered;
const struct ev_area ev_area_staggered = { "staggered", methods, EV_COUNT(methods) };
