// SPDX-License-Identifier: Apache-2.0
// Record ids: 63 bits, ordered by time, made by the process, so that no counter is shared between
// machines. 41 bits of milliseconds since 2020-01-01, 22 random bits; inside one millisecond a
// process counts upwards from its last id, so ids of one process never repeat and never step back.
// Two processes collide rarely and the insert is then retried with a new id.
//
// Outside the house an id is 13 characters of Crockford's base 32 under a keyed permutation of 64
// bits (a 4-round Feistel network with SipHash-2-4), so that links tell neither order nor count.
#pragma once

#include "arena.h"

enum { ID_KEY_SIZE = 16, ID_TEXT_SIZE = 14 };

struct id_key {
    unsigned char bytes[ID_KEY_SIZE];
};

int64_t id_new(void);
// The instant at which the id was made, to the millisecond.
int64_t id_made_at(int64_t id);
// The smallest id that could be made at that instant.
int64_t id_floor(int64_t ms);

// Writes 13 lower-case characters and a NUL.
void id_write(const struct id_key *key, int64_t id, char ret_text[ID_TEXT_SIZE]);
char *id_text(struct arena *a, const struct id_key *key, int64_t id);
// Upper case and the look-alikes i, l (1) and o (0) are taken too, for ids read out over the
// telephone.
CHECKED bool id_parse(const struct id_key *key, const char *text, int64_t *ret_id);
