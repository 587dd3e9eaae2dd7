// SPDX-License-Identifier: Apache-2.0
#include "parse.h"

#include "clock.h"
#include "str.h"

#include <string.h>

enum { EXACT_DIGITS = 15, MAX_NUMBER = 64 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// ---- numbers
// -------------------------------------------------------------------------------------

static bool slow_decimal(const char *s, size_t len, double *ret_x)
{
    char text[MAX_NUMBER];
    if (len >= sizeof(text)) {
        return false;
    }
    memcpy(text, s, len);
    text[len] = '\0';
    return str_f64(text, ret_x);
}

bool parse_decimal(const char *s, size_t len, double *ret_x)
{
    static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15 };
    size_t i = len && (s[0] == '-' || s[0] == '+'), digits = 0, after = 0;
    bool point = false;
    uint64_t n = 0;
    for (; i < len && digits <= EXACT_DIGITS; i++) {
        if (is_digit(s[i])) {
            n = n * 10 + (uint64_t)(s[i] - '0');
            digits++;
            after += point;
        } else if (s[i] == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (i < len || digits == 0 || digits > EXACT_DIGITS || s[0] == '+' || s[len - 1] == '.') {
        return slow_decimal(s, len, ret_x);
    }
    double x = (double)n / tens[after];
    *ret_x = s[0] == '-' ? -x : x;
    return true;
}

// ---- times
// ---------------------------------------------------------------------------------------

// What is left of a text; a failed read leaves it where it was.
struct at {
    const char *s, *end;
};

static bool digits(struct at *a, int least, int most, int *ret_n)
{
    int n = 0, count = 0;
    while (count < most && a->s + count < a->end && is_digit(a->s[count])) {
        n = n * 10 + (a->s[count++] - '0');
    }
    if (count < least) {
        return false;
    }
    a->s += count;
    *ret_n = n;
    return true;
}

static bool one_of(struct at *a, const char *chars)
{
    if (a->s < a->end && strchr(chars, *a->s) && *a->s) {
        a->s++;
        return true;
    }
    return false;
}

static bool iso_date(struct at *a, int64_t *ret_day)
{
    int y, m, d;
    struct at b = *a;
    if (!digits(&b, 4, 4, &y) || !one_of(&b, "-") || !digits(&b, 2, 2, &m) || !one_of(&b, "-") ||
        !digits(&b, 2, 2, &d) || !civil_valid(y, m, d)) {
        return false;
    }
    *ret_day = civil_days(y, m, d);
    *a = b;
    return true;
}

static bool us_date(struct at *a, int64_t *ret_day)
{
    int y, m, d;
    struct at b = *a;
    if (!digits(&b, 1, 2, &m) || !one_of(&b, "/") || !digits(&b, 1, 2, &d) || !one_of(&b, "/") ||
        !digits(&b, 4, 4, &y) || !civil_valid(y, m, d)) {
        return false;
    }
    *ret_day = civil_days(y, m, d);
    *a = b;
    return true;
}

// "5:00", "17:00:30.250", "5:00 PM"
static bool time_of_day(struct at *a, int64_t *ret_ms)
{
    int h, m, s = 0, thousandths = 0;
    struct at b = *a;
    if (!digits(&b, 1, 2, &h) || !one_of(&b, ":") || !digits(&b, 2, 2, &m)) {
        return false;
    }
    if (one_of(&b, ":") && !digits(&b, 2, 2, &s)) {
        return false;
    }
    if (one_of(&b, ".")) {
        int place = 100;
        if (b.s == b.end || !is_digit(*b.s)) {
            return false;
        }
        for (; b.s < b.end && is_digit(*b.s); b.s++, place /= 10) {
            thousandths += place * (*b.s - '0');
        }
    }
    struct at c = b;
    one_of(&c, " ");
    if (c.end - c.s == 2 && strncasecmp(c.s + 1, "m", 1) == 0 && one_of(&c, "aApP")) {
        if (h < 1 || h > 12) {
            return false;
        }
        h = h % 12 + (c.s[-1] == 'p' || c.s[-1] == 'P' ? 12 : 0);
        b.s = b.end;
    }
    if (h > 23 || m > 59 || s > 59) {
        return false;
    }
    *ret_ms = ((h * 60 + m) * 60 + s) * (int64_t)CLOCK_SECOND + thousandths;
    *a = b;
    return true;
}

// True with the offset when the rest is a zone.
static bool zone(struct at *a, int64_t *ret_offset)
{
    int h, m = 0;
    struct at b = *a;
    if (one_of(&b, "zZ")) {
        *ret_offset = 0;
        *a = b;
        return true;
    }
    bool west = b.s < b.end && *b.s == '-';
    if (!one_of(&b, "+-") || !digits(&b, 2, 2, &h)) {
        return false;
    }
    one_of(&b, ":");
    if ((b.s < b.end && !digits(&b, 2, 2, &m)) || h > 23 || m > 59) {
        return false;
    }
    *ret_offset = (h * 60 + m) * (int64_t)CLOCK_MINUTE * (west ? -1 : 1);
    *a = b;
    return true;
}

static bool local_ms(struct time_reader *t, int64_t day, int64_t ms, int64_t *ret_ms)
{
    if (!t->known || t->day != day) {
        int64_t begin, end;
        if (locale_instant(t->locale, day * CLOCK_DAY, &begin) != OK ||
            locale_instant(t->locale, (day + 1) * CLOCK_DAY, &end) != OK) {
            return false;
        }
        t->day = day;
        t->known = true;
        t->offset_ms = begin - day * CLOCK_DAY;
        t->changes = end - begin != CLOCK_DAY;
    }
    if (t->changes) {
        return locale_instant(t->locale, day * CLOCK_DAY + ms, ret_ms) == OK;
    }
    *ret_ms = day * CLOCK_DAY + ms + t->offset_ms;
    return true;
}

bool parse_time(struct time_reader *t, const char *s, size_t len, int64_t *ret_ms)
{
    struct at a = { s, s + len };
    int64_t day, ms = 0, offset = 0;
    if (!iso_date(&a, &day) && !us_date(&a, &day)) {
        return false;
    }
    bool has_zone = false;
    if (a.s < a.end) {
        if (!one_of(&a, "tT ") || !time_of_day(&a, &ms)) {
            return false;
        }
        one_of(&a, " ");
        has_zone = a.s < a.end;
        if (has_zone && (!zone(&a, &offset) || a.s < a.end)) {
            return false;
        }
    }
    if (has_zone) {
        *ret_ms = day * CLOCK_DAY + ms - offset;
        return true;
    }
    return local_ms(t, day, ms, ret_ms);
}
