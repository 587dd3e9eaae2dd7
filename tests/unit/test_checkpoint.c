// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.h"
#include "str.h"
#include "check.h"

#define NAME       "city.example/ledger"
#define EMPTY_ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static struct arena a;

static int setup(void **state)
{
    arena_init(&a, 1 << 22);
    return 0;
}

static int teardown(void **state)
{
    arena_release(&a);
    return 0;
}

static void makes_the_known_note(void **state)
{
    // The key of seed 00 01 … 1f; signed by python3-cryptography, so by OpenSSL.
    struct note_signer signer;
    assert_int_equal(
        note_signer_parse(&a,
            "PRIVATE+KEY+" NAME "+7d441c73+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f", &signer),
        OK);
    assert_string_equal(note_verifier_text(&a, &signer.verifier),
        NAME "+7d441c73+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
    struct checkpoint empty = { .origin = NAME }, opened;
    merkle_empty_root(empty.root);
    const char *note;
    assert_int_equal(checkpoint_sign(&a, &empty, &signer, 1, &note), OK);
    assert_string_equal(note,
        NAME "\n0\n" EMPTY_ROOT "\n\n— " NAME " fUQcc/jbVpQMGpttf5D2X8mA6Fihq7/"
             "2AKNRMNU6gCjlGyHvcPMgY78bdmE6DnAsC1tcXAObb3T7OMQ9qm5ZjpjT0Qc=\n");
    assert_int_equal(
        checkpoint_open(&a, note, strlen(note), NAME, &signer.verifier, 1, &opened), OK);
    assert_string_equal(opened.origin, NAME);
    assert_int_equal(opened.size, 0);
    assert_memory_equal(opened.root, empty.root, sizeof(opened.root));
    assert_string_equal(opened.extension, "");
    // Another log with the same key.
    opened.size = 5;
    assert_int_equal(
        checkpoint_open(&a, note, strlen(note), "city.example/other", &signer.verifier, 1, &opened),
        ERR_INVALID);
    assert_int_equal(opened.size, 5);
}

static void reads_what_it_writes(void **state)
{
    // The second is the specification's example.
    static const struct {
        const char *text;
        int64_t size;
        const char *origin, *extension;
    } table[] = {
        { "o\n0\n" EMPTY_ROOT "\n", 0, "o", "" },
        { "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            20852163, "example.com/behind-the-sofa", "" },
        { "A city, its ledger\n9223372036854775807\n" EMPTY_ROOT "\nmore\nand more\n", INT64_MAX,
            "A city, its ledger", "more\nand more\n" },
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct checkpoint c;
        const char *text;
        assert_int_equal(checkpoint_parse(&a, table[i].text, &c), OK);
        assert_true(c.size == table[i].size);
        assert_string_equal(c.origin, table[i].origin);
        assert_string_equal(c.extension, table[i].extension);
        assert_int_equal(checkpoint_text(&a, &c, &text), OK);
        assert_string_equal(text, table[i].text);
    }
}

static void refuses_every_other_spelling(void **state)
{
    static const char *const wrong[] = { "", "\n", "o", "o\n", "o\n0", "o\n0\n",
        "o\n0\n" EMPTY_ROOT, "\n0\n" EMPTY_ROOT "\n", "o\n\n" EMPTY_ROOT "\n", "o\n0\n\n",
        "o\n00\n" EMPTY_ROOT "\n", "o\n01\n" EMPTY_ROOT "\n", "o\n+1\n" EMPTY_ROOT "\n",
        "o\n-1\n" EMPTY_ROOT "\n", "o\n 1\n" EMPTY_ROOT "\n", "o\n1 \n" EMPTY_ROOT "\n",
        "o\n0x1\n" EMPTY_ROOT "\n", "o\n1e3\n" EMPTY_ROOT "\n",
        "o\n9223372036854775808\n" EMPTY_ROOT "\n", "o\n99999999999999999999999\n" EMPTY_ROOT "\n",
        "o\n1\r\n" EMPTY_ROOT "\n", "o\n0\n" EMPTY_ROOT " \n", "o\n0\n " EMPTY_ROOT "\n",
        "o\n0\n" EMPTY_ROOT "\n\n", "o\n0\n" EMPTY_ROOT "\n\nmore\n", "o\n0\n" EMPTY_ROOT "\nmore",
        "o\n0\n" EMPTY_ROOT "\na\n\nb\n", "o\n0\n" EMPTY_ROOT "\nmore\n\n",
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",   // no padding
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",  // stray bits
        "o\n0\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n",  // the other alphabet
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n",  // 31 bytes
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA\n",  // 33 bytes
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==\n", // too much padding
        "o\n0\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct checkpoint c = { .size = 42 };
        if (checkpoint_parse(&a, wrong[i], &c) != ERR_INVALID) {
            fail_msg("took number %zu: %s", i, wrong[i]);
        }
        assert_int_equal(c.size, 42);
    }
}

static void writes_nothing_it_could_not_read(void **state)
{
    static const struct checkpoint wrong[] = {
        { .origin = "" },
        { .origin = "a\nb" },
        { .origin = "o", .size = -1 },
        { .origin = "o", .extension = "no newline" },
        { .origin = "o", .extension = "\n" },
        { .origin = "o", .extension = "a\n\nb\n" },
        { .origin = "o", .extension = "a\n\n" },
    };
    struct note_signer signer;
    assert_int_equal(note_signer_new(&a, NAME, &signer), OK);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        const char *text = "kept";
        assert_int_equal(checkpoint_text(&a, &wrong[i], &text), ERR_INVALID);
        assert_int_equal(checkpoint_sign(&a, &wrong[i], &signer, 1, &text), ERR_INVALID);
        assert_string_equal(text, "kept");
    }
}

static void an_unsigned_or_foreign_checkpoint_is_none(void **state)
{
    struct note_signer ours, theirs;
    assert_int_equal(note_signer_new(&a, NAME, &ours), OK);
    assert_int_equal(note_signer_new(&a, NAME, &theirs), OK);
    struct checkpoint c = { .origin = NAME, .size = 3 }, opened = { .size = 42 };
    const char *note, *text;
    assert_int_equal(checkpoint_text(&a, &c, &text), OK);
    assert_int_equal(
        checkpoint_open(&a, text, strlen(text), NAME, &ours.verifier, 1, &opened), ERR_INVALID);
    assert_int_equal(checkpoint_sign(&a, &c, &theirs, 1, &note), OK);
    assert_int_equal(
        checkpoint_open(&a, note, strlen(note), NAME, &ours.verifier, 1, &opened), ERR_NOT_FOUND);
    // Signed by us, but no checkpoint.
    assert_int_equal(note_sign(&a, "Hello\n", &ours, 1, &note), OK);
    assert_int_equal(
        checkpoint_open(&a, note, strlen(note), NAME, &ours.verifier, 1, &opened), ERR_INVALID);
    // The size raised afterwards.
    assert_int_equal(checkpoint_sign(&a, &c, &ours, 1, &note), OK);
    char *raised = arena_strdup(&a, note);
    *strchr(raised, '3') = '4';
    assert_int_equal(
        checkpoint_open(&a, raised, strlen(raised), NAME, &ours.verifier, 1, &opened), ERR_CORRUPT);
    assert_int_equal(opened.size, 42);
    // Signed by both, as when a key is changed.
    struct note_signer both[] = { theirs, ours };
    assert_int_equal(checkpoint_sign(&a, &c, both, 2, &note), OK);
    assert_int_equal(checkpoint_open(&a, note, strlen(note), NAME, &ours.verifier, 1, &opened), OK);
    assert_int_equal(opened.size, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_the_known_note, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_what_it_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_every_other_spelling, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_nothing_it_could_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unsigned_or_foreign_checkpoint_is_none, setup, teardown),
    };
    return RUN_TESTS(tests);
}
