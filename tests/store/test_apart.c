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

static enum err read_located(struct fixture *f, struct db *db, int64_t id, struct value *ret_row)
{
    struct value rows;
    TRY(db_record_sql(db, &f->a, "wide", id,
        "SELECT t.* FROM wide t WHERE t.city = :city AND t.id = :id", ARGS(ARG("id", value_id(id))),
        &rows));
    *ret_row = value_len(&rows) ? *value_at(&rows, 0) : VALUE_NULL;
    return OK;
}

static void begin_located(struct fixture *f, struct db *db, int64_t id)
{
    struct value row;
    assert_ok(f, db_begin(db, &f->a, DB_WRITE));
    assert_ok(f, db_locate(db, &f->a, "wide", id));
    assert_ok(f, read_located(f, db, id, &row));
    assert_int_equal(value_get_int(&row, "id", 0), id);
}

static void insert(struct fixture *f, struct db *db, int64_t id)
{
    assert_ok(f, db_insert(db, &f->a, "wide", false,
                     ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)),
                         ARG("state", value_text("draft")), ARG("created_at", value_time(0)),
                         ARG("changed_at", value_time(0)), ARG("a", long_text(f, 'x')))));
}

// Each has read a record and makes another, all on one leaf of the key: by the key each would seem
// to have read what the other makes.
static void changes_beside_new_records(void **state)
{
    struct fixture *f = *state;
    struct db *other = fixture_db(f, f->store);
    add(f, 1, MANY);
    fixture_psql(f, "ANALYZE wide");
    for (int64_t last = MANY; last < MANY + 2 * TURNS; last += 2) {
        begin_located(f, f->db, last - 1);
        begin_located(f, other, last);
        insert(f, f->db, last + 1);
        insert(f, other, last + 2);
        change(f, f->db, last - 1);
        change(f, other, last);
        assert_ok(f, db_commit(f->db, &f->a));
        assert_ok(f, db_commit(other, &f->a));
    }
    db_close(other);
}

static void a_located_record_is_changed_by_others(void **state)
{
    struct fixture *f = *state;
    struct db *other = fixture_db(f, f->store);
    int64_t changed;
    add(f, 1, FEW);
    begin_located(f, f->db, 1);
    begin_located(f, other, 1);
    change(f, f->db, 1);
    assert_ok(f, db_commit(f->db, &f->a));
    assert_err(f, ERR_RETRY,
        db_update(other, &f->a, "wide", false, 1, 1, ARGS(ARG("a", value_text("lost"))), &changed));
    db_rollback(other);
    // each decides by what the other changes
    begin_located(f, f->db, 1);
    begin_located(f, other, 2);
    look(f, f->db, 2);
    look(f, other, 1);
    assert_ok(
        f, db_update(f->db, &f->a, "wide", false, 1, 0, ARGS(ARG("a", value_text("a"))), NULL));
    assert_ok(
        f, db_update(other, &f->a, "wide", false, 2, 0, ARGS(ARG("a", value_text("b"))), NULL));
    assert_ok(f, db_commit(f->db, &f->a));
    assert_err(f, ERR_RETRY, db_commit(other, &f->a));
    db_close(other);
}

static void places_that_are_not_there(void **state)
{
    struct fixture *f = *state;
    struct value row;
    int64_t changed = 0;
    add(f, 1, FEW);
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE)); // another record than was located
    assert_ok(f, db_locate(f->db, &f->a, "wide", 1));
    assert_ok(f, read_located(f, f->db, 2, &row));
    assert_int_equal(value_get_int(&row, "id", 0), 2);
    change(f, f->db, 2);
    assert_ok(f, read_located(f, f->db, 1, &row)); // after a change
    assert_int_equal(value_get_int(&row, "id", 0), 1);
    change(f, f->db, 1);
    assert_ok(f, db_update(f->db, &f->a, "wide", false, 1, 2, ARGS(ARG("b", value_text("twice"))),
                     &changed));
    assert_int_equal(changed, 1);
    assert_ok(f, read_located(f, f->db, 1, &row)); // it has moved
    assert_string_equal(value_get_text(&row, "b", ""), "twice");
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE));
    assert_ok(f, db_locate(f->db, &f->a, "wide", 77)); // there is none
    assert_ok(f, read_located(f, f->db, 77, &row));
    assert_int_equal(row.kind, V_NULL);
    insert(f, f->db, 77);
    assert_ok(f, db_locate(f->db, &f->a, "wide", 77)); // too late to be of use
    assert_ok(f, read_located(f, f->db, 77, &row));
    assert_int_equal(value_get_int(&row, "id", 0), 77);
    change(f, f->db, 77);
    assert_ok(f, db_commit(f->db, &f->a));
    assert_ok(f, db_begin(f->db, &f->a, DB_WRITE)); // never asked
    assert_ok(f, db_locate(f->db, &f->a, "wide", 1));
    assert_ok(f, db_commit(f->db, &f->a));
    begin_located(f, f->db, 2);
    db_rollback(f->db);
    look(f, f->db, 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_of_different_records, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_in_a_small_table, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_of_one_record, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_beside_new_records, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_located_record_is_changed_by_others, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(places_that_are_not_there, setup, fixture_teardown),
    };
    return fixture_main(argc, argv) ? RUN_TESTS(tests) : 0;
}
