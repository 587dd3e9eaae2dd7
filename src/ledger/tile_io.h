// SPDX-License-Identifier: Apache-2.0
// Between a tree and the place where its tiles are kept, whatever that is: a reader gives single
// nodes from whole tiles, as proofs want them, and a writer turns new leaves into new and wider
// tiles.
//
// The place keeps each tile under (level, index) and replaces a narrower one by the wider. A tile,
// once a certain width, never changes in its first hashes, so a reader of an older size is served
// by a wider tile too.
#pragma once

#include "tile.h"

struct tile_place {
    // The first TILE->width hashes of the stored tile into RET_HASHES, 32 bytes each.
    // ERR_CORRUPT or the store's own error when they aren't there.
    enum err (*load)(void *context, const struct tile *tile, unsigned char *ret_hashes);
    // Keeps TILE->width hashes. A reader needs no save.
    enum err (*save)(void *context, const struct tile *tile, const unsigned char *hashes);
    void *context;
};

// Reads nodes of a tree of one size. Holds the tile it read last, as neighbouring nodes of a proof
// mostly share one. About 8 KB; lives on the stack or in an arena.
struct tile_reader {
    const struct tile_place *place;
    int64_t size;
    struct tile held; // width 0: none
    unsigned char hashes[TILE_BYTES];
};
void tile_reader_init(struct tile_reader *r, const struct tile_place *place, int64_t size);
// For merkle.h and proof.h; as long-lived as R. A node outside the tree is ERR_INVALID.
struct merkle_reader tile_reader_nodes(struct tile_reader *r);

// Adds leaves to a tree and saves the tiles they change: a full one as soon as it is full, the
// partial ones in tile_writer_finish(). About 66 KB; take it from an arena. After an error the
// writer is of no more use, and whoever keeps the place undoes what was saved.
struct tile_writer {
    const struct tile_place *place;
    struct merkle tree; // as far as the leaves go
    int64_t started;    // the tree's size at the beginning
    bool open[TILE_LEVELS];
    unsigned char hashes[TILE_LEVELS][TILE_BYTES];
};
void tile_writer_init(
    struct tile_writer *w, const struct tile_place *place, const struct merkle *tree);
CHECKED enum err tile_writer_add(
    struct tile_writer *w, const unsigned char leaf_hash[MERKLE_HASH_BYTES]);
// Saves what is partial. The tree to keep is then in W->tree.
CHECKED enum err tile_writer_finish(struct tile_writer *w);
