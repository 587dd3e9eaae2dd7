// SPDX-License-Identifier: Apache-2.0
#include "svg_simplify.h"
#include "check.h"
#include "clock.h"

#include <math.h>

static double off(struct svg_point p, const struct svg_point *ring, size_t n)
{
    double least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        struct svg_point a = ring[i], b = ring[(i + 1) % n];
        double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
        double t = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
        t = fmin(fmax(t, 0), 1);
        least = fmin(least, hypot(p.x - a.x - t * dx, p.y - a.y - t * dy));
    }
    return least;
}

static void simplifies_within_the_tolerance(void **state)
{
    enum { N = 2000 };
    static struct svg_point ring[N], whole[N];
    for (int round = 1; round < 6; round++) {
        for (int i = 0; i < N; i++) {
            double angle = 2 * M_PI * i / N,
                   r = 200 + 20 * sin(angle * round * 3) + (i * 7919) % 13 / 20.0;
            ring[i] = whole[i] = (struct svg_point){ r * cos(angle), r * sin(angle) };
        }
        size_t n = svg_simplify_ring(ring, N, 0.5);
        assert_true(n >= 3 && n < N / 4);
        size_t at = 0;
        for (int i = 0; i < N; i++) {
            assert_true(off(whole[i], ring, n) <= 0.5 + 1e-9);
            at += at < n && ring[at].x == whole[i].x && ring[at].y == whole[i].y;
        }
        assert_int_equal(at, n); // points of the old ring, in their order
    }
    struct svg_point square[] = { { 0, 0 }, { 5, 0 }, { 10, 0 }, { 10, 10 }, { 5, 10 }, { 0, 10 },
        { 0, 5 } };
    assert_int_equal(svg_simplify_ring(square, ARRAY_LEN(square), 0.5), 4);
    struct svg_point line[] = { { 0, 0 }, { 5, 0 }, { 10, 0 }, { 5, 0.1 } };
    assert_true(svg_simplify_ring(line, ARRAY_LEN(line), 0.5) < 3);
    struct svg_point spot[] = { { 1, 1 }, { 1, 1 }, { 1, 1 } };
    assert_true(svg_simplify_ring(spot, ARRAY_LEN(spot), 0.5) < 3);
}

// Each split takes off one end: the plain method would take a hundred thousand squared steps.
static void simplifies_a_ring_made_to_be_slow(void **state)
{
    enum { N = 200000 };
    struct svg_point *ring = malloc(N * sizeof(*ring));
    for (int i = 0; i < N; i++) {
        ring[i] = (struct svg_point){ i % 2 ? i : -i, i * 0.001 };
    }
    int64_t before = clock_monotonic();
    assert_true(svg_simplify_ring(ring, N, 0.5) >= 3);
    assert_true(clock_monotonic() - before < 5000);
    free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simplifies_within_the_tolerance),
        cmocka_unit_test(simplifies_a_ring_made_to_be_slow),
    };
    return RUN_TESTS(tests);
}
