// SPDX-License-Identifier: Apache-2.0
#include "svg_draw.h"

#include <math.h>

enum { MOST_POINTS = 2000, MOST_LEVELS = 8 };

struct frame {
    const struct svg_words *words;
    const struct svg_scatter *s;
    size_t n_points, n_levels;
    struct svg_scale x, y;
    struct svg_ticks y_ticks;
    double left, right, top, bottom;
    double largest; // how many readings the largest point stands for
};

static struct svg_range points_range(const struct frame *f, bool of_y)
{
    struct svg_range r = { 0 };
    for (size_t i = 0; i < f->n_points; i++) {
        const struct svg_bubble *p = &f->s->points[i];
        if (svg_drawable(p->x) && svg_drawable(p->y)) {
            svg_see(&r, of_y ? p->y : p->x);
        }
    }
    for (size_t i = 0; of_y && i < f->n_levels; i++) {
        svg_see(&r, f->s->levels[i].y);
        svg_see(&r, f->s->levels[i].low);
        svg_see(&r, f->s->levels[i].high);
    }
    svg_widen(&r, 0.05);
    return r;
}

static void lay_out(struct frame *f)
{
    struct svg_range x = points_range(f, false), y = points_range(f, true);
    f->top = f->s->y_unit ? SVG_LINE + 8 : 10;
    f->bottom = f->top + 250;
    f->y = (struct svg_scale){ y.low, y.high, f->bottom, f->top };
    f->y_ticks = svg_ticks(y.low, y.high, 6);
    f->left = fmin(svg_ticks_width(&f->y_ticks, f->words), 0.4 * SVG_WIDTH) + 10;
    f->right = SVG_WIDTH - 10;
    f->x = (struct svg_scale){ x.low, x.high, f->left + 6, f->right - 6 };
    f->largest = 1;
    for (size_t i = 0; i < f->n_points; i++) {
        f->largest = fmax(f->largest, f->s->points[i].n);
    }
}

static void put_axes(struct buf *out, const struct frame *f)
{
    for (long i = f->y_ticks.first; i <= f->y_ticks.last; i++) {
        double y = svg_at(&f->y, svg_tick(&f->y_ticks, i));
        svg_stroke(out, "svg-grid", f->left, y, f->right, y);
        AUTO_BUF(number, 256);
        svg_number(&number, f->words, svg_tick(&f->y_ticks, i));
        svg_label(out, "svg-tick", f->left - 8, y + 5, SVG_END, buf_text(&number), SVG_WIDTH);
    }
    svg_axis(out, &f->x, f->words, f->bottom, f->bottom);
    if (f->s->y_unit) {
        svg_label(out, "svg-unit", 0, 16, SVG_START, f->s->y_unit, SVG_WIDTH);
    }
    if (f->s->x_unit) {
        svg_label(out, "svg-unit", (f->left + f->right) / 2, f->bottom + 2 * SVG_LINE, SVG_MIDDLE,
            f->s->x_unit, SVG_WIDTH);
    }
}

static void put_bands(struct buf *out, const struct frame *f)
{
    for (size_t i = 0; i < f->n_levels; i++) {
        const struct svg_level *l = &f->s->levels[i];
        if (svg_drawable(l->y) && svg_drawable(l->low) && svg_drawable(l->high)) {
            double top = svg_at(&f->y, fmax(l->low, l->high)),
                   bottom = svg_at(&f->y, fmin(l->low, l->high));
            svg_rect(out, "svg-margin", f->left, top, f->right - f->left, bottom - top);
        }
    }
}

static void put_levels(struct buf *out, const struct frame *f)
{
    for (size_t i = 0; i < f->n_levels; i++) {
        const struct svg_level *l = &f->s->levels[i];
        if (svg_drawable(l->y)) {
            double y = svg_at(&f->y, l->y);
            svg_stroke(out, l->class_name, f->left, y, f->right, y);
        }
    }
}

// Whether more points are in the right half, where names would hide them.
static bool full_right(const struct frame *f)
{
    size_t right = 0;
    for (size_t i = 0; i < f->n_points; i++) {
        right += f->s->points[i].x > f->x.low / 2 + f->x.high / 2;
    }
    return 2 * right > f->n_points;
}

// A label stands over its line, or under it where one stands there already.
static void put_names(struct buf *out, const struct frame *f)
{
    bool left = full_right(f);
    double taken[2 * MOST_LEVELS];
    size_t n = 0;
    for (size_t i = 0; i < f->n_levels; i++) {
        const struct svg_level *l = &f->s->levels[i];
        if (!l->label || !svg_drawable(l->y)) {
            continue;
        }
        double line = svg_at(&f->y, l->y), at[] = { line - 6, line + SVG_LINE - 6 };
        for (size_t k = 0; k < 2; k++) {
            bool is_free = at[k] > f->top - 4;
            for (size_t j = 0; j < n; j++) {
                is_free = is_free && fabs(taken[j] - at[k]) >= SVG_LINE - 4;
            }
            if (is_free) {
                taken[n++] = at[k];
                svg_label(out, "svg-rule-label", left ? f->left + 4 : f->right, at[k],
                    left ? SVG_START : SVG_END, l->label, f->right - f->left);
                break;
            }
        }
    }
}

static void put_points(struct buf *out, const struct frame *f)
{
    double most = f->n_points > 60 ? 6 : 8, least = f->n_points > 60 ? 2.75 : 3.75;
    for (size_t i = 0; i < f->n_points; i++) {
        const struct svg_bubble *p = &f->s->points[i];
        if (svg_drawable(p->x) && svg_drawable(p->y)) {
            double share = f->largest > 1 ? sqrt((fmax(p->n, 1) - 1) / (f->largest - 1)) : 0;
            svg_dot(out, "svg-mark", svg_at(&f->x, p->x), svg_at(&f->y, p->y),
                least + (most - least) * share);
        }
    }
}

void svg_scatter(struct buf *out, const struct svg_words *words, const struct svg_scatter *s)
{
    struct frame f = { .words = words, .s = s };
    f.n_points = s->n < MOST_POINTS ? s->n : MOST_POINTS;
    f.n_levels = s->n_levels < MOST_LEVELS ? s->n_levels : MOST_LEVELS;
    lay_out(&f);
    uint64_t seed = svg_hash(f.n_points, s->points, f.n_points * sizeof(s->points[0]));
    double height = f.bottom + SVG_LINE + 8 + (s->x_unit ? SVG_LINE : 0);
    svg_open(out, words, "svg-scatter", SVG_WIDTH, height, seed, false);
    put_bands(out, &f);
    put_axes(out, &f);
    put_levels(out, &f);
    put_points(out, &f);
    put_names(out, &f);
    svg_close(out);
}
