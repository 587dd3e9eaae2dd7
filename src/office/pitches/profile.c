// SPDX-License-Identifier: Apache-2.0
// What an applicant says of their organisation, kept from call to call, offered again in each pitch
// and shown to nobody else: all of it stands in a sealed table.
#include "pitch_parts.h"

#include "str.h"

enum { KEPT, FORGOTTEN };

static const struct state states[] = {
    { "kept", "Kept", "going" },
    { "forgotten", "Forgotten", "stopped" },
    END_STATE,
};

#define WHO_WE_ARE(name_, type_, label_, help_, choices_, max_)                                    \
    {                                                                                              \
        name_, type_, label_, help_, choices_, FIELD_PERSONAL | FIELD_IDENTIFIES, max_,            \
            "profile_identity"                                                                     \
    }

static const struct field fields[] = {
    { "label", FIELD_TEXT, "Profile", NULL },
    { "person_id", FIELD_PERSON, "Whose", NULL },
    WHO_WE_ARE("organisation", FIELD_TEXT, "Organisation", NULL, NULL, 0),
    WHO_WE_ARE("contact_name", FIELD_TEXT, "Your name", NULL, NULL, 0),
    WHO_WE_ARE("certifications", FIELD_CHOICES, "Certifications", NULL, pitch_certifications, 0),
    WHO_WE_ARE("size", FIELD_CHOICE, "How many people work there?", NULL, pitch_sizes, 0),
    WHO_WE_ARE("website", FIELD_URL, "Web address", NULL, NULL, 0),
    WHO_WE_ARE("about_us", FIELD_PROSE, "About your organisation",
        "What you do, and what you have done like this.", NULL, 2000),
    END_FIELD,
};

static const char *const columns[] = { "organisation", "contact_name", "certifications", "size",
    "website", "about_us" };

enum err profile_of(struct ctx *c, int64_t person, struct value *ret_profile)
{
    *ret_profile = VALUE_NULL;
    enum err e = person ? db_row(c->db, c->arena, "profile.of_person",
                              ARGS(ARG("person_id", value_id(person))), ret_profile)
                        : ERR_NOT_FOUND;
    return e == ERR_NOT_FOUND ? OK : e;
}

// A person has one: making it again changes it, forgotten or not.
static enum err keep(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value there;
    enum err e = db_row(c->db, c->arena, "profile.whole",
        ARGS(ARG("person_id", value_id(c->viewer.person))), &there);
    if (e == OK) {
        a->row = there;
        a->id = value_get_int(&there, "id", 0);
    } else if (e != ERR_NOT_FOUND) {
        return e;
    } else {
        act_set(a, "label", value_text("Your organisation’s profile"));
        act_set(a, "person_id", value_id(c->viewer.person));
    }
    return act_save(a);
}

static enum err forget(struct act *a)
{
    static const char *const queries[] = { "person.erase_profile_salts", "person.erase_profile" };
    struct ctx *c = a->ctx;
    TRY(act_save(a));
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        TRY(db_exec(c->db, c->arena, queries[i], ARGS(ARG("id", *act_old(a, "person_id"))), NULL));
    }
    return OK;
}

enum err profile_note(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value news = value_object(c->arena);
    if (!c->viewer.person) {
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        if (act_has(a, columns[i])) {
            value_set(c->arena, &news, columns[i], *act_in(a, columns[i]));
        }
    }
    return news.object->len ? act_nest(a, "profile.note", 0, &news, NULL) : OK;
}

#define ALL "organisation contact_name certifications size website about_us"

static const struct command commands[] = {
    { "profile.keep", "Write your organisation’s profile", NEW, KEPT, ROLE_APPLICANT,
        "organisation! contact_name! certifications size website about_us", NULL, keep,
        COMMAND_QUIET,
        "It is offered to you again whenever you pitch. Nobody else reads it: each pitch has its "
        "own copy, sealed like everything that says who you are." },
    { "profile.edit", "Change your organisation’s profile", AT(KEPT), SAME, ROLE_APPLICANT,
        "organisation! contact_name! certifications size website about_us", NULL, NULL,
        COMMAND_OWN | COMMAND_QUIET, "What you have pitched stays as it was." },
    { "profile.note", "Note what a pitch says", NEW, KEPT, ROLE_APPLICANT, ALL, NULL, keep,
        COMMAND_INNER | COMMAND_QUIET, NULL },
    { "profile.forget", "Have it forgotten", AT(KEPT), FORGOTTEN, ROLE_APPLICANT, "", NULL, forget,
        COMMAND_OWN | COMMAND_CONFIRM | COMMAND_QUIET,
        "Nothing of it is kept, in the ledger either. What you have pitched stays as it was." },
    END_COMMAND,
};

static enum err profile_form(struct ctx *c, const struct command *command, const struct value *row,
    const struct submission *typed, struct value *items)
{
    struct value profile;
    (void)row;
    TRY(profile_of(c, c->viewer.person, &profile));
    form_offer(c, command, &profile, typed, items);
    return OK;
}

const struct kind profile_kind = {
    .name = "profile",
    .label = "Organisation’s profile",
    .plural = "Organisation’s profile",
    .path = "/profiles",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, "$.person_id = :viewer_id", "$.person_id = :viewer_id" },
    .title = "label",
    .list = "label state changed_at",
    .filters = "state",
    .empty = "Write about your organisation once; it is offered again whenever you pitch.",
    .hides_actors = true,
    .form = profile_form,
};

enum err profile_build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, profile, list = value_list(c->arena);
    TRY(page_record(c, q, "profile", &row));
    TRY(page_show_record(c, "profile", &row, "", data));
    TRY(profile_of(c, c->viewer.person, &profile));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        const struct value *v = value_get(&profile, columns[i]);
        if (v && v->kind != V_NULL) {
            struct value fact = field_show(c, kind_field(&profile_kind, columns[i]), v);
            value_set(c->arena, &fact, "made_up", VALUE_NULL);
            value_set(c->arena, &fact, "source", VALUE_NULL);
            *value_push(c->arena, &list) = fact;
        }
    }
    value_set(c->arena, data, "who", list);
    r->max_age = -1;
    r->no_body_log = true;
    return OK;
}
