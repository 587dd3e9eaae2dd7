// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include <locale.h>
#include <stdlib.h>

enum { NUMBER_MAX = 4096 };

static bool digits(const char **p, const char *end)
{
    const char *from = *p;
    while (*p < end && **p >= '0' && **p <= '9') {
        (*p)++;
    }
    return *p > from;
}

// A short decimal is exact: digits below 2^53 and a power of ten up to 22 are doubles, so one
// multiplication or division rounds once (Clinger 1990, PLDI). False leaves it to strtod.
static bool short_number(const char *text, size_t len, double *ret_value)
{
    static const double ten[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
        1e13, 1e14, 1e15 };
    const char *p = text;
    const char *end = text + len;
    bool minus = len > 0 && *p == '-';
    p += minus;
    const char *from = p;
    uint64_t digits = 0;
    size_t n = 0;
    size_t part = 0;
    bool point = false;
    for (; p < end && n <= 15; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9') {
            return false;
        }
        digits = digits * 10 + (uint64_t)(*p - '0');
        n++;
        part += point;
    }
    if (p < end || p == from || n == 0 || n > 15) {
        return false;
    }
    double value = (double)digits / ten[part];
    *ret_value = minus ? -value : value;
    return true;
}

bool ev_number(const char *text, size_t len, double *ret_value)
{
    if (short_number(text, len, ret_value)) {
        return true;
    }
    const char *p = text;
    const char *end = text + len;
    char copy[NUMBER_MAX + 1];
    if (len == 0 || len > NUMBER_MAX) {
        return false;
    }
    if (*p == '+' || *p == '-') {
        p++;
    }
    bool whole = digits(&p, end);
    bool part = false;
    if (p < end && *p == '.') {
        p++;
        part = digits(&p, end);
    }
    if (!whole && !part) {
        return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }
        if (!digits(&p, end)) {
            return false;
        }
    }
    if (p != end) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!plain) {
        return false;
    }
    double value = strtod_l(copy, NULL, plain);
    freelocale(plain);
    if (!isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}
