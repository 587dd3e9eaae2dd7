// SPDX-License-Identifier: Apache-2.0
// The first links of the chain, made for tests of what comes after them.
#pragma once

#include "harness.h"
#include "room.h"

// The viewer's act with typed values; fails the test when it doesn't succeed.
int64_t chain_act(const char *command, int64_t id, const struct value *values);
// A challenge of room.department: described; with its department's commitment.
int64_t chain_described(void);
int64_t chain_challenge(void);
// A draft call of a week; a published one. AMOUNT as a form has it; MORE is a further field of
// call.edit ("has_price=yes") or NULL.
int64_t chain_draft_call(int64_t challenge, const char *amount, const char *path);
int64_t chain_call(const char *more);
int64_t chain_criterion(int64_t call, const char *title, int weight);
// Its closing time becomes a second ago.
void chain_close_call(int64_t call);
// Raw, as no command would: a column of a record.
void chain_set(const char *kind, int64_t id, const char *column, struct value v);
// The oldest letter that waits, and takes it away; "" when none does.
const char *chain_letter(const char **ret_address);
void chain_no_letters(void);
// Whether the latest error's words have these.
bool chain_says(const char *words);
// One of a room's pages as the viewer gets it; "" when it isn't for them.
const char *chain_page(const struct room *of, const char *pattern, int64_t id);
