// SPDX-License-Identifier: Apache-2.0
#include "tile_io.h"

#include <string.h>

void tile_reader_init(struct tile_reader *r, const struct tile_place *place, int64_t size)
{
    r->place = place;
    r->size = size;
    r->held = (struct tile){ 0 };
}

static enum err reader_hold(struct tile_reader *r, int level, int64_t index)
{
    if (r->held.width && r->held.level == level && r->held.index == index) {
        return OK;
    }
    struct tile tile = tile_at(level, index, r->size);
    r->held.width = 0;
    TRY(r->place->load(r->place->context, &tile, r->hashes));
    r->held = tile;
    return OK;
}

static enum err reader_hash(
    void *context, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    struct tile_reader *r = context;
    if (level < 0 || level >= MERKLE_LEVELS || index < 0 || index >= r->size >> level) {
        return ERR_INVALID;
    }
    // The node covers 2^up hashes of one tile, as tiles are aligned and no node between two tile
    // levels covers more than 128.
    int up = level % TILE_LEVEL_BITS;
    int64_t first = index << up;
    TRY(reader_hold(r, level / TILE_LEVEL_BITS, first / TILE_WIDTH));
    const unsigned char *from = r->hashes + first % TILE_WIDTH * MERKLE_HASH_BYTES;
    struct merkle node = { 0 };
    for (int i = 0; i < 1 << up; i++) {
        TRY(merkle_append(&node, from + i * MERKLE_HASH_BYTES, NULL));
    }
    merkle_root(&node, ret_hash);
    return OK;
}

struct merkle_reader tile_reader_nodes(struct tile_reader *r)
{
    return (struct merkle_reader){ .hash = reader_hash, .context = r };
}

void tile_writer_init(
    struct tile_writer *w, const struct tile_place *place, const struct merkle *tree)
{
    w->place = place;
    w->tree = *tree;
    w->started = tree->size;
    memset(w->open, 0, sizeof(w->open));
}

// A complete node: a hash of some tile when its level is one of those that tiles hold.
static enum err writer_node(
    void *context, int level, int64_t index, const unsigned char hash[MERKLE_HASH_BYTES])
{
    struct tile_writer *w = context;
    if (level % TILE_LEVEL_BITS) {
        return OK;
    }
    level /= TILE_LEVEL_BITS;
    int at = (int)(index % TILE_WIDTH);
    unsigned char *hashes = w->hashes[level];
    if (!w->open[level] && at > 0) {
        struct tile before = tile_at(level, index / TILE_WIDTH, w->started);
        TRY(w->place->load(w->place->context, &before, hashes));
    }
    w->open[level] = true;
    memcpy(hashes + at * MERKLE_HASH_BYTES, hash, MERKLE_HASH_BYTES);
    if (at < TILE_WIDTH - 1) {
        return OK;
    }
    w->open[level] = false;
    struct tile full = { .level = level, .index = index / TILE_WIDTH, .width = TILE_WIDTH };
    return w->place->save(w->place->context, &full, hashes);
}

enum err tile_writer_add(struct tile_writer *w, const unsigned char leaf_hash[MERKLE_HASH_BYTES])
{
    struct merkle_sink sink = { .node = writer_node, .context = w };
    return merkle_append(&w->tree, leaf_hash, &sink);
}

enum err tile_writer_finish(struct tile_writer *w)
{
    for (int level = 0; level < TILE_LEVELS; level++) {
        if (!w->open[level]) {
            continue;
        }
        int64_t last = (w->tree.size >> (TILE_LEVEL_BITS * level)) - 1;
        struct tile tile = tile_at(level, last / TILE_WIDTH, w->tree.size);
        TRY(w->place->save(w->place->context, &tile, w->hashes[level]));
        w->open[level] = false;
    }
    return OK;
}
