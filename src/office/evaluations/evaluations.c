// SPDX-License-Identifier: Apache-2.0
#include "evaluations_private.h"

#include "forecast.h"

#include "../pilots/pilots.h"
#include "clock.h"
#include "str.h"

#include <math.h>

enum { COMPUTED, VERIFIED, SUPERSEDED };

static const struct state states[] = {
    [COMPUTED] = { "computed", "To be checked", "waiting" },
    [VERIFIED] = { "checked", "Checked", "done" },
    [SUPERSEDED] = { "superseded", "Superseded", "neutral" },
    { NULL, NULL, NULL },
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Evaluation", NULL, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "measure_id", FIELD_RECORD, "Measure", "One of the pilot's measures.", "measure",
        .flags = FIELD_RELEASED },
    { "verdict", FIELD_CHOICE, "Verdict", NULL,
        "scale=Scale|adapt=Adapt|extend=Extend|stop=Stop|cannot_tell=Cannot tell",
        .flags = FIELD_RELEASED },
    { "estimate_num", FIELD_NUMBER, "Estimate", NULL, .flags = FIELD_RELEASED },
    { "low_num", FIELD_NUMBER, "Lower end of the interval", NULL, .flags = FIELD_RELEASED },
    { "high_num", FIELD_NUMBER, "Upper end of the interval", NULL, .flags = FIELD_RELEASED },
    { "level_num", FIELD_NUMBER, "Level of the interval", NULL, .flags = FIELD_RELEASED },
    { "p_num", FIELD_NUMBER, "p-value", NULL, .flags = FIELD_RELEASED },
    { "n", FIELD_COUNT, "Analysed", "Units, or readings where there is one unit.",
        .flags = FIELD_RELEASED },
    { "dropped_n", FIELD_COUNT, "Left out", NULL, .flags = FIELD_RELEASED },
    { "grade", FIELD_CHOICE, "Grade", NULL,
        "A=A, drawn by lot|B=B, against a comparison group|C=C, weak comparison|D=D, before and "
        "after only|none=No claim about cause",
        .flags = FIELD_RELEASED },
    { "evidence_level_n", FIELD_COUNT, "Evidence level", NULL, .max = 5, .flags = FIELD_RELEASED },
    { "method", FIELD_CHOICE, "Method", NULL,
        "none=None|before_after=Change of each unit|changes=Changes with it against changes "
        "without "
        "it|after=With it against without it, afterwards|share=Share against a floor|target=Mean "
        "against a target|limits=Agreement with a reference|yes_no=Yes or no against a "
        "reference|shares=Shares with "
        "it against shares without it, afterwards|panel=Places over time",
        .flags = FIELD_RELEASED },
    { "reason_code", FIELD_TEXT, "Reason of the verdict", NULL, .flags = FIELD_RELEASED },
    { "is_exploratory", FIELD_YES_NO, "Exploratory", "The plan wasn't locked before the data.",
        .flags = FIELD_RELEASED },
    { "departures", FIELD_LIST, "Departures from the plan", NULL, .flags = FIELD_RELEASED },
    { "plan_hash_text", FIELD_TEXT, "Hash of the locked plan", NULL, .flags = FIELD_RELEASED },
    { "input_hash_text", FIELD_TEXT, "SHA-256 of the data", NULL, .flags = FIELD_RELEASED },
    { "readings_rev_n", FIELD_COUNT, "Version of the readings",
        "Rises whenever a batch is published or undone.", .flags = FIELD_RELEASED },
    { "plan_run_hash_text", FIELD_TEXT, "Hash of the plan as evaluated", NULL,
        .flags = FIELD_RELEASED },
    { "computed_at", FIELD_TIME, "Computed", NULL, .flags = FIELD_RELEASED },
    { "checked_at", FIELD_TIME, "Checked", NULL, .flags = FIELD_RELEASED },
    { "checked_by_id", FIELD_PERSON, "Checked by", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// ---- run
// -----------------------------------------------------------------------------------------

static enum err supersede_earlier(struct act *a, int64_t measure)
{
    struct ctx *c = a->ctx;
    struct value rows;
    TRY(db_rows(
        c->db, c->arena, "evaluation.earlier", ARGS(ARG("measure_id", value_id(measure))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(act_nest_system(
            a, "evaluation.supersede", value_get_int(value_at(&rows, i), "id", 0), NULL, NULL));
    }
    return OK;
}

static const char *lines_of(struct ctx *c, const struct value *list)
{
    AUTO_BUF(text, 1 << 16);
    for (size_t i = 0; i < value_len(list); i++) {
        buf_fmt(&text, "%s%s", i ? "\n" : "", value_at(list, i)->text);
    }
    return text.len ? arena_strdup(c->arena, buf_text(&text)) : NULL;
}

static void put_finding(struct act *a, const struct evaluation_plan *p,
    const struct evaluation_data *d, const struct evaluation_finding *f)
{
    const struct ph_result *h = &f->head;
    int64_t units = (int64_t)(h->clusters ? h->clusters : h->n);
    act_set(a, "method", value_text(evaluation_method_name(d->method)));
    act_set(a, "estimate_num", value_num(h->estimate));
    act_set(a, "low_num", value_num(h->interval.lo));
    act_set(a, "high_num", value_num(h->interval.hi));
    act_set(a, "level_num", value_num(p->level));
    act_set(a, "p_num", value_num(h->p));
    act_set(a, "n", value_int(units));
    act_set(a, "dropped_n", value_int((int64_t)h->n_dropped));
    act_set(a, "grade", value_text(ph_grade_name(h->grade)));
    act_set(a, "evidence_level_n", value_int(evaluation_level(p)));
    act_set(a, "verdict", value_text(f->verdict_name));
    act_set(a, "reason_code", value_text(f->reason));
    act_set(a, "is_exploratory", value_bool(p->exploratory));
    act_set(a, "departures", value_text(lines_of(a->ctx, &p->departures)));
    act_set(a, "plan_hash_text", value_text(p->locked_hash));
    act_set(a, "input_hash_text", value_text(d->hash));
    act_set(a, "computed_at", value_time(a->ctx->now));
}

// All that a run found, and from what.
struct run {
    struct evaluation_plan plan;
    struct evaluation_data data;
    struct evaluation_finding finding;
    struct evaluation_look look;
    const char *json;
};

// Before the transaction, in a snapshot: millions of readings are read without holding up whoever
// writes.
static enum err prepare(struct act *a)
{
    struct ctx *c = a->ctx;
    struct run *r = arena_alloc(c->arena, sizeof(*r));
    TRY(evaluation_read_plan(a, &r->plan));
    TRY(evaluation_read_data(c, &r->plan, &r->data));
    if (r->data.readings == 0) {
        return act_invalid(a, "measure_id",
            "The measure has no reading yet: publish a batch of readings first.", NULL);
    }
    TRY(evaluation_departures(c, &r->plan));
    TRY(evaluation_judge(c, &r->plan, &r->data, &r->finding));
    TRY(evaluation_look(c, &r->plan, &r->data, &r->look));
    TRY(evaluation_result(c, &r->plan, &r->data, &r->finding, &r->json));
    a->prepared = r;
    return OK;
}

static bool still_holds(const struct evaluation_version *a, const struct evaluation_version *b)
{
    return a->pilot == b->pilot && a->measure == b->measure && a->amendment == b->amendment &&
           a->evaluations == b->evaluations && a->readings == b->readings &&
           str_eq(a->plan, b->plan);
}

static enum err run(struct act *a)
{
    struct ctx *c = a->ctx;
    if (!a->prepared) {
        TRY(prepare(a)); // nested in another act
    }
    const struct run *r = a->prepared;
    const struct evaluation_plan *p = &r->plan;
    struct evaluation_version now;
    TRY(evaluation_read_version(c, p->pilot, p->measure, &now));
    if (!still_holds(&p->version, &now)) {
        return act_prepare_again(a);
    }
    TRY(supersede_earlier(a, p->measure));
    act_set(a, "title", value_text(arena_fmt(c->arena, "%s · %s", p->title, p->pilot_title)));
    put_finding(a, p, &r->data, &r->finding);
    act_set(a, "readings_rev_n", value_int(p->version.readings));
    act_set(a, "plan_run_hash_text", value_text(p->version.plan));
    act_set(a, "result_text", value_text(r->json));
    TRY(act_save(a));
    TRY(db_exec(c->db, c->arena, "evaluation.keep_data",
        ARGS(ARG("evaluation_id", value_id(a->id)), ARG("csv", value_text(r->data.csv))), NULL));
    TRY(evaluation_keep_look(a, p, &r->data, &r->look));
    const struct evaluation_finding *f = &r->finding;
    if (!f->sealed.text) {
        return OK;
    }
    return db_exec(c->db, c->arena, "evaluation.keep_run",
        ARGS(ARG("evaluation_id", value_id(a->id)), ARG("plan_text", value_text(f->sealed.text)),
            ARG("plan_hash_text", value_text(f->sealed.hash)),
            ARG("options", value_text(f->options)), ARG("result_text", value_text(f->run)),
            ARG("pictures_text", value_text(f->pictures))),
        NULL);
}

enum err evaluations_run(struct ctx *c, int64_t pilot, int64_t measure, int64_t *ret_id)
{
    struct value values = value_object(c->arena);
    struct outcome o;
    value_set(c->arena, &values, "pilot_id", value_id(pilot));
    value_set(c->arena, &values, "measure_id", value_id(measure));
    TRY(act_run_values(c, "evaluation.run", 0, &values, &o));
    if (ret_id) {
        *ret_id = o.id;
    }
    return OK;
}

// ---- check
// ---------------------------------------------------------------------------------------

static const char *may_check(struct act *a)
{
    const struct value *owner = act_old(a, "owner_id");
    bool own = owner->kind == V_ID && owner->n == a->ctx->viewer.person;
    if (own) {
        return "Somebody else than the one who ran it checks it.";
    }
    bool overtaken;
    if (evaluation_is_overtaken(a->ctx, &a->row, &overtaken) != OK) {
        return "The record can't be read just now. Try again.";
    }
    return overtaken ? "Readings came or were corrected after it was worked out. Evaluate the "
                       "measure again, then check that."
                     : NULL;
}

static enum err check(struct act *a)
{
    act_set(a, "checked_at", value_time(a->ctx->now));
    act_set(a, "checked_by_id", value_id(a->ctx->viewer.person));
    return act_save(a);
}

static const struct command commands[] = {
    { "evaluation.run", "Evaluate a measure", NEW, COMPUTED, ROLES_OFFICE | ROLE_CLOCK,
        "pilot_id! measure_id!", NULL, run, COMMAND_SLOW | COMMAND_PUBLIC,
        "Works out what the readings say under the locked plan. It takes the place of the "
        "measure's "
        "earlier evaluation, which stays on record.",
        prepare },
    { "evaluation.check", "Confirm that it was read and is right", AT(COMPUTED), VERIFIED,
        ROLES_OFFICE | ROLE_LIAISON | ROLE_EXECUTIVE, "", may_check, check,
        COMMAND_PUBLIC | COMMAND_CONFIRM,
        "You have looked at the readings, the departures and the warnings, and the verdict is "
        "worded as the numbers allow." },
    { "evaluation.supersede", "Replace it by a newer one", AT(COMPUTED) | AT(VERIFIED), SUPERSEDED,
        ROLES_OFFICE, "", NULL, NULL, COMMAND_INNER | COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

// Residents see what was checked by two people, once the pilot's outcome is released.
#define RELEASED "($.checked_at IS NOT NULL AND " SCOPE_OF_RELEASED_PILOT ")"

static const struct kind evaluation = {
    .name = "evaluation",
    .label = "Evaluation",
    .plural = "Evaluations",
    .path = "/evaluations",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { RELEASED, RELEASED, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state verdict grade evidence_level_n computed_at",
    .filters = "state verdict grade pilot_id",
    .search = "title",
    .empty = "Evaluations say what a pilot's readings show under the plan that was locked before "
             "them.",
};

static const struct kind *const kinds[] = { &evaluation, NULL };

static const struct job_kind jobs[] = {
    { "evaluations.look", evaluations_look, CLOCK_HOUR },
    { "evaluations.forecast", forecast_job, 0 },
    { NULL, NULL, 0 },
};

static const struct need needs[] = {
    { "evaluation.to_run", ROLES_OFFICE, "pilot", NULL, "Evaluate “{title}”", "its decision" },
    { "evaluation.to_check", ROLES_OFFICE | ROLE_EXECUTIVE, "evaluation", "evaluation.check",
        "Check the evaluation “{title}”", "its publication" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room evaluations_room = {
    .name = "evaluations", .kinds = kinds, .pages = evaluations_pages, .jobs = jobs, .needs = needs
};
