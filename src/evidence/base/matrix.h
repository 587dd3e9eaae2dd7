// SPDX-License-Identifier: Apache-2.0
// Small dense matrices, row by row in one array.
#pragma once

#include "pilothouse/evidence.h"
#include "sums.h"

// The upper R with R'R = A (P by P), column by column in order. A column whose diagonal falls below
// FLOOR[j] adds nothing to those before it: SKIPPED[j] is set and its row and column are 0.
// Returns how many are not skipped.
size_t ev_cholesky(const double *a, size_t p, const double *floor, double *r, bool *skipped);
// The other way round, a row at a time: turns row I of A, up to its diagonal, into row I of the
// lower L with L L' = A. Rows before it are L's already; rows stand N apart. False where less than
// LEAST of the diagonal is left: the row depends on those before it.
bool ev_cholesky_row(double *a, size_t n, size_t i, double least);
// Solves L x = b, and L'x = b, in place, for the first COUNT rows of L.
void ev_lower_solve(const double *l, size_t n, size_t count, double *b);
void ev_lower_solve_transposed(const double *l, size_t n, size_t count, double *b);
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
