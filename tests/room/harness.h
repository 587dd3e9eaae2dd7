// SPDX-License-Identifier: Apache-2.0
// An office of its own for each test program: an empty database with one city and one person of
// each role. On SQLite in a temporary folder; on PostgreSQL in a database of its own when
// PILOTHOUSE_TEST_PG names a server and the program was started with the argument "pg".
#pragma once

#include "../unit/check.h"

#include "act.h"
#include "office.h"
#include "str.h"

struct room_test {
    struct arena arena;
    struct office *office;
    struct db *db;
    struct ctx ctx;
    struct outcome outcome; // of the latest act
    enum err err;
    int64_t department;         // an organisation: "Streets"
    int64_t people[ROLE_COUNT]; // by the role's bit; 0: the public and the clock have none
    int64_t other_liaison;      // of another department, "Water"
    int64_t other_department;
};

extern struct room_test room;
// The rooms of the office; NULL (as it is before main): all. To be set before ROOM_TESTS.
extern const struct room *const *room_rooms;

// Runs TESTS in a fresh office; returns the program's exit code. Skips (exit 77) when PostgreSQL
// was asked for and isn't there.
int room_run(int argc, char **argv, const struct CMUnitTest *tests, size_t n);
#define ROOM_TESTS(tests) room_run(argc, argv, tests, ARRAY_LEN(tests))

// Such an office at ADDRESS with its keys in FOLDER/keys, for a program that prepares one for
// others; room_close() leaves both where they are.
// BY_ACTS: its people come by acts, as in life, so that `verify` has nothing to say.
void room_open(const char *folder, const char *address, bool by_acts);
void room_close(void);

// Becomes the person of that role; ROLE_PUBLIC: nobody signed in.
void room_as(uint32_t role);
void room_as_person(int64_t person);
// The house itself.
void room_as_system(void);
// A further person with that role in the whole city.
int64_t room_person(const char *name, uint32_t role);
// Carries out COMMAND on ID (0: new) with "field=value" texts up to NULL; fails the test when it
// doesn't succeed.
int64_t room_act(const char *command, int64_t id, ...) __attribute__((sentinel));
// The same, but it must fail with that error; the words are in room.arena.detail.
void room_refuse(enum err expected, const char *command, int64_t id, ...) __attribute__((sentinel));
// The record as the viewer may read it; V_NULL when it isn't there for them.
struct value room_get(const char *kind, int64_t id);
// The text of a column of it, "" when NULL or unseen.
const char *room_text(const char *kind, int64_t id, const char *column);
int64_t room_int(const char *kind, int64_t id, const char *column);
// Ids as text, for "field=value".
const char *room_id(int64_t id);
const char *room_fmt(const char *fmt, ...) PRINTF_LIKE(1, 2);
// Today plus so many days, as a date field wants it; the same with a clock, as a time field wants
// it.
const char *room_day(int days);
const char *room_time(int64_t from_now_ms);
