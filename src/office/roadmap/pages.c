// SPDX-License-Identifier: Apache-2.0
// The roadmap on one page: strategies with their activities, and the principles.
#include "roadmap_pages.h"

#include "markdown.h"

// The activities of one strategy, out of all that the viewer may see.
static struct value activities_of(struct ctx *c, const struct value *all, int64_t strategy)
{
    struct value mine = value_list(c->arena);
    for (size_t i = 0; i < value_len(all); i++) {
        const struct value *row = value_at(all, i);
        if (value_get_int(row, "strategy_id", 0) == strategy) {
            *value_push(c->arena, &mine) = *row;
        }
    }
    return mine;
}

// Prose as HTML, or nothing.
static struct value prose(struct ctx *c, const struct value *row, const char *column)
{
    const char *html;
    const char *text = value_get_text(row, column, "");
    return *text && markdown_html(c->arena, text, 3, &html) == OK ? value_html(html) : VALUE_NULL;
}

static struct value one_strategy(
    struct ctx *c, const struct value *row, const struct value *activities)
{
    struct arena *a = c->arena;
    int64_t id = value_get_int(row, "id", 0);
    struct value one = value_object(a), part = value_object(a),
                 mine = activities_of(c, activities, id);
    value_set(a, &part, "table",
        page_table(c, "activity", ctx_text(c, "Activities", NULL),
            "title:Activity state:Status starts_on:Starts ends_on:Ends", &mine));
    value_set(a, &one, "id", value_id(id));
    value_set(a, &one, "name", *value_get(row, "title"));
    value_set(a, &one, "summary", *value_get(row, "summary"));
    value_set(a, &one, "about", prose(c, row, "summary"));
    value_set(a, &one, "pages", *value_get(row, "pages"));
    value_set(a, &one, "address", value_text(page_href(c, "strategy", id)));
    value_set(a, &one, "activities", mine);
    value_set(a, &one, "part", value_len(&mine) ? part : VALUE_NULL);
    return one;
}

static struct value one_principle(struct ctx *c, const struct value *row)
{
    struct value one = value_object(c->arena);
    value_set(c->arena, &one, "name", *value_get(row, "title"));
    value_set(c->arena, &one, "criteria", *value_get(row, "criteria"));
    value_set(c->arena, &one, "about", prose(c, row, "criteria"));
    return one;
}

static enum err build_roadmap(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value strategies, activities, principles;
    TRY(db_rows(c->db, c->arena, "roadmap.strategies", NO_ARGS, &strategies));
    TRY(db_rows(c->db, c->arena, "roadmap.activities", NO_ARGS, &activities));
    TRY(db_rows(c->db, c->arena, "roadmap.principles", NO_ARGS, &principles));
    struct value list = value_list(c->arena), asked = value_list(c->arena);
    for (size_t i = 0; i < value_len(&strategies); i++) {
        *value_push(c->arena, &list) = one_strategy(c, value_at(&strategies, i), &activities);
    }
    for (size_t i = 0; i < value_len(&principles); i++) {
        *value_push(c->arena, &asked) = one_principle(c, value_at(&principles, i));
    }
    value_set(c->arena, data, "strategies", list);
    value_set(c->arena, data, "principles", asked);
    value_set(c->arena, data, "has_principles", value_bool(value_len(&asked) > 0));
    page_title(c, data, ctx_text(c, "Roadmap", NULL));
    return OK;
}

const struct page roadmap_pages[] = {
    { "/roadmap", "roadmap/roadmap.html", ROLES_ANYONE, build_roadmap,
        "1 strategies[].name strategies[].summary strategies[].activities[].title "
        "strategies[].activities[].state "
        "strategies[].activities[].starts_on strategies[].activities[].ends_on principles[].name "
        "principles[].criteria",
        PAGE_PUBLIC, "Roadmap" },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
