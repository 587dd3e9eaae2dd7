// SPDX-License-Identifier: Apache-2.0
#include "desk.h"

#include "clock.h"
#include "notice.h"
#include "setting.h"
#include "str.h"

enum { DRAFT, FACT_CHECK, COUNSEL, HELD, RELEASED };

static const struct state release_states[] = {
    { "draft", "Being written", "neutral" },
    { "fact_check", "With those it speaks of", "waiting" },
    { "counsel", "With counsel", "waiting" },
    { "held", "Held back", "stopped" },
    { "released", "Released", "done" },
    { NULL, NULL, NULL },
};

static const struct field release_fields[] = {
    { "title", FIELD_TEXT, "Release", NULL },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot" },
    { "outcome_text", FIELD_PROSE, "The outcome",
        "One sentence that a council member can read aloud; then, if needed, one paragraph. A null "
        "result and a stop are results.",
        .flags = FIELD_WIDE },
    { "evidence_level_n", FIELD_COUNT, "Evidence level",
        "1 theory, 2 before and after, 3 comparison group, 4 replicated, 5 in routine use.",
        .max = 5 },
    { "factcheck_due_on", FIELD_DATE, "Fact check due", NULL },
    { "department_person_id", FIELD_PERSON, "Who checks it for the department", NULL,
        .flags = FIELD_INPUT },
    { "partner_person_id", FIELD_PERSON, "Who checks it for the partner", NULL,
        .flags = FIELD_INPUT },
    { "hold_reason", FIELD_PROSE, "Why it is held back", NULL },
    { "hold_owner_id", FIELD_PERSON, "Who answers for the hold", NULL },
    { "hold_until_on", FIELD_DATE, "Until", "After that day it goes on by itself." },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err draft(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(
        c->db, c->arena, "release.pilot", ARGS(ARG("pilot_id", *act_in(a, "pilot_id"))), &row));
    const char *state = value_get_text(&row, "state", "");
    if (!str_eq(state, "decided") && !str_eq(state, "adopted") && !str_eq(state, "closed")) {
        return act_invalid(a, "pilot_id",
            "Outcomes are released of pilots that were decided, adopted or closed.", NULL);
    }
    act_set(a, "title", *value_get(&row, "title"));
    return act_save(a);
}

// Asks one person to check the facts, by mail too: partners have no account.
static enum err ask(struct act *a, const char *field, int64_t due_on)
{
    struct ctx *c = a->ctx;
    if (!act_has(a, field)) {
        return OK;
    }
    int64_t id;
    struct value check = value_object(c->arena), args = value_object(c->arena);
    value_set(c->arena, &check, "title", *act_old(a, "title"));
    value_set(c->arena, &check, "release_id", value_id(a->id));
    value_set(c->arena, &check, "person_id", *act_in(a, field));
    value_set(c->arena, &check, "due_on", value_date(due_on));
    TRY(act_nest_system(a, "factcheck.ask", 0, &check, &id));
    value_set(c->arena, &args, "title", *act_old(a, "title"));
    value_set(c->arena, &args, "due_on", value_date(due_on));
    const char *path = arena_fmt(c->arena, "/factchecks/%s", ctx_id(c, id));
    return notice_link(c, act_int(a, field), path, 30,
        &(struct notice){ .text = "Please check the facts about “{title}” by {due_on, date}",
            .args = &args,
            .kind = "factcheck",
            .id = id,
            .mail_now = true });
}

static enum err send_to_check(struct act *a)
{
    struct ctx *c = a->ctx;
    if (!act_has(a, "department_person_id") && !act_has(a, "partner_person_id")) {
        return act_invalid(
            a, "department_person_id", "Name at least one person who checks the facts.", NULL);
    }
    int64_t due_on = locale_day(c->locale, c->now) + setting_int(c, "desk.factcheck_days", 10);
    act_set(a, "factcheck_due_on", value_date(due_on));
    TRY(act_save(a));
    TRY(ask(a, "department_person_id", due_on));
    return ask(a, "partner_person_id", due_on);
}

// Checked by all who were asked, or the deadline has passed: silence doesn't hold a result back.
static const char *checked(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t open = 0, objections = 0;
    const struct arg *which = ARGS(ARG("release_id", value_id(a->id)));
    if (db_int(c->db, c->arena, "release.open_checks", which, &open) != OK ||
        db_int(c->db, c->arena, "release.objections", which, &objections) != OK) {
        return "The record can't be read just now. Try again.";
    }
    const struct value *due = act_old(a, "factcheck_due_on");
    bool over = due->kind == V_DATE && locale_day(c->locale, c->now) > due->n;
    if (open && !over) {
        return "The fact check isn't answered yet, and its deadline hasn't passed.";
    }
    return objections ? "Somebody objected to a fact: mend the text or answer the objection, then "
                        "ask again."
                      : NULL;
}

static const char *in_force(struct act *a)
{
    const char *why = checked(a);
    return why && act_old(a, "factcheck_due_on")->kind != V_NULL ? why : NULL;
}

static enum err hold(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t most = setting_int(c, "desk.hold_days", 90);
    if (act_int(a, "hold_until_on") > locale_day(c->locale, c->now) + most) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "days", value_int(most));
        return act_invalid(a, "hold_until_on",
            "A hold lasts at most {days} days; it can be renewed with a new reason.", &args);
    }
    return act_save(a);
}

static enum err release(struct act *a)
{
    struct ctx *c = a->ctx;
    act_set(a, "released_at", value_time(c->now));
    TRY(act_save(a));
    struct value values = value_object(c->arena);
    value_set(c->arena, &values, "outcome_text", *act_now(a, "outcome_text"));
    value_set(c->arena, &values, "evidence_level_n", *act_now(a, "evidence_level_n"));
    return act_nest_system(
        a, "pilot.release", value_get_int(&a->row, "pilot_id", 0), &values, NULL);
}

#define TEXT "outcome_text! evidence_level_n"

static const struct command release_commands[] = {
    { "release.draft", "Draft a release", NEW, DRAFT, ROLES_OFFICE, "pilot_id! " TEXT, NULL, draft,
        0, "Results are published by default, null results and stops too." },
    { "release.edit", "Change the text", AT(DRAFT) | AT(FACT_CHECK) | AT(COUNSEL), DRAFT,
        ROLES_OFFICE, TEXT, NULL, NULL, 0, "A changed text goes to the fact check again." },
    { "release.ask", "Send it to the fact check", AT(DRAFT), FACT_CHECK, ROLES_OFFICE,
        "department_person_id partner_person_id", NULL, send_to_check, 0,
        "Those it speaks of have ten days; silence doesn't hold it back." },
    { "release.to_counsel", "Send it to counsel", AT(FACT_CHECK), COUNSEL, ROLES_OFFICE, "",
        checked, NULL, 0, NULL },
    { "release.release", "Release it", AT(FACT_CHECK) | AT(COUNSEL), RELEASED,
        ROLE_DIRECTOR | ROLE_COUNSEL, "", in_force, release, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "Residents see the outcome from then on, with everything it stands on." },
    { "release.hold", "Hold it back", AT(DRAFT) | AT(FACT_CHECK) | AT(COUNSEL) | AT(HELD), HELD,
        ROLE_DIRECTOR | ROLE_COUNSEL, "hold_reason! hold_owner_id! hold_until_on!", NULL, hold, 0,
        "A hold has a reason, an owner and an end." },
    { "release.resume", "Take the hold away", AT(HELD), DRAFT,
        ROLE_DIRECTOR | ROLE_COUNSEL | ROLE_CLOCK, "", NULL, NULL, 0, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind release_kind = {
    .name = "release",
    .label = "Release",
    .plural = "Publication desk",
    .path = "/desk",
    .states = release_states,
    .fields = release_fields,
    .commands = release_commands,
    .scope = { NULL, NULL, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state factcheck_due_on hold_until_on changed_at",
    .filters = "state",
    .search = "title outcome_text",
    .empty = "Every decided pilot's outcome goes out through here.",
};

// ---- fact checks
// ---------------------------------------------------------------------------------

enum { ASKED, AGREED, OBJECTED };

static const struct state factcheck_states[] = {
    { "asked", "Asked", "waiting" },
    { "agreed", "The facts are right", "done" },
    { "objected", "Objected", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field factcheck_fields[] = {
    { "title", FIELD_TEXT, "About", NULL },
    { "release_id", FIELD_RECORD, "Release", NULL, "release" },
    { "person_id", FIELD_PERSON, "Asked", NULL },
    { "due_on", FIELD_DATE, "By", NULL },
    { "text", FIELD_PROSE, "Which fact is wrong, and what is right", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static const struct command factcheck_commands[] = {
    { "factcheck.ask", "Ask for a fact check", NEW, ASKED, ROLES_OFFICE,
        "title! release_id! person_id! due_on!", NULL, NULL, COMMAND_INNER, NULL },
    { "factcheck.agree", "The facts are right", AT(ASKED) | AT(OBJECTED), AGREED, ROLES_SIGNED_IN,
        "", NULL, NULL, COMMAND_OWN, NULL },
    { "factcheck.object", "A fact is wrong", AT(ASKED), OBJECTED, ROLES_SIGNED_IN, "text!", NULL,
        NULL, COMMAND_OWN, "Facts only: the judgement stays the office's." },
    { "factcheck.answer", "Close the objection", AT(OBJECTED), AGREED, ROLES_OFFICE, "", NULL, NULL,
        COMMAND_REASON, "Say what was mended, or why the fact stands." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind factcheck = {
    .name = "factcheck",
    .label = "Fact check",
    .plural = "Fact checks",
    .path = "/factchecks",
    .states = factcheck_states,
    .fields = factcheck_fields,
    .commands = factcheck_commands,
    .scope = { NULL, "$.person_id = :viewer_id", "1 = 1" },
    .parent = "release_id",
    .parent_kind = "release",
    .list = "title state person_id due_on",
    .filters = "state",
    .empty = "Fact checks go to those whom an outcome speaks of.",
};

// ---- holds end by themselves
// ---------------------------------------------------------------------

static enum err end_holds(struct ctx *c, const struct value *payload)
{
    struct value due;
    TRY(db_rows(c->db, c->arena, "release.holds_over",
        ARGS(ARG("today_on", value_date(locale_day(c->locale, c->now)))), &due));
    for (size_t i = 0; i < value_len(&due); i++) {
        struct outcome outcome;
        TRY(act_run_values(
            c, "release.resume", value_get_int(value_at(&due, i), "id", 0), NULL, &outcome));
    }
    return OK;
}

static const struct job_kind jobs[] = {
    { "release.end_holds", end_holds, CLOCK_HOUR },
    { NULL, NULL, 0 },
};

static const struct kind *const kinds[] = { &release_kind, &factcheck, NULL };

static const struct need needs[] = {
    { "release.to_draft", ROLES_OFFICE, "pilot", NULL, "Draft the outcome of “{title}” for release",
        "residents" },
    { "release.to_go_on", ROLES_OFFICE | ROLE_COUNSEL, "release", NULL,
        "Release “{title}”, or say why not", "residents" },
    { "factcheck.mine", ROLES_SIGNED_IN, "factcheck", NULL, "Check the facts about “{title}”",
        "its release" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room desk_room = { .name = "desk", .kinds = kinds, .jobs = jobs, .needs = needs };
