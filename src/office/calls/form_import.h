// SPDX-License-Identifier: Apache-2.0
// A call's own questions from a spreadsheet: each line a question, looked at with those before it
// and those that the form has, so that a condition finds what it points to.
#pragma once

#include "calls_kinds.h"

enum { FORM_IMPORT_MOST = 100 };

struct form_fault {
    const char *column, *text; // in the reader's language; the column as the file names it
};

struct form_line {
    size_t line;              // in the file, from 1
    const char *const *cells; // as they stand, one for each of the file's columns
    struct value item;        // typed, for form_item.import
    int64_t number;           // that it has or would have; 0: none that can be
    struct form_fault faults[4];
    size_t n_faults;
};

struct form_file {
    const char **columns; // as they stand
    size_t n_columns;
    struct form_line lines[FORM_IMPORT_MOST];
    size_t n, bad;
};

// What an import of this text into CALL would do, without doing it. ERR_INVALID, ERR_TOO_LARGE: the
// file as a whole.
CHECKED enum err form_import_read(
    struct ctx *c, int64_t call, const char *text, size_t len, struct form_file **ret_file);
// A line's faults in one text.
const char *form_line_faults(struct ctx *c, const struct form_line *line);
// The lines with faults as CSV: their number, their cells, and what to mend.
void form_import_rejects(struct ctx *c, const struct form_file *f, struct buf *out);
// Columns and some lines to begin with.
void form_import_example(struct buf *out);
