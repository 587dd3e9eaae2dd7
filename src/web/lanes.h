// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: worker threads in two lanes, each with a bounded queue. Knows nothing of
// HTTP.
//
// A job is pushed by one thread (the I/O thread), run by a worker, and taken back with lanes_done()
// by the thread that pushed it. The lock on the way carries the job's memory from the one to the
// other.
#pragma once

#include "arena.h"

enum lane { LANE_PAGE, LANE_SLOW, LANES };

struct job {
    struct job *next, *prev;
    enum lane lane;
    int64_t deadline_ms; // monotonic; a job still waiting then is given back unrun. INT64_MAX: none
    bool expired;        // it was
};

struct lanes_options {
    int workers[LANES];
    size_t bound; // waiting jobs a lane
    void *context;
    CHECKED enum err (*worker_new)(void *context, struct arena *detail, void **ret_worker);
    void (*worker_free)(void *context, void *worker);
    // WORKER is NULL when it could not be made; it is tried again at each job.
    void (*run)(void *context, struct job *job, void *worker);
    // Something is ready for lanes_done(); called on a worker's thread, once until it is taken.
    void (*wake)(void *context);
};

struct lanes;

CHECKED enum err lanes_new(const struct lanes_options *options, struct lanes **ret_lanes);
// False when the lane's queue is full. MUST jobs (half-done ones) are always taken.
bool lanes_push(struct lanes *l, struct job *job, bool must);
// All that is finished or expired, oldest first, linked by next.
struct job *lanes_done(struct lanes *l, int64_t now_ms);
// Gives everything that waits back as expired, through lanes_done().
void lanes_flush(struct lanes *l);
size_t lanes_waiting(struct lanes *l, enum lane lane);
// Waits for running jobs, ends the threads. Queues must be empty (lanes_flush).
void lanes_free(struct lanes *l);
