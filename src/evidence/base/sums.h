// SPDX-License-Identifier: Apache-2.0
// Long sums in a fixed order: blocks whose partial sums are added in pairs. The same bits whatever
// the number of threads, and an error that grows with the logarithm of N.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { EV_BLOCK = 512, EV_TREE_LEVELS = 24 }; // 2^24 blocks are more rows than a frame may have

// Sums of blocks, added in pairs as they come.
struct ev_tree {
    size_t blocks;
    double part[EV_TREE_LEVELS]; // one a level
};

static inline void ev_tree_add(struct ev_tree *t, double sum)
{
    size_t level = 0;
    for (size_t k = ++t->blocks; (k & 1) == 0; k >>= 1) {
        sum += t->part[level++];
    }
    t->part[level] = sum;
}

double ev_tree_total(const struct ev_tree *t);

// Rows of the block that begins at FROM of N.
static inline size_t ev_block(size_t from, size_t n)
{
    return n - from < EV_BLOCK ? n - from : EV_BLOCK;
}

// Of up to EV_BLOCK numbers: what ev_dot() adds to its tree.
double ev_dot_block(const double *a, const double *b, size_t n);
double ev_dot(const double *a, const double *b, size_t n);
// All products of K columns, K by K: each with the bits of ev_dot(). One pass where K is small.
void ev_gram(double *const *x, size_t k, size_t n, double *ret_gram);
// to += factor * from
void ev_axpy(double factor, const double *from, double *to, size_t n);
// Sum of the values and of their squares, both less CENTRE.
struct ev_sums {
    double sum;
    double squares;
};
struct ev_sums ev_sums_around(const double *v, size_t n, double centre);
// V less CENTRE, and the sums of what is left.
struct ev_sums ev_shift(double *v, size_t n, double centre);
// Numbers from here on are too large: their squares could not be added up.
#define EV_LARGEST 1e145
// Whether all are below it, and numbers.
bool ev_all_fit(const double *v, size_t n);
// Whether all are 0 or 1.
bool ev_all_01(const double *v, size_t n);
// Sum of (v[i] - v[i - 1])^2.
double ev_squared_steps(const double *v, size_t n);
