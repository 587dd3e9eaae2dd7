// SPDX-License-Identifier: Apache-2.0
// Answers that a handle recalls: never another than the database's own.
#include "fixture.h"

static int64_t reads(struct fixture *f)
{
    struct store_stats stats;
    store_stats(f->store, &stats);
    return stats.reads;
}

// The rows that QUERY gives in a transaction of its own, and how many statements that took.
static struct value ask(
    struct fixture *f, struct db *db, const char *query, const struct arg *args, int64_t *ret_reads)
{
    struct value rows;
    int64_t before = reads(f);
    assert_ok(f, db_begin(db, &f->a, DB_READ));
    assert_ok(f, db_recall(db, &f->a, query, args, &rows));
    assert_ok(f, db_commit(db, &f->a));
    *ret_reads = reads(f) - before;
    return rows;
}

static int64_t count(struct fixture *f, struct db *db, int64_t *ret_reads)
{
    struct value rows = ask(f, db, "thing.count", NO_ARGS, ret_reads);
    return value_get_int(value_at(&rows, 0), "n", -1);
}

static void until_something_is_committed(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    struct db *other = fixture_db(f, f->store);
    assert_int_equal(count(f, f->db, &n), 0);
    assert_int_equal(n, 2); // the version and the question
    assert_int_equal(count(f, f->db, &n), 0);
    assert_int_equal(n, 1); // the version alone
    assert_ok(f, fixture_add(other, &f->a, 1));
    assert_int_equal(count(f, f->db, &n), 1);
    assert_int_equal(n, 2);
    assert_ok(f, fixture_add(f->db, &f->a, 2)); // by the handle itself
    assert_int_equal(count(f, f->db, &n), 2);
    assert_int_equal(count(f, other, &n), 2);
    // What is undone changes nothing, whether or not it is asked for anew.
    assert_ok(f, db_begin(other, &f->a, DB_WRITE));
    assert_ok(f, db_exec(other, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), NULL));
    assert_int_equal(count(f, f->db, &n), 2);
    db_rollback(other);
    assert_int_equal(count(f, f->db, &n), 2);
    db_close(other);
}

static void another_process_counts_too(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    assert_int_equal(count(f, f->db, &n), 0);
    struct store_options o = fixture_options(f);
    struct store *second = fixture_open(f, &o);
    struct db *theirs = fixture_db(f, second);
    assert_ok(f, fixture_add(theirs, &f->a, 1));
    assert_int_equal(count(f, f->db, &n), 1);
    db_close(theirs);
    store_close(second);
}

static void one_snapshot(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    int64_t n;
    struct db *other = fixture_db(f, f->store);
    assert_int_equal(count(f, f->db, &n), 0);
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    assert_ok(f, db_recall(f->db, &f->a, "thing.count", NO_ARGS, &rows));
    assert_ok(f, fixture_add(other, &f->a, 1));
    // Of this transaction's data, recalled or asked.
    assert_ok(f, db_recall(f->db, &f->a, "thing.count", NO_ARGS, &rows));
    assert_int_equal(value_get_int(value_at(&rows, 0), "n", -1), 0);
    assert_ok(f, db_recall(f->db, &f->a, "thing.all", NO_ARGS, &rows));
    assert_int_equal(value_len(&rows), 0);
    assert_ok(f, db_commit(f->db, &f->a));
    rows = ask(f, f->db, "thing.all", NO_ARGS, &n);
    assert_int_equal(value_len(&rows), 1);
    assert_int_equal(count(f, f->db, &n), 1);
    db_close(other);
}

static void each_viewer_their_own(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int64_t id = 1; id <= 3; id++) {
        assert_ok(f, db_insert(f->db, &f->a, "thing", false,
                         ARGS(ARG("id", value_id(id)), ARG("owner_id", value_id(97 + id)),
                             ARG("is_open", value_bool(id > 1)))));
    }
    assert_ok(f, db_commit(f->db, &f->a));
    size_t seen[STORE_AUDIENCES];
    for (int turn = 0; turn < 2; turn++) {
        for (int audience = 0; audience < STORE_AUDIENCES; audience++) {
            struct value rows, right;
            fixture_context(f->db, audience);
            assert_ok(f, db_rows(f->db, &f->a, "thing.seen", NO_ARGS, &right));
            rows = ask(f, f->db, "thing.seen", NO_ARGS, &n);
            assert_int_equal(value_len(&rows), value_len(&right));
            assert_int_equal(n, turn == 0 && audience == 0 ? 2 : turn == 0 ? n : 1);
            seen[audience] = value_len(&rows);
        }
    }
    assert_int_equal(seen[0], 2);
    assert_int_equal(seen[1], 1);
    assert_int_equal(seen[2], 3);
    assert_int_equal(seen[3], 0);
    // Another viewer, another city, another word.
    db_context(f->db, &(struct db_context){ .city = 7, .viewer = 5, .now = 1000 });
    struct value rows = ask(f, f->db, "thing.one", ARGS(ARG("id", value_id(1))), &n);
    assert_int_equal(value_len(&rows), 1);
    rows = ask(f, f->db, "thing.one", ARGS(ARG("id", value_id(9))), &n);
    assert_int_equal(value_len(&rows), 0);
    db_context(f->db, &(struct db_context){ .city = 8, .viewer = 5, .now = 1000 });
    rows = ask(f, f->db, "thing.one", ARGS(ARG("id", value_id(1))), &n);
    assert_int_equal(value_len(&rows), 0);
}

static void texts_are_told_apart(void **state)
{
    struct fixture *f = *state;
    static const char sql[] = "SELECT :one AS one, :two AS two";
    static const char *const words[][2] = { { "a", "b" }, { "a 'b", "" }, { "a", "" }, { "", "a" },
        { NULL, "a" }, { "1", NULL }, { "'1 a", NULL } };
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            struct value rows;
            assert_ok(f, db_begin(f->db, &f->a, DB_READ));
            assert_ok(f,
                db_recall_sql(f->db, &f->a, sql,
                    ARGS(ARG("one", value_text(words[i][0])), ARG("two", value_text(words[i][1]))),
                    &rows));
            assert_ok(f, db_commit(f->db, &f->a));
            for (size_t j = 0; j < 2; j++) {
                const char *got = value_get_text(value_at(&rows, 0), j ? "two" : "one", NULL);
                assert_true(!got == !words[i][j]);
                assert_string_equal(got ? got : "", words[i][j] ? words[i][j] : "");
            }
        }
    }
}

static void time_goes_on(void **state)
{
    struct fixture *f = *state;
    const struct arg *word = ARGS(ARG("word", value_text("w")));
    int64_t n;
    struct value rows = ask(f, f->db, "thing.echo", word, &n);
    assert_int_equal(value_get_int(value_at(&rows, 0), "now_at", 0), 1000);
    db_context(f->db, &(struct db_context){ .city = 7, .viewer = 99, .now = 2000 });
    rows = ask(f, f->db, "thing.echo", word, &n);
    assert_int_equal(value_get_int(value_at(&rows, 0), "now_at", 0), 2000);
    // The date is the same all day.
    static const char sql[] = "SELECT CAST(:utc_on AS BIGINT) AS today_on";
    static const int64_t times[][2] = { { 0, 0 }, { 86399999, 0 }, { 86400000, 1 } };
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        db_context(f->db, &(struct db_context){ .city = 7, .viewer = 99, .now = times[i][0] });
        assert_ok(f, db_begin(f->db, &f->a, DB_READ));
        assert_ok(f, db_recall_sql(f->db, &f->a, sql, NO_ARGS, &rows));
        assert_ok(f, db_commit(f->db, &f->a));
        assert_int_equal(value_get_int(value_at(&rows, 0), "today_on", -1), times[i][1]);
    }
}

static void what_the_caller_does_to_an_answer_stays_there(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    assert_ok(f, fixture_add(f->db, &f->a, 1));
    struct value rows = ask(f, f->db, "thing.all", NO_ARGS, &n);
    for (int turn = 0; turn < 2; turn++) {
        struct value row = *value_at(&rows, 0);
        value_set(&f->a, &row, "size_n", value_int(77));
        value_set(&f->a, &row, "further", value_int(1));
        rows = ask(f, f->db, "thing.all", NO_ARGS, &n);
        assert_int_equal(n, 1);
        assert_int_not_equal(value_get_int(value_at(&rows, 0), "size_n", 0), 77);
        assert_null(value_get(value_at(&rows, 0), "further"));
    }
}

static void outside_a_reading_transaction(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    int64_t n, before = reads(f);
    assert_ok(f, db_recall(f->db, &f->a, "thing.count", NO_ARGS, &rows));
    assert_ok(f, db_recall(f->db, &f->a, "thing.count", NO_ARGS, &rows));
    assert_int_equal(reads(f) - before, 2);
    assert_int_equal(count(f, f->db, &n), 0);
    // A writer sees what it wrote.
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "thing", false, ARGS(ARG("id", value_id(1)))));
    assert_ok(f, db_recall(f->db, &f->a, "thing.count", NO_ARGS, &rows));
    assert_int_equal(value_get_int(value_at(&rows, 0), "n", -1), 1);
    db_rollback(f->db);
    assert_int_equal(count(f, f->db, &n), 0);
}

static void memory_is_bounded(void **state)
{
    struct fixture *f = *state;
    char *word = arena_alloc(&f->a, 3001);
    memset(word, 'x', 3000);
    struct arena own;
    arena_init(&own, 64 << 20);
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    for (int i = 0; i < 500; i++) { // megabytes of answers
        struct value rows;
        arena_reset(&own);
        snprintf(word, 5, "%04d", i % 300);
        word[4] = 'x';
        assert_ok(f, db_recall_sql(f->db, &own, "SELECT :word AS word",
                         ARGS(ARG("word", value_text(word))), &rows));
        assert_string_equal(value_get_text(value_at(&rows, 0), "word", ""), word);
    }
    assert_ok(f, db_commit(f->db, &f->a));
    arena_release(&own);
}

static void sealed_stays_sealed(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    assert_ok(f, db_recall(f->db, &f->a, "secret.price", ARGS(ARG("id", value_id(1))), &rows));
    assert_err(
        f, ERR_DENIED, db_recall(f->db, &f->a, "secret.leak", ARGS(ARG("id", value_id(1))), &rows));
    db_rollback(f->db);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(until_something_is_committed),
        STORE_TEST(another_process_counts_too),
        STORE_TEST(one_snapshot),
        STORE_TEST(each_viewer_their_own),
        STORE_TEST(texts_are_told_apart),
        STORE_TEST(time_goes_on),
        STORE_TEST(what_the_caller_does_to_an_answer_stays_there),
        STORE_TEST(outside_a_reading_transaction),
        STORE_TEST(memory_is_bounded),
        STORE_TEST(sealed_stays_sealed),
    };
    return fixture_main(argc, argv) ? RUN_TESTS(tests) : 0;
}
