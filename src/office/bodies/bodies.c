// SPDX-License-Identifier: Apache-2.0
// Bodies and their seats.
#include "bodies_private.h"

#include "str.h"

enum { BODY_ACTIVE, BODY_DISSOLVED };

static const struct state body_states[] = {
    { "active", "Active", "going" },
    { "dissolved", "Dissolved", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field body_fields[] = {
    { "title", FIELD_TEXT, "Body", NULL, .max = 160, .flags = FIELD_RELEASED },
    { "charter", FIELD_PROSE, "What it is for", "With the order or law that made it.",
        .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "What its votes mean", NULL, "advisory=It advises|deciding=It decides",
        .flags = FIELD_RELEASED },
    { "quorum_n", FIELD_COUNT, "Quorum", "How many voting members must be present.", .max = 1000,
        .flags = FIELD_RELEASED },
    { "majority", FIELD_CHOICE, "Majority", NULL,
        "simple=More than half of the votes cast|two_thirds=Two thirds of the votes "
        "cast|entire=More than half of all voting members",
        .flags = FIELD_RELEASED },
    { "appointing", FIELD_TEXT, "Appointed by", NULL, .flags = FIELD_RELEASED },
    { "is_public", FIELD_YES_NO, "Are its meetings public?", NULL, .flags = FIELD_RELEASED },
    { "notice_hours_n", FIELD_COUNT, "Hours of notice",
        "How long before a meeting its agenda must be out.", .max = 2000, .flags = FIELD_RELEASED },
    { "open_meetings_law", FIELD_TEXT, "Open-meetings law that covers it",
        "Counsel says; leave empty if it isn't known.", .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

#define BODY                                                                                       \
    "title! charter type! quorum_n! majority! appointing is_public! notice_hours_n! "              \
    "open_meetings_law"

static const struct command body_commands[] = {
    { "body.set_up", "Set up a body", NEW, BODY_ACTIVE, ROLE_DIRECTOR, BODY, NULL, NULL,
        COMMAND_PUBLIC, NULL },
    { "body.edit", "Change its rules", AT(BODY_ACTIVE), SAME, ROLE_DIRECTOR | ROLE_COUNSEL, BODY,
        NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "body.dissolve", "Dissolve it", AT(BODY_ACTIVE), BODY_DISSOLVED, ROLE_DIRECTOR, "", NULL,
        NULL, COMMAND_PUBLIC | COMMAND_REASON | COMMAND_CONFIRM, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind body_kind = {
    .name = "body",
    .label = "Body",
    .plural = "Bodies",
    .path = "/bodies",
    .states = body_states,
    .fields = body_fields,
    .commands = body_commands,
    .scope = { "$.is_public = 1",
        "($.is_public = 1 OR EXISTS (SELECT 1 FROM seat s WHERE s.city = $.city AND s.body_id = "
        "$.id AND s.person_id = :viewer_id))",
        "1 = 1" },
    .list = "title type state quorum_n",
    .filters = "state type",
    .search = "title charter",
    .empty = "Bodies advise or decide: a working group, an advisory committee, a review board.",
};

// ---- seats
// ---------------------------------------------------------------------------------------

enum { SEAT_VACANT, SEAT_HELD, SEAT_ENDED };

static const struct state seat_states[] = {
    { "vacant", "Vacant", "waiting" },
    { "held", "Held", "going" },
    { "ended", "Ended", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field seat_fields[] = {
    { "title", FIELD_TEXT, "Seat", "Chair, member for Streets, university member.", .max = 120,
        .flags = FIELD_RELEASED },
    { "body_id", FIELD_RECORD, "Body", NULL, "body", .flags = FIELD_RELEASED },
    { "person_id", FIELD_PERSON, "Held by", NULL, .flags = FIELD_RELEASED },
    { "is_voting", FIELD_YES_NO, "Does it vote?", NULL, .flags = FIELD_RELEASED },
    { "starts_on", FIELD_DATE, "Term begins", NULL, .flags = FIELD_RELEASED },
    { "ends_on", FIELD_DATE, "Term ends", NULL, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static const struct command seat_commands[] = {
    { "seat.make", "Add a seat", NEW, SEAT_VACANT, ROLE_DIRECTOR, "body_id! title! is_voting!",
        NULL, NULL, COMMAND_PUBLIC, NULL },
    { "seat.appoint", "Appoint somebody", AT(SEAT_VACANT), SEAT_HELD,
        ROLE_DIRECTOR | ROLE_EXECUTIVE, "person_id! starts_on! ends_on", NULL, NULL, COMMAND_PUBLIC,
        NULL },
    { "seat.vacate", "End the term", AT(SEAT_HELD), SEAT_VACANT, ROLE_DIRECTOR | ROLE_EXECUTIVE,
        "ends_on!", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "seat.end", "Take the seat away", AT(SEAT_VACANT), SEAT_ENDED, ROLE_DIRECTOR, "", NULL, NULL,
        COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

#define OF_PUBLIC_BODY                                                                             \
    "EXISTS (SELECT 1 FROM body b WHERE b.city = $.city AND b.id = $.body_id AND b.is_public = 1)"

const struct kind seat_kind = {
    .name = "seat",
    .label = "Seat",
    .plural = "Seats",
    .path = "/seats",
    .states = seat_states,
    .fields = seat_fields,
    .commands = seat_commands,
    .scope = { OF_PUBLIC_BODY, "(" OF_PUBLIC_BODY " OR $.person_id = :viewer_id)", "1 = 1" },
    .parent = "body_id",
    .parent_kind = "body",
    .list = "title body_id person_id state is_voting",
    .filters = "state body_id",
    .empty = "Seats outlast those who hold them.",
};

// ---- the room
// ------------------------------------------------------------------------------------

static const struct kind *const kinds[] = { &body_kind, &seat_kind, &meeting_kind,
    &agenda_item_kind, &attendance_kind, &motion_kind, &vote_kind, &public_comment_kind, NULL };

static const struct need needs[] = {
    { "meeting.to_notice", MAY_CLERK, "meeting", "meeting.notice",
        "Publish the agenda of “{title}”", "the meeting itself" },
    { "meeting.mine", ROLES_SIGNED_IN, "meeting", NULL, "Meeting: {title}", NULL },
    { "meeting.to_write_up", MAY_CLERK, "meeting", "meeting.write_minutes",
        "Write up the minutes of “{title}”", "their approval" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room bodies_room = {
    .name = "bodies", .kinds = kinds, .pages = bodies_pages, .needs = needs
};
