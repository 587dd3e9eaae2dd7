// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "design.h"

// A fitted log-linear model of counts.
struct ev_poisson {
    struct ph_context *c;
    size_t n;
    size_t p;
    double *beta;
    double *inverse; // (X'WX)^-1, P by P
    double *mean;    // fitted, N
    double dispersion;
    size_t iterations;
};

// Iteratively reweighted least squares on D's columns; OFFSET may be NULL. Separation and collinear
// columns are errors in words. RET is released in any case.
PH_CHECKED enum ph_status ev_poisson_fit(
    const struct ev_design *d, const double *offset, struct ev_poisson *ret);
void ev_poisson_release(struct ev_poisson *f);
