// SPDX-License-Identifier: Apache-2.0
// Money: the blocked pass against a plain one, missing draws, ratios without an end, and the value
// of information against what it must be.
#include "random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "pilothouse/evidence.h"

enum { N = 5003 };

static struct ph_context *ctx;
static double cell[5][N];
static uint8_t missing[N];
static struct ph_column columns[5];
static const double values[] = { -100, 0, 500, 1000, 1500, 4000 };

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

static struct ph_frame fill(uint64_t draw, size_t rows)
{
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_TEST, draw);
    memset(missing, 0, sizeof(missing));
    for (size_t i = 0; i < rows; i++) {
        cell[4][i] = ev_random_normal(&r);
        cell[0][i] = ev_random_normal(&r);
        cell[1][i] = cell[0][i] + 0.3 + 0.4 * cell[4][i] + 0.3 * ev_random_normal(&r);
        cell[2][i] = 1000 + 20 * ev_random_normal(&r);
        cell[3][i] = cell[2][i] + 300 + 50 * ev_random_normal(&r);
    }
    for (size_t k = 0; k < 5; k++) {
        columns[k] = (struct ph_column){ .real = cell[k] };
    }
    return (struct ph_frame){ .rows = rows, .columns = 5, .column = columns };
}

static struct ph_cost_options options(void)
{
    struct ph_cost_options o = PH_COST_OPTIONS;
    o.values = values;
    o.n_values = sizeof(values) / sizeof(values[0]);
    return o;
}

static void as_a_plain_loop(void **state)
{
    static const size_t sizes[] = { 2, 3, 5, 1023, 1024, 1025, 2049, N };
    for (size_t s = 0; s < 2 * sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t rows = sizes[s / 2];
        struct ph_cost_options o = options();
        struct ph_cost_result r;
        struct ph_frame f = fill(s, rows);
        bool gaps = s % 2 == 1 && rows > 10;
        for (size_t i = 0; gaps && i < rows; i++) {
            missing[i] = i % 7 == 3;
        }
        columns[s % 4].missing = missing;
        assert_int_equal(ph_cost(ctx, &f, &o, &r), PH_OK);
        for (size_t k = 0; k < o.n_values; k++) {
            double n = 0;
            double sum = 0;
            double above = 0;
            double gain = 0;
            for (size_t i = 0; i < rows; i++) {
                double b = values[k] * (cell[1][i] - cell[0][i]) - (cell[3][i] - cell[2][i]);
                if (!missing[i]) {
                    n += 1;
                    sum += b;
                    above += b > 0;
                    gain += fmax(b, 0);
                }
            }
            near(r.at[k].benefit, sum / n, 1e-9);
            near(r.at[k].beneficial, above / n, 0);
            near(r.at[k].evpi, gain / n - fmax(sum / n, 0), 1e-9);
            assert_int_equal(r.head.n, (size_t)n);
            assert_int_equal(r.head.n + r.head.n_dropped, rows);
        }
        ph_cost_release(ctx, &r);
        ph_cost_release(ctx, &r);
    }
}

static void differences_in_one_column(void **state)
{
    struct ph_cost_options o = options();
    struct ph_cost_result a;
    struct ph_cost_result b;
    struct ph_frame f = fill(1, 500);
    assert_int_equal(ph_cost(ctx, &f, &o, &a), PH_OK);
    for (size_t i = 0; i < 500; i++) {
        cell[1][i] -= cell[0][i];
        cell[3][i] -= cell[2][i];
    }
    o.effect[0] = o.cost[0] = PH_NONE;
    assert_int_equal(ph_cost(ctx, &f, &o, &b), PH_OK);
    near(b.head.estimate, a.head.estimate, 1e-9);
    near(b.at[3].evpi, a.at[3].evpi, 1e-9);
    ph_cost_release(ctx, &a);
    ph_cost_release(ctx, &b);
}

// With draws of normals, the estimates' own formulas agree within the Monte Carlo error.
static void draws_and_normal_formulas_agree(void **state)
{
    struct ph_cost_options o = options();
    struct ph_cost_result draws;
    struct ph_cost_result normal;
    struct ph_frame f = fill(2, N);
    assert_int_equal(ph_cost(ctx, &f, &o, &draws), PH_OK);
    assert_int_equal(ph_cost_estimated(ctx, &draws.estimates, &o, &normal), PH_OK);
    for (size_t k = 0; k < o.n_values; k++) {
        near(normal.at[k].benefit, draws.at[k].benefit, 1e-9);
        near(normal.at[k].beneficial, draws.at[k].beneficial, 5 * draws.at[k].mc_error + 1e-3);
        near(normal.at[k].evpi, draws.at[k].evpi, 5 * draws.at[k].benefit_sd / sqrt(N));
    }
    near(normal.head.estimate, draws.head.estimate, 1e-6);
    assert_true(draws.head.warnings & PH_WARN_UNBOUNDED && isnan(draws.head.interval.lo));
    ph_cost_release(ctx, &draws);
    ph_cost_release(ctx, &normal);
}

// Fieller's ends are where effect * ratio - cost is z standard errors from zero.
static void fieller_ends(void **state)
{
    struct ph_cost_options o = PH_COST_OPTIONS;
    struct ph_cost_result r;
    struct ph_cost_estimates s = { 2, 0.3, 100, 8, 0.4 };
    assert_int_equal(ph_cost_estimated(ctx, &s, &o, &r), PH_OK);
    for (int side = 0; side < 2; side++) {
        double x = side ? r.head.interval.hi : r.head.interval.lo;
        double sd = sqrt(x * x * 0.09 + 64 - 2 * x * 0.4 * 0.3 * 8);
        near(fabs(x * 2 - 100) / sd, 1.959963984540054, 1e-9);
    }
    ph_cost_release(ctx, &r);
    s.effect = 0.5;
    assert_int_equal(ph_cost_estimated(ctx, &s, &o, &r), PH_OK);
    assert_true(isnan(r.head.interval.hi) && r.head.warnings & PH_WARN_UNBOUNDED);
    near(r.head.estimate, 200, 1e-12);
    ph_cost_release(ctx, &r);
    s.correlation = 2;
    assert_int_equal(ph_cost_estimated(ctx, &s, &o, &r), PH_INVALID);
}

static void bad_money(void **state)
{
    struct ph_cost_options o = options();
    struct ph_cost_result r;
    struct ph_frame f = fill(3, 20);
    f.rows = 1;
    assert_int_equal(ph_cost(ctx, &f, &o, &r), PH_DATA);
    f.rows = 0;
    assert_int_equal(ph_cost(ctx, &f, &o, &r), PH_DATA);
    f.rows = 20;
    cell[1][4] = INFINITY;
    assert_int_equal(ph_cost(ctx, &f, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 5"));
    cell[1][4] = 1e305;
    assert_int_equal(ph_cost(ctx, &f, &o, &r), PH_DATA);
    double odd = NAN;
    o.values = &odd;
    o.n_values = 1;
    assert_int_equal(ph_cost(ctx, &f, &o, &r), PH_INVALID);
    o.effect[1] = 77;
    assert_int_not_equal(ph_cost(ctx, &f, &o, &r), PH_OK);
}

static void value_of_information(void **state)
{
    struct ph_voi_options o = PH_VOI_OPTIONS;
    struct ph_voi_result r;
    o.mean = 120;
    o.sd = 300;
    o.population = 1000;
    double last = 0;
    for (double n = 1; n < 1e12; n *= 10) {
        o.n = n;
        o.sigma = 2000;
        o.each = 3;
        assert_int_equal(ph_voi(ctx, &o, &r), PH_OK);
        assert_true(r.evsi > last && r.evsi <= r.evpi); // more is worth more, never all
        near(r.net, r.evsi - 3 * n, 1e-6 * n + 1e-6);
        last = r.evsi;
    }
    near(last, r.evpi, 1e-3);
    o.n = 0;
    assert_int_equal(ph_voi(ctx, &o, &r), PH_OK);
    assert_true(isnan(r.evsi));
    o.sd = 0;
    assert_int_equal(ph_voi(ctx, &o, &r), PH_OK);
    assert_true(r.evpi == 0);
    o.sd = -1;
    assert_int_equal(ph_voi(ctx, &o, &r), PH_INVALID);
    near(ph_unit_normal_loss(-2), 2 + ph_unit_normal_loss(2), 1e-15);
    assert_true(ph_unit_normal_loss(40) >= 0 && ph_unit_normal_loss(40) < 1e-300);
}

// The benefit is linear in the parameter, with normal parts: its EVPPI is known.
static void value_of_one_parameter(void **state)
{
    struct ph_evppi_options o = PH_EVPPI_OPTIONS;
    struct ph_evppi_result r;
    struct ph_frame f = fill(4, N);
    o.value = 1000;
    assert_int_equal(ph_evppi(ctx, &f, &o, &r), PH_OK);
    double sd = 400;
    double mean = 0; // 0.3 * 1000 - 300
    near(r.evppi, sd * ph_unit_normal_loss(mean / sd), 12);
    assert_true(r.evppi <= r.evpi);
    near(r.explained, 160000.0 / (160000 + 90000 + 2500), 0.03);
    for (size_t i = 0; i < N; i++) {
        cell[4][i] = cell[4][i] > 0; // two values only: group means
    }
    assert_int_equal(ph_evppi(ctx, &f, &o, &r), PH_OK);
    assert_string_equal(r.convention, "evppi.by-value");
    near(r.evppi, 0.5 * 400 * sqrt(2 / M_PI), 12);
    for (size_t i = 0; i < N; i++) {
        cell[4][i] = i % 10 == 0 ? (double)i : 7; // knots that coincide
    }
    assert_int_equal(ph_evppi(ctx, &f, &o, &r), PH_OK);
    assert_true(r.evppi >= 0 && r.evppi < 20);
    f.rows = 20;
    assert_int_equal(ph_evppi(ctx, &f, &o, &r), PH_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_plain_loop),
        cmocka_unit_test(differences_in_one_column),
        cmocka_unit_test(draws_and_normal_formulas_agree),
        cmocka_unit_test(fieller_ends),
        cmocka_unit_test(bad_money),
        cmocka_unit_test(value_of_information),
        cmocka_unit_test(value_of_one_parameter),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
