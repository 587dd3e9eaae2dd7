// SPDX-License-Identifier: Apache-2.0
// What the pictures share. A picture is 480 units wide and scales with its column. Where the column
// is narrow a style sheet enlarges the words, so every place for words is reckoned for large ones,
// PIC_CHAR units a character.
#pragma once

#include "internal.h"

#include <stdio.h>

#define PIC_WIDTH 480.0
#define PIC_CHAR  10.5 // of the large size, on average
#define PIC_LINE  22.0 // between lines of words

enum { PIC_WORDS = 600, PIC_NUMBER = 80 };

// ---- A picture in the making -------------------------------------------------------------------

struct pic {
    const struct ph_picture_options *o;
    FILE *body;
    char *body_text;
    size_t body_len;
    FILE *desc;
    char *desc_text;
    size_t desc_len;
    char title[PIC_WORDS];
    struct ph_picture_table table;
    size_t filled, rows_room; // cells that the table has; rows that it has room for
    bool failed;
};

// False without memory or with options of another version; then there is nothing to end.
bool ev_pic_begin(struct pic *p, const struct ph_picture_options *o);
// The whole text, or NULL; P is released. CLASS_NAME goes with "svg".
char *ev_pic_end(struct pic *p, const char *class_name, double height);

// ---- words.c -----------------------------------------------------------------------------------

enum phrase {
#define PHRASE(id, text) PHRASE_##id,
#include "phrases.h"
#undef PHRASE
    PHRASES,
};

// The phrase with its {names} replaced: PAIRS are a name and a text each, ended by NULL.
void ev_pic_say(
    struct pic *p, char *buf, size_t size, enum phrase phrase, const char *const *pairs);
#define PIC_SAY(p, buf, size, phrase, ...)                                                         \
    ev_pic_say(p, buf, size, phrase, (const char *const[]){ __VA_ARGS__ })
const char *ev_pic_phrase(const struct pic *p, enum phrase phrase); // without names
void ev_pic_title(struct pic *p, enum phrase phrase);               // where the options have none
// A sentence of the description.
void ev_pic_tell(struct pic *p, enum phrase phrase, const char *const *pairs);
#define PIC_TELL(p, phrase, ...) ev_pic_tell(p, phrase, (const char *const[]){ __VA_ARGS__ })

// X with DECIMALS digits behind the point, at most PIC_NUMBER - 1 bytes.
void ev_pic_number(const struct pic *p, double x, int decimals, char buf[PIC_NUMBER]);
// As many digits as a number needs that is known within WIDTH.
int ev_pic_decimals(double width);
void ev_pic_time(const struct pic *p, double t, char buf[PIC_NUMBER]);
void ev_pic_percent(const struct pic *p, double share, char buf[PIC_NUMBER]);
const char *ev_pic_unit(const struct pic *p);
const char *ev_pic_time_unit(const struct pic *p);
// "95%", for words about intervals.
void ev_pic_level(const struct pic *p, double level, char buf[PIC_NUMBER]);
double ev_pic_text_width(const char *text);

// ---- table.c -----------------------------------------------------------------------------------

void ev_pic_heading(struct pic *p, const char *text);
// Cells go row by row, once all headings are there.
void ev_pic_cell(struct pic *p, const char *text);
void ev_pic_cell_number(struct pic *p, double x, int decimals);
void ev_pic_cell_time(struct pic *p, double t);

// ---- shapes ------------------------------------------------------------------------------------

// The attributes that go with a class where no style sheet speaks: see style.c.
enum look {
    LOOK_AXIS,
    LOOK_GRID,
    LOOK_ZERO,
    LOOK_DELTA,    // the smallest effect worth having
    LOOK_BEYOND,   // what would be worth having, as a field
    LOOK_CHANGE,   // where something started
    LOOK_BEFORE,   // the time before it, as a field
    LOOK_INTERVAL, // what the decision rests on
    LOOK_LIGHT,    // another interval beside it
    LOOK_EXPECTED, // where a next one is expected; dashed
    LOOK_MARK,
    LOOK_HOLLOW,
    LOOK_LINE,    // the first series: measured
    LOOK_OTHER,   // the second: expected, synthetic; dashed
    LOOK_PLACEBO, // many in the background
    LOOK_BAND,
    LOOK_MARGIN, // a wider band
    LOOK_POINT,  // many points
    LOOK_BAR,
    LOOK_TRACK,   // what a bar could reach
    LOOK_WARNING, // a mark that misleads
    LOOK_TICK,    // words from here on
    LOOK_UNIT,
    LOOK_NAME,
    LOOK_NAME_LINE,  // the name of a series, in its colour
    LOOK_NAME_OTHER, // of the second
    LOOK_RULE,       // over a line across
    LOOK_VALUE,      // a number beside its mark
    LOOK_LIMIT,      // and at the end of an interval
    LOOKS,
};
const char *ev_pic_look(enum look look); // ' class="svg-axis" stroke="..."'
extern const char ev_pic_style[];        // for a file that stands alone

// At most MOST bytes of TEXT, as XML; what is no UTF-8 is replaced, controls become blanks.
void ev_pic_escape(FILE *out, const char *text, size_t most);
// The same without the escapes.
void ev_pic_clean(FILE *out, const char *text, size_t most);
void ev_pic_coord(FILE *out, double x); // at most one decimal
void ev_pic_pair(struct pic *p, char command, double x, double y);
void ev_pic_line(struct pic *p, enum look look, double x1, double y1, double x2, double y2);
void ev_pic_rect(struct pic *p, enum look look, double x, double y, double width, double height);
void ev_pic_dot(struct pic *p, enum look look, double x, double y, double r);
void ev_pic_path(struct pic *p, enum look look); // opens; coordinates follow
void ev_pic_path_end(struct pic *p);

enum shape { SHAPE_CIRCLE, SHAPE_SQUARE, SHAPE_DIAMOND, SHAPE_TRIANGLE };
void ev_pic_shape(struct pic *p, enum look look, enum shape shape, double x, double y, double r);

// How many bytes of WORDS go on a line of MOST.
size_t ev_pic_line_end(const char *words, size_t most);

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };
// TEXT, cut to ROOM units with an ellipsis.
void ev_pic_text(struct pic *p, enum look look, double x, double y, enum anchor anchor,
    const char *text, double room);
// The same at X as its middle, moved inside the picture.
void ev_pic_text_within(struct pic *p, enum look look, double x, double y, const char *text);
// A column of names at the left: its width, or 0 where they are too long for one and stand over
// their rows.
double ev_pic_column(const char *const *names, size_t n);

// ---- scale.c -----------------------------------------------------------------------------------

// A number that may be drawn; those beyond 1e100 measure nothing and would overflow.
static inline bool ev_pic_drawable(double x)
{
    return x > -1e100 && x < 1e100;
}

struct pic_range {
    double low, high;
    bool any;
};
void ev_pic_see(struct pic_range *r, double x);
void ev_pic_widen(struct pic_range *r, double share); // with room at both ends; of nothing 0 to 1

struct pic_scale {
    double low, high; // values, low < high
    double from, to;  // units
};
double ev_pic_at(const struct pic_scale *s, double x);
// The same, kept within the ends.
double ev_pic_in(const struct pic_scale *s, double x);

// Ticks at 1, 2 or 5 times a power of ten: tick i is at i steps. Large numbers are written in
// thousands, millions ...: DIVISOR.
struct pic_ticks {
    double step, divisor;
    long first, last;
};
struct pic_ticks ev_pic_ticks(double low, double high, int most);
double ev_pic_tick(const struct pic_ticks *t, long i);
void ev_pic_tick_text(const struct pic *p, const struct pic_ticks *t, long i, char buf[PIC_NUMBER]);
double ev_pic_ticks_width(const struct pic *p, const struct pic_ticks *t);
// The unit with "in millions" behind it where the ticks are.
void ev_pic_unit_of(struct pic *p, const struct pic_ticks *t, char buf[PIC_WORDS]);

// A horizontal axis of values under Y: grid up to TOP, numbers, and the unit under them.
// Returns the y below it.
double ev_pic_axis(struct pic *p, const struct pic_scale *s, double top, double y);

// Zero and the smallest effect worth having, across a picture whose values go to the right.
struct pic_rules {
    double zero, delta, other; // NAN: none; OTHER is delta's other side
    enum phrase zero_words, delta_words;
    double zero_x, delta_x, other_x; // from here on set by ev_pic_rules_lines()
    double zero_at, delta_at;        // of the words
    enum anchor zero_anchor, delta_anchor;
    bool raised; // delta's words stand over zero's
};
// How many lines of words they need.
int ev_pic_rules_lines(const struct pic *p, struct pic_rules *r, const struct pic_scale *s);
void ev_pic_rules_put(struct pic *p, const struct pic_rules *r, double top, double bottom);

// A panel with time (or another number) across and values up.
struct pic_panel {
    struct pic_scale x, y;
    struct pic_ticks y_ticks;
    double left, right, top, bottom;
    bool whole;   // times are counted: no tick between two
    bool numbers; // not times but other numbers stand across
};
// The values' scale from at most MOST + 1 ticks that enclose R, and the left edge that they need.
// TOP and BOTTOM are set.
void ev_pic_panel_y(struct pic *p, struct pic_panel *panel, struct pic_range r, int most);
void ev_pic_panel_x(struct pic_panel *panel, struct pic_range r);
// Grid and numbers of the values; the zero line stands out.
void ev_pic_panel_values(struct pic *p, const struct pic_panel *panel);
// Times under it; without WORDS only the marks.
void ev_pic_panel_times(struct pic *p, const struct pic_panel *panel, bool words);
// A line of values through the panel, a few points for each half unit of its width, cut at what is
// not known and kept within the panel. N any size.
void ev_pic_panel_line(struct pic *p, const struct pic_panel *panel, enum look look,
    const double *x, const double *y, size_t n);
void ev_pic_panel_band(struct pic *p, const struct pic_panel *panel, enum look look,
    const double *x, const double *low, const double *high, size_t n);
// The line where something started, with its words over the panel; NULL: none.
void ev_pic_panel_start(struct pic *p, const struct pic_panel *panel, double x, const char *words);
// The smallest effect worth having, as a line and, right of FROM, a field beyond it.
void ev_pic_panel_delta(struct pic *p, const struct pic_panel *panel, double from);
// What the line is; returns the y below the words.
double ev_pic_note_delta(struct pic *p, const struct pic_panel *panel, double y);

// The names of two lines where they end, told apart by their place; moved apart where they would
// touch. ev_pic_names_width() is the room that they need at the right.
struct pic_end {
    enum look look;
    enum phrase name;
    double y; // value
};
double ev_pic_names_width(const struct pic *p, const struct pic_end *ends, size_t n);
void ev_pic_names(struct pic *p, const struct pic_panel *panel, struct pic_end *ends, size_t n);
// Points, one for each that stands apart from the others.
void ev_pic_points(
    struct pic *p, const struct pic_panel *panel, const double *x, const double *y, size_t n);
// The panel's unit in the picture's first line.
void ev_pic_panel_unit(struct pic *p, const struct pic_panel *panel);
// The words of the times under the panel; returns the y below them.
double ev_pic_panel_time_unit(struct pic *p, const struct pic_panel *panel, const char *words);
// Words that explain, over as many lines as they need from Y on; returns the y below them.
double ev_pic_note(struct pic *p, double y, const char *words);

// A horizontal whisker at height Y: caps where the ends are finite, arrows where not.
void ev_pic_whisker(struct pic *p, enum look look, const struct pic_scale *s, struct ph_interval i,
    double y, double cap);
// The same upright at X.
void ev_pic_upright(struct pic *p, enum look look, const struct pic_scale *s, struct ph_interval i,
    double x, double cap);

// Delta turned the way that is better: -delta where lower is. NAN where none is drawn.
double ev_pic_delta(const struct pic *p);
