// SPDX-License-Identifier: Apache-2.0
// What tests of evaluations share: pilots, measures and readings put straight into their tables,
// and what was made of them.
#pragma once

#include "chain.h"

#include "clock.h"
#include "evaluations/evaluations.h"
#include "json.h"
#include "pilots/pilots.h"

#include <math.h>
#include <pilothouse/evidence.h>
#include <unistd.h>

enum { START = 20000 }; // the day on which the pilots of these tests begin

static inline void near(double got, double expected, double slack)
{
    if (!(fabs(got - expected) <= slack)) {
        fail_msg("%.17g is not %.17g", got, expected);
    }
}

static inline int64_t raw(const char *kind, const char *state, const struct arg *columns)
{
    struct arg all[32] = { ARG("id", value_id(id_new())), ARG("rev", value_int(1)),
        ARG("state", value_text(state)), ARG("created_at", value_time(0)),
        ARG("changed_at", value_time(0)) };
    size_t n = 5;
    for (size_t i = 0; columns[i].name; i++) {
        all[n++] = columns[i];
    }
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(db_insert(room.db, &room.arena, kind, false, all), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    return all[0].v.n;
}

static inline int64_t pilot_of(const char *type, const char *design)
{
    return raw("pilot", "evaluating",
        ARGS(ARG("title", value_text("Single stream")), ARG("question", value_text("Does it?")),
            ARG("origin", value_text("department")),
            ARG("department_id", value_id(room.department)), ARG("type", value_text(type)),
            ARG("design", value_text(design)), ARG("starts_on", value_date(START)),
            ARG("ends_on", value_date(START + 100))));
}

static inline int64_t measure_of(int64_t pilot, const char *type, double worthwhile, double target)
{
    return raw("measure", "active",
        ARGS(ARG("title", value_text("Diversion")), ARG("pilot_id", value_id(pilot)),
            ARG("unit", value_text("points")), ARG("type", value_text(type)),
            ARG("direction", value_text("higher")), ARG("role", value_text("primary")),
            ARG("worthwhile_num", value_num(worthwhile)), ARG("target_num", value_num(target))));
}

static inline int64_t batch_of(int64_t measure, const char *state)
{
    return raw("batch", state,
        ARGS(ARG("title", value_text("File")), ARG("measure_id", value_id(measure)),
            ARG("source", value_text("csv"))));
}

// The plan's hash into the pilot as if it had been locked the day before the start.
static inline void lock(int64_t pilot)
{
    const char *json, *hash;
    room_as_system();
    assert_int_equal(pilot_plan(&room.ctx, pilot, &json, &hash), OK);
    chain_set("pilot", pilot, "plan_hash_text", value_text(hash));
    chain_set("pilot", pilot, "locked_at", value_time((START - 1) * (int64_t)86400000));
}

static inline void insert(const char *table, const struct arg *columns)
{
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(db_insert(room.db, &room.arena, table, false, columns), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
}

static inline void unit(int64_t measure, int n, bool comparison, struct value area)
{
    insert("reading_unit", ARGS(ARG("measure_id", value_id(measure)), ARG("unit_n", value_int(n)),
                               ARG("code", value_text(room_fmt("u%02d", n))), ARG("area_id", area),
                               ARG("is_comparison", value_bool(comparison))));
}

static inline void reading(
    int64_t measure, int64_t batch, int n, int day, int rev, double x, double reference)
{
    insert("reading", ARGS(ARG("measure_id", value_id(measure)), ARG("unit_n", value_int(n)),
                          ARG("read_at", value_time((START + day) * (int64_t)86400000 + 43200000)),
                          ARG("rev", value_int(rev)), ARG("value_num", value_num(x)),
                          ARG("reference_num", value_num(reference)),
                          ARG("quality_n", value_int(0)), ARG("batch_id", value_id(batch))));
}

static inline double num(int64_t evaluation, const char *column)
{
    struct value row = room_get("evaluation", evaluation);
    return value_get_num(&row, column, NAN);
}

static inline int64_t run(int64_t pilot, int64_t measure)
{
    int64_t id = 0;
    room_as(ROLE_STAFF);
    enum err e = evaluations_run(&room.ctx, pilot, measure, &id);
    if (e != OK) {
        fail_msg("%s: %s", err_name(e), room.arena.detail ? room.arena.detail : "");
    }
    return id;
}

static inline struct value result_of(int64_t evaluation)
{
    struct value row = room_get("evaluation", evaluation), result;
    const char *text = value_get_text(&row, "result_text", "");
    assert_int_equal(json_read(&room.arena, text, strlen(text), 1 << 20, &result), OK);
    return result;
}

// The sentence, as whoever may see the record reads it.
static inline const char *sentence_of(int64_t evaluation)
{
    struct value row;
    room_as(ROLE_STAFF);
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.page",
                         ARGS(ARG("evaluation_id", value_id(evaluation))), &row),
        OK);
    return evaluations_sentence(&room.ctx, &row);
}

static inline bool departs(int64_t evaluation, const char *code)
{
    return strstr(room_text("evaluation", evaluation, "departures"), code) != NULL;
}

static inline const char *csv_of(int64_t evaluation)
{
    struct value row;
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.data",
                         ARGS(ARG("evaluation_id", value_id(evaluation))), &row),
        OK);
    return value_get_text(&row, "csv", "");
}

static inline char *kept(const char *text)
{
    char *name = arena_strdup(&room.arena, "/tmp/pilothouse-evaluation-XXXXXX");
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return name;
}

// The published plan on the published data, by the command line: its bytes are the record's.
static inline void same_bytes(int64_t evaluation)
{
    struct value row;
    room_as_system();
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.run_kept",
                         ARGS(ARG("evaluation_id", value_id(evaluation))), &row),
        OK);
    char *plan = kept(value_get_text(&row, "plan_text", "")), *data = kept(csv_of(evaluation));
    static char words[][16] = { "evaluate", "--plan", "--data" };
    char *argv[16] = { words[0], words[1], plan, words[2], data };
    int argc = 5;
    char *rest = arena_strdup(&room.arena, value_get_text(&row, "options", ""));
    for (char *word = strtok_r(rest, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    char *out = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&out, &len);
    assert_int_equal(ph_cli_main(argc, argv, to, stderr), 0);
    fclose(to);
    assert_string_equal(out, value_get_text(&row, "result_text", ""));
    assert_true(len > 500);
    free(out);
    unlink(plan);
    unlink(data);
}

// What stands between two marks of a text.
static inline const char *between(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from), *end = at ? strstr(at + strlen(from), to) : NULL;
    assert_non_null(end);
    at += strlen(from);
    return room_fmt("%.*s", (int)(end - at), at);
}

// The picture that was kept says in LANGUAGE what is drawn; V_NULL where there is none.
static inline struct value picture_of(int64_t evaluation, const char *language, const char *which)
{
    struct value row, all;
    room_as(ROLE_STAFF);
    assert_int_equal(db_row(room.db, &room.arena, "evaluation.page",
                         ARGS(ARG("evaluation_id", value_id(evaluation))), &row),
        OK);
    const char *text = value_get_text(&row, "pictures_text", "{}");
    assert_int_equal(json_read(&room.arena, text, strlen(text), 1 << 20, &all), OK);
    return *value_get(value_get(&all, language), which);
}

static inline bool has_run(int64_t evaluation)
{
    struct value row;
    room_as_system();
    return db_row(room.db, &room.arena, "evaluation.run_kept",
               ARGS(ARG("evaluation_id", value_id(evaluation))), &row) == OK;
}

// Four units with it changed by 5, 6, 7, 8, four without by 0, 1, 2, 3: difference 5, both
// variances 5/3, so the standard error is sqrt(5/6) and t has 6 degrees: 2.446912.
static inline int64_t compared(const char *design, int64_t *ret_pilot)
{
    int64_t pilot = pilot_of("effect", design), measure = measure_of(pilot, "number", 2, NAN);
    int64_t batch = batch_of(measure, "published");
    for (int i = 0; i < 8; i++) {
        unit(measure, i + 1, i >= 4, VALUE_NULL);
        reading(measure, batch, i + 1, -5, 1, 40 + 7 * i, NAN);
        reading(measure, batch, i + 1, 5, 1, 40 + 7 * i + (i < 4 ? 5 + i : i - 4), NAN);
    }
    lock(pilot);
    *ret_pilot = pilot;
    return measure;
}
