// SPDX-License-Identifier: Apache-2.0
// Fields on pages: as an item of a form, and as a fact.
#include "field.h"

#include "markdown.h"
#include "page.h"
#include "record_ref.h"
#include "str.h"
#include "web.h"

enum { MOST_RADIOS = 5, MOST_OPTIONS = 500 };

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value text_or_empty(const char *s)
{
    return value_text(s ? s : "");
}

// The value as a form's control holds it: text the browser would send back unchanged.
static const char *control_text(struct ctx *c, const struct field *f, const struct value *v)
{
    if (!v || v->kind == V_NULL) {
        return "";
    }
    if (f->type == FIELD_YES_NO) {
        return value_truthy(v) ? "yes" : "no";
    }
    if (v->kind == V_BOOL) {
        return v->yes ? "yes" : "no";
    }
    AUTO_BUF(out, 0);
    const char *style = v->kind == V_TIME ? "local" : v->kind == V_DATE ? "iso" : "plain";
    locale_write(c->locale, &c->city->id_key, v, style, &out);
    return arena_strdup(c->arena, buf_text(&out));
}

static const char *typed_text(const struct field *f, const struct submission *typed)
{
    for (size_t i = 0; typed && i < typed->n_fields; i++) {
        if (str_eq(typed->fields[i].name, f->name)) {
            return typed->fields[i].value;
        }
    }
    return NULL;
}

static bool is_typed(const struct field *f, const struct submission *typed, const char *value)
{
    for (size_t i = 0; typed && i < typed->n_fields; i++) {
        if (str_eq(typed->fields[i].name, f->name) && str_eq(typed->fields[i].value, value)) {
            return true;
        }
    }
    return false;
}

// Whether VALUE is among "a,b,c".
static bool listed(const char *list, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, ",");
        if (n == len && memcmp(at, value, n) == 0) {
            return true;
        }
        at += n + (at[n] == ',');
    }
    return false;
}

static void add_choice(
    struct ctx *c, struct value *choices, const char *value, const char *label, bool chosen)
{
    struct value choice = value_object(c->arena);
    set(c, &choice, "value", value_text(value));
    set(c, &choice, "label", value_text(label));
    set(c, &choice, "chosen", value_bool(chosen));
    *value_push(c->arena, choices) = choice;
}

// Records to choose from: titles that the viewer may see, in order.
static void record_choices(
    struct ctx *c, const char *kind, const char *current, struct value *choices)
{
    const char *title = ref_title_column(c, kind);
    const char *sql = ref_sql(c, kind, arena_fmt(c->arena, "t.id AS id, t.%s AS title", title),
        arena_fmt(c->arena, "ORDER BY t.%s, t.id LIMIT %d", title, MOST_OPTIONS));
    struct value rows;
    if (db_rows_sql(c->db, c->arena, sql, NO_ARGS, &rows) != OK) {
        return; // the list stays empty; the page that shows it fails on its own queries
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        const char *id = ctx_id(c, value_get_int(row, "id", 0));
        add_choice(c, choices, id, value_get_text(row, "title", ""), str_eq(id, current));
    }
}

static struct value choices_of(
    struct ctx *c, const struct field *f, const char *current, const struct submission *typed)
{
    struct value choices = value_list(c->arena);
    bool several = f->type == FIELD_CHOICES;
    bool was_typed = typed_text(f, typed) != NULL;
    if (f->type == FIELD_CHOICE || several) {
        const char *at = f->choices, *value, *label;
        while (field_next_choice(c->arena, &at, &value, &label)) {
            bool chosen = several && was_typed ? is_typed(f, typed, value)
                          : several            ? listed(current, value)
                                               : str_eq(current, value);
            add_choice(c, &choices, value, ctx_text(c, label, NULL), chosen);
        }
    } else if (ref_kind(f)) {
        record_choices(c, ref_kind(f), current, &choices);
    }
    return choices;
}

static const char *const type_flags[] = {
    [FIELD_TEXT] = "is_text",
    [FIELD_PROSE] = "is_prose",
    [FIELD_CHOICE] = "is_choice_select",
    [FIELD_CHOICES] = "is_multi",
    [FIELD_YES_NO] = "is_yes_no",
    [FIELD_MONEY] = "is_money",
    [FIELD_DATE] = "is_date",
    [FIELD_TIME] = "is_time",
    [FIELD_COUNT] = "is_number",
    [FIELD_NUMBER] = "is_number",
    [FIELD_FILE] = "is_file",
    [FIELD_PERSON] = "is_choice_select",
    [FIELD_ORGANISATION] = "is_choice_select",
    [FIELD_PLACE] = "is_choice_select",
    [FIELD_RECORD] = "is_choice_select",
    [FIELD_LIST] = "is_list",
    [FIELD_EMAIL] = "is_text",
    [FIELD_URL] = "is_text",
    [FIELD_SECRET] = "is_text",
    [FIELD_HIDDEN] = "is_hidden",
};

static const char *input_type(const struct field *f)
{
    switch (f->type) {
    case FIELD_EMAIL:
        return "email";
    case FIELD_URL:
        return "url";
    case FIELD_SECRET:
        return "password";
    default:
        return "text";
    }
}

struct value field_form_item(struct ctx *c, const struct field *f, bool required,
    const struct value *v, const struct submission *typed, const char *error)
{
    struct value item = value_object(c->arena);
    const char *current = typed_text(f, typed);
    if (!current) {
        current = control_text(c, f, v);
    }
    set(c, &item, "name", value_text(f->name));
    set(c, &item, "label", value_text(ctx_text(c, f->label, NULL)));
    set(c, &item, "help", f->help ? value_text(ctx_text(c, f->help, NULL)) : VALUE_NULL);
    set(c, &item, "type", value_text(input_type(f)));
    set(c, &item, "required", value_bool(required));
    set(c, &item, "value", text_or_empty(f->type == FIELD_SECRET ? "" : current));
    set(c, &item, "error", error ? value_text(error) : VALUE_NULL);
    struct value choices = choices_of(c, f, current, typed);
    bool radios = f->type == FIELD_CHOICE && value_len(&choices) <= MOST_RADIOS;
    set(c, &item, radios ? "is_choice_radios" : type_flags[f->type], value_bool(true));
    set(c, &item, "choices", choices);
    if (f->type == FIELD_YES_NO) {
        set(c, &item, "is_yes", value_bool(str_eq(current, "yes") || str_eq(current, "1")));
        set(c, &item, "is_no", value_bool(str_eq(current, "no") || str_eq(current, "0")));
    }
    set(c, &item, "max", f->max && f->type <= FIELD_PROSE ? value_int(f->max) : VALUE_NULL);
    set(c, &item, "rows", value_int(f->flags & FIELD_WIDE ? 10 : 4));
    if (f->type == FIELD_TIME) {
        set(c, &item, "zone", value_text(c->city->zone));
    }
    if (f->type == FIELD_MONEY) {
        set(c, &item, "unit", value_text(c->city->currency));
    }
    if (f->type == FIELD_EMAIL) {
        set(c, &item, "autocomplete", value_text("email"));
    }
    return item;
}

static const char *labels_of(struct ctx *c, const struct field *f, const char *values)
{
    AUTO_BUF(out, 0);
    const char *at = f->choices, *value, *label;
    while (field_next_choice(c->arena, &at, &value, &label)) {
        if (listed(values, value)) {
            buf_fmt(&out, "%s%s", out.len ? ", " : "", ctx_text(c, label, NULL));
        }
    }
    return arena_strdup(c->arena, buf_text(&out));
}

static struct value show_lines(struct ctx *c, const char *text)
{
    AUTO_BUF(markdown, 0);
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        buf_fmt(&markdown, "- %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
    const char *html;
    return markdown_html(c->arena, buf_text(&markdown), 4, &html) == OK ? value_html(html)
                                                                        : value_text(text);
}

// A fact: {label, text | html, href}.
struct value field_leaf(struct ctx *c, const char *name, struct value v)
{
    return v.kind == V_INT && str_ends(name, "_fy")
               ? value_text(arena_fmt(c->arena, "%lld", (long long)v.n))
               : v;
}

// The record that a reference names, as the reader may know it; NULL: not at all. Whoever acts for
// the city in a released field (decides, moves, votes) is named with the record, though nobody
// outside may open their page.
static const char *shown_title(
    struct ctx *c, const struct field *f, const char *kind, int64_t id, bool *ret_linked)
{
    struct value row;
    const char *title = ref_title(c, kind, id);
    *ret_linked = title != NULL;
    if (title || f->type != FIELD_PERSON || !(f->flags & FIELD_RELEASED) ||
        db_row(c->db, c->arena, "person.official", ARGS(ARG("person_id", value_id(id))), &row) !=
            OK) {
        return title;
    }
    return value_get_text(&row, "name", NULL);
}

struct value field_show(struct ctx *c, const struct field *f, const struct value *v)
{
    struct value fact = value_object(c->arena);
    set(c, &fact, "label", value_text(ctx_text(c, f->label, NULL)));
    const char *kind = ref_kind(f);
    const char *html;
    if (!v || v->kind == V_NULL) {
        set(c, &fact, "text", VALUE_NULL);
    } else if (kind) {
        bool linked;
        const char *title = shown_title(c, f, kind, v->n, &linked);
        set(c, &fact, "text", value_text(title ? title : ctx_text(c, "Not shown to you", NULL)));
        if (linked) {
            set(c, &fact, "href", value_text(page_href(c, kind, v->n)));
        }
    } else if (f->type == FIELD_CHOICE || f->type == FIELD_CHOICES) {
        set(c, &fact, "text", value_text(labels_of(c, f, v->kind == V_TEXT ? v->text : "")));
    } else if (f->type == FIELD_YES_NO) {
        set(c, &fact, "text", value_text(ctx_text(c, value_truthy(v) ? "Yes" : "No", NULL)));
    } else if (f->type == FIELD_PROSE && v->kind == V_TEXT &&
               markdown_html(c->arena, v->text, 4, &html) == OK) {
        set(c, &fact, "html", value_html(html));
    } else if (f->type == FIELD_LIST && v->kind == V_TEXT) {
        set(c, &fact, "html", show_lines(c, v->text));
    } else if (f->type == FIELD_URL && v->kind == V_TEXT) {
        set(c, &fact, "text", *v);
        set(c, &fact, "href", *v);
    } else if (f->type == FIELD_FILE && v->kind == V_ID) {
        set(c, &fact, "text", value_text(ctx_text(c, "Download the file", NULL)));
        set(c, &fact, "href", value_text(arena_fmt(c->arena, "/files/%s", ctx_id(c, v->n))));
    } else {
        set(c, &fact, "text", field_leaf(c, f->name, *v));
    }
    return fact;
}
