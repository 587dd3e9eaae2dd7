// SPDX-License-Identifier: Apache-2.0
#include "decisions.h"

#include "../pilots/pilots.h"
#include "clock.h"
#include "setting.h"
#include "str.h"

#define CHOICES "scale=Scale|adapt=Adapt|extend=Extend|stop=Stop"

static int64_t asked(struct act *a, const char *query, int64_t pilot)
{
    int64_t n = 0;
    if (db_int(a->ctx->db, a->ctx->arena, query, ARGS(ARG("pilot_id", value_id(pilot))), &n) !=
        OK) {
        return -1;
    }
    return n;
}

// ---- advice
// --------------------------------------------------------------------------------------

static const struct state advice_states[] = {
    { "given", "Given", "done" },
    { NULL, NULL, NULL },
};

static const struct field advice_fields[] = {
    { "title", FIELD_TEXT, "Advice", NULL, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "motion_id", FIELD_RECORD, "The motion that carried", NULL, "motion",
        .flags = FIELD_RELEASED },
    { "body_id", FIELD_RECORD, "Body", NULL, "body", .flags = FIELD_RELEASED },
    { "recommendation", FIELD_CHOICE, "What it advises", NULL, CHOICES, .flags = FIELD_RELEASED },
    { "text", FIELD_PROSE, "In its own words", NULL, .flags = FIELD_RELEASED },
    { "given_on", FIELD_DATE, "Given on", NULL, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// The advice is what the carried motion says; nobody writes it anew.
static enum err give(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(
        c->db, c->arena, "advice.motion", ARGS(ARG("motion_id", *act_in(a, "motion_id"))), &row));
    if (!str_eq(value_get_text(&row, "state", ""), "carried")) {
        return act_invalid(a, "motion_id", "Only a motion that carried is advice.", NULL);
    }
    if (value_get(&row, "pilot_id")->kind == V_NULL ||
        value_get(&row, "recommendation")->kind == V_NULL) {
        return act_invalid(a, "motion_id", "This motion isn't advice on a pilot.", NULL);
    }
    act_set(a, "pilot_id", *value_get(&row, "pilot_id"));
    act_set(a, "body_id", *value_get(&row, "body_id"));
    act_set(a, "recommendation", *value_get(&row, "recommendation"));
    act_set(a, "title",
        value_text(arena_fmt(c->arena, "%s: %s", value_get_text(&row, "body", ""),
            value_get_text(&row, "title", ""))));
    act_set(a, "given_on", value_date(locale_day(c->locale, c->now)));
    return act_save(a);
}

static const struct command advice_commands[] = {
    { "advice.give", "Record a body's advice", NEW, 0, ROLES_OFFICE, "motion_id! text", NULL, give,
        COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind advice = {
    .name = "advice",
    .label = "Advice",
    .plural = "Advice",
    .path = "/advice",
    .states = advice_states,
    .fields = advice_fields,
    .commands = advice_commands,
    .scope = { SCOPE_OF_ANNOUNCED_PILOT, SCOPE_OF_ANNOUNCED_PILOT, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title pilot_id recommendation given_on",
    .filters = "recommendation",
    .empty = "Bodies advise by motions that carried.",
};

// ---- decisions
// -----------------------------------------------------------------------------------

enum { PROPOSED, DECIDED };

static const struct state decision_states[] = {
    { "proposed", "Proposed", "waiting" },
    { "decided", "Decided", "done" },
    { NULL, NULL, NULL },
};

static const struct field decision_fields[] = {
    { "title", FIELD_TEXT, "Decision", NULL, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "choice", FIELD_CHOICE, "Decision", NULL, CHOICES, .flags = FIELD_RELEASED },
    { "recommended", FIELD_CHOICE, "What the evidence says", NULL,
        CHOICES "|cannot_tell=Cannot tell", .flags = FIELD_RELEASED },
    { "advised", FIELD_CHOICE, "What the body advised", NULL, CHOICES, .flags = FIELD_RELEASED },
    { "reasons", FIELD_PROSE, "Reasons", "In words that a resident understands.",
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { "differs_why", FIELD_PROSE, "If it differs from the evidence or the advice: why", NULL,
        .flags = FIELD_RELEASED },
    { "decided_by_id", FIELD_PERSON, "Decided by", NULL, .flags = FIELD_RELEASED },
    { "decided_at", FIELD_TIME, "Decided", NULL, .flags = FIELD_RELEASED },
    { "review_on", FIELD_DATE, "Look at it again on", NULL, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err propose(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(
        c->db, c->arena, "decision.basis", ARGS(ARG("pilot_id", *act_in(a, "pilot_id"))), &row));
    if (!str_eq(value_get_text(&row, "state", ""), "evaluating")) {
        return act_invalid(
            a, "pilot_id", "Decisions are on pilots that are being evaluated.", NULL);
    }
    act_set(a, "title", *value_get(&row, "title"));
    act_set(a, "recommended", *value_get(&row, "verdict"));
    act_set(a, "advised", *value_get(&row, "advised"));
    return act_save(a);
}

static const char *has_basis(struct act *a)
{
    int64_t evaluations = asked(a, "decision.evaluations", value_get_int(&a->row, "pilot_id", 0));
    return evaluations < 0    ? "The record can't be read just now. Try again."
           : evaluations == 0 ? "First the evaluation: a decision says what it stands on."
                              : NULL;
}

static enum err decide(struct act *a)
{
    struct ctx *c = a->ctx;
    static const char *const others[] = { "recommended", "advised" };
    const struct value *choice = act_now(a, "choice");
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        const struct value *other = act_old(a, others[i]);
        bool differs =
            other->kind == V_TEXT && choice->kind == V_TEXT && !str_eq(other->text, choice->text);
        if (differs && act_now(a, "differs_why")->kind == V_NULL) {
            return act_invalid(a, "differs_why",
                "It differs from what the evidence or the body says: write why.", NULL);
        }
    }
    act_set(a, "decided_by_id", value_id(c->viewer.person));
    act_set(a, "decided_at", value_time(c->now));
    TRY(act_save(a));
    return act_nest_system(a, "pilot.decide", value_get_int(&a->row, "pilot_id", 0), NULL, NULL);
}

static const struct command decision_commands[] = {
    { "decision.propose", "Propose a decision", NEW, PROPOSED, ROLES_OFFICE,
        "pilot_id! choice! reasons! review_on", NULL, propose, 0,
        "The office proposes; the official named in the decision rights decides." },
    { "decision.edit", "Change the proposal", AT(PROPOSED), SAME, ROLES_OFFICE,
        "choice! reasons! differs_why review_on", NULL, NULL, 0, NULL },
    { "decision.decide", "Decide", AT(PROPOSED), DECIDED, ROLE_EXECUTIVE | ROLE_DIRECTOR,
        "choice! reasons! differs_why review_on!", has_basis, decide,
        COMMAND_PUBLIC | COMMAND_CONFIRM, "Your name and the reasons stand in the public record." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind decision = {
    .name = "decision",
    .label = "Decision",
    .plural = "Decisions",
    .path = "/decisions",
    .states = decision_states,
    .fields = decision_fields,
    .commands = decision_commands,
    .scope = { "($.state = 'decided' AND " SCOPE_OF_RELEASED_PILOT ")",
        "($.state = 'decided' AND " SCOPE_OF_RELEASED_PILOT ")", "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .leads_to = "adoption",
    .list = "title pilot_id choice state review_on",
    .filters = "choice state",
    .search = "title reasons",
    .empty = "Decisions come at the end of a pilot, each with its reasons.",
};

// ---- adoption
// ------------------------------------------------------------------------------------

enum { REQUESTED, IN_PROPOSAL, ADOPTED, REFUSED, RUNNING };

static const struct state adoption_states[] = {
    { "requested", "Requested", "waiting" },
    { "proposed", "In the proposed budget", "waiting" },
    { "adopted", "In the adopted budget", "going" },
    { "refused", "Refused", "stopped" },
    { "running", "In routine use", "done" },
    { NULL, NULL, NULL },
};

static const struct field adoption_fields[] = {
    { "title", FIELD_TEXT, "Adoption", NULL, .flags = FIELD_RELEASED },
    { "decision_id", FIELD_RECORD, "Decision", NULL, "decision", .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "person_id", FIELD_PERSON, "Owner", "Who runs it from now on.",
        .flags = FIELD_RELEASED | FIELD_DUTY },
    { "department_id", FIELD_ORGANISATION, "Department", NULL, .flags = FIELD_RELEASED },
    { "budget_cents", FIELD_MONEY, "Budget a year", NULL, .flags = FIELD_RELEASED },
    { "fiscal_fy", FIELD_COUNT, "From fiscal year", NULL, .max = 2200, .flags = FIELD_RELEASED },
    { "budget_class", FIELD_TEXT, "Budget class", NULL, .flags = FIELD_RELEASED },
    { "request_due_on", FIELD_DATE, "Request due",
        "Left empty, it is counted back from the budget's adoption.", .flags = FIELD_RELEASED },
    { "procurement_path", FIELD_PROSE, "How it is bought", NULL, .flags = FIELD_RELEASED },
    { "monitoring", FIELD_PROSE, "How it is watched from then on", NULL, .flags = FIELD_RELEASED },
    { "handover", FIELD_LIST, "Hand-over", "One line for each thing that changes hands." },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// The fiscal year that ends in FY begins in the July before; departments' requests close months
// earlier.
static int64_t request_due(struct ctx *c, int64_t fiscal_year)
{
    int64_t months = setting_int(c, "budget.request_months_before", 8);
    int64_t month = 7 - months, year = fiscal_year - 1;
    while (month < 1) {
        month += 12;
        year--;
    }
    return civil_days((int)year, (int)month, 1);
}

static enum err request(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(c->db, c->arena, "adoption.decision",
        ARGS(ARG("decision_id", *act_in(a, "decision_id"))), &row));
    const char *choice = value_get_text(&row, "choice", "");
    if (!str_eq(value_get_text(&row, "state", ""), "decided") ||
        (!str_eq(choice, "scale") && !str_eq(choice, "adapt"))) {
        return act_invalid(
            a, "decision_id", "Only what was decided to scale or to adapt is adopted.", NULL);
    }
    act_set(a, "title", *value_get(&row, "title"));
    act_set(a, "pilot_id", *value_get(&row, "pilot_id"));
    if (!act_has(a, "request_due_on")) {
        act_set(a, "request_due_on", value_date(request_due(c, act_int(a, "fiscal_fy"))));
    }
    return act_save(a);
}

static enum err take_over(struct act *a)
{
    TRY(act_save(a));
    return act_nest_system(a, "pilot.adopt", value_get_int(&a->row, "pilot_id", 0), NULL, NULL);
}

#define MAY_REQUEST (ROLES_OFFICE | ROLE_LIAISON | ROLE_FINANCE)

static const struct command adoption_commands[] = {
    { "adoption.request", "Request the budget", NEW, REQUESTED, MAY_REQUEST,
        "decision_id! person_id! department_id! budget_cents! fiscal_fy! budget_class "
        "request_due_on procurement_path monitoring! handover",
        NULL, request, COMMAND_PUBLIC, NULL },
    { "adoption.edit", "Change the request", AT(REQUESTED), SAME, MAY_REQUEST,
        "person_id! budget_cents! fiscal_fy! budget_class request_due_on procurement_path "
        "monitoring! handover",
        NULL, NULL, COMMAND_PUBLIC, NULL },
    { "adoption.propose", "It is in the proposed budget", AT(REQUESTED), IN_PROPOSAL,
        ROLE_FINANCE | ROLE_DIRECTOR, "budget_cents", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "adoption.adopt", "The budget was adopted with it", AT(REQUESTED) | AT(IN_PROPOSAL), ADOPTED,
        ROLE_FINANCE | ROLE_DIRECTOR, "budget_cents", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "adoption.refuse", "It isn't in the budget", AT(REQUESTED) | AT(IN_PROPOSAL), REFUSED,
        ROLE_FINANCE | ROLE_DIRECTOR, "", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "adoption.take_over", "Hand it over to its owner", AT(ADOPTED), RUNNING,
        ROLES_OFFICE | ROLE_LIAISON, "handover", NULL, take_over, COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind adoption = {
    .name = "adoption",
    .label = "Adoption",
    .plural = "Adoptions",
    .path = "/adoptions",
    .states = adoption_states,
    .fields = adoption_fields,
    .commands = adoption_commands,
    .scope = { SCOPE_OF_RELEASED_PILOT, SCOPE_OF_RELEASED_PILOT, "1 = 1" },
    .parent = "decision_id",
    .parent_kind = "decision",
    .list = "title state department_id budget_cents fiscal_fy request_due_on",
    .filters = "state department_id",
    .search = "title monitoring",
    .empty = "What is scaled gets an owner, a budget request and a date.",
};

static const struct kind *const kinds[] = { &advice, &decision, &adoption, NULL };

static const struct need needs[] = {
    { "decision.to_propose", ROLES_OFFICE, "pilot", NULL, "Propose a decision on “{title}”",
        "the pilot's outcome" },
    { "decision.to_decide", ROLE_EXECUTIVE | ROLE_DIRECTOR, "decision", "decision.decide",
        "Decide on “{title}”", "the pilot's outcome" },
    { "decision.to_review", ROLES_OFFICE, "decision", NULL,
        "Look again at the decision on “{title}”", NULL },
    { "adoption.late", MAY_REQUEST, "adoption", NULL, "Budget request for “{title}” is due",
        "its adoption" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room decisions_room = { .name = "decisions", .kinds = kinds, .needs = needs };
