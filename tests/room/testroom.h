// SPDX-License-Identifier: Apache-2.0
// A room for tests: one kind of record with every kind of field, four states and a handful of
// commands.
#pragma once

#include "room.h"

extern const struct kind test_note; // testkind.c, which needs no more than the registry
extern const struct room test_room;
extern const struct room *const test_rooms[]; // ends with NULL
