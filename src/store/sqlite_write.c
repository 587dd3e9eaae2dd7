// SPDX-License-Identifier: Apache-2.0
// The one writer and its group commit.
//
// Acts take turns on the writer connection, first come, first served. Each is a savepoint inside a
// transaction that a group of them shares. Whoever finishes while others queue hands the writer on
// without a COMMIT and waits; whoever finishes with nobody behind, or when the group is full or
// old, commits for all. One sync then answers many.
//
// Invariants
// - `held` is true from a grant until settle() finds the queue empty. Only the holder touches the
//   connection and `group`; both pass from thread to thread under `lock`.
// - A group with members waiting always has a holder, and every way out of holding goes through
//   settle(), which hands on or commits. A waiter leaves the queue under `lock` only while it is
//   not granted, so a grant is never lost.
// - When SQLite itself undoes the transaction (disk full, I/O error), the members are told so by
//   whoever holds the writer then.
#include "clock.h"
#include "sqlite_conn.h"

#include <stdlib.h>

enum { GROUP_ACTS = 64, GROUP_MS = 20, BREATH_EVERY_MS = 250, BREATH_MS = 3 };

struct waiter {
    struct waiter *next;
    pthread_cond_t granted_cond;
    bool granted;
};

struct group {
    pthread_cond_t cond;
    int acts, waiting; // finished in it; of these, asleep until it is done
    bool done;
    enum err outcome;
    int64_t opened; // clock_monotonic()
};

// ---- turns -------------------------------------------------------------------------------------

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

static void unqueue(struct sqlite_writer *w, struct waiter *me)
{
    struct waiter *before = NULL;
    for (struct waiter *at = w->first; at != me; at = at->next) {
        before = at;
    }
    *(before ? &before->next : &w->first) = me->next;
    if (w->last == me) {
        w->last = before;
    }
}

// Waits for the turn at most WAIT_MS.
static bool take(struct sqlite_writer *w, int64_t wait_ms)
{
    pthread_mutex_lock(&w->lock);
    if (!w->held) {
        w->held = true;
        pthread_mutex_unlock(&w->lock);
        return true;
    }
    struct waiter me = { 0 };
    cond_init(&me.granted_cond);
    *(w->last ? &w->last->next : &w->first) = &me;
    // Taken out again before this returns.
    w->last = &me; // cppcheck-suppress autoVariables
    int64_t until = clock_monotonic() + wait_ms;
    struct timespec deadline = { until / 1000, (until % 1000) * 1000000 };
    int rc = 0;
    while (!me.granted && rc == 0) {
        rc = pthread_cond_timedwait(&me.granted_cond, &w->lock, &deadline);
    }
    if (!me.granted) {
        unqueue(w, &me);
    }
    pthread_mutex_unlock(&w->lock);
    pthread_cond_destroy(&me.granted_cond);
    return me.granted;
}

// With the lock held: to the next in the queue, or to nobody.
static void give(struct sqlite_writer *w)
{
    struct waiter *next = w->first;
    if (!next) {
        w->held = false;
        w->busy_since = 0;
        return;
    }
    w->first = next->next;
    if (!w->first) {
        w->last = NULL;
    }
    if (!w->busy_since) {
        w->busy_since = clock_monotonic();
    }
    next->granted = true;
    pthread_cond_signal(&next->granted_cond);
}

// ---- the group ---------------------------------------------------------------------------------

static void group_free(struct group *g)
{
    pthread_cond_destroy(&g->cond);
    free(g);
}

// Tells all members how it ended. The holder keeps the writer.
static void group_end(struct sqlite_writer *w, enum err outcome)
{
    struct group *g = w->group;
    w->group = NULL;
    pthread_mutex_lock(&w->lock);
    g->done = true;
    g->outcome = outcome;
    bool nobody = g->waiting == 0;
    pthread_cond_broadcast(&g->cond);
    pthread_mutex_unlock(&w->lock);
    if (nobody) {
        group_free(g);
    }
}

static enum err group_begin(struct sqlite_store *st, struct arena *detail)
{
    struct sqlite_writer *w = &st->writer;
    int64_t now = clock_monotonic();
    if (w->busy_since && now - w->busy_since > BREATH_EVERY_MS) {
        // Other processes can only poll for the lock; leave them a gap that they can hit.
        sqlite_pause_ms(BREATH_MS);
        now = clock_monotonic();
        w->busy_since = now;
    }
    TRY(sqlite_err(
        w->conn, detail, sqlite_plain(w->conn, SQLITE_BEGIN_IMMEDIATE), "beginning to write"));
    struct group *g = calloc(1, sizeof(*g));
    if (!g) {
        sqlite_exec(w->conn, "ROLLBACK");
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    cond_init(&g->cond);
    g->opened = now;
    w->group = g;
    return OK;
}

static enum err group_commit(struct sqlite_store *st, struct arena *detail)
{
    struct sqlite_writer *w = &st->writer;
    enum err e = sqlite_err(w->conn, detail, sqlite_plain(w->conn, SQLITE_COMMIT), "saving");
    if (e == OK) {
        atomic_fetch_add_explicit(&st->store->commits, 1, memory_order_relaxed);
    } else if (!sqlite3_get_autocommit(w->conn->sql)) {
        sqlite_exec(w->conn, "ROLLBACK");
    }
    group_end(w, e);
    return e;
}

static bool group_open_for_more(const struct group *g)
{
    return g->acts < GROUP_ACTS && clock_monotonic() - g->opened < GROUP_MS;
}

// The way out for a holder that has nothing of its own left in the group.
static void settle(struct sqlite_store *st)
{
    struct sqlite_writer *w = &st->writer;
    if (w->group && sqlite3_get_autocommit(w->conn->sql)) {
        group_end(w, w->conn->last_error != OK ? w->conn->last_error : ERR_UNAVAILABLE);
    }
    pthread_mutex_lock(&w->lock);
    bool hand_on = w->group && w->group->waiting && w->first && group_open_for_more(w->group);
    bool wanted = w->group && w->group->waiting;
    pthread_mutex_unlock(&w->lock);
    if (w->group && !hand_on) {
        if (wanted) {
            enum err e = group_commit(st, NULL); // its members hear of it
            (void)e;
        } else {
            sqlite_exec(w->conn, "ROLLBACK");
            group_end(w, OK);
        }
    }
    // Between the look above and here the queue may have lost its only waiter.
    pthread_mutex_lock(&w->lock);
    while (w->group && !w->first) {
        pthread_mutex_unlock(&w->lock);
        enum err e = group_commit(st, NULL);
        (void)e;
        pthread_mutex_lock(&w->lock);
    }
    give(w);
    pthread_mutex_unlock(&w->lock);
}

// ---- acts --------------------------------------------------------------------------------------

enum err sqlite_write_begin(struct sqlite_store *st, struct arena *detail)
{
    struct sqlite_writer *w = &st->writer;
    if (!take(w, SQLITE_WAIT_MS)) {
        return fail(detail, ERR_UNAVAILABLE, "The database is busy. Try again in a moment.");
    }
    enum err e = w->group ? OK : group_begin(st, detail);
    if (e == OK) {
        e = sqlite_err(
            w->conn, detail, sqlite_plain(w->conn, SQLITE_SAVEPOINT_ACT), "beginning to write");
    }
    if (e != OK) {
        settle(st);
    }
    return e;
}

static enum err wait_for_group(struct sqlite_writer *w, struct group *g, struct arena *detail)
{
    while (!g->done) {
        pthread_cond_wait(&g->cond, &w->lock);
    }
    enum err e = g->outcome;
    bool last = --g->waiting == 0;
    pthread_mutex_unlock(&w->lock);
    if (last) {
        group_free(g);
    }
    return e == OK ? OK : fail(detail, e, "Nothing was saved: the disk or the database failed.");
}

enum err sqlite_write_commit(struct sqlite_store *st, struct arena *detail)
{
    struct sqlite_writer *w = &st->writer;
    enum err e = sqlite_err(w->conn, detail, sqlite_plain(w->conn, SQLITE_RELEASE_ACT), "saving");
    if (e != OK) {
        sqlite_write_rollback(st);
        return e;
    }
    struct group *g = w->group;
    pthread_mutex_lock(&w->lock);
    g->acts++;
    if (w->first && group_open_for_more(g)) {
        g->waiting++;
        give(w);
        return wait_for_group(w, g, detail);
    }
    pthread_mutex_unlock(&w->lock);
    e = group_commit(st, detail);
    settle(st);
    return e;
}

void sqlite_write_rollback(struct sqlite_store *st)
{
    struct sqlite_conn *c = st->writer.conn;
    if (!sqlite3_get_autocommit(c->sql)) {
        if (sqlite_exec(c, "ROLLBACK TO act") != SQLITE_OK ||
            sqlite_exec(c, "RELEASE act") != SQLITE_OK) {
            sqlite_exec(c, "ROLLBACK");
        }
    }
    settle(st);
}

bool sqlite_write_wanted(struct sqlite_store *st)
{
    struct sqlite_writer *w = &st->writer;
    pthread_mutex_lock(&w->lock);
    bool wanted = w->first || (w->group && w->group->waiting);
    pthread_mutex_unlock(&w->lock);
    return wanted;
}

// ---- the checkpointer --------------------------------------------------------------------------

// The log is copied back beside the writers. It starts anew by itself when all of it is copied and
// nobody reads from it; when it has grown long all the same, the writers pause for that.
enum { CHECK_PAGES = 1000, LONG_LOG_PAGES = 4000, TICK_MS = 2000, PATIENCE_MS = 10 };
// Before the writers pause, so much may be left to copy, and so many times is it tried beside them.
enum { LITTLE_LEFT_PAGES = 300, MOST_PASSES = 8 };

static int after_commit(void *context, sqlite3 *sql, const char *database, int pages)
{
    struct sqlite_store *st = context;
    int before = atomic_exchange(&st->wal_pages, pages);
    if (pages >= CHECK_PAGES && (before < CHECK_PAGES || pages / 256 != before / 256)) {
        pthread_mutex_lock(&st->check_lock);
        st->check_now = true;
        pthread_cond_signal(&st->check_wake);
        pthread_mutex_unlock(&st->check_lock);
    }
    return SQLITE_OK;
}

static void checkpoint_alone(struct sqlite_store *st, struct sqlite_conn *c, int mode)
{
    struct sqlite_writer *w = &st->writer;
    if (!take(w, 1000)) {
        return;
    }
    if (w->group) {
        enum err e = group_commit(st, NULL); // its members hear of it
        (void)e;
    }
    int pages = 0, copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(c->sql, NULL, mode, &pages, &copied);
    if (rc == SQLITE_OK) {
        atomic_store(&st->wal_pages, 0);
    }
    settle(st);
}

// Copies beside the writers, who go on: each pass takes less time than the one before, so ever less
// is left. True when the log is long.
static bool copy_beside(struct sqlite_store *st, struct sqlite_conn *c)
{
    for (int pass = 0; pass < MOST_PASSES; pass++) {
        int pages = 0, copied = 0;
        int rc =
            sqlite3_wal_checkpoint_v2(c->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
        if (rc != SQLITE_OK || pages < LONG_LOG_PAGES) {
            return false;
        }
        if (atomic_load(&st->wal_pages) - copied <= LITTLE_LEFT_PAGES) {
            break;
        }
    }
    return true;
}

// False at the end.
static bool wait_for_work(struct sqlite_store *st)
{
    int64_t until = clock_monotonic() + TICK_MS;
    struct timespec deadline = { until / 1000, (until % 1000) * 1000000 };
    pthread_mutex_lock(&st->check_lock);
    int rc = 0;
    while (!st->closing && !st->check_now && rc == 0) {
        rc = pthread_cond_timedwait(&st->check_wake, &st->check_lock, &deadline);
    }
    bool more = !st->closing;
    st->check_now = false;
    pthread_mutex_unlock(&st->check_lock);
    return more;
}

static void *checkpoint_thread(void *context)
{
    struct sqlite_store *st = context;
    struct sqlite_conn *c = NULL;
    long long last = -1;
    while (wait_for_work(st)) {
        long long acts = atomic_load(&st->store->commits);
        if (atomic_load(&st->wal_pages) == 0) {
            continue;
        }
        if (!c && sqlite_conn_open(st, NULL, false, true, &c) != OK) {
            continue;
        }
        c->patience = PATIENCE_MS;
        if (acts == last) { // quiet since the last look: give the file back
            checkpoint_alone(st, c, SQLITE_CHECKPOINT_TRUNCATE);
        } else if (copy_beside(st, c)) {
            checkpoint_alone(st, c, SQLITE_CHECKPOINT_RESTART);
        }
        last = acts;
    }
    sqlite_conn_close(c);
    return NULL;
}

void sqlite_checkpointer_start(struct sqlite_store *st)
{
    pthread_mutex_init(&st->check_lock, NULL);
    cond_init(&st->check_wake);
    sqlite3_wal_hook(st->writer.conn->sql, after_commit, st);
    st->checkpointing = pthread_create(&st->checkpointer, NULL, checkpoint_thread, st) == 0;
}

void sqlite_checkpointer_stop(struct sqlite_store *st)
{
    if (st->checkpointing) {
        pthread_mutex_lock(&st->check_lock);
        st->closing = true;
        pthread_cond_signal(&st->check_wake);
        pthread_mutex_unlock(&st->check_lock);
        pthread_join(st->checkpointer, NULL);
    }
}

// ---- life --------------------------------------------------------------------------------------

enum err sqlite_writer_init(struct sqlite_store *st, struct arena *detail, bool create)
{
    pthread_mutex_init(&st->writer.lock, NULL);
    return sqlite_conn_open(st, detail, create, true, &st->writer.conn);
}

void sqlite_writer_release(struct sqlite_store *st)
{
    sqlite_conn_close(st->writer.conn);
    pthread_mutex_destroy(&st->writer.lock);
}
