// SPDX-License-Identifier: Apache-2.0
// Meetings: notice, agenda, presence, comment.
#include "bodies_private.h"

#include "clock.h"
#include "str.h"

static const struct state meeting_states[] = {
    [MEETING_PLANNED] = { "planned", "Planned", "neutral" },
    [MEETING_NOTICED] = { "noticed", "Agenda published", "waiting" },
    [MEETING_IN_SESSION] = { "in_session", "In session", "going" },
    [MEETING_ENDED] = { "ended", "Ended", "done" },
    [MEETING_CANCELLED] = { "cancelled", "Cancelled", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field meeting_fields[] = {
    { "title", FIELD_TEXT, "Meeting", NULL, .max = 160, .flags = FIELD_RELEASED },
    { "body_id", FIELD_RECORD, "Body", NULL, "body", .flags = FIELD_RELEASED },
    { "starts_at", FIELD_TIME, "Begins", NULL, .flags = FIELD_RELEASED },
    { "place", FIELD_TEXT, "Where", "Address and room.", .flags = FIELD_RELEASED },
    { "online_url", FIELD_URL, "Where online", NULL, .flags = FIELD_RELEASED },
    { "minutes", FIELD_PROSE, "Minutes",
        "What the record doesn't say by itself: who spoke, in substance what.",
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// The notice deadline is counted for the clerk: hours before the beginning, as the body's rules
// say.
static const char *in_time(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t items = 0, hours = 0;
    const struct arg *which = ARGS(ARG("meeting_id", value_id(a->id)));
    if (db_int(c->db, c->arena, "meeting.items", which, &items) != OK ||
        db_int(c->db, c->arena, "meeting.notice_hours", which, &hours) != OK) {
        return "The record can't be read just now. Try again.";
    }
    if (!items) {
        return "The agenda is empty: list each matter that may be acted on.";
    }
    int64_t starts = value_get_int(&a->row, "starts_at", 0), deadline = starts - hours * CLOCK_HOUR;
    if (c->now > deadline) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "hours", value_int(hours));
        value_set(c->arena, &args, "deadline", value_time(deadline));
        return ctx_text(c,
            "Too late: the agenda must be out {hours} hours before, so by {deadline}. Move the "
            "meeting.",
            &args);
    }
    return NULL;
}

static const char *not_begun(struct act *a)
{
    return value_get_int(&a->row, "starts_at", 0) - CLOCK_HOUR > a->ctx->now
               ? "It can be opened from one hour before it begins."
               : NULL;
}

static enum err notice(struct act *a)
{
    act_set(a, "agenda_published_at", value_time(a->ctx->now));
    return act_save(a);
}

static enum err open_meeting(struct act *a)
{
    act_set(a, "opened_at", value_time(a->ctx->now));
    return act_save(a);
}

static const char *all_closed(struct act *a)
{
    int64_t open = 0;
    if (db_int(a->ctx->db, a->ctx->arena, "meeting.open_motions",
            ARGS(ARG("meeting_id", value_id(a->id))), &open) != OK) {
        return "The record can't be read just now. Try again.";
    }
    return open ? "A motion is still open: close its vote, or withdraw it." : NULL;
}

static enum err end_meeting(struct act *a)
{
    act_set(a, "ended_at", value_time(a->ctx->now));
    return act_save(a);
}

static enum err approve(struct act *a)
{
    act_set(a, "minutes_approved_at", value_time(a->ctx->now));
    return act_save(a);
}

static const char *written(struct act *a)
{
    return act_old(a, "minutes_approved_at")->kind != V_NULL
               ? "The minutes are approved; correct them at a later meeting."
               : NULL;
}

static const struct command meeting_commands[] = {
    { "meeting.plan", "Plan a meeting", NEW, MEETING_PLANNED, MAY_CLERK,
        "body_id! title! starts_at! place! online_url", NULL, NULL, 0, NULL },
    { "meeting.move", "Move the meeting", AT(MEETING_PLANNED), SAME, MAY_CLERK,
        "title! starts_at! place! online_url", NULL, NULL, 0, NULL },
    { "meeting.notice", "Publish the agenda", AT(MEETING_PLANNED), MEETING_NOTICED, MAY_CLERK, "",
        in_time, notice, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "From then on an added matter is marked as late." },
    { "meeting.open", "Open the meeting", AT(MEETING_NOTICED), MEETING_IN_SESSION, MAY_CLERK, "",
        not_begun, open_meeting, COMMAND_PUBLIC, NULL },
    { "meeting.end", "End the meeting", AT(MEETING_IN_SESSION), MEETING_ENDED, MAY_CLERK, "",
        all_closed, end_meeting, COMMAND_PUBLIC, NULL },
    { "meeting.write_minutes", "Write the minutes", AT(MEETING_IN_SESSION) | AT(MEETING_ENDED),
        SAME, MAY_CLERK, "minutes!", written, NULL, COMMAND_PUBLIC,
        "Times, presence, motions and votes stand in the record already; add what was said." },
    { "meeting.approve_minutes", "Record that the minutes were approved", AT(MEETING_ENDED), SAME,
        MAY_CLERK, "", written, approve, COMMAND_PUBLIC, NULL },
    { "meeting.cancel", "Cancel the meeting", AT(MEETING_PLANNED) | AT(MEETING_NOTICED),
        MEETING_CANCELLED, MAY_CLERK, "", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

#define PUBLIC_MEETING                                                                             \
    "($.agenda_published_at IS NOT NULL AND EXISTS (SELECT 1 FROM body b WHERE b.city = $.city "   \
    "AND b.id = $.body_id AND b.is_public = 1))"
#define OF_OWN_BODY                                                                                \
    "EXISTS (SELECT 1 FROM seat s WHERE s.city = $.city AND s.body_id = $.body_id AND "            \
    "s.person_id = :viewer_id AND s.state = 'held')"

const struct kind meeting_kind = {
    .name = "meeting",
    .label = "Meeting",
    .plural = "Meetings",
    .path = "/meetings",
    .nav = ROLES_ANYONE,
    .states = meeting_states,
    .fields = meeting_fields,
    .commands = meeting_commands,
    .scope = { PUBLIC_MEETING, "(" PUBLIC_MEETING " OR " OF_OWN_BODY ")", "1 = 1" },
    .parent = "body_id",
    .parent_kind = "body",
    .list = "title body_id starts_at place state",
    .filters = "state body_id",
    .search = "title minutes",
    .empty = "Meetings show here when they are planned, to residents when their agenda is out.",
};

// ---- agenda
// --------------------------------------------------------------------------------------

enum { ITEM_LISTED, ITEM_DISCUSSED, ITEM_DECIDED, ITEM_PUT_OFF };

static const struct state item_states[] = {
    { "listed", "Listed", "neutral" },
    { "discussed", "Discussed", "going" },
    { "decided", "Voted on", "done" },
    { "put_off", "Put off", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field item_fields[] = {
    { "title", FIELD_TEXT, "Matter",
        "What may be acted on, so that a resident can tell whether to come.", .max = 200,
        .flags = FIELD_RELEASED },
    { "meeting_id", FIELD_RECORD, "Meeting", NULL, "meeting", .flags = FIELD_RELEASED },
    { "position_n", FIELD_COUNT, "Position", "1 comes first.", .max = 200 },
    { "summary", FIELD_PROSE, "In short", NULL, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot it is about", NULL, "pilot", .flags = FIELD_RELEASED },
    { "discussion", FIELD_PROSE, "What was said", NULL, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// An item added after the notice is caught: it may be discussed, and is marked for counsel and
// residents.
static enum err list_item(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(
        c->db, c->arena, "meeting.state", ARGS(ARG("meeting_id", *act_in(a, "meeting_id"))), &row));
    const char *state = value_get_text(&row, "state", "");
    if (str_eq(state, "ended") || str_eq(state, "cancelled")) {
        return act_invalid(a, "meeting_id", "This meeting is over. Choose a later one.", NULL);
    }
    bool late = !str_eq(state, "planned");
    if (late && !a->reason) {
        return act_invalid(a, "title",
            "The agenda is out already. Give the reason why this can't wait for the next meeting.",
            NULL);
    }
    act_set(a, "is_late", value_bool(late));
    return act_save(a);
}

static const struct command item_commands[] = {
    { "agenda_item.list", "Put a matter on the agenda", NEW, ITEM_LISTED, MAY_CLERK,
        "meeting_id! title! position_n! summary pilot_id", NULL, list_item, COMMAND_PUBLIC, NULL },
    { "agenda_item.edit", "Change the item", AT(ITEM_LISTED), SAME, MAY_CLERK,
        "title! position_n! summary pilot_id", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "agenda_item.discuss", "Note what was said", AT(ITEM_LISTED) | AT(ITEM_DISCUSSED),
        ITEM_DISCUSSED, MAY_CLERK, "discussion!", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "agenda_item.decide", "Mark as voted on", AT(ITEM_LISTED) | AT(ITEM_DISCUSSED), ITEM_DECIDED,
        MAY_CLERK, "", NULL, NULL, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { "agenda_item.put_off", "Put it off", AT(ITEM_LISTED) | AT(ITEM_DISCUSSED), ITEM_PUT_OFF,
        MAY_CLERK, "", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind agenda_item_kind = {
    .name = "agenda_item",
    .label = "Agenda item",
    .plural = "Agenda items",
    .path = "/agenda-items",
    .states = item_states,
    .fields = item_fields,
    .commands = item_commands,
    .scope = { NOTICED_MEETING, "(" NOTICED_MEETING " OR " OWN_MEETING ")", "1 = 1" },
    .parent = "meeting_id",
    .parent_kind = "meeting",
    .list = "title meeting_id position_n state",
    .filters = "state",
    .search = "title summary",
    .empty = "An agenda lists each matter that may be acted on.",
};

// ---- presence
// ------------------------------------------------------------------------------------

enum { PRESENT, LEFT };

static const struct state attendance_states[] = {
    { "present", "Present", "going" },
    { "left", "Left", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field attendance_fields[] = {
    { "meeting_id", FIELD_RECORD, "Meeting", NULL, "meeting", .flags = FIELD_RELEASED },
    { "person_id", FIELD_PERSON, "Member", NULL, .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err not_noted_yet(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    enum err e = db_row(c->db, c->arena, "attendance.of",
        ARGS(
            ARG("meeting_id", *act_in(a, "meeting_id")), ARG("person_id", *act_in(a, "person_id"))),
        &row);
    if (e != OK) {
        return e == ERR_NOT_FOUND ? OK : e;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "who", *value_get(&row, "name"));
    return str_eq(value_get_text(&row, "state", ""), attendance_states[LEFT].name)
               ? act_invalid(a, "person_id",
                     "{who} came and left. Open their presence at this meeting and choose “Note "
                     "that they came back”.",
                     &args)
               : act_invalid(a, "person_id",
                     "{who} is noted as present already; nothing more is needed.", &args);
}

static enum err come(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t seats = 0;
    TRY(not_noted_yet(a));
    TRY(db_int(c->db, c->arena, "meeting.seats_of",
        ARGS(
            ARG("meeting_id", *act_in(a, "meeting_id")), ARG("person_id", *act_in(a, "person_id"))),
        &seats));
    if (!seats) {
        return act_invalid(a, "person_id", "This person holds no seat in the body.", NULL);
    }
    act_set(a, "came_at", value_time(c->now));
    return act_save(a);
}

static enum err leave(struct act *a)
{
    act_set(a, "left_at", value_time(a->ctx->now));
    return act_save(a);
}

static const struct command attendance_commands[] = {
    { "attendance.note", "Note that somebody came", NEW, PRESENT, MAY_CLERK,
        "meeting_id! person_id!", NULL, come, COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { "attendance.leave", "Note that they left", AT(PRESENT), LEFT, MAY_CLERK, "", NULL, leave,
        COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { "attendance.return", "Note that they came back", AT(LEFT), PRESENT, MAY_CLERK, "", NULL, NULL,
        COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind attendance_kind = {
    .name = "attendance",
    .label = "Presence",
    .plural = "Presence",
    .path = "/attendance",
    .title = "state",
    .states = attendance_states,
    .fields = attendance_fields,
    .commands = attendance_commands,
    .scope = { NOTICED_MEETING, "(" NOTICED_MEETING " OR " OWN_MEETING ")", "1 = 1" },
    .parent = "meeting_id",
    .parent_kind = "meeting",
    .list = "person_id meeting_id state",
    .filters = "state",
    .empty = "Who came is noted when the meeting opens.",
};

// ---- public comment
// ------------------------------------------------------------------------------

static const struct state comment_states[] = {
    { "received", "Received", "waiting" },
    { "read", "Read to the meeting", "done" },
    { "withheld", "Withheld", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field comment_fields[] = {
    { "meeting_id", FIELD_RECORD, "Meeting", NULL, "meeting", .flags = FIELD_RELEASED },
    { "name", FIELD_TEXT, "Your name", "As it shall stand in the minutes; you may leave it out.",
        .max = 120, .flags = FIELD_PERSONAL | FIELD_RELEASED },
    { "text", FIELD_PROSE, "What you want to say", "It will stand in the minutes.", .max = 4000,
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err comment(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    TRY(db_row(
        c->db, c->arena, "meeting.state", ARGS(ARG("meeting_id", *act_in(a, "meeting_id"))), &row));
    const char *state = value_get_text(&row, "state", "");
    if (!str_eq(state, "noticed") && !str_eq(state, "in_session")) {
        return act_invalid(a, "text",
            "Comments are taken from the publication of the agenda to the end of the meeting.",
            NULL);
    }
    return act_save(a);
}

static const struct command comment_commands[] = {
    { "public_comment.send", "Send a comment", NEW, 0, ROLES_ANYONE, "meeting_id! name text!", NULL,
        comment, COMMAND_QUIET, NULL, .done = "Your comment has been sent to the meeting." },
    { "public_comment.read", "Mark as read to the meeting", AT(0), 1, MAY_CLERK, "", NULL, NULL,
        COMMAND_PUBLIC, NULL },
    { "public_comment.withhold", "Withhold it", AT(0), 2, ROLE_DIRECTOR | ROLE_COUNSEL, "", NULL,
        NULL, COMMAND_REASON, "Only for what the law doesn't let stand; the reason is kept." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind public_comment_kind = {
    .name = "public_comment",
    .label = "Public comment",
    .plural = "Public comments",
    .path = "/comments",
    .title = "text",
    .states = comment_states,
    .fields = comment_fields,
    .commands = comment_commands,
    .scope = { "($.state = 'read' AND " NOTICED_MEETING ")",
        "($.state = 'read' AND " NOTICED_MEETING ")", "1 = 1" },
    .parent = "meeting_id",
    .parent_kind = "meeting",
    .list = "text meeting_id state created_at",
    .filters = "state",
    .empty = "Residents comment from a meeting's page.",
};
