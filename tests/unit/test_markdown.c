// SPDX-License-Identifier: Apache-2.0
#include "markdown.h"
#include "check.h"
#include "clock.h"

static struct arena arena;

static const char *html(const char *text)
{
    const char *out = NULL;
    assert_int_equal(markdown_html(&arena, text, 2, &out), OK);
    return out;
}

static void writes_prose(void **state)
{
    assert_string_equal(html(""), "");
    assert_string_equal(
        html("Hello *there*, **you**"), "<p>Hello <em>there</em>, <strong>you</strong></p>\n");
    assert_string_equal(html("a\nb  \nc"), "<p>a\nb<br>\nc</p>\n");
    assert_string_equal(html("- a\n- b"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
    assert_string_equal(html("3. a"), "<ol start=\"3\">\n<li>a</li>\n</ol>\n");
    assert_string_equal(html("1. a"), "<ol>\n<li>a</li>\n</ol>\n");
    assert_string_equal(html("> a"), "<blockquote>\n<p>a</p>\n</blockquote>\n");
    assert_string_equal(html("~~a~~ `b<c`"), "<p><del>a</del> <code>b&lt;c</code></p>\n");
    assert_string_equal(html("a\n\n- - -\n\nb"), "<p>a</p>\n<hr>\n<p>b</p>\n");
    const char *table = html("|a|b|\n|---|--:|\n|1|2|");
    assert_non_null(
        strstr(table, "<th scope=\"col\">a</th><th scope=\"col\" class=\"text-right\">b</th>"));
    assert_non_null(strstr(table, "<td>1</td><td class=\"text-right\">2</td>"));
    assert_null(strstr(table, "style"));
}

static void shifts_headings(void **state)
{
    assert_string_equal(html("# a\n\n## b"), "<h2>a</h2>\n<h3>b</h3>\n");
    assert_string_equal(html("###### a"), "<h6>a</h6>\n");
    const char *out = NULL;
    assert_int_equal(markdown_html(&arena, "# a", 9, &out), OK);
    assert_string_equal(out, "<h6>a</h6>\n");
}

static void lets_no_html_through(void **state)
{
    static const char *const hostile[] = {
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=x>b</b>",
        "<!-- a -->\n\n<div>\n\nx",
        "`<script>`\n\n    <script>\n\n```<script>\n<script>\n```",
        "[a](/b \"<script>\")",
        "[a](</b\"><script>>)",
        "[<script>](/x)",
        "|<script>|\n|---|\n|<script>|",
        "&lt;script&gt;<script>",
        "<https://x/\"><script>>",
        "![<script>](<script>)",
    };
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        const char *out = html(hostile[i]);
        assert_null(strstr(out, "<script"));
        assert_null(strstr(out, "<img"));
        assert_null(strstr(out, "<b "));
        assert_null(strstr(out, "<!--"));
        assert_null(strstr(out, "<div>"));
    }
    assert_string_equal(
        html("&amp; &#60;b&#62; &bogus; & <"), "<p>&amp; &#60;b&#62; &bogus; &amp; &lt;</p>\n");
}

static void links_only_where_it_may(void **state)
{
    assert_string_equal(html("[a](https://x.org/?b=1&c='2')"),
        "<p><a href=\"https://x.org/?b=1&amp;c=%272%27\" rel=\"external nofollow noopener "
        "noreferrer\">a</a></p>\n");
    assert_string_equal(html("[a](/pilots/1#money)"), "<p><a href=\"/pilots/1#money\">a</a></p>\n");
    assert_string_equal(html("[a](#b) <a@b.org> [t](tel:+1215)"),
        "<p><a href=\"#b\">a</a> <a href=\"mailto:a@b.org\">a@b.org</a> <a "
        "href=\"tel:+1215\">t</a></p>\n");
    assert_string_equal(html("[a](/caf\xc3\xa9 'title')"), "<p><a href=\"/caf%C3%A9\">a</a></p>\n");
    assert_string_equal(html("![a *b*](https://x.org/y.png)"), "<p>a <em>b</em></p>\n");
    static const char *const refused[] = {
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "java&#10;script:alert(1)",
        "&#1;javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.org",
        "/\\evil.org",
        "/&sol;evil.org",
        "&sol;/evil.org",
        "\\\\evil.org",
        "pilots/1",
        "ftp://x",
        "",
        "?a",
        "&#x2f;/evil.org",
        "/&#92;evil.org",
        "http:evil.org",
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        assert_string_equal(html(arena_fmt(&arena, "[a](<%s>)", refused[i])), "<p>a</p>\n");
    }
    // What browsers strip from an address is written so that they don't.
    assert_string_equal(html("[a](</&#9;/evil.org>)"), "<p><a href=\"/%09/evil.org\">a</a></p>\n");
    // No link inside a link, by way of an image.
    assert_string_equal(html("[![b [c](/d)](/e)](/f)"), "<p>[b <a href=\"/d\">c</a>](/f)</p>\n");
}

static char *repeated(const char *unit, size_t bytes)
{
    struct buf b = BUF(0);
    while (b.len + strlen(unit) <= bytes) {
        buf_puts(&b, unit);
    }
    char *text = arena_strndup(&arena, b.data, b.len);
    buf_release(&b);
    return text;
}

static void stays_quick_on_hostile_text(void **state)
{
    static const char *const units[] = {
        "[",
        "![",
        "[a](",
        "*a ",
        "*a_ ",
        "**x *",
        "`a",
        "`a``\n",
        "<",
        "&",
        "[a]",
        "|",
        "|a",
        "a|b\n",
        "- ",
        "* * a ",
        "> ",
        ">",
        "1. ",
        "-\n",
        "> a\n",
        "[a](b \"\n",
        "[x]: y\n",
        "\\[",
        "*_",
        "\t- ",
        "![[]()",
        "# \n",
        "a\n",
        "\n",
    };
    int64_t begin = clock_monotonic();
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        const char *text = repeated(units[i], 256 * 1024), *out = "";
        enum err e = markdown_html(&arena, text, 2, &out);
        assert_true(e == OK || e == ERR_TOO_LARGE);
        assert_true(strlen(out) <= strlen(text) * 16 + 64 * 1024);
        assert_true(strlen(markdown_plain(&arena, text, 200)) <= 200);
        arena_reset(&arena);
    }
    assert_true(clock_monotonic() - begin < 10000);
}

static void refuses_what_blows_up(void **state)
{
    const char *out = "kept";
    assert_int_equal(markdown_html(&arena, repeated("a ", 256 * 1024 + 2), 2, &out), ERR_TOO_LARGE);
    assert_string_equal(out, "kept");
    assert_int_equal(markdown_html(&arena, repeated("a ", 256 * 1024), 2, &out), OK);
    // A reference of 2 KB used 60,000 times; a table of 500 columns and 60,000 empty rows.
    const char *reference =
        arena_fmt(&arena, "[a]: /%s\n\n%s", repeated("x", 1500), repeated("[a] ", 250000));
    assert_int_equal(markdown_html(&arena, reference, 2, &out), ERR_TOO_LARGE);
    const char *table = arena_fmt(&arena, "%s|\n%s|\n%s", repeated("|a", 50000),
        repeated("|---", 100000), repeated("|\n", 7000));
    assert_int_equal(markdown_html(&arena, table, 2, &out), ERR_TOO_LARGE);
    assert_int_equal(markdown_html(&arena, repeated("> ", 200), 2, &out), ERR_TOO_LARGE);
    assert_int_equal(markdown_html(&arena, repeated("> ", 60), 2, &out), OK);
    assert_int_equal(markdown_html(&arena, repeated("- ", 2000), 2, &out), OK); // a rule
    assert_string_equal(out, "<hr>\n");
}

static void gives_the_words_alone(void **state)
{
    assert_string_equal(markdown_plain(&arena, "", 10), "");
    assert_string_equal(
        markdown_plain(&arena, "# Head\n\nA *b* [c](/d)\n- e\n- f &amp; g &#233;", SIZE_MAX),
        "Head A b c e f & g \xc3\xa9");
    assert_string_equal(markdown_plain(&arena, "one two three", 13), "one two three");
    assert_string_equal(markdown_plain(&arena, "one two three", 12), "one two…");
    assert_string_equal(markdown_plain(&arena, "one two, three", 12), "one two…");
    assert_string_equal(markdown_plain(&arena, "one\n\ntwo three four", 11), "one two…");
    assert_string_equal(markdown_plain(&arena, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 6), "\xc3\xa9…");
    assert_string_equal(markdown_plain(&arena, "abcdef", 2), "");
    assert_string_equal(markdown_plain(&arena, "|a|b|\n|---|---|\n|c|d|", 50), "a b c d");
    assert_string_equal(markdown_plain(&arena, "<b>x</b>", 50), "<b>x</b>");
    for (size_t max = 0; max < 40; max++) {
        assert_true(strlen(markdown_plain(
                        &arena, "A \xe2\x82\xac sign, and words with *stars* here", max)) <= max);
    }
}

static int release(void **state)
{
    arena_release(&arena);
    return 0;
}

int main(void)
{
    arena_init(&arena, 64 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_prose),
        cmocka_unit_test(shifts_headings),
        cmocka_unit_test(lets_no_html_through),
        cmocka_unit_test(links_only_where_it_may),
        cmocka_unit_test(stays_quick_on_hostile_text),
        cmocka_unit_test(refuses_what_blows_up),
        cmocka_unit_test(gives_the_words_alone),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
