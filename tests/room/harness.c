// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include "accounts/accounts.h"
#include "clock.h"
#include "rooms.h"
#include "web.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct room_test room;
const struct room *const *room_rooms;

static char folder[64];

static void must(enum err e, const char *what)
{
    if (e != OK) {
        fail_msg("%s: %s: %s", what, err_name(e), room.arena.detail ? room.arena.detail : "");
    }
}

static const char *database_address(bool postgres)
{
    static char path[80];
    if (!postgres) {
        snprintf(path, sizeof(path), "%s/office.db", folder);
        return path;
    }
    return getenv("PILOTHOUSE_TEST_PG_FRESH"); // made by script/with-postgres for one program
}

static bool by_acts;

static int64_t person_by_acts(const char *name, uint32_t role)
{
    static int n;
    int64_t id;
    must(accounts_create_user(&room.ctx,
             &(struct new_user){ .name = name,
                 .email = room_fmt("person%d@example.org", n++),
                 .roles = role & ~(uint32_t)ROLE_LIAISON },
             &id),
        "account");
    if (role == ROLE_LIAISON) {
        struct value values = value_object(&room.arena);
        value_set(&room.arena, &values, "person_id", value_id(id));
        value_set(&room.arena, &values, "role", value_text(role_name(role)));
        value_set(&room.arena, &values, "department_id", value_id(room.department));
        must(act_run_values(&room.ctx, "grant_role.give", 0, &values, &room.outcome), "role");
    }
    return id;
}

static int64_t organisation_by_acts(const char *title)
{
    struct value values = value_object(&room.arena);
    value_set(&room.arena, &values, "title", value_text(title));
    value_set(&room.arena, &values, "type", value_text("department"));
    must(act_run_values(&room.ctx, "organisation.add", 0, &values, &room.outcome), "organisation");
    return room.outcome.id;
}

int64_t room_person(const char *name, uint32_t role)
{
    if (by_acts) {
        return person_by_acts(name, role);
    }
    struct ctx before = room.ctx;
    room_as_system();
    int64_t id = id_new();
    must(db_begin(room.db, &room.arena, DB_WRITE), "begin");
    must(db_insert(room.db, &room.arena, "person", false,
             ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)),
                 ARG("state", value_text("active")), ARG("created_at", value_time(room.ctx.now)),
                 ARG("changed_at", value_time(room.ctx.now)), ARG("name", value_text(name)))),
        "person");
    must(db_insert(room.db, &room.arena, "person_contact", true,
             ARGS(ARG("id", value_id(id)),
                 ARG("email", value_text(room_fmt("p%lld@example.org", (long long)id))),
                 ARG("email_key", value_text(room_fmt("p%lld@example.org", (long long)id))))),
        "contact");
    if (role) {
        bool liaison = role == ROLE_LIAISON;
        must(db_insert(room.db, &room.arena, "grant_role", false,
                 ARGS(ARG("id", value_id(id_new())), ARG("rev", value_int(1)),
                     ARG("state", value_text("held")), ARG("created_at", value_time(room.ctx.now)),
                     ARG("changed_at", value_time(room.ctx.now)), ARG("person_id", value_id(id)),
                     ARG("role", value_text(role_name(role))),
                     ARG("scope_kind", liaison ? value_text("department") : VALUE_NULL),
                     ARG("scope_id", liaison ? value_id(room.department) : VALUE_NULL))),
            "grant");
    }
    must(db_commit(room.db, &room.arena), "commit");
    room.ctx = before;
    if (room.ctx.db) {
        ctx_bind(&room.ctx);
    }
    return id;
}

static int64_t organisation(const char *title)
{
    if (by_acts) {
        return organisation_by_acts(title);
    }
    int64_t id = id_new();
    must(db_begin(room.db, &room.arena, DB_WRITE), "begin");
    must(db_insert(room.db, &room.arena, "organisation", false,
             ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)),
                 ARG("state", value_text("active")), ARG("created_at", value_time(room.ctx.now)),
                 ARG("changed_at", value_time(room.ctx.now)), ARG("title", value_text(title)),
                 ARG("type", value_text("department")))),
        "organisation");
    must(db_commit(room.db, &room.arena), "commit");
    return id;
}

void room_open(const char *in, const char *address, bool acts)
{
    by_acts = acts;
    arena_init(&room.arena, 256 << 20);
    struct office_options options = { .db = address,
        .create = true,
        .skip_schema_check = true,
        .key_folder = arena_fmt(&room.arena, "%s/keys", in),
        .rooms = room_rooms ? room_rooms : office_rooms };
    mkdir(options.key_folder, 0700);
    must(office_open(&room.arena, &options, &room.office), "open");
    must(store_migrate(room.office->store, &room.arena, NULL), "migrate");
    must(office_new_city(room.office, &room.arena,
             &(struct new_city){ .slug = "test",
                 .name = "City of Test",
                 .office_name = "Test Office",
                 .zone = "America/New_York",
                 .currency = "USD",
                 .host = "test.example" }),
        "city");
    must(db_open(room.office->store, &room.arena, &room.db), "handle");
    room_as_system();
    room.department = organisation("Streets");
    room.other_department = organisation("Water");
    for (int i = 1; i < ROLE_COUNT - 1; i++) {
        room.people[i] = room_person(role_label(1u << i), 1u << i);
    }
    int64_t department = room.department;
    room.department = room.other_department;
    room.other_liaison = room_person("Other liaison", ROLE_LIAISON);
    room.department = department;
}

void room_close(void)
{
    db_close(room.db);
    office_close(room.office);
    arena_release(&room.arena);
}

static void remove_folder(void)
{
    AUTO_BUF(command, 0);
    buf_fmt(&command, "rm -rf '%s'", folder);
    if (system(buf_text(&command)) != 0) {
        print_message("%s was left behind\n", folder);
    }
}

static bool on_postgres;

static int setup(void **state)
{
    room_open(folder, database_address(on_postgres), false);
    return 0;
}

static int teardown(void **state)
{
    room_close();
    remove_folder();
    return 0;
}

int room_run(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
    on_postgres = argc > 1 && str_eq(argv[1], "pg");
    if (on_postgres && !getenv("PILOTHOUSE_TEST_PG_FRESH")) {
        return 77;
    }
    // In memory where that can be had: these offices prove what is kept, not that a disk keeps it.
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof(folder), "%s/pilothouse-room-XXXXXX", place);
    if (!mkdtemp(folder)) {
        return 1;
    }
    return _cmocka_run_group_tests(argv[0], tests, n, setup, teardown);
}

// ---- whose hands
// ---------------------------------------------------------------------------------

void room_as_system(void)
{
    ctx_system(&room.ctx, room.office, &room.office->cities[0], room.db, &room.arena);
}

void room_as_person(int64_t person)
{
    room_as_system();
    must(ctx_become(&room.ctx, person), "become");
    room.ctx.via = "test";
}

void room_as(uint32_t role)
{
    room_as_system();
    if (role == ROLE_PUBLIC) {
        room.ctx.viewer = (struct viewer){ .name = "", .roles = ROLE_PUBLIC };
        room.ctx.audience = AUDIENCE_PUBLIC;
        ctx_bind(&room.ctx);
    } else if (role != ROLE_CLOCK) {
        room_as_person(room.people[__builtin_ctz(role)]);
    }
}

// ---- acting
// --------------------------------------------------------------------------------------

enum { MOST_FIELDS = 64 };

static enum err run(const char *command, int64_t id, va_list ap)
{
    struct web_field *fields = arena_array(&room.arena, struct web_field, MOST_FIELDS);
    struct submission s = { .fields = fields };
    const char *given;
    while ((given = va_arg(ap, const char *))) {
        const char *equals = strchr(given, '=');
        assert_non_null(equals);
        assert_true(s.n_fields < MOST_FIELDS);
        fields[s.n_fields++] =
            (struct web_field){ arena_strndup(&room.arena, given, (size_t)(equals - given)),
                equals + 1 };
    }
    room.err = act_run(&room.ctx, command, id, &s, &room.outcome);
    return room.err;
}

int64_t room_act(const char *command, int64_t id, ...)
{
    va_list ap;
    va_start(ap, id);
    enum err e = run(command, id, ap);
    va_end(ap);
    for (size_t i = 0; i < room.outcome.n_errors; i++) {
        print_message("# %s: %s\n", room.outcome.errors[i].name, room.outcome.errors[i].text);
    }
    must(e, command);
    return room.outcome.id;
}

void room_refuse(enum err expected, const char *command, int64_t id, ...)
{
    va_list ap;
    va_start(ap, id);
    enum err e = run(command, id, ap);
    va_end(ap);
    if (e != expected) {
        fail_msg("%s gave %s (%s), not %s", command, err_name(e),
            room.arena.detail ? room.arena.detail : "", err_name(expected));
    }
}

// ---- reading
// -------------------------------------------------------------------------------------

struct value room_get(const char *kind, int64_t id)
{
    const char *sql = room_fmt(
        "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id AND @scope(%s t)", kind, kind);
    struct value rows;
    must(db_rows_sql(room.db, &room.arena, sql, ARGS(ARG("id", value_id(id))), &rows), kind);
    return value_len(&rows) ? *value_at(&rows, 0) : VALUE_NULL;
}

const char *room_text(const char *kind, int64_t id, const char *column)
{
    struct value row = room_get(kind, id);
    return value_get_text(&row, column, "");
}

int64_t room_int(const char *kind, int64_t id, const char *column)
{
    struct value row = room_get(kind, id);
    return value_get_int(&row, column, 0);
}

const char *room_id(int64_t id)
{
    return ctx_id(&room.ctx, id);
}

const char *room_fmt(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vfmt(&room.arena, fmt, ap);
    va_end(ap);
    return text;
}

const char *room_day(int days)
{
    return civil_date(&room.arena, clock_now() / CLOCK_DAY + days);
}

const char *room_time(int64_t from_now_ms)
{
    return civil_instant(&room.arena, clock_now() + from_now_ms);
}
