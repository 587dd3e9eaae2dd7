// SPDX-License-Identifier: Apache-2.0
#include "svg_draw.h"

#include <math.h>

// Short labels stand left of their interval, long ones above it.
struct layout {
    double left;  // where the intervals begin
    double pitch; // from row to row
    double top;   // of the first row
    bool above;
};

static struct layout lay_out(const struct svg_forest *f, double top)
{
    double widest = 0;
    for (size_t i = 0; i < f->n; i++) {
        widest = fmax(widest, f->rows[i].label ? svg_text_width(f->rows[i].label) : 0);
    }
    bool above = widest > 0.32 * SVG_WIDTH;
    return (struct layout){
        .left = above || widest == 0 ? 8 : widest + 14,
        .pitch = above         ? 46
                 : widest == 0 ? 44
                               : 30,
        .top = top,
        .above = above,
    };
}

struct rule {
    const char *class_name, *label;
    double value, x;
    int line;    // on which its label stands
    double from; // where the label starts
    enum svg_anchor anchor;
};

static double label_width(const struct rule *r)
{
    return fmin(svg_text_width(r->label), SVG_WIDTH);
}

// The label stands over its rule where it can; near an edge it begins or ends there.
static void put_over(struct rule *r)
{
    double from = r->x - label_width(r) / 2, most = SVG_WIDTH - label_width(r);
    r->anchor = from < 0 ? SVG_START : from > most ? SVG_END : SVG_MIDDLE;
    r->from = fmin(fmax(from, 0), most);
}

// Places both labels: over their rules, or pointing away from each other, or on two lines.
static void place_labels(struct rule *a, struct rule *b)
{
    struct rule *left = a->x <= b->x ? a : b, *right = left == a ? b : a;
    put_over(left);
    put_over(right);
    if (left->from + label_width(left) + SVG_CHAR <= right->from) {
        return;
    }
    double left_from = left->x + 4 - label_width(left);
    if (left_from >= 0 && right->x - 4 + label_width(right) <= SVG_WIDTH &&
        right->x - left->x > 16) {
        left->anchor = SVG_END;
        left->from = left_from;
        right->anchor = SVG_START;
        right->from = right->x - 4;
    } else {
        b->line = 1;
    }
}

static bool drawn(const struct rule *r)
{
    return svg_drawable(r->value);
}

static void put_rule(struct buf *out, const struct rule *r, double bottom)
{
    double top = r->label ? (r->line + 1) * SVG_LINE : 0;
    svg_stroke(out, r->class_name, r->x, top, r->x, bottom);
    if (r->label) {
        double x = r->anchor == SVG_START ? r->from
                   : r->anchor == SVG_END ? r->from + label_width(r)
                                          : r->x;
        svg_label(out, "svg-rule-label", x, top - 6, r->anchor, r->label, SVG_WIDTH);
    }
}

static struct svg_range forest_range(const struct svg_forest *f)
{
    struct svg_range range = { 0 };
    for (size_t i = 0; i < f->n; i++) {
        svg_see(&range, f->rows[i].point);
        svg_see(&range, f->rows[i].low);
        svg_see(&range, f->rows[i].high);
    }
    svg_see(&range, f->zero);
    svg_see(&range, f->worthwhile);
    svg_widen(&range, 0.05);
    return range;
}

static uint64_t forest_seed(const struct svg_forest *f)
{
    uint64_t seed = f->n;
    for (size_t i = 0; i < f->n; i++) {
        double values[] = { f->rows[i].point, f->rows[i].low, f->rows[i].high };
        seed = svg_hash(seed, values, sizeof(values));
    }
    return seed;
}

static void put_rows(
    struct buf *out, const struct svg_forest *f, const struct svg_scale *s, const struct layout *at)
{
    for (size_t i = 0; i < f->n; i++) {
        double y = at->top + (double)i * at->pitch;
        double middle = at->above ? y + 33 : y + at->pitch / 2;
        if (f->rows[i].label) {
            svg_label(out, "svg-name", 0, at->above ? y + 18 : middle + 5, SVG_START,
                f->rows[i].label, at->above ? SVG_WIDTH : at->left);
        }
        svg_whisker(out, s, f->rows[i], middle, 5, 5);
    }
}

void svg_forest(struct buf *out, const struct svg_words *words, const struct svg_forest *f)
{
    struct svg_range range = forest_range(f);
    struct rule zero = { "svg-zero", f->zero_label, .value = f->zero };
    struct rule worth = { "svg-worthwhile", f->worthwhile_label, .value = f->worthwhile };
    struct layout at = lay_out(f, 0);
    struct svg_scale s = { range.low, range.high, at.left, SVG_WIDTH - 8 };
    zero.x = svg_at(&s, drawn(&zero) ? zero.value : range.low);
    worth.x = svg_at(&s, drawn(&worth) ? worth.value : range.low);
    bool zero_words = drawn(&zero) && zero.label, worth_words = drawn(&worth) && worth.label;
    if (zero_words && worth_words) {
        place_labels(&zero, &worth);
    } else if (zero_words || worth_words) {
        put_over(zero_words ? &zero : &worth);
    }
    at.top = zero_words || worth_words ? (worth.line + 1) * SVG_LINE + 4 : 4;
    double bottom = at.top + (double)f->n * at.pitch + 4;
    double height = bottom + SVG_LINE + 4 + (f->unit ? SVG_LINE : 0);

    svg_open(out, words, "svg-forest", SVG_WIDTH, height, forest_seed(f), false);
    if (drawn(&worth)) { // what would be worth having, as a field
        bool right = !drawn(&zero) || worth.value >= zero.value;
        double from = right ? worth.x : s.from, to = right ? s.to : worth.x;
        svg_rect(out, "svg-beyond", from, at.top, to - from, bottom - at.top);
    }
    svg_axis(out, &s, words, at.top, bottom);
    if (drawn(&zero)) {
        put_rule(out, &zero, bottom);
    }
    if (drawn(&worth)) {
        put_rule(out, &worth, bottom);
    }
    put_rows(out, f, &s, &at);
    if (f->unit) {
        svg_label(out, "svg-unit", (s.from + s.to) / 2, bottom + 2 * SVG_LINE - 1, SVG_MIDDLE,
            f->unit, SVG_WIDTH);
    }
    svg_close(out);
}
