// SPDX-License-Identifier: Apache-2.0
// Groups: whom a measure tells apart (bands of age or income, kinds of neighbourhood), one a unit,
// from the measure's own list, so that results can be shown for each. A group of few is shown to
// nobody outside, and neither is what would tell it by subtraction.
#pragma once

#include "readings.h"

enum { GROUPS_MOST = 40, GROUP_NAME_MOST = 80 };

// The name in LIST (lines) that the LEN bytes at S mean, whatever their case; NULL: none.
const char *group_find(struct arena *a, const char *list, const char *s, size_t len);
// Why LIST can't be a measure's; NULL: it can. A message key.
const char *group_list_wrong(struct arena *a, const char *list);

// Which groups of a measure may be told to everybody, each side by itself.
struct groups_shown {
    size_t n;
    struct {
        const char *name;
        bool is_comparison, hidden;
    } * groups;
    bool all; // the viewer works inside: nothing is hidden
};
CHECKED enum err groups_shown(
    struct ctx *c, int64_t measure, struct arena *keep, struct groups_shown *ret_shown);
// The same for the areas in which the units are.
CHECKED enum err areas_shown(
    struct ctx *c, int64_t measure, struct arena *keep, struct groups_shown *ret_shown);
const char *area_shown(const struct groups_shown *shown, const struct value *row);
// The unit's group as the viewer may see it: "" when it has none or may not.
const char *group_shown(const struct groups_shown *shown, const struct value *row);
