// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: who changes one record isn't in the way of who changes another, though acts are
// SERIALIZABLE.
#include "fixture.h"

enum { FEW = 2, MANY = 600, TURNS = 20 };

// As wide as records are: the wider, the longer the server takes any index for as good as the key.
static const char wide_text[] =
    "CREATE TABLE wide (@record, a @text, b @text, c @text, d @text, e @text, f @text, g @text,\n"
    "    h @text, i @text, j @text, k @text, l @text, m @text, n @text, PRIMARY KEY (city, id)\n"
    ") @strict;\n"
    "CREATE INDEX wide_state ON wide (city, state, id);\n"
    "CREATE INDEX wide_owner ON wide (city, owner_id);\n";
static const struct migration migrations[] = {
    { 1, "0001_wide.sql", wide_text, sizeof(wide_text) - 1 },
};

static int setup(void **state)
{
    fixture_bare(state);
    struct fixture *f = *state;
    struct store_options o = fixture_options(f);
    o.migrations = migrations;
    o.n_migrations = ARRAY_LEN(migrations);
    f->store = fixture_open(f, &o);
    assert_ok(f, store_migrate(f->store, &f->a, NULL));
    f->db = fixture_db(f, f->store);
    return 0;
}

static struct value long_text(struct fixture *f, char c)
{
    char *text = arena_alloc(&f->a, 651);
    memset(text, c, 650);
    text[650] = 0;
    return value_text(text);
}

static void add(struct fixture *f, int64_t from, int64_t to)
{
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    for (int64_t id = from; id <= to; id++) {
        assert_ok(f, db_insert(f->db, &f->a, "wide", false,
                         ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)),
                             ARG("state", value_text("draft")), ARG("created_at", value_time(0)),
                             ARG("changed_at", value_time(0)), ARG("a", long_text(f, 'x')))));
    }
    assert_ok(f, db_commit(f->db, &f->a));
}

static void look(struct fixture *f, struct db *db, int64_t id)
{
    struct value rows;
    assert_ok(
        f, db_rows_sql(db, &f->a, "SELECT t.* FROM wide t WHERE t.city = :city AND t.id = :id",
               ARGS(ARG("id", value_id(id))), &rows));
    assert_int_equal(value_len(&rows), 1);
}

static void change(struct fixture *f, struct db *db, int64_t id)
{
    int64_t changed = 0;
    assert_ok(
        f, db_update(db, &f->a, "wide", false, id, 1, ARGS(ARG("a", long_text(f, 'y'))), &changed));
    assert_int_equal(changed, 1);
}

static void change_both(struct fixture *f, struct db *other, int64_t one, int64_t two)
{
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_begin(other, &f->a, DB_WRITE));
    look(f, f->db, one);
    look(f, other, two);
    change(f, f->db, one);
    change(f, other, two);
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_commit(other, &f->a));
}

static void changes_of_different_records(void **state)
{
    struct fixture *f = *state;
    struct db *other = fixture_db(f, f->store);
    add(f, 1, FEW);
    for (int i = 0; i < 10; i++) { // plans are made and kept
        look(f, f->db, 1);
        look(f, other, FEW);
    }
    add(f, FEW + 1, MANY);
    for (int64_t i = 0; i < TURNS; i++) {
        change_both(f, other, 100 + i, 200 + i); // on one leaf of the key
    }
    db_close(other);
}

static void changes_in_a_small_table(void **state)
{
    struct fixture *f = *state;
    struct db *other = fixture_db(f, f->store);
    add(f, 1, 2 * TURNS);
    fixture_psql(f, "ANALYZE wide"); // so the server knows how small it is
    for (int64_t i = 1; i <= TURNS; i++) {
        change_both(f, other, i, i + TURNS);
    }
    db_close(other);
}

// The same record is another matter.
static void changes_of_one_record(void **state)
{
    struct fixture *f = *state;
    struct db *other = fixture_db(f, f->store);
    int64_t changed;
    add(f, 1, FEW);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_begin(other, &f->a, DB_WRITE));
    look(f, f->db, 1);
    look(f, other, 1);
    change(f, f->db, 1);
    assert_ok(f, db_commit(f->db, &f->a));
    assert_err(f, ERR_RETRY,
        db_update(other, &f->a, "wide", false, 1, 1, ARGS(ARG("a", value_text("lost"))), &changed));
    db_rollback(other);
    db_close(other);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_of_different_records, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_in_a_small_table, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_of_one_record, setup, fixture_teardown),
    };
    return fixture_main(argc, argv) ? RUN_TESTS(tests) : 0;
}
