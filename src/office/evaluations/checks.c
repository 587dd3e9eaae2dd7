// SPDX-License-Identifier: Apache-2.0
// What the engine's plan asks besides the estimate: gates, how likely the effect is worth having
// and worth its money, what harm was found, and what other analyses of the same readings would say.
#include "evaluations_private.h"

#include "str.h"

#include <math.h>

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static const char *gate_words(struct ctx *c, const char *gate)
{
    static const struct {
        const char *gate, *words;
    } all[] = {
        { "sample-ratio", "As many got it as were meant to (p-value)" },
        { "missing", "Share without a value" },
        { "attrition", "Difference of what is missing between the groups" },
        { "pre-trend", "No different course before the start (p-value)" },
        { "leads-within-delta",
            "A course before the start as large as what is worth having is ruled "
            "out" },
        { "treatment-stays", "Who has it keeps it" },
        { "fit-before", "The weighted others follow the place before the start" },
        { "pretended-start", "No change at a pretended start before (p-value)" },
        { "already-treated", "Not compared with places that had it already (weight)" },
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (str_eq(all[i].gate, gate)) {
            return ctx_text(c, all[i].words, NULL);
        }
    }
    return gate;
}

static struct value table(
    struct ctx *c, const char *caption, const char *columns, struct value *rows)
{
    return value_len(rows) ? page_table(c, NULL, ctx_text(c, caption, NULL), columns, rows)
                           : VALUE_NULL;
}

static struct value gates(struct ctx *c, const struct value *run)
{
    const struct value *list = value_get(run, "gates");
    struct value rows = value_list(c->arena);
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *one = value_at(list, i);
        bool passed = value_truthy(value_get(one, "passed"));
        struct value row = value_object(c->arena);
        put(c, &row, "what", value_text(gate_words(c, value_get_text(one, "gate", ""))));
        put(c, &row, "found_num", *value_get(one, "value"));
        put(c, &row, "limit_num", *value_get(one, "limit"));
        put(c, &row, "answer",
            value_text(ctx_text(c, passed ? "passed" : "failed: nothing can be told", NULL)));
        *value_push(c->arena, &rows) = row;
    }
    return table(c, "Checks that the plan asks for",
        "what:Check found_num:Found limit_num:Limit answer:Answer", &rows);
}

static struct value alternatives(struct ctx *c, const struct value *run)
{
    const struct value *part = value_get(run, "sensitivity"),
                       *list = part ? value_get(part, "alternatives") : NULL;
    struct value rows = value_list(c->arena);
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *one = value_at(list, i), *interval = value_get(one, "interval");
        const char *why = value_get_text(one, "why_not", "");
        struct value row = value_object(c->arena);
        put(c, &row, "what", value_text(ctx_text(c, value_get_text(one, "name", ""), NULL)));
        put(c, &row, "estimate_num", *value_get(one, "estimate"));
        put(c, &row, "low_num", *value_get(interval, "lo"));
        put(c, &row, "high_num", *value_get(interval, "hi"));
        put(c, &row, "why", value_text(why[0] ? why : NULL));
        *value_push(c->arena, &rows) = row;
    }
    return table(c, "What other ways to work it out would say",
        "what:Way estimate_num:Estimate low_num:Lower end high_num:Upper end why:Why not", &rows);
}

static void add_line(
    struct ctx *c, struct value *lines, const char *text, const char *name, double x)
{
    if (isfinite(x)) {
        struct value one = value_object(c->arena), args = value_object(c->arena);
        put(c, &args, name, value_num(x));
        put(c, &one, "line", value_text(ctx_text(c, text, &args)));
        *value_push(c->arena, lines) = one;
    }
}

static struct value chances(struct ctx *c, const struct value *run)
{
    struct value lines = value_list(c->arena);
    add_line(c, &lines,
        "Chance that the effect is at least what is worth having: {p, number, percent}.", "p",
        value_get_num(run, "worthwhile", NAN));
    add_line(c, &lines, "Chance that it is worth its money: {p, number, percent}.", "p",
        value_get_num(run, "benefit", NAN));
    add_line(c, &lines, "Worth less cost, in one place: {x, number}.", "x",
        value_get_num(run, "net_benefit", NAN));
    add_line(c, &lines,
        "The smallest effect that readings as exact as these find four times of five: {x, number}.",
        "x", value_get_num(run, "detectable", NAN));
    return lines;
}

void evaluation_add_checks(struct ctx *c, const struct value *result, struct value *data)
{
    const struct value *run = value_get(result, "run");
    if (!run || run->kind != V_OBJECT) {
        return;
    }
    struct value lines = chances(c, run), checks = value_object(c->arena);
    const char *keys[] = { "gates", "alternatives" };
    struct value parts[] = { gates(c, run), alternatives(c, run) };
    bool any = value_len(&lines) > 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct value part = value_object(c->arena);
        put(c, &part, "table", parts[i]);
        put(c, &checks, keys[i], parts[i].kind == V_NULL ? VALUE_NULL : part);
        any = any || parts[i].kind != V_NULL;
    }
    put(c, &checks, "lines", lines);
    put(c, &checks, "has_lines", value_bool(value_len(&lines) > 0));
    if (any) {
        put(c, data, "checks", checks);
    }
}
