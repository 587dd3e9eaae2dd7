// SPDX-License-Identifier: Apache-2.0
// All rooms of the office, in the order of the chain.
#pragma once

#include "room.h"

extern const struct room *const office_rooms[]; // ends with NULL
