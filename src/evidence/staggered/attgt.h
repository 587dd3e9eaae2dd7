// SPDX-License-Identifier: Apache-2.0
// What the parts of the group-time effects share: gathering, cells, summaries, bootstrap.
#pragma once

#include "internal.h"

// Units of a balanced panel, or the rows of repeated cross-sections (then PERIOD is theirs).
struct att_data {
    size_t n;
    size_t periods;
    double *time;     // [periods], ascending
    double *start;    // [n], INFINITY = never within the window
    double *y;        // panel: [n][periods]; rows: [n]
    size_t *row;      // the same shape, of the frame
    size_t *period;   // rows: [n]; NULL for a panel
    int32_t *cluster; // [n], numbered from 0; or NULL
    double *group;    // [groups], ascending
    size_t *size;     // [groups]
    size_t groups;
    size_t left_out, always;
};

// Needs a group that starts after the first period and somebody to compare it with.
enum ph_status ev_att_gather(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, struct ph_result *r, struct att_data *ret_data);
void ev_att_release(struct ph_context *c, struct att_data *d);

// Fills R's cells and their influence.
enum ph_status ev_att_cells(struct ph_context *c, const struct ph_frame *f,
    const struct ph_attgt_options *o, const struct att_data *d, struct ph_attgt_result *r);

// The standard error from an influence function, clustered where the data say so.
double ev_att_se(const struct att_data *d, const double *influence, double *cluster_sums);

// Fills R's summaries and test of leads, and the bands when there are draws.
enum ph_status ev_att_summaries(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, struct ph_attgt_result *r);

// The test of leads for few units.
enum ph_status ev_att_lead_test(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, const struct ph_attgt_result *r, struct ph_lead_test *ret_test);

// A list whose items' influence functions stand in rows of N.
struct att_banded {
    struct ph_att_list *list;
    double *influence;
};

// The multiplier bootstrap (Callaway & Sant'Anna 2021, section 4.1; Mammen 1993, AoS 21:255):
// fills the bands of all lists, whose draws are the same.
enum ph_status ev_att_bands(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, const struct att_banded *lists, size_t n);
