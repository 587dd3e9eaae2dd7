// SPDX-License-Identifier: Apache-2.0
// Agreements with their deliverables, and a pilot's budget lines.
#pragma once

#include "room.h"

extern const struct room agreements_room;
