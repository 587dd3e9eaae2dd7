// SPDX-License-Identifier: Apache-2.0
// When sessions were last used, until the jobs thread writes it.
#include "session_private.h"

#include "office.h"
#include "transact.h"

#include <pthread.h>

enum { SLOTS = 4096, MOST = 3072 }; // more are noted again at their next request

struct note {
    int64_t city, session, at; // session 0: free
};

struct seen {
    pthread_mutex_t mutex;
    struct note notes[SLOTS];
    size_t n;
};

struct seen *seen_new(void)
{
    struct seen *s = calloc(1, sizeof(*s));
    if (s) {
        pthread_mutex_init(&s->mutex, NULL);
    }
    return s;
}

void seen_free(struct seen *s)
{
    if (s) {
        pthread_mutex_destroy(&s->mutex);
        free(s);
    }
}

void seen_note(struct seen *s, int64_t city, int64_t session, int64_t now)
{
    if (!s) {
        return;
    }
    pthread_mutex_lock(&s->mutex);
    size_t at = (size_t)session % SLOTS;
    while (s->notes[at].session && s->notes[at].session != session) {
        at = (at + 1) % SLOTS;
    }
    bool there = s->notes[at].session == session;
    if (there || s->n < MOST) {
        s->n += !there;
        s->notes[at] = (struct note){ city, session, now };
    }
    pthread_mutex_unlock(&s->mutex);
}

struct batch {
    const struct note *notes;
    size_t n;
};

static enum err write_batch(struct ctx *c, void *context)
{
    const struct batch *b = context;
    for (size_t i = 0; i < b->n; i++) {
        if (b->notes[i].session && b->notes[i].city == c->city->id) {
            TRY(db_exec(c->db, c->arena, "session.seen",
                ARGS(ARG("id", value_id(b->notes[i].session)),
                    ARG("seen_at", value_time(b->notes[i].at))),
                NULL));
        }
    }
    return OK;
}

enum err session_flush_seen(struct office *o, struct db *db, struct arena *a)
{
    struct seen *s = o->seen;
    if (!s) {
        return OK;
    }
    pthread_mutex_lock(&s->mutex);
    size_t n = s->n;
    struct batch b = { n ? arena_memdup(a, s->notes, sizeof(s->notes)) : NULL, n ? SLOTS : 0 };
    memset(s->notes, 0, sizeof(s->notes));
    s->n = 0;
    pthread_mutex_unlock(&s->mutex);
    for (size_t i = 0; n && i < o->n_cities; i++) {
        struct ctx c;
        ctx_system(&c, o, &o->cities[i], db, a);
        TRY(transact(&c, write_batch, &b));
    }
    return OK;
}
