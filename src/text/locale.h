// SPDX-License-Identifier: Apache-2.0
// A reader's language: its catalogue of messages, its numbers, dates and money, in the city's zone.
//
// A message's key is its English text, as it stands in templates and in the code. A catalogue is
// one JSON object {key: translation}; English needs an entry only where a city wants other words.
// Messages use ICU's MessageFormat syntax with named arguments: {name}, {n, plural, one {# pilot}
// other {# pilots}}, {kind, select, a {…} other {…}}, {when, date}, {sum, number}; an apostrophe
// quotes only before a brace.
//
// A struct locales and its struct locale are immutable after locales_add() and shared by all
// threads; formatters that ICU does not share are kept per thread inside.
#pragma once

#include "buf.h"
#include "value.h"

struct locale;
struct locales;
struct message; // message.h

// ZONE is an IANA name ("America/New_York"), CURRENCY ISO 4217.
CHECKED enum err locales_new(
    struct arena *detail, const char *zone, const char *currency, struct locales **ret_locales);
void locales_free(struct locales *l);
// Adds a language; TAG is BCP 47 ("en", "es"). JSON is the catalogue's text (copied).
CHECKED enum err locales_add(
    struct locales *l, struct arena *detail, const char *tag, const char *json, size_t len);
// The language of that tag, or NULL.
const struct locale *locales_get(const struct locales *l, const char *tag);
// The best one for an Accept-Language header (RFC 9110 §12.5.4); the first added when none fits.
// HEADER may be NULL.
const struct locale *locales_match(const struct locales *l, const char *header);
size_t locales_count(const struct locales *l);
const struct locale *locales_at(const struct locales *l, size_t i);

const char *locale_tag(const struct locale *l);
// The language's name for itself: "English", "Español".
const char *locale_name(const struct locale *l);
// The translation of KEY, or KEY itself. Never formatted.
const char *locale_message(const struct locale *l, const char *key);
// The same, with its compiled form. When there is no entry nothing is set and the answer is false;
// a message without syntax has *RET_MESSAGE NULL.
bool locale_find(const struct locale *l, const char *key, const char **ret_text,
    const struct message **ret_message);
// Whether the catalogue has the key (English has every key).
bool locale_has(const struct locale *l, const char *key);
// Translates and formats; ARGS is an object (or NULL). A malformed message comes out as its key.
const char *locale_format(
    const struct locale *l, struct arena *a, const char *key, const struct value *args);

// A leaf as a person reads it. STYLE is NULL or one of
//   numbers: "plain" (no grouping), "percent", "compact" (1.2K), "integer"
//   money:   "plain" (1234.50), "whole" ($1,235), "code" (USD 1,234.50)
//   dates:   "short" (11/22/26), "long" (November 22, 2026), "iso"
//   times:   "date" (date only), "clock" (7:30 PM EST), "short", "iso", "local" (2026-11-22T14:30,
//   as an
//            input field wants it)
//   estimates: "point", "interval"
// Anything else falls back to the default style. Lists and objects give "".
// The defaults: "1,234.5", "$34,000" ("$34,000.50" with cents), "Nov 22, 2026", "Nov 22, 2026, 2:30
// PM EST", "2.3 (0.1 to 4.5)". Numbers show at most three decimals, below 1 three significant
// digits. L NULL: plain text that no language touches, for tests (12345.6, 34000.00, 2026-11-22).
void locale_write(const struct locale *l, const struct id_key *key, const struct value *v,
    const char *style, struct buf *out);

// Whether a leaf of that kind has that style.
bool locale_has_style(enum value_kind kind, const char *style);
// The plural category, CLDR's: "zero", "one", "two", "few", "many" or "other". L NULL: English.
const char *locale_plural(const struct locale *l, double x, bool ordinal);

// The city's local calendar reading to an instant. A reading skipped by a change of clock moves
// forward by the gap; one that occurs twice means the first.
CHECKED enum err locale_instant(const struct locale *l, int64_t local_ms, int64_t *ret_ms);
// Days since 1970 of the instant's date in the city's zone.
int64_t locale_day(const struct locale *l, int64_t ms);
// A key by which text sorts in this language (ICU), written as hex so that both databases compare
// it bytewise; at most 128 characters.
char *locale_sort_key(const struct locale *l, struct arena *a, const char *text);
// NFC with control characters other than tab and newline taken out: how text enters the house.
char *locale_clean(struct arena *a, const char *text);
