// SPDX-License-Identifier: Apache-2.0
#include "chain.h"
#include "team/team.h"

#include "clock.h"

static struct value today(void)
{
    struct value data = value_object(&room.arena);
    room_as(ROLE_STAFF);
    assert_int_equal(team_today(&room.ctx, &data), OK);
    return data;
}

static const struct value *named(const struct value *list, const char *key, const char *words)
{
    for (size_t i = 0; i < value_len(list); i++) {
        if (strstr(value_get_text(value_at(list, i), key, ""), words)) {
            return value_at(list, i);
        }
    }
    fail_msg("nothing says “%s”", words);
    return NULL;
}

// A milestone's day is its day west of Greenwich, too.
static void what_comes_has_its_day_and_leads_there(void **state)
{
    int64_t milestone;
    room_as(ROLE_STAFF);
    int64_t pilot =
        room_act("pilot.propose", 0, "title=Ramps", "question=Do they?", "origin=department",
            "origin_reason=Ours", room_fmt("department_id=%s", room_id(room.department)), NULL);
    milestone = room_act("milestone.add", 0, room_fmt("pilot_id=%s", room_id(pilot)),
        "title=First ramps", room_fmt("due_on=%s", room_day(3)), NULL);
    struct value data = today();
    const struct value *one = named(value_get(&data, "coming"), "title", "First ramps");
    assert_int_equal(value_get(one, "when")->kind, V_DATE);
    assert_int_equal(value_get(one, "when")->n, room_int("milestone", milestone, "due_on"));
    assert_string_equal(
        value_get_text(one, "href", ""), page_href(&room.ctx, "milestone", milestone));
    assert_string_equal(value_get_text(one, "what", ""), "Milestone");
}

// A clock time is late as soon as it is past, a day when it is over.
static void late_is_what_is_past(void **state)
{
    int64_t call = chain_call(NULL);
    chain_close_call(call);
    room_as(ROLE_STAFF);
    room_act("task.give", 0, "title=Ring the vendor",
        room_fmt("person_id=%s", room_id(room.people[__builtin_ctz(ROLE_STAFF)])),
        room_fmt("due_on=%s", room_day(0)), NULL);
    struct value data = today();
    const struct value *needs = value_get(&data, "needs");
    assert_true(value_truthy(value_get(named(needs, "what", "Begin the review of"), "late")));
    assert_false(value_truthy(value_get(named(needs, "what", "Ring the vendor"), "late")));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_has_its_day_and_leads_there),
        cmocka_unit_test(late_is_what_is_past),
    };
    return ROOM_TESTS(tests);
}
