// SPDX-License-Identifier: Apache-2.0
// Prepares an office for tests that drive the executable:
//
//   prepare FOLDER ADDRESS          a city, a person of each role, an API token each
//   prepare FOLDER ADDRESS plant    besides, a row of every kind in every state, with a marker of
//                                   its own in every text that nobody chose
//   prepare FOLDER ADDRESS opened   the same, with the names of every round opened
//
// Prints what is there as JSON: {"tokens", "people", "ids", "kinds", "patterns", "rows",
// "markers"}.
#include "rows.h"

#include "json.h"
#include "rooms.h"
#include "session.h"

#include <sodium.h>

#include <stdio.h>
#include <sys/stat.h>

enum { MAX_MARKERS = 20000 };

static struct {
    const char *text, *table, *column;
    int64_t id;
} markers[MAX_MARKERS];
static size_t n_markers;

static const char *mark(const char *table, const char *column)
{
    unsigned char bytes[6];
    char hex[sizeof(bytes) * 2 + 1];
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes));
    assert_true(n_markers < MAX_MARKERS);
    const char *text =
        str_starts(column, "email") ? room_fmt("zq%s@example.org", hex) : room_fmt("zq%s", hex);
    markers[n_markers].text = text;
    markers[n_markers].table = table;
    markers[n_markers++].column = column;
    return text;
}

static struct value *put(struct value *object, const char *key, struct value v)
{
    value_set(&room.arena, object, key, v);
    return object;
}

// Names of the roles that see the row.
static struct value seen_by(const struct kind *k, int64_t id)
{
    struct value list = value_list(&room.arena);
    for (int i = 0; i < ROLE_COUNT - 1; i++) {
        room_as(1u << i);
        struct value row = room_get(k->name, id);
        if (row.kind == V_OBJECT) {
            *value_push(&room.arena, &list) = value_text(role_name(1u << i));
        }
    }
    room_as_system();
    return list;
}

static void plant_kind(const struct kind *k, struct value *rows)
{
    static const uint32_t whose[] = { ROLE_APPLICANT, ROLE_EVALUATOR };
    int n = 0;
    for (const struct state *s = k->states; s->name; s++, n++) {
        uint32_t role = whose[n % 2];
        // Roles go to somebody who doesn't look, or they would change what the others see.
        bool is_role = str_eq(k->name, "grant_role");
        struct rows_wish wish = { .person = is_role ? room_person("Bystander", 0)
                                                    : room.people[__builtin_ctz(role)],
            .owner = room.people[__builtin_ctz(ROLE_STAFF)],
            .is_full = true,
            .words = mark };
        size_t before = n_markers;
        int64_t id = rows_add(k, s->name, &wish);
        for (size_t i = before; i < n_markers; i++) {
            markers[i].id = id;
        }
        room_as_system();
        assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
        assert_int_equal(act_index(&room.ctx, k, id), OK);
        assert_int_equal(db_commit(room.db, &room.arena), OK);
        struct value row = value_object(&room.arena);
        put(&row, "kind", value_text(k->name));
        put(&row, "id", value_text(room_id(id)));
        put(&row, "state", value_text(s->name));
        put(&row, "whose", value_text(role_name(role)));
        put(&row, "seen_by", seen_by(k, id));
        *value_push(&room.arena, rows) = row;
    }
}

static bool is_planted(const char *table)
{
    for (size_t i = 0; i < n_markers; i++) {
        if (str_eq(markers[i].table, table)) {
            return true;
        }
    }
    return false;
}

static void plant(struct value *rows)
{
    const struct kind *k;
    for (size_t i = 0; (k = registry_kind_at(room.office->registry, i)); i++) {
        plant_kind(k, rows);
    }
    int64_t applicant = room.people[__builtin_ctz(ROLE_APPLICANT)];
    struct rows_wish wish = { .person = applicant, .is_full = true, .words = mark };
    const char *table;
    for (size_t i = 0; (table = rows_sealed(i)); i++) {
        if (!is_planted(table)) {
            size_t before = n_markers;
            rows_add_plain(table, str_eq(table, "account") ? applicant : id_new(), &wish);
            for (size_t j = before; j < n_markers; j++) {
                markers[j].id = applicant;
            }
        }
    }
}

static struct value kinds(void)
{
    struct value list = value_list(&room.arena);
    const struct kind *k;
    for (size_t i = 0; (k = registry_kind_at(room.office->registry, i)); i++) {
        struct value item = value_object(&room.arena), commands = value_list(&room.arena);
        struct value fields = value_object(&room.arena);
        for (const struct command *c = k->commands; c && c->name; c++) {
            if (!(c->flags & COMMAND_INNER)) {
                struct value command = value_object(&room.arena);
                put(&command, "name", value_text(c->name));
                put(&command, "is_new", value_bool(c->from == NEW));
                *value_push(&room.arena, &commands) = command;
            }
        }
        for (const struct field *f = k->fields; f && f->name; f++) {
            put(&fields, f->name, value_int(f->flags));
        }
        put(&item, "name", value_text(k->name));
        put(&item, "path", value_text(k->path));
        put(&item, "title", value_text(k->title ? k->title : "title"));
        put(&item, "search", value_text(k->search));
        put(&item, "commands", commands);
        put(&item, "fields", fields);
        *value_push(&room.arena, &list) = item;
    }
    return list;
}

static struct value patterns(void)
{
    struct value list = value_list(&room.arena);
    for (const struct room *const *r = office_rooms; *r; r++) {
        for (const struct page *p = (*r)->pages; p && p->pattern; p++) {
            *value_push(&room.arena, &list) = value_text(p->pattern);
        }
    }
    return list;
}

static const char *address_of(int64_t person)
{
    struct value row;
    room_as_system();
    assert_int_equal(
        db_row(room.db, &room.arena, "person.reach", ARGS(ARG("id", value_id(person))), &row), OK);
    return value_get_text(&row, "email", "");
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    mkdir(argv[1], 0700);
    room_open(argv[1], argv[2], argc == 3);
    rows_open();
    struct value out = value_object(&room.arena), rows = value_list(&room.arena);
    struct value tokens = value_object(&room.arena), people = value_object(&room.arena);
    struct value ids = value_object(&room.arena);
    for (int i = 1; i < ROLE_COUNT - 1; i++) {
        const char *token, *name = role_name(1u << i);
        assert_int_equal(session_new_token(&room.ctx, room.people[i], name, &token), OK);
        put(&tokens, name, value_text(token));
        put(&ids, name, value_text(room_id(room.people[i])));
        put(&people, name, value_text(address_of(room.people[i])));
    }
    if (argc > 3) {
        rows_names_are_open = str_eq(argv[3], "opened");
        plant(&rows);
    }
    struct value planted = value_list(&room.arena);
    for (size_t i = 0; i < n_markers; i++) {
        struct value m = value_object(&room.arena);
        put(&m, "text", value_text(markers[i].text));
        put(&m, "table", value_text(markers[i].table));
        put(&m, "column", value_text(markers[i].column));
        put(&m, "id", value_text(room_id(markers[i].id)));
        *value_push(&room.arena, &planted) = m;
    }
    put(&out, "tokens", tokens);
    put(&out, "people", people);
    put(&out, "ids", ids);
    put(&out, "kinds", kinds());
    put(&out, "patterns", patterns());
    put(&out, "rows", rows);
    put(&out, "markers", planted);
    put(&out, "department", value_text(room_id(room.department)));
    AUTO_BUF(text, 0);
    json_write_canonical(&text, &out);
    puts(buf_text(&text));
    room_close();
    return 0;
}
