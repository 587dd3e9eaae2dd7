// SPDX-License-Identifier: Apache-2.0
// One treated place (or a few that start together) against a weighted mean of places that were not:
// synthetic control and synthetic difference in differences. Included by pilothouse/evidence.h.
#pragma once

struct ph_unit_weight {
    int32_t key;
    size_t first_row; // of the frame, from 0
    double weight;
};

// All treated units of these methods start in the same period.
#define PH_WARN_LOOSE_FIT          (UINT64_C(1) << 45)
#define PH_WARN_WEIGHTS_NOT_UNIQUE (UINT64_C(1) << 46)
#define PH_WARN_FEW_PLACEBOS       (UINT64_C(1) << 47)
#define PH_WARN_NO_VARIANCE        (UINT64_C(1) << 48)

// ---- Synthetic control -------------------------------------------------------------------------

// A predictor is a column's mean over the periods FROM to TO, both included, missing cells left
// out.
struct ph_predictor {
    int32_t column;
    double from;
    double to;
};

enum ph_synth_v {
    PH_SYNTH_V_EQUAL,     // each predictor, divided by its standard deviation, counts the same
    PH_SYNTH_V_OPTIMISED, // the weights with which the outcome before the start is met best
};

struct ph_synth_options {
    uint32_t version;
    struct ph_panel_columns columns;
    const struct ph_predictor *predictors; // none: the outcome in every period before the start
    size_t n_predictors;                   // at most PH_SYNTH_PREDICTORS_MAX
    enum ph_synth_v v;
    double in_time; // pretend that it started then, on the periods before the start; NAN: don't
    double delta;   // smallest effect worth having: a worse fit than delta / 2 is grade C; NAN: off
    bool no_placebos;
    double level;
};
enum { PH_SYNTH_PREDICTORS_MAX = 32 };
#define PH_SYNTH_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .columns = { 0, 1, 2, 3, PH_NONE }, .v = PH_SYNTH_V_OPTIMISED,      \
        .in_time = NAN, .delta = NAN, .level = 0.95                                                \
    }

// One donor as if it had been treated, against the other donors.
struct ph_placebo {
    int32_t key;
    size_t first_row;
    double effect; // mean gap after the start
    double pre_rmspe;
    double post_rmspe;
    double ratio;      // post over pre; INFINITY where the fit before is perfect
    const double *gap; // [pre + post], donor minus its synthetic; of the result's GAPS
};

// The header's estimate is the mean gap, treated minus synthetic, over the periods from the start
// on. Its p is the rank of the treated place's ratio among all places', over their number; there is
// no standard error. Arrays belong to the result: ph_synth_release().
struct ph_synth_result {
    struct ph_result head;
    size_t donors, treated, pre, post; // units and periods
    double loss;                       // sum of squared gaps before the start
    double predictor_loss;             // the same of scaled predictors, by their weights; or NAN
    double pre_rmspe, post_rmspe, ratio;
    size_t rank;                 // of RATIO, 1 = largest; 0 without placebos
    double kkt;                  // largest violation of optimality, relative to the loss's scale
    bool unique;                 // shown that no other weights do as well
    double in_time_effect;       // NAN unless asked for
    double loo_low, loo_high;    // the estimate with each weighted donor left out in turn
    double *time;                // [pre + post]
    double *actual;              // [pre + post]
    double *synthetic;           // [pre + post]
    struct ph_unit_weight *unit; // [donors], largest weight first
    struct ph_placebo *placebo;  // [n_placebos], largest ratio first
    size_t n_placebos;
    double *gaps;             // [n_placebos][pre + post]
    double *predictor_weight; // [n_predictors], sums to 1
    size_t n_predictors;
    size_t predictor_missing; // cells within predictors' times that were missing, and left out
};

PH_CHECKED enum ph_status ph_synth(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_synth_options *options, struct ph_synth_result *ret_result);
PH_API void ph_synth_release(struct ph_context *context, struct ph_synth_result *result);

// ---- Synthetic difference in differences --------------------------------------------------------

enum ph_sdid_method {
    PH_SDID,    // unit and time weights, unit fixed effects
    PH_SDID_SC, // unit weights only, no intercept: synthetic control with a tiny ridge
    PH_SDID_DID // equal weights
};
enum ph_sdid_solver {
    PH_SDID_EXACT,      // to optimality
    PH_SDID_FRANK_WOLFE // as the synthdid package ships: stops early; for comparison with what it
                        // published
};
enum ph_sdid_variance {
    PH_SDID_PLACEBO,   // donors as if treated; enumerated when one place is treated
    PH_SDID_JACKKNIFE, // units left out in turn, weights kept; needs two treated units
    PH_SDID_BOOTSTRAP, // units drawn again, weights found again; needs two treated units
    PH_SDID_NO_VARIANCE
};

struct ph_sdid_options {
    uint32_t version;
    struct ph_panel_columns columns;
    enum ph_sdid_method method;
    enum ph_sdid_solver solver;
    enum ph_sdid_variance variance;
    uint32_t draws; // of placebo with several treated units, and of the bootstrap
    double level;
};
#define PH_SDID_OPTIONS                                                                            \
    {                                                                                              \
        .version = PH_VERSION, .columns = { 0, 1, 2, 3, PH_NONE }, .method = PH_SDID,              \
        .solver = PH_SDID_EXACT, .variance = PH_SDID_PLACEBO, .draws = 200, .level = 0.95          \
    }

// The header's interval is normal with the chosen standard error.
struct ph_sdid_result {
    struct ph_result head;
    size_t donors, treated, pre, post;
    double noise;       // sd of the donors' first differences before the start
    double zeta_omega;  // ridge of unit weights
    double zeta_lambda; // ridge of time weights
    double kkt;
    double *time;                // [pre + post]
    double *actual;              // [pre + post], mean of the treated
    double *synthetic;           // [pre + post], shifted to meet the treated before the start
    double *time_weight;         // [pre]
    struct ph_unit_weight *unit; // [donors], largest weight first
};

PH_CHECKED enum ph_status ph_sdid(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_sdid_options *options, struct ph_sdid_result *ret_result);
PH_API void ph_sdid_release(struct ph_context *context, struct ph_sdid_result *result);
