// SPDX-License-Identifier: Apache-2.0
// Signing in by password or by a link that was mailed, and signing out.
#include "accounts_private.h"

#include "clock.h"
#include "job.h"
#include "notice.h"
#include "office.h"
#include "throttle.h"
#include "transact.h"

enum { LINK_REQUESTS = 10, LINKS_A_NAME = 3, LINK_DAYS = 1 };

static const struct field email_field = { .name = "email",
    .type = FIELD_EMAIL,
    .label = "Email",
    .help = "The address that you have here." };
static const struct field password_field = {
    .name = "password", .type = FIELD_SECRET, .label = "Password", .max = 256
};
static const struct field next_field = { .name = "next", .type = FIELD_HIDDEN, .label = "Next" };

// Where to go afterwards: a path of this site, the first page otherwise.
static const char *next_path(const struct request *q)
{
    const char *next =
        q->method == METHOD_POST ? request_form(q, "next") : request_query(q, "next");
    bool ours = next && next[0] == '/' && next[1] != '/' && next[1] != '\\' &&
                !str_starts(next, "/sign-") && !str_starts(next, "/link/");
    return ours ? next : "/";
}

static const char *given(const struct request *q, const char *name)
{
    const char *text = q->method == METHOD_POST ? request_form(q, name) : request_query(q, name);
    return text ? text : "";
}

// What goes wrong for a person is said on the same page; the rest is the error page's.
static bool is_for_people(enum err e)
{
    return e == ERR_DENIED || e == ERR_TOO_MANY || e == ERR_NOT_FOUND || e == ERR_INVALID;
}

enum err page_sign_in(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    enum err e = OK;
    if (q->method == METHOD_POST) {
        e = session_sign_in(c, q, r, given(q, "email"), given(q, "password"));
        if (e == OK) {
            response_redirect(r, next_path(q));
            return OK;
        }
        if (!is_for_people(e)) {
            return e;
        }
    } else if (c->viewer.person) {
        response_redirect(r, next_path(q));
        return OK;
    }
    const char *why = c->arena->detail;
    struct value form = form_new(c, q, r, "/sign-in", "Sign in");
    form_field(c, &form, &email_field, true, NULL, given(q, "email"), "username");
    form_field(c, &form, &password_field, true, NULL, NULL, "current-password");
    form_field(c, &form, &next_field, false, NULL, next_path(q), NULL);
    if (e != OK) {
        form_error(c, &form, NULL, why);
        r->status = problem_status(e);
    }
    r->max_age = -1;
    page_title(c, data, ctx_text(c, "Sign in", NULL));
    value_set(c->arena, data, "form", form);
    return OK;
}

// ---- asking for a link -------------------------------------------------------------------------

static enum err add_link_job(struct ctx *c, void *context)
{
    struct value payload = value_object(c->arena);
    value_set(c->arena, &payload, "email", value_text(context));
    return job_add(c, "accounts.mail_link", &payload, 0);
}

// The same work whoever asks for whatever address: whether it is known is found out by a job.
static enum err ask_link(struct ctx *c, const struct request *q, const char *email)
{
    TRY(throttle_take(
        c, "ask-link", throttle_address(c->arena, q->address), CLOCK_HOUR, LINK_REQUESTS));
    const char *key = session_email_key(c->arena, email);
    if (!strchr(key, '@') || strlen(key) > 254) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "Write an email address, like name@example.org.", NULL));
    }
    TRY(transact(c, add_link_job, arena_strdup(c->arena, key)));
    if (c->office->jobs) {
        jobs_wake(c->office->jobs);
    }
    return OK;
}

enum err page_ask_link(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    enum err e = OK;
    bool sent = false;
    if (q->method == METHOD_POST) {
        e = ask_link(c, q, given(q, "email"));
        sent = e == OK;
        if (e != OK && !is_for_people(e)) {
            return e;
        }
    }
    const char *why = c->arena->detail;
    struct value form = form_new(c, q, r, "/sign-in/link", "Mail me a link");
    form_field(c, &form, &email_field, true, NULL, given(q, "email"), "email");
    if (e != OK) {
        form_error(c, &form, NULL, why);
        r->status = problem_status(e);
    }
    r->max_age = -1;
    page_title(c, data, ctx_text(c, sent ? "Look into your mail" : "Sign in by mail", NULL));
    value_set(c->arena, data, "sent", value_bool(sent));
    value_set(c->arena, data, "form", form);
    return OK;
}

static enum err send_link(struct ctx *c, void *context)
{
    const int64_t *person = context;
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "office", value_text(c->city->office_name));
    return notice_link(c, *person, "/", LINK_DAYS,
        &(struct notice){ .text = "Your link to {office}", .args = &args });
}

enum err accounts_mail_link(struct ctx *c, const struct value *payload)
{
    const char *email = value_get_text(payload, "email", "");
    struct value row;
    enum err e = db_row(
        c->db, c->arena, "account.by_email", ARGS(ARG("email_key", value_text(email))), &row);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    int64_t person = value_get_int(&row, "id", 0);
    // Nobody can fill somebody's mailbox through us.
    e = throttle_take(c, "link-mailed", ctx_id(c, person), CLOCK_HOUR, LINKS_A_NAME);
    if (e == ERR_TOO_MANY) {
        return OK;
    }
    TRY(e);
    return transact(c, send_link, &person);
}

// ---- following one -----------------------------------------------------------------------------

enum err page_link(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    const char *token = request_param(q, "token"), *path = "/";
    int64_t person = 0;
    enum err e = q->method == METHOD_POST ? session_sign_in_link(c, q, r, token, &path)
                                          : session_find_link(c, token, &person, &path);
    if (e == OK && (q->method == METHOD_POST || person == c->viewer.person)) {
        response_redirect(r, path);
        return OK;
    }
    if (e != OK && !is_for_people(e)) {
        return e;
    }
    const char *why = c->arena->detail;
    r->max_age = -1;
    page_title(c, data, ctx_text(c, e == OK ? "You are expected" : "This link is over", NULL));
    value_set(c->arena, data, "over", value_text(e == OK ? NULL : why));
    if (e == OK) {
        value_set(c->arena, data, "form",
            form_new(c, q, r, arena_fmt(c->arena, "/link/%s", token), "Go on"));
    } else {
        r->status = 404;
    }
    return OK;
}

enum err page_sign_out(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    (void)data;
    if (q->method == METHOD_POST) {
        session_sign_out(c, q, r);
    }
    response_redirect(r, "/");
    return OK;
}
