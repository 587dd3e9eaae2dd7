// SPDX-License-Identifier: Apache-2.0
// Who is asking: passwords, sessions, mail links, tokens.
//
// A session's token is 32 random bytes in a cookie, kept as SHA-256; it is changed when a person
// signs in, ends after 12 hours unused or 14 days, and can be listed and ended by its person.
// Passwords are Argon2id (libsodium's interactive limits) behind a gate that bounds the memory of
// all hashing under way. Attempts are slowed per address and per name, never locked for the right
// password from elsewhere, so that nobody can lock another out.
#pragma once

#include "ctx.h"
#include "web.h"

#define SESSION_COOKIE "session"

// Fills the context's viewer and audience from the request's cookie or Authorization: Bearer token;
// nobody when there is none or it has ended. Never fails for a bad token, only when the store does.
CHECKED enum err session_load(struct ctx *c, struct request *q);
// For a POST by cookie: the field `csrf` or header X-CSRF-Token is the session's, and Origin or
// Sec-Fetch-Site, where sent, is this site. ERR_DENIED otherwise.
CHECKED enum err session_check_csrf(const struct ctx *c, const struct request *q);

// ERR_DENIED with one and the same message for an unknown name and a wrong password, after about
// the same time; ERR_TOO_MANY when slowed. Slow lane only.
CHECKED enum err session_sign_in(
    struct ctx *c, struct request *q, struct response *r, const char *email, const char *password);
// The person whose link it is; the link must be posted, not only fetched (mail scanners fetch).
CHECKED enum err session_sign_in_link(
    struct ctx *c, struct request *q, struct response *r, const char *token, const char **ret_path);
void session_sign_out(struct ctx *c, struct request *q, struct response *r);
// For pages that nobody signed in posts to (a public question): a token bound to a short-lived
// cookie.
const char *session_anonymous_csrf(struct ctx *c, struct request *q, struct response *r);
// A bearer token for the API; shown once.
CHECKED enum err session_new_token(
    struct ctx *c, int64_t person, const char *label, const char **ret_token);

// Inside the memory gate; RET_HASH in the arena.
CHECKED enum err password_hash(struct arena *a, const char *password, const char **ret_hash);
bool password_verify(const char *hash, const char *password);
// NULL, or why it won't do (message key): at least 10 characters, not among the most used, not the
// name.
const char *password_weak(const char *password, const char *name, const char *email);
