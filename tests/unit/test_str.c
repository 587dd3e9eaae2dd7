// SPDX-License-Identifier: Apache-2.0
#include "str.h"
#include "check.h"

static void tells_well_formed_text(void **state)
{
    assert_true(str_utf8("", 0));
    assert_true(str_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xb2", 14));
    static const char *const wrong[] = { "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xff", "\x80", "\xf0\x9f\x9a" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(str_utf8(wrong[i], strlen(wrong[i])));
    }
    assert_false(str_utf8("a\0b", 3));
    assert_int_equal(str_chars("caf\xc3\xa9"), 4);
}

static void reads_numbers_whole_or_not_at_all(void **state)
{
    int64_t n = 5;
    assert_true(str_i64("-9223372036854775808", &n));
    assert_true(n == INT64_MIN);
    assert_true(str_i64("+9223372036854775807", &n));
    assert_true(n == INT64_MAX);
    assert_false(str_i64("9223372036854775808", &n));
    assert_false(str_i64("12 ", &n));
    assert_false(str_i64("", &n));
    assert_false(str_i64("-", &n));
    assert_true(n == INT64_MAX);
    double d = 5;
    assert_true(str_f64("-1.5e3", &d));
    assert_true(d == -1500);
    assert_false(str_f64("nan", &d));
    assert_false(str_f64("0x10", &d));
    assert_false(str_f64("1e999", &d));
    assert_false(str_f64(" 1", &d));
    assert_false(str_f64("1,5", &d));
}

static void trims_and_slugs(void **state)
{
    struct arena a;
    arena_init(&a, 10000);
    assert_string_equal(str_trim(&a, " \t two words\n"), "two words");
    assert_string_equal(str_slug(&a, "  Smart Loading Zones (2022)!"), "smart-loading-zones-2022");
    assert_string_equal(str_slug(&a, "\xc2\xbf?"), "");
    assert_true(str_empty(" \n"));
    assert_true(str_empty(NULL));
    assert_false(str_empty(" x"));
    arena_release(&a);
}

static void encodes_and_decodes(void **state)
{
    struct arena a;
    arena_init(&a, 100000);
    unsigned char data[64], back[64];
    for (size_t len = 0; len <= sizeof(data); len++) {
        for (size_t i = 0; i < len; i++) {
            data[i] = (unsigned char)(i * 37 + len);
        }
        size_t got = 0;
        assert_true(str_unbase64(str_base64url(&a, data, len), back, sizeof(back), &got));
        assert_int_equal(got, len);
        assert_memory_equal(back, data, len);
        assert_true(str_unbase64(str_base64(&a, data, len), back, sizeof(back), &got));
        assert_int_equal(got, len);
        assert_true(str_unhex(str_hex(&a, data, len), back, len));
        assert_memory_equal(back, data, len);
    }
    assert_string_equal(str_base64(&a, "fo", 2), "Zm8=");
    size_t got = 9;
    assert_false(str_unbase64("Zm9v!", back, sizeof(back), &got));
    assert_false(str_unbase64("Zm9vZm9v", back, 5, &got));
    assert_int_equal(got, 9);
    assert_false(str_unhex("0g", back, 1));
    assert_true(str_same_secret("abc", "abc"));
    assert_false(str_same_secret("abc", "abd"));
    assert_false(str_same_secret("abc", "abcd"));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_well_formed_text),
        cmocka_unit_test(reads_numbers_whole_or_not_at_all),
        cmocka_unit_test(trims_and_slugs),
        cmocka_unit_test(encodes_and_decodes),
    };
    return RUN_TESTS(tests);
}
