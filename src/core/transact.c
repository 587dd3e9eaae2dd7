// SPDX-License-Identifier: Apache-2.0
#include "transact.h"

#include "clock.h"

#include <sodium.h>

#include <time.h>

// Serializable transactions of several processes collide often while tables are small. Whoever
// collides has lost nothing but time, so it is time, not a number of tries, that ends it.
enum { MIN_TRIES = 40, PATIENCE_S = 10 };

enum err transact_pause(const struct ctx *c, int tries, int64_t began)
{
    if (tries >= MIN_TRIES && clock_ns() - began > PATIENCE_S * INT64_C(1000000000)) {
        return fail(c->arena, ERR_UNAVAILABLE, "%s",
            ctx_text(c, "Many people are working on this just now. Try again in a moment.", NULL));
    }
    // Random, growing pauses keep two that collided from colliding again in step.
    long most = 1000000L << (tries < 6 ? tries : 6);
    struct timespec t = { 0, most / 4 + (long)randombytes_uniform((uint32_t)most) };
    nanosleep(&t, NULL);
    return OK;
}

static enum err run(
    struct ctx *c, enum db_mode mode, enum err (*work)(struct ctx *c, void *context), void *context)
{
    if (db_in_transaction(c->db)) {
        return work(c, context);
    }
    int64_t began = clock_ns();
    for (int tries = 0;; tries++) {
        enum err e = db_begin(c->db, c->arena, mode);
        if (e == OK) {
            e = work(c, context);
            if (e == OK) {
                e = db_commit(c->db, c->arena);
            } else {
                db_rollback(c->db);
            }
        }
        if (e != ERR_RETRY) {
            return e;
        }
        TRY(transact_pause(c, tries, began));
    }
}

enum err transact(struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context)
{
    return run(c, DB_WRITE, work, context);
}

enum err transact_move(struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context)
{
    return run(c, DB_MOVE, work, context);
}

enum err transact_read(struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context)
{
    if (db_in_transaction(c->db)) {
        return work(c, context);
    }
    TRY(db_begin(c->db, c->arena, DB_READ));
    enum err e = work(c, context);
    if (e == OK) {
        return db_commit(c->db, c->arena);
    }
    db_rollback(c->db);
    return e;
}
