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

// ---- Roads to the same number ----

// What is left of V after a straight line on A and B with a constant, by their normal equations.
static void residuals(const struct table *t, const double *v, double *ret)
{
    double m[3][4] = { { 0 } };
    for (size_t i = 0; i < t->n; i++) {
        const double row[] = { 1, t->real[A][i] - t->real[A][0], t->real[B][i] - t->real[B][0],
            v[i] - v[0] };
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 4; b++) {
                m[a][b] += row[a] * row[b];
            }
        }
    }
    for (int k = 0; k < 3; k++) {
        for (int a = 0; a < 3; a++) {
            double share = m[a][k] / m[k][k];
            for (int b = k; a != k && b < 4; b++) {
                m[a][b] -= share * m[k][b];
            }
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        ret[i] = v[i] - v[0] - m[0][3] / m[0][0] -
                 (t->real[A][i] - t->real[A][0]) * m[1][3] / m[1][1] -
                 (t->real[B][i] - t->real[B][0]) * m[2][3] / m[2][2];
    }
}

// Frisch & Waugh: a coefficient is that of residuals on residuals; and with a cluster for each row
// CR0 is HC0.
static void residuals_on_residuals(void **state)
{
    static struct table t;
    static double y[MOST];
    static double x[MOST];
    for (uint64_t seed = 1; seed <= 40; seed++) {
        make_trial(&t, 2 * seed); // nothing is missing
        residuals(&t, t.real[Y], y);
        residuals(&t, t.real[TREAT], x);
        double xy = 0;
        double xx = 0;
        double xe = 0;
        for (size_t i = 0; i < t.n; i++) {
            xy += x[i] * y[i];
            xx += x[i] * x[i];
        }
        for (size_t i = 0; i < t.n; i++) {
            double e = y[i] - xy / xx * x[i];
            xe += x[i] * x[i] * e * e;
        }
        struct ph_regression_result r = fit(&t, "y ~ treat + a + b", PH_VCOV_HC0, PH_NONE, PH_NONE);
        struct ph_regression_result c = fit(&t, "y ~ treat + a + b", PH_VCOV_CR0, UNIT, PH_NONE);
        close_to(r.head.estimate, xy / xx, 1e-8);
        close_to(r.head.se, sqrt(xe) / xx, 1e-8);
        close_to(c.head.se, r.head.se, 1e-9);
        ph_regression_release(context, &r);
        ph_regression_release(context, &c);
    }
}

// Two periods: fixed effects, group-time effects and a comparison of changes are one estimate.
static void two_periods(void **state)
{
    static struct table t;
    static struct table changes;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        ev_random_start(&source, seed, EV_STREAM_TEST, 4);
        t.n = changes.n = 0;
        size_t units = 12 + below(60);
        for (size_t u = 0; u < units; u++) {
            bool treated = u % 3 == 0;
            double level = 100 * normal();
            add_row(&t, 0, level, (int32_t)u, 1);
            add_row(&t, treated, level + 2, (int32_t)u, 2);
            add_row(&changes, treated, 0, (int32_t)u, 1);
            changes.real[Y][u] = t.real[Y][2 * u + 1] - t.real[Y][2 * u];
            for (size_t i = 2 * u; i < 2 * u + 2; i++) {
                t.real[A][i] = (double)(i % 2) + 1; // the period
                t.real[B][i] = treated ? 2 : 0;     // the start
            }
        }
        set_frame(&t);
        set_frame(&changes);
        struct ph_regression_result r =
            fit(&t, "y ~ treat | unit + time", PH_VCOV_CR1, UNIT, PH_NONE);
        struct ph_two_group_options w = PH_TWO_GROUP_OPTIONS;
        struct ph_welch_result welch;
        need(ph_welch(context, &changes.frame, &w, &welch));
        close_to(r.head.estimate, welch.head.estimate, 1e-9);
        struct ph_attgt_options o = PH_ATTGT_OPTIONS;
        struct ph_attgt_result g;
        o.unit = UNIT;
        o.time = A;
        o.first_treated = B;
        need(ph_attgt(context, &t.frame, &o, &g));
        close_to(g.head.estimate, welch.head.estimate, 1e-9);
        ph_attgt_release(context, &g);
        ph_regression_release(context, &r);
    }
}

// Welch's variance is the jackknife's: rows left out in turn.
static void rows_left_out(void **state)
{
    static struct table t;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        make_trial(&t, 2 * seed);
        t.n = t.n < 60 ? t.n : 60;
        set_frame(&t);
        struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
        struct ph_welch_result whole;
        need(ph_welch(context, &t.frame, &o, &whole));
        double variance = 0;
        for (size_t i = 0; i < t.n; i++) {
            struct ph_welch_result part;
            swap_rows(&t, i, t.n - 1);
            t.frame.rows = t.n - 1;
            need(ph_welch(context, &t.frame, &o, &part));
            swap_rows(&t, i, t.n - 1);
            double n = (double)whole.n[t.real[TREAT][i] == 1];
            double gap = part.head.estimate - whole.head.estimate;
            variance += (n - 1) / n * gap * gap;
        }
        close_to(sqrt(variance), whole.head.se, 1e-6);
    }
}

// All assignments, or all patterns of signs, and a sample of them.
static void all_and_some(void **state)
{
    static struct table t;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        ev_random_start(&source, seed, EV_STREAM_TEST, 5);
        t.n = 0;
        for (int32_t i = 0; i < 12; i++) {
            double shared = normal();
            for (int32_t k = 0; k < 3 + i % 3; k++) {
                add_row(&t, i % 2, shared, 3 * i, k); // 12 clusters
            }
        }
        set_frame(&t);
        struct ph_randomise_options ro = PH_RANDOMISE_OPTIONS;
        struct ph_randomise_result every;
        struct ph_randomise_result drawn;
        ro.cluster = UNIT;
        ro.draws = 1000; // of 924 assignments
        need(ph_randomise(context, &t.frame, &ro, &every));
        ro.draws = 900;
        need(ph_randomise(context, &t.frame, &ro, &drawn));
        assert_true(every.enumerated && !drawn.enumerated);
        double by_lot = sqrt(every.head.p * (1 - every.head.p) / 900);
        assert_true(fabs(drawn.head.p - every.head.p) <= 5 * by_lot + 2.0 / 900);
        struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
        struct ph_wildboot_result all;
        struct ph_wildboot_result some;
        o.formula = "y ~ treat + a";
        o.cluster = UNIT;
        o.draws = 4096;
        need(ph_wildboot(context, &t.frame, &o, &all));
        o.draws = 4000;
        need(ph_wildboot(context, &t.frame, &o, &some));
        assert_true(all.enumerated && !some.enumerated);
        double error = sqrt(all.head.p * (1 - all.head.p) / 4000);
        assert_true(fabs(some.head.p - all.head.p) <= 5 * error + 2.0 / 4000);
    }
}

// Another unit of the outcome, from another zero: estimates follow, p-values stay.
static void unit_of_the_outcome(void **state)
{
    static struct table t;
    static const int32_t covariates[] = { A };
    for (uint64_t seed = 1; seed <= 30; seed++) {
        double estimate[4][2];
        double p[4][2];
        for (int k = 0; k < 2; k++) {
            make_panel(&t, 5 * seed); // neither apart nor of large levels
            for (size_t i = 0; k == 1 && i < t.n; i++) {
                t.real[Y][i] = 7 - 250 * t.real[Y][i];
            }
            struct ph_regression_result r =
                fit(&t, "y ~ treat + a | unit + time", PH_VCOV_CR2, UNIT, PH_NONE);
            struct ph_adjusted_options lo = PH_ADJUSTED_OPTIONS;
            struct ph_adjusted_result l;
            struct ph_randomise_options ro = PH_RANDOMISE_OPTIONS;
            struct ph_randomise_result lot;
            struct ph_wildboot_options wo = PH_WILDBOOT_OPTIONS;
            struct ph_wildboot_result w;
            lo.covariates = covariates;
            lo.n_covariates = 1;
            ro.draws = 300;
            wo.formula = "y ~ treat + a";
            wo.cluster = CLUSTER;
            wo.draws = 500;
            need(ph_adjusted(context, &t.frame, &lo, &l));
            need(ph_randomise(context, &t.frame, &ro, &lot));
            need(ph_wildboot(context, &t.frame, &wo, &w));
            const struct ph_result *heads[] = { &r.head, &l.head, &lot.head, &w.head };
            for (int j = 0; j < 4; j++) {
                estimate[j][k] = heads[j]->estimate;
                p[j][k] = heads[j]->p;
            }
            ph_regression_release(context, &r);
        }
        for (int j = 0; j < 4; j++) {
            close_to(estimate[j][1], -250 * estimate[j][0], 1e-7);
            close_to(p[j][1], p[j][0], 1e-6);
        }
    }
}

// ---- Memory ----

struct purse {
    size_t held, most;
};

static void *count_in(void *user, size_t size)
{
    struct purse *purse = user;
    size_t *block = malloc(size + 64);
    if (!block) {
        return NULL;
    }
    block[0] = size;
    purse->held += size;
    purse->most = purse->held > purse->most ? purse->held : purse->most;
    return (char *)block + 64;
}

static void count_out(void *user, void *block)
{
    size_t *start = (size_t *)(void *)((char *)block - 64);
    ((struct purse *)user)->held -= *start;
    free(start);
}

// What streams over rows takes no more than twice the input beside it.
static void memory_of_streams(void **state)
{
    enum { ROWS = 6000 };
    static struct table t;
    static const int32_t covariates[] = { A, B };
    ev_random_start(&source, 1, EV_STREAM_TEST, 6);
    t.n = 0;
    for (int32_t i = 0; i < ROWS; i++) {
        add_row(&t, i / 10 % 2 && i % 10 >= 5, 0, i / 10, i % 10);
    }
    set_frame(&t);
    struct purse purse = { 0, 0 };
    struct ph_context_options co = { .version = PH_VERSION,
        .allocator = { count_in, count_out, &purse } };
    struct ph_context *own = ph_context_new(&co);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    o.formula = "y ~ treat + a | unit + time";
    o.vcov = PH_VCOV_CR1;
    o.cluster[0] = UNIT;
    size_t before = purse.held;
    assert_int_equal(ph_regression(own, &t.frame, &o, &r), PH_OK);
    ph_regression_release(own, &r);
    assert_int_equal(purse.held, before);
    assert_true(purse.most <= 2 * ROWS * (3 * sizeof(double) + 2 * sizeof(int32_t)));
    purse.most = purse.held;
    struct ph_adjusted_options lo = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result l;
    lo.covariates = covariates;
    lo.n_covariates = 2;
    assert_int_equal(ph_adjusted(own, &t.frame, &lo, &l), PH_OK);
    assert_true(purse.most <= 2 * ROWS * 4 * sizeof(double));
    purse.most = purse.held;
    double values[21];
    for (int i = 0; i < 21; i++) {
        values[i] = i;
    }
    struct ph_cost_options mo = PH_COST_OPTIONS;
    struct ph_cost_result m;
    mo.effect[0] = mo.cost[0] = PH_NONE;
    mo.effect[1] = A;
    mo.cost[1] = B;
    mo.values = values;
    mo.n_values = 21;
    assert_int_equal(ph_cost(own, &t.frame, &mo, &m), PH_OK);
    ph_cost_release(own, &m);
    assert_true(purse.most <= 2 * ROWS * 2 * sizeof(double));
    ph_context_free(own);
    assert_int_equal(purse.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(lin_by_groups),
        cmocka_unit_test(lin_of_odd_data),
        cmocka_unit_test(residuals_on_residuals),
        cmocka_unit_test(two_periods),
        cmocka_unit_test(rows_left_out),
        cmocka_unit_test(all_and_some),
        cmocka_unit_test(unit_of_the_outcome),
        cmocka_unit_test(memory_of_streams),
    };
    context = ph_context_new(NULL);
    int failed = RUN_TESTS(tests);
    ph_context_free(context);
    return failed;
}
