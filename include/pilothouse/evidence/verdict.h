// SPDX-License-Identifier: Apache-2.0
// From a locked plan and results to a verdict. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- Verdict -----------------------------------------------------------------------------------

enum ph_plan_kind { PH_PLAN_FEASIBILITY, PH_PLAN_ACCURACY, PH_PLAN_EFFECT };
enum ph_stage { PH_STAGE_EARLY, PH_STAGE_HORIZON };

// From the locked plan. Probabilities are the plan's thresholds.
struct ph_plan {
    uint32_t version;
    enum ph_plan_kind kind;
    enum ph_direction direction; // of the primary measure
    double delta;                // smallest effect worth having, > 0, whatever the direction
    double level;
    enum ph_stage stage;
    double worthwhile_needed; // P(effect >= delta) to scale
    bool money;               // the plan names cost and value: benefit counts
    double benefit_needed;    // P(net benefit > 0) to scale
    double benefit_stop;      // P(net benefit > 0) at or below which to stop
};
#define PH_PLAN                                                                                    \
    {                                                                                              \
        .version = PH_VERSION, .kind = PH_PLAN_EFFECT, .direction = PH_HIGHER_IS_BETTER,           \
        .delta = 0, .level = 0.95, .stage = PH_STAGE_HORIZON, .worthwhile_needed = 0.8,            \
        .money = false, .benefit_needed = 0.7, .benefit_stop = 0.2                                 \
    }

// A number that must lie on the good side of a floor, for feasibility and accuracy.
struct ph_criterion {
    double estimate;
    struct ph_interval interval;
    double level;
    double floor;
    enum ph_direction direction;
    bool anytime;
};

PH_API struct ph_criterion ph_criterion_feasibility(
    const struct ph_feasibility_result *result, enum ph_direction direction);
// Both limits of agreement within MARGIN of zero.
PH_API void ph_criteria_limits(
    const struct ph_accuracy_result *result, double margin, struct ph_criterion ret_criteria[2]);
PH_API struct ph_criterion ph_criterion_share(
    const struct ph_share *share, double level, double floor);

// Harm as a positive number; its lower limit must hold at any look to count before the horizon.
struct ph_guardrail {
    double harm_lower;
    double margin;
    bool anytime;
};

// A further primary measure, at the plan's level.
struct ph_measure {
    const struct ph_result *result;
    enum ph_direction direction;
    double delta;      // smallest effect worth having, > 0
    double worthwhile; // P(effect >= delta); NAN: computed from result
};
enum { PH_MEASURES_MAX = 7 };

// What was found. NAN = not known.
struct ph_findings {
    uint32_t version;
    bool gate_failed;
    const struct ph_result *primary;     // PH_PLAN_EFFECT
    const struct ph_criterion *criteria; // the other kinds
    size_t n_criteria;
    const struct ph_guardrail *guardrails;
    size_t n_guardrails;
    double worthwhile;      // P(effect >= delta) after shrinkage; NAN: computed from primary
    double benefit;         // P(net benefit > 0)
    double extension_mde;   // detectable with the extension that the plan names
    double extension_value; // EVSI times population
    double extension_cost;
    bool component_survives; // a pre-named subgroup or component effect survives Holm
    // Besides the primary one: one family, whose p-values are adjusted by Holm. One that survives
    // and is worth having is enough to scale, unless another surely got worse; all must be ruled
    // out to stop.
    const struct ph_measure *measures;
    size_t n_measures; // at most PH_MEASURES_MAX
};
#define PH_FINDINGS                                                                                \
    {                                                                                              \
        .version = PH_VERSION, .worthwhile = NAN, .benefit = NAN, .extension_mde = NAN,            \
        .extension_value = NAN, .extension_cost = NAN                                              \
    }

enum ph_verdict { PH_CANNOT_TELL, PH_SCALE, PH_ADAPT, PH_EXTEND, PH_STOP };

enum ph_reason {
    PH_REASON_GATE_FAILED,          // cannot tell
    PH_REASON_NO_INTERVAL,          // cannot tell: nothing to judge
    PH_REASON_LEVEL_DIFFERS,        // cannot tell: the interval is not at the plan's level
    PH_REASON_TOO_EARLY,            // cannot tell: before the horizon with a fixed interval
    PH_REASON_HARM,                 // stop: a guardrail is broken
    PH_REASON_WORTHWHILE,           // scale
    PH_REASON_FLOOR_MET,            // scale: every criterion's interval is on the good side
    PH_REASON_WORTHWHILE_RULED_OUT, // stop: even the hopeful end is below delta
    PH_REASON_FLOOR_MISSED,         // stop: a criterion's interval is on the bad side
    PH_REASON_NOT_WORTH_COST,       // stop
    PH_REASON_EXTENSION_PAYS,       // extend
    PH_REASON_COMPONENT_WORKS,      // adapt
    PH_REASON_GRADE_TOO_LOW,        // cannot tell: would scale, but the grade is D
    PH_REASON_MAYBE_TOO_SMALL,      // cannot tell: an effect, maybe below delta
    PH_REASON_BENEFIT_UNSURE,       // cannot tell: an effect, maybe not worth its cost
    PH_REASON_INCONCLUSIVE,         // cannot tell: nothing and something worthwhile both fit
    PH_REASON_MEASURES_DISAGREE,    // cannot tell: one measure got better, another worse
};

struct ph_verdict_result {
    enum ph_verdict verdict;
    enum ph_reason reason;
    enum ph_grade grade;
    struct ph_interval good; // the primary interval turned so that up is better
    double delta;
    double worthwhile;         // P(effect >= delta), as used; NAN where it was not
    bool worthwhile_ruled_out; // only then may anyone write "no worthwhile effect"
    size_t decisive;           // which criterion, guardrail or measure decided, from 0
    uint64_t warnings;
    double holm[PH_MEASURES_MAX + 1]; // adjusted p of the primary and further measures; else NAN
};

// The plan and results only, never data. First hit wins, in the order of the reasons in
// docs/evidence/rule.md.
PH_CHECKED enum ph_status ph_verdict(struct ph_context *context, const struct ph_plan *plan,
    const struct ph_findings *findings, struct ph_verdict_result *ret_result);
PH_API const char *ph_verdict_name(enum ph_verdict verdict); // "cannot-tell"
PH_API const char *ph_reason_name(enum ph_reason reason);    // "worthwhile-ruled-out"
