// SPDX-License-Identifier: Apache-2.0
// Today: one sentence of state, what needs you, the portfolio. The Monday one-pager is the same on
// paper.
#include "team_private.h"

#include "str.h"
#include "svg.h"
#include "transact.h"

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// "12 pilots running, 3 wait for a decision, $212,400 not yet committed."
static enum err add_sentence(struct ctx *c, struct value *data)
{
    struct value counts, money, say = value_list(c->arena);
    TRY(db_recall(c->db, c->arena, "today.counts", NO_ARGS, &counts));
    TRY(db_recall(c->db, c->arena, "today.money", NO_ARGS, &money));
    const struct value *row = value_at(&counts, 0);
    int64_t left = value_get_int(value_at(&money, 0), "left_cents", 0);
    const struct {
        const char *text, *column, *href;
        bool hand;
    } pieces[] = {
        { "{n, plural, =0 {No pilot runs} one {# pilot runs} other {# pilots run}}", "running_n",
            "/pilots?state=running", false },
        { ", {n, plural, =0 {none waits} one {# waits} other {# wait}} for a decision",
            "deciding_n", "/pilots?state=evaluating", true },
        { ", {n, plural, =0 {none is} one {# is} other {# are}} past the end", "late_n",
            "/pilots?sort=ends_on", true },
        { ", {sum} not yet committed.", "", "/budget", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct value piece = value_object(c->arena), args = value_object(c->arena);
        int64_t count = value_get_int(row, pieces[i].column, 0);
        put(c, &args, "n", value_int(count));
        put(c, &args, "sum", value_money(left, c->city->currency));
        put(c, &piece, "text", value_text(ctx_text(c, pieces[i].text, &args)));
        put(c, &piece, "href", value_text(pieces[i].href));
        put(c, &piece, "hand", value_bool(pieces[i].hand && count > 0));
        *value_push(c->arena, &say) = piece;
    }
    put(c, data, "say", say);
    return OK;
}

static void write_number(void *context, struct buf *out, double x)
{
    struct ctx *c = context;
    struct value v = value_num(x);
    locale_write(c->locale, &c->city->id_key, &v, NULL, out);
}

// The newest estimate as a small interval against zero and the smallest effect worth having.
static struct value spark(struct ctx *c, const struct value *row)
{
    const struct value *point = value_get(row, "estimate_num");
    if (point->kind != V_NUM) {
        return VALUE_NULL;
    }
    AUTO_BUF(svg, 1 << 16);
    struct svg_interval i = { .point = point->x,
        .low = value_get_num(row, "low_num", point->x),
        .high = value_get_num(row, "high_num", point->x) };
    struct svg_words words = { .title = ctx_text(c, "Estimate with its interval", NULL),
        .desc = value_get_text(row, "title", ""),
        .number = write_number,
        .context = c };
    svg_spark(&svg, &words, i, 0, value_get_num(row, "worthwhile_num", 0.0 / 0.0));
    return value_html(arena_strdup(c->arena, buf_text(&svg)));
}

// The budget as a bar: spent, committed beyond that, left.
static struct value money_bar(struct ctx *c, const struct value *pilot)
{
    double whole = (double)value_get_int(pilot, "amount_cents", 0);
    double spent = (double)value_get_int(pilot, "spent_cents", 0);
    double committed = (double)value_get_int(pilot, "committed_cents", 0);
    if (whole <= 0) {
        return VALUE_NULL;
    }
    struct value args = value_object(c->arena);
    put(c, &args, "spent", value_money((int64_t)spent, c->city->currency));
    put(c, &args, "committed", value_money((int64_t)committed, c->city->currency));
    bool over = spent > whole || committed > whole;
    double bound = committed > spent ? committed : spent;
    const struct svg_part parts[] = {
        { NULL, over ? "svg-warn" : "svg-spent", spent },
        { NULL, over ? "svg-warn" : "svg-committed", bound - spent },
        { NULL, "svg-left", bound < whole ? whole - bound : 0 },
    };
    struct svg_words words = { .title = ctx_text(c, "Money", NULL),
        .desc = ctx_text(c, "{spent} spent, {committed} committed", &args),
        .number = write_number,
        .context = c };
    AUTO_BUF(svg, 1 << 14);
    svg_bar(&svg, &words, parts, ARRAY_LEN(parts));
    return value_html(arena_strdup(c->arena, buf_text(&svg)));
}

// A cell of the table component. All have the same keys, which the template then finds at once;
// none is plain.
enum {
    TEXT,
    HEADER,
    HREF,
    LINK,
    NOTE,
    MADE_UP,
    NUMERIC,
    BADGE,
    BADGE_KIND,
    HTML,
    COLUMN,
    PLAIN,
    CELL
};

static struct value *add_cell(struct ctx *c, struct value *cells, const char *column)
{
    static const char *keys[CELL] = { "text", "header", "href", "link", "note", "made_up",
        "numeric", "badge", "badge_kind", "html", "column", "plain" };
    struct value *cell = arena_array(c->arena, struct value, CELL);
    *value_push(c->arena, cells) = value_row(c->arena, keys, cell, CELL);
    cell[COLUMN] = value_text(column ? locale_message(c->locale, column) : NULL);
    return cell;
}

static struct value portfolio_row(struct ctx *c, const struct value *pilot)
{
    static const char *keys[] = { "cells", "href", "cut" };
    const struct kind *k = registry_kind(c->registry, "pilot");
    int state = kind_state(k, value_get_text(pilot, "state", ""));
    struct value cells = value_list(c->arena);
    struct value href = value_text(page_href(c, "pilot", value_get_int(pilot, "id", 0)));
    struct value *cell = add_cell(c, &cells, NULL);
    cell[TEXT] = *value_get(pilot, "title");
    cell[HEADER] = value_bool(true);
    cell[HREF] = href;
    cell[NOTE] = *value_get(pilot, "department");
    cell[MADE_UP] = value_bool(value_get_int(pilot, "is_made_up", 0) != 0);
    cell = add_cell(c, &cells, "Stage");
    cell[BADGE] = value_text(state < 0 ? "?" : ctx_text(c, k->states[state].label, NULL));
    cell[BADGE_KIND] = value_text(state < 0 ? "neutral" : k->states[state].badge);
    add_cell(c, &cells, "Ends")[TEXT] = *value_get(pilot, "ends_on");
    cell = add_cell(c, &cells, "Money");
    cell[HTML] = money_bar(c, pilot);
    cell[TEXT] = *value_get(pilot, "amount_cents");
    add_cell(c, &cells, "Evidence")[HTML] = spark(c, pilot);
    cell = add_cell(c, &cells, "Open conditions");
    if (value_get_int(pilot, "conditions_n", 0) > 0) { // a column of zeros says nothing
        cell[TEXT] = *value_get(pilot, "conditions_n");
    }
    cell[NUMERIC] = value_bool(true);
    struct value *parts = arena_array(c->arena, struct value, ARRAY_LEN(keys));
    parts[0] = cells;
    parts[1] = href;
    return value_row(c->arena, keys, parts, ARRAY_LEN(keys));
}

static enum err add_portfolio(struct ctx *c, struct value *data)
{
    static const struct {
        const char *label;
        bool numeric;
    } columns[] = { { "Pilot", false }, { "Stage", false }, { "Ends", false }, { "Money", false },
        { "Evidence", false }, { "Open conditions", true } };
    struct value rows, table = value_object(c->arena), heads = value_list(c->arena),
                       list = value_list(c->arena), part = value_object(c->arena),
                       empty = value_object(c->arena);
    TRY(db_recall(c->db, c->arena, "today.portfolio", NO_ARGS, &rows));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct value head = value_object(c->arena);
        put(c, &head, "label", value_text(ctx_text(c, columns[i].label, NULL)));
        put(c, &head, "numeric", value_bool(columns[i].numeric));
        *value_push(c->arena, &heads) = head;
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        *value_push(c->arena, &list) = portfolio_row(c, value_at(&rows, i));
    }
    put(c, &table, "caption", value_text(ctx_text(c, "The portfolio", NULL)));
    put(c, &table, "caption_hidden", value_bool(true));
    put(c, &table, "stack", value_bool(true));
    put(c, &table, "columns", heads);
    put(c, &table, "rows", list);
    put(c, &table, "has_rows", value_bool(value_len(&list) > 0));
    put(c, &empty, "text",
        value_text(
            ctx_text(c, "No pilot yet. Propose one, or describe a department's challenge.", NULL)));
    put(c, &empty, "href", value_text("/pilots/new/propose"));
    put(c, &empty, "label", value_text(ctx_text(c, "Propose a pilot", NULL)));
    put(c, &table, "empty", empty);
    put(c, &part, "table", table);
    put(c, data, "portfolio", part);
    return OK;
}

// Each with where it is told of, and what it is.
static struct value coming_list(struct ctx *c, const struct value *rows)
{
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i), *day = value_get(row, "day_on");
        const char *what = value_get_text(row, "what", "");
        struct value one = value_object(c->arena);
        const struct kind *k = registry_kind(c->registry, what);
        put(c, &one, "title", *value_get(row, "title"));
        put(c, &one, "href", value_text(page_href(c, what, value_get_int(row, "id", 0))));
        put(c, &one, "what",
            value_text(ctx_text(c, str_eq(what, "call") ? "Call closes" : k->label, NULL)));
        put(c, &one, "when", day->kind == V_NULL ? *value_get(row, "happens_at") : *day);
        *value_push(c->arena, &list) = one;
    }
    return list;
}

static enum err fill(struct ctx *c, void *context)
{
    struct value *data = context, needs, coming;
    TRY(team_needs(c, &needs));
    put(c, data, "needs", needs);
    put(c, data, "has_needs", value_bool(value_len(&needs) > 0));
    put(c, data, "today_on", value_date(locale_day(c->locale, c->now)));
    put(c, data, "viewer_name", value_text(c->viewer.name));
    if (c->audience != AUDIENCE_OFFICE) {
        return OK; // evaluators, members, partners: what is theirs to do is all they have here
    }
    TRY(add_sentence(c, data));
    TRY(add_portfolio(c, data));
    TRY(db_rows(c->db, c->arena, "today.coming", NO_ARGS, &coming));
    put(c, data, "coming", coming_list(c, &coming));
    put(c, data, "has_coming", value_bool(value_len(&coming) > 0));
    put(c, data, "inside", value_bool(true));
    return OK;
}

// Everybody's first page asks some fifty questions to which few acts give another answer: over one
// snapshot, those answers that still hold are recalled.
enum err team_today(struct ctx *c, struct value *data)
{
    return transact_read(c, fill, data);
}

static enum err build_monday(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value updates, rows;
    TRY(team_today(c, data));
    TRY(db_rows(c->db, c->arena, "monday.updates", NO_ARGS, &updates));
    TRY(db_rows(c->db, c->arena, "monday.moved", NO_ARGS, &rows));
    put(c, data, "updates", updates);
    put(c, data, "has_updates", value_bool(value_len(&updates) > 0));
    put(c, data, "moved",
        page_table(c, "pilot", ctx_text(c, "Pilots that moved last week", NULL),
            "title:Pilot state:Stage changed_at:When", &rows));
    struct value part = value_object(c->arena);
    put(c, &part, "table", *value_get(data, "moved"));
    put(c, data, "moved", part);
    // The page is for the meeting on Monday: this week's, or from Saturday on the next one's.
    int64_t today = locale_day(c->locale, c->now);
    int64_t since = ((today + 3) % 7 + 7) % 7; // days since Monday; day 0 was a Thursday
    put(c, data, "monday_on", value_date(today - since + (since >= 5 ? 7 : 0)));
    page_title(c, data, ctx_text(c, "Monday", NULL));
    return OK;
}

const struct page team_pages[] = {
    { "/monday", "team/monday.html", ROLES_INSIDE, build_monday, NULL, 0, "Monday" },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
