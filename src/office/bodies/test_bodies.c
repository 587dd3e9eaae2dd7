// SPDX-License-Identifier: Apache-2.0
#include "bodies/bodies.h"
#include "chain.h"
#include "harness.h"

static struct {
    int64_t meeting, motion, member;
} session;

// A body in session with one voting member and a motion before it.
static void in_session(void)
{
    room_as(ROLE_DIRECTOR);
    int64_t body = room_act("body.set_up", 0, "title=Board", "type=advisory", "quorum_n=1",
        "majority=simple", "is_public=yes", "notice_hours_n=24", NULL);
    int64_t seat = room_act("seat.make", 0, room_fmt("body_id=%s", room_id(body)), "title=Chair",
        "is_voting=yes", NULL);
    session.member = room_person("Ada Member", ROLE_MEMBER);
    room_as(ROLE_DIRECTOR);
    room_act("seat.appoint", seat, room_fmt("person_id=%s", room_id(session.member)),
        room_fmt("starts_on=%s", room_day(-1)), NULL);
    session.meeting = room_act("meeting.plan", 0, room_fmt("body_id=%s", room_id(body)),
        "title=November", room_fmt("starts_at=%s", room_time(48 * 3600000)), "place=Room 1", NULL);
    int64_t item =
        room_act("agenda_item.list", 0, room_fmt("meeting_id=%s", room_id(session.meeting)),
            "title=A matter", "position_n=1", NULL);
    room_act("meeting.notice", session.meeting, NULL);
    chain_set("meeting", session.meeting, "state", value_text("in_session"));
    room_as(ROLE_DIRECTOR);
    session.motion = room_act("motion.make", 0, room_fmt("agenda_item_id=%s", room_id(item)),
        "title=That it be so", room_fmt("moved_by_id=%s", room_id(session.member)), NULL);
}

static void says(const char *field, const char *words)
{
    assert_int_equal(room.outcome.n_errors, 1);
    assert_string_equal(room.outcome.errors[0].name, field);
    if (!strstr(room.outcome.errors[0].text, words)) {
        fail_msg("%s", room.outcome.errors[0].text);
    }
}

static void presence_is_noted_once(void **state)
{
    in_session();
    const char *meeting = room_fmt("meeting_id=%s", room_id(session.meeting));
    const char *person = room_fmt("person_id=%s", room_id(session.member));
    int64_t presence = room_act("attendance.note", 0, meeting, person, NULL);
    room_refuse(ERR_INVALID, "attendance.note", 0, meeting, person, NULL);
    says("person_id", "Ada Member is noted as present already");
    room_act("attendance.leave", presence, NULL);
    room_refuse(ERR_INVALID, "attendance.note", 0, meeting, person, NULL);
    says("person_id", "choose “Note that they came back”");
    room_act("attendance.return", presence, NULL);
}

static void a_member_votes_once_and_may_change_it(void **state)
{
    in_session();
    const char *person = room_fmt("person_id=%s", room_id(session.member));
    const char *motion = room_fmt("motion_id=%s", room_id(session.motion));
    room_act(
        "attendance.note", 0, room_fmt("meeting_id=%s", room_id(session.meeting)), person, NULL);
    int64_t vote = room_act("vote.cast", 0, motion, person, "choice=yes", NULL);
    room_refuse(ERR_INVALID, "vote.cast", 0, motion, person, "choice=no", NULL);
    says("person_id", "The vote of Ada Member is entered already. Open it on this motion");
    assert_string_equal(room_text("vote", vote, "choice"), "yes");
    room_act("vote.change", vote, "choice=no", NULL);
    assert_string_equal(room_text("vote", vote, "choice"), "no");
    room_act("motion.close", session.motion, NULL);
    room_refuse(ERR_INVALID, "vote.cast", 0, motion, person, "choice=no", NULL);
    says("motion_id", "closed");
}

// Recorded by a clerk who reads Spanish: numbers and a code, which each reader has in their words.
static void a_count_is_read_in_everybody_s_language(void **state)
{
    const struct locale *english = room.ctx.locale,
                        *spanish = locales_get(room.ctx.city->locales, "es");
    assert_non_null(spanish);
    in_session();
    const char *person = room_fmt("person_id=%s", room_id(session.member));
    const char *motion = room_fmt("motion_id=%s", room_id(session.motion));
    room_act(
        "attendance.note", 0, room_fmt("meeting_id=%s", room_id(session.meeting)), person, NULL);
    room_act("vote.cast", 0, motion, person, "choice=yes", NULL);
    room.ctx.locale = spanish;
    room_act("motion.close", session.motion, NULL);
    assert_string_equal(room_text("motion", session.motion, "counted"), "carried");
    assert_string_equal(room_text("motion", session.motion, "result_why"), "");
    assert_int_equal(room_int("motion", session.motion, "needed_n"), 1);
    assert_int_equal(room_int("motion", session.motion, "quorum_n"), 1);
    assert_non_null(strstr(chain_page(&bodies_room, "/meetings/{id}", session.meeting),
        "Aprobada: 1 a favor, 0 en contra; se necesitaban 1."));
    room.ctx.locale = english;
    assert_non_null(strstr(chain_page(&bodies_room, "/meetings/{id}", session.meeting),
        "Carried: 1 for, 0 against; 1 were needed."));
    // One from before has the words that were written then.
    chain_set("motion", session.motion, "counted", VALUE_NULL);
    chain_set("motion", session.motion, "result_why", value_text("Carried as of old."));
    room_as(ROLE_DIRECTOR);
    assert_non_null(
        strstr(chain_page(&bodies_room, "/meetings/{id}", session.meeting), "Carried as of old."));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence_is_noted_once),
        cmocka_unit_test(a_member_votes_once_and_may_change_it),
        cmocka_unit_test(a_count_is_read_in_everybody_s_language),
    };
    return ROOM_TESTS(tests);
}
