// SPDX-License-Identifier: Apache-2.0
// What the locale_*.c files share; see locale.h. ICU is asked once, when a language is added: its
// patterns and symbols are kept here, and the common leaves are written from them without ICU. That
// is some twenty times faster than ICU's formatters and, being immutable, needs no copies per
// thread. Compact numbers and other currencies than the city's stay with ICU, by formatters that
// are immutable too. A date pattern with a field that locale_date.c doesn't know gives way to ISO
// 8601's order.
#pragma once

#include "locale.h"
#include "map.h"
#include "message.h"

#include <unicode/ucal.h>
#include <unicode/ucol.h>
#include <unicode/unumberformatter.h>
#include <unicode/upluralrules.h>

enum {
    LOCALE_MAX_DAYS = 750000000, // two million years: past it sums of milliseconds would overflow
    LOCALE_SYMBOL = 32,
};

// A stretch of the zone's history with one offset from UTC.
struct span {
    int64_t from; // UTC milliseconds
    int64_t offset;
    bool summer;
};

struct zone {
    char name[64];
    struct span *spans; // malloc; the first one has no beginning
    size_t n;
};

CHECKED enum err zone_load(struct arena *detail, const char *name, struct zone *ret_zone);
void zone_release(struct zone *z);
// The index of the span that holds MS.
size_t zone_span(const struct zone *z, int64_t ms);
// See locale_instant().
int64_t zone_instant(const struct zone *z, int64_t local_ms);

// How a sort of number looks: text around the digits.
struct number_style {
    char prefix[LOCALE_SYMBOL], suffix[LOCALE_SYMBOL];
    char negative_prefix[LOCALE_SYMBOL], negative_suffix[LOCALE_SYMBOL];
};

struct number_symbols {
    char digits[10][5];
    bool ascii; // the digits are 0 to 9
    char decimal[LOCALE_SYMBOL], group[LOCALE_SYMBOL], money_decimal[LOCALE_SYMBOL],
        money_group[LOCALE_SYMBOL];
    int primary, secondary,
        min_grouping; // digits in the last group, in the others; before the first
    struct number_style plain, percent, money, code;
};

// One step of a date pattern: a literal (letter 0) or a field.
struct date_step {
    char letter;
    unsigned char width;
    char text[LOCALE_SYMBOL];
};

struct date_pattern {
    struct date_step steps[24];
    size_t n;
};

enum date_style {
    DATE_DEFAULT,
    DATE_SHORT,
    DATE_LONG,
    TIME_DEFAULT,
    TIME_SHORT,
    TIME_CLOCK,
    DATE_STYLES
};

struct date_symbols {
    struct date_pattern patterns[DATE_STYLES];
    char *months[2][2][12]; // [stand-alone][long]
    char *weekdays[2][7];   // [long]
    char *halves[2];        // of the day
    char **zones;           // the abbreviation in each span of the zone
};

struct locale {
    char tag[64], name[64], icu[64];
    bool english;
    const struct locales *set;
    struct map messages; // of struct translation
    struct number_symbols numbers;
    struct date_symbols dates;
    UPluralRules *cardinal, *ordinal;
    UCollator *collator;
    UNumberFormatter *compact;
};

struct translation {
    const char *text;
    const struct message *message; // NULL: without syntax
};

struct locales {
    struct arena arena;
    struct zone zone;
    char currency[4];
    struct locale *items[32];
    size_t n;
};

CHECKED enum err numbers_load(struct locale *l, struct arena *detail, const char *currency);
CHECKED enum err dates_load(struct locale *l, struct arena *a, struct arena *detail);

void number_write_int(const struct number_symbols *s, const struct number_style *style,
    bool grouping, int64_t n, struct buf *out);
// X with at most MOST and at least LEAST decimals.
void number_write_double(const struct number_symbols *s, const struct number_style *style,
    bool grouping, double x, int least, int most, struct buf *out);
void money_write(const struct locale *l, struct value_money m, const char *style, struct buf *out);
void compact_write(const struct locale *l, double x, struct buf *out);
// MS is UTC when ZONED, a local reading otherwise.
void date_write(
    const struct locale *l, enum date_style style, int64_t ms, bool zoned, struct buf *out);

void locale_write_plain(struct buf *out, const struct id_key *key, const struct value *v);
void locale_write_iso(struct buf *out, const struct value *v);
int64_t locale_clamp_days(int64_t days);
int64_t locale_clamp_ms(int64_t ms);
