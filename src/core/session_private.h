// SPDX-License-Identifier: Apache-2.0
// What the files of the session share and nobody else sees.
#pragma once

#include "clock.h"
#include "session.h"

#include <sodium.h>

enum { TOKEN_BYTES = 32, TOKEN_HASH = crypto_hash_sha256_BYTES };

static const int64_t SESSION_IDLE = 12LL * CLOCK_HOUR, SESSION_LIFE = 14LL * CLOCK_DAY,
                     LINK_LIFE = 12LL * CLOCK_HOUR, TOKEN_LIFE = 365LL * CLOCK_DAY;

// 32 random bytes as 43 characters.
const char *token_new(struct arena *a);
// What the store keeps of it.
struct value token_hash(struct arena *a, const char *token);
const char *session_cookie(const struct request *q);

struct session_start {
    int64_t person;
    const char *purpose; // "password", "link", "token"
    const char *label;
    const char *language; // the person's own; NULL: not said
    const char *token;    // set by session_insert()
};
// A new session's row; inside a transaction.
CHECKED enum err session_insert(struct ctx *c, struct session_start *s);
// The browser's cookie becomes that session's, and the one it had before ends. Inside a
// transaction.
CHECKED enum err session_replace(struct ctx *c, struct request *q, struct session_start *s);
void session_set_cookie(struct request *q, struct response *r, const struct session_start *s);
// "Firefox on Linux": enough to tell one's own sessions apart.
const char *session_browser(struct arena *a, const struct request *q);

// Remembers that the session was used now.
void seen_note(struct seen *s, int64_t city, int64_t session, int64_t now);
