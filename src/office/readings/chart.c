// SPDX-License-Identifier: Apache-2.0
#include "chart.h"

#include "clock.h"
#include "page.h"
#include "svg.h"

#include <math.h>

enum { MOST_POINTS = 4000, WISHED_POINTS = 120, MOST_SERIES = 3 };

struct lines {
    struct svg_series series[MOST_SERIES];
    double *x[MOST_SERIES], *y[MOST_SERIES];
    size_t n;
};

static const char *day_label(void *context, struct arena *a, double x)
{
    const struct ctx *c = context;
    AUTO_BUF(out, 0);
    struct value v = value_date(locale_day(c->locale, (int64_t)x));
    locale_write(c->locale, &c->city->id_key, &v, "short", &out);
    return arena_strdup(a, buf_text(&out));
}

static void plain_number(void *context, struct buf *out, double x)
{
    const struct ctx *c = context;
    struct value v = value_num(x);
    locale_write(c->locale, &c->city->id_key, &v, NULL, out);
}

// A step that people think in, so that at most some hundred points are drawn.
static int64_t step_for(int64_t from, int64_t to)
{
    static const int64_t steps[] = { CLOCK_HOUR, 6 * (int64_t)CLOCK_HOUR, CLOCK_DAY,
        7 * (int64_t)CLOCK_DAY, 28 * (int64_t)CLOCK_DAY, 364 * (int64_t)CLOCK_DAY };
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(steps) && (to - from) / steps[i] > WISHED_POINTS) {
        i++;
    }
    return steps[i];
}

static struct svg_series *new_series(struct ctx *c, struct lines *l, const char *name)
{
    size_t i = l->n++;
    l->x[i] = arena_array(c->arena, double, MOST_POINTS);
    l->y[i] = arena_array(c->arena, double, MOST_POINTS);
    l->series[i] = (struct svg_series){
        .name = ctx_text(c, name, NULL), .x = l->x[i], .y = l->y[i], .marks = true
    };
    return &l->series[i];
}

static void add_point(struct lines *l, size_t which, const struct value *row)
{
    struct svg_series *s = &l->series[which];
    if (s->n < MOST_POINTS) {
        l->x[which][s->n] = (double)value_get_int(row, "start_at", 0);
        l->y[which][s->n] = value_get_num(row, "mean_num", NAN);
        s->n++;
    }
}

static void finish(struct ctx *c, const struct value *measure, struct lines *l,
    const struct value *rows, const char *title, struct value *data)
{
    struct arena *a = c->arena;
    const char *name = value_get_text(measure, "title", "");
    struct value args = value_object(a), figure = value_object(a);
    value_set(a, &args, "title", value_text(name));
    const char *words = ctx_text(c, title, &args);
    struct svg_words w = { .title = words,
        .desc = ctx_text(c, "Means over time; the same numbers are in the table below.", NULL),
        .number = plain_number,
        .context = c };
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->series[i].n) {
            l->series[kept++] = l->series[i];
        }
    }
    AUTO_BUF(svg, 2 << 20);
    svg_lines(&svg, &w,
        &(struct svg_lines){ .series = l->series,
            .n = kept,
            .y_unit = value_get_text(measure, "unit", NULL),
            .x_label = day_label,
            .context = c,
            .arena = a,
            .vline = NAN });
    struct value table = page_table(c, NULL, words,
        "start_at:From is_comparison:Comparison is_new:New n:Readings mean_num:Mean", rows);
    value_set(a, &figure, "title", value_text(words));
    value_set(a, &figure, "svg", value_html(arena_strdup(a, buf_text(&svg))));
    value_set(a, &figure, "table", table);
    value_set(a, data, "figure", figure);
    value_set(a, data, "has_figure", value_bool(true));
}

// The local midnight nearest to which all periods begin; a city's zone may be half an hour off UTC.
static int64_t origin_of(struct ctx *c, int64_t at)
{
    int64_t day = locale_day(c->locale, at), midnight;
    return locale_instant(c->locale, day * CLOCK_DAY, &midnight) == OK ? midnight : day * CLOCK_DAY;
}

enum err chart_measure(
    struct ctx *c, const struct value *measure, const struct value *summary, struct value *data)
{
    int64_t from = value_get_int(summary, "first_at", 0), to = value_get_int(summary, "last_at", 0);
    struct value rows;
    TRY(db_rows(c->db, c->arena, "readings.series_by_side",
        ARGS(ARG("measure_id", *value_get(measure, "id")),
            ARG("step_n", value_int(step_for(from, to))),
            ARG("origin_n", value_int(origin_of(c, from)))),
        &rows));
    struct lines l = { .n = 0 };
    new_series(c, &l, "With it");
    new_series(c, &l, "For comparison");
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        add_point(&l, value_get_int(row, "is_comparison", 0) != 0, row);
    }
    finish(c, measure, &l, &rows, "{title} over time", data);
    return OK;
}

enum err chart_batch(
    struct ctx *c, const struct value *measure, const struct value *batch, struct value *data)
{
    int64_t from = value_get_int(batch, "from_at", 0), to = value_get_int(batch, "to_at", 0);
    struct value rows, shown = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "batch.series",
        ARGS(ARG("measure_id", *value_get(measure, "id")), ARG("batch_id", *value_get(batch, "id")),
            ARG("step_n", value_int(step_for(from, to))),
            ARG("origin_n", value_int(origin_of(c, from)))),
        &rows));
    struct lines l = { .n = 0 };
    new_series(c, &l, "There already");
    new_series(c, &l, "New");
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        add_point(&l, value_get_int(row, "is_new", 0) != 0, row);
        *value_push(c->arena, &shown) = *row;
    }
    finish(c, measure, &l, &shown, "{title}, with the new readings marked", data);
    return OK;
}
