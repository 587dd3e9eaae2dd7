// SPDX-License-Identifier: Apache-2.0
// The plan that locking sealed is what runs, and whoever has the published files gets the same
// bytes.
#include "test_evaluations.h"

// Locking seals each measure's plan; what runs is that plan, and a change afterwards is stamped.
static void the_sealed_plan_is_what_runs(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot);
    chain_set("pilot", pilot, "state", value_text("planned"));
    chain_set("pilot", pilot, "plan_hash_text", VALUE_NULL);
    chain_set("pilot", pilot, "locked_at", VALUE_NULL);
    chain_set("pilot", pilot, "decision_rule", value_text("Scale if it pays."));
    chain_set("pilot", pilot, "effect_value_cents", value_money(20000, "USD"));
    chain_set("pilot", pilot, "place_cost_cents", value_money(1000, "USD"));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    chain_set("pilot", pilot, "state", value_text("evaluating"));
    chain_set("pilot", pilot, "locked_at", value_time((START - 1) * (int64_t)86400000));
    struct value sealed;
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.recorded",
                         ARGS(ARG("measure_id", value_id(measure))), &sealed),
        OK);
    const char *plan = value_get_text(&sealed, "plan_text", "");
    assert_non_null(strstr(plan, "\"horizon\":101"));
    assert_non_null(strstr(plan, "\"money\":{\"cost\":10,\"value\":200}"));
    assert_non_null(strstr(plan, "\"delta\":2"));
    int64_t id = run(pilot, measure);
    same_bytes(id);
    struct value result = result_of(id);
    const struct value *ran = value_get(&result, "run");
    assert_string_equal(
        value_get_text(ran, "plan", ""), value_get_text(&sealed, "plan_hash_text", "no"));
    assert_false(value_truthy(value_get(ran, "exploratory")));
    near(value_get_num(ran, "net_benefit", NAN), 5 * 200 - 10, 1e-9);
    assert_string_equal(room_text("evaluation", id, "verdict"), "scale");
    // Another size after the data, past the house's back: the engine sees another plan.
    chain_set("measure", measure, "worthwhile_num", value_num(1));
    id = run(pilot, measure);
    result = result_of(id);
    assert_true(value_truthy(value_get(value_get(&result, "run"), "exploratory")));
    assert_true(departs(id, "changed-without-amendment"));
    same_bytes(id);
}

// Twelve places over ten weeks before and eight after; in every other one the pilot adds ADDED.
static int64_t over_time(const char *analysis, int treated, double added, int64_t *ret_pilot)
{
    int64_t pilot = pilot_of("effect", "comparison"), measure = measure_of(pilot, "number", 2, NAN),
            batch = batch_of(measure, "published");
    chain_set("pilot", pilot, "ends_on", value_date(START + 55)); // eight weeks
    for (int i = 0; i < 12; i++) {
        unit(measure, i + 1, i >= treated, VALUE_NULL);
        for (int week = -10; week < 8; week++) {
            double wave = (week % 3) + 0.02 * ((i * 7 + week * 5 + 80) % 11);
            double x = 20 + 0.5 * i + wave + (i < treated && week >= 0 ? added : 0);
            reading(measure, batch, i + 1, 7 * week + 1, 1, x - 0.5, NAN);
            reading(measure, batch, i + 1, 7 * week + 4, 1, x + 0.5, NAN);
        }
    }
    chain_set("pilot", pilot, "state", value_text("planned"));
    chain_set("pilot", pilot, "analysis", value_text(analysis));
    chain_set("pilot", pilot, "decision_rule", value_text("Scale if it pays."));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    chain_set("pilot", pilot, "state", value_text("evaluating"));
    chain_set("pilot", pilot, "locked_at", value_time((START - 100) * (int64_t)86400000));
    *ret_pilot = pilot;
    return measure;
}

static void places_over_time(void **state)
{
    static const struct {
        const char *analysis;
        int treated;
    } all[] = { { "attgt", 6 }, { "synth", 1 }, { "sdid", 1 } };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        int64_t pilot, measure = over_time(all[i].analysis, all[i].treated, 4, &pilot);
        int64_t id = run(pilot, measure);
        assert_string_equal(room_text("evaluation", id, "method"), "panel");
        near(num(id, "estimate_num"), 4, 0.6);
        same_bytes(id);
        struct value result = result_of(id);
        const struct value *ran = value_get(&result, "run");
        assert_string_equal(value_get_text(ran, "method", ""), all[i].analysis);
        assert_int_equal(value_get_int(ran, "horizon", 0), 8);
        assert_string_equal(value_get_text(ran, "stage", ""), "horizon");
    }
}

// What the command line draws of the published files, the office keeps, in each language.
static void the_pictures_are_the_engines(void **state)
{
    int64_t pilot, measure = over_time("synth", 1, 4, &pilot), id = run(pilot, measure);
    struct value row;
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.run_kept",
                         ARGS(ARG("evaluation_id", value_id(id))), &row),
        OK);
    char *plan = kept(value_get_text(&row, "plan_text", "")), *data = kept(csv_of(id));
    char *effect = kept(""), *course = kept("");
    static char words[][16] = { "evaluate", "--plan", "--data", "--plot", "--plot-course",
        "--plot-unit", "points" };
    char *argv[] = { words[0], words[1], plan, words[2], data, words[3], effect, words[4], course,
        words[5], words[6], NULL };
    FILE *nowhere = fopen("/dev/null", "w");
    assert_int_equal(ph_cli_main(11, argv, nowhere, stderr), 0);
    fclose(nowhere);
    static const char *const which[] = { "effect", "course" };
    const char *drawn[] = { effect, course };
    for (size_t i = 0; i < 2; i++) {
        struct value picture = picture_of(id, "en", which[i]),
                     spanish = picture_of(id, "es", which[i]);
        char file[1 << 17] = "";
        FILE *in = fopen(drawn[i], "r");
        assert_true(fread(file, 1, sizeof(file) - 1, in) > 1000);
        fclose(in);
        const char *svg = value_get_text(&picture, "svg", "");
        const char *there = value_get_text(&spanish, "svg", "");
        assert_string_equal(strchr(between(svg, "<desc", "</desc>"), '>'),
            strchr(between(file, "<desc", "</desc>"), '>'));
        assert_string_not_equal(strchr(between(svg, "<desc", "</desc>"), '>'),
            strchr(between(there, "<desc", "</desc>"), '>'));
        assert_true(value_len(value_get(&picture, "rows")) > 0);
        assert_int_equal(
            value_len(value_get(&picture, "rows")), value_len(value_get(&spanish, "rows")));
    }
    unlink(plan), unlink(data), unlink(effect), unlink(course);
    // A comparison of changes has no course, and says so by having none.
    measure = compared("comparison", &pilot);
    id = run(pilot, measure);
    assert_int_equal(picture_of(id, "en", "course").kind, V_NULL);
    assert_int_equal(picture_of(id, "en", "effect").kind, V_OBJECT);
}

// To end a pilot by what is seen is a look: its plan decides at the end that was planned.
static void an_end_brought_forward_waits(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot);
    chain_set("pilot", pilot, "state", value_text("planned"));
    chain_set("pilot", pilot, "locked_at", VALUE_NULL);
    chain_set("pilot", pilot, "decision_rule", value_text("Scale if it pays."));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    chain_set("pilot", pilot, "state", value_text("evaluating"));
    chain_set("pilot", pilot, "locked_at", value_time((START - 1) * (int64_t)86400000));
    chain_set("pilot", pilot, "ends_on", value_date(START + 40));
    int64_t id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "reason_code"), "too-early");
    same_bytes(id);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sealed_plan_is_what_runs),
        cmocka_unit_test(an_end_brought_forward_waits),
        cmocka_unit_test(places_over_time),
        cmocka_unit_test(the_pictures_are_the_engines),
    };
    return ROOM_TESTS(tests);
}
