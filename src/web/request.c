// SPDX-License-Identifier: Apache-2.0
#include "web.h"

#include "exchange.h"
#include "str.h"

#include <strings.h>

static const char *find(const struct web_field *fields, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return fields[i].value;
        }
    }
    return NULL;
}

const char *request_header(const struct request *r, const char *name)
{
    const struct exchange *ex = r->transport;
    for (size_t i = 0; ex && i < ex->n_headers; i++) {
        if (strcasecmp(ex->headers[i].name, name) == 0) {
            return ex->headers[i].value;
        }
    }
    return NULL;
}

const char *request_cookie(const struct request *r, const char *name)
{
    const char *value;
    size_t len;
    if (!header_cookie(request_header(r, "Cookie"), name, &value, &len) || !str_utf8(value, len)) {
        return NULL;
    }
    return arena_strndup(r->arena, value, len);
}

const char *request_query(const struct request *r, const char *name)
{
    return find(r->query, r->n_query, name);
}

const char *request_form(const struct request *r, const char *name)
{
    return find(r->form, r->n_form, name);
}

const char *request_param(const struct request *r, const char *name)
{
    return find(r->params, r->n_params, name);
}

bool request_wants_json(const struct request *r)
{
    return header_prefers_json(request_header(r, "Accept"));
}

const struct route *request_route(const struct request *q)
{
    const struct exchange *ex = q->transport;
    return ex ? ex->route : NULL;
}

const char *request_cache_key(const struct request *q)
{
    const struct exchange *ex = q->transport;
    return ex ? ex->cache_key : NULL;
}
