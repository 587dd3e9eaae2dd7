// SPDX-License-Identifier: Apache-2.0
// Least squares over the simplex, to optimality.
#pragma once

#include "internal.h"

struct simplex {
    double value; // w'Kw
    double kkt;   // largest violation of optimality over the largest diagonal of K
    bool unique;  // shown: the points where the minimum could rest are affinely independent
};

// Memory for problems of up to N weights: give WORK back. Not for two threads at once.
struct simplex_work {
    size_t n;
    double *chol;
    double *solve;
    double *gradient;
    size_t *in;
    bool *is_in;
};
enum ph_status ev_simplex_begin(struct ph_context *c, size_t n, struct simplex_work *ret_work);
void ev_simplex_end(struct ph_context *c, struct simplex_work *work);

// The w >= 0 with sum 1 that minimises w'Kw. K is n x n, symmetric and positive semidefinite: for
// weights under which columns a_j meet a target b, K_ij = (a_i - b)'(a_j - b). Wolfe's algorithm
// (1976, Math. Programming 11:128): the nearest point of a polytope, by active sets whose points
// are affinely independent, so that a K of low rank is no trouble.
struct simplex ev_simplex_solve(
    const double *k, size_t n, struct simplex_work *work, double *ret_w);
