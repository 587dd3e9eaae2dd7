// SPDX-License-Identifier: Apache-2.0
// Does it work here, and is it accurate enough? Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

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

// ---- Straight lines between two methods, both with error --------------------------------------

struct ph_slopes_options {
    uint32_t version;
    int32_t outcome;
    int32_t reference;
    int32_t unit;       // PH_NONE, or average each unit's readings first
    double error_ratio; // variance of the outcome's error over that of the reference's
    double level;
};
#define PH_SLOPES_OPTIONS                                                                          \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .reference = 1, .unit = PH_NONE, .error_ratio = 1,    \
        .level = 0.95                                                                              \
    }

// outcome = intercept + slope * reference
struct ph_line {
    double slope;
    struct ph_interval slope_interval;
    double intercept;
    struct ph_interval intercept_interval;
};

struct ph_band {
    double from, to; // of the mean of both methods
    size_t n;
    double bias;
    struct ph_interval interval;
};

enum { PH_BANDS = 3, PH_PASSING_BABLOK_MAX = 4000 };

// The header is Deming's slope; its p is against a slope of 1.
struct ph_slopes_result {
    struct ph_result head;
    struct ph_line deming;
    struct ph_line passing_bablok; // NAN beyond PH_PASSING_BABLOK_MAX pairs, with PH_WARN_UNDEFINED
    struct ph_band bands[PH_BANDS]; // low, middle and high third of the pairs
};

PH_CHECKED enum ph_status ph_slopes(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_slopes_options *options, struct ph_slopes_result *ret_result);

// ---- Agreement on categories -------------------------------------------------------------------

enum ph_category_weights { PH_WEIGHTS_NONE, PH_WEIGHTS_LINEAR, PH_WEIGHTS_QUADRATIC };
enum { PH_CATEGORIES_MAX = 50 };

struct ph_categories_options {
    uint32_t version;
    int32_t outcome;
    int32_t reference;
    int32_t unit; // PH_NONE, or who rows belong to: intervals by resampling units
    enum ph_category_weights weights; // by the categories' order
    size_t draws;                     // with UNIT
    double level;
};
#define PH_CATEGORIES_OPTIONS                                                                      \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .reference = 1, .unit = PH_NONE,                      \
        .weights = PH_WEIGHTS_NONE, .draws = 2000, .level = 0.95                                   \
    }

struct ph_chance_corrected {
    double value;
    double se;
    struct ph_interval interval;
};

// The header is Gwet's coefficient: AC1, with weights AC2.
struct ph_categories_result {
    struct ph_result head;
    double agreement;                 // share of rows, weighted
    struct ph_chance_corrected kappa; // Cohen's, weighted
    struct ph_chance_corrected gwet;
    size_t n_categories;
    double category[PH_CATEGORIES_MAX];
};

PH_CHECKED enum ph_status ph_categories(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_categories_options *options, struct ph_categories_result *ret_result);
