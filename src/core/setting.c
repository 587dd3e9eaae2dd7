// SPDX-License-Identifier: Apache-2.0
#include "setting.h"

#include "clock.h"
#include "str.h"

#include <math.h>

enum err setting_in_force(struct ctx *c, const char *name, int64_t day, struct setting *ret_setting)
{
    struct value row;
    enum err e = db_row(c->db, c->arena, "setting.on",
        ARGS(ARG("name", value_text(name)), ARG("day_on", value_date(day))), &row);
    struct setting s = { .there = e == OK };
    if (e == OK) {
        s.value = value_get_text(&row, "value", "");
        s.source = value_get_text(&row, "source", NULL);
        s.confirmed_by = value_get_text(&row, "confirmed_by", NULL);
        s.from_on = value_get_int(&row, "from_on", 0);
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    *ret_setting = s;
    return OK;
}

bool setting_cents(const struct setting *s, int64_t *ret_cents)
{
    double units;
    if (!s->there || !str_f64(s->value, &units) || units < 0 || units > 1e12) {
        return false;
    }
    *ret_cents = llround(units * 100);
    return true;
}

enum err setting_fiscal_year(struct ctx *c, int64_t day, int64_t *ret_first, int64_t *ret_last)
{
    struct setting s;
    TRY(setting_in_force(c, "fiscal.starts", day, &s));
    int64_t any_year;
    struct civil start = { .month = 7, .day = 1 };
    if (s.there && civil_parse_date(arena_fmt(c->arena, "2001-%s", s.value), &any_year)) {
        start = civil_from_days(any_year);
    }
    int year = civil_from_days(day).year;
    if (civil_days(year, start.month, start.day) > day) {
        year--;
    }
    *ret_first = civil_days(year, start.month, start.day);
    *ret_last = civil_days(year + 1, start.month, start.day) - 1;
    return OK;
}

int64_t setting_int(struct ctx *c, const char *name, int64_t otherwise)
{
    struct setting s;
    int64_t n;
    bool known = setting_in_force(c, name, locale_day(c->locale, c->now), &s) == OK && s.there;
    return known && str_i64(s.value, &n) ? n : otherwise;
}

enum err setting_put(struct ctx *c, const char *name, int64_t from_on, const struct setting *s)
{
    return db_exec(c->db, c->arena, "setting.put",
        ARGS(ARG("name", value_text(name)), ARG("from_on", value_date(from_on)),
            ARG("value", value_text(s->value)), ARG("source", value_text(s->source)),
            ARG("confirmed_by", value_text(s->confirmed_by))),
        NULL);
}
