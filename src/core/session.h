// SPDX-License-Identifier: Apache-2.0
// Who is asking: passwords, sessions, mail links, tokens.
//
// A session's token is 32 random bytes in a cookie, kept as SHA-256; it is changed when a person
// signs in, ends after 12 hours unused or 14 days, and can be listed and ended by its person.
// Passwords are Argon2id (libsodium's interactive limits) behind a gate that bounds the memory of
// all hashing under way. Attempts are slowed, never locked: each address has its own few tries for
// each name, and one from which the person signed in before has more, so that nobody can lock
// another out by trying.
#pragma once

#include "ctx.h"
#include "web.h"

// Over TLS the name says that the cookie came from this host alone, over TLS.
#define SESSION_COOKIE        "ph"
#define SESSION_COOKIE_SECURE "__Host-ph"

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

// A single-use mail link for PERSON to PATH; part of the act's transaction. RET_TOKEN goes into the
// mail and nowhere else: the store has its SHA-256.
CHECKED enum err session_new_link(
    struct ctx *c, int64_t person, const char *path, int64_t ends_at, const char **ret_token);
// What a link leads to, without using it: for the page that asks to go on (mail scanners fetch).
// ERR_NOT_FOUND when it was never one, was used or has ended, except that whoever it signed in
// finds it again.
CHECKED enum err session_find_link(
    struct ctx *c, const char *token, int64_t *ret_person, const char **ret_path);
// Signs in the person whose link it is, for 12 hours; the link must be posted, not only fetched.
CHECKED enum err session_sign_in_link(
    struct ctx *c, struct request *q, struct response *r, const char *token, const char **ret_path);
void session_sign_out(struct ctx *c, struct request *q, struct response *r);

// The person's sessions and tokens, the last used first: list of {id, purpose, label, created_at,
// seen_at, ends_at, is_here}.
CHECKED enum err session_list(struct ctx *c, int64_t person, struct value *ret_list);
// Ends one of the person's; ERR_NOT_FOUND when it isn't theirs.
CHECKED enum err session_end(struct ctx *c, int64_t person, int64_t session);
// Ends all but KEPT (0: all), links and tokens too; inside a transaction.
CHECKED enum err session_end_all(struct ctx *c, int64_t person, int64_t kept);

// For pages that nobody signed in posts to (a public question): a token bound to a short-lived
// cookie.
const char *session_anonymous_csrf(struct ctx *c, struct request *q, struct response *r);
// A bearer token for the API, good for a year; shown once.
CHECKED enum err session_new_token(
    struct ctx *c, int64_t person, const char *label, const char **ret_token);

// When sessions were last used is remembered in memory and written by the jobs thread, so that
// reading a page never writes. Owned by the office.
struct seen;
struct seen *seen_new(void);
void seen_free(struct seen *s);
// Writes what was remembered.
CHECKED enum err session_flush_seen(struct office *o, struct db *db, struct arena *a);
// The daily sweep of what has ended.
CHECKED enum err session_sweep(struct ctx *c, const struct value *payload);

// How an address is compared: two that differ only in case are one person's.
const char *session_email_key(struct arena *a, const char *email);

// Inside the memory gate; ERR_TOO_MANY when too many wait there. RET_HASH in the arena.
CHECKED enum err password_hash(struct arena *a, const char *password, const char **ret_hash);
// HASH NULL or "": takes as long and is false.
CHECKED enum err password_verify(
    struct arena *a, const char *hash, const char *password, bool *ret_same);
// NULL, or why it won't do (message key): at least 10 characters, not among the most used, not the
// name.
const char *password_weak(const char *password, const char *name, const char *email);
