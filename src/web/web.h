// SPDX-License-Identifier: Apache-2.0
// What a request and a response are. The server (server.h) fills the one and sends the other; the
// router (router.h) chooses the handler; core/ and office/ live between.
//
// A handler runs on a worker thread with a request of its own; everything in both structs lives in
// the request's arena. By the time a handler runs, the request was checked: one Host, one framing,
// bounded header and body, well-formed UTF-8 in path, query and fields.
#pragma once

#include "arena.h"
#include "buf.h"
#include "value.h"

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OTHER };

// A field of the query string or of a form; names may repeat, order is kept.
struct web_field {
    const char *name, *value;
};

// An uploaded file. Bytes are in memory (bounded by the lane's limit).
struct web_file {
    const char *field, *name; // name without any folder, cleaned
    const char *type;         // as the client says; never trusted
    const void *data;
    size_t len;
};

struct request {
    struct arena *arena;
    enum method method;
    const char *path;    // decoded, begins with '/', no "." or ".." segments, no "//"
    const char *host;    // lower case, with port
    const char *address; // the client's, behind a trusted proxy the forwarded one
    bool secure;         // by TLS (as a trusted proxy says)
    char id[24];         // request id, also in the response and the log
    const struct web_field *query;
    size_t n_query;
    const struct web_field *form; // application/x-www-form-urlencoded or multipart/form-data
    size_t n_form;
    const struct web_file *files;
    size_t n_files;
    const char *body; // any other type, NUL-terminated; "" when none
    size_t body_len;
    const char *content_type;       // without parameters, lower case; "" when none
    const struct web_field *params; // of the route's pattern: {id}
    size_t n_params;
    int64_t started_ns;
    void *transport; // the server's own
};

// NULL when there is none.
const char *request_header(const struct request *r, const char *name);
const char *request_cookie(const struct request *r, const char *name);
const char *request_query(const struct request *r, const char *name);
const char *request_form(const struct request *r, const char *name);
const char *request_param(const struct request *r, const char *name);
// Whether the client asks for JSON: Accept prefers application/json to text/html.
bool request_wants_json(const struct request *r);

struct response {
    struct arena *arena;
    int status;               // 200 unless set
    const char *content_type; // "text/html; charset=utf-8" unless set
    struct buf body;          // owned; released by the server
    struct web_field headers[24];
    size_t n_headers;
    const char *etag; // quoted, strong; NULL: the server makes one for a 200 to GET
    int64_t max_age;  // seconds a shared cache may keep it; 0 "no-cache", -1 "no-store"
    bool immutable;   // the address changes with the content
    bool no_body_log; // nothing of it in logs
    // A body made piece by piece after the handler returned (exports): called on a slow-lane worker
    // until it sets *ret_done; what it needs was arena-allocated or is released by STREAM_FREE.
    enum err (*stream)(void *context, struct buf *piece, bool *ret_done);
    void (*stream_free)(void *context);
    void *stream_context;
};

// Adds a header; the value must be one line (anything else is dropped: no header injection).
void response_header(struct response *r, const char *name, const char *value);
// Adds a Set-Cookie: HttpOnly, SameSite=Lax, Path=/, Secure when the request was. SECONDS < 0: a
// session cookie; 0: delete it.
void response_cookie(struct response *r, const struct request *q, const char *name,
    const char *value, int64_t seconds);
// 303 See Other to a path of this site (anything else goes to "/").
void response_redirect(struct response *r, const char *path);
// 301 Moved Permanently to a path of this site as it was decoded, with the query as it was sent
// (NULL: none).
void response_moved(struct response *r, const char *path, const char *query);
// A download: Content-Disposition attachment with an ASCII and an RFC 8187 name, a safe type,
// sandboxing CSP.
void response_attachment(struct response *r, const char *file_name, const char *type);
// application/problem+json (RFC 9457). ERRORS is a list of {name, text} or NULL.
void response_problem(struct response *r, const struct request *q, enum err code,
    const char *detail, const struct value *errors);
int problem_status(enum err code);        // the HTTP status of an error
const char *problem_title(enum err code); // a short title, a message key
