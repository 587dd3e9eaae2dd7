// SPDX-License-Identifier: Apache-2.0
// The engine's codes as sentences that can be read aloud. "No worthwhile effect" is said in one
// place only, where the interval rules it out; everything else that isn't proved is "cannot tell".
#include "evaluations_private.h"

#include "json.h"
#include "str.h"

#include <math.h>

// A number of the JSON as the leaf that it stands for.
static void retype(
    struct ctx *c, const struct value *object, const char *key, struct value (*make)(int64_t))
{
    const struct value *v = object ? value_get(object, key) : NULL;
    if (v && v->kind == V_INT) {
        value_set(c->arena, (struct value *)(uintptr_t)object, key, make(v->n));
    }
}

enum err evaluation_parse(struct ctx *c, const struct value *row, struct value *ret_result)
{
    const char *text = value_get_text(row, "result_text", "");
    TRY(json_read(c->arena, text, strlen(text), EVALUATION_RESULT_MAX, ret_result));
    retype(c, value_get(ret_result, "plan"), "starts_on", value_date);
    retype(c, value_get(ret_result, "plan"), "ends_on", value_date);
    const struct value *series = value_get(ret_result, "series");
    for (size_t i = 0; i < value_len(series); i++) {
        retype(c, value_at(series, i), "at", value_time);
    }
    return OK;
}

// Three digits are as much as can be read aloud.
static struct value spoken(double x)
{
    if (!isfinite(x) || x == 0) {
        return value_num(x);
    }
    double scale = pow(10, 2 - floor(log10(fabs(x))));
    return value_num(fabs(x) >= 1000 || !isfinite(scale) ? round(x) : round(x * scale) / scale);
}

struct saying {
    const char *code, *text;
};

static const char *say(const struct saying *list, size_t n, const char *code, const char *otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i].code, code)) {
            return list[i].text;
        }
    }
    return otherwise;
}
#define SAY(list, code, otherwise) say((list), ARRAY_LEN(list), (code), (otherwise))

// ---- the verdict
// ---------------------------------------------------------------------------------

static const struct saying effect_verdicts[] = {
    { "worthwhile", "Scale it: the effect is likely at least the {worthwhile} {unit} that make it "
                    "worth having." },
    { "harm",
        "Stop it: something that had to be kept safe got worse by more than the plan allows." },
    { "worthwhile-ruled-out", "Stop it: an effect as large as the {worthwhile} {unit} that would "
                              "make it worth having is ruled out." },
    { "not-worth-cost", "Stop it: it is unlikely to be worth its cost." },
    { "extension-pays", "Extend it: the extension that the plan names could tell, and is worth its "
                        "cost." },
    { "component-works", "Adapt it: a part that was named beforehand works." },
    { "grade-too-low", "Cannot tell: the change is large enough to be worth having, but nobody can "
                       "say that this caused it." },
    { "exploratory", "Cannot tell: the change is large enough to be worth having, but it wasn't "
                     "settled before the data what would count." },
    { "maybe-too-small", "Cannot tell: there was a change for the better, but maybe less than the "
                         "{worthwhile} {unit} that make it worth having." },
    { "benefit-unsure", "Cannot tell: there was a change for the better, but maybe not worth its "
                        "cost." },
    { "inconclusive", "Cannot tell: no change, and a change worth having, both fit the readings." },
    { "too-early", "Too early to tell: the plan decides at its end, not before." },
    { "no-worthwhile", "Cannot tell: the plan doesn't say how large an effect would be worth "
                       "having." },
    { "no-interval", "Cannot tell: the readings are too few, or too alike, to work out a margin of "
                     "error." },
    { "gate-failed", "Cannot tell: the data failed a check that the plan asks for." },
    { "level-differs", "Cannot tell: the interval isn't at the level that the plan asks for." },
};

static const struct saying criterion_verdicts[] = {
    { "floor-met", "It works here: what the plan asks for was reached." },
    { "floor-missed", "It doesn't work well enough here: what the plan asks for was missed." },
    { "harm",
        "Stop it: something that had to be kept safe got worse by more than the plan allows." },
    { "extension-pays", "Extend it: the extension that the plan names could tell." },
    { "component-works", "Adapt it: a part that was named beforehand works." },
    { "exploratory",
        "Cannot tell: what was asked for was reached, but it wasn't settled before the "
        "data what would count." },
    { "no-target", "Cannot tell: the plan doesn't say what has to be reached." },
    { "no-interval", "Cannot tell: the readings are too few, or too alike, to work out a margin of "
                     "error." },
    { "too-early", "Too early to tell: the plan decides at its end, not before." },
    { "inconclusive", "Cannot tell: the readings fit both sides of what the plan asks for." },
    { "gate-failed", "Cannot tell: the data failed a check that the plan asks for." },
    { "level-differs", "Cannot tell: the interval isn't at the level that the plan asks for." },
};

// What was found, by method; of effects first what rose, then what fell.
static const struct saying rose[] = {
    { "before_after", "{measure} rose by {size} {unit} ({level, number, percent} interval {low} to "
                      "{high})." },
    { "changes", "{measure} rose by {size} {unit} more than where it wasn't tried ({level, number, "
                 "percent} interval {low} to {high})." },
    { "after", "{measure} was higher by {size} {unit} than where it wasn't tried ({level, number, "
               "percent} interval {low} to {high})." },
    { "shares", "{measure} was higher by {size} {unit} than where it wasn't tried ({level, number, "
                "percent} interval {low} to {high})." },
    { "panel", "{measure} rose by {size} {unit} more than where it wasn't tried ({level, number, "
               "percent} interval {low} to {high})." },
    { "share", "{measure} was {estimate, number, percent} ({level, number, percent} interval "
               "{from, number, percent} to {to, number, percent})." },
    { "target", "{measure} was {estimate} {unit} on average ({level, number, percent} interval "
                "{from} to {to})." },
    { "limits", "On average it reads {size} {unit} above the reference ({level, number, percent} "
                "interval {low} to {high}), and almost always between {lower} and {upper} {unit} "
                "from it." },
    { "yes_no", "It agreed with the reference {agreement, number, percent} of the time." },
};

static const struct saying fell[] = {
    { "shares", "{measure} was lower by {size} {unit} than where it wasn't tried ({level, number, "
                "percent} interval {low} to {high})." },
    { "panel", "{measure} fell by {size} {unit} more than where it wasn't tried ({level, number, "
               "percent} interval {low} to {high})." },
    { "before_after", "{measure} fell by {size} {unit} ({level, number, percent} interval {low} to "
                      "{high})." },
    { "changes", "{measure} fell by {size} {unit} more than where it wasn't tried ({level, number, "
                 "percent} interval {low} to {high})." },
    { "after", "{measure} was lower by {size} {unit} than where it wasn't tried ({level, number, "
               "percent} interval {low} to {high})." },
    { "limits", "On average it reads {size} {unit} below the reference ({level, number, percent} "
                "interval {low} to {high}), and almost always between {lower} and {upper} {unit} "
                "from it." },
};

static struct value arguments(struct ctx *c, const struct value *result)
{
    struct value args = value_object(c->arena);
    const struct value *plan = value_get(result, "plan"), *numbers = value_get(result, "numbers");
    double x = value_get_num(result, "estimate", NAN), low = value_get_num(result, "low", NAN),
           high = value_get_num(result, "high", NAN);
    bool down = x < 0;
    const struct {
        const char *name;
        double x;
    } all[] = {
        { "size", fabs(x) },
        { "estimate", x },
        { "from", low },
        { "to", high },
        { "low", down ? -high : low },
        { "high", down ? -low : high },
        { "worthwhile", value_get_num(plan, "worthwhile", NAN) },
        { "target", value_get_num(plan, "target", NAN) },
        { "lower", value_get_num(numbers, "lower_limit", NAN) },
        { "upper", value_get_num(numbers, "upper_limit", NAN) },
        { "agreement", value_get_num(numbers, "agreement", NAN) },
        { "level", value_get_num(result, "level", 0.95) },
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        value_set(c->arena, &args, all[i].name, spoken(all[i].x));
    }
    value_set(c->arena, &args, "measure", value_text(value_get_text(plan, "measure", "")));
    value_set(c->arena, &args, "unit", value_text(value_get_text(plan, "unit", "")));
    return args;
}

static bool is_effect(const struct value *result)
{
    return str_eq(value_get_text(value_get(result, "plan"), "type", ""), "effect");
}

const char *evaluation_verdict_words(
    struct ctx *c, const struct value *row, const struct value *result)
{
    static const char *const unknown = "Cannot tell.";
    const char *reason = value_get_text(row, "reason_code", "");
    struct value args = arguments(c, result);
    const char *verdict = ctx_text(c,
        is_effect(result) ? SAY(effect_verdicts, reason, unknown)
                          : SAY(criterion_verdicts, reason, unknown),
        &args);
    double x = value_get_num(result, "estimate", NAN), low = value_get_num(result, "low", NAN);
    const char *method = value_get_text(result, "method", "");
    const char *found = SAY(rose, method, NULL);
    found = x < 0 ? SAY(fell, method, found) : found;
    bool told = isfinite(x) && (isfinite(low) || str_eq(method, "yes_no"));
    return found && told ? arena_fmt(c->arena, "%s %s", verdict, ctx_text(c, found, &args))
                         : verdict;
}

const char *evaluations_sentence(struct ctx *c, const struct value *row)
{
    struct value result;
    return evaluation_parse(c, row, &result) == OK ? evaluation_verdict_words(c, row, &result) : "";
}

const char *evaluation_would_change(struct ctx *c, const struct value *result)
{
    static const struct saying list[] = {
        { "grade-too-low", "A comparison with places that don't have it, settled before the data, "
                           "would change this." },
        { "maybe-too-small", "More places, or more time, would narrow the interval." },
        { "benefit-unsure", "More places, or more time, would narrow the interval." },
        { "inconclusive", "More places, or more time, would narrow the interval." },
        { "too-early", "The end of the pilot would change this." },
        { "no-interval", "Readings of more places, before and after, would change this." },
        { "no-worthwhile", "The smallest effect worth having, written into the plan of the next "
                           "pilot before its data, would change this." },
        { "no-target", "A target, written into the plan of the next pilot before its data, would "
                       "change this." },
        { "exploratory", "A further pilot, with the plan locked before the data, would change "
                         "this." },
        { "worthwhile", "Another place or another year may differ: keep measuring." },
        { "worthwhile-ruled-out",
            "Only a different version of it, tried anew, would change this." },
        { "floor-met", "This says that it works, not that it changes the outcome: that takes a "
                       "comparison." },
        { "floor-missed", "An improved version, tried anew, would change this." },
        { "harm", "A version without the harm, tried anew, would change this." },
    };
    const char *text = SAY(list, value_get_text(result, "reason", ""), NULL);
    return text ? ctx_text(c, text, NULL) : NULL;
}

// ---- grade and level
// -----------------------------------------------------------------------------

const char *evaluation_level_words(struct ctx *c, int64_t level)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "level", value_int(level));
    return ctx_text(c, "Evidence level {level} of 5.", &args);
}

const char *evaluation_grade_words(struct ctx *c, const struct value *row)
{
    static const struct saying grades[] = {
        { "A", "Grade A: who got it was drawn by lot." },
        { "B", "Grade B: compared with places that didn't get it." },
        { "C", "Grade C: a weak comparison, or a plan that changed after the data." },
        { "D", "Grade D: nothing tells this apart from whatever else changed." },
    };
    const char *grade = value_get_text(row, "grade", "");
    bool exploratory = value_get_int(row, "is_exploratory", 0) != 0,
         compared = !str_eq(value_get_text(row, "method", ""), "before_after");
    if (exploratory && compared && str_eq(grade, "D")) {
        return ctx_text(
            c, "Grade D, exploratory: the comparison wasn't settled before the data.", NULL);
    }
    const char *words =
        ctx_text(c, SAY(grades, grade, "No claim is made about what caused it."), NULL);
    return exploratory
               ? arena_fmt(c->arena, "%s %s", words,
                     ctx_text(c, "Exploratory: the plan wasn't locked before the data.", NULL))
               : words;
}

// ---- the rest
// ------------------------------------------------------------------------------------

const char *evaluation_departure_words(struct ctx *c, const char *code)
{
    static const struct saying list[] = {
        { "not-locked", "The plan wasn't locked." },
        { "locked-after-data",
            "The plan was locked when readings of the pilot were there already." },
        { "amended-before-data",
            "The plan was amended before there were data: this lowers nothing." },
        { "amended-after-data",
            "The plan was amended after there were data: this lowers what may be "
            "claimed." },
        { "changed-without-amendment", "The plan, its measures or its sites changed without an "
                                       "amendment: this lowers what may be claimed." },
        { "dates-or-name", "The pilot's name or dates changed; what is compared didn't." },
    };
    return ctx_text(c, SAY(list, code, code), NULL);
}

const char *evaluation_method_words(struct ctx *c, const char *method)
{
    static const struct saying list[] = {
        { "before_after", "The change of each unit from before to after, and the interval of their "
                          "mean (paired t; Welch where one unit was measured)." },
        { "changes",
            "The change of units with it against the change of units without it (Welch)." },
        { "after", "Units with it against units without it, afterwards (Welch)." },
        { "share",
            "The share of yes against what was asked (exact interval; units that repeat count "
            "as clusters)." },
        { "target", "The mean of the units against what was asked (t interval)." },
        { "limits",
            "Differences from the reference (Bland and Altman's limits, exact intervals)." },
        { "yes_no", "Agreement with the reference (Wilson's intervals, Cohen's kappa)." },
        { "shares", "The share of yes with it against the share without it, afterwards." },
        { "panel", "Places over time, with it against without it." },
    };
    return ctx_text(c, SAY(list, method, "There was nothing to analyse."), NULL);
}

const char *evaluation_number_words(struct ctx *c, const char *name)
{
    static const struct saying list[] = {
        { "mean_before", "Mean before" },
        { "mean_after", "Mean after" },
        { "sd_change", "Spread of the changes (standard deviation)" },
        { "mean_with", "Mean with it" },
        { "mean_without", "Mean without it" },
        { "units_with", "Units with it" },
        { "units_without", "Units without it" },
        { "successes", "Yes" },
        { "trials", "Yes and no together" },
        { "probability_met", "Probability that what was asked is met" },
        { "sd", "Spread of the units (standard deviation)" },
        { "lower_limit", "Lower limit of agreement" },
        { "upper_limit", "Upper limit of agreement" },
        { "concordance", "Concordance" },
        { "mean_outcome", "Mean of the readings" },
        { "mean_reference", "Mean of the reference" },
        { "agreement", "Agreement" },
        { "sensitivity", "Found, of those that are" },
        { "specificity", "Passed, of those that aren't" },
        { "ppv", "Right, of those found" },
        { "npv", "Right, of those passed" },
        { "unit-unpaired", "Seen in one period only" },
        { "outcome-missing", "Without a value" },
        { "group-missing", "Without a group or reference" },
        { "unit-missing", "Without a unit" },
    };
    return ctx_text(c, SAY(list, name, name), NULL);
}
