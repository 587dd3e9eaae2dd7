// SPDX-License-Identifier: Apache-2.0
// Commands for machines: POST /api/v1/do/<command>.
#include "json.h"
#include "site.h"
#include "str.h"

enum { MAX_FIELDS = 400, MAX_KEY = 100 };

struct call {
    int64_t id;
    struct submission submission;
    struct web_field fields[MAX_FIELDS];
    size_t n;
};

static enum err bad(struct ctx *c, const char *key)
{
    return fail(c->arena, ERR_INVALID, "%s", ctx_text(c, key, NULL));
}

static enum err add(struct ctx *c, struct call *call, const char *name, const char *value)
{
    if (call->n == MAX_FIELDS) {
        return bad(c, "Too many fields.");
    }
    call->fields[call->n++] = (struct web_field){ name, value };
    return OK;
}

// A JSON leaf as the text that a form would have sent; NULL when it is none.
static const char *leaf_text(struct ctx *c, const struct value *v)
{
    switch (v->kind) {
    case V_NULL:
        return "";
    case V_BOOL:
        return v->yes ? "yes" : "no";
    case V_INT:
        return arena_fmt(c->arena, "%lld", (long long)v->n);
    case V_NUM: {
        AUTO_BUF(out, 0);
        json_write(&out, NULL, v);
        return arena_strdup(c->arena, buf_text(&out));
    }
    case V_TEXT:
        return v->text;
    case V_OBJECT:
        // Money as answers have it: {"amount":"12.50","currency":"USD"}.
        return str_eq(value_get_text(v, "currency", ""), c->city->currency)
                   ? value_get_text(v, "amount", NULL)
                   : NULL;
    default:
        return NULL;
    }
}

static enum err add_value(struct ctx *c, struct call *call, const char *name, const struct value *v)
{
    if (v->kind == V_LIST && value_len(v) == 0) {
        return add(c, call, name, "");
    }
    for (size_t i = 0; i < (v->kind == V_LIST ? value_len(v) : 1); i++) {
        const struct value *item = v->kind == V_LIST ? value_at(v, i) : v;
        const char *text = leaf_text(c, item);
        if (!text) {
            return fail(c->arena, ERR_INVALID, "%s: %s", name,
                ctx_text(c, "Send text, a number, true or false, or a list of texts.", NULL));
        }
        TRY(add(c, call, name, text));
    }
    return OK;
}

// A list of lines is one field with line breaks, a list of choices one field many times.
static enum err add_field(
    struct ctx *c, struct call *call, const struct kind *k, const char *name, const struct value *v)
{
    const struct field *f = kind_field(k, name);
    if (!f || f->type != FIELD_LIST || v->kind != V_LIST) {
        return add_value(c, call, name, v);
    }
    AUTO_BUF(lines, JSON_MAX_BYTES);
    for (size_t i = 0; i < value_len(v); i++) {
        if (value_at(v, i)->kind != V_TEXT || strchr(value_at(v, i)->text, '\n')) {
            return fail(c->arena, ERR_INVALID, "%s: %s", name,
                ctx_text(c, "Send a list of single lines.", NULL));
        }
        buf_fmt(&lines, "%s%s", i > 0 ? "\n" : "", value_at(v, i)->text);
    }
    return add(c, call, name, arena_strdup(c->arena, buf_text(&lines)));
}

static bool takes(struct ctx *c, const struct command *command, const char *name)
{
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(c->registry, command, i, &required)); i++) {
        if (str_eq(f->name, name)) {
            return true;
        }
    }
    return (command->flags & COMMAND_REASON) && str_eq(name, "reason");
}

static enum err read_id(struct ctx *c, const char *text, int64_t *ret_id)
{
    return id_parse(&c->city->id_key, text, ret_id) ? OK : bad(c, "The id isn't one of ours.");
}

static enum err read_json(struct ctx *c, struct request *q, const struct kind *k,
    const struct command *command, struct call *call)
{
    struct value body;
    TRY(json_read(c->arena, q->body, q->body_len, JSON_MAX_BYTES, &body));
    if (body.kind != V_OBJECT) {
        return bad(c, "Send a JSON object.");
    }
    for (size_t i = 0; i < body.object->len; i++) {
        const char *key = body.object->keys[i];
        const struct value *v = &body.object->values[i];
        if (str_eq(key, "id") && v->kind == V_TEXT) {
            TRY(read_id(c, v->text, &call->id));
        } else if (str_eq(key, "rev") && v->kind == V_INT && v->n >= 0) {
            call->submission.rev = v->n;
        } else if (str_eq(key, "reason") && v->kind == V_TEXT) {
            TRY(add(c, call, "reason", v->text));
        } else if (str_eq(key, "fields") && v->kind == V_OBJECT) {
            for (size_t j = 0; j < v->object->len; j++) {
                if (!takes(c, command, v->object->keys[j])) {
                    return fail(c->arena, ERR_INVALID, "%s: %s", v->object->keys[j],
                        ctx_text(c, "This command has no such field.", NULL));
                }
                TRY(add_field(c, call, k, v->object->keys[j], &v->object->values[j]));
            }
        } else if (v->kind != V_NULL) {
            return fail(c->arena, ERR_INVALID, "%s: %s", key,
                ctx_text(c, "A call has id, rev, reason and fields.", NULL));
        }
    }
    return OK;
}

static enum err read_form(struct ctx *c, struct request *q, struct call *call)
{
    for (size_t i = 0; i < q->n_form; i++) {
        const struct web_field *f = &q->form[i];
        if (str_eq(f->name, "id")) {
            TRY(read_id(c, f->value, &call->id));
        } else if (str_eq(f->name, "rev")) {
            if (!str_i64(f->value, &call->submission.rev) || call->submission.rev < 0) {
                return bad(c, "The rev isn't a number.");
            }
        } else if (!str_eq(f->name, "csrf")) {
            TRY(add(c, call, f->name, f->value));
        }
    }
    call->submission.files = q->files;
    call->submission.n_files = q->n_files;
    return OK;
}

static enum err read_call(struct ctx *c, struct request *q, const struct kind *k,
    const struct command *command, struct call *call)
{
    if (str_eq(q->content_type, "application/json")) {
        TRY(read_json(c, q, k, command, call));
    } else if (q->n_form > 0 || q->n_files > 0 || *q->content_type == '\0' ||
               str_eq(q->content_type, "application/x-www-form-urlencoded") ||
               str_eq(q->content_type, "multipart/form-data")) {
        TRY(read_form(c, q, call));
    } else {
        return fail(c->arena, ERR_UNSUPPORTED, "%s",
            ctx_text(c, "Send JSON (application/json) or a form.", NULL));
    }
    call->submission.fields = call->fields;
    call->submission.n_fields = call->n;
    const char *key = request_header(q, "Idempotency-Key");
    if (key && (!*key || strlen(key) > MAX_KEY)) {
        return bad(c, "The Idempotency-Key is 1 to 100 characters long.");
    }
    call->submission.idempotency = key;
    if ((command->from == NEW) != (call->id == 0)) {
        return bad(c, command->from == NEW ? "This command makes a new record: send no id."
                                           : "Say which record: send its id.");
    }
    return OK;
}

static enum err answer(struct ctx *c, struct response *r, const struct kind *k,
    const struct command *command, const struct outcome *o)
{
    struct value row, data = value_object(c->arena);
    value_set(c->arena, &data, "id", value_id(o->id));
    value_set(c->arena, &data, "act", value_id(o->act));
    value_set(c->arena, &data, "repeated", value_bool(o->repeated));
    ctx_bind(c);
    // What the person may not see afterwards (a sealed bid) is answered by its id alone.
    bool seen = site_row(c, k, o->id, &row) == OK;
    const struct value *state = seen ? value_get(&row, "state") : NULL;
    const char *href = page_href(c, k->name, o->id);
    value_set(c->arena, &data, "href", seen ? value_text(href) : VALUE_NULL);
    value_set(c->arena, &data, "rev", seen ? value_int(value_get_int(&row, "rev", 0)) : VALUE_NULL);
    value_set(c->arena, &data, "state", state ? *state : VALUE_NULL);
    r->status = command->from == NEW && !o->repeated ? 201 : 200;
    if (r->status == 201 && seen) {
        response_header(r, "Location", href);
    }
    buf_clear(&r->body);
    json_write(&r->body, &c->city->id_key, &data);
    r->content_type = "application/json";
    r->max_age = -1;
    return OK;
}

static void problem(
    struct ctx *c, struct request *q, struct response *r, enum err e, const struct outcome *o)
{
    struct value errors = value_list(c->arena);
    for (size_t i = 0; i < o->n_errors; i++) {
        struct value item = value_object(c->arena);
        value_set(c->arena, &item, "name", value_text(o->errors[i].name));
        value_set(c->arena, &item, "text", value_text(o->errors[i].text));
        *value_push(c->arena, &errors) = item;
    }
    for (size_t i = 0; i < value_len(&o->changes); i++) {
        const struct value *change = value_at(&o->changes, i);
        struct value item = value_object(c->arena);
        value_set(c->arena, &item, "name", value_text(value_get_text(change, "name", "")));
        value_set(
            c->arena, &item, "text", value_text(ctx_text(c, "Changed since you read it.", NULL)));
        *value_push(c->arena, &errors) = item;
    }
    const char *why = c->arena->detail ? locale_message(c->locale, c->arena->detail) : NULL;
    response_problem(r, q, e, why, value_len(&errors) > 0 ? &errors : NULL);
    r->max_age = -1;
}

static enum err perform(struct ctx *c, struct request *q, const struct kind *k,
    const struct command *command, struct outcome *outcome)
{
    struct call *call = arena_new(c->arena, struct call);
    // A cookie proves nothing about who wrote the request; a bearer token does, and a caller
    // without either has nothing to be abused.
    if (c->viewer.session) {
        TRY(session_check_csrf(c, q));
    }
    TRY(read_call(c, q, k, command, call));
    if (call->submission.n_files > 0) {
        struct value row = VALUE_NULL;
        const char *why = NULL, *field = NULL;
        if (call->id) {
            TRY(site_row(c, k, call->id, &row));
        }
        TRY(act_may(c, command, &row, &why));
        TRY(site_store_files(c, command, &call->submission, &field, &why));
    }
    return act_run(c, command->name, call->id, &call->submission, outcome);
}

enum err site_handle_api(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    const struct command *command = request_route(q)->data;
    const struct kind *k = NULL;
    struct outcome outcome = { .changes = VALUE_NULL };
    c->via = "api";
    command = registry_command(c->registry, command->name, &k);
    enum err e = perform(c, q, k, command, &outcome);
    if (e != OK) {
        problem(c, q, r, e, &outcome);
        return OK;
    }
    site_after_act(c, command);
    return answer(c, r, k, command, &outcome);
}

enum err site_handle_api_unknown(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    response_problem(r, q, ERR_NOT_FOUND,
        ctx_text(c, "There is no such command; /api/v1/openapi.json lists them.", NULL), NULL);
    return OK;
}

enum err site_handle_openapi(void *app, void *worker, struct request *q, struct response *r)
{
    const struct site *s = ((struct site_worker *)worker)->office->site;
    r->content_type = "application/json";
    response_header(r, "Access-Control-Allow-Origin", "*");
    buf_add(&r->body, s->openapi, s->openapi_len);
    return OK;
}
