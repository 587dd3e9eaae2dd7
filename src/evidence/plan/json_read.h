// SPDX-License-Identifier: Apache-2.0
// A strict reader of small JSON texts (RFC 8259): no duplicate keys, no trailing bytes, valid
// UTF-8, bounded depth and size.
#pragma once

#include "internal.h"

enum ev_node_kind {
    EV_NODE_NULL,
    EV_NODE_BOOL,
    EV_NODE_NUMBER,
    EV_NODE_TEXT,
    EV_NODE_LIST,
    EV_NODE_OBJECT
};
enum { EV_NODES_MAX = 4096, EV_NODE_DEPTH_MAX = 16 };

struct ev_node {
    enum ev_node_kind kind;
    const char *key;    // in an object
    const char *text;   // of a text
    double number;      // also of a bool
    size_t first, next; // children and siblings by place, 0 = none (0 is the root)
    bool read;          // somebody asked for it
};

struct ev_tree {
    struct ev_node *node;
    size_t n;
    char *bytes; // of keys and texts
};

PH_CHECKED enum ph_status ev_tree_read(
    struct ph_context *c, const char *text, size_t len, struct ev_tree *ret_tree);
void ev_tree_release(struct ph_context *c, struct ev_tree *t);
// An object's member, marked as read; NULL where there is none.
struct ev_node *ev_tree_member(struct ev_tree *t, const struct ev_node *object, const char *key);
