// SPDX-License-Identifier: Apache-2.0
// JSON in (Jansson, strict) and out (streaming). RFC 8259.
#pragma once

#include "buf.h"
#include "value.h"

enum { JSON_MAX_BYTES = 1 << 20, JSON_MAX_DEPTH = 64 };

// Whole text or nothing: bad UTF-8, NUL in strings, duplicate keys, trailing bytes, numbers that a
// double or 64 bits can't hold, more than MAX bytes are ERR_INVALID or ERR_TOO_LARGE with line and
// reason.
CHECKED enum err json_read(
    struct arena *a, const char *text, size_t len, size_t max, struct value *ret_v);

// How a leaf is written for machines: ids as text, dates and instants in ISO 8601, money as
// {"amount":"1234.50","currency":"USD"}, estimates as {"estimate":…,"high":…,"level":…,"low":…}
// with null for NaN, blobs in base64, numbers in the fewest digits that read back the same
// (number.h), lambdas as null. ID_KEY NULL: ids in decimal. Trees deeper than 4 * JSON_MAX_DEPTH
// make OUT fail.
void json_write(struct buf *out, const struct id_key *id_key, const struct value *v);
// RFC 8785 canonical form of plain JSON values: keys sorted by UTF-16 code units, shortest numbers,
// no white space, strings escaped only where they must be; other leaves as in json_write(). What is
// signed or hashed is written so. Integers beyond 2^53 are written as text; doubles from there to
// 1e21 look like integers in this form and are not read back as doubles.
void json_write_canonical(struct buf *out, const struct value *v);
// A JSON string with its quotes. Also safe inside a <script> element ("<", U+2028 are escaped).
// Jansson has a function of this name too, so that the symbol is another.
void json_string(struct buf *out, const char *text) __asm__("pilothouse_json_string");
// Minor units as decimal text: "1234.50", "-0.05"; no decimals for a currency that has none.
void json_amount(struct buf *out, struct value_money m);
