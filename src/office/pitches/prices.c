// SPDX-License-Identifier: Apache-2.0
// Sealed prices. A price is encrypted to the procurement officer's public key as it comes in
// (crypto_box_seal); the private key is itself encrypted by a key made from the officer's
// passphrase (Argon2id, secretbox). Neither the database nor whoever runs it can open a price; a
// lost passphrase loses the prices.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "str.h"

#include <sodium.h>

enum { PRICE_TEXT = 24 }; // every sealed price is as long as every other

struct key_pair {
    unsigned char public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
};

static struct value blob(struct arena *a, const void *data, size_t len)
{
    return (struct value){ .kind = V_BLOB, .blob = { arena_memdup(a, data, len), len } };
}

// ---- the officer's key -------------------------------------------------------------------------

enum { ACTIVE, RETIRED };

static const struct state key_states[] = {
    { "active", "In use", "going" },
    { "retired", "Retired", "stopped" },
    END_STATE,
};

static const struct field key_fields[] = {
    { "title", FIELD_TEXT, "Key", "Whose it is and from when, as “Procurement 2027”.", .max = 80 },
    { "public_key", FIELD_TEXT, "Public key", NULL },
    { "passphrase", FIELD_SECRET, "Passphrase",
        "Five words or more. It is kept nowhere: without it the prices can’t be opened." },
    { "passphrase_again", FIELD_SECRET, "The passphrase again", NULL },
    END_FIELD,
};

static enum err derive(struct ctx *c, const char *passphrase, const unsigned char *salt,
    uint64_t ops, size_t memory, unsigned char key[crypto_secretbox_KEYBYTES])
{
    return crypto_pwhash(key, crypto_secretbox_KEYBYTES, passphrase, strlen(passphrase), salt, ops,
               memory, crypto_pwhash_ALG_ARGON2ID13) == 0
               ? OK
               : fail(c->arena, ERR_UNAVAILABLE, "%s",
                     ctx_text(c, "There is too little memory just now. Try again.", NULL));
}

static enum err make_key(struct act *a)
{
    struct ctx *c = a->ctx;
    const char *passphrase = act_text(a, "passphrase");
    if (str_chars(passphrase) < 16) {
        return act_invalid(a, "passphrase", "Take at least 16 characters: five words do.", NULL);
    }
    if (!str_eq(passphrase, act_text(a, "passphrase_again"))) {
        return act_invalid(a, "passphrase_again", "The two differ. Write it again.", NULL);
    }
    struct key_pair pair;
    unsigned char salt[crypto_pwhash_SALTBYTES], nonce[crypto_secretbox_NONCEBYTES];
    unsigned char key[crypto_secretbox_KEYBYTES];
    unsigned char box[crypto_secretbox_MACBYTES + sizeof(pair.secret)];
    crypto_box_keypair(pair.public, pair.secret);
    randombytes_buf(salt, sizeof(salt));
    randombytes_buf(nonce, sizeof(nonce));
    enum err e = derive(c, passphrase, salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
        crypto_pwhash_MEMLIMIT_INTERACTIVE, key);
    if (e == OK) {
        crypto_secretbox_easy(box, pair.secret, sizeof(pair.secret), nonce, key);
    }
    sodium_memzero(key, sizeof(key));
    sodium_memzero(pair.secret, sizeof(pair.secret));
    TRY(e);
    act_set(a, "public_key", value_text(str_base64(c->arena, pair.public, sizeof(pair.public))));
    TRY(act_save(a));
    return db_insert(c->db, c->arena, "procurement_secret", true,
        ARGS(ARG("id", value_id(a->id)), ARG("salt_blob", blob(c->arena, salt, sizeof(salt))),
            ARG("nonce_blob", blob(c->arena, nonce, sizeof(nonce))),
            ARG("box_blob", blob(c->arena, box, sizeof(box))),
            ARG("ops_n", value_int(crypto_pwhash_OPSLIMIT_INTERACTIVE)),
            ARG("memory_n", value_int(crypto_pwhash_MEMLIMIT_INTERACTIVE))));
}

static const struct command key_commands[] = {
    { "procurement_key.make", "Make a key", NEW, ACTIVE, ROLE_PROCUREMENT,
        "title! passphrase! passphrase_again!", NULL, make_key, COMMAND_SLOW,
        "Prices of calls published from now on are sealed to it." },
    { "procurement_key.retire", "Retire the key", AT(ACTIVE), RETIRED, ROLE_PROCUREMENT, "", NULL,
        NULL, COMMAND_REASON | COMMAND_CONFIRM,
        "Calls already published keep it; their prices open with its passphrase." },
    END_COMMAND,
};

const struct kind procurement_key_kind = {
    .name = "procurement_key",
    .label = "Key for prices",
    .plural = "Keys for prices",
    .path = "/procurement-keys",
    .states = key_states,
    .fields = key_fields,
    .commands = key_commands,
    .scope = { NULL, NULL, "1 = 1" },
    .list = "title state created_at",
    .filters = "state",
    .empty = "The procurement officer’s key seals prices until the scores are locked.",
};

// ---- sealing -----------------------------------------------------------------------------------

enum err price_hash(struct ctx *c, int64_t pitch, const char **ret_hash)
{
    struct value row;
    enum err e =
        db_row(c->db, c->arena, "pitch.price_box", ARGS(ARG("pitch_id", value_id(pitch))), &row);
    *ret_hash = "";
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    const struct value *box = value_get(&row, "sealed_blob");
    unsigned char hash[crypto_hash_sha256_BYTES];
    if (box && box->kind == V_BLOB) {
        crypto_hash_sha256(hash, box->blob.data, box->blob.len);
        *ret_hash = str_hex(c->arena, hash, sizeof(hash));
    }
    return OK;
}

static enum err public_key_of(struct ctx *c, int64_t key, unsigned char *ret_public)
{
    struct value row;
    size_t len = 0;
    TRY(db_row(
        c->db, c->arena, "procurement_key.public", ARGS(ARG("key_id", value_id(key))), &row));
    return str_unbase64(value_get_text(&row, "public_key", ""), ret_public,
               crypto_box_PUBLICKEYBYTES, &len) &&
                   len == crypto_box_PUBLICKEYBYTES
               ? OK
               : fail(c->arena, ERR_CORRUPT, "the procurement key can't be read");
}

enum err price_seal(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value call;
    TRY(call_read(c, value_get_int(&a->row, "call_id", 0), &call));
    int64_t key = value_get_int(&call, "price_key_id", 0), cents = act_int(a, "price_cents");
    if (cents < 0) {
        return act_invalid(a, "price_cents", "A price can’t be less than nothing.", NULL);
    }
    unsigned char public[crypto_box_PUBLICKEYBYTES];
    unsigned char box[crypto_box_SEALBYTES + PRICE_TEXT];
    char text[PRICE_TEXT] = { 0 };
    TRY(public_key_of(c, key, public));
    snprintf(text, sizeof(text), "%020lld", (long long)cents);
    crypto_box_seal(box, (const unsigned char *)text, sizeof(text), public);
    sodium_memzero(text, sizeof(text));
    // Not even a salted commitment of it: there are too few prices to hide one among them.
    value_set(c->arena, &a->in, "price_cents", VALUE_NULL);
    TRY(db_exec(c->db, c->arena, "pitch.put_price",
        ARGS(ARG("pitch_id", value_id(a->id)), ARG("key_id", value_id(key)),
            ARG("sealed_blob", blob(c->arena, box, sizeof(box)))),
        NULL));
    const char *hash;
    TRY(price_hash(c, a->id, &hash));
    act_note(a, "sealed_price_sha256", value_text(hash));
    TRY(act_save(a));
    return content_keep(a);
}

// ---- opening -----------------------------------------------------------------------------------

const char *pitch_scores_open(struct act *a, int64_t call_id)
{
    struct ctx *c = a->ctx;
    struct value call;
    int64_t unlocked = 0;
    if (call_read(c, call_id, &call) != OK) {
        return "The call can’t be read just now.";
    }
    if (!call_is_closed(c, &call)) {
        return "The call is still open.";
    }
    if (queries_has(c->office->queries, "review.unlocked_count") &&
        db_int(c->db, c->arena, "review.unlocked_count", ARGS(ARG("call_id", value_id(call_id))),
            &unlocked) != OK) {
        return "The reviews can’t be read just now.";
    }
    return unlocked ? "Not all scores are locked yet." : NULL;
}

const char *pitch_may_unseal(struct act *a)
{
    const char *why = pitch_scores_open(a, a->id);
    int64_t key = value_get_int(&a->row, "price_key_id", 0);
    if (why || !key) {
        return why ? why : "This call asks for no price.";
    }
    struct ctx *c = a->ctx;
    struct value secret;
    enum err e = db_row(
        c->db, c->arena, "procurement_key.secret", ARGS(ARG("key_id", value_id(key))), &secret);
    return e == OK              ? NULL
           : e == ERR_NOT_FOUND ? "The locked half of the key that sealed these prices isn’t in "
                                  "this office’s database. Ask the administrator to bring it "
                                  "back from a backup made after the key was; nothing else opens "
                                  "the prices."
                                : "The key can’t be read just now. Try again.";
}

static enum err read_secret(struct act *a, const struct value *row, struct key_pair *pair)
{
    struct ctx *c = a->ctx;
    const struct value *salt = value_get(row, "salt_blob"), *nonce = value_get(row, "nonce_blob"),
                       *box = value_get(row, "box_blob");
    if (salt->kind != V_BLOB || salt->blob.len != crypto_pwhash_SALTBYTES ||
        nonce->kind != V_BLOB || nonce->blob.len != crypto_secretbox_NONCEBYTES ||
        box->kind != V_BLOB || box->blob.len != crypto_secretbox_MACBYTES + sizeof(pair->secret)) {
        return fail(c->arena, ERR_CORRUPT, "the procurement key can't be read");
    }
    unsigned char key[crypto_secretbox_KEYBYTES];
    TRY(derive(c, act_text(a, "passphrase"), salt->blob.data,
        (uint64_t)value_get_int(row, "ops_n", 0), (size_t)value_get_int(row, "memory_n", 0), key));
    bool right = crypto_secretbox_open_easy(
                     pair->secret, box->blob.data, box->blob.len, nonce->blob.data, key) == 0;
    sodium_memzero(key, sizeof(key));
    return right ? OK
                 : act_invalid(a, "passphrase", "This isn’t the passphrase of that key.", NULL);
}

static enum err open_one(struct act *a, const struct value *row, const struct key_pair *pair)
{
    struct ctx *c = a->ctx;
    const struct value *box = value_get(row, "sealed_blob");
    char text[PRICE_TEXT + 1] = { 0 };
    int64_t cents;
    if (box->kind != V_BLOB || box->blob.len != crypto_box_SEALBYTES + PRICE_TEXT ||
        crypto_box_seal_open((unsigned char *)text, box->blob.data, box->blob.len, pair->public,
            pair->secret) != 0 ||
        !str_i64(text, &cents)) {
        return fail(c->arena, ERR_CORRUPT, "a sealed price can't be opened");
    }
    return db_exec(c->db, c->arena, "pitch.open_price",
        ARGS(ARG("pitch_id", *value_get(row, "id")),
            ARG("opened_cents", value_money(cents, c->city->currency))),
        NULL);
}

enum err pitch_unseal_prices(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value secret, boxes;
    struct key_pair pair;
    int64_t key = value_get_int(&a->row, "price_key_id", 0);
    TRY(db_row(
        c->db, c->arena, "procurement_key.secret", ARGS(ARG("key_id", value_id(key))), &secret));
    TRY(public_key_of(c, key, pair.public));
    TRY(read_secret(a, &secret, &pair));
    enum err e = db_rows(
        c->db, c->arena, "pitch.boxes_of_call", ARGS(ARG("call_id", value_id(a->id))), &boxes);
    for (size_t i = 0; e == OK && i < value_len(&boxes); i++) {
        e = open_one(a, value_at(&boxes, i), &pair);
    }
    sodium_memzero(&pair, sizeof(pair));
    TRY(e);
    act_note(a, "prices_opened_n", value_int((int64_t)value_len(&boxes)));
    return act_save(a);
}

// ---- names -------------------------------------------------------------------------------------

const char *pitch_may_unblind(struct act *a)
{
    return value_get_int(&a->row, "unblinded_at", 0) ? "The names are open already."
           : !value_get_int(&a->row, "is_blind", 1)  ? "This call doesn’t hide names."
                                                     : pitch_scores_open(a, a->id);
}

enum err pitch_unblind(struct act *a)
{
    act_set(a, "unblinded_at", value_time(a->ctx->now));
    return act_save(a);
}
