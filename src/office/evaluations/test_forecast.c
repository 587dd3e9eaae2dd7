// SPDX-License-Identifier: Apache-2.0
// What a plan can tell is worked out before it is locked, from what somebody said or what is on
// record, shown, and kept with what was sealed; the command line gives the same figures.
#include "test_evaluations.h"

#include "evaluations/forecast.h"

static int64_t planned(const char *type, const char *design, int sites, int64_t *ret_measure)
{
    int64_t pilot = pilot_of(type, design);
    *ret_measure = measure_of(pilot, "number", 2, NAN);
    chain_set("pilot", pilot, "state", value_text("planned"));
    chain_set("pilot", pilot, "decision_rule", value_text("Scale if it pays."));
    for (int i = 0; i < sites; i++) {
        (void)raw("site", "active",
            ARGS(ARG("pilot_id", value_id(pilot)), ARG("title", value_text("Corner")),
                ARG("is_comparison", value_bool(i % 2 == 1))));
    }
    return pilot;
}

static void work_out(int64_t pilot)
{
    int n = 0;
    room_as(ROLE_STAFF);
    room_act("pilot.forecast", pilot, NULL);
    assert_int_equal(jobs_run_due(room.office, &room.arena, &n), OK);
}

static struct value shown(int64_t pilot, bool is_locked)
{
    struct value data = value_object(&room.arena);
    room_as(ROLE_STAFF);
    assert_int_equal(evaluations_plans(&room.ctx, pilot, is_locked, &data), OK);
    return data;
}

static struct value first_plan(int64_t pilot, bool is_locked)
{
    struct value data = shown(pilot, is_locked);
    const struct value *list = value_get(&data, "sealed_plans");
    assert_true(value_len(list) > 0);
    return *value_at(list, 0);
}

static bool says(const struct value *part, const char *list, const char *words)
{
    const struct value *lines = value_get(part, list);
    for (size_t i = 0; i < value_len(lines); i++) {
        if (strstr(value_get_text(value_at(lines, i), "line", ""), words)) {
            return true;
        }
    }
    return false;
}

static struct value kept_forecast(int64_t measure)
{
    struct value row, forecast;
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.kept_forecast",
                         ARGS(ARG("measure_id", value_id(measure))), &row),
        OK);
    const char *text = value_get_text(&row, "forecast_text", "");
    assert_int_equal(json_read(&room.arena, text, strlen(text), 1 << 20, &forecast), OK);
    return forecast;
}

// The same figures by the command line, from the sealed text and the options that are shown.
static void same_figures(const char *plan_text, const struct value *forecast)
{
    char *plan = kept(plan_text), *out = NULL;
    static char words[][16] = { "simulate", "--plan" };
    char *argv[40] = { words[0], words[1], plan };
    int argc = 3;
    char *rest = arena_strdup(&room.arena, value_get_text(forecast, "command", ""));
    for (char *word = strtok_r(rest, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    size_t len = 0;
    struct value told;
    FILE *to = open_memstream(&out, &len);
    assert_int_equal(ph_cli_main(argc, argv, to, stderr), 0);
    fclose(to);
    assert_int_equal(json_read(&room.arena, out, len - (out[len - 1] == '\n'), 1 << 20, &told), OK);
    const struct value *ours = value_get(forecast, "truths"), *theirs = value_get(&told, "truths");
    assert_true(value_len(ours) >= 2);
    assert_int_equal(value_len(ours), value_len(theirs));
    for (size_t i = 0; i < value_len(ours); i++) {
        static const char *const all[] = { "truth", "scale", "stop", "cannot_tell", "covered" };
        for (size_t k = 0; k < ARRAY_LEN(all); k++) {
            near(value_get_num(value_at(ours, i), all[k], NAN),
                value_get_num(value_at(theirs, i), all[k], NAN), 1e-9);
        }
    }
    free(out);
    unlink(plan);
}

// ---- tests
// ---------------------------------------------------------------------------------------

static void it_is_shown_and_kept(void **state)
{
    int64_t measure, pilot = planned("effect", "comparison", 40, &measure);
    chain_set("measure", measure, "spread_num", value_num(2));
    struct value before = first_plan(pilot, false), part = *value_get(&before, "forecast");
    assert_true(value_truthy(value_get(&part, "is_missing")));
    assert_false(value_truthy(value_get(&before, "is_asked")));
    assert_true(says(&part, "lines", "80 of 100"));
    // 20 and 20 sites, changes spread by 2, delta 2: d = 1, two-sided 5%: power 0.869 (Cohen).
    assert_true(says(&part, "lines", "87 of 100"));
    assert_true(says(&part, "assumed", "the pilot’s sites"));
    assert_true(says(&part, "assumed", "as the plan says"));
    room_as(ROLE_STAFF);
    room_act("pilot.forecast", pilot, NULL);
    before = first_plan(pilot, false);
    assert_true(value_truthy(value_get(&before, "is_asked")));
    int n = 0;
    assert_int_equal(jobs_run_due(room.office, &room.arena, &n), OK);
    assert_true(n >= 1);
    before = first_plan(pilot, false);
    part = *value_get(&before, "forecast");
    assert_false(value_truthy(value_get(&before, "is_asked")));
    assert_false(value_truthy(value_get(&part, "is_missing")));
    assert_false(value_truthy(value_get(&part, "is_weak")));
    assert_true(says(&part, "lines", "If it truly does nothing, this plan would say scale in"));
    assert_int_equal(value_len(value_path(&part, "rates.table.rows")), 4);
    assert_true(value_len(value_get(&before, "summary")) >= 8);
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    struct value after = first_plan(pilot, true), forecast = kept_forecast(measure);
    assert_string_equal(value_get_text(&after, "text", "?"), value_get_text(&before, "text", ""));
    assert_int_equal(value_len(value_path(&after, "forecast.rates.table.rows")), 4);
    const struct value *nothing = value_at(value_get(&forecast, "truths"), 0);
    assert_true(value_get_num(nothing, "scale", 1) < 0.05);
    assert_true(value_get_num(nothing, "stop", 0) > 0.5);
    same_figures(value_get_text(&after, "text", ""), &forecast);
}

// Who locks before the job has run has it worked out then; what can hardly answer needs a reason.
static void a_weak_plan_needs_a_reason(void **state)
{
    int64_t measure, pilot = planned("effect", "comparison", 8, &measure);
    chain_set("measure", measure, "spread_num", value_num(4));
    struct value plan = first_plan(pilot, false);
    assert_true(value_truthy(value_path(&plan, "forecast.is_weak")));
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "pilot.lock", pilot, NULL);
    assert_string_equal(room.outcome.errors[0].name, "weak_reason");
    room_act("pilot.lock", pilot, "weak_reason=Only four corners have the signal.", NULL);
    struct value forecast = kept_forecast(measure), data = shown(pilot, true);
    assert_true(value_len(value_get(&forecast, "truths")) == 4);
    assert_true(value_get_num(&forecast, "power", 1) < 0.5);
    assert_string_equal(
        value_get_text(&data, "weak_reason", ""), "Only four corners have the signal.");
}

// A habit is no knowledge: it is said to be one, and asks for no reason.
static void habits_are_said(void **state)
{
    int64_t measure, pilot = planned("effect", "comparison", 8, &measure);
    struct value plan = first_plan(pilot, false), part = *value_get(&plan, "forecast");
    assert_true(value_truthy(value_get(&part, "is_weak")));
    assert_true(says(&part, "assumed", "nobody said it"));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    // Without places nothing can be worked out, and that is said.
    pilot = planned("effect", "comparison", 0, &measure);
    plan = first_plan(pilot, false);
    assert_non_null(strstr(value_get_text(value_get(&plan, "forecast"), "lacks", ""), "how many"));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
}

// Twelve places read four times before the start, with levels 10, 11, …, 21 that stay: their spread
// is that of 1 to 12, sqrt(13), and one half of the time is like the other.
static void earlier_readings_tell(void **state)
{
    int64_t measure, pilot = planned("effect", "comparison", 0, &measure);
    int64_t batch = batch_of(measure, "published");
    for (int i = 0; i < 12; i++) {
        unit(measure, i + 1, i >= 6, VALUE_NULL);
        for (int day = -40; day < 0; day += 10) {
            reading(measure, batch, i + 1, day, 1, 10 + i + (day % 20 ? 0.25 : -0.25), NAN);
        }
        reading(measure, batch, i + 1, 3, 1, 1000, NAN); // after the start: no news of before
    }
    work_out(pilot);
    struct value plan = first_plan(pilot, false), part = *value_get(&plan, "forecast");
    assert_true(says(&part, "assumed", "3.61"));
    assert_true(says(&part, "assumed", "from earlier readings"));
    assert_true(says(&part, "assumed", "0.99 of 1"));
    room_as(ROLE_STAFF);
    room_act("pilot.lock", pilot, NULL);
    struct value forecast = kept_forecast(measure);
    near(value_get_num(value_get(&forecast, "assumed"), "spread", NAN), sqrt(13), 1e-6);
    near(value_get_num(value_get(&forecast, "assumed"), "units", NAN), 6, 0);
}

// The answer to the same question is recalled, not reckoned again; to another it isn't.
static void the_same_question_is_reckoned_once(void **state)
{
    int64_t measure, pilot = planned("effect", "before_after", 20, &measure);
    struct value row, measures, forecast;
    struct evaluation_sealed sealed;
    const struct arg *which = ARGS(ARG("pilot_id", value_id(pilot)));
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.plan_now", which, &row), OK);
    assert_int_equal(db_rows(room.db, &room.arena, "evaluation.to_seal", which, &measures), OK);
    const struct value *one = value_at(&measures, 0);
    assert_int_equal(evaluation_seal(&room.ctx, &row, one, ANALYSIS_UNITS, &sealed), OK);
    assert_int_equal(forecast_of(&room.ctx, &row, one, &sealed, false, &forecast), OK);
    value_set(&room.arena, &forecast, "why_not", value_text("Recalled."));
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(forecast_keep(&room.ctx, &forecast), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    work_out(pilot);
    struct value plan = first_plan(pilot, false);
    assert_string_equal(value_get_text(value_get(&plan, "forecast"), "why_not", ""), "Recalled.");
    chain_set("measure", measure, "spread_num", value_num(3));
    plan = first_plan(pilot, false);
    assert_true(value_truthy(value_path(&plan, "forecast.is_missing")));
}

// Every way that a plan can name is worked out, and says what harm and good it would do.
static void every_way_is_worked_out(void **state)
{
    static const struct {
        const char *type, *design, *analysis, *measure;
        double worthwhile, target;
    } all[] = {
        { "effect", "before_after", "units", "number", 2, NAN },
        { "effect", "before_after", "one_place", "number", 2, NAN },
        { "effect", "randomised", "changes", "number", 2, NAN },
        { "effect", "randomised", "after", "number", 2, NAN },
        { "effect", "comparison", "shares", "proportion", 0.2, NAN },
        { "effect", "comparison", "attgt", "number", 2, NAN },
        { "effect", "comparison", "synth", "number", 2, NAN },
        { "effect", "comparison", "sdid", "number", 2, NAN },
        { "feasibility", "none", NULL, "proportion", NAN, 0.8 },
        { "accuracy", "none", NULL, "number", 2, NAN },
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        int64_t measure, pilot = planned(all[i].type, all[i].design, 24, &measure);
        chain_set("pilot", pilot, "analysis", value_text(all[i].analysis));
        chain_set("measure", measure, "type", value_text(all[i].measure));
        chain_set("measure", measure, "worthwhile_num", value_num(all[i].worthwhile));
        chain_set("measure", measure, "target_num", value_num(all[i].target));
        chain_set("measure", measure, "each_n", value_int(all[i].target > 0 ? 30 : 0));
        if (str_eq(all[i].analysis, "after")) {
            chain_set("pilot", pilot, "looks_n", value_int(2));
        }
        work_out(pilot);
        struct value plan = first_plan(pilot, false), part = *value_get(&plan, "forecast");
        const char *why = value_get_text(&part, "why_not", NULL);
        if (why || value_get(&part, "lacks")) {
            fail_msg("%s %s: %s", all[i].type, all[i].analysis ? all[i].analysis : "",
                why ? why : value_get_text(&part, "lacks", ""));
        }
        assert_true(value_len(value_path(&part, "rates.table.rows")) >= 2);
        assert_true(value_len(value_get(&part, "lines")) >= 2);
        assert_true(value_len(value_get(&plan, "summary")) >= 8);
        room_as(ROLE_STAFF);
        room_act("pilot.lock", pilot, "weak_reason=It is all there is.", NULL);
        struct value forecast = kept_forecast(measure), sealed = first_plan(pilot, true);
        same_figures(value_get_text(&sealed, "text", ""), &forecast);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_shown_and_kept),
        cmocka_unit_test(a_weak_plan_needs_a_reason),
        cmocka_unit_test(habits_are_said),
        cmocka_unit_test(earlier_readings_tell),
        cmocka_unit_test(the_same_question_is_reckoned_once),
        cmocka_unit_test(every_way_is_worked_out),
    };
    return ROOM_TESTS(tests);
}
