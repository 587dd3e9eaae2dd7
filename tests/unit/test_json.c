// SPDX-License-Identifier: Apache-2.0
#include "json.h"
#include "number.h"
#include "str.h"
#include "check.h"

#include <math.h>

static struct arena a;

static int setup(void **state)
{
    arena_init(&a, 1 << 24);
    return 0;
}

static int teardown(void **state)
{
    arena_release(&a);
    return 0;
}

static struct value read_ok(const char *text)
{
    struct value v;
    if (json_read(&a, text, strlen(text), JSON_MAX_BYTES, &v) != OK) {
        fail_msg("%s: %s", text, a.detail);
    }
    return v;
}

static enum err refusal(const char *text, size_t len)
{
    struct value v = value_int(77);
    enum err e = json_read(&a, text, len, JSON_MAX_BYTES, &v);
    assert_int_equal(v.kind, V_INT); // untouched on failure
    return e;
}

static const char *written(const struct value *v, bool canonical)
{
    AUTO_BUF(out, 0);
    if (canonical) {
        json_write_canonical(&out, v);
    } else {
        json_write(&out, NULL, v);
    }
    return arena_strdup(&a, buf_text(&out));
}

static void reads_every_kind(void **state)
{
    struct value v = read_ok(" {\"a\":[1,-2.5,\"x\\u00e9\",true,false,null],\"b\":{}} ");
    const struct value *list = value_get(&v, "a");
    assert_int_equal(value_len(list), 6);
    assert_int_equal(value_at(list, 0)->n, 1);
    assert_true(value_at(list, 1)->x == -2.5);
    assert_string_equal(value_at(list, 2)->text, "xé");
    assert_int_equal(value_at(list, 5)->kind, V_NULL);
    assert_int_equal(value_get(&v, "b")->kind, V_OBJECT);
    assert_int_equal(read_ok("9223372036854775807").n, INT64_MAX);
    assert_string_equal(read_ok("\"\"").text, "");
}

static void refuses_what_is_not_strict_json(void **state)
{
    static const char *bad[] = { "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "[1] x",
        "nul", "'a'", "{a:1}", "\"\\u0000\"", "{\"\\u0000\":1}", "\"\\ud800\"", "\"\n\"",
        "9223372036854775808", "1e400", "-1e400", "01", "+1", ".5", "1.", "NaN", "[1 2]", "// c\n1",
        "\"\xff\"", "\"\xc0\x80\"", "\xef\xbb\xbf{}" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (refusal(bad[i], strlen(bad[i])) != ERR_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_true(str_starts(a.detail, "Line "));
    }
    assert_int_equal(refusal("1\0", 2), ERR_INVALID);
    assert_int_equal(refusal("\"a\0b\"", 5), ERR_INVALID);
    assert_int_equal(refusal("{\n\"a\": 1,\n\"a\": 2}", 17), ERR_INVALID);
    assert_string_equal(a.detail, "Line 3: the same key stands twice in one object.");
}

static void bounds_depth_and_size(void **state)
{
    char deep[2 * JSON_MAX_DEPTH + 3];
    memset(deep, '[', JSON_MAX_DEPTH);
    memset(deep + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    deep[2 * JSON_MAX_DEPTH] = '\0';
    read_ok(deep);
    memset(deep, '[', JSON_MAX_DEPTH + 1);
    memset(deep + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
    assert_int_equal(refusal(deep, sizeof(deep) - 1), ERR_INVALID);
    // Brackets in text are no depth, and escaped quotes don't end it.
    char *text = arena_alloc(&a, 1003);
    memset(text, '[', 1002);
    memcpy(text, "\"\\\"", 3);
    text[1001] = '"';
    assert_int_equal(strlen(read_ok(text).text), 999);

    struct value v;
    assert_int_equal(json_read(&a, "[1]", 3, 2, &v), ERR_TOO_LARGE);
    assert_int_equal(json_read(&a, "[1]", 3, 3, &v), OK);
    struct arena small;
    arena_init(&small, 64);
    assert_int_equal(json_read(&small, "[[],[],[],[],[]]", 16, 100, &v), ERR_TOO_LARGE);
    arena_release(&small);
}

static void writes_typed_leaves_for_machines(void **state)
{
    struct value o = value_object(&a);
    value_set(&a, &o, "id", value_id(42));
    value_set(&a, &o, "cost", value_money(123450, "USD"));
    value_set(&a, &o, "debt", value_money(-5, "USD"));
    value_set(&a, &o, "yen", value_money(1200, "JPY"));
    value_set(&a, &o, "least", value_money(INT64_MIN, "KWD"));
    value_set(&a, &o, "day", value_date(20414));
    value_set(&a, &o, "at", value_time(1763839800007));
    value_set(&a, &o, "far", value_date(INT64_MAX));
    value_set(&a, &o, "old", value_time(INT64_MIN));
    value_set(&a, &o, "e", value_estimate(&a, (struct estimate){ 1.5, NAN, 2, 0.95 }));
    value_set(&a, &o, "blob", (struct value){ .kind = V_BLOB, .blob = { "\xff\x00zz", 4 } });
    value_set(&a, &o, "f", (struct value){ .kind = V_LAMBDA });
    value_set(&a, &o, "html", value_html("<b>"));
    const char *text = written(&o, false);
    assert_true(
        str_starts(text, "{\"id\":\"42\",\"cost\":{\"amount\":\"1234.50\",\"currency\":\"USD\"},"
                         "\"debt\":{\"amount\":\"-0.05\",\"currency\":\"USD\"},"
                         "\"yen\":{\"amount\":\"1200\",\"currency\":\"JPY\"},"
                         "\"least\":{\"amount\":\"-9223372036854775.808\",\"currency\":\"KWD\"},"
                         "\"day\":\"2025-11-22\",\"at\":\"2025-11-22T19:30:00.007Z\","));
    assert_true(str_ends(text, "\"e\":{\"estimate\":1.5,\"high\":2,\"level\":0.95,\"low\":null},"
                               "\"blob\":\"/wB6eg==\",\"f\":null,\"html\":\"\\u003cb>\"}"));
    read_ok(text);
    const struct id_key key = { { 1, 2, 3 } };
    struct value id = value_id(42);
    AUTO_BUF(out, 0);
    json_write(&out, &key, &id);
    assert_string_equal(buf_text(&out), arena_fmt(&a, "\"%s\"", id_text(&a, &key, 42)));
}

static void strings_are_safe_in_scripts(void **state)
{
    AUTO_BUF(out, 0);
    json_string(&out, "</script>\"\\\n\x01\x7f\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa");
    assert_string_equal(
        buf_text(&out), "\"\\u003c/script>\\\"\\\\\\n\\u0001\x7f\\u2028\\u2029\xe2\x80\xaa\"");
}

static void canonical_form_is_that_of_rfc_8785(void **state)
{
    // Sections 3.2.2 and 3.2.3 of the RFC.
    struct value v = read_ok("{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, "
                             "0.000000000000000000000000001], \"string\": "
                             "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", "
                             "\"literals\": [null, true, false]}");
    assert_string_equal(written(&v, true),
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
        "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    v = read_ok("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,"
                "\"\\u0080\":6,\"\\u00f6\":7,\"</script>\":8}");
    assert_string_equal(written(&v, true),
        "{\"\\r\":2,\"1\":4,\"</"
        "script>\":8,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
    v = read_ok("[9007199254740992,9007199254740993,-9007199254740993,-0.0,-0]");
    assert_string_equal(
        written(&v, true), "[9007199254740992,\"9007199254740993\",\"-9007199254740993\",0,0]");
}

static void numbers_are_those_of_ecmascript(void **state)
{
    static const struct {
        uint64_t bits;
        const char *text;
    } known[] = { // RFC 8785, appendix B
        { 0x0000000000000000, "0" }, { 0x8000000000000000, "0" }, { 0x0000000000000001, "5e-324" },
        { 0x8000000000000001, "-5e-324" }, { 0x7fefffffffffffff, "1.7976931348623157e+308" },
        { 0xffefffffffffffff, "-1.7976931348623157e+308" },
        { 0x4340000000000000, "9007199254740992" }, { 0xc340000000000000, "-9007199254740992" },
        { 0x4430000000000000, "295147905179352830000" }, { 0x7fffffffffffffff, "null" },
        { 0x7ff0000000000000, "null" }, { 0x44b52d02c7e14af5, "9.999999999999997e+22" },
        { 0x44b52d02c7e14af6, "1e+23" }, { 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
        { 0x444b1ae4d6e2ef4e, "999999999999999700000" },
        { 0x444b1ae4d6e2ef4f, "999999999999999900000" }, { 0x444b1ae4d6e2ef50, "1e+21" },
        { 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" }, { 0x3eb0c6f7a0b5ed8d, "0.000001" },
        { 0x41b3de4355555553, "333333333.3333332" }, { 0x41b3de4355555554, "333333333.33333325" },
        { 0x41b3de4355555555, "333333333.3333333" }, { 0x41b3de4355555556, "333333333.3333334" },
        { 0x41b3de4355555557, "333333333.33333343" },
        { 0xbecbf647612f3696, "-0.0000033333333333333333" },
        { 0x43143ff3c1cb0959, "1424953923781206.2" },
        { 0x3d30000000000000, "5.684341886080802e-14" }
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        double x;
        memcpy(&x, &known[i].bits, sizeof(x));
        char text[NUMBER_TEXT_SIZE];
        assert_int_equal(number_text(x, text), strlen(known[i].text));
        assert_string_equal(text, known[i].text);
    }
}

static void large_numbers_stay_numbers(void **state)
{
    struct value v = value_num(1e20), back = read_ok(written(&v, false));
    assert_int_equal(back.kind, V_NUM);
    assert_true(back.x == 1e20);
    assert_string_equal(written(&v, true), "100000000000000000000");
    v = value_num(-1e21);
    assert_true(read_ok(written(&v, false)).x == -1e21);
    v = value_num(0x1p62);
    assert_true(read_ok(written(&v, false)).x == 0x1p62);
    v = value_num(0x1p53);
    assert_int_equal(read_ok(written(&v, false)).n, INT64_C(1) << 53);
}

static uint64_t seed = 20261122;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void numbers_read_back_the_same(void **state)
{
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = next();
        double x, back;
        if (i % 3 == 0) {
            x = (double)(int64_t)(bits % 2000000000) / 10000 - 100000;
        } else if (i % 3 == 1) {
            bits &= 0x7ff0000000000000; // powers of two
            memcpy(&x, &bits, sizeof(x));
        } else {
            memcpy(&x, &bits, sizeof(x));
        }
        char text[NUMBER_TEXT_SIZE];
        number_text(x, text);
        if (isfinite(x) && !(str_f64(text, &back) && back == x)) {
            fail_msg("%a came out as %s", x, text);
        }
    }
}

static struct value random_value(int depth)
{
    static const char *texts[] = { "", "a", "é\"\\", "<\n>", "😀", "\x01" };
    switch (next() % (depth < 4 ? 7 : 5)) {
    case 0:
        return value_int((int64_t)next());
    case 1:
        return value_num((double)(int64_t)next() / 1e6);
    case 2:
        return value_text(texts[next() % ARRAY_LEN(texts)]);
    case 3:
        return value_bool(next() % 2);
    case 4:
        return VALUE_NULL;
    case 5: {
        struct value l = value_list(&a);
        for (uint64_t n = next() % 5; n; n--) {
            struct value item = random_value(depth + 1);
            *value_push(&a, &l) = item;
        }
        return l;
    }
    default: {
        struct value o = value_object(&a);
        for (uint64_t n = next() % 5; n; n--) {
            struct value item = random_value(depth + 1);
            value_set(&a, &o, texts[next() % ARRAY_LEN(texts)], item);
        }
        return o;
    }
    }
}

static void what_is_written_reads_back_and_is_stable(void **state)
{
    for (int i = 0; i < 2000; i++) {
        arena_reset(&a);
        struct value v = random_value(0);
        const char *plain = written(&v, false);
        struct value back = read_ok(plain);
        const char *again = written(&back, false);
        // A number without decimals comes back as an integer; the text is the same all the same.
        assert_string_equal(again, plain);
        const char *canonical = written(&v, true);
        back = read_ok(canonical);
        assert_string_equal(written(&back, true), canonical);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_every_kind),
        TEST(refuses_what_is_not_strict_json),
        TEST(bounds_depth_and_size),
        TEST(writes_typed_leaves_for_machines),
        TEST(strings_are_safe_in_scripts),
        TEST(canonical_form_is_that_of_rfc_8785),
        TEST(numbers_are_those_of_ecmascript),
        TEST(large_numbers_stay_numbers),
        TEST(numbers_read_back_the_same),
        TEST(what_is_written_reads_back_and_is_stable),
    };
    return RUN_TESTS(tests);
}
