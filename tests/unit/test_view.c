// SPDX-License-Identifier: Apache-2.0
#include "view.h"
#include "check.h"
#include "str.h"
#include "testroom.h"

static const struct kind *const kinds[] = { &test_note, NULL };
static const struct room room = { .name = "test", .kinds = kinds };
static const struct room *const rooms[] = { &room, NULL };

struct state_of_test {
    struct arena arena;
    const struct registry *registry;
    const struct kind *note;
};

static int set_up(void **state)
{
    static struct state_of_test s;
    arena_init(&s.arena, 8 << 20);
    assert_int_equal(registry_new(&s.arena, rooms, &s.registry), OK);
    s.note = registry_kind(s.registry, "note");
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&((struct state_of_test *)*state)->arena);
    return 0;
}

static const struct view *view_for(struct state_of_test *s, enum audience audience)
{
    const struct view *v = NULL;
    assert_int_equal(view_new(&s->arena, s->registry, s->note, audience, &v), OK);
    return v;
}

static void the_public_gets_released_fields_only(void **state)
{
    const struct view *v = view_for(*state, AUDIENCE_PUBLIC);
    static const char *const shown[] = { "title", "state", "body", "topic", "tags", "amount_cents",
        "due_on", "is_urgent", "points", "above_id", "paper_id", "created_at", "changed_at" };
    static const char *const kept[] = { "remind_at", "seen_n", "weight_num", "remark",
        "writer_email", "writer_name", "price_cents", "pass", "why_now", "owner_id" };
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        assert_non_null(view_column(v, shown[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        assert_null(view_column(v, kept[i]));
        assert_null(strstr(v->all_sql, kept[i]));
        assert_null(strstr(v->list_sql, kept[i]));
    }
    assert_int_equal(v->n_columns, ARRAY_LEN(shown));
    // The list loses the column that this audience doesn't have, and keeps its order.
    static const char *const list[] = { "title", "state", "topic", "amount_cents", "due_on",
        "above_id" };
    assert_int_equal(v->n_list, ARRAY_LEN(list));
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        assert_string_equal(v->columns[v->list[i]].name, list[i]);
    }
    assert_false(v->nothing);
}

static void audiences_see_by_degrees(void **state)
{
    const struct view *outside = view_for(*state, AUDIENCE_OUTSIDE);
    const struct view *office = view_for(*state, AUDIENCE_OFFICE);
    assert_non_null(view_column(outside, "remark"));
    assert_null(view_column(outside, "writer_email"));
    assert_null(view_column(outside, "writer_name"));
    assert_non_null(view_column(office, "writer_email"));
    assert_null(view_column(office, "writer_name"));
    const struct kind *note = ((struct state_of_test *)*state)->note;
    assert_true(view_shows(kind_field(note, "writer_name"), AUDIENCE_OUTSIDE, true));
    assert_false(view_shows(kind_field(note, "price_cents"), AUDIENCE_OFFICE, true));
    assert_false(view_shows(kind_field(note, "pass"), AUDIENCE_SYSTEM, true));
    static const char *const sealed[] = { "price_cents", "note_price", "pass", "why_now" };
    for (int audience = 0; audience < STORE_AUDIENCES; audience++) {
        const struct view *v = view_for(*state, (enum audience)audience);
        for (size_t i = 0; i < ARRAY_LEN(sealed); i++) {
            assert_null(strstr(v->all_sql, sealed[i]));
        }
    }
}

static void a_list_reads_no_prose(void **state)
{
    const struct view *v = view_for(*state, AUDIENCE_OFFICE);
    assert_null(strstr(v->list_sql, "t.body"));
    assert_null(strstr(v->list_sql, "t.points"));
    assert_non_null(strstr(v->all_sql, "t.body"));
    // A record's title comes by a join within the viewer's own scope.
    assert_non_null(strstr(v->list_sql,
        "LEFT JOIN note r1 ON r1.city = t.city AND r1.id = t.above_id AND @scope(note r1)"));
    assert_non_null(strstr(v->list_sql, "WHERE t.city = :city AND @scope(note t)"));
}

static void a_kind_may_name_its_orders(void **state)
{
    struct state_of_test *s = *state;
    struct kind few = *s->note;
    struct view_query by_date = { .n_filters = 0 };
    const struct arg *args;
    const struct view *v = NULL;
    few.orders = "state created_at unknown";
    assert_int_equal(view_new(&s->arena, s->registry, &few, AUDIENCE_OFFICE, &v), OK);
    assert_true(view_column(v, "state")->sortable);
    assert_true(view_column(v, "created_at")->sortable);
    assert_false(view_column(v, "title")->sortable);
    assert_false(view_column(v, "changed_at")->sortable);
    // The order's column is the next page's key: read where the list doesn't show it, once where it
    // does.
    assert_null(strstr(v->list_sql, "t.created_at"));
    by_date.sort = view_column(v, "created_at");
    const char *sql = view_sql(&s->arena, v, false, &by_date, false, 26, &args);
    const char *from = strstr(sql, " FROM ");
    assert_non_null(from);
    assert_int_equal(strncmp(from - strlen(", t.created_at"), ", t.created_at", 14), 0);
    by_date.sort = view_column(v, "state");
    sql = view_sql(&s->arena, v, false, &by_date, false, 26, &args);
    assert_null(strstr(strstr(sql, "t.state,") + 1, ", t.state FROM"));
}

static size_t count_args(const struct arg *args)
{
    size_t n = 0;
    while (args[n].name) {
        n++;
    }
    return n;
}

static const struct arg *find_arg(const struct arg *args, const char *name)
{
    for (; args->name; args++) {
        if (str_eq(args->name, name)) {
            return args;
        }
    }
    return NULL;
}

static void pages_go_on_by_key(void **state)
{
    struct state_of_test *s = *state;
    const struct view *v = view_for(s, AUDIENCE_OFFICE);
    struct view_query vq = { .n_filters = 0 };
    const struct arg *args;
    const char *sql = view_sql(&s->arena, v, false, &vq, false, 51, &args);
    assert_true(str_ends(sql, "@scope(note t) ORDER BY t.id DESC LIMIT :limit_n"));
    assert_int_equal(count_args(args), 1);

    vq.is_after = true;
    vq.after_id = 77;
    sql = view_sql(&s->arena, v, false, &vq, false, 51, &args);
    assert_true(str_ends(sql, "AND t.id < :after_id ORDER BY t.id DESC LIMIT :limit_n"));
    assert_int_equal(find_arg(args, "after_id")->v.n, 77);

    vq.sort = view_column(v, "due_on");
    vq.after = value_int(19000);
    sql = view_sql(&s->arena, v, false, &vq, false, 51, &args);
    assert_true(
        str_ends(sql, "AND t.due_on IS NOT NULL AND (t.due_on, t.id) > (:after_due_on, :after_id) "
                      "ORDER BY t.due_on ASC, t.id ASC LIMIT :limit_n"));
    assert_int_equal(find_arg(args, "after_due_on")->v.n, 19000);

    // Rows without a value follow from their start while the last row shown still had one, and
    // after its id when it had none.
    sql = view_sql(&s->arena, v, false, &vq, true, 10, &args);
    assert_true(str_ends(sql, "AND t.due_on IS NULL ORDER BY t.id DESC LIMIT :limit_n") ||
                str_ends(sql, "AND t.due_on IS NULL ORDER BY t.id ASC LIMIT :limit_n"));
    assert_null(find_arg(args, "after_id"));
    vq.after = VALUE_NULL;
    sql = view_sql(&s->arena, v, false, &vq, true, 10, &args);
    assert_non_null(strstr(sql, "t.due_on IS NULL AND t.id > :after_id ORDER BY t.id ASC"));

    vq.down = true;
    vq.after = value_int(5);
    sql = view_sql(&s->arena, v, false, &vq, false, 51, &args);
    assert_non_null(strstr(sql, "(t.due_on, t.id) < (:after_due_on, :after_id) "
                                "ORDER BY t.due_on DESC, t.id DESC"));
}

static void filters_are_bound_never_written(void **state)
{
    struct state_of_test *s = *state;
    const struct view *v = view_for(s, AUDIENCE_PUBLIC);
    assert_int_equal(v->n_filters, 4);
    struct view_query vq = {
        .filters = {
            { view_column(v, "state"), "published", 0 },
            { view_column(v, "tags"), "a_b", 0 },
            { view_column(v, "above_id"), NULL, 42 },
        },
        .n_filters = 3,
    };
    const struct arg *args;
    const char *sql = view_sql(&s->arena, v, false, &vq, false, 51, &args);
    assert_non_null(strstr(sql, " AND t.state = :f_state"));
    assert_non_null(strstr(sql, " AND (',' || t.tags || ',') LIKE :f_tags ESCAPE '\\'"));
    assert_non_null(strstr(sql, " AND t.above_id = :f_above_id"));
    assert_null(strstr(sql, "published"));
    assert_string_equal(find_arg(args, "f_tags")->v.text, "%,a\\_b,%");
    assert_int_equal(find_arg(args, "f_above_id")->v.kind, V_ID);
    assert_int_equal(find_arg(args, "f_above_id")->v.n, 42);
}

static void a_search_has_one_shape(void **state)
{
    struct state_of_test *s = *state;
    const struct view *v = view_for(s, AUDIENCE_PUBLIC);
    struct view_query vq = { .n_filters = 0 };
    int64_t ids[VIEW_PAGE] = { 9, 8, 7 };
    const struct arg *few, *many;
    const char *one = view_ids_sql(&s->arena, v, &vq, ids, 3, &few);
    const char *other = view_ids_sql(&s->arena, v, &vq, ids, VIEW_PAGE, &many);
    assert_string_equal(one, other);
    assert_int_equal(count_args(few), VIEW_PAGE + 1);
    assert_int_equal(find_arg(few, "i2_id")->v.n, 7);
    assert_int_equal(find_arg(few, "i3_id")->v.kind, V_NULL);
    assert_int_equal(find_arg(many, "i24_id")->v.kind, V_ID);
}

static struct value row_with(struct arena *a, const char *name, struct value v)
{
    struct value row = value_object(a);
    value_set(a, &row, "id", value_id(123456789012345));
    value_set(a, &row, name, v);
    return row;
}

static void keys_come_back_as_they_went(void **state)
{
    struct state_of_test *s = *state;
    const struct view *v = view_for(s, AUDIENCE_OFFICE);
    static const struct id_key key = { { 1, 2, 3 } };
    const struct {
        const char *column;
        struct value v;
    } cases[] = {
        { "due_on", value_date(-3) },
        { "amount_cents", value_money(-12050, "USD") },
        { "remind_at", value_time(1790000000123) },
        { "seen_n", value_int(INT64_MAX) },
        { "weight_num", value_num(0.1) },
        { "is_urgent", value_bool(true) },
        { "title", value_text("a.b & “c” ✓ ?after=") },
        { "title", value_text("") },
        { "due_on", VALUE_NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view_query vq = { .sort = view_column(v, cases[i].column) }, back = vq;
        assert_true(vq.sort->sortable);
        struct value row = row_with(&s->arena, cases[i].column, cases[i].v);
        const char *text = view_key_write(&s->arena, &key, &vq, &row);
        assert_int_equal(view_key_read(&s->arena, &key, text, &back), OK);
        assert_true(back.is_after);
        assert_int_equal(back.after_id, 123456789012345);
        if (cases[i].v.kind == V_TEXT) {
            assert_string_equal(back.after.text, cases[i].v.text);
        } else if (cases[i].v.kind == V_NUM) {
            assert_true(back.after.x == cases[i].v.x);
        } else if (cases[i].v.kind == V_NULL) {
            assert_int_equal(back.after.kind, V_NULL);
        } else {
            assert_int_equal(back.after.n, value_get_int(&row, cases[i].column, 0));
        }
    }
    struct view_query plain = { .n_filters = 0 };
    struct value row = row_with(&s->arena, "due_on", VALUE_NULL);
    const char *text = view_key_write(&s->arena, &key, &plain, &row);
    assert_int_equal(strlen(text), 13);
    assert_int_equal(view_key_read(&s->arena, &key, text, &plain), OK);
    assert_int_equal(plain.after_id, 123456789012345);
}

static void damaged_keys_are_refused(void **state)
{
    struct state_of_test *s = *state;
    const struct view *v = view_for(s, AUDIENCE_OFFICE);
    static const struct id_key key = { { 1, 2, 3 } };
    struct view_query vq = { .n_filters = 0 };
    struct value row = row_with(&s->arena, "due_on", value_date(9));
    const char *id = view_key_write(&s->arena, &key, &vq, &row);
    static const char *const endings[] = { ".", ".x", ".i", ".i1x", ".i99999999999999999999", ".f",
        ".fnan", ".t!!", ".t_w", ".nn", ".tAA", ".i1.i2" };
    vq.sort = view_column(v, "due_on");
    assert_int_equal(view_key_read(&s->arena, &key, id, &vq), ERR_INVALID);
    assert_int_equal(view_key_read(&s->arena, &key, "", &vq), ERR_INVALID);
    assert_int_equal(view_key_read(&s->arena, &key, "not-an-id.i1", &vq), ERR_INVALID);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        const char *text = arena_fmt(&s->arena, "%s%s", id, endings[i]);
        assert_int_equal(view_key_read(&s->arena, &key, text, &vq), ERR_INVALID);
    }
    // A text where the column has days, and a number where it has text.
    assert_int_equal(
        view_key_read(&s->arena, &key, arena_fmt(&s->arena, "%s.tYQ", id), &vq), ERR_INVALID);
    vq.sort = view_column(v, "title");
    assert_int_equal(
        view_key_read(&s->arena, &key, arena_fmt(&s->arena, "%s.i1", id), &vq), ERR_INVALID);
    assert_false(vq.is_after);
}

static void only_plain_columns_sort(void **state)
{
    const struct view *v = view_for(*state, AUDIENCE_OFFICE);
    static const char *const no[] = { "body", "points", "above_id", "tags", "paper_id",
        "writer_email" };
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        assert_non_null(view_column(v, no[i]));
        assert_false(view_column(v, no[i])->sortable);
    }
    assert_true(view_column(v, "state")->sortable);
    assert_int_equal(view_column(v, "state")->n_choices, 3);
    assert_int_equal(view_column(v, "topic")->n_choices, 3);
    assert_string_equal(view_column(v, "topic")->choices[1].label, "Water");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        T(the_public_gets_released_fields_only),
        T(audiences_see_by_degrees),
        T(a_list_reads_no_prose),
        T(a_kind_may_name_its_orders),
        T(pages_go_on_by_key),
        T(filters_are_bound_never_written),
        T(a_search_has_one_shape),
        T(keys_come_back_as_they_went),
        T(damaged_keys_are_refused),
        T(only_plain_columns_sort),
    };
    return RUN_TESTS(tests);
}
