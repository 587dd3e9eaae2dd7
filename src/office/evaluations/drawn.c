// SPDX-License-Identifier: Apache-2.0
// The engine's pictures of a run. They are drawn once, when it ran, in every language there is, and
// kept beside its result: what a page shows is what was found, whatever happens to the readings,
// and no reader waits for an analysis.
#include "pictures.h"

#include "json.h"
#include "str.h"

#include <math.h>
#include <stdlib.h>

// A picture with a longer table isn't kept; the office's own, which draws samples, is shown.
enum { MOST_ROWS = 300, MOST_BYTES = 60000 };

// ---- drawing -----------------------------------------------------------------------------------

struct drawing {
    struct ctx *c;
    const struct locale *locale;
    struct ph_picture_options options;
};

static const char *put_words(void *user, const char *english)
{
    const struct drawing *d = user;
    return locale_message(d->locale, english);
}

// What stands between 0 and 5 in one half.
static const char *mark_of(const struct drawing *d)
{
    struct value half = value_num(0.5);
    AUTO_BUF(text, 0);
    locale_write(d->locale, &d->c->city->id_key, &half, NULL, &text);
    char *mark = arena_strdup(d->c->arena, buf_text(&text));
    size_t len = strlen(mark);
    if (len < 3) {
        return ".";
    }
    mark[len - 1] = '\0';
    return mark + 1;
}

// So many digits behind the language's own mark: a column of numbers stays even.
static void put_number(void *user, double x, int decimals, char *buf, size_t size)
{
    const struct drawing *d = user;
    char digits[400];
    snprintf(digits, sizeof(digits), "%.*f", decimals < 0 ? 0 : decimals, fabs(x));
    bool nothing = !digits[strspn(digits, "0.")];
    char *point = strchr(digits, '.');
    if (point) {
        *point = '\0';
    }
    struct value whole = value_num(strtod(digits, NULL));
    AUTO_BUF(text, 0);
    buf_puts(&text, x < 0 && !nothing ? "-" : "");
    locale_write(d->locale, &d->c->city->id_key, &whole, "integer", &text);
    if (point) {
        buf_fmt(&text, "%s%s", mark_of(d), point + 1);
    }
    snprintf(buf, size, "%s", buf_text(&text));
}

static bool is_numeric(const struct ph_picture_table *t, size_t column)
{
    bool some = false;
    for (size_t i = 0; i < t->rows; i++) {
        const struct ph_picture_cell *cell = &t->cell[i * t->columns + column];
        if (isnan(cell->number) && cell->text[0]) {
            return false;
        }
        some = some || !isnan(cell->number);
    }
    return some;
}

// {svg, columns [{label, numeric}], rows [[text]]}; V_NULL for what isn't kept.
static struct value kept(struct drawing *d, const char *svg, const struct ph_picture_table *t)
{
    struct arena *a = d->c->arena;
    struct value picture = value_object(a), columns = value_list(a), rows = value_list(a);
    if (!svg || strlen(svg) > MOST_BYTES || t->rows == 0 || t->rows > MOST_ROWS) {
        return VALUE_NULL;
    }
    for (size_t j = 0; j < t->columns; j++) {
        struct value column = value_object(a);
        value_set(a, &column, "label", value_text(arena_strdup(a, t->heading[j])));
        value_set(a, &column, "numeric", value_bool(is_numeric(t, j)));
        *value_push(a, &columns) = column;
    }
    for (size_t i = 0; i < t->rows; i++) {
        struct value row = value_list(a);
        for (size_t j = 0; j < t->columns; j++) {
            *value_push(a, &row) = value_text(arena_strdup(a, t->cell[i * t->columns + j].text));
        }
        *value_push(a, &rows) = row;
    }
    value_set(a, &picture, "svg", value_text(arena_strdup(a, svg)));
    value_set(a, &picture, "columns", columns);
    value_set(a, &picture, "rows", rows);
    return picture;
}

static struct value draw_effect(
    struct drawing *d, const struct ph_sealed *sealed, const struct ph_evaluation *e)
{
    struct ph_evaluation named = *e;
    struct ph_picture_table table = { 0 };
    d->options.ret_table = &table;
    for (size_t i = 0; i < named.n_alternatives; i++) { // the plan says them in English
        named.alternative[i].name = locale_message(d->locale, named.alternative[i].name);
    }
    char *svg = ph_evaluation_picture(&d->options, sealed, &named);
    struct value picture = kept(d, svg, &table);
    ph_text_free(svg);
    ph_picture_table_release(&table);
    return picture;
}

// V_NULL for methods without a course.
static struct value draw_course(struct drawing *d, struct ph_context *engine,
    const struct ph_sealed *sealed, const struct ph_frame *frame)
{
    struct ph_picture_table table = { 0 };
    char *svg = NULL;
    d->options.ret_table = &table;
    if (ph_evaluation_course(engine, &d->options, sealed, frame, &svg) != PH_OK) {
        return VALUE_NULL;
    }
    struct value picture = table.rows > 1 ? kept(d, svg, &table) : VALUE_NULL;
    ph_text_free(svg);
    ph_picture_table_release(&table);
    return picture;
}

static struct ph_picture_options options_of(struct drawing *d, const char *unit, const char *time)
{
    struct ph_picture_options o = PH_PICTURE_OPTIONS;
    o.unit = unit && *unit ? unit : NULL;
    o.time_unit = time ? locale_message(d->locale, time) : NULL;
    o.words = put_words;
    o.number = put_number;
    o.user = d;
    return o;
}

enum err evaluation_draw(struct ctx *c, const struct evaluation_drawn *what, const char **ret_json)
{
    struct value all = value_object(c->arena);
    for (size_t i = 0; i < locales_count(c->city->locales); i++) {
        struct drawing d = { .c = c, .locale = locales_at(c->city->locales, i) };
        struct value pictures = value_object(c->arena);
        d.options = options_of(&d, what->unit, what->time_unit);
        value_set(c->arena, &pictures, "effect", draw_effect(&d, what->sealed, what->evaluation));
        value_set(c->arena, &pictures, "course",
            draw_course(&d, what->engine, what->sealed, what->frame));
        value_set(c->arena, &all, locale_tag(d.locale), pictures);
    }
    AUTO_BUF(text, EVALUATION_RESULT_MAX);
    json_write_canonical(&text, &all);
    *ret_json = buf_ok(&text) ? arena_strndup(c->arena, text.data, text.len) : NULL;
    return OK;
}

// ---- showing -----------------------------------------------------------------------------------

static struct value table_of(struct ctx *c, const char *title, const struct value *picture)
{
    const struct value *columns = value_get(picture, "columns"), *list = value_get(picture, "rows");
    struct value rows = value_list(c->arena);
    AUTO_BUF(spec, 1 << 14);
    const char *names[24];
    size_t n = value_len(columns) < ARRAY_LEN(names) ? value_len(columns) : ARRAY_LEN(names);
    for (size_t j = 0; j < n; j++) {
        const struct value *column = value_at(columns, j);
        names[j] = arena_fmt(c->arena, "c%zu%s", j,
            j > 0 && value_truthy(value_get(column, "numeric")) ? "_num" : "");
        buf_fmt(&spec, "%s:%s ", names[j], value_get_text(column, "label", ""));
    }
    for (size_t i = 0; i < value_len(list); i++) {
        struct value row = value_object(c->arena);
        for (size_t j = 0; j < n && j < value_len(value_at(list, i)); j++) {
            value_set(c->arena, &row, names[j], *value_at(value_at(list, i), j));
        }
        *value_push(c->arena, &rows) = row;
    }
    return page_table(c, NULL, title, arena_strdup(c->arena, buf_text(&spec)), &rows);
}

enum err evaluation_drawn_figure(struct ctx *c, const struct value *row, const char *which,
    const char *title, struct value *ret_figure)
{
    const char *text = value_get_text(row, "pictures_text", NULL);
    struct value all;
    *ret_figure = VALUE_NULL;
    if (!text) {
        return OK;
    }
    TRY(json_read(c->arena, text, strlen(text), EVALUATION_RESULT_MAX, &all));
    const struct value *own = value_get(&all, locale_tag(c->locale));
    const struct value *picture = value_get(own ? own : value_get(&all, "en"), which);
    if (!picture || picture->kind != V_OBJECT) {
        return OK;
    }
    AUTO_BUF(svg, 0);
    buf_puts(&svg, value_get_text(picture, "svg", ""));
    *ret_figure = evaluation_figure_of(c, title, &svg, table_of(c, title, picture));
    return OK;
}

static struct ph_look look_of(const struct value *row)
{
    struct ph_look l = { .time = (double)value_get_int(row, "day_n", 0),
        .n = { (double)value_get_int(row, "compared_n", 0),
            (double)value_get_int(row, "tried_n", 0) },
        .mean = { value_get_num(row, "compared_num", NAN), value_get_num(row, "tried_num", NAN) } };
    l.head.estimate = value_get_num(row, "estimate_num", NAN);
    l.head.interval.lo = value_get_num(row, "low_num", NAN);
    l.head.interval.hi = value_get_num(row, "high_num", NAN);
    l.head.log_e = value_get_num(row, "log_e_num", NAN);
    l.head.level = value_get_num(row, "level_num", NAN);
    l.head.anytime = true;
    l.half_width = (l.head.interval.hi - l.head.interval.lo) / 2;
    return l;
}

struct value evaluation_looks_figure(
    struct ctx *c, const struct value *rows, const struct value *plan)
{
    size_t n = value_len(rows);
    struct ph_look *looks = arena_array(c->arena, struct ph_look, n + 1);
    struct drawing d = { .c = c, .locale = c->locale };
    struct ph_picture_table table = { 0 };
    for (size_t i = 0; i < n; i++) {
        looks[i] = look_of(value_at(rows, i));
    }
    if (n == 0) {
        return VALUE_NULL;
    }
    d.options = options_of(&d, value_get_text(plan, "unit", NULL), "Day of the pilot");
    d.options.delta = value_get_num(plan, "worthwhile", NAN);
    d.options.direction = str_eq(value_get_text(plan, "direction", ""), "lower")
                              ? PH_LOWER_IS_BETTER
                              : PH_HIGHER_IS_BETTER;
    d.options.ret_table = &table;
    struct ph_sequence_result s = { .head = looks[n - 1].head, .n_looks = n, .looks = looks };
    char *drawn = ph_picture_looks(&d.options, &s);
    struct value picture = kept(&d, drawn, &table), figure = VALUE_NULL;
    if (picture.kind == V_OBJECT) {
        const char *title = ctx_text(c, "What was known at each look", NULL);
        AUTO_BUF(svg, 0);
        buf_puts(&svg, drawn);
        figure = evaluation_figure_of(c, title, &svg, table_of(c, title, &picture));
    }
    ph_text_free(drawn);
    ph_picture_table_release(&table);
    return figure;
}
