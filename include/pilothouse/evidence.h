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

#ifdef __cplusplus
}
#endif
