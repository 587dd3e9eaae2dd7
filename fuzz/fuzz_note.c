// SPDX-License-Identifier: Apache-2.0
// Any bytes as a signed note, a checkpoint and a key: what is taken has one spelling only, and what
// may be signed opens again to the same text.
#include "checkpoint.h"
#include "str.h"

static void check_spelling(struct arena *a, const char *text)
{
    struct checkpoint checkpoint;
    struct note_verifier verifier;
    struct note_signer signer;
    const char *again;
    if (checkpoint_parse(a, text, &checkpoint) == OK &&
        (checkpoint_text(a, &checkpoint, &again) != OK || !str_eq(text, again))) {
        abort();
    }
    if (note_verifier_parse(a, text, &verifier) == OK &&
        !str_eq(text, note_verifier_text(a, &verifier))) {
        abort();
    }
    if (note_signer_parse(a, text, &signer) == OK && !str_eq(text, note_signer_text(a, &signer))) {
        abort();
    }
}

static void check_signing(struct arena *a, const char *text)
{
    struct note_signer signer;
    struct note note;
    const char *signed_note;
    if (note_signer_parse(a,
            "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
            &signer) != OK) {
        abort();
    }
    if (note_sign(a, text, &signer, 1, &signed_note) == OK &&
        (note_open(a, signed_note, strlen(signed_note), &signer.verifier, 1, &note) != OK ||
            !str_eq(note.text, text))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena a;
    struct note note;
    struct note_verifier verifier;
    arena_init(&a, 1 << 22);
    if (note_verifier_parse(&a,
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            &verifier) != OK) {
        abort();
    }
    if (note_open(&a, (const char *)data, size, &verifier, 1, &note) == OK &&
        (note.n != 1 || strlen(note.text) >= size || memcmp(note.text, data, strlen(note.text)))) {
        abort();
    }
    const char *text = arena_strndup(&a, (const char *)data, size);
    check_spelling(&a, text);
    check_signing(&a, text);
    arena_release(&a);
    return 0;
}
