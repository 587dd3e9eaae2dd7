// SPDX-License-Identifier: Apache-2.0
#include "lanes.h"
#include "check.h"
#include "clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct work {
    struct job job;
    int ms, ran;
};

static atomic_int rings, made, freed;
static atomic_bool refuse;

static void run(void *context, struct job *job, void *worker)
{
    struct work *w = (struct work *)job;
    usleep((useconds_t)w->ms * 1000);
    w->ran += worker ? 1 : 100;
}

static void wake(void *context)
{
    atomic_fetch_add(&rings, 1);
}

static enum err worker_new(void *context, struct arena *detail, void **ret_worker)
{
    if (atomic_load(&refuse)) {
        return fail(detail, ERR_UNAVAILABLE, "not now");
    }
    atomic_fetch_add(&made, 1);
    *ret_worker = &made;
    return OK;
}

static void worker_free(void *context, void *worker)
{
    atomic_fetch_add(&freed, 1);
}

static struct lanes *start(size_t bound)
{
    struct lanes_options o = { .workers = { 1, 1 },
        .bound = bound,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .run = run,
        .wake = wake };
    struct lanes *l;
    assert_int_equal(lanes_new(&o, &l), OK);
    return l;
}

// Takes back N jobs, within two seconds.
static int take(struct lanes *l, int n, int *ret_expired)
{
    int64_t until = clock_monotonic() + 2000;
    int got = 0;
    while (got < n && clock_monotonic() < until) {
        for (struct job *j = lanes_done(l, clock_monotonic()); j; j = j->next) {
            got++;
            *ret_expired += j->expired;
        }
        usleep(1000);
    }
    return got;
}

static void runs_each_once(void **state)
{
    struct lanes *l = start(1000);
    static struct work w[500];
    int expired = 0;
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        w[i].job = (struct job){ .lane = i % 2 ? LANE_SLOW : LANE_PAGE, .deadline_ms = INT64_MAX };
        assert_true(lanes_push(l, &w[i].job, false));
    }
    assert_int_equal(take(l, 500, &expired), 500);
    assert_int_equal(expired, 0);
    lanes_free(l);
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        assert_int_equal(w[i].ran, 1);
    }
    assert_true(atomic_load(&rings) > 0);
    assert_int_equal(atomic_load(&made), 2);
    assert_int_equal(atomic_load(&freed), 2);
}

static void bounds_and_expires(void **state)
{
    struct lanes *l = start(2);
    struct work w[5] = { { .ms = 200 } };
    int expired = 0;
    for (int i = 0; i < 5; i++) {
        w[i].job.deadline_ms = clock_monotonic() + 50;
    }
    assert_true(lanes_push(l, &w[0].job, false));
    usleep(50000); // the worker has it
    w[1].job.deadline_ms = w[2].job.deadline_ms = clock_monotonic() + 30;
    assert_true(lanes_push(l, &w[1].job, false));
    assert_true(lanes_push(l, &w[2].job, false));
    assert_false(lanes_push(l, &w[3].job, false));
    w[4].job.deadline_ms = INT64_MAX;
    assert_true(lanes_push(l, &w[4].job, true));
    assert_int_equal(lanes_waiting(l, LANE_PAGE), 3);
    assert_int_equal(take(l, 4, &expired), 4);
    assert_int_equal(expired, 2);
    assert_int_equal(w[1].ran + w[2].ran + w[3].ran, 0);
    assert_int_equal(w[0].ran, 1);
    assert_int_equal(w[4].ran, 1);
    lanes_free(l);
}

static void gives_back_what_waits(void **state)
{
    struct lanes *l = start(10);
    struct work w[4] = { { .ms = 100 } };
    int expired = 0;
    for (int i = 0; i < 4; i++) {
        w[i].job.deadline_ms = INT64_MAX;
        assert_true(lanes_push(l, &w[i].job, false));
    }
    usleep(30000);
    lanes_flush(l);
    assert_int_equal(take(l, 4, &expired), 4);
    assert_int_equal(expired, 3);
    lanes_free(l);
}

static void makes_a_worker_when_it_can(void **state)
{
    atomic_store(&refuse, true);
    struct lanes *l = start(10);
    struct work w[2] = { { .ms = 0 } };
    int expired = 0;
    w[0].job.deadline_ms = w[1].job.deadline_ms = INT64_MAX;
    assert_true(lanes_push(l, &w[0].job, false));
    assert_int_equal(take(l, 1, &expired), 1);
    assert_int_equal(w[0].ran, 100);
    atomic_store(&refuse, false);
    assert_true(lanes_push(l, &w[1].job, false));
    assert_int_equal(take(l, 1, &expired), 1);
    assert_int_equal(w[1].ran, 1);
    lanes_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_each_once),
        cmocka_unit_test(bounds_and_expires),
        cmocka_unit_test(gives_back_what_waits),
        cmocka_unit_test(makes_a_worker_when_it_can),
    };
    return RUN_TESTS(tests);
}
