// SPDX-License-Identifier: Apache-2.0
#include "clock.h"
#include "check.h"

static void counts_days_both_ways(void **state)
{
    assert_int_equal(civil_days(1970, 1, 1), 0);
    assert_int_equal(civil_days(2000, 2, 29), 11016);
    assert_int_equal(civil_days(2026, 11, 22), 20779);
    for (int64_t day = -800000; day < 800000; day += 37) {
        struct civil c = civil_from_days(day);
        assert_int_equal(civil_days(c.year, c.month, c.day), day);
    }
    assert_int_equal(civil_weekday(20779), 0);
    assert_int_equal(civil_weekday(-1), 3);
}

static void knows_which_dates_exist(void **state)
{
    int64_t days = -5;
    assert_true(civil_parse_date("2024-02-29", &days));
    assert_int_equal(days, civil_days(2024, 2, 29));
    days = -5;
    const char *const wrong[] = { "", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10",
        "2024-1-1", "2024-01-01 ", "20240101", "0000-01-01", "2024-01-32" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(civil_parse_date(wrong[i], &days));
        assert_int_equal(days, -5);
    }
}

static void reads_and_writes_instants(void **state)
{
    struct arena a;
    arena_init(&a, 10000);
    int64_t ms = 0;
    bool zone = false;
    assert_true(civil_parse_instant("2026-11-22T14:30:00-05:00", &ms, &zone));
    assert_true(zone);
    assert_string_equal(civil_instant(&a, ms), "2026-11-22T19:30:00Z");
    assert_string_equal(civil_http(&a, ms), "Sun, 22 Nov 2026 19:30:00 GMT");
    assert_true(civil_parse_instant("2026-11-22T19:30", &ms, &zone));
    assert_false(zone);
    assert_true(civil_parse_instant("1969-12-31T23:59:59.5Z", &ms, &zone));
    assert_int_equal(ms, -500);
    assert_string_equal(civil_instant(&a, ms), "1969-12-31T23:59:59.500Z");
    assert_false(civil_parse_instant("2026-11-22T24:00", &ms, &zone));
    assert_false(civil_parse_instant("2026-11-22T19:30+5", &ms, &zone));
    assert_false(civil_parse_instant("2026-11-22T19:30:00.Z", &ms, &zone));
    arena_release(&a);
}

static void runs_from_where_it_is_set(void **state)
{
    int64_t now = clock_now();
    clock_set(now - 400 * (int64_t)CLOCK_DAY);
    int64_t then = clock_now();
    assert_in_range(then - (now - 400 * (int64_t)CLOCK_DAY), 0, CLOCK_MINUTE);
    int64_t later = clock_monotonic() + 5;
    while (clock_monotonic() < later) {
    }
    assert_true(clock_now() > then); // it runs on
    clock_set(0);
    assert_in_range(clock_now() - now, 0, CLOCK_MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_days_both_ways),
        cmocka_unit_test(runs_from_where_it_is_set),
        cmocka_unit_test(knows_which_dates_exist),
        cmocka_unit_test(reads_and_writes_instants),
    };
    return RUN_TESTS(tests);
}
