// SPDX-License-Identifier: Apache-2.0
#include "number.h"

#include "str.h"

#include <math.h>

enum { MOST_DIGITS = 17, SAFE_DIGITS = 15 };

// |x| = 0.d1d2d3… × 10^point, without zeros at either end.
struct decimal {
    char digits[MOST_DIGITS + 1];
    int len, point;
};

static void strip_zeros(struct decimal *d)
{
    while (d->len > 1 && d->digits[d->len - 1] == '0') {
        d->len--;
    }
}

static bool reads_back(const struct decimal *d, double x)
{
    char text[MOST_DIGITS + 16];
    snprintf(text, sizeof(text), "0%c%.*se%d", '.', d->len, d->digits, d->point);
    double back;
    return str_f64(text, &back) && back == x;
}

// X rounded to LEN digits. The sign that snprintf() puts after the first digit may be a locale's.
static void round_to(struct decimal *d, double x, int len)
{
    char text[MOST_DIGITS + 24];
    snprintf(text, sizeof(text), "%.*e", len - 1, x);
    d->len = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++) {
        if (*p >= '0' && *p <= '9' && d->len < len) {
            d->digits[d->len++] = *p;
        }
    }
    int64_t exponent = 0;
    if (*p && !str_i64(p + 1, &exponent)) {
        exponent = 0;
    }
    d->point = (int)exponent + 1;
}

// The next larger decimal of as many digits.
static void step_up(struct decimal *d)
{
    int i = d->len - 1;
    while (i >= 0 && d->digits[i] == '9') {
        d->digits[i--] = '0';
    }
    if (i >= 0) {
        d->digits[i]++;
    } else {
        d->digits[0] = '1';
        d->point++;
    }
}

static bool is_power_of_two(double x)
{
    int exponent;
    return frexp(x, &exponent) == 0.5;
}

static void shortest(struct decimal *d, double x)
{
    // A decimal of at most 15 digits survives the way through a normal double, so that 15 digits
    // show every shorter one too; below the normal range each length must be tried.
    for (int len = x < 2.3e-308 ? 1 : SAFE_DIGITS; len < MOST_DIGITS; len++) {
        round_to(d, x, len);
        if (reads_back(d, x)) {
            strip_zeros(d);
            return;
        }
        // Under a power of two the doubles lie closer than above it, so that the nearest decimal
        // may miss while the next one up reads back.
        if (is_power_of_two(x)) {
            step_up(d);
            if (reads_back(d, x)) {
                strip_zeros(d);
                return;
            }
        }
    }
    round_to(d, x, MOST_DIGITS);
    strip_zeros(d);
}

// Numbers with a few decimals: N whole, then X is N / 10^places exactly rounded.
static bool few_decimals(struct decimal *d, double x)
{
    static const double scale[] = { 1, 10, 100, 1000, 10000 };
    for (int places = 0; places < (int)ARRAY_LEN(scale); places++) {
        double n = x * scale[places];
        if (n >= 1e15) {
            return false;
        }
        if (n == floor(n) && n / scale[places] == x) {
            char text[24];
            int len = snprintf(text, sizeof(text), "%lld", (long long)n);
            memcpy(d->digits, text, (size_t)len);
            d->len = len;
            d->point = len - places;
            strip_zeros(d);
            return true;
        }
    }
    return false;
}

static size_t zeros(char *to, int n)
{
    for (int i = 0; i < n; i++) {
        to[i] = '0';
    }
    return n > 0 ? (size_t)n : 0;
}

static size_t put(char *to, const char *from, int n)
{
    memcpy(to, from, (size_t)n);
    return (size_t)n;
}

size_t number_text(double x, char ret_text[NUMBER_TEXT_SIZE])
{
    char *p = ret_text;
    if (!isfinite(x) || x == 0) {
        return (size_t)snprintf(p, NUMBER_TEXT_SIZE, "%s", x == 0 ? "0" : "null");
    }
    if (x < 0) {
        *p++ = '-';
        x = -x;
    }
    struct decimal d;
    if (!few_decimals(&d, x)) {
        shortest(&d, x);
    }
    if (d.point > 21 || d.point < -5) {
        p += put(p, d.digits, 1);
        if (d.len > 1) {
            *p++ = '.';
            p += put(p, d.digits + 1, d.len - 1);
        }
        p += snprintf(p, 8, "e%+d", d.point - 1);
    } else if (d.point >= d.len) {
        p += put(p, d.digits, d.len);
        p += zeros(p, d.point - d.len);
    } else if (d.point > 0) {
        p += put(p, d.digits, d.point);
        *p++ = '.';
        p += put(p, d.digits + d.point, d.len - d.point);
    } else {
        *p++ = '0';
        *p++ = '.';
        p += zeros(p, -d.point);
        p += put(p, d.digits, d.len);
    }
    *p = '\0';
    return (size_t)(p - ret_text);
}

void number_write(struct buf *out, double x)
{
    char text[NUMBER_TEXT_SIZE];
    size_t len = number_text(x, text);
    buf_add(out, text, len);
}
