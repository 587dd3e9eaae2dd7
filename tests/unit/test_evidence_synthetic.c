// SPDX-License-Identifier: Apache-2.0
// Properties of synthetic control and synthetic difference in differences on made-up panels; values
// on real ones are in tests/reference.
#include "pilothouse/evidence.h"
#include "simplex.h"

#include <math.h>
#include <stdlib.h>

#include "check.h"

enum { UNITS = 12, PERIODS = 10, START = 7, ROWS = UNITS * PERIODS };

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

static void near(double got, double want, double abs)
{
    if (!(fabs(got - want) <= abs)) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

static double noise(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*seed >> 11) / 0x1p53 - 0.5;
}

struct data {
    double y[ROWS], time[ROWS], treat[ROWS];
    int32_t unit[ROWS];
    struct ph_column column[4];
    struct ph_frame frame;
};

// Unit 0 is 0.3 of unit 1 and 0.7 of unit 2, and 5 lower from period START on.
static void make(struct data *d, uint64_t seed)
{
    for (int t = 0; t < PERIODS; t++) {
        for (int u = UNITS; u-- > 0;) {
            int at = u * PERIODS + t;
            d->unit[at] = u;
            d->time[at] = 2000 + t;
            d->treat[at] = u == 0 && t >= START;
            d->y[at] = u == 0 ? 0.3 * d->y[PERIODS + t] + 0.7 * d->y[2 * PERIODS + t] -
                                    (t >= START ? 5 : 0)
                              : 10 * u + t * (u % 3) + 8 * noise(&seed);
        }
    }
    d->column[0] = (struct ph_column){ .name = "y", .kind = PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ .name = "unit", .kind = PH_KEY, .key = d->unit };
    d->column[2] = (struct ph_column){ .name = "time", .kind = PH_REAL, .real = d->time };
    d->column[3] = (struct ph_column){ .name = "treat", .kind = PH_REAL, .real = d->treat };
    d->frame = (struct ph_frame){ .rows = ROWS, .columns = 4, .column = d->column };
}

static void swap_rows(struct data *d, size_t a, size_t b)
{
    double y = d->y[a], time = d->time[a], treat = d->treat[a];
    int32_t unit = d->unit[a];
    d->y[a] = d->y[b], d->time[a] = d->time[b], d->treat[a] = d->treat[b];
    d->unit[a] = d->unit[b];
    d->y[b] = y, d->time[b] = time, d->treat[b] = treat, d->unit[b] = unit;
}

static void weights_found(void **state)
{
    struct data d;
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result r;
    o.in_time = 2004;
    make(&d, 1);
    assert_int_equal(ph_synth(ctx, &d.frame, &o, &r), PH_OK);
    near(r.head.estimate, -5, 1e-9);
    near(r.loss, 0, 1e-18 + 1e-9);
    assert_int_equal(r.unit[0].key, 2);
    near(r.unit[0].weight, 0.7, 1e-9);
    assert_int_equal(r.unit[1].key, 1);
    near(r.unit[1].weight, 0.3, 1e-9);
    near(r.in_time_effect, 0, 1e-7);
    assert_int_equal(r.rank, 1);
    near(r.head.p, 1.0 / UNITS, 1e-15);
    // A perfect fit leaves it open whether more donors than periods could do as well.
    assert_true(!r.unique && r.head.grade == PH_GRADE_B);
    assert_true(r.head.warnings & PH_WARN_FEW_PLACEBOS);
    assert_true(r.loo_low <= r.loo_high);
    for (size_t i = 0; i < r.n_placebos; i++) { // gaps stay with their place when these are sorted
        double sum = 0;
        for (size_t t = r.pre; t < r.pre + r.post; t++) {
            sum += r.placebo[i].gap[t];
        }
        near(sum / (double)r.post, r.placebo[i].effect, 1e-9);
    }
    ph_synth_release(ctx, &r);
}

static void order_shift_scale(void **state)
{
    struct data d;
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_sdid_options so = PH_SDID_OPTIONS;
    struct ph_synth_result a, b;
    struct ph_sdid_result sa, sb;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        make(&d, seed);
        for (int t = 0; t < PERIODS; t++) {
            d.y[t] += 3 * noise(&seed);
        }
        assert_int_equal(ph_synth(ctx, &d.frame, &o, &a), PH_OK);
        assert_int_equal(ph_sdid(ctx, &d.frame, &so, &sa), PH_OK);
        uint64_t order = seed;
        for (size_t i = ROWS - 1; i > 0; i--) {
            swap_rows(&d, i, (size_t)((noise(&order) + 0.5) * (double)i));
        }
        for (size_t i = 0; i < ROWS; i++) {
            d.y[i] = 100 + 4 * d.y[i];
        }
        assert_int_equal(ph_synth(ctx, &d.frame, &o, &b), PH_OK);
        assert_int_equal(ph_sdid(ctx, &d.frame, &so, &sb), PH_OK);
        near(b.head.estimate, 4 * a.head.estimate, 1e-7);
        near(b.ratio / a.ratio, 1, 1e-6);
        assert_int_equal(b.rank, a.rank);
        near(sb.head.estimate, 4 * sa.head.estimate, 1e-7);
        near(sb.head.se, 4 * sa.head.se, 1e-7);
        ph_synth_release(ctx, &a);
        ph_synth_release(ctx, &b);
        ph_sdid_release(ctx, &sa);
        ph_sdid_release(ctx, &sb);
    }
}

// Against the conditions that tell the optimum: no vertex may lie closer than the point found.
static void simplex_is_optimal(void **state)
{
    enum { N = 40, M = 12 };
    static double a[N][M], k[N * N], w[N];
    struct simplex_work work;
    uint64_t seed = 7;
    for (int round = 0; round < 50; round++) {
        size_t dims = 1 + (size_t)round % M; // mostly more weights than dimensions
        for (size_t i = 0; i < N; i++) {
            for (size_t m = 0; m < dims; m++) {
                a[i][m] = noise(&seed) + (round % 5 == 0 ? 0.6 : 0);
            }
        }
        memcpy(a[3], a[4], sizeof(a[3])); // twins
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                k[i * N + j] = 0;
                for (size_t m = 0; m < dims; m++) {
                    k[i * N + j] += a[i][m] * a[j][m];
                }
            }
        }
        assert_int_equal(ev_simplex_begin(ctx, N, &work), PH_OK);
        struct simplex end = ev_simplex_solve(k, N, &work, w);
        ev_simplex_end(ctx, &work);
        double sum = 0;
        for (size_t i = 0; i < N; i++) {
            assert_true(w[i] >= 0);
            sum += w[i];
        }
        near(sum, 1, 1e-12);
        assert_true(end.kkt < 1e-10);
        assert_true(end.value >= -1e-12);
    }
}

static void twins_are_not_unique(void **state)
{
    double k[9] = { 1, 1, 0, 1, 1, 0, 0, 0, 1 }; // columns e1, e1, e2
    double w[3];
    struct simplex_work work;
    assert_int_equal(ev_simplex_begin(ctx, 3, &work), PH_OK);
    struct simplex end = ev_simplex_solve(k, 3, &work, w);
    near(w[0] + w[1], 0.5, 1e-14);
    near(w[2], 0.5, 1e-14);
    assert_false(end.unique);
    ev_simplex_end(ctx, &work);
}

static void sdid_of_parallel_places(void **state)
{
    struct data d;
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    struct ph_sdid_result r;
    make(&d, 3);
    for (int i = 0; i < ROWS; i++) { // the same path everywhere, at other heights
        int t = i % PERIODS;
        d.y[i] = 10 * d.unit[i] + t * t - (d.treat[i] == 1 ? 2.5 : 0);
    }
    assert_int_equal(ph_sdid(ctx, &d.frame, &o, &r), PH_OK);
    near(r.head.estimate, -2.5, 1e-9);
    near(r.head.se, 0, 1e-9);
    ph_sdid_release(ctx, &r);
    o.variance = PH_SDID_JACKKNIFE;
    assert_int_equal(ph_sdid(ctx, &d.frame, &o, &r), PH_OK);
    assert_true(isnan(r.head.se) && r.head.warnings & PH_WARN_NO_VARIANCE);
    ph_sdid_release(ctx, &r);
}

static void sdid_variances(void **state)
{
    struct data d;
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    struct ph_sdid_result r;
    make(&d, 5);
    for (int i = 0; i < ROWS; i++) { // two more treated places
        d.treat[i] = d.unit[i] < 3 && d.time[i] >= 2000 + START;
    }
    double se[3];
    for (int v = 0; v < 3; v++) {
        o.variance = (enum ph_sdid_variance)v;
        assert_int_equal(ph_sdid(ctx, &d.frame, &o, &r), PH_OK);
        se[v] = r.head.se;
        assert_true(se[v] > 0 && isfinite(r.head.p));
        ph_sdid_release(ctx, &r);
        assert_int_equal(ph_sdid(ctx, &d.frame, &o, &r), PH_OK);
        assert_true(r.head.se == se[v]); // the same seed, the same bits
        ph_sdid_release(ctx, &r);
    }
    assert_true(se[0] / se[1] < 20 && se[1] / se[0] < 20 && se[2] / se[1] < 20);
}

static void refused(struct data *d, const char *words)
{
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result r;
    assert_int_equal(ph_synth(ctx, &d->frame, &o, &r), PH_DATA);
    if (!strstr(ph_context_message(ctx), words)) {
        fail_msg("“%s” does not say “%s”", ph_context_message(ctx), words);
    }
}

static void bad_panels(void **state)
{
    struct data d;
    make(&d, 1);
    d.time[1] = 2000; // rows 1 and 2 of unit 0
    refused(&d, "Rows 1 and 2");
    make(&d, 1);
    d.treat[PERIODS - 1] = 0;
    refused(&d, "Row 10");
    make(&d, 1);
    d.treat[PERIODS + 9] = 1; // unit 1 starts later
    refused(&d, "attgt");
    make(&d, 1);
    memset(d.treat, 0, sizeof(d.treat));
    refused(&d, "No unit is treated");
    make(&d, 1);
    uint8_t missing[ROWS] = { 0 };
    missing[2] = 1;
    d.column[0].missing = missing;
    refused(&d, "no outcome at time 2002");
    d.y[5] = NAN;
    refused(&d, "Row 6");
}

static void donors_with_gaps(void **state)
{
    struct data d;
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result r;
    make(&d, 1);
    uint8_t missing[ROWS] = { 0 };
    missing[5 * PERIODS + 3] = 1;
    d.column[0].missing = missing;
    assert_int_equal(ph_synth(ctx, &d.frame, &o, &r), PH_OK);
    assert_int_equal(r.donors, UNITS - 2);
    assert_int_equal(r.head.dropped[PH_DROP_OUTCOME], 1);
    assert_int_equal(r.head.dropped[PH_DROP_UNBALANCED], PERIODS - 1);
    assert_true(r.head.warnings & PH_WARN_DROPPED);
    ph_synth_release(ctx, &r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_found),
        cmocka_unit_test(order_shift_scale),
        cmocka_unit_test(simplex_is_optimal),
        cmocka_unit_test(twins_are_not_unique),
        cmocka_unit_test(sdid_of_parallel_places),
        cmocka_unit_test(sdid_variances),
        cmocka_unit_test(bad_panels),
        cmocka_unit_test(donors_with_gaps),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
