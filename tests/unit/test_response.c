// SPDX-License-Identifier: Apache-2.0
#include "web.h"
#include "check.h"
#include "str.h"

static struct arena arena;
static struct response r;
static struct request q;

static int set_up(void **state)
{
    arena_init(&arena, 1 << 20);
    r = (struct response){ .arena = &arena };
    q = (struct request){ .arena = &arena, .id = "abc" };
    return 0;
}

static int tear_down(void **state)
{
    buf_release(&r.body);
    arena_release(&arena);
    return 0;
}

static const char *header(const char *name)
{
    for (size_t i = 0; i < r.n_headers; i++) {
        if (str_eq(r.headers[i].name, name)) {
            return r.headers[i].value;
        }
    }
    return NULL;
}

static void lets_no_header_in(void **state)
{
    response_header(&r, "X-A", "b\r\nSet-Cookie: c");
    response_header(&r, "X-A", "b\n");
    response_header(&r, "X A", "b");
    response_header(&r, "X:A", "b");
    response_header(&r, "", "b");
    response_header(&r, "X-A", NULL);
    assert_int_equal(r.n_headers, 0);
    for (size_t i = 0; i < 2 * ARRAY_LEN(r.headers); i++) {
        response_header(&r, "X-A", "b");
    }
    assert_int_equal(r.n_headers, ARRAY_LEN(r.headers));
}

static void makes_cookies(void **state)
{
    response_cookie(&r, &q, "a", "b", -1);
    assert_string_equal(header("Set-Cookie"), "a=b; Path=/; HttpOnly; SameSite=Lax");
    r.n_headers = 0;
    q.secure = true;
    response_cookie(&r, &q, "a", "", 0);
    assert_string_equal(
        header("Set-Cookie"), "a=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    r.n_headers = 0;
    static const char *const wrong[] = { "b; Domain=evil", "b c", "b,c", "\"b\"", "b\r\n",
        "\xc3\xa9" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        response_cookie(&r, &q, "a", wrong[i], 1);
    }
    assert_int_equal(r.n_headers, 0);
}

static void redirects_within_the_site(void **state)
{
    static const struct {
        const char *to, *want;
    } cases[] = {
        { "/a/b?c=d&e=%20#f", "/a/b?c=d&e=%20#f" },
        { "/caf\xc3\xa9 x", "/caf%C3%A9%20x" },
        { NULL, "/" },
        { "", "/" },
        { "a", "/" },
        { "//evil", "/" },
        { "/\\evil", "/" },
        { "/a\\b", "/" },
        { "/a\r\nb", "/" },
        { "https://evil", "/" },
        { "/\t/evil", "/" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        r.n_headers = 0;
        response_redirect(&r, cases[i].to);
        assert_int_equal(r.status, 303);
        assert_string_equal(header("Location"), cases[i].want);
    }
}

static void leads_to_where_it_went(void **state)
{
    static const struct {
        const char *to, *query, *want;
    } cases[] = {
        { "/a/b", NULL, "/a/b" },
        { "/a b/caf\xc3\xa9", "c=d&e=%20", "/a%20b/caf%C3%A9?c=d&e=%20" },
        { "/a?b#c%d", NULL, "/a%3Fb%23c%25d" }, // decoded: none of these end the path
        { "//evil", NULL, "/" },
        { "/\\evil", NULL, "/" },
        { "https://evil", NULL, "/" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        r.n_headers = 0;
        response_moved(&r, cases[i].to, cases[i].query);
        assert_int_equal(r.status, 301);
        assert_string_equal(header("Location"), cases[i].want);
    }
}

static void makes_downloads_harmless(void **state)
{
    response_attachment(&r, "r\xc3\xa9sum\xc3\xa9 \"1\";.html", "text/html");
    assert_string_equal(header("Content-Disposition"),
        "attachment; filename=\"r__sum__ _1__.html\"; "
        "filename*=UTF-8''r%C3%A9sum%C3%A9%20%221%22%3B.html");
    assert_string_equal(header("Content-Security-Policy"), "sandbox; default-src 'none'");
    assert_string_equal(r.content_type, "application/octet-stream");
    response_attachment(&r, "", "text/csv; charset=utf-8");
    assert_string_equal(r.content_type, "text/csv; charset=utf-8");
    response_attachment(&r, "a", "image/svg+xml");
    assert_string_equal(r.content_type, "application/octet-stream");
    response_attachment(&r, "a", "text/csvx");
    assert_string_equal(r.content_type, "application/octet-stream");
}

static void tells_problems(void **state)
{
    struct value errors = value_list(&arena), *e = value_push(&arena, &errors);
    *e = value_object(&arena);
    value_set(&arena, e, "name", value_text("title"));
    value_set(&arena, e, "text", value_text("Give a \"title\"."));
    response_problem(&r, &q, ERR_INVALID, "Mend <this>.", &errors);
    assert_int_equal(r.status, 400);
    assert_string_equal(r.content_type, "application/problem+json");
    assert_non_null(strstr(buf_text(&r.body), "\"type\":\"urn:pilothouse:problem:invalid\""));
    assert_non_null(strstr(buf_text(&r.body), "\"status\":400"));
    assert_non_null(strstr(buf_text(&r.body), "\"instance\":\"urn:pilothouse:request:abc\""));
    assert_non_null(strstr(
        buf_text(&r.body), "\"errors\":[{\"name\":\"title\",\"text\":\"Give a \\\"title\\\".\"}]"));
    assert_int_equal(problem_status(ERR_STALE), 409);
    assert_int_equal(problem_status((enum err)999), 500);
    for (int code = OK; code <= ERR_INTERNAL; code++) {
        assert_true(problem_status((enum err)code) >= 200);
        assert_false(str_empty(problem_title((enum err)code)));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lets_no_header_in),
        TEST(makes_cookies),
        TEST(redirects_within_the_site),
        TEST(leads_to_where_it_went),
        TEST(makes_downloads_harmless),
        TEST(tells_problems),
    };
    return RUN_TESTS(tests);
}
