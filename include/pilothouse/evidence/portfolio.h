// SPDX-License-Identifier: Apache-2.0
// Several measures, and several pilots. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- Several measures: which findings survive --------------------------------------------------

struct ph_adjust_options {
    uint32_t version;
    int32_t p; // column of p-values, one a measure
};
#define PH_ADJUST_OPTIONS                                                                          \
    {                                                                                              \
        .version = PH_VERSION, .p = 0                                                              \
    }

// Adjusted p-values: a measure survives at alpha when its own is at or below alpha. NAN for a
// measure without a p-value; it still counts as one of the family.
struct ph_adjusted {
    size_t row;
    double p;
    double holm; // any false finding among all: the primary family
    double bh;   // share of false findings (Benjamini & Hochberg): exploration
    double by;   // the same under any dependence (Benjamini & Yekutieli)
};

struct ph_adjust_result {
    size_t n; // measures, with or without a p-value
    size_t n_missing;
    struct ph_adjusted *measures; // in the order of rows; given back by ph_adjust_release()
    uint64_t warnings;
};

PH_CHECKED enum ph_status ph_adjust(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_adjust_options *options, struct ph_adjust_result *ret_result);
PH_API void ph_adjust_release(struct ph_context *context, struct ph_adjust_result *result);

// ---- Several pilots: what they say together and of each other ----------------------------------

enum ph_tau_kind {
    PH_TAU_REML,
    PH_TAU_PAULE_MANDEL, // the same as the empirical Bayes estimator
    PH_TAU_DERSIMONIAN_LAIRD,
    PH_TAU_ML,
};

struct ph_shrink_options {
    uint32_t version;
    int32_t estimate;  // one a pilot or city
    int32_t se;        // its standard error, above 0
    int32_t counts[4]; // instead of both: yes and no in the treated, yes and no in the comparison
                       // group, for the ln of the risk ratio; PH_NONE
    enum ph_tau_kind kind;
    bool hartung_knapp;          // t interval of the mean with a spread-based standard error
    double delta;                // NAN, or the smallest effect worth having
    enum ph_direction direction; // of DELTA
    double level;
    bool integrated; // for few pilots: KIND's tau2 is not taken as known (docs/evidence/shrink.md)
};
#define PH_SHRINK_OPTIONS                                                                          \
    {                                                                                              \
        .version = PH_VERSION, .estimate = 0, .se = 1,                                             \
        .counts = { PH_NONE, PH_NONE, PH_NONE, PH_NONE }, .kind = PH_TAU_REML,                     \
        .hartung_knapp = false, .delta = NAN, .direction = PH_HIGHER_IS_BETTER, .level = 0.95      \
    }

struct ph_shrunk {
    size_t row;
    double estimate; // as it came
    double se;
    double weight; // of its own estimate in SHRUNK; the rest is the mean's
    double shrunk;
    double shrunk_se; // with the mean's uncertainty
    struct ph_interval interval;
    double worthwhile; // P(effect reaches DELTA); NAN without
};

// The header is the mean effect over pilots.
struct ph_shrink_result {
    struct ph_result head;
    double tau2;                      // variance of true effects; 0 is an answer (PH_WARN_BOUNDARY)
    struct ph_interval tau2_interval; // Q-profile
    double i2;                        // percent
    double q;                         // Cochran's
    double q_p;
    struct ph_interval prediction; // of the true effect in a next city
    size_t n;
    struct ph_shrunk *pilots; // in the order of rows; given back by ph_shrink_release()
};

PH_CHECKED enum ph_status ph_shrink(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_shrink_options *options, struct ph_shrink_result *ret_result);
PH_API void ph_shrink_release(struct ph_context *context, struct ph_shrink_result *result);
