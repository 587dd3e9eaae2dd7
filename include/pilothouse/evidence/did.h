// SPDX-License-Identifier: Apache-2.0
// Difference in differences by one regression: two groups and two times, or a panel with effects of
// units and times (TWFE). Where places start at different times the estimate misleads, so that what
// it compares and the group-time estimate stand beside it, always. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

#define PH_WARN_STAGGERED      (UINT64_C(1) << 56)
#define PH_WARN_REPEATED_CELLS (UINT64_C(1) << 58)

// ---- What stands beside two-way fixed effects
// ----------------------------------------------------

struct ph_beside_options {
    uint32_t version;
    int32_t outcome;
    int32_t unit; // keys; PH_NONE: repeated cross-sections
    int32_t time;
    int32_t treat;         // 1 where and when it is treated; or PH_NONE
    int32_t first_treated; // 0 or missing = never; or PH_NONE
    int32_t cluster;
    const int32_t *covariates;
    size_t n_covariates;
    double delta; // smallest effect worth having, for the leads; NAN: off
    double level;
};
#define PH_BESIDE_OPTIONS                                                                          \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .unit = 1, .time = 2, .treat = PH_NONE,               \
        .first_treated = PH_NONE, .cluster = PH_NONE, .delta = NAN, .level = 0.95                  \
    }

// Plain data. What could not be had is NAN, and HAS_ says so.
struct ph_beside {
    size_t starts; // different first treated times; above 1 the adoption is staggered
    bool ends;     // treatment ended somewhere: nothing else here can be had
    bool has_group_time;
    struct ph_result group_time; // Callaway & Sant'Anna's overall effect by group
    bool not_yet_treated;        // nobody was never treated, so these were compared with
    double pre_p;                // all leads are 0, by struct ph_lead_test
    const char *pre_test;        // its convention; NULL without one
    size_t pre_cells;
    bool leads_excluded; // every lead's interval excludes violations as large as DELTA
    bool has_bacon;      // what two-way fixed effects compare, on the balanced part of the panel
    double weight[5];    // by enum ph_bacon_kind
    double estimate[5];
    double twfe;          // their sum
    double misleading;    // weight of comparisons with the already treated
    double not_ruled_out; // largest violation before the start that some lead leaves possible
};

PH_CHECKED enum ph_status ph_beside(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_beside_options *options, struct ph_beside *ret_beside);

// ---- Difference in differences ------------------------------------------------------------------

struct ph_did_options {
    uint32_t version;
    int32_t outcome;
    int32_t treat; // with POST: 1 in the treated group's rows; else 1 where and when it is treated,
                   // or PH_NONE with FIRST_TREATED
    int32_t post;  // 0 before, 1 after: two groups and two times; PH_NONE: a panel
    int32_t unit;  // keys; a panel needs them
    int32_t time;  // numbers; a panel needs them
    int32_t first_treated; // each unit's first treated time, 0 or missing = never; or PH_NONE
    int32_t cluster;       // PH_NONE: the unit, where there is one
    const int32_t *covariates;
    size_t n_covariates;
    bool own_vcov; // VCOV below; else CR2 with units or clusters, HC2 without
    enum ph_vcov vcov;
    double delta; // smallest effect worth having, for the leads; NAN: off
    enum ph_design design;
    double level;
};
enum { PH_DID_COVARIATES_MAX = 31 };
#define PH_DID_OPTIONS                                                                             \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .treat = 1, .post = PH_NONE, .unit = PH_NONE,         \
        .time = PH_NONE, .first_treated = PH_NONE, .cluster = PH_NONE, .vcov = PH_VCOV_CR2,        \
        .delta = NAN, .design = PH_DESIGN_COMPARISON, .level = 0.95                                \
    }

// The header is the regression's coefficient. BESIDE is filled for panels.
struct ph_did_result {
    struct ph_result head;
    struct ph_regression_result regression; // given back by ph_did_release()
    bool panel;
    struct ph_beside beside;
};

PH_CHECKED enum ph_status ph_did(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_did_options *options, struct ph_did_result *ret_result);
PH_API void ph_did_release(struct ph_context *context, struct ph_did_result *result);
