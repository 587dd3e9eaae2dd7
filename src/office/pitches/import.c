// SPDX-License-Identifier: Apache-2.0
// Pitches handed in elsewhere, taken over from a CSV file: one act for the import, one nested in it
// for each pitch. Lines that can't be taken are named with the reason, by number only: the report
// stands where names must not. The same reading without an act shows beforehand what would be.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "clock.h"
#include "csv.h"
#include "map.h"
#include "str.h"

enum { MOST_COLUMNS = 32, MOST_REPORTED = 150, LONGEST_LINE = 200, LONGEST_TEXT = 20000 };

static const char *const columns[] = { "reference", "title", "summary", "approach", "evidence",
    "access_plan", "privacy_plan", "risks", "answers", "organisation", "contact_name", "email",
    "submitted_at" };

static bool is_advice(struct ctx *c, const char *column)
{
    return str_eq(column, ctx_text(c, "What to mend", NULL));
}

struct import {
    struct ctx *ctx;
    struct act *act; // NULL: nothing is taken, each line is noted in `lines`
    int64_t call;
    struct map seen; // references met in the file
    struct value lines;
    const char *names[MOST_COLUMNS]; // of the file's columns; NULL for one that isn't known
    size_t n_names;
    bool has_names;
    int64_t taken, refused, reported;
    struct buf report;
    struct value items; // the call's own questions
    struct buf *mend;   // NULL: the lines left out aren't wanted
    bool advice[MOST_COLUMNS];
    const struct csv_cell *cells; // of the line being looked at
    size_t n_cells;
};

const char *pitch_may_import(struct act *a)
{
    return str_eq(value_get_text(&a->row, "intake", "here"), "elsewhere")
               ? NULL
               : "Pitches for this call come in here; there is nothing to import.";
}

// A line as a preview shows it: nothing of who pitches.
static void note(struct import *m, size_t line, const struct value *row, const char *why)
{
    struct arena *a = m->ctx->arena;
    struct value one = value_object(a);
    if (m->act || value_len(&m->lines) >= IMPORT_MOST_SHOWN) {
        return;
    }
    value_set(a, &one, "line_n", value_int((int64_t)line));
    value_set(a, &one, "reference", value_text(value_get_text(row, "reference", NULL)));
    value_set(a, &one, "title", value_text(value_get_text(row, "title", NULL)));
    value_set(a, &one, "why", value_text(why));
    *value_push(a, &m->lines) = one;
}

// The line as it stands, to be mended and given again.
static void hand_back(struct import *m, const char *why)
{
    bool first = true;
    for (size_t i = 0; m->mend && i < m->n_names; i++) {
        if (!m->advice[i]) {
            csv_write(m->mend, i < m->n_cells ? m->cells[i].text : "", first);
            first = false;
        }
    }
    if (m->mend) {
        csv_write(m->mend, why, first);
        csv_end_row(m->mend);
    }
}

static void refuse(
    struct import *m, size_t line, const struct value *row, const char *key, const char *column)
{
    struct ctx *c = m->ctx;
    struct value args = value_object(c->arena);
    m->refused++;
    value_set(c->arena, &args, "line", value_int((int64_t)line));
    value_set(c->arena, &args, "column", value_text(column));
    note(m, line, row, ctx_text(c, key, &args));
    hand_back(m, ctx_text(c, key, &args));
    if (m->reported++ >= MOST_REPORTED) {
        return;
    }
    buf_fmt(&m->report, "%s\n", ctx_text(c, key, &args));
}

static enum err wrong_file(struct import *m, const char *key)
{
    return m->act ? act_invalid(m->act, "csv", key, NULL)
                  : fail(m->ctx->arena, ERR_INVALID, "%s", ctx_text(m->ctx, key, NULL));
}

static enum err read_names(struct import *m, const struct csv_cell *cells, size_t n)
{
    struct ctx *c = m->ctx;
    bool found[ARRAY_LEN(columns)] = { false };
    if (n > MOST_COLUMNS) {
        return wrong_file(m, "There are too many columns.");
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = str_lower(c->arena, str_trim(c->arena, cells[i].text));
        const struct field *answer =
            str_starts(name, "answer_") ? kind_field(&pitch_kind, name) : NULL;
        m->names[i] = answer ? answer->name : NULL;
        m->advice[i] = is_advice(c, cells[i].text);
        for (size_t j = 0; j < ARRAY_LEN(columns); j++) {
            if (str_eq(name, columns[j])) {
                m->names[i] = columns[j];
                found[j] = true;
            }
        }
    }
    m->n_names = n;
    m->has_names = true;
    m->cells = cells;
    m->n_cells = n;
    hand_back(m, ctx_text(c, "What to mend", NULL));
    for (size_t j = 0; j < 3; j++) {
        if (!found[j]) {
            return wrong_file(
                m, "The first line must name the columns: reference, title and summary at least.");
        }
    }
    return OK;
}

// The row's values by column; what is wrong in *RET_WHY.
static struct value row_values(struct import *m, const struct csv_cell *cells, size_t n,
    const char **ret_why, const char **ret_column)
{
    struct ctx *c = m->ctx;
    struct value one = value_object(c->arena);
    *ret_why = NULL;
    for (size_t i = 0; i < n && i < m->n_names; i++) {
        const char *name = m->names[i];
        const char *text = str_trim(c->arena, locale_clean(c->arena, cells[i].text));
        if (!name || !*text) {
            continue;
        }
        const struct field *f = kind_field(&pitch_kind, name);
        struct value v = VALUE_NULL;
        const char *why = NULL;
        struct web_field field = { name, text };
        struct submission s = { .fields = &field, .n_fields = 1 };
        if (field_read(c, f, &s, &v, &why) != OK) {
            *ret_why = "Line {line}: “{column}” can’t be read; it is too long or malformed.";
            *ret_column = name;
            return one;
        }
        value_set(c->arena, &one, name, v);
    }
    for (size_t j = 0; j < 3; j++) {
        if (!value_get(&one, columns[j])) {
            *ret_why = "Line {line}: “{column}” is empty.";
            *ret_column = columns[j];
        }
    }
    return one;
}

// What the call asks besides, as its form would check it. "Yes" is yes in any case.
static bool answers_fit(struct import *m, size_t line, struct value *one)
{
    struct ctx *c = m->ctx;
    int64_t number = 0;
    for (size_t i = 0; i < value_len(&m->items); i++) {
        const struct value *item = value_at(&m->items, i);
        const char *name =
            arena_fmt(c->arena, "answer_%lld", (long long)value_get_int(item, "number_n", 0));
        const char *typed = str_lower(c->arena, value_get_text(one, name, ""));
        if (*typed && str_eq(value_get_text(item, "type", ""), "yes_no")) {
            value_set(c->arena, one, name,
                value_text(str_eq(typed, str_lower(c->arena, ctx_text(c, "Yes", NULL)))  ? "yes"
                           : str_eq(typed, str_lower(c->arena, ctx_text(c, "No", NULL))) ? "no"
                                                                                         : typed));
        }
    }
    const char *why = answers_wrong(c, &m->items, one, &number);
    if (why) {
        refuse(m, line, one,
            str_eq(why, "This is needed.")
                ? "Line {line}: “{column}” is needed: the call asks it."
                : "Line {line}: “{column}” isn’t an answer that the call’s question takes.",
            arena_fmt(c->arena, "answer_%lld", (long long)number));
    }
    return !why;
}

// An answer to a question that the call hasn't is more than can be kept.
static const char *unasked(struct import *m, const struct value *one)
{
    for (size_t i = 0; i < m->n_names; i++) {
        const char *name = m->names[i];
        bool asked = !name || !str_starts(name, "answer_") || !value_get(one, name);
        for (size_t j = 0; j < value_len(&m->items) && !asked; j++) {
            asked =
                str_eq(name, arena_fmt(m->ctx->arena, "answer_%lld",
                                 (long long)value_get_int(value_at(&m->items, j), "number_n", 0)));
        }
        if (!asked) {
            return name;
        }
    }
    return NULL;
}

static enum err take_row(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct import *m = context;
    struct ctx *c = m->ctx;
    const char *why, *column = "";
    int64_t there;
    (void)scratch;
    if (!m->has_names) {
        return read_names(m, cells, n);
    }
    m->cells = cells;
    m->n_cells = n;
    struct value one = row_values(m, cells, n, &why, &column);
    if (why) {
        refuse(m, line, &one, why, column);
        return OK;
    }
    const char *reference = value_get_text(&one, "reference", "");
    TRY(db_int(c->db, c->arena, "pitch.by_reference",
        ARGS(ARG("call_id", value_id(m->call)), ARG("reference", value_text(reference))), &there));
    if (there || map_get(&m->seen, reference)) {
        refuse(m, line, &one,
            map_get(&m->seen, reference)
                ? "Line {line}: this reference stands in the file twice; the first is taken."
                : "Line {line}: this reference was imported before.",
            column);
        return OK;
    }
    bool answers;
    TRY(pitch_answers_fit(c, m->call, value_get_text(&one, "answers", ""), &answers));
    if (!answers) {
        refuse(m, line, &one, "Line {line}: “{column}” names a challenge that the call hasn’t.",
            "answers");
        return OK;
    }
    column = unasked(m, &one);
    if (column) {
        refuse(m, line, &one, "Line {line}: the call has no question for “{column}”.", column);
        return OK;
    }
    if (!answers_fit(m, line, &one)) {
        return OK;
    }
    map_put(&m->seen, reference, m);
    m->taken++;
    note(m, line, &one, NULL);
    if (m->act) {
        value_set(c->arena, &one, "call_id", value_id(m->call));
        TRY(act_nest(m->act, "pitch.import", 0, &one, NULL));
    }
    return arena_exhausted(c->arena) ? fail(c->arena, ERR_TOO_LARGE, "The file is too large.") : OK;
}

static enum err read_file(struct import *m, const char *text, size_t len)
{
    map_init(&m->seen, m->ctx->arena);
    m->lines = value_list(m->ctx->arena);
    TRY(call_form(m->ctx, m->call, &m->items));
    struct csv *csv = csv_new(take_row, m);
    enum err e = csv_feed(csv, m->ctx->arena, text, len);
    if (e == OK) {
        e = csv_end(csv, m->ctx->arena);
    }
    const char *why = csv_why(csv, m->ctx->arena, m->ctx->locale);
    m->ctx->arena->detail = why ? why : m->ctx->arena->detail;
    csv_free(csv);
    return e == OK && !m->has_names ? wrong_file(m, "The file is empty.") : e;
}

enum err import_look(struct ctx *c, int64_t call, const char *text, size_t len, struct buf *mend,
    struct import_preview *ret_preview)
{
    struct import m = { .ctx = c, .call = call, .mend = mend, .report = BUF(1 << 20) };
    enum err e = read_file(&m, text, len);
    buf_release(&m.report);
    *ret_preview = (struct import_preview){ m.lines, m.taken, m.refused };
    return e;
}

enum err pitch_import(struct act *a)
{
    struct ctx *c = a->ctx;
    struct import m = { .ctx = c, .act = a, .call = a->id, .report = BUF(1 << 20) };
    const char *text = act_text(a, "csv");
    enum err e = read_file(&m, text, strlen(text));
    if (e == OK) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "taken", value_int(m.taken));
        value_set(c->arena, &args, "refused", value_int(m.refused));
        act_set(a, "import_report",
            value_text(arena_fmt(c->arena, "%s\n%s",
                ctx_text(c, "{taken} taken over, {refused} refused.", &args),
                buf_text(&m.report))));
        act_note(a, "taken_n", value_int(m.taken));
        act_note(a, "refused_n", value_int(m.refused));
        e = act_save(a);
    }
    buf_release(&m.report);
    return e;
}
