// SPDX-License-Identifier: Apache-2.0
// Readings of a new method and a reference, lined up. Defined in accuracy.c.
#pragma once

#include "internal.h"

// Side by side; one block of memory, at x.
struct readings {
    double *x; // outcome
    double *y; // reference
    double *d; // x - y
    double *work;
    size_t n;
    double size;
};

// The complete rows, with the outcome as value and the reference as weight: both are summed by
// unit.
enum ph_status ev_pairs_gather(struct ph_context *c, const struct ph_frame *f,
    const struct ph_accuracy_options *o, struct ph_result *r, struct keyed **ret_rows);
// One reading a row, or each unit's mean.
enum ph_status ev_pairs_line_up(struct ph_context *c, const struct ph_accuracy_options *o,
    struct keyed *rows, struct ph_result *r, struct readings *ret_readings);
