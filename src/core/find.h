// SPDX-License-Identifier: Apache-2.0
// Finding records by words, for whoever asks: one index an audience. What everybody may see is in
// "public"; what those who work inside see is in "office". People outside find what is public, and
// in "outside" what isn't: that index holds what some of them may see, so each hit is read within
// the reader's own scope before it is told or counted.
#pragma once

#include "ctx.h"
#include "kind.h"

// Up to VIEW_PAGE hits (store.h), newest first, those with ids below BEFORE (0: from the newest).
// KIND may be NULL. RET_COUNT: up to 1001, of the first page only.
CHECKED enum err find_words(struct ctx *c, const char *words, const char *kind, int64_t before,
    struct value *ret_hits, int64_t *ret_count);
// Puts the record into the indexes of the audiences that may see it, with the words of the fields
// that they may read, and takes it out of the others; part of a transaction.
CHECKED enum err find_index(struct ctx *c, const struct kind *k, int64_t id);
// The same for a record whose row is known: as it is now and as it was, V_NULL when it is new.
CHECKED enum err find_index_row(
    struct ctx *c, const struct kind *k, const struct value *row, const struct value *before);
