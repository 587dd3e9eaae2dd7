// SPDX-License-Identifier: Apache-2.0
#include "parallel.h"

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

static void *allocate_alone(void *user, size_t size)
{
    struct ev_shared_allocator *s = user;
    (void)pthread_mutex_lock(&s->lock);
    void *block = s->of.allocate(s->of.user, size);
    (void)pthread_mutex_unlock(&s->lock);
    return block;
}

static void release_alone(void *user, void *block)
{
    struct ev_shared_allocator *s = user;
    (void)pthread_mutex_lock(&s->lock);
    s->of.release(s->of.user, block);
    (void)pthread_mutex_unlock(&s->lock);
}

void ev_share_allocator(struct ph_context *c, struct ev_shared_allocator *ret_shared)
{
    ret_shared->of = c->allocator;
    (void)pthread_mutex_init(&ret_shared->lock, NULL);
}

void ev_unshare_allocator(struct ev_shared_allocator *shared)
{
    (void)pthread_mutex_destroy(&shared->lock);
}

struct ph_context ev_context_of_worker(
    const struct ph_context *c, struct ev_shared_allocator *shared)
{
    return (struct ph_context){
        .allocator = { allocate_alone, release_alone, shared }, .seed = c->seed, .threads = 1
    };
}
