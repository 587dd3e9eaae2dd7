// SPDX-License-Identifier: Apache-2.0
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { N = 240 };

// A panel with unequal groups: y, post, x, weight, and the keys unit, time, region.
struct panel {
    double y[N], post[N], x[N], weight[N];
    int32_t unit[N], time[N], region[N], number[N];
    uint8_t missing[N];
    struct ph_column column[9];
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

static void frame_of(struct panel *p, size_t rows)
{
    struct ph_column column[] = { { .name = "y", .kind = PH_REAL, .real = p->y },
        { .name = "post", .kind = PH_REAL, .real = p->post },
        { .name = "x", .kind = PH_REAL, .real = p->x },
        { .name = "weight", .kind = PH_REAL, .real = p->weight },
        { .name = "unit", .kind = PH_KEY, .key = p->unit },
        { .name = "time", .kind = PH_KEY, .key = p->time },
        { .name = "region", .kind = PH_KEY, .key = p->region },
        { .name = "number", .kind = PH_KEY, .key = p->number } };
    memcpy(p->column, column, sizeof(column));
    p->frame = (struct ph_frame){ .rows = rows, .columns = 8, .column = p->column };
}

static void make(struct panel *p, uint64_t seed)
{
    memset(p, 0, sizeof(*p));
    state_of = seed;
    size_t n = 0;
    for (int32_t unit = 0; n < N; unit++) {
        double effect = noise();
        for (int32_t time = 0; time < 6 + unit % 5 && n < N; time++, n++) {
            p->unit[n] = 100 * unit;
            p->time[n] = 2000 + (time + unit) % 9;
            p->region[n] = unit % 4;
            p->number[n] = (int32_t)n;
            p->post[n] = unit % 3 == 0 && time >= 3;
            p->x[n] = noise() + effect;
            p->weight[n] = 1 + (double)(n % 3);
            p->y[n] = effect + 0.1 * time + 0.5 * p->post[n] + p->x[n] + noise();
        }
    }
    frame_of(p, N);
}

static struct ph_regression_result fit(
    struct ph_context *c, const struct ph_frame *f, const struct ph_regression_options *o)
{
    struct ph_regression_result r = { 0 };
    enum ph_status status = ph_regression(c, f, o, &r);
    if (status != PH_OK) {
        print_error("%s\n", ph_context_message(c));
    }
    assert_int_equal(status, PH_OK);
    return r;
}

static void close_to(double got, double want, double rel)
{
    if (!(fabs(got - want) <= rel * fmax(fabs(want), 1e-8))) {
        print_error("%.17g, not %.17g\n", got, want);
    }
    assert_true(fabs(got - want) <= rel * fmax(fabs(want), 1e-8));
}

static void same_heads(
    const struct ph_regression_result *a, const struct ph_regression_result *b, double rel)
{
    close_to(a->head.estimate, b->head.estimate, rel);
    close_to(a->head.se, b->head.se, rel);
    close_to(a->head.df, b->head.df, 10 * rel);
    close_to(a->head.p, b->head.p, 100 * rel);
    assert_int_equal(a->head.n, b->head.n);
}

// Absorbed fixed effects and dummies are two roads to the same numbers, for every covariance.
static void absorbed_equals_dummies(void **state)
{
    static const char *const pairs[][2] = { { "y ~ post + x | unit",
                                                "y ~ post + x + factor(unit)" },
        { "y ~ post + x | unit + time", "y ~ post + x + factor(unit) + factor(time)" },
        { "y ~ post*x | region + time", "y ~ post*x + factor(region) + factor(time)" },
        { "y ~ post + x | unit + time + region",
            "y ~ post + x + factor(unit) + factor(time) + factor(region)" } };
    static struct panel p;
    struct ph_context *c = ph_context_new(NULL);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        make(&p, seed);
        for (size_t i = 0; i < 4; i++) {
            for (int v = PH_VCOV_IID; v <= PH_VCOV_CR3; v++) {
                struct ph_regression_options o = PH_REGRESSION_OPTIONS;
                o.vcov = (enum ph_vcov)v;
                o.counted = PH_COUNT_ALL;
                o.weights = seed % 2 ? 3 : PH_NONE;
                o.cluster[0] = v >= PH_VCOV_CR0 ? 4 : PH_NONE;
                o.formula = pairs[i][0];
                struct ph_regression_result a = fit(c, &p.frame, &o);
                o.formula = pairs[i][1];
                struct ph_regression_result b = fit(c, &p.frame, &o);
                close_to(a.head.estimate, b.coefficients[1].estimate, 1e-9);
                // With three kinds the rank of the third is assumed, so the factors differ.
                if (i < 3 || (v != PH_VCOV_IID && v != PH_VCOV_HC1 && v != PH_VCOV_CR1)) {
                    close_to(a.head.se, b.coefficients[1].se, 1e-8);
                }
                if (v >= PH_VCOV_CR0) {
                    close_to(a.head.df, b.coefficients[1].df, 1e-6);
                }
                close_to(a.sigma * a.sigma * (double)(N - a.k),
                    b.sigma * b.sigma * (double)(N - b.k), 1e-9);
                ph_regression_release(c, &a);
                ph_regression_release(c, &b);
            }
        }
    }
    ph_context_free(c);
}

static void shuffle(struct panel *p)
{
    for (size_t i = N - 1; i > 0; i--) {
        size_t j = (size_t)(fabs(noise()) * 1e6) % (i + 1);
#define SWAP(type, a)                                                                              \
    do {                                                                                           \
        type t = p->a[i];                                                                          \
        p->a[i] = p->a[j];                                                                         \
        p->a[j] = t;                                                                               \
    } while (0)
        SWAP(double, y);
        SWAP(double, post);
        SWAP(double, x);
        SWAP(double, weight);
        SWAP(int32_t, unit);
        SWAP(int32_t, time);
        SWAP(int32_t, region);
    }
}

static void order_scale_and_shift(void **state)
{
    static struct panel p;
    static struct panel q;
    struct ph_context *c = ph_context_new(NULL);
    for (int v = PH_VCOV_IID; v <= PH_VCOV_CR3; v++) {
        struct ph_regression_options o = PH_REGRESSION_OPTIONS;
        o.formula = "y ~ post + x | unit + time";
        o.vcov = (enum ph_vcov)v;
        o.cluster[0] = v >= PH_VCOV_CR0 ? 4 : PH_NONE;
        make(&p, 9);
        struct ph_regression_result a = fit(c, &p.frame, &o);
        q = p;
        frame_of(&q, N);
        shuffle(&q);
        struct ph_regression_result b = fit(c, &q.frame, &o);
        same_heads(&a, &b, 1e-9);
        ph_regression_release(c, &b);
        q = p;
        frame_of(&q, N);
        for (size_t i = 0; i < N; i++) {
            q.y[i] = 1e6 + 1000 * p.y[i];
            q.x[i] = 1e5 - p.x[i] / 1e4;
            q.unit[i] = 1000000 - p.unit[i];
        }
        b = fit(c, &q.frame, &o);
        b.head.estimate /= 1000;
        b.head.se /= 1000;
        same_heads(&a, &b, 1e-6);
        ph_regression_release(c, &b);
        ph_regression_release(c, &a);
    }
    ph_context_free(c);
}

// The jackknife over clusters, by leaving each out, is CR3; CR2 with rows as clusters is HC2.
static void jackknife(void **state)
{
    static struct panel p;
    struct ph_context *c = ph_context_new(NULL);
    make(&p, 3);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = "y ~ post + x";
    o.vcov = PH_VCOV_CR3;
    o.cluster[0] = 4;
    struct ph_regression_result all = fit(c, &p.frame, &o);
    double sum = 0;
    o.vcov = PH_VCOV_IID;
    o.cluster[0] = PH_NONE;
    p.column[0].missing = p.missing;
    for (size_t g = 0; g < all.clusters[0]; g++) {
        for (size_t i = 0; i < N; i++) {
            p.missing[i] = p.unit[i] == 100 * (int32_t)g;
        }
        struct ph_regression_result part = fit(c, &p.frame, &o);
        double d = part.head.estimate - all.head.estimate;
        sum += d * d;
        ph_regression_release(c, &part);
    }
    close_to(all.head.se, sqrt(sum), 1e-9);
    p.column[0].missing = NULL;
    o.vcov = PH_VCOV_CR2;
    o.cluster[0] = 7;
    struct ph_regression_result rows = fit(c, &p.frame, &o);
    o.vcov = PH_VCOV_HC2;
    o.cluster[0] = PH_NONE;
    struct ph_regression_result hc2 = fit(c, &p.frame, &o);
    close_to(rows.head.se, hc2.head.se, 1e-9);
    ph_regression_release(c, &all);
    ph_regression_release(c, &rows);
    ph_regression_release(c, &hc2);
    ph_context_free(c);
}

// Two groups: OLS is the difference of means, HC2 is Welch's standard error, and the df of CR2 with
// rows as clusters is Satterthwaite's for Welch under equal variances.
static void two_groups(void **state)
{
    static struct panel p;
    struct ph_context *c = ph_context_new(NULL);
    make(&p, 5);
    struct ph_two_group_options w = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result welch;
    assert_int_equal(ph_welch(c, &p.frame, &w, &welch), PH_OK);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = "y ~ post";
    struct ph_regression_result r = fit(c, &p.frame, &o);
    close_to(r.head.estimate, welch.head.estimate, 1e-12);
    close_to(r.head.se, welch.head.se, 1e-12);
    ph_regression_release(c, &r);
    o.vcov = PH_VCOV_CR2;
    o.cluster[0] = 7;
    r = fit(c, &p.frame, &o);
    double a = (double)welch.n[0];
    double b = (double)welch.n[1];
    double v = 1 / a + 1 / b;
    close_to(r.head.df, v * v / (1 / (a * a * (a - 1)) + 1 / (b * b * (b - 1))), 1e-9);
    ph_regression_release(c, &r);
    ph_context_free(c);
}

// Whole weights are rows written so many times.
static void weights_are_copies(void **state)
{
    static struct panel p;
    static struct panel q;
    struct ph_context *c = ph_context_new(NULL);
    make(&p, 7);
    memset(&q, 0, sizeof(q));
    size_t n = 0;
    for (size_t i = 0; n + 3 <= N; i++) {
        for (int k = 0; k < (int)p.weight[i]; k++, n++) {
            q.y[n] = p.y[i];
            q.post[n] = p.post[i];
            q.x[n] = p.x[i];
            q.unit[n] = p.unit[i];
        }
        p.frame.rows = i + 1;
    }
    frame_of(&q, n);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = "y ~ post + x | unit";
    o.vcov = PH_VCOV_CR0;
    o.cluster[0] = 4;
    struct ph_regression_result b = fit(c, &q.frame, &o);
    o.weights = 3;
    struct ph_regression_result a = fit(c, &p.frame, &o);
    close_to(a.head.estimate, b.head.estimate, 1e-10);
    close_to(a.head.se, b.head.se, 1e-10);
    ph_regression_release(c, &a);
    ph_regression_release(c, &b);
    ph_context_free(c);
}

static void refuses(struct ph_context *c, const struct ph_frame *f,
    const struct ph_regression_options *o, enum ph_status status, const char *words)
{
    struct ph_regression_result r;
    memset(&r, 0x55, sizeof(r));
    struct ph_regression_result before = r;
    assert_int_equal(ph_regression(c, f, o, &r), status);
    if (!strstr(ph_context_message(c), words)) {
        print_error("%s\n", ph_context_message(c));
    }
    assert_non_null(strstr(ph_context_message(c), words));
    assert_memory_equal(&r, &before, sizeof(r));
}

static void bad_formulas(void **state)
{
    static const struct {
        const char *formula, *words;
    } cases[] = { { "", "ends too early" }, { "y", "a ~ is expected" }, { "y ~", "a term is" },
        { "y ~ post +", "a term is" }, { "y ~ post | ", "to absorb" },
        { "y ~ nothing", "There is no column nothing" }, { "y ~ post | x", "There is no column x" },
        { "y ~ factor(post)", "There is no column post with keys" },
        { "y ~ factor(unit", "factor() takes" }, { "y ~ tan(x)", "There is no function tan" },
        { "y ~ log(x", "bracket" }, { "y ~ min(x)", "comma" }, { "y ~ post x", "not understood" },
        { "y ~ 3", "a term is" }, { "y ~ - post", "only the intercept" },
        { "y ~ post | unit + unit", "absorbed twice" }, { "y ~ `post", "a name" },
        { "y ~ I(post & )", "a name or a number" }, { "y ~ log(-1)", "not a finite number" },
        { "y ~ I(log(x) > 0)", "not a finite number" }, { "log(x) ~ post", "not a finite number" },
        { "y ~ 0", "no coefficient" }, { "y ~ post*x*y*weight*log(y)*abs(y)*sin(y)", "at most" } };
    static struct panel p;
    make(&p, 1);
    struct ph_context *c = ph_context_new(NULL);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        o.formula = cases[i].formula;
        assert_int_not_equal(ph_regression(c, &p.frame, &o, &r), PH_OK);
        if (!strstr(ph_context_message(c), cases[i].words)) {
            print_error("%s: %s\n", cases[i].formula, ph_context_message(c));
        }
        assert_non_null(strstr(ph_context_message(c), cases[i].words));
    }
    char deep[3000] = "y ~ I(";
    for (size_t i = 6; i < 2900; i++) {
        deep[i] = i % 2 ? '-' : '(';
    }
    o.formula = deep;
    assert_int_equal(ph_regression(c, &p.frame, &o, &r), PH_INVALID);
    ph_context_free(c);
}

// Enough for a program to load a frame by: each column once a kind, in the order of the formula.
static void what_a_formula_needs(void **state)
{
    static const struct {
        const char *name;
        enum ph_column_kind kind;
    } needed[] = { { "y", PH_REAL }, { "year", PH_REAL }, { "start", PH_REAL }, { "x", PH_REAL },
        { "the town", PH_KEY }, { "unit", PH_KEY }, { "year", PH_KEY } };
    struct ph_context *c = ph_context_new(NULL);
    struct ph_formula_columns columns;
    assert_int_equal(
        ph_formula_columns(
            c, "log(y) ~ I(year>=start & start>0)*x + factor(`the town`) | unit + year", &columns),
        PH_OK);
    assert_int_equal(columns.n, sizeof(needed) / sizeof(needed[0]));
    for (size_t i = 0; i < columns.n; i++) {
        assert_string_equal(columns.column[i].name, needed[i].name);
        assert_int_equal(columns.column[i].kind, needed[i].kind);
    }
    ph_formula_columns_release(c, &columns);
    assert_int_equal(columns.n, 0);
    ph_formula_columns_release(c, &columns);
    assert_int_equal(ph_formula_columns(c, "1 ~ factor(g)", &columns), PH_OK);
    assert_int_equal(columns.n, 1);
    ph_formula_columns_release(c, &columns);
    assert_int_equal(ph_formula_columns(c, "y ~ x |", &columns), PH_INVALID);
    assert_non_null(strstr(ph_context_message(c), "to absorb"));
    assert_int_equal(ph_formula_columns(c, NULL, &columns), PH_INVALID);
    assert_int_equal(ph_formula_columns(NULL, "y ~ x", &columns), PH_INVALID);
    ph_context_free(c);
}

static void bad_data(void **state)
{
    static struct panel p;
    make(&p, 1);
    struct ph_context *c = ph_context_new(NULL);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = "y ~ post | unit + number";
    refuses(c, &p.frame, &o, PH_DATA, "alone in its group");
    o.formula = "y ~ post + post";
    struct ph_regression_result r = fit(c, &p.frame, &o);
    assert_int_equal(r.n_coefficients, 2);
    ph_regression_release(c, &r);
    o.formula = "y ~ post + I(1 - post)";
    refuses(c, &p.frame, &o, PH_DATA, "post cannot be told apart");
    o.formula = "y ~ x + post + I(2 * post)";
    r = fit(c, &p.frame, &o);
    assert_true(r.coefficients[3].dropped && isnan(r.coefficients[3].estimate));
    assert_true(r.head.warnings & PH_WARN_COLLINEAR);
    ph_regression_release(c, &r);
    o.formula = "y ~ I(unit_share) | unit";
    refuses(c, &p.frame, &o, PH_INVALID, "no column unit_share");
    for (size_t i = 0; i < N; i++) {
        p.weight[i] = 0.1 * (p.unit[i] % 700);
    }
    o.formula = "y ~ weight | unit";
    refuses(c, &p.frame, &o, PH_DATA, "weight cannot be told apart");
    for (size_t i = 0; i < N; i++) {
        p.weight[i] = 0.1;
    }
    o.formula = "y ~ weight";
    refuses(c, &p.frame, &o, PH_DATA, "weight has the same value");
    o.formula = "y ~ post";
    o.weights = 3;
    p.weight[4] = -1;
    refuses(c, &p.frame, &o, PH_DATA, "Row 5: the weight is -1");
    p.weight[4] = NAN;
    refuses(c, &p.frame, &o, PH_DATA, "Row 5");
    o.weights = PH_NONE;
    o.vcov = PH_VCOV_CR1;
    refuses(c, &p.frame, &o, PH_INVALID, "needs a cluster");
    for (size_t i = 0; i < N; i++) {
        p.region[i] = 7;
    }
    o.cluster[0] = 6;
    refuses(c, &p.frame, &o, PH_DATA, "one cluster only");
    p.frame.rows = 3;
    o.vcov = PH_VCOV_HC1;
    o.cluster[0] = PH_NONE;
    o.formula = "y ~ x + I(x^2)";
    refuses(c, &p.frame, &o, PH_DATA, "3 parameters need more than the 3 rows");
    p.frame.rows = 0;
    refuses(c, &p.frame, &o, PH_DATA, "No row of 0");
    p.frame.rows = N;
    p.y[10] = 1e200;
    refuses(c, &p.frame, &o, PH_DATA, "too large");
    p.y[10] = INFINITY;
    refuses(c, &p.frame, &o, PH_DATA, "Row 11, y");
    o.version = 2;
    refuses(c, &p.frame, &o, PH_UNSUPPORTED, "version 2");
    ph_context_free(c);
}

static void what_is_left_out(void **state)
{
    static struct panel p;
    static uint8_t missing[3][N];
    make(&p, 2);
    struct ph_context *c = ph_context_new(NULL);
    missing[0][0] = 1; // y
    missing[1][1] = 1; // post
    missing[2][2] = 1; // unit
    p.column[0].missing = missing[0];
    p.column[1].missing = missing[1];
    p.column[4].missing = missing[2];
    p.unit[3] = 77777; // alone
    p.weight[4] = 0;
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = "y ~ post + x | unit + time";
    o.vcov = PH_VCOV_CR1;
    o.cluster[0] = 4;
    o.weights = 3;
    struct ph_regression_result r = fit(c, &p.frame, &o);
    assert_int_equal(r.head.dropped[PH_DROP_OUTCOME], 1);
    assert_int_equal(r.head.dropped[PH_DROP_COVARIATE], 1);
    assert_int_equal(r.head.dropped[PH_DROP_UNIT], 1);
    assert_int_equal(r.head.dropped[PH_DROP_WEIGHT], 1);
    assert_int_equal(r.head.dropped[PH_DROP_SINGLETON], r.singletons);
    assert_true(r.singletons >= 1);
    assert_int_equal(r.head.n + r.head.n_dropped, N);
    assert_true(r.head.warnings & PH_WARN_SINGLETONS);
    ph_regression_release(c, &r);
    ph_context_free(c);
}

// An exact fit has no margin of error, and says so.
static void exact_fit(void **state)
{
    static struct panel p;
    make(&p, 2);
    for (size_t i = 0; i < N; i++) {
        p.y[i] = 3 + 0.1 * p.post[i];
    }
    struct ph_context *c = ph_context_new(NULL);
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = "y ~ post + x";
    struct ph_regression_result r = fit(c, &p.frame, &o);
    close_to(r.head.estimate, 0.1, 1e-12);
    assert_true(isnan(r.head.se) && isnan(r.head.p) && isnan(r.head.interval.lo));
    assert_true(r.head.warnings & PH_WARN_NO_VARIATION);
    ph_regression_release(c, &r);
    ph_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absorbed_equals_dummies),
        cmocka_unit_test(order_scale_and_shift),
        cmocka_unit_test(jackknife),
        cmocka_unit_test(two_groups),
        cmocka_unit_test(weights_are_copies),
        cmocka_unit_test(bad_formulas),
        cmocka_unit_test(what_a_formula_needs),
        cmocka_unit_test(bad_data),
        cmocka_unit_test(what_is_left_out),
        cmocka_unit_test(exact_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
