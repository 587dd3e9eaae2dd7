// SPDX-License-Identifier: Apache-2.0
// Which column of a file is what.
#pragma once

#include "csv.h"
#include "readings.h"

enum column { COLUMN_TIME, COLUMN_UNIT, COLUMN_VALUE, COLUMN_REFERENCE, COLUMN_SIDE, COLUMN_GROUP };
enum { N_COLUMNS = 6 };

struct columns {
    int at[N_COLUMNS]; // from 0; -1: none
    int most;          // the last column that is needed
};

const char *column_name(enum column which); // "time", "unit", …: also what options call it

// By what the options say, then by the headings' words, then, for the value alone, by the first row
// of data: the first column left that holds a number. A measure without groups takes a column
// "group" for the side (with the thing tried, for comparison). ERR_INVALID with words in A.
CHECKED enum err columns_find(struct ctx *c, const struct import_options *options, bool has_groups,
    const struct csv_cell *heads, size_t n, const struct csv_cell *first, size_t n_first,
    struct columns *ret_columns);
// "time=1 unit=2 value=3", as batch.mapping keeps it.
const char *columns_text(struct arena *a, const struct columns *columns);
