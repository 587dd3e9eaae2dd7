// SPDX-License-Identifier: Apache-2.0
// A forecast in words that somebody understands who has never heard of power.
#include "forecast.h"

#include "page.h"
#include "str.h"

#include <math.h>

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static void add_line(struct ctx *c, struct value *lines, const char *text)
{
    struct value one = value_object(c->arena);
    put(c, &one, "line", value_text(text));
    *value_push(c->arena, lines) = one;
}

// "about 3 of 100"; never 0 or 100 where it isn't.
static const char *of_100(struct ctx *c, double share)
{
    struct value args = value_object(c->arena);
    double n = round(100 * share);
    if (!isfinite(share)) {
        return "–";
    }
    if (share > 0 && n < 1) {
        return ctx_text(c, "fewer than 1 of 100", NULL);
    }
    if (share < 1 && n > 99) {
        return ctx_text(c, "more than 99 of 100", NULL);
    }
    put(c, &args, "n", value_int((int64_t)n));
    return ctx_text(c, "{n, number} of 100", &args);
}

// To three digits: nobody knows more.
static struct value rough(const struct value *v)
{
    char text[32];
    double x = v && v->kind == V_NUM ? v->x : v && v->kind == V_INT ? (double)v->n : NAN;
    snprintf(text, sizeof(text), "%.3g", x);
    return v && v->kind == V_INT ? *v : value_num(strtod(text, NULL));
}

static const char *source_words(struct ctx *c, const struct value *from, const char *key)
{
    const char *source = value_get_text(from, key, "habit");
    return ctx_text(c,
        str_eq(source, "entered")    ? "as the plan says"
        : str_eq(source, "readings") ? "from earlier readings"
        : str_eq(source, "sites")    ? "the pilot’s sites"
                                     : "nobody said it: a usual value",
        NULL);
}

static double rate(const struct value *forecast, const char *means, const char *verdict)
{
    const struct value *truths = value_get(forecast, "truths");
    for (size_t i = 0; i < value_len(truths); i++) {
        if (str_eq(value_get_text(value_at(truths, i), "means", ""), means)) {
            return value_get_num(value_at(truths, i), verdict, NAN);
        }
    }
    return NAN;
}

// ---- what it was reckoned with
// -------------------------------------------------------------------

static void add_assumed(struct ctx *c, const struct value *forecast, struct value *lines)
{
    const struct value *assumed = value_get(forecast, "assumed"),
                       *from = value_get(forecast, "from");
    struct value args = value_object(c->arena);
    const char *analysis = value_get_text(forecast, "analysis", "");
    bool limits = str_starts(analysis, "limits"), one = str_eq(analysis, "one_place");
    static const char *const numbers[] = { "units", "compared", "each", "mean", "spread",
        "steady" };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        put(c, &args, numbers[i], rough(value_get(assumed, numbers[i])));
    }
    put(c, &args, "where", value_text(source_words(c, from, "units")));
    add_line(c, lines,
        ctx_text(c,
            value_get_int(assumed, "compared", 0) > 0
                ? "Places or devices with it: {units, number}; without it: {compared, number} "
                  "({where})."
                : "Places or devices: {units, number} ({where}).",
            &args));
    put(c, &args, "where", value_text(source_words(c, from, "spread")));
    add_line(c, lines,
        ctx_text(c,
            limits ? "Differences from what is trusted spread by {spread, number} (standard "
                     "deviation; {where})."
            : one  ? "Its readings spread by {spread, number} (standard deviation; {where})."
                   : "Places differ by {spread, number} (standard deviation; {where}).",
            &args));
    if (value_truthy(value_get(assumed, "counts_mean"))) {
        put(c, &args, "where", value_text(source_words(c, from, "mean")));
        add_line(c, lines, ctx_text(c, "Without it the share is {mean, number} ({where}).", &args));
    }
    if (strstr(analysis, "share")) {
        put(c, &args, "where", value_text(source_words(c, from, "each")));
        add_line(c, lines,
            ctx_text(c, "Answers of yes or no from each place: {each, number} ({where}).", &args));
    } else if (!limits && !str_eq(analysis, "after")) {
        put(c, &args, "where", value_text(source_words(c, from, "steady")));
        add_line(c, lines,
            ctx_text(c,
                "One reading of a place is like the next by {steady, number} of 1 ({where}).",
                &args));
    }
    if (value_truthy(value_get(forecast, "is_cut"))) {
        add_line(c, lines,
            ctx_text(
                c, "So that it takes seconds, fewer pieces were made up than are planned.", NULL));
    }
}

// ---- what follows
// --------------------------------------------------------------------------------

static void add_power(
    struct ctx *c, const struct value *measure, const struct value *forecast, struct value *lines)
{
    double power = value_get_num(forecast, "power", NAN);
    bool share = str_starts(value_get_text(forecast, "analysis", ""), "share") &&
                 !str_eq(value_get_text(forecast, "analysis", ""), "shares");
    struct value args = value_object(c->arena);
    put(c, &args, "often", value_text(of_100(c, power)));
    put(c, &args, "size", *value_get(forecast, "size"));
    put(c, &args, "unit", value_text(value_get_text(measure, "unit", "")));
    if (!isnan(power)) {
        add_line(c, lines,
            ctx_text(c,
                share
                    ? "If the share truly is halfway from {size, number} to perfect, that would "
                      "show in {often} tries."
                    : "If its effect is just worth having, {size, number} {unit}, it would be told "
                      "from nothing in {often} tries.",
                &args));
    }
    if (value_get(forecast, "detectable")) {
        put(c, &args, "size", rough(value_get(forecast, "detectable")));
        add_line(c, lines,
            ctx_text(
                c, "The smallest effect that 80 of 100 tries find: {size, number} {unit}.", &args));
    }
}

static void add_sentence(struct ctx *c, const struct value *forecast, struct value *lines,
    const char *means, const char *verdict, const char *text)
{
    double x = rate(forecast, means, verdict);
    if (!isnan(x)) {
        struct value args = value_object(c->arena);
        put(c, &args, "often", value_text(of_100(c, x)));
        put(c, &args, "unsure", value_text(of_100(c, rate(forecast, means, "cannot_tell"))));
        add_line(c, lines, ctx_text(c, text, &args));
    }
}

static void add_rates(struct ctx *c, const struct value *forecast, struct value *lines)
{
    add_sentence(c, forecast, lines, "nothing", "scale",
        "If it truly does nothing, this plan would say scale in {often} tries, and that it can’t "
        "tell in {unsure}.");
    add_sentence(c, forecast, lines, "twice", "stop",
        "If its effect is twice what is worth having, this plan would say stop in {often} tries, "
        "and "
        "that it can’t tell in {unsure}.");
    add_sentence(c, forecast, lines, "harm", "scale",
        "If it truly does harm, this plan would say scale in {often} tries.");
    add_sentence(c, forecast, lines, "worse", "scale",
        "If it truly falls short, this plan would say scale in {often} tries, and that it can’t "
        "tell "
        "in {unsure}.");
    add_sentence(c, forecast, lines, "better", "stop",
        "If it truly is good enough, this plan would say stop in {often} tries, and that it can’t "
        "tell in {unsure}.");
    add_sentence(c, forecast, lines, "off", "scale",
        "If it truly is off by as much as is allowed, this plan would say scale in {often} tries.");
    add_sentence(c, forecast, lines, "true", "stop",
        "If it reads right on average, this plan would say stop in {often} tries, and that it "
        "can’t "
        "tell in {unsure}.");
    double best = fmax(rate(forecast, "twice", "scale"), rate(forecast, "worthwhile", "scale"));
    if (best == 0) {
        add_line(c, lines,
            ctx_text(c,
                "Whatever is found, this plan can’t say scale: before and after alone is too weak "
                "a "
                "comparison, or its checks are too strict for so few places.",
                NULL));
    }
}

static const char *truth_words(struct ctx *c, const char *means, const struct value *args)
{
    static const struct {
        const char *means, *words;
    } all[] = { { "nothing", "it changes nothing" },
        { "worthwhile", "it is just worth having ({truth, number})" },
        { "twice", "it is twice that ({truth, number})" },
        { "harm", "it does harm ({truth, number})" },
        { "floor", "it is just good enough ({truth, number})" },
        { "better", "it is better ({truth, number})" },
        { "worse", "it falls short ({truth, number})" }, { "true", "it reads right on average" },
        { "off", "it is off by all that is allowed ({truth, number})" } };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (str_eq(all[i].means, means)) {
            return ctx_text(c, all[i].words, args);
        }
    }
    return means;
}

static const char *days_words(
    struct ctx *c, const struct value *forecast, const struct value *truth)
{
    double at = value_get_num(truth, "decided_at", NAN),
           periods = value_get_num(value_get(forecast, "assumed"), "periods", NAN),
           days = value_get_num(forecast, "days", NAN);
    struct value args = value_object(c->arena);
    if (!(at * days / periods > 0)) {
        return "–";
    }
    put(c, &args, "n", value_int((int64_t)round(at * days / periods)));
    return ctx_text(c, "{n, plural, one {# day} other {# days}}", &args);
}

static struct value table(struct ctx *c, const struct value *forecast)
{
    const struct value *truths = value_get(forecast, "truths");
    struct value rows = value_list(c->arena);
    for (size_t i = 0; i < value_len(truths); i++) {
        const struct value *one = value_at(truths, i);
        struct value row = value_object(c->arena);
        double other = value_get_num(one, "extend", 0) + value_get_num(one, "adapt", 0);
        put(c, &row, "what", value_text(truth_words(c, value_get_text(one, "means", ""), one)));
        put(c, &row, "scale", value_text(of_100(c, value_get_num(one, "scale", NAN))));
        put(c, &row, "stop", value_text(of_100(c, value_get_num(one, "stop", NAN))));
        put(c, &row, "other", value_text(of_100(c, other)));
        put(c, &row, "unsure", value_text(of_100(c, value_get_num(one, "cannot_tell", NAN))));
        put(c, &row, "after", value_text(days_words(c, forecast, one)));
        *value_push(c->arena, &rows) = row;
    }
    if (!value_len(&rows)) {
        return VALUE_NULL;
    }
    struct value t = page_table(c, NULL, ctx_text(c, "What this plan would say", NULL),
        "what:If in truth scale:Scale stop:Stop other:Extend or adapt unsure:Can’t tell "
        "after:Decides after",
        &rows);
    return t;
}

static void add_note(struct ctx *c, const struct value *forecast, struct value *part)
{
    const struct value *truths = value_get(forecast, "truths");
    double error = 0, failed = 0, runs = value_get_num(forecast, "runs", 0);
    for (size_t i = 0; i < value_len(truths); i++) {
        error = fmax(error, value_get_num(value_at(truths, i), "error", 0));
        failed = fmax(failed, value_get_num(value_at(truths, i), "failed", 0));
    }
    struct value args = value_object(c->arena);
    put(c, &args, "runs", value_num(runs));
    put(c, &args, "points", value_num(ceil(200 * error)));
    put(c, &args, "failed", value_num(failed));
    if (value_len(truths)) {
        put(c, part, "note",
            value_text(ctx_text(c,
                "From {runs, number} made-up pilots for each truth, judged by the whole rule. By "
                "the "
                "luck of the draws each figure may be off by {points, number} of 100.",
                &args)));
        if (failed > 0) {
            put(c, part, "failed",
                value_text(ctx_text(c,
                    "In {failed, number} of them the method could work nothing out: they aren’t "
                    "counted.",
                    &args)));
        }
    }
}

struct value forecast_part(struct ctx *c, const struct value *measure, const struct value *forecast)
{
    struct value part = value_object(c->arena), lines = value_list(c->arena),
                 assumed = value_list(c->arena), wrapped = value_object(c->arena);
    const char *lacks = value_get_text(forecast, "lacks", NULL),
               *why = value_get_text(forecast, "why_not", NULL);
    if (lacks) {
        put(c, &part, "lacks", value_text(ctx_text(c, lacks, NULL)));
        return part;
    }
    add_power(c, measure, forecast, &lines);
    add_rates(c, forecast, &lines);
    add_assumed(c, forecast, &assumed);
    put(c, &part, "lines", lines);
    put(c, &part, "assumed", assumed);
    put(c, &part, "is_weak", value_bool(forecast_is_weak(forecast)));
    struct value rates = table(c, forecast);
    if (rates.kind != V_NULL) {
        put(c, &wrapped, "table", rates);
        put(c, &part, "rates", wrapped);
        put(c, &part, "command",
            value_text(arena_fmt(c->arena, "pilothouse simulate plan.json %s",
                value_get_text(forecast, "command", ""))));
    }
    add_note(c, forecast, &part);
    put(c, &part, "why_not", value_text(why ? ctx_text(c, why, NULL) : NULL));
    put(c, &part, "is_missing", value_bool(rates.kind == V_NULL && !why));
    return part;
}
