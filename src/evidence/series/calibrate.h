// SPDX-License-Identifier: Apache-2.0
// Standard errors of short series whose residuals hang together.
#pragma once

#include "internal.h"

struct ev_calibration {
    size_t n, p;
    const double *x;     // [p][n], the columns as they were fitted, each times ROOT where given
    const double *root;  // [n], or NULL for 1
    const double *e;     // [n], residuals; Pearson's with ROOT
    const bool *dropped; // [p], columns that don't count
    bool newey_west;     // else one variance for all, from the residuals' mean square
    uint32_t lag;
    double factor; // that the variance was multiplied by: n / (n - k), or 1
};

// Of each column: what its standard error is to be multiplied by, and its degrees of freedom.
// RET_CORRELATION: of neighbours, as it was found.
PH_CHECKED enum ph_status ev_calibrate(struct ph_context *c, const struct ev_calibration *k,
    double *ret_stretch, double *ret_df, double *ret_correlation);
