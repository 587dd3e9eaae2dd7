// SPDX-License-Identifier: Apache-2.0
// An evaluation is worked out before its transaction: other people write meanwhile, and what they
// write is reckoned in or said to be missing.
#include "chain.h"

#include "clock.h"
#include "evaluations_private.h"
#include "rooms.h"

#include <math.h>

// The room as it is, but for what happens while a run reckons.
static enum err (*prepare)(struct act *a);
static int prepared, writes;
static int64_t written_to;
static const char *written_command;

// Another person's act, on a handle of its own: it would wait for ever, or be refused, if the run
// held the writer.
static void write_meanwhile(void)
{
    struct ctx other = room.ctx;
    struct arena memory;
    struct outcome outcome;
    arena_init(&memory, 16 << 20);
    other.arena = &memory;
    assert_int_equal(db_open(room.office->store, &memory, &other.db), OK);
    ctx_bind(&other);
    struct value values = value_object(&memory);
    if (str_eq(written_command, "batch.add")) {
        value_set(&memory, &values, "measure_id", value_id(written_to));
        value_set(&memory, &values, "unit", value_text("late"));
        value_set(&memory, &values, "read_at", value_time(clock_now() - writes * CLOCK_HOUR));
        value_set(&memory, &values, "value_num", value_num(0));
    } else {
        value_set(&memory, &values, "code", value_text("u1"));
        value_set(&memory, &values, "is_comparison", value_bool(true));
    }
    bool is_new = str_eq(written_command, "batch.add");
    enum err e =
        act_run_values(&other, written_command, is_new ? 0 : written_to, &values, &outcome);
    if (e != OK) {
        fail_msg("%s: %s", err_name(e), memory.detail ? memory.detail : "");
    }
    db_close(other.db);
    arena_release(&memory);
    ctx_bind(&room.ctx);
}

static enum err prepare_and_write(struct act *a)
{
    TRY(prepare(a));
    prepared++;
    if (writes > 0) {
        write_meanwhile();
        writes--;
    }
    return OK;
}

static int64_t pilot(void)
{
    room_as(ROLE_STAFF);
    return room_act("pilot.backfill", 0, "title=Ramps", "question=Do they?",
        room_fmt("department_id=%s", room_id(room.department)), "origin=department",
        "origin_reason=Own idea", "stage=evaluating", "type=feasibility", "starts_on=2020-01-01",
        NULL);
}

static int64_t measure(int64_t of)
{
    return room_act("measure.add", 0, room_fmt("pilot_id=%s", room_id(of)), "title=Passable",
        "unit=share of ramps", "type=proportion", "direction=higher", "role=primary",
        "target_num=0.9", NULL);
}

static int64_t read_once(int64_t of, const char *unit, const char *at, const char *value)
{
    return room_act("batch.add", 0, room_fmt("measure_id=%s", room_id(of)),
        room_fmt("unit=%s", unit), room_fmt("read_at=%s", at), room_fmt("value_num=%s", value),
        NULL);
}

// With twenty readings, one of them 0.
static int64_t read_measure(int64_t of)
{
    int64_t m = measure(of);
    for (int i = 0; i < 20; i++) {
        read_once(m, room_fmt("u%d", i % 5), room_fmt("2020-02-%02dT12:00", i + 1), i ? "1" : "0");
    }
    prepared = writes = 0;
    written_to = m;
    written_command = "batch.add";
    return m;
}

static int64_t versions(int64_t of)
{
    int64_t n = -1;
    assert_int_equal(db_int(room.db, &room.arena, "evaluation.readings_rev",
                         ARGS(ARG("measure_id", value_id(of))), &n),
        OK);
    return n;
}

static int64_t run(int64_t of, int64_t m)
{
    return room_act("evaluation.run", 0, room_fmt("pilot_id=%s", room_id(of)),
        room_fmt("measure_id=%s", room_id(m)), NULL);
}

static bool overtaken(int64_t evaluation)
{
    struct value row;
    bool is;
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.page",
                         ARGS(ARG("evaluation_id", value_id(evaluation))), &row),
        OK);
    assert_int_equal(evaluation_is_overtaken(&room.ctx, &row, &is), OK);
    return is;
}

static void what_came_meanwhile_is_reckoned_in(void **state)
{
    int64_t p = pilot(), m = read_measure(p);
    int64_t first = run(p, m);
    assert_int_equal(prepared, 1);
    assert_int_equal(room_int("evaluation", first, "n"), 5);
    writes = 1;
    int64_t second = run(p, m);
    assert_int_equal(prepared, 3);
    assert_int_equal(room_int("evaluation", second, "n"), 6); // the late one's unit, too
    assert_int_equal(room_int("evaluation", second, "readings_rev_n"), versions(m));
    assert_string_equal(room_text("evaluation", first, "state"), "superseded");
    assert_false(overtaken(second));
}

static void what_is_measured_may_change_meanwhile(void **state)
{
    int64_t p = pilot(), m = read_measure(p);
    written_command = "measure.describe_unit";
    writes = 1;
    int64_t e = run(p, m);
    assert_int_equal(prepared, 2);
    assert_int_equal(room_int("evaluation", e, "n"), 4); // u1 stands for comparison now
}

static void readings_that_never_stop(void **state)
{
    int64_t p = pilot(), m = read_measure(p);
    int64_t first = run(p, m);
    writes = 99;
    room_refuse(ERR_STATE, "evaluation.run", 0, room_fmt("pilot_id=%s", room_id(p)),
        room_fmt("measure_id=%s", room_id(m)), NULL);
    assert_true(chain_says("changes faster than it can be worked out"));
    assert_int_equal(prepared, 4);
    assert_string_equal(room_text("evaluation", first, "state"), "computed"); // nothing half-done
    assert_true(overtaken(first));
}

static void what_came_afterwards_is_said(void **state)
{
    int64_t p = pilot(), m = read_measure(p);
    int64_t e = run(p, m);
    assert_false(overtaken(e));
    int64_t batch = read_once(m, "u1", "2020-03-01T12:00", "0");
    assert_true(overtaken(e));
    room_as(ROLE_EXECUTIVE);
    room_refuse(ERR_STATE, "evaluation.check", e, NULL);
    assert_true(chain_says("Evaluate the measure again"));
    room_as(ROLE_STAFF);
    room_act("batch.undo", batch, "reason=wrong ramp", NULL);
    assert_true(overtaken(e)); // the same readings count again, but nobody can tell by looking
    e = run(p, m);
    assert_false(overtaken(e));
    room_as(ROLE_EXECUTIVE);
    room_act("evaluation.check", e, NULL);
    // A file that is being read counts for nothing, so it overtakes nothing.
    room_as(ROLE_STAFF);
    struct value values = value_object(&room.arena);
    value_set(&room.arena, &values, "title", value_text("File"));
    value_set(&room.arena, &values, "measure_id", value_id(m));
    value_set(&room.arena, &values, "source", value_text("csv"));
    chain_act("batch.open", 0, &values);
    assert_false(overtaken(e));
}

static void the_plan_that_was_run_is_named(void **state)
{
    int64_t p = pilot(), m = read_measure(p);
    int64_t e = run(p, m);
    const char *then = room_text("evaluation", e, "plan_run_hash_text");
    assert_int_equal(strlen(then), 64);
    room_act("measure.edit", m, "title=Passable", "unit=share of ramps", "type=proportion",
        "direction=higher", "role=primary", "target_num=0.8", NULL);
    assert_string_not_equal(room_text("evaluation", run(p, m), "plan_run_hash_text"), then);
}

// ---- pairs with a reference
// ----------------------------------------------------------------------------------

static struct value pairs_of(size_t n, const double *value, const double *reference)
{
    uint8_t *missing = arena_array(&room.arena, uint8_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        missing[i] = (uint8_t)(isnan(value[i]) != 0);
    }
    struct evaluation_data d = { .method = METHOD_LIMITS, .rows = n };
    d.columns[0] = (struct ph_column){ .kind = PH_REAL, .real = value, .missing = missing };
    d.columns[1] = (struct ph_column){ .kind = PH_REAL, .real = reference };
    return evaluation_pairs(&room.ctx, &d);
}

static double part(const struct value *list, size_t i, size_t j)
{
    const struct value *v = value_at(value_at(list, i), j);
    return v->kind == V_INT ? (double)v->n : v->x;
}

static void pairs_keep_their_sums_however_many(void **state)
{
    enum { MANY = 5000 };
    static double value[MANY], reference[MANY];
    double sum = 0;
    for (int i = 0; i < MANY; i++) {
        reference[i] = (i * 7919) % 1000;
        value[i] = reference[i] + (i % 21) - 8;
        sum += value[i] - reference[i];
    }
    struct value all = pairs_of(MANY, value, reference);
    const struct value *points = value_get(&all, "points"), *ranges = value_get(&all, "ranges");
    assert_in_range(value_len(points), 100, 960);
    double n = 0, differences = 0;
    for (size_t i = 0; i < value_len(points); i++) {
        n += part(points, i, 2);
        differences += part(points, i, 1) * part(points, i, 2);
    }
    assert_true(n == MANY);
    assert_true(fabs(differences - sum) < 1e-3 * fabs(sum));
    assert_int_equal(value_len(ranges), 5);
    int64_t counted = 0;
    for (size_t i = 0; i < 5; i++) {
        const struct value *range = value_at(ranges, i);
        counted += value_get_int(range, "n", 0);
        assert_true(value_get_num(range, "low", NAN) == -8);
        assert_true(value_get_num(range, "high", NAN) == 12);
    }
    assert_int_equal(counted, MANY);
}

static void few_pairs_and_none(void **state)
{
    double value[] = { 3, NAN, 3, 3 }, reference[] = { 1, 1, 1, 1 };
    struct value all = pairs_of(4, value, reference);
    assert_int_equal(value_get_int(&all, "n", 0), 3);
    assert_int_equal(value_len(value_get(&all, "points")), 3);
    assert_int_equal(value_len(value_get(&all, "ranges")), 1);
    assert_int_equal(pairs_of(0, value, reference).kind, V_NULL);
    assert_int_equal(pairs_of(1, value + 1, reference).kind, V_NULL);
}

// The office's rooms, with a prepare of our own in one command.
static const struct room *const *patched(void)
{
    static const struct room *rooms[32];
    static struct room evaluations;
    static struct kind kind;
    static const struct kind *kinds[2] = { &kind };
    static struct command commands[8];
    for (size_t i = 0; office_rooms[i]; i++) {
        rooms[i] = office_rooms[i] == &evaluations_room ? &evaluations : office_rooms[i];
    }
    evaluations = evaluations_room;
    kind = *evaluations_room.kinds[0];
    for (size_t i = 0; kind.commands[i].name; i++) {
        commands[i] = kind.commands[i];
    }
    prepare = commands[0].prepare;
    commands[0].prepare = prepare_and_write;
    kind.commands = commands;
    evaluations.kinds = kinds;
    return rooms;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_meanwhile_is_reckoned_in),
        cmocka_unit_test(what_is_measured_may_change_meanwhile),
        cmocka_unit_test(readings_that_never_stop),
        cmocka_unit_test(what_came_afterwards_is_said),
        cmocka_unit_test(the_plan_that_was_run_is_named),
        cmocka_unit_test(pairs_keep_their_sums_however_many),
        cmocka_unit_test(few_pairs_and_none),
    };
    room_rooms = patched();
    return ROOM_TESTS(tests);
}
