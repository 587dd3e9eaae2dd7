// SPDX-License-Identifier: Apache-2.0
#include "commitment.h"

#include <assert.h>
#include <sodium.h>

static_assert(COMMITMENT_BYTES == crypto_hash_sha256_BYTES, "a commitment is a SHA-256");

void commitment_new(const void *act, size_t len, unsigned char ret_salt[COMMITMENT_SALT_BYTES],
    unsigned char ret_commitment[COMMITMENT_BYTES])
{
    randombytes_buf(ret_salt, COMMITMENT_SALT_BYTES);
    commitment_compute(ret_salt, act, len, ret_commitment);
}

void commitment_compute(const unsigned char salt[COMMITMENT_SALT_BYTES], const void *act,
    size_t len, unsigned char ret_commitment[COMMITMENT_BYTES])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, salt, COMMITMENT_SALT_BYTES);
    crypto_hash_sha256_update(&state, act, len);
    crypto_hash_sha256_final(&state, ret_commitment);
}

bool commitment_matches(const unsigned char commitment[COMMITMENT_BYTES],
    const unsigned char salt[COMMITMENT_SALT_BYTES], const void *act, size_t len)
{
    unsigned char again[COMMITMENT_BYTES];
    commitment_compute(salt, act, len, again);
    return sodium_memcmp(again, commitment, sizeof(again)) == 0;
}
