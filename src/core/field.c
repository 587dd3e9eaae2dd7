// SPDX-License-Identifier: Apache-2.0
#include "field.h"

#include "clock.h"
#include "record_ref.h"
#include "str.h"
#include "web.h"

#include <math.h>

enum { MAX_LINE = 200, MAX_PROSE = 20000, MAX_EMAIL = 254, MAX_URL = 2000, MAX_LIST_LINES = 200 };

static int longest(const struct field *f)
{
    if (f->max) {
        return f->max;
    }
    switch (f->type) {
    case FIELD_PROSE:
    case FIELD_LIST:
        return MAX_PROSE;
    case FIELD_EMAIL:
        return MAX_EMAIL;
    case FIELD_URL:
        return MAX_URL;
    default:
        return MAX_LINE;
    }
}

bool field_given(const struct field *f, const struct submission *s)
{
    for (size_t i = 0; s && i < s->n_fields; i++) {
        if (str_eq(s->fields[i].name, f->name)) {
            return true;
        }
    }
    return false;
}

static const char *raw(const struct field *f, const struct submission *s)
{
    for (size_t i = 0; s && i < s->n_fields; i++) {
        if (str_eq(s->fields[i].name, f->name)) {
            return s->fields[i].value;
        }
    }
    return NULL;
}

bool field_next_choice(
    struct arena *a, const char **at, const char **ret_value, const char **ret_label)
{
    if (!*at || !**at) {
        return false;
    }
    const char *end = strchr(*at, '|');
    size_t len = end ? (size_t)(end - *at) : strlen(*at);
    const char *equals = memchr(*at, '=', len);
    size_t value_len = equals ? (size_t)(equals - *at) : len;
    *ret_value = arena_strndup(a, *at, value_len);
    *ret_label = equals ? arena_strndup(a, equals + 1, len - value_len - 1) : *ret_value;
    *at += len + (end ? 1 : 0);
    return true;
}

static const char *choice_label(struct arena *a, const struct field *f, const char *value)
{
    const char *at = f->choices, *v, *label;
    while (field_next_choice(a, &at, &v, &label)) {
        if (str_eq(v, value)) {
            return label;
        }
    }
    return NULL;
}

static enum err wrong(
    struct ctx *c, const char **ret_why, const char *key, const struct value *args)
{
    *ret_why = ctx_text(c, key, args);
    return ERR_INVALID;
}

static struct value one_arg(struct ctx *c, const char *name, struct value v)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, name, v);
    return args;
}

static enum err read_text(struct ctx *c, const struct field *f, const char *text,
    struct value *ret_v, const char **ret_why)
{
    if (str_chars(text) > (size_t)longest(f)) {
        struct value args = one_arg(c, "max", value_int(longest(f)));
        value_set(c->arena, &args, "n", value_int((int64_t)str_chars(text)));
        return wrong(c, ret_why, "Shorten this to {max} characters; it has {n} now.", &args);
    }
    if (f->type != FIELD_PROSE && f->type != FIELD_LIST && strpbrk(text, "\n\t")) {
        return wrong(c, ret_why, "Write this on one line.", NULL);
    }
    *ret_v = value_text(text);
    return OK;
}

static enum err read_list(struct ctx *c, const struct field *f, const char *text,
    struct value *ret_v, const char **ret_why)
{
    AUTO_BUF(lines, 0);
    size_t n = 0;
    for (const char *at = text; *at;) {
        const char *end = strchr(at, '\n');
        size_t len = end ? (size_t)(end - at) : strlen(at);
        const char *line = str_trim(c->arena, arena_strndup(c->arena, at, len));
        if (*line && n++ < MAX_LIST_LINES) {
            buf_fmt(&lines, "%s%s", lines.len ? "\n" : "", line);
        }
        at += len + (end ? 1 : 0);
    }
    if (n > MAX_LIST_LINES) {
        struct value args = one_arg(c, "max", value_int(MAX_LIST_LINES));
        return wrong(c, ret_why, "Write at most {max} lines.", &args);
    }
    return read_text(c, f, arena_strdup(c->arena, buf_text(&lines)), ret_v, ret_why);
}

static enum err read_email(
    struct ctx *c, const char *text, struct value *ret_v, const char **ret_why)
{
    const char *at = strrchr(text, '@');
    // What can be said without sending mail: one @ that splits two parts, a dot in the second, no
    // spaces.
    if (!at || at == text || !strchr(at, '.') || at[1] == '.' || str_ends(text, ".") ||
        strpbrk(text, " \t\n,;<>\"\\()") || strlen(text) > MAX_EMAIL) {
        return wrong(c, ret_why, "Write an email address, like name@example.org.", NULL);
    }
    *ret_v = value_text(text);
    return OK;
}

static enum err read_url(struct ctx *c, const char *text, struct value *ret_v, const char **ret_why)
{
    const char *rest = str_starts(text, "https://")  ? text + 8
                       : str_starts(text, "http://") ? text + 7
                                                     : "";
    if (!*rest || *rest == '/' || strpbrk(text, " \t\n\"<>\\") || strlen(text) > MAX_URL) {
        return wrong(c, ret_why, "Write a web address that begins with https://.", NULL);
    }
    *ret_v = value_text(text);
    return OK;
}

// "$34,000.50", "34000.5", "34 000" → cents. What people write, but never a guess: a comma must
// group three digits.
static bool parse_money(const char *s, int64_t *ret_cents)
{
    bool negative = *s == '-';
    s += negative;
    if (*s == '$') {
        s++;
    }
    int64_t units = 0;
    int digits = 0, since_comma = -1;
    for (; (*s >= '0' && *s <= '9') || *s == ',' || *s == ' '; s++) {
        if (*s == ',' || *s == ' ') {
            if (!digits || (since_comma >= 0 && since_comma != 3)) {
                return false;
            }
            since_comma = 0;
            continue;
        }
        digits++;
        since_comma += since_comma >= 0;
        if (__builtin_mul_overflow(units, (int64_t)10, &units) || (units += *s - '0') < 0) {
            return false;
        }
    }
    if (!digits || (since_comma >= 0 && since_comma != 3)) {
        return false;
    }
    int64_t cents = 0;
    if (*s == '.') {
        s++;
        int n = 0;
        for (; *s >= '0' && *s <= '9' && n < 2; s++, n++) {
            cents = cents * 10 + (*s - '0');
        }
        if (n == 0) {
            return false;
        }
        if (n == 1) {
            cents *= 10;
        }
    }
    if (*s || units > 900000000000000) {
        return false;
    }
    *ret_cents = (units * 100 + cents) * (negative ? -1 : 1);
    return true;
}

// "12/31/2026" and "12/31/26" are taken besides ISO: what people in the United States write by
// hand.
static bool parse_day(const char *s, int64_t *ret_days)
{
    if (civil_parse_date(s, ret_days)) {
        return true;
    }
    int part[3], n = 0;
    for (const char *at = s; n < 3; at++, n++) {
        part[n] = 0;
        const char *from = at;
        for (; *at >= '0' && *at <= '9' && at - from < 4; at++) {
            part[n] = part[n] * 10 + (*at - '0');
        }
        if (at == from || *at != (n < 2 ? '/' : '\0')) {
            return false;
        }
    }
    int year = part[2] < 100 ? part[2] + 2000 : part[2];
    if (!civil_valid(year, part[0], part[1])) {
        return false;
    }
    *ret_days = civil_days(year, part[0], part[1]);
    return true;
}

static enum err read_time(
    struct ctx *c, const char *text, struct value *ret_v, const char **ret_why)
{
    int64_t ms;
    bool has_zone;
    if (!civil_parse_instant(text, &ms, &has_zone) ||
        (!has_zone && locale_instant(c->locale, ms, &ms) != OK)) {
        return wrong(c, ret_why, "Write a date and a time, like 2026-05-31T17:00.", NULL);
    }
    *ret_v = value_time(ms);
    return OK;
}

static enum err read_number(struct ctx *c, const struct field *f, const char *text,
    struct value *ret_v, const char **ret_why)
{
    if (f->type == FIELD_NUMBER) {
        double x;
        if (!str_f64(text, &x)) {
            return wrong(c, ret_why,
                "Write a number, like 12.5, with a point and no thousands signs.", NULL);
        }
        if (f->max && fabs(x) > f->max) {
            struct value args = one_arg(c, "max", value_int(f->max));
            return wrong(c, ret_why, "Write a number of at most {max}.", &args);
        }
        *ret_v = value_num(x);
        return OK;
    }
    int64_t n;
    if (!str_i64(text, &n) || n < 0) {
        return wrong(c, ret_why, "Write a whole number, like 12.", NULL);
    }
    if (f->max && n > f->max) {
        struct value args = one_arg(c, "max", value_int(f->max));
        return wrong(c, ret_why, "Write a number of at most {max}.", &args);
    }
    *ret_v = value_int(n);
    return OK;
}

static enum err read_choice(struct ctx *c, const struct field *f, const char *text,
    struct value *ret_v, const char **ret_why)
{
    if (!choice_label(c->arena, f, text)) {
        return wrong(c, ret_why, "Choose one of the answers listed.", NULL);
    }
    *ret_v = value_text(text);
    return OK;
}

static enum err read_choices(struct ctx *c, const struct field *f, const struct submission *s,
    struct value *ret_v, const char **ret_why)
{
    AUTO_BUF(picked, 0);
    // In the order of the list, whatever the order of the form, so that equal answers are equal
    // text.
    const char *at = f->choices, *value, *label;
    size_t known = 0, sent = 0;
    while (field_next_choice(c->arena, &at, &value, &label)) {
        for (size_t i = 0; i < s->n_fields; i++) {
            if (!str_eq(s->fields[i].name, f->name)) {
                continue;
            }
            // A form repeats the field, a spreadsheet writes "a, b".
            const char *rest = s->fields[i].value;
            while (*rest) {
                size_t len = strcspn(rest, ",");
                if (str_eq(str_trim(c->arena, arena_strndup(c->arena, rest, len)), value)) {
                    buf_fmt(&picked, "%s%s", picked.len ? "," : "", value);
                    known++;
                    break;
                }
                rest += len + (rest[len] == ',');
            }
        }
    }
    for (size_t i = 0; i < s->n_fields; i++) {
        if (str_eq(s->fields[i].name, f->name)) {
            for (const char *rest = s->fields[i].value; *rest;) {
                size_t len = strcspn(rest, ",");
                sent += *str_trim(c->arena, arena_strndup(c->arena, rest, len)) != '\0';
                rest += len + (rest[len] == ',');
            }
        }
    }
    if (sent != known) {
        return wrong(c, ret_why, "Choose among the answers listed.", NULL);
    }
    *ret_v = known ? value_text(arena_strdup(c->arena, buf_text(&picked))) : VALUE_NULL;
    return OK;
}

// A record given by its id, or by its exact title (spreadsheets, the command line).
static enum err read_record(struct ctx *c, const struct field *f, const char *text,
    struct value *ret_v, const char **ret_why)
{
    int64_t id;
    const char *kind = ref_kind(f);
    if (id_parse(&c->city->id_key, text, &id)) {
        const char *title = "";
        if (kind) {
            // A lost connection isn't a record that is gone.
            TRY(ref_find(c, kind, id, &title));
        }
        if (title) {
            *ret_v = value_id(id);
            return OK;
        }
        return wrong(c, ret_why, "Choose one from the list; this one isn't there any more.", NULL);
    }
    if (kind) {
        const char *more = arena_fmt(
            c->arena, "AND t.%s = :text ORDER BY t.id LIMIT 2", ref_title_column(c, kind));
        const char *sql = ref_sql(c, kind, "t.id AS id", more);
        struct value rows;
        TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("text", value_text(text))), &rows));
        if (value_len(&rows) == 1) {
            *ret_v = value_id(value_get_int(value_at(&rows, 0), "id", 0));
            return OK;
        }
        if (value_len(&rows) > 1) {
            return wrong(
                c, ret_why, "More than one record has this name: choose it from the list.", NULL);
        }
    }
    return wrong(c, ret_why, "Choose one from the list.", NULL);
}

enum err field_read(struct ctx *c, const struct field *f, const struct submission *s,
    struct value *ret_v, const char **ret_why)
{
    const char *given = raw(f, s);
    if (!given) {
        *ret_v = VALUE_NULL;
        return OK;
    }
    if (f->type == FIELD_CHOICES) {
        return read_choices(c, f, s, ret_v, ret_why);
    }
    if (f->type == FIELD_SECRET) {
        *ret_v = *given ? value_text(given) : VALUE_NULL; // taken as typed, spaces too
        return OK;
    }
    const char *text = str_trim(c->arena, locale_clean(c->arena, given));
    if (!*text) {
        *ret_v = VALUE_NULL;
        return OK;
    }
    int64_t n;
    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_PROSE:
        return read_text(c, f, text, ret_v, ret_why);
    case FIELD_LIST:
        return read_list(c, f, text, ret_v, ret_why);
    case FIELD_EMAIL:
        return read_email(c, text, ret_v, ret_why);
    case FIELD_URL:
        return read_url(c, text, ret_v, ret_why);
    case FIELD_CHOICE:
        return read_choice(c, f, text, ret_v, ret_why);
    case FIELD_YES_NO:
        if (str_eq(text, "yes") || str_eq(text, "1") || str_eq(text, "true")) {
            *ret_v = value_bool(true);
            return OK;
        }
        if (str_eq(text, "no") || str_eq(text, "0") || str_eq(text, "false")) {
            *ret_v = value_bool(false);
            return OK;
        }
        return wrong(c, ret_why, "Answer yes or no.", NULL);
    case FIELD_MONEY:
        if (!parse_money(text, &n)) {
            return wrong(c, ret_why, "Write an amount of money, like 34,000 or 34000.50.", NULL);
        }
        *ret_v = value_money(n, c->city->currency);
        return OK;
    case FIELD_DATE:
        if (!parse_day(text, &n)) {
            return wrong(c, ret_why, "Write a date, like 2026-05-31.", NULL);
        }
        *ret_v = value_date(n);
        return OK;
    case FIELD_TIME:
        return read_time(c, text, ret_v, ret_why);
    case FIELD_COUNT:
    case FIELD_NUMBER:
        return read_number(c, f, text, ret_v, ret_why);
    case FIELD_HIDDEN:
        if (str_ends(f->name, "_id")) {
            return read_record(c, f, text, ret_v, ret_why);
        }
        return read_text(c, f, text, ret_v, ret_why);
    case FIELD_FILE:
    case FIELD_PERSON:
    case FIELD_ORGANISATION:
    case FIELD_PLACE:
    case FIELD_RECORD:
        return read_record(c, f, text, ret_v, ret_why);
    case FIELD_CHOICES:
    case FIELD_SECRET:
        break;
    }
    return ERR_INTERNAL;
}
