// SPDX-License-Identifier: Apache-2.0
// What reading (import.c) and loading (load.c) share.
#pragma once

#include "import.h"
#include "map.h"
#include "parse.h"
#include "readings_private.h"

#include <sodium.h>

struct unit {
    const char *code;
    int64_t n;                 // reading_unit.unit_n; 0 until it is registered
    int64_t first_at, last_at; // of the readings there are in the table; first > last: none
    int64_t seen_at;           // the latest of this batch, or before it
    const char *group;         // one of the measure's; NULL: none
    bool is_comparison, has_seen, group_is_new;
};

struct row {
    int64_t at;
    double value, reference; // NAN: none
    uint32_t unit, line;     // index into units; line of the file
    uint32_t quality;
};

struct reject {
    int64_t line;
    const char *cell, *reason, *text;
};

struct import {
    struct ctx *ctx;
    struct import_options options;
    int64_t measure, batch;
    const char *type, *groups; // the measure's
    bool has_new_groups;       // of units that are registered already
    int64_t cadence_ms, latest_allowed;
    struct csv *csv;
    struct columns columns;
    struct arena arena;   // of the import: units, headings
    struct arena scratch; // of a piece or a chunk
    struct arena reject_arena;
    struct csv_cell *heads, *first; // the first two rows, until the columns are known
    size_t n_heads, n_first, first_line;
    bool has_heads, has_columns;
    struct map units_by_code;
    struct unit *units; // malloc
    size_t n_units, size_units;
    uint32_t last_unit;
    struct time_reader time;
    struct row *rows, *sorted; // malloc; sorted is made by load_run()
    size_t n_rows, size_rows;
    size_t *starts; // malloc; of each unit in sorted
    struct reject *rejects;
    size_t n_rejects;
    int64_t kept_rejects, revs;
    bool has_limits;
    double low, high; // outside: far from the others
    crypto_hash_sha256_state hash;
    struct import_result result;
    enum err failed;
};

// A bad row. CELL names the column (may be NULL), REASON is in the reader's language, TEXT the row
// as CSV; all are copied.
CHECKED enum err import_reject(
    struct import *im, size_t line, const char *cell, const char *reason, const char *text);
CHECKED enum err import_flush_rejects(struct import *im);
// Sorts and loads the rows gathered so far.
CHECKED enum err load_run(struct import *im);
// Reads the measure's units and what is there of each.
CHECKED enum err load_units(struct import *im);
// Copies words that a step left in a scratch arena to where the caller looks for them.
enum err import_said(struct import *im, enum err e);
