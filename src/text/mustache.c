// SPDX-License-Identifier: Apache-2.0
#include "mustache.h"

#include "message.h"
#include "str.h"
#include "template.h"

enum {
    MAX_DEPTH = 64,      // partials, parents, overridden blocks and lambdas inside each other
    MAX_RECURSION = 512, // all of these and the sections between them
    MAX_STEPS =
        20000000, // nodes and items of one rendering: output that is empty has no other bound
    PLACES_LOG = 8,
};

static const uint64_t MIX = 0x9E3779B97F4A7C15; // spreads over the high bits

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
    const struct name *name;
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

// Mostly short texts without anything to escape: looked through byte by byte, which is over before
// strcspn() had its set ready.
static void write_escaped(struct buf *out, const char *text)
{
    static const bool stops[256] = {
        ['\0'] = true, ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true
    };
    for (;;) {
        const char *from = text;
        while (!stops[(unsigned char)*text]) {
            text++;
        }
        buf_add(out, from, (size_t)(text - from));
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

ASIDE static void fill_place(struct place *p, const struct value *v, const struct name *name)
{
    const struct value_object *o = v->object;
    const struct value *there = value_get(v, name->text);
    *p = (struct place){ o->keys, name, o->len, there ? there - o->values : -1 };
}

// value_get() for a NAME that stands in a template, so that its address tells it. The names of a
// template follow each other, and so do their places: they don't drive each other out.
static inline const struct value *get(
    struct renderer *m, const struct value *v, const struct name *name)
{
    if (v->kind != V_OBJECT) {
        return NULL;
    }
    const struct value_object *o = v->object;
    uint64_t mixed = (uint64_t)(uintptr_t)o->keys * MIX >> (64 - PLACES_LOG);
    struct place *p = &m->places[(mixed + name->number) & ((1 << PLACES_LOG) - 1)];
    if (p->keys != o->keys || p->name != name || p->len != o->len) {
        fill_place(p, v, name);
    }
    return p->at < 0 ? NULL : &o->values[p->at];
}

static inline const struct value *find(
    struct renderer *m, const struct scope *scope, const struct name *name)
{
    for (; scope; scope = scope->up) {
        const struct value *v = get(m, scope->value, name);
        if (v) {
            return v;
        }
    }
    return NULL;
}

// What a dotted name leads to, or NULL. A last part that is a style of the leaf before it goes to
// *RET_STYLE.
ASIDE static const struct value *follow(
    struct renderer *m, const struct scope *scope, const struct node *node, const char **ret_style)
{
    const struct value *v = find(m, scope, node->parts[0]);
    for (size_t i = 1; v && i < node->n_parts; i++) {
        const struct value *next = get(m, v, node->parts[i]);
        const char *last = i + 1 == node->n_parts ? node->parts[i]->text : NULL;
        if (!next && last && locale_has_style(v->kind, last)) {
            *ret_style = last;
            return v;
        }
        v = next;
    }
    return v;
}

// What a tag's name leads to, or NULL; *RET_STYLE must be NULL before.
static inline const struct value *resolve(
    struct renderer *m, const struct scope *scope, const struct node *node, const char **ret_style)
{
    return node->n_parts == 1   ? find(m, scope, node->parts[0])
           : node->n_parts == 0 ? scope->value
                                : follow(m, scope, node, ret_style);
}

ASIDE static enum err too_deep(struct renderer *m, const char *name)
{
    return fail(
        m->r->arena, ERR_TOO_LARGE, "%s: the templates include each other too deeply.", name);
}

// Renders T as the partial or parent that NODE asks for.
static enum err include(struct renderer *m, const struct node *node, const struct template *t,
    const struct scope *scope)
{
    if (m->depth == MAX_DEPTH) {
        return too_deep(m, t->name);
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

// What a partial or parent leads to; NULL when that isn't there.
static const struct template *target(
    struct renderer *m, const struct node *node, const struct scope *scope)
{
    const struct template *there = node->leads_to;
    const char *name = node->text, *style = NULL;
    if (node->dynamic) {
        const struct value *v = resolve(m, scope, node, &style);
        name = v && v->kind == V_TEXT ? v->text : NULL;
    }
    if (!there && name) {
        there = templates_get(m->r->templates, name);
    }
    return there && there->name ? there : NULL;
}

ASIDE static enum err render_partial(
    struct renderer *m, const struct template *t, size_t at, const struct scope *scope)
{
    const struct node *node = &t->nodes[at];
    const struct template *there = target(m, node, scope);
    if (!there) {
        return OK;
    }
    if (node->kind == NODE_PARTIAL) {
        return include(m, node, there, scope);
    }
    struct frame frame = { t, at, m->frames };
    m->frames = &frame;
    enum err e = include(m, node, there, scope);
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

ASIDE static enum err render_leaf(struct renderer *m, const struct node *node,
    const struct value *v, const char *style, const struct scope *scope)
{
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

static inline enum err render_variable(
    struct renderer *m, const struct node *node, const struct scope *scope)
{
    const char *style = NULL;
    const struct value *v = resolve(m, scope, node, &style);
    if (!v || v->kind == V_NULL) {
        return OK;
    }
    if (v->kind == V_TEXT && !node->raw) {
        write_escaped(m->out, v->text);
        return OK;
    }
    return render_leaf(m, node, v, style, scope);
}

// A section whose content sees V as its context, or each item of V.
ASIDE static enum err render_section(struct renderer *m, const struct template *t, size_t at,
    const struct value *v, const struct scope *scope)
{
    const struct node *node = &t->nodes[at];
    if (v->kind == V_LAMBDA) {
        const char *text = arena_strndup(m->r->arena, node->text, node->len);
        return render_lambda(m, v->lambda, text, node->delimiters, scope);
    }
    bool many = v->kind == V_LIST;
    const struct value *items = many ? v->list->items : v;
    size_t n = many ? v->list->len : 1;
    for (size_t i = 0; i < n; i++) {
        struct scope inner = { &items[i], scope };
        TRY(run(m, t, at + 1, node->end, &inner));
    }
    return OK;
}

// Whether what stands in a section finds the same without V as its context.
static inline bool adds_nothing(const struct node *section, const struct value *v)
{
    return section->only_names && v->kind != V_OBJECT && v->kind != V_LIST && v->kind != V_LAMBDA;
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

ASIDE static enum err render_other(
    struct renderer *m, const struct template *t, size_t at, const struct scope *scope)
{
    const struct node *node = &t->nodes[at];
    if (node->kind == NODE_MESSAGE) {
        render_message(m, node, scope);
        return OK;
    }
    return node->kind == NODE_BLOCK ? render_block(m, t, node, scope)
                                    : render_partial(m, t, at, scope);
}

// Renders the nodes from FROM to TO. A section that only asks a question is gone through in the
// same turn: its content are the nodes that follow.
static enum err run(
    struct renderer *m, const struct template *t, size_t from, size_t to, const struct scope *scope)
{
    if (m->recursion == MAX_RECURSION) {
        return too_deep(m, t->name);
    }
    m->recursion++;
    enum err e = OK;
    const char *style = NULL; // a section has none
    if (--m->steps < 0 || m->out->failed) {
        e = fail(m->r->arena, ERR_TOO_LARGE, "%s: this page is too large.", t->name);
    }
    for (size_t i = from, next; i < to && e == OK; i = next) {
        const struct node *node = &t->nodes[i];
        const struct value *v;
        next = node->end;
        m->steps--;
        if (m->indent && node->line_start) {
            start_line(m);
        }
        switch (node->kind) {
        case NODE_TEXT:
            if (m->indent || m->skip) {
                write_lines(m, node);
            } else {
                buf_add(m->out, node->text, node->len);
            }
            break;
        case NODE_VARIABLE:
            e = render_variable(m, node, scope);
            break;
        case NODE_INVERTED:
            next = value_truthy(resolve(m, scope, node, &style)) ? next : i + 1;
            break;
        case NODE_SECTION:
            v = resolve(m, scope, node, &style);
            if (value_truthy(v)) {
                if (adds_nothing(node, v)) {
                    next = i + 1;
                } else {
                    e = render_section(m, t, i, v, scope);
                }
            }
            break;
        default:
            e = render_other(m, t, i, scope);
        }
    }
    m->recursion--;
    return e;
}

enum err mustache_render(
    const struct render *r, const char *name, const struct value *data, struct buf *out)
{
    const struct template *t = templates_get(r->templates, name);
    if (!t) {
        return fail(r->arena, ERR_NOT_FOUND, "There is no template %s.", name);
    }
    struct renderer m = { .r = r, .out = out, .steps = MAX_STEPS };
    struct scope scope = { data, NULL };
    TRY(run(&m, t, 0, t->n, &scope));
    return buf_ok(out) ? OK : fail(r->arena, ERR_TOO_LARGE, "%s: this page is too large.", name);
}
