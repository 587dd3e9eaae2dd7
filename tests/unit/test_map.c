// SPDX-License-Identifier: Apache-2.0
#include "map.h"
#include "check.h"

static void finds_what_was_put(void **state)
{
    struct arena a;
    arena_init(&a, 1 << 22);
    struct map m;
    map_init(&m, &a);
    assert_null(map_get(&m, "nothing"));
    for (int i = 0; i < 5000; i++) {
        map_put(&m, arena_fmt(&a, "key %d", i), arena_fmt(&a, "%d", i));
    }
    static char seven[] = "seven";
    map_put(&m, "key 7", seven);
    assert_int_equal(m.count, 5000);
    assert_string_equal(map_get(&m, "key 7"), "seven");
    assert_string_equal(map_get(&m, "key 4999"), "4999");
    assert_string_equal(map_get_n(&m, "key 12 and more", 6), "12");
    assert_null(map_get(&m, "key 5000"));
    size_t at = 0, n = 0;
    const char *key;
    void *value;
    while (map_next(&m, &at, &key, &value)) {
        n++;
    }
    assert_int_equal(n, 5000);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds_what_was_put) };
    return RUN_TESTS(tests);
}
