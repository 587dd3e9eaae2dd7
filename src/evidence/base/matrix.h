// SPDX-License-Identifier: Apache-2.0
// Small dense matrices, row by row in one array.
#pragma once

#include "pilothouse/evidence.h"
#include "sums.h"

// The upper R with R'R = A (P by P), column by column in order. A column whose diagonal falls below
// FLOOR[j] adds nothing to those before it: SKIPPED[j] is set and its row and column are 0.
// Returns how many are not skipped.
size_t ev_cholesky(const double *a, size_t p, const double *floor, double *r, bool *skipped);
// L = R^-1, so that (R'R)^-1 = L L'. R without skipped columns.
void ev_upper_inverse(const double *r, size_t p, double *l);
// C = A B' with A n by k, B m by k.
void ev_times_transposed(
    const double *a, size_t n, const double *b, size_t m, size_t k, double *ret_c);
// y = A x, and y = A' x, with A n by k.
void ev_times_vector(const double *a, size_t n, size_t k, const double *x, double *ret_y);
void ev_transposed_times_vector(
    const double *a, size_t n, size_t k, const double *x, double *ret_y);
// Jacobi's method: A (symmetric, overwritten) = V diag(VALUES) V', columns of V.
void ev_eigen(double *a, size_t p, double *ret_values, double *ret_vectors);
