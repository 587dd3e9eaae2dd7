// SPDX-License-Identifier: Apache-2.0
// Results by group and by area, for equity: whom it helped and whom it didn't. A mean of units,
// without a claim of its own. Cells of few units are hidden here, once, and with them what would
// tell them by subtraction, so that no page, export or re-run has them.
#include "evaluations_private.h"

#include "str.h"

#include <math.h>

enum { MOST_CELLS = 200 };

struct cell {
    const char *group;
    int64_t n, is_comparison;
    double sum;
};

static double found_of(const struct value *unit, enum group_value which)
{
    switch (which) {
    case GROUP_CHANGE:
        return value_get_num(unit, "after_num", NAN) - value_get_num(unit, "before_num", NAN);
    case GROUP_AFTER:
        return value_get_num(unit, "after_num", NAN);
    case GROUP_DIFFERENCE:
        return value_get_num(unit, "value_num", NAN) - value_get_num(unit, "reference_num", NAN);
    default:
        return value_get_num(unit, "value_num", NAN);
    }
}

// The units of one side summed up by what the column BY has; *ret_without counts those that it has
// nothing for.
static size_t sum_up(const struct value *units, const char *by, enum group_value which,
    int64_t side, struct cell *cells, int64_t *ret_without)
{
    size_t n = 0;
    *ret_without = 0;
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *unit = value_at(units, i);
        const char *group = value_get_text(unit, by, NULL);
        double x = found_of(unit, which);
        if (value_get_int(unit, "is_comparison", 0) != side || isnan(x)) {
            continue;
        }
        size_t k = 0;
        while (group && k < n && !str_eq(cells[k].group, group)) {
            k++;
        }
        if (!group || k == MOST_CELLS) {
            ++*ret_without;
            continue;
        }
        if (k == n) {
            cells[n++] = (struct cell){ .group = group, .is_comparison = side };
        }
        cells[k].sum += x;
        cells[k].n++;
    }
    return n;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct cell *)a)->group, ((const struct cell *)b)->group);
}

static void cells_of(struct ctx *c, const struct value *units, const char *by,
    enum group_value which, struct value *ret_cells)
{
    struct value list = value_list(c->arena);
    for (int side = 0; side < 2; side++) {
        struct cell cells[MOST_CELLS];
        int64_t sizes[MOST_CELLS], without;
        bool hidden[MOST_CELLS];
        size_t n = sum_up(units, by, which, side, cells, &without);
        qsort(cells, n, sizeof(cells[0]), by_name);
        for (size_t i = 0; i < n; i++) {
            sizes[i] = cells[i].n;
        }
        readings_hide_small(sizes, hidden, n, without, SMALL_CELL);
        for (size_t i = 0; i < n; i++) {
            struct value one = value_object(c->arena);
            value_set(c->arena, &one, "title", value_text(cells[i].group));
            value_set(c->arena, &one, "is_comparison", value_bool(side != 0));
            value_set(c->arena, &one, "is_hidden", value_bool(hidden[i]));
            value_set(c->arena, &one, "units_n", hidden[i] ? VALUE_NULL : value_int(cells[i].n));
            value_set(c->arena, &one, "value_num",
                hidden[i] ? VALUE_NULL : value_num(cells[i].sum / (double)cells[i].n));
            *value_push(c->arena, &list) = one;
        }
    }
    *ret_cells = list;
}

void evaluation_by_group(
    struct ctx *c, const struct value *units, enum group_value which, struct value *ret_groups)
{
    cells_of(c, units, "group_name", which, ret_groups);
}

void evaluation_by_area(
    struct ctx *c, const struct value *units, enum group_value which, struct value *ret_cells)
{
    cells_of(c, units, "area", which, ret_cells);
}

static const char *shown(const struct value *cells, const struct value *unit, const char *by)
{
    const char *name = value_get_text(unit, by, "");
    int64_t side = value_get_int(unit, "is_comparison", 0);
    for (size_t i = 0; i < value_len(cells); i++) {
        const struct value *one = value_at(cells, i);
        if (value_get_int(one, "is_comparison", 0) == side &&
            str_eq(value_get_text(one, "title", ""), name)) {
            return value_get_int(one, "is_hidden", 0) ? "" : name;
        }
    }
    return "";
}

const char *evaluation_group_of(const struct value *groups, const struct value *unit)
{
    return shown(groups, unit, "group_name");
}

const char *evaluation_area_of(const struct value *cells, const struct value *unit)
{
    return shown(cells, unit, "area");
}

struct value evaluation_groups_table(struct ctx *c, const struct value *result)
{
    const struct value *groups = value_get(result, "groups");
    struct value rows = value_list(c->arena);
    bool compared = false;
    for (size_t i = 0; i < value_len(groups); i++) {
        const struct value *one = value_at(groups, i);
        bool hidden = value_get_int(one, "is_hidden", 0) != 0;
        bool comparison = value_get_int(one, "is_comparison", 0) != 0;
        struct value row = value_object(c->arena);
        compared = compared || comparison;
        value_set(c->arena, &row, "group", *value_get(one, "title"));
        value_set(c->arena, &row, "side",
            value_text(ctx_text(c, comparison ? "Without it, for comparison" : "With it", NULL)));
        value_set(c->arena, &row, "units",
            hidden ? value_text(ctx_text(c, "too few to be shown safely", NULL))
                   : *value_get(one, "units_n"));
        value_set(c->arena, &row, "value_num", *value_get(one, "value_num"));
        *value_push(c->arena, &rows) = row;
    }
    if (!value_len(&rows)) {
        return VALUE_NULL;
    }
    return page_table(c, NULL, ctx_text(c, "By group", NULL),
        compared ? "group:Group side:Side units:Units value_num:Change or mean"
                 : "group:Group units:Units value_num:Change or mean",
        &rows);
}
