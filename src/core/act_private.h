// SPDX-License-Identifier: Apache-2.0
// What the files of the act share and nobody else sees.
#pragma once

#include "act.h"

enum { MAX_FIELD_ERRORS = 64, MAX_NESTING = 8 };

struct act_private {
    struct field_error errors[MAX_FIELD_ERRORS];
    size_t n_errors;
    struct value notes; // object: facts for the ledger besides columns
    int depth;
    struct value written; // the record's row as act_save() left it; V_NULL before
    bool as_system;       // the outer command's permission covers it
    bool again;           // what was prepared no longer holds
};

// OK when one of the viewer's grants covers COMMAND on ROW (or, for a new record, on what IN says
// of its scope).
CHECKED enum err act_permitted(struct ctx *c, const struct kind *k, const struct command *command,
    const struct value *row, const struct value *in);
// ERR_STATE with its reason when the record's state, or the guard, forbids it.
CHECKED enum err act_check_state(
    struct ctx *c, const struct kind *k, const struct command *command, const struct value *row);
CHECKED enum err act_ask_guard(struct act *a);
// ERR_DENIED, or ERR_UNSIGNED when signing in could help.
CHECKED enum err act_denied(struct ctx *c);
// The record's row within the viewer's scope; ERR_NOT_FOUND otherwise.
CHECKED enum err act_read_row(
    struct ctx *c, const struct kind *k, int64_t id, struct value *ret_row);
// What changed on the record since REV: list of {label, before, after, who, when}.
CHECKED enum err act_changes_since(
    struct ctx *c, const struct kind *k, int64_t id, int64_t rev, struct value *ret_changes);
// As act_index() for the act's record, without reading it again where its row is known. BEFORE: the
// row before the act, V_NULL when there was none.
CHECKED enum err act_index_own(struct act *a);
// Runs one act inside the open transaction, entry and all.
CHECKED enum err act_perform(struct act *a);
