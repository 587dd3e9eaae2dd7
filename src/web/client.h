// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: one connection and the request on it; the I/O thread's own.
//
// A connection is always in one phase, and every phase has a deadline, so that nothing a client
// does or leaves undone holds it for long. While it is suspended (CLIENT_WORK) the queue's deadline
// and the handler decide.
#pragma once

#include "exchange.h"
#include "target.h"

enum phase {
    CLIENT_NEW,     // connected, nothing read that makes a first line
    CLIENT_HEADERS, // the first line is there
    CLIENT_BODY,
    CLIENT_WORK, // suspended
    CLIENT_SEND,
    CLIENT_IDLE, // between requests
};

struct client {
    struct client *next, *prev;
    struct server *server;
    void *connection; // libmicrohttpd's
    int fd;
    char address[46];
    bool trusted; // it is the proxy: its forwarding headers are believed
    bool counted; // in its address's connections
    bool cut;     // shut down, soon to be gone
    enum phase phase;
    int64_t since_ms; // when the phase began
    int64_t moved;    // bytes of body received in it, or sent and acknowledged
    uint64_t acked;   // by the client's kernel when `moved` was 0; 0: not looked at yet
    // The request
    int64_t started_ns;
    char method[12];
    char path[PATH_MAX_LEN + 1];
    size_t path_len, target_len;
    char *query;         // malloc'd, NULL: none
    int target_status;   // 0, or what the target is refused with
    int status;          // answered
    int64_t bytes;       // of the body answered
    struct exchange *ex; // NULL: answered by the I/O thread itself
    // What the I/O thread answers at the request's end. libmicrohttpd closes the connection after
    // an answer that comes before.
    struct rendered *page; // from the cache, counted
    enum encoding encoding;
    bool secure, not_modified;
};

struct sockaddr;
// An address as text, a v4-mapped one as IPv4; "" for other families.
void client_address(const struct sockaddr *from, char text[46]);
void client_phase(struct client *c, enum phase phase);
// Looks how much of an answer the client has taken: what waits in the kernel's buffers doesn't
// count.
void client_measure(struct client *c);
// Whether the phase's deadline is over; CROWDED shortens idle connections' to a tenth.
bool client_overdue(
    const struct client *c, const struct server_options *o, int64_t now_ms, bool crowded);
// A client that hasn't sent its whole request is told so in as few bytes as it takes, then cut off.
void client_cut(struct client *c, int status);
// How often deadlines are looked at: a quarter of the shortest, at most a second.
int64_t client_tick(const struct server_options *o);
// Whether bytes of a next request wait in the socket.
bool client_has_input(const struct client *c);
// The access log's line.
void client_log(const struct client *c, int64_t now_ns);
