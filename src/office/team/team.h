// SPDX-License-Identifier: Apache-2.0
// The team: what needs you today, the portfolio at a glance, the Monday one-pager, tasks.
#pragma once

#include "room.h"

extern const struct room team_room;

// Fills DATA with everybody's first page: the sentence of state, what needs the viewer, the
// portfolio.
CHECKED enum err team_today(struct ctx *c, struct value *data);
