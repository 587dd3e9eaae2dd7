// SPDX-License-Identifier: Apache-2.0
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { N = 120 };

struct trial {
    double y[N], treat[N], x[N], z[N];
    int32_t cluster[N], stratum[N], one[N];
    uint8_t missing[N];
    struct ph_column column[8];
    struct ph_frame frame;
};

static uint64_t state_of;

static double noise(void)
{
    double sum = 0;
    for (int i = 0; i < 6; i++) {
        state_of = state_of * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(state_of >> 40) / 0x1p24 - 0.5;
    }
    return sum;
}

// TREATED of N rows, spread evenly; 12 clusters of 10, whole clusters treated when BY_CLUSTER.
static void make(struct trial *t, uint64_t seed, int treated, bool by_cluster)
{
    memset(t, 0, sizeof(*t));
    state_of = seed;
    for (int i = 0; i < N; i++) {
        t->x[i] = noise();
        t->z[i] = noise();
        t->cluster[i] = i / 10;
        t->stratum[i] = i % 3;
        t->treat[i] = by_cluster ? t->cluster[i] % 2 : i * treated / N != (i + 1) * treated / N;
        t->y[i] = 0.25 * t->treat[i] + t->x[i] + noise();
    }
    struct ph_column column[] = { { .name = "y", .kind = PH_REAL, .real = t->y },
        { .name = "treat", .kind = PH_REAL, .real = t->treat },
        { .name = "x", .kind = PH_REAL, .real = t->x },
        { .name = "z", .kind = PH_REAL, .real = t->z },
        { .name = "cluster", .kind = PH_KEY, .key = t->cluster },
        { .name = "stratum", .kind = PH_KEY, .key = t->stratum },
        { .name = "one", .kind = PH_KEY, .key = t->one } };
    memcpy(t->column, column, sizeof(column));
    t->frame = (struct ph_frame){ .rows = N, .columns = 7, .column = t->column };
}

static struct ph_context *context_of(uint32_t threads, uint64_t seed)
{
    struct ph_context_options o = { .version = PH_VERSION, .threads = threads, .seed = seed };
    return ph_context_new(&o);
}

static void close_to(double got, double want, double abs)
{
    if (!(fabs(got - want) <= abs)) {
        print_error("%.17g, not %.17g\n", got, want);
    }
    assert_true(fabs(got - want) <= abs);
}

static struct ph_randomise_result lot(
    struct ph_context *c, const struct trial *t, int32_t cluster, int32_t stratum, size_t draws)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    o.cluster = cluster;
    o.stratum = stratum;
    o.draws = draws;
    assert_int_equal(ph_randomise(c, &t->frame, &o, &r), PH_OK);
    return r;
}

// Shuffles and bits draw from the same assignments: two programs, one p-value.
static void bits_agree_with_shuffles(void **state)
{
    static const int treated[] = { 60, 13, 107, 1, 119, 45 };
    static struct trial t;
    struct ph_context *c = context_of(2, 5);
    for (size_t i = 0; i < 6; i++) {
        make(&t, 10 + i, treated[i], false);
        struct ph_randomise_result bits = lot(c, &t, PH_NONE, PH_NONE, 40000);
        struct ph_randomise_result shuffles = lot(c, &t, PH_NONE, 6, 40000);
        assert_int_equal(bits.treated, treated[i]);
        assert_int_equal(shuffles.strata, 1);
        bool all = treated[i] == 1 || treated[i] == 119;
        assert_true(bits.enumerated == all);
        double error = sqrt(2 * bits.head.p * (1 - bits.head.p) / 40000);
        close_to(shuffles.head.p, bits.head.p, all ? 0 : 5 * error);
    }
    ph_context_free(c);
}

static void enumeration(void **state)
{
    static struct trial t;
    make(&t, 3, 60, true);
    struct ph_context *c = context_of(1, 5);
    struct ph_randomise_result all = lot(c, &t, 4, PH_NONE, 924);
    assert_true(all.enumerated); // 12 choose 6
    assert_int_equal(all.draws, 924);
    struct ph_randomise_result drawn = lot(c, &t, 4, PH_NONE, 923);
    assert_false(drawn.enumerated);
    close_to(drawn.head.p, all.head.p, 0.08);
    drawn = lot(c, &t, 4, PH_NONE, 900);
    // Within strata: 3 of 40 clusters of one row each would be too many; take 9 rows.
    t.frame.rows = 9;
    for (int i = 0; i < 9; i++) {
        t.treat[i] = i < 3 || i == 5;
    }
    struct ph_randomise_result strata = lot(c, &t, PH_NONE, 5, 9999);
    assert_true(strata.enumerated);
    close_to(strata.assignments, 27, 0); // 3 choose 1, 1 and 2
    assert_int_equal(strata.draws, 27);
    ph_context_free(c);
}

// p of the constant effect E, as a test of its own: on outcomes from which it was taken.
static double lot_without(struct ph_context *c, const struct trial *t,
    const struct ph_randomise_options *o, double effect)
{
    static struct trial less;
    struct ph_randomise_options plain = *o;
    struct ph_randomise_result r;
    less = *t;
    less.column[0].real = less.y;
    less.frame.column = less.column;
    for (int i = 0; i < N; i++) {
        less.y[i] -= effect * less.treat[i];
    }
    plain.invert = false;
    plain.n_effects = 0;
    assert_int_equal(ph_randomise(c, &less.frame, &plain, &r), PH_OK);
    return r.head.p;
}

// One set of draws answers for every constant effect as draws of their own would: rows by bits,
// rows that are few among many, clusters by shuffles, strata, and all assignments.
static void other_effects(void **state)
{
    static const struct {
        int treated;
        int32_t cluster, stratum;
        size_t draws;
    } cases[] = { { 60, PH_NONE, PH_NONE, 1999 }, { 13, PH_NONE, PH_NONE, 999 },
        { 60, 4, PH_NONE, 500 }, { 45, PH_NONE, 5, 999 }, { 60, 4, PH_NONE, 9999 },
        { 60, 4, 6, 700 } };
    static struct trial t;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ph_context *c = context_of((uint32_t)(1 + i % 3), 8);
        make(&t, 30 + i, cases[i].treated, cases[i].cluster != PH_NONE);
        struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
        struct ph_randomise_result r;
        o.cluster = cases[i].cluster;
        o.stratum = cases[i].stratum;
        o.draws = cases[i].draws;
        o.invert = true;
        o.n_effects = 3;
        o.effect[1] = 0.4;
        o.effect[2] = -1;
        assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_OK);
        assert_true(r.head.p == lot_without(c, &t, &o, 0) && r.p_of[0] == r.head.p);
        assert_true(r.p_of[1] == lot_without(c, &t, &o, 0.4));
        assert_true(r.p_of[2] == lot_without(c, &t, &o, -1));
        struct ph_interval in = r.head.interval;
        assert_true(in.lo < r.head.estimate && r.head.estimate < in.hi);
        assert_true(lot_without(c, &t, &o, in.lo + 1e-9) > 0.05);
        assert_true(lot_without(c, &t, &o, in.lo - 1e-9) <= 0.05);
        assert_true(lot_without(c, &t, &o, in.hi - 1e-9) > 0.05);
        assert_true(lot_without(c, &t, &o, in.hi + 1e-9) <= 0.05);
        o.level = 0.99999; // no assignment is as rare
        assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_OK);
        assert_true(isnan(r.head.interval.lo) && isnan(r.head.interval.hi));
        assert_true(r.head.warnings & PH_WARN_NO_LIMIT);
        o.n_effects = PH_RANDOMISE_EFFECTS_MAX + 1;
        assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_INVALID);
        ph_context_free(c);
    }
}

static void threads_change_nothing(void **state)
{
    static struct trial t;
    make(&t, 4, 50, true);
    double first[4] = { NAN, NAN, NAN, NAN };
    for (uint32_t threads = 1; threads <= 5; threads++) {
        struct ph_context *c = context_of(threads, 77);
        struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
        struct ph_wildboot_result w;
        o.formula = "y ~ treat + x";
        o.cluster = 4;
        o.draws = 3000;
        o.weighting = PH_WILD_WEBB;
        assert_int_equal(ph_wildboot(c, &t.frame, &o, &w), PH_OK);
        double now[4] = { lot(c, &t, PH_NONE, PH_NONE, 5001).head.p,
            lot(c, &t, PH_NONE, 5, 5001).head.p, w.head.p, w.head.interval.lo };
        if (threads == 1) {
            memcpy(first, now, sizeof(first));
        }
        assert_memory_equal(now, first, sizeof(first));
        ph_context_free(c);
    }
}

static void seeds_change_draws(void **state)
{
    static struct trial t;
    make(&t, 4, 50, false);
    struct ph_context *a = context_of(1, 1);
    struct ph_context *b = context_of(1, 2);
    assert_int_not_equal(
        lot(a, &t, PH_NONE, PH_NONE, 5001).as_large, lot(b, &t, PH_NONE, PH_NONE, 5001).as_large);
    ph_context_free(a);
    ph_context_free(b);
}

static void adjustments(void **state)
{
    static struct trial t;
    struct ph_context *c = context_of(1, 1);
    for (uint64_t seed = 1; seed < 6; seed++) {
        make(&t, seed, 47, false);
        struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
        struct ph_adjusted_result plain;
        struct ph_adjusted_result lin;
        struct ph_adjusted_result moved;
        assert_int_equal(ph_adjusted(c, &t.frame, &o, &plain), PH_OK);
        close_to(plain.head.estimate, plain.unadjusted, 1e-12);
        close_to(plain.head.se, plain.unadjusted_se, 1e-12);
        static const int32_t columns[] = { 2, 3 };
        o.covariates = columns;
        o.n_covariates = 2;
        assert_int_equal(ph_adjusted(c, &t.frame, &o, &lin), PH_OK);
        assert_true(lin.variance_reduction > 0.2);
        // Lin is the difference of each group's regression at the overall means.
        struct ph_regression_options ro = PH_REGRESSION_OPTIONS;
        struct ph_regression_result r;
        double mean[2] = { 0, 0 };
        for (int i = 0; i < N; i++) {
            mean[0] += t.x[i] / N;
            mean[1] += t.z[i] / N;
        }
        char formula[200];
        snprintf(formula, sizeof(formula), "y ~ treat*I(x - (%.17g)) + treat*I(z - (%.17g))",
            mean[0], mean[1]);
        ro.formula = formula;
        assert_int_equal(ph_regression(c, &t.frame, &ro, &r), PH_OK);
        close_to(lin.head.estimate, r.head.estimate, 1e-11);
        close_to(lin.head.se, r.head.se, 1e-11);
        ph_regression_release(c, &r);
        for (int i = 0; i < N; i++) {
            t.x[i] = 1e6 - 3 * t.x[i];
        }
        assert_int_equal(ph_adjusted(c, &t.frame, &o, &moved), PH_OK);
        close_to(moved.head.estimate, lin.head.estimate, 1e-8);
        close_to(moved.head.se, lin.head.se, 1e-8);
        o.adjustment = PH_ADJUST_CUPED;
        assert_int_equal(ph_adjusted(c, &t.frame, &o, &moved), PH_OK);
        close_to(moved.head.estimate, lin.head.estimate, 0.15);
        close_to(moved.head.se, lin.head.se, 0.05);
    }
    ph_context_free(c);
}

static void strata(void **state)
{
    static struct trial t;
    struct ph_context *c = context_of(1, 1);
    make(&t, 8, 47, false);
    struct ph_poststratified_options o = PH_POSTSTRATIFIED_OPTIONS;
    struct ph_poststratified_result r;
    struct ph_two_group_options w = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result welch;
    o.stratum = 6;
    assert_int_equal(ph_poststratified(c, &t.frame, &o, &r), PH_OK);
    assert_int_equal(ph_welch(c, &t.frame, &w, &welch), PH_OK);
    close_to(r.head.estimate, welch.head.estimate, 1e-12);
    close_to(r.head.se, welch.head.se, 1e-12);
    close_to(r.head.df, welch.head.df, 1e-9);
    o.stratum = 5;
    assert_int_equal(ph_poststratified(c, &t.frame, &o, &r), PH_OK);
    assert_int_equal(r.strata, 3);
    t.stratum[0] = 9;
    assert_int_equal(ph_poststratified(c, &t.frame, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(c), "Stratum 9"));
    o.stratum = PH_NONE;
    assert_int_equal(ph_poststratified(c, &t.frame, &o, &r), PH_INVALID);
    ph_context_free(c);
}

static void gates(void **state)
{
    struct ph_context *c = context_of(1, 1);
    struct ph_ratio_result r;
    assert_int_equal(ph_sample_ratio(c, 821588, 815482, 0.5, &r), PH_OK); // Fabijan et al. 2019
    close_to(r.chi2, 22.7745, 1e-3);
    assert_true(r.mismatch && (r.warnings & PH_WARN_RATIO_MISMATCH));
    assert_int_equal(ph_sample_ratio(c, 50, 50, 0.5, &r), PH_OK);
    close_to(r.p, 1, 0);
    assert_int_equal(ph_sample_ratio(c, -1, 50, 0.5, &r), PH_DATA);
    assert_int_equal(ph_sample_ratio(c, 0, 0, 0.5, &r), PH_DATA);
    assert_int_equal(ph_sample_ratio(c, 5, 5, 1, &r), PH_INVALID);
    static struct trial t;
    make(&t, 8, 5, false);
    // Treated 1..5 all measured; compared 10..14, one lost: the treated lose a fifth.
    for (int i = 0; i < 10; i++) {
        t.treat[i] = i < 5;
        t.y[i] = i < 5 ? i + 1 : i + 5;
    }
    t.frame.rows = 10;
    t.missing[9] = 1;
    t.column[0].missing = t.missing;
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_attrition_result a;
    assert_int_equal(ph_attrition(c, &t.frame, &o, &a), PH_OK);
    close_to(a.head.estimate, -0.2, 1e-12);
    close_to(a.trimmed, 0.2, 1e-12);
    close_to(a.lee.lo, 2.5 - 11.5, 1e-12);
    close_to(a.lee.hi, 3.5 - 11.5, 1e-12);
    ph_context_free(c);
}

static void wild_bootstrap(void **state)
{
    static struct trial t;
    struct ph_context *c = context_of(1, 3);
    make(&t, 21, 0, true);
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result all;
    struct ph_wildboot_result r;
    o.formula = "y ~ treat + x";
    o.cluster = 4;
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &all), PH_OK);
    assert_true(all.enumerated);
    assert_int_equal(all.draws, 4096);
    o.draws = 4095;
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_OK);
    assert_false(r.enumerated);
    close_to(r.head.p, all.head.p, 0.05);
    // The interval's ends are where p passes alpha.
    o.draws = 9999;
    for (int side = 0; side < 2; side++) {
        double end = side ? all.head.interval.hi : all.head.interval.lo;
        double step = (end - all.head.estimate) * 1e-6;
        o.null = end - step;
        assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_OK);
        assert_true(r.head.p > 0.05);
        o.null = end + step;
        assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_OK);
        assert_true(r.head.p <= 0.05);
    }
    // Scale and shift.
    o.null = 0;
    for (int i = 0; i < N; i++) {
        t.y[i] = 5000 - 100 * t.y[i];
    }
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_OK);
    close_to(r.head.p, all.head.p, 0);
    close_to(r.head.interval.hi, -100 * all.head.interval.lo, 1e-6);
    // Fixed effects within clusters may be taken out or written out.
    for (int i = 0; i < N; i++) {
        t.stratum[i] = i / 5;
        t.treat[i] = t.cluster[i] % 2 && i % 5 > 2;
    }
    o.formula = "y ~ treat + x | stratum";
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &all), PH_OK);
    o.formula = "y ~ treat + x + factor(stratum)";
    o.counted = PH_COUNT_ALL;
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_OK);
    close_to(r.head.p, all.head.p, 1e-12);
    close_to(r.head.interval.lo, all.head.interval.lo, 1e-8 * fabs(all.head.estimate));
    // Three clusters rule nothing out.
    t.frame.rows = 30;
    o.formula = "y ~ treat";
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_OK);
    assert_true(isnan(r.head.interval.lo) && (r.head.warnings & PH_WARN_NO_LIMIT));
    o.cluster = PH_NONE;
    assert_int_equal(ph_wildboot(c, &t.frame, &o, &r), PH_INVALID);
    ph_context_free(c);
}

static void bad_input(void **state)
{
    static struct trial t;
    struct ph_context *c = context_of(1, 3);
    make(&t, 21, 30, false);
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    o.cluster = 4;
    assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(c), "its cluster is elsewhere in another group"));
    o.cluster = PH_NONE;
    o.draws = 0;
    assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_INVALID);
    o.draws = 999;
    for (int i = 0; i < N; i++) {
        t.treat[i] = 1;
    }
    assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_DATA);
    struct ph_adjusted_options a = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result ar;
    assert_int_equal(ph_adjusted(c, &t.frame, &a, &ar), PH_DATA);
    t.treat[3] = 0.5;
    assert_int_equal(ph_adjusted(c, &t.frame, &a, &ar), PH_DATA);
    assert_non_null(strstr(ph_context_message(c), "Row 4, treat"));
    // The same outcome for all: nothing is as large as nothing, and all are.
    make(&t, 21, 30, false);
    for (int i = 0; i < N; i++) {
        t.y[i] = 7;
    }
    assert_int_equal(ph_randomise(c, &t.frame, &o, &r), PH_OK);
    close_to(r.head.p, 1, 0);
    ph_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_agree_with_shuffles),
        cmocka_unit_test(enumeration),
        cmocka_unit_test(other_effects),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(seeds_change_draws),
        cmocka_unit_test(adjustments),
        cmocka_unit_test(strata),
        cmocka_unit_test(gates),
        cmocka_unit_test(wild_bootstrap),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
