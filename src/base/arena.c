// SPDX-License-Identifier: Apache-2.0
#include "arena.h"

#include <stdlib.h>

enum { FIRST_CHUNK = 16 * 1024, MAX_CHUNK = 1024 * 1024, KEPT_CHUNK = 256 * 1024 };

struct arena_deferred {
    struct arena_deferred *next;
    void (*free)(void *);
    void *resource;
};

static struct arena_chunk *chunk_new(size_t size)
{
    struct arena_chunk *chunk = malloc(sizeof(*chunk) + size);
    if (!chunk) {
        fputs("pilothouse: out of memory\n", stderr);
        abort();
    }
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;
    return chunk;
}

void arena_init(struct arena *a, size_t cap)
{
    *a = (struct arena){ .cap = cap };
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct arena_deferred *d = a->deferred;
        a->deferred = d->next;
        d->free(d->resource);
    }
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_reset(struct arena *a)
{
    run_deferred(a);
    struct arena_chunk *chunk = a->first, *kept = NULL;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        if (chunk->size <= KEPT_CHUNK && (!kept || chunk->size > kept->size)) {
            free(kept);
            kept = chunk;
        } else {
            free(chunk);
        }
        chunk = next;
    }
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
    }
    a->first = a->last = kept;
    a->used = 0;
    a->detail = NULL;
}

void arena_release(struct arena *a)
{
    run_deferred(a);
    free_chunks(a->first);
    *a = (struct arena){ .cap = a->cap };
}

void *arena_alloc_slowly(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2) {
        fputs("pilothouse: impossible allocation\n", stderr);
        abort();
    }
    struct arena_chunk *last = a->last;
    size_t taken = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    size_t want = last ? last->size * 2 : FIRST_CHUNK;
    want = want > MAX_CHUNK ? MAX_CHUNK : want;
    struct arena_chunk *chunk = chunk_new(want > taken ? want : taken);
    if (last) {
        last->next = chunk;
    } else {
        a->first = chunk;
    }
    a->last = chunk;
    return arena_alloc(a, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

void *arena_memdup(struct arena *a, const void *data, size_t size)
{
    void *copy = arena_alloc(a, size);
    if (size) {
        memcpy(copy, data, size);
    }
    return copy;
}

char *arena_vfmt(struct arena *a, const char *fmt, va_list ap)
{
    char most[256]; // most texts are short: formatted once, not measured first
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(most, sizeof(most), fmt, ap);
    char *text = arena_alloc(a, (size_t)(len < 0 ? 0 : len) + 1);
    if (len > 0 && (size_t)len < sizeof(most)) {
        memcpy(text, most, (size_t)len);
    } else if (len > 0) {
        vsnprintf(text, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    return text;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = arena_vfmt(a, fmt, ap);
    va_end(ap);
    return text;
}

bool arena_exhausted(const struct arena *a)
{
    return a->used > a->cap;
}

void arena_defer(struct arena *a, void (*free_resource)(void *), void *resource)
{
    struct arena_deferred *d = arena_new(a, struct arena_deferred);
    *d = (struct arena_deferred){ a->deferred, free_resource, resource };
    a->deferred = d;
}

enum err fail(struct arena *a, enum err code, const char *fmt, ...)
{
    if (a) {
        va_list ap;
        va_start(ap, fmt);
        a->detail = arena_vfmt(a, fmt, ap);
        va_end(ap);
    }
    return code;
}
