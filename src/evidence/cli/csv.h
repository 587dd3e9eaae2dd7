// SPDX-License-Identifier: Apache-2.0
// The command line's reader of comma-separated files: a header line, then numbers or keys; an empty
// cell is missing. Only the wanted columns are kept. The house has its own reader; the engine knows
// nothing of it.
#pragma once

#include "pilothouse/evidence.h"

enum {
    EV_CSV_BYTES_MAX = 256 << 20,
    EV_CSV_ROWS_MAX = 10 << 20,
    EV_CSV_COLUMNS_MAX = 4096,
    EV_CSV_CELL_MAX = 4096,
    EV_CSV_WANTS_MAX = 1024,
};

struct ev_want {
    const char *name;
    enum ph_column_kind kind;
};

// Owns its columns' memory.
struct ev_table {
    struct ph_frame frame;
    struct ph_column *columns;
    struct ev_labels **labels; // of the key columns
    size_t *row_number;        // the header is row 1, as in a spreadsheet
};

// Columns come in the order of WANTS; one column may be wanted both as numbers and as keys. Keys
// are numbered in the order of their labels: by value when all are numbers, else by bytes.
PH_CHECKED enum ph_status ev_csv_read(struct ph_context *c, const char *data, size_t len,
    const struct ev_want *wants, size_t n_wants, struct ev_table **ret_table);
// Whether the header has a column of that name.
bool ev_csv_has(struct ph_context *c, const char *data, size_t len, const char *name);
void ev_table_free(struct ph_context *c, struct ev_table *t);
