// SPDX-License-Identifier: Apache-2.0
// A zone's history as a table of its changes of offset, taken from ICU once. The rules of today
// repeat with the Gregorian cycle of 400 years (146,097 days are whole weeks), so that the table
// may end.
#include "locale_data.h"

#include "clock.h"

#include <unicode/ustring.h>

enum { MAX_SPANS = 4096 };

static const int64_t first_ms = -5364662400000; // 1800-01-01
static const int64_t end_ms = 14831769600000;   // 2440-01-01: a cycle after the rules are regular
static const int64_t cycle_ms = (int64_t)146097 * CLOCK_DAY;

static void add_span(struct zone *z, UCalendar *c, int64_t from, UErrorCode *status)
{
    struct span *s = &z->spans[z->n++];
    int32_t summer = ucal_get(c, UCAL_DST_OFFSET, status);
    *s = (struct span){ .from = from,
        .offset = ucal_get(c, UCAL_ZONE_OFFSET, status) + summer,
        .summer = summer != 0 };
}

enum err zone_load(struct arena *detail, const char *name, struct zone *ret_zone)
{
    struct zone z = { 0 };
    UChar id[64], canonical[64];
    UErrorCode status = U_ZERO_ERROR;
    UBool known = false;
    if (strlen(name) < ARRAY_LEN(id)) {
        u_strFromUTF8(id, ARRAY_LEN(id), NULL, name, -1, &status);
        ucal_getCanonicalTimeZoneID(id, -1, canonical, ARRAY_LEN(canonical), &known, &status);
    }
    if (U_FAILURE(status) || !known) {
        return fail(detail, ERR_INVALID,
            "There is no time zone \"%.60s\". Write one such as America/New_York.", name);
    }
    UCalendar *c = ucal_open(id, -1, "en", UCAL_GREGORIAN, &status);
    z.spans = calloc(MAX_SPANS, sizeof(*z.spans));
    if (U_FAILURE(status) || !z.spans) {
        free(z.spans);
        return fail(detail, ERR_INTERNAL, "The time zone data cannot be read.");
    }
    snprintf(z.name, sizeof(z.name), "%s", name);
    ucal_setMillis(c, (UDate)first_ms, &status);
    add_span(&z, c, INT64_MIN, &status);
    UDate at;
    while (z.n < MAX_SPANS && U_SUCCESS(status) &&
           ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &at, &status) &&
           at < (UDate)end_ms) {
        ucal_setMillis(c, at, &status);
        add_span(&z, c, (int64_t)at, &status);
    }
    ucal_close(c);
    if (U_FAILURE(status)) {
        zone_release(&z);
        return fail(detail, ERR_INTERNAL, "The time zone data cannot be read.");
    }
    *ret_zone = z;
    return OK;
}

void zone_release(struct zone *z)
{
    free(z->spans);
    *z = (struct zone){ 0 };
}

// How far MS lies past the table, in whole cycles.
static int64_t beyond(int64_t ms)
{
    return ms < end_ms ? 0 : ((ms - end_ms) / cycle_ms + 1) * cycle_ms;
}

size_t zone_span(const struct zone *z, int64_t ms)
{
    ms -= beyond(ms);
    size_t low = 0, high = z->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (z->spans[middle].from <= ms) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

int64_t zone_instant(const struct zone *z, int64_t local_ms)
{
    int64_t cycles = beyond(local_ms);
    local_ms -= cycles;
    // Offsets are below a day and a half, so that earlier spans can't hold the reading.
    for (size_t i = zone_span(z, local_ms - 36 * (int64_t)CLOCK_HOUR);; i++) {
        int64_t ms = local_ms - z->spans[i].offset;
        if (i + 1 < z->n && ms >= z->spans[i + 1].from) {
            continue;
        }
        if (i && ms < z->spans[i].from) {
            ms = local_ms -
                 z->spans[i - 1].offset; // in the gap: as if the clock had not changed yet
        }
        return ms + cycles;
    }
}
