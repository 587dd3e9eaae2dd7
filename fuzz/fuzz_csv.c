// SPDX-License-Identifier: Apache-2.0
// Any bytes in any pieces: the rows and the error are the same as for the whole.
#include "csv.h"

static enum err write_down(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct buf *rows = context;
    buf_fmt(rows, "%zu", line);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(rows, " %zu:", cells[i].len);
        buf_add(rows, cells[i].text, cells[i].len + 1);
    }
    return OK;
}

static enum err read_in(
    struct buf *rows, struct arena *a, const char *data, size_t len, size_t piece)
{
    struct csv *c = csv_new(write_down, rows);
    enum err e = OK;
    for (size_t at = 0; at < len && e == OK; at += piece) {
        e = csv_feed(c, a, data + at, piece < len - at ? piece : len - at);
    }
    e = csv_end(c, a);
    csv_free(c);
    return e;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    AUTO_BUF(whole, 0);
    AUTO_BUF(cut, 0);
    struct arena a, b;
    arena_init(&a, 1 << 20);
    arena_init(&b, 1 << 20);
    const char *text = (const char *)data + 1;
    enum err e = read_in(&whole, &a, text, size - 1, size);
    enum err f = read_in(&cut, &b, text, size - 1, (size_t)data[0] % 32 + 1);
    if (e != f || whole.len != cut.len || (e && strcmp(a.detail, b.detail) != 0) ||
        (whole.len && memcmp(whole.data, cut.data, whole.len) != 0)) {
        abort();
    }
    arena_release(&a);
    arena_release(&b);
    return 0;
}
