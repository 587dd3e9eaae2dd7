// SPDX-License-Identifier: Apache-2.0
#include "tile.h"
#include "check.h"

static void spells_paths_one_way(void **state)
{
    static const struct {
        struct tile tile;
        const char *path;
    } table[] = {
        { { 0, 0, 256 }, "tile/0/000" },
        { { 0, 0, 1 }, "tile/0/000.p/1" },
        { { 0, 999, 256 }, "tile/0/999" },
        { { 0, 1000, 256 }, "tile/0/x001/000" },
        { { 3, 1234067, 256 }, "tile/3/x001/x234/067" }, // the specification's example
        { { 1, 1234067, 17 }, "tile/1/x001/x234/067.p/17" },
        { { 0, 1000000, 255 }, "tile/0/x001/x000/000.p/255" },
        { { TILE_ENTRIES, 0, 256 }, "tile/entries/000" },
        { { TILE_ENTRIES, 70000, 112 }, "tile/entries/x070/000.p/112" },
        { { 7, 0, 127 }, "tile/7/000.p/127" },
        { { 6, 126, 256 }, "tile/6/126" },
        { { 0, (1LL << 55) - 1, 255 }, "tile/0/x036/x028/x797/x018/x963/967.p/255" },
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char path[TILE_PATH_BYTES];
        struct tile tile = { 0 };
        tile_path(&table[i].tile, path);
        assert_string_equal(path, table[i].path);
        assert_true(tile_parse(path, &tile));
        assert_int_equal(tile.level, table[i].tile.level);
        assert_true(tile.index == table[i].tile.index);
        assert_int_equal(tile.width, table[i].tile.width);
    }
}

static void refuses_every_other_spelling(void **state)
{
    static const char *const wrong[] = { "", "tile", "tile/", "/tile/0/000", "tile/0", "tile/0/",
        "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/000/", "tile/0/000 ", " tile/0/000",
        "tile/0/x000/000", "tile/0/x000/001", "tile/0/x000/x001/000", "tile/0/x001", "tile/0/x001/",
        "tile/0/001/000", "tile/0/x001/x000", "tile/0/x01/000", "tile/0/X001/000",
        "tile/0/xx001/000", "tile/0/x001//000", "tile/0/-01", "tile/0/+01", "tile/0/0x1",
        "tile/0/1e3", "tile/00/000", "tile/01/000", "tile/8/000", "tile/10/000", "tile/63/000",
        "tile/64/000", "tile/-1/000", "tile/+1/000", "tile//000", "tile/a/000", "tile/0/../000",
        "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/00", "tile/0/000.p/01",
        "tile/0/000.p/256", "tile/0/000.p/257", "tile/0/000.p/999999999999", "tile/0/000.p/-1",
        "tile/0/000.p/1/", "tile/0/000.p/1.p/1", "tile/0/000.p/ 1", "tile/0/000.p/1 ",
        "tile/0/000.P/1", "tile/0/000p/1", "tile/0/000.p1", "tile/entries", "tile/entries/",
        "tile/entries/0", "tile/Entries/000", "tile/entries/0/000", "tile/entries/000.p/256",
        "tile/0/\xd9\xa0\xd9\xa0\xd9\xa0", "TILE/0/000", "tile/0/000?", "tile/0/000%2ep/1",
        // beyond what 2^63 entries reach
        "tile/0/x036/x028/x797/x018/x963/967", "tile/0/x036/x028/x797/x018/x963/968.p/1",
        "tile/0/x999/x999/x999/x999/x999/999", "tile/0/x001/x036/x028/x797/x018/x963/967",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/7/000", "tile/7/000.p/128",
        "tile/0/x018/x446/x744/x073/x709/x551/621", /* 2^64 + 5 */ "tile/7/001.p/1", "tile/6/127",
        "tile/6/128" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct tile tile = { .level = 5, .index = 6, .width = 7 };
        if (tile_parse(wrong[i], &tile)) {
            fail_msg("took \"%s\"", wrong[i]);
        }
        assert_true(tile.level == 5 && tile.index == 6 && tile.width == 7);
    }
}

static void paths_return_to_their_tile(void **state)
{
    uint64_t seed = 88172645463325252; // xorshift: the same tiles each time, of all magnitudes
    int possible = 0;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        struct tile tile = { .level = (int)(seed % 9) - 1, .width = (int)(seed >> 8 & 255) + 1 };
        tile.index = (int64_t)(seed >> (9 + (seed >> 20) % 55));
        bool can_be = tile_within(&tile, INT64_MAX);
        struct tile again = { 0 };
        char path[TILE_PATH_BYTES];
        tile_path(&tile, path);
        assert_true(tile_parse(path, &again) == can_be);
        possible += can_be;
        if (can_be) {
            assert_true(again.level == tile.level && again.index == tile.index &&
                        again.width == tile.width);
        }
    }
    assert_in_range(possible, 5000, 15000); // both kinds were tried
}

static void knows_what_a_tree_has(void **state)
{
    struct tile first = { 0, 0, 1 }, full = { 0, 0, 256 }, above = { 1, 0, 1 };
    struct tile entries = { TILE_ENTRIES, 1, 3 }, nothing = { 0, 0, 0 };
    assert_false(tile_within(&first, 0));
    assert_true(tile_within(&first, 1));
    assert_true(tile_within(&first, 5000)); // a narrower one, kept from an older size
    assert_false(tile_within(&full, 255));
    assert_true(tile_within(&full, 256));
    assert_false(tile_within(&above, 255));
    assert_true(tile_within(&above, 256));
    assert_false(tile_within(&entries, 258));
    assert_true(tile_within(&entries, 259));
    assert_false(tile_within(&nothing, 5));
    assert_int_equal(tile_at(0, 1, 256).width, 0);
    assert_int_equal(tile_at(0, 1, 257).width, 1);
    assert_int_equal(tile_at(0, 2, 257).width, 0);
    assert_int_equal(tile_at(0, -1, 257).width, 0);
    assert_int_equal(tile_at(7, INT64_MAX, INT64_MAX).width, 0);
}

static void walks_the_specifications_example(void **state)
{
    // "a tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0
    // tile of width 112, one full level 1 tile, one partial level 1 tile of width 17, and one
    // partial level 2 tile of width 1"
    int full[3] = { 0 }, partial[3] = { 0 }, width[3] = { 0 };
    struct tile_walk walk = tile_walk(0, 70000);
    struct tile tile;
    while (tile_walk_next(&walk, &tile)) {
        assert_in_range(tile.level, 0, 2);
        if (tile.width == TILE_WIDTH) {
            assert_int_equal(tile.index, full[tile.level]++);
        } else {
            partial[tile.level]++;
            width[tile.level] = tile.width;
            assert_int_equal(tile.index, full[tile.level]);
        }
    }
    assert_true(full[0] == 273 && full[1] == 1 && full[2] == 0);
    assert_true(partial[0] == 1 && partial[1] == 1 && partial[2] == 1);
    assert_true(width[0] == 112 && width[1] == 17 && width[2] == 1);
    assert_false(tile_walk_next(&walk, &tile));
}

static void walks_only_what_changes(void **state)
{
    static const int64_t sizes[] = { 0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536, 65537, 70000 };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        for (size_t j = i; j < ARRAY_LEN(sizes); j++) {
            int64_t from = sizes[i], to = sizes[j], walked = 0, expected = 0;
            struct tile_walk walk = tile_walk(from, to);
            struct tile tile;
            while (tile_walk_next(&walk, &tile)) {
                struct tile before = tile_at(tile.level, tile.index, from);
                assert_int_equal(tile.width, tile_at(tile.level, tile.index, to).width);
                assert_true(tile.width > before.width);
                walked++;
            }
            for (int level = 0; level < TILE_LEVELS; level++) {
                for (int64_t index = 0; index <= 300; index++) {
                    expected +=
                        tile_at(level, index, to).width != tile_at(level, index, from).width;
                }
            }
            assert_int_equal(walked, expected);
        }
    }
    struct tile_walk walk = tile_walk(INT64_MAX - 1, INT64_MAX);
    struct tile tile;
    assert_true(tile_walk_next(&walk, &tile));
    assert_true(tile.level == 0 && tile.index == (1LL << 55) - 1 && tile.width == 255);
    assert_false(tile_walk_next(&walk, &tile));
}

static void bundles_entries(void **state)
{
    static const unsigned char big[TILE_ENTRY_BYTES_MAX + 1] = { 7 };
    AUTO_BUF(bundle, 70000);
    assert_int_equal(bundle_add(&bundle, "abc", 3), OK);
    assert_int_equal(bundle_add(&bundle, NULL, 0), OK);
    assert_int_equal(bundle_add(&bundle, big, TILE_ENTRY_BYTES_MAX + 1), ERR_TOO_LARGE);
    assert_int_equal(bundle_add(&bundle, big, TILE_ENTRY_BYTES_MAX), OK);
    assert_int_equal(bundle.len, 5 + 2 + 2 + 65535);
    assert_memory_equal(bundle.data, "\0\3abc\0\0\xff\xff\7", 10);
    const unsigned char *at = (const unsigned char *)bundle.data, *entry;
    size_t left = bundle.len, len;
    assert_true(bundle_next(&at, &left, &entry, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(entry, "abc", 3);
    assert_true(bundle_next(&at, &left, &entry, &len));
    assert_int_equal(len, 0);
    assert_true(bundle_next(&at, &left, &entry, &len));
    assert_int_equal(len, 65535);
    assert_false(bundle_next(&at, &left, &entry, &len));
    assert_int_equal(left, 0);
    assert_int_equal(bundle_add(&bundle, big, 60000), ERR_TOO_LARGE); // past the buf's limit
}

static void tells_of_a_bundle_cut_short(void **state)
{
    static const unsigned char bundle[] = { 0, 3, 'a', 'b', 'c', 0, 2, 'd', 'e' };
    for (size_t cut = 0; cut <= sizeof(bundle); cut++) {
        const unsigned char *at = bundle, *entry;
        size_t left = cut, len, n = 0;
        while (bundle_next(&at, &left, &entry, &len)) {
            assert_true(entry + len <= bundle + cut);
            n++;
        }
        assert_int_equal(n, cut == 9 ? 2 : cut >= 5 ? 1 : 0);
        assert_true((left == 0) == (cut == 0 || cut == 5 || cut == 9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spells_paths_one_way),
        cmocka_unit_test(refuses_every_other_spelling),
        cmocka_unit_test(paths_return_to_their_tile),
        cmocka_unit_test(knows_what_a_tree_has),
        cmocka_unit_test(walks_the_specifications_example),
        cmocka_unit_test(walks_only_what_changes),
        cmocka_unit_test(bundles_entries),
        cmocka_unit_test(tells_of_a_bundle_cut_short),
    };
    return RUN_TESTS(tests);
}
