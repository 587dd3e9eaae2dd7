// SPDX-License-Identifier: Apache-2.0
// Whether somebody may do something to a record now: scope, role, state, guard.
#include "act_private.h"

#include "record_ref.h"
#include "room.h"
#include "str.h"

// The fields of K that its search index names by the title of another record, one after the other.
static const struct field *next_titled(const struct ctx *c, const struct kind *k, const char **at)
{
    while (c->titles && *at && **at) {
        size_t len = strcspn(*at, " ");
        const struct field *f = kind_field(k, arena_strndup(c->arena, *at, len));
        *at += len + ((*at)[len] == ' ');
        if (f && !f->table && ref_kind(f)) {
            return f;
        }
    }
    return NULL;
}

// All columns of the record; behind them the titles that its search index will want, so that no
// question of their own is needed.
static const char *row_sql(struct ctx *c, const struct kind *k)
{
    AUTO_BUF(columns, 0);
    const struct field *f;
    buf_puts(&columns, "t.*");
    for (const char *at = k->search; (f = next_titled(c, k, &at));) {
        buf_fmt(&columns,
            ", (SELECT r.%s FROM %s r WHERE r.city = :city AND r.id = t.%s AND @scope(%s r)) AS "
            "title",
            ref_title_column(c, ref_kind(f)), ref_kind(f), f->name, ref_kind(f));
    }
    return ref_sql(c, k->name, buf_text(&columns), "AND t.id = :id");
}

// Takes the titles off the row.
static void note_titles(struct ctx *c, const struct kind *k, const struct value *row)
{
    const struct field *f;
    size_t n = 0;
    for (const char *at = k->search; next_titled(c, k, &at);) {
        n++;
    }
    row->object->len -= n;
    const struct value *title = row->object->values + row->object->len;
    for (const char *at = k->search; (f = next_titled(c, k, &at)); title++) {
        if (title->kind == V_TEXT) {
            ref_note(c, ref_kind(f), value_get_int(row, f->name, 0), title->text);
        }
    }
}

enum err act_read_row(struct ctx *c, const struct kind *k, int64_t id, struct value *ret_row)
{
    struct value rows;
    TRY(db_record_sql(
        c->db, c->arena, k->name, id, row_sql(c, k), ARGS(ARG("id", value_id(id))), &rows));
    if (value_len(&rows) == 0) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "kind", value_text(ctx_text(c, k->label, NULL)));
        return fail(c->arena, ERR_NOT_FOUND, "%s",
            ctx_text(c, "There is no such record here, or you may not see it.", &args));
    }
    *ret_row = *value_at(&rows, 0);
    note_titles(c, k, ret_row);
    return OK;
}

// Whether a grant's scope covers the record: its own <scope>_id, or that of a record further up the
// chain.
static enum err scope_covers(struct ctx *c, const struct kind *k, const struct grant *g,
    const struct value *row, bool *ret_covers)
{
    const char *column = arena_fmt(c->arena, "%s_id", g->scope_kind);
    struct value at = *row;
    for (int step = 0; k && step < 5; step++) {
        if (str_eq(k->name, g->scope_kind)) {
            *ret_covers = value_get_int(&at, "id", 0) == g->scope_id;
            return OK;
        }
        const struct value *v = value_get(&at, column);
        if (v && v->kind == V_ID) {
            *ret_covers = v->n == g->scope_id;
            return OK;
        }
        int64_t parent = k->parent ? value_get_int(&at, k->parent, 0) : 0;
        if (!parent) {
            break;
        }
        const char *sql = arena_fmt(
            c->arena, "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id", k->parent_kind);
        struct value rows;
        TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("id", value_id(parent))), &rows));
        if (value_len(&rows) == 0) {
            break;
        }
        at = *value_at(&rows, 0);
        k = registry_kind(c->registry, k->parent_kind);
    }
    *ret_covers = false;
    return OK;
}

enum err act_denied(struct ctx *c)
{
    return c->viewer.person || c->audience == AUDIENCE_SYSTEM
               ? fail(c->arena, ERR_DENIED, "%s",
                     ctx_text(c,
                         "Your role doesn't allow this. Ask the office if you think it should.",
                         NULL))
               : fail(c->arena, ERR_UNSIGNED, "%s", ctx_text(c, "Sign in to do this.", NULL));
}

// Whose the record is: a person's own record is their own.
static int64_t person_of(const struct kind *k, const struct value *row)
{
    return value_get_int(row, str_eq(k->name, "person") ? "id" : "person_id", 0);
}

enum err act_permitted(struct ctx *c, const struct kind *k, const struct command *command,
    const struct value *row, const struct value *in)
{
    const struct value *record = row->kind == V_OBJECT ? row : in;
    if (command->flags & COMMAND_OWN &&
        (row->kind != V_OBJECT || person_of(k, row) != c->viewer.person || !c->viewer.person)) {
        return act_denied(c);
    }
    if (command->flags & COMMAND_OWN && c->viewer.roles & command->who) {
        return OK; // one's own is one's own whatever department it is of
    }
    if (command->who & ROLE_PUBLIC || c->viewer.roles & command->who & ROLE_CLOCK) {
        return OK;
    }
    for (size_t i = 0; i < c->viewer.n_grants; i++) {
        const struct grant *g = &c->viewer.grants[i];
        if (!(g->role & command->who)) {
            continue;
        }
        bool covers = !g->scope_kind;
        if (!covers && record && record->kind == V_OBJECT) {
            TRY(scope_covers(c, k, g, record, &covers));
        }
        if (covers) {
            return OK;
        }
    }
    return act_denied(c);
}

enum err act_check_state(
    struct ctx *c, const struct kind *k, const struct command *command, const struct value *row)
{
    if (command->from == NEW) {
        return row->kind == V_OBJECT
                   ? fail(c->arena, ERR_STATE, "%s",
                         ctx_text(c,
                             "This makes a new record; it can't be done on one that is there.",
                             NULL))
                   : OK;
    }
    if (row->kind != V_OBJECT) {
        return fail(
            c->arena, ERR_INVALID, "%s", ctx_text(c, "Say which record this is for.", NULL));
    }
    int state = kind_state(k, value_get_text(row, "state", ""));
    if (state >= 0 && command->from & AT(state)) {
        return OK;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "state",
        value_text(state < 0 ? "?" : ctx_text(c, k->states[state].label, NULL)));
    return fail(c->arena, ERR_STATE, "%s",
        ctx_text(c, "This can't be done while the state is “{state}”.", &args));
}

enum err act_ask_guard(struct act *a)
{
    const char *why = a->command->guard ? a->command->guard(a) : NULL;
    return why ? fail(a->ctx->arena, ERR_STATE, "%s", ctx_text(a->ctx, why, NULL)) : OK;
}

enum err act_may(
    struct ctx *c, const struct command *command, const struct value *row, const char **ret_why)
{
    const struct kind *k = NULL;
    *ret_why = NULL;
    if (!registry_command(c->registry, command->name, &k) || command->flags & COMMAND_INNER) {
        return ERR_DENIED;
    }
    // A new record's scope is known only from the form: whoever holds the role anywhere may open
    // it.
    bool anywhere = command->from == NEW && row->kind != V_OBJECT && c->viewer.roles & command->who;
    if (!anywhere) {
        TRY(act_permitted(c, k, command, row, NULL));
    }
    struct act_private private = { .notes = VALUE_NULL };
    struct act a = { .ctx = c,
        .kind = k,
        .command = command,
        .row = *row,
        .in = value_object(c->arena),
        .set = value_object(c->arena),
        .id = value_get_int(row, "id", 0),
        .to = -1,
        .private = &private };
    enum err e = act_check_state(c, k, command, row);
    if (e == OK) {
        e = act_ask_guard(&a);
    }
    if (e == ERR_STATE) {
        *ret_why = c->arena->detail;
    }
    return e;
}
