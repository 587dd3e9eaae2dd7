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

enum err ref_find(struct ctx *c, const char *kind, int64_t id, const char **ret_title)
{
    const char *columns = arena_fmt(c->arena, "t.%s AS title", ref_title_column(c, kind));
    struct value rows;
    TRY(db_rows_sql(c->db, c->arena, ref_sql(c, kind, columns, "AND t.id = :id"),
        ARGS(ARG("id", value_id(id))), &rows));
    *ret_title = value_len(&rows) ? value_get_text(value_at(&rows, 0), "title", "") : NULL;
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
