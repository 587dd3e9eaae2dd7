// SPDX-License-Identifier: Apache-2.0
// Before and after against a comparison: did, eventstudy, pretrend.
#include "internal.h"

#include "cli.h"
#include "plan_inner.h"

static void report_effect(struct ev_json *o, const struct ph_att *a)
{
    ev_json_number(o, "group", a->group);
    ev_json_number(o, "time", a->time);
    ev_json_number(o, "estimate", a->att);
    ev_json_number(o, "se", a->se);
    ev_report_interval(o, "interval", a->interval);
    ev_report_interval(o, "band", a->band);
    ev_json_number(o, "treated", (double)a->treated);
}

static int one_cluster(struct ev_call *k, int32_t *ret)
{
    const struct ev_value *v = ev_list(k, "--cluster");
    if (v->n > 1) {
        return ev_misused(k, "Give one column as --cluster here.");
    }
    *ret = ev_want(k, v->n ? v->items[0] : NULL, PH_KEY);
    return EV_DONE;
}

// ---- did ----

static int read_did(struct ev_call *k, struct ph_did_options *o, int32_t *covariates)
{
    uint32_t lag = 0;
    bool panel = !ev_given(k, "--post");
    if (!ev_given(k, "--outcome") ||
        (panel && (!ev_given(k, "--unit") || !ev_given(k, "--time")))) {
        return ev_misused(k,
            "Give --outcome, --treat or --first-treated, and --unit and --time for "
            "a panel, or --post for two groups at two times.");
    }
    int code = one_cluster(k, &o->cluster);
    if (code != EV_DONE) {
        return code;
    }
    o->own_vcov = ev_given(k, "--vcov");
    if (o->own_vcov &&
        (!ev_read_vcov(ev_text(k, "--vcov"), &o->vcov, &lag) || o->vcov == PH_VCOV_NEWEY_WEST)) {
        return ev_misused(k, "--vcov takes iid, HC0 to HC3, or CR0 to CR3.");
    }
    o->outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o->treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o->post = ev_want(k, ev_text(k, "--post"), PH_REAL);
    o->unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
    o->time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o->first_treated = ev_want(k, ev_text(k, "--first-treated"), PH_REAL);
    o->n_covariates =
        ev_want_list(k, "--covariates", PH_REAL, covariates, PH_DID_COVARIATES_MAX + 1);
    o->covariates = covariates;
    o->delta = ev_value_of(k, "--delta");
    o->design = ev_design_named(k);
    o->level = ev_value_of(k, "--level");
    return ev_load(k);
}

static int did(struct ev_call *k)
{
    struct ph_did_options o = PH_DID_OPTIONS;
    struct ph_did_result r;
    int32_t covariates[PH_DID_COVARIATES_MAX + 1];
    int code = read_did(k, &o, covariates);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_did(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    // The regression's own report, with what the comparison adds to its header.
    r.regression.head = r.head;
    ev_report_regression(k->report, "did", &r.regression);
    if (r.panel) {
        ev_beside_report(ev_json_object(k->report, "beside"), &r.beside);
    }
    code = ev_plot_head(k, &r.head);
    ph_did_release(k->c, &r);
    return code;
}

// ---- eventstudy, pretrend: the leads and lags of the group-time effects ----

static int read_events(struct ev_call *k, struct ph_attgt_options *o, int32_t *covariates)
{
    if (!ev_given(k, "--outcome") || !ev_given(k, "--time") || !ev_given(k, "--first-treated")) {
        return ev_misused(
            k, "Give --outcome, --time and --first-treated COLUMN, and --unit for a panel.");
    }
    int code = one_cluster(k, &o->cluster);
    if (code != EV_DONE) {
        return code;
    }
    o->outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o->unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
    o->time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o->first_treated = ev_want(k, ev_text(k, "--first-treated"), PH_REAL);
    o->n_covariates =
        ev_want_list(k, "--covariates", PH_REAL, covariates, PH_ATTGT_COVARIATES_MAX + 1);
    o->covariates = covariates;
    o->control = (enum ph_did_control)ev_choice(k, "--control");
    o->delta = ev_value_of(k, "--delta");
    o->level = ev_value_of(k, "--level");
    return ev_load(k);
}

// By time since the start. All are compared with the last period before it, so that a line through
// them is one line.
static int eventstudy(struct ev_call *k)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    int32_t covariates[PH_ATTGT_COVARIATES_MAX + 1];
    int code = read_events(k, &o, covariates);
    if (code != EV_DONE) {
        return code;
    }
    o.base = PH_DID_BASE_UNIVERSAL;
    o.draws = (uint32_t)ev_value_of(k, "--draws");
    enum ph_status status = ph_attgt(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_report_head(k->report, "eventstudy", &r.head);
    report_effect(ev_json_object(k->report, "overall"), &r.by_event.overall);
    ev_json_number(k->report, "critical", r.by_event.critical);
    struct ev_json *items = ev_json_array(k->report, "events");
    for (size_t i = 0; i < r.by_event.n; i++) {
        report_effect(ev_json_item(items), &r.by_event.item[i]);
    }
    ev_report_lead_test(k->report, &r);
    if (ev_plots(k)) {
        struct ph_picture_options p = ev_plot_options(k, "Effect on");
        p.delta = o.delta;
        code = ev_plot(k, ph_picture_events(&p, &r.by_event, o.level));
    }
    ph_attgt_release(k->c, &r);
    return code;
}

// Each group and period before the start is compared with the period before it.
static int pretrend(struct ev_call *k)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    int32_t covariates[PH_ATTGT_COVARIATES_MAX + 1];
    int code = read_events(k, &o, covariates);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_attgt(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    struct ev_json *j = k->report;
    struct ev_json *leads = ev_json_array(j, "leads");
    for (size_t i = 0; i < r.cells.n; i++) {
        const struct ph_att *a = &r.cells.item[i];
        if (a->estimated && a->time < a->group) {
            report_effect(ev_json_item(leads), a);
        }
    }
    ev_json_text(j, "method", "pretrend");
    ev_json_text(j, "convention", r.head.convention);
    ev_json_number(j, "level", r.head.level);
    ev_json_number(j, "n", (double)r.head.n);
    ev_report_lead_test(j, &r);
    ev_json_number(j, "delta", o.delta);
    ev_json_number(j, "not_ruled_out", r.not_ruled_out);
    ev_json_bool(j, "leads_within_delta", !isnan(o.delta) && r.pre_cells > 0 && r.leads_excluded);
    ev_report_warnings(j, r.head.warnings);
    ph_attgt_release(k->c, &r);
    return EV_DONE;
}

#define EVENTS_OPTIONS                                                                             \
    { "--control", EV_OPTION_CHOICE, "never-treated", "Whom to compare with",                      \
        "never-treated|not-yet-treated" },                                                         \
    {                                                                                              \
        "--delta", EV_OPTION_NUMBER, NULL, "Smallest effect worth having, for the leads", NULL     \
    }

static const struct ev_option did_options[] = {
    { "--post", EV_OPTION_TEXT, NULL, "1 after the start: two groups at two times", NULL },
    { "--vcov", EV_OPTION_TEXT, NULL,
        "iid, HC0-HC3, CR0-CR3; else CR2 with units or clusters, HC2 without", NULL },
    { "--delta", EV_OPTION_NUMBER, NULL, "Smallest effect worth having, for the leads", NULL },
    { "--design", EV_OPTION_CHOICE, "comparison", "How groups were formed",
        "unstated|randomised|comparison|series" },
};
static const struct ev_option eventstudy_options[] = {
    { "--draws", EV_OPTION_WHOLE, "0", "Draws of the bootstrap for uniform bands", NULL },
    EVENTS_OPTIONS,
};
static const struct ev_option pretrend_options[] = { EVENTS_OPTIONS };

enum {
    PANEL = EV_DATA | EV_OUTCOME | EV_UNIT | EV_TIME | EV_FIRST_TREATED | EV_COVARIATES |
            EV_CLUSTER | EV_LEVEL,
};

static const struct ev_method methods[] = {
    { "did", "Did the treated change more than the others?", PANEL | EV_TREAT | EV_PLOT,
        did_options, EV_COUNT(did_options), did },
    { "eventstudy", "How did the effect grow since the start, and was it there before?",
        PANEL | EV_SEED | EV_PLOT, eventstudy_options, EV_COUNT(eventstudy_options), eventstudy },
    { "pretrend", "Did the groups move apart before the start?", PANEL, pretrend_options,
        EV_COUNT(pretrend_options), pretrend },
};

extern const struct ev_area ev_area_did;
const struct ev_area ev_area_did = { "did", methods, EV_COUNT(methods) };
