// SPDX-License-Identifier: Apache-2.0
#include "clock.h"

#include "str.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_once_t offset_once = PTHREAD_ONCE_INIT;
static int64_t offset_ms;
static _Atomic int64_t shift_ms; // by clock_set()

static void read_offset(void)
{
    const char *s = getenv("PILOTHOUSE_CLOCK_OFFSET");
    int64_t seconds = 0;
    if (s && str_i64(s, &seconds) && llabs(seconds) < 10000000000) {
        offset_ms = seconds * CLOCK_SECOND;
    }
}

int64_t clock_now(void)
{
    pthread_once(&offset_once, read_offset);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + offset_ms + shift_ms;
}

void clock_set(int64_t ms)
{
    shift_ms = 0;
    shift_ms = ms ? ms - clock_now() : 0;
}

int64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_monotonic(void)
{
    return clock_ns() / 1000000;
}

int64_t civil_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

struct civil civil_from_days(int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = (int)(yoe + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
    };
}

struct civil civil_from_ms(int64_t ms)
{
    int64_t days = ms / CLOCK_DAY - (ms % CLOCK_DAY < 0);
    int64_t rest = ms - days * CLOCK_DAY;
    struct civil c = civil_from_days(days);
    c.hour = (int)(rest / CLOCK_HOUR);
    c.minute = (int)(rest / CLOCK_MINUTE % 60);
    c.second = (int)(rest / CLOCK_SECOND % 60);
    c.millis = (int)(rest % 1000);
    return c;
}

bool civil_valid(int year, int month, int day)
{
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= length[month - 1] + leap;
}

int civil_weekday(int64_t days)
{
    return (int)((days % 7 + 11) % 7);
}

// N digits at *S as a number, moving *S on; -1 when they aren't there.
static int digits(const char **s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        char c = (*s)[i];
        if (c < '0' || c > '9') {
            return -1;
        }
        v = v * 10 + (c - '0');
    }
    *s += n;
    return v;
}

static bool parse_date(const char **s, int64_t *ret_days)
{
    int year = digits(s, 4);
    if (year < 0 || *(*s)++ != '-') {
        return false;
    }
    int month = digits(s, 2);
    if (month < 0 || *(*s)++ != '-') {
        return false;
    }
    int day = digits(s, 2);
    if (!civil_valid(year, month, day)) {
        return false;
    }
    *ret_days = civil_days(year, month, day);
    return true;
}

bool civil_parse_date(const char *s, int64_t *ret_days)
{
    int64_t days;
    if (!parse_date(&s, &days) || *s) {
        return false;
    }
    *ret_days = days;
    return true;
}

static bool parse_offset(const char **s, int64_t *ret_ms)
{
    int sign = **s == '-' ? -1 : 1;
    (*s)++;
    int hour = digits(s, 2);
    if (hour < 0 || hour > 23 || *(*s)++ != ':') {
        return false;
    }
    int minute = digits(s, 2);
    if (minute < 0 || minute > 59) {
        return false;
    }
    *ret_ms = (int64_t)sign * ((int64_t)hour * CLOCK_HOUR + (int64_t)minute * CLOCK_MINUTE);
    return true;
}

bool civil_parse_instant(const char *s, int64_t *ret_ms, bool *ret_has_zone)
{
    int64_t days;
    if (!parse_date(&s, &days) || (*s != 'T' && *s != ' ')) {
        return false;
    }
    s++;
    int hour = digits(&s, 2);
    if (hour < 0 || hour > 23 || *s++ != ':') {
        return false;
    }
    int minute = digits(&s, 2), second = 0, millis = 0;
    if (minute < 0 || minute > 59) {
        return false;
    }
    if (*s == ':') {
        s++;
        second = digits(&s, 2);
        if (second < 0 || second > 59) {
            return false;
        }
        if (*s == '.') {
            s++;
            int scale = 100, any = 0;
            for (; *s >= '0' && *s <= '9'; s++, scale /= 10, any++) {
                millis += (*s - '0') * scale;
            }
            if (!any) {
                return false;
            }
        }
    }
    int64_t offset = 0;
    bool zone = true;
    if (*s == 'Z' || *s == 'z') {
        s++;
    } else if (*s == '+' || *s == '-') {
        if (!parse_offset(&s, &offset)) {
            return false;
        }
    } else {
        zone = false;
    }
    if (*s) {
        return false;
    }
    *ret_ms = days * CLOCK_DAY + (int64_t)hour * CLOCK_HOUR + (int64_t)minute * CLOCK_MINUTE +
              (int64_t)second * CLOCK_SECOND + millis - offset;
    *ret_has_zone = zone;
    return true;
}

char *civil_date(struct arena *a, int64_t days)
{
    struct civil c = civil_from_days(days);
    return arena_fmt(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

char *civil_instant(struct arena *a, int64_t ms)
{
    struct civil c = civil_from_ms(ms);
    if (c.millis) {
        return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour,
            c.minute, c.second, c.millis);
    }
    return arena_fmt(
        a, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

char *civil_http(struct arena *a, int64_t ms)
{
    static const char day[] = "SunMonTueWedThuFriSat";
    static const char month[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil c = civil_from_ms(ms);
    int weekday = civil_weekday(civil_days(c.year, c.month, c.day));
    return arena_fmt(a, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", day + 3 * weekday, c.day,
        month + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second);
}
