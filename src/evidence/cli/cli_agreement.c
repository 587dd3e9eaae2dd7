// SPDX-License-Identifier: Apache-2.0
// Does it work here, is it accurate enough: feasibility, accuracy.
#include "internal.h"

#include "cli.h"

static void report_feasibility(struct ev_json *o, const struct ph_feasibility_result *f)
{
    ev_report_head(o, "feasibility", &f->head);
    ev_json_number(o, "successes", f->successes);
    ev_json_number(o, "trials", f->trials);
    ev_json_number(o, "floor", f->floor);
    ev_json_number(o, "probability_met", f->probability_met);
    ev_json_number(o, "design_effect", f->design_effect);
    ev_report_interval(o, "wilson", f->wilson);
    ev_report_interval(o, "exact", f->exact);
}

static int plot_feasibility(struct ev_call *k, const struct ph_feasibility_options *o,
    const struct ph_feasibility_result *r)
{
    struct ph_effect_row row = {
        .estimate = r->head.estimate, .interval = r->head.interval, .level = r->head.level
    };
    return ev_plot_levels(k, "Share of", &row, 1, r->floor, o->direction);
}

static int feasibility(struct ev_call *k)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    if (!ev_given(k, "--floor")) {
        return ev_misused(k, "Give --floor, the share to reach, as 0.9.");
    }
    o.direction = (enum ph_direction)ev_choice(k, "--direction");
    o.floor = ev_value_of(k, "--floor");
    o.level = ev_value_of(k, "--level");
    enum ph_status status;
    if (counts->given) {
        if (counts->n != 2) {
            return ev_misused(k, "--counts takes successes,trials here.");
        }
        status = ph_feasibility_counts(k->c, counts->numbers[0], counts->numbers[1], &o, &r);
    } else {
        if (!ev_given(k, "--outcome")) {
            return ev_misused(k, "Give --data FILE.csv and --outcome COLUMN, or --counts.");
        }
        o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
        o.trials = ev_want(k, ev_text(k, "--trials"), PH_REAL);
        o.unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
        int loaded = ev_load(k);
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_feasibility(k->c, &k->table->frame, &o, &r);
    }
    if (status == PH_OK) {
        report_feasibility(k->report, &r);
        return plot_feasibility(k, &o, &r);
    }
    return ev_answer(k, status);
}

static void report_accuracy(struct ev_json *o, const struct ph_accuracy_result *a)
{
    ev_report_head(o, "accuracy", &a->head);
    ev_json_number(o, "sd", a->sd);
    ev_json_number(o, "lower_limit", a->lower_limit);
    ev_report_interval(o, "lower_limit_interval", a->lower_limit_interval);
    ev_json_number(o, "upper_limit", a->upper_limit);
    ev_report_interval(o, "upper_limit_interval", a->upper_limit_interval);
    ev_json_number(o, "concordance", a->concordance);
    ev_report_interval(o, "concordance_interval", a->concordance_interval);
    ev_json_number(o, "correlation", a->correlation);
    ev_json_number(o, "bias_slope", a->bias_slope);
    ev_json_number(o, "bias_slope_p", a->bias_slope_p);
    ev_json_number(o, "mean_outcome", a->mean_outcome);
    ev_json_number(o, "mean_reference", a->mean_reference);
}

static void report_share(struct ev_json *o, const char *key, const struct ph_share *s)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "share", s->share);
    ev_json_number(part, "count", s->count);
    ev_json_number(part, "of", s->of);
    ev_report_interval(part, "interval", s->interval);
}

static void report_yes_no(struct ev_json *o, const struct ph_yes_no_result *y)
{
    ev_report_head(o, "accuracy", &y->head);
    ev_json_number(o, "both_yes", y->both_yes);
    ev_json_number(o, "only_outcome", y->only_outcome);
    ev_json_number(o, "only_reference", y->only_reference);
    ev_json_number(o, "both_no", y->both_no);
    report_share(o, "sensitivity", &y->sensitivity);
    report_share(o, "specificity", &y->specificity);
    report_share(o, "ppv", &y->ppv);
    report_share(o, "npv", &y->npv);
    report_share(o, "agreement", &y->agreement);
    report_share(o, "prevalence", &y->prevalence);
}

static int yes_no(struct ev_call *k, const struct ph_accuracy_options *o)
{
    struct ph_yes_no_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    enum ph_status status;
    if (counts->given) {
        const double *n = counts->numbers;
        if (counts->n != 4) {
            return ev_misused(
                k, "--counts takes both-yes,only-outcome,only-reference,both-no here.");
        }
        status = ph_yes_no_counts(k->c, n[0], n[1], n[2], n[3], o->level, &r);
    } else {
        int loaded = ev_load(k);
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_yes_no(k->c, &k->table->frame, o, &r);
    }
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    report_yes_no(k->report, &r);
    const struct {
        const char *name;
        const struct ph_share *share;
    } shares[] = { { "Agreement", &r.agreement }, { "Sensitivity", &r.sensitivity },
        { "Specificity", &r.specificity } };
    struct ph_effect_row row[EV_COUNT(shares)];
    for (size_t i = 0; i < EV_COUNT(shares); i++) {
        row[i] = (struct ph_effect_row){ .label = shares[i].name,
            .estimate = shares[i].share->share,
            .interval = shares[i].share->interval,
            .level = r.head.level };
    }
    return ev_plot_levels(k, "Share of", row, EV_COUNT(shares), NAN, PH_HIGHER_IS_BETTER);
}

static void report_line(struct ev_json *o, const char *key, const struct ph_line *l)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "slope", l->slope);
    ev_report_interval(part, "slope_interval", l->slope_interval);
    ev_json_number(part, "intercept", l->intercept);
    ev_report_interval(part, "intercept_interval", l->intercept_interval);
}

static int slopes(struct ev_call *k, const struct ph_accuracy_options *pairs)
{
    struct ph_slopes_options o = PH_SLOPES_OPTIONS;
    struct ph_slopes_result r;
    o.outcome = pairs->outcome;
    o.reference = pairs->reference;
    o.unit = pairs->unit;
    o.error_ratio = ev_value_of(k, "--error-ratio");
    o.level = pairs->level;
    enum ph_status status = ph_slopes(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_report_head(k->report, "accuracy", &r.head);
    report_line(k->report, "deming", &r.deming);
    report_line(k->report, "passing_bablok", &r.passing_bablok);
    struct ev_json *list = ev_json_array(k->report, "bands");
    for (size_t i = 0; i < PH_BANDS; i++) {
        struct ev_json *band = ev_json_item(list);
        ev_json_number(band, "from", r.bands[i].from);
        ev_json_number(band, "to", r.bands[i].to);
        ev_json_number(band, "n", (double)r.bands[i].n);
        ev_json_number(band, "bias", r.bands[i].bias);
        ev_json_number(band, "lo", r.bands[i].interval.lo);
        ev_json_number(band, "hi", r.bands[i].interval.hi);
    }
    return EV_DONE;
}

static void report_chance_corrected(
    struct ev_json *o, const char *key, const struct ph_chance_corrected *a)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "value", a->value);
    ev_json_number(part, "se", a->se);
    ev_report_interval(part, "interval", a->interval);
}

static int categories(struct ev_call *k, const struct ph_accuracy_options *pairs)
{
    struct ph_categories_options o = PH_CATEGORIES_OPTIONS;
    struct ph_categories_result r;
    o.outcome = pairs->outcome;
    o.reference = pairs->reference;
    o.unit = pairs->unit;
    o.weights = (enum ph_category_weights)ev_choice(k, "--agreement-weights");
    o.draws = (size_t)ev_value_of(k, "--draws");
    o.level = pairs->level;
    enum ph_status status = ph_categories(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        ev_report_head(k->report, "accuracy", &r.head);
        ev_json_number(k->report, "agreement", r.agreement);
        report_chance_corrected(k->report, "kappa", &r.kappa);
        report_chance_corrected(k->report, "gwet", &r.gwet);
        ev_json_numbers(k->report, "categories", r.category, r.n_categories);
    }
    return ev_answer(k, status);
}

static int accuracy(struct ev_call *k)
{
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    bool counts = ev_given(k, "--counts");
    if (!counts && (!ev_given(k, "--reference") || !ev_given(k, "--outcome"))) {
        return ev_misused(k, "Give --outcome COLUMN and --reference COLUMN.");
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.reference = ev_want(k, ev_text(k, "--reference"), PH_REAL);
    o.unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
    o.limits = (enum ph_limits)ev_choice(k, "--limits");
    o.coverage = ev_value_of(k, "--coverage");
    o.level = ev_value_of(k, "--level");
    if (counts || ev_given(k, "--yes-no")) {
        return yes_no(k, &o);
    }
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    if (ev_plots(k) && (ev_given(k, "--slopes") || ev_given(k, "--categories"))) {
        return ev_misused(k, "--slopes and --categories have no picture; leave --plot out.");
    }
    if (ev_given(k, "--slopes")) {
        return slopes(k, &o);
    }
    if (ev_given(k, "--categories")) {
        return categories(k, &o);
    }
    enum ph_status status = ph_accuracy(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    report_accuracy(k->report, &r);
    if (!ev_plots(k)) {
        return EV_DONE;
    }
    struct ph_picture_options picture = ev_plot_options(k, NULL);
    char *svg = NULL;
    picture.delta = ev_value_of(k, "--margin");
    status = ph_picture_agreement(k->c, &picture, &k->table->frame, &o, &svg);
    return status == PH_OK ? ev_plot(k, svg) : ev_answer(k, status);
}

static const struct ev_option feasibility_options[] = {
    { "--floor", EV_OPTION_NUMBER, NULL, "The share to reach, as 0.9", NULL },
    { "--direction", EV_OPTION_CHOICE, "higher", "Which is better", "higher|lower" },
    { "--trials", EV_OPTION_TEXT, NULL, "Column of trials, where the outcome counts successes",
        NULL },
    { "--counts", EV_OPTION_NUMBERS, NULL, "successes,trials instead of a file", NULL },
};

static const struct ev_option accuracy_options[] = {
    { "--reference", EV_OPTION_TEXT, NULL, "Column of the reference", NULL },
    { "--coverage", EV_OPTION_NUMBER, "0.95", "Share of differences that the limits hold", NULL },
    { "--limits", EV_OPTION_CHOICE, "exact", "Intervals of the limits", "exact|approximate" },
    { "--margin", EV_OPTION_NUMBER, NULL, "Difference that is allowed, for the picture", NULL },
    { "--yes-no", EV_OPTION_FLAG, NULL, "Outcome and reference are 0 or 1", NULL },
    { "--slopes", EV_OPTION_FLAG, NULL, "Lines by Deming and by Passing and Bablok, bias by range",
        NULL },
    { "--error-ratio", EV_OPTION_NUMBER, "1",
        "Variance of the outcome's error over the reference's, for --slopes", NULL },
    { "--categories", EV_OPTION_FLAG, NULL, "Outcome and reference are categories", NULL },
    { "--agreement-weights", EV_OPTION_CHOICE, "none", "How near categories count, by their order",
        "none|linear|quadratic" },
    { "--draws", EV_OPTION_WHOLE, "2000", "Draws of units, for --categories with --unit", NULL },
    { "--counts", EV_OPTION_NUMBERS, NULL,
        "both-yes,only-outcome,only-reference,both-no instead of a file", NULL },
};

static const struct ev_method methods[] = {
    { "feasibility", "Is a share above a floor?",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_LEVEL | EV_PLOT, feasibility_options,
        EV_COUNT(feasibility_options), feasibility },
    { "accuracy", "Does a measurement agree with a reference?",
        EV_DATA | EV_OUTCOME | EV_UNIT | EV_LEVEL | EV_SEED | EV_PLOT, accuracy_options,
        EV_COUNT(accuracy_options), accuracy },
};

extern const struct ev_area ev_area_agreement;
const struct ev_area ev_area_agreement = { "agreement", methods, EV_COUNT(methods) };
