// SPDX-License-Identifier: Apache-2.0
#include "note.h"
#include "buf.h"
#include "str.h"
#include "check.h"

// The example keys, text and signatures in the documentation of golang.org/x/mod/sumdb/note, where
// the format was first defined.
#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_PRIVATE                                                                              \
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define ENOCH "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define TEXT                                                                                       \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"
#define PETER_BASE64                                                                               \
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
#define ENOCH_BASE64                                                                               \
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="
#define PETER_LINE "— PeterNeumann " PETER_BASE64 "\n"
#define ENOCH_LINE "— EnochRoot " ENOCH_BASE64 "\n"

static struct arena a;
static struct note_verifier known[2];

static int setup(void **state)
{
    arena_init(&a, 1 << 24);
    assert_int_equal(note_verifier_parse(&a, PETER, &known[0]), OK);
    assert_int_equal(note_verifier_parse(&a, ENOCH, &known[1]), OK);
    return 0;
}

static int teardown(void **state)
{
    arena_release(&a);
    return 0;
}

static enum err open_text(const char *note, int n, struct note *ret_note)
{
    return note_open(&a, note, strlen(note), known, n, ret_note);
}

static void signs_the_published_example(void **state)
{
    struct note_signer peter;
    const char *signed_note;
    assert_int_equal(note_signer_parse(&a, PETER_PRIVATE, &peter), OK);
    assert_string_equal(note_signer_text(&a, &peter), PETER_PRIVATE);
    assert_string_equal(note_verifier_text(&a, &peter.verifier), PETER);
    assert_int_equal(note_sign(&a, TEXT, &peter, 1, &signed_note), OK);
    assert_string_equal(signed_note, TEXT "\n" PETER_LINE);
    note_signer_wipe(&peter);
    static const struct note_signer wiped;
    assert_memory_equal(&peter, &wiped, sizeof(peter));
}

static void opens_with_any_trusted_key(void **state)
{
    struct note note;
    assert_int_equal(open_text(TEXT "\n" PETER_LINE ENOCH_LINE, 2, &note), OK);
    assert_string_equal(note.text, TEXT);
    assert_int_equal(note.n, 2);
    assert_ptr_equal(note.signers[0], &known[0]);
    assert_ptr_equal(note.signers[1], &known[1]);
    // Only Peter is trusted: Enoch's line is passed over, before and after his.
    assert_int_equal(open_text(TEXT "\n" ENOCH_LINE PETER_LINE, 1, &note), OK);
    assert_int_equal(note.n, 1);
    assert_int_equal(open_text(TEXT "\n" ENOCH_LINE, 1, &note), ERR_NOT_FOUND);
    assert_int_equal(open_text(TEXT "\n" ENOCH_LINE, 0, &note), ERR_NOT_FOUND);
    // A signature given twice is one signer.
    assert_int_equal(open_text(TEXT "\n" PETER_LINE PETER_LINE, 2, &note), OK);
    assert_int_equal(note.n, 1);
}

static void passes_over_strangers_that_look_known(void **state)
{
    struct note note;
    // The name of one, the id of another; and a type this code knows nothing of, of any length.
    assert_int_equal(
        open_text(TEXT "\n— PeterNeumann " ENOCH_BASE64 "\n", 2, &note), ERR_NOT_FOUND);
    assert_int_equal(
        open_text(
            TEXT "\n— PeterNeumann AAAAAAE=\n— w.example/ü AAAAAP8BAgM=\n" PETER_LINE, 2, &note),
        OK);
    assert_int_equal(note.n, 1);
}

static void a_known_keys_wrong_signature_spoils_the_note(void **state)
{
    struct note note = { .n = 42 };
    static const char good[] = TEXT "\n" PETER_LINE;
    size_t text_len = strlen(TEXT);
    // Any changed byte of the text, kept printable.
    for (size_t i = 0; i < text_len - 1; i++) {
        char *bad = arena_strdup(&a, good);
        bad[i] = bad[i] == 'x' ? 'y' : 'x';
        assert_int_equal(open_text(bad, 2, &note), ERR_CORRUPT);
    }
    // A good signature doesn't help a bad one, whichever comes first.
    assert_int_equal(open_text("Other text\n\n" PETER_LINE ENOCH_LINE, 2, &note), ERR_CORRUPT);
    // Peter's name and id before something that is too short and too long to be his signature.
    assert_int_equal(
        open_text(TEXT "\n" ENOCH_LINE "— PeterNeumann x08gowA=\n", 2, &note), ERR_CORRUPT);
    assert_int_equal(
        open_text(TEXT
            "\n— PeterNeumann "
            "x08go/ZJkuBS9UG/"
            "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAMA\n",
            2, &note),
        ERR_CORRUPT);
    assert_int_equal(note.n, 42);
}

static void every_flipped_bit_of_a_signature_counts(void **state)
{
    unsigned char bytes[68];
    size_t len;
    assert_true(str_unbase64(PETER_BASE64, bytes, sizeof(bytes), &len));
    assert_int_equal(len, sizeof(bytes));
    struct note note;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const char *bad = arena_fmt(&a, TEXT "\n— PeterNeumann %s\n", str_base64(&a, bytes, len));
        assert_int_equal(open_text(bad, 2, &note), bit < 32 ? ERR_NOT_FOUND : ERR_CORRUPT);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

static void refuses_what_is_no_note(void **state)
{
    static const char *const wrong[] = { "", "\n", "\n\n", "\n\n\n", TEXT, TEXT "\n", TEXT "\n\n",
        TEXT PETER_LINE, PETER_LINE, "\n" PETER_LINE,
        TEXT "\n— PeterNeumann " PETER_BASE64,              // no final newline
        TEXT "\n" PETER_LINE "\n",                          // an empty line at the end
        TEXT "\n" PETER_LINE "\n\n",                        //
        TEXT "\n" PETER_LINE "more\n",                      // something else among signatures
        TEXT "\n" PETER_LINE "\nmore\n",                    //
        TEXT "\n- PeterNeumann " PETER_BASE64 "\n",         // a hyphen
        TEXT "\n—PeterNeumann " PETER_BASE64 "\n",          // no space
        TEXT "\n—  PeterNeumann " PETER_BASE64 "\n",        // two spaces
        TEXT "\n— PeterNeumann  " PETER_BASE64 "\n",        //
        TEXT "\n— PeterNeumann " PETER_BASE64 " \n",        // a space at the end
        TEXT "\n— PeterNeumann\n",                          // no signature
        TEXT "\n— PeterNeumann \n",                         //
        TEXT "\n— " PETER_BASE64 "\n",                      // no name
        TEXT "\n—  " PETER_BASE64 "\n",                     //
        TEXT "\n— Peter+Neumann " PETER_BASE64 "\n",        // a plus
        TEXT "\n— Peter\u00a0Neumann " PETER_BASE64 "\n",   // Unicode's spaces
        TEXT "\n— Peter\u3000Neumann " PETER_BASE64 "\n",   //
        TEXT "\n— Peter\u2009Neumann " PETER_BASE64 "\n",   //
        TEXT "\n— Peter\xc2\x85Neumann " PETER_BASE64 "\n", //
        TEXT "\n— PeterNeumann x08go\n",                    // not base64
        TEXT "\n— PeterNeumann x08gow==\n",                 // an id and no signature
        TEXT "\n— PeterNeumann x08gowF=\n",                 // stray bits
        TEXT "\n— PeterNeumann x08gowA\n",                  // no padding
        TEXT "\n— PeterNeumann x08go_ZJ\n",                 // the other alphabet
        "tab\there\n\n" PETER_LINE, "return\r\n\n" PETER_LINE, "bell\a\n\n" PETER_LINE,
        "not \xff UTF-8\n\n" PETER_LINE, "over\xc0\xafong\n\n" PETER_LINE };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct note note = { .n = 42 };
        enum err e = open_text(wrong[i], 2, &note);
        if (e != ERR_INVALID) {
            fail_msg("%s for number %zu: %s", err_name(e), i, wrong[i]);
        }
        assert_int_equal(note.n, 42);
    }
    static const char nul[] = "a\0b\n\n" PETER_LINE;
    struct note note;
    assert_int_equal(note_open(&a, nul, sizeof(nul) - 1, known, 2, &note), ERR_INVALID);
}

static void any_prefix_is_refused(void **state)
{
    static const char good[] = TEXT "\n" PETER_LINE ENOCH_LINE;
    struct note note;
    size_t first = strlen(TEXT "\n" PETER_LINE);
    for (size_t len = 0; len < sizeof(good) - 1; len++) {
        // In a block of just that size, so that the sanitizer sees a read past it.
        char *cut = malloc(len + !len);
        memcpy(cut, good, len);
        assert_int_equal(note_open(&a, cut, len, known, 2, &note), len == first ? OK : ERR_INVALID);
        free(cut);
    }
}

static void texts_may_hold_empty_lines(void **state)
{
    struct note_signer peter;
    struct note note;
    const char *signed_note;
    static const char *const texts[] = { "\n", "\n\n\n", "a\n\nb\n", "a\n\n",
        "a\n\n— PeterNeumann " PETER_BASE64 "\n", "Où est l'été ? 夏\n" };
    assert_int_equal(note_signer_parse(&a, PETER_PRIVATE, &peter), OK);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(note_sign(&a, texts[i], &peter, 1, &signed_note), OK);
        assert_int_equal(open_text(signed_note, 1, &note), OK);
        assert_string_equal(note.text, texts[i]);
    }
    static const char *const wrong[] = { "", "a", "a\nb", "a\r\n", "a\tb\n", "\xff\n", "\x1f\n" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(note_sign(&a, wrong[i], &peter, 1, &signed_note), ERR_INVALID);
    }
    assert_int_equal(note_sign(&a, "a\n", &peter, 0, &signed_note), ERR_INVALID);
    char *huge = arena_alloc(&a, NOTE_BYTES_MAX + 1);
    memset(huge, 'a', NOTE_BYTES_MAX);
    huge[NOTE_BYTES_MAX - 1] = '\n';
    assert_int_equal(note_sign(&a, huge, &peter, 1, &signed_note), ERR_TOO_LARGE);
    huge[NOTE_BYTES_MAX - 200] = '\0';
    huge[NOTE_BYTES_MAX - 201] = '\n';
    assert_int_equal(note_sign(&a, huge, &peter, 1, &signed_note), OK);
    assert_int_equal(open_text(signed_note, 1, &note), OK);
}

static void takes_many_signatures_but_not_any_number(void **state)
{
    struct note_signer signers[NOTE_SIGNATURES_MAX + 1];
    struct note_verifier verifiers[NOTE_SIGNATURES_MAX];
    for (int i = 0; i <= NOTE_SIGNATURES_MAX; i++) {
        assert_int_equal(note_signer_new(&a, arena_fmt(&a, "k%d.example", i), &signers[i]), OK);
        if (i < NOTE_SIGNATURES_MAX) {
            verifiers[i] = signers[i].verifier;
        }
    }
    const char *text;
    struct note note;
    assert_int_equal(note_sign(&a, TEXT, signers, NOTE_SIGNATURES_MAX + 1, &text), ERR_INVALID);
    assert_int_equal(note_sign(&a, TEXT, signers, NOTE_SIGNATURES_MAX, &text), OK);
    assert_int_equal(note_open(&a, text, strlen(text), verifiers, NOTE_SIGNATURES_MAX, &note), OK);
    assert_int_equal(note.n, NOTE_SIGNATURES_MAX);
    const char *more = arena_fmt(&a, "%s" PETER_LINE, text);
    assert_int_equal(
        note_open(&a, more, strlen(more), verifiers, NOTE_SIGNATURES_MAX, &note), ERR_INVALID);
    // Two fresh keys of one name are two keys.
    assert_int_equal(note_signer_new(&a, "k0.example", &signers[1]), OK);
    assert_memory_not_equal(signers[0].verifier.key, signers[1].verifier.key, NOTE_KEY_BYTES);
}

static void keys_keep_through_their_texts(void **state)
{
    static const char *const names[] = { "a", "city.example/ledger", "Stadt/Grün", "a/b?c=d" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct note_signer signer, again;
        struct note_verifier verifier;
        assert_int_equal(note_signer_new(&a, names[i], &signer), OK);
        assert_int_equal(note_signer_parse(&a, note_signer_text(&a, &signer), &again), OK);
        assert_memory_equal(signer.secret, again.secret, NOTE_SECRET_BYTES);
        assert_string_equal(again.verifier.name, names[i]);
        assert_int_equal(
            note_verifier_parse(&a, note_verifier_text(&a, &signer.verifier), &verifier), OK);
        assert_memory_equal(verifier.key, signer.verifier.key, NOTE_KEY_BYTES);
        assert_memory_equal(verifier.id, signer.verifier.id, NOTE_ID_BYTES);
    }
    struct note_signer signer;
    char *name = arena_alloc(&a, NOTE_NAME_BYTES_MAX + 2);
    memset(name, 'n', NOTE_NAME_BYTES_MAX);
    assert_int_equal(note_signer_new(&a, name, &signer), OK);
    name[NOTE_NAME_BYTES_MAX] = 'n';
    const char *const wrong[] = { "", " ", "a b", "a+b", "a\n", "a\tb", "\xff", "a\u2028b", name };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(note_signer_new(&a, wrong[i], &signer), ERR_INVALID);
    }
}

static void refuses_mangled_keys(void **state)
{
    struct note_verifier v = { .name = "kept" };
    struct note_signer s;
    // Every stretch cut out, as the definition's own tests do.
    static const char good[] = PETER, good_private[] = PETER_PRIVATE;
    for (size_t from = 0; from < strlen(good); from++) {
        for (size_t to = from + 1; to <= strlen(good); to++) {
            assert_int_not_equal(
                note_verifier_parse(&a, arena_fmt(&a, "%.*s%s", (int)from, good, good + to), &v),
                OK);
        }
    }
    for (size_t i = 0; i < strlen(good_private); i++) {
        char *bad = arena_strdup(&a, good_private);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(note_signer_parse(&a, bad, &s), OK);
    }
    assert_int_equal(note_signer_parse(&a, PETER, &s), ERR_INVALID);
    assert_int_equal(note_verifier_parse(&a, PETER_PRIVATE, &v), ERR_INVALID);
    // Another algorithm; upper-case hex; a longer key.
    assert_int_equal(note_verifier_parse(&a,
                         "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &v),
        ERR_UNSUPPORTED);
    assert_int_equal(note_verifier_parse(&a,
                         "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &v),
        ERR_INVALID);
    assert_int_equal(note_verifier_parse(&a, PETER "AAAA", &v), ERR_INVALID);
    assert_int_equal(note_verifier_parse(&a, PETER "\n", &v), ERR_INVALID);
    assert_string_equal(v.name, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signs_the_published_example, setup, teardown),
        cmocka_unit_test_setup_teardown(opens_with_any_trusted_key, setup, teardown),
        cmocka_unit_test_setup_teardown(passes_over_strangers_that_look_known, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_known_keys_wrong_signature_spoils_the_note, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_of_a_signature_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_note, setup, teardown),
        cmocka_unit_test_setup_teardown(any_prefix_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_may_hold_empty_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_many_signatures_but_not_any_number, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_keep_through_their_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_mangled_keys, setup, teardown),
    };
    return RUN_TESTS(tests);
}
