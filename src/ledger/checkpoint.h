// SPDX-License-Identifier: Apache-2.0
// A tree's size and root, as the text of a signed note (C2SP tlog-checkpoint): origin, decimal
// size, base64 root, each on its line, then optional extension lines.
#pragma once

#include "merkle.h"
#include "note.h"

struct checkpoint {
    const char *origin; // which log; one line, not empty
    int64_t size;
    unsigned char root[MERKLE_HASH_BYTES];
    const char *extension; // lines, none empty, each with its newline; "" (or NULL) for none
};

// ERR_INVALID when a part can't stand in a checkpoint.
CHECKED enum err checkpoint_text(
    struct arena *a, const struct checkpoint *checkpoint, const char **ret_text);
// Only the one spelling of each part. ERR_INVALID otherwise. A text that wasn't signed proves
// nothing; checkpoint_open() is for what comes from elsewhere.
CHECKED enum err checkpoint_parse(
    struct arena *a, const char *text, struct checkpoint *ret_checkpoint);

CHECKED enum err checkpoint_sign(struct arena *a, const struct checkpoint *checkpoint,
    const struct note_signer *signers, int n, const char **ret_note);
// Opens the note, as note_open(), and reads its text. ERR_INVALID when the origin is not ORIGIN:
// one log's checkpoint must not pass for another's.
CHECKED enum err checkpoint_open(struct arena *a, const char *note, size_t len, const char *origin,
    const struct note_verifier *verifiers, int n, struct checkpoint *ret_checkpoint);
