// SPDX-License-Identifier: Apache-2.0
// What a worker does with a request: read its form, run the handler, make the reply.
#include "exchange.h"

#include "clock.h"
#include "compress.h"
#include "form.h"
#include "log.h"
#include "str.h"

#include <pthread.h>
#include <sodium.h>
#include <strings.h>

void security_headers(struct web_field *fields, size_t *n_fields, bool secure)
{
    static const struct web_field always[] = {
        { "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'" },
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "same-origin" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Permissions-Policy", "camera=(), geolocation=(self), microphone=(), payment=()" },
    };
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        fields[(*n_fields)++] = always[i];
    }
    if (secure) {
        fields[(*n_fields)++] =
            (struct web_field){ "Strict-Transport-Security", "max-age=31536000" };
    }
}

void etag_make(char *tag, const void *data, size_t len)
{
    unsigned char hash[16];
    crypto_generichash(hash, sizeof(hash), data, len, NULL, 0);
    tag[0] = '"';
    sodium_bin2base64(
        tag + 1, ETAG_SIZE - 2, hash, sizeof(hash), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    size_t end = strlen(tag);
    tag[end] = '"';
    tag[end + 1] = '\0';
}

const char *etag_encoded(struct arena *a, const char *etag, enum encoding e)
{
    const char *name = encoding_name(e);
    size_t len = strlen(etag);
    return name && len > 1 ? arena_fmt(a, "%.*s-%s\"", (int)(len - 1), etag, name) : etag;
}

static const char *own_header(const struct response *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (strcasecmp(r->headers[i].name, name) == 0) {
            return r->headers[i].value;
        }
    }
    return NULL;
}

const char *cache_control(struct arena *a, const struct response *r, bool shared)
{
    bool personal = own_header(r, "Set-Cookie") != NULL;
    if (r->max_age < 0) {
        return "no-store";
    }
    if (personal || (r->max_age == 0 && !r->immutable)) {
        return shared && !personal ? "no-cache" : "private, no-cache";
    }
    return r->immutable ? "public, max-age=31536000, immutable"
                        : arena_fmt(a, "public, max-age=%lld", (long long)r->max_age);
}

static void reply_header(struct reply *p, const char *name, const char *value)
{
    p->headers[p->n_headers++] = (struct web_field){ name, value };
}

// The security headers that the handler didn't set itself, then the handler's.
static void put_headers(struct exchange *ex)
{
    struct web_field common[8];
    size_t n = 0;
    security_headers(common, &n, ex->q.secure);
    for (size_t i = 0; i < n; i++) {
        if (!own_header(&ex->r, common[i].name)) {
            reply_header(&ex->reply, common[i].name, common[i].value);
        }
    }
    for (size_t i = 0; i < ex->r.n_headers; i++) {
        if (strcasecmp(ex->r.headers[i].name, "Vary") != 0) {
            reply_header(&ex->reply, ex->r.headers[i].name, ex->r.headers[i].value);
        }
    }
    reply_header(&ex->reply, "X-Request-Id", ex->q.id);
    reply_header(&ex->reply, "Cache-Control", cache_control(&ex->arena, &ex->r, false));
}

// Puts the body in the coding that the client takes, where that is worth it.
static enum encoding encode(struct exchange *ex)
{
    struct response *r = &ex->r;
    size_t len;
    if (ex->encoding == ENCODING_PLAIN || r->body.len < COMPRESS_MIN) {
        return ENCODING_PLAIN;
    }
    char *small = compress_body(ex->encoding, EFFORT_ONCE, r->body.data, r->body.len, &len);
    if (!small) {
        return ENCODING_PLAIN;
    }
    buf_release(&r->body);
    ex->reply.data = small;
    ex->reply.len = len;
    return ex->encoding;
}

// The plain body's tag; NULL where there is none.
static const char *plain_tag(struct exchange *ex)
{
    struct response *r = &ex->r;
    bool get = ex->q.method == METHOD_GET || ex->q.method == METHOD_HEAD;
    if (r->etag || r->status != 200 || !get || r->stream || r->max_age < 0) {
        return r->etag;
    }
    char *made = arena_alloc(&ex->arena, ETAG_SIZE);
    etag_make(made, buf_text(&r->body), r->body.len);
    return made;
}

void answer_finish(struct exchange *ex)
{
    struct response *r = &ex->r;
    struct reply *p = &ex->reply;
    r->status = r->status ? r->status : 200;
    const char *type = r->content_type ? r->content_type : "text/html; charset=utf-8";
    bool bodiless = r->status == 204 || r->status == 304 || r->status < 200;
    bool compressible =
        !r->stream && !bodiless && compress_type(type) && !own_header(r, "Content-Encoding");
    const char *tag = plain_tag(ex), *vary = own_header(r, "Vary");
    if (bodiless) {
        buf_clear(&r->body);
    }
    enum encoding e = compressible ? encode(ex) : ENCODING_PLAIN;
    if (!p->data) {
        p->data = buf_detach(&r->body, &p->len);
    }
    tag = tag ? etag_encoded(&ex->arena, tag, e) : NULL;
    bool unchanged = r->status == 200 && tag &&
                     header_etag_matches(request_header(&ex->q, "If-None-Match"), tag);
    p->status = unchanged ? 304 : r->status;
    put_headers(ex);
    if (!bodiless && !unchanged) {
        reply_header(p, "Content-Type", type);
        if (e != ENCODING_PLAIN) {
            reply_header(p, "Content-Encoding", encoding_name(e));
        }
    }
    if (tag) {
        reply_header(p, "ETag", tag);
    }
    if (compressible) {
        vary = vary ? arena_fmt(&ex->arena, "%s, Accept-Encoding", vary) : "Accept-Encoding";
    }
    if (vary) {
        reply_header(p, "Vary", vary);
    }
    ex->answered = true;
}

void answer_stream_free(struct exchange *ex)
{
    if (ex->r.stream_free) {
        ex->r.stream_free(ex->r.stream_context);
    }
    ex->r.stream = NULL;
    ex->r.stream_free = NULL;
}

// Forgets what a handler that failed had begun.
static void response_reset(struct exchange *ex)
{
    answer_stream_free(ex);
    buf_clear(&ex->r.body);
    ex->r = (struct response){ .arena = &ex->arena, .body = ex->r.body };
}

static void answer_error(
    struct exchange *ex, const struct server_options *options, void *worker, enum err code)
{
    const char *detail = ex->arena.detail;
    response_reset(ex);
    if (problem_status(code) >= 500) {
        char text[512];
        log_line(code == ERR_RETRY || code == ERR_UNAVAILABLE ? LOG_WARN : LOG_ERROR,
            "request-failed", "error=%s detail=%s", err_name(code),
            log_quote(text, sizeof(text), detail));
    }
    ex->r.status = problem_status(code);
    ex->r.max_age = -1;
    if (code == ERR_UNAVAILABLE || code == ERR_RETRY || code == ERR_TOO_MANY) {
        response_header(&ex->r, "Retry-After", "2");
    }
    if (!ex->route && ex->allow && *ex->allow) {
        ex->r.status = 405;
        response_header(&ex->r, "Allow", ex->allow);
    }
    if (worker || !options->worker_new) {
        options->error(options->app, worker, code, detail, &ex->q, &ex->r);
    }
    if (!buf_ok(&ex->r.body) || ex->r.body.len == 0) {
        size_t len;
        const char *page = plain_page(ex->r.status, &len);
        buf_clear(&ex->r.body);
        buf_add(&ex->r.body, page, len);
        ex->r.content_type = NULL;
    }
}

static enum err read_form(struct exchange *ex)
{
    struct request *q = &ex->q;
    struct form form = { 0 };
    if (str_eq(q->content_type, "application/x-www-form-urlencoded")) {
        TRY(form_urlencoded(&ex->arena, buf_text(&ex->body), ex->body.len, &form));
    } else if (str_eq(q->content_type, "multipart/form-data")) {
        TRY(form_multipart(&ex->arena, request_header(q, "Content-Type"), buf_text(&ex->body),
            ex->body.len, &form));
    } else {
        q->body = buf_text(&ex->body);
        q->body_len = ex->body.len;
        return OK;
    }
    q->form = form.fields;
    q->n_form = form.n_fields;
    q->files = form.files;
    q->n_files = form.n_files;
    return OK;
}

static enum err handle(struct exchange *ex, const struct server_options *options, void *worker)
{
    if (!worker && options->worker_new) {
        return ERR_UNAVAILABLE;
    }
    if (!ex->route) {
        return *ex->allow ? ERR_UNSUPPORTED : ERR_NOT_FOUND;
    }
    TRY(read_form(ex));
    TRY(options->before(options->app, worker, ex->route, &ex->q, &ex->r));
    TRY(ex->route->handler(options->app, worker, &ex->q, &ex->r));
    if (arena_exhausted(&ex->arena) || !buf_ok(&ex->r.body)) {
        return fail(&ex->arena, ERR_TOO_LARGE, "This page is too large. Ask for less at once.");
    }
    return OK;
}

void answer_run(struct exchange *ex, const struct server_options *options, void *worker)
{
    log_set_request(ex->q.id);
    if (!ex->route && ex->asks_options && *ex->allow) {
        ex->r.status = 204;
        ex->r.max_age = -1;
        response_header(&ex->r, "Allow", ex->allow);
    } else if (ex->moved) {
        response_moved(&ex->r, ex->moved, ex->moved_query);
    } else {
        enum err e = handle(ex, options, worker);
        if (e != OK) {
            answer_error(ex, options, worker, e);
        }
    }
    answer_finish(ex);
    log_set_request(NULL);
}

void answer_stream(struct exchange *ex)
{
    struct stream *s = &ex->stream;
    AUTO_BUF(piece, 0);
    int64_t slice_end = clock_monotonic() + STREAM_SLICE_MS;
    log_set_request(ex->q.id);
    for (;;) {
        pthread_mutex_lock(&s->lock);
        bool enough = s->done || s->failed || s->stopped || s->ready.len - s->sent >= STREAM_HIGH ||
                      clock_monotonic() > slice_end;
        pthread_mutex_unlock(&s->lock);
        if (enough) {
            break;
        }
        bool done = false;
        buf_clear(&piece);
        enum err e = ex->r.stream(ex->r.stream_context, &piece, &done);
        if (e != OK) {
            log_line(LOG_ERROR, "stream-failed", "error=%s", err_name(e));
        }
        pthread_mutex_lock(&s->lock);
        buf_add(&s->ready, piece.data ? piece.data : "", piece.len);
        s->failed = e != OK || !buf_ok(&piece) || !buf_ok(&s->ready);
        s->done = done;
        pthread_mutex_unlock(&s->lock);
    }
    log_set_request(NULL);
}
