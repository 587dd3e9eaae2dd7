// SPDX-License-Identifier: Apache-2.0
// Settings: what differs from city to city, each with the date from which it holds, its source, and
// who confirmed it.
#pragma once

#include "ctx.h"

struct setting {
    const char *value;        // NULL when the city hasn't said
    const char *source;       // NULL: none given
    const char *confirmed_by; // NULL: unconfirmed, which pages say
    int64_t from_on;
};

// The setting in force on DAY (days since 1970). A failing store reads as not set.
struct setting setting_on(struct ctx *c, const char *name, int64_t day);
// Today's, as a number.
int64_t setting_int(struct ctx *c, const char *name, int64_t otherwise);
// Puts a setting; part of an open transaction.
CHECKED enum err setting_put(
    struct ctx *c, const char *name, int64_t from_on, const struct setting *s);
