// SPDX-License-Identifier: Apache-2.0
// The calls from outside (the problem first, then what is offered and asked, the dates, questions,
// how to pitch) and, for the office, what came of them.
#include "calls_kinds.h"

#include "clock.h"
#include "markdown.h"
#include "places/places.h"
#include "str.h"

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value message(struct ctx *c, const char *key)
{
    return value_text(ctx_text(c, key, NULL));
}

// Prose as HTML, or nothing.
static struct value prose(struct ctx *c, const struct value *row, const char *column)
{
    const char *html, *text = value_get_text(row, column, "");
    return *text && markdown_html(c->arena, text, 3, &html) == OK ? value_html(html) : VALUE_NULL;
}

static struct value lines(struct ctx *c, const struct value *row, const char *column)
{
    struct value list = value_list(c->arena);
    for (const char *at = value_get_text(row, column, ""); *at;) {
        size_t len = strcspn(at, "\n");
        struct value line = value_object(c->arena);
        set(c, &line, "line", value_text(arena_strndup(c->arena, at, len)));
        set(c, &line, "score", value_int((int64_t)value_len(&list) + 1));
        *value_push(c->arena, &list) = line;
        at += len + (at[len] == '\n');
    }
    return list;
}

// "3 days left"; nothing unless the call is open and will close.
static struct value time_left(struct ctx *c, const struct value *call)
{
    int64_t closes = value_get_int(call, "closes_at", 0);
    if (!call_is_open(c, call) || closes <= c->now) {
        return VALUE_NULL;
    }
    struct value args = value_object(c->arena);
    int64_t left = closes - c->now;
    set(c, &args, "n", value_int(left >= CLOCK_DAY ? left / CLOCK_DAY : left / CLOCK_HOUR + 1));
    return value_text(ctx_text(c,
        left >= CLOCK_DAY
            ? "{n, plural, one {One day left} other {# days left}}"
            : "{n, plural, one {Less than an hour left} other {Less than # hours left}}",
        &args));
}

static const char *phase_label(struct ctx *c, const struct value *call)
{
    const char *label = NULL, *state = call_kind.phase(c, call, &label);
    for (const struct state *s = call_kind.states; s->name && !label; s++) {
        label = str_eq(s->name, state) ? s->label : NULL;
    }
    return ctx_text(c, label ? label : state, NULL);
}

// ---- the list ----------------------------------------------------------------------------------

static enum err build_calls(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value rows, table, cards = value_list(c->arena), open_cards = value_list(c->arena),
                              part = value_object(c->arena);
    TRY(page_list(c, q, "call", &table));
    TRY(db_rows(c->db, c->arena, "call.shown", NO_ARGS, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        bool open = call_is_open(c, row);
        struct value card = value_object(c->arena), left = time_left(c, row);
        set(c, &card, "id", *value_get(row, "id"));
        set(c, &card, "href", value_text(page_href(c, "call", value_get_int(row, "id", 0))));
        set(c, &card, "title", *value_get(row, "title"));
        set(c, &card, "text", left);
        set(c, &card, "amount_cents", *value_get(row, "amount_cents"));
        set(c, &card, "closes_at", *value_get(row, "closes_at"));
        set(c, &card, "is_open", value_bool(open));
        set(c, &card, "svg", VALUE_NULL);
        set(c, &card, "badge", value_text(phase_label(c, row)));
        set(c, &card, "badge_kind", value_text(open ? "going" : "neutral"));
        set(c, &card, "place", VALUE_NULL);
        set(c, &card, "when", *value_get(row, "closes_at"));
        set(c, &card, "made_up", *value_get(row, "is_made_up"));
        set(c, &card, "kind", VALUE_NULL);
        *value_push(c->arena, &cards) = card;
        if (open) {
            *value_push(c->arena, &open_cards) = card;
        }
    }
    set(c, data, "cards", cards);
    set(c, &part, "cards", open_cards);
    set(c, data, "open", part);
    set(c, data, "has_open", value_bool(value_len(&open_cards) > 0));
    set(c, data, "table", table);
    set(c, data, "may_draft", value_bool((c->viewer.roles & MAY_RUN_CALLS) != 0));
    page_title(c, data, ctx_text(c, "Calls", NULL));
    return OK;
}

// ---- one call ----------------------------------------------------------------------------------

static void add_action(
    struct ctx *c, struct value *actions, const char *label, const char *href, bool primary)
{
    struct value action = value_object(c->arena);
    set(c, &action, "label", message(c, label));
    set(c, &action, "href", value_text(href));
    set(c, &action, "primary", value_bool(primary));
    set(c, &action, "closed_reason", VALUE_NULL);
    *value_push(c->arena, actions) = action;
}

// What anybody outside may do: pitch, ask, follow.
static struct value outside_actions(struct ctx *c, const struct value *call)
{
    struct value actions = value_list(c->arena);
    const char *id = ctx_id(c, value_get_int(call, "id", 0));
    const char *elsewhere = value_get_text(call, "intake_url", NULL);
    if (call_is_open(c, call)) {
        if (str_eq(value_get_text(call, "intake", "here"), "elsewhere") && elsewhere) {
            add_action(c, &actions, "Pitch in the City’s procurement system", elsewhere, true);
        } else {
            add_action(c, &actions, "Start a pitch",
                page_path(c, arena_fmt(c->arena, "/pitches/new/start?call_id=%s", id)), true);
        }
        int64_t until = value_get_int(call, "questions_close_at", 0);
        if (!until || c->now <= until) {
            add_action(c, &actions, "Ask a question",
                page_path(c, arena_fmt(c->arena, "/questions/new/ask?call_id=%s", id)), false);
        }
    }
    if (str_eq(value_get_text(call, "intake", "here"), "here")) {
        add_action(c, &actions, "Get the link to your pitch again",
            arena_fmt(
                c->arena, "%s/do/send_link", page_href(c, "call", value_get_int(call, "id", 0))),
            false);
    }
    if (!str_eq(value_get_text(call, "state", ""), "cancelled")) {
        add_action(c, &actions, "Follow by mail",
            page_path(c, arena_fmt(c->arena, "/followers/new/follow?call_id=%s", id)), false);
    }
    return actions;
}

// What comes by a file is looked at first, on a page of its own; NULL: no such action.
static const char *by_file(const char *href)
{
    return str_ends(href, "/do/import")        ? "/import"
           : str_ends(href, "/do/import_form") ? "/form-import"
                                               : NULL;
}

// The office's actions without those that are for people outside.
static struct value office_actions(
    struct ctx *c, const struct value *call, const struct value *record)
{
    static const char *const not_here[] = { "/followers/new/", "/pitches/new/", "/questions/new/",
        "/do/send_link", "/assignments/new/", "/reviews/new/", "/selections/new/" };
    const char *state = value_get_text(call, "state", "");
    struct value actions = value_list(c->arena);
    const struct value *all = value_get(record, "actions");
    for (size_t i = 0; i < value_len(all); i++) {
        const char *href = value_get_text(value_at(all, i), "href", "");
        bool outside = false;
        for (size_t j = 0; j < ARRAY_LEN(not_here); j++) {
            outside = outside || strstr(href, not_here[j]);
        }
        bool late = (strstr(href, "/addenda/new/") && !call_is_open(c, call)) ||
                    ((strstr(href, "/criteria/new/") || strstr(href, "/further-challenges/new/") ||
                         strstr(href, "/form-questions/new/")) &&
                        !str_eq(state, "draft"));
        if (!outside && !late) {
            struct value action = *value_at(all, i);
            const char *page = by_file(href);
            if (page) {
                set(c, &action, "href",
                    value_text(arena_fmt(c->arena, "%s%s",
                        page_href(c, "call", value_get_int(call, "id", 0)), page)));
            }
            *value_push(c->arena, &actions) = action;
        }
    }
    // Giving pitches to evaluators and choosing among them is done on the board.
    if (c->viewer.roles & MAY_RUN_CALLS &&
        (str_eq(state, "in_review") || str_eq(state, "decided"))) {
        const char *href = page_href(c, "call", value_get_int(call, "id", 0));
        add_action(c, &actions, "Review board", arena_fmt(c->arena, "%s/board", href), false);
    }
    return actions;
}

static struct value call_value(struct ctx *c, const struct value *row)
{
    static const char *const plain[] = { "id", "title", "text", "amount_cents", "opens_at",
        "closes_at", "questions_close_at", "pilot_starts_on", "pilot_ends_on", "eligibility",
        "languages", "intake", "intake_url", "cancel_reason" };
    struct value call = value_object(c->arena);
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        const struct value *v = value_get(row, plain[i]);
        set(c, &call, plain[i], v ? *v : VALUE_NULL);
    }
    set(c, &call, "zone", value_text(c->city->zone));
    set(c, &call, "status", value_text(phase_label(c, row)));
    set(c, &call, "is_open", value_bool(call_is_open(c, row)));
    set(c, &call, "left", time_left(c, row));
    set(c, &call, "about", prose(c, row, "text"));
    set(c, &call, "who_may", prose(c, row, "eligibility"));
    set(c, &call, "why_cancelled", prose(c, row, "cancel_reason"));
    set(c, &call, "outputs", lines(c, row, "outputs"));
    set(c, &call, "has_outputs", value_bool(*value_get_text(row, "outputs", "") != '\0'));
    set(c, &call, "grace",
        value_get_int(row, "grace_minutes_n", 0) ? *value_get(row, "grace_minutes_n") : VALUE_NULL);
    set(c, &call, "is_blind",
        value_bool(value_get_int(row, "is_blind", 1) && !value_get_int(row, "unblinded_at", 0)));
    return call;
}

// What it is about: each challenge with the neighbourhood that has it.
static enum err add_challenges(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "call.challenges", args, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value one = value_object(c->arena), place, number = value_object(c->arena);
        TRY(place_picture(c, value_get_int(row, "area_id", 0), &place));
        set(c, &number, "n", value_int((int64_t)i + 1));
        set(c, &one, "id", *value_get(row, "id"));
        set(c, &one, "number",
            value_len(&rows) > 1 ? value_text(ctx_text(c, "Challenge {n}:", &number)) : VALUE_NULL);
        set(c, &one, "name", *value_get(row, "title"));
        set(c, &one, "address", value_text(page_href(c, "challenge", value_get_int(row, "id", 0))));
        set(c, &one, "problem", *value_get(row, "problem"));
        set(c, &one, "about", prose(c, row, "problem"));
        set(c, &one, "place", place);
        *value_push(c->arena, &list) = one;
    }
    set(c, data, "challenges", list);
    set(c, data, "has_challenges", value_bool(value_len(&list) > 0));
    set(c, data, "has_several", value_bool(value_len(&list) > 1));
    return OK;
}

// What its form asks besides what every pitch is asked.
static enum err add_form(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, "call.form", args, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value *row = &rows.list->items[i];
        struct value words = value_object(c->arena);
        set(c, &words, "n", *value_get(row, "after_n"));
        set(c, &words, "answer", *value_get(row, "after_value"));
        set(c, row, "address", value_text(page_href(c, "form_item", value_get_int(row, "id", 0))));
        set(c, row, "needed", value_bool(value_get_int(row, "is_needed", 0) != 0));
        set(c, row, "identifying", value_bool(value_get_int(row, "is_identifying", 0) != 0));
        set(c, row, "condition",
            value_get_int(row, "after_n", 0)
                ? value_text(ctx_text(
                      c, "Asked only when the answer to question {n} is “{answer}”.", &words))
                : VALUE_NULL);
    }
    set(c, data, "form_asks", rows);
    set(c, data, "has_form_asks", value_bool(value_len(&rows) > 0));
    return OK;
}

static enum err add_criteria(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "call.criteria", args, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value one = value_object(c->arena);
        set(c, &one, "name", *value_get(row, "title"));
        set(c, &one, "weight", *value_get(row, "weight_n"));
        set(c, &one, "scores", lines(c, row, "anchors"));
        *value_push(c->arena, &list) = one;
    }
    set(c, data, "judged_by", list);
    set(c, data, "has_criteria", value_bool(value_len(&list) > 0));
    return OK;
}

// Rows with one column of prose made HTML under `body`.
static enum err add_prose_rows(struct ctx *c, const char *query, const struct arg *args,
    const char *column, const char *key, struct value *data)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, query, args, &rows));
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value one = value_object(c->arena);
        for (size_t j = 0; j < row->object->len; j++) {
            set(c, &one, row->object->keys[j], row->object->values[j]);
        }
        set(c, &one, "body", prose(c, row, column));
        *value_push(c->arena, &list) = one;
    }
    set(c, data, key, list);
    set(c, data, arena_fmt(c->arena, "has_%s", key), value_bool(value_len(&list) > 0));
    return OK;
}

// ---- for the office ----------------------------------------------------------------------------

static void add_figure(struct ctx *c, struct value *list, const char *label, struct value v)
{
    struct value one = value_object(c->arena);
    set(c, &one, "name", message(c, label));
    set(c, &one, "figure", v);
    *value_push(c->arena, list) = one;
}

static void add_days(struct ctx *c, struct value *list, const char *label, int64_t from, int64_t to)
{
    if (from && to && to >= from) {
        struct value args = value_object(c->arena);
        set(c, &args, "n", value_int((to - from + CLOCK_DAY / 2) / CLOCK_DAY));
        add_figure(c, list, label,
            value_text(ctx_text(c, "{n, plural, one {# day} other {# days}}", &args)));
    }
}

static enum err add_counts(struct ctx *c, const struct value *call, struct value *list)
{
    static const struct {
        const char *column, *label;
    } counts[] = {
        { "started_n", "Pitches begun" },
        { "submitted_n", "Pitches handed in" },
        { "eligible_n", "Found eligible" },
        { "selected_n", "Chosen" },
        { "withdrawn_n", "Withdrawn" },
    };
    struct value row;
    TRY(db_row(
        c->db, c->arena, "pitch.figures", ARGS(ARG("call_id", *value_get(call, "id"))), &row));
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        add_figure(c, list, counts[i].label, *value_get(&row, counts[i].column));
    }
    // Told only when names are open anyway: with few pitches a share tells who.
    if (value_get_int(call, "is_blind", 1) && !value_get_int(call, "unblinded_at", 0)) {
        return OK;
    }
    TRY(db_row(c->db, c->arena, "pitch.identity_figures",
        ARGS(ARG("call_id", *value_get(call, "id"))), &row));
    add_figure(c, list, "First-time applicants", *value_get(&row, "first_n"));
    add_figure(
        c, list, "Certified minority-, women- or disabled-owned", *value_get(&row, "certified_n"));
    return OK;
}

static enum err add_office(
    struct ctx *c, const struct value *row, const struct arg *args, struct value *data)
{
    struct value figures = value_list(c->arena);
    int64_t published = value_get_int(row, "published_at", 0);
    int64_t closes = value_get_int(row, "closes_at", 0);
    int64_t review = value_get_int(row, "review_at", 0);
    add_days(c, &figures, "Written to published", value_get_int(row, "created_at", 0), published);
    add_days(c, &figures, "Published to closed", published, closes < c->now ? closes : 0);
    add_days(c, &figures, "Closed to review", closes, review);
    add_days(c, &figures, "Review to decision", review, value_get_int(row, "decided_at", 0));
    if (call_is_closed(c, row)) {
        TRY(add_counts(c, row, &figures));
    }
    set(c, data, "figures", figures);
    set(c, data, "has_figures", value_bool(value_len(&figures) > 0));
    struct path_check check;
    TRY(path_check(c, row, &check));
    set(c, data, "path_notes", check.notes);
    set(c, data, "has_path_notes", value_bool(value_len(&check.notes) > 0));
    set(c, data, "import_lines", lines(c, row, "import_report"));
    set(c, data, "has_import", value_bool(*value_get_text(row, "import_report", "") != '\0'));
    TRY(add_prose_rows(c, "call.open_questions", args, "text", "waiting", data));
    struct value pitches, one = value_object(c->arena);
    TRY(db_rows(c->db, c->arena, "pitch.of_call", args, &pitches));
    set(c, &one, "table",
        page_table(c, "pitch", ctx_text(c, "Pitches", NULL),
            "label:Pitch title:Solution state:Status submitted_at:Sent", &pitches));
    set(c, data, "pitches", value_len(&pitches) ? one : VALUE_NULL);
    struct value weights;
    TRY(db_row(c->db, c->arena, "call.weights", args, &weights));
    set(c, data, "weights_total", *value_get(&weights, "total_n"));
    return OK;
}

// The columns that have something to say.
static const char *facts_given(struct ctx *c, const struct value *row)
{
    static const char *const names[] = { "challenge_id", "amount_cents", "path", "opens_at",
        "closes_at", "questions_close_at", "pilot_starts_on", "pilot_ends_on", "languages",
        "has_price", "is_blind", "grace_minutes_n", "document_id" };
    AUTO_BUF(list, 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct value *v = value_get(row, names[i]);
        if (v && v->kind != V_NULL) {
            buf_fmt(&list, "%s ", names[i]);
        }
    }
    return arena_strdup(c->arena, buf_text(&list));
}

// The pilots that the call led to, for everybody who may see them.
static enum err add_selected(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "call.selected", args, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value one = value_object(c->arena);
        set(c, &one, "pilot", *value_get(row, "title"));
        set(c, &one, "organisation", *value_get(row, "organisation"));
        set(c, &one, "address", value_text(page_href(c, "pilot", value_get_int(row, "id", 0))));
        *value_push(c->arena, &list) = one;
    }
    set(c, data, "selected", list);
    set(c, data, "has_selected", value_bool(value_len(&list) > 0));
    return OK;
}

static enum err build_call(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    TRY(page_record(c, q, "call", &row));
    const struct arg *args = ARGS(ARG("call_id", *value_get(&row, "id")));
    TRY(page_show_record(c, "call", &row, facts_given(c, &row), data));
    const struct value *record = value_get(data, "record");
    bool office = c->audience == AUDIENCE_OFFICE;
    struct value shown = *record,
                 actions = office ? office_actions(c, &row, record) : outside_actions(c, &row);
    set(c, &shown, "actions", actions);
    set(c, &shown, "has_actions", value_bool(value_len(&actions) > 0));
    set(c, data, "call", call_value(c, &row));
    set(c, data, "is_office", value_bool(office));
    TRY(add_challenges(c, args, data));
    TRY(add_criteria(c, args, data));
    TRY(add_form(c, args, data));
    TRY(add_prose_rows(c, "call.answers", args, "answer", "answers", data));
    TRY(add_prose_rows(c, "call.addenda", args, "text", "addenda", data));
    TRY(add_selected(c, args, data));
    return office ? add_office(c, &row, args, data) : OK;
}

// What is left and whether a call is open follow from the time, so neither page is kept.
const struct page calls_pages[] = {
    { "/calls", "calls/calls.html", ROLES_ANYONE, build_calls,
        "1 cards[].id cards[].title cards[].is_open cards[].amount_cents cards[].closes_at", 0,
        "Calls" },
    { "/calls/{id}/form-import", "calls/form-import.html", ROLES_OFFICE | ROLE_PROCUREMENT,
        form_import_build, NULL, PAGE_POST | PAGE_UPLOAD, NULL },
    { "/calls/{id}/form-import/file", NULL, ROLES_OFFICE | ROLE_PROCUREMENT, form_import_file, NULL,
        PAGE_BARE | PAGE_POST | PAGE_UPLOAD, NULL },
    { "/calls/{id}", "calls/call.html", ROLES_ANYONE, build_call,
        "1 call.id call.title call.text call.status call.is_open call.amount_cents call.opens_at "
        "call.closes_at call.questions_close_at call.zone call.pilot_starts_on call.pilot_ends_on "
        "call.eligibility call.outputs[].line call.languages call.intake call.intake_url "
        "call.grace call.is_blind call.cancel_reason challenges[].id challenges[].name "
        "challenges[].problem challenges[].place.place_title form_asks[].number_n "
        "form_asks[].title form_asks[].needed form_asks[].after_n form_asks[].after_value "
        "judged_by[].name judged_by[].weight "
        "judged_by[].scores[].score judged_by[].scores[].line answers[].text answers[].answer "
        "answers[].answered_at addenda[].title addenda[].text addenda[].new_closes_at "
        "addenda[].created_at selected[].pilot selected[].organisation selected[].address",
        0, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
