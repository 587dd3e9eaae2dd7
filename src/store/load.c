// SPDX-License-Identifier: Apache-2.0
// Many rows at once: what both databases' ways of loading have in common.
#include "driver.h"

struct db_load {
    struct db *db;
    struct arena *arena;
    const struct statement *st;
    struct value *raw;
    void *state;
    enum err failed;
    size_t rows;
};

enum err db_load_begin(struct db *db, struct arena *a, const char *table,
    const char *const *columns, size_t n, struct db_load **ret_load)
{
    TRY(store_need_write(db, a, table));
    struct arg *names = arena_array(a, struct arg, n + 1);
    for (size_t i = 0; i < n; i++) {
        names[i].name = columns[i];
    }
    TRY(store_need_names(a, table, names));
    if (db->failed != OK || db->loading || n == 0) {
        return fail(a, db->failed != OK ? db->failed : ERR_INTERNAL,
            "%s: rows cannot be loaded now", table);
    }
    struct buf *sql = &db->scratch;
    buf_clear(sql);
    buf_fmt(sql, "INSERT INTO %s (", table);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(sql, "%s%s", i ? ", " : "", columns[i]);
    }
    buf_puts(sql, ") VALUES (");
    for (size_t i = 0; i < n; i++) {
        buf_fmt(sql, "%s:%s", i ? ", " : "", columns[i]);
    }
    buf_puts(sql, ")");
    struct db_load *l = arena_new(a, struct db_load);
    *l = (struct db_load){ .db = db, .arena = a, .raw = arena_array(a, struct value, n) };
    TRY(statement_for_sql(db->store, a, table, buf_text(sql), 0, NULL, &l->st));
    if (l->st->n_params != n) {
        return fail(a, ERR_INTERNAL, "%s: a column is named twice", table);
    }
    db->failed = db->store->driver->load_begin(db, a, l->st, table, &l->state);
    if (db->failed == OK) {
        db->loading = true;
        *ret_load = l;
    }
    return db->failed;
}

enum err db_load_row(struct db_load *l, const struct value *cells)
{
    if (l->failed != OK) {
        return l->failed;
    }
    l->rows++;
    for (size_t i = 0; i < l->st->n_params; i++) {
        if (!name_bind(l->st->params[i].kind, cells[i], &l->raw[i])) {
            l->failed = fail(l->arena, ERR_INTERNAL,
                "%s: row %zu: the value of %s is not what its name says", l->st->name, l->rows,
                l->st->params[i].name);
            return l->failed;
        }
    }
    l->failed = l->db->store->driver->load_row(l->db, l->state, l->raw);
    return l->failed;
}

enum err db_load_end(struct db_load *l)
{
    struct db *db = l->db;
    enum err e = db->store->driver->load_end(db, l->state, l->failed != OK);
    db->loading = false;
    e = l->failed != OK ? l->failed : e;
    db->failed = e;
    return e;
}
