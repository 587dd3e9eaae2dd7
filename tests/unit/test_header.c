// SPDX-License-Identifier: Apache-2.0
#include "header.h"
#include "check.h"

static void chooses_codings(void **state)
{
    static const struct {
        const char *header;
        enum encoding want;
    } cases[] = {
        { NULL, ENCODING_PLAIN },
        { "", ENCODING_PLAIN },
        { "gzip, deflate, br", ENCODING_BROTLI },
        { "gzip;q=1.0, br;q=0.999", ENCODING_GZIP },
        { "br;q=0,gzip;q=0", ENCODING_PLAIN },
        { "*", ENCODING_BROTLI },
        { "*;q=0", ENCODING_PLAIN },
        { "*;q=0.1, br;q=0", ENCODING_GZIP },
        { "identity, gzip;q=0.5", ENCODING_PLAIN },
        { "identity;q=0.5, gzip;q=0.5", ENCODING_GZIP },
        { "identity;q=0", ENCODING_PLAIN },
        { " GZip ; Q=0.001 ", ENCODING_GZIP },
        { "gzip;q=x", ENCODING_PLAIN },
        { "gzip;q=", ENCODING_PLAIN },
        { "gzip;q=2", ENCODING_PLAIN },
        { "gzipx, xbr", ENCODING_PLAIN },
        { ",,;,;;q=1,gzip", ENCODING_GZIP },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (header_encoding(cases[i].header) != cases[i].want) {
            fail_msg("%s", cases[i].header);
        }
    }
}

static void compares_tags_weakly(void **state)
{
    static const char *const same[] = { "\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" ", "*",
        ", , \"a\"", "\"x,\"  ,\"a\"" };
    static const char *const other[] = { "", "\"b\"", "a", "\"a", "\"ab\"", "\"A\"", "w/\"a\"",
        "b, \"a\"", "W/", "\"b\" W/a" };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        assert_true(header_etag_matches(same[i], "\"a\""));
        assert_true(header_etag_matches(same[i], "W/\"a\""));
    }
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        assert_false(header_etag_matches(other[i], "\"a\""));
    }
    assert_false(header_etag_matches(NULL, "\"a\""));
    assert_false(header_etag_matches("*", NULL));
}

static void prefers_json_only_when_asked(void **state)
{
    assert_true(header_prefers_json("application/json"));
    assert_true(header_prefers_json("text/html;q=0.5, application/problem+json"));
    assert_false(header_prefers_json(NULL));
    assert_false(header_prefers_json("*/*"));
    assert_false(header_prefers_json("text/html, application/json"));
    assert_false(header_prefers_json("application/json;q=0"));
}

static void finds_cookies(void **state)
{
    const char *value;
    size_t len;
    const char *cookies = "ab=1; a=; b=\"x y\" ;c=d=e;a=2;d";
    assert_true(header_cookie(cookies, "a", &value, &len));
    assert_int_equal(len, 0);
    assert_true(header_cookie(cookies, "b", &value, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(value, "x y", 3);
    assert_true(header_cookie(cookies, "c", &value, &len));
    assert_memory_equal(value, "d=e", len);
    assert_false(header_cookie(cookies, "d", &value, &len));
    assert_false(header_cookie(cookies, "B", &value, &len));
    assert_false(header_cookie(NULL, "a", &value, &len));
    assert_false(header_cookie(";;; ;", "a", &value, &len));
}

static void reads_parameters(void **state)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    const char *type = "Multipart/Form-Data ; a=b; boundary=\"x\\\"y;z\"; name=C:\\f";
    assert_string_equal(header_media_type(&a, type), "multipart/form-data");
    assert_string_equal(header_media_type(&a, NULL), "");
    assert_string_equal(header_param(&a, type, "boundary"), "x\"y;z");
    assert_string_equal(header_param(&a, type, "A"), "b");
    assert_string_equal(header_param(&a, type, "name"), "C:\\f");
    assert_null(header_param(&a, type, "missing"));
    assert_null(header_param(&a, "a; boundary=\"open", "boundary"));
    assert_null(header_param(&a, "a; boundary", "boundary"));
    assert_null(header_param(&a, "a; filename=\"; name=b\"", "name"));
    assert_null(header_param(&a, NULL, "a"));
    arena_release(&a);
}

static void knows_hosts(void **state)
{
    static const char *const well[] = { "a", "a.b-c_d:80", "127.0.0.1", "[::1]", "[::1]:8080",
        "a:" };
    static const char *const wrong[] = { "", ":80", "a/b", "a@b", "a b", "a:b", "a:123456", "[::1",
        "[::1]a", "[zz]", "a\"", "a,b", "caf\xc3\xa9", "[]" };
    for (size_t i = 0; i < ARRAY_LEN(well); i++) {
        assert_true(header_host_valid(well[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(header_host_valid(wrong[i]));
    }
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    longest[256] = '\0';
    assert_false(header_host_valid(longest));
}

static void believes_the_last_forwarder(void **state)
{
    char address[46] = "untouched";
    static const struct {
        const char *header, *want;
    } well[] = { { "1.2.3.4", "1.2.3.4" }, { "evil, 1.2.3.4 ", "1.2.3.4" },
        { "9.9.9.9,1.2.3.4:55", "1.2.3.4" }, { "2001:DB8:0::1", "2001:db8::1" },
        { "[2001:db8::1]:80", "2001:db8::1" }, { "[::1]", "::1" } };
    static const char *const wrong[] = { "", ",", "1.2.3.4,", "unknown", "1.2.3", "[::1", "[", "]",
        "1.2.3.4:5:6", ":", "1.2.3.4 5.6.7.8" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(header_forwarded_for(wrong[i], address));
        assert_string_equal(address, "untouched");
    }
    for (size_t i = 0; i < ARRAY_LEN(well); i++) {
        assert_true(header_forwarded_for(well[i].header, address));
        assert_string_equal(address, well[i].want);
    }
}

static void reads_lengths(void **state)
{
    int64_t n = 7;
    static const char *const wrong[] = { "", "+1", "-1", " 1", "1 ", "1,1", "0x1", "1e3",
        "9999999999999999999" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(header_content_length(wrong[i], &n));
    }
    assert_true(n == 7);
    assert_true(header_content_length("007", &n));
    assert_true(header_content_length("999999999999999999", &n));
    assert_true(n == 999999999999999999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_codings),
        cmocka_unit_test(compares_tags_weakly),
        cmocka_unit_test(prefers_json_only_when_asked),
        cmocka_unit_test(finds_cookies),
        cmocka_unit_test(reads_parameters),
        cmocka_unit_test(knows_hosts),
        cmocka_unit_test(believes_the_last_forwarder),
        cmocka_unit_test(reads_lengths),
    };
    return RUN_TESTS(tests);
}
