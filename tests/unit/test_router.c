// SPDX-License-Identifier: Apache-2.0
#include "router.h"
#include "check.h"
#include "str.h"

static enum err handler(void *app, void *worker, struct request *q, struct response *r)
{
    return OK;
}

static const struct route routes[] = {
    { METHOD_GET, "/", handler },
    { METHOD_GET, "/calls", handler },
    { METHOD_POST, "/calls", handler },
    { METHOD_GET, "/calls/new", handler },
    { METHOD_GET, "/calls/{id}", handler },
    { METHOD_POST, "/calls/{id}/publish", handler },
    { METHOD_GET, "/calls/new/{step}/edit", handler },
    { METHOD_GET, "/calls/{id}/{tab}", handler },
    { METHOD_GET, "/files/{path*}", handler },
    { METHOD_GET, "/files/top", handler },
    { METHOD_GET, "/slash/", handler },
};

struct fixture {
    struct router *router;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->router = router_new();
    arena_init(&f->arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        assert_int_equal(router_add(f->router, &routes[i]), OK);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    router_free(f->router);
    arena_release(&f->arena);
    free(f);
    return 0;
}

// "pattern name=value …", or "!allow".
static const char *find(void **state, enum method method, const char *path)
{
    struct fixture *f = *state;
    struct request q = { .arena = &f->arena, .method = method, .path = path };
    const char *allow = NULL;
    const struct route *r = router_find(f->router, &q, &allow);
    if (!r) {
        return arena_fmt(&f->arena, "!%s", allow);
    }
    const char *text = r->pattern;
    for (size_t i = 0; i < q.n_params; i++) {
        text = arena_fmt(&f->arena, "%s %s=%s", text, q.params[i].name, q.params[i].value);
    }
    return text;
}

static void finds_routes(void **state)
{
    static const struct {
        enum method method;
        const char *path, *want;
    } cases[] = {
        { METHOD_GET, "/", "/" },
        { METHOD_HEAD, "/calls", "/calls" },
        { METHOD_GET, "/calls/new", "/calls/new" },
        { METHOD_GET, "/calls/7", "/calls/{id} id=7" },
        { METHOD_GET, "/calls/newer", "/calls/{id} id=newer" },
        { METHOD_POST, "/calls/7/publish", "/calls/{id}/publish id=7" },
        { METHOD_GET, "/calls/7/fields", "/calls/{id}/{tab} id=7 tab=fields" },
        { METHOD_GET, "/calls/new/2/edit", "/calls/new/{step}/edit step=2" },
        // The literal's branch ends in nothing: back to the name.
        { METHOD_GET, "/calls/new/fields", "/calls/{id}/{tab} id=new tab=fields" },
        { METHOD_GET, "/files/a", "/files/{path*} path=a" },
        { METHOD_GET, "/files/a/b/c", "/files/{path*} path=a/b/c" },
        { METHOD_GET, "/files/top", "/files/top" },
        { METHOD_GET, "/files/top/x", "/files/{path*} path=top/x" },
        { METHOD_GET, "/slash/", "/slash/" },
        { METHOD_GET, "/slash", "!" },
        { METHOD_GET, "/calls/", "!" },
        { METHOD_GET, "/calls/7/", "!" },
        { METHOD_GET, "/files", "!" },
        { METHOD_GET, "/files/", "!" },
        { METHOD_GET, "/nothing", "!" },
        { METHOD_GET, "/calls/7/a/b", "!" },
        { METHOD_PUT, "/calls", "!GET, HEAD, POST, OPTIONS" },
        { METHOD_OTHER, "/calls/7/publish", "!POST, OPTIONS" },
        { METHOD_HEAD, "/calls/7/publish", "!POST, OPTIONS" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = find(state, cases[i].method, cases[i].path);
        if (!str_eq(got, cases[i].want)) {
            fail_msg("%s: %s, not %s", cases[i].path, got, cases[i].want);
        }
    }
}

static void refuses_doubles_and_nonsense(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = { "calls", "", "/{*}", "/{}", "/{a", "/{a*}/b", "/a//b",
        "/1/2/3/4/5/6/7/8/9/10/11/12/13" };
    assert_int_equal(router_add(f->router, &routes[4]), ERR_EXISTS);
    struct route renamed = { METHOD_GET, "/calls/{other}", handler };
    assert_int_equal(router_add(f->router, &renamed), ERR_EXISTS);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct route r = { METHOD_GET, wrong[i], handler };
        if (router_add(f->router, &r) != ERR_INVALID) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_routes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_doubles_and_nonsense, set_up, tear_down),
    };
    return RUN_TESTS(tests);
}
