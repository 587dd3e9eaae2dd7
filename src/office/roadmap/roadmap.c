// SPDX-License-Identifier: Apache-2.0
#include "roadmap.h"

#include "roadmap_pages.h"

#define END_STATE                                                                                  \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }
#define END_FIELD                                                                                  \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL, 0, 0, NULL                                                      \
    }
#define END_COMMAND                                                                                \
    {                                                                                              \
        NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL                                             \
    }

// ---- principles
// ----------------------------------------------------------------------------------

enum { PRINCIPLE_ACTIVE, PRINCIPLE_RETIRED };

static const struct state principle_states[] = {
    { "active", "In force", "going" },
    { "retired", "Retired", "stopped" },
    END_STATE,
};

static const struct field principle_fields[] = {
    { "title", FIELD_TEXT, "Principle", NULL, .max = 80, .flags = FIELD_RELEASED },
    { "criteria", FIELD_PROSE, "What it asks of a pilot",
        "One criterion a paragraph, as a question one can answer.",
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { "position_n", FIELD_COUNT, "Position", "1 comes first.", .max = 100 },
    END_FIELD,
};

static const struct command principle_commands[] = {
    { "principle.add", "Add a principle", NEW, PRINCIPLE_ACTIVE, ROLE_DIRECTOR,
        "title! criteria! position_n!", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "principle.edit", "Change the principle", AT(PRINCIPLE_ACTIVE), SAME, ROLE_DIRECTOR,
        "title! criteria! position_n!", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "principle.retire", "Retire the principle", AT(PRINCIPLE_ACTIVE), PRINCIPLE_RETIRED,
        ROLE_DIRECTOR, "", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    END_COMMAND,
};

static const struct kind principle = {
    .name = "principle",
    .label = "Principle",
    .plural = "Principles",
    .path = "/principles",
    .states = principle_states,
    .fields = principle_fields,
    .commands = principle_commands,
    .scope = { "$.state = 'active'", "$.state = 'active'", "1 = 1" },
    .list = "title position_n state",
    .search = "title criteria",
    .empty = "Principles say what every pilot is chosen and judged by.",
};

// ---- strategies
// ----------------------------------------------------------------------------------

enum { STRATEGY_DRAFT, STRATEGY_PUBLISHED, STRATEGY_RETIRED };

static const struct state strategy_states[] = {
    { "draft", "Being written", "neutral" },
    { "published", "Published", "going" },
    { "retired", "Retired", "stopped" },
    END_STATE,
};

static const struct field strategy_fields[] = {
    { "title", FIELD_TEXT, "Strategy", NULL, .max = 120, .flags = FIELD_RELEASED },
    { "summary", FIELD_PROSE, "What it is for", NULL, .flags = FIELD_RELEASED | FIELD_WIDE },
    { "position_n", FIELD_COUNT, "Position", "1 comes first.", .max = 100 },
    { "pages", FIELD_TEXT, "Pages in the printed roadmap", NULL, .max = 40,
        .flags = FIELD_RELEASED },
    END_FIELD,
};

static const struct command strategy_commands[] = {
    { "strategy.draft", "Write a strategy", NEW, STRATEGY_DRAFT, ROLES_OFFICE,
        "title! summary position_n! pages", NULL, NULL, 0, NULL },
    { "strategy.edit", "Change the strategy", AT(STRATEGY_DRAFT) | AT(STRATEGY_PUBLISHED), SAME,
        ROLES_OFFICE, "title! summary position_n! pages", NULL, NULL,
        COMMAND_PUBLIC | COMMAND_REASON, "The reason is kept with the earlier version." },
    { "strategy.publish", "Publish the strategy", AT(STRATEGY_DRAFT), STRATEGY_PUBLISHED,
        ROLE_DIRECTOR, "", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "strategy.retire", "Retire the strategy", AT(STRATEGY_PUBLISHED), STRATEGY_RETIRED,
        ROLE_DIRECTOR, "", NULL, NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    END_COMMAND,
};

static const struct kind strategy = {
    .name = "strategy",
    .label = "Strategy",
    .plural = "Strategies",
    .path = "/strategies",
    .states = strategy_states,
    .fields = strategy_fields,
    .commands = strategy_commands,
    .scope = { "$.state = 'published'", "$.state = 'published'", "1 = 1" },
    .list = "title position_n state changed_at",
    .filters = "state",
    .search = "title summary",
    .empty = "A roadmap begins with two or three strategies. Write the first.",
};

// ---- activities
// ----------------------------------------------------------------------------------

enum { PLANNED, UNDER_WAY, DONE, DROPPED };

static const struct state activity_states[] = {
    { "planned", "Planned", "waiting" },
    { "under_way", "Under way", "going" },
    { "done", "Done", "done" },
    { "dropped", "Dropped", "stopped" },
    END_STATE,
};

static const struct field activity_fields[] = {
    { "strategy_id", FIELD_RECORD, "Strategy", NULL, "strategy", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Activity", "Begin with a verb: what will be done.", .max = 160,
        .flags = FIELD_RELEASED },
    { "summary", FIELD_PROSE, "What it involves", NULL, .flags = FIELD_RELEASED },
    { "department_id", FIELD_ORGANISATION, "Department", NULL, .flags = FIELD_RELEASED },
    { "lead_id", FIELD_PERSON, "Lead", "Who answers for it.", .flags = FIELD_DUTY },
    { "starts_on", FIELD_DATE, "Starts", NULL, .flags = FIELD_RELEASED },
    { "ends_on", FIELD_DATE, "Ends", NULL, .flags = FIELD_RELEASED },
    { "principles", FIELD_CHOICES, "Principles it serves", NULL, PRINCIPLE_CHOICES,
        .flags = FIELD_RELEASED },
    { "what_changed", FIELD_PROSE, "What changed because of it", NULL, .flags = FIELD_RELEASED },
    END_FIELD,
};

#define ACTIVITY "title! summary department_id lead_id starts_on ends_on principles"
#define MAY_LEAD (ROLES_OFFICE | ROLE_LIAISON)

static const struct command activity_commands[] = {
    { "activity.plan", "Plan an activity", NEW, PLANNED, MAY_LEAD, "strategy_id! " ACTIVITY, NULL,
        act_save_in_order, COMMAND_PUBLIC, NULL },
    { "activity.edit", "Change the activity", AT(PLANNED) | AT(UNDER_WAY), SAME, MAY_LEAD, ACTIVITY,
        NULL, act_save_in_order, COMMAND_PUBLIC, NULL },
    { "activity.start", "Start it", AT(PLANNED), UNDER_WAY, MAY_LEAD, "starts_on", NULL,
        act_save_in_order, COMMAND_PUBLIC, NULL },
    { "activity.finish", "Finish it", AT(UNDER_WAY), DONE, MAY_LEAD, "ends_on! what_changed!", NULL,
        act_save_in_order, COMMAND_PUBLIC, NULL },
    { "activity.drop", "Drop it", AT(PLANNED) | AT(UNDER_WAY), DROPPED, ROLES_OFFICE, "", NULL,
        NULL, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    END_COMMAND,
};

static const struct kind activity = {
    .name = "activity",
    .label = "Activity",
    .plural = "Activities",
    .path = "/activities",
    .states = activity_states,
    .fields = activity_fields,
    .commands = activity_commands,
    .scope = {
        "EXISTS (SELECT 1 FROM strategy s WHERE s.city = $.city AND s.id = $.strategy_id AND s.state = 'published')",
        "EXISTS (SELECT 1 FROM strategy s WHERE s.city = $.city AND s.id = $.strategy_id AND s.state = 'published')",
        "1 = 1",
    },
    .parent = "strategy_id",
    .parent_kind = "strategy",
    .list = "title state strategy_id department_id starts_on ends_on",
    .filters = "state strategy_id department_id",
    .search = "title summary what_changed",
    .empty = "Activities are what a strategy comes down to: who does what by when.",
};

// ---- the inventory
// -------------------------------------------------------------------------------

enum { IDEA, RUNNING, FINISHED, STOPPED };

static const struct state project_states[] = {
    { "idea", "Idea", "neutral" },
    { "running", "Running", "going" },
    { "finished", "Finished", "done" },
    { "stopped", "Stopped", "stopped" },
    END_STATE,
};

static const struct field project_fields[] = {
    { "title", FIELD_TEXT, "Project", NULL, .max = 160, .flags = FIELD_RELEASED },
    { "summary", FIELD_PROSE, "What it does", NULL, .flags = FIELD_RELEASED },
    { "department_id", FIELD_ORGANISATION, "Department", NULL, .flags = FIELD_RELEASED },
    { "organisation_id", FIELD_ORGANISATION, "Partner or vendor", NULL, .flags = FIELD_RELEASED },
    { "technology", FIELD_TEXT, "Technology", "Sensors, cameras, software: in a few words.",
        .flags = FIELD_RELEASED },
    { "starts_on", FIELD_DATE, "Started", NULL, .flags = FIELD_RELEASED },
    { "ends_on", FIELD_DATE, "Ended", NULL, .flags = FIELD_RELEASED },
    { "principles", FIELD_CHOICES, "Principles it serves", NULL, PRINCIPLE_CHOICES,
        .flags = FIELD_RELEASED },
    END_FIELD,
};

#define PROJECT "title! summary organisation_id technology starts_on ends_on principles"

static const struct command project_commands[] = {
    { "project.list", "List a project", NEW, IDEA, MAY_LEAD, "department_id! " PROJECT, NULL,
        act_save_in_order, 0, "So that no department's project is invisible to another." },
    { "project.edit", "Change the entry", AT(IDEA) | AT(RUNNING) | AT(FINISHED) | AT(STOPPED), SAME,
        MAY_LEAD, PROJECT, NULL, act_save_in_order, 0, NULL },
    { "project.run", "Mark as running", AT(IDEA), RUNNING, MAY_LEAD, "starts_on", NULL,
        act_save_in_order, 0, NULL },
    { "project.finish", "Mark as finished", AT(RUNNING), FINISHED, MAY_LEAD, "ends_on", NULL,
        act_save_in_order, 0, NULL },
    { "project.stop", "Mark as stopped", AT(IDEA) | AT(RUNNING), STOPPED, MAY_LEAD, "ends_on", NULL,
        act_save_in_order, COMMAND_REASON, NULL },
    END_COMMAND,
};

static const struct kind project = {
    .name = "project",
    .label = "Project",
    .plural = "Project inventory",
    .path = "/projects",
    .states = project_states,
    .fields = project_fields,
    .commands = project_commands,
    // The inventory is for departments to find each other; what residents see are pilots and
    // registers.
    .scope = { NULL, NULL, "1 = 1" },
    .list = "title state department_id technology starts_on",
    .filters = "state department_id",
    .search = "title summary technology department_id organisation_id",
    .empty = "List what your department runs or plans, so that others can join or learn from it.",
};

static const struct kind *const kinds[] = { &principle, &strategy, &activity, &project, NULL };

static const struct need needs[] = {
    { "activity.late", MAY_LEAD, "activity", "activity.finish", "Finish “{title}”, or move its end",
        NULL },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room roadmap_room = {
    .name = "roadmap", .kinds = kinds, .pages = roadmap_pages, .needs = needs
};
