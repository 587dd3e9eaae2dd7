// SPDX-License-Identifier: Apache-2.0
// What the files of this area share: ratings gathered into cells, and the fit.
#pragma once

#include "dense.h"
#include "internal.h"

// One factor's levels, numbered from 0 in the order of their keys.
struct ev_levels {
    size_t n;
    int32_t *key;  // of each level
    double *count; // its ratings
    double *sum;   // of its ratings
};

// Ratings are centred on their mean and divided by their spread. Cells are pairs that met, by
// level of LARGE, then of SMALL: small's levels make the dense matrix.
struct ev_ratings {
    size_t n; // ratings
    double centre, scale;
    double total, squares; // of all centred and scaled ratings
    bool items_large;
    struct ev_levels item, rater;
    struct ev_levels *large, *small; // one of each
    size_t n_cells;
    size_t *first;  // of each large level's cells, and an end
    int32_t *other; // small level
    double *count;
    size_t components;
};

// Also sets R's counts. Give back whatever the status.
enum ph_status ev_ratings_read(struct ph_context *c, const struct ph_frame *f,
    const struct ph_ratings_options *o, struct ph_result *r, struct ev_ratings *ret_ratings);
void ev_ratings_give_back(struct ph_context *c, struct ev_ratings *a);

// The fit at variance ratios LARGE and SMALL to the residual's, on the scale of struct ev_ratings.
struct ev_fit {
    double ratio[2]; // [0] of the large factor, [1] of the small one
    double deviance;
    double mean;
    double residual;  // its variance
    double precision; // 1' V^-1 1, of the mean, in units of the residual
    size_t iterations;
    // Of the small factor, n levels. Matrix: at first the factor L of I + ratio Z'PZ, after
    // ev_fit_invert() the lower triangle of the inverse.
    double *matrix;
    double *cross_one, *cross_y; // Z' P 1 and Z' P y without the small factor
    double *slope;               // Z' V^-1 (y - mean)
    double *one;                 // Z' V^-1 1
    double *weight;              // of the large factor: ratio / (1 + ratio n)
    double *residue;             // of the large factor: Z' V^-1 (y - mean)
    double *spare;
    struct ev_dense *dense;
};

// Finds the ratios. Give back whatever the status.
enum ph_status ev_fit_find(
    struct ph_context *c, const struct ev_ratings *a, bool ml, struct ev_fit *ret_fit);
// L again for the ratios found, for draws.
enum ph_status ev_fit_factor(
    struct ph_context *c, const struct ev_ratings *a, bool ml, struct ev_fit *fit);
void ev_fit_give_back(struct ph_context *c, struct ev_fit *fit);

// The whole method; FIT and RATINGS are kept for the caller, who gives them back.
enum ph_status ev_ratings_fit(struct ph_context *c, const struct ph_frame *f,
    const struct ph_ratings_options *o, struct ev_ratings *ret_ratings, struct ev_fit *ret_fit,
    struct ph_ratings_result *ret_result);
