// SPDX-License-Identifier: Apache-2.0
// What store.c asks of a database, and what all files of this folder share. Not for other layers.
//
// store.c resolves names, arguments and rights of a call; a driver sees a finished `statement`
// (text in its own dialect, numbered parameters) with values that are only V_NULL, V_INT, V_NUM,
// V_TEXT or V_BLOB.
#pragma once

#include "map.h"
#include "store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>

struct param {
    const char *name;
    enum value_kind kind; // as the name says
};

// A query for one audience in one dialect. Made once, shared by all connections, never freed before
// the store.
struct statement {
    const char *name; // for messages
    const char *sql;
    struct param *params;
    size_t n_params;
    const char *const *sealed; // the sealed tables it may touch
    size_t n_sealed;
    unsigned serial; // 0, 1, 2 … in the store: the index of a connection's cache
};

// Where rows go. The driver builds each in `arena`, the keys once in `keys`.
struct sink {
    struct arena *arena, *keys;
    enum err (*row)(struct sink *sink, struct value row);
    bool stream;    // rows must not be gathered first
    bool done;      // no further row is wanted
    enum err error; // what row() said last: not the database's failure
};

// The columns of one result, by their names.
struct columns {
    const char **keys;
    enum value_kind *kinds;
    size_t n;
};

struct search_question {
    const char *index;
    char *const *words; // folded: letters and digits alone
    size_t n_words;
    const char *kind; // NULL for all
    int64_t before;
    int limit;
    bool skip_waiting; // what waits to be put in has been looked at already, in its newest form
};

// A document as it waits for its index. WORDS: " word word " with their marks.
struct search_document {
    const char *kind, *title, *body, *words;
};

struct migrator; // the driver's own session for changing the schema

struct driver {
    bool postgres;
    // What gives another answer whenever a transaction sees other data than the one before.
    const char *version_sql;
    enum err (*open)(struct store *s, struct arena *detail, bool create);
    void (*close)(struct store *s);
    enum err (*db_open)(struct db *db, struct arena *detail);
    void (*db_close)(struct db *db);
    enum err (*begin)(struct db *db, struct arena *detail, enum db_mode mode);
    // The transaction is over afterwards, whatever is returned.
    enum err (*commit)(struct db *db, struct arena *detail);
    void (*rollback)(struct db *db);
    bool (*is_wanted)(const struct db *db); // NULL: never
    // SINK NULL: rows are thrown away. RET_CHANGED may be NULL.
    enum err (*run)(struct db *db, struct arena *a, const struct statement *st,
        const struct value *bound, struct sink *sink, int64_t *ret_changed);
    // As run() without a sink, perhaps together with what comes next. NULL: there is no use in it.
    enum err (*run_later)(
        struct db *db, struct arena *a, const struct statement *st, const struct value *bound);
    // Asked with the transaction's first statement, but before it begins; false: it has begun.
    // NULL: there is no use in it.
    bool (*run_before)(struct db *db, const struct statement *st, const struct value *bound);
    enum err (*check)(struct db *db, struct arena *a, const struct statement *st);

    enum err (*load_begin)(struct db *db, struct arena *a, const struct statement *st,
        const char *table, void **ret_state);
    enum err (*load_row)(struct db *db, void *state, const struct value *cells);
    enum err (*load_end)(struct db *db, void *state, bool failed);

    enum err (*migrate_open)(struct store *s, struct arena *detail, struct migrator **ret_m);
    // Begins a transaction that no other process migrates beside, and makes the store's own tables.
    enum err (*migrate_begin)(struct migrator *m, struct arena *detail);
    // SQL may hold many statements. RET_ROWS may be NULL.
    enum err (*migrate_sql)(
        struct migrator *m, struct arena *a, const char *sql, struct value *ret_rows);
    // Gives and takes the rights that follow from sealed_table, then commits.
    enum err (*migrate_commit)(struct migrator *m, struct arena *detail);
    void (*migrate_close)(struct migrator *m); // rolls back what is open
    // The rows of SQL over schema_migration, none while that isn't there. Reads only: no lock that
    // a server at work would wait for.
    enum err (*read_applied)(
        struct store *s, struct arena *a, const char *sql, struct value *ret_rows);
    // After a migration and at opening: what the driver remembers of the schema.
    enum err (*schema_changed)(struct store *s, struct arena *detail);
    // Whether the rights on sealed tables are as they must be.
    enum err (*check_rights)(struct store *s, struct arena *detail);

    // Puts what waits up to :last_id into an index, in place of what was there for these ids;
    // :block is search_block().
    const char *(*search_fold_sql)(struct arena *a, const char *index);
    // RET_COUNT may be NULL.
    enum err (*search)(struct db *db, struct arena *a, const struct search_question *q,
        struct value *ret_rows, int64_t *ret_count);
    enum err (*backup)(struct store *s, struct arena *detail, const char *path,
        void (*progress)(void *context, double share), void *context);
    int64_t (*wal_bytes)(struct store *s);
};

extern const struct driver sqlite_driver, pgsql_driver;
CHECKED enum err sqlite_restore(struct arena *detail, const char *path, const char *address);
CHECKED enum err pgsql_restore(struct arena *detail, const char *path, const char *address);

struct store {
    const struct driver *driver;
    const struct queries *queries;
    const struct migration *migrations;
    size_t n_migrations;
    char currency[4];
    char *address; // as given; on PostgreSQL it may hold a password
    char *shown;   // without it
    void *state;   // the driver's

    pthread_mutex_t lock;  // guards the statements
    struct arena arena;    // theirs
    struct map statements; // key: see statement.c
    unsigned n_statements;
    unsigned n_shapes; // of SQL composed by core/
    // The statements of named queries, by the query's serial and the audience: found without the
    // lock.
    _Atomic(const struct statement *) *named;
    size_t n_named;

    atomic_llong commits, transactions, retries, reads;
};

struct db {
    struct store *store;
    struct db_context context;
    void *state; // the driver's
    bool in_transaction;
    enum db_mode mode;
    enum err failed; // the first error of this transaction; only a rollback helps
    int streaming;   // db_each() calls under way
    bool loading;
    struct buf scratch;    // for composed SQL
    struct recall *recall; // NULL until something is to be remembered
    struct {
        const char *table; // of the record that this transaction has located, or NULL
        int64_t id;
        bool read; // it was there, and nothing was changed since
    } located;
};

// ---- names.c -----------------------------------------------------------------------------------

// What a name says; V_TEXT when it says nothing.
enum value_kind name_kind(const char *name);
// A value as its name wants it: V_NULL, V_INT, V_NUM, V_TEXT or V_BLOB; false when it doesn't fit.
CHECKED bool name_bind(enum value_kind kind, struct value v, struct value *ret_raw);
// The way back: what a column of that name means; false when it cannot be.
CHECKED bool name_read(
    enum value_kind kind, struct value raw, const char *currency, struct value *ret_value);

// ---- queries.c, sql.c --------------------------------------------------------------------------

struct query {
    const char *name, *file, *text;
    const char *const *sealed;
    size_t n_sealed;
    bool scoped;
    unsigned serial; // 0, 1, 2 …
};
size_t queries_count(const struct queries *q);
const struct query *queries_find(const struct queries *q, const char *name);
const char *queries_scope_of(const struct queries *q, const char *kind, int audience);

// Checks the form of a query's text; says in *ret_scoped whether it has a @scope.
CHECKED enum err sql_check(
    struct arena *detail, const char *name, const char *text, bool *ret_scoped);
// Fills sql and params.
CHECKED enum err sql_render(struct arena *a, struct arena *detail, const struct queries *q,
    bool postgres, int audience, const char *name, const char *text, struct statement *ret);
// A migration in the store's dialect.
CHECKED enum err sql_render_migration(struct arena *a, struct arena *detail, bool postgres,
    const char *name, const char *text, size_t len, const char **ret_sql);
// Calls EACH for the names listed in comment lines "-- WORD: a, b".
CHECKED enum err sql_listed(struct arena *a, const char *text, const char *word,
    const char *const **ret_names, size_t *ret_n);
// A plain lower-case identifier: what may be put into composed SQL.
bool sql_is_name(const char *s);

// ---- statement.c -------------------------------------------------------------------------------

CHECKED enum err statement_named(struct store *s, struct arena *detail, const char *name,
    int audience, const struct statement **ret_st);
// The statement for a text that the house composed; the same text gives the same one.
CHECKED enum err statement_for_sql(struct store *s, struct arena *detail, const char *name,
    const char *sql, int audience, const char *sealed_table, const struct statement **ret_st);

// ---- store.c -----------------------------------------------------------------------------------

struct columns columns_new(struct sink *sink, size_t n);
void columns_set(struct columns *c, struct sink *sink, size_t i, const char *name);
// Hands a row on; RAW (in the sink's arena) holds what the database gave and is turned into what
// the names mean.
CHECKED enum err sink_row(struct sink *sink, struct arena *detail, const struct statement *st,
    const struct columns *c, struct value *raw, const char *currency);
// What STATEMENT is bound to; and running it.
CHECKED enum err store_bind(struct db *db, struct arena *a, const struct statement *st,
    const struct arg *args, struct value **ret_bound);
CHECKED enum err store_run_statement(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink, int64_t *ret_changed);
// A sink that gathers rows into a list.
struct list_sink {
    struct sink sink;
    struct value list;
};
struct list_sink list_sink(struct arena *a);
// Runs SQL with ARGS, as db_rows_sql() does but for the store's own tables.
CHECKED enum err store_run(struct db *db, struct arena *a, const char *name, const char *sql,
    const char *sealed_table, const struct arg *args, struct sink *sink, int64_t *ret_changed);
// The same for a change whose result nobody waits for: see db_insert_later().
CHECKED enum err store_run_later(
    struct db *db, struct arena *a, const char *name, const char *sql, const struct arg *args);

// ERR_INTERNAL outside a transaction that may change WHAT; or when a name isn't one.
CHECKED enum err store_need_write(struct db *db, struct arena *a, const char *what);
CHECKED enum err store_need_names(struct arena *a, const char *table, const struct arg *columns);

// ---- locate.c ----------------------------------------------------------------------------------

// A further condition for the WHERE of an update, or "".
const char *locate_for_update(struct db *db, const char *table, int64_t id);

// ---- recall.c ----------------------------------------------------------------------------------

void recall_begun(struct db *db); // a transaction began: nothing is known of its data yet
void recall_free(struct recall *r);

// ---- search.c: words, the same for both databases ----------------------------------------------

enum { SEARCH_WORDS = 16, SEARCH_COUNT = 1001, SEARCH_ROWS = 200 };
// Every word of an index begins with two private-use characters that stand for the city, which
// search_words() takes for spaces; so a city's words are its own, and no list of all its records
// has to be intersected. A kind is such a word too, with a third one before it; the '_' of its
// name, which SQLite would end the word at, becomes a fourth. A fifth begins the number of a block
// (search_pgsql.c).
enum { SEARCH_MARK_SIZE = 8 };
void search_mark(int64_t city, char ret_mark[SEARCH_MARK_SIZE]);
void search_kind(struct buf *out, const char *mark, const char *kind);
const char *search_block(struct arena *a, const char *mark);

// ---- search_waiting.c

// Puts a document among those that wait; NULL: that there is none any more.
CHECKED enum err search_wait(
    struct db *db, struct arena *a, const char *index, int64_t id, const struct search_document *d);
// What waits and answers the question, newest first; *ret_any says whether anything waits at all.
CHECKED enum err search_waiting(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count, bool *ret_any);

// Folded words of TEXT (lower case, no accents), each once, at most MAX of them.
char **search_words(struct arena *a, const char *text, size_t max, size_t *ret_n);
// Single letters and signs are looked for whole, all other words by prefix.
bool search_whole(const char *word);
// The stretch of TEXT around the first found word, the found words between U+0002 and U+0003.
char *search_snippet(struct arena *a, const char *text, char *const *words, size_t n_words);
