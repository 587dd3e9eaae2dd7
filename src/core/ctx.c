// SPDX-License-Identifier: Apache-2.0
#include "ctx.h"

#include "clock.h"
#include "office.h"
#include "str.h"

void ctx_bind(struct ctx *c)
{
    db_context(c->db, &(struct db_context){ .city = c->city->id,
                          .viewer = c->viewer.person,
                          .now = c->now,
                          .audience = (int)c->audience });
}

const char *ctx_text(const struct ctx *c, const char *key, const struct value *args)
{
    return locale_format(c->locale, c->arena, key, args);
}

const char *ctx_id(const struct ctx *c, int64_t id)
{
    return id_text(c->arena, &c->city->id_key, id);
}

void ctx_system(
    struct ctx *c, struct office *o, const struct city *city, struct db *db, struct arena *a)
{
    *c = (struct ctx){
        .office = o,
        .registry = o->registry,
        .city = city,
        .db = db,
        .arena = a,
        .locale = locales_at(city->locales, 0),
        .viewer = { .name = "", .roles = ROLE_CLOCK },
        .audience = AUDIENCE_SYSTEM,
        .now = clock_now(),
        .via = "clock",
    };
    ctx_bind(c);
}

// One grant from a row of person.grants, into the viewer.
static void take_grant(struct ctx *c, struct grant *grants, const struct value *row)
{
    uint32_t role = role_by_name(value_get_text(row, "role", ""));
    grants[c->viewer.n_grants++] = (struct grant){
        .role = role,
        .scope_kind = value_get_text(row, "scope_kind", NULL),
        .scope_id = value_get_int(row, "scope_id", 0),
        .acting_for = value_get_int(row, "acting_for_id", 0),
    };
    c->viewer.roles |= role;
}

enum err ctx_become(struct ctx *c, int64_t person)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, "person.grants",
        ARGS(ARG("person_id", value_id(person)),
            ARG("today_on", value_date(locale_day(c->locale, c->now)))),
        &rows));
    size_t n = value_len(&rows);
    if (n == 0) {
        return fail(c->arena, ERR_NOT_FOUND, "There is no such account, or it was closed.");
    }
    c->viewer = (struct viewer){
        .person = person,
        .name = value_get_text(value_at(&rows, 0), "name", ""),
        .roles = ROLE_PUBLIC,
    };
    struct grant *grants = arena_array(c->arena, struct grant, n);
    for (size_t i = 0; i < n; i++) {
        // A person without any grant has one row whose role is NULL.
        if (value_get(value_at(&rows, i), "role")->kind == V_TEXT) {
            take_grant(c, grants, value_at(&rows, i));
        }
    }
    c->viewer.grants = grants;
    c->audience = c->viewer.roles & ROLES_INSIDE ? AUDIENCE_OFFICE : AUDIENCE_OUTSIDE;
    ctx_bind(c);
    return OK;
}
