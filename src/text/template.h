// SPDX-License-Identifier: Apache-2.0
// A compiled Mustache template: what template.c makes and mustache.c walks. Private to the two.
//
// A template is an array of nodes in the order of the text; a node's children follow it directly
// and end at its `end`, so that a walk needs no pointers: the next sibling of nodes[i] is
// nodes[nodes[i].end].
//
// Indentation. The specification indents a partial before it is rendered; here it is done while
// rendering: a node that begins a line of the template has `line_start` and is preceded by the
// indentation then in force. Lines that hold nothing but a standalone tag leave no node that begins
// a line.
#pragma once

#include "arena.h"

struct templates;

enum {
    TEMPLATE_MAX_BYTES = 1 << 20,
    TEMPLATE_MAX_NESTING = 32, // tags open at once
    TEMPLATE_MAX_PARTS = 16,   // of a dotted name
};

enum node_kind {
    NODE_TEXT,
    NODE_VARIABLE,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
    NODE_PARENT, // only its blocks matter: they are the arguments
    NODE_BLOCK,  // a parameter; as a child of a parent tag, an argument
    NODE_MESSAGE,
};

struct delimiters {
    const char *open, *close;
    size_t open_len, close_len;
};

// A part of a dotted name. Names that are looked up near each other have numbers near each other.
struct name {
    const char *text;
    unsigned number;
};

struct node {
    enum node_kind kind;
    bool line_start;       // begins a line of the template
    bool raw;              // NODE_VARIABLE: not escaped
    bool dynamic;          // NODE_PARTIAL, NODE_PARENT: `parts` leads to the name
    bool standalone;       // alone on its line. NODE_BLOCK: its opening tag is
    bool blank_before;     // NODE_BLOCK, not standalone: white space alone stands before it
    bool only_names;       // NODE_SECTION: nothing inside includes, or is, what stands there itself
    unsigned char n_parts; // 0: the implicit iterator
    uint32_t end;
    const struct name **parts;       // of the dotted name, for what looks into the data
    const struct template *leads_to; // NODE_PARTIAL, NODE_PARENT of a set, not dynamic
    const char
        *text; // NODE_TEXT; NODE_SECTION: what stands inside; other names and keys, NUL-terminated
    size_t len;
    const char *indent; // white space before a standalone partial, parent or block
    size_t indent_len;
    size_t dedent; // NODE_BLOCK: white space to take from each line where it is an argument
    const struct delimiters *delimiters; // NODE_SECTION: those in force inside
    const struct message *message;       // NODE_MESSAGE: the key compiled
};

struct template
{
    const char *name; // NULL: only mentioned so far, renders as nothing
    struct node *nodes;
    size_t n;
};

// NULL where the set has none of that name.
const struct template *templates_get(const struct templates *t, const char *name);

extern const struct delimiters template_delimiters; // {{ }}

// TEXT and NAME are borrowed and must live as long as A, where the template is made.
CHECKED enum err template_compile(struct arena *a, struct arena *detail, const char *name,
    const char *text, size_t len, const struct delimiters *delimiters,
    struct template *ret_template);
