// SPDX-License-Identifier: Apache-2.0
// The publication desk: draft, fact check, counsel, release; holds with a reason, an owner and an
// expiry.
#pragma once

#include "room.h"

extern const struct room desk_room;
