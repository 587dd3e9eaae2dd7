// SPDX-License-Identifier: Apache-2.0
// The selection: one choice for each eligible pitch, with its reason, under a budget.
#include "reviews_private.h"

#include "str.h"

enum { DRAFTED, ANNOUNCED, DROPPED };
enum { UNDECIDED, CHOSEN, LEFT };

// ---- choices -----------------------------------------------------------------------------------

static const struct state choice_states[] = {
    { "undecided", "Not decided yet", "waiting" },
    { "chosen", "To be chosen", "going" },
    { "left", "Not to be chosen", "stopped" },
    END_STATE,
};

static const struct field choice_fields[] = {
    { "label", FIELD_TEXT, "Pitch", NULL },
    { "selection_id", FIELD_RECORD, "Selection", NULL, "selection" },
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "pitch_id", FIELD_RECORD, "The pitch", NULL, "pitch" },
    { "amount_cents", FIELD_MONEY, "What it gets", "Leave empty if no money is given." },
    { "reason", FIELD_PROSE, "Why", "The applicant reads it. Say it by the criteria.",
        .max = 4000 },
    END_FIELD,
};

static const char *still_drafted(struct act *a)
{
    struct value row;
    if (db_row(a->ctx->db, a->ctx->arena, "selection.whole",
            ARGS(ARG("selection_id", *act_old(a, "selection_id"))), &row) != OK) {
        return "The selection can’t be read just now.";
    }
    return str_eq(value_get_text(&row, "state", ""), "drafted")
               ? NULL
               : "The selection isn’t being written any more.";
}

static enum err check_amount(struct act *a)
{
    return act_int(a, "amount_cents") < 0
               ? act_invalid(a, "amount_cents", "It can’t get less than nothing.", NULL)
               : act_save(a);
}

static const struct command choice_commands[] = {
    { "choice.list", "Put it up for choice", NEW, UNDECIDED, MAY_RUN_REVIEWS,
        "label! selection_id! call_id! pitch_id! amount_cents", NULL, NULL, COMMAND_INNER, NULL },
    { "choice.take", "Choose it", AT(UNDECIDED) | AT(CHOSEN) | AT(LEFT), CHOSEN, MAY_RUN_REVIEWS,
        "amount_cents reason!", still_drafted, check_amount, COMMAND_QUIET,
        "It can be changed until the selection is announced." },
    { "choice.leave", "Don’t choose it", AT(UNDECIDED) | AT(CHOSEN) | AT(LEFT), LEFT,
        MAY_RUN_REVIEWS, "reason!", still_drafted, NULL, COMMAND_QUIET,
        "It can be changed until the selection is announced." },
    END_COMMAND,
};

const struct kind choice_kind = {
    .name = "choice",
    .label = "Choice",
    .plural = "Choices",
    .path = "/choices",
    .states = choice_states,
    .fields = choice_fields,
    .commands = choice_commands,
    .scope = { NULL, NULL, SEES_ROUND },
    .title = "label",
    .parent = "selection_id",
    .parent_kind = "selection",
    .list = "label state amount_cents selection_id",
    .filters = "state selection_id",
    .empty = "A selection has a choice for each eligible pitch.",
};

// ---- the selection -----------------------------------------------------------------------------

static const struct state states[] = {
    { "drafted", "Being written", "waiting" },
    { "announced", "Announced", "done" },
    { "dropped", "Dropped", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Selection", NULL },
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "budget_cents", FIELD_MONEY, "Budget", "Leave empty for what the call offers." },
    { "reasons", FIELD_PROSE, "Reasons for the selection as a whole",
        "What decided, and where you depart from the scores.", .flags = FIELD_WIDE },
    { "announced_at", FIELD_TIME, "Announced", NULL },
    END_FIELD,
};

static const char *may_draft(const struct round_now *now)
{
    return !now->in_review      ? "The call isn’t in review."
           : now->has_selection ? "There is a selection already; go on with it."
           : now->unscreened    ? "First screen every pitch."
           : now->unlocked      ? "Not all scores are locked yet."
                                : NULL;
}

static enum err put_up(struct act *a, const struct value *pitch)
{
    struct ctx *c = a->ctx;
    struct value one = value_object(c->arena), price;
    value_set(c->arena, &one, "label", *value_get(pitch, "label"));
    value_set(c->arena, &one, "selection_id", value_id(a->id));
    value_set(c->arena, &one, "call_id", *act_in(a, "call_id"));
    value_set(c->arena, &one, "pitch_id", *value_get(pitch, "id"));
    enum err e = db_row(
        c->db, c->arena, "selection.price", ARGS(ARG("pitch_id", *value_get(pitch, "id"))), &price);
    if (e == OK) {
        value_set(c->arena, &one, "amount_cents", *value_get(&price, "opened_cents"));
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    return act_nest(a, "choice.list", 0, &one, NULL);
}

static enum err draft(struct act *a)
{
    struct ctx *c = a->ctx;
    struct round_now now;
    struct value pitches;
    TRY(round_read(c, act_int(a, "call_id"), &now));
    const char *why = may_draft(&now);
    if (why) {
        return act_invalid(a, "call_id", why, NULL);
    }
    act_set(a, "title", *value_get(&now.row, "title"));
    act_set(a, "is_made_up", *value_get(&now.row, "is_made_up"));
    if (!act_has(a, "budget_cents")) {
        act_set(a, "budget_cents", *value_get(&now.row, "amount_cents"));
    }
    TRY(act_save(a));
    TRY(db_rows(c->db, c->arena, "review.pitches_to_give",
        ARGS(ARG("call_id", *act_in(a, "call_id"))), &pitches));
    for (size_t i = 0; i < value_len(&pitches); i++) {
        TRY(put_up(a, value_at(&pitches, i)));
    }
    return OK;
}

static const struct command commands[] = {
    { "selection.draft", "Draft the selection", NEW, DRAFTED, MAY_RUN_REVIEWS,
        "call_id! budget_cents", NULL, draft, 0,
        "Every eligible pitch is put up for choice. Nobody outside sees it before it is "
        "announced." },
    { "selection.edit", "Change budget or reasons", AT(DRAFTED), SAME, MAY_RUN_REVIEWS,
        "budget_cents! reasons", NULL, NULL, 0, NULL },
    { "selection.announce", "Announce it", AT(DRAFTED), ANNOUNCED, ROLE_DIRECTOR | ROLE_PROCUREMENT,
        "reasons!", selection_may_announce, selection_announce, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "Every applicant is told the decision, its reason and their own scores; each chosen pitch "
        "becomes a proposed pilot; the call is decided. It can’t be undone." },
    { "selection.drop", "Drop it", AT(DRAFTED), DROPPED, MAY_RUN_REVIEWS, "", NULL, NULL,
        COMMAND_REASON | COMMAND_CONFIRM, NULL },
    END_COMMAND,
};

const struct kind selection_kind = {
    .name = "selection",
    .label = "Selection",
    .plural = "Selections",
    .path = "/selections",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, NULL, SEES_ROUND },
    .parent = "call_id",
    .parent_kind = "call",
    .list = "title state budget_cents announced_at",
    .filters = "state",
    .empty = "When all scores of a call are locked, its selection is drafted here.",
};
