// SPDX-License-Identifier: Apache-2.0
// The steps of a pitch as their call asks them.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "str.h"

const char pitch_certifications[] =
    "minority=Minority-owned|women=Women-owned|disabled=Disabled-owned|local=Local business";
const char pitch_sizes[] = "1=One|2=2 to 10|11=11 to 50|51=51 to 250|251=More than 250";

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// The call's challenges by their titles, instead of by their numbers alone.
static enum err name_challenges(struct ctx *c, int64_t call, struct value *item)
{
    struct value rows, choices = value_list(c->arena);
    const struct value *all = value_get(item, "choices");
    TRY(call_challenges(c, call, &rows));
    for (size_t i = 0; i < value_len(&rows) && i < value_len(all); i++) {
        struct value choice = *value_at(all, i);
        set(c, &choice, "label",
            value_text(arena_fmt(
                c->arena, "%zu. %s", i + 1, value_get_text(value_at(&rows, i), "title", ""))));
        *value_push(c->arena, &choices) = choice;
    }
    set(c, item, "choices", choices);
    return OK;
}

void form_offer(struct ctx *c, const struct command *command, const struct value *values,
    const struct submission *typed, struct value *items)
{
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(c->registry, command, i, &required)); i++) {
        const struct value *v = value_get(values, f->name);
        if (!v || v->kind == V_NULL || field_given(f, typed)) {
            continue;
        }
        for (size_t j = 0; j < value_len(items); j++) {
            struct value *item = &items->list->items[j];
            if (str_eq(value_get_text(item, "name", ""), f->name)) {
                *item =
                    field_form_item(c, f, required, v, typed, value_get_text(item, "error", NULL));
            }
        }
    }
}

// Who one is: as the pitch has it, and what it lacks as the profile has it.
static enum err offer_identity(struct ctx *c, const struct command *command,
    const struct value *row, const struct submission *typed, struct value *items)
{
    struct value own, profile;
    TRY(profile_of(c, c->viewer.person, &profile));
    form_offer(c, command, &profile, typed, items);
    if (row->kind != V_OBJECT) {
        return OK;
    }
    enum err e = db_row(
        c->db, c->arena, "pitch.own_identity", ARGS(ARG("pitch_id", *value_get(row, "id"))), &own);
    if (e == OK) {
        form_offer(c, command, &own, typed, items);
    }
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err pitch_form(struct ctx *c, const struct command *command, const struct value *row,
    const struct submission *typed, struct value *items)
{
    if (str_eq(command->name, "pitch.identify") || str_eq(command->name, "pitch.start")) {
        TRY(offer_identity(c, command, row, typed, items));
    }
    if (str_eq(command->name, "pitch.answer")) {
        return answers_form(c, row, typed, items);
    }
    for (size_t i = 0; i < value_len(items); i++) {
        struct value *item = &items->list->items[i];
        if (str_eq(command->name, "pitch.choose") &&
            str_eq(value_get_text(item, "name", ""), "answers")) {
            TRY(name_challenges(c, value_get_int(row, "call_id", 0), item));
        }
    }
    return OK;
}
