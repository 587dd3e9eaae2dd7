// SPDX-License-Identifier: Apache-2.0
// One's own account: password, tokens, sign-ins, notices.
#include "accounts_private.h"

#include "act.h"
#include "notice.h"
#include "throttle.h"
#include "clock.h"

enum { PASSWORD_TRIES = 10, NOTICES = 50, MOST_TOKENS = 20 };

enum err page_me(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    (void)q;
    (void)data;
    response_redirect(r, page_href(c, "person", c->viewer.person));
    return OK;
}

// A token is a program's: it neither makes more of them nor sets a password, so that one that got
// away can be ended and is over.
static enum err in_person(struct ctx *c)
{
    return c->viewer.session
               ? OK
               : fail(c->arena, ERR_DENIED, "%s",
                     ctx_text(c, "Sign in in a browser for this; a token isn't enough.", NULL));
}

// ---- password ----------------------------------------------------------------------------------

static const struct field old_field = {
    .name = "old", .type = FIELD_SECRET, .label = "Your password until now", .max = 256
};
static const struct field new_field = { .name = "new",
    .type = FIELD_SECRET,
    .label = "New password",
    .help = "At least 10 characters. Three or four words that don't belong together do well.",
    .max = 256 };

static enum err own_hash(struct ctx *c, const char **ret_hash)
{
    struct value row;
    enum err e =
        db_row(c->db, c->arena, "account.get", ARGS(ARG("id", value_id(c->viewer.person))), &row);
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    *ret_hash = e == OK ? value_get_text(&row, "password_hash_text", NULL) : NULL;
    return OK;
}

// Who came by a mail link has shown that the address is theirs, which is how one that was forgotten
// is replaced.
static enum err came_by_link(struct ctx *c, bool *ret_yes)
{
    struct value list;
    TRY(session_list(c, c->viewer.person, &list));
    *ret_yes = false;
    for (size_t i = 0; i < value_len(&list); i++) {
        const struct value *s = value_at(&list, i);
        *ret_yes = *ret_yes || (value_get_int(s, "is_here", 0) &&
                                   str_eq(value_get_text(s, "purpose", ""), "link"));
    }
    return OK;
}

static enum err own_email(struct ctx *c, const char **ret_email)
{
    struct value row;
    enum err e =
        db_row(c->db, c->arena, "person.reach", ARGS(ARG("id", value_id(c->viewer.person))), &row);
    *ret_email = e == OK ? value_get_text(&row, "email", NULL) : NULL;
    return e == ERR_NOT_FOUND ? OK : e;
}

// RET_FIELD: where what is wrong stands.
static enum err change_password(
    struct ctx *c, const struct request *q, bool needs_old, const char **ret_field)
{
    const char *old = request_form(q, "old"), *new = request_form(q, "new"), *hash, *email;
    bool right;
    *ret_field = "new";
    TRY(throttle_take(
        c, "change-password", ctx_id(c, c->viewer.person), CLOCK_HOUR, PASSWORD_TRIES));
    if (needs_old) {
        TRY(own_hash(c, &hash));
        TRY(password_verify(c->arena, hash, old ? old : "", &right));
        if (!right) {
            *ret_field = "old";
            return fail(c->arena, ERR_INVALID, "%s",
                ctx_text(c, "That is not your password until now.", NULL));
        }
    }
    TRY(own_email(c, &email));
    const char *weak = password_weak(new ? new : "", c->viewer.name, email);
    if (weak) {
        return fail(c->arena, ERR_INVALID, "%s", ctx_text(c, weak, NULL));
    }
    TRY(password_hash(c->arena, new, &hash));
    struct value v = value_object(c->arena);
    value_set(c->arena, &v, "password_hash_text", value_text(hash));
    struct outcome o;
    return act_run_values(c, "person.set_password", c->viewer.person, &v, &o);
}

enum err page_password(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    const char *hash, *field = NULL;
    bool by_link;
    TRY(in_person(c));
    TRY(own_hash(c, &hash));
    TRY(came_by_link(c, &by_link));
    bool needs_old = hash && !by_link;
    enum err e = q->method == METHOD_POST ? change_password(c, q, needs_old, &field) : OK;
    if (q->method == METHOD_POST && e == OK) {
        response_redirect(r, page_href(c, "person", c->viewer.person));
        return OK;
    }
    if (e != OK && e != ERR_INVALID && e != ERR_TOO_MANY) {
        return e;
    }
    const char *why = c->arena->detail;
    struct value form = form_new(c, q, r, "/me/password", "Set the password");
    if (needs_old) {
        form_field(c, &form, &old_field, true, NULL, NULL, "current-password");
    }
    form_field(c, &form, &new_field, true, NULL, NULL, "new-password");
    value_set(c->arena, &form, "cancel_href", value_text(page_href(c, "person", c->viewer.person)));
    if (e != OK) {
        form_error(c, &form, e == ERR_INVALID ? field : NULL, why);
        r->status = problem_status(e);
    }
    r->max_age = -1;
    page_title(c, data, ctx_text(c, "Set a password", NULL));
    value_set(c->arena, data, "form", form);
    return OK;
}

// ---- tokens ------------------------------------------------------------------------------------

static const struct field label_field = { .name = "label",
    .type = FIELD_TEXT,
    .label = "What is it for?",
    .help = "So that you know it again: “nightly export”.",
    .max = 80 };

static enum err new_token(struct ctx *c, const struct request *q, const char **ret_token)
{
    struct web_field given = { "label", request_form(q, "label") };
    struct submission s = { .fields = &given, .n_fields = given.value ? 1 : 0 };
    struct value label = VALUE_NULL, list;
    const char *why = "";
    enum err e = field_read(c, &label_field, &s, &label, &why);
    if (e == OK && label.kind != V_TEXT) {
        e = fail(c->arena, ERR_INVALID, "%s", ctx_text(c, "This is needed.", NULL));
    } else if (e == ERR_INVALID) {
        fail(c->arena, e, "%s", why);
    }
    TRY(e);
    TRY(session_list(c, c->viewer.person, &list));
    size_t n = 0;
    for (size_t i = 0; i < value_len(&list); i++) {
        n += str_eq(value_get_text(value_at(&list, i), "purpose", ""), "token");
    }
    if (n >= MOST_TOKENS) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "You have many tokens already. End one first.", NULL));
    }
    return session_new_token(c, c->viewer.person, label.text, ret_token);
}

enum err page_token(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    const char *token = NULL;
    TRY(in_person(c));
    enum err e = q->method == METHOD_POST ? new_token(c, q, &token) : OK;
    if (e != OK && e != ERR_INVALID) {
        return e;
    }
    const char *why = c->arena->detail;
    struct value form = form_new(c, q, r, "/me/token", "Make a token");
    form_field(c, &form, &label_field, true, NULL, e == OK ? NULL : request_form(q, "label"), NULL);
    value_set(c->arena, &form, "cancel_href", value_text(page_href(c, "person", c->viewer.person)));
    if (e != OK) {
        form_error(c, &form, "label", why);
        r->status = problem_status(e);
    }
    r->max_age = -1;
    r->no_body_log = true;
    page_title(c, data, ctx_text(c, "A token for the programming interface", NULL));
    value_set(c->arena, data, "token", value_text(token));
    value_set(c->arena, data, "form", form);
    return OK;
}

// ---- sign-ins ----------------------------------------------------------------------------------

enum err page_end_session(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    (void)data;
    int64_t session;
    const char *id = request_param(q, "id");
    TRY(in_person(c));
    if (q->method == METHOD_POST && id && id_parse(&c->city->id_key, id, &session)) {
        enum err e = session_end(c, c->viewer.person, session);
        if (e != OK && e != ERR_NOT_FOUND) { // ended already: that is what was wanted
            return e;
        }
    }
    response_redirect(r, page_href(c, "person", c->viewer.person));
    return OK;
}

// ---- notices -----------------------------------------------------------------------------------

enum err page_notices(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    if (q->method == METHOD_POST) {
        int64_t last;
        const char *id = request_form(q, "last");
        if (id && id_parse(&c->city->id_key, id, &last)) {
            TRY(notice_read(c, last));
        }
        response_redirect(r, "/me/notices");
        return OK;
    }
    struct value list, form = form_new(c, q, r, "/me/notices", "I have read all of this");
    int64_t unread, before = 0;
    const char *after = request_query(q, "after");
    if (after && !id_parse(&c->city->id_key, after, &before)) {
        before = 0;
    }
    TRY(notice_list(c, c->viewer.person, before, NOTICES, &list));
    TRY(notice_unread(c, c->viewer.person, &unread));
    size_t n = value_len(&list);
    page_title(c, data, ctx_text(c, "What you were told", NULL));
    value_set(c->arena, data, "notices", list);
    value_set(c->arena, data, "has_notices", value_bool(n > 0));
    value_set(c->arena, data, "unread", value_int(unread));
    value_set(c->arena, data, "has_unread", value_bool(unread > 0 && n > 0 && !before));
    value_set(c->arena, data, "form", form);
    if (n > 0) {
        value_set(c->arena, data, "last", *value_get(value_at(&list, 0), "id"));
    }
    if (n == NOTICES) {
        value_set(c->arena, data, "next_href",
            value_text(arena_fmt(c->arena, "/me/notices?after=%s",
                ctx_id(c, value_get_int(value_at(&list, n - 1), "id", 0)))));
    }
    r->max_age = -1;
    return OK;
}
