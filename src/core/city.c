// SPDX-License-Identifier: Apache-2.0
// A new city: its row, its id key, its public version, its ledger's signing key.
#include "clock.h"
#include "ledger_tiles.h"
#include "office.h"
#include "str.h"

#include <sodium.h>

static enum err check(struct arena *detail, const struct new_city *city)
{
    struct locales *l;
    if (!*city->slug || !str_eq(str_slug(detail, city->slug), city->slug)) {
        return fail(detail, ERR_INVALID,
            "A city's slug has small letters, digits and hyphens only, like \"example\".");
    }
    TRY(locales_new(
        detail, city->zone, city->currency, &l)); // says when zone or currency don't exist
    locales_free(l);
    return OK;
}

static enum err insert(
    struct office *o, struct db *db, struct arena *a, const struct new_city *city)
{
    unsigned char *key = arena_alloc(a, ID_KEY_SIZE);
    randombytes_buf(key, ID_KEY_SIZE);
    int64_t id = id_new();
    db_context(
        db, &(struct db_context){ .city = id, .now = clock_now(), .audience = AUDIENCE_SYSTEM });
    TRY(db_exec(db, a, "city.add",
        ARGS(ARG("slug", value_text(city->slug)), ARG("name", value_text(city->name)),
            ARG("office_name", value_text(city->office_name)), ARG("zone", value_text(city->zone)),
            ARG("currency", value_text(city->currency)), ARG("host", value_text(city->host)),
            ARG("is_demo", value_bool(city->is_demo)),
            ARG("id_key_blob", ((struct value){ .kind = V_BLOB, .blob = { key, ID_KEY_SIZE } }))),
        NULL));
    TRY(db_insert(db, a, "public_version", false, ARGS(ARG("n", value_int(1)))));
    struct city made = { .id = id, .slug = city->slug, .host = city->host };
    struct ctx c = { .office = o, .city = &made, .db = db, .arena = a };
    return ledger_key_new(&c);
}

enum err office_new_city(struct office *o, struct arena *detail, const struct new_city *city)
{
    TRY(check(detail, city));
    AUTO(db) db = NULL;
    TRY(db_open(o->store, detail, &db));
    TRY(db_begin(db, detail, DB_WRITE));
    enum err e = insert(o, db, detail, city);
    if (e == OK) {
        e = db_commit(db, detail);
    } else {
        db_rollback(db);
    }
    TRY(e);
    return office_load_cities(o, detail);
}
