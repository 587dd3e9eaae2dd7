// SPDX-License-Identifier: Apache-2.0
// Zero and delta across a picture, with words over them that don't touch.
#include "draw.h"

static double width_of(const struct pic *p, enum phrase words)
{
    return ev_pic_text_width(ev_pic_phrase(p, words));
}

// Words in the middle over X, moved inside the picture.
static double middle_of(double x, double width)
{
    return fmax(width / 2, fmin(x, PIC_WIDTH - width / 2));
}

// Where the words would touch they stand on the outer sides of their lines. Where there is no room
// for that delta's go a line up, and zero's keep clear of its line.
static void part(const struct pic *p, struct pic_rules *r)
{
    double zero = width_of(p, r->zero_words);
    double delta = width_of(p, r->delta_words);
    double apart = fabs(middle_of(r->zero_x, zero) - middle_of(r->delta_x, delta));
    if (apart >= (zero + delta) / 2 + PIC_CHAR) {
        return;
    }
    bool first = r->zero_x <= r->delta_x; // zero is at the left
    double left = first ? r->zero_x + 4 - zero : r->delta_x + 4 - delta;
    double right = first ? r->delta_x - 4 + delta : r->zero_x - 4 + zero;
    if (left >= 0 && right <= PIC_WIDTH && fabs(r->zero_x - r->delta_x) >= 2 * PIC_CHAR) {
        r->zero_anchor = first ? ANCHOR_END : ANCHOR_START;
        r->delta_anchor = first ? ANCHOR_START : ANCHOR_END;
        r->zero_at = r->zero_x + (first ? 4 : -4);
        r->delta_at = r->delta_x + (first ? -4 : 4);
        return;
    }
    r->raised = true;
    bool crossed = fabs(middle_of(r->zero_x, zero) - r->delta_x) < zero / 2 + 4;
    if (crossed && first && r->delta_x - 6 - zero >= 0) {
        r->zero_anchor = ANCHOR_END;
        r->zero_at = r->delta_x - 6;
    } else if (crossed && !first && r->delta_x + 6 + zero <= PIC_WIDTH) {
        r->zero_anchor = ANCHOR_START;
        r->zero_at = r->delta_x + 6;
    }
}

int ev_pic_rules_lines(const struct pic *p, struct pic_rules *r, const struct pic_scale *s)
{
    bool zero = ev_pic_drawable(r->zero);
    bool delta = ev_pic_drawable(r->delta);
    r->zero_x = r->zero_at = zero ? ev_pic_at(s, r->zero) : 0;
    r->delta_x = r->delta_at = delta ? ev_pic_at(s, r->delta) : 0;
    r->other_x = ev_pic_drawable(r->other) ? ev_pic_at(s, r->other) : 0;
    r->zero_anchor = r->delta_anchor = ANCHOR_MIDDLE;
    r->raised = false;
    if (zero && delta) {
        part(p, r);
    }
    return r->raised ? 2 : zero || delta;
}

static void put_words(struct pic *p, enum phrase words, double x, double y, enum anchor anchor)
{
    const char *text = ev_pic_phrase(p, words);
    if (anchor == ANCHOR_MIDDLE) {
        ev_pic_text_within(p, LOOK_RULE, x, y, text);
    } else {
        ev_pic_text(p, LOOK_RULE, x, y, anchor, text, PIC_WIDTH);
    }
}

void ev_pic_rules_put(struct pic *p, const struct pic_rules *r, double top, double bottom)
{
    if (ev_pic_drawable(r->zero)) {
        ev_pic_line(p, LOOK_ZERO, r->zero_x, top, r->zero_x, bottom);
        put_words(p, r->zero_words, r->zero_at, top - 6, r->zero_anchor);
    }
    if (ev_pic_drawable(r->delta)) {
        double from = r->raised ? top - PIC_LINE : top;
        ev_pic_line(p, LOOK_DELTA, r->delta_x, from, r->delta_x, bottom);
        put_words(p, r->delta_words, r->delta_at, from - 6, r->delta_anchor);
    }
    if (ev_pic_drawable(r->other)) {
        ev_pic_line(p, LOOK_DELTA, r->other_x, top, r->other_x, bottom);
    }
}
