// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS_MAX = 64 };

struct crew {
    atomic_size_t next;
    size_t pieces;
    ev_piece_fn *fn;
    void *work;
};

static void *labour(void *arg)
{
    struct crew *crew = arg;
    for (size_t i; (i = atomic_fetch_add(&crew->next, 1)) < crew->pieces;) {
        crew->fn(crew->work, i);
    }
    return NULL;
}

void ev_parallel(struct ph_context *c, size_t pieces, ev_piece_fn *fn, void *work)
{
    struct crew crew = { .pieces = pieces, .fn = fn, .work = work };
    pthread_t thread[THREADS_MAX];
    size_t wanted = c->threads < THREADS_MAX ? c->threads : THREADS_MAX;
    wanted = wanted < pieces ? wanted : pieces;
    size_t n = 0;
    while (n + 1 < wanted && pthread_create(&thread[n], NULL, labour, &crew) == 0) {
        n++;
    }
    (void)labour(&crew);
    for (size_t i = 0; i < n; i++) {
        (void)pthread_join(thread[i], NULL);
    }
}
