// SPDX-License-Identifier: Apache-2.0
// Pilothouse's evidence engine: statistics for city pilots, from the plan's power to its verdict.
//
// The engine stands alone: it knows files, databases and networks only through its command-line
// module, keeps no globals, never exits, and prints nothing by itself. Every method takes a
// context, a borrowed frame, an options struct and a result that the caller owns; results are plain
// data without pointers to free. A number that does not exist (no interval, no p-value) is NAN and
// a warning says why; a number is never made up. Rows and columns are counted from 1 in words, from
// 0 in structs. docs/evidence/README.md tells each method's question, assumptions, formula and
// pitfalls.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PH_API     __attribute__((visibility("default")))
#define PH_CHECKED __attribute__((warn_unused_result)) PH_API
#else
#define PH_API
#define PH_CHECKED PH_API
#endif

// ---- Status ------------------------------------------------------------------------------------

enum ph_status {
    PH_OK = 0,
    PH_INVALID,     // an option or argument is out of its range
    PH_DATA,        // the data cannot answer: the message names the row, column or group
    PH_TOO_LARGE,   // a stated bound was reached
    PH_NO_MEMORY,   // the allocator gave nothing
    PH_UNSUPPORTED, // an options version, or a combination, that this build does not know
    PH_NO_SOLUTION, // no value in the searched range answers, as in a power that no size reaches
    PH_CANCELLED,   // the context's cancel function said so
};

// A stable lower-case name: "no-memory".
PH_API const char *ph_status_name(enum ph_status status);

// ---- Context -----------------------------------------------------------------------------------

// Carries what every call needs and nothing about the data. Not for two threads at once; any number
// of contexts may run side by side.
struct ph_context;

struct ph_allocator {
    void *(*allocate)(void *user, size_t size); // NULL: malloc
    void (*release)(void *user, void *block);   // NULL: free; never called with a NULL block
    void *user;
};

// Called with each message as it arises; TEXT is valid during the call.
typedef void ph_message_fn(void *user, enum ph_status status, const char *text);
typedef bool ph_cancel_fn(void *user);

struct ph_context_options {
    uint32_t version; // PH_VERSION
    struct ph_allocator allocator;
    uint64_t seed;    // for methods that draw; none of today's does
    uint32_t threads; // cap on threads, 0 = 1
    ph_message_fn *message;
    void *message_user;
    ph_cancel_fn *cancelled; // asked now and then by long methods
    void *cancel_user;
};

enum { PH_VERSION = 1 };

// OPTIONS may be NULL. Returns NULL when memory or the options' version is wrong. Owner: the
// caller.
PH_API struct ph_context *ph_context_new(const struct ph_context_options *options);
PH_API void ph_context_free(struct ph_context *context);
// Why the last call on this context did not return PH_OK, in words; "" if it did.
PH_API const char *ph_context_message(const struct ph_context *context);

// ---- Frame -------------------------------------------------------------------------------------

enum ph_column_kind { PH_REAL, PH_KEY };

// One column of a frame, borrowed for the length of a call. Real cells that are not masked must be
// finite: a NaN or infinity there is PH_DATA with its row, not a missing value.
struct ph_column {
    const char *name; // for messages; NULL: the column's number is used
    enum ph_column_kind kind;
    const double *real;     // when PH_REAL
    const int32_t *key;     // when PH_KEY; equal numbers are the same unit, group or period
    const uint8_t *missing; // one byte a row, nonzero = missing; NULL: none is
};

struct ph_frame {
    size_t rows;
    size_t columns;
    const struct ph_column *column;
    const size_t
        *row_number; // what messages call each row, as its row in a file; NULL: 1, 2, 3 ...
};

enum { PH_NONE = -1 }; // "no such column" in options

// ---- Results -----------------------------------------------------------------------------------

struct ph_interval {
    double lo;
    double hi;
};

// How strong the claim may be. PH_GRADE_NONE: no claim about cause is made (feasibility, accuracy).
enum ph_grade { PH_GRADE_NONE, PH_GRADE_A, PH_GRADE_B, PH_GRADE_C, PH_GRADE_D };

enum ph_design {
    PH_DESIGN_UNSTATED, // graded as D
    PH_DESIGN_RANDOMISED,
    PH_DESIGN_COMPARISON,
    PH_DESIGN_SERIES,
    PH_DESIGN_BEFORE_AFTER,
};

// Why rows, or units, were left out.
enum ph_drop {
    PH_DROP_OUTCOME,  // outcome missing
    PH_DROP_GROUP,    // treatment, period or reference missing
    PH_DROP_UNIT,     // unit or cluster missing
    PH_DROP_UNPAIRED, // rows of units that were not measured in both periods
    PH_DROP_REASONS,
};

// Bits of ph_result.warnings.
#define PH_WARN_SMALL_SAMPLE     (UINT64_C(1) << 0)
#define PH_WARN_FEW_CLUSTERS     (UINT64_C(1) << 1)
#define PH_WARN_NO_VARIATION     (UINT64_C(1) << 2)
#define PH_WARN_DROPPED          (UINT64_C(1) << 3)
#define PH_WARN_MANY_DROPPED     (UINT64_C(1) << 4)
#define PH_WARN_ZERO_CELL        (UINT64_C(1) << 5)
#define PH_WARN_UNEQUAL_CLUSTERS (UINT64_C(1) << 6)
#define PH_WARN_AGGREGATED       (UINT64_C(1) << 7)
#define PH_WARN_UNPAIRED         (UINT64_C(1) << 8)
#define PH_WARN_DESIGN_UNSTATED  (UINT64_C(1) << 9)
#define PH_WARN_BIAS_BY_SIZE     (UINT64_C(1) << 10)
#define PH_WARN_UNDEFINED        (UINT64_C(1) << 11)
#define PH_WARN_BEFORE_AFTER     (UINT64_C(1) << 12)
#define PH_WARN_UNEQUAL_GROUPS   (UINT64_C(1) << 13)
#define PH_WARN_COMPARISON       (UINT64_C(1) << 14)
#define PH_WARN_EARLY_FIXED      (UINT64_C(1) << 15)
#define PH_WARN_LEVEL            (UINT64_C(1) << 16)
#define PH_WARN_SKEWED           (UINT64_C(1) << 17)

// Takes the lowest bit off *WARNINGS and returns it; 0 when none is left.
PH_API uint64_t ph_warning_next(uint64_t *warnings);
PH_API const char *ph_warning_id(uint64_t warning);    // "few-clusters"
PH_API const char *ph_warning_words(uint64_t warning); // plain English, one sentence

// What all methods share. Strings are static.
struct ph_result {
    double estimate;
    double se;
    double df; // degrees of freedom; INFINITY where the normal is used
    struct ph_interval interval;
    double level;     // of every interval in this result
    double p;         // two-sided against no effect unless the method says otherwise
    double log_e;     // ln of an e-value, for methods that have one
    double mc_error;  // standard error of simulation, for methods that simulate
    size_t n;         // rows used
    size_t n_dropped; // rows left out, by reason below
    size_t dropped[PH_DROP_REASONS];
    size_t clusters; // clusters or units analysed, 0 where rows are
    enum ph_grade grade;
    bool anytime;           // the interval may be looked at as often as one likes
    const char *convention; // which formula, as "welch.t.satterthwaite"
    uint64_t warnings;
};

PH_API const char *ph_grade_name(enum ph_grade grade); // "A", and "none"
PH_API const char *ph_drop_id(enum ph_drop reason);    // "outcome-missing"

enum ph_direction { PH_HIGHER_IS_BETTER = 0, PH_LOWER_IS_BETTER = 1 };

// ---- Does it work here? One proportion against a floor -----------------------------------------

struct ph_feasibility_options {
    uint32_t version;
    int32_t outcome; // 0/1 a row, or counts of successes when TRIALS is given
    int32_t trials;  // PH_NONE, or counts of trials a row
    int32_t unit;    // PH_NONE, or who the rows belong to, when units repeat
    double floor;    // the share to reach, in (0, 1); a ceiling when lower is better
    enum ph_direction direction;
    double level;
};
#define PH_FEASIBILITY_OPTIONS                                                                     \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .trials = PH_NONE, .unit = PH_NONE, .floor = 0.5,     \
        .direction = PH_HIGHER_IS_BETTER, .level = 0.95                                            \
    }

// The header's interval is the exact one; p is the one-sided exact test that the floor is missed.
struct ph_feasibility_result {
    struct ph_result head;
    double successes;
    double trials;
    struct ph_interval wilson;
    struct ph_interval exact; // Clopper-Pearson; with UNIT, Korn-Graubard on effective trials
    double floor;
    double probability_met; // P(floor met | data), Jeffreys prior
    double design_effect;   // 1 without UNIT
};

PH_CHECKED enum ph_status ph_feasibility(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_feasibility_options *options, struct ph_feasibility_result *ret_result);
// The same from counts; columns in OPTIONS are not looked at.
PH_CHECKED enum ph_status ph_feasibility_counts(struct ph_context *context, double successes,
    double trials, const struct ph_feasibility_options *options,
    struct ph_feasibility_result *ret_result);

// Intervals for X of N, 0 <= X <= N, N > 0, exactly 0 and 1 at the ends. NAN outside.
PH_API struct ph_interval ph_wilson(double x, double n, double level);
PH_API struct ph_interval ph_clopper_pearson(double x, double n, double level);

// ---- Is it accurate enough? Agreement with a reference -----------------------------------------

enum ph_limits { PH_LIMITS_EXACT, PH_LIMITS_APPROXIMATE };

struct ph_accuracy_options {
    uint32_t version;
    int32_t outcome; // the new method
    int32_t reference;
    int32_t unit;          // PH_NONE, or average each unit's readings first
    double coverage;       // share of differences that the limits are to hold: 0.95
    enum ph_limits limits; // which interval the limits get in the fields below
    double level;
};
#define PH_ACCURACY_OPTIONS                                                                        \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .reference = 1, .unit = PH_NONE, .coverage = 0.95,    \
        .limits = PH_LIMITS_EXACT, .level = 0.95                                                   \
    }

// The header is the bias: mean of outcome minus reference, exact t.
struct ph_accuracy_result {
    struct ph_result head;
    double sd; // of the differences
    double lower_limit;
    struct ph_interval lower_limit_interval;
    double upper_limit;
    struct ph_interval upper_limit_interval;
    double concordance; // Lin
    struct ph_interval concordance_interval;
    double correlation; // Pearson
    double bias_slope;  // of difference on reference-and-outcome mean
    double bias_slope_p;
    double mean_outcome;
    double mean_reference;
};

PH_CHECKED enum ph_status ph_accuracy(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_accuracy_options *options, struct ph_accuracy_result *ret_result);

// A share with its Wilson interval; NAN with PH_WARN_UNDEFINED when OF is 0.
struct ph_share {
    double share;
    double count;
    double of;
    struct ph_interval interval;
};

// For yes/no outcome and reference. The header is Cohen's kappa.
struct ph_yes_no_result {
    struct ph_result head;
    double both_yes, only_outcome, only_reference, both_no;
    struct ph_share sensitivity, specificity, ppv, npv, agreement, prevalence;
};

PH_CHECKED enum ph_status ph_yes_no(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_accuracy_options *options, struct ph_yes_no_result *ret_result);
PH_CHECKED enum ph_status ph_yes_no_counts(struct ph_context *context, double both_yes,
    double only_outcome, double only_reference, double both_no, double level,
    struct ph_yes_no_result *ret_result);

// ---- Did it change? Before and after, without a comparison -------------------------------------

struct ph_before_after_options {
    uint32_t version;
    int32_t outcome;
    int32_t period; // 0 before, 1 after
    int32_t unit;   // PH_NONE: rows are unrelated, Welch
    bool unpaired;  // with UNIT: compare unit means of all units instead of changes
    double level;
};
#define PH_BEFORE_AFTER_OPTIONS                                                                    \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .period = 1, .unit = 2, .unpaired = false,            \
        .level = 0.95                                                                              \
    }

// The header is the mean change, after minus before; its grade is D whatever the data.
struct ph_before_after_result {
    struct ph_result head;
    double mean_before, mean_after;
    double sd_before, sd_after, sd_change; // sd_change NAN when unpaired
    size_t n_before, n_after;              // units (or rows) in each period
    size_t pairs;
    size_t only_before, only_after; // units left out of the paired analysis
    int32_t nesta_level;            // 2
};

PH_CHECKED enum ph_status ph_before_after(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_before_after_options *options, struct ph_before_after_result *ret_result);

// ---- Did it change the outcome? Two groups ------------------------------------------------------

struct ph_two_group_options {
    uint32_t version;
    int32_t outcome;
    int32_t treat;   // 1 treated, 0 comparison
    int32_t cluster; // PH_NONE, or the unit that was assigned: its mean is analysed
    int32_t trials;  // ph_proportions only: PH_NONE, or counts of trials a row
    enum ph_design design;
    double level;
};
#define PH_TWO_GROUP_OPTIONS                                                                       \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .treat = 1, .cluster = PH_NONE, .trials = PH_NONE,    \
        .design = PH_DESIGN_UNSTATED, .level = 0.95                                                \
    }

// [0] comparison, [1] treated. The header is [1] minus [0], Welch's t.
struct ph_welch_result {
    struct ph_result head;
    double mean[2];
    double sd[2];
    size_t n[2];        // rows
    size_t clusters[2]; // 0 without CLUSTER
};

PH_CHECKED enum ph_status ph_welch(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_two_group_options *options, struct ph_welch_result *ret_result);

// The header's interval is Newcombe's hybrid score, its p the pooled z test. With CLUSTER the
// header is Welch on cluster shares instead, and the other intervals are NAN.
struct ph_proportions_result {
    struct ph_result head;
    double successes[2];
    double trials[2];
    double share[2];
    struct ph_interval share_interval[2]; // Wilson
    struct ph_interval newcombe;
    struct ph_interval miettinen_nurminen;
    struct ph_interval wald;          // unpooled, divisor n
    struct ph_interval wald_unbiased; // unpooled, divisor n - 1
    size_t clusters[2];
};

PH_CHECKED enum ph_status ph_proportions(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_two_group_options *options, struct ph_proportions_result *ret_result);
PH_CHECKED enum ph_status ph_proportions_counts(struct ph_context *context, double x1, double n1,
    double x0, double n0, const struct ph_two_group_options *options,
    struct ph_proportions_result *ret_result);

// x1/n1 minus x0/n0.
PH_API struct ph_interval ph_newcombe(double x1, double n1, double x0, double n0, double level);
PH_API struct ph_interval ph_miettinen_nurminen(
    double x1, double n1, double x0, double n0, double level);

// ---- Could it answer? Power, size, smallest detectable effect ----------------------------------

enum ph_power_kind {
    PH_POWER_TWO_MEANS,
    PH_POWER_PAIRED,
    PH_POWER_ONE_PROPORTION, // against a floor, one-sided exact binomial
    PH_POWER_TWO_PROPORTIONS,
};
enum ph_solve { PH_SOLVE_POWER, PH_SOLVE_N, PH_SOLVE_EFFECT };

struct ph_power_options {
    uint32_t version;
    enum ph_power_kind kind;
    enum ph_solve solve;
    double n;      // units in the treated group, or pairs, or clusters of it (see below)
    double ratio;  // comparison units for each treated unit
    double effect; // in the outcome's unit; for proportions p1 - p0
    double sd;     // of a unit's outcome; for pairs of the change; not for proportions
    double p0;     // comparison share, or the floor
    double alpha;
    double power;
    bool one_sided;        // PH_POWER_ONE_PROPORTION is always so
    bool count_wrong_tail; // two-sided: count rejections in the wrong direction as power
    double cluster_size;   // 1: units are assigned; more: n counts clusters of this mean size
    double icc;            // intraclass correlation, with cluster_size
    double cluster_cv;     // coefficient of variation of cluster sizes
};
#define PH_POWER_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .kind = PH_POWER_TWO_MEANS, .solve = PH_SOLVE_POWER, .n = 0,        \
        .ratio = 1, .effect = 0, .sd = 1, .p0 = 0.5, .alpha = 0.05, .power = 0.8,                  \
        .one_sided = false, .count_wrong_tail = false, .cluster_size = 1, .icc = 0,                \
        .cluster_cv = 0                                                                            \
    }

struct ph_power_result {
    double power;
    double n;           // fractional, as solved
    double n_treated;   // rounded up: units, pairs or clusters
    double n_compared;  // 0 for one group
    double effect;      // smallest detectable when solved for
    double alpha_exact; // the size that the exact binomial test really has; alpha elsewhere
    double design_effect;
    double df;
    const char *convention;
    uint64_t warnings;
};

PH_CHECKED enum ph_status ph_power(struct ph_context *context,
    const struct ph_power_options *options, struct ph_power_result *ret_result);

// 1 + ((1 + cv^2) m - 1) icc
PH_API double ph_design_effect(double cluster_size, double icc, double cluster_cv);

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
};

struct ph_verdict_result {
    enum ph_verdict verdict;
    enum ph_reason reason;
    enum ph_grade grade;
    struct ph_interval good; // the primary interval turned so that up is better
    double delta;
    double worthwhile;         // P(effect >= delta), as used; NAN where it was not
    bool worthwhile_ruled_out; // only then may anyone write "no worthwhile effect"
    size_t decisive;           // which criterion or guardrail decided, from 0
    uint64_t warnings;
};

// The plan and results only, never data. First hit wins, in the order of the reasons in
// docs/evidence/README.md.
PH_CHECKED enum ph_status ph_verdict(struct ph_context *context, const struct ph_plan *plan,
    const struct ph_findings *findings, struct ph_verdict_result *ret_result);
PH_API const char *ph_verdict_name(enum ph_verdict verdict); // "cannot-tell"
PH_API const char *ph_reason_name(enum ph_reason reason);    // "worthwhile-ruled-out"

// ---- Distributions -----------------------------------------------------------------------------
// Relative error below 1e-12 over the ranges in tests/unit/test_evidence_dist.c. Arguments out of
// the domain give NAN. _sf is the upper tail, computed as such.

PH_API double ph_normal_cdf(double x);
PH_API double ph_normal_sf(double x);
PH_API double ph_normal_quantile(double p);
PH_API double ph_t_cdf(double t, double df); // df > 0, may be INFINITY
PH_API double ph_t_sf(double t, double df);
PH_API double ph_t_quantile(double p, double df);
PH_API double ph_beta_cdf(double x, double a, double b); // the regularised incomplete beta
PH_API double ph_beta_sf(double x, double a, double b);
PH_API double ph_beta_quantile(double p, double a, double b);
PH_API double ph_f_cdf(double f, double df1, double df2);
PH_API double ph_f_sf(double f, double df1, double df2);
PH_API double ph_binomial_cdf(double k, double n, double p); // P(X <= k)
PH_API double ph_binomial_sf(double k, double n, double p);  // P(X > k)
// Noncentral t: absolute error 1e-14, relative 1e-12 for tails above 1e-20; |ncp| <= 1000.
PH_API double ph_nct_cdf(double t, double df, double ncp);
PH_API double ph_nct_sf(double t, double df, double ncp);
PH_API double ph_nct_quantile(double p, double df, double ncp);

// ---- Command line ------------------------------------------------------------------------------

// argv[0] is the method: feasibility accuracy before-after welch proportions power. Writes one line
// of canonical JSON to OUT, or words to ERR. Returns 0, 1 (the data or the method says no) or 2
// (usage).
PH_API int ph_cli_main(int argc, char **argv, FILE *out, FILE *err);

#ifdef __cplusplus
}
#endif
