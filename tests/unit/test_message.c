// SPDX-License-Identifier: Apache-2.0
#include "message.h"
#include "str.h"
#include "check.h"

static struct arena a;
static struct value args;

static int setup(void **state)
{
    arena_init(&a, 1 << 22);
    args = value_object(&a);
    value_set(&a, &args, "n", value_int(3));
    value_set(&a, &args, "one", value_int(1));
    value_set(&a, &args, "x", value_num(1.5));
    value_set(&a, &args, "name", value_text("Ann"));
    value_set(&a, &args, "kind", value_text("grant"));
    value_set(&a, &args, "yes", value_bool(true));
    value_set(&a, &args, "day", value_date(0));
    value_set(&a, &args, "nothing", VALUE_NULL);
    return 0;
}

static int teardown(void **state)
{
    arena_release(&a);
    return 0;
}

static const struct value *lookup(void *context, const char *name)
{
    return value_path(context, name);
}

static const char *formatted(const char *text)
{
    const struct message *m;
    const char *why;
    if (!message_compile(&a, text, &m, &why)) {
        fail_msg("%s: %s", text, why);
    }
    if (!m) {
        return text;
    }
    AUTO_BUF(out, 0);
    message_write(m, NULL, NULL, lookup, &args, &out);
    return arena_strdup(&a, buf_text(&out));
}

static void formats(void **state)
{
    static const char *cases[][2] = {
        { "Don't", "Don't" },
        { "It''s {name}", "It's Ann" },
        { "It's {name}'s", "It's Ann's" },
        { "'{name}' is {name}", "{name} is Ann" },
        { "'{it''s}'", "{it's}" },
        { "'{open", "{open" },
        { "{ name }{n}", "Ann3" },
        { "{missing} {nothing}", "{missing} " },
        { "{n, number} {day, date} {x,number,plain}", "3 1970-01-01 1.5" },
        { "{n, plural, =3 {three} other {#}}", "three" },
        { "{n, plural, =4 {four} one {#!} other {# of {name}}}", "3 of Ann" },
        { "{one, plural, one {# pilot} other {# pilots}}", "1 pilot" },
        { "{one, plural, other {'#' #'s}}", "# 1's" },
        { "{x, plural, one {one} other {#}}", "1.5" },
        { "{name, plural, one {one} other {#}}", "Ann" },
        { "{missing, plural, one {one} other {#}}", "{missing}" },
        { "{kind, select, grant {a {n, plural, other {#}}} other {else}} #", "a 3 #" },
        { "{yes, select, true {y} other {n}}{n, select, 3 {t} other {o}}", "yt" },
        { "{missing, select, grant {a} other {else}}", "else" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(formatted(cases[i][0]), cases[i][1]);
    }
}

static void says_what_is_malformed(void **state)
{
    static const char *bad[] = { "{", "}", "{}", "{a", "{a b}", "{a,}", "{a, what}", "{a, date,}",
        "{a, date, short", "{{name}}", "{n, plural}", "{n, plural,}", "{n, plural, one {x}}",
        "{n, plural, offset:1 other {x}}", "{n, plural, = {x} other {y}}",
        "{n, plural, =x {x} other {y}}", "{n, plural, 1 {x} other {y}}", "{n, plural, other x}",
        "{n, plural, other {x}", "{n, select, other {{n}}", "a {n} }" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct message *m;
        const char *why = NULL;
        if (message_compile(&a, bad[i], &m, &why)) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_non_null(why);
    }
    AUTO_BUF(deep, 0);
    for (int i = 0; i < 100000; i++) {
        buf_puts(&deep, "{n, select, other {");
    }
    const struct message *m;
    const char *why;
    assert_false(message_compile(&a, buf_text(&deep), &m, &why));
    assert_string_equal(why, "the choices are nested too deeply");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(formats), TEST(says_what_is_malformed) };
    return RUN_TESTS(tests);
}
