// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include "str.h"

#include <stdlib.h>

struct queries {
    struct arena arena;
    struct map by_name;       // struct query
    struct map scopes;        // "kind/audience" -> SQL
    const struct query **all; // in the order they came
    size_t n, size;
};

struct queries *queries_new(void)
{
    struct queries *q = calloc(1, sizeof(*q));
    if (!q) {
        abort();
    }
    arena_init(&q->arena, SIZE_MAX);
    map_init(&q->by_name, &q->arena);
    map_init(&q->scopes, &q->arena);
    return q;
}

void queries_free(struct queries *q)
{
    if (q) {
        arena_release(&q->arena);
        free(q);
    }
}

const struct query *queries_find(const struct queries *q, const char *name)
{
    return q ? map_get(&q->by_name, name) : NULL;
}

size_t queries_count(const struct queries *q)
{
    return q ? q->n : 0;
}

bool queries_has(const struct queries *q, const char *name)
{
    return queries_find(q, name) != NULL;
}

void queries_each(
    const struct queries *q, void (*each)(void *context, const char *name), void *context)
{
    for (size_t i = 0; i < q->n; i++) {
        each(context, q->all[i]->name);
    }
}

void queries_scope(struct queries *q, const char *kind, int audience, const char *sql)
{
    map_put(
        &q->scopes, arena_fmt(&q->arena, "%s/%d", kind, audience), arena_strdup(&q->arena, sql));
}

const char *queries_scope_of(const struct queries *q, const char *kind, int audience)
{
    char key[128];
    int len = snprintf(key, sizeof(key), "%s/%d", kind, audience);
    if (!q || len < 0 || (size_t)len >= sizeof(key)) {
        return NULL;
    }
    return map_get_n(&q->scopes, key, (size_t)len);
}

// "kind.what": lower-case words joined by dots, at least two.
static bool is_query_name(const char *name)
{
    bool dot = false;
    char last = '.';
    for (const char *p = name; *p; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_';
        if (!word && (*p != '.' || last == '.')) {
            return false;
        }
        dot |= *p == '.';
        last = *p;
    }
    return dot && last != '.';
}

static enum err add(struct queries *q, struct arena *detail, const char *file, const char *name,
    const char *text, size_t len)
{
    struct arena *a = &q->arena;
    if (!is_query_name(name)) {
        return fail(detail, ERR_INVALID, "%s: '%s' is not a query name like call.open_questions",
            file, name);
    }
    if (map_get(&q->by_name, name)) {
        return fail(detail, ERR_INVALID, "%s: the query %s is there twice", file, name);
    }
    struct query *query = arena_new(a, struct query);
    query->name = name;
    query->file = arena_strdup(a, file);
    query->text = arena_strndup(a, text, len);
    TRY(sql_listed(a, query->text, "sealed", &query->sealed, &query->n_sealed));
    TRY(sql_check(detail, name, query->text, &query->scoped));
    map_put(&q->by_name, name, query);
    if (q->n == q->size) {
        size_t size = q->size ? q->size * 2 : 64;
        const struct query **all = arena_array(a, const struct query *, size);
        if (q->n) {
            memcpy(all, q->all, q->n * sizeof(*all)); // NOLINT: sizes agree
        }
        q->all = all;
        q->size = size;
    }
    query->serial = (unsigned)q->n;
    q->all[q->n++] = query;
    return OK;
}

// A line of nothing but white space or a comment.
static bool is_quiet(const char *line, size_t len)
{
    while (len && (*line == ' ' || *line == '\t' || *line == '\r')) {
        line++;
        len--;
    }
    return len == 0 || (len >= 2 && line[0] == '-' && line[1] == '-');
}

static const char *name_on_line(struct arena *a, const char *line, size_t len)
{
    static const char mark[] = "-- name:";
    size_t n = sizeof(mark) - 1;
    return len >= n && memcmp(line, mark, n) == 0 ? str_trim(a, arena_strndup(a, line + n, len - n))
                                                  : NULL;
}

enum err queries_add(
    struct queries *q, struct arena *detail, const char *file, const char *text, size_t len)
{
    if (!str_utf8(text, len)) {
        return fail(detail, ERR_INVALID, "%s is not UTF-8 text", file);
    }
    const char *end = text + len, *name = NULL, *start = NULL;
    for (const char *line = text; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const char *next = stop ? stop + 1 : end;
        const char *found = name_on_line(&q->arena, line, (size_t)((stop ? stop : end) - line));
        if (found) {
            if (name) {
                TRY(add(q, detail, file, name, start, (size_t)(line - start)));
            }
            name = found;
            start = next;
        } else if (!name && !is_quiet(line, (size_t)((stop ? stop : end) - line))) {
            return fail(detail, ERR_INVALID, "%s: there is SQL before the first '-- name:'", file);
        }
        line = next;
    }
    return name ? add(q, detail, file, name, start, (size_t)(end - start)) : OK;
}
