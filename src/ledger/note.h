// SPDX-License-Identifier: Apache-2.0
// Signed notes (C2SP signed-note): a text, a blank line, then signature lines
// "— name base64(key id ‖ signature)". Only Ed25519, type 0x01, is made and checked here; lines of
// other keys and types are passed over, as the format demands.
//
// A note's text means nothing until note_open() has found a signature by a trusted key under it.
#pragma once

#include "arena.h"

#include <stdint.h>

enum {
    NOTE_KEY_BYTES = 32,
    NOTE_SECRET_BYTES = 64, // libsodium's: seed, then public key
    NOTE_ID_BYTES = 4,
    NOTE_NAME_BYTES_MAX = 255,
    NOTE_SIGNATURES_MAX = 100,
    NOTE_BYTES_MAX = 1 << 20,
};

// Who may sign: what the public knows of a key.
struct note_verifier {
    const char *name; // "city.example/ledger": not empty, no white space, no '+'
    unsigned char id[NOTE_ID_BYTES];
    unsigned char key[NOTE_KEY_BYTES];
};

// Who signs. Wipe it with note_signer_wipe() when done.
struct note_signer {
    struct note_verifier verifier;
    unsigned char secret[NOTE_SECRET_BYTES];
};

// A fresh key. ERR_INVALID when NAME can't be a key's name.
CHECKED enum err note_signer_new(struct arena *a, const char *name, struct note_signer *ret_signer);
// "PRIVATE+KEY+name+hex key id+base64(0x01 ‖ seed)", for a file that only the server reads.
char *note_signer_text(struct arena *a, const struct note_signer *signer);
CHECKED enum err note_signer_parse(
    struct arena *a, const char *text, struct note_signer *ret_signer);
void note_signer_wipe(struct note_signer *signer);
// "name+hex key id+base64(0x01 ‖ public key)", to be handed to everybody.
char *note_verifier_text(struct arena *a, const struct note_verifier *verifier);
CHECKED enum err note_verifier_parse(
    struct arena *a, const char *text, struct note_verifier *ret_verifier);

// Signs TEXT with each signer in turn. ERR_INVALID when TEXT doesn't end in a newline, isn't UTF-8
// or has control characters; ERR_TOO_LARGE when nobody could open the note.
CHECKED enum err note_sign(struct arena *a, const char *text, const struct note_signer *signers,
    int n, const char **ret_note);

struct note {
    const char *text;                     // ends in a newline
    const struct note_verifier **signers; // the trusted ones that signed, each once
    int n;                                // at least 1
};

// ERR_INVALID: it is not a note. ERR_CORRUPT: a trusted key's signature is wrong.
// ERR_NOT_FOUND: it is a note, but no trusted key signed it. The signers of RET_NOTE point into
// VERIFIERS.
CHECKED enum err note_open(struct arena *a, const char *note, size_t len,
    const struct note_verifier *verifiers, int n, struct note *ret_note);
