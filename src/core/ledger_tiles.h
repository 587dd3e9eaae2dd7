// SPDX-License-Identifier: Apache-2.0
// The ledger's tree in the store, and its key outside it.
#pragma once

#include "ctx.h"
#include "note.h"
#include "tile_io.h"

// Tiles of the context's city. As long-lived as C.
struct tile_place ledger_tiles(struct ctx *c);
// Makes the city's signing key in the office's key folder, readable by its owner alone. ERR_EXISTS
// when there is one.
CHECKED enum err ledger_key_new(struct ctx *c);
// Reads it; wipe it after. ERR_UNAVAILABLE, ERR_CORRUPT.
CHECKED enum err ledger_key(struct ctx *c, struct note_signer *ret_signer);
