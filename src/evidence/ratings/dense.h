// SPDX-License-Identifier: Apache-2.0
// Dense symmetric matrices, large ones too: row by row, lower triangle, N rows of length LD.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ph_context;

struct ev_dense;
// Working space for matrices of up to N rows. NULL after words when memory ran out.
struct ev_dense *ev_dense_new(struct ph_context *c, size_t n);
void ev_dense_free(struct ph_context *c, struct ev_dense *d);

// In place: the lower factor L of A = L L'. False when A is not positive definite.
bool ev_dense_factor(struct ev_dense *d, double *a, size_t n, size_t ld);
// In place: from L the lower triangle of (L L')^-1.
void ev_dense_invert(struct ev_dense *d, double *l, size_t n, size_t ld);
// x = L^-1 x, and x = L'^-1 x.
void ev_dense_forward(const double *l, size_t n, size_t ld, double *x);
void ev_dense_backward(const double *l, size_t n, size_t ld, double *x);
// y = A x for a symmetric A of which the lower triangle is kept.
void ev_dense_times(const double *a, size_t n, size_t ld, const double *x, double *ret_y);
