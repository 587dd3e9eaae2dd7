// SPDX-License-Identifier: Apache-2.0
// What pooling and shrinkage share: estimates Y with variances V.
#pragma once

#include "internal.h"

struct pilots {
    size_t n;
    double *y; // give back; v follows in the same block
    double *v;
    double scale2; // the range of y, squared: no tau2 is beyond
};

// Sums over pilots with weights w = 1 / (v + tau2).
struct sums {
    double w, w2;
    double mean;
    double q;  // sum of w (y - mean)^2
    double q2; // sum of w^2 (y - mean)^2
};

struct sums ev_sums_at(const struct pilots *p, double tau2);
// The (restricted) log likelihood, less a constant.
double ev_pilots_likelihood(const struct pilots *p, bool restricted, double tau2);
// Overwrites the intervals, chances, shrunken effects and (without Hartung & Knapp) the mean of OUT
// by those that do not take tau2 as known.
PH_CHECKED enum ph_status ev_pilots_integrate(struct ph_context *c, const struct pilots *p,
    const struct ph_shrink_options *o, struct ph_shrink_result *out);
