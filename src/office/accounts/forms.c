// SPDX-License-Identifier: Apache-2.0
// Forms of pages that are no commands: signing in, passwords.
#include "accounts_private.h"

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

struct value form_new(struct ctx *c, struct request *q, struct response *r, const char *action,
    const char *submit_label)
{
    static const char *const nothing[] = { "rev", "idempotency", "record_title", "intro",
        "cancel_href", "multipart", "draft", "has_changes" };
    struct value form = value_object(c->arena);
    set(c, &form, "action", value_text(action));
    set(c, &form, "method", value_text("post"));
    set(c, &form, "csrf", value_text(session_anonymous_csrf(c, q, r)));
    set(c, &form, "submit_label", value_text(ctx_text(c, submit_label, NULL)));
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        set(c, &form, nothing[i], VALUE_NULL);
    }
    set(c, &form, "fields", value_list(c->arena));
    set(c, &form, "errors", value_list(c->arena));
    set(c, &form, "changes", value_list(c->arena));
    set(c, &form, "has_errors", value_bool(false));
    return form;
}

void form_field(struct ctx *c, struct value *form, const struct field *f, bool required,
    const struct value *v, const char *typed, const char *autocomplete)
{
    struct web_field again = { f->name, typed };
    struct submission s = { .fields = &again, .n_fields = typed ? 1 : 0 };
    struct value item = field_form_item(c, f, required, v, &s, NULL);
    set(c, &item, "autocomplete", value_text(autocomplete));
    struct value fields = *value_get(form, "fields");
    *value_push(c->arena, &fields) = item;
    set(c, form, "fields", fields);
}

void form_error(struct ctx *c, struct value *form, const char *name, const char *text)
{
    struct value errors = *value_get(form, "errors"), item = value_object(c->arena);
    const struct value *fields = value_get(form, "fields");
    set(c, &item, "name", value_text(name));
    set(c, &item, "label", VALUE_NULL);
    set(c, &item, "text", value_text(text));
    for (size_t i = 0; name && i < value_len(fields); i++) {
        struct value field = *value_at(fields, i);
        if (str_eq(value_get_text(&field, "name", ""), name)) {
            set(c, &item, "label", *value_get(&field, "label"));
            set(c, &field, "error", value_text(text));
        }
    }
    *value_push(c->arena, &errors) = item;
    set(c, form, "errors", errors);
    set(c, form, "has_errors", value_bool(true));
}
