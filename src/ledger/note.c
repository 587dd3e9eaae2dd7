// SPDX-License-Identifier: Apache-2.0
#include "note.h"
#include "note_internal.h"

#include "buf.h"
#include "str.h"

#include <sodium.h>
#include <string.h>

static const char dash[] = "\u2014 "; // begins a signature line

enum err note_sign(struct arena *a, const char *text, const struct note_signer *signers, int n,
    const char **ret_note)
{
    size_t len = strlen(text);
    if (!len || text[len - 1] != '\n' || !note_text_clean(text, len)) {
        return fail(a, ERR_INVALID, "A text to sign is plain text that ends with a newline.");
    }
    if (n < 1 || n > NOTE_SIGNATURES_MAX) {
        return fail(a, ERR_INVALID, "Sign with 1 to %d keys.", NOTE_SIGNATURES_MAX);
    }
    AUTO_BUF(note, NOTE_BYTES_MAX);
    buf_puts(&note, text);
    buf_putc(&note, '\n');
    for (int i = 0; i < n; i++) {
        const struct note_verifier *v = &signers[i].verifier;
        unsigned char signature[NOTE_ID_BYTES + crypto_sign_ed25519_BYTES];
        memcpy(signature, v->id, NOTE_ID_BYTES);
        crypto_sign_ed25519_detached(
            signature + NOTE_ID_BYTES, NULL, (const unsigned char *)text, len, signers[i].secret);
        buf_fmt(&note, "%s%s %s\n", dash, v->name, str_base64(a, signature, sizeof(signature)));
    }
    if (!buf_ok(&note)) {
        return fail(a, ERR_TOO_LARGE, "The text is too long to be signed.");
    }
    *ret_note = arena_strndup(a, note.data, note.len);
    return OK;
}

struct signature {
    const char *name;
    unsigned char *bytes; // key id, then the signature proper
    size_t len;
};

// "— name base64", without its newline.
static bool parse_signature(struct arena *a, const char *line, struct signature *ret_signature)
{
    if (!str_starts(line, dash)) {
        return false;
    }
    const char *name = line + strlen(dash);
    const char *space = strchr(name, ' ');
    if (!space) {
        return false;
    }
    struct signature s = { .name = arena_strndup(a, name, (size_t)(space - name)) };
    if (!note_name_ok(s.name) || !note_unbase64(a, space + 1, &s.bytes, &s.len) ||
        s.len <= NOTE_ID_BYTES) {
        return false;
    }
    *ret_signature = s;
    return true;
}

// Where the signatures begin: past the last empty line. NULL when NOTE isn't text, blank line,
// whole lines.
static const char *find_signatures(const char *note, size_t len)
{
    if (len < 3 || !note_text_clean(note, len) || note[len - 1] != '\n') {
        return NULL;
    }
    // The final newline can't be the blank line: signatures must follow it.
    for (size_t i = len - 2; i > 0; i--) {
        if (note[i] == '\n' && note[i - 1] == '\n') {
            return note + i + 1;
        }
    }
    return NULL;
}

static const struct note_verifier *find_verifier(
    const struct note_verifier *verifiers, int n, const struct signature *s)
{
    for (int i = 0; i < n; i++) {
        if (str_eq(verifiers[i].name, s->name) &&
            memcmp(verifiers[i].id, s->bytes, NOTE_ID_BYTES) == 0) {
            return &verifiers[i];
        }
    }
    return NULL;
}

static enum err check_signature(struct arena *a, const struct signature *s,
    const struct note_verifier *verifier, struct note *note)
{
    if (s->len != NOTE_ID_BYTES + crypto_sign_ed25519_BYTES ||
        crypto_sign_ed25519_verify_detached(s->bytes + NOTE_ID_BYTES,
            (const unsigned char *)note->text, strlen(note->text), verifier->key) != 0) {
        return fail(
            a, ERR_CORRUPT, "The signature of %s is wrong. Don't trust this text.", s->name);
    }
    for (int i = 0; i < note->n; i++) {
        if (note->signers[i] == verifier) {
            return OK;
        }
    }
    note->signers[note->n++] = verifier;
    return OK;
}

enum err note_open(struct arena *a, const char *note, size_t len,
    const struct note_verifier *verifiers, int n, struct note *ret_note)
{
    if (len > NOTE_BYTES_MAX) {
        return fail(a, ERR_INVALID, "This is too long for a signed note.");
    }
    const char *from = find_signatures(note, len), *end = note + len;
    if (!from) {
        return fail(a, ERR_INVALID, "This is not a signed note: text, an empty line, signatures.");
    }
    struct note opened = {
        .text = arena_strndup(a, note, (size_t)(from - note) - 1),
        .signers = arena_array(a, const struct note_verifier *, NOTE_SIGNATURES_MAX),
    };
    for (int lines = 0; from < end; lines++) {
        const char *newline = memchr(from, '\n', (size_t)(end - from));
        const char *line = arena_strndup(a, from, (size_t)(newline - from));
        struct signature s;
        if (lines == NOTE_SIGNATURES_MAX || !parse_signature(a, line, &s)) {
            return fail(a, ERR_INVALID, "Below the empty line stand signatures only, at most %d.",
                NOTE_SIGNATURES_MAX);
        }
        const struct note_verifier *verifier = find_verifier(verifiers, n, &s);
        if (verifier) {
            TRY(check_signature(a, &s, verifier, &opened));
        }
        from = newline + 1;
    }
    if (!opened.n) {
        return fail(a, ERR_NOT_FOUND, "Nobody whose key is known signed this text.");
    }
    *ret_note = opened;
    return OK;
}
