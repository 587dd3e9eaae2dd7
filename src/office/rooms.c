// SPDX-License-Identifier: Apache-2.0
#include "rooms.h"

#include "challenges/challenges.h"
#include "pilots/pilots.h"
#include "roadmap/roadmap.h"

const struct room *const office_rooms[] = {
    &roadmap_room,
    &challenges_room,
    &pilots_room,
    NULL,
};
