// SPDX-License-Identifier: Apache-2.0
// Could the plan answer? Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- Could it answer? Power, size, smallest detectable effect ----------------------------------

enum ph_power_kind {
    PH_POWER_TWO_MEANS,
    PH_POWER_PAIRED,
    PH_POWER_ONE_PROPORTION, // against a floor, one-sided exact binomial
    PH_POWER_TWO_PROPORTIONS,
};
enum ph_solve { PH_SOLVE_POWER, PH_SOLVE_N, PH_SOLVE_EFFECT };

struct ph_power_options {
    uint32_t version;
    enum ph_power_kind kind;
    enum ph_solve solve;
    double n;      // units in the treated group, or pairs, or clusters of it (see below)
    double ratio;  // comparison units for each treated unit
    double effect; // in the outcome's unit; for proportions p1 - p0
    double sd;     // of a unit's outcome; for pairs of the change; not for proportions
    double p0;     // comparison share, or the floor
    double alpha;
    double power;
    bool one_sided;        // PH_POWER_ONE_PROPORTION is always so
    bool count_wrong_tail; // two-sided: count rejections in the wrong direction as power
    double cluster_size;   // 1: units are assigned; more: n counts clusters of this mean size
    double icc;            // intraclass correlation, with cluster_size
    double cluster_cv;     // coefficient of variation of cluster sizes
};
#define PH_POWER_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .kind = PH_POWER_TWO_MEANS, .solve = PH_SOLVE_POWER, .n = 0,        \
        .ratio = 1, .effect = 0, .sd = 1, .p0 = 0.5, .alpha = 0.05, .power = 0.8,                  \
        .one_sided = false, .count_wrong_tail = false, .cluster_size = 1, .icc = 0,                \
        .cluster_cv = 0                                                                            \
    }

struct ph_power_result {
    double power;
    double n;           // fractional, as solved
    double n_treated;   // rounded up: units, pairs or clusters
    double n_compared;  // 0 for one group
    double effect;      // smallest detectable when solved for
    double alpha_exact; // the size that the exact binomial test really has; alpha elsewhere
    double design_effect;
    double df;
    const char *convention;
    uint64_t warnings;
};

PH_CHECKED enum ph_status ph_power(struct ph_context *context,
    const struct ph_power_options *options, struct ph_power_result *ret_result);

// 1 + ((1 + cv^2) m - 1) icc
PH_API double ph_design_effect(double cluster_size, double icc, double cluster_cv);
