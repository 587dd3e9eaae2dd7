// SPDX-License-Identifier: Apache-2.0
// What somebody outside finds: theirs among much that isn't, however much that is.
#include "chain.h"

#include "find.h"

enum { OTHERS = 1100 };

static int64_t measure(int64_t responsible, const char *title)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "title", value_text("Sensors in bins"));
    value_set(&room.arena, &v, "question", value_text("Do they help?"));
    value_set(&room.arena, &v, "department_id", value_id(room.department));
    value_set(&room.arena, &v, "origin", value_text("department"));
    value_set(&room.arena, &v, "origin_reason", value_text("An idea of the crew."));
    room_as(ROLE_STAFF);
    int64_t pilot = chain_act("pilot.propose", 0, &v);
    int64_t id = room_act("measure.add", 0, room_fmt("pilot_id=%s", room_id(pilot)),
        room_fmt("title=%s", title), "unit=percent", "type=number", "direction=lower",
        "role=primary", responsible ? room_fmt("responsible_id=%s", room_id(responsible)) : NULL,
        NULL);
    if (!responsible) {
        chain_set("pilot", pilot, "announced_at", value_time(1));
        room_as_system();
        assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
        assert_int_equal(
            find_index(&room.ctx, registry_kind(room.ctx.registry, "measure"), id), OK);
        assert_int_equal(db_commit(room.db, &room.arena), OK);
    }
    return id;
}

// Documents of people outside whose records the reader doesn't see, newer than what is there.
static void add_others(const char *title)
{
    int64_t first = id_new();
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    for (int i = 0; i < OTHERS; i++) {
        assert_int_equal(
            db_search_put(room.db, &room.arena, "outside", "measure", first + i, title, ""), OK);
    }
    assert_int_equal(db_commit(room.db, &room.arena), OK);
}

static void test_what_is_theirs_is_found_behind_a_thousand(void **state)
{
    int64_t person = room_person("Ola Outside", ROLE_APPLICANT);
    int64_t everybodys = measure(0, "Fullness of bins"), theirs = measure(person, "Fullness");
    add_others("Fullness of others");
    struct find_page first, second, third;
    assert_int_equal(
        office_routes(room.office, &room.arena), OK); // finding looks at the kinds' views
    room_as_person(person);
    assert_int_equal(room.ctx.audience, AUDIENCE_OUTSIDE);
    assert_int_equal(find_words(&room.ctx, "fullness", NULL, 0, &first), OK);
    assert_int_equal(value_len(&first.hits), 0); // also not what is public and older
    assert_true(first.next > 0);
    assert_true(first.is_partial);
    assert_int_equal(find_words(&room.ctx, "fullness", NULL, first.next, &second), OK);
    assert_int_equal(value_len(&second.hits), 2);
    assert_int_equal(value_get_int(value_at(&second.hits, 0), "id", 0), theirs);
    assert_int_equal(value_get_int(value_at(&second.hits, 1), "id", 0), everybodys);
    assert_int_equal(second.next, 0);
    // What isn't theirs is neither shown nor counted.
    assert_int_equal(find_words(&room.ctx, "others", "measure", 0, &third), OK);
    assert_int_equal(third.count + (int64_t)value_len(&third.hits), 0);
    assert_int_equal(find_words(&room.ctx, "others", "measure", third.next, &third), OK);
    assert_int_equal((int64_t)value_len(&third.hits) + third.next, 0);
    room_as(ROLE_PUBLIC);
    assert_int_equal(find_words(&room.ctx, "fullness", NULL, 0, &first), OK);
    assert_int_equal(value_len(&first.hits), 1);
    assert_int_equal(first.count, 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_theirs_is_found_behind_a_thousand),
    };
    return ROOM_TESTS(tests);
}
