// SPDX-License-Identifier: Apache-2.0
#include "lanes.h"

#include "log.h"

#include <pthread.h>
#include <signal.h>

struct queue {
    struct job *first, *last;
    size_t len;
};

struct lane_state {
    struct lanes *lanes;
    enum lane lane;
    struct queue waiting;
    pthread_cond_t ready;
    int sleeping; // workers that wait and that nobody has called yet
    pthread_t *threads;
    int n_threads;
};

struct lanes {
    struct lanes_options options;
    pthread_mutex_t lock;
    struct lane_state lanes[LANES];
    struct queue done;
    bool closing;
};

static void append(struct queue *q, struct job *job)
{
    job->next = NULL;
    job->prev = q->last;
    *(q->last ? &q->last->next : &q->first) = job;
    q->last = job;
    q->len++;
}

static void take(struct queue *q, struct job *job)
{
    *(job->prev ? &job->prev->next : &q->first) = job->next;
    *(job->next ? &job->next->prev : &q->last) = job->prev;
    job->next = job->prev = NULL;
    q->len--;
}

// A worker's own context, made again while it can't be.
static void *ensure_worker(const struct lanes_options *o, void *worker)
{
    if (worker || !o->worker_new) {
        return worker;
    }
    struct arena detail;
    arena_init(&detail, 64 * 1024);
    enum err e = o->worker_new(o->context, &detail, &worker);
    if (e != OK) {
        char text[512];
        log_line(LOG_ERROR, "worker-failed", "error=%s detail=%s", err_name(e),
            log_quote(text, sizeof(text), detail.detail));
        worker = NULL;
    }
    arena_release(&detail);
    return worker;
}

static void *work(void *context)
{
    struct lane_state *lane = context;
    struct lanes *l = lane->lanes;
    void *worker = ensure_worker(&l->options, NULL);
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!lane->waiting.first && !l->closing) {
            lane->sleeping++;
            pthread_cond_wait(&lane->ready, &l->lock);
        }
        struct job *job = lane->waiting.first;
        if (!job) {
            break;
        }
        take(&lane->waiting, job);
        pthread_mutex_unlock(&l->lock);
        worker = ensure_worker(&l->options, worker);
        l->options.run(l->options.context, job, worker);
        pthread_mutex_lock(&l->lock);
        bool first = !l->done.first;
        append(&l->done, job);
        if (first) {
            // Not under the lock: who is woken takes it at once, and would sleep again.
            pthread_mutex_unlock(&l->lock);
            l->options.wake(l->options.context);
            pthread_mutex_lock(&l->lock);
        }
    }
    pthread_mutex_unlock(&l->lock);
    if (worker && l->options.worker_free) {
        l->options.worker_free(l->options.context, worker);
    }
    return NULL;
}

// Workers take no signals: the main thread's handler does.
static enum err start_threads(struct lane_state *lane, int n)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    enum err e = OK;
    lane->threads = calloc((size_t)n, sizeof(*lane->threads));
    for (int i = 0; lane->threads && i < n && e == OK; i++) {
        if (pthread_create(&lane->threads[i], NULL, work, lane)) {
            e = ERR_UNAVAILABLE;
        } else {
            lane->n_threads++;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return lane->threads ? e : ERR_UNAVAILABLE;
}

enum err lanes_new(const struct lanes_options *options, struct lanes **ret_lanes)
{
    struct lanes *l = calloc(1, sizeof(*l));
    if (!l) {
        return ERR_UNAVAILABLE;
    }
    l->options = *options;
    pthread_mutex_init(&l->lock, NULL);
    for (int i = 0; i < LANES; i++) {
        l->lanes[i].lanes = l;
        l->lanes[i].lane = (enum lane)i;
        pthread_cond_init(&l->lanes[i].ready, NULL);
    }
    for (int i = 0; i < LANES; i++) {
        if (start_threads(&l->lanes[i], options->workers[i]) != OK) {
            lanes_free(l);
            return ERR_UNAVAILABLE;
        }
    }
    *ret_lanes = l;
    return OK;
}

bool lanes_push(struct lanes *l, struct job *job, bool must)
{
    struct lane_state *lane = &l->lanes[job->lane];
    job->expired = false;
    pthread_mutex_lock(&l->lock);
    bool room = must || lane->waiting.len < l->options.bound;
    bool call = room && lane->sleeping > 0; // workers that are awake look again by themselves
    if (room) {
        append(&lane->waiting, job);
    }
    lane->sleeping -= call;
    pthread_mutex_unlock(&l->lock);
    if (call) {
        pthread_cond_signal(&lane->ready);
    }
    return room;
}

// Deadlines are pushed in rising order but for jobs that have none, so the walk ends early.
static void expire(struct lanes *l, int64_t now_ms)
{
    for (int i = 0; i < LANES; i++) {
        struct queue *waiting = &l->lanes[i].waiting;
        struct job *next;
        for (struct job *job = waiting->first; job; job = next) {
            next = job->next;
            if (job->deadline_ms == INT64_MAX) {
                continue;
            }
            if (job->deadline_ms > now_ms) {
                break;
            }
            take(waiting, job);
            job->expired = true;
            append(&l->done, job);
        }
    }
}

struct job *lanes_done(struct lanes *l, int64_t now_ms)
{
    pthread_mutex_lock(&l->lock);
    expire(l, now_ms);
    struct job *first = l->done.first;
    l->done = (struct queue){ 0 };
    pthread_mutex_unlock(&l->lock);
    return first;
}

void lanes_flush(struct lanes *l)
{
    pthread_mutex_lock(&l->lock);
    for (int i = 0; i < LANES; i++) {
        struct job *job;
        while ((job = l->lanes[i].waiting.first)) {
            take(&l->lanes[i].waiting, job);
            job->expired = true;
            append(&l->done, job);
        }
    }
    pthread_mutex_unlock(&l->lock);
}

size_t lanes_waiting(struct lanes *l, enum lane lane)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->lanes[lane].waiting.len;
    pthread_mutex_unlock(&l->lock);
    return n;
}

void lanes_free(struct lanes *l)
{
    if (!l) {
        return;
    }
    pthread_mutex_lock(&l->lock);
    l->closing = true;
    for (int i = 0; i < LANES; i++) {
        pthread_cond_broadcast(&l->lanes[i].ready);
    }
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < LANES; i++) {
        for (int j = 0; j < l->lanes[i].n_threads; j++) {
            pthread_join(l->lanes[i].threads[j], NULL);
        }
        free(l->lanes[i].threads);
        pthread_cond_destroy(&l->lanes[i].ready);
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
}
