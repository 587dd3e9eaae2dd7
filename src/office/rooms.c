// SPDX-License-Identifier: Apache-2.0
#include "rooms.h"

#include "accounts/accounts.h"
#include "agreements/agreements.h"
#include "bodies/bodies.h"
#include "calls/calls.h"
#include "challenges/challenges.h"
#include "decisions/decisions.h"
#include "desk/desk.h"
#include "evaluations/evaluations.h"
#include "gates/gates.h"
#include "partners/partners.h"
#include "pilots/pilots.h"
#include "pitches/pitches.h"
#include "portal/portal.h"
#include "places/places.h"
#include "readings/readings.h"
#include "reviews/reviews.h"
#include "roadmap/roadmap.h"
#include "team/team.h"

const struct room *const office_rooms[] = {
    &roadmap_room,
    &challenges_room,
    &calls_room,
    &pitches_room,
    &reviews_room,
    &gates_room,
    &agreements_room,
    &pilots_room,
    &readings_room,
    &evaluations_room,
    &bodies_room,
    &decisions_room,
    &desk_room,
    &portal_room,
    &team_room,
    &partners_room,
    &places_room,
    &accounts_room,
    NULL,
};
