// SPDX-License-Identifier: Apache-2.0
#include "template.h"

#include "message.h"

const struct delimiters template_delimiters = { "{{", "}}", 2, 2 };

struct open_tag {
    size_t node;
    const char *content; // as in the closing tag
    size_t content_len;
    size_t start, inside; // of the tag and of what follows it, in the text
    bool blank_before;    // a parent tag that is alone on its line so far
    bool argument;        // a block directly inside a parent tag
    size_t margin;        // a parent tag's node of white space before it; SIZE_MAX: none
};

struct parser {
    struct arena *arena, *detail;
    const char *name, *text;
    size_t len, at;
    const struct delimiters *delimiters;
    struct node *nodes; // malloc
    size_t n, size;
    unsigned n_names;
    struct open_tag open[TEMPLATE_MAX_NESTING];
    size_t depth;
    bool line_start; // the next node begins a line
};

struct tag {
    char sigil; // '#', '^', '/', '!', '=', '>', '<', '$', '&' (unescaped) or 'v'
    const char *content;
    size_t len;
    size_t start, end; // in the text, with the delimiters
    size_t line;       // where the tag's line starts, when blank_before
    size_t next_line;  // after its line's end, when blank_after
    bool blank_before, blank_after;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum err refuse(struct parser *p, size_t at, const char *why)
{
    size_t line = 1;
    for (size_t i = 0; i < at && i < p->len; i++) {
        line += p->text[i] == '\n';
    }
    return fail(p->detail, ERR_INVALID, "%s, line %zu: %s.", p->name, line, why);
}

static struct node *add_node(struct parser *p, enum node_kind kind)
{
    if (p->n == p->size) {
        p->size = p->size ? 2 * p->size : 32;
        p->nodes = realloc(p->nodes, p->size * sizeof(*p->nodes));
        if (!p->nodes) {
            fputs("pilothouse: out of memory\n", stderr);
            abort();
        }
    }
    struct node *node = &p->nodes[p->n++];
    *node = (struct node){ .kind = kind, .end = (uint32_t)p->n, .indent = "" };
    return node;
}

// A node that stands in its line: the line's start goes to it.
static struct node *add_inline(struct parser *p, enum node_kind kind)
{
    struct node *node = add_node(p, kind);
    node->line_start = p->line_start;
    p->line_start = false;
    return node;
}

static struct open_tag *innermost(struct parser *p)
{
    return p->depth ? &p->open[p->depth - 1] : NULL;
}

// Between a parent tag's blocks nothing is shown.
static bool in_parent(struct parser *p)
{
    return p->depth && p->nodes[innermost(p)->node].kind == NODE_PARENT;
}

static void add_text(struct parser *p, size_t from, size_t to)
{
    if (from >= to || in_parent(p)) {
        return;
    }
    struct node *node = add_inline(p, NODE_TEXT);
    node->text = p->text + from;
    node->len = to - from;
    p->line_start = p->text[to - 1] == '\n';
}

static void look_around(struct parser *p, struct tag *tag)
{
    size_t i = tag->start;
    while (i && is_blank(p->text[i - 1])) {
        i--;
    }
    tag->blank_before = i == 0 || p->text[i - 1] == '\n';
    tag->line = i;
    i = tag->end;
    while (i < p->len && is_blank(p->text[i])) {
        i++;
    }
    if (i + 1 < p->len && p->text[i] == '\r' && p->text[i + 1] == '\n') {
        i++;
    }
    tag->blank_after = i == p->len || p->text[i] == '\n';
    tag->next_line = i < p->len ? i + 1 : i;
}

static enum err read_tag(struct parser *p, size_t start, struct tag *ret_tag)
{
    const struct delimiters *d = p->delimiters;
    size_t at = start + d->open_len;
    struct tag tag = { .sigil = 'v', .start = start };
    while (at < p->len && is_space(p->text[at])) {
        at++;
    }
    char closing[TEMPLATE_MAX_PARTS + 2];
    size_t closing_len = d->close_len;
    memcpy(closing, d->close, d->close_len);
    if (at < p->len && p->text[at] && strchr("#^/!=><$&{", p->text[at])) {
        tag.sigil = p->text[at++];
    }
    if (tag.sigil == '{' || tag.sigil == '=') {
        closing[0] = tag.sigil == '{' ? '}' : '=';
        memcpy(closing + 1, d->close, d->close_len);
        closing_len++;
    }
    const char *end = memmem(p->text + at, p->len - at, closing, closing_len);
    if (!end) {
        return refuse(p, start, "this tag is not closed");
    }
    size_t stop = (size_t)(end - p->text);
    tag.end = stop + closing_len;
    while (at < stop && is_space(p->text[at])) {
        at++;
    }
    while (stop > at && is_space(p->text[stop - 1])) {
        stop--;
    }
    tag.content = p->text + at;
    tag.len = stop - at;
    tag.sigil = tag.sigil == '{' ? '&' : tag.sigil;
    look_around(p, &tag);
    *ret_tag = tag;
    return OK;
}

static enum err read_name(struct parser *p, const struct tag *tag, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (is_space(name[i])) {
            return refuse(p, tag->start, "a name has no spaces; is a tag not closed?");
        }
    }
    return len ? OK : refuse(p, tag->start, "this tag has no name");
}

static enum err read_path(
    struct parser *p, const struct tag *tag, const char *name, size_t len, struct node *node)
{
    TRY(read_name(p, tag, name, len));
    if (len == 1 && name[0] == '.') {
        return OK;
    }
    const struct name *parts[TEMPLATE_MAX_PARTS];
    size_t n = 0;
    for (size_t from = 0, i = 0; i <= len; i++) {
        if (i < len && name[i] != '.') {
            continue;
        }
        if (i == from) {
            return refuse(p, tag->start, "a dotted name has an empty part");
        }
        if (n == TEMPLATE_MAX_PARTS) {
            return refuse(p, tag->start, "a dotted name has too many parts");
        }
        struct name *part = arena_new(p->arena, struct name);
        *part = (struct name){ arena_strndup(p->arena, name + from, i - from), p->n_names++ };
        parts[n++] = part;
        from = i + 1;
    }
    node->parts = arena_memdup(p->arena, parts, n * sizeof(*parts));
    node->n_parts = (unsigned char)n;
    return OK;
}

// The text before a tag; a standalone tag takes its whole line away.
static void before_tag(struct parser *p, const struct tag *tag, bool standalone)
{
    add_text(p, p->at, standalone ? tag->line : tag->start);
    p->at = standalone ? tag->next_line : tag->end;
}

static enum err push(struct parser *p, const struct tag *tag)
{
    if (p->depth == TEMPLATE_MAX_NESTING) {
        return refuse(p, tag->start, "too many tags are open at once");
    }
    p->open[p->depth++] = (struct open_tag){ .node = p->n - 1,
        .content = tag->content,
        .content_len = tag->len,
        .start = tag->start,
        .inside = tag->end,
        .margin = SIZE_MAX };
    return OK;
}

static enum err open_section(struct parser *p, const struct tag *tag)
{
    bool standalone = tag->blank_before && tag->blank_after;
    before_tag(p, tag, standalone);
    enum node_kind kind = tag->sigil == '#' ? NODE_SECTION : NODE_INVERTED;
    struct node *node = standalone ? add_node(p, kind) : add_inline(p, kind);
    node->delimiters = p->delimiters;
    TRY(read_path(p, tag, tag->content, tag->len, node));
    return push(p, tag);
}

// The name of a partial or parent: a static one, or '*' and a path to it.
static enum err read_target(struct parser *p, const struct tag *tag, struct node *node)
{
    const char *name = tag->content;
    size_t len = tag->len;
    if (len && name[0] == '*') {
        do {
            name++;
            len--;
        } while (len && is_space(name[0]));
        node->dynamic = true;
        return read_path(p, tag, name, len, node);
    }
    TRY(read_name(p, tag, name, len));
    node->text = arena_strndup(p->arena, name, len);
    return OK;
}

static enum err add_partial(struct parser *p, const struct tag *tag)
{
    bool standalone = tag->blank_before && tag->blank_after;
    before_tag(p, tag, standalone);
    struct node *node = standalone ? add_node(p, NODE_PARTIAL) : add_inline(p, NODE_PARTIAL);
    if (standalone) {
        node->standalone = true;
        node->indent = p->text + tag->line;
        node->indent_len = tag->start - tag->line;
    }
    return read_target(p, tag, node);
}

// Whether a parent tag stands alone is known only at its end: the white space before it is kept in
// a node of its own until then.
static enum err open_parent(struct parser *p, const struct tag *tag)
{
    size_t margin = SIZE_MAX;
    if (tag->blank_before && tag->line >= p->at) {
        add_text(p, p->at, tag->line);
        if (tag->line < tag->start && !in_parent(p)) {
            add_text(p, tag->line, tag->start);
            margin = p->n - 1;
        }
    } else {
        add_text(p, p->at, tag->start);
    }
    p->at = tag->end;
    struct node *node = add_inline(p, NODE_PARENT);
    node->indent = p->text + (tag->blank_before ? tag->line : tag->start);
    node->indent_len = tag->start - (size_t)(node->indent - p->text);
    TRY(read_target(p, tag, node));
    TRY(push(p, tag));
    innermost(p)->blank_before = tag->blank_before;
    innermost(p)->margin = margin;
    return OK;
}

static enum err open_block(struct parser *p, const struct tag *tag)
{
    bool argument = in_parent(p);
    bool standalone = tag->blank_after && (argument || tag->blank_before);
    before_tag(p, tag, standalone && tag->blank_before);
    p->at = standalone ? tag->next_line : tag->end;
    struct node *node =
        standalone || argument ? add_node(p, NODE_BLOCK) : add_inline(p, NODE_BLOCK);
    node->standalone = standalone;
    node->blank_before = tag->blank_before && !standalone;
    node->indent = p->text + (tag->blank_before ? tag->line : tag->start);
    node->indent_len = tag->start - (size_t)(node->indent - p->text);
    TRY(read_name(p, tag, tag->content, tag->len));
    node->text = arena_strndup(p->arena, tag->content, tag->len);
    TRY(push(p, tag));
    innermost(p)->argument = argument;
    innermost(p)->inside = p->at;
    p->line_start = standalone;
    return OK;
}

static void close_parent(struct parser *p, const struct open_tag *open, const struct tag *tag)
{
    struct node *node = &p->nodes[open->node];
    node->standalone = open->blank_before && tag->blank_after;
    p->at = node->standalone ? tag->next_line : tag->end;
    p->line_start = node->standalone;
    if (node->standalone) {
        node->line_start = false;
        if (open->margin != SIZE_MAX) {
            p->nodes[open->margin].len = 0;
            p->nodes[open->margin].line_start = false;
        }
    }
}

// A block whose opening tag stands alone is indented as the first line of what it holds.
static void measure_block(struct parser *p, const struct open_tag *open, const struct tag *tag)
{
    struct node *node = &p->nodes[open->node];
    size_t line = open->inside;
    for (size_t i = open->inside; node->standalone && i < tag->start; i++) {
        if (p->text[i] == '\n') {
            line = i + 1;
        } else if (!is_blank(p->text[i]) && p->text[i] != '\r') {
            node->indent = p->text + line;
            node->dedent = node->indent_len = i - line;
            return;
        }
    }
}

// Whether the nodes from FROM on ask for data by names alone, so that a context without names is
// of no use to them.
static bool has_only_names(const struct parser *p, size_t from)
{
    for (size_t i = from; i < p->n; i++) {
        enum node_kind kind = p->nodes[i].kind;
        bool asks = kind == NODE_VARIABLE || kind == NODE_SECTION || kind == NODE_INVERTED;
        if (asks ? p->nodes[i].n_parts == 0 : kind != NODE_TEXT && kind != NODE_MESSAGE) {
            return false;
        }
    }
    return true;
}

static enum err close_tag(struct parser *p, const struct tag *tag)
{
    struct open_tag *open = innermost(p);
    if (!open) {
        return refuse(p, tag->start, "this tag closes nothing");
    }
    if (open->content_len != tag->len || memcmp(open->content, tag->content, tag->len) != 0) {
        return refuse(p, tag->start,
            arena_fmt(
                p->arena, "this tag should close \"%.*s\"", (int)open->content_len, open->content));
    }
    if (p->nodes[open->node].kind == NODE_PARENT) {
        close_parent(p, open, tag);
    } else {
        bool standalone = tag->blank_before && (tag->blank_after || open->argument);
        before_tag(p, tag, standalone);
        if (open->argument) {
            p->at = tag->end;
        } else if (!standalone && p->line_start) {
            add_inline(p, NODE_TEXT)->text = ""; // the line starts inside, whatever follows the tag
        }
        measure_block(p, open, tag);
    }
    struct node *node = &p->nodes[open->node];
    node->end = (uint32_t)p->n;
    node->only_names = has_only_names(p, open->node + 1);
    if (node->kind == NODE_SECTION) {
        node->text = p->text + open->inside;
        node->len = tag->start - open->inside;
    }
    p->depth--;
    return OK;
}

static enum err set_delimiters(struct parser *p, const struct tag *tag)
{
    size_t first = 0;
    while (first < tag->len && !is_space(tag->content[first])) {
        first++;
    }
    size_t second = first;
    while (second < tag->len && is_space(tag->content[second])) {
        second++;
    }
    size_t close_len = tag->len - second;
    bool bad = !first || !close_len || first > TEMPLATE_MAX_PARTS || close_len > TEMPLATE_MAX_PARTS;
    for (size_t i = 0; i < tag->len && !bad; i++) {
        char c = tag->content[i];
        bad = c == '=' || (is_space(c) && (i < first || i >= second));
    }
    if (bad) {
        return refuse(p, tag->start, "write new delimiters as {{=<% %>=}}");
    }
    struct delimiters *d = arena_new(p->arena, struct delimiters);
    *d = (struct delimiters){ .open = tag->content,
        .open_len = first,
        .close = tag->content + second,
        .close_len = close_len };
    p->delimiters = d;
    before_tag(p, tag, tag->blank_before && tag->blank_after);
    return OK;
}

// Finds the tag that closes a message from FROM on: what stands between is the message's own
// syntax.
static bool find_message_end(struct parser *p, size_t from, size_t *ret_start, size_t *ret_end)
{
    const struct delimiters *d = p->delimiters;
    const char *at = p->text + from, *end = p->text + p->len;
    while ((at = memmem(at, (size_t)(end - at), d->open, d->open_len))) {
        const char *q = at + d->open_len;
        const char *wanted = "/t";
        for (; *wanted; wanted++, q++) {
            while (q < end && is_space(*q)) {
                q++;
            }
            if (q == end || *q != *wanted) {
                break;
            }
        }
        while (q < end && is_space(*q)) {
            q++;
        }
        if (!*wanted && (size_t)(end - q) >= d->close_len &&
            memcmp(q, d->close, d->close_len) == 0) {
            *ret_start = (size_t)(at - p->text);
            *ret_end = (size_t)(q - p->text) + d->close_len;
            return true;
        }
        at++;
    }
    return false;
}

static enum err add_message(struct parser *p, const struct tag *tag)
{
    size_t stop, end;
    if (!find_message_end(p, tag->end, &stop, &end)) {
        return refuse(p, tag->start, "\"t\" is not closed");
    }
    before_tag(p, tag, false);
    p->at = end;
    // A message may be wrapped over lines: a run of white space is one space.
    char *key = arena_alloc(p->arena, stop - tag->end + 1);
    size_t len = 0;
    for (size_t i = tag->end; i < stop; i++) {
        if (!is_space(p->text[i])) {
            key[len++] = p->text[i];
        } else if (len && key[len - 1] != ' ') {
            key[len++] = ' ';
        }
    }
    len -= len && key[len - 1] == ' ';
    key[len] = '\0';
    struct node *node = add_inline(p, NODE_MESSAGE);
    node->text = key;
    node->len = len;
    const char *why;
    if (!message_compile(p->arena, key, &node->message, &why)) {
        return refuse(p, tag->start, arena_fmt(p->arena, "in this message, %s", why));
    }
    return OK;
}

static enum err add_tag(struct parser *p, const struct tag *tag)
{
    switch (tag->sigil) {
    case '!':
        before_tag(p, tag, tag->blank_before && tag->blank_after);
        return OK;
    case '=':
        return set_delimiters(p, tag);
    case '#':
        if (tag->len == 1 && tag->content[0] == 't') {
            return add_message(p, tag);
        }
        return open_section(p, tag);
    case '^':
        return open_section(p, tag);
    case '/':
        return close_tag(p, tag);
    case '>':
        return add_partial(p, tag);
    case '<':
        return open_parent(p, tag);
    case '$':
        return open_block(p, tag);
    default:
        break;
    }
    before_tag(p, tag, false);
    struct node *node = add_inline(p, NODE_VARIABLE);
    node->raw = tag->sigil == '&';
    return read_path(p, tag, tag->content, tag->len, node);
}

static enum err parse(struct parser *p)
{
    while (p->at < p->len) {
        if (arena_exhausted(p->arena)) {
            return fail(p->detail, ERR_TOO_LARGE, "%s: this template is too large.", p->name);
        }
        const char *open =
            memmem(p->text + p->at, p->len - p->at, p->delimiters->open, p->delimiters->open_len);
        if (!open) {
            break;
        }
        struct tag tag = { 0 };
        TRY(read_tag(p, (size_t)(open - p->text), &tag));
        TRY(add_tag(p, &tag));
    }
    if (p->depth) {
        const struct open_tag *open = innermost(p);
        return refuse(p, open->start,
            arena_fmt(p->arena, "\"%.*s\" is not closed", (int)open->content_len, open->content));
    }
    add_text(p, p->at, p->len);
    return OK;
}

enum err template_compile(struct arena *a, struct arena *detail, const char *name, const char *text,
    size_t len, const struct delimiters *delimiters, struct template *ret_template)
{
    if (len > TEMPLATE_MAX_BYTES) {
        return fail(detail, ERR_TOO_LARGE, "%s: this template is too large.", name);
    }
    struct parser p = { .arena = a,
        .detail = detail,
        .name = name,
        .text = text,
        .len = len,
        .delimiters = delimiters,
        .line_start = true };
    enum err e = parse(&p);
    if (e == OK) {
        *ret_template = (struct template){
            .name = name,
            .nodes = arena_memdup(a, p.nodes, p.n * sizeof(*p.nodes)),
            .n = p.n,
        };
    }
    free(p.nodes);
    return e;
}
