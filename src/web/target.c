// SPDX-License-Identifier: Apache-2.0
#include "target.h"

#include "str.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(const char *text, size_t len, bool plus, char *to, size_t *ret_len)
{
    size_t n = 0;
    bool ascii = true;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            if (len - i < 3) {
                return false;
            }
            int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (c == '\0') {
            return false;
        }
        ascii = ascii && (unsigned char)c < 0x80;
        to[n++] = c;
    }
    to[n] = '\0';
    if (!ascii && !str_utf8(to, n)) {
        return false;
    }
    *ret_len = n;
    return true;
}

// Whether the path may be written so on the wire.
static bool raw_path_ok(const char *raw, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)raw[i];
        if (c <= ' ' || c >= 0x7f || c == '\\' || c == '#' || c == '"' || c == '<' || c == '>') {
            return false;
        }
        if (c == '%' && len - i >= 3 && raw[i + 1] == '2' && (raw[i + 2] | 0x20) == 'f') {
            return false;
        }
    }
    return true;
}

static bool decoded_path_ok(const char *path)
{
    for (const char *p = path; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\') {
            return false;
        }
        if (*p != '/') {
            continue;
        }
        size_t segment = strcspn(p + 1, "/");
        if (segment == 0 && p[1]) {
            return false;
        }
        if ((segment == 1 && p[1] == '.') || (segment == 2 && p[1] == '.' && p[2] == '.')) {
            return false;
        }
    }
    return true;
}

static bool raw_query_ok(const char *query, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)query[i];
        if (c <= ' ' || c >= 0x7f || c == '#') {
            return false;
        }
    }
    return true;
}

enum err target_parse(
    const char *raw, size_t len, char *ret_path, size_t *ret_path_len, const char **ret_query)
{
    if (len > TARGET_MAX) {
        return ERR_TOO_LARGE;
    }
    const char *mark = memchr(raw, '?', len);
    size_t path_len = mark ? (size_t)(mark - raw) : len;
    if (path_len > 3 * PATH_MAX_LEN) {
        return ERR_TOO_LARGE;
    }
    if (path_len == 0 || raw[0] != '/' || !raw_path_ok(raw, path_len) ||
        (mark && !raw_query_ok(mark + 1, len - path_len - 1))) {
        return ERR_INVALID;
    }
    char decoded[3 * PATH_MAX_LEN + 1];
    size_t decoded_len;
    if (!percent_decode(raw, path_len, false, decoded, &decoded_len) || !decoded_path_ok(decoded)) {
        return ERR_INVALID;
    }
    if (decoded_len > PATH_MAX_LEN) {
        return ERR_TOO_LARGE;
    }
    memcpy(ret_path, decoded, decoded_len + 1);
    *ret_path_len = decoded_len;
    *ret_query = mark ? mark + 1 : NULL;
    return OK;
}
