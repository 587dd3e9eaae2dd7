// SPDX-License-Identifier: Apache-2.0
// Randomised comparisons: lin, poststratify, randomise, sample-ratio, attrition.
#include "internal.h"

#include "cli.h"

enum { COVARIATES_MAX = 200 };

static int need_groups(struct ev_call *k)
{
    return ev_given(k, "--outcome") && ev_given(k, "--treat")
               ? EV_DONE
               : ev_misused(k, "Give --data FILE.csv, --outcome COLUMN and --treat COLUMN.");
}

// One column of an option that lists them; PH_NONE. More than one is told in words.
static int one_column(struct ev_call *k, const char *option, int32_t *ret_column)
{
    const struct ev_value *v = ev_list(k, option);
    if (v->n > 1) {
        fprintf(k->err, "%s takes one column here.\n", option);
        return EV_USAGE;
    }
    *ret_column = ev_want(k, v->n ? v->items[0] : NULL, PH_KEY);
    return EV_DONE;
}

static int lin(struct ev_call *k)
{
    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result r;
    int32_t covariates[COVARIATES_MAX];
    uint32_t lag = 0;
    int code = need_groups(k);
    code = code == EV_DONE ? one_column(k, "--cluster", &o.cluster) : code;
    if (code != EV_DONE) {
        return code;
    }
    const char *vcov = ev_given(k, "--vcov")  ? ev_text(k, "--vcov")
                       : o.cluster != PH_NONE ? "CR2"
                                              : "HC2";
    if (!ev_read_vcov(vcov, &o.vcov, &lag) || o.vcov == PH_VCOV_NEWEY_WEST) {
        return ev_misused(k, "--vcov takes iid, HC0 to HC3, or CR0 to CR3.");
    }
    if (ev_list(k, "--covariates")->n > COVARIATES_MAX) {
        return ev_misused(k, "There are too many covariates.");
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o.n_covariates = ev_want_list(k, "--covariates", PH_REAL, covariates, COVARIATES_MAX);
    o.covariates = covariates;
    o.weights = ev_want(k, ev_text(k, "--weights"), PH_REAL);
    o.adjustment = (enum ph_adjustment)ev_choice(k, "--adjustment");
    o.design = ev_design_named(k);
    o.level = ev_value_of(k, "--level");
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_adjusted(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_report_head(j, "lin", &r.head);
        ev_json_number(j, "unadjusted", r.unadjusted);
        ev_json_number(j, "unadjusted_se", r.unadjusted_se);
        ev_json_number(j, "variance_reduction", r.variance_reduction);
        ev_json_number(j, "n_treated", (double)r.n_treated);
        ev_json_number(j, "n_compared", (double)r.n_compared);
        ev_json_number(j, "dropped_covariates", (double)r.dropped_covariates);
        return ev_plot_head(k, &r.head);
    }
    return ev_answer(k, status);
}

static int poststratify(struct ev_call *k)
{
    struct ph_poststratified_options o = PH_POSTSTRATIFIED_OPTIONS;
    struct ph_poststratified_result r;
    int code = need_groups(k);
    code = code == EV_DONE ? one_column(k, "--strata", &o.stratum) : code;
    if (code != EV_DONE) {
        return code;
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o.design = ev_design_named(k);
    o.level = ev_value_of(k, "--level");
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_poststratified(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        ev_report_head(k->report, "poststratify", &r.head);
        ev_json_number(k->report, "strata", (double)r.strata);
        ev_json_number(k->report, "smallest", (double)r.smallest);
        return ev_plot_head(k, &r.head);
    }
    return ev_answer(k, status);
}

static int randomise(struct ev_call *k)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    int code = need_groups(k);
    code = code == EV_DONE ? one_column(k, "--strata", &o.stratum) : code;
    code = code == EV_DONE ? one_column(k, "--cluster", &o.cluster) : code;
    if (code != EV_DONE) {
        return code;
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o.draws = (size_t)ev_value_of(k, "--draws");
    o.invert = ev_given(k, "--interval");
    o.design = ev_design_named(k);
    o.level = ev_value_of(k, "--level");
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_randomise(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_report_head(j, "randomise", &r.head);
        ev_json_bool(j, "enumerated", r.enumerated);
        ev_json_number(j, "assignments", r.assignments);
        ev_json_number(j, "draws", (double)r.draws);
        ev_json_number(j, "as_large", (double)r.as_large);
        ev_json_number(j, "mc_error", r.head.mc_error);
        ev_json_number(j, "units", (double)r.units);
        ev_json_number(j, "treated", (double)r.treated);
        ev_json_number(j, "strata", (double)r.strata);
        ev_json_number(j, "seed", ev_value_of(k, "--seed"));
    }
    return ev_answer(k, status);
}

static int sample_ratio(struct ev_call *k)
{
    struct ph_ratio_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    if (counts->n != 2) {
        return ev_misused(k, "Give --counts TREATED,COMPARED.");
    }
    enum ph_status status = ph_sample_ratio(
        k->c, counts->numbers[0], counts->numbers[1], ev_value_of(k, "--planned"), &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_json_text(j, "method", "sample-ratio");
        ev_json_text(j, "convention", "pearson.chi-squared");
        ev_json_number(j, "n_treated", r.n_treated);
        ev_json_number(j, "n_compared", r.n_compared);
        ev_json_number(j, "share", r.share);
        ev_json_number(j, "planned", r.planned);
        ev_json_number(j, "chi2", r.chi2);
        ev_json_number(j, "p", r.p);
        ev_json_bool(j, "mismatch", r.mismatch);
        ev_report_warnings(j, r.warnings);
    }
    return ev_answer(k, status);
}

static int attrition(struct ev_call *k)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_attrition_result r;
    int code = need_groups(k);
    if (code != EV_DONE) {
        return code;
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o.level = ev_value_of(k, "--level");
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_attrition(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_report_head(j, "attrition", &r.head);
        ev_json_numbers(j, "rows", r.n, 2);
        ev_json_numbers(j, "missing", r.missing, 2);
        ev_json_numbers(j, "share", r.share, 2);
        ev_report_interval(j, "lee_bounds", r.lee);
        ev_json_number(j, "trimmed", r.trimmed);
    }
    return ev_answer(k, status);
}

#define RANDOMISED                                                                                 \
    {                                                                                              \
        "--design", EV_OPTION_CHOICE, "randomised", "How groups were formed",                      \
            "unstated|randomised|comparison|series"                                                \
    }

static const struct ev_option lin_options[] = {
    { "--adjustment", EV_OPTION_CHOICE, "lin", "How covariates enter", "lin|ancova|cuped" },
    { "--vcov", EV_OPTION_TEXT, NULL, "iid, HC0-HC3, CR0-CR3; else HC2, or CR2 with a cluster",
        NULL },
    RANDOMISED,
};
static const struct ev_option poststratify_options[] = { RANDOMISED };
static const struct ev_option randomise_options[] = {
    { "--draws", EV_OPTION_WHOLE, "9999", "All assignments are taken if they are no more", NULL },
    { "--interval", EV_OPTION_FLAG, NULL, "The constant effects that the test does not reject",
        NULL },
    RANDOMISED,
};
static const struct ev_option ratio_options[] = {
    { "--counts", EV_OPTION_NUMBERS, NULL, "treated,compared", NULL },
    { "--planned", EV_OPTION_NUMBER, "0.5", "Share that was to be treated", NULL },
};

enum { GROUPS = EV_DATA | EV_OUTCOME | EV_TREAT };

static const struct ev_method methods[] = {
    { "lin", "Two groups, with what was measured before",
        GROUPS | EV_COVARIATES | EV_CLUSTER | EV_WEIGHTS | EV_LEVEL | EV_PLOT, lin_options,
        EV_COUNT(lin_options), lin },
    { "poststratify", "Two groups, compared within strata", GROUPS | EV_STRATA | EV_LEVEL | EV_PLOT,
        poststratify_options, EV_COUNT(poststratify_options), poststratify },
    { "randomise", "Could the lot alone have done this?",
        GROUPS | EV_STRATA | EV_CLUSTER | EV_SEED | EV_LEVEL, randomise_options,
        EV_COUNT(randomise_options), randomise },
    { "sample-ratio", "Were as many treated as was planned?", 0, ratio_options,
        EV_COUNT(ratio_options), sample_ratio },
    { "attrition", "Did one group lose more of its outcomes?", GROUPS | EV_LEVEL, NULL, 0,
        attrition },
};

extern const struct ev_area ev_area_randomised;
const struct ev_area ev_area_randomised = { "randomised", methods, EV_COUNT(methods) };
