// SPDX-License-Identifier: Apache-2.0
#include "accounts/accounts.h"
#include "harness.h"
#include "partners.h"

static void an_organisation_is_entered_once(void **state)
{
    room_as(ROLE_STAFF);
    int64_t id = room_act("organisation.add", 0, "title=Drexel University", "type=university",
        "website=https://drexel.edu", NULL);
    room_refuse(
        ERR_INVALID, "organisation.add", 0, "title=DREXEL university", "type=company", NULL);
    room_act("organisation.edit", id, "title=Drexel University", "type=university",
        "summary=A school.", NULL);
    room_as(ROLE_PUBLIC);
    assert_string_equal(room_text("organisation", id, "title"), "Drexel University");
    room_refuse(ERR_UNSIGNED, "organisation.add", 0, "title=X", "type=company", NULL);
    room_as(ROLE_LIAISON);
    room_refuse(ERR_DENIED, "organisation.add", 0, "title=X", "type=company", NULL);
}

static void websites_are_addresses(void **state)
{
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "organisation.add", 0, "title=Bad Link", "type=company",
        "website=javascript:alert(1)", NULL);
    room_refuse(ERR_INVALID, "organisation.add", 0, "title=Bad Type", "type=pirates", NULL);
}

static void people_leave_before_it_closes(void **state)
{
    room_as(ROLE_STAFF);
    int64_t id = room_act("organisation.add", 0, "title=Parks", "type=department", NULL);
    room_as(ROLE_ADMIN);
    int64_t person = room_act("person.invite", 0, "name=Park Keeper", "email=park@example.org",
        "roles=liaison", room_fmt("department_id=%s", room_id(id)), NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "organisation.close", id, "reason=Merged", NULL);
    room_as(ROLE_ADMIN);
    room_act("person.disable", person, "reason=Left", NULL);
    room_as(ROLE_STAFF);
    room_act("organisation.close", id, "reason=Merged", NULL);
    room_act("organisation.reopen", id, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_organisation_is_entered_once),
        cmocka_unit_test(websites_are_addresses),
        cmocka_unit_test(people_leave_before_it_closes),
    };
    static const struct room *const rooms[] = { &partners_room, &accounts_room, NULL };
    room_rooms = rooms;
    return ROOM_TESTS(tests);
}
