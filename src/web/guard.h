// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: what is let in. Header checks that libmicrohttpd doesn't make, and counts
// by address. Knows nothing of libmicrohttpd; the I/O thread's own.
//
// Ambiguous framing is the root of request smuggling: two readers of one byte stream disagree where
// a request ends. Whatever two readers could take differently is refused and the connection closed.
#pragma once

#include "header.h"

enum { GUARD_MAX_HEADERS = 100, GUARD_MAX_HEADER_BYTES = 16 * 1024 };

struct guard_header {
    const char *name, *value;
    size_t name_len, value_len;
};

// What the server needs of the headers; values are borrowed, NULL when missing.
struct guard_facts {
    const char *host, *cookie, *accept, *accept_encoding, *accept_language, *if_none_match,
        *content_type;
    const char *forwarded_for, *forwarded_proto;
    int64_t content_length; // -1: none
    bool chunked;
};

// 0, or the HTTP status to refuse with: 400, 431, 501 (transfer coding), 505.
int guard_headers(const struct guard_header *headers, size_t n, const char *method,
    const char *version, struct guard_facts *ret_facts);

// Where libmicrohttpd keeps the request's head: in the bytes as they were read, with separators
// zeroed.
struct guard_layout {
    const char *method, *target, *version;
    size_t target_len; // as it was on the wire
};

// Whether head and headers lie one behind the other with exactly one space, one CRLF between them.
// What libmicrohttpd mends in silence leaves a gap or none: a bare LF, a folded line, a NUL, two
// spaces, a line that it skips.
bool guard_seamless(
    const struct guard_layout *layout, const struct guard_header *headers, size_t n);

// ---- counts by address -------------------------------------------------------------------------

// An IPv4 address, or the /64 of an IPv6 one: a network's hosts share a share.
struct peers;

struct peer_limits {
    int connections, under_way;
};

struct peers *peers_new(struct peer_limits limits);
void peers_free(struct peers *p);
// False when the address has its share already; otherwise counted until _leave.
bool peers_connect(struct peers *p, const char *address);
void peers_disconnect(struct peers *p, const char *address);
bool peers_enter(struct peers *p, const char *address);
void peers_leave(struct peers *p, const char *address);
