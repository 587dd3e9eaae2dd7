// SPDX-License-Identifier: Apache-2.0
// Who pitches. People outside come by a link sent to their address; what ties a person to a pitch
// stands in sealed tables alone.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "clock.h"
#include "session.h"
#include "str.h"

enum { LINK_DAYS = 60, LINKS_AN_HOUR = 5 };

// ---- people ------------------------------------------------------------------------------------

static enum err give_role(struct act *a, int64_t person)
{
    struct ctx *c = a->ctx;
    struct value row;
    enum err e = db_row(
        c->db, c->arena, "pitch.applicant_grant", ARGS(ARG("person_id", value_id(person))), &row);
    if (e != ERR_NOT_FOUND) {
        return e;
    }
    struct value role = value_object(c->arena);
    value_set(c->arena, &role, "person_id", value_id(person));
    value_set(c->arena, &role, "role", value_text(role_name(ROLE_APPLICANT)));
    return act_nest_system(a, "grant_role.give", 0, &role, NULL);
}

// The name is the same for all, so that the list of people tells nobody who pitches.
static enum err make_person(struct act *a, const char *email, int64_t *ret_person)
{
    struct ctx *c = a->ctx;
    struct value person = value_object(c->arena);
    value_set(c->arena, &person, "name", value_text("Applicant"));
    value_set(c->arena, &person, "email", value_text(email));
    value_set(c->arena, &person, "language", value_text(locale_tag(c->locale)));
    value_set(c->arena, &person, "roles", value_text(role_name(ROLE_APPLICANT)));
    return act_nest_system(a, "person.enter", 0, &person, ret_person);
}

enum err applicant_person(struct act *a, const char *email, int64_t *ret_person)
{
    struct ctx *c = a->ctx;
    const char *key = session_email_key(c->arena, email);
    struct value row;
    int64_t person;
    enum err e = db_row(
        c->db, c->arena, "pitch.person_by_email", ARGS(ARG("email_key", value_text(key))), &row);
    if (e == ERR_NOT_FOUND) {
        return make_person(a, email, ret_person);
    }
    TRY(e);
    person = value_get_int(&row, "id", 0);
    TRY(give_role(a, person));
    *ret_person = person;
    return OK;
}

enum err applicant_joins(struct act *a, int64_t pitch, int64_t person)
{
    return db_insert(a->ctx->db, a->ctx->arena, "pitch_party", true,
        ARGS(ARG("pitch_id", value_id(pitch)), ARG("person_id", value_id(person))));
}

// ---- whose -------------------------------------------------------------------------------------

const char *applicant_own(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    if (c->audience == AUDIENCE_SYSTEM) {
        return NULL;
    }
    // An evaluator sees the pitches they score; being an applicant elsewhere changes nothing there.
    enum err e = db_row(c->db, c->arena, "pitch.own", ARGS(ARG("pitch_id", value_id(a->id))), &row);
    return e == OK ? NULL : "Only its applicant can do this.";
}

enum err applicant_tell(struct act *a, const char *text, struct value args)
{
    struct ctx *c = a->ctx;
    struct value call, parties;
    TRY(call_read(c, value_get_int(&a->row, "call_id", 0), &call));
    value_set(c->arena, &args, "title", *value_get(&call, "title"));
    TRY(db_rows(
        c->db, c->arena, "pitch.parties", ARGS(ARG("pitch_id", value_id(a->id))), &parties));
    struct notice n = {
        .text = text, .args = &args, .kind = "pitch", .id = a->id, .mail_now = true
    };
    for (size_t i = 0; i < value_len(&parties); i++) {
        TRY(notice_person(c, value_get_int(value_at(&parties, i), "person_id", 0), &n));
    }
    return OK;
}

// ---- starting ----------------------------------------------------------------------------------

// A few an hour: whoever knows an address can ask, and must not fill its mailbox.
static enum err send_link(struct ctx *c, int64_t person, int64_t pitch, const struct value *call)
{
    struct value args = value_object(c->arena);
    int64_t recent;
    TRY(db_int(c->db, c->arena, "pitch.recent_links",
        ARGS(ARG("person_id", value_id(person)),
            ARG("after_at", value_time(c->now + LINK_DAYS * (int64_t)CLOCK_DAY - CLOCK_HOUR))),
        &recent));
    if (recent >= LINKS_AN_HOUR) {
        return OK;
    }
    value_set(c->arena, &args, "title", *value_get(call, "title"));
    return notice_link(c, person, arena_fmt(c->arena, "/pitches/%s", ctx_id(c, pitch)), LINK_DAYS,
        &(struct notice){ .text = "Here is your pitch for “{title}”. The link opens it; keep it to "
                                  "yourself.",
            .args = &args,
            .kind = "pitch",
            .id = pitch,
            .mail_now = true });
}

// An address has one pitch in a call: starting again sends its link again. The answer is the same
// either way, so it tells nobody who pitches.
static enum err go_on(struct act *a, int64_t person, bool *ret_found)
{
    struct ctx *c = a->ctx;
    struct value there;
    enum err e = db_row(c->db, c->arena, "pitch.of_person",
        ARGS(ARG("call_id", *act_in(a, "call_id")), ARG("person_id", value_id(person))), &there);
    *ret_found = e == OK;
    if (e == OK) {
        a->row = there;
        a->id = value_get_int(&there, "id", 0);
        a->in = value_object(c->arena); // what it says stays, and so do its rev and its state
        a->to = SAME;
    }
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err pitch_send_link(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value row;
    const char *key = session_email_key(c->arena, act_text(a, "email"));
    enum err e = db_row(
        c->db, c->arena, "pitch.person_by_email", ARGS(ARG("email_key", value_text(key))), &row);
    if (e == OK) {
        int64_t person = value_get_int(&row, "id", 0);
        e = db_row(c->db, c->arena, "pitch.of_person",
            ARGS(ARG("call_id", value_id(a->id)), ARG("person_id", value_id(person))), &row);
        if (e == OK) {
            e = send_link(c, person, value_get_int(&row, "id", 0), &a->row);
        }
    }
    return e == ERR_NOT_FOUND ? OK : e;
}

// What the person said of their organisation before; only the link that goes to their own address
// shows it.
static enum err take_profile(struct act *a, int64_t person)
{
    static const char *const columns[] = { "certifications", "size", "website", "about_us" };
    struct value profile;
    TRY(profile_of(a->ctx, person, &profile));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        const struct value *v = value_get(&profile, columns[i]);
        if (v && v->kind != V_NULL) {
            act_set(a, columns[i], *v);
        }
    }
    return OK;
}

enum err applicant_start(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value call;
    int64_t person, recent;
    bool found;
    TRY(call_read(c, act_int(a, "call_id"), &call));
    if (!call_is_open(c, &call) || str_eq(value_get_text(&call, "intake", "here"), "elsewhere")) {
        return act_invalid(a, "call_id", "This call takes no pitches here now.", NULL);
    }
    TRY(db_int(c->db, c->arena, "pitch.recent",
        ARGS(ARG("call_id", *act_in(a, "call_id")),
            ARG("since_at", value_time(c->now - 3600 * 1000))),
        &recent));
    if (recent >= 200) {
        return fail(c->arena, ERR_TOO_MANY, "%s",
            ctx_text(c, "Many pitches were begun just now. Try again in an hour.", NULL));
    }
    TRY(applicant_person(a, act_text(a, "email"), &person));
    TRY(go_on(a, person, &found));
    if (!found) {
        TRY(take_profile(a, person));
        act_set(a, "label", value_text("Pitch"));
        act_set(a, "salt", content_salt(c));
        TRY(act_save(a));
        TRY(applicant_joins(a, a->id, person));
    }
    return send_link(c, person, a->id, &call);
}

enum err applicant_identify(struct act *a)
{
    static const char *const columns[] = { "organisation", "contact_name", "co_applicants",
        "certifications", "size", "website", "about_us", "is_first_time" };
    static const char *const needed[] = { "organisation", "contact_name" };
    struct ctx *c = a->ctx;
    struct value row;
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        if (value_get(&a->in, needed[i]) && !act_has(a, needed[i])) {
            return act_invalid(a, needed[i], "This is needed.", NULL);
        }
    }
    enum err e =
        db_row(c->db, c->arena, "pitch.own_identity", ARGS(ARG("pitch_id", value_id(a->id))), &row);
    if (e == OK) {
        for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
            const struct value *kept = value_get(&row, columns[i]);
            if (!value_get(&a->in, columns[i]) && kept && kept->kind != V_NULL) {
                value_set(c->arena, &a->in, columns[i], *kept);
            }
        }
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    TRY(act_save(a));
    TRY(profile_note(a));
    return content_keep(a);
}
