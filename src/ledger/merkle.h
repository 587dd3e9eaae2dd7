// SPDX-License-Identifier: Apache-2.0
// The tree of RFC 6962: SHA-256, leaves H(0x00 ‖ entry), nodes H(0x01 ‖ left ‖ right).
//
// A node is named by (level, index): level 0 holds the leaf hashes, and node (level, index) is the
// tree hash of the entries index·2^level up to, not including, (index + 1)·2^level. Only complete
// nodes are ever stored or read; whatever hangs over the right edge is computed from them.
//
// struct merkle is the growing edge of a tree: the roots of the complete subtrees that the binary
// digits of its size name. It is all that appending needs, and it copies by assignment, so a
// transaction that fails throws its copy away.
//
// Invariants
// - peak[h] means something exactly when bit h of size is set, and is then the complete node
//   (h, (size >> h) - 1).
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MERKLE_HASH_BYTES = 32,
    MERKLE_LEVELS = 63, // sizes are below 2^63
    // The most bytes that merkle_write() makes.
    MERKLE_STATE_BYTES = 8 + MERKLE_LEVELS * MERKLE_HASH_BYTES,
};

struct merkle {
    int64_t size;
    unsigned char peak[MERKLE_LEVELS][MERKLE_HASH_BYTES];
};

// Where complete nodes come from. HASH answers any node that lies wholly within the sizes it is
// asked for; an error ends the operation and is passed on.
struct merkle_reader {
    enum err (*hash)(
        void *context, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES]);
    void *context;
};

// Told of each node as an append completes it, leaves (level 0) first.
struct merkle_sink {
    enum err (*node)(
        void *context, int level, int64_t index, const unsigned char hash[MERKLE_HASH_BYTES]);
    void *context;
};

void merkle_leaf_hash(const void *entry, size_t len, unsigned char ret_hash[MERKLE_HASH_BYTES]);
// RET_HASH may be LEFT or RIGHT.
void merkle_node_hash(const unsigned char left[MERKLE_HASH_BYTES],
    const unsigned char right[MERKLE_HASH_BYTES], unsigned char ret_hash[MERKLE_HASH_BYTES]);
// The root of a tree without entries.
void merkle_empty_root(unsigned char ret_hash[MERKLE_HASH_BYTES]);

// An empty tree; struct merkle tree = { 0 } is one as well.
void merkle_init(struct merkle *tree);
// Adds one leaf. SINK may be NULL. When the sink refuses a node the tree is as it was before.
CHECKED enum err merkle_append(struct merkle *tree,
    const unsigned char leaf_hash[MERKLE_HASH_BYTES], const struct merkle_sink *sink);
void merkle_root(const struct merkle *tree, unsigned char ret_root[MERKLE_HASH_BYTES]);
// The edge of the tree's first SIZE entries, from stored nodes. ERR_INVALID when SIZE is negative.
CHECKED enum err merkle_at(
    const struct merkle_reader *nodes, int64_t size, struct merkle *ret_tree);

// The edge as bytes: the size, 64 bits big-endian, then its peaks, tallest first. Returns how many
// bytes, at most MERKLE_STATE_BYTES.
size_t merkle_write(const struct merkle *tree, unsigned char ret_state[MERKLE_STATE_BYTES]);
// ERR_CORRUPT unless STATE is what merkle_write() makes.
CHECKED enum err merkle_read(const void *state, size_t len, struct merkle *ret_tree);
