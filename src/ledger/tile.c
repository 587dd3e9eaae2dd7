// SPDX-License-Identifier: Apache-2.0
#include "tile.h"

#include <string.h>

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// How many hashes a tree of SIZE entries has at a tile level; for bundles, how many entries.
static int64_t row_length(int level, int64_t size)
{
    return level < 0 ? size : size >> (TILE_LEVEL_BITS * level);
}

void tile_path(const struct tile *tile, char ret_path[TILE_PATH_BYTES])
{
    int groups[7], n = 0; // 56 bits are at most 17 digits
    int64_t rest = tile->index;
    do {
        groups[n++] = (int)(rest % 1000);
        rest /= 1000;
    } while (rest && n < (int)ARRAY_LEN(groups));
    size_t at = 0;
    if (tile->level == TILE_ENTRIES) {
        at += (size_t)snprintf(ret_path, TILE_PATH_BYTES, "tile/entries");
    } else {
        at += (size_t)snprintf(ret_path, TILE_PATH_BYTES, "tile/%d", tile->level);
    }
    while (n--) {
        at += (size_t)snprintf(
            ret_path + at, TILE_PATH_BYTES - at, n ? "/x%03d" : "/%03d", groups[n]);
    }
    if (tile->width < TILE_WIDTH) {
        snprintf(ret_path + at, TILE_PATH_BYTES - at, ".p/%d", tile->width);
    }
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

// Three digits at P, or -1.
static int three_digits(const char *p)
{
    int n = 0;
    for (int i = 0; i < 3; i++) {
        if (!digit(p[i])) {
            return -1;
        }
        n = n * 10 + (p[i] - '0');
    }
    return n;
}

// The index at *P in groups; moves *P past it.
static bool parse_index(const char **p, int64_t *ret_index)
{
    const char *at = *p;
    int64_t index = 0;
    for (int group = 0;; group++) {
        bool more = *at == 'x';
        at += more;
        int n = three_digits(at);
        // Six groups are 18 digits: all indexes, and no overflow. A first group of zeros with more
        // to come would spell the index a second way.
        if (n < 0 || group == 6 || (more && group == 0 && n == 0)) {
            return false;
        }
        index = index * 1000 + n;
        at += 3;
        if (!more) {
            break;
        }
        if (*at++ != '/') {
            return false;
        }
    }
    *p = at;
    *ret_index = index;
    return true;
}

// "" is a full tile, ".p/W" a partial one.
static bool parse_width(const char *p, int *ret_width)
{
    if (!*p) {
        *ret_width = TILE_WIDTH;
        return true;
    }
    if (strncmp(p, ".p/", 3) != 0) {
        return false;
    }
    p += 3;
    int width = 0;
    for (int i = 0; digit(p[i]); i++) {
        width = width * 10 + (p[i] - '0');
        if (width == 0 || width >= TILE_WIDTH) {
            return false;
        }
        if (!p[i + 1]) {
            *ret_width = width;
            return true;
        }
    }
    return false;
}

bool tile_parse(const char *path, struct tile *ret_tile)
{
    static const char root[] = "tile/", entries[] = "entries/";
    if (strncmp(path, root, strlen(root)) != 0) {
        return false;
    }
    const char *p = path + strlen(root);
    struct tile tile = { .level = TILE_ENTRIES };
    if (strncmp(p, entries, strlen(entries)) == 0) {
        p += strlen(entries);
    } else if (*p >= '0' && *p < '0' + TILE_LEVELS && p[1] == '/') {
        tile.level = *p - '0';
        p += 2;
    } else {
        return false;
    }
    if (!parse_index(&p, &tile.index) || !parse_width(p, &tile.width) ||
        !tile_within(&tile, INT64_MAX)) {
        return false;
    }
    *ret_tile = tile;
    return true;
}

struct tile tile_at(int level, int64_t index, int64_t size)
{
    struct tile tile = { .level = level, .index = index };
    int64_t row = row_length(level, size);
    if (index >= 0 && index <= row / TILE_WIDTH) {
        tile.width = (int)lesser(row - index * TILE_WIDTH, TILE_WIDTH);
    }
    return tile;
}

bool tile_within(const struct tile *tile, int64_t size)
{
    return tile->width > 0 && tile->width <= tile_at(tile->level, tile->index, size).width;
}

struct tile_walk tile_walk(int64_t from, int64_t to)
{
    return (struct tile_walk){ .from = from, .to = to, .index = -1 };
}

bool tile_walk_next(struct tile_walk *walk, struct tile *ret_tile)
{
    for (; walk->level < TILE_LEVELS; walk->level++, walk->index = -1) {
        int64_t from = row_length(walk->level, walk->from);
        int64_t to = row_length(walk->level, walk->to);
        if (walk->index < 0) {
            walk->index = from / TILE_WIDTH;
        }
        if (from < to && walk->index <= (to - 1) / TILE_WIDTH) {
            *ret_tile = tile_at(walk->level, walk->index, walk->to);
            walk->index++;
            return true;
        }
    }
    return false;
}

enum err bundle_add(struct buf *bundle, const void *entry, size_t len)
{
    if (len > TILE_ENTRY_BYTES_MAX) {
        return ERR_TOO_LARGE;
    }
    unsigned char *to = (unsigned char *)buf_reserve(bundle, 2 + len);
    if (!to) {
        return ERR_TOO_LARGE;
    }
    to[0] = (unsigned char)(len >> 8);
    to[1] = (unsigned char)(len & 0xff);
    if (len) {
        memcpy(to + 2, entry, len);
    }
    bundle->len += 2 + len;
    bundle->data[bundle->len] = '\0';
    return OK;
}

bool bundle_next(
    const unsigned char **at, size_t *left, const unsigned char **ret_entry, size_t *ret_len)
{
    if (*left < 2) {
        return false;
    }
    size_t len = (size_t)(*at)[0] << 8 | (*at)[1];
    if (len > *left - 2) {
        return false;
    }
    *ret_entry = *at + 2;
    *ret_len = len;
    *at += 2 + len;
    *left -= 2 + len;
    return true;
}
