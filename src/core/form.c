// SPDX-License-Identifier: Apache-2.0
// The form of a command: shown, posted, and shown again with what the person wrote whenever the act
// was not carried out, whatever the reason was.
#include "site.h"
#include "str.h"

#include <sodium.h>

enum { MAX_CARRIED = 400 };

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value message(struct ctx *c, const char *key)
{
    return value_text(ctx_text(c, key, NULL));
}

// What a form is shown with.
struct form {
    const struct kind *kind;
    const struct command *command;
    int64_t id;       // 0 for a new record
    struct value row; // V_NULL for a new record
    const struct submission *typed;
    const struct field_error *errors;
    size_t n_errors;
    const char *problem; // what stands above the form; NULL for nothing
    struct value changes;
    bool confirming; // everything is right; asked once more
};

bool command_has_file(const struct registry *registry, const struct command *command)
{
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(registry, command, i, &required)); i++) {
        if (f->type == FIELD_FILE) {
            return true;
        }
    }
    return false;
}

static const char *form_path(struct ctx *c, const struct form *f)
{
    const char *prefix = site_prefix(c), *verb = command_verb(f->command);
    return f->id
               ? arena_fmt(c->arena, "%s%s/%s/do/%s", prefix, f->kind->path, ctx_id(c, f->id), verb)
               : arena_fmt(c->arena, "%s%s/new/%s", prefix, f->kind->path, verb);
}

static const char *new_key(struct ctx *c)
{
    unsigned char bytes[16];
    randombytes_buf(bytes, sizeof(bytes));
    return str_base64url(c->arena, bytes, sizeof(bytes));
}

static const char *error_of(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n_errors; i++) {
        if (str_eq(f->errors[i].name, name)) {
            return f->errors[i].text;
        }
    }
    return NULL;
}

static const char *typed_value(const struct submission *s, const char *name)
{
    for (size_t i = 0; s && i < s->n_fields; i++) {
        if (str_eq(s->fields[i].name, name)) {
            return s->fields[i].value;
        }
    }
    return NULL;
}

static struct value hidden_item(struct ctx *c, const char *name, const char *value)
{
    struct value item = value_object(c->arena);
    set(c, &item, "name", value_text(name));
    set(c, &item, "value", value_text(value));
    set(c, &item, "is_hidden", value_bool(true));
    return item;
}

static const struct field reason_field = {
    .name = "reason",
    .type = FIELD_PROSE,
    .label = "Reason",
    .help = "It is remembered with the act.",
    .max = ACT_REASON_MOST,
};

static struct value items_value(struct ctx *c, const struct form *f)
{
    struct value items = value_list(c->arena);
    bool required;
    const struct field *field;
    for (size_t i = 0; (field = command_field(c->registry, f->command, i, &required)); i++) {
        const struct value *v = value_get(&f->row, field->name);
        *value_push(c->arena, &items) =
            field_form_item(c, field, required, v, f->typed, error_of(f, field->name));
    }
    if (f->command->flags & COMMAND_REASON) {
        *value_push(c->arena, &items) =
            field_form_item(c, &reason_field, true, NULL, f->typed, error_of(f, "reason"));
    }
    return items;
}

// The answers as they were sent, to be sent again.
static struct value carried_items(struct ctx *c, const struct form *f)
{
    struct value items = value_list(c->arena);
    for (size_t i = 0; i < f->typed->n_fields && i < MAX_CARRIED; i++) {
        const struct web_field *field = &f->typed->fields[i];
        if (!str_eq(field->name, "csrf") && !str_eq(field->name, "rev") &&
            !str_eq(field->name, "idempotency") && !str_eq(field->name, "confirmed")) {
            *value_push(c->arena, &items) = hidden_item(c, field->name, field->value);
        }
    }
    *value_push(c->arena, &items) = hidden_item(c, "confirmed", "yes");
    return items;
}

static struct value errors_value(struct ctx *c, const struct form *f)
{
    struct value errors = value_list(c->arena);
    if (f->problem) {
        struct value item = value_object(c->arena);
        set(c, &item, "name", VALUE_NULL);
        set(c, &item, "label", VALUE_NULL);
        set(c, &item, "text", value_text(f->problem));
        *value_push(c->arena, &errors) = item;
    }
    for (size_t i = 0; i < f->n_errors; i++) {
        struct value item = value_object(c->arena);
        set(c, &item, "name", value_text(f->errors[i].name));
        set(c, &item, "label", value_text(f->errors[i].label));
        set(c, &item, "text", value_text(f->errors[i].text));
        *value_push(c->arena, &errors) = item;
    }
    return errors;
}

// A command with nothing to fill in is asked for once, on its own page; so that page is already the
// question of whether one is sure.
static bool asks_twice(struct ctx *c, const struct command *command)
{
    bool required;
    bool has_fields =
        command_field(c->registry, command, 0, &required) || (command->flags & COMMAND_REASON);
    // A chosen file can't be carried from one page to the next.
    return (command->flags & COMMAND_CONFIRM) && has_fields &&
           !command_has_file(c->registry, command);
}

// Under which the browser keeps what is typed until it is sent; only where there is much to type.
static struct value draft_key(struct ctx *c, const struct form *f)
{
    bool required;
    const struct field *field;
    for (size_t i = 0; (field = command_field(c->registry, f->command, i, &required)); i++) {
        if (field->type == FIELD_PROSE && !f->confirming) {
            return value_text(
                arena_fmt(c->arena, "%s/%s", f->id ? ctx_id(c, f->id) : "new", f->command->name));
        }
    }
    return VALUE_NULL;
}

// Where one goes from a form: to the record ID, or the nearest thing that the person may see.
// *RET_TITLE is what it is called, NULL for a list.
static const char *near_href(
    struct ctx *c, const struct form *f, int64_t id, const char **ret_title)
{
    struct value row;
    ctx_bind(c);
    if (id && site_row(c, f->kind, id, &row) == OK) {
        *ret_title = site_title(f->kind, &row);
        return page_href(c, f->kind->name, id);
    }
    const char *parent = f->kind->parent ? typed_value(f->typed, f->kind->parent) : NULL;
    const struct kind *up = parent ? registry_kind(c->registry, f->kind->parent_kind) : NULL;
    int64_t parent_id;
    if (up && id_parse(&c->city->id_key, parent, &parent_id) &&
        site_row(c, up, parent_id, &row) == OK) {
        *ret_title = site_title(up, &row);
        return page_href(c, up->name, parent_id);
    }
    *ret_title = NULL;
    const struct view *v = site_view(c, f->kind->name);
    if (v && !v->nothing) {
        return arena_fmt(c->arena, "%s%s", site_prefix(c), f->kind->path);
    }
    const char *prefix = site_prefix(c);
    return *prefix ? prefix : "/";
}

static struct value form_value(
    struct ctx *c, struct request *q, struct response *r, const struct form *f)
{
    struct value form = value_object(c->arena);
    const char *label = locale_message(c->locale, f->command->label);
    const char *key = typed_value(f->typed, "idempotency");
    const char *near, *back = near_href(c, f, f->id, &near);
    struct value errors = errors_value(c, f);
    set(c, &form, "action", value_text(form_path(c, f)));
    set(c, &form, "method", value_text("post"));
    set(c, &form, "rev", f->id ? value_int(value_get_int(&f->row, "rev", 0)) : VALUE_NULL);
    set(c, &form, "csrf",
        value_text(c->viewer.csrf ? c->viewer.csrf : session_anonymous_csrf(c, q, r)));
    set(c, &form, "idempotency", value_text(key && *key ? key : new_key(c)));
    set(c, &form, "title", value_text(label));
    set(c, &form, "record_title", near ? value_text(near) : VALUE_NULL);
    set(c, &form, "intro",
        f->command->help && !f->confirming ? message(c, f->command->help) : VALUE_NULL);
    set(c, &form, "submit_label", value_text(label));
    set(c, &form, "cancel_href", value_text(back));
    set(c, &form, "has_errors", value_bool(value_len(&errors) > 0));
    set(c, &form, "errors", errors);
    set(c, &form, "has_changes", value_bool(value_len(&f->changes) > 0));
    set(c, &form, "changes", f->changes);
    set(c, &form, "multipart", value_bool(command_has_file(c->registry, f->command)));
    set(c, &form, "draft", draft_key(c, f));
    set(c, &form, "fields", f->confirming ? carried_items(c, f) : items_value(c, f));
    return form;
}

// What was answered, in words, on the page that asks once more.
static struct value effects_value(struct ctx *c, const struct form *f)
{
    struct value effects = value_list(c->arena);
    bool required;
    const struct field *field;
    for (size_t i = 0; (field = command_field(c->registry, f->command, i, &required)); i++) {
        struct value v = VALUE_NULL;
        const char *why;
        if (field->type == FIELD_SECRET || field->type == FIELD_HIDDEN ||
            field_read(c, field, f->typed, &v, &why) != OK || v.kind == V_NULL) {
            continue;
        }
        struct value fact = field_show(c, field, &v);
        const struct value *text = value_get(&fact, "text");
        AUTO_BUF(line, 0);
        buf_fmt(&line, "%s: ", ctx_text(c, field->label, NULL));
        if (text && text->kind == V_TEXT) {
            buf_puts(&line, text->text);
        } else {
            locale_write(c->locale, &c->city->id_key, text ? text : &v, NULL, &line);
        }
        *value_push(c->arena, &effects) = value_text(arena_strdup(c->arena, buf_text(&line)));
    }
    return effects;
}

static enum err show(
    struct ctx *c, struct request *q, struct response *r, const struct form *f, int status)
{
    struct value data = value_object(c->arena);
    const char *label = locale_message(c->locale, f->command->label);
    struct value form = form_value(c, q, r, f);
    if (f->kind->form && !f->confirming) {
        struct value items = *value_get(&form, "fields");
        TRY(f->kind->form(c, f->command, &f->row, f->typed, &items));
        set(c, &form, "fields", items);
    }
    set(c, &data, "form", form);
    page_title(c, &data, label);
    if (f->confirming) {
        struct value confirm = value_object(c->arena);
        set(c, &confirm, "title", value_text(label));
        set(c, &confirm, "text",
            message(c,
                f->command->help ? f->command->help : "Look once more: this can't be taken back."));
        set(c, &confirm, "effects", effects_value(c, f));
        set(c, &data, "confirm", confirm);
    }
    r->status = status;
    r->max_age = -1;
    r->no_body_log = true;
    return site_render(
        c, q, r, f->confirming ? "look/page-confirm.html" : "look/page-form.html", &data);
}

// ---- asking for the form
// -------------------------------------------------------------------------

static enum err find_record(struct ctx *c, struct request *q, struct form *f)
{
    if (f->command->from == NEW) {
        f->row = VALUE_NULL;
        return OK;
    }
    TRY(page_record(c, q, f->kind->name, &f->row));
    f->id = value_get_int(&f->row, "id", 0);
    return OK;
}

static struct form form_of(struct ctx *c, const struct request *q)
{
    struct form f = { .row = VALUE_NULL, .changes = VALUE_NULL };
    f.command = request_route(q)->data;
    registry_command(c->registry, f.command->name, &f.kind);
    return f;
}

enum err site_handle_form(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    struct form f = form_of(c, q);
    const char *why = NULL;
    if (!(f.command->who & c->viewer.roles) && !c->viewer.person) {
        return fail(c->arena, ERR_UNSIGNED, "%s", ctx_text(c, "Sign in to do this.", NULL));
    }
    TRY(find_record(c, q, &f));
    enum err e = act_may(c, f.command, &f.row, &why);
    if (e == ERR_STATE) {
        return fail(c->arena, ERR_STATE, "%s",
            why ? why : ctx_text(c, "This can't be done in the record's present state.", NULL));
    }
    TRY(e);
    // What a link carries (the call a pitch is for) fills in a new form.
    struct submission carried = { .fields = q->query, .n_fields = q->n_query };
    if (f.command->from == NEW) {
        f.typed = &carried;
    }
    return show(c, q, r, &f, 200);
}

// ---- posting it
// ----------------------------------------------------------------------------------

void site_after_act(struct ctx *c, const struct command *command)
{
    if (command->flags & COMMAND_PUBLIC) {
        // The poller would see it within a second; the person who did it sees it at once.
        if (site_refresh(c->office->site, c->db, c->arena) != OK) {
            return;
        }
    }
}

// Whether every field can be read: what is asked once more must be right already.
static bool read_all(struct ctx *c, struct form *f)
{
    struct field_error *errors = arena_array(c->arena, struct field_error, 64);
    size_t n = 0;
    bool required;
    const struct field *field;
    for (size_t i = 0; (field = command_field(c->registry, f->command, i, &required)) && n < 63;
         i++) {
        struct value v = VALUE_NULL;
        const char *why = NULL;
        enum err e = field_read(c, field, f->typed, &v, &why);
        const struct value *old = value_get(&f->row, field->name);
        bool has_old = !field_given(field, f->typed) && old && old->kind != V_NULL;
        if (e == OK && required && v.kind == V_NULL && !has_old) {
            why = ctx_text(c, "This is needed.", NULL);
        }
        if (why) {
            errors[n++] = (struct field_error){ field->name, ctx_text(c, field->label, NULL), why };
        }
    }
    const char *wrong = act_reason_wrong(c, f->command, typed_value(f->typed, "reason"));
    if (wrong) {
        errors[n++] = (struct field_error){ "reason", ctx_text(c, "Reason", NULL), wrong };
    }
    f->errors = errors;
    f->n_errors = n;
    return n == 0;
}

// The same form again, with what went wrong and every word the person wrote.
static enum err show_again(struct ctx *c, struct request *q, struct response *r, struct form *f,
    enum err code, const struct outcome *outcome)
{
    // Layers below know no language: what they say is looked up here.
    const char *why = c->arena->detail ? locale_message(c->locale, c->arena->detail) : NULL;
    f->errors = outcome->errors;
    f->n_errors = outcome->n_errors;
    f->problem = f->n_errors > 0 ? NULL : why;
    if (code == ERR_STALE) {
        f->changes = outcome->changes;
        f->problem = NULL;
        ctx_bind(c);
        TRY(site_row(c, f->kind, f->id, &f->row)); // its rev is the one to save over
    }
    if (!f->problem && f->n_errors == 0 && code != ERR_STALE) {
        f->problem = ctx_text(c, "This wasn't done. Try again in a moment.", NULL);
    }
    return show(c, q, r, f, problem_status(code));
}

static bool is_for_the_person(enum err code)
{
    switch (code) {
    case ERR_INVALID:
    case ERR_DENIED:
    case ERR_UNSIGNED:
    case ERR_STATE:
    case ERR_STALE:
    case ERR_EXISTS:
    case ERR_TOO_LARGE:
    case ERR_TOO_MANY:
    case ERR_UNAVAILABLE:
    case ERR_FULL:
        return true;
    default:
        return false;
    }
}

static enum err run(struct ctx *c, struct form *f, struct submission *s, struct outcome *outcome)
{
    *outcome = (struct outcome){ .changes = VALUE_NULL };
    if (s->n_files > 0 && command_has_file(c->registry, f->command)) {
        // Nothing is stored for somebody who may not do it at all.
        const char *why = NULL, *field = NULL;
        enum err e = act_may(c, f->command, &f->row, &why);
        if (e != OK) {
            return e;
        }
        e = site_store_files(c, f->command, s, &field, &why);
        if (e == ERR_INVALID && field) {
            struct field_error *error = arena_new(c->arena, struct field_error);
            const struct field *known = kind_field(f->kind, field);
            *error =
                (struct field_error){ field, ctx_text(c, known ? known->label : field, NULL), why };
            outcome->errors = error;
            outcome->n_errors = 1;
        }
        TRY(e);
    }
    return act_run(c, f->command->name, f->id, s, outcome);
}

enum err site_handle_post(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    struct form f = form_of(c, q);
    struct outcome outcome = { .changes = VALUE_NULL };
    struct submission s = { .fields = q->form,
        .n_fields = q->n_form,
        .files = q->files,
        .n_files = q->n_files,
        .idempotency = request_form(q, "idempotency") };
    const char *rev = request_form(q, "rev");
    if (rev && (!str_i64(rev, &s.rev) || s.rev < 0)) {
        s.rev = 0;
    }
    if (s.idempotency && (!*s.idempotency || strlen(s.idempotency) > 100)) {
        s.idempotency = NULL;
    }
    f.typed = &s;
    TRY(find_record(c, q, &f));
    if (asks_twice(c, f.command) && !str_eq(request_form(q, "confirmed"), "yes")) {
        f.confirming = read_all(c, &f);
        return show(c, q, r, &f, f.confirming ? 200 : problem_status(ERR_INVALID));
    }
    enum err e = run(c, &f, &s, &outcome);
    if (e == OK) {
        site_after_act(c, f.command);
        site_flash(r, q, outcome.repeated ? "again" : "done", f.command->name);
        const char *title;
        response_redirect(r, near_href(c, &f, outcome.id, &title));
        return OK;
    }
    f.confirming = false;
    return is_for_the_person(e) ? show_again(c, q, r, &f, e, &outcome) : e;
}
