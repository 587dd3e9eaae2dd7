// SPDX-License-Identifier: Apache-2.0
#include "proof.h"
#include "arena.h"
#include "str.h"
#include "check.h"
#include "naive_tree.h"
#include "rfc6962_vectors.h"

enum { EXHAUSTIVE = 130 };

// RFC 6962's recursions, as they stand there.
static void naive_path(struct naive *t, int64_t m, int64_t lo, int64_t hi, struct proof *p)
{
    if (hi - lo == 1) {
        return;
    }
    int64_t k = naive_split(hi - lo);
    const unsigned char *sibling;
    if (m < k) {
        naive_path(t, m, lo, lo + k, p);
        sibling = naive_mth(t, lo + k, hi);
    } else {
        naive_path(t, m - k, lo + k, hi, p);
        sibling = naive_mth(t, lo, lo + k);
    }
    memcpy(p->hash[p->len++], sibling, MERKLE_HASH_BYTES);
}

static void naive_subproof(
    struct naive *t, int64_t m, int64_t lo, int64_t hi, bool known, struct proof *p)
{
    if (m == hi - lo) {
        if (!known) {
            memcpy(p->hash[p->len++], naive_mth(t, lo, hi), MERKLE_HASH_BYTES);
        }
        return;
    }
    int64_t k = naive_split(hi - lo);
    const unsigned char *other;
    if (m <= k) {
        naive_subproof(t, m, lo, lo + k, known, p);
        other = naive_mth(t, lo + k, hi);
    } else {
        naive_subproof(t, m - k, lo + k, hi, false, p);
        other = naive_mth(t, lo, lo + k);
    }
    memcpy(p->hash[p->len++], other, MERKLE_HASH_BYTES);
}

static void assert_same_proof(const struct proof *a, const struct proof *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->hash, b->hash, (size_t)a->len * MERKLE_HASH_BYTES);
}

struct claim {
    bool inclusion;
    int64_t a, b;
    const unsigned char *first, *second; // leaf and root, or both roots
};

static bool holds(const struct claim *c, const struct proof *p)
{
    return c->inclusion ? proof_shows_inclusion(p, c->a, c->b, c->first, c->second)
                        : proof_shows_consistency(p, c->a, c->b, c->first, c->second);
}

// A flipped bit anywhere, a hash too few and one too many must each make the claim fail. STEP is
// the distance between the bits that are tried.
static void assert_brittle(const struct claim *claim, const struct proof *proof, int step)
{
    struct proof p = *proof;
    unsigned char first[MERKLE_HASH_BYTES], second[MERKLE_HASH_BYTES];
    memcpy(first, claim->first, sizeof(first));
    memcpy(second, claim->second, sizeof(second));
    struct claim c = *claim;
    c.first = first;
    c.second = second;
    assert_true(holds(&c, &p));
    for (int bit = (int)(((uint64_t)claim->a * 7 + (uint64_t)claim->b) % (uint64_t)step); bit < 256;
         bit += step) {
        unsigned char mask = (unsigned char)(1 << bit % 8);
        first[bit / 8] ^= mask;
        assert_false(holds(&c, &p));
        first[bit / 8] ^= mask;
        second[bit / 8] ^= mask;
        assert_false(holds(&c, &p));
        second[bit / 8] ^= mask;
        for (int i = 0; i < p.len; i++) {
            p.hash[i][bit / 8] ^= mask;
            assert_false(holds(&c, &p));
            p.hash[i][bit / 8] ^= mask;
        }
    }
    if (p.len) {
        p.len--;
        assert_false(holds(&c, &p));
        p.len++;
    }
    if (p.len == PROOF_HASHES_MAX) {
        return;
    }
    p.len++; // the one too many is a zero hash, then a copy of the last
    assert_false(holds(&c, &p));
    memcpy(p.hash[p.len - 1], p.hash[p.len > 1 ? p.len - 2 : 0], MERKLE_HASH_BYTES);
    assert_false(holds(&c, &p));
}

// All wrong indexes and sizes of small trees, every eleventh of the larger ones.
static int64_t stride(int64_t size)
{
    return size <= 34 ? 1 : 11;
}

static enum err no_node(
    void *context, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    return ERR_UNAVAILABLE;
}

static void gives_the_known_answers(void **state)
{
    unsigned char leaf[8][MERKLE_HASH_BYTES], root[9][MERKLE_HASH_BYTES];
    for (int i = 0; i < 8; i++) {
        unsigned char entry[16];
        size_t len = strlen(vector_entries[i]) / 2;
        assert_true(str_unhex(vector_entries[i], entry, len));
        merkle_leaf_hash(entry, len, leaf[i]);
    }
    for (int i = 0; i <= 8; i++) {
        assert_true(str_unhex(vector_roots[i], root[i], MERKLE_HASH_BYTES));
    }
    for (int kind = 0; kind < 2; kind++) {
        const struct vector *v = kind ? vector_consistency : vector_inclusion;
        size_t n = kind ? ARRAY_LEN(vector_consistency) : ARRAY_LEN(vector_inclusion);
        assert_int_equal(n, 36);
        for (size_t i = 0; i < n; i++) {
            struct proof p = { .len = v[i].len };
            for (int j = 0; j < p.len; j++) {
                assert_true(str_unhex(v[i].hash[j], p.hash[j], MERKLE_HASH_BYTES));
            }
            struct claim claim = { .inclusion = !kind,
                .a = v[i].a,
                .b = v[i].b,
                .first = kind ? root[v[i].a] : leaf[v[i].a],
                .second = root[v[i].b] };
            if (kind && v[i].a == v[i].b) {
                assert_true(holds(&claim, &p)); // both roots are one; nothing else to flip
            } else {
                assert_brittle(&claim, &p, 1);
            }
        }
    }
}

static void shows_every_entry_of_every_tree(void **state)
{
    struct naive t;
    naive_init(&t);
    struct merkle_reader nodes = naive_reader(&t);
    for (int64_t size = 1; size <= EXHAUSTIVE; size++) {
        const unsigned char *root = naive_mth(&t, 0, size);
        t.limit = size;
        for (int64_t index = 0; index < size; index++) {
            struct proof p, expected = { 0 };
            assert_int_equal(proof_of_inclusion(&nodes, index, size, &p), OK);
            naive_path(&t, index, 0, size, &expected);
            assert_same_proof(&p, &expected);
            const unsigned char *leaf = naive_mth(&t, index, index + 1);
            struct claim claim = {
                .inclusion = true, .a = index, .b = size, .first = leaf, .second = root
            };
            assert_brittle(&claim, &p, 97);
            int64_t step = stride(size);
            for (int64_t other = index % step; other <= size; other += step) {
                assert_true(proof_shows_inclusion(&p, other, size, leaf, root) == (other == index));
                if (other != index) {
                    assert_false(proof_shows_inclusion(
                        &p, index, size, naive_mth(&t, other, other + 1), root));
                }
            }
            // Any other size with that size's own root.
            for (int64_t other = 1 + index % step; other <= EXHAUSTIVE; other += step) {
                assert_true(proof_shows_inclusion(&p, index, other, leaf,
                                naive_mth(&t, 0, other)) == (other == size));
            }
        }
    }
    naive_release(&t);
}

static void shows_growth_between_any_two_sizes(void **state)
{
    struct naive t;
    naive_init(&t);
    struct merkle_reader nodes = naive_reader(&t);
    for (int64_t to = 1; to <= EXHAUSTIVE; to++) {
        t.limit = to;
        for (int64_t from = 1; from <= to; from++) {
            struct proof p, expected = { 0 };
            assert_int_equal(proof_of_consistency(&nodes, from, to, &p), OK);
            naive_subproof(&t, from, 0, to, true, &expected);
            assert_same_proof(&p, &expected);
            struct claim claim = {
                .a = from, .b = to, .first = naive_mth(&t, 0, from), .second = naive_mth(&t, 0, to)
            };
            if (from == to) {
                assert_int_equal(p.len, 0);
                assert_true(holds(&claim, &p));
            } else {
                assert_brittle(&claim, &p, 97);
            }
            // Any other pair of sizes with those sizes' own roots, one of them changed at a time.
            int64_t step = stride(to);
            for (int64_t other = 1 + from % step; other <= EXHAUSTIVE; other += step) {
                const unsigned char *root = naive_mth(&t, 0, other);
                assert_true(
                    proof_shows_consistency(&p, other, to, root, claim.second) == (other == from));
                assert_true(
                    proof_shows_consistency(&p, from, other, claim.first, root) == (other == to));
            }
        }
    }
    naive_release(&t);
}

static void refuses_what_has_no_proof(void **state)
{
    struct merkle_reader nodes = { .hash = no_node };
    struct proof p = { .len = 3 };
    static const int64_t outside[][2] = { { 0, 0 }, { -1, 5 }, { 5, 5 }, { 6, 5 }, { 0, -1 },
        { INT64_MAX, INT64_MAX }, { INT64_MIN, INT64_MIN } };
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        assert_int_equal(proof_of_inclusion(&nodes, outside[i][0], outside[i][1], &p), ERR_INVALID);
    }
    assert_int_equal(proof_of_consistency(&nodes, -1, 5, &p), ERR_INVALID);
    assert_int_equal(proof_of_consistency(&nodes, 6, 5, &p), ERR_INVALID);
    assert_int_equal(proof_of_inclusion(&nodes, 1, 2, &p), ERR_UNAVAILABLE);
    assert_int_equal(proof_of_consistency(&nodes, 1, 2, &p), ERR_UNAVAILABLE);
    assert_int_equal(p.len, 3);
}

static void checks_the_edges_of_a_claim(void **state)
{
    unsigned char empty[MERKLE_HASH_BYTES], leaf[MERKLE_HASH_BYTES];
    merkle_empty_root(empty);
    naive_leaf(0, leaf);
    struct merkle_reader nodes = { .hash = no_node };
    struct proof p = { .len = 9 };
    assert_int_equal(proof_of_consistency(&nodes, 0, 5, &p), OK);
    assert_int_equal(p.len, 0);
    assert_true(proof_shows_consistency(&p, 0, 5, empty, leaf));
    assert_true(proof_shows_consistency(&p, 0, 0, empty, empty));
    assert_false(proof_shows_consistency(&p, 0, 5, leaf, leaf));
    assert_false(proof_shows_consistency(&p, 0, 0, empty, leaf));
    assert_false(proof_shows_consistency(&p, -1, 5, empty, leaf));
    assert_false(proof_shows_consistency(&p, 5, 4, leaf, leaf));
    assert_true(proof_shows_inclusion(&p, 0, 1, leaf, leaf));
    assert_false(proof_shows_inclusion(&p, 0, 0, empty, empty));
    assert_false(proof_shows_inclusion(&p, -1, 1, leaf, leaf));
    p.len = 1;
    assert_false(proof_shows_consistency(&p, 0, 5, empty, leaf));
    assert_false(proof_shows_consistency(&p, 5, 5, leaf, leaf));
    assert_false(proof_shows_inclusion(&p, 0, 1, leaf, leaf));
    static const int lengths[] = { -1, PROOF_HASHES_MAX + 1, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        p.len = lengths[i];
        assert_false(proof_shows_inclusion(&p, 0, INT64_MAX, leaf, leaf));
        assert_false(proof_shows_consistency(&p, 1, INT64_MAX, leaf, leaf));
    }
}

// Claims whose hashes do lead to their roots, but by a path that the tree doesn't have.
static void holds_the_path_to_the_trees_shape(void **state)
{
    struct naive t;
    naive_init(&t);
    struct merkle_reader nodes = naive_reader(&t);
    static const unsigned char extra[MERKLE_HASH_BYTES] = { 7 };
    unsigned char old[MERKLE_HASH_BYTES], root[MERKLE_HASH_BYTES];
    for (int64_t size = 2; size <= 40; size++) {
        for (int64_t at = 1; at < size; at++) {
            struct proof p;
            const unsigned char *leaf = naive_mth(&t, at, at + 1), *from = naive_mth(&t, 0, at);
            const unsigned char *to = naive_mth(&t, 0, size);
            // One hash above the top.
            merkle_node_hash(extra, to, root);
            merkle_node_hash(extra, from, old);
            assert_int_equal(proof_of_inclusion(&nodes, at, size, &p), OK);
            memcpy(p.hash[p.len++], extra, sizeof(extra));
            assert_false(proof_shows_inclusion(&p, at, size, leaf, root));
            assert_int_equal(proof_of_consistency(&nodes, at, size, &p), OK);
            memcpy(p.hash[p.len++], extra, sizeof(extra));
            assert_false(proof_shows_consistency(&p, at, size, old, root));
            // A taller tree than the proof climbs.
            p.len--;
            assert_true(proof_shows_consistency(&p, at, size, from, to));
            assert_false(proof_shows_consistency(&p, at, 4 * size, from, to));
            assert_int_equal(proof_of_inclusion(&nodes, at, size, &p), OK);
            assert_false(proof_shows_inclusion(&p, at, 4 * size, leaf, to));
        }
    }
    naive_release(&t);
}

// A huge tree whose leaves are all alike but a few, so that any node of it can be computed.
struct sparse {
    int64_t special[4];
    unsigned char plain[MERKLE_LEVELS][MERKLE_HASH_BYTES];
    int64_t limit;
};

static void sparse_leaf(int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    merkle_leaf_hash(&index, sizeof(index), ret_hash);
}

static void sparse_hash(
    const struct sparse *t, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    bool plain = true;
    for (size_t i = 0; i < ARRAY_LEN(t->special); i++) {
        plain = plain && t->special[i] >> level != index;
    }
    if (plain) {
        memcpy(ret_hash, t->plain[level], MERKLE_HASH_BYTES);
    } else if (level == 0) {
        sparse_leaf(index, ret_hash);
    } else {
        unsigned char left[MERKLE_HASH_BYTES], right[MERKLE_HASH_BYTES];
        sparse_hash(t, level - 1, index * 2, left);
        sparse_hash(t, level - 1, index * 2 + 1, right);
        merkle_node_hash(left, right, ret_hash);
    }
}

static enum err sparse_node(
    void *context, int level, int64_t index, unsigned char ret_hash[MERKLE_HASH_BYTES])
{
    const struct sparse *t = context;
    assert_in_range(level, 0, MERKLE_LEVELS - 1);
    assert_true(index >= 0 && index < t->limit >> level);
    sparse_hash(t, level, index, ret_hash);
    return OK;
}

static void assert_inclusion_at(struct sparse *t, struct merkle_reader *nodes, int64_t size)
{
    struct merkle tree;
    unsigned char root[MERKLE_HASH_BYTES], leaf[MERKLE_HASH_BYTES];
    assert_int_equal(merkle_at(nodes, size, &tree), OK);
    merkle_root(&tree, root);
    for (size_t i = 0; i < ARRAY_LEN(t->special); i++) {
        int64_t index = t->special[i];
        if (index >= size) {
            continue;
        }
        struct proof p;
        sparse_leaf(index, leaf);
        assert_int_equal(proof_of_inclusion(nodes, index, size, &p), OK);
        struct claim claim = {
            .inclusion = true, .a = index, .b = size, .first = leaf, .second = root
        };
        assert_true(holds(&claim, &p));
        for (int bit = 0; bit < 62; bit += 7) {
            assert_false(proof_shows_inclusion(&p, index ^ (int64_t)1 << bit, size, leaf, root));
        }
        assert_brittle(&claim, &p, 251);
    }
}

static void proves_in_huge_trees(void **state)
{
    struct sparse t = { 0 };
    struct merkle_reader nodes = { .hash = sparse_node, .context = &t };
    merkle_leaf_hash("plain", 5, t.plain[0]);
    for (int level = 1; level < MERKLE_LEVELS; level++) {
        merkle_node_hash(t.plain[level - 1], t.plain[level - 1], t.plain[level]);
    }
    static const int64_t sizes[] = { 1000, 65535, 65536, 65537, 1234567, (1LL << 32) - 1, 1LL << 32,
        (1LL << 32) + 1, 0x5555555555555555, 1LL << 62, (1LL << 62) + 1, INT64_MAX - 1, INT64_MAX };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int64_t size = sizes[i];
        int64_t special[] = { 0, size / 3, size / 2, size - 1 };
        memcpy(t.special, special, sizeof(special));
        t.limit = size;
        assert_inclusion_at(&t, &nodes, size);
        const int64_t olds[] = { 1, 2, 3, size / 3, size / 2, size / 2 + 1, size - 2, size - 1 };
        for (size_t j = 0; j < ARRAY_LEN(olds); j++) {
            struct merkle before, after;
            unsigned char old[MERKLE_HASH_BYTES], new[MERKLE_HASH_BYTES];
            struct proof p;
            assert_int_equal(merkle_at(&nodes, olds[j], &before), OK);
            assert_int_equal(merkle_at(&nodes, size, &after), OK);
            merkle_root(&before, old);
            merkle_root(&after, new);
            assert_int_equal(proof_of_consistency(&nodes, olds[j], size, &p), OK);
            struct claim claim = { .a = olds[j], .b = size, .first = old, .second = new };
            assert_brittle(&claim, &p, 251);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_known_answers),
        cmocka_unit_test(shows_every_entry_of_every_tree),
        cmocka_unit_test(shows_growth_between_any_two_sizes),
        cmocka_unit_test(refuses_what_has_no_proof),
        cmocka_unit_test(checks_the_edges_of_a_claim),
        cmocka_unit_test(holds_the_path_to_the_trees_shape),
        cmocka_unit_test(proves_in_huge_trees),
    };
    return RUN_TESTS(tests);
}
