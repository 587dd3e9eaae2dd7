// SPDX-License-Identifier: Apache-2.0
// Carries out the steps of a script, each in the hands of the person it names.
#include "demo_private.h"

#include "clock.h"
#include "json.h"
#include "office.h"
#include "setting.h"
#include "str.h"

enum { MAX_SCRIPT = 1 << 20, STEP_MEMORY = 64 << 20 };

struct step {
    struct demo_run *run;
    struct ctx ctx; // of the person
    const struct value *json;
};

static const char *get(const struct step *s, const char *key)
{
    return value_get_text(s->json, key, NULL);
}

static enum err keep(struct step *s, const char *name, int64_t id)
{
    struct demo_run *r = s->run;
    if (!name) {
        return OK;
    }
    if (map_get(&r->refs, name)) {
        return fail(s->ctx.arena, ERR_EXISTS, "the name %s is taken", name);
    }
    map_put(&r->refs, arena_strdup(r->keep, name), arena_memdup(r->keep, &id, sizeof(id)));
    return OK;
}

// Becomes whoever the step names: "@dora", an address, or "public".
static enum err become(struct step *s, const char *who)
{
    struct ctx *c = &s->ctx;
    if (str_eq(who, "public")) {
        c->viewer = (struct viewer){ .name = "", .roles = ROLE_PUBLIC };
        c->audience = AUDIENCE_PUBLIC;
        ctx_bind(c);
        return OK;
    }
    int64_t person = *who == '@' ? demo_ref(s->run, who) : 0;
    if (*who != '@') {
        TRY(db_int(c->db, c->arena, "person.by_email",
            ARGS(ARG("email_key", value_text(str_lower(c->arena, who)))), &person));
    }
    return person ? ctx_become(c, person) : fail(c->arena, ERR_NOT_FOUND, "nobody here is %s", who);
}

// The step's fields, typed, for COMMAND.
static enum err read_fields(
    struct step *s, const struct command *command, const struct value *given, struct value *values)
{
    struct ctx *c = &s->ctx;
    for (size_t i = 0; given && given->kind == V_OBJECT && i < given->object->len; i++) {
        const char *name = given->object->keys[i];
        const struct field *f;
        bool required;
        size_t j = 0;
        while ((f = command_field(c->registry, command, j, &required)) && !str_eq(f->name, name)) {
            j++;
        }
        if (!f) {
            return fail(c->arena, ERR_INVALID, "%s doesn't take %s", command->name, name);
        }
        struct value v;
        TRY(demo_value(s->run, c, f, &given->object->values[i], &v));
        value_set(c->arena, values, name, v);
    }
    if (value_truthy(value_get(s->json, "made_up")) && command->from == NEW) {
        value_set(c->arena, values, "is_made_up", value_bool(true));
    }
    if (get(s, "source")) {
        value_set(c->arena, values, "source_url", value_text(get(s, "source")));
    }
    if (get(s, "reason")) {
        value_set(c->arena, values, "reason", value_text(get(s, "reason")));
    }
    return OK;
}

static enum err act(struct step *s, const char *name, int64_t on, struct value *values)
{
    struct ctx *c = &s->ctx;
    const struct value *given = value_get(s->json, "fields");
    const struct command *command = registry_command(c->registry, name, NULL);
    if (!command) {
        return fail(c->arena, ERR_NOT_FOUND, "there is no command %s", name);
    }
    TRY(read_fields(s, command, given, values));
    struct outcome outcome;
    enum err e = act_run_values(c, name, on, values, &outcome);
    if (e == ERR_INVALID && outcome.n_errors) {
        return fail(c->arena, e, "%s: %s", outcome.errors[0].name, outcome.errors[0].text);
    }
    TRY(e);
    return keep(s, get(s, "ref"), outcome.id);
}

static enum err do_act(struct step *s)
{
    struct ctx *c = &s->ctx;
    const char *name = get(s, "do"), *on = get(s, "on");
    const struct kind *k = NULL;
    const struct command *command = registry_command(c->registry, name, &k);
    int64_t id = on ? demo_ref(s->run, on) : 0;
    if (command && command->flags & COMMAND_INNER) {
        return fail(c->arena, ERR_DENIED, "%s is for the house alone", name);
    }
    if (on && !id) {
        return fail(c->arena, ERR_NOT_FOUND, "nothing called %s was made before", on);
    }
    if (!get(s, "as")) {
        return fail(c->arena, ERR_INVALID, "say whose act it is");
    }
    TRY(become(s, get(s, "as")));
    struct value values = value_object(c->arena);
    return act(s, name, id, &values);
}

// An account: here the house acts itself, as it does for the command line.
static enum err do_user(struct step *s)
{
    static const char *const taken[] = { "name", "title", "roles", "department_id",
        "organisation_id", "language" };
    struct ctx *c = &s->ctx;
    const struct command *command = registry_command(c->registry, "person.enter", NULL);
    struct value values = value_object(c->arena), given = value_object(c->arena);
    value_set(c->arena, &given, "email", value_text(get(s, "user")));
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        const struct value *v = value_get(s->json, taken[i]);
        if (v) {
            value_set(c->arena, &given, taken[i], *v);
        }
    }
    TRY(read_fields(s, command, &given, &values));
    if (s->run->password_hash) {
        value_set(c->arena, &values, "password_hash_text", value_text(s->run->password_hash));
    }
    struct outcome outcome;
    enum err e = act_run_values(c, command->name, 0, &values, &outcome);
    if (e == ERR_INVALID && outcome.n_errors) {
        return fail(c->arena, e, "%s: %s", outcome.errors[0].name, outcome.errors[0].text);
    }
    TRY(e);
    return keep(s, get(s, "ref"), outcome.id);
}

static enum err do_setting(struct step *s)
{
    struct ctx *c = &s->ctx;
    int64_t from;
    if (!get(s, "from_on") || !civil_parse_date(get(s, "from_on"), &from)) {
        return fail(c->arena, ERR_INVALID, "from_on is no date");
    }
    TRY(db_begin(c->db, c->arena, DB_WRITE));
    enum err e = setting_put(c, get(s, "setting"), from,
        &(struct setting){ .value = get(s, "value"), .source = get(s, "source"), .from_on = from });
    if (e == OK) {
        return db_commit(c->db, c->arena);
    }
    db_rollback(c->db);
    return e;
}

enum { MOST_ARGS = 8 };

// A record that another act made inside itself.
static enum err do_find(struct step *s)
{
    struct ctx *c = &s->ctx;
    const struct value *with = value_get(s->json, "with");
    struct arg args[MOST_ARGS + 1] = { 0 };
    for (size_t i = 0; with && i < with->object->len && i < MOST_ARGS; i++) {
        const struct value *v = &with->object->values[i];
        bool ref = v->kind == V_TEXT && *v->text == '@';
        args[i] =
            (struct arg){ with->object->keys[i], ref ? value_id(demo_ref(s->run, v->text)) : *v };
    }
    int64_t id = 0;
    TRY(db_int(c->db, c->arena, get(s, "find"), args, &id));
    return id ? keep(s, get(s, "ref"), id)
              : fail(c->arena, ERR_NOT_FOUND, "%s found nothing", get(s, "find"));
}

static enum err do_readings(struct step *s)
{
    int64_t measure = demo_ref(s->run, get(s, "readings"));
    TRY(become(s, get(s, "as")));
    return demo_readings(s->run, &s->ctx, measure, get(s, "table"));
}

// From here on the script is acted out at that time.
static enum err do_at(struct step *s)
{
    static const struct field field = { "at", FIELD_TIME, "At" };
    struct ctx *c = &s->ctx;
    struct value at;
    TRY(demo_value(s->run, c, &field, value_get(s->json, "at"), &at));
    if (at.kind != V_TIME) {
        return fail(c->arena, ERR_INVALID, "a time is written \"-30 09:00\" or \"FY-30 09:00\"");
    }
    clock_set(at.n);
    return OK;
}

static enum err carry_out(struct step *s)
{
    static const struct {
        const char *key;
        enum err (*run)(struct step *s);
    } doers[] = { { "do", do_act }, { "user", do_user }, { "setting", do_setting },
        { "find", do_find }, { "readings", do_readings }, { "at", do_at } };
    for (size_t i = 0; i < ARRAY_LEN(doers); i++) {
        if (get(s, doers[i].key)) {
            return doers[i].run(s);
        }
    }
    return fail(s->ctx.arena, ERR_INVALID, "a step says what to do");
}

enum err demo_script(struct demo_run *r, const char *name, const char *text, size_t len)
{
    struct value steps;
    TRY(json_read(r->keep, text, len, MAX_SCRIPT, &steps));
    struct arena memory;
    arena_init(&memory, STEP_MEMORY);
    enum err e = OK;
    for (size_t i = 0; i < value_len(&steps) && e == OK; i++) {
        struct step s = { .run = r, .ctx = *r->house, .json = value_at(&steps, i) };
        s.ctx.arena = &memory;
        s.ctx.via = "demonstration";
        s.ctx.now = clock_now();
        ctx_bind(&s.ctx);
        e = carry_out(&s);
        if (e != OK) {
            const char *what = get(&s, "do") ? get(&s, "do") : get(&s, "ref");
            e = fail(r->house->arena, e, "%s, step %zu (%s, %s): %s", name, i + 1,
                what ? what : "?", get(&s, "as") ? get(&s, "as") : "the house",
                memory.detail ? memory.detail : err_name(e));
        }
        arena_reset(&memory);
    }
    arena_release(&memory);
    clock_set(0);
    ctx_bind(r->house);
    return e;
}
