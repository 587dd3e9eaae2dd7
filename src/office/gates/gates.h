// SPDX-License-Identifier: Apache-2.0
// Reviews that block: privacy, AI, security, accessibility, legal; their conditions; the register
// of technologies. Other rooms nest gate.open (a pilot goes into review) and gate.reopen (its use
// changed).
#pragma once

#include "room.h"

extern const struct room gates_room;
