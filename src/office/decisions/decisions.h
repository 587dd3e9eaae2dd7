// SPDX-License-Identifier: Apache-2.0
// Advice of bodies, decisions of named officials, adoption with an owner and a budget request.
#pragma once

#include "room.h"

extern const struct room decisions_room;
