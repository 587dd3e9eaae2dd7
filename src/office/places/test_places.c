// SPDX-License-Identifier: Apache-2.0
#include "harness.h"
#include "places.h"

#include <limits.h>
#include <unistd.h>

static const char *write_file(const char *name, const char *text)
{
    const char *path = room_fmt("/tmp/pilothouse-places-%d-%s", (int)getpid(), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    return path;
}

#define SQUARE(x)                                                                                  \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" #x ",39.9],[-75.0,39.9],[-75.0,40.0],[" #x         \
    ",40.0],[" #x ",39.9]]]}"
#define FEATURE(code, geometry)                                                                    \
    "{\"type\":\"Feature\",\"properties\":{\"district\":" code "},\"geometry\":" geometry "}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static enum err load(const char *geojson, const char *population, const char *shares, int64_t *n)
{
    room_as_system();
    struct places_file file = { .layer = "district",
        .title = "Council districts",
        .path = write_file("d.geojson", geojson),
        .code_property = "district",
        .title_prefix = "District ",
        .source_url = "https://example.org/districts",
        .population_path = population ? write_file("p.csv", population) : NULL,
        .share_path = shares ? write_file("s.csv", shares) : NULL,
        .share_column = "council_district" };
    enum err e = places_load_geojson(&room.ctx, &file, n);
    unlink(file.path);
    if (file.population_path) {
        unlink(file.population_path);
    }
    if (file.share_path) {
        unlink(file.share_path);
    }
    return e;
}

#define HEADER "tract_geoid,population,households,median_household_income_usd,poverty_pct\n"

static int64_t place(const char *code)
{
    struct value rows;
    assert_int_equal(
        db_rows_sql(room.db, &room.arena, "SELECT id FROM area WHERE city = :city AND code = :code",
            ARGS(ARG("code", value_text(code))), &rows),
        OK);
    return value_len(&rows) ? value_get_int(value_at(&rows, 0), "id", 0) : 0;
}

static void districts_are_loaded_with_their_people(void **state)
{
    int64_t n = 0;
    enum err e = load(COLLECTION(FEATURE("1", SQUARE(-75.2)) "," FEATURE("\"2\"", SQUARE(-75.1))),
        HEADER "101,1000,400,50000,10\n102,2000,900,,\n",
        "tract_geoid,council_district,area_share\n101,1,1\n102,1,0.5\n102,2,0.5\n999,2,1\n", &n);
    if (e != OK) {
        fail_msg("%s", room.arena.detail);
    }
    assert_int_equal(n, 2);
    int64_t one = place("1");
    room_as(ROLE_PUBLIC);
    assert_string_equal(room_text("area", one, "title"), "District 1");
    assert_int_equal(room_int("area", one, "population_n"), 2000);
    assert_int_equal(room_int("area", one, "households_n"), 850);
    struct value row = room_get("area", one);
    assert_int_equal(value_get(&row, "income_cents")->kind, V_NULL); // medians don't add up
    assert_true(value_get_num(&row, "poverty_num", 0) == 10.0);
    assert_true(str_starts(value_get_text(&row, "geojson", ""), "{"));
    assert_string_equal(value_get_text(&row, "source_url", ""), "https://example.org/districts");
    // Loaded again: the same areas, brought up to date.
    e = load(COLLECTION(FEATURE("1", SQUARE(-75.3))), NULL, NULL, &n);
    if (e != OK) {
        fail_msg("%s", room.arena.detail);
    }
    assert_int_equal(place("1"), one);
    assert_int_equal(room_int("area", one, "rev"), 2);
    assert_non_null(strstr(room_text("area", one, "geojson"), "-75.3"));
    assert_true(place("2") != 0);
}

static void what_is_wrong_is_said_and_nothing_kept(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"type\":\"FeatureCollection\",\"features\":[]}",
        "{\"type\":\"FeatureCollection\",\"features\":{}}",
        COLLECTION("{\"type\":\"Feature\"}"),
        COLLECTION(FEATURE("\"bad\"", "null")),
        COLLECTION(FEATURE("\"bad\"", "{\"type\":\"Point\",\"coordinates\":[1,2]}")),
        COLLECTION(FEATURE("\"bad\"", "{\"type\":\"Polygon\",\"coordinates\":\"x\"}")),
        COLLECTION(FEATURE("\"bad\"", "{\"type\":\"Polygon\",\"coordinates\":[[[1e9,2],[3,4]]]}")),
        COLLECTION(FEATURE("\"bad\"", SQUARE(-75.2)) "," FEATURE("\"bad\"", SQUARE(-75.1))),
        COLLECTION(FEATURE("{}", SQUARE(-75.2))),
        COLLECTION(FEATURE("\"bad\"", SQUARE(-75.2)) "," FEATURE("null", SQUARE(-75.1))),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t n = -1;
        enum err e = load(bad[i], NULL, NULL, &n);
        if (e != ERR_INVALID) {
            fail_msg("%s: %s", bad[i], err_name(e));
        }
        assert_int_equal(n, -1);
        assert_int_equal(place("bad"), 0);
    }
    int64_t n;
    assert_int_equal(
        load(COLLECTION(FEATURE("\"bad\"", SQUARE(-75.2))), "a,b\n1,2\n", NULL, &n), ERR_INVALID);
    assert_int_equal(load(COLLECTION(FEATURE("\"bad\"", SQUARE(-75.2))),
                         HEADER "101,many,400,50000,10\n", NULL, &n),
        ERR_INVALID);
    assert_int_equal(load(COLLECTION(FEATURE("\"bad\"", SQUARE(-75.2))),
                         HEADER "101,-1,400,50000,10\n", NULL, &n),
        ERR_INVALID);
    assert_int_equal(place("bad"), 0);
}

#define DISTRICTS "data/philadelphia/council_districts_2024.geojson"

static const char *shared(void)
{
    const char *folder = getenv("PILOTHOUSE_SHARED");
    return folder ? folder : "../shared";
}

static bool has_shared(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", shared(), DISTRICTS);
    return access(path, R_OK) == 0;
}

static void philadelphia_fits(void **state)
{
    const char *folder = room_fmt("%s/data/philadelphia", shared());
    const char *districts = room_fmt("%s/%s", shared(), DISTRICTS);
    const char *tracts = room_fmt("%s/tract_acs_2019_2023.csv", folder);
    struct places_file files[] = {
        { .layer = "district",
            .title = "Council districts (2024)",
            .path = districts,
            .code_property = "district",
            .title_prefix = "District ",
            .population_path = tracts,
            .share_path = room_fmt("%s/tract_council_district.csv", folder),
            .share_column = "council_district_2024" },
        { .layer = "neighbourhood",
            .title = "Neighbourhoods",
            .path = room_fmt("%s/neighborhoods.geojson", folder),
            .code_property = "code",
            .title_property = "name" },
        { .layer = "tract",
            .title = "Census tracts (2020)",
            .path = room_fmt("%s/census_tracts_2020.geojson", folder),
            .code_property = "geoid",
            .title_property = "name",
            .population_path = tracts },
    };
    static const int64_t expected[] = { 10, 159, 408 };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        int64_t n = 0;
        room_as_system();
        if (places_load_geojson(&room.ctx, &files[i], &n) != OK) {
            fail_msg("%s", room.arena.detail);
        }
        assert_int_equal(n, expected[i]);
    }
    struct value rows;
    assert_int_equal(db_rows_sql(room.db, &room.arena,
                         "SELECT SUM(population_n) AS n FROM area "
                         "WHERE city = :city AND layer = 'tract'",
                         NO_ARGS, &rows),
        OK);
    assert_int_equal(value_get_int(value_at(&rows, 0), "n", 0), 1582432);
    assert_int_equal(db_rows_sql(room.db, &room.arena,
                         "SELECT MIN(population_n) AS least_n, MAX(population_n) AS most_n "
                         "FROM area WHERE city = :city AND layer = 'district' AND code <> 'x'",
                         NO_ARGS, &rows),
        OK);
    assert_true(value_get_int(value_at(&rows, 0), "least_n", 0) > 149000);
    assert_true(value_get_int(value_at(&rows, 0), "most_n", 0) < 168000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(districts_are_loaded_with_their_people),
        cmocka_unit_test(what_is_wrong_is_said_and_nothing_kept),
        has_shared() ? (struct CMUnitTest)cmocka_unit_test(philadelphia_fits)
                     : SKIPPED_TEST(philadelphia_fits, "the data set isn't in ../shared"),
    };
    static const struct room *const rooms[] = { &places_room, NULL };
    room_rooms = rooms;
    return ROOM_TESTS(tests);
}
