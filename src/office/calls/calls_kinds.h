// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "calls.h"
#include "page.h"
#include "path.h"

extern const struct kind call_kind, criterion_kind, question_kind, addendum_kind, follower_kind,
    further_challenge_kind, form_item_kind;
extern const struct page calls_pages[];

// Visible to everybody from publication on.
#define CALL_PUBLISHED                                                                             \
    "EXISTS (SELECT 1 FROM call c WHERE c.city = $.city AND c.id = $.call_id AND c.published_at "  \
    "IS "                                                                                          \
    "NOT NULL)"

#define MAY_RUN_CALLS (ROLES_OFFICE | ROLE_PROCUREMENT)

// ---- challenge.c
// NULL, or whose commitment to one of the call's challenges is missing.
const char *call_challenges_uncommitted(struct ctx *c, int64_t call);
// Puts each of them into the call, in its publishing.
CHECKED enum err call_challenges_publish(struct act *a);

// ---- form_item.c
// What is wrong with a question (its type, choices, after_n, after_value) that would be number
// NUMBER of a form which has ROWS, as a message key, and the field it concerns; NULL: nothing.
const char *form_item_wrong(
    const struct value *item, const struct value *rows, int64_t number, const char **ret_field);

// ---- form_import.c
// call.import_form's guard and apply.
const char *form_may_import(struct act *a);
enum err form_import(struct act *a);
// ---- form_import_page.c
// /calls/{id}/form-import: a file looked at row by row, then the good ones or none; and
// …/form-import/file: one to begin with, or (posted) the lines to mend with what is wrong.
enum err form_import_build(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err form_import_file(struct ctx *c, struct request *q, struct value *data, struct response *r);

// Where the confirm and end links of a follower lead.
const char *follower_link(struct ctx *c, const char *verb, const char *token);

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
