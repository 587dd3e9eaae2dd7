// SPDX-License-Identifier: Apache-2.0
#include "form_import.h"

#include "csv.h"
#include "str.h"

enum { MOST_COLUMNS = 32 };

// What a file's column may be called, besides its field's name and label.
static const struct {
    const char *name, *field;
} names[] = {
    { "number", "number_n" },
    { "question", "title" },
    { "hint", "help" },
    { "kind", "type" },
    { "required", "is_needed" },
    { "identifies", "is_identifying" },
    { "after", "after_n" },
    { "answer", "after_value" },
};

struct reading {
    struct ctx *ctx;
    struct form_file *to;
    const struct field *fields[MOST_COLUMNS]; // of the file's columns; NULL: advice, or no name
    struct value there;                       // every question the call ever had
    struct value rows; // those that a condition may point to: the form's, then the file's good ones
    int64_t next;
};

static enum err wrong_file(struct ctx *c, const char *key, const char *column)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "column", value_text(column));
    return fail(c->arena, ERR_INVALID, "%s", ctx_text(c, key, &args));
}

static void fault(struct form_line *line, const char *column, const char *text)
{
    if (line->n_faults < ARRAY_LEN(line->faults)) {
        line->faults[line->n_faults++] = (struct form_fault){ column, text };
    }
}

// ---- columns -----------------------------------------------------------------------------------

static bool is_advice(struct ctx *c, const char *column)
{
    return str_eq(column, ctx_text(c, "What to mend", NULL));
}

static const struct field *field_called(struct ctx *c, const char *text)
{
    const char *name = str_lower(c->arena, str_trim(c->arena, text));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(name, names[i].name)) {
            return kind_field(&form_item_kind, names[i].field);
        }
    }
    for (const struct field *f = form_item_kind.fields; f->name; f++) {
        if (!str_eq(f->name, "call_id") &&
            (str_eq(name, f->name) || str_eq(name, str_lower(c->arena, f->label)) ||
                str_eq(name, str_lower(c->arena, ctx_text(c, f->label, NULL))))) {
            return f;
        }
    }
    return NULL;
}

static enum err take_columns(struct reading *r, const struct csv_cell *cells, size_t n)
{
    struct ctx *c = r->ctx;
    bool title = false, type = false;
    if (n > MOST_COLUMNS) {
        return wrong_file(c, "There are too many columns.", NULL);
    }
    r->to->columns = arena_array(c->arena, const char *, n);
    r->to->n_columns = n;
    for (size_t i = 0; i < n; i++) {
        r->to->columns[i] = arena_strdup(c->arena, cells[i].text);
        r->fields[i] = field_called(c, cells[i].text);
        if (!r->fields[i] && !str_empty(cells[i].text) && !is_advice(c, cells[i].text)) {
            return wrong_file(c,
                "The column “{column}” isn’t one that questions have. Rename it or take it out.",
                r->to->columns[i]);
        }
        for (size_t j = 0; r->fields[i] && j < i; j++) {
            if (r->fields[j] == r->fields[i]) {
                return wrong_file(c, "The column “{column}” is there twice.", r->to->columns[i]);
            }
        }
        title = title || (r->fields[i] && str_eq(r->fields[i]->name, "title"));
        type = type || (r->fields[i] && str_eq(r->fields[i]->name, "type"));
    }
    return title && type
               ? OK
               : wrong_file(c, "The column “{column}” is missing.", title ? "kind" : "question");
}

// ---- cells -------------------------------------------------------------------------------------

// Choices and yes or no as people write them: by their label, in any case, in their language.
static const char *unlabelled(struct ctx *c, const struct field *f, const char *text)
{
    static const char yes_no[] = "yes=Yes|no=No";
    const char *at = f->type == FIELD_CHOICE ? f->choices : f->type == FIELD_YES_NO ? yes_no : NULL;
    const char *value, *label, *typed = str_lower(c->arena, text);
    while (at && field_next_choice(c->arena, &at, &value, &label)) {
        if (str_eq(typed, value) || str_eq(typed, str_lower(c->arena, label)) ||
            str_eq(typed, str_lower(c->arena, ctx_text(c, label, NULL)))) {
            return value;
        }
    }
    return f->type == FIELD_YES_NO ? typed : text;
}

// "Mains | Battery" as one a line.
static const char *one_a_line(struct ctx *c, const char *text)
{
    AUTO_BUF(out, 0);
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "|\n");
        const char *one = str_trim(c->arena, arena_strndup(c->arena, at, len));
        buf_fmt(&out, "%s%s", out.len && *one ? "\n" : "", one);
        at += len + (at[len] != '\0');
    }
    return arena_strdup(c->arena, buf_text(&out));
}

static const char *how_to_mend(struct ctx *c, const struct field *f, const char *why)
{
    if (f->type != FIELD_CHOICE) {
        return why;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "answers", value_text("line, prose, choice, yes_no"));
    return ctx_text(c, "Write one of: {answers}.", &args);
}

static enum err read_cell(struct reading *r, struct form_line *line, size_t column)
{
    struct ctx *c = r->ctx;
    const struct field *f = r->fields[column];
    const char *text =
        str_trim(c->arena, locale_clean(c->arena, arena_strdup(c->arena, line->cells[column])));
    if (!f || !*text) {
        return OK;
    }
    text = f->type == FIELD_LIST ? one_a_line(c, text) : unlabelled(c, f, text);
    struct value v = VALUE_NULL;
    const char *why = NULL;
    struct web_field sent = { f->name, text };
    struct submission s = { .fields = &sent, .n_fields = 1 };
    enum err e = field_read(c, f, &s, &v, &why);
    if (e == ERR_INVALID && why) {
        fault(line, r->to->columns[column], how_to_mend(c, f, why));
        return OK;
    }
    TRY(e);
    value_set(c->arena, &line->item, f->name, v);
    return OK;
}

// ---- a question --------------------------------------------------------------------------------

static const char *column_of(const struct reading *r, const char *field)
{
    for (size_t i = 0; i < r->to->n_columns; i++) {
        if (r->fields[i] && str_eq(r->fields[i]->name, field)) {
            return r->to->columns[i];
        }
    }
    return "";
}

static bool stands(const struct value *rows, const struct value *item, const char *title)
{
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i);
        if (item ? value_get_int(row, "number_n", 0) == value_get_int(item, "number_n", 0)
                 : str_eq(value_get_text(row, "title", ""), title) &&
                       !str_eq(value_get_text(row, "state", ""), "dropped")) {
            return true;
        }
    }
    return false;
}

// A number that stands in the file is kept, so that a line left out comes back to its place.
static void number_it(struct reading *r, struct form_line *line)
{
    struct ctx *c = r->ctx;
    const struct value *said = value_get(&line->item, "number_n");
    bool given = said && said->kind != V_NULL;
    line->number = given ? value_get_int(&line->item, "number_n", 0) : r->next;
    value_set(c->arena, &line->item, "number_n", value_int(line->number));
    bool taken = stands(&r->there, &line->item, NULL);
    for (size_t i = 0; i < r->to->n; i++) {
        taken = taken || r->to->lines[i].number == line->number;
    }
    if (given && (taken || !line->number)) {
        fault(line, column_of(r, "number_n"),
            ctx_text(c,
                "Another question has this number. Leave it empty, or write one that’s "
                "free, from 1.",
                NULL));
        line->number = 0;
        return;
    }
    if (line->number > CALL_MOST_ITEMS) {
        fault(
            line, "", ctx_text(c, "Twenty questions are as many as a call’s form can have.", NULL));
        line->number = 0;
        return;
    }
    r->next = r->next > line->number ? r->next : line->number + 1;
}

static bool waits_for_another(struct reading *r, struct form_line *line)
{
    int64_t after = value_get_int(&line->item, "after_n", 0);
    for (size_t i = 0; after && i < r->to->n; i++) {
        if (r->to->lines[i].number == after && r->to->lines[i].n_faults) {
            struct value args = value_object(r->ctx->arena);
            value_set(r->ctx->arena, &args, "n", value_int(after));
            fault(line, column_of(r, "after_n"),
                ctx_text(r->ctx, "Question {n} has something to mend first.", &args));
            return true;
        }
    }
    return false;
}

// "Sí" after a question of yes or no.
static void plain_answer(struct reading *r, struct form_line *line)
{
    struct ctx *c = r->ctx;
    const char *typed = str_lower(c->arena, value_get_text(&line->item, "after_value", ""));
    for (size_t i = 0; i < value_len(&r->rows); i++) {
        const struct value *row = value_at(&r->rows, i);
        if (value_get_int(row, "number_n", 0) != value_get_int(&line->item, "after_n", 0) ||
            !str_eq(value_get_text(row, "type", ""), "yes_no")) {
            continue;
        }
        static const struct field answer = { .type = FIELD_YES_NO };
        value_set(c->arena, &line->item, "after_value", value_text(unlabelled(c, &answer, typed)));
    }
}

static void look_at(struct reading *r, struct form_line *line)
{
    struct ctx *c = r->ctx;
    const char *title = value_get_text(&line->item, "title", ""), *field = "";
    static const char *const needed[] = { "title", "type" };
    size_t before = line->n_faults;
    for (size_t i = 0; i < ARRAY_LEN(needed) && !before; i++) {
        if (!value_get(&line->item, needed[i])) {
            fault(line, column_of(r, needed[i]), ctx_text(c, "This is needed.", NULL));
        }
    }
    if (*title && stands(&r->there, NULL, title)) {
        fault(
            line, column_of(r, "title"), ctx_text(c, "The form has this question already.", NULL));
    }
    for (size_t i = 0; *title && i < r->to->n; i++) {
        if (str_eq(value_get_text(&r->to->lines[i].item, "title", ""), title)) {
            struct value args = value_object(c->arena);
            value_set(c->arena, &args, "line", value_int((int64_t)r->to->lines[i].line));
            fault(line, column_of(r, "title"),
                ctx_text(c, "Line {line} has the same question.", &args));
            break;
        }
    }
    if (line->n_faults || waits_for_another(r, line)) {
        return;
    }
    plain_answer(r, line);
    const char *why = form_item_wrong(&line->item, &r->rows, line->number, &field);
    if (why) {
        fault(line, column_of(r, field), ctx_text(c, why, NULL));
    }
}

static enum err take_row(
    void *context, struct arena *scratch, size_t line_n, const struct csv_cell *cells, size_t n)
{
    struct reading *r = context;
    struct ctx *c = r->ctx;
    struct form_file *to = r->to;
    (void)scratch;
    if (!to->columns) {
        return take_columns(r, cells, n);
    }
    const char **kept = arena_array(c->arena, const char *, to->n_columns);
    bool empty = true;
    for (size_t i = 0; i < to->n_columns; i++) {
        kept[i] = i < n ? arena_strdup(c->arena, cells[i].text) : "";
        empty = empty && str_empty(kept[i]);
    }
    if (empty) {
        return OK; // spreadsheets end in empty rows
    }
    if (to->n == FORM_IMPORT_MOST) {
        return wrong_file(c, "A file has at most 100 lines. Split it.", NULL);
    }
    struct form_line *line = &to->lines[to->n];
    *line = (struct form_line){ .line = line_n, .cells = kept, .item = value_object(c->arena) };
    if (n > to->n_columns) {
        fault(line, "", ctx_text(c, "The line has more cells than there are columns.", NULL));
    }
    for (size_t i = 0; i < to->n_columns; i++) {
        TRY(read_cell(r, line, i));
    }
    number_it(r, line);
    look_at(r, line);
    if (!line->n_faults) {
        *value_push(c->arena, &r->rows) = line->item;
    }
    to->bad += line->n_faults > 0;
    to->n++;
    return arena_exhausted(c->arena) ? fail(c->arena, ERR_TOO_LARGE, "%s",
                                           ctx_text(c, "The file is too large. Split it.", NULL))
                                     : OK;
}

enum err form_import_read(
    struct ctx *c, int64_t call, const char *text, size_t len, struct form_file **ret_file)
{
    struct form_file *f = arena_array(c->arena, struct form_file, 1);
    struct reading r = { .ctx = c, .to = f, .next = 1 };
    *f = (struct form_file){ .n = 0 };
    TRY(db_rows(
        c->db, c->arena, "call.form_taken", ARGS(ARG("call_id", value_id(call))), &r.there));
    TRY(call_form(c, call, &r.rows));
    for (size_t i = 0; i < value_len(&r.there); i++) {
        int64_t n = value_get_int(value_at(&r.there, i), "number_n", 0);
        r.next = r.next > n ? r.next : n + 1;
    }
    struct csv *csv = csv_new(take_row, &r);
    enum err e = csv_feed(csv, c->arena, text, len);
    if (e == OK) {
        e = csv_end(csv, c->arena);
    }
    const char *why = csv_why(csv, c->arena, c->locale);
    c->arena->detail = why ? why : c->arena->detail;
    csv_free(csv);
    TRY(e);
    if (!f->n) {
        return wrong_file(
            c, "There is no question in the file. Its first line names the columns.", NULL);
    }
    *ret_file = f;
    return OK;
}

// ---- the act -----------------------------------------------------------------------------------

const char *form_may_import(struct act *a)
{
    struct value row;
    if (db_row(a->ctx->db, a->ctx->arena, "call.form_last", ARGS(ARG("call_id", value_id(a->id))),
            &row) != OK) {
        return "The call can’t be read just now.";
    }
    return value_get_int(&row, "n", 0) < CALL_MOST_ITEMS
               ? NULL
               : "Twenty questions are as many as a call’s form can have.";
}

static enum err refuse(struct act *a, const struct form_file *f)
{
    AUTO_BUF(out, 0);
    for (size_t i = 0; i < f->n && out.len < 2000; i++) {
        struct value args = value_object(a->ctx->arena);
        value_set(a->ctx->arena, &args, "line", value_int((int64_t)f->lines[i].line));
        if (f->lines[i].n_faults) {
            buf_fmt(&out, "%s%s %s", out.len ? " " : "", ctx_text(a->ctx, "Line {line}:", &args),
                form_line_faults(a->ctx, &f->lines[i]));
        }
    }
    struct value args = value_object(a->ctx->arena);
    value_set(
        a->ctx->arena, &args, "what", value_text(arena_strdup(a->ctx->arena, buf_text(&out))));
    return act_invalid(a, "form_csv", "{what}", &args);
}

enum err form_import(struct act *a)
{
    struct ctx *c = a->ctx;
    struct form_file *f;
    const char *text = act_text(a, "form_csv");
    bool good = str_eq(act_text(a, "take_lines"), "good");
    enum err e = form_import_read(c, a->id, text, strlen(text), &f);
    if (e == ERR_INVALID) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "what", value_text(c->arena->detail));
        return act_invalid(a, "form_csv", "{what}", &args);
    }
    TRY(e);
    if (f->bad && (!good || f->bad == f->n)) {
        return refuse(a, f);
    }
    for (size_t i = 0; i < f->n; i++) {
        if (!f->lines[i].n_faults) {
            value_set(c->arena, &f->lines[i].item, "call_id", value_id(a->id));
            TRY(act_nest(a, "form_item.import", 0, &f->lines[i].item, NULL));
        }
    }
    act_note(a, "taken_n", value_int((int64_t)(f->n - f->bad)));
    act_note(a, "refused_n", value_int((int64_t)f->bad));
    return act_save(a);
}

// ---- handing back ------------------------------------------------------------------------------

const char *form_line_faults(struct ctx *c, const struct form_line *line)
{
    AUTO_BUF(out, 0);
    for (size_t i = 0; i < line->n_faults; i++) {
        const struct form_fault *f = &line->faults[i];
        buf_fmt(&out, "%s%s%s%s", i ? " " : "", f->column, *f->column ? ": " : "", f->text);
    }
    return arena_strdup(c->arena, buf_text(&out));
}

static bool is_number(struct ctx *c, const char *column)
{
    const struct field *f = field_called(c, column);
    return f && str_eq(f->name, "number_n");
}

void form_import_rejects(struct ctx *c, const struct form_file *f, struct buf *out)
{
    csv_write(out, "number", true);
    for (size_t i = 0; i < f->n_columns; i++) {
        if (!is_advice(c, f->columns[i]) && !is_number(c, f->columns[i])) {
            csv_write(out, f->columns[i], false);
        }
    }
    csv_write(out, ctx_text(c, "What to mend", NULL), false);
    csv_end_row(out);
    for (size_t i = 0; i < f->n; i++) {
        const struct form_line *line = &f->lines[i];
        if (!line->n_faults) {
            continue;
        }
        csv_write(
            out, line->number ? arena_fmt(c->arena, "%lld", (long long)line->number) : "", true);
        for (size_t j = 0; j < f->n_columns; j++) {
            if (!is_advice(c, f->columns[j]) && !is_number(c, f->columns[j])) {
                csv_write(out, line->cells[j], false);
            }
        }
        csv_write(out, form_line_faults(c, line), false);
        csv_end_row(out);
    }
}

void form_import_example(struct buf *out)
{
    static const char *const rows[][8] = {
        { "number", "question", "kind", "choices", "required", "identifies", "after", "answer" },
        { "1", "Does it need power?", "yes_no", "", "yes", "no", "", "" },
        { "2", "Which kind?", "choice", "Mains | Battery", "yes", "no", "1", "yes" },
        { "3", "How often is the battery changed?", "line", "", "yes", "no", "2", "Battery" },
        { "4", "Where did you do this before?", "prose", "", "no", "yes", "", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t j = 0; j < ARRAY_LEN(rows[i]); j++) {
            csv_write(out, rows[i][j], j == 0);
        }
        csv_end_row(out);
    }
}
