// SPDX-License-Identifier: Apache-2.0
// The catalogues against the sources: every translation is of a message that stands in a template
// or in the code, has its arguments, and formats; what residents and applicants read is translated
// whole. Works in the project's folder.
#include "json.h"
#include "locale.h"
#include "map.h"
#include "str.h"
#include "check.h"

#include <pilothouse/evidence.h>

#include <dirent.h>
#include <stdio.h>

enum { MAX_FILE = 4 << 20 };

static struct arena a;
static struct map known; // every message of templates and code
static struct map owed;  // those of templates that the public sees; value: the file
static struct map said;  // sentences of the code; value: the file
static struct map past;  // sentences that are put together without the catalogue; value: the file
static struct locales *set;
static const struct locale *spanish;
static struct value catalogue;

// What anybody may open, or an applicant by their link: whole folders, and single files of rooms
// whose other pages only the office sees.
static const char *const public_templates[] = { "look/", "portal/", "accounts/", "pitches/",
    "bodies/", "roadmap/", "places/", "calls/call.html", "calls/calls.html", "pilots/pilot.html",
    "readings/measure.html", "evaluations/evaluation.html", "evaluations/section.html",
    "evaluations/forecast.html" };

static const char *read_whole(const char *path, size_t *ret_len)
{
    static char text[MAX_FILE]; // the arena keeps what is read, not room for the largest file
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, MAX_FILE - 1, f);
    assert_true(n < MAX_FILE - 1);
    fclose(f);
    text[n] = '\0';
    *ret_len = n;
    return arena_strndup(&a, text, n);
}

static bool is_public(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(public_templates); i++) {
        if (str_starts(path, arena_fmt(&a, "src/office/%s", public_templates[i]))) {
            return true;
        }
    }
    return false;
}

// White space runs to one space, none at the ends: as the template compiler makes a key.
static char *collapse(const char *text, size_t len)
{
    char *key = arena_alloc(&a, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        bool blank = strchr(" \t\r\n", text[i]) != NULL;
        if (!blank) {
            key[n++] = text[i];
        } else if (n && key[n - 1] != ' ') {
            key[n++] = ' ';
        }
    }
    n -= n && key[n - 1] == ' ';
    key[n] = '\0';
    return key;
}

static void scan_template(const char *path, const char *text)
{
    for (const char *at = text; (at = strstr(at, "{{#t}}"));) {
        at += strlen("{{#t}}");
        const char *end = strstr(at, "{{/t}}");
        assert_non_null(end);
        const char *key = collapse(at, (size_t)(end - at));
        map_put(&known, key, &known);
        if (is_public(path)) {
            map_put(&owed, key, arena_strndup(&a, path, strlen(path)));
        }
        at = end;
    }
}

// The labels of a table's columns: "title:Call state closes_at:Closes on time". A label may hold
// spaces, so that each run of words after a colon may be one.
static void know_columns(const char *text)
{
    for (const char *at = text; (at = strchr(at, ':'));) {
        at++;
        size_t whole = strcspn(at, ":");
        for (size_t n = 1; n <= whole; n++) {
            if (n == whole || at[n] == ' ') {
                map_put(&known, arena_strndup(&a, at, n), &known);
            }
        }
    }
}

// A literal, and each label of one that lists choices: "a=First|b=Second".
static void know_literal(const char *text)
{
    map_put(&known, text, &known);
    know_columns(text);
    for (const char *at = text; (at = strchr(at, '='));) {
        at++;
        size_t n = strcspn(at, "|=");
        map_put(&known, arena_strndup(&a, at, n), &known);
    }
}

static const char *skip_blank(const char *p)
{
    for (;;) {
        p += strspn(p, " \t\n");
        if (p[0] == '/' && p[1] == '/') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            p = strstr(p, "*/") + 2;
        } else {
            return p;
        }
    }
}

// Reads adjacent literals as one, from the first quote on.
static const char *take_literal(const char *p, const char **ret_text)
{
    static char text[65536]; // whatever is left of the file: its length isn't asked, once a literal
    size_t n = 0;
    while (*p == '"') {
        for (p++; *p != '"'; p++) {
            assert_true(*p && n < 65000);
            if (*p == '\\') {
                p++;
                text[n++] = *p == 'n' ? '\n' : *p;
            } else {
                text[n++] = *p;
            }
        }
        p = skip_blank(p + 1);
    }
    *ret_text = arena_strndup(&a, text, n);
    know_literal(*ret_text);
    return p;
}

// What only those read who run the office from the shell, and the made-up office.
static const char *const for_operators[] = { "src/base/", "src/cli/", "src/evidence/",
    "src/ledger/", "src/store/", "src/web/", "src/text/json.c", "src/text/locale", "src/text/svg",
    "src/text/mustache", "src/text/message", "src/core/city.c", "src/core/docs", "src/core/http.c",
    "src/core/job.c", "src/core/ledger", "src/core/mail", "src/core/openapi.c", "src/core/room.c",
    "src/core/sequencer.c", "src/core/view.c", "src/office/demo/", "src/office/places/figures.c" };

// Sentences to look at, but of nobody's language: names, and examples of what a file may hold.
static const char *const names[] = { "Mac OS X", "Does it need power?", "Which kind?",
    "Mains | Battery", "How often is the battery changed?", "Where did you do this before?",
    "Smart Loading Zones", "Do reserved loading zones ease deliveries?", "Streets Department",
    "With a partner, police and the parking authority", "Warmer bus stops",
    "Do heated benches bring riders back in January?", "Transit Department", "A grant paid for it",
    "Ridership didn't change." };

static bool among(const char *const *list, size_t n, const char *text, bool whole)
{
    for (size_t i = 0; i < n; i++) {
        if (whole ? str_eq(text, list[i]) : str_starts(text, list[i])) {
            return true;
        }
    }
    return false;
}

// Begins like words for people and goes on: "Choose a file.", "{n} of them", "“{title}” is late".
static bool is_sentence(const char *text)
{
    static const char *const sql[] = { "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "EXISTS ",
        "CASE ", "AND ", "NOT ", "WITH ", "JOIN ", "ORDER BY " };
    size_t len = strlen(text);
    bool begins = (*text >= 'A' && *text <= 'Z') || str_starts(text, "“") || *text == '{';
    bool lower = false; // a word of small letters, or a sentence's end
    for (const char *p = text; *p && !lower; p++) {
        lower = p[0] == ' ' && p[1] >= 'a' && p[1] <= 'z' && p[2] && p[2] != ':';
    }
    return begins && len > 3 && text[len - 1] != ' ' && // a macro adds the number
           strchr(text, ' ') && (lower || text[len - 1] == '.') &&
           !among(sql, ARRAY_LEN(sql), text, false) && !strstr(text, "$.city") &&
           !strchr(text, '"') && !(strchr(text, '|') && strchr(text, '=')) && // JSON; choices
           !among(names, ARRAY_LEN(names), text, true);
}

static void listen(const char *path, const char *text, bool in_fail)
{
    if (among(for_operators, ARRAY_LEN(for_operators), path, false) || !is_sentence(text)) {
        return;
    }
    map_put(&said, text, arena_strndup(&a, path, strlen(path)));
    if (in_fail && strchr(text, '%')) {
        map_put(&past, text, arena_strndup(&a, path, strlen(path)));
    }
}

// PATH: the file, for what it says to people; NULL: it says nothing.
static void scan_code(const char *path, const char *p)
{
    bool in_fail = false; // within a call of fail(), which formats what no catalogue has seen
    while (*(p = skip_blank(p))) {
        const char *text;
        in_fail = str_starts(p, "fail(") || (in_fail && *p != ';');
        if (*p == '"') {
            p = take_literal(p, &text);
            listen(path, text, in_fail);
        } else if (*p == '\'') {
            p += p[1] == '\\' ? 3 : 2;
            p += strcspn(p, "'") + 1;
        } else {
            p++;
        }
    }
}

static void scan_folder(const char *folder)
{
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        const char *path = arena_fmt(&a, "%s/%s", folder, e->d_name);
        size_t len;
        if (e->d_name[0] == '.') {
            continue;
        }
        if (e->d_type == DT_DIR) {
            scan_folder(path);
        } else if (str_ends(path, ".html")) {
            scan_template(path, read_whole(path, &len));
        } else if (str_ends(path, ".c") && !str_starts(e->d_name, "test_")) {
            scan_code(path, read_whole(path, &len));
        }
    }
    closedir(d);
}

// The engine's pictures stand on public pages; it hands out their phrases itself.
static void scan_pictures(void)
{
    static char source[] = "src/evidence/picture/phrases.h";
    const char *phrase;
    for (size_t i = 0; (phrase = ph_picture_phrase(i)); i++) {
        map_put(&known, phrase, &known);
        map_put(&owed, phrase, source);
    }
}

static int set_up(void **state)
{
    arena_init(&a, (size_t)4 << 30);
    map_init(&known, &a);
    map_init(&owed, &a);
    map_init(&said, &a);
    map_init(&past, &a);
    scan_folder("src");
    scan_pictures();
    size_t len;
    const char *json = read_whole("locale/es.json", &len);
    assert_int_equal(locales_new(&a, "America/New_York", "USD", &set), OK);
    assert_int_equal(locales_add(set, &a, "en", "{}", 2), OK);
    if (locales_add(set, &a, "es", json, len) != OK) {
        fail_msg("%s", a.detail);
    }
    spanish = locales_get(set, "es");
    assert_int_equal(json_read(&a, json, len, MAX_FILE, &catalogue), OK);
    return 0;
}

static int tear_down(void **state)
{
    locales_free(set);
    arena_release(&a);
    return 0;
}

// "{name}" and "{name," of TEXT, each as an argument of the object.
static struct value arguments(const char *text)
{
    struct value args = value_object(&a);
    for (const char *at = text; (at = strchr(at, '{'));) {
        at++;
        size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
        if (n && (at[n] == '}' || at[n] == ',')) {
            value_set(&a, &args, arena_strndup(&a, at, n), value_int(2));
        }
    }
    return args;
}

// Macros put some messages together: one literal after another, or a number at the end.
static bool is_composed(const char *key)
{
    for (size_t n = 1; key[n]; n++) {
        const char *rest = key + n;
        if (map_get(&known, arena_strndup(&a, key, n)) &&
            (map_get(&known, rest) || rest[strspn(rest, "0123456789")] == '\0')) {
            return true;
        }
    }
    return false;
}

static void test_no_dead_keys(void **state)
{
    int dead = 0;
    for (size_t i = 0; i < catalogue.object->len; i++) {
        if (!map_get(&known, catalogue.object->keys[i]) &&
            !is_composed(catalogue.object->keys[i])) {
            print_error("nobody says \"%s\"\n", catalogue.object->keys[i]);
            dead++;
        }
    }
    assert_int_equal(dead, 0);
    assert_true(catalogue.object->len > 500);
}

static void test_formats(void **state)
{
    for (size_t i = 0; i < catalogue.object->len; i++) {
        const char *key = catalogue.object->keys[i], *text = catalogue.object->values[i].text;
        struct value want = arguments(key), has = arguments(text);
        for (size_t j = 0; j < has.object->len; j++) {
            if (!value_get(&want, has.object->keys[j])) {
                fail_msg("\"%s\": the translation names {%s}", key, has.object->keys[j]);
            }
        }
        for (size_t j = 0; j < want.object->len; j++) {
            if (value_get(&has, want.object->keys[j])->kind == V_NULL) {
                fail_msg("\"%s\": the translation leaves out {%s}", key, want.object->keys[j]);
            }
        }
        const char *formatted = locale_format(spanish, &a, key, &want);
        if (!*formatted || strchr(formatted, '{') ||
            (str_eq(formatted, key) && !str_eq(text, key))) {
            fail_msg("\"%s\" comes out as \"%s\"", key, formatted);
        }
    }
}

static void test_public_pages_are_whole(void **state)
{
    size_t at = 0;
    const char *key;
    void *file;
    int missing = 0;
    while (map_next(&owed, &at, &key, &file)) {
        if (!locale_has(spanish, key)) {
            print_error("%s: \"%s\" has no translation\n", (const char *)file, key);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
    assert_true(owed.count > 100);
}

// Reasons of guards, faults of imported lines, what needs somebody today: the code's own words.
static void test_code_is_whole(void **state)
{
    size_t at = 0;
    const char *key;
    void *file;
    int missing = 0;
    while (map_next(&said, &at, &key, &file)) {
        if (!locale_has(spanish, key) && !map_get(&past, key)) {
            print_error("%s: \"%s\" has no translation\n", (const char *)file, key);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
    assert_true(said.count > 1000);
}

// A sentence with %s in it can be looked up by nobody.
static void test_code_speaks_through_the_catalogue(void **state)
{
    size_t at = 0;
    const char *key;
    void *file;
    while (map_next(&past, &at, &key, &file)) {
        print_error("%s: \"%s\" goes past the catalogue\n", (const char *)file, key);
    }
    assert_int_equal(past.count, 0);
}

// That these checks find what they look for.
static void test_what_is_a_sentence(void **state)
{
    static const char *const yes[] = { "Choose a file.", "“{title}” is late", "{n} of them",
        "No quorum.", "Take none of it" };
    static const char *const no[] = { "choose", "title:Call state closes_at", "SELECT a FROM b",
        "Score for criterion ", "text/csv", "%s can't be read", "Content-Type", "A" };
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        assert_true(is_sentence(yes[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        assert_false(is_sentence(no[i]));
    }
    struct map kept_said = said, kept_past = past;
    map_init(&said, &a);
    map_init(&past, &a);
    scan_code("src/office/x.c", "f(\"Not one \"  // split\n \"of these.\"); return fail(a, E, "
                                "\"Line %d is bad.\", n); log(\"%s is here\");");
    assert_int_equal(said.count, 2);
    assert_non_null(map_get(&said, "Not one of these."));
    assert_int_equal(past.count, 1);
    scan_code("src/cli/x.c", "f(\"Not for people at all.\");");
    assert_int_equal(said.count, 2);
    said = kept_said;
    past = kept_past;
}

// A reader in the United States expects $34,000 and 1,234.5, in Spanish too.
static void test_writes_as_in_the_united_states(void **state)
{
    AUTO_BUF(out, 1000);
    struct value money = value_money(3400050, "USD");
    locale_write(spanish, NULL, &money, NULL, &out);
    assert_string_equal(buf_text(&out), "$34,000.50");
    assert_string_equal(locale_tag(spanish), "es");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_dead_keys),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_public_pages_are_whole),
        cmocka_unit_test(test_code_is_whole),
        cmocka_unit_test(test_code_speaks_through_the_catalogue),
        cmocka_unit_test(test_what_is_a_sentence),
        cmocka_unit_test(test_writes_as_in_the_united_states),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
