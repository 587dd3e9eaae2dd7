// SPDX-License-Identifier: Apache-2.0
// What the simulations of docs/evidence/validation.md share: random numbers, frames, tables. Each
// section is a file's function; its random numbers hang on the seed and the section alone.
#pragma once

#include "pilothouse/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COVER_ROWS_MAX = 4000 };

extern const double cover_level;
extern struct ph_context *cover_context;
extern int cover_repetitions; // of the cases that follow

double cover_uniform(void);
double cover_normal(void);
// Mean 0, variance 1, skewness 4.45: trips, waiting times, costs.
double cover_skewed(void);
double cover_beta(double a, double b);
int cover_below(int n);

typedef double cover_draw_fn(void);
struct cover_shape {
    const char *name;
    cover_draw_fn *draw;
};
extern const struct cover_shape cover_shapes[2]; // even, skewed

// The rows of a case: columns y, treat, a, b, time, start and the keys unit, group.
enum { COVER_Y, COVER_TREAT, COVER_A, COVER_B, COVER_TIME, COVER_START, COVER_REALS };
enum { COVER_UNIT = COVER_REALS, COVER_GROUP, COVER_COLUMNS };
struct cover_rows {
    double real[COVER_REALS][COVER_ROWS_MAX];
    int32_t key[2][COVER_ROWS_MAX];
};
extern struct cover_rows cover;
struct ph_frame cover_frame(size_t rows);

// Intervals against the truth.
struct cover_tally {
    int held;
    int tried;
    int none; // no interval was given
    double width;
};
void cover_count(struct cover_tally *t, struct ph_interval i, double truth);
void cover_title(const char *words);
void cover_row(const struct cover_tally *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

// Shares: of tests that reject, of choices made.
struct cover_share {
    int hits;
    int tried;
};
void cover_hit(struct cover_share *s, bool hit);
// A table whose columns after the case are shares with their Monte Carlo error below.
void cover_share_title(const char *words, const char *columns, int n);
void cover_share_row(const struct cover_share *s, int n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// A context with another seed: what a method draws differs from repetition to repetition.
void cover_reseed(int repetition);
// Ends the program with the engine's words unless all went well.
void cover_must(enum ph_status status);

void cover_shares(void);     // shares, exactly
void cover_means(void);      // shares and means of units and clusters
void cover_agreement(void);  // limits, concordance, kappa, slopes
void cover_randomised(void); // Lin, CUPED, strata, randomisation, sample ratio
void cover_clusters(void);   // few clusters
void cover_series(void);     // interrupted series
void cover_panels(void);     // group-time effects, synthetic control
void cover_portfolio(void);  // shrinkage, top k, information, verdicts
