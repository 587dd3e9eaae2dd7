// SPDX-License-Identifier: Apache-2.0
// A commitment stands in the public tree for an act that may have to be forgotten:
// SHA-256(salt ‖ canonical bytes). Who holds the salt and the bytes can show that they are what was
// recorded; once the salt is erased the commitment tells nothing, not even to somebody who guesses
// the bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { COMMITMENT_BYTES = 32, COMMITMENT_SALT_BYTES = 32 };

// A fresh random salt for each act, never shared between two: equal acts must not look equal.
void commitment_new(const void *act, size_t len, unsigned char ret_salt[COMMITMENT_SALT_BYTES],
    unsigned char ret_commitment[COMMITMENT_BYTES]);
void commitment_compute(const unsigned char salt[COMMITMENT_SALT_BYTES], const void *act,
    size_t len, unsigned char ret_commitment[COMMITMENT_BYTES]);
// In a time that doesn't depend on where they differ.
bool commitment_matches(const unsigned char commitment[COMMITMENT_BYTES],
    const unsigned char salt[COMMITMENT_SALT_BYTES], const void *act, size_t len);
