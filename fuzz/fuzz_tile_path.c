// SPDX-License-Identifier: Apache-2.0
// Any text as a tile's path: what is taken is spelt back the same. The same bytes as an entry
// bundle and as a tree's edge: nothing is read past the end, and what is taken is written back the
// same.
#include "tile.h"

static void check_bundle(const unsigned char *data, size_t size)
{
    const unsigned char *at = data, *entry;
    size_t left = size, len;
    AUTO_BUF(again, 0);
    while (bundle_next(&at, &left, &entry, &len)) {
        if (bundle_add(&again, entry, len) != OK) {
            abort();
        }
    }
    if (again.len + left != size || (again.len && memcmp(again.data, data, again.len) != 0)) {
        abort();
    }
}

static void check_edge(const unsigned char *data, size_t size)
{
    unsigned char state[MERKLE_STATE_BYTES], root[MERKLE_HASH_BYTES];
    struct merkle tree;
    if (merkle_read(data, size, &tree) == OK) {
        merkle_root(&tree, root);
        if (merkle_write(&tree, state) != size || memcmp(state, data, size) != 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *text = malloc(size + 1), path[TILE_PATH_BYTES];
    if (!text) {
        abort();
    }
    if (size) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    struct tile tile;
    if (tile_parse(text, &tile)) {
        tile_path(&tile, path);
        if (strcmp(path, text) != 0 || !tile_within(&tile, INT64_MAX)) {
            abort();
        }
    }
    free(text);
    check_bundle(data, size);
    check_edge(data, size);
    return 0;
}
