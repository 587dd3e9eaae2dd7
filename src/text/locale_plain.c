// SPDX-License-Identifier: Apache-2.0
// What leaves look like without a language, and which styles there are.
#include "locale_data.h"

#include "clock.h"
#include "json.h"
#include "number.h"
#include "str.h"

bool locale_has_style(enum value_kind kind, const char *style)
{
    static const char *const styles[][7] = {
        [V_INT] = { "plain", "percent", "compact", "integer" },
        [V_NUM] = { "plain", "percent", "compact", "integer" },
        [V_MONEY] = { "plain", "whole", "code" },
        [V_DATE] = { "short", "long", "iso" },
        [V_TIME] = { "date", "clock", "short", "iso", "local" },
        [V_ESTIMATE] = { "point", "interval" },
        [V_LAMBDA] = { NULL },
    };
    for (const char *const *s = styles[kind]; *s; s++) {
        if (strcmp(*s, style) == 0) {
            return true;
        }
    }
    return false;
}

int64_t locale_clamp_days(int64_t days)
{
    return days > LOCALE_MAX_DAYS    ? LOCALE_MAX_DAYS
           : days < -LOCALE_MAX_DAYS ? -LOCALE_MAX_DAYS
                                     : days;
}

int64_t locale_clamp_ms(int64_t ms)
{
    const int64_t most = (int64_t)LOCALE_MAX_DAYS * CLOCK_DAY;
    return ms > most ? most : ms < -most ? -most : ms;
}

void locale_write_iso(struct buf *out, const struct value *v)
{
    struct civil c = v->kind == V_DATE ? civil_from_days(locale_clamp_days(v->n))
                                       : civil_from_ms(locale_clamp_ms(v->n));
    buf_fmt(out, "%04d-%02d-%02d", c.year, c.month, c.day);
    if (v->kind == V_TIME) {
        buf_fmt(out, "T%02d:%02d:%02dZ", c.hour, c.minute, c.second);
    }
}

void locale_write_plain(struct buf *out, const struct id_key *key, const struct value *v)
{
    switch (v->kind) {
    case V_BOOL:
        buf_puts(out, v->yes ? "true" : "false");
        break;
    case V_INT:
        buf_i64(out, v->n);
        break;
    case V_NUM:
        number_write(out, v->x);
        break;
    case V_TEXT:
    case V_HTML:
        buf_puts(out, v->text);
        break;
    case V_ID:
        if (key) {
            char text[ID_TEXT_SIZE];
            id_write(key, v->n, text);
            buf_puts(out, text);
        } else {
            buf_i64(out, v->n);
        }
        break;
    case V_MONEY:
        json_amount(out, v->money);
        break;
    case V_DATE:
    case V_TIME:
        locale_write_iso(out, v);
        break;
    case V_ESTIMATE:
        if (v->estimate->point == v->estimate->point) {
            number_write(out, v->estimate->point);
        }
        break;
    default:
        break;
    }
}
