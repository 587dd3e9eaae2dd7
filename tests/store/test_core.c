// SPDX-License-Identifier: Apache-2.0
// Queries, types by name, scopes, transactions, sealed tables: one text over both databases.
#include "fixture.h"

#include "str.h"

static void add_thing(struct fixture *f, int64_t id, const char *title, int64_t owner, bool open)
{
    assert_ok(f, db_insert(f->db, &f->a, "thing", false,
                     ARGS(ARG("id", value_id(id)), ARG("title", value_text(title)),
                         ARG("owner_id", value_id(owner)), ARG("is_open", value_bool(open)),
                         ARG("size_n", value_int(id)), ARG("cost_cents", value_int(id)))));
}

static void add_three(struct fixture *f)
{
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    add_thing(f, 1, "one", 99, true);
    add_thing(f, 2, "two", 98, false);
    add_thing(f, 3, "a:b", 97, true);
    assert_ok(f, db_commit(f->db, &f->a));
}

static void files_of_queries(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        enum err e;
    } files[] = {
        { "", OK },
        { "-- only words\n\n", OK },
        { "-- name: a.b\nSELECT 1", OK },
        { "-- name: c.d\nSELECT 1;\n-- end\n-- name: c.e\n/* one */ SELECT 2 ; -- end", OK },
        { "SELECT 1", ERR_INVALID },
        { "-- name: a.b\nSELECT 1", ERR_INVALID }, // twice
        { "-- name: ab\nSELECT 1", ERR_INVALID },
        { "-- name: a.\nSELECT 1", ERR_INVALID },
        { "-- name: A.b\nSELECT 1", ERR_INVALID },
        { "-- name: e.f\n", ERR_INVALID },
        { "-- name: e.g\n-- nothing\n;", ERR_INVALID },
        { "-- name: e.h\nSELECT 1; SELECT 2", ERR_INVALID },
        { "-- name: e.i\nSELECT 'open", ERR_INVALID },
        { "-- name: e.j\nSELECT /* open", ERR_INVALID },
        { "-- name: e.k\nSELECT @unknown", ERR_INVALID },
        { "-- name: e.l\nSELECT 1 WHERE @scope(thing)", ERR_INVALID },
        { "-- name: e.m\nSELECT 1 WHERE @scope thing t", ERR_INVALID },
        { "-- name: e.n\nSELECT $1", ERR_INVALID },
        { "-- name: e.o\nSELECT '\xff'", ERR_INVALID },
        { "-- name: e.p\n-- sealed: Bad;Name\nSELECT 1", ERR_INVALID },
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        assert_err(f, files[i].e,
            queries_add(f->queries, &f->a, "x.sql", files[i].text, strlen(files[i].text)));
    }
    assert_true(queries_has(f->queries, "a.b"));
    assert_true(queries_has(f->queries, "c.e"));
    assert_false(queries_has(f->queries, "e.f"));
}

static void count_name(void *context, const char *name)
{
    (*(int *)context)++;
}

static void all_queries_prepare(void **state)
{
    struct fixture *f = *state;
    int named = 0, checked = 0;
    queries_each(f->queries, count_name, &named);
    assert_int_equal(named, 17);
    enum err e = store_check_queries(f->store, &f->a, &checked);
    if (on_postgres) { // the server asks for rights when a query runs
        assert_ok(f, e);
        assert_int_equal(checked, 16 + STORE_AUDIENCES);
    } else {
        assert_int_equal(e, ERR_DENIED);
        assert_non_null(strstr(f->a.detail, "secret.leak"));
    }
}

static void types_both_ways(void **state)
{
    struct fixture *f = *state;
    static const char bytes[] = "\0\1\xff'\\";
    struct value row;
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "thing", false,
                     ARGS(ARG("id", value_id(INT64_MAX)),
                         ARG("title", value_text("Zürich 日本語 🚢 'quoted' \\ :x $1 ?1")),
                         ARG("opens_at", value_time(INT64_MIN)), ARG("due_on", value_date(-1)),
                         ARG("cost_cents", value_money(-12345, "USD")),
                         ARG("is_open", value_bool(true)), ARG("weight_num", value_num(0.1)),
                         ARG("data_blob",
                             ((struct value){ .kind = V_BLOB, .blob = { bytes, sizeof(bytes) } })),
                         ARG("owner_id", VALUE_NULL), ARG("size_n", value_int(INT64_MIN)))));
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(INT64_MAX))), &row));
    const struct value *v = value_get(&row, "id");
    assert_int_equal(v->kind, V_ID);
    assert_true(v->n == INT64_MAX);
    assert_string_equal(value_get_text(&row, "title", ""), "Zürich 日本語 🚢 'quoted' \\ :x $1 ?1");
    v = value_get(&row, "opens_at");
    assert_int_equal(v->kind, V_TIME);
    assert_true(v->n == INT64_MIN);
    v = value_get(&row, "due_on");
    assert_int_equal(v->kind, V_DATE);
    assert_true(v->n == -1);
    v = value_get(&row, "cost_cents");
    assert_int_equal(v->kind, V_MONEY);
    assert_true(v->money.minor == -12345);
    assert_string_equal(v->money.currency, "USD");
    v = value_get(&row, "is_open");
    assert_int_equal(v->kind, V_BOOL);
    assert_true(v->yes);
    v = value_get(&row, "weight_num");
    assert_int_equal(v->kind, V_NUM);
    assert_true(v->x == 0.1);
    v = value_get(&row, "data_blob");
    assert_int_equal(v->kind, V_BLOB);
    assert_int_equal(v->blob.len, sizeof(bytes));
    assert_memory_equal(v->blob.data, bytes, sizeof(bytes));
    assert_int_equal(value_get(&row, "owner_id")->kind, V_NULL);
    assert_int_equal(value_get(&row, "kind")->kind, V_NULL);
    v = value_get(&row, "size_n");
    assert_int_equal(v->kind, V_INT);
    assert_true(v->n == INT64_MIN);
    assert_int_equal(value_get(&row, "rev")->kind, V_INT);
}

static void empty_values(void **state)
{
    struct fixture *f = *state;
    struct value row;
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "thing", false,
                     ARGS(ARG("id", value_id(1)), ARG("title", value_text("")),
                         ARG("data_blob", ((struct value){ .kind = V_BLOB })),
                         ARG("weight_num", value_int(3)))));
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(1))), &row));
    assert_int_equal(value_get(&row, "title")->kind, V_TEXT);
    assert_string_equal(value_get_text(&row, "title", "x"), "");
    assert_int_equal(value_get(&row, "data_blob")->kind, V_BLOB);
    assert_int_equal(value_get(&row, "data_blob")->blob.len, 0);
    assert_true(value_get_num(&row, "weight_num", 0) == 3.0);
}

static void context_is_bound(void **state)
{
    struct fixture *f = *state;
    struct value row;
    assert_ok(f, db_row(f->db, &f->a, "thing.echo", ARGS(ARG("word", value_text("w"))), &row));
    assert_int_equal(value_get_int(&row, "city", 0), 7);
    assert_int_equal(value_get(&row, "viewer_id")->kind, V_ID);
    assert_int_equal(value_get_int(&row, "viewer_id", 0), 99);
    assert_int_equal(value_get(&row, "now_at")->kind, V_TIME);
    assert_int_equal(value_get_int(&row, "now_at", 0), 1000);
    assert_string_equal(value_get_text(&row, "word", ""), "w");
    assert_string_equal(value_get_text(&row, "again", ""), "w");
    assert_string_equal(
        value_get_text(&row, "quoted", ""), "it's :not_a_parameter -- nor a comment");
    assert_int_equal(value_get(&row, "plain")->kind, V_INT);
    struct db_context nobody = { .city = 7, .viewer = 0, .now = 5 };
    db_context(f->db, &nobody);
    assert_ok(f, db_row(f->db, &f->a, "thing.echo", ARGS(ARG("word", VALUE_NULL)), &row));
    assert_int_equal(value_get(&row, "viewer_id")->kind, V_NULL);
    assert_int_equal(value_get(&row, "word")->kind, V_NULL);
}

static void defects_are_named(void **state)
{
    struct fixture *f = *state;
    struct value row;
    assert_err(f, ERR_INTERNAL, db_row(f->db, &f->a, "thing.none", NO_ARGS, &row));
    assert_err(f, ERR_INTERNAL, db_row(f->db, &f->a, "thing.one", NO_ARGS, &row));
    assert_non_null(strstr(f->a.detail, "thing.one"));
    assert_err(
        f, ERR_INTERNAL, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_text("1"))), &row));
    assert_err(
        f, ERR_INTERNAL, db_row(f->db, &f->a, "thing.echo", ARGS(ARG("word", value_int(1))), &row));
    assert_err(f, ERR_INTERNAL,
        db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(1)), ARG("city", value_int(8))),
            &row));
    assert_err(f, ERR_INTERNAL, db_row(f->db, &f->a, "thing.wrong_name", NO_ARGS, &row));
    assert_err(f, ERR_INTERNAL, db_rows_sql(f->db, &f->a, "SELECT nonsense FROM", NO_ARGS, &row));
    assert_err(
        f, ERR_INTERNAL, db_rows_sql(f->db, &f->a, "SELECT 1 WHERE @scope(boat b)", NO_ARGS, &row));
    assert_err(
        f, ERR_NOT_FOUND, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(404))), &row));
    assert_ok(f, db_row(f->db, &f->a, "thing.echo", ARGS(ARG("word", value_text("w"))), &row));
}

static void changes(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    int64_t n = 0;
    add_three(f);
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 3);
    assert_ok(f, db_int(f->db, &f->a, "thing.sum", NO_ARGS, &n));
    assert_int_equal(n, 6);
    assert_ok(f, db_rows(f->db, &f->a, "thing.sum", NO_ARGS, &rows));
    assert_int_equal(value_get(value_at(&rows, 0), "total")->kind, V_INT);
    assert_ok(f, db_rows(f->db, &f->a, "thing.mean", NO_ARGS, &rows));
    assert_int_equal(value_get(value_at(&rows, 0), "mean_cents")->kind, V_MONEY);
    assert_int_equal(value_get_int(value_at(&rows, 0), "mean_cents", 0), 2);
    assert_err(
        f, ERR_INTERNAL, db_exec(f->db, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), &n));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_exec(f->db, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), &n));
    assert_int_equal(n, 1);
    assert_ok(f, db_exec(f->db, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), &n));
    assert_int_equal(n, 0);
    assert_ok(f,
        db_update(f->db, &f->a, "thing", false, 2, 1, ARGS(ARG("title", value_text("zwei"))), &n));
    assert_int_equal(n, 1);
    assert_ok(f,
        db_update(f->db, &f->a, "thing", false, 2, 1, ARGS(ARG("title", value_text("drei"))), &n));
    assert_int_equal(n, 0); // the revision is 2 by now
    assert_ok(f, db_update(f->db, &f->a, "thing", false, 2, 2, NO_ARGS, &n));
    assert_int_equal(n, 1);
    assert_ok(f,
        db_update(f->db, &f->a, "thing", false, 2, 0, ARGS(ARG("is_open", value_bool(true))), &n));
    assert_int_equal(n, 1);
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_rows(f->db, &f->a, "thing.all", NO_ARGS, &rows));
    assert_int_equal(value_len(&rows), 2);
    assert_string_equal(value_get_text(value_at(&rows, 0), "title", ""), "zwei");
    assert_int_equal(value_get_int(value_at(&rows, 0), "rev", 0), 3);
}

static void other_cities_are_out_of_reach(void **state)
{
    struct fixture *f = *state;
    int64_t n = 0;
    add_three(f);
    struct db_context other = { .city = 8, .viewer = 99, .now = 1000 };
    db_context(f->db, &other);
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 0);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_update(f->db, &f->a, "thing", false, 1, 0,
                     ARGS(ARG("title", value_text("stolen"))), &n));
    assert_int_equal(n, 0);
    add_thing(f, 1, "one", 99, true); // the same key in another city
    assert_ok(f, db_commit(f->db, &f->a));
}

static void unique_key(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    add_three(f);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    add_thing(f, 4, "four", 1, true);
    assert_err(f, ERR_EXISTS,
        db_insert(
            f->db, &f->a, "thing", false, ARGS(ARG("id", value_id(1)), ARG("title", VALUE_NULL))));
    // the transaction has failed, on both databases alike
    assert_err(f, ERR_EXISTS, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_err(f, ERR_EXISTS, db_commit(f->db, &f->a));
    assert_false(db_in_transaction(f->db));
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 3);
}

static void scopes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        size_t n;
        int64_t first;
    } expect[STORE_AUDIENCES] = { { 2, 1 }, { 2, 1 }, { 3, 1 }, { 0, 0 } };
    add_three(f);
    for (int audience = 0; audience < STORE_AUDIENCES; audience++) {
        struct value rows;
        fixture_context(f->db, audience);
        assert_ok(f, db_rows(f->db, &f->a, "thing.seen", NO_ARGS, &rows));
        assert_int_equal(value_len(&rows), expect[audience].n);
        assert_int_equal(value_get_int(value_at(&rows, 0), "id", 0), expect[audience].first);
        assert_ok(f, db_rows_sql(f->db, &f->a,
                         "SELECT x.id FROM thing x WHERE x.city = :city AND @scope(thing x) AND "
                         "x.id > :after_id",
                         ARGS(ARG("after_id", value_id(0))), &rows));
        assert_int_equal(value_len(&rows), expect[audience].n);
    }
    int64_t n;
    fixture_context(f->db, 0);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_int(f->db, &f->a, "thing.next", NO_ARGS, &n));
    assert_int_equal(n, 1);
    assert_ok(f, db_commit(f->db, &f->a));
}

static void transactions(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    db_rollback(f->db); // harmless
    assert_err(f, ERR_INTERNAL, db_commit(f->db, &f->a));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_true(db_in_transaction(f->db));
    assert_err(f, ERR_INTERNAL, db_begin(f->db, &f->a, DB_WRITE));
    add_thing(f, 1, "one", 1, true);
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 1); // it sees its own
    struct db *other = fixture_db(f, f->store);
    assert_ok(f, db_int(other, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 0); // nobody else does
    db_rollback(f->db);
    assert_false(db_in_transaction(f->db));
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 0);
    // a handle that is closed inside a transaction leaves nothing behind
    assert_ok(f, db_begin(other, &f->a, DB_WRITE));
    db_close(other);
    add_three(f);
    // empty ones
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    assert_ok(f, db_commit(f->db, &f->a));
}

static void a_snapshot_stands_still(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    struct value rows;
    struct db *reader = fixture_db(f, f->store);
    assert_ok(f, db_begin(reader, &f->a, DB_READ));
    assert_ok(f, db_int(reader, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 0);
    add_three(f);
    assert_ok(f, db_int(reader, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 0);
    assert_err(
        f, ERR_INTERNAL, db_exec(reader, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), &n));
    // the database refuses too, when a change hides in a read
    assert_err(
        f, ERR_INTERNAL, db_rows(reader, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), &rows));
    db_rollback(reader);
    assert_err(
        f, ERR_INTERNAL, db_rows(reader, &f->a, "thing.drop", ARGS(ARG("id", value_id(1))), &rows));
    assert_ok(f, db_int(reader, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 3);
    db_close(reader);
}

static void answers_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct value rows;
    struct arena small;
    add_three(f);
    arena_init(&small, 300);
    assert_int_equal(db_rows(f->db, &small, "thing.all", NO_ARGS, &rows), ERR_TOO_LARGE);
    arena_release(&small);
    assert_ok(f, db_rows(f->db, &f->a, "thing.all", NO_ARGS, &rows));
}

struct walk {
    struct fixture *f;
    int64_t sum;
    int rows, stop_at;
};

static enum err walk(void *context, const struct value *row)
{
    struct walk *w = context;
    struct value inner;
    int64_t id = value_get_int(row, "id", 0);
    w->sum += id;
    // another question on the same handle, even the same query
    assert_ok(w->f, db_row(w->f->db, &w->f->a, "thing.one", ARGS(ARG("id", value_id(id))), &inner));
    assert_true(value_get_int(&inner, "size_n", 0) == id);
    assert_err(w->f, ERR_INTERNAL, db_begin(w->f->db, &w->f->a, DB_READ));
    return ++w->rows == w->stop_at ? ERR_STATE : OK;
}

static void streaming(void **state)
{
    struct fixture *f = *state;
    int64_t n;
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int64_t i = 1; i <= 450; i++) { // more than two fetches
        add_thing(f, i, arena_fmt(&f->a, "thing %d", (int)i), 1, true);
    }
    assert_ok(f, db_commit(f->db, &f->a));
    struct walk w = { .f = f };
    assert_ok(f, db_each(f->db, &f->a, "thing.all", NO_ARGS, walk, &w));
    assert_int_equal(w.rows, 450);
    assert_int_equal(w.sum, 450 * 451 / 2);
    w = (struct walk){ .f = f, .stop_at = 10 };
    assert_int_equal(db_each(f->db, &f->a, "thing.all", NO_ARGS, walk, &w), ERR_STATE);
    assert_int_equal(w.rows, 10);
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    w = (struct walk){ .f = f, .stop_at = 210 };
    assert_int_equal(db_each(f->db, &f->a, "thing.all", NO_ARGS, walk, &w), ERR_STATE);
    assert_ok(
        f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n)); // the callback's no is no failure
    assert_ok(f, db_commit(f->db, &f->a));
    assert_int_equal(n, 450);
}

static void sealed_tables(void **state)
{
    struct fixture *f = *state;
    int64_t n = 0;
    struct value rows;
    const struct arg *id = ARGS(ARG("id", value_id(1)));
    add_three(f);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "secret", true,
                     ARGS(ARG("id", value_id(1)), ARG("price_cents", value_int(500)))));
    assert_ok(f, db_update(f->db, &f->a, "secret", true, 1, 1,
                     ARGS(ARG("price_cents", value_int(600))), &n));
    assert_int_equal(n, 1);
    assert_ok(f, db_exec(f->db, &f->a, "secret.change",
                     ARGS(ARG("id", value_id(1)), ARG("price_cents", value_int(700))), &n));
    assert_int_equal(n, 1);
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_int(f->db, &f->a, "secret.price", id, &n));
    assert_int_equal(n, 700);
    assert_ok(f, db_rows(f->db, &f->a, "secret.joined", NO_ARGS, &rows));
    assert_int_equal(value_len(&rows), 1);
    // right after a query that may, one that may not
    assert_err(f, ERR_DENIED, db_int(f->db, &f->a, "secret.leak", id, &n));
    assert_err(f, ERR_DENIED, db_int(f->db, &f->a, "secret.count_leak", NO_ARGS, &n));
    assert_err(f, ERR_DENIED, db_rows_sql(f->db, &f->a, "SELECT * FROM secret", NO_ARGS, &rows));
    assert_err(f, ERR_DENIED,
        db_rows_sql(f->db, &f->a, "SELECT title FROM thing WHERE id IN (SELECT id FROM secret)",
            NO_ARGS, &rows));
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    assert_ok(f, db_int(f->db, &f->a, "secret.price", id, &n));
    assert_err(f, ERR_DENIED, db_int(f->db, &f->a, "secret.leak", id, &n));
    db_rollback(f->db);
}

static void sealed_tables_refuse_changes(void **state)
{
    struct fixture *f = *state;
    int64_t n = 0;
    static const char *const columns[] = { "city", "id" };
    struct db_load *load;
    for (int i = 0; i < 4; i++) {
        assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
        enum err e = OK;
        switch (i) {
        case 0:
            e = db_insert(f->db, &f->a, "secret", false, ARGS(ARG("id", value_id(2))));
            break;
        case 1:
            e = db_update(
                f->db, &f->a, "secret", false, 1, 0, ARGS(ARG("price_cents", value_int(1))), &n);
            break;
        case 2:
            e = db_exec(f->db, &f->a, "secret.change_leak",
                ARGS(ARG("id", value_id(1)), ARG("price_cents", value_int(1))), &n);
            break;
        default:
            e = db_load_begin(f->db, &f->a, "secret", columns, 2, &load);
        }
        assert_int_equal(e, ERR_DENIED);
        assert_err(f, ERR_DENIED, db_commit(f->db, &f->a));
    }
    // a sealed query that fails leaves the door closed
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "secret", true, ARGS(ARG("id", value_id(2)))));
    assert_err(
        f, ERR_EXISTS, db_insert(f->db, &f->a, "secret", true, ARGS(ARG("id", value_id(2)))));
    db_rollback(f->db);
    assert_err(f, ERR_DENIED, db_int(f->db, &f->a, "secret.count_leak", NO_ARGS, &n));
}

static void the_schema_is_out_of_reach(void **state)
{
    struct fixture *f = *state;
    static const char *const attempts[] = { "DROP TABLE thing", "CREATE TABLE x (y TEXT)",
        "ALTER TABLE thing ADD COLUMN z TEXT", "DROP SCHEMA public CASCADE",
        "ATTACH DATABASE 'x.db' AS x", "PRAGMA writable_schema = ON", "PRAGMA query_only = OFF",
        "PRAGMA wal_checkpoint", "DELETE FROM sqlite_master", "DROP TABLE secret",
        "ALTER TABLE secret OWNER TO CURRENT_USER", "GRANT SELECT ON secret TO CURRENT_USER",
        "VACUUM INTO 'x.db'" };
    struct value rows;
    for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
        assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
        enum err e = db_rows_sql(f->db, &f->a, attempts[i], NO_ARGS, &rows);
        if (e == OK) {
            fail_msg("done: %s", attempts[i]);
        }
        db_rollback(f->db);
    }
    assert_ok(f, db_rows(f->db, &f->a, "thing.all", NO_ARGS, &rows));
}

static void loading(void **state)
{
    struct fixture *f = *state;
    static const char *const columns[] = { "city", "id", "title", "weight_num", "size_n",
        "is_open" };
    struct db_load *l;
    int64_t n;
    assert_err(f, ERR_INTERNAL, db_load_begin(f->db, &f->a, "thing", columns, 6, &l));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_load_begin(f->db, &f->a, "thing", columns, 6, &l));
    assert_err(f, ERR_INTERNAL, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    for (int64_t i = 0; i < 20000; i++) {
        const struct value cells[] = { value_int(7), value_id(i),
            value_text(arena_fmt(&f->a, "Straße %d", (int)i)), value_num(0.5), value_int(2),
            i ? value_bool(true) : VALUE_NULL };
        assert_ok(f, db_load_row(l, cells));
    }
    assert_ok(f, db_load_end(l));
    assert_ok(f, db_int(f->db, &f->a, "thing.sum", NO_ARGS, &n));
    assert_int_equal(n, 40000);
    assert_ok(f, db_commit(f->db, &f->a));
    struct value row;
    assert_ok(f, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(19999))), &row));
    assert_string_equal(value_get_text(&row, "title", ""), "Straße 19999");
    assert_true(value_get_num(&row, "weight_num", 0) == 0.5);
    // a key that is there: nothing of the load stays
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_load_begin(f->db, &f->a, "thing", columns, 6, &l));
    enum err e = OK;
    for (int64_t i = 20001; i > 19998; i--) {
        const struct value cells[] = { value_int(7), value_id(i), VALUE_NULL, VALUE_NULL,
            value_int(1), VALUE_NULL };
        enum err said = db_load_row(l, cells);
        e = e == OK ? said : e;
    }
    enum err end = db_load_end(l);
    assert_int_equal(e == OK ? end : e, ERR_EXISTS);
    assert_err(f, ERR_EXISTS, db_commit(f->db, &f->a));
    // a value of another kind
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_load_begin(f->db, &f->a, "thing", columns, 6, &l));
    const struct value wrong[] = { value_int(7), value_text("x"), VALUE_NULL, VALUE_NULL,
        VALUE_NULL, VALUE_NULL };
    assert_int_equal(db_load_row(l, wrong), ERR_INTERNAL);
    assert_int_equal(db_load_end(l), ERR_INTERNAL);
    db_rollback(f->db);
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 20000);
}

static void addresses(void **state)
{
    struct fixture *f = *state;
    struct store_stats stats;
    assert_int_equal(store_is_postgres(f->store), on_postgres);
    if (on_postgres) {
        const char *at = strchr(f->address, '@'), *secret = strchr(f->address + 13, ':') + 1;
        char *password = arena_strndup(&f->a, secret, (size_t)(at - secret));
        assert_true(strlen(password) > 8);
        assert_null(strstr(store_address(f->store), password));
        assert_non_null(strstr(store_address(f->store), at));
    } else {
        assert_string_equal(store_address(f->store), f->address);
    }
    add_three(f);
    store_stats(f->store, &stats);
    assert_int_equal(stats.transactions, 1);
    assert_int_equal(stats.commits, 1);
    struct store *s = NULL;
    struct store_options o = fixture_options(f);
    o.create = false;
    o.address = on_postgres ? "postgresql://nobody@127.0.0.1:1/x" : "/nonexistent/x.db";
    assert_err(f, on_postgres ? ERR_UNAVAILABLE : ERR_NOT_FOUND, store_open(&f->a, &o, &s));
    assert_null(s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(files_of_queries),
        STORE_TEST(all_queries_prepare),
        STORE_TEST(types_both_ways),
        STORE_TEST(empty_values),
        STORE_TEST(context_is_bound),
        STORE_TEST(defects_are_named),
        STORE_TEST(changes),
        STORE_TEST(other_cities_are_out_of_reach),
        STORE_TEST(unique_key),
        STORE_TEST(scopes),
        STORE_TEST(transactions),
        STORE_TEST(a_snapshot_stands_still),
        STORE_TEST(answers_are_bounded),
        STORE_TEST(streaming),
        STORE_TEST(sealed_tables),
        STORE_TEST(sealed_tables_refuse_changes),
        STORE_TEST(the_schema_is_out_of_reach),
        STORE_TEST(loading),
        STORE_TEST(addresses),
    };
    return fixture_main(argc, argv) ? RUN_TESTS(tests) : 0;
}
