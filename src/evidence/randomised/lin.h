// SPDX-License-Identifier: Apache-2.0
// Lin's estimate without columns of its own: each group's regression from sums over its rows.
#pragma once

#include "design.h"

struct ev_lin {
    double estimate;
    double variance;
    double unadjusted; // difference of means, and Welch's variance of it
    double unadjusted_variance;
    size_t n_treated, n_compared;
    size_t k; // parameters
    uint64_t warnings;
};

// For a settled design without clusters or weights and HC0 to HC3. RET_DONE is false where the
// covariates are too nearly collinear, a group too small, or the fit exact: the whole regression
// tells what is wrong, or what is left.
PH_CHECKED enum ph_status ev_lin(const struct ev_design *d, const struct ph_adjusted_options *o,
    struct ev_lin *ret, bool *ret_done);
