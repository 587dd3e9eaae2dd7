// SPDX-License-Identifier: Apache-2.0
// What the pgsql*.c files share: a connection that works in libpq's pipeline mode, so that all that
// belongs to one call (BEGIN, SET ROLE, prepare, run) is one round trip. Included by them alone.
#pragma once

#include "driver.h"

#include <libpq-fe.h>

struct pgsql_conn {
    PGconn *pg;
    bool *prepared; // by a statement's serial
    size_t size;
    char *role;       // the quoted name of the role that owns all tables, sealed ones too
    bool fresh_plans; // a plan was found stale: connect anew at the next begin
};

enum { MAX_LATER = 6 }; // with a step to prepare each, and what comes before and after: MAX_STEPS

// A change that goes with the next round.
struct later {
    const struct statement *st;
    const struct value *bound;
};

// One thread's handle.
struct pgsql_db {
    struct pgsql_conn conn;
    struct later later[MAX_LATER];
    int n_later;
    struct later
        before;        // what goes before the transaction's begin; no statement when there is none
    const char *begin; // what starts the transaction, sent with its first statement; NULL when sent
    bool open;         // the server has a transaction of ours
    int cursors;
};

enum step_kind {
    STEP_SQL,     // text alone
    STEP_PARAMS,  // text with the statement's values
    STEP_PREPARE, // the statement
    STEP_RUN,     // the prepared statement with its values
};

struct step {
    enum step_kind kind;
    const char *sql;
    bool wanted; // its result is handed back
    const struct statement *st;
    const struct value *bound;
};

enum { MAX_STEPS = 24 };

struct round {
    const struct statement *st; // of the steps that are added next; NULL for STEP_SQL
    const struct value *bound;
    struct step steps[MAX_STEPS];
    int n;
    int done; // steps that the server carried out
};

// ---- pgsql_conn.c ------------------------------------------------------------------------------

CHECKED enum err pgsql_connect(
    struct pgsql_conn *c, struct arena *detail, const char *address, bool pipeline);
void pgsql_disconnect(struct pgsql_conn *c);
// Connects when there is no living connection. Only between transactions.
CHECKED enum err pgsql_revive(struct pgsql_conn *c, struct arena *detail, const char *address);
CHECKED enum err pgsql_err(
    struct pgsql_conn *c, struct arena *detail, const PGresult *r, const char *what);
void round_add(struct round *r, enum step_kind kind, const char *sql, bool wanted);
// One round trip. *RET_RESULT (may be NULL) is the wanted step's; the caller clears it.
CHECKED enum err pgsql_round(struct pgsql_conn *c, struct arena *a, struct round *r,
    const char *what, PGresult **ret_result);
// Hands RESULT's rows to SINK.
CHECKED enum err pgsql_rows(struct arena *a, const struct statement *st, const PGresult *result,
    struct sink *sink, const char *currency);
// "name_suffix" of the connection's database as a quoted identifier.
CHECKED enum err pgsql_role_name(
    struct pgsql_conn *c, struct arena *detail, const char *suffix, char **ret_name);
// CONNECTION's database, as "mydb".
const char *pgsql_database(const struct pgsql_conn *c);

// ---- pgsql_schema.c ----------------------------------------------------------------------------

enum err pgsql_migrate_open(struct store *s, struct arena *detail, struct migrator **ret_m);
enum err pgsql_migrate_begin(struct migrator *m, struct arena *detail);
enum err pgsql_migrate_sql(
    struct migrator *m, struct arena *a, const char *sql, struct value *ret_rows);
enum err pgsql_migrate_commit(struct migrator *m, struct arena *detail);
void pgsql_migrate_close(struct migrator *m);
// Before and after a copy is put back: the roles, an empty schema that they own; the tables'
// rights.
CHECKED enum err pgsql_prepare_empty(struct arena *a, const char *address);
CHECKED enum err pgsql_grant_anew(struct arena *a, const char *address);
enum err pgsql_read_applied(
    struct store *s, struct arena *a, const char *sql, struct value *ret_rows);
enum err pgsql_check_rights(struct store *s, struct arena *detail);

// ---- pgsql_load.c, pgsql_backup.c, search_pgsql.c ----------------------------------------------

// Sends the pending BEGIN, and the changes that wait for a round.
CHECKED enum err pgsql_ensure_begun(struct db *db, struct arena *a);
enum err pgsql_load_begin(struct db *db, struct arena *a, const struct statement *st,
    const char *table, void **ret_state);
enum err pgsql_load_row(struct db *db, void *state, const struct value *cells);
enum err pgsql_load_end(struct db *db, void *state, bool failed);
enum err pgsql_backup(struct store *s, struct arena *detail, const char *path,
    void (*progress)(void *context, double share), void *context);
const char *pgsql_search_fold_sql(struct arena *a, const char *index);
enum err pgsql_search(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count);
extern const char pgsql_search_schema[];
