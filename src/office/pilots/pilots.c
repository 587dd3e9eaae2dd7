// SPDX-License-Identifier: Apache-2.0
#include "pilots_private.h"

#include "../evaluations/evaluations.h"
#include "../roadmap/roadmap.h"

const struct state pilot_states[] = {
    [PILOT_PROPOSED] = { "proposed", "Proposed", "neutral" },
    [PILOT_PLANNED] = { "planned", "Planned", "neutral" },
    [PILOT_IN_REVIEW] = { "in_review", "In review", "waiting" },
    [PILOT_READY] = { "ready", "Ready to start", "waiting" },
    [PILOT_RUNNING] = { "running", "Running", "going" },
    [PILOT_PAUSED] = { "paused", "Paused", "waiting" },
    [PILOT_EVALUATING] = { "evaluating", "Being evaluated", "waiting" },
    [PILOT_DECIDED] = { "decided", "Decided", "done" },
    [PILOT_ADOPTED] = { "adopted", "Adopted", "done" },
    [PILOT_CLOSED] = { "closed", "Closed", "stopped" },
    { NULL, NULL, NULL },
};

#define END_FIELD                                                                                  \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL, 0, 0, NULL                                                      \
    }

static const struct field pilot_fields[] = {
    { "title", FIELD_TEXT, "Pilot", "A name that residents would understand.", .max = 120,
        .flags = FIELD_RELEASED },
    { "question", FIELD_TEXT, "What it tries to find out",
        "One sentence, ending with a question mark.", .max = 240, .flags = FIELD_RELEASED },
    { "origin", FIELD_CHOICE, "Where it comes from", NULL,
        "department=A department|partner=A partner|grant=A grant|donation=A donation|call=A call "
        "for solutions",
        .flags = FIELD_RELEASED },
    { "origin_reason", FIELD_PROSE, "Why without a call", "Needed for pilots that no call chose.",
        .flags = FIELD_RELEASED },
    { "call_id", FIELD_RECORD, "Call", NULL, "call", .flags = FIELD_RELEASED },
    { "pitch_id", FIELD_RECORD, "Pitch", NULL, "pitch" },
    { "challenge_id", FIELD_RECORD, "Challenge", NULL, "challenge", .flags = FIELD_RELEASED },
    { "department_id", FIELD_ORGANISATION, "Department", "Whose service it is about.",
        .flags = FIELD_RELEASED },
    { "organisation_id", FIELD_ORGANISATION, "Partner", NULL, .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "What kind of question it is", NULL,
        "feasibility=Does it work here at all?|accuracy=Is it accurate enough?|effect=Does it "
        "change the outcome?",
        .flags = FIELD_RELEASED },
    { "hypothesis", FIELD_PROSE, "What you expect",
        "If we do this, then that will change by so much, because…", .flags = FIELD_RELEASED },
    { "learning_questions", FIELD_LIST, "What do you want to learn?", "One question a line.",
        .flags = FIELD_RELEASED },
    { "starts_on", FIELD_DATE, "Starts", NULL, .flags = FIELD_RELEASED },
    { "ends_on", FIELD_DATE, "Ends", NULL, .flags = FIELD_RELEASED },
    { "design", FIELD_CHOICE, "How the comparison is made", NULL,
        "none=No comparison: does it work, is it accurate|before_after=Before and "
        "after|comparison=Against places without it|randomised=Against places drawn by lot",
        .flags = FIELD_RELEASED },
    { "units_n", FIELD_COUNT, "How many places or devices get it?",
        "What the plan can tell hangs on it. Leave it empty to count the sites.", .max = 100000,
        .flags = FIELD_RELEASED },
    { "compared_n", FIELD_COUNT, "With how many is it compared?",
        "Places or devices without it; none for before and after.", .max = 100000,
        .flags = FIELD_RELEASED },
    { "analysis", FIELD_CHOICE, "How the result is worked out",
        "Leave it empty for the usual way: with a comparison, changes with it against changes "
        "without it; else each place before and after.",
        "units=Each place or device, before and after|one_place=One place only, its readings "
        "before "
        "and after|changes=Changes with it against changes without it|after=With it against "
        "without "
        "it, afterwards|shares=Shares of yes, with it against without it, afterwards|attgt=Places "
        "over time, with it against without it|synth=One place against a weighted mix of "
        "others|sdid=One place against a weighted mix of others and of times",
        .flags = FIELD_RELEASED },
    { "step", FIELD_CHOICE, "Places over time: how long is a period?",
        "Each place needs a reading in each period.", "day=A day|week=A week|month=Four weeks",
        .flags = FIELD_RELEASED },
    { "sure", FIELD_CHOICE, "How sure must it be?",
        "A false alarm in one of twenty pilots is usual: 95%.", "0.9=90%|0.95=95%|0.99=99%",
        .flags = FIELD_RELEASED },
    { "looks_n", FIELD_COUNT, "Looks that may decide before the end",
        "Only where each place is read once, afterwards, with it or without it. Leave it empty to "
        "decide at the end.",
        .max = 20, .flags = FIELD_RELEASED },
    { "most_missing_num", FIELD_NUMBER, "Largest share of places that may lack a value",
        "0.1 is one in ten; with more missing nothing can be told.", .max = 1,
        .flags = FIELD_RELEASED },
    { "effect_value_cents", FIELD_MONEY, "What one unit of the measure is worth in one place",
        "With the cost it says whether the effect is worth its money.", .flags = FIELD_RELEASED },
    { "place_cost_cents", FIELD_MONEY, "What it costs in one place", NULL,
        .flags = FIELD_RELEASED },
    { "population_n", FIELD_COUNT, "Places it would be scaled to", NULL, .flags = FIELD_RELEASED },
    { "extension_n", FIELD_COUNT, "If extended: how many more places?", NULL,
        .flags = FIELD_RELEASED },
    { "extension_cost_cents", FIELD_MONEY, "What the extension would cost", NULL,
        .flags = FIELD_RELEASED },
    { "weak_reason", FIELD_PROSE, "If it can hardly answer: why go ahead all the same?",
        "Only for a plan whose chance to find what is worth having is below one in two: see what "
        "it "
        "can tell on the pilot’s page.",
        .flags = FIELD_RELEASED },
    { "premortem", FIELD_PROSE, "If it failed, what would have been the reason?",
        "Write it before the start." },
    { "stop_rule", FIELD_PROSE, "When would you stop early?", NULL, .flags = FIELD_RELEASED },
    { "decision_rule", FIELD_PROSE, "What result leads to which decision?",
        "Scale if…, stop if…; written before the data.", .flags = FIELD_RELEASED },
    { "winddown", FIELD_LIST, "Wind-down",
        "One line for each thing to remove, return or delete at the end." },
    { "principles", FIELD_CHOICES, "Principles it serves", NULL, PRINCIPLE_CHOICES,
        .flags = FIELD_RELEASED },
    { "outcome_text", FIELD_PROSE, "Outcome", "One sentence that a council member can read aloud.",
        .flags = FIELD_RELEASED },
    { "evidence_level_n", FIELD_COUNT, "Evidence level",
        "1 theory, 2 before and after, 3 comparison group, 4 replicated, 5 in routine use.",
        .max = 5, .flags = FIELD_RELEASED },
    { "stage", FIELD_CHOICE, "Stage it has reached", NULL,
        "proposed=Proposed|planned=Planned|running=Running|evaluating=Being "
        "evaluated|decided=Decided|adopted=Adopted|closed=Closed",
        .flags = FIELD_INPUT },
    END_FIELD,
};

const struct kind pilot_kind = {
    .name = "pilot",
    .label = "Pilot",
    .plural = "Pilots",
    .path = "/pilots",
    .nav = ROLES_ANYONE,
    .states = pilot_states,
    .fields = pilot_fields,
    .commands = pilot_commands,
    .scope = {
        .public = "$.announced_at IS NOT NULL",
        .outside = "($.announced_at IS NOT NULL OR EXISTS (SELECT 1 FROM grant_role g WHERE g.city = $.city AND "
                   "g.person_id = :viewer_id AND g.state = 'held' AND g.scope_kind = 'pilot' AND g.scope_id = $.id))",
        .office = "1 = 1",
    },
    .parent = "challenge_id",
    .parent_kind = "challenge",
    .list = "title state department_id organisation_id type ends_on changed_at",
    .filters = "state department_id type origin",
    .orders = "title state ends_on changed_at",
    .search = "title question hypothesis outcome_text department_id organisation_id",
    .empty = "A pilot tries something small to learn whether it is worth more. Five answers propose one.",
};

// ---- sites
// ---------------------------------------------------------------------------------------

enum { SITE_ACTIVE, SITE_REMOVED };

static const struct state site_states[] = {
    { "active", "In use", "going" },
    { "removed", "Removed", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field site_fields[] = {
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Site", "A street corner, a building, a route.", .max = 160,
        .flags = FIELD_RELEASED },
    { "area_id", FIELD_PLACE, "District or neighbourhood", NULL, .flags = FIELD_RELEASED },
    { "address", FIELD_TEXT, "Address", NULL, .flags = FIELD_RELEASED },
    { "lat_num", FIELD_NUMBER, "Latitude", "In degrees, north positive.", .max = 90,
        .flags = FIELD_RELEASED },
    { "lon_num", FIELD_NUMBER, "Longitude", "In degrees, east positive.", .max = 180,
        .flags = FIELD_RELEASED },
    { "is_comparison", FIELD_YES_NO, "A comparison site, without the thing tried?", NULL,
        .flags = FIELD_RELEASED },
    END_FIELD,
};

#define MAY_RUN (ROLES_OFFICE | ROLE_LIAISON)
// What a plan can tell hangs on how many sites there are.
static enum err save_site(struct act *a)
{
    TRY(act_save(a));
    return evaluations_ask_forecast(a, act_now(a, "pilot_id")->n);
}

#define SITE "title! area_id address lat_num lon_num is_comparison"

static const struct command site_commands[] = {
    { "site.add", "Add a site", NEW, SITE_ACTIVE, MAY_RUN, "pilot_id! " SITE, NULL, save_site,
        COMMAND_PUBLIC, NULL },
    { "site.edit", "Change the site", AT(SITE_ACTIVE), SAME, MAY_RUN, SITE, NULL, save_site,
        COMMAND_PUBLIC, NULL },
    { "site.remove", "Mark the site as removed", AT(SITE_ACTIVE), SITE_REMOVED, MAY_RUN, "", NULL,
        save_site, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind site_kind = {
    .name = "site",
    .label = "Site",
    .plural = "Sites",
    .path = "/sites",
    .states = site_states,
    .fields = site_fields,
    .commands = site_commands,
    .scope = { SCOPE_OF_ANNOUNCED_PILOT, SCOPE_OF_ANNOUNCED_PILOT, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state pilot_id area_id is_comparison",
    .filters = "state is_comparison",
    .empty = "Sites are where a pilot stands, and where it is compared.",
};

// ---- milestones
// ----------------------------------------------------------------------------------

enum { MILESTONE_PLANNED, MILESTONE_REACHED, MILESTONE_DROPPED };

static const struct state milestone_states[] = {
    { "planned", "Planned", "waiting" },
    { "reached", "Reached", "done" },
    { "dropped", "Dropped", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field milestone_fields[] = {
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Milestone", "What will be done.", .max = 160, .flags = FIELD_RELEASED },
    { "due_on", FIELD_DATE, "By", NULL, .flags = FIELD_RELEASED },
    { "reached_on", FIELD_DATE, "Reached on", NULL, .flags = FIELD_RELEASED },
    END_FIELD,
};

static const struct command milestone_commands[] = {
    { "milestone.add", "Add a milestone", NEW, MILESTONE_PLANNED, MAY_RUN,
        "pilot_id! title! due_on!", NULL, NULL, 0, NULL },
    { "milestone.move", "Move the milestone", AT(MILESTONE_PLANNED), SAME, MAY_RUN, "due_on!", NULL,
        NULL, COMMAND_REASON, NULL },
    { "milestone.reach", "Mark it as reached", AT(MILESTONE_PLANNED), MILESTONE_REACHED, MAY_RUN,
        "reached_on!", NULL, NULL, 0, NULL },
    { "milestone.drop", "Drop it", AT(MILESTONE_PLANNED), MILESTONE_DROPPED, MAY_RUN, "", NULL,
        NULL, COMMAND_REASON, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind milestone_kind = {
    .name = "milestone",
    .label = "Milestone",
    .plural = "Milestones",
    .path = "/milestones",
    .states = milestone_states,
    .fields = milestone_fields,
    .commands = milestone_commands,
    .scope = { SCOPE_OF_ANNOUNCED_PILOT, SCOPE_OF_ANNOUNCED_PILOT, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state pilot_id due_on",
    .filters = "state",
    .empty = "Milestones say what will be done by when.",
};

// ---- updates
// -------------------------------------------------------------------------------------

static const struct state update_states[] = {
    { "posted", "Posted", "done" },
    { NULL, NULL, NULL },
};

static const struct field update_fields[] = {
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "What it is", NULL,
        "news=News|setback=A setback|incident=An incident|lesson=Something learned",
        .flags = FIELD_RELEASED },
    { "text", FIELD_PROSE, "What happened",
        "Setbacks are as welcome as news: they are what others learn from.",
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { "file_id", FIELD_FILE, "Photo or document", NULL },
    END_FIELD,
};

static const struct command update_commands[] = {
    { "pilot_update.post", "Post an update", NEW, 0, MAY_RUN | ROLE_APPLICANT,
        "pilot_id! type! text! file_id", NULL, NULL, COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind pilot_update_kind = {
    .name = "pilot_update",
    .label = "Update",
    .plural = "Updates",
    .path = "/updates",
    .title = "text",
    .states = update_states,
    .fields = update_fields,
    .commands = update_commands,
    .scope = { SCOPE_OF_ANNOUNCED_PILOT, SCOPE_OF_ANNOUNCED_PILOT, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "text type pilot_id created_at",
    .filters = "type",
    .search = "text",
    .empty = "Updates tell what happened, in the words of those who were there.",
};

// ---- amendments
// ----------------------------------------------------------------------------------

static const struct state amendment_states[] = {
    { "made", "Made", "done" },
    { NULL, NULL, NULL },
};

static const struct field amendment_fields[] = {
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "text", FIELD_PROSE, "What was changed, and why", NULL, .flags = FIELD_RELEASED },
    { "is_after_data", FIELD_YES_NO, "Made after data existed", NULL, .flags = FIELD_RELEASED },
    { "plan_hash_text", FIELD_TEXT, "Hash of the plan from then on", NULL,
        .flags = FIELD_RELEASED },
    END_FIELD,
};

static const struct command amendment_commands[] = {
    { "amendment.make", "Record an amendment", NEW, 0, ROLES_OFFICE,
        "pilot_id! text! is_after_data plan_hash_text!", NULL, NULL, COMMAND_INNER, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind amendment_kind = {
    .name = "amendment",
    .label = "Amendment",
    .plural = "Amendments of plans",
    .path = "/amendments",
    .title = "text",
    .states = amendment_states,
    .fields = amendment_fields,
    .commands = amendment_commands,
    .scope = { SCOPE_OF_ANNOUNCED_PILOT, SCOPE_OF_ANNOUNCED_PILOT, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "text pilot_id is_after_data created_at",
    .filters = "is_after_data",
    .empty = "No locked plan was changed.",
};

// ---- the room
// ------------------------------------------------------------------------------------

static const struct kind *const kinds[] = { &pilot_kind, &site_kind, &milestone_kind,
    &pilot_update_kind, &amendment_kind, NULL };

static const struct need needs[] = {
    { "pilot.to_plan", MAY_RUN, "pilot", "pilot.plan", "Plan “{title}”", "its reviews" },
    { "pilot.to_submit", MAY_RUN, "pilot", "pilot.submit", "Send “{title}” into review",
        "its start" },
    { "pilot.to_start", MAY_RUN, "pilot", NULL, "Start “{title}”, or say why not", NULL },
    { "pilot.past_end", MAY_RUN, "pilot", "pilot.end", "“{title}” is past its end: end it",
        "its evaluation" },
    { "milestone.late", MAY_RUN, "milestone", "milestone.reach", "Milestone “{title}” is due",
        NULL },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room pilots_room = {
    .name = "pilots", .kinds = kinds, .pages = pilots_pages, .needs = needs
};
