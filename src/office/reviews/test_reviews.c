// SPDX-License-Identifier: Apache-2.0
#include "reviews/test_round.h"

static void scores_are_ones_own_until_locked(void **state)
{
    struct round r = in_review(FIRM, "Other Ltd");
    int64_t mine = give(r.a, r.evaluator), other = give(r.a, r.second);
    score(mine, r.evaluator, "2", "5");
    assert_int_equal(rows_of("review.my_scores", "review_id", mine), 2);
    for (uint32_t role = ROLE_PUBLIC; role < ROLE_CLOCK; role <<= 1) {
        room_as(role);
        assert_nothing_found(role_name(role));
        assert_pages_clean(mine, role_name(role));
        assert_int_equal(rows_of("review.my_scores", "review_id", mine), 0);
        assert_int_equal(rows_of("review.locked_scores", "review_id", mine), 0);
        assert_int_equal(rows_of("review.own_scores", "pitch_id", r.a), 0);
    }
    room_as_person(r.second);
    assert_nothing_found("the other evaluator");
    assert_pages_clean(mine, "the other evaluator");
    assert_string_equal(page_of("/reviews/{id}", mine), "");
    assert_int_equal(room_get("review", mine).kind, V_NULL);
    assert_int_equal(rows_of("review.my_scores", "review_id", mine), 0);
    room_refuse(ERR_NOT_FOUND, "review.score", mine, "score_1=1", NULL);
    room_as_person(party(r.a));
    assert_nothing_found("the applicant");
    assert_int_equal(room_get("review", mine).kind, V_NULL);
    assert_tables_clean();
    // Locked: those who run the round read it, another evaluator of the same pitch doesn't.
    lock(mine, r.evaluator);
    room_as(ROLE_PROCUREMENT);
    assert_int_equal(rows_of("review.locked_scores", "review_id", mine), 2);
    room_as_person(r.second);
    assert_int_equal(rows_of("review.locked_scores", "review_id", mine), 0);
    room_as(ROLE_LIAISON);
    assert_int_equal(room_get("review", mine).kind, V_NULL);
    assert_int_equal(rows_of("review.locked_scores", "review_id", mine), 0);
    room_as_person(party(r.a));
    assert_int_equal(rows_of("review.own_scores", "pitch_id", r.a), 0);
    (void)other;
}

// Somebody who both runs the round and reviews in it doesn't read others' before their own is
// locked.
static void whoever_runs_it_scores_first(void **state)
{
    struct round r = in_review("One Ltd", "Two Ltd");
    int64_t both = room_person("Bo Th", ROLE_STAFF);
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(db_insert(room.db, &room.arena, "grant_role", false,
                         ARGS(ARG("id", value_id(id_new())), ARG("person_id", value_id(both)),
                             ARG("role", value_text("evaluator")))),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    int64_t mine = give(r.a, both), other = give(r.a, r.evaluator);
    score(other, r.evaluator, "1", "1");
    lock(other, r.evaluator);
    room_as_person(both);
    assert_int_equal(rows_of("review.locked_scores", "review_id", other), 0);
    score(mine, both, "4", "4");
    assert_int_equal(rows_of("review.locked_scores", "review_id", other), 0);
    lock(mine, both);
    assert_int_equal(rows_of("review.locked_scores", "review_id", other), 2);
}

static void the_pitch_stands_beside_the_rubric(void **state)
{
    struct round r = in_review(FIRM, "Two Ltd");
    int64_t id = give(r.a, r.evaluator), next = give(r.b, r.evaluator);
    room_as_person(r.evaluator);
    const char *page = page_of("/reviews/{id}", id);
    assert_non_null(strstr(page, "They see."));
    assert_null(strstr(page, "On forty blocks.")); // before the declaration the summary alone
    assert_null(strstr(page, "name=\"score_1\""));
    score(id, r.evaluator, "2", "5");
    page = page_of("/reviews/{id}", id);
    assert_non_null(strstr(page, "On forty blocks."));
    assert_non_null(strstr(page, "Every criterion is scored."));
    assert_non_null(strstr(page, "name=\"score_1\" value=\"2\" checked"));
    assert_non_null(strstr(page, "name=\"score_2\" value=\"5\" checked"));
    assert_null(strstr(page, "score_3"));
    assert_non_null(strstr(page, COMMENT));
    assert_null(strstr(page, "Markerfirma"));
    assert_null(strstr(page, "Markername"));
    assert_non_null(strstr(page, room_id(next)));
    assert_non_null(strstr(page_of("/reviews", 0), "0 of 2 locked."));
    lock(id, r.evaluator);
    assert_non_null(strstr(page_of("/reviews", 0), "1 of 2 locked."));
    room_as(ROLE_STAFF);
    assert_non_null(strstr(page_of("/reviews/{id}", id), COMMENT));
    assert_null(strstr(page_of("/reviews/{id}", id), "Markerfirma"));
    room_as(ROLE_COUNSEL); // sees that there is a review, not what it gave
    page = page_of("/reviews/{id}", id);
    assert_non_null(strstr(page, "Pitch 1"));
    assert_null(strstr(page, COMMENT));
}

static void locking_needs_every_criterion(void **state)
{
    struct round r = in_review("One Ltd", "Two Ltd");
    int64_t id = give(r.a, r.evaluator);
    room_as_person(r.evaluator);
    room_refuse(ERR_STATE, "review.score", id, "score_1=3", NULL); // not declared yet
    room_act("review.declare", id, "conflict=none", NULL);
    room_act("review.score", id, "score_1=3", "comment_1=First", NULL);
    room_refuse(ERR_STATE, "review.lock", id, NULL);
    assert_true(chain_says("one is left"));
    room_refuse(ERR_INVALID, "review.score", id, "score_2=6", NULL);
    room_refuse(ERR_INVALID, "review.score", id, "score_2=0", NULL);
    room_refuse(ERR_INVALID, "review.score", id, "score_3=4", NULL); // there are two criteria
    // What isn't sent stays, what is sent empty is cleared.
    room_act("review.score", id, "score_2=4", "comment_1=", NULL);
    struct value rows;
    assert_int_equal(db_rows(room.db, &room.arena, "review.my_scores",
                         ARGS(ARG("review_id", value_id(id))), &rows),
        OK);
    for (size_t i = 0; i < 2; i++) {
        int64_t n = value_get_int(value_at(&rows, i), "value_n", 0);
        assert_true(n == 3 || n == 4);
        assert_int_equal(value_get(value_at(&rows, i), "comment")->kind, V_NULL);
    }
    room_act("review.lock", id, NULL);
    room_refuse(ERR_STATE, "review.score", id, "score_1=5", NULL);
    // Opened again by procurement alone, with a reason.
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_DENIED, "review.reopen", id, "reason=Typo.", NULL);
    room_as(ROLE_PROCUREMENT);
    room_refuse(ERR_INVALID, "review.reopen", id, NULL);
    room_act("review.reopen", id, "reason=A typing error, said the evaluator.", NULL);
    assert_int_equal(rows_of("review.locked_scores", "review_id", id), 0);
    lock(id, r.evaluator);
    // Not once names are open.
    room_as(ROLE_DIRECTOR);
    room_act("call.unblind", r.call, NULL);
    room_as(ROLE_PROCUREMENT);
    room_refuse(ERR_STATE, "review.reopen", id, "reason=Again.", NULL);
    assert_int_not_equal(try_give(r.b, r.evaluator, ROLE_STAFF), OK);
}

static void names_wait_for_the_last_lock(void **state)
{
    struct round r = in_review("One Ltd", "Two Ltd");
    int64_t a = give(r.a, r.evaluator), b = give(r.b, r.evaluator);
    score(a, r.evaluator, "3", "3");
    lock(a, r.evaluator);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.unblind", r.call, NULL);
    score(b, r.evaluator, "3", "3");
    lock(b, r.evaluator);
    room_as(ROLE_DIRECTOR);
    room_act("call.unblind", r.call, NULL);
}

static void refused(int64_t pitch, int64_t person)
{
    assert_int_equal(try_give(pitch, person, ROLE_STAFF), ERR_INVALID);
    assert_int_equal(room.outcome.n_errors, 1);
    assert_string_equal(
        room.outcome.errors[0].text, "This person can’t review this pitch. Choose another.");
}

static void conflicts_are_seen_and_not_told(void **state)
{
    struct round r = in_review("Curbwise Inc.", "Two Ltd");
    // A standing interest, by name; by organisation; working there; pitching oneself.
    int64_t by_text = room_person("By Text", ROLE_EVALUATOR),
            by_record = room_person("By Record", ROLE_EVALUATOR),
            works = room_person("Wor Ker", ROLE_EVALUATOR), firm = organisation("CURBWISE");
    room_as_person(by_text);
    int64_t interest = room_act("interest.declare", 0, "text=I own a tenth of curbwise", NULL);
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "text", value_text("My husband's employer"));
    value_set(&room.arena, &v, "organisation_id", value_id(firm));
    room_as_person(by_record);
    chain_act("interest.declare", 0, &v);
    chain_set("person", works, "organisation_id", value_id(firm));
    int64_t people[] = { by_text, by_record, works };
    for (size_t i = 0; i < ARRAY_LEN(people); i++) {
        refused(r.a, people[i]);
        assert_int_equal(try_give(r.b, people[i], ROLE_STAFF), OK);
    }
    room_as_person(by_text);
    room_act("interest.end", interest, NULL);
    assert_int_equal(try_give(r.a, by_text, ROLE_STAFF), OK); // what has ended holds nobody back
    // Given already, and nobody's evaluator: the same words.
    give(r.a, r.evaluator);
    refused(r.a, r.evaluator);
    refused(r.a, room.people[__builtin_ctz(ROLE_STAFF)]);
    // Whose interests they are, and who may read them.
    room_as_person(by_record);
    room_refuse(ERR_NOT_FOUND, "interest.end", interest, NULL);
    room_as(ROLE_LIAISON);
    assert_int_equal(room_get("interest", interest).kind, V_NULL);
    room_as(ROLE_PROCUREMENT);
    assert_int_equal(room_get("interest", interest).kind, V_OBJECT);
    assert_int_equal(try_give(r.a, r.second, ROLE_EVALUATOR), ERR_DENIED);
}

static void a_conflict_leaves_and_is_replaced(void **state)
{
    struct round r = in_review(FIRM, "Two Ltd");
    int64_t id = give(r.a, r.evaluator);
    room_as_person(r.evaluator);
    room_refuse(ERR_INVALID, "review.declare", id, "conflict=conflict", NULL);
    room_act("review.declare", id, "conflict=conflict", "conflict_note=" NOTE, NULL);
    assert_int_equal(rows_of("review.pitch_to_judge", "review_id", id), 0);
    room_refuse(ERR_STATE, "review.score", id, "score_1=5", NULL);
    assert_int_equal(rows_of("review.conflict_note", "review_id", id), 1);
    for (uint32_t role = ROLE_PUBLIC; role < ROLE_CLOCK; role <<= 1) {
        room_as(role);
        assert_nothing_found(role_name(role));
        assert_int_equal(rows_of("review.conflict_note", "review_id", id), 0);
    }
    assert_tables_clean();
    room_as(ROLE_STAFF);
    assert_int_equal(rows_of("review.to_replace", "call_id", r.call), 1);
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "substitute_id", value_id(r.evaluator));
    assert_int_equal(
        act_run_values(&room.ctx, "review.reassign", id, &v, &room.outcome), ERR_INVALID);
    value_set(&room.arena, &v, "substitute_id", value_id(r.second));
    chain_act("review.reassign", id, &v);
    assert_int_equal(rows_of("review.to_replace", "call_id", r.call), 0);
    room_as_person(r.second);
    assert_int_equal(rows_of("review.inbox", "review_id", 0), 1);
    // A conflict found out late takes the scores with it.
    struct value rows;
    assert_int_equal(db_rows(room.db, &room.arena, "review.inbox", NO_ARGS, &rows), OK);
    int64_t other = value_get_int(value_at(&rows, 0), "id", 0);
    score(other, r.second, "5", "5");
    lock(other, r.second);
    room_act("review.report_conflict", other, "conflict_note=" NOTE, NULL);
    room_as(ROLE_PROCUREMENT);
    assert_int_equal(rows_of("review.locked_scores", "review_id", other), 0);
    room_act("review.do_without", other, "reason=Nobody is left.", NULL);
}

// An interest declared when the pitch is given already: what it touches leaves, scores and all.
static void interests_are_matched_again(void **state)
{
    const char *to;
    struct round r = in_review("Curbwise Inc.", "Two Ltd");
    int64_t touched = give(r.a, r.evaluator), other = give(r.b, r.evaluator),
            second = give(r.a, r.second);
    score(touched, r.evaluator, "5", "5");
    lock(touched, r.evaluator);
    chain_no_letters();
    room_as_person(r.evaluator);
    room_act("interest.declare", 0, "text=My sister plays the tuba", NULL);
    assert_string_equal(room_text("review", touched, "state"), "locked");
    room_act("interest.declare", 0, "text=I was paid by curbwise", NULL);
    assert_string_equal(room_text("review", touched, "state"), "conflicted");
    assert_string_equal(room_text("review", other, "state"), "assigned");
    const char *letter = chain_letter(&to);
    assert_non_null(strstr(letter, "isn’t yours to judge"));
    assert_null(strcasestr(letter, "curbwise"));
    room_as(ROLE_STAFF);
    assert_string_equal(room_text("review", second, "state"), "assigned");
    assert_int_equal(rows_of("review.locked_scores", "review_id", touched), 0);
    assert_int_equal(rows_of("review.to_replace", "call_id", r.call), 1);
    assert_null(strstr(page_of("/reviews/{id}", touched), "interest declared"));
    room_refuse(ERR_DENIED, "review.find_conflict", other, NULL);
    // What is decided stays decided.
    score(second, r.second, "4", "4");
    lock(second, r.second);
    chain_set("call", r.call, "state", value_text("decided"));
    room_as_person(r.second);
    room_act("interest.declare", 0, "text=Curbwise", NULL);
    assert_string_equal(room_text("review", second, "state"), "locked");
}

static int64_t say(int64_t review, const char *text)
{
    return room_act("remark.post", 0, room_fmt("review_id=%s", room_id(review)),
        room_fmt("text=%s", text), NULL);
}

static void cannot_say(int64_t review)
{
    room_refuse(ERR_INVALID, "remark.post", 0, room_fmt("review_id=%s", room_id(review)),
        "text=I think", NULL);
}

static void assert_hears_nothing(int64_t review, int64_t remark, const char *who)
{
    if (*page_of("/reviews/{id}/discussion", review) || room_get("remark", remark).kind != V_NULL ||
        rows_of("discussion.remarks", "pitch_id", room_int("review", review, "pitch_id")) ||
        strstr(page_of("/reviews/{id}", review), "/discussion")) {
        fail_msg("the discussion is heard by %s", who);
    }
}

static void they_discuss_what_is_locked(void **state)
{
    struct round r = in_review("Curbwise Inc.", "Two Ltd");
    int64_t mine = give(r.a, r.evaluator), other = give(r.a, r.second), away = give(r.b, r.second);
    int64_t third = room_person("Thi Rd", ROLE_EVALUATOR), theirs = give(r.a, third);
    score(mine, r.evaluator, "2", "5");
    lock(mine, r.evaluator);
    cannot_say(mine); // the others' are open
    assert_non_null(strstr(page_of("/reviews/{id}/discussion", mine), "when every review"));
    assert_null(strstr(page_of("/reviews/{id}/discussion", mine), "<form action=\"/remarks"));
    room_as(ROLE_STAFF);
    cannot_say(mine);
    score(other, r.second, "4", "4");
    lock(other, r.second);
    room_as_person(third);
    room_act("review.declare", theirs, "conflict=conflict", "conflict_note=" NOTE, NULL);
    room_as_person(r.evaluator);
    int64_t first = say(mine, "**Markercomment**: thin on winter.");
    room_as_person(r.second);
    say(other, "They tried it in snow.");
    const char *page = page_of("/reviews/{id}/discussion", other);
    assert_non_null(strstr(page, "<strong>Markercomment</strong>"));
    assert_non_null(strstr(page, "Eva Luator"));
    assert_non_null(strstr(page, ">3<")); // the mean of 2 and 4
    assert_non_null(strstr(page_of("/reviews/{id}", other), "2 remarks"));
    room_as(ROLE_STAFF); // the chair
    assert_non_null(strstr(page_of("/calls/{id}/board", r.call), room_id(mine)));
    int64_t last = say(other, "Then it stands.");
    assert_non_null(strstr(page_of("/reviews/{id}/discussion", mine), "in snow"));
    // Not whoever is in conflict, judges another pitch, pitches, or has no part in the round.
    room_as_person(third);
    assert_hears_nothing(theirs, first, "whoever is in conflict");
    cannot_say(theirs);
    room_as_person(party(r.a));
    assert_hears_nothing(mine, first, "its applicant");
    room_as_person(party(r.b));
    assert_hears_nothing(mine, first, "another applicant");
    static const uint32_t strangers[] = { ROLE_PUBLIC, ROLE_EVALUATOR, ROLE_LIAISON, ROLE_EXECUTIVE,
        ROLE_FINANCE, ROLE_REVIEWER, ROLE_MEMBER, ROLE_ADMIN };
    for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
        room_as(strangers[i]);
        assert_hears_nothing(mine, first, role_name(strangers[i]));
        assert_nothing_found(role_name(strangers[i]));
    }
    assert_tables_clean(); // the ledger has a commitment only
    // What names somebody is struck, and that stays to be seen.
    room_as_person(r.evaluator);
    room_refuse(ERR_DENIED, "remark.strike", first, "reason=Mine.", NULL);
    room_as(ROLE_STAFF);
    room_act("remark.strike", first, "reason=It names somebody.", NULL);
    assert_null(strstr(page_of("/reviews/{id}/discussion", mine), "Markercomment"));
    assert_non_null(strstr(page_of("/reviews/{id}/discussion", mine), "was struck"));
    // A review opened again closes it to the one, and for all to say more.
    room_as(ROLE_PROCUREMENT);
    room_act("review.reopen", other, "reason=A slip.", NULL);
    cannot_say(mine);
    room_as_person(r.second);
    assert_int_equal(room_get("remark", last).kind, V_NULL);
    room_as_person(r.evaluator);
    assert_int_equal(room_get("remark", last).kind, V_OBJECT);
    assert_null(strstr(page_of("/reviews/{id}/discussion", mine), "ph-table"));
    chain_set("review", other, "state", value_text("locked"));
    chain_set("call", r.call, "state", value_text("decided"));
    room_as_person(r.evaluator);
    cannot_say(mine);
    assert_non_null(strstr(page_of("/reviews/{id}/discussion", mine), "ended with the decision"));
    (void)away;
}

static void so_many_a_pitch(void **state)
{
    struct round r = in_review("Curbwise Inc.", "Two Ltd");
    struct value rows;
    room_as_person(r.evaluator);
    room_act("interest.declare", 0, "text=Curbwise", NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "assignment.make", 0, room_fmt("call_id=%s", room_id(r.call)),
        "per_pitch_n=0", room_fmt("due_on=%s", room_day(7)), NULL);
    int64_t id = room_act("assignment.make", 0, room_fmt("call_id=%s", room_id(r.call)),
        "per_pitch_n=2", room_fmt("due_on=%s", room_day(7)), NULL);
    assert_int_equal(room_int("assignment", id, "made_n"), 4);
    assert_string_equal(room_text("assignment", id, "report"), "");
    assert_int_equal(
        db_rows_sql(room.db, &room.arena,
            "SELECT t.person_id AS person_id FROM review t WHERE t.city = :city AND "
            "t.pitch_id = :id AND t.person_id = :who_id",
            ARGS(ARG("id", value_id(r.a)), ARG("who_id", value_id(r.evaluator))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 0);
    // Asked again, only what is missing is made; nobody gets the same pitch twice.
    id = room_act("assignment.make", 0, room_fmt("call_id=%s", room_id(r.call)), "per_pitch_n=2",
        room_fmt("due_on=%s", room_day(7)), NULL);
    assert_int_equal(room_int("assignment", id, "made_n"), 0);
    id = room_act("assignment.make", 0, room_fmt("call_id=%s", room_id(r.call)), "per_pitch_n=20",
        room_fmt("due_on=%s", room_day(7)), NULL);
    assert_non_null(strstr(room_text("assignment", id, "report"), "Pitch 1"));
    room_as(ROLE_EVALUATOR);
    assert_int_equal(room_get("assignment", id).kind, V_NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_ones_own_until_locked),
        cmocka_unit_test(whoever_runs_it_scores_first),
        cmocka_unit_test(the_pitch_stands_beside_the_rubric),
        cmocka_unit_test(locking_needs_every_criterion),
        cmocka_unit_test(names_wait_for_the_last_lock),
        cmocka_unit_test(conflicts_are_seen_and_not_told),
        cmocka_unit_test(a_conflict_leaves_and_is_replaced),
        cmocka_unit_test(interests_are_matched_again),
        cmocka_unit_test(so_many_a_pitch),
        cmocka_unit_test(they_discuss_what_is_locked),
    };
    return ROOM_TESTS(tests);
}
