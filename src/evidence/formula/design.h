// SPDX-License-Identifier: Apache-2.0
// A regression's numbers: the complete rows of a frame as columns side by side. Built in this
// order: ev_design_new, what is needed, ev_design_settle, then outcome and columns.
#pragma once

#include "formula.h"

// Rows by group, the groups numbered from 0 in the order of their keys.
struct ev_groups {
    int32_t *of; // one a row; NULL: there is none
    size_t n;
    size_t least; // rows of the smallest
    size_t runs;  // of rows of one group after another; N of them: every group's rows are together
    int32_t column; // of the frame
};

struct ev_design {
    struct ph_context *c;
    const struct ph_frame *f;
    uint8_t *left_out; // one byte a row of the frame: 0, or 1 + the reason; until settled
    size_t n;
    int32_t *row; // the frame's row of each; NULL: all of them
    double *y;
    size_t p;
    size_t room;
    double **x;
    char **name;
    bool constant; // x[0] is 1 everywhere
    double *w;     // weights; NULL: all are 1
    struct ev_groups absorbed[EV_ABSORBED_MAX];
    size_t n_absorbed;
    struct ev_groups cluster[2];
    int32_t weights;
};

// Fresh; NULL with words when there is no memory or the frame is too large.
struct ev_design *ev_design_new(struct ph_context *c, const struct ph_frame *f);
void ev_design_free(struct ev_design *d);
// Rows without this cell are left out for REASON. COLUMN may be PH_NONE. Checks kind and
// finiteness.
PH_CHECKED enum ph_status ev_design_need(struct ev_design *d, int32_t column,
    enum ph_column_kind kind, enum ph_drop reason, const char *role);
void ev_design_need_expr(struct ev_design *d, const struct ev_expr *e, enum ph_drop reason);
// As ev_design_need(), and remembers the role. Weights of 0 leave their row out.
PH_CHECKED enum ph_status ev_design_absorb(struct ev_design *d, int32_t column);
PH_CHECKED enum ph_status ev_design_cluster(struct ev_design *d, int place, int32_t column);
PH_CHECKED enum ph_status ev_design_weigh(struct ev_design *d, int32_t column);
// Chooses the rows, drops singletons of absorbed groups, fills R's counts. No row left is PH_DATA.
PH_CHECKED enum ph_status ev_design_settle(struct ev_design *d, struct ph_result *r);
// A fresh column of N numbers to be filled, NULL with words; NAME is copied.
double *ev_design_add(struct ev_design *d, const char *name);
double *ev_design_outcome(struct ev_design *d);
// A cluster's groups may be an absorbed kind's own.
// The frame's row of row I.
static inline size_t ev_design_row(const struct ev_design *d, size_t i)
{
    return d->row ? (size_t)d->row[i] : i;
}
// Numbers the rows by the key in COLUMN.
PH_CHECKED enum ph_status ev_design_groups(
    struct ev_design *d, int32_t column, struct ev_groups *ret_groups);
// What a key is called, in BUF when it has no label.
const char *ev_key_name(
    const struct ph_frame *f, int32_t column, int32_t key, char *buf, size_t size);

// Everything from a formula: rows, absorbed groups, outcome, and one column a coefficient.
// d's clusters and weights are asked for before.
PH_CHECKED enum ph_status ev_design_formula(
    struct ev_design *d, struct ev_formula *formula, struct ph_result *r);
