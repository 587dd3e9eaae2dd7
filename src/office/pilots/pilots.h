// SPDX-License-Identifier: Apache-2.0
// Pilots: the middle of the chain. Other rooms move a pilot on by nesting its inner commands:
// pilot.award (selection), pilot.decide and pilot.adopt (decisions), pilot.release (publication
// desk).
#pragma once

#include "room.h"

extern const struct room pilots_room;

// What belongs to a pilot ($.pilot_id) and is read by whoever reads that: once it is announced;
// once its outcome is released.
#define SCOPE_OF_ANNOUNCED_PILOT                                                                   \
    "EXISTS (SELECT 1 FROM pilot p WHERE p.city = $.city AND p.id = $.pilot_id AND "               \
    "p.announced_at IS NOT NULL)"
#define SCOPE_OF_RELEASED_PILOT                                                                    \
    "EXISTS (SELECT 1 FROM pilot p WHERE p.city = $.city AND p.id = $.pilot_id AND "               \
    "p.released_at IS NOT NULL)"

enum pilot_state {
    PILOT_PROPOSED,
    PILOT_PLANNED,
    PILOT_IN_REVIEW,
    PILOT_READY,
    PILOT_RUNNING,
    PILOT_PAUSED,
    PILOT_EVALUATING,
    PILOT_DECIDED,
    PILOT_ADOPTED,
    PILOT_CLOSED,
};

extern const struct state pilot_states[];

// The plan as it would be locked now: canonical JSON of the pilot's plan, its sites and its
// measures, and the SHA-256 of it in hex.
CHECKED enum err pilot_plan(
    struct ctx *c, int64_t pilot, const char **ret_json, const char **ret_hash);
