// SPDX-License-Identifier: Apache-2.0
// A batch's page: before it counts, what it would change; afterwards, what it was.
#include "chart.h"
#include "columns.h"
#include "readings_private.h"
#include "str.h"
#include "upload.h"

// ---- tables
// --------------------------------------------------------------------------------------

static enum err add_table(struct ctx *c, const char *id, const char *query, const struct arg *args,
    const char *heading, const char *columns, struct value *list)
{
    struct arena *a = c->arena;
    struct value rows, one = value_object(a), part = value_object(a);
    TRY(db_rows(c->db, a, query, args, &rows));
    if (!value_len(&rows)) {
        return OK;
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value *row = &rows.list->items[i];
        int64_t quality = value_get_int(row, "quality_n", 0);
        if (quality) {
            value_set(a, row, "why",
                value_text(ctx_text(
                    c, quality & QUALITY_FAR ? "Far from the others" : "First after a gap", NULL)));
        }
    }
    const char *label = ctx_text(c, heading, NULL);
    struct value table = page_table(c, NULL, label, columns, &rows);
    value_set(a, &table, "caption_hidden", value_bool(true));
    value_set(a, &part, "table", table);
    value_set(a, &one, "anchor", value_text(id));
    value_set(a, &one, "heading", value_text(label));
    value_set(a, &one, "part", part);
    *value_push(a, list) = one;
    return OK;
}

// Counts and mean of what counts, without the batch and with it.
static enum err add_totals(
    struct ctx *c, const struct value *batch, const struct arg *args, struct value *data)
{
    struct arena *a = c->arena;
    struct value before, added, replaced, words = value_object(a);
    TRY(db_row(c->db, a, "readings.summary", args, &before));
    TRY(db_row(c->db, a, "batch.added", args, &added));
    TRY(db_row(c->db, a, "batch.replaced", args, &replaced));
    int64_t n = value_get_int(&before, "n", 0);
    int64_t n_after = n + value_get_int(&added, "n", 0) - value_get_int(&replaced, "n", 0);
    double sum = value_get_num(&before, "sum_num", 0) + value_get_num(&added, "sum_num", 0) -
                 value_get_num(&replaced, "sum_num", 0);
    value_set(a, &words, "n", value_int(n));
    value_set(a, &words, "mean", value_num(value_get_num(&before, "mean_num", 0)));
    value_set(a, &words, "n_after", value_int(n_after));
    value_set(a, &words, "mean_after", value_num(n_after ? sum / (double)n_after : 0));
    value_set(a, data, "totals",
        value_text(ctx_text(c,
            "Before: {n, plural, =0 {no readings} one {# reading} other {# readings, on average "
            "{mean, number}}}. With these: {n_after, plural, one {# reading} other {# readings}}, "
            "on average {mean_after, number}.",
            &words)));
    return OK;
}

// ---- the columns
// ---------------------------------------------------------------------------------

struct heads {
    struct arena *arena;
    struct value list;
};

static enum err one_heading(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct heads *h = context;
    for (size_t i = 0; i < n; i++) {
        *value_push(h->arena, &h->list) =
            value_text(arena_strndup(h->arena, cells[i].text, cells[i].len));
    }
    return OK;
}

static enum err read_heads(struct ctx *c, const struct arg *args, struct value *ret_heads)
{
    struct value row;
    struct heads h = { c->arena, value_list(c->arena) };
    TRY(db_row(c->db, c->arena, "batch.heading", args, &row));
    const char *text = value_get_text(&row, "row_text", "");
    struct csv *csv = csv_new(one_heading, &h);
    enum err e = csv_feed(csv, c->arena, text, strlen(text));
    if (e == OK) {
        e = csv_end(csv, c->arena);
    }
    csv_free(csv);
    *ret_heads = h.list;
    return e;
}

// The number that "time=2 unit=1" gives to NAME; 0 when it has none.
static int64_t mapped(struct arena *a, const char *mapping, const char *name)
{
    size_t len = strlen(name);
    int64_t n = 0;
    for (const char *at = mapping; *at;) {
        size_t word = strcspn(at, " ");
        if (word > len && strncmp(at, name, len) == 0 && at[len] == '=') {
            return str_i64(arena_strndup(a, at + len + 1, word - len - 1), &n) ? n : 0;
        }
        at += word + (at[word] == ' ');
    }
    return 0;
}

static struct value column_field(
    struct ctx *c, const struct value *heads, const char *mapping, enum column which)
{
    static const char *const labels[N_COLUMNS] = { "Time", "Unit", "Value", "Trusted value", "Side",
        "Group" };
    struct arena *a = c->arena;
    struct value field = value_object(a), choices = value_list(a);
    int64_t chosen = mapped(a, mapping, column_name(which));
    for (int64_t i = 0; i <= (int64_t)value_len(heads); i++) {
        struct value choice = value_object(a);
        value_set(a, &choice, "value", value_text(i ? arena_fmt(a, "%lld", (long long)i) : "-"));
        value_set(a, &choice, "label",
            i ? *value_at(heads, (size_t)i - 1) : value_text(ctx_text(c, "None", NULL)));
        value_set(a, &choice, "chosen", value_bool(i == chosen));
        *value_push(a, &choices) = choice;
    }
    value_set(a, &field, "name", value_text(column_name(which)));
    value_set(a, &field, "label", value_text(ctx_text(c, labels[which], NULL)));
    value_set(a, &field, "is_choice_select", value_bool(true));
    value_set(a, &field, "choices", choices);
    value_set(a, &field, "required", value_bool(which == COLUMN_TIME || which == COLUMN_VALUE));
    return field;
}

static enum err add_columns(struct ctx *c, const struct value *batch, bool has_groups,
    const struct arg *args, struct value *data)
{
    struct arena *a = c->arena;
    int64_t kept = 0;
    TRY(db_int(c->db, a, "batch.has_file", args, &kept));
    if (!kept) {
        return OK;
    }
    struct value heads, fields = value_list(a), form = value_object(a);
    TRY(read_heads(c, args, &heads));
    for (int i = 0; i < (has_groups ? N_COLUMNS : COLUMN_GROUP); i++) {
        *value_push(a, &fields) =
            column_field(c, &heads, value_get_text(batch, "mapping", ""), (enum column)i);
    }
    const char *href = page_href(c, "batch", value_get_int(batch, "id", 0));
    value_set(a, &form, "action", value_text(arena_fmt(a, "%s/columns", href)));
    value_set(a, &form, "method", value_text("post"));
    value_set(a, &form, "csrf", value_text(c->viewer.csrf));
    value_set(a, &form, "fields", fields);
    value_set(
        a, &form, "submit_label", value_text(ctx_text(c, "Read it with these columns", NULL)));
    value_set(a, data, "form", form);
    value_set(a, data, "has_columns", value_bool(true));
    return OK;
}

// ---- the page
// ------------------------------------------------------------------------------------

static enum err add_preview(
    struct ctx *c, const struct value *batch, const struct value *measure, struct value *data)
{
    struct arena *a = c->arena;
    bool staged = kind_state(&batch_kind, value_get_text(batch, "state", "")) == BATCH_STAGED;
    const struct arg *args = ARGS(ARG("measure_id", *value_get(measure, "id")),
        ARG("batch_id", *value_get(batch, "id")), ARG("after_n", value_int(0)));
    int64_t bad = value_get_int(batch, "bad_n", 0), good = value_get_int(batch, "good_n", 0);
    const char *href = page_href(c, "batch", value_get_int(batch, "id", 0));
    struct value list = value_list(a);
    value_set(a, data, "sections", list);
    value_set(a, data, "left_out_href",
        bad ? value_text(arena_fmt(a, "%s/left-out.csv", href)) : VALUE_NULL);
    if (staged) {
        TRY(add_totals(c, batch, args, data));
        TRY(add_columns(c, batch, value_get_text(measure, "groups", NULL) != NULL, args, data));
        value_set(a, data, "publish_href",
            good ? value_text(arena_fmt(a, "%s/do/publish", href)) : VALUE_NULL);
        value_set(a, data, "publish_choice", value_text(bad ? "good" : "all"));
        value_set(a, data, "rev", *value_get(batch, "rev"));
        value_set(a, data, "csrf", value_text(c->viewer.csrf));
        value_set(a, data, "drop_href", value_text(arena_fmt(a, "%s/do/drop", href)));
        value_set(a, data, "publish_label",
            value_text(ctx_text(c, bad ? "Publish the good ones" : "Publish", NULL)));
    }
    if (good) {
        TRY(chart_batch(c, measure, batch, data));
    }
    TRY(add_table(c, "wrong", "batch.rejects_shown", args, "Rows that are wrong",
        "line_n:Line cell:Column reason:How to mend it row_text:Row", &list));
    TRY(add_table(c, "corrections", staged ? "batch.would_correct" : "batch.corrections", args,
        "Corrections", "code:Unit read_at:When old_num:There value_num:New", &list));
    TRY(add_table(c, "flagged", "batch.flagged", args, "Far from the others, or after a gap",
        "code:Unit read_at:When value_num:Value why:Why", &list));
    return add_table(c, "first", "batch.first", args, "First rows",
        "code:Unit read_at:When value_num:Value reference_num:Trusted value", &list);
}

enum err build_batch(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, measure;
    TRY(page_record(c, q, "batch", &row));
    TRY(page_show_record(c, "batch", &row, NULL, data));
    TRY(measure_row(c, value_get_int(&row, "measure_id", 0), &measure));
    if (c->audience != AUDIENCE_OFFICE && measure_may_record(c, &measure) != OK) {
        return OK; // the facts are enough for everybody else
    }
    return add_preview(c, &row, &measure, data);
}

enum err build_left_out(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, rows;
    TRY(page_record(c, q, "batch", &row));
    if (c->audience == AUDIENCE_PUBLIC) {
        return fail(c->arena, ERR_UNSIGNED, "%s", ctx_text(c, "Sign in to see this page.", NULL));
    }
    int64_t after = -1;
    do {
        TRY(db_rows(c->db, c->arena, "batch.rejects",
            ARGS(ARG("batch_id", *value_get(&row, "id")), ARG("after_n", value_int(after))),
            &rows));
        for (size_t i = 0; i < value_len(&rows); i++) {
            const struct value *at = value_at(&rows, i);
            after = value_get_int(at, "line_n", 0);
            buf_puts(&r->body, value_get_text(at, "row_text", ""));
            csv_write(&r->body, after ? value_get_text(at, "reason", "") : "reason", false);
            csv_end_row(&r->body);
        }
    } while (value_len(&rows) == 1000);
    response_attachment(r, "left-out.csv", "text/csv; charset=utf-8");
    r->max_age = -1;
    return OK;
}
