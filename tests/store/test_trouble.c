// SPDX-License-Identifier: Apache-2.0
// Killed processes, full disks, lost connections, copies made under load.
#include "fixture.h"

#include "clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 8, KEPT = 200000 };

struct writer {
    struct store *store;
    pthread_t thread;
    int number, pipe;
    atomic_bool *stop;
    int64_t acknowledged;
    enum err last;
};

static void *write_on(void *context)
{
    struct writer *w = context;
    struct arena a;
    struct db *db;
    arena_init(&a, 1 << 20);
    if (db_open(w->store, &a, &db) != OK) {
        return NULL;
    }
    fixture_context(db, 0);
    for (int64_t id = w->number * 1000000;; id++) {
        arena_reset(&a);
        w->last = fixture_add(db, &a, id);
        if (w->last != OK || (w->stop && *w->stop)) {
            w->acknowledged += w->last == OK;
            break;
        }
        w->acknowledged++;
        if (w->pipe >= 0 && write(w->pipe, &id, sizeof(id)) != sizeof(id)) {
            break;
        }
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

static void start(struct writer *w, int n, struct store *s, int pipe_end, atomic_bool *stop)
{
    for (int i = 0; i < n; i++) {
        w[i] = (struct writer){ .store = s, .number = i, .pipe = pipe_end, .stop = stop };
        pthread_create(&w[i].thread, NULL, write_on, &w[i]);
    }
}

static void join(struct writer *w, int n)
{
    for (int i = 0; i < n; i++) {
        pthread_join(w[i].thread, NULL);
    }
}

static void killed_under_load(void **state)
{
    struct fixture *f = *state;
    int ends[2], status;
    fixture_close(f);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct writer w[WRITERS];
        struct store_options o = fixture_options(f);
        start(w, WRITERS, fixture_open(f, &o), ends[1], NULL);
        join(w, WRITERS);
        _exit(1);
    }
    close(ends[1]);
    int64_t *ids = arena_alloc(&f->a, KEPT * sizeof(*ids)), n = 0;
    int64_t until = clock_monotonic() + 600;
    while (n < KEPT && read(ends[0], &ids[n], sizeof(ids[n])) == sizeof(ids[n])) {
        n++;
        if (pid > 0 && (n > 4000 || clock_monotonic() > until)) {
            kill(pid, SIGKILL);
            assert_int_equal(waitpid(pid, &status, 0), pid);
            assert_true(WIFSIGNALED(status));
            pid = 0;
        }
    }
    close(ends[0]);
    assert_int_equal(pid, 0);
    assert_true(n > WRITERS);
    fixture_reopen(f);
    for (int64_t i = 0; i < n; i++) {
        struct value row;
        assert_ok(f, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(ids[i]))), &row));
    }
    assert_int_equal(fixture_add(f->db, &f->a, 99999999), OK);
}

static void a_full_disk(void **state)
{
    struct fixture *f = *state;
    char *disk = arena_fmt(&f->a, "%s/disk", f->dir), *path = arena_fmt(&f->a, "%s/store.db", disk);
    assert_int_equal(mkdir(disk, 0700), 0);
    assert_int_equal(mount("none", disk, "tmpfs", 0, "size=3m"), 0);
    fixture_close(f);
    char *before = f->address;
    f->address = path;
    fixture_reopen(f);
    assert_ok(f, store_migrate(f->store, &f->a, NULL));
    char *filler = arena_fmt(&f->a, "%s/filler", disk);
    FILE *file = fopen(filler, "w");
    for (int i = 0; i < 1024; i++) {
        fputs(arena_fmt(&f->a, "%01024d", i), file);
    }
    fclose(file);
    struct writer w[WRITERS];
    start(w, WRITERS, f->store, -1, NULL); // until the disk is full
    join(w, WRITERS);
    int64_t acknowledged = 0;
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(w[i].last, ERR_FULL);
        acknowledged += w[i].acknowledged;
    }
    assert_true(acknowledged > 100);
    assert_int_equal(fixture_count(f, f->db), acknowledged);
    assert_int_equal(unlink(filler), 0); // room again: it works again by itself
    assert_int_equal(fixture_add(f->db, &f->a, 99999999), OK);
    assert_int_equal(fixture_count(f, f->db), acknowledged + 1);
    fixture_close(f);
    fixture_reopen(f);
    assert_int_equal(fixture_count(f, f->db), acknowledged + 1);
    fixture_close(f);
    f->address = before;
    assert_int_equal(umount(disk), 0);
}

// Whether a disk of a size can be mounted at all: not in every container.
static bool may_mount(void)
{
    char folder[] = "/tmp/pilothouse-disk-XXXXXX";
    if (!mkdtemp(folder)) {
        return false;
    }
    bool mounted = mount("none", folder, "tmpfs", 0, "size=1m") == 0;
    if (mounted) {
        umount(folder);
    }
    rmdir(folder);
    return mounted;
}

static void end_connections(struct fixture *f)
{
    const char *name = strrchr(f->address, '/') + 1;
    fixture_psql(NULL, arena_fmt(&f->a,
                           "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                           "datname = '%s'",
                           name));
    usleep(100000);
}

static void a_lost_connection(void **state)
{
    struct fixture *f = *state;
    struct value row;
    int64_t n;
    assert_int_equal(fixture_add(f->db, &f->a, 1), OK);
    end_connections(f); // while idle: nobody notices
    assert_int_equal(fixture_count(f, f->db), 1);
    end_connections(f);
    assert_int_equal(fixture_add(f->db, &f->a, 2), OK);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "thing", false, ARGS(ARG("id", value_id(3)))));
    end_connections(f); // in a transaction
    assert_err(
        f, ERR_UNAVAILABLE, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(1))), &row));
    assert_err(f, ERR_UNAVAILABLE, db_commit(f->db, &f->a));
    assert_int_equal(fixture_add(f->db, &f->a, 4), OK);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "thing", false, ARGS(ARG("id", value_id(5)))));
    end_connections(f); // before the commit
    assert_err(f, ERR_UNAVAILABLE, db_commit(f->db, &f->a));
    assert_ok(f, db_begin(f->db, &f->a, DB_READ));
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 3);
    assert_ok(f, db_commit(f->db, &f->a));
}

struct progress {
    double last;
    int calls;
    bool backwards;
};

static void on_progress(void *context, double share)
{
    struct progress *p = context;
    p->backwards |= share < p->last - 1e-9 || share > 1.0;
    p->last = share;
    p->calls++;
}

static void look_at_copy(struct fixture *f, const char *copy, const char *to)
{
    struct store_options o = fixture_options(f);
    o.address = to;
    assert_ok(f, store_restore(&f->a, copy, to));
    struct store *s = fixture_open(f, &o);
    assert_ok(f, store_check_schema(s, &f->a));
    struct db *db = fixture_db(f, s);
    int64_t n = fixture_count(f, db), price;
    assert_in_range(n, 2000, fixture_count(f, f->db));
    assert_ok(f, db_int(db, &f->a, "secret.price", ARGS(ARG("id", value_id(1))), &price));
    assert_int_equal(price, 42);
    assert_err(
        f, ERR_DENIED, db_int(db, &f->a, "secret.leak", ARGS(ARG("id", value_id(1))), &price));
    assert_int_equal(fixture_add(db, &f->a, 99999999), OK);
    db_close(db);
    store_close(s);
    assert_err(f, ERR_EXISTS, store_restore(&f->a, copy, to)); // never over what is there
}

static void a_copy_under_load(void **state)
{
    struct fixture *f = *state;
    static const char *const columns[] = { "city", "id", "title" };
    struct db_load *l;
    atomic_bool stop = false;
    struct writer w[2];
    struct progress p = { 0 };
    char *copy = arena_fmt(&f->a, "%s/copy", f->dir), *to = arena_fmt(&f->a, "%s/new.db", f->dir);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_insert(f->db, &f->a, "secret", true,
                     ARGS(ARG("id", value_id(1)), ARG("price_cents", value_int(42)))));
    assert_ok(f, db_load_begin(f->db, &f->a, "thing", columns, 3, &l));
    for (int64_t i = 0; i < 2000; i++) {
        const struct value cells[] = { value_int(7), value_id(10000000 + i),
            value_text(arena_fmt(&f->a, "%01000d", (int)i)) };
        assert_ok(f, db_load_row(l, cells));
    }
    assert_ok(f, db_load_end(l));
    assert_ok(f, db_commit(f->db, &f->a));
    start(w, 2, f->store, -1, &stop);
    enum err e = store_backup(f->store, &f->a, copy, on_progress, &p);
    stop = true;
    join(w, 2);
    assert_ok(f, e);
    assert_true(p.calls > 0 && p.last == 1.0 && !p.backwards);
    assert_err(f, ERR_UNAVAILABLE, store_backup(f->store, &f->a, "/nonexistent/copy", NULL, NULL));
    if (on_postgres) {
        char *name = arena_fmt(&f->a, "%s_new", strrchr(f->address, '/') + 1);
        fixture_psql(NULL, arena_fmt(&f->a, "CREATE DATABASE %s TEMPLATE template0", name));
        to = arena_fmt(
            &f->a, "%.*s/%s", (int)(strrchr(f->address, '/') - f->address), f->address, name);
        look_at_copy(f, copy, to);
        fixture_psql(NULL, arena_fmt(&f->a, "DROP DATABASE %s WITH (FORCE)", name));
        fixture_psql(NULL, arena_fmt(&f->a, "DROP ROLE %s_app, %s_sealed", name, name));
    } else {
        look_at_copy(f, copy, to);
    }
    assert_err(f, ERR_NOT_FOUND,
        store_restore(&f->a, "/nonexistent/copy", on_postgres ? f->address : copy));
}

static void a_damaged_file(void **state)
{
    struct fixture *f = *state;
    char *path = arena_fmt(&f->a, "%s/noise", f->dir), *to = arena_fmt(&f->a, "%s/to", f->dir);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 1000; i++) {
        fputs("this is no database ", file);
    }
    fclose(file);
    struct store_options o = fixture_options(f);
    struct store *s = NULL;
    o.address = path;
    assert_err(f, ERR_CORRUPT, store_open(&f->a, &o, &s));
    assert_err(f, ERR_CORRUPT, store_restore(&f->a, path, to));
    assert_int_equal(access(to, F_OK), -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest sqlite[] = {
        STORE_TEST(killed_under_load),
        STORE_TEST(a_copy_under_load),
        may_mount() ? (struct CMUnitTest)STORE_TEST(a_full_disk)
                    : SKIPPED_TEST(a_full_disk, "no small disk can be mounted here"),
        STORE_TEST(a_damaged_file),
    };
    const struct CMUnitTest postgres[] = {
        STORE_TEST(killed_under_load),
        STORE_TEST(a_copy_under_load),
        STORE_TEST(a_lost_connection),
    };
    return !fixture_main(argc, argv) ? 0 : on_postgres ? RUN_TESTS(postgres) : RUN_TESTS(sqlite);
}
