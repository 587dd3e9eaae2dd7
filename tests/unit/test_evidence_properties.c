// SPDX-License-Identifier: Apache-2.0
// What must hold for any data: roads to the same number agree, whatever the order of the rows, the
// holes in the panel, the units that values are stated in. Many random data sets each.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "random.h"

enum { MOST = 6000, COLUMNS = 8 };

// y, treat, a, b and weights, and the keys unit, time, cluster.
struct table {
    size_t n;
    double real[5][MOST];
    int32_t key[3][MOST];
    uint8_t missing[MOST]; // of a
    struct ph_column column[COLUMNS];
    struct ph_frame frame;
};
enum { Y, TREAT, A, B, ONE, UNIT, TIME, CLUSTER };

static struct ev_random source;
static struct ph_context *context;

static double normal(void)
{
    return ev_random_normal(&source);
}

static size_t below(size_t n)
{
    return ev_random_below(&source, (uint32_t)n);
}

static void close_to(double got, double want, double rel)
{
    if (isnan(got) && isnan(want)) {
        return;
    }
    if (!(fabs(got - want) <= rel * fmax(fabs(want), 1e-6))) {
        fail_msg("%.17g, not %.17g", got, want);
    }
}

static void need(enum ph_status status)
{
    if (status != PH_OK) {
        fail_msg("%s", ph_context_message(context));
    }
}

static void set_frame(struct table *t)
{
    static const char *const names[COLUMNS] = { "y", "treat", "a", "b", "one", "unit", "time",
        "cluster" };
    for (int k = 0; k < COLUMNS; k++) {
        t->column[k] = (struct ph_column){ .name = names[k],
            .kind = k < UNIT ? PH_REAL : PH_KEY,
            .real = k < UNIT ? t->real[k] : NULL,
            .key = k < UNIT ? NULL : t->key[k - UNIT] };
    }
    t->frame = (struct ph_frame){ .rows = t->n, .columns = COLUMNS, .column = t->column };
}

static void add_row(struct table *t, double treat, double level, int32_t unit, int32_t time)
{
    size_t i = t->n++;
    t->real[TREAT][i] = treat;
    t->real[A][i] = 3 + normal();
    t->real[B][i] = 0.5 * t->real[A][i] + normal();
    t->real[ONE][i] = 1;
    t->real[Y][i] = level + 0.4 * treat + t->real[A][i] - 0.5 * t->real[B][i] + normal();
    t->key[0][i] = unit;
    t->key[1][i] = time;
    t->key[2][i] = unit / 3;
}

// A panel sorted by unit: with holes, with rows twice, with units of one row, with units that never
// meet in time, with levels a million times the noise.
static void make_panel(struct table *t, uint64_t seed)
{
    ev_random_start(&source, seed, EV_STREAM_TEST, 1);
    t->n = 0;
    size_t units = 8 + below(60);
    size_t times = 2 + below(12);
    size_t holes = seed % 3 == 0 ? 0 : 1 + below(5);
    double size = seed % 4 == 1 ? 1e6 : 1;
    bool apart = seed % 5 == 2;
    for (size_t u = 0; u < units; u++) {
        double level = size * normal();
        for (size_t k = 0; k < times; k++) {
            size_t copies = holes && below(10) < holes ? 0 : holes && below(20) == 0 ? 2 : 1;
            int32_t time = (int32_t)(2000 + k + (apart && u % 2 ? 100 : 0));
            for (; copies > 0; copies--) {
                add_row(t, u % 3 == 0 && k >= times / 2, level + (double)k, 7 * (int32_t)u, time);
            }
        }
    }
    set_frame(t);
}

static void swap_rows(struct table *t, size_t i, size_t j)
{
    for (int k = 0; k < 5; k++) {
        double v = t->real[k][i];
        t->real[k][i] = t->real[k][j];
        t->real[k][j] = v;
    }
    for (int k = 0; k < 3; k++) {
        int32_t v = t->key[k][i];
        t->key[k][i] = t->key[k][j];
        t->key[k][j] = v;
    }
    uint8_t m = t->missing[i];
    t->missing[i] = t->missing[j];
    t->missing[j] = m;
}

static void shuffle(struct table *t)
{
    for (size_t i = t->n - 1; i > 0; i--) {
        swap_rows(t, i, below(i + 1));
    }
}

static struct ph_regression_result fit(
    const struct table *t, const char *formula, enum ph_vcov vcov, int32_t cluster, int32_t weights)
{
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    o.formula = formula;
    o.vcov = vcov;
    o.cluster[0] = cluster;
    o.weights = weights;
    need(ph_regression(context, &t->frame, &o, &r));
    return r;
}

static void same_fits(const struct ph_regression_result *a, const struct ph_regression_result *b)
{
    assert_int_equal(a->head.n, b->head.n);
    assert_int_equal(a->k, b->k);
    assert_int_equal(a->singletons, b->singletons);
    assert_int_equal(a->n_coefficients, b->n_coefficients);
    for (size_t j = 0; j < a->n_coefficients; j++) {
        assert_int_equal(a->coefficients[j].dropped, b->coefficients[j].dropped);
        close_to(a->coefficients[j].estimate, b->coefficients[j].estimate, 1e-8);
        close_to(a->coefficients[j].se, b->coefficients[j].se, 1e-8);
    }
    close_to(a->r2_within, b->r2_within, 1e-7);
    close_to(a->sigma, b->sigma, 1e-8);
}

// Rows side by side by unit go one road, rows in any order or with weights (here all 1) another.
static void order_does_not_matter(void **state)
{
    static struct table t;
    static const char *const formulas[] = { "y ~ a + treat | unit + time", "y ~ a + treat | unit",
        "y ~ a + b | time + unit" };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        make_panel(&t, seed);
        for (size_t k = 0; k < 3; k++) {
            int32_t cluster = seed % 2 ? UNIT : CLUSTER;
            struct ph_regression_result sorted =
                fit(&t, formulas[k], PH_VCOV_CR1, cluster, PH_NONE);
            struct ph_regression_result weighted = fit(&t, formulas[k], PH_VCOV_CR1, cluster, ONE);
            same_fits(&sorted, &weighted);
            ph_regression_release(context, &weighted);
            shuffle(&t);
            struct ph_regression_result mixed = fit(&t, formulas[k], PH_VCOV_CR1, cluster, PH_NONE);
            same_fits(&sorted, &mixed);
            ph_regression_release(context, &mixed);
            ph_regression_release(context, &sorted);
            make_panel(&t, seed);
        }
    }
}

// ---- Lin ----

static void make_trial(struct table *t, uint64_t seed)
{
    ev_random_start(&source, seed, EV_STREAM_TEST, 2);
    t->n = 0;
    size_t n = 12 + below(seed % 5 == 0 ? 3000 : 90);
    size_t share = 2 + below(4);
    double shift = seed % 3 == 0 ? 1e6 : 0;
    for (size_t i = 0; i < n; i++) {
        add_row(t, i % share == 0, shift, (int32_t)i, (int32_t)(i % 7));
        t->missing[i] = seed % 2 && below(10) == 0;
        t->real[A][i] = t->missing[i] ? NAN : t->real[A][i] + 10 * shift;
    }
    set_frame(t);
    t->column[A].missing = t->missing;
}

// Sums by group and the regression with all products give the same.
static void lin_by_groups(void **state)
{
    static struct table t;
    static const int32_t both[] = { A, B };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        make_trial(&t, seed);
        for (int v = PH_VCOV_HC0; v <= PH_VCOV_HC3; v++) {
            struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
            struct ph_adjusted_result streamed;
            struct ph_adjusted_result whole;
            o.covariates = both;
            o.n_covariates = 1 + seed % 2;
            o.vcov = (enum ph_vcov)v;
            need(ph_adjusted(context, &t.frame, &o, &streamed));
            o.weights = ONE;
            need(ph_adjusted(context, &t.frame, &o, &whole));
            close_to(streamed.head.estimate, whole.head.estimate, 1e-8);
            close_to(streamed.head.se, whole.head.se, 1e-8);
            close_to(streamed.head.p, whole.head.p, 1e-6);
            close_to(streamed.unadjusted, whole.unadjusted, 1e-8);
            close_to(streamed.unadjusted_se, whole.unadjusted_se, 1e-8);
            assert_true(streamed.head.df == whole.head.df);
            assert_true(streamed.head.warnings == whole.head.warnings);
            assert_true(streamed.n_treated == whole.n_treated);
            assert_int_equal(streamed.head.n, whole.head.n);
        }
    }
}

// A covariate that follows from another, and an exact fit, are left to the regression.
static void lin_of_odd_data(void **state)
{
    static struct table t;
    static const int32_t both[] = { A, B };
    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result r;
    o.covariates = both;
    o.n_covariates = 2;
    make_trial(&t, 2);
    for (size_t i = 0; i < t.n; i++) {
        t.real[B][i] = 2 * t.real[A][i] - 1;
    }
    need(ph_adjusted(context, &t.frame, &o, &r));
    assert_int_equal(r.dropped_covariates, 2);
    assert_true(r.head.warnings & PH_WARN_COLLINEAR);
    for (size_t i = 0; i < t.n; i++) {
        t.real[Y][i] = 1 + t.real[TREAT][i] + t.real[A][i];
    }
    o.n_covariates = 1;
    need(ph_adjusted(context, &t.frame, &o, &r));
    close_to(r.head.estimate, 1, 1e-9);
    assert_true(isnan(r.head.se)); // an exact fit
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(lin_by_groups),
        cmocka_unit_test(lin_of_odd_data),
    };
    context = ph_context_new(NULL);
    int failed = RUN_TESTS(tests);
    ph_context_free(context);
    return failed;
}
