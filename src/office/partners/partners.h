// SPDX-License-Identifier: Apache-2.0
// Partners: organisations, the city's own departments among them.
#pragma once

#include "room.h"

extern const struct room partners_room;
