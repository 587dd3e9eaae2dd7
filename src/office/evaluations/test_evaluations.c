// SPDX-License-Identifier: Apache-2.0
#include "test_evaluations.h"

#include <pilothouse/evidence.h>
#include <unistd.h>

// Runs the command that the record names on the data that it keeps, as a resident would.
static struct value rerun(int64_t evaluation)
{
    char file[] = "/tmp/pilothouse-evaluation-XXXXXX";
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs(csv_of(evaluation), f);
    fclose(f);
    struct value result = result_of(evaluation);
    char *argv[32];
    int argc = 0;
    char *text = arena_strdup(&room.arena, value_get_text(&result, "command", "")), *rest;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = str_eq(word, "{file}") ? file : word;
    }
    char *out = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&out, &len);
    assert_int_equal(ph_cli_main(argc, argv, to, stderr), 0);
    fclose(to);
    struct value again;
    assert_int_equal(json_read(&room.arena, out, len - 1, 1 << 20, &again), OK);
    free(out);
    unlink(file);
    return again;
}

static void same_numbers(int64_t evaluation)
{
    if (has_run(evaluation)) {
        same_bytes(evaluation);
    }
    struct value again = rerun(evaluation);
    const struct value *interval = value_get(&again, "interval");
    near(value_get_num(&again, "estimate", NAN), num(evaluation, "estimate_num"), 1e-9);
    near(value_get_num(interval, "lo", NAN), num(evaluation, "low_num"), 1e-9);
    near(value_get_num(interval, "hi", NAN), num(evaluation, "high_num"), 1e-9);
}

// Eight units that changed by 1 to 8: mean 4.5, standard error sqrt(6/8), t of 7 degrees 2.364624.
static int64_t eight_units(int64_t measure)
{
    int64_t batch = batch_of(measure, "published");
    for (int i = 1; i <= 8; i++) {
        unit(measure, i, false, VALUE_NULL);
        reading(measure, batch, i, -20, 1, 10.0 * i - 1, NAN);
        reading(measure, batch, i, -10, 1, 10.0 * i + 1, NAN);
        reading(measure, batch, i, 10, 1, 11.0 * i, NAN);
    }
    return batch;
}

// ------------------------------------------------------------------------------------------------

static void before_and_after_by_hand(void **state)
{
    int64_t pilot = pilot_of("effect", "before_after"),
            measure = measure_of(pilot, "number", 2, NAN);
    int64_t batch = eight_units(measure), staged = batch_of(measure, "staged");
    lock(pilot);
    // What isn't published, was corrected, or came after the end doesn't count; nor does a unit
    // seen once.
    reading(measure, staged, 1, 11, 1, 9999, NAN);
    reading(measure, batch, 1, 12, 1, 9999, NAN);
    reading(measure, batch, 1, 12, 2, 11, NAN);
    reading(measure, staged, 1, 12, 3, 9999, NAN);
    reading(measure, batch, 1, 101, 1, 9999, NAN);
    unit(measure, 9, false, VALUE_NULL);
    reading(measure, batch, 9, 10, 1, 9999, NAN);
    int64_t id = run(pilot, measure);
    near(num(id, "estimate_num"), 4.5, 1e-9);
    near(num(id, "low_num"), 4.5 - 2.3646242515927844 * sqrt(0.75), 1e-9);
    near(num(id, "high_num"), 4.5 + 2.3646242515927844 * sqrt(0.75), 1e-9);
    assert_int_equal(room_int("evaluation", id, "n"), 8);
    assert_int_equal(room_int("evaluation", id, "dropped_n"), 1);
    assert_int_equal(room_int("evaluation", id, "evidence_level_n"), 2);
    assert_string_equal(room_text("evaluation", id, "grade"), "D");
    // Better, and likely worthwhile, but nobody can say what caused it.
    assert_string_equal(room_text("evaluation", id, "verdict"), "cannot_tell");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "grade-too-low");
    assert_string_equal(sentence_of(id),
        "Cannot tell: the change is large enough to be worth having, but nobody can say that this "
        "caused it. Diversion rose by 4.5 points (95% interval 2.45 to 6.55).");
    assert_string_equal(room_text("evaluation", id, "departures"), "");
    assert_int_equal(room_int("evaluation", id, "is_exploratory"), 0);
    struct value result = result_of(id);
    assert_int_equal(value_get_int(&result, "late", 0), 1);
    same_numbers(id);
}

static void no_worthwhile_effect_only_when_ruled_out(void **state)
{
    int64_t pilot = pilot_of("effect", "before_after"),
            measure = measure_of(pilot, "number", 6, NAN);
    eight_units(measure);
    lock(pilot);
    int64_t id = run(pilot, measure); // 2.45 to 6.55: six still fits
    assert_string_equal(room_text("evaluation", id, "verdict"), "cannot_tell");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "maybe-too-small");
    assert_null(strstr(sentence_of(id), "ruled out"));
    chain_set("measure", measure, "worthwhile_num", value_num(7));
    lock(pilot);
    id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "verdict"), "stop");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "worthwhile-ruled-out");
    assert_non_null(strstr(sentence_of(id), "as large as the 7 points"));
    chain_set("measure", measure, "worthwhile_num", VALUE_NULL);
    lock(pilot);
    id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "reason_code"), "no-worthwhile");
}

static void against_a_comparison_by_hand(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot), id = run(pilot, measure);
    double half = 2.4469118511449692 * sqrt(5.0 / 6);
    near(num(id, "estimate_num"), 5, 1e-9);
    near(num(id, "low_num"), 5 - half, 1e-9);
    near(num(id, "high_num"), 5 + half, 1e-9);
    assert_string_equal(room_text("evaluation", id, "verdict"), "scale");
    assert_string_equal(room_text("evaluation", id, "grade"), "B");
    assert_int_equal(room_int("evaluation", id, "evidence_level_n"), 3);
    same_numbers(id);
    measure = compared("randomised", &pilot);
    assert_string_equal(room_text("evaluation", run(pilot, measure), "grade"), "A");
}

static void what_changed_after_the_data_lowers_the_claim(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot);
    chain_set("pilot", pilot, "hypothesis", value_text("Another one."));
    int64_t id = run(pilot, measure);
    assert_true(departs(id, "changed-without-amendment"));
    assert_string_equal(room_text("evaluation", id, "grade"), "C");
    assert_int_equal(room_int("evaluation", id, "evidence_level_n"), 2);
    // The same recorded as an amendment made before data lowers nothing, and after, does.
    const char *json, *hash;
    room_as_system();
    assert_int_equal(pilot_plan(&room.ctx, pilot, &json, &hash), OK);
    int64_t amendment = raw("amendment", "made",
        ARGS(ARG("pilot_id", value_id(pilot)), ARG("text", value_text("Mended")),
            ARG("is_after_data", value_bool(false)), ARG("plan_hash_text", value_text(hash))));
    id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "departures"), "amended-before-data");
    assert_string_equal(room_text("evaluation", id, "grade"), "B");
    assert_int_equal(room_int("evaluation", id, "evidence_level_n"), 3);
    chain_set("amendment", amendment, "is_after_data", value_bool(true));
    id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "departures"), "amended-after-data");
    assert_string_equal(room_text("evaluation", id, "grade"), "C");
}

// A pilot planned and locked by its own commands, so that the ledger knows it.
static int64_t locked_by_acts(int64_t *ret_measure)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "title", value_text("Bins that call"));
    value_set(&room.arena, &v, "question", value_text("Do they?"));
    value_set(&room.arena, &v, "department_id", value_id(room.department));
    value_set(&room.arena, &v, "origin", value_text("department"));
    value_set(&room.arena, &v, "origin_reason", value_text("Ours."));
    room_as(ROLE_DIRECTOR);
    int64_t pilot = chain_act("pilot.propose", 0, &v);
    room_act("pilot.plan", pilot, "type=effect", "design=before_after",
        "learning_questions=Do they?", room_fmt("starts_on=%s", civil_date(&room.arena, START)),
        room_fmt("ends_on=%s", civil_date(&room.arena, START + 100)), "decision_rule=Scale if so.",
        NULL);
    *ret_measure = measure_of(pilot, "number", 2, NAN);
    room_as(ROLE_DIRECTOR);
    room_act("pilot.lock", pilot, NULL);
    chain_set("pilot", pilot, "locked_at", value_time((START - 1) * (int64_t)86400000));
    eight_units(*ret_measure);
    return pilot;
}

static void a_new_name_or_day_lowers_nothing(void **state)
{
    int64_t measure, pilot = locked_by_acts(&measure);
    room_as(ROLE_DIRECTOR);
    room_act("pilot.edit", pilot, "title=Bins that phone", "question=Do they phone?", NULL);
    chain_set("pilot", pilot, "ends_on", value_date(START + 90));
    chain_set("pilot", pilot, "state", value_text("evaluating"));
    assert_string_equal(
        room_text("evaluation", run(pilot, measure), "departures"), "dates-or-name");
    chain_set("measure", measure, "worthwhile_num", value_num(1));
    assert_string_equal(
        room_text("evaluation", run(pilot, measure), "departures"), "changed-without-amendment");
}

static void without_a_plan_before_the_data_it_is_exploratory(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot);
    chain_set("pilot", pilot, "locked_at", value_time((START + 50) * (int64_t)86400000));
    int64_t id = run(pilot, measure);
    assert_int_equal(room_int("evaluation", id, "is_exploratory"), 1);
    assert_true(departs(id, "locked-after-data"));
    assert_string_equal(room_text("evaluation", id, "verdict"), "cannot_tell");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "exploratory");
    chain_set("pilot", pilot, "plan_hash_text", VALUE_NULL);
    id = run(pilot, measure);
    assert_true(departs(id, "not-locked"));
    assert_string_equal(room_text("evaluation", id, "grade"), "D");
    assert_int_equal(room_int("evaluation", id, "is_exploratory"), 1);
}

static void shares_against_a_floor(void **state)
{
    int64_t pilot = pilot_of("feasibility", "none"),
            measure = measure_of(pilot, "proportion", NAN, 0.8),
            batch = batch_of(measure, "published");
    unit(measure, 1, false, VALUE_NULL);
    for (int i = 0; i < 100; i++) {
        reading(measure, batch, 1, i, 1, i < 95, NAN);
    }
    reading(measure, batch, 1, -1, 1, 0, NAN); // before the start
    lock(pilot);
    int64_t id = run(pilot, measure);
    struct ph_interval exact = ph_clopper_pearson(95, 100, 0.95);
    near(num(id, "estimate_num"), 0.95, 1e-12);
    near(num(id, "low_num"), exact.lo, 1e-12);
    assert_string_equal(room_text("evaluation", id, "verdict"), "scale");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "floor-met");
    assert_int_equal(room_int("evaluation", id, "evidence_level_n"), 1);
    same_numbers(id);
    chain_set("pilot", pilot, "plan_hash_text", VALUE_NULL);
    id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "verdict"), "cannot_tell");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "exploratory");
    chain_set("measure", measure, "target_num", VALUE_NULL);
    id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "reason_code"), "no-target");
}

static void means_against_a_target(void **state)
{
    int64_t pilot = pilot_of("feasibility", "none"), measure = measure_of(pilot, "number", NAN, 50),
            batch = batch_of(measure, "published");
    for (int i = 1; i <= 8; i++) {
        unit(measure, i, false, VALUE_NULL);
        reading(measure, batch, i, 3, 1, 60 + i, NAN);
    }
    lock(pilot);
    int64_t id = run(pilot, measure); // 61 to 68: 64.5, the same spread as above
    near(num(id, "estimate_num"), 64.5, 1e-9);
    near(num(id, "low_num"), 64.5 - 2.3646242515927844 * sqrt(0.75), 1e-9);
    assert_string_equal(room_text("evaluation", id, "reason_code"), "floor-met");
    same_numbers(id);
}

static void agreement_with_a_reference(void **state)
{
    int64_t pilot = pilot_of("accuracy", "none"), measure = measure_of(pilot, "agreement", 20, NAN),
            batch = batch_of(measure, "published");
    for (int i = 1; i <= 8; i++) {
        unit(measure, i, false, VALUE_NULL);
        reading(measure, batch, i, 3, 1, 100 * i + i, 100 * i);
    }
    lock(pilot);
    int64_t id = run(pilot, measure);
    near(num(id, "estimate_num"), 4.5, 1e-9);
    assert_string_equal(room_text("evaluation", id, "verdict"), "scale");
    same_numbers(id);
    struct value result = result_of(id);
    const struct value *points = value_path(&result, "pairs.points"), *last = value_at(points, 7);
    assert_int_equal(value_len(points), 8);
    assert_int_equal(value_at(last, 0)->n, 804); // of 808 and 800
    assert_int_equal(value_at(last, 1)->n, 8);
    chain_set("measure", measure, "worthwhile_num", value_num(5));
    lock(pilot);
    assert_string_equal(
        room_text("evaluation", run(pilot, measure), "reason_code"), "floor-missed");
}

static void yes_or_no_against_a_reference(void **state)
{
    int64_t pilot = pilot_of("accuracy", "none"),
            measure = measure_of(pilot, "agreement", NAN, 0.5),
            batch = batch_of(measure, "published");
    unit(measure, 1, false, VALUE_NULL);
    for (int i = 0; i < 40; i++) {
        reading(measure, batch, 1, i, 1, i < 20, i < 18 || i > 38);
    }
    lock(pilot);
    int64_t id = run(pilot, measure); // 18 both, 2 only here, 1 only there, 19 neither
    struct value result = result_of(id);
    near(value_get_num(value_get(&result, "numbers"), "agreement", NAN), 37.0 / 40, 1e-12);
    assert_string_equal(value_get_text(&result, "command", ""), "accuracy --counts 18,2,1,19");
    assert_string_equal(room_text("evaluation", id, "verdict"), "scale");
    same_numbers(id);
}

static void too_few_is_a_result(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot);
    int64_t other = measure_of(pilot, "number", 2, NAN), batch = batch_of(other, "published");
    room_as(ROLE_STAFF);
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "pilot_id", value_id(pilot));
    value_set(&room.arena, &v, "measure_id", value_id(other));
    assert_int_equal(
        act_run_values(&room.ctx, "evaluation.run", 0, &v, &room.outcome), ERR_INVALID);
    unit(other, 1, false, VALUE_NULL);
    reading(other, batch, 1, 3, 1, 1, NAN);
    int64_t id = run(pilot, other);
    assert_string_equal(room_text("evaluation", id, "verdict"), "cannot_tell");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "no-interval");
    struct value row = room_get("evaluation", id);
    assert_int_equal(value_get(&row, "estimate_num")->kind, V_NULL);
    (void)measure;
    // Another pilot's measure isn't this pilot's.
    int64_t stranger = pilot_of("effect", "before_after");
    value_set(&room.arena, &v, "pilot_id", value_id(stranger));
    room_as(ROLE_STAFF);
    assert_int_equal(
        act_run_values(&room.ctx, "evaluation.run", 0, &v, &room.outcome), ERR_INVALID);
}

static void before_the_end_nothing_is_decided(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot);
    chain_set("pilot", pilot, "ends_on", VALUE_NULL);
    chain_set("pilot", pilot, "state", value_text("running"));
    lock(pilot);
    int64_t id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "reason_code"), "too-early");
    chain_set("pilot", pilot, "state", value_text("ready"));
    room_as(ROLE_STAFF);
    assert_int_equal(evaluations_run(&room.ctx, pilot, measure, NULL), ERR_INVALID);
}

static void a_broken_guardrail_stops(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot),
                   rail = measure_of(pilot, "number", 1, NAN), batch = batch_of(rail, "published");
    chain_set("measure", rail, "role", value_text("guardrail"));
    for (int i = 0; i < 8; i++) {
        unit(rail, i + 1, i >= 4, VALUE_NULL);
        reading(rail, batch, i + 1, -5, 1, 40, NAN);
        reading(rail, batch, i + 1, 5, 1, 40 + i % 2 - (i < 4 ? 20 : 0), NAN);
    }
    lock(pilot);
    run(pilot, rail);
    int64_t id = run(pilot, measure);
    assert_string_equal(room_text("evaluation", id, "verdict"), "stop");
    assert_string_equal(room_text("evaluation", id, "reason_code"), "harm");
}

static void another_person_checks_and_the_public_waits(void **state)
{
    int64_t pilot, measure = compared("comparison", &pilot), id = run(pilot, measure);
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "evaluation.check", id, NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("evaluation", id).kind, V_NULL);
    chain_set("pilot", pilot, "announced_at", value_time(1));
    room_as(ROLE_DIRECTOR);
    room_act("evaluation.check", id, NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("evaluation", id).kind, V_NULL);
    chain_set("pilot", pilot, "released_at", value_time(1));
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("evaluation", id).kind, V_OBJECT);
    // A newer one takes its place for the office; residents keep what was checked, and its data.
    int64_t newer = run(pilot, measure);
    struct value shown = value_object(&room.arena), data;
    room_as(ROLE_PUBLIC);
    assert_int_equal(evaluations_section(&room.ctx, pilot, &shown), OK);
    assert_int_equal(value_len(value_get(&shown, "evaluations")), 1);
    assert_string_equal(
        value_get_text(value_at(value_get(&shown, "evaluations"), 0), "address", ""),
        page_href(&room.ctx, "evaluation", id));
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.data",
                         ARGS(ARG("evaluation_id", value_id(newer))), &data),
        ERR_NOT_FOUND);
    assert_string_equal(room_text("evaluation", id, "state"), "superseded");
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("evaluation", newer).kind, V_NULL);
    assert_int_equal(room_get("evaluation", id).kind, V_OBJECT);
    room_as(ROLE_LIAISON);
    room_refuse(ERR_DENIED, "evaluation.run", 0, room_fmt("pilot_id=%s", room_id(pilot)), NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_and_after_by_hand),
        cmocka_unit_test(no_worthwhile_effect_only_when_ruled_out),
        cmocka_unit_test(against_a_comparison_by_hand),
        cmocka_unit_test(what_changed_after_the_data_lowers_the_claim),
        cmocka_unit_test(a_new_name_or_day_lowers_nothing),
        cmocka_unit_test(without_a_plan_before_the_data_it_is_exploratory),
        cmocka_unit_test(shares_against_a_floor),
        cmocka_unit_test(means_against_a_target),
        cmocka_unit_test(agreement_with_a_reference),
        cmocka_unit_test(yes_or_no_against_a_reference),
        cmocka_unit_test(too_few_is_a_result),
        cmocka_unit_test(before_the_end_nothing_is_decided),
        cmocka_unit_test(a_broken_guardrail_stops),
        cmocka_unit_test(another_person_checks_and_the_public_waits),
    };
    return ROOM_TESTS(tests);
}
