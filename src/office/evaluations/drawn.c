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
    struct value picture = kept(d, svg, &table);
    ph_text_free(svg);
    ph_picture_table_release(&table);
    return picture;
}

enum err evaluation_draw(struct ctx *c, const struct evaluation_drawn *what, const char **ret_json)
{
    struct value all = value_object(c->arena);
    for (size_t i = 0; i < locales_count(c->city->locales); i++) {
        struct drawing d = { .c = c, .locale = locales_at(c->city->locales, i) };
        struct value pictures = value_object(c->arena);
        d.options = (struct ph_picture_options)PH_PICTURE_OPTIONS;
        d.options.unit = what->unit && *what->unit ? what->unit : NULL;
        d.options.time_unit = what->time_unit ? locale_message(d.locale, what->time_unit) : NULL;
        d.options.words = put_words;
        d.options.number = put_number;
        d.options.user = &d;
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
        names[j] = arena_fmt(
            c->arena, "c%zu%s", j, value_truthy(value_get(column, "numeric")) ? "_num" : "");
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
