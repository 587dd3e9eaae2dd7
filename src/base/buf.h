// SPDX-License-Identifier: Apache-2.0
// A growing byte string.
//
// Invariants
// - `data` is NUL-terminated after any write and owned by the buf (malloc), len bytes long.
// - A write that would pass `limit` writes nothing and sets `failed`, which sticks: check once, at
// the
//   end, with buf_ok(). So `size` is never above limit + 1.
//
// Life cycle: struct buf b = BUF(limit); … buf_release(&b). buf_clear() keeps the memory.
#pragma once

#include "err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data;
    size_t len, size, limit;
    bool failed;
};

// LIMIT in bytes; 0 for none, only where the caller bounds what it writes.
#define BUF(limit_) ((struct buf){ .limit = (limit_) })
// The text so far; "" when nothing was written.
#define buf_text(b) ((b)->data ? (b)->data : "")

void buf_add_slowly(
    struct buf *b, const void *data, size_t len); // buf_add() where there is no room
// Inline, because a page is some thousand small pieces.
static inline void buf_add(struct buf *b, const void *data, size_t len)
{
    if (len && len < b->size - b->len && !b->failed) {
        memcpy(b->data + b->len, data, len);
        b->len += len;
        b->data[b->len] = '\0';
    } else {
        buf_add_slowly(b, data, len);
    }
}
static inline void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}
static inline void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void buf_i64(struct buf *b, int64_t n);
// Room for LEN more bytes at data + len, or NULL when that would pass the limit; the caller then
// adds what it wrote to `len`.
char *buf_reserve(struct buf *b, size_t len);
// Cuts back to LEN bytes.
void buf_truncate(struct buf *b, size_t len);
void buf_clear(struct buf *b);
void buf_release(struct buf *b);
// Hands the memory to the caller, who frees it; the buf is empty after.
char *buf_detach(struct buf *b, size_t *ret_len);
bool buf_ok(const struct buf *b);
static inline void auto_buf(struct buf *b)
{
    buf_release(b);
}
// A local buf that is released at the end of its block.
#define AUTO_BUF(name, limit_) __attribute__((cleanup(auto_buf))) struct buf name = BUF(limit_)
