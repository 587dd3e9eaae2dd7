// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180), read in a stream as spreadsheets really write it: CRLF or LF, an optional byte
// order mark, quotes, empty lines (no rows; a row of one empty cell is `""`). The separator is ','
// or, when the first line has more of them, ';' or TAB. A quote inside an unquoted cell is itself,
// as spreadsheets have it.
#pragma once

#include "arena.h"
#include "buf.h"

enum { CSV_MAX_CELL = 64 * 1024, CSV_MAX_COLUMNS = 512, CSV_MAX_ROW = 1 << 20 };

struct csv_cell {
    const char *text; // NUL-terminated, unquoted; valid until the next row
    size_t len;
};

struct csv;

// Called for each row. LINE is where the row starts in the file, from 1. Return OK to go on.
typedef enum err csv_row_fn(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n);

// The caller frees it with csv_free().
struct csv *csv_new(csv_row_fn *row, void *context);
void csv_free(struct csv *c);
// Any split of the file into pieces gives the same rows. Bad UTF-8, a NUL, an open quote at the
// end, a cell or row past the bounds are ERR_INVALID or ERR_TOO_LARGE with the line in the detail.
// The first error sticks. SCRATCH is handed to the row function and is not reset here; only it and
// the error's words use it.
CHECKED enum err csv_feed(struct csv *c, struct arena *scratch, const char *data, size_t len);
CHECKED enum err csv_end(struct csv *c, struct arena *scratch);
// The words of the error that the reader itself found, in that language; NULL: it found none, and
// the row function's own words stand.
struct locale;
const char *csv_why(const struct csv *c, struct arena *a, const struct locale *l);

// A cell for a spreadsheet to open: quoted where needed, and text that would start a formula (= + -
// @, TAB, CR) after an apostrophe unless it is a number. FIRST: no separator before it.
void csv_write(struct buf *out, const char *text, bool first);
void csv_end_row(struct buf *out); // CRLF
