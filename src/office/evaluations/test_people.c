// SPDX-License-Identifier: Apache-2.0
// Units that are people: what was found is published, and nothing of them by row.
#include "test_evaluations.h"

#include "evaluations_private.h"
#include "readings/readings_private.h"

static enum err visit(const struct page *pages, const char *pattern, int64_t id,
    struct value *ret_data, struct response *ret_response)
{
    if (!room.office->site) {
        assert_int_equal(office_routes(room.office, &room.arena), OK);
    }
    while (!str_eq(pages->pattern, pattern)) {
        pages++;
        assert_non_null(pages->pattern);
    }
    struct web_field *param = arena_array(&room.arena, struct web_field, 1);
    param[0] = (struct web_field){ "id", room_id(id) };
    struct request q = {
        .arena = &room.arena, .path = "/", .params = param, .n_params = 1, .content_type = ""
    };
    *ret_response = (struct response){ .arena = &room.arena };
    *ret_data = value_object(&room.arena);
    enum err e = pages->build(&room.ctx, &q, ret_data, ret_response);
    if (ret_response->stream_free) {
        ret_response->stream_free(ret_response->stream_context);
        ctx_bind(&room.ctx);
    }
    return e;
}

static enum err fetch(const struct page *pages, const char *pattern, int64_t id)
{
    struct value data;
    struct response r;
    enum err e = visit(pages, pattern, id, &data, &r);
    buf_release(&r.body);
    return e;
}

static struct value page_of(const struct page *pages, const char *pattern, int64_t id)
{
    struct value data;
    struct response r;
    assert_int_equal(visit(pages, pattern, id, &data, &r), OK);
    buf_release(&r.body);
    return data;
}

static bool shows(const struct value *data, const char *key)
{
    const struct value *v = value_get(data, key);
    return v && v->kind != V_NULL;
}

// Twelve persons read by a device and by hand, the pilot's outcome released.
static int64_t released(int64_t *ret_measure, int64_t *ret_batch)
{
    int64_t pilot = pilot_of("accuracy", "none"), m = measure_of(pilot, "agreement", 5, NAN),
            batch = batch_of(m, "published");
    for (int i = 0; i < 12; i++) {
        unit(m, i + 1, false, VALUE_NULL);
        reading(m, batch, i + 1, 5, 1, 40 + i + 0.1 * (i % 3), 40 + i);
    }
    lock(pilot);
    int64_t id = run(pilot, m);
    chain_set("pilot", pilot, "announced_at", value_time(1));
    chain_set("pilot", pilot, "released_at", value_time(1));
    room_as(ROLE_DIRECTOR);
    room_act("evaluation.check", id, NULL);
    *ret_measure = m;
    *ret_batch = batch;
    return id;
}

static const char evaluation_csv[] = "/evaluations/{id}/data.csv";
static const char readings_csv[] = "/measures/{id}/readings.csv";

static void residents_get_no_row_of_people(void **state)
{
    int64_t m, batch, id = released(&m, &batch);
    room_as(ROLE_PUBLIC);
    // Where units are devices all of it is published.
    assert_int_equal(fetch(evaluations_pages, evaluation_csv, id), OK);
    assert_int_equal(fetch(readings_pages, readings_csv, m), OK);
    assert_int_equal(room_get("batch", batch).kind, V_OBJECT);
    struct value before = page_of(evaluations_pages, "/evaluations/{id}", id);
    assert_true(shows(&before, "agreement"));
    assert_true(shows(value_get(&before, "result"), "pairs"));
    assert_true(shows(value_get(&before, "rerun"), "csv_href"));

    room_as(ROLE_STAFF);
    room_act("measure.protect", m, NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(fetch(evaluations_pages, evaluation_csv, id), ERR_DENIED);
    assert_int_equal(fetch(readings_pages, readings_csv, m), ERR_DENIED);
    assert_int_equal(room_get("batch", batch).kind, V_NULL);
    struct value data = page_of(evaluations_pages, "/evaluations/{id}", id);
    const struct value *rerun = value_get(&data, "rerun");
    assert_false(shows(&data, "agreement"));
    assert_false(shows(&data, "course"));
    assert_false(shows(&data, "over_time"));
    assert_false(shows(&data, "looks"));
    assert_false(shows(value_get(&data, "result"), "pairs"));
    assert_false(shows(value_get(&data, "result"), "series"));
    assert_false(shows(rerun, "csv_href"));
    assert_true(value_truthy(value_get(rerun, "is_people")));
    // What was found stays, and what whoever has the data would run.
    assert_true(shows(&data, "verdict"));
    assert_true(shows(rerun, "hash"));
    assert_non_null(strstr(value_get_text(rerun, "command", ""), "pilothouse evaluate plan.json"));
    assert_int_equal(fetch(evaluations_pages, "/evaluations/{id}/plan.json", id), OK);
    assert_int_equal(fetch(evaluations_pages, "/evaluations/{id}/result.json", id), OK);
    struct value section = value_object(&room.arena);
    room_as(ROLE_PUBLIC);
    assert_int_equal(evaluations_section(&room.ctx,
                         value_get_int(value_get(&data, "evaluation"), "pilot_id", 0), &section),
        OK);
    assert_false(shows(value_at(value_get(&section, "evaluations"), 0), "over_time"));
    struct value page = page_of(readings_pages, "/measures/{id}", m);
    assert_int_equal(value_len(value_get(&page, "sections")), 0);
    assert_false(shows(&page, "csv_href"));
    assert_true(shows(&page, "summary")); // the mean of twelve
    const char *html = chain_page(&evaluations_room, "/evaluations/{id}", id);
    assert_non_null(strstr(html, "The rows of the data are people."));
    assert_null(strstr(html, "data.csv\""));
}

static void whoever_works_inside_has_them(void **state)
{
    int64_t m, batch, id = released(&m, &batch);
    room_as(ROLE_STAFF);
    room_act("measure.protect", m, NULL);
    assert_int_equal(fetch(evaluations_pages, evaluation_csv, id), OK);
    assert_int_equal(fetch(readings_pages, readings_csv, m), OK);
    struct value data = page_of(evaluations_pages, "/evaluations/{id}", id);
    assert_true(shows(&data, "agreement"));
    assert_true(shows(value_get(&data, "rerun"), "csv_href"));
    same_bytes(id);
}

static void few_people_have_no_mean(void **state)
{
    int64_t m, batch;
    released(&m, &batch);
    struct value row = room_get("measure", m);
    int64_t pilot = value_get_int(&row, "pilot_id", 0);
    int64_t few = measure_of(pilot, "number", 2, NAN), b = batch_of(few, "published");
    for (int i = 0; i < SMALL_CELL - 1; i++) {
        unit(few, i + 1, false, VALUE_NULL);
        reading(few, b, i + 1, 5, 1, 40 + i, NAN);
    }
    room_as(ROLE_STAFF);
    room_act("measure.protect", few, NULL);
    room_as(ROLE_PUBLIC);
    struct value page = page_of(readings_pages, "/measures/{id}", few);
    assert_false(shows(&page, "summary"));
    assert_true(value_truthy(value_get(&page, "is_people")));
}

// After the plan is locked and the data are there it can be said, once, and not taken back.
static void it_is_said_once(void **state)
{
    int64_t m, batch;
    released(&m, &batch);
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_UNSIGNED, "measure.protect", m, NULL);
    room_as(ROLE_REVIEWER);
    room_refuse(ERR_DENIED, "measure.protect", m, NULL);
    room_as(ROLE_STAFF);
    room_act("measure.protect", m, NULL);
    room_refuse(ERR_STATE, "measure.protect", m, NULL);
    room_refuse(ERR_STATE, "measure.edit", m, "is_people=no", NULL);
    room_refuse(ERR_STATE, "measure.correct", m, "is_people=no", "reason=A slip", NULL);
    assert_int_equal(room_int("measure", m, "is_people"), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residents_get_no_row_of_people),
        cmocka_unit_test(whoever_works_inside_has_them),
        cmocka_unit_test(few_people_have_no_mean),
        cmocka_unit_test(it_is_said_once),
    };
    return ROOM_TESTS(tests);
}
