// SPDX-License-Identifier: Apache-2.0
// Filling in past work from a page: upload, preview row by row, then the good rows or none. The
// file travels with the form from step to step, so nothing is kept between them.
#include "backfill.h"
#include "pilots_private.h"

#include "session.h"
#include "str.h"
#include "web.h"

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value counted(struct ctx *c, const char *key, size_t n)
{
    struct value args = value_object(c->arena);
    set(c, &args, "n", value_int((int64_t)n));
    return value_text(ctx_text(c, key, &args));
}

// The file as uploaded, or as carried by the form; NULL when there is none.
static const char *file_of(const struct request *q, size_t *ret_len)
{
    for (size_t i = 0; i < q->n_files; i++) {
        if (str_eq(q->files[i].field, "file") && q->files[i].len) {
            *ret_len = q->files[i].len;
            return arena_strndup(q->arena, q->files[i].data, q->files[i].len);
        }
    }
    const char *csv = request_form(q, "csv");
    *ret_len = csv ? strlen(csv) : 0;
    return *ret_len ? csv : NULL;
}

static struct value column(struct ctx *c, const char *label)
{
    struct value v = value_object(c->arena);
    set(c, &v, "label", value_text(ctx_text(c, label, NULL)));
    return v;
}

static void cell(struct ctx *c, struct value *cells, const char *label, const char *text,
    const char *note, const char *badge, const char *badge_kind)
{
    struct value *v = value_push(c->arena, cells);
    *v = value_object(c->arena);
    set(c, v, "column", value_text(ctx_text(c, label, NULL)));
    set(c, v, "text", value_text(text));
    set(c, v, "note", value_text(note));
    set(c, v, "badge", value_text(badge));
    set(c, v, "badge_kind", value_text(badge_kind));
}

static const char *faults_text(struct ctx *c, const struct backfill_row *row)
{
    AUTO_BUF(out, 0);
    for (size_t i = 0; i < row->n_faults; i++) {
        const struct backfill_fault *f = &row->faults[i];
        buf_fmt(&out, "%s%s%s%s", i ? " " : "", f->column, *f->column ? ": " : "", f->text);
    }
    return arena_strdup(c->arena, buf_text(&out));
}

// A row a line of the file: its name, how it stands, and what to mend.
static struct value preview(struct ctx *c, const struct backfill *b)
{
    struct value table = value_object(c->arena), columns = value_list(c->arena),
                 rows = value_list(c->arena);
    static const char *const labels[] = { "Line", "Pilot", "Status", "What to mend" };
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        *value_push(c->arena, &columns) = column(c, labels[i]);
    }
    for (size_t i = 0; i < b->n; i++) {
        const struct backfill_row *row = &b->rows[i];
        struct value one = value_object(c->arena), cells = value_list(c->arena);
        const char *badge = row->n_faults ? "To mend" : row->id ? "Taken in" : "Good";
        cell(c, &cells, "Line", arena_fmt(c->arena, "%zu", row->line), NULL, NULL, NULL);
        cell(c, &cells, "Pilot", *row->title ? row->title : ctx_text(c, "No name", NULL), NULL,
            NULL, NULL);
        cell(c, &cells, "Status", NULL, NULL, ctx_text(c, badge, NULL),
            row->n_faults ? "stopped" : "done");
        cell(c, &cells, "What to mend", faults_text(c, row), NULL, NULL, NULL);
        set(c, &one, "cells", cells);
        set(c, &one, "cut", value_bool(false));
        set(c, &one, "href", row->id ? value_text(page_href(c, "pilot", row->id)) : VALUE_NULL);
        *value_push(c->arena, &rows) = one;
    }
    set(c, &table, "caption", value_text(ctx_text(c, "Row by row", NULL)));
    set(c, &table, "caption_hidden", value_bool(false));
    set(c, &table, "stack", value_bool(true));
    set(c, &table, "columns", columns);
    set(c, &table, "rows", rows);
    set(c, &table, "has_rows", value_bool(b->n > 0));
    return table;
}

static void show(struct ctx *c, const struct backfill *b, const char *csv, struct value *data)
{
    set(c, data, "table", preview(c, b));
    set(c, data, "has_file", value_bool(true));
    set(c, data, "csv", value_text(csv));
    size_t good = b->n - b->bad - b->taken;
    set(c, data, "good_text",
        good ? counted(c, "{n, plural, one {Take in the good row} other {Take in the # good rows}}",
                   good)
             : VALUE_NULL);
    set(c, data, "bad_text",
        b->bad ? counted(c,
                     "{n, plural, one {One row has something to mend} other {# rows have something "
                     "to mend}}",
                     b->bad)
               : VALUE_NULL);
    set(c, data, "taken_text",
        b->taken ? counted(c,
                       "{n, plural, one {One pilot was taken in.} other {# pilots were taken in.}}",
                       b->taken)
                 : VALUE_NULL);
}

enum err backfill_page(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    static const char *const nothing[] = { "table", "has_file", "csv", "good_text", "bad_text",
        "taken_text", "wrong" };
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        set(c, data, nothing[i], VALUE_NULL);
    }
    page_title(c, data, ctx_text(c, "Fill in past pilots from a spreadsheet", NULL));
    set(c, data, "token", value_text(session_anonymous_csrf(c, q, r)));
    if (q->method != METHOD_POST) {
        return OK;
    }
    struct backfill b;
    size_t len;
    const char *csv = file_of(q, &len);
    if (!csv) {
        set(c, data, "wrong", value_text(ctx_text(c, "Choose a file first.", NULL)));
        r->status = 422;
        return OK;
    }
    enum err e = backfill_read(c, csv, len, &b);
    if (e == ERR_INVALID || e == ERR_TOO_LARGE) {
        set(c, data, "wrong", value_text(c->arena->detail));
        r->status = 422;
        return OK;
    }
    TRY(e);
    if (str_eq(request_form(q, "choice"), "take")) {
        TRY(backfill_take(c, &b));
    }
    show(c, &b, csv, data);
    return OK;
}

// GET: a file to begin with. POST: the rows that need mending, with what to mend.
enum err backfill_csv(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    size_t len;
    const char *csv = q->method == METHOD_POST ? file_of(q, &len) : NULL;
    if (csv) {
        struct backfill b;
        TRY(backfill_read(c, csv, len, &b));
        backfill_rejects(c, &b, &r->body);
    } else {
        backfill_example(&r->body);
    }
    response_attachment(
        r, csv ? "pilots-to-mend.csv" : "past-pilots.csv", "text/csv; charset=utf-8");
    r->max_age = -1;
    return OK;
}
