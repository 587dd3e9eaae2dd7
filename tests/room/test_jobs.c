// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include "clock.h"
#include "job.h"
#include "json.h"
#include "transact.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_int counted, failed, ticks, under_way, most_under_way;
static _Atomic int64_t last_n;

static enum err run_count(struct ctx *c, const struct value *payload)
{
    int now = atomic_fetch_add(&under_way, 1) + 1;
    if (now > atomic_load(&most_under_way)) {
        atomic_store(&most_under_way, now);
    }
    last_n = value_get_int(payload, "n", -1);
    atomic_fetch_add(&counted, 1);
    atomic_fetch_sub(&under_way, 1);
    return c->audience == AUDIENCE_SYSTEM && !c->viewer.person ? OK : ERR_INTERNAL;
}

static enum err run_fail(struct ctx *c, const struct value *payload)
{
    (void)payload;
    atomic_fetch_add(&failed, 1);
    return fail(c->arena, ERR_UNAVAILABLE, "the peer is away");
}

static enum err run_invalid(struct ctx *c, const struct value *payload)
{
    (void)payload;
    return fail(c->arena, ERR_INVALID, "this can never work");
}

// Leaves a transaction open, as a defect would.
static enum err run_untidy(struct ctx *c, const struct value *payload)
{
    (void)payload;
    TRY(db_begin(c->db, c->arena, DB_WRITE));
    TRY(job_add(c, "test.count", NULL, 0));
    return fail(c->arena, ERR_INTERNAL, "left in the middle");
}

static enum err run_tick(struct ctx *c, const struct value *payload)
{
    (void)c;
    (void)payload;
    atomic_fetch_add(&ticks, 1);
    return OK;
}

static const struct job_kind kinds[] = {
    { "test.count", run_count, 0 },
    { "test.fail", run_fail, 0 },
    { "test.invalid", run_invalid, 0 },
    { "test.untidy", run_untidy, 0 },
    { "test.tick", run_tick, CLOCK_HOUR },
    { NULL, NULL, 0 },
};
static const struct room jobs_room = { .name = "jobs", .jobs = kinds };

struct adding {
    const char *name;
    int64_t n, run_at;
};

static enum err add_in(struct ctx *c, void *context)
{
    const struct adding *a = context;
    struct value payload = value_object(c->arena);
    value_set(c->arena, &payload, "n", value_int(a->n));
    return job_add(c, a->name, &payload, a->run_at);
}

static void add(const char *name, int64_t n, int64_t in_ms)
{
    room_as_system();
    struct adding a = { name, n, in_ms ? room.ctx.now + in_ms : 0 };
    assert_int_equal(transact(&room.ctx, add_in, &a), OK);
}

static int run(void)
{
    int n = 0;
    if (jobs_run_due(room.office, &room.arena, &n) != OK) {
        fail_msg("%s", room.arena.detail);
    }
    return n;
}

static struct value all(void)
{
    struct value rows;
    room_as_system();
    assert_int_equal(db_rows_sql(room.db, &room.arena,
                         "SELECT id, name, run_at, leased_until_at, attempts_n, failed_at, error "
                         "FROM job WHERE city = :city ORDER BY id",
                         NO_ARGS, &rows),
        OK);
    return rows;
}

static struct value only(void)
{
    struct value rows = all();
    assert_int_equal(value_len(&rows), 1);
    return *value_at(&rows, 0);
}

static enum err make_due(struct ctx *c, void *context)
{
    return db_update(c->db, c->arena, "job", false, *(int64_t *)context, 0,
        ARGS(ARG("run_at", value_time(c->now - 1))), NULL);
}

static enum err forget(struct ctx *c, void *context)
{
    (void)context;
    struct value rows = all();
    for (size_t i = 0; i < value_len(&rows); i++) {
        int64_t id = value_get_int(value_at(&rows, i), "id", 0);
        TRY(db_update(
            c->db, c->arena, "job", false, id, 0, ARGS(ARG("failed_at", value_time(1))), NULL));
        TRY(db_exec(c->db, c->arena, "job.drop", ARGS(ARG("id", value_id(id))), NULL));
    }
    return OK;
}

static int clean(void **state)
{
    run();
    room_as_system();
    assert_int_equal(transact(&room.ctx, forget, NULL), OK);
    atomic_store(&counted, 0);
    atomic_store(&failed, 0);
    atomic_store(&ticks, 0);
    return 0;
}

static void runs_once_with_its_payload(void **state)
{
    add("test.count", 4711, 0);
    run();
    assert_int_equal(atomic_load(&counted), 1);
    assert_int_equal(last_n, 4711);
    struct value rows = all();
    assert_int_equal(value_len(&rows), 0);
    run();
    assert_int_equal(atomic_load(&counted), 1);
}

static void waits_for_its_time(void **state)
{
    add("test.count", 1, 60000);
    run();
    assert_int_equal(atomic_load(&counted), 0);
    struct value job = only();
    assert_int_equal(value_get_int(&job, "attempts_n", 0), 0);
}

static void is_undone_with_its_act(void **state)
{
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(job_add(&room.ctx, "test.count", NULL, 0), OK);
    db_rollback(room.db);
    run();
    assert_int_equal(atomic_load(&counted), 0);
}

static void tries_again_with_growing_pauses_then_gives_up(void **state)
{
    add("test.fail", 0, 0);
    int64_t last_pause = 0;
    for (int i = 1; i <= 12; i++) {
        int64_t before = clock_now();
        run();
        assert_int_equal(atomic_load(&failed), i);
        struct value job = only();
        int64_t id = value_get_int(&job, "id", 0);
        assert_int_equal(value_get_int(&job, "attempts_n", 0), i);
        assert_string_equal(value_get_text(&job, "error", ""), "the peer is away");
        assert_int_equal(value_get(&job, "leased_until_at")->kind, V_NULL);
        if (i == 12) {
            assert_int_equal(value_get(&job, "failed_at")->kind, V_TIME);
            break;
        }
        assert_int_equal(value_get(&job, "failed_at")->kind, V_NULL);
        int64_t pause = value_get_int(&job, "run_at", 0) - before;
        assert_true(pause >= last_pause);
        last_pause = pause - 1000;
        run(); // not due: not tried
        assert_int_equal(atomic_load(&failed), i);
        assert_int_equal(transact(&room.ctx, make_due, &id), OK);
    }
    run();
    assert_int_equal(atomic_load(&failed), 12);
    struct value list;
    room_as_system();
    assert_int_equal(jobs_given_up(&room.ctx, &list), OK);
    assert_int_equal(value_len(&list), 1);
    int64_t id = value_get_int(value_at(&list, 0), "id", 0);
    assert_int_equal(job_settle(&room.ctx, id, true), OK);
    run();
    assert_int_equal(atomic_load(&failed), 13);
    assert_int_equal(job_settle(&room.ctx, id, false), ERR_NOT_FOUND); // under way again
}

static void what_cannot_work_is_given_up_at_once(void **state)
{
    add("test.invalid", 0, 0);
    run();
    struct value job = only();
    assert_int_equal(value_get(&job, "failed_at")->kind, V_TIME);
    assert_int_equal(value_get_int(&job, "attempts_n", 0), 1);
    room_as_system();
    assert_int_equal(job_settle(&room.ctx, value_get_int(&job, "id", 0), false), OK);
    struct value rows = all();
    assert_int_equal(value_len(&rows), 0);
}

static void an_unknown_name_waits_for_who_knows_it(void **state)
{
    add("test.from_the_future", 0, 0);
    run();
    struct value job = only();
    assert_int_equal(value_get(&job, "failed_at")->kind, V_NULL);
    assert_int_equal(value_get_int(&job, "attempts_n", 0), 1);
}

static void what_a_job_leaves_open_is_undone(void **state)
{
    add("test.untidy", 0, 0);
    run();
    assert_int_equal(atomic_load(&counted), 0);
    struct value job = only();
    assert_string_equal(value_get_text(&job, "error", ""), "left in the middle");
}

static void one_of_all_processes_ticks(void **state)
{
    // clean() ran what was due; the hour isn't over.
    run();
    assert_int_equal(atomic_load(&ticks), 0);
    struct value rows;
    room_as_system();
    assert_int_equal(
        db_rows_sql(room.db, &room.arena,
            "SELECT until_at FROM lease WHERE city = :city AND name = 'test.tick'", NO_ARGS, &rows),
        OK);
    int64_t until = value_get_int(value_at(&rows, 0), "until_at", 0);
    assert_true(until > clock_now() + 50LL * CLOCK_MINUTE && until <= clock_now() + CLOCK_HOUR);
}

static void *run_in_thread(void *context)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    *(enum err *)context = jobs_run_due(room.office, &a, NULL);
    arena_release(&a);
    return NULL;
}

static void many_runners_do_each_once(void **state)
{
    enum { JOBS = 60, THREADS = 4 };
    for (int i = 0; i < JOBS; i++) {
        add("test.count", i, 0);
    }
    pthread_t threads[THREADS];
    enum err results[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, &results[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(results[i], OK);
    }
    run();
    assert_int_equal(atomic_load(&counted), JOBS);
    struct value rows = all();
    assert_int_equal(value_len(&rows), 0);
}

static void threads_run_what_comes_and_stop(void **state)
{
    struct jobs *jobs;
    assert_int_equal(jobs_start(room.office, &room.arena, &jobs), OK);
    for (int round = 1; round <= 3; round++) {
        add("test.count", 1, 0);
        jobs_wake(jobs);
        int64_t until = clock_monotonic() + 5000;
        while (atomic_load(&counted) < round && clock_monotonic() < until) {
            nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
        }
        assert_int_equal(atomic_load(&counted), round);
    }
    add("test.count", 1, 300); // nobody wakes them for this one
    int64_t until = clock_monotonic() + 5000;
    while (atomic_load(&counted) < 4 && clock_monotonic() < until) {
        nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
    }
    assert_int_equal(atomic_load(&counted), 4);
    int64_t start = clock_monotonic();
    jobs_stop(jobs);
    assert_true(clock_monotonic() - start < 3000);
    add("test.count", 1, 0);
    nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
    assert_int_equal(atomic_load(&counted), 4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(runs_once_with_its_payload, clean),
        cmocka_unit_test_setup(waits_for_its_time, clean),
        cmocka_unit_test_setup(is_undone_with_its_act, clean),
        cmocka_unit_test_setup(tries_again_with_growing_pauses_then_gives_up, clean),
        cmocka_unit_test_setup(what_cannot_work_is_given_up_at_once, clean),
        cmocka_unit_test_setup(an_unknown_name_waits_for_who_knows_it, clean),
        cmocka_unit_test_setup(what_a_job_leaves_open_is_undone, clean),
        cmocka_unit_test_setup(one_of_all_processes_ticks, clean),
        cmocka_unit_test_setup(many_runners_do_each_once, clean),
        cmocka_unit_test_setup(threads_run_what_comes_and_stop, clean),
    };
    static const struct room *const rooms[] = { &jobs_room, NULL };
    room_rooms = rooms;
    return ROOM_TESTS(tests);
}
