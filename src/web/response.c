// SPDX-License-Identifier: Apache-2.0
#include "web.h"

#include "header.h"
#include "log.h"
#include "str.h"

#include <strings.h>

void response_header(struct response *r, const char *name, const char *value)
{
    if (!name || !value || !header_name_valid(name, strlen(name)) ||
        !header_value_valid(value, strlen(value))) {
        log_line(LOG_WARN, "header-dropped", "reason=malformed");
        return;
    }
    if (r->n_headers == ARRAY_LEN(r->headers)) {
        log_line(LOG_ERROR, "header-dropped", "reason=too-many");
        return;
    }
    r->headers[r->n_headers++] =
        (struct web_field){ arena_strdup(r->arena, name), arena_strdup(r->arena, value) };
}

// RFC 6265 cookie-octets.
static bool cookie_value_valid(const char *value)
{
    for (const char *p = value; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f || strchr("\",;\\", *p)) {
            return false;
        }
    }
    return true;
}

void response_cookie(struct response *r, const struct request *q, const char *name,
    const char *value, int64_t seconds)
{
    if (!header_name_valid(name, strlen(name)) || !cookie_value_valid(value)) {
        log_line(LOG_WARN, "header-dropped", "reason=malformed-cookie");
        return;
    }
    const char *age = seconds < 0 ? "" : arena_fmt(r->arena, "; Max-Age=%lld", (long long)seconds);
    response_header(r, "Set-Cookie",
        arena_fmt(r->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value,
            q->secure ? "; Secure" : "", age));
}

static bool is_unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("-._~", c));
}

// Percent-encodes what isn't in KEEP, letters, digits or "-._~".
static char *percent_encode(struct arena *a, const char *text, const char *keep)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, 3 * strlen(text) + 1);
    size_t len = 0;
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (is_unreserved(c) || strchr(keep, c)) {
            out[len++] = (char)c;
        } else {
            out[len++] = '%';
            out[len++] = digits[c >> 4];
            out[len++] = digits[c & 15];
        }
    }
    return out;
}

// A path of this site: browsers read "//host" and "/\host" as another one.
static bool path_is_ours(const char *path)
{
    if (!path || path[0] != '/' || path[1] == '/' || path[1] == '\\') {
        return false;
    }
    for (const char *p = path; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\') {
            return false;
        }
    }
    return true;
}

void response_redirect(struct response *r, const char *path)
{
    r->status = 303;
    r->max_age = -1;
    buf_clear(&r->body);
    response_header(r, "Location",
        path_is_ours(path) ? percent_encode(r->arena, path, "/?#%&=+:@!$'()*,;[]") : "/");
}

void response_moved(struct response *r, const char *path, const char *query)
{
    r->status = 301;
    buf_clear(&r->body);
    const char *to = path_is_ours(path) ? percent_encode(r->arena, path, "/=+:@!$'()*,;[]") : "/";
    response_header(r, "Location", query ? arena_fmt(r->arena, "%s?%s", to, query) : to);
}

// Types that a browser shows as they are and never runs.
static const char *safe_type(const char *type)
{
    static const char *const safe[] = { "text/csv", "text/plain", "text/calendar",
        "application/json", "application/geo+json", "application/pdf", "application/zip",
        "image/png", "image/jpeg", "image/gif", "image/webp",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };
    size_t len = type ? strcspn(type, ";") : 0;
    for (size_t i = 0; i < ARRAY_LEN(safe); i++) {
        if (len == strlen(safe[i]) && strncasecmp(type, safe[i], len) == 0) {
            return type;
        }
    }
    return "application/octet-stream";
}

void response_attachment(struct response *r, const char *file_name, const char *type)
{
    const char *name = str_empty(file_name) ? "file" : file_name;
    char *ascii = arena_strdup(r->arena, name);
    for (char *p = ascii; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c >= 0x7f || strchr("\"\\/;%", c)) {
            *p = '_';
        }
    }
    response_header(r, "Content-Disposition",
        arena_fmt(r->arena, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii,
            percent_encode(r->arena, name, "")));
    response_header(r, "Content-Security-Policy", "sandbox; default-src 'none'");
    r->content_type = arena_strdup(r->arena, safe_type(type));
}
