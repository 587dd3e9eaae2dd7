// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "internal.h"

// Each row's unit's first treated time by the marks in TREAT, 0 = never, into FIRST[rows]. Whether
// treatment ends somewhere. The columns are checked.
PH_CHECKED enum ph_status ev_first_treated(struct ph_context *c, const struct ph_frame *f,
    int32_t unit, int32_t time, int32_t treat, double *first, bool *ret_ends);
// Numbers the different values of a checked real column from 0, in their order, into KEY[rows];
// missing cells get 0.
PH_CHECKED enum ph_status ev_keys_of(
    struct ph_context *c, const struct ph_frame *f, int32_t column, int32_t *key);
// Warns of several rows of one unit at one time. PH_DATA where all rows are of one time, or a unit
// is told to start at two. The columns are checked; those of OUTCOME, UNIT and TIME are needed.
PH_CHECKED enum ph_status ev_panel_repeats(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *columns, uint64_t *ret_warnings);
