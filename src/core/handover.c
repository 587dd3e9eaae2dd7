// SPDX-License-Identifier: Apache-2.0
#include "handover.h"

#include "ledger.h"
#include "room.h"
#include "str.h"

enum { MAX_DUTIES = 16, CHUNK = 500, MOST_RECORDS = 20000 };

struct duties {
    const char *columns[MAX_DUTIES];
    size_t n;
};

// ALL: not only what they answer for, whatever names them.
static struct duties duties_of(const struct kind *k, bool all)
{
    struct duties d = { { "owner_id" }, 1 };
    bool apart = str_eq(k->name, "person") || str_eq(k->name, "grant_role");
    for (const struct field *f = k->fields; f && f->name; f++) {
        bool named = f->flags & FIELD_DUTY || (all && !apart && f->type == FIELD_PERSON);
        if (named && !f->table && !(f->flags & FIELD_INPUT) && d.n < MAX_DUTIES) {
            d.columns[d.n++] = f->name;
        }
    }
    return d;
}

static const char *condition(struct ctx *c, const struct duties *d)
{
    AUTO_BUF(sql, 0);
    for (size_t i = 0; i < d->n; i++) {
        buf_fmt(&sql, "%st.%s = :person_id", i ? " OR " : "", d->columns[i]);
    }
    return arena_strdup(c->arena, buf_text(&sql));
}

static enum err move_record(struct act *a, const struct kind *k, const struct duties *d,
    const struct value *row, int64_t from, int64_t to)
{
    struct ctx *c = a->ctx;
    struct arg columns[MAX_DUTIES + 2];
    struct value fields = value_object(c->arena);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (value_get_int(row, d->columns[i], 0) == from) {
            columns[n++] = (struct arg)ARG(d->columns[i], value_id(to));
            value_set(c->arena, &fields, d->columns[i], value_id(to));
        }
    }
    columns[n++] = (struct arg)ARG("changed_at", value_time(c->now));
    columns[n] = (struct arg){ NULL, VALUE_NULL };
    int64_t id = value_get_int(row, "id", 0), rev = value_get_int(row, "rev", 0), changed = 0;
    TRY(db_update(c->db, c->arena, k->name, false, id, rev, columns, &changed));
    if (!changed) {
        return fail(c->arena, ERR_RETRY, "the record changed meanwhile");
    }
    const char *state = value_get_text(row, "state", NULL);
    return ledger_append(c, &(struct ledger_entry){ .id = id_new(),
                                .record = id,
                                .rev = rev + 1,
                                .kind = k->name,
                                .command = a->command->name,
                                .from = state,
                                .to = state,
                                .reason = a->reason,
                                .fields = &fields });
}

struct moving {
    int64_t from, to, total;
    bool all;
};

static enum err move_kind(struct act *a, const struct kind *k, struct moving *m, int64_t *ret_n)
{
    struct ctx *c = a->ctx;
    struct duties d = duties_of(k, m->all);
    // What moved no longer answers to the condition, so each turn finds the next ones.
    const char *sql = arena_fmt(c->arena,
        "SELECT t.* FROM %s t WHERE t.city = :city AND (%s) ORDER BY t.id LIMIT %d", k->name,
        condition(c, &d), CHUNK);
    *ret_n = 0;
    for (;;) {
        struct value rows;
        TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("person_id", value_id(m->from))), &rows));
        for (size_t i = 0; i < value_len(&rows); i++) {
            TRY(move_record(a, k, &d, value_at(&rows, i), m->from, m->to));
        }
        *ret_n += (int64_t)value_len(&rows);
        m->total += (int64_t)value_len(&rows);
        if (value_len(&rows) < CHUNK) {
            return OK;
        }
        if (m->total > MOST_RECORDS || arena_exhausted(c->arena)) {
            return fail(c->arena, ERR_TOO_LARGE, "%s",
                ctx_text(c, "That is too much for one act. Hand over room by room.", NULL));
        }
    }
}

static enum err move_all(struct act *a, struct moving *m, struct value *ret_counts)
{
    struct ctx *c = a->ctx;
    struct value counts = value_list(c->arena);
    const struct kind *k;
    for (size_t i = 0; (k = registry_kind_at(c->registry, i)); i++) {
        int64_t n;
        TRY(move_kind(a, k, m, &n));
        if (n) {
            struct value count = value_object(c->arena);
            value_set(c->arena, &count, "kind", value_text(k->name));
            value_set(c->arena, &count, "n", value_int(n));
            *value_push(c->arena, &counts) = count;
        }
    }
    *ret_counts = counts;
    return OK;
}

enum err hand_over(struct act *a, int64_t from, int64_t to, struct value *ret_counts)
{
    return move_all(a, &(struct moving){ .from = from, .to = to }, ret_counts);
}

enum err hand_over_double(struct act *a, int64_t from, int64_t to, struct value *ret_counts)
{
    return move_all(a, &(struct moving){ .from = from, .to = to, .all = true }, ret_counts);
}

enum err hand_over_count(struct ctx *c, int64_t from, int64_t *ret_n)
{
    const struct kind *k;
    int64_t total = 0;
    for (size_t i = 0; (k = registry_kind_at(c->registry, i)); i++) {
        struct duties d = duties_of(k, false);
        const char *sql =
            arena_fmt(c->arena, "SELECT COUNT(*) AS n FROM %s t WHERE t.city = :city AND (%s)",
                k->name, condition(c, &d));
        struct value rows;
        TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("person_id", value_id(from))), &rows));
        total += value_get_int(value_at(&rows, 0), "n", 0);
    }
    *ret_n = total;
    return OK;
}
