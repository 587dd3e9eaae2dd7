// SPDX-License-Identifier: Apache-2.0
// The one table from errors to HTTP.
#include "web.h"

#include "exchange.h"
#include "json.h"

static const struct {
    int status;
    const char *title;
} problems[] = {
    [OK] = { 200, "Done" },
    [ERR_INVALID] = { 400, "Something needs to be corrected" },
    [ERR_DENIED] = { 403, "You may not do this" },
    [ERR_UNSIGNED] = { 401, "Sign in first" },
    [ERR_NOT_FOUND] = { 404, "There is no such page" },
    [ERR_STATE] = { 409, "This can't be done now" },
    [ERR_STALE] = { 409, "Somebody else changed this" },
    [ERR_EXISTS] = { 409, "This is here already" },
    [ERR_TOO_LARGE] = { 413, "This is too large" },
    [ERR_TOO_MANY] = { 429, "Too many requests" },
    [ERR_RETRY] = { 503, "Try again in a moment" },
    [ERR_UNAVAILABLE] = { 503, "Try again in a moment" },
    [ERR_FULL] = { 507, "There is no room left" },
    [ERR_CORRUPT] = { 500, "Something went wrong here" },
    [ERR_UNSUPPORTED] = { 415, "This isn't supported" },
    [ERR_INTERNAL] = { 500, "Something went wrong here" },
};

int problem_status(enum err code)
{
    return (size_t)code < ARRAY_LEN(problems) ? problems[code].status : 500;
}

const char *problem_title(enum err code)
{
    return problems[(size_t)code < ARRAY_LEN(problems) ? code : ERR_INTERNAL].title;
}

static void write_errors(struct buf *out, const struct value *errors)
{
    buf_puts(out, ",\"errors\":[");
    for (size_t i = 0; i < value_len(errors); i++) {
        const struct value *e = value_at(errors, i);
        buf_puts(out, i ? ",{\"name\":" : "{\"name\":");
        json_string(out, value_get_text(e, "name", ""));
        buf_puts(out, ",\"text\":");
        json_string(out, value_get_text(e, "text", ""));
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

void response_problem(struct response *r, const struct request *q, enum err code,
    const char *detail, const struct value *errors)
{
    if (r->status < 400) {
        r->status = problem_status(code);
    }
    r->content_type = "application/problem+json";
    r->max_age = -1;
    buf_clear(&r->body);
    buf_puts(&r->body, "{\"type\":\"urn:pilothouse:problem:");
    buf_puts(&r->body, err_name(code));
    buf_puts(&r->body, "\",\"title\":");
    json_string(&r->body, problem_title(code));
    buf_fmt(&r->body, ",\"status\":%d", r->status);
    if (detail) {
        buf_puts(&r->body, ",\"detail\":");
        json_string(&r->body, detail);
    }
    buf_puts(&r->body, ",\"instance\":");
    json_string(&r->body, arena_fmt(r->arena, "urn:pilothouse:request:%s", q->id));
    if (errors) {
        write_errors(&r->body, errors);
    }
    buf_putc(&r->body, '}');
}

struct plain {
    int status;
    const char *page;
};

#define PLAIN(title, text)                                                                         \
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"                            \
    "<meta name=\"viewport\" content=\"width=device-width\"><title>" title                         \
    "</title></head><body><main><h1>" title "</h1><p>" text "</p></main></body></html>\n"

static const struct plain plain_pages[] = {
    { 400, PLAIN("This request can't be read", "Check the address, then try again.") },
    { 408, PLAIN("This took too long", "Check your connection, then try again.") },
    { 413, PLAIN("This is too large", "Send a smaller file or less text.") },
    { 414, PLAIN("This address is too long", "Use fewer filters, then try again.") },
    { 429, PLAIN("Too many requests", "Wait a moment, then try again.") },
    { 431, PLAIN("This request is too large", "Clear this site's cookies, then try again.") },
    { 500, PLAIN("Something went wrong here", "Try again later.") },
    { 501, PLAIN("This isn't supported", "Use another browser or program.") },
    { 503, PLAIN("Too busy right now", "Wait a few seconds, then try again.") },
    { 505, PLAIN("This isn't supported", "Use another browser or program.") },
};

const char *plain_page(int status, size_t *ret_len)
{
    const char *page = plain_pages[0].page;
    for (size_t i = 0; i < ARRAY_LEN(plain_pages); i++) {
        if (plain_pages[i].status == status) {
            page = plain_pages[i].page;
        }
    }
    *ret_len = strlen(page);
    return page;
}
