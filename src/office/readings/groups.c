// SPDX-License-Identifier: Apache-2.0
#include "groups.h"

#include "readings_private.h"
#include "str.h"

#include <string.h>

const char *group_find(struct arena *a, const char *list, const char *s, size_t len)
{
    for (const char *at = list ? list : ""; *at;) {
        size_t n = strcspn(at, "\n");
        if (n == len && n && strncasecmp(at, s, n) == 0) {
            return arena_strndup(a, at, n);
        }
        at += n + (at[n] == '\n');
    }
    return NULL;
}

const char *group_list_wrong(struct arena *a, const char *list)
{
    size_t lines = 0;
    for (const char *at = list; *at; lines++) {
        size_t n = strcspn(at, "\n");
        if (n > GROUP_NAME_MOST) {
            return "A group's name is too long: write at most 80 characters.";
        }
        const char *rest = at + n + (at[n] == '\n');
        if (group_find(a, rest, at, n)) {
            return "A group stands there twice. Write each once.";
        }
        at = rest;
    }
    return lines == 1            ? "Write at least two groups, or none."
           : lines > GROUPS_MOST ? "These are too many: write at most 40 groups."
                                 : NULL;
}

void readings_hide_small(
    const int64_t *units, bool *hidden, size_t n, int64_t without, int64_t fewest)
{
    int64_t kept = without; // units of which nobody is told the group
    size_t kinds = without > 0;
    for (size_t i = 0; i < n; i++) {
        hidden[i] = units[i] < fewest;
        kept += hidden[i] ? units[i] : 0;
        kinds += hidden[i] && units[i] > 0;
    }
    // What is kept back could be told from the whole less what is shown: it has to be many, of at
    // least two kinds.
    while (kept > without && (kept < fewest || kinds < 2)) {
        size_t next = n;
        for (size_t i = 0; i < n; i++) {
            if (!hidden[i] && (next == n || units[i] < units[next])) {
                next = i;
            }
        }
        if (next == n) {
            return;
        }
        hidden[next] = true;
        kept += units[next];
        kinds++;
    }
}

static enum err counted(struct ctx *c, const char *query, int64_t measure, struct arena *keep,
    struct groups_shown *ret_shown)
{
    struct groups_shown s = { .all = c->audience == AUDIENCE_OFFICE ||
                                     c->audience == AUDIENCE_SYSTEM };
    struct value rows;
    TRY(db_rows(c->db, c->arena, query, ARGS(ARG("measure_id", value_id(measure))), &rows));
    size_t most = value_len(&rows);
    s.groups = arena_array(keep, __typeof__(*s.groups), most + 1);
    for (int side = 0; side < 2; side++) {
        int64_t *units = arena_array(c->arena, int64_t, most + 1), without = 0;
        bool *hidden = arena_array(c->arena, bool, most + 1);
        size_t first = s.n;
        for (size_t i = 0; i < most; i++) {
            const struct value *row = value_at(&rows, i);
            const char *name = value_get_text(row, "group_name", NULL);
            if (value_get_int(row, "is_comparison", 0) != side) {
                continue;
            }
            if (!name) {
                without = value_get_int(row, "units_n", 0);
                continue;
            }
            units[s.n - first] = value_get_int(row, "units_n", 0);
            s.groups[s.n].name = arena_strdup(keep, name);
            s.groups[s.n++].is_comparison = side != 0;
        }
        readings_hide_small(units, hidden, s.n - first, without, SMALL_CELL);
        for (size_t i = first; i < s.n; i++) {
            s.groups[i].hidden = hidden[i - first];
        }
    }
    *ret_shown = s;
    return OK;
}

enum err groups_shown(
    struct ctx *c, int64_t measure, struct arena *keep, struct groups_shown *ret_shown)
{
    return counted(c, "readings.groups", measure, keep, ret_shown);
}

enum err areas_shown(
    struct ctx *c, int64_t measure, struct arena *keep, struct groups_shown *ret_shown)
{
    return counted(c, "readings.areas", measure, keep, ret_shown);
}

static const char *name_shown(
    const struct groups_shown *shown, const struct value *row, const char *by)
{
    const char *name = value_get_text(row, by, "");
    bool comparison = value_get_int(row, "is_comparison", 0) != 0;
    for (size_t i = 0; !shown->all && i < shown->n; i++) {
        if (shown->groups[i].is_comparison == comparison && str_eq(shown->groups[i].name, name)) {
            return shown->groups[i].hidden ? "" : name;
        }
    }
    return shown->all ? name : ""; // a group that came since isn't told
}

const char *group_shown(const struct groups_shown *shown, const struct value *row)
{
    return name_shown(shown, row, "group_name");
}

const char *area_shown(const struct groups_shown *shown, const struct value *row)
{
    return name_shown(shown, row, "area");
}

enum err group_in(struct act *a, const char *list, struct value *ret_group)
{
    const struct value *given = act_in(a, "group_name");
    const char *name = given->kind == V_TEXT
                           ? group_find(a->ctx->arena, list, given->text, strlen(given->text))
                           : NULL;
    if (given->kind == V_TEXT && !name) {
        return act_invalid(
            a, "group_name", "The measure has no such group. Its page lists them.", NULL);
    }
    *ret_group = value_text(name);
    return OK;
}
