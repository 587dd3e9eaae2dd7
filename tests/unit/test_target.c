// SPDX-License-Identifier: Apache-2.0
#include "target.h"
#include "check.h"

static enum err parse(const char *raw, char *path, const char **query)
{
    size_t len;
    enum err e = target_parse(raw, strlen(raw), path, &len, query);
    if (e == OK) {
        assert_int_equal(len, strlen(path));
    }
    return e;
}

static void decodes_one_spelling(void **state)
{
    static const struct {
        const char *raw, *path, *query;
    } cases[] = {
        { "/", "/", NULL },
        { "/a/b/", "/a/b/", NULL },
        { "/caf%C3%A9?x=%31", "/caf\xc3\xa9", "x=%31" },
        { "/a%20b+c?", "/a b+c", "" },
        { "/a?b?c=/../", "/a", "b?c=/../" },
        { "/...", "/...", NULL },
        { "/.a/b.", "/.a/b.", NULL },
        { "/a:b@c;d=e,f", "/a:b@c;d=e,f", NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char path[PATH_MAX_LEN + 1];
        const char *query = "untouched";
        assert_int_equal(parse(cases[i].raw, path, &query), OK);
        assert_string_equal(path, cases[i].path);
        if (cases[i].query) {
            assert_string_equal(query, cases[i].query);
        } else {
            assert_null(query);
        }
    }
}

static void refuses_every_other(void **state)
{
    static const char *const wrong[] = { "", "a", "*", "http://h/", "h:80", "//h/", "/a//b", "/a//",
        "/.", "/..", "/./a", "/a/../b", "/a/..", "/%2e/", "/%2E%2e/a", "/a%2fb", "/a%2Fb", "/a%5cb",
        "/a\\b", "/%00", "/%0a", "/%7f", "/%", "/%1", "/%1g", "/%c0%af", "/%e0%80%af", "/%ed%a0%80",
        "/%ff", "/\xc3\xa9", "/a b", "/a\tb", "/a#b", "/a?b#c", "/a?b c", "/a?\xc3\xa9", "/<",
        "/\"" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        char path[PATH_MAX_LEN + 1] = "untouched";
        const char *query = "untouched";
        if (parse(wrong[i], path, &query) != ERR_INVALID) {
            fail_msg("taken: %s", wrong[i]);
        }
        assert_string_equal(path, "untouched");
        assert_string_equal(query, "untouched");
    }
}

static void bounds_lengths(void **state)
{
    char raw[TARGET_MAX + 2], path[PATH_MAX_LEN + 1];
    const char *query;
    memset(raw, 'a', sizeof(raw));
    raw[0] = '/';
    raw[PATH_MAX_LEN] = '\0';
    assert_int_equal(parse(raw, path, &query), OK);
    raw[PATH_MAX_LEN] = 'a';
    raw[PATH_MAX_LEN + 1] = '\0';
    assert_int_equal(parse(raw, path, &query), ERR_TOO_LARGE);
    raw[PATH_MAX_LEN + 1] = 'a';
    raw[10] = '?';
    raw[TARGET_MAX] = '\0';
    assert_int_equal(parse(raw, path, &query), OK);
    raw[TARGET_MAX] = 'a';
    raw[TARGET_MAX + 1] = '\0';
    assert_int_equal(parse(raw, path, &query), ERR_TOO_LARGE);
}

static void decodes_in_place(void **state)
{
    char text[] = "a+%2B%e2%82%ac";
    size_t len;
    assert_true(percent_decode(text, strlen(text), true, text, &len));
    assert_string_equal(text, "a +\xe2\x82\xac");
    assert_int_equal(len, 6);
    char cut[] = "%e2%82";
    assert_false(percent_decode(cut, strlen(cut), true, cut, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_one_spelling),
        cmocka_unit_test(refuses_every_other),
        cmocka_unit_test(bounds_lengths),
        cmocka_unit_test(decodes_in_place),
    };
    return RUN_TESTS(tests);
}
