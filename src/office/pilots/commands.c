// SPDX-License-Identifier: Apache-2.0
// What moves a pilot on, and what holds it.
#include "pilots_private.h"

#include "../evaluations/evaluations.h"
#include "str.h"

static int64_t asked(struct act *a, const char *query)
{
    int64_t n = 0;
    if (db_int(a->ctx->db, a->ctx->arena, query, ARGS(ARG("pilot_id", value_id(a->id))), &n) !=
        OK) {
        return -1;
    }
    return n;
}

static const char *unanswered(void)
{
    return "The record can't be read just now. Try again.";
}

// ---- guards
// --------------------------------------------------------------------------------------

static const char *has_plan(struct act *a)
{
    int64_t primary = asked(a, "pilot.primary_measures");
    return primary < 0    ? unanswered()
           : primary == 0 ? "First add the measure that decides it: its primary measure."
                          : NULL;
}

static const char *may_lock(struct act *a)
{
    if (act_old(a, "locked_at")->kind != V_NULL) {
        return "The plan is locked already. Change it by an amendment.";
    }
    if (act_old(a, "decision_rule")->kind == V_NULL) {
        return "First write which result leads to which decision.";
    }
    return has_plan(a);
}

static const char *may_clear(struct act *a)
{
    int64_t open = asked(a, "pilot.open_gates");
    if (open) {
        return open < 0 ? unanswered() : "A review isn't decided yet.";
    }
    int64_t refused = asked(a, "pilot.refused_gates");
    if (refused) {
        return refused < 0 ? unanswered() : "A review refused it. Change the plan and file again.";
    }
    int64_t conditions = asked(a, "pilot.open_conditions");
    if (conditions) {
        return conditions < 0 ? unanswered() : "A reviewer's condition is still open.";
    }
    if (act_old(a, "organisation_id")->kind != V_NULL) {
        int64_t agreed = asked(a, "pilot.signed_agreements");
        if (agreed <= 0) {
            return agreed < 0 ? unanswered() : "The agreement with the partner isn't signed.";
        }
    }
    return NULL;
}

static const char *may_start(struct act *a)
{
    if (act_old(a, "locked_at")->kind == V_NULL) {
        return "First lock the plan: what counts must be settled before the data.";
    }
    int64_t unknown = asked(a, "pilot.measures_without_baseline");
    if (unknown) {
        return unknown < 0 ? unanswered()
                           : "The primary measure has no baseline yet: measure it first.";
    }
    return may_clear(a); // a condition may have come back since
}

static const char *may_amend(struct act *a)
{
    return act_old(a, "locked_at")->kind == V_NULL ? "The plan isn't locked; change it directly."
                                                   : NULL;
}

static const char *not_locked(struct act *a)
{
    return act_old(a, "locked_at")->kind == V_NULL
               ? NULL
               : "The plan is locked. Change it by an amendment.";
}

// ---- what they do
// --------------------------------------------------------------------------------

static enum err propose(struct act *a)
{
    if (str_eq(act_text(a, "origin"), "call")) {
        return act_invalid(a, "origin",
            "Pilots from a call are made by its selection. Choose where else it comes from.", NULL);
    }
    if (!act_has(a, "origin_reason")) {
        return act_invalid(a, "origin_reason", "Say why it goes ahead without a call.", NULL);
    }
    return act_save(a);
}

static enum err save_plan(struct act *a)
{
    const struct value *from = act_now(a, "starts_on"), *to = act_now(a, "ends_on");
    if (from->kind == V_DATE && to->kind == V_DATE && to->n <= from->n) {
        return act_invalid(a, "ends_on", "The end must come after the start.", NULL);
    }
    const struct value *type = act_now(a, "type"), *design = act_now(a, "design");
    bool effect = type->kind == V_TEXT && str_eq(type->text, "effect");
    bool none = design->kind == V_TEXT && str_eq(design->text, "none");
    if (effect && none) {
        return act_invalid(a, "design",
            "Whether it changes the outcome can't be told without a comparison. Choose one, at "
            "least before and after.",
            NULL);
    }
    TRY(evaluations_check_plan(a));
    return act_save(a);
}

static enum err plan(struct act *a)
{
    TRY(save_plan(a));
    return evaluations_ask_forecast(a, a->id);
}

static enum err forecast(struct act *a)
{
    TRY(act_save(a));
    return evaluations_ask_forecast(a, a->id);
}

// Each review that the challenge's early screen asked for, privacy always.
static enum err open_gates(struct act *a)
{
    static const char *const types[] = { "privacy", "ai", "security", "accessibility" };
    struct ctx *c = a->ctx;
    struct value row;
    enum err e = db_row(
        c->db, c->arena, "pilot.reviews_needed", ARGS(ARG("pilot_id", value_id(a->id))), &row);
    const char *needed = e == OK ? value_get_text(&row, "reviews_needed", "") : "";
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (i > 0 && !strstr(needed, types[i])) {
            continue;
        }
        int64_t there = 0;
        TRY(db_int(c->db, c->arena, "pilot.gates_of_type",
            ARGS(ARG("pilot_id", value_id(a->id)), ARG("type", value_text(types[i]))), &there));
        if (there) {
            continue;
        }
        struct value gate = value_object(c->arena);
        value_set(c->arena, &gate, "pilot_id", value_id(a->id));
        value_set(c->arena, &gate, "type", value_text(types[i]));
        TRY(act_nest_system(a, "gate.open", 0, &gate, NULL));
    }
    return OK;
}

static enum err submit(struct act *a)
{
    TRY(act_save(a));
    return open_gates(a);
}

static enum err lock_plan(struct act *a)
{
    const char *json, *hash;
    TRY(pilot_plan(a->ctx, a->id, &json, &hash));
    act_set(a, "locked_at", value_time(a->ctx->now));
    act_set(a, "plan_hash_text", value_text(hash));
    TRY(evaluations_lock(a));
    return act_save(a);
}

static enum err start(struct act *a)
{
    if (act_old(a, "announced_at")->kind == V_NULL) {
        act_set(a, "announced_at", value_time(a->ctx->now));
    }
    return act_save(a);
}

static enum err amend(struct act *a)
{
    struct ctx *c = a->ctx;
    TRY(save_plan(a)); // writes the changed plan, whose hash is then taken
    const char *json, *hash;
    TRY(pilot_plan(c, a->id, &json, &hash));
    int64_t readings = asked(a, "pilot.readings");
    struct value amendment = value_object(c->arena);
    value_set(c->arena, &amendment, "pilot_id", value_id(a->id));
    value_set(c->arena, &amendment, "text", value_text(a->reason));
    value_set(c->arena, &amendment, "is_after_data", value_bool(readings != 0));
    value_set(c->arena, &amendment, "plan_hash_text", value_text(hash));
    act_note(a, "plan_hash_after", value_text(hash));
    TRY(evaluations_seal_plans(a, a->id));
    return act_nest(a, "amendment.make", 0, &amendment, NULL);
}

static enum err change_use(struct act *a)
{
    TRY(act_save(a));
    struct value args = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &args, "reason", value_text(a->reason));
    struct value gates;
    TRY(db_rows(a->ctx->db, a->ctx->arena, "pilot.decided_gates",
        ARGS(ARG("pilot_id", value_id(a->id))), &gates));
    for (size_t i = 0; i < value_len(&gates); i++) {
        TRY(act_nest_system(
            a, "gate.reopen", value_get_int(value_at(&gates, i), "id", 0), &args, NULL));
    }
    return OK;
}

static enum err release(struct act *a)
{
    act_set(a, "released_at", value_time(a->ctx->now));
    if (act_old(a, "announced_at")->kind == V_NULL) {
        act_set(a, "announced_at", value_time(a->ctx->now));
    }
    return act_save(a);
}

static enum err backfill(struct act *a)
{
    int stage = kind_state(a->kind, act_text(a, "stage"));
    if (stage < 0) {
        return act_invalid(a, "stage", "Choose one of the answers listed.", NULL);
    }
    act_to(a, stage);
    act_set(a, "is_backfill", value_bool(true));
    // Past work is public knowledge once it is filled in; the office may still hold its outcome
    // back.
    act_set(a, "announced_at", value_time(a->ctx->now));
    return act_save(a);
}

#define MAY_RUN (ROLES_OFFICE | ROLE_LIAISON)
#define PLAN                                                                                       \
    "type! hypothesis learning_questions! starts_on! ends_on! design! units_n "                    \
    "compared_n " ANALYSIS " premortem stop_rule decision_rule winddown principles"
#define ANALYSIS                                                                                   \
    "analysis step sure looks_n most_missing_num effect_value_cents place_cost_cents "             \
    "population_n extension_n extension_cost_cents"
#define WHO    "department_id! organisation_id challenge_id"
#define BEFORE (AT(PILOT_PROPOSED) | AT(PILOT_PLANNED) | AT(PILOT_IN_REVIEW) | AT(PILOT_READY))
#define DURING (AT(PILOT_RUNNING) | AT(PILOT_PAUSED))

const struct command pilot_commands[] = {
    { "pilot.propose", "Propose a pilot", NEW, PILOT_PROPOSED, MAY_RUN,
        "title! question! department_id! origin! origin_reason organisation_id challenge_id", NULL,
        propose, 0, "Five answers propose a pilot. What isn't known yet can wait." },
    { "pilot.award", "Make a pilot of a selected pitch", NEW, PILOT_PROPOSED,
        ROLES_OFFICE | ROLE_PROCUREMENT,
        "title! question! origin! call_id! pitch_id! challenge_id department_id! organisation_id",
        NULL, NULL, COMMAND_INNER, NULL },
    { "pilot.plan", "Plan it", AT(PILOT_PROPOSED) | AT(PILOT_PLANNED), PILOT_PLANNED, MAY_RUN, PLAN,
        not_locked, plan, 0, NULL },
    { "pilot.edit", "Change what it is about", BEFORE | DURING, SAME, MAY_RUN,
        "title! question! " WHO, NULL, NULL, COMMAND_PUBLIC, NULL },
    { "pilot.submit", "Send it into review", AT(PILOT_PLANNED), PILOT_IN_REVIEW, MAY_RUN, "",
        has_plan, submit, 0, "Opens the reviews it needs. Low risk is self-certified in minutes." },
    { "pilot.lock", "Lock the plan", AT(PILOT_PLANNED) | AT(PILOT_IN_REVIEW) | AT(PILOT_READY),
        SAME, ROLES_OFFICE, "weak_reason", may_lock, lock_plan, COMMAND_CONFIRM | COMMAND_SLOW,
        "From then on the plan's hash stands in the ledger; changes are amendments.",
        evaluations_prepare_lock },
    { "pilot.forecast", "Work out what the plan can tell",
        AT(PILOT_PLANNED) | AT(PILOT_IN_REVIEW) | AT(PILOT_READY), SAME, MAY_RUN, "", not_locked,
        forecast, COMMAND_QUIET,
        "With the places, measures and readings as they are now. It takes a minute at most.", NULL,
        "Being worked out: load the page again in a minute." },
    { "pilot.clear", "Declare it ready", AT(PILOT_IN_REVIEW), PILOT_READY, ROLES_OFFICE, "",
        may_clear, NULL, 0, NULL },
    { "pilot.start", "Start it", AT(PILOT_READY), PILOT_RUNNING, ROLES_OFFICE, "starts_on",
        may_start, start, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "Residents then see that it runs, and what it asks." },
    { "pilot.pause", "Pause it", AT(PILOT_RUNNING), PILOT_PAUSED, MAY_RUN, "", NULL, NULL,
        COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "pilot.resume", "Resume it", AT(PILOT_PAUSED), PILOT_RUNNING, ROLES_OFFICE, "", may_start,
        NULL, COMMAND_PUBLIC, NULL },
    { "pilot.amend", "Amend the locked plan", AT(PILOT_IN_REVIEW) | AT(PILOT_READY) | DURING, SAME,
        ROLES_OFFICE,
        "hypothesis learning_questions ends_on design " ANALYSIS
        " stop_rule decision_rule winddown",
        may_amend, amend, COMMAND_PUBLIC | COMMAND_REASON,
        "An amendment made before data exist doesn't lower what the outcome may claim; one made "
        "after does." },
    { "pilot.change_use", "Report a change of use", DURING, PILOT_IN_REVIEW,
        MAY_RUN | ROLE_REVIEWER, "", NULL, change_use, COMMAND_PUBLIC | COMMAND_REASON,
        "Other data, other purposes, other people: the reviews open again and the pilot waits for "
        "them." },
    { "pilot.end", "End it and evaluate", DURING, PILOT_EVALUATING, MAY_RUN, "ends_on", NULL, NULL,
        COMMAND_PUBLIC, NULL },
    { "pilot.decide", "Record the decision", AT(PILOT_EVALUATING), PILOT_DECIDED,
        ROLES_OFFICE | ROLE_EXECUTIVE, "", NULL, NULL, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { "pilot.adopt", "Hand it over to its owner", AT(PILOT_DECIDED), PILOT_ADOPTED,
        ROLES_OFFICE | ROLE_EXECUTIVE, "", NULL, NULL, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { "pilot.close", "Close it", BEFORE | DURING | AT(PILOT_EVALUATING) | AT(PILOT_DECIDED),
        PILOT_CLOSED, ROLES_OFFICE, "", NULL, NULL,
        COMMAND_PUBLIC | COMMAND_REASON | COMMAND_CONFIRM,
        "A stop is a result: it is published like any other." },
    { "pilot.release", "Release its outcome",
        AT(PILOT_DECIDED) | AT(PILOT_ADOPTED) | AT(PILOT_CLOSED), SAME, ROLES_OFFICE | ROLE_COUNSEL,
        "outcome_text! evidence_level_n", NULL, release, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { "pilot.backfill", "Fill in a past pilot", NEW, BY_APPLY, ROLES_OFFICE,
        "title! question! department_id! origin! origin_reason organisation_id stage! type "
        "starts_on ends_on hypothesis outcome_text evidence_level_n principles",
        NULL, backfill, COMMAND_PUBLIC,
        "The record of past work, at whatever stage it stands. Many at once come from a "
        "spreadsheet: /pilots/import." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};
