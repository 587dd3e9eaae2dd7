// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "clock.h"
#include "str.h"

static void put(struct fixture *f, const char *index, const char *kind, int64_t id,
    const char *title, const char *text)
{
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_search_put(f->db, &f->a, index, kind, id, title, text));
    assert_ok(f, db_commit(f->db, &f->a));
}

// Where the documents are when they are looked for: all waiting, some, none.
static enum { WAITING, MIXED, FOLDED } stage;

static int all_wait(void **state)
{
    stage = WAITING;
    return fixture_setup(state);
}

static int some_wait(void **state)
{
    stage = MIXED;
    return fixture_setup(state);
}

static int none_waits(void **state)
{
    stage = FOLDED;
    return fixture_setup(state);
}

static void fold(struct fixture *f, int limit)
{
    int n = 1;
    while (n > 0) {
        assert_ok(f, db_begin(f->db, &f->a, DB_MOVE));
        assert_ok(f, db_search_fold(f->db, &f->a, limit, &n));
        assert_ok(f, db_commit(f->db, &f->a));
        n = stage == MIXED ? 0 : n;
    }
}

static void settle(struct fixture *f)
{
    if (stage != WAITING) {
        fold(f, stage == MIXED ? 1 : 700);
    }
}

static int64_t found(struct fixture *f, const char *index, const char *q, struct value *ret_rows)
{
    int64_t n = -1;
    settle(f);
    assert_ok(f, db_search(f->db, &f->a, index, q, NULL, 0, 20, ret_rows, &n));
    return n;
}

static void words_are_found(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    put(f, "public", "call", 10, "Quieter buses", "The city’s buses should be quieter in Zürich.");
    put(f, "public", "pilot", 11, "Naïve café", "Łódź and Straße, ŒUVRE; Ελλάδα Ёлка 東京都 bus");
    static const struct {
        const char *q;
        int64_t n;
    } cases[] = { { "buses", 1 }, { "bus", 2 }, { "BUS quiet", 1 }, { "zurich", 1 },
        { "zürich", 1 }, { "ZU\xcc\x88RICH", 1 }, { "cafe", 1 }, { "lodz", 1 }, { "strasse", 1 },
        { "oeuvre", 1 }, { "ελλαδα", 1 }, { "ЕЛКА", 1 }, { "京都", 1 }, { "京", 1 }, { "大", 0 },
        { "city s", 1 }, { "us", 0 }, { "uses", 0 }, { "c", 0 }, { "quieter nothing", 0 },
        { "call", 0 }, { "", 0 }, { " \t", 0 }, { "!!!", 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t n = found(f, "public", cases[i].q, &rows);
        if (n != cases[i].n || (int64_t)value_len(&rows) != n) {
            fail_msg("%s: %lld found", cases[i].q, (long long)n);
        }
    }
    assert_int_equal(found(f, "public", "bus", &rows), 2);
    const struct value *first = value_at(&rows, 0);
    assert_int_equal(value_get(first, "id")->kind, V_ID);
    assert_int_equal(value_get_int(first, "id", 0), 11); // newest first
    assert_string_equal(value_get_text(first, "kind", ""), "pilot");
    assert_string_equal(value_get_text(first, "title", ""), "Naïve café");
    assert_string_equal(value_get_text(value_at(&rows, 1), "snippet", ""),
        "The city’s \2buses\3 should be quieter in Zürich.");
}

static size_t times(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) {
        n++;
    }
    return n;
}

// Few words are told apart in another way than many.
static void each_word_stands_once(void **state)
{
    struct fixture *f = *state;
    static const int many[] = { 1, 63, 64, 65, 66, 300 };
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        AUTO_BUF(text, 0);
        struct value rows;
        for (int j = 0; j < many[i] * 2; j++) {
            buf_fmt(&text, "wort%03d ", j % many[i]);
        }
        int64_t id = (int64_t)i + 1;
        put(f, "public", "call", id, "Wort000", buf_text(&text));
        assert_ok(f, db_rows_sql(f->db, &f->a,
                         "SELECT words FROM search_waiting_public WHERE city = :city AND id = :id",
                         ARGS(ARG("id", value_id(id))), &rows));
        const char *words = value_get_text(value_at(&rows, 0), "words", "");
        assert_int_equal(times(words, "wort"), many[i]);
        for (int j = 0; j < many[i]; j++) {
            assert_int_equal(times(words, arena_fmt(&f->a, "wort%03d ", j)), 1);
        }
    }
}

static void indexes_and_cities_are_apart(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    put(f, "office", "pitch", 1, "Hidden price", "confidential");
    assert_int_equal(found(f, "public", "confidential", &rows), 0);
    assert_int_equal(found(f, "office", "confidential", &rows), 1);
    struct db_context other = { .city = 8 };
    db_context(f->db, &other);
    assert_int_equal(found(f, "office", "confidential", &rows), 0);
    // a text that imitates the index's mark of city 7
    put(f, "public", "call", 2, "Spy", "\uE000\uE007planted \uE000\uE007\uE000call planted");
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_search_drop(f->db, &f->a, "office", 1)); // not this city's
    assert_ok(f, db_commit(f->db, &f->a));
    fixture_context(f->db, 0);
    assert_int_equal(found(f, "public", "planted", &rows), 0);
    assert_int_equal(found(f, "office", "confidential", &rows), 1);
    assert_int_equal(found(f, "public", "\uE000\uE008planted", &rows), 0);
    assert_int_equal(found(f, "public", "\uE000call", &rows), 0);
    const struct db_context far = { .city = INT64_MAX };
    db_context(f->db, &far);
    put(f, "public", "call", 3, "Far away", "distant");
    assert_int_equal(found(f, "public", "distant", &rows), 1);
}

static void kinds_are_apart(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    put(f, "public", "call", 1, "Lamp", "light");
    put(f, "public", "agenda_item", 2, "Lamp", "light");
    put(f, "public", "agenda", 3, "Lamp", "light");
    static const struct {
        const char *kind;
        int64_t id;
    } cases[] = { { "call", 1 }, { "agenda_item", 2 }, { "agenda", 3 }, { "item", 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t n = -1;
        settle(f);
        assert_ok(f, db_search(f->db, &f->a, "public", "light", cases[i].kind, 0, 20, &rows, &n));
        assert_int_equal(n, cases[i].id ? 1 : 0);
        assert_int_equal(n ? value_get_int(value_at(&rows, 0), "id", 0) : 0, cases[i].id);
    }
}

static void put_again_and_drop(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    put(f, "public", "call", 5, "First", "alpha");
    put(f, "public", "call", 5, "Second", "beta");
    assert_int_equal(found(f, "public", "alpha", &rows), 0);
    assert_int_equal(found(f, "public", "first", &rows), 0);
    assert_int_equal(found(f, "public", "second beta", &rows), 1);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_search_drop(f->db, &f->a, "public", 5));
    assert_ok(f, db_search_drop(f->db, &f->a, "public", 404));
    assert_ok(f, db_commit(f->db, &f->a));
    assert_int_equal(found(f, "public", "beta", &rows), 0);
    assert_err(f, ERR_INTERNAL, db_search_put(f->db, &f->a, "public", "call", 1, "t", "x"));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_err(f, ERR_INTERNAL, db_search_put(f->db, &f->a, "x; --", "call", 1, "t", "x"));
    db_rollback(f->db);
}

static void pages_and_counts(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    int64_t n, before = 0, seen = 0, last = INT64_MAX;
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int64_t i = 1; i <= 1500; i++) {
        assert_ok(f, db_search_put(f->db, &f->a, "public", i % 3 ? "call" : "pilot", i,
                         i % 500 ? "Common" : "Rare", "text of it"));
    }
    assert_ok(f, db_commit(f->db, &f->a));
    assert_int_equal(found(f, "public", "text", &rows), 1001);
    assert_int_equal(value_len(&rows), 20);
    assert_int_equal(found(f, "public", "rare", &rows), 3);
    assert_int_equal(value_get_int(value_at(&rows, 2), "id", 0), 500);
    assert_ok(f, db_search(f->db, &f->a, "public", "text", "pilot", 0, 20, &rows, &n));
    assert_int_equal(n, 500);
    do { // no row twice, none missed
        assert_ok(f, db_search(f->db, &f->a, "public", "text", "pilot", before, 30, &rows, &n));
        for (size_t i = 0; i < value_len(&rows); i++) {
            before = value_get_int(value_at(&rows, i), "id", 0);
            assert_true(before < last);
            last = before;
            seen++;
        }
    } while (value_len(&rows));
    assert_int_equal(seen, 500);
    assert_ok(f, db_search(f->db, &f->a, "public", "text", NULL, 0, -5, &rows, NULL));
    assert_err(
        f, ERR_INVALID, db_search(f->db, &f->a, "public", "text", "x' OR 1", 0, 5, &rows, NULL));
}

static void hostile_questions(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    put(f, "public", "call", 1, "Or and not near", "title:secret NEAR(a b) \"quoted\" C++");
    static const char *const questions[] = { "\"", "'", "\\", "a AND", "OR", "NOT", "NEAR(", "*",
        "a*", "^a", "title:x", "{a b}:c", "-a", "(", "))", "a & b", "!a", "a:*", "<->", "'a':*",
        "'; DROP TABLE thing; --", "\" OR 1=1 --", "%", "_", ";", "\xf0\x9f\x9a\xa2",
        "\xe2\x80\xae",
        "a\x01"
        "b",
        "'':*", "\\'" };
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        found(f, "public", questions[i], &rows);
    }
    assert_int_equal(found(f, "public", "OR and NOT near", &rows), 1);
    assert_int_equal(found(f, "public", "\"quoted\" NEAR(title:secret)", &rows), 1);
    char *long_question = arena_alloc(&f->a, 100001);
    memset(long_question, 'a', 100000);
    assert_int_equal(found(f, "public", long_question, &rows), 0);
    for (size_t i = 1; i < 100000; i += 2) {
        long_question[i] = ' ';
    }
    found(f, "public", long_question, &rows);
}

static void what_waits_stands_for_the_document(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    bool waits;
    for (int64_t id = 1; id <= 40; id++) {
        put(f, "public", "call", id, "Old", "alpha");
    }
    stage = WAITING;
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_true(waits);
    fold(f, 7);
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_false(waits);
    put(f, "outside", "call", 50, "Theirs", "delta");
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_true(waits);
    fold(f, 100);
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_false(waits);
    assert_int_equal(found(f, "outside", "delta", &rows), 1);
    put(f, "public", "call", 3, "New", "beta alpha");
    put(f, "public", "call", 41, "New", "beta");
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_search_drop(f->db, &f->a, "public", 40));
    assert_ok(f, db_search_drop(f->db, &f->a, "public", 41));
    assert_ok(f, db_commit(f->db, &f->a));
    for (int folded = 0; folded < 2; folded++) {
        assert_int_equal(found(f, "public", "alpha", &rows), 39);
        assert_int_equal(value_get_int(value_at(&rows, 0), "id", 0), 39);
        assert_int_equal(found(f, "public", "alpha beta", &rows), 1);
        assert_int_equal(value_get_int(value_at(&rows, 0), "id", 0), 3);
        assert_int_equal(found(f, "public", "old", &rows), 38);
        assert_int_equal(found(f, "public", "beta", &rows), 1);
        // a page that both bring rows to
        assert_ok(f, db_search(f->db, &f->a, "public", "alpha", NULL, 5, 20, &rows, NULL));
        assert_int_equal(value_len(&rows), 4);
        for (int64_t i = 0; i < 4; i++) {
            assert_int_equal(value_get_int(value_at(&rows, (size_t)i), "id", 0), 4 - i);
        }
        fold(f, 1);
        fold(f, 100);
    }
    // another city's are not this one's to move
    const struct db_context other = { .city = 8 };
    db_context(f->db, &other);
    put(f, "public", "call", 90, "Far", "gamma");
    fixture_context(f->db, 0);
    fold(f, 100);
    db_context(f->db, &other);
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_true(waits);
    assert_int_equal(found(f, "public", "gamma", &rows), 1);
    fixture_context(f->db, 0);
    int n;
    assert_err(f, ERR_INTERNAL, db_search_fold(f->db, &f->a, 1, &n));
}

// What was made just now stays where it waits, and is found there.
static void young_records_wait(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    bool waits;
    int n = -1;
    put(f, "public", "call", id_new(), "Young", "alpha");
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_false(waits);
    put(f, "public", "call", id_floor(clock_now() - 3000), "Older", "alpha");
    assert_ok(f, db_search_waits(f->db, &f->a, &waits));
    assert_true(waits);
    assert_ok(f, db_begin(f->db, &f->a, DB_MOVE));
    assert_ok(f, db_search_fold(f->db, &f->a, 100, &n));
    assert_ok(f, db_commit(f->db, &f->a));
    assert_int_equal(n, 1);
    assert_int_equal(found(f, "public", "alpha", &rows), 2);
}

// ---- very many
// -----------------------------------------------------------------------------------

// Enough for each way in which many documents are looked through; what must be found is reckoned
// here.
enum { DOCUMENTS = 10000, WORDS_EACH = 5, VOCABULARY = 500, QUESTIONS = 120 };

static struct {
    int words[WORDS_EACH];
    bool pilot;
} documents[DOCUMENTS + 1];

static uint32_t draw(uint32_t below)
{
    static uint64_t seed = 88172645463325252u;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

// All begin with "za", some dozen with each letter after it. Low numbers are common, high ones
// rare.
static void spell(int word, char ret_text[8])
{
    snprintf(ret_text, 8, "za%c%c", 'a' + word % 26, 'a' + word / 26);
}

static int draw_word(void)
{
    double share = draw(1000000) / 1e6;
    return (int)(VOCABULARY * share * share * share * share);
}

static void put_document(struct fixture *f, int id)
{
    AUTO_BUF(text, 0);
    for (int i = 0; i < WORDS_EACH; i++) {
        char word[8];
        spell(documents[id].words[i], word);
        buf_fmt(&text, "%s ", word);
    }
    assert_ok(f, db_search_put(f->db, &f->a, "public", documents[id].pilot ? "pilot" : "call", id,
                     "", buf_text(&text)));
}

static void fill(struct fixture *f)
{
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int id = 1; id <= DOCUMENTS; id++) {
        for (int i = 0; i < WORDS_EACH; i++) {
            documents[id].words[i] = draw_word();
        }
        documents[id].pilot = draw(5) == 0;
        put_document(f, id);
    }
    assert_ok(f, db_commit(f->db, &f->a));
    fold(f, 500);
}

static bool answers(int id, char (*asked)[8], int n, bool pilot)
{
    bool all = !pilot || documents[id].pilot;
    for (int i = 0; i < n && all; i++) {
        bool any = false;
        for (int j = 0; j < WORDS_EACH && !any; j++) {
            char word[8];
            spell(documents[id].words[j], word);
            any = strncmp(word, asked[i], strlen(asked[i])) == 0;
        }
        all = any;
    }
    return all;
}

static void ask_and_compare(struct fixture *f)
{
    char asked[3][8];
    AUTO_BUF(q, 0);
    int n = 1 + (int)draw(3);
    bool pilot = draw(3) == 0;
    int64_t before = draw(4) == 0 ? 1 + (int64_t)draw(DOCUMENTS) : 0, count = -1, all = 0;
    struct value rows;
    for (int i = 0; i < n; i++) { // whole words and beginnings of many
        spell(draw(2) ? draw_word() : (int)draw(VOCABULARY), asked[i]);
        asked[i][draw(4) ? 4 : 2 + draw(2)] = 0;
        buf_fmt(&q, "%s ", asked[i]);
    }
    assert_ok(f, db_search(f->db, &f->a, "public", buf_text(&q), pilot ? "pilot" : NULL, before, 20,
                     &rows, &count));
    size_t at = 0;
    for (int id = DOCUMENTS; id > 0; id--) {
        if (!answers(id, asked, n, pilot)) {
            continue;
        }
        all++;
        if ((!before || id < before) && at < 20) {
            const struct value *row = at < value_len(&rows) ? value_at(&rows, at) : NULL;
            if (!row || value_get_int(row, "id", 0) != id) {
                fail_msg("%s: %d is missing at %zu", buf_text(&q), id, at);
            }
            at++;
        }
    }
    assert_int_equal(value_len(&rows), at);
    if (!before && count != (all > 1001 ? 1001 : all)) {
        fail_msg("%s%s: %lld counted, there are %lld", buf_text(&q), pilot ? "(pilots)" : "",
            (long long)count, (long long)all);
    }
}

static void what_is_found_among_many(void **state)
{
    struct fixture *f = *state;
    if (stage != FOLDED) {
        return;
    }
    fill(f);
    for (int i = 0; i < QUESTIONS; i++) {
        ask_and_compare(f);
    }
    // changed ones move to the newest block with their old ids
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int id = 1; id <= DOCUMENTS; id += 40) {
        documents[id].words[0] = documents[id].words[1];
        put_document(f, id);
    }
    assert_ok(f, db_commit(f->db, &f->a));
    for (int i = 0; i < QUESTIONS / 2; i++) {
        ask_and_compare(f); // some wait
    }
    fold(f, 500);
    for (int i = 0; i < QUESTIONS / 2; i++) {
        ask_and_compare(f);
    }
}

static void snippets(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    AUTO_BUF(text, 0);
    for (int i = 0; i < 200; i++) {
        buf_puts(&text, i == 100 ? "the needle\n\tis here " : "häystack ");
    }
    put(f, "public", "call", 1, "Long", buf_text(&text));
    assert_int_equal(found(f, "public", "need", &rows), 1);
    const char *snippet = value_get_text(value_at(&rows, 0), "snippet", "");
    assert_non_null(strstr(snippet, "the \2needle\3 is here häystack"));
    assert_true(str_utf8(snippet, strlen(snippet)));
    assert_in_range(strlen(snippet), 100, 320);
    put(f, "public", "call", 2, "Empty needle", "");
    assert_int_equal(found(f, "public", "needle", &rows), 2);
    assert_string_equal(value_get_text(value_at(&rows, 0), "snippet", "x"), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(words_are_found),
        STORE_TEST(indexes_and_cities_are_apart),
        STORE_TEST(each_word_stands_once),
        STORE_TEST(kinds_are_apart),
        STORE_TEST(put_again_and_drop),
        STORE_TEST(pages_and_counts),
        STORE_TEST(hostile_questions),
        STORE_TEST(snippets),
        STORE_TEST(young_records_wait),
        STORE_TEST(what_is_found_among_many),
        STORE_TEST(what_waits_stands_for_the_document),
    };
    static const struct {
        const char *name;
        CMFixtureFunction setup;
    } stages[] = { { "waiting", all_wait }, { "mixed", some_wait }, { "folded", none_waits } };
    struct CMUnitTest all[ARRAY_LEN(stages) * ARRAY_LEN(tests)];
    static char names[ARRAY_LEN(all)][80];
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        all[i] = tests[i % ARRAY_LEN(tests)];
        all[i].setup_func = stages[i / ARRAY_LEN(tests)].setup;
        snprintf(
            names[i], sizeof(names[i]), "%s, %s", all[i].name, stages[i / ARRAY_LEN(tests)].name);
        all[i].name = names[i];
    }
    return fixture_main(argc, argv) ? RUN_TESTS(all) : 0;
}
