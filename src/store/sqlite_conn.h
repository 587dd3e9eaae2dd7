// SPDX-License-Identifier: Apache-2.0
// What the sqlite*.c files share: a connection with its statements and its authorizer, and the one
// writer with its queue. Included by them alone.
#pragma once

#include "driver.h"

#include <sqlite3.h>

enum {
    SQLITE_WAIT_MS = 5000,        // for a lock, then ERR_UNAVAILABLE
    SQLITE_KEPT_STATEMENTS = 192, // a connection
};

// Statements without parameters or rows, which every act or page needs.
enum sqlite_plain {
    SQLITE_BEGIN,
    SQLITE_BEGIN_IMMEDIATE,
    SQLITE_COMMIT,
    SQLITE_SAVEPOINT_ACT,
    SQLITE_RELEASE_ACT,
    SQLITE_PLAIN
};

struct kept {
    sqlite3_stmt *stmt;
    uint64_t used; // the connection's clock at the last use
    bool busy;     // being stepped
};

struct sqlite_conn {
    struct sqlite_store *owner;
    sqlite3 *sql;
    struct kept *kept; // by a statement's serial
    size_t size, n_kept;
    uint64_t clock;
    sqlite3_stmt *plain[SQLITE_PLAIN];
    // The authorizer's state. It is asked when SQLite prepares, and again when SQLite prepares anew
    // by itself inside a step, so `running` is set for both.
    const struct statement *running;
    bool migrating;
    char denied[64];
    int64_t patience;   // of the busy handler, in milliseconds
    int64_t wait_until; // its deadline while it waits
    enum err last_error;
};

struct names {
    size_t n;
    const char *items[];
};

// The writer's queue and group; see sqlite_write.c.
struct sqlite_writer {
    pthread_mutex_t lock;
    struct sqlite_conn *conn; // used by the holder alone
    bool held;
    struct waiter *first, *last;
    struct group *group; // NULL when no group's transaction is open
    int64_t busy_since;  // since when the queue has never been empty; 0 when it has
};

struct sqlite_store {
    struct store *store;
    char *path, *wal_path;
    struct sqlite_writer writer;
    _Atomic(struct names *) sealed; // replaced at a migration
    struct names *old_sealed[16];   // kept until the end: others may be reading them
    int n_old;
    // The checkpointer.
    pthread_t checkpointer;
    bool checkpointing;
    pthread_mutex_t check_lock;
    pthread_cond_t check_wake;
    bool closing, check_now;
    atomic_int wal_pages; // after the latest commit
};

// One thread's handle.
struct sqlite_db {
    struct sqlite_conn *reader; // opened at the first read
    bool writing, reading;      // in a transaction
};

// ---- sqlite.c ----------------------------------------------------------------------------------

CHECKED enum err sqlite_err(struct sqlite_conn *c, struct arena *detail, int rc, const char *what);
CHECKED enum err sqlite_conn_open(struct sqlite_store *st, struct arena *detail, bool create,
    bool writes, struct sqlite_conn **ret_conn);
void sqlite_conn_close(struct sqlite_conn *c);
// One statement of the house's own without parameters.
int sqlite_exec(struct sqlite_conn *c, const char *sql);
// The same for one that is prepared at its first use.
int sqlite_plain(struct sqlite_conn *c, enum sqlite_plain which);
// A kept statement, ready to bind; a temporary one when the kept one is being stepped.
CHECKED enum err sqlite_prepare(struct sqlite_conn *c, struct arena *detail,
    const struct statement *st, sqlite3_stmt **ret_stmt, struct kept **ret_kept);
void sqlite_finish(sqlite3_stmt *stmt, struct kept *kept);
int sqlite_bind(sqlite3_stmt *stmt, int i, const struct value *v);
// The connection that a call on DB uses now.
CHECKED enum err sqlite_conn_for(struct db *db, struct arena *detail, struct sqlite_conn **ret);
void sqlite_pause_ms(int64_t ms);
enum err sqlite_run(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink, int64_t *ret_changed);

// ---- sqlite_schema.c ---------------------------------------------------------------------------

int sqlite_authorize(void *context, int action, const char *one, const char *two,
    const char *database, const char *trigger);
enum err sqlite_migrate_open(struct store *s, struct arena *detail, struct migrator **ret_m);
enum err sqlite_migrate_begin(struct migrator *m, struct arena *detail);
enum err sqlite_migrate_sql(
    struct migrator *m, struct arena *a, const char *sql, struct value *ret_rows);
enum err sqlite_migrate_commit(struct migrator *m, struct arena *detail);
void sqlite_migrate_close(struct migrator *m);
enum err sqlite_read_applied(
    struct store *s, struct arena *a, const char *sql, struct value *ret_rows);
enum err sqlite_schema_changed(struct store *s, struct arena *detail);

// ---- sqlite_write.c ----------------------------------------------------------------------------

CHECKED enum err sqlite_writer_init(struct sqlite_store *st, struct arena *detail, bool create);
void sqlite_writer_release(struct sqlite_store *st);
enum err sqlite_write_begin(struct sqlite_store *st, struct arena *detail);
enum err sqlite_write_commit(struct sqlite_store *st, struct arena *detail);
void sqlite_write_rollback(struct sqlite_store *st);
// For the holder: whether others wait for their turn, or for the group's sync.
bool sqlite_write_wanted(struct sqlite_store *st);
void sqlite_checkpointer_start(struct sqlite_store *st);
void sqlite_checkpointer_stop(struct sqlite_store *st);

// ---- sqlite_backup.c, search_sqlite.c
// ------------------------------------------------------------

enum err sqlite_backup(struct store *s, struct arena *detail, const char *path,
    void (*progress)(void *context, double share), void *context);
const char *sqlite_search_fold_sql(struct arena *a, const char *index);
enum err sqlite_search(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count);
extern const char sqlite_search_schema[];
