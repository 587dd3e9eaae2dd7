// SPDX-License-Identifier: Apache-2.0
// The measure's page: what it is, a picture of its readings, units, batches; its readings as CSV.
#include "readings_private.h"

#include "chart.h"
#include "clock.h"
#include "csv.h"
#include "groups.h"
#include "number.h"
#include "office.h"
#include "str.h"
#include "upload.h"

// ---- who may see the numbers
// ---------------------------------------------------------------------

// Those who work inside, those who bring them, and everybody once the pilot's outcome is released.
static bool sees_readings(const struct ctx *c, const struct value *measure)
{
    return c->audience == AUDIENCE_OFFICE || c->audience == AUDIENCE_SYSTEM ||
           value_get_int(measure, "released_at", 0) ||
           (c->viewer.person && (value_get_int(measure, "responsible_id", 0) == c->viewer.person ||
                                    c->viewer.roles & ROLE_EVALUATOR));
}

// By row: not where they are people, but to those who work inside and whoever brings them.
static bool sees_rows(const struct ctx *c, const struct value *measure)
{
    bool brings =
        c->viewer.person && value_get_int(measure, "responsible_id", 0) == c->viewer.person;
    return sees_readings(c, measure) &&
           (!value_get_int(measure, "is_people", 0) || c->audience == AUDIENCE_OFFICE ||
               c->audience == AUDIENCE_SYSTEM || brings);
}

// ---- parts
// ---------------------------------------------------------------------------------------

static enum err add_section(struct ctx *c, const char *id, const char *kind, const char *heading,
    const char *columns, const char *empty, const struct value *rows, struct value *list)
{
    struct arena *a = c->arena;
    const char *label = ctx_text(c, heading, NULL);
    struct value one = value_object(a), part = value_object(a), none = value_object(a),
                 table = page_table(c, kind, label, columns, rows);
    value_set(a, &table, "caption_hidden", value_bool(true));
    value_set(a, &none, "text", value_text(ctx_text(c, empty, NULL)));
    value_set(a, &table, "empty", none);
    value_set(a, &part, "table", table);
    value_set(a, &one, "anchor", value_text(id));
    value_set(a, &one, "heading", value_text(label));
    value_set(a, &one, "part", part);
    *value_push(a, list) = one;
    return OK;
}

static void add_summary(
    struct ctx *c, const struct value *measure, struct value summary, struct value *data)
{
    value_set(c->arena, &summary, "unit", *value_get(measure, "unit"));
    value_set(c->arena, &summary, "sentence",
        value_text(ctx_text(c,
            "{n, plural, one {# reading} other {# readings}} of {units_n, plural, one {# unit} "
            "other {# units}}, {first_at, date} to {last_at, date}; on average {mean_num, "
            "number} {unit}",
            &summary)));
    value_set(c->arena, data, "summary", summary);
}

// Of people who aren't shown by row: how many, and their mean, unless they are few.
static enum err add_people(
    struct ctx *c, const struct value *measure, const struct arg *which, struct value *data)
{
    struct value summary;
    TRY(db_row(c->db, c->arena, "readings.summary", which, &summary));
    if (value_get_int(&summary, "units_n", 0) >= SMALL_CELL) {
        add_summary(c, measure, summary, data);
    }
    value_set(c->arena, data, "is_people", value_bool(true));
    return OK;
}

static enum err add_readings(
    struct ctx *c, const struct value *measure, const struct arg *which, struct value *data)
{
    struct arena *a = c->arena;
    struct value summary, latest, list = *value_get(data, "sections");
    TRY(db_row(c->db, a, "readings.summary", which, &summary));
    if (value_get_int(&summary, "n", 0)) {
        add_summary(c, measure, summary, data);
        TRY(chart_measure(c, measure, &summary, data));
    }
    TRY(db_rows(c->db, a, "readings.latest", which, &latest));
    return add_section(c, "latest", NULL, "Latest readings",
        "code:Unit read_at:When value_num:Value reference_num:Trusted value "
        "is_comparison:Comparison",
        "No reading counts yet. Upload a file, add one by hand, or ask for it.", &latest, &list);
}

// Each unit's group and area where the viewer may see them: with the published values, a name that
// few units share would tell what the tables by group and area keep back.
static enum err hide_few(struct ctx *c, int64_t measure, struct value *units, bool *ret_has_groups)
{
    struct groups_shown shown, areas;
    TRY(groups_shown(c, measure, c->arena, &shown));
    TRY(areas_shown(c, measure, c->arena, &areas));
    for (size_t i = 0; i < value_len(units); i++) {
        struct value *unit = &units->list->items[i];
        value_set(c->arena, unit, "group", value_text(group_shown(&shown, unit)));
        value_set(c->arena, unit, "area", value_text(area_shown(&areas, unit)));
    }
    *ret_has_groups = shown.n > 0;
    return OK;
}

static enum err build_measure(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct arena *a = c->arena;
    struct value row, measure, units, batches, list = value_list(a);
    TRY(page_record(c, q, "measure", &row));
    TRY(page_show_record(c, "measure", &row, NULL, data));
    int64_t id = value_get_int(&row, "id", 0);
    TRY(measure_row(c, id, &measure));
    const struct arg *which = ARGS(ARG("measure_id", value_id(id)));
    const char *href = page_href(c, "measure", id);
    bool has_groups;
    value_set(a, data, "sections", list);
    if (sees_readings(c, &measure) && !sees_rows(c, &measure)) {
        TRY(add_people(c, &measure, which, data));
    } else if (sees_readings(c, &measure)) {
        TRY(add_readings(c, &measure, which, data));
        TRY(db_rows(c->db, a, "measure.units", which, &units));
        TRY(hide_few(c, id, &units, &has_groups));
        TRY(add_section(c, "units", NULL, "What is measured",
            has_groups ? "code:Code title:Name area:Area group:Group is_comparison:Comparison"
                       : "code:Code title:Name area:Area is_comparison:Comparison",
            "Units appear with their first reading.", &units, &list));
        TRY(db_rows(c->db, a, "measure.batches", which, &batches));
        TRY(add_section(c, "batches", "batch", "Batches",
            "title:Batch state:Status source good_n:Readings bad_n:Left out corrects_n:Corrections "
            "from_at:From to_at:To",
            "Readings come by form, by file, by the API or by a link in a mail.", &batches, &list));
        value_set(a, data, "csv_href", value_text(arena_fmt(a, "%s/readings.csv", href)));
    }
    if (measure_may_record(c, &measure) == OK) {
        value_set(a, data, "upload_href", value_text(arena_fmt(a, "%s/upload", href)));
        value_set(a, data, "add_href",
            value_text(arena_fmt(a, "%s/batches/new/add?measure_id=%s", "", ctx_id(c, id))));
    }
    return OK;
}

// ---- all readings as CSV
// -------------------------------------------------------------------------

struct export
{
    struct ctx ctx;
    struct db *db;
    struct arena arena, keep; // of a piece; of the whole
    struct groups_shown groups;
    int64_t measure, after_n, after_at;
    bool started;
};

static void export_free(void *context)
{
    struct export *e = context;
    if (e->db) {
        db_close(e->db);
    }
    arena_release(&e->arena);
    arena_release(&e->keep);
    free(e);
}

static void write_number(struct buf *out, const struct value *v)
{
    char text[NUMBER_TEXT_SIZE] = "";
    if (v && v->kind == V_NUM) {
        number_text(v->x, text);
    }
    csv_write(out, text, false);
}

static void write_row(
    struct arena *a, struct buf *out, const struct groups_shown *groups, const struct value *row)
{
    int64_t quality = value_get_int(row, "quality_n", 0);
    csv_write(out, civil_instant(a, value_get_int(row, "read_at", 0)), true);
    csv_write(out, value_get_text(row, "code", ""), false);
    write_number(out, value_get(row, "value_num"));
    write_number(out, value_get(row, "reference_num"));
    csv_write(out, value_get_int(row, "is_comparison", 0) ? "comparison" : "treated", false);
    csv_write(out, group_shown(groups, row), false);
    csv_write(out,
        quality & QUALITY_FAR         ? "far from the others"
        : quality & QUALITY_AFTER_GAP ? "after a gap"
                                      : "",
        false);
    csv_end_row(out);
}

static enum err export_piece(void *context, struct buf *piece, bool *ret_done)
{
    struct export *e = context;
    arena_reset(&e->arena);
    e->ctx.arena = &e->arena;
    if (!e->db) {
        TRY(db_open(e->ctx.office->store, &e->arena, &e->db));
    }
    e->ctx.db = e->db;
    ctx_bind(&e->ctx);
    struct value rows;
    TRY(db_rows(e->db, &e->arena, "readings.after",
        ARGS(ARG("measure_id", value_id(e->measure)), ARG("after_n", value_int(e->after_n)),
            ARG("after_at", value_time(e->after_at))),
        &rows));
    if (!e->started) {
        buf_puts(piece, "time,unit,value,reference,side,group,quality\r\n");
        e->started = true;
    }
    size_t n = value_len(&rows);
    for (size_t i = 0; i < n; i++) {
        write_row(&e->arena, piece, &e->groups, value_at(&rows, i));
    }
    if (n) {
        e->after_n = value_get_int(value_at(&rows, n - 1), "unit_n", 0);
        e->after_at = value_get_int(value_at(&rows, n - 1), "read_at", 0);
    }
    *ret_done = n == 0;
    return buf_ok(piece) ? OK : ERR_TOO_LARGE;
}

static enum err build_csv(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, measure;
    TRY(page_record(c, q, "measure", &row));
    TRY(measure_row(c, value_get_int(&row, "id", 0), &measure));
    if (!sees_readings(c, &measure)) {
        return fail(c->arena, c->viewer.person ? ERR_NOT_FOUND : ERR_UNSIGNED, "%s",
            ctx_text(c, "The readings are published with the pilot's outcome.", NULL));
    }
    if (!sees_rows(c, &measure)) {
        return fail(c->arena, ERR_DENIED, "%s",
            ctx_text(c,
                "The rows of this file are people: it isn’t published. What was found in it is.",
                NULL));
    }
    struct export *e = calloc(1, sizeof(*e));
    if (!e) {
        return fail(c->arena, ERR_UNAVAILABLE, "out of memory");
    }
    e->ctx = *c;
    e->measure = value_get_int(&row, "id", 0);
    e->after_at = INT64_MIN;
    arena_init(&e->arena, 32 << 20);
    arena_init(&e->keep, 1 << 20);
    enum err failed = groups_shown(c, e->measure, &e->keep, &e->groups);
    if (failed != OK) {
        export_free(e);
        return failed;
    }
    response_attachment(r,
        arena_fmt(c->arena, "%s.csv", str_slug(c->arena, value_get_text(&row, "title", ""))),
        "text/csv; charset=utf-8");
    r->max_age = c->viewer.person ? -1 : 0;
    r->stream = export_piece;
    r->stream_free = export_free;
    r->stream_context = e;
    return OK;
}

// The bulk address as the OpenAPI document has it.
static const char bulk_openapi[] =
    "{\"post\":{\"operationId\":\"measure.put_readings\",\"summary\":\"Put many readings\","
    "\"tags\":[\"Measures\"],\"description\":\"CSV, or a list as JSON, as one batch of the "
    "measure. The same unit and time again corrects what is there; nothing is overwritten."
    "\",\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"description\":"
    "\"The measure's id.\",\"schema\":{\"$ref\":\"#/components/schemas/id\"}},{\"name\":\"p"
    "ublish\",\"in\":\"query\",\"required\":false,\"description\":\"When they count: at onc"
    "e if every row is good (all, as when left out), at once without the rows that aren't ("
    "good), when somebody publishes the batch (none).\",\"schema\":{\"type\":\"string\",\"e"
    "num\":[\"all\",\"good\",\"none\"]}},{\"name\":\"time\",\"in\":\"query\",\"required\":f"
    "alse,\"description\":\"The column of the time, by its heading or its number from 1; gu"
    "essed when left out.\",\"schema\":{\"type\":\"string\"}},{\"name\":\"unit\",\"in\":\"q"
    "uery\",\"required\":false,\"description\":\"The column of the unit.\",\"schema\":{\"ty"
    "pe\":\"string\"}},{\"name\":\"value\",\"in\":\"query\",\"required\":false,\"descriptio"
    "n\":\"The column of the value.\",\"schema\":{\"type\":\"string\"}},{\"name\":\"referen"
    "ce\",\"in\":\"query\",\"required\":false,\"description\":\"The column of what a truste"
    "d method read.\",\"schema\":{\"type\":\"string\"}}],\"requestBody\":{\"required\":true"
    ",\"content\":{\"text/csv\":{\"schema\":{\"type\":\"string\"}},\"application/json\":{\""
    "schema\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"time\",\"v"
    "alue\"],\"properties\":{\"time\":{\"type\":\"string\",\"format\":\"date-time\"},\"unit"
    "\":{\"type\":\"string\"},\"value\":{\"type\":\"number\"},\"reference\":{\"type\":\"num"
    "ber\"},\"side\":{\"type\":\"string\"},\"group\":{\"type\":\"string\"}}}}}}},\"responses\":{"
    "\"201\":{\"description\":\"The batch, published or staged,"
    " and the first hundred rows that are wrong.\",\"content\":{\"application/json\":{\"sch"
    "ema\":{\"type\":\"object\",\"required\":[\"measure\",\"batch\",\"state\",\"rows\",\"go"
    "od\",\"bad\"],\"properties\":{\"measure\":{\"$ref\":\"#/components/schemas/id\"},\"bat"
    "ch\":{\"$ref\":\"#/components/schemas/id\"},\"state\":{\"type\":\"string\",\"enum\":["
    "\"published\",\"staged\"]},\"rows\":{\"type\":\"integer\"},\"good\":{\"type\":\"intege"
    "r\"},\"same\":{\"type\":\"integer\"},\"bad\":{\"type\":\"integer\"},\"corrections\":{"
    "\"type\":\"integer\"},\"sha256\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"properties\":{\"line\":{\"type\":\"integer\"},\"colum"
    "n\":{\"type\":[\"string\",\"null\"]},\"reason\":{\"type\":\"string\"}}}}}}}}},\"defaul"
    "t\":{\"$ref\":\"#/components/responses/problem\"}}}}";

const struct page readings_pages[] = {
    { "/measures/{id}", "readings/measure.html", ROLES_ANYONE, build_measure,
        "1 record.title record.facts[].label record.facts[].text summary.n summary.mean_num "
        "summary.first_at summary.last_at csv_href is_people",
        PAGE_PUBLIC | PAGE_SLOW, NULL },
    { "/measures/{id}/readings.csv", NULL, ROLES_ANYONE, build_csv, NULL, PAGE_BARE | PAGE_SLOW,
        NULL },
    { "/measures/{id}/upload", "look/page-form.html", ROLES_SIGNED_IN, build_upload, NULL,
        PAGE_POST | PAGE_UPLOAD, NULL },
    { "/batches/{id}", "readings/batch.html", ROLES_ANYONE, build_batch, NULL, PAGE_SLOW, NULL },
    { "/batches/{id}/columns", NULL, ROLES_SIGNED_IN, build_columns, NULL,
        PAGE_BARE | PAGE_POST | PAGE_SLOW, NULL },
    { "/batches/{id}/left-out.csv", NULL, ROLES_SIGNED_IN, build_left_out, NULL,
        PAGE_BARE | PAGE_SLOW, NULL },
    { "/api/v1/measures/{id}/readings", NULL, ROLES_SIGNED_IN, build_bulk, NULL,
        PAGE_BARE | PAGE_POST | PAGE_UPLOAD, NULL, bulk_openapi },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
