// SPDX-License-Identifier: Apache-2.0
#include "import.h"

#include "str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static enum err feed_all(
    struct ctx *c, struct import *im, int fd, char *piece, import_progress *progress, void *context)
{
    int64_t bytes = 0;
    for (;;) {
        ssize_t n = read(fd, piece, PIECE);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(c->arena, ERR_INVALID, "the file can't be read: %s", strerror(errno));
        }
        if (n == 0) {
            return OK;
        }
        TRY(import_feed(im, piece, (size_t)n));
        bytes += n;
        if (progress) {
            progress(context, bytes, import_rows_read(im));
        }
    }
}

enum err readings_import_file(struct ctx *c, int64_t measure, const char *path,
    const struct import_options *options, import_progress *progress, void *context,
    struct import_result *ret_result)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(c->arena, ERR_INVALID, "%s can't be opened: %s", path, strerror(errno));
    }
    struct import *im;
    enum err e = import_new(c, measure, options, name, name, &im);
    if (e != OK) {
        close(fd);
        return e;
    }
    char *piece = arena_alloc(c->arena, PIECE);
    e = feed_all(c, im, fd, piece, progress, context);
    close(fd);
    if (e == OK) {
        e = import_end(im, ret_result);
    }
    import_free(im);
    return e;
}
