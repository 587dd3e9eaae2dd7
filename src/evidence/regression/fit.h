// SPDX-License-Identifier: Apache-2.0
// Least squares on a design whose numbers it may change: fixed effects are taken out, columns are
// centred on their means where there is a constant, and everything is scaled by the roots of the
// weights. What covariances need is left behind: X, residuals, and the inverse of X'X with a root.
#pragma once

#include "demean.h"

struct ev_fit {
    struct ph_context *c;
    struct ev_design *d;
    size_t n;
    size_t p;       // columns kept
    size_t *column; // which of the design's they are; auxiliary ones included
    double **x;     // the kept columns, as transformed
    double *gram;   // products of all of the design's columns as transformed, the outcome last
    double *e;      // residuals, times the roots of the weights: where the outcome stood
    double *beta;
    double *inverse; // (X'X)^-1, P by P
    double *root;    // L upper with L L' = inverse
    bool *dropped;   // of the design's columns
    bool *auxiliary; // of the design's columns: dummies of fixed effects
    double *mean;    // of the design's columns, taken out where there is a constant
    double y_mean;
    double ss_y;        // around the mean
    double ss_y_within; // after the fixed effects
    double ss_e;
    size_t k; // parameters with all fixed effects
    size_t absorbed_levels;
    size_t iterations;
};

// DUMMIES: which of the design's absorbed groups become columns instead. FOCUS: the design's column
// that must not be collinear with the others; SIZE_MAX: none. F is released in any case. The
// design's columns are transformed, its outcome becomes the residuals.
PH_CHECKED enum ph_status ev_fit(
    struct ev_design *d, unsigned dummies, size_t focus, struct ev_fit *ret_fit);
void ev_fit_release(struct ev_fit *f);
