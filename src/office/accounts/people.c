// SPDX-License-Identifier: Apache-2.0
// A person's page, and the administrator's page about mail and jobs.
#include "accounts_private.h"

#include "job.h"
#include "mail.h"

static void add_fact(struct ctx *c, struct value *data, const char *label, const struct value *v)
{
    const struct value *record = value_get(data, "record");
    const struct value *facts = record ? value_get(record, "facts") : NULL;
    if (!facts || facts->kind != V_LIST || !v || v->kind == V_NULL) {
        return;
    }
    struct value fact = value_object(c->arena), list = *facts, held = *record;
    value_set(c->arena, &fact, "label", value_text(ctx_text(c, label, NULL)));
    value_set(c->arena, &fact, "text", *v);
    value_set(c->arena, &fact, "href", VALUE_NULL);
    value_set(c->arena, &fact, "made_up", VALUE_NULL);
    value_set(c->arena, &fact, "source", VALUE_NULL);
    *value_push(c->arena, &list) = fact;
    value_set(c->arena, &held, "facts", list);
    value_set(c->arena, data, "record", held);
}

static enum err add_reach(struct ctx *c, int64_t person, struct value *data)
{
    struct value row;
    enum err e = db_row(c->db, c->arena, "person.reach", ARGS(ARG("id", value_id(person))), &row);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    add_fact(c, data, "Email", value_get(&row, "email"));
    add_fact(c, data, "Telephone", value_get(&row, "phone"));
    return OK;
}

static enum err add_sessions(
    struct ctx *c, struct request *q, struct response *r, struct value *data)
{
    struct value list, shown = value_list(c->arena);
    TRY(session_list(c, c->viewer.person, &list));
    for (size_t i = 0; i < value_len(&list); i++) {
        struct value s = *value_at(&list, i);
        const char *purpose = value_get_text(&s, "purpose", "");
        const char *how = str_eq(purpose, "token")  ? "Token"
                          : str_eq(purpose, "link") ? "By mail link"
                                                    : "By password";
        value_set(c->arena, &s, "how", value_text(ctx_text(c, how, NULL)));
        if (value_get(&s, "label")->kind == V_NULL) {
            value_set(c->arena, &s, "label", value_text(ctx_text(c, "An unknown browser", NULL)));
        }
        value_set(c->arena, &s, "end",
            value_text(
                arena_fmt(c->arena, "/me/sessions/%s/end", ctx_id(c, value_get_int(&s, "id", 0)))));
        *value_push(c->arena, &shown) = s;
    }
    value_set(c->arena, data, "sessions", shown);
    value_set(c->arena, data, "csrf", value_text(session_anonymous_csrf(c, q, r)));
    return OK;
}

static enum err add_roles(struct ctx *c, int64_t person, struct value *data)
{
    struct value rows, roles = value_object(c->arena), empty = value_object(c->arena);
    TRY(db_rows(c->db, c->arena, "person.roles", ARGS(ARG("person_id", value_id(person))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value row = *value_at(&rows, i);
        if (value_get(&row, "title")->kind == V_NULL) { // given before roles had titles
            const char *label = role_label(role_by_name(value_get_text(&row, "role", "")));
            value_set(c->arena, &row, "title", value_text(label));
        }
    }
    struct value table = page_table(c, "grant_role", ctx_text(c, "Roles", NULL),
        "title:Role until_on:Until acting_for:For", &rows);
    value_set(c->arena, &table, "caption_hidden", value_bool(true));
    value_set(
        c->arena, &empty, "text", value_text(ctx_text(c, "They hold no role just now.", NULL)));
    value_set(c->arena, &table, "empty", empty);
    value_set(c->arena, &roles, "table", table);
    value_set(c->arena, data, "roles", roles);
    return OK;
}

enum err page_person(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, faults = value_list(c->arena);
    TRY(page_record(c, q, "person", &row));
    TRY(page_show_record(c, "person", &row, "title department_id organisation_id language", data));
    int64_t person = value_get_int(&row, "id", 0);
    bool is_own = person == c->viewer.person, is_admin = c->viewer.roles & ROLE_ADMIN;
    if (is_own || is_admin) {
        TRY(add_reach(c, person, data));
        TRY(mail_faults(c, person, &faults));
    }
    if (is_own) {
        TRY(add_sessions(c, q, r, data));
    }
    TRY(add_roles(c, person, data));
    value_set(c->arena, data, "is_own", value_bool(is_own));
    value_set(c->arena, data, "may_lend", value_bool(is_own && c->viewer.roles & ROLES_INSIDE));
    value_set(c->arena, data, "give_role",
        is_admin && !is_own
            ? value_text(arena_fmt(c->arena, "/roles/new/give?person_id=%s", ctx_id(c, person)))
            : VALUE_NULL);
    value_set(c->arena, data, "is_held", value_bool(value_get_int(&row, "is_held", 0) != 0));
    value_set(c->arena, data, "faults", faults);
    value_set(c->arena, data, "has_faults", value_bool(value_len(&faults) > 0));
    return OK;
}

// ---- mail and jobs -----------------------------------------------------------------------------

static enum err settle_job(struct ctx *c, const struct request *q)
{
    int64_t id;
    const char *text = request_form(q, "job"), *what = request_form(q, "what");
    if (!text || !id_parse(&c->city->id_key, text, &id)) {
        return fail(c->arena, ERR_NOT_FOUND, "%s", ctx_text(c, "There is no such job.", NULL));
    }
    enum err e = job_settle(c, id, str_eq(what, "again"));
    return e == ERR_NOT_FOUND ? OK : e; // somebody else did it
}

enum err page_mail(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    if (q->method == METHOD_POST) {
        TRY(settle_job(c, q));
        response_redirect(r, "/admin/mail");
        return OK;
    }
    struct value faults, jobs, why;
    int64_t waiting;
    TRY(mail_faults(c, 0, &faults));
    TRY(mail_waiting(c, &waiting, &why));
    TRY(jobs_given_up(c, &jobs));
    page_title(c, data, ctx_text(c, "Mail and jobs", NULL));
    for (size_t i = 0; i < value_len(&faults); i++) {
        struct value fault = *value_at(&faults, i);
        int64_t person = value_get_int(&fault, "person_id", 0);
        value_set(c->arena, &fault, "href",
            person ? value_text(page_href(c, "person", person)) : VALUE_NULL);
    }
    value_set(c->arena, data, "waiting", value_int(waiting));
    value_set(c->arena, data, "why", why);
    value_set(c->arena, data, "faults", faults);
    value_set(c->arena, data, "has_faults", value_bool(value_len(&faults) > 0));
    value_set(c->arena, data, "jobs", jobs);
    value_set(c->arena, data, "has_jobs", value_bool(value_len(&jobs) > 0));
    value_set(c->arena, data, "csrf", value_text(session_anonymous_csrf(c, q, r)));
    r->max_age = -1;
    return OK;
}

const struct page accounts_pages[] = {
    { "/sign-in", "accounts/sign-in.html", ROLES_ANYONE, page_sign_in, NULL, PAGE_POST | PAGE_SLOW,
        NULL },
    { "/sign-in/link", "accounts/ask-link.html", ROLES_ANYONE, page_ask_link, NULL, PAGE_POST,
        NULL },
    { "/link/{token}", "accounts/link.html", ROLES_ANYONE, page_link, NULL, PAGE_POST, NULL },
    { "/sign-out", NULL, ROLES_ANYONE, page_sign_out, NULL, PAGE_POST | PAGE_BARE, NULL },
    { "/me", NULL, ROLES_SIGNED_IN, page_me, NULL, PAGE_BARE, NULL },
    { "/me/password", "accounts/form.html", ROLES_SIGNED_IN, page_password, NULL,
        PAGE_POST | PAGE_SLOW, NULL },
    { "/me/token", "accounts/token.html", ROLES_SIGNED_IN, page_token, NULL, PAGE_POST, NULL },
    { "/me/sessions/{id}/end", NULL, ROLES_SIGNED_IN, page_end_session, NULL, PAGE_POST | PAGE_BARE,
        NULL },
    { "/me/notices", "accounts/notices.html", ROLES_SIGNED_IN, page_notices, NULL, PAGE_POST,
        NULL },
    { "/people/{id}", "accounts/person.html", ROLES_SIGNED_IN, page_person, NULL, 0, NULL },
    { "/admin/mail", "accounts/mail.html", ROLE_ADMIN, page_mail, NULL, PAGE_POST,
        "Mail and jobs" },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
