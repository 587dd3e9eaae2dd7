// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "internal.h"

// A row, or all rows of one unit in one group.
struct ev_count {
    int32_t key;
    uint8_t group; // 0 without groups
    double events;
    double exposure;
};

struct ev_count_columns {
    int32_t outcome, exposure, group, key; // PH_NONE where there is none
};

// The complete rows, checked; with a key added up by it, in the order of keys and groups. Fresh
// memory. R's counts are set.
PH_CHECKED enum ph_status ev_gather_counts(struct ph_context *c, const struct ph_frame *f,
    const struct ev_count_columns *columns, struct ph_result *r, struct ev_count **ret_counts,
    size_t *ret_n);
