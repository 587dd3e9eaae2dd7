// SPDX-License-Identifier: Apache-2.0
// What came of a record: the way down the chain, as the trail is the way up.
#include "site.h"
#include "str.h"

#include <string.h>

enum { MOST_OF_A_KIND = 20 };

// The column of CHILD that names its record of KIND.
static const char *column_of(struct ctx *c, const struct kind *child, const struct kind *kind)
{
    bool parent = child->parent && str_eq(child->parent_kind, kind->name);
    return parent ? child->parent : arena_fmt(c->arena, "%s_id", kind->name);
}

static enum err add_kind(struct ctx *c, const struct kind *child, const struct kind *kind,
    int64_t id, struct value *list)
{
    struct value rows;
    const char *title = child->title ? child->title : "title";
    const char *sql = arena_fmt(c->arena,
        "SELECT t.id AS id, t.%s AS title FROM %s t WHERE t.city = :city AND t.%s = :of_id AND "
        "@scope(%s t) ORDER BY t.id DESC LIMIT %d",
        title, child->name, column_of(c, child, kind), child->name, MOST_OF_A_KIND);
    TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("of_id", value_id(id))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value one = value_object(c->arena);
        value_set(c->arena, &one, "kind", value_text(locale_message(c->locale, child->label)));
        value_set(c->arena, &one, "title", *value_get(row, "title"));
        value_set(c->arena, &one, "href",
            value_text(page_href(c, child->name, value_get_int(row, "id", 0))));
        *value_push(c->arena, list) = one;
    }
    return OK;
}

enum err site_led_to(struct ctx *c, const struct kind *kind, int64_t id, struct value *ret_list)
{
    struct value list = value_list(c->arena);
    for (const char *at = kind->leads_to ? kind->leads_to : ""; *at;) {
        size_t len = strcspn(at, " ");
        const struct kind *child = registry_kind(c->registry, arena_strndup(c->arena, at, len));
        if (child) { // a test's office may have fewer rooms
            TRY(add_kind(c, child, kind, id, &list));
        }
        at += len + (at[len] == ' ');
    }
    *ret_list = list;
    return OK;
}
