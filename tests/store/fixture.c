// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

bool on_postgres;

static const char schema_text[] =
    "-- Things, and secrets about them.\n"
    "CREATE TABLE thing (\n"
    "    city @i64 NOT NULL, id @i64 NOT NULL, rev @i64 NOT NULL DEFAULT 1, kind @text,\n"
    "    title @text, opens_at @i64, due_on @i64, cost_cents @i64, is_open @i64,\n"
    "    weight_num @f64, data_blob @blob, owner_id @i64, size_n @i64,\n"
    "    PRIMARY KEY (city, id)\n"
    ") @strict;\n"
    "CREATE UNIQUE INDEX thing_title ON thing (city, title);\n";
static const char sealed_text[] = "-- sealed: secret\n"
                                  "CREATE TABLE secret (\n"
                                  "    city @i64 NOT NULL, id @i64 NOT NULL, price_cents @i64,\n"
                                  "    rev @i64 NOT NULL DEFAULT 1, PRIMARY KEY (city, id)\n"
                                  ") @strict;\n";
const struct migration fixture_migrations[2] = {
    { 1, "0001_thing.sql", schema_text, sizeof(schema_text) - 1 },
    { 2, "0002_secret.sql", sealed_text, sizeof(sealed_text) - 1 },
};

static const char query_text[] =
    "-- The tests' queries; 'it''s :not_a_parameter' is a text.\n"
    "-- name: thing.all\n"
    "SELECT * FROM thing WHERE city = :city ORDER BY id LIMIT 5000;\n"
    "-- name: thing.one\n"
    "SELECT * FROM thing WHERE city = :city AND id = :id\n"
    "-- name: thing.seen\n"
    "SELECT t.id, t.title FROM thing t WHERE t.city = :city AND @scope(thing t) ORDER BY t.id\n"
    "-- name: thing.count\n"
    "SELECT COUNT(*) AS n FROM thing WHERE city = :city\n"
    "-- name: thing.sum\n"
    "SELECT SUM(size_n) AS total FROM thing WHERE city = :city\n"
    "-- name: thing.mean\n"
    "SELECT AVG(cost_cents) AS mean_cents FROM thing WHERE city = :city\n"
    "-- name: thing.grow\n"
    "UPDATE thing SET size_n = size_n + :n WHERE city = :city AND id = :id\n"
    "-- name: thing.drop\n"
    "DELETE FROM thing WHERE city = :city AND id = :id\n"
    "-- name: thing.next\n"
    "SELECT id FROM thing WHERE city = :city ORDER BY id LIMIT 1 @skip_locked\n"
    "-- name: thing.echo\n"
    "SELECT :city AS city, :viewer_id AS viewer_id, :now_at AS now_at, :word AS word,\n"
    "    'it''s :not_a_parameter -- nor a comment' AS quoted, 12 AS plain, :word AS again\n"
    "-- name: thing.wrong_name\n"
    "SELECT 'text' AS made_at\n"
    "-- name: secret.price\n"
    "-- sealed: secret\n"
    "SELECT price_cents FROM secret WHERE city = :city AND id = :id\n"
    "-- name: secret.change\n"
    "-- sealed: secret\n"
    "UPDATE secret SET price_cents = :price_cents WHERE city = :city AND id = :id\n"
    "-- name: secret.joined\n"
    "-- sealed: secret\n"
    "SELECT t.title, s.price_cents FROM thing t\n"
    "    JOIN secret s ON s.city = t.city AND s.id = t.id WHERE t.city = :city\n"
    "-- name: secret.leak\n"
    "SELECT price_cents FROM secret WHERE city = :city AND id = :id\n"
    "-- name: secret.count_leak\n"
    "SELECT COUNT(*) AS n FROM secret WHERE city = :city\n"
    "-- name: secret.change_leak\n"
    "UPDATE secret SET price_cents = :price_cents WHERE city = :city AND id = :id\n";

static void run_sql(const char *address, const char *sql, char *ret_cell, size_t size)
{
    PGconn *c = PQconnectdb(address);
    PQclear(PQexec(c, "SET client_min_messages = error"));
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        print_error("%s: %s", sql, PQerrorMessage(c));
    }
    if (ret_cell) {
        snprintf(ret_cell, size, "%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
    }
    PQclear(r);
    PQfinish(c);
    assert_true(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
}

const char *fixture_psql(struct fixture *f, const char *sql)
{
    char cell[200];
    run_sql(f ? f->address : getenv("PILOTHOUSE_TEST_PG"), sql, cell, sizeof(cell));
    return f ? arena_strdup(&f->a, cell) : "";
}

static void make_postgres(struct fixture *f)
{
    static int made;
    char name[48], sql[128];
    const char *admin = getenv("PILOTHOUSE_TEST_PG");
    snprintf(name, sizeof(name), "t%d_%d", (int)getpid(), made++);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE template0", name);
    run_sql(admin, sql, NULL, 0);
    int keep = (int)(strrchr(admin, '/') - admin);
    f->address = arena_fmt(&f->a, "%.*s/%s", keep, admin, name);
}

int fixture_bare(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    arena_init(&f->a, 256 << 20);
    snprintf(f->dir, sizeof(f->dir), "/tmp/store_test.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    if (on_postgres) {
        make_postgres(f);
    } else {
        f->address = arena_fmt(&f->a, "%s/store.db", f->dir);
    }
    f->queries = queries_new();
    *state = f;
    return 0;
}

struct store_options fixture_options(const struct fixture *f)
{
    return (struct store_options){ .address = f->address,
        .queries = f->queries,
        .migrations = fixture_migrations,
        .n_migrations = ARRAY_LEN(fixture_migrations),
        .currency = "USD",
        .create = true };
}

struct store *fixture_open(struct fixture *f, const struct store_options *o)
{
    struct store *s = NULL;
    assert_ok(f, store_open(&f->a, o, &s));
    return s;
}

void fixture_context(struct db *db, int audience)
{
    struct db_context c = { .city = 7, .viewer = 99, .now = 1000, .audience = audience };
    db_context(db, &c);
}

struct db *fixture_db(struct fixture *f, struct store *s)
{
    struct db *db = NULL;
    assert_ok(f, db_open(s, &f->a, &db));
    fixture_context(db, 0);
    return db;
}

int fixture_setup(void **state)
{
    fixture_bare(state);
    struct fixture *f = *state;
    assert_ok(f, queries_add(f->queries, &f->a, "test.sql", query_text, sizeof(query_text) - 1));
    queries_scope(f->queries, "thing", 0, "$.is_open = 1");
    queries_scope(f->queries, "thing", 1, "$.owner_id = :viewer_id OR $.title = 'a:b'");
    queries_scope(f->queries, "thing", 2, "1 = 1");
    queries_scope(f->queries, "thing", 3, "1 = 0");
    struct store_options o = fixture_options(f);
    f->store = fixture_open(f, &o);
    int applied = 0;
    assert_ok(f, store_migrate(f->store, &f->a, &applied));
    assert_int_equal(applied, 2);
    f->db = fixture_db(f, f->store);
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    db_close(f->db);
    store_close(f->store);
    queries_free(f->queries);
    char sql[200];
    if (on_postgres) {
        const char *name = strrchr(f->address, '/') + 1;
        snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", name);
        fixture_psql(NULL, sql);
        snprintf(sql, sizeof(sql), "DROP ROLE IF EXISTS %s_app, %s_sealed", name, name);
        fixture_psql(NULL, sql);
    }
    snprintf(sql, sizeof(sql), "rm -rf '%s'", f->dir);
    assert_int_equal(system(sql), 0);
    arena_release(&f->a);
    free(f);
    return 0;
}

bool fixture_main(int argc, char **argv)
{
    on_postgres = argc > 1 && strcmp(argv[1], "postgres") == 0;
    if (on_postgres && !getenv("PILOTHOUSE_TEST_PG")) {
        printf("1..0 # SKIP PILOTHOUSE_TEST_PG is not set: run by script/with-postgres\n");
        return false;
    }
    return true;
}

static enum err add_once(struct db *db, struct arena *a, int64_t id)
{
    TRY(db_begin(db, a, DB_WRITE));
    enum err e = db_insert(db, a, "thing", false,
        ARGS(ARG("id", value_id(id)),
            ARG("title", value_text(arena_fmt(a, "thing %lld", (long long)id))),
            ARG("size_n", value_int(1))));
    if (e != OK) {
        db_rollback(db);
        return e;
    }
    return db_commit(db, a);
}

enum err fixture_add(struct db *db, struct arena *a, int64_t id)
{
    enum err e;
    do {
        e = add_once(db, a, id);
    } while (e == ERR_RETRY);
    return e;
}

int64_t fixture_count(struct fixture *f, struct db *db)
{
    int64_t n = -1;
    assert_ok(f, db_int(db, &f->a, "thing.count", NO_ARGS, &n));
    return n;
}

void fixture_close(struct fixture *f)
{
    db_close(f->db);
    store_close(f->store);
    f->db = NULL;
    f->store = NULL;
}

void fixture_reopen(struct fixture *f)
{
    struct store_options o = fixture_options(f);
    f->store = fixture_open(f, &o);
    f->db = fixture_db(f, f->store);
}
