// SPDX-License-Identifier: Apache-2.0
// Addenda: how a published call changes. One act writes it, moves the dates and tells everybody.
#include "calls_kinds.h"

#include "str.h"

enum { PUBLISHED };

static const struct state states[] = {
    { "published", "Published", "going" },
    END_STATE,
};

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "What changes", "In one line.", .max = 160, .flags = FIELD_RELEASED },
    { "text", FIELD_PROSE, "The change in full", NULL, .flags = FIELD_RELEASED | FIELD_WIDE },
    { "new_closes_at", FIELD_TIME, "New closing time", "Only later than it is now.",
        .flags = FIELD_RELEASED },
    { "new_questions_close_at", FIELD_TIME, "Questions until", NULL, .flags = FIELD_RELEASED },
    { "new_amount_cents", FIELD_MONEY, "New amount",
        "Checked against the thresholds like the first one.", .flags = FIELD_RELEASED },
    END_FIELD,
};

static enum err check(struct act *a, const struct value *call)
{
    struct ctx *c = a->ctx;
    if (!str_eq(value_get_text(call, "state", ""), "published") || call_is_closed(c, call)) {
        return act_invalid(
            a, "call_id", "This call is not open any more; nothing about it can change.", NULL);
    }
    int64_t closes = value_get_int(call, "closes_at", 0);
    if (act_has(a, "new_closes_at")) {
        int64_t later = act_int(a, "new_closes_at");
        if (later <= c->now || (closes && later <= closes)) {
            return act_invalid(a, "new_closes_at",
                "An addendum may only give more time. Choose a later closing time.", NULL);
        }
        closes = later;
    }
    if (act_has(a, "new_questions_close_at") && closes &&
        act_int(a, "new_questions_close_at") > closes) {
        return act_invalid(
            a, "new_questions_close_at", "Questions can’t end after the call closes.", NULL);
    }
    if (act_has(a, "new_amount_cents")) {
        struct value changed = value_object(c->arena);
        for (size_t i = 0; i < call->object->len; i++) {
            value_set(c->arena, &changed, call->object->keys[i], call->object->values[i]);
        }
        value_set(c->arena, &changed, "amount_cents", *act_in(a, "new_amount_cents"));
        struct path_check found;
        TRY(path_check(c, &changed, &found));
        if (found.blocks) {
            return act_invalid(a, "new_amount_cents", found.blocks, NULL);
        }
    }
    return OK;
}

static enum err publish(struct act *a)
{
    static const char *const pairs[][2] = { { "new_closes_at", "closes_at" },
        { "new_questions_close_at", "questions_close_at" },
        { "new_amount_cents", "amount_cents" } };
    struct ctx *c = a->ctx;
    struct value call, change = value_object(c->arena);
    TRY(call_read(c, act_int(a, "call_id"), &call));
    TRY(check(a, &call));
    TRY(act_save(a));
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if (act_has(a, pairs[i][0])) {
            value_set(c->arena, &change, pairs[i][1], *act_in(a, pairs[i][0]));
        }
    }
    if (change.object->len) {
        TRY(act_nest(a, "call.amend", value_get_int(&call, "id", 0), &change, NULL));
    }
    return call_tell_all(c, &call,
        act_has(a, "new_closes_at") ? "There is an addendum to the call “{title}”, and more time."
                                    : "There is an addendum to the call “{title}”.");
}

static const struct command commands[] = {
    { "addendum.publish", "Publish an addendum", NEW, PUBLISHED, MAY_RUN_CALLS,
        "call_id! title! text! new_closes_at new_questions_close_at new_amount_cents", NULL,
        publish, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "Everybody who follows the call, asked about it or pitches in it is told at once." },
    END_COMMAND,
};

const struct kind addendum_kind = {
    .name = "addendum",
    .label = "Addendum",
    .plural = "Addenda",
    .path = "/addenda",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { CALL_PUBLISHED, CALL_PUBLISHED, "1 = 1" },
    .parent = "call_id",
    .parent_kind = "call",
    .list = "title call_id created_at",
    .filters = "call_id",
    .search = "title text",
    .empty = "A published call changes by addendum only.",
};
