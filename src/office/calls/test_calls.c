// SPDX-License-Identifier: Apache-2.0
#include "chain.h"

#include "calls/calls.h"
#include "calls/path.h"
#include "challenges/challenges.h"
#include "setting.h"
#include "clock.h"

static void set_threshold(const char *name, int64_t from_on, const char *value, const char *by)
{
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(db_insert(room.db, &room.arena, "setting", false,
                         ARGS(ARG("name", value_text(name)), ARG("from_on", value_date(from_on)),
                             ARG("value", value_text(value)), ARG("source", value_text("the code")),
                             ARG("confirmed_by", value_text(by)))),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
}

static int64_t published(void)
{
    return chain_call(NULL);
}

// ------------------------------------------------------------------------------------------------

static void publishing_needs_weights_of_a_hundred(void **state)
{
    int64_t problem = chain_challenge(), id = chain_draft_call(problem, "20000", "formal");
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.publish", id, NULL);
    assert_true(chain_says("add criteria"));
    int64_t one = chain_criterion(id, "Does it help?", 60);
    chain_criterion(id, "Is it fair?", 39);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.publish", id, NULL);
    assert_true(chain_says("come to 99"));
    room_act("criterion.edit", one, "weight_n=61", NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_DENIED, "call.publish", id, NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("call", id).kind, V_NULL);
    assert_int_equal(room_get("criterion", one).kind, V_NULL);
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", id, NULL);
    assert_string_equal(room_text("challenge", problem, "state"), "in_call");
    room_refuse(ERR_STATE, "criterion.edit", one, "weight_n=1", NULL);
    room_refuse(ERR_INVALID, "criterion.add", 0, room_fmt("call_id=%s", room_id(id)), "title=More",
        "weight_n=1", NULL);
    room_as(ROLE_PUBLIC);
    assert_string_equal(room_text("call", id, "title"), "Keep loading zones free");
    assert_string_equal(room_text("criterion", one, "title"), "Does it help?");
}

static int64_t further(int64_t call, int64_t challenge)
{
    room_as(ROLE_STAFF);
    return room_act("further_challenge.add", 0, room_fmt("call_id=%s", room_id(call)),
        room_fmt("challenge_id=%s", room_id(challenge)), NULL);
}

static void one_call_has_several_challenges(void **state)
{
    int64_t first = chain_challenge(), second = chain_challenge(), third = chain_described();
    int64_t id = chain_draft_call(first, "20000", "formal");
    chain_criterion(id, "Does it help?", 100);
    int64_t link = further(id, second), open = further(id, third);
    chain_set("challenge", second, "title", value_text("Blocked crossings"));
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "further_challenge.add", 0, room_fmt("call_id=%s", room_id(id)),
        room_fmt("challenge_id=%s", room_id(first)), NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "further_challenge.add", 0, room_fmt("call_id=%s", room_id(id)),
        room_fmt("challenge_id=%s", room_id(second)), NULL);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.publish", id, NULL); // the third isn't committed
    assert_true(chain_says("signed the commitment"));
    room_act("further_challenge.drop", open, NULL);
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("further_challenge", link).kind, V_NULL);
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", id, NULL);
    assert_string_equal(room_text("challenge", first, "state"), "in_call");
    assert_string_equal(room_text("challenge", second, "state"), "in_call");
    assert_string_equal(room_text("challenge", third, "state"), "draft");
    // What was announced stays.
    room_refuse(ERR_STATE, "further_challenge.drop", link, NULL);
    room_refuse(ERR_INVALID, "further_challenge.add", 0, room_fmt("call_id=%s", room_id(id)),
        room_fmt("challenge_id=%s", room_id(third)), NULL);
    room_as(ROLE_PUBLIC);
    const char *page = chain_page(&calls_room, "/calls/{id}", id);
    assert_non_null(strstr(page, "Challenge 2:"));
    assert_non_null(strstr(page, "Blocked crossings"));
    assert_null(strstr(page, "Challenge 3:"));
    struct value rows;
    assert_int_equal(call_answered(&room.ctx, id, "2", &rows), OK);
    assert_true(value_get_int(value_at(&rows, 0), "id", 0) == second);
    assert_int_equal(call_answered(&room.ctx, id, "0,3,99999999999999999999,x", &rows), OK);
    assert_int_equal(value_len(&rows), 0);
}

static int64_t asks(int64_t call, const char *title, const char *type, const char *more,
    const char *after, const char *value)
{
    room_as(ROLE_STAFF);
    return room_act("form_item.add", 0, room_fmt("call_id=%s", room_id(call)),
        room_fmt("title=%s", title), room_fmt("type=%s", type), room_fmt("choices=%s", more),
        room_fmt("after_n=%s", after), room_fmt("after_value=%s", value), NULL);
}

static void asks_wrongly(
    int64_t call, const char *type, const char *more, const char *after, const char *value)
{
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "form_item.add", 0, room_fmt("call_id=%s", room_id(call)),
        "title=Wrong", room_fmt("type=%s", type), room_fmt("choices=%s", more),
        room_fmt("after_n=%s", after), room_fmt("after_value=%s", value), NULL);
}

static void a_call_has_questions_of_its_own(void **state)
{
    int64_t call = chain_draft_call(chain_challenge(), "20000", "formal");
    chain_criterion(call, "Does it help?", 100);
    int64_t one = asks(call, "Does it need power?", "yes_no", "", "", "");
    int64_t two = asks(call, "Which kind?", "choice", "Mains\nBattery\nSun", "1", "yes");
    int64_t three = asks(call, "How often is it changed?", "line", "", "2", "Battery");
    assert_int_equal(room_int("form_item", three, "number_n"), 3);
    asks_wrongly(call, "choice", "Only one", "", "");
    asks_wrongly(call, "line", "A\nB", "", "");
    asks_wrongly(call, "line", "", "1", "maybe");
    asks_wrongly(call, "line", "", "1", "");
    asks_wrongly(call, "line", "", "", "yes");
    asks_wrongly(call, "line", "", "3", "x"); // has nothing to choose
    asks_wrongly(call, "line", "", "4", "x"); // itself
    asks_wrongly(call, "line", "", "19", "x");
    // What others wait for stays.
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "form_item.drop", two, NULL);
    room_refuse(ERR_INVALID, "form_item.edit", two, "title=Which?", "type=choice",
        "choices=Mains\nSun", NULL);
    room_refuse(ERR_INVALID, "form_item.edit", one, "title=Power?", "type=line", NULL);
    room_refuse(ERR_INVALID, "form_item.edit", one, "title=Power?", "type=yes_no", "after_n=2",
        "after_value=Sun", NULL); // a circle
    int64_t four = asks(call, "Anything else?", "prose", "", "", "");
    room_as(ROLE_STAFF);
    room_act("form_item.drop", four, NULL);
    assert_int_equal(room_int("form_item", asks(call, "Last?", "line", "", "", ""), "number_n"), 5);
    room_as(ROLE_PUBLIC);
    assert_int_equal(room_get("form_item", one).kind, V_NULL);
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", call, NULL);
    room_refuse(ERR_STATE, "form_item.edit", one, "title=Power?", "type=yes_no", NULL);
    asks_wrongly(call, "line", "", "", "");
    room_as(ROLE_PUBLIC);
    const char *page = chain_page(&calls_room, "/calls/{id}", call);
    assert_non_null(strstr(page, "3. How often is it changed?"));
    assert_non_null(strstr(page, "Asked only when the answer to question 2 is “Battery”."));
    assert_null(strstr(page, "Anything else?"));
    (void)three;
}

static int64_t area(const char *outline, int64_t people)
{
    int64_t id = id_new();
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(
        db_insert(room.db, &room.arena, "area", false,
            ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)),
                ARG("state", value_text("active")), ARG("created_at", value_time(room.ctx.now)),
                ARG("changed_at", value_time(room.ctx.now)), ARG("layer", value_text("tract")),
                ARG("code", value_text(room_id(id))), ARG("title", value_text("Mill Creek")),
                ARG("geojson", value_text(outline)),
                ARG("population_n", people ? value_int(people) : VALUE_NULL))),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    return id;
}

static void the_neighbourhood_is_shown(void **state)
{
    int64_t challenge = chain_challenge(), id = chain_draft_call(challenge, "20000", "formal");
    room_as(ROLE_STAFF);
    assert_non_null(strstr(chain_page(&calls_room, "/calls/{id}", id), "the whole city"));
    chain_set("challenge", challenge, "area_id",
        value_id(area("{\"type\":\"Polygon\",\"coordinates\":[[[-75.2,39.9],[-75.1,39.9],[-75.1,"
                      "40],[-75.2,39.9]]]}",
            4321)));
    room_as(ROLE_STAFF);
    const char *page = chain_page(&calls_room, "/calls/{id}", id);
    assert_non_null(strstr(page, "Mill Creek"));
    assert_non_null(strstr(page, "4,321"));
    assert_non_null(strstr(page, "svg-good"));
    assert_null(strstr(page, "the whole city"));
    page = chain_page(&challenges_room, "/challenges/{id}", challenge);
    assert_non_null(strstr(page, "svg-good"));
    // What isn't known is said.
    chain_set("challenge", challenge, "area_id", value_id(area("{}", 0)));
    room_as(ROLE_STAFF);
    page = chain_page(&calls_room, "/calls/{id}", id);
    assert_non_null(strstr(page, "No map of this place"));
    assert_non_null(strstr(page, "isn’t known here yet"));
}

static void an_uncommitted_challenge_has_no_call(void **state)
{
    room_as(ROLE_STAFF);
    int64_t problem = chain_described();
    int64_t id = chain_draft_call(problem, "20000", "formal");
    chain_criterion(id, "Does it help?", 100);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.publish", id, NULL);
    assert_true(chain_says("commitment"));
}

static void anchors_are_five(void **state)
{
    int64_t id = chain_draft_call(chain_challenge(), "20000", "formal");
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "criterion.add", 0, room_fmt("call_id=%s", room_id(id)), "title=Fair?",
        "weight_n=100", "anchors=no\nyes", NULL);
    room_act("criterion.add", 0, room_fmt("call_id=%s", room_id(id)), "title=Fair?", "weight_n=100",
        "anchors=1\n2\n3\n4\n5", NULL);
}

static void principles_seed_the_criteria(void **state)
{
    static const char *const names[] = { "Locally inspired", "Innovative", "Equitable" };
    room_as(ROLE_DIRECTOR);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        room_act("principle.add", 0, room_fmt("title=%s", names[i]), "criteria=Does it?",
            room_fmt("position_n=%zu", i + 1), NULL);
    }
    int64_t id = chain_draft_call(chain_challenge(), "20000", "formal");
    room_act("call.seed_criteria", id, NULL);
    struct value row;
    assert_int_equal(
        db_row(room.db, &room.arena, "call.weights", ARGS(ARG("call_id", value_id(id))), &row), OK);
    assert_int_equal(value_get_int(&row, "n", 0), 3);
    assert_int_equal(value_get_int(&row, "total_n", 0), 100);
    room_refuse(ERR_STATE, "call.seed_criteria", id, NULL);
}

static void dates_are_in_order(void **state)
{
    int64_t id = chain_draft_call(chain_challenge(), "20000", "formal");
    room_refuse(ERR_INVALID, "call.edit", id,
        room_fmt("questions_close_at=%s", room_time(8 * (int64_t)CLOCK_DAY)), NULL);
    room_refuse(ERR_INVALID, "call.edit", id,
        room_fmt("opens_at=%s", room_time(7 * (int64_t)CLOCK_DAY)), NULL);
    room_refuse(ERR_INVALID, "call.edit", id, "intake=elsewhere", NULL);
    room_act("call.edit", id, "intake=elsewhere", "intake_url=https://bids.example.org", NULL);
}

static void thresholds_are_dated_and_splitting_is_seen(void **state)
{
    int64_t today = clock_now() / CLOCK_DAY;
    struct setting s;
    struct path_check check;
    set_threshold("threshold.small_order", today - 400, "10000", "Counsel");
    set_threshold("threshold.small_order", today - 10, "34000", NULL);
    set_threshold("threshold.small_order", today + 10, "1", "Counsel");
    room_as_system();
    assert_int_equal(setting_in_force(&room.ctx, "threshold.small_order", today - 11, &s), OK);
    assert_string_equal(s.value, "10000");
    assert_int_equal(setting_in_force(&room.ctx, "threshold.small_order", today, &s), OK);
    assert_string_equal(s.value, "34000");
    assert_null(s.confirmed_by);
    assert_int_equal(setting_in_force(&room.ctx, "threshold.small_order", today - 401, &s), OK);
    assert_false(s.there);
    // More than the path allows blocks.
    int64_t id = chain_draft_call(chain_challenge(), "34000.01", "small_order");
    chain_criterion(id, "Does it help?", 100);
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_STATE, "call.publish", id, NULL);
    assert_true(chain_says("more than this path allows"));
    // Exactly the limit doesn't, however much else the department called for; but it is said.
    room_act("call.edit", id, "amount_cents=34000", NULL);
    room_act("call.publish", id, NULL);
    int64_t next = chain_draft_call(chain_challenge(), "1000", "small_order");
    struct value row = room_get("call", next);
    assert_int_equal(path_check(&room.ctx, &row, &check), OK);
    assert_null(check.blocks);
    assert_true(check.year_cents >= 3500000);
    assert_non_null(strstr(value_get_text(value_at(&check.notes, 0), "text", ""), "Splitting"));
    assert_true(value_truthy(value_get(value_at(&check.notes, 0), "unconfirmed")));
    // An addendum's amount is held to the same limit.
    room_refuse(ERR_INVALID, "addendum.publish", 0, room_fmt("call_id=%s", room_id(id)),
        "title=More money", "text=More.", "new_amount_cents=40000", NULL);
}

static void fiscal_years_turn_in_july(void **state)
{
    int64_t first, last;
    room_as_system();
    assert_int_equal(setting_fiscal_year(&room.ctx, civil_days(2026, 6, 30), &first, &last), OK);
    assert_int_equal(first, civil_days(2025, 7, 1));
    assert_int_equal(last, civil_days(2026, 6, 30));
    assert_int_equal(setting_fiscal_year(&room.ctx, civil_days(2026, 7, 1), &first, &last), OK);
    assert_int_equal(first, civil_days(2026, 7, 1));
}

static void anybody_asks_and_nobody_sees_who(void **state)
{
    const char *to;
    int64_t id = published();
    chain_no_letters();
    room_as(ROLE_PUBLIC);
    int64_t q = room_act("question.ask", 0, room_fmt("call_id=%s", room_id(id)),
        "text=May a cooperative pitch?", "address=asker-marker@example.org", NULL);
    assert_int_equal(room_get("question", q).kind, V_NULL);
    room_as(ROLE_STAFF);
    struct value row = room_get("question", q);
    assert_int_equal(row.kind, V_OBJECT);
    assert_null(value_get(&row, "address"));
    room_act("question.answer", q, "answer=Yes.", NULL);
    room_as(ROLE_PUBLIC);
    assert_string_equal(room_text("question", q, "answer"), "Yes.");
    chain_letter(&to);
    assert_string_equal(to, "asker-marker@example.org");
    // Nor does the ledger, which is public: every entry of the question, whole.
    struct value entries;
    room_as_system();
    assert_int_equal(db_rows(room.db, &room.arena, "act.of_record",
                         ARGS(ARG("record_id", value_id(q))), &entries),
        OK);
    assert_int_equal(value_len(&entries), 2);
    for (size_t i = 0; i < value_len(&entries); i++) {
        assert_null(strstr(value_get_text(value_at(&entries, i), "canonical", ""), "asker-marker"));
    }
}

static void questions_end_in_time(void **state)
{
    int64_t id = published();
    chain_close_call(id);
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_INVALID, "question.ask", 0, room_fmt("call_id=%s", room_id(id)),
        "text=Too late?", NULL);
    int64_t hidden = chain_draft_call(chain_challenge(), "20000", "formal");
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_INVALID, "question.ask", 0, room_fmt("call_id=%s", room_id(hidden)),
        "text=Is there a draft?", NULL);
}

static const char *token_in(const char *body)
{
    const char *at = strstr(body, "confirm?token=");
    assert_non_null(at);
    at += strlen("confirm?token=");
    return arena_strndup(&room.arena, at, strcspn(at, " \n"));
}

static void an_addendum_moves_the_date_and_tells_everybody(void **state)
{
    const char *to, *body;
    int64_t id = published();
    chain_no_letters();
    room_as(ROLE_PUBLIC);
    room_act("follower.follow", 0, room_fmt("call_id=%s", room_id(id)),
        "address=follower@example.org", NULL);
    room_act("follower.follow", 0, room_fmt("call_id=%s", room_id(id)),
        "address=unconfirmed@example.org", NULL);
    body = chain_letter(&to);
    assert_string_equal(to, "follower@example.org");
    const char *token = token_in(body);
    chain_no_letters();
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_INVALID, "follower.confirm", 0, "token=AAAAAAAAAAAAAAAAAAAAAA", NULL);
    room_act("follower.confirm", 0, room_fmt("token=%s", token), NULL);
    room_act("question.ask", 0, room_fmt("call_id=%s", room_id(id)), "text=When?",
        "address=asker@example.org", NULL);
    int64_t before = room_int("call", id, "closes_at");
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "addendum.publish", 0, room_fmt("call_id=%s", room_id(id)),
        "title=Less time", "text=Sooner.", room_fmt("new_closes_at=%s", room_time(CLOCK_DAY)),
        NULL);
    room_refuse(ERR_DENIED, "call.amend", id, "amount_cents=1", NULL);
    room_act("addendum.publish", 0, room_fmt("call_id=%s", room_id(id)), "title=More time",
        "text=A week more.", room_fmt("new_closes_at=%s", room_time(14 * (int64_t)CLOCK_DAY)),
        NULL);
    assert_true(room_int("call", id, "closes_at") > before);
    chain_letter(&to);
    assert_string_equal(to, "asker@example.org");
    chain_letter(&to);
    assert_string_equal(to, "follower@example.org");
    chain_letter(&to);
    assert_string_equal(to, "");
    // Whoever ends it is forgotten.
    room_as(ROLE_PUBLIC);
    room_act("follower.stop", 0, room_fmt("token=%s", token), NULL);
    room_refuse(ERR_INVALID, "follower.confirm", 0, room_fmt("token=%s", token), NULL);
    room_as(ROLE_DIRECTOR);
    room_act("call.cancel", id, "reason=The street is closed.", NULL);
    chain_letter(&to);
    assert_string_equal(to, "asker@example.org");
    chain_letter(&to);
    assert_string_equal(to, "");
    room_as(ROLE_PUBLIC);
    assert_string_equal(room_text("call", id, "cancel_reason"), "The street is closed.");
}

static void open_and_closed_follow_the_clock(void **state)
{
    int64_t id = published();
    struct value row = room_get("call", id);
    assert_true(call_is_open(&room.ctx, &row));
    assert_false(call_is_closed(&room.ctx, &row));
    int64_t last = value_get_int(&row, "closes_at", 0);
    room.ctx.now = last;
    assert_true(call_is_open(&room.ctx, &row));
    room.ctx.now = last + 1;
    assert_false(call_is_open(&room.ctx, &row));
    assert_true(call_is_closed(&room.ctx, &row));
    value_set(&room.arena, &row, "grace_minutes_n", value_int(5));
    room.ctx.now = last + 5 * CLOCK_MINUTE;
    assert_true(call_is_open(&room.ctx, &row));
    room.ctx.now++;
    assert_false(call_is_open(&room.ctx, &row));
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "call.review", id, NULL);
    chain_close_call(id);
    room_as(ROLE_STAFF);
    room_act("call.review", id, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishing_needs_weights_of_a_hundred),
        cmocka_unit_test(one_call_has_several_challenges),
        cmocka_unit_test(a_call_has_questions_of_its_own),
        cmocka_unit_test(the_neighbourhood_is_shown),
        cmocka_unit_test(an_uncommitted_challenge_has_no_call),
        cmocka_unit_test(anchors_are_five),
        cmocka_unit_test(principles_seed_the_criteria),
        cmocka_unit_test(dates_are_in_order),
        cmocka_unit_test(fiscal_years_turn_in_july),
        cmocka_unit_test(anybody_asks_and_nobody_sees_who),
        cmocka_unit_test(questions_end_in_time),
        cmocka_unit_test(an_addendum_moves_the_date_and_tells_everybody),
        cmocka_unit_test(open_and_closed_follow_the_clock),
        cmocka_unit_test(thresholds_are_dated_and_splitting_is_seen),
    };
    return ROOM_TESTS(tests);
}
