// SPDX-License-Identifier: Apache-2.0
// A hash table with chains and a list from newest to oldest use, under one lock that is held for a
// few pointer moves; compression happens before it is taken.
#include "cache.h"

#include "clock.h"
#include "compress.h"
#include "exchange.h"
#include "rendered.h"
#include "str.h"

#include <sodium.h>
#include <stdatomic.h>

enum { BUCKETS = 4096, ENTRY_OVERHEAD = 1024 };

struct cache {
    pthread_mutex_t lock;
    struct rendered *buckets[BUCKETS];
    struct rendered *newest, *oldest; // rendered pages only; static files stay
    size_t bytes, max_bytes, entries;
    int64_t version, hits, misses;
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
    void (*drop)(void *prepared);
};

struct page_body *body_ref(struct page_body *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void body_unref(struct page_body *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1) {
        free(b->owned);
        free(b);
    }
}

static struct page_body *body_new(const void *data, size_t len, void *owned)
{
    struct page_body *b = malloc(sizeof(*b));
    if (!b) {
        free(owned);
        return NULL;
    }
    *b = (struct page_body){ .refs = 1, .owned = owned, .data = data, .len = len };
    return b;
}

struct cache *cache_new(size_t max_bytes)
{
    struct cache *c = calloc(1, sizeof(*c));
    if (c) {
        pthread_mutex_init(&c->lock, NULL);
        c->max_bytes = max_bytes;
        crypto_shorthash_keygen(c->hash_key);
    }
    return c;
}

void cache_on_drop(struct cache *c, void (*drop)(void *prepared))
{
    pthread_mutex_lock(&c->lock);
    c->drop = drop;
    pthread_mutex_unlock(&c->lock);
}

static void page_free(struct rendered *p)
{
    for (int e = 0; e < ENCODINGS; e++) {
        struct page_variant *v = &p->variants[e];
        for (int i = 0; i < 4; i++) {
            if (v->prepared[i / 2][i % 2]) {
                p->cache->drop(v->prepared[i / 2][i % 2]);
            }
        }
        body_unref(v->body);
    }
    for (size_t i = 0; i < p->n_headers; i++) {
        free((void *)(uintptr_t)p->headers[i].name);
        free((void *)(uintptr_t)p->headers[i].value);
    }
    free(p->headers);
    free(p->content_type);
    free(p->key);
    free(p);
}

void rendered_unref(struct rendered *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        page_free(p);
    }
}

static size_t bucket_of(const struct cache *c, const char *key, size_t len)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)key, len, c->hash_key);
    return h % BUCKETS;
}

static void unlink_use(struct cache *c, struct rendered *p)
{
    *(p->newer ? &p->newer->older : &c->newest) = p->older;
    *(p->older ? &p->older->newer : &c->oldest) = p->newer;
    p->newer = p->older = NULL;
}

static void link_newest(struct cache *c, struct rendered *p)
{
    p->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = p;
    c->newest = p;
}

static struct rendered **find(struct cache *c, size_t bucket, const char *key, size_t len)
{
    struct rendered **at = &c->buckets[bucket];
    while (*at && ((*at)->key_len != len || memcmp((*at)->key, key, len) != 0)) {
        at = &(*at)->hash_next;
    }
    return at;
}

// Takes the page at *AT out of the table and the list; the caller drops the cache's reference.
static struct rendered *take_out(struct cache *c, struct rendered **at)
{
    struct rendered *p = *at;
    *at = p->hash_next;
    if (p->version >= 0) {
        unlink_use(c, p);
        c->bytes -= p->bytes;
    }
    c->entries--;
    return p;
}

struct rendered *cache_get(struct cache *c, const char *key, size_t len, int64_t now_ms, bool count)
{
    size_t bucket = bucket_of(c, key, len);
    struct rendered *gone = NULL;
    pthread_mutex_lock(&c->lock);
    struct rendered **at = find(c, bucket, key, len), *p = *at;
    if (p && p->version >= 0 && (p->version < c->version || now_ms >= p->valid_until_ms)) {
        gone = take_out(c, at);
        p = NULL;
    }
    if (p) {
        c->hits++;
        atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
        if (p->version >= 0 && c->newest != p) {
            unlink_use(c, p);
            link_newest(c, p);
        }
    } else {
        c->misses += count;
    }
    pthread_mutex_unlock(&c->lock);
    rendered_unref(gone);
    return p;
}

void cache_version(struct cache *c, int64_t version)
{
    pthread_mutex_lock(&c->lock);
    if (version > c->version) {
        c->version = version;
    }
    pthread_mutex_unlock(&c->lock);
}

// Puts P in and takes out its predecessor and the least recently used, until the total fits.
static void put_in(struct cache *c, struct rendered *p)
{
    size_t bucket = bucket_of(c, p->key, p->key_len);
    struct rendered *gone = NULL;
    pthread_mutex_lock(&c->lock);
    struct rendered **at = find(c, bucket, p->key, p->key_len);
    bool refused = (p->version >= 0 && (p->version < c->version || p->bytes > c->max_bytes)) ||
                   (*at && (*at)->version < 0 && p->version >= 0);
    if (refused) {
        p->hash_next = gone;
        gone = p;
    } else {
        if (*at) {
            struct rendered *old = take_out(c, at);
            old->hash_next = gone;
            gone = old;
        }
        p->hash_next = c->buckets[bucket];
        c->buckets[bucket] = p;
        c->entries++;
        if (p->version >= 0) {
            link_newest(c, p);
            c->bytes += p->bytes;
        }
        while (c->bytes > c->max_bytes) {
            struct rendered *last = c->oldest;
            take_out(c, find(c, bucket_of(c, last->key, last->key_len), last->key, last->key_len));
            last->hash_next = gone;
            gone = last;
        }
    }
    pthread_mutex_unlock(&c->lock);
    while (gone) {
        struct rendered *next = gone->hash_next;
        rendered_unref(gone);
        gone = next;
    }
}

// The bodies in every coding, with their tags. False when there is no memory for the plain one.
static bool make_variants(struct rendered *p, const void *data, size_t len, bool borrow)
{
    void *copy = borrow ? NULL : malloc(len + 1);
    if (!borrow && copy) {
        memcpy(copy, data, len);
    }
    if (!borrow && !copy) {
        return false;
    }
    p->variants[ENCODING_PLAIN].body = body_new(borrow ? data : copy, len, copy);
    if (!p->variants[ENCODING_PLAIN].body) {
        return false;
    }
    p->bytes = len + ENTRY_OVERHEAD + p->key_len;
    char tag[ETAG_SIZE];
    etag_make(tag, data, len);
    for (int e = 0; e < ENCODINGS; e++) {
        struct page_variant *v = &p->variants[e];
        const char *name = encoding_name((enum encoding)e);
        snprintf(v->etag, sizeof(v->etag), "%.*s%s%s\"", (int)strlen(tag) - 1, tag, name ? "-" : "",
            name ? name : "");
        if (name && p->compressible && len >= COMPRESS_MIN) {
            size_t small_len;
            char *small = compress_body((enum encoding)e, EFFORT_CACHED, data, len, &small_len);
            v->body = small ? body_new(small, small_len, small) : NULL;
            p->bytes += v->body ? small_len : 0;
        }
    }
    return true;
}

static struct rendered *page_new(struct cache *c, const char *key, const char *type)
{
    struct rendered *p = calloc(1, sizeof(*p));
    if (p) {
        p->refs = 1;
        p->cache = c;
        p->key = strdup(key);
        p->key_len = strlen(key);
        p->content_type = strdup(type);
        p->compressible = compress_type(type);
        if (!p->key || !p->content_type) {
            page_free(p);
            p = NULL;
        }
    }
    return p;
}

static bool copy_headers(struct rendered *p, const struct response *r)
{
    p->headers = calloc(r->n_headers + 1, sizeof(*p->headers));
    for (size_t i = 0; p->headers && i < r->n_headers; i++) {
        p->headers[i].name = strdup(r->headers[i].name);
        p->headers[i].value = strdup(r->headers[i].value);
        p->n_headers++;
        if (!p->headers[i].name || !p->headers[i].value) {
            return false;
        }
    }
    return p->headers != NULL;
}

void cache_put(struct cache *c, const char *key, int64_t version, int64_t valid_until_ms,
    const struct response *r)
{
    if ((r->status && r->status != 200) || r->stream || !buf_ok(&r->body) || version < 0) {
        return;
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        if (strcasecmp(r->headers[i].name, "Set-Cookie") == 0) {
            return; // somebody's own
        }
    }
    struct rendered *p =
        page_new(c, key, r->content_type ? r->content_type : "text/html; charset=utf-8");
    if (!p) {
        return;
    }
    p->version = version;
    p->valid_until_ms = valid_until_ms;
    if (r->max_age > 0) {
        snprintf(p->cache_control, sizeof(p->cache_control), "public, max-age=%lld",
            (long long)r->max_age);
    } else {
        snprintf(p->cache_control, sizeof(p->cache_control), "no-cache");
    }
    if (!copy_headers(p, r) || !make_variants(p, buf_text(&r->body), r->body.len, false)) {
        page_free(p);
        return;
    }
    put_in(c, p);
}

void cache_static(struct cache *c, const char *path, const char *type, const void *data, size_t len)
{
    struct rendered *p = page_new(c, path, type);
    if (!p) {
        return;
    }
    p->version = -1;
    snprintf(p->cache_control, sizeof(p->cache_control), "public, max-age=31536000, immutable");
    if (!make_variants(p, data, len, true)) {
        page_free(p);
        return;
    }
    put_in(c, p);
}

void cache_stats(struct cache *c, struct cache_stats *ret_stats)
{
    pthread_mutex_lock(&c->lock);
    *ret_stats = (struct cache_stats){ .hits = c->hits,
        .misses = c->misses,
        .entries = (int64_t)c->entries,
        .bytes = (int64_t)c->bytes };
    pthread_mutex_unlock(&c->lock);
}

void cache_free(struct cache *c)
{
    if (!c) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        while (c->buckets[i]) {
            struct rendered *p = c->buckets[i];
            c->buckets[i] = p->hash_next;
            rendered_unref(p);
        }
    }
    pthread_mutex_destroy(&c->lock);
    free(c);
}
