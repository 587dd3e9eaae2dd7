// SPDX-License-Identifier: Apache-2.0
// Lines between two methods and agreement on categories: against numbers worked out in Python by
// the formulas, Gwet's published table, and what must not change them.
#include <math.h>
#include <string.h>

#include "check.h"
#include "pilothouse/evidence.h"

enum { PAIRS = 25, ROWS = 400 };

static struct ph_context *ctx;
static const double by_new[PAIRS] = { 7.36, 8.6, 10.33, 10.5, 8.98, 9.96, 1.98, 7.48, 11.42, 8.85,
    10.64, 2.77, 6.16, 4.15, 6.52, 7.22, 1.7, 4.05, 4.46, 10.99, 9.09, 3.22, 8.34, 3.4, 7.55 };
static const double by_reference[PAIRS] = { 6.62, 7.69, 8.35, 9.28, 7.9, 10.41, 1.49, 4.95, 9.97,
    6.72, 8.99, 1.78, 5.79, 3.0, 6.72, 5.99, 1.0, 3.31, 3.63, 9.44, 8.2, 2.57, 8.15, 2.23, 6.4 };

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

static void near(double got, double want, double slack)
{
    if (!(fabs(got - want) <= slack)) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

static enum ph_status slopes_of(
    const double *x, const double *y, size_t n, double ratio, struct ph_slopes_result *r)
{
    const struct ph_column columns[] = { { .name = "new", .real = x },
        { .name = "ref", .real = y } };
    const struct ph_frame f = { .rows = n, .columns = 2, .column = columns };
    struct ph_slopes_options o = PH_SLOPES_OPTIONS;
    o.error_ratio = ratio;
    return ph_slopes(ctx, &f, &o, r);
}

static void lines(void **state)
{
    struct ph_slopes_result r;
    assert_int_equal(slopes_of(by_new, by_reference, PAIRS, 1, &r), PH_OK);
    near(r.deming.slope, 1.0455540100727618, 1e-12);
    near(r.deming.intercept, 0.7312190865297428, 1e-12);
    near(r.head.se, 0.04199333110638776, 1e-12);
    double half = ph_t_quantile(0.975, 23) * 0.2050265166832502;
    near(r.deming.intercept_interval.hi, 0.7312190865297428 + half, 1e-11);
    near(r.passing_bablok.slope, 1.0577775676292087, 1e-12);
    near(r.passing_bablok.slope_interval.lo, 0.9533333333333337, 1e-12);
    near(r.passing_bablok.slope_interval.hi, 1.14, 1e-12);
    near(r.passing_bablok.intercept, 0.6422224323707912, 1e-12);
    assert_int_equal(r.bands[0].n + r.bands[1].n + r.bands[2].n, PAIRS);
}

// Turning the two methods round turns the line round.
static void lines_have_no_direction(void **state)
{
    struct ph_slopes_result a;
    struct ph_slopes_result b;
    assert_int_equal(slopes_of(by_new, by_reference, PAIRS, 2, &a), PH_OK);
    assert_int_equal(slopes_of(by_reference, by_new, PAIRS, 0.5, &b), PH_OK);
    near(a.deming.slope * b.deming.slope, 1, 1e-12);
    near(a.passing_bablok.slope * b.passing_bablok.slope, 1, 1e-3);
    double moved[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        moved[i] = 100 * by_new[PAIRS - 1 - i] + 7;
    }
    double turned[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        turned[i] = by_reference[PAIRS - 1 - i];
    }
    assert_int_equal(slopes_of(moved, turned, PAIRS, 1e4, &b), PH_OK);
    assert_int_equal(slopes_of(by_new, by_reference, PAIRS, 1, &a), PH_OK);
    near(b.deming.slope, 100 * a.deming.slope, 1e-9);
    // Passing and Bablok's line is for methods in one unit: a shift must not matter, scale may.
    for (size_t i = 0; i < PAIRS; i++) {
        moved[i] = by_new[PAIRS - 1 - i] + 8;
    }
    assert_int_equal(slopes_of(moved, turned, PAIRS, 1, &b), PH_OK);
    near(b.passing_bablok.slope, a.passing_bablok.slope, 1e-9);
    near(b.passing_bablok.intercept, a.passing_bablok.intercept + 8, 1e-8);
}

static void lines_that_do_not_exist(void **state)
{
    static const double flat[4] = { 1, 1, 1, 1 };
    static const double up[4] = { 1, 2, 3, 4 };
    static const double cross_x[4] = { 0, 0, 1, -1 };
    static const double cross_y[4] = { 1, -1, 0, 0 };
    struct ph_slopes_result r;
    assert_int_equal(slopes_of(flat, up, 4, 1, &r), PH_DATA);
    assert_int_equal(slopes_of(up, flat, 4, 1, &r), PH_DATA);
    assert_int_equal(slopes_of(up, up, 2, 1, &r), PH_DATA);
    assert_int_equal(slopes_of(up, up, 4, 0, &r), PH_INVALID);
    assert_int_equal(slopes_of(cross_x, cross_y, 4, 1, &r), PH_OK);
    assert_true(isnan(r.deming.slope) && r.head.warnings & PH_WARN_UNDEFINED);
    assert_int_equal(slopes_of(up, up, 4, 1, &r), PH_OK);
    near(r.deming.slope, 1, 1e-15);
    near(r.passing_bablok.slope, 1, 0);
    assert_true(isnan(r.deming.slope_interval.lo) && r.head.warnings & PH_WARN_NO_VARIATION);
    assert_int_equal(slopes_of((const double[]){ 1e300, -1e300, 2 }, up, 3, 1, &r), PH_DATA);
}

// ---- categories ----

static double answers[2][ROWS];
static int32_t unit[ROWS];

static enum ph_status agree(
    size_t n, struct ph_categories_options o, struct ph_categories_result *r)
{
    const struct ph_column columns[] = { { .real = answers[0] }, { .real = answers[1] },
        { .kind = PH_KEY, .key = unit } };
    const struct ph_frame f = { .rows = n, .columns = 3, .column = columns };
    return ph_categories(ctx, &f, &o, r);
}

// Three by three abstractors (Gwet 2014, table 2.2): kappa 0.796, AC1 0.849.
static size_t abstractors(void)
{
    static const int table[3][3] = { { 13, 0, 0 }, { 0, 20, 7 }, { 0, 4, 56 } };
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < table[i][j]; k++) {
                answers[0][n] = i;
                answers[1][n] = j;
                unit[n] = (int32_t)n;
                n++;
            }
        }
    }
    return n;
}

static void as_published(void **state)
{
    struct ph_categories_options o = PH_CATEGORIES_OPTIONS;
    struct ph_categories_result r;
    size_t n = abstractors();
    assert_int_equal(agree(n, o, &r), PH_OK);
    near(r.kappa.value, 0.7964094, 1e-7);
    near(r.kappa.se, 0.05891072, 1e-7);
    near(r.gwet.value, 0.8493305, 1e-7);
    near(r.agreement, 0.89, 1e-15);
    assert_int_equal(r.n_categories, 3);
    o.weights = PH_WEIGHTS_QUADRATIC;
    assert_int_equal(agree(n, o, &r), PH_OK);
    near(r.kappa.value, 0.892156862745098, 1e-12);
    near(r.agreement, 0.9725, 1e-12);
}

// With two categories the weighted coefficients are the plain ones, and kappa is ph_yes_no()'s.
static void two_categories(void **state)
{
    struct ph_yes_no_result plain;
    assert_int_equal(ph_yes_no_counts(ctx, 30, 5, 8, 57, 0.95, &plain), PH_OK);
    static const int cells[4][3] = { { 30, 1, 1 }, { 5, 1, 0 }, { 8, 0, 1 }, { 57, 0, 0 } };
    size_t n = 0;
    for (size_t k = 0; k < 4; k++) {
        for (int i = 0; i < cells[k][0]; i++) {
            answers[0][n] = cells[k][1];
            answers[1][n++] = cells[k][2];
        }
    }
    for (int w = PH_WEIGHTS_NONE; w <= PH_WEIGHTS_QUADRATIC; w++) {
        struct ph_categories_options o = PH_CATEGORIES_OPTIONS;
        struct ph_categories_result r;
        o.weights = (enum ph_category_weights)w;
        assert_int_equal(agree(n, o, &r), PH_OK);
        near(r.kappa.value, plain.head.estimate, 1e-12);
        near(r.kappa.se, plain.head.se, 1e-12);
    }
}

// Rows copied four times within a unit add nothing: resampling units sees it, counting rows not.
static void copies_within_units(void **state)
{
    struct ph_categories_options o = PH_CATEGORIES_OPTIONS;
    struct ph_categories_result once;
    struct ph_categories_result copied;
    struct ph_categories_result ignored;
    size_t n = abstractors();
    o.unit = 2;
    assert_int_equal(agree(n, o, &once), PH_OK);
    for (size_t i = 4 * n; i-- > 0;) {
        answers[0][i] = answers[0][i / 4];
        answers[1][i] = answers[1][i / 4];
        unit[i] = (int32_t)(i / 4);
    }
    assert_int_equal(agree(4 * n, o, &copied), PH_OK);
    near(copied.gwet.interval.lo, once.gwet.interval.lo, 1e-12);
    near(copied.kappa.se, once.kappa.se, 1e-12);
    near(once.kappa.se, 0.0589, 0.006);
    o.unit = PH_NONE;
    assert_int_equal(agree(4 * n, o, &ignored), PH_OK);
    assert_true(ignored.kappa.se < 0.6 * copied.kappa.se);
}

static void answers_that_cannot_be_judged(void **state)
{
    struct ph_categories_options o = PH_CATEGORIES_OPTIONS;
    struct ph_categories_result r;
    for (size_t i = 0; i < ROWS; i++) {
        answers[0][i] = answers[1][i] = 4;
        unit[i] = 1;
    }
    assert_int_equal(agree(50, o, &r), PH_DATA);
    answers[0][3] = answers[1][3] = 5;
    assert_int_equal(agree(50, o, &r), PH_OK);
    near(r.gwet.value, 1, 1e-15);
    assert_true(isnan(r.gwet.interval.lo) && r.head.warnings & PH_WARN_NO_VARIATION);
    o.unit = 2;
    assert_int_equal(agree(50, o, &r), PH_DATA);
    o.draws = 1;
    assert_int_equal(agree(50, o, &r), PH_INVALID);
    o = (struct ph_categories_options)PH_CATEGORIES_OPTIONS;
    assert_int_equal(agree(2, o, &r), PH_DATA);
    for (size_t i = 0; i < ROWS; i++) {
        answers[0][i] = (double)i;
    }
    assert_int_equal(agree(ROWS, o, &r), PH_TOO_LARGE);
    answers[0][1] = NAN;
    assert_int_equal(agree(ROWS, o, &r), PH_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(lines_have_no_direction),
        cmocka_unit_test(lines_that_do_not_exist),
        cmocka_unit_test(as_published),
        cmocka_unit_test(two_categories),
        cmocka_unit_test(copies_within_units),
        cmocka_unit_test(answers_that_cannot_be_judged),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
