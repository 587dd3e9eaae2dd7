// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: one request on its way through the server, from its headers to the last
// byte of its answer.
//
// Who may touch it: the I/O thread (server.c) until it is queued and after it came back; the worker
// that took it (answer.c) in between. The queue's lock carries it across. Only `stream` is shared,
// under its own lock.
#pragma once

#include "guard.h"
#include "header.h"
#include "lanes.h"
#include "rendered.h"
#include "server.h"

#include <pthread.h>

// A finished answer, ready to be sent. Everything lives in the exchange.
struct reply {
    int status;
    struct web_field headers[48];
    size_t n_headers;
    char *data; // malloc'd; the sender frees it
    size_t len; // with status 304 the length of what isn't sent
};

// A body made piece by piece: filled on the slow lane, emptied by the I/O thread.
struct stream {
    // The I/O thread's own, apart from what the lock guards: neighbours are read in one piece.
    bool making;  // a worker has it, or it is queued
    bool waiting; // the connection is suspended until more comes
    pthread_mutex_t lock;
    struct buf ready;  // made and not yet sent
    size_t sent;       // of ready
    bool done, failed; // nothing more comes
    bool stopped;      // the client is gone: make no more
};

// A worker makes a stream's pieces up to STREAM_HIGH bytes ahead and for one slice of time, so that
// exports take turns; it is asked for more below STREAM_LOW.
enum { STREAM_HIGH = 256 * 1024, STREAM_LOW = 64 * 1024, STREAM_SLICE_MS = 100 };

// What the server answers by itself, on a worker since the application's hooks may look at the
// store.
enum probe { PROBE_NONE, PROBE_READY, PROBE_METRICS };

// How the I/O thread read a request; everything is borrowed.
struct intake {
    const struct guard_header *headers;
    size_t n_headers;
    const struct guard_facts *facts;
    const char *method, *path, *query; // query NULL: none
    const char *address;
    const char *cache_key; // NULL: none
    bool secure;
    int64_t started_ns;
};

struct exchange {
    struct job job;        // first
    struct client *client; // the connection; NULL once it is gone
    struct arena arena;
    struct request q;
    struct response r;
    const struct route *route; // NULL: allow and the path decide
    const char *allow;
    const char *moved;       // the path that was meant; NULL: none
    const char *moved_query; // as it was sent; NULL: none
    bool asks_options;
    enum probe probe;
    const char *cache_key;
    struct web_field *headers;
    size_t n_headers;
    enum encoding encoding; // that the client takes
    struct buf body;
    char address[46];
    struct reply reply;
    bool answered; // the reply stands
    bool counted;  // in its address's requests under way
    struct stream stream;
};

// Puts the stated defaults where an option is 0.
void options_default(struct server_options *o);
// Arenas of exchanges that are over, for those to come: the I/O thread's own. A page takes some
// hundred kilobytes, which the system would clear anew each time.
struct spares {
    struct arena arenas[16];
    size_t n;
};
void spares_release(struct spares *s);
// Copies the intake and finds the route. NULL with *RET_STATUS when the query is malformed.
struct exchange *exchange_new(const struct server_options *options, struct spares *spares,
    const struct intake *in, int *ret_status);
void exchange_free(struct exchange *ex, struct spares *spares);

// Runs the handler and makes the reply; on a worker. WORKER is what worker_new made, or NULL.
void answer_run(struct exchange *ex, const struct server_options *options, void *worker);
// Makes the next pieces of a streamed body.
void answer_stream(struct exchange *ex);
// Runs stream_free, once.
void answer_stream_free(struct exchange *ex);
// Makes the reply from what stands in ex->r: headers, entity tag, 304, compression.
void answer_finish(struct exchange *ex);

// The headers that every response has. NAMES and values are literals. *N_FIELDS is moved on.
void security_headers(struct web_field *fields, size_t *n_fields, bool secure);
const char *cache_control(struct arena *a, const struct response *r, bool shared);
// A quoted strong tag of the bytes; TAG has room for ETAG_SIZE.
enum { ETAG_SIZE = 40 };
void etag_make(char *tag, const void *data, size_t len);
// "abc" becomes "abc-br": each coding is a representation of its own.
const char *etag_encoded(struct arena *a, const char *etag, enum encoding e);
// A small page without templates, for what is refused before any handler.
const char *plain_page(int status, size_t *ret_len);
