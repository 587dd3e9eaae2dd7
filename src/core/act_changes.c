// SPDX-License-Identifier: Apache-2.0
// What others changed while somebody wrote: told from the ledger.
#include "act_private.h"

#include "json.h"
#include "room.h"
#include "ledger_entry.h"
#include "str.h"

struct later {
    struct ctx *ctx;
    const struct kind *kind;
    struct value before; // fields as they were at the person's rev
    struct value list;
    int64_t rev;
};

static bool same(const struct value *a, const struct value *b)
{
    AUTO_BUF(x, 0);
    AUTO_BUF(y, 0);
    static const struct value nothing = { .kind = V_NULL };
    json_write_canonical(&x, a ? a : &nothing);
    json_write_canonical(&y, b ? b : &nothing);
    return str_eq(x.data, y.data);
}

static struct value words(struct ctx *c, const struct field *f, const struct value *plain)
{
    if (!plain || plain->kind == V_NULL || plain->kind == V_OBJECT) {
        return VALUE_NULL;
    }
    struct value typed = entry_typed(c, f->name, plain);
    struct value fact = field_show(c, f, &typed);
    const struct value *text = value_get(&fact, "text");
    return text && text->kind != V_NULL ? *text : typed;
}

static enum err take_entry(void *context, const struct value *row)
{
    struct later *l = context;
    struct ctx *c = l->ctx;
    const char *canonical = value_get_text(row, "canonical", "");
    struct value entry;
    TRY(json_read(c->arena, canonical, strlen(canonical), JSON_MAX_BYTES, &entry));
    if (value_get_int(&entry, "rev", 0) <= l->rev) {
        return OK;
    }
    const struct value *fields = value_get(&entry, "fields");
    for (size_t i = 0; fields && i < fields->object->len; i++) {
        const char *name = fields->object->keys[i];
        const struct field *f = kind_field(l->kind, name);
        const struct value *before = value_get(&l->before, name),
                           *after = &fields->object->values[i];
        if (!f || same(before, after)) {
            continue;
        }
        struct value change = value_object(c->arena);
        value_set(c->arena, &change, "name", value_text(name));
        value_set(c->arena, &change, "label", value_text(ctx_text(c, f->label, NULL)));
        value_set(c->arena, &change, "before", words(c, f, before));
        value_set(c->arena, &change, "after", words(c, f, after));
        value_set(c->arena, &change, "who",
            l->kind->hides_actors
                ? VALUE_NULL
                : value_text(arena_strdup(c->arena, value_get_text(row, "who", ""))));
        value_set(c->arena, &change, "when", *value_get(row, "happened_at"));
        *value_push(c->arena, &l->list) = change;
        value_set(c->arena, &l->before, arena_strdup(c->arena, name), *after);
    }
    return OK;
}

enum err act_changes_since(
    struct ctx *c, const struct kind *k, int64_t id, int64_t rev, struct value *ret_changes)
{
    struct later l = { .ctx = c, .kind = k, .list = value_list(c->arena), .rev = rev };
    TRY(entry_fold(c, id, rev, &l.before));
    TRY(db_each(
        c->db, c->arena, "act.of_record", ARGS(ARG("record_id", value_id(id))), take_entry, &l));
    *ret_changes = l.list;
    return OK;
}
