// SPDX-License-Identifier: Apache-2.0
#include "mustache.h"

#include "map.h"
#include "message.h"
#include "str.h"
#include "template.h"

enum {
    MAX_DEPTH = 64,      // partials, parents, overridden blocks and lambdas inside each other
    MAX_RECURSION = 512, // all of these and the sections between them
    MAX_STEPS =
        20000000, // nodes and items of one rendering: output that is empty has no other bound
    MAX_SET = 256 << 20,
    PLACES_LOG = 8,
};

static const uint64_t MIX = 0x9E3779B97F4A7C15; // spreads over the high bits

struct templates {
    struct arena arena;
    struct map map; // of struct template
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
    return t;
}

void templates_free(struct templates *t)
{
    if (t) {
        arena_release(&t->arena);
        free(t);
    }
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
    struct template *made = arena_new(&t->arena, struct template);
    name = arena_strdup(&t->arena, name);
    text = arena_strndup(&t->arena, text, len);
    TRY(template_compile(&t->arena, detail, name, text, len, &template_delimiters, made));
    map_put(&t->map, name, made);
    return OK;
}

bool templates_has(const struct templates *t, const char *name)
{
    return map_get(&t->map, name) != NULL;
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

// The context stack, innermost first.
struct scope {
    const struct value *value;
    const struct scope *up;
};

struct indent {
    const char *text;
    size_t len;
    const struct indent *up;
};

// A parent tag being rendered; its blocks are arguments. The outermost frame that has a block wins.
struct frame {
    const struct template *template;
    size_t parent;
    const struct frame *up;
};

// Where a key stands in objects of those keys: rows and cells share theirs, and a table looks the
// same dozen keys up in each of its cells. Nothing changes the data while they are rendered.
struct place {
    const char *const *keys;
    const char *name;
    size_t len;
    ptrdiff_t at; // -1: no such key
};

struct renderer {
    const struct render *r;
    struct buf *out;
    const struct indent *indent; // put before each line of the template
    size_t skip;                 // white space taken from each line of the template first
    bool in_line;                // the indentation of the line stands already
    const struct frame *frames;
    int depth, recursion;
    long steps;
    struct place places[1 << PLACES_LOG];
};

// What is rarer than texts, variables and sections stays out of run()'s way.
#define ASIDE __attribute__((noinline))

static enum err run(struct renderer *m, const struct template *t, size_t from, size_t to,
    const struct scope *scope);

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void write_escaped(struct buf *out, const char *text)
{
    for (;;) {
        size_t plain = strcspn(text, "&<>\"'");
        buf_add(out, text, plain);
        text += plain;
        if (!*text) {
            return;
        }
        buf_puts(out, escape_of(*text++));
    }
}

// Escapes what was written from START on, in place: mostly there is nothing to do.
static void escape_tail(struct buf *out, size_t start)
{
    size_t more = 0;
    for (size_t i = start; i < out->len; i++) {
        const char *escape = escape_of(out->data[i]);
        more += escape ? strlen(escape) - 1 : 0;
    }
    if (!more || !buf_reserve(out, more)) {
        return;
    }
    size_t from = out->len, to = out->len + more;
    out->len = to;
    out->data[to] = '\0';
    while (from > start) {
        char c = out->data[--from];
        const char *escape = escape_of(c);
        if (escape) {
            size_t n = strlen(escape);
            to -= n;
            memcpy(out->data + to, escape, n);
        } else {
            out->data[--to] = c;
        }
    }
}

static void write_indent(struct buf *out, const struct indent *indent)
{
    if (indent) {
        write_indent(out, indent->up);
        buf_add(out, indent->text, indent->len);
    }
}

ASIDE static void start_line(struct renderer *m)
{
    if (!m->in_line) {
        write_indent(m->out, m->indent);
    }
    m->in_line = false;
}

static size_t margin(const char *text, size_t len, size_t most)
{
    size_t n = 0;
    while (n < len && n < most && (text[n] == ' ' || text[n] == '\t')) {
        n++;
    }
    return n;
}

ASIDE static void write_lines(struct renderer *m, const struct node *node)
{
    const char *p = node->text, *end = p + node->len;
    bool first = node->line_start;
    while (p < end) {
        p += first ? margin(p, (size_t)(end - p), m->skip) : 0;
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline + 1 : end;
        buf_add(m->out, p, (size_t)(stop - p));
        p = stop;
        first = true;
        if (p < end) {
            write_indent(m->out, m->indent);
        }
    }
}

// value_get() for a NAME that stands in a template, so that its address tells it.
static const struct value *get(struct renderer *m, const struct value *v, const char *name)
{
    if (v->kind != V_OBJECT) {
        return NULL;
    }
    const struct value_object *o = v->object;
    uint64_t mixed = ((uint64_t)(uintptr_t)o->keys ^ (uint64_t)(uintptr_t)name << 7) * MIX;
    struct place *p = &m->places[mixed >> (64 - PLACES_LOG)];
    if (p->keys != o->keys || p->name != name || p->len != o->len) {
        const struct value *there = value_get(v, name);
        *p = (struct place){ o->keys, name, o->len, there ? there - o->values : -1 };
    }
    return p->at < 0 ? NULL : &o->values[p->at];
}

static const struct value *find(struct renderer *m, const struct scope *scope, const char *key)
{
    for (; scope; scope = scope->up) {
        const struct value *v = get(m, scope->value, key);
        if (v) {
            return v;
        }
    }
    return NULL;
}

// What a tag's name leads to, or NULL. A last part that is a style of the leaf before it goes to
// *RET_STYLE.
static const struct value *resolve(
    struct renderer *m, const struct scope *scope, const struct node *node, const char **ret_style)
{
    *ret_style = NULL;
    if (!node->n_parts) {
        return scope->value;
    }
    const struct value *v = find(m, scope, node->parts[0]);
    for (size_t i = 1; v && i < node->n_parts; i++) {
        const struct value *next = get(m, v, node->parts[i]);
        if (!next && i + 1 == node->n_parts && locale_has_style(v->kind, node->parts[i])) {
            *ret_style = node->parts[i];
            return v;
        }
        v = next;
    }
    return v;
}

ASIDE static enum err too_deep(struct renderer *m, const char *name)
{
    return fail(
        m->r->arena, ERR_TOO_LARGE, "%s: the templates include each other too deeply.", name);
}

// Renders a partial or parent under NAME; INDENT_LEN is SIZE_MAX when it stands inside a line.
static enum err include(
    struct renderer *m, const struct node *node, const char *name, const struct scope *scope)
{
    const struct template *t = map_get(&m->r->templates->map, name);
    if (!t) {
        return OK;
    }
    if (m->depth == MAX_DEPTH) {
        return too_deep(m, name);
    }
    const struct indent *indent = m->indent;
    size_t skip = m->skip, drop = skip < node->indent_len ? skip : node->indent_len;
    struct indent own = { node->indent + drop, node->indent_len - drop, indent };
    m->indent = !node->standalone ? NULL : own.len ? &own : indent;
    m->skip = 0;
    m->depth++;
    enum err e = run(m, t, 0, t->n, scope);
    m->depth--;
    m->skip = skip;
    m->indent = indent;
    return e;
}

// The name of a partial or parent; NULL when a dynamic one leads nowhere.
static const char *target(struct renderer *m, const struct node *node, const struct scope *scope)
{
    if (!node->dynamic) {
        return node->text;
    }
    const char *style;
    const struct value *v = resolve(m, scope, node, &style);
    return v && v->kind == V_TEXT ? v->text : NULL;
}

ASIDE static enum err render_partial(
    struct renderer *m, const struct template *t, size_t at, const struct scope *scope)
{
    const struct node *node = &t->nodes[at];
    const char *name = target(m, node, scope);
    if (!name) {
        return OK;
    }
    if (node->kind == NODE_PARTIAL) {
        return include(m, node, name, scope);
    }
    struct frame frame = { t, at, m->frames };
    m->frames = &frame;
    enum err e = include(m, node, name, scope);
    m->frames = frame.up;
    return e;
}

// The argument for a block, from the outermost parent tag that has one.
static const struct node *argument(
    const struct renderer *m, const char *name, const struct frame **ret_frame)
{
    const struct node *found = NULL;
    for (const struct frame *f = m->frames; f; f = f->up) {
        const struct node *nodes = f->template->nodes;
        for (size_t i = f->parent + 1; i < nodes[f->parent].end; i = nodes[i].end) {
            if (nodes[i].kind == NODE_BLOCK && strcmp(nodes[i].text, name) == 0) {
                found = &nodes[i];
                *ret_frame = f;
                break;
            }
        }
    }
    return found;
}

// An argument is indented as the block whose place it takes. Inside it the parent tags around its
// own count, not its own: so a block may hold its namesake.
ASIDE static enum err render_block(struct renderer *m, const struct template *t,
    const struct node *node, const struct scope *scope)
{
    const struct frame *frame;
    const struct node *given = argument(m, node->text, &frame);
    if (!given) {
        return run(m, t, (size_t)(node - t->nodes) + 1, node->end, scope);
    }
    if (m->depth == MAX_DEPTH) {
        return too_deep(m, t->name);
    }
    const struct frame *frames = m->frames;
    const struct indent *indent = m->indent;
    size_t skip = m->skip;
    size_t drop = m->skip < node->indent_len ? m->skip : node->indent_len;
    struct indent own = { node->indent + drop, node->indent_len - drop, m->indent };
    bool whole_lines = node->standalone || node->blank_before;
    m->indent = !whole_lines ? NULL : own.len ? &own : m->indent;
    m->skip = given->dedent;
    size_t first = (size_t)(given - frame->template->nodes) + 1;
    // The argument's own lines bring their indentation, except where the site's line has begun
    // already.
    m->in_line = given->standalone && !node->standalone;
    if (node->standalone && !given->standalone && first < given->end) {
        write_indent(m->out, m->indent);
    }
    m->frames = frame->up;
    m->depth++;
    enum err e = run(m, frame->template, first, given->end, scope);
    m->depth--;
    m->frames = frames;
    m->indent = indent;
    m->skip = skip;
    m->in_line = false;
    return e;
}

ASIDE static enum err render_lambda(struct renderer *m, const struct value_lambda *lambda,
    const char *text, const struct delimiters *delimiters, const struct scope *scope)
{
    struct arena *a = m->r->arena;
    const char *result = lambda->call(lambda->context, a, text);
    if (!result || !*result) {
        return OK;
    }
    if (m->depth == MAX_DEPTH || arena_exhausted(a)) {
        return too_deep(m, "lambda");
    }
    struct template t;
    TRY(template_compile(a, a, "lambda", result, strlen(result), delimiters, &t));
    const struct indent *indent = m->indent;
    size_t skip = m->skip;
    m->indent = NULL;
    m->skip = 0;
    m->depth++;
    enum err e = run(m, &t, 0, t.n, scope);
    m->depth--;
    m->skip = skip;
    m->indent = indent;
    return e;
}

static enum err render_variable(
    struct renderer *m, const struct node *node, const struct scope *scope)
{
    const char *style;
    const struct value *v = resolve(m, scope, node, &style);
    if (!v) {
        return OK;
    }
    if (v->kind == V_TEXT && !node->raw) {
        write_escaped(m->out, v->text);
        return OK;
    }
    size_t start = m->out->len;
    if (v->kind == V_LAMBDA) {
        TRY(render_lambda(m, v->lambda, "", &template_delimiters, scope));
    } else {
        locale_write(m->r->locale, m->r->id_key, v, style, m->out);
    }
    if (!node->raw && v->kind != V_HTML) {
        escape_tail(m->out, start);
    }
    return OK;
}

static enum err render_section(
    struct renderer *m, const struct template *t, size_t at, const struct scope *scope)
{
    const struct node *node = &t->nodes[at];
    const char *style;
    const struct value *v = resolve(m, scope, node, &style);
    bool shown = value_truthy(v);
    if (node->kind == NODE_INVERTED) {
        return shown ? OK : run(m, t, at + 1, node->end, scope);
    }
    if (!shown) {
        return OK;
    }
    if (v->kind == V_LAMBDA) {
        const char *text = arena_strndup(m->r->arena, node->text, node->len);
        return render_lambda(m, v->lambda, text, node->delimiters, scope);
    }
    if (v->kind != V_LIST) {
        struct scope inner = { v, scope };
        return run(m, t, at + 1, node->end, &inner);
    }
    for (size_t i = 0; i < v->list->len; i++) {
        struct scope inner = { &v->list->items[i], scope };
        TRY(run(m, t, at + 1, node->end, &inner));
    }
    return OK;
}

static const struct value *message_argument(void *context, const char *name)
{
    for (const struct scope *scope = context; scope; scope = scope->up) {
        const struct value *v = value_path(scope->value, name);
        if (v) {
            return v;
        }
    }
    return NULL;
}

ASIDE static void render_message(
    struct renderer *m, const struct node *node, const struct scope *scope)
{
    const struct locale *l = m->r->locale;
    const char *text = node->text;
    const struct message *message = node->message;
    if (!l) {
        message = NULL; // the key itself
    } else {
        locale_find(l, node->text, &text, &message);
    }
    if (!message) {
        write_escaped(m->out, text);
        return;
    }
    size_t start = m->out->len;
    message_write(message, l, m->r->id_key, message_argument, (void *)scope, m->out);
    escape_tail(m->out, start);
}

static enum err render_node(
    struct renderer *m, const struct template *t, size_t at, const struct scope *scope)
{
    const struct node *node = &t->nodes[at];
    switch (node->kind) {
    case NODE_TEXT:
        if (m->indent || m->skip) {
            write_lines(m, node);
        } else {
            buf_add(m->out, node->text, node->len);
        }
        return OK;
    case NODE_VARIABLE:
        return render_variable(m, node, scope);
    case NODE_SECTION:
    case NODE_INVERTED:
        return render_section(m, t, at, scope);
    case NODE_PARTIAL:
    case NODE_PARENT:
        return render_partial(m, t, at, scope);
    case NODE_BLOCK:
        return render_block(m, t, node, scope);
    case NODE_MESSAGE:
        render_message(m, node, scope);
        return OK;
    }
    return OK;
}

static enum err run(
    struct renderer *m, const struct template *t, size_t from, size_t to, const struct scope *scope)
{
    if (m->recursion == MAX_RECURSION) {
        return too_deep(m, t->name);
    }
    m->recursion++;
    enum err e = OK;
    if (--m->steps < 0 || m->out->failed) {
        e = fail(m->r->arena, ERR_TOO_LARGE, "%s: this page is too large.", t->name);
    }
    for (size_t i = from; i < to && e == OK; i = t->nodes[i].end) {
        m->steps--;
        if (t->nodes[i].line_start && m->indent) {
            start_line(m);
        }
        e = render_node(m, t, i, scope);
    }
    m->recursion--;
    return e;
}

enum err mustache_render(
    const struct render *r, const char *name, const struct value *data, struct buf *out)
{
    const struct template *t = map_get(&r->templates->map, name);
    if (!t) {
        return fail(r->arena, ERR_NOT_FOUND, "There is no template %s.", name);
    }
    struct renderer m = { .r = r, .out = out, .steps = MAX_STEPS };
    struct scope scope = { data, NULL };
    TRY(run(&m, t, 0, t->n, &scope));
    return buf_ok(out) ? OK : fail(r->arena, ERR_TOO_LARGE, "%s: this page is too large.", name);
}
