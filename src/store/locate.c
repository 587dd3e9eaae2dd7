// SPDX-License-Identifier: Apache-2.0
// The way to a record that an act changes, past its key: see db_locate(). A place in PostgreSQL is
// one version of one row; a transaction that doesn't see that version there finds nothing, and asks
// by the key.
#include "driver.h"
#include "str.h"

// The session remembers the place, so that one round trip finds it and asks there.
#define PLACE "ctid = CAST(current_setting('pilothouse.at', true) AS tid)"

enum err db_locate(struct db *db, struct arena *a, const char *table, int64_t id)
{
    const struct statement *st;
    struct value *bound = NULL;
    if (!db->store->driver->run_before || !db->in_transaction || db->mode != DB_WRITE) {
        return OK;
    }
    TRY(store_need_names(a, table, NULL));
    const char *sql = arena_fmt(a,
        "SELECT set_config('pilothouse.at', CAST(t.ctid AS text), false) AS place FROM %s t"
        " WHERE t.city = :city AND t.id = :id",
        table);
    TRY(statement_for_sql(db->store, a, table, sql, db->context.audience, NULL, &st));
    TRY(store_bind(db, a, st, ARGS(ARG("id", value_id(id))), &bound));
    if (db->store->driver->run_before(db, st, bound)) {
        db->located.table = table;
        db->located.id = id;
        db->located.read = false;
    }
    return OK;
}

static bool is_located(const struct db *db, const char *table, int64_t id)
{
    return db->located.table && db->located.id == id && str_eq(db->located.table, table);
}

enum err db_record_sql(struct db *db, struct arena *a, const char *table, int64_t id,
    const char *sql, const struct arg *args, struct value *ret_list)
{
    if (is_located(db, table, id)) {
        TRY(db_rows_sql(db, a, arena_fmt(a, "%s AND t." PLACE, sql), args, ret_list));
        db->located.read = value_len(ret_list) > 0;
        if (db->located.read) {
            return OK;
        }
        db->located.table = NULL; // it isn't there any more, or never was
    }
    return db_rows_sql(db, a, sql, args, ret_list);
}

const char *locate_for_update(struct db *db, const char *table, int64_t id)
{
    if (!is_located(db, table, id)) {
        return "";
    }
    db->located.table = NULL; // it moves
    return db->located.read ? " AND " PLACE : "";
}
