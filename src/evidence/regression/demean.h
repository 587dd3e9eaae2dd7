// SPDX-License-Identifier: Apache-2.0
// Taking fixed effects out of columns.
#pragma once

#include "design.h"

#define EV_DEMEAN_TOLERANCE 1e-12

enum { EV_DEMEAN_SMALL = 400 }; // levels whose effects a dense system may give

// A column's mean, and its sums of squares around it and after the fixed effects.
struct ev_spread {
    double mean;
    double centred;
    double within;
};

// Takes the groups SET out of the columns V, by weighted means, until the means left are below the
// tolerance times the column's size. A column's mean goes in any case.
PH_CHECKED enum ph_status ev_demean(const struct ev_design *d, unsigned set, double **v, size_t n_v,
    struct ev_spread *ret_spread, size_t *ret_iterations);

// Sums of squares by weight.
double ev_weighted_squares(const struct ev_design *d, const double *v);
// Takes the mean off, with what rounding left of it.
struct ev_spread ev_centre(const struct ev_design *d, double *v);

// The same for rows without weights whose groups UNIT lie side by side; PERIOD has few levels, or
// is NULL.
PH_CHECKED enum ph_status ev_demean_runs(const struct ev_design *d, const struct ev_groups *unit,
    const struct ev_groups *period, double **v, size_t n_v, struct ev_spread *ret_spread);

// The rank of the dummies of absorbed groups SET together: exact for up to two; for more, one
// redundancy each is assumed.
PH_CHECKED enum ph_status ev_absorbed_rank(
    const struct ev_design *d, unsigned set, size_t *ret_rank);
