// SPDX-License-Identifier: Apache-2.0
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_told_apart_and_small_ones_hidden),
        cmocka_unit_test(agreement_by_group),
    };
    return ROOM_TESTS(tests);
}
