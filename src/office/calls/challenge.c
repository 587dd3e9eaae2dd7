// SPDX-License-Identifier: Apache-2.0
// Further challenges of a call. The call's own is the first; a pitch names by number which it
// answers, so nothing about them changes once the call is published.
#include "calls_kinds.h"

#include "str.h"

enum { ACTIVE, DROPPED };

static const struct state states[] = {
    { "active", "In the call", "going" },
    { "dropped", "Dropped", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call", .flags = FIELD_RELEASED },
    { "challenge_id", FIELD_RECORD, "Challenge",
        "A further problem that the call is about. Its department signs its own commitment.",
        "challenge", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Challenge", NULL, .flags = FIELD_RELEASED },
    END_FIELD,
};

enum err call_challenges(struct ctx *c, int64_t call, struct value *ret_rows)
{
    return db_rows(
        c->db, c->arena, "call.challenges_whole", ARGS(ARG("call_id", value_id(call))), ret_rows);
}

enum err call_answered(
    struct ctx *c, int64_t call, const char *numbers, struct value *ret_challenges)
{
    struct value rows, list = value_list(c->arena);
    TRY(call_challenges(c, call, &rows));
    for (const char *at = numbers ? numbers : ""; *at;) {
        size_t len = strcspn(at, ","), n = 0;
        for (size_t i = 0; i < len && at[i] >= '0' && at[i] <= '9' && n < 100; i++) {
            n = n * 10 + (size_t)(at[i] - '0');
        }
        if (n >= 1 && n <= value_len(&rows)) {
            *value_push(c->arena, &list) = *value_at(&rows, n - 1);
        }
        at += len + (at[len] == ',');
    }
    *ret_challenges = list;
    return OK;
}

const char *call_challenges_uncommitted(struct ctx *c, int64_t call)
{
    struct value rows;
    if (call_challenges(c, call, &rows) != OK || !value_len(&rows)) {
        return "The challenge can’t be read just now.";
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        const char *state = value_get_text(value_at(&rows, i), "state", "");
        if (!str_eq(state, "committed") && !str_eq(state, "in_call")) {
            struct value args = value_object(c->arena);
            value_set(c->arena, &args, "title", *value_get(value_at(&rows, i), "title"));
            return ctx_text(c,
                value_len(&rows) == 1
                    ? "The department has not signed its commitment to the challenge yet."
                    : "Nobody has signed the commitment to the challenge “{title}” yet.",
                &args);
        }
    }
    return NULL;
}

enum err call_challenges_publish(struct act *a)
{
    struct value rows;
    TRY(call_challenges(a->ctx, a->id, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        if (str_eq(value_get_text(row, "state", ""), "committed")) {
            TRY(act_nest_system(a, "challenge.into_call", value_get_int(row, "id", 0), NULL, NULL));
        }
    }
    return OK;
}

static const char *not_a_draft(struct ctx *c, int64_t call_id)
{
    struct value call;
    if (call_read(c, call_id, &call) != OK) {
        return "The call can’t be read just now.";
    }
    return str_eq(value_get_text(&call, "state", ""), "draft")
               ? NULL
               : "The call is published; its challenges stay as they were announced.";
}

static const char *still_draft(struct act *a)
{
    return not_a_draft(a->ctx, value_get_int(&a->row, "call_id", 0));
}

static enum err add(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value rows, challenge;
    const char *why = not_a_draft(c, act_int(a, "call_id"));
    if (why) {
        return act_invalid(a, "call_id", why, NULL);
    }
    TRY(call_challenges(c, act_int(a, "call_id"), &rows));
    if (value_len(&rows) >= CALL_MOST_CHALLENGES) {
        return act_invalid(a, "challenge_id",
            "Eight challenges are as many as one call can hold. Write another call.", NULL);
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        if (value_get_int(value_at(&rows, i), "id", 0) == act_int(a, "challenge_id")) {
            return act_invalid(a, "challenge_id", "This challenge is in the call already.", NULL);
        }
    }
    TRY(db_row(c->db, c->arena, "call.challenge",
        ARGS(ARG("challenge_id", *act_in(a, "challenge_id"))), &challenge));
    if (str_eq(value_get_text(&challenge, "state", ""), "withdrawn")) {
        return act_invalid(a, "challenge_id", "This challenge was withdrawn.", NULL);
    }
    act_set(a, "title", *value_get(&challenge, "title"));
    return act_save(a);
}

static const struct command commands[] = {
    { "further_challenge.add", "Add a further challenge", NEW, ACTIVE, MAY_RUN_CALLS,
        "call_id! challenge_id!", NULL, add, 0,
        "A pitch then says which of the call’s challenges it answers." },
    { "further_challenge.drop", "Take the challenge out", AT(ACTIVE), DROPPED, MAY_RUN_CALLS, "",
        still_draft, NULL, 0, NULL },
    END_COMMAND,
};

const struct kind further_challenge_kind = {
    .name = "further_challenge",
    .label = "Further challenge",
    .plural = "Further challenges",
    .path = "/further-challenges",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { "$.state = 'active' AND " CALL_PUBLISHED, "$.state = 'active' AND " CALL_PUBLISHED,
        "1 = 1" },
    .parent = "call_id",
    .parent_kind = "call",
    .list = "title call_id state",
    .filters = "call_id state",
    .empty = "A call is about one challenge; further ones stand here.",
};
