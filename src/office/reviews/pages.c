// SPDX-License-Identifier: Apache-2.0
// The evaluator's inbox, and the review: the pitch at the left, the rubric at the right, and
// nothing that tells who pitches or what others gave.
#include "reviews_private.h"

#include "calls/calls.h"
#include "markdown.h"
#include "str.h"

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// ---- the inbox ---------------------------------------------------------------------------------

static enum err build_inbox(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value rows, inbox = value_object(c->arena), args = value_object(c->arena);
    TRY(db_rows(c->db, c->arena, "review.inbox", NO_ARGS, &rows));
    int64_t done = 0, open = 0;
    for (size_t i = 0; i < value_len(&rows); i++) {
        const char *state = value_get_text(value_at(&rows, i), "state", "");
        done += str_eq(state, "locked");
        open += str_eq(state, "assigned") || str_eq(state, "scoring");
    }
    struct value table = page_table(
        c, "review", "Yours to review", "label:Pitch call:Call state:State due_on:Due", &rows);
    struct value empty = value_object(c->arena);
    set(c, &empty, "text",
        value_text(ctx_text(c, "When you are given a pitch to judge, it stands here.", NULL)));
    set(c, &table, "empty", empty);
    set(c, &inbox, "table", table);
    set(c, &args, "done", value_int(done));
    set(c, &args, "n", value_int(done + open));
    bool mine = value_len(&rows) > 0 || c->viewer.roles & ROLE_EVALUATOR;
    set(c, data, "inbox", mine ? inbox : VALUE_NULL);
    set(c, data, "progress_text",
        done + open ? value_text(ctx_text(c, "{done} of {n} locked.", &args)) : VALUE_NULL);
    if (c->viewer.roles & (MAY_RUN_REVIEWS | ROLE_COUNSEL | ROLE_AUDITOR)) {
        struct value all = value_object(c->arena);
        TRY(page_list(c, q, "review", &table));
        set(c, &all, "table", table);
        set(c, data, "all", all);
    }
    page_title(c, data, ctx_text(c, "Reviews", NULL));
    r->max_age = -1;
    return OK;
}

// ---- the pitch ---------------------------------------------------------------------------------

// What it says, part by part; before the declaration the summary alone.
static struct value parts_of(struct ctx *c, const struct value *pitch, bool whole)
{
    static const char *const names[] = { "summary", "approach", "evidence", "access_plan",
        "privacy_plan", "risks", "trade_secrets" };
    const struct kind *k = registry_kind(c->registry, "pitch");
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < (whole ? ARRAY_LEN(names) : 1); i++) {
        const struct field *f = kind_field(k, names[i]);
        const char *html, *text = value_get_text(pitch, names[i], "");
        // Whatever a call's form comes to ask: what tells who pitches isn't read here.
        if (!f || f->flags & FIELD_IDENTIFIES || f->table || !*text ||
            markdown_html(c->arena, text, 3, &html) != OK) {
            continue;
        }
        struct value one = value_object(c->arena);
        set(c, &one, "heading", value_text(ctx_text(c, f->label, NULL)));
        set(c, &one, "anchor", value_text(names[i]));
        set(c, &one, "body", value_html(html));
        *value_push(c->arena, &list) = one;
    }
    return list;
}

// ---- the rubric --------------------------------------------------------------------------------

static struct value anchors_of(struct ctx *c, const struct value *criterion, int64_t chosen)
{
    struct value list = value_list(c->arena);
    const char *at = value_get_text(criterion, "anchors", "");
    for (int64_t n = 1; n <= 5; n++) {
        size_t len = strcspn(at, "\n");
        struct value one = value_object(c->arena);
        set(c, &one, "score", value_int(n));
        set(c, &one, "text", value_text(arena_strndup(c->arena, at, len)));
        set(c, &one, "chosen", value_bool(n == chosen));
        *value_push(c->arena, &list) = one;
        at += len + (at[len] == '\n');
    }
    return list;
}

static const struct value *score_for(const struct value *scores, int64_t criterion)
{
    for (size_t i = 0; i < value_len(scores); i++) {
        if (value_get_int(value_at(scores, i), "criterion_id", 0) == criterion) {
            return value_at(scores, i);
        }
    }
    return NULL;
}

static struct value criterion_item(
    struct ctx *c, size_t i, const struct value *criterion, const struct value *score)
{
    struct value one = value_object(c->arena), args = value_object(c->arena);
    const struct value *comment = score ? value_get(score, "comment") : NULL;
    set(c, &args, "n", *value_get(criterion, "weight_n"));
    set(c, &one, "name", value_text(arena_fmt(c->arena, "score_%zu", i + 1)));
    set(c, &one, "label", *value_get(criterion, "title"));
    set(c, &one, "weight_text", value_text(ctx_text(c, "weight {n}", &args)));
    set(c, &one, "help", VALUE_NULL);
    set(c, &one, "error", VALUE_NULL);
    set(c, &one, "anchors",
        anchors_of(c, criterion, score ? value_get_int(score, "value_n", 0) : 0));
    set(c, &one, "note_name", value_text(arena_fmt(c->arena, "comment_%zu", i + 1)));
    set(c, &one, "note_label", value_text(ctx_text(c, "Why (optional)", NULL)));
    set(c, &one, "note", comment ? *comment : VALUE_NULL);
    return one;
}

// The criteria with what one gave so far, and how many are left.
static enum err add_rubric(struct ctx *c, const struct value *row, struct value *data)
{
    struct value criteria, scores, list = value_list(c->arena), args = value_object(c->arena);
    int64_t left = 0;
    TRY(review_criteria(c, value_get_int(row, "call_id", 0), &criteria));
    TRY(db_rows(c->db, c->arena, "review.my_scores", ARGS(ARG("review_id", *value_get(row, "id"))),
        &scores));
    for (size_t i = 0; i < value_len(&criteria); i++) {
        const struct value *criterion = value_at(&criteria, i);
        const struct value *score = score_for(&scores, value_get_int(criterion, "id", 0));
        left += !score || !value_get_int(score, "value_n", 0);
        *value_push(c->arena, &list) = criterion_item(c, i, criterion, score);
    }
    set(c, &args, "n", value_int(left));
    set(c, data, "criteria", list);
    set(c, data, "left_text",
        value_text(ctx_text(c,
            "{n, plural, =0 {Every criterion is scored.} one {One criterion is left.} other {# "
            "criteria are left.}}",
            &args)));
    set(c, data, "may_lock", value_bool(left == 0));
    return OK;
}

// ---- one review --------------------------------------------------------------------------------

// The form for scores stands on the page itself; and whoever scores needs the room for the pitch,
// not for what can't be done now.
static void trim_actions(struct ctx *c, bool own, struct value *data)
{
    const struct value *record = value_get(data, "record"), *all = value_get(record, "actions");
    struct value actions = value_list(c->arena), changed = *record;
    for (size_t i = 0; i < value_len(all); i++) {
        const char *href = value_get_text(value_at(all, i), "href", "");
        if (!str_ends(href, "/do/score") && (*href || !own)) {
            *value_push(c->arena, &actions) = *value_at(all, i);
        }
    }
    set(c, &changed, "actions", actions);
    set(c, &changed, "has_actions", value_bool(value_len(&actions) > 0));
    set(c, data, "record", changed);
}

static enum err add_own(struct ctx *c, const struct value *row, struct value *data)
{
    const struct arg *args = ARGS(ARG("review_id", *value_get(row, "id")));
    struct value pitch, next;
    const char *state = value_get_text(row, "state", "");
    bool scoring = str_eq(state, "scoring"), assigned = str_eq(state, "assigned");
    enum err e = db_row(c->db, c->arena, "review.pitch_to_judge", args, &pitch);
    if (e == OK) {
        set(c, data, "solution", *value_get(&pitch, "title"));
        set(c, data, "pitch_parts", parts_of(c, &pitch, !assigned));
        struct value answered;
        TRY(call_answered(c, value_get_int(&pitch, "call_id", 0),
            value_get_text(&pitch, "answers", NULL), &answered));
        set(c, data, "answered", answered);
        set(c, data, "has_answered", value_bool(value_len(&answered) > 0));
        TRY(db_rows(c->db, c->arena, "review.answers_to_judge", args, &answered));
        set(c, data, "own_answers", answered);
        set(c, data, "has_own_answers", value_bool(value_len(&answered) > 0));
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    e = db_row(c->db, c->arena, "review.next", args, &next);
    if (e == OK) {
        set(c, data, "next_href",
            value_text(page_href(c, "review", value_get_int(&next, "id", 0))));
        set(c, data, "next_label", *value_get(&next, "label"));
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    if (scoring) {
        TRY(add_rubric(c, row, data));
        const char *base = page_href(c, "review", value_get_int(row, "id", 0));
        set(c, data, "save_action", value_text(arena_fmt(c->arena, "%s/do/score", base)));
        set(c, data, "lock_href", value_text(arena_fmt(c->arena, "%s/do/lock", base)));
        // With the rev: what was saved isn't offered again on the page that follows.
        set(c, data, "draft_key",
            value_text(arena_fmt(c->arena, "%s/review.score/%lld",
                ctx_id(c, value_get_int(row, "id", 0)), (long long)value_get_int(row, "rev", 0))));
        set(c, data, "saved_at", *value_get(row, "saved_at"));
        set(c, data, "own_rev", *value_get(row, "rev"));
    }
    set(c, data, "is_scoring", value_bool(scoring));
    set(c, data, "is_assigned", value_bool(assigned));
    return OK;
}

static enum err add_locked(struct ctx *c, const struct value *row, bool own, struct value *data)
{
    const struct arg *args = ARGS(ARG("review_id", *value_get(row, "id")));
    struct value scores, note;
    if (own || c->viewer.roles & MAY_RUN_REVIEWS) {
        TRY(db_rows(c->db, c->arena, "review.locked_scores", args, &scores));
        set(c, data, "given", scores);
        set(c, data, "has_given", value_bool(value_len(&scores) > 0));
    }
    if (own || c->viewer.roles & (ROLE_PROCUREMENT | ROLE_COUNSEL)) {
        enum err e = db_row(c->db, c->arena, "review.conflict_note", args, &note);
        if (e == OK) {
            set(c, data, "conflict_note", *value_get(&note, "conflict_note"));
        }
        return e == ERR_NOT_FOUND ? OK : e;
    }
    return OK;
}

static enum err build_review(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    TRY(page_record(c, q, "review", &row));
    bool own = value_get_int(&row, "person_id", 0) == c->viewer.person;
    TRY(page_show_record(c, "review", &row,
        own ? "due_on" : "call_id person_id due_on declared_at locked_at", data));
    trim_actions(c, own, data);
    set(c, data, "is_own", value_bool(own));
    if (own) {
        TRY(add_own(c, &row, data));
    }
    r->max_age = -1;
    TRY(discussion_link(c, &row, data));
    return add_locked(c, &row, own, data);
}

// ---- the selection -----------------------------------------------------------------------------

static enum err build_selection(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, rows, sums, part = value_object(c->arena), args = value_object(c->arena);
    TRY(page_record(c, q, "selection", &row));
    TRY(page_show_record(c, "selection", &row, "call_id budget_cents reasons announced_at", data));
    const struct arg *which = ARGS(
        ARG("selection_id", *value_get(&row, "id")), ARG("call_id", *value_get(&row, "call_id")));
    TRY(db_rows(c->db, c->arena, "selection.choices", which, &rows));
    TRY(db_row(c->db, c->arena, "selection.sums", which, &sums));
    set(c, &part, "table",
        page_table(c, "choice", "Choices",
            "label:Pitch title:Solution state:Choice amount_cents:Amount reason:Why", &rows));
    set(c, data, "choices", part);
    set(c, &args, "n", *value_get(&sums, "chosen_n"));
    set(c, &args, "sum", *value_get(&sums, "chosen_cents"));
    set(c, data, "sums_text",
        value_text(ctx_text(
            c, "{n, plural, one {One is} other {# are}} to be chosen, for {sum}.", &args)));
    set(c, data, "board_href",
        value_text(arena_fmt(
            c->arena, "%s/board", page_href(c, "call", value_get_int(&row, "call_id", 0)))));
    r->max_age = -1;
    return OK;
}

const struct page reviews_pages[] = {
    { "/reviews", "reviews/reviews.html", ROLES_SIGNED_IN, build_inbox, NULL, 0, "Reviews" },
    { "/reviews/{id}", "reviews/review.html", ROLES_SIGNED_IN, build_review, NULL, 0, NULL },
    { "/reviews/{id}/do/score", "reviews/review.html", ROLES_SIGNED_IN, build_review, NULL, 0,
        NULL },
    { "/reviews/{id}/discussion", "reviews/discussion.html", ROLE_EVALUATOR | MAY_RUN_REVIEWS,
        discussion_build, NULL, 0, NULL },
    { "/remarks/{id}", NULL, ROLES_SIGNED_IN, remark_build, NULL, PAGE_BARE, NULL },
    { "/calls/{id}/board", "reviews/board.html", MAY_RUN_REVIEWS, board_build, NULL, 0, NULL },
    { "/selections/{id}", "reviews/selection.html", ROLES_INSIDE, build_selection, NULL, 0, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
