// SPDX-License-Identifier: Apache-2.0
// Time. An instant is UTC milliseconds since 1970; a date is days since 1970-01-01 in the proleptic
// Gregorian calendar. Zones belong to text/locale.h.
#pragma once

#include "arena.h"

enum { CLOCK_SECOND = 1000, CLOCK_MINUTE = 60000, CLOCK_HOUR = 3600000, CLOCK_DAY = 86400000 };

// The wall clock. The environment variable PILOTHOUSE_CLOCK_OFFSET (seconds) shifts it, so that
// tests can stand after a deadline.
int64_t clock_now(void);
// Sets this process's wall clock: it runs on from MS, whatever the machine says; 0: the machine's
// again. For the demonstration office, which is acted out on days of its own; nobody else's.
void clock_set(int64_t ms);
// Milliseconds that never run backwards, for deadlines and durations.
int64_t clock_monotonic(void);
// Nanoseconds that never run backwards, for measurements.
int64_t clock_ns(void);

struct civil {
    int year, month, day;             // month 1-12, day 1-31
    int hour, minute, second, millis; // of the day
};

// Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms",
// days_from_civil).
int64_t civil_days(int year, int month, int day);
// The UTC calendar reading of an instant.
struct civil civil_from_ms(int64_t ms);
struct civil civil_from_days(int64_t days);
bool civil_valid(int year, int month, int day); // years 1 to 9999
// 0 = Sunday.
int civil_weekday(int64_t days);

// "2026-11-22"; false when it isn't such a date.
CHECKED bool civil_parse_date(const char *s, int64_t *ret_days);
char *civil_date(struct arena *a, int64_t days);
// "2026-11-22T19:30:00Z", milliseconds only when there are some.
char *civil_instant(struct arena *a, int64_t ms);
// RFC 3339 with 'Z' or an offset; "2026-11-22T19:30" with neither gives *ret_has_zone false and the
// local reading in *ret_ms as if it were UTC.
CHECKED bool civil_parse_instant(const char *s, int64_t *ret_ms, bool *ret_has_zone);
// "Sun, 22 Nov 2026 19:30:00 GMT" (RFC 9110).
char *civil_http(struct arena *a, int64_t ms);
