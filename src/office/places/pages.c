// SPDX-License-Identifier: Apache-2.0
// Places as a map with the list beside it.
#include "places_private.h"

#include "str.h"
#include "svg.h"

enum { MAP_WIDTH = 640, MAX_SVG = 4 << 20 };

static enum err draw(
    struct ctx *c, struct svg_map *map, const char *title, const char *desc, struct value *data)
{
    AUTO_BUF(svg, MAX_SVG);
    struct svg_words words = { .title = ctx_text(c, title, NULL), .desc = ctx_text(c, desc, NULL) };
    svg_map_write(&svg, &words, map);
    if (!buf_ok(&svg)) {
        return OK; // too fine to draw; the list has all of it
    }
    value_set(c->arena, data, "map", value_html(arena_strdup(c->arena, buf_text(&svg))));
    return OK;
}

static enum err page_places(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    static const char *const layers[] = { "district", "neighbourhood", "tract" };
    const char *asked = request_query(q, "layer"), *layer = layers[0];
    for (size_t i = 0; asked && i < ARRAY_LEN(layers); i++) {
        layer = str_eq(asked, layers[i]) ? layers[i] : layer;
    }
    struct value rows, table;
    (void)r;
    TRY(page_list(c, q, "area", &table));
    TRY(db_rows(c->db, c->arena, "area.outlines", ARGS(ARG("layer", value_text(layer))), &rows));
    struct svg_map *map = svg_map_new(c->arena, MAP_WIDTH);
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        TRY(svg_map_area(map, value_get_text(row, "geojson", ""), "svg-area",
            value_get_text(row, "title", ""), page_href(c, "area", value_get_int(row, "id", 0))));
    }
    page_title(c, data, ctx_text(c, "Places", NULL));
    value_set(c->arena, data, "table", table);
    value_set(c->arena, data, "map", VALUE_NULL);
    return value_len(&rows) ? draw(c, map, "A map of these places",
                                  "Each area leads to its page; the list beside "
                                  "the map has the same places.",
                                  data)
                            : OK;
}

static enum err page_place(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, rows, outline;
    (void)r;
    TRY(page_record(c, q, "area", &row));
    TRY(page_show_record(
        c, "area", &row, "layer code population_n households_n income_cents poverty_num", data));
    TRY(db_row(c->db, c->arena, "area.outline", ARGS(ARG("id", *value_get(&row, "id"))), &outline));
    TRY(db_rows(c->db, c->arena, "area.around", NO_ARGS, &rows));
    struct svg_map *map = svg_map_new(c->arena, MAP_WIDTH);
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *around = value_at(&rows, i);
        TRY(svg_map_area(map, value_get_text(around, "geojson", ""), "svg-zero", "", NULL));
    }
    TRY(svg_map_area(map, value_get_text(&outline, "geojson", ""), "svg-good",
        value_get_text(&row, "title", ""), NULL));
    return draw(
        c, map, "Where it is", "The place, marked on a map of the council districts.", data);
}

const struct page places_pages[] = {
    { "/places", "places/places.html", ROLES_ANYONE, page_places, NULL, PAGE_PUBLIC, NULL },
    { "/places/{id}", "places/place.html", ROLES_ANYONE, page_place, NULL, PAGE_PUBLIC, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
