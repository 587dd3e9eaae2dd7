// SPDX-License-Identifier: Apache-2.0
// Changes whose result nobody waits for go with what comes next.
#include "fixture.h"

static void later(struct fixture *f, int64_t id, const char *title)
{
    assert_ok(f, db_insert_later(f->db, &f->a, "thing",
                     ARGS(ARG("id", value_id(id)), ARG("title", value_text(title)))));
}

static void changes_that_go_with_what_comes_next(void **state)
{
    struct fixture *f = *state;
    struct value row;
    int64_t n = 0;
    const struct arg *none = NO_ARGS;
    assert_err(f, ERR_INTERNAL, db_insert_later(f->db, &f->a, "thing", none));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int64_t id = 1; id <= 20; id++) { // more than wait for one another
        later(f, id, arena_fmt(&f->a, "thing %lld", (long long)id));
    }
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n)); // sees what came before
    assert_int_equal(n, 20);
    assert_ok(
        f, db_update_later(f->db, &f->a, "thing", 7, 1, ARGS(ARG("title", value_text("changed")))));
    later(f, 21, "last");
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_row(f->db, &f->a, "thing.one", ARGS(ARG("id", value_id(7))), &row));
    assert_string_equal(value_get_text(&row, "title", ""), "changed");
    assert_int_equal(value_get_int(&row, "rev", 0), 2);
    // a key that is taken shows at the commit at the latest, and nothing is kept
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    later(f, 30, "before it");
    enum err e = db_insert_later(
        f->db, &f->a, "thing", ARGS(ARG("id", value_id(21)), ARG("title", value_text("twice"))));
    assert_err(f, ERR_EXISTS, e == OK ? db_commit(f->db, &f->a) : e);
    db_rollback(f->db);
    // … or at the next question
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    e = db_insert_later(
        f->db, &f->a, "thing", ARGS(ARG("id", value_id(21)), ARG("title", value_text("twice"))));
    assert_err(f, ERR_EXISTS, e == OK ? db_int(f->db, &f->a, "thing.count", NO_ARGS, &n) : e);
    assert_err(f, ERR_EXISTS, db_commit(f->db, &f->a));
    // what waits is undone with the rest
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    later(f, 31, "undone");
    db_rollback(f->db);
    assert_ok(f, db_begin(f->db, &f->a, DB_MOVE));
    later(f, 32, "kept");
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_int(f->db, &f->a, "thing.count", NO_ARGS, &n));
    assert_int_equal(n, 22);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(changes_that_go_with_what_comes_next),
    };
    return fixture_main(argc, argv) ? RUN_TESTS(tests) : 0;
}
