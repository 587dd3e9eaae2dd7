// SPDX-License-Identifier: Apache-2.0
// What pitches are judged by: weights that come to 100, and a text for each score.
#include "calls_kinds.h"

#include "str.h"

enum { ACTIVE, DROPPED };
enum { ANCHORS = 5, MOST_CRITERIA = 20 };

static const struct state states[] = {
    { "active", "In use", "going" },
    { "dropped", "Dropped", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Criterion", "As a question one can answer.", .max = 160,
        .flags = FIELD_RELEASED },
    { "weight_n", FIELD_COUNT, "Weight", "All criteria together come to 100.", .max = 100,
        .flags = FIELD_RELEASED },
    { "anchors", FIELD_LIST, "What each score means",
        "Five lines: what earns a 1, a 2, a 3, a 4, a 5.", .flags = FIELD_RELEASED },
    { "position_n", FIELD_COUNT, "Position", "1 comes first.", .max = 100 },
    END_FIELD,
};

static const char *not_a_draft(struct act *a, int64_t call_id)
{
    struct value call;
    if (call_read(a->ctx, call_id, &call) != OK) {
        return "The call can’t be read just now.";
    }
    return str_eq(value_get_text(&call, "state", ""), "draft")
               ? NULL
               : "The call is published; its criteria stay as they were announced.";
}

static const char *still_draft(struct act *a)
{
    return not_a_draft(a, value_get_int(&a->row, "call_id", 0));
}

static enum err check_anchors(struct act *a)
{
    const char *text = act_text(a, "anchors");
    size_t lines = *text != '\0';
    for (const char *p = text; *p; p++) {
        lines += *p == '\n';
    }
    return !act_has(a, "anchors") || lines == ANCHORS
               ? OK
               : act_invalid(a, "anchors", "Write five lines, one for each score.", NULL);
}

static enum err add(struct act *a)
{
    const char *why = not_a_draft(a, act_int(a, "call_id"));
    struct value sums;
    if (why) {
        return act_invalid(a, "call_id", why, NULL);
    }
    TRY(check_anchors(a));
    TRY(db_row(a->ctx->db, a->ctx->arena, "call.weights",
        ARGS(ARG("call_id", *act_in(a, "call_id"))), &sums));
    if (value_get_int(&sums, "n", 0) >= MOST_CRITERIA) {
        return act_invalid(
            a, "title", "Twenty criteria are as many as anybody can weigh. Join some.", NULL);
    }
    return act_save(a);
}

static enum err edit(struct act *a)
{
    TRY(check_anchors(a));
    return act_save(a);
}

static const struct command commands[] = {
    { "criterion.add", "Add a criterion", NEW, ACTIVE, MAY_RUN_CALLS,
        "call_id! title! weight_n! anchors position_n", NULL, add, 0, NULL },
    { "criterion.edit", "Change the criterion", AT(ACTIVE), SAME, MAY_RUN_CALLS,
        "title! weight_n! anchors position_n", still_draft, edit, 0, NULL },
    { "criterion.drop", "Drop the criterion", AT(ACTIVE), DROPPED, MAY_RUN_CALLS, "", still_draft,
        NULL, 0, NULL },
    END_COMMAND,
};

const struct kind criterion_kind = {
    .name = "criterion",
    .label = "Criterion",
    .plural = "Criteria",
    .path = "/criteria",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { "$.state = 'active' AND " CALL_PUBLISHED, "$.state = 'active' AND " CALL_PUBLISHED,
        "1 = 1" },
    .parent = "call_id",
    .parent_kind = "call",
    .list = "title weight_n call_id state",
    .filters = "call_id state",
    .empty = "Criteria say what pitches are judged by, and how much each counts.",
};
