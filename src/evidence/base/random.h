// SPDX-License-Identifier: Apache-2.0
// Random numbers by counting: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, SC11, "Parallel
// random numbers: as easy as 1, 2, 3"). A number is a function of (seed, stream, draw, position)
// and of nothing that ran before, so any thread may compute any draw, in any order, and gets the
// same bits.
//
// How to key it. SEED is the context's. STREAM is one of enum ev_stream: each purpose has its own,
// so that two methods with one seed don't share numbers. DRAW is the number of the replication,
// permutation or posterior draw, from 0. Within a draw, numbers are taken one after the other: up
// to 2^34 of 32 bits.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Never renumber one: published results name their seed. A new purpose takes the next number.
enum ev_stream {
    EV_STREAM_TEST,
    EV_STREAM_TOP_K,
    EV_STREAM_COST,
    EV_STREAM_CLUSTER_BOOTSTRAP,
    EV_STREAM_RANDOMISE, // permutations
    EV_STREAM_WILD,      // signs of the wild bootstrap
    EV_STREAM_MULTIPLIER,
    EV_STREAM_PLACEBO,
    EV_STREAM_SIMULATE,
    EV_STREAM_STRATA,
    EV_STREAM_SIMULATE_MORE, // what made-up pilots have besides their outcome
};

struct ev_random {
    uint32_t key[2];
    uint32_t counter[4]; // block within the draw, stream, draw (low, high)
    uint32_t word[4];
    uint32_t used; // words taken of the block
    double spare;  // the second normal of a pair; NAN when there is none
};

// The bare generator: ten rounds on COUNTER under KEY.
void ev_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_word[4]);

void ev_random_start(struct ev_random *r, uint64_t seed, enum ev_stream stream, uint64_t draw);
uint32_t ev_random_u32(struct ev_random *r);
uint64_t ev_random_u64(struct ev_random *r);
// Strictly between 0 and 1: the middle of one of 2^52 equal steps.
double ev_random_uniform(struct ev_random *r);
// 0 .. N - 1, each exactly as likely; N > 0.
uint32_t ev_random_below(struct ev_random *r, uint32_t n);
double ev_random_normal(struct ev_random *r);
// COUNT normals, the same as COUNT calls when no spare is pending; faster.
void ev_random_normals(struct ev_random *r, double *ret_values, size_t count);
