// SPDX-License-Identifier: Apache-2.0
// The steps of a pitch as their call asks them.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "str.h"

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

enum err pitch_form(struct ctx *c, const struct command *command, const struct value *row,
    const struct submission *typed, struct value *items)
{
    (void)typed;
    for (size_t i = 0; i < value_len(items); i++) {
        struct value *item = &items->list->items[i];
        if (str_eq(command->name, "pitch.choose") &&
            str_eq(value_get_text(item, "name", ""), "answers")) {
            TRY(name_challenges(c, value_get_int(row, "call_id", 0), item));
        }
    }
    return OK;
}
