// SPDX-License-Identifier: Apache-2.0
#include "chain.h"

#include "clock.h"
#include "import.h"
#include "readings.h"

static int64_t pilot(void)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "title", value_text("Sensors in bins"));
    value_set(&room.arena, &v, "question", value_text("Do fuller bins get emptied sooner?"));
    value_set(&room.arena, &v, "department_id", value_id(room.department));
    value_set(&room.arena, &v, "origin", value_text("department"));
    value_set(&room.arena, &v, "origin_reason", value_text("An idea of the crew."));
    room_as(ROLE_STAFF);
    return chain_act("pilot.propose", 0, &v);
}

static int64_t measure(int64_t of, const char *more)
{
    room_as(ROLE_STAFF);
    return room_act("measure.add", 0, room_fmt("pilot_id=%s", room_id(of)), "title=Overflows",
        "unit=bins a day", "type=number", "direction=lower", "role=primary", "baseline_num=4.5",
        more ? more : "cadence=daily", NULL);
}

static int64_t add(int64_t of, const char *unit, const char *at, const char *value)
{
    return room_act("batch.add", 0, room_fmt("measure_id=%s", room_id(of)),
        room_fmt("unit=%s", unit), room_fmt("read_at=%s", at), room_fmt("value_num=%s", value),
        NULL);
}

static struct value summary(int64_t of)
{
    struct value row;
    assert_int_equal(db_row(room.db, &room.arena, "readings.summary",
                         ARGS(ARG("measure_id", value_id(of))), &row),
        OK);
    return row;
}

static int64_t counted(int64_t of)
{
    struct value row = summary(of);
    return value_get_int(&row, "n", -1);
}

static double mean(int64_t of)
{
    struct value row = summary(of);
    return value_get_num(&row, "mean_num", -1);
}

// ---- measures
// ------------------------------------------------------------------------------------

static void test_locked_plan(void **state)
{
    int64_t p = pilot(), m = measure(p, NULL);
    room_act("measure.edit", m, "worthwhile_num=0.5", NULL);
    room_refuse(ERR_INVALID, "measure.edit", m, "worthwhile_num=-1", NULL);
    room_refuse(ERR_STATE, "measure.correct", m, "worthwhile_num=1", "reason=x", NULL);

    chain_set("pilot", p, "locked_at", value_time(clock_now()));
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "measure.edit", m, "worthwhile_num=1", NULL);
    room_refuse(ERR_STATE, "measure.set_baseline", m, "baseline_num=5", NULL);
    room_refuse(ERR_STATE, "measure.retire", m, "reason=x", NULL);
    room_refuse(ERR_INVALID, "measure.add", 0, room_fmt("pilot_id=%s", room_id(p)), "title=Other",
        "unit=x", "type=number", "direction=lower", "role=primary", NULL);
    room_refuse(ERR_INVALID, "measure.correct", m, "worthwhile_num=1", NULL); // no reason
    room_act("measure.correct", m, "worthwhile_num=1", "reason=A slip of the pen", NULL);
    room_as_system();
    int64_t n = 0;
    struct value rows;
    assert_int_equal(db_rows(room.db, &room.arena, "pilot.amendments",
                         ARGS(ARG("pilot_id", value_id(p))), &rows),
        OK);
    n = (int64_t)value_len(&rows);
    assert_int_equal(n, 1);

    room_as(ROLE_STAFF);
    add(m, "BIN-1", "2026-03-01T10:00:00Z", "3");
    room_refuse(ERR_STATE, "measure.correct", m, "worthwhile_num=2", "reason=Too late", NULL);
}

static void test_baseline_may_come_late(void **state)
{
    int64_t p = pilot();
    int64_t m = room_act("measure.add", 0, room_fmt("pilot_id=%s", room_id(p)), "title=Overflows",
        "unit=bins", "type=proportion", "direction=lower", "role=primary", NULL);
    chain_set("pilot", p, "locked_at", value_time(clock_now()));
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "measure.set_baseline", m, "baseline_num=1.5", NULL);
    room_act("measure.set_baseline", m, "baseline_num=0.5", NULL);
    room_refuse(ERR_STATE, "measure.set_baseline", m, "baseline_num=0.4", NULL);
}

// ---- readings by form
// ----------------------------------------------------------------------------

static void test_corrections_are_kept(void **state)
{
    int64_t m = measure(pilot(), NULL);
    add(m, "BIN-1", "2026-03-01T10:00:00Z", "3");
    add(m, "BIN-2", "2026-03-01T10:00:00Z", "5");
    int64_t fixed = add(m, "BIN-1", "2026-03-01T10:00:00Z", "4");
    assert_int_equal(room_int("batch", fixed, "corrects_n"), 1);
    assert_int_equal(counted(m), 2);
    assert_float_equal(mean(m), 4.5, 1e-12);
    // Undone, the earlier value counts again; done again, the correction does.
    room_refuse(ERR_INVALID, "batch.undo", fixed, NULL);
    room_act("batch.undo", fixed, "reason=It was right", NULL);
    assert_int_equal(counted(m), 2);
    assert_float_equal(mean(m), 4.0, 1e-12);
    room_act("batch.redo", fixed, "reason=It was wrong after all", NULL);
    assert_float_equal(mean(m), 4.5, 1e-12);
    assert_string_equal(room_text("batch", fixed, "state"), "published");
}

static void test_values_that_cannot_be(void **state)
{
    int64_t m = measure(pilot(), NULL);
    room_refuse(ERR_INVALID, "batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        "value_num=1", NULL);
    room_refuse(ERR_INVALID, "batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        "read_at=2026-03-01T10:00:00Z", "value_num=nan", NULL);
    room_refuse(ERR_INVALID, "batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        room_fmt("read_at=%s", room_time(30 * (int64_t)CLOCK_DAY)), "value_num=1", NULL);
    room_act("measure.retire", m, "reason=Another is better", NULL);
    room_refuse(ERR_STATE, "batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        "read_at=2026-03-01T10:00:00Z", "value_num=1", NULL);
}

// ---- who sees, who may
// ---------------------------------------------------------------------------

static void test_public_only_when_released(void **state)
{
    int64_t p = pilot(), m = measure(p, NULL);
    int64_t b = add(m, "BIN-1", "2026-03-01T10:00:00Z", "3");
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("measure", m).kind, V_NULL);
    assert_int_equal(room_get("batch", b).kind, V_NULL);
    chain_set("pilot", p, "announced_at", value_time(clock_now()));
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("measure", m).kind, V_OBJECT);
    assert_int_equal(room_get("batch", b).kind, V_NULL);
    chain_set("pilot", p, "released_at", value_time(clock_now()));
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("batch", b).kind, V_OBJECT);
    room_as(ROLE_STAFF);
    room_act("batch.undo", b, "reason=Wrong bin", NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("batch", b).kind, V_NULL);
}

static void test_link_for_who_brings_them(void **state)
{
    int64_t p = pilot(), m = measure(p, NULL);
    int64_t vendor = room_person("Bin Vendor", ROLE_APPLICANT);
    room_as_person(vendor);
    room_refuse(ERR_INVALID, "batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        "read_at=2026-03-01T10:00:00Z", "value_num=1", NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "measure.ask", m, NULL);
    chain_set("measure", m, "responsible_id", value_id(vendor));
    chain_no_letters();
    room_as(ROLE_STAFF);
    room_act("measure.ask", m, NULL);
    const char *to, *letter = chain_letter(&to);
    assert_non_null(strstr(letter, "waited for"));
    room_as_person(vendor);
    int64_t b = add(m, "A", "2026-03-01T10:00:00Z", "1");
    assert_string_equal(room_text("batch", b, "source"), "link");
    room_refuse(ERR_DENIED, "batch.undo", b, "reason=x", NULL);
    // Another measure of the same pilot isn't theirs.
    int64_t other = measure(p, NULL);
    room_as_person(vendor);
    room_refuse(ERR_INVALID, "batch.add", 0, room_fmt("measure_id=%s", room_id(other)), "unit=A",
        "read_at=2026-03-01T10:00:00Z", "value_num=1", NULL);
    // A liaison of another department neither.
    room_as_person(room.other_liaison);
    room_refuse(ERR_DENIED, "batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        "read_at=2026-03-02T10:00:00Z", "value_num=1", NULL);
}

static void test_late_readings_need_somebody(void **state)
{
    int64_t p = pilot(), m = measure(p, "cadence=daily");
    struct value rows;
    chain_set("pilot", p, "starts_on", value_date(clock_now() / CLOCK_DAY - 10));
    room_as(ROLE_STAFF);
    const struct arg *none = NO_ARGS;
    assert_int_equal(db_rows(room.db, &room.arena, "measure.late", none, &rows), OK);
    size_t before = value_len(&rows);
    chain_set("pilot", p, "state", value_text("running"));
    room_as(ROLE_STAFF);
    assert_int_equal(db_rows(room.db, &room.arena, "measure.late", none, &rows), OK);
    assert_int_equal(value_len(&rows), before + 1);
    add(m, "BIN-1", room_time(-CLOCK_HOUR), "3");
    assert_int_equal(db_rows(room.db, &room.arena, "measure.late", none, &rows), OK);
    assert_int_equal(value_len(&rows), before);
}

// ---- what the evaluations ask
// --------------------------------------------------------------------

static void test_sums_pushed_into_sql(void **state)
{
    int64_t m = measure(pilot(), NULL);
    room_act("measure.describe_unit", m, "code=C", "is_comparison=yes", NULL);
    add(m, "A", "2026-03-01T10:00:00Z", "1");
    add(m, "A", "2026-03-02T10:00:00Z", "3");
    add(m, "A", "2026-03-10T10:00:00Z", "7");
    add(m, "C", "2026-03-10T12:00:00Z", "9");
    int64_t undone = add(m, "C", "2026-03-11T12:00:00Z", "100");
    room_act("batch.undo", undone, "reason=Spilled", NULL);
    int64_t split = civil_days(2026, 3, 5) * CLOCK_DAY;
    struct value rows;
    assert_int_equal(db_rows(room.db, &room.arena, "readings.by_unit_period",
                         ARGS(ARG("measure_id", value_id(m)), ARG("split_at", value_time(split)),
                             ARG("from_at", VALUE_NULL), ARG("to_at", VALUE_NULL)),
                         &rows),
        OK);
    assert_int_equal(value_len(&rows), 3);
    const struct value *c = value_at(&rows, 0), *before = value_at(&rows, 1),
                       *after = value_at(&rows, 2);
    assert_string_equal(value_get_text(c, "code", ""), "C"); // described first
    assert_int_equal(value_get_int(c, "is_comparison", 0), 1);
    assert_string_equal(value_get_text(before, "period", ""), "before");
    assert_int_equal(value_get_int(before, "n", 0), 2);
    assert_float_equal(value_get_num(before, "mean_num", 0), 2.0, 1e-12);
    assert_float_equal(value_get_num(after, "mean_num", 0), 7.0, 1e-12);

    assert_int_equal(db_rows(room.db, &room.arena, "readings.series",
                         ARGS(ARG("measure_id", value_id(m)), ARG("step_n", value_int(CLOCK_DAY)),
                             ARG("origin_n", value_int(0))),
                         &rows),
        OK);
    assert_int_equal(value_len(&rows), 3);
    const struct value *last = value_at(&rows, 2);
    assert_int_equal(value_get_int(last, "start_at", 0), civil_days(2026, 3, 10) * CLOCK_DAY);
    assert_float_equal(value_get_num(last, "mean_num", 0), 8.0, 1e-12);

    room_act("batch.add", 0, room_fmt("measure_id=%s", room_id(m)), "unit=A",
        "read_at=2026-04-01T10:00:00Z", "value_num=2", "reference_num=2.5", NULL);
    assert_int_equal(db_rows(room.db, &room.arena, "readings.pairs",
                         ARGS(ARG("measure_id", value_id(m))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 1);
    assert_float_equal(value_get_num(value_at(&rows, 0), "reference_num", 0), 2.5, 1e-12);
    assert_int_equal(db_rows(room.db, &room.arena, "readings.by_area",
                         ARGS(ARG("measure_id", value_id(m))), &rows),
        OK);
    assert_int_equal(value_get_int(value_at(&rows, 0), "n", 0), 5);
    assert_int_equal(db_rows(room.db, &room.arena, "readings.latest",
                         ARGS(ARG("measure_id", value_id(m))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 2);
    assert_string_equal(value_get_text(value_at(&rows, 0), "code", ""), "A");
}

// ---- batches that overlap
// ------------------------------------------------------------------------------------

static int64_t stage(int64_t of, const char *csv)
{
    struct import *im;
    struct import_result r;
    static const struct import_options later = { .publish = false };
    assert_int_equal(import_new(&room.ctx, of, &later, "test.csv", "test.csv", &im), OK);
    assert_int_equal(import_feed(im, csv, strlen(csv)), OK);
    assert_int_equal(import_end(im, &r), OK);
    import_free(im);
    return r.batch;
}

static int64_t would_replace(int64_t of, int64_t batch)
{
    struct value row;
    assert_int_equal(
        db_row(room.db, &room.arena, "batch.replaced",
            ARGS(ARG("measure_id", value_id(of)), ARG("batch_id", value_id(batch))), &row),
        OK);
    return value_get_int(&row, "n", -1);
}

#define AT_TEN    "2026-01-01T10:00,A,"
#define AT_ELEVEN "2026-01-01T11:00,A,"

static void test_what_is_published_last_counts(void **state)
{
    int64_t m = measure(pilot(), NULL);
    int64_t first = stage(m, "time,unit,value\n" AT_TEN "1\n" AT_ELEVEN "1\n");
    int64_t second = stage(m, "time,unit,value\n" AT_TEN "5\n");
    assert_int_equal(would_replace(m, first), 0);
    room_act("batch.publish", second, NULL);
    assert_float_equal(mean(m), 5, 1e-12);
    assert_int_equal(would_replace(m, first), 1); // the page says so before it is published
    room_act("batch.publish", first, NULL);
    assert_int_equal(counted(m), 2);
    assert_float_equal(mean(m), 1, 1e-12); // uploaded first, published last
    room_act("batch.undo", first, "reason=wrong bin", NULL);
    assert_float_equal(mean(m), 5, 1e-12);
    room_act("batch.redo", first, "reason=it was right", NULL);
    assert_float_equal(mean(m), 1, 1e-12);
    room_act("batch.undo", second, "reason=a double", NULL);
    assert_int_equal(counted(m), 2);
    assert_float_equal(mean(m), 1, 1e-12);
    room_act("batch.redo", second, "reason=no double", NULL);
    assert_int_equal(counted(m), 2);
    assert_float_equal(mean(m), 3, 1e-12); // 5 at ten, 1 at eleven
    add(m, "A", "2026-01-01T10:00", "9");
    assert_float_equal(mean(m), 5, 1e-12); // a correction by form is published at once
    assert_int_equal(room_int("batch", second, "publish_n"), 4);
}

// Of batches from before publishings were numbered the one uploaded later counts, as it did.
static void test_what_was_published_before_the_order_was_kept(void **state)
{
    int64_t m = measure(pilot(), NULL);
    int64_t first = stage(m, "time,unit,value\n" AT_TEN "1\n");
    int64_t second = stage(m, "time,unit,value\n" AT_TEN "5\n");
    room_act("batch.publish", second, NULL);
    room_act("batch.publish", first, NULL);
    chain_set("batch", first, "publish_n", VALUE_NULL);
    chain_set("batch", second, "publish_n", VALUE_NULL);
    room_as(ROLE_STAFF);
    assert_float_equal(mean(m), 5, 1e-12);
    int64_t third = stage(m, "time,unit,value\n" AT_TEN "7\n");
    room_act("batch.publish", third, NULL);
    assert_int_equal(counted(m), 1);
    assert_float_equal(mean(m), 7, 1e-12);
}

// Just after a large file PostgreSQL knows nothing of its rows: what counts must be found without a
// join, whose order it would guess, and read all readings once for each batch.
static void test_what_counts_needs_no_guess(void **state)
{
    static const char sql[] = "EXPLAIN SELECT COUNT(*) FROM counted_reading r "
                              "WHERE r.city = :city AND r.measure_id = :measure_id";
    struct value rows;
    if (!store_is_postgres(room.office->store)) {
        return; // SQLite has no plan by guessed sizes here
    }
    room_as_system();
    assert_int_equal(
        db_rows_sql(room.db, &room.arena, sql, ARGS(ARG("measure_id", value_id(1))), &rows), OK);
    assert_true(value_len(&rows) > 3);
    for (size_t i = 0; i < value_len(&rows); i++) {
        const char *line = value_get_text(value_at(&rows, i), "QUERY PLAN", "");
        assert_true(*line);
        if (strstr(line, "Join") || strstr(line, "Loop")) {
            fail_msg("%s", line);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locked_plan),
        cmocka_unit_test(test_baseline_may_come_late),
        cmocka_unit_test(test_corrections_are_kept),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test(test_public_only_when_released),
        cmocka_unit_test(test_link_for_who_brings_them),
        cmocka_unit_test(test_late_readings_need_somebody),
        cmocka_unit_test(test_sums_pushed_into_sql),
        cmocka_unit_test(test_what_is_published_last_counts),
        cmocka_unit_test(test_what_was_published_before_the_order_was_kept),
        cmocka_unit_test(test_what_counts_needs_no_guess),
    };
    return ROOM_TESTS(tests);
}
