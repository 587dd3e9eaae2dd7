// SPDX-License-Identifier: Apache-2.0
// A neighbourhood's picture: where it is, and what is known of the people who live there.
#include "places_private.h"

#include "str.h"
#include "svg.h"

enum { PICTURE_WIDTH = 480, MAX_SVG = 2 << 20 };

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// The place among the districts; V_NULL where no outline can be drawn.
static enum err draw(struct ctx *c, const struct value *area, struct value *ret_svg)
{
    struct value rows, args = value_object(c->arena);
    struct svg_map *map = svg_map_new(c->arena, PICTURE_WIDTH);
    *ret_svg = VALUE_NULL;
    TRY(db_rows(c->db, c->arena, "area.around", NO_ARGS, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(svg_map_area(
            map, value_get_text(value_at(&rows, i), "geojson", ""), "svg-zero", "", NULL));
    }
    const char *title = value_get_text(area, "title", "");
    if (svg_map_area(map, value_get_text(area, "geojson", ""), "svg-good", title, NULL) != OK) {
        return OK;
    }
    set(c, &args, "title", value_text(title));
    AUTO_BUF(svg, MAX_SVG);
    svg_map_write(&svg,
        &(struct svg_words){ .title = ctx_text(c, "Where {title} is", &args),
            .desc = ctx_text(c, "The place, marked on a map of the council districts.", NULL) },
        map);
    if (buf_ok(&svg)) {
        *ret_svg = value_html(arena_strdup(c->arena, buf_text(&svg)));
    }
    return OK;
}

enum err place_picture(struct ctx *c, int64_t area, struct value *ret_picture)
{
    static const char *const columns[] = { "population_n", "households_n", "income_cents",
        "poverty_num" };
    struct value row, svg, facts = value_list(c->arena), picture = value_object(c->arena);
    const struct kind *k = registry_kind(c->registry, "area");
    enum err e =
        area ? db_row(c->db, c->arena, "area.picture", ARGS(ARG("id", value_id(area))), &row)
             : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND || !k) {
        *ret_picture = VALUE_NULL;
        return OK;
    }
    TRY(e);
    TRY(draw(c, &row, &svg));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        const struct value *v = value_get(&row, columns[i]);
        if (v->kind != V_NULL) {
            struct value fact = field_show(c, kind_field(k, columns[i]), v);
            set(c, &fact, "href", VALUE_NULL);
            set(c, &fact, "made_up", VALUE_NULL);
            set(c, &fact, "source", VALUE_NULL);
            *value_push(c->arena, &facts) = fact;
        }
    }
    set(c, &picture, "place_title", *value_get(&row, "title"));
    set(c, &picture, "place_href", value_text(page_href(c, "area", area)));
    set(c, &picture, "map", svg);
    set(c, &picture, "known", facts);
    set(c, &picture, "has_known", value_bool(value_len(&facts) > 0));
    *ret_picture = picture;
    return OK;
}
