// SPDX-License-Identifier: Apache-2.0
#include "svg_draw.h"
#include "str.h"

#include <math.h>

void svg_escape(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        default:
            // XML takes no control characters but white space.
            buf_putc(out, (unsigned char)*text < ' ' ? ' ' : *text);
        }
    }
}

uint64_t svg_hash(uint64_t seed, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++) {
        seed = (seed ^ bytes[i]) * 0x100000001b3; // FNV-1a
    }
    return seed;
}

void svg_open(struct buf *out, const struct svg_words *words, const char *class_name, double width,
    double height, uint64_t seed, bool links)
{
    seed = svg_hash(seed ^ 0xcbf29ce484222325, words->title, strlen(words->title));
    seed = svg_hash(seed, words->desc, strlen(words->desc));
    seed = svg_hash(seed, &out->len, sizeof(out->len));
    unsigned id = (unsigned)(seed ^ seed >> 32);
    buf_fmt(out, "<svg class=\"svg %s\" viewBox=\"0 0 ", class_name);
    svg_coord(out, width);
    buf_putc(out, ' ');
    svg_coord(out, height);
    buf_fmt(out, "\" role=\"%s\" aria-labelledby=\"t%08x d%08x\"><title id=\"t%08x\">",
        links ? "group" : "img", id, id, id);
    svg_escape(out, words->title);
    buf_fmt(out, "</title><desc id=\"d%08x\">", id);
    svg_escape(out, words->desc);
    buf_puts(out, "</desc>");
}

void svg_close(struct buf *out)
{
    buf_puts(out, "</svg>");
}

void svg_coord(struct buf *out, double x)
{
    double bounded = isfinite(x) ? fmin(fmax(x, -1e6), 1e6) : 0;
    long tenths = lround(bounded * 10);
    if (tenths < 0) {
        buf_putc(out, '-');
        tenths = -tenths;
    }
    if (tenths >= 10 || tenths == 0) {
        buf_i64(out, tenths / 10);
    }
    if (tenths % 10) {
        buf_putc(out, '.');
        buf_putc(out, (char)('0' + tenths % 10));
    }
}

void svg_pair(struct buf *out, char command, double x, double y)
{
    buf_putc(out, command);
    svg_coord(out, x);
    buf_putc(out, ' ');
    svg_coord(out, y);
}

void svg_stroke(struct buf *out, const char *class_name, double x1, double y1, double x2, double y2)
{
    buf_fmt(out, "<path class=\"%s\" d=\"", class_name);
    svg_pair(out, 'M', x1, y1);
    svg_pair(out, 'L', x2, y2);
    buf_puts(out, "\"/>");
}

static void attribute(struct buf *out, const char *name, double x)
{
    buf_fmt(out, " %s=\"", name);
    svg_coord(out, x);
    buf_putc(out, '"');
}

void svg_rect(
    struct buf *out, const char *class_name, double x, double y, double width, double height)
{
    buf_puts(out, "<rect class=\"");
    svg_escape(out, class_name);
    buf_putc(out, '"');
    attribute(out, "x", x);
    attribute(out, "y", y);
    attribute(out, "width", fmax(width, 0));
    attribute(out, "height", height);
    buf_puts(out, "/>");
}

void svg_dot(struct buf *out, const char *class_name, double x, double y, double r)
{
    buf_puts(out, "<circle class=\"");
    svg_escape(out, class_name);
    buf_putc(out, '"');
    attribute(out, "cx", x);
    attribute(out, "cy", y);
    attribute(out, "r", r);
    buf_puts(out, "/>");
}

double svg_text_width(const char *text)
{
    return (double)str_chars(text) * SVG_CHAR;
}

void svg_label(struct buf *out, const char *class_name, double x, double y, enum svg_anchor anchor,
    const char *text, double room)
{
    static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };
    buf_fmt(out, "<text class=\"%s\"%s", class_name, anchors[anchor]);
    attribute(out, "x", x);
    attribute(out, "y", y);
    buf_putc(out, '>');
    if (svg_text_width(text) <= room) {
        svg_escape(out, text);
    } else {
        size_t keep = room > 2 * SVG_CHAR ? (size_t)(room / SVG_CHAR) - 1 : 1, len = 0;
        while (text[len] && (keep > 0 || ((unsigned char)text[len] & 0xc0) == 0x80)) {
            len++;
            keep -= keep && ((unsigned char)text[len] & 0xc0) != 0x80;
        }
        char cut[512];
        snprintf(cut, sizeof(cut), "%.*s…", (int)(len < 500 ? len : 0), text);
        svg_escape(out, cut);
        buf_puts(out, "<title>");
        svg_escape(out, text);
        buf_puts(out, "</title>");
    }
    buf_puts(out, "</text>");
}

double svg_at(const struct svg_scale *s, double value)
{
    return s->from + (value - s->low) / (s->high - s->low) * (s->to - s->from);
}

void svg_see(struct svg_range *r, double value)
{
    if (svg_drawable(value)) {
        r->low = r->any ? fmin(r->low, value) : value;
        r->high = r->any ? fmax(r->high, value) : value;
        r->any = true;
    }
}

void svg_widen(struct svg_range *r, double share)
{
    if (!r->any) {
        *r = (struct svg_range){ 0, 1, true };
        return;
    }
    double room = (r->high - r->low) * share;
    // A range too thin for doubles to step through is as good as one value.
    double least = fmax(fabs(r->low), fabs(r->high)) * 1e-9;
    if (!(room > least)) {
        room = fmax(fabs(r->low) * 0.1, 1e-9);
        room = r->low == 0 ? 1 : room;
    }
    r->low -= room;
    r->high += room;
}

struct svg_ticks svg_ticks(double low, double high, int most)
{
    double raw = (high - low) / (most < 1 ? 1 : most);
    double power = pow(10, floor(log10(raw)));
    double part = raw / power * (1 - 1e-9);
    double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    double first = ceil(low / step - 1e-9), last = floor(high / step + 1e-9);
    if (!isfinite(first) || !isfinite(last) || fabs(first) > 1e12 || fabs(last) > 1e12) {
        return (struct svg_ticks){ 1, 0, -1 };
    }
    return (struct svg_ticks){ step, (long)first, (long)last };
}

double svg_tick(const struct svg_ticks *t, long i)
{
    // A step below 1 is one part of a whole number; dividing gives the double nearest to the
    // decimal, as 3 × 0.1 doesn't.
    return t->step < 1 ? (double)i / round(1 / t->step) : (double)i * t->step;
}

void svg_number(struct buf *out, const struct svg_words *words, double x)
{
    if (words->number) {
        words->number(words->context, out, x);
    } else {
        buf_fmt(out, "%s%.6g", x < 0 ? "−" : "", fabs(x));
    }
}

double svg_ticks_width(const struct svg_ticks *t, const struct svg_words *words)
{
    double widest = 0;
    for (long i = t->first; i <= t->last; i++) {
        AUTO_BUF(number, 256);
        svg_number(&number, words, svg_tick(t, i));
        widest = fmax(widest, svg_text_width(buf_text(&number)));
    }
    return widest;
}

struct svg_ticks svg_ticks_across(const struct svg_scale *s, const struct svg_words *words)
{
    for (int most = 7; most > 1; most--) {
        struct svg_ticks t = svg_ticks(s->low, s->high, most);
        if ((svg_ticks_width(&t, words) + SVG_CHAR) * (double)(t.last - t.first + 1) <=
            s->to - s->from) {
            return t;
        }
    }
    return svg_ticks(s->low, s->high, 1);
}

void svg_axis(
    struct buf *out, const struct svg_scale *s, const struct svg_words *words, double top, double y)
{
    struct svg_ticks t = svg_ticks_across(s, words);
    for (long i = t.first; i <= t.last; i++) {
        double x = svg_at(s, svg_tick(&t, i));
        svg_stroke(out, "svg-grid", x, top, x, y);
    }
    svg_stroke(out, "svg-axis", s->from, y, s->to, y);
    for (long i = t.first; i <= t.last; i++) {
        AUTO_BUF(number, 256);
        svg_number(&number, words, svg_tick(&t, i));
        svg_label(out, "svg-tick", svg_at(s, svg_tick(&t, i)), y + SVG_LINE - 3, SVG_MIDDLE,
            buf_text(&number), SVG_WIDTH);
    }
}

void svg_whisker(struct buf *out, const struct svg_scale *s, struct svg_interval i, double y,
    double cap, double dot)
{
    if (!isnan(i.low) && !isnan(i.high)) {
        double low = svg_drawable(i.low) ? svg_at(s, i.low) : s->from;
        double high = svg_drawable(i.high) ? svg_at(s, i.high) : s->to;
        buf_puts(out, "<path class=\"svg-interval\" d=\"");
        svg_pair(out, 'M', low, y);
        svg_pair(out, 'L', high, y);
        for (int end = 0; end < 2; end++) {
            if (svg_drawable(end ? i.high : i.low)) {
                svg_pair(out, 'M', end ? high : low, y - cap);
                svg_pair(out, 'L', end ? high : low, y + cap);
            }
        }
        buf_puts(out, "\"/>");
    }
    if (svg_drawable(i.point)) {
        svg_dot(out, "svg-mark", svg_at(s, i.point), y, dot);
    }
}

// ---- a bar in parts ---------------------------------------------------------------------------

static double part_value(const struct svg_part *p)
{
    return svg_drawable(p->value) && p->value > 0 ? p->value : 0;
}

static void bar_rects(
    struct buf *out, const struct svg_part *parts, size_t n, double width, double height)
{
    enum { GAP = 2 };
    double total = 0, x = 0;
    size_t shown = 0;
    for (size_t i = 0; i < n; i++) {
        total += part_value(&parts[i]);
        shown += part_value(&parts[i]) > 0;
    }
    if (!(total > 0) || !svg_drawable(total)) {
        svg_rect(out, "svg-part svg-track", 0, 0, width, height);
        return;
    }
    double room = width - GAP * (double)(shown - 1);
    for (size_t i = 0; i < n; i++) {
        double part = part_value(&parts[i]) / total * room;
        if (part > 0) {
            AUTO_BUF(class_name, 256);
            buf_fmt(&class_name, "svg-part %s", parts[i].class_name ? parts[i].class_name : "");
            svg_rect(out, buf_text(&class_name), x, 0, part, height);
            x += part + GAP;
        }
    }
}

// The parts' names and values under the bar, as many on a line as there is room for; returns the
// height. OUT NULL: only reckons.
static double bar_key(struct buf *out, const struct svg_words *words, const struct svg_part *parts,
    size_t n, double y)
{
    enum { SWATCH = 18, GAP = 22 };
    double x = 0;
    for (size_t i = 0; i < n; i++) {
        AUTO_BUF(text, 1024);
        buf_fmt(&text, "%s ", parts[i].label ? parts[i].label : "");
        svg_number(&text, words, part_value(&parts[i]));
        double width = SWATCH + svg_text_width(buf_text(&text));
        if (x > 0 && x + width > SVG_WIDTH) {
            x = 0;
            y += SVG_LINE + 2;
        }
        if (out) {
            AUTO_BUF(class_name, 256);
            buf_fmt(&class_name, "svg-part %s", parts[i].class_name ? parts[i].class_name : "");
            svg_rect(out, buf_text(&class_name), x, y - 11, 12, 12);
            svg_label(
                out, "svg-name", x + SWATCH, y, SVG_START, buf_text(&text), SVG_WIDTH - SWATCH);
        }
        x += width + GAP;
    }
    return y;
}

void svg_bar(struct buf *out, const struct svg_words *words, const struct svg_part *parts, size_t n)
{
    uint64_t seed = n;
    bool named = false;
    for (size_t i = 0; i < n; i++) {
        seed = svg_hash(seed, &parts[i].value, sizeof(parts[i].value));
        named = named || parts[i].label;
    }
    if (!named) { // for a table's cell
        svg_open(out, words, "svg-bar svg-small", 120, 12, seed, false);
        bar_rects(out, parts, n, 120, 12);
    } else {
        double first = 26 + SVG_LINE;
        double height = bar_key(NULL, words, parts, n, first) + 6;
        svg_open(out, words, "svg-bar", SVG_WIDTH, height, seed, false);
        bar_rects(out, parts, n, SVG_WIDTH, 26);
        bar_key(out, words, parts, n, first);
    }
    svg_close(out);
}

// ---- a small interval -------------------------------------------------------------------------

void svg_spark(struct buf *out, const struct svg_words *words, struct svg_interval i, double zero,
    double worthwhile)
{
    struct svg_range range = { 0 };
    double values[] = { i.point, i.low, i.high, zero, worthwhile };
    for (size_t v = 0; v < ARRAY_LEN(values); v++) {
        svg_see(&range, values[v]);
    }
    svg_widen(&range, 0.06);
    struct svg_scale s = { range.low, range.high, 1, 119 };
    svg_open(
        out, words, "svg-spark svg-small", 120, 16, svg_hash(1, values, sizeof(values)), false);
    if (svg_drawable(zero)) {
        svg_stroke(out, "svg-zero", svg_at(&s, zero), 0, svg_at(&s, zero), 16);
    }
    if (svg_drawable(worthwhile)) {
        svg_stroke(out, "svg-worthwhile", svg_at(&s, worthwhile), 0, svg_at(&s, worthwhile), 16);
    }
    svg_whisker(out, &s, i, 8, 3, 3.5);
    svg_close(out);
}
