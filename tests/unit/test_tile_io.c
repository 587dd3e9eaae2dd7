// SPDX-License-Identifier: Apache-2.0
#include "tile_io.h"
#include "proof.h"
#include "arena.h"
#include "check.h"

enum { LEVELS = 3, TILES = 300 };

// Tiles in memory, with a count of what was asked of them.
struct memory {
    unsigned char (*hashes)[TILES][TILE_BYTES];
    int width[LEVELS][TILES];
    int loads, saves;
    int refuse_after; // calls; negative for never
};

static enum err count_call(struct memory *m, int *calls)
{
    if (m->refuse_after >= 0 && m->loads + m->saves >= m->refuse_after) {
        return ERR_UNAVAILABLE;
    }
    (*calls)++;
    return OK;
}

static enum err memory_load(void *context, const struct tile *tile, unsigned char *ret_hashes)
{
    struct memory *m = context;
    TRY(count_call(m, &m->loads));
    assert_in_range(tile->level, 0, LEVELS - 1);
    assert_true(tile->index >= 0 && tile->index < TILES && tile->width > 0);
    assert_true(tile->width <= m->width[tile->level][tile->index]);
    memcpy(
        ret_hashes, m->hashes[tile->level][tile->index], (size_t)tile->width * MERKLE_HASH_BYTES);
    return OK;
}

static enum err memory_save(void *context, const struct tile *tile, const unsigned char *hashes)
{
    struct memory *m = context;
    TRY(count_call(m, &m->saves));
    assert_in_range(tile->level, 0, LEVELS - 1);
    assert_true(tile->index >= 0 && tile->index < TILES && tile->width <= TILE_WIDTH);
    int before = m->width[tile->level][tile->index];
    unsigned char *kept = m->hashes[tile->level][tile->index];
    assert_true(tile->width > before);
    assert_memory_equal(kept, hashes, (size_t)before * MERKLE_HASH_BYTES);
    memcpy(kept, hashes, (size_t)tile->width * MERKLE_HASH_BYTES);
    m->width[tile->level][tile->index] = tile->width;
    return OK;
}

static void memory_init(struct memory *m)
{
    *m = (struct memory){ .hashes = calloc(LEVELS, sizeof(*m->hashes)), .refuse_after = -1 };
}

static void leaf_of(int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    merkle_leaf_hash(&index, sizeof(index), ret_hash);
}

static enum err add_leaves(
    struct arena *a, const struct tile_place *place, struct merkle *tree, int64_t to)
{
    struct tile_writer *w = arena_new(a, struct tile_writer);
    tile_writer_init(w, place, tree);
    while (w->tree.size < to) {
        unsigned char leaf[MERKLE_HASH_BYTES];
        leaf_of(w->tree.size, leaf);
        TRY(tile_writer_add(w, leaf));
    }
    TRY(tile_writer_finish(w));
    *tree = w->tree;
    return OK;
}

// Every stored tile against the tree hashes worked out from the tiles below it.
static void assert_tiles_right(const struct memory *m, int64_t size)
{
    for (int level = 0; level < LEVELS; level++) {
        for (int64_t index = 0; index < TILES; index++) {
            int width = tile_at(level, index, size).width;
            assert_int_equal(m->width[level][index], width);
            for (int i = 0; i < width; i++) {
                unsigned char hash[MERKLE_HASH_BYTES];
                int64_t at = index * TILE_WIDTH + i;
                struct merkle below = { 0 };
                if (level == 0) {
                    leaf_of(at, hash);
                } else {
                    for (int j = 0; j < TILE_WIDTH; j++) {
                        assert_int_equal(
                            merkle_append(
                                &below, m->hashes[level - 1][at] + j * MERKLE_HASH_BYTES, NULL),
                            OK);
                    }
                    merkle_root(&below, hash);
                }
                assert_memory_equal(
                    m->hashes[level][index] + i * MERKLE_HASH_BYTES, hash, sizeof(hash));
            }
        }
    }
}

static void writes_the_same_tiles_in_any_batches(void **state)
{
    static const int64_t batches[] = { 1, 2, 255, 256, 257, 1000, 65536, 70000 };
    static const int64_t sizes[] = { 3, 256, 700, 65536, 65700, 70000 };
    unsigned char root[ARRAY_LEN(sizes)][MERKLE_HASH_BYTES];
    for (size_t b = 0; b < ARRAY_LEN(batches); b++) {
        struct memory m;
        memory_init(&m);
        struct tile_place place = { memory_load, memory_save, &m };
        struct arena a;
        arena_init(&a, 1 << 20);
        struct merkle tree = { 0 };
        for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
            while (tree.size < sizes[s]) {
                int64_t to = tree.size + batches[b] < sizes[s] ? tree.size + batches[b] : sizes[s];
                m.loads = m.saves = 0;
                struct tile_walk walk = tile_walk(tree.size, to);
                struct tile tile;
                int changed = 0;
                while (tile_walk_next(&walk, &tile)) {
                    changed++;
                }
                assert_int_equal(add_leaves(&a, &place, &tree, to), OK);
                assert_int_equal(m.saves, changed);
                assert_in_range(m.loads, 0, LEVELS); // the edge only, whatever the size
                arena_reset(&a);
            }
            unsigned char now[MERKLE_HASH_BYTES];
            merkle_root(&tree, now);
            if (b == 0) {
                memcpy(root[s], now, sizeof(now));
            }
            assert_memory_equal(root[s], now, sizeof(now));
            assert_tiles_right(&m, sizes[s]);
        }
        arena_release(&a);
        free(m.hashes);
    }
}

static void proves_from_tiles(void **state)
{
    struct memory m;
    memory_init(&m);
    struct tile_place place = { .load = memory_load, .context = &m };
    struct tile_place writing = { memory_load, memory_save, &m };
    struct arena a;
    arena_init(&a, 1 << 20);
    struct merkle tree = { 0 };
    assert_int_equal(add_leaves(&a, &writing, &tree, 70000), OK);
    static const int64_t sizes[] = { 1, 2, 255, 256, 257, 513, 65535, 65536, 65537, 69999, 70000 };
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        int64_t size = sizes[s];
        struct tile_reader r;
        tile_reader_init(&r, &place, size);
        struct merkle_reader nodes = tile_reader_nodes(&r);
        struct merkle then;
        unsigned char root[MERKLE_HASH_BYTES], leaf[MERKLE_HASH_BYTES];
        assert_int_equal(merkle_at(&nodes, size, &then), OK);
        merkle_root(&then, root);
        for (int64_t index = 0; index < size; index += size / 40 + 1) {
            struct proof p;
            m.loads = 0;
            assert_int_equal(proof_of_inclusion(&nodes, index, size, &p), OK);
            assert_in_range(m.loads, 0, 3 * LEVELS);
            leaf_of(index, leaf);
            assert_true(proof_shows_inclusion(&p, index, size, leaf, root));
        }
        for (size_t o = 0; o <= s; o++) {
            struct merkle before;
            struct proof p;
            unsigned char old[MERKLE_HASH_BYTES];
            assert_int_equal(merkle_at(&nodes, sizes[o], &before), OK);
            merkle_root(&before, old);
            assert_int_equal(proof_of_consistency(&nodes, sizes[o], size, &p), OK);
            assert_true(proof_shows_consistency(&p, sizes[o], size, old, root));
        }
    }
    arena_release(&a);
    free(m.hashes);
}

static void reads_nothing_outside_its_tree(void **state)
{
    struct memory m;
    memory_init(&m);
    m.refuse_after = 0;
    struct tile_place place = { .load = memory_load, .context = &m };
    struct tile_reader r;
    tile_reader_init(&r, &place, 300);
    struct merkle_reader nodes = tile_reader_nodes(&r);
    static const struct {
        int level;
        int64_t index;
    } outside[] = { { 0, 300 }, { 0, -1 }, { 1, 150 }, { 8, 1 }, { 9, 0 }, { 62, 0 }, { 63, 0 },
        { 64, 0 }, { -1, 0 }, { 0, INT64_MAX }, { 0, INT64_MIN } };
    unsigned char hash[MERKLE_HASH_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        assert_int_equal(
            nodes.hash(nodes.context, outside[i].level, outside[i].index, hash), ERR_INVALID);
    }
    assert_int_equal(nodes.hash(nodes.context, 8, 0, hash), ERR_UNAVAILABLE);
    free(m.hashes);
}

static void passes_on_what_the_place_says(void **state)
{
    struct memory m;
    memory_init(&m);
    struct tile_place place = { memory_load, memory_save, &m };
    struct arena a;
    arena_init(&a, 1 << 20);
    struct merkle tree = { 0 };
    assert_int_equal(add_leaves(&a, &place, &tree, 300), OK);
    struct merkle kept = tree;
    // Growing to 600 loads two partial tiles and saves three full or partial ones.
    struct memory before = m;
    for (int calls = 0; calls < 6; calls++) {
        m.loads = m.saves = 0;
        m.refuse_after = calls;
        memcpy(m.width, before.width, sizeof(m.width)); // what a rolled back transaction does
        enum err e = add_leaves(&a, &place, &tree, 600);
        assert_int_equal(e, calls < 5 ? ERR_UNAVAILABLE : OK);
        assert_int_equal(tree.size, calls < 5 ? kept.size : 600);
    }
    assert_tiles_right(&m, 600);
    arena_release(&a);
    free(m.hashes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_same_tiles_in_any_batches),
        cmocka_unit_test(proves_from_tiles),
        cmocka_unit_test(reads_nothing_outside_its_tree),
        cmocka_unit_test(passes_on_what_the_place_says),
    };
    return RUN_TESTS(tests);
}
