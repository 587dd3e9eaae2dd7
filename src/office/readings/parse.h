// SPDX-License-Identifier: Apache-2.0
// Numbers and times as files have them, read fast: the common forms directly, others by the base's
// slower readers.
#pragma once

#include "locale.h"

// A finite decimal number, the whole cell. The common form (up to 15 digits, no exponent) is exact:
// a whole number below 2^53 divided by a power of ten that is exact, too (W. D. Clinger, 1990).
CHECKED bool parse_decimal(const char *s, size_t len, double *ret_x);

// Reads times in a city's zone and remembers the zone's offset of the latest day.
struct time_reader {
    const struct locale *locale;
    int64_t day, offset_ms; // of readings without a zone on that local day
    bool known, changes;    // the clocks change on it: ask for each reading
};
// "2026-05-31", "2026-05-31T17:00", with seconds, milliseconds, 'Z' or an offset, a space instead
// of the T; "5/31/2026 5:00 PM". Without a zone the city's; a date alone is its local midnight.
CHECKED bool parse_time(struct time_reader *t, const char *s, size_t len, int64_t *ret_ms);
