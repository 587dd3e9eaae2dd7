// SPDX-License-Identifier: Apache-2.0
#include "ledger.h"

#include "commitment.h"
#include "json.h"
#include "ledger_entry.h"
#include "room.h"
#include "str.h"

#include <sodium.h>

static struct value blob(struct arena *a, const void *data, size_t len)
{
    return (struct value){ .kind = V_BLOB, .blob = { arena_memdup(a, data, len), len } };
}

enum err ledger_append(struct ctx *c, const struct ledger_entry *e)
{
    unsigned char salt[COMMITMENT_SALT_BYTES], leaf[COMMITMENT_BYTES], personal_salt[32];
    randombytes_buf(personal_salt, sizeof(personal_salt));
    size_t len;
    const char *canonical = entry_canonical(c, e, personal_salt, &len);
    commitment_new(canonical, len, salt, leaf);
    struct value leaf_hash = blob(c->arena, leaf, sizeof(leaf));
    if (e->personal) {
        TRY(db_insert(c->db, c->arena, "act_personal", true,
            ARGS(ARG("id", value_id(e->id)),
                ARG("salt_blob", blob(c->arena, personal_salt, sizeof(personal_salt))))));
    }
    struct value actor = c->viewer.person ? value_id(c->viewer.person) : VALUE_NULL;
    TRY(db_insert_later(c->db, c->arena, "act",
        ARGS(ARG("id", value_id(e->id)), ARG("record_id", value_id(e->record)),
            ARG("kind", value_text(e->kind)), ARG("command", value_text(e->command)),
            ARG("actor_id", actor), ARG("happened_at", value_time(c->now)),
            ARG("canonical", value_text(canonical)),
            ARG("salt_blob", blob(c->arena, salt, sizeof(salt))), ARG("leaf_hash", leaf_hash))));
    return db_insert_later(c->db, c->arena, "leaf_waiting",
        ARGS(ARG("id", value_id(e->id)), ARG("leaf_hash", leaf_hash)));
}

// One entry for the page: {id, at, who, command, label, reason, fields, from, to, seq}.
static enum err shown(struct ctx *c, const struct value *row, struct value *ret_entry)
{
    struct arena *a = c->arena;
    const char *canonical = value_get_text(row, "canonical", "");
    struct value entry;
    TRY(json_read(a, canonical, strlen(canonical), JSON_MAX_BYTES, &entry));
    const char *name = value_get_text(row, "command", "");
    const struct kind *k = NULL;
    const struct command *command = registry_command(c->registry, name, &k);
    struct value v = value_object(a);
    value_set(a, &v, "id", *value_get(row, "id"));
    value_set(a, &v, "at", *value_get(row, "happened_at"));
    value_set(a, &v, "who", k && k->hides_actors ? VALUE_NULL : *value_get(row, "who"));
    value_set(a, &v, "command", value_text(name));
    value_set(a, &v, "label", value_text(command ? ctx_text(c, command->label, NULL) : name));
    static const char *const copied[] = { "reason", "from", "to", "rev", "via" };
    for (size_t i = 0; i < ARRAY_LEN(copied); i++) {
        const struct value *from = value_get(&entry, copied[i]);
        value_set(a, &v, copied[i], from ? *from : VALUE_NULL);
    }
    struct value fields = value_list(a);
    const struct value *given = value_get(&entry, "fields");
    for (size_t i = 0; given && given->kind == V_OBJECT && i < given->object->len; i++) {
        const struct field *f = k ? kind_field(k, given->object->keys[i]) : NULL;
        const struct value *plain = &given->object->values[i];
        if (!f || plain->kind == V_OBJECT || plain->kind == V_NULL) {
            continue; // sealed, or the house's own
        }
        struct value typed = entry_typed(c, f->name, plain);
        *value_push(a, &fields) = field_show(c, f, &typed);
    }
    value_set(a, &v, "fields", fields);
    value_set(a, &v, "seq", *value_get(row, "seq"));
    *ret_entry = v;
    return OK;
}

enum err ledger_history(struct ctx *c, int64_t record, int limit, struct value *ret_list)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, "act.history",
        ARGS(ARG("record_id", value_id(record)), ARG("limit_n", value_int(limit))), &rows));
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(shown(c, value_at(&rows, i), value_push(c->arena, &list)));
    }
    *ret_list = list;
    return OK;
}
