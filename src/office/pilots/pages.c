// SPDX-License-Identifier: Apache-2.0
// The pilot's page in the office: one page with an inner index, the chain as its trail.
#include "pilots_private.h"

#include "../evaluations/evaluations.h"

#include "markdown.h"
#include "room.h"
#include "str.h"
#include "svg.h"

struct section {
    const char *id, *label;   // anchor and heading
    const char *query, *kind; // rows, and what each links to
    const char *columns;
    const char *empty;
};

static const struct section sections[] = {
    { "measures", "Measures", "pilot.measures", "measure",
        "title:Measure role:Role unit:Unit baseline_num:Baseline target_num:Target "
        "worthwhile_num:Worthwhile",
        "No measure yet. The primary one decides the pilot." },
    { "reviews", "Reviews", "pilot.gates", "gate", "title:Review state:Status due_on:Due",
        "Reviews open when the plan is sent in." },
    { "conditions", "Conditions", "pilot.conditions", "condition",
        "title:Condition state:Status who:Owner due_on:Due", "No conditions." },
    { "agreements", "Agreements", "pilot.agreements", "agreement",
        "title:Agreement state:Status value_cents:Value ends_on:Ends", "No agreement yet." },
    { "money", "Money", "pilot.money", "budget_line",
        "title:Line source:Source fiscal_year:Year amount_cents:Amount committed_cents:Committed "
        "spent_cents:Spent",
        "No budget line yet." },
    { "adoption", "Adoption", "pilot.adoptions", "adoption",
        "title:Adoption state:Status who:Owner budget_cents:Budget a year fiscal_year:From",
        "What is scaled or adapted gets an owner and a budget request." },
    { "places", "Places", "pilot.sites", "site",
        "title:Site area:Area state:Status is_comparison:Comparison", "No site yet." },
    { "milestones", "Milestones", "pilot.milestones", "milestone",
        "title:Milestone state:Status due_on:By reached_on:Reached", "No milestone yet." },
};

static enum err add_section(struct ctx *c, const struct section *s, const struct arg *which,
    struct value *list, struct value *index)
{
    struct arena *a = c->arena;
    struct value rows, one = value_object(a), part = value_object(a), link = value_object(a);
    TRY(db_rows(c->db, a, s->query, which, &rows));
    if (!value_len(&rows) && c->audience != AUDIENCE_OFFICE) {
        return OK; // to residents an empty section says nothing
    }
    const char *label = ctx_text(c, s->label, NULL);
    struct value table = page_table(c, s->kind, label, s->columns, &rows), empty = value_object(a);
    value_set(a, &table, "caption_hidden", value_bool(true));
    value_set(a, &empty, "text", value_text(ctx_text(c, s->empty, NULL)));
    value_set(a, &table, "empty", empty);
    value_set(a, &part, "table", table);
    value_set(a, &one, "anchor", value_text(s->id));
    value_set(a, &one, "heading", value_text(label));
    value_set(a, &one, "part", part);
    *value_push(a, list) = one;
    value_set(a, &link, "label", value_text(label));
    value_set(a, &link, "href", value_text(arena_fmt(a, "#%s", s->id)));
    *value_push(a, index) = link;
    return OK;
}

// ---- money
// ---------------------------------------------------------------------------------------

// Spent, committed and left as parts of a bar 100 wide.
static void add_money(struct ctx *c, const struct value *rows, struct value *data)
{
    struct arena *a = c->arena;
    int64_t amount = 0, committed = 0, spent = 0;
    for (size_t i = 0; i < value_len(rows); i++) {
        amount += value_get_int(value_at(rows, i), "amount_cents", 0);
        committed += value_get_int(value_at(rows, i), "committed_cents", 0);
        spent += value_get_int(value_at(rows, i), "spent_cents", 0);
    }
    int64_t used = committed > spent ? committed : spent, whole = amount > used ? amount : used;
    if (!whole) {
        return;
    }
    const struct {
        const char *kind, *label;
        int64_t cents;
    } parts[] = {
        { "spent", "Spent", spent },
        { "committed", "Committed, not yet spent", used - spent },
        { used > amount ? "over" : "left", used > amount ? "Over the budget" : "Left",
            used > amount ? used - amount : amount - used },
    };
    struct value money = value_object(a), list = value_list(a);
    int64_t x = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct value part = value_object(a);
        int64_t width = parts[i].cents * 100 / whole;
        value_set(a, &part, "kind", value_text(parts[i].kind));
        value_set(a, &part, "label", value_text(ctx_text(c, parts[i].label, NULL)));
        value_set(a, &part, "amount", value_money(parts[i].cents, c->city->currency));
        value_set(a, &part, "x", value_int(x));
        value_set(a, &part, "width", value_int(width));
        x += width;
        *value_push(a, &list) = part;
    }
    value_set(a, &money, "parts", list);
    value_set(a, data, "money", money);
}

// ---- the chain
// -----------------------------------------------------------------------------------

// A step of the chain: the column of pilot.chain that names its record. Those of a call stand there
// only for pilots that came from one.
struct chain_step {
    const char *column, *kind, *label;
    bool of_call;
};

static const struct chain_step chain_steps[] = {
    { "area_id", "area", "Place" },
    { "challenge_id", "challenge", "Challenge" },
    { "call_id", "call", "Call", true },
    { "pitch_id", "pitch", "Pitch", true },
    { "selection_id", "selection", "Selection", true },
    { "gate_id", "gate", "Review" },
    { "agreement_id", "agreement", "Agreement" },
    { NULL, "pilot", "Pilot" },
    { "evaluation_id", "evaluation", "Evidence" },
    { "advice_id", "advice", "Advice" },
    { "decision_id", "decision", "Decision" },
    { "adoption_id", "adoption", "Adoption" },
};

static void add_step(struct ctx *c, const struct chain_step *s, const struct value *row,
    const struct value *pilot, struct value *chain)
{
    struct arena *a = c->arena;
    struct value step = value_object(a);
    int64_t id = s->column ? value_get_int(row, s->column, 0) : value_get_int(pilot, "id", 0);
    const char *kind = s->kind;
    if (!id && str_eq(kind, "gate")) { // residents read of a review in the register
        id = value_get_int(row, "technology_id", 0);
        kind = "technology";
    }
    const char *at = "";
    if (!id && (str_eq(kind, "pitch") || str_eq(kind, "selection"))) { // of the choice in the call
        id = value_get_int(row, "decided_call_id", 0);
        kind = "call";
        at = "#selected";
    }
    bool absent = !id && (s->of_call || str_eq(kind, "area"));
    if (absent && !str_eq(value_get_text(pilot, "origin", ""), "call")) {
        return;
    }
    value_set(a, &step, "label", value_text(ctx_text(c, s->label, NULL)));
    value_set(a, &step, "here", value_bool(!s->column));
    value_set(a, &step, "past", value_bool(id != 0 && s->column));
    value_set(a, &step, "href",
        id && s->column ? value_text(arena_fmt(a, "%s%s", page_href(c, kind, id), at))
                        : VALUE_NULL);
    *value_push(a, chain) = step;
}

static enum err add_chain(
    struct ctx *c, const struct value *pilot, const struct arg *which, struct value *data)
{
    struct value row, chain = value_list(c->arena);
    TRY(db_row(c->db, c->arena, "pilot.chain", which, &row));
    for (size_t i = 0; i < ARRAY_LEN(chain_steps); i++) {
        add_step(c, &chain_steps[i], &row, pilot, &chain);
    }
    value_set(c->arena, data, "chain", chain);
    return OK;
}

// ---- updates and amendments
// ----------------------------------------------------------------------

static enum err add_texts(
    struct ctx *c, const char *query, const struct arg *which, const char *key, struct value *data)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, query, which, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value *row = &rows.list->items[i];
        const char *html;
        if (markdown_html(c->arena, value_get_text(row, "text", ""), 4, &html) == OK) {
            value_set(c->arena, row, "told", value_html(html));
        }
    }
    value_set(c->arena, data, key, rows);
    value_set(c->arena, data, arena_fmt(c->arena, "has_%s", key), value_bool(value_len(&rows) > 0));
    return OK;
}

static enum err add_map(struct ctx *c, const struct arg *which, struct value *data)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, "pilot.map_areas", NO_ARGS, &rows));
    struct svg_map *map = svg_map_new(c->arena, 560);
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        TRY(svg_map_area(map, value_get_text(row, "geojson", ""), "svg-area",
            value_get_text(row, "title", ""), NULL));
    }
    struct value sites;
    TRY(db_rows(c->db, c->arena, "pilot.sites", which, &sites));
    int points = 0;
    for (size_t i = 0; i < value_len(&sites); i++) {
        const struct value *row = value_at(&sites, i), *lat = value_get(row, "lat_num"),
                           *lon = value_get(row, "lon_num");
        if (lat->kind == V_NUM && lon->kind == V_NUM) {
            bool comparison = value_get_int(row, "is_comparison", 0) != 0;
            svg_map_point(map, lon->x, lat->x, comparison ? "svg-zero" : "svg-mark",
                value_get_text(row, "title", ""), NULL);
            points++;
        }
    }
    if (!points || !value_len(&rows)) {
        return OK; // the list of places says it all
    }
    AUTO_BUF(svg, 1 << 20);
    svg_map_write(&svg,
        &(struct svg_words){ .title = ctx_text(c, "Where the pilot is", NULL),
            .desc = ctx_text(c,
                "The sites on a map of the council districts; they are listed beside it.", NULL) },
        map);
    value_set(c->arena, data, "map", value_html(arena_strdup(c->arena, buf_text(&svg))));
    return OK;
}

// Why a pilot that is over has no outcome to read.
static struct value no_outcome(struct ctx *c, const struct value *row, bool is_told)
{
    static const char *const over[] = { "decided", "adopted", "closed" };
    const char *state = value_get_text(row, "state", "");
    for (size_t i = 0; i < ARRAY_LEN(over) && !is_told; i++) {
        if (str_eq(state, over[i])) {
            return value_text(ctx_text(c,
                value_get_int(row, "is_backfill", 0)
                    ? "This is past work that was filled in later. What came of it isn’t on record "
                      "here."
                    : "Its outcome isn’t published yet: it waits for the fact check and the "
                      "publication desk.",
                NULL));
        }
    }
    return VALUE_NULL;
}

// The sentence, who decided what and why, how each body advised: once the publication desk let it
// out, and to the office before.
static enum err add_outcome(
    struct ctx *c, const struct value *row, const struct arg *which, struct value *data)
{
    const char *html;
    bool released =
        value_get(row, "released_at")->kind != V_NULL || value_get_int(row, "is_backfill", 0);
    const char *told = value_get_text(row, "outcome_text", NULL);
    struct value decisions, advice;
    TRY(db_rows(c->db, c->arena, "pilot.decisions", which, &decisions));
    TRY(db_rows(c->db, c->arena, "pilot.advice", which, &advice));
    if (told && (released || c->audience == AUDIENCE_OFFICE) &&
        markdown_html(c->arena, told, 3, &html) == OK) {
        value_set(c->arena, data, "outcome", value_html(html));
        value_set(c->arena, data, "outcome_text", value_text(told));
        value_set(c->arena, data, "evidence_level", *value_get(row, "evidence_level_n"));
        value_set(c->arena, data, "released_at", *value_get(row, "released_at"));
    }
    for (size_t i = 0; i < value_len(&decisions); i++) {
        struct value *one = &decisions.list->items[i];
        const struct field *choice = kind_field(registry_kind(c->registry, "decision"), "choice");
        struct value shown = field_show(c, choice, value_get(one, "choice"));
        value_set(c->arena, one, "choice_label", *value_get(&shown, "text"));
        if (markdown_html(c->arena, value_get_text(one, "reasons", ""), 4, &html) == OK) {
            value_set(c->arena, one, "why", value_html(html));
        }
    }
    value_set(c->arena, data, "decisions", decisions);
    value_set(c->arena, data, "has_decisions", value_bool(value_len(&decisions) > 0));
    for (size_t i = 0; i < value_len(&advice); i++) {
        struct value *one = &advice.list->items[i];
        const struct field *choice =
            kind_field(registry_kind(c->registry, "advice"), "recommendation");
        struct value shown = field_show(c, choice, value_get(one, "recommendation"));
        value_set(c->arena, one, "recommendation_label", *value_get(&shown, "text"));
        value_set(c->arena, one, "address",
            value_text(page_href(c, "advice", value_get_int(one, "id", 0))));
    }
    value_set(c->arena, data, "advice", advice);
    value_set(c->arena, data, "has_advice", value_bool(value_len(&advice) > 0));
    value_set(c->arena, data, "no_outcome", no_outcome(c, row, told && released));
    return evaluations_section(c, value_get_int(row, "id", 0), data);
}

// What the page has above its tables, for the index at its head.
static void begin_index(struct ctx *c, const struct value *data, struct value *index)
{
    static const struct {
        const char *key, *anchor, *label;
    } parts[] = {
        { "outcome", "#outcome", "Outcome" },
        { "shows_evidence", "#evidence", "Evidence" },
        { "has_decisions", "#decision", "Decision" },
        { "question", "#plan", "Plan" },
        { "has_sealed_plans", "#sealed", "What it can tell" },
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (value_truthy(value_get(data, parts[i].key))) {
            struct value link = value_object(c->arena);
            value_set(c->arena, &link, "label", value_text(ctx_text(c, parts[i].label, NULL)));
            value_set(c->arena, &link, "href", value_text(parts[i].anchor));
            *value_push(c->arena, index) = link;
        }
    }
}

static enum err build_pilot(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, list = value_list(c->arena), index = value_list(c->arena);
    TRY(page_record(c, q, "pilot", &row));
    bool inside = c->audience == AUDIENCE_OFFICE;
    // Residents get the few facts that say what it is; the rest of the page shows the others where
    // they belong.
    TRY(page_show_record(c, "pilot", &row,
        inside ? NULL : "department_id organisation_id type design starts_on ends_on principles",
        data));
    const struct arg *which = ARGS(ARG("pilot_id", *value_get(&row, "id")));
    TRY(add_chain(c, &row, which, data));
    value_set(c->arena, data, "question", *value_get(&row, "question"));
    struct value money;
    TRY(db_rows(c->db, c->arena, "pilot.money", which, &money));
    add_money(c, &money, data);
    TRY(add_outcome(c, &row, which, data));
    const char *hash = value_get_text(&row, "plan_hash_text", NULL);
    bool planned = value_get(&row, "design")->kind != V_NULL;
    if ((inside || hash) && planned && !value_get_int(&row, "is_backfill", 0)) {
        TRY(evaluations_plans(c, value_get_int(&row, "id", 0), hash != NULL, data));
    }
    begin_index(c, data, &index);
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        TRY(add_section(c, &sections[i], which, &list, &index));
    }
    TRY(add_texts(c, "pilot.updates", which, "updates", data));
    TRY(add_texts(c, "pilot.amendments", which, "amendments", data));
    TRY(add_map(c, which, data));
    value_set(c->arena, data, "sections", list);
    value_set(c->arena, data, "index", index);
    if (hash) {
        struct value seal = value_object(c->arena), args = value_object(c->arena);
        value_set(c->arena, &args, "when", *value_get(&row, "locked_at"));
        value_set(
            c->arena, &seal, "text", value_text(ctx_text(c, "Plan locked on {when, date}", &args)));
        value_set(c->arena, &seal, "hash", value_text(hash));
        value_set(c->arena, data, "seal", seal);
    }
    return OK;
}

// The locked plan as the ledger has it: anybody inside can check the hash.
static enum err build_plan(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    const char *json, *hash;
    TRY(page_record(c, q, "pilot", &row));
    TRY(pilot_plan(c, value_get_int(&row, "id", 0), &json, &hash));
    r->content_type = "application/json";
    response_header(r, "X-Plan-SHA256", hash);
    buf_puts(&r->body, json);
    return OK;
}

const struct page pilots_pages[] = {
    { "/pilots/{id}", "pilots/pilot.html", ROLES_ANYONE, build_pilot,
        "1 record.title record.state question outcome_text evidence_level released_at "
        "chain[].label chain[].href "
        "decisions[].choice decisions[].reasons decisions[].differs_why decisions[].decided_at "
        "decisions[].decided_by "
        "decisions[].review_on no_outcome advice[].body advice[].recommendation advice[].address "
        "evaluations[].title "
        "evaluations[].verdict.text evaluations[].verdict.level_text evaluations[].address "
        "updates[].text updates[].created_at amendments[].text amendments[].is_after_data "
        "seal.hash",
        PAGE_PUBLIC, NULL },
    { "/pilots/{id}/plan", NULL, ROLES_SIGNED_IN, build_plan, NULL, PAGE_BARE, NULL },
    { "/pilots/import", "pilots/import.html", ROLES_OFFICE, backfill_page, NULL,
        PAGE_POST | PAGE_SLOW, NULL },
    { "/pilots/import/file", NULL, ROLES_OFFICE, backfill_csv, NULL,
        PAGE_POST | PAGE_SLOW | PAGE_BARE, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
