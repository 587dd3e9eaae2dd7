// SPDX-License-Identifier: Apache-2.0
// Groups: the measure's list, how units come to stand for one, and who is told.
#include "chain.h"

#include "clock.h"
#include "groups.h"
#include "import.h"
#include "readings_private.h"
#include "upload.h"

static int64_t measure(const char *groups)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "title", value_text("Sensors in bins"));
    value_set(&room.arena, &v, "question", value_text("Do they help?"));
    value_set(&room.arena, &v, "department_id", value_id(room.department));
    value_set(&room.arena, &v, "origin", value_text("department"));
    value_set(&room.arena, &v, "origin_reason", value_text("An idea of the crew."));
    room_as(ROLE_STAFF);
    int64_t pilot = chain_act("pilot.propose", 0, &v);
    return room_act("measure.add", 0, room_fmt("pilot_id=%s", room_id(pilot)), "title=Waiting time",
        "unit=minutes", "type=number", "direction=lower", "role=primary",
        groups ? room_fmt("groups=%s", groups) : "cadence=irregular", NULL);
}

static struct import_result load(int64_t of, const char *csv)
{
    static const struct import_options publish = { .publish_good = true };
    struct import *im;
    struct import_result r;
    assert_int_equal(import_new(&room.ctx, of, &publish, "test.csv", "test.csv", &im), OK);
    assert_int_equal(import_feed(im, csv, strlen(csv)), OK);
    assert_int_equal(import_end(im, &r), OK);
    import_free(im);
    return r;
}

static struct value unit(int64_t of, const char *code)
{
    struct value row;
    assert_int_equal(
        db_row(room.db, &room.arena, "measure.unit_by_code",
            ARGS(ARG("measure_id", value_id(of)), ARG("code", value_text(code))), &row),
        OK);
    return row;
}

static const char *group_of(int64_t of, const char *code)
{
    struct value row = unit(of, code);
    return value_get_text(&row, "group_name", "");
}

static void test_what_stays_hidden(void **state)
{
    static const struct {
        int64_t units[4], without;
        size_t n;
        const char *hidden;
    } cases[] = {
        { { 0 }, 5, 0, "" },
        { { 10, 10, 10 }, 0, 3, "..." },
        { { 9, 12, 30 }, 0, 3, "xx." },     // one alone could be told by subtraction
        { { 9, 8, 30 }, 0, 3, "xx." },      // two of few: seventeen, of two kinds
        { { 4, 5, 30 }, 0, 3, "xxx" },      // nine together are still few
        { { 4, 5, 30, 11 }, 0, 4, "xx.x" }, // the smallest one more
        { { 9, 12 }, 0, 2, "xx" },
        { { 9, 12 }, 1, 2, "x." }, // hidden among ten, one of them of no group
        { { 8, 12 }, 1, 2, "xx" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool hidden[4] = { false };
        readings_hide_small(cases[i].units, hidden, cases[i].n, cases[i].without, SMALL_CELL);
        for (size_t k = 0; k < cases[i].n; k++) {
            if (hidden[k] != (cases[i].hidden[k] == 'x')) {
                fail_msg("case %zu, group %zu", i, k);
            }
        }
    }
}

static void test_the_list(void **state)
{
    int64_t m = measure("Under 30\n30 to 64\n65 and over");
    room_refuse(ERR_INVALID, "measure.edit", m, "groups=Only one", NULL);
    room_refuse(ERR_INVALID, "measure.edit", m, "groups=Old\nYoung\nold", NULL);
    AUTO_BUF(many, 0);
    for (int i = 0; i < GROUPS_MOST + 1; i++) {
        buf_fmt(&many, "%sgroup %d", i ? "\n" : "groups=", i);
    }
    room_refuse(ERR_INVALID, "measure.edit", m, buf_text(&many), NULL);
    room_refuse(ERR_INVALID, "measure.edit", m,
        room_fmt("groups=short\n%0*d", GROUP_NAME_MOST + 1, 7), NULL);
    room_act("measure.edit", m, "groups=Young\nOld", NULL);
    assert_string_equal(room_text("measure", m, "groups"), "Young\nOld");
}

static void test_a_unit_is_told_its_group(void **state)
{
    int64_t m = measure("Young\nOld");
    room_refuse(ERR_INVALID, "measure.describe_unit", m, "code=A", "group_name=Middling", NULL);
    room_act("measure.describe_unit", m, "code=A", "group_name=old", NULL);
    assert_string_equal(group_of(m, "A"), "Old");
    room_act("measure.describe_unit", m, "code=A", "unit_title=Bus 7", NULL);
    assert_string_equal(group_of(m, "A"), "Old");
    const char *of = room_fmt("measure_id=%s", room_id(m)), *at = "read_at=2026-03-01T10:00:00Z";
    room_refuse(
        ERR_INVALID, "batch.add", 0, of, "unit=A", "group_name=Young", at, "value_num=1", NULL);
    room_refuse(ERR_INVALID, "batch.add", 0, of, "unit=B", "group_name=x", at, "value_num=1", NULL);
    room_act("batch.add", 0, of, "unit=A", "group_name=Old", at, "value_num=1", NULL);
    room_act("batch.add", 0, of, "unit=B", at, "value_num=1", NULL);
    assert_string_equal(group_of(m, "B"), "");
    room_act("batch.add", 0, of, "unit=B", "group_name=Young", "read_at=2026-03-02T10:00:00Z",
        "value_num=1", NULL);
    assert_string_equal(group_of(m, "B"), "Young");
}

static void test_a_column_of_the_file(void **state)
{
    int64_t m = measure("Young\nOld");
    room_act("measure.describe_unit", m, "code=D", "unit_title=There before", NULL);
    struct import_result r = load(m, "time,unit,group,side,value\n"
                                     "2026-01-01T10:00Z,A,young,treated,1\n"
                                     "2026-01-01T10:00Z,B,Old,control,2\n"
                                     "2026-01-02T10:00Z,A,,treated,3\n"
                                     "2026-01-02T10:00Z,A,Old,treated,4\n"
                                     "2026-01-02T10:00Z,C,Youngs,treated,5\n"
                                     "2026-01-02T10:00Z,D,Old,treated,6\n");
    assert_int_equal(r.good, 4);
    assert_int_equal(r.bad, 2);
    assert_string_equal(group_of(m, "A"), "Young");
    assert_string_equal(group_of(m, "B"), "Old");
    assert_string_equal(group_of(m, "D"), "Old"); // it had none
    struct value b = unit(m, "B");
    assert_int_equal(value_get_int(&b, "is_comparison", 0), 1);
    // A second file knows what the first one said.
    r = load(m, "time,unit,group,value\n2026-01-03T10:00Z,A,Old,1\n2026-01-03T10:00Z,B,old,1\n");
    assert_int_equal(r.good, 1);
    assert_int_equal(r.bad, 1);
}

static void test_without_a_list_a_group_is_a_side(void **state)
{
    int64_t m = measure(NULL);
    struct import_result r = load(
        m, "time,unit,group,value\n2026-01-01T10:00Z,A,comparison,1\n2026-01-01T10:00Z,B,x,1\n");
    assert_int_equal(r.good, 2);
    struct value a = unit(m, "A"), b = unit(m, "B");
    assert_int_equal(value_get_int(&a, "is_comparison", 0), 1);
    assert_int_equal(value_get_int(&b, "is_comparison", 1), 0);
    assert_string_equal(group_of(m, "A"), "");
}

static void test_by_the_api(void **state)
{
    int64_t m = measure("Young\nOld");
    static const char json[] =
        "[{\"time\":\"2026-01-01T10:00:00Z\",\"unit\":\"A\",\"value\":1,\"group\":\"Old\"},"
        "{\"time\":\"2026-01-01T10:00:00Z\",\"unit\":\"B\",\"value\":1,\"side\":\"control\"},"
        "{\"time\":\"2026-01-01T10:00:00Z\",\"unit\":\"C\",\"value\":1,\"group\":\"Other\"}]";
    struct web_field params[] = { { "id", room_id(m) } }, query[] = { { "publish", "good" } };
    struct request q = { .arena = &room.arena,
        .method = METHOD_POST,
        .path = "/",
        .params = params,
        .n_params = 1,
        .query = query,
        .n_query = 1,
        .content_type = "application/json",
        .body = json,
        .body_len = sizeof(json) - 1 };
    struct response r = { .arena = &room.arena };
    struct value data = value_object(&room.arena);
    assert_int_equal(build_bulk(&room.ctx, &q, &data, &r), OK);
    assert_non_null(strstr(buf_text(&r.body), "\"good\":2"));
    assert_non_null(strstr(buf_text(&r.body), "\"column\":\"group\""));
    buf_release(&r.body);
    assert_string_equal(group_of(m, "A"), "Old");
    struct value b = unit(m, "B");
    assert_int_equal(value_get_int(&b, "is_comparison", 0), 1);
}

// All of readings.csv, as whoever is in the room reads it.
static const char *csv_of(int64_t m)
{
    const struct page *p = readings_pages;
    while (!str_eq(p->pattern, "/measures/{id}/readings.csv")) {
        p++;
    }
    struct web_field params[] = { { "id", room_id(m) } };
    struct request q = {
        .arena = &room.arena, .path = "/", .params = params, .n_params = 1, .content_type = ""
    };
    struct response r = { .arena = &room.arena };
    struct value data = value_object(&room.arena);
    assert_int_equal(p->build(&room.ctx, &q, &data, &r), OK);
    AUTO_BUF(all, 1 << 20);
    for (bool done = false; !done;) {
        assert_int_equal(r.stream(r.stream_context, &all, &done), OK);
    }
    r.stream_free(r.stream_context);
    ctx_bind(&room.ctx);
    return arena_strdup(&room.arena, buf_text(&all));
}

static void test_residents_see_no_group_of_few(void **state)
{
    int64_t m = measure("Young\nOld\nMiddling");
    AUTO_BUF(csv, 0);
    buf_puts(&csv, "time,unit,group,side,value\n");
    for (int i = 0; i < 40; i++) {
        buf_fmt(&csv, "2026-01-01T10:00Z,U%02d,%s,%s,1\n", i,
            i < 3    ? "Young"
            : i < 15 ? "Old"
                     : "Middling",
            i == 39 ? "control" : "treated");
    }
    assert_int_equal(load(m, buf_text(&csv)).good, 40);
    const char *inside = csv_of(m);
    assert_true(str_starts(inside, "time,unit,value,reference,side,group,quality\r\n"));
    assert_non_null(strstr(inside, ",U00,1,,treated,Young,"));
    struct value row = room_get("measure", m);
    int64_t pilot = value_get_int(&row, "pilot_id", 0);
    chain_set("pilot", pilot, "announced_at", value_time(1));
    chain_set("pilot", pilot, "released_at", value_time(1));
    room_as(ROLE_PUBLIC);
    const char *outside = csv_of(m);
    assert_null(strstr(outside, "Young"));                         // three
    assert_null(strstr(outside, "Old"));                           // all but three
    assert_non_null(strstr(outside, ",U00,1,,treated,,"));         // its reading stays
    assert_non_null(strstr(outside, ",U20,1,,treated,Middling,")); // twenty-four
    assert_non_null(strstr(outside, ",U39,1,,comparison,,"));      // one for comparison
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stays_hidden),
        cmocka_unit_test(test_the_list),
        cmocka_unit_test(test_a_unit_is_told_its_group),
        cmocka_unit_test(test_a_column_of_the_file),
        cmocka_unit_test(test_without_a_list_a_group_is_a_side),
        cmocka_unit_test(test_by_the_api),
        cmocka_unit_test(test_residents_see_no_group_of_few),
    };
    return ROOM_TESTS(tests);
}
