// SPDX-License-Identifier: Apache-2.0
// Each line is read from the sealed text itself, so that it can't say another thing than what runs.
#include "summary.h"

#include "json.h"
#include "str.h"

#include <math.h>
#include <pilothouse/evidence.h>

struct writing {
    struct ctx *c;
    const struct value *plan, *pilot, *measure;
    const char *unit;
    struct value list;
};

static void line(struct writing *w, const char *label, const char *text)
{
    struct value one = value_object(w->c->arena);
    value_set(w->c->arena, &one, "label", value_text(ctx_text(w->c, label, NULL)));
    value_set(w->c->arena, &one, "text", value_text(text));
    *value_push(w->c->arena, &w->list) = one;
}

static bool is(const struct writing *w, const char *key, const char *word)
{
    return str_eq(value_get_text(w->plan, key, ""), word);
}

// PLAN's number, or what the engine takes where the plan is silent.
static double num(const struct value *object, const char *key, double otherwise)
{
    return value_get_num(object, key, otherwise);
}

static struct value args_of(struct writing *w)
{
    struct value args = value_object(w->c->arena);
    value_set(w->c->arena, &args, "unit", value_text(w->unit));
    return args;
}

static void arg(struct writing *w, struct value *args, const char *key, double x)
{
    value_set(w->c->arena, args, key, value_num(x));
}

// ---- what, and of whom
// ---------------------------------------------------------------------------

static const struct {
    const char *analysis, *compared, *how;
} ways[] = {
    { "units", "Each place or device with itself: before the start and after it.",
        "The mean of all changes, with a t interval." },
    { "one_place", "One place with itself: its readings before the start and after it.",
        "The difference of the means before and after." },
    { "changes", "How places with it change, against how places without it change.",
        "The difference of the mean changes (Welch)." },
    { "after", "Places with it against places without it, after the start.",
        "The difference of the means (Welch)." },
    { "shares", "The share of yes with it against that without it, after the start.",
        "The difference of the shares, places counted as they belong together." },
    { "attgt", "Places with it against places without it, period by period, before and after.",
        "Effects by group and time (Callaway and Sant’Anna)." },
    { "synth", "One place against a weighted mix of others that was like it before the start.",
        "Synthetic control; each other place is tried in its stead." },
    { "sdid", "One place against a weighted mix of others and of times.",
        "Synthetic difference in differences." },
    { "share", "The share of yes in all places against a floor.",
        "The share with its interval, places counted as they belong together." },
    { "share_one", "The share of yes in one place against a floor.",
        "The share with its exact interval." },
    { "limits", "Each reading against one that is trusted.",
        "Limits within which nearly all differences lie (Bland and Altman)." },
    { "limits_one", "Each reading against one that is trusted.",
        "Limits within which nearly all differences lie (Bland and Altman)." },
};

static void write_what(struct writing *w, const char *analysis)
{
    const char *question = value_get_text(w->pilot, "question", NULL);
    bool lower = is(w, "direction", "lower");
    struct value args = args_of(w);
    value_set(w->c->arena, &args, "title", *value_get(w->measure, "title"));
    if (question) {
        line(w, "Question", question);
    }
    line(w, "Measure", ctx_text(w->c, w->unit[0] ? "{title}, in {unit}" : "{title}", &args));
    if (!is(w, "kind", "accuracy")) {
        line(w, "Better is", ctx_text(w->c, lower ? "lower" : "higher", NULL));
    }
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (str_eq(ways[i].analysis, analysis)) {
            line(w, "Who is compared", ctx_text(w->c, ways[i].compared, NULL));
            line(w, "How it is worked out", ctx_text(w->c, ways[i].how, NULL));
        }
    }
    if (is(w, "kind", "effect")) {
        line(w, "How strong it can be",
            ctx_text(w->c,
                is(w, "design", "randomised") ? "A: places are drawn by lot."
                : is(w, "design", "comparison")
                    ? "B: against a comparison, as long as its checks pass."
                    : "D: before and after alone. What else changed in that time can’t be told "
                      "apart, so it never says scale.",
                NULL));
    }
}

static void write_size(struct writing *w)
{
    const char *key = is(w, "kind", "feasibility") ? "floor"
                      : is(w, "kind", "accuracy")  ? "margin"
                                                   : "delta";
    line(w,
        is(w, "kind", "feasibility") ? "What must be reached"
        : is(w, "kind", "accuracy")  ? "Largest difference that is borne"
                                     : "Smallest effect worth having",
        "");
    struct value *last = &w->list.list->items[value_len(&w->list) - 1];
    value_set(w->c->arena, last, "text", value_num(num(w->plan, key, NAN)));
    value_set(w->c->arena, last, "unit", value_text(w->unit));
}

// ---- when, and how surely
// ------------------------------------------------------------------------

static void write_when(struct writing *w, int64_t days)
{
    struct value args = args_of(w);
    const struct value *looks = value_get(w->plan, "looks");
    size_t n = looks ? value_len(value_get(looks, "times")) : 0;
    double level = num(w->plan, "level", 0.95);
    value_set(w->c->arena, &args, "days", value_int(days));
    value_set(w->c->arena, &args, "n", value_int((int64_t)n));
    if (days > 0) {
        const char *end = ctx_text(w->c,
            "Once, at the end: {days, plural, one {after # day} other {after # days}}.", &args);
        const char *before = ctx_text(w->c,
            "At {n, plural, one {# look} other {# looks}} before the end, which may end it, and at "
            "the end: {days, plural, one {after # day} other {after # days}}.",
            &args);
        line(w, "When it is decided", n ? before : end);
    }
    arg(w, &args, "level", level);
    arg(w, &args, "alarms", round(1000 * (1 - level)) / 10);
    line(w, "How sure it must be",
        ctx_text(w->c,
            "{level, number, percent}: where there is nothing, at most {alarms, number} of 100 "
            "intervals miss that.",
            &args));
}

// ---- the rule
// ------------------------------------------------------------------------------------

static void write_scale(struct writing *w)
{
    const struct value *decision = value_get(w->plan, "decision"),
                       *money = value_get(w->plan, "money");
    struct value args = args_of(w);
    arg(w, &args, "p", num(decision, "worthwhile", 0.8));
    arg(w, &args, "q", num(decision, "benefit", 0.7));
    arg(w, &args, "r", num(decision, "benefit_stop", 0.2));
    if (!is(w, "kind", "effect")) {
        bool share = is(w, "kind", "feasibility");
        line(w, "Scale if",
            ctx_text(w->c,
                share ? "the whole interval lies on the good side of it."
                      : "both limits, with their intervals, lie within it.",
                NULL));
        line(w, "Stop if",
            ctx_text(w->c,
                share ? "the whole interval lies on the bad side of it."
                      : "one limit, with its interval, lies outside it.",
                NULL));
        return;
    }
    bool never = is(w, "design", "before-after");
    const char *with_money = "the whole interval lies on the good side of nothing, the chance that "
                             "the effect is worth having is {p, number, percent} or more, and the "
                             "chance that it is worth its money {q, number, percent} or more.";
    const char *without =
        "the whole interval lies on the good side of nothing, and the chance that "
        "the effect is worth having is {p, number, percent} or more.";
    line(w, "Scale if",
        ctx_text(w->c,
            never   ? "never: before and after alone is too weak a comparison."
            : money ? with_money
                    : without,
            &args));
    line(w, "Stop if",
        ctx_text(w->c,
            money ? "the whole interval lies below what is worth having, or the chance that it is "
                    "worth its money is {r, number, percent} or less."
                  : "the whole interval lies below what is worth having.",
            &args));
}

static void write_guardrails(struct writing *w)
{
    const struct value *list = value_get(w->plan, "guardrails");
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *one = value_at(list, i);
        struct value args = args_of(w);
        value_set(w->c->arena, &args, "what", *value_get(one, "outcome"));
        arg(w, &args, "x", num(one, "margin", NAN));
        line(w, "Must not get worse",
            ctx_text(w->c, "{what}: it stops if harm surely passes {x, number}.", &args));
    }
}

static void write_checks(struct writing *w, const char *analysis)
{
    const struct value *gates = value_get(w->plan, "gates");
    struct value args = args_of(w);
    double missing = num(gates, "missing", NAN);
    if (!isnan(missing)) {
        arg(w, &args, "x", missing);
        line(w, "Nothing is told if",
            ctx_text(w->c, "more than {x, number, percent} of the values are missing.", &args));
    }
    if (str_eq(analysis, "attgt")) {
        line(w, "Nothing is told if",
            ctx_text(w->c,
                "places with it were on another course before the start, or that can’t be ruled "
                "out.",
                NULL));
    } else if (str_eq(analysis, "synth")) {
        line(w, "Nothing is told if",
            ctx_text(w->c, "the mix of others doesn’t follow the place before the start.", NULL));
    }
}

static void write_money(struct writing *w)
{
    const struct value *money = value_get(w->plan, "money"),
                       *more = value_get(w->plan, "extension");
    struct value args = args_of(w);
    if (money) {
        arg(w, &args, "value", num(money, "value", NAN));
        arg(w, &args, "cost", num(money, "cost", NAN));
        arg(w, &args, "places", num(money, "population", NAN));
        line(w, "Money",
            ctx_text(w->c,
                isnan(num(money, "population", NAN))
                    ? "One unit of the measure is worth {value, number} in one place, where it "
                      "costs "
                      "{cost, number}."
                    : "One unit of the measure is worth {value, number} in one place, where it "
                      "costs "
                      "{cost, number}; it would go to {places, number} places.",
                &args));
    }
    if (more) {
        arg(w, &args, "places", num(more, "units", NAN));
        arg(w, &args, "cost", num(more, "cost", NAN));
        line(w, "Extend if",
            ctx_text(w->c,
                "{places, number} more places at {cost, number} would be worth what they would "
                "teach.",
                &args));
    }
}

static void write_alternatives(struct writing *w)
{
    const struct value *list = value_get(w->plan, "sensitivity");
    for (size_t i = 0; i < value_len(list); i++) {
        const char *name = value_get_text(value_at(list, i), "name", "");
        line(w, "Shown beside it, never deciding", ctx_text(w->c, name, NULL));
    }
}

struct value evaluation_summary(struct ctx *c, const struct value *pilot,
    const struct value *measure, const char *analysis, const char *plan_text)
{
    struct value plan;
    if (json_read(c->arena, plan_text, strlen(plan_text), PH_PLAN_TEXT_MAX, &plan) != OK) {
        return VALUE_NULL;
    }
    const struct value *from = value_get(pilot, "starts_on"), *to = value_get(pilot, "ends_on");
    bool dated = from && to && from->kind == V_DATE && to->kind == V_DATE && to->n > from->n;
    struct writing w = { .c = c,
        .plan = &plan,
        .pilot = pilot,
        .measure = measure,
        .unit = value_get_text(measure, "unit", ""),
        .list = value_list(c->arena) };
    write_what(&w, analysis);
    write_size(&w);
    write_when(&w, dated ? to->n - from->n + 1 : 0);
    write_scale(&w);
    write_guardrails(&w);
    write_checks(&w, analysis);
    write_money(&w);
    write_alternatives(&w);
    return w.list;
}
