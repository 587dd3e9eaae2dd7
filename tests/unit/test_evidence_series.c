// SPDX-License-Identifier: Apache-2.0
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { N = 60 };

static double y[N], t[N], exposure[N];
static int32_t month[N];
static uint8_t missing[N];

static struct ph_column column[4];
static struct ph_frame frame;

// A count that falls by a fifth from time 37 on, with a season.
static void make(void)
{
    uint64_t state = 11;
    for (int i = 0; i < N; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double noise = (double)(state >> 40) / 0x1p24 - 0.5;
        t[i] = i + 1;
        month[i] = i % 12 + 1;
        exposure[i] = 1000 + 10 * i;
        y[i] =
            floor(exposure[i] * (t[i] >= 37 ? 0.4 : 0.5) * (1 + 0.1 * sin(i * 0.5235987755982988)) +
                  20 * noise);
        missing[i] = 0;
    }
    column[0] = (struct ph_column){ .name = "y", .kind = PH_REAL, .real = y, .missing = missing };
    column[1] = (struct ph_column){ .name = "t", .kind = PH_REAL, .real = t };
    column[2] = (struct ph_column){ .name = "month", .kind = PH_KEY, .key = month };
    column[3] = (struct ph_column){ .name = "exposure", .kind = PH_REAL, .real = exposure };
    frame = (struct ph_frame){ .rows = N, .columns = 4, .column = column };
}

static struct ph_series_options options_of(enum ph_family family)
{
    struct ph_series_options o = PH_SERIES_OPTIONS;
    o.time = 1;
    o.from = 37;
    o.family = family;
    o.exposure = family == PH_FAMILY_GAUSSIAN ? PH_NONE : 3;
    o.newey_west = false;
    o.harmonics = 1;
    return o;
}

static struct ph_series_result fit(struct ph_context *c, const struct ph_series_options *o)
{
    struct ph_series_result r = { 0 };
    enum ph_status status = ph_series(c, &frame, o, &r);
    if (status != PH_OK) {
        print_error("%s\n", ph_context_message(c));
    }
    assert_int_equal(status, PH_OK);
    return r;
}

static void finds_the_change(void **state)
{
    struct ph_context *c = ph_context_new(NULL);
    make();
    for (int family = PH_FAMILY_POISSON; family <= PH_FAMILY_QUASI_POISSON; family++) {
        struct ph_series_options o = options_of((enum ph_family)family);
        struct ph_series_result r = fit(c, &o);
        assert_true(r.rate_ratio_interval.lo < 0.8 && r.rate_ratio_interval.hi > 0.8);
        assert_true(fabs(r.rate_ratio - 0.8) < 0.1);
        assert_int_equal(r.head.grade, PH_GRADE_C);
        assert_int_equal(r.n_before, 36);
        ph_series_release(c, &r);
    }
    ph_context_free(c);
}

// Rates without noise are found to the last digits, and convergence does not wait for less
// rounding.
static void exact_rates(void **state)
{
    struct ph_context *c = ph_context_new(NULL);
    make();
    struct ph_series_options o = options_of(PH_FAMILY_QUASI_POISSON);
    o.harmonics = 0;
    o.no_slope = true;
    for (int i = 0; i < N; i++) {
        y[i] = exposure[i] * (i >= 36 ? 2 : 8) * exp(0.01 * t[i]); // no noise at all
    }
    struct ph_series_result r = fit(c, &o);
    assert_true(fabs(r.rate_ratio - 0.25) < 1e-9);
    assert_true(fabs(r.coefficients[1].estimate - 0.01) < 1e-9);
    assert_true(r.dispersion < 1e-9);
    for (int i = 0; i < N; i++) {
        double expected = exposure[i] * 8 * exp(0.01 * t[i]);
        assert_true(fabs(r.observed[i] - y[i]) == 0 && fabs(r.time[i] - t[i]) == 0);
        assert_true(fabs(r.trend[i] / y[i] - 1) < 1e-9);
        assert_true(fabs(r.untouched[i] / expected - 1) < 1e-9);
    }
    ph_series_release(c, &r);
    ph_context_free(c);
}

// The trend has no season, and goes through the middle of it.
static void trend_without_season(void **state)
{
    struct ph_context *c = ph_context_new(NULL);
    make();
    struct ph_series_options o = options_of(PH_FAMILY_GAUSSIAN);
    for (int i = 0; i < N; i++) {
        y[i] = 100 + 2 * t[i] - (i >= 36 ? 30 + (t[i] - 36) : 0) + 9 * sin(i * 0.5235987755982988);
    }
    missing[3] = 1;
    struct ph_series_result r = fit(c, &o);
    assert_int_equal(r.head.n, N - 1);
    double mean = 0;
    for (size_t i = 0; i < r.head.n; i++) {
        mean += 9 * sin((r.time[i] - 1) * 0.5235987755982988) / (double)r.head.n;
    }
    for (size_t i = 0; i < r.head.n; i++) {
        double heading = 100 + 2 * r.time[i] + mean;
        double lost = r.time[i] >= 37 ? 30 + (r.time[i] - 36) : 0;
        assert_true(fabs(r.untouched[i] - heading) < 1e-7);
        assert_true(fabs(r.trend[i] - heading + lost) < 1e-7);
    }
    ph_series_release(c, &r);
    ph_context_free(c);
}

static void units_of_time_and_outcome(void **state)
{
    struct ph_context *c = ph_context_new(NULL);
    for (int family = PH_FAMILY_GAUSSIAN; family <= PH_FAMILY_QUASI_POISSON; family++) {
        make();
        struct ph_series_options o = options_of((enum ph_family)family);
        o.newey_west = true;
        o.lag = 4;
        struct ph_series_result a = fit(c, &o);
        for (int i = 0; i < N; i++) {
            t[i] = 2000 + t[i] / 12;
            exposure[i] /= 1e5;
        }
        o.from = 2000 + 36.5 / 12;
        o.period = 1;
        struct ph_series_result b = fit(c, &o);
        assert_true(fabs(a.head.se - b.head.se) < 1e-7 * a.head.se);
        assert_true(fabs(a.head.estimate - b.head.estimate) < 1e-7 * fabs(a.head.estimate));
        assert_true(fabs(a.coefficients[1].estimate * 12 - b.coefficients[1].estimate) <
                    1e-6 * fabs(b.coefficients[1].estimate) + 1e-9);
        ph_series_release(c, &a);
        ph_series_release(c, &b);
    }
    ph_context_free(c);
}

static void says(struct ph_context *c, const struct ph_series_options *o, enum ph_status status,
    const char *words)
{
    struct ph_series_result r;
    assert_int_equal(ph_series(c, &frame, o, &r), status);
    if (!strstr(ph_context_message(c), words)) {
        print_error("%s\n", ph_context_message(c));
    }
    assert_non_null(strstr(ph_context_message(c), words));
}

static void bad_input(void **state)
{
    struct ph_context *c = ph_context_new(NULL);
    struct ph_series_options o = options_of(PH_FAMILY_POISSON);
    make();
    for (int i = 36; i < N; i++) {
        y[i] = 0;
    }
    says(c, &o, PH_NO_SOLUTION, "separates");
    make();
    o.from = 2;
    says(c, &o, PH_DATA, "There are 1 times before 2");
    o.from = 37;
    t[5] = t[4];
    says(c, &o, PH_DATA, "Row 6: the time does not rise");
    make();
    y[7] = -1;
    says(c, &o, PH_DATA, "Row 8: -1 is not a count");
    y[7] = 2.5;
    says(c, &o, PH_DATA, "Row 8: 2.5 is not a count");
    make();
    exposure[3] = 0;
    says(c, &o, PH_DATA, "Row 4: the exposure");
    make();
    for (int i = 0; i < N; i++) {
        month[i] = i >= 36;
    }
    o.season = 2;
    says(c, &o, PH_DATA, "cannot be told apart");
    o.family = PH_FAMILY_GAUSSIAN;
    o.exposure = PH_NONE;
    says(c, &o, PH_DATA, "cannot be told apart");
    o.season = PH_NONE;
    o.newey_west = true;
    o.lag = 60;
    says(c, &o, PH_INVALID, "lag");
    make();
    missing[3] = 1;
    o.lag = 2;
    struct ph_series_result r = fit(c, &o);
    assert_int_equal(r.head.dropped[PH_DROP_OUTCOME], 1);
    ph_series_release(c, &r);
    ph_context_free(c);
}

// ---- Errors for few rows ----

enum { FEW = 14 };

// tr(ASA'S') and friends by whole matrices, for the level of a line with a step at row 7.
static void by_matrices(const double *rows, double r, int lag, double *ret_stretch, double *ret_df)
{
    static double x[FEW][3], inverse[3][3], m[FEW][FEW], s[FEW][FEW], half[FEW][FEW], a[FEW][FEW];
    double gram[3][6] = { 0 };
    for (int i = 0; i < FEW; i++) {
        x[i][0] = 1;
        x[i][1] = rows[i];
        x[i][2] = i >= 7;
    }
    for (int p = 0; p < 3; p++) {
        for (int q = 0; q < 3; q++) {
            for (int i = 0; i < FEW; i++) {
                gram[p][q] += x[i][p] * x[i][q];
            }
        }
        gram[p][3 + p] = 1;
    }
    for (int p = 0; p < 3; p++) { // Gauss and Jordan
        double pivot = gram[p][p];
        for (int q = 0; q < 6; q++) {
            gram[p][q] /= pivot;
        }
        for (int o = 0; o < 3; o++) {
            double times = gram[o][p];
            for (int q = 0; o != p && q < 6; q++) {
                gram[o][q] -= times * gram[p][q];
            }
        }
    }
    double h[FEW];
    for (int i = 0; i < FEW; i++) {
        h[i] = 0;
        for (int p = 0; p < 3; p++) {
            h[i] += x[i][p] * gram[p][5];
            for (int q = 0; q < 3; q++) {
                inverse[p][q] = gram[p][3 + q];
            }
        }
    }
    double truth = 0;
    for (int i = 0; i < FEW; i++) {
        for (int j = 0; j < FEW; j++) {
            m[i][j] = i == j;
            for (int p = 0; p < 3; p++) {
                for (int q = 0; q < 3; q++) {
                    m[i][j] -= x[i][p] * inverse[p][q] * x[j][q];
                }
            }
            int gap = abs(i - j);
            truth += h[i] * h[j] * pow(r, gap);
            a[i][j] = gap <= lag ? h[i] * h[j] * (1 - gap / (lag + 1.0)) * FEW / (FEW - 3.0) : 0;
        }
    }
    for (int pass = 0; pass < 2; pass++) { // half = M R, then S = half M
        for (int i = 0; i < FEW; i++) {
            for (int j = 0; j < FEW; j++) {
                double sum = 0;
                for (int k = 0; k < FEW; k++) {
                    sum += pass ? half[i][k] * m[k][j] : m[i][k] * pow(r, abs(k - j));
                }
                *(pass ? &s[i][j] : &half[i][j]) = sum;
            }
        }
    }
    double mean = 0;
    double squares = 0;
    for (int i = 0; i < FEW; i++) {
        for (int j = 0; j < FEW; j++) {
            double one = 0;
            double other = 0;
            mean += a[i][j] * s[j][i];
            for (int k = 0; k < FEW; k++) {
                one += a[i][k] * s[k][j];
                other += a[j][k] * s[k][i];
            }
            squares += one * other;
        }
    }
    *ret_stretch = sqrt(truth / mean);
    *ret_df = mean * mean / squares;
}

static void few_rows_that_hang_together(void **state)
{
    struct ph_context *c = ph_context_new(NULL);
    static const double noise[FEW] = { 1, 0.8, 0.9, -0.2, -0.7, -0.5, 0.3, 0.9, 1.4, 0.6, -0.4, -1,
        -0.6, 0.1 };
    make();
    for (int i = 0; i < FEW; i++) {
        y[i] = 3 + 0.2 * i + (i >= 7) + noise[i];
    }
    frame.rows = FEW;
    for (uint32_t lag = 0; lag < 5; lag += 2) {
        struct ph_series_options o = PH_SERIES_OPTIONS;
        o.time = 1;
        o.from = 8;
        o.no_slope = true;
        o.lag = lag;
        struct ph_series_result plain = fit(c, &o);
        o.calibrated = true;
        struct ph_series_result few = fit(c, &o);
        double stretch;
        double df;
        assert_true(few.correlation > plain.autocorrelation1); // it looks too small
        by_matrices(t, few.correlation, (int)lag, &stretch, &df);
        assert_true(fabs(few.head.se / plain.head.se / stretch - 1) < 1e-9);
        assert_true(fabs(few.head.df / df - 1) < 1e-9);
        assert_true(few.head.estimate == plain.head.estimate);
        assert_true(few.head.interval.lo < plain.head.interval.lo);
        ph_series_release(c, &plain);
        ph_series_release(c, &few);
    }
    // Counts go by Pearson's residuals; Poisson's own errors have none to go by.
    make();
    struct ph_series_options o = options_of(PH_FAMILY_QUASI_POISSON);
    struct ph_series_result plain = fit(c, &o);
    o.calibrated = true;
    struct ph_series_result few = fit(c, &o);
    assert_string_equal(few.head.convention, "its.quasi-poisson.pearson.ar1-calibrated");
    assert_true(few.head.estimate == plain.head.estimate && isfinite(few.head.df));
    assert_true(few.correlation >= 0 && few.correlation < 1);
    ph_series_release(c, &few);
    o.family = PH_FAMILY_POISSON;
    few = fit(c, &o);
    assert_true(isinf(few.head.df) && isnan(few.correlation));
    ph_series_release(c, &few);
    ph_series_release(c, &plain);
    ph_context_free(c);
}

// Past a thousand rows what is left out of the formula no longer matters; and a fit without
// residuals has nothing to calibrate.
static void many_rows_and_none_left_over(void **state)
{
    enum { MANY = 1002 };
    static double long_y[MANY], long_t[MANY];
    struct ph_context *c = ph_context_new(NULL);
    double e = 0;
    uint64_t random = 5;
    for (int i = 0; i < MANY; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        e = 0.5 * e + (double)(random >> 40) / 0x1p24 - 0.5;
        long_t[i] = i;
        long_y[i] = 0.01 * i + e;
    }
    struct ph_column two[] = { { .name = "y", .kind = PH_REAL, .real = long_y },
        { .name = "t", .kind = PH_REAL, .real = long_t } };
    struct ph_series_options o = PH_SERIES_OPTIONS;
    struct ph_series_result r[2];
    o.time = 1;
    o.from = 500;
    o.lag = 4;
    o.calibrated = true;
    for (int k = 0; k < 2; k++) {
        struct ph_frame f = { .rows = k ? MANY : 1000, .columns = 2, .column = two };
        assert_int_equal(ph_series(c, &f, &o, &r[k]), PH_OK);
    }
    assert_true(fabs(r[1].head.se / r[0].head.se - 1) < 0.02);
    assert_true(fabs(r[1].correlation - 0.5) < 0.1);
    ph_series_release(c, &r[0]);
    ph_series_release(c, &r[1]);
    for (int i = 0; i < MANY; i++) {
        long_y[i] = i >= 500;
    }
    struct ph_frame f = { .rows = 1000, .columns = 2, .column = two };
    assert_int_equal(ph_series(c, &f, &o, &r[0]), PH_OK);
    assert_true(fabs(r[0].head.estimate - 1) < 1e-9);
    ph_series_release(c, &r[0]);
    ph_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_change),
        cmocka_unit_test(exact_rates),
        cmocka_unit_test(trend_without_season),
        cmocka_unit_test(units_of_time_and_outcome),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(few_rows_that_hang_together),
        cmocka_unit_test(many_rows_and_none_left_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
