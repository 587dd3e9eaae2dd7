// SPDX-License-Identifier: Apache-2.0
// The plan, sealed before the data, and its run: gates, estimate, guardrails, verdict. Part of
// pilothouse/evidence.h. docs/evidence/plan.md has the plan's JSON, key by key.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

#define PH_WARN_EXPLORATORY (UINT64_C(1) << 55)

#define PH_WARN_UNDECLARED_LOOK (UINT64_C(1) << 57)

enum { PH_PLAN_TEXT_MAX = 1 << 16, PH_GUARDRAILS_MAX = 8, PH_GATES_MAX = 8 };
enum { PH_COMPONENTS_MAX = 8, PH_ALTERNATIVES_MAX = 8, PH_WHY_MAX = 200 };

// Immutable. Owner: who sealed it.
struct ph_sealed;

// Reads a plan's JSON, checks all of it and seals its canonical form: keys sorted, no blanks,
// numbers with 12 digits. PH_DATA names the key and what is wrong.
PH_CHECKED enum ph_status ph_plan_seal(
    struct ph_context *context, const char *text, size_t len, struct ph_sealed **ret_sealed);
PH_API void ph_sealed_free(struct ph_sealed *sealed);
PH_API const char *ph_sealed_text(const struct ph_sealed *sealed); // canonical
PH_API const char *ph_sealed_hash(const struct ph_sealed *sealed); // SHA-256 of it, 64 hex digits
// The columns that a run needs, by number from 0; false past the last.
PH_API bool ph_sealed_column(
    const struct ph_sealed *sealed, size_t i, const char **ret_name, enum ph_column_kind *ret_kind);

struct ph_gate {
    const char *name; // "sample-ratio"
    double value;     // what was found: a p-value, a share, a root mean square
    double limit;     // of the plan
    bool passed;
};

struct ph_guardrail_result {
    const char *outcome;         // borrowed from the plan
    double harm;                 // treated minus comparison, turned so that up is worse
    struct ph_interval interval; // of harm; holds at every look
    double margin;
};

// A further primary measure.
struct ph_measure_result {
    const char *outcome; // borrowed from the plan
    enum ph_direction direction;
    double delta;
    struct ph_result head;
    double worthwhile; // P(effect >= delta)
    double holm;       // adjusted p in the family of all primary measures
};

// A part that was named before: a group of rows, or of treatments.
struct ph_component_result {
    const char *name; // borrowed from the plan
    struct ph_result head;
    double holm;          // adjusted p in the family of components
    bool survives;        // and it is for the better
    char why[PH_WHY_MAX]; // no estimate: why; else ""
};

// Another analysis that the plan names. It is shown and never decides.
struct ph_alternative_result {
    const char *name;   // borrowed from the plan
    const char *method; // static
    struct ph_result head;
    double worthwhile;
    char why[PH_WHY_MAX];
};

struct ph_evaluation {
    char hash[65]; // of the plan
    const char *method;
    struct ph_result primary; // what the verdict was made of
    struct ph_interval fixed; // the planned fixed interval, where PRIMARY is anytime; else NAN
    enum ph_stage stage;
    double time, horizon; // the latest time in the data and the plan's; NAN without
    struct ph_gate gate[PH_GATES_MAX];
    size_t n_gates;
    struct ph_guardrail_result guardrail[PH_GUARDRAILS_MAX];
    size_t n_guardrails;
    double worthwhile;      // P(effect >= delta)
    double benefit;         // P(net benefit > 0); NAN without money in the plan
    double net_benefit;     // of one unit
    double detectable;      // smallest effect that this precision finds with power 0.8
    double extension_mde;   // the same with the extension; NAN without one
    double extension_value; // EVSI for the population
    double extension_cost;
    size_t n_criteria; // feasibility and accuracy
    struct ph_criterion criterion[2];
    struct ph_verdict_result verdict;
    bool exploratory; // the run departs from the plan
    uint64_t seed;    // of the context, for methods that draw
    // Plans that regress with effects of units and times: what stands beside, always.
    bool has_beside;
    struct ph_beside beside;
    char input[65];    // SHA-256 of the plan's columns as they were read (docs/evidence/plan.md)
    double level;      // of the interval that decides at this stage
    double look_share; // of alpha for looks before the horizon; NAN: the plan declares none
    struct ph_measure_result measure[PH_MEASURES_MAX];
    size_t n_measures;
    double holm; // of the primary measure in their family; NAN without others
    struct ph_component_result component[PH_COMPONENTS_MAX]; // at the horizon
    size_t n_components;
    struct ph_alternative_result alternative[PH_ALTERNATIVES_MAX];
    size_t n_alternatives;
    struct ph_interval spread; // smallest and largest estimate of the plan and its alternatives
    size_t pilots;             // in the portfolio with this one; 0: none was given
    double tau2;               // variance of true effects among them
    double shrunk, shrunk_se;  // this effect after shrinkage
};

struct ph_evaluate_options {
    uint32_t version;
    const char *hash; // as recorded when the plan was locked; NULL: not compared
    bool data_seen;   // the plan was sealed after the first outcome
    bool no_sequence; // before the horizon, don't look for an interval that may decide
    const struct ph_frame *portfolio; // earlier pilots in the same unit: real columns "estimate"
                                      // and "se"; NULL: none
};
#define PH_EVALUATE_OPTIONS                                                                        \
    {                                                                                              \
        .version = PH_VERSION                                                                      \
    }

// Runs the plan as it stands on FRAME, whose columns are found by name.
PH_CHECKED enum ph_status ph_evaluate(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_frame *frame, const struct ph_evaluate_options *options,
    struct ph_evaluation *ret_evaluation);
// Canonical JSON, to be freed by ph_text_free(); NULL without memory.
PH_API char *ph_evaluation_json(const struct ph_evaluation *evaluation);
// A few plain sentences for those who decide.
PH_API char *ph_evaluation_words(const struct ph_evaluation *evaluation);
PH_API void ph_text_free(char *text);

// ---- How often would the rule be wrong?
// ----------------------------------------------------------

// Made-up pilots: units in clusters, followed over periods, normal with serial correlation, or
// shares where the method asks for them.
struct ph_simulate_options {
    uint32_t version;
    size_t treated, compared; // units
    size_t cluster_size;      // units a cluster, which is treated whole; 1: none
    size_t periods;           // the last is the horizon
    size_t before;            // periods before the start, for methods that compare over time
    double mean, sd;          // of a unit's outcome in a period
    double icc;               // share of the variance between clusters
    double correlation;       // of a unit's outcomes from period to period
    const double *looks; // periods since the start at which the verdict is asked, rising; NULL:
                         // the horizon alone
    size_t n_looks;
    const double *truths; // effects; in the outcome's unit
    size_t n_truths;
    uint32_t runs;
    double covariate_correlation; // of each covariate, and of the strata, with the outcome
    size_t strata;                // 0: 2
    double guardrail_correlation; // of guardrails and further measures with the outcome
    double guardrail_sd;          // 0: SD
    const double *harms;          // true harm of each guardrail, in the plan's order; NULL: none
    size_t n_harms;
    size_t trials; // of a unit in a period, where the plan names them; 0: 1
};
#define PH_SIMULATE_OPTIONS                                                                        \
    {                                                                                              \
        .version = PH_VERSION, .treated = 20, .compared = 20, .cluster_size = 1, .periods = 1,     \
        .before = 0, .mean = 0, .sd = 1, .icc = 0, .correlation = 0, .runs = 1000                  \
    }

struct ph_error_rates {
    double truth;
    double rate[5];     // of each enum ph_verdict
    double mc_error[5]; // standard errors of these
    double decided_at;  // mean period since the start, of the runs that ended in a decision
    double covered;     // share of final intervals that hold the truth
    size_t runs;        // that could be evaluated
    size_t failed;      // that could not: the method refused the data
};

// RET_RATES has one place a truth.
PH_CHECKED enum ph_status ph_simulate(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_simulate_options *options, struct ph_error_rates *ret_rates);
