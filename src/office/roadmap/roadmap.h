// SPDX-License-Identifier: Apache-2.0
// The roadmap: what the office set out to do, and every department's related projects.
#pragma once

#include "room.h"

extern const struct room roadmap_room;

// The four principles as choices of a field; the texts are the kind's own.
#define PRINCIPLE_CHOICES                                                                          \
    "locally_inspired=Locally inspired|innovative=Innovative|equitable=Equitable|collaborative="   \
    "Collaborative"
