// SPDX-License-Identifier: Apache-2.0
#include "merkle.h"
#include "arena.h"
#include "str.h"
#include "check.h"
#include "naive_tree.h"
#include "rfc6962_vectors.h"

static void grow(struct merkle *tree, int64_t to)
{
    while (tree->size < to) {
        unsigned char leaf[MERKLE_HASH_BYTES];
        naive_leaf(tree->size, leaf);
        assert_int_equal(merkle_append(tree, leaf, NULL), OK);
    }
}

static void add_vector_entry(struct merkle *tree, size_t i)
{
    unsigned char entry[16], leaf[MERKLE_HASH_BYTES];
    size_t len = strlen(vector_entries[i]) / 2;
    assert_true(str_unhex(vector_entries[i], entry, len));
    merkle_leaf_hash(entry, len, leaf);
    assert_int_equal(merkle_append(tree, leaf, NULL), OK);
}

static void has_the_published_roots(void **state)
{
    // The roots of 0 to 8 entries that certificate-transparency publishes with its Merkle tree
    // tests, and that every log client has been held against since.
    static const char *const published[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct merkle tree = { 0 };
    for (size_t size = 0; size < ARRAY_LEN(published); size++) {
        unsigned char root[MERKLE_HASH_BYTES], known[MERKLE_HASH_BYTES];
        merkle_root(&tree, root);
        assert_true(str_unhex(published[size], known, sizeof(known)));
        assert_memory_equal(root, known, sizeof(root));
        assert_string_equal(published[size], vector_roots[size]);
        if (size < ARRAY_LEN(vector_entries)) {
            add_vector_entry(&tree, size);
        }
    }
}

static void grows_as_the_definition_says(void **state)
{
    struct naive naive;
    naive_init(&naive);
    struct merkle_reader nodes = naive_reader(&naive);
    struct merkle tree;
    merkle_init(&tree);
    for (int64_t size = 0; size <= NAIVE_MAX; size++) {
        unsigned char root[MERKLE_HASH_BYTES];
        grow(&tree, size);
        merkle_root(&tree, root);
        assert_memory_equal(root, naive_mth(&naive, 0, size), sizeof(root));

        struct merkle read;
        naive.limit = size;
        assert_int_equal(merkle_at(&nodes, size, &read), OK);
        merkle_root(&read, root);
        assert_memory_equal(root, naive_mth(&naive, 0, size), sizeof(root));
    }
    naive_release(&naive);
}

struct seen {
    struct naive *naive;
    int64_t size;         // of the tree after the append under way
    int64_t count;        // nodes told in all
    int last_level;       // within this append
    int64_t refuse_after; // nodes; negative for never
};

static enum err see_node(
    void *context, int level, int64_t index, const unsigned char hash[MERKLE_HASH_BYTES])
{
    struct seen *seen = context;
    if (seen->refuse_after >= 0 && seen->count >= seen->refuse_after) {
        return ERR_FULL;
    }
    assert_int_equal(level, seen->last_level + 1);
    assert_int_equal((index + 1) << level, seen->size);
    assert_memory_equal(
        hash, naive_mth(seen->naive, index << level, (index + 1) << level), MERKLE_HASH_BYTES);
    seen->last_level = level;
    seen->count++;
    return OK;
}

static void tells_of_every_complete_node_once(void **state)
{
    struct naive naive;
    naive_init(&naive);
    struct seen seen = { .naive = &naive, .refuse_after = -1 };
    struct merkle_sink sink = { .node = see_node, .context = &seen };
    struct merkle tree = { 0 };
    while (tree.size < 256) {
        unsigned char leaf[MERKLE_HASH_BYTES];
        naive_leaf(tree.size, leaf);
        seen.size = tree.size + 1;
        seen.last_level = -1;
        assert_int_equal(merkle_append(&tree, leaf, &sink), OK);
    }
    assert_int_equal(seen.count, 511);
    naive_release(&naive);
}

static void a_refused_node_leaves_the_tree_alone(void **state)
{
    struct naive naive;
    naive_init(&naive);
    struct merkle tree = { 0 };
    grow(&tree, 7);
    // The eighth leaf completes four nodes; refuse each in turn.
    for (int64_t refuse_after = 0; refuse_after < 4; refuse_after++) {
        struct seen seen = {
            .naive = &naive, .size = 8, .last_level = -1, .refuse_after = refuse_after
        };
        struct merkle_sink sink = { .node = see_node, .context = &seen };
        unsigned char leaf[MERKLE_HASH_BYTES], root[MERKLE_HASH_BYTES];
        naive_leaf(7, leaf);
        assert_int_equal(merkle_append(&tree, leaf, &sink), ERR_FULL);
        assert_int_equal(tree.size, 7);
        merkle_root(&tree, root);
        assert_memory_equal(root, naive_mth(&naive, 0, 7), sizeof(root));
    }
    naive_release(&naive);
}

static void keeps_its_edge_in_bytes(void **state)
{
    struct merkle tree = { 0 };
    for (int64_t size = 0; size <= 130; size++) {
        grow(&tree, size);
        unsigned char bytes[MERKLE_STATE_BYTES], again[MERKLE_STATE_BYTES];
        size_t len = merkle_write(&tree, bytes);
        assert_true(len == 8 + 32 * (size_t)__builtin_popcountll((unsigned long long)size));
        struct merkle read;
        assert_int_equal(merkle_read(bytes, len, &read), OK);
        assert_int_equal(merkle_write(&read, again), len);
        assert_memory_equal(bytes, again, len);
        unsigned char root[MERKLE_HASH_BYTES], root_read[MERKLE_HASH_BYTES];
        merkle_root(&tree, root);
        merkle_root(&read, root_read);
        assert_memory_equal(root, root_read, sizeof(root));
        // Grows on from there as if it had never been away.
        grow(&read, size + 5);
        struct merkle longer = tree;
        grow(&longer, size + 5);
        merkle_root(&longer, root);
        merkle_root(&read, root_read);
        assert_memory_equal(root, root_read, sizeof(root));
    }
}

static void refuses_bytes_that_are_no_edge(void **state)
{
    struct merkle tree = { 0 }, read = { .size = 77 };
    grow(&tree, 5);
    unsigned char bytes[MERKLE_STATE_BYTES + 1] = { 0 };
    size_t len = merkle_write(&tree, bytes);
    for (size_t cut = 0; cut <= MERKLE_STATE_BYTES; cut++) {
        if (cut != len) {
            assert_int_equal(merkle_read(bytes, cut, &read), ERR_CORRUPT);
        }
    }
    bytes[0] = 0x80; // a size below zero, with as many peaks as it has digits
    assert_int_equal(merkle_read(bytes, len + MERKLE_HASH_BYTES, &read), ERR_CORRUPT);
    assert_int_equal(read.size, 77);
}

static void stops_at_the_largest_size(void **state)
{
    unsigned char bytes[MERKLE_STATE_BYTES] = { 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    unsigned char again[MERKLE_STATE_BYTES], leaf[MERKLE_HASH_BYTES] = { 0 };
    struct merkle tree;
    assert_int_equal(merkle_read(bytes, sizeof(bytes), &tree), OK);
    assert_true(tree.size == INT64_MAX);
    assert_int_equal(merkle_append(&tree, leaf, NULL), ERR_TOO_LARGE);
    assert_int_equal(merkle_write(&tree, again), sizeof(again));
    assert_memory_equal(bytes, again, sizeof(again));
    bytes[7] = 0xfe; // one less: the last append there can be
    assert_int_equal(merkle_read(bytes, sizeof(bytes) - MERKLE_HASH_BYTES, &tree), OK);
    assert_int_equal(merkle_append(&tree, leaf, NULL), OK);
    assert_true(tree.size == INT64_MAX);
}

static enum err refuse_node(
    void *context, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    return ERR_UNAVAILABLE;
}

static void passes_on_what_the_reader_says(void **state)
{
    struct merkle_reader nodes = { .hash = refuse_node };
    struct merkle tree = { .size = 3 };
    assert_int_equal(merkle_at(&nodes, 6, &tree), ERR_UNAVAILABLE);
    assert_int_equal(merkle_at(&nodes, -1, &tree), ERR_INVALID);
    assert_int_equal(tree.size, 3);
    assert_int_equal(merkle_at(&nodes, 0, &tree), OK);
    assert_int_equal(tree.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_published_roots),
        cmocka_unit_test(grows_as_the_definition_says),
        cmocka_unit_test(tells_of_every_complete_node_once),
        cmocka_unit_test(a_refused_node_leaves_the_tree_alone),
        cmocka_unit_test(keeps_its_edge_in_bytes),
        cmocka_unit_test(refuses_bytes_that_are_no_edge),
        cmocka_unit_test(stops_at_the_largest_size),
        cmocka_unit_test(passes_on_what_the_reader_says),
    };
    return RUN_TESTS(tests);
}
