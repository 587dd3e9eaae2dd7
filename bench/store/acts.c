// SPDX-License-Identifier: Apache-2.0
// How many acts a second the SQLite store saves, each synced before it is acknowledged, against
// bare SQLite doing one-row transactions with the same settings on the same disk. The ratio is the
// result; the numbers depend on the disk.
//
//   build/bench/store/bench_acts [FOLDER] [SECONDS]
#include "clock.h"
#include "store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MAX_THREADS = 16 };

static const char schema[] = "CREATE TABLE act (city @i64 NOT NULL, id @i64 NOT NULL, note @text,"
                             " PRIMARY KEY (city, id)) @strict";
static const struct migration migrations[] = { { 1, "0001_act.sql", schema, sizeof(schema) - 1 } };
static atomic_llong next_id, done;
static int64_t until;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "");
    exit(1);
}

static double bare(const char *path, double seconds)
{
    sqlite3 *c;
    sqlite3_stmt *s;
    int64_t n = 0;
    if (sqlite3_open(path, &c) != SQLITE_OK ||
        sqlite3_exec(c,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE act (city INTEGER "
            "NOT NULL, id INTEGER NOT NULL, note TEXT, PRIMARY KEY (city, id)) STRICT",
            NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(c, "INSERT INTO act VALUES (1, ?1, ?2)", -1, &s, NULL) != SQLITE_OK) {
        die(path, sqlite3_errmsg(c));
    }
    int64_t begin = clock_ns(), end = begin + (int64_t)(seconds * 1e9);
    while (clock_ns() < end) {
        sqlite3_exec(c, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        sqlite3_bind_int64(s, 1, n++);
        sqlite3_bind_text(s, 2, "a short note about what was done", -1, SQLITE_STATIC);
        if (sqlite3_step(s) != SQLITE_DONE) {
            die("insert", sqlite3_errmsg(c));
        }
        sqlite3_reset(s);
        if (sqlite3_exec(c, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
            die("commit", sqlite3_errmsg(c));
        }
    }
    double rate = (double)n * 1e9 / (double)(clock_ns() - begin);
    sqlite3_finalize(s);
    sqlite3_close(c);
    return rate;
}

static void *work(void *context)
{
    struct arena a;
    struct db *db;
    arena_init(&a, 1 << 20);
    if (db_open(context, &a, &db) != OK) {
        die("open", a.detail);
    }
    struct db_context who = { .city = 1 };
    db_context(db, &who);
    while (clock_ns() < until) {
        arena_reset(&a);
        enum err e = db_begin(db, &a, DB_WRITE);
        if (e == OK) {
            e = db_insert(db, &a, "act", false,
                ARGS(ARG("id", value_id(atomic_fetch_add(&next_id, 1))),
                    ARG("note", value_text("a short note about what was done"))));
        }
        e = e == OK ? db_commit(db, &a) : e;
        if (e != OK) {
            die(err_name(e), a.detail);
        }
        atomic_fetch_add(&done, 1);
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

static double through_store(struct store *s, int threads, double seconds)
{
    pthread_t ids[MAX_THREADS];
    done = 0;
    int64_t begin = clock_ns();
    until = begin + (int64_t)(seconds * 1e9);
    for (int i = 0; i < threads; i++) {
        pthread_create(&ids[i], NULL, work, s);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
    }
    return (double)done * 1e9 / (double)(clock_ns() - begin);
}

int main(int argc, char **argv)
{
    struct arena a;
    char dir[200];
    double seconds = 3;
    arena_init(&a, 64 << 20);
    snprintf(dir, sizeof(dir), "%s/bench_acts.XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (!mkdtemp(dir) || (argc > 2 && sscanf(argv[2], "%lf", &seconds) != 1)) {
        die(dir, "usage: bench_acts [FOLDER] [SECONDS]");
    }
    char *path = arena_fmt(&a, "%s/store.db", dir);
    struct store_options o = {
        .address = path, .migrations = migrations, .n_migrations = 1, .create = true
    };
    struct store *s;
    if (store_open(&a, &o, &s) != OK || store_migrate(s, &a, NULL) != OK) {
        die("store", a.detail);
    }
    double alone = bare(arena_fmt(&a, "%s/bare.db", dir), seconds);
    double one = through_store(s, 1, seconds), many = through_store(s, MAX_THREADS, seconds);
    struct store_stats stats;
    store_stats(s, &stats);
    printf("bare SQLite       %8.0f acts/s\n", alone);
    printf("store, 1 thread   %8.0f acts/s  %.2f times\n", one, one / alone);
    printf("store, 16 threads %8.0f acts/s  %.2f times\n", many, many / alone);
    printf(
        "acts for each sync, in all: %.1f\n", (double)stats.transactions / (double)stats.commits);
    store_close(s);
    static const char *const files[] = { "store.db", "bare.db", "store.db-wal", "store.db-shm",
        "bare.db-wal", "bare.db-shm" };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        unlink(arena_fmt(&a, "%s/%s", dir, files[i]));
    }
    rmdir(dir);
    arena_release(&a);
    return 0;
}
