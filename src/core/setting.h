// SPDX-License-Identifier: Apache-2.0
// Settings: what differs from city to city, each with the date from which it holds, its source, and
// who confirmed it.
#pragma once

#include "ctx.h"

struct setting {
    bool there; // false: none is in force on that day; the rest is NULL then
    const char *value;
    const char *source;       // NULL: none given
    const char *confirmed_by; // NULL: unconfirmed, which pages say
    int64_t from_on;
};

// The one in force on DAY (days since 1970).
CHECKED enum err setting_in_force(
    struct ctx *c, const char *name, int64_t day, struct setting *ret_setting);
// Its value as money: written in whole units, with a point for parts ("34000", "34000.50").
// false when it isn't there or isn't a sum.
bool setting_cents(const struct setting *s, int64_t *ret_cents);
// Today's, as a number. OTHERWISE also when the store doesn't answer: what follows will say so.
int64_t setting_int(struct ctx *c, const char *name, int64_t otherwise);
// The first and the last day of the fiscal year that DAY is in (setting fiscal.starts, "07-01").
CHECKED enum err setting_fiscal_year(
    struct ctx *c, int64_t day, int64_t *ret_first, int64_t *ret_last);
// Puts a setting; part of an open transaction.
CHECKED enum err setting_put(
    struct ctx *c, const char *name, int64_t from_on, const struct setting *s);
