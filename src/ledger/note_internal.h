// SPDX-License-Identifier: Apache-2.0
// What the two halves of the notes module share; for nobody else.
#pragma once

#include "arena.h"

// UTF-8 without control characters other than newlines.
bool note_text_clean(const char *s, size_t len);
// May a signature line bear this name? Of any length.
bool note_name_ok(const char *name);
// Only the one spelling: standard alphabet, padded, no stray bits.
CHECKED bool note_unbase64(
    struct arena *a, const char *s, unsigned char **ret_data, size_t *ret_len);
