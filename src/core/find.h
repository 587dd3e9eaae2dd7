// SPDX-License-Identifier: Apache-2.0
// Finding records by words, for whoever asks: one index an audience. What everybody may see is in
// "public"; what those who work inside see is in "office". People outside find what is public, and
// in "outside" what isn't: that index holds what some of them may see, so each hit is read within
// the reader's own scope before it is told or counted.
#pragma once

#include "ctx.h"
#include "kind.h"

// A page of hits. Somebody outside may be shown few or none and yet find more further on: where the
// index holds much that isn't theirs, a page ends after it looked at a thousand.
struct find_page {
    struct value hits; // up to VIEW_PAGE (store.h), newest first
    int64_t next;      // what to ask for next as BEFORE; 0: that was all
    int64_t count;     // up to 1001, of the first page only
    bool is_partial;   // there may be more of them than COUNT
};
// Those with ids below BEFORE (0: from the newest). KIND may be NULL.
CHECKED enum err find_words(
    struct ctx *c, const char *words, const char *kind, int64_t before, struct find_page *ret_page);
// Puts the record into the indexes of the audiences that may see it, with the words of the fields
// that they may read, and takes it out of the others; part of a transaction.
CHECKED enum err find_index(struct ctx *c, const struct kind *k, int64_t id);
// The same for a record whose row is known: as it is now and as it was, V_NULL when it is new.
CHECKED enum err find_index_row(
    struct ctx *c, const struct kind *k, const struct value *row, const struct value *before);
