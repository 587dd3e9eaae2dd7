// SPDX-License-Identifier: Apache-2.0
// A review: one evaluator, one pitch. Given, declared free of conflict, scored, locked.
#include "reviews_private.h"

#include "str.h"

static const struct state states[] = {
    [REVIEW_ASSIGNED] = { "assigned", "Assigned", "waiting" },
    [REVIEW_SCORING] = { "scoring", "Being scored", "going" },
    [REVIEW_LOCKED] = { "locked", "Locked", "done" },
    [REVIEW_CONFLICTED] = { "conflicted", "In conflict", "stopped" },
    [REVIEW_ENDED] = { "ended", "Taken back", "stopped" },
    END_STATE,
};

// The criteria of a call are its own, a kind's fields are not: score_1 and comment_1 belong to the
// first criterion of the call, and so on up to the most that a call can have.
#define SEALED (FIELD_PERSONAL | FIELD_INPUT)
#define SCORE_OF(n)                                                                                \
    { "score_" #n, FIELD_CHOICE, "Score for criterion " #n, NULL, "1|2|3|4|5", .flags = SEALED },  \
    {                                                                                              \
        "comment_" #n, FIELD_PROSE, "Why, for criterion " #n, NULL, .flags = SEALED, .max = 4000   \
    }
#define NAMES_OF(n) "score_" #n " comment_" #n " "

static const struct field fields[] = {
    { "label", FIELD_TEXT, "Pitch", NULL },
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "pitch_id", FIELD_RECORD, "Pitch to be judged", NULL, "pitch" },
    { "person_id", FIELD_PERSON, "Evaluator", NULL },
    { "due_on", FIELD_DATE, "Due", NULL },
    { "declared_at", FIELD_TIME, "Declared", NULL },
    { "locked_at", FIELD_TIME, "Locked", NULL },
    { "conflict", FIELD_CHOICE, "Can you judge this pitch fairly?",
        "You can’t if you, your family or those you work for would gain or lose by it, or if you "
        "think you know who wrote it and it matters to you.",
        "none=Yes, I have no conflict|conflict=No, I have a conflict", .flags = FIELD_INPUT },
    { "conflict_note", FIELD_PROSE, "What the conflict is",
        "Nobody reads it before the names are open.", .flags = FIELD_PERSONAL, .max = 2000,
        .table = "review_note" },
    { "substitute_id", FIELD_PERSON, "Who reviews it instead", NULL, .flags = FIELD_INPUT },
    SCORE_OF(1),
    SCORE_OF(2),
    SCORE_OF(3),
    SCORE_OF(4),
    SCORE_OF(5),
    SCORE_OF(6),
    SCORE_OF(7),
    SCORE_OF(8),
    SCORE_OF(9),
    SCORE_OF(10),
    SCORE_OF(11),
    SCORE_OF(12),
    SCORE_OF(13),
    SCORE_OF(14),
    SCORE_OF(15),
    SCORE_OF(16),
    SCORE_OF(17),
    SCORE_OF(18),
    SCORE_OF(19),
    SCORE_OF(20),
    END_FIELD,
};

// The formatter never comes to rest here.
// clang-format off
#define ALL_SCORES                                                                                 \
    NAMES_OF(1) NAMES_OF(2) NAMES_OF(3) NAMES_OF(4) NAMES_OF(5) NAMES_OF(6) NAMES_OF(7)            \
    NAMES_OF(8) NAMES_OF(9) NAMES_OF(10) NAMES_OF(11) NAMES_OF(12) NAMES_OF(13) NAMES_OF(14)       \
    NAMES_OF(15) NAMES_OF(16) NAMES_OF(17) NAMES_OF(18) NAMES_OF(19) NAMES_OF(20)
// clang-format on

// ---- conflicts ---------------------------------------------------------------------------------

static enum err declare(struct act *a)
{
    bool conflict = str_eq(act_text(a, "conflict"), "conflict");
    if (conflict && !act_has(a, "conflict_note")) {
        return act_invalid(a, "conflict_note", "Say what the conflict is.", NULL);
    }
    act_to(a, conflict ? REVIEW_CONFLICTED : REVIEW_SCORING);
    act_set(a, "declared_at", value_time(a->ctx->now));
    return act_save(a);
}

static const char *not_announced(struct act *a)
{
    return round_in_review(a, "The call is decided.");
}

static enum err report_conflict(struct act *a)
{
    act_set(a, "declared_at", value_time(a->ctx->now));
    act_set(a, "locked_at", VALUE_NULL);
    return act_save(a);
}

// Found when interests were matched again; the words are the same whatever it was.
static enum err find_conflict(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value args = value_object(c->arena);
    act_set(a, "locked_at", VALUE_NULL);
    act_set(a, "conflict_note",
        value_text(
            ctx_text(c, "An interest declared after the pitch was given touches it.", NULL)));
    TRY(act_save(a));
    value_set(c->arena, &args, "label", *act_old(a, "label"));
    // Whoever gave the pitch isn't told of an act inside another's.
    TRY(notice_person(c, value_get_int(&a->row, "owner_id", 0),
        &(struct notice){ .text = "{label} needs another evaluator: there is a conflict.",
            .args = &args,
            .kind = "review",
            .id = a->id }));
    return notice_person(c, value_get_int(&a->row, "person_id", 0),
        &(struct notice){ .text = "Your interests were matched again: {label} isn’t yours to judge "
                                  "any more. You have nothing to do.",
            .args = &args,
            .kind = "review",
            .id = a->id,
            .mail_now = true });
}

static const char *not_replaced(struct act *a)
{
    return value_get_int(&a->row, "replaced_at", 0) ? "This is settled already." : NULL;
}

static const char *may_reassign(struct act *a)
{
    const char *why = not_replaced(a);
    return why ? why : round_takes_reviews(a->ctx, value_get_int(&a->row, "call_id", 0));
}

static enum err reassign(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value other = value_object(c->arena);
    value_set(c->arena, &other, "pitch_id", *act_old(a, "pitch_id"));
    value_set(c->arena, &other, "person_id", *act_in(a, "substitute_id"));
    value_set(c->arena, &other, "due_on", *act_now(a, "due_on"));
    enum err e = act_nest(a, "review.assign", 0, &other, NULL);
    if (e == ERR_INVALID) {
        return act_invalid(
            a, "substitute_id", "This person can’t review this pitch. Choose another.", NULL);
    }
    TRY(e);
    act_set(a, "replaced_at", value_time(c->now));
    return act_save(a);
}

static enum err do_without(struct act *a)
{
    act_set(a, "replaced_at", value_time(a->ctx->now));
    return act_save(a);
}

// ---- reopening ---------------------------------------------------------------------------------

// Once names or prices are open, or a selection is being written, a score would be given knowing
// what it mustn't know.
static const char *may_reopen(struct act *a)
{
    return round_takes_reviews(a->ctx, value_get_int(&a->row, "call_id", 0));
}

static enum err reopen(struct act *a)
{
    act_set(a, "locked_at", VALUE_NULL);
    TRY(act_save(a));
    struct value args = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &args, "label", *act_old(a, "label"));
    value_set(a->ctx->arena, &args, "reason", value_text(a->reason));
    return notice_person(a->ctx, value_get_int(&a->row, "person_id", 0),
        &(struct notice){ .text = "Your review of {label} was opened again: {reason}",
            .args = &args,
            .kind = "review",
            .id = a->id,
            .mail_now = true });
}

// ---- the kind ----------------------------------------------------------------------------------

#define OPEN (AT(REVIEW_ASSIGNED) | AT(REVIEW_SCORING))

static const struct command commands[] = {
    { "review.declare", "Declare: no conflict, or one", AT(REVIEW_ASSIGNED), BY_APPLY,
        ROLE_EVALUATOR, "conflict! conflict_note", not_announced, declare, COMMAND_OWN,
        "Before you read the whole pitch." },
    { "review.score", "Save the scores", AT(REVIEW_SCORING), SAME, ROLE_EVALUATOR, ALL_SCORES,
        review_may_score, review_save_scores, COMMAND_OWN | COMMAND_QUIET,
        "Nobody sees them before you lock them." },
    { "review.lock", "Lock your scores", AT(REVIEW_SCORING), REVIEW_LOCKED, ROLE_EVALUATOR, "",
        review_may_lock, review_lock, COMMAND_OWN | COMMAND_CONFIRM | COMMAND_QUIET,
        "From then on the office reads them, and you can’t change them." },
    { "review.report_conflict", "Report a conflict", AT(REVIEW_SCORING) | AT(REVIEW_LOCKED),
        REVIEW_CONFLICTED, ROLE_EVALUATOR, "conflict_note!", not_announced, report_conflict,
        COMMAND_OWN | COMMAND_CONFIRM,
        "If you found out while reading, or when the names were opened. Your scores don’t count "
        "then." },
    { "review.find_conflict", "An interest touches it", OPEN | AT(REVIEW_LOCKED), REVIEW_CONFLICTED,
        MAY_RUN_REVIEWS, "", not_announced, find_conflict, COMMAND_INNER, NULL },
    { "review.assign", "Give a pitch to an evaluator", NEW, REVIEW_ASSIGNED, MAY_RUN_REVIEWS,
        "pitch_id! person_id! due_on!", NULL, review_assign, 0,
        "Interests are matched first, without telling who pitches." },
    { "review.give", "Give a pitch to an evaluator", NEW, REVIEW_ASSIGNED, MAY_RUN_REVIEWS,
        "pitch_id! person_id! due_on!", NULL, review_give, COMMAND_INNER, NULL },
    { "review.move", "Change the due date", OPEN, SAME, MAY_RUN_REVIEWS, "due_on!", NULL, NULL, 0,
        NULL },
    { "review.reassign", "Give it to somebody else", AT(REVIEW_CONFLICTED), SAME, MAY_RUN_REVIEWS,
        "substitute_id! due_on", may_reassign, reassign, 0, NULL },
    { "review.do_without", "Do without this review", AT(REVIEW_CONFLICTED), SAME, MAY_RUN_REVIEWS,
        "", not_replaced, do_without, COMMAND_REASON, NULL },
    { "review.take_back", "Take it back", OPEN, REVIEW_ENDED, MAY_RUN_REVIEWS, "", NULL, NULL,
        COMMAND_REASON | COMMAND_CONFIRM, "What was scored so far doesn’t count." },
    { "review.reopen", "Open the locked scores again", AT(REVIEW_LOCKED), REVIEW_SCORING,
        ROLE_PROCUREMENT, "", may_reopen, reopen, COMMAND_REASON | COMMAND_CONFIRM,
        "The evaluator can change them then, and nobody else reads them until they are locked "
        "again." },
    END_COMMAND,
};

const struct kind review_kind = {
    .name = "review",
    .label = "Review",
    .plural = "Reviews",
    .path = "/reviews",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, "$.person_id = :viewer_id", "($.person_id = :viewer_id OR " SEES_ROUND ")" },
    .title = "label",
    .parent = "call_id",
    .parent_kind = "call",
    .list = "label call_id person_id state due_on",
    .filters = "state call_id person_id",
    .empty = "Once a call is in review, give its pitches to evaluators.",
};
