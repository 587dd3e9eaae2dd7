// SPDX-License-Identifier: Apache-2.0
// How long a search takes among many documents: words that half of them have, some, few, and
// several at once. Words are drawn by Zipf's law, as in prose.
//
//   build/bench/store/bench_search ADDRESS [DOCUMENTS]
//
// ADDRESS is a new SQLite file or an empty PostgreSQL database (script/with-postgres makes a
// server); with 0 DOCUMENTS one that an earlier run has filled.
#include "clock.h"
#include "store.h"

#include <math.h>

enum { WORDS = 20000, WORDS_EACH = 60, ASKED = 100 };

static uint64_t seed = 88172645463325252u;

static double random_share(void)
{
    seed ^= seed << 13; // G. Marsaglia, "Xorshift RNGs", 2003
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

// The word of that rank, pronounceable.
static void put_word(struct buf *b, int rank)
{
    static const char first[] = "bdfghklmnprstvwz", second[] = "aeiou";
    int n = rank + 80;
    while (n > 0) {
        buf_putc(b, first[n % 16]);
        n /= 16;
        buf_putc(b, second[n % 5]);
        n /= 5;
    }
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "");
    exit(1);
}

static void fill(struct db *db, int64_t documents)
{
    struct arena a;
    arena_init(&a, 1 << 30);
    AUTO_BUF(text, 0);
    for (int64_t id = 1; id <= documents;) {
        arena_reset(&a);
        enum err e = db_begin(db, &a, DB_WRITE);
        for (int i = 0; i < 5000 && id <= documents && e == OK; i++, id++) {
            buf_clear(&text);
            for (int w = 0; w < WORDS_EACH; w++) {
                put_word(&text, (int)pow(WORDS, random_share()) - 1);
                buf_putc(&text, ' ');
            }
            e = db_search_put(db, &a, "public", id % 5 ? "call" : "pilot", id, "", buf_text(&text));
        }
        e = e == OK ? db_commit(db, &a) : e;
        if (e != OK) {
            die(err_name(e), a.detail);
        }
    }
    arena_release(&a);
}

// Into the index, as an office does that has served for a while.
static void fold(struct db *db)
{
    struct arena a;
    arena_init(&a, 1 << 30);
    for (int n = 1; n > 0;) {
        arena_reset(&a);
        enum err e = db_begin(db, &a, DB_MOVE);
        e = e == OK ? db_search_fold(db, &a, 2000, &n) : e;
        e = e == OK ? db_commit(db, &a) : e;
        if (e != OK) {
            die(err_name(e), a.detail);
        }
    }
    arena_release(&a);
}

// Nanoseconds that this process and the server's for it have spent on a processor: on a machine
// with other work, the better measure of the two.
static int64_t processor_ns(int server)
{
    int64_t total = 0;
    for (int i = 0; i < (server ? 2 : 1); i++) {
        char path[64];
        long long ns = 0;
        snprintf(path, sizeof(path), i ? "/proc/%d/schedstat" : "/proc/self/schedstat", server);
        FILE *f = fopen(path, "r");
        if (f) {
            total += fscanf(f, "%lld", &ns) == 1 ? ns : 0;
            fclose(f);
        }
    }
    return total;
}

// The server's process for this handle, if it is on this machine; 0 on SQLite.
static int server_of(struct db *db, const struct store *s)
{
    struct arena a;
    struct value rows = VALUE_NULL;
    arena_init(&a, 1 << 20);
    bool known = store_is_postgres(s) &&
                 db_rows_sql(db, &a, "SELECT pg_backend_pid() AS n", NO_ARGS, &rows) == OK;
    int pid = known ? (int)value_get_int(value_at(&rows, 0), "n", 0) : 0;
    arena_release(&a);
    return pid;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int server;

static void measure(struct db *db, const char *what, int from, int to, int n_words, int letters)
{
    struct arena a;
    double times[ASKED], worked[ASKED];
    int64_t found = 0;
    arena_init(&a, 64 << 20);
    for (int i = 0; i < ASKED; i++) {
        AUTO_BUF(q, 0);
        struct value rows;
        int64_t n = 0;
        arena_reset(&a);
        for (int w = 0; w < n_words; w++) {
            size_t start = q.len;
            put_word(&q, from + (int)(random_share() * (to - from)));
            if (letters) {
                buf_truncate(&q, start + (size_t)letters);
            }
            buf_putc(&q, ' ');
        }
        int64_t begin = clock_ns(), work = processor_ns(server);
        enum err e =
            db_search(db, &a, "public", buf_text(&q), i % 3 ? NULL : "pilot", 0, 20, &rows, &n);
        times[i] = (double)(clock_ns() - begin) / 1e6;
        worked[i] = (double)(processor_ns(server) - work) / 1e6;
        if (e != OK) {
            die(err_name(e), a.detail);
        }
        found += n;
    }
    qsort(times, ASKED, sizeof(times[0]), by_time);
    qsort(worked, ASKED, sizeof(worked[0]), by_time);
    printf("%-26s median %7.1f ms, p99 %7.1f; on a processor %5.1f and %6.1f (%.0f found)\n", what,
        times[ASKED / 2], times[ASKED - 2], worked[ASKED / 2], worked[ASKED - 2],
        (double)found / ASKED);
    fflush(stdout);
    arena_release(&a);
}

int main(int argc, char **argv)
{
    struct arena a;
    struct store *s;
    struct db *db;
    double documents = 1e6;
    arena_init(&a, 64 << 20);
    if (argc < 2 || (argc > 2 && sscanf(argv[2], "%lf", &documents) != 1)) {
        die("usage", "bench_search ADDRESS [DOCUMENTS]");
    }
    struct store_options o = { .address = argv[1], .create = true };
    if (store_open(&a, &o, &s) != OK || store_migrate(s, &a, NULL) != OK ||
        db_open(s, &a, &db) != OK) {
        die("store", a.detail);
    }
    struct db_context who = { .city = 1 };
    db_context(db, &who);
    int64_t begin = clock_ns();
    if (documents > 0) {
        fill(db, (int64_t)documents);
        printf("%.0f documents put in, %.0f a second\n", documents,
            documents * 1e9 / (double)(clock_ns() - begin));
        begin = clock_ns();
        fold(db);
        printf("moved on into the index, %.0f a second\n",
            documents * 1e9 / (double)(clock_ns() - begin));
    }
    server = server_of(db, s);
    measure(db, "a very common word", 0, 10, 1, 0);
    measure(db, "a common word", 10, 200, 1, 0);
    measure(db, "a rare word", 5000, WORDS, 1, 0);
    measure(db, "two common words", 0, 50, 2, 0);
    measure(db, "a common and a rare word", 0, 5000, 2, 0);
    measure(db, "five common words", 0, 100, 5, 0);
    measure(db, "two letters", 0, WORDS, 1, 2);
    measure(db, "three letters", 0, WORDS, 1, 3);
    measure(db, "five letters", 200, WORDS, 1, 5);
    measure(db, "three times two letters", 0, WORDS, 3, 2);
    db_close(db);
    store_close(s);
    arena_release(&a);
    return 0;
}
