// SPDX-License-Identifier: Apache-2.0
// Jobs: what an act leaves to be done after its commit. Kept in the store, leased by one process at
// a time, tried again with growing pauses, given up after twelve tries: loudly in the log, and
// shown to the administrator. A job may run twice (its process died after the work, before the
// note), so each is written to be harmless then.
#pragma once

#include "ctx.h"

struct act;

struct job_kind {
    const char *name; // "mail.send"
    // PAYLOAD is an object. The context is the system's, in its city; begin and commit are the
    // job's own. ERR_UNAVAILABLE and the like: tried again; ERR_INVALID: given up at once.
    enum err (*run)(struct ctx *c, const struct value *payload);
    int64_t every_ms; // > 0: runs by the clock that often, in one process of all; needs no entry in
                      // the store
};

// Part of the act's transaction. RUN_AT 0: as soon as possible.
CHECKED enum err job_add(
    struct ctx *c, const char *name, const struct value *payload, int64_t run_at);

struct jobs;
// Threads that run what is due, at most one second late, until jobs_stop(), which waits for those
// under way.
CHECKED enum err jobs_start(struct office *o, struct arena *detail, struct jobs **ret_jobs);
void jobs_stop(struct jobs *j);
// Wakes it at once, after an act that added a job.
void jobs_wake(struct jobs *j);
// Runs all that is due now, periodic ones too, and returns when nothing is; for the command line
// and for tests.
CHECKED enum err jobs_run_due(struct office *o, struct arena *detail, int *ret_n);

// Given up, the latest first: list of {id, name, failed_at, attempts_n, error}.
CHECKED enum err jobs_given_up(struct ctx *c, struct value *ret_list);
// Tries a given-up one again from the start (AGAIN), or forgets it.
CHECKED enum err job_settle(struct ctx *c, int64_t id, bool again);
// The core's own: mail, digests, sweeps. Ends with a NULL name.
extern const struct job_kind core_jobs[];
