// SPDX-License-Identifier: Apache-2.0
#include "svg_draw.h"
#include "str.h"
#include "svg_simplify.h"

#include <jansson.h>
#include <math.h>

enum { GEOJSON_MAX = 8 << 20 };

struct ring {
    struct svg_point *points; // degrees, then pixels
    size_t n;
    struct ring *next;
};

struct shape { // an area, or points
    const char *class_name, *label, *href;
    struct ring *rings; // of an area
    double lon, lat;    // of a point
    bool is_point;
    struct shape *next;
};

struct svg_map {
    struct arena *arena;
    double width;
    struct shape *areas, **areas_end, *points, **points_end;
    struct svg_range lon, lat;
    bool linked;
    uint64_t seed;
};

struct svg_map *svg_map_new(struct arena *a, int width_px)
{
    struct svg_map *m = arena_new(a, struct svg_map);
    m->arena = a;
    m->width = width_px < 100 ? 100 : width_px > 4000 ? 4000 : width_px;
    m->areas_end = &m->areas;
    m->points_end = &m->points;
    return m;
}

// ---- GeoJSON ----------------------------------------------------------------------------------

static enum err not_geojson(struct svg_map *m, const char *why)
{
    return fail(m->arena, ERR_INVALID, "The GeoJSON geometry can't be drawn: %s.", why);
}

static enum err read_position(struct svg_map *m, const json_t *position, struct svg_point *ret_p)
{
    const json_t *lon = json_array_get(position, 0), *lat = json_array_get(position, 1);
    if (!json_is_number(lon) || !json_is_number(lat)) {
        return not_geojson(m, "a position must be two numbers, longitude and latitude");
    }
    struct svg_point p = { json_number_value(lon), json_number_value(lat) };
    if (fabs(p.x) > 180 || fabs(p.y) > 90) {
        return not_geojson(m, "positions must be in degrees (WGS 84), longitude first");
    }
    *ret_p = p;
    return OK;
}

// RINGS_END is where the next ring is linked.
static enum err read_polygon(struct svg_map *m, const json_t *polygon, struct ring ***rings_end)
{
    size_t index;
    const json_t *line;
    if (json_array_size(polygon) == 0) {
        return not_geojson(m, "a polygon must have a ring");
    }
    json_array_foreach(polygon, index, line)
    {
        struct ring *r = arena_new(m->arena, struct ring);
        r->n = json_array_size(line);
        if (r->n < 4) {
            return not_geojson(m, "a ring must have at least four positions");
        }
        r->points = arena_array(m->arena, struct svg_point, r->n);
        if (arena_exhausted(m->arena)) {
            return fail(
                m->arena, ERR_TOO_LARGE, "The map has too many positions. Simplify it first.");
        }
        for (size_t i = 0; i < r->n; i++) {
            TRY(read_position(m, json_array_get(line, i), &r->points[i]));
        }
        if (r->points[0].x != r->points[r->n - 1].x || r->points[0].y != r->points[r->n - 1].y) {
            return not_geojson(m, "a ring must end where it starts");
        }
        r->n--; // the path closes itself
        **rings_end = r;
        *rings_end = &r->next;
    }
    return OK;
}

static void see_shape(struct svg_map *m, const struct shape *s)
{
    for (const struct ring *r = s->rings; r; r = r->next) {
        for (size_t i = 0; i < r->n; i++) {
            svg_see(&m->lon, r->points[i].x);
            svg_see(&m->lat, r->points[i].y);
        }
        m->seed = svg_hash(m->seed, r->points, r->n * sizeof(r->points[0]));
    }
}

static enum err read_geometry(struct svg_map *m, const json_t *geometry, struct shape *s)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const json_t *at = json_object_get(geometry, "coordinates"), *part;
    struct ring **end = &s->rings;
    size_t index;
    if (!type || !json_is_array(at)) {
        return not_geojson(m, "it must have a type and coordinates");
    }
    if (str_eq(type, "Polygon")) {
        return read_polygon(m, at, &end);
    }
    if (str_eq(type, "MultiPolygon")) {
        json_array_foreach(at, index, part)
        {
            TRY(read_polygon(m, part, &end));
        }
        return OK;
    }
    if (str_eq(type, "Point") || str_eq(type, "MultiPoint")) {
        bool one = str_eq(type, "Point");
        // All are read before any is kept.
        struct svg_point p;
        for (size_t i = 0; i < (one ? 1 : json_array_size(at)); i++) {
            TRY(read_position(m, one ? at : json_array_get(at, i), &p));
        }
        for (size_t i = 0; i < (one ? 1 : json_array_size(at)); i++) {
            TRY(read_position(m, one ? at : json_array_get(at, i), &p));
            svg_map_point(m, p.x, p.y, s->class_name, s->label, s->href);
        }
        return OK;
    }
    return fail(m->arena, ERR_UNSUPPORTED,
        "A map draws Polygon, MultiPolygon, Point and MultiPoint; this geometry is another.");
}

// Links to this site or on the web, nothing else.
static bool may_link(const char *href)
{
    return href && (str_starts(href, "https://") || str_starts(href, "http://") || *href == '#' ||
                       *href == '?' || (*href == '/' && href[1] != '/' && href[1] != '\\'));
}

static struct shape *new_shape(
    struct svg_map *m, const char *class_name, const char *label, const char *href)
{
    struct shape *s = arena_new(m->arena, struct shape);
    s->class_name = class_name ? arena_strdup(m->arena, class_name) : "";
    s->label = label ? arena_strdup(m->arena, label) : NULL;
    s->href = may_link(href) ? arena_strdup(m->arena, href) : NULL;
    return s;
}

enum err svg_map_area(struct svg_map *m, const char *geojson, const char *class_name,
    const char *label, const char *href)
{
    size_t len = strlen(geojson);
    if (len > GEOJSON_MAX) {
        return fail(m->arena, ERR_TOO_LARGE,
            "The geometry is larger than %d MB. Simplify it first.", GEOJSON_MAX >> 20);
    }
    json_error_t error;
    json_t *geometry = json_loadb(geojson, len, JSON_REJECT_DUPLICATES, &error);
    if (!geometry) {
        return not_geojson(m, "it is no valid JSON");
    }
    struct shape *s = new_shape(m, class_name, label, href);
    enum err e = read_geometry(m, geometry, s);
    json_decref(geometry);
    if (e == OK && s->rings) {
        see_shape(m, s);
        *m->areas_end = s;
        m->areas_end = &s->next;
        m->linked = m->linked || s->href;
    }
    return e;
}

void svg_map_point(struct svg_map *m, double lon, double lat, const char *class_name,
    const char *label, const char *href)
{
    if (!(fabs(lon) <= 180 && fabs(lat) <= 90)) {
        return;
    }
    struct shape *s = new_shape(m, class_name, label, href);
    s->is_point = true;
    s->lon = lon;
    s->lat = lat;
    svg_see(&m->lon, lon);
    svg_see(&m->lat, lat);
    double at[] = { lon, lat };
    m->seed = svg_hash(m->seed, at, sizeof(at));
    *m->points_end = s;
    m->points_end = &s->next;
    m->linked = m->linked || s->href;
}

// ---- drawing ----------------------------------------------------------------------------------

struct projection {
    double lon, lat;     // at the upper left
    double x_per, y_per; // pixels a degree
    double x, y, height; // of the upper left; of the picture
};

static struct projection project(const struct svg_map *m)
{
    enum { MARGIN = 8 };
    const double least = 0.005; // degrees: a single point is shown with its surroundings
    struct svg_range lon = m->lon, lat = m->lat;
    if (!lon.any) {
        lon = lat = (struct svg_range){ 0, 0, true };
    }
    double squeeze = fmax(cos((lat.low + lat.high) / 2 * M_PI / 180), 0.01);
    double wide = fmax(lon.high - lon.low, least / squeeze), high = fmax(lat.high - lat.low, least);
    double room = m->width - 2 * MARGIN;
    double y_per = fmin(room / (wide * squeeze), room * 1.25 / high); // not too tall for a page
    struct projection p = { .y_per = y_per, .x_per = y_per * squeeze };
    p.lon = (lon.low + lon.high) / 2 - wide / 2;
    p.lat = (lat.low + lat.high) / 2 + high / 2;
    p.x = (m->width - wide * p.x_per) / 2;
    p.y = MARGIN;
    p.height = high * y_per + 2 * MARGIN;
    return p;
}

static struct svg_point place(const struct projection *p, double lon, double lat)
{
    return (struct svg_point){ p->x + (lon - p->lon) * p->x_per, p->y + (p->lat - lat) * p->y_per };
}

static long tenths(double x)
{
    return lround(x * 10);
}

// From point to point as differences in tenths, which are short and add up without drift.
static void put_ring(struct buf *out, const struct svg_point *points, size_t n)
{
    svg_pair(out, 'M', points[0].x, points[0].y);
    long x = tenths(points[0].x), y = tenths(points[0].y);
    bool first = true;
    for (size_t i = 1; i < n; i++) {
        long dx = tenths(points[i].x) - x, dy = tenths(points[i].y) - y;
        if (dx == 0 && dy == 0) {
            continue;
        }
        if (first || dx >= 0) {
            buf_putc(out, first ? 'l' : ' ');
        }
        svg_coord(out, (double)dx / 10);
        if (dy >= 0) {
            buf_putc(out, ' ');
        }
        svg_coord(out, (double)dy / 10);
        x += dx;
        y += dy;
        first = false;
    }
    buf_putc(out, 'z');
}

static void put_rings(struct buf *out, const struct projection *p, struct shape *s)
{
    size_t before = out->len;
    struct svg_point middle = { 0, 0 };
    for (struct ring *r = s->rings; r; r = r->next) {
        for (size_t i = 0; i < r->n; i++) {
            r->points[i] = place(p, r->points[i].x, r->points[i].y);
        }
        middle = r->points[0];
        r->n = svg_simplify_ring(r->points, r->n, 0.5);
        if (r->n >= 3) {
            put_ring(out, r->points, r->n);
        }
    }
    if (out->len == before) { // too small to have a shape: still there to be seen and followed
        struct svg_point dot[] = { { middle.x - 1, middle.y - 1 }, { middle.x + 1, middle.y - 1 },
            { middle.x, middle.y + 1 } };
        put_ring(out, dot, ARRAY_LEN(dot));
    }
}

static void put_shape(struct buf *out, const struct projection *p, struct shape *s)
{
    if (s->href) {
        buf_puts(out, "<a href=\"");
        svg_escape(out, s->href);
        buf_puts(out, "\">");
    }
    buf_fmt(out, s->is_point ? "<circle class=\"svg-point" : "<path class=\"svg-area");
    if (*s->class_name) {
        buf_putc(out, ' ');
        svg_escape(out, s->class_name);
    }
    if (s->is_point) {
        struct svg_point at = place(p, s->lon, s->lat);
        buf_puts(out, "\" cx=\"");
        svg_coord(out, at.x);
        buf_puts(out, "\" cy=\"");
        svg_coord(out, at.y);
        buf_puts(out, "\" r=\"6");
    } else {
        buf_puts(out, "\" d=\"");
        put_rings(out, p, s);
    }
    if (s->label) {
        buf_puts(out, "\"><title>");
        svg_escape(out, s->label);
        buf_fmt(out, "</title></%s>", s->is_point ? "circle" : "path");
    } else {
        buf_puts(out, "\"/>");
    }
    if (s->href) {
        buf_puts(out, "</a>");
    }
}

void svg_map_write(struct buf *out, const struct svg_words *words, struct svg_map *m)
{
    struct projection p = project(m);
    svg_open(out, words, "svg-map", m->width, p.height, m->seed, m->linked);
    for (struct shape *s = m->areas; s; s = s->next) {
        put_shape(out, &p, s);
    }
    for (struct shape *s = m->points; s; s = s->next) {
        put_shape(out, &p, s);
    }
    svg_close(out);
}
