// SPDX-License-Identifier: Apache-2.0
// Announcing a selection: one act decides every pitch, tells every applicant, makes the pilots and
// closes the call.
#include "reviews_private.h"

#include "calls/calls.h"
#include "str.h"

static const char *too_much(struct ctx *c, const struct value *sums, const struct value *budget)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "sum", *value_get(sums, "chosen_cents"));
    value_set(c->arena, &args, "budget", *budget);
    return ctx_text(c,
        "The chosen pitches come to {sum}; the budget is {budget}. Raise it, with your reasons, or "
        "choose fewer.",
        &args);
}

const char *selection_may_announce(struct act *a)
{
    struct ctx *c = a->ctx;
    struct round_now now;
    struct value sums;
    int64_t call = value_get_int(&a->row, "call_id", 0);
    if (round_read(c, call, &now) != OK ||
        db_row(c->db, c->arena, "selection.sums",
            ARGS(ARG("selection_id", value_id(a->id)), ARG("call_id", value_id(call))),
            &sums) != OK) {
        return "The selection can’t be read just now.";
    }
    const struct value *budget = act_old(a, "budget_cents");
    return !now.in_review ? "The call isn’t in review."
           : now.unlocked ? "Not all scores are locked yet."
           : value_get_int(&sums, "missing_n", 0)
               ? "There are pitches that aren’t up for choice: screen them, then draft the "
                 "selection anew."
           : value_get_int(&sums, "undecided_n", 0) ? "First decide on every pitch."
           : value_get_int(&sums, "gone_n", 0)
               ? "A chosen pitch was withdrawn or found not eligible. Don’t choose it."
           : budget->kind != V_NULL && value_get_int(&sums, "chosen_cents", 0) >
                                           value_get_int(&a->row, "budget_cents", 0)
               ? too_much(c, &sums, budget)
               : NULL;
}

// The mean each criterion got, without anything of who gave what; V_NULL for a pitch nobody scored.
static enum err mean_scores(struct ctx *c, const struct value *choice, struct value *ret_text)
{
    struct value scores;
    TRY(db_rows(c->db, c->arena, "selection.mean_scores",
        ARGS(ARG("pitch_id", *value_get(choice, "pitch_id"))), &scores));
    AUTO_BUF(text, 0);
    for (size_t i = 0; i < value_len(&scores); i++) {
        const struct value *row = value_at(&scores, i);
        buf_fmt(&text, "%s%s %.1f", i ? "; " : "", value_get_text(row, "criterion", ""),
            value_get_num(row, "value_num", 0));
    }
    *ret_text = text.len ? value_text(arena_strdup(c->arena, buf_text(&text))) : VALUE_NULL;
    return OK;
}

// The winner's organisation: the one that is known by that name, or a new one.
static enum err winner(struct act *a, int64_t pitch, struct value *ret_id)
{
    struct ctx *c = a->ctx;
    struct value row, new = value_object(c->arena);
    int64_t id;
    *ret_id = VALUE_NULL;
    enum err e =
        db_row(c->db, c->arena, "selection.winner", ARGS(ARG("pitch_id", value_id(pitch))), &row);
    const char *name = e == OK ? value_get_text(&row, "organisation", "") : "";
    if (e != OK || !*name) {
        return e == ERR_NOT_FOUND ? OK : e;
    }
    if (value_get_int(&row, "organisation_id", 0)) {
        *ret_id = *value_get(&row, "organisation_id");
        return OK;
    }
    value_set(c->arena, &new, "title", value_text(name));
    value_set(c->arena, &new, "type", value_text("company"));
    TRY(act_nest_system(a, "organisation.add", 0, &new, &id));
    *ret_id = value_id(id);
    return OK;
}

static enum err award(struct act *a, const struct value *choice, const struct value *round)
{
    struct ctx *c = a->ctx;
    struct value pilot = value_object(c->arena), words = value_object(c->arena), organisation;
    struct value answered;
    TRY(winner(a, value_get_int(choice, "pitch_id", 0), &organisation));
    TRY(call_answered(
        c, value_get_int(round, "id", 0), value_get_text(choice, "answers", NULL), &answered));
    value_set(c->arena, &words, "title", *value_get(choice, "title"));
    value_set(c->arena, &pilot, "title", *value_get(choice, "title"));
    value_set(
        c->arena, &pilot, "question", value_text(ctx_text(c, "Does “{title}” help here?", &words)));
    value_set(c->arena, &pilot, "origin", value_text("call"));
    value_set(c->arena, &pilot, "call_id", *value_get(round, "id"));
    value_set(c->arena, &pilot, "pitch_id", *value_get(choice, "pitch_id"));
    value_set(c->arena, &pilot, "challenge_id",
        value_len(&answered) ? *value_get(value_at(&answered, 0), "id")
                             : *value_get(round, "challenge_id"));
    value_set(c->arena, &pilot, "department_id", *value_get(round, "department_id"));
    value_set(c->arena, &pilot, "organisation_id", organisation);
    return act_nest_system(a, "pilot.award", 0, &pilot, NULL);
}

static enum err settle(struct act *a, const struct value *choice, const struct value *round)
{
    struct ctx *c = a->ctx;
    struct value why = value_object(c->arena), scores;
    bool chosen = str_eq(value_get_text(choice, "state", ""), "chosen");
    TRY(mean_scores(c, choice, &scores));
    value_set(c->arena, &why, "decision_reason", *value_get(choice, "reason"));
    value_set(c->arena, &why, "mean_scores", scores);
    TRY(act_nest_system(a, chosen ? "pitch.select" : "pitch.decline",
        value_get_int(choice, "pitch_id", 0), &why, NULL));
    return chosen ? award(a, choice, round) : OK;
}

enum err selection_announce(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value round, choices;
    int64_t call = value_get_int(&a->row, "call_id", 0), chosen = 0;
    TRY(round_of(c, call, &round));
    act_set(a, "announced_at", value_time(c->now));
    TRY(act_save(a));
    TRY(db_rows(c->db, c->arena, "selection.to_settle", ARGS(ARG("selection_id", value_id(a->id))),
        &choices));
    for (size_t i = 0; i < value_len(&choices); i++) {
        TRY(settle(a, value_at(&choices, i), &round));
        chosen += str_eq(value_get_text(value_at(&choices, i), "state", ""), "chosen");
    }
    act_note(a, "chosen_n", value_int(chosen));
    act_note(a, "left_n", value_int((int64_t)value_len(&choices) - chosen));
    return act_nest_system(a, "call.decide", call, NULL, NULL);
}
