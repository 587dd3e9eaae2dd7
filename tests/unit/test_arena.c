// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include "check.h"

static void gives_zeroed_aligned_memory(void **state)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t size = 1; size < 70000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(&a, size);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(p[i], 0);
            p[i] = 0xff;
        }
    }
    arena_release(&a);
}

static void says_when_the_cap_is_passed(void **state)
{
    struct arena a;
    arena_init(&a, 1000);
    arena_alloc(&a, 900);
    assert_false(arena_exhausted(&a));
    char *p = arena_alloc(&a, 900);
    p[899] = 'x'; // still usable
    assert_true(arena_exhausted(&a));
    arena_reset(&a);
    assert_false(arena_exhausted(&a));
    arena_release(&a);
}

static int order[3], count;
static void note(void *p)
{
    order[count++] = *(int *)p;
}

static void runs_deferred_newest_first(void **state)
{
    struct arena a;
    arena_init(&a, 1000);
    static int one = 1, two = 2;
    count = 0;
    arena_defer(&a, note, &one);
    arena_defer(&a, note, &two);
    arena_reset(&a);
    assert_int_equal(count, 2);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 1);
    arena_release(&a);
    assert_int_equal(count, 2);
}

static void keeps_the_words_of_a_failure(void **state)
{
    struct arena a;
    arena_init(&a, 1000);
    assert_int_equal(fail(&a, ERR_INVALID, "row %d has no unit", 7), ERR_INVALID);
    assert_string_equal(a.detail, "row 7 has no unit");
    assert_int_equal(fail(NULL, ERR_FULL, "nobody listens"), ERR_FULL);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(says_when_the_cap_is_passed),
        cmocka_unit_test(runs_deferred_newest_first),
        cmocka_unit_test(keeps_the_words_of_a_failure),
    };
    return RUN_TESTS(tests);
}
