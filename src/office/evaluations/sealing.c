// SPDX-License-Identifier: Apache-2.0
#include "sealing.h"

#include "json.h"
#include "str.h"

#include <math.h>
#include <pilothouse/evidence.h>

enum { TITLE_MAX = 120 }; // bytes; the engine takes a few more

static const char *const names[N_ANALYSES] = { "none", "units", "one_place", "changes", "after",
    "shares", "attgt", "synth", "sdid", "share", "share_one", "limits", "limits_one" };

const char *evaluation_analysis_name(enum evaluation_analysis a)
{
    return names[a];
}

enum evaluation_analysis evaluation_analysis_named(const char *name)
{
    for (int i = 1; i < N_ANALYSES; i++) {
        if (str_eq(names[i], name)) {
            return (enum evaluation_analysis)i;
        }
    }
    return ANALYSIS_NONE;
}

bool evaluation_over_time(enum evaluation_analysis a)
{
    return a == ANALYSIS_ATTGT || a == ANALYSIS_SYNTH || a == ANALYSIS_SDID;
}

static bool is(const struct value *row, const char *column, const char *word)
{
    return str_eq(value_get_text(row, column, ""), word);
}

static double num(const struct value *row, const char *column)
{
    return value_get_num(row, column, NAN);
}

enum evaluation_analysis evaluation_planned_analysis(
    const struct value *pilot, const struct value *measure)
{
    if (is(pilot, "type", "feasibility")) {
        return is(measure, "type", "proportion") && !isnan(num(measure, "target_num"))
                   ? ANALYSIS_SHARE
                   : ANALYSIS_NONE;
    }
    if (is(pilot, "type", "accuracy")) {
        return num(measure, "worthwhile_num") > 0 && isnan(num(measure, "target_num"))
                   ? ANALYSIS_LIMITS
                   : ANALYSIS_NONE;
    }
    enum evaluation_analysis chosen =
        evaluation_analysis_named(value_get_text(pilot, "analysis", ""));
    bool compared = is(pilot, "design", "comparison") || is(pilot, "design", "randomised");
    return chosen != ANALYSIS_NONE ? chosen : compared ? ANALYSIS_CHANGES : ANALYSIS_UNITS;
}

// ---- the plan's JSON
// -----------------------------------------------------------------------------

// What is written, and what it is written from.
struct writing {
    struct arena *arena;
    const struct value *pilot, *measure;
    enum evaluation_analysis analysis;
    int64_t days;
    struct value plan, columns;
};

static void add(struct writing *w, struct value *object, const char *key, struct value v)
{
    bool nothing = v.kind == V_NULL || (v.kind == V_NUM && isnan(v.x));
    if (!nothing) {
        value_set(w->arena, object, key, v);
    }
}

static void word(struct writing *w, struct value *object, const char *key, const char *text)
{
    value_set(w->arena, object, key, value_text(text));
}

// In whole units of money.
static double money(const struct value *row, const char *column)
{
    const struct value *v = value_get(row, column);
    if (!v || v->kind != V_MONEY) {
        return num(row, column) / 100;
    }
    return (double)v->money.minor / pow(10, value_money_digits(v->money.currency));
}

static void write_columns(struct writing *w)
{
    static const struct {
        const char *method, *outcome, *treat, *period, *trials, *reference;
        bool unit;
    } tables[N_ANALYSES] = {
        [ANALYSIS_UNITS] = { "before-after", "value", .period = "after", .unit = true },
        [ANALYSIS_ONE_PLACE] = { "before-after", "value", .period = "after" },
        [ANALYSIS_CHANGES] = { "welch", "change", "tried", .unit = true },
        [ANALYSIS_AFTER] = { "welch", "after", "tried", .unit = true },
        [ANALYSIS_SHARES] = { "proportions", "yes", "tried", .trials = "trials", .unit = true },
        [ANALYSIS_ATTGT] = { "attgt", "value", .unit = true },
        [ANALYSIS_SYNTH] = { "synth", "value", "treat", .unit = true },
        [ANALYSIS_SDID] = { "sdid", "value", "treat", .unit = true },
        [ANALYSIS_SHARE] = { "feasibility", "yes", .trials = "trials", .unit = true },
        [ANALYSIS_SHARE_ONE] = { "feasibility", "yes", .trials = "trials" },
        [ANALYSIS_LIMITS] = { "accuracy", "value", .reference = "reference", .unit = true },
        [ANALYSIS_LIMITS_ONE] = { "accuracy", "value", .reference = "reference" },
    };
    enum evaluation_analysis a = w->analysis;
    // Only rows that don't belong together may be looked at before the end.
    bool looks = value_get_int(w->pilot, "looks_n", 0) > 0 && a == ANALYSIS_AFTER;
    const struct {
        const char *key, *name;
    } all[] = { { "outcome", tables[a].outcome }, { "treat", tables[a].treat },
        { "period", tables[a].period }, { "trials", tables[a].trials },
        { "reference", tables[a].reference }, { "unit", tables[a].unit && !looks ? "unit" : NULL },
        { "first_treated", a == ANALYSIS_ATTGT ? "first_treated" : NULL },
        { "time", evaluation_over_time(a) ? "time"
                  : w->days > 0           ? "as_of"
                                          : NULL } };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].name) {
            word(w, &w->columns, all[i].key, all[i].name);
        }
    }
    word(w, &w->plan, "method", tables[a].method);
    value_set(w->arena, &w->plan, "columns", w->columns);
}

static int64_t step_days(const struct value *pilot)
{
    return is(pilot, "step", "day") ? 1 : is(pilot, "step", "month") ? 28 : 7;
}

static void write_rule(struct writing *w)
{
    const char *type = value_get_text(w->pilot, "type", "effect");
    double worthwhile = num(w->measure, "worthwhile_num"), target = num(w->measure, "target_num");
    bool effect = str_eq(type, "effect");
    word(w, &w->plan, "kind", type);
    word(w, &w->plan, "direction", is(w->measure, "direction", "lower") ? "lower" : "higher");
    if (effect) {
        bool compared = is(w->pilot, "design", "comparison");
        bool lot = is(w->pilot, "design", "randomised");
        word(w, &w->plan, "design", lot ? "randomised" : compared ? "comparison" : "before-after");
        add(w, &w->plan, "delta", value_num(worthwhile));
    } else if (str_eq(type, "feasibility")) {
        add(w, &w->plan, "floor", value_num(target));
    } else {
        add(w, &w->plan, "margin", value_num(isnan(worthwhile) ? target : worthwhile));
    }
    const char *sure = value_get_text(w->pilot, "sure", NULL);
    add(w, &w->plan, "level", sure ? value_num(strtod(sure, NULL)) : VALUE_NULL);
    int64_t last = evaluation_over_time(w->analysis) ? w->days / step_days(w->pilot) : w->days;
    add(w, &w->plan, "horizon", last > 0 ? value_int(last) : VALUE_NULL);
}

// Evenly over the time of the pilot.
static void write_looks(struct writing *w)
{
    int64_t n = value_get_int(w->pilot, "looks_n", 0);
    struct value looks = value_object(w->arena), times = value_list(w->arena);
    for (int64_t i = 1; i <= n && i <= 64; i++) {
        *value_push(w->arena, &times) =
            value_num(floor((double)w->days * (double)i / (double)(n + 1)));
    }
    if (n > 0) {
        value_set(w->arena, &looks, "times", times);
        value_set(w->arena, &looks, "share", value_num(EVALUATION_LOOK_SHARE));
        value_set(w->arena, &w->plan, "tuned_for", value_num(EVALUATION_TUNED_FOR));
        value_set(w->arena, &w->plan, "looks", looks);
    }
}

static void write_money(struct writing *w)
{
    double value = money(w->pilot, "effect_value_cents"),
           cost = money(w->pilot, "place_cost_cents");
    if (!isnan(value) || !isnan(cost)) {
        struct value part = value_object(w->arena);
        add(w, &part, "value", value_num(value));
        add(w, &part, "cost", value_num(cost));
        add(w, &part, "population", value_num(num(w->pilot, "population_n")));
        value_set(w->arena, &w->plan, "money", part);
    }
    double units = num(w->pilot, "extension_n"), price = money(w->pilot, "extension_cost_cents");
    if (!isnan(units) || !isnan(price)) {
        struct value part = value_object(w->arena);
        add(w, &part, "units", value_num(units));
        add(w, &part, "cost", value_num(price));
        value_set(w->arena, &w->plan, "extension", part);
    }
    double missing = num(w->pilot, "most_missing_num");
    if (!isnan(missing)) {
        struct value part = value_object(w->arena);
        value_set(w->arena, &part, "missing", value_num(missing));
        value_set(w->arena, &w->plan, "gates", part);
    }
}

// What else could have been done with the same readings: shown, and never decides.
static void write_alternatives(struct writing *w)
{
    if (w->analysis != ANALYSIS_CHANGES) {
        return;
    }
    struct value list = value_list(w->arena), one = value_object(w->arena),
                 columns = value_object(w->arena);
    word(w, &columns, "outcome", "after");
    word(w, &one, "name", "Afterwards, without the readings from before");
    value_set(w->arena, &one, "columns", columns);
    *value_push(w->arena, &list) = one;
    value_set(w->arena, &w->plan, "sensitivity", list);
}

// ---- sealing
// -------------------------------------------------------------------------------------

// The field of the plan's form, or of the measure's, that the engine's words speak of.
static const char *field_of(const char *words)
{
    static const struct {
        const char *key, *field;
    } all[] = { { "“looks”", "looks_n" }, { "“money”", "effect_value_cents" },
        { "“value”", "effect_value_cents" }, { "“cost”", "place_cost_cents" },
        { "“population”", "population_n" }, { "“extension”", "extension_n" },
        { "“units”", "extension_n" }, { "“missing”", "most_missing_num" }, { "“level”", "sure" },
        { "“horizon”", "ends_on" }, { "“delta”", "worthwhile_num" }, { "“floor”", "target_num" },
        { "“margin”", "worthwhile_num" }, { "“design”", "design" } };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (strstr(words, all[i].key)) {
            return all[i].field;
        }
    }
    return "analysis";
}

// What the engine can't know: whether design and analysis fit.
static const char *misfit(const struct writing *w)
{
    bool compared = is(w->pilot, "design", "comparison") || is(w->pilot, "design", "randomised");
    bool alone = w->analysis == ANALYSIS_UNITS || w->analysis == ANALYSIS_ONE_PLACE;
    if (!is(w->pilot, "type", "effect")) {
        return NULL;
    }
    return compared && alone ? "It compares nothing with what went without. Choose another way, or "
                               "“before and after” as the design."
           : !compared && !alone
               ? "It needs places without the thing tried. Choose a design with a "
                 "comparison."
               : NULL;
}

static enum err seal(struct writing *w, const char *json, struct evaluation_sealed *s)
{
    struct ph_context *engine = ph_context_new(NULL);
    struct ph_sealed *sealed = NULL;
    if (!engine) {
        return fail(w->arena, ERR_UNAVAILABLE, "There isn't enough memory. Try again later.");
    }
    if (ph_plan_seal(engine, json, strlen(json), &sealed) == PH_OK) {
        s->text = arena_strdup(w->arena, ph_sealed_text(sealed));
        s->hash = arena_strdup(w->arena, ph_sealed_hash(sealed));
    } else {
        s->why = arena_strdup(w->arena, ph_context_message(engine));
        s->field = field_of(s->why);
    }
    ph_sealed_free(sealed);
    ph_context_free(engine);
    return OK;
}

enum err evaluation_seal(struct ctx *c, const struct value *pilot, const struct value *measure,
    enum evaluation_analysis analysis, struct evaluation_sealed *ret_sealed)
{
    const struct value *from = value_get(pilot, "starts_on"), *to = value_get(pilot, "ends_on");
    bool dated = from && to && from->kind == V_DATE && to->kind == V_DATE && to->n > from->n;
    struct writing w = { .arena = c->arena,
        .pilot = pilot,
        .measure = measure,
        .analysis = analysis,
        .days = dated ? to->n - from->n + 1 : value_get_int(pilot, "days_n", 0),
        .plan = value_object(c->arena),
        .columns = value_object(c->arena) };
    struct evaluation_sealed s = { .analysis = analysis, .days = w.days, .field = "analysis" };
    s.why = analysis == ANALYSIS_NONE ? "The engine’s plan has no name for this yet." : misfit(&w);
    if (!s.why) {
        value_set(c->arena, &w.plan, "pilothouse_plan", value_int(1));
        const char *title = value_get_text(measure, "title", "");
        add(&w, &w.plan, "title",
            title[0] && strlen(title) < TITLE_MAX ? value_text(title) : VALUE_NULL);
        write_rule(&w);
        write_columns(&w);
        write_looks(&w);
        write_money(&w);
        write_alternatives(&w);
        AUTO_BUF(text, 1 << 16);
        json_write_canonical(&text, &w.plan);
        TRY(seal(&w, buf_text(&text), &s));
    }
    *ret_sealed = s;
    return OK;
}
