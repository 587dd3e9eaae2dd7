// SPDX-License-Identifier: Apache-2.0
// Routes: method and pattern to a handler. Patterns are literal segments and {names}; a literal
// wins over a name. The last segment may be {name*}, which takes the rest of the path. HEAD is
// answered by GET's handler, OPTIONS and 405 with Allow by the router; a path with a slash too many
// at its end by the way to the one without.
#pragma once

#include "web.h"

// APP is the application's own context; DB-like things per worker come from its `worker` hooks
// (server.h).
typedef enum err handler_fn(void *app, void *worker, struct request *q, struct response *r);

enum route_flags {
    ROUTE_SLOW = 1,   // the slow lane: uploads, exports, password hashing, evaluations
    ROUTE_UPLOAD = 2, // body up to the upload limit instead of the form limit
    ROUTE_NO_CSRF =
        4, // token-authenticated or harmless; every other POST with a cookie needs the token
    ROUTE_CACHED = 8, // a public page: may be answered from the page cache (cache.h)
};

struct route {
    enum method method;
    const char *pattern;
    handler_fn *handler;
    unsigned flags;
    const void *data; // the handler's own, see request_route()
};

struct router;

struct router *router_new(void);
void router_free(struct router *r);
// Patterns and data are borrowed. ERR_EXISTS when the same method and pattern are there already.
CHECKED enum err router_add(struct router *r, const struct route *route);
// The route for method and path, with params put into Q; NULL with *RET_ALLOW (a header's value, in
// Q's arena) when the path exists for other methods, NULL and "" when it doesn't exist.
const struct route *router_find(const struct router *r, struct request *q, const char **ret_allow);

// A GET of TARGET ("/calls?state=draft") that came over no connection: its route is found, no hook
// runs. ERR_NOT_FOUND, ERR_INVALID.
CHECKED enum err request_inner(
    struct arena *a, const struct router *router, const char *target, struct request *ret_q);
