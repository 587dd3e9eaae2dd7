// SPDX-License-Identifier: Apache-2.0
// Before against after, and two groups. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

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
