// SPDX-License-Identifier: Apache-2.0
// Migrations and rights. Two roles belong to a database "mydb":
//
//   mydb_sealed  owns the schema and all tables; migrations and the queries that may touch a sealed
//   table run as it mydb_app     holds the rights on all tables that are not sealed
//
// The role that signs in is a member of mydb_app and inherits its rights; mydb_app is a member of
// mydb_sealed but inherits nothing from it. So whoever signs in may SET ROLE to mydb_sealed, and
// until then the server itself refuses the sealed tables.
#include "pgsql_conn.h"
#include "str.h"

#include <stdlib.h>

struct migrator {
    struct store *store;
    struct pgsql_conn conn;
    char *app; // mydb_app, quoted
};

static const char own_tables[] =
    "CREATE TABLE IF NOT EXISTS schema_migration (seq BIGINT PRIMARY KEY,"
    " name TEXT COLLATE \"C\" NOT NULL, checksum TEXT COLLATE \"C\" NOT NULL);"
    "CREATE TABLE IF NOT EXISTS sealed_table (name TEXT COLLATE \"C\" PRIMARY KEY);";

enum err pgsql_migrate_open(struct store *s, struct arena *detail, struct migrator **ret_m)
{
    struct migrator *m = calloc(1, sizeof(*m));
    if (!m) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    m->store = s;
    enum err e = pgsql_connect(&m->conn, detail, s->address, false);
    if (e == OK) {
        e = pgsql_role_name(&m->conn, detail, "app", &m->app);
    }
    if (e != OK) {
        pgsql_migrate_close(m);
        return e;
    }
    *ret_m = m;
    return OK;
}

void pgsql_migrate_close(struct migrator *m)
{
    if (m) {
        pgsql_disconnect(&m->conn); // which undoes what is open
        free(m->app);
        free(m);
    }
}

enum err pgsql_migrate_sql(
    struct migrator *m, struct arena *a, const char *sql, struct value *ret_rows)
{
    static const struct statement st = { .name = "a migration" };
    PGresult *r = PQexec(m->conn.pg, sql);
    enum err e = PQresultStatus(r) == PGRES_EMPTY_QUERY ? OK : pgsql_err(&m->conn, a, r, st.name);
    if (e == OK && PQtransactionStatus(m->conn.pg) != PQTRANS_INTRANS) {
        e = fail(a, ERR_INVALID, "a migration must not end its transaction");
    }
    if (e == OK && ret_rows) {
        struct list_sink l = list_sink(a);
        e = pgsql_rows(a, &st, r, &l.sink, m->store->currency);
        *ret_rows = e == OK ? l.list : *ret_rows;
    }
    PQclear(r);
    return e;
}

// What an administrator runs when the role that signs in may not.
static enum err ask_administrator(struct migrator *m, struct arena *detail)
{
    const char *role = m->conn.role, *app = m->app;
    const char *why = arena_strdup(detail, detail->detail ? detail->detail : "");
    return fail(detail, ERR_INVALID,
        "The database's roles could not be made (%s). Let an administrator of PostgreSQL run, in "
        "this database:\n"
        "  CREATE ROLE %s NOLOGIN;\n"
        "  CREATE ROLE %s NOLOGIN NOINHERIT;\n"
        "  GRANT %s TO %s;\n"
        "  GRANT %s TO \"%s\";\n"
        "  ALTER SCHEMA public OWNER TO %s;",
        why, role, app, role, app, app, PQuser(m->conn.pg), role);
}

// A quoted identifier as a text; pgsql_migrate_begin() refused names that need care in either.
static const char *bare(struct arena *a, const char *quoted)
{
    size_t len = strlen(quoted);
    return *quoted == '"' ? arena_strndup(a, quoted + 1, len - 2) : quoted;
}

// Makes ROLE unless it is there.
static enum err make_role(
    struct migrator *m, struct arena *detail, const char *role, const char *sql)
{
    struct value rows = VALUE_NULL;
    TRY(pgsql_migrate_sql(m, detail,
        arena_fmt(detail, "SELECT rolname FROM pg_roles WHERE rolname = '%s'", bare(detail, role)),
        &rows));
    return value_len(&rows) ? OK : pgsql_migrate_sql(m, detail, sql, NULL);
}

static enum err make_roles(struct migrator *m, struct arena *detail)
{
    const char *role = m->conn.role, *app = m->app;
    TRY(make_role(m, detail, role, arena_fmt(detail, "CREATE ROLE %s NOLOGIN", role)));
    TRY(make_role(m, detail, app,
        arena_fmt(detail,
            "CREATE ROLE %s NOLOGIN NOINHERIT; GRANT %s TO %s; GRANT %s TO CURRENT_USER", app, role,
            app, app)));
    struct value rows = VALUE_NULL;
    TRY(pgsql_migrate_sql(m, detail,
        arena_fmt(detail, "SELECT 1 WHERE has_schema_privilege('%s', 'public', 'CREATE')",
            bare(detail, role)),
        &rows));
    if (!value_len(&rows)) {
        // A schema's owner may drop its tables, so that must not be the role that signs in either.
        TRY(pgsql_migrate_sql(
            m, detail, arena_fmt(detail, "ALTER SCHEMA public OWNER TO %s", role), NULL));
    }
    return pgsql_migrate_sql(m, detail, arena_fmt(detail, "SET LOCAL ROLE %s", role), NULL);
}

// A transaction that runs as the tables' owner and that no other process migrates beside.
static enum err begin_as_owner(struct migrator *m, struct arena *detail)
{
    if (strpbrk(pgsql_database(&m->conn), "'\"\\")) {
        return fail(detail, ERR_INVALID, "The database's name has quotes in it; use another.");
    }
    // The lock is the database's own; any number that nobody else uses will do.
    PGresult *r = PQexec(m->conn.pg,
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 0;"
        "SET LOCAL lock_timeout = 60000; SELECT pg_advisory_xact_lock(8026933)");
    enum err e = pgsql_err(&m->conn, detail, r, "migrating");
    PQclear(r);
    TRY(e);
    e = make_roles(m, detail);
    return e == ERR_DENIED ? ask_administrator(m, detail) : e;
}

enum err pgsql_migrate_begin(struct migrator *m, struct arena *detail)
{
    TRY(begin_as_owner(m, detail));
    TRY(pgsql_migrate_sql(m, detail, own_tables, NULL));
    return pgsql_migrate_sql(m, detail, pgsql_search_schema, NULL);
}

// A record is changed soon after it was made. Where its page has room for the new row, no index
// learns of the change; and a leaf of a key that others read stays as they read it, so that they
// need not run again.
#define ROOM "fillfactor = 85"

static enum err leave_room(struct migrator *m, struct arena *detail)
{
    struct value rows = VALUE_NULL;
    AUTO_BUF(sql, 0);
    TRY(pgsql_migrate_sql(m, detail,
        "SELECT quote_ident(c.relname) AS name FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'rev'"
        " WHERE n.nspname = 'public' AND o.rolname = current_user AND c.relkind = 'r'"
        " AND c.reloptions IS NULL ORDER BY c.relname",
        &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        buf_fmt(
            &sql, "ALTER TABLE %s SET (" ROOM ");", value_get_text(value_at(&rows, i), "name", ""));
    }
    return pgsql_migrate_sql(m, detail, buf_text(&sql), NULL);
}

// While the server knows nothing of a table, it takes any index that begins with the city for as
// good as the key, and then, of equals, the one made last. A plan made so stays with a connection:
// each act would read, and be in the way of, all that others write. So the key is made last, as
// long as that costs nothing.
static enum err put_keys_last(struct migrator *m, struct arena *detail)
{
    struct value rows = VALUE_NULL;
    AUTO_BUF(sql, 0);
    TRY(pgsql_migrate_sql(m, detail,
        "SELECT quote_ident(c.relname) AS name, quote_ident(k.conname) AS key,"
        " pg_get_constraintdef(k.oid) AS columns FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner"
        " JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'"
        " WHERE n.nspname = 'public' AND o.rolname = current_user AND c.relkind = 'r'"
        " AND pg_relation_size(c.oid) = 0 AND k.conindid <"
        " (SELECT MAX(i.indexrelid) FROM pg_index i WHERE i.indrelid = c.oid) ORDER BY c.relname",
        &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        const char *key = value_get_text(row, "key", "");
        buf_fmt(&sql, "ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %s %s;",
            value_get_text(row, "name", ""), key, key, value_get_text(row, "columns", ""));
    }
    return pgsql_migrate_sql(m, detail, buf_text(&sql), NULL);
}

// How tables lie, when none is changed or made any more.
static enum err lay_out(struct migrator *m, struct arena *detail)
{
    struct value rows = VALUE_NULL;
    TRY(pgsql_migrate_sql(m, detail, "SELECT COUNT(*) AS n FROM schema_migration", &rows));
    if (value_get_int(value_at(&rows, 0), "n", 0) != (int64_t)m->store->n_migrations) {
        return OK;
    }
    TRY(leave_room(m, detail));
    return put_keys_last(m, detail);
}

static enum err grant(struct migrator *m, struct arena *detail)
{
    struct value rows = VALUE_NULL;
    AUTO_BUF(sql, 0);
    TRY(pgsql_migrate_sql(m, detail,
        "SELECT quote_ident(c.relname) AS name, (s.name IS NOT NULL)::int AS is_sealed"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_roles o ON o.oid = c.relowner"
        " LEFT JOIN sealed_table s ON s.name = c.relname"
        " WHERE n.nspname = 'public' AND o.rolname = current_user"
        " AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.relname",
        &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        const char *name = value_get_text(row, "name", "");
        buf_fmt(&sql, "REVOKE ALL ON %s FROM PUBLIC, %s;", name, m->app);
        if (!value_get_int(row, "is_sealed", 1)) {
            buf_fmt(&sql, "GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s;", name, m->app);
        }
    }
    return pgsql_migrate_sql(m, detail, buf_text(&sql), NULL);
}

static enum err commit(struct migrator *m, struct arena *detail)
{
    PGresult *r = PQexec(m->conn.pg, "COMMIT");
    enum err e = pgsql_err(&m->conn, detail, r, "a migration's end");
    PQclear(r);
    return e;
}

enum err pgsql_migrate_commit(struct migrator *m, struct arena *detail)
{
    TRY(grant(m, detail));
    TRY(lay_out(m, detail));
    return commit(m, detail);
}

static enum err prepare_empty(struct migrator *m, struct arena *a)
{
    struct value rows = VALUE_NULL;
    TRY(begin_as_owner(m, a));
    TRY(pgsql_migrate_sql(m, a,
        "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' LIMIT 1",
        &rows));
    if (value_len(&rows)) {
        return fail(a, ERR_EXISTS,
            "The database has tables in it. Nothing was changed; make an "
            "empty one.");
    }
    return commit(m, a);
}

enum err pgsql_prepare_empty(struct arena *a, const char *address)
{
    struct store s = { .address = (char *)address };
    struct migrator *m;
    TRY(pgsql_migrate_open(&s, a, &m));
    enum err e = prepare_empty(m, a);
    pgsql_migrate_close(m);
    return e;
}

enum err pgsql_grant_anew(struct arena *a, const char *address)
{
    struct store s = { .address = (char *)address };
    struct migrator *m;
    TRY(pgsql_migrate_open(&s, a, &m));
    enum err e = begin_as_owner(m, a);
    if (e == OK) {
        e = pgsql_migrate_commit(m, a);
    }
    pgsql_migrate_close(m);
    return e;
}

static enum err look_at_rights(struct migrator *m, struct arena *detail)
{
    struct value rows = VALUE_NULL;
    TRY(pgsql_migrate_sql(m, detail,
        "SELECT name FROM sealed_table WHERE to_regclass(name) IS NOT NULL AND"
        " has_table_privilege(current_user, to_regclass(name),"
        " 'SELECT, INSERT, UPDATE, DELETE')",
        &rows));
    if (value_len(&rows)) {
        return fail(detail, ERR_INVALID,
            "The role \"%s\" may read the sealed table %s directly, so PostgreSQL would not guard "
            "it. Use an ordinary role: no superuser, no member of %s but through %s.",
            PQuser(m->conn.pg), value_get_text(value_at(&rows, 0), "name", ""), m->conn.role,
            m->app);
    }
    return OK;
}

// One look, in a transaction that can't write.
static enum err begin_reading(struct migrator *m, struct arena *detail)
{
    PGresult *r = PQexec(m->conn.pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    enum err e = pgsql_err(&m->conn, detail, r, "looking at the schema");
    PQclear(r);
    return e;
}

enum err pgsql_read_applied(
    struct store *s, struct arena *a, const char *sql, struct value *ret_rows)
{
    struct migrator *m;
    struct value there = VALUE_NULL;
    TRY(pgsql_migrate_open(s, a, &m));
    enum err e = begin_reading(m, a);
    if (e == OK) {
        e = pgsql_migrate_sql(
            m, a, "SELECT 1 AS n WHERE to_regclass('schema_migration') IS NOT NULL", &there);
    }
    if (e == OK && value_len(&there)) {
        e = pgsql_migrate_sql(m, a, sql, ret_rows);
    }
    if (e == ERR_DENIED) { // pg_restore had ended, and what follows it had not
        e = fail(a, ERR_INVALID,
            "The rights in this database aren't set; a restore was interrupted just before. Run "
            "'pilothouse migrate', then 'pilothouse verify'.");
    }
    pgsql_migrate_close(m);
    return e;
}

enum err pgsql_check_rights(struct store *s, struct arena *detail)
{
    struct migrator *m;
    TRY(pgsql_migrate_open(s, detail, &m));
    enum err e = begin_reading(m, detail);
    if (e == OK) {
        e = look_at_rights(m, detail);
    }
    if (e == ERR_DENIED) {
        e = fail(detail, ERR_INVALID,
            "The role \"%s\" has no rights in this database. Let its owner run:\n  GRANT %s TO "
            "\"%s\";",
            PQuser(m->conn.pg), m->app, PQuser(m->conn.pg));
    }
    pgsql_migrate_close(m);
    return e;
}
