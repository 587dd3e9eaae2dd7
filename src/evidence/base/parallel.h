// SPDX-License-Identifier: Apache-2.0
// Work in numbered pieces on up to the context's threads. A piece's result may depend on its number
// alone and go to a place of its own; then the number of threads does not matter.
#pragma once

#include "internal.h"

#include <pthread.h>

typedef void ev_piece_fn(void *work, size_t piece);

// Calls FN for 0 .. PIECES - 1, in any order, and returns when all are done. Where no thread can be
// had the calling one does the rest. FN must not use the context.
void ev_parallel(struct ph_context *c, size_t pieces, ev_piece_fn *fn, void *work);

// ---- Whole methods in parallel ----

// The caller's allocator behind a lock: it need not be fit for several threads at once.
struct ev_shared_allocator {
    struct ph_allocator of;
    pthread_mutex_t lock;
};

void ev_share_allocator(struct ph_context *c, struct ev_shared_allocator *ret_shared);
void ev_unshare_allocator(struct ev_shared_allocator *shared);
// A context for one worker: C's seed, one thread, SHARED's memory, its own last words. It tells
// nobody of them, and is not cancelled. What it allocates may be given back by C when all are done.
struct ph_context ev_context_of_worker(
    const struct ph_context *c, struct ev_shared_allocator *shared);
