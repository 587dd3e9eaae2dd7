// SPDX-License-Identifier: Apache-2.0
// What the pictures share; for svg*.c only.
//
// A chart is drawn in a box 480 units wide and scales with its column. So that words stay legible
// on a telephone the style sheet enlarges them there (assets/style/_charts.scss); every place for
// words here is reckoned for those large ones, SVG_CHAR units a character.
#pragma once

#include "svg.h"

#define SVG_WIDTH 480.0
#define SVG_CHAR  10.5 // of the large size, on average
#define SVG_LINE  22.0 // between lines of words

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

// Opens the picture with its title and description. SEED: svg_hash() of what is drawn, so that two
// pictures with the same title on one page have their own ids. LINKS: it is no image but a group of
// links.
void svg_open(struct buf *out, const struct svg_words *words, const char *class_name, double width,
    double height, uint64_t seed, bool links);
void svg_close(struct buf *out);
uint64_t svg_hash(uint64_t seed, const void *data, size_t len);

void svg_escape(struct buf *out, const char *text);
// At most one decimal.
void svg_coord(struct buf *out, double x);
void svg_pair(struct buf *out, char command, double x, double y); // of a path: "M1.5 2"
void svg_stroke(
    struct buf *out, const char *class_name, double x1, double y1, double x2, double y2);
void svg_rect(
    struct buf *out, const char *class_name, double x, double y, double width, double height);
void svg_dot(struct buf *out, const char *class_name, double x, double y, double r);
// TEXT, cut to ROOM units with "…".
void svg_label(struct buf *out, const char *class_name, double x, double y, enum svg_anchor anchor,
    const char *text, double room);
double svg_text_width(const char *text);

// A number that may be drawn; those beyond 1e100 measure nothing and would overflow.
static inline bool svg_drawable(double value)
{
    return value > -1e100 && value < 1e100;
}

// From values to units.
struct svg_scale {
    double low, high; // values, low < high
    double from, to;  // units
};
double svg_at(const struct svg_scale *s, double value);

// The values seen so far, drawable ones only.
struct svg_range {
    double low, high;
    bool any;
};
void svg_see(struct svg_range *r, double value);
// With room at both ends; of nothing 0 to 1.
void svg_widen(struct svg_range *r, double share);

// Ticks at 1, 2 or 5 times a power of ten.
struct svg_ticks {
    double step;
    long first, last; // tick i is at i steps
};
// At most MOST of them within the range.
struct svg_ticks svg_ticks(double low, double high, int most);
double svg_tick(const struct svg_ticks *t, long i);
void svg_number(struct buf *out, const struct svg_words *words, double x);
double svg_ticks_width(const struct svg_ticks *t, const struct svg_words *words); // of the widest
// As many as there is room for under an axis.
struct svg_ticks svg_ticks_across(const struct svg_scale *s, const struct svg_words *words);
// Tick marks and numbers under Y, grid lines up to TOP.
void svg_axis(struct buf *out, const struct svg_scale *s, const struct svg_words *words, double top,
    double y);
// Whisker with caps, and a dot; what is NaN is left out, what is infinite ends at the edge without
// a cap.
void svg_whisker(struct buf *out, const struct svg_scale *s, struct svg_interval i, double y,
    double cap, double dot);
