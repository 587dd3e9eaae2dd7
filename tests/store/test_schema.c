// SPDX-License-Identifier: Apache-2.0
// Migrations: forward only, whole or not at all, one process at a time.
#include "fixture.h"

#include "clock.h"
#include "driver.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct migration migration(int number, const char *name, const char *text)
{
    return (struct migration){ number, name, text, strlen(text) };
}

struct plan {
    struct migration list[4];
};

static struct plan plan(void)
{
    return (struct plan){ { fixture_migrations[0], fixture_migrations[1],
        migration(3, "0003_more.sql",
            "CREATE TABLE more (city @i64, note @text) @strict;\n"
            "INSERT INTO more (city, note) VALUES (7, 'a:b;c')"),
        { 0 } } };
}

static struct store *open_with(struct fixture *f, const struct migration *list, size_t n)
{
    struct store_options o = fixture_options(f);
    o.migrations = list;
    o.n_migrations = n;
    return fixture_open(f, &o);
}

static void step_by_step(void **state)
{
    struct fixture *f = *state;
    struct plan p = plan();
    int applied = -1;
    struct store *s = open_with(f, p.list, 2);
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a)); // empty
    assert_non_null(strstr(f->a.detail, "migrate"));
    assert_ok(f, store_migrate(s, &f->a, &applied));
    assert_int_equal(applied, 2);
    assert_ok(f, store_check_schema(s, &f->a));
    assert_ok(f, store_migrate(s, &f->a, &applied));
    assert_int_equal(applied, 0);
    store_close(s);
    s = open_with(f, p.list, 3);
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a)); // older
    assert_ok(f, store_migrate(s, &f->a, &applied));
    assert_int_equal(applied, 1);
    struct db *db = fixture_db(f, s);
    struct value rows;
    assert_ok(
        f, db_rows_sql(db, &f->a, "SELECT note FROM more WHERE city = :city", NO_ARGS, &rows));
    assert_string_equal(value_get_text(value_at(&rows, 0), "note", ""), "a:b;c");
    db_close(db);
    store_close(s);
    s = open_with(f, p.list, 2);
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a)); // newer
    assert_non_null(strstr(f->a.detail, "newer"));
    assert_err(f, ERR_INVALID, store_migrate(s, &f->a, NULL));
    store_close(s);
}

static void an_edited_one_is_refused(void **state)
{
    struct fixture *f = *state;
    struct plan p = plan();
    struct store *s = open_with(f, p.list, 2);
    assert_ok(f, store_migrate(s, &f->a, NULL));
    store_close(s);
    p.list[0] = migration(1, p.list[0].name, "CREATE TABLE thing (city @i64)");
    s = open_with(f, p.list, 3);
    assert_err(f, ERR_INVALID, store_migrate(s, &f->a, NULL));
    assert_non_null(strstr(f->a.detail, "0001_thing.sql"));
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a));
    store_close(s);
    for (int number = 0; number < 2; number++) { // one that doesn't come after the first
        p = plan();
        p.list[1].number = number;
        s = open_with(f, p.list, 3);
        assert_err(f, ERR_INVALID, store_migrate(s, &f->a, NULL));
        assert_err(f, ERR_INVALID, store_check_schema(s, &f->a));
        store_close(s);
    }
}

// Numbers have gaps, and what was kept free may be filled later.
static void gaps_are_filled(void **state)
{
    struct fixture *f = *state;
    struct plan p = plan();
    int applied = -1;
    p.list[2].number = 40;
    struct store *s = open_with(f, p.list, 3);
    assert_ok(f, store_migrate(s, &f->a, &applied));
    assert_int_equal(applied, 3);
    assert_ok(f, store_check_schema(s, &f->a));
    store_close(s);
    p.list[3] = p.list[2];
    p.list[2] = migration(7, "0007_between.sql", "CREATE TABLE between_two (city @i64) @strict");
    s = open_with(f, p.list, 4);
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a));
    assert_non_null(strstr(f->a.detail, "3 of 4"));
    assert_ok(f, store_migrate(s, &f->a, &applied));
    assert_int_equal(applied, 1);
    assert_ok(f, store_check_schema(s, &f->a));
    store_close(s);
    // To a program that doesn't know it, the database is newer.
    p.list[2] = p.list[3];
    s = open_with(f, p.list, 3);
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a));
    assert_non_null(strstr(f->a.detail, "newer"));
    store_close(s);
}

// A start looks at the schema while others write, while another process migrates, and where it may
// not write at all.
static void looking_takes_no_locks(void **state)
{
    struct fixture *f = *state;
    struct plan p = plan();
    struct store *s = open_with(f, p.list, 3);
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a)); // and makes nothing
    assert_err(f, ERR_INVALID, store_check_schema(s, &f->a));
    assert_ok(f, store_migrate(s, &f->a, NULL));
    struct migrator *m;
    assert_ok(f, s->driver->migrate_open(s, &f->a, &m));
    assert_ok(f, s->driver->migrate_begin(m, &f->a)); // holds all that a migration holds
    assert_ok(f, s->driver->migrate_sql(m, &f->a, "DELETE FROM schema_migration", NULL));
    int64_t before = clock_monotonic();
    assert_ok(f, store_check_schema(s, &f->a));
    assert_true(clock_monotonic() - before < 2000);
    s->driver->migrate_close(m);
    assert_ok(f, store_check_schema(s, &f->a));
    store_close(s);
}

static void a_broken_one_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    static const char *const broken[] = {
        "CREATE TABLE half (x @i64); CREATE TABLE half (x @i64)",
        "CREATE TABLE half (x @i64); COMMIT",
        "CREATE TABLE half (x @i64); -- and then\n /* */ COMMIT",
        "CREATE TABLE half (x @i64); ROLLBACK; BEGIN",
        "end; CREATE TABLE half (x @i64)",
        "CREATE TABLE half (x @nonsense)",
        "CREATE TABLE half (x @i64); SELECT 'open",
        "-- sealed: not-a-name\nCREATE TABLE half (x @i64)",
    };
    struct plan p = plan();
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        p.list[2] = migration(3, "0003_broken.sql", broken[i]);
        struct store *s = open_with(f, p.list, 3);
        if (store_migrate(s, &f->a, NULL) == OK) {
            fail_msg("applied: %s", broken[i]);
        }
        store_close(s);
    }
    p = plan();
    p.list[2] = migration(3, "0003_half.sql", "CREATE TABLE half (x @i64)");
    struct store *s = open_with(f, p.list, 3);
    assert_ok(f, store_migrate(s, &f->a, NULL));
    store_close(s);
}

static void killed_in_the_middle(void **state)
{
    struct fixture *f = *state;
    int status;
    struct plan p = plan();
    p.list[2] = migration(3, "0003_endless.sql",
        "CREATE TABLE half (x @i64);\n"
        "INSERT INTO half WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x "
        "< "
        "2000000000) SELECT x FROM c");
    struct store *s = open_with(f, p.list, 2);
    assert_ok(f, store_migrate(s, &f->a, NULL));
    store_close(s);
    pid_t pid = fork();
    if (pid == 0) {
        s = open_with(f, p.list, 3);
        _exit(store_migrate(s, &f->a, NULL) == OK ? 0 : 1);
    }
    usleep(400000);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status)); // it was in the middle
    p = plan();
    s = open_with(f, p.list, 2);
    assert_ok(f, store_check_schema(s, &f->a)); // the old schema, exactly
    store_close(s);
    s = open_with(f, p.list, 3);
    assert_ok(f, store_migrate(s, &f->a, NULL));
    struct db *db = fixture_db(f, s);
    struct value rows;
    assert_err(f, ERR_INTERNAL, db_rows_sql(db, &f->a, "SELECT x FROM half", NO_ARGS, &rows));
    db_close(db);
    store_close(s);
}

static void two_processes_at_once(void **state)
{
    struct fixture *f = *state;
    pid_t pids[4];
    struct plan p = plan();
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            int applied = 0;
            struct store *s = open_with(f, p.list, 3);
            enum err e = store_migrate(s, &f->a, &applied);
            if (e != OK) {
                print_error("%s\n", f->a.detail);
            }
            _exit(e == OK ? applied : 100);
        }
    }
    int applied = 0;
    for (int i = 0; i < 4; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        applied += WEXITSTATUS(status);
    }
    assert_int_equal(applied, 3);
    struct store *s = open_with(f, p.list, 3);
    assert_ok(f, store_check_schema(s, &f->a));
    store_close(s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(step_by_step),
        BARE_TEST(an_edited_one_is_refused),
        BARE_TEST(gaps_are_filled),
        BARE_TEST(looking_takes_no_locks),
        BARE_TEST(a_broken_one_leaves_nothing),
        BARE_TEST(killed_in_the_middle),
        BARE_TEST(two_processes_at_once),
    };
    return fixture_main(argc, argv) ? RUN_TESTS(tests) : 0;
}
