// SPDX-License-Identifier: Apache-2.0
#include "pitches/test_pitch.h"

#include <sodium.h>

static void a_mail_link_starts_it(void **state)
{
    const char *to;
    int64_t call = chain_call(NULL);
    chain_no_letters();
    int64_t id = start(call, "Ann@Example.org");
    assert_non_null(strstr(chain_letter(&to), "/"));
    assert_string_equal(to, "Ann@Example.org");
    // Asked again, by whatever case: the same draft, the link again, nothing written over.
    as_applicant(id);
    room_act("pitch.write", id, "title=Kept", NULL);
    int64_t again = start(call, "ann@example.ORG");
    assert_true(again == id);
    as_applicant(id);
    assert_string_equal(room_text("pitch", id, "title"), "Kept");
    chain_letter(&to);
    chain_letter(&to);
    assert_string_equal(to, "");
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_INVALID, "pitch.start", 0, room_fmt("call_id=%s", room_id(call)),
        "organisation=X", "contact_name=Y", "email=not an address", NULL);
}

static void the_link_comes_again_without_a_word(void **state)
{
    const char *to;
    int64_t call = chain_call(NULL), id = handed_in(call, "link@example.org");
    int64_t rev = room_int("pitch", id, "rev");
    // Starting again changes nothing about what was handed in.
    assert_true(start(call, "link@example.org") == id);
    as_applicant(id);
    assert_string_equal(room_text("pitch", id, "state"), "submitted");
    assert_int_equal(room_int("pitch", id, "rev"), rev);
    chain_close_call(call);
    chain_no_letters();
    room_as(ROLE_PUBLIC);
    int64_t call_rev = room_int("call", call, "rev");
    room_act("call.send_link", call, "email=nobody@example.org", NULL);
    chain_letter(&to);
    assert_string_equal(to, "");
    room_as(ROLE_PUBLIC);
    room_act("call.send_link", call, "email=LINK@example.org", NULL);
    chain_letter(&to);
    assert_string_equal(to, "link@example.org");
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_int("call", call, "rev"), call_rev);
    // Nobody's mailbox is filled.
    for (int i = 0; i < 6; i++) {
        room_act("call.send_link", call, "email=link@example.org", NULL);
    }
    int n = 0;
    while (*chain_letter(&to)) {
        n++;
    }
    assert_true(n >= 1 && n <= 3);
}

static void drafts_are_nobody_elses(void **state)
{
    int64_t call = chain_call(NULL), id = start(call, "own@example.org"),
            other = start(call, "other@example.org");
    for (uint32_t role = ROLE_PUBLIC; role < ROLE_CLOCK; role <<= 1) {
        room_as(role);
        assert_int_equal(room_get("pitch", id).kind, V_NULL);
    }
    as_applicant(other);
    assert_int_equal(room_get("pitch", id).kind, V_NULL);
    room_refuse(ERR_NOT_FOUND, "pitch.write", id, "title=Mine now", NULL);
    assert_int_equal(room_get("pitch", other).kind, V_OBJECT);
}

static void it_is_handed_in_whole(void **state)
{
    int64_t call = chain_call(NULL), id = start(call, "whole@example.org");
    as_applicant(id);
    room_refuse(ERR_STATE, "pitch.submit", id, NULL);
    assert_true(chain_says("Before sending"));
    fill(id);
    room_refuse(ERR_STATE, "pitch.price", id, "price_cents=1", NULL);
    room_act("pitch.submit", id, NULL);
    const char *receipt = room_text("pitch", id, "receipt");
    assert_int_equal(strlen(receipt), 64);
    assert_string_equal(room_text("pitch", id, "label"), "Pitch 1");
    assert_int_equal(count("pitch.own_versions", "pitch_id", id), 2);
    // The receipt is the hash of what the applicant can fetch, and of nothing that could be
    // guessed.
    struct value content;
    assert_int_equal(db_row(room.db, &room.arena, "pitch.own_content",
                         ARGS(ARG("pitch_id", value_id(id))), &content),
        OK);
    const char *text = value_get_text(&content, "content", "");
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    assert_string_equal(str_hex(&room.arena, hash, sizeof(hash)), receipt);
    const char *salt = strstr(text, "\"salt\":\"");
    assert_non_null(salt);
    assert_int_equal(strcspn(salt + strlen("\"salt\":\""), "\""), 32);
    room_as(ROLE_DIRECTOR);
    assert_int_equal(db_row(room.db, &room.arena, "pitch.own_content",
                         ARGS(ARG("pitch_id", value_id(id))), &content),
        ERR_NOT_FOUND);
    as_applicant(id);
    room_refuse(ERR_STATE, "pitch.write", id, "title=Changed", NULL);
    // Taken back, unchanged and handed in again: the same receipt; changed: another.
    room_act("pitch.reopen", id, NULL);
    assert_int_equal(room_int("pitch", id, "submitted_at"), 0);
    room_act("pitch.submit", id, NULL);
    assert_string_equal(room_text("pitch", id, "receipt"), receipt);
    room_act("pitch.reopen", id, NULL);
    room_act("pitch.identify", id, "co_applicants=A university", NULL);
    room_act("pitch.submit", id, NULL);
    assert_string_not_equal(room_text("pitch", id, "receipt"), receipt);
    assert_string_equal(room_text("pitch", id, "label"), "Pitch 1");
    // What was left empty about oneself stayed.
    struct value who;
    assert_int_equal(db_row(room.db, &room.arena, "pitch.own_identity",
                         ARGS(ARG("pitch_id", value_id(id))), &who),
        OK);
    assert_string_equal(value_get_text(&who, "organisation", ""), "Markerfirma Ltd");
    assert_string_equal(value_get_text(&who, "co_applicants", ""), "A university");
}

static void it_says_which_challenges_it_answers(void **state)
{
    int64_t second = chain_challenge(),
            call = chain_draft_call(chain_challenge(), "20000", "formal");
    chain_criterion(call, "Does it help?", 100);
    room_as(ROLE_STAFF);
    room_act("further_challenge.add", 0, room_fmt("call_id=%s", room_id(call)),
        room_fmt("challenge_id=%s", room_id(second)), NULL);
    chain_set("challenge", second, "title", value_text("Dark corners"));
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", call, NULL);
    int64_t id = start(call, "several@example.org");
    fill(id);
    room_refuse(ERR_STATE, "pitch.submit", id, NULL);
    assert_true(chain_says("which challenges"));
    assert_non_null(strstr(chain_page(&pitches_room, "/pitches/{id}", id), "/do/choose"));
    room_refuse(ERR_INVALID, "pitch.choose", id, "answers=3", NULL);
    room_refuse(ERR_INVALID, "pitch.choose", id, "answers=0", NULL);
    room_refuse(ERR_INVALID, "pitch.choose", id, NULL);
    room_act("pitch.choose", id, "answers=2", "answers=1", NULL);
    assert_string_equal(room_text("pitch", id, "answers"), "1,2");
    room_act("pitch.choose", id, "answers=2", NULL);
    room_act("pitch.submit", id, NULL);
    assert_non_null(strstr(chain_page(&pitches_room, "/pitches/{id}", id), "Dark corners"));
    // A call of one challenge asks nothing.
    int64_t other = start(chain_call(NULL), "single@example.org");
    as_applicant(other);
    room_refuse(ERR_STATE, "pitch.choose", other, "answers=1", NULL);
    assert_null(strstr(chain_page(&pitches_room, "/pitches/{id}", other), "/do/choose"));
}

static void late_is_late(void **state)
{
    int64_t call = chain_call(NULL), id = start(call, "late@example.org");
    fill(id);
    chain_close_call(call);
    as_applicant(id);
    room_refuse(ERR_STATE, "pitch.submit", id, NULL);
    assert_true(chain_says("closed on"));
    room_refuse(ERR_STATE, "pitch.write", id, "title=More", NULL);
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_INVALID, "pitch.start", 0, room_fmt("call_id=%s", room_id(call)),
        "organisation=X", "contact_name=Y", "email=too@example.org", NULL);
    // Grace only where the call gives it, and no more than it gives.
    chain_set("call", call, "grace_minutes_n", value_int(1));
    as_applicant(id);
    room_act("pitch.submit", id, NULL);
    chain_set("call", call, "closes_at", value_time(clock_now() - CLOCK_MINUTE - CLOCK_SECOND));
    as_applicant(id);
    room_refuse(ERR_STATE, "pitch.reopen", id, NULL);
    room_act("pitch.withdraw", id, NULL);
}

static void nothing_tells_who_before_unblinding(void **state)
{
    key();
    int64_t call = chain_call("has_price=yes"), id = handed_in(call, "markermail@example.org");
    struct value row;
    const struct arg *args = ARGS(ARG("pitch_id", value_id(id)));
    room_as(ROLE_STAFF);
    assert_int_equal(room_get("pitch", id).kind, V_NULL); // the call is open
    room_refuse(ERR_NOT_FOUND, "pitch.find_eligible", id, NULL);
    chain_close_call(call);
    room_as(ROLE_STAFF);
    room_act("pitch.find_eligible", id, "screening_note=All rules met.", NULL);
    for (uint32_t role = ROLE_PUBLIC; role < ROLE_CLOCK; role <<= 1) {
        room_as(role);
        assert_viewer_finds_nothing(role_name(role));
        assert_int_equal(db_row(room.db, &room.arena, "pitch.identity", args, &row), ERR_NOT_FOUND);
        assert_int_equal(
            db_row(room.db, &room.arena, "pitch.price_opened", args, &row), ERR_NOT_FOUND);
        assert_int_equal(
            db_row(room.db, &room.arena, "pitch.own_identity", args, &row), ERR_NOT_FOUND);
    }
    assert_tables_clean();
    as_applicant(id);
    assert_int_equal(db_row(room.db, &room.arena, "pitch.identity", args, &row), OK);
    room_as(ROLE_EVALUATOR);
    room_refuse(ERR_DENIED, "call.unblind", call, NULL);
    room_as(ROLE_DIRECTOR);
    room_act("call.unblind", call, NULL);
    assert_int_equal(db_row(room.db, &room.arena, "pitch.identity", args, &row), OK);
    assert_string_equal(value_get_text(&row, "organisation", ""), "Markerfirma Ltd");
    room_as(ROLE_EVALUATOR); // not assigned
    assert_int_equal(db_row(room.db, &room.arena, "pitch.identity", args, &row), ERR_NOT_FOUND);
    room_refuse(ERR_NOT_FOUND, "pitch.find_eligible", id, NULL);
}

static void names_stay_closed_while_the_call_is_open(void **state)
{
    int64_t call = chain_call(NULL);
    handed_in(call, "early@example.org");
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.unblind", call, NULL);
    assert_true(chain_says("still open"));
}

static void prices_open_with_the_passphrase_alone(void **state)
{
    struct value row;
    room_as(ROLE_PROCUREMENT);
    room_refuse(ERR_INVALID, "procurement_key.make", 0, "title=Short", "passphrase=short",
        "passphrase_again=short", NULL);
    room_refuse(ERR_INVALID, "procurement_key.make", 0, "title=Two", "passphrase=" PASSPHRASE,
        "passphrase_again=" PASSPHRASE "r", NULL);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_DENIED, "procurement_key.make", 0, "title=Mine", "passphrase=" PASSPHRASE,
        "passphrase_again=" PASSPHRASE, NULL);
    key();
    int64_t call = chain_call("has_price=yes");
    int64_t id = handed_in(call, "price@example.org"), out = handed_in(call, "out@example.org");
    int64_t bare = start(call, "bare@example.org");
    fill(bare);
    room_refuse(ERR_STATE, "pitch.submit", bare, NULL);
    assert_true(chain_says("price"));
    chain_close_call(call);
    room_as(ROLE_STAFF);
    room_act("pitch.find_eligible", id, NULL);
    room_act("pitch.find_ineligible", out, "screening_note=Outside the city.", NULL);
    room_act("call.review", call, NULL);
    room_refuse(ERR_DENIED, "call.unseal_prices", call, "passphrase=" PASSPHRASE, NULL);
    room_as(ROLE_PROCUREMENT);
    room_refuse(ERR_INVALID, "call.unseal_prices", call, "passphrase=wrong horse battery", NULL);
    room_act("call.unseal_prices", call, "passphrase=" PASSPHRASE, NULL);
    assert_int_equal(db_row(room.db, &room.arena, "pitch.price_opened",
                         ARGS(ARG("pitch_id", value_id(id))), &row),
        OK);
    assert_int_equal(value_get_int(&row, "opened_cents", 0), 7771234);
    // Who is out of the round keeps their price.
    assert_int_equal(db_row(room.db, &room.arena, "pitch.price_opened",
                         ARGS(ARG("pitch_id", value_id(out))), &row),
        ERR_NOT_FOUND);
}

// A restored or copied office may have the prices without the locked half of their key.
static void a_lost_key_says_what_to_do(void **state)
{
    int64_t made = key(), call = chain_call("has_price=yes"), id = handed_in(call, "k@example.org");
    chain_close_call(call);
    room_as(ROLE_STAFF);
    room_act("pitch.find_eligible", id, NULL);
    room_act("call.review", call, NULL);
    chain_set("call", call, "price_key_id", value_id(id_new()));
    room_as(ROLE_PROCUREMENT);
    room_refuse(ERR_STATE, "call.unseal_prices", call, "passphrase=" PASSPHRASE, NULL);
    assert_true(chain_says("backup"));
    chain_set("call", call, "price_key_id", value_id(made));
    room_as(ROLE_PROCUREMENT);
    room_act("call.unseal_prices", call, "passphrase=" PASSPHRASE, NULL);
}

// Following or asking about a call that one pitches in isn't a second letter.
static void one_letter_each(void **state)
{
    const char *to;
    int64_t call = chain_call(NULL), n = 0;
    handed_in(call, "annie@example.org");
    room_as(ROLE_PUBLIC);
    room_act("question.ask", 0, room_fmt("call_id=%s", room_id(call)), "text=When?",
        "address= ANNIE@example.org", NULL);
    room_act("question.ask", 0, room_fmt("call_id=%s", room_id(call)), "text=Where?",
        "address=Bob@example.org", NULL);
    room_act("question.ask", 0, room_fmt("call_id=%s", room_id(call)), "text=Why?",
        "address=bob@example.org", NULL);
    chain_no_letters();
    room_as(ROLE_STAFF);
    room_act("addendum.publish", 0, room_fmt("call_id=%s", room_id(call)), "title=A map",
        "text=It was missing.", NULL);
    bool ann = false, bob = false;
    for (; *chain_letter(&to); n++) {
        ann = ann || str_eq(to, "annie@example.org");
        bob = bob || str_eq(str_lower(&room.arena, to), "bob@example.org");
    }
    assert_true(ann && bob);
    assert_int_equal(n, 2);
}

static void a_price_needs_a_key_to_publish(void **state)
{
    room_as_system();
    struct value row;
    while (db_row(room.db, &room.arena, "procurement_key.newest", NO_ARGS, &row) == OK) {
        room_as(ROLE_PROCUREMENT);
        room_act("procurement_key.retire", value_get_int(&row, "id", 0), "reason=Left.", NULL);
    }
    int64_t call = chain_draft_call(chain_challenge(), "20000", "formal");
    room_act("call.edit", call, "has_price=yes", NULL);
    chain_criterion(call, "Does it help?", 100);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.publish", call, NULL);
    assert_true(chain_says("key"));
}

static void applicants_are_told_why(void **state)
{
    const char *to, *body;
    int64_t call = chain_call(NULL), won = handed_in(call, "won@example.org"),
            lost = handed_in(call, "lost@example.org");
    chain_close_call(call);
    room_as(ROLE_STAFF);
    room_act("pitch.find_eligible", won, NULL);
    room_act("pitch.find_eligible", lost, NULL);
    chain_no_letters();
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "decision_reason", value_text("The cheapest way to see free zones"));
    room_as(ROLE_STAFF);
    room_refuse(ERR_DENIED, "pitch.select", won, "decision_reason=No", NULL);
    chain_act("pitch.select", won, &v);
    value_set(&room.arena, &v, "decision_reason", value_text("No way without a phone"));
    chain_act("pitch.decline", lost, &v);
    chain_letter(&to);
    assert_string_equal(to, "won@example.org");
    body = chain_letter(&to);
    assert_string_equal(to, "lost@example.org");
    assert_non_null(strstr(body, "No way without a phone"));
    as_applicant(lost);
    assert_string_equal(room_text("pitch", lost, "state"), "declined");
    assert_string_equal(room_text("pitch", lost, "decision_reason"), "No way without a phone");
    room_refuse(ERR_STATE, "pitch.withdraw", lost, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_link_starts_it),
        cmocka_unit_test(the_link_comes_again_without_a_word),
        cmocka_unit_test(drafts_are_nobody_elses),
        cmocka_unit_test(it_is_handed_in_whole),
        cmocka_unit_test(it_says_which_challenges_it_answers),
        cmocka_unit_test(late_is_late),
        cmocka_unit_test(nothing_tells_who_before_unblinding),
        cmocka_unit_test(names_stay_closed_while_the_call_is_open),
        cmocka_unit_test(prices_open_with_the_passphrase_alone),
        cmocka_unit_test(a_lost_key_says_what_to_do),
        cmocka_unit_test(one_letter_each),
        cmocka_unit_test(a_price_needs_a_key_to_publish),
        cmocka_unit_test(applicants_are_told_why),
    };
    return ROOM_TESTS(tests);
}
