// SPDX-License-Identifier: Apache-2.0
#include "header.h"

#include "str.h"

#include <arpa/inet.h>
#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool header_name_valid(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_token_char((unsigned char)name[i])) {
            return false;
        }
    }
    return len > 0;
}

bool header_value_valid(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

// One item of a comma-separated list: its text without white space and its q in thousandths.
struct item {
    const char *text;
    size_t len;
    int q;
};

// "0.25" to 250; a malformed q counts as 0, so that nothing is sent that might not be wanted.
static int parse_q(const char *p, const char *end)
{
    if (p == end || (*p != '0' && *p != '1')) {
        return 0;
    }
    int q = (*p++ - '0') * 1000;
    if (p < end && *p == '.') {
        p++;
        for (int unit = 100; p < end && *p >= '0' && *p <= '9' && unit > 0; unit /= 10) {
            q += (*p++ - '0') * unit;
        }
    }
    return q > 1000 ? 1000 : q;
}

// Takes the next item off *LIST; false at its end.
static bool next_item(const char **list, struct item *ret_item)
{
    const char *p = *list;
    while (*p == ',' || is_space(*p)) {
        p++;
    }
    if (!*p) {
        return false;
    }
    const char *end = p + strcspn(p, ",");
    const char *semicolon = memchr(p, ';', (size_t)(end - p));
    const char *stop = semicolon ? semicolon : end;
    while (stop > p && is_space(stop[-1])) {
        stop--;
    }
    *ret_item = (struct item){ p, (size_t)(stop - p), 1000 };
    while (semicolon && semicolon < end) {
        const char *param = semicolon + 1;
        while (param < end && is_space(*param)) {
            param++;
        }
        if (end - param >= 2 && (*param | 0x20) == 'q' && param[1] == '=') {
            ret_item->q = parse_q(param + 2, end);
        }
        semicolon = memchr(param, ';', (size_t)(end - param));
    }
    *list = end;
    return true;
}

static bool item_is(const struct item *i, const char *text)
{
    return strlen(text) == i->len && strncasecmp(i->text, text, i->len) == 0;
}

enum encoding header_encoding(const char *accept_encoding)
{
    int q[ENCODINGS] = { -1, -1, -1 }, any = -1;
    const char *list = accept_encoding ? accept_encoding : "";
    struct item item;
    while (next_item(&list, &item)) {
        if (item_is(&item, "br")) {
            q[ENCODING_BROTLI] = item.q;
        } else if (item_is(&item, "gzip") || item_is(&item, "x-gzip")) {
            q[ENCODING_GZIP] = item.q;
        } else if (item_is(&item, "identity")) {
            q[ENCODING_PLAIN] = item.q;
        } else if (item_is(&item, "*")) {
            any = item.q;
        }
    }
    enum encoding best = ENCODING_PLAIN;
    int best_q = q[ENCODING_PLAIN] >= 0 ? q[ENCODING_PLAIN] : 1;
    for (int e = ENCODING_GZIP; e < ENCODINGS; e++) {
        int e_q = q[e] >= 0 ? q[e] : any;
        if (e_q > 0 && e_q >= best_q) {
            best = (enum encoding)e;
            best_q = e_q;
        }
    }
    return best;
}

const char *encoding_name(enum encoding e)
{
    return e == ENCODING_BROTLI ? "br" : e == ENCODING_GZIP ? "gzip" : NULL;
}

bool header_etag_matches(const char *if_none_match, const char *etag)
{
    if (!if_none_match || !etag) {
        return false;
    }
    const char *opaque = str_starts(etag, "W/") ? etag + 2 : etag;
    size_t len = strlen(opaque);
    const char *p = if_none_match;
    for (;;) {
        while (*p == ',' || is_space(*p)) {
            p++;
        }
        if (*p == '*') {
            return true;
        }
        if (p[0] == 'W' && p[1] == '/') {
            p += 2;
        }
        if (*p != '"') {
            return false;
        }
        const char *close = strchr(p + 1, '"');
        if (!close) {
            return false;
        }
        if ((size_t)(close + 1 - p) == len && memcmp(p, opaque, len) == 0) {
            return true;
        }
        p = close + 1;
    }
}

bool header_prefers_json(const char *accept)
{
    int json = 0, html = -1;
    const char *list = accept ? accept : "";
    struct item item;
    while (next_item(&list, &item)) {
        bool plus = item.len > 5 && strncasecmp(item.text + item.len - 5, "+json", 5) == 0;
        if (item_is(&item, "application/json") || plus) {
            json = item.q > json ? item.q : json;
        } else if (item_is(&item, "text/html")) {
            html = item.q;
        }
    }
    return json > 0 && json > html;
}

bool header_cookie(const char *cookies, const char *name, const char **ret_value, size_t *ret_len)
{
    size_t name_len = strlen(name);
    for (const char *p = cookies ? cookies : ""; *p;) {
        while (*p == ';' || is_space(*p)) {
            p++;
        }
        size_t len = strcspn(p, ";");
        if (len > name_len && memcmp(p, name, name_len) == 0 && p[name_len] == '=') {
            const char *value = p + name_len + 1, *end = p + len;
            while (end > value && is_space(end[-1])) {
                end--;
            }
            if (end - value >= 2 && *value == '"' && end[-1] == '"') {
                value++;
                end--;
            }
            *ret_value = value;
            *ret_len = (size_t)(end - value);
            return true;
        }
        p += len;
    }
    return false;
}

const char *header_media_type(struct arena *a, const char *content_type)
{
    const char *text = content_type ? content_type : "";
    return str_lower(a, str_trim(a, arena_strndup(a, text, strcspn(text, ";"))));
}

// Reads a quoted string after its opening quote; NULL when it isn't closed.
static const char *unquote(struct arena *a, const char *p, const char **ret_end)
{
    char *text = arena_alloc(a, strlen(p) + 1);
    size_t len = 0;
    for (; *p && *p != '"'; p++) {
        // A backslash quotes only '"' and '\': browsers send Windows paths as they are.
        if (*p == '\\' && (p[1] == '"' || p[1] == '\\')) {
            p++;
        }
        text[len++] = *p;
    }
    if (*p != '"') {
        return NULL;
    }
    *ret_end = p + 1;
    return text;
}

const char *header_param(struct arena *a, const char *value, const char *name)
{
    const char *p = value ? value : "";
    size_t name_len = strlen(name);
    p += strcspn(p, ";");
    while (*p == ';') {
        p++;
        while (is_space(*p)) {
            p++;
        }
        size_t key_len = strcspn(p, "=; \t");
        const char *key = p;
        p += key_len;
        if (*p != '=') {
            p += strcspn(p, ";");
            continue;
        }
        p++;
        const char *text;
        if (*p == '"') {
            text = unquote(a, p + 1, &p);
            if (!text) {
                return NULL;
            }
        } else {
            size_t len = strcspn(p, "; \t");
            text = arena_strndup(a, p, len);
            p += len;
        }
        if (key_len == name_len && strncasecmp(key, name, name_len) == 0) {
            return text;
        }
        while (is_space(*p)) {
            p++;
        }
    }
    return NULL;
}

static bool port_valid(const char *p)
{
    size_t digits = strspn(p, "0123456789");
    return digits <= 5 && !p[digits];
}

bool header_host_valid(const char *host)
{
    size_t len = strlen(host);
    if (len == 0 || len > 255) {
        return false;
    }
    if (host[0] == '[') {
        const char *close = strchr(host, ']');
        char inner[INET6_ADDRSTRLEN];
        struct in6_addr address;
        if (!close || (size_t)(close - host) > sizeof(inner) - 1) {
            return false;
        }
        snprintf(inner, sizeof(inner), "%.*s", (int)(close - host - 1), host + 1);
        return inet_pton(AF_INET6, inner, &address) == 1 &&
               (!close[1] || (close[1] == ':' && port_valid(close + 2)));
    }
    size_t name = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    return name > 0 && (!host[name] || (host[name] == ':' && port_valid(host + name + 1)));
}

bool header_forwarded_for(const char *value, char *ret_address)
{
    const char *comma = strrchr(value, ',');
    const char *p = comma ? comma + 1 : value;
    while (is_space(*p)) {
        p++;
    }
    size_t len = strlen(p);
    while (len && is_space(p[len - 1])) {
        len--;
    }
    const char *colon = memchr(p, ':', len);
    if (len && *p == '[') { // [v6] or [v6]:port
        p++;
        const char *close = memchr(p, ']', len - 1);
        len = close ? (size_t)(close - p) : 0;
    } else if (colon && !memchr(colon + 1, ':', len - (size_t)(colon + 1 - p))) { // v4:port
        len = (size_t)(colon - p);
    }
    if (len == 0 || len >= INET6_ADDRSTRLEN) {
        return false;
    }
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    memcpy(text, p, len);
    text[len] = '\0';
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(family, text, address) == 1 &&
           inet_ntop(family, address, ret_address, INET6_ADDRSTRLEN) != NULL;
}

bool header_content_length(const char *value, int64_t *ret_len)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 18 || value[digits]) {
        return false;
    }
    int64_t n = 0;
    for (size_t i = 0; i < digits; i++) {
        n = n * 10 + (value[i] - '0');
    }
    *ret_len = n;
    return true;
}
