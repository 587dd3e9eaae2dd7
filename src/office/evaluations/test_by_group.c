// SPDX-License-Identifier: Apache-2.0
#include "evaluations/evaluations_private.h"

#include "test_evaluations.h"

static void set_group(int64_t measure, int n, const char *group)
{
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(
        db_exec(room.db, &room.arena, "measure.unit_set",
            ARGS(ARG("measure_id", value_id(measure)),
                ARG("code", value_text(room_fmt("u%02d", n))), ARG("title", VALUE_NULL),
                ARG("area_id", VALUE_NULL), ARG("is_comparison", VALUE_NULL),
                ARG("group_name", value_text(group))),
            NULL),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
}

// The mean that the result has of a group: NAN while it is hidden.
static double of_group(const struct value *result, const char *title, int comparison)
{
    const struct value *list = value_get(result, "groups");
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *one = value_at(list, i);
        if (str_eq(value_get_text(one, "title", ""), title) &&
            value_get_int(one, "is_comparison", -1) == comparison) {
            assert_int_equal(
                value_get_int(one, "is_hidden", -1), value_get(one, "value_num")->kind == V_NULL);
            assert_int_equal(
                value_get_int(one, "is_hidden", -1), value_get(one, "units_n")->kind == V_NULL);
            return value_get_num(one, "value_num", NAN);
        }
    }
    fail_msg("there is no group “%s”", title);
    return NAN;
}

static void groups_are_told_apart_and_small_ones_hidden(void **state)
{
    int64_t pilot = pilot_of("effect", "comparison"), measure = measure_of(pilot, "number", 2, NAN),
            batch = batch_of(measure, "published");
    // With it: 12 old by 3, 11 young by 5, 4 middling by 9. Without it: 10 old by 1, 10 young by 2.
    static const struct {
        int to;
        const char *group;
        double change;
    } parts[] = { { 12, "Old", 3 }, { 23, "Young", 5 }, { 27, "Middling", 9 }, { 37, "Old", 1 },
        { 47, "Young", 2 } };
    for (int i = 0, k = 0; i < 47; i++) {
        k += i == parts[k].to;
        unit(measure, i + 1, k > 2, VALUE_NULL);
        set_group(measure, i + 1, parts[k].group);
        reading(measure, batch, i + 1, -5, 1, i, NAN);
        reading(measure, batch, i + 1, 5, 1, i + parts[k].change, NAN);
    }
    lock(pilot);
    int64_t id = run(pilot, measure);
    struct value result = result_of(id);
    near(of_group(&result, "Old", 0), 3, 1e-12);
    assert_true(isnan(of_group(&result, "Middling", 0)));
    assert_true(isnan(of_group(&result, "Young", 0))); // else Middling were the rest
    near(of_group(&result, "Old", 1), 1, 1e-12);
    near(of_group(&result, "Young", 1), 2, 1e-12);
    const char *csv = csv_of(id);
    assert_true(str_starts(csv, "unit,area,group,tried,"));
    assert_null(strstr(csv, "Middling"));
    assert_non_null(strstr(csv, "u01,,Old,1,"));
    assert_non_null(strstr(csv, "u13,,,1,"));
    assert_non_null(strstr(csv, "u47,,Young,0,"));
}

static void agreement_by_group(void **state)
{
    for (int yes_no = 0; yes_no < 2; yes_no++) {
        int64_t pilot = pilot_of("accuracy", NULL),
                measure = measure_of(pilot, "agreement", yes_no ? NAN : 2, yes_no ? 0.5 : NAN),
                batch = batch_of(measure, "published");
        chain_set("measure", measure, "groups", value_text("East\nWest"));
        for (int i = 0; i < 22; i++) {
            bool west = i < 11;
            unit(measure, i + 1, false, VALUE_NULL);
            set_group(measure, i + 1, west ? "West" : "East");
            reading(measure, batch, i + 1, 5, 1, yes_no ? 1 : 50 + i + (west ? 1 : 4),
                yes_no ? !west : 50 + i);
        }
        lock(pilot);
        struct value result = result_of(run(pilot, measure));
        near(of_group(&result, "West", 0), yes_no ? 0 : 1, 1e-9);
        near(of_group(&result, "East", 0), yes_no ? 1 : 4, 1e-9);
    }
}

static int64_t area(const char *title)
{
    return raw("area", "active",
        ARGS(ARG("title", value_text(title)), ARG("layer", value_text("district")),
            ARG("geojson", value_text("{}")), ARG("code", value_text(title))));
}

static const struct value *area_of(const struct value *result, const char *title)
{
    const struct value *list = value_get(result, "areas");
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *one = value_at(list, i);
        if (str_eq(value_get_text(one, "title", ""), title)) {
            assert_int_equal(
                value_get_int(one, "is_hidden", -1), value_get(one, "value_num")->kind == V_NULL);
            assert_int_equal(
                value_get_int(one, "is_hidden", -1), value_get(one, "units_n")->kind == V_NULL);
            return one;
        }
    }
    fail_msg("there is no area “%s”", title);
    return NULL;
}

static int lines_with(const char *csv, const char *words)
{
    int n = 0;
    for (const char *at = csv; (at = strstr(at, words)); at++) {
        n++;
    }
    return n;
}

// South's nine are few. Its values alone would be the total less the others, so that East, the
// next smallest, is kept back with it; neither is named in the data, and what others run on them
// gives the same bytes.
static void an_area_of_few_is_told_by_nothing(void **state)
{
    int64_t pilot = pilot_of("effect", "before_after"),
            measure = measure_of(pilot, "number", 2, NAN), batch = batch_of(measure, "published");
    static const struct {
        int to;
        const char *name;
        double change;
    } parts[] = { { 9, "South", 4 }, { 20, "East", 2 }, { 34, "North", 3 }, { 35, "Nine", 1 } };
    int64_t areas[4];
    for (size_t i = 0; i < 4; i++) {
        areas[i] = area(parts[i].name);
    }
    for (int i = 0, k = 0; i < 34; i++) {
        k += i == parts[k].to;
        unit(measure, i + 1, false, value_id(areas[k]));
        reading(measure, batch, i + 1, -5, 1, i, NAN);
        reading(measure, batch, i + 1, 5, 1, i + parts[k].change + 0.25 * (i % 2), NAN);
    }
    unit(measure, 35, true, value_id(areas[3])); // not with it: one alone on its side
    reading(measure, batch, 35, -5, 1, 1, NAN);
    lock(pilot);
    int64_t id = run(pilot, measure);
    struct value result = result_of(id);
    assert_int_equal(value_len(value_get(&result, "areas")), 3);
    assert_int_equal(value_get_int(area_of(&result, "South"), "is_hidden", -1), 1);
    assert_int_equal(value_get_int(area_of(&result, "East"), "is_hidden", -1), 1);
    near(value_get_num(area_of(&result, "North"), "value_num", NAN), 3.125, 1e-9);
    assert_int_equal(value_get_int(area_of(&result, "North"), "units_n", 0), 14);
    const char *csv = csv_of(id);
    assert_int_equal(lines_with(csv, ",North,"), 28);
    assert_int_equal(
        lines_with(csv, "South") + lines_with(csv, "East") + lines_with(csv, "Nine"), 0);
    assert_non_null(strstr(csv, "u01,,0,"));
    same_bytes(id);
    // Nor by the measure's own page, which lists the units beside their values.
    chain_set("pilot", pilot, "announced_at", value_time(1));
    chain_set("pilot", pilot, "released_at", value_time(1));
    room_as(ROLE_PUBLIC);
    const char *page = chain_page(&readings_room, "/measures/{id}", measure);
    assert_non_null(strstr(page, "North"));
    assert_null(strstr(page, "South"));
    assert_null(strstr(page, "East"));
    assert_null(strstr(page, "Nine"));
    room_as(ROLE_STAFF);
    assert_non_null(strstr(chain_page(&readings_room, "/measures/{id}", measure), "South"));
}

// However the units fall: what is kept back on a side is nothing, or ten units of two areas (one of
// them perhaps none) at least, and what is shown is of ten.
static void nothing_is_reckoned_from_the_rest(void **state)
{
    uint64_t seed = 11;
    int hidden_cases = 0;
    for (int round = 0; round < 400; round++) {
        struct value units = value_list(&room.arena), cells;
        int64_t size[2][6] = { { 0 } }, most = 1 + round % 25;
        for (int side = 0; side < 2; side++) {
            for (int k = 0; k < 6; k++) { // the last: in no area
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                size[side][k] = (int64_t)(seed >> 33) % most;
                for (int64_t i = 0; i < size[side][k]; i++) {
                    struct value *one = value_push(&room.arena, &units);
                    *one = value_object(&room.arena);
                    value_set(&room.arena, one, "is_comparison", value_bool(side != 0));
                    value_set(&room.arena, one, "before_num", value_num(1));
                    value_set(&room.arena, one, "after_num", value_num((double)k));
                    value_set(&room.arena, one, "area",
                        k == 5 ? VALUE_NULL : value_text(room_fmt("Area %d", k)));
                }
            }
        }
        evaluation_by_area(&room.ctx, &units, GROUP_CHANGE, &cells);
        int64_t back[2] = { size[0][5], size[1][5] }, kinds[2] = { back[0] > 0, back[1] > 0 };
        bool any[2] = { false, false };
        for (size_t i = 0; i < value_len(&cells); i++) {
            const struct value *cell = value_at(&cells, i);
            int side = (int)value_get_int(cell, "is_comparison", 0);
            int64_t n = size[side][value_get_text(cell, "title", "")[5] - '0'];
            struct value row = value_object(&room.arena);
            value_set(&room.arena, &row, "area", *value_get(cell, "title"));
            value_set(&room.arena, &row, "is_comparison", value_bool(side != 0));
            bool named = *evaluation_area_of(&cells, &row) != '\0';
            assert_int_equal(named, !value_get_int(cell, "is_hidden", 0));
            if (named) {
                assert_true(n >= SMALL_CELL);
                assert_int_equal(value_get_int(cell, "units_n", 0), n);
            } else {
                any[side] = true;
                back[side] += n;
                kinds[side]++;
            }
        }
        for (int side = 0; side < 2; side++) {
            int64_t all = 0;
            for (int k = 0; k < 6; k++) {
                all += size[side][k];
            }
            hidden_cases += any[side];
            // Where everything is kept back, there is nothing to subtract from the whole.
            assert_true(
                !any[side] || back[side] == all || (back[side] >= SMALL_CELL && kinds[side] >= 2));
        }
    }
    assert_true(hidden_cases > 100);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_told_apart_and_small_ones_hidden),
        cmocka_unit_test(agreement_by_group),
        cmocka_unit_test(an_area_of_few_is_told_by_nothing),
        cmocka_unit_test(nothing_is_reckoned_from_the_rest),
    };
    return ROOM_TESTS(tests);
}
