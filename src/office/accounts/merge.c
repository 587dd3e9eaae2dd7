// SPDX-License-Identifier: Apache-2.0
// One person, two accounts: the double is closed and points to the one that stays, which gets what
// it owned. What was done under the double stays in the ledger as it was.
#include "accounts_private.h"

#include "handover.h"
#include "notice.h"

const char *may_merge(struct act *a)
{
    struct ctx *c = a->ctx;
    if (a->id == c->viewer.person) {
        return "Nobody merges their own account. Ask another administrator.";
    }
    if (value_get_int(&a->row, "is_held", 0)) {
        return "Counsel holds this person's records. Nothing may be merged until the hold ends.";
    }
    return NULL;
}

// Roles that one person never holds at once: who is judged doesn't judge, who opens prices doesn't
// score, who keeps the accounts decides nothing.
static const struct {
    uint32_t one, other;
} apart[] = {
    { ROLE_APPLICANT, ROLE_EVALUATOR | ROLE_PROCUREMENT | ROLE_REVIEWER },
    { ROLE_EVALUATOR, ROLE_PROCUREMENT },
    { ROLE_ADMIN, ROLE_DIRECTOR | ROLE_EXECUTIVE | ROLE_PROCUREMENT | ROLE_EVALUATOR },
};

static enum err roles_of(struct ctx *c, int64_t person, uint32_t *ret_roles, struct value *ret_rows)
{
    uint32_t roles = 0;
    TRY(db_rows(
        c->db, c->arena, "person.roles", ARGS(ARG("person_id", value_id(person))), ret_rows));
    for (size_t i = 0; i < value_len(ret_rows); i++) {
        roles |= role_by_name(value_get_text(value_at(ret_rows, i), "role", ""));
    }
    *ret_roles = roles;
    return OK;
}

static uint32_t lowest(uint32_t roles)
{
    return roles & (~roles + 1);
}

static enum err check_roles(struct act *a, uint32_t from, uint32_t to)
{
    struct ctx *c = a->ctx;
    for (size_t i = 0; i < ARRAY_LEN(apart); i++) {
        uint32_t other = from & apart[i].one ? to & apart[i].other
                         : to & apart[i].one ? from & apart[i].other
                                             : 0;
        if (!other) {
            continue;
        }
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "one", value_text(ctx_text(c, role_label(apart[i].one), NULL)));
        value_set(
            c->arena, &args, "other", value_text(ctx_text(c, role_label(lowest(other)), NULL)));
        return act_invalid(a, "same_id",
            "One of them is {one}, the other {other}: one person can't hold both. End one of the "
            "roles first, and look at what was done in them.",
            &args);
    }
    return OK;
}

static enum err check_records(struct act *a, int64_t to)
{
    static const char *const reasons[][2] = {
        { "review", "Both were to review the same pitch. Take one of the reviews back first." },
        { "own", "One of them reviews a pitch of the other's. Take the review back first." },
        { "seat", "Both hold a seat in the same body. End one of the terms first." },
        { "vote", "Both voted on the same motion, so they can't be one person." },
        { "presence", "Both were at the same meeting, so they can't be one person." },
    };
    struct ctx *c = a->ctx;
    struct value rows;
    TRY(db_rows(c->db, c->arena, "person.conflicts",
        ARGS(ARG("id", value_id(a->id)), ARG("to_id", value_id(to))), &rows));
    const char *what = value_len(&rows) ? value_get_text(value_at(&rows, 0), "what", "") : NULL;
    for (size_t i = 0; what && i < ARRAY_LEN(reasons); i++) {
        if (str_eq(what, reasons[i][0])) {
            return act_invalid(a, "same_id", reasons[i][1], NULL);
        }
    }
    return OK;
}

// Given before they end, so that the last administrator's double stays one.
static enum err move_roles(struct act *a, int64_t to, const struct value *rows)
{
    static const char *const copied[] = { "role", "scope_kind", "scope_id", "until_on",
        "acting_for_id" };
    struct ctx *c = a->ctx;
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i);
        struct value v = value_object(c->arena);
        int64_t same = 0, acting_for = value_get_int(row, "acting_for_id", 0);
        value_set(c->arena, &v, "person_id", value_id(to));
        for (size_t j = 0; j < ARRAY_LEN(copied); j++) {
            if (value_get(row, copied[j])->kind != V_NULL) {
                value_set(c->arena, &v, copied[j], *value_get(row, copied[j]));
            }
        }
        TRY(db_int(c->db, c->arena, "grant_role.same",
            ARGS(ARG("person_id", value_id(to)), ARG("role", *value_get(row, "role")),
                ARG("scope_kind", value_text(value_get_text(row, "scope_kind", ""))),
                ARG("scope_id", value_id(value_get_int(row, "scope_id", 0))),
                ARG("for_id", value_id(acting_for))),
            &same));
        if (!same && acting_for != to) {
            TRY(act_nest_system(a, "grant_role.give", 0, &v, NULL));
        }
        TRY(act_nest_system(a, "grant_role.end", value_get_int(row, "id", 0), NULL, NULL));
    }
    return OK;
}

static enum err move_the_rest(struct act *a, int64_t to)
{
    static const char *const queries[] = { "person.move_contact", "person.erase_contact",
        "person.erase_account", "person.move_pitches", "person.drop_pitches",
        "person.erase_profile_salts", "person.erase_profile", "person.move_notices" };
    struct ctx *c = a->ctx;
    TRY(session_end_all(c, a->id, 0));
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        TRY(db_exec(c->db, c->arena, queries[i],
            ARGS(ARG("id", value_id(a->id)), ARG("to_id", value_id(to))), NULL));
    }
    return OK;
}

static enum err check_other(struct act *a, int64_t to)
{
    struct ctx *c = a->ctx;
    struct value row;
    if (to == a->id) {
        return act_invalid(a, "same_id", "Choose the other account.", NULL);
    }
    if (to == c->viewer.person) {
        return act_invalid(
            a, "same_id", "Nobody merges their own account. Ask another administrator.", NULL);
    }
    enum err e =
        db_row(c->db, c->arena, "notice.recipient", ARGS(ARG("person_id", value_id(to))), &row);
    return e == ERR_NOT_FOUND ? act_invalid(a, "same_id",
                                    "That account is closed. Choose the one that stays.", NULL)
                              : e;
}

enum err merge(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t to = act_int(a, "same_id");
    uint32_t from_roles, to_roles;
    struct value rows, others, counts;
    TRY(check_other(a, to));
    TRY(roles_of(c, a->id, &from_roles, &rows));
    TRY(roles_of(c, to, &to_roles, &others));
    TRY(check_roles(a, from_roles, to_roles));
    TRY(check_records(a, to));
    act_set(a, "merged_into_id", value_id(to));
    TRY(act_save(a));
    TRY(move_roles(a, to, &rows));
    TRY(hand_over_double(a, a->id, to, &counts));
    for (size_t i = 0; i < value_len(&counts); i++) {
        const struct value *one = value_at(&counts, i);
        act_note(
            a, arena_fmt(c->arena, "%s_n", value_get_text(one, "kind", "")), *value_get(one, "n"));
    }
    TRY(move_the_rest(a, to));
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "who", value_id(a->id));
    return notice_person(c, to,
        &(struct notice){ .text = "Your other account, {who}, is closed; what it had is yours here",
            .args = &args,
            .kind = "person",
            .id = to,
            .mail_now = true });
}
