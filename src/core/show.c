// SPDX-License-Identifier: Apache-2.0
#include "site.h"

static enum err write_stream(struct response *r,
    enum err (*write)(void *context, const char *data, size_t len), void *context)
{
    bool done = false;
    enum err e = OK;
    while (e == OK && !done) {
        AUTO_BUF(piece, 0);
        e = r->stream(r->stream_context, &piece, &done);
        if (e == OK) {
            e = write(context, buf_text(&piece), piece.len);
        }
    }
    if (r->stream_free) {
        r->stream_free(r->stream_context);
    }
    return e;
}

enum err office_show(struct ctx *c, const char *target,
    enum err (*write)(void *context, const char *data, size_t len), void *context)
{
    struct request q;
    TRY(request_inner(c->arena, c->office->router, target, &q));
    struct site_worker worker = { .office = c->office, .db = c->db, .ctx = *c };
    struct response r = { .arena = c->arena, .status = 200 };
    enum err e = request_route(&q)->handler(c->office, &worker, &q, &r);
    if (e == OK) {
        e = r.stream ? write_stream(&r, write, context)
                     : write(context, buf_text(&r.body), r.body.len);
    }
    buf_release(&r.body);
    return e;
}
