// SPDX-License-Identifier: Apache-2.0
// Several measures and several pilots: invariances, estimators at the equation that defines them,
// zero spread, and refusals that name the row.
#include "gamma.h"
#include "random.h"

#include <stdlib.h>

#include "check.h"

enum { N = 40 };

static struct ph_context *ctx;
static double y[N];
static double se[N];
static struct ph_column columns[4];

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

static struct ph_frame frame_of(size_t rows)
{
    columns[0] = (struct ph_column){ .name = "y", .real = y };
    columns[1] = (struct ph_column){ .name = "se", .real = se };
    return (struct ph_frame){ .rows = rows, .columns = 2, .column = columns };
}

static size_t fill(uint64_t draw, double tau)
{
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_TEST, draw);
    size_t n = 2 + ev_random_below(&r, N - 2);
    for (size_t i = 0; i < n; i++) {
        se[i] = 0.2 + ev_random_uniform(&r);
        y[i] = 1 + tau * ev_random_normal(&r) + se[i] * ev_random_normal(&r);
    }
    return n;
}

// ---- adjust ----

static void adjusted_p_values_keep_their_order(void **state)
{
    for (uint64_t draw = 0; draw < 200; draw++) {
        struct ph_adjust_options o = PH_ADJUST_OPTIONS;
        struct ph_adjust_result r;
        struct ev_random random;
        ev_random_start(&random, 1, EV_STREAM_TEST, draw);
        for (size_t i = 0; i < N; i++) {
            y[i] = ev_random_below(&random, 30) / 100.0; // with ties
        }
        struct ph_frame f = frame_of(N);
        assert_int_equal(ph_adjust(ctx, &f, &o, &r), PH_OK);
        for (size_t i = 0; i < N; i++) {
            const struct ph_adjusted *a = &r.measures[i];
            assert_true(a->p <= a->bh && a->bh <= a->by && a->bh <= a->holm && a->holm <= 1);
            for (size_t j = 0; j < N; j++) {
                const struct ph_adjusted *b = &r.measures[j];
                assert_true(a->p != b->p || (a->holm == b->holm && a->bh == b->bh));
                assert_true(a->p >= b->p || (a->holm <= b->holm && a->bh <= b->bh));
            }
        }
        ph_adjust_release(ctx, &r);
    }
}

static void a_missing_p_value_stays_in_the_family(void **state)
{
    static const uint8_t missing[3] = { 0, 1, 0 };
    struct ph_adjust_options o = PH_ADJUST_OPTIONS;
    struct ph_adjust_result r;
    y[0] = 0.01;
    y[2] = 0.5;
    struct ph_frame f = frame_of(3);
    columns[0].missing = missing;
    assert_int_equal(ph_adjust(ctx, &f, &o, &r), PH_OK);
    near(r.measures[0].holm, 0.03, 1e-15);
    assert_true(isnan(r.measures[1].holm) && r.n_missing == 1 && r.warnings != 0);
    ph_adjust_release(ctx, &r);
    ph_adjust_release(ctx, &r);
    y[0] = 1.5;
    assert_int_equal(ph_adjust(ctx, &f, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 1"));
    f.rows = 0;
    assert_int_equal(ph_adjust(ctx, &f, &o, &r), PH_DATA);
}

// ---- shrink ----

static double log_likelihood(size_t n, double tau2)
{
    double w = 0;
    double wy = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        w += 1 / (se[i] * se[i] + tau2);
        wy += y[i] / (se[i] * se[i] + tau2);
    }
    for (size_t i = 0; i < n; i++) {
        double v = se[i] * se[i] + tau2;
        sum += log(v) + (y[i] - wy / w) * (y[i] - wy / w) / v;
    }
    return -0.5 * (sum + log(w));
}

static void reml_is_where_the_likelihood_is_highest(void **state)
{
    size_t zeros = 0;
    for (uint64_t draw = 0; draw < 300; draw++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result r;
        size_t n = fill(draw, (double)(draw % 3) * 0.4);
        struct ph_frame f = frame_of(n);
        assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
        double best = log_likelihood(n, r.tau2);
        for (double t = 0; t < 20; t = t * 1.1 + 0.001) {
            assert_true(log_likelihood(n, t) <= best + 1e-10);
        }
        zeros += r.tau2 == 0;
        assert_true((r.tau2 == 0) == ((r.head.warnings & PH_WARN_BOUNDARY) != 0));
        assert_true(r.tau2_interval.lo <= r.tau2_interval.hi);
        ph_shrink_release(ctx, &r);
    }
    assert_true(zeros > 30 && zeros < 200);
}

static void paule_mandel_solves_its_equation(void **state)
{
    for (uint64_t draw = 0; draw < 200; draw++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result r;
        size_t n = fill(draw, 0.5);
        o.kind = PH_TAU_PAULE_MANDEL;
        struct ph_frame f = frame_of(n);
        assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
        double q = 0;
        for (size_t i = 0; i < n; i++) {
            double d = y[i] - r.head.estimate;
            q += d * d / (se[i] * se[i] + r.tau2);
        }
        if (r.tau2 > 0) {
            near(q, (double)n - 1, 1e-9 * (double)n);
        } else {
            assert_true(q <= (double)n - 1);
        }
        ph_shrink_release(ctx, &r);
    }
}

static void order_shift_and_scale(void **state)
{
    for (uint64_t draw = 0; draw < 100; draw++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result a;
        struct ph_shrink_result b;
        size_t n = fill(draw, 0.6);
        struct ph_frame f = frame_of(n);
        o.kind = (enum ph_tau_kind)(draw % 4);
        o.hartung_knapp = draw % 2;
        assert_int_equal(ph_shrink(ctx, &f, &o, &a), PH_OK);
        for (size_t i = 0; i < n / 2; i++) {
            double t = y[i];
            y[i] = y[n - 1 - i];
            y[n - 1 - i] = t;
            t = se[i];
            se[i] = se[n - 1 - i];
            se[n - 1 - i] = t;
        }
        for (size_t i = 0; i < n; i++) {
            y[i] = 8 * y[i] + 3;
            se[i] *= 8;
        }
        assert_int_equal(ph_shrink(ctx, &f, &o, &b), PH_OK);
        near(b.tau2, 64 * a.tau2, 1e-7 * (1 + 64 * a.tau2));
        near(b.head.estimate, 8 * a.head.estimate + 3, 1e-8);
        near(b.head.se, 8 * a.head.se, 1e-8);
        near(b.i2, a.i2, 1e-6);
        near(b.pilots[0].shrunk, 8 * a.pilots[n - 1].shrunk + 3, 1e-7);
        ph_shrink_release(ctx, &a);
        ph_shrink_release(ctx, &b);
    }
}

static void shrinks_between_the_pilot_and_the_mean(void **state)
{
    for (uint64_t draw = 0; draw < 100; draw++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result r;
        size_t n = fill(draw, 0.6);
        struct ph_frame f = frame_of(n);
        o.delta = 0.9;
        assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
        for (size_t i = 0; i < n; i++) {
            const struct ph_shrunk *s = &r.pilots[i];
            double lo = fmin(s->estimate, r.head.estimate) - 1e-12;
            double hi = fmax(s->estimate, r.head.estimate) + 1e-12;
            assert_true(lo <= s->shrunk && s->shrunk <= hi);
            assert_true(s->weight >= 0 && s->weight < 1 && s->shrunk_se <= s->se * (1 + 1e-12));
            assert_true((s->worthwhile > 0.5) == (s->shrunk > 0.9));
        }
        ph_shrink_release(ctx, &r);
    }
}

static void refuses_what_is_no_estimate(void **state)
{
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    (void)fill(1, 1);
    struct ph_frame f = frame_of(2);
    se[1] = 0;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 2"));
    se[1] = -1;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_DATA);
    se[1] = 1;
    f.rows = 1;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_DATA);
    f.rows = 0;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_DATA);
    f.rows = 2;
    y[0] = 1e200;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_DATA);
    y[0] = INFINITY;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_DATA);
    o.kind = (enum ph_tau_kind)9;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_INVALID);
    o = (struct ph_shrink_options)PH_SHRINK_OPTIONS;
    y[0] = y[1] = 5; // no spread at all
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
    assert_true(r.tau2 == 0 && r.head.estimate == 5);
    ph_shrink_release(ctx, &r);
}

static void counts_with_a_zero(void **state)
{
    static const double counts[4][3] = { { 4, 0, 10 }, { 119, 50, 90 }, { 11, 3, 12 },
        { 128, 47, 88 } };
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    for (int32_t k = 0; k < 4; k++) {
        columns[k] = (struct ph_column){ .real = counts[k] };
        o.counts[k] = k;
    }
    struct ph_frame f = { .rows = 3, .columns = 4, .column = columns };
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
    near(r.pilots[0].estimate, -0.8893113339202054, 1e-14);
    near(r.pilots[1].estimate, log(0.5 / 51) - log(3.5 / 51), 1e-14);
    near(r.pilots[1].se * r.pilots[1].se, 2 - 1.0 / 51 + 1 / 3.5 - 1.0 / 51, 1e-14);
    assert_true(r.head.warnings & PH_WARN_ZERO_CELL && r.head.warnings & PH_WARN_FEW_PILOTS);
    ph_shrink_release(ctx, &r);
}

// Coverage of the mean's interval with 8 pilots that differ: Hartung and Knapp's at the level.
static void intervals_hold_the_mean(void **state)
{
    enum { RUNS = 2000 };
    int held = 0;
    int next = 0;
    for (uint64_t draw = 0; draw < RUNS; draw++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result r;
        (void)fill(5000 + draw, 0.8);
        struct ev_random random;
        ev_random_start(&random, 2, EV_STREAM_TEST, draw);
        for (size_t i = 0; i < 8; i++) {
            se[i] = 0.2 + 0.05 * (double)i;
            y[i] = 1 + 0.8 * ev_random_normal(&random) + se[i] * ev_random_normal(&random);
        }
        o.hartung_knapp = true;
        struct ph_frame f = frame_of(8);
        assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
        double truth = 1 + 0.8 * ev_random_normal(&random);
        held += r.head.interval.lo <= 1 && 1 <= r.head.interval.hi;
        next += r.prediction.lo <= truth && truth <= r.prediction.hi;
        ph_shrink_release(ctx, &r);
    }
    near(held, 0.95 * RUNS, 4 * sqrt(RUNS * 0.0475));
    near(next, 0.95 * RUNS, 60);
}

// ---- few pilots ----

static struct ph_shrink_result integrated(size_t n)
{
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    struct ph_frame f = frame_of(n);
    o.integrated = true;
    o.delta = 0.5;
    assert_int_equal(ph_shrink(ctx, &f, &o, &r), PH_OK);
    assert_string_equal(r.head.convention, "random-effects.integrated");
    return r;
}

// P(theta of pilot I <= X), or of the next one (I = N), by a plain sum over tau in even steps.
static double by_hand(size_t n, size_t i, double x)
{
    double total = 0;
    double below = 0;
    double reciprocal = 0;
    for (size_t k = 0; k < n; k++) {
        reciprocal += 1 / (se[k] * se[k]);
    }
    double s2 = (double)n / reciprocal;
    for (int step = 0; step < 200000; step++) {
        double tau = (step + 0.5) * 5e-4;
        double t2 = tau * tau;
        double w = 0;
        double wy = 0;
        double logs = 0;
        double q = 0;
        for (size_t k = 0; k < n; k++) {
            double v = se[k] * se[k] + t2;
            w += 1 / v;
            wy += y[k] / v;
            logs += log(v);
        }
        double mean = wy / w;
        for (size_t k = 0; k < n; k++) {
            q += (y[k] - mean) * (y[k] - mean) / (se[k] * se[k] + t2);
        }
        double shrinkage = s2 / (s2 + t2);
        double prior = pow(shrinkage, -0.75) * s2 / ((s2 + t2) * (s2 + t2)) * tau; // of tau
        double weight = prior * exp(-0.5 * (logs + log(w) + q));
        double own = i < n ? t2 / (t2 + se[i] * se[i]) : 0;
        double at = i < n ? mean + own * (y[i] - mean) : mean;
        double v = i < n ? own * se[i] * se[i] + (1 - own) * (1 - own) / w : t2 + 1 / w;
        total += weight;
        below += weight * ph_normal_cdf((x - at) / sqrt(v));
    }
    return below / total;
}

static void few_pilots(void **state)
{
    for (uint64_t draw = 0; draw < 3; draw++) {
        size_t n = fill(900 + draw, 0.4);
        n = n < 6 ? 6 : n < 12 ? n : 12;
        struct ph_shrink_result r = integrated(n);
        for (size_t i = 0; i < 2; i++) {
            near(by_hand(n, i, r.pilots[i].interval.lo), 0.025, 1e-5);
            near(by_hand(n, i, r.pilots[i].interval.hi), 0.975, 1e-5);
            near(1 - by_hand(n, i, 0.5), r.pilots[i].worthwhile, 1e-5);
        }
        near(by_hand(n, n, r.prediction.lo), 0.025, 1e-4);
        near(by_hand(n, n, r.prediction.hi), 0.975, 1e-4);
        // In another unit, from another zero.
        struct ph_interval before = r.pilots[1].interval;
        ph_shrink_release(ctx, &r);
        for (size_t i = 0; i < n; i++) {
            y[i] = 1000 * y[i] - 5e5;
            se[i] *= 1000;
        }
        r = integrated(n);
        near(r.pilots[1].interval.lo, 1000 * before.lo - 5e5, 1e-5);
        near(r.pilots[1].interval.hi, 1000 * before.hi - 5e5, 1e-5);
        ph_shrink_release(ctx, &r);
    }
}

// Two pilots, pilots that agree to the last digit, and one error that dwarfs the others.
static void odd_pilots(void **state)
{
    y[0] = 1;
    y[1] = 3;
    se[0] = se[1] = 1;
    struct ph_shrink_result r = integrated(2);
    assert_true(r.prediction.hi - r.prediction.lo > 8 && isfinite(r.prediction.hi));
    near(r.head.estimate, 2, 1e-9);
    ph_shrink_release(ctx, &r);
    y[1] = 1;
    r = integrated(2);
    near(r.pilots[0].shrunk, 1, 1e-12);
    assert_true(r.pilots[0].interval.lo < 1 && r.pilots[0].interval.hi > 1);
    ph_shrink_release(ctx, &r);
    y[1] = 1e6;
    se[1] = 1e7;
    r = integrated(2);
    assert_true(isfinite(r.pilots[0].interval.lo) && isfinite(r.pilots[1].interval.hi));
    ph_shrink_release(ctx, &r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjusted_p_values_keep_their_order),
        cmocka_unit_test(a_missing_p_value_stays_in_the_family),
        cmocka_unit_test(reml_is_where_the_likelihood_is_highest),
        cmocka_unit_test(paule_mandel_solves_its_equation),
        cmocka_unit_test(order_shift_and_scale),
        cmocka_unit_test(shrinks_between_the_pilot_and_the_mean),
        cmocka_unit_test(refuses_what_is_no_estimate),
        cmocka_unit_test(counts_with_a_zero),
        cmocka_unit_test(intervals_hold_the_mean),
        cmocka_unit_test(few_pilots),
        cmocka_unit_test(odd_pilots),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
