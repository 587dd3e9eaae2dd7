// SPDX-License-Identifier: Apache-2.0
// Every test of the Mustache specification, its optional modules included.
#include "json.h"
#include "mustache.h"
#include "str.h"
#include "check.h"

#include <dirent.h>

enum { MAX_TESTS = 400 };

static struct arena a;
static struct CMUnitTest tests[MAX_TESTS];
static size_t n_tests;

struct spec_test {
    const struct value *test;
    const char *file;
};

static int calls;

static const char *world(void *context, struct arena *scratch, const char *text)
{
    return "world";
}

static const char *planet(void *context, struct arena *scratch, const char *text)
{
    return "{{planet}}";
}

static const char *planet_in_both(void *context, struct arena *scratch, const char *text)
{
    return "|planet| => {{planet}}";
}

static const char *count(void *context, struct arena *scratch, const char *text)
{
    return arena_fmt(scratch, "%d", ++calls);
}

static const char *angle(void *context, struct arena *scratch, const char *text)
{
    return ">";
}

static const char *is_x(void *context, struct arena *scratch, const char *text)
{
    return str_eq(text, "{{x}}") ? "yes" : "no";
}

static const char *around_planet(void *context, struct arena *scratch, const char *text)
{
    return arena_fmt(scratch, "%s{{planet}}%s", text, text);
}

static const char *around_both(void *context, struct arena *scratch, const char *text)
{
    return arena_fmt(scratch, "%s{{planet}} => |planet|%s", text, text);
}

static const char *underlined(void *context, struct arena *scratch, const char *text)
{
    return arena_fmt(scratch, "__%s__", text);
}

static const char *nothing(void *context, struct arena *scratch, const char *text)
{
    return NULL;
}

// What the JavaScript of each test of ~lambdas.json does.
static const struct {
    const char *test;
    struct value_lambda lambda;
} lambdas[] = {
    { "Interpolation", { world, NULL } },
    { "Interpolation - Expansion", { planet, NULL } },
    { "Interpolation - Alternate Delimiters", { planet_in_both, NULL } },
    { "Interpolation - Multiple Calls", { count, NULL } },
    { "Escaping", { angle, NULL } },
    { "Section", { is_x, NULL } },
    { "Section - Expansion", { around_planet, NULL } },
    { "Section - Alternate Delimiters", { around_both, NULL } },
    { "Section - Multiple Calls", { underlined, NULL } },
    { "Inverted Section", { nothing, NULL } },
};

static struct value with_lambda(const char *test, const struct value *data)
{
    struct value copy = value_object(&a);
    for (size_t i = 0; i < data->object->len; i++) {
        value_set(&a, &copy, data->object->keys[i], data->object->values[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(lambdas); i++) {
        if (str_eq(lambdas[i].test, test)) {
            value_set(&a, &copy, "lambda",
                (struct value){
                    .kind = V_LAMBDA, .lambda = (struct value_lambda *)&lambdas[i].lambda });
            return copy;
        }
    }
    fail_msg("no lambda for the test %s", test);
    return copy;
}

static void renders_as_specified(void **state)
{
    const struct spec_test *spec = *state;
    const struct value *test = spec->test;
    struct templates *set = templates_new();
    const struct value *partials = value_get(test, "partials");
    for (size_t i = 0; partials && i < partials->object->len; i++) {
        const char *text = partials->object->values[i].text;
        assert_int_equal(templates_add(set, &a, partials->object->keys[i], text, strlen(text)), OK);
    }
    const char *text = value_get_text(test, "template", NULL);
    assert_non_null(text);
    if (templates_add(set, &a, "the test's template", text, strlen(text)) != OK) {
        fail_msg("%s", a.detail);
    }
    struct value data = *value_get(test, "data");
    if (strstr(spec->file, "~lambdas")) {
        data = with_lambda(value_get_text(test, "name", ""), &data);
    }
    calls = 0;
    struct render r = { .templates = set, .arena = &a };
    AUTO_BUF(out, 1 << 20);
    enum err e = mustache_render(&r, "the test's template", &data, &out);
    if (e != OK) {
        fail_msg("%s", a.detail);
    }
    assert_string_equal(buf_text(&out), value_get_text(test, "expected", NULL));
    templates_free(set);
}

static bool add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false;
    }
    AUTO_BUF(text, JSON_MAX_BYTES);
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof(piece), file));) {
        buf_add(&text, piece, n);
    }
    fclose(file);
    struct value *spec = arena_new(&a, struct value);
    if (json_read(&a, buf_text(&text), text.len, JSON_MAX_BYTES, spec) != OK) {
        print_error("%s: %s\n", path, a.detail);
        return false;
    }
    const struct value *list = value_get(spec, "tests");
    for (size_t i = 0; i < value_len(list) && n_tests < MAX_TESTS; i++) {
        struct spec_test *test = arena_new(&a, struct spec_test);
        *test = (struct spec_test){ value_at(list, i), path };
        const char *file_name = strrchr(path, '/') + 1;
        tests[n_tests++] = (struct CMUnitTest){
            .name = arena_fmt(&a, "%s: %s", file_name, value_get_text(test->test, "name", "?")),
            .test_func = renders_as_specified,
            .initial_state = test,
        };
    }
    return true;
}

int main(void)
{
    static const char *const files[] = { "comments", "delimiters", "interpolation", "inverted",
        "partials", "sections", "~dynamic-names", "~inheritance", "~lambdas" };
    const char *shared = getenv("PILOTHOUSE_SHARED");
    arena_init(&a, 1 << 26);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (!add_file(arena_fmt(
                &a, "%s/schemas/mustache-spec/%s.json", shared ? shared : "../shared", files[i])) &&
            i == 0) {
            puts("1..0 # SKIP the Mustache specification is not beside the repository (../shared)");
            return 0;
        }
    }
    int failed = _cmocka_run_group_tests("mustache_spec", tests, n_tests, NULL, NULL);
    arena_release(&a);
    return failed;
}
