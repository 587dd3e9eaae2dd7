// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: the I/O thread's own, the only place that knows libmicrohttpd. server.c
// takes requests, send.c sends answers.
//
// All of libmicrohttpd, every connection and every count by address is touched by this one thread;
// workers see exchanges only. So the layer needs no locks but the lanes', the cache's and a
// stream's.
#pragma once

#include "client.h"
#include "metrics.h"

#include <microhttpd.h>

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    int listen_fd, port, epoll_fd, bell;
    pthread_t thread;
    struct lanes *lanes;
    struct peers *peers;
    struct metrics metrics;
    struct client *clients;
    struct spares spares;
    size_t body_bytes; // of bodies being read or answered
    int64_t tick_ms, next_tick_ms;
    size_t under_way;           // exchanges that a worker has or will have
    _Atomic int64_t stop_at_ms; // 0: not stopping; else monotonic, the grace's end
    bool quiesced, flushed;
};

// A plain page in place of an answer. CLOSE where the stream of bytes can't be trusted any more.
enum MHD_Result send_refusal(struct client *c, int status, bool close);
// The cached page that answers, counted, if there is one; else *RET_KEY is where the answer may be
// put.
struct rendered *page_find(const struct client *c, const struct guard_facts *facts, char *buffer,
    size_t size, const char **ret_key);
// The page that choose_page() chose.
enum MHD_Result send_page(struct client *c);
void choose_page(struct client *c, struct rendered *p, const struct guard_facts *facts);
enum MHD_Result send_health(struct client *c);
// What a worker made, or 503 when none came to it in time.
enum MHD_Result send_reply(struct client *c);
// A worker is done with a slice of a stream.
void stream_made(struct exchange *ex, struct server *s);
// The request counts no more in its address's share.
void leave_address(struct server *s, struct exchange *ex);
