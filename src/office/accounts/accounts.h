// SPDX-License-Identifier: Apache-2.0
// Accounts: people, the roles they hold, how they sign in, and what the house sends them.
#pragma once

#include "room.h"

extern const struct room accounts_room;

struct new_user {
    const char *name, *email; // the address may be NULL: somebody who never signs in
    const char *password;     // NULL: signs in by mail link only
    const char *language;     // NULL: the city's first
    const char *title;        // what they do; NULL
    uint32_t roles;           // in the whole city
    bool is_made_up;
};
// Makes an account without any mail; for the command line, imports, the demonstration office. The
// context is the system's. ERR_EXISTS when the address is somebody's already, ERR_INVALID when the
// password won't do.
CHECKED enum err accounts_create_user(
    struct ctx *c, const struct new_user *user, int64_t *ret_person);
// Sets the password of the person with that address; ends their sessions.
CHECKED enum err accounts_set_password(struct ctx *c, const char *email, const char *password);
// The person with that address, whatever their state; ERR_NOT_FOUND.
CHECKED enum err accounts_find(struct ctx *c, const char *email, int64_t *ret_person);

// For other rooms: `person.enter` (inner) makes a person from name, email, language,
// organisation_id and roles ("applicant"), nested in the act that meets them first;
// `grant_role.give` and `grant_role.end` give and take a role in a scope.
