// SPDX-License-Identifier: Apache-2.0
// Answers remembered. A handle keeps what it was told until it finds, at the first question of a
// later transaction, that somebody committed something in between; then it forgets all of it. So
// nothing has to be said about which act changes which answer, and two processes over one database
// need no word with each other.
#include "driver.h"

#include "str.h"

#include <stdlib.h>

enum { RECALL_BYTES = 256 * 1024 }; // a handle; when they are full all is forgotten

struct recall {
    struct arena arena;
    struct map answers; // "serial values" -> struct value, a list
    struct buf key;
    char *version;   // of the data that the answers are from
    bool is_checked; // that the transaction under way sees this version
};

void recall_begun(struct db *db)
{
    if (db->recall) {
        db->recall->is_checked = false;
    }
}

void recall_free(struct recall *r)
{
    if (r) {
        arena_release(&r->arena);
        buf_release(&r->key);
        free(r->version);
        free(r);
    }
}

static void forget(struct recall *r)
{
    arena_reset(&r->arena);
    map_init(&r->answers, &r->arena);
}

static struct recall *recall_of(struct db *db)
{
    struct recall *r = db->recall ? db->recall : calloc(1, sizeof(*r));
    if (r && !db->recall) {
        arena_init(&r->arena, SIZE_MAX);
        r->key = BUF(4096);
        forget(r);
        db->recall = r;
    }
    return r;
}

// Asks once a transaction whether the data are those that the answers are from.
static enum err check_version(struct db *db, struct arena *a, struct recall *r)
{
    if (r->is_checked) {
        return OK;
    }
    struct list_sink l = list_sink(a);
    TRY(store_run(
        db, a, "the data's version", db->store->driver->version_sql, NULL, NO_ARGS, &l.sink, NULL));
    const struct value *row = value_at(&l.list, 0);
    if (!row || row->object->len == 0) {
        return fail(a, ERR_INTERNAL, "the database doesn't say which version of its data is seen");
    }
    const struct value *v = &row->object->values[0];
    const char *version = v->kind == V_TEXT ? v->text : arena_fmt(a, "%lld", (long long)v->n);
    if (!r->version || !str_eq(r->version, version)) {
        forget(r);
        free(r->version);
        r->version = strdup(version);
    }
    r->is_checked = r->version != NULL;
    return OK;
}

// What an answer depends on besides the data. NULL where it can't be told so.
static const char *key_of(struct recall *r, const struct statement *st, const struct value *bound)
{
    buf_clear(&r->key);
    buf_i64(&r->key, st->serial);
    for (size_t i = 0; i < st->n_params; i++) {
        buf_putc(&r->key, ' ');
        if (bound[i].kind == V_INT) {
            buf_i64(&r->key, bound[i].n);
        } else if (bound[i].kind == V_TEXT) {
            buf_putc(&r->key, '\'');
            buf_i64(&r->key, (int64_t)strlen(bound[i].text));
            buf_putc(&r->key, ' ');
            buf_puts(&r->key, bound[i].text);
        } else if (bound[i].kind != V_NULL) {
            return NULL;
        }
    }
    return buf_ok(&r->key) ? buf_text(&r->key) : NULL;
}

static bool asks_the_time(const struct statement *st)
{
    for (size_t i = 0; i < st->n_params; i++) {
        if (str_eq(st->params[i].name, "now_at")) {
            return true;
        }
    }
    return false;
}

static struct value copy_leaf(struct arena *a, struct value v)
{
    if (v.kind == V_TEXT) {
        v.text = arena_strdup(a, v.text);
    } else if (v.kind == V_BLOB) {
        v.blob.data = arena_memdup(a, v.blob.data, v.blob.len);
    }
    return v;
}

// Rows are copied both ways: the caller may add to them, and an answer may be forgotten before the
// request that was given it is over.
static struct value copy_rows(struct arena *a, const struct value *rows)
{
    struct value copy = value_list(a);
    const char **keys = NULL;
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value_object *row = value_at(rows, i)->object;
        if (!keys) {
            keys = arena_array(a, const char *, row->len);
            for (size_t j = 0; j < row->len; j++) {
                keys[j] = arena_strdup(a, row->keys[j]);
            }
        }
        struct value *values = arena_array(a, struct value, row->len);
        for (size_t j = 0; j < row->len; j++) {
            values[j] = copy_leaf(a, row->values[j]);
        }
        *value_push(a, &copy) = value_row(a, keys, values, row->len);
    }
    return copy;
}

static enum err ask(struct db *db, struct arena *a, const struct statement *st,
    const struct value *bound, struct value *ret_list)
{
    struct list_sink l = list_sink(a);
    TRY(store_run_statement(db, a, st, bound, &l.sink, NULL));
    *ret_list = l.list;
    return OK;
}

static void remember(struct recall *r, const char *key, const struct value *rows)
{
    if (r->arena.used > RECALL_BYTES) {
        forget(r);
    }
    struct value *answer = arena_new(&r->arena, struct value);
    *answer = copy_rows(&r->arena, rows);
    map_put(&r->answers, arena_strdup(&r->arena, key), answer);
}

static enum err recall(struct db *db, struct arena *a, const struct statement *st,
    const struct arg *args, struct value *ret_list)
{
    struct value *bound = NULL;
    TRY(store_bind(db, a, st, args, &bound));
    struct recall *r = recall_of(db);
    bool reads = db->in_transaction && db->mode == DB_READ && db->failed == OK;
    if (!r || !reads || asks_the_time(st)) {
        return ask(db, a, st, bound, ret_list);
    }
    TRY(check_version(db, a, r));
    const char *key = r->is_checked ? key_of(r, st, bound) : NULL;
    const struct value *known = key ? map_get(&r->answers, key) : NULL;
    if (known) {
        *ret_list = copy_rows(a, known);
        return OK;
    }
    TRY(ask(db, a, st, bound, ret_list));
    if (key) {
        remember(r, key, ret_list);
    }
    return OK;
}

enum err db_recall(struct db *db, struct arena *a, const char *query, const struct arg *args,
    struct value *ret_list)
{
    const struct statement *st;
    TRY(statement_named(db->store, a, query, db->context.audience, &st));
    return recall(db, a, st, args, ret_list);
}

enum err db_recall_sql(
    struct db *db, struct arena *a, const char *sql, const struct arg *args, struct value *ret_list)
{
    const struct statement *st;
    TRY(statement_for_sql(db->store, a, "a composed query", sql, db->context.audience, NULL, &st));
    return recall(db, a, st, args, ret_list);
}
