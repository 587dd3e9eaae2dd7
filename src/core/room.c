// SPDX-License-Identifier: Apache-2.0
#include "room.h"

#include "map.h"
#include "str.h"

struct command_entry {
    const struct kind *kind;
    const struct command *command;
    const struct field **fields;
    bool *required;
    size_t n;
};

struct registry {
    struct arena *arena;
    const struct room *const *rooms;
    const struct kind **kinds;
    size_t n_kinds;
    struct map kinds_by_name;
    struct map commands_by_name; // struct command_entry
};

const struct field *kind_field(const struct kind *k, const char *name)
{
    for (const struct field *f = k->fields; f && f->name; f++) {
        if (str_eq(f->name, name)) {
            return f;
        }
    }
    return NULL;
}

int kind_state(const struct kind *k, const char *name)
{
    for (int i = 0; k->states[i].name; i++) {
        if (str_eq(k->states[i].name, name)) {
            return i;
        }
    }
    return -1;
}

static int count_states(const struct kind *k)
{
    int n = 0;
    while (k->states[n].name) {
        n++;
    }
    return n;
}

// "title! problem" into fields; every one must be the kind's.
static enum err parse_fields(struct registry *r, struct command_entry *e)
{
    const char *list = e->command->fields ? e->command->fields : "";
    size_t most = 1;
    for (const char *p = list; *p; p++) {
        most += *p == ' ';
    }
    e->fields = arena_array(r->arena, const struct field *, most);
    e->required = arena_array(r->arena, bool, most);
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, " ");
        size_t name_len = len && at[len - 1] == '!' ? len - 1 : len;
        if (name_len) {
            const char *name = arena_strndup(r->arena, at, name_len);
            const struct field *f = kind_field(e->kind, name);
            if (!f) {
                return fail(r->arena, ERR_INTERNAL,
                    "command %s asks for %s, which is no field of %s", e->command->name, name,
                    e->kind->name);
            }
            e->required[e->n] = name_len < len;
            e->fields[e->n++] = f;
        }
        at += len + (at[len] == ' ');
    }
    return OK;
}

static enum err add_command(struct registry *r, const struct kind *k, const struct command *c)
{
    size_t len = strlen(k->name);
    if (!str_starts(c->name, k->name) || c->name[len] != '.' || !c->name[len + 1]) {
        return fail(
            r->arena, ERR_INTERNAL, "command %s is not named after its kind %s", c->name, k->name);
    }
    if (map_get(&r->commands_by_name, c->name)) {
        return fail(r->arena, ERR_INTERNAL, "command %s is there twice", c->name);
    }
    int n = count_states(k);
    if (c->to >= n || (c->from == NEW && c->to == SAME) || (c->from != ANY && c->from >> n)) {
        return fail(r->arena, ERR_INTERNAL, "command %s names a state that %s doesn't have",
            c->name, k->name);
    }
    struct command_entry *e = arena_new(r->arena, struct command_entry);
    e->kind = k;
    e->command = c;
    TRY(parse_fields(r, e));
    map_put(&r->commands_by_name, c->name, e);
    return OK;
}

static enum err check_columns(
    struct registry *r, const struct kind *k, const char *list, const char *what)
{
    static const char *const common[] = { "state", "owner_id", "created_at", "changed_at", "id",
        "title" };
    for (const char *at = list ? list : ""; *at;) {
        size_t len = strcspn(at, " ");
        const char *name = arena_strndup(r->arena, at, len);
        bool known = len == 0 || kind_field(k, name) || str_eq(name, k->title);
        for (size_t i = 0; i < ARRAY_LEN(common); i++) {
            known = known || str_eq(common[i], name);
        }
        if (!known) {
            return fail(r->arena, ERR_INTERNAL, "%s of %s names %s, which is no column of it", what,
                k->name, name);
        }
        at += len + (at[len] == ' ');
    }
    return OK;
}

static enum err add_kind(struct registry *r, const struct kind *k)
{
    if (map_get(&r->kinds_by_name, k->name)) {
        return fail(r->arena, ERR_INTERNAL, "kind %s is there twice", k->name);
    }
    if (!k->states || count_states(k) > MAX_STATES || !k->path || !k->label || !k->plural) {
        return fail(r->arena, ERR_INTERNAL, "kind %s lacks states, a path or a label", k->name);
    }
    TRY(check_columns(r, k, k->list, "the list"));
    TRY(check_columns(r, k, k->filters, "the filters"));
    TRY(check_columns(r, k, k->search, "the search"));
    for (const struct field *f = k->fields; f && f->name; f++) {
        if (!f->label) {
            return fail(r->arena, ERR_INTERNAL, "field %s of %s has no label", f->name, k->name);
        }
    }
    r->kinds[r->n_kinds++] = k;
    map_put(&r->kinds_by_name, k->name, (void *)(uintptr_t)k);
    for (const struct command *c = k->commands; c && c->name; c++) {
        TRY(add_command(r, k, c));
    }
    return OK;
}

// References are checked when all kinds are known.
static enum err check_references(struct registry *r, const struct kind *k)
{
    for (const struct field *f = k->fields; f && f->name; f++) {
        if (f->type == FIELD_RECORD && !registry_kind(r, f->choices)) {
            return fail(r->arena, ERR_INTERNAL,
                "field %s of %s leads to a kind that isn't there: %s", f->name, k->name,
                f->choices ? f->choices : "none");
        }
    }
    if (k->parent && !registry_kind(r, k->parent_kind)) {
        return fail(
            r->arena, ERR_INTERNAL, "the parent of %s is of a kind that isn't there", k->name);
    }
    return OK;
}

enum err registry_new(
    struct arena *a, const struct room *const *rooms, const struct registry **ret_registry)
{
    struct registry *r = arena_new(a, struct registry);
    r->arena = a;
    r->rooms = rooms;
    map_init(&r->kinds_by_name, a);
    map_init(&r->commands_by_name, a);
    size_t n = 0;
    for (size_t i = 0; rooms[i]; i++) {
        for (size_t j = 0; rooms[i]->kinds && rooms[i]->kinds[j]; j++) {
            n++;
        }
    }
    r->kinds = arena_array(a, const struct kind *, n + 1);
    for (size_t i = 0; rooms[i]; i++) {
        for (size_t j = 0; rooms[i]->kinds && rooms[i]->kinds[j]; j++) {
            TRY(add_kind(r, rooms[i]->kinds[j]));
        }
    }
    for (size_t i = 0; i < r->n_kinds; i++) {
        TRY(check_references(r, r->kinds[i]));
    }
    *ret_registry = r;
    return OK;
}

const struct kind *registry_kind(const struct registry *r, const char *name)
{
    return name ? map_get(&r->kinds_by_name, name) : NULL;
}

const struct command *registry_command(
    const struct registry *r, const char *name, const struct kind **ret_kind)
{
    const struct command_entry *e = map_get(&r->commands_by_name, name);
    if (!e) {
        return NULL;
    }
    if (ret_kind) {
        *ret_kind = e->kind;
    }
    return e->command;
}

const struct room *registry_room(const struct registry *r, size_t i)
{
    for (size_t n = 0; r->rooms[n]; n++) {
        if (n == i) {
            return r->rooms[n];
        }
    }
    return NULL;
}

const struct kind *registry_kind_at(const struct registry *r, size_t i)
{
    return i < r->n_kinds ? r->kinds[i] : NULL;
}

const struct field *command_field(
    const struct registry *r, const struct command *c, size_t i, bool *ret_required)
{
    const struct command_entry *e = map_get(&r->commands_by_name, c->name);
    if (!e || i >= e->n) {
        return NULL;
    }
    *ret_required = e->required[i];
    return e->fields[i];
}

void registry_scopes(const struct registry *r, struct queries *q)
{
    for (size_t i = 0; i < r->n_kinds; i++) {
        const struct kind *k = r->kinds[i];
        queries_scope(q, k->name, AUDIENCE_PUBLIC, k->scope.public ? k->scope.public : "1 = 0");
        queries_scope(q, k->name, AUDIENCE_OUTSIDE, k->scope.outside ? k->scope.outside : "1 = 0");
        queries_scope(q, k->name, AUDIENCE_OFFICE, k->scope.office ? k->scope.office : "1 = 0");
        queries_scope(q, k->name, AUDIENCE_SYSTEM, "1 = 1");
    }
}
