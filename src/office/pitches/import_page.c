// SPDX-License-Identifier: Apache-2.0
// Uploading pitches that came in elsewhere: first what is in the file and what is wrong with it,
// row by row; then one button that takes over the good rows. Nothing is kept in between: the page
// carries the file.
#include "pitch_parts.h"

#include "str.h"

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static void show_form(
    struct ctx *c, const struct value *call, const char *problem, struct value *data)
{
    static const struct field file = {
        .name = "file",
        .type = FIELD_FILE,
        .label = "File",
        .help =
            "CSV, as spreadsheets save it (“CSV UTF-8”), at most 500,000 characters. The first "
            "line names the columns: reference, title, summary; and, where there are, approach, "
            "evidence, access_plan, privacy_plan, risks, answers, organisation, contact_name, "
            "email, submitted_at; and answer_1 to answer_20 for the call’s own questions.",
    };
    const char *href = page_href(c, "call", value_get_int(call, "id", 0));
    struct value form = value_object(c->arena), fields = value_list(c->arena);
    struct value errors = value_list(c->arena);
    *value_push(c->arena, &fields) = field_form_item(c, &file, true, NULL, NULL, problem);
    if (problem) {
        struct value error = value_object(c->arena);
        set(c, &error, "name", value_text("file"));
        set(c, &error, "label", value_text(ctx_text(c, "File", NULL)));
        set(c, &error, "text", value_text(problem));
        *value_push(c->arena, &errors) = error;
    }
    set(c, &form, "action", value_text(arena_fmt(c->arena, "%s/import", href)));
    set(c, &form, "method", value_text("post"));
    set(c, &form, "csrf", value_text(c->viewer.csrf));
    set(c, &form, "multipart", value_bool(true));
    set(c, &form, "intro",
        value_text(ctx_text(c,
            "You then see what is in it and what is wrong, row by row. Nothing is taken over "
            "before you say so.",
            NULL)));
    set(c, &form, "submit_label", value_text(ctx_text(c, "Look at the file", NULL)));
    set(c, &form, "cancel_href", value_text(href));
    set(c, &form, "fields", fields);
    set(c, &form, "errors", errors);
    set(c, &form, "has_errors", value_bool(problem != NULL));
    set(c, data, "form", form);
    set(c, data, "asking", value_bool(true));
    set(c, data, "paste_href", value_text(arena_fmt(c->arena, "%s/do/import", href)));
}

static void show_preview(struct ctx *c, const struct value *call,
    const struct import_preview *preview, const char *csv, struct value *data)
{
    struct value args = value_object(c->arena), seen = value_object(c->arena);
    struct value rows = preview->lines;
    const char *href = page_href(c, "call", value_get_int(call, "id", 0));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value *row = &rows.list->items[i];
        const struct value *why = value_get(row, "why");
        set(c, row, "outcome",
            why->kind == V_NULL ? value_text(ctx_text(c, "Will be taken over", NULL)) : *why);
    }
    set(c, &args, "taken", value_int(preview->taken));
    set(c, &args, "refused", value_int(preview->refused));
    set(c, &args, "shown", value_int(IMPORT_MOST_SHOWN));
    set(c, &seen, "table",
        page_table(c, NULL, "What is in the file",
            "line_n:Line reference:Reference title:Solution outcome:Outcome", &rows));
    set(c, data, "seen", seen);
    set(c, data, "sums_text",
        value_text(ctx_text(c,
            "{taken, plural, =0 {No pitch} one {One pitch} other {# pitches}} can be taken over; "
            "{refused, plural, =0 {nothing is wrong} one {one line is wrong} other {# lines are "
            "wrong}}.",
            &args)));
    set(c, data, "more_text",
        preview->taken + preview->refused > IMPORT_MOST_SHOWN
            ? value_text(ctx_text(c, "The first {shown} lines are shown.", &args))
            : VALUE_NULL);
    set(c, data, "may_take", value_bool(preview->taken > 0));
    set(c, data, "take_action", value_text(arena_fmt(c->arena, "%s/do/import", href)));
    set(c, data, "call_rev", *value_get(call, "rev"));
    set(c, data, "csv", value_text(csv));
    set(c, data, "mend_action",
        preview->refused ? value_text(arena_fmt(c->arena, "%s/import/mend", href)) : VALUE_NULL);
    set(c, data, "again_href", value_text(arena_fmt(c->arena, "%s/import", href)));
}

// The file's text; NULL with the reason when it can't be one.
static const char *text_of(struct ctx *c, const struct request *q, const char **ret_why)
{
    const struct web_file *file = q->n_files ? &q->files[0] : NULL;
    const char *why = !file || !file->len              ? "Choose a file."
                      : file->len > IMPORT_LONGEST * 4 ? "The file is too large. Split it."
                      : !str_utf8(file->data, file->len)
                          ? "The file isn’t UTF-8 text. Save it as “CSV UTF-8”."
                          : NULL;
    const char *text = why ? NULL : arena_strndup(c->arena, file->data, file->len);
    if (text && str_chars(text) > IMPORT_LONGEST) {
        why = "The file is too large. Split it.";
    }
    *ret_why = why ? ctx_text(c, why, NULL) : NULL;
    return why ? NULL : text;
}

static enum err may_take(struct ctx *c, struct request *q, struct value *ret_call)
{
    const struct command *take = registry_command(c->registry, "call.import", NULL);
    const char *why = NULL;
    TRY(page_record(c, q, "call", ret_call));
    enum err e = act_may(c, take, ret_call, &why);
    return e == ERR_STATE && why ? fail(c->arena, ERR_STATE, "%s", why) : e;
}

enum err import_mend(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value call;
    struct import_preview preview;
    (void)data;
    TRY(may_take(c, q, &call));
    const char *text = request_form(q, "csv");
    if (q->method != METHOD_POST || str_empty(text) || str_chars(text) > IMPORT_LONGEST) {
        return fail(c->arena, ERR_INVALID, "%s", ctx_text(c, "Choose a file.", NULL));
    }
    TRY(import_look(c, value_get_int(&call, "id", 0), text, strlen(text), &r->body, &preview));
    response_attachment(r, "pitches-to-mend.csv", "text/csv; charset=utf-8");
    r->max_age = -1;
    r->no_body_log = true;
    return OK;
}

enum err import_build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value call;
    const char *why = NULL;
    enum err e;
    TRY(may_take(c, q, &call));
    page_title(c, data, ctx_text(c, "Take over pitches from the other system", NULL));
    set(c, data, "call_title", *value_get(&call, "title"));
    r->max_age = -1;
    r->no_body_log = true;
    const char *text = q->method == METHOD_POST ? text_of(c, q, &why) : NULL;
    if (text) {
        struct import_preview preview;
        e = import_look(c, value_get_int(&call, "id", 0), text, strlen(text), NULL, &preview);
        if (e == OK) {
            show_preview(c, &call, &preview, text, data);
            return OK;
        }
        if (e != ERR_INVALID && e != ERR_TOO_LARGE) {
            return e;
        }
        why = c->arena->detail;
    }
    show_form(c, &call, why, data);
    r->status = why ? 422 : r->status;
    return OK;
}
