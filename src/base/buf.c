// SPDX-License-Identifier: Apache-2.0
#include "buf.h"

#include <stdlib.h>

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->failed || (b->limit && len > b->limit - b->len) || len > SIZE_MAX / 4) {
        b->failed = true;
        return NULL;
    }
    size_t need = b->len + len + 1;
    if (need > b->size) {
        size_t size = b->size ? b->size : 256;
        while (size < need) {
            size *= 2;
        }
        size = b->limit && size > b->limit ? b->limit + 1 : size;
        char *data = realloc(b->data, size);
        if (!data) {
            b->failed = true;
            return NULL;
        }
        b->data = data;
        b->size = size;
    }
    return b->data + b->len;
}

void buf_add_slowly(struct buf *b, const void *data, size_t len)
{
    char *to = buf_reserve(b, len);
    if (to) {
        if (len) {
            memcpy(to, data, len);
        }
        b->len += len;
        b->data[b->len] = '\0';
    }
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    // Into the room there is; again where it isn't enough.
    size_t room = b->failed ? 0 : b->size - b->len;
    int len = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
    char *to = len < 0 ? NULL : buf_reserve(b, (size_t)len);
    if (to) {
        if ((size_t)len >= room) {
            vsnprintf(to, (size_t)len + 1, fmt, again);
        }
        b->len += (size_t)len;
    } else if (room) {
        b->data[b->len] = '\0';
    }
    va_end(again);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(b, fmt, ap);
    va_end(ap);
}

void buf_i64(struct buf *b, int64_t n)
{
    char digits[24];
    char *p = digits + sizeof(digits);
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (n < 0) {
        *--p = '-';
    }
    buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_truncate(struct buf *b, size_t len)
{
    if (len < b->len) {
        b->len = len;
        b->data[len] = '\0';
    }
}

void buf_clear(struct buf *b)
{
    buf_truncate(b, 0);
    b->failed = false;
}

void buf_release(struct buf *b)
{
    free(b->data);
    *b = BUF(b->limit);
}

char *buf_detach(struct buf *b, size_t *ret_len)
{
    char *data = b->data;
    *ret_len = b->len;
    *b = BUF(b->limit);
    return data;
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}
