// SPDX-License-Identifier: Apache-2.0
// Sealing the plans of a pilot's measures: when its plan is locked, and at each amendment. What
// locking seals, and what that can tell, is shown before.
#include "evaluations_private.h"

#include "forecast.h"
#include "json.h"
#include "str.h"
#include "summary.h"

static enum err keep(struct ctx *c, int64_t pilot, const struct value *plan,
    const struct value *measure, const struct evaluation_sealed *s, const struct value *forecast)
{
    AUTO_BUF(told, 1 << 16);
    if (forecast->kind != V_NULL) {
        json_write_canonical(&told, forecast);
    }
    return db_exec(c->db, c->arena, "evaluation.keep_plan",
        ARGS(ARG("measure_id", *value_get(measure, "id")),
            ARG("version_n", value_int(value_get_int(measure, "version_n", 0) + 1)),
            ARG("pilot_id", value_id(pilot)), ARG("sealed_at", value_time(c->now)),
            ARG("analysis", value_text(evaluation_analysis_name(s->analysis))),
            ARG("starts_on", *value_get(plan, "starts_on")),
            ARG("ends_on", *value_get(plan, "ends_on")), ARG("plan_text", value_text(s->text)),
            ARG("plan_hash_text", value_text(s->hash)),
            ARG("why", s->text ? VALUE_NULL : value_text(s->why)),
            ARG("forecast_text", told.len ? value_text(buf_text(&told)) : VALUE_NULL)),
        NULL);
}

static enum err read_plans(
    struct ctx *c, int64_t pilot, struct value *ret_plan, struct value *ret_measures)
{
    const struct arg *which = ARGS(ARG("pilot_id", value_id(pilot)));
    TRY(db_row(c->db, c->arena, "evaluation.plan_now", which, ret_plan));
    return db_rows(c->db, c->arena, "evaluation.to_seal", which, ret_measures);
}

// ---- locking
// -------------------------------------------------------------------------------------

static bool is_worked_out(const struct value *forecast)
{
    return value_get(forecast, "truths") || value_get(forecast, "why_not");
}

// What a plan can tell, as it was prepared or as the job worked it out. V_NULL: not known.
static enum err told_of(struct act *a, const struct value *plan, const struct value *measure,
    const struct evaluation_sealed *s, struct value *ret_forecast)
{
    const struct value *prepared = a->prepared;
    struct value forecast;
    *ret_forecast = VALUE_NULL;
    if (!s->text) {
        return OK;
    }
    TRY(forecast_of(a->ctx, plan, measure, s, false, &forecast));
    const char *key = value_get_text(&forecast, "key", NULL);
    for (size_t i = 0; key && i < value_len(prepared); i++) {
        const struct value *one = value_at(prepared, i);
        if (str_eq(value_get_text(one, "key", ""), key)) {
            *ret_forecast = *one;
            return OK;
        }
    }
    if (prepared && key && !is_worked_out(&forecast)) {
        return act_prepare_again(a); // the plan was changed in between
    }
    *ret_forecast = prepared || is_worked_out(&forecast) ? forecast : VALUE_NULL;
    return OK;
}

static enum err seal_plans(struct act *a, int64_t pilot, const char **ret_weak)
{
    struct ctx *c = a->ctx;
    struct value plan, measures, hashes = value_list(c->arena);
    TRY(read_plans(c, pilot, &plan, &measures));
    for (size_t i = 0; i < value_len(&measures); i++) {
        const struct value *measure = value_at(&measures, i);
        struct evaluation_sealed s;
        struct value forecast;
        TRY(evaluation_seal(c, &plan, measure, evaluation_planned_analysis(&plan, measure), &s));
        TRY(told_of(a, &plan, measure, &s, &forecast));
        TRY(keep(c, pilot, &plan, measure, &s, &forecast));
        if (s.hash) {
            *value_push(c->arena, &hashes) = value_text(s.hash);
        }
        bool decides = str_eq(value_get_text(measure, "role", ""), "primary");
        if (decides && forecast_is_weak(&forecast) && forecast_is_known(&forecast)) {
            *ret_weak = value_get_text(measure, "title", "");
        }
    }
    if (value_len(&hashes)) {
        act_note(a, "sealed_plans", hashes);
    }
    return OK;
}

enum err evaluations_seal_plans(struct act *a, int64_t pilot)
{
    const char *weak = NULL;
    return seal_plans(a, pilot, &weak);
}

enum err evaluations_prepare_lock(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value plan, measures, *list = arena_alloc(c->arena, sizeof(*list));
    *list = value_list(c->arena);
    TRY(read_plans(c, a->id, &plan, &measures));
    for (size_t i = 0; i < value_len(&measures); i++) {
        const struct value *measure = value_at(&measures, i);
        struct evaluation_sealed s;
        struct value forecast;
        TRY(evaluation_seal(c, &plan, measure, evaluation_planned_analysis(&plan, measure), &s));
        if (s.text) {
            TRY(forecast_of(c, &plan, measure, &s, true, &forecast));
            *value_push(c->arena, list) = forecast;
        }
    }
    a->prepared = list;
    return OK;
}

enum err evaluations_lock(struct act *a)
{
    const char *weak = NULL;
    TRY(seal_plans(a, a->id, &weak));
    if (weak && !act_has(a, "weak_reason")) {
        struct value args = value_object(a->ctx->arena);
        value_set(a->ctx->arena, &args, "title", value_text(weak));
        return act_invalid(a, "weak_reason",
            "Planned like this, “{title}” can hardly be answered: its chance is below one in two. "
            "Plan for more places or longer, or write why it goes ahead all the same.",
            &args);
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

struct showing {
    const struct value *plan; // of the pilot
    bool is_locked, is_asked;
};

static enum err recorded(
    struct ctx *c, const struct value *measure, struct value *ret_row, struct value *ret_forecast)
{
    const struct arg *which = ARGS(ARG("measure_id", *value_get(measure, "id")));
    struct value row;
    *ret_forecast = VALUE_NULL;
    TRY(db_row(c->db, c->arena, "evaluation.recorded", which, ret_row));
    enum err e = db_row(c->db, c->arena, "evaluation.kept_forecast", which, &row);
    if (e != OK) {
        return e == ERR_NOT_FOUND ? OK : e;
    }
    const char *text = value_get_text(&row, "forecast_text", "{}");
    return json_read(c->arena, text, strlen(text), JSON_MAX_BYTES, ret_forecast);
}

static enum err show_plan(
    struct ctx *c, const struct showing *w, const struct value *measure, struct value *list)
{
    struct value one = value_object(c->arena), row, forecast = VALUE_NULL;
    struct evaluation_sealed s = { .why = NULL };
    const char *analysis = "";
    if (!w->is_locked) {
        s.analysis = evaluation_planned_analysis(w->plan, measure);
        TRY(evaluation_seal(c, w->plan, measure, s.analysis, &s));
        analysis = evaluation_analysis_name(s.analysis);
        if (s.text) {
            TRY(forecast_of(c, w->plan, measure, &s, false, &forecast));
        }
    } else {
        enum err e = recorded(c, measure, &row, &forecast);
        if (e == ERR_NOT_FOUND) {
            return OK; // locked before plans were sealed, or added since
        }
        TRY(e);
        s.text = value_get_text(&row, "plan_text", NULL);
        s.hash = value_get_text(&row, "plan_hash_text", NULL);
        s.why = value_get_text(&row, "why", NULL);
        analysis = value_get_text(&row, "analysis", "");
    }
    value_set(c->arena, &one, "title", *value_get(measure, "title"));
    value_set(c->arena, &one, "text", value_text(s.text));
    value_set(c->arena, &one, "hash", value_text(s.hash));
    value_set(c->arena, &one, "why",
        s.text || !s.why ? VALUE_NULL : value_text(ctx_text(c, s.why, NULL)));
    if (s.text) {
        value_set(
            c->arena, &one, "summary", evaluation_summary(c, w->plan, measure, analysis, s.text));
    }
    if (forecast.kind != V_NULL) {
        value_set(c->arena, &one, "forecast", forecast_part(c, measure, &forecast));
    }
    value_set(c->arena, &one, "is_locked", value_bool(w->is_locked));
    value_set(c->arena, &one, "is_asked", value_bool(w->is_asked));
    *value_push(c->arena, list) = one;
    return OK;
}

enum err evaluations_plans(struct ctx *c, int64_t pilot, bool is_locked, struct value *data)
{
    struct value plan, measures, ask, list = value_list(c->arena);
    TRY(read_plans(c, pilot, &plan, &measures));
    enum err e = db_row(
        c->db, c->arena, "evaluation.forecast_ask", ARGS(ARG("pilot_id", value_id(pilot))), &ask);
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    struct showing w = { .plan = &plan,
        .is_locked = is_locked,
        .is_asked = e == OK && value_get(&ask, "done_at")->kind == V_NULL };
    for (size_t i = 0; i < value_len(&measures); i++) {
        TRY(show_plan(c, &w, value_at(&measures, i), &list));
    }
    value_set(c->arena, data, "sealed_plans", list);
    value_set(c->arena, data, "plan_is_locked", value_bool(is_locked));
    value_set(c->arena, data, "weak_reason", *value_get(&plan, "weak_reason"));
    value_set(c->arena, data, "has_sealed_plans", value_bool(value_len(&list) > 0));
    return OK;
}
