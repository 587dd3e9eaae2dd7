// SPDX-License-Identifier: Apache-2.0
// Measures: what a pilot is judged by. Once the pilot's plan is locked they are settled, but for a
// correction with its reason before data exist, which is an amendment of the plan.
#include "readings_private.h"

#include "../evaluations/evaluations.h"
#include "../pilots/pilots.h"
#include "clock.h"
#include "groups.h"
#include "notice.h"
#include "str.h"

enum { ACTIVE, RETIRED };

static const struct state measure_states[] = {
    { "active", "In use", "going" },
    { "retired", "Retired", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field measure_fields[] = {
    { "title", FIELD_TEXT, "Measure", "What is counted or measured, in a few words.", .max = 160,
        .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "definition", FIELD_PROSE, "Exactly what it is",
        "So that two people would write down the same number.", .flags = FIELD_RELEASED },
    { "unit", FIELD_TEXT, "Unit", "Minutes, tickets a day, percent.", .max = 60,
        .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "Kind of number", NULL,
        "number=A number|count=A count|proportion=A proportion, yes or no|agreement=Agreement with "
        "a trusted reading",
        .flags = FIELD_RELEASED },
    { "direction", FIELD_CHOICE, "Which way is better", NULL, "higher=Higher|lower=Lower",
        .flags = FIELD_RELEASED },
    { "role", FIELD_CHOICE, "What it is for", NULL,
        "primary=It decides the pilot|secondary=It helps to understand|guardrail=It must not get "
        "worse",
        .flags = FIELD_RELEASED },
    { "baseline_num", FIELD_NUMBER, "Where it stands today", "Before anything is changed.",
        .flags = FIELD_UNKNOWN | FIELD_RELEASED },
    { "target_num", FIELD_NUMBER, "Target", NULL, .flags = FIELD_RELEASED },
    { "worthwhile_num", FIELD_NUMBER, "Smallest effect worth having",
        "A change smaller than this wouldn't be worth its cost.", .flags = FIELD_RELEASED },
    { "spread_num", FIELD_NUMBER, "How much places differ",
        "Standard deviation among places; of one place among its readings; beside a trusted "
        "reading "
        "among the differences. From earlier numbers, not from hope.",
        .flags = FIELD_RELEASED },
    { "steady_num", FIELD_NUMBER, "How like one reading of a place is to the next",
        "Correlation, from 0 (not at all) to 1 (the same). Left empty: 0.5.", .max = 1,
        .flags = FIELD_RELEASED },
    { "each_n", FIELD_COUNT, "Readings of each place",
        "Of yes or no: how many answers each place brings.", .max = 100000,
        .flags = FIELD_RELEASED },
    { "method", FIELD_PROSE, "How it is measured", NULL, .flags = FIELD_RELEASED },
    { "source", FIELD_TEXT, "Where the numbers come from", "A system, a device, a count by hand.",
        .flags = FIELD_RELEASED },
    { "cadence", FIELD_CHOICE, "How often", "A reading that is late is asked for.",
        "hourly=Every hour|daily=Every day|weekly=Every week|monthly=Every month|quarterly=Every "
        "quarter|once=Once|irregular=Whenever it happens",
        .flags = FIELD_RELEASED },
    { "responsible_id", FIELD_PERSON, "Who brings the readings",
        "A person outside gets a link by mail." },
    { "groups", FIELD_LIST, "Groups",
        "Whom results are shown for: bands of age or income, kinds of neighbourhood. One a line; "
        "leave it empty when nobody is told apart.",
        .flags = FIELD_RELEASED },
    { "is_people", FIELD_YES_NO, "Is each unit a person?",
        "Then nothing is published by row: no readings, no data of an evaluation. What is found "
        "is.",
        .flags = FIELD_RELEASED },
    { "group_name", FIELD_TEXT, "Group", "Whom it stands for: one of the measure's groups.",
        .max = GROUP_NAME_MOST, .flags = FIELD_INPUT },
    { "code", FIELD_TEXT, "Code", "As it stands in the files: BIN-0017.", .max = 120,
        .flags = FIELD_INPUT },
    { "unit_title", FIELD_TEXT, "Name", NULL, .max = 160, .flags = FIELD_INPUT },
    { "area_id", FIELD_PLACE, "District or neighbourhood", NULL, .flags = FIELD_INPUT },
    { "is_comparison", FIELD_YES_NO, "For comparison, without the thing tried?", NULL,
        .flags = FIELD_INPUT },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// ---- guards
// --------------------------------------------------------------------------------------

static const char unanswered[] = "The record can't be read just now. Try again.";

static enum err pilot_of(struct act *a, struct value *ret_pilot)
{
    const struct value *id = act_now(a, "pilot_id");
    return db_row(
        a->ctx->db, a->ctx->arena, "measure.pilot", ARGS(ARG("pilot_id", *id)), ret_pilot);
}

// -1 when it can't be told.
static int is_locked(struct act *a)
{
    struct value pilot;
    if (act_now(a, "pilot_id")->kind != V_ID) {
        return 0; // a new one's form, before a pilot is chosen
    }
    return pilot_of(a, &pilot) != OK ? -1 : value_get_int(&pilot, "locked_at", 0) != 0;
}

static const char *not_locked(struct act *a)
{
    int locked = is_locked(a);
    return locked < 0 ? unanswered
           : locked   ? "The plan is locked. Correct the measure with a reason, before data exist."
                      : NULL;
}

static const char *may_correct(struct act *a)
{
    int locked = is_locked(a);
    if (locked <= 0) {
        return locked < 0 ? unanswered : "The plan isn't locked; change the measure directly.";
    }
    int64_t there = 0;
    if (db_int(a->ctx->db, a->ctx->arena, "measure.has_readings",
            ARGS(ARG("measure_id", value_id(a->id))), &there) != OK) {
        return unanswered;
    }
    return there ? "Readings exist already: what is measured can't be changed any more. Retire it "
                   "and add another."
                 : NULL;
}

static const char *may_set_baseline(struct act *a)
{
    return act_old(a, "baseline_num")->kind == V_NULL ? NULL : not_locked(a);
}

static const char *may_retire(struct act *a)
{
    const struct value *role = act_old(a, "role");
    int locked = is_locked(a);
    if (locked < 0) {
        return unanswered;
    }
    return locked && role->kind == V_TEXT && str_eq(role->text, "primary")
               ? "The plan is locked and this measure decides the pilot."
               : NULL;
}

static const char *has_responsible(struct act *a)
{
    return act_old(a, "responsible_id")->kind == V_NULL ? "First say who brings the readings."
                                                        : NULL;
}

// ---- what they do
// --------------------------------------------------------------------------------

static enum err check(struct act *a)
{
    const struct value *groups = act_now(a, "groups");
    const char *wrong =
        groups->kind == V_TEXT ? group_list_wrong(a->ctx->arena, groups->text) : NULL;
    if (wrong) {
        return act_invalid(a, "groups", wrong, NULL);
    }
    const struct value *spread = act_now(a, "spread_num"), *steady = act_now(a, "steady_num");
    if (spread->kind == V_NUM && !(spread->x > 0)) {
        return act_invalid(
            a, "spread_num", "A spread is above 0. Leave it empty if unknown.", NULL);
    }
    if (steady->kind == V_NUM && steady->x < 0) {
        return act_invalid(a, "steady_num", "Write a number from 0 to 1.", NULL);
    }
    const struct value *type = act_now(a, "type"), *worth = act_now(a, "worthwhile_num"),
                       *baseline = act_now(a, "baseline_num"), *target = act_now(a, "target_num");
    if (worth->kind == V_NUM && worth->x < 0) {
        return act_invalid(
            a, "worthwhile_num", "Write its size without a sign; the direction is above.", NULL);
    }
    if (type->kind == V_TEXT && str_eq(type->text, "proportion")) {
        if (baseline->kind == V_NUM && (baseline->x < 0 || baseline->x > 1)) {
            return act_invalid(a, "baseline_num", "A proportion lies between 0 and 1.", NULL);
        }
        if (target->kind == V_NUM && (target->x < 0 || target->x > 1)) {
            return act_invalid(a, "target_num", "A proportion lies between 0 and 1.", NULL);
        }
    }
    return OK;
}

static enum err add(struct act *a)
{
    TRY(check(a));
    int locked = is_locked(a);
    if (locked < 0) {
        return act_invalid(a, "pilot_id", "Choose a pilot that is there.", NULL);
    }
    if (locked && str_eq(act_text(a, "role"), "primary")) {
        return act_invalid(a, "role",
            "The plan is locked: what decides it was settled. Choose another purpose.", NULL);
    }
    struct value pilot;
    TRY(pilot_of(a, &pilot));
    act_set(a, "owner_id", *value_get(&pilot, "owner_id"));
    TRY(act_save(a));
    return evaluations_ask_forecast(a, value_get_int(&pilot, "id", 0));
}

// What the pilot's plan can tell hangs on it.
static enum err save(struct act *a)
{
    TRY(act_save(a));
    return evaluations_ask_forecast(a, act_now(a, "pilot_id")->n);
}

static enum err edit(struct act *a)
{
    TRY(check(a));
    return save(a);
}

// The plan changes with it, so the pilot gets an amendment with the reason and the new hash.
static enum err correct(struct act *a)
{
    struct ctx *c = a->ctx;
    TRY(check(a));
    TRY(act_save(a));
    const char *json, *hash;
    int64_t pilot = act_old(a, "pilot_id")->n;
    TRY(pilot_plan(c, pilot, &json, &hash));
    struct value amendment = value_object(c->arena);
    value_set(c->arena, &amendment, "pilot_id", value_id(pilot));
    value_set(c->arena, &amendment, "text",
        value_text(arena_fmt(c->arena, "%s: %s", value_get_text(&a->row, "title", ""), a->reason)));
    value_set(c->arena, &amendment, "is_after_data", value_bool(false));
    value_set(c->arena, &amendment, "plan_hash_text", value_text(hash));
    act_note(a, "plan_hash_after", value_text(hash));
    TRY(evaluations_seal_plans(a, pilot));
    return act_nest_system(a, "amendment.make", 0, &amendment, NULL);
}

static enum err ask(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t person = act_old(a, "responsible_id")->n;
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "title", *act_old(a, "title"));
    act_set(a, "asked_at", value_time(c->now));
    TRY(act_save(a));
    return notice_link(c, person,
        arena_fmt(c->arena, "/batches/new/add?measure_id=%s", ctx_id(c, a->id)), 14,
        &(struct notice){ .text = "A reading of “{title}” is waited for",
            .args = &args,
            .kind = "measure",
            .id = a->id,
            .mail_now = true });
}

static const char *are_not_yet(struct act *a)
{
    return value_truthy(act_old(a, "is_people")) ? "It says so already." : NULL;
}

// At any time, and only this way: to hide what people are is never too late.
static enum err protect(struct act *a)
{
    act_set(a, "is_people", value_bool(true));
    return act_save(a);
}

static enum err describe_unit(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t n;
    bool is_new;
    const struct value *comparison = act_in(a, "is_comparison");
    struct value group;
    TRY(group_in(a, value_get_text(&a->row, "groups", ""), &group));
    TRY(unit_number(c, a->id, act_text(a, "code"), &n, &is_new));
    TRY(db_exec(c->db, c->arena, "measure.unit_set",
        ARGS(ARG("measure_id", value_id(a->id)), ARG("code", *act_in(a, "code")),
            ARG("title", *act_in(a, "unit_title")), ARG("area_id", *act_in(a, "area_id")),
            ARG("is_comparison", *comparison), ARG("group_name", group)),
        NULL));
    return act_save(a);
}

#define WHAT                                                                                       \
    "title! definition unit! type! direction! role! baseline_num target_num worthwhile_num "       \
    "spread_num steady_num each_n method "                                                         \
    "source cadence responsible_id groups is_people"

static const struct command measure_commands[] = {
    { "measure.add", "Add a measure", NEW, ACTIVE, MAY_MEASURE, "pilot_id! " WHAT, NULL, add,
        COMMAND_PUBLIC, "One measure decides the pilot; others help to understand, or guard." },
    { "measure.edit", "Change the measure", AT(ACTIVE), SAME, MAY_MEASURE, WHAT, not_locked, edit,
        COMMAND_PUBLIC, NULL },
    { "measure.correct", "Correct the measure", AT(ACTIVE), SAME, ROLES_OFFICE | ROLE_EVALUATOR,
        WHAT, may_correct, correct, COMMAND_PUBLIC | COMMAND_REASON,
        "The plan is locked; this is remembered as an amendment made before data." },
    { "measure.set_baseline", "Set the baseline", AT(ACTIVE), SAME, MAY_MEASURE, "baseline_num!",
        may_set_baseline, edit, COMMAND_PUBLIC, NULL },
    { "measure.assign", "Say who brings the readings", AT(ACTIVE), SAME, MAY_MEASURE,
        "responsible_id! cadence", NULL, NULL, 0, NULL },
    { "measure.ask", "Ask for a reading", AT(ACTIVE), SAME, MAY_MEASURE | ROLE_CLOCK, "",
        has_responsible, ask, COMMAND_QUIET, "Sends a mail with a link that opens the form." },
    { "measure.describe_unit", "Describe what is measured", AT(ACTIVE), SAME, MAY_MEASURE,
        "code! unit_title area_id is_comparison group_name", NULL, describe_unit, COMMAND_PUBLIC,
        "A bin, a route, a device: where it is, and whether it stands for comparison." },
    { "measure.protect", "Say that its units are people", AT(ACTIVE) | AT(RETIRED), SAME,
        MAY_MEASURE, "", are_not_yet, protect, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "From then on nothing of them is published by row, also where it was before." },
    { "measure.retire", "Retire the measure", AT(ACTIVE), RETIRED, MAY_MEASURE, "", may_retire,
        save, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind measure_kind = {
    .name = "measure",
    .label = "Measure",
    .plural = "Measures",
    .path = "/measures",
    .states = measure_states,
    .fields = measure_fields,
    .commands = measure_commands,
    .scope = {
        .public = SCOPE_OF_ANNOUNCED_PILOT,
        .outside = "($.responsible_id = :viewer_id OR " SCOPE_OF_ANNOUNCED_PILOT " OR EXISTS (SELECT 1 FROM grant_role g WHERE "
                   "g.city = $.city AND g.person_id = :viewer_id AND g.state = 'held' AND g.scope_kind = 'pilot' AND "
                   "g.scope_id = $.pilot_id))",
        .office = "1 = 1",
    },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .leads_to = "evaluation",
    .list = "title pilot_id role type unit cadence state",
    .filters = "state role type cadence",
    .search = "title definition pilot_id",
    .empty = "A measure says what a pilot is judged by. Add it on the pilot's page.",
};

int64_t cadence_ms(const char *cadence)
{
    static const struct {
        const char *name;
        int64_t days;
    } steps[] = { { "daily", 1 }, { "weekly", 7 }, { "monthly", 31 }, { "quarterly", 92 } };
    if (str_eq(cadence, "hourly")) {
        return CLOCK_HOUR;
    }
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (str_eq(cadence, steps[i].name)) {
            return steps[i].days * CLOCK_DAY;
        }
    }
    return 0;
}

enum err unit_number(
    struct ctx *c, int64_t measure, const char *code, int64_t *ret_n, bool *ret_new)
{
    struct value row;
    const struct value which = value_id(measure), name = value_text(code);
    enum err e = db_row(c->db, c->arena, "measure.unit_by_code",
        ARGS(ARG("measure_id", which), ARG("code", name)), &row);
    *ret_new = e == ERR_NOT_FOUND;
    if (e == OK) {
        *ret_n = value_get_int(&row, "unit_n", 0);
        return OK;
    }
    if (e != ERR_NOT_FOUND) {
        return e;
    }
    int64_t last = 0;
    TRY(db_int(c->db, c->arena, "measure.last_unit", ARGS(ARG("measure_id", which)), &last));
    TRY(db_exec(c->db, c->arena, "measure.unit_add",
        ARGS(ARG("measure_id", which), ARG("unit_n", value_int(last + 1)), ARG("code", name)),
        NULL));
    *ret_n = last + 1;
    return OK;
}
