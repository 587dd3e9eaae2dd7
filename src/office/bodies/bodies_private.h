// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bodies.h"

extern const struct page bodies_pages[];
extern const struct kind body_kind, seat_kind, meeting_kind, agenda_item_kind, attendance_kind,
    motion_kind, vote_kind, public_comment_kind;

enum { MEETING_PLANNED, MEETING_NOTICED, MEETING_IN_SESSION, MEETING_ENDED, MEETING_CANCELLED };

// Residents see what belongs to a public body's meeting once its agenda is out; members see their
// bodies'.
#define NOTICED_MEETING                                                                            \
    "EXISTS (SELECT 1 FROM meeting m JOIN body b ON b.city = m.city AND b.id = m.body_id WHERE "   \
    "m.city = $.city AND m.id = $.meeting_id AND m.agenda_published_at IS NOT NULL AND "           \
    "b.is_public = 1)"
#define OWN_MEETING                                                                                \
    "EXISTS (SELECT 1 FROM meeting m JOIN seat s ON s.city = m.city AND s.body_id = m.body_id "    \
    "WHERE m.city = $.city AND m.id = $.meeting_id AND s.person_id = :viewer_id AND "              \
    "s.state = 'held')"

#define MAY_CLERK ROLES_OFFICE
