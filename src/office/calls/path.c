// SPDX-License-Identifier: Apache-2.0
#include "path.h"

#include "clock.h"
#include "setting.h"
#include "str.h"

struct threshold {
    const char *name;
    bool known;
    int64_t cents;
    struct setting setting;
};

static struct value money(const struct ctx *c, int64_t cents)
{
    return value_money(cents, c->city->currency);
}

static enum err read_threshold(struct ctx *c, const char *name, int64_t day, struct threshold *ret)
{
    *ret = (struct threshold){ .name = name };
    TRY(setting_in_force(c, name, day, &ret->setting));
    ret->known = setting_cents(&ret->setting, &ret->cents);
    return OK;
}

static void add_note(
    struct ctx *c, struct path_check *to, const struct threshold *t, const char *text)
{
    struct value note = value_object(c->arena);
    value_set(c->arena, &note, "text", value_text(text));
    value_set(c->arena, &note, "source", value_text(t ? t->setting.source : NULL));
    value_set(c->arena, &note, "unconfirmed",
        value_bool(t && t->setting.there && !t->setting.confirmed_by));
    *value_push(c->arena, &to->notes) = note;
}

static const char *say(struct ctx *c, const char *key, int64_t amount, int64_t limit, int64_t year)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "amount", money(c, amount));
    value_set(c->arena, &args, "limit", money(c, limit));
    value_set(c->arena, &args, "year", money(c, year));
    return ctx_text(c, key, &args);
}

// What the department's other calls of this fiscal year come to; their amounts are those in force,
// amendments and all.
static enum err others_this_year(
    struct ctx *c, const struct value *call, int64_t day, int64_t *ret_cents)
{
    int64_t first, last, from, to;
    TRY(setting_fiscal_year(c, day, &first, &last));
    TRY(locale_instant(c->locale, first * CLOCK_DAY, &from));
    TRY(locale_instant(c->locale, (last + 1) * CLOCK_DAY, &to));
    return db_int(c->db, c->arena, "call.department_total",
        ARGS(ARG("department_id", value_id(value_get_int(call, "department_id", 0))),
            ARG("call_id", value_id(value_get_int(call, "id", 0))),
            ARG("from_at", value_time(from)), ARG("to_at", value_time(to))),
        ret_cents);
}

// The path's own ceiling: small orders end at one threshold, informal quotes at the other.
static const struct threshold *ceiling(
    const char *path, const struct threshold *small, const struct threshold *formal)
{
    return str_eq(path, "small_order") ? (small->known ? small : formal)
           : str_eq(path, "informal")  ? formal
                                       : NULL;
}

enum err path_check(struct ctx *c, const struct value *call, struct path_check *ret_check)
{
    struct path_check found = { .notes = value_list(c->arena) };
    int64_t day = locale_day(c->locale, c->now), others = 0;
    int64_t amount = value_get_int(call, "amount_cents", 0);
    const char *path = value_get_text(call, "path", "");
    struct threshold small, formal;
    TRY(read_threshold(c, "threshold.small_order", day, &small));
    TRY(read_threshold(c, "threshold.formal", day, &formal));
    TRY(others_this_year(c, call, day, &others));
    found.year_cents = amount + others;
    const struct threshold *top = ceiling(path, &small, &formal);
    if (top && !top->known) {
        add_note(c, &found, top,
            ctx_text(c,
                "No threshold is set for this path. Ask the procurement officer which one holds.",
                NULL));
    } else if (top && amount > top->cents) {
        found.blocks = say(c,
            "{amount} is more than this path allows ({limit}). Choose formal competition, or ask "
            "for less.",
            amount, top->cents, found.year_cents);
        add_note(c, &found, top, found.blocks);
    } else if (top && found.year_cents > top->cents) {
        add_note(c, &found, top,
            say(c,
                "Splitting? With the department’s other calls this fiscal year it comes to {year}, "
                "more than {limit}. Ask the procurement officer before publishing.",
                amount, top->cents, found.year_cents));
    } else if (top) {
        add_note(c, &found, top,
            say(c, "{amount} is within this path’s limit of {limit}.", amount, top->cents,
                found.year_cents));
    }
    if (top && top->setting.there && !top->setting.confirmed_by) {
        add_note(c, &found, top,
            ctx_text(c, "Nobody has confirmed this threshold for the City yet.", NULL));
    }
    *ret_check = found;
    return OK;
}
