// SPDX-License-Identifier: Apache-2.0
// Loading readings into a batch: rows are read in a stream, checked, gathered into runs, sorted by
// the table's key, compared with what is there, and loaded in short transactions so that other
// people's acts come in between. Nothing counts until the batch is published.
//
//   import_new() → import_feed()… or import_rows()… → import_end() → import_free()
//
// Invariants
// - The batch is `loading` until import_end(); a process that dies leaves it so, and it is dropped.
// - A row is loaded, the same as one that is there, or bad with a reason: rows = good + same + bad.
// - Memory: one run of rows and its copy in key order, the units, one row of the file.
#pragma once

#include "columns.h"

enum {
    IMPORT_RUN = 1 << 18,    // rows sorted at once
    IMPORT_CHUNK = 1 << 13,  // rows a transaction
    IMPORT_UNITS = 200000,   // units a measure
    IMPORT_REJECTS = 100000, // bad rows that are kept to be mended; the rest is only counted
};

struct import;

// Opens a batch of the measure in the context's hands. TITLE names it.
CHECKED enum err import_new(struct ctx *c, int64_t measure, const struct import_options *options,
    const char *title, const char *file_name, struct import **ret_import);
int64_t import_batch(const struct import *im);
int64_t import_rows_read(const struct import *im);
// A piece of a CSV file. The first error sticks.
CHECKED enum err import_feed(struct import *im, const char *data, size_t len);
// Rows from elsewhere (JSON), after one call with the headings. LINE from 1, rising.
CHECKED enum err import_rows(
    struct import *im, size_t line, const struct csv_cell *cells, size_t n);
// What such rows were sent as, for the batch's hash.
void import_hash(struct import *im, const char *data, size_t len);
// Loads what is left, stages the batch with its counts, publishes it where the options say so. On
// an error the batch is dropped.
CHECKED enum err import_end(struct import *im, struct import_result *ret_result);
void import_free(struct import *im);
