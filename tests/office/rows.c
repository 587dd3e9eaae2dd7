// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include "clock.h"
#include "embed.h"
#include "record_ref.h"
#include "rooms.h"
#include "web.h"

#include <sodium.h>
#include <sqlite3.h>

#include <stdlib.h>
#include <unistd.h>

enum { MAX_COLUMNS = 2000, MAX_ARGS = 96, MAX_KINDS = 128, MAX_DEPTH = 12 };

static struct rows_column columns[MAX_COLUMNS];
static size_t n_columns;
static struct {
    const char *kind;
    int64_t id;
} firsts[MAX_KINDS];
static size_t n_firsts;
static int depth;
static int64_t counter;
bool rows_names_are_open;
static bool vary; // choices too: for a kind whose key is one

static void must(enum err e, const char *what)
{
    if (e != OK) {
        fail_msg("%s: %s: %s", what, err_name(e), room.arena.detail ? room.arena.detail : "");
    }
}

// ---- the schema --------------------------------------------------------------------------------

static bool is_sealed(const char *table)
{
    const char *line = arena_fmt(&room.arena, "-- sealed: %s\n", table);
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (str_starts(f->path, "migrations/") && strstr(f->data, line)) {
            return true;
        }
    }
    return false;
}

static void read_columns(const char *path)
{
    sqlite3 *sql;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sql,
                         "SELECT m.name, p.name, p.\"notnull\", p.pk FROM sqlite_schema m "
                         "JOIN pragma_table_info(m.name) p WHERE m.type = 'table'",
                         -1, &statement, NULL),
        SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        assert_true(n_columns < MAX_COLUMNS - 1);
        const char *table = (const char *)sqlite3_column_text(statement, 0);
        columns[n_columns++] = (struct rows_column){
            .table = strdup(table),
            .name = strdup((const char *)sqlite3_column_text(statement, 1)),
            .not_null = sqlite3_column_int(statement, 2) != 0,
            .is_key = sqlite3_column_int(statement, 3) != 0,
            .is_sealed = is_sealed(table),
        };
    }
    sqlite3_finalize(statement);
    sqlite3_close(sql);
}

void rows_open(void)
{
    // The schema is the same on both databases; SQLite tells it in one statement.
    char path[64];
    snprintf(path, sizeof(path), "%s/pilothouse-schema-XXXXXX",
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    unlink(path);
    struct office *o;
    must(office_open(&room.arena,
             &(struct office_options){
                 .db = path, .create = true, .skip_schema_check = true, .rooms = office_rooms },
             &o),
        "schema");
    must(store_migrate(o->store, &room.arena, NULL), "migrate");
    office_close(o);
    read_columns(path);
    unlink(path);
    unlink(arena_fmt(&room.arena, "%s-wal", path));
    unlink(arena_fmt(&room.arena, "%s-shm", path));
    assert_true(n_columns > 200);
}

const struct rows_column *rows_column(size_t i)
{
    return i < n_columns ? &columns[i] : NULL;
}

bool rows_has_column(const char *table, const char *column)
{
    for (size_t i = 0; i < n_columns; i++) {
        if (str_eq(columns[i].table, table) && str_eq(columns[i].name, column)) {
            return true;
        }
    }
    return false;
}

// ---- values ------------------------------------------------------------------------------------

static bool is_end(const char *name)
{
    return str_starts(name, "ends_") || str_starts(name, "closes_") || str_starts(name, "until_") ||
           str_starts(name, "due_") || strstr(name, "expires_") || str_starts(name, "next_");
}

static const char *first_choice(const struct field *f)
{
    const char *at = f->choices, *value = "", *label;
    return field_next_choice(&room.arena, &at, &value, &label) ? value : "";
}

// The kind that a column of an id leads to; NULL: no record.
static const char *target(const struct kind *k, const char *table, const char *name)
{
    const struct field *f = k && str_eq(k->name, table) ? kind_field(k, name) : NULL;
    if (f && f->type == FIELD_FILE) {
        return NULL;
    }
    if (f && ref_kind(f)) {
        return ref_kind(f);
    }
    if (k && k->parent && str_eq(k->parent, name)) {
        return k->parent_kind;
    }
    const char *stem = arena_strndup(&room.arena, name, strlen(name) - 3);
    if (str_eq(stem, "department")) {
        return "organisation";
    }
    if (registry_kind(room.office->registry, stem)) {
        return stem;
    }
    return str_eq(stem, "record") || str_eq(stem, "scope") || str_eq(stem, "file") ||
                   str_eq(stem, "act") || str_eq(stem, "above")
               ? NULL
               : "person";
}

static struct value reference(const struct kind *k, const char *table, const char *name,
    const struct rows_wish *wish, bool not_null)
{
    const char *to = str_eq(name, "record_id") && rows_has_column(table, "record_kind")
                         ? "challenge"
                         : target(k, table, name);
    if (!to) {
        return not_null ? value_id(id_new()) : VALUE_NULL;
    }
    if (str_eq(name, "owner_id") && wish->owner) {
        return value_id(wish->owner);
    }
    if (str_eq(to, "person")) {
        return value_id(wish->person);
    }
    if (str_eq(to, "organisation")) {
        return value_id(room.department);
    }
    if (k && str_eq(to, k->name) && !not_null) {
        return VALUE_NULL; // a tree's top
    }
    int64_t id = rows_first(to);
    return id ? value_id(id) : not_null ? value_id(id_new()) : VALUE_NULL;
}

static struct value words(
    const struct kind *k, const char *table, const char *name, const struct rows_wish *wish)
{
    const struct field *f = k && str_eq(k->name, table) ? kind_field(k, name) : NULL;
    if (f && (f->type == FIELD_CHOICE || f->type == FIELD_CHOICES) && f->choices && !vary) {
        return value_text(first_choice(f));
    }
    if (str_eq(name, "record_kind")) {
        return value_text("challenge");
    }
    if (str_eq(name, "language")) {
        return value_text("en");
    }
    if (str_eq(name, "geojson")) {
        return value_text("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}");
    }
    if (str_ends(name, "_json") || str_eq(name, "args") || str_eq(name, "payload")) {
        return value_text("{}");
    }
    if (f && f->type == FIELD_URL) {
        return value_text("https://example.org/");
    }
    const char *text = wish->words ? wish->words(table, name) : NULL;
    if (text) {
        return value_text(text);
    }
    if (f && f->type == FIELD_EMAIL) {
        return value_text(room_fmt("mail%lld@example.org", (long long)++counter));
    }
    return value_text(room_fmt("Some %s %lld", name, (long long)++counter));
}

static struct value plausible(
    const struct kind *k, const struct rows_column *column, const struct rows_wish *wish)
{
    const char *name = column->name;
    int64_t now = clock_now();
    if (str_eq(name, "unblinded_at") && !rows_names_are_open) {
        return VALUE_NULL; // every round is blind, still
    }
    if (str_ends(name, "_id")) {
        return reference(k, column->table, name, wish, column->not_null);
    }
    if (str_ends(name, "_at")) {
        return value_time(now + (is_end(name) ? 7 : -1) * CLOCK_DAY);
    }
    if (str_ends(name, "_on")) {
        return value_date(now / CLOCK_DAY + (is_end(name) ? 7 : -1));
    }
    if (str_ends(name, "_cents")) {
        return value_money(100000, "USD");
    }
    if (str_starts(name, "is_") || str_starts(name, "has_")) {
        return value_bool(!str_eq(name, "is_made_up"));
    }
    if (str_eq(name, "n") || str_eq(name, "seq") || str_ends(name, "_n") || str_ends(name, "_fy")) {
        return value_int(str_eq(name, "number_n") || str_eq(name, "unit_n") ? ++counter : 1);
    }
    if (str_ends(name, "_num")) {
        return value_num(1);
    }
    if (str_ends(name, "_blob") || str_ends(name, "_hash")) {
        unsigned char *bytes = arena_alloc(&room.arena, 32);
        randombytes_buf(bytes, 32);
        return (struct value){ .kind = V_BLOB, .blob = { bytes, 32 } };
    }
    return words(k, column->table, name, wish);
}

// ---- rows --------------------------------------------------------------------------------------

static const char *const house[] = { "city", "id", "rev", "state", "created_at", "changed_at",
    "source_url" };

static bool is_house(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(house); i++) {
        if (str_eq(house[i], name)) {
            return true;
        }
    }
    return false;
}

// Which of a table's columns are worth a value even in a bare row: they say whose and where it is.
static bool is_link(const char *name)
{
    return str_ends(name, "_id");
}

static enum err insert(const struct kind *k, const char *table, bool sealed, int64_t id,
    const char *state, const struct rows_wish *wish)
{
    struct arg args[MAX_ARGS + 1];
    size_t n = 0;
    for (size_t i = 0; i < n_columns && n < MAX_ARGS; i++) {
        const struct rows_column *column = &columns[i];
        if (!str_eq(column->table, table) || str_eq(column->name, "city")) {
            continue;
        }
        const char *name = column->name;
        struct value v;
        if (str_eq(name, "id") || (k && str_eq(name, arena_fmt(&room.arena, "%s_id", k->name)) &&
                                      !str_eq(table, k->name))) {
            v = value_id(id);
        } else if (str_eq(name, "rev")) {
            v = value_int(1);
        } else if (str_eq(name, "state") && state) {
            v = value_text(state);
        } else if (str_eq(name, "created_at") || str_eq(name, "changed_at")) {
            v = value_time(clock_now());
        } else if (is_house(name)) {
            continue;
        } else if (column->not_null || column->is_key || wish->is_full || is_link(name)) {
            v = plausible(k, column, wish);
        } else {
            continue;
        }
        args[n++] = (struct arg){ name, v };
    }
    args[n] = (struct arg){ NULL, VALUE_NULL };
    return db_insert(room.db, &room.arena, table, sealed, args);
}

// The kind whose name TABLE begins with: question_contact is a question's.
static bool is_part_of(const char *table, const struct kind *k)
{
    const char *longest = "";
    const struct kind *other;
    for (size_t i = 0; (other = registry_kind_at(room.office->registry, i)); i++) {
        const char *start = arena_fmt(&room.arena, "%s_", other->name);
        if (str_starts(table, start) && strlen(other->name) > strlen(longest)) {
            longest = other->name;
        }
    }
    return str_eq(longest, k->name);
}

// Tables beside the kind's own: "whose it is" (a key of both) and sealed parts.
static bool is_beside(const struct kind *k, const char *table)
{
    const char *key = arena_fmt(&room.arena, "%s_id", k->name);
    bool sealed = false, linked = false;
    if (registry_kind(room.office->registry, table)) {
        return false;
    }
    for (size_t i = 0; i < n_columns; i++) {
        if (str_eq(columns[i].table, table)) {
            sealed = columns[i].is_sealed;
            linked = linked || (columns[i].is_key && str_eq(columns[i].name, key));
        }
    }
    for (const struct field *f = k->fields; f && f->name; f++) {
        if (f->table && str_eq(f->table, table)) {
            return true;
        }
    }
    return (linked && rows_has_column(table, "person_id")) || (sealed && is_part_of(table, k));
}

// The first column of each table.
static bool starts_table(size_t i)
{
    return i == 0 || !str_eq(columns[i].table, columns[i - 1].table);
}

static void add_beside(const struct kind *k, int64_t id, const struct rows_wish *wish)
{
    for (size_t i = 0; i < n_columns; i++) {
        const char *table = columns[i].table;
        if (starts_table(i) && is_beside(k, table)) {
            must(insert(k, table, columns[i].is_sealed, id, NULL, wish), table);
        }
    }
}

// What it and its parts lead to first, each in a transaction of its own.
static void add_references(const struct kind *k, const struct rows_wish *wish)
{
    bool wanted = false;
    for (size_t i = 0; i < n_columns; i++) {
        if (starts_table(i)) {
            wanted = str_eq(columns[i].table, k->name) || is_beside(k, columns[i].table);
        }
        if (wanted && str_ends(columns[i].name, "_id")) {
            (void)reference(k, columns[i].table, columns[i].name, wish, columns[i].not_null);
        }
    }
}

const char *rows_sealed(size_t i)
{
    for (size_t j = 0; j < n_columns; j++) {
        if (starts_table(j) && columns[j].is_sealed && i-- == 0) {
            return columns[j].table;
        }
    }
    return NULL;
}

void rows_add_plain(const char *table, int64_t id, const struct rows_wish *wish)
{
    bool sealed = false;
    for (size_t i = 0; i < n_columns; i++) {
        if (str_eq(columns[i].table, table)) {
            sealed = columns[i].is_sealed;
            if (str_ends(columns[i].name, "_id")) {
                (void)reference(NULL, table, columns[i].name, wish, columns[i].not_null);
            }
        }
    }
    room_as_system();
    must(db_begin(room.db, &room.arena, DB_WRITE), "begin");
    must(insert(NULL, table, sealed, id, "waiting", wish), table);
    must(db_commit(room.db, &room.arena), "commit");
}

static int64_t *first_of(const char *kind)
{
    for (size_t i = 0; kind && i < n_firsts; i++) {
        if (str_eq(firsts[i].kind, kind)) {
            return &firsts[i].id;
        }
    }
    return NULL;
}

static enum err add(
    const struct kind *k, int64_t id, const char *state, const struct rows_wish *wish)
{
    must(db_begin(room.db, &room.arena, DB_WRITE), "begin");
    enum err e = insert(k, k->name, false, id, state, wish);
    if (e != OK) {
        db_rollback(room.db);
        return e;
    }
    add_beside(k, id, wish);
    must(db_commit(room.db, &room.arena), "commit");
    return OK;
}

static const char *state_of(const char *kind, int64_t id)
{
    room_as_system();
    const char *state = room_text(kind, id, "state");
    return arena_strdup(&room.arena, state);
}

int64_t rows_add(const struct kind *k, const char *state, const struct rows_wish *wish)
{
    assert_true(++depth < MAX_DEPTH);
    room_as_system();
    add_references(k, wish);
    int64_t id = id_new(), *parent = first_of(k->parent_kind), before = parent ? *parent : 0;
    enum err e = add(k, id, state, wish);
    if (e == ERR_EXISTS && parent) {
        // One a parent and person: under a parent of its own.
        int64_t other = rows_add(registry_kind(room.office->registry, k->parent_kind),
            state_of(k->parent_kind, before), wish);
        *parent = other;
        e = add(k, id, state, wish);
        *parent = before;
    }
    vary = e == ERR_EXISTS;
    e = vary ? add(k, id, state, wish) : e;
    vary = false;
    must(e, k->name);
    depth--;
    return id;
}

static bool public_sees(const struct kind *k, int64_t id)
{
    room_as(ROLE_PUBLIC);
    struct value row = room_get(k->name, id);
    room_as_system();
    return row.kind == V_OBJECT;
}

int64_t rows_first(const char *kind)
{
    for (size_t i = 0; i < n_firsts; i++) {
        if (str_eq(firsts[i].kind, kind)) {
            return firsts[i].id;
        }
    }
    const struct kind *k = registry_kind(room.office->registry, kind);
    if (!k || depth >= MAX_DEPTH - 2) {
        return 0;
    }
    size_t at = n_firsts++;
    assert_true(n_firsts < MAX_KINDS);
    firsts[at].kind = k->name;
    firsts[at].id = 0; // a circle of references ends here
    struct rows_wish wish = { .person = room.people[__builtin_ctz(ROLE_STAFF)], .is_full = true };
    int64_t first = 0;
    for (const struct state *s = k->states; s->name; s++) {
        int64_t id = rows_add(k, s->name, &wish);
        first = first ? first : id;
        if (!k->scope.public || public_sees(k, id)) {
            first = id;
            break;
        }
    }
    firsts[at].id = first;
    return first;
}

// ---- submissions -------------------------------------------------------------------------------

static const char *field_words(struct ctx *c, const struct field *f, const struct rows_wish *wish)
{
    int64_t ahead = is_end(f->name) ? 30 : 10;
    const char *to = ref_kind(f);
    switch (f->type) {
    case FIELD_CHOICE:
    case FIELD_CHOICES:
        return first_choice(f);
    case FIELD_YES_NO:
        return "yes";
    case FIELD_MONEY:
        return "1000.00";
    case FIELD_DATE:
        return civil_date(c->arena, clock_now() / CLOCK_DAY + ahead);
    case FIELD_TIME:
        return civil_instant(c->arena, clock_now() + ahead * CLOCK_DAY);
    case FIELD_COUNT:
    case FIELD_NUMBER:
        return "1";
    case FIELD_FILE:
        return NULL;
    case FIELD_PERSON:
        return ctx_id(c, wish->person);
    case FIELD_ORGANISATION:
        return ctx_id(c, room.department);
    case FIELD_PLACE:
    case FIELD_RECORD: {
        int64_t id = rows_first(to);
        return id ? ctx_id(c, id) : NULL;
    }
    case FIELD_EMAIL:
        return arena_fmt(c->arena, "new%lld@example.org", (long long)++counter);
    case FIELD_URL:
        return "https://example.org/page";
    case FIELD_SECRET:
        return "a long and odd phrase 7";
    case FIELD_HIDDEN:
        return str_ends(f->name, "_id") ? NULL : "words";
    default:
        return arena_fmt(c->arena, "Words %lld", (long long)++counter);
    }
}

struct submission rows_submission(
    struct ctx *c, const struct command *command, const struct rows_wish *wish)
{
    struct web_field *fields = arena_array(c->arena, struct web_field, MAX_ARGS);
    struct submission s = { .fields = fields };
    const struct field *f;
    bool required;
    for (size_t i = 0; (f = command_field(c->registry, command, i, &required)); i++) {
        const char *text = field_words(c, f, wish);
        if (text) {
            fields[s.n_fields++] = (struct web_field){ f->name, text };
        }
    }
    fields[s.n_fields++] = (struct web_field){ "reason", "Because it has to be." };
    return s;
}
