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
    double treated_rows;
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
    // Of each draw, where other effects are to be tested, too; else NULL: its difference of means,
    // and the same of what is 1 for the treated and 0 for the others.
    double *shown;
    double *overlap;
};

// What a draw picks: of each stratum the sum, the rows, and those of them that were treated.
struct ri_picked {
    double sum, rows, both;
};

// The difference of means.
double ri_difference(const struct ri *k, const struct ri_picked *picked);
double ri_overlap(const struct ri *k, const struct ri_picked *picked);
// All assignments, counting those as large. True unless cancelled.
bool ri_enumerate(struct ri *k);
// DRAWS assignments by counted random numbers, on the context's threads.
PH_CHECKED enum ph_status ri_draw(struct ri *k);
// The same for rows in one stratum, by bits: what a million rows need.
PH_CHECKED enum ph_status ri_draw_bits(struct ri *k);

// ---- shifts.c: what SHOWN and OVERLAP say. DRAWN: not all assignments, the observed one counts
// ----

// The constant effects with p > 1 - LEVEL; an end is NAN where nothing far away is rejected.
PH_CHECKED enum ph_status ri_interval(
    const struct ri *k, bool drawn, double level, struct ph_interval *ret);
double ri_p_at(const struct ri *k, bool drawn, double effect);
