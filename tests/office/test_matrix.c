// SPDX-License-Identifier: Apache-2.0
// Every command of every kind, in every state of its kind, as every role: act_may() and act_run()
// agree, and the outcome is the one that the command's table entry calls for, worked out here again
// from the table alone. A refused act leaves everything as it was; one that was done left its entry
// and moved the record where the table says.
#include "rows.h"

#include "json.h"
#include "record_ref.h"
#include "rooms.h"
#include "web.h"

#include <stdlib.h>

enum { MAX_VIEWERS = ROLE_COUNT + 2, MAX_TESTS = 128 };

// ---- who ---------------------------------------------------------------------------------------

struct who {
    const char *name;
    struct ctx ctx; // in room.arena, which lasts
    uint32_t role;
    int64_t person, department; // the scope of a liaison; 0: the whole city
};

static struct who whos[MAX_VIEWERS];
static size_t n_whos;

static void gather_whos(void)
{
    for (int i = 0; i < ROLE_COUNT - 1; i++) {
        room_as(1u << i);
        whos[n_whos++] = (struct who){ .name = role_name(1u << i),
            .ctx = room.ctx,
            .role = 1u << i,
            .person = room.people[i],
            .department = 1u << i == ROLE_LIAISON ? room.department : 0 };
    }
    room_as_person(room.other_liaison);
    whos[n_whos++] = (struct who){ .name = "other liaison",
        .ctx = room.ctx,
        .role = ROLE_LIAISON,
        .person = room.other_liaison,
        .department = room.other_department };
    room_as_system();
}

// ---- one case ----------------------------------------------------------------------------------

static struct arena scratch;

struct tally {
    int cases, done, denied, unseen, state, invalid, other, faults;
};

struct trial {
    const struct kind *kind;
    const struct command *command;
    const char *state; // NULL: no record is named
    struct who *who;
    bool is_full;
    int64_t id;
    struct ctx ctx;
    struct value row; // as the viewer sees it; V_NULL when not seen
    struct submission submission;
};

static void begin(struct trial *t)
{
    arena_reset(&scratch);
    t->ctx = t->who->ctx;
    t->ctx.arena = &scratch;
    ctx_bind(&t->ctx);
}

static void look(struct ctx *c, const struct trial *t, bool as_house, struct value *ret_row)
{
    const char *sql = arena_fmt(&scratch,
        as_house ? "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id"
                 : "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id AND @scope(%s t)",
        t->kind->name, t->kind->name);
    struct value rows;
    assert_int_equal(
        db_rows_sql(c->db, &scratch, sql, ARGS(ARG("id", value_id(t->id))), &rows), OK);
    *ret_row = value_len(&rows) ? *value_at(&rows, 0) : VALUE_NULL;
}

static const char *as_text(const struct value *v)
{
    AUTO_BUF(text, 0);
    json_write_canonical(&text, v);
    return arena_strdup(&scratch, buf_text(&text));
}

static int64_t count_acts(struct ctx *c)
{
    struct value rows;
    assert_int_equal(db_rows_sql(c->db, &scratch,
                         "SELECT COUNT(*) AS n FROM act t WHERE t.city = :city", NO_ARGS, &rows),
        OK);
    return value_get_int(value_at(&rows, 0), "n", 0);
}

// ---- the oracle --------------------------------------------------------------------------------

// Whether the department is found on the record, or on what it leads back to.
static bool of_department(struct ctx *c, const struct kind *k, struct value at, int64_t department)
{
    for (int step = 0; k && at.kind == V_OBJECT && step < 5; step++) {
        const struct value *v = value_get(&at, "department_id");
        if (v && v->kind == V_ID) {
            return v->n == department;
        }
        int64_t parent = k->parent ? value_get_int(&at, k->parent, 0) : 0;
        if (!parent) {
            return false;
        }
        struct value rows;
        assert_int_equal(
            db_rows_sql(c->db, &scratch,
                arena_fmt(&scratch, "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id",
                    k->parent_kind),
                ARGS(ARG("id", value_id(parent))), &rows),
            OK);
        at = value_len(&rows) ? *value_at(&rows, 0) : VALUE_NULL;
        k = registry_kind(c->registry, k->parent_kind);
    }
    return false;
}

// What the submission says of the record, as far as scopes go.
static struct value said(struct trial *t)
{
    struct value in = value_object(&scratch);
    const struct field *f;
    bool required;
    for (size_t i = 0; (f = command_field(t->ctx.registry, t->command, i, &required)); i++) {
        struct value v;
        const char *why = NULL;
        if (field_given(f, &t->submission) &&
            field_read(&t->ctx, f, &t->submission, &v, &why) == OK) {
            value_set(&scratch, &in, f->name, v);
        }
    }
    return in;
}

static bool has_role(const struct trial *t, struct value on)
{
    const struct command *command = t->command;
    if (command->flags & COMMAND_OWN) {
        int64_t of = str_eq(t->kind->name, "person") ? t->id : value_get_int(&on, "person_id", 0);
        if (!t->state || !t->who->person || of != t->who->person) {
            return false;
        }
        if (t->who->role & command->who) {
            return true;
        }
    }
    if (command->who & ROLE_PUBLIC) {
        return true;
    }
    return t->who->role & command->who &&
           (!t->who->department ||
               of_department((struct ctx *)&t->ctx, t->kind, on, t->who->department));
}

static bool lacks_something(const struct trial *t)
{
    const struct field *f;
    bool required;
    for (size_t i = 0; (f = command_field(t->ctx.registry, t->command, i, &required)); i++) {
        const struct value *v = t->row.kind == V_OBJECT ? value_get(&t->row, f->name) : NULL;
        if (required && !field_given(f, &t->submission) && (!v || v->kind == V_NULL)) {
            return true;
        }
    }
    return t->command->flags & COMMAND_REASON && t->submission.n_fields == 0;
}

enum { ANY_OUTCOME = 100 }; // the table leaves it to the guard, the values and apply

static int expected(struct trial *t)
{
    const struct command *command = t->command;
    int denied = t->who->person ? ERR_DENIED : ERR_UNSIGNED;
    if (command->flags & COMMAND_INNER) {
        return denied;
    }
    if (t->state && t->row.kind != V_OBJECT) {
        return ERR_NOT_FOUND;
    }
    if (!has_role(t, t->state ? t->row : said(t))) {
        return denied;
    }
    if (command->from == NEW) {
        return t->state ? ERR_STATE : ANY_OUTCOME;
    }
    if (!t->state) {
        return ERR_INVALID;
    }
    return command->from & AT(kind_state(t->kind, t->state)) ? ANY_OUTCOME : ERR_STATE;
}

// ---- looking at what came out ------------------------------------------------------------------

static void say(const struct trial *t, struct tally *n, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void say(const struct trial *t, struct tally *n, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *what = arena_vfmt(&scratch, fmt, ap);
    va_end(ap);
    if (n->faults++ < 40) {
        print_message("# %s, %s, as %s, %s form: %s\n", t->command->name,
            t->state ? t->state : "new", t->who->name, t->is_full ? "full" : "empty", what);
    }
}

static void check_done(struct trial *t, struct tally *n, const struct outcome *o, int64_t acts)
{
    struct value after;
    room_as_system();
    struct trial of = *t;
    of.id = o->id;
    look(&room.ctx, &of, true, &after);
    if (count_acts(&room.ctx) <= acts) {
        say(t, n, "done without a ledger entry");
    }
    if (after.kind != V_OBJECT) {
        say(t, n, "done, but there is no record");
        return;
    }
    const char *state = value_get_text(&after, "state", "");
    int to = t->command->to;
    if (kind_state(t->kind, state) < 0) {
        say(t, n, "led to “%s”, which is no state", state);
    } else if (to >= 0 && !str_eq(state, t->kind->states[to].name)) {
        say(t, n, "led to %s, not to %s", state, t->kind->states[to].name);
    } else if (to == SAME && t->state && !str_eq(state, t->state)) {
        say(t, n, "led to %s, but it should stay", state);
    }
    int64_t before = value_get_int(&t->row, "rev", 0), rev = value_get_int(&after, "rev", 0);
    if (t->state && rev <= before && !str_eq(state, t->state)) {
        say(t, n, "changed the state, but rev stayed %lld", (long long)rev);
    }
}

static void check_refused(
    struct trial *t, struct tally *n, const char *before, int64_t acts, const struct outcome *o)
{
    room_as_system();
    if (count_acts(&room.ctx) != acts) {
        say(t, n, "refused, but the ledger grew");
    }
    if (t->id) {
        struct value after;
        look(&room.ctx, t, true, &after);
        if (!str_eq(before, as_text(&after))) {
            say(t, n, "refused, but the record changed");
        }
    }
    if (o->id && o->id != t->id) {
        say(t, n, "refused, but names a record");
    }
}

static void count(struct tally *n, enum err e)
{
    n->cases++;
    n->done += e == OK;
    n->denied += e == ERR_DENIED || e == ERR_UNSIGNED;
    n->unseen += e == ERR_NOT_FOUND;
    n->state += e == ERR_STATE;
    n->invalid += e == ERR_INVALID;
    n->other += e != OK && e != ERR_DENIED && e != ERR_UNSIGNED && e != ERR_NOT_FOUND &&
                e != ERR_STATE && e != ERR_INVALID;
}

// Where the table leaves it open, act_may() has asked the guard already.
static void check_open(struct trial *t, struct tally *n, enum err may, enum err e)
{
    if (may == ERR_STATE && e != ERR_STATE) {
        say(t, n, "act_may() said why not, act_run() %s", err_name(e));
    } else if (may == OK && lacks_something(t) && e != ERR_INVALID) {
        say(t, n, "something needed is missing, but act_run() gave %s: %s", err_name(e),
            scratch.detail ? scratch.detail : "");
    } else if (e != OK && e != ERR_STATE && e != ERR_INVALID && e != ERR_DENIED &&
               e != ERR_NOT_FOUND && e != ERR_EXISTS) {
        say(t, n, "%s: %s", err_name(e), scratch.detail ? scratch.detail : "");
    }
}

// Runs it; true when the record was changed.
static bool run_trial(struct trial *t, struct tally *n)
{
    begin(t);
    struct value stored = VALUE_NULL;
    t->row = VALUE_NULL;
    if (t->state) {
        look(&t->ctx, t, false, &t->row);
        look(&t->ctx, t, true, &stored);
    }
    struct rows_wish wish = { .person = room.people[__builtin_ctz(ROLE_STAFF)] };
    t->submission =
        t->is_full ? rows_submission(&t->ctx, t->command, &wish) : (struct submission){ 0 };
    ctx_bind(&t->ctx);
    const char *before = as_text(&stored);
    int64_t acts = count_acts(&t->ctx);
    int want = expected(t);
    enum err may = ERR_NOT_FOUND;
    const char *why = NULL;
    if (!t->state || t->row.kind == V_OBJECT) {
        may = act_may(&t->ctx, t->command, &t->row, &why);
    }
    struct outcome o = { 0 };
    enum err e = act_run(&t->ctx, t->command->name, t->id, &t->submission, &o);
    count(n, e);
    if (want != ANY_OUTCOME && (int)e != want) {
        say(t, n, "%s, not %s: %s", err_name(e), err_name((enum err)want),
            scratch.detail ? scratch.detail : "");
    } else if (want == ANY_OUTCOME) {
        check_open(t, n, may, e);
    }
    if (e == ERR_STATE && (!why || !*why) && want == ANY_OUTCOME && may == ERR_STATE) {
        say(t, n, "refused without a reason");
    }
    // For a new record the role anywhere is enough to open the form.
    bool may_open = t->command->from == NEW && !t->state && t->who->role & t->command->who;
    if ((want == ERR_DENIED || want == ERR_UNSIGNED) && !may_open && may != ERR_NOT_FOUND &&
        may != ERR_DENIED && may != ERR_UNSIGNED) {
        say(t, n, "act_may() gave %s for what is denied", err_name(may));
    } else if (want == ERR_STATE && may != ERR_STATE) {
        say(t, n, "act_may() gave %s where the state forbids it", err_name(may));
    }
    if (e == OK) {
        check_done(t, n, &o, acts);
    } else {
        check_refused(t, n, before, acts, &o);
    }
    return e == OK;
}

// ---- a kind ------------------------------------------------------------------------------------

static void try_command(const struct kind *k, const struct command *command, const char *state,
    struct who *w, bool is_full, int64_t *id, struct tally *n)
{
    struct trial t = { .kind = k,
        .command = command,
        .state = state,
        .who = w,
        .is_full = is_full,
        .id = state ? *id : 0 };
    struct rows_wish wish = { .person = w->person ? w->person : room.people[1],
        .is_full = is_full };
    if (state && !t.id) {
        t.id = *id = rows_add(k, state, &wish);
    }
    if (run_trial(&t, n) && state) {
        *id = 0; // spent
    }
}

static int all_done;

static void test_kind(void **state)
{
    const struct kind *k = *state;
    struct tally n = { 0 };
    for (size_t w = 0; w < n_whos; w++) {
        // PostgreSQL answers slower and to the same rules: full rows and forms are enough there.
        for (int full = store_is_postgres(room.office->store); full <= 1; full++) {
            for (const struct state *s = k->states; s->name; s++) {
                int64_t id = 0;
                for (const struct command *c = k->commands; c && c->name; c++) {
                    try_command(k, c, s->name, &whos[w], full, &id, &n);
                }
            }
            for (const struct command *c = k->commands; c && c->name; c++) {
                try_command(k, c, NULL, &whos[w], full, NULL, &n);
            }
        }
        arena_reset(&scratch);
    }
    print_message("# %s: %d cases: %d done, %d denied, %d not in sight, %d by state or guard, %d "
                  "by their fields, %d otherwise\n",
        k->name, n.cases, n.done, n.denied, n.unseen, n.state, n.invalid, n.other);
    assert_int_equal(n.faults, 0);
    all_done += n.done;
}

// An id of nothing, and of another kind's record, is no record of this kind.
static void test_wrong_ids(void **state)
{
    struct who *director = &whos[1];
    const struct kind *k;
    struct tally n = { 0 };
    for (size_t i = 0; (k = registry_kind_at(room.office->registry, i)); i++) {
        const char *other = str_eq(k->name, "challenge") ? "pilot" : "challenge";
        int64_t ids[] = { id_new(), rows_first(other), 1, INT64_MAX, -1 };
        for (const struct command *c = k->commands; c && c->name; c++) {
            for (size_t j = 0; j < ARRAY_LEN(ids); j++) {
                struct trial t = {
                    .kind = k, .command = c, .state = "none", .who = director, .id = ids[j]
                };
                run_trial(&t, &n);
            }
        }
    }
    assert_int_equal(n.faults, 0);
    assert_int_equal(n.cases, n.unseen + n.denied);
}

// What the public's index holds, the public may see: whatever act came last, on it or on what its
// visibility hangs on.
static int search_kind(const struct kind *k, const char *word, int *seen)
{
    int wrong = 0;
    struct value found;
    int64_t n = 0, before = 0;
    do {
        arena_reset(&scratch);
        room.ctx.arena = &scratch;
        ctx_bind(&room.ctx);
        enum err e = db_search(room.db, &scratch, "public", word, k->name, before, 100, &found, &n);
        if (e != OK) {
            fail_msg("%s: %s: %s", k->name, err_name(e), scratch.detail ? scratch.detail : "");
        }
        for (size_t j = 0; j < value_len(&found); j++) {
            struct trial t = { .kind = k, .id = value_get_int(value_at(&found, j), "id", 0) };
            struct value row;
            before = t.id;
            ++*seen;
            look(&room.ctx, &t, false, &row);
            if (row.kind != V_OBJECT) {
                look(&room.ctx, &t, true, &row);
                wrong++;
                print_message("# %s %lld (%s) is found, but not to be seen\n", k->name,
                    (long long)t.id, value_get_text(&row, "state", "gone"));
            }
        }
    } while (value_len(&found) == 100);
    return wrong;
}

static void test_search_shows_what_may_be_seen(void **state)
{
    assert_true(all_done > 200); // or the acts above proved little
    const struct kind *k;
    int wrong = 0, seen = 0;
    room_as(ROLE_PUBLIC);
    for (size_t i = 0; (k = registry_kind_at(room.office->registry, i)); i++) {
        wrong += search_kind(k, "some", &seen) + search_kind(k, "words", &seen);
    }
    room_as_system();
    assert_int_equal(wrong, 0);
    assert_true(seen > 50);
}

static void test_open(void **state)
{
    arena_init(&scratch, 256 << 20);
    rows_open();
    gather_whos();
    assert_int_equal(n_whos, ROLE_COUNT);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[MAX_TESTS] = { cmocka_unit_test(test_open) };
    size_t n = 1;
    for (const struct room *const *r = office_rooms; *r; r++) {
        for (const struct kind *const *k = (*r)->kinds; k && *k && n < MAX_TESTS - 2; k++) {
            tests[n++] = (struct CMUnitTest){
                .name = (*k)->name, .test_func = test_kind, .initial_state = (void *)*k
            };
        }
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_wrong_ids);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_search_shows_what_may_be_seen);
    return room_run(argc, argv, tests, n);
}
