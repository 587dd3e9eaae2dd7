// SPDX-License-Identifier: Apache-2.0
// Sealing the plans of a pilot's measures: when its plan is locked, and at each amendment.
#include "evaluations_private.h"

#include "str.h"

static enum err keep(struct ctx *c, int64_t pilot, const struct value *plan,
    const struct value *measure, const struct evaluation_sealed *s)
{
    return db_exec(c->db, c->arena, "evaluation.keep_plan",
        ARGS(ARG("measure_id", *value_get(measure, "id")),
            ARG("version_n", value_int(value_get_int(measure, "version_n", 0) + 1)),
            ARG("pilot_id", value_id(pilot)), ARG("sealed_at", value_time(c->now)),
            ARG("analysis", value_text(evaluation_analysis_name(s->analysis))),
            ARG("starts_on", *value_get(plan, "starts_on")),
            ARG("ends_on", *value_get(plan, "ends_on")), ARG("plan_text", value_text(s->text)),
            ARG("plan_hash_text", value_text(s->hash)),
            ARG("why", s->text ? VALUE_NULL : value_text(s->why))),
        NULL);
}

static enum err read_plans(
    struct ctx *c, int64_t pilot, struct value *ret_plan, struct value *ret_measures)
{
    const struct arg *which = ARGS(ARG("pilot_id", value_id(pilot)));
    TRY(db_row(c->db, c->arena, "evaluation.plan_now", which, ret_plan));
    return db_rows(c->db, c->arena, "evaluation.to_seal", which, ret_measures);
}

enum err evaluations_seal_plans(struct act *a, int64_t pilot)
{
    struct ctx *c = a->ctx;
    struct value plan, measures, hashes = value_list(c->arena);
    TRY(read_plans(c, pilot, &plan, &measures));
    for (size_t i = 0; i < value_len(&measures); i++) {
        const struct value *measure = value_at(&measures, i);
        struct evaluation_sealed s;
        TRY(evaluation_seal(c, &plan, measure, evaluation_planned_analysis(&plan, measure), &s));
        TRY(keep(c, pilot, &plan, measure, &s));
        if (s.hash) {
            *value_push(c->arena, &hashes) = value_text(s.hash);
        }
    }
    if (value_len(&hashes)) {
        act_note(a, "sealed_plans", hashes);
    }
    return OK;
}

// ---- the plan's form
// -----------------------------------------------------------------------------

// The plan as the act leaves it.
static struct value plan_after(struct act *a)
{
    static const char *const columns[] = { "type", "design", "starts_on", "ends_on", "analysis",
        "step", "sure", "looks_n", "most_missing_num", "effect_value_cents", "place_cost_cents",
        "population_n", "extension_n", "extension_cost_cents" };
    struct value plan = value_object(a->ctx->arena);
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        value_set(a->ctx->arena, &plan, columns[i], *act_now(a, columns[i]));
    }
    return plan;
}

// A measure that lacks nothing, so that what is refused is the form's.
static struct value any_measure(struct act *a, const struct value *plan)
{
    struct value measure = value_object(a->ctx->arena);
    bool share = str_eq(value_get_text(plan, "type", ""), "feasibility");
    bool accuracy = str_eq(value_get_text(plan, "type", ""), "accuracy");
    value_set(a->ctx->arena, &measure, "type", value_text(share ? "proportion" : "number"));
    value_set(a->ctx->arena, &measure, "direction", value_text("higher"));
    value_set(a->ctx->arena, &measure, "target_num", accuracy ? VALUE_NULL : value_num(0.5));
    value_set(a->ctx->arena, &measure, "worthwhile_num", value_num(1));
    return measure;
}

enum err evaluations_check_plan(struct act *a)
{
    struct value plan = plan_after(a), measure = any_measure(a, &plan);
    struct evaluation_sealed s;
    TRY(evaluation_seal(a->ctx, &plan, &measure, evaluation_planned_analysis(&plan, &measure), &s));
    return s.text ? OK : act_invalid(a, s.field, s.why, NULL);
}

// ---- the pilot's page
// ----------------------------------------------------------------------------

static enum err show_plan(
    struct ctx *c, const struct value *plan, const struct value *measure, struct value *list)
{
    struct value one = value_object(c->arena), recorded;
    struct evaluation_sealed s = { .why = NULL };
    value_set(c->arena, &one, "title", *value_get(measure, "title"));
    if (plan) {
        TRY(evaluation_seal(c, plan, measure, evaluation_planned_analysis(plan, measure), &s));
    } else {
        enum err e = db_row(c->db, c->arena, "evaluation.recorded",
            ARGS(ARG("measure_id", *value_get(measure, "id"))), &recorded);
        if (e == ERR_NOT_FOUND) {
            return OK; // locked before plans were sealed, or added since
        }
        TRY(e);
        s.text = value_get_text(&recorded, "plan_text", NULL);
        s.hash = value_get_text(&recorded, "plan_hash_text", NULL);
        s.why = value_get_text(&recorded, "why", NULL);
    }
    value_set(c->arena, &one, "text", value_text(s.text));
    value_set(c->arena, &one, "hash", value_text(s.hash));
    value_set(c->arena, &one, "why",
        s.text || !s.why ? VALUE_NULL : value_text(ctx_text(c, s.why, NULL)));
    *value_push(c->arena, list) = one;
    return OK;
}

enum err evaluations_plans(struct ctx *c, int64_t pilot, bool is_locked, struct value *data)
{
    struct value plan, measures, list = value_list(c->arena);
    TRY(read_plans(c, pilot, &plan, &measures));
    for (size_t i = 0; i < value_len(&measures); i++) {
        TRY(show_plan(c, is_locked ? NULL : &plan, value_at(&measures, i), &list));
    }
    value_set(c->arena, data, "sealed_plans", list);
    value_set(c->arena, data, "has_sealed_plans", value_bool(value_len(&list) > 0));
    return OK;
}
