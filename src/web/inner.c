// SPDX-License-Identifier: Apache-2.0
// A request that nobody sent: the command line asks for a page as a browser would.
#include "exchange.h"
#include "form.h"
#include "str.h"

enum err request_inner(
    struct arena *a, const struct router *router, const char *target, struct request *ret_q)
{
    struct exchange *ex = arena_new(a, struct exchange);
    const char *question = strchr(target, '?'), *allow = "";
    struct request q = {
        .arena = a,
        .method = METHOD_GET,
        .path = question ? arena_strndup(a, target, (size_t)(question - target))
                         : arena_strdup(a, target),
        .host = "",
        .address = "",
        .body = "",
        .content_type = "",
        .transport = ex,
    };
    if (question) {
        struct form form;
        TRY(form_urlencoded(a, question + 1, strlen(question + 1), &form));
        q.query = form.fields;
        q.n_query = form.n_fields;
    }
    ex->route = router_find(router, &q, &allow);
    if (!ex->route) {
        return fail(a, ERR_NOT_FOUND, "There is no page at %s.", q.path);
    }
    *ret_q = q;
    return OK;
}
