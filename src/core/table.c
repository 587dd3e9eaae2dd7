// SPDX-License-Identifier: Apache-2.0
// Tables that rooms make of rows of their own.
#include "site.h"
#include "str.h"

enum { MAX_COLUMNS = 24 };

struct plain_column {
    const char *name, *label;
    const struct view_column *column; // of the kind's view, when it has that name
    bool is_state, numeric;
};

// "title:Call state closes_at:Closes on time": a label runs until the next word that has a colon or
// is a column of the kind, so labels may hold spaces.
static size_t read_columns(
    struct ctx *c, const struct view *v, const char *columns, struct plain_column list[MAX_COLUMNS])
{
    size_t n = 0;
    for (const char *at = columns; *at;) {
        at += strspn(at, " ");
        size_t len = strcspn(at, " ");
        const char *colon = memchr(at, ':', len);
        const char *name = arena_strndup(c->arena, at, colon ? (size_t)(colon - at) : len);
        const struct view_column *column = v ? view_column(v, name) : NULL;
        bool goes_on = !colon && !column && n > 0 && !str_eq(name, "state");
        if (len > 0 && goes_on) {
            list[n - 1].label = arena_fmt(c->arena, "%s %s", list[n - 1].label, name);
        } else if (len > 0 && n < MAX_COLUMNS) {
            list[n++] = (struct plain_column){
                .name = name,
                .label = colon ? arena_strndup(c->arena, colon + 1, len - (size_t)(colon + 1 - at))
                         : column ? column->label
                                  : name,
                .column = column,
                .is_state = v && str_eq(name, "state"),
                .numeric = str_ends(name, "_cents") || str_ends(name, "_n") ||
                           str_ends(name, "_num") || str_eq(name, "n"),
            };
        }
        at += len;
    }
    return n;
}

static struct value cell_value(
    struct ctx *c, const struct view *v, const struct plain_column *p, const struct value *row)
{
    static const char *keys[] = { "text", "header", "href", "link", "note", "made_up", "numeric",
        "badge", "badge_kind", "html", "column", "plain" };
    struct value *cell = arena_array(c->arena, struct value, ARRAY_LEN(keys));
    const struct value *there = value_get(row, p->name);
    if (p->is_state) {
        const char *label, *badge;
        site_state(c, v->kind, row, &label, &badge);
        cell[7] = value_text(label);
        cell[8] = value_text(badge);
    } else if (there && there->kind == V_HTML) {
        cell[9] = *there;
    } else if (p->column && p->column->n_choices > 0) {
        cell[0] = list_cell(c, p->column, row);
    } else if (there && there->kind == V_BOOL) {
        cell[0] = value_text(locale_message(c->locale, there->yes ? "Yes" : "No"));
    } else if (there && there->kind == V_TIME && str_eq(p->name, "changed_at")) {
        cell[0] = value_date(locale_day(c->locale, there->n)); // as lists tell it
    } else if (there) {
        cell[0] = *there;
    }
    cell[6] = value_bool(p->numeric);
    cell[10] = value_text(locale_message(c->locale, p->label));
    cell[11] = value_bool(cell[7].kind == V_NULL && cell[9].kind == V_NULL);
    return value_row(c->arena, keys, cell, ARRAY_LEN(keys));
}

struct value page_table(struct ctx *c, const char *kind, const char *caption, const char *columns,
    const struct value *rows)
{
    static const char *column_keys[] = { "label", "href", "sorted_up", "sorted_down", "numeric" };
    static const char *row_keys[] = { "cells", "href", "cut" };
    const struct view *v = kind ? site_view(c, kind) : NULL;
    struct plain_column list[MAX_COLUMNS];
    size_t n = read_columns(c, v, columns, list);
    struct value table = value_object(c->arena), heads = value_list(c->arena),
                 lines = value_list(c->arena);
    for (size_t i = 0; i < n; i++) {
        struct value *head = arena_array(c->arena, struct value, ARRAY_LEN(column_keys));
        head[0] = value_text(locale_message(c->locale, list[i].label));
        head[4] = value_bool(list[i].numeric);
        *value_push(c->arena, &heads) =
            value_row(c->arena, column_keys, head, ARRAY_LEN(column_keys));
    }
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i);
        int64_t id = value_get_int(row, "id", 0);
        const char *href = kind && id ? page_href(c, kind, id) : NULL;
        struct value cells = value_list(c->arena);
        for (size_t j = 0; j < n; j++) {
            struct value cell = cell_value(c, v, &list[j], row);
            if (j == 0) {
                cell.object->values[1] = value_bool(true);
                cell.object->values[2] = value_text(href);
                cell.object->values[5] = value_bool(value_get_int(row, "is_made_up", 0) != 0);
                cell.object->values[11] = value_bool(false);
            }
            *value_push(c->arena, &cells) = cell;
        }
        struct value *parts = arena_array(c->arena, struct value, ARRAY_LEN(row_keys));
        parts[0] = cells;
        parts[1] = value_text(href);
        *value_push(c->arena, &lines) = value_row(c->arena, row_keys, parts, ARRAY_LEN(row_keys));
    }
    value_set(c->arena, &table, "caption", value_text(locale_message(c->locale, caption)));
    value_set(c->arena, &table, "columns", heads);
    value_set(c->arena, &table, "has_rows", value_bool(value_len(&lines) > 0));
    value_set(c->arena, &table, "stack", value_bool(true));
    value_set(c->arena, &table, "rows", lines);
    static const char *none[] = { "caption_hidden", "empty", "search", "count_text", "next_href",
        "first_href" };
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        value_set(c->arena, &table, none[i], VALUE_NULL);
    }
    return table;
}
