// SPDX-License-Identifier: Apache-2.0
#include "buf.h"
#include "check.h"

static void grows_and_stays_terminated(void **state)
{
    AUTO_BUF(b, 0);
    assert_string_equal(buf_text(&b), "");
    for (int i = 0; i < 1000; i++) {
        buf_fmt(&b, "%d,", i % 10);
    }
    assert_int_equal(b.len, 2000);
    assert_int_equal(strlen(b.data), 2000);
    assert_true(buf_ok(&b));
}

static void refuses_past_its_limit_and_remembers(void **state)
{
    AUTO_BUF(b, 5);
    buf_puts(&b, "1234");
    buf_puts(&b, "56");
    assert_false(buf_ok(&b));
    assert_string_equal(b.data, "1234");
    buf_putc(&b, 'x');
    assert_string_equal(b.data, "1234");
    buf_clear(&b);
    assert_true(buf_ok(&b));
}

static void writes_every_integer(void **state)
{
    AUTO_BUF(b, 0);
    buf_i64(&b, INT64_MIN);
    buf_putc(&b, ' ');
    buf_i64(&b, 0);
    buf_putc(&b, ' ');
    buf_i64(&b, INT64_MAX);
    assert_string_equal(b.data, "-9223372036854775808 0 9223372036854775807");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(refuses_past_its_limit_and_remembers),
        cmocka_unit_test(writes_every_integer),
    };
    return RUN_TESTS(tests);
}
