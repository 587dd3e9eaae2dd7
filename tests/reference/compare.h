// SPDX-License-Identifier: Apache-2.0
// The reference entries and what the engine answers to them, whatever way it was asked.
#pragma once

#include <jansson.h>
#include <stddef.h>

enum { REFERENCE_PATH_MAX = 600 };

// Where the entries and their data stand: PILOTHOUSE_SHARED, or ../shared.
const char *reference_folder(char *buf, size_t size);

// Owner: the caller. The entries are NULL where there are none, and the test is to be skipped.
struct reference {
    json_t *entries;
    json_t *disputed; // where the engine and an entry differ: the exact values, and why
    json_t *answers;
};

enum reference_state { REFERENCE_READY, REFERENCE_ABSENT, REFERENCE_BROKEN };
// DISPUTED names a file. Prints the plan of a skipped test, or why it cannot run.
enum reference_state reference_open(struct reference *r, const char *disputed);
void reference_close(struct reference *r);

// The next value of the entry ID. NAME says in messages what was compared.
void reference_answer(struct reference *r, const char *id, const char *name, double value);

// Compares all answers with all entries, each within its stated tolerance, as TAP. An entry without
// an answer and an answer without an entry fail. 0 or 1, as the program's end.
int reference_compare(const struct reference *r);
