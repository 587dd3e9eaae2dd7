// SPDX-License-Identifier: Apache-2.0
// An evaluation's pictures, each with the same as a table.
#include "pictures.h"

#include "clock.h"
#include "str.h"
#include "svg.h"

#include <math.h>

static void put_number(void *context, struct buf *out, double x)
{
    const struct ctx *c = context;
    struct value v = value_num(x);
    locale_write(c->locale, &c->city->id_key, &v, NULL, out);
}

struct svg_words evaluation_svg_words(struct ctx *c, const char *title, const char *desc)
{
    return (struct svg_words){ .title = title, .desc = desc, .number = put_number, .context = c };
}

static const char *put_day(void *context, struct arena *a, double x)
{
    const struct ctx *c = context;
    AUTO_BUF(out, 0);
    struct value v = value_date(locale_day(c->locale, (int64_t)x));
    locale_write(c->locale, &c->city->id_key, &v, "short", &out);
    return arena_strdup(a, buf_text(&out));
}

struct value evaluation_figure_of(
    struct ctx *c, const char *title, const struct buf *svg, struct value table)
{
    struct value figure = value_object(c->arena);
    value_set(c->arena, &table, "stack", value_bool(false));
    value_set(c->arena, &table, "caption_hidden", value_bool(true));
    value_set(c->arena, &figure, "title", value_text(title));
    value_set(c->arena, &figure, "svg", value_html(arena_strdup(c->arena, buf_text(svg))));
    value_set(c->arena, &figure, "table", table);
    return figure;
}

// ---- effect
// --------------------------------------------------------------------------------------

enum { MAX_INTERVALS = 4 };

struct intervals {
    struct svg_interval rows[MAX_INTERVALS];
    size_t n;
    struct value table;
};

static void add_interval(
    struct ctx *c, struct intervals *to, const char *label, double x, double low, double high)
{
    if (!isfinite(x) || to->n == MAX_INTERVALS) {
        return;
    }
    struct value row = value_object(c->arena);
    value_set(c->arena, &row, "what", value_text(label));
    value_set(c->arena, &row, "estimate_num", value_num(x));
    value_set(c->arena, &row, "low_num", value_num(low));
    value_set(c->arena, &row, "high_num", value_num(high));
    *value_push(c->arena, &to->table) = row;
    to->rows[to->n++] = (struct svg_interval){ label, x, low, high };
}

static void add_named(
    struct ctx *c, struct intervals *to, const struct value *result, const char *name)
{
    const struct value *pair = value_get(value_get(result, "intervals"), name);
    double ends[2] = { NAN, NAN };
    for (size_t i = 0; i < 2 && i < value_len(pair); i++) {
        const struct value *v = value_at(pair, i);
        ends[i] = v->kind == V_NUM ? v->x : v->kind == V_INT ? (double)v->n : NAN;
    }
    add_interval(c, to, evaluation_number_words(c, name),
        value_get_num(value_get(result, "numbers"), name, NAN), ends[0], ends[1]);
}

static const char *effect_label(struct ctx *c, const char *method)
{
    return ctx_text(c,
        str_eq(method, "limits")         ? "Mean difference from the reference"
        : str_eq(method, "before_after") ? "Change"
        : str_eq(method, "share") || str_eq(method, "target")
            ? "Result"
            : "Difference from where it wasn't tried",
        NULL);
}

struct value evaluation_effect_figure(struct ctx *c, const struct value *result)
{
    const struct value *plan = value_get(result, "plan");
    const char *method = value_get_text(result, "method", "");
    bool yes_no = str_eq(method, "yes_no"), limits = str_eq(method, "limits"),
         level = str_eq(method, "share") || str_eq(method, "target");
    struct intervals all = { .table = value_list(c->arena) };
    if (!yes_no) {
        add_interval(c, &all, effect_label(c, method), value_get_num(result, "estimate", NAN),
            value_get_num(result, "low", NAN), value_get_num(result, "high", NAN));
    }
    static const char *const yes_no_names[] = { "agreement", "sensitivity", "specificity" };
    for (size_t i = 0; yes_no && i < ARRAY_LEN(yes_no_names); i++) {
        add_named(c, &all, result, yes_no_names[i]);
    }
    if (limits) {
        add_named(c, &all, result, "lower_limit");
        add_named(c, &all, result, "upper_limit");
    }
    if (!all.n) {
        return VALUE_NULL;
    }
    double worthwhile = value_get_num(plan, "worthwhile", NAN),
           target = value_get_num(plan, "target", NAN);
    bool lower = str_eq(value_get_text(plan, "direction", ""), "lower");
    double line = yes_no || level                   ? target
                  : limits && !isfinite(worthwhile) ? target
                  : lower && !limits                ? -worthwhile
                                                    : worthwhile;
    const char *title = ctx_text(c, "What was found, with its margin of error", NULL);
    struct svg_words words = { .title = title,
        .desc = ctx_text(c,
            "A point with its interval on a line; what is worth having is marked. The same numbers "
            "are in the table.",
            NULL),
        .number = put_number,
        .context = c };
    AUTO_BUF(svg, 1 << 20);
    svg_forest(&svg, &words,
        &(struct svg_forest){ .rows = all.rows,
            .n = all.n,
            .zero = yes_no || level ? NAN : 0,
            .worthwhile = line,
            .zero_label = ctx_text(c, limits ? "No difference" : "No change", NULL),
            .worthwhile_label = ctx_text(c,
                yes_no || level ? "Asked for"
                : limits        ? "Difference that is borne"
                                : "Worth having",
                NULL),
            .unit = value_get_text(plan, "unit", NULL) });
    struct value table = page_table(
        c, NULL, title, "what:What estimate_num:Estimate low_num:From high_num:To", &all.table);
    return evaluation_figure_of(c, title, &svg, table);
}

// ---- over time
// -----------------------------------------------------------------------------------

static const char *side_label(struct ctx *c, bool comparison)
{
    return ctx_text(c, comparison ? "Without it" : "With it", NULL);
}

struct value evaluation_time_figure(struct ctx *c, const struct value *result)
{
    const struct value *list = value_get(result, "series"), *plan = value_get(result, "plan");
    size_t n = value_len(list);
    struct svg_series series[2] = { 0 };
    double *x[2], *y[2];
    struct value rows = value_list(c->arena);
    for (size_t i = 0; i < 2; i++) {
        x[i] = arena_array(c->arena, double, n + 1);
        y[i] = arena_array(c->arena, double, n + 1);
        series[i] = (struct svg_series){
            .name = side_label(c, i == 1), .x = x[i], .y = y[i], .marks = true
        };
    }
    for (size_t i = 0; i < n; i++) {
        const struct value *point = value_at(list, i);
        size_t side = value_get_int(point, "is_comparison", 0) != 0;
        size_t at = series[side].n++;
        x[side][at] = (double)value_get_int(point, "at", 0);
        y[side][at] = value_get_num(point, "mean", NAN);
        struct value row = value_object(c->arena);
        value_set(c->arena, &row, "from",
            value_date(locale_day(c->locale, value_get_int(point, "at", 0))));
        value_set(c->arena, &row, "side", value_text(side_label(c, side)));
        value_set(c->arena, &row, "n", *value_get(point, "n"));
        value_set(c->arena, &row, "mean_num", *value_get(point, "mean"));
        *value_push(c->arena, &rows) = row;
    }
    if (n < 2) {
        return VALUE_NULL;
    }
    size_t shown = 0;
    for (size_t i = 0; i < 2; i++) {
        if (series[i].n) {
            series[shown++] = series[i];
        }
    }
    const struct value *start = value_get(plan, "starts_on");
    int64_t change = 0;
    bool marked = start && start->kind == V_DATE &&
                  locale_instant(c->locale, start->n * CLOCK_DAY, &change) == OK;
    const char *title = ctx_text(c, "Over time", NULL);
    struct svg_words words = { .title = title,
        .desc = ctx_text(c,
            "Means over time; the start of the pilot is marked. The same numbers are "
            "in the table.",
            NULL),
        .number = put_number,
        .context = c };
    AUTO_BUF(svg, 2 << 20);
    svg_lines(&svg, &words,
        &(struct svg_lines){ .series = series,
            .n = shown,
            .y_unit = value_get_text(plan, "unit", NULL),
            .x_label = put_day,
            .context = c,
            .arena = c->arena,
            .vline = marked ? (double)change : NAN,
            .vline_label = ctx_text(c, "Start", NULL) });
    struct value table =
        page_table(c, NULL, title, "from:From side:Side n:Readings mean_num:Mean", &rows);
    return evaluation_figure_of(c, title, &svg, table);
}
