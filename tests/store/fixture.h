// SPDX-License-Identifier: Apache-2.0
// A database of its own for each test, on SQLite or on the PostgreSQL that script/with-postgres
// started.
#pragma once

#include "store.h"

#include "../unit/check.h"

#include <string.h>

struct fixture {
    struct arena a; // words and rows of the test
    char dir[64];   // a folder of its own
    char *address;
    struct queries *queries;
    struct store *store;
    struct db *db; // city 7, viewer 99, now 1000, audience 0
};

extern bool on_postgres;

// Makes a database with the tests' schema and queries.
int fixture_setup(void **state);
int fixture_teardown(void **state);
// The same without a schema or an open store.
int fixture_bare(void **state);
struct store_options fixture_options(const struct fixture *f);
struct store *fixture_open(struct fixture *f, const struct store_options *o);
struct db *fixture_db(struct fixture *f, struct store *s);
void fixture_context(struct db *db, int audience);
extern const struct migration fixture_migrations[2];

// Both say what went wrong in words.
#define assert_ok(f, expression)                                                                   \
    do {                                                                                           \
        enum err e_ = (expression);                                                                \
        if (e_ != OK) {                                                                            \
            fail_msg("%s: %s: %s", #expression, err_name(e_), (f)->a.detail ? (f)->a.detail : ""); \
        }                                                                                          \
    } while (0)
#define assert_err(f, code, expression)                                                            \
    do {                                                                                           \
        enum err e_ = (expression);                                                                \
        if (e_ != (code)) {                                                                        \
            fail_msg("%s: %s, not %s: %s", #expression, err_name(e_), err_name(code),              \
                (f)->a.detail ? (f)->a.detail : "");                                               \
        }                                                                                          \
    } while (0)

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define BARE_TEST(name)  cmocka_unit_test_setup_teardown(name, fixture_bare, fixture_teardown)
// Looks at argv[1], "sqlite" or "postgres"; false when there is no PostgreSQL to test on.
bool fixture_main(int argc, char **argv);
// Runs SQL on PostgreSQL as the tests' role, in the fixture's database or (NULL) in the first one;
// returns the first cell or "".
const char *fixture_psql(struct fixture *f, const char *sql);

// One thing with that id, in a transaction of its own; runs it again when the store asks for it.
enum err fixture_add(struct db *db, struct arena *a, int64_t id);
int64_t fixture_count(struct fixture *f, struct db *db);
// Closes the store, so that the process may fork; and opens it again.
void fixture_close(struct fixture *f);
void fixture_reopen(struct fixture *f);
