// SPDX-License-Identifier: Apache-2.0
// The reference that is made from the registry: every command as a table, every kind's states as a
// picture. `pilothouse docs DIR` writes it; what it says can't differ from what the office does.
#pragma once

#include "buf.h"
#include "room.h"

// docs/reference/commands.md
void docs_commands(struct arena *a, const struct registry *registry, struct buf *out);
// docs/reference/states-<kind>.svg: states from top to bottom in the kind's order, commands as
// arrows.
void docs_states(struct arena *a, const struct kind *kind, struct buf *out);
// Writes both into FOLDER/reference, which is made when it isn't there. RET_FILES may be NULL.
CHECKED enum err docs_write(
    struct arena *a, const struct registry *registry, const char *folder, int *ret_files);
