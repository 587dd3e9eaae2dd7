// SPDX-License-Identifier: Apache-2.0
// Doubles are merged, and an erased person stands in nobody's notices.
#include "accounts.h"
#include "bodies/bodies.h"
#include "chain.h"
#include "challenges/challenges.h"
#include "harness.h"
#include "ledger.h"
#include "mail.h"
#include "notice.h"
#include "session.h"

static int64_t count(const char *sql, int64_t id)
{
    struct value rows;
    room_as_system();
    assert_int_equal(
        db_rows_sql(room.db, &room.arena, sql, ARGS(ARG("id", value_id(id))), &rows), OK);
    return value_get_int(value_at(&rows, 0), "n", 0);
}

static int64_t invited(const char *name, const char *email, const char *roles)
{
    room_as(ROLE_ADMIN);
    return room_act("person.invite", 0, room_fmt("name=%s", name), room_fmt("email=%s", email),
        room_fmt("roles=%s", roles), room_fmt("department_id=%s", room_id(room.department)), NULL);
}

static const char *same(int64_t person)
{
    return room_fmt("same_id=%s", room_id(person));
}

static void says(const char *words)
{
    assert_int_equal(room.outcome.n_errors, 1);
    if (!strstr(room.outcome.errors[0].text, words)) {
        fail_msg("%s", room.outcome.errors[0].text);
    }
}

static void nothing_to_find(int64_t id)
{
    struct ledger_report report;
    int n;
    room_as_system();
    if (ledger_sequence(&room.ctx, &n) != OK ||
        ledger_verify(&room.ctx, &report, NULL, NULL) != OK) {
        fail_msg("%s", room.arena.detail);
    }
    for (size_t i = 0; i < value_len(&report.faults); i++) {
        const struct value *f = value_at(&report.faults, i);
        if (value_get_int(f, "id", 0) == id) {
            fail_msg("%s %s: %s", value_get_text(f, "kind", ""), value_get_text(f, "field", ""),
                value_get_text(f, "text", ""));
        }
    }
}

static void a_double_is_merged(void **state)
{
    int64_t kept = invited("Mary Shaw", "mary@example.org", "staff");
    int64_t twice = invited("M. Shaw", "shaw@example.org", "staff,liaison");
    room_as_person(twice);
    int64_t owned = room_act("challenge.draft", 0, "title=Lamps", "problem=Dark.",
        room_fmt("department_id=%s", room_id(room.department)), NULL);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_DENIED, "person.merge", twice, same(kept), "reason=Twice", NULL);
    room_as(ROLE_ADMIN);
    room_refuse(ERR_INVALID, "person.merge", twice, same(kept), NULL); // a reason is needed
    room_refuse(ERR_INVALID, "person.merge", twice, same(twice), "reason=Twice", NULL);
    room_act("person.merge", twice, same(kept), "reason=She was invited twice", NULL);
    assert_string_equal(room_text("person", twice, "state"), "merged");
    assert_int_equal(room_int("person", twice, "merged_into_id"), kept);
    assert_int_equal(room_int("challenge", owned, "owner_id"), kept);
    // Each role once, and none left with the double.
    const char *held =
        "SELECT COUNT(*) AS n FROM grant_role WHERE city = :city AND person_id = :id "
        "AND state = 'held'";
    assert_int_equal(count(held, kept), 2);
    assert_int_equal(count(held, twice), 0);
    // It has an address, so the double's is forgotten and nobody signs in by it.
    int64_t found;
    room_as_system();
    assert_int_equal(accounts_find(&room.ctx, "shaw@example.org", &found), ERR_NOT_FOUND);
    assert_int_equal(accounts_find(&room.ctx, "mary@example.org", &found), OK);
    assert_int_equal(found, kept);
    nothing_to_find(twice);
    nothing_to_find(kept);
    nothing_to_find(owned);
    // It is over for good.
    room_as(ROLE_ADMIN);
    room_refuse(ERR_STATE, "person.enable", twice, "reason=Back", NULL);
    room_refuse(ERR_STATE, "person.merge", twice, same(kept), "reason=Again", NULL);
    // What was done stays who did it.
    struct value history;
    room_as(ROLE_DIRECTOR);
    assert_int_equal(ledger_history(&room.ctx, owned, 10, &history), OK);
    const struct value *first = value_at(&history, value_len(&history) - 1);
    assert_string_equal(value_get_text(first, "who", ""), "M. Shaw");
}

static void an_address_goes_where_there_is_none(void **state)
{
    const struct new_user quiet = { .name = "No Address", .roles = ROLE_STAFF };
    int64_t kept, found;
    room_as_system();
    assert_int_equal(accounts_create_user(&room.ctx, &quiet, &kept), OK);
    int64_t twice = invited("With Address", "with@example.org", "staff");
    room_act("person.merge", twice, same(kept), "reason=Twice", NULL);
    room_as_system();
    assert_int_equal(accounts_find(&room.ctx, "with@example.org", &found), OK);
    assert_int_equal(found, kept);
}

static void conflicting_people_are_never_one(void **state)
{
    int64_t judge = invited("Judge", "judge@example.org", "evaluator");
    int64_t judged = invited("Judged", "judged@example.org", "applicant");
    room_refuse(ERR_INVALID, "person.merge", judged, same(judge), "reason=Same", NULL);
    says("one person can't hold both");
    room_refuse(ERR_INVALID, "person.merge", judge, same(judged), "reason=Same", NULL);
    says("one person can't hold both");
    // Under a legal hold, closed, or oneself.
    int64_t held = invited("Held", "held@example.org", "staff");
    int64_t closed = invited("Closed", "closed@example.org", "staff");
    room_as(ROLE_COUNSEL);
    room_act("person.hold", held, "reason=A suit", NULL);
    room_as(ROLE_ADMIN);
    room_act("person.disable", closed, "reason=Left", NULL);
    int64_t me = room.ctx.viewer.person;
    room_refuse(ERR_STATE, "person.merge", held, same(judge), "reason=Same", NULL);
    room_refuse(ERR_INVALID, "person.merge", judge, same(closed), "reason=Same", NULL);
    room_refuse(ERR_INVALID, "person.merge", closed, same(me), "reason=Same", NULL);
    room_refuse(ERR_STATE, "person.merge", me, same(closed), "reason=Same", NULL);
    room_act("person.merge", closed, same(held), "reason=The one that stays may be held", NULL);
}

static void two_seats_in_a_body_are_two_people(void **state)
{
    int64_t one = invited("Seat One", "one@example.org", "member");
    int64_t two = invited("Seat Two", "two@example.org", "member");
    room_as(ROLE_DIRECTOR);
    int64_t body = room_act("body.set_up", 0, "title=Board", "type=advisory", "quorum_n=1",
        "majority=simple", "is_public=yes", "notice_hours_n=24", NULL);
    int64_t seats[2];
    for (int i = 0; i < 2; i++) {
        seats[i] = room_act("seat.make", 0, room_fmt("body_id=%s", room_id(body)),
            room_fmt("title=Seat %d", i), "is_voting=yes", NULL);
        room_act("seat.appoint", seats[i], room_fmt("person_id=%s", room_id(i ? two : one)),
            room_fmt("starts_on=%s", room_day(-1)), NULL);
    }
    room_as(ROLE_ADMIN);
    room_refuse(ERR_INVALID, "person.merge", two, same(one), "reason=Same", NULL);
    says("Both hold a seat");
    room_as(ROLE_DIRECTOR);
    room_act("seat.vacate", seats[0], room_fmt("ends_on=%s", room_day(0)), "reason=A double", NULL);
    room_as(ROLE_ADMIN);
    room_act("person.merge", two, same(one), "reason=Same", NULL);
    assert_int_equal(room_int("seat", seats[1], "person_id"), one);
}

// ---- erasing -----------------------------------------------------------------------------------

static bool is_told(int64_t person, const char *words)
{
    struct value list;
    room_as_system();
    assert_int_equal(notice_list(&room.ctx, person, 0, 50, &list), OK);
    for (size_t i = 0; i < value_len(&list); i++) {
        if (strstr(value_get_text(value_at(&list, i), "text", ""), words)) {
            return true;
        }
    }
    return false;
}

static void an_erased_name_is_in_nobodys_notices(void **state)
{
    int64_t owner = invited("Owner", "owner@example.org", "staff");
    int64_t actor = invited("Xenia \"Q\" O'Hara", "xenia@example.org", "director");
    int64_t twice = invited("X. O'Hara", "xo@example.org", "staff");
    room_as_person(owner);
    int64_t id = room_act("challenge.draft", 0, "title=Told", "problem=Dark.",
        room_fmt("department_id=%s", room_id(room.department)), NULL);
    room_as_person(actor);
    room_act("challenge.edit", id, "title=Told anew", NULL);
    room_act("person.hand_over", twice, room_fmt("to_id=%s", room_id(owner)), NULL);
    assert_true(is_told(owner, "Xenia \"Q\" O'Hara: "));
    assert_true(is_told(owner, "came to you from X. O'Hara"));
    // A name that changed before is forgotten, too.
    room_as_person(actor);
    room_act("person.describe", actor, "name=Xenia O'Hara", NULL);
    assert_true(is_told(owner, "Xenia O'Hara: "));
    room_as(ROLE_ADMIN);
    room_act("person.merge", twice, same(actor), "reason=Twice", NULL);
    // Mail that waits, and mail that came back.
    room_as_person(actor);
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    struct letter letter = { .address = "sue@example.org",
        .subject = "Xenia O'Hara: news",
        .body = "Xenia O'Hara did it." };
    assert_int_equal(mail_queue(&room.ctx, &letter), OK);
    struct value args = value_object(&room.arena);
    value_set(&room.arena, &args, "who", value_text("somebody"));
    value_set(&room.arena, &args, "subject", value_text("Xenia O'Hara: \"news\""));
    value_set(&room.arena, &args, "reason", value_text("No such user"));
    assert_int_equal(
        notice_person(&room.ctx, owner,
            &(struct notice){ .text = "Mail to {who} didn't arrive: “{subject}”. The mail server "
                                      "said: {reason}",
                .args = &args }),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    room_as(ROLE_ADMIN);
    room_act("person.disable", actor, "reason=Asked for it", NULL);
    room_act("person.erase", actor, "reason=Asked for it", NULL);
    assert_true(is_told(owner, "Erased person: "));
    assert_true(is_told(owner, "came to you from Erased person"));
    assert_true(is_told(owner, "“Erased person: \"news\"”"));
    assert_false(is_told(owner, "Xenia"));
    assert_false(is_told(owner, "O'Hara"));
    assert_string_equal(room_text("person", twice, "name"), "Erased person");
    assert_string_equal(room_text("person", twice, "state"), "erased");
    const char *address;
    bool seen = false;
    for (const char *body; *(body = chain_letter(&address));) {
        seen |= str_eq(address, "sue@example.org") && strstr(body, "Erased person did it.");
        assert_null(strstr(body, "Xenia O'Hara did"));
    }
    assert_true(seen);
    nothing_to_find(actor);
    nothing_to_find(twice);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_double_is_merged),
        cmocka_unit_test(an_address_goes_where_there_is_none),
        cmocka_unit_test(conflicting_people_are_never_one),
        cmocka_unit_test(two_seats_in_a_body_are_two_people),
        cmocka_unit_test(an_erased_name_is_in_nobodys_notices),
    };
    return ROOM_TESTS(tests);
}
