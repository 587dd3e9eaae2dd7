// SPDX-License-Identifier: Apache-2.0
// Answers on their way to libmicrohttpd: refusals, cached pages, workers' replies, streams.
#include "io.h"

#include "clock.h"
#include "compress.h"
#include "str.h"

#include <strings.h>

enum { STREAM_BLOCK = 32 * 1024 };

// ---- answering ---------------------------------------------------------------------------------

static enum MHD_Result queue(struct client *c, int status, struct MHD_Response *response)
{
    client_phase(c, CLIENT_SEND);
    c->status = status;
    return MHD_queue_response(c->connection, (unsigned)status, response);
}

static void add_fields(struct MHD_Response *response, const struct web_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)MHD_add_response_header(response, fields[i].name, fields[i].value);
    }
}

static void add_security(struct MHD_Response *response, bool secure)
{
    struct web_field fields[8];
    size_t n = 0;
    security_headers(fields, &n, secure);
    add_fields(response, fields, n);
}

enum MHD_Result send_refusal(struct client *c, int status, bool close)
{
    size_t len;
    const char *page = plain_page(status, &len);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)page, MHD_RESPMEM_PERSISTENT);
    if (!response) {
        return MHD_NO;
    }
    add_security(response, false);
    (void)MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (status == 503 || status == 429) {
        (void)MHD_add_response_header(response, "Retry-After", "2");
    }
    if (close) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    c->bytes = (int64_t)len;
    enum MHD_Result result = queue(c, status, response);
    MHD_destroy_response(response);
    return result;
}

static void drop_body(void *body)
{
    body_unref(body);
}

// The response to a page's variant, made at its first use and shared by all after.
static struct MHD_Response *prepare(
    const struct rendered *p, enum encoding e, bool secure, bool not_modified)
{
    const struct page_variant *v = &p->variants[e];
    struct page_body *body = body_ref(v->body);
    // A 304 is made with the body too: it isn't sent, but its length is stated (RFC 9110 §8.6).
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        body->len, (void *)(uintptr_t)body->data, drop_body, body);
    if (!response) {
        body_unref(body);
        return NULL;
    }
    const char *vary = NULL;
    add_security(response, secure);
    for (size_t i = 0; i < p->n_headers; i++) {
        if (strcasecmp(p->headers[i].name, "Vary") == 0) {
            vary = p->headers[i].value;
        } else {
            (void)MHD_add_response_header(response, p->headers[i].name, p->headers[i].value);
        }
    }
    if (!not_modified) {
        (void)MHD_add_response_header(response, "Content-Type", p->content_type);
        if (e != ENCODING_PLAIN) {
            (void)MHD_add_response_header(response, "Content-Encoding", encoding_name(e));
        }
    }
    if (p->compressible) {
        char both[256];
        snprintf(both, sizeof(both), "%s%sAccept-Encoding", vary ? vary : "", vary ? ", " : "");
        (void)MHD_add_response_header(response, "Vary", both);
    } else if (vary) {
        (void)MHD_add_response_header(response, "Vary", vary);
    }
    (void)MHD_add_response_header(response, "Cache-Control", p->cache_control);
    (void)MHD_add_response_header(response, "ETag", v->etag);
    return response;
}

struct rendered *page_find(const struct client *c, const struct guard_facts *facts, char *buffer,
    size_t size, const char **ret_key)
{
    const struct server_options *o = &c->server->options;
    int64_t now = clock_now();
    struct rendered *page = cache_get(o->cache, c->path, c->path_len, now, false);
    if (page || !o->cache_key) {
        return page;
    }
    struct request_line line = { .path = c->path,
        .query = c->query,
        .host = facts->host,
        .cookie = facts->cookie,
        .accept = facts->accept,
        .accept_language = facts->accept_language };
    *ret_key = o->cache_key(o->app, &line, buffer, size);
    return *ret_key ? cache_get(o->cache, *ret_key, strlen(*ret_key), now, true) : NULL;
}

void choose_page(struct client *c, struct rendered *p, const struct guard_facts *facts)
{
    enum encoding e = p->compressible ? header_encoding(facts->accept_encoding) : ENCODING_PLAIN;
    c->encoding = p->variants[e].body ? e : ENCODING_PLAIN;
    c->not_modified = header_etag_matches(facts->if_none_match, p->variants[c->encoding].etag);
    c->page = p;
}

enum MHD_Result send_page(struct client *c)
{
    struct page_variant *v = &c->page->variants[c->encoding];
    void **prepared = &v->prepared[c->secure][c->not_modified];
    if (!*prepared) {
        *prepared = prepare(c->page, c->encoding, c->secure, c->not_modified);
    }
    if (!*prepared) {
        return MHD_NO;
    }
    c->bytes = c->not_modified ? 0 : (int64_t)v->body->len;
    return queue(c, c->not_modified ? 304 : 200, *prepared);
}

// ---- streams -----------------------------------------------------------------------------------

static void make_more(struct exchange *ex, struct server *s)
{
    ex->stream.making = true;
    ex->job.lane = LANE_SLOW;
    ex->job.deadline_ms = INT64_MAX;
    s->under_way++;
    (void)lanes_push(s->lanes, &ex->job, true);
}

static ssize_t read_stream(void *context, uint64_t position, char *to, size_t max)
{
    struct client *c = context;
    struct exchange *ex = c->ex;
    struct stream *st = &ex->stream;
    ssize_t result;
    pthread_mutex_lock(&st->lock);
    size_t left = st->ready.len - st->sent, n = left < max ? left : max;
    bool over = st->done || st->failed;
    if (n) {
        memcpy(to, st->ready.data + st->sent, n);
        st->sent += n;
        if (st->sent == st->ready.len) {
            st->sent = 0;
            buf_clear(&st->ready);
        }
        result = (ssize_t)n;
    } else if (st->failed) {
        result =
            MHD_CONTENT_READER_END_WITH_ERROR; // cut short: the client must not take it for whole
    } else {
        result = st->done ? MHD_CONTENT_READER_END_OF_STREAM : 0;
    }
    pthread_mutex_unlock(&st->lock);
    c->bytes += (int64_t)n;
    if (!over && !st->making && left - n < STREAM_LOW) {
        make_more(ex, c->server);
    }
    if (result == 0) {
        st->waiting = true;
        MHD_suspend_connection(c->connection);
    }
    return result;
}

void stream_made(struct exchange *ex, struct server *s)
{
    struct stream *st = &ex->stream;
    st->making = false;
    if (!ex->client) {
        exchange_free(ex, &s->spares);
        return;
    }
    pthread_mutex_lock(&st->lock);
    size_t left = st->ready.len - st->sent;
    bool over = st->done || st->failed;
    pthread_mutex_unlock(&st->lock);
    if (!over && left < STREAM_HIGH) {
        make_more(ex, s);
    }
    if (st->waiting && (left || over)) {
        st->waiting = false;
        client_phase(ex->client, CLIENT_SEND); // the wait was ours
        MHD_resume_connection(ex->client->connection);
    }
}

// ---- requests ----------------------------------------------------------------------------------

void leave_address(struct server *s, struct exchange *ex)
{
    if (ex->counted) {
        peers_leave(s->peers, ex->q.address);
        ex->counted = false;
    }
}

enum MHD_Result send_reply(struct client *c)
{
    struct exchange *ex = c->ex;
    struct reply *p = &ex->reply;
    leave_address(c->server, ex);
    if (!ex->answered) {
        metrics_refuse(&c->server->metrics, REFUSED_LATE);
        return send_refusal(c, 503, false);
    }
    struct MHD_Response *response;
    if (ex->r.stream) {
        response =
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, c, NULL);
        if (response && ex->q.method == METHOD_HEAD) {
            // libmicrohttpd would send the last chunk even so.
            (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
        }
    } else {
        response = MHD_create_response_from_buffer(p->len, p->data, MHD_RESPMEM_MUST_FREE);
        if (response) {
            p->data = NULL;
            c->bytes = (int64_t)p->len;
        }
    }
    if (!response) {
        return MHD_NO;
    }
    add_fields(response, p->headers, p->n_headers);
    if (c->server->quiesced) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    enum MHD_Result result = queue(c, p->status, response);
    MHD_destroy_response(response);
    if (result == MHD_YES && ex->r.stream && ex->q.method != METHOD_HEAD) {
        make_more(ex, c->server);
    }
    return result;
}

enum MHD_Result send_health(struct client *c)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(3, (void *)(uintptr_t) "ok\n", MHD_RESPMEM_PERSISTENT);
    if (!response) {
        return MHD_NO;
    }
    add_security(response, false);
    (void)MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    c->bytes = 3;
    enum MHD_Result result = queue(c, 200, response);
    MHD_destroy_response(response);
    return result;
}
