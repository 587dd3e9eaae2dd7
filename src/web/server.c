// SPDX-License-Identifier: Apache-2.0
// The I/O thread: an epoll that holds libmicrohttpd's own epoll, and a bell that workers ring.
#include "server.h"

#include "clock.h"
#include "io.h"
#include "listen.h"
#include "log.h"
#include "probes.h"
#include "str.h"

#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

// A connection's memory bounds a request's head. libmicrohttpd zeroes all of it before each
// request, which at 32 KB was a tenth of a cached page's time.
enum { CONNECTION_MEMORY = 20 * 1024, UPLOADS_AT_ONCE = 4 };

// ---- requests -----------------------------------------------------------------------------------

static enum MHD_Result submit(struct client *c)
{
    struct server *s = c->server;
    struct exchange *ex = c->ex;
    if (!peers_enter(s->peers, ex->q.address)) {
        metrics_refuse(&s->metrics, REFUSED_ADDRESS);
        return send_refusal(c, 429, false);
    }
    ex->counted = true;
    ex->job.deadline_ms = clock_monotonic() + s->options.queue_ms;
    ex->client = c;
    if (!lanes_push(s->lanes, &ex->job, false)) {
        leave_address(s, ex);
        metrics_refuse(&s->metrics, REFUSED_FULL);
        return send_refusal(c, 503, false);
    }
    s->under_way++;
    atomic_fetch_add_explicit(&s->metrics.under_way, 1, memory_order_relaxed);
    client_phase(c, CLIENT_WORK);
    MHD_suspend_connection(c->connection);
    return MHD_YES;
}

static enum MHD_Result take_body(struct client *c, const char *data, size_t *len)
{
    struct server *s = c->server;
    struct buf *body = &c->ex->body;
    bool crowded = s->body_bytes + *len > UPLOADS_AT_ONCE * s->options.max_upload;
    if (!crowded) {
        buf_add(body, data, *len);
    }
    if (crowded || !buf_ok(body)) {
        metrics_refuse(&s->metrics, crowded ? REFUSED_FULL : REFUSED_LARGE);
        c->status = crowded ? 503 : 413;
        client_cut(c, c->status);
        return MHD_NO;
    }
    s->body_bytes += *len;
    c->moved += (int64_t)*len;
    *len = 0;
    return MHD_YES;
}

struct headers {
    struct guard_header list[GUARD_MAX_HEADERS + 1];
    size_t n;
};

static enum MHD_Result collect_header(void *context, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len)
{
    struct headers *h = context;
    if (h->n < ARRAY_LEN(h->list)) {
        h->list[h->n++] = (struct guard_header){ name, value, name_len, value_len };
    }
    return MHD_YES;
}

static bool probe_allowed(const struct server *s, const char *address)
{
    return s->options.metrics_anywhere || str_starts(address, "127.") || str_eq(address, "::1");
}

// A request for a worker: its exchange is made; the body follows.
static enum MHD_Result begin_exchange(struct client *c, const struct intake *in)
{
    struct server *s = c->server;
    int status = 503;
    struct exchange *ex = exchange_new(&s->options, &s->spares, in, &status);
    if (!ex) {
        metrics_refuse(&s->metrics, REFUSED_MALFORMED);
        return send_refusal(c, status, true);
    }
    c->ex = ex;
    if (str_eq(c->path, "/readyz")) {
        ex->probe = PROBE_READY;
    } else if (str_eq(c->path, "/metrics") && probe_allowed(s, in->address)) {
        ex->probe = PROBE_METRICS;
    }
    if (in->facts->content_length > (int64_t)ex->body.limit) {
        metrics_refuse(&s->metrics, REFUSED_LARGE);
        return send_refusal(c, 413, true);
    }
    return MHD_YES;
}

static enum MHD_Result headers_complete(struct client *c, const struct guard_layout *layout)
{
    struct server *s = c->server;
    struct headers headers;
    struct guard_facts facts;
    headers.n = 0;
    (void)MHD_get_connection_values_n(c->connection, MHD_HEADER_KIND, collect_header, &headers);
    int status = c->target_status;
    if (!status) {
        status = guard_headers(headers.list, headers.n, c->method, layout->version, &facts);
    }
    if (!status && !guard_seamless(layout, headers.list, headers.n)) {
        status = 400;
    }
    if (status) {
        metrics_refuse(
            &s->metrics, status == 414 || status == 431 ? REFUSED_LARGE : REFUSED_MALFORMED);
        return send_refusal(c, status, true);
    }
    c->secure =
        c->trusted && facts.forwarded_proto && strcasecmp(facts.forwarded_proto, "https") == 0;
    bool get = str_eq(c->method, "GET") || str_eq(c->method, "HEAD");
    char key_buffer[2048];
    const char *key = NULL;
    if (get && s->options.cache) {
        struct rendered *page = page_find(c, &facts, key_buffer, sizeof(key_buffer), &key);
        if (page) {
            choose_page(c, page, &facts);
            return MHD_YES;
        }
    }
    if (get && str_eq(c->path, "/healthz")) {
        return MHD_YES;
    }
    char forwarded[46];
    bool known_address =
        c->trusted && facts.forwarded_for && header_forwarded_for(facts.forwarded_for, forwarded);
    struct intake in = { .headers = headers.list,
        .n_headers = headers.n,
        .facts = &facts,
        .method = c->method,
        .path = c->path,
        .query = c->query,
        .address = known_address ? forwarded : c->address,
        .cache_key = key,
        .secure = c->secure,
        .started_ns = c->started_ns };
    return begin_exchange(c, &in);
}

// libmicrohttpd calls it at the headers' end, for pieces of the body, at its end, and after a
// resume.
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *len, void **state)
{
    struct client *c = *state;
    if (!c || c->cut) {
        return MHD_NO;
    }
    switch (c->phase) {
    case CLIENT_HEADERS:
        snprintf(c->method, sizeof(c->method), "%s", method);
        client_phase(c, CLIENT_BODY);
        return headers_complete(c,
            &(struct guard_layout){
                .method = method, .target = url, .version = version, .target_len = c->target_len });
    case CLIENT_BODY:
        if (!c->ex) {
            return c->page ? send_page(c) : send_health(c);
        }
        return *len ? take_body(c, data, len) : submit(c);
    case CLIENT_WORK:
        return send_reply(c);
    default:
        *len = 0; // the rest of a refused body
        return MHD_YES;
    }
}

// ---- connections -------------------------------------------------------------------------------

static void connected(struct server *s, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *from =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct client *c = malloc(sizeof(*c));
    *socket_context = c;
    if (!c) {
        shutdown(fd->connect_fd, SHUT_RDWR);
        return;
    }
    memset(c, 0, offsetof(struct client, path)); // the path's pages are touched when there is one
    c->path[0] = '\0';
    c->path_len = 0;
    c->query = NULL;
    c->target_status = 0;
    c->ex = NULL;
    c->page = NULL;
    c->server = s;
    c->connection = connection;
    c->fd = fd->connect_fd;
    client_address(from->client_addr, c->address);
    c->trusted = s->options.trusted_proxy && str_eq(c->address, s->options.trusted_proxy);
    c->next = s->clients;
    if (c->next) {
        c->next->prev = c;
    }
    s->clients = c;
    client_phase(c, CLIENT_NEW);
    atomic_fetch_add_explicit(&s->metrics.connections, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->metrics.accepted, 1, memory_order_relaxed);
    c->counted = !c->trusted && peers_connect(s->peers, c->address);
    if (!c->trusted && !c->counted) {
        metrics_refuse(&s->metrics, REFUSED_ADDRESS);
        client_cut(c, 429);
    }
}

static void disconnected(struct server *s, struct client *c)
{
    if (c->counted) {
        peers_disconnect(s->peers, c->address);
    }
    *(c->prev ? &c->prev->next : &s->clients) = c->next;
    if (c->next) {
        c->next->prev = c->prev;
    }
    atomic_fetch_sub_explicit(&s->metrics.connections, 1, memory_order_relaxed);
    free(c->query);
    free(c);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
    enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        connected(context, connection, socket_context);
    } else if (*socket_context) {
        disconnected(context, *socket_context);
    }
}

// The first line is there: URI is what stood between the method and the version.
static void *on_target(void *context, const char *uri, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct client *c = info ? info->socket_context : NULL;
    if (!c) {
        return NULL;
    }
    client_phase(c, CLIENT_HEADERS);
    c->started_ns = clock_ns();
    c->status = 0;
    c->bytes = 0;
    c->method[0] = '\0';
    const char *query;
    c->target_len = strlen(uri);
    enum err e = target_parse(uri, c->target_len, c->path, &c->path_len, &query);
    c->target_status = e == OK ? 0 : e == ERR_TOO_LARGE ? 414 : 400;
    if (e != OK) {
        c->path[0] = '\0';
    } else if (query && !(c->query = strdup(query))) {
        c->target_status = 503;
    }
    return c;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
    struct server *s = context;
    struct client *c = *state;
    if (!c) {
        return;
    }
    struct exchange *ex = c->ex;
    int64_t now = clock_ns();
    if (c->status) {
        metrics_answer(&s->metrics, c->status, c->bytes, now - c->started_ns);
        client_log(c, now);
    }
    if (ex) {
        leave_address(s, ex);
        s->body_bytes -= ex->body.len;
        ex->client = NULL;
        if (ex->stream.making) { // freed when the worker gives it back
            pthread_mutex_lock(&ex->stream.lock);
            ex->stream.stopped = true;
            pthread_mutex_unlock(&ex->stream.lock);
        } else {
            exchange_free(ex, &s->spares);
        }
    }
    c->ex = NULL;
    rendered_unref(c->page);
    c->page = NULL;
    free(c->query);
    c->query = NULL;
    *state = NULL;
    client_phase(c, CLIENT_IDLE);
}

// ---- the loop ----------------------------------------------------------------------------------

static void run_job(void *context, struct job *job, void *worker)
{
    struct server *s = context;
    struct exchange *ex = (struct exchange *)job;
    if (ex->stream.making) {
        answer_stream(ex);
    } else if (ex->probe != PROBE_NONE) {
        probes_run(ex, &s->options, &s->metrics, s->lanes);
    } else {
        answer_run(ex, &s->options, worker);
    }
}

static void ring(void *context)
{
    struct server *s = context;
    uint64_t one = 1;
    ssize_t written = write(s->bell, &one, sizeof(one));
    (void)written; // it can only fail when it rings already
}

static void take_done(struct server *s, int64_t now)
{
    struct job *job = lanes_done(s->lanes, now), *next;
    for (; job; job = next) {
        struct exchange *ex = (struct exchange *)job;
        next = job->next;
        s->under_way--;
        if (ex->stream.making) {
            if (job->expired) {
                ex->stream.failed = true;
            }
            stream_made(ex, s);
        } else {
            atomic_fetch_sub_explicit(&s->metrics.under_way, 1, memory_order_relaxed);
            MHD_resume_connection(ex->client->connection);
        }
    }
}

// Ends what is past its deadline.
static void reap(struct server *s, int64_t now)
{
    bool crowded = 4 * atomic_load_explicit(&s->metrics.connections, memory_order_relaxed) >
                   3 * (int64_t)s->options.max_connections;
    for (struct client *c = s->clients; c; c = c->next) {
        bool quiet = c->phase == CLIENT_IDLE || c->phase == CLIENT_NEW;
        if (c->phase == CLIENT_SEND) {
            client_measure(c);
        }
        bool leaving = s->quiesced && quiet && !client_has_input(c);
        if (c->cut || (!leaving && !client_overdue(c, &s->options, now, crowded))) {
            continue;
        }
        if (quiet) {
            client_cut(c, 0);
        } else {
            bool sending = c->phase == CLIENT_SEND;
            metrics_refuse(&s->metrics, REFUSED_SLOW);
            c->status = sending ? c->status : 408;
            client_cut(c, sending ? 0 : 408);
        }
    }
}

// Takes what waits in the listening socket, then listens no more.
static void quiesce(struct server *s)
{
    struct pollfd waiting = { .fd = s->listen_fd, .events = POLLIN };
    for (int i = 0; i < 1000 && poll(&waiting, 1, 0) > 0; i++) {
        (void)MHD_run(s->daemon);
    }
    (void)MHD_quiesce_daemon(s->daemon);
    close(s->listen_fd);
    s->quiesced = true;
    s->tick_ms = 20;
    s->next_tick_ms = 0;
}

// Whether everything that was taken is finished, or the grace is over.
static bool stopped(struct server *s, int64_t now)
{
    int64_t stop_at = atomic_load(&s->stop_at_ms);
    if (!stop_at) {
        return false;
    }
    if (!s->quiesced) {
        quiesce(s);
        return false;
    }
    if (now < stop_at) {
        return !s->clients && !s->under_way;
    }
    if (!s->flushed) {
        lanes_flush(s->lanes);
        ring(s);
        s->flushed = true;
    }
    for (struct client *c = s->clients; c; c = c->next) {
        if (!c->cut && c->phase != CLIENT_WORK && now > stop_at + 200) {
            client_cut(c, 0);
        }
    }
    return !s->under_way && (!s->clients || now > stop_at + 1000);
}

static int wait_ms(struct server *s, int64_t now)
{
    MHD_UNSIGNED_LONG_LONG soon;
    int64_t wait = s->next_tick_ms - now;
    if (MHD_get_timeout(s->daemon, &soon) == MHD_YES && (int64_t)soon < wait) {
        wait = (int64_t)soon;
    }
    return wait < 0 ? 0 : (int)wait;
}

static void *loop(void *context)
{
    struct server *s = context;
    int64_t now = clock_monotonic();
    while (!stopped(s, now)) {
        struct epoll_event events[2];
        int n = epoll_wait(s->epoll_fd, events, 2, wait_ms(s, now));
        now = clock_monotonic();
        bool rung = false;
        for (int i = 0; i < n; i++) {
            rung = rung || events[i].data.fd == s->bell;
        }
        if (rung) {
            uint64_t count;
            ssize_t taken = read(s->bell, &count, sizeof(count));
            (void)taken;
        }
        bool tick = now >= s->next_tick_ms;
        if (rung || tick) {
            take_done(s, now);
        }
        if (tick) {
            reap(s, now);
            s->next_tick_ms = now + s->tick_ms;
        }
        (void)MHD_run(s->daemon);
    }
    return NULL;
}

// ---- life cycle --------------------------------------------------------------------------------

static void drop_response(void *response)
{
    MHD_destroy_response(response);
}

// The target is decoded by target_parse() alone.
static size_t on_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

static void on_mhd_log(void *context, const char *format, va_list arguments)
{
    // Its words quote what clients send; the counters tell what there is to tell.
}

static enum err start_daemon(struct server *s, struct arena *detail)
{
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL,
        on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL, MHD_OPTION_LISTEN_SOCKET,
        s->listen_fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->options.max_connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        s, MHD_OPTION_END);
    if (!s->daemon) {
        return fail(detail, ERR_UNAVAILABLE, "The HTTP server can't start.");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = info->listen_fd };
    struct epoll_event bell = { .events = EPOLLIN, .data.fd = s->bell };
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, info->listen_fd, &event) ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->bell, &bell)) {
        return fail(detail, ERR_UNAVAILABLE, "The HTTP server can't start.");
    }
    return OK;
}

static enum err worker_new(void *context, struct arena *detail, void **ret_worker)
{
    struct server *s = context;
    return s->options.worker_new(s->options.app, detail, ret_worker);
}

static void worker_free(void *context, void *worker)
{
    struct server *s = context;
    if (s->options.worker_free) {
        s->options.worker_free(s->options.app, worker);
    }
}

static void server_free(struct server *s)
{
    lanes_free(s->lanes);
    if (s->daemon) {
        MHD_stop_daemon(s->daemon);
    }
    if (!s->quiesced && s->listen_fd >= 0) {
        close(s->listen_fd);
    }
    spares_release(&s->spares);
    peers_free(s->peers);
    close(s->epoll_fd);
    close(s->bell);
    free(s);
}

static enum err start_parts(struct server *s, struct arena *detail)
{
    const struct server_options *o = &s->options;
    TRY(listen_open(detail, o->listen, &s->listen_fd, &s->port));
    struct peer_limits limits = { .connections = (int)(o->max_connections / 8),
        .under_way = (int)o->max_under_way };
    limits.connections = limits.connections < 64 ? 64 : limits.connections;
    s->peers = peers_new(limits);
    struct lanes_options lanes = { .workers = { o->workers, o->slow_workers },
        .bound = o->queue,
        .context = s,
        .worker_new = o->worker_new ? worker_new : NULL,
        .worker_free = worker_free,
        .run = run_job,
        .wake = ring };
    if (!s->peers || s->epoll_fd < 0 || s->bell < 0) {
        return fail(detail, ERR_UNAVAILABLE, "The HTTP server can't start.");
    }
    TRY(lanes_new(&lanes, &s->lanes));
    TRY(start_daemon(s, detail));
    if (pthread_create(&s->thread, NULL, loop, s)) {
        return fail(detail, ERR_UNAVAILABLE, "The HTTP server can't start.");
    }
    return OK;
}

enum err server_start(
    struct arena *detail, const struct server_options *options, struct server **ret_server)
{
    struct server *s = calloc(1, sizeof(*s));
    if (!s) {
        return ERR_UNAVAILABLE;
    }
    s->options = *options;
    options_default(&s->options);
    s->tick_ms = client_tick(&s->options);
    s->listen_fd = -1;
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->options.cache) {
        cache_on_drop(s->options.cache, drop_response);
    }
    enum err e = start_parts(s, detail);
    if (e != OK) {
        server_free(s);
        return e;
    }
    *ret_server = s;
    return OK;
}

int server_port(const struct server *s)
{
    return s->port;
}

void server_stop(struct server *s, int grace_ms)
{
    if (s) {
        atomic_store(&s->stop_at_ms, clock_monotonic() + (grace_ms > 0 ? grace_ms : 1));
        ring(s);
        pthread_join(s->thread, NULL);
        server_free(s);
    }
}
