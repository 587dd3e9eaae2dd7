// SPDX-License-Identifier: Apache-2.0
// The methods on data small enough to check: values from numpy and scipy 1.10.1 by the formulas of
// docs/evidence, written out there a second time.
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

static void near(double got, double want, double rel)
{
    if (!(fabs(got - want) <= rel * fabs(want))) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

static void interval_near(struct ph_interval got, double lo, double hi, double rel)
{
    near(got.lo, lo, rel);
    near(got.hi, hi, rel);
}

#define REAL(name_, values)                                                                        \
    {                                                                                              \
        .name = name_, .kind = PH_REAL, .real = values                                             \
    }
#define KEYS(name_, values)                                                                        \
    {                                                                                              \
        .name = name_, .kind = PH_KEY, .key = values                                               \
    }
#define FRAME(columns_, rows_)                                                                     \
    {                                                                                              \
        .rows = (rows_), .columns = sizeof(columns_) / sizeof(columns_[0]), .column = columns_     \
    }

// ---- feasibility ----

static void feasibility_counts(void **state)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    o.floor = 0.8;
    assert_int_equal(ph_feasibility_counts(ctx, 45, 50, &o, &r), PH_OK);
    near(r.head.p, 0.04802721937073359, 1e-12);
    interval_near(r.exact, 0.7818646335657977, 0.9667249064109775, 1e-12);
    near(r.probability_met, 0.9694179065118851, 1e-12);
    assert_true(r.head.grade == PH_GRADE_NONE && r.design_effect == 1);
    o.floor = 0.1;
    o.direction = PH_LOWER_IS_BETTER;
    assert_int_equal(ph_feasibility_counts(ctx, 3, 50, &o, &r), PH_OK);
    near(r.head.p, 0.250293905953308, 1e-12);
    near(r.probability_met, 0.8261284795320928, 1e-12);
}

static void feasibility_ends(void **state)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    assert_int_equal(ph_feasibility_counts(ctx, 0, 20, &o, &r), PH_OK);
    assert_true(r.wilson.lo == 0 && r.exact.lo == 0 && r.head.p == 1);
    near(r.exact.hi, 1 - pow(0.025, 1 / 20.0), 1e-12);
    assert_true(r.head.warnings & PH_WARN_ZERO_CELL);
    assert_int_equal(ph_feasibility_counts(ctx, 20, 20, &o, &r), PH_OK);
    assert_true(r.wilson.hi == 1 && r.exact.hi == 1);
    near(r.exact.lo, pow(0.025, 1 / 20.0), 1e-12);
    near(r.head.p, pow(0.5, 20), 1e-12);
    assert_int_equal(ph_feasibility_counts(ctx, 1, 1, &o, &r), PH_OK);
    assert_true(r.head.warnings & PH_WARN_SMALL_SAMPLE);
}

static void feasibility_refuses(void **state)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    memset(&r, 0x5a, sizeof(r));
    struct ph_feasibility_result before = r;
    assert_int_equal(ph_feasibility_counts(ctx, 3, 2, &o, &r), PH_DATA);
    assert_int_equal(ph_feasibility_counts(ctx, 0, 0, &o, &r), PH_DATA);
    assert_int_equal(ph_feasibility_counts(ctx, NAN, 5, &o, &r), PH_DATA);
    assert_int_equal(ph_feasibility_counts(ctx, 1.5, 5, &o, &r), PH_DATA);
    o.floor = 1;
    assert_int_equal(ph_feasibility_counts(ctx, 1, 5, &o, &r), PH_INVALID);
    o.floor = 0.5;
    o.level = 95;
    assert_int_equal(ph_feasibility_counts(ctx, 1, 5, &o, &r), PH_INVALID);
    o.version = 7;
    assert_int_equal(ph_feasibility_counts(ctx, 1, 5, &o, &r), PH_UNSUPPORTED);
    assert_int_equal(ph_feasibility_counts(ctx, 1, 5, NULL, &r), PH_INVALID);
    assert_int_equal(ph_feasibility_counts(NULL, 1, 5, &o, &r), PH_INVALID);
    assert_memory_equal(&r, &before, sizeof(r));
}

static void feasibility_units(void **state)
{
    static const double x[] = { 9, 8, 10, 7, 3, 10 };
    static const double n[] = { 10, 10, 10, 10, 10, 10 };
    static const int32_t unit[] = { 4, 2, 9, -7, 1, 0 };
    struct ph_column columns[] = { REAL("up", x), REAL("of", n), KEYS("sensor", unit) };
    struct ph_frame f = FRAME(columns, 6);
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    o.trials = 1;
    o.unit = 2;
    o.floor = 0.7;
    struct ph_feasibility_result r;
    assert_int_equal(ph_feasibility(ctx, &f, &o, &r), PH_OK);
    near(r.head.se, 0.10775486583496408, 1e-12);
    // scipy's t quantile is good to some nine digits
    near(r.trials / r.design_effect, 8.857154694727335, 1e-8);
    interval_near(r.exact, 0.40196950818099486, 0.9743876684101346, 1e-8);
    near(r.head.p, 0.4514629022741925, 1e-8);
    assert_true(r.head.clusters == 6 && (r.head.warnings & PH_WARN_FEW_CLUSTERS));
    assert_string_equal(r.head.convention, "korn-graubard");
}

static void feasibility_rows(void **state)
{
    static double x[] = { 1, 0, 1, 1, 9 };
    static const uint8_t missing[] = { 0, 0, 0, 0, 1 };
    struct ph_column columns[] = {
        { .name = "done", .kind = PH_REAL, .real = x, .missing = missing }
    };
    struct ph_frame f = FRAME(columns, 5);
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    assert_int_equal(ph_feasibility(ctx, &f, &o, &r), PH_OK); // a masked 9 is not looked at
    assert_true(r.successes == 3 && r.trials == 4 && r.head.n == 4 && r.head.n_dropped == 1);
    assert_true(r.head.dropped[PH_DROP_OUTCOME] == 1 && (r.head.warnings & PH_WARN_DROPPED));
    columns[0].missing = NULL;
    assert_int_equal(ph_feasibility(ctx, &f, &o, &r), PH_DATA);
    assert_string_equal(ph_context_message(ctx), "Row 5, done: the outcome must be 0 or 1, not 9.");
    x[4] = NAN;
    assert_int_equal(ph_feasibility(ctx, &f, &o, &r), PH_DATA);
    assert_string_equal(ph_context_message(ctx), "Row 5, done: the value is not a finite number.");
    x[4] = 9;
    f.rows = 0;
    assert_int_equal(ph_feasibility(ctx, &f, &o, &r), PH_DATA);
    o.outcome = 3;
    assert_int_equal(ph_feasibility(ctx, &f, &o, &r), PH_INVALID);
}

// ---- accuracy ----

static const double device[] = { 10.2, 11.9, 9.8, 14.1, 13.0, 12.2, 15.8, 9.1, 10.9, 13.7, 12.5,
    11.1 };
static const double legacy[] = { 10.0, 12.4, 9.1, 13.8, 13.5, 11.6, 15.0, 9.0, 11.5, 13.1, 12.9,
    10.4 };

static void accuracy_numbers(void **state)
{
    struct ph_column columns[] = { REAL("device", device), REAL("legacy", legacy) };
    struct ph_frame f = FRAME(columns, 12);
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_OK);
    near(r.head.estimate, 0.16666666666666652, 1e-12);
    near(r.sd, 0.5365433699886598, 1e-12);
    interval_near(r.head.interval, -0.17423672656101002, 0.5075700598943431, 1e-11);
    near(r.head.p, 0.30493723174143633, 1e-11);
    near(r.upper_limit, 1.2182723479881887, 1e-12);
    near(r.lower_limit, 0.16666666666666652 * 2 - 1.2182723479881887, 1e-12);
    // scipy's noncentral t is good to some nine digits
    interval_near(r.upper_limit_interval, 0.820338641482881, 2.0598468672166423, 1e-8);
    interval_near(r.lower_limit_interval, 0.33333333333333304 - 2.0598468672166423,
        0.33333333333333304 - 0.820338641482881, 1e-8);
    near(r.concordance, 0.957670677873859, 1e-12);
    interval_near(r.concordance_interval, 0.8619056856578801, 0.9874718707280711, 1e-11);
    near(r.correlation, 0.9615851502216176, 1e-12);
    near(r.bias_slope, 0.009079465962320184, 1e-9);
    near(r.bias_slope_p, 0.9203186548453937, 1e-10);
    assert_string_equal(r.head.convention, "bland-altman.carkeet-exact");
    o.limits = PH_LIMITS_APPROXIMATE;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_OK);
    interval_near(r.upper_limit_interval, 0.6185011774887926, 1.8180435184875847, 1e-11);
    interval_near(r.lower_limit_interval, -1.4847101851542517, -0.2851678441554596, 1e-11);
}

// Twice the readings of each unit must not narrow anything.
static void accuracy_units(void **state)
{
    double x[24];
    double y[24];
    int32_t unit[24];
    for (int i = 0; i < 24; i++) {
        double wiggle = i % 2 ? 0.25 : -0.25;
        x[i] = device[i / 2] + wiggle;
        y[i] = legacy[i / 2] - wiggle;
        unit[i] = 100 - i / 2;
    }
    struct ph_column columns[] = { REAL("device", x), REAL("legacy", y), KEYS("site", unit) };
    struct ph_frame f = FRAME(columns, 24);
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    o.unit = 2;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_OK);
    near(r.sd, 0.5365433699886598, 1e-12);
    assert_true(r.head.clusters == 12 && r.head.n == 24);
    assert_true(r.head.warnings & PH_WARN_AGGREGATED);
}

static void accuracy_degenerate(void **state)
{
    static const double same[] = { 0.1, 0.1, 0.1, 0.1 };
    static const double moving[] = { 1, 2, 3, 5 };
    double shifted[] = { 1.3, 2.3, 3.3, 5.3 };
    struct ph_column columns[] = { REAL("a", moving), REAL("b", moving) };
    struct ph_frame f = FRAME(columns, 4);
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_OK);
    assert_true(r.concordance == 1 && isnan(r.concordance_interval.lo));
    assert_true(r.head.estimate == 0 && isnan(r.head.se) && isnan(r.head.interval.lo));
    assert_true(r.head.warnings & PH_WARN_NO_VARIATION);
    columns[0].real = shifted; // a constant gap, to rounding
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_OK);
    assert_true(r.sd == 0 && isnan(r.head.interval.hi) && isnan(r.bias_slope));
    columns[0].real = same;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_OK);
    assert_true(isnan(r.concordance) && (r.head.warnings & PH_WARN_UNDEFINED));
    assert_true(isfinite(r.head.interval.lo)); // the bias is still known
    f.rows = 2;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_DATA);
    static const double huge[] = { 1e308, -1e308, 1e308, 1 };
    columns[1].real = huge;
    f.rows = 4;
    assert_int_equal(ph_accuracy(ctx, &f, &o, &r), PH_DATA);
}

static void yes_no_numbers(void **state)
{
    struct ph_yes_no_result r;
    assert_int_equal(ph_yes_no_counts(ctx, 20, 5, 10, 15, 0.95, &r), PH_OK);
    near(r.head.estimate, 0.4, 1e-14);
    near(r.head.se, 0.12699606293110033, 1e-12);
    interval_near(r.head.interval, 0.15109229047666106, 0.6489077095233388, 1e-12);
    near(r.head.p, 0.003892417122778628, 1e-11);
    near(r.sensitivity.share, 20.0 / 30, 1e-15);
    near(r.specificity.share, 15.0 / 20, 1e-15);
    near(r.ppv.share, 20.0 / 25, 1e-15);
    near(r.npv.share, 15.0 / 25, 1e-15);
    near(r.prevalence.share, 0.6, 1e-15);
    struct ph_interval w = ph_wilson(20, 30, 0.95);
    interval_near(r.sensitivity.interval, w.lo, w.hi, 1e-15);
}

static void yes_no_edges(void **state)
{
    struct ph_yes_no_result r;
    assert_int_equal(ph_yes_no_counts(ctx, 12, 0, 0, 9, 0.95, &r), PH_OK);
    assert_true(r.head.estimate == 1 && isnan(r.head.interval.lo));
    assert_true(r.head.warnings & PH_WARN_NO_VARIATION);
    assert_int_equal(ph_yes_no_counts(ctx, 0, 3, 0, 9, 0.95, &r), PH_OK);
    assert_true(isnan(r.sensitivity.share) && (r.head.warnings & PH_WARN_UNDEFINED));
    assert_int_equal(ph_yes_no_counts(ctx, 5, 0, 0, 0, 0.95, &r), PH_OK);
    assert_true(isnan(r.head.estimate));
    assert_int_equal(ph_yes_no_counts(ctx, 0, 0, 0, 0, 0.95, &r), PH_DATA);
    assert_int_equal(ph_yes_no_counts(ctx, -1, 2, 2, 2, 0.95, &r), PH_DATA);
    static const double says[] = { 1, 1, 0, 0, 1 };
    static const double is[] = { 1, 0, 1, 0, 1 };
    struct ph_column columns[] = { REAL("says", says), REAL("is", is) };
    struct ph_frame f = FRAME(columns, 5);
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    assert_int_equal(ph_yes_no(ctx, &f, &o, &r), PH_OK);
    assert_true(r.both_yes == 2 && r.only_outcome == 1 && r.only_reference == 1 && r.both_no == 1);
}

// ---- before and after ----

static const double change_outcome[] = { 12, 15, 11, 14, 13, 18, 16, 12, 10, 14, 11.5, 11, 12, 15,
    15, 9.5 };
static const double change_period[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
static const int32_t change_unit[] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8 };

static void before_after_paired(void **state)
{
    struct ph_column columns[] = { REAL("trips", change_outcome), REAL("after", change_period),
        KEYS("site", change_unit) };
    struct ph_frame f = FRAME(columns, 16);
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result r;
    assert_int_equal(ph_before_after(ctx, &f, &o, &r), PH_OK);
    near(r.head.estimate, -1.625, 1e-14);
    near(r.head.se, 0.43042752832835535, 1e-12);
    near(r.head.p, 0.006934577505148473, 1e-11);
    interval_near(r.head.interval, -2.6427993717876515, -0.6072006282123483, 1e-8);
    assert_true(r.pairs == 8 && r.n_before == 8 && r.n_after == 8 && r.head.df == 7);
    assert_true(r.head.grade == PH_GRADE_D && r.nesta_level == 2);
    o.unit = PH_NONE;
    assert_int_equal(ph_before_after(ctx, &f, &o, &r), PH_OK);
    near(r.head.p, 0.1735722958404632, 1e-11);
    near(r.head.df, 13.907082810049452, 1e-12);
    interval_near(r.head.interval, -4.05637146295892, 0.80637146295892, 1e-8);
    assert_true(r.head.warnings & PH_WARN_UNPAIRED);
    o.unit = 2;
    o.unpaired = true;
    assert_int_equal(ph_before_after(ctx, &f, &o, &r), PH_OK);
    near(r.head.df, 13.907082810049452, 1e-12);
}

static void before_after_unmatched(void **state)
{
    // unit 1: means 2 and 5; unit 2: 4 and 6; unit 3 before only; unit 4 after only, twice
    static const double y[] = { 1, 3, 4, 5, 5, 6, 9, 7, 7 };
    static const double t[] = { 0, 0, 0, 1, 1, 1, 0, 1, 1 };
    static const int32_t u[] = { 1, 1, 2, 1, 1, 2, 3, 4, 4 };
    struct ph_column columns[] = { REAL("y", y), REAL("t", t), KEYS("u", u) };
    struct ph_frame f = FRAME(columns, 9);
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result r;
    assert_int_equal(ph_before_after(ctx, &f, &o, &r), PH_OK);
    near(r.head.estimate, 2.5, 1e-15);
    near(r.sd_change, sqrt(0.5), 1e-14);
    assert_true(r.pairs == 2 && r.only_before == 1 && r.only_after == 1);
    assert_true(r.n_before == 3 && r.n_after == 3);
    assert_true(r.head.n == 6 && r.head.dropped[PH_DROP_UNPAIRED] == 3);
    assert_true(r.head.warnings & PH_WARN_AGGREGATED);
    assert_true(r.head.warnings & PH_WARN_MANY_DROPPED);
    f.rows = 2;
    assert_int_equal(ph_before_after(ctx, &f, &o, &r), PH_DATA);
    assert_string_equal(ph_context_message(ctx),
        "0 units were measured both before and after; at least 2 are needed.");
    static const double flat[] = { 1.1, 2.1, 1.4, 2.4 };
    static const double ft[] = { 0, 0, 1, 1 };
    static const int32_t fu[] = { 1, 2, 1, 2 };
    struct ph_column flat_columns[] = { REAL("y", flat), REAL("t", ft), KEYS("u", fu) };
    struct ph_frame g = FRAME(flat_columns, 4);
    assert_int_equal(ph_before_after(ctx, &g, &o, &r), PH_OK);
    near(r.head.estimate, 0.3, 1e-12);
    assert_true(isnan(r.head.interval.lo) && (r.head.warnings & PH_WARN_NO_VARIATION));
}

// ---- two groups ----

static void welch_clusters(void **state)
{
    static const double y[] = { 1, 2, 3, 2, 4, 5, 3, 3, 6, 4, 5, 7, 6, 8, 10 };
    static double t[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1 };
    static const int32_t k[] = { 1, 1, 1, 2, 2, 3, 4, 4, 4, 5, 5, 6, 7, 7, 7 };
    struct ph_column columns[] = { REAL("y", y), REAL("t", t), KEYS("site", k) };
    struct ph_frame f = FRAME(columns, 15);
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    o.cluster = 2;
    o.design = PH_DESIGN_RANDOMISED;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    near(r.head.estimate, 3, 1e-14);
    near(r.head.p, 0.07975831462460162, 1e-11);
    assert_true(r.head.clusters == 7 && r.n[0] == 9 && r.clusters[1] == 3);
    assert_true(r.head.grade == PH_GRADE_A && (r.head.warnings & PH_WARN_FEW_CLUSTERS));
    o.design = PH_DESIGN_COMPARISON;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    assert_true(r.head.grade == PH_GRADE_B && (r.head.warnings & PH_WARN_COMPARISON));
    o.design = PH_DESIGN_UNSTATED;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    assert_true(r.head.grade == PH_GRADE_D && (r.head.warnings & PH_WARN_DESIGN_UNSTATED));
    t[8] = 1; // site 4 in both groups
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_DATA);
    assert_string_equal(ph_context_message(ctx),
        "Row 9, site: this one is in both groups; row 7 has it in the other.");
    t[8] = 0;
}

static void welch_edges(void **state)
{
    static double y[] = { 3, 3, 3, 4, 5, 9 };
    static double t[] = { 0, 0, 0, 1, 1, 1 };
    struct ph_column columns[] = { REAL("y", y), REAL(NULL, t) };
    struct ph_frame f = FRAME(columns, 6);
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    near(r.head.estimate, 3, 1e-15);
    near(r.head.df, 2, 1e-15); // a constant group adds nothing
    assert_true(r.head.warnings & PH_WARN_NO_VARIATION);
    y[3] = y[4] = y[5] = 4;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    assert_true(r.head.estimate == 1 && isnan(r.head.se) && isnan(r.head.interval.lo));
    assert_true(isnan(r.head.p));
    y[0] = 1e308;
    y[1] = -1e308;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_DATA);
    y[0] = y[1] = 1;
    t[2] = 2;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_DATA);
    assert_string_equal(
        ph_context_message(ctx), "Row 3, column 2: the treatment must be 0 or 1, not 2.");
    for (int i = 0; i < 6; i++) {
        t[i] = 1;
    }
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_DATA);
    assert_string_equal(ph_context_message(ctx),
        "The group with treatment 0 has 0 rows with values; at least 2 are needed.");
}

static void skewness_is_told(void **state)
{
    static double y[] = { 1, 2, 1.5, 1.7, 2.2, 1.1, 1.3, 1.9, 1.6, 40, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        10 };
    static const double t[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    struct ph_column columns[] = { REAL("y", y), REAL("t", t) };
    struct ph_frame f = FRAME(columns, 20);
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    assert_true(r.head.warnings & PH_WARN_SKEWED);
    y[9] = 1.8;
    assert_int_equal(ph_welch(ctx, &f, &o, &r), PH_OK);
    assert_false(r.head.warnings & PH_WARN_SKEWED);
}

static void proportions_edges(void **state)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_proportions_result r;
    assert_int_equal(ph_proportions_counts(ctx, 10, 10, 0, 10, &o, &r), PH_OK);
    assert_true(r.newcombe.hi == 1 && r.miettinen_nurminen.hi == 1 && isnan(r.wald.lo));
    near(r.newcombe.lo, 0.6075093504305241, 1e-9);
    assert_int_equal(ph_proportions_counts(ctx, 0, 10, 0, 10, &o, &r), PH_OK);
    assert_true(r.head.estimate == 0 && isnan(r.head.p));
    assert_true(r.miettinen_nurminen.lo < 0 && r.miettinen_nurminen.hi > 0);
    assert_int_equal(ph_proportions_counts(ctx, 1, 0, 0, 10, &o, &r), PH_DATA);
    assert_int_equal(ph_proportions_counts(ctx, 11, 10, 0, 10, &o, &r), PH_DATA);
    // Turning success into failure turns the interval round.
    struct ph_interval a = ph_miettinen_nurminen(7, 12, 3, 15, 0.95);
    struct ph_interval b = ph_miettinen_nurminen(5, 12, 12, 15, 0.95);
    interval_near(a, -b.hi, -b.lo, 1e-9);
}

static void proportions_rows(void **state)
{
    static const double x[] = { 3, 2, 0, 4, 5, 1 };
    static double n[] = { 10, 5, 5, 8, 9, 3 };
    static const double t[] = { 0, 0, 0, 1, 1, 1 };
    static const int32_t k[] = { 1, 2, 3, 4, 5, 6 };
    struct ph_column columns[] = { REAL("x", x), REAL("n", n), REAL("t", t), KEYS("k", k) };
    struct ph_frame f = FRAME(columns, 6);
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_proportions_result r;
    o.trials = 1;
    o.treat = 2;
    assert_int_equal(ph_proportions(ctx, &f, &o, &r), PH_OK);
    assert_true(r.successes[0] == 5 && r.trials[0] == 20 && r.successes[1] == 10);
    near(r.head.estimate, 0.25, 1e-14);
    o.cluster = 3;
    assert_int_equal(ph_proportions(ctx, &f, &o, &r), PH_OK);
    near(r.head.estimate, (0.5 + 5.0 / 9 + 1.0 / 3) / 3 - (0.3 + 0.4 + 0) / 3, 1e-14);
    assert_true(isnan(r.newcombe.lo) && r.head.clusters == 6 && r.clusters[0] == 3);
    n[5] = 0.5;
    assert_int_equal(ph_proportions(ctx, &f, &o, &r), PH_DATA);
    n[5] = 0;
    assert_int_equal(ph_proportions(ctx, &f, &o, &r), PH_DATA);
    n[5] = 3;
}

// ---- context ----

static size_t budget;
static size_t live;

static void *stingy(void *user, size_t size)
{
    if (budget == 0) {
        return NULL;
    }
    budget--;
    live++;
    return malloc(size);
}

static void counted(void *user, void *block)
{
    live--;
    free(block);
}

// Whatever allocation fails, the method says so and gives everything back.
static void memory_runs_out(void **state)
{
    struct ph_column columns[] = { REAL("trips", change_outcome), REAL("after", change_period),
        KEYS("site", change_unit) };
    struct ph_frame f = FRAME(columns, 16);
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result r;
    struct ph_context_options co = { .version = PH_VERSION,
        .allocator = { stingy, counted, NULL } };
    bool done = false;
    for (size_t allowed = 1; !done; allowed++) {
        budget = allowed;
        struct ph_context *c = ph_context_new(&co);
        assert_non_null(c);
        enum ph_status status = ph_before_after(c, &f, &o, &r);
        assert_true(status == PH_OK || status == PH_NO_MEMORY);
        done = status == PH_OK;
        ph_context_free(c);
        assert_int_equal(live, 0);
        assert_true(allowed < 20);
    }
    budget = 0;
    assert_null(ph_context_new(&co));
    co.allocator.release = NULL;
    assert_null(ph_context_new(&co));
}

static void warnings_have_words(void **state)
{
    uint64_t set = PH_WARN_FEW_CLUSTERS | PH_WARN_LEVEL | PH_WARN_SMALL_SAMPLE;
    assert_int_equal(ph_warning_next(&set), PH_WARN_SMALL_SAMPLE);
    assert_int_equal(ph_warning_next(&set), PH_WARN_FEW_CLUSTERS);
    assert_string_equal(ph_warning_id(ph_warning_next(&set)), "level-differs");
    assert_int_equal(ph_warning_next(&set), 0);
    assert_string_equal(ph_warning_id(UINT64_C(1) << 60), "unknown");
    for (uint64_t bit = 1; bit <= PH_WARN_SKEWED; bit <<= 1) {
        assert_true(strlen(ph_warning_words(bit)) > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feasibility_counts),
        cmocka_unit_test(feasibility_ends),
        cmocka_unit_test(feasibility_refuses),
        cmocka_unit_test(feasibility_units),
        cmocka_unit_test(feasibility_rows),
        cmocka_unit_test(accuracy_numbers),
        cmocka_unit_test(accuracy_units),
        cmocka_unit_test(accuracy_degenerate),
        cmocka_unit_test(yes_no_numbers),
        cmocka_unit_test(yes_no_edges),
        cmocka_unit_test(before_after_paired),
        cmocka_unit_test(before_after_unmatched),
        cmocka_unit_test(welch_clusters),
        cmocka_unit_test(welch_edges),
        cmocka_unit_test(skewness_is_told),
        cmocka_unit_test(proportions_edges),
        cmocka_unit_test(proportions_rows),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(warnings_have_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
