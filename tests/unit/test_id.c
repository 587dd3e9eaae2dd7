// SPDX-License-Identifier: Apache-2.0
#include "id.h"
#include "clock.h"
#include "check.h"

static const struct id_key key = { "sixteen byte key" };

static void rises_and_never_repeats(void **state)
{
    int64_t before = id_new();
    for (int i = 0; i < 100000; i++) {
        int64_t id = id_new();
        assert_true(id > before);
        before = id;
    }
}

static void remembers_when_it_was_made(void **state)
{
    int64_t now = clock_now();
    int64_t at = id_made_at(id_new());
    assert_in_range(at - now + 1000, 0, 3000);
    assert_int_equal(id_made_at(id_floor(now)), now);
}

static void reads_back_what_it_writes(void **state)
{
    char text[ID_TEXT_SIZE];
    for (int64_t id = 1; id > 0 && id < INT64_MAX / 3; id = id * 3 + 1) {
        int64_t back = 0;
        id_write(&key, id, text);
        assert_int_equal(strlen(text), 13);
        assert_true(id_parse(&key, text, &back));
        assert_int_equal(back, id);
    }
}

static void keeps_what_it_wrote_apart_by_key(void **state)
{
    const struct id_key other = { "another such key" }, none = { { 0 } };
    char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE], again[ID_TEXT_SIZE];
    int64_t back = 0;
    id_write(&key, 4711, a);
    id_write(&other, 4711, b);
    id_write(&key, 4711, again);
    assert_string_not_equal(a, b);
    assert_string_equal(a, again);
    id_write(&none, 0, a); // what memory that was never written looks like
    assert_int_equal(strlen(a), 13);
    for (int64_t id = 1; id < 2000; id++) { // more than are kept
        id_write(&key, id, a);
        id_write(&key, id, again);
        assert_string_equal(a, again);
        assert_true(id_parse(&key, a, &back) && back == id);
    }
}

static void hides_order_and_refuses_what_it_did_not_write(void **state)
{
    char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];
    id_write(&key, 1000, a);
    id_write(&key, 1001, b);
    int same = 0;
    for (int i = 0; i < 13; i++) {
        same += a[i] == b[i];
    }
    assert_true(same < 6);
    int64_t id = 42;
    assert_false(id_parse(&key, "", &id));
    assert_false(id_parse(&key, "0000", &id));
    assert_false(id_parse(&key, "zzzzzzzzzzzzz", &id));
    assert_false(id_parse(&key, "0123456789ab!", &id));
    assert_int_equal(id, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rises_and_never_repeats),
        cmocka_unit_test(remembers_when_it_was_made),
        cmocka_unit_test(reads_back_what_it_writes),
        cmocka_unit_test(keeps_what_it_wrote_apart_by_key),
        cmocka_unit_test(hides_order_and_refuses_what_it_did_not_write),
    };
    return RUN_TESTS(tests);
}
