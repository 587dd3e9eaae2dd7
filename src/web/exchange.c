// SPDX-License-Identifier: Apache-2.0
#include "exchange.h"

#include "form.h"
#include "str.h"

#include <sodium.h>
#include <unistd.h>

// A page's own needs; the form's texts come on top, at most four times its bytes.
enum { ARENA_CAP = 32 * 1024 * 1024 };

static enum method method_of(const char *name)
{
    static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(name, names[i])) {
            return (enum method)i;
        }
    }
    return METHOD_OTHER;
}

static void copy_headers(struct exchange *ex, const struct intake *in)
{
    ex->headers = arena_array(&ex->arena, struct web_field, in->n_headers + 1);
    for (size_t i = 0; i < in->n_headers; i++) {
        const struct guard_header *h = &in->headers[i];
        ex->headers[i] = (struct web_field){ arena_strndup(&ex->arena, h->name, h->name_len),
            arena_strndup(&ex->arena, h->value, h->value_len) };
    }
    ex->n_headers = in->n_headers;
}

static void fill_request(struct exchange *ex, const struct intake *in)
{
    struct arena *a = &ex->arena;
    struct request *q = &ex->q;
    unsigned char random[15];
    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(
        q->id, sizeof(q->id), random, sizeof(random), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    q->arena = a;
    q->method = method_of(in->method);
    q->path = arena_strdup(a, in->path);
    q->host = in->facts->host ? str_lower(a, in->facts->host) : "";
    q->address = arena_strdup(a, in->address);
    q->secure = in->secure;
    q->body = "";
    q->content_type = header_media_type(a, in->facts->content_type);
    q->started_ns = in->started_ns;
    q->transport = ex;
}

// "/calls/" is nobody's address where "/calls" is: whoever reads is led there, for good.
static void find_meant(struct exchange *ex, const struct router *router, const char *query)
{
    size_t len = strlen(ex->q.path);
    bool reads = ex->q.method == METHOD_GET || ex->q.method == METHOD_HEAD;
    if (ex->route || *ex->allow || !reads || len < 2 || ex->q.path[len - 1] != '/') {
        return;
    }
    struct request meant = ex->q;
    const char *allow = "";
    meant.path = arena_strndup(&ex->arena, ex->q.path, len - 1);
    if (router_find(router, &meant, &allow)) {
        ex->moved = meant.path;
        ex->moved_query = query ? arena_strdup(&ex->arena, query) : NULL;
    }
}

void spares_release(struct spares *s)
{
    while (s->n > 0) {
        arena_release(&s->arenas[--s->n]);
    }
}

static struct arena take_spare(struct spares *s)
{
    struct arena a;
    if (s->n > 0) {
        a = s->arenas[--s->n];
        a.cap = ARENA_CAP;
    } else {
        arena_init(&a, ARENA_CAP);
    }
    return a;
}

static void give_spare(struct spares *s, struct arena *a)
{
    if (s->n < ARRAY_LEN(s->arenas)) {
        arena_reset(a);
        s->arenas[s->n++] = *a;
    } else {
        arena_release(a);
    }
}

struct exchange *exchange_new(const struct server_options *options, struct spares *spares,
    const struct intake *in, int *ret_status)
{
    struct exchange *ex = calloc(1, sizeof(*ex));
    if (!ex) {
        *ret_status = 503;
        return NULL;
    }
    ex->arena = take_spare(spares);
    pthread_mutex_init(&ex->stream.lock, NULL);
    ex->r = (struct response){ .arena = &ex->arena };
    fill_request(ex, in);
    copy_headers(ex, in);
    if (in->query) {
        struct form form;
        enum err e = form_urlencoded(&ex->arena, in->query, strlen(in->query), &form);
        if (e != OK) {
            *ret_status = problem_status(e);
            exchange_free(ex, spares);
            return NULL;
        }
        ex->q.query = form.fields;
        ex->q.n_query = form.n_fields;
    }
    ex->allow = "";
    ex->route = router_find(options->router, &ex->q, &ex->allow);
    find_meant(ex, options->router, in->query);
    ex->asks_options = str_eq(in->method, "OPTIONS");
    ex->cache_key = in->cache_key ? arena_strdup(&ex->arena, in->cache_key) : NULL;
    ex->encoding = header_encoding(in->facts->accept_encoding);
    ex->job.lane = ex->route && (ex->route->flags & ROUTE_SLOW) ? LANE_SLOW : LANE_PAGE;
    bool upload = ex->route && (ex->route->flags & ROUTE_UPLOAD);
    ex->body = BUF(upload ? options->max_upload : options->max_form);
    ex->arena.cap += 4 * ex->body.limit;
    return ex;
}

void exchange_free(struct exchange *ex, struct spares *spares)
{
    answer_stream_free(ex);
    buf_release(&ex->stream.ready);
    pthread_mutex_destroy(&ex->stream.lock);
    buf_release(&ex->r.body);
    buf_release(&ex->body);
    free(ex->reply.data);
    give_spare(spares, &ex->arena);
    free(ex);
}

void options_default(struct server_options *o)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int n = cpus < 2 ? 2 : cpus > 16 ? 16 : (int)cpus;
    o->workers = o->workers ? o->workers : n;
    o->slow_workers = o->slow_workers ? o->slow_workers : (n + 1) / 2;
    o->queue = o->queue ? o->queue : 256;
    o->max_connections = o->max_connections ? o->max_connections : 4096;
    o->max_under_way = o->max_under_way ? o->max_under_way : 64;
    o->max_form = o->max_form ? o->max_form : 256 * 1024;
    o->max_upload = o->max_upload ? o->max_upload : 64 * 1024 * 1024;
    o->header_ms = o->header_ms ? o->header_ms : 10000;
    o->body_ms = o->body_ms ? o->body_ms : 60000;
    o->queue_ms = o->queue_ms ? o->queue_ms : 10000;
    o->idle_ms = o->idle_ms ? o->idle_ms : 60000;
}
