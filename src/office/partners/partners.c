// SPDX-License-Identifier: Apache-2.0
#include "partners.h"

#include "clock.h"
#include "str.h"

enum { ACTIVE, CLOSED };

static const struct state states[] = {
    { "active", "Active", "going" },
    { "closed", "No longer there", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Name", "As it calls itself.", .max = 160, .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "What it is", NULL,
        "department=City department|agency=Other public agency|company=Company|"
        "university=University or school|nonprofit=Nonprofit|community=Community group",
        .flags = FIELD_RELEASED },
    { "website", FIELD_URL, "Website", NULL, .flags = FIELD_RELEASED },
    { "summary", FIELD_PROSE, "What it does", "Two or three sentences.", .max = 2000,
        .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// Two organisations of one name are nearly always one, entered twice.
static enum err save_once(struct act *a)
{
    struct ctx *c = a->ctx;
    const struct value *title = act_now(a, "title");
    int64_t n = 0;
    if (title->kind == V_TEXT) {
        TRY(db_int(c->db, c->arena, "organisation.of_name",
            ARGS(ARG("id", value_id(a->row.kind == V_OBJECT ? a->id : 0)),
                ARG("title", value_text(str_lower(c->arena, title->text)))),
            &n));
    }
    return n ? act_invalid(a, "title", "An organisation of this name is here already.", NULL)
             : act_save(a);
}

static const char *nobody_left(struct act *a)
{
    int64_t n;
    struct ctx *c = a->ctx;
    if (db_int(c->db, c->arena, "organisation.people", ARGS(ARG("id", value_id(a->id))), &n) ==
            OK &&
        n > 0) {
        return "People still belong to it. Give them another department or organisation first, or "
               "close their accounts.";
    }
    return NULL;
}

#define MAY_WRITE (ROLES_OFFICE | ROLE_PROCUREMENT | ROLE_ADMIN)

static const struct command commands[] = {
    { "organisation.add", "Add an organisation", NEW, ACTIVE, MAY_WRITE | ROLE_CLOCK,
        "title! type! website summary", NULL, save_once, COMMAND_PUBLIC, NULL },
    { "organisation.edit", "Change the organisation", AT(ACTIVE), SAME, MAY_WRITE | ROLE_CLOCK,
        "title! type! website summary", NULL, save_once, COMMAND_PUBLIC, NULL },
    { "organisation.close", "Mark as no longer there", AT(ACTIVE), CLOSED, MAY_WRITE, "",
        nobody_left, NULL, COMMAND_PUBLIC | COMMAND_REASON,
        "Its records stay. It is no longer offered where one chooses an organisation." },
    { "organisation.reopen", "It is there after all", AT(CLOSED), ACTIVE, MAY_WRITE, "", NULL, NULL,
        COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind organisation = {
    .name = "organisation",
    .label = "Organisation",
    .plural = "Organisations",
    .path = "/organisations",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { .public = "1 = 1", .outside = "1 = 1", .office = "1 = 1" },
    .leads_to = "pilot",
    .list = "title type state",
    .filters = "type state",
    .search = "title summary",
    .empty = "Departments and partners stand here. Add the department you work with first.",
};

static const struct kind *const kinds[] = { &organisation, NULL };

const struct room partners_room = { .name = "partners", .kinds = kinds };
