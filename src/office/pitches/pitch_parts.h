// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "pitches.h"

#include "notice.h"

extern const struct kind pitch_kind, procurement_key_kind;
extern const struct page pitches_pages[];

// ---- applicant.c
// The person of that address: known already, or made with no name, so that no list of people tells
// who pitched. Holds the role of applicant after.
CHECKED enum err applicant_person(struct act *a, const char *email, int64_t *ret_person);
CHECKED enum err applicant_joins(struct act *a, int64_t pitch, int64_t person);
// NULL when the viewer is the pitch's own applicant (or the house acts), else a message key.
const char *applicant_own(struct act *a);
// Tells everybody whose pitch it is, by mail. ARGS get {title}, the call's.
CHECKED enum err applicant_tell(struct act *a, const char *text, struct value args);
enum err applicant_start(struct act *a);
// Empty answers about who the applicant is leave what is there.
enum err applicant_identify(struct act *a);

// ---- content.c
// Fresh random text that makes the hash of a pitch unguessable: those who read the pitch and its
// receipt could otherwise try names until the hash fits.
struct value content_salt(struct ctx *c);
// The pitch as it would be handed in: canonical JSON of its named contents with identity and the
// sealed price's hash, and its SHA-256 in hex.
CHECKED enum err content_of(
    struct act *a, int64_t pitch, const char **ret_text, const char **ret_hash);
// Keeps the content as a version when it differs from the last one.
CHECKED enum err content_keep(struct act *a);

// ---- form.c
// The kind's form: the call's own challenges to choose from.
enum err pitch_form(struct ctx *c, const struct command *command, const struct value *row,
    const struct submission *typed, struct value *items);

// ---- prices.c
enum err price_seal(struct act *a);
// The hash of what is sealed; "" for none.
CHECKED enum err price_hash(struct ctx *c, int64_t pitch, const char **ret_hash);

#define END_STATE                                                                                  \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }
#define END_FIELD                                                                                  \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL, 0, 0, NULL                                                      \
    }
#define END_COMMAND                                                                                \
    {                                                                                              \
        NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL                                             \
    }
