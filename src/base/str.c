// SPDX-License-Identifier: Apache-2.0
#include "str.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

bool str_eq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool str_empty(const char *s)
{
    while (s && is_space(*s)) {
        s++;
    }
    return !s || !*s;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t len = strlen(s), n = strlen(suffix);
    return len >= n && memcmp(s + len - n, suffix, n) == 0;
}

// Bytes in the well-formed sequence at S, 0 when it is none (RFC 3629, section 4).
static size_t sequence(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80) {
        return s[0] ? 1 : 0;
    }
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < n) {
        return 0;
    }
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

bool str_utf8(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;
    while (len) {
        size_t n = sequence(p, len);
        if (!n) {
            return false;
        }
        p += n;
        len -= n;
    }
    return true;
}

size_t str_chars(const char *s)
{
    size_t n = 0;
    for (; *s; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return n;
}

char *str_trim(struct arena *a, const char *s)
{
    while (is_space(*s)) {
        s++;
    }
    size_t len = strlen(s);
    while (len && is_space(s[len - 1])) {
        len--;
    }
    return arena_strndup(a, s, len);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

char *str_lower(struct arena *a, const char *s)
{
    char *copy = arena_strdup(a, s);
    for (char *p = copy; *p; p++) {
        *p = lower(*p);
    }
    return copy;
}

char *str_slug(struct arena *a, const char *s)
{
    enum { LONGEST = 60 };
    char *slug = arena_alloc(a, LONGEST + 1);
    size_t len = 0;
    bool gap = false;
    for (; *s && len < LONGEST; s++) {
        char c = lower(*s);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (gap && len && len + 1 < LONGEST) {
                slug[len++] = '-';
            }
            slug[len++] = c;
            gap = false;
        } else {
            gap = true;
        }
    }
    return slug;
}

bool str_i64(const char *s, int64_t *ret_n)
{
    bool negative = *s == '-';
    const char *p = s + (negative || *s == '+');
    if (!*p) {
        return false;
    }
    int64_t n = 0;
    for (; *p; p++) {
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(n, (int64_t)10, &n) ||
            __builtin_sub_overflow(n, (int64_t)(*p - '0'), &n)) {
            return false; // built downwards, so that the smallest number fits
        }
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, n, &n)) {
        return false;
    }
    *ret_n = n;
    return true;
}

static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

bool str_f64(const char *s, double *ret_n)
{
    pthread_once(&c_locale_once, make_c_locale);
    // strtod() also takes white space, hex, "inf" and "nan"; none of them is a decimal number.
    for (const char *p = s; *p; p++) {
        if (!((*p >= '0' && *p <= '9') || *p == '.' || *p == '-' || *p == '+' || *p == 'e' ||
                *p == 'E')) {
            return false;
        }
    }
    char *end;
    double n = strtod_l(s, &end, c_locale);
    if (end == s || *end || !isfinite(n)) {
        return false;
    }
    *ret_n = n;
    return true;
}

char *str_hex(struct arena *a, const void *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = data;
    char *text = arena_alloc(a, 2 * len + 1);
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[p[i] >> 4];
        text[2 * i + 1] = digits[p[i] & 15];
    }
    return text;
}

static int unhex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_unhex(const char *s, void *ret_data, size_t len)
{
    if (strlen(s) != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < 2 * len; i++) {
        if (unhex(s[i]) < 0) {
            return false;
        }
    }
    unsigned char *p = ret_data;
    for (size_t i = 0; i < len; i++) {
        p[i] = (unsigned char)(unhex(s[2 * i]) << 4 | unhex(s[2 * i + 1]));
    }
    return true;
}

static char *base64(struct arena *a, const unsigned char *p, size_t len, const char *last, bool pad)
{
    static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *text = arena_alloc(a, (len + 2) / 3 * 4 + 1), *to = text;
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        unsigned v =
            (unsigned)p[i] << 16 | (n > 1 ? (unsigned)p[i + 1] << 8 : 0) | (n > 2 ? p[i + 2] : 0);
        for (size_t j = 0; j < 4; j++) {
            unsigned six = v >> (18 - 6 * j) & 63;
            if (j <= n) {
                *to++ = six < 62 ? common[six] : last[six - 62];
            } else if (pad) {
                *to++ = '=';
            }
        }
    }
    return text;
}

char *str_base64url(struct arena *a, const void *data, size_t len)
{
    return base64(a, data, len, "-_", false);
}

char *str_base64(struct arena *a, const void *data, size_t len)
{
    return base64(a, data, len, "+/", true);
}

static int unbase64(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

bool str_unbase64(const char *s, void *ret_data, size_t size, size_t *ret_len)
{
    size_t len = strlen(s);
    while (len && s[len - 1] == '=') {
        len--;
    }
    if (len % 4 == 1 || len / 4 * 3 + (len % 4 ? len % 4 - 1 : 0) > size) {
        return false;
    }
    unsigned char *to = ret_data;
    unsigned v = 0;
    int bits = 0;
    for (size_t i = 0; i < len; i++) {
        int six = unbase64(s[i]);
        if (six < 0) {
            return false;
        }
        v = v << 6 | (unsigned)six;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *to++ = (unsigned char)(v >> bits);
        }
    }
    *ret_len = (size_t)(to - (unsigned char *)ret_data);
    return true;
}

bool str_same_secret(const char *a, const char *b)
{
    size_t len = strlen(a);
    if (len != strlen(b)) {
        return false;
    }
    volatile unsigned char differs = 0;
    for (size_t i = 0; i < len; i++) {
        differs = (unsigned char)(differs | (a[i] ^ b[i]));
    }
    return differs == 0;
}
