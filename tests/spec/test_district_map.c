// SPDX-License-Identifier: Apache-2.0
// A real city's ten council districts fit on a public page: the map is small, and every district is
// there.
#include "svg.h"
#include "check.h"

#include <jansson.h>

static json_t *districts;

static void draws_ten_districts_small(void **state)
{
    struct arena a;
    arena_init(&a, 16 << 20);
    struct svg_map *m = svg_map_new(&a, 600);
    size_t i, n = 0;
    json_t *feature;
    json_array_foreach(json_object_get(districts, "features"), i, feature)
    {
        char *text = json_dumps(json_object_get(feature, "geometry"), 0);
        assert_int_equal(
            svg_map_area(m, text, NULL, "District", arena_fmt(&a, "/places/%zu", i)), OK);
        free(text);
        n++;
    }
    assert_int_equal(n, 10);
    AUTO_BUF(b, 0);
    svg_map_write(&b, &(struct svg_words){ "Districts", "Ten districts", NULL, NULL }, m);
    print_message("# ten districts in %zu bytes\n", b.len);
    assert_true(b.len > 3000 && b.len < 10000);
    size_t links = 0;
    for (const char *at = b.data; (at = strstr(at, "<a href=\"/places/")) != NULL; at++) {
        links++;
    }
    assert_int_equal(links, 10);
    arena_release(&a);
}

int main(void)
{
    const char *shared = getenv("PILOTHOUSE_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/data/philadelphia/council_districts_2024.geojson",
        shared ? shared : "../shared");
    districts = json_load_file(path, 0, NULL);
    if (!districts) {
        puts("1..0 # SKIP the districts' outlines are not here");
        return 0;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(draws_ten_districts_small) };
    int failed = RUN_TESTS(tests);
    json_decref(districts);
    return failed;
}
