// SPDX-License-Identifier: Apache-2.0
// The HTTP server: libmicrohttpd's epoll thread takes and sends; workers answer.
//
// Life of a request: the I/O thread reads headers; guard checks them (guard.h) and closes what is
// ambiguous; a public page in the cache is answered there and then; otherwise the body is read
// within its limit and deadline, the connection suspended, the request queued on its lane (bounded:
// full → 503 with Retry-After), a worker runs the handler, the I/O thread sends. Past the queue's
// own deadline a waiting request gets 503.
//
// Promises: header and body deadlines hold against dripping clients; limits per address
// (connections, requests under way) behind a trusted proxy too; whatever is sent, the server
// answers or closes within its deadlines and keeps serving others; a shutdown (server_stop)
// finishes what was taken, bounded by its grace (but a handler that runs is always waited for).
//
// Every answer that a worker made carries X-Request-Id; pages from the cache are nobody's and carry
// none.
#pragma once

#include "cache.h"
#include "router.h"

struct server;

// What the I/O thread knows of a GET or HEAD before any handler; values are as sent
// (header_cookie() in header.h reads the cookie).
struct request_line {
    const char *path;                              // decoded, as in struct request
    const char *query;                             // after the '?', not decoded; NULL: none
    const char *host;                              // NULL in HTTP/1.0 without one
    const char *cookie, *accept, *accept_language; // NULL: none
};

struct server_options {
    const char *listen; // "127.0.0.1:8080", "[::1]:8080", ":0" for a free port on loopback
    const char
        *trusted_proxy; // an address whose X-Forwarded-For and -Proto are believed; NULL: none
    int workers, slow_workers;   // threads of the two lanes; 0: chosen from the machine
    size_t queue;                // requests waiting in a lane, 0: 256
    size_t max_connections;      // in all, 0: 4096; an eighth of them per address, at least 64
    size_t max_under_way;        // requests queued or answered per address, 0: 64
    size_t max_form, max_upload; // bytes of a body, 0: 256 KB and 64 MB
    int header_ms, body_ms, queue_ms,
        idle_ms;                 // deadlines, 0: 10 s, 60 s (and 8 KB/s for uploads), 10 s, 60 s
    const struct router *router; // borrowed
    struct cache *cache;         // borrowed; NULL: none
    // The key under which the answer may stand in the cache, written to BUFFER or constant; NULL:
    // none (a session's cookie, a private path). Asked on the I/O thread for every GET and HEAD
    // that isn't a static file: no locks, no input or output. The handler finds it again by
    // request_cache_key() and puts the page in with cache_put(). NULL: static files only.
    const char *(*cache_key)(void *app, const struct request_line *line, char *buffer, size_t size);
    void *app;
    // Made on each worker's thread before its first request (a database handle), freed at its end.
    CHECKED enum err (*worker_new)(void *app, struct arena *detail, void **ret_worker);
    void (*worker_free)(void *app, void *worker);
    // Called before the handler for every routed request: signs the person in, checks the CSRF
    // token. When it fails, or the handler does, `error` makes the page. Neither may be NULL.
    CHECKED enum err (*before)(
        void *app, void *worker, const struct route *route, struct request *q, struct response *r);
    void (*error)(void *app, void *worker, enum err code, const char *detail, struct request *q,
        struct response *r);
    // Headers for every response to HTML (content security policy and the like) are the server's
    // own.
    // Adds the application's lines to /metrics; on a worker. /metrics is shown to loopback
    // addresses only (behind a trusted proxy: forwarded ones), unless metrics_anywhere.
    bool metrics_anywhere;
    void (*metrics)(void *app, struct buf *out);
    // /readyz: OK when the application can serve; on a worker. /healthz tells only that the I/O
    // thread lives. NULL: always ready.
    CHECKED enum err (*ready)(void *app, struct arena *detail);
};

CHECKED enum err server_start(
    struct arena *detail, const struct server_options *options, struct server **ret_server);
int server_port(const struct server *s);
// Stops taking, finishes what was taken for at most GRACE_MS, then frees everything.
void server_stop(struct server *s, int grace_ms);

// What cache_key gave for Q's answer; NULL: it must not be put into the cache.
const char *request_cache_key(const struct request *q);
// The route that Q was matched to.
const struct route *request_route(const struct request *q);
