// SPDX-License-Identifier: Apache-2.0
// The labels of one key column: each text gets a number when it is first seen.
#pragma once

#include "pilothouse/evidence.h"

struct ev_labels; // owner: the table

struct ev_labels *ev_labels_new(struct ph_context *c);
void ev_labels_free(struct ev_labels *l);
// TEXT's number; -1 after words when memory ran out.
int32_t ev_labels_key(struct ev_labels *l, const char *text, size_t len);
// Renumbers KEY[0..rows) so that numbers follow the labels: by value when all are numbers, else by
// bytes. The names are L's.
PH_CHECKED enum ph_status ev_labels_settle(struct ev_labels *l, int32_t *key, size_t rows,
    const char *const **ret_names, size_t *ret_count);
