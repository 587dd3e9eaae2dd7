// SPDX-License-Identifier: Apache-2.0
// Is it worth its cost, and is knowing more? Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- Cost and benefit ---------------------------------------------------------------------------
// The net benefit of the pilot over the comparison is value * effect - cost, where VALUE is what
// one unit of effect is worth.

struct ph_cost_at {
    double value;
    double benefit;    // mean net benefit
    double benefit_sd; // of its uncertainty
    double beneficial; // P(net benefit > 0): the acceptability curve
    double mc_error;   // of BENEFICIAL; 0 when it was not drawn
    double evpi;       // for one unit: the expected value of perfect information
};

enum { PH_COST_VALUES_MAX = 1000 };

// Rows are draws of what is uncertain: from a model, a posterior or a bootstrap.
struct ph_cost_options {
    uint32_t version;
    int32_t effect[2]; // [0] comparison, PH_NONE: [1] is the difference; [1] pilot
    int32_t cost[2];
    const double *values;
    size_t n_values;
    double level;
};
#define PH_COST_OPTIONS                                                                            \
    {                                                                                              \
        .version = PH_VERSION, .effect = { 0, 1 }, .cost = { 2, 3 }, .level = 0.95                 \
    }

// Means, spreads and their correlation of effect and cost, as differences.
struct ph_cost_estimates {
    double effect, effect_se;
    double cost, cost_se;
    double correlation;
};

// The header is the cost of one unit of effect with Fieller's interval; NAN with PH_WARN_UNBOUNDED
// when the effect may be zero.
struct ph_cost_result {
    struct ph_result head;
    struct ph_cost_estimates estimates;
    size_t n_at;
    struct ph_cost_at *at; // one a value; given back by ph_cost_release()
};

PH_CHECKED enum ph_status ph_cost(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_cost_options *options, struct ph_cost_result *ret_result);
// From estimates whose errors are normal, as a pilot's own analysis gives them. Columns in OPTIONS
// are not looked at.
PH_CHECKED enum ph_status ph_cost_estimated(struct ph_context *context,
    const struct ph_cost_estimates *estimates, const struct ph_cost_options *options,
    struct ph_cost_result *ret_result);
PH_API void ph_cost_release(struct ph_context *context, struct ph_cost_result *result);

// ---- Value of information -----------------------------------------------------------------------

// E max(Z - z, 0) of a standard normal Z (Raiffa & Schlaifer 1961, Applied Statistical Decision
// Theory).
PH_API double ph_unit_normal_loss(double z);

struct ph_voi_options {
    uint32_t version;
    double mean; // of the net benefit of one unit
    double sd;   // of its uncertainty
    double population;
    double n;     // units of a further study; 0: none
    double sigma; // sd of one unit's net benefit
    double fixed; // cost of the study
    double each;  // and of each of its units
};
#define PH_VOI_OPTIONS                                                                             \
    {                                                                                              \
        .version = PH_VERSION, .population = 1                                                     \
    }

struct ph_voi_result {
    double evpi;         // for the population
    double evsi;         // of the study, for the population; NAN without one
    double preposterior; // sd of what the study will make of the mean
    double study_cost;
    double net; // evsi - study_cost
};

PH_CHECKED enum ph_status ph_voi(struct ph_context *context, const struct ph_voi_options *options,
    struct ph_voi_result *ret_result);

// What knowing one parameter exactly would be worth, by regression of the net benefit on it.
struct ph_evppi_options {
    uint32_t version;
    struct ph_cost_options cost; // VALUES are not looked at
    int32_t parameter;
    double value;
};
#define PH_EVPPI_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .cost = PH_COST_OPTIONS, .parameter = 4, .value = 1                 \
    }

struct ph_evppi_result {
    double evppi; // for one unit
    double evpi;
    size_t n;
    size_t n_dropped;
    double explained;       // share of the net benefit's variance
    const char *convention; // by groups of equal values, or by a spline
    uint64_t warnings;
};

PH_CHECKED enum ph_status ph_evppi(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_evppi_options *options, struct ph_evppi_result *ret_result);
