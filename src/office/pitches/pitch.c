// SPDX-License-Identifier: Apache-2.0
// The pitch: written in short steps, checked, handed in, screened, decided.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "clock.h"
#include "str.h"

enum { DRAFT, SUBMITTED, ELIGIBLE, INELIGIBLE, SELECTED, DECLINED, WITHDRAWN };

static const struct state states[] = {
    { "draft", "Being written", "neutral" },
    { "submitted", "Handed in", "going" },
    { "eligible", "Eligible", "waiting" },
    { "ineligible", "Not eligible", "stopped" },
    { "selected", "Chosen", "done" },
    { "declined", "Not chosen", "stopped" },
    { "withdrawn", "Withdrawn", "stopped" },
    END_STATE,
};

#define IDENTITY (FIELD_PERSONAL | FIELD_IDENTIFIES)
// The call's own questions, by their numbers there.
#define ANSWER_TO(n)                                                                               \
    {                                                                                              \
        "answer_" #n, FIELD_PROSE, "Answer to the call’s question " #n, NULL,                      \
            .flags = FIELD_PERSONAL | FIELD_IDENTIFIES | FIELD_INPUT, .max = 8000                  \
    }
#define ALL_ANSWERS                                                                                \
    "answer_1 answer_2 answer_3 answer_4 answer_5 answer_6 answer_7 answer_8 answer_9 answer_10 "  \
    "answer_11 answer_12 answer_13 answer_14 answer_15 answer_16 answer_17 answer_18 answer_19 "   \
    "answer_20"
#define NAMELESS " Don’t name yourself here."

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "label", FIELD_TEXT, "Pitch", NULL },
    { "title", FIELD_TEXT, "Your solution in one line", "What it does." NAMELESS, .max = 140 },
    { "summary", FIELD_PROSE, "Summary", "For somebody who reads nothing else." NAMELESS,
        .max = 2000 },
    { "approach", FIELD_PROSE, "What would you do?", "Where, with whom, in which steps." NAMELESS,
        .flags = FIELD_WIDE },
    { "evidence", FIELD_PROSE, "How do you know that it works?",
        "Where it was tried, what was measured, what went wrong." NAMELESS, .flags = FIELD_WIDE },
    { "access_plan", FIELD_PROSE, "Who could be left out, and what would you do about it?",
        "People without a phone, without broadband, with a disability, in other languages." },
    { "privacy_plan", FIELD_PROSE, "What data would it collect about people?",
        "What, why, who gets it, when it is deleted. Write “none” if none." },
    { "risks", FIELD_PROSE, "What could go wrong?", "And how you would notice." },
    { "trade_secrets", FIELD_PROSE, "Trade secrets",
        "Name the passages that you hold to be trade secrets, and why." },
    { "organisation", FIELD_TEXT, "Organisation", "Hidden from those who score.", .flags = IDENTITY,
        .table = "pitch_identity" },
    { "contact_name", FIELD_TEXT, "Your name", "Hidden from those who score.", .flags = IDENTITY,
        .table = "pitch_identity" },
    { "co_applicants", FIELD_LIST, "Who pitches with you?", "One organisation a line.",
        .flags = IDENTITY, .table = "pitch_identity" },
    { "certifications", FIELD_CHOICES, "Certifications", NULL, pitch_certifications,
        .flags = IDENTITY, .table = "pitch_identity" },
    { "is_first_time", FIELD_YES_NO, "Is it your first pitch to the City?", NULL, .flags = IDENTITY,
        .table = "pitch_identity" },
    { "size", FIELD_CHOICE, "How many people work there?", NULL, pitch_sizes, .flags = IDENTITY,
        .table = "pitch_identity" },
    { "website", FIELD_URL, "Web address", NULL, .flags = IDENTITY, .table = "pitch_identity" },
    { "about_us", FIELD_PROSE, "About your organisation",
        "What you do, and what you have done like this.", .flags = IDENTITY, .max = 2000,
        .table = "pitch_identity" },
    ANSWER_TO(1),
    ANSWER_TO(2),
    ANSWER_TO(3),
    ANSWER_TO(4),
    ANSWER_TO(5),
    ANSWER_TO(6),
    ANSWER_TO(7),
    ANSWER_TO(8),
    ANSWER_TO(9),
    ANSWER_TO(10),
    ANSWER_TO(11),
    ANSWER_TO(12),
    ANSWER_TO(13),
    ANSWER_TO(14),
    ANSWER_TO(15),
    ANSWER_TO(16),
    ANSWER_TO(17),
    ANSWER_TO(18),
    ANSWER_TO(19),
    ANSWER_TO(20),
    { "answers", FIELD_CHOICES, "Which challenges does it answer?",
        "By their numbers on the call’s page.",
        "1=Challenge 1|2=Challenge 2|3=Challenge 3|4=Challenge 4|5=Challenge 5|6=Challenge 6|7="
        "Challenge 7|8=Challenge 8" },
    { "salt", FIELD_HIDDEN, "Salt", NULL, .flags = IDENTITY, .table = "pitch_identity" },
    { "email", FIELD_EMAIL, "Your email", "A link to your pitch is sent there; no password.",
        .flags = IDENTITY | FIELD_INPUT },
    { "price_cents", FIELD_MONEY, "Your price",
        "Sealed to the procurement officer’s key; nobody can read it before the scores are "
        "locked.",
        .flags = FIELD_PERSONAL | FIELD_INPUT },
    { "screening_note", FIELD_PROSE, "Screening", "Which rule, and why it is met or not.",
        .max = 4000 },
    { "decision_reason", FIELD_PROSE, "Reasons for the decision", NULL },
    // For the applicant's mail alone; the scores themselves stay where they are sealed.
    { "mean_scores", FIELD_TEXT, "Mean scores", NULL, .flags = FIELD_PERSONAL | FIELD_INPUT,
        .max = 4000 },
    { "reference", FIELD_TEXT, "Reference in the other system", NULL },
    { "submitted_at", FIELD_TIME, "Handed in", NULL },
    { "number_n", FIELD_COUNT, "Number", NULL },
    { "receipt", FIELD_TEXT, "Receipt (SHA-256)", NULL },
    END_FIELD,
};

// ---- guards ------------------------------------------------------------------------------------

static enum err its_call(struct act *a, struct value *ret_call)
{
    return call_read(a->ctx, value_get_int(&a->row, "call_id", 0), ret_call);
}

// Own, and the call still takes it, by the server's clock.
static const char *own_and_open(struct act *a)
{
    struct ctx *c = a->ctx;
    const char *why = applicant_own(a);
    struct value call;
    if (why) {
        return why;
    }
    if (its_call(a, &call) != OK) {
        return "The call can’t be read just now.";
    }
    if (call_is_open(c, &call)) {
        return NULL;
    }
    int64_t last = call_last_moment(&call);
    if (!str_eq(value_get_text(&call, "state", ""), "published") || !last || c->now <= last) {
        return "This call takes no pitches now.";
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "when", value_time(last));
    return ctx_text(
        c, "The call closed on {when, date} at {when, time}. Nothing is taken after that.", &args);
}

static const char *may_price(struct act *a)
{
    struct value call;
    const char *why = own_and_open(a);
    if (why) {
        return why;
    }
    return its_call(a, &call) == OK && value_get_int(&call, "price_key_id", 0)
               ? NULL
               : "This call asks for no price.";
}

// Whether the call has more than one challenge to answer.
static bool has_several(struct ctx *c, const struct value *pitch)
{
    struct value rows;
    return call_challenges(c, value_get_int(pitch, "call_id", 0), &rows) == OK &&
           value_len(&rows) > 1;
}

static const char *may_choose(struct act *a)
{
    const char *why = own_and_open(a);
    return why                            ? why
           : has_several(a->ctx, &a->row) ? NULL
                                          : "This call has one challenge; there is nothing to "
                                            "choose.";
}

static const char *may_answer(struct act *a)
{
    const char *why = own_and_open(a), *missing;
    bool any = false;
    if (!why && answers_missing(a->ctx, &a->row, &any, &missing) != OK) {
        return "The call can’t be read just now.";
    }
    return why ? why : any ? NULL : "This call has no questions of its own.";
}

// Which of the call's own questions waits for an answer.
static const char *unanswered(struct act *a)
{
    const char *title;
    bool any;
    if (answers_missing(a->ctx, &a->row, &any, &title) != OK) {
        return "The call can’t be read just now.";
    }
    struct value args = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &args, "question", value_text(title));
    return title ? ctx_text(a->ctx, "Before sending: answer “{question}”", &args) : NULL;
}

static const char *complete(struct act *a)
{
    static const struct {
        const char *column, *why;
    } needed[] = {
        { "title", "Before sending: say your solution in one line." },
        { "summary", "Before sending: write the summary." },
        { "approach", "Before sending: say what you would do." },
        { "evidence", "Before sending: say how you know that it works." },
        { "access_plan", "Before sending: say who could be left out." },
        { "privacy_plan", "Before sending: say what data it would collect." },
        { "risks", "Before sending: say what could go wrong." },
    };
    struct value call;
    const char *why = own_and_open(a), *hash;
    for (size_t i = 0; i < ARRAY_LEN(needed) && !why; i++) {
        why = str_empty(value_get_text(&a->row, needed[i].column, "")) ? needed[i].why : NULL;
    }
    if (!why && str_empty(value_get_text(&a->row, "answers", "")) && has_several(a->ctx, &a->row)) {
        why = "Before sending: say which challenges it answers.";
    }
    why = why ? why : unanswered(a);
    if (why) {
        return why;
    }
    if (its_call(a, &call) != OK || price_hash(a->ctx, a->id, &hash) != OK) {
        return "The pitch can’t be read just now.";
    }
    return value_get_int(&call, "price_key_id", 0) && !*hash ? "Before sending: give your price."
                                                             : NULL;
}

static const char *after_closing(struct act *a)
{
    struct value call;
    if (its_call(a, &call) != OK) {
        return "The call can’t be read just now.";
    }
    return call_is_closed(a->ctx, &call) ? NULL : "The call is still open.";
}

// ---- applying ----------------------------------------------------------------------------------

static enum err save_version(struct act *a)
{
    TRY(act_save(a));
    return content_keep(a);
}

enum err pitch_answers_fit(struct ctx *c, int64_t call, const char *numbers, bool *ret_fit)
{
    struct value answered;
    size_t n = *numbers != '\0';
    for (const char *at = numbers; *at; at++) {
        n += *at == ',';
    }
    TRY(call_answered(c, call, numbers, &answered));
    *ret_fit = value_len(&answered) == n;
    return OK;
}

static enum err check_answers(struct act *a, int64_t call)
{
    bool fit;
    TRY(pitch_answers_fit(a->ctx, call, act_text(a, "answers"), &fit));
    return fit ? OK : act_invalid(a, "answers", "The call has fewer challenges.", NULL);
}

enum err pitch_index_call(struct ctx *c, int64_t call)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, "pitch.handed_in", ARGS(ARG("call_id", value_id(call))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(act_index(c, &pitch_kind, value_get_int(value_at(&rows, i), "id", 0)));
    }
    return OK;
}

static enum err choose(struct act *a)
{
    TRY(check_answers(a, value_get_int(&a->row, "call_id", 0)));
    return save_version(a);
}

static enum err number_it(struct act *a, int64_t number)
{
    struct ctx *c = a->ctx;
    if (!number) {
        TRY(db_int(c->db, c->arena, "pitch.next_number",
            ARGS(ARG("call_id", *act_now(a, "call_id"))), &number));
    }
    act_set(a, "number_n", value_int(number));
    act_set(a, "label", value_text(arena_fmt(c->arena, "Pitch %lld", (long long)number)));
    return OK;
}

static enum err submit(struct act *a)
{
    struct ctx *c = a->ctx;
    const char *text, *hash;
    TRY(number_it(a, value_get_int(&a->row, "number_n", 0)));
    TRY(content_of(a, a->id, &text, &hash));
    act_set(a, "submitted_at", value_time(c->now));
    act_set(a, "receipt", value_text(hash));
    TRY(save_version(a));
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "when", value_time(c->now));
    value_set(c->arena, &args, "receipt", value_text(hash));
    return applicant_tell(a,
        "Your pitch for “{title}” came in on {when, date} at {when, time}. Receipt: {receipt}",
        args);
}

static enum err reopen(struct act *a)
{
    act_set(a, "submitted_at", VALUE_NULL);
    act_set(a, "receipt", VALUE_NULL);
    return act_save(a);
}

static enum err find_ineligible(struct act *a)
{
    struct value args = value_object(a->ctx->arena);
    TRY(act_save(a));
    value_set(a->ctx->arena, &args, "reason", *act_now(a, "screening_note"));
    return applicant_tell(a, "Your pitch for “{title}” can’t be considered: {reason}", args);
}

static enum err decided(struct act *a)
{
    struct value args = value_object(a->ctx->arena);
    act_set(a, "decided_at", value_time(a->ctx->now));
    TRY(act_save(a));
    value_set(a->ctx->arena, &args, "reason", *act_now(a, "decision_reason"));
    if (!act_has(a, "mean_scores")) {
        return applicant_tell(a,
            a->to == SELECTED ? "Your pitch for “{title}” was chosen. The reasons: {reason}"
                              : "Your pitch for “{title}” was not chosen. The reasons: {reason}",
            args);
    }
    value_set(a->ctx->arena, &args, "scores", *act_in(a, "mean_scores"));
    return applicant_tell(a,
        a->to == SELECTED
            ? "Your pitch for “{title}” was chosen. The reasons: {reason} Its scores, from 1 to 5, "
              "each the mean of all who reviewed it: {scores}"
            : "Your pitch for “{title}” was not chosen. The reasons: {reason} Its scores, from 1 "
              "to 5, each the mean of all who reviewed it: {scores}",
        args);
}

// One row of an import, checked by the import's act.
static enum err take_imported(struct act *a)
{
    int64_t person;
    TRY(check_answers(a, act_int(a, "call_id")));
    TRY(number_it(a, 0));
    act_set(a, "salt", content_salt(a->ctx));
    if (!act_has(a, "submitted_at")) {
        act_set(a, "submitted_at", value_time(a->ctx->now));
    }
    TRY(act_save(a));
    TRY(answers_put(a, act_int(a, "call_id")));
    if (act_has(a, "email")) {
        TRY(applicant_person(a, act_text(a, "email"), &person));
        TRY(applicant_joins(a, a->id, person));
    }
    return content_keep(a);
}

#define STEP_SOLUTION "title summary approach evidence"
#define STEP_PLANS    "access_plan privacy_plan risks trade_secrets"
#define STEP_WHO                                                                                   \
    "organisation contact_name co_applicants certifications size website about_us is_first_time"
#define MAY_SCREEN (ROLES_OFFICE | ROLE_PROCUREMENT)

static const struct command commands[] = {
    { "pitch.start", "Start a pitch", NEW, DRAFT, ROLES_ANYONE,
        "call_id! organisation! contact_name! email!", NULL, applicant_start, 0,
        "Three answers; then a link to your draft comes by mail. You can stop and go on at any "
        "time before the call closes.",
        .done = "We sent you a mail. Open the link in it to write your pitch." },
    { "pitch.write", "Write: your solution", AT(DRAFT), SAME, ROLE_APPLICANT, STEP_SOLUTION,
        own_and_open, save_version, 0, "Save as often as you like; nobody sees a draft." },
    { "pitch.plan", "Write: plans and risks", AT(DRAFT), SAME, ROLE_APPLICANT, STEP_PLANS,
        own_and_open, save_version, 0, NULL },
    { "pitch.choose", "Write: which challenges it answers", AT(DRAFT), SAME, ROLE_APPLICANT,
        "answers!", may_choose, choose, 0, NULL },
    { "pitch.answer", "Write: the call’s own questions", AT(DRAFT), SAME, ROLE_APPLICANT,
        ALL_ANSWERS, may_answer, answers_save, 0,
        "Some are asked only after a certain answer: save, and look whether there are more." },
    { "pitch.identify", "Write: about you", AT(DRAFT), SAME, ROLE_APPLICANT, STEP_WHO, own_and_open,
        applicant_identify, 0,
        "Kept apart from the pitch, and offered to you again in other calls." },
    { "pitch.price", "Write: your price", AT(DRAFT), SAME, ROLE_APPLICANT, "price_cents!",
        may_price, price_seal, 0, "Not even you can read it again; give it anew to change it." },
    { "pitch.submit", "Hand it in", AT(DRAFT), SUBMITTED, ROLE_APPLICANT, "", complete, submit,
        COMMAND_CONFIRM, "You can take it back and change it until the call closes.",
        .done = "Your pitch is handed in. The receipt stands below." },
    { "pitch.reopen", "Take it back to change it", AT(SUBMITTED), DRAFT, ROLE_APPLICANT, "",
        own_and_open, reopen, COMMAND_CONFIRM,
        "It doesn’t count until you hand it in again before the call closes." },
    { "pitch.withdraw", "Withdraw it", AT(DRAFT) | AT(SUBMITTED) | AT(ELIGIBLE), WITHDRAWN,
        ROLE_APPLICANT, "", applicant_own, NULL, COMMAND_CONFIRM, "This can’t be undone." },
    { "pitch.find_eligible", "Find it eligible", AT(SUBMITTED), ELIGIBLE, MAY_SCREEN,
        "screening_note", after_closing, NULL, 0, NULL },
    { "pitch.find_ineligible", "Find it not eligible", AT(SUBMITTED) | AT(ELIGIBLE), INELIGIBLE,
        MAY_SCREEN, "screening_note!", after_closing, find_ineligible, COMMAND_CONFIRM,
        "The applicant is told, with your reason." },
    { "pitch.select", "Choose it", AT(ELIGIBLE), SELECTED, MAY_SCREEN,
        "decision_reason! mean_scores", NULL, decided, COMMAND_INNER, NULL },
    { "pitch.decline", "Don’t choose it", AT(ELIGIBLE), DECLINED, MAY_SCREEN,
        "decision_reason! mean_scores", NULL, decided, COMMAND_INNER, NULL },
    { "pitch.import", "Take it over from another system", NEW, SUBMITTED, MAY_SCREEN,
        "call_id! reference! title! summary! approach evidence access_plan privacy_plan risks "
        "answers organisation contact_name email submitted_at " ALL_ANSWERS,
        NULL, take_imported, COMMAND_INNER, NULL },
    END_COMMAND,
};

#define OWN_PITCH                                                                                  \
    "/* sealed: pitch_party */ EXISTS (SELECT 1 FROM pitch_party y WHERE y.city = $.city AND "     \
    "y.pitch_id = $.id AND y.person_id = :viewer_id)"

const struct kind pitch_kind = {
    .name = "pitch",
    .label = "Pitch",
    .plural = "Pitches",
    .path = "/pitches",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = {
        .outside = OWN_PITCH,
        // Nobody inside sees a draft, nor a pitch before the call has closed.
        .office = "$.submitted_at IS NOT NULL AND EXISTS (SELECT 1 FROM call c WHERE c.city = "
                  "$.city AND c.id = $.call_id AND (c.state <> 'published' OR c.closes_at IS NULL "
                  "OR c.closes_at + COALESCE(c.grace_minutes_n, 0) * 60000 < :now_at)) AND NOT "
                  // Whoever is in conflict with it doesn't read it, whatever else they do here.
                  "EXISTS (SELECT 1 FROM review m WHERE m.city = $.city AND m.pitch_id = $.id AND "
                  "m.person_id = :viewer_id AND m.state = 'conflicted')",
    },
    .title = "label",
    .parent = "call_id",
    .parent_kind = "call",
    .list = "label title state call_id submitted_at",
    .filters = "state call_id",
    .search = "label title summary approach evidence access_plan privacy_plan risks",
    .search_in_sight = true,
    .empty = "Pitches answer a call. They can be read once the call has closed.",
    .hides_actors = true,
    .form = pitch_form,
};
