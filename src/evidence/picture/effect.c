// SPDX-License-Identifier: Apache-2.0
// An effect with its interval, zero and the smallest effect worth having.
#include "draw.h"

enum { ROWS_DRAWN = 40 };

#define PITCH 74.0 // of one row: its label over the whisker, its numbers at it

struct effect {
    struct pic p;
    const struct ph_effect_picture *e;
    size_t n; // rows drawn
    double delta, zero;
    struct pic_scale scale;
    double top, bottom;
    int decimals;
};

static bool drawn(double value)
{
    return ev_pic_drawable(value);
}

static void find_scale(struct effect *d)
{
    struct pic_range r = { 0 };
    double width = NAN;
    for (size_t i = 0; i < d->n; i++) {
        const struct ph_effect_row *row = &d->e->row[i];
        ev_pic_see(&r, row->estimate);
        ev_pic_see(&r, row->interval.lo);
        ev_pic_see(&r, row->interval.hi);
        double own = row->interval.hi - row->interval.lo;
        width = own > 0 && !(width <= own) ? own : width;
    }
    ev_pic_see(&r, d->zero);
    ev_pic_see(&r, d->delta);
    ev_pic_see(&r, d->e->kind == PH_EFFECT_WITHIN ? -d->delta : NAN);
    d->decimals = ev_pic_decimals(width > 0 && drawn(width) ? width : r.high - r.low);
    ev_pic_widen(&r, 0.06);
    d->scale = (struct pic_scale){ r.low, r.high, 8, PIC_WIDTH - 8 };
}

// ---- Zero and delta ----------------------------------------------------------------------------

// The field is what is wanted.
static void put_field(struct effect *d, double x)
{
    struct pic *p = &d->p;
    double from = d->scale.from;
    double to = d->scale.to;
    if (d->e->kind == PH_EFFECT_WITHIN) {
        from = ev_pic_at(&d->scale, -d->delta);
        to = x;
    } else if (d->e->kind == PH_EFFECT_LEVEL ? p->o->direction == PH_HIGHER_IS_BETTER
                                             : d->delta > 0) {
        from = x;
    } else {
        to = x;
    }
    ev_pic_rect(p, LOOK_BEYOND, from, d->top, to - from, d->bottom - d->top);
}

static void place_rules(struct effect *d, struct pic_rules *rules)
{
    static const enum phrase zeros[] = { PHRASE_NO_EFFECT, PHRASE_NO_EFFECT, PHRASE_NO_DIFFERENCE };
    static const enum phrase deltas[] = { PHRASE_WORTH_HAVING, PHRASE_ASKED_FOR, PHRASE_ALLOWED };
    *rules = (struct pic_rules){ .zero = d->zero,
        .delta = d->delta,
        .other = d->e->kind == PH_EFFECT_WITHIN ? -d->delta : NAN,
        .zero_words = zeros[d->e->kind],
        .delta_words = deltas[d->e->kind] };
    d->top = 8 + ev_pic_rules_lines(&d->p, rules, &d->scale) * PIC_LINE;
    d->bottom = d->top + (double)d->n * PITCH + 4;
}

// Which side is better, under the axis: words and arrows, not colours.
static double put_sides(struct effect *d, double y)
{
    struct pic *p = &d->p;
    if (d->e->kind != PH_EFFECT_CHANGE) {
        return y;
    }
    bool right = p->o->direction == PH_HIGHER_IS_BETTER;
    char words[PIC_WORDS];
    snprintf(words, sizeof(words), "\xe2\x86\x90 %s",
        ev_pic_phrase(p, right ? PHRASE_WORSE : PHRASE_BETTER));
    ev_pic_text(p, LOOK_NAME, 0, y + PIC_LINE - 6, ANCHOR_START, words, PIC_WIDTH / 2);
    snprintf(words, sizeof(words), "%s \xe2\x86\x92",
        ev_pic_phrase(p, right ? PHRASE_BETTER : PHRASE_WORSE));
    ev_pic_text(p, LOOK_NAME, PIC_WIDTH, y + PIC_LINE - 6, ANCHOR_END, words, PIC_WIDTH / 2);
    return y + PIC_LINE;
}

// ---- Rows --------------------------------------------------------------------------------------

// The estimate over its mark, the limits under their ends where they don't touch.
static void put_numbers(struct effect *d, const struct ph_effect_row *row, double y)
{
    struct pic *p = &d->p;
    char text[PIC_NUMBER];
    char low[PIC_NUMBER];
    char high[PIC_NUMBER];
    if (drawn(row->estimate)) {
        ev_pic_number(p, row->estimate, d->decimals, text);
        ev_pic_text_within(p, LOOK_VALUE, ev_pic_at(&d->scale, row->estimate), y - 11, text);
    }
    ev_pic_number(p, row->interval.lo, d->decimals, low);
    ev_pic_number(p, row->interval.hi, d->decimals, high);
    double room = (ev_pic_text_width(low) + ev_pic_text_width(high)) / 2 + PIC_CHAR;
    double from = ev_pic_in(&d->scale, row->interval.lo);
    double to = ev_pic_in(&d->scale, row->interval.hi);
    if (drawn(row->interval.lo) && drawn(row->interval.hi) && to - from >= room) {
        ev_pic_text_within(p, LOOK_LIMIT, from, y + PIC_LINE, low);
        ev_pic_text_within(p, LOOK_LIMIT, to, y + PIC_LINE, high);
    } else if (drawn(row->interval.lo) && drawn(row->interval.hi)) {
        char both[2 * PIC_NUMBER + 8];
        snprintf(both, sizeof(both), "%s \xe2\x80\x93 %s", low, high);
        ev_pic_text_within(p, LOOK_LIMIT, (from + to) / 2, y + PIC_LINE, both);
    } else if (drawn(row->interval.lo)) {
        ev_pic_text_within(p, LOOK_LIMIT, from, y + PIC_LINE, low);
    } else if (drawn(row->interval.hi)) {
        ev_pic_text_within(p, LOOK_LIMIT, to, y + PIC_LINE, high);
    }
}

static void put_row(struct effect *d, const struct ph_effect_row *row, double top)
{
    struct pic *p = &d->p;
    double y = top + 47;
    bool single = d->n == 1 && !row->label;
    y -= single ? 9 : 0;
    ev_pic_whisker(p, row->lighter ? LOOK_LIGHT : LOOK_INTERVAL, &d->scale, row->interval, y, 6);
    if (drawn(row->estimate)) {
        ev_pic_dot(p, row->lighter ? LOOK_HOLLOW : LOOK_MARK, ev_pic_at(&d->scale, row->estimate),
            y, row->lighter ? 4.5 : 6);
    }
    put_numbers(d, row, y);
    if (row->label) {
        ev_pic_text(p, LOOK_NAME, 0, top + 15, ANCHOR_START, row->label, PIC_WIDTH);
    }
}

// ---- Words -------------------------------------------------------------------------------------

static const char *label_of(const struct effect *d, const struct ph_effect_row *row)
{
    return row->label ? row->label : ev_pic_unit(&d->p);
}

static void tell_row(struct effect *d, const struct ph_effect_row *row)
{
    struct pic *p = &d->p;
    char estimate[PIC_NUMBER];
    char level[PIC_NUMBER];
    char low[PIC_NUMBER];
    char high[PIC_NUMBER];
    ev_pic_number(p, row->estimate, d->decimals, estimate);
    ev_pic_number(p, row->interval.lo, d->decimals, low);
    ev_pic_number(p, row->interval.hi, d->decimals, high);
    ev_pic_level(p, drawn(row->level) ? row->level : 0.95, level);
    if (isnan(row->estimate)) {
        snprintf(estimate, sizeof(estimate), "%s", ev_pic_phrase(p, PHRASE_UNKNOWN));
    }
    if (isnan(row->interval.lo) || isnan(row->interval.hi)) {
        PIC_TELL(p, PHRASE_EFFECT_TELL_BARE, "label", label_of(d, row), "estimate", estimate, NULL);
    } else {
        PIC_TELL(p, PHRASE_EFFECT_TELL, "label", label_of(d, row), "estimate", estimate, "level",
            level, "low", low, "high", high, NULL);
    }
}

// What the interval on which the decision rests is sure of.
static void tell_sides(struct effect *d, const struct ph_effect_row *row)
{
    static const enum phrase tells[] = { PHRASE_DELTA_TELL, PHRASE_FLOOR_TELL, PHRASE_WITHIN_TELL };
    struct pic *p = &d->p;
    bool lower = p->o->direction == PH_LOWER_IS_BETTER;
    double low = lower ? -row->interval.hi : row->interval.lo;
    double high = lower ? -row->interval.lo : row->interval.hi;
    double line = lower ? -d->delta : d->delta;
    if (isnan(low) || isnan(high)) {
        return;
    }
    if (d->e->kind == PH_EFFECT_CHANGE) {
        PIC_TELL(p,
            low > 0    ? PHRASE_SURE_SIDE_BETTER
            : high < 0 ? PHRASE_SURE_SIDE_WORSE
                       : PHRASE_SURE_SIDE_NONE,
            NULL);
    }
    if (drawn(d->delta)) {
        char delta[PIC_NUMBER];
        ev_pic_number(p, d->delta, d->decimals, delta);
        PIC_TELL(p, tells[d->e->kind], "delta", delta, NULL);
        if (d->e->kind == PH_EFFECT_CHANGE && (low >= line || high < line)) {
            PIC_TELL(p, low >= line ? PHRASE_SURE_WORTH : PHRASE_SURE_NOT_WORTH, NULL);
        }
    }
}

static void put_table(struct effect *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_WHAT, PHRASE_ESTIMATE, PHRASE_FROM, PHRASE_TO };
    for (size_t i = 0; i < 4; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->e->n; i++) {
        const struct ph_effect_row *row = &d->e->row[i];
        ev_pic_cell(p, label_of(d, row));
        ev_pic_cell_number(p, row->estimate, d->decimals);
        ev_pic_cell_number(p, row->interval.lo, d->decimals);
        ev_pic_cell_number(p, row->interval.hi, d->decimals);
    }
}

char *ph_picture_effect(
    const struct ph_picture_options *options, const struct ph_effect_picture *picture)
{
    struct effect d = { .e = picture };
    struct pic_rules rules;
    if (!picture || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    d.n = picture->n < ROWS_DRAWN ? picture->n : ROWS_DRAWN;
    d.zero = picture->kind == PH_EFFECT_LEVEL ? NAN : 0;
    // A level that is asked for is what it is; an effect's delta has the sign of what is better.
    d.delta = picture->kind == PH_EFFECT_CHANGE ? ev_pic_delta(p) : options->delta;
    ev_pic_title(p, PHRASE_EFFECT_TITLE);
    find_scale(&d);
    place_rules(&d, &rules);
    if (drawn(d.delta)) {
        put_field(&d, rules.delta_x);
    }
    double below = ev_pic_axis(p, &d.scale, d.top, d.bottom);
    ev_pic_rules_put(p, &rules, d.top, d.bottom);
    for (size_t i = 0; i < d.n; i++) {
        put_row(&d, &picture->row[i], d.top + (double)i * PITCH);
        tell_row(&d, &picture->row[i]);
    }
    if (d.n > 0) {
        tell_sides(&d, &picture->row[0]);
    } else {
        PIC_TELL(p, PHRASE_NOTHING, NULL);
    }
    below = put_sides(&d, below - 6);
    put_table(&d);
    return ev_pic_end(p, "svg-effect", below + 2);
}

char *ph_picture_result(const struct ph_picture_options *options, const struct ph_result *result)
{
    struct ph_effect_row row = {
        .estimate = result->estimate, .interval = result->interval, .level = result->level
    };
    struct ph_effect_picture picture = { .row = &row, .n = 1 };
    return ph_picture_effect(options, &picture);
}
