// SPDX-License-Identifier: Apache-2.0
// Events by exposure: outages by sensor-hours, injuries by trips. Counts are Poisson, or the spread
// among units or clusters tells how far they are from it. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- Intervals of a rate: EVENTS >= 0 out of EXPOSURE > 0; NAN outside --------------------------

// Exact (Garwood 1936, Biometrika 28:437): 0 below when there are no events.
PH_API struct ph_interval ph_garwood(double events, double exposure, double level);
// Score, shorter and right on average.
PH_API struct ph_interval ph_rate_score(double events, double exposure, double level);
// Holds at every look: a gamma mixture with PRIOR_EVENTS out of PRIOR_EXPOSURE, both above 0, which
// say where it is tight and not what is true.
PH_API struct ph_interval ph_anytime_rate(
    double events, double exposure, double prior_events, double prior_exposure, double level);
// The same for X of N independent trials: a beta mixture with prior A and B.
PH_API struct ph_interval ph_anytime_share(double x, double n, double a, double b, double level);
// Ratio of rates, treated over comparison: exact (conditional on the total) and by the score.
PH_API struct ph_interval ph_rate_ratio_exact(
    double x1, double t1, double x0, double t0, double level);
PH_API struct ph_interval ph_rate_ratio_score(
    double x1, double t1, double x0, double t0, double level);
// Difference of rates by the score (Miettinen & Nurminen 1985, Stat. Med. 4:213).
PH_API struct ph_interval ph_rate_difference(
    double x1, double t1, double x0, double t0, double level);

// ---- One rate against a floor or a ceiling ------------------------------------------------------

struct ph_rate_options {
    uint32_t version;
    int32_t outcome;  // counts of events
    int32_t exposure; // above 0; PH_NONE: each row is 1
    int32_t unit;     // PH_NONE, or who the rows belong to
    double floor;     // the rate to reach, above 0; a ceiling when lower is better
    enum ph_direction direction;
    double level;
};
#define PH_RATE_OPTIONS                                                                            \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .exposure = PH_NONE, .unit = PH_NONE, .floor = 1,     \
        .direction = PH_LOWER_IS_BETTER, .level = 0.95                                             \
    }

// The header's interval is the exact one; p is the one-sided exact test that the floor is missed.
struct ph_rate_result {
    struct ph_result head;
    double events;
    double exposure;
    struct ph_interval exact; // with UNIT on effective events
    struct ph_interval score;
    struct ph_interval anytime; // NAN with UNIT
    double floor;
    double probability_met; // P(floor met | data), Jeffreys' prior
    double design_effect;   // variance over Poisson's; 1 without UNIT
};

PH_CHECKED enum ph_status ph_rate(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_rate_options *options, struct ph_rate_result *ret_result);
PH_CHECKED enum ph_status ph_rate_counts(struct ph_context *context, double events, double exposure,
    const struct ph_rate_options *options, struct ph_rate_result *ret_result);

// ---- Two rates ----------------------------------------------------------------------------------

struct ph_rates_options {
    uint32_t version;
    int32_t outcome;
    int32_t exposure; // PH_NONE: each row is 1
    int32_t treat;
    int32_t cluster; // PH_NONE, or what was assigned: its rate is analysed, by Welch
    enum ph_design design;
    double level;
};
#define PH_RATES_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .outcome = 0, .exposure = PH_NONE, .treat = 1, .cluster = PH_NONE,  \
        .design = PH_DESIGN_UNSTATED, .level = 0.95                                                \
    }

// [0] comparison, [1] treated. The header is the difference of rates with its score interval; with
// CLUSTER it is Welch on the clusters' rates, and the other intervals are NAN.
struct ph_rates_result {
    struct ph_result head;
    double events[2];
    double exposure[2];
    double rate[2];
    struct ph_interval rate_interval[2]; // Garwood
    double ratio;
    struct ph_interval ratio_exact;
    struct ph_interval ratio_score;
    size_t clusters[2];
};

PH_CHECKED enum ph_status ph_rates(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_rates_options *options, struct ph_rates_result *ret_result);
PH_CHECKED enum ph_status ph_rates_counts(struct ph_context *context, double x1, double t1,
    double x0, double t0, const struct ph_rates_options *options,
    struct ph_rates_result *ret_result);
