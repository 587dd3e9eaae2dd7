// SPDX-License-Identifier: Apache-2.0
// The sealed plan: seal, evaluate, simulate.
#include "internal.h"

#include "cli.h"
#include "plan_inner.h"

#include <stdlib.h>

// The plan in --plan, sealed; NULL after words.
static struct ph_sealed *read_plan(struct ev_call *k)
{
    const char *path = ev_text(k, "--plan");
    if (!path) {
        (void)ev_misused(k, "Give --plan FILE.json.");
        return NULL;
    }
    FILE *f = fopen(path, "rb");
    char *text = malloc(PH_PLAN_TEXT_MAX + 1);
    struct ph_sealed *sealed = NULL;
    if (!f || !text) {
        fprintf(k->err, "%.200s cannot be opened.\n", path);
    } else {
        size_t len = fread(text, 1, PH_PLAN_TEXT_MAX + 1, f);
        if (ferror(f)) {
            fprintf(k->err, "%.200s cannot be read.\n", path);
        } else if (ph_plan_seal(k->c, text, len, &sealed) != PH_OK) {
            (void)ev_refuse(k);
        }
    }
    if (f) {
        fclose(f);
    }
    free(text);
    return sealed;
}

static int seal(struct ev_call *k)
{
    struct ph_sealed *sealed = read_plan(k);
    if (!sealed) {
        return EV_REFUSED;
    }
    ev_json_text(k->report, "method", "seal");
    ev_json_text(k->report, "sha256", ph_sealed_hash(sealed));
    ev_json_text(k->report, "plan", ph_sealed_text(sealed));
    ph_sealed_free(sealed);
    return EV_DONE;
}

enum { PORTFOLIO_BYTES_MAX = 1 << 20 };

// Earlier pilots in --portfolio, columns estimate and se; NULL after words.
static struct ev_table *read_portfolio(struct ev_call *k, const char *path)
{
    static const struct ev_want wants[] = { { "estimate", PH_REAL }, { "se", PH_REAL } };
    FILE *f = fopen(path, "rb");
    char *text = malloc(PORTFOLIO_BYTES_MAX);
    struct ev_table *table = NULL;
    size_t len = f && text ? fread(text, 1, PORTFOLIO_BYTES_MAX, f) : 0;
    if (!f || !text || ferror(f)) {
        fprintf(k->err, "%.200s cannot be opened.\n", path);
    } else if (len == PORTFOLIO_BYTES_MAX) {
        fprintf(k->err, "%.200s is larger than a portfolio may be.\n", path);
    } else if (ev_csv_read(k->c, text, len, wants, EV_COUNT(wants), &table) != PH_OK) {
        (void)ev_refuse(k);
    }
    if (f) {
        fclose(f);
    }
    free(text);
    return table;
}

static int plot(struct ev_call *k, const struct ph_sealed *sealed, const struct ph_evaluation *e)
{
    struct ph_picture_options picture = ev_plot_options(k, NULL);
    int code = EV_DONE;
    if (ev_plots(k)) {
        code = ev_plot(k, ph_evaluation_picture(&picture, sealed, e));
    }
    if (code == EV_DONE && ev_given(k, "--plot-course")) {
        char *svg = NULL;
        enum ph_status status =
            ph_evaluation_course(k->c, &picture, sealed, &k->table->frame, &svg);
        code = status == PH_OK ? ev_plot_to(k, "--plot-course", svg) : ev_answer(k, status);
    }
    return code;
}

static int run(struct ev_call *k, const struct ph_sealed *sealed)
{
    const char *name;
    enum ph_column_kind kind;
    for (size_t i = 0; ph_sealed_column(sealed, i, &name, &kind); i++) {
        (void)ev_want(k, name, kind);
    }
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    struct ev_table *portfolio = NULL;
    if (ev_given(k, "--portfolio")) {
        portfolio = read_portfolio(k, ev_text(k, "--portfolio"));
        if (!portfolio) {
            return EV_REFUSED;
        }
        o.portfolio = &portfolio->frame;
    }
    o.hash = ev_text(k, "--hash");
    o.data_seen = ev_given(k, "--sealed-after-data");
    enum ph_status status = ph_evaluate(k->c, sealed, &k->table->frame, &o, &e);
    ev_table_free(k->c, portfolio);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_evaluation_report(k->report, &e);
    return plot(k, sealed, &e);
}

static int evaluate(struct ev_call *k)
{
    struct ph_sealed *sealed = read_plan(k);
    int code = sealed ? run(k, sealed) : EV_REFUSED;
    ph_sealed_free(sealed);
    return code;
}

static void report_rates(struct ev_json *o, const struct ph_error_rates *r)
{
    static const struct {
        enum ph_verdict verdict;
        const char *rate, *error;
    } verdicts[] = {
        { PH_SCALE, "scale", "scale_mc_error" },
        { PH_ADAPT, "adapt", "adapt_mc_error" },
        { PH_EXTEND, "extend", "extend_mc_error" },
        { PH_STOP, "stop", "stop_mc_error" },
        { PH_CANNOT_TELL, "cannot_tell", "cannot_tell_mc_error" },
    };
    ev_json_number(o, "truth", r->truth);
    for (size_t i = 0; i < EV_COUNT(verdicts); i++) {
        ev_json_number(o, verdicts[i].rate, r->rate[verdicts[i].verdict]);
        ev_json_number(o, verdicts[i].error, r->mc_error[verdicts[i].verdict]);
    }
    ev_json_number(o, "decided_at", r->decided_at);
    ev_json_number(o, "covered", r->covered);
    ev_json_number(o, "runs", (double)r->runs);
    ev_json_number(o, "failed", (double)r->failed);
}

static int simulate(struct ev_call *k)
{
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    const struct ev_value *truths = ev_list(k, "--truths");
    const struct ev_value *looks = ev_list(k, "--looks");
    if (truths->n == 0) {
        return ev_misused(k, "Give --truths, the effects to make up, as 0,0.3.");
    }
    struct ph_sealed *sealed = read_plan(k);
    struct ph_error_rates *rates = calloc(truths->n, sizeof(*rates));
    if (!sealed || !rates) {
        ph_sealed_free(sealed);
        free(rates);
        return EV_REFUSED;
    }
    o.treated = (size_t)ev_value_of(k, "--treated");
    o.compared = (size_t)ev_value_of(k, "--compared");
    o.cluster_size = (size_t)ev_value_of(k, "--cluster-size");
    o.periods = (size_t)ev_value_of(k, "--periods");
    o.before = (size_t)ev_value_of(k, "--before");
    o.mean = ev_value_of(k, "--mean");
    o.sd = ev_value_of(k, "--sd");
    o.icc = ev_value_of(k, "--icc");
    o.correlation = ev_value_of(k, "--correlation");
    o.runs = (uint32_t)fmin(ev_value_of(k, "--runs"), 1e9);
    o.truths = truths->numbers;
    o.n_truths = truths->n;
    o.looks = looks->numbers;
    o.n_looks = looks->n;
    const struct ev_value *harms = ev_list(k, "--harms");
    o.covariate_correlation = ev_value_of(k, "--covariate-correlation");
    o.strata = (size_t)fmin(ev_value_of(k, "--n-strata"), 1e9);
    o.guardrail_correlation = ev_value_of(k, "--guardrail-correlation");
    o.guardrail_sd = ev_given(k, "--guardrail-sd") ? ev_value_of(k, "--guardrail-sd") : 0;
    o.harms = harms->numbers;
    o.n_harms = harms->n;
    o.trials = (size_t)fmin(ev_value_of(k, "--trials"), 1e9);
    enum ph_status status = ph_simulate(k->c, sealed, &o, rates);
    if (status == PH_OK) {
        ev_json_text(k->report, "method", "simulate");
        ev_json_text(k->report, "plan", ph_sealed_hash(sealed));
        struct ev_json *list = ev_json_array(k->report, "truths");
        for (size_t i = 0; i < truths->n; i++) {
            report_rates(ev_json_item(list), &rates[i]);
        }
    }
    ph_sealed_free(sealed);
    free(rates);
    return ev_answer(k, status);
}

// ---- verdict: the rule alone, on results that something else worked out ----

// The result as its options tell it: with --lo and --hi, or from estimate, se and df.
static struct ph_result told_result(const struct ev_call *k)
{
    static const enum ph_grade grades[] = { PH_GRADE_A, PH_GRADE_B, PH_GRADE_C, PH_GRADE_D };
    struct ph_result r = ev_result_blank(ev_value_of(k, "--level"), "told");
    r.estimate = ev_value_of(k, "--estimate");
    r.se = ev_value_of(k, "--se");
    r.df = ev_given(k, "--df") ? ev_value_of(k, "--df") : INFINITY;
    r.grade = grades[ev_choice(k, "--grade")];
    if (r.se > 0) {
        ev_interval_t(&r);
    }
    r.interval.lo = ev_given(k, "--lo") ? ev_value_of(k, "--lo") : r.interval.lo;
    r.interval.hi = ev_given(k, "--hi") ? ev_value_of(k, "--hi") : r.interval.hi;
    r.anytime = ev_given(k, "--anytime");
    return r;
}

static int verdict(struct ev_call *k)
{
    struct ph_plan plan = PH_PLAN;
    struct ph_findings f = PH_FINDINGS;
    struct ph_verdict_result v;
    if (!ev_given(k, "--estimate") || !ev_given(k, "--delta") ||
        (!ev_given(k, "--se") && (!ev_given(k, "--lo") || !ev_given(k, "--hi")))) {
        return ev_misused(k, "Give --estimate, --delta, and --se or both --lo and --hi.");
    }
    struct ph_result r = told_result(k);
    struct ph_guardrail guard = { ev_value_of(k, "--harm-lower"), ev_value_of(k, "--harm-margin"),
        true };
    plan.direction = (enum ph_direction)ev_choice(k, "--direction");
    plan.delta = ev_value_of(k, "--delta");
    plan.level = r.level;
    plan.stage = ev_given(k, "--early") ? PH_STAGE_EARLY : PH_STAGE_HORIZON;
    plan.money = ev_given(k, "--benefit");
    f.primary = &r;
    f.gate_failed = ev_given(k, "--gate-failed");
    f.guardrails = &guard;
    f.n_guardrails = ev_given(k, "--harm-lower");
    f.worthwhile = ev_value_of(k, "--worthwhile");
    f.benefit = ev_value_of(k, "--benefit");
    f.extension_mde = ev_value_of(k, "--extension-detects");
    f.extension_value = ev_value_of(k, "--extension-value");
    f.extension_cost = ev_value_of(k, "--extension-cost");
    f.component_survives = ev_given(k, "--component-works");
    enum ph_status status = ph_verdict(k->c, &plan, &f, &v);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_json_text(j, "method", "verdict");
        ev_json_text(j, "verdict", ph_verdict_name(v.verdict));
        ev_json_text(j, "reason", ph_reason_name(v.reason));
        ev_json_text(j, "grade", ph_grade_name(v.grade));
        ev_json_number(j, "estimate", r.estimate);
        ev_report_interval(j, "interval", r.interval);
        ev_json_number(j, "level", r.level);
        ev_json_number(j, "delta", v.delta);
        ev_json_number(j, "worthwhile", v.worthwhile);
        ev_json_bool(j, "worthwhile_ruled_out", v.worthwhile_ruled_out);
        ev_report_warnings(j, v.warnings);
    }
    return ev_answer(k, status);
}

static const struct ev_option verdict_options[] = {
    { "--estimate", EV_OPTION_NUMBER, NULL, "The effect", NULL },
    { "--se", EV_OPTION_NUMBER, NULL, "Its standard error", NULL },
    { "--df", EV_OPTION_NUMBER, NULL, "Degrees of freedom; else normal", NULL },
    { "--lo", EV_OPTION_NUMBER, NULL, "Lower end of the interval, where it isn't from the se",
        NULL },
    { "--hi", EV_OPTION_NUMBER, NULL, "Its upper end", NULL },
    { "--delta", EV_OPTION_NUMBER, NULL, "Smallest effect worth having, above 0", NULL },
    { "--direction", EV_OPTION_CHOICE, "higher", "Which way is better", "higher|lower" },
    { "--grade", EV_OPTION_CHOICE, "D", "Strength of evidence", "A|B|C|D" },
    { "--early", EV_OPTION_FLAG, NULL, "Before the planned end", NULL },
    { "--anytime", EV_OPTION_FLAG, NULL, "The interval holds at every look", NULL },
    { "--gate-failed", EV_OPTION_FLAG, NULL, "A check that the plan asks for failed", NULL },
    { "--harm-lower", EV_OPTION_NUMBER, NULL, "Lower limit of a guardrail's harm", NULL },
    { "--harm-margin", EV_OPTION_NUMBER, "0", "Harm that is allowed", NULL },
    { "--worthwhile", EV_OPTION_NUMBER, NULL, "P(effect >= delta), as after shrinkage", NULL },
    { "--benefit", EV_OPTION_NUMBER, NULL, "P(net benefit > 0); without it money doesn't count",
        NULL },
    { "--extension-detects", EV_OPTION_NUMBER, NULL, "Effect that the extension would find", NULL },
    { "--extension-value", EV_OPTION_NUMBER, NULL, "What its information is worth", NULL },
    { "--extension-cost", EV_OPTION_NUMBER, NULL, "What it costs", NULL },
    { "--component-works", EV_OPTION_FLAG, NULL, "A part named before survives Holm", NULL },
};

static const struct ev_option seal_options[] = {
    { "--plan", EV_OPTION_TEXT, NULL, "The plan's JSON", NULL },
};

static const struct ev_option evaluate_options[] = {
    { "--plan", EV_OPTION_TEXT, NULL, "The plan's JSON", NULL },
    { "--hash", EV_OPTION_TEXT, NULL, "The hash recorded when the plan was sealed", NULL },
    { "--portfolio", EV_OPTION_TEXT, NULL, "Earlier pilots in the same unit: CSV, estimate and se",
        NULL },
    { "--plot-course", EV_OPTION_TEXT, NULL,
        "FILE.svg for a second picture: how it came about over time", NULL },
    { "--sealed-after-data", EV_OPTION_FLAG, NULL, "The first outcome was known by then", NULL },
};

static const struct ev_option simulate_options[] = {
    { "--plan", EV_OPTION_TEXT, NULL, "The plan's JSON", NULL },
    { "--truths", EV_OPTION_NUMBERS, NULL, "Effects to make up, as 0,0.3", NULL },
    { "--treated", EV_OPTION_WHOLE, "20", "Treated units", NULL },
    { "--compared", EV_OPTION_WHOLE, "20", "Comparison units", NULL },
    { "--cluster-size", EV_OPTION_WHOLE, "1", "Units a cluster, which is treated whole", NULL },
    { "--periods", EV_OPTION_WHOLE, "1", "Periods from the start to the horizon", NULL },
    { "--before", EV_OPTION_WHOLE, "0", "Periods before the start", NULL },
    { "--mean", EV_OPTION_NUMBER, "0", "Mean outcome of a unit in a period, or share", NULL },
    { "--sd", EV_OPTION_NUMBER, "1", "Its standard deviation", NULL },
    { "--icc", EV_OPTION_NUMBER, "0", "Share of the variance between clusters", NULL },
    { "--correlation", EV_OPTION_NUMBER, "0", "Of a unit's outcomes from period to period", NULL },
    { "--looks", EV_OPTION_NUMBERS, NULL,
        "Periods at which to ask before the horizon; else the plan's", NULL },
    { "--covariate-correlation", EV_OPTION_NUMBER, "0", "Of covariates and strata with the outcome",
        NULL },
    { "--n-strata", EV_OPTION_WHOLE, "2", "Strata, where the plan names them", NULL },
    { "--guardrail-correlation", EV_OPTION_NUMBER, "0",
        "Of guardrails and further measures with the outcome", NULL },
    { "--guardrail-sd", EV_OPTION_NUMBER, NULL, "Standard deviation of guardrails; else --sd",
        NULL },
    { "--harms", EV_OPTION_NUMBERS, NULL, "True harm of each guardrail, in the plan's order",
        NULL },
    { "--trials", EV_OPTION_WHOLE, "1", "Trials of a unit in a period, where the plan names them",
        NULL },
    { "--runs", EV_OPTION_WHOLE, "1000", "Made-up pilots for each truth", NULL },
};

static const struct ev_method methods[] = {
    { "verdict", "What do results mean for the decision?", EV_LEVEL, verdict_options,
        EV_COUNT(verdict_options), verdict },
    { "seal", "The canonical form of a plan, and its hash", 0, seal_options, EV_COUNT(seal_options),
        seal },
    { "evaluate", "Runs a sealed plan to its verdict", EV_DATA | EV_SEED | EV_PLOT,
        evaluate_options, EV_COUNT(evaluate_options), evaluate },
    { "simulate", "How often would the plan's rule be wrong?", EV_SEED, simulate_options,
        EV_COUNT(simulate_options), simulate },
};

extern const struct ev_area ev_area_plan;
const struct ev_area ev_area_plan = { "plan", methods, EV_COUNT(methods) };
