// SPDX-License-Identifier: Apache-2.0
// Roles held: records too, so that the ledger says who gave which role to whom, and when it ended.
#include "accounts_private.h"

#include "notice.h"
#include "record_ref.h"

static const struct state states[] = {
    { "held", "Held", "going" },
    { "ended", "Ended", "neutral" },
    { NULL, NULL, NULL },
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Role and where it holds", NULL },
    { "person_id", FIELD_PERSON, "Person", NULL },
    { "role", FIELD_CHOICE, "Role", NULL, ROLE_CHOICES },
    { "department_id", FIELD_ORGANISATION, "Only for this department",
        "Leave empty for the whole city. A liaison has one department.", .flags = FIELD_INPUT },
    { "scope_kind", FIELD_HIDDEN, "Only for", NULL },
    { "scope_id", FIELD_HIDDEN, "Only for which", NULL },
    { "until_on", FIELD_DATE, "Until", "The last day. Leave empty if it isn't known." },
    { "acting_for_id", FIELD_PERSON, "Acting for",
        "Whose work it is, when somebody stands in. What is done is remembered so." },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// ---- checks ------------------------------------------------------------------------------------

enum err another_admin(struct ctx *c, int64_t person, bool *ret_yes)
{
    int64_t n;
    TRY(db_int(c->db, c->arena, "person.other_admins",
        ARGS(ARG("person_id", value_id(person)),
            ARG("today_on", value_date(locale_day(c->locale, c->now)))),
        &n));
    *ret_yes = n > 0;
    return OK;
}

static enum err resolve_scope(struct act *a)
{
    static const char *const kinds[] = { "department", "call", "pilot", "body" };
    if (act_has(a, "department_id")) {
        act_set(a, "scope_kind", value_text("department"));
        act_set(a, "scope_id", *act_in(a, "department_id"));
    }
    const struct value *kind = act_now(a, "scope_kind"), *id = act_now(a, "scope_id");
    if (kind->kind == V_NULL && id->kind == V_NULL) {
        return str_eq(act_text(a, "role"), "liaison")
                   ? act_invalid(a, "department_id", "Say for which department.", NULL)
                   : OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kind->kind == V_TEXT && str_eq(kind->text, kinds[i]) && id->kind == V_ID) {
            return OK;
        }
    }
    return act_invalid(
        a, "role", "Say where the role holds: a department, call, pilot or body.", NULL);
}

static const char *title_of(struct act *a)
{
    const char *label = role_label(role_by_name(act_text(a, "role")));
    const struct value *kind = act_now(a, "scope_kind"), *id = act_now(a, "scope_id");
    if (kind->kind != V_TEXT) {
        return label;
    }
    const char *record = str_eq(kind->text, "department") ? "organisation" : kind->text;
    const char *title =
        registry_kind(a->ctx->registry, record) ? ref_title(a->ctx, record, id->n) : NULL;
    return title ? arena_fmt(a->ctx->arena, "%s, %s", label, title) : label;
}

static enum err refuse_twice(struct act *a)
{
    struct ctx *c = a->ctx;
    const struct value *kind = act_now(a, "scope_kind"), *id = act_now(a, "scope_id"),
                       *acting_for = act_now(a, "acting_for_id");
    int64_t n;
    TRY(db_int(c->db, c->arena, "grant_role.same",
        ARGS(ARG("person_id", *act_in(a, "person_id")), ARG("role", *act_in(a, "role")),
            ARG("scope_kind", value_text(kind->kind == V_TEXT ? kind->text : "")),
            ARG("scope_id", value_id(id->kind == V_ID ? id->n : 0)),
            ARG("for_id", value_id(acting_for->kind == V_ID ? acting_for->n : 0))),
        &n));
    return n ? act_invalid(a, "role", "They hold this role already.", NULL) : OK;
}

static enum err save_and_tell(struct act *a)
{
    struct ctx *c = a->ctx;
    TRY(resolve_scope(a));
    TRY(refuse_twice(a));
    const char *title = title_of(a);
    act_set(a, "title", value_text(title));
    TRY(act_save(a));
    if (a->outer) {
        return OK; // the outer act says more
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "role", value_text(title));
    return notice_person(c, act_int(a, "person_id"),
        &(struct notice){ .text = "You now have the role “{role}”",
            .args = &args,
            .kind = "grant_role",
            .id = a->id,
            .mail_now = true });
}

static enum err give(struct act *a)
{
    struct ctx *c = a->ctx;
    if (!a->outer && act_int(a, "person_id") == c->viewer.person) {
        return act_invalid(a, "person_id",
            "Nobody gives themselves a role. Another administrator can, or the command line.",
            NULL);
    }
    if (act_has(a, "acting_for_id") && !act_has(a, "until_on")) {
        return act_invalid(a, "until_on", "Say until when they stand in.", NULL);
    }
    return save_and_tell(a);
}

// A role that one holds oneself, lent for the time of an absence.
static enum err lend(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t department = act_int(a, "department_id");
    bool holds = false;
    for (size_t i = 0; i < c->viewer.n_grants; i++) {
        const struct grant *g = &c->viewer.grants[i];
        bool same_scope = department
                              ? str_eq(g->scope_kind, "department") && g->scope_id == department
                              : !g->scope_kind;
        holds =
            holds || (g->role == role_by_name(act_text(a, "role")) && !g->acting_for && same_scope);
    }
    if (!holds) {
        return act_invalid(a, "role", "You can lend only a role that you hold yourself.", NULL);
    }
    if (act_int(a, "person_id") == c->viewer.person) {
        return act_invalid(a, "person_id", "Choose somebody else.", NULL);
    }
    int64_t today = locale_day(c->locale, c->now);
    if (act_int(a, "until_on") < today || act_int(a, "until_on") > today + 366) {
        return act_invalid(a, "until_on", "Choose a day from today to a year ahead.", NULL);
    }
    act_set(a, "acting_for_id", value_id(c->viewer.person));
    return save_and_tell(a);
}

static const char *may_end(struct act *a)
{
    const struct value *row = &a->row;
    bool yes = true;
    if (str_eq(value_get_text(row, "role", ""), "admin") &&
        !value_get_text(row, "scope_kind", NULL) &&
        another_admin(a->ctx, value_get_int(row, "person_id", 0), &yes) == OK && !yes) {
        return "This is the last administrator. Give the role to somebody else first.";
    }
    return NULL;
}

static const char *lent_by_me(struct act *a)
{
    return value_get_int(&a->row, "acting_for_id", 0) == a->ctx->viewer.person
               ? NULL
               : "Only who lent it can take it back.";
}

// What somebody lent lasts no longer than what they hold: WHAT's roles (NULL: all) that PERSON lent
// in that scope end with it.
enum err end_lent(struct act *a, int64_t person, const struct value *what)
{
    struct ctx *c = a->ctx;
    struct value rows;
    const char *role = what ? value_get_text(what, "role", "") : NULL;
    const char *scope = what ? value_get_text(what, "scope_kind", NULL) : NULL;
    TRY(db_rows(
        c->db, c->arena, "grant_role.lent_by", ARGS(ARG("person_id", value_id(person))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        bool same =
            !what || (str_eq(value_get_text(row, "role", ""), role) &&
                         str_eq(value_get_text(row, "scope_kind", NULL), scope) &&
                         value_get_int(row, "scope_id", 0) == value_get_int(what, "scope_id", 0));
        if (same) {
            TRY(act_nest_system(a, "grant_role.end", value_get_int(row, "id", 0), NULL, NULL));
        }
    }
    return OK;
}

static enum err end(struct act *a)
{
    int64_t today = locale_day(a->ctx->locale, a->ctx->now);
    const struct value *until = act_old(a, "until_on");
    if (until->kind == V_NULL || until->n > today) {
        act_set(a, "until_on", value_date(today));
    }
    TRY(act_save(a));
    return value_get_int(&a->row, "acting_for_id", 0)
               ? OK
               : end_lent(a, value_get_int(&a->row, "person_id", 0), &a->row);
}

static const struct command commands[] = {
    { "grant_role.give", "Give a role", NEW, GRANT_HELD, ROLE_ADMIN | ROLE_CLOCK,
        "person_id! role! department_id scope_kind scope_id until_on acting_for_id", NULL, give, 0,
        "A role says what somebody may do, in the whole city or in one department, call, pilot or "
        "body." },
    { "grant_role.lend", "Let somebody stand in for me", NEW, GRANT_HELD, ROLES_INSIDE,
        "person_id! role! department_id until_on!", NULL, lend, 0,
        "They may do what you may in this role, until that day. What they do is remembered as done "
        "for you." },
    { "grant_role.end", "End the role", AT(GRANT_HELD), GRANT_ENDED, ROLE_ADMIN | ROLE_CLOCK, "",
        may_end, end, COMMAND_QUIET, NULL },
    { "grant_role.take_back", "Take it back", AT(GRANT_HELD), GRANT_ENDED, ROLES_INSIDE, "",
        lent_by_me, end, 0, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind grant_role_kind = {
    .name = "grant_role",
    .label = "Role held",
    .plural = "Roles held",
    .path = "/roles",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { .public = NULL,
        // One's own, and those of whom one may turn to.
        .outside = "($.person_id = :viewer_id OR ($.state = 'held' "
                   "AND $.role IN ('director', 'staff', 'procurement')))",
        .office = "1 = 1" },
    .parent = "person_id",
    .parent_kind = "person",
    .list = "title person_id state until_on acting_for_id",
    .filters = "state role person_id",
    .empty = "Nobody holds a role yet.",
};

// ---- the clock ---------------------------------------------------------------------------------

enum err accounts_expire_roles(struct ctx *c, const struct value *payload)
{
    (void)payload;
    struct value rows;
    TRY(db_rows(c->db, c->arena, "grant_role.over",
        ARGS(ARG("today_on", value_date(locale_day(c->locale, c->now)))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct outcome o;
        enum err e = act_run_values(
            c, "grant_role.end", value_get_int(value_at(&rows, i), "id", 0), NULL, &o);
        // The last administrator stays one: the rule that keeps the office reachable goes first.
        if (e != OK && e != ERR_STATE) {
            return e;
        }
    }
    return OK;
}
