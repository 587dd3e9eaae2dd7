// SPDX-License-Identifier: Apache-2.0
// Rows as units by periods, for methods that compare places over time. Included by
// pilothouse/evidence.h.
#pragma once

// Which units are treated, and from when, is told by one of two columns. Treatment stays once it
// began.
struct ph_panel_columns {
    int32_t outcome;
    int32_t unit;          // keys
    int32_t time;          // numbers, in order
    int32_t treat;         // 1 in the rows of treated units from the start on, else 0; or PH_NONE
    int32_t first_treated; // each unit's first treated time, 0 or missing = never; or PH_NONE
};
