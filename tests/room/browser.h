// SPDX-License-Identifier: Apache-2.0
// Requests without a server, for tests of what looks at cookies and headers. One browser keeps the
// cookies that it was given.
#pragma once

#include "exchange.h"
#include "harness.h"
#include "session.h"

struct browser {
    const char *address; // as the server sees it
    struct web_field cookies[8];
    size_t n_cookies;
    struct web_field headers[16];
    struct exchange exchange;
    struct request q;
    struct response r;
    struct web_field form[8];
};

// Begins a request; ctx is fresh, nobody signed in yet.
static inline void browser_begin(struct browser *b, enum method method)
{
    room_as(ROLE_PUBLIC);
    room.ctx.via = "web";
    AUTO_BUF(cookie, 0);
    for (size_t i = 0; i < b->n_cookies; i++) {
        buf_fmt(&cookie, "%s%s=%s", i ? "; " : "", b->cookies[i].name, b->cookies[i].value);
    }
    b->exchange = (struct exchange){ .headers = b->headers, .n_headers = 0 };
    b->q = (struct request){ .arena = &room.arena,
        .method = method,
        .path = "/",
        .host = "test.example",
        .address = b->address ? b->address : "192.0.2.1",
        .form = b->form,
        .transport = &b->exchange };
    b->r = (struct response){ .arena = &room.arena };
    if (b->n_cookies) {
        b->headers[b->exchange.n_headers++] =
            (struct web_field){ "Cookie", arena_strdup(&room.arena, buf_text(&cookie)) };
    }
}

static inline void browser_header(struct browser *b, const char *name, const char *value)
{
    b->headers[b->exchange.n_headers++] = (struct web_field){ name, value };
}

static inline void browser_field(struct browser *b, const char *name, const char *value)
{
    b->form[b->q.n_form++] = (struct web_field){ name, value };
}

// Takes the cookies of the response.
static inline void browser_end(struct browser *b)
{
    for (size_t i = 0; i < b->r.n_headers; i++) {
        if (!str_eq(b->r.headers[i].name, "Set-Cookie")) {
            continue;
        }
        const char *text = b->r.headers[i].value, *equals = strchr(text, '=');
        const char *name = arena_strndup(&room.arena, text, (size_t)(equals - text));
        const char *value = arena_strndup(&room.arena, equals + 1, strcspn(equals + 1, ";"));
        size_t at = 0;
        while (at < b->n_cookies && !str_eq(b->cookies[at].name, name)) {
            at++;
        }
        if (*value) {
            b->cookies[at] = (struct web_field){ name, value };
            b->n_cookies += at == b->n_cookies;
        } else if (at < b->n_cookies) {
            b->cookies[at] = b->cookies[--b->n_cookies];
        }
    }
}

// A GET as whoever the cookies say; the viewer is in room.ctx afterwards.
static inline void browser_look(struct browser *b)
{
    browser_begin(b, METHOD_GET);
    assert_int_equal(session_load(&room.ctx, &b->q), OK);
}
