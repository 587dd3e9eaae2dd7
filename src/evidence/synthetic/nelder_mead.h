// SPDX-License-Identifier: Apache-2.0
// A minimum without derivatives, for a handful of dimensions.
#pragma once

#include "internal.h"

typedef double nelder_mead_fn(void *context, const double *x);

// Nelder and Mead's simplex (1965, Computer J. 7:308) from X, with edges of STEP, until its values
// agree to REL or after ROUNDS. Moves X to the best point found and returns its value. WORK has
// (n + 1) * (n + 1) + 3 * n doubles.
double ev_nelder_mead(nelder_mead_fn *f, void *context, double *x, size_t n, double step,
    double rel, size_t rounds, double *work);
