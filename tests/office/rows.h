// SPDX-License-Identifier: Apache-2.0
// Records as no command would make them: a row of any kind in any of its states, with plausible
// values for whatever columns its table has. What the columns are is read from the schema itself,
// so a new kind or column needs nothing here.
#pragma once

#include "harness.h"

#include "kind.h"

struct rows_column {
    const char *table, *name;
    bool not_null, is_key, is_sealed;
};

// Reads the schema; after room_run()'s setup.
void rows_open(void);
// The I-th column of all tables, NULL at the end.
const struct rows_column *rows_column(size_t i);
bool rows_has_column(const char *table, const char *column);

// The I-th table that no query may touch but those that name it, NULL at the end.
const char *rows_sealed(size_t i);

// Whether rounds are planted with their names opened; false: every round is blind, still.
extern bool rows_names_are_open;

struct rows_wish {
    int64_t person; // whom person_id, owner_id and the like name
    int64_t owner;  // owner_id; 0: that person too
    bool is_full;   // fills the columns that may be empty, too
    // Words for a text column that has no choices; NULL (or returns NULL): plain ones.
    const char *(*words)(const char *table, const char *column);
};
// A new row of KIND in STATE and the rows beside it (whose it is, its sealed part). Inside a
// transaction of its own unless one is open. The context is the house's own afterwards.
int64_t rows_add(const struct kind *k, const char *state, const struct rows_wish *wish);
// A row of a table that belongs to no kind, with ID as its id if it has one.
void rows_add_plain(const char *table, int64_t id, const struct rows_wish *wish);
// The row that references lead to: one that the public may see, if the kind has such a state.
int64_t rows_first(const char *kind);
// What a form could say for every field of COMMAND.
struct submission rows_submission(
    struct ctx *c, const struct command *command, const struct rows_wish *wish);
