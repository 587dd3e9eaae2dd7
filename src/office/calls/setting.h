// SPDX-License-Identifier: Apache-2.0
// Settings that differ from city to city: dated, with their source and who confirmed them.
#pragma once

#include "ctx.h"

struct setting {
    bool there; // false: none is in force on that day; the rest is NULL then
    const char *value, *source, *confirmed_by;
    int64_t from_on;
};

// The one in force on DAY.
CHECKED enum err setting_in_force(
    struct ctx *c, const char *name, int64_t day, struct setting *ret_setting);
// Its value as money: written in whole units, with a point for parts ("34000", "34000.50").
// false when it isn't there or isn't a sum.
bool setting_cents(const struct setting *s, int64_t *ret_cents);
// The first and the last day of the fiscal year that DAY is in (setting fiscal.starts, "07-01").
CHECKED enum err setting_fiscal_year(
    struct ctx *c, int64_t day, int64_t *ret_first, int64_t *ret_last);
