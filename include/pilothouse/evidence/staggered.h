// SPDX-License-Identifier: Apache-2.0
// Places that start at different times against places that have not started: group-time effects
// (Callaway & Sant'Anna 2021, JoE 225:200), their summaries, and the decomposition that shows what
// two-way fixed effects would have compared (Goodman-Bacon 2021, JoE 225:254). Included by
// pilothouse/evidence.h.
#pragma once

#define PH_WARN_CELLS_LEFT_OUT  (UINT64_C(1) << 49)
#define PH_WARN_SMALL_COHORTS   (UINT64_C(1) << 50)
#define PH_WARN_OVERLAP         (UINT64_C(1) << 51)
#define PH_WARN_NO_PRE_TEST     (UINT64_C(1) << 52)
#define PH_WARN_PRE_TREND       (UINT64_C(1) << 53)
#define PH_WARN_ALREADY_TREATED (UINT64_C(1) << 54)

// ---- Group-time effects
// --------------------------------------------------------------------------

enum ph_did_estimator {
    PH_DID_DOUBLY_ROBUST,
    PH_DID_REGRESSION, // outcome regression alone
    PH_DID_WEIGHTING,  // inverse probability weights alone, Hajek's
};
enum ph_did_control {
    PH_DID_NEVER_TREATED,
    PH_DID_NOT_YET_TREATED, // and never treated
};
enum ph_did_base {
    PH_DID_BASE_VARYING,   // before the start each period is compared with the one before it
    PH_DID_BASE_UNIVERSAL, // always with the last one before the start
};

enum ph_did_multiplier {
    PH_DID_RADEMACHER, // -1 or 1, as the did package draws them
    PH_DID_MAMMEN,     // two points with third moment 1 (Mammen 1993, AoS 21:255)
};

struct ph_attgt_options {
    uint32_t version;
    int32_t outcome;
    int32_t unit;              // keys; PH_NONE: repeated cross-sections, each row another unit
    int32_t time;              // numbers, in order
    int32_t first_treated;     // 0 or missing = never
    int32_t cluster;           // keys; PH_NONE: units (rows) are independent
    const int32_t *covariates; // real columns, as known in the earlier of two compared periods
    size_t n_covariates;       // at most PH_ATTGT_COVARIATES_MAX
    enum ph_did_estimator estimator;
    enum ph_did_control control;
    enum ph_did_base base;
    double anticipation; // how long before the start an effect may begin, in units of time
    double delta;        // smallest effect worth having, for the gate on leads; NAN: off
    uint32_t draws;      // of the multiplier bootstrap for uniform bands; 0: none
    enum ph_did_multiplier multiplier;
    double level;
};
enum { PH_ATTGT_COVARIATES_MAX = 31 };
#define PH_ATTGT_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .unit = 1, .time = 2, .first_treated = 3,             \
        .cluster = PH_NONE, .estimator = PH_DID_DOUBLY_ROBUST, .control = PH_DID_NEVER_TREATED,    \
        .base = PH_DID_BASE_VARYING, .anticipation = 0, .delta = NAN, .draws = 0, .level = 0.95    \
    }

// One effect with its analytic standard error; BAND is uniform over its list, NAN without draws.
struct ph_att {
    double group; // first treated time; NAN where groups are pooled
    double time;  // calendar time, or time since the start; NAN where times are pooled
    double att;
    double se; // NAN for a group of fewer than 5 units
    struct ph_interval interval;
    struct ph_interval band;
    size_t treated;     // units (rows) of the group
    size_t compared;    // and of the comparison
    double most_likely; // largest propensity among the compared; NAN without covariates
    size_t trimmed;
    bool estimated; // false: no comparison, or no model; the header's warnings say so
};

struct ph_att_list {
    struct ph_att overall;
    struct ph_att *item;
    size_t n;
    double critical; // of the band; NAN without draws
};

// That all effects before the start are 0, for the few units that pilots have. Clusters count as
// one.
struct ph_lead_test {
    const char *convention; // static; NULL: no lead can be tested
    double f, df1, df2;     // of all leads at once; NAN where each was tested by itself
    double p;
};

// The header is the overall effect by group (the mean over groups of their mean effects).
// Influence functions stand in rows of N values, one for each unit (row) in the order of UNIT;
// their mean squares over N are the variances. Arrays belong to the result: ph_attgt_release().
struct ph_attgt_result {
    struct ph_result head;
    size_t n; // units, or rows of repeated cross-sections
    size_t groups, periods;
    size_t left_out; // units without an outcome in every period
    size_t always;   // units treated from the first period on: no period before
    struct ph_att_list cells;
    struct ph_att simple; // all cells after the start, by group size
    struct ph_att_list by_group;
    struct ph_att_list by_time;  // calendar
    struct ph_att_list by_event; // time since the start
    double pre_wald, pre_p;      // all effects before the start are 0, by chi-squared, which
                                 // rejects too often with few units; NAN where there are none
    struct ph_lead_test leads;   // the same for few units: what warnings and gates go by
    size_t pre_cells;            // leads: effects before the start
    bool leads_excluded;         // every lead's interval excludes violations as large as delta:
                                 // true where there are no leads, else false without delta
    double not_ruled_out;        // the largest violation that some lead leaves possible; NAN
                                 // without leads, INFINITY where one has no interval
    double *influence;           // [cells.n][n]
    size_t *unit_row;            // [n], a row of the frame
};

PH_CHECKED enum ph_status ph_attgt(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_attgt_options *options, struct ph_attgt_result *ret_result);
PH_API void ph_attgt_release(struct ph_context *context, struct ph_attgt_result *result);

// ---- What two-way fixed effects compare
// ----------------------------------------------------------

enum ph_bacon_kind {
    PH_BACON_NEVER,   // treated against never treated
    PH_BACON_EARLIER, // earlier treated against later treated, before these start
    PH_BACON_LATER,   // later treated against those already treated: the comparison that misleads
    PH_BACON_ALWAYS,  // treated against units treated in every period: as misleading
    PH_BACON_KINDS,
};
PH_API const char *ph_bacon_kind_name(enum ph_bacon_kind kind); // "treated-never"

struct ph_bacon_pair {
    enum ph_bacon_kind kind;
    double treated;  // first treated time of the group that changes
    double compared; // of the other; INFINITY = never
    double weight;   // all add up to 1
    double estimate;
};

// The header's estimate is two-way fixed effects' own, on a balanced panel without covariates; no
// standard error. Warns where comparisons with the already treated weigh over a tenth.
struct ph_bacon_result {
    struct ph_result head;
    double weight[PH_BACON_KINDS];
    double estimate[PH_BACON_KINDS]; // weighted mean of the kind's pairs; NAN where there is none
    struct ph_bacon_pair *pair;
    size_t n_pairs;
    size_t left_out; // units without an outcome in every period
};

PH_CHECKED enum ph_status ph_bacon(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_panel_columns *columns, struct ph_bacon_result *ret_result);
PH_API void ph_bacon_release(struct ph_context *context, struct ph_bacon_result *result);

// ---- Interaction-weighted event study
// ------------------------------------------------------------

struct ph_sunab_options {
    uint32_t version;
    int32_t outcome;
    int32_t unit;          // keys
    int32_t time;          // numbers
    int32_t first_treated; // 0 or missing = never: the reference
    int32_t cluster;       // PH_NONE: the unit
    double level;
};
#define PH_SUNAB_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .unit = 1, .time = 2, .first_treated = 3,             \
        .cluster = PH_NONE, .level = 0.95                                                          \
    }
enum { PH_SUNAB_CELLS_MAX = 300 };

// Sun & Abraham (2021, JoE 225:175): one regression with unit and time effects and a coefficient
// for each group and time since its start, the period before it and the never treated left out. The
// header is the mean of the cells since the start, by their rows; its error takes the weights as
// given. Arrays belong to the result: ph_sunab_release().
struct ph_sunab_result {
    struct ph_result head;
    struct ph_att_list cells;
    struct ph_att_list by_event;
};

PH_CHECKED enum ph_status ph_sunab(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_sunab_options *options, struct ph_sunab_result *ret_result);
PH_API void ph_sunab_release(struct ph_context *context, struct ph_sunab_result *result);
