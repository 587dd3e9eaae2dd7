// SPDX-License-Identifier: Apache-2.0
// Readings beside a reference: the difference of each pair against their mean (Bland & Altman
// 1986), which shows what one number can't, such as a bias that grows with what is read.
#include "pictures.h"

#include "str.h"
#include "svg.h"

#include <math.h>
#include <stdlib.h>

enum {
    ALL_SHOWN = 200, // as many pairs stand for themselves; of more, neighbours become one point
    CELLS_X = 40,
    CELLS_Y = 24,
    RANGES = 5,
    RANGE_LEAST = 4, // pairs in a range of the table
};

struct pair {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

// Six digits are more than a picture shows.
static struct value rounded(double x)
{
    char text[32];
    snprintf(text, sizeof(text), "%.6g", x);
    return value_num(strtod(text, NULL));
}

static void add_point(struct ctx *c, struct value *list, double x, double y, double n)
{
    struct value point = value_list(c->arena);
    *value_push(c->arena, &point) = rounded(x);
    *value_push(c->arena, &point) = rounded(y);
    *value_push(c->arena, &point) = value_int((int64_t)n);
    *value_push(c->arena, list) = point;
}

struct cell {
    double x, y, n;
};

static size_t cell_of(double v, double low, double high, size_t cells)
{
    double at = high > low ? (v - low) / (high - low) * (double)cells : 0;
    return at >= (double)cells ? cells - 1 : (size_t)fmax(at, 0);
}

static struct value points_value(struct ctx *c, const struct pair *pairs, size_t n)
{
    struct value list = value_list(c->arena);
    if (n <= ALL_SHOWN) {
        for (size_t i = 0; i < n; i++) {
            add_point(c, &list, pairs[i].x, pairs[i].y, 1);
        }
        return list;
    }
    struct cell *cells = arena_array(c->arena, struct cell, CELLS_X * CELLS_Y);
    memset(cells, 0, sizeof(*cells) * CELLS_X * CELLS_Y);
    double low = pairs[0].y, high = low;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, pairs[i].y);
        high = fmax(high, pairs[i].y);
    }
    for (size_t i = 0; i < n; i++) {
        size_t across = cell_of(pairs[i].x, pairs[0].x, pairs[n - 1].x, CELLS_X),
               up = cell_of(pairs[i].y, low, high, CELLS_Y);
        struct cell *k = &cells[across * CELLS_Y + up];
        k->x += pairs[i].x;
        k->y += pairs[i].y;
        k->n++;
    }
    for (size_t i = 0; i < CELLS_X * CELLS_Y; i++) {
        if (cells[i].n > 0) {
            add_point(c, &list, cells[i].x / cells[i].n, cells[i].y / cells[i].n, cells[i].n);
        }
    }
    return list;
}

// From the smallest readings to the largest, as many pairs in each.
static struct value ranges_value(struct ctx *c, const struct pair *pairs, size_t n)
{
    struct value list = value_list(c->arena);
    size_t ranges = n / RANGE_LEAST < RANGES ? n / RANGE_LEAST : RANGES;
    ranges = ranges ? ranges : 1;
    for (size_t k = 0; k < ranges; k++) {
        size_t from = n * k / ranges, to = n * (k + 1) / ranges;
        double sum = 0, low = pairs[from].y, high = low;
        for (size_t i = from; i < to; i++) {
            sum += pairs[i].y;
            low = fmin(low, pairs[i].y);
            high = fmax(high, pairs[i].y);
        }
        struct value one = value_object(c->arena);
        value_set(c->arena, &one, "from", rounded(pairs[from].x));
        value_set(c->arena, &one, "to", rounded(pairs[to - 1].x));
        value_set(c->arena, &one, "n", value_int((int64_t)(to - from)));
        value_set(c->arena, &one, "mean", rounded(sum / (double)(to - from)));
        value_set(c->arena, &one, "low", rounded(low));
        value_set(c->arena, &one, "high", rounded(high));
        *value_push(c->arena, &list) = one;
    }
    return list;
}

struct value evaluation_pairs(struct ctx *c, const struct evaluation_data *d)
{
    if (d->method != METHOD_LIMITS) {
        return VALUE_NULL;
    }
    struct pair *pairs = arena_array(c->arena, struct pair, d->rows + 1);
    const double *value = d->columns[0].real, *reference = d->columns[1].real;
    size_t n = 0;
    for (size_t i = 0; i < d->rows; i++) {
        bool known = !d->columns[0].missing[i] && isfinite(value[i]) && isfinite(reference[i]);
        if (known) {
            pairs[n++] = (struct pair){ value[i] / 2 + reference[i] / 2, value[i] - reference[i] };
        }
    }
    if (n == 0) {
        return VALUE_NULL;
    }
    qsort(pairs, n, sizeof(pairs[0]), by_x);
    struct value all = value_object(c->arena);
    value_set(c->arena, &all, "n", value_int((int64_t)n));
    value_set(c->arena, &all, "points", points_value(c, pairs, n));
    value_set(c->arena, &all, "ranges", ranges_value(c, pairs, n));
    return all;
}

// ---- the picture
// ---------------------------------------------------------------------------------

static double item(const struct value *list, size_t i)
{
    const struct value *v = i < value_len(list) ? value_at(list, i) : NULL;
    return !v ? NAN : v->kind == V_NUM ? v->x : v->kind == V_INT ? (double)v->n : NAN;
}

static struct svg_level level_of(struct ctx *c, const struct value *result, const char *name)
{
    const struct value *interval = value_get(value_get(result, "intervals"), name);
    return (struct svg_level){ .label = evaluation_number_words(c, name),
        .class_name = "svg-interval",
        .y = value_get_num(value_get(result, "numbers"), name, NAN),
        .low = item(interval, 0),
        .high = item(interval, 1) };
}

static size_t levels_of(struct ctx *c, const struct value *result, struct svg_level *levels)
{
    const struct value *plan = value_get(result, "plan");
    double borne = value_get_num(plan, "worthwhile", NAN);
    borne = isfinite(borne) ? borne : value_get_num(plan, "target", NAN);
    size_t n = 0;
    levels[n++] = (struct svg_level){
        .label = NULL, .class_name = "svg-zero", .y = 0, .low = NAN, .high = NAN
    };
    levels[n++] =
        (struct svg_level){ .label = ctx_text(c, "Mean difference from the reference", NULL),
            .class_name = "svg-interval",
            .y = value_get_num(result, "estimate", NAN),
            .low = value_get_num(result, "low", NAN),
            .high = value_get_num(result, "high", NAN) };
    levels[n++] = level_of(c, result, "upper_limit");
    levels[n++] = level_of(c, result, "lower_limit");
    for (int side = 1; side >= -1 && borne > 0; side -= 2) {
        levels[n++] = (struct svg_level){ .label = ctx_text(c, "Difference that is borne", NULL),
            .class_name = "svg-worthwhile",
            .y = side * borne,
            .low = NAN,
            .high = NAN };
    }
    return n;
}

static struct value table_of(struct ctx *c, const char *title, const struct value *ranges)
{
    struct value rows = value_list(c->arena);
    for (size_t i = 0; i < value_len(ranges); i++) {
        const struct value *range = value_at(ranges, i);
        struct value row = value_object(c->arena);
        value_set(c->arena, &row, "range",
            value_text(ctx_text(c, "{from, number} to {to, number}", range)));
        value_set(c->arena, &row, "n", *value_get(range, "n"));
        value_set(c->arena, &row, "mean_num", *value_get(range, "mean"));
        value_set(c->arena, &row, "spread",
            value_text(ctx_text(c, "{low, number} to {high, number}", range)));
        *value_push(c->arena, &rows) = row;
    }
    return page_table(c, NULL, title,
        "range:Mean of both n:Pairs mean_num:Mean difference spread:Smallest to largest", &rows);
}

struct value evaluation_pairs_figure(struct ctx *c, const struct value *result)
{
    const struct value *pairs = value_get(result, "pairs"), *list = value_get(pairs, "points");
    size_t n = value_len(list);
    if (n < 2) {
        return VALUE_NULL;
    }
    struct svg_bubble *points = arena_array(c->arena, struct svg_bubble, n);
    for (size_t i = 0; i < n; i++) {
        const struct value *p = value_at(list, i);
        points[i] = (struct svg_bubble){ item(p, 0), item(p, 1), item(p, 2) };
    }
    struct svg_level levels[8];
    size_t n_levels = levels_of(c, result, levels);
    const char *title = ctx_text(c, "Each pair: the difference, by what was read", NULL);
    struct svg_words words = evaluation_svg_words(c, title,
        ctx_text(c,
            "Points: the difference from the reference against the mean of both. Lines: the mean "
            "difference and the limits within which most differences lie. The table gives them by "
            "range.",
            NULL));
    AUTO_BUF(svg, 1 << 20);
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "unit", *value_get(value_get(result, "plan"), "unit"));
    svg_scatter(&svg, &words,
        &(struct svg_scatter){ .points = points,
            .n = n,
            .levels = levels,
            .n_levels = n_levels,
            .x_unit = ctx_text(c, "Mean of both, {unit}", &args),
            .y_unit = ctx_text(c, "Difference, {unit}", &args) });
    return evaluation_figure_of(c, title, &svg, table_of(c, title, value_get(pairs, "ranges")));
}
