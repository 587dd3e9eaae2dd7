// SPDX-License-Identifier: Apache-2.0
// A set of templates, linked: a partial knows where it leads, and a name is the same wherever it
// stands.
#include "map.h"
#include "mustache.h"
#include "str.h"
#include "template.h"

enum { MAX_SET = 256 << 20 };

struct templates {
    struct arena arena;
    struct map map;   // of struct template, also of those that others mention
    struct map names; // of struct name, so that one name has one address
};

struct templates *templates_new(void)
{
    struct templates *t = calloc(1, sizeof(*t));
    if (!t) {
        fputs("pilothouse: out of memory\n", stderr);
        abort();
    }
    arena_init(&t->arena, MAX_SET);
    map_init(&t->map, &t->arena);
    map_init(&t->names, &t->arena);
    return t;
}

void templates_free(struct templates *t)
{
    if (t) {
        arena_release(&t->arena);
        free(t);
    }
}

// The template's place in the set, from the first time that its name is read.
static struct template *mentioned(struct templates *t, const char *name)
{
    struct template *place = map_get(&t->map, name);
    if (!place) {
        place = arena_new(&t->arena, struct template);
        map_put(&t->map, arena_strdup(&t->arena, name), place);
    }
    return place;
}

static const struct name *the_one(struct templates *t, const struct name *name)
{
    struct name *one = map_get(&t->names, name->text);
    if (!one) {
        one = arena_new(&t->arena, struct name);
        *one = (struct name){ name->text, (unsigned)t->names.count };
        map_put(&t->names, one->text, one);
    }
    return one;
}

enum err templates_add(
    struct templates *t, struct arena *detail, const char *name, const char *text, size_t len)
{
    if (len > TEMPLATE_MAX_BYTES) {
        return fail(detail, ERR_TOO_LARGE, "%s: this template is too large.", name);
    }
    if (!str_utf8(text, len)) {
        return fail(detail, ERR_INVALID, "%s: this template is not UTF-8.", name);
    }
    struct template made;
    text = arena_strndup(&t->arena, text, len);
    TRY(template_compile(
        &t->arena, detail, arena_strdup(&t->arena, name), text, len, &template_delimiters, &made));
    for (size_t i = 0; i < made.n; i++) {
        struct node *node = &made.nodes[i];
        for (size_t j = 0; j < node->n_parts; j++) {
            node->parts[j] = the_one(t, node->parts[j]);
        }
        if ((node->kind == NODE_PARTIAL || node->kind == NODE_PARENT) && !node->dynamic) {
            node->leads_to = mentioned(t, node->text);
        }
    }
    *mentioned(t, made.name) = made;
    return OK;
}

const struct template *templates_get(const struct templates *t, const char *name)
{
    const struct template *there = map_get(&t->map, name);
    return there && there->name ? there : NULL;
}

bool templates_has(const struct templates *t, const char *name)
{
    return templates_get(t, name) != NULL;
}

void templates_messages(
    const struct templates *t, void (*each)(void *context, const char *key), void *context)
{
    struct arena scratch;
    arena_init(&scratch, MAX_SET);
    struct map seen;
    map_init(&seen, &scratch);
    size_t at = 0;
    const char *name;
    void *found;
    while (map_next(&t->map, &at, &name, &found)) {
        const struct template *template = found;
        for (size_t i = 0; i < template->n; i++) {
            const struct node *node = &template->nodes[i];
            if (node->kind == NODE_MESSAGE && !map_get(&seen, node->text)) {
                map_put(&seen, node->text, (void *)node);
                each(context, node->text);
            }
        }
    }
    arena_release(&scratch);
}
