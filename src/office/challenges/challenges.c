// SPDX-License-Identifier: Apache-2.0
#include "challenges_private.h"

#include "str.h"

enum { DRAFT, SCREENED, COMMITTED, IN_CALL, WITHDRAWN };

static const struct state states[] = {
    { "draft", "Being written", "neutral" },
    { "screened", "Screened", "waiting" },
    { "committed", "Department committed", "going" },
    { "in_call", "In a call", "done" },
    { "withdrawn", "Withdrawn", "stopped" },
    { NULL, NULL, NULL },
};

#define YES_NO_UNKNOWN "yes=Yes|no=No|unknown=Not known yet"

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Challenge", "The problem in one line, as a resident would say it.",
        .max = 120, .flags = FIELD_RELEASED },
    { "problem", FIELD_PROSE, "What is the problem?",
        "Who has it, where, and how do you know? No solutions yet.",
        .flags = FIELD_WIDE | FIELD_RELEASED },
    { "department_id", FIELD_ORGANISATION, "Department", "The department that has the problem.",
        .flags = FIELD_RELEASED },
    { "sponsor_id", FIELD_PERSON, "Executive sponsor",
        "Who in the department's leadership stands behind it." },
    { "area_id", FIELD_PLACE, "Where",
        "The district or neighbourhood it is worst in; leave empty for the whole city.",
        .flags = FIELD_RELEASED },
    { "baseline", FIELD_PROSE, "How bad is it today?", "A number with its source, if there is one.",
        .flags = FIELD_RELEASED },
    { "baseline_known_by_on", FIELD_DATE, "If not known: by when will it be measured?",
        "A pilot can't start before its baseline is measured." },
    { "goal", FIELD_PROSE, "What would be better?", "What would a resident notice?",
        .flags = FIELD_RELEASED },
    { "adoption_route", FIELD_PROSE, "If it works, how would the City take it on?",
        "Contract, staff, existing programme: who would have to agree?" },
    { "learning_questions", FIELD_LIST, "What do you want to learn?", "One question a line.",
        .flags = FIELD_RELEASED },
    { "principles", FIELD_CHOICES, "Principles it serves", NULL,
        "locally_inspired=Locally "
        "inspired|innovative=Innovative|equitable=Equitable|collaborative=Collaborative",
        .flags = FIELD_RELEASED },
    { "collects_personal", FIELD_CHOICE, "Could a solution collect data about people?",
        "Pictures, sound, plates, phones, names.", YES_NO_UNKNOWN },
    { "uses_ai", FIELD_CHOICE, "Could it use AI or automated decisions?", NULL, YES_NO_UNKNOWN },
    { "in_public_space", FIELD_CHOICE, "Would it stand in streets, parks or on poles?", NULL,
        YES_NO_UNKNOWN },
    { "reviews_needed", FIELD_CHOICES, "Reviews it will need", NULL,
        "privacy=Privacy|ai=AI|security=Security|siting=Siting and "
        "permits|accessibility=Accessibility" },
    { "success_owner_id", FIELD_PERSON, "Who owns it after success?",
        "The person who would run it." },
    { "staff_hours_n", FIELD_COUNT, "Staff hours a month during the pilot", NULL, .max = 100000 },
    { "running_cost_cents", FIELD_MONEY, "Running cost over five years, if adopted",
        "A first estimate will do." },
    { "budget_class", FIELD_TEXT, "Budget class it would be paid from",
        "As in the budget: for example Class 200, contracts." },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static bool answered_yes(const struct act *a, const char *field)
{
    const struct value *v = act_now(a, field);
    // What isn't known yet is screened as if it were so: early and mild beats late and hard.
    return v->kind == V_TEXT && !str_eq(v->text, "no");
}

// Which reviews follow from the answers.
static enum err screen(struct act *a)
{
    const struct {
        const char *field, *review;
    } rules[] = {
        { "collects_personal", "privacy" },
        { "uses_ai", "ai" },
        { "collects_personal", "security" },
        { "in_public_space", "siting" },
    };
    AUTO_BUF(list, 0);
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (answered_yes(a, rules[i].field)) {
            buf_fmt(&list, "%s%s", list.len ? "," : "", rules[i].review);
        }
    }
    act_set(a, "reviews_needed",
        list.len ? value_text(arena_strdup(a->ctx->arena, buf_text(&list))) : VALUE_NULL);
    act_set(a, "screened_at", value_time(a->ctx->now));
    return act_save(a);
}

static const char *baseline_answered(struct act *a)
{
    if (act_now(a, "baseline")->kind == V_NULL &&
        act_now(a, "baseline_known_by_on")->kind == V_NULL) {
        return "First say how bad it is today, or by when that will be measured.";
    }
    return NULL;
}

static enum err commit(struct act *a)
{
    act_set(a, "committed_at", value_time(a->ctx->now));
    act_set(a, "committed_by_id", value_id(a->ctx->viewer.person));
    return act_save(a);
}

#define DESCRIBE                                                                                   \
    "baseline baseline_known_by_on goal adoption_route learning_questions sponsor_id area_id "     \
    "principles"
#define MAY_WRITE (ROLES_OFFICE | ROLE_LIAISON)

static const struct command commands[] = {
    { "challenge.draft", "Describe a challenge", NEW, DRAFT, MAY_WRITE,
        "title! problem! department_id! " DESCRIBE, NULL, NULL, 0,
        "Three answers start it; the rest can wait." },
    { "challenge.edit", "Change the challenge", AT(DRAFT) | AT(SCREENED), SAME, MAY_WRITE,
        "title! problem! " DESCRIBE, NULL, NULL, 0, NULL },
    { "challenge.screen", "Screen it early", AT(DRAFT) | AT(SCREENED), SCREENED,
        MAY_WRITE | ROLE_REVIEWER, "collects_personal! uses_ai! in_public_space!", NULL, screen, 0,
        "Three questions tell now which reviews a solution will need, so that none comes as a "
        "surprise later." },
    { "challenge.commit", "Sign the department's commitment", AT(SCREENED), COMMITTED,
        ROLE_LIAISON | ROLE_EXECUTIVE | ROLE_DIRECTOR,
        "success_owner_id! staff_hours_n! running_cost_cents! budget_class", baseline_answered,
        commit, COMMAND_CONFIRM,
        "By signing, the department says who will own it after success, and what it is ready to "
        "give." },
    { "challenge.into_call", "Put it into a call", AT(COMMITTED), IN_CALL, ROLES_OFFICE, "", NULL,
        NULL, COMMAND_INNER, NULL },
    { "challenge.withdraw", "Withdraw the challenge", AT(DRAFT) | AT(SCREENED) | AT(COMMITTED),
        WITHDRAWN, MAY_WRITE, "", NULL, NULL, COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind challenge = {
    .name = "challenge",
    .label = "Challenge",
    .plural = "Challenges",
    .path = "/challenges",
    .nav = ROLES_INSIDE,
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = {
        // Residents see a challenge once it is in a call.
        .public = "$.state = 'in_call'",
        .outside = "$.state = 'in_call'",
        .office = "1 = 1",
    },
    .leads_to = "call pilot",
    .list = "title state department_id changed_at",
    .filters = "state department_id",
    .search = "title problem goal department_id",
    .empty = "A challenge is a department's problem in plain words. Describe the first one; it takes five minutes.",
};

static const struct kind *const kinds[] = { &challenge, NULL };

static const struct need needs[] = {
    { "challenge.to_screen", ROLES_OFFICE, "challenge", "challenge.screen", "Screen “{title}”",
        "the department's commitment" },
    { "challenge.to_commit", ROLE_LIAISON, "challenge", "challenge.commit",
        "Sign the commitment for “{title}”", "the call" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room challenges_room = {
    .name = "challenges", .kinds = kinds, .pages = challenges_pages, .needs = needs
};
