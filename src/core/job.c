// SPDX-License-Identifier: Apache-2.0
#include "job.h"

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mail.h"
#include "notice.h"
#include "office.h"
#include "session.h"
#include "str.h"
#include "transact.h"

#include <pthread.h>
#include <sodium.h>

enum { RUNNERS = 2, MOST_TRIES = 12, MOST_AT_ONCE = 10000, MAX_ERROR = 500 };
enum { LEASE_MS = 60 * CLOCK_SECOND, KEEP_MS = 20 * CLOCK_SECOND, POLL_MS = CLOCK_SECOND };
enum { GATHER_MS = 20 }; // acts that end together wake the runners once
static const size_t JOB_ARENA = 128 << 20;
// How long another process waits for one that died in the middle of a periodic job.
static const int64_t PERIODIC_LEASE = 10LL * CLOCK_MINUTE;

const struct job_kind core_jobs[] = {
    { "mail.send", mail_send, 0 },
    { "mail.sweep", mail_send, 2LL * CLOCK_MINUTE },
    { "notice.digest", notice_digest, 15LL * CLOCK_MINUTE },
    { "session.sweep", session_sweep, 6LL * CLOCK_HOUR },
    { NULL, NULL, 0 },
};

enum err job_add(struct ctx *c, const char *name, const struct value *payload, int64_t run_at)
{
    AUTO_BUF(text, JSON_MAX_BYTES);
    struct value empty = value_object(c->arena);
    json_write(&text, NULL, payload ? payload : &empty);
    if (!buf_ok(&text)) {
        return fail(c->arena, ERR_TOO_LARGE, "the job %s has too large a payload", name);
    }
    return db_insert(c->db, c->arena, "job", false,
        ARGS(ARG("id", value_id(id_new())), ARG("name", value_text(name)),
            ARG("payload", value_text(buf_text(&text))),
            ARG("run_at", value_time(run_at ? run_at : c->now)), ARG("attempts_n", value_int(0))));
}

// ---- what there is to run ----------------------------------------------------------------------

// The I-th job kind of the house and of all rooms; NULL at the end.
static const struct job_kind *job_kind_at(const struct office *o, size_t i)
{
    size_t n = 0;
    for (const struct job_kind *k = core_jobs; k->name; k++) {
        if (n++ == i) {
            return k;
        }
    }
    const struct room *room;
    for (size_t r = 0; (room = registry_room(o->registry, r)); r++) {
        for (const struct job_kind *k = room->jobs; k && k->name; k++) {
            if (n++ == i) {
                return k;
            }
        }
    }
    return NULL;
}

static const struct job_kind *job_kind_named(const struct office *o, const char *name)
{
    const struct job_kind *k;
    for (size_t i = 0; (k = job_kind_at(o, i)); i++) {
        if (str_eq(k->name, name)) {
            return k;
        }
    }
    return NULL;
}

// What a runner is at, told to the keeper that renews its lease.
struct under_way {
    const struct city *city;
    int64_t id, attempts; // id 0: nothing
};

struct jobs {
    struct office *office;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stop;
    unsigned wakes;
    struct under_way under_way[RUNNERS];
    int64_t *next; // of each periodic kind in each city, so that the store is asked only then
    size_t n_kinds;
    pthread_t runners[RUNNERS], keeper;
    int n_runners;
    bool has_keeper;
};

struct runner {
    struct jobs *jobs; // NULL in jobs_run_due()
    int index;
    struct office *office;
    struct db *db;
    struct arena *arena;
    char holder[48];
    int64_t lease_ms;
};

// ---- running one -------------------------------------------------------------------------------

struct claimed {
    int64_t id, attempts, lease_ms;
    const char *name, *payload;
};

static enum err claim(struct ctx *c, void *context)
{
    struct claimed *job = context;
    struct value row;
    TRY(db_row(c->db, c->arena, "job.claim",
        ARGS(ARG("lease_at", value_time(c->now + job->lease_ms))), &row));
    job->id = value_get_int(&row, "id", 0);
    job->attempts = value_get_int(&row, "attempts_n", 1);
    job->name = value_get_text(&row, "name", "");
    job->payload = value_get_text(&row, "payload", "{}");
    return OK;
}

// 10 s, 20 s, 40 s … an hour and a half.
static int64_t pause_after(int64_t attempts)
{
    int64_t doublings = attempts < 10 ? attempts - 1 : 9;
    return (10LL * CLOCK_SECOND) << (doublings < 0 ? 0 : doublings);
}

struct result {
    const struct claimed *job;
    enum err e;
    const char *error;
};

static enum err note_result(struct ctx *c, void *context)
{
    const struct result *r = context;
    const struct arg id = ARG("id", value_id(r->job->id)),
                     attempts = ARG("attempts_n", value_int(r->job->attempts)),
                     error = ARG("error", value_text(r->error));
    if (r->e == OK) {
        return db_exec(c->db, c->arena, "job.done", ARGS(id, attempts), NULL);
    }
    if (r->e == ERR_INVALID || r->job->attempts >= MOST_TRIES) {
        return db_exec(c->db, c->arena, "job.give_up", ARGS(id, attempts, error), NULL);
    }
    int64_t run_at = c->now + pause_after(r->job->attempts);
    return db_exec(c->db, c->arena, "job.later",
        ARGS(id, attempts, error, ARG("run_at", value_time(run_at))), NULL);
}

static void log_result(const struct result *r)
{
    char words[MAX_ERROR];
    if (r->e != OK) {
        bool given_up = r->e == ERR_INVALID || r->job->attempts >= MOST_TRIES;
        log_line(given_up ? LOG_ERROR : LOG_WARN, given_up ? "job-given-up" : "job-failed",
            "name=%s tries=%lld error=%s why=%s", r->job->name, (long long)r->job->attempts,
            err_name(r->e), log_quote(words, sizeof(words), r->error ? r->error : ""));
    }
}

static void set_under_way(struct runner *w, const struct city *city, int64_t id, int64_t attempts)
{
    if (w->jobs) {
        pthread_mutex_lock(&w->jobs->mutex);
        w->jobs->under_way[w->index] = (struct under_way){ city, id, attempts };
        pthread_mutex_unlock(&w->jobs->mutex);
    }
}

static enum err carry_out(struct ctx *c, const struct claimed *job)
{
    const struct job_kind *kind = job_kind_named(c->office, job->name);
    if (!kind) {
        return fail(c->arena, ERR_UNAVAILABLE, "This version knows no job of that name.");
    }
    struct value payload;
    enum err e = json_read(c->arena, job->payload, strlen(job->payload), JSON_MAX_BYTES, &payload);
    return e == OK ? kind->run(c, &payload) : e;
}

// After the work, whatever it was: no transaction is left open, and the context is the house's own.
static void start_clean(struct ctx *c, struct runner *w, const struct city *city)
{
    db_rollback(w->db);
    ctx_system(c, w->office, city, w->db, w->arena);
}

static enum err run_one(struct runner *w, const struct city *city, bool *ret_ran)
{
    struct ctx c;
    int64_t n;
    *ret_ran = false;
    start_clean(&c, w, city);
    TRY(db_int(w->db, w->arena, "job.due", NO_ARGS, &n));
    if (n == 0) {
        return OK;
    }
    struct claimed job = { .lease_ms = w->lease_ms };
    enum err e = transact(&c, claim, &job);
    if (e == ERR_NOT_FOUND) {
        return OK; // another process had it first
    }
    TRY(e);
    set_under_way(w, city, job.id, job.attempts);
    char request[24];
    snprintf(request, sizeof(request), "job-%lld", (long long)(job.id & 0xffffff));
    log_set_request(request);
    c.request_id = request;
    w->arena->detail = NULL;
    struct result r = { .job = &job, .e = carry_out(&c, &job) };
    const char *why = w->arena->detail ? w->arena->detail : err_name(r.e);
    r.error = r.e == OK ? NULL : arena_strndup(w->arena, why, strnlen(why, MAX_ERROR));
    start_clean(&c, w, city);
    log_result(&r);
    e = transact(&c, note_result, &r);
    set_under_way(w, NULL, 0, 0);
    log_set_request(NULL);
    *ret_ran = e == OK;
    return e;
}

// ---- by the clock ------------------------------------------------------------------------------

struct turn {
    const struct job_kind *kind;
    const char *holder;
    int64_t until_at;
    bool ours;
};

static enum err take_turn(struct ctx *c, void *context)
{
    struct turn *t = context;
    int64_t changed = 0;
    TRY(db_exec(c->db, c->arena, "turn.take",
        ARGS(ARG("name", value_text(t->kind->name)), ARG("holder", value_text(t->holder)),
            ARG("until_at", value_time(t->until_at))),
        &changed));
    t->ours = changed > 0;
    return OK;
}

static enum err end_turn(struct ctx *c, void *context)
{
    const struct turn *t = context;
    return db_exec(c->db, c->arena, "turn.end",
        ARGS(ARG("name", value_text(t->kind->name)), ARG("holder", value_text(t->holder)),
            ARG("until_at", value_time(t->until_at))),
        NULL);
}

// RET_NEXT: when to ask again.
static enum err run_periodic(struct runner *w, const struct city *city, const struct job_kind *kind,
    int64_t *ret_next, bool *ret_ran)
{
    struct ctx c;
    *ret_ran = false;
    start_clean(&c, w, city);
    int64_t started = c.now, until = 0;
    TRY(db_int(w->db, w->arena, "turn.until", ARGS(ARG("name", value_text(kind->name))), &until));
    *ret_next = until > started ? until : started + kind->every_ms;
    if (until > started) {
        return OK;
    }
    struct turn t = { .kind = kind, .holder = w->holder };
    t.until_at = started + (kind->every_ms > PERIODIC_LEASE ? kind->every_ms : PERIODIC_LEASE);
    TRY(transact(&c, take_turn, &t));
    if (!t.ours) {
        return OK;
    }
    log_set_request(kind->name);
    c.request_id = kind->name;
    struct value payload = value_object(w->arena);
    w->arena->detail = NULL;
    enum err e = kind->run(&c, &payload);
    if (e != OK) {
        char words[MAX_ERROR];
        log_line(LOG_ERROR, "periodic-job-failed", "name=%s error=%s why=%s", kind->name,
            err_name(e), log_quote(words, sizeof(words), w->arena->detail ? w->arena->detail : ""));
    }
    log_set_request(NULL);
    start_clean(&c, w, city);
    t.until_at = started + kind->every_ms;
    *ret_ran = true;
    return transact(&c, end_turn, &t);
}

static bool its_time(struct runner *w, size_t slot, int64_t now, int64_t every_ms)
{
    if (!w->jobs) {
        return true;
    }
    pthread_mutex_lock(&w->jobs->mutex);
    bool due = w->jobs->next[slot] <= now;
    if (due) {
        w->jobs->next[slot] = now + every_ms; // so that the other runner leaves it alone
    }
    pthread_mutex_unlock(&w->jobs->mutex);
    return due;
}

static enum err run_clock(struct runner *w, const struct city *city, size_t city_index, int *n)
{
    const struct job_kind *kind;
    for (size_t i = 0; (kind = job_kind_at(w->office, i)); i++) {
        size_t slot = w->jobs ? city_index * w->jobs->n_kinds + i : 0;
        if (kind->every_ms <= 0 || !its_time(w, slot, clock_now(), kind->every_ms)) {
            continue;
        }
        int64_t next = 0;
        bool ran = false;
        enum err e = run_periodic(w, city, kind, &next, &ran);
        if (w->jobs) {
            pthread_mutex_lock(&w->jobs->mutex);
            w->jobs->next[slot] = e == OK ? next : clock_now() + 10LL * CLOCK_SECOND;
            pthread_mutex_unlock(&w->jobs->mutex);
        }
        arena_reset(w->arena);
        TRY(e);
        *n += ran;
    }
    return OK;
}

static bool stopping(struct runner *w)
{
    if (!w->jobs) {
        return false;
    }
    pthread_mutex_lock(&w->jobs->mutex);
    bool stop = w->jobs->stop;
    pthread_mutex_unlock(&w->jobs->mutex);
    return stop;
}

// All that is due now in all cities, a job a city in turn, so that one city's many don't hold up
// the others.
static enum err run_due(struct runner *w, int *n)
{
    struct office *o = w->office;
    for (size_t i = 0; i < o->n_cities; i++) {
        TRY(run_clock(w, &o->cities[i], i, n));
    }
    bool any = true;
    while (any && *n < MOST_AT_ONCE) {
        any = false;
        for (size_t i = 0; i < o->n_cities && !stopping(w); i++) {
            bool ran;
            enum err e = run_one(w, &o->cities[i], &ran);
            if (e != OK) {
                return e;
            }
            arena_reset(w->arena);
            any = any || ran;
            *n += ran;
        }
    }
    return OK;
}

// ---- threads -----------------------------------------------------------------------------------

static void name_holder(struct runner *w)
{
    snprintf(w->holder, sizeof(w->holder), "%08x%08x", randombytes_random(), randombytes_random());
}

// Waits to be woken, or for MS; false when it is time to stop.
static bool wait_turn(struct jobs *j, int ms, unsigned *seen_wakes)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&j->mutex);
    int rc = 0;
    while (!j->stop && rc == 0 && (!seen_wakes || *seen_wakes == j->wakes)) {
        rc = pthread_cond_timedwait(&j->changed, &j->mutex, &until);
    }
    if (seen_wakes) {
        *seen_wakes = j->wakes;
    }
    bool on = !j->stop;
    pthread_mutex_unlock(&j->mutex);
    return on;
}

static void complain(const char *what, enum err e, struct arena *a)
{
    char words[MAX_ERROR];
    log_line(LOG_ERROR, what, "error=%s why=%s", err_name(e),
        log_quote(words, sizeof(words), a->detail ? a->detail : ""));
}

static void flush_seen(struct runner *w)
{
    enum err e = session_flush_seen(w->office, w->db, w->arena);
    if (e != OK) {
        complain("sessions-not-noted", e, w->arena);
    }
    arena_reset(w->arena);
}

static void *runner_main(void *context)
{
    struct runner *w = context;
    unsigned wakes = 0;
    int64_t flushed = clock_monotonic();
    bool on = true;
    while (on) {
        int n = 0;
        enum err e = run_due(w, &n);
        if (e != OK) {
            complain("jobs-failed", e, w->arena);
            db_rollback(w->db);
            arena_reset(w->arena);
        }
        if (w->index == 0 && clock_monotonic() - flushed >= CLOCK_MINUTE) {
            flush_seen(w);
            flushed = clock_monotonic();
        }
        on = wait_turn(w->jobs, POLL_MS, &wakes) && wait_turn(w->jobs, GATHER_MS, NULL);
    }
    if (w->index == 0) {
        flush_seen(w);
    }
    db_close(w->db);
    arena_release(w->arena);
    free(w->arena);
    free(w);
    return NULL;
}

static enum err keep_lease(struct ctx *c, void *context)
{
    const struct under_way *u = context;
    return db_exec(c->db, c->arena, "job.keep",
        ARGS(ARG("id", value_id(u->id)), ARG("attempts_n", value_int(u->attempts)),
            ARG("lease_at", value_time(c->now + LEASE_MS))),
        NULL);
}

// Renews the leases of jobs that take longer than one, so that nobody else begins them too.
static void *keeper_main(void *context)
{
    struct runner *w = context;
    while (wait_turn(w->jobs, KEEP_MS, NULL)) {
        for (int i = 0; i < RUNNERS; i++) {
            pthread_mutex_lock(&w->jobs->mutex);
            struct under_way u = w->jobs->under_way[i];
            pthread_mutex_unlock(&w->jobs->mutex);
            if (u.id) {
                struct ctx c;
                ctx_system(&c, w->office, u.city, w->db, w->arena);
                enum err e = transact(&c, keep_lease, &u);
                if (e != OK) {
                    complain("lease-not-kept", e, w->arena);
                }
                arena_reset(w->arena);
            }
        }
    }
    db_close(w->db);
    arena_release(w->arena);
    free(w->arena);
    free(w);
    return NULL;
}

static enum err start_thread(struct jobs *j, struct arena *detail, int index,
    void *(*main)(void *context), pthread_t *ret_thread)
{
    struct runner *w = calloc(1, sizeof(*w));
    struct arena *a = calloc(1, sizeof(*a));
    struct db *db = NULL;
    enum err e = w && a ? db_open(j->office->store, detail, &db)
                        : fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    if (e == OK) {
        arena_init(a, JOB_ARENA);
        *w = (struct runner){ .jobs = j,
            .index = index,
            .office = j->office,
            .db = db,
            .arena = a,
            .lease_ms = LEASE_MS };
        name_holder(w);
        if (pthread_create(ret_thread, NULL, main, w) == 0) {
            return OK;
        }
        db_close(db);
        e = fail(detail, ERR_UNAVAILABLE, "No further thread can be started.");
    }
    free(w);
    free(a);
    return e;
}

enum err jobs_start(struct office *o, struct arena *detail, struct jobs **ret_jobs)
{
    struct jobs *j = calloc(1, sizeof(*j));
    if (!j) {
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    j->office = o;
    while (job_kind_at(o, j->n_kinds)) {
        j->n_kinds++;
    }
    j->next = calloc(j->n_kinds * (o->n_cities ? o->n_cities : 1), sizeof(*j->next));
    pthread_mutex_init(&j->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&j->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    enum err e = j->next ? OK : fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    for (int i = 0; e == OK && i < RUNNERS; i++) {
        e = start_thread(j, detail, i, runner_main, &j->runners[i]);
        j->n_runners += e == OK;
    }
    if (e == OK) {
        e = start_thread(j, detail, 0, keeper_main, &j->keeper);
        j->has_keeper = e == OK;
    }
    if (e != OK) {
        jobs_stop(j);
        return e;
    }
    *ret_jobs = j;
    return OK;
}

void jobs_stop(struct jobs *j)
{
    if (!j) {
        return;
    }
    pthread_mutex_lock(&j->mutex);
    j->stop = true;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->mutex);
    for (int i = 0; i < j->n_runners; i++) {
        pthread_join(j->runners[i], NULL);
    }
    if (j->has_keeper) {
        pthread_join(j->keeper, NULL);
    }
    pthread_cond_destroy(&j->changed);
    pthread_mutex_destroy(&j->mutex);
    free(j->next);
    free(j);
}

void jobs_wake(struct jobs *j)
{
    pthread_mutex_lock(&j->mutex);
    j->wakes++;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->mutex);
}

enum err jobs_run_due(struct office *o, struct arena *detail, int *ret_n)
{
    AUTO(db) db = NULL;
    TRY(db_open(o->store, detail, &db));
    struct arena a;
    arena_init(&a, JOB_ARENA);
    struct runner w = { .office = o,
        .db = db,
        .arena = &a,
        // Nobody renews the lease here, so it is a long one.
        .lease_ms = 30LL * CLOCK_MINUTE };
    name_holder(&w);
    int n = 0;
    enum err e = run_due(&w, &n);
    if (e != OK) {
        fail(detail, e, "%s", a.detail ? a.detail : "jobs can't be run now");
    }
    db_rollback(db);
    arena_release(&a);
    if (e == OK && ret_n) {
        *ret_n = n;
    }
    return e;
}
