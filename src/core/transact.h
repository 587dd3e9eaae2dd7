// SPDX-License-Identifier: Apache-2.0
// One transaction around several questions; and a writing one for the house's own tables (sessions,
// jobs, mail), which are no records and so are changed without an act.
#pragma once

#include "ctx.h"

// Waits before what the store refused with ERR_RETRY is tried again; TRIES counts from 0, BEGAN is
// clock_ns() of the first. ERR_UNAVAILABLE, in words, when that was long ago.
CHECKED enum err transact_pause(const struct ctx *c, int tries, int64_t began);
// Runs WORK between begin and commit, and again where the store asks for it, so WORK touches the
// store only. Inside an open transaction it becomes a part of that one.
CHECKED enum err transact(
    struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context);
// The same in a DB_MOVE transaction: for rows that wait to be moved on.
CHECKED enum err transact_move(
    struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context);
// Runs WORK over one snapshot of the data; inside an open transaction it is a part of that one.
CHECKED enum err transact_read(
    struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context);
