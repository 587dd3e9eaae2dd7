// SPDX-License-Identifier: Apache-2.0
#include "backfill.h"

#include "csv.h"
#include "pilots_private.h"
#include "str.h"
#include "web.h"

enum { MOST_COLUMNS = 64, MOST_FAULTS = ARRAY_LEN(((struct backfill_row *)0)->faults) };

// What people call a column, besides its field's name and label.
static const struct {
    const char *alias, *field;
} aliases[] = {
    { "pilot", "title" },
    { "name", "title" },
    { "partner", "organisation_id" },
    { "vendor", "organisation_id" },
    { "outcome", "outcome_text" },
    { "source", "source_url" },
};

struct reading {
    struct ctx *ctx;
    struct backfill *to;
    const struct command *command;
    const struct field *fields[MOST_COLUMNS]; // of the file's columns; NULL: source_url
    size_t size;
};

static const struct field source_field = { "source_url", FIELD_URL, "Source",
    .help = "Address of the page that says so." };

// ---- columns -----------------------------------------------------------------------------------

// "Origin reason", "origin_reason" and "partner" for organisation_id: people name columns freely.
static bool called(struct ctx *c, const char *name, const struct field *f)
{
    static const char *const endings[] = { "_id", "_n", "_text", "_on" };
    char *plain = arena_strdup(c->arena, name);
    for (char *p = plain; *p; p++) {
        *p = *p == ' ' ? '_' : *p;
    }
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t len = strlen(f->name), end = strlen(endings[i]);
        if (str_ends(f->name, endings[i]) && strlen(plain) == len - end &&
            memcmp(plain, f->name, len - end) == 0) {
            return true;
        }
    }
    return str_eq(plain, f->name) || str_eq(name, str_lower(c->arena, f->label)) ||
           str_eq(name, str_lower(c->arena, ctx_text(c, f->label, NULL)));
}

static const struct field *field_called(struct reading *r, const char *text)
{
    struct ctx *c = r->ctx;
    char *name = str_lower(c->arena, str_trim(c->arena, text));
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (str_eq(name, aliases[i].alias)) {
            name = arena_strdup(c->arena, aliases[i].field);
        }
    }
    if (str_eq(name, source_field.name)) {
        return &source_field;
    }
    const struct field *f;
    bool required;
    for (size_t i = 0; (f = command_field(c->registry, r->command, i, &required)); i++) {
        if (called(c, name, f)) {
            return f;
        }
    }
    return NULL;
}

static enum err wrong_file(struct ctx *c, const char *key, const char *column)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "column", value_text(column));
    return fail(c->arena, ERR_INVALID, "%s", ctx_text(c, key, &args));
}

// The column that backfill_rejects() adds: a file that was mended comes back with it.
static bool is_advice(struct ctx *c, const char *column)
{
    return str_eq(column, ctx_text(c, "What to mend", NULL));
}

static enum err take_columns(struct reading *r, const struct csv_cell *cells, size_t n)
{
    struct ctx *c = r->ctx;
    if (n > MOST_COLUMNS) {
        return wrong_file(c, "There are too many columns.", NULL);
    }
    r->to->columns = arena_array(c->arena, const char *, n);
    r->to->n_columns = n;
    for (size_t i = 0; i < n; i++) {
        r->to->columns[i] = arena_strdup(c->arena, cells[i].text);
        r->fields[i] = field_called(r, cells[i].text);
        if (!r->fields[i] && !str_empty(cells[i].text) && !is_advice(c, cells[i].text)) {
            return wrong_file(c,
                "The column “{column}” isn’t one of those that a past pilot has. Rename it or take "
                "it out.",
                r->to->columns[i]);
        }
        for (size_t j = 0; r->fields[i] && j < i; j++) {
            if (r->fields[j] == r->fields[i]) {
                return wrong_file(c, "The column “{column}” is there twice.", r->to->columns[i]);
            }
        }
    }
    const struct field *f;
    bool required;
    for (size_t i = 0; (f = command_field(c->registry, r->command, i, &required)); i++) {
        bool there = !required;
        for (size_t j = 0; j < n; j++) {
            there = there || r->fields[j] == f;
        }
        if (!there) {
            return wrong_file(c, "The column “{column}” is missing.", ctx_text(c, f->label, NULL));
        }
    }
    return OK;
}

// ---- rows --------------------------------------------------------------------------------------

static void fault(struct backfill_row *row, const char *column, const char *text)
{
    if (row->n_faults < MOST_FAULTS) {
        row->faults[row->n_faults++] = (struct backfill_fault){ column, text };
    }
}

// A choice may stand as its label: "Being evaluated" for "evaluating".
static const char *unlabelled(struct ctx *c, const struct field *f, const char *text)
{
    const char *at = f->type == FIELD_CHOICE ? f->choices : NULL, *value, *label;
    while (at && field_next_choice(c->arena, &at, &value, &label)) {
        const char *typed = str_lower(c->arena, text);
        if (str_eq(typed, value) || str_eq(typed, str_lower(c->arena, label)) ||
            str_eq(typed, str_lower(c->arena, ctx_text(c, label, NULL)))) {
            return value;
        }
    }
    return text;
}

static const char *how_to_mend(struct ctx *c, const struct field *f, const char *why)
{
    if (f->type == FIELD_ORGANISATION) {
        return ctx_text(c,
            "No organisation has exactly this name. Write it as in the list of organisations, or "
            "add it there first.",
            NULL);
    }
    if (f->type != FIELD_CHOICE && f->type != FIELD_CHOICES) {
        return why;
    }
    AUTO_BUF(list, 0);
    const char *at = f->choices, *value, *label;
    while (field_next_choice(c->arena, &at, &value, &label)) {
        buf_fmt(&list, "%s%s", list.len ? ", " : "", value);
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "answers", value_text(arena_strdup(c->arena, buf_text(&list))));
    return ctx_text(c, "Write one of: {answers}.", &args);
}

static enum err read_cell(struct reading *r, struct backfill_row *row, const struct field *f,
    const char *column, const char *cell)
{
    struct ctx *c = r->ctx;
    const char *text =
        unlabelled(c, f, str_trim(c->arena, locale_clean(c->arena, arena_strdup(c->arena, cell))));
    if (!*text) {
        return OK;
    }
    struct value v = VALUE_NULL;
    const char *why = NULL;
    struct web_field sent = { f->name, text };
    struct submission s = { .fields = &sent, .n_fields = 1 };
    enum err e = field_read(c, f, &s, &v, &why);
    if (e == ERR_INVALID && why) {
        fault(row, column, how_to_mend(c, f, why));
        return OK;
    }
    TRY(e);
    value_set(c->arena, &row->values, f->name, v);
    return OK;
}

static void ask_for_what_is_missing(struct reading *r, struct backfill_row *row)
{
    struct ctx *c = r->ctx;
    const struct field *f;
    bool required;
    for (size_t i = 0; (f = command_field(c->registry, r->command, i, &required)); i++) {
        bool said = value_get(&row->values, f->name) != NULL;
        for (size_t j = 0; j < r->to->n_columns && !said; j++) {
            for (size_t k = 0; k < row->n_faults && r->fields[j] == f; k++) {
                said = said || str_eq(row->faults[k].column, r->to->columns[j]);
            }
        }
        if (required && !said) {
            fault(row, ctx_text(c, f->label, NULL), ctx_text(c, "This is needed.", NULL));
        }
    }
    int64_t from = value_get_int(&row->values, "starts_on", 0),
            to = value_get_int(&row->values, "ends_on", 0);
    if (value_get(&row->values, "starts_on") && value_get(&row->values, "ends_on") && to < from) {
        fault(row, ctx_text(c, "Ends", NULL), ctx_text(c, "The end comes before the start.", NULL));
    }
}

// The same title in the same department, here already or further up in the file.
static enum err look_for_twin(struct reading *r, struct backfill_row *row)
{
    struct ctx *c = r->ctx;
    int64_t department = value_get_int(&row->values, "department_id", 0), there = 0;
    for (size_t i = 0; i < r->to->n; i++) {
        const struct backfill_row *other = &r->to->rows[i];
        if (str_eq(other->title, row->title) &&
            value_get_int(&other->values, "department_id", 0) == department) {
            struct value args = value_object(c->arena);
            value_set(c->arena, &args, "line", value_int((int64_t)other->line));
            fault(row, ctx_text(c, "Pilot", NULL),
                ctx_text(c, "Line {line} has the same pilot of the same department.", &args));
            return OK;
        }
    }
    TRY(db_int(c->db, c->arena, "pilot.of_title",
        ARGS(ARG("title", value_text(row->title)), ARG("department_id", value_id(department))),
        &there));
    if (there) {
        fault(row, ctx_text(c, "Pilot", NULL),
            ctx_text(c,
                "The department has a pilot of this name already. Take the line out, or give the "
                "pilot another name.",
                NULL));
    }
    return OK;
}

static struct backfill_row *new_row(struct reading *r, size_t line)
{
    struct backfill *b = r->to;
    if (b->n == r->size) {
        size_t size = r->size ? r->size * 2 : 32;
        struct backfill_row *more = arena_array(r->ctx->arena, struct backfill_row, size);
        for (size_t i = 0; i < b->n; i++) {
            more[i] = b->rows[i];
        }
        b->rows = more;
        r->size = size;
    }
    b->rows[b->n] =
        (struct backfill_row){ .line = line, .title = "", .values = value_object(r->ctx->arena) };
    return &b->rows[b->n];
}

static enum err take_row(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct reading *r = context;
    struct ctx *c = r->ctx;
    if (!r->to->columns) {
        return take_columns(r, cells, n);
    }
    if (r->to->n == BACKFILL_MAX_ROWS) {
        return wrong_file(c, "A file has at most 1,000 rows. Split it.", NULL);
    }
    struct backfill_row *row = new_row(r, line);
    const char **kept = arena_array(c->arena, const char *, r->to->n_columns);
    bool empty = true;
    for (size_t i = 0; i < r->to->n_columns; i++) {
        kept[i] = i < n ? arena_strdup(c->arena, cells[i].text) : "";
        empty = empty && str_empty(kept[i]);
    }
    if (empty) {
        return OK; // spreadsheets end in empty rows
    }
    row->cells = kept;
    if (n > r->to->n_columns) {
        fault(row, "", ctx_text(c, "The line has more cells than there are columns.", NULL));
    }
    for (size_t i = 0; i < r->to->n_columns; i++) {
        if (r->fields[i]) {
            TRY(read_cell(r, row, r->fields[i], r->to->columns[i], kept[i]));
        }
    }
    row->title = value_get_text(&row->values, "title", "");
    ask_for_what_is_missing(r, row);
    if (!row->n_faults) {
        TRY(look_for_twin(r, row));
    }
    r->to->bad += row->n_faults > 0;
    r->to->n++;
    return arena_exhausted(c->arena) ? fail(c->arena, ERR_TOO_LARGE, "%s",
                                           ctx_text(c, "The file is too large. Split it.", NULL))
                                     : OK;
}

enum err backfill_read(struct ctx *c, const char *csv, size_t len, struct backfill *ret_backfill)
{
    struct backfill b = { .n = 0 };
    const char *why;
    struct reading r = {
        .ctx = c, .to = &b, .command = registry_command(c->registry, "pilot.backfill", NULL)
    };
    struct value none = VALUE_NULL;
    TRY(act_may(c, r.command, &none, &why));
    if (len > BACKFILL_MAX_BYTES) {
        return fail(
            c->arena, ERR_TOO_LARGE, "%s", ctx_text(c, "The file is too large. Split it.", NULL));
    }
    struct csv *reader = csv_new(take_row, &r);
    enum err e = csv_feed(reader, c->arena, csv, len);
    if (e == OK) {
        e = csv_end(reader, c->arena);
    }
    why = csv_why(reader, c->arena, c->locale);
    c->arena->detail = why ? why : c->arena->detail;
    csv_free(reader);
    TRY(e);
    if (!b.columns) {
        return wrong_file(c, "The file is empty. Its first line names the columns.", NULL);
    }
    if (!b.n) {
        return wrong_file(c, "There is no row below the first line.", NULL);
    }
    *ret_backfill = b;
    return OK;
}

// ---- taking them in ----------------------------------------------------------------------------

enum err backfill_take(struct ctx *c, struct backfill *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct backfill_row *row = &b->rows[i];
        struct outcome outcome;
        if (row->n_faults) {
            continue;
        }
        enum err e = act_run_values(c, "pilot.backfill", 0, &row->values, &outcome);
        if (e == OK) {
            row->id = outcome.id;
            b->taken++;
            continue;
        }
        if (e != ERR_INVALID && e != ERR_STATE && e != ERR_DENIED && e != ERR_NOT_FOUND) {
            return e;
        }
        for (size_t j = 0; j < outcome.n_errors; j++) {
            fault(row, outcome.errors[j].label, outcome.errors[j].text);
        }
        if (!outcome.n_errors) {
            fault(row, "", c->arena->detail ? c->arena->detail : err_name(e));
        }
        b->bad++;
    }
    return OK;
}

void backfill_rejects(struct ctx *c, const struct backfill *b, struct buf *out)
{
    for (size_t i = 0; i < b->n_columns; i++) {
        if (!is_advice(c, b->columns[i])) {
            csv_write(out, b->columns[i], i == 0);
        }
    }
    csv_write(out, ctx_text(c, "What to mend", NULL), false);
    csv_end_row(out);
    for (size_t i = 0; i < b->n; i++) {
        const struct backfill_row *row = &b->rows[i];
        if (!row->n_faults) {
            continue;
        }
        for (size_t j = 0; j < b->n_columns; j++) {
            if (!is_advice(c, b->columns[j])) {
                csv_write(out, row->cells[j], j == 0);
            }
        }
        AUTO_BUF(why, 0);
        for (size_t j = 0; j < row->n_faults; j++) {
            const struct backfill_fault *f = &row->faults[j];
            buf_fmt(&why, "%s%s%s%s", j ? " " : "", f->column, *f->column ? ": " : "", f->text);
        }
        csv_write(out, buf_text(&why), false);
        csv_end_row(out);
    }
}

void backfill_example(struct buf *out)
{
    static const char *const rows[][9] = {
        { "title", "question", "department", "origin", "origin_reason", "stage", "starts_on",
            "outcome", "source" },
        { "Smart Loading Zones", "Do reserved loading zones ease deliveries?", "Streets Department",
            "partner", "With a partner, police and the parking authority", "closed", "2022-10-17",
            "", "https://example.gov/loading-zones" },
        { "Warmer bus stops", "Do heated benches bring riders back in January?",
            "Transit Department", "grant", "A grant paid for it", "decided", "2023-01-09",
            "Ridership didn't change.", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t j = 0; j < ARRAY_LEN(rows[i]); j++) {
            csv_write(out, rows[i][j], j == 0);
        }
        csv_end_row(out);
    }
}
