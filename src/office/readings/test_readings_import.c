// SPDX-License-Identifier: Apache-2.0
#include "chain.h"

#include "clock.h"
#include "import.h"
#include "parse.h"
#include "rooms.h"
#include "site.h"
#include "upload.h"

#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t measure_of(const char *type, const char *cadence)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "title", value_text("Sensors in bins"));
    value_set(&room.arena, &v, "question", value_text("Do they help?"));
    value_set(&room.arena, &v, "department_id", value_id(room.department));
    value_set(&room.arena, &v, "origin", value_text("department"));
    value_set(&room.arena, &v, "origin_reason", value_text("An idea of the crew."));
    room_as(ROLE_STAFF);
    int64_t pilot = chain_act("pilot.propose", 0, &v);
    return room_act("measure.add", 0, room_fmt("pilot_id=%s", room_id(pilot)), "title=Fullness",
        "unit=percent", room_fmt("type=%s", type), "direction=lower", "role=primary",
        room_fmt("cadence=%s", cadence), NULL);
}

static int64_t measure(void)
{
    return measure_of("number", "irregular");
}

static int64_t counted(int64_t of)
{
    struct value row;
    assert_int_equal(db_row(room.db, &room.arena, "readings.summary",
                         ARGS(ARG("measure_id", value_id(of))), &row),
        OK);
    return value_get_int(&row, "n", -1);
}

// In pieces of STEP bytes.
static struct import_result load(
    int64_t of, const char *csv, size_t step, const struct import_options *options)
{
    struct import *im;
    struct import_result r;
    assert_int_equal(import_new(&room.ctx, of, options, "test.csv", "test.csv", &im), OK);
    size_t len = strlen(csv);
    for (size_t at = 0; at < len; at += step) {
        assert_int_equal(import_feed(im, csv + at, len - at < step ? len - at : step), OK);
    }
    assert_int_equal(import_end(im, &r), OK);
    import_free(im);
    return r;
}

static enum err refused(int64_t of, const char *csv, const struct import_options *options)
{
    struct import *im;
    struct import_result r;
    assert_int_equal(import_new(&room.ctx, of, options, "test.csv", "test.csv", &im), OK);
    int64_t batch = import_batch(im);
    enum err e = import_feed(im, csv, strlen(csv));
    if (e == OK) {
        e = import_end(im, &r);
    }
    import_free(im);
    const char *said = room.arena.detail;
    assert_string_equal(room_text("batch", batch, "state"), "dropped");
    room.arena.detail = said;
    return e;
}

static const struct import_options plain, publish = { .publish = true };

static struct value rejects(int64_t batch)
{
    struct value rows;
    assert_int_equal(
        db_rows(room.db, &room.arena, "batch.rejects",
            ARGS(ARG("batch_id", value_id(batch)), ARG("after_n", value_int(0))), &rows),
        OK);
    return rows;
}

static void expect_reject(
    const struct value *rows, size_t i, int64_t line, const char *cell, const char *words)
{
    const struct value *row = value_at(rows, i);
    assert_non_null(row);
    assert_int_equal(value_get_int(row, "line_n", 0), line);
    assert_string_equal(value_get_text(row, "cell", ""), cell);
    if (!strstr(value_get_text(row, "reason", ""), words)) {
        fail_msg("“%s” doesn't say “%s”", value_get_text(row, "reason", ""), words);
    }
}

// ---- numbers and times
// ---------------------------------------------------------------------------

static void expect_number(const char *text, double x)
{
    double read = -1;
    assert_true(parse_decimal(text, strlen(text), &read));
    if (!(read == x)) {
        fail_msg("%s read as %.17g", text, read);
    }
}

static void test_numbers(void **state)
{
    static const char *const wrong[] = { "", "-", ".", "1,5", "1.2.3", "0x10", "nan", "inf",
        "1e400", "12a", " 1", "--1" };
    expect_number("0", 0);
    expect_number("-12.50", -12.5);
    expect_number("0.1", 0.1);
    expect_number("123456789012345", 123456789012345.0);
    expect_number("999999999999.999", 999999999999.999);
    expect_number("0.30000000000000004", 0.30000000000000004);
    expect_number("1e3", 1000);
    expect_number(".5", 0.5);
    double zero = 1;
    assert_true(parse_decimal("-0", 2, &zero));
    assert_true(signbit(zero));
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        double x = 42;
        if (parse_decimal(wrong[i], strlen(wrong[i]), &x)) {
            fail_msg("“%s” was read as %g", wrong[i], x);
        }
        assert_true(x == 42);
    }
}

static void expect_time(const char *text, const char *utc)
{
    struct time_reader t = { .locale = room.ctx.locale };
    int64_t ms = 0;
    assert_true(parse_time(&t, text, strlen(text), &ms));
    assert_string_equal(civil_instant(&room.arena, ms), utc);
}

static void test_times(void **state)
{
    static const char *const wrong[] = { "", "2026", "2026-13-01", "2026-02-30", "2026-01-01T",
        "2026-01-01T25:00", "2026-01-01T10:60", "2026-01-01 10:00 XM", "2026-01-01T10:00+99:00",
        "13/31/2026", "1/1/26", "2026-01-01T10:00Zz", "yesterday", "2026-01-01 0:30 AM" };
    room_as(ROLE_STAFF); // New York
    expect_time("2026-01-01", "2026-01-01T05:00:00Z");
    expect_time("2026-07-01 17:00", "2026-07-01T21:00:00Z");
    expect_time("2026-07-01T17:00:30.25Z", "2026-07-01T17:00:30.250Z");
    expect_time("2026-07-01T17:00:00-0500", "2026-07-01T22:00:00Z");
    expect_time("7/1/2026 5:00 PM", "2026-07-01T21:00:00Z");
    expect_time("7/1/2026 12:30 am", "2026-07-01T04:30:00Z");
    // The day on which clocks go forward: an hour is missing between the two.
    expect_time("2026-03-08 01:59", "2026-03-08T06:59:00Z");
    expect_time("2026-03-08 03:00", "2026-03-08T07:00:00Z");
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct time_reader t = { .locale = room.ctx.locale };
        int64_t ms = 42;
        if (parse_time(&t, wrong[i], strlen(wrong[i]), &ms)) {
            fail_msg("“%s” was read", wrong[i]);
        }
    }
}

// ---- files
// ---------------------------------------------------------------------------------------

static void test_columns_by_their_names(void **state)
{
    int64_t m = measure();
    struct import_result r =
        load(m, "\xEF\xBB\xBFSerial Number;Collected At;Fullness pct\r\n17;2026-01-01 10:00;80\r\n",
            1000, &publish);
    assert_int_equal(r.good, 1);
    assert_true(r.published);
    assert_string_equal(room_text("batch", r.batch, "mapping"), "time=2 unit=1 value=3");
    assert_int_equal(counted(m), 1);
    assert_int_equal(strlen(r.hash), 64);
    assert_string_equal(room_text("batch", r.batch, "content_hash_text"), r.hash);

    assert_int_equal(refused(m, "a,b\n1,2\n", &plain), ERR_INVALID);
    assert_true(chain_says("a, b"));
    assert_int_equal(refused(m, "", &plain), ERR_INVALID);
    assert_int_equal(
        refused(m, "time,value\n", &(struct import_options){ .unit = "bin" }), ERR_INVALID);
    assert_true(chain_says("bin"));
    r = load(m, "x,y,z\n9,2026-01-02,8\n", 1000,
        &(struct import_options){ .time = "y", .value = "3", .unit = "1", .publish = true });
    assert_int_equal(r.good, 1);
    assert_int_equal(counted(m), 2);
}

static const char mixed[] = "time,unit,value\n"
                            "2026-01-01T10:00Z,A,1\n"
                            "2026-01-01T11:00Z,A,two\n"
                            "someday,A,2\n"
                            "2026-01-01T12:00Z,,2\n"
                            "2026-01-01T13:00Z,A,\n"
                            "2099-01-01T13:00Z,A,3\n"
                            "2026-01-01T14:00Z,A\n"
                            "2026-01-01T10:00Z,A,1\n"
                            "\"2026-01-01T15:00Z\",\"B\nB\",4\n"
                            "2026-01-01T10:00Z,A,9\n";

static void test_each_wrong_row_is_named(void **state)
{
    int64_t m = measure();
    struct import_result r = load(m, mixed, 1000, &publish);
    assert_int_equal(r.rows, 10);
    assert_int_equal(r.good, 2);
    assert_int_equal(r.same, 1);
    assert_int_equal(r.bad, 7);
    assert_false(r.published); // not every row is good
    assert_int_equal(counted(m), 0);
    struct value rows = rejects(r.batch);
    expect_reject(&rows, 0, 3, "value", "isn't a number");
    expect_reject(&rows, 1, 4, "time", "isn't a time");
    expect_reject(&rows, 2, 5, "unit", "no unit");
    expect_reject(&rows, 3, 6, "value", "no value");
    expect_reject(&rows, 4, 7, "time", "future");
    expect_reject(&rows, 5, 8, "", "shorter");
    expect_reject(&rows, 6, 12, "value", "another value");
    // The person decides: first all or nothing, then the good ones.
    room_refuse(ERR_INVALID, "batch.publish", r.batch, NULL);
    room_act("batch.publish", r.batch, "choice=good", NULL);
    assert_int_equal(counted(m), 2);
}

static void test_any_split_gives_the_same(void **state)
{
    struct import_result whole = load(measure(), mixed, 10000, &plain);
    for (size_t step = 1; step < 40; step += 6) {
        struct import_result r = load(measure(), mixed, step, &plain);
        assert_int_equal(r.good, whole.good);
        assert_int_equal(r.same, whole.same);
        assert_int_equal(r.bad, whole.bad);
        assert_int_equal(r.first_at, whole.first_at);
        assert_string_equal(r.hash, whole.hash);
        struct value a = rejects(whole.batch), b = rejects(r.batch);
        assert_int_equal(value_len(&a), value_len(&b));
    }
}

static void test_broken_files(void **state)
{
    int64_t m = measure();
    assert_int_equal(refused(m, "time,unit,value\n2026-01-01,\xff,3\n", &plain), ERR_INVALID);
    assert_true(chain_says("2"));
    assert_int_equal(refused(m, "time,unit,value\n2026-01-01,\"A,3\n", &plain), ERR_INVALID);
    assert_int_equal(counted(m), 0);
    room_as(ROLE_FINANCE);
    struct import *im;
    assert_int_equal(import_new(&room.ctx, m, &plain, "x", "x", &im), ERR_DENIED);
    room_as(ROLE_PUBLIC);
    assert_int_equal(import_new(&room.ctx, m, &plain, "x", "x", &im), ERR_NOT_FOUND);
}

static void test_proportions_and_counts(void **state)
{
    int64_t m = measure_of("proportion", "irregular");
    struct import_result r =
        load(m, "time,value\n2026-01-01,yes\n2026-01-02,0.5\n2026-01-03,1.5\n", 1000, &plain);
    assert_int_equal(r.good, 2);
    assert_int_equal(r.bad, 1);
    m = measure_of("count", "irregular");
    r = load(m, "time,value\n2026-01-01,3\n2026-01-02,-1\n2026-01-03,1.5\n", 1000, &plain);
    assert_int_equal(r.good, 1);
    assert_int_equal(r.bad, 2);
}

// ---- again and again
// -----------------------------------------------------------------------------

static void test_the_same_file_twice(void **state)
{
    int64_t m = measure();
    static const char first[] = "time,unit,value,reference\n2026-01-01,A,1,\n2026-01-02,A,2,2.5\n";
    load(m, first, 1000, &publish);
    struct import_result r = load(m, first, 1000, &publish);
    assert_int_equal(r.good, 0);
    assert_int_equal(r.same, 2);
    assert_false(r.published);
    room_refuse(ERR_STATE, "batch.publish", r.batch, NULL);
    room_act("batch.drop", r.batch, NULL);

    r = load(m, "time,unit,value\n2026-01-01,A,5\n2026-01-03,A,6\n", 1000, &publish);
    assert_int_equal(r.good, 2);
    assert_int_equal(r.corrects, 1);
    assert_int_equal(counted(m), 3);
    room_act("batch.undo", r.batch, "reason=The wrong file", NULL);
    assert_int_equal(counted(m), 2);
    // What was undone may come again, and counts then.
    r = load(m, "time,unit,value\n2026-01-01,A,5\n", 1000, &publish);
    assert_int_equal(r.good, 1);
    assert_int_equal(r.corrects, 1);
    struct value row;
    assert_int_equal(db_row(room.db, &room.arena, "readings.summary",
                         ARGS(ARG("measure_id", value_id(m))), &row),
        OK);
    assert_float_equal(value_get_num(&row, "max_num", 0), 5.0, 0);
}

static void test_two_loads_at_once(void **state)
{
    int64_t m = measure();
    struct import *a, *b;
    struct import_result ra, rb;
    static const char one[] = "time,unit,value\n2026-01-01,A,1\n2026-01-01,B,1\n",
                      two[] = "time,unit,value\n2026-01-01,B,2\n2026-01-01,A,2\n";
    assert_int_equal(import_new(&room.ctx, m, &plain, "a", "a", &a), OK);
    assert_int_equal(import_new(&room.ctx, m, &plain, "b", "b", &b), OK);
    assert_int_equal(import_feed(a, one, strlen(one)), OK);
    assert_int_equal(import_feed(b, two, strlen(two)), OK);
    assert_int_equal(import_end(b, &rb), OK);
    assert_int_equal(import_end(a, &ra), OK); // knew of no unit and no reading when it began
    import_free(a);
    import_free(b);
    assert_int_equal(ra.good, 2);
    assert_int_equal(rb.good, 2);
    room_act("batch.publish", ra.batch, NULL);
    room_act("batch.publish", rb.batch, NULL);
    assert_int_equal(counted(m), 2);
}

static void test_gaps_and_outliers(void **state)
{
    int64_t m = measure_of("number", "daily");
    AUTO_BUF(csv, 0);
    buf_puts(&csv, "time,unit,value\n");
    for (int i = 0; i < 60; i++) {
        int day = i < 40 ? i : i + 10;
        buf_fmt(&csv, "%s,A,%s\n", civil_date(&room.arena, civil_days(2026, 1, 1) + day),
            i == 20 ? "5000"
            : i % 2 ? "50.5"
                    : "49.5");
    }
    struct import_result r = load(m, buf_text(&csv), 4096, &publish);
    assert_int_equal(r.good, 60); // flagged, never left out
    assert_int_equal(r.outliers, 1);
    assert_int_equal(r.gaps, 1);
}

// More than one run and many chunks, in an order that is neither the key's nor sorted.
static void test_many_rows_in_any_order(void **state)
{
    enum { ROWS = 300000, UNITS = 70 };
    int64_t m = measure();
    AUTO_BUF(csv, 0);
    buf_puts(&csv, "time,unit,value\n");
    int64_t from = civil_days(2025, 1, 1) * (int64_t)CLOCK_DAY;
    for (int64_t i = 0; i < ROWS; i++) {
        int64_t j = i * 7919 % ROWS; // each once
        struct civil t = civil_from_ms(from + j / UNITS * 60000);
        buf_fmt(&csv, "%04d-%02d-%02dT%02d:%02dZ,U%d,%d\n", t.year, t.month, t.day, t.hour,
            t.minute, (int)(j % UNITS), (int)(j % 1000));
    }
    // At the end, far from its twin: the first again with another value, and once with the same.
    buf_puts(&csv, "2025-01-01T00:00Z,U0,12345\n2025-01-01T00:00Z,U0,0\n");
    struct import_result r = load(m, buf_text(&csv), 65536, &plain);
    assert_int_equal(r.good, ROWS);
    assert_int_equal(r.new_units, UNITS);
    assert_int_equal(r.bad, 1);
    assert_int_equal(r.same, 1);
    room_act("batch.publish", r.batch, "choice=good", NULL);
    assert_int_equal(counted(m), ROWS);
    struct import_result again = load(m, buf_text(&csv), 65536, &plain);
    assert_int_equal(again.good, 1); // 12345 corrects what counts
    assert_int_equal(again.same, ROWS);
    assert_int_equal(again.bad, 1); // and then there is another one
    room_act("batch.drop", again.batch, NULL);
    int n;
    assert_int_equal(jobs_run_due(room.office, &room.arena, &n), OK);
    struct value left;
    room_as_system();
    assert_int_equal(
        db_row(room.db, &room.arena, "batch.unit_count",
            ARGS(ARG("measure_id", value_id(m)), ARG("batch_id", value_id(again.batch))), &left),
        OK);
    assert_int_equal(value_get_int(&left, "n", -1), 0);
    assert_int_equal(counted(m), ROWS);
}

// ---- a process that dies
// -------------------------------------------------------------------------

static void die_in_the_middle(void *context, int64_t bytes, int64_t rows)
{
    if (rows > 400000) {
        kill(getpid(), SIGKILL);
    }
}

// The program again, as "child ADDRESS KEYS MEASURE FILE".
static int child(char **argv)
{
    struct arena a;
    struct office *office;
    struct db *db;
    struct ctx c;
    struct import_result r;
    arena_init(&a, 64 << 20);
    struct office_options options = { .db = argv[2], .key_folder = argv[3], .rooms = office_rooms };
    if (office_open(&a, &options, &office) != OK || db_open(office->store, &a, &db) != OK) {
        return 1;
    }
    ctx_system(&c, office, &office->cities[0], db, &a);
    int64_t id;
    if (!str_i64(argv[4], &id)) {
        return 2;
    }
    enum err e = readings_import_file(&c, id, argv[5], &publish, die_in_the_middle, NULL, &r);
    return e == OK ? 0 : 1;
}

static void test_killed_in_the_middle(void **state)
{
    int64_t m = measure();
    char path[] = "/tmp/pilothouse-readings-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    fputs("time,unit,value\n", f);
    for (int i = 0; i < 600000; i++) {
        fprintf(f, "2026-01-%02dT%02d:%02dZ,U%d,%d\n", 1 + i / 1440 % 28, i / 60 % 24, i % 60,
            i / 40320, i % 97);
    }
    fclose(f);
    const char *pg = getenv("PILOTHOUSE_TEST_PG_FRESH");
    const char *address = store_is_postgres(room.office->store)
                              ? (pg ? pg : getenv("PILOTHOUSE_TEST_PG"))
                              : store_address(room.office->store);
    char *argv[] = { (char[]){ "test" }, (char[]){ "child" }, (char *)(uintptr_t)address,
        (char *)(uintptr_t)room.office->key_folder, arena_fmt(&room.arena, "%lld", (long long)m),
        path, NULL };
    pid_t pid;
    int status;
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(counted(m), 0);
    struct value batches;
    room_as(ROLE_STAFF);
    assert_int_equal(db_rows(room.db, &room.arena, "measure.batches",
                         ARGS(ARG("measure_id", value_id(m))), &batches),
        OK);
    assert_int_equal(value_len(&batches), 1);
    assert_string_equal(value_get_text(value_at(&batches, 0), "state", ""), "loading");
    // The same file loads afterwards as if nothing had been.
    struct import_result r;
    assert_int_equal(readings_import_file(&room.ctx, m, path, &publish, NULL, NULL, &r), OK);
    assert_int_equal(r.good, 600000);
    assert_int_equal(counted(m), 600000);
    unlink(path);
}

// ---- pages
// ---------------------------------------------------------------------------------------

struct visit {
    struct request q;
    struct response r;
    struct value data;
    struct web_field params[1];
    struct web_file files[1];
};

static enum err visit(struct visit *v, int64_t id, enum method method,
    enum err (*build)(struct ctx *, struct request *, struct value *, struct response *))
{
    if (!room.office->router) {
        assert_int_equal(office_routes(room.office, &room.arena), OK);
    }
    v->params[0] = (struct web_field){ "id", room_id(id) };
    v->q.arena = &room.arena;
    v->q.method = method;
    v->q.path = "/";
    v->q.params = v->params;
    v->q.n_params = 1;
    v->q.content_type = v->q.content_type ? v->q.content_type : "";
    v->r.arena = &room.arena;
    v->data = value_object(&room.arena);
    return build(&room.ctx, &v->q, &v->data, &v->r);
}

static bool shows(struct visit *v, const char *template, const char *words)
{
    assert_int_equal(site_render(&room.ctx, &v->q, &v->r, template, &v->data), OK);
    return strstr(buf_text(&v->r.body), words) != NULL;
}

static int64_t redirected_to_batch(struct visit *v)
{
    for (size_t i = 0; i < v->r.n_headers; i++) {
        if (str_eq(v->r.headers[i].name, "Location")) {
            int64_t id = 0;
            const char *slash = strrchr(v->r.headers[i].value, '/');
            assert_true(id_parse(&room.ctx.city->id_key, slash + 1, &id));
            return id;
        }
    }
    fail_msg("nothing was said about where to go");
    return 0;
}

static int64_t upload(int64_t m, const char *csv)
{
    struct visit v = {
        .files = { { .field = "file", .name = "bins.csv", .data = csv, .len = strlen(csv) } }
    };
    v.q.files = v.files;
    v.q.n_files = 1;
    assert_int_equal(visit(&v, m, METHOD_POST, build_upload), OK);
    return redirected_to_batch(&v);
}

static void test_upload_and_preview(void **state)
{
    int64_t m = measure();
    struct visit form = { .q = { .n_files = 0 } }, page = { .q = { .n_files = 0 } },
                 csv = { .q = { .n_files = 0 } };
    assert_int_equal(visit(&form, m, METHOD_GET, build_upload), OK);
    assert_true(shows(&form, "look/page-form.html", "multipart/form-data"));
    buf_release(&form.r.body);

    load(m, "time,unit,value\n2026-01-01T10:00Z,A,3\n", 1000, &publish);
    int64_t b = upload(m, mixed);
    assert_string_equal(room_text("batch", b, "state"), "staged");
    assert_int_equal(visit(&page, b, METHOD_GET, build_batch), OK);
    assert_true(shows(&page, "readings/batch.html", "Publish the good ones"));
    assert_true(strstr(buf_text(&page.r.body), "isn’t a number") ||
                strstr(buf_text(&page.r.body), "a number. Write it"));
    assert_non_null(strstr(buf_text(&page.r.body), "<svg"));
    assert_non_null(strstr(buf_text(&page.r.body), "on average 2.5"));
    buf_release(&page.r.body);

    assert_int_equal(visit(&csv, b, METHOD_GET, build_left_out), OK);
    assert_true(str_starts(buf_text(&csv.r.body), "time,unit,value,reason\r\n"));
    assert_non_null(strstr(buf_text(&csv.r.body), "someday,A,2,"));
    buf_release(&csv.r.body);

    // The same file by other columns: the unit is taken for the value's.
    struct visit other = { .q = { .n_form = 1,
                               .form = (const struct web_field[]){ { "unit", "-" } } } };
    assert_int_equal(visit(&other, b, METHOD_POST, build_columns), OK);
    int64_t again = redirected_to_batch(&other);
    assert_string_equal(room_text("batch", b, "state"), "dropped");
    assert_string_equal(room_text("batch", again, "mapping"), "time=1 value=3");
    room_act("batch.publish", again, "choice=good", NULL);
    struct visit late = { .q = { .n_files = 0 } };
    assert_int_equal(visit(&late, again, METHOD_POST, build_columns), ERR_STATE);
}

static void test_a_file_that_is_none(void **state)
{
    int64_t m = measure();
    struct visit none = { .q = { .n_files = 0 } }, bad = {
        .files = { { .field = "file", .name = "x", .data = "a,b\n1,2\n", .len = 8 } }
    };
    assert_int_equal(visit(&none, m, METHOD_POST, build_upload), OK);
    assert_int_equal(none.r.status, 422);
    bad.q.files = bad.files;
    bad.q.n_files = 1;
    assert_int_equal(visit(&bad, m, METHOD_POST, build_upload), OK);
    assert_int_equal(bad.r.status, 422);
    assert_true(shows(&bad, "look/page-form.html", "a, b"));
    buf_release(&bad.r.body);
    room_as(ROLE_FINANCE);
    assert_int_equal(visit(&none, m, METHOD_GET, build_upload), ERR_DENIED);
}

static void test_bulk_by_the_api(void **state)
{
    int64_t m = measure();
    static const char json[] = "[{\"time\":\"2026-01-01T10:00:00Z\",\"unit\":\"A\",\"value\":1.5},"
                               "{\"time\":\"2026-01-01T11:00:00Z\",\"value\":2}]";
    struct visit v = {
        .q = { .content_type = "application/json", .body = json, .body_len = sizeof(json) - 1 }
    };
    assert_int_equal(visit(&v, m, METHOD_POST, build_bulk), OK);
    assert_int_equal(v.r.status, 201);
    assert_non_null(strstr(buf_text(&v.r.body), "\"state\":\"published\""));
    assert_int_equal(counted(m), 2);
    buf_release(&v.r.body);

    struct visit csv = {
        .q = { .content_type = "text/csv", .body = mixed, .body_len = sizeof(mixed) - 1 }
    };
    assert_int_equal(visit(&csv, m, METHOD_POST, build_bulk), OK);
    assert_non_null(strstr(buf_text(&csv.r.body), "\"state\":\"staged\""));
    assert_non_null(strstr(buf_text(&csv.r.body), "\"line\":3"));
    assert_int_equal(counted(m), 2);
    buf_release(&csv.r.body);

    struct visit wrong = { .q = {
                               .content_type = "application/json", .body = "{}", .body_len = 2 } };
    assert_int_equal(visit(&wrong, m, METHOD_POST, build_bulk), ERR_INVALID);
    struct visit type = { .q = { .content_type = "text/plain", .body = "x", .body_len = 1 } };
    assert_int_equal(visit(&type, m, METHOD_POST, build_bulk), ERR_UNSUPPORTED);
    room_as(ROLE_PUBLIC);
    assert_int_equal(visit(&csv, m, METHOD_POST, build_bulk), ERR_NOT_FOUND);
}

int main(int argc, char **argv)
{
    if (argc == 6 && str_eq(argv[1], "child")) {
        return child(argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_columns_by_their_names),
        cmocka_unit_test(test_each_wrong_row_is_named),
        cmocka_unit_test(test_any_split_gives_the_same),
        cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_proportions_and_counts),
        cmocka_unit_test(test_the_same_file_twice),
        cmocka_unit_test(test_two_loads_at_once),
        cmocka_unit_test(test_gaps_and_outliers),
        cmocka_unit_test(test_many_rows_in_any_order),
        cmocka_unit_test(test_killed_in_the_middle),
        cmocka_unit_test(test_upload_and_preview),
        cmocka_unit_test(test_a_file_that_is_none),
        cmocka_unit_test(test_bulk_by_the_api),
    };
    return ROOM_TESTS(tests);
}
