// SPDX-License-Identifier: Apache-2.0
// The call itself: drafting, publishing, review, cancelling.
#include "calls_kinds.h"

#include "clock.h"
#include "pitches/pitches.h"
#include "str.h"

enum { DRAFT, PUBLISHED, IN_REVIEW, DECIDED, CANCELLED };

static const struct state states[] = {
    { "draft", "Being written", "neutral" },
    { "published", "Published", "going" },
    { "in_review", "In review", "waiting" },
    { "decided", "Decided", "done" },
    { "cancelled", "Cancelled", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "challenge_id", FIELD_RECORD, "Challenge", "The department’s problem that it is about.",
        "challenge", .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Call", "The problem in one line, as a resident would say it.",
        .max = 140, .flags = FIELD_RELEASED },
    { "text", FIELD_PROSE, "What is the problem, and what do you ask for?",
        "The problem first, in plain words; then what the City offers and what it asks for.",
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { "amount_cents", FIELD_MONEY, "What the City offers",
        "For all pitches chosen together. Write 0 if no money is given.", .flags = FIELD_RELEASED },
    { "path", FIELD_CHOICE, "How will it be procured?",
        "Checked against the thresholds in force, with the department’s other calls of the year.",
        "small_order=Small order|informal=Informal quotes|formal=Formal competition|best_value="
        "Best value|professional=Professional services|none=Nothing is bought",
        .flags = FIELD_RELEASED },
    { "opens_at", FIELD_TIME, "Opens", "Leave empty to open when it is published.",
        .flags = FIELD_RELEASED },
    { "closes_at", FIELD_TIME, "Closes", "Leave empty for a rolling call.",
        .flags = FIELD_RELEASED },
    { "questions_close_at", FIELD_TIME, "Questions until",
        "Leave empty to take questions until it closes.", .flags = FIELD_RELEASED },
    { "pilot_starts_on", FIELD_DATE, "Pilot starts", NULL, .flags = FIELD_RELEASED },
    { "pilot_ends_on", FIELD_DATE, "Pilot ends", NULL, .flags = FIELD_RELEASED },
    { "eligibility", FIELD_PROSE, "Who may pitch?", "Say only what would rule somebody out.",
        .flags = FIELD_RELEASED },
    { "outputs", FIELD_LIST, "What will be delivered?", "One thing a line.",
        .flags = FIELD_RELEASED },
    { "languages", FIELD_TEXT, "Languages in which one may pitch", NULL, .flags = FIELD_RELEASED },
    { "document_id", FIELD_FILE, "Document", "Terms, maps, data: one file.",
        .flags = FIELD_RELEASED },
    { "has_price", FIELD_YES_NO, "Is a price asked for?",
        "It is sealed to the procurement officer’s key until the scores are locked.",
        .flags = FIELD_RELEASED },
    { "is_funded", FIELD_YES_NO, "Does the City pay?", NULL, .flags = FIELD_RELEASED },
    { "grace_minutes_n", FIELD_COUNT, "Minutes of grace after it closes",
        "Nothing later is taken, to the second.", .max = 1440, .flags = FIELD_RELEASED },
    { "intake", FIELD_CHOICE, "Where do pitches come in?", NULL,
        "here=Here|elsewhere=In the City’s own procurement system", .flags = FIELD_RELEASED },
    { "intake_url", FIELD_URL, "Address of that system", NULL, .flags = FIELD_RELEASED },
    { "is_blind", FIELD_YES_NO, "Are names hidden from those who score?", "Yes unless you say no.",
        .flags = FIELD_RELEASED },
    { "cancel_reason", FIELD_PROSE, "Why it was cancelled", NULL, .flags = FIELD_RELEASED },
    { "import_report", FIELD_LIST, "The latest import", NULL },
    { "csv", FIELD_PROSE, "The spreadsheet as CSV",
        "The first line names the columns: reference, title, summary; and, where there are, "
        "approach, evidence, access_plan, privacy_plan, risks, answers (the numbers of the "
        "challenges), organisation, contact_name, email, submitted_at; and answer_1 to answer_20 "
        "for "
        "the call’s own questions.",
        .max = 500000, .flags = FIELD_INPUT | FIELD_PERSONAL | FIELD_WIDE },
    { "form_csv", FIELD_PROSE, "The questions as CSV",
        "The first line names the columns: question, kind; and, where they are used, number, "
        "choices (with | between them), required, identifies, after, answer, hint.",
        .max = FORM_IMPORT_LONGEST, .flags = FIELD_INPUT | FIELD_WIDE },
    { "take_lines", FIELD_CHOICE, "If a line is wrong", "All or none unless you say otherwise.",
        "all=Take none|good=Take the good lines", .flags = FIELD_INPUT },
    { "email", FIELD_EMAIL, "Your email", "The one that you pitched with.",
        .flags = FIELD_INPUT | FIELD_PERSONAL | FIELD_IDENTIFIES },
    { "passphrase", FIELD_SECRET, "Passphrase",
        "That of the key which the call was published with." },
    END_FIELD,
};

// ---- time --------------------------------------------------------------------------------------

int64_t call_last_moment(const struct value *call)
{
    int64_t closes = value_get_int(call, "closes_at", 0);
    return closes ? closes + value_get_int(call, "grace_minutes_n", 0) * CLOCK_MINUTE : 0;
}

bool call_is_open(const struct ctx *c, const struct value *call)
{
    int64_t last = call_last_moment(call);
    return str_eq(value_get_text(call, "state", ""), "published") &&
           c->now >= value_get_int(call, "opens_at", 0) && (!last || c->now <= last);
}

bool call_is_closed(const struct ctx *c, const struct value *call)
{
    const char *state = value_get_text(call, "state", "");
    int64_t last = call_last_moment(call);
    return !str_eq(state, "draft") && (!str_eq(state, "published") || !last || c->now > last);
}

static const char *phase(const struct ctx *c, const struct value *row, const char **ret_label)
{
    const char *state = value_get_text(row, "state", "");
    if (!str_eq(state, "published")) {
        return state;
    }
    if (c->now < value_get_int(row, "opens_at", 0)) {
        *ret_label = "Opens later";
        return "coming";
    }
    if (call_is_open(c, row)) {
        *ret_label = "Open";
        return "published";
    }
    *ret_label = "Closed";
    return "closed";
}

enum err call_read(struct ctx *c, int64_t id, struct value *ret_call)
{
    return db_row(c->db, c->arena, "call.whole", ARGS(ARG("call_id", value_id(id))), ret_call);
}

// ---- drafting ----------------------------------------------------------------------------------

static enum err check_dates(struct act *a)
{
    const struct value *opens = act_now(a, "opens_at"), *closes = act_now(a, "closes_at"),
                       *asks = act_now(a, "questions_close_at");
    if (opens->kind == V_TIME && closes->kind == V_TIME && closes->n <= opens->n) {
        return act_invalid(a, "closes_at", "It would close before it opens.", NULL);
    }
    if (asks->kind == V_TIME && closes->kind == V_TIME && asks->n > closes->n) {
        return act_invalid(
            a, "questions_close_at", "Questions can’t end after the call closes.", NULL);
    }
    const struct value *from = act_now(a, "pilot_starts_on"), *to = act_now(a, "pilot_ends_on");
    if (from->kind == V_DATE && to->kind == V_DATE && to->n < from->n) {
        return act_invalid(a, "pilot_ends_on", "The pilot would end before it starts.", NULL);
    }
    if (str_eq(value_get_text(&a->in, "intake", ""), "elsewhere") &&
        act_now(a, "intake_url")->kind == V_NULL) {
        return act_invalid(a, "intake_url", "Say where pitches are handed in.", NULL);
    }
    return OK;
}

static void default_to(struct act *a, const char *column, struct value v)
{
    if (act_now(a, column)->kind == V_NULL) {
        act_set(a, column, v);
    }
}

static enum err save_draft(struct act *a)
{
    TRY(check_dates(a));
    struct value challenge;
    TRY(db_row(a->ctx->db, a->ctx->arena, "call.challenge",
        ARGS(ARG("challenge_id", *act_now(a, "challenge_id"))), &challenge));
    act_set(a, "department_id", *value_get(&challenge, "department_id"));
    default_to(a, "intake", value_text("here"));
    default_to(a, "is_blind", value_bool(true));
    default_to(a, "has_price", value_bool(false));
    default_to(a, "is_funded", value_bool(true));
    return act_save(a);
}

// ---- publishing --------------------------------------------------------------------------------

static const char *weights_missing(struct act *a)
{
    struct value row;
    if (db_row(a->ctx->db, a->ctx->arena, "call.weights", ARGS(ARG("call_id", value_id(a->id))),
            &row) != OK) {
        return "The criteria can’t be read just now.";
    }
    if (!value_get_int(&row, "n", 0)) {
        return "First say what pitches are judged by: add criteria, or take the principles.";
    }
    if (value_get_int(&row, "total_n", 0) == 100) {
        return NULL;
    }
    struct value args = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &args, "total", value_int(value_get_int(&row, "total_n", 0)));
    return ctx_text(
        a->ctx, "The criteria’s weights come to {total}; they must come to 100.", &args);
}

static const char *price_key_missing(struct act *a)
{
    if (!value_get_int(&a->row, "has_price", 0)) {
        return NULL;
    }
    struct value key;
    return db_row(a->ctx->db, a->ctx->arena, "procurement_key.newest", NO_ARGS, &key) == OK
               ? NULL
               : "A price is asked for, and the procurement officer has made no key yet to seal "
                 "it.";
}

static const char *ready_to_publish(struct act *a)
{
    int64_t closes = value_get_int(&a->row, "closes_at", 0);
    if (closes && closes <= a->ctx->now) {
        return "The closing time is past. Set one to come.";
    }
    if (act_now(a, "amount_cents")->kind == V_NULL || act_now(a, "path")->kind == V_NULL) {
        return "First say what the City offers and how it will be procured.";
    }
    const char *uncommitted = call_challenges_uncommitted(a->ctx, a->id);
    if (uncommitted) {
        return uncommitted;
    }
    struct path_check check;
    if (path_check(a->ctx, &a->row, &check) != OK) {
        return "The thresholds can’t be read just now.";
    }
    if (check.blocks) {
        return check.blocks;
    }
    const char *why = weights_missing(a);
    return why ? why : price_key_missing(a);
}

static enum err publish(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value key;
    TRY(call_challenges_publish(a));
    if (value_get_int(&a->row, "has_price", 0)) {
        TRY(db_row(c->db, c->arena, "procurement_key.newest", NO_ARGS, &key));
        act_set(a, "price_key_id", *value_get(&key, "id"));
    }
    act_set(a, "published_at", value_time(c->now));
    if (value_get_int(&a->row, "opens_at", 0) <= c->now) {
        act_set(a, "opens_at", value_time(c->now));
    }
    return act_save(a);
}

// ---- after it ----------------------------------------------------------------------------------

static const char *closed(struct act *a)
{
    return call_is_closed(a->ctx, &a->row) ? NULL : "The call is still open.";
}

static enum err review(struct act *a)
{
    act_set(a, "review_at", value_time(a->ctx->now));
    TRY(act_save(a));
    return pitch_index_call(a->ctx, a->id);
}

static enum err decide(struct act *a)
{
    act_set(a, "decided_at", value_time(a->ctx->now));
    return act_save(a);
}

static enum err cancel(struct act *a)
{
    act_set(a, "cancel_reason", value_text(a->reason));
    TRY(act_save(a));
    return str_eq(value_get_text(&a->row, "state", ""), "draft")
               ? OK
               : call_tell_all(a->ctx, &a->row, "The call “{title}” was cancelled.");
}

// The criteria's first draft: the principles in force, equally weighted, the first getting what
// doesn't divide.
static enum err seed(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value principles;
    TRY(db_rows(c->db, c->arena, "call.principles", NO_ARGS, &principles));
    size_t n = value_len(&principles);
    for (size_t i = 0; i < n; i++) {
        struct value one = value_object(c->arena);
        int64_t weight = 100 / (int64_t)n + (i == 0 ? 100 % (int64_t)n : 0);
        value_set(c->arena, &one, "call_id", value_id(a->id));
        value_set(c->arena, &one, "title", *value_get(value_at(&principles, i), "title"));
        value_set(c->arena, &one, "weight_n", value_int(weight));
        value_set(c->arena, &one, "position_n", value_int((int64_t)i + 1));
        value_set(c->arena, &one, "anchors",
            value_text(ctx_text(c,
                "Not addressed\nNamed, not shown\nShown in part\nShown "
                "well\nConvincing, with evidence",
                NULL)));
        TRY(act_nest(a, "criterion.add", 0, &one, NULL));
    }
    return act_save(a);
}

static const char *no_criteria_yet(struct act *a)
{
    struct value row, principles;
    if (db_row(a->ctx->db, a->ctx->arena, "call.weights", ARGS(ARG("call_id", value_id(a->id))),
            &row) != OK ||
        db_rows(a->ctx->db, a->ctx->arena, "call.principles", NO_ARGS, &principles) != OK) {
        return "The criteria can’t be read just now.";
    }
    return value_get_int(&row, "n", 0) ? "There are criteria already; change those."
           : value_len(&principles)    ? NULL
                                       : "There are no principles yet; write them in the roadmap.";
}

#define DETAILS                                                                                    \
    "amount_cents path opens_at closes_at questions_close_at pilot_starts_on pilot_ends_on "       \
    "eligibility outputs languages document_id has_price is_funded grace_minutes_n intake "        \
    "intake_url is_blind"

static const struct command commands[] = {
    { "call.draft", "Write a call", NEW, DRAFT, MAY_RUN_CALLS,
        "challenge_id! title! text! amount_cents closes_at", NULL, save_draft, 0,
        "Five answers start it; the rest can wait." },
    { "call.edit", "Change the call", AT(DRAFT), SAME, MAY_RUN_CALLS, "title! text! " DETAILS, NULL,
        save_draft, 0, NULL },
    { "call.seed_criteria", "Take the principles as criteria", AT(DRAFT), SAME, MAY_RUN_CALLS, "",
        no_criteria_yet, seed, 0, "Equal weights to begin with; change them after." },
    { "call.import_form", "Take the form’s questions in from a file", AT(DRAFT), SAME,
        MAY_RUN_CALLS, "form_csv! take_lines", form_may_import, form_import, COMMAND_SLOW,
        "Each line is a question, with the conditions under which it is asked." },
    { "call.publish", "Publish the call", AT(DRAFT), PUBLISHED, ROLE_DIRECTOR | ROLE_PROCUREMENT,
        "", ready_to_publish, publish, COMMAND_PUBLIC | COMMAND_CONFIRM,
        "From then on everybody sees it; it changes by addendum only." },
    { "call.amend", "Change by addendum", AT(PUBLISHED), SAME, MAY_RUN_CALLS,
        "closes_at questions_close_at amount_cents", NULL, NULL, COMMAND_INNER | COMMAND_PUBLIC,
        NULL },
    { "call.review", "Begin the review", AT(PUBLISHED), IN_REVIEW, MAY_RUN_CALLS, "", closed,
        review, COMMAND_PUBLIC, "No pitch is taken after this." },
    { "call.decide", "Close with a decision", AT(IN_REVIEW), DECIDED, MAY_RUN_CALLS, "", NULL,
        decide, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { "call.import", "Take over pitches from the other system", AT(PUBLISHED) | AT(IN_REVIEW), SAME,
        MAY_RUN_CALLS, "csv!", pitch_may_import, pitch_import, COMMAND_SLOW,
        "Good lines are taken over; the others are listed with the reason, to be mended and "
        "imported again." },
    { "call.send_link", "Get the link to your pitch again",
        AT(PUBLISHED) | AT(IN_REVIEW) | AT(DECIDED) | AT(CANCELLED), SAME, ROLES_ANYONE, "email!",
        NULL, pitch_send_link, COMMAND_QUIET,
        "If a pitch was made from this address, the link comes by mail.",
        .done = "If a pitch was made from this address, the link is on its way by mail." },
    { "call.unblind", "Show who pitched", AT(PUBLISHED) | AT(IN_REVIEW) | AT(DECIDED), SAME,
        ROLE_DIRECTOR | ROLE_PROCUREMENT, "", pitch_may_unblind, pitch_unblind, COMMAND_CONFIRM,
        "From then on those who work on the call see the names. It can’t be undone." },
    { "call.unseal_prices", "Open the prices", AT(IN_REVIEW) | AT(DECIDED), SAME, ROLE_PROCUREMENT,
        "passphrase!", pitch_may_unseal, pitch_unseal_prices, COMMAND_SLOW,
        "All prices of eligible pitches at once. It can’t be undone." },
    { "call.cancel", "Cancel the call", AT(DRAFT) | AT(PUBLISHED) | AT(IN_REVIEW), CANCELLED,
        ROLE_DIRECTOR | ROLE_PROCUREMENT, "", NULL, cancel,
        COMMAND_PUBLIC | COMMAND_REASON | COMMAND_CONFIRM,
        "Everybody who follows it or pitched is told, with the reason on its page." },
    END_COMMAND,
};

const struct kind call_kind = {
    .name = "call",
    .label = "Call",
    .plural = "Calls",
    .path = "/calls",
    .states = states,
    .fields = fields,
    .commands = commands,
    // A call cancelled before it was published was never anybody else's.
    .scope = { "$.published_at IS NOT NULL", "$.published_at IS NOT NULL", "1 = 1" },
    .parent = "challenge_id",
    .parent_kind = "challenge",
    .leads_to = "pilot",
    .list = "title state amount_cents closes_at challenge_id",
    .filters = "state",
    .search = "title text eligibility outputs",
    .empty = "A call asks the world for answers to a challenge. Write the first.",
    .phase = phase,
};
