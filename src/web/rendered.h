// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: a page of the cache as the I/O thread sends it. Immutable but for
// `prepared`, and counted: the cache holds one reference, each who got it from cache_get() another.
#pragma once

#include "cache.h"
#include "header.h"

// A body that responses under way hold after its page left the cache.
struct page_body {
    _Atomic int refs;
    void *owned; // freed with it; NULL when the bytes are embedded in the executable
    const void *data;
    size_t len;
};
void body_unref(struct page_body *b);
struct page_body *body_ref(struct page_body *b);

struct page_variant {
    struct page_body *body; // NULL: there is none in this coding, the plain one stands
    char etag[40];
    // What the transport made of it, by [secure][not modified]; the I/O thread's own until the page
    // goes.
    void *prepared[2][2];
};

struct rendered {
    _Atomic int refs;
    char *key;
    size_t key_len;
    int64_t version, valid_until_ms; // version -1: static, valid forever
    char *content_type;
    char cache_control[64];
    struct web_field *headers; // malloc'd texts
    size_t n_headers;
    bool compressible;
    size_t bytes;
    struct page_variant variants[ENCODINGS];
    struct rendered *hash_next, *newer, *older; // the cache's own, under its lock
    struct cache *cache;
};

// The valid page of KEY, counted once more; NULL when there is none. A miss is counted only when
// COUNT: a path is asked for first as a static file.
struct rendered *cache_get(
    struct cache *c, const char *key, size_t len, int64_t now_ms, bool count);
void rendered_unref(struct rendered *p);
// Who frees `prepared`; set before the first cache_get(), may be called on any thread.
void cache_on_drop(struct cache *c, void (*drop)(void *prepared));
