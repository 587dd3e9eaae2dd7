// SPDX-License-Identifier: Apache-2.0
#include "team_private.h"

enum { OPEN, DONE, DROPPED };

static const struct state states[] = {
    { "open", "Open", "waiting" },
    { "done", "Done", "done" },
    { "dropped", "Dropped", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Task", "Begin with a verb.", .max = 200 },
    { "person_id", FIELD_PERSON, "Whose", NULL, .flags = FIELD_DUTY },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot" },
    { "due_on", FIELD_DATE, "By", NULL },
    { "note", FIELD_PROSE, "Note", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static const struct command commands[] = {
    { "task.give", "Give a task", NEW, OPEN, ROLES_INSIDE, "title! person_id! pilot_id due_on note",
        NULL, NULL, 0, NULL },
    { "task.edit", "Change the task", AT(OPEN), SAME, ROLES_INSIDE, "title! person_id! due_on note",
        NULL, NULL, 0, NULL },
    { "task.finish", "Mark as done", AT(OPEN), DONE, ROLES_INSIDE, "note", NULL, NULL, 0, NULL },
    { "task.drop", "Drop it", AT(OPEN), DROPPED, ROLES_INSIDE, "", NULL, NULL, COMMAND_REASON,
        NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind task = {
    .name = "task",
    .label = "Task",
    .plural = "Tasks",
    .path = "/tasks",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, "$.person_id = :viewer_id", "1 = 1" },
    .list = "title state person_id due_on pilot_id",
    .filters = "state person_id",
    .search = "title note",
    .empty = "Tasks are what no room asks for by itself.",
};

static const struct kind *const kinds[] = { &task, NULL };

static const struct need needs[] = {
    { "task.mine", ROLES_SIGNED_IN, "task", "task.finish", "{title}", NULL },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room team_room = {
    .name = "team", .kinds = kinds, .pages = team_pages, .needs = needs
};
