// SPDX-License-Identifier: Apache-2.0
#include "svg_draw.h"
#include "str.h"

#include <math.h>

enum { MOST_SERIES = 4, MOST_MARKS = 120 };

struct frame {
    const struct svg_words *words;
    const struct svg_lines *lines;
    size_t n; // series drawn
    struct svg_scale x, y;
    struct svg_ticks y_ticks;
    double left, right, top, bottom;
    bool named_at_end; // each series' name at its last point; otherwise in a line above
};

// ---- ranges and places ------------------------------------------------------------------------

static void see_all(const struct svg_lines *l, size_t n, struct svg_range *x, struct svg_range *y)
{
    for (size_t s = 0; s < n; s++) {
        const struct svg_series *series = &l->series[s];
        for (size_t i = 0; i < series->n; i++) {
            svg_see(x, series->x[i]);
            svg_see(y, series->y[i]);
            if (series->low && series->high) {
                svg_see(y, series->low[i]);
                svg_see(y, series->high[i]);
            }
        }
    }
    if (l->zero_based) {
        svg_see(y, 0);
    }
    svg_see(x, l->vline);
}

// The y axis ends at ticks, so that the picture has a clear floor and ceiling.
static void scale_y(struct frame *f, struct svg_range y)
{
    if (!y.any || !(y.high - y.low > fmax(fabs(y.low), fabs(y.high)) * 1e-9)) {
        svg_widen(&y, 0);
    }
    struct svg_ticks t = svg_ticks(y.low, y.high, 5);
    if (t.last < t.first) {
        t = (struct svg_ticks){ 1, 0, 1 };
    }
    t.first -= svg_tick(&t, t.first) > y.low + 1e-9 * t.step;
    t.last += svg_tick(&t, t.last) < y.high - 1e-9 * t.step;
    t.last += t.last == t.first;
    f->y_ticks = t;
    f->y = (struct svg_scale){ svg_tick(&t, t.first), svg_tick(&t, t.last), f->bottom, f->top };
}

static void lay_out(struct frame *f, double *ret_key_y)
{
    const struct svg_lines *l = f->lines;
    struct svg_range x = { 0 }, y = { 0 };
    see_all(l, f->n, &x, &y);
    double widest = 0, all = 0;
    for (size_t s = 0; s < f->n && f->n > 1; s++) {
        double width = l->series[s].name ? svg_text_width(l->series[s].name) : 0;
        widest = fmax(widest, width);
        all += width + 46;
    }
    f->named_at_end = widest > 0 && widest <= 0.28 * SVG_WIDTH;
    f->top = 6 + (l->y_unit ? SVG_LINE : 0);
    *ret_key_y = f->top + SVG_LINE - 8;
    if (widest > 0 && !f->named_at_end) {
        f->top += SVG_LINE * (all > SVG_WIDTH ? (double)f->n : 1);
    }
    f->top += l->vline_label && svg_drawable(l->vline) ? SVG_LINE + 2 : 6;
    f->bottom = f->top + 190;
    scale_y(f, y);
    f->left = fmin(svg_ticks_width(&f->y_ticks, f->words), 0.4 * SVG_WIDTH) + 10;
    f->right = SVG_WIDTH - (f->named_at_end ? widest + 10 : 10);
    if (!x.any || !(x.high > x.low)) {
        svg_widen(&x, 0);
    }
    f->x = (struct svg_scale){ x.low, x.high, f->left + 6, f->right - 6 };
}

// ---- axes -------------------------------------------------------------------------------------

static void put_y_axis(struct buf *out, const struct frame *f)
{
    const struct svg_ticks *t = &f->y_ticks;
    for (long i = t->first; i <= t->last; i++) {
        double y = svg_at(&f->y, svg_tick(t, i));
        bool zero = i == 0 && t->first < 0;
        svg_stroke(out,
            i == t->first ? "svg-axis"
            : zero        ? "svg-zero"
                          : "svg-grid",
            f->left, y, f->right, y);
        AUTO_BUF(number, 256);
        svg_number(&number, f->words, svg_tick(t, i));
        svg_label(out, "svg-tick", f->left - 8, y + 5, SVG_END, buf_text(&number), SVG_WIDTH);
    }
    if (f->lines->y_unit) {
        svg_label(out, "svg-unit", 0, 16, SVG_START, f->lines->y_unit, SVG_WIDTH);
    }
}

static void put_x_label(struct buf *out, const struct frame *f, double x, const char *text)
{
    double at = svg_at(&f->x, x), half = svg_text_width(text) / 2;
    svg_stroke(out, "svg-axis", at, f->bottom, at, f->bottom + 5);
    enum svg_anchor anchor = at - half < 0           ? SVG_START
                             : at + half > SVG_WIDTH ? SVG_END
                                                     : SVG_MIDDLE;
    at = anchor == SVG_START ? 0 : anchor == SVG_END ? SVG_WIDTH : at;
    svg_label(out, "svg-tick", at, f->bottom + SVG_LINE, anchor, text, SVG_WIDTH);
}

// Labels stand at values that were observed, at even steps through the longest series, so that a
// date axis shows dates of readings.
static void put_named_x(struct buf *out, const struct frame *f)
{
    const struct svg_lines *l = f->lines;
    const struct svg_series *longest = &l->series[0];
    for (size_t s = 1; s < f->n; s++) {
        longest = l->series[s].n > longest->n ? &l->series[s] : longest;
    }
    if (longest->n == 0) {
        return;
    }
    const char *first = l->x_label(l->context, l->arena, longest->x[0]);
    const char *last = l->x_label(l->context, l->arena, longest->x[longest->n - 1]);
    double width = fmax(svg_text_width(first), svg_text_width(last)) + 2 * SVG_CHAR;
    size_t most = (size_t)fmax(1, floor((f->right - f->left) / width));
    size_t step = (longest->n + most - 1) / most;
    double free_from = 0;
    for (size_t i = 0; i < longest->n; i += step) {
        const char *text = l->x_label(l->context, l->arena, longest->x[i]);
        double label = svg_text_width(text), from = svg_at(&f->x, longest->x[i]) - label / 2;
        from = fmax(fmin(from, SVG_WIDTH - label), 0); // as put_x_label() moves it inside
        if (svg_drawable(longest->x[i]) && from >= free_from) {
            put_x_label(out, f, longest->x[i], text);
            free_from = from + label + SVG_CHAR;
        }
    }
}

static void put_x_axis(struct buf *out, const struct frame *f)
{
    if (f->lines->x_label && f->n) {
        put_named_x(out, f);
    } else {
        struct svg_ticks t = svg_ticks_across(&f->x, f->words);
        for (long i = t.first; i <= t.last; i++) {
            AUTO_BUF(number, 256);
            svg_number(&number, f->words, svg_tick(&t, i));
            put_x_label(out, f, svg_tick(&t, i), buf_text(&number));
        }
    }
    if (f->lines->x_unit) {
        svg_label(out, "svg-unit", (f->left + f->right) / 2, f->bottom + 2 * SVG_LINE, SVG_MIDDLE,
            f->lines->x_unit, SVG_WIDTH);
    }
}

static void put_change(struct buf *out, const struct frame *f)
{
    const struct svg_lines *l = f->lines;
    if (!svg_drawable(l->vline)) {
        return;
    }
    double x = svg_at(&f->x, l->vline);
    svg_stroke(out, "svg-change", x, f->top - (l->vline_label ? SVG_LINE - 4 : 0), x, f->bottom);
    if (l->vline_label) {
        double width = svg_text_width(l->vline_label);
        bool right = x + 8 + width <= SVG_WIDTH || x < SVG_WIDTH / 2;
        svg_label(out, "svg-rule-label", right ? x + 6 : x - 6, f->top - 6,
            right ? SVG_START : SVG_END, l->vline_label, right ? SVG_WIDTH - x - 6 : x - 6);
    }
}

// ---- series -----------------------------------------------------------------------------------

static bool at_gap(const struct svg_series *s, size_t i)
{
    return i >= s->n || !svg_drawable(s->y[i]) || !svg_drawable(s->x[i]);
}

static bool in_band(const struct svg_series *s, size_t i)
{
    return svg_drawable(s->x[i]) && svg_drawable(s->low[i]) && svg_drawable(s->high[i]);
}

// The end of the points from I on that share a column of half a unit: they are drawn as their
// first, lowest, highest and last, so that a picture's size depends on its width and not on the
// data's length.
static size_t column_end(const struct frame *f, const struct svg_series *s, size_t i)
{
    double column = floor(svg_at(&f->x, s->x[i]) * 2);
    size_t end = i + 1;
    while (!at_gap(s, end) && floor(svg_at(&f->x, s->x[end]) * 2) == column) {
        end++;
    }
    return end;
}

static void put_line(struct buf *out, const struct frame *f, const struct svg_series *s)
{
    char command = 'M';
    buf_puts(out, "<path class=\"svg-line\" d=\"");
    for (size_t i = 0; i < s->n;) {
        if (at_gap(s, i)) {
            command = 'M';
            i++;
            continue;
        }
        size_t end = column_end(f, s, i), low = i, high = i;
        for (size_t j = i; j < end; j++) {
            low = s->y[j] < s->y[low] ? j : low;
            high = s->y[j] > s->y[high] ? j : high;
        }
        size_t order[] = { i, low < high ? low : high, low < high ? high : low, end - 1 };
        bool alone = command == 'M' && at_gap(s, end) && end == i + 1;
        for (size_t k = 0; k < (size_t)(end - i > 3 ? 4 : end - i); k++) {
            size_t j = end - i > 3 ? order[k] : i + k;
            svg_pair(out, command, svg_at(&f->x, s->x[j]), svg_at(&f->y, s->y[j]));
            command = 'L';
        }
        if (alone) {
            buf_puts(out, "h0"); // round caps make a dot of it
        }
        i = end;
    }
    buf_puts(out, "\"/>");
}

static void put_band(struct buf *out, const struct frame *f, const struct svg_series *s)
{
    buf_puts(out, "<path class=\"svg-band\" d=\"");
    size_t stride = s->n / 500 + 1; // the last of a run is always taken
    for (size_t i = 0; i < s->n;) {
        if (!in_band(s, i)) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < s->n && in_band(s, end)) {
            end++;
        }
        for (size_t j = i; j < end; j = j == end - 1 || j + stride < end ? j + stride : end - 1) {
            svg_pair(out, j == i ? 'M' : 'L', svg_at(&f->x, s->x[j]), svg_at(&f->y, s->high[j]));
        }
        for (size_t j = end; j-- > i;) {
            if ((j - i) % stride == 0 || j == end - 1) {
                svg_pair(out, 'L', svg_at(&f->x, s->x[j]), svg_at(&f->y, s->low[j]));
            }
        }
        buf_putc(out, 'z');
        i = end;
    }
    buf_puts(out, "\"/>");
}

static void put_series(struct buf *out, const struct frame *f, size_t which)
{
    const struct svg_series *s = &f->lines->series[which];
    buf_fmt(out, "<g class=\"svg-s%zu\">", which);
    put_line(out, f, s);
    for (size_t i = 0; s->marks && s->n <= MOST_MARKS && i < s->n; i++) {
        if (!at_gap(s, i)) {
            svg_dot(out, "svg-mark", svg_at(&f->x, s->x[i]), svg_at(&f->y, s->y[i]),
                s->n > 40 ? 2.75 : 3.75);
        }
    }
    buf_puts(out, "</g>");
}

// ---- names ------------------------------------------------------------------------------------

static void sort_by_y(size_t *order, const double *y, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = i; j > 0 && y[order[j]] < y[order[j - 1]]; j--) {
            size_t other = order[j];
            order[j] = order[j - 1];
            order[j - 1] = other;
        }
    }
}

// Each name stands at its line's last point; names that would touch are moved apart.
static void put_names_at_end(struct buf *out, const struct frame *f)
{
    double y[MOST_SERIES];
    size_t order[MOST_SERIES];
    for (size_t s = 0; s < f->n; s++) {
        const struct svg_series *series = &f->lines->series[s];
        size_t last = series->n;
        while (last > 0 && at_gap(series, last - 1)) {
            last--;
        }
        y[s] = last ? svg_at(&f->y, series->y[last - 1]) : f->bottom;
        order[s] = s;
    }
    sort_by_y(order, y, f->n);
    for (size_t i = 1; i < f->n; i++) {
        y[order[i]] = fmax(y[order[i]], y[order[i - 1]] + SVG_LINE - 2);
    }
    double limit = f->bottom;
    for (size_t i = f->n; i-- > 0; limit = y[order[i]] - (SVG_LINE - 2)) {
        y[order[i]] = fmin(y[order[i]], limit);
    }
    for (size_t s = 0; s < f->n; s++) {
        AUTO_BUF(class_name, 64);
        buf_fmt(&class_name, "svg-name svg-s%zu", s);
        const char *name = f->lines->series[s].name;
        svg_label(out, buf_text(&class_name), f->right + 2, y[s] + 5, SVG_START, name ? name : "",
            SVG_WIDTH);
    }
}

static void put_names_above(struct buf *out, const struct frame *f, double y)
{
    double x = 0;
    for (size_t s = 0; s < f->n; s++) {
        const char *name = f->lines->series[s].name ? f->lines->series[s].name : "";
        double width = 46 + svg_text_width(name);
        if (x > 0 && x + width > SVG_WIDTH) {
            x = 0;
            y += SVG_LINE;
        }
        AUTO_BUF(class_name, 64);
        buf_fmt(&class_name, "svg-name svg-s%zu", s);
        buf_fmt(out, "<g class=\"svg-s%zu\">", s);
        svg_stroke(out, "svg-line", x + 2, y - 5, x + 22, y - 5);
        buf_puts(out, "</g>");
        svg_label(out, buf_text(&class_name), x + 28, y, SVG_START, name, SVG_WIDTH - 28);
        x += width;
    }
}

static uint64_t lines_seed(const struct frame *f)
{
    uint64_t seed = f->n;
    for (size_t s = 0; s < f->n; s++) {
        const struct svg_series *series = &f->lines->series[s];
        seed = svg_hash(seed, series->y, series->n * sizeof(series->y[0]));
    }
    return seed;
}

void svg_lines(struct buf *out, const struct svg_words *words, const struct svg_lines *l)
{
    struct frame f = { .words = words, .lines = l };
    f.n = l->n < MOST_SERIES ? l->n : MOST_SERIES;
    double key_y;
    lay_out(&f, &key_y);
    double height = f.bottom + SVG_LINE + 8 + (l->x_unit ? SVG_LINE : 0);
    svg_open(out, words, "svg-lines", SVG_WIDTH, height, lines_seed(&f), false);
    put_y_axis(out, &f);
    for (size_t s = 0; s < f.n; s++) {
        if (l->series[s].low && l->series[s].high) {
            buf_fmt(out, "<g class=\"svg-s%zu\">", s);
            put_band(out, &f, &l->series[s]);
            buf_puts(out, "</g>");
        }
    }
    put_x_axis(out, &f);
    put_change(out, &f);
    for (size_t s = f.n; s-- > 0;) { // the first on top
        put_series(out, &f, s);
    }
    if (f.named_at_end) {
        put_names_at_end(out, &f);
    } else if (f.n > 1) {
        put_names_above(out, &f, key_y);
    }
    svg_close(out);
}
