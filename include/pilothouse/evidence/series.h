// SPDX-License-Identifier: Apache-2.0
// One series, interrupted: no comparison but its own past. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

#define PH_WARN_OVERDISPERSED (UINT64_C(1) << 28)
#define PH_WARN_SERIAL        (UINT64_C(1) << 29)
#define PH_WARN_SHORT_SERIES  (UINT64_C(1) << 30)

enum ph_family {
    PH_FAMILY_GAUSSIAN,
    PH_FAMILY_POISSON,       // counts: log link
    PH_FAMILY_QUASI_POISSON, // the same with a dispersion from Pearson's chi-squared
};

struct ph_series_options {
    uint32_t version;
    int32_t outcome;
    int32_t time;   // rising from row to row; PH_NONE: rows are 1, 2, 3 ...
    double from;    // first time after the interruption
    bool no_slope;  // without a change of slope
    int32_t season; // PH_NONE, or a column of keys with a level each
    double period;  // of harmonics, in units of time
    uint32_t harmonics;
    int32_t exposure; // PH_NONE, or what counts are out of: its logarithm is the offset
    enum ph_family family;
    bool newey_west; // else iid, or the model's own
    uint32_t lag;
    bool unadjusted; // without n/(n-k)
    double level;
    double at; // NAN: the estimate is the change at the interruption; else with the change of slope
               // up to this time
    bool log;  // GAUSSIAN: of the outcome's logarithm, by EXPOSURE where there is one
    bool calibrated; // errors and degrees of freedom for few rows that hang together, as
                     // docs/evidence/its.md says; not for PH_FAMILY_POISSON's own errors
};
#define PH_SERIES_OPTIONS                                                                          \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .time = PH_NONE, .season = PH_NONE, .period = 12,     \
        .exposure = PH_NONE, .newey_west = true, .lag = 0, .level = 0.95, .at = NAN                \
    }

// The header is the change of level at the interruption, or the whole change at AT (of the log rate
// for counts and logarithms). Coefficients: (intercept), time, level, and where asked slope, season
// and harmonics; with AT the slope counts from there, so that the level is the change at that time.
struct ph_series_result {
    struct ph_result head;
    size_t n_coefficients;
    struct ph_coefficient *coefficients;
    size_t n_before, n_after;
    double rate_ratio; // exp of the estimate, of counts and logarithms; else NAN
    struct ph_interval rate_ratio_interval;
    double dispersion;       // Pearson's chi-squared by n - k; NAN for the Gaussian
    double durbin_watson;    // of the residuals, Pearson's for counts
    double autocorrelation1; // likewise
    double correlation;      // of neighbours, as CALIBRATED took it; else NAN
    size_t iterations;
    double from;       // first time after the interruption
    double *time;      // [head.n], of the rows used
    double *observed;  // [head.n], as it was given
    double *trend;     // [head.n], the fitted line in the same unit, seasons averaged out
    double *untouched; // [head.n]: the same without the changes of level and slope
};

// RET_RESULT is given back with ph_series_release().
PH_CHECKED enum ph_status ph_series(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_series_options *options, struct ph_series_result *ret_result);
PH_API void ph_series_release(struct ph_context *context, struct ph_series_result *result);
