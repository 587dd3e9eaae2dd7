// SPDX-License-Identifier: Apache-2.0
// The review board: pitches by what the locked reviews gave them, how far the reviews are, and the
// budget's line through the list as the selection changes.
#include "reviews_private.h"

#include "str.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PITCHES = 500 };

// What the locked reviews gave one pitch: each review's weighted mean, from 1 to 5.
struct line {
    const struct value *row;
    double sum, low, high;
    int64_t n, amount;
    bool chosen, has_amount;
};

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value message(struct ctx *c, const char *key)
{
    return value_text(ctx_text(c, key, NULL));
}

// ---- sums --------------------------------------------------------------------------------------

static struct line *line_of(struct line *lines, size_t n, int64_t pitch)
{
    for (size_t i = 0; i < n; i++) {
        if (value_get_int(lines[i].row, "id", 0) == pitch) {
            return &lines[i];
        }
    }
    return NULL;
}

static void add_totals(struct line *lines, size_t n, const struct value *totals)
{
    for (size_t i = 0; i < value_len(totals); i++) {
        const struct value *row = value_at(totals, i);
        struct line *l = line_of(lines, n, value_get_int(row, "pitch_id", 0));
        double x = value_get_num(row, "total_num", 0);
        if (l) {
            l->low = l->n ? fmin(l->low, x) : x;
            l->high = l->n ? fmax(l->high, x) : x;
            l->sum += x;
            l->n++;
        }
    }
}

// The highest mean first; pitches without one at the end, in their order.
static int by_mean(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    double mean_x = x->n ? x->sum / (double)x->n : 0, mean_y = y->n ? y->sum / (double)y->n : 0;
    int64_t i = value_get_int(x->row, "number_n", 0), j = value_get_int(y->row, "number_n", 0);
    return mean_x != mean_y ? (mean_x < mean_y ? 1 : -1) : (i > j) - (i < j);
}

// Below which row the budget's line runs: the last that it pays for, going down the list; of the
// chosen ones once any is, else of all whose amount is known. -1: nowhere.
static int cut_after(const struct line *lines, size_t n, int64_t budget)
{
    bool any_chosen = false;
    int64_t sum = 0;
    int cut = -1;
    for (size_t i = 0; i < n; i++) {
        any_chosen = any_chosen || lines[i].chosen;
    }
    for (size_t i = 0; i < n; i++) {
        if (!lines[i].has_amount || (any_chosen && !lines[i].chosen)) {
            continue;
        }
        if (__builtin_add_overflow(sum, lines[i].amount, &sum) || sum > budget) {
            break;
        }
        cut = (int)i;
    }
    return cut;
}

static enum err read_lines(
    struct ctx *c, const struct arg *args, struct value *pitches, struct line *lines, size_t *ret_n)
{
    struct value totals, prices;
    TRY(db_rows(c->db, c->arena, "board.pitches", args, pitches));
    TRY(db_rows(c->db, c->arena, "board.totals", args, &totals));
    TRY(db_rows(c->db, c->arena, "board.prices", args, &prices));
    size_t n = 0;
    for (size_t i = 0; i < value_len(pitches) && n < MOST_PITCHES; i++) {
        const struct value *row = value_at(pitches, i), *amount = value_get(row, "amount_cents");
        lines[n++] = (struct line){ .row = row,
            .chosen = str_eq(value_get_text(row, "choice_state", ""), "chosen"),
            .has_amount = amount->kind == V_MONEY,
            .amount = value_get_int(row, "amount_cents", 0) };
    }
    for (size_t i = 0; i < value_len(&prices); i++) {
        struct line *l = line_of(lines, n, value_get_int(value_at(&prices, i), "id", 0));
        if (l && !l->has_amount) {
            l->has_amount = true;
            l->amount = value_get_int(value_at(&prices, i), "opened_cents", 0);
        }
    }
    add_totals(lines, n, &totals);
    qsort(lines, n, sizeof(lines[0]), by_mean);
    *ret_n = n;
    return OK;
}

// ---- showing -----------------------------------------------------------------------------------

static struct value two_decimals(double x)
{
    return value_num(round(x * 100) / 100);
}

static struct value shown(struct ctx *c, const struct line *l)
{
    struct value row = value_object(c->arena), args = value_object(c->arena);
    const char *choice = value_get_text(l->row, "choice_state", NULL);
    set(c, &args, "locked", *value_get(l->row, "locked_n"));
    set(c, &args, "n", *value_get(l->row, "asked_n"));
    set(c, &row, "id", *value_get(l->row, "id"));
    set(c, &row, "label", *value_get(l->row, "label"));
    set(c, &row, "title", *value_get(l->row, "title"));
    set(c, &row, "mean_num", l->n ? two_decimals(l->sum / (double)l->n) : VALUE_NULL);
    set(c, &row, "low_num", l->n ? two_decimals(l->low) : VALUE_NULL);
    set(c, &row, "high_num", l->n ? two_decimals(l->high) : VALUE_NULL);
    set(c, &row, "locked", value_text(ctx_text(c, "{locked} of {n}", &args)));
    set(c, &row, "amount_cents",
        l->has_amount ? value_money(l->amount, c->city->currency) : VALUE_NULL);
    if (choice) {
        int state = kind_state(&choice_kind, choice);
        set(c, &row, "choice",
            state < 0 ? VALUE_NULL : message(c, choice_kind.states[state].label));
        set(c, &row, "choice_href",
            value_text(page_href(c, "choice", value_get_int(l->row, "choice_id", 0))));
    }
    if (value_get_int(l->row, "review_id", 0)) {
        set(c, &row, "discuss", message(c, "Discuss"));
        set(c, &row, "discuss_href",
            value_text(arena_fmt(c->arena, "%s/discussion",
                page_href(c, "review", value_get_int(l->row, "review_id", 0)))));
    }
    set(c, &row, "is_made_up", *value_get(l->row, "is_made_up"));
    return row;
}

static struct value board_table(
    struct ctx *c, const struct line *lines, size_t n, int64_t budget, bool has_budget)
{
    struct value rows = value_list(c->arena), empty = value_object(c->arena);
    for (size_t i = 0; i < n; i++) {
        *value_push(c->arena, &rows) = shown(c, &lines[i]);
    }
    struct value table = page_table(c, "pitch", "Pitches by their scores",
        "label:Pitch title:Solution mean_num:Mean low_num:Lowest high_num:Highest locked:Locked "
        "amount_cents:Amount choice:Choice discuss:Discussion",
        &rows);
    set(c, &empty, "text", message(c, "No pitch is eligible yet. Screen them first."));
    set(c, &table, "empty", empty);
    int cut = has_budget ? cut_after(lines, n, budget) : -1;
    struct value *drawn = ((struct value *)value_get(&table, "rows"))->list->items;
    for (size_t i = 0; i < n; i++) {
        struct value *cells = ((struct value *)value_get(&drawn[i], "cells"))->list->items;
        size_t last = value_len(value_get(&drawn[i], "cells")) - 1;
        static const char *const links[] = { "discuss_href", "choice_href" }; // from the right
        for (size_t j = 0; j < ARRAY_LEN(links); j++) {
            const struct value *link = value_get(value_at(&rows, i), links[j]);
            set(c, &cells[last - j], "link", link ? *link : VALUE_NULL);
            set(c, &cells[last - j], "plain", value_bool(!link));
        }
        set(c, &drawn[i], "cut", value_bool((int)i == cut));
    }
    return table;
}

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

static void add_head(struct ctx *c, const struct value *call, const struct value *selection,
    bool all_locked, struct value *data)
{
    struct value head = value_object(c->arena), actions = value_list(c->arena);
    const char *id = ctx_id(c, value_get_int(call, "id", 0));
    bool in_review = str_eq(value_get_text(call, "state", ""), "in_review");
    if (selection->kind == V_OBJECT) {
        add_action(c, &actions, "The selection",
            page_href(c, "selection", value_get_int(selection, "id", 0)), in_review);
    } else if (in_review) {
        add_action(c, &actions, "Draft the selection",
            arena_fmt(c->arena, "/selections/new/draft?call_id=%s", id), all_locked);
        add_action(c, &actions, "Give the pitches to evaluators",
            arena_fmt(c->arena, "/assignments/new/make?call_id=%s", id), !all_locked);
        add_action(c, &actions, "Give a pitch to an evaluator", "/reviews/new/assign", false);
    }
    set(c, &head, "kicker", message(c, "Review board"));
    set(c, &head, "title", *value_get(call, "title"));
    set(c, data, "head", head);
    set(c, data, "actions", actions);
    set(c, data, "has_actions", value_bool(value_len(&actions) > 0));
    set(c, data, "call_href", value_text(page_href(c, "call", value_get_int(call, "id", 0))));
}

static enum err add_progress(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows, progress = value_object(c->arena), empty = value_object(c->arena);
    TRY(db_rows(c->db, c->arena, "board.progress", args, &rows));
    struct value table = page_table(
        c, NULL, "Evaluators", "name:Evaluator given_n:Given locked_n:Locked late_n:Late", &rows);
    set(c, &empty, "text", message(c, "Nobody has a pitch to review yet."));
    set(c, &table, "empty", empty);
    set(c, &progress, "table", table);
    set(c, data, "progress", progress);
    return OK;
}

enum err board_build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value call, selection, pitches;
    struct line *lines = arena_array(c->arena, struct line, MOST_PITCHES);
    size_t n;
    int64_t unlocked;
    TRY(page_record(c, q, "call", &call));
    const struct value *id = value_get(&call, "id");
    enum err e = db_row(c->db, c->arena, "board.selection", ARGS(ARG("call_id", *id)), &selection);
    if (e == ERR_NOT_FOUND) {
        selection = VALUE_NULL;
    } else if (e != OK) {
        return e;
    }
    bool drafted = selection.kind == V_OBJECT;
    const struct arg *args = ARGS(ARG("call_id", *id),
        ARG("selection_id", drafted ? *value_get(&selection, "id") : VALUE_NULL));
    TRY(read_lines(c, args, &pitches, lines, &n));
    TRY(db_int(c->db, c->arena, "review.unlocked_count", args, &unlocked));
    const struct value *budget =
        drafted ? value_get(&selection, "budget_cents") : value_get(&call, "amount_cents");
    struct value board = value_object(c->arena);
    set(c, &board, "table",
        board_table(c, lines, n, budget->kind == V_MONEY ? budget->money.minor : 0,
            budget->kind == V_MONEY));
    set(c, data, "board", board);
    set(c, data, "budget", *budget);
    add_head(c, &call, &selection, n > 0 && !unlocked, data);
    page_title(c, data, value_get_text(&call, "title", ""));
    r->max_age = -1;
    return add_progress(c, args, data);
}
