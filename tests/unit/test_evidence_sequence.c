// SPDX-License-Identifier: Apache-2.0
// Confidence sequences: the dual of interval and e-value, states that resume to the bit whatever
// the batches, hostile states refused, and how often weekly looks deceive.
#include "gamma.h"
#include "random.h"

#include <inttypes.h>
#include <stdlib.h>

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

enum { ROWS = 300 };

static double outcome[ROWS];
static double treat[ROWS];
static double when[ROWS];
static struct ph_column columns[3];

static struct ph_frame frame_of(size_t first, size_t rows)
{
    columns[0] = (struct ph_column){ .name = "y", .real = outcome + first };
    columns[1] = (struct ph_column){ .name = "arm", .real = treat + first };
    columns[2] = (struct ph_column){ .name = "week", .real = when + first };
    return (struct ph_frame){ .rows = rows, .columns = 3, .column = columns };
}

// Outcomes between 0 and 1, or unbounded ones with an effect.
static void fill(uint64_t draw, bool unit, double effect)
{
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_TEST, draw);
    for (size_t i = 0; i < ROWS; i++) {
        treat[i] = ev_random_below(&r, 2);
        outcome[i] = unit ? ev_random_uniform(&r) * 0.8 : ev_random_normal(&r) + effect * treat[i];
        when[i] = (double)(i / 10);
    }
}

static const enum ph_monitor_kind kinds[] = { PH_MONITOR_MEAN, PH_MONITOR_DIFFERENCE,
    PH_MONITOR_NORMAL, PH_MONITOR_BERNSTEIN, PH_MONITOR_HOEFFDING };

static struct ph_monitor_options options_of(enum ph_monitor_kind kind)
{
    struct ph_monitor_options o = PH_MONITOR_OPTIONS;
    o.kind = kind;
    o.tuned_for = 200;
    return o;
}

static struct ph_monitor_columns columns_of(enum ph_monitor_kind kind)
{
    return (struct ph_monitor_columns){
        .outcome = 0, .treat = kind == PH_MONITOR_DIFFERENCE ? 1 : PH_NONE, .trials = PH_NONE
    };
}

static void gamma_tails(void **state)
{
    static const double want[][4] = { // mpmath at 30 digits
        { 0.5, 0.1, 0.345279153981422971, 0.654720846018577029 },
        { 0.5, 3, 0.98569412156457036, 0.0143058784354296395 },
        { 3, 2.5, 0.456186884116670482, 0.543813115883329518 },
        { 12.3, 30, 0.999913935474702565, 0.0000860645252974350903 },
        { 100, 80, 0.0171083130351331142, 0.982891686964866886 },
        { 100, 130, 0.997249591632693474, 0.00275040836730652628 },
        { 5000, 5100, 0.920671118922381023, 0.0793288810776189768 },
        { 10100, 9800, 0.00129824035061893365, 0.998701759649381066 },
        { 25, 25, 0.526601531443650643, 0.473398468556349357 }
    };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct tails t = ev_gamma_tails(want[i][0], want[i][1]);
        near(t.p, want[i][2], 1e-12);
        near(t.q, want[i][3], 1e-12);
    }
    assert_true(isnan(ev_gamma_tails(-1, 1).p) && isnan(ev_gamma_tails(1, -1).p));
    assert_true(ev_gamma_tails(1, 0).p == 0 && ev_gamma_tails(1, INFINITY).q == 0);
}

// On the boundary the e-value is 1/alpha.
static void boundaries_are_where_evidence_is_enough(void **state)
{
    for (int kind = PH_BOUND_NORMAL; kind <= PH_BOUND_GAMMA_EXPONENTIAL; kind++) {
        for (double v = 0; v < 1e7; v = 3 * v + 1) {
            struct ph_bound_options o = PH_BOUND_OPTIONS;
            double boundary;
            double log_e;
            o.kind = (enum ph_bound_kind)kind;
            o.alpha = 0.01;
            o.scale = 0.7;
            assert_int_equal(ph_bound(ctx, &o, v, &boundary), PH_OK);
            assert_int_equal(ph_bound_log_e(ctx, &o, boundary, v, &log_e), PH_OK);
            near(log_e, log(100), 1e-9);
        }
    }
}

static void boundaries_refuse_nonsense(void **state)
{
    struct ph_bound_options o = PH_BOUND_OPTIONS;
    double x = 7;
    assert_int_equal(ph_bound(ctx, &o, -1, &x), PH_INVALID);
    assert_int_equal(ph_bound(ctx, &o, NAN, &x), PH_INVALID);
    o.alpha = 0;
    assert_int_equal(ph_bound(ctx, &o, 1, &x), PH_INVALID);
    o = (struct ph_bound_options)PH_BOUND_OPTIONS;
    o.kind = PH_BOUND_STITCHED;
    assert_int_equal(ph_bound_log_e(ctx, &o, 1, 1, &x), PH_UNSUPPORTED);
    o.power = 1;
    assert_int_equal(ph_bound(ctx, &o, 1, &x), PH_INVALID);
    o = (struct ph_bound_options)PH_BOUND_OPTIONS;
    o.v_opt = 0;
    assert_int_equal(ph_bound(ctx, &o, 1, &x), PH_INVALID);
    o.version = 9;
    assert_int_equal(ph_bound(ctx, &o, 1, &x), PH_UNSUPPORTED);
    assert_true(x == 7);
    assert_true(isnan(ph_msprt_log_e(0, 1, 1, 1)) && isnan(ph_asymptotic_rho(0, 0.05)));
    assert_true(isnan(ph_asymptotic_half_width(10, -1, 1, 0.05)));
}

// p is at or below alpha just when the interval leaves the null value out.
static void interval_and_p_agree(void **state)
{
    for (uint64_t draw = 0; draw < 60; draw++) {
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            bool unit = k >= 3;
            struct ph_monitor_options o = options_of(kinds[k]);
            struct ph_monitor_columns cols = columns_of(kinds[k]);
            struct ph_monitor m;
            struct ph_look l;
            fill(draw, unit, 0.5);
            o.null_value = unit ? 0.3 + 0.003 * (double)draw : 0.01 * (double)draw;
            assert_int_equal(ph_monitor_start(ctx, &o, &m), PH_OK);
            for (size_t i = 0; i < ROWS; i += 50) {
                struct ph_frame f = frame_of(i, 50);
                assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_OK);
                assert_int_equal(ph_monitor_read(ctx, &m, &l), PH_OK);
                bool inside =
                    l.head.interval.lo < o.null_value && o.null_value < l.head.interval.hi;
                assert_true(inside == (l.head.p > 1 - o.level));
                assert_true(l.head.interval.lo <= l.head.estimate || unit);
                assert_true(l.head.anytime && l.head.p >= 0 && l.head.p <= 1);
            }
        }
    }
}

static void same_state(const struct ph_monitor *a, const struct ph_monitor *b)
{
    char one[PH_MONITOR_TEXT_MAX];
    char two[PH_MONITOR_TEXT_MAX];
    assert_int_equal(ph_monitor_save(ctx, a, one), PH_OK);
    assert_int_equal(ph_monitor_save(ctx, b, two), PH_OK);
    assert_string_equal(one, two);
}

static void batches_leave_no_trace(void **state)
{
    for (uint64_t draw = 0; draw < 40; draw++) {
        enum ph_monitor_kind kind = kinds[draw % 5];
        struct ph_monitor_options o = options_of(kind);
        struct ph_monitor_columns cols = columns_of(kind);
        struct ph_monitor whole;
        struct ph_monitor parts;
        struct ev_random r;
        char text[PH_MONITOR_TEXT_MAX];
        fill(draw, draw % 5 >= 3, 0);
        assert_int_equal(ph_monitor_start(ctx, &o, &whole), PH_OK);
        parts = whole;
        struct ph_frame f = frame_of(0, ROWS);
        assert_int_equal(ph_monitor_push(ctx, &whole, &f, &cols), PH_OK);
        ev_random_start(&r, 1, EV_STREAM_TEST, draw);
        for (size_t at = 0; at < ROWS;) {
            size_t n = ev_random_below(&r, 40);
            n = n < ROWS - at ? n : ROWS - at;
            f = frame_of(at, n);
            assert_int_equal(ph_monitor_push(ctx, &parts, &f, &cols), PH_OK);
            assert_int_equal(ph_monitor_save(ctx, &parts, text), PH_OK);
            assert_int_equal(ph_monitor_load(ctx, text, strlen(text), &parts), PH_OK);
            at += n;
        }
        same_state(&whole, &parts);
    }
}

static void whole_files_as_monitors(void **state)
{
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    struct ph_sequence_result r;
    struct ph_monitor m;
    struct ph_look l;
    fill(5, false, 0.4);
    o.columns.treat = 1;
    o.time = 2;
    struct ph_frame f = frame_of(0, ROWS);
    assert_int_equal(ph_sequence(ctx, &f, &o, &r), PH_OK);
    assert_int_equal(r.n_looks, ROWS / 10);
    assert_int_equal(ph_monitor_start(ctx, &o.monitor, &m), PH_OK);
    for (size_t i = 0; i < r.n_looks; i++) {
        f = frame_of(i * 10, 10);
        assert_int_equal(ph_monitor_push(ctx, &m, &f, &o.columns), PH_OK);
        assert_int_equal(ph_monitor_read(ctx, &m, &l), PH_OK);
        assert_memory_equal(&l.head.interval, &r.looks[i].head.interval, sizeof(l.head.interval));
        assert_true(r.looks[i].time == (double)i);
    }
    same_state(&m, &r.monitor);
    ph_sequence_release(ctx, &r);
    ph_sequence_release(ctx, &r);
}

// The interval moves and stretches as its outcomes do.
static void shift_and_scale(void **state)
{
    for (uint64_t draw = 0; draw < 30; draw++) {
        struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
        struct ph_sequence_result a;
        struct ph_sequence_result b;
        o.monitor.kind = draw % 2 ? PH_MONITOR_DIFFERENCE : PH_MONITOR_MEAN;
        o.columns.treat = draw % 2 ? 1 : PH_NONE;
        fill(draw, false, 1);
        struct ph_frame f = frame_of(0, ROWS);
        assert_int_equal(ph_sequence(ctx, &f, &o, &a), PH_OK);
        for (size_t i = 0; i < ROWS; i++) {
            outcome[i] = 40 * outcome[i] + 1000;
        }
        double moved = draw % 2 ? 0 : 1000;
        assert_int_equal(ph_sequence(ctx, &f, &o, &b), PH_OK);
        near(b.head.interval.lo, 40 * a.head.interval.lo + moved, 1e-11);
        near(b.head.interval.hi, 40 * a.head.interval.hi + moved, 1e-11);
        ph_sequence_release(ctx, &a);
        ph_sequence_release(ctx, &b);
    }
}

static void betting_is_tightest_and_holds_its_estimate(void **state)
{
    for (uint64_t draw = 0; draw < 10; draw++) {
        struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
        struct ph_sequence_result bet;
        struct ph_sequence_result plain;
        o.monitor.kind = PH_MONITOR_BERNSTEIN;
        fill(draw, true, 0);
        struct ph_frame f = frame_of(0, ROWS);
        assert_int_equal(ph_sequence(ctx, &f, &o, &plain), PH_OK);
        o.kind = PH_SEQUENCE_BETTING;
        o.monitor.kind = PH_MONITOR_DIFFERENCE; // which betting does not look at
        assert_int_equal(ph_sequence(ctx, &f, &o, &bet), PH_OK);
        struct ph_interval i = bet.head.interval;
        assert_true(i.lo < bet.head.estimate && bet.head.estimate < i.hi);
        assert_true(i.lo < 0.4 && 0.4 < i.hi);
        assert_true(i.hi - i.lo < plain.head.interval.hi - plain.head.interval.lo);
        ph_sequence_release(ctx, &bet);
        ph_sequence_release(ctx, &plain);
    }
}

static void bad_rows_change_nothing(void **state)
{
    struct ph_monitor_options o = options_of(PH_MONITOR_BERNSTEIN);
    struct ph_monitor_columns cols = columns_of(o.kind);
    struct ph_monitor m;
    struct ph_monitor before;
    fill(1, true, 0);
    outcome[7] = 1.5;
    struct ph_frame f = frame_of(0, ROWS);
    assert_int_equal(ph_monitor_start(ctx, &o, &m), PH_OK);
    before = m;
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 8"));
    same_state(&m, &before);
    outcome[7] = NAN;
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_DATA);
    o = options_of(PH_MONITOR_MEAN);
    assert_int_equal(ph_monitor_start(ctx, &o, &m), PH_OK);
    outcome[7] = 1e300;
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_DATA);
    cols.treat = 1;
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_INVALID);
    cols.treat = 9;
    assert_int_not_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_OK);
    same_state(&m, &(struct ph_monitor){ .options = o });
}

static void says_when_it_is_too_early(void **state)
{
    struct ph_monitor_options o = options_of(PH_MONITOR_DIFFERENCE);
    struct ph_monitor_columns cols = columns_of(o.kind);
    struct ph_monitor m;
    struct ph_look l;
    assert_int_equal(ph_monitor_start(ctx, &o, &m), PH_OK);
    assert_int_equal(ph_monitor_read(ctx, &m, &l), PH_OK);
    assert_true(isnan(l.head.interval.lo) && l.head.warnings & PH_WARN_TOO_EARLY);
    fill(1, false, 0);
    static const uint8_t missing[ROWS] = { 1, 0, 1 };
    struct ph_frame f = frame_of(0, 20);
    columns[0].missing = missing;
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_OK);
    assert_int_equal(ph_monitor_read(ctx, &m, &l), PH_OK);
    assert_int_equal(l.head.n, 18);
    assert_int_equal(l.head.dropped[PH_DROP_OUTCOME], 2);
    assert_true(l.head.warnings & PH_WARN_ASYMPTOTIC && l.head.warnings & PH_WARN_DROPPED);
    for (size_t i = 0; i < ROWS; i++) {
        outcome[i] = 3;
    }
    assert_int_equal(ph_monitor_start(ctx, &o, &m), PH_OK);
    f = frame_of(0, 20);
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_OK);
    assert_int_equal(ph_monitor_read(ctx, &m, &l), PH_OK);
    assert_true(isnan(l.head.interval.lo) && l.head.warnings & PH_WARN_NO_VARIATION);
}

// ---- hostile states ----

static size_t resum(char *text, size_t len)
{
    size_t body = len - strlen("sum 0123456789abcdef\n");
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < body; i++) {
        sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return body +
           (size_t)snprintf(text + body, PH_MONITOR_TEXT_MAX - body, "sum %016" PRIx64 "\n", sum);
}

static void hostile_states_are_refused(void **state)
{
    struct ph_monitor_options o = options_of(PH_MONITOR_BERNSTEIN);
    struct ph_monitor_columns cols = columns_of(o.kind);
    struct ph_monitor m;
    struct ph_monitor back;
    char good[PH_MONITOR_TEXT_MAX];
    char bad[PH_MONITOR_TEXT_MAX];
    fill(3, true, 0);
    struct ph_frame f = frame_of(0, ROWS);
    assert_int_equal(ph_monitor_start(ctx, &o, &m), PH_OK);
    assert_int_equal(ph_monitor_push(ctx, &m, &f, &cols), PH_OK);
    assert_int_equal(ph_monitor_save(ctx, &m, good), PH_OK);
    size_t len = strlen(good);
    for (size_t i = 0; i < len; i++) {
        memcpy(bad, good, len);
        bad[i] ^= 1;
        assert_int_equal(ph_monitor_load(ctx, bad, len, &back), PH_DATA);
        assert_int_equal(ph_monitor_load(ctx, good, i, &back), PH_DATA);
    }
    memcpy(bad, good, len);
    bad[len] = '\n';
    assert_int_equal(ph_monitor_load(ctx, bad, len + 1, &back), PH_DATA);
    // With a fitting checksum but no sense: a NaN, a minus or a huge number in any field.
    const char *first = strchr(good, '\n') + 1;
    for (size_t i = 0; i < 23; i++) {
        static const char *const nonsense[] = { "7ff8000000000000", "ffffffffffffffff",
            "7fefffffffffffff", "c030000000000000" };
        for (size_t k = 0; k < sizeof(nonsense) / sizeof(nonsense[0]); k++) {
            memcpy(bad, good, len);
            memcpy(bad + (first - good) + i * 17, nonsense[k], 16);
            size_t n = resum(bad, len);
            if (ph_monitor_load(ctx, bad, n, &back) == PH_OK) {
                // Free are the tuning, the null value, wider bounds and the sd, unused here.
                struct ph_look l;
                assert_true(i >= 3 && i <= 7);
                (void)!ph_monitor_read(ctx, &back, &l);
            }
        }
    }
}

// ---- how often looks deceive ----

static void weekly_looks_stay_below_nominal(void **state)
{
    enum { RUNS = 1000 };
    int deceived[5] = { 0 };
    for (uint64_t draw = 0; draw < RUNS; draw++) {
        for (size_t k = 0; k < 5; k++) {
            struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
            struct ph_sequence_result r;
            o.monitor = options_of(kinds[k]);
            o.columns = columns_of(kinds[k]);
            o.monitor.null_value = k >= 3 ? 0.4 : 0;
            o.time = 2;
            fill(1000 + draw, k >= 3, 0);
            struct ph_frame f = frame_of(0, ROWS);
            assert_int_equal(ph_sequence(ctx, &f, &o, &r), PH_OK);
            bool any = false;
            for (size_t i = 1; i < r.n_looks; i++) {
                any = any || r.looks[i].head.p <= 0.05;
            }
            deceived[k] += any;
            ph_sequence_release(ctx, &r);
        }
    }
    for (size_t k = 0; k < 5; k++) {
        // 0.05 and three standard errors
        assert_true(deceived[k] <= RUNS * 0.05 + 3 * sqrt(RUNS * 0.05 * 0.95));
    }
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
    fill(2, true, 0);
    for (size_t n = 0; n < 5; n++) {
        struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
        struct ph_sequence_result r;
        o.monitor.kind = PH_MONITOR_BERNSTEIN;
        o.kind = PH_SEQUENCE_BETTING;
        left = 1;
        struct ph_context *c = ph_context_new(&co);
        left = n;
        struct ph_frame f = frame_of(0, ROWS);
        assert_int_equal(ph_sequence(c, &f, &o, &r), PH_NO_MEMORY);
        ph_context_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_tails),
        cmocka_unit_test(boundaries_are_where_evidence_is_enough),
        cmocka_unit_test(boundaries_refuse_nonsense),
        cmocka_unit_test(interval_and_p_agree),
        cmocka_unit_test(batches_leave_no_trace),
        cmocka_unit_test(whole_files_as_monitors),
        cmocka_unit_test(shift_and_scale),
        cmocka_unit_test(betting_is_tightest_and_holds_its_estimate),
        cmocka_unit_test(bad_rows_change_nothing),
        cmocka_unit_test(says_when_it_is_too_early),
        cmocka_unit_test(hostile_states_are_refused),
        cmocka_unit_test(weekly_looks_stay_below_nominal),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
