// SPDX-License-Identifier: Apache-2.0
// An act: one command carried out by somebody on one record, in one transaction with its ledger
// leaf.
//
//   fields → (prepare, in a snapshot) → BEGIN → read the record within the scope → permission →
//   state → guard → apply (writes where rev = the rev read) → leaf → COMMIT → jobs
//
// Errors are those of err.h: ERR_NOT_FOUND (not within the person's scope), ERR_DENIED, ERR_STATE
// (the guard's or the state's reason in the detail), ERR_INVALID (with a message a field),
// ERR_STALE (with what changed).
#pragma once

#include "kind.h"

struct field_error {
    const char *name, *label, *text;
};

struct outcome {
    int64_t id;    // the record
    int64_t act;   // the ledger entry
    bool repeated; // the idempotency key was known: this is the first one's outcome
    const struct field_error *errors;
    size_t n_errors;
    struct value
        changes; // with ERR_STALE: list of {label, before, after, who, when} since the person's rev
};

// Runs the command as the context's viewer, with retries where the store asks for them. ID 0 for a
// new record. The detail of an error is in the context's arena.
CHECKED enum err act_run(struct ctx *c, const char *command, int64_t id, const struct submission *s,
    struct outcome *ret_outcome);
// The same for the house itself: typed values by name instead of text (imports, the clock, the
// demonstration office).
CHECKED enum err act_run_values(struct ctx *c, const char *command, int64_t id,
    const struct value *values, struct outcome *ret_outcome);

// Whether the viewer may do COMMAND on ROW (V_NULL for new) now. OK; ERR_DENIED; ERR_STATE with the
// reason in *ret_why. Neither says anything about the fields.
CHECKED enum err act_may(
    struct ctx *c, const struct command *command, const struct value *row, const char **ret_why);

// What is wrong with the reason given for COMMAND: none where one is needed, or too long. NULL:
// nothing; "" and NULL are none.
enum { ACT_REASON_MOST = 2000 };
const char *act_reason_wrong(struct ctx *c, const struct command *command, const char *reason);

struct act {
    struct ctx *ctx;
    const struct kind *kind;
    const struct command *command;
    int64_t id;
    struct value row; // as it was; V_NULL when it is new
    struct value in;  // typed inputs by field name; a field not given isn't there
    struct value set; // columns that act_save() writes
    int to;           // state index, -1: unchanged
    int64_t entry;    // the ledger entry's id
    const char *reason;
    struct act *outer; // the act it is nested in, or NULL
    void *prepared;    // what the command's prepare() left, in the context's arena; or NULL
    bool saved;
    struct act_private *private;
};

// ---- for guards and apply functions
// --------------------------------------------------------------
const struct value *act_in(
    const struct act *a, const char *field);                  // never NULL: V_NULL when not given
const char *act_text(const struct act *a, const char *field); // "" when not given
int64_t act_int(const struct act *a, const char *field);      // 0 when not given
bool act_has(const struct act *a, const char *field);         // given and not empty
const struct value *act_old(
    const struct act *a, const char *column); // of the row; V_NULL when there is none
// The new value if given, else the row's.
const struct value *act_now(const struct act *a, const char *column);
// A column that act_save() writes besides the command's fields; named in the ledger too.
void act_set(struct act *a, const char *column, struct value v);
// Where BY_APPLY leads.
void act_to(struct act *a, int state);
// Writes the record: inserts or updates columns of the fields given, of act_set(), and the state.
CHECKED enum err act_save(struct act *a);
// The same as a command's apply, when ends_on doesn't come before starts_on.
CHECKED enum err act_save_in_order(struct act *a);
// What was prepared no longer holds: it is prepared anew, and the act tried again. When it changes
// each time, ERR_STATE with words that say so.
CHECKED enum err act_prepare_again(struct act *a);
// The input is wrong: ERR_INVALID with a message at the field. Call for each, return the last.
CHECKED enum err act_invalid(
    struct act *a, const char *field, const char *message_key, const struct value *args);
// Another command in the same transaction, with its own entry. VALUES: an object of typed values.
CHECKED enum err act_nest(
    struct act *a, const char *command, int64_t id, const struct value *values, int64_t *ret_id);
// Nested as the house itself, where the outer command's permission covers it.
CHECKED enum err act_nest_system(
    struct act *a, const char *command, int64_t id, const struct value *values, int64_t *ret_id);
// Puts the record into the search indexes of the audiences that may see it, and takes it out of the
// others'; done after every act on it, to be called for records whose visibility hangs on another's
// state.
CHECKED enum err act_index(struct ctx *c, const struct kind *k, int64_t id);
// A fact for the ledger that is no column: counts, totals, hashes.
void act_note(struct act *a, const char *name, struct value v);
