// SPDX-License-Identifier: Apache-2.0
// Rates: against R's poisson.test and formulas solved by its uniroot, by properties, and by how
// often intervals hold the truth.
#include "pilothouse/evidence.h"
#include "random.h"

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

static void near(double got, double wanted, double relative)
{
    if (!(fabs(got - wanted) <= relative * fabs(wanted))) {
        fail_msg("%.15g is not %.15g", got, wanted);
    }
}

static void interval_near(struct ph_interval got, double lo, double hi, double relative)
{
    near(got.lo, lo, relative);
    near(got.hi, hi, relative);
}

// R 4.2: poisson.test(17, 250), poisson.test(0, 10), poisson.test(1e6, 3, conf.level = .9),
// poisson.test(c(11, 23), c(800, 1000)); the others by their equations and uniroot(tol = 1e-15).
static void against_r(void **state)
{
    interval_near(ph_garwood(17, 250, 0.95), 0.039612505878429, 0.108874587263626, 1e-12);
    interval_near(ph_garwood(0, 10, 0.95), 0, 0.36888794541139, 1e-12);
    interval_near(ph_garwood(1e6, 3, 0.9), 332785.23836124, 333882.14092254, 1e-10);
    interval_near(ph_rate_score(17, 250, 0.95), 0.042457866509552, 0.108907968773225, 1e-12);
    interval_near(
        ph_rate_ratio_exact(11, 800, 23, 1000, 0.95), 0.26310364856626, 1.27660668893887, 1e-12);
    interval_near(
        ph_rate_difference(11, 800, 23, 1000, 0.95), -0.0224088007156507, 0.0038817369983665, 1e-8);
    interval_near(
        ph_anytime_rate(17, 250, 0.5, 10, 0.95), 0.02838739967084, 0.13382979114819, 1e-9);
    interval_near(
        ph_anytime_share(90, 100, 0.5, 0.5, 0.95), 0.77249005014145, 0.97093914871593, 1e-9);
}

static void ends(void **state)
{
    struct ph_interval in = ph_rate_score(0, 10, 0.95);
    assert_true(in.lo == 0 && in.hi > 0);
    in = ph_anytime_rate(0, 10, 0.5, 10, 0.95);
    assert_true(in.lo == 0 && in.hi > -log(0.05) / 10 && in.hi < 1); // all of alpha on one side
    in = ph_anytime_share(0, 40, 0.5, 0.5, 0.95);
    assert_true(in.lo == 0 && in.hi > 0.05 && in.hi < 0.5);
    in = ph_anytime_share(40, 40, 0.5, 0.5, 0.95);
    assert_true(in.hi == 1 && in.lo > 0.5 && in.lo < 0.95);
    in = ph_rate_ratio_exact(3, 10, 0, 10, 0.95);
    assert_true(isinf(in.hi) && in.lo > 0);
    in = ph_rate_difference(0, 10, 0, 20, 0.95);
    assert_true(in.lo < 0 && in.hi > 0 && isfinite(in.hi));
    in = ph_rate_difference(5, 10, 0, 20, 0.95);
    assert_true(in.lo > 0 && in.hi > 0.5);
    assert_true(isnan(ph_garwood(-1, 1, 0.95).lo) && isnan(ph_garwood(1, 0, 0.95).lo));
    assert_true(isnan(ph_anytime_share(3, 2, 0.5, 0.5, 0.95).lo));
    assert_true(isnan(ph_rate_ratio_exact(0, 1, 0, 1, 0.95).lo));
}

// Units of exposure and the names of the groups change nothing but the scale and the sign.
static void turned_and_scaled(void **state)
{
    for (int x1 = 0; x1 < 30; x1 += 4) {
        for (int x0 = 1; x0 < 30; x0 += 5) {
            struct ph_interval d = ph_rate_difference(x1, 7, x0, 11, 0.95);
            struct ph_interval turned = ph_rate_difference(x0, 11, x1, 7, 0.95);
            struct ph_interval hours = ph_rate_difference(x1, 7 * 60, x0, 11 * 60, 0.95);
            assert_true(fabs(d.lo + turned.hi) < 1e-9 && fabs(d.hi + turned.lo) < 1e-9);
            assert_true(fabs(d.lo - 60 * hours.lo) < 1e-9 && fabs(d.hi - 60 * hours.hi) < 1e-9);
            assert_true(d.lo < x1 / 7.0 - x0 / 11.0 && x1 / 7.0 - x0 / 11.0 < d.hi);
        }
    }
}

static double poisson(struct ev_random *r, double rate)
{
    double count = -1;
    for (double product = 1; product > exp(-rate); product *= ev_random_uniform(r)) {
        count++;
    }
    return count;
}

// Looked at after each of 200 periods, the interval misses the rate at any of them no more often
// than it says; the exact one, made for one look, misses far more often.
static void at_every_look(void **state)
{
    enum { RUNS = 600, LOOKS = 200 };
    int missed[3] = { 0, 0, 0 };
    for (int run = 0; run < RUNS; run++) {
        struct ev_random r;
        double x = 0;
        double yes = 0;
        bool miss[3] = { false, false, false };
        ev_random_start(&r, 7, EV_STREAM_TEST, (uint64_t)run);
        for (int t = 1; t <= LOOKS; t++) {
            x += poisson(&r, 0.7);
            yes += ev_random_uniform(&r) < 0.9;
            struct ph_interval rate = ph_anytime_rate(x, t, 0.5, 1, 0.95);
            struct ph_interval share = ph_anytime_share(yes, t, 0.5, 0.5, 0.95);
            struct ph_interval once = ph_garwood(x, t, 0.95);
            miss[0] = miss[0] || rate.lo > 0.7 || rate.hi < 0.7;
            miss[1] = miss[1] || share.lo > 0.9 || share.hi < 0.9;
            miss[2] = miss[2] || once.lo > 0.7 || once.hi < 0.7;
        }
        for (int k = 0; k < 3; k++) {
            missed[k] += miss[k];
        }
    }
    assert_true(missed[0] < 0.07 * RUNS); // 0.05, se 0.009
    assert_true(missed[1] < 0.07 * RUNS);
    assert_true(missed[2] > 0.12 * RUNS);
}

// ---- On data ----

enum { ROWS = 40 };

struct data {
    double faults[ROWS], hours[ROWS], arm[ROWS];
    int32_t site[ROWS];
    struct ph_column column[4];
    struct ph_frame frame;
};

static void make(struct data *d)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < ROWS; i++) {
        d->site[i] = i / 2;
        d->arm[i] = i / 2 % 2;
        d->hours[i] = 10 + i % 3;
        d->faults[i] = floor(2 + 1.9 * sin(3.0 * (i / 2)) + (d->arm[i] ? 3 : 0) + i % 2);
    }
    d->column[0] = (struct ph_column){ "faults", PH_REAL, .real = d->faults };
    d->column[1] = (struct ph_column){ "hours", PH_REAL, .real = d->hours };
    d->column[2] = (struct ph_column){ "arm", PH_REAL, .real = d->arm };
    d->column[3] = (struct ph_column){ "site", PH_KEY, .key = d->site };
    d->frame = (struct ph_frame){ .rows = ROWS, .columns = 4, .column = d->column };
}

static void one_rate(void **state)
{
    struct data d;
    struct ph_rate_options o = PH_RATE_OPTIONS;
    struct ph_rate_result r, by_unit;
    o.floor = 0.1;
    assert_int_equal(ph_rate_counts(ctx, 17, 250, &o, &r), PH_OK);
    near(r.head.p, 0.060475038284895, 1e-10); // R: alternative = "less"
    near(r.probability_met, 0.951902296725, 1e-10);
    o.floor = 0.05;
    o.direction = PH_HIGHER_IS_BETTER;
    assert_int_equal(ph_rate_counts(ctx, 17, 250, &o, &r), PH_OK);
    near(r.head.p, 0.13069200140573, 1e-10);
    make(&d);
    o.exposure = 1;
    o.floor = 0.2;
    assert_int_equal(ph_rate(ctx, &d.frame, &o, &r), PH_OK);
    o.unit = 3;
    assert_int_equal(ph_rate(ctx, &d.frame, &o, &by_unit), PH_OK);
    assert_true(r.head.estimate == by_unit.head.estimate);
    assert_true(by_unit.design_effect > 1);
    assert_true(by_unit.exact.hi - by_unit.exact.lo > r.exact.hi - r.exact.lo);
    assert_true(isnan(by_unit.anytime.lo) && r.anytime.lo < r.exact.lo);
    d.faults[4] = 1.5;
    assert_int_equal(ph_rate(ctx, &d.frame, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 5"));
    d.faults[4] = 1;
    d.hours[6] = 0;
    assert_int_equal(ph_rate(ctx, &d.frame, &o, &r), PH_DATA);
    o.floor = 0;
    assert_int_equal(ph_rate(ctx, &d.frame, &o, &r), PH_INVALID);
}

static void two_rates(void **state)
{
    struct data d;
    struct ph_rates_options o = PH_RATES_OPTIONS;
    struct ph_rates_result r, counts, clustered;
    make(&d);
    o.exposure = 1;
    o.treat = 2;
    o.design = PH_DESIGN_RANDOMISED;
    assert_int_equal(ph_rates(ctx, &d.frame, &o, &r), PH_OK);
    assert_int_equal(
        ph_rates_counts(ctx, r.events[1], r.exposure[1], r.events[0], r.exposure[0], &o, &counts),
        PH_OK);
    assert_true(counts.head.interval.lo == r.head.interval.lo && counts.head.p == r.head.p);
    assert_true(r.ratio > 1 && r.ratio_exact.lo < r.ratio_score.lo);
    assert_int_equal(r.head.grade, PH_GRADE_A);
    o.cluster = 3;
    assert_int_equal(ph_rates(ctx, &d.frame, &o, &clustered), PH_OK);
    assert_int_equal(clustered.head.clusters, ROWS / 2);
    assert_true(isnan(clustered.ratio_exact.lo));
    d.site[0] = 1; // of the other group
    assert_int_equal(ph_rates(ctx, &d.frame, &o, &clustered), PH_DATA);
    o.cluster = PH_NONE;
    for (int i = 0; i < ROWS; i++) {
        d.arm[i] = 1;
    }
    assert_int_equal(ph_rates(ctx, &d.frame, &o, &r), PH_DATA);
}

// ---- In plans ----

static struct ph_evaluation run(const char *plan, const struct ph_frame *frame)
{
    struct ph_sealed *s = NULL;
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    if (ph_plan_seal(ctx, plan, strlen(plan), &s) != PH_OK ||
        ph_evaluate(ctx, s, frame, &o, &e) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    ph_sealed_free(s);
    return e;
}

static void planned(void **state)
{
    struct data d;
    make(&d);
    struct ph_evaluation e = run(
        "{\"pilothouse_plan\":1,\"kind\":\"feasibility\",\"method\":\"feasibility\",\"direction\":"
        "\"lower\",\"floor\":1.5,\"columns\":{\"outcome\":\"faults\",\"exposure\":\"hours\"}}",
        &d.frame);
    assert_int_equal(e.verdict.reason, PH_REASON_FLOOR_MET);
    e = run("{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"method\":"
            "\"rates\",\"delta\":0.05,\"columns\":{\"outcome\":\"faults\",\"exposure\":\"hours\","
            "\"treat\":\"arm\"}}",
        &d.frame);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_string_equal(e.primary.convention, "rates.miettinen-nurminen");
}

// Before the horizon a share or a rate is read by an interval that holds at every look.
static void feasible_early(void **state)
{
    static const char plan[] =
        "{\"pilothouse_plan\":1,\"kind\":\"feasibility\",\"method\":\"feasibility\",\"floor\":0.5,"
        "\"horizon\":90,\"columns\":{\"outcome\":\"arm\",\"time\":\"hours\"%s}}";
    char with[400];
    struct data d;
    make(&d);
    for (int i = 0; i < ROWS; i++) {
        d.arm[i] = 1;
    }
    snprintf(with, sizeof(with), plan, "");
    struct ph_evaluation e = run(with, &d.frame);
    assert_int_equal(e.stage, PH_STAGE_EARLY);
    assert_true(e.criterion[0].anytime);
    assert_int_equal(e.verdict.reason, PH_REASON_FLOOR_MET);
    snprintf(with, sizeof(with), plan, ",\"unit\":\"site\"");
    e = run(with, &d.frame);
    assert_int_equal(e.verdict.reason, PH_REASON_TOO_EARLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_r),
        cmocka_unit_test(ends),
        cmocka_unit_test(turned_and_scaled),
        cmocka_unit_test(at_every_look),
        cmocka_unit_test(one_rate),
        cmocka_unit_test(two_rates),
        cmocka_unit_test(planned),
        cmocka_unit_test(feasible_early),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
