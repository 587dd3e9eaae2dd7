// SPDX-License-Identifier: Apache-2.0
// Bodies and their meetings: notice, agenda, presence, motions, votes, minutes.
//
// Quorum, presence, recusal and majority are worked out together (tally.h), and written into the
// motion when the vote is closed, so that the minutes say what was counted.
#pragma once

#include "room.h"

extern const struct room bodies_room;
