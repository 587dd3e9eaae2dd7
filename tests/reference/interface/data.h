// SPDX-License-Identifier: Apache-2.0
// A small reader of the public data sets, as another program may have one: commas, one header line,
// no quotes, an empty cell is missing.
#pragma once

#include "pilothouse/evidence.h"

enum { DATA_COLUMNS_MAX = 32, DATA_LABELS_MAX = 300 };

// All columns of a file in their order, then those made of them. A column of words is one of keys,
// which its labels name. Owner: the caller; given back by data_free().
struct data {
    struct ph_frame frame;
    struct ph_column column[DATA_COLUMNS_MAX];
    void *owned[4 * DATA_COLUMNS_MAX + 1]; // every block behind the columns
    size_t n_owned;
};

// NULL after words when there is no such file, or it is not one of this form.
struct data *data_read(const char *folder, const char *file);
void data_free(struct data *data);

// The place of a column by its name; ends the program where there is none.
int32_t column(const struct data *data, const char *name);
// The same where the column has the same name twice, as numbers and as keys.
int32_t key_column(const struct data *data, const char *name);

// Adds a column of whole numbers once more, as keys, by the same name.
void data_add_keys(struct data *data, const char *name);
// Adds the logarithm of a column under the name NEW_NAME.
void data_add_log(struct data *data, const char *name, const char *new_name);

// Keeps the rows whose cell in a column of numbers is from LO to HI.
void data_keep(struct data *data, const char *name, double lo, double hi);
// Keeps those whose cell is among VALUES.
void data_keep_among(struct data *data, const char *name, const double *values, size_t n);
