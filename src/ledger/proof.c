// SPDX-License-Identifier: Apache-2.0
#include "proof.h"

#include <string.h>

// The largest power of two below N, as its exponent; N > 1. Where RFC 6962 splits a tree.
static int split(int64_t n)
{
    return 63 - __builtin_clzll((unsigned long long)(n - 1));
}

// The tree hash of the entries from LO up to HI, where LO is a multiple of a power of two that is
// at least HI - LO, as it is for every range that RFC 6962's recursion visits.
static enum err range_hash(const struct merkle_reader *nodes, int64_t lo, int64_t hi,
    unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    // The complete subtrees of the range, smallest first, so that each takes what came before on
    // its right.
    unsigned char hash[MERKLE_HASH_BYTES] = { 0 }, left[MERKLE_HASH_BYTES];
    int64_t size = hi - lo;
    bool any = false;
    for (int level = 0; level < MERKLE_LEVELS; level++) {
        if (!(size >> level & 1)) {
            continue;
        }
        hi -= (int64_t)1 << level;
        TRY(nodes->hash(nodes->context, level, hi >> level, any ? left : hash));
        if (any) {
            merkle_node_hash(left, hash, hash);
        }
        any = true;
    }
    memcpy(ret_hash, hash, sizeof(hash));
    return OK;
}

struct range {
    int64_t lo, hi;
};

// Hashes RANGES, last first, into the proof: the descent finds them from the top down.
static enum err proof_from(
    const struct merkle_reader *nodes, const struct range *ranges, int n, struct proof *ret_proof)
{
    struct proof proof = { .len = n };
    for (int i = 0; i < n; i++) {
        const struct range *r = &ranges[n - 1 - i];
        TRY(range_hash(nodes, r->lo, r->hi, proof.hash[i]));
    }
    *ret_proof = proof;
    return OK;
}

enum err proof_of_inclusion(
    const struct merkle_reader *nodes, int64_t index, int64_t size, struct proof *ret_proof)
{
    if (index < 0 || index >= size) {
        return ERR_INVALID;
    }
    struct range siblings[PROOF_HASHES_MAX];
    int n = 0;
    int64_t lo = 0, hi = size;
    while (hi - lo > 1) {
        int64_t middle = lo + ((int64_t)1 << split(hi - lo));
        if (index < middle) {
            siblings[n++] = (struct range){ middle, hi };
            hi = middle;
        } else {
            siblings[n++] = (struct range){ lo, middle };
            lo = middle;
        }
    }
    return proof_from(nodes, siblings, n, ret_proof);
}

enum err proof_of_consistency(
    const struct merkle_reader *nodes, int64_t from, int64_t to, struct proof *ret_proof)
{
    if (from < 0 || from > to) {
        return ERR_INVALID;
    }
    struct range ranges[PROOF_HASHES_MAX];
    int n = 0;
    int64_t lo = 0, hi = to;
    if (from == 0) {
        hi = 0;
    }
    while (hi > from) {
        int64_t middle = lo + ((int64_t)1 << split(hi - lo));
        if (from <= middle) {
            ranges[n++] = (struct range){ middle, hi };
            hi = middle;
        } else {
            ranges[n++] = (struct range){ lo, middle };
            lo = middle;
        }
    }
    // The last of the old tree's subtrees, unless it is the whole old tree, which is known.
    if (lo > 0) {
        ranges[n++] = (struct range){ lo, hi };
    }
    return proof_from(nodes, ranges, n, ret_proof);
}

static bool proof_well_formed(const struct proof *proof)
{
    return proof->len >= 0 && proof->len <= PROOF_HASHES_MAX;
}

bool proof_shows_inclusion(const struct proof *proof, int64_t index, int64_t size,
    const unsigned char leaf_hash[MERKLE_HASH_BYTES], const unsigned char root[MERKLE_HASH_BYTES])
{
    if (index < 0 || index >= size || !proof_well_formed(proof)) {
        return false;
    }
    // NODE and LAST are the entry's ancestor and the rightmost node, a level at a time.
    int64_t node = index, last = size - 1;
    unsigned char hash[MERKLE_HASH_BYTES];
    memcpy(hash, leaf_hash, sizeof(hash));
    for (int i = 0; i < proof->len; i++) {
        if (last == 0) {
            return false;
        }
        if (node & 1 || node == last) {
            merkle_node_hash(proof->hash[i], hash, hash);
            // A node at the right edge without a sibling rises unchanged.
            while (!(node & 1) && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node_hash(hash, proof->hash[i], hash);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(hash, root, sizeof(hash)) == 0;
}

// Both roots from the parts that the old tree and the new one share; 0 < FROM < TO.
static bool roots_agree(const struct proof *proof, int64_t from, int64_t to,
    const unsigned char from_root[MERKLE_HASH_BYTES],
    const unsigned char to_root[MERKLE_HASH_BYTES])
{
    // A whole old tree is not repeated in the proof.
    bool whole = (from & (from - 1)) == 0;
    int at = whole ? 0 : 1;
    if (proof->len < at) {
        return false;
    }
    unsigned char old[MERKLE_HASH_BYTES], new[MERKLE_HASH_BYTES];
    memcpy(old, whole ? from_root : proof->hash[0], sizeof(old));
    memcpy(new, old, sizeof(new));
    int64_t node = from - 1, last = to - 1;
    while (node & 1) {
        node >>= 1;
        last >>= 1;
    }
    for (; at < proof->len; at++) {
        if (last == 0) {
            return false;
        }
        if (node & 1 || node == last) {
            merkle_node_hash(proof->hash[at], old, old);
            merkle_node_hash(proof->hash[at], new, new);
            while (!(node & 1) && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node_hash(new, proof->hash[at], new);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(old, from_root, sizeof(old)) == 0 &&
           memcmp(new, to_root, sizeof(new)) == 0;
}

bool proof_shows_consistency(const struct proof *proof, int64_t from, int64_t to,
    const unsigned char from_root[MERKLE_HASH_BYTES],
    const unsigned char to_root[MERKLE_HASH_BYTES])
{
    if (from < 0 || from > to || !proof_well_formed(proof)) {
        return false;
    }
    if (from == 0) {
        unsigned char empty[MERKLE_HASH_BYTES];
        merkle_empty_root(empty);
        return proof->len == 0 && memcmp(from_root, empty, sizeof(empty)) == 0 &&
               (to > 0 || memcmp(to_root, empty, sizeof(empty)) == 0);
    }
    if (from == to) {
        return proof->len == 0 && memcmp(from_root, to_root, MERKLE_HASH_BYTES) == 0;
    }
    return roots_agree(proof, from, to, from_root, to_root);
}
