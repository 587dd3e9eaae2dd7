// SPDX-License-Identifier: Apache-2.0
// A tree of segments: at each node the literals (binary search), one {name}, one {rest*}. A literal
// wins, and the walk steps back to the name when the literal's branch ends in nothing; patterns
// have few segments and a node has at most three ways on, so the walk is short whatever the path.
#include "router.h"

#include "str.h"

#include <stdlib.h>

enum { METHODS = METHOD_OTHER, MAX_SEGMENTS = 12 };

struct leaf {
    const struct route *routes[METHODS];
    bool any;
};

struct node {
    const char *literal; // borrowed
    size_t literal_len;
    struct node **children; // sorted by literal
    size_t n_children;
    struct node *name; // {name}
    struct leaf here, rest;
};

struct router {
    struct node root;
    struct route **owned;
    size_t n_owned;
};

struct router *router_new(void)
{
    return calloc(1, sizeof(struct router));
}

static void node_release(struct node *n)
{
    for (size_t i = 0; i < n->n_children; i++) {
        node_release(n->children[i]);
        free(n->children[i]);
    }
    free(n->children);
    if (n->name) {
        node_release(n->name);
        free(n->name);
    }
}

void router_free(struct router *r)
{
    if (!r) {
        return;
    }
    node_release(&r->root);
    for (size_t i = 0; i < r->n_owned; i++) {
        free(r->owned[i]);
    }
    free(r->owned);
    free(r);
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

// The child's place; *RET_FOUND says whether it is there.
static size_t child_at(const struct node *n, const char *text, size_t len, bool *ret_found)
{
    size_t low = 0, high = n->n_children;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct node *c = n->children[middle];
        int order = compare(c->literal, c->literal_len, text, len);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_found = false;
    return low;
}

static struct node *child_make(struct node *n, const char *text, size_t len)
{
    bool found;
    size_t at = child_at(n, text, len, &found);
    if (found) {
        return n->children[at];
    }
    struct node *child = calloc(1, sizeof(*child));
    struct node **children = realloc(n->children, (n->n_children + 1) * sizeof(*children));
    if (children) {
        n->children = children;
    }
    if (!child || !children) {
        free(child);
        return NULL;
    }
    memmove(children + at + 1, children + at, (n->n_children - at) * sizeof(*children));
    children[at] = child;
    n->n_children++;
    child->literal = text;
    child->literal_len = len;
    return child;
}

// Walks and makes the nodes of a pattern.
static enum err find_leaf(struct router *r, const char *pattern, struct leaf **ret_leaf)
{
    struct node *n = &r->root;
    size_t segments = 0;
    for (const char *p = pattern; *p == '/' && p[1];) {
        const char *segment = p + 1;
        size_t len = strcspn(segment, "/");
        p = segment + len;
        if (len == 0 || ++segments > MAX_SEGMENTS) {
            return ERR_INVALID;
        }
        if (segment[0] != '{') {
            n = child_make(n, segment, len);
        } else {
            if (len < 3 || segment[1] == '*' || segment[len - 1] != '}') {
                return ERR_INVALID;
            }
            if (segment[len - 2] == '*') {
                if (*p) {
                    return ERR_INVALID;
                }
                *ret_leaf = &n->rest;
                return OK;
            }
            n->name = n->name ? n->name : calloc(1, sizeof(*n->name));
            n = n->name;
        }
        if (!n) {
            return ERR_UNAVAILABLE;
        }
        if (*p == '/' && !p[1]) {
            n = child_make(n, "", 0); // a trailing slash is a path of its own
            if (!n) {
                return ERR_UNAVAILABLE;
            }
            break;
        }
    }
    *ret_leaf = &n->here;
    return OK;
}

enum err router_add(struct router *r, const struct route *route)
{
    struct leaf *leaf;
    if (route->pattern[0] != '/' || (int)route->method >= METHODS || !route->handler) {
        return ERR_INVALID;
    }
    TRY(find_leaf(r, route->pattern, &leaf));
    if (leaf->routes[route->method]) {
        return ERR_EXISTS;
    }
    struct route *copy = malloc(sizeof(*copy));
    struct route **owned = realloc(r->owned, (r->n_owned + 1) * sizeof(*owned));
    if (owned) {
        r->owned = owned;
    }
    if (!copy || !owned) {
        free(copy);
        return ERR_UNAVAILABLE;
    }
    *copy = *route;
    owned[r->n_owned++] = copy;
    leaf->routes[route->method] = copy;
    leaf->any = true;
    return OK;
}

// Where the walk stands: the values of the parameters so far.
struct walk {
    const char *values[MAX_SEGMENTS];
    size_t lens[MAX_SEGMENTS];
    size_t n;
};

static const struct leaf *walk(const struct node *n, const char *path, struct walk *w)
{
    if (!*path) {
        return n->here.any ? &n->here : NULL;
    }
    const char *segment = path + 1;
    size_t len = strcspn(segment, "/");
    bool found;
    size_t at = child_at(n, segment, len, &found);
    if (found) {
        const struct leaf *leaf = walk(n->children[at], segment + len, w);
        if (leaf) {
            return leaf;
        }
    }
    if (len && n->name && w->n < MAX_SEGMENTS) {
        w->values[w->n] = segment;
        w->lens[w->n++] = len;
        const struct leaf *leaf = walk(n->name, segment + len, w);
        if (leaf) {
            return leaf;
        }
        w->n--;
    }
    if (*segment && n->rest.any && w->n < MAX_SEGMENTS) {
        w->values[w->n] = segment;
        w->lens[w->n++] = strlen(segment);
        return &n->rest;
    }
    return NULL;
}

// The parameter names of a pattern, in order.
static void put_params(struct request *q, const char *pattern, const struct walk *w)
{
    struct web_field *params = arena_array(q->arena, struct web_field, w->n + 1);
    const char *p = pattern;
    for (size_t i = 0; i < w->n; i++) {
        p = strstr(p, "/{") + 2;
        params[i] = (struct web_field){ arena_strndup(q->arena, p, strcspn(p, "*}")),
            arena_strndup(q->arena, w->values[i], w->lens[i]) };
    }
    q->params = params;
    q->n_params = w->n;
}

static const char *allowed(struct arena *a, const struct leaf *leaf)
{
    static const char *const names[METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
    const char *list = "OPTIONS";
    for (int m = METHODS - 1; m >= 0; m--) {
        if (leaf->routes[m] || (m == METHOD_HEAD && leaf->routes[METHOD_GET])) {
            list = arena_fmt(a, "%s, %s", names[m], list);
        }
    }
    return list;
}

const struct route *router_find(const struct router *r, struct request *q, const char **ret_allow)
{
    struct walk w = { .n = 0 };
    const char *path = str_eq(q->path, "/") ? "" : q->path;
    const struct leaf *leaf = walk(&r->root, path, &w);
    if (!leaf) {
        *ret_allow = "";
        return NULL;
    }
    const struct route *route = (int)q->method < METHODS ? leaf->routes[q->method] : NULL;
    if (!route && q->method == METHOD_HEAD) {
        route = leaf->routes[METHOD_GET];
    }
    if (!route) {
        *ret_allow = allowed(q->arena, leaf);
        return NULL;
    }
    put_params(q, route->pattern, &w);
    return route;
}
