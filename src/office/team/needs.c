// SPDX-License-Identifier: Apache-2.0
// What needs you: each room's own questions, asked for the viewer, soonest first.
#include "team_private.h"

#include "clock.h"

enum { MOST_ASKED = 600, MOST_NEEDS = 60 }; // the soonest of all that is asked

struct line {
    int64_t due; // milliseconds; INT64_MAX for none
    struct value v;
};

// The form of the command that settles it, or the record.
static const char *address(struct ctx *c, const struct need *n, int64_t id)
{
    const char *href = page_href(c, n->kind, id);
    const char *dot = n->command ? strchr(n->command, '.') : NULL;
    return dot ? arena_fmt(c->arena, "%s/do/%s", href, dot + 1) : href;
}

static struct line make_line(struct ctx *c, const struct need *n, const struct value *row)
{
    struct line line = { .due = INT64_MAX, .v = value_object(c->arena) };
    const struct value *on = value_get(row, "due_on"), *at = value_get(row, "due_at");
    const struct value *due = on && on->kind == V_DATE ? on : at && at->kind == V_TIME ? at : NULL;
    if (due) {
        line.due = due->kind == V_DATE ? due->n * CLOCK_DAY : due->n;
    }
    value_set(c->arena, &line.v, "by", due ? *due : VALUE_NULL);
    // A day is late when it is over, a clock time once it is past.
    value_set(c->arena, &line.v, "late",
        value_bool(due && (due->kind == V_DATE ? due->n < locale_day(c->locale, c->now)
                                               : due->n < c->now)));
    value_set(c->arena, &line.v, "what", value_text(ctx_text(c, n->text, row)));
    value_set(c->arena, &line.v, "href", value_text(address(c, n, value_get_int(row, "id", 0))));
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "what",
        n->holds_up ? value_text(ctx_text(c, n->holds_up, NULL)) : VALUE_NULL);
    value_set(c->arena, &line.v, "holds_up",
        n->holds_up ? value_text(ctx_text(c, "holds up {what}", &args)) : VALUE_NULL);
    return line;
}

static int by_due(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->due < y->due ? -1 : x->due > y->due;
}

enum err team_needs(struct ctx *c, struct value *ret_list)
{
    struct line *lines = arena_array(c->arena, struct line, MOST_ASKED);
    size_t n = 0;
    const struct room *room;
    for (size_t i = 0; (room = registry_room(c->registry, i)); i++) {
        for (const struct need *need = room->needs; need && need->query; need++) {
            if (!(need->who & c->viewer.roles)) {
                continue;
            }
            struct value rows;
            TRY(db_recall(c->db, c->arena, need->query, NO_ARGS, &rows));
            for (size_t j = 0; j < value_len(&rows) && n < MOST_ASKED; j++) {
                lines[n++] = make_line(c, need, value_at(&rows, j));
            }
        }
    }
    qsort(lines, n, sizeof(lines[0]), by_due);
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < n && i < MOST_NEEDS; i++) {
        *value_push(c->arena, &list) = lines[i].v;
    }
    *ret_list = list;
    return OK;
}
