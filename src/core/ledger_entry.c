// SPDX-License-Identifier: Apache-2.0
#include "ledger_entry.h"

#include "json.h"
#include "str.h"

#include <sodium.h>

struct value entry_plain(struct arena *a, const struct value *v)
{
    switch (v->kind) {
    case V_ID:
        return value_text(arena_fmt(a, "%lld", (long long)v->n));
    case V_DATE:
    case V_TIME:
    case V_INT:
        return value_int(v->n);
    case V_MONEY:
        return value_int(v->money.minor);
    case V_BLOB:
        return value_text(str_base64(a, v->blob.data, v->blob.len));
    case V_HTML:
        return value_text(v->text);
    case V_LIST: {
        struct value list = value_list(a);
        for (size_t i = 0; i < value_len(v); i++) {
            *value_push(a, &list) = entry_plain(a, value_at(v, i));
        }
        return list;
    }
    case V_OBJECT: {
        struct value object = value_object(a);
        for (size_t i = 0; i < v->object->len; i++) {
            value_set(a, &object, v->object->keys[i], entry_plain(a, &v->object->values[i]));
        }
        return object;
    }
    case V_ESTIMATE:
    case V_LAMBDA:
        return VALUE_NULL;
    case V_NULL:
    case V_BOOL:
    case V_NUM:
    case V_TEXT:
        break;
    }
    return *v;
}

static bool whole(const struct value *v, int64_t *ret_n)
{
    if (v->kind == V_INT) {
        *ret_n = v->n;
        return true;
    }
    return v->kind == V_TEXT && str_i64(v->text, ret_n);
}

struct value entry_typed(const struct ctx *c, const char *name, const struct value *plain)
{
    int64_t n;
    if (!whole(plain, &n)) {
        return *plain;
    }
    if (str_eq(name, "id") || str_ends(name, "_id")) {
        return value_id(n);
    }
    if (plain->kind != V_INT) {
        return *plain; // text that only looks like a number
    }
    return str_ends(name, "_at")      ? value_time(n)
           : str_ends(name, "_on")    ? value_date(n)
           : str_ends(name, "_cents") ? value_money(n, c->city->currency)
                                      : *plain;
}

const char *ledger_file_name(struct arena *a, int64_t file)
{
    return arena_fmt(a, LEDGER_FILE "%lld", (long long)file);
}

const char *ledger_file_hash(struct arena *a, const void *hash, size_t len)
{
    return arena_fmt(a, "sha256:%s", str_hex(a, hash, len));
}

const char *entry_seal(
    struct arena *a, const unsigned char salt[32], const char *name, const struct value *plain)
{
    AUTO_BUF(text, 0);
    json_write_canonical(&text, plain);
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, salt, 32);
    crypto_hash_sha256_update(&state, (const unsigned char *)name, strlen(name) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)text.data, text.len);
    crypto_hash_sha256_final(&state, hash);
    return str_base64(a, hash, sizeof(hash));
}

static struct value id_or_null(struct arena *a, int64_t id)
{
    return id ? value_text(arena_fmt(a, "%lld", (long long)id)) : VALUE_NULL;
}

const char *entry_canonical(struct ctx *c, const struct ledger_entry *e,
    const unsigned char personal_salt[32], size_t *ret_len)
{
    struct arena *a = c->arena;
    struct value fields = entry_plain(a, e->fields);
    for (size_t i = 0; e->personal && i < e->personal->object->len; i++) {
        const char *name = e->personal->object->keys[i];
        struct value plain = entry_plain(a, &e->personal->object->values[i]);
        struct value sealed = value_object(a);
        value_set(a, &sealed, "sealed", value_text(entry_seal(a, personal_salt, name, &plain)));
        value_set(a, &fields, name, sealed);
    }
    int64_t acting_for = 0;
    for (size_t i = 0; i < c->viewer.n_grants; i++) {
        if (c->viewer.grants[i].acting_for) {
            acting_for = c->viewer.grants[i].acting_for;
        }
    }
    struct value entry = value_object(a);
    value_set(a, &entry, "acting_for", id_or_null(a, acting_for));
    value_set(a, &entry, "actor", id_or_null(a, c->viewer.person));
    value_set(a, &entry, "at", value_int(c->now));
    value_set(a, &entry, "command", value_text(e->command));
    value_set(a, &entry, "fields", fields);
    value_set(a, &entry, "from", value_text(e->from));
    value_set(a, &entry, "kind", value_text(e->kind));
    value_set(a, &entry, "reason", value_text(e->reason));
    value_set(a, &entry, "record", id_or_null(a, e->record));
    value_set(a, &entry, "rev", value_int(e->rev));
    value_set(a, &entry, "schema", value_int(1));
    value_set(a, &entry, "to", value_text(e->to));
    value_set(a, &entry, "via", value_text(c->via));
    AUTO_BUF(text, 0);
    json_write_canonical(&text, &entry);
    *ret_len = text.len;
    return arena_strndup(a, buf_text(&text), text.len);
}

struct fold {
    struct ctx *ctx;
    struct value fields;
    int64_t rev;
};

static enum err fold_one(void *context, const struct value *row)
{
    struct fold *f = context;
    struct arena *a = f->ctx->arena;
    const char *canonical = value_get_text(row, "canonical", "");
    struct value entry;
    TRY(json_read(a, canonical, strlen(canonical), JSON_MAX_BYTES, &entry));
    if (f->rev && value_get_int(&entry, "rev", 0) > f->rev) {
        return OK;
    }
    const struct value *fields = value_get(&entry, "fields");
    for (size_t i = 0; fields && fields->kind == V_OBJECT && i < fields->object->len; i++) {
        value_set(a, &f->fields, fields->object->keys[i], fields->object->values[i]);
    }
    const struct value *to = value_get(&entry, "to");
    if (to && to->kind == V_TEXT) {
        value_set(a, &f->fields, "state", *to);
    }
    const struct value *rev = value_get(&entry, "rev");
    if (rev && rev->kind == V_INT) {
        value_set(a, &f->fields, "rev", *rev);
    }
    return arena_exhausted(a) ? ERR_TOO_LARGE : OK;
}

enum err entry_fold(struct ctx *c, int64_t record, int64_t rev, struct value *ret_fields)
{
    struct fold f = { .ctx = c, .fields = value_object(c->arena), .rev = rev };
    TRY(db_each(
        c->db, c->arena, "act.of_record", ARGS(ARG("record_id", value_id(record))), fold_one, &f));
    *ret_fields = f.fields;
    return OK;
}
