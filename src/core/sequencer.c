// SPDX-License-Identifier: Apache-2.0
// The thread that gives the ledger its order while the office serves.
#include "ledger.h"

#include "clock.h"
#include "log.h"
#include "office.h"
#include "transact.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

// The cadence is fixed, so that a checkpoint's time tells nothing but that something happened.
enum { CADENCE_S = 1, MAX_WORDS = 500, FOLD_DOCUMENTS = 100, RESTS = 50, MOST_REST_NS = 200000000 };
static const size_t SEQUENCER_ARENA = 128 << 20;

struct sequencer {
    struct office *office;
    struct db *db;
    struct arena arena;
    char holder[24];
    enum err last, last_fold; // of the latest turn
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stop;
};

static void become(struct sequencer *s, size_t city, struct ctx *ret_c)
{
    arena_reset(&s->arena);
    db_rollback(s->db);
    ctx_system(ret_c, s->office, &s->office->cities[city], s->db, &s->arena);
    ret_c->request_id = s->holder;
}

static enum err fold_some(struct ctx *c, void *context)
{
    return db_search_fold(c->db, c->arena, FOLD_DOCUMENTS, context);
}

// What was put into the search indexes since the last turn, some documents at a time, so that acts
// come in between. Nobody waits for it, so it rests as long as it worked, unless very many wait,
// which every search has to look at. Two processes may both do it; one of them tries again then.
static enum err fold_search(struct ctx *c)
{
    bool waits;
    TRY(db_search_waits(c->db, c->arena, &waits));
    for (int n = 1, turns = 0; waits && n > 0; turns++) {
        int64_t began = clock_ns();
        TRY(transact_move(c, fold_some, &n));
        int64_t took = clock_ns() - began;
        if (turns < RESTS) {
            const struct timespec rest = { 0, took < MOST_REST_NS ? took : MOST_REST_NS };
            nanosleep(&rest, NULL);
        }
    }
    return OK;
}

// One trouble is told once, not every second: LAST is what the turn before came to.
static void tell(
    const struct sequencer *s, const struct ctx *c, const char *event, enum err e, enum err *last)
{
    if (e != OK && e != *last) {
        char words[MAX_WORDS];
        log_line(LOG_ERROR, event, "city=%s error=%s why=%s", c->city->slug, err_name(e),
            log_quote(words, sizeof(words), s->arena.detail ? s->arena.detail : ""));
    }
    *last = e;
}

// Whatever comes of the leaves, documents don't wait for it.
static void take_turn(struct sequencer *s)
{
    for (size_t i = 0; i < s->office->n_cities; i++) {
        struct ctx c;
        int n;
        become(s, i, &c);
        tell(s, &c, "ledger-not-sequenced", ledger_sequence(&c, &n), &s->last);
        become(s, i, &c);
        tell(s, &c, "search-not-moved-on", fold_search(&c), &s->last_fold);
    }
}

static enum err leave(struct ctx *c, void *context)
{
    const struct sequencer *s = context;
    return db_exec(c->db, c->arena, "lease.leave",
        ARGS(ARG("name", value_text("sequencer")), ARG("holder", value_text(s->holder))), NULL);
}

static bool wait_turn(struct sequencer *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += CADENCE_S;
    pthread_mutex_lock(&s->mutex);
    int rc = 0;
    while (!s->stop && rc == 0) {
        rc = pthread_cond_timedwait(&s->changed, &s->mutex, &until);
    }
    bool on = !s->stop;
    pthread_mutex_unlock(&s->mutex);
    return on;
}

static void *sequencer_main(void *context)
{
    struct sequencer *s = context;
    while (wait_turn(s)) {
        take_turn(s);
    }
    take_turn(s);
    for (size_t i = 0; i < s->office->n_cities; i++) {
        struct ctx c;
        become(s, i, &c);
        if (transact(&c, leave, s) != OK) {
            log_line(LOG_WARN, "lease-not-left", "city=%s", c.city->slug);
        }
    }
    return NULL;
}

static void release(struct sequencer *s)
{
    db_close(s->db);
    arena_release(&s->arena);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

enum err sequencer_start(struct office *o, struct arena *detail, struct sequencer **ret_sequencer)
{
    struct db *db;
    TRY(db_open(o->store, detail, &db));
    struct sequencer *s = calloc(1, sizeof(*s));
    if (!s) {
        db_close(db);
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    s->office = o;
    s->db = db;
    arena_init(&s->arena, SEQUENCER_ARENA);
    snprintf(s->holder, sizeof(s->holder), "%08x%08x", randombytes_random(), randombytes_random());
    pthread_mutex_init(&s->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&s->thread, NULL, sequencer_main, s) != 0) {
        release(s);
        return fail(detail, ERR_UNAVAILABLE, "No further thread can be started.");
    }
    *ret_sequencer = s;
    return OK;
}

void sequencer_stop(struct sequencer *s)
{
    if (!s) {
        return;
    }
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    release(s);
}
