// SPDX-License-Identifier: Apache-2.0
// SQLite: connections, their statements, and running one. The writer is in sqlite_write.c.
#include "clock.h"
#include "sqlite_conn.h"
#include "str.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

// ---- errors ------------------------------------------------------------------------------------

static enum err io_error(struct sqlite_conn *c, struct arena *detail)
{
    int system = c->sql ? sqlite3_system_errno(c->sql) : 0;
    if (system == ENOSPC || system == EDQUOT) {
        return fail(detail, ERR_FULL, "The disk is full; nothing was saved. Make room on it.");
    }
    return fail(detail, ERR_UNAVAILABLE, "The disk could not be read or written: %s",
        system ? strerrordesc_np(system) : "input/output error");
}

static enum err classify(struct sqlite_conn *c, struct arena *detail, int rc, const char *what)
{
    int extended = c->sql ? sqlite3_extended_errcode(c->sql) : rc;
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_CONSTRAINT:
        if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
            extended == SQLITE_CONSTRAINT_ROWID) {
            return fail(detail, ERR_EXISTS, "There is such a record already.");
        }
        break;
    case SQLITE_BUSY:
        if (extended == SQLITE_BUSY_SNAPSHOT) {
            return fail(detail, ERR_RETRY, "The data changed meanwhile.");
        }
        // fall through
    case SQLITE_LOCKED:
        return fail(detail, ERR_UNAVAILABLE, "The database is busy. Try again in a moment.");
    case SQLITE_FULL:
        return fail(detail, ERR_FULL, "The disk is full; nothing was saved. Make room on it.");
    case SQLITE_IOERR:
        return io_error(c, detail);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail(detail, ERR_CORRUPT, "The database file is damaged, or is not a database.");
    case SQLITE_AUTH:
        return fail(
            detail, ERR_DENIED, "%s may not touch %s", what, c->denied[0] ? c->denied : "that");
    case SQLITE_CANTOPEN:
        return fail(detail, ERR_UNAVAILABLE, "The database file could not be opened.");
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
        return fail(detail, ERR_UNAVAILABLE, "The database could not answer now.");
    case SQLITE_TOOBIG:
        return fail(detail, ERR_TOO_LARGE, "That is too large to be stored.");
    default:
        break;
    }
    return fail(
        detail, ERR_INTERNAL, "%s: %s", what, c->sql ? sqlite3_errmsg(c->sql) : sqlite3_errstr(rc));
}

enum err sqlite_err(struct sqlite_conn *c, struct arena *detail, int rc, const char *what)
{
    enum err e = classify(c, detail, rc, what);
    if (e != OK) {
        c->last_error = e;
    }
    return e;
}

// ---- connections -------------------------------------------------------------------------------

void sqlite_pause_ms(int64_t ms)
{
    struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

// Short random pauses: another process holds the lock for a few milliseconds at a time.
static int wait_for_lock(void *context, int tries)
{
    struct sqlite_conn *c = context;
    int64_t now = clock_monotonic();
    if (tries == 0) {
        c->wait_until = now + c->patience;
    }
    if (now >= c->wait_until) {
        return 0;
    }
    struct timespec pause = { 0, 200000 + (long)randombytes_uniform(1800000) };
    nanosleep(&pause, NULL);
    return 1;
}

// Sums of memory need a lock that all threads share; nobody here reads them.
static void configure_once(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_initialize();
}

int sqlite_exec(struct sqlite_conn *c, const char *sql)
{
    return sqlite3_exec(c->sql, sql, NULL, NULL, NULL);
}

int sqlite_plain(struct sqlite_conn *c, enum sqlite_plain which)
{
    static const char *const sql[SQLITE_PLAIN] = { "BEGIN", "BEGIN IMMEDIATE", "COMMIT",
        "SAVEPOINT act", "RELEASE act" };
    sqlite3_stmt **stmt = &c->plain[which];
    int rc =
        *stmt ? SQLITE_OK
              : sqlite3_prepare_v3(c->sql, sql[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
    if (rc == SQLITE_OK) {
        (void)sqlite3_step(*stmt);
        rc = sqlite3_reset(*stmt);
    }
    return rc;
}

// Two processes may make the file at once, and SQLite asks no busy handler here.
static int wal_mode(struct sqlite_conn *c)
{
    int64_t until = clock_monotonic() + c->patience;
    int rc;
    while ((rc = sqlite_exec(c, "PRAGMA journal_mode = WAL")) != SQLITE_OK &&
           (rc & 0xff) == SQLITE_BUSY && clock_monotonic() < until) {
        sqlite_pause_ms(2);
    }
    return rc;
}

// No mmap: an unreadable sector would be a SIGBUS, and each reader's mapping counts as memory.
static enum err conn_setup(struct sqlite_conn *c, struct arena *detail, bool writes)
{
    sqlite3_extended_result_codes(c->sql, 1);
    sqlite3_busy_handler(c->sql, wait_for_lock, c);
    sqlite3_db_config(c->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(c->sql, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->sql, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(c->sql, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    sqlite3_db_config(c->sql, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    int rc = wal_mode(c);
    if (rc == SQLITE_OK) {
        rc = sqlite_exec(c, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                            "PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY;");
    }
    if (rc == SQLITE_OK) {
        rc = sqlite_exec(c, writes ? "PRAGMA cache_size = -8192"
                                   : "PRAGMA cache_size = -4096; PRAGMA query_only = ON");
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_set_authorizer(c->sql, sqlite_authorize, c);
    }
    return sqlite_err(c, detail, rc, "opening the database");
}

enum err sqlite_conn_open(struct sqlite_store *st, struct arena *detail, bool create, bool writes,
    struct sqlite_conn **ret_conn)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_once);
    struct sqlite_conn *c = calloc(1, sizeof(*c));
    if (!c) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    c->owner = st;
    c->patience = SQLITE_WAIT_MS;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int rc = sqlite3_open_v2(st->path, &c->sql, flags | (create ? SQLITE_OPEN_CREATE : 0), NULL);
    enum err e = rc == SQLITE_OK ? conn_setup(c, detail, writes)
                                 : sqlite_err(c, detail, rc, "opening the database");
    if (e != OK) {
        sqlite_conn_close(c);
        return e;
    }
    *ret_conn = c;
    return OK;
}

void sqlite_conn_close(struct sqlite_conn *c)
{
    if (c) {
        for (size_t i = 0; i < c->size; i++) {
            sqlite3_finalize(c->kept[i].stmt);
        }
        free(c->kept);
        for (size_t i = 0; i < SQLITE_PLAIN; i++) {
            sqlite3_finalize(c->plain[i]);
        }
        sqlite3_close(c->sql);
        free(c);
    }
}

// ---- statements --------------------------------------------------------------------------------

static struct kept *kept_slot(struct sqlite_conn *c, unsigned serial)
{
    if (serial >= c->size) {
        size_t size = (size_t)serial + 64;
        struct kept *kept = reallocarray(c->kept, size, sizeof(*kept));
        if (!kept) {
            return NULL;
        }
        memset(kept + c->size, 0, (size - c->size) * sizeof(*kept));
        c->kept = kept;
        c->size = size;
    }
    return &c->kept[serial];
}

static void drop_oldest(struct sqlite_conn *c)
{
    struct kept *oldest = NULL;
    for (size_t i = 0; i < c->size; i++) {
        struct kept *k = &c->kept[i];
        if (k->stmt && !k->busy && (!oldest || k->used < oldest->used)) {
            oldest = k;
        }
    }
    if (oldest) {
        sqlite3_finalize(oldest->stmt);
        oldest->stmt = NULL;
        c->n_kept--;
    }
}

// KEPT's address may change while a callback prepares others, so it is found again by its serial.
enum err sqlite_prepare(struct sqlite_conn *c, struct arena *detail, const struct statement *st,
    sqlite3_stmt **ret_stmt, struct kept **ret_kept)
{
    struct kept *k = kept_slot(c, st->serial);
    c->running = st;
    if (k && k->stmt && !k->busy) {
        k->used = ++c->clock;
        k->busy = true;
        *ret_stmt = k->stmt;
        *ret_kept = k;
        return OK;
    }
    bool keep = k && !k->stmt;
    c->denied[0] = 0;
    sqlite3_stmt *stmt = NULL;
    int rc =
        sqlite3_prepare_v3(c->sql, st->sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &stmt, NULL);
    if (rc != SQLITE_OK) {
        return sqlite_err(c, detail, rc, st->name);
    }
    if (keep) {
        if (c->n_kept >= SQLITE_KEPT_STATEMENTS) {
            drop_oldest(c);
        }
        *k = (struct kept){ stmt, ++c->clock, true };
        c->n_kept++;
    }
    *ret_stmt = stmt;
    *ret_kept = keep ? k : NULL;
    return OK;
}

void sqlite_finish(sqlite3_stmt *stmt, struct kept *kept)
{
    if (kept) {
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
        kept->busy = false;
    } else {
        sqlite3_finalize(stmt);
    }
}

int sqlite_bind(sqlite3_stmt *stmt, int i, const struct value *v)
{
    switch (v->kind) {
    case V_INT:
        return sqlite3_bind_int64(stmt, i, v->n);
    case V_NUM:
        return sqlite3_bind_double(stmt, i, v->x);
    case V_TEXT:
        return sqlite3_bind_text64(stmt, i, v->text, strlen(v->text), SQLITE_STATIC, SQLITE_UTF8);
    case V_BLOB:
        return sqlite3_bind_blob64(
            stmt, i, v->blob.len ? v->blob.data : "", v->blob.len, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(stmt, i);
    }
}

static struct value cell(struct arena *a, sqlite3_stmt *stmt, int i)
{
    size_t len;
    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        return value_int(sqlite3_column_int64(stmt, i));
    case SQLITE_FLOAT:
        return value_num(sqlite3_column_double(stmt, i));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(stmt, i);
        len = (size_t)sqlite3_column_bytes(stmt, i);
        return value_text(arena_strndup(a, text ? text : "", text ? len : 0));
    }
    case SQLITE_BLOB: {
        const void *data = sqlite3_column_blob(stmt, i);
        len = (size_t)sqlite3_column_bytes(stmt, i);
        return (struct value){ .kind = V_BLOB, .blob = { arena_memdup(a, data, len), len } };
    }
    default:
        return VALUE_NULL;
    }
}

static enum err hand_row(struct sqlite_conn *c, struct arena *a, const struct statement *st,
    sqlite3_stmt *stmt, struct sink *sink, struct columns *columns)
{
    size_t n = (size_t)sqlite3_column_count(stmt);
    if (!columns->keys) {
        *columns = columns_new(sink, n);
        for (size_t i = 0; i < n; i++) {
            columns_set(columns, sink, i, sqlite3_column_name(stmt, (int)i));
        }
    }
    struct value *raw = arena_array(sink->arena, struct value, n);
    for (size_t i = 0; i < n; i++) {
        raw[i] = cell(sink->arena, stmt, (int)i);
    }
    enum err e = sink_row(sink, a, st, columns, raw, c->owner->store->currency);
    c->running = st; // the callback may have run another
    return e;
}

static enum err step_all(struct sqlite_conn *c, struct arena *a, const struct statement *st,
    sqlite3_stmt *stmt, struct sink *sink)
{
    struct columns columns = { 0 };
    int rc;
    c->denied[0] = 0;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (sink) {
            TRY(hand_row(c, a, st, stmt, sink, &columns));
            if (sink->done) {
                return OK;
            }
        }
    }
    return sqlite_err(c, a, rc, st->name);
}

enum err sqlite_conn_for(struct db *db, struct arena *detail, struct sqlite_conn **ret)
{
    struct sqlite_store *st = db->store->state;
    struct sqlite_db *own = db->state;
    if (own->writing) {
        *ret = st->writer.conn;
        return OK;
    }
    if (!own->reader) {
        TRY(sqlite_conn_open(st, detail, false, false, &own->reader));
    }
    *ret = own->reader;
    return OK;
}

enum err sqlite_run(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink, int64_t *ret_changed)
{
    struct sqlite_conn *c;
    sqlite3_stmt *stmt = NULL;
    struct kept *kept = NULL;
    TRY(sqlite_conn_for(db, a, &c));
    TRY(sqlite_prepare(c, a, st, &stmt, &kept));
    int rc = SQLITE_OK;
    for (size_t i = 0; i < st->n_params && rc == SQLITE_OK; i++) {
        rc = sqlite_bind(stmt, (int)i + 1, &bound[i]);
    }
    bool changes = !sqlite3_stmt_readonly(stmt);
    enum err e = rc == SQLITE_OK ? step_all(c, a, st, stmt, sink) : sqlite_err(c, a, rc, st->name);
    if (e == OK && ret_changed) {
        *ret_changed = changes ? sqlite3_changes64(c->sql) : 0;
    }
    sqlite_finish(stmt, kept ? &c->kept[st->serial] : NULL);
    c->running = NULL;
    return e;
}

static enum err check(struct db *db, struct arena *a, const struct statement *st)
{
    struct sqlite_conn *c;
    sqlite3_stmt *stmt = NULL;
    struct kept *kept = NULL;
    TRY(sqlite_conn_for(db, a, &c));
    TRY(sqlite_prepare(c, a, st, &stmt, &kept));
    sqlite_finish(stmt, kept);
    c->running = NULL;
    return OK;
}

// ---- the store and its handles -----------------------------------------------------------------

static enum err open_store(struct store *s, struct arena *detail, bool create)
{
    struct sqlite_store *st = calloc(1, sizeof(*st));
    if (!st) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    s->state = st;
    st->store = s;
    struct stat about;
    if (!create && stat(s->address, &about) != 0) {
        return fail(detail, ERR_NOT_FOUND, "There is no database at %s.", s->address);
    }
    st->path = strdup(s->address);
    if (!st->path || asprintf(&st->wal_path, "%s-wal", s->address) < 0) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    TRY(sqlite_writer_init(st, detail, create));
    TRY(sqlite_schema_changed(s, detail));
    sqlite_checkpointer_start(st);
    return OK;
}

static void close_store(struct store *s)
{
    struct sqlite_store *st = s->state;
    if (!st) {
        return;
    }
    sqlite_checkpointer_stop(st);
    sqlite_writer_release(st);
    for (int i = 0; i < st->n_old; i++) {
        free(st->old_sealed[i]);
    }
    free(st->path);
    free(st->wal_path);
    free(st);
}

static enum err db_open_sqlite(struct db *db, struct arena *detail)
{
    db->state = calloc(1, sizeof(struct sqlite_db));
    return db->state ? OK : fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
}

static void db_close_sqlite(struct db *db)
{
    struct sqlite_db *own = db->state;
    sqlite_conn_close(own->reader);
    free(own);
}

static enum err begin(struct db *db, struct arena *detail, enum db_mode mode)
{
    struct sqlite_db *own = db->state;
    if (mode != DB_READ) {
        TRY(sqlite_write_begin(db->store->state, detail));
        own->writing = true;
        return OK;
    }
    struct sqlite_conn *c;
    TRY(sqlite_conn_for(db, detail, &c));
    TRY(sqlite_err(c, detail, sqlite_plain(c, SQLITE_BEGIN), "beginning to read"));
    own->reading = true;
    return OK;
}

static enum err commit(struct db *db, struct arena *detail)
{
    struct sqlite_db *own = db->state;
    if (own->writing) {
        own->writing = false;
        return sqlite_write_commit(db->store->state, detail);
    }
    own->reading = false;
    (void)sqlite_plain(own->reader, SQLITE_COMMIT);
    return OK;
}

static void rollback(struct db *db)
{
    struct sqlite_db *own = db->state;
    if (own->writing) {
        own->writing = false;
        sqlite_write_rollback(db->store->state);
    } else if (own->reading) {
        own->reading = false;
        sqlite_exec(own->reader, "ROLLBACK");
    }
}

static bool is_wanted(const struct db *db)
{
    return sqlite_write_wanted(db->store->state);
}

// ---- bulk --------------------------------------------------------------------------------------

struct sqlite_load {
    const struct statement *st;
    struct arena *arena;
    sqlite3_stmt *stmt;
    struct kept *kept;
};

static enum err load_begin(
    struct db *db, struct arena *a, const struct statement *st, const char *table, void **ret_state)
{
    struct sqlite_conn *c;
    struct sqlite_load *l = arena_new(a, struct sqlite_load);
    l->st = st;
    l->arena = a;
    TRY(sqlite_conn_for(db, a, &c));
    TRY(sqlite_prepare(c, a, st, &l->stmt, &l->kept));
    *ret_state = l;
    return OK;
}

static enum err load_row(struct db *db, void *state, const struct value *cells)
{
    struct sqlite_load *l = state;
    struct sqlite_store *st = db->store->state;
    int rc = SQLITE_OK;
    for (size_t i = 0; i < l->st->n_params && rc == SQLITE_OK; i++) {
        rc = sqlite_bind(l->stmt, (int)i + 1, &cells[i]);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(l->stmt);
    }
    enum err e = sqlite_err(st->writer.conn, l->arena, rc, l->st->name);
    sqlite3_reset(l->stmt);
    return e;
}

static enum err load_end(struct db *db, void *state, bool failed)
{
    struct sqlite_load *l = state;
    sqlite_finish(l->stmt, l->kept);
    ((struct sqlite_store *)db->store->state)->writer.conn->running = NULL;
    return OK;
}

static int64_t wal_bytes(struct store *s)
{
    struct stat about;
    struct sqlite_store *st = s->state;
    return stat(st->wal_path, &about) == 0 ? about.st_size : 0;
}

static enum err check_rights(struct store *s, struct arena *detail)
{
    return OK; // the authorizer asks no role
}

const struct driver sqlite_driver = {
    .postgres = false,
    .version_sql = "PRAGMA data_version",
    .open = open_store,
    .close = close_store,
    .db_open = db_open_sqlite,
    .db_close = db_close_sqlite,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .is_wanted = is_wanted,
    .run = sqlite_run,
    .check = check,
    .load_begin = load_begin,
    .load_row = load_row,
    .load_end = load_end,
    .migrate_open = sqlite_migrate_open,
    .migrate_begin = sqlite_migrate_begin,
    .migrate_sql = sqlite_migrate_sql,
    .migrate_commit = sqlite_migrate_commit,
    .migrate_close = sqlite_migrate_close,
    .read_applied = sqlite_read_applied,
    .schema_changed = sqlite_schema_changed,
    .check_rights = check_rights,
    .search_fold_sql = sqlite_search_fold_sql,
    .search = sqlite_search,
    .backup = sqlite_backup,
    .wal_bytes = wal_bytes,
};
