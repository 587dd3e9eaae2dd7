// SPDX-License-Identifier: Apache-2.0
// The effect on the treated in two groups and two periods, with its influence function: outcome
// regression, inverse probability weighting (Hajek) and both at once (Sant'Anna & Zhao 2020, JoE
// 219:101). Every method is the doubly robust one with a part left out: without the outcome model
// its prediction is 0, without the propensity model the comparison group's mean is of predictions.
#pragma once

#include "internal.h"

enum { DID_COVARIATES_MAX = 32 };

// N rows, with an intercept first among K columns of X.
struct did_rows {
    size_t n;
    size_t k;
    const double *x;     // [n][k]
    const double *y;     // the change of a panel's unit; else the outcome of a row
    const bool *treated; // its group
    const bool *post;    // NULL for a panel; else whether the row is of the second period
};

struct did_score {
    double att;
    double most_likely; // largest propensity of a comparison row; NAN without a model of it
    size_t trimmed;     // comparison rows whose propensity reached 0.995: they don't count
};

// Takes memory for its own work; fills INFLUENCE[n], whose mean is 0 and whose mean square over n
// is the variance. PH_DATA: groups are empty, covariates are collinear, or the groups separate.
enum ph_status ev_did_score(struct ph_context *c, const struct did_rows *rows,
    enum ph_did_estimator estimator, struct did_score *ret_score, double *influence);
