// SPDX-License-Identifier: Apache-2.0
#include "accounts_private.h"

#include "clock.h"
#include "handover.h"
#include "json.h"
#include "notice.h"

enum { INVITATION_DAYS = 14 };
#define ERASED "Erased person"

static const struct state states[] = {
    { "active", "Active", "going" },
    { "disabled", "Closed", "stopped" },
    { "erased", "Erased", "neutral" },
    { "merged", "A double, merged", "neutral" },
    { NULL, NULL, NULL },
};

static const struct field fields[] = {
    { "name", FIELD_TEXT, "Name", NULL, .max = 100, .flags = FIELD_PERSONAL },
    { "title", FIELD_TEXT, "What they do", "Their position, in a few words.", .max = 120 },
    { "organisation_id", FIELD_ORGANISATION, "Organisation",
        "For people outside: the company, university or community they belong to." },
    { "department_id", FIELD_ORGANISATION, "Department", "For people of the city." },
    { "language", FIELD_CHOICE, "Language", "For pages and mail.", "en=English|es=Español" },
    { "email", FIELD_EMAIL, "Email",
        "For signing in and for mail. Nobody else sees it. Left empty, it stays as it is.",
        .flags = FIELD_PERSONAL, .table = "person_contact" },
    { "email_key", FIELD_HIDDEN, "Email as compared", NULL, .flags = FIELD_PERSONAL,
        .table = "person_contact" },
    { "phone", FIELD_TEXT, "Telephone", "Left empty, it stays as it is.", .max = 40,
        .flags = FIELD_PERSONAL, .table = "person_contact" },
    { "roles", FIELD_CHOICES, "Roles",
        "What they may do. A liaison's role holds for the department above, the others for the "
        "whole city.",
        ROLE_CHOICES, .flags = FIELD_INPUT },
    { "password_hash_text", FIELD_SECRET, "Password", NULL, .flags = FIELD_INPUT },
    { "to_id", FIELD_PERSON, "To whom", "They get everything that this person answers for.",
        .flags = FIELD_INPUT },
    { "same_id", FIELD_PERSON, "Who this is", "The account that stays.", .flags = FIELD_INPUT },
    { "merged_into_id", FIELD_PERSON, "The same person as", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// ---- making people -----------------------------------------------------------------------------

// The address is one person's alone.
static enum err take_email(struct act *a)
{
    struct ctx *c = a->ctx;
    if (!act_has(a, "email")) {
        return OK;
    }
    const char *key = session_email_key(c->arena, act_text(a, "email"));
    struct value row;
    enum err e =
        db_row(c->db, c->arena, "person.of_address", ARGS(ARG("email_key", value_text(key))), &row);
    if (e == OK && value_get_int(&row, "id", 0) != a->id) {
        return act_invalid(a, "email", "Somebody here has this address already.", NULL);
    }
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    act_set(a, "email_key", value_text(key));
    return OK;
}

static enum err give_roles(struct act *a)
{
    struct ctx *c = a->ctx;
    for (const char *at = act_text(a, "roles"); *at;) {
        size_t len = strcspn(at, ",");
        const char *role = arena_strndup(c->arena, at, len);
        struct value v = value_object(c->arena);
        value_set(c->arena, &v, "person_id", value_id(a->id));
        value_set(c->arena, &v, "role", value_text(role));
        if (str_eq(role, "liaison")) {
            value_set(c->arena, &v, "department_id", *act_in(a, "department_id"));
        }
        TRY(act_nest_system(a, "grant_role.give", 0, &v, NULL));
        at += len + (at[len] == ',');
    }
    return OK;
}

static enum err put_password(struct act *a)
{
    return db_exec(a->ctx->db, a->ctx->arena, "account.put",
        ARGS(ARG("id", value_id(a->id)),
            ARG("password_hash_text", value_text(act_text(a, "password_hash_text")))),
        NULL);
}

static enum err enter(struct act *a)
{
    TRY(take_email(a));
    TRY(act_save(a));
    if (act_has(a, "password_hash_text")) {
        TRY(put_password(a));
    }
    return give_roles(a);
}

static enum err invite(struct act *a)
{
    struct ctx *c = a->ctx;
    TRY(enter(a));
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "name", value_id(a->id));
    value_set(c->arena, &args, "office", value_text(c->city->office_name));
    return notice_link(c, a->id, "/me", INVITATION_DAYS,
        &(struct notice){ .text = "{name}, you are invited to work with {office}",
            .args = &args,
            .kind = "person",
            .id = a->id });
}

// Who has the old address may be somebody else, or may not have asked for this: what was sent there
// opens nothing any more, and it is told.
static enum err leave_address(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    enum err e = db_row(c->db, c->arena, "person.reach", ARGS(ARG("id", value_id(a->id))), &row);
    const char *old = e == OK ? value_get_text(&row, "email", NULL) : NULL;
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    if (!old || !act_has(a, "email") ||
        str_eq(
            session_email_key(c->arena, old), session_email_key(c->arena, act_text(a, "email")))) {
        return OK;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "office", value_text(c->city->office_name));
    TRY(session_end_all(c, a->id, c->viewer.person == a->id ? c->viewer.session : 0));
    return notice_address(c, old, value_get_text(&a->row, "language", NULL),
        &(struct notice){ .text =
                              "Your address at {office} was changed; mail goes to the new one. If "
                              "you didn't ask for it, tell the office",
            .args = &args });
}

// Forms don't show what is sealed, so an empty field there says nothing: what was kept stays.
static enum err edit(struct act *a)
{
    struct value in = value_object(a->ctx->arena);
    for (size_t i = 0; i < a->in.object->len; i++) {
        const char *name = a->in.object->keys[i];
        const struct field *f = kind_field(a->kind, name);
        if (!f || !f->table || a->in.object->values[i].kind != V_NULL) {
            value_set(a->ctx->arena, &in, name, a->in.object->values[i]);
        }
    }
    a->in = in;
    TRY(take_email(a));
    TRY(leave_address(a));
    return act_save(a);
}

// ---- leaving -----------------------------------------------------------------------------------

static const char *not_the_last_admin(struct act *a)
{
    struct ctx *c = a->ctx;
    bool another = true;
    if (a->id == c->viewer.person) {
        return "Nobody closes their own account. Ask another administrator.";
    }
    if (another_admin(c, a->id, &another) == OK && !another) {
        return "This is the last administrator. Give the role to somebody else first.";
    }
    return NULL;
}

static enum err disable(struct act *a)
{
    TRY(act_save(a));
    TRY(end_lent(a, a->id, NULL));
    return session_end_all(a->ctx, a->id, 0);
}

static enum err set_password(struct act *a)
{
    TRY(put_password(a));
    // Whoever else was signed in as them is out; the session at hand stays.
    TRY(session_end_all(a->ctx, a->id, a->ctx->viewer.session));
    return act_save(a);
}

static enum err give_all_to(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t to = act_int(a, "to_id");
    struct value row;
    if (to == a->id) {
        return act_invalid(a, "to_id", "Choose somebody else.", NULL);
    }
    enum err e =
        db_row(c->db, c->arena, "notice.recipient", ARGS(ARG("person_id", value_id(to))), &row);
    if (e == ERR_NOT_FOUND) {
        return act_invalid(
            a, "to_id", "That account is closed. Choose somebody who is here.", NULL);
    }
    TRY(e);
    TRY(act_save(a));
    struct value counts;
    TRY(hand_over(a, a->id, to, &counts));
    int64_t total = 0;
    for (size_t i = 0; i < value_len(&counts); i++) {
        const struct value *one = value_at(&counts, i);
        total += value_get_int(one, "n", 0);
        act_note(
            a, arena_fmt(c->arena, "%s_n", value_get_text(one, "kind", "")), *value_get(one, "n"));
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "n", value_int(total));
    value_set(c->arena, &args, "who", value_id(a->id));
    return notice_person(c, to,
        &(struct notice){ .text =
                              "{n, plural, one {One record} other {# records}} came to you from "
                              "{who}",
            .args = &args,
            .kind = "person",
            .id = a->id,
            .mail_now = true });
}

static const char *may_erase(struct act *a)
{
    if (value_get_int(&a->row, "is_held", 0)) {
        return "Counsel holds this person's records. Nothing may be erased until the hold ends.";
    }
    return NULL;
}

static enum err hold(struct act *a)
{
    act_set(a, "is_held", value_bool(true));
    return act_save(a);
}

static enum err release_hold(struct act *a)
{
    act_set(a, "is_held", value_bool(false));
    return act_save(a);
}

static enum err end_roles(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value rows;
    TRY(db_rows(c->db, c->arena, "person.roles", ARGS(ARG("person_id", value_id(a->id))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(act_nest_system(
            a, "grant_role.end", value_get_int(value_at(&rows, i), "id", 0), NULL, NULL));
    }
    return OK;
}

static enum err erase_doubles(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value rows, v = value_object(c->arena);
    TRY(db_rows(c->db, c->arena, "person.doubles", ARGS(ARG("id", value_id(a->id))), &rows));
    value_set(c->arena, &v, "reason", value_text(a->reason));
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(act_nest_system(
            a, "person.erase", value_get_int(value_at(&rows, i), "id", 0), &v, NULL));
    }
    return OK;
}

// Mail that this person caused, or that is about them, names them in words; what it cites stands in
// notices of mail that didn't arrive, too.
static enum err erase_from_mail(struct act *a)
{
    static const char *const queries[] = { "person.erase_mail", "person.erase_from_mail",
        "person.erase_from_faults" };
    struct ctx *c = a->ctx;
    const char *name = value_get_text(&a->row, "name", "");
    AUTO_BUF(quoted, 0);
    struct value text = value_text(name);
    json_write(&quoted, NULL, &text); // as it stands within a notice's arguments
    quoted.data[quoted.len - 1] = 0;
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        TRY(db_exec(c->db, c->arena, queries[i],
            ARGS(ARG("id", value_id(a->id)), ARG("name", value_text(name)),
                ARG("quoted", value_text(quoted.data + 1)), ARG("erased", value_text(ERASED))),
            NULL));
    }
    return OK;
}

// Everything that says who it was goes; that somebody acted, and when, stays provable.
static enum err erase(struct act *a)
{
    static const char *const queries[] = { "person.erase_contact", "person.erase_account",
        "person.erase_salts", "person.erase_profile_salts", "person.erase_profile",
        "person.erase_notices" };
    struct ctx *c = a->ctx;
    TRY(end_roles(a));
    TRY(session_end_all(c, a->id, 0));
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        TRY(db_exec(c->db, c->arena, queries[i], ARGS(ARG("id", value_id(a->id))), NULL));
    }
    TRY(erase_from_mail(a));
    TRY(erase_doubles(a));
    act_set(a, "name", value_text(ERASED));
    act_set(a, "title", VALUE_NULL);
    act_set(a, "organisation_id", VALUE_NULL);
    act_set(a, "department_id", VALUE_NULL);
    act_set(a, "source_url", VALUE_NULL);
    return act_save(a);
}

#define ABOUT "title department_id organisation_id language phone"

static const struct command commands[] = {
    { "person.invite", "Invite somebody", NEW, PERSON_ACTIVE, ROLE_ADMIN,
        "name! email! roles! department_id organisation_id title language", NULL, invite, 0,
        "They get a mail with a link that signs them in; no password is needed." },
    { "person.enter", "Enter a person", NEW, PERSON_ACTIVE, ROLE_ADMIN | ROLE_CLOCK,
        "name! email roles password_hash_text " ABOUT, NULL, enter, COMMAND_INNER, NULL },
    { "person.edit", "Change the account", AT(PERSON_ACTIVE) | AT(PERSON_DISABLED), SAME,
        ROLE_ADMIN | ROLE_CLOCK, "name! email " ABOUT, NULL, edit, 0, NULL },
    { "person.describe", "Change my profile", AT(PERSON_ACTIVE), SAME, ROLES_SIGNED_IN,
        "name! title language phone", NULL, edit, COMMAND_OWN, NULL },
    { "person.set_password", "Set the password", AT(PERSON_ACTIVE), SAME, ROLES_SIGNED_IN,
        "password_hash_text!", NULL, set_password, COMMAND_INNER | COMMAND_OWN, NULL },
    { "person.reset_password", "Reset the password", AT(PERSON_ACTIVE), SAME, ROLE_CLOCK,
        "password_hash_text!", NULL, set_password, COMMAND_INNER, NULL },
    { "person.disable", "Close the account", AT(PERSON_ACTIVE), PERSON_DISABLED, ROLE_ADMIN, "",
        not_the_last_admin, disable, COMMAND_REASON,
        "They can no longer sign in. Their records and what they did stay." },
    { "person.enable", "Open the account again", AT(PERSON_DISABLED), PERSON_ACTIVE, ROLE_ADMIN, "",
        NULL, NULL, COMMAND_REASON, NULL },
    { "person.hand_over", "Hand over everything", AT(PERSON_ACTIVE) | AT(PERSON_DISABLED), SAME,
        ROLE_ADMIN | ROLE_DIRECTOR, "to_id!", NULL, give_all_to, COMMAND_CONFIRM,
        "All records that this person answers for, in all rooms, go to another person at once. "
        "What they did stays theirs." },
    { "person.hold", "Put under a legal hold", AT(PERSON_ACTIVE) | AT(PERSON_DISABLED), SAME,
        ROLE_COUNSEL, "", NULL, hold, COMMAND_REASON,
        "Nothing about this person is erased until the hold ends." },
    { "person.release_hold", "End the legal hold", AT(PERSON_ACTIVE) | AT(PERSON_DISABLED), SAME,
        ROLE_COUNSEL, "", NULL, release_hold, COMMAND_REASON, NULL },
    { "person.merge", "Merge a double", AT(PERSON_ACTIVE) | AT(PERSON_DISABLED), PERSON_MERGED,
        ROLE_ADMIN, "same_id!", may_merge, merge, COMMAND_REASON | COMMAND_CONFIRM,
        "For somebody who has two accounts: this one is closed for good and points to the other, "
        "which gets its records, roles and, if it has none, its address. What was done under this "
        "one stays in the history as it was." },
    { "person.erase", "Erase the person", AT(PERSON_DISABLED) | AT(PERSON_MERGED), PERSON_ERASED,
        ROLE_ADMIN | ROLE_COUNSEL, "", may_erase, erase, COMMAND_REASON | COMMAND_CONFIRM,
        "Name, address and telephone are erased for good, from the ledger too. That somebody "
        "acted, and when, stays." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind person_kind = {
    .name = "person",
    .label = "Person",
    .plural = "People",
    .path = "/people",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = {
        .public = NULL,
        // Oneself, and whom one may turn to: those who work in the office.
        .outside = "($.id = :viewer_id OR EXISTS (SELECT 1 FROM grant_role g "
                   "WHERE g.city = $.city AND g.person_id = $.id AND g.state = 'held' "
                   "AND g.role IN ('director', 'staff', 'procurement')))",
        .office = "1 = 1",
    },
    .title = "name",
    .list = "name title department_id organisation_id state",
    .filters = "state department_id organisation_id",
    .empty = "Nobody has an account yet. Invite the first person: they get a link by mail.",
};

static const struct kind *const kinds[] = { &person_kind, &grant_role_kind, NULL };
static const struct job_kind jobs[] = {
    { "accounts.mail_link", accounts_mail_link, 0 },
    { "accounts.expire_roles", accounts_expire_roles, CLOCK_HOUR },
    { NULL, NULL, 0 },
};

const struct room accounts_room = {
    .name = "accounts", .kinds = kinds, .pages = accounts_pages, .jobs = jobs
};

// ---- for the command line ----------------------------------------------------------------------

enum err accounts_find(struct ctx *c, const char *email, int64_t *ret_person)
{
    struct value row;
    TRY(db_row(c->db, c->arena, "person.of_address",
        ARGS(ARG("email_key", value_text(session_email_key(c->arena, email)))), &row));
    *ret_person = value_get_int(&row, "id", 0);
    return OK;
}

static const char *role_list(struct ctx *c, uint32_t roles)
{
    AUTO_BUF(list, 0);
    for (uint32_t bit = ROLE_DIRECTOR; bit < ROLE_CLOCK; bit <<= 1) {
        if (roles & bit) {
            buf_fmt(&list, "%s%s", list.len ? "," : "", role_name(bit));
        }
    }
    return arena_strdup(c->arena, buf_text(&list));
}

static enum err hash_of(
    struct ctx *c, const char *password, const char *name, const char *email, const char **ret_hash)
{
    const char *weak = password_weak(password, name, email);
    if (weak) {
        return fail(c->arena, ERR_INVALID, "%s", ctx_text(c, weak, NULL));
    }
    return password_hash(c->arena, password, ret_hash);
}

static enum err first_error(struct ctx *c, enum err e, const struct outcome *o)
{
    return e == ERR_INVALID && o->n_errors
               ? fail(c->arena, e, "%s: %s", o->errors[0].label, o->errors[0].text)
               : e;
}

enum err accounts_create_user(struct ctx *c, const struct new_user *user, int64_t *ret_person)
{
    struct arena *a = c->arena;
    int64_t known;
    if (user->email && accounts_find(c, user->email, &known) == OK) {
        return fail(
            a, ERR_EXISTS, "%s", ctx_text(c, "Somebody here has this address already.", NULL));
    }
    struct value v = value_object(a);
    const char *hash = NULL;
    if (user->password) {
        TRY(hash_of(c, user->password, user->name, user->email, &hash));
        value_set(a, &v, "password_hash_text", value_text(hash));
    }
    value_set(a, &v, "name", value_text(user->name));
    if (user->email) {
        value_set(a, &v, "email", value_text(user->email));
    }
    value_set(a, &v, "roles", value_text(role_list(c, user->roles)));
    if (user->language) {
        value_set(a, &v, "language", value_text(user->language));
    }
    if (user->title) {
        value_set(a, &v, "title", value_text(user->title));
    }
    if (user->is_made_up) {
        value_set(a, &v, "is_made_up", value_bool(true));
    }
    struct outcome o;
    TRY(first_error(c, act_run_values(c, "person.enter", 0, &v, &o), &o));
    *ret_person = o.id;
    return OK;
}

enum err accounts_set_password(struct ctx *c, const char *email, const char *password)
{
    int64_t person;
    const char *hash;
    TRY(accounts_find(c, email, &person));
    TRY(hash_of(c, password, NULL, email, &hash));
    struct value v = value_object(c->arena);
    value_set(c->arena, &v, "password_hash_text", value_text(hash));
    struct outcome o;
    return act_run_values(c, "person.reset_password", person, &v, &o);
}
