// SPDX-License-Identifier: Apache-2.0
#include "merkle.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(MERKLE_HASH_BYTES == crypto_hash_sha256_BYTES, "the tree is made of SHA-256");

static bool bit(int64_t n, int at)
{
    return (n >> at & 1) != 0;
}

void merkle_leaf_hash(const void *entry, size_t len, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    static const unsigned char prefix = 0;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &prefix, 1);
    crypto_hash_sha256_update(&state, entry, len);
    crypto_hash_sha256_final(&state, ret_hash);
}

void merkle_node_hash(const unsigned char left[MERKLE_HASH_BYTES],
    const unsigned char right[MERKLE_HASH_BYTES], unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    unsigned char both[1 + 2 * MERKLE_HASH_BYTES] = { 1 };
    memcpy(both + 1, left, MERKLE_HASH_BYTES);
    memcpy(both + 1 + MERKLE_HASH_BYTES, right, MERKLE_HASH_BYTES);
    crypto_hash_sha256(ret_hash, both, sizeof(both));
}

void merkle_empty_root(unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    crypto_hash_sha256(ret_hash, (const unsigned char *)"", 0);
}

void merkle_init(struct merkle *tree)
{
    *tree = (struct merkle){ 0 };
}

enum err merkle_append(struct merkle *tree, const unsigned char leaf_hash[MERKLE_HASH_BYTES],
    const struct merkle_sink *sink)
{
    if (tree->size == INT64_MAX) {
        return ERR_TOO_LARGE;
    }
    unsigned char carry[MERKLE_HASH_BYTES];
    memcpy(carry, leaf_hash, sizeof(carry));
    // As adding one to a binary number: each digit that is set merges with the carry. The peaks
    // that are merged are left alone, so nothing has changed until the size does.
    int level = 0;
    for (;; level++) {
        if (sink) {
            TRY(sink->node(sink->context, level, tree->size >> level, carry));
        }
        if (!bit(tree->size, level)) {
            break;
        }
        merkle_node_hash(tree->peak[level], carry, carry);
    }
    memcpy(tree->peak[level], carry, sizeof(carry));
    tree->size++;
    return OK;
}

void merkle_root(const struct merkle *tree, unsigned char ret_root[MERKLE_HASH_BYTES])
{
    bool any = false;
    for (int level = 0; level < MERKLE_LEVELS; level++) {
        if (!bit(tree->size, level)) {
            continue;
        }
        if (any) {
            merkle_node_hash(tree->peak[level], ret_root, ret_root);
        } else {
            memcpy(ret_root, tree->peak[level], MERKLE_HASH_BYTES);
            any = true;
        }
    }
    if (!any) {
        merkle_empty_root(ret_root);
    }
}

enum err merkle_at(const struct merkle_reader *nodes, int64_t size, struct merkle *ret_tree)
{
    if (size < 0) {
        return ERR_INVALID;
    }
    struct merkle tree = { .size = size };
    for (int level = 0; level < MERKLE_LEVELS; level++) {
        if (bit(size, level)) {
            TRY(nodes->hash(nodes->context, level, (size >> level) - 1, tree.peak[level]));
        }
    }
    *ret_tree = tree;
    return OK;
}

size_t merkle_write(const struct merkle *tree, unsigned char ret_state[MERKLE_STATE_BYTES])
{
    for (int i = 0; i < 8; i++) {
        ret_state[i] = (unsigned char)(tree->size >> (56 - 8 * i) & 0xff);
    }
    size_t len = 8;
    for (int level = MERKLE_LEVELS - 1; level >= 0; level--) {
        if (bit(tree->size, level)) {
            memcpy(ret_state + len, tree->peak[level], MERKLE_HASH_BYTES);
            len += MERKLE_HASH_BYTES;
        }
    }
    return len;
}

enum err merkle_read(const void *state, size_t len, struct merkle *ret_tree)
{
    const unsigned char *from = state;
    if (len < 8 || from[0] > 0x7f) {
        return ERR_CORRUPT;
    }
    struct merkle tree = { 0 };
    for (int i = 0; i < 8; i++) {
        tree.size = tree.size << 8 | from[i];
    }
    size_t peaks = (size_t)__builtin_popcountll((unsigned long long)tree.size);
    if (len != 8 + peaks * MERKLE_HASH_BYTES) {
        return ERR_CORRUPT;
    }
    from += 8;
    for (int level = MERKLE_LEVELS - 1; level >= 0; level--) {
        if (bit(tree.size, level)) {
            memcpy(tree.peak[level], from, MERKLE_HASH_BYTES);
            from += MERKLE_HASH_BYTES;
        }
    }
    *ret_tree = tree;
    return OK;
}
