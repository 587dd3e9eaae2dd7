// SPDX-License-Identifier: Apache-2.0
// How a log's tree is cut into files (C2SP tlog-tiles): a tile of level L holds 256 consecutive
// nodes of the tree's level 8·L. The rightmost tile of a level is partial, 1 to 255 wide, until it
// fills. An entry bundle holds the entries whose leaf hashes the tile of level 0 with the same
// index holds.
#pragma once

#include "buf.h"
#include "merkle.h"

enum {
    TILE_WIDTH = 256,
    TILE_LEVEL_BITS = 8,
    TILE_LEVELS = 8,   // 0 to 7; sizes below 2^63 reach no further
    TILE_ENTRIES = -1, // the level that means an entry bundle
    TILE_BYTES = TILE_WIDTH * MERKLE_HASH_BYTES,
    TILE_PATH_BYTES = 64, // room for any path and its NUL
    TILE_ENTRY_BYTES_MAX = 65535,
};

struct tile {
    int level; // 0 to TILE_LEVELS - 1, or TILE_ENTRIES
    int64_t index;
    int width; // 1 to TILE_WIDTH; below it the tile is partial
};

// "tile/0/x001/x234/067", "tile/entries/000.p/17": the path below the log's address.
void tile_path(const struct tile *tile, char ret_path[TILE_PATH_BYTES]);
// Reads such a path; only the one spelling that tile_path() gives, and only tiles that a tree below
// 2^63 entries can have. False and untouched otherwise.
CHECKED bool tile_parse(const char *path, struct tile *ret_tile);
// Is it part of a tree of SIZE entries? A partial tile that has since grown still is.
bool tile_within(const struct tile *tile, int64_t size);
// The tile of LEVEL and INDEX as wide as a tree of SIZE entries makes it; a width of 0 when the
// tree doesn't reach it.
struct tile tile_at(int level, int64_t index, int64_t size);

// The tiles that growing from FROM to TO entries adds or widens, level by level, left to right.
// Entry bundles are not among them: each tile of level 0 stands for the bundle beside it as well.
//     struct tile_walk walk = tile_walk(from, to);
//     while (tile_walk_next(&walk, &tile)) …
struct tile_walk {
    int64_t from, to;
    int level;
    int64_t index; // next to give; -1 before the level's first
};
struct tile_walk tile_walk(int64_t from, int64_t to);
bool tile_walk_next(struct tile_walk *walk, struct tile *ret_tile);

// Adds an entry to a bundle: its length as 16 bits big-endian, then its bytes. ERR_TOO_LARGE past
// TILE_ENTRY_BYTES_MAX or the buf's limit, with the bundle as it was.
CHECKED enum err bundle_add(struct buf *bundle, const void *entry, size_t len);
// Takes the next entry off the bundle *AT … *LEFT. False at its end and when it is cut short: it
// was whole when *LEFT is 0.
bool bundle_next(
    const unsigned char **at, size_t *left, const unsigned char **ret_entry, size_t *ret_len);
