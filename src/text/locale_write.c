// SPDX-License-Identifier: Apache-2.0
#include "locale_data.h"

#include "clock.h"
#include "str.h"

#include <math.h>

// Three decimals, below 1 three significant digits.
static int decimals(double x)
{
    x = fabs(x);
    if (x >= 1 || x < 1e-9) {
        return 3;
    }
    return 2 - (int)floor(log10(x));
}

static void write_number(const struct locale *l, double x, const char *style, struct buf *out)
{
    const struct number_symbols *s = &l->numbers;
    if (str_eq(style, "percent")) {
        number_write_double(s, &s->percent, true, x * 100, 0, 1, out);
    } else if (str_eq(style, "compact")) {
        compact_write(l, x, out);
    } else {
        int most = str_eq(style, "integer") ? 0 : decimals(x);
        number_write_double(s, &s->plain, !str_eq(style, "plain"), x, 0, most, out);
    }
}

static void write_int(const struct locale *l, int64_t n, const char *style, struct buf *out)
{
    if (str_eq(style, "percent") || str_eq(style, "compact")) {
        write_number(l, (double)n, style, out);
    } else {
        number_write_int(&l->numbers, &l->numbers.plain, !str_eq(style, "plain"), n, out);
    }
}

static void write_date(
    const struct locale *l, const struct value *v, const char *style, struct buf *out)
{
    int64_t ms = locale_clamp_days(v->n) * CLOCK_DAY;
    if (str_eq(style, "iso")) {
        locale_write_iso(out, v);
    } else {
        enum date_style which = str_eq(style, "short")  ? DATE_SHORT
                                : str_eq(style, "long") ? DATE_LONG
                                                        : DATE_DEFAULT;
        date_write(l, which, ms, false, out);
    }
}

static void write_time(
    const struct locale *l, const struct value *v, const char *style, struct buf *out)
{
    int64_t ms = locale_clamp_ms(v->n);
    if (!style) {
        date_write(l, TIME_DEFAULT, ms, true, out);
    } else if (strcmp(style, "iso") == 0) {
        locale_write_iso(out, v);
    } else if (strcmp(style, "local") == 0) {
        const struct zone *z = &l->set->zone;
        struct civil c = civil_from_ms(ms + z->spans[zone_span(z, ms)].offset);
        buf_fmt(out, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    } else {
        enum date_style which = strcmp(style, "date") == 0    ? DATE_DEFAULT
                                : strcmp(style, "clock") == 0 ? TIME_CLOCK
                                : strcmp(style, "short") == 0 ? TIME_SHORT
                                                              : TIME_DEFAULT;
        date_write(l, which, ms, true, out);
    }
}

static const struct value *argument(void *context, const char *name)
{
    return value_get(context, name);
}

// The three numbers share their decimals: as many as show two digits of the interval's width.
static void write_estimate(
    const struct locale *l, const struct estimate *e, const char *style, struct buf *out)
{
    if (!isfinite(e->point)) {
        buf_puts(out, "–");
        return;
    }
    double width = e->high - e->low;
    bool known = isfinite(width);
    if (!known || str_eq(style, "point")) {
        write_number(l, e->point, NULL, out);
        return;
    }
    int places = width > 0 ? 1 - (int)floor(log10(width)) : decimals(e->point);
    places = places < 0 ? 0 : places > 6 ? 6 : places;
    const double numbers[] = { e->point, e->low, e->high };
    AUTO_BUF(texts, 0);
    size_t at[3];
    for (int i = 0; i < 3; i++) {
        at[i] = texts.len;
        number_write_double(
            &l->numbers, &l->numbers.plain, true, numbers[i], places, places, &texts);
        buf_add(&texts, "", 1);
    }
    bool interval = str_eq(style, "interval");
    const char *point = buf_text(&texts) + at[0], *low = buf_text(&texts) + at[1],
               *high = buf_text(&texts) + at[2];
    const char *text;
    const struct message *message = NULL;
    if (locale_find(
            l, interval ? "{low} to {high}" : "{point} ({low} to {high})", &text, &message) &&
        message) {
        const char *keys[] = { "point", "low", "high" };
        struct value values[] = { value_text(point), value_text(low), value_text(high) };
        struct value_object object = { .keys = keys, .values = values, .len = 3 };
        struct value args = { .kind = V_OBJECT, .object = &object };
        message_write(message, l, NULL, argument, &args, out);
    } else if (interval) {
        buf_fmt(out, "%s to %s", low, high);
    } else {
        buf_fmt(out, "%s (%s to %s)", point, low, high);
    }
}

void locale_write(const struct locale *l, const struct id_key *key, const struct value *v,
    const char *style, struct buf *out)
{
    if (!l) {
        locale_write_plain(out, key, v);
        return;
    }
    switch (v->kind) {
    case V_BOOL:
        buf_puts(out, locale_message(l, v->yes ? "Yes" : "No"));
        break;
    case V_INT:
        write_int(l, v->n, style, out);
        break;
    case V_NUM:
        write_number(l, v->x, style, out);
        break;
    case V_MONEY:
        money_write(l, v->money, style, out);
        break;
    case V_DATE:
        write_date(l, v, style, out);
        break;
    case V_TIME:
        write_time(l, v, style, out);
        break;
    case V_ESTIMATE:
        write_estimate(l, v->estimate, style, out);
        break;
    default:
        locale_write_plain(out, key, v);
        break;
    }
}
