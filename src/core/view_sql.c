// SPDX-License-Identifier: Apache-2.0
// The part of a list's SQL that differs from request to request, and its paging by key. The number
// of shapes is bounded by the kind's declaration; every value is bound, none becomes SQL.
#include "view.h"

#include "buf.h"
#include "str.h"

enum { MAX_ARGS = VIEW_PAGE + VIEW_MAX_FILTERS + 4 };

struct binds {
    struct arg args[MAX_ARGS + 1];
    size_t n;
};

static void bind(struct binds *b, const char *name, struct value v)
{
    if (b->n < MAX_ARGS) {
        b->args[b->n++] = (struct arg){ .name = name, .v = v };
    }
}

static const struct arg *binds_done(struct arena *a, struct binds *b)
{
    b->args[b->n] = (struct arg){ .name = NULL };
    return arena_memdup(a, b->args, (b->n + 1) * sizeof(b->args[0]));
}

static void add_filters(
    struct arena *a, struct buf *sql, const struct view_query *vq, struct binds *b)
{
    for (size_t i = 0; i < vq->n_filters; i++) {
        const struct view_filter *f = &vq->filters[i];
        const char *name = arena_fmt(a, "f_%s", f->column->name);
        if (f->column->ref_kind) {
            buf_fmt(sql, " AND t.%s = :%s", f->column->name, name);
            bind(b, name, value_id(f->id));
        } else if (f->column->field && f->column->field->type == FIELD_CHOICES) {
            // Choices are words of letters, digits and '_' that the house declared; '_' is
            // escaped because LIKE reads it as any character.
            AUTO_BUF(pattern, 0);
            buf_puts(&pattern, "%,");
            for (const char *p = f->value; *p; p++) {
                if (*p == '_' || *p == '%' || *p == '\\') {
                    buf_putc(&pattern, '\\');
                }
                buf_putc(&pattern, *p);
            }
            buf_puts(&pattern, ",%");
            buf_fmt(sql, " AND (',' || t.%s || ',') LIKE :%s ESCAPE '\\'", f->column->name, name);
            bind(b, name, value_text(arena_strndup(a, buf_text(&pattern), pattern.len)));
        } else {
            buf_fmt(sql, " AND t.%s = :%s", f->column->name, name);
            bind(b, name, value_text(f->value));
        }
    }
}

static const char *finish(struct arena *a, struct buf *sql)
{
    return arena_strndup(a, buf_text(sql), sql->len);
}

const char *view_sql(struct arena *a, const struct view *v, bool all, const struct view_query *vq,
    bool nulls, int limit, const struct arg **ret_args)
{
    AUTO_BUF(sql, 0);
    struct binds b = { .n = 0 };
    if (all || !vq->sort || vq->sort->is_listed) {
        buf_puts(&sql, all ? v->all_sql : v->list_sql);
    } else {
        buf_add(&sql, v->list_sql, v->list_from);
        buf_fmt(&sql, ", t.%s%s", vq->sort->name, v->list_sql + v->list_from);
    }
    add_filters(a, &sql, vq, &b);
    const char *than = vq->sort && !vq->down ? ">" : "<";
    const char *order = vq->sort && !vq->down ? "ASC" : "DESC";
    bool by_value = vq->sort && !nulls;
    if (vq->sort) {
        buf_fmt(&sql, " AND t.%s IS %sNULL", vq->sort->name, nulls ? "" : "NOT ");
    }
    if (vq->is_after && by_value) {
        const char *name = arena_fmt(a, "after_%s", vq->sort->name);
        buf_fmt(&sql, " AND (t.%s, t.id) %s (:%s, :after_id)", vq->sort->name, than, name);
        bind(&b, name, vq->after);
        bind(&b, "after_id", value_id(vq->after_id));
    } else if (vq->is_after && (!vq->sort || vq->after.kind == V_NULL)) {
        buf_fmt(&sql, " AND t.id %s :after_id", than);
        bind(&b, "after_id", value_id(vq->after_id));
    }
    if (by_value) {
        buf_fmt(&sql, " ORDER BY t.%s %s, t.id %s LIMIT :limit_n", vq->sort->name, order, order);
    } else {
        buf_fmt(&sql, " ORDER BY t.id %s LIMIT :limit_n", order);
    }
    bind(&b, "limit_n", value_int(limit));
    *ret_args = binds_done(a, &b);
    return finish(a, &sql);
}

const char *view_ids_sql(struct arena *a, const struct view *v, const struct view_query *vq,
    const int64_t *ids, size_t n, const struct arg **ret_args)
{
    AUTO_BUF(sql, 0);
    struct binds b = { .n = 0 };
    buf_puts(&sql, v->list_sql);
    add_filters(a, &sql, vq, &b);
    // Always the same number of places, so that there is one shape: the rest is bound to NULL.
    buf_puts(&sql, " AND t.id IN (");
    for (size_t i = 0; i < VIEW_PAGE; i++) {
        const char *name = arena_fmt(a, "i%zu_id", i);
        buf_fmt(&sql, "%s:%s", i > 0 ? ", " : "", name);
        bind(&b, name, i < n ? value_id(ids[i]) : VALUE_NULL);
    }
    buf_puts(&sql, ") ORDER BY t.id DESC LIMIT :limit_n");
    bind(&b, "limit_n", value_int(VIEW_PAGE));
    *ret_args = binds_done(a, &b);
    return finish(a, &sql);
}

enum err view_rows(struct db *db, struct arena *a, const struct view *v, bool all,
    const struct view_query *vq, int limit, struct value *ret_rows)
{
    const struct arg *args;
    struct value rows = value_list(a);
    bool in_nulls = vq->sort && vq->is_after && vq->after.kind == V_NULL;
    if (!in_nulls) {
        const char *sql = view_sql(a, v, all, vq, false, limit, &args);
        TRY(db_rows_sql(db, a, sql, args, &rows));
    }
    int left = limit - (int)value_len(&rows);
    if (vq->sort && left > 0) {
        struct value more;
        const char *sql = view_sql(a, v, all, vq, true, left, &args);
        TRY(db_rows_sql(db, a, sql, args, &more));
        for (size_t i = 0; i < value_len(&more); i++) {
            *value_push(a, &rows) = *value_at(&more, i);
        }
    }
    *ret_rows = rows;
    return OK;
}

// <id>, <id>.n (no value), <id>.i<number>, <id>.f<number>, <id>.t<text as base64url>
const char *view_key_write(struct arena *a, const struct id_key *id_key,
    const struct view_query *vq, const struct value *row)
{
    const char *id = id_text(a, id_key, value_get_int(row, "id", 0));
    if (!vq->sort) {
        return id;
    }
    const struct value *v = value_get(row, vq->sort->name);
    switch (v ? v->kind : V_NULL) {
    case V_TEXT:
        return arena_fmt(a, "%s.t%s", id, str_base64url(a, v->text, strlen(v->text)));
    case V_NUM:
        return arena_fmt(a, "%s.f%.17g", id, v->x);
    case V_BOOL:
    case V_INT:
    case V_ID:
    case V_DATE:
    case V_TIME:
    case V_MONEY:
        return arena_fmt(a, "%s.i%lld", id, (long long)value_get_int(row, vq->sort->name, 0));
    default:
        return arena_fmt(a, "%s.n", id);
    }
}

static bool read_key_value(struct arena *a, const char *text, struct value *ret_v)
{
    int64_t n;
    double x;
    size_t size = strlen(text), len;
    char *bytes;
    switch (text[0]) {
    case 'n':
        *ret_v = VALUE_NULL;
        return text[1] == '\0';
    case 'i':
        if (!str_i64(text + 1, &n)) {
            return false;
        }
        *ret_v = value_int(n);
        return true;
    case 'f':
        if (!str_f64(text + 1, &x)) {
            return false;
        }
        *ret_v = value_num(x);
        return true;
    case 't':
        bytes = arena_alloc(a, size + 1);
        if (!str_unbase64(text + 1, bytes, size, &len) || !str_utf8(bytes, len)) {
            return false;
        }
        bytes[len] = '\0';
        *ret_v = value_text(bytes);
        return true;
    default:
        return false;
    }
}

// Whether a value of that kind can be compared with what the column holds.
static bool key_fits(const struct view_column *sort, const struct value *v)
{
    if (v->kind == V_NULL) {
        return true;
    }
    enum field_type type = sort->field                   ? sort->field->type
                           : str_ends(sort->name, "_at") ? FIELD_TIME
                                                         : FIELD_TEXT;
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        return v->kind == V_TEXT;
    case FIELD_NUMBER:
        return v->kind == V_NUM;
    default:
        return v->kind == V_INT;
    }
}

enum err view_key_read(
    struct arena *a, const struct id_key *id_key, const char *text, struct view_query *vq)
{
    static const char damaged[] =
        "The address of this page of the list is damaged. Open the list from its start.";
    size_t len = strcspn(text, ".");
    int64_t id;
    struct value v = VALUE_NULL;
    if (!id_parse(id_key, arena_strndup(a, text, len), &id)) {
        return fail(a, ERR_INVALID, "%s", damaged);
    }
    bool has_value = text[len] == '.';
    if (has_value != (vq->sort != NULL)) {
        return fail(a, ERR_INVALID, "%s", damaged);
    }
    if (has_value && (!read_key_value(a, text + len + 1, &v) || !key_fits(vq->sort, &v))) {
        return fail(a, ERR_INVALID, "%s", damaged);
    }
    vq->is_after = true;
    vq->after_id = id;
    vq->after = v;
    return OK;
}
