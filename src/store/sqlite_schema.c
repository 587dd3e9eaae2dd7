// SPDX-License-Identifier: Apache-2.0
// Who may touch what, asked at every prepare, and the session that changes the schema.
#include "sqlite_conn.h"
#include "str.h"

#include <stdlib.h>

// ---- the authorizer ----------------------------------------------------------------------------

static bool is_sealed(struct sqlite_store *st, const char *table)
{
    const struct names *sealed = atomic_load(&st->sealed);
    for (size_t i = 0; sealed && i < sealed->n; i++) {
        if (sqlite3_stricmp(sealed->items[i], table) == 0) {
            return true;
        }
    }
    return false;
}

static bool allowed(const struct statement *running, const char *table)
{
    for (size_t i = 0; running && i < running->n_sealed; i++) {
        if (sqlite3_stricmp(running->sealed[i], table) == 0) {
            return true;
        }
    }
    return false;
}

static int deny(struct sqlite_conn *c, const char *what)
{
    snprintf(c->denied, sizeof(c->denied), "%s", what ? what : "");
    return SQLITE_DENY;
}

int sqlite_authorize(void *context, int action, const char *one, const char *two,
    const char *database, const char *trigger)
{
    struct sqlite_conn *c = context;
    if (c->migrating) {
        return action == SQLITE_ATTACH || action == SQLITE_DETACH ? deny(c, "another file")
                                                                  : SQLITE_OK;
    }
    switch (action) {
    case SQLITE_READ:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return is_sealed(c->owner, one) && !allowed(c->running, one) ? deny(c, one) : SQLITE_OK;
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return str_eq(two, "load_extension") ? deny(c, two) : SQLITE_OK;
    case SQLITE_PRAGMA: // full-text search asks this one
        return str_eq(one, "data_version") && !two ? SQLITE_OK : deny(c, one);
    default:
        return deny(c, "the schema");
    }
}

// ---- migrations --------------------------------------------------------------------------------

struct migrator {
    struct store *store;
    struct sqlite_conn *conn;
    bool open; // a transaction
};

static const char own_tables[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " seq INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS sealed_table (name TEXT PRIMARY KEY) STRICT;";

enum err sqlite_migrate_open(struct store *s, struct arena *detail, struct migrator **ret_m)
{
    struct migrator *m = calloc(1, sizeof(*m));
    if (!m) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    m->store = s;
    enum err e = sqlite_conn_open(s->state, detail, false, true, &m->conn);
    if (e != OK) {
        free(m);
        return e;
    }
    m->conn->migrating = true;
    *ret_m = m;
    return OK;
}

enum err sqlite_migrate_begin(struct migrator *m, struct arena *detail)
{
    TRY(sqlite_err(m->conn, detail, sqlite_exec(m->conn, "BEGIN IMMEDIATE"), "migrating"));
    m->open = true;
    TRY(sqlite_migrate_sql(m, detail, own_tables, NULL));
    return sqlite_migrate_sql(m, detail, sqlite_search_schema, NULL);
}

struct gathering {
    struct arena *arena;
    struct value *list;
};

static int gather_row(void *context, int n, char **cells, char **names)
{
    struct gathering *g = context;
    if (!g->list) {
        return 0;
    }
    struct value row = value_object(g->arena);
    for (int i = 0; i < n; i++) {
        struct value v = value_text(cells[i] ? arena_strdup(g->arena, cells[i]) : NULL);
        int64_t number;
        if (cells[i] && name_kind(names[i]) == V_INT && str_i64(cells[i], &number)) {
            v = value_int(number);
        }
        value_set(g->arena, &row, arena_strdup(g->arena, names[i]), v);
    }
    *value_push(g->arena, g->list) = row;
    return 0;
}

enum err sqlite_migrate_sql(
    struct migrator *m, struct arena *a, const char *sql, struct value *ret_rows)
{
    struct value list = value_list(a);
    struct gathering g = { a, ret_rows ? &list : NULL };
    int rc = sqlite3_exec(m->conn->sql, sql, gather_row, &g, NULL);
    TRY(sqlite_err(m->conn, a, rc, "a migration"));
    if (sqlite3_get_autocommit(m->conn->sql)) {
        m->open = false;
        return fail(a, ERR_INVALID, "a migration must not end its transaction");
    }
    if (ret_rows) {
        *ret_rows = list;
    }
    return OK;
}

enum err sqlite_migrate_commit(struct migrator *m, struct arena *detail)
{
    struct value broken = VALUE_NULL;
    TRY(sqlite_migrate_sql(m, detail, "PRAGMA foreign_key_check", &broken));
    if (value_len(&broken)) {
        return fail(detail, ERR_INVALID, "a migration left rows of %s without their parent",
            value_get_text(value_at(&broken, 0), "table", "a table"));
    }
    TRY(sqlite_err(m->conn, detail, sqlite_exec(m->conn, "COMMIT"), "a migration's end"));
    m->open = false;
    return OK;
}

void sqlite_migrate_close(struct migrator *m)
{
    if (m) {
        if (m->open) {
            sqlite_exec(m->conn, "ROLLBACK");
        }
        sqlite_conn_close(m->conn);
        free(m);
    }
}

// ---- what is sealed ----------------------------------------------------------------------------

static struct names *names_new(const struct value *rows)
{
    size_t n = value_len(rows), bytes = 0;
    for (size_t i = 0; i < n; i++) {
        bytes += strlen(value_get_text(value_at(rows, i), "name", "")) + 1;
    }
    struct names *names = malloc(sizeof(*names) + n * sizeof(names->items[0]) + bytes);
    if (!names) {
        return NULL;
    }
    char *at = (char *)&names->items[n];
    names->n = n;
    for (size_t i = 0; i < n; i++) {
        const char *name = value_get_text(value_at(rows, i), "name", "");
        size_t size = strlen(name) + 1;
        memcpy(at, name, size);
        names->items[i] = at;
        at += size;
    }
    return names;
}

// The rows of SQL over TABLE, none while that isn't there.
static enum err read_table(struct sqlite_conn *c, struct arena *a, const char *table,
    const char *sql, struct value *ret_rows)
{
    struct value list = value_list(a);
    struct gathering g = { a, &list };
    const char *there =
        arena_fmt(a, "SELECT name FROM sqlite_master WHERE name = '%s' AND type = 'table'", table);
    int rc = sqlite3_exec(c->sql, there, gather_row, &g, NULL);
    if (rc == SQLITE_OK && value_len(&list)) {
        list = value_list(a);
        rc = sqlite3_exec(c->sql, sql, gather_row, &g, NULL);
    }
    TRY(sqlite_err(c, a, rc, "reading the schema"));
    *ret_rows = list;
    return OK;
}

static enum err read_sealed(struct sqlite_conn *c, struct arena *a, struct names **ret_names)
{
    struct value list;
    TRY(read_table(c, a, "sealed_table", "SELECT name FROM sealed_table", &list));
    *ret_names = names_new(&list);
    return *ret_names ? OK : fail(a, ERR_UNAVAILABLE, "There is no memory left.");
}

enum err sqlite_read_applied(
    struct store *s, struct arena *a, const char *sql, struct value *ret_rows)
{
    struct sqlite_conn *c = NULL;
    TRY(sqlite_conn_open(s->state, a, false, false, &c));
    c->migrating = true; // it reads the schema and nothing of anybody's
    enum err e = read_table(c, a, "schema_migration", sql, ret_rows);
    sqlite_conn_close(c);
    return e;
}

static bool same_names(const struct names *a, const struct names *b)
{
    bool same = a && a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = str_eq(a->items[i], b->items[i]);
    }
    return same;
}

// The old list stays until the end: another thread may be reading it.
static enum err replace_sealed(struct sqlite_store *st, struct arena *detail, struct names *names)
{
    if (same_names(atomic_load(&st->sealed), names)) {
        free(names);
        return OK;
    }
    if (st->n_old == (int)ARRAY_LEN(st->old_sealed)) {
        free(names);
        return fail(detail, ERR_INTERNAL, "the schema changed too often; restart");
    }
    st->old_sealed[st->n_old++] = names;
    atomic_store(&st->sealed, names);
    return OK;
}

enum err sqlite_schema_changed(struct store *s, struct arena *detail)
{
    struct sqlite_store *st = s->state;
    struct arena a;
    arena_init(&a, 16 << 20);
    struct sqlite_conn *c = NULL;
    struct names *names = NULL;
    enum err e = sqlite_conn_open(st, detail, false, false, &c);
    if (e == OK) {
        c->migrating = true; // it reads sqlite_master and nothing else of anybody's
        e = read_sealed(c, &a, &names);
        if (e != OK) {
            e = fail(detail, e, "%s", a.detail ? a.detail : "");
        }
        sqlite_conn_close(c);
    }
    if (e == OK) {
        e = replace_sealed(st, detail, names);
    }
    arena_release(&a);
    return e;
}
