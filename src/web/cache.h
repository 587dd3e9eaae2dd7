// SPDX-License-Identifier: Apache-2.0
// Rendered public pages and static files, answered on the I/O thread without touching the store.
//
// A page's key is path, query (only of pages that declare theirs), language; it is valid while the
// public version it was rendered at is the newest, and until its own valid_until where time shows
// on the page. Bodies are kept plain, gzip and brotli; total size is bounded, the least recently
// used go first. Thread-safe.
#pragma once

#include "web.h"

struct cache;

struct cache *cache_new(size_t max_bytes);
void cache_free(struct cache *c);

// The newest public version; pages of older ones are no longer answered.
void cache_version(struct cache *c, int64_t version);
// Puts a rendered 200 page; BODY is copied and compressed.
void cache_put(struct cache *c, const char *key, int64_t version, int64_t valid_until_ms,
    const struct response *r);
// A static file under its address, forever, immutable. DATA is borrowed for good (embedded in the
// executable).
void cache_static(
    struct cache *c, const char *path, const char *type, const void *data, size_t len);

struct cache_stats {
    int64_t hits, misses, entries, bytes;
};
void cache_stats(struct cache *c, struct cache_stats *ret_stats);
