// SPDX-License-Identifier: Apache-2.0
#include "form.h"
#include "check.h"
#include "str.h"

static int set_up(void **state)
{
    struct arena *a = malloc(sizeof(*a));
    arena_init(a, 16 << 20);
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

static void reads_urlencoded(void **state)
{
    struct form f = { 0 };
    const char *text = "a=1&b=caf%C3%A9+x&a=2&&c&=d&e==f&";
    assert_int_equal(form_urlencoded(*state, text, strlen(text), &f), OK);
    static const struct web_field want[] = { { "a", "1" }, { "b", "caf\xc3\xa9 x" }, { "a", "2" },
        { "c", "" }, { "", "d" }, { "e", "=f" } };
    assert_int_equal(f.n_fields, ARRAY_LEN(want));
    for (size_t i = 0; i < f.n_fields; i++) {
        assert_string_equal(f.fields[i].name, want[i].name);
        assert_string_equal(f.fields[i].value, want[i].value);
    }
    assert_int_equal(form_urlencoded(*state, "", 0, &f), OK);
    assert_int_equal(f.n_fields, 0);
}

static void refuses_bad_urlencoded(void **state)
{
    static const char *const wrong[] = { "a=%", "a=%4", "%zz=1", "a=%00", "a=%ff", "\xc3=1",
        "a=%ed%a0%80" };
    struct form f = { .n_fields = 77 };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(form_urlencoded(*state, wrong[i], strlen(wrong[i]), &f), ERR_INVALID);
    }
    assert_int_equal(form_urlencoded(*state, "a\0b", 3, &f), ERR_INVALID);
    assert_int_equal(f.n_fields, 77);
    char many[2 * FORM_MAX_FIELDS + 2];
    for (int i = 0; i <= FORM_MAX_FIELDS; i++) {
        many[2 * i] = 'a';
        many[2 * i + 1] = '&';
    }
    assert_int_equal(form_urlencoded(*state, many, 2 * FORM_MAX_FIELDS - 1, &f), OK);
    assert_int_equal(f.n_fields, FORM_MAX_FIELDS);
    assert_int_equal(form_urlencoded(*state, many, 2 * FORM_MAX_FIELDS + 1, &f), ERR_TOO_LARGE);
}

#define TYPE  "multipart/form-data; boundary=\"X X\""
#define OPEN  "--X X\r\n"
#define NAME  "Content-Disposition: form-data; name="
#define CLOSE "\r\n--X X--\r\n"

static enum err multipart(void **state, const char *body, size_t len, struct form *f)
{
    char *exact = malloc(len ? len : 1); // no NUL behind it: reading past the end shows
    memcpy(exact, body, len);
    enum err e = form_multipart(*state, TYPE, exact, len, f);
    for (size_t i = 0; e == OK && i < f->n_files; i++) {
        f->files[i].data = arena_memdup(*state, f->files[i].data, f->files[i].len);
    }
    free(exact);
    return e;
}

static void reads_multipart(void **state)
{
    static const char body[] =
        OPEN NAME "\"a\"\r\n\r\n1\r\n" OPEN "content-type: Image/PNG; q=1\r\n" NAME
                  "f; filename=\"C:\\dir\\caf\xc3\xa9.png\"\r\n\r\n\0--X\r\n--X Y\r\n" OPEN NAME
                  "a\r\n\r\n" CLOSE;
    struct form f = { 0 };
    assert_int_equal(multipart(state, body, sizeof(body) - 1, &f), OK);
    assert_int_equal(f.n_fields, 2);
    assert_string_equal(f.fields[0].name, "a");
    assert_string_equal(f.fields[0].value, "1");
    assert_string_equal(f.fields[1].value, "");
    assert_int_equal(f.n_files, 1);
    assert_string_equal(f.files[0].name, "caf\xc3\xa9.png");
    assert_string_equal(f.files[0].type, "image/png");
    assert_int_equal(f.files[0].len, 11);
    assert_memory_equal(f.files[0].data, "\0--X\r\n--X Y", 11);
}

static void skips_a_file_not_chosen(void **state)
{
    static const char body[] = OPEN NAME "f; filename=\"\"\r\n\r\n" CLOSE;
    struct form f = { 0 };
    assert_int_equal(multipart(state, body, sizeof(body) - 1, &f), OK);
    assert_int_equal(f.n_files, 0);
    assert_int_equal(f.n_fields, 0);
}

static void refuses_every_cut(void **state)
{
    static const char body[] = OPEN NAME "\"a\"\r\n\r\n1" CLOSE;
    struct form f = { .n_fields = 77 };
    // The last CRLF may be missing; one byte less of anything may not.
    for (size_t len = 0; len < sizeof(body) - 1 - 2; len++) {
        assert_int_equal(multipart(state, body, len, &f), ERR_INVALID);
    }
    assert_int_equal(f.n_fields, 77);
    assert_int_equal(multipart(state, body, sizeof(body) - 1 - 2, &f), OK);
}

static void stays_linear(void **state)
{
    // Near misses of the boundary all along.
    size_t len = 4 << 20;
    AUTO_BUF(body, 0);
    buf_puts(&body, OPEN NAME "a\r\n\r\n");
    while (body.len < len) {
        buf_puts(&body, "\r\n--X ");
    }
    buf_puts(&body, CLOSE);
    struct form f = { 0 };
    assert_int_equal(multipart(state, body.data, body.len, &f), OK);
    assert_int_equal(strlen(f.fields[0].value), body.len - strlen(OPEN NAME "a\r\n\r\n" CLOSE));
}

static void cleans_file_names(void **state)
{
    static const struct {
        const char *sent, *kept;
    } cases[] = {
        { "a.csv", "a.csv" },
        { "../../etc/passwd", "passwd" },
        { "C:\\x\\y.txt", "y.txt" },
        { "a/", "file" },
        { "..", "file" },
        { "", "file" },
        { "a\r\nb\x7f.c", "ab.c" },
        { " a ", "a" },
        { "\xff", "file" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(form_file_name(*state, cases[i].sent), cases[i].kept);
    }
    char longest[602];
    for (int i = 0; i < 300; i++) {
        memcpy(longest + 1 + 2 * i, "\xc3\xa9", 2);
    }
    longest[0] = 'a';
    longest[601] = '\0';
    const char *cut = form_file_name(*state, longest);
    assert_int_equal(strlen(cut), 199);
    assert_true(str_utf8(cut, strlen(cut)));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_urlencoded),
        TEST(refuses_bad_urlencoded),
        TEST(reads_multipart),
        TEST(skips_a_file_not_chosen),
        TEST(refuses_every_cut),
        TEST(stays_linear),
        TEST(cleans_file_names),
    };
    return RUN_TESTS(tests);
}
