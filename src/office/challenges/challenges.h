// SPDX-License-Identifier: Apache-2.0
// Challenges: where the chain begins.
#pragma once

#include "room.h"

extern const struct room challenges_room;
