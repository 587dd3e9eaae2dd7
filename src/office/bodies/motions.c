// SPDX-License-Identifier: Apache-2.0
// Motions and votes.
#include "bodies_private.h"

#include "str.h"
#include "tally.h"

enum { MOTION_OPEN, MOTION_CARRIED, MOTION_FAILED, MOTION_WITHDRAWN };

static const struct state motion_states[] = {
    { "open", "Open", "going" },
    { "carried", "Carried", "done" },
    { "failed", "Failed", "stopped" },
    { "withdrawn", "Withdrawn", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field motion_fields[] = {
    { "title", FIELD_TEXT, "Motion", "The words that are voted on.", .max = 500,
        .flags = FIELD_RELEASED },
    { "agenda_item_id", FIELD_RECORD, "Agenda item", NULL, "agenda_item", .flags = FIELD_RELEASED },
    { "recommendation", FIELD_CHOICE, "If it is advice on a pilot: which", NULL,
        "scale=Scale|adapt=Adapt|extend=Extend|stop=Stop", .flags = FIELD_RELEASED },
    { "moved_by_id", FIELD_PERSON, "Moved by", NULL, .flags = FIELD_RELEASED },
    { "seconded_by_id", FIELD_PERSON, "Seconded by", NULL, .flags = FIELD_RELEASED },
    { "present_n", FIELD_COUNT, "Present", NULL, .flags = FIELD_RELEASED },
    { "yes_n", FIELD_COUNT, "For", NULL, .flags = FIELD_RELEASED },
    { "no_n", FIELD_COUNT, "Against", NULL, .flags = FIELD_RELEASED },
    { "abstain_n", FIELD_COUNT, "Abstained", NULL, .flags = FIELD_RELEASED },
    { "recused_n", FIELD_COUNT, "Recused", NULL, .flags = FIELD_RELEASED },
    { "quorum_n", FIELD_COUNT, "Quorum", NULL, .flags = FIELD_RELEASED },
    { "needed_n", FIELD_COUNT, "Votes needed", NULL, .flags = FIELD_RELEASED },
    { "counted", FIELD_CHOICE, "How it was counted", NULL,
        "carried=Enough were for it|failed=Too few were for it|nobody=Nobody voted for or "
        "against|no_quorum=No quorum",
        .flags = FIELD_RELEASED },
    { "result_why", FIELD_TEXT, "How it was counted", NULL, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err move(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value item;
    TRY(db_row(c->db, c->arena, "motion.item",
        ARGS(ARG("agenda_item_id", *act_in(a, "agenda_item_id"))), &item));
    if (!str_eq(value_get_text(&item, "meeting_state", ""), "in_session")) {
        return act_invalid(
            a, "agenda_item_id", "Motions are made while the meeting is in session.", NULL);
    }
    if (value_get_int(&item, "is_late", 0) && value_get_int(&item, "is_covered", 0)) {
        return act_invalid(a, "agenda_item_id",
            "This item was added after the notice: under the law that covers this body it can be "
            "discussed, not acted on.",
            NULL);
    }
    if (act_has(a, "seconded_by_id") && act_int(a, "seconded_by_id") == act_int(a, "moved_by_id")) {
        return act_invalid(a, "seconded_by_id", "Somebody else must second it.", NULL);
    }
    act_set(a, "meeting_id", *value_get(&item, "meeting_id"));
    return act_save(a);
}

static enum majority rule_of(const char *name)
{
    return str_eq(name, "two_thirds") ? MAJORITY_TWO_THIRDS
           : str_eq(name, "entire")   ? MAJORITY_ENTIRE
                                      : MAJORITY_SIMPLE;
}

static enum err count(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(c->db, c->arena, "motion.count", ARGS(ARG("motion_id", value_id(a->id))), &row));
    struct tally t = {
        .held = value_get_int(&row, "held_n", 0),
        .quorum = value_get_int(&row, "quorum_n", 0),
        .present = value_get_int(&row, "present_n", 0),
        .yes = value_get_int(&row, "yes_n", 0),
        .no = value_get_int(&row, "no_n", 0),
        .abstain = value_get_int(&row, "abstain_n", 0),
        .recused = value_get_int(&row, "recused_n", 0),
        .rule = rule_of(value_get_text(&row, "majority", "")),
    };
    struct verdict_of_vote v = tally_decide(&t);
    act_set(a, "present_n", value_int(t.present));
    act_set(a, "entitled_n", value_int(t.held));
    act_set(a, "yes_n", value_int(t.yes));
    act_set(a, "no_n", value_int(t.no));
    act_set(a, "abstain_n", value_int(t.abstain));
    act_set(a, "recused_n", value_int(t.recused));
    act_set(a, "quorum_n", value_int(t.quorum));
    act_set(a, "needed_n", value_int(v.needed));
    act_set(a, "counted", value_text(v.code));
    act_to(a, v.carried ? MOTION_CARRIED : MOTION_FAILED);
    TRY(act_save(a));
    return act_nest_system(
        a, "agenda_item.decide", value_get_int(&a->row, "agenda_item_id", 0), NULL, NULL);
}

static const struct command motion_commands[] = {
    { "motion.make", "Make a motion", NEW, MOTION_OPEN, MAY_CLERK,
        "agenda_item_id! title! moved_by_id! seconded_by_id recommendation", NULL, move,
        COMMAND_PUBLIC, NULL },
    { "motion.amend", "Amend the motion", AT(MOTION_OPEN), SAME, MAY_CLERK, "title! recommendation",
        NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "motion.close", "Close the vote", AT(MOTION_OPEN), BY_APPLY, MAY_CLERK, "", NULL, count,
        COMMAND_PUBLIC, "Quorum, presence, recusals and the majority are counted together." },
    { "motion.withdraw", "Withdraw the motion", AT(MOTION_OPEN), MOTION_WITHDRAWN, MAY_CLERK, "",
        NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind motion_kind = {
    .name = "motion",
    .label = "Motion",
    .plural = "Motions",
    .path = "/motions",
    .states = motion_states,
    .fields = motion_fields,
    .commands = motion_commands,
    .scope = { NOTICED_MEETING, "(" NOTICED_MEETING " OR " OWN_MEETING ")", "1 = 1" },
    .parent = "agenda_item_id",
    .parent_kind = "agenda_item",
    .leads_to = "advice",
    .list = "title state agenda_item_id yes_n no_n",
    .filters = "state",
    .search = "title",
    .empty = "Motions are made while a meeting is in session.",
};

// ---- votes
// ---------------------------------------------------------------------------------------

static const struct state vote_states[] = {
    { "cast", "Cast", "done" },
    { NULL, NULL, NULL },
};

static const struct field vote_fields[] = {
    { "motion_id", FIELD_RECORD, "Motion", NULL, "motion", .flags = FIELD_RELEASED },
    { "person_id", FIELD_PERSON, "Member", NULL, .flags = FIELD_RELEASED },
    { "choice", FIELD_CHOICE, "Vote", NULL, "yes=For|no=Against|abstain=Abstains|recused=Recused",
        .flags = FIELD_RELEASED },
    { "why", FIELD_TEXT, "Why recused", "The interest, in a few words; it stands in the minutes.",
        .max = 300, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err may_vote(struct act *a, const struct value *motion, const struct value *person)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(c->db, c->arena, "vote.entitled",
        ARGS(ARG("motion_id", *motion), ARG("person_id", *person)), &row));
    if (!str_eq(value_get_text(&row, "motion_state", ""), "open")) {
        return act_invalid(a, "motion_id", "The vote on this motion is closed.", NULL);
    }
    if (!value_get_int(&row, "seats_n", 0)) {
        return act_invalid(a, "person_id", "This person holds no voting seat in the body.", NULL);
    }
    if (!value_get_int(&row, "present_n", 0)) {
        return act_invalid(
            a, "person_id", "Only those who are present vote; note their presence first.", NULL);
    }
    return OK;
}

// A member votes once; what was entered is changed, so that the history shows both.
static enum err not_yet(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    if (a->row.kind == V_OBJECT) {
        return OK;
    }
    enum err e = db_row(c->db, c->arena, "vote.of",
        ARGS(ARG("motion_id", *act_in(a, "motion_id")), ARG("person_id", *act_in(a, "person_id"))),
        &row);
    if (e != OK) {
        return e == ERR_NOT_FOUND ? OK : e;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "who", *value_get(&row, "name"));
    return act_invalid(a, "person_id",
        "The vote of {who} is entered already. Open it on this motion and choose “Change the "
        "vote”.",
        &args);
}

static enum err cast(struct act *a)
{
    const struct value *choice = act_now(a, "choice");
    TRY(may_vote(a, act_now(a, "motion_id"), act_now(a, "person_id")));
    TRY(not_yet(a));
    if (choice->kind == V_TEXT && str_eq(choice->text, "recused") &&
        act_now(a, "why")->kind == V_NULL) {
        return act_invalid(a, "why", "Say why, in a few words.", NULL);
    }
    return act_save(a);
}

static const struct command vote_commands[] = {
    { "vote.cast", "Enter a vote", NEW, 0, MAY_CLERK, "motion_id! person_id! choice! why", NULL,
        cast, COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { "vote.change", "Change the vote", AT(0), SAME, MAY_CLERK, "choice! why", NULL, cast,
        COMMAND_PUBLIC | COMMAND_QUIET, "Until the vote is closed." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

#define OF_NOTICED_MOTION                                                                          \
    "EXISTS (SELECT 1 FROM motion o JOIN meeting m ON m.city = o.city AND m.id = o.meeting_id "    \
    "JOIN body b ON b.city = m.city AND b.id = m.body_id WHERE o.city = $.city AND "               \
    "o.id = $.motion_id AND m.agenda_published_at IS NOT NULL AND b.is_public = 1)"

const struct kind vote_kind = {
    .name = "vote",
    .label = "Vote",
    .plural = "Votes",
    .path = "/votes",
    .title = "choice",
    .states = vote_states,
    .fields = vote_fields,
    .commands = vote_commands,
    .scope = { OF_NOTICED_MOTION, "(" OF_NOTICED_MOTION " OR $.person_id = :viewer_id)", "1 = 1" },
    .parent = "motion_id",
    .parent_kind = "motion",
    .list = "person_id choice motion_id",
    .filters = "choice",
    .empty = "Votes are entered as the clerk calls them.",
};
