// SPDX-License-Identifier: Apache-2.0
// Proofs over the tree of merkle.h: that an entry is in it, and that it grew only by appending
// (RFC 6962 section 2.1, checked as in RFC 9162 sections 2.1.3.2 and 2.1.4.2).
//
// A proof speaks of a root; it is worth what the root and its size are worth. Take both from one
// checkpoint whose signature was verified: some wrong sizes give a tree of the same shape along the
// path, and only the checkpoint tells them apart.
#pragma once

#include "merkle.h"

enum { PROOF_HASHES_MAX = 64 };

struct proof {
    int len;
    unsigned char hash[PROOF_HASHES_MAX][MERKLE_HASH_BYTES];
};

// That entry INDEX is in the tree of SIZE entries; bottom up. ERR_INVALID unless
// 0 <= INDEX < SIZE. NODES must know all complete nodes of that tree.
CHECKED enum err proof_of_inclusion(
    const struct merkle_reader *nodes, int64_t index, int64_t size, struct proof *ret_proof);
// That the tree of TO entries begins with the tree of FROM. ERR_INVALID unless 0 <= FROM <= TO. The
// proof has no hashes when FROM is 0 or TO.
CHECKED enum err proof_of_consistency(
    const struct merkle_reader *nodes, int64_t from, int64_t to, struct proof *ret_proof);

// Any input may be hostile.
bool proof_shows_inclusion(const struct proof *proof, int64_t index, int64_t size,
    const unsigned char leaf_hash[MERKLE_HASH_BYTES], const unsigned char root[MERKLE_HASH_BYTES]);
bool proof_shows_consistency(const struct proof *proof, int64_t from, int64_t to,
    const unsigned char from_root[MERKLE_HASH_BYTES],
    const unsigned char to_root[MERKLE_HASH_BYTES]);
