// SPDX-License-Identifier: Apache-2.0
// The front page: what the city is trying and what it learned, for residents; Today for who is
// signed in. And the ledger, for whoever wants to check it.
#pragma once

#include "room.h"

extern const struct room portal_room;
