// SPDX-License-Identifier: Apache-2.0
// Values from scipy 1.10.1 (nct, binom); the reference suite holds those of R and pwr.
#include "pilothouse/evidence.h"

#include <math.h>
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

static struct ph_power_result solved(const struct ph_power_options *o)
{
    struct ph_power_result r;
    enum ph_status status = ph_power(ctx, o, &r);
    if (status != PH_OK) {
        fail_msg("%s: %s", ph_status_name(status), ph_context_message(ctx));
    }
    return r;
}

// What is solved for, put back, gives the power asked for: every kind, both ways, both directions.
static void solutions_check(void **state)
{
    static const enum ph_power_kind kinds[] = { PH_POWER_TWO_MEANS, PH_POWER_PAIRED,
        PH_POWER_TWO_PROPORTIONS };
    for (size_t i = 0; i < 3; i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            struct ph_power_options o = PH_POWER_OPTIONS;
            o.kind = kinds[i];
            o.ratio = kinds[i] == PH_POWER_PAIRED ? 1 : 1.7;
            o.p0 = 0.4;
            o.sd = 0.7;
            o.effect = sign * 0.2;
            o.solve = PH_SOLVE_N;
            double n = solved(&o).n;
            o.solve = PH_SOLVE_POWER;
            o.n = n;
            near(solved(&o).power, 0.8, 1e-9);
            o.n = n * 1.01;
            assert_true(solved(&o).power > 0.8);
            o.solve = PH_SOLVE_EFFECT;
            o.n = n;
            near(solved(&o).effect, sign * 0.2, 1e-8);
        }
    }
}

static void known_powers(void **state)
{
    struct ph_power_options o = PH_POWER_OPTIONS;
    o.kind = PH_POWER_PAIRED;
    o.n = 20;
    o.effect = 0.6;
    near(solved(&o).power, 0.7210019722291507, 1e-9);
    o.kind = PH_POWER_ONE_PROPORTION;
    o.n = 50;
    o.p0 = 0.8;
    o.effect = 0.15;
    struct ph_power_result r = solved(&o);
    near(r.power, 0.9622238270102226, 1e-11);
    near(r.alpha_exact, 0.04802721937073359, 1e-11);
    o.solve = PH_SOLVE_N;
    r = solved(&o);
    assert_true(r.n == 37 && r.n_treated == 37 && r.n_compared == 0);
    o.p0 = 0.1;
    o.effect = -0.08;
    assert_true(solved(&o).n == 61);
    o.solve = PH_SOLVE_EFFECT;
    o.n = 60;
    double effect = solved(&o).effect;
    assert_true(effect < 0 && effect > -0.1);
    o.effect = effect;
    o.solve = PH_SOLVE_POWER;
    near(solved(&o).power, 0.8, 1e-9);
}

static void clusters(void **state)
{
    near(ph_design_effect(30, 0.05, 0), 1 + 29 * 0.05, 1e-15);
    near(ph_design_effect(30, 0.05, 0.5), 1 + (1.25 * 30 - 1) * 0.05, 1e-15);
    assert_true(isnan(ph_design_effect(0.5, 0.05, 0)) && isnan(ph_design_effect(3, 1.5, 0)));
    struct ph_power_options o = PH_POWER_OPTIONS;
    o.n = 4;
    o.effect = 0.5;
    o.cluster_size = 50;
    o.icc = 1; // a cluster is worth one unit
    double alike = solved(&o).power;
    o.cluster_size = 1;
    o.icc = 0;
    near(solved(&o).power, alike, 1e-12);
    o.cluster_size = 50;
    o.icc = 0.1;
    struct ph_power_result r = solved(&o);
    assert_true(r.warnings & PH_WARN_FEW_CLUSTERS);
    near(r.design_effect, 5.9, 1e-14);
    o.kind = PH_POWER_PAIRED;
    assert_int_equal(ph_power(ctx, &o, &r), PH_UNSUPPORTED);
}

static void refusals(void **state)
{
    struct ph_power_options good = PH_POWER_OPTIONS;
    good.n = 20;
    good.effect = 0.5;
    struct ph_power_result r;
    struct ph_power_options o = good;
    o.effect = 0;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o = good;
    o.sd = 0;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o = good;
    o.n = NAN;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o = good;
    o.n = 1;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o = good;
    o.alpha = 0;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o = good;
    o.solve = PH_SOLVE_N;
    o.power = 0.01;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o.power = 0.8;
    o.effect = 1e-9;
    assert_int_equal(ph_power(ctx, &o, &r), PH_NO_SOLUTION);
    o = good;
    o.kind = PH_POWER_TWO_PROPORTIONS;
    o.effect = 0.6;
    assert_int_equal(ph_power(ctx, &o, &r), PH_INVALID);
    o.kind = PH_POWER_ONE_PROPORTION;
    o.effect = 0.2;
    o.n = 3;
    o.solve = PH_SOLVE_EFFECT;
    o.p0 = 0.9; // 3 of 3 has probability 0.73: never below alpha
    assert_int_equal(ph_power(ctx, &o, &r), PH_NO_SOLUTION);
    o.solve = PH_SOLVE_N;
    o.p0 = 0.5;
    o.effect = 0.001;
    assert_int_equal(ph_power(ctx, &o, &r), PH_TOO_LARGE);
    o = good;
    o.version = 0;
    assert_int_equal(ph_power(ctx, &o, &r), PH_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solutions_check),
        cmocka_unit_test(known_powers),
        cmocka_unit_test(clusters),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
