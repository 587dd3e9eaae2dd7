// SPDX-License-Identifier: Apache-2.0
// What the demonstration shows with the Philadelphia data set: places with the people who live
// there, and real readings. Each source is named where its numbers are shown.
#include "demo_private.h"

#include "places/places.h"
#include "str.h"

#include <unistd.h>

#define DREXEL "https://github.com/Drexel-UHC/philadelphia-council-districts-and-health"

static const char *path(const struct demo_run *r, const char *file)
{
    return arena_fmt(r->keep, "%s/%s", r->options->data, file);
}

static enum err name_districts(struct demo_run *r)
{
    struct ctx *c = r->house;
    struct value rows;
    TRY(db_rows(c->db, c->arena, "demo.districts", NO_ARGS, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        int64_t id = value_get_int(row, "id", 0);
        map_put(&r->refs, arena_fmt(r->keep, "district_%s", value_get_text(row, "code", "")),
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
    return name_districts(r);
}
