// SPDX-License-Identifier: Apache-2.0
#include "gates.h"

#include "clock.h"
#include "notice.h"
#include "setting.h"
#include "str.h"

enum { OPEN, CERTIFIED, FILED, IN_REVIEW, APPROVED, CONDITIONAL, REFUSED, REOPENED };

static const struct state gate_states[] = {
    { "open", "Waits for its file", "waiting" },
    { "certified", "Self-certified", "done" },
    { "filed", "Filed", "waiting" },
    { "in_review", "With the reviewer", "waiting" },
    { "approved", "Approved", "done" },
    { "conditional", "Approved with conditions", "going" },
    { "refused", "Refused", "stopped" },
    { "reopened", "Open again", "waiting" },
    { NULL, NULL, NULL },
};

static const struct field gate_fields[] = {
    { "title", FIELD_TEXT, "Review", NULL, .max = 160 },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot" },
    { "type", FIELD_CHOICE, "Kind of review", NULL,
        "privacy=Privacy|ai=AI|security=Security|accessibility=Accessibility|legal=Legal" },
    { "has_personal_data", FIELD_YES_NO, "Does it collect or hold data about people?",
        "Faces, plates, voices, phones, names, or anything that could lead to a person." },
    { "has_ai", FIELD_YES_NO, "Does it use AI or make decisions by itself?", NULL },
    { "has_sharing", FIELD_YES_NO, "Does anybody outside the department get the data?", NULL },
    { "has_enforcement_use", FIELD_YES_NO, "Could it be used for enforcement?", NULL },
    { "data_elements", FIELD_LIST, "What exactly is collected", "One element a line.",
        .flags = FIELD_WIDE },
    { "purpose", FIELD_PROSE, "What for", "And what it will not be used for." },
    { "collection", FIELD_PROSE, "How, where and how often", NULL },
    { "retention", FIELD_PROSE, "How long it is kept, and how it is deleted", NULL },
    { "sharing", FIELD_PROSE, "Who gets it, under which terms", NULL },
    { "legal_basis", FIELD_PROSE, "Legal basis", NULL },
    { "ai_facts", FIELD_PROSE, "AI facts",
        "Purpose, training and test data, performance, oversight, how it fails." },
    { "equity", FIELD_PROSE, "Who bears the risk, who gains",
        "By neighbourhood and group; what residents said." },
    { "reviewer_id", FIELD_PERSON, "Reviewer", NULL, .flags = FIELD_DUTY },
    { "due_on", FIELD_DATE, "Opinion due", NULL },
    { "determination", FIELD_PROSE, "Determination", "In words that a resident understands." },
    { "expires_on", FIELD_DATE, "Valid until", "Then it is looked at again." },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// ---- what they do
// --------------------------------------------------------------------------------

static enum err open_gate(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(c->db, c->arena, "gate.pilot", ARGS(ARG("pilot_id", *act_in(a, "pilot_id"))), &row));
    const struct field *type = kind_field(a->kind, "type");
    struct value shown = field_show(c, type, act_in(a, "type"));
    act_set(a, "title",
        value_text(arena_fmt(c->arena, "%s: %s", value_get_text(&shown, "text", ""),
            value_get_text(&row, "title", ""))));
    act_set(a, "owner_id", *value_get(&row, "owner_id"));
    return act_save(a);
}

static const char *privacy_or_security(struct act *a)
{
    const struct value *type = act_old(a, "type");
    return type->kind == V_TEXT && str_eq(type->text, "ai")
               ? "AI is never self-certified. File it in full."
               : NULL;
}

// Low risk is certified in minutes, by four answers that are all no; anything else needs the file.
static enum err certify(struct act *a)
{
    static const char *const questions[] = { "has_personal_data", "has_ai", "has_sharing",
        "has_enforcement_use" };
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        if (value_truthy(act_in(a, questions[i]))) {
            return act_invalid(
                a, questions[i], "With a yes it isn't low risk: file it in full instead.", NULL);
        }
    }
    // One in so many is looked at all the same, drawn by the ledger's own randomness.
    int64_t one_in = setting_int(a->ctx, "gate.sample_one_in", 5);
    act_set(a, "is_sampled", value_bool(one_in > 0 && a->entry % one_in == 0));
    act_set(a, "route", value_text("light"));
    act_set(a, "decided_at", value_time(a->ctx->now));
    act_set(a, "decided_by_id", value_id(a->ctx->viewer.person));
    return act_save(a);
}

static enum err file(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t days = setting_int(c, "gate.opinion_days", 20);
    act_set(a, "route", value_text("full"));
    act_set(a, "filed_at", value_time(c->now));
    act_set(a, "due_on", value_date(locale_day(c->locale, c->now) + days));
    TRY(act_save(a));
    return notice_role(c, ROLE_REVIEWER, NULL, 0,
        &(struct notice){
            .text = "A review was filed and waits for a reviewer", .kind = "gate", .id = a->id });
}

static enum err take(struct act *a)
{
    act_set(a, "reviewer_id", value_id(a->ctx->viewer.person));
    return act_save(a);
}

static enum err determine(struct act *a)
{
    act_set(a, "decided_at", value_time(a->ctx->now));
    act_set(a, "decided_by_id", value_id(a->ctx->viewer.person));
    return act_save(a);
}

static const char *not_own_pilot(struct act *a)
{
    // Whoever answers for the pilot doesn't judge it.
    return value_get_int(&a->row, "owner_id", 0) == a->ctx->viewer.person
               ? "You answer for this pilot; somebody else must decide its review."
               : NULL;
}

#define THE_FILE                                                                                   \
    "data_elements! purpose! collection retention! sharing! legal_basis! ai_facts equity"
#define MAY_FILE (ROLES_OFFICE | ROLE_LIAISON)

static const struct command gate_commands[] = {
    { "gate.open", "Open a review", NEW, OPEN, ROLES_OFFICE, "pilot_id! type!", NULL, open_gate,
        COMMAND_INNER, NULL },
    { "gate.certify", "Certify low risk", AT(OPEN) | AT(REOPENED), CERTIFIED, MAY_FILE,
        "has_personal_data! has_ai! has_sharing! has_enforcement_use!", privacy_or_security,
        certify, 0,
        "Four answers. If all are no, it is done; a sample is looked at all the same." },
    { "gate.file", "File it in full", AT(OPEN) | AT(REOPENED) | AT(FILED), FILED, MAY_FILE,
        THE_FILE, NULL, file, 0,
        "The reviewer has a clock: an opinion is due in the days that the office has set." },
    { "gate.take", "Take it for review", AT(FILED), IN_REVIEW, ROLE_REVIEWER, "", not_own_pilot,
        take, 0, NULL },
    { "gate.approve", "Approve it", AT(IN_REVIEW), APPROVED, ROLE_REVIEWER,
        "determination! expires_on", not_own_pilot, determine, COMMAND_PUBLIC, NULL },
    { "gate.approve_conditionally", "Approve it with conditions", AT(IN_REVIEW), CONDITIONAL,
        ROLE_REVIEWER, "determination! expires_on", not_own_pilot, determine, COMMAND_PUBLIC,
        "Write the conditions first, each with its owner and date; while one is open the next "
        "stage is closed." },
    { "gate.refuse", "Refuse it", AT(IN_REVIEW), REFUSED, ROLE_REVIEWER, "determination!",
        not_own_pilot, determine, COMMAND_PUBLIC, NULL },
    { "gate.reopen", "Open it again", AT(CERTIFIED) | AT(APPROVED) | AT(CONDITIONAL) | AT(REFUSED),
        REOPENED, ROLES_OFFICE | ROLE_REVIEWER, "", NULL, NULL, COMMAND_REASON | COMMAND_PUBLIC,
        NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind gate = {
    .name = "gate",
    .label = "Review",
    .plural = "Reviews",
    .path = "/gates",
    .states = gate_states,
    .fields = gate_fields,
    .commands = gate_commands,
    .scope = { NULL, NULL, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state type due_on reviewer_id",
    .filters = "state type",
    .search = "title purpose data_elements",
    .empty = "Reviews open when a pilot is sent in.",
};

// ---- conditions
// ----------------------------------------------------------------------------------

enum { CONDITION_OPEN, CONDITION_MET, CONDITION_WAIVED };

static const struct state condition_states[] = {
    { "open", "Open", "waiting" },
    { "met", "Met", "done" },
    { "waived", "Waived", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field condition_fields[] = {
    { "gate_id", FIELD_RECORD, "Review", NULL, "gate" },
    { "title", FIELD_TEXT, "Condition",
        "What must be done, so that anybody can see whether it was.", .max = 300 },
    { "person_id", FIELD_PERSON, "Owner", "Who does it.", .flags = FIELD_DUTY },
    { "due_on", FIELD_DATE, "By", NULL },
    { "met_note", FIELD_PROSE, "How it was met", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err set_condition(struct act *a)
{
    TRY(act_save(a));
    struct value args = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &args, "title", *act_in(a, "title"));
    return notice_person(a->ctx, act_int(a, "person_id"),
        &(struct notice){ .text = "A reviewer's condition is yours to meet: {title}",
            .args = &args,
            .kind = "condition",
            .id = a->id,
            .mail_now = true });
}

static const struct command condition_commands[] = {
    { "condition.set", "Set a condition", NEW, CONDITION_OPEN, ROLE_REVIEWER,
        "gate_id! title! person_id! due_on!", NULL, set_condition, 0, NULL },
    { "condition.meet", "Mark it as met", AT(CONDITION_OPEN), CONDITION_MET,
        MAY_FILE | ROLE_REVIEWER, "met_note!", NULL, NULL, 0, NULL },
    { "condition.reopen", "It isn't met", AT(CONDITION_MET), CONDITION_OPEN, ROLE_REVIEWER,
        "due_on!", NULL, NULL, COMMAND_REASON, NULL },
    { "condition.waive", "Waive it", AT(CONDITION_OPEN), CONDITION_WAIVED, ROLE_REVIEWER, "", NULL,
        NULL, COMMAND_REASON | COMMAND_CONFIRM, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind condition = {
    .name = "condition",
    .label = "Condition",
    .plural = "Conditions",
    .path = "/conditions",
    .states = condition_states,
    .fields = condition_fields,
    .commands = condition_commands,
    .scope = { NULL, NULL, "1 = 1" },
    .parent = "gate_id",
    .parent_kind = "gate",
    .list = "title state person_id due_on gate_id",
    .filters = "state person_id",
    .search = "title",
    .empty = "Conditions come with a reviewer's approval; each has an owner and a date.",
};

// ---- the register
// --------------------------------------------------------------------------------

enum { DRAFT, PUBLISHED, RETIRED };

static const struct state technology_states[] = {
    { "draft", "Being written", "neutral" },
    { "published", "In the register", "going" },
    { "retired", "No longer used", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field technology_fields[] = {
    { "title", FIELD_TEXT, "Technology", "As people call it: smart bin, camera, chatbot.",
        .max = 120, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "department_id", FIELD_ORGANISATION, "Who runs it", NULL, .flags = FIELD_RELEASED },
    { "purpose", FIELD_PROSE, "What is it for?", NULL, .flags = FIELD_RELEASED },
    { "what_it_collects", FIELD_PROSE, "What does it collect?",
        "Say so when it is nothing about people.", .flags = FIELD_RELEASED },
    { "who_gets_it", FIELD_PROSE, "Who gets it?", NULL, .flags = FIELD_RELEASED },
    { "what_it_costs", FIELD_PROSE, "What does it cost?", NULL, .flags = FIELD_RELEASED },
    { "retention", FIELD_PROSE, "How long is it kept?", NULL, .flags = FIELD_RELEASED },
    { "legal_basis", FIELD_PROSE, "On which legal basis?", NULL, .flags = FIELD_RELEASED },
    { "is_ai", FIELD_YES_NO, "Does it use AI?", NULL, .flags = FIELD_RELEASED },
    { "ai_facts", FIELD_PROSE, "What the AI does, and how it is watched", NULL,
        .flags = FIELD_RELEASED },
    { "contact", FIELD_TEXT, "Whom to ask", "An office, not a person.", .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err publish(struct act *a)
{
    act_set(a, "published_at", value_time(a->ctx->now));
    return act_save(a);
}

#define ENTRY                                                                                      \
    "title! pilot_id purpose! what_it_collects! who_gets_it! what_it_costs! retention "            \
    "legal_basis is_ai ai_facts contact"

static const struct command technology_commands[] = {
    { "technology.describe", "Describe a technology", NEW, DRAFT, MAY_FILE, "department_id! " ENTRY,
        NULL, NULL, 0,
        "What does it collect, who gets it, what does it cost: on one page, for residents." },
    { "technology.edit", "Change the entry", AT(DRAFT) | AT(PUBLISHED), SAME, MAY_FILE, ENTRY, NULL,
        NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "technology.publish", "Put it into the register", AT(DRAFT), PUBLISHED,
        ROLES_OFFICE | ROLE_REVIEWER, "", NULL, publish, COMMAND_PUBLIC, NULL },
    { "technology.retire", "Mark it as no longer used", AT(PUBLISHED), RETIRED, MAY_FILE, "", NULL,
        NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind technology = {
    .name = "technology",
    .label = "Technology",
    .plural = "Register of technologies",
    .path = "/register",
    .nav = ROLES_ANYONE,
    .states = technology_states,
    .fields = technology_fields,
    .commands = technology_commands,
    .scope = { "$.state IN ('published', 'retired')", "$.state IN ('published', 'retired')",
        "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state department_id is_ai",
    .filters = "state department_id is_ai",
    .search = "title purpose what_it_collects who_gets_it",
    .empty =
        "The register says of each technology what it collects, who gets it and what it costs.",
};

// ---- the room
// ------------------------------------------------------------------------------------

static const struct kind *const kinds[] = { &gate, &condition, &technology, NULL };

static const struct need needs[] = {
    { "gate.to_file", MAY_FILE, "gate", NULL, "Certify or file: {title}", "the pilot's start" },
    { "gate.to_take", ROLE_REVIEWER, "gate", "gate.take", "Take for review: {title}",
        "the pilot's start" },
    { "gate.to_decide", ROLE_REVIEWER, "gate", NULL, "Decide: {title}", "the pilot's start" },
    { "condition.mine", ROLES_SIGNED_IN, "condition", "condition.meet",
        "Meet the condition: {title}", "the pilot's next stage" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room gates_room = { .name = "gates", .kinds = kinds, .needs = needs };
