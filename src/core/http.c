// SPDX-License-Identifier: Apache-2.0
// Between the server and the pages: whose city, which language, who asks, and what people see when
// something can't be done.
#include "clock.h"
#include "header.h"
#include "log.h"
#include "session.h"
#include "site.h"
#include "str.h"

enum { LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600 };

// ---- city and language
// ---------------------------------------------------------------------------

static const struct city *city_of(const struct office *o, const char *host)
{
    for (size_t i = 0; host && i < o->n_cities; i++) {
        if (str_eq(o->cities[i].host, host)) {
            return &o->cities[i];
        }
    }
    return o->n_cities == 1 ? &o->cities[0] : NULL;
}

// The language that a path begins with ("/es/calls"); RET_LEN is how much of the path says so. The
// city's first language has no prefix.
static const struct locale *path_locale(const struct city *city, const char *path, size_t *ret_len)
{
    *ret_len = 0;
    for (size_t i = 1; i < locales_count(city->locales); i++) {
        const char *tag = locale_tag(locales_at(city->locales, i));
        size_t len = strlen(tag);
        if (path[0] == '/' && strncmp(path + 1, tag, len) == 0 &&
            (path[1 + len] == '/' || path[1 + len] == '\0')) {
            *ret_len = len + 1;
            return locales_at(city->locales, i);
        }
    }
    return NULL;
}

static const struct locale *chosen_locale(
    struct ctx *c, struct request *q, struct response *r, size_t *ret_prefix)
{
    const struct locales *all = c->city->locales;
    const char *asked = request_query(q, "lang");
    const struct locale *in_path = path_locale(c->city, q->path, ret_prefix);
    const struct locale *l = asked ? locales_get(all, asked) : NULL;
    if (l) {
        response_cookie(r, q, "lang", locale_tag(l), LANGUAGE_COOKIE_SECONDS);
        return l;
    }
    if (in_path) {
        return in_path;
    }
    const char *cookie = request_cookie(q, "lang");
    l = cookie ? locales_get(all, cookie) : NULL;
    return l ? l : locales_match(all, request_header(q, "Accept-Language"));
}

enum err site_context(
    struct office *o, struct db *db, struct request *q, struct response *r, struct ctx *c)
{
    const struct city *city = city_of(o, q->host);
    *c = (struct ctx){
        .office = o,
        .registry = o->registry,
        .city = city ? city : &o->cities[0],
        .db = db,
        .arena = q->arena,
        .viewer = { .name = "", .roles = ROLE_PUBLIC },
        .audience = AUDIENCE_PUBLIC,
        .now = clock_now(),
        .via = "web",
        .request_id = q->id,
    };
    size_t prefix;
    c->locale = chosen_locale(c, q, r, &prefix);
    q->path = q->path[prefix] ? q->path + prefix : "/";
    if (db) {
        ctx_bind(c);
    }
    return city ? OK
                : fail(q->arena, ERR_NOT_FOUND, "%s",
                      ctx_text(c, "No city of this office answers to this address.", NULL));
}

// Written on the I/O thread, for every GET: the city, the language and the path of a page that may
// be the same for everybody. Anything that could make it differ has no key.
static const char *cache_key(void *app, const struct request_line *line, char *buffer, size_t size)
{
    const struct office *o = app;
    const struct city *city = city_of(o, line->host);
    const char *value;
    size_t len;
    if (!city || line->query || header_prefers_json(line->accept)) {
        return NULL;
    }
    if (line->cookie && (header_cookie(line->cookie, SESSION_COOKIE, &value, &len) ||
                            header_cookie(line->cookie, SESSION_COOKIE_SECURE, &value, &len) ||
                            header_cookie(line->cookie, "flash", &value, &len))) {
        return NULL;
    }
    const struct locale *l = path_locale(city, line->path, &len);
    if (!l && line->cookie && header_cookie(line->cookie, "lang", &value, &len)) {
        for (size_t i = 0; !l && i < locales_count(city->locales); i++) {
            const char *tag = locale_tag(locales_at(city->locales, i));
            l = strlen(tag) == len && memcmp(tag, value, len) == 0 ? locales_at(city->locales, i)
                                                                   : NULL;
        }
    }
    if (!l) {
        l = locales_match(city->locales, line->accept_language);
    }
    int n = snprintf(buffer, size, "%s %s %s", locale_tag(l), city->slug, line->path);
    return n > 0 && (size_t)n < size ? buffer : NULL;
}

enum { CACHE_MS = 5000 };

void site_cache(
    struct ctx *c, struct request *q, struct response *r, bool is_public, int64_t version)
{
    const char *key = request_cache_key(q);
    const char *lang = locale_tag(c->locale);
    size_t len = strlen(lang);
    bool same_language = key && strncmp(key, lang, len) == 0 && key[len] == ' ';
    if (!is_public || !same_language || c->viewer.person || !c->office->cache ||
        (r->status != 0 && r->status != 200) || q->method == METHOD_POST) {
        return;
    }
    // What follows from time alone (open, closed) is never older than this, besides the version.
    cache_put(c->office->cache, key, version, c->now + CACHE_MS, r);
}

// ---- hooks
// ---------------------------------------------------------------------------------------

static enum err worker_new(void *app, struct arena *detail, void **ret_worker)
{
    struct office *o = app;
    struct site_worker *w = calloc(1, sizeof(*w));
    if (!w) {
        return fail(detail, ERR_UNAVAILABLE, "out of memory");
    }
    w->office = o;
    enum err e = db_open(o->store, detail, &w->db);
    if (e != OK) {
        free(w);
        return e;
    }
    *ret_worker = w;
    return OK;
}

static void worker_free(void *app, void *worker)
{
    struct site_worker *w = worker;
    db_close(w->db);
    free(w);
}

static enum err before(
    void *app, void *worker, const struct route *route, struct request *q, struct response *r)
{
    struct site_worker *w = worker;
    struct ctx *c = &w->ctx;
    memcpy(w->request, q->id, sizeof(w->request));
    TRY(site_context(app, w->db, q, r, c));
    TRY(session_load(c, q));
    ctx_bind(c);
    bool by_token = c->viewer.person && !c->viewer.session;
    bool changes = q->method != METHOD_GET && q->method != METHOD_HEAD;
    if (changes && !by_token && !(route->flags & ROUTE_NO_CSRF)) {
        TRY(session_check_csrf(c, q));
    }
    return OK;
}

// ---- errors
// --------------------------------------------------------------------------------------

// Words for the person; what the detail says only where it was written for people. Layers below
// know no language: what they say is looked up here, what was looked up already stays as it is.
static const char *error_text(struct ctx *c, enum err code, const char *detail)
{
    switch (code) {
    case ERR_CORRUPT:
    case ERR_INTERNAL:
    case ERR_RETRY:
        return ctx_text(c,
            "Something went wrong on our side. Nothing was changed; try again, and tell us if it "
            "stays.",
            NULL);
    case ERR_UNAVAILABLE:
        return ctx_text(c, "The office can't be reached just now. Try again in a minute.", NULL);
    case ERR_FULL:
        return ctx_text(c, "There is no room left to keep this. Tell the office, please.", NULL);
    case ERR_NOT_FOUND:
        return detail ? locale_message(c->locale, detail)
                      : ctx_text(c,
                            "There is nothing at this address, or it isn't shown to you. Look at "
                            "how it is spelled, or search.",
                            NULL);
    default:
        return detail ? locale_message(c->locale, detail) : ctx_text(c, problem_title(code), NULL);
    }
}

static struct value problem_value(
    struct ctx *c, const struct request *q, enum err code, int status, const char *detail)
{
    struct value problem = value_object(c->arena);
    const char *href = NULL, *label = NULL;
    if (!c->viewer.person && (code == ERR_UNSIGNED || code == ERR_NOT_FOUND)) {
        AUTO_BUF(out, 0);
        buf_puts(&out, "/sign-in?next=");
        site_encode(&out, q->path);
        href = arena_strdup(c->arena, buf_text(&out));
        label = code == ERR_UNSIGNED ? "Sign in" : "Sign in, if you work here";
    } else if (code != ERR_TOO_MANY && code != ERR_UNAVAILABLE) {
        href = *site_prefix(c) ? site_prefix(c) : "/";
        label = "Go to the first page";
    }
    value_set(c->arena, &problem, "status", value_text(arena_fmt(c->arena, "%d", status)));
    value_set(c->arena, &problem, "title", value_text(ctx_text(c, problem_title(code), NULL)));
    value_set(c->arena, &problem, "text", value_text(error_text(c, code, detail)));
    value_set(c->arena, &problem, "href", value_text(href));
    value_set(
        c->arena, &problem, "label", label ? value_text(ctx_text(c, label, NULL)) : VALUE_NULL);
    value_set(c->arena, &problem, "request", value_text(q->id));
    return problem;
}

static void error_page(void *app, void *worker, enum err code, const char *detail,
    struct request *q, struct response *r)
{
    struct office *o = app;
    struct site_worker *w = worker;
    struct ctx fresh = { 0 };
    struct ctx *c = w ? &w->ctx : &fresh;
    // A request that met no route has no context yet, but that of the worker's last request.
    if (!w || !str_eq(w->request, q->id)) {
        if (site_context(o, w ? w->db : NULL, q, r, c) == OK && w && session_load(c, q) != OK) {
            c->viewer = (struct viewer){ .name = "", .roles = ROLE_PUBLIC };
            c->audience = AUDIENCE_PUBLIC;
        }
    }
    r->stream = NULL;
    r->max_age = -1;
    int status = r->status; // the server's word: 405 is no error of the house's
    if (str_starts(q->path, "/api/") || str_ends(q->path, ".json") || request_wants_json(q)) {
        response_problem(r, q, code, error_text(c, code, detail), NULL);
        r->status = status;
        return;
    }
    struct value data = value_object(c->arena);
    value_set(c->arena, &data, "problem", problem_value(c, q, code, status, detail));
    page_title(c, &data, ctx_text(c, problem_title(code), NULL));
    r->content_type = "text/html; charset=utf-8";
    if (site_render(c, q, r, "look/page-error.html", &data) != OK) {
        response_problem(r, q, code, error_text(c, code, detail), NULL);
    }
    r->max_age = -1;
}

// ---- the public version
// --------------------------------------------------------------------------

enum err site_refresh(struct site *s, struct db *db, struct arena *a)
{
    int64_t n;
    TRY(db_int(db, a, "public_version.all", NO_ARGS, &n));
    int64_t known = atomic_load(&s->version);
    // Never backwards: a slower reader must not bring back what a faster one has ended.
    while (n > known && !atomic_compare_exchange_weak(&s->version, &known, n)) {
    }
    cache_version(s->office->cache, atomic_load(&s->version));
    return OK;
}

static bool wait_a_second(struct site *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&s->mutex);
    if (!s->stop) {
        pthread_cond_timedwait(&s->wake, &s->mutex, &until);
    }
    bool stop = s->stop;
    pthread_mutex_unlock(&s->mutex);
    return !stop;
}

static void *poll_version(void *context)
{
    struct site *s = context;
    struct arena a;
    struct db *db = NULL;
    bool failed = false;
    arena_init(&a, 1 << 20);
    do {
        arena_reset(&a);
        enum err e = db ? OK : db_open(s->office->store, &a, &db);
        if (e == OK) {
            e = site_refresh(s, db, &a);
        }
        if (e != OK && !failed) {
            log_line(LOG_WARN, "public-version-unknown", "code=%s", err_name(e));
        }
        failed = e != OK;
    } while (wait_a_second(s));
    if (db) {
        db_close(db);
    }
    arena_release(&a);
    return NULL;
}

static enum err start_poller(struct site *s, struct arena *detail)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&s->mutex, NULL);
    s->stop = false;
    if (pthread_create(&s->poller, NULL, poll_version, s) != 0) {
        pthread_cond_destroy(&s->wake);
        pthread_mutex_destroy(&s->mutex);
        return fail(detail, ERR_UNAVAILABLE, "no thread can be started");
    }
    s->has_poller = true;
    return OK;
}

static void stop_poller(struct site *s)
{
    if (!s || !s->has_poller) {
        return;
    }
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->poller, NULL);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->mutex);
    s->has_poller = false;
}

// ---- serving
// -------------------------------------------------------------------------------------

static enum err ready(void *app, struct arena *detail)
{
    struct office *o = app;
    AUTO(db) db = NULL;
    int64_t n;
    TRY(db_open(o->store, detail, &db));
    return db_int(db, detail, "public_version.all", NO_ARGS, &n);
}

enum err office_serve(struct office *o, struct arena *detail, const char *listen,
    const char *trusted_proxy, int workers, struct server **ret_server)
{
    if (o->n_cities == 0) {
        return fail(detail, ERR_NOT_FOUND, "The office has no city yet: run `pilothouse init`.");
    }
    if (!o->router) {
        TRY(office_routes(o, detail));
    }
    struct server_options options = {
        .listen = listen,
        .trusted_proxy = trusted_proxy,
        .workers = workers,
        .router = o->router,
        .cache = o->cache,
        .app = o,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .cache_key = cache_key,
        .before = before,
        .error = error_page,
        .ready = ready,
    };
    TRY(start_poller(o->site, detail));
    enum err e = server_start(detail, &options, ret_server);
    if (e != OK) {
        stop_poller(o->site);
    }
    return e;
}

void office_stop(struct office *o, struct server *s, int grace_ms)
{
    server_stop(s, grace_ms);
    stop_poller(o->site);
}
