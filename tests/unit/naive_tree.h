// SPDX-License-Identifier: Apache-2.0
// A small tree by the recursive definition, to hold the real one against. Entry i is the two bytes
// of i, so that no two leaves are equal.
#pragma once

#include "merkle.h"

#include <stdlib.h>
#include <string.h>

enum { NAIVE_MAX = 260 };

struct naive {
    unsigned char (*hash)[NAIVE_MAX + 1][MERKLE_HASH_BYTES]; // [lo][hi]
    bool (*known)[NAIVE_MAX + 1];
    int64_t limit; // readers must not ask past it
};

static inline void naive_init(struct naive *t)
{
    t->hash = calloc(NAIVE_MAX + 1, sizeof(*t->hash));
    t->known = calloc(NAIVE_MAX + 1, sizeof(*t->known));
    t->limit = NAIVE_MAX;
}

static inline void naive_release(struct naive *t)
{
    free(t->hash);
    free(t->known);
}

static inline void naive_leaf(int64_t i, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    unsigned char entry[2] = { (unsigned char)(i >> 8 & 0xff), (unsigned char)(i & 0xff) };
    merkle_leaf_hash(entry, sizeof(entry), ret_hash);
}

static inline int64_t naive_split(int64_t n)
{
    int64_t k = 1;
    while (k * 2 < n) {
        k *= 2;
    }
    return k;
}

static inline const unsigned char *naive_mth(struct naive *t, int64_t lo, int64_t hi)
{
    unsigned char *hash = t->hash[lo][hi];
    if (!t->known[lo][hi]) {
        if (lo == hi) {
            merkle_empty_root(hash);
        } else if (hi - lo == 1) {
            naive_leaf(lo, hash);
        } else {
            int64_t k = naive_split(hi - lo);
            merkle_node_hash(naive_mth(t, lo, lo + k), naive_mth(t, lo + k, hi), hash);
        }
        t->known[lo][hi] = true;
    }
    return hash;
}

static inline enum err naive_node(
    void *context, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    struct naive *t = context;
    assert_in_range(level, 0, 10);
    assert_true(index >= 0 && (index + 1) << level <= t->limit); // complete nodes only
    memcpy(ret_hash, naive_mth(t, index << level, (index + 1) << level), MERKLE_HASH_BYTES);
    return OK;
}

static inline struct merkle_reader naive_reader(struct naive *t)
{
    return (struct merkle_reader){ .hash = naive_node, .context = t };
}
