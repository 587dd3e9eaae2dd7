// SPDX-License-Identifier: Apache-2.0
// How many whole acts a second an office carries out: a challenge described (validated from text,
// written, searchable, ledgered, synced, as a form or the API hands it over), then changed, again
// and again, by one client and by sixteen, in process, beside the sequencer that a serving office
// runs. Beside it, in turns: bare SQLite doing one-row transactions with the same settings on the
// same disk. acts.sh does the same against pgbench.
//
//   bench_office_acts ADDRESS [SECONDS [ROUNDS]]
#include "accounts/accounts.h"
#include "clock.h"
#include "ledger.h"
#include "office.h"
#include "rooms.h"
#include "str.h"
#include "web.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { CLIENTS = 16, MOST_ACTS = 1 << 20 };

static struct office *office;
static int64_t director, department, until;
static atomic_llong done;
static int32_t took[MOST_ACTS]; // microseconds

static void must(enum err e, const struct arena *a, const char *what)
{
    if (e != OK) {
        fprintf(stderr, "%s: %s: %s\n", what, err_name(e), a->detail ? a->detail : "");
        exit(1);
    }
}

// ---- the office --------------------------------------------------------------------------------

static void make_people(struct arena *a)
{
    struct db *db;
    struct ctx c;
    struct outcome o;
    must(db_open(office->store, a, &db), a, "handle");
    ctx_system(&c, office, &office->cities[0], db, a);
    must(accounts_create_user(&c,
             &(struct new_user){
                 .name = "Bench", .email = "bench@example.org", .roles = ROLE_DIRECTOR },
             &director),
        a, "user");
    struct value v = value_object(a);
    value_set(a, &v, "title", value_text("Streets"));
    value_set(a, &v, "type", value_text("department"));
    must(act_run_values(&c, "organisation.add", 0, &v, &o), a, "department");
    department = o.id;
    db_close(db);
}

static void open_office(struct arena *a, const char *address, char *keys)
{
    struct office_options options = { .db = address,
        .create = true,
        .skip_schema_check = true,
        .key_folder = keys,
        .rooms = office_rooms };
    must(office_open(a, &options, &office), a, "open");
    must(store_migrate(office->store, a, NULL), a, "migrate");
    must(office_new_city(office, a,
             &(struct new_city){ .slug = "bench",
                 .name = "Bench",
                 .office_name = "Bench",
                 .zone = "America/New_York",
                 .currency = "USD",
                 .host = "bench.example" }),
        a, "city");
    make_people(a);
}

// ---- one client --------------------------------------------------------------------------------

// The id of the record that the act made or changed.
static int64_t act(struct ctx *c, const char *command, int64_t id, const struct submission *s)
{
    struct outcome o;
    int64_t begin = clock_ns();
    must(act_run(c, command, id, s, &o), c->arena, command);
    took[atomic_fetch_add(&done, 1) % MOST_ACTS] = (int32_t)((clock_ns() - begin) / 1000);
    return o.id;
}

static void describe(struct ctx *c, int64_t n)
{
    struct arena *a = c->arena;
    const struct web_field fields[] = {
        { "title", arena_fmt(a, "Bins overflow near market %lld", (long long)n) },
        { "problem", "On market days the bins along the avenue are full by noon. Residents and "
                     "vendors carry "
                     "bags to the corner, where they lie until the next morning's collection." },
        { "department_id", ctx_id(c, department) },
        { "goal", "Walk home past clean corners on a market day." },
        { "baseline", "Forty complaints a month, by the city's request line." },
    };
    const struct submission s = { .fields = fields, .n_fields = ARRAY_LEN(fields) };
    int64_t id = act(c, "challenge.draft", 0, &s);
    const struct web_field change[] = { fields[0], fields[1],
        { "goal", "Walk home past clean corners on every day of the week." } };
    const struct submission changed = { .fields = change, .n_fields = ARRAY_LEN(change), .rev = 1 };
    act(c, "challenge.edit", id, &changed);
}

static void *client(void *context)
{
    struct arena a;
    struct db *db;
    arena_init(&a, 64 << 20);
    must(db_open(office->store, &a, &db), &a, "handle");
    for (int64_t n = 0; clock_ns() < until; n++) {
        struct ctx c;
        arena_reset(&a);
        ctx_system(&c, office, &office->cities[0], db, &a);
        must(ctx_become(&c, director), &a, "become");
        c.via = "api";
        describe(&c, n);
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

static int by_size(const void *x, const void *y)
{
    int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
    return (a > b) - (a < b);
}

// Acts a second; the 99th percentile of an act's time in *ret_p99_ms.
static double clients(int n, double seconds, double *ret_p99_ms)
{
    pthread_t threads[CLIENTS];
    done = 0;
    int64_t begin = clock_ns();
    until = begin + (int64_t)(seconds * 1e9);
    for (int i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, client, NULL) != 0) {
            exit(2);
        }
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    double rate = (double)done * 1e9 / (double)(clock_ns() - begin);
    size_t kept = done < MOST_ACTS ? (size_t)done : MOST_ACTS;
    qsort(took, kept, sizeof(took[0]), by_size);
    *ret_p99_ms = kept ? (double)took[kept * 99 / 100] / 1000 : 0;
    return rate;
}

// ---- the measure -------------------------------------------------------------------------------

static void bare_must(sqlite3 *sql, int rc)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE) {
        fprintf(stderr, "bare SQLite: %s\n", sqlite3_errmsg(sql));
        exit(1);
    }
}

// One-row transactions a second, each synced.
static double bare(const char *path, double seconds)
{
    sqlite3 *sql;
    sqlite3_stmt *insert;
    bare_must(NULL, sqlite3_open(path, &sql));
    bare_must(sql,
        sqlite3_exec(sql,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS act"
            " (id INTEGER PRIMARY KEY, note TEXT) STRICT",
            NULL, NULL, NULL));
    bare_must(
        sql, sqlite3_prepare_v2(sql, "INSERT INTO act (note) VALUES (?1)", -1, &insert, NULL));
    int64_t n = 0, begin = clock_ns(), end = begin + (int64_t)(seconds * 1e9);
    for (; clock_ns() < end; n++) {
        bare_must(sql, sqlite3_exec(sql, "BEGIN IMMEDIATE", NULL, NULL, NULL));
        sqlite3_bind_text(insert, 1, "a short note about what was done", -1, SQLITE_STATIC);
        bare_must(sql, sqlite3_step(insert));
        bare_must(sql, sqlite3_reset(insert));
        bare_must(sql, sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL));
    }
    double rate = (double)n * 1e9 / (double)(clock_ns() - begin);
    sqlite3_finalize(insert);
    sqlite3_close(sql);
    return rate;
}

static void measure(int n, double seconds, double beside)
{
    struct store_stats before, after;
    double p99;
    store_stats(office->store, &before);
    double rate = clients(n, seconds, &p99);
    store_stats(office->store, &after);
    int64_t commits = after.commits - before.commits;
    printf("%2d clients %7.0f acts/s, p99 %6.1f ms, %.1f acts a sync, %lld run again", n, rate, p99,
        commits ? (double)(after.transactions - before.transactions) / (double)commits : 0.0,
        (long long)(after.retries - before.retries));
    if (beside > 0) {
        printf(", %.2f of bare rows", rate / beside);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char keys[] = "/tmp/pilothouse-bench-XXXXXX";
    double seconds = 5, rounds = 3;
    struct arena a;
    struct sequencer *sequencer;
    if (argc < 2 || (argc > 2 && sscanf(argv[2], "%lf", &seconds) != 1) ||
        (argc > 3 && sscanf(argv[3], "%lf", &rounds) != 1) || !mkdtemp(keys)) {
        fprintf(stderr, "usage: bench_office_acts ADDRESS [SECONDS [ROUNDS]]\n");
        return 2;
    }
    arena_init(&a, 256 << 20);
    open_office(&a, argv[1], keys);
    must(sequencer_start(office, &a, &sequencer), &a, "sequencer");
    // An office that has begun: PostgreSQL's plans for tables with nothing in them have been
    // replaced.
    double p99;
    clients(CLIENTS, 2, &p99);
    const char *path = store_is_postgres(office->store) ? NULL : arena_fmt(&a, "%s.bare", argv[1]);
    for (int i = 0; i < (int)rounds; i++) {
        double beside = path ? bare(path, seconds) : 0;
        if (path) {
            printf("bare SQLite %5.0f rows/s\n", beside);
            measure(1, seconds, beside);
        }
        measure(CLIENTS, seconds, beside);
    }
    sequencer_stop(sequencer);
    office_close(office);
    arena_release(&a);
    return 0;
}
