// SPDX-License-Identifier: Apache-2.0
// Raters and items: against a likelihood written out with the whole covariance matrix, whichever
// factor is larger; invariances; draws; data that cannot tell quality from severity.
#include "dense.h"
#include "internal.h"
#include "random.h"

#include <stdlib.h>

#include "check.h"

enum { ROWS = 400, SMALL_ROWS = 60 };

static struct ph_context *ctx;
static double rating[ROWS];
static int32_t item[ROWS];
static int32_t rater[ROWS];
static struct ph_column columns[3];

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
    columns[0] = (struct ph_column){ .name = "score", .kind = PH_REAL, .real = rating };
    columns[1] = (struct ph_column){ .name = "item", .kind = PH_KEY, .key = item };
    columns[2] = (struct ph_column){ .name = "rater", .kind = PH_KEY, .key = rater };
    return (struct ph_frame){ .rows = rows, .columns = 3, .column = columns };
}

static struct ph_frame fill(
    uint64_t draw, size_t rows, uint32_t items, uint32_t raters, double quality, double severity)
{
    struct ev_random r;
    double effect[2][ROWS];
    ev_random_start(&r, 20260101, EV_STREAM_TEST, draw);
    ev_random_normals(&r, effect[0], items);
    ev_random_normals(&r, effect[1], raters);
    for (size_t i = 0; i < rows; i++) {
        uint32_t x = i < items ? (uint32_t)i : ev_random_below(&r, items);
        uint32_t y = ev_random_below(&r, raters);
        item[i] = (int32_t)x * 7 - 20; // keys need be neither dense nor positive
        rater[i] = (int32_t)y;
        rating[i] = 5 + quality * effect[0][x] + severity * effect[1][y] + ev_random_normal(&r);
    }
    return frame_of(rows);
}

static void dense_inverses(void **state)
{
    static const size_t sizes[] = { 1, 2, 5, 48, 49, 97, 130 };
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        size_t n = sizes[s];
        double *a = calloc(n * n, sizeof(double));
        double *m = calloc(n * n, sizeof(double));
        struct ev_dense *d = ev_dense_new(ctx, n);
        struct ev_random r;
        ev_random_start(&r, 1, EV_STREAM_TEST, s);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                a[i * n + j] = a[j * n + i] = ev_random_normal(&r) + (i == j ? 4 * (double)n : 0);
                m[i * n + j] = a[i * n + j];
            }
        }
        assert_true(ev_dense_factor(d, m, n, n));
        ev_dense_invert(d, m, n, n);
        double column[130];
        double unit[130];
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++) {
                column[i] = a[i * n + j];
                unit[i] = 0;
            }
            ev_dense_times(m, n, n, column, unit);
            for (size_t i = 0; i < n; i++) {
                near(unit[i], i == j, 1e-12);
            }
        }
        m[0] = -1;
        assert_false(ev_dense_factor(d, m, n, n));
        ev_dense_free(ctx, d);
        free(a);
        free(m);
    }
}

// What the whole covariance matrix says at these variances: log likelihood, and the effect of the
// first row's item.
static double whole_likelihood(
    size_t n, bool ml, const struct ph_ratings_result *r, double *ret_first_effect)
{
    double v[SMALL_ROWS * SMALL_ROWS] = { 0 };
    double one[SMALL_ROWS];
    double y[SMALL_ROWS];
    struct ev_dense *d = ev_dense_new(ctx, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            v[i * n + j] = (item[i] == item[j]) * r->var_item +
                           (rater[i] == rater[j]) * r->var_rater + (i == j) * r->var_residual;
        }
        one[i] = 1;
        y[i] = rating[i];
    }
    assert_true(ev_dense_factor(d, v, n, n));
    ev_dense_forward(v, n, n, one);
    ev_dense_forward(v, n, n, y);
    double log_det = 0;
    double oo = 0;
    double oy = 0;
    double rest = 0;
    for (size_t i = 0; i < n; i++) {
        log_det += 2 * log(v[i * n + i]);
        oo += one[i] * one[i];
        oy += one[i] * y[i];
    }
    for (size_t i = 0; i < n; i++) {
        y[i] -= oy / oo * one[i];
        rest += y[i] * y[i];
    }
    ev_dense_backward(v, n, n, y);
    *ret_first_effect = 0;
    for (size_t i = 0; i < n; i++) {
        *ret_first_effect += item[i] == item[0] ? r->var_item * y[i] : 0;
    }
    ev_dense_free(ctx, d);
    double df = ml ? (double)n : (double)n - 1;
    return -0.5 * (log_det + (ml ? 0 : log(oo)) + rest + df * log(2 * M_PI));
}

static double effect_of(const struct ph_ratings_result *r, int32_t key)
{
    for (size_t i = 0; i < r->n_items; i++) {
        if (r->items[i].key == key) {
            return r->items[i].effect;
        }
    }
    return NAN;
}

static void as_the_whole_matrix_says(void **state)
{
    size_t nil = 0;
    for (uint64_t draw = 0; draw < 60; draw++) {
        struct ph_ratings_options o = PH_RATINGS_OPTIONS;
        struct ph_ratings_result r;
        bool flat = draw % 3 == 0;
        struct ph_frame f = fill(draw, SMALL_ROWS, draw % 2 ? 12 : 5, draw % 2 ? 4 : 14,
            flat ? 0.1 : 1.5, draw % 4 == 1 ? 0 : 0.8);
        o.ml = draw % 5 == 0;
        assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_OK);
        double effect;
        double best = whole_likelihood(SMALL_ROWS, o.ml, &r, &effect);
        near(r.log_likelihood, best, 1e-8);
        near(effect_of(&r, item[0]), effect, 1e-8);
        nil += r.var_item == 0 || r.var_rater == 0;
        assert_true(
            (r.var_item == 0 || r.var_rater == 0) == ((r.head.warnings & PH_WARN_BOUNDARY) != 0));
        // No neighbour is better, beyond zero included.
        static const double steps[] = { -0.02, -0.002, 0.002, 0.02 };
        for (size_t k = 0; k < 12; k++) {
            struct ph_ratings_result other = r;
            double step = steps[k % 4];
            other.var_item += k < 4 ? step * fmax(r.var_item, 0.1) : 0;
            other.var_rater += k >= 4 && k < 8 ? step * fmax(r.var_rater, 0.1) : 0;
            other.var_residual += k >= 8 ? step * r.var_residual : 0;
            if (other.var_item >= 0 && other.var_rater >= 0) {
                assert_true(whole_likelihood(SMALL_ROWS, o.ml, &other, &effect) < best + 1e-7);
            }
        }
        ph_ratings_release(ctx, &r);
    }
    assert_true(nil > 5 && nil < 55);
}

static void order_shift_scale_and_roles(void **state)
{
    for (uint64_t draw = 0; draw < 20; draw++) {
        struct ph_ratings_options o = PH_RATINGS_OPTIONS;
        struct ph_ratings_result a;
        struct ph_ratings_result b;
        struct ph_frame f = fill(draw, ROWS, 50, 9, 1, 0.7);
        assert_int_equal(ph_ratings(ctx, &f, &o, &a), PH_OK);
        for (size_t i = 0; i < ROWS / 2; i++) {
            size_t j = ROWS - 1 - i;
            double t = rating[i];
            int32_t x = item[i];
            int32_t y = rater[i];
            rating[i] = rating[j];
            item[i] = item[j];
            rater[i] = rater[j];
            rating[j] = t;
            item[j] = x;
            rater[j] = y;
        }
        for (size_t i = 0; i < ROWS; i++) {
            rating[i] = 1e4 + 100 * rating[i];
        }
        o.item = 2; // and each plays the other's part
        o.rater = 1;
        assert_int_equal(ph_ratings(ctx, &f, &o, &b), PH_OK);
        near(b.var_rater, 1e4 * a.var_item, 1e-3);
        near(b.var_item, 1e4 * a.var_rater, 1e-3);
        near(b.head.estimate, 1e4 + 100 * a.head.estimate, 1e-5);
        near(b.log_likelihood, a.log_likelihood - (ROWS - 1) * log(100), 1e-6);
        for (size_t i = 0; i < a.n_items; i++) {
            assert_int_equal(b.raters[i].key, a.items[i].key);
            near(b.raters[i].effect, 100 * a.items[i].effect, 1e-5);
            near(b.raters[i].se, 100 * a.items[i].se, 1e-5);
        }
        ph_ratings_release(ctx, &a);
        ph_ratings_release(ctx, &b);
    }
}

// Both ways through the draws (items eliminated, items in the matrix) say the same.
static void probabilities_add_up(void **state)
{
    for (uint64_t draw = 0; draw < 6; draw++) {
        struct ph_top_options o = PH_TOP_OPTIONS;
        struct ph_top_result r;
        struct ph_top_result again;
        struct ph_top_result worst;
        uint32_t items = draw % 2 ? 30 : 8;
        struct ph_frame f = fill(draw, ROWS, items, draw % 2 ? 8 : 30, 1, 0.7);
        o.k = 5;
        o.draws = 20000;
        assert_int_equal(ph_top_k(ctx, &f, &o, &r), PH_OK);
        assert_int_equal(ph_top_k(ctx, &f, &o, &again), PH_OK);
        o.direction = PH_LOWER_IS_BETTER;
        o.k = items - 5;
        assert_int_equal(ph_top_k(ctx, &f, &o, &worst), PH_OK);
        double sum = 0;
        size_t best = 0;
        for (size_t i = 0; i < items; i++) {
            sum += r.items[i].probability;
            assert_true(r.items[i].probability == again.items[i].probability);
            // not among the best 5 is among the worst of the rest
            near(r.items[i].probability, 1 - worst.items[i].probability, 1e-12);
            best = r.ratings.items[i].effect > r.ratings.items[best].effect ? i : best;
        }
        near(sum, 5, 1e-9);
        assert_true(r.items[best].probability > 0.9);
        ph_top_release(ctx, &r);
        ph_top_release(ctx, &again);
        ph_top_release(ctx, &worst);
    }
}

// An item's marginal in the draws is its prediction: P(above the others) for two items follows.
static void two_items_by_hand(void **state)
{
    struct ph_top_options o = PH_TOP_OPTIONS;
    struct ph_top_result r;
    static const double scores[] = { 5, 6, 4, 7, 8, 6, 7, 9 };
    for (int32_t i = 0; i < 8; i++) {
        rating[i] = scores[i];
        item[i] = i / 4;
        rater[i] = i % 4;
    }
    struct ph_frame f = frame_of(8);
    o.k = 1;
    o.draws = 200000;
    assert_int_equal(ph_top_k(ctx, &f, &o, &r), PH_OK);
    // Balanced: the difference has prior variance 2 v and is seen with error 2 s / 4.
    double v = r.ratings.var_item;
    double s = r.ratings.var_residual;
    double mean = 2.0 * v / (v + s / 4);
    double sd = sqrt(2 * v * (s / 4) / (v + s / 4));
    near(r.ratings.items[1].effect - r.ratings.items[0].effect, mean, 1e-6);
    near(r.items[1].probability, ph_normal_cdf(mean / sd), 5 * r.items[1].mc_error);
    ph_top_release(ctx, &r);
}

static void what_cannot_be_told_apart(void **state)
{
    struct ph_ratings_options o = PH_RATINGS_OPTIONS;
    struct ph_ratings_result r;
    struct ph_frame f = fill(1, 30, 30, 5, 1, 1);
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA); // one rating an item
    assert_non_null(strstr(ph_context_message(ctx), "one rating"));
    f = fill(1, 40, 5, 5, 1, 1);
    memcpy(rater, item, sizeof(rater));
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA); // each their own
    f = fill(1, 40, 5, 1, 1, 1);
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA); // one rater
    f = fill(1, 40, 5, 4, 1, 1);
    for (size_t i = 0; i < 40; i++) {
        rating[i] = 3;
    }
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA); // all the same
    for (size_t i = 0; i < 40; i++) {
        rating[i] = item[i] + 2 * rater[i];
    }
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA); // no error at all
    rating[3] = NAN;
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 4"));
    f.rows = 0;
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_DATA);
    f = fill(1, 40, 5, 4, 1, 1);
    o.n_outcomes = 0;
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_INVALID);
    o = (struct ph_ratings_options)PH_RATINGS_OPTIONS;
    o.rater = 0;
    assert_int_not_equal(ph_ratings(ctx, &f, &o, &r), PH_OK);
    struct ph_top_options t = PH_TOP_OPTIONS;
    struct ph_top_result top;
    t.k = 6;
    assert_int_equal(ph_top_k(ctx, &f, &t, &top), PH_INVALID);
    t.k = 0;
    assert_int_equal(ph_top_k(ctx, &f, &t, &top), PH_INVALID);
}

static void parts_without_a_common_rating(void **state)
{
    struct ph_ratings_options o = PH_RATINGS_OPTIONS;
    struct ph_ratings_result r;
    struct ph_frame f = fill(4, 200, 20, 6, 1, 1);
    for (size_t i = 0; i < 200; i++) {
        rater[i] = rater[i] % 3 + (item[i] > 40 ? 3 : 0);
    }
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_OK);
    assert_int_equal(r.components, 2);
    assert_true(r.head.warnings & PH_WARN_DISCONNECTED);
    ph_ratings_release(ctx, &r);
    static const uint8_t missing[201] = { 1, 1, 0, 1 };
    columns[0].missing = missing;
    columns[2].missing = missing + 1;
    assert_int_equal(ph_ratings(ctx, &f, &o, &r), PH_OK);
    assert_int_equal(r.head.dropped[PH_DROP_OUTCOME], 3);
    assert_int_equal(r.head.dropped[PH_DROP_UNIT], 1);
    assert_int_equal(r.head.n, 196);
    ph_ratings_release(ctx, &r);
    ph_ratings_release(ctx, &r);
}

static size_t left;

static void *scarce(void *user, size_t size)
{
    return left-- > 0 ? malloc(size) : NULL;
}

static void plain_free(void *user, void *block)
{
    free(block);
}

static void without_memory(void **state)
{
    struct ph_context_options co = { .version = PH_VERSION,
        .allocator = { .allocate = scarce, .release = plain_free } };
    struct ph_frame f = fill(3, 200, 20, 6, 1, 1);
    for (size_t n = 0;; n++) {
        struct ph_top_options o = PH_TOP_OPTIONS;
        struct ph_top_result r;
        o.draws = 10;
        left = 1;
        struct ph_context *c = ph_context_new(&co);
        left = n;
        enum ph_status status = ph_top_k(c, &f, &o, &r);
        if (status == PH_OK) {
            ph_top_release(c, &r);
        }
        ph_context_free(c);
        if (status == PH_OK) {
            assert_true(n > 15);
            break;
        }
        assert_int_equal(status, PH_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_inverses),
        cmocka_unit_test(as_the_whole_matrix_says),
        cmocka_unit_test(order_shift_scale_and_roles),
        cmocka_unit_test(probabilities_add_up),
        cmocka_unit_test(two_items_by_hand),
        cmocka_unit_test(what_cannot_be_told_apart),
        cmocka_unit_test(parts_without_a_common_rating),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
