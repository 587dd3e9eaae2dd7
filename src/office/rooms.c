// SPDX-License-Identifier: Apache-2.0
#include "rooms.h"

#include "challenges/challenges.h"

const struct room *const office_rooms[] = {
    &challenges_room,
    NULL,
};
