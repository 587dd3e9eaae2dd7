// SPDX-License-Identifier: Apache-2.0
// Telling people: a line on their first page, and mail, each in the recipient's own language. Part
// of the act's transaction, sent after it.
#pragma once

#include "ctx.h"

struct notice {
    const char *text; // message key: "The call “{title}” was changed: {what}"
    // Object; NULL for none. An argument `what` is a message key itself; an id is a person's, whose
    // name is read whenever the notice is, so that an erased one stands in nobody's notices.
    const struct value *args;
    const char *kind; // with id: what it links to
    int64_t id;
    bool mail_now; // by mail at once; people inside get the rest in a daily digest
};

CHECKED enum err notice_person(struct ctx *c, int64_t person, const struct notice *n);
// Everybody who holds the role, in the scope when SCOPE_KIND isn't NULL.
CHECKED enum err notice_role(
    struct ctx *c, uint32_t role, const char *scope_kind, int64_t scope_id, const struct notice *n);
// An address of nobody known (a subscriber, a question's asker). The address is kept sealed and
// dropped when the mail is done.
CHECKED enum err notice_address(
    struct ctx *c, const char *address, const char *language, const struct notice *n);
// A mail link for PERSON to PATH, valid for DAYS: signs in without a password, within that person's
// scope.
CHECKED enum err notice_link(
    struct ctx *c, int64_t person, const char *path, int days, const struct notice *n);

// The person's notices, the latest first: list of {id, text, href, when, is_read}. BEFORE: only ids
// below it, 0 for the first.
CHECKED enum err notice_list(
    struct ctx *c, int64_t person, int64_t before, int limit, struct value *ret_list);
CHECKED enum err notice_unread(struct ctx *c, int64_t person, int64_t *ret_n);
// The viewer has seen all up to LAST.
CHECKED enum err notice_read(struct ctx *c, int64_t last);
// The job: once a day, in the morning, what was not read yet by mail.
enum err notice_digest(struct ctx *c, const struct value *payload);
// Where the office is for whoever reads its mail: "https://pilots.example.gov", without a slash.
const char *notice_site(const struct ctx *c);
