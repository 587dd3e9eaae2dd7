// SPDX-License-Identifier: Apache-2.0
// Every method that a plan may name, beyond the first: the plan's run gives what the method gives,
// its gates bite, and what doesn't fit is refused when it is sealed.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static struct ph_context *ctx;

static int setup(void **state)
{
    ctx = ph_context_new(NULL);
    return ctx == NULL;
}

static int teardown(void **state)
{
    ph_context_free(ctx);
    return 0;
}

#define HEAD(design) "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"" design "\","
#define LOT          HEAD("randomised")
#define COMPARED     HEAD("comparison")

static struct ph_sealed *sealed_of(const char *text)
{
    struct ph_sealed *s = NULL;
    if (ph_plan_seal(ctx, text, strlen(text), &s) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    return s;
}

static void refused(const char *text, const char *words)
{
    struct ph_sealed *s = NULL;
    assert_int_equal(ph_plan_seal(ctx, text, strlen(text), &s), PH_DATA);
    if (!strstr(ph_context_message(ctx), words)) {
        fail_msg("“%s” does not say “%s”", ph_context_message(ctx), words);
    }
}

static struct ph_evaluation run_frame(const char *plan, const struct ph_frame *frame)
{
    struct ph_sealed *s = sealed_of(plan);
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    if (ph_evaluate(ctx, s, frame, &o, &e) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    ph_sealed_free(s);
    return e;
}

static const struct ph_gate *gate_named(const struct ph_evaluation *e, const char *name)
{
    for (size_t i = 0; i < e->n_gates; i++) {
        if (strcmp(e->gate[i].name, name) == 0) {
            return &e->gate[i];
        }
    }
    return NULL;
}

// ---- Two groups of rows ----

enum { ROWS = 24 };

struct rows {
    double y[ROWS], arm[ROWS], x[ROWS];
    int32_t stratum[ROWS];
    struct ph_column column[4];
    struct ph_frame frame;
};

static void make_rows(struct rows *d, double effect)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < ROWS; i++) {
        d->arm[i] = i / 2 % 2;
        d->x[i] = cos(7.0 * i);
        d->stratum[i] = i % 2;
        d->y[i] = 0.2 * sin(37.0 * i + 1) + 2 * d->x[i] + d->stratum[i] + d->arm[i] * effect;
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ "arm", PH_REAL, .real = d->arm };
    d->column[2] = (struct ph_column){ "x", PH_REAL, .real = d->x };
    d->column[3] = (struct ph_column){ "part", PH_KEY, .key = d->stratum };
    d->frame = (struct ph_frame){ .rows = ROWS, .columns = 4, .column = d->column };
}

#define GROUPS "\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"delta\":0.5"

static void adjusted(void **state)
{
    struct rows d;
    make_rows(&d, 1);
    struct ph_evaluation e =
        run_frame(LOT "\"method\":\"lin\",\"covariates\":[\"x\"]," GROUPS "}", &d.frame);
    struct ph_evaluation plain = run_frame(LOT "\"method\":\"welch\"," GROUPS "}", &d.frame);
    int32_t x = 2;
    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result r;
    o.covariates = &x;
    o.n_covariates = 1;
    assert_int_equal(ph_adjusted(ctx, &d.frame, &o, &r), PH_OK);
    assert_true(e.primary.estimate == r.head.estimate && e.primary.se == r.head.se);
    assert_true(e.primary.se < plain.primary.se / 2); // the covariate explains most of it
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_int_equal(e.verdict.grade, PH_GRADE_A);
    e = run_frame(LOT "\"method\":\"cuped\",\"covariates\":[\"x\"]," GROUPS "}", &d.frame);
    assert_string_equal(e.primary.convention, "cuped.full-sample-slopes.welch");
    e = run_frame(LOT "\"method\":\"poststratify\",\"columns\":{\"outcome\":\"y\",\"treat\":"
                      "\"arm\",\"stratum\":\"part\"},\"delta\":0.5}",
        &d.frame);
    assert_string_equal(e.primary.convention, "post-stratified.neyman");
    assert_true(fabs(e.primary.estimate - plain.primary.estimate) < 1e-9); // the strata balance
}

// The lot's interval: its ends are where the test turns, seen from the test itself.
static double lot_p(const struct rows *from, double effect)
{
    struct rows d = *from;
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    d.column[0].real = d.y;
    d.frame.column = d.column;
    for (int i = 0; i < ROWS; i++) {
        d.y[i] -= effect * d.arm[i];
    }
    assert_int_equal(ph_randomise(ctx, &d.frame, &o, &r), PH_OK);
    return r.head.p;
}

static void the_lot(void **state)
{
    struct rows d;
    make_rows(&d, 3);
    struct ph_evaluation e = run_frame(LOT "\"method\":\"randomise\"," GROUPS "}", &d.frame);
    struct ph_interval in = e.primary.interval;
    assert_true(e.primary.p == lot_p(&d, 0));
    assert_true(in.lo < e.primary.estimate && e.primary.estimate < in.hi);
    assert_true(lot_p(&d, in.lo) > 0.05 && lot_p(&d, in.lo - 1e-6) <= 0.05);
    assert_true(lot_p(&d, in.hi) > 0.05 && lot_p(&d, in.hi + 1e-6) <= 0.05);
    assert_true(fabs(e.worthwhile - (1 - lot_p(&d, 0.5) / 2)) < 1e-12);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_true(isfinite(e.detectable));
    // A direction turned round turns the chance, too.
    struct ph_evaluation low =
        run_frame(LOT "\"method\":\"randomise\",\"direction\":\"lower\"," GROUPS "}", &d.frame);
    assert_true(fabs(low.worthwhile - lot_p(&d, -0.5) / 2) < 1e-12);
    assert_int_equal(low.verdict.verdict, PH_STOP);
}

// With 3 and 3 no assignment is rarer than 1 in 10: nothing can be ruled out, and it is said.
static void too_few_for_the_lot(void **state)
{
    struct rows d;
    make_rows(&d, 3);
    for (int i = 0; i < ROWS; i++) {
        d.arm[i] = i % 2;
    }
    d.frame.rows = 6;
    struct ph_evaluation e = run_frame(LOT "\"method\":\"randomise\"," GROUPS "}", &d.frame);
    assert_true(isnan(e.primary.interval.lo) && isnan(e.primary.interval.hi));
    assert_int_equal(e.verdict.reason, PH_REASON_NO_INTERVAL);
    assert_true(e.primary.warnings & PH_WARN_NO_LIMIT);
}

// ---- Panels ----

enum { UNITS = 24, TIMES = 10, CELLS = UNITS * TIMES };

struct panel {
    double y[CELLS], on[CELLS], week[CELLS], first[CELLS], after[CELLS], group[CELLS];
    int32_t unit[CELLS], week_key[CELLS];
    struct ph_column column[8];
    struct ph_frame frame;
};

// A third of the units start at 4, a third at START, a third never. Effects grow by GROWTH a week.
static void make_panel(struct panel *d, double start, double effect, double growth, double drift)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < CELLS; i++) {
        int u = i / TIMES;
        int t = i % TIMES + 1;
        double first = u % 3 == 0 ? 0 : u % 3 == 1 ? 4 : start;
        bool on = first > 0 && t >= first;
        d->unit[i] = u;
        d->week[i] = t;
        d->week_key[i] = t;
        d->first[i] = first;
        d->on[i] = on;
        d->after[i] = t >= 4;
        d->group[i] = first > 0;
        d->y[i] = 0.3 * sin(91.0 * u + 13.0 * t) + u * 0.1 + t * 0.2 + (first > 0) * drift * t +
                  on * (effect + growth * (t - first));
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ "on", PH_REAL, .real = d->on };
    d->column[2] = (struct ph_column){ "week", PH_REAL, .real = d->week };
    d->column[3] = (struct ph_column){ "first", PH_REAL, .real = d->first };
    d->column[4] = (struct ph_column){ "site", PH_KEY, .key = d->unit };
    d->column[5] = (struct ph_column){ "week", PH_KEY, .key = d->week_key };
    d->column[6] = (struct ph_column){ "after", PH_REAL, .real = d->after };
    d->column[7] = (struct ph_column){ "group", PH_REAL, .real = d->group };
    d->frame = (struct ph_frame){ .rows = CELLS, .columns = 8, .column = d->column };
}

#define PANEL                                                                                      \
    "\"columns\":{\"outcome\":\"y\",\"treat\":\"on\",\"unit\":\"site\",\"time\":\"week\"},"        \
    "\"delta\":1"

static void did_and_regress_agree(void **state)
{
    struct panel d;
    make_panel(&d, 4, 2, 0, 0);
    struct ph_evaluation did = run_frame(COMPARED "\"method\":\"did\"," PANEL "}", &d.frame);
    struct ph_evaluation reg =
        run_frame(COMPARED "\"method\":\"regress\",\"formula\":\"y ~ on | site + week\"," PANEL "}",
            &d.frame);
    assert_true(fabs(did.primary.estimate - reg.primary.estimate) < 1e-10);
    assert_true(fabs(did.primary.se - reg.primary.se) < 1e-10);
    assert_true(did.has_beside && reg.has_beside);
    assert_int_equal(did.beside.starts, 1);
    assert_null(gate_named(&did, "already-treated"));
    assert_non_null(gate_named(&did, "pre-trend"));
    assert_int_equal(did.verdict.verdict, PH_SCALE);
    assert_int_equal(did.verdict.grade, PH_GRADE_B);
    // With one start the group-time estimate and the regression say nearly the same.
    assert_true(fabs(did.beside.group_time.estimate - did.primary.estimate) < 0.2);
    struct ph_evaluation two =
        run_frame(COMPARED "\"method\":\"did\",\"columns\":{\"outcome\":\"y\",\"treat\":\"group\","
                           "\"period\":\"after\",\"unit\":\"site\"},\"delta\":1}",
            &d.frame);
    assert_true(fabs(two.primary.estimate - did.primary.estimate) < 1e-10); // a balanced panel
    assert_false(two.has_beside);
}

// Different starts: the group-time estimate and the weights stand beside, and where comparisons
// with the already treated weigh much the gate holds the verdict back.
static void staggered_starts(void **state)
{
    struct panel d;
    make_panel(&d, 7, 2, 1, 0);
    const char *plans[] = { COMPARED "\"method\":\"did\"," PANEL "}",
        COMPARED "\"method\":\"regress\",\"formula\":\"y ~ on | site + week\"," PANEL "}",
        COMPARED "\"method\":\"wildboot\",\"draws\":199,\"formula\":\"y ~ on | site + week\","
                 "\"columns\":{\"outcome\":\"y\",\"treat\":\"on\",\"unit\":\"site\",\"time\":"
                 "\"week\",\"cluster\":\"site\"},\"delta\":1}" };
    for (int i = 0; i < 3; i++) {
        struct ph_evaluation e = run_frame(plans[i], &d.frame);
        assert_true(e.has_beside && e.beside.has_group_time && e.beside.has_bacon);
        assert_int_equal(e.beside.starts, 2);
        assert_true(e.primary.warnings & PH_WARN_STAGGERED);
        assert_true(fabs(e.beside.twfe - e.primary.estimate) < 1e-8); // the weights are this one's
        const struct ph_gate *g = gate_named(&e, "already-treated");
        assert_non_null(g);
        assert_true(g->value == e.beside.misleading && g->value > 0.1 && !g->passed);
        assert_int_equal(e.verdict.reason, PH_REASON_GATE_FAILED);
        char *json = ph_evaluation_json(&e);
        assert_non_null(strstr(json, "\"group_time\":{"));
        assert_non_null(strstr(json, "\"later-earlier\""));
        assert_non_null(strstr(json, "Places start at 2 different times."));
        ph_text_free(json);
    }
    struct ph_evaluation e =
        run_frame(COMPARED "\"method\":\"sunab\",\"columns\":{\"outcome\":\"y\",\"first_treated\":"
                           "\"first\",\"unit\":\"site\",\"time\":\"week\"},\"delta\":1}",
            &d.frame);
    assert_null(gate_named(&e, "already-treated")); // it does not compare with them
    assert_int_equal(e.verdict.verdict, PH_SCALE);
}

static void leads_and_ends(void **state)
{
    struct panel d;
    make_panel(&d, 4, 2, 0, 0.5);
    struct ph_evaluation e = run_frame(COMPARED "\"method\":\"did\"," PANEL "}", &d.frame);
    assert_false(gate_named(&e, "pre-trend")->passed);
    assert_int_equal(e.verdict.verdict, PH_CANNOT_TELL);
    const struct ph_gate *leads = gate_named(&e, "leads-within-delta");
    assert_true(leads->value > 0.5 && leads->passed == (leads->value < 1)); // drift, and its error
    make_panel(&d, 4, 2, 0, 0);
    d.on[1 * TIMES + 8] = 0; // unit 1 stops in week 9
    e = run_frame(COMPARED "\"method\":\"did\"," PANEL "}", &d.frame);
    assert_true(e.beside.ends && !e.beside.has_group_time);
    assert_false(gate_named(&e, "treatment-stays")->passed);
    assert_int_equal(e.verdict.reason, PH_REASON_GATE_FAILED);
}

static void few_clusters(void **state)
{
    struct panel d;
    make_panel(&d, 4, 2, 0, 0);
    const char *plan =
        COMPARED "\"method\":\"wildboot\",\"draws\":999,\"formula\":\"y ~ on | site + week\","
                 "\"columns\":{\"outcome\":\"y\",\"treat\":\"on\",\"unit\":\"site\",\"time\":"
                 "\"week\",\"cluster\":\"site\"},\"delta\":1}";
    struct ph_evaluation e = run_frame(plan, &d.frame);
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result r;
    o.formula = "y ~ on | site + week";
    o.cluster = 4;
    o.draws = 999;
    o.null = 1;
    assert_int_equal(ph_wildboot(ctx, &d.frame, &o, &r), PH_OK);
    assert_true(fabs(e.worthwhile - (1 - r.head.p / 2)) < 1e-12);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
}

// One place against the others: the interval holds the constant effects that the placebos' ranks do
// not reject, checked here through the ranks themselves.
static void one_place(void **state)
{
    struct panel d;
    make_panel(&d, 4, 2, 0, 0);
    for (int i = 0; i < CELLS; i++) {
        d.on[i] = d.unit[i] == 1 && d.week[i] >= 6;
        d.y[i] = 0.3 * sin(91.0 * d.unit[i] + 13.0 * d.week[i]) + 5 * d.on[i];
    }
    const char *plan = COMPARED "\"method\":\"synth\"," PANEL "}";
    struct ph_evaluation e = run_frame(plan, &d.frame);
    struct ph_interval in = e.primary.interval;
    assert_true(isfinite(in.lo) && in.lo < e.primary.estimate && e.primary.estimate < in.hi);
    // No placebo is as extreme at delta 1: p is 1 of 24 places, half of it on the wrong side.
    assert_true(fabs(e.worthwhile - (1 - 1.0 / UNITS / 2)) < 1e-12);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    for (int side = 0; side < 2; side++) {
        double end = side ? in.hi : in.lo;
        double p[2];
        for (int out = 0; out < 2; out++) {
            struct panel moved = d;
            struct ph_synth_options o = PH_SYNTH_OPTIONS;
            struct ph_synth_result s;
            double effect = end + (side == out ? 1e-6 : -1e-6); // out: beyond the end
            for (int i = 0; i < CELLS; i++) {
                moved.y[i] -= effect * moved.on[i];
            }
            moved.column[0].real = moved.y;
            moved.column[1].real = moved.on;
            moved.frame.column = moved.column;
            o.columns = (struct ph_panel_columns){ 0, 4, 2, 1, PH_NONE };
            assert_int_equal(ph_synth(ctx, &moved.frame, &o, &s), PH_OK);
            p[out] = s.head.p;
            ph_synth_release(ctx, &s);
        }
        assert_true(p[0] > 0.05 && p[1] <= 0.05);
    }
}

// ---- One series ----

enum { MONTHS = 60 };

struct series {
    double y[MONTHS], month[MONTHS], people[MONTHS];
    struct ph_column column[3];
    struct ph_frame frame;
};

static void make_series(struct series *d, double effect, double bend)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < MONTHS; i++) {
        d->month[i] = i + 1;
        d->people[i] = 1000 + 10 * i;
        double log_rate =
            -3 + 0.002 * i + 0.05 * sin(37.0 * i) + (i >= 40) * effect + (i >= 20 && i < 40) * bend;
        d->y[i] = d->people[i] * exp(log_rate);
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ "month", PH_REAL, .real = d->month };
    d->column[2] = (struct ph_column){ "people", PH_REAL, .real = d->people };
    d->frame = (struct ph_frame){ .rows = MONTHS, .columns = 3, .column = d->column };
}

#define SERIES(settings)                                                                           \
    HEAD("series")                                                                                 \
    "\"method\":\"its\",\"columns\":{\"outcome\":\"y\",\"time\":\"month\",\"exposure\":"           \
    "\"people\"},\"delta\":0.1,\"series\":{\"from\":41," settings "}}"

static void interrupted(void **state)
{
    struct series d;
    make_series(&d, 0.4, 0);
    struct ph_evaluation e = run_frame(SERIES("\"log\":true,\"slope\":false,\"lag\":2"), &d.frame);
    assert_true(fabs(e.primary.estimate - 0.4) < 0.05);
    assert_string_equal(e.primary.convention, "its.log.newey-west.n/(n-k).ar1-calibrated");
    assert_true(e.primary.df < MONTHS - 4);
    struct ph_evaluation plain =
        run_frame(SERIES("\"log\":true,\"slope\":false,\"lag\":2,\"errors\":\"plain\""), &d.frame);
    assert_string_equal(plain.primary.convention, "its.log.newey-west.n/(n-k)");
    assert_true(plain.primary.estimate == e.primary.estimate);
    assert_true(gate_named(&e, "pretended-start")->passed);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_int_equal(e.verdict.grade, PH_GRADE_C);
    struct ph_evaluation counts =
        run_frame(SERIES("\"family\":\"quasi-poisson\",\"slope\":false"), &d.frame);
    assert_true(fabs(counts.primary.estimate - 0.4) < 0.05);
    make_series(&d, 0.4, -0.6); // something else bent the series before
    e = run_frame(SERIES("\"log\":true,\"slope\":false"), &d.frame);
    assert_false(gate_named(&e, "pretended-start")->passed);
    assert_int_equal(e.verdict.reason, PH_REASON_GATE_FAILED);
}

// The change at a later time is level and slope together, whatever their errors share.
static void change_at_a_time(void **state)
{
    struct series d;
    make_series(&d, 0.4, 0);
    struct ph_series_options o = PH_SERIES_OPTIONS;
    struct ph_series_result start, later;
    o.outcome = 0;
    o.time = 1;
    o.exposure = 2;
    o.log = true;
    o.from = 41;
    assert_int_equal(ph_series(ctx, &d.frame, &o, &start), PH_OK);
    o.at = 60;
    assert_int_equal(ph_series(ctx, &d.frame, &o, &later), PH_OK);
    double slope = start.coefficients[3].estimate;
    assert_true(fabs(later.head.estimate - (start.head.estimate + slope * 20)) < 1e-9);
    assert_true(fabs(later.coefficients[3].estimate - slope) < 1e-10);
    assert_true(fabs(later.rate_ratio - exp(later.head.estimate)) < 1e-12);
    ph_series_release(ctx, &start);
    ph_series_release(ctx, &later);
    d.y[3] = 0;
    assert_int_equal(ph_series(ctx, &d.frame, &o, &later), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 4"));
    o.at = 3;
    assert_int_equal(ph_series(ctx, &d.frame, &o, &later), PH_INVALID);
}

// ---- What doesn't fit ----

static void refusals(void **state)
{
    refused(LOT "\"method\":\"welch\",\"covariates\":[\"x\"]," GROUPS "}", "lin, cuped");
    refused(LOT "\"method\":\"cuped\"," GROUPS "}", "covariates");
    refused(COMPARED "\"method\":\"randomise\"," GROUPS "}", "randomised");
    refused(LOT "\"method\":\"poststratify\"," GROUPS "}", "stratum");
    refused(LOT "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"stratum\":"
                "\"part\"},\"delta\":1}",
        "stratum");
    refused(LOT "\"method\":\"cuped\",\"covariates\":[\"x\"],\"columns\":{\"outcome\":\"y\","
                "\"treat\":\"arm\",\"unit\":\"u\"},\"delta\":1}",
        "independent");
    refused(COMPARED "\"method\":\"regress\"," GROUPS "}", "formula");
    refused(COMPARED "\"method\":\"regress\",\"formula\":\"y ~\"," GROUPS "}", "formula");
    refused(COMPARED "\"method\":\"regress\",\"formula\":\"y ~ on | site + week\"," GROUPS "}",
        "different starts");
    refused(COMPARED "\"method\":\"regress\",\"formula\":\"y ~ on\",\"vcov\":\"HC9\"," GROUPS "}",
        "vcov");
    refused(COMPARED "\"method\":\"regress\",\"formula\":\"y ~ on\",\"vcov\":\"CR2\"," GROUPS "}",
        "vcov");
    refused(COMPARED "\"method\":\"wildboot\",\"formula\":\"y ~ on\"," GROUPS "}", "cluster");
    refused(COMPARED "\"method\":\"did\"," GROUPS "}", "columns");
    refused(HEAD("series") "\"method\":\"its\",\"columns\":{\"outcome\":\"y\",\"time\":\"t\"},"
                           "\"delta\":1}",
        "series");
    refused(SERIES("\"at\":3"), "before the interruption");
    refused(SERIES("\"lag\":2"), "exposure");
    refused(SERIES("\"log\":true,\"knot\":2"), "knot");
    refused(LOT "\"method\":\"welch\",\"series\":{\"from\":3}," GROUPS "}", "its only");
    refused(LOT "\"method\":\"welch\",\"formula\":\"y ~ x\"," GROUPS "}", "regress");
}

// All that a formula reads is among the columns that a run asks for.
static void columns_of_a_formula(void **state)
{
    struct ph_sealed *s = sealed_of(
        COMPARED "\"method\":\"regress\",\"formula\":\"log(y) ~ on + factor(zone) | site + week\","
                 "\"columns\":{\"treat\":\"on\",\"unit\":\"site\",\"time\":\"week\"},\"delta\":1}");
    static const struct {
        const char *name;
        enum ph_column_kind kind;
    } wanted[] = { { "on", PH_REAL }, { "site", PH_KEY }, { "week", PH_REAL }, { "y", PH_REAL },
        { "zone", PH_KEY }, { "week", PH_KEY } };
    const char *name;
    enum ph_column_kind kind;
    size_t n = 0;
    for (; ph_sealed_column(s, n, &name, &kind); n++) {
        assert_true(n < 6);
        assert_string_equal(name, wanted[n].name);
        assert_int_equal(kind, wanted[n].kind);
    }
    assert_int_equal(n, 6);
    ph_sealed_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjusted),
        cmocka_unit_test(the_lot),
        cmocka_unit_test(too_few_for_the_lot),
        cmocka_unit_test(did_and_regress_agree),
        cmocka_unit_test(staggered_starts),
        cmocka_unit_test(leads_and_ends),
        cmocka_unit_test(few_clusters),
        cmocka_unit_test(one_place),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(change_at_a_time),
        cmocka_unit_test(refusals),
        cmocka_unit_test(columns_of_a_formula),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
