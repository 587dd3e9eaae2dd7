// SPDX-License-Identifier: Apache-2.0
// Records outlive people: what a leaver answers for goes to another person in one act.
#pragma once

#include "act.h"

// Gives TO what FROM answers for: the owner of every record of every kind of all rooms, and fields
// that name who has to act (FIELD_DUTY). Each record's ledger says so under the command of A. What
// somebody did or was (votes, seats, scores) stays theirs. RET_COUNTS: list of {kind, n}, and kinds
// with none are left out. ERR_TOO_LARGE past 20,000 records.
CHECKED enum err hand_over(struct act *a, int64_t from, int64_t to, struct value *ret_counts);
// The same for an account that turned out to be a double of TO's: besides, every field that names a
// person is theirs from then on, but for people and roles themselves.
CHECKED enum err hand_over_double(
    struct act *a, int64_t from, int64_t to, struct value *ret_counts);
// How many records that would be.
CHECKED enum err hand_over_count(struct ctx *c, int64_t from, int64_t *ret_n);
