// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: counters in Prometheus' text format. Any thread may count and write.
#pragma once

#include "buf.h"

#include <stdatomic.h>

enum { METRICS_BUCKETS = 12 };

// Why a connection or request was turned away.
enum refusal {
    REFUSED_MALFORMED, // by the guard
    REFUSED_LARGE,     // header, target or body
    REFUSED_FULL,      // a lane's queue
    REFUSED_LATE,      // the queue's deadline
    REFUSED_ADDRESS,   // an address's share
    REFUSED_SLOW,      // header, body or reading deadline
    REFUSALS,
};

struct metrics {
    _Atomic int64_t classes[6]; // answers by status / 100
    _Atomic int64_t buckets[METRICS_BUCKETS + 1];
    _Atomic int64_t nanoseconds, bytes;
    _Atomic int64_t connections, accepted, under_way;
    _Atomic int64_t refused[REFUSALS];
};

void metrics_answer(struct metrics *m, int status, int64_t bytes, int64_t ns);
void metrics_refuse(struct metrics *m, enum refusal why);
void metrics_write(struct metrics *m, struct buf *out);
// One line with its help and type.
void metrics_line(
    struct buf *out, const char *name, const char *type, const char *help, int64_t value);
