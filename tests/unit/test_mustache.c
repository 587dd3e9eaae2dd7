// SPDX-License-Identifier: Apache-2.0
// What the house adds to the specification, and its bounds; the specification itself is in
// tests/spec.
#include "mustache.h"
#include "str.h"
#include "check.h"

#include <pthread.h>

static struct arena a;
static struct templates *set;
static struct locales *languages;
static const struct locale *es;
static struct value data;

static int setup(void **state)
{
    static const char words[] = "{\"Hello, {name}!\":\"¡Hola, {name}!\",\"Save\":\"<Guardar>\"}";
    arena_init(&a, 1 << 22);
    set = templates_new();
    data = value_object(&a);
    assert_int_equal(locales_new(&a, "America/New_York", "USD", &languages), OK);
    assert_int_equal(locales_add(languages, &a, "en", "{}", 2), OK);
    assert_int_equal(locales_add(languages, &a, "es-ES", words, strlen(words)), OK);
    es = locales_get(languages, "es-ES");
    return 0;
}

static int teardown(void **state)
{
    templates_free(set);
    locales_free(languages);
    arena_release(&a);
    return 0;
}

static void add(const char *name, const char *text)
{
    if (templates_add(set, &a, name, text, strlen(text)) != OK) {
        fail_msg("%s", a.detail);
    }
}

static enum err render(const char *name, const struct locale *l, const char **ret_text)
{
    struct render r = { .templates = set, .locale = l, .arena = &a };
    AUTO_BUF(out, 1 << 20);
    enum err e = mustache_render(&r, name, &data, &out);
    *ret_text = arena_strdup(&a, buf_text(&out));
    return e;
}

static const char *rendered(const char *text, const struct locale *l)
{
    const char *result;
    add("page", text);
    if (render("page", l, &result) != OK) {
        fail_msg("%s", a.detail);
    }
    return result;
}

// Sections that ask and nothing more are gone through without a context of their own, the others
// with one.
static void a_question_is_a_context_only_where_it_is_asked_for(void **state)
{
    value_set(&a, &data, "name", value_text("Ana"));
    value_set(&a, &data, "is_on", value_bool(true));
    value_set(&a, &data, "is_off", value_bool(false));
    add("itself", "[{{.}}]");
    assert_string_equal(
        rendered("{{#name}}{{.}}{{/name}}{{#name}}{{>itself}}{{/name}}", NULL), "Ana[Ana]");
    assert_string_equal(
        rendered("{{#is_on}}{{#name}}{{name}}!{{/name}}{{^is_off}}?{{/is_off}}"
                 "{{/is_on}}{{#is_off}}{{name}}{{#is_on}}x{{/is_on}}{{/is_off}}."
                 "{{^is_on}}{{#is_on}}x{{/is_on}}{{/is_on}}{{^nothing}}-{{/nothing}}",
            NULL),
        "Ana!?.-");
    assert_string_equal(
        rendered("{{#is_on}}{{^is_off}}{{#name}}{{.}}{{/name}}{{/is_off}}{{/is_on}}", NULL), "Ana");
}

static void a_partial_may_come_later_or_never(void **state)
{
    const char *text;
    add("page", "a{{>later}}b{{>never}}c");
    assert_false(templates_has(set, "later"));
    assert_int_equal(render("page", NULL, &text), OK);
    assert_string_equal(text, "abc");
    assert_int_equal(render("later", NULL, &text), ERR_NOT_FOUND);
    add("later", "1");
    add("later", "2");
    assert_true(templates_has(set, "later"));
    assert_int_equal(render("page", NULL, &text), OK);
    assert_string_equal(text, "a2bc");
}

static void leaves_are_formatted_in_their_style(void **state)
{
    const struct locale *en = locales_get(languages, "en");
    struct value call = value_object(&a);
    value_set(&a, &call, "closes_at", value_time(1795375800000));
    value_set(&a, &call, "cost", value_money(3400000, "USD"));
    value_set(&a, &call, "text", value_text("<a href='x'>&\"</a>"));
    value_set(&a, &call, "html", value_html("<b>"));
    value_set(&a, &data, "call", call);
    assert_string_equal(
        rendered("{{call.closes_at}}|{{call.closes_at.date}}|{{#call}}{{cost}}{{/call}}", en),
        "Nov 22, 2026, 2:30 PM EST|Nov 22, 2026|$34,000");
    assert_string_equal(rendered("{{call.cost.code}}|{{call.cost.nosuch}}|{{call.text.plain}}", en),
        "USD\xc2\xa0"
        "34,000.00||");
    assert_string_equal(rendered("{{call.text}}{{{call.text}}}{{call.html}}{{&call.html}}", en),
        "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;<a href='x'>&\"</a><b><b>");
    assert_string_equal(rendered("{{call}}{{call.nothing}}", en), "");
    assert_string_equal(
        rendered("{{call.closes_at.date}} {{call.cost}}", NULL), "2026-11-22T19:30:00Z 34000.00");
}

static void messages_are_translated_and_escaped(void **state)
{
    value_set(&a, &data, "name", value_text("<Ann>"));
    value_set(&a, &data, "n", value_int(2));
    const char *page = "{{#t}}Hello,\n   {name}!{{/t}} {{#t}} Save {{/ t }} "
                       "{{#t}}{n, plural, one {# pilot} other {# pilots & {name}}}{{/t}}";
    assert_string_equal(
        rendered(page, es), "¡Hola, &lt;Ann&gt;! &lt;Guardar&gt; 2 pilots &amp; &lt;Ann&gt;");
    assert_string_equal(rendered("{{#t}}Don't {name}{{/t}}", NULL), "Don&#39;t {name}");
    assert_string_equal(rendered("{{=<% %>=}}<%#t%>{name}<%/t%>", es), "&lt;Ann&gt;");
}

static void count_key(void *context, const char *key)
{
    struct buf *keys = context;
    buf_fmt(keys, "[%s]", key);
}

static void lists_each_message_once(void **state)
{
    add("one", "{{#t}}Save{{/t}}{{#t}}Save{{/t}}");
    add("two", "{{#t}}\n Save\n{{/t}}");
    AUTO_BUF(keys, 0);
    templates_messages(set, count_key, &keys);
    assert_string_equal(buf_text(&keys), "[Save]");
}

static void says_what_is_malformed(void **state)
{
    static const char *bad[][2] = {
        { "a\n{{#x}}\n", "page, line 2: \"x\" is not closed." },
        { "{{#x}}{{/y}}", "page, line 1: this tag should close \"x\"." },
        { "\n\n{{/y}}", "page, line 3: this tag closes nothing." },
        { "{{x", "page, line 1: this tag is not closed." },
        { "{{{x}}", "page, line 1: this tag is not closed." },
        { "{{}}", "page, line 1: this tag has no name." },
        { "{{a b}}", "page, line 1: a name has no spaces; is a tag not closed?." },
        { "{{a..b}}", "page, line 1: a dotted name has an empty part." },
        { "{{.a}}", "page, line 1: a dotted name has an empty part." },
        { "{{=x=}}", "page, line 1: write new delimiters as {{=<% %>=}}." },
        { "{{>}}", "page, line 1: this tag has no name." },
        { "{{#t}}x", "page, line 1: \"t\" is not closed." },
        { "{{#t}}{n{{/t}}", "page, line 1: in this message, a brace is not closed." },
        { "{{#t}}{{name}}{{/t}}",
            "page, line 1: in this message, an argument has no name; write {name}." },
    };
    add("page", "old");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(templates_add(set, &a, "page", bad[i][0], strlen(bad[i][0])), ERR_INVALID);
        assert_string_equal(a.detail, bad[i][1]);
    }
    const char *result;
    assert_int_equal(render("page", NULL, &result), OK);
    assert_string_equal(result, "old");
    assert_int_equal(templates_add(set, &a, "page", "\xff", 1), ERR_INVALID);
    assert_int_equal(templates_add(set, &a, "page", "a\0b", 3), ERR_INVALID);
    assert_int_equal(render("nosuch", NULL, &result), ERR_NOT_FOUND);
    assert_false(templates_has(set, "nosuch"));
}

static const char *again(void *context, struct arena *scratch, const char *text)
{
    return "{{f}}";
}

static void recursion_is_bounded(void **state)
{
    const char *result;
    add("self", "x{{>self}}");
    assert_int_equal(render("self", NULL, &result), ERR_TOO_LARGE);
    add("twins", "{{>twins}}{{>twins}}");
    assert_int_equal(render("twins", NULL, &result), ERR_TOO_LARGE);
    add("inherits", "{{<inherits}}{{$a}}{{>inherits}}{{/a}}{{/inherits}}{{$a}}{{/a}}");
    assert_int_equal(render("inherits", NULL, &result), ERR_TOO_LARGE);
    static struct value_lambda f = { again, NULL };
    value_set(&a, &data, "f", (struct value){ .kind = V_LAMBDA, .lambda = &f });
    add("lambda", "{{f}}");
    assert_int_equal(render("lambda", NULL, &result), ERR_TOO_LARGE);
    AUTO_BUF(deep, 0);
    for (int i = 0; i < 100000; i++) {
        buf_puts(&deep, "{{#f}}");
    }
    assert_int_equal(templates_add(set, &a, "deep", deep.data, deep.len), ERR_INVALID);
}

static void loops_and_output_are_bounded(void **state)
{
    struct value list = value_list(&a);
    for (int i = 0; i < 1000; i++) {
        *value_push(&a, &list) = value_int(i);
    }
    value_set(&a, &data, "list", list);
    const char *result;
    add("silent", "{{#list}}{{#list}}{{#list}}{{/list}}{{/list}}{{/list}}");
    assert_int_equal(render("silent", NULL, &result), ERR_TOO_LARGE);
    add("loud", "{{#list}}{{#list}}{{#list}}{{.}}{{/list}}{{/list}}{{/list}}");
    assert_int_equal(render("loud", NULL, &result), ERR_TOO_LARGE);
}

static void a_block_may_hold_its_namesake(void **state)
{
    add("card", "<div>{{$main}}{{/main}}</div>");
    add("layout", "<main>{{$main}}{{/main}}</main>");
    assert_string_equal(
        rendered(
            "{{<layout}}{{$main}}{{<card}}{{$main}}hi{{/main}}{{/card}}{{/main}}{{/layout}}", NULL),
        "<main><div>hi</div></main>");
}

static void layouts_keep_their_lines(void **state)
{
    add("layout", "<body>\n  {{$main}}\n  {{/main}}\n  {{>foot}}\n</body>\n");
    add("foot", "<p>\n\n{{#list}}\n  <i>{{.}}</i>\n{{/list}}\n</p>\n");
    struct value list = value_list(&a);
    *value_push(&a, &list) = value_text("1\n2");
    value_set(&a, &data, "list", list);
    assert_string_equal(rendered("{{<layout}}\n{{$main}}\n    <b>\n      {{#list}}x{{/list}}\n"
                                 "    </b>\n{{/main}}\n{{/layout}}\n",
                            NULL),
        "<body>\n  <b>\n    x\n  </b>\n  <p>\n  \n    <i>1\n2</i>\n  </p>\n</body>\n");
}

static uint64_t seed = 42;

static unsigned next(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static void random_templates_never_break(void **state)
{
    static const char *pieces[] = { "{{", "}}", "{{{", "#", "/", "^", ">", "<", "$", "a", "b", ".",
        " ", "\n", "  ", "{{#a}}", "{{/a}}", "{{$b}}", "{{/b}}", "{{<p}}", "{{/p}}", "{{>p}}",
        "{{=| |=}}", "|", "{{a.b}}", "{{#t}}", "{{/t}}", "{n}", "=", "!", "&", "*", "\r\n", "x" };
    struct value b = value_object(&a), list = value_list(&a);
    value_set(&a, &b, "b", value_text("<p>"));
    *value_push(&a, &list) = b;
    *value_push(&a, &list) = value_int(7);
    value_set(&a, &data, "a", list);
    value_set(&a, &data, "b", value_bool(true));
    size_t good = 0;
    for (int i = 0; i < 20000; i++) {
        AUTO_BUF(text, 0);
        for (unsigned n = next(14); n; n--) {
            buf_puts(&text, pieces[next(ARRAY_LEN(pieces))]);
        }
        struct arena own;
        arena_init(&own, 1 << 22);
        struct render r = { .templates = set, .locale = es, .arena = &own };
        AUTO_BUF(out, 4096);
        enum err e = templates_add(set, &own, i % 2 ? "p" : "q", buf_text(&text), text.len);
        assert_true(e == OK || (e == ERR_INVALID && own.detail));
        e = templates_has(set, "q") ? mustache_render(&r, "q", &data, &out) : OK;
        assert_true(e == OK || e == ERR_TOO_LARGE);
        good += e == OK;
        arena_release(&own);
    }
    assert_true(good > 1000);
}

static void *render_often(void *failures)
{
    struct arena own;
    arena_init(&own, 1 << 22);
    struct render r = { .templates = set, .locale = es, .arena = &own };
    for (int i = 0; i < 2000; i++) {
        AUTO_BUF(out, 1 << 16);
        enum err e = mustache_render(&r, "page", &data, &out);
        *(int *)failures += e != OK || !str_eq(buf_text(&out), "¡Hola, Ann! 1234");
    }
    arena_release(&own);
    return NULL;
}

static void threads_share_a_set(void **state)
{
    value_set(&a, &data, "name", value_text("Ann"));
    value_set(&a, &data, "n", value_int(1234));
    add("page", "{{#t}}Hello, {name}!{{/t}} {{>part}}");
    add("part", "{{n}}");
    pthread_t threads[3];
    int failures[3] = { 0 };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, render_often, &failures[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(failures[0] + failures[1] + failures[2], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_question_is_a_context_only_where_it_is_asked_for),
        TEST(a_partial_may_come_later_or_never),
        TEST(leaves_are_formatted_in_their_style),
        TEST(messages_are_translated_and_escaped),
        TEST(lists_each_message_once),
        TEST(says_what_is_malformed),
        TEST(recursion_is_bounded),
        TEST(loops_and_output_are_bounded),
        TEST(a_block_may_hold_its_namesake),
        TEST(layouts_keep_their_lines),
        TEST(random_templates_never_break),
        TEST(threads_share_a_set),
    };
    return RUN_TESTS(tests);
}
