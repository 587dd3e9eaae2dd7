// SPDX-License-Identifier: Apache-2.0
// Statements are rendered once a store, for the audience they are first asked for, and kept.
#include "driver.h"

enum { MAX_SHAPES = 4096 };

static enum err statement_add(struct store *s, struct arena *detail, const char *key,
    const char *name, const char *sql, int audience, const struct statement **ret_st)
{
    struct statement *st = arena_new(&s->arena, struct statement);
    st->name = arena_strdup(&s->arena, name);
    TRY(sql_render(
        &s->arena, detail, s->queries, s->driver->postgres, audience, st->name, sql, st));
    st->serial = s->n_statements++;
    map_put(&s->statements, arena_strdup(&s->arena, key), st);
    *ret_st = st;
    return OK;
}

// Adds to the sealed tables that the statement may touch.
static void unseal(struct store *s, struct statement *st, const char *const *names, size_t n)
{
    const char **all = arena_array(&s->arena, const char *, st->n_sealed + n);
    for (size_t i = 0; i < st->n_sealed + n; i++) {
        all[i] =
            i < st->n_sealed ? st->sealed[i] : arena_strdup(&s->arena, names[i - st->n_sealed]);
    }
    st->sealed = all;
    st->n_sealed += n;
}

static enum err named_statement_locked(struct store *s, struct arena *detail, const char *name,
    int audience, const struct statement **ret_st)
{
    char key[160];
    const struct query *q = queries_find(s->queries, name);
    if (!q) {
        return fail(detail, ERR_INTERNAL, "there is no query %s", name);
    }
    snprintf(key, sizeof(key), "q%d/%s", q->scoped ? audience : 0, name);
    *ret_st = map_get(&s->statements, key);
    if (*ret_st) {
        return OK;
    }
    TRY(statement_add(s, detail, key, name, q->text, audience, ret_st));
    unseal(s, map_get(&s->statements, key), q->sealed, q->n_sealed);
    return OK;
}

enum err statement_named(struct store *s, struct arena *detail, const char *name, int audience,
    const struct statement **ret_st)
{
    const struct query *q = queries_find(s->queries, name);
    size_t at = q ? (size_t)q->serial * STORE_AUDIENCES + (size_t)audience : SIZE_MAX;
    const struct statement *known = at < s->n_named ? atomic_load(&s->named[at]) : NULL;
    if (known) {
        *ret_st = known;
        return OK;
    }
    pthread_mutex_lock(&s->lock);
    enum err e = named_statement_locked(s, detail, name, audience, ret_st);
    pthread_mutex_unlock(&s->lock);
    if (e == OK && at < s->n_named) {
        atomic_store(&s->named[at], *ret_st);
    }
    return e;
}

static enum err statement_for_sql_locked(struct store *s, struct arena *detail, const char *key,
    const char *name, const char *sql, int audience, const char *sealed_table,
    const struct statement **ret_st)
{
    *ret_st = map_get(&s->statements, key);
    if (*ret_st) {
        return OK;
    }
    bool scoped;
    TRY(sql_check(detail, name, sql, &scoped));
    if (s->n_shapes++ >= MAX_SHAPES) {
        return fail(
            detail, ERR_INTERNAL, "%s: more than %d shapes of SQL were composed", name, MAX_SHAPES);
    }
    TRY(statement_add(s, detail, key, name, sql, audience, ret_st));
    if (sealed_table) {
        unseal(s, map_get(&s->statements, key), &sealed_table, 1);
    }
    return OK;
}

enum err statement_for_sql(struct store *s, struct arena *detail, const char *name, const char *sql,
    int audience, const char *sealed_table, const struct statement **ret_st)
{
    AUTO_BUF(key, 0);
    buf_putc(&key, 's');
    buf_i64(&key, audience);
    buf_putc(&key, '/');
    buf_puts(&key, sealed_table ? sealed_table : "");
    buf_putc(&key, '/');
    buf_puts(&key, sql);
    pthread_mutex_lock(&s->lock);
    enum err e = statement_for_sql_locked(
        s, detail, buf_text(&key), name, sql, audience, sealed_table, ret_st);
    pthread_mutex_unlock(&s->lock);
    return e;
}

struct check {
    struct store *store;
    struct db *db;
    struct arena *detail;
    enum err e;
    int checked;
};

static void check_one(void *context, const char *name)
{
    struct check *c = context;
    bool scoped = queries_find(c->store->queries, name)->scoped;
    for (int audience = 0; c->e == OK && audience < (scoped ? STORE_AUDIENCES : 1); audience++) {
        const struct statement *st;
        c->e = statement_named(c->store, c->detail, name, audience, &st);
        if (c->e == OK) {
            c->e = c->store->driver->check(c->db, c->detail, st);
        }
        c->checked += c->e == OK;
    }
}

enum err store_check_queries(struct store *s, struct arena *detail, int *ret_checked)
{
    AUTO(db) db = NULL;
    TRY(db_open(s, detail, &db));
    struct check c = { s, db, detail, OK, 0 };
    if (s->queries) {
        queries_each(s->queries, check_one, &c);
    }
    if (c.e == OK && ret_checked) {
        *ret_checked = c.checked;
    }
    return c.e;
}
