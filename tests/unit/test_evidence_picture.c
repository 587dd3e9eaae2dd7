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
    assert_non_null(strstr(svg, "4.00, 95% interval from 2.00 to 6.00"));
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
                                "6.00 to \xe2\x88\x92"
                                "2.00"));
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
    assert_non_null(strstr(svg, "&lt;2&gt;"));
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

// ---- Events ------------------------------------------------------------------------------------

static struct ph_att event(double time, double att, double half, double wide)
{
    return (struct ph_att){ .group = NAN,
        .time = time,
        .att = att,
        .interval = { att - half, att + half },
        .band = { att - wide, att + wide },
        .estimated = true };
}

static void events_stand_in_order(void **state)
{
    struct ph_picture_options o = plain();
    struct ph_att items[] = { event(-2, 0.5, 1, NAN), event(-1, 0, NAN, NAN), event(0, 2, 1, NAN),
        event(1, 3, 1, NAN) };
    struct ph_att_list list = { .item = items, .n = 4 };
    char *svg = ph_picture_events(&o, &list, 0.95);
    read_svg(svg);
    assert_int_equal(svg_count(svg, "class=\"svg-hollow\""), 2); // before the start
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 2);
    assert_int_equal(svg_count(svg, "class=\"svg-light\""), 0);
    double start[4];
    svg_path(svg_find(svg, "svg-change"), start, 4);
    double before = svg_attribute(svg_find(svg, "svg-hollow"), "cx");
    double after = svg_attribute(svg_find(svg, "svg-mark"), "cx");
    assert_true(before < start[0] && start[0] < after);
    double shade = svg_attribute(svg_find(svg, "svg-before"), "width");
    assert_true(shade > 0);
    assert_non_null(strstr(svg, "Before the start there are 1 estimates; 1 of"));
    assert_non_null(strstr(svg, "the last, at 1, is 3.00"));
    ph_text_free(svg);
    items[2].band = (struct ph_interval){ 0, 4 };
    svg = ph_picture_events(&o, &list, 0.95);
    assert_int_equal(svg_count(svg, "class=\"svg-light\""), 1);
    ph_text_free(svg);
}

static void many_events_are_a_band(void **state)
{
    enum { MANY = 10000 };
    struct ph_picture_options o = plain();
    struct ph_att *items = calloc(MANY, sizeof(*items));
    for (int i = 0; i < MANY; i++) {
        items[i] = event(i - MANY / 2, sin(i / 300.0), 0.5, 1);
    }
    struct ph_att_list list = { .item = items, .n = MANY };
    struct ph_picture_table table;
    o.ret_table = &table;
    char *svg = ph_picture_events(&o, &list, 0.95);
    read_svg(svg);
    assert_true(strlen(svg) < 120000);
    assert_int_equal(table.rows, MANY);
    ph_picture_table_release(&table);
    char *again = ph_picture_events(&o, &list, 0.95);
    assert_string_equal(svg, again);
    ph_picture_table_release(&table);
    ph_text_free(svg);
    ph_text_free(again);
    list.n = 1;
    svg = ph_picture_events(&o, &list, 0.95);
    read_svg(svg);
    ph_picture_table_release(&table);
    ph_text_free(svg);
    list.n = 0;
    svg = ph_picture_events(&o, &list, 0.95);
    read_svg(svg);
    ph_picture_table_release(&table);
    ph_text_free(svg);
    free(items);
}

// ---- One treated place -------------------------------------------------------------------------

enum { TIMES = 6, PLACES = 4 };

static void synthetic_course_and_placebos(void **state)
{
    double time[TIMES];
    double actual[TIMES];
    double expected[TIMES];
    double gaps[PLACES * TIMES];
    struct ph_placebo placebo[PLACES];
    for (int t = 0; t < TIMES; t++) {
        time[t] = 2000 + t;
        actual[t] = t < 3 ? 10 + t % 2 : 20;
        expected[t] = 10;
    }
    for (int b = 0; b < PLACES; b++) {
        for (int t = 0; t < TIMES; t++) {
            gaps[b * TIMES + t] = b;
        }
        placebo[b] = (struct ph_placebo){ .pre_rmspe = b, .gap = gaps + b * TIMES };
    }
    struct ph_synth_result r = { .head = { .estimate = 10, .p = 0.2 },
        .donors = PLACES,
        .pre = 3,
        .post = 3,
        .pre_rmspe = 1,
        .rank = 1,
        .time = time,
        .actual = actual,
        .synthetic = expected,
        .placebo = placebo,
        .n_placebos = PLACES };
    struct ph_picture_options o = plain();
    struct ph_picture_table table;
    o.ret_table = &table;
    char *svg = ph_picture_synth(&o, &r);
    read_svg(svg);
    // A mean squared gap of 9 is more than 5 times 1: that place is left out.
    assert_int_equal(svg_count(svg, "class=\"svg-placebo\""), 3);
    assert_non_null(strstr(svg, "Elsewhere: 3 places"));
    assert_non_null(strstr(svg, "poor fit before the start: 1."));
    assert_non_null(strstr(svg, "rank 1 of 5"));
    assert_non_null(strstr(svg, ">2000<")); // a year, not 2,000
    // The start is between the third and the fourth of six times.
    double line[16];
    double start[4];
    svg_path(svg_find(svg, "svg-line svg-s0"), line, 12);
    svg_path(svg_find(svg, "svg-change"), start, 4);
    assert_true(fabs(start[0] - (line[4] + line[6]) / 2) <= 0.11);
    assert_true(line[7] < line[5]); // up
    assert_int_equal(table.rows, TIMES);
    assert_true(table.cell[4 * 5 + 3].number == 10);
    ph_text_free(svg);
    ph_picture_table_release(&table);
    o.ret_table = NULL;

    r.pre_rmspe = 0; // a perfect fit leaves nobody out
    svg = ph_picture_synth(&o, &r);
    assert_int_equal(svg_count(svg, "class=\"svg-placebo\""), 4);
    ph_text_free(svg);
    struct ph_sdid_result s = {
        .pre = 3, .post = 3, .time = time, .actual = actual, .synthetic = expected
    };
    svg = ph_picture_sdid(&o, &s);
    read_svg(svg);
    assert_int_equal(svg_count(svg, "class=\"svg-placebo\""), 0);
    assert_null(strstr(svg, "Elsewhere"));
    ph_text_free(svg);
}

// ---- One interrupted series --------------------------------------------------------------------

static void series_goes_on_as_it_was_heading(void **state)
{
    enum { N = 10000 };
    double *v = calloc(4 * N, sizeof(double));
    struct ph_series_result r = { .head = { .n = N, .estimate = -5, .interval = { -6, -4 } },
        .rate_ratio = NAN,
        .n_before = N / 2,
        .n_after = N / 2,
        .from = N / 2,
        .time = v,
        .observed = v + N,
        .trend = v + 2 * N,
        .untouched = v + 3 * N };
    for (int i = 0; i < N; i++) {
        r.time[i] = i;
        r.observed[i] = i * 0.001 + i * 7919 % 13 - (i >= N / 2 ? 5 : 0);
        r.untouched[i] = i * 0.001 + 6;
        r.trend[i] = r.untouched[i] - (i >= N / 2 ? 5 : 0);
    }
    struct ph_picture_options o = plain();
    char *svg = ph_picture_series(&o, &r);
    read_svg(svg);
    assert_true(strlen(svg) < 150000);
    assert_int_equal(svg_count(svg, "class=\"svg-line svg-s0\""), 2); // it breaks at the start
    double before[2];
    double after[2];
    double heading[2];
    const char *first = svg_find(svg, "svg-line svg-s0");
    svg_path(first, before, 2);
    svg_path(svg_find(first + 1, "svg-line svg-s0"), after, 2);
    svg_path(svg_find(svg, "svg-line svg-s1"), heading, 2);
    assert_true(before[0] < heading[0] && heading[0] == after[0]);
    assert_true(after[1] > heading[1]); // lower than where it was heading
    ph_text_free(svg);
    free(v);
}

// ---- Looks -------------------------------------------------------------------------------------

static void looks_mark_what_settles(void **state)
{
    struct ph_look looks[4] = { 0 };
    struct ph_sequence_result r = { .n_looks = 4, .looks = looks, .head = { .level = 0.95 } };
    const double low[] = { NAN, -INFINITY, -1, 0.5 };
    for (int i = 0; i < 4; i++) {
        looks[i].time = i + 1;
        looks[i].head.estimate = i == 0 ? NAN : 1.5;
        looks[i].head.interval = (struct ph_interval){ low[i], 3 - low[i] };
    }
    struct ph_picture_options o = plain();
    char *svg = ph_picture_looks(&o, &r);
    read_svg(svg);
    assert_non_null(strstr(svg, "Shown to be better from 4 on."));
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 1);
    assert_int_equal(svg_count(svg, "class=\"svg-hollow\""), 2);
    ph_text_free(svg);
    o.direction = PH_LOWER_IS_BETTER;
    svg = ph_picture_looks(&o, &r);
    assert_non_null(strstr(svg, "Shown to be worse from 4 on."));
    ph_text_free(svg);
    o.direction = PH_HIGHER_IS_BETTER;
    o.delta = 10;
    looks[2].head.interval.hi = 4;
    svg = ph_picture_looks(&o, &r);
    assert_non_null(strstr(svg, "Worth having ruled out from 3 on."));
    ph_text_free(svg);
    r.n_looks = 3;
    o.delta = NAN;
    svg = ph_picture_looks(&o, &r);
    assert_non_null(strstr(svg, "No look settles"));
    ph_text_free(svg);
    r.n_looks = 0;
    svg = ph_picture_looks(&o, &r);
    read_svg(svg);
    ph_text_free(svg);
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
        cmocka_unit_test(events_stand_in_order),
        cmocka_unit_test(many_events_are_a_band),
        cmocka_unit_test(synthetic_course_and_placebos),
        cmocka_unit_test(series_goes_on_as_it_was_heading),
        cmocka_unit_test(looks_mark_what_settles),
        cmocka_unit_test(plan_says_what_is_drawn),
        cmocka_unit_test(early_run_shows_both_intervals),
        cmocka_unit_test(shares_stand_against_their_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
