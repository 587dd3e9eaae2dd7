// SPDX-License-Identifier: Apache-2.0
// What the pilot's plan says about the measure.
#include "evaluations_private.h"

#include "../pilots/pilots.h"
#include "clock.h"
#include "str.h"

#include <math.h>

// Past every reading, and before.
static const int64_t never = INT64_MAX / 4;

const char *evaluation_method_name(enum evaluation_method m)
{
    static const char *const names[] = { "none", "before_after", "changes", "after", "share",
        "target", "limits", "yes_no", "shares", "panel" };
    return names[m];
}

static double number(const struct value *row, const char *name)
{
    return value_get_num(row, name, NAN);
}

// The first instant of a day in the city's zone.
static int64_t day_starts(struct ctx *c, int64_t day, int64_t otherwise)
{
    int64_t ms;
    return locale_instant(c->locale, day * CLOCK_DAY, &ms) == OK ? ms : otherwise;
}

static void read_times(struct ctx *c, const struct value *row, struct evaluation_plan *p)
{
    p->starts_on = *value_get(row, "starts_on");
    p->ends_on = *value_get(row, "ends_on");
    bool starts = p->starts_on.kind == V_DATE, ends = p->ends_on.kind == V_DATE;
    p->split_at = starts ? day_starts(c, p->starts_on.n, -never) : -never;
    p->to_at = ends ? day_starts(c, p->ends_on.n + 1, never) : never;
    bool goes_on = str_eq(p->state, "running") || str_eq(p->state, "paused");
    p->early = goes_on && (!ends || c->now < p->to_at);
}

static bool has_begun(const char *state)
{
    static const char *const states[] = { "running", "paused", "evaluating", "decided", "adopted",
        "closed" };
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (str_eq(state, states[i])) {
            return true;
        }
    }
    return false;
}

// The plan that was sealed for the measure: what it compares, and its dates, are the plan's,
// whatever became of the pilot's since.
static enum err read_recorded(struct ctx *c, struct evaluation_plan *p)
{
    struct value row;
    enum err e = db_row(c->db, c->arena, "evaluation.recorded",
        ARGS(ARG("measure_id", value_id(p->measure))), &row);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    p->recorded_hash = value_get_text(&row, "plan_hash_text", NULL);
    p->recorded_text = value_get_text(&row, "plan_text", NULL);
    if (p->recorded_hash) {
        p->analysis = evaluation_analysis_named(value_get_text(&row, "analysis", ""));
        value_set(c->arena, &p->pilot_row, "starts_on", *value_get(&row, "starts_on"));
        value_set(c->arena, &p->pilot_row, "ends_on", *value_get(&row, "ends_on"));
    }
    return OK;
}

// On which of the plan's days it is evaluated. The last one once the pilot is over, unless its end
// was brought forward: to choose the end by what is seen is a look.
static void find_day(struct ctx *c, struct evaluation_plan *p)
{
    const struct value *from = value_get(&p->pilot_row, "starts_on"),
                       *to = value_get(&p->pilot_row, "ends_on");
    bool dated = from->kind == V_DATE && to->kind == V_DATE && to->n > from->n;
    int64_t until = p->to_at < c->now ? p->to_at : c->now;
    int64_t gone = p->split_at > -never ? (until - p->split_at) / CLOCK_DAY : 0;
    gone = gone > 0 ? gone : 0;
    p->days = dated ? to->n - from->n + 1 : 0;
    bool sooner = dated && p->ends_on.kind == V_DATE && p->ends_on.n < to->n;
    if (p->early && !dated) {
        p->days = gone + 1; // it has no end yet, so this isn't it
        value_set(c->arena, &p->pilot_row, "days_n", value_int(p->days));
    }
    p->as_of = !p->early && !sooner ? p->days : gone < p->days ? gone : p->days - 1;
}

enum err evaluation_read_plan(struct act *a, struct evaluation_plan *ret_plan)
{
    struct ctx *c = a->ctx;
    struct value row;
    enum err e = db_row(c->db, c->arena, "evaluation.basis",
        ARGS(ARG("pilot_id", *act_in(a, "pilot_id")), ARG("measure_id", *act_in(a, "measure_id"))),
        &row);
    if (e == ERR_NOT_FOUND) {
        return act_invalid(a, "measure_id", "Choose one of the pilot's measures.", NULL);
    }
    TRY(e);
    struct evaluation_plan p = { .pilot = value_get_int(&row, "pilot_id", 0),
        .measure = value_get_int(&row, "measure_id", 0),
        .title = value_get_text(&row, "title", ""),
        .pilot_title = value_get_text(&row, "pilot", ""),
        .unit = value_get_text(&row, "unit", ""),
        .role = value_get_text(&row, "role", ""),
        .state = value_get_text(&row, "state", ""),
        .design_name = value_get_text(&row, "design", "before_after"),
        .locked_hash = value_get_text(&row, "plan_hash_text", NULL),
        .locked_at = value_get_int(&row, "locked_at", 0),
        .target = number(&row, "target_num"),
        .delta = number(&row, "worthwhile_num"),
        .level = 0.95,
        .departures = value_list(c->arena) };
    if (!has_begun(p.state)) {
        return act_invalid(
            a, "pilot_id", "The pilot hasn't begun: there is nothing to evaluate.", NULL);
    }
    p.agreement = str_eq(value_get_text(&row, "measure_type", ""), "agreement");
    p.type = value_get_text(&row, "type", p.agreement ? "accuracy" : "effect");
    p.kind = str_eq(p.type, "feasibility") ? PH_PLAN_FEASIBILITY
             : str_eq(p.type, "accuracy")  ? PH_PLAN_ACCURACY
                                           : PH_PLAN_EFFECT;
    p.direction = str_eq(value_get_text(&row, "direction", ""), "lower") ? PH_LOWER_IS_BETTER
                                                                         : PH_HIGHER_IS_BETTER;
    p.design = str_eq(p.design_name, "randomised")   ? PH_DESIGN_RANDOMISED
               : str_eq(p.design_name, "comparison") ? PH_DESIGN_COMPARISON
                                                     : PH_DESIGN_BEFORE_AFTER;
    const char *sure = value_get_text(&row, "sure", NULL), *step = value_get_text(&row, "step", "");
    p.level = sure ? strtod(sure, NULL) : p.level;
    p.step_days = str_eq(step, "day") ? 1 : str_eq(step, "month") ? 28 : 7;
    p.pilot_row = row;
    p.measure_row = row;
    value_set(c->arena, &p.measure_row, "type", *value_get(&row, "measure_type"));
    value_set(c->arena, &p.pilot_row, "type", value_text(p.type));
    read_times(c, &row, &p);
    TRY(read_recorded(c, &p));
    find_day(c, &p);
    TRY(evaluation_read_version(c, p.pilot, p.measure, &p.version));
    *ret_plan = p;
    return OK;
}

// ---- versions
// ------------------------------------------------------------------------------------

enum err evaluation_read_version(
    struct ctx *c, int64_t pilot, int64_t measure, struct evaluation_version *ret_version)
{
    struct value row;
    const char *json, *hash;
    TRY(db_row(c->db, c->arena, "evaluation.version",
        ARGS(ARG("pilot_id", value_id(pilot)), ARG("measure_id", value_id(measure))), &row));
    TRY(pilot_plan(c, pilot, &json, &hash));
    *ret_version = (struct evaluation_version){ .pilot = value_get_int(&row, "pilot_n", 0),
        .measure = value_get_int(&row, "measure_n", 0),
        .amendment = value_get_int(&row, "amendment_n", 0),
        .evaluations = value_get_int(&row, "evaluations_n", 0),
        .readings = value_get_int(&row, "readings_rev_n", 0),
        .plan = hash };
    return OK;
}

enum err evaluation_is_overtaken(struct ctx *c, const struct value *row, bool *ret_is)
{
    const struct value *then = value_get(row, "readings_rev_n");
    int64_t now = 0;
    *ret_is = false;
    if (!then || then->kind == V_NULL) {
        return OK;
    }
    TRY(db_int(c->db, c->arena, "evaluation.readings_rev",
        ARGS(ARG("measure_id", *value_get(row, "measure_id"))), &now));
    *ret_is = now != then->n;
    return OK;
}
