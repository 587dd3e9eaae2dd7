// SPDX-License-Identifier: Apache-2.0
// Looks before the end: one monitor a measure, kept from look to look, bit for bit.
#include "test_evaluations.h"

#include "pictures.h"

enum { UNITS = 40, DAYS = 100 };

static int64_t today(void)
{
    return clock_now() / CLOCK_DAY;
}

// The I-th unit's one reading: every other one has it, and more of what is measured.
static double value_of_unit(int i)
{
    return 20 + (i * 37 % 11) * 0.3 + (i % 2 ? 0 : 4);
}

static void read_units(int64_t measure, int64_t batch, int64_t first_day, int from, int to)
{
    for (int i = from; i < to; i++) {
        unit(measure, i + 1, i % 2, VALUE_NULL);
        reading(measure, batch, i + 1, (int)(first_day - START) + i / 4, 1, value_of_unit(i), NAN);
    }
}

// A pilot that began AGO days back, its plan locked with three looks.
static int64_t looked_at(int64_t ago, int64_t *ret_pilot)
{
    int64_t pilot = pilot_of("effect", "randomised"), measure = measure_of(pilot, "number", 2, NAN);
    chain_set("pilot", pilot, "state", value_text("planned"));
    chain_set("pilot", pilot, "starts_on", value_date(today() - ago));
    chain_set("pilot", pilot, "ends_on", value_date(today() - ago + DAYS - 1));
    chain_set("pilot", pilot, "decision_rule", value_text("Scale if it pays."));
    chain_set("pilot", pilot, "analysis", value_text("after"));
    chain_set("pilot", pilot, "looks_n", value_int(3));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    chain_set("pilot", pilot, "state", value_text("running"));
    chain_set("pilot", pilot, "locked_at", value_time((today() - ago - 1) * CLOCK_DAY));
    *ret_pilot = pilot;
    return measure;
}

static struct value monitor_of(int64_t measure)
{
    struct value row;
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.monitor",
                         ARGS(ARG("measure_id", value_id(measure))), &row),
        OK);
    return row;
}

static struct value looks_of(int64_t evaluation)
{
    struct value rows;
    room_as(ROLE_STAFF);
    assert_int_equal(db_rows(room.db, &room.arena, "evaluation.looks",
                         ARGS(ARG("evaluation_id", value_id(evaluation))), &rows),
        OK);
    return rows;
}

// The state after all rows of the evaluation's table in one go, by the engine alone.
static const char *state_at_once(int64_t evaluation)
{
    double after[UNITS], tried[UNITS];
    size_t n = 0;
    char *text = arena_strdup(&room.arena, csv_of(evaluation)), *rest = NULL;
    char *line = strtok_r(text, "\r\n", &rest); // unit,area,tried,after,as_of
    while ((line = strtok_r(NULL, "\r\n", &rest)) && n < UNITS) {
        char *at = strchr(strchr(line, ',') + 1, ',') + 1;
        tried[n] = strtod(at, &at);
        after[n++] = strtod(at + 1, NULL);
    }
    const struct ph_column columns[] = { { .kind = PH_REAL, .real = after },
        { .kind = PH_REAL, .real = tried } };
    const struct ph_frame frame = { .rows = n, .columns = 2, .column = columns };
    struct ph_monitor_options o = PH_MONITOR_OPTIONS;
    struct ph_monitor_columns which = { 0, 1, PH_NONE };
    struct ph_monitor monitor;
    struct ph_context *engine = ph_context_new(NULL);
    char state[PH_MONITOR_TEXT_MAX];
    o.level = 1 - (1 - 0.95) * 0.2;
    o.tuned_for = 200;
    o.design = PH_DESIGN_RANDOMISED;
    assert_int_equal(ph_monitor_start(engine, &o, &monitor), PH_OK);
    assert_int_equal(ph_monitor_push(engine, &monitor, &frame, &which), PH_OK);
    assert_int_equal(ph_monitor_save(engine, &monitor, state), PH_OK);
    ph_context_free(engine);
    return arena_strdup(&room.arena, state);
}

static void a_look_goes_on_where_the_last_one_stopped(void **state)
{
    int64_t pilot, measure = looked_at(30, &pilot), batch = batch_of(measure, "published");
    read_units(measure, batch, today() - 30, 0, 20);
    int64_t id = run(pilot, measure);
    struct value looks = looks_of(id), kept = monitor_of(measure);
    assert_int_equal(value_len(&looks), 1);
    assert_int_equal(value_get_int(&kept, "rows_n", 0), 20);
    read_units(measure, batch, today() - 30, 20, UNITS);
    id = run(pilot, measure);
    looks = looks_of(id);
    kept = monitor_of(measure);
    assert_int_equal(value_len(&looks), 2);
    const struct value *last = value_at(&looks, 1);
    assert_int_equal(value_get_int(last, "is_replayed", 1), 0);
    assert_int_equal(value_get_int(last, "tried_n", 0), UNITS / 2);
    assert_string_equal(value_get_text(&kept, "state_text", ""), state_at_once(id));
    // What the sealed plan says of the same rows is the same interval, and the files give it again.
    assert_true(num(id, "low_num") == value_get_num(last, "low_num", NAN));
    assert_true(num(id, "high_num") == value_get_num(last, "high_num", NAN));
    same_bytes(id);
    struct value result = result_of(id),
                 figure = evaluation_looks_figure(&room.ctx, &looks, value_get(&result, "plan"));
    assert_non_null(strstr(value_get(&figure, "svg")->text, "Band: 99% interval"));
    // The same look twice is one.
    assert_int_equal(value_len((looks = looks_of(run(pilot, measure)), &looks)), 2);
}

static void a_corrected_reading_is_taken_anew(void **state)
{
    int64_t pilot, measure = looked_at(30, &pilot), batch = batch_of(measure, "published");
    read_units(measure, batch, today() - 30, 0, 20);
    (void)run(pilot, measure);
    reading(measure, batch, 4, (int)(today() - 30 - START), 2, 35, NAN); // the fourth unit's, again
    read_units(measure, batch, today() - 30, 20, UNITS);
    int64_t id = run(pilot, measure);
    struct value looks = looks_of(id), kept = monitor_of(measure);
    assert_int_equal(value_len(&looks), 2);
    assert_int_equal(value_get_int(value_at(&looks, 1), "is_replayed", 0), 1);
    assert_string_equal(value_get_text(&kept, "state_text", ""), state_at_once(id));
    // One that came late, before the others in time, too.
    unit(measure, 99, true, VALUE_NULL);
    reading(measure, batch, 99, (int)(today() - 30 - START), 1, 21, NAN);
    looks = looks_of(run(pilot, measure));
    assert_int_equal(value_get_int(value_at(&looks, 2), "is_replayed", 0), 1);
}

// Who looked and who didn't come to the same end.
static void looks_do_not_change_the_end(void **state)
{
    int64_t pilots[2], measures[2], ids[2];
    for (int k = 0; k < 2; k++) {
        measures[k] = looked_at(30, &pilots[k]);
        int64_t batch = batch_of(measures[k], "published");
        for (int i = 0; i < UNITS; i += 10) {
            read_units(measures[k], batch, today() - 30, i, i + 10);
            if (k == 0) {
                (void)run(pilots[k], measures[k]);
            }
        }
        chain_set("pilot", pilots[k], "starts_on", value_date(today() - 30 - DAYS));
        chain_set("pilot", pilots[k], "ends_on", value_date(today() - 1));
        chain_set("pilot", pilots[k], "state", value_text("evaluating"));
        ids[k] = run(pilots[k], measures[k]);
    }
    assert_int_equal(value_get_int((struct value[]){ monitor_of(measures[0]) }, "looks_n", 0), 4);
    assert_true(num(ids[0], "estimate_num") == num(ids[1], "estimate_num"));
    assert_true(num(ids[0], "low_num") == num(ids[1], "low_num"));
    assert_string_equal(
        room_text("evaluation", ids[0], "verdict"), room_text("evaluation", ids[1], "verdict"));
}

static int64_t evaluations_of(int64_t measure)
{
    struct value rows;
    room_as_system();
    assert_int_equal(
        db_rows_sql(room.db, &room.arena,
            "SELECT e.id FROM evaluation e WHERE e.city = :city AND e.measure_id = :measure_id",
            ARGS(ARG("measure_id", value_id(measure))), &rows),
        OK);
    return (int64_t)value_len(&rows);
}

// Of three looks in a hundred days the second came: once, whatever was missed before.
static void the_clock_looks_when_the_plan_says(void **state)
{
    int64_t pilot, measure = looked_at(60, &pilot), batch = batch_of(measure, "published");
    read_units(measure, batch, today() - 60, 0, UNITS);
    struct value nothing = value_object(&room.arena);
    for (int i = 0; i < 3; i++) {
        room_as_system();
        assert_int_equal(evaluations_look(&room.ctx, &nothing), OK);
        assert_int_equal(evaluations_of(measure), 1);
    }
    struct value kept = monitor_of(measure);
    assert_int_equal(value_get_int(&kept, "looks_n", 0), 1);
    // None is due in the first quarter, and none of plans without looks.
    measure = looked_at(10, &pilot);
    read_units(measure, batch_of(measure, "published"), today() - 10, 0, 8);
    room_as_system();
    assert_int_equal(evaluations_look(&room.ctx, &nothing), OK);
    assert_int_equal(evaluations_of(measure), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_goes_on_where_the_last_one_stopped),
        cmocka_unit_test(a_corrected_reading_is_taken_anew),
        cmocka_unit_test(looks_do_not_change_the_end),
        cmocka_unit_test(the_clock_looks_when_the_plan_says),
    };
    return ROOM_TESTS(tests);
}
