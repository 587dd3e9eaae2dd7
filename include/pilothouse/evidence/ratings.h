// SPDX-License-Identifier: Apache-2.0
// Which pitches are best, when some raters are stricter than others? Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// rating = mean + item + rater + error, items and raters drawn from normals.
enum { PH_RATING_COLUMNS_MAX = 64, PH_RATING_LEVELS_MAX = 6000, PH_TOP_DRAWS_MAX = 100000000 };

struct ph_ratings_options {
    uint32_t version;
    int32_t outcomes[PH_RATING_COLUMNS_MAX]; // criteria, added up
    size_t n_outcomes;
    int32_t item;  // key column
    int32_t rater; // key column
    bool ml;       // maximum likelihood instead of REML
    double level;
};
#define PH_RATINGS_OPTIONS                                                                         \
    {                                                                                              \
        .version = PH_VERSION, .outcomes = { 0 }, .n_outcomes = 1, .item = 1, .rater = 2,          \
        .ml = false, .level = 0.95                                                                 \
    }

// An item or a rater. EFFECT is what it adds to the mean: an item's quality, a rater's leniency.
struct ph_rated {
    int32_t key;
    size_t n;      // ratings
    double raw;    // their plain mean
    double effect; // predicted, shrunk (BLUP)
    double se;     // of the prediction
};

// The header is the mean rating.
struct ph_ratings_result {
    struct ph_result head;
    double var_item, var_rater, var_residual; // 0 is an answer (PH_WARN_BOUNDARY)
    double log_likelihood;                    // restricted unless ml
    double agreement;                         // share of items in the variance of one rating
    size_t components; // parts without a rating in common; 1 when all is connected
    size_t iterations;
    size_t n_items, n_raters;
    struct ph_rated *items; // by key; given back, with raters, by ph_ratings_release()
    struct ph_rated *raters;
};

PH_CHECKED enum ph_status ph_ratings(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_ratings_options *options, struct ph_ratings_result *ret_result);
PH_API void ph_ratings_release(struct ph_context *context, struct ph_ratings_result *result);

struct ph_top_options {
    uint32_t version;
    struct ph_ratings_options ratings;
    size_t k;
    size_t draws;
    enum ph_direction direction; // of the ratings
};
#define PH_TOP_OPTIONS                                                                             \
    {                                                                                              \
        .version = PH_VERSION, .ratings = PH_RATINGS_OPTIONS, .k = 10, .draws = 100000,            \
        .direction = PH_HIGHER_IS_BETTER                                                           \
    }

struct ph_top_item {
    double probability; // of being among the best k
    double mc_error;
};

struct ph_top_result {
    struct ph_ratings_result ratings;
    size_t k;
    size_t draws;
    struct ph_top_item *items; // as ratings.items; given back by ph_top_release()
};

// From the joint posterior of all items at the estimated variances, with the context's seed.
PH_CHECKED enum ph_status ph_top_k(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_top_options *options, struct ph_top_result *ret_result);
PH_API void ph_top_release(struct ph_context *context, struct ph_top_result *result);
