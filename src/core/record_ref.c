// SPDX-License-Identifier: Apache-2.0
#include "record_ref.h"

#include "room.h"
#include "str.h"

const char *ref_title_column(const struct ctx *c, const char *kind)
{
    const struct kind *k = registry_kind(c->registry, kind);
    return k && k->title ? k->title : "title";
}

const char *ref_sql(struct ctx *c, const char *kind, const char *columns, const char *more)
{
    return arena_fmt(c->arena, "SELECT %s FROM %s t WHERE t.city = :city AND @scope(%s t) %s",
        columns, kind, kind, more);
}

void ref_note(struct ctx *c, const char *kind, int64_t id, const char *title)
{
    if (c->titles && title && c->titles->n < MAX_REF_TITLES) {
        struct ref_titles *t = c->titles;
        t->at[t->n].kind = kind;
        t->at[t->n].title = title;
        t->at[t->n++].id = id;
    }
}

static const char *noted(const struct ctx *c, const char *kind, int64_t id)
{
    for (size_t i = 0; c->titles && i < c->titles->n; i++) {
        if (c->titles->at[i].id == id && str_eq(c->titles->at[i].kind, kind)) {
            return c->titles->at[i].title;
        }
    }
    return NULL;
}

enum err ref_find(struct ctx *c, const char *kind, int64_t id, const char **ret_title)
{
    const char *known = noted(c, kind, id);
    if (known) {
        *ret_title = known;
        return OK;
    }
    const char *columns = arena_fmt(c->arena, "t.%s AS title", ref_title_column(c, kind));
    struct value rows;
    TRY(db_rows_sql(c->db, c->arena, ref_sql(c, kind, columns, "AND t.id = :id"),
        ARGS(ARG("id", value_id(id))), &rows));
    *ret_title = value_len(&rows) ? value_get_text(value_at(&rows, 0), "title", "") : NULL;
    ref_note(c, kind, id, *ret_title);
    return OK;
}

const char *ref_title(struct ctx *c, const char *kind, int64_t id)
{
    const char *title;
    return ref_find(c, kind, id, &title) == OK ? title : NULL;
}

const char *ref_kind(const struct field *f)
{
    switch (f->type) {
    case FIELD_PERSON:
        return "person";
    case FIELD_ORGANISATION:
        return "organisation";
    case FIELD_PLACE:
        return "area";
    case FIELD_RECORD:
        return f->choices;
    default:
        return NULL;
    }
}
