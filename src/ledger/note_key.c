// SPDX-License-Identifier: Apache-2.0
// The keys of signed notes: their names, ids and texts.
#include "note.h"
#include "note_internal.h"

#include "str.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { TYPE_ED25519 = 1 };

static_assert(NOTE_KEY_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "a public key is 32 bytes");
static_assert(NOTE_KEY_BYTES == crypto_sign_ed25519_SEEDBYTES, "and so is a seed");
static_assert(NOTE_SECRET_BYTES == crypto_sign_ed25519_SECRETKEYBYTES, "libsodium's secret key");

static const char private_prefix[] = "PRIVATE+KEY+";

bool note_text_clean(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)s[i] < ' ' && s[i] != '\n') {
            return false;
        }
    }
    return str_utf8(s, len);
}

bool note_name_ok(const char *name)
{
    // What Unicode counts as white space beyond ASCII.
    static const char *const spaces[] = { " ", "\n", "\xc2\x85", "\u00a0", "\u1680", "\u2000",
        "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
        "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000" };
    for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
        if (strstr(name, spaces[i])) {
            return false;
        }
    }
    return *name && !strchr(name, '+') && note_text_clean(name, strlen(name));
}

bool note_unbase64(struct arena *a, const char *s, unsigned char **ret_data, size_t *ret_len)
{
    size_t size = strlen(s) / 4 * 3 + 3, len;
    unsigned char *data = arena_alloc(a, size);
    if (!str_unbase64(s, data, size, &len) || !str_eq(s, str_base64(a, data, len))) {
        return false;
    }
    *ret_data = data;
    *ret_len = len;
    return true;
}

static void compute_id(struct note_verifier *v)
{
    static const unsigned char middle[] = { '\n', TYPE_ED25519 };
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)v->name, strlen(v->name));
    crypto_hash_sha256_update(&state, middle, sizeof(middle));
    crypto_hash_sha256_update(&state, v->key, sizeof(v->key));
    crypto_hash_sha256_final(&state, hash);
    memcpy(v->id, hash, sizeof(v->id));
}

static enum err check_name(struct arena *a, const char *name)
{
    if (!note_name_ok(name) || strlen(name) > NOTE_NAME_BYTES_MAX) {
        return fail(a, ERR_INVALID,
            "Name the key with 1 to %d bytes and neither spaces nor plus signs, as in "
            "city.example/ledger.",
            NOTE_NAME_BYTES_MAX);
    }
    return OK;
}

static void signer_from_seed(struct arena *a, const char *name,
    const unsigned char seed[NOTE_KEY_BYTES], struct note_signer *ret_signer)
{
    struct note_verifier *v = &ret_signer->verifier;
    v->name = arena_strdup(a, name);
    crypto_sign_ed25519_seed_keypair(v->key, ret_signer->secret, seed);
    compute_id(v);
}

enum err note_signer_new(struct arena *a, const char *name, struct note_signer *ret_signer)
{
    TRY(check_name(a, name));
    unsigned char seed[NOTE_KEY_BYTES];
    randombytes_buf(seed, sizeof(seed));
    signer_from_seed(a, name, seed, ret_signer);
    sodium_memzero(seed, sizeof(seed));
    return OK;
}

void note_signer_wipe(struct note_signer *signer)
{
    sodium_memzero(signer, sizeof(*signer));
}

// "name+hex id+base64(type ‖ KEY)", the form that public and private texts share.
static char *key_text(
    struct arena *a, const struct note_verifier *v, const unsigned char key[NOTE_KEY_BYTES])
{
    unsigned char typed[1 + NOTE_KEY_BYTES] = { TYPE_ED25519 };
    memcpy(typed + 1, key, NOTE_KEY_BYTES);
    char *text = arena_fmt(a, "%s+%s+%s", v->name, str_hex(a, v->id, sizeof(v->id)),
        str_base64(a, typed, sizeof(typed)));
    sodium_memzero(typed, sizeof(typed));
    return text;
}

char *note_verifier_text(struct arena *a, const struct note_verifier *verifier)
{
    return key_text(a, verifier, verifier->key);
}

char *note_signer_text(struct arena *a, const struct note_signer *signer)
{
    unsigned char seed[NOTE_KEY_BYTES];
    crypto_sign_ed25519_sk_to_seed(seed, signer->secret);
    char *text = arena_fmt(a, "%s%s", private_prefix, key_text(a, &signer->verifier, seed));
    sodium_memzero(seed, sizeof(seed));
    return text;
}

// The parts of a key's text, its spelling checked except for the id, which follows from the rest.
static enum err parse_key_text(struct arena *a, const char *text, struct note_verifier *ret_v)
{
    const char *plus = strchr(text, '+');
    const char *second = plus ? strchr(plus + 1, '+') : NULL;
    unsigned char *key;
    size_t len;
    if (!second || second - plus - 1 != 2 * NOTE_ID_BYTES ||
        !note_unbase64(a, second + 1, &key, &len) || len != 1 + NOTE_KEY_BYTES) {
        return fail(a, ERR_INVALID, "A key is written name+id+key; copy all of it.");
    }
    if (key[0] != TYPE_ED25519) {
        return fail(a, ERR_UNSUPPORTED, "This key isn't an Ed25519 key.");
    }
    struct note_verifier v = { .name = arena_strndup(a, text, (size_t)(plus - text)) };
    TRY(check_name(a, v.name));
    const char *hex = arena_strndup(a, plus + 1, 2 * NOTE_ID_BYTES);
    if (!str_unhex(hex, v.id, sizeof(v.id)) || !str_eq(hex, str_hex(a, v.id, sizeof(v.id)))) {
        return fail(a, ERR_INVALID, "The id of a key is eight hexadecimal digits.");
    }
    memcpy(v.key, key + 1, sizeof(v.key));
    sodium_memzero(key, len);
    *ret_v = v;
    return OK;
}

static enum err check_id(
    struct arena *a, const struct note_verifier *v, const unsigned char id[NOTE_ID_BYTES])
{
    if (memcmp(v->id, id, sizeof(v->id)) != 0) {
        return fail(a, ERR_INVALID, "The key doesn't match its id; copy it again.");
    }
    return OK;
}

enum err note_verifier_parse(struct arena *a, const char *text, struct note_verifier *ret_verifier)
{
    struct note_verifier written, v;
    TRY(parse_key_text(a, text, &written));
    v = written;
    compute_id(&v);
    TRY(check_id(a, &v, written.id));
    *ret_verifier = v;
    return OK;
}

enum err note_signer_parse(struct arena *a, const char *text, struct note_signer *ret_signer)
{
    if (!str_starts(text, private_prefix)) {
        return fail(a, ERR_INVALID, "A private key begins with %s.", private_prefix);
    }
    struct note_verifier written;
    struct note_signer signer;
    TRY(parse_key_text(a, text + strlen(private_prefix), &written));
    signer_from_seed(a, written.name, written.key, &signer);
    sodium_memzero(written.key, sizeof(written.key));
    enum err e = check_id(a, &signer.verifier, written.id);
    if (e == OK) {
        *ret_signer = signer;
    }
    note_signer_wipe(&signer);
    return e;
}
