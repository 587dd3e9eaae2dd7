// SPDX-License-Identifier: Apache-2.0
// What residents read of a decision: who decided, and the way back to what was chosen.
#include "chain.h"

#include "clock.h"
#include "page.h"

static int64_t raw(const char *kind, const char *state, const struct arg *columns)
{
    struct arg all[32] = { ARG("id", value_id(id_new())), ARG("rev", value_int(1)),
        ARG("state", value_text(state)), ARG("created_at", value_time(0)),
        ARG("changed_at", value_time(0)) };
    size_t n = 5;
    for (size_t i = 0; columns[i].name; i++) {
        all[n++] = columns[i];
    }
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(db_insert(room.db, &room.arena, kind, false, all), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    return all[0].v.n;
}

static struct value fact(const char *kind, const char *field, int64_t person)
{
    const struct field *f = kind_field(registry_kind(room.ctx.registry, kind), field);
    const struct value v = value_id(person);
    return field_show(&room.ctx, f, &v);
}

static void test_who_acts_for_the_city_is_named(void **state)
{
    int64_t official = room_person("Edna Executive", ROLE_EXECUTIVE);
    room_as(ROLE_PUBLIC);
    struct value decided = fact("decision", "decided_by_id", official),
                 inner = fact("gate", "reviewer_id", official);
    assert_string_equal(value_get_text(&decided, "text", ""), "Edna Executive");
    assert_null(value_get(&decided, "href")); // nobody outside may open their page
    assert_string_equal(value_get_text(&inner, "text", ""), "Not shown to you");
    room_as(ROLE_STAFF);
    decided = fact("decision", "decided_by_id", official);
    assert_string_equal(value_get_text(&decided, "text", ""), "Edna Executive");
    assert_non_null(value_get(&decided, "href"));
}

static size_t selected(int64_t call)
{
    struct value rows;
    assert_int_equal(
        db_rows(room.db, &room.arena, "call.selected", ARGS(ARG("call_id", value_id(call))), &rows),
        OK);
    return value_len(&rows);
}

static int64_t decided_call(int64_t pilot)
{
    struct value row;
    assert_int_equal(
        db_row(room.db, &room.arena, "pilot.chain", ARGS(ARG("pilot_id", value_id(pilot))), &row),
        OK);
    return value_get_int(&row, "decided_call_id", 0);
}

static void test_the_choice_is_found_in_its_call(void **state)
{
    int64_t call = raw("call", "in_review",
        ARGS(ARG("title", value_text("Quieter streets")), ARG("text", value_text("Make them so.")),
            ARG("challenge_id", value_id(id_new())), ARG("published_at", value_time(1))));
    int64_t pilot = raw("pilot", "running",
        ARGS(ARG("title", value_text("Quiet trucks")), ARG("question", value_text("Do they?")),
            ARG("origin", value_text("call")), ARG("call_id", value_id(call)),
            ARG("pitch_id", value_id(id_new())), ARG("type", value_text("effect")),
            ARG("department_id", value_id(room.department))));
    room_as(ROLE_STAFF);
    assert_int_equal(selected(call) + (size_t)decided_call(pilot), 0); // not decided yet
    chain_set("call", call, "state", value_text("decided"));
    room_as(ROLE_STAFF);
    assert_int_equal(selected(call), 1);
    assert_int_equal(decided_call(pilot), call);
    room_as(ROLE_PUBLIC);
    assert_int_equal(selected(call), 0); // not announced yet
    chain_set("pilot", pilot, "announced_at", value_time(1));
    room_as(ROLE_PUBLIC);
    assert_int_equal(selected(call), 1);
    assert_int_equal(decided_call(pilot), call);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_acts_for_the_city_is_named),
        cmocka_unit_test(test_the_choice_is_found_in_its_call),
    };
    return ROOM_TESTS(tests);
}
