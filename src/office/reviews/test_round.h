// SPDX-License-Identifier: Apache-2.0
// A call in review with two pitches and two evaluators, for this room's tests, and what tells
// whether anything sealed shows.
#pragma once

#include "chain.h"

#include "clock.h"
#include "json.h"
#include "reviews/reviews.h"

// What must not be found where it isn't open: names, a note about a conflict, comments.
#define FIRM    "Markerfirma Ltd"
#define COMMENT "Markercomment: too thin"
#define NOTE    "Markernote: my sister works there"
static const char *const markers[] = { "Markerfirma", "Markername", "Markercomment", "Markernote" };

static int pitches_made;

// ---- a round -----------------------------------------------------------------------------------

static inline int64_t party(int64_t pitch)
{
    struct value rows;
    room_as_system();
    assert_int_equal(db_rows(room.db, &room.arena, "pitch.parties",
                         ARGS(ARG("pitch_id", value_id(pitch))), &rows),
        OK);
    return value_get_int(value_at(&rows, 0), "person_id", 0);
}

static inline int64_t handed_in(int64_t call, const char *organisation)
{
    room_as(ROLE_PUBLIC);
    int64_t id = room_act("pitch.start", 0, room_fmt("call_id=%s", room_id(call)),
        room_fmt("organisation=%s", organisation), "contact_name=Markername",
        room_fmt("email=a%d@example.org", ++pitches_made), NULL);
    room_as_person(party(id));
    room_act("pitch.write", id, room_fmt("title=Solution %d", pitches_made), "summary=They see.",
        "approach=On forty blocks.", "evidence=Tried in two towns.", NULL);
    room_act(
        "pitch.plan", id, "access_plan=By telephone.", "privacy_plan=none", "risks=Snow.", NULL);
    room_act("pitch.submit", id, NULL);
    return id;
}

struct round {
    int64_t call, a, b, evaluator, second;
};

static inline struct round in_review(const char *first, const char *second)
{
    struct round r;
    r.call = chain_draft_call(chain_challenge(), "20000", "formal");
    chain_criterion(r.call, "Does it help?", 60);
    chain_criterion(r.call, "Can it be run?", 40);
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", r.call, NULL);
    r.a = handed_in(r.call, first);
    r.b = handed_in(r.call, second);
    chain_close_call(r.call);
    room_as(ROLE_STAFF);
    room_act("pitch.find_eligible", r.a, NULL);
    room_act("pitch.find_eligible", r.b, NULL);
    room_act("call.review", r.call, NULL);
    r.evaluator = room_person("Eva Luator", ROLE_EVALUATOR);
    r.second = room_person("Sec Ond", ROLE_EVALUATOR);
    return r;
}

static inline int64_t give(int64_t pitch, int64_t person)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "pitch_id", value_id(pitch));
    value_set(&room.arena, &v, "person_id", value_id(person));
    value_set(&room.arena, &v, "due_on", value_date(clock_now() / CLOCK_DAY + 7));
    room_as(ROLE_STAFF);
    return chain_act("review.assign", 0, &v);
}

static inline enum err try_give(int64_t pitch, int64_t person, uint32_t role)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "pitch_id", value_id(pitch));
    value_set(&room.arena, &v, "person_id", value_id(person));
    value_set(&room.arena, &v, "due_on", value_date(clock_now() / CLOCK_DAY + 7));
    room_as(role);
    return act_run_values(&room.ctx, "review.assign", 0, &v, &room.outcome);
}

static inline void score(int64_t review, int64_t person, const char *one, const char *two)
{
    room_as_person(person);
    room_act("review.declare", review, "conflict=none", NULL);
    room_act("review.score", review, room_fmt("score_1=%s", one), "comment_1=" COMMENT,
        room_fmt("score_2=%s", two), NULL);
}

static inline void lock(int64_t review, int64_t person)
{
    room_as_person(person);
    room_act("review.lock", review, NULL);
}

// ---- what anybody can find ---------------------------------------------------------------------

static inline void assert_clean(const struct value *rows, const char *where)
{
    AUTO_BUF(text, 0);
    json_write(&text, NULL, rows);
    for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
        if (strstr(buf_text(&text), markers[i])) {
            fail_msg("%s tells %s", where, markers[i]);
        }
    }
}

static inline size_t rows_of(const char *query, const char *name, int64_t id)
{
    struct value rows;
    assert_int_equal(
        db_rows(room.db, &room.arena, query, ARGS(ARG(name, value_id(id))), &rows), OK);
    return value_len(&rows);
}

static inline void assert_nothing_found(const char *who)
{
    static const char *const kinds[] = { "interest", "assignment", "review", "call", "criterion",
        "pitch", "question", "addendum", "challenge", "selection", "choice", "remark" };
    struct value rows;
    int64_t n;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!registry_kind(room.ctx.registry, kinds[i])) {
            continue;
        }
        assert_int_equal(db_rows_sql(room.db, &room.arena,
                             room_fmt("SELECT t.* FROM %s t WHERE t.city = :city AND @scope(%s t)",
                                 kinds[i], kinds[i]),
                             NO_ARGS, &rows),
            OK);
        assert_clean(&rows, room_fmt("%s as %s", kinds[i], who));
    }
    for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
        static const char *const indexes[] = { "public", "outside", "office" };
        for (size_t j = 0; j < ARRAY_LEN(indexes); j++) {
            assert_int_equal(
                db_search(room.db, &room.arena, indexes[j], markers[i], NULL, 0, 10, &rows, &n),
                OK);
            assert_int_equal(n, 0);
        }
    }
}

static inline const char *page_of(const char *pattern, int64_t id)
{
    return chain_page(&reviews_room, pattern, id);
}

static inline void assert_pages_clean(int64_t review, const char *who)
{
    const char *pages[] = { page_of("/reviews", 0), page_of("/reviews/{id}", review),
        page_of("/reviews/{id}/do/score", review) };
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        for (size_t j = 0; j < ARRAY_LEN(markers); j++) {
            if (strstr(pages[i], markers[j])) {
                fail_msg("page %zu tells %s to %s", i, markers[j], who);
            }
        }
    }
}

// Every table that isn't sealed, whole: the ledger, notices, jobs.
static inline void assert_tables_clean(void)
{
    static const char *const tables[] = { "act", "notice", "job", "review", "assignment",
        "selection", "choice", "pitch", "call", "idempotency" };
    struct value rows;
    room_as_system();
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        assert_int_equal(
            db_rows_sql(room.db, &room.arena,
                room_fmt("SELECT t.* FROM %s t WHERE t.city = :city", tables[i]), NO_ARGS, &rows),
            OK);
        assert_clean(&rows, tables[i]);
    }
}

static inline int64_t organisation(const char *title)
{
    int64_t id = id_new();
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(
        db_insert(room.db, &room.arena, "organisation", false,
            ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)),
                ARG("state", value_text("active")), ARG("created_at", value_time(room.ctx.now)),
                ARG("changed_at", value_time(room.ctx.now)), ARG("title", value_text(title)),
                ARG("type", value_text("company")))),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    return id;
}
