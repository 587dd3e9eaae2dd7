// SPDX-License-Identifier: Apache-2.0
// Counting attempts in windows of time, over all processes. What is counted is kept as a keyed hash
// only: the table tells nobody's address or name.
#pragma once

#include "ctx.h"

enum { THROTTLE_HASH = 32 };

struct throttle_key {
    unsigned char hash[THROTTLE_HASH];
};

// WHAT is the thing done ("sign-in", "question"); PARTS end with NULL.
struct throttle_key throttle_key(const struct ctx *c, const char *what, const char *const *parts);
// A client's address as it is counted: IPv6 by its /64, which one household or attacker has whole.
const char *throttle_address(struct arena *a, const char *address);

// The count in the window under way.
CHECKED enum err throttle_count(
    struct ctx *c, const struct throttle_key *key, int64_t window_ms, int64_t *ret_n);
// Adds N (which may be negative) and returns the new count; inside a transaction.
CHECKED enum err throttle_add(
    struct ctx *c, const struct throttle_key *key, int64_t window_ms, int n, int64_t *ret_n);

// Counts one attempt at WHAT by WHO (an address, a person) in a transaction of its own;
// ERR_TOO_MANY with words for the person once more than MOST were made in the window.
CHECKED enum err throttle_take(
    struct ctx *c, const char *what, const char *who, int64_t window_ms, int most);
