// SPDX-License-Identifier: Apache-2.0
// What randomisation inference draws over: units (rows or clusters) sorted by stratum.
#pragma once

#include "internal.h"

struct ri_unit {
    double sum;   // of outcomes, centred
    double rows;  // how many
    bool treated; // as it was
    int32_t stratum;
    int32_t cluster;
};

struct ri_stratum {
    size_t first;
    size_t n;
    size_t treated;
    double sum;
    double rows;
    double weight; // its share of all rows
};

struct ri {
    struct ph_context *c;
    struct ri_unit *unit;
    size_t n;
    struct ri_stratum *stratum;
    size_t n_strata;
    double observed;
    double floor; // |T| from which a draw counts as as large
    size_t draws;
    size_t as_large;
};

// The difference of means with the treated units' sums and rows by stratum.
double ri_difference(const struct ri *k, const double *sum, const double *rows);
// All assignments, counting those as large. True unless cancelled.
bool ri_enumerate(struct ri *k);
// DRAWS assignments by counted random numbers, on the context's threads.
PH_CHECKED enum ph_status ri_draw(struct ri *k);
// The same for rows in one stratum, by bits: what a million rows need.
PH_CHECKED enum ph_status ri_draw_bits(struct ri *k);
