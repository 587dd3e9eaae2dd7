// SPDX-License-Identifier: Apache-2.0
// Who may: roles, each held within a scope, and the audiences that decide what a person may see.
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum role {
    ROLE_PUBLIC = 1 << 0, // anybody, signed in or not
    ROLE_DIRECTOR = 1 << 1,
    ROLE_STAFF = 1 << 2,
    ROLE_LIAISON = 1 << 3, // a department's; scope: that department
    ROLE_EXECUTIVE = 1 << 4,
    ROLE_EVALUATOR = 1 << 5,
    ROLE_MEMBER = 1 << 6,   // of a body; scope: that body
    ROLE_REVIEWER = 1 << 7, // privacy, AI, security, legal, accessibility
    ROLE_PROCUREMENT = 1 << 8,
    ROLE_FINANCE = 1 << 9,
    ROLE_COUNSEL = 1 << 10,
    ROLE_APPLICANT = 1 << 11, // applicants, partners, vendors: people outside, by mail link
    ROLE_AUDITOR = 1 << 12,
    ROLE_ADMIN = 1 << 13, // accounts and settings; no decision on content
    ROLE_CLOCK = 1 << 14, // time itself: deadlines, escalations
};
enum { ROLE_COUNT = 15 };

// Groups that command tables use.
enum {
    ROLES_OFFICE = ROLE_DIRECTOR | ROLE_STAFF,
    // Those who work inside: they read the office's records.
    ROLES_INSIDE = ROLE_DIRECTOR | ROLE_STAFF | ROLE_LIAISON | ROLE_EXECUTIVE | ROLE_REVIEWER |
                   ROLE_PROCUREMENT | ROLE_FINANCE | ROLE_COUNSEL | ROLE_AUDITOR | ROLE_ADMIN,
    ROLES_SIGNED_IN = ROLES_INSIDE | ROLE_EVALUATOR | ROLE_MEMBER | ROLE_APPLICANT,
    ROLES_ANYONE = ROLES_SIGNED_IN | ROLE_PUBLIC,
};

// "director"; NULL when BIT is none.
const char *role_name(uint32_t bit);
// A message key: "Director".
const char *role_label(uint32_t bit);
// 0 when there is no such role.
uint32_t role_by_name(const char *name);

// What is in front of a person. The order is that of STORE_AUDIENCES in store.h.
enum audience {
    AUDIENCE_PUBLIC,  // nobody signed in
    AUDIENCE_OUTSIDE, // signed in, sees what is theirs or was assigned to them, and what is public
    AUDIENCE_OFFICE,  // works inside
    AUDIENCE_SYSTEM,  // the clock, the sequencer, an import
};

// A role and where it holds: the whole city when scope_kind is NULL.
struct grant {
    uint32_t role;
    const char *scope_kind; // "department", "call", "pilot", "body"
    int64_t scope_id;
    int64_t acting_for; // the person for whom it is used, 0 for oneself
};
