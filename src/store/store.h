// SPDX-License-Identifier: Apache-2.0
// One store, two databases: a SQLite file or a PostgreSQL database, behind one set of named
// queries.
//
// Words
//   store    a database that is open; shared by all threads of the process
//   db       one thread's handle on it; not thread-safe
//   query    SQL with a name, from a .sql file; values are always bound
//   sealed   a table that only the queries named for it may touch, whoever is signed in
//
// Names carry types. A parameter's and a column's meaning follows from how its name ends, the same
// on both databases, so that nothing is declared twice:
//   id, *_id           record id (V_ID)                        BIGINT
//   *_at               instant, UTC milliseconds (V_TIME)      BIGINT
//   *_on               date, days since 1970 (V_DATE)          BIGINT
//   *_cents            money in the city's currency (V_MONEY)  BIGINT
//   is_*, has_*        yes or no (V_BOOL)                      BIGINT 0/1
//   city, n, *_n, rev, seq, *_fy   a number (V_INT)            BIGINT
//   *_num              a real number (V_NUM)                   DOUBLE PRECISION / REAL
//   *_blob, *_hash     bytes (V_BLOB)                          BYTEA / BLOB
//   anything else      text (V_TEXT)                           TEXT COLLATE "C" / TEXT
// A NULL is V_NULL whatever its name. An unmarked column that comes back as a number stays one.
//
// Always bound, if the query names them: :city, :viewer_id, :now_at, and :utc_on, the date of
// :now_at in UTC (see db_context).
//
// In a .sql file:
//   -- name: call.open_questions    starts a query; the name is <kind>.<what>
//   -- sealed: pitch_identity, …    the sealed tables this query may touch
//   @scope(call c)                  what the audience may see of that kind; c is the table's alias
//   @skip_locked                    PostgreSQL: FOR UPDATE SKIP LOCKED; SQLite: nothing
// In migrations also the types @i64 @f64 @text @blob, the table suffix @strict (or @keyed: rows of
// numbers that SQLite keeps in the order of their key, in one tree instead of two), and @record for
// the columns that every kind's table begins with (core/kind.h);
// `-- sealed: table` in a migration makes the table sealed.
//
// Errors: ERR_RETRY (run the transaction again), ERR_EXISTS (unique key), ERR_NOT_FOUND (db_row
// without a row), ERR_UNAVAILABLE (lost connection, lock not had in time), ERR_FULL (disk),
// ERR_TOO_LARGE (the arena's cap), ERR_DENIED (a sealed table), ERR_CORRUPT, ERR_INTERNAL (a defect
// in the SQL; the detail names the query). A lost connection is opened again by the next
// db_begin().
#pragma once

#include "arena.h"
#include "buf.h"
#include "value.h"

struct store;
struct db;
struct queries;

// ---- queries -----------------------------------------------------------------------------------

enum { STORE_AUDIENCES = 4 }; // how many readings of a @scope there are; core/ names them

struct queries *queries_new(void);
void queries_free(struct queries *q);
// Adds all queries of one .sql file; FILE is for messages. ERR_INVALID: malformed, or a name twice.
CHECKED enum err queries_add(
    struct queries *q, struct arena *detail, const char *file, const char *text, size_t len);
// What @scope(KIND alias) becomes for AUDIENCE: a condition in which '$' stands for the alias. It
// may use :city, :viewer_id, :now_at. A condition that has to consult a sealed table of links
// (whose pitch is it?) begins with a comment that names it: /* sealed: pitch_party */ EXISTS (…).
void queries_scope(struct queries *q, const char *kind, int audience, const char *sql);
bool queries_has(const struct queries *q, const char *name);
void queries_each(
    const struct queries *q, void (*each)(void *context, const char *name), void *context);

// ---- opening -----------------------------------------------------------------------------------

struct migration {
    int number;       // rising
    const char *name; // "0001_keel.sql"
    const char *text;
    size_t len;
};

struct store_options {
    const char *address;                // a file's path, or postgresql://…
    const struct queries *queries;      // borrowed
    const struct migration *migrations; // borrowed, in order
    size_t n_migrations;
    const char *currency; // for *_cents
    bool create;          // SQLite: make the file when it isn't there
};

// Opens without looking at the schema.
CHECKED enum err store_open(
    struct arena *detail, const struct store_options *options, struct store **ret_store);
void store_close(struct store *s);
bool store_is_postgres(const struct store *s);
const char *store_address(const struct store *s); // without a password

// Applies what is missing, each migration in a transaction of its own with its checksum noted.
// ERR_INVALID: an applied one was edited, or the schema is newer than this executable. RET_APPLIED
// may be NULL.
CHECKED enum err store_migrate(struct store *s, struct arena *detail, int *ret_applied);
// OK only when the schema is exactly what this executable expects; otherwise what to do is in the
// detail.
CHECKED enum err store_check_schema(struct store *s, struct arena *detail);
// Prepares every query for every audience; the first that fails is named in the detail.
CHECKED enum err store_check_queries(struct store *s, struct arena *detail, int *ret_checked);

// A consistent copy while others write. SQLite: a file at PATH, made elsewhere and renamed.
// PostgreSQL: what pg_dump makes, in its custom format. PROGRESS (may be NULL) gets the share done.
CHECKED enum err store_backup(struct store *s, struct arena *detail, const char *path,
    void (*progress)(void *context, double share), void *context);
// Puts such a copy in place of a missing SQLite file or an empty PostgreSQL database.
CHECKED enum err store_restore(struct arena *detail, const char *path, const char *address);

struct store_stats {
    int64_t commits, transactions, retries, reads, wal_bytes;
};
void store_stats(struct store *s, struct store_stats *ret_stats);

// ---- a thread's handle -------------------------------------------------------------------------

CHECKED enum err db_open(struct store *s, struct arena *detail, struct db **ret_db);
void db_close(struct db *db);
static inline void auto_db(struct db **db)
{
    if (*db) {
        db_close(*db);
    }
}

// Who asks, until the next call: bound to :city, :viewer_id, :now_at, and the audience that picks
// each @scope. VIEWER 0: nobody (bound as NULL).
struct db_context {
    int64_t city, viewer, now;
    int audience;
};
void db_context(struct db *db, const struct db_context *c);

enum db_mode {
    DB_READ,  // one snapshot; writing is refused by the database
    DB_WRITE, // SQLite: the one writer, commits grouped; PostgreSQL: SERIALIZABLE
    // The same for rows that wait to be moved on, which no act asks for: PostgreSQL: REPEATABLE
    // READ, so that a long move doesn't make the server remember what every act beside it read.
    // ERR_RETRY when somebody changed the same row meanwhile.
    DB_MOVE,
};
// No nesting, and no transaction is begun inside a db_each(). After a statement has failed (another
// error than ERR_NOT_FOUND or one's own callback's) the transaction can only be rolled back: what
// follows returns the same error, on both databases alike. SQLite hands the writer from act to act
// and syncs once for all that waited: db_commit() returns when the sync is done, and what one act
// of a group did is undone alone when it rolls back.
CHECKED enum err db_begin(struct db *db, struct arena *detail, enum db_mode mode);
CHECKED enum err db_commit(struct db *db, struct arena *detail);
void db_rollback(struct db *db); // harmless when there is no transaction
bool db_in_transaction(const struct db *db);

// ---- asking and changing -----------------------------------------------------------------------
// Outside a transaction a read is one statement with its own snapshot; a change outside one is
// ERR_INTERNAL.

struct arg {
    const char *name; // without the colon; an argument that the query doesn't name is ignored
    struct value v;   // bound as the name's type; V_NULL binds NULL
};
#define ARG(name_, value_)                                                                         \
    {                                                                                              \
        (name_), (value_)                                                                          \
    }
#define ARGS(...) ((const struct arg[]){ __VA_ARGS__, { NULL, { .kind = V_NULL } } })
#define NO_ARGS   ((const struct arg *)NULL)

// All rows, as a list of objects. Rows are bounded by the arena only: the query has a LIMIT.
CHECKED enum err db_rows(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct value *ret_list);
// The first row; ERR_NOT_FOUND when there is none.
CHECKED enum err db_row(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct value *ret_row);
// The first column of the first row as a number; 0 when there is no row or it is NULL.
CHECKED enum err db_int(
    struct db *db, struct arena *a, const char *query, const struct arg *args, int64_t *ret_n);
// As db_rows() inside a DB_READ transaction, but the answer may be the one that this handle was
// given before, if nothing at all was committed to the database since and every value bound is the
// same: so it is never another than the query's own. For what many pages ask and few acts change. A
// query that names :now_at is asked anew each time; one that needs no more than the date names
// :utc_on.
CHECKED enum err db_recall(struct db *db, struct arena *a, const char *query,
    const struct arg *args, struct value *ret_list);
// The same for SQL composed as for db_rows_sql().
CHECKED enum err db_recall_sql(struct db *db, struct arena *a, const char *sql,
    const struct arg *args, struct value *ret_list);
// Streams a SELECT: EACH gets one row at a time, valid during the call, and may ask and change
// other things with the same handle meanwhile; another error than OK stops and is returned.
CHECKED enum err db_each(struct db *db, struct arena *a, const char *query, const struct arg *args,
    enum err (*each)(void *context, const struct value *row), void *context);
// Changes; RET_CHANGED (rows) may be NULL.
CHECKED enum err db_exec(struct db *db, struct arena *a, const char *query, const struct arg *args,
    int64_t *ret_changed);

// SQL that core/ composes from a kind's declaration (lists, records). Same parameters, same @scope,
// never a sealed table. SQL is the cache's key, so it must come from a bounded number of shapes,
// never from input.
CHECKED enum err db_rows_sql(struct db *db, struct arena *a, const char *sql,
    const struct arg *args, struct value *ret_list);

// Before a DB_WRITE transaction asks its first question: which record it will read by
// db_record_sql(), so that PostgreSQL finds the record's place beforehand. A serializable
// transaction that looks into the key's index seems to have read all records that stand there,
// those too that others are making just now, and all of them then have to be compared with one
// another.
CHECKED enum err db_locate(struct db *db, struct arena *a, const char *table, int64_t id);
// As db_rows_sql(), for one record: SQL names TABLE as t and ends in its WHERE, which picks ID.
CHECKED enum err db_record_sql(struct db *db, struct arena *a, const char *table, int64_t id,
    const char *sql, const struct arg *args, struct value *ret_list);

// One row put into, or changed in, a table whose key begins with city. TABLE and the names are
// literals of the house; `city` is added. SEALED must be true exactly for sealed tables.
CHECKED enum err db_insert(
    struct db *db, struct arena *a, const char *table, bool sealed, const struct arg *columns);
// The same, but the database may be told together with what comes next, and a failure may show only
// there, at the latest at the commit. What COLUMNS point at lives until then; no sealed table.
CHECKED enum err db_insert_later(
    struct db *db, struct arena *a, const char *table, const struct arg *columns);
// Writes the columns where city and `id` match and, if REV > 0, where rev = REV, which becomes
// REV + 1; RET_CHANGED says whether a row did.
CHECKED enum err db_update(struct db *db, struct arena *a, const char *table, bool sealed,
    int64_t id, int64_t rev, const struct arg *columns, int64_t *ret_changed);
// db_update() in the same way, for a row whose rev this transaction has read.
CHECKED enum err db_update_later(struct db *db, struct arena *a, const char *table, int64_t id,
    int64_t rev, const struct arg *columns);

// Whether somebody waits for what this writing transaction holds: then whoever has much to write
// ends it at the next good moment and begins another. PostgreSQL lets all write at once: never.
bool db_is_wanted(const struct db *db);

// ---- bulk --------------------------------------------------------------------------------------
// Many rows by the store's own fast way, inside a DB_WRITE transaction that the caller keeps short
// (a chunk of some thousand rows), so that other people's acts come in between.
struct db_load;
CHECKED enum err db_load_begin(struct db *db, struct arena *a, const char *table,
    const char *const *columns, size_t n, struct db_load **ret_load);
// One row in the columns' order (city is one of them, if the table has it); V_NULL, V_INT-like,
// V_NUM or V_TEXT.
CHECKED enum err db_load_row(struct db_load *l, const struct value *cells);
CHECKED enum err db_load_end(struct db_load *l); // also after an error; the load is gone then

// ---- search ------------------------------------------------------------------------------------
// One index an audience: what isn't put into an index can't be found through it. Newest first.
CHECKED enum err db_search_put(struct db *db, struct arena *a, const char *index, const char *kind,
    int64_t id, const char *title, const char *text);
CHECKED enum err db_search_drop(struct db *db, struct arena *a, const char *index, int64_t id);
// What is put or dropped waits in a plain table, where a search looks, too; this moves at most
// LIMIT documents of each index on into it, the oldest records' first and not yet those of records
// made in the last two seconds, inside a DB_MOVE transaction. db_search_waits(): whether there is
// one to move.
CHECKED enum err db_search_fold(struct db *db, struct arena *a, int limit, int *ret_n);
CHECKED enum err db_search_waits(struct db *db, struct arena *a, bool *ret_waits);
// Rows {id, kind, title, snippet}; the snippet is plain text with the found words between U+0002
// and U+0003. Words are matched whole or by prefix, all of them, without accents. Q may be any
// text. BEFORE: only ids below it, 0 for the first page. KIND may be NULL. RET_COUNT counts up to
// 1001. INDEX is "public", "outside" or "office".
CHECKED enum err db_search(struct db *db, struct arena *a, const char *index, const char *q,
    const char *kind, int64_t before, int limit, struct value *ret_rows, int64_t *ret_count);
