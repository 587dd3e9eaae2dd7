// SPDX-License-Identifier: Apache-2.0
// Small questions about text. Text inside the house is NUL-terminated valid UTF-8; str_utf8() at
// the door makes it so.
#pragma once

#include "arena.h"

bool str_eq(const char *a, const char *b); // either may be NULL; NULL equals only NULL
bool str_empty(const char *s);             // NULL, "" or white space only
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
// Well-formed UTF-8 with no NUL, no surrogates, no overlong forms.
bool str_utf8(const char *s, size_t len);
// Code points in valid UTF-8.
size_t str_chars(const char *s);
// The copy without white space at both ends.
char *str_trim(struct arena *a, const char *s);
// ASCII lower case.
char *str_lower(struct arena *a, const char *s);
// Lower-case ASCII words joined by '-', at most 60 bytes: for file names and anchors.
char *str_slug(struct arena *a, const char *s);

// Decimal numbers, the whole text and nothing else; false and untouched when it is not one or is
// out of range.
CHECKED bool str_i64(const char *s, int64_t *ret_n);
// Finite only; '.' is the decimal sign whatever the locale.
CHECKED bool str_f64(const char *s, double *ret_n);

// Hex and URL-safe base64 without padding.
char *str_hex(struct arena *a, const void *data, size_t len);
CHECKED bool str_unhex(const char *s, void *ret_data, size_t len);
char *str_base64url(struct arena *a, const void *data, size_t len);
// Standard base64 with padding, as signed notes want it.
char *str_base64(struct arena *a, const void *data, size_t len);
// Either alphabet, padding optional; false when it is not base64 or longer than SIZE bytes.
CHECKED bool str_unbase64(const char *s, void *ret_data, size_t size, size_t *ret_len);
// Equal in a time that does not depend on where they differ; for secrets.
bool str_same_secret(const char *a, const char *b);
