// SPDX-License-Identifier: Apache-2.0
#include "portal.h"

#include "ledger_pages.h"

#include "../team/team.h"
#include "clock.h"
#include "markdown.h"
#include "str.h"
#include "svg.h"

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// Cards of pilots or calls; TEXT is the column that a card tells, WHEN one of a date, told in
// WORDS.
static struct value cards(struct ctx *c, const char *kind, const struct value *rows,
    const char *text, const char *when, const char *words)
{
    const struct kind *k = registry_kind(c->registry, kind);
    struct value part = value_object(c->arena), list = value_list(c->arena);
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i);
        int state = kind_state(k, value_get_text(row, "state", ""));
        struct value card = value_object(c->arena);
        const char *told = value_get_text(row, text, NULL);
        put(c, &card, "href", value_text(page_href(c, kind, value_get_int(row, "id", 0))));
        put(c, &card, "title", *value_get(row, "title"));
        put(c, &card, "text", told ? value_text(markdown_plain(c->arena, told, 220)) : VALUE_NULL);
        put(c, &card, "badge",
            state < 0 ? VALUE_NULL : value_text(ctx_text(c, k->states[state].label, NULL)));
        put(c, &card, "badge_kind", state < 0 ? VALUE_NULL : value_text(k->states[state].badge));
        const struct value *place = value_get(row, "place"),
                           *due = when ? value_get(row, when) : NULL;
        put(c, &card, "place", place ? *place : VALUE_NULL);
        put(c, &card, "when", due ? *due : VALUE_NULL);
        if (due && due->kind != V_NULL) {
            struct value args = value_object(c->arena);
            int64_t left = due->kind == V_TIME ? due->n - c->now : 0;
            put(c, &args, "when", *due);
            put(c, &args, "n", value_int(left > 0 ? left / CLOCK_DAY : 0));
            put(c, &card, "when_text", value_text(ctx_text(c, words, &args)));
        }
        put(c, &card, "made_up", value_bool(value_get_int(row, "is_made_up", 0) != 0));
        *value_push(c->arena, &list) = card;
    }
    put(c, &part, "cards", list);
    put(c, &part, "any", value_bool(value_len(&list) > 0));
    return part;
}

// Districts with the sites of announced pilots on them, and the same as a list.
static enum err add_map(struct ctx *c, struct value *data)
{
    struct value areas, sites;
    TRY(db_rows(c->db, c->arena, "portal.districts", NO_ARGS, &areas));
    TRY(db_rows(c->db, c->arena, "portal.sites", NO_ARGS, &sites));
    if (!value_len(&areas) || !value_len(&sites)) {
        return OK;
    }
    struct svg_map *map = svg_map_new(c->arena, 480);
    struct value listed = value_list(c->arena);
    for (size_t i = 0; i < value_len(&areas); i++) {
        const struct value *row = value_at(&areas, i);
        TRY(svg_map_area(map, value_get_text(row, "geojson", ""), "svg-area",
            value_get_text(row, "title", ""), NULL));
    }
    for (size_t i = 0; i < value_len(&sites); i++) {
        const struct value *row = value_at(&sites, i);
        struct value site = value_object(c->arena);
        svg_map_point(map, value_get_num(row, "lon_num", 0), value_get_num(row, "lat_num", 0),
            "svg-point", value_get_text(row, "title", ""), NULL);
        put(c, &site, "title", *value_get(row, "title"));
        put(c, &site, "pilot", *value_get(row, "pilot"));
        put(c, &site, "href", value_text(page_href(c, "pilot", value_get_int(row, "pilot_id", 0))));
        *value_push(c->arena, &listed) = site;
    }
    AUTO_BUF(svg, 1 << 20);
    svg_map_write(&svg,
        &(struct svg_words){ .title = ctx_text(c, "Where pilots are", NULL),
            .desc = ctx_text(c,
                "Sites of pilots on a map of the council districts; they are listed beside it.",
                NULL) },
        map);
    put(c, data, "map", value_html(arena_strdup(c->arena, buf_text(&svg))));
    put(c, data, "sites", listed);
    return OK;
}

// How many run, wait for pitches, were learned from: each a number and its word, and where they
// are.
static enum err add_figures(struct ctx *c, struct value *data)
{
    static const struct {
        const char *column, *label, *href;
    } figures[] = {
        { "running_n", "{n, plural, one {pilot runs} other {pilots run}}", "/pilots" },
        { "finished_n", "{n, plural, one {pilot finished} other {pilots finished}}", "#finished" },
        { "open_n", "{n, plural, one {call is open} other {calls are open}}", "/calls" },
    };
    struct value row, list = value_list(c->arena);
    TRY(db_row(c->db, c->arena, "portal.figures", NO_ARGS, &row));
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        struct value one = value_object(c->arena), args = value_object(c->arena);
        put(c, &args, "n", *value_get(&row, figures[i].column));
        put(c, &one, "figure", *value_get(&row, figures[i].column));
        put(c, &one, "word", value_text(ctx_text(c, figures[i].label, &args)));
        put(c, &one, "href", value_text(page_path(c, figures[i].href)));
        *value_push(c->arena, &list) = one;
    }
    put(c, data, "figures", list);
    return OK;
}

static enum err add_front(struct ctx *c, struct value *data)
{
    struct value running, finished, calls, meetings, overdue;
    TRY(db_rows(c->db, c->arena, "portal.running", NO_ARGS, &running));
    TRY(db_rows(c->db, c->arena, "portal.finished", NO_ARGS, &finished));
    TRY(db_rows(c->db, c->arena, "portal.calls", NO_ARGS, &calls));
    TRY(db_rows(c->db, c->arena, "portal.meetings", NO_ARGS, &meetings));
    TRY(db_rows(c->db, c->arena, "portal.overdue", NO_ARGS, &overdue));
    put(c, data, "running",
        cards(c, "pilot", &running, "question", "ends_on", "until {when, date}"));
    put(c, data, "finished", cards(c, "pilot", &finished, "outcome_text", NULL, NULL));
    put(c, data, "calls",
        cards(c, "call", &calls, "problem", "closes_at",
            "closes {when}, {n, plural, =0 {less than a day left} one {# day left} other {# days "
            "left}}"));
    put(c, data, "meetings", cards(c, "meeting", &meetings, "", "starts_at", "{when}"));
    TRY(add_figures(c, data));
    put(c, data, "overdue", overdue);
    put(c, data, "has_overdue", value_bool(value_len(&overdue) > 0));
    return add_map(c, data);
}

static enum err build_home(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    if (c->viewer.person) {
        struct value today = value_bool(true);
        put(c, data, "today", today);
        page_title(c, data, ctx_text(c, "Today", NULL));
        return team_today(c, data);
    }
    page_title(c, data, ctx_text(c, "What the City is trying, what it learned", NULL));
    return add_front(c, data);
}

static const struct page pages[] = {
    { "/", "portal/home.html", ROLES_ANYONE, build_home,
        "1 running.cards[].title running.cards[].href running.cards[].text finished.cards[].title "
        "finished.cards[].href "
        "finished.cards[].text calls.cards[].title calls.cards[].href calls.cards[].when "
        "meetings.cards[].title "
        "meetings.cards[].when overdue[].title",
        PAGE_PUBLIC, NULL },
    { "/ledger", "portal/ledger.html", ROLES_ANYONE, build_ledger, "1 size root origin key",
        PAGE_PUBLIC, "The ledger" },
    { "/ledger/checkpoint", NULL, ROLES_ANYONE, build_checkpoint, NULL, PAGE_BARE, NULL },
    { "/ledger/tile/{path*}", NULL, ROLES_ANYONE, build_tile, NULL, PAGE_BARE, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};

// The way about: first what the public comes for; for the office the day, then the chain, what
// stands around it, and what is looked up.
static const struct nav_place places[] = {
    { "/", "Today", ROLES_SIGNED_IN, false },
    { "/monday", NULL, 0, false },
    { "/challenges", NULL, 0, true },
    { "/pilots", NULL, 0, false },
    { "/calls", NULL, 0, false },
    { "/reviews", NULL, 0, false },
    { "/gates", "Gates", ROLES_INSIDE, false },
    { "/evaluations", NULL, ROLES_INSIDE, false },
    { "/decisions", NULL, ROLES_ANYONE, false },
    { "/meetings", NULL, 0, false },
    { "/agreements", NULL, ROLES_INSIDE, true },
    { "/budget", "Budget", ROLES_INSIDE, false },
    { "/desk", NULL, ROLES_INSIDE, false },
    { "/register", "Technologies", 0, false },
    { "/roadmap", NULL, 0, true },
    { "/projects", NULL, ROLES_INSIDE, false },
    { "/people", NULL, ROLES_INSIDE, false },
    { "/organisations", NULL, ROLES_INSIDE, false },
    { "/places", "Places", ROLES_INSIDE, false },
    { "/ledger", NULL, 0, false },
    { NULL, NULL, 0, false },
};

const struct room portal_room = { .name = "portal", .pages = pages, .nav = places };
