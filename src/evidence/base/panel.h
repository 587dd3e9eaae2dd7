// SPDX-License-Identifier: Apache-2.0
// Rows of units and periods as one matrix, for methods that need every donor in every period.
#pragma once

#include "internal.h"

struct panel_unit {
    int32_t key;
    size_t first_row; // of the frame
    double start;     // first treated time; INFINITY = never
};

// Donors first, by key, then treated units. Owned by the caller: ev_panel_release().
struct panel {
    size_t units; // donors + treated
    size_t donors;
    size_t treated;
    size_t periods;          // pre + post
    size_t pre;              // before the first start
    double *time;            // ascending
    struct panel_unit *unit; // [units]
    double *y;               // [units][periods]
    size_t *row;             // [units][periods], of the frame
    size_t left_out;         // units without an outcome in every period
};

enum panel_starts {
    PANEL_ONE_START, // treated units start together, and every one has an outcome in every period
    PANEL_STAGGERED, // they need not; units with a gap are left out, whoever they are
};

// At least one treated unit, 2 donors, 2 periods before the (first) start and 1 from it on. Donors
// without an outcome in every period are left out and R says so; two rows of one unit and period,
// and treatment that ends, are PH_DATA.
enum ph_status ev_panel_gather(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *columns, enum panel_starts starts, struct ph_result *r,
    struct panel *ret_panel);
void ev_panel_release(struct ph_context *c, struct panel *p);
