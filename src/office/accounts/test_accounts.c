// SPDX-License-Identifier: Apache-2.0
#include "accounts.h"
#include "browser.h"
#include "chain.h"
#include "challenges/challenges.h"
#include "partners/partners.h"
#include "rooms.h"
#include "embed.h"
#include "handover.h"
#include "ledger.h"
#include "json.h"
#include "job.h"
#include "notice.h"

#include "clock.h"

static int64_t count(const char *sql, int64_t id)
{
    struct value rows;
    room_as_system();
    assert_int_equal(
        db_rows_sql(room.db, &room.arena, sql, ARGS(ARG("id", value_id(id))), &rows), OK);
    return value_get_int(value_at(&rows, 0), "n", 0);
}

static int64_t mails_to(int64_t person)
{
    int64_t n;
    room_as_system();
    assert_int_equal(db_int(room.db, &room.arena, "mail.count_waiting", NO_ARGS, &n), OK);
    (void)person;
    return n;
}

static uint32_t roles_of(int64_t person)
{
    room_as_person(person);
    return room.ctx.viewer.roles & ~(uint32_t)ROLE_PUBLIC;
}

// ---- making people -----------------------------------------------------------------------------

static void an_invitation_makes_a_person_with_roles_and_a_link(void **state)
{
    int64_t before = mails_to(0);
    room_as(ROLE_ADMIN);
    int64_t id = room_act("person.invite", 0, "name=Lena Ortiz", "email=Lena.Ortiz@Example.org",
        "roles=staff", "roles=liaison", room_fmt("department_id=%s", room_id(room.department)),
        "language=es", NULL);
    assert_string_equal(room_text("person", id, "name"), "Lena Ortiz");
    assert_int_equal(roles_of(id), ROLE_STAFF | ROLE_LIAISON);
    for (size_t i = 0; i < room.ctx.viewer.n_grants; i++) {
        const struct grant *g = &room.ctx.viewer.grants[i];
        assert_true((g->role == ROLE_LIAISON) == (g->scope_id == room.department));
    }
    assert_int_equal(mails_to(id), before + 1);
    // The address is one person's, however it is written.
    room_as(ROLE_ADMIN);
    room_refuse(ERR_INVALID, "person.invite", 0, "name=Other", "email=LENA.ortiz@example.ORG",
        "roles=staff", NULL);
    assert_string_equal(room.outcome.errors[0].name, "email");
}

static void a_liaison_needs_a_department(void **state)
{
    room_as(ROLE_ADMIN);
    room_refuse(ERR_INVALID, "person.invite", 0, "name=No Department", "email=nd@example.org",
        "roles=liaison", NULL);
    int64_t known;
    room_as_system();
    assert_int_equal(accounts_find(&room.ctx, "nd@example.org", &known), ERR_NOT_FOUND);
}

static void only_administrators_make_accounts(void **state)
{
    static const uint32_t others[] = { ROLE_DIRECTOR, ROLE_STAFF, ROLE_COUNSEL, ROLE_AUDITOR,
        ROLE_APPLICANT };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        room_as(others[i]);
        room_refuse(
            ERR_DENIED, "person.invite", 0, "name=X", "email=x@example.org", "roles=staff", NULL);
        room_refuse(ERR_DENIED, "grant_role.give", 0,
            room_fmt("person_id=%s", room_id(room.people[2])), "role=admin", NULL);
    }
    room_as(ROLE_PUBLIC);
    room_refuse(
        ERR_UNSIGNED, "person.invite", 0, "name=X", "email=x@example.org", "roles=staff", NULL);
    room_as(ROLE_ADMIN); // inner: no form and no API leads there
    room_refuse(ERR_DENIED, "person.enter", 0, "name=X", NULL);
}

static void the_command_line_makes_users(void **state)
{
    int64_t id, again;
    room_as_system();
    struct new_user user = { .name = "Root Admin",
        .email = "root@example.org",
        .password = "four quiet grey herons",
        .roles = ROLE_ADMIN | ROLE_DIRECTOR };
    assert_int_equal(accounts_create_user(&room.ctx, &user, &id), OK);
    assert_int_equal(accounts_create_user(&room.ctx, &user, &again), ERR_EXISTS);
    assert_int_equal(roles_of(id), ROLE_ADMIN | ROLE_DIRECTOR);
    struct browser b = { 0 };
    browser_begin(&b, METHOD_POST);
    assert_int_equal(session_sign_in(&room.ctx, &b.q, &b.r, "root@example.org", user.password), OK);
    room_as_system();
    user.email = "weak@example.org";
    user.password = "password12";
    assert_int_equal(accounts_create_user(&room.ctx, &user, &id), ERR_INVALID);
    assert_int_equal(
        accounts_set_password(&room.ctx, "root@example.org", "eight loud green frogs"), OK);
    browser_begin(&b, METHOD_POST);
    assert_int_equal(
        session_sign_in(&room.ctx, &b.q, &b.r, "root@example.org", "eight loud green frogs"), OK);
    room_as_system();
    assert_int_equal(
        accounts_set_password(&room.ctx, "nobody@example.org", "eight loud green frogs"),
        ERR_NOT_FOUND);
}

static void nobody_sees_addresses_in_records(void **state)
{
    room_as(ROLE_ADMIN);
    int64_t id = room_act("person.invite", 0, "name=Hidden Address",
        "email=hidden.marker@example.org", "roles=applicant", NULL);
    room_as(ROLE_DIRECTOR);
    struct value row = room_get("person", id);
    AUTO_BUF(text, 0);
    json_write(&text, NULL, &row);
    assert_null(strstr(buf_text(&text), "hidden.marker"));
    // Nor does the ledger: what it holds is a commitment.
    room_as_system();
    struct value rows;
    assert_int_equal(db_rows_sql(room.db, &room.arena,
                         "SELECT canonical FROM act WHERE city = :city AND record_id = :id",
                         ARGS(ARG("id", value_id(id))), &rows),
        OK);
    assert_true(value_len(&rows) > 0);
    for (size_t i = 0; i < value_len(&rows); i++) {
        const char *canonical = value_get_text(value_at(&rows, i), "canonical", "");
        assert_null(strstr(canonical, "hidden.marker"));
        assert_null(strstr(canonical, "Hidden Address"));
    }
    room_as(ROLE_PUBLIC);
    row = room_get("person", id);
    assert_int_equal(row.kind, V_NULL);
    room_as(ROLE_APPLICANT);
    row = room_get("person", id);
    assert_int_equal(row.kind, V_NULL);
}

// ---- roles -------------------------------------------------------------------------------------

static void roles_are_given_and_end(void **state)
{
    int64_t person = room_person("Temp Worker", 0);
    room_as(ROLE_ADMIN);
    int64_t role = room_act("grant_role.give", 0, room_fmt("person_id=%s", room_id(person)),
        "role=finance", room_fmt("until_on=%s", room_day(3)), NULL);
    assert_string_equal(room_text("grant_role", role, "title"), "Finance officer");
    room_refuse(ERR_INVALID, "grant_role.give", 0, room_fmt("person_id=%s", room_id(person)),
        "role=finance", NULL);
    assert_int_equal(roles_of(person), ROLE_FINANCE);
    room_as(ROLE_ADMIN);
    room_act("grant_role.end", role, NULL);
    assert_int_equal(roles_of(person), 0);
    room_as(ROLE_ADMIN);
    room_refuse(ERR_STATE, "grant_role.end", role, NULL);
}

static void nobody_gives_themselves_a_role(void **state)
{
    room_as(ROLE_ADMIN);
    room_refuse(ERR_INVALID, "grant_role.give", 0,
        room_fmt("person_id=%s", room_id(room.ctx.viewer.person)), "role=director", NULL);
}

static void the_last_administrator_stays(void **state)
{
    int64_t admin = room.people[__builtin_ctz(ROLE_ADMIN)];
    int64_t second = room_person("Second Admin", ROLE_ADMIN);
    // Those who are administrators by other tests leave first.
    struct value rows;
    room_as_system();
    assert_int_equal(db_rows_sql(room.db, &room.arena,
                         "SELECT id, person_id FROM grant_role "
                         "WHERE city = :city AND role = 'admin' AND state = 'held'",
                         NO_ARGS, &rows),
        OK);
    int64_t mine = 0, others = 0;
    for (size_t i = 0; i < value_len(&rows); i++) {
        int64_t person = value_get_int(value_at(&rows, i), "person_id", 0);
        int64_t role = value_get_int(value_at(&rows, i), "id", 0);
        if (person == admin) {
            mine = role;
        } else {
            others++;
            room_as_person(admin);
            room_act("grant_role.end", role, NULL);
        }
    }
    assert_true(others > 0);
    room_as_person(admin);
    room_refuse(ERR_STATE, "grant_role.end", mine, NULL);
    room_refuse(ERR_STATE, "person.disable", admin, "reason=I leave", NULL);
    (void)second;
}

static void a_role_is_lent_for_an_absence(void **state)
{
    int64_t stand_in = room_person("Stand In", 0);
    room_as(ROLE_DIRECTOR);
    int64_t director = room.ctx.viewer.person;
    const char *to = room_fmt("person_id=%s", room_id(stand_in));
    room_refuse(ERR_INVALID, "grant_role.lend", 0, to, "role=counsel",
        room_fmt("until_on=%s", room_day(10)), NULL);
    room_refuse(ERR_INVALID, "grant_role.lend", 0, to, "role=director", NULL);
    room_refuse(ERR_INVALID, "grant_role.lend", 0, to, "role=director",
        room_fmt("until_on=%s", room_day(-2)), NULL);
    int64_t role = room_act(
        "grant_role.lend", 0, to, "role=director", room_fmt("until_on=%s", room_day(10)), NULL);
    assert_int_equal(roles_of(stand_in), ROLE_DIRECTOR);
    assert_int_equal(room.ctx.viewer.grants[0].acting_for, director);
    // What is lent can't be lent on, and only the lender takes it back.
    room_refuse(ERR_INVALID, "grant_role.lend", 0, room_fmt("person_id=%s", room_id(director)),
        "role=director", room_fmt("until_on=%s", room_day(10)), NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "grant_role.take_back", role, NULL);
    room_as(ROLE_DIRECTOR);
    room_act("grant_role.take_back", role, NULL);
    assert_int_equal(roles_of(stand_in), 0);
}

static int64_t lent_roles(int64_t person)
{
    return count("SELECT COUNT(*) AS n FROM grant_role WHERE city = :city AND person_id = :id AND "
                 "state = 'held' AND acting_for_id IS NOT NULL",
        person);
}

static void what_was_lent_ends_with_what_was_held(void **state)
{
    int64_t helper = room_person("Helper", ROLE_STAFF), lender = room_person("Lender", 0);
    for (int turn = 0; turn < 2; turn++) {
        room_as(ROLE_ADMIN);
        int64_t own = room_act(
            "grant_role.give", 0, room_fmt("person_id=%s", room_id(lender)), "role=finance", NULL);
        room_as_person(lender);
        room_act("grant_role.lend", 0, room_fmt("person_id=%s", room_id(helper)), "role=finance",
            room_fmt("until_on=%s", room_day(30)), NULL);
        assert_int_equal(lent_roles(helper), 1);
        room_as(ROLE_ADMIN);
        if (turn == 0) {
            room_act("grant_role.end", own, NULL);
        } else {
            room_act("person.disable", lender, "reason=Left", NULL);
        }
        assert_int_equal(lent_roles(helper), 0);
    }
}

static void an_old_address_opens_nothing(void **state)
{
    room_as(ROLE_ADMIN);
    int64_t id = room_act(
        "person.invite", 0, "name=Typo", "email=wrong@example.org", "roles=applicant", NULL);
    const char *to, *token = NULL;
    for (const char *body; *(body = chain_letter(&to));) {
        const char *at = strstr(body, "/link/");
        token = at && str_eq(to, "wrong@example.org") ? room_fmt("%.43s", at + 6) : token;
    }
    assert_non_null(token);
    const char *path;
    int64_t person;
    room_as(ROLE_PUBLIC);
    assert_int_equal(session_find_link(&room.ctx, token, &person, &path), OK);
    // The same address in another spelling is no change.
    room_as(ROLE_ADMIN);
    room_act("person.edit", id, "name=Typo", "email=WRONG@example.org", NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(session_find_link(&room.ctx, token, &person, &path), OK);
    room_as(ROLE_ADMIN);
    room_act("person.edit", id, "name=Typo", "email=right@example.org", NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(session_find_link(&room.ctx, token, &person, &path), ERR_NOT_FOUND);
    bool told = false;
    for (const char *body; *(body = chain_letter(&to));) {
        told |= str_eq(to, "WRONG@example.org") && strstr(body, "Your address at");
    }
    assert_true(told);
}

static void roles_run_out(void **state)
{
    int64_t person = room_person("Short Term", 0);
    room_as(ROLE_ADMIN);
    int64_t role = room_act("grant_role.give", 0, room_fmt("person_id=%s", room_id(person)),
        "role=auditor", room_fmt("until_on=%s", room_day(-3)), NULL);
    assert_int_equal(roles_of(person), 0); // over already, whether or not the clock came by
    int n;
    assert_int_equal(jobs_run_due(room.office, &room.arena, &n), OK);
    room_as(ROLE_ADMIN);
    assert_string_equal(room_text("grant_role", role, "state"), "ended");
}

// ---- leaving -----------------------------------------------------------------------------------

static int64_t challenge_of(int64_t owner, const char *title)
{
    room_as_person(owner);
    return room_act("challenge.draft", 0, room_fmt("title=%s", title), "problem=It leaks.",
        room_fmt("department_id=%s", room_id(room.department)), NULL);
}

static void everything_goes_to_another_in_one_act(void **state)
{
    int64_t leaver = room_person("Leaver", ROLE_STAFF), heir = room_person("Heir", ROLE_STAFF);
    int64_t one = challenge_of(leaver, "Roof"), two = challenge_of(leaver, "Cellar");
    int64_t other = challenge_of(heir, "Own");
    room_as_system();
    int64_t n;
    assert_int_equal(hand_over_count(&room.ctx, leaver, &n), OK);
    assert_int_equal(n, 2);
    room_as(ROLE_STAFF);
    room_refuse(ERR_DENIED, "person.hand_over", leaver, room_fmt("to_id=%s", room_id(heir)), NULL);
    room_as(ROLE_ADMIN);
    room_refuse(
        ERR_INVALID, "person.hand_over", leaver, room_fmt("to_id=%s", room_id(leaver)), NULL);
    int64_t rev = room_int("challenge", one, "rev");
    room_act("person.hand_over", leaver, room_fmt("to_id=%s", room_id(heir)), NULL);
    assert_int_equal(room_int("challenge", one, "owner_id"), heir);
    assert_int_equal(room_int("challenge", two, "owner_id"), heir);
    assert_int_equal(room_int("challenge", other, "owner_id"), heir);
    assert_int_equal(room_int("challenge", one, "rev"), rev + 1);
    // Each record's own history tells it.
    assert_int_equal(count("SELECT COUNT(*) AS n FROM act WHERE city = :city AND record_id = :id "
                           "AND command = 'person.hand_over'",
                         one),
        1);
    assert_int_equal(count("SELECT COUNT(*) AS n FROM act WHERE city = :city AND record_id = :id "
                           "AND command = 'person.hand_over'",
                         other),
        0);
    room_as_system();
    assert_int_equal(hand_over_count(&room.ctx, leaver, &n), OK);
    assert_int_equal(n, 0);
    struct value told;
    assert_int_equal(notice_list(&room.ctx, heir, 0, 10, &told), OK);
    assert_true(value_len(&told) > 0);
    assert_string_equal(
        value_get_text(value_at(&told, 0), "text", ""), "2 records came to you from Leaver");
}

static void a_closed_account_is_out_at_once(void **state)
{
    int64_t id;
    room_as_system();
    struct new_user user = { .name = "Goes Away",
        .email = "goes@example.org",
        .password = "seven slow blue whales",
        .roles = ROLE_STAFF };
    assert_int_equal(accounts_create_user(&room.ctx, &user, &id), OK);
    struct browser b = { 0 };
    browser_begin(&b, METHOD_POST);
    assert_int_equal(session_sign_in(&room.ctx, &b.q, &b.r, user.email, user.password), OK);
    browser_end(&b);
    browser_look(&b);
    assert_int_equal(room.ctx.viewer.person, id);
    room_as(ROLE_ADMIN);
    room_refuse(ERR_INVALID, "person.disable", id, NULL); // a reason is needed
    room_act("person.disable", id, "reason=Left the city", NULL);
    browser_look(&b);
    assert_int_equal(room.ctx.viewer.person, 0);
    browser_begin(&b, METHOD_POST);
    assert_int_equal(session_sign_in(&room.ctx, &b.q, &b.r, user.email, user.password), ERR_DENIED);
    room_as(ROLE_ADMIN);
    room_act("person.enable", id, "reason=Came back", NULL);
    browser_begin(&b, METHOD_POST);
    assert_int_equal(session_sign_in(&room.ctx, &b.q, &b.r, user.email, user.password), OK);
}

static void a_person_is_erased_and_proofs_stay(void **state)
{
    room_as(ROLE_ADMIN);
    int64_t id = room_act("person.invite", 0, "name=Erase Marker", "email=erase@example.org",
        "roles=applicant", NULL);
    room_refuse(ERR_STATE, "person.erase", id, "reason=Asked for it", NULL); // closed first
    room_act("person.disable", id, "reason=Asked for it", NULL);
    room_as(ROLE_COUNSEL);
    room_act("person.hold", id, "reason=A suit", NULL);
    room_as(ROLE_ADMIN);
    room_refuse(ERR_STATE, "person.erase", id, "reason=Asked for it", NULL);
    room_refuse(ERR_DENIED, "person.release_hold", id, "reason=I say so", NULL);
    room_as(ROLE_COUNSEL);
    room_act("person.release_hold", id, "reason=The suit is over", NULL);
    room_as(ROLE_ADMIN);
    int64_t acts =
        count("SELECT COUNT(*) AS n FROM act WHERE city = :city AND record_id = :id", id);
    room_as(ROLE_ADMIN);
    room_act("person.erase", id, "reason=Asked for it", NULL);
    assert_string_equal(room_text("person", id, "name"), "Erased person");
    assert_string_equal(room_text("person", id, "state"), "erased");
    assert_int_equal(
        count("SELECT COUNT(*) AS n FROM act WHERE city = :city AND record_id = :id", id),
        acts + 1);
    assert_int_equal(count("SELECT COUNT(*) AS n FROM grant_role WHERE city = :city "
                           "AND person_id = :id AND state = 'held'",
                         id),
        0);
    int64_t again;
    assert_int_equal(accounts_find(&room.ctx, "erase@example.org", &again), ERR_NOT_FOUND);
    // The ledger is whole, and says how many facts were forgotten.
    struct ledger_report report;
    room_as_system();
    int sequenced;
    if (ledger_sequence(&room.ctx, &sequenced) != OK) {
        fail_msg("%s", room.arena.detail);
    }
    if (ledger_verify(&room.ctx, &report, NULL, NULL) != OK) {
        fail_msg("%s", room.arena.detail);
    }
    for (size_t i = 0; i < value_len(&report.faults); i++) {
        const struct value *f = value_at(&report.faults, i);
        if (str_eq(value_get_text(f, "kind", ""), "person") && value_get_int(f, "id", 0) == id) {
            fail_msg("%s: %s", value_get_text(f, "what", ""), value_get_text(f, "text", ""));
        }
    }
}

static void one_changes_ones_own_profile_and_nobody_elses(void **state)
{
    room_as(ROLE_LIAISON);
    int64_t me = room.ctx.viewer.person;
    room_act("person.describe", me, "name=Liaison", "language=es", NULL);
    assert_string_equal(room_text("person", me, "language"), "es");
    // A form doesn't show the sealed address, so an empty one keeps it.
    int64_t found;
    room_as(ROLE_ADMIN);
    room_act("person.edit", me, "name=Liaison", "email=", "phone=", NULL);
    room_as_system();
    assert_int_equal(
        accounts_find(&room.ctx, room_fmt("p%lld@example.org", (long long)me), &found), OK);
    room_as(ROLE_LIAISON);
    room_refuse(ERR_DENIED, "person.describe", room.people[1], "name=Somebody else", NULL);
    room_refuse(ERR_DENIED, "person.edit", me, "name=Liaison", NULL);
}

// ---- what all queries owe ----------------------------------------------------------------------

// A role that ended must open nothing: every query and scope that looks at roles looks at their
// state, too.
static void every_query_asks_whether_a_role_is_held(void **state)
{
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (!str_ends(f->path, "queries.sql")) {
            continue;
        }
        for (const char *at = strstr(f->data, "-- name:"); at;) {
            const char *next = strstr(at + 1, "-- name:");
            const char *query = next ? room_fmt("%.*s", (int)(next - at), at) : room_fmt("%s", at);
            const char *table = strstr(query, " grant_role ");
            bool reads = table && !strstr(query, "grant_role.same");
            if (reads && !strstr(query, "state = 'held'")) {
                fail_msg("%s reads grant_role without state = 'held': %.60s", f->path, query);
            }
            at = next;
        }
    }
    for (size_t i = 0; office_rooms[i]; i++) {
        const struct kind *const *k = office_rooms[i]->kinds;
        for (; k && *k; k++) {
            const char *scopes[] = { (*k)->scope.public, (*k)->scope.outside, (*k)->scope.office };
            for (size_t j = 0; j < ARRAY_LEN(scopes); j++) {
                if (scopes[j] && strstr(scopes[j], "grant_role") &&
                    !strstr(scopes[j], "state = 'held'")) {
                    fail_msg("the scope of %s reads grant_role without state = 'held'", (*k)->name);
                }
            }
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_makes_a_person_with_roles_and_a_link),
        cmocka_unit_test(a_liaison_needs_a_department),
        cmocka_unit_test(only_administrators_make_accounts),
        cmocka_unit_test(the_command_line_makes_users),
        cmocka_unit_test(nobody_sees_addresses_in_records),
        cmocka_unit_test(roles_are_given_and_end),
        cmocka_unit_test(nobody_gives_themselves_a_role),
        cmocka_unit_test(a_role_is_lent_for_an_absence),
        cmocka_unit_test(what_was_lent_ends_with_what_was_held),
        cmocka_unit_test(an_old_address_opens_nothing),
        cmocka_unit_test(roles_run_out),
        cmocka_unit_test(everything_goes_to_another_in_one_act),
        cmocka_unit_test(a_closed_account_is_out_at_once),
        cmocka_unit_test(a_person_is_erased_and_proofs_stay),
        cmocka_unit_test(one_changes_ones_own_profile_and_nobody_elses),
        cmocka_unit_test(every_query_asks_whether_a_role_is_held),
        cmocka_unit_test(the_last_administrator_stays),
    };
    static const struct room *const rooms[] = { &accounts_room, &challenges_room, &partners_room,
        NULL };
    room_rooms = rooms;
    return ROOM_TESTS(tests);
}
