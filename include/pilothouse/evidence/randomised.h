// SPDX-License-Identifier: Apache-2.0
// Randomised comparisons. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

#define PH_WARN_RATIO_MISMATCH (UINT64_C(1) << 26)
#define PH_WARN_ATTRITION      (UINT64_C(1) << 27)

// ---- With covariates measured before -----------------------------------------------------------

enum ph_adjustment {
    PH_ADJUST_LIN,    // covariates centred and fully interacted with treatment
    PH_ADJUST_ANCOVA, // the same slopes in both groups
    PH_ADJUST_CUPED,  // the outcome less its full-sample regression on the covariates, then Welch
};

struct ph_adjusted_options {
    uint32_t version;
    int32_t outcome;
    int32_t treat;
    const int32_t *covariates;
    size_t n_covariates;
    int32_t cluster; // PH_NONE, or what was assigned: CR0 to CR3
    int32_t weights;
    enum ph_adjustment adjustment;
    enum ph_vcov vcov; // not for CUPED
    enum ph_design design;
    double level;
};
#define PH_ADJUSTED_OPTIONS                                                                        \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .treat = 1, .cluster = PH_NONE, .weights = PH_NONE,   \
        .adjustment = PH_ADJUST_LIN, .vcov = PH_VCOV_HC2, .design = PH_DESIGN_RANDOMISED,          \
        .level = 0.95                                                                              \
    }

struct ph_adjusted_result {
    struct ph_result head;
    double unadjusted;         // difference of means
    double unadjusted_se;      // Welch
    double variance_reduction; // 1 - (se / unadjusted_se)^2
    size_t n_treated, n_compared;
    size_t dropped_covariates; // collinear
};

PH_CHECKED enum ph_status ph_adjusted(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_adjusted_options *options, struct ph_adjusted_result *ret_result);

// ---- Post-stratification -----------------------------------------------------------------------

struct ph_poststratified_options {
    uint32_t version;
    int32_t outcome;
    int32_t treat;
    int32_t stratum;
    enum ph_design design;
    double level;
};
#define PH_POSTSTRATIFIED_OPTIONS                                                                  \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .treat = 1, .stratum = 2,                             \
        .design = PH_DESIGN_RANDOMISED, .level = 0.95                                              \
    }

struct ph_poststratified_result {
    struct ph_result head;
    size_t strata;
    size_t smallest; // rows of one group in one stratum
};

PH_CHECKED enum ph_status ph_poststratified(struct ph_context *context,
    const struct ph_frame *frame, const struct ph_poststratified_options *options,
    struct ph_poststratified_result *ret_result);

// ---- Randomisation inference -------------------------------------------------------------------

enum { PH_RANDOMISE_EFFECTS_MAX = 4 };

struct ph_randomise_options {
    uint32_t version;
    int32_t outcome;
    int32_t treat;
    int32_t cluster; // PH_NONE, or what was assigned
    int32_t stratum; // PH_NONE, or within what it was assigned
    size_t draws;    // all assignments are taken when they are no more
    enum ph_design design;
    double level;
    bool invert; // an interval: the constant effects that the same draws do not reject
    double effect[PH_RANDOMISE_EFFECTS_MAX]; // further constant effects to be tested
    size_t n_effects;
};
#define PH_RANDOMISE_OPTIONS                                                                       \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .treat = 1, .cluster = PH_NONE, .stratum = PH_NONE,   \
        .draws = 9999, .design = PH_DESIGN_RANDOMISED, .level = 0.95                               \
    }

// The header's estimate is the difference of means (strata weighted by their rows); p tests that
// treatment changed nobody's outcome: the share of assignments whose difference is as large, or
// (b+1)/(B+1) of drawn ones. There is no interval unless INVERT asks for it: an end is NAN, with
// PH_WARN_NO_LIMIT, where nothing far away is rejected.
struct ph_randomise_result {
    struct ph_result head;
    bool enumerated;
    double assignments; // that there are
    size_t draws;
    size_t as_large;
    size_t units, treated, strata;
    double p_of[PH_RANDOMISE_EFFECTS_MAX]; // of the effects that were asked for
};

PH_CHECKED enum ph_status ph_randomise(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_randomise_options *options, struct ph_randomise_result *ret_result);

// ---- Gates: sample ratio, attrition ------------------------------------------------------------

// Pearson's chi-squared of the counts against the share that was planned to be treated.
struct ph_ratio_result {
    double n_treated, n_compared;
    double share, planned;
    double chi2, p;
    bool mismatch; // p < 0.001
    uint64_t warnings;
};

PH_CHECKED enum ph_status ph_sample_ratio(struct ph_context *context, double n_treated,
    double n_compared, double planned, struct ph_ratio_result *ret_result);

// Shares without an outcome: the header is treated minus comparison with Newcombe's interval.
struct ph_attrition_result {
    struct ph_result head;
    double n[2], missing[2], share[2];
    struct ph_interval lee; // bounds of the effect on those whom treatment does not make leave
    double trimmed;         // share of the fuller group that was cut for them
};

// OPTIONS: outcome, treat, level.
PH_CHECKED enum ph_status ph_attrition(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_two_group_options *options, struct ph_attrition_result *ret_result);
