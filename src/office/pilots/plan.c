// SPDX-License-Identifier: Apache-2.0
// The plan that is locked: everything that an outcome is judged by, as canonical JSON.
#include "pilots.h"

#include "clock.h"
#include "json.h"
#include "str.h"

#include <sodium.h>

static bool came_later(const char *key)
{
    static const char *const keys[] = { "groups", "analysis", "step", "sure", "looks_n",
        "most_missing_num", "effect_value_cents", "place_cost_cents", "population_n", "extension_n",
        "extension_cost_cents", "units_n", "compared_n" };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (str_eq(key, keys[i])) {
            return true;
        }
    }
    return false;
}

// Typed leaves as plain values, since a canonical text must not hang on languages or keys.
static struct value plain(struct arena *a, const struct value *v)
{
    switch (v->kind) {
    case V_ID:
        return value_text(arena_fmt(a, "%lld", (long long)v->n));
    case V_DATE:
        return value_text(civil_date(a, v->n));
    case V_MONEY:
        return value_int(v->money.minor);
    case V_LIST: {
        struct value list = value_list(a);
        for (size_t i = 0; i < value_len(v); i++) {
            *value_push(a, &list) = plain(a, value_at(v, i));
        }
        return list;
    }
    case V_OBJECT: {
        struct value object = value_object(a);
        for (size_t i = 0; i < v->object->len; i++) {
            if (came_later(v->object->keys[i]) && v->object->values[i].kind == V_NULL) {
                continue; // plans without it keep their hash
            }
            value_set(a, &object, v->object->keys[i], plain(a, &v->object->values[i]));
        }
        return object;
    }
    default:
        return *v;
    }
}

enum err pilot_plan(struct ctx *c, int64_t pilot, const char **ret_json, const char **ret_hash)
{
    const struct arg *which = ARGS(ARG("pilot_id", value_id(pilot)));
    struct value row, measures, sites, plan = value_object(c->arena);
    TRY(db_row(c->db, c->arena, "plan.pilot", which, &row));
    TRY(db_rows(c->db, c->arena, "plan.measures", which, &measures));
    TRY(db_rows(c->db, c->arena, "plan.sites", which, &sites));
    value_set(c->arena, &plan, "schema", value_int(1));
    value_set(c->arena, &plan, "pilot", plain(c->arena, &row));
    value_set(c->arena, &plan, "measures", plain(c->arena, &measures));
    value_set(c->arena, &plan, "sites", plain(c->arena, &sites));
    AUTO_BUF(text, 1 << 20);
    json_write_canonical(&text, &plan);
    if (!buf_ok(&text)) {
        return fail(c->arena, ERR_TOO_LARGE, "The plan is too long to be locked.");
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text.data, text.len);
    *ret_json = arena_strndup(c->arena, text.data, text.len);
    *ret_hash = str_hex(c->arena, hash, sizeof(hash));
    return OK;
}
