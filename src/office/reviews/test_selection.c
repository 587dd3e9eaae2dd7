// SPDX-License-Identifier: Apache-2.0
#include "reviews/test_round.h"

static void reviewed(int64_t pitch, int64_t person, const char *one, const char *two)
{
    int64_t id = give(pitch, person);
    score(id, person, one, two);
    lock(id, person);
}

// The board's row of a pitch, up to the next; "" when there is none.
static const char *row_of(const char *page, const char *label)
{
    const char *at = strstr(page, room_fmt(">%s<", label));
    const char *end = at ? strstr(at, "</tr>") : NULL;
    return end ? room_fmt("%.*s", (int)(end - at), at) : "";
}

static void the_board_knows_locked_scores_alone(void **state)
{
    struct round r = in_review(FIRM, "Two Ltd");
    int64_t first = give(r.a, r.evaluator), second = give(r.a, r.second);
    score(first, r.evaluator, "2", "5");
    score(second, r.second, "1", "1");
    room_as(ROLE_PROCUREMENT);
    const char *page = page_of("/calls/{id}/board", r.call);
    assert_non_null(strstr(row_of(page, "Pitch 1"), "0 of 2"));
    assert_null(strstr(row_of(page, "Pitch 1"), "3.2"));
    lock(first, r.evaluator);
    room_as(ROLE_PROCUREMENT);
    page = page_of("/calls/{id}/board", r.call);
    assert_non_null(strstr(row_of(page, "Pitch 1"), "1 of 2"));
    assert_non_null(strstr(row_of(page, "Pitch 1"), "3.2")); // 2 × 0.6 + 5 × 0.4
    lock(second, r.second);
    room_as(ROLE_STAFF);
    page = page_of("/calls/{id}/board", r.call);
    assert_non_null(strstr(row_of(page, "Pitch 1"), "2.1"));
    assert_non_null(strstr(row_of(page, "Pitch 1"), "2 of 2"));
    assert_non_null(strstr(page, "Eva Luator"));
    for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
        assert_null(strstr(page, markers[i]));
    }
    // A review in conflict is a gap: it stands in no count.
    room_as_person(r.second);
    room_act("review.report_conflict", second, "conflict_note=" NOTE, NULL);
    room_as(ROLE_STAFF);
    page = page_of("/calls/{id}/board", r.call);
    assert_non_null(strstr(row_of(page, "Pitch 1"), "1 of 1"));
    assert_null(strstr(page, "Sec Ond"));
    assert_null(strstr(page, "onflict"));
    for (uint32_t role = ROLE_PUBLIC; role < ROLE_CLOCK; role <<= 1) {
        if (!(role & (ROLE_DIRECTOR | ROLE_STAFF | ROLE_PROCUREMENT))) {
            room_as(role);
            assert_string_equal(page_of("/calls/{id}/board", r.call), "");
        }
    }
}

static int64_t drafted(int64_t call)
{
    room_as(ROLE_STAFF);
    return room_act("selection.draft", 0, room_fmt("call_id=%s", room_id(call)), NULL);
}

static int64_t choice_for(int64_t selection, int64_t pitch)
{
    struct value rows;
    room_as(ROLE_STAFF);
    assert_int_equal(
        db_rows_sql(room.db, &room.arena,
            "SELECT t.id AS id FROM choice t WHERE t.city = :city AND t.selection_id "
            "= :selection_id AND t.pitch_id = :pitch_id",
            ARGS(ARG("selection_id", value_id(selection)), ARG("pitch_id", value_id(pitch))),
            &rows),
        OK);
    assert_int_equal(value_len(&rows), 1);
    return value_get_int(value_at(&rows, 0), "id", 0);
}

static void the_line_follows_the_choice(void **state)
{
    struct round r = in_review("One Ltd", "Two Ltd");
    reviewed(r.a, r.evaluator, "2", "2");
    reviewed(r.b, r.evaluator, "5", "5");
    int64_t id = drafted(r.call), a = choice_for(id, r.a), b = choice_for(id, r.b);
    room_as(ROLE_STAFF);
    const char *page = page_of("/calls/{id}/board", r.call);
    assert_true(strstr(page, ">Pitch 2<") < strstr(page, ">Pitch 1<")); // the higher first
    assert_null(strstr(page, "ph-cut")); // nothing is known to cost anything
    room_act("choice.take", a, "amount_cents=5000", "reason=It fits.", NULL);
    page = page_of("/calls/{id}/board", r.call);
    assert_non_null(strstr(page, "ph-cut"));
    assert_true(strstr(page, "ph-cut") > strstr(page, ">Pitch 2<"));
    room_act("choice.take", b, "amount_cents=20000.01", "reason=It is good.", NULL);
    assert_null(strstr(page_of("/calls/{id}/board", r.call), "ph-cut")); // not even the first
    room_act("choice.take", b, "amount_cents=20000", "reason=It is good.", NULL);
    page = page_of("/calls/{id}/board", r.call);
    assert_true(strstr(page, "ph-cut") < strstr(page, ">Pitch 2<"));
    assert_non_null(strstr(page_of("/selections/{id}", id), "$25,000"));
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "selection.announce", id, "reasons=Both.", NULL);
    assert_true(chain_says("$25,000"));
}

static void nothing_is_announced_too_early(void **state)
{
    struct round r = in_review("One Ltd", "Two Ltd");
    int64_t open = give(r.b, r.evaluator);
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "selection.draft", 0, room_fmt("call_id=%s", room_id(r.call)), NULL);
    score(open, r.evaluator, "3", "3");
    lock(open, r.evaluator);
    reviewed(r.a, r.evaluator, "4", "4");
    int64_t id = drafted(r.call);
    room_refuse(ERR_INVALID, "selection.draft", 0, room_fmt("call_id=%s", room_id(r.call)), NULL);
    room_as(ROLE_PROCUREMENT);
    room_refuse(ERR_STATE, "review.reopen", open, "reason=Late.", NULL);
    assert_int_not_equal(try_give(r.a, r.second, ROLE_STAFF), OK);
    room_as(ROLE_STAFF);
    room_refuse(ERR_DENIED, "selection.announce", id, "reasons=None.", NULL);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "selection.announce", id, "reasons=None.", NULL);
    assert_true(chain_says("every pitch"));
    room_act("choice.take", choice_for(id, r.a), "amount_cents=100", "reason=Good.", NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "choice.leave", choice_for(id, r.b), NULL);
    room_act("choice.leave", choice_for(id, r.b), "reason=Thin.", NULL);
    // The chosen one withdraws meanwhile.
    room_as_person(party(r.a));
    room_act("pitch.withdraw", r.a, NULL);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "selection.announce", id, "reasons=One.", NULL);
    assert_true(chain_says("withdrawn"));
    room_act("choice.leave", choice_for(id, r.a), "reason=Withdrawn.", NULL);
    room_as(ROLE_DIRECTOR);
    room_act("selection.announce", id, "reasons=None is good enough.", NULL);
    room_as(ROLE_STAFF);
    assert_string_equal(room_text("pitch", r.a, "state"), "withdrawn");
    assert_string_equal(room_text("pitch", r.b, "state"), "declined");
    room_refuse(ERR_STATE, "choice.take", choice_for(id, r.b), "reason=After all.", NULL);
}

// Whether the one letter to that address has the words.
static bool letters_say(const char *address, const char *words)
{
    const char *to, *body;
    bool found = false;
    int letters = 0;
    while (*(body = chain_letter(&to))) {
        assert_null(strstr(body, "Eva Luator"));
        assert_null(strstr(body, "Sec Ond"));
        assert_null(strstr(body, "Markercomment"));
        letters += str_eq(to, address);
        found = found || (str_eq(to, address) && strstr(body, words));
    }
    return found && letters == 1;
}

static void one_act_tells_everybody(void **state)
{
    struct round r = in_review("Newcomer Works", "Two Ltd");
    struct value rows;
    reviewed(r.a, r.evaluator, "5", "4");
    reviewed(r.a, r.second, "4", "4");
    reviewed(r.b, r.evaluator, "2", "1");
    int64_t id = drafted(r.call), won = party(r.a), lost = party(r.b);
    room_as(ROLE_STAFF);
    room_act(
        "choice.take", choice_for(id, r.a), "amount_cents=15000", "reason=It helps most.", NULL);
    room_act("choice.leave", choice_for(id, r.b), "reason=It shows too little.", NULL);
    room_as_person(won);
    assert_int_equal(rows_of("review.own_scores", "pitch_id", r.a), 0);
    assert_int_equal(room_get("selection", id).kind, V_NULL);
    assert_int_equal(rows_of("selection.choices", "selection_id", id), 0);
    chain_no_letters();
    room_as(ROLE_PROCUREMENT);
    room_act("selection.announce", id, "reasons=By the criteria.", NULL);
    assert_true(letters_say(room_fmt("a%d@example.org", pitches_made),
        "It shows too little. Its scores, from 1 to 5, each the mean of all who reviewed it: Does "
        "it help? 2.0"));
    room_as(ROLE_STAFF);
    assert_string_equal(room_text("pitch", r.a, "state"), "selected");
    assert_string_equal(room_text("pitch", r.a, "decision_reason"), "It helps most.");
    assert_string_equal(room_text("pitch", r.b, "state"), "declined");
    assert_string_equal(room_text("call", r.call, "state"), "decided");
    assert_int_equal(db_rows_sql(room.db, &room.arena,
                         "SELECT t.id AS id, t.title AS title, t.state AS state, t.origin AS "
                         "origin, t.pitch_id AS pitch_id, t.department_id AS department_id, "
                         "t.organisation_id AS organisation_id FROM pilot t WHERE t.city = :city "
                         "AND t.call_id = :call_id",
                         ARGS(ARG("call_id", value_id(r.call))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 1);
    const struct value *pilot = value_at(&rows, 0);
    assert_string_equal(value_get_text(pilot, "state", ""), "proposed");
    assert_string_equal(value_get_text(pilot, "origin", ""), "call");
    assert_true(value_get_int(pilot, "pitch_id", 0) == r.a);
    assert_true(value_get_int(pilot, "department_id", 0) == room.department);
    assert_string_equal(
        room_text("organisation", value_get_int(pilot, "organisation_id", 0), "title"),
        "Newcomer Works");
    // Each their own means, once it is decided, and nobody the other's.
    room_as_person(won);
    assert_int_equal(db_rows(room.db, &room.arena, "review.own_scores",
                         ARGS(ARG("pitch_id", value_id(r.a))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 2);
    assert_true(value_get_num(value_at(&rows, 0), "value_num", 0) == 4.5);
    assert_int_equal(rows_of("review.own_scores", "pitch_id", r.b), 0);
    room_as_person(lost);
    assert_int_equal(rows_of("review.own_scores", "pitch_id", r.b), 2);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "selection.announce", id, "reasons=Again.", NULL);
}

static void a_known_organisation_isnt_made_twice(void **state)
{
    int64_t known = organisation("Known Works");
    struct round r = in_review(" KNOWN works", "Two Ltd");
    struct value rows;
    reviewed(r.a, r.evaluator, "5", "4");
    int64_t id = drafted(r.call);
    room_as(ROLE_STAFF);
    room_act("choice.take", choice_for(id, r.a), "reason=It helps.", NULL);
    room_act("choice.leave", choice_for(id, r.b), "reason=It doesn’t.", NULL);
    room_as(ROLE_DIRECTOR);
    room_act("selection.announce", id, "reasons=By the criteria.", NULL);
    assert_int_equal(
        db_rows_sql(room.db, &room.arena,
            "SELECT t.organisation_id AS organisation_id FROM pilot t WHERE t.city = :city AND "
            "t.call_id = :call_id",
            ARGS(ARG("call_id", value_id(r.call))), &rows),
        OK);
    assert_true(value_get_int(value_at(&rows, 0), "organisation_id", 0) == known);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_board_knows_locked_scores_alone),
        cmocka_unit_test(the_line_follows_the_choice),
        cmocka_unit_test(nothing_is_announced_too_early),
        cmocka_unit_test(one_act_tells_everybody),
        cmocka_unit_test(a_known_organisation_isnt_made_twice),
    };
    return ROOM_TESTS(tests);
}
