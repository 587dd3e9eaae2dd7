// SPDX-License-Identifier: Apache-2.0
// The counting generator: known answers of its authors' own test file, and that a draw depends on
// its key alone.
#include "random.h"

#include <math.h>

#include "check.h"

static void known_answers(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } vectors[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
            { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
            { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint32_t got[4];
        ev_philox(vectors[i].counter, vectors[i].key, got);
        assert_memory_equal(got, vectors[i].want, sizeof(got));
    }
}

static void keyed_by_seed_stream_and_draw(void **state)
{
    struct ev_random a;
    struct ev_random b;
    ev_random_start(&a, 7, EV_STREAM_TEST, 5);
    uint64_t first = ev_random_u64(&a);
    for (int i = 0; i < 100; i++) {
        (void)ev_random_normal(&a);
    }
    ev_random_start(&b, 7, EV_STREAM_TEST, 5);
    assert_true(ev_random_u64(&b) == first);
    ev_random_start(&b, 8, EV_STREAM_TEST, 5);
    assert_true(ev_random_u64(&b) != first);
    ev_random_start(&b, 7, EV_STREAM_TOP_K, 5);
    assert_true(ev_random_u64(&b) != first);
    ev_random_start(&b, 7, EV_STREAM_TEST, 6);
    assert_true(ev_random_u64(&b) != first);
    ev_random_start(&b, 7 | UINT64_C(1) << 40, EV_STREAM_TEST, 5);
    assert_true(ev_random_u64(&b) != first);
    ev_random_start(&b, 7, EV_STREAM_TEST, 5 | UINT64_C(1) << 40);
    assert_true(ev_random_u64(&b) != first);
}

static void in_bulk_as_one_by_one(void **state)
{
    double bulk[101];
    struct ev_random a;
    struct ev_random b;
    ev_random_start(&a, 1, EV_STREAM_TEST, 0);
    ev_random_start(&b, 1, EV_STREAM_TEST, 0);
    ev_random_normals(&a, bulk, 101);
    for (int i = 0; i < 101; i++) {
        assert_true(bulk[i] == ev_random_normal(&b));
    }
}

// Mean, variance, fourth moment and lag product of 400,000 normals within five standard errors.
static void normals_are_normal(void **state)
{
    enum { N = 400000 };
    double sum[4] = { 0 };
    double last = 0;
    for (int draw = 0; draw < N / 100; draw++) {
        double z[100];
        struct ev_random r;
        ev_random_start(&r, 20260101, EV_STREAM_TEST, (uint64_t)draw);
        ev_random_normals(&r, z, 100);
        for (int i = 0; i < 100; i++) {
            sum[0] += z[i];
            sum[1] += z[i] * z[i];
            sum[2] += z[i] * z[i] * z[i] * z[i];
            sum[3] += z[i] * last;
            last = z[i];
        }
    }
    double root = sqrt((double)N);
    assert_true(fabs(sum[0] / N) < 5 / root);
    assert_true(fabs(sum[1] / N - 1) < 5 * sqrt(2) / root);
    assert_true(fabs(sum[2] / N - 3) < 5 * sqrt(96) / root);
    assert_true(fabs(sum[3] / N) < 5 / root);
}

static void below_is_even(void **state)
{
    enum { N = 70000 };
    int seen[7] = { 0 };
    struct ev_random r;
    ev_random_start(&r, 3, EV_STREAM_TEST, 0);
    for (int i = 0; i < N; i++) {
        uint32_t k = ev_random_below(&r, 7);
        assert_true(k < 7);
        seen[k]++;
        assert_int_equal(ev_random_below(&r, 1), 0);
    }
    double chi = 0;
    for (int k = 0; k < 7; k++) {
        double gap = seen[k] - N / 7.0;
        chi += gap * gap / (N / 7.0);
    }
    assert_true(chi < 22.46); // 0.999 of chi squared with 6 degrees of freedom
    for (int i = 0; i < 1000; i++) {
        double u = ev_random_uniform(&r);
        assert_true(u > 0 && u < 1);
        assert_true(ev_random_below(&r, UINT32_C(3) << 30) < UINT32_C(3) << 30);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(keyed_by_seed_stream_and_draw),
        cmocka_unit_test(in_bulk_as_one_by_one),
        cmocka_unit_test(normals_are_normal),
        cmocka_unit_test(below_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
