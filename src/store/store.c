// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include "clock.h"
#include "driver.h"
#include "str.h"

#include <math.h>
#include <stdlib.h>

// ---- opening -----------------------------------------------------------------------------------

static bool is_postgres(const char *address)
{
    return str_starts(address, "postgresql://") || str_starts(address, "postgres://");
}

// postgresql://user:secret@host/… without ":secret", and without any parameter that could hold one.
static char *without_password(const char *address)
{
    char *copy = strdup(address);
    if (!copy || !is_postgres(address)) {
        return copy;
    }
    copy[strcspn(copy, "?")] = 0;
    char *user = strstr(copy, "://") + 3;
    char *end = user + strcspn(user, "/");
    char *at = NULL;
    for (char *p = user; p < end; p++) {
        at = *p == '@' ? p : at;
    }
    char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
    if (colon) {
        memmove(colon, at, strlen(at) + 1);
    }
    return copy;
}

enum err store_open(
    struct arena *detail, const struct store_options *options, struct store **ret_store)
{
    struct store *s = calloc(1, sizeof(*s));
    if (!s) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    s->driver = is_postgres(options->address) ? &pgsql_driver : &sqlite_driver;
    s->queries = options->queries;
    s->migrations = options->migrations;
    s->n_migrations = options->n_migrations;
    snprintf(s->currency, sizeof(s->currency), "%s", options->currency ? options->currency : "USD");
    s->address = strdup(options->address);
    s->shown = without_password(options->address);
    pthread_mutex_init(&s->lock, NULL);
    arena_init(&s->arena, SIZE_MAX);
    map_init(&s->statements, &s->arena);
    s->n_named = queries_count(s->queries) * STORE_AUDIENCES;
    s->named = arena_calloc(&s->arena, s->n_named + 1, sizeof(*s->named));
    enum err e = s->address && s->shown ? s->driver->open(s, detail, options->create)
                                        : fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    if (e == OK) {
        *ret_store = s;
    } else {
        store_close(s);
    }
    return e;
}

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    s->driver->close(s);
    arena_release(&s->arena);
    pthread_mutex_destroy(&s->lock);
    free(s->address);
    free(s->shown);
    free(s);
}

bool store_is_postgres(const struct store *s)
{
    return s->driver->postgres;
}

const char *store_address(const struct store *s)
{
    return s->shown;
}

void store_stats(struct store *s, struct store_stats *ret_stats)
{
    *ret_stats = (struct store_stats){ .commits = atomic_load(&s->commits),
        .transactions = atomic_load(&s->transactions),
        .retries = atomic_load(&s->retries),
        .reads = atomic_load(&s->reads),
        .wal_bytes = s->driver->wal_bytes(s) };
}

enum err store_backup(struct store *s, struct arena *detail, const char *path,
    void (*progress)(void *context, double share), void *context)
{
    return s->driver->backup(s, detail, path, progress, context);
}

enum err store_restore(struct arena *detail, const char *path, const char *address)
{
    return is_postgres(address) ? pgsql_restore(detail, path, address)
                                : sqlite_restore(detail, path, address);
}

// ---- handles and transactions ------------------------------------------------------------------

enum err db_open(struct store *s, struct arena *detail, struct db **ret_db)
{
    struct db *db = calloc(1, sizeof(*db));
    if (!db) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    db->store = s;
    db->scratch = BUF(1 << 20);
    enum err e = s->driver->db_open(db, detail);
    if (e == OK) {
        *ret_db = db;
    } else {
        free(db);
    }
    return e;
}

void db_close(struct db *db)
{
    if (db) {
        db_rollback(db);
        db->store->driver->db_close(db);
        buf_release(&db->scratch);
        recall_free(db->recall);
        free(db);
    }
}

void db_context(struct db *db, const struct db_context *c)
{
    db->context = *c;
}

bool db_is_wanted(const struct db *db)
{
    return db->in_transaction && db->mode != DB_READ && db->store->driver->is_wanted &&
           db->store->driver->is_wanted(db);
}

bool db_in_transaction(const struct db *db)
{
    return db->in_transaction;
}

static void count(struct db *db, enum err e)
{
    if (e == ERR_RETRY) {
        atomic_fetch_add_explicit(&db->store->retries, 1, memory_order_relaxed);
    }
}

enum err db_begin(struct db *db, struct arena *detail, enum db_mode mode)
{
    if (db->in_transaction || db->streaming) {
        return fail(detail, ERR_INTERNAL, "a transaction was begun inside another");
    }
    enum err e = db->store->driver->begin(db, detail, mode);
    count(db, e);
    if (e == OK) {
        db->in_transaction = true;
        db->mode = mode;
        db->failed = OK;
        db->located.table = NULL;
        recall_begun(db);
    }
    return e;
}

enum err db_commit(struct db *db, struct arena *detail)
{
    if (!db->in_transaction) {
        return fail(detail, ERR_INTERNAL, "a commit without a transaction");
    }
    if (db->failed != OK) {
        enum err failed = db->failed;
        db_rollback(db);
        return fail(detail, failed, "The transaction had failed before, so it was undone.");
    }
    enum db_mode mode = db->mode;
    enum err e = db->store->driver->commit(db, detail);
    db->in_transaction = false;
    count(db, e);
    if (e == OK && mode != DB_READ) {
        atomic_fetch_add_explicit(&db->store->transactions, 1, memory_order_relaxed);
    }
    return e;
}

void db_rollback(struct db *db)
{
    if (db->in_transaction) {
        db->store->driver->rollback(db);
        db->in_transaction = false;
        db->failed = OK;
    }
}

// ---- running -----------------------------------------------------------------------------------

static bool context_value(const struct db *db, const char *name, struct value *ret_value)
{
    if (!strchr("cvnu", name[0])) {
        return false; // most are none of these
    }
    if (str_eq(name, "city")) {
        *ret_value = value_int(db->context.city);
    } else if (str_eq(name, "viewer_id")) {
        *ret_value = db->context.viewer ? value_int(db->context.viewer) : VALUE_NULL;
    } else if (str_eq(name, "now_at")) {
        *ret_value = value_int(db->context.now);
    } else if (str_eq(name, "utc_on")) {
        *ret_value = value_int(db->context.now / CLOCK_DAY);
    } else {
        return false;
    }
    return true;
}

enum err store_bind(struct db *db, struct arena *a, const struct statement *st,
    const struct arg *args, struct value **ret_bound)
{
    struct value ignored;
    for (const struct arg *arg = args; arg && arg->name; arg++) {
        if (context_value(db, arg->name, &ignored)) {
            return fail(a, ERR_INTERNAL, "%s: :%s is bound by db_context()", st->name, arg->name);
        }
    }
    struct value *bound = arena_array(a, struct value, st->n_params);
    const struct arg *next = args; // mostly they come in the statement's order
    for (size_t i = 0; i < st->n_params; i++) {
        const struct param *p = &st->params[i];
        if (context_value(db, p->name, &bound[i])) {
            continue;
        }
        const struct arg *arg = next && next->name && str_eq(next->name, p->name) ? next : args;
        while (arg && arg->name && !str_eq(arg->name, p->name)) {
            arg++;
        }
        if (!arg || !arg->name) {
            return fail(a, ERR_INTERNAL, "%s: :%s was not given", st->name, p->name);
        }
        next = arg + 1;
        if (!name_bind(p->kind, arg->v, &bound[i])) {
            return fail(a, ERR_INTERNAL, "%s: the value given for :%s is not what its name says",
                st->name, p->name);
        }
    }
    *ret_bound = bound;
    return OK;
}

static enum err may_run(const struct db *db, struct arena *a, const struct statement *st)
{
    if (db->in_transaction && db->failed != OK) {
        return fail(a, db->failed, "%s: the transaction had failed before", st->name);
    }
    if (db->loading) {
        return fail(a, ERR_INTERNAL, "%s: run while rows are being loaded", st->name);
    }
    return OK;
}

enum err store_run_statement(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct sink *sink, int64_t *ret_changed)
{
    TRY(may_run(db, a, st));
    db->located.read &= sink != NULL; // a change may move it
    enum err e = db->store->driver->run(db, a, st, bound, sink, ret_changed);
    if (!db->in_transaction || db->mode == DB_READ) {
        atomic_fetch_add_explicit(&db->store->reads, 1, memory_order_relaxed);
    }
    if (e != OK && (!sink || sink->error == OK)) {
        count(db, e);
        db->failed = e;
    }
    return e;
}

static enum err run(struct db *db, struct arena *a, const struct statement *st,
    const struct arg *args, struct sink *sink, int64_t *ret_changed)
{
    struct value *bound = NULL;
    TRY(store_bind(db, a, st, args, &bound));
    return store_run_statement(db, a, st, bound, sink, ret_changed);
}

static enum err run_named(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct sink *sink, int64_t *ret_changed)
{
    const struct statement *st;
    TRY(statement_named(db->store, a, query, db->context.audience, &st));
    return run(db, a, st, args, sink, ret_changed);
}

enum err store_run(struct db *db, struct arena *a, const char *name, const char *sql,
    const char *sealed_table, const struct arg *args, struct sink *sink, int64_t *ret_changed)
{
    const struct statement *st;
    TRY(statement_for_sql(db->store, a, name, sql, db->context.audience, sealed_table, &st));
    return run(db, a, st, args, sink, ret_changed);
}

enum err store_run_later(
    struct db *db, struct arena *a, const char *name, const char *sql, const struct arg *args)
{
    const struct statement *st;
    struct value *bound = NULL;
    TRY(statement_for_sql(db->store, a, name, sql, db->context.audience, NULL, &st));
    if (!db->store->driver->run_later) {
        return run(db, a, st, args, NULL, NULL);
    }
    TRY(may_run(db, a, st));
    TRY(store_bind(db, a, st, args, &bound));
    db->failed = db->store->driver->run_later(db, a, st, bound);
    return db->failed;
}

// ---- rows --------------------------------------------------------------------------------------

struct columns columns_new(struct sink *sink, size_t n)
{
    return (struct columns){ arena_array(sink->keys, const char *, n),
        arena_array(sink->keys, enum value_kind, n), n };
}

void columns_set(struct columns *c, struct sink *sink, size_t i, const char *name)
{
    c->keys[i] = arena_strdup(sink->keys, name);
    c->kinds[i] = name_kind(name);
}

enum err sink_row(struct sink *sink, struct arena *detail, const struct statement *st,
    const struct columns *c, struct value *raw, const char *currency)
{
    for (size_t i = 0; i < c->n; i++) {
        if (!name_read(c->kinds[i], raw[i], currency, &raw[i])) {
            return fail(detail, ERR_INTERNAL, "%s: the column %s is not what its name says",
                st->name, c->keys[i]);
        }
    }
    sink->error = sink->row(sink, value_row(sink->arena, c->keys, raw, c->n));
    return sink->error;
}

static enum err gather(struct sink *sink, struct value row)
{
    struct list_sink *l = (struct list_sink *)sink;
    *value_push(sink->arena, &l->list) = row;
    if (arena_exhausted(sink->arena)) {
        return fail(sink->arena, ERR_TOO_LARGE, "The answer is too large. Ask for less at a time.");
    }
    return OK;
}

struct list_sink list_sink(struct arena *a)
{
    return (struct list_sink){ { .arena = a, .keys = a, .row = gather }, value_list(a) };
}

struct one_sink {
    struct sink sink;
    struct value row;
};

static enum err take_first(struct sink *sink, struct value row)
{
    ((struct one_sink *)sink)->row = row;
    sink->done = true;
    return OK;
}

struct each_sink {
    struct sink sink;
    enum err (*each)(void *context, const struct value *row);
    void *context;
};

static enum err hand_on(struct sink *sink, struct value row)
{
    struct each_sink *s = (struct each_sink *)sink;
    enum err e = s->each(s->context, &row);
    arena_reset(sink->arena);
    return e;
}

enum err db_rows(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct value *ret_list)
{
    struct list_sink l = list_sink(a);
    TRY(run_named(db, a, query, args, &l.sink, NULL));
    *ret_list = l.list;
    return OK;
}

enum err db_rows_sql(
    struct db *db, struct arena *a, const char *sql, const struct arg *args, struct value *ret_list)
{
    struct list_sink l = list_sink(a);
    TRY(store_run(db, a, "a composed query", sql, NULL, args, &l.sink, NULL));
    *ret_list = l.list;
    return OK;
}

static enum err first_row(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct value *ret_row)
{
    struct one_sink s = { { .arena = a, .keys = a, .row = take_first }, VALUE_NULL };
    TRY(run_named(db, a, query, args, &s.sink, NULL));
    *ret_row = s.row;
    return OK;
}

enum err db_row(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct value *ret_row)
{
    struct value row;
    TRY(first_row(db, a, query, args, &row));
    if (row.kind != V_OBJECT) {
        return fail(a, ERR_NOT_FOUND, "There is no such record.");
    }
    *ret_row = row;
    return OK;
}

enum err db_int(
    struct db *db, struct arena *a, const char *query, const struct arg *args, int64_t *ret_n)
{
    struct value row, first = VALUE_NULL, raw;
    TRY(first_row(db, a, query, args, &row));
    if (row.kind == V_OBJECT && row.object->len) {
        first = row.object->values[0];
    }
    if (first.kind == V_NUM && fabs(first.x) < 9.2e18) {
        first = value_int(llround(first.x));
    }
    if (!name_bind(V_INT, first, &raw)) {
        return fail(a, ERR_INTERNAL, "%s: the first column is not a number", query);
    }
    *ret_n = raw.kind == V_INT ? raw.n : 0;
    return OK;
}

enum err db_each(struct db *db, struct arena *a, const char *query, const struct arg *args,
    enum err (*each)(void *context, const struct value *row), void *context)
{
    struct arena scratch;
    arena_init(&scratch, a->cap);
    struct each_sink s = { { .arena = &scratch, .keys = a, .row = hand_on, .stream = true }, each,
        context };
    db->streaming++;
    enum err e = run_named(db, a, query, args, &s.sink, NULL);
    db->streaming--;
    arena_release(&scratch);
    return e;
}

// ---- changing ----------------------------------------------------------------------------------

enum err store_need_write(struct db *db, struct arena *a, const char *what)
{
    if (!db->in_transaction || db->mode == DB_READ) {
        return fail(a, ERR_INTERNAL, "%s: a change outside a writing transaction", what);
    }
    return OK;
}

enum err db_exec(
    struct db *db, struct arena *a, const char *query, const struct arg *args, int64_t *ret_changed)
{
    TRY(store_need_write(db, a, query));
    return run_named(db, a, query, args, NULL, ret_changed);
}

enum err store_need_names(struct arena *a, const char *table, const struct arg *columns)
{
    if (!sql_is_name(table)) {
        return fail(a, ERR_INTERNAL, "'%s' is not a table's name", table);
    }
    for (const struct arg *c = columns; c && c->name; c++) {
        if (!sql_is_name(c->name) || str_starts(c->name, "_")) {
            return fail(a, ERR_INTERNAL, "%s: '%s' is not a column's name", table, c->name);
        }
    }
    return OK;
}

static void insert_sql(struct buf *sql, const char *table, const struct arg *columns)
{
    buf_clear(sql);
    buf_puts(sql, "INSERT INTO ");
    buf_puts(sql, table);
    buf_puts(sql, " (city");
    for (const struct arg *c = columns; c && c->name; c++) {
        buf_puts(sql, ", ");
        buf_puts(sql, c->name);
    }
    buf_puts(sql, ") VALUES (:city");
    for (const struct arg *c = columns; c && c->name; c++) {
        buf_puts(sql, ", :");
        buf_puts(sql, c->name);
    }
    buf_puts(sql, ")");
}

enum err db_insert(
    struct db *db, struct arena *a, const char *table, bool sealed, const struct arg *columns)
{
    TRY(store_need_write(db, a, table));
    TRY(store_need_names(a, table, columns));
    insert_sql(&db->scratch, table, columns);
    return store_run(
        db, a, table, buf_text(&db->scratch), sealed ? table : NULL, columns, NULL, NULL);
}

enum err db_insert_later(
    struct db *db, struct arena *a, const char *table, const struct arg *columns)
{
    TRY(store_need_write(db, a, table));
    TRY(store_need_names(a, table, columns));
    insert_sql(&db->scratch, table, columns);
    return store_run_later(db, a, table, buf_text(&db->scratch), columns);
}

// Into the scratch buffer, with the arguments that it takes.
static enum err update_sql(struct db *db, struct arena *a, const char *table, int64_t id,
    int64_t rev, const struct arg *columns, const struct arg **ret_args)
{
    size_t n = 0;
    TRY(store_need_write(db, a, table));
    TRY(store_need_names(a, table, columns));
    while (columns && columns[n].name) {
        n++;
    }
    struct arg *args = arena_array(a, struct arg, n + 3);
    struct buf *sql = &db->scratch;
    buf_clear(sql);
    buf_fmt(sql, "UPDATE %s SET ", table);
    for (size_t i = 0; i < n; i++) {
        args[i] = columns[i];
        buf_puts(sql, i ? ", " : "");
        buf_puts(sql, columns[i].name);
        buf_puts(sql, " = :");
        buf_puts(sql, columns[i].name);
    }
    // "_id" and "_n" can't be columns (see need_names), and their endings give them their types.
    args[n] = (struct arg){ "_id", value_id(id) };
    args[n + 1] = (struct arg){ "_n", value_int(rev) };
    if (rev > 0) {
        buf_fmt(sql, "%srev = rev + 1", n ? ", " : "");
    } else if (!n) {
        return fail(a, ERR_INTERNAL, "%s: an update of nothing", table);
    }
    buf_fmt(sql, " WHERE city = :city AND id = :_id%s", rev > 0 ? " AND rev = :_n" : "");
    buf_puts(sql, locate_for_update(db, table, id));
    *ret_args = args;
    return OK;
}

enum err db_update(struct db *db, struct arena *a, const char *table, bool sealed, int64_t id,
    int64_t rev, const struct arg *columns, int64_t *ret_changed)
{
    const struct arg *args;
    TRY(update_sql(db, a, table, id, rev, columns, &args));
    return store_run(
        db, a, table, buf_text(&db->scratch), sealed ? table : NULL, args, NULL, ret_changed);
}

enum err db_update_later(struct db *db, struct arena *a, const char *table, int64_t id, int64_t rev,
    const struct arg *columns)
{
    const struct arg *args;
    TRY(update_sql(db, a, table, id, rev, columns, &args));
    return store_run_later(db, a, table, buf_text(&db->scratch), args);
}
