// SPDX-License-Identifier: Apache-2.0
// Pitches for this room's tests, and what tells whether anything sealed shows.
#pragma once

#include "chain.h"

#include "clock.h"
#include "json.h"
#include "pitches/pitches.h"

#define PASSPHRASE "correct horse battery staple"

// What must not be found where it isn't open.
static const char *const markers[] = { "Markerfirma", "Markername", "markermail", "7771234" };

static inline int64_t key(void)
{
    room_as(ROLE_PROCUREMENT);
    return room_act("procurement_key.make", 0, "title=Procurement", "passphrase=" PASSPHRASE,
        "passphrase_again=" PASSPHRASE, NULL);
}

static inline int64_t start(int64_t call, const char *email)
{
    room_as(ROLE_PUBLIC);
    return room_act("pitch.start", 0, room_fmt("call_id=%s", room_id(call)),
        "organisation=Markerfirma Ltd", "contact_name=Markername", room_fmt("email=%s", email),
        NULL);
}

static inline int64_t applicant_of(int64_t pitch)
{
    struct value rows;
    room_as_system();
    assert_int_equal(db_rows(room.db, &room.arena, "pitch.parties",
                         ARGS(ARG("pitch_id", value_id(pitch))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 1);
    return value_get_int(value_at(&rows, 0), "person_id", 0);
}

static inline void as_applicant(int64_t pitch)
{
    room_as_person(applicant_of(pitch));
}

static inline void fill(int64_t pitch)
{
    as_applicant(pitch);
    room_act("pitch.write", pitch, "title=Sensors at the curb", "summary=They see free zones.",
        "approach=On forty blocks.", "evidence=Tried in two towns.", NULL);
    room_act("pitch.plan", pitch, "access_plan=By telephone, too.", "privacy_plan=none",
        "risks=Snow.", NULL);
}

// A whole pitch, handed in, with a price when the call asks for one.
static inline int64_t handed_in(int64_t call, const char *email)
{
    int64_t id = start(call, email);
    fill(id);
    if (room_int("call", call, "price_key_id")) {
        room_act("pitch.price", id, "price_cents=77712.34", NULL);
    }
    room_act("pitch.submit", id, NULL);
    return id;
}

static inline int64_t count(const char *query, const char *name, int64_t id)
{
    struct value rows;
    assert_int_equal(
        db_rows(room.db, &room.arena, query, ARGS(ARG(name, value_id(id))), &rows), OK);
    return (int64_t)value_len(&rows);
}

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

// Everything that the viewer may read of every kind, and what search finds.
static inline void assert_viewer_finds_nothing(const char *who)
{
    const struct kind *k;
    struct value rows;
    int64_t n;
    for (size_t i = 0; (k = registry_kind_at(room.ctx.registry, i)); i++) {
        if (str_eq(k->name, "pilot") || str_starts(k->name, "pilot_")) {
            continue; // no part of a round; its scope consults rooms of its own
        }
        const char *sql = room_fmt(
            "SELECT t.* FROM %s t WHERE t.city = :city AND @scope(%s t)", k->name, k->name);
        assert_int_equal(db_rows_sql(room.db, &room.arena, sql, NO_ARGS, &rows), OK);
        assert_clean(&rows, room_fmt("%s as %s", k->name, who));
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

// Every table that isn't sealed, whole: what the ledger remembers, what is told, what waits.
static inline void assert_tables_clean(void)
{
    static const char *const tables[] = { "act", "notice", "job", "person", "organisation",
        "grant_role", "pitch", "call", "procurement_key", "idempotency" };
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
