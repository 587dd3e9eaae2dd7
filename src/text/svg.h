// SPDX-License-Identifier: Apache-2.0
// Pictures made on the server: charts and maps as inline SVG without script or style attributes
// (the page's policy forbids them), coloured by the classes that assets/ defines (svg-line,
// svg-area, svg-mark, svg-axis, svg-good, svg-warn, svg-zero …) so that they follow light, dark and
// print. Each has a <title>, a <desc> and role="img"; the page puts a table beside it.
//
// All take words already translated, and a number formatter, so that this module knows no language.
#pragma once

#include "arena.h"
#include "buf.h"

typedef void svg_number_fn(void *context, struct buf *out, double x);

struct svg_words {
    const char *title, *desc;
    svg_number_fn *number;
    void *context;
};

// A line with an interval on it: the effect, zero and the smallest effect worth having marked.
// Values may be NaN (not drawn).
struct svg_interval {
    const char *label; // at the left; NULL for a single one
    double point, low, high;
};
struct svg_forest {
    const struct svg_interval *rows;
    size_t n;
    double zero;       // NaN: no zero line
    double worthwhile; // NaN: no such line
    const char *zero_label, *worthwhile_label, *unit;
};
void svg_forest(struct buf *out, const struct svg_words *words, const struct svg_forest *f);

// Values over time or order: up to 4 series over a shared axis.
struct svg_series {
    const char *name;
    const double *x, *y;      // x rises; y NaN is a gap
    const double *low, *high; // a band; NULL for none
    size_t n;
    bool marks; // points as well as the line
};
struct svg_lines {
    const struct svg_series *series;
    size_t n;
    const char *x_unit, *y_unit;
    const char *(*x_label)(void *context, struct arena *a, double x); // NULL: plain numbers
    void *context;
    struct arena *arena;
    double vline; // a change on the x axis, as the start of a pilot; NaN for none
    const char *vline_label;
    bool zero_based;
};
void svg_lines(struct buf *out, const struct svg_words *words, const struct svg_lines *l);

// Points over two axes with levels across them: differences against means, with their mean and the
// limits of agreement (Bland & Altman 1986). A point stands for N readings; more make it larger.
struct svg_bubble {
    double x, y, n;
};
struct svg_level {
    const char *label;      // over the line, where there are fewer points
    const char *class_name; // "svg-interval", "svg-worthwhile", "svg-zero"
    double y;               // NaN: not drawn
    double low, high;       // its interval, as a band; NaN for none
};
struct svg_scatter {
    const struct svg_bubble *points;
    size_t n;
    const struct svg_level *levels;
    size_t n_levels;
    const char *x_unit, *y_unit;
};
void svg_scatter(struct buf *out, const struct svg_words *words, const struct svg_scatter *s);

// A bar in parts (spent, committed, left), values of at least 0. CLASS_NAME: svg-spent,
// svg-committed, svg-left, svg-good, svg-warn. With labels it is 480 wide with a key; when all are
// NULL 120 by 12, for a table's cell.
struct svg_part {
    const char *label, *class_name;
    double value;
};
void svg_bar(
    struct buf *out, const struct svg_words *words, const struct svg_part *parts, size_t n);

// A small interval for a table's cell: 120 by 16.
void svg_spark(struct buf *out, const struct svg_words *words, struct svg_interval i, double zero,
    double worthwhile);

// A map. Geometry is in degrees (WGS 84), drawn equirectangular about the middle latitude,
// simplified to half a pixel; areas may carry a class, points a link.
struct svg_map;
struct svg_map *svg_map_new(struct arena *a, int width_px);
// GEOJSON is one Polygon, MultiPolygon, Point or MultiPoint geometry (RFC 7946), of at most 8 MB:
// ERR_INVALID when it isn't, ERR_UNSUPPORTED for other types; the map is then as before. Words are
// copied. An HREF that leads elsewhere than to this site or to http(s) makes no link.
CHECKED enum err svg_map_area(struct svg_map *m, const char *geojson, const char *class_name,
    const char *label, const char *href);
void svg_map_point(struct svg_map *m, double lon, double lat, const char *class_name,
    const char *label, const char *href);
// Once a map: the geometry is simplified in place.
void svg_map_write(struct buf *out, const struct svg_words *words, struct svg_map *m);
