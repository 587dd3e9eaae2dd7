// SPDX-License-Identifier: Apache-2.0
// Many at once: threads that share the writer, processes that share the database.
#include "fixture.h"

#include "clock.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 16, ACTS = 60 };

struct worker {
    struct fixture *f;
    struct store *store;
    pthread_t thread;
    int number, failed, retried;
    int64_t wait_ms; // holds the writer that long
    enum err e;
};

static void start(struct fixture *f, struct worker *w, int n, void *(*work)(void *))
{
    for (int i = 0; i < n; i++) {
        w[i] = (struct worker){ .f = f, .store = f->store, .number = i, .wait_ms = w[i].wait_ms };
        assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
}

static void join(struct worker *w, int n)
{
    for (int i = 0; i < n; i++) {
        pthread_join(w[i].thread, NULL);
    }
}

static struct db *worker_db(struct worker *w, struct arena *a)
{
    struct db *db = NULL;
    if (db_open(w->store, a, &db) == OK) {
        fixture_context(db, 0);
    }
    return db;
}

static void *add_many(void *context)
{
    struct worker *w = context;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct db *db = worker_db(w, &a);
    for (int i = 0; i < ACTS; i++) {
        arena_reset(&a);
        w->failed += fixture_add(db, &a, w->number * 1000 + i) != OK;
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

static void all_that_was_acknowledged_is_there(void **state)
{
    struct fixture *f = *state;
    struct worker workers[THREADS] = { 0 };
    struct store_stats stats;
    start(f, workers, THREADS, add_many);
    join(workers, THREADS);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].failed, 0);
    }
    assert_int_equal(fixture_count(f, f->db), THREADS * ACTS);
    store_stats(f->store, &stats);
    assert_int_equal(stats.transactions, THREADS * ACTS);
    if (!on_postgres) { // groups were made
        assert_true(stats.commits < stats.transactions / 2);
    }
    fixture_close(f);
    fixture_reopen(f);
    assert_int_equal(fixture_count(f, f->db), THREADS * ACTS);
}

// Keeps every third act, undoes every third, fails in every third by a key that is there.
static void *add_some(void *context)
{
    struct worker *w = context;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct db *db = worker_db(w, &a);
    for (int i = 0; i < ACTS; i++) {
        arena_reset(&a);
        int64_t id = w->number * 1000 + i;
        enum err e = OK;
        switch (i % 3) {
        case 0:
            w->failed += fixture_add(db, &a, id) != OK;
            break;
        case 1:
            e = db_begin(db, &a, DB_WRITE);
            if (e == OK) {
                e = db_insert(db, &a, "thing", false, ARGS(ARG("id", value_id(id))));
            }
            w->failed += e != OK && e != ERR_RETRY;
            db_rollback(db);
            break;
        default:
            w->failed += fixture_add(db, &a, id - 2) != ERR_EXISTS;
        }
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

static void one_of_a_group_is_undone_alone(void **state)
{
    struct fixture *f = *state;
    struct worker workers[THREADS] = { 0 };
    start(f, workers, THREADS, add_some);
    join(workers, THREADS);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].failed, 0);
    }
    assert_int_equal(fixture_count(f, f->db), THREADS * ACTS / 3);
}

static void *hold(void *context)
{
    struct worker *w = context;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct db *db = worker_db(w, &a);
    usleep((useconds_t)w->number * 20000); // in this order
    w->e = db_begin(db, &a, DB_WRITE);
    if (w->e == OK) {
        usleep((useconds_t)w->wait_ms * 1000);
        w->e = db_insert(db, &a, "thing", false, ARGS(ARG("id", value_id(w->number))));
    }
    if (w->e == OK) {
        w->e = db_commit(db, &a);
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

// The waiters give up at the same time as the holder looks whether anybody waits.
static void *wait_a_turn(void *context)
{
    struct worker *w = context;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct db *db = worker_db(w, &a);
    w->e = db_begin(db, &a, DB_WRITE);
    db_close(db);
    arena_release(&a);
    return NULL;
}

static void who_holds_long_hears_of_others(void **state)
{
    struct fixture *f = *state;
    struct worker waiter[1] = { 0 };
    assert_false(db_is_wanted(f->db));
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    assert_false(db_is_wanted(f->db));
    db_rollback(f->db);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_false(db_is_wanted(f->db));
    start(f, waiter, 1, wait_a_turn);
    if (!on_postgres) { // there nobody waits
        int64_t until = clock_monotonic() + 60000;
        while (!db_is_wanted(f->db) && clock_monotonic() < until) {
            usleep(1000);
        }
        assert_true(db_is_wanted(f->db));
    }
    assert_ok(f, db_commit(f->db, &f->a));
    join(waiter, 1);
    assert_int_equal(waiter[0].e, OK);
    assert_false(db_is_wanted(f->db));
}

static void waiters_that_give_up(void **state)
{
    struct fixture *f = *state;
    struct worker workers[6] = { { .wait_ms = 5060 } };
    start(f, workers, 6, hold);
    join(workers, 6);
    assert_int_equal(workers[0].e, OK);
    int64_t done = 0;
    for (int i = 0; i < 6; i++) {
        assert_true(workers[i].e == OK || workers[i].e == ERR_UNAVAILABLE);
        done += workers[i].e == OK;
    }
    assert_true(done < 6);
    assert_int_equal(fixture_count(f, f->db), done);
    assert_int_equal(fixture_add(f->db, &f->a, 100), OK); // and life goes on
}

static int increment(struct fixture *f, int times)
{
    struct store *s;
    struct db *db;
    struct store_options o = fixture_options(f);
    if (store_open(&f->a, &o, &s) != OK || db_open(s, &f->a, &db) != OK) {
        return 1;
    }
    fixture_context(db, 0);
    for (int i = 0; i < times;) {
        int64_t n;
        enum err e = db_begin(db, &f->a, DB_WRITE);
        if (e == OK) {
            e = db_int(db, &f->a, "thing.sum", NO_ARGS, &n);
        }
        if (e == OK) {
            e = db_update(
                db, &f->a, "thing", false, 1, 0, ARGS(ARG("size_n", value_int(n + 1))), NULL);
        }
        e = e == OK ? db_commit(db, &f->a) : e;
        db_rollback(db);
        if (e != OK && e != ERR_RETRY) {
            print_error("%s: %s\n", err_name(e), f->a.detail ? f->a.detail : "");
            return 1;
        }
        i += e == OK;
    }
    db_close(db);
    store_close(s);
    return 0;
}

static void two_processes_keep_the_sum(void **state)
{
    struct fixture *f = *state;
    pid_t pids[2];
    assert_ok(f, fixture_add(f->db, &f->a, 1));
    fixture_close(f);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(increment(f, 150));
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    fixture_reopen(f);
    int64_t n;
    assert_ok(f, db_int(f->db, &f->a, "thing.sum", NO_ARGS, &n));
    assert_int_equal(n, 301);
}

static void the_log_stays_bounded(void **state)
{
    struct fixture *f = *state;
    struct store_stats stats;
    char *long_text = arena_alloc(&f->a, 50001);
    memset(long_text, 'x', 50000);
    for (int i = 0; i < 1000; i++) { // 50 MB
        snprintf(long_text, 10, "%09d", i);
        long_text[9] = 'x';
        assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
        assert_ok(f, db_insert(f->db, &f->a, "thing", false,
                         ARGS(ARG("id", value_id(i)), ARG("title", value_text(long_text)))));
        assert_ok(f, db_commit(f->db, &f->a));
    }
    store_stats(f->store, &stats);
    assert_in_range(stats.wal_bytes, 1, 40 << 20);
    int64_t until = clock_monotonic() + 15000;
    while (stats.wal_bytes && clock_monotonic() < until) { // given back when it is quiet
        usleep(100000);
        store_stats(f->store, &stats);
    }
    assert_int_equal(stats.wal_bytes, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest both[] = {
        STORE_TEST(all_that_was_acknowledged_is_there),
        STORE_TEST(one_of_a_group_is_undone_alone),
        STORE_TEST(two_processes_keep_the_sum),
        STORE_TEST(who_holds_long_hears_of_others),
    };
    const struct CMUnitTest sqlite[] = {
        STORE_TEST(all_that_was_acknowledged_is_there),
        STORE_TEST(one_of_a_group_is_undone_alone),
        STORE_TEST(two_processes_keep_the_sum),
        STORE_TEST(who_holds_long_hears_of_others),
        STORE_TEST(waiters_that_give_up),
        STORE_TEST(the_log_stays_bounded),
    };
    return !fixture_main(argc, argv) ? 0 : on_postgres ? RUN_TESTS(both) : RUN_TESTS(sqlite);
}
