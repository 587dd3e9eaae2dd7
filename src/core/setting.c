// SPDX-License-Identifier: Apache-2.0
#include "setting.h"

#include "str.h"

struct setting setting_on(struct ctx *c, const char *name, int64_t day)
{
    struct value row;
    if (db_row(c->db, c->arena, "setting.on",
            ARGS(ARG("name", value_text(name)), ARG("day_on", value_date(day))), &row) != OK) {
        return (struct setting){ .value = NULL };
    }
    return (struct setting){
        .value = value_get_text(&row, "value", NULL),
        .source = value_get_text(&row, "source", NULL),
        .confirmed_by = value_get_text(&row, "confirmed_by", NULL),
        .from_on = value_get_int(&row, "from_on", 0),
    };
}

int64_t setting_int(struct ctx *c, const char *name, int64_t otherwise)
{
    struct setting s = setting_on(c, name, locale_day(c->locale, c->now));
    int64_t n;
    return s.value && str_i64(s.value, &n) ? n : otherwise;
}

enum err setting_put(struct ctx *c, const char *name, int64_t from_on, const struct setting *s)
{
    return db_exec(c->db, c->arena, "setting.put",
        ARGS(ARG("name", value_text(name)), ARG("from_on", value_date(from_on)),
            ARG("value", value_text(s->value)), ARG("source", value_text(s->source)),
            ARG("confirmed_by", value_text(s->confirmed_by))),
        NULL);
}
