// SPDX-License-Identifier: Apache-2.0
// Pictures: well-formed, the same bytes again, points where the numbers say.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "read_svg.h"

#define HOSTILE "</title><script>alert('x')</script> & \"q\" \x01 \xff\xfe \xed\xa0\x80"

static struct ph_picture_options plain(void)
{
    struct ph_picture_options o = PH_PICTURE_OPTIONS;
    return o;
}

static struct ph_effect_picture one(const struct ph_effect_row *row)
{
    return (struct ph_effect_picture){ .row = row, .n = 1 };
}

static void effect_stands_where_its_numbers_say(void **state)
{
    struct ph_picture_options o = plain();
    struct ph_effect_row row = { .estimate = 4, .interval = { 2, 6 }, .level = 0.95 };
    struct ph_effect_picture e = one(&row);
    o.delta = 3;
    char *svg = ph_picture_effect(&o, &e);
    read_svg(svg);
    // Zero to 6 with 6% at both ends, over 464 units from 8.
    double at[] = { 0, 2, 3, 4, 6 };
    for (size_t i = 0; i < 5; i++) {
        at[i] = 8 + (at[i] + 0.36) / 6.72 * 464;
    }
    double dot = svg_attribute(svg_find(svg, "svg-mark"), "cx");
    assert_true(fabs(dot - at[3]) <= 0.06);
    double whisker[4];
    svg_path(svg_find(svg, "svg-interval"), whisker, 4);
    assert_true(fabs(whisker[0] - at[1]) <= 0.06 && fabs(whisker[2] - at[4]) <= 0.06);
    svg_path(svg_find(svg, "svg-zero"), whisker, 4);
    assert_true(fabs(whisker[0] - at[0]) <= 0.06);
    svg_path(svg_find(svg, "svg-worthwhile"), whisker, 4);
    assert_true(fabs(whisker[0] - at[2]) <= 0.06);
    double beyond = svg_attribute(svg_find(svg, "svg-beyond"), "x");
    assert_true(fabs(beyond - at[2]) <= 0.06);
    assert_non_null(strstr(svg, ">\xe2\x86\x90 Worse<"));
    assert_non_null(strstr(svg, ">Better \xe2\x86\x92<"));
    assert_non_null(strstr(svg, "4.0, 95% interval from 2.0 to 6.0"));
    assert_non_null(strstr(svg, "on the better side of no effect"));
    ph_text_free(svg);
}

static void lower_is_better_turns_the_sides(void **state)
{
    struct ph_picture_options o = plain();
    struct ph_effect_row row = { .estimate = -4, .interval = { -6, -2 }, .level = 0.9 };
    struct ph_effect_picture e = one(&row);
    o.delta = 1;
    o.direction = PH_LOWER_IS_BETTER;
    char *svg = ph_picture_effect(&o, &e);
    read_svg(svg);
    assert_non_null(strstr(svg, ">\xe2\x86\x90 Better<"));
    assert_non_null(strstr(svg, "90% interval from \xe2\x88\x92"
                                "6.0 to \xe2\x88\x92"
                                "2.0"));
    assert_non_null(strstr(svg, "on the better side of no effect"));
    assert_non_null(strstr(svg, "All of it is worth having"));
    // The field goes from delta, which is below zero, to the left.
    assert_true(svg_attribute(svg_find(svg, "svg-beyond"), "x") == 8);
    ph_text_free(svg);
}

static void no_number_no_mark(void **state)
{
    struct ph_picture_options o = plain();
    const struct ph_effect_row rows[] = {
        { .label = "unknown", .estimate = NAN, .interval = { NAN, NAN } },
        { .label = "endless", .estimate = 1, .interval = { -INFINITY, INFINITY } },
        { .label = "half", .estimate = 1, .interval = { 0.5, INFINITY } },
        { .label = "bare", .estimate = 2, .interval = { NAN, NAN } },
        { .label = "absurd", .estimate = 1e308, .interval = { -1e308, 1e308 } },
    };
    struct ph_effect_picture e = { .row = rows, .n = 5 };
    o.delta = INFINITY;
    char *svg = ph_picture_effect(&o, &e);
    read_svg(svg);
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 3);
    assert_int_equal(svg_count(svg, "class=\"svg-interval\""), 3);
    assert_int_equal(svg_count(svg, "class=\"svg-worthwhile\""), 0);
    ph_text_free(svg);

    struct ph_effect_picture none = { .row = NULL, .n = 0 };
    svg = ph_picture_effect(&o, &none);
    read_svg(svg);
    assert_non_null(strstr(svg, "There are no numbers to draw."));
    ph_text_free(svg);
    o.version = 0;
    assert_null(ph_picture_effect(&o, &none));
    assert_null(ph_picture_effect(NULL, &none));
}

static void numbers_of_any_size(void **state)
{
    static const double sizes[] = { 0, 1e-300, 1e-9, 1e-4, 0.37, 1, 999.5, 12345, 1e6, 3.2e9, 1e14,
        1e18, 1e99 };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct ph_picture_options o = plain();
        double x = sizes[i];
        struct ph_effect_row row = { .estimate = x, .interval = { 0.9 * x, 1.2 * x } };
        struct ph_effect_picture e = one(&row);
        char *svg = ph_picture_effect(&o, &e);
        read_svg(svg);
        ph_text_free(svg);
    }
    struct ph_picture_options o = plain();
    struct ph_effect_row row = { .estimate = 3.2e6, .interval = { 1.1e6, 5.25e6 } };
    struct ph_effect_picture e = one(&row);
    o.unit = "Dollars";
    char *svg = ph_picture_effect(&o, &e);
    assert_non_null(strstr(svg, ">Dollars, in millions<"));
    assert_non_null(strstr(svg, ">3,200,000<"));
    ph_text_free(svg);
}

static void hostile_words_stay_words(void **state)
{
    struct ph_picture_options o = plain();
    struct ph_effect_row row = {
        .label = HOSTILE HOSTILE HOSTILE, .estimate = 1, .interval = { 0, 2 }
    };
    struct ph_effect_picture e = one(&row);
    struct ph_picture_table table;
    o.title = HOSTILE;
    o.unit = HOSTILE;
    o.id = "\"><x";
    o.ret_table = &table;
    for (int file = 0; file < 2; file++) {
        o.file = file;
        char *svg = ph_picture_effect(&o, &e);
        read_svg(svg);
        assert_null(strstr(svg, "<script"));
        assert_null(strchr(svg, '\xff'));
        assert_null(strchr(table.cell[0].text, '\xff'));
        ph_text_free(svg);
        ph_picture_table_release(&table);
    }
}

static const char *shout(void *user, const char *english)
{
    return strcmp(english, "Better") == 0                          ? "Mejor"
           : strcmp(english, "The interval holds no effect.") == 0 ? "Cabe {nothing}."
                                                                   : NULL;
}

static void comma(void *user, double x, int decimals, char *buf, size_t size)
{
    snprintf(buf, size, "<%d>", decimals);
}

static void words_and_numbers_of_another_language(void **state)
{
    struct ph_picture_options o = plain();
    struct ph_effect_row row = { .estimate = 1, .interval = { -1, 2 } };
    struct ph_effect_picture e = one(&row);
    o.words = shout;
    o.number = comma;
    char *svg = ph_picture_effect(&o, &e);
    read_svg(svg);
    assert_non_null(strstr(svg, ">Mejor \xe2\x86\x92<"));
    assert_non_null(strstr(svg, "Cabe {nothing}."));
    assert_non_null(strstr(svg, "&lt;1&gt;"));
    ph_text_free(svg);
    size_t n = 0;
    for (const char *phrase; (phrase = ph_picture_phrase(n)) != NULL; n++) {
        assert_null(strchr(phrase, '\''));
    }
    assert_true(n > 20);
    assert_null(ph_picture_phrase(SIZE_MAX));
}

static void table_has_every_number(void **state)
{
    struct ph_picture_options o = plain();
    struct ph_effect_row rows[50];
    struct ph_picture_table table;
    for (size_t i = 0; i < 50; i++) {
        rows[i] = (struct ph_effect_row){
            .label = "row", .estimate = (double)i, .interval = { -INFINITY, NAN }
        };
    }
    struct ph_effect_picture e = { .row = rows, .n = 50 };
    o.ret_table = &table;
    char *svg = ph_picture_effect(&o, &e);
    assert_int_equal(table.columns, 4);
    assert_int_equal(table.rows, 50);
    assert_string_equal(table.heading[1], "Estimate");
    assert_true(table.cell[4 * 49 + 1].number == 49);
    assert_string_equal(table.cell[4 * 49].text, "row");
    assert_string_equal(table.cell[4 * 49 + 2].text, "no limit");
    assert_string_equal(table.cell[4 * 49 + 3].text, "");
    ph_text_free(svg);
    ph_picture_table_release(&table);
    assert_null(table.cell);
}

// Words over two lines never share their place, wherever the lines are.
static void words_over_lines_keep_apart(void **state)
{
    for (int i = -40; i <= 40; i++) {
        struct ph_picture_options o = plain();
        struct ph_effect_row row = { .estimate = 0, .interval = { -10 + i / 5.0, 10 + i / 5.0 } };
        struct ph_effect_picture e = one(&row);
        o.delta = 0.05 + fabs(i / 4.0);
        o.direction = i < 0 ? PH_LOWER_IS_BETTER : PH_HIGHER_IS_BETTER;
        char *svg = ph_picture_effect(&o, &e);
        read_svg(svg);
        double from[2];
        double to[2];
        double y[2];
        const char *at = svg;
        for (int w = 0; w < 2; w++) {
            at = svg_find(at, "svg-rule-label");
            const char *text = strchr(at, '>') + 1;
            double width = 10.5 * (double)strcspn(text, "<");
            double x = svg_attribute(at, "x");
            const char *anchor = strstr(at, "text-anchor=\"");
            bool own = anchor && anchor < text;
            from[w] = !own ? x : anchor[13] == 'm' ? x - width / 2 : x - width;
            to[w] = from[w] + width;
            y[w] = svg_attribute(at, "y");
            assert_true(from[w] >= -0.1 && to[w] <= 480.1);
            at = text;
        }
        if (y[0] == y[1] && from[0] < to[1] && from[1] < to[0]) {
            fail_msg("%d: %g-%g and %g-%g", i, from[0], to[0], from[1], to[1]);
        }
        ph_text_free(svg);
    }
}

// ---- A sealed plan's run -----------------------------------------------------------------------

// Two groups of 12, 3 apart.
static void run_plan(const char *text, const struct ph_evaluate_options *o, char **ret_svg)
{
    static double y[24];
    static double arm[24];
    struct ph_context *c = ph_context_new(NULL);
    struct ph_sealed *sealed = NULL;
    struct ph_evaluation e;
    for (int i = 0; i < 24; i++) {
        arm[i] = i % 2;
        y[i] = 3 * arm[i] + (i * 7 % 12) / 6.0;
    }
    const struct ph_column columns[] = { { .name = "y", .kind = PH_REAL, .real = y },
        { .name = "arm", .kind = PH_REAL, .real = arm } };
    struct ph_frame f = { .rows = 24, .columns = 2, .column = columns };
    struct ph_picture_options picture = PH_PICTURE_OPTIONS;
    if (ph_plan_seal(c, text, strlen(text), &sealed) != PH_OK ||
        ph_evaluate(c, sealed, &f, o, &e) != PH_OK) {
        fail_msg("%s", ph_context_message(c));
    }
    *ret_svg = ph_evaluation_picture(&picture, sealed, &e);
    picture.version = 0;
    assert_null(ph_evaluation_picture(&picture, sealed, &e));
    ph_sealed_free(sealed);
    ph_context_free(c);
    read_svg(*ret_svg);
}

#define PLAN(more)                                                                                 \
    "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"method\":\"welch\","   \
    "\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"delta\":1" more "}"

static void plan_says_what_is_drawn(void **state)
{
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    char *svg;
    run_plan(PLAN(""), &o, &svg);
    assert_non_null(strstr(svg, ">Effect on y<"));
    assert_non_null(strstr(svg, "class=\"svg-worthwhile\""));
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 1);
    assert_null(strstr(svg, "Exploratory"));
    ph_text_free(svg);

    o.data_seen = true;
    run_plan(PLAN(""), &o, &svg);
    assert_non_null(strstr(svg, "Exploratory: not as planned"));
    ph_text_free(svg);

    // Other analyses stand beside it, hollow, whatever they find.
    o.data_seen = false;
    run_plan(PLAN(",\"sensitivity\":[{\"name\":\"By <lot>\",\"method\":\"randomise\"}]"), &o, &svg);
    assert_non_null(strstr(svg, ">As planned<"));
    assert_non_null(strstr(svg, ">By &lt;lot&gt;<"));
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 1);
    assert_int_equal(svg_count(svg, "class=\"svg-hollow\""), 1);
    ph_text_free(svg);

    // A failed check: nobody is to take the mark for a result.
    o.data_seen = false;
    run_plan(PLAN(",\"gates\":{\"treated_share\":0.01}"), &o, &svg);
    assert_non_null(strstr(svg, "A check failed"));
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 0);
    assert_int_equal(svg_count(svg, "class=\"svg-hollow\""), 1);
    ph_text_free(svg);
}

static void early_run_shows_both_intervals(void **state)
{
    static const char early[] =
        "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"method\":\"welch\","
        "\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":\"arm\"},\"delta\":1,"
        "\"horizon\":50}";
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    char *svg;
    run_plan(early, &o, &svg);
    assert_non_null(strstr(svg, "95% interval that holds at every look"));
    assert_non_null(strstr(svg, "95% interval for one look at the end"));
    double wide[4];
    double narrow[4];
    svg_path(svg_find(svg, "svg-interval"), wide, 4);
    svg_path(svg_find(svg, "svg-light"), narrow, 4);
    assert_true(wide[0] < narrow[0] && wide[2] > narrow[2]);
    ph_text_free(svg);
}

static void shares_stand_against_their_floor(void **state)
{
    static const char share[] = "{\"pilothouse_plan\":1,\"kind\":\"feasibility\",\"method\":"
                                "\"feasibility\",\"columns\":{\"outcome\":\"arm\"},"
                                "\"floor\":0.9}";
    static const char agree[] = "{\"pilothouse_plan\":1,\"kind\":\"accuracy\",\"method\":"
                                "\"accuracy\",\"columns\":{\"outcome\":\"y\","
                                "\"reference\":\"arm\"},\"margin\":2}";
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    char *svg;
    run_plan(share, &o, &svg);
    assert_non_null(strstr(svg, ">Asked for<"));
    assert_null(strstr(svg, "class=\"svg-zero\""));
    assert_null(strstr(svg, "Worse"));
    ph_text_free(svg);
    run_plan(agree, &o, &svg);
    assert_non_null(strstr(svg, ">Allowed<"));
    assert_int_equal(svg_count(svg, "class=\"svg-worthwhile\""), 2);
    assert_int_equal(svg_count(svg, "class=\"svg-interval\""), 3);
    ph_text_free(svg);
}

// ---- The way there ------------------------------------------------------------------------------

enum { PLACE_COUNT = 8, WEEKS = 10 };

struct panel {
    double y[PLACE_COUNT * WEEKS], week[PLACE_COUNT * WEEKS], on[PLACE_COUNT * WEEKS],
        first[PLACE_COUNT * WEEKS];
    int32_t place[PLACE_COUNT * WEEKS];
    struct ph_column column[5];
    struct ph_frame frame;
};

// The first places are treated from week 6 on.
static void make_panel(struct panel *d, int treated)
{
    for (int i = 0; i < PLACE_COUNT * WEEKS; i++) {
        int p = i / WEEKS;
        d->place[i] = p;
        d->week[i] = i % WEEKS + 1;
        d->on[i] = p < treated && d->week[i] >= 6;
        d->first[i] = p < treated ? 6 : 0;
        d->y[i] = p + d->week[i] * 0.3 + i * 7919 % 17 / 10.0 + 2 * d->on[i];
    }
    d->column[0] = (struct ph_column){ .name = "y", .kind = PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ .name = "week", .kind = PH_REAL, .real = d->week };
    d->column[2] = (struct ph_column){ .name = "on", .kind = PH_REAL, .real = d->on };
    d->column[3] = (struct ph_column){ .name = "first", .kind = PH_REAL, .real = d->first };
    d->column[4] = (struct ph_column){ .name = "place", .kind = PH_KEY, .key = d->place };
    d->frame = (struct ph_frame){ .rows = PLACE_COUNT * WEEKS, .columns = 5, .column = d->column };
}

static enum ph_status course(
    const struct ph_frame *f, const char *plan, char **ret_svg, char *words, size_t size)
{
    struct ph_context *c = ph_context_new(NULL);
    struct ph_sealed *sealed = NULL;
    struct ph_picture_options o = PH_PICTURE_OPTIONS;
    if (ph_plan_seal(c, plan, strlen(plan), &sealed) != PH_OK) {
        fail_msg("%s", ph_context_message(c));
    }
    enum ph_status status = ph_evaluation_course(c, &o, sealed, f, ret_svg);
    snprintf(words, size, "%s", ph_context_message(c));
    ph_sealed_free(sealed);
    ph_context_free(c);
    return status;
}

#define COURSE(method, design, columns)                                                            \
    "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"delta\":1,\"design\":\"" design                  \
    "\",\"method\":\"" method "\",\"columns\":{\"outcome\":\"y\",\"time\":\"week\"" columns "}"

static void method_has_its_course(void **state)
{
    static const struct {
        const char *plan, *picture;
        int treated;
    } methods[] = {
        { COURSE("attgt", "comparison", ",\"unit\":\"place\",\"first_treated\":\"first\"") "}",
            "svg svg-events", 4 },
        { COURSE("sunab", "comparison", ",\"unit\":\"place\",\"first_treated\":\"first\"") "}",
            "svg svg-events", 4 },
        { COURSE("synth", "comparison", ",\"unit\":\"place\",\"treat\":\"on\"") "}",
            "svg svg-course", 1 },
        { COURSE("sdid", "comparison", ",\"unit\":\"place\",\"treat\":\"on\"") "}",
            "svg svg-course", 1 },
        { COURSE("welch", "randomised", ",\"treat\":\"on\"") "}", "svg svg-looks", 4 },
    };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct panel d;
        char words[400];
        char *svg[2] = { NULL, NULL };
        make_panel(&d, methods[i].treated);
        for (int again = 0; again < 2; again++) {
            if (course(&d.frame, methods[i].plan, &svg[again], words, sizeof(words)) != PH_OK) {
                fail_msg("%s: %s", methods[i].plan, words);
            }
        }
        read_svg(svg[0]);
        assert_string_equal(svg[0], svg[1]);
        assert_non_null(strstr(svg[0], methods[i].picture));
        ph_text_free(svg[0]);
        ph_text_free(svg[1]);
    }
}

static void no_course_says_so(void **state)
{
    struct panel d;
    char words[400];
    char *svg = NULL;
    make_panel(&d, 4);
    // Rows of one place belong together: there are no looks at them.
    const char *plan = COURSE("welch", "randomised", ",\"treat\":\"on\",\"unit\":\"place\"") "}";
    assert_int_equal(course(&d.frame, plan, &svg, words, sizeof(words)), PH_UNSUPPORTED);
    assert_non_null(strstr(words, "no picture of welch over time"));
    d.frame.columns = 1;
    assert_int_equal(course(&d.frame, plan, &svg, words, sizeof(words)), PH_DATA);
    assert_null(svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effect_stands_where_its_numbers_say),
        cmocka_unit_test(lower_is_better_turns_the_sides),
        cmocka_unit_test(no_number_no_mark),
        cmocka_unit_test(numbers_of_any_size),
        cmocka_unit_test(hostile_words_stay_words),
        cmocka_unit_test(words_and_numbers_of_another_language),
        cmocka_unit_test(table_has_every_number),
        cmocka_unit_test(words_over_lines_keep_apart),
        cmocka_unit_test(plan_says_what_is_drawn),
        cmocka_unit_test(early_run_shows_both_intervals),
        cmocka_unit_test(shares_stand_against_their_floor),
        cmocka_unit_test(method_has_its_course),
        cmocka_unit_test(no_course_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
