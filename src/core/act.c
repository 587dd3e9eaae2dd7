// SPDX-License-Identifier: Apache-2.0
#include "act_private.h"

#include "clock.h"
#include "ledger.h"
#include "log.h"
#include "notice.h"
#include "office.h"
#include "record_ref.h"
#include "str.h"
#include "room.h"
#include "transact.h"
#include "web.h"

enum { MAX_PREPARATIONS = 3 };

static const struct value nothing = { .kind = V_NULL };

// ---- inputs ------------------------------------------------------------------------------------

static void add_error(struct act *a, const char *name, const char *label, const char *text)
{
    struct act_private *p = a->private;
    if (p->n_errors < MAX_FIELD_ERRORS) {
        p->errors[p->n_errors++] = (struct field_error){ name, label, text };
    }
}

static enum err read_inputs(struct act *a, const struct submission *s)
{
    struct ctx *c = a->ctx;
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(c->registry, a->command, i, &required)); i++) {
        struct value v = VALUE_NULL;
        const char *why = NULL;
        enum err e = field_read(c, f, s, &v, &why);
        const char *label = ctx_text(c, f->label, NULL);
        if (e == ERR_INVALID && why) {
            add_error(a, f->name, label, why);
        } else if (e != OK) {
            return e;
        } else if (field_given(f, s)) {
            value_set(c->arena, &a->in, f->name, v);
        }
        // Required and neither sent nor there already.
        if (required && !why && v.kind == V_NULL &&
            (field_given(f, s) || act_old(a, f->name)->kind == V_NULL)) {
            add_error(a, f->name, label, ctx_text(c, "This is needed.", NULL));
        }
    }
    const char *reason = NULL;
    for (size_t i = 0; i < s->n_fields; i++) {
        if (str_eq(s->fields[i].name, "reason")) {
            reason = str_trim(c->arena, locale_clean(c->arena, s->fields[i].value));
        }
    }
    a->reason = reason && *reason ? reason : NULL;
    const char *why = act_reason_wrong(c, a->command, a->reason);
    if (why) {
        add_error(a, "reason", ctx_text(c, "Reason", NULL), why);
    }
    return OK;
}

const char *act_reason_wrong(struct ctx *c, const struct command *command, const char *reason)
{
    size_t n = str_chars(reason ? reason : "");
    if (str_empty(reason)) {
        return command->flags & COMMAND_REASON
                   ? ctx_text(c, "Say why; it is remembered with the act.", NULL)
                   : NULL;
    }
    if (n <= ACT_REASON_MOST) {
        return NULL;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "max", value_int(ACT_REASON_MOST));
    value_set(c->arena, &args, "n", value_int((int64_t)n));
    return ctx_text(c, "Shorten this to {max} characters; it has {n} now.", &args);
}

static enum err take_values(struct act *a, const struct value *values)
{
    static const char *const common[] = { "is_made_up", "source_url", "owner_id" };
    struct ctx *c = a->ctx;
    for (size_t i = 0; values && values->kind == V_OBJECT && i < values->object->len; i++) {
        const char *name = values->object->keys[i];
        bool known = false, required;
        const struct field *f;
        for (size_t j = 0; !known && (f = command_field(c->registry, a->command, j, &required));
             j++) {
            known = str_eq(f->name, name);
        }
        if (known) {
            value_set(c->arena, &a->in, name, values->object->values[i]);
        } else if (str_eq(name, "reason")) {
            a->reason =
                values->object->values[i].kind == V_TEXT ? values->object->values[i].text : NULL;
        } else {
            for (size_t j = 0; !known && j < ARRAY_LEN(common); j++) {
                known = str_eq(common[j], name);
            }
            if (!known) {
                return fail(c->arena, ERR_INTERNAL, "%s doesn't take %s", a->command->name, name);
            }
            act_set(a, name, values->object->values[i]);
        }
    }
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(c->registry, a->command, i, &required)); i++) {
        if (required && act_now(a, f->name)->kind == V_NULL) {
            add_error(
                a, f->name, ctx_text(c, f->label, NULL), ctx_text(c, "This is needed.", NULL));
        }
    }
    // The house may give long ones.
    const char *why = a->reason ? NULL : act_reason_wrong(c, a->command, NULL);
    if (why) {
        add_error(a, "reason", ctx_text(c, "Reason", NULL), why);
    }
    return OK;
}

static enum err input_errors(struct act *a)
{
    if (!a->private->n_errors) {
        return OK;
    }
    struct value args = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &args, "n", value_int((int64_t)a->private->n_errors));
    return fail(a->ctx->arena, ERR_INVALID, "%s",
        ctx_text(a->ctx,
            "{n, plural, one {One field needs mending.} other {# fields need mending.}}", &args));
}

// ---- performing --------------------------------------------------------------------------------

static enum err tell_owner(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t owner = value_get_int(&a->row, "owner_id", 0);
    if (!owner || owner == c->viewer.person || a->command->flags & COMMAND_QUIET || a->outer) {
        return OK;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "who",
        c->viewer.person ? value_id(c->viewer.person) : value_text(c->viewer.name));
    value_set(c->arena, &args, "what", value_text(a->command->label));
    value_set(c->arena, &args, "title",
        str_eq(a->kind->name, "person")
            ? value_id(a->id)
            : value_text(value_get_text(&a->row, ref_title_column(c, a->kind->name), "")));
    return notice_person(c, owner,
        &(struct notice){
            .text = "{who}: {what} ({title})", .args = &args, .kind = a->kind->name, .id = a->id });
}

static bool is_personal(const struct field *f)
{
    return f && (f->flags & FIELD_PERSONAL || f->table);
}

static enum err append_entry(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value fields = value_object(c->arena), personal = value_object(c->arena);
    const struct value *sources[] = { &a->in, &a->set, &a->private->notes };
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        for (size_t j = 0; sources[i]->kind == V_OBJECT && j < sources[i]->object->len; j++) {
            const char *name = sources[i]->object->keys[j];
            const struct field *f = kind_field(a->kind, name);
            if (f && f->type == FIELD_SECRET) {
                continue;
            }
            value_set(c->arena, is_personal(f) ? &personal : &fields, name,
                sources[i]->object->values[j]);
        }
    }
    struct ledger_entry entry = {
        .id = a->entry,
        .record = a->id,
        .rev = a->saved ? value_get_int(&a->row, "rev", 0) + 1 : value_get_int(&a->row, "rev", 0),
        .kind = a->kind->name,
        .command = a->command->name,
        .from = value_get_text(&a->row, "state", NULL),
        .to = a->to >= 0 ? a->kind->states[a->to].name : value_get_text(&a->row, "state", NULL),
        .reason = a->reason,
        .fields = &fields,
        .personal = personal.object->len ? &personal : NULL,
    };
    return ledger_append(c, &entry);
}

// Whether it may be done at all, with these inputs.
static enum err settle(struct act *a)
{
    struct ctx *c = a->ctx;
    if (!a->private->as_system) {
        TRY(act_permitted(c, a->kind, a->command, &a->row, &a->in));
    }
    TRY(act_check_state(c, a->kind, a->command, &a->row));
    TRY(act_ask_guard(a));
    return input_errors(a);
}

enum err act_perform(struct act *a)
{
    struct ctx *c = a->ctx;
    TRY(settle(a));
    if (!a->id) {
        a->id = id_new();
    }
    a->entry = id_new();
    a->to = a->command->to;
    TRY(a->command->apply ? a->command->apply(a) : act_save(a));
    if (a->private->n_errors) {
        return input_errors(a);
    }
    if (a->to == BY_APPLY) {
        a->to = SAME;
    }
    TRY(append_entry(a));
    TRY(act_index_own(a));
    if (a->command->flags & COMMAND_PUBLIC) {
        TRY(db_exec(c->db, c->arena, "public_version.raise", NO_ARGS, NULL));
    }
    return tell_owner(a);
}

// ---- the transaction ---------------------------------------------------------------------------

struct attempt {
    struct ctx *ctx;
    const struct kind *kind;
    const struct command *command;
    int64_t id;
    const struct submission *submission;
    const struct value *values;
    struct outcome *outcome;
    void *prepared;
    int preparations;
    bool again; // the latest try found that what was prepared no longer holds
};

static enum err find_repeated(const struct attempt *t, bool *ret_found)
{
    struct ctx *c = t->ctx;
    const char *key = t->submission ? t->submission->idempotency : NULL;
    *ret_found = false;
    if (!key) {
        return OK;
    }
    struct value row;
    enum err e = db_row(c->db, c->arena, "idempotency.find",
        ARGS(ARG("person_id", value_id(c->viewer.person)), ARG("key", value_text(key))), &row);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    if (!str_eq(value_get_text(&row, "command", ""), t->command->name)) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "This idempotency key was used for another command.", NULL));
    }
    *ret_found = true;
    *t->outcome = (struct outcome){ .id = value_get_int(&row, "record_id", 0),
        .act = value_get_int(&row, "act_id", 0),
        .repeated = true };
    return OK;
}

static enum err remember(const struct attempt *t, const struct act *a)
{
    struct ctx *c = t->ctx;
    const char *key = t->submission ? t->submission->idempotency : NULL;
    if (!key) {
        return OK;
    }
    return db_insert(c->db, c->arena, "idempotency", false,
        ARGS(ARG("key", value_text(key)), ARG("person_id", value_id(c->viewer.person)),
            ARG("command", value_text(t->command->name)), ARG("record_id", value_id(a->id)),
            ARG("act_id", value_id(a->entry)), ARG("made_at", value_time(c->now))));
}

static enum err check_rev(const struct attempt *t, const struct act *a)
{
    int64_t rev = t->submission ? t->submission->rev : 0;
    if (rev <= 0 || a->row.kind != V_OBJECT || rev == value_get_int(&a->row, "rev", 0)) {
        return OK;
    }
    TRY(act_changes_since(t->ctx, t->kind, t->id, rev, &t->outcome->changes));
    return fail(t->ctx->arena, ERR_STALE, "%s",
        ctx_text(t->ctx,
            "Somebody changed this while you wrote. Your text is kept below; look at what changed, "
            "then save again.",
            NULL));
}

// The record and the inputs, as they are in the transaction that is open.
static enum err open_act(const struct attempt *t, struct act_private *private, struct act *ret_act)
{
    struct ctx *c = t->ctx;
    *private = (struct act_private){ .notes = value_object(c->arena) };
    *ret_act = (struct act){ .ctx = c,
        .kind = t->kind,
        .command = t->command,
        .id = t->id,
        .row = VALUE_NULL,
        .in = value_object(c->arena),
        .set = value_object(c->arena),
        .to = SAME,
        .prepared = t->prepared,
        .private = private };
    if (t->id) {
        TRY(act_read_row(c, t->kind, t->id, &ret_act->row));
    }
    TRY(t->submission ? read_inputs(ret_act, t->submission) : take_values(ret_act, t->values));
    return check_rev(t, ret_act);
}

static void tell_errors(const struct attempt *t, const struct act_private *private, enum err e)
{
    if (e == ERR_INVALID && private->n_errors) {
        t->outcome->errors = arena_memdup(
            t->ctx->arena, private->errors, sizeof(private->errors[0]) * private->n_errors);
        t->outcome->n_errors = private->n_errors;
    }
}

static enum err prepare_attempt(struct attempt *t)
{
    struct act_private private;
    struct act a;
    bool repeated;
    TRY(find_repeated(t, &repeated));
    if (repeated) {
        return OK;
    }
    enum err e = open_act(t, &private, &a);
    if (e == OK) {
        e = settle(&a);
    }
    if (e == OK) {
        e = t->command->prepare(&a);
        e = e == OK && private.n_errors ? input_errors(&a) : e;
    }
    tell_errors(t, &private, e);
    t->prepared = e == OK ? a.prepared : NULL;
    return e;
}

// What the command reads and reckons beforehand, anew when the latest try says so.
static enum err prepare(struct attempt *t)
{
    struct ctx *c = t->ctx;
    if (!t->command->prepare || (t->preparations && !t->again)) {
        return OK;
    }
    if (t->preparations == MAX_PREPARATIONS) {
        return fail(c->arena, ERR_STATE, "%s",
            ctx_text(c,
                "What this is worked out from changes faster than it can be worked out. Wait until "
                "that has ended, then try again.",
                NULL));
    }
    t->preparations++;
    t->again = false;
    t->prepared = NULL;
    TRY(db_begin(c->db, c->arena, DB_READ));
    enum err e = prepare_attempt(t);
    db_rollback(c->db);
    return e;
}

static enum err perform_attempt(struct attempt *t)
{
    bool repeated;
    TRY(find_repeated(t, &repeated));
    if (repeated) {
        return OK;
    }
    struct act_private private;
    struct act a;
    struct ref_titles titles = { .n = 0 };
    // What saves its fields and nothing else changes no other record's title.
    t->ctx->titles = t->command->apply ? NULL : &titles;
    enum err e = open_act(t, &private, &a);
    if (e == OK) {
        e = act_perform(&a);
    }
    t->ctx->titles = NULL;
    tell_errors(t, &private, e);
    t->again = private.again;
    TRY(e);
    TRY(remember(t, &a));
    t->outcome->id = a.id;
    t->outcome->act = a.entry;
    return OK;
}

// A unique key was hit that no guard had seen coming.
static enum err exists_already(const struct attempt *t)
{
    struct ctx *c = t->ctx;
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "plural", value_text(ctx_text(c, t->kind->plural, NULL)));
    return fail(c->arena, ERR_EXISTS, "%s",
        ctx_text(c,
            "This is there already, entered by somebody else or by you. Look for it under {plural} "
            "and change that one.",
            &args));
}

static enum err run(struct attempt *t)
{
    struct ctx *c = t->ctx;
    int64_t began = clock_ns();
    for (int tries = 0;; tries++) {
        *t->outcome = (struct outcome){ .changes = VALUE_NULL };
        c->now = clock_now();
        ctx_bind(c);
        enum err e = prepare(t);
        if (e != OK) {
            return e;
        }
        e = db_begin(c->db, c->arena, DB_WRITE);
        if (e == OK && t->id) {
            e = db_locate(c->db, c->arena, t->kind->name, t->id);
        }
        if (e == OK) {
            e = perform_attempt(t);
            if (e == OK) {
                e = db_commit(c->db, c->arena);
            } else {
                db_rollback(c->db);
            }
        }
        // ERR_EXISTS from a concurrent twin reads as a retry, too: next time its record is found,
        // or its idempotency key.
        bool again = e == ERR_RETRY || (e == ERR_EXISTS && tries == 0);
        if (!again) {
            if (e == OK && c->office && c->office->jobs) {
                jobs_wake(c->office->jobs);
            }
            return e == ERR_EXISTS ? exists_already(t) : e;
        }
        if (t->again) {
            continue;
        }
        TRY(transact_pause(c, tries, began));
    }
}

static enum err start(struct attempt *t, const char *command)
{
    t->command = registry_command(t->ctx->registry, command, &t->kind);
    if (!t->command) {
        return fail(t->ctx->arena, ERR_NOT_FOUND, "%s",
            ctx_text(t->ctx, "There is no such command.", NULL));
    }
    return OK;
}

enum err act_run(struct ctx *c, const char *command, int64_t id, const struct submission *s,
    struct outcome *ret_outcome)
{
    struct attempt t = { .ctx = c, .id = id, .submission = s, .outcome = ret_outcome };
    *ret_outcome = (struct outcome){ .changes = VALUE_NULL };
    TRY(start(&t, command));
    if (t.command->flags & COMMAND_INNER) {
        return act_denied(c);
    }
    return run(&t);
}

enum err act_run_values(struct ctx *c, const char *command, int64_t id, const struct value *values,
    struct outcome *ret_outcome)
{
    struct attempt t = { .ctx = c, .id = id, .values = values, .outcome = ret_outcome };
    *ret_outcome = (struct outcome){ .changes = VALUE_NULL };
    TRY(start(&t, command));
    return run(&t);
}

// ---- nesting -----------------------------------------------------------------------------------

static enum err nest(struct act *outer, const char *command, int64_t id, const struct value *values,
    bool as_system, int64_t *ret_id)
{
    struct ctx *c = outer->ctx;
    const struct kind *k;
    const struct command *cmd = registry_command(c->registry, command, &k);
    if (!cmd || outer->private->depth >= MAX_NESTING) {
        return fail(
            c->arena, ERR_INTERNAL, "%s can't be nested in %s", command, outer->command->name);
    }
    enum audience audience = c->audience;
    if (as_system) {
        c->audience = AUDIENCE_SYSTEM;
        ctx_bind(c);
    }
    struct act_private private = {
        .notes = value_object(c->arena), .depth = outer->private->depth + 1, .as_system = as_system
    };
    struct act a = { .ctx = c,
        .kind = k,
        .command = cmd,
        .id = id,
        .row = VALUE_NULL,
        .in = value_object(c->arena),
        .set = value_object(c->arena),
        .to = SAME,
        .outer = outer,
        .private = &private };
    if (!id && value_truthy(act_now(outer, "is_made_up"))) {
        act_set(
            &a, "is_made_up", value_bool(true)); // what an invented record brings forth is so, too
    }
    enum err e = id ? act_read_row(c, k, id, &a.row) : OK;
    if (e == OK) {
        e = take_values(&a, values);
    }
    if (e == OK) {
        e = act_perform(&a);
    }
    if (as_system) {
        c->audience = audience;
        ctx_bind(c);
    }
    for (size_t i = 0; i < private.n_errors; i++) {
        add_error(outer, private.errors[i].name, private.errors[i].label, private.errors[i].text);
    }
    if (e == OK && ret_id) {
        *ret_id = a.id;
    }
    return e;
}

enum err act_nest(
    struct act *a, const char *command, int64_t id, const struct value *values, int64_t *ret_id)
{
    return nest(a, command, id, values, a->private->as_system, ret_id);
}

enum err act_nest_system(
    struct act *a, const char *command, int64_t id, const struct value *values, int64_t *ret_id)
{
    return nest(a, command, id, values, true, ret_id);
}

// ---- for guards and apply functions ------------------------------------------------------------

const struct value *act_in(const struct act *a, const char *field)
{
    const struct value *v = value_get(&a->in, field);
    return v ? v : &nothing;
}

const char *act_text(const struct act *a, const char *field)
{
    const struct value *v = act_in(a, field);
    return v->kind == V_TEXT ? v->text : "";
}

int64_t act_int(const struct act *a, const char *field)
{
    return value_get_int(&a->in, field, 0);
}

bool act_has(const struct act *a, const char *field)
{
    return act_in(a, field)->kind != V_NULL;
}

const struct value *act_old(const struct act *a, const char *column)
{
    const struct value *v = a->row.kind == V_OBJECT ? value_get(&a->row, column) : NULL;
    return v ? v : &nothing;
}

const struct value *act_now(const struct act *a, const char *column)
{
    const struct value *v = value_get(&a->set, column);
    v = v ? v : value_get(&a->in, column);
    return v ? v : act_old(a, column);
}

void act_set(struct act *a, const char *column, struct value v)
{
    value_set(a->ctx->arena, &a->set, column, v);
}

void act_to(struct act *a, int state)
{
    a->to = state;
}

void act_note(struct act *a, const char *name, struct value v)
{
    value_set(a->ctx->arena, &a->private->notes, name, v);
}

enum err act_prepare_again(struct act *a)
{
    a->private->again = true;
    return ERR_RETRY;
}

enum err act_invalid(
    struct act *a, const char *field, const char *message_key, const struct value *args)
{
    const struct field *f = kind_field(a->kind, field);
    add_error(a, field, ctx_text(a->ctx, f ? f->label : field, NULL),
        ctx_text(a->ctx, message_key, args));
    return ERR_INVALID;
}
