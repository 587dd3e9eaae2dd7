// SPDX-License-Identifier: Apache-2.0
#include "value.h"
#include "check.h"

#include <math.h>

static struct arena a;

static int setup(void **state)
{
    arena_init(&a, 1 << 22);
    return 0;
}

static int teardown(void **state)
{
    arena_release(&a);
    return 0;
}

static void sets_replaces_and_finds(void **state)
{
    struct value o = value_object(&a);
    for (int i = 0; i < 100; i++) {
        value_set(&a, &o, arena_fmt(&a, "key%d", i), value_int(i));
    }
    value_set(&a, &o, "key7", value_text("seven"));
    assert_int_equal(o.object->len, 100);
    assert_string_equal(value_get_text(&o, "key7", ""), "seven");
    assert_int_equal(value_get_int(&o, "key99", -1), 99);
    assert_null(value_get(&o, "key"));
    assert_null(value_get(&o, "key100"));
    assert_null(value_get(&o, ""));
    assert_null(value_get(NULL, "key7"));
    struct value leaf = value_int(1);
    assert_null(value_get(&leaf, "key7"));
}

static void rows_share_their_keys_until_one_grows(void **state)
{
    static const char *keys[] = { "name", "cost" };
    struct value first[] = { value_text("a"), value_int(1) };
    struct value second[] = { value_text("b"), value_int(2) };
    struct value one = value_row(&a, keys, first, 2), two = value_row(&a, keys, second, 2);
    value_set(&a, &one, "cost", value_int(10));
    value_set(&a, &one, "extra", value_bool(true));
    assert_int_equal(value_get_int(&one, "cost", 0), 10);
    assert_int_equal(value_get_int(&one, "extra", 0), 1);
    assert_string_equal(value_get_text(&one, "name", ""), "a");
    assert_int_equal(value_get_int(&two, "cost", 0), 2);
    assert_null(value_get(&two, "extra"));
    assert_ptr_equal(two.object->keys, keys);
    value_set(&a, &two, "extra", value_int(3));
    value_set(&a, &two, "more", value_int(4));
    assert_int_equal(value_get_int(&two, "more", 0), 4);
    assert_string_equal(keys[1], "cost");
}

static void follows_paths(void **state)
{
    struct value root = value_object(&a), b = value_object(&a);
    value_set(&a, &b, "c", value_int(5));
    value_set(&a, &b, "cc", value_int(6));
    value_set(&a, &root, "b", b);
    assert_int_equal(value_path(&root, "b.c")->n, 5);
    assert_int_equal(value_path(&root, "b.cc")->n, 6);
    assert_int_equal(value_path(&root, "b")->kind, V_OBJECT);
    assert_null(value_path(&root, "b.c.d"));
    assert_null(value_path(&root, "b."));
    assert_null(value_path(&root, ""));
    assert_null(value_path(NULL, "b"));
}

static void lists_grow_and_refuse_what_is_past_the_end(void **state)
{
    struct value l = value_list(&a);
    assert_false(value_truthy(&l));
    for (int i = 0; i < 1000; i++) {
        struct value *item = value_push(&a, &l);
        assert_int_equal(item->kind, V_NULL);
        *item = value_int(i);
    }
    assert_int_equal(value_len(&l), 1000);
    assert_int_equal(value_at(&l, 999)->n, 999);
    assert_int_equal(value_at(&l, 0)->n, 0);
    assert_null(value_at(&l, 1000));
    assert_null(value_at(NULL, 0));
    assert_true(value_truthy(&l));
}

static void knows_what_is_true(void **state)
{
    struct value no[] = { VALUE_NULL, value_bool(false), value_text(""), value_html(""),
        value_text(NULL), value_num(NAN), value_num(INFINITY) };
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        assert_false(value_truthy(&no[i]));
    }
    struct value yes[] = { value_bool(true), value_int(0), value_num(0), value_text("0"),
        value_money(0, "USD"), value_date(0), value_time(0), value_object(&a) };
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        assert_true(value_truthy(&yes[i]));
    }
    assert_false(value_truthy(NULL));
}

static void reads_leaves_of_the_right_kind_only(void **state)
{
    struct value o = value_object(&a);
    value_set(&a, &o, "money", value_money(-250, "USD"));
    value_set(&a, &o, "num", value_num(1.5));
    value_set(&a, &o, "text", value_text("7"));
    value_set(&a, &o, "est", value_estimate(&a, (struct estimate){ 2.5, 1, 4, 0.95 }));
    assert_int_equal(value_get_int(&o, "money", 0), -250);
    assert_int_equal(value_get_int(&o, "num", -9), -9);
    assert_int_equal(value_get_int(&o, "text", -9), -9);
    assert_true(value_get_num(&o, "num", 0) == 1.5);
    assert_true(value_get_num(&o, "est", 0) == 2.5);
    assert_true(value_get_num(&o, "text", -1) == -1);
    assert_string_equal(value_get_text(&o, "num", "none"), "none");
    struct value long_code = value_money(1, "DOLLARS");
    assert_string_equal(long_code.money.currency, "DOL");
    assert_int_equal(value_money_digits("USD"), 2);
    assert_int_equal(value_money_digits("JPY"), 0);
    assert_int_equal(value_money_digits("KWD"), 3);
    assert_int_equal(value_money_digits(""), 2);
    assert_int_equal(value_money_digits("F C"), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sets_replaces_and_finds),
        TEST(rows_share_their_keys_until_one_grows),
        TEST(follows_paths),
        TEST(lists_grow_and_refuse_what_is_past_the_end),
        TEST(knows_what_is_true),
        TEST(reads_leaves_of_the_right_kind_only),
    };
    return RUN_TESTS(tests);
}
