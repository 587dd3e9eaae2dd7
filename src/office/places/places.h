// SPDX-License-Identifier: Apache-2.0
// Places: council districts, neighbourhoods, census tracts, with the people who live there.
#pragma once

#include "room.h"

extern const struct room places_room;

// A file of areas (RFC 7946 FeatureCollection of Polygons and MultiPolygons), and where their
// population stands.
struct places_file {
    const char *layer;          // "district", "neighbourhood", "tract"
    const char *title;          // of the layer: "Council districts (2024)"
    const char *path;           // the GeoJSON file
    const char *code_property;  // of each feature: "district"
    const char *title_property; // NULL: the code
    const char *title_prefix;   // "District "; NULL: none
    const char *source_url;
    // A CSV file with a header: tract_geoid, population, households, median_household_income_usd,
    // poverty_pct, as the American Community Survey has them. NULL: no figures.
    const char *population_path;
    // A CSV file tract_geoid, <code_column>, area_share: how tracts fall into these areas. NULL:
    // the areas are the tracts themselves. Medians can't be added up, so such areas have no income.
    const char *share_path, *share_column;
    bool is_made_up;
};
// Loads the file in one act; a layer loaded before is brought up to date, areas that the new file
// lacks stay. The context is the system's. ERR_INVALID says what is wrong with which feature or
// line.
CHECKED enum err places_load_geojson(struct ctx *c, const struct places_file *file, int64_t *ret_n);

// The picture of an area for a page's `place` (look/place.html): its name, a map, the people who
// live there as far as that is known. V_NULL where AREA is 0 or isn't there.
CHECKED enum err place_picture(struct ctx *c, int64_t area, struct value *ret_picture);
