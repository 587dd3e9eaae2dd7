// SPDX-License-Identifier: Apache-2.0
// One arena serves one request or one job; everything in it dies together.
//
// Invariants
// - arena_alloc() never returns NULL and the memory is zeroed. Past the cap the arena still hands
// out
//   memory but is `exhausted`: whatever loops over input of unknown size (rows, template nodes)
//   asks arena_exhausted() each turn and fails with ERR_TOO_LARGE. So builders need no checks, and
//   a client can make a request fail but not the process.
// - Only when the operating system itself refuses memory does the process end, with a message.
// - Not thread-safe: an arena belongs to one thread at a time.
//
// Life cycle: arena_init() … arena_reset() … arena_release(). Reset keeps the newest chunk
// (the largest), where that isn't too much to keep, so that an arena that is used again and again
// soon asks the system for nothing.
#pragma once

#include "err.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena {
    struct arena_chunk *first, *last;
    struct arena_deferred *deferred; // run newest first at reset
    size_t used;                     // bytes handed out
    size_t cap;                      // bytes after which it is exhausted
    const char *detail;              // words of the latest fail(); NULL when there is none
};

// CAP in bytes; no memory is taken until the first allocation.
void arena_init(struct arena *a, size_t cap);
// Runs what was deferred, then forgets all allocations.
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used; // bytes of data; used is a multiple of its alignment
    max_align_t data[];
};

void *arena_alloc_slowly(struct arena *a, size_t size); // arena_alloc() where a chunk is needed
// Inline, because a page is some thousand small things of known sizes.
static inline void *arena_alloc(struct arena *a, size_t size)
{
    struct arena_chunk *chunk = a->last;
    size_t taken = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!chunk || size > SIZE_MAX / 2 || chunk->size - chunk->used < taken) {
        return arena_alloc_slowly(a, size);
    }
    void *p = (char *)chunk->data + chunk->used;
    chunk->used += taken;
    a->used += taken;
    return memset(p, 0, size);
}
static inline void *arena_calloc(struct arena *a, size_t n, size_t size)
{
    size_t total;
    return arena_alloc(a, __builtin_mul_overflow(n, size, &total) ? SIZE_MAX : total);
}
char *arena_strdup(struct arena *a, const char *s);
#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_calloc((a), (n), sizeof(type)))
// The first LEN bytes of S, NUL-terminated.
char *arena_strndup(struct arena *a, const char *s, size_t len);
void *arena_memdup(struct arena *a, const void *data, size_t size);
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vfmt(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
bool arena_exhausted(const struct arena *a);
// Calls FREE(RESOURCE) when the arena is reset or released.
void arena_defer(struct arena *a, void (*free)(void *), void *resource);

// Records the words for the person and returns CODE. A may be NULL: then only the code travels.
enum err fail(struct arena *a, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);
