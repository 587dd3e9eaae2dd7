// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: a connection a handle, transactions that begin with their first statement, and the
// role that opens sealed tables for the queries that name them.
#include "pgsql_conn.h"
#include "str.h"

#include <stdlib.h>

enum { FETCH_ROWS = 200 };

static const char begin_write[] = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
static const char begin_move[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE";
static const char begin_read[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
static const char begin_look[] = "BEGIN";

static bool is_prepared(const struct pgsql_conn *c, const struct statement *st)
{
    return st->serial < c->size && c->prepared[st->serial];
}

// Adds ST with its values, prepared before where it isn't yet: neither on the server nor by a step
// of this round.
static void add_statement(struct pgsql_conn *c, struct round *r, const struct statement *st,
    const struct value *bound, bool wanted)
{
    bool prepared = is_prepared(c, st);
    for (int i = 0; i < r->n; i++) {
        prepared = prepared || (r->steps[i].kind == STEP_PREPARE && r->steps[i].st == st);
    }
    r->st = st;
    r->bound = bound;
    if (!prepared) {
        round_add(r, STEP_PREPARE, NULL, false);
    }
    round_add(r, STEP_RUN, NULL, wanted);
}

// The transaction's begin and the changes that waited for a round.
static void add_pending(struct pgsql_db *own, struct round *r)
{
    if (own->begin && own->before.st) {
        round_add(r, STEP_SQL, begin_look, false);
        add_statement(&own->conn, r, own->before.st, own->before.bound, false);
        r->st = NULL;
        round_add(r, STEP_SQL, "COMMIT", false);
    }
    own->before.st = NULL;
    if (own->begin) {
        round_add(r, STEP_SQL, own->begin, false);
    }
    for (int i = 0; i < own->n_later; i++) {
        add_statement(&own->conn, r, own->later[i].st, own->later[i].bound, false);
    }
    own->n_later = 0;
    r->st = NULL;
    r->bound = NULL;
}

// What comes before a statement; the caller adds the statement and calls round_close().
static enum err round_open(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct round *r)
{
    struct pgsql_db *own = db->state;
    *r = (struct round){ 0 };
    if (!db->in_transaction && !own->open) {
        TRY(pgsql_revive(&own->conn, a, db->store->address));
    }
    add_pending(own, r);
    if (st && st->n_sealed) {
        round_add(r, STEP_SQL, arena_fmt(a, "SET ROLE %s", own->conn.role), false);
    }
    r->st = st;
    r->bound = bound;
    return OK;
}

// Outside a transaction of ours the server undoes a role with the round that failed; inside one the
// transaction can only be rolled back, which undoes it too.
static void round_close(struct round *r)
{
    if (r->st && r->st->n_sealed) {
        r->st = NULL;
        round_add(r, STEP_SQL, "RESET ROLE", false);
    }
}

static enum err round_trip(
    struct db *db, struct arena *a, struct round *r, const char *what, PGresult **ret_result)
{
    struct pgsql_db *own = db->state;
    bool begins = own->begin != NULL;
    enum err e = pgsql_round(&own->conn, a, r, what, ret_result);
    if (begins && r->done > 0) {
        own->begin = NULL;
        own->open = true;
    }
    return e;
}

enum err pgsql_ensure_begun(struct db *db, struct arena *a)
{
    struct round r;
    const struct pgsql_db *own = db->state;
    if (!own->begin && !own->n_later) {
        return OK;
    }
    TRY(round_open(db, a, NULL, NULL, &r));
    return round_trip(db, a, &r, "beginning to write", NULL);
}

// A long answer is read through a cursor, so that the callback may ask other things meanwhile.
static enum err fetch_all(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink, const char *cursor)
{
    struct pgsql_db *own = db->state;
    struct round r;
    const char *fetch = arena_fmt(a, "FETCH %d FROM %s", FETCH_ROWS, cursor);
    TRY(round_open(db, a, st, bound, &r));
    round_add(&r, STEP_PARAMS, arena_fmt(a, "DECLARE %s NO SCROLL CURSOR FOR %s", cursor, st->sql),
        false);
    round_add(&r, STEP_SQL, fetch, true);
    round_close(&r);
    for (;;) {
        PGresult *result = NULL;
        TRY(round_trip(db, a, &r, st->name, &result));
        int n = PQntuples(result);
        enum err e = pgsql_rows(a, st, result, sink, db->store->currency);
        PQclear(result);
        if (e != OK || n < FETCH_ROWS) {
            return e;
        }
        r = (struct round){ .st = st };
        round_add(&r, STEP_SQL, fetch, true);
        (void)own;
    }
}

static void end_cursor(struct db *db, struct arena *a, const char *cursor, bool mine)
{
    struct pgsql_db *own = db->state;
    struct round r = { 0 };
    round_add(&r, STEP_SQL, mine ? "ROLLBACK" : arena_fmt(a, "CLOSE %s", cursor), false);
    enum err e = pgsql_round(&own->conn, NULL, &r, "closing a cursor", NULL);
    (void)e; // a lost connection is seen at the next call
    if (mine) {
        own->open = false;
    }
}

static enum err stream(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink)
{
    struct pgsql_db *own = db->state;
    bool mine = !db->in_transaction && !own->open;
    char cursor[24];
    snprintf(cursor, sizeof(cursor), "each%d", own->cursors);
    if (mine) {
        TRY(pgsql_revive(&own->conn, a, db->store->address));
        own->begin = begin_read;
    }
    own->cursors++;
    enum err e = fetch_all(db, a, st, bound, sink, cursor);
    own->cursors--;
    if (own->open && (mine || e == OK || sink->error != OK)) {
        end_cursor(db, a, cursor, mine);
    }
    if (mine) {
        own->begin = NULL;
    }
    return e;
}

static enum err run(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink, int64_t *ret_changed)
{
    struct pgsql_db *own = db->state;
    struct round r;
    PGresult *result = NULL;
    if (sink && sink->stream) {
        return stream(db, a, st, bound, sink);
    }
    TRY(round_open(db, a, st, bound, &r));
    add_statement(&own->conn, &r, st, bound, true);
    round_close(&r);
    TRY(round_trip(db, a, &r, st->name, &result));
    enum err e = OK;
    if (ret_changed) {
        int64_t n = 0;
        *ret_changed = str_i64(PQcmdTuples(result), &n) ? n : 0;
    }
    if (sink) {
        e = pgsql_rows(a, st, result, sink, db->store->currency);
    }
    PQclear(result);
    return e;
}

static enum err run_later(
    struct db *db, struct arena *a, const struct statement *st, const struct value *bound)
{
    struct pgsql_db *own = db->state;
    if (own->n_later == MAX_LATER) {
        TRY(pgsql_ensure_begun(db, a));
    }
    own->later[own->n_later++] = (struct later){ st, bound };
    return OK;
}

static bool run_before(struct db *db, const struct statement *st, const struct value *bound)
{
    struct pgsql_db *own = db->state;
    own->before = (struct later){ st, bound };
    return own->begin != NULL;
}

static enum err check(struct db *db, struct arena *a, const struct statement *st)
{
    struct pgsql_db *own = db->state;
    struct round r;
    TRY(round_open(db, a, st, NULL, &r));
    if (!is_prepared(&own->conn, st)) {
        round_add(&r, STEP_PREPARE, NULL, false);
    }
    round_close(&r);
    return round_trip(db, a, &r, st->name, NULL);
}

// ---- transactions ------------------------------------------------------------------------------

static enum err begin(struct db *db, struct arena *detail, enum db_mode mode)
{
    struct pgsql_db *own = db->state;
    TRY(pgsql_revive(&own->conn, detail, db->store->address));
    own->begin = mode == DB_WRITE ? begin_write : mode == DB_MOVE ? begin_move : begin_read;
    own->n_later = 0;
    own->before.st = NULL;
    own->open = false;
    return OK;
}

static void undo(struct pgsql_db *own)
{
    struct round r = { 0 };
    round_add(&r, STEP_SQL, "ROLLBACK", false);
    enum err e = pgsql_round(&own->conn, NULL, &r, "undoing", NULL);
    (void)e; // a lost connection has undone it too
}

static enum err commit(struct db *db, struct arena *detail)
{
    struct pgsql_db *own = db->state;
    struct round r = { 0 };
    PGresult *result = NULL;
    if (!own->open && !own->n_later) {
        own->begin = NULL;
        return OK; // nothing was asked
    }
    add_pending(own, &r);
    round_add(&r, STEP_SQL, "COMMIT", true);
    own->begin = NULL;
    own->open = false;
    enum err e = pgsql_round(&own->conn, detail, &r, "saving", &result);
    if (e != OK && PQtransactionStatus(own->conn.pg) == PQTRANS_INERROR) {
        undo(own); // what waited for this round has failed, so the server didn't come to the end
    }
    if (e == OK && !str_eq(PQcmdStatus(result), "COMMIT")) {
        e = fail(detail, ERR_INTERNAL, "saving: the transaction had failed before");
    }
    PQclear(result);
    if (e == OK && db->mode != DB_READ) {
        atomic_fetch_add_explicit(&db->store->commits, 1, memory_order_relaxed);
    }
    return e;
}

static void rollback(struct db *db)
{
    struct pgsql_db *own = db->state;
    own->begin = NULL;
    own->n_later = 0;
    if (own->open) {
        own->open = false;
        undo(own);
    }
}

// ---- the store and its handles -----------------------------------------------------------------

static enum err open_store(struct store *s, struct arena *detail, bool create)
{
    struct pgsql_conn c = { 0 };
    TRY(pgsql_connect(&c, detail, s->address, false));
    pgsql_disconnect(&c);
    return OK;
}

static void close_store(struct store *s)
{
}

static enum err db_open_pgsql(struct db *db, struct arena *detail)
{
    db->state = calloc(1, sizeof(struct pgsql_db));
    return db->state ? OK : fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
}

static void db_close_pgsql(struct db *db)
{
    struct pgsql_db *own = db->state;
    pgsql_disconnect(&own->conn);
    free(own);
}

static enum err schema_changed(struct store *s, struct arena *detail)
{
    return OK; // the server knows
}

static int64_t wal_bytes(struct store *s)
{
    return 0;
}

const struct driver pgsql_driver = {
    .postgres = true,
    // Which transactions are seen: whoever changes anything has a number that the text would name.
    // After a lost connection it may be another server's text.
    .version_sql = "SELECT CONCAT(pg_backend_pid(), ' ', pg_current_snapshot()) AS snapshot",
    .open = open_store,
    .close = close_store,
    .db_open = db_open_pgsql,
    .db_close = db_close_pgsql,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run = run,
    .run_later = run_later,
    .run_before = run_before,
    .check = check,
    .load_begin = pgsql_load_begin,
    .load_row = pgsql_load_row,
    .load_end = pgsql_load_end,
    .migrate_open = pgsql_migrate_open,
    .migrate_begin = pgsql_migrate_begin,
    .migrate_sql = pgsql_migrate_sql,
    .migrate_commit = pgsql_migrate_commit,
    .migrate_close = pgsql_migrate_close,
    .read_applied = pgsql_read_applied,
    .schema_changed = schema_changed,
    .check_rights = pgsql_check_rights,
    .search_fold_sql = pgsql_search_fold_sql,
    .search = pgsql_search,
    .backup = pgsql_backup,
    .wal_bytes = wal_bytes,
};
