// SPDX-License-Identifier: Apache-2.0
// A writing transaction for the house's own tables (sessions, jobs, mail), which are no records and
// so are changed without an act.
#pragma once

#include "ctx.h"

// Runs WORK between begin and commit, and again where the store asks for it, so WORK touches the
// store only. Inside an open transaction it becomes a part of that one.
CHECKED enum err transact(
    struct ctx *c, enum err (*work)(struct ctx *c, void *context), void *context);
