// SPDX-License-Identifier: Apache-2.0
// Writing a record: its own table, its sealed side tables, its files.
#include "act_private.h"

#include "find.h"
#include "ledger_entry.h"
#include "room.h"
#include "str.h"

enum { MAX_COLUMNS = 96, MAX_TABLES = 8 };

struct columns {
    const char *table; // NULL: the kind's own
    struct arg args[MAX_COLUMNS + 1];
    size_t n;
};

static enum err put(struct act *a, struct columns *to, const char *name, struct value v)
{
    for (size_t i = 0; i < to->n; i++) {
        if (str_eq(to->args[i].name, name)) {
            to->args[i].v = v;
            return OK;
        }
    }
    if (to->n == MAX_COLUMNS) {
        return fail(a->ctx->arena, ERR_INTERNAL, "%s writes too many columns", a->command->name);
    }
    to->args[to->n++] = (struct arg){ name, v };
    return OK;
}

static enum err gather(struct act *a, struct columns *tables[MAX_TABLES], size_t *n_tables)
{
    const struct value *sources[] = { &a->in, &a->set };
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        for (size_t j = 0; j < sources[i]->object->len; j++) {
            const char *name = sources[i]->object->keys[j];
            const struct field *f = kind_field(a->kind, name);
            // Inputs that are no column are remembered in the ledger alone; what apply sets always
            // is one.
            if (i == 0 && f && (f->flags & FIELD_INPUT || f->type == FIELD_SECRET)) {
                continue;
            }
            const char *table = f ? f->table : NULL;
            size_t t = 0;
            while (t < *n_tables && !str_eq(tables[t]->table, table)) {
                t++;
            }
            if (t == *n_tables) {
                if (t == MAX_TABLES) {
                    return fail(
                        a->ctx->arena, ERR_INTERNAL, "%s writes too many tables", a->command->name);
                }
                tables[t] = arena_new(a->ctx->arena, struct columns);
                tables[(*n_tables)++]->table = table;
            }
            TRY(put(a, tables[t], name, sources[i]->object->values[j]));
        }
    }
    return OK;
}

static enum err write_side(struct act *a, struct columns *side)
{
    struct ctx *c = a->ctx;
    int64_t changed = 0;
    if (a->row.kind == V_OBJECT) {
        TRY(db_update(c->db, c->arena, side->table, true, a->id, 0, side->args, &changed));
    }
    if (!changed) {
        TRY(put(a, side, "id", value_id(a->id)));
        TRY(db_insert(c->db, c->arena, side->table, true, side->args));
    }
    return OK;
}

// Nothing but the command's fields is written, at the rev that this transaction has read, so nobody
// has to wait for what the database says of it, and the row is known without being read again.
static bool is_plain(const struct act *a)
{
    return !a->command->apply;
}

static void note_written(struct act *a, const struct columns *own)
{
    struct arena *arena = a->ctx->arena;
    struct value row = value_object(arena);
    for (size_t i = 0; a->row.kind == V_OBJECT && i < a->row.object->len; i++) {
        value_set(arena, &row, a->row.object->keys[i], a->row.object->values[i]);
    }
    for (size_t i = 0; i < own->n; i++) {
        value_set(arena, &row, own->args[i].name, own->args[i].v);
    }
    a->private->written = row;
}

static enum err insert_record(struct act *a, struct columns *own)
{
    struct ctx *c = a->ctx;
    if (a->to < 0) {
        return fail(c->arena, ERR_INTERNAL, "%s gives its new record no state", a->command->name);
    }
    TRY(put(a, own, "id", value_id(a->id)));
    TRY(put(a, own, "rev", value_int(1)));
    TRY(put(a, own, "state", value_text(a->kind->states[a->to].name)));
    TRY(put(a, own, "created_at", value_time(c->now)));
    TRY(put(a, own, "changed_at", value_time(c->now)));
    if (act_now(a, "owner_id")->kind == V_NULL && c->viewer.person && !a->kind->hides_actors) {
        act_set(a, "owner_id", value_id(c->viewer.person)); // the ledger says it, too
        TRY(put(a, own, "owner_id", value_id(c->viewer.person)));
    }
    if (!is_plain(a)) {
        return db_insert(c->db, c->arena, a->kind->name, false, own->args);
    }
    note_written(a, own);
    return db_insert_later(c->db, c->arena, a->kind->name, own->args);
}

static enum err update_record(struct act *a, struct columns *own)
{
    struct ctx *c = a->ctx;
    if (a->to >= 0) {
        TRY(put(a, own, "state", value_text(a->kind->states[a->to].name)));
    }
    TRY(put(a, own, "changed_at", value_time(c->now)));
    int64_t rev = value_get_int(&a->row, "rev", 0), changed = 0;
    if (is_plain(a)) {
        note_written(a, own);
        return db_update_later(c->db, c->arena, a->kind->name, a->id, rev, own->args);
    }
    TRY(db_update(c->db, c->arena, a->kind->name, false, a->id, rev, own->args, &changed));
    return changed ? OK : fail(c->arena, ERR_RETRY, "the record changed meanwhile");
}

// A file is claimed once, by whoever stored it; the entry names what is in it. A form that is sent
// again names one that is the record's already.
static enum err claim_file(struct act *a, const char *field)
{
    struct ctx *c = a->ctx;
    const struct value *id = act_in(a, field);
    struct value row;
    int64_t claimed = 0;
    TRY(db_exec(c->db, c->arena, "file.claim",
        ARGS(ARG("id", *id), ARG("record_id", value_id(a->id)),
            ARG("kind", value_text(a->kind->name)),
            ARG("is_system", value_bool(c->audience == AUDIENCE_SYSTEM))),
        &claimed));
    enum err e = db_row(c->db, c->arena, "file.content",
        ARGS(ARG("id", *id), ARG("record_id", value_id(a->id))), &row);
    if (e == ERR_NOT_FOUND) {
        return act_invalid(a, field, "This file isn't there any more. Choose it once more.", NULL);
    }
    TRY(e);
    const struct value *hash = value_get(&row, "content_hash");
    if (claimed && hash->kind == V_BLOB) {
        act_note(a, ledger_file_name(c->arena, id->n),
            value_text(ledger_file_hash(c->arena, hash->blob.data, hash->blob.len)));
    }
    return OK;
}

static enum err claim_files(struct act *a)
{
    for (const struct field *f = a->kind->fields; f && f->name; f++) {
        if (f->type == FIELD_FILE && act_has(a, f->name)) {
            TRY(claim_file(a, f->name));
        }
    }
    return OK;
}

enum err act_save(struct act *a)
{
    struct columns *tables[MAX_TABLES] = { arena_new(a->ctx->arena, struct columns) };
    size_t n = 1; // the kind's own comes first, also when nothing but the state changes
    TRY(gather(a, tables, &n));
    if (a->row.kind == V_OBJECT) {
        TRY(update_record(a, tables[0]));
    } else {
        TRY(insert_record(a, tables[0]));
    }
    for (size_t i = 1; i < n; i++) {
        TRY(write_side(a, tables[i]));
    }
    a->saved = true;
    return claim_files(a);
}

enum err act_index(struct ctx *c, const struct kind *k, int64_t id)
{
    return find_index(c, k, id);
}

enum err act_index_own(struct act *a)
{
    if (a->private->written.kind != V_OBJECT || !a->kind->search) {
        return act_index(a->ctx, a->kind, a->id);
    }
    return find_index_row(a->ctx, a->kind, &a->private->written, &a->row);
}

enum err act_save_in_order(struct act *a)
{
    const struct value *from = act_now(a, "starts_on"), *to = act_now(a, "ends_on");
    if (from->kind == V_DATE && to->kind == V_DATE && to->n < from->n) {
        return act_invalid(a, "ends_on", "The end comes before the start.", NULL);
    }
    return act_save(a);
}
