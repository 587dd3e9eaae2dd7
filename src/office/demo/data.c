// SPDX-License-Identifier: Apache-2.0
// What the demonstration shows with the Philadelphia data set: places with the people who live
// there, and real readings. Each source is named where its numbers are shown.
#include "demo_private.h"

#include "csv.h"
#include "places/places.h"
#include "readings/readings.h"
#include "str.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DREXEL "https://github.com/Drexel-UHC/philadelphia-council-districts-and-health"

static const char *path(const struct demo_run *r, const char *file)
{
    return arena_fmt(r->keep, "%s/%s", r->options->data, file);
}

static enum err name_places(struct demo_run *r)
{
    struct ctx *c = r->house;
    struct value rows;
    TRY(db_rows(c->db, c->arena, "demo.places", NO_ARGS, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        int64_t id = value_get_int(row, "id", 0);
        bool district = str_eq(value_get_text(row, "layer", ""), "district");
        map_put(&r->refs,
            arena_fmt(
                r->keep, "%s_%s", district ? "district" : "hood", value_get_text(row, "code", "")),
            arena_memdup(r->keep, &id, sizeof(id)));
    }
    return OK;
}

enum err demo_places(struct demo_run *r)
{
    const char *tracts = path(r, "tract_acs_2019_2023.csv");
    const struct places_file files[] = {
        { .layer = "district",
            .title = "Council districts (2024)",
            .path = path(r, "council_districts_2024.geojson"),
            .code_property = "district",
            .title_prefix = "District ",
            .source_url = DREXEL,
            .population_path = tracts,
            .share_path = path(r, "tract_council_district.csv"),
            .share_column = "council_district_2024" },
        { .layer = "neighbourhood",
            .title = "Neighbourhoods (CC BY 4.0, Abaca Labs; unofficial)",
            .path = path(r, "neighborhoods.geojson"),
            .code_property = "code",
            .title_property = "name",
            .source_url = "https://github.com/opendataphilly/open-geo-data" },
        { .layer = "tract",
            .title = "Census tracts (2020)",
            .path = path(r, "census_tracts_2020.geojson"),
            .code_property = "geoid",
            .title_property = "name",
            .source_url = "https://www.census.gov/geographies/mapping-files.html",
            .population_path = tracts },
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        int64_t n;
        if (access(files[i].path, R_OK) != 0) {
            return fail(r->house->arena, ERR_NOT_FOUND, "%s can't be read", files[i].path);
        }
        TRY(places_load_geojson(r->house, &files[i], &n));
    }
    return name_places(r);
}

// ---- readings ----------------------------------------------------------------------------------

enum { MOST_CELLS = 12 };

// A table of the data set, and how one of its rows becomes a reading: time, unit, value.
struct table {
    const char *name, *file;
    size_t columns;
    bool (*reading)(struct arena *a, const struct csv_cell *cells, struct buf *out);
};

static void write_reading(struct buf *out, const char *time, const char *unit, const char *value)
{
    csv_write(out, time, true);
    csv_write(out, unit, false);
    csv_write(out, value, false);
    csv_end_row(out);
}

// The bins give three levels; the release says how many gallons each stands for.
static bool bin_reading(struct arena *a, const struct csv_cell *cells, struct buf *out)
{
    static const char *const levels[][2] = { { "GREEN", "30" }, { "YELLOW", "90" },
        { "RED", "150" } };
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (str_eq(cells[2].text, levels[i][0])) {
            write_reading(out, cells[1].text, cells[0].text, levels[i][1]);
            return true;
        }
    }
    return false;
}

// Whole fiscal years only, read on their last day, 30 June.
static bool diversion_reading(struct arena *a, const struct csv_cell *cells, struct buf *out)
{
    if (str_eq(cells[4].text, "year")) {
        write_reading(
            out, arena_fmt(a, "%s-06-30T12:00", cells[3].text), cells[0].text, cells[5].text);
    }
    return true;
}

static const struct table tables[] = {
    { "bigbelly", "bigbelly_collections_2014.csv", 3, bin_reading },
    { "diversion", "recycling_diversion_fy2001_fy2014.csv", 6, diversion_reading },
};

struct converting {
    struct ctx *ctx;
    const struct table *table;
    struct buf out;
    bool past_header;
};

static enum err convert_row(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct converting *v = context;
    if (!v->past_header) {
        v->past_header = true;
        return OK;
    }
    return n == v->table->columns && v->table->reading(scratch, cells, &v->out)
               ? OK
               : fail(v->ctx->arena, ERR_INVALID, "%s: line %zu can't be read", v->table->file,
                     line);
}

static enum err read_csv(struct ctx *c, const char *from, csv_row_fn *row, void *context)
{
    enum { PIECE = 1 << 16 };
    char *piece = arena_alloc(c->arena, PIECE);
    FILE *file = fopen(from, "re");
    if (!file) {
        return fail(c->arena, ERR_NOT_FOUND, "%s can't be read", from);
    }
    struct csv *reader = csv_new(row, context);
    enum err e = OK;
    size_t n;
    while (e == OK && (n = fread(piece, 1, PIECE, file)) > 0) {
        e = csv_feed(reader, c->arena, piece, n);
    }
    e = e == OK ? csv_end(reader, c->arena) : e;
    csv_free(reader);
    fclose(file);
    return e;
}

static enum err import(struct ctx *c, int64_t measure, const struct buf *csv, const char *source)
{
    const char *folder = getenv("TMPDIR");
    char *name = arena_fmt(c->arena, "%s/pilothouse-demo-XXXXXX", folder ? folder : "/tmp");
    int fd = mkstemp(name);
    if (fd < 0) {
        return fail(c->arena, ERR_UNAVAILABLE, "no file can be made in %s", name);
    }
    FILE *file = fdopen(fd, "w");
    bool good = file && fwrite(csv->data, 1, csv->len, file) == csv->len;
    good = file && fclose(file) == 0 && good;
    struct import_result result;
    enum err e = !good ? fail(c->arena, ERR_FULL, "%s can't be written", name)
                       : readings_import_file(c, measure, name,
                             &(struct import_options){ .time = "time",
                                 .unit = "unit",
                                 .value = "value",
                                 .source = source,
                                 .publish_good = true },
                             NULL, NULL, &result);
    unlink(name);
    // A bin with two levels in one minute can't be told; more than a few such rows is another file.
    if (e == OK && (!result.published || result.bad * 1000 > result.rows)) {
        e = fail(c->arena, ERR_INVALID, "%lld of %lld readings can't be taken",
            (long long)result.bad, (long long)result.rows);
    }
    return e;
}

struct describing {
    struct demo_run *run;
    struct ctx *ctx;
    int64_t measure;
    bool past_header;
};

// Each bin's neighbourhood and district.
static enum err describe_bin(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct describing *d = context;
    if (!d->past_header) {
        d->past_header = true;
        return OK;
    }
    if (n != 9) {
        return fail(d->ctx->arena, ERR_INVALID, "bins: line %zu can't be read", line);
    }
    struct arena memory;
    arena_init(&memory, 4 << 20);
    struct ctx c = *d->ctx;
    c.arena = &memory;
    struct value values = value_object(&memory);
    struct outcome outcome;
    int64_t area = demo_ref(d->run, arena_fmt(&memory, "district_%s", cells[5].text));
    value_set(&memory, &values, "code", value_text(cells[0].text));
    value_set(&memory, &values, "unit_title",
        value_text(*cells[6].text ? arena_fmt(&memory, "Bin %s, %s", cells[0].text, cells[6].text)
                                  : arena_fmt(&memory, "Bin %s", cells[0].text)));
    value_set(&memory, &values, "area_id", area ? value_id(area) : VALUE_NULL);
    enum err e = act_run_values(&c, "measure.describe_unit", d->measure, &values, &outcome);
    if (e != OK) {
        e = fail(d->ctx->arena, e, "bin %s: %s", cells[0].text,
            memory.detail ? memory.detail : err_name(e));
    }
    arena_release(&memory);
    return e;
}

enum err demo_readings(struct demo_run *r, struct ctx *c, int64_t measure, const char *table)
{
    struct converting v = { .ctx = c, .out = BUF(64 << 20) };
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        v.table = str_eq(tables[i].name, table) ? &tables[i] : v.table;
    }
    if (!v.table) {
        return fail(c->arena, ERR_INVALID, "there is no table %s", table);
    }
    write_reading(&v.out, "time", "unit", "value");
    enum err e = read_csv(c, path(r, v.table->file), convert_row, &v);
    if (e == OK) {
        e = import(c, measure, &v.out, "csv");
    }
    buf_release(&v.out);
    TRY(e);
    if (!str_eq(table, "bigbelly")) {
        return OK;
    }
    struct describing d = { .run = r, .ctx = c, .measure = measure };
    return read_csv(c, path(r, "bigbelly_bins_2014.csv"), describe_bin, &d);
}
