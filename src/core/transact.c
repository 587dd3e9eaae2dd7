// SPDX-License-Identifier: Apache-2.0
#include "transact.h"

#include <sodium.h>

enum { MAX_TRIES = 40 }; // as act.c

static void pause_before(int tries)
{
    long most = 1000000L << (tries < 6 ? tries : 6);
    struct timespec t = { 0, most / 4 + (long)randombytes_uniform((uint32_t)most) };
    nanosleep(&t, NULL);
}

static enum err run(
    struct ctx *c, enum db_mode mode, enum err (*work)(struct ctx *c, void *context), void *context)
{
    if (db_in_transaction(c->db)) {
        return work(c, context);
    }
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
        if (tries == MAX_TRIES) {
            return fail(c->arena, ERR_UNAVAILABLE, "%s",
                ctx_text(
                    c, "Many people are working on this just now. Try again in a moment.", NULL));
        }
        pause_before(tries);
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
