// SPDX-License-Identifier: Apache-2.0
// A small application over the web layer alone, for hostile.py and bench/web. It prints "port N",
// serves until SIGTERM and ends with status 0 when its grace was enough.
#include "header.h"
#include "log.h"
#include "server.h"
#include "str.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PAGE_BYTES = 20 * 1024, BIG_BYTES = 8 * 1024 * 1024 };

struct app {
    struct cache *cache;
    _Atomic int streams_open;
};

static enum err home(void *context, void *worker, struct request *q, struct response *r)
{
    buf_puts(&r->body, "<p>home</p>\n");
    return OK;
}

static void echo_fields(struct buf *out, const char *kind, const struct web_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_fmt(out, "%s %s=%s\n", kind, fields[i].name, fields[i].value);
    }
}

static enum err echo(void *context, void *worker, struct request *q, struct response *r)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "OTHER" };
    struct buf *out = &r->body;
    r->content_type = "text/plain; charset=utf-8";
    buf_fmt(out, "method %s\npath %s\nhost %s\naddress %s\nsecure %d\n", methods[q->method],
        q->path, q->host, q->address, q->secure);
    echo_fields(out, "param", q->params, q->n_params);
    echo_fields(out, "query", q->query, q->n_query);
    echo_fields(out, "form", q->form, q->n_form);
    for (size_t i = 0; i < q->n_files; i++) {
        uint32_t sum = 0;
        for (size_t j = 0; j < q->files[i].len; j++) {
            sum = sum * 31 + ((const unsigned char *)q->files[i].data)[j];
        }
        buf_fmt(out, "file %s name=%s type=%s len=%zu sum=%u\n", q->files[i].field,
            q->files[i].name, q->files[i].type, q->files[i].len, sum);
    }
    buf_fmt(out, "body %zu %s\n", q->body_len, q->body_len < 200 ? q->body : "");
    const char *cookie = request_cookie(q, "c");
    buf_fmt(out, "cookie %s\njson %d\n", cookie ? cookie : "-", request_wants_json(q));
    return OK;
}

static enum err slow(void *context, void *worker, struct request *q, struct response *r)
{
    int64_t ms = 0;
    if (!str_i64(request_param(q, "ms"), &ms) || ms < 0 || ms > 5000) {
        return fail(q->arena, ERR_INVALID, "Give milliseconds up to 5000.");
    }
    usleep((useconds_t)ms * 1000);
    buf_fmt(&r->body, "<p>slept %lld</p>\n", (long long)ms);
    return OK;
}

// Text that shrinks about as a page does.
static void fill(struct buf *out, size_t bytes)
{
    for (int i = 0; out->len < bytes; i++) {
        buf_fmt(out,
            "<li><a href=\"/calls/%d\">Call for solutions number %d</a> closes soon</li>\n",
            i * 7919 % 10007, i);
    }
    buf_truncate(out, bytes);
}

static enum err page(void *context, void *worker, struct request *q, struct response *r)
{
    struct app *app = context;
    response_header(r, "Vary", "Accept-Language");
    fill(&r->body, PAGE_BYTES);
    const char *key = request_cache_key(q);
    if (key && app->cache) {
        cache_put(app->cache, key, 1, INT64_MAX, r);
    }
    return OK;
}

static enum err dynamic(void *context, void *worker, struct request *q, struct response *r)
{
    fill(&r->body, PAGE_BYTES);
    return OK;
}

static enum err big(void *context, void *worker, struct request *q, struct response *r)
{
    r->content_type = "application/octet-stream";
    char *to = buf_reserve(&r->body, BIG_BYTES);
    if (!to) {
        return ERR_TOO_LARGE;
    }
    memset(to, 'b', BIG_BYTES);
    r->body.len += BIG_BYTES;
    return OK;
}

static const char *cache_key(
    void *context, const struct request_line *line, char *buffer, size_t size)
{
    const char *value;
    size_t len;
    if (!str_starts(line->path, "/page") || header_cookie(line->cookie, "session", &value, &len)) {
        return NULL;
    }
    int n = snprintf(buffer, size, "%.2s|%s",
        line->accept_language && *line->accept_language ? line->accept_language : "en", line->path);
    return n > 0 && (size_t)n < size ? buffer : NULL;
}

struct rows {
    struct app *app;
    int64_t at, n, fail_at, sleep_ms;
};

static enum err stream_rows(void *context, struct buf *piece, bool *ret_done)
{
    struct rows *s = context;
    if (s->sleep_ms) {
        usleep((useconds_t)s->sleep_ms * 1000);
    }
    for (int i = 0; i < 100 && s->at < s->n; i++, s->at++) {
        if (s->at == s->fail_at) {
            return ERR_INTERNAL;
        }
        buf_fmt(piece, "row %lld of a long export, with some words to fill it\n", (long long)s->at);
    }
    *ret_done = s->at == s->n;
    return OK;
}

static void stream_free(void *context)
{
    struct rows *s = context;
    atomic_fetch_sub(&s->app->streams_open, 1);
    free(s);
}

static enum err stream(void *context, void *worker, struct request *q, struct response *r)
{
    struct app *app = context;
    struct rows *s = calloc(1, sizeof(*s));
    const char *fail_at = request_query(q, "fail"), *sleep_ms = request_query(q, "sleep");
    if (!s || !str_i64(request_param(q, "n"), &s->n)) {
        free(s);
        return ERR_INVALID;
    }
    s->app = app;
    s->fail_at = -1;
    if ((fail_at && !str_i64(fail_at, &s->fail_at)) ||
        (sleep_ms && !str_i64(sleep_ms, &s->sleep_ms))) {
        free(s);
        return ERR_INVALID;
    }
    atomic_fetch_add(&app->streams_open, 1);
    r->stream = stream_rows;
    r->stream_free = stream_free;
    r->stream_context = s;
    response_attachment(r, "r\303\251sum\303\251 \"1\".csv", "text/csv");
    return OK;
}

static enum err problem(void *context, void *worker, struct request *q, struct response *r)
{
    return fail(q->arena, ERR_STATE, "The call is closed.");
}

static enum err redirect(void *context, void *worker, struct request *q, struct response *r)
{
    response_cookie(r, q, "c", "crumb", 60);
    response_redirect(r, request_query(q, "to"));
    return OK;
}

static enum err inject(void *context, void *worker, struct request *q, struct response *r)
{
    response_header(r, "X-Echo", request_query(q, "v"));
    return OK;
}

static enum err before(
    void *context, void *worker, const struct route *route, struct request *q, struct response *r)
{
    return request_header(q, "X-Deny") ? fail(q->arena, ERR_DENIED, "No.") : OK;
}

static void error_page(void *context, void *worker, enum err code, const char *detail,
    struct request *q, struct response *r)
{
    if (request_wants_json(q)) {
        response_problem(r, q, code, detail, NULL);
    } else {
        buf_fmt(&r->body, "<h1>%s</h1><p>%s</p>\n", problem_title(code), detail ? detail : "");
    }
}

static void metrics(void *context, struct buf *out)
{
    struct app *app = context;
    buf_fmt(out, "testapp_streams_open %d\n", atomic_load(&app->streams_open));
}

static const struct route routes[] = {
    { METHOD_GET, "/", home },
    { METHOD_GET, "/echo/{id}", echo },
    { METHOD_GET, "/files/{rest*}", echo },
    { METHOD_POST, "/echo/{id}", echo },
    { METHOD_PUT, "/echo/{id}", echo },
    { METHOD_DELETE, "/echo/{id}", echo },
    { METHOD_POST, "/upload", echo, ROUTE_SLOW | ROUTE_UPLOAD },
    { METHOD_GET, "/slow/{ms}", slow },
    { METHOD_GET, "/slowlane/{ms}", slow, ROUTE_SLOW },
    { METHOD_GET, "/page", page, ROUTE_CACHED },
    { METHOD_GET, "/dynamic", dynamic },
    { METHOD_GET, "/big", big },
    { METHOD_GET, "/stream/{n}", stream, ROUTE_SLOW },
    { METHOD_GET, "/problem", problem },
    { METHOD_GET, "/redirect", redirect },
    { METHOD_GET, "/inject", inject },
};

// key=value arguments: deadlines and sizes of struct server_options.
static bool read_option(struct server_options *o, const char *argument)
{
    static const struct {
        const char *name;
        size_t at;
        bool wide;
    } known[] = {
        { "workers", offsetof(struct server_options, workers), false },
        { "slow_workers", offsetof(struct server_options, slow_workers), false },
        { "queue", offsetof(struct server_options, queue), true },
        { "max_connections", offsetof(struct server_options, max_connections), true },
        { "max_under_way", offsetof(struct server_options, max_under_way), true },
        { "max_form", offsetof(struct server_options, max_form), true },
        { "max_upload", offsetof(struct server_options, max_upload), true },
        { "header_ms", offsetof(struct server_options, header_ms), false },
        { "body_ms", offsetof(struct server_options, body_ms), false },
        { "queue_ms", offsetof(struct server_options, queue_ms), false },
        { "idle_ms", offsetof(struct server_options, idle_ms), false },
    };
    const char *equals = strchr(argument, '=');
    int64_t n;
    if (str_starts(argument, "proxy=")) {
        o->trusted_proxy = equals + 1;
        return true;
    }
    for (size_t i = 0; equals && i < ARRAY_LEN(known); i++) {
        if (strlen(known[i].name) == (size_t)(equals - argument) &&
            str_starts(argument, known[i].name) && str_i64(equals + 1, &n)) {
            void *at = (char *)o + known[i].at;
            if (known[i].wide) {
                *(size_t *)at = (size_t)n;
            } else {
                *(int *)at = (int)n;
            }
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct app app = { .cache = cache_new(8 * 1024 * 1024) };
    struct router *router = router_new();
    struct server_options options = { .listen = "127.0.0.1:0",
        .router = router,
        .cache = app.cache,
        .cache_key = cache_key,
        .app = &app,
        .before = before,
        .error = error_page,
        .metrics = metrics };
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "quiet")) {
            log_set_level(LOG_WARN);
        } else if (!read_option(&options, argv[i])) {
            fprintf(stderr, "unknown option %s\n", argv[i]);
            return 2;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (router_add(router, &routes[i]) != OK) {
            return 2;
        }
    }
    static const char style[] = "body { color: black }\n";
    cache_static(
        app.cache, "/assets/style.css", "text/css; charset=utf-8", style, sizeof(style) - 1);
    cache_version(app.cache, 1);
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    struct arena detail;
    arena_init(&detail, 4096);
    struct server *server;
    if (server_start(&detail, &options, &server) != OK) {
        fprintf(stderr, "%s\n", detail.detail ? detail.detail : "can't start");
        return 1;
    }
    printf("port %d\n", server_port(server));
    fflush(stdout);
    int signal_taken;
    sigwait(&stop, &signal_taken);
    server_stop(server, 3000);
    arena_release(&detail);
    router_free(router);
    cache_free(app.cache);
    return atomic_load(&app.streams_open) ? 3 : 0;
}
