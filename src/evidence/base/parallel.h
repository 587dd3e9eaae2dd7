// SPDX-License-Identifier: Apache-2.0
// Work in numbered pieces on up to the context's threads. A piece's result may depend on its number
// alone and go to a place of its own; then the number of threads does not matter.
#pragma once

#include <stddef.h>

struct ph_context;

typedef void ev_piece_fn(void *work, size_t piece);

// Calls FN for 0 .. PIECES - 1, in any order, and returns when all are done. Where no thread can be
// had the calling one does the rest. FN must not use the context.
void ev_parallel(struct ph_context *c, size_t pieces, ev_piece_fn *fn, void *work);
