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
    int line; // on which its label stands
};

// The label keeps inside the picture and its rule near its middle.
static double label_start(const struct rule *r)
{
    double width = fmin(svg_text_width(r->label), SVG_WIDTH);
    return fmin(fmax(r->x - width / 2, 0), SVG_WIDTH - width);
}

static bool labels_touch(const struct rule *a, const struct rule *b)
{
    double a_from = label_start(a), b_from = label_start(b);
    return a_from < b_from + svg_text_width(b->label) + SVG_CHAR &&
           b_from < a_from + svg_text_width(a->label) + SVG_CHAR;
}

static bool drawn(const struct rule *r)
{
    return isfinite(r->value);
}

static void put_rule(struct buf *out, const struct rule *r, double bottom)
{
    double top = r->label ? (r->line + 1) * SVG_LINE : 0;
    svg_stroke(out, r->class_name, r->x, top, r->x, bottom);
    if (r->label) {
        double middle = label_start(r) + fmin(svg_text_width(r->label), SVG_WIDTH) / 2;
        // Near an edge the words begin or end there, whatever their real width.
        enum svg_anchor anchor = fabs(middle - r->x) < 1 ? SVG_MIDDLE
                                 : middle > r->x         ? SVG_START
                                                         : SVG_END;
        double x = anchor == SVG_MIDDLE ? r->x : anchor == SVG_START ? 0 : SVG_WIDTH;
        svg_label(out, "svg-rule-label", x, top - 6, anchor, r->label, SVG_WIDTH);
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
    struct rule zero = { "svg-zero", f->zero_label, f->zero, 0, 0 };
    struct rule worth = { "svg-worthwhile", f->worthwhile_label, f->worthwhile, 0, 0 };
    struct layout at = lay_out(f, 0);
    struct svg_scale s = { range.low, range.high, at.left, SVG_WIDTH - 8 };
    zero.x = svg_at(&s, drawn(&zero) ? zero.value : range.low);
    worth.x = svg_at(&s, drawn(&worth) ? worth.value : range.low);
    bool zero_words = drawn(&zero) && zero.label, worth_words = drawn(&worth) && worth.label;
    worth.line = zero_words && worth_words && labels_touch(&zero, &worth) ? 1 : 0;
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
