// SPDX-License-Identifier: Apache-2.0
// Past work from a spreadsheet: each row a pilot at whatever stage it stands, checked row by row
// with what is wrong and how to mend it, then taken in by the acts that the form would make.
//
// docs/backfill.md tells the columns. Nothing is written by backfill_read().
#pragma once

#include "room.h"

enum { BACKFILL_MAX_ROWS = 1000, BACKFILL_MAX_BYTES = 1 << 20 };

struct backfill_fault {
    const char *column, *text; // in the reader's language
};

struct backfill_row {
    size_t line;              // in the file, from 1
    const char *title;        // "" when it has none
    const char *const *cells; // as they stand, one for each of the file's columns
    struct value values;      // typed, for pilot.backfill
    struct backfill_fault faults[8];
    size_t n_faults;
    int64_t id; // the pilot, once taken in
};

struct backfill {
    const char **columns; // the file's, as they stand
    size_t n_columns;
    struct backfill_row *rows;
    size_t n, bad, taken;
};

// Checks a CSV file as the context's viewer, who must be allowed to fill in past pilots.
// ERR_INVALID when the file as a whole can't be read: not CSV, columns missing or unknown, too many
// rows.
CHECKED enum err backfill_read(
    struct ctx *c, const char *csv, size_t len, struct backfill *ret_backfill);
// Takes in every row without a fault, each by an act of its own; what an act refuses becomes a
// fault of its row. Rows taken before, by their title and department, are faults already, so a
// file can be mended and given again as a whole.
CHECKED enum err backfill_take(struct ctx *c, struct backfill *b);
// The rows with faults as CSV: their cells, and a last column that says what to mend.
void backfill_rejects(struct ctx *c, const struct backfill *b, struct buf *out);
// The header and two rows to begin with, as CSV.
void backfill_example(struct buf *out);
