// SPDX-License-Identifier: Apache-2.0
// A room: its records, pages, jobs, and what it asks of people today. office/rooms.c lists them.
#pragma once

#include "act.h"
#include "job.h"
#include "page.h"

// A line of "what needs you today". The query's rows are {id, title, due_at or due_on, …}; TEXT is
// a message key with the row's columns as arguments; the line leads to the command's form (or, with
// NULL, to the record's page).
struct need {
    const char *query; // bound as :viewer_id; has a LIMIT
    uint32_t who;
    const char *kind;
    const char *command;
    const char *text;     // "Answer {n, plural, one {# question} other {# questions}} on {title}"
    const char *holds_up; // what waits for it; NULL for nothing
};

// One place of the main navigation, in the order in which it is shown. A page or kind that names
// itself there (`nav`) and isn't listed comes after.
struct nav_place {
    const char *path;
    const char *label; // a message key; NULL: the label of the page, or the kind's plural
    uint32_t who;      // 0: who the page or kind says
    bool apart;        // a little room above it: another group begins
};

struct room {
    const char *name;                // the folder's name in office/
    const struct kind *const *kinds; // ends with NULL; may be NULL
    const struct page *pages;        // ends with a NULL pattern; may be NULL
    const struct job_kind *jobs;     // ends with a NULL name; may be NULL
    const struct need *needs;        // ends with a NULL query; may be NULL
    const struct nav_place *nav;     // of all rooms, said by one; ends with a NULL path
};

struct registry;

// Checks everything that can be checked before the first request: names, states, fields that
// commands name, columns.
CHECKED enum err registry_new(
    struct arena *a, const struct room *const *rooms, const struct registry **ret_registry);
const struct kind *registry_kind(const struct registry *r, const char *name);
const struct command *registry_command(
    const struct registry *r, const char *name, const struct kind **ret_kind);
const struct room *registry_room(const struct registry *r, size_t i); // NULL at the end
// All kinds in the rooms' order; NULL at the end.
const struct kind *registry_kind_at(const struct registry *r, size_t i);
const struct field *kind_field(const struct kind *k, const char *name);
int kind_state(const struct kind *k, const char *name); // -1 when there is none
// The parsed field list of a command: COMMAND's i-th field and whether it must be given; NULL at
// the end.
const struct field *command_field(
    const struct registry *r, const struct command *c, size_t i, bool *ret_required);
// Each kind's @scope for each audience.
void registry_scopes(const struct registry *r, struct queries *q);
