// SPDX-License-Identifier: Apache-2.0
// Uploading a call's own questions: what is in the file and what is wrong, row by row; then one
// button that takes the good ones, and one that hands back the others. Nothing is kept in between:
// the page carries the file.
#include "form_import.h"

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

// The file as uploaded, or as carried by the form; NULL with the reason when it can't be one.
static const char *file_of(struct ctx *c, const struct request *q, const char **ret_why)
{
    const struct web_file *file = q->n_files && q->files[0].len ? &q->files[0] : NULL;
    const char *carried = request_form(q, "form_csv");
    const char *data = file ? file->data : carried;
    size_t len = file ? file->len : carried ? strlen(carried) : 0;
    const char *why = !len                        ? "Choose a file."
                      : len > FORM_IMPORT_LONGEST ? "The file is too large. Split it."
                      : !str_utf8(data, len) ? "The file isn’t UTF-8 text. Save it as “CSV UTF-8”."
                                             : NULL;
    *ret_why = why ? ctx_text(c, why, NULL) : NULL;
    return why ? NULL : arena_strndup(c->arena, data, len);
}

static void show_file(struct ctx *c, const struct form_file *f, const char *csv, struct value *data)
{
    struct value rows = value_list(c->arena), seen = value_object(c->arena);
    for (size_t i = 0; i < f->n; i++) {
        const struct form_line *line = &f->lines[i];
        struct value one = value_object(c->arena);
        set(c, &one, "line_n", value_int((int64_t)line->line));
        set(c, &one, "number_n", line->number ? value_int(line->number) : VALUE_NULL);
        set(c, &one, "title", value_text(value_get_text(&line->item, "title", NULL)));
        set(c, &one, "outcome",
            value_text(line->n_faults ? form_line_faults(c, line)
                                      : ctx_text(c, "Will be taken in", NULL)));
        *value_push(c->arena, &rows) = one;
    }
    set(c, &seen, "table",
        page_table(c, NULL, "What is in the file",
            "line_n:Line number_n:Number title:Question outcome:Outcome", &rows));
    set(c, data, "seen", seen);
    set(c, data, "csv", value_text(csv));
    size_t good = f->n - f->bad;
    set(c, data, "good_text",
        good ? counted(c,
                   "{n, plural, one {Take the good question} other {Take the # good questions}}",
                   good)
             : VALUE_NULL);
    set(c, data, "bad_text",
        f->bad ? counted(c,
                     "{n, plural, one {One line has something to mend} other {# lines have "
                     "something to mend}}",
                     f->bad)
               : VALUE_NULL);
}

static enum err the_call(struct ctx *c, struct request *q, struct value *ret_call)
{
    const char *why = NULL;
    const struct command *take = registry_command(c->registry, "call.import_form", NULL);
    TRY(page_record(c, q, "call", ret_call));
    enum err e = act_may(c, take, ret_call, &why);
    return e == ERR_STATE && why ? fail(c->arena, ERR_STATE, "%s", why) : e;
}

enum err form_import_build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    static const char *const nothing[] = { "seen", "csv", "good_text", "bad_text", "wrong" };
    struct value call;
    struct form_file *f;
    const char *why = NULL;
    TRY(the_call(c, q, &call));
    int64_t id = value_get_int(&call, "id", 0);
    const char *href = page_href(c, "call", id);
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        set(c, data, nothing[i], VALUE_NULL);
    }
    page_title(c, data, ctx_text(c, "Take the form’s questions in from a file", NULL));
    set(c, data, "call_title", *value_get(&call, "title"));
    set(c, data, "call_rev", *value_get(&call, "rev"));
    set(c, data, "call_href", value_text(href));
    set(c, data, "look_action", value_text(arena_fmt(c->arena, "%s/form-import", href)));
    set(c, data, "file_action", value_text(arena_fmt(c->arena, "%s/form-import/file", href)));
    set(c, data, "take_action", value_text(arena_fmt(c->arena, "%s/do/import_form", href)));
    r->max_age = -1;
    if (q->method != METHOD_POST) {
        return OK;
    }
    const char *csv = file_of(c, q, &why);
    enum err e = csv ? form_import_read(c, id, csv, strlen(csv), &f) : OK;
    if (e == ERR_INVALID || e == ERR_TOO_LARGE) {
        why = c->arena->detail;
    } else {
        TRY(e);
    }
    if (why) {
        set(c, data, "wrong", value_text(why));
        r->status = 422;
        return OK;
    }
    show_file(c, f, csv, data);
    return OK;
}

enum err form_import_file(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value call;
    struct form_file *f;
    const char *why;
    (void)data;
    TRY(the_call(c, q, &call));
    bool posted = q->method == METHOD_POST;
    if (posted) {
        const char *csv = file_of(c, q, &why);
        if (!csv) {
            return fail(c->arena, ERR_INVALID, "%s", why);
        }
        TRY(form_import_read(c, value_get_int(&call, "id", 0), csv, strlen(csv), &f));
        form_import_rejects(c, f, &r->body);
    } else {
        form_import_example(&r->body);
    }
    response_attachment(
        r, posted ? "questions-to-mend.csv" : "questions.csv", "text/csv; charset=utf-8");
    r->max_age = -1;
    return OK;
}
