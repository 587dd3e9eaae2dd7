// SPDX-License-Identifier: Apache-2.0
// What the files of this area share.
#pragma once

#include "internal.h"

enum ph_status ev_cost_check_columns(
    struct ph_context *c, const struct ph_frame *f, const struct ph_cost_options *o);
// Differences of effect and cost of rows FIRST .. FIRST + COUNT - 1 that have all values, packed.
// Returns how many there are.
size_t ev_cost_differences(const struct ph_frame *f, const struct ph_cost_options *o, size_t first,
    size_t count, double *ret_effect, double *ret_cost);
