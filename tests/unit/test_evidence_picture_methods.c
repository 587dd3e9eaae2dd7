// SPDX-License-Identifier: Apache-2.0
// Pictures of methods: events, places, series, looks, pilots, money, agreement, rankings.
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
    assert_non_null(strstr(svg, "Estimates before the start: 1. Of their intervals 1 hold"));
    assert_non_null(strstr(svg, "The last, at 1, is 3.00"));
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
    assert_non_null(strstr(svg, "places where nothing started (3)"));
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
    r.monitor.options.kind = PH_MONITOR_DIFFERENCE;
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
    // One group's mean above zero settles nothing; above what was named it does.
    r.monitor.options.kind = PH_MONITOR_MEAN;
    r.n_looks = 4;
    svg = ph_picture_looks(&o, &r);
    assert_null(strstr(svg, "Shown to be"));
    ph_text_free(svg);
    r.monitor.options.null_value = 0.4;
    svg = ph_picture_looks(&o, &r);
    assert_non_null(strstr(svg, "Shown to be better from 4 on."));
    assert_true(svg_count(svg, "class=\"svg-zero\"") > 0);
    ph_text_free(svg);
    r.n_looks = 0;
    svg = ph_picture_looks(&o, &r);
    read_svg(svg);
    ph_text_free(svg);
}

// ---- Several pilots ----------------------------------------------------------------------------

static void forest_has_every_pilot(void **state)
{
    enum { PILOTS = 200 };
    struct ph_shrunk pilots[PILOTS];
    const char *names[PILOTS] = { "A", HOSTILE, NULL };
    for (int i = 0; i < PILOTS; i++) {
        pilots[i] =
            (struct ph_shrunk){ .estimate = i % 5, .se = 1, .shrunk = 2, .interval = { 1, 3 } };
    }
    struct ph_shrink_result r = {
        .head = { .estimate = 2, .interval = { 1.5, 2.5 }, .level = 0.95 },
        .prediction = { 0.5, 3.5 },
        .n = 3,
        .pilots = pilots
    };
    struct ph_picture_options o = plain();
    struct ph_picture_table table;
    o.ret_table = &table;
    o.delta = 1;
    char *svg = ph_picture_forest(&o, &r, names);
    read_svg(svg);
    assert_int_equal(svg_count(svg, "class=\"svg-hollow\""), 3);
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 4); // and the mean
    assert_int_equal(svg_count(svg, "class=\"svg-expected\""), 1);
    assert_non_null(strstr(svg, "Nothing shows that the pilots differ"));
    assert_int_equal(table.rows, 5);
    assert_string_equal(table.cell[0].text, "A");
    assert_string_equal(table.cell[2 * 7].text, "3"); // the third has no name
    assert_true(fabs(table.cell[2].number + 1.959963984540054) < 1e-9);
    assert_true(table.cell[4 * 7 + 5].number == 0.5);
    // The diamond is as wide as the mean's interval, the whisker as a next one's.
    double whisker[4];
    svg_path(svg_find(svg, "svg-expected"), whisker, 4);
    const char *diamond = strstr(svg, "<path class=\"svg-mark\"");
    double points[6];
    svg_path(diamond, points, 6);
    double third = (whisker[2] - whisker[0]) / 3;
    assert_true(fabs(points[0] - whisker[0] - third) < 0.2);
    assert_true(fabs(points[4] - whisker[2] + third) < 0.2);
    ph_text_free(svg);
    ph_picture_table_release(&table);

    r.n = PILOTS;
    r.tau2 = 1;
    svg = ph_picture_forest(&o, &r, NULL);
    read_svg(svg);
    assert_non_null(strstr(svg, "More in the table: 140."));
    assert_null(strstr(svg, "Nothing shows"));
    assert_int_equal(table.rows, PILOTS + 2);
    ph_text_free(svg);
    ph_picture_table_release(&table);
    r.n = 0;
    svg = ph_picture_forest(&o, &r, NULL);
    read_svg(svg);
    ph_text_free(svg);
    ph_picture_table_release(&table);
}

// ---- Money, agreement, comparisons, rankings ---------------------------------------------------

static void cost_is_drawn_by_value(void **state)
{
    struct ph_cost_at at[] = {
        { .value = 200, .beneficial = 0.9, .evpi = 1, .benefit = 5, .benefit_sd = 2 },
        { .value = 0, .beneficial = 0.1, .evpi = 0.5, .benefit = -5, .benefit_sd = 2 },
        { .value = 100, .beneficial = 0.3, .evpi = NAN, .benefit = 0, .benefit_sd = 2 },
    };
    struct ph_cost_result r = { .n_at = 3, .at = at };
    struct ph_picture_options o = plain();
    struct ph_picture_table table;
    o.ret_table = &table;
    char *svg = ph_picture_cost(&o, &r);
    read_svg(svg);
    double line[6];
    svg_path(svg_find(svg, "svg-line svg-s0"), line, 6);
    assert_true(line[0] < line[2] && line[2] < line[4]); // whatever the order of the values
    assert_true(line[1] > line[3] && line[3] > line[5]); // the chance rises
    double half[4];
    svg_path(svg_find(svg, "svg-change"), half, 4);
    assert_true(line[3] > half[1] && line[5] < half[1]);
    // Between 100 (30%) and 200 (90%) the chance is one half at 133.
    assert_non_null(strstr(svg, "passes one half where a unit of effect is worth about 133."));
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 5);
    assert_int_equal(table.rows, 3);
    assert_true(table.cell[0].number == 200);
    ph_text_free(svg);
    ph_picture_table_release(&table);
    for (size_t n = 0; n < 2; n++) {
        r.n_at = n;
        svg = ph_picture_cost(&o, &r);
        read_svg(svg);
        ph_text_free(svg);
        ph_picture_table_release(&table);
    }
}

static void agreement_has_bias_and_limits(void **state)
{
    enum { PAIRS = 10000 };
    double *v = calloc(2 * PAIRS, sizeof(double));
    int32_t *unit = calloc(PAIRS, sizeof(int32_t));
    for (int i = 0; i < PAIRS; i++) {
        v[PAIRS + i] = i * 0.01;
        v[i] = v[PAIRS + i] + 2 + i * 7919 % 101 / 50.0 - 1;
        unit[i] = i % 20;
    }
    const struct ph_column columns[] = { { .name = "new", .kind = PH_REAL, .real = v },
        { .name = "reference", .kind = PH_REAL, .real = v + PAIRS },
        { .name = "unit", .kind = PH_KEY, .key = unit } };
    struct ph_frame f = { .rows = PAIRS, .columns = 3, .column = columns };
    struct ph_context *c = ph_context_new(NULL);
    struct ph_accuracy_options a = PH_ACCURACY_OPTIONS;
    struct ph_picture_options o = plain();
    struct ph_picture_table table;
    char *svg = NULL;
    o.delta = 5;
    o.ret_table = &table;
    assert_int_equal(ph_picture_agreement(c, &o, &f, &a, &svg), PH_OK);
    read_svg(svg);
    assert_true(strlen(svg) < 150000);
    assert_int_equal(svg_count(svg, "class=\"svg-worthwhile\""), 2);
    assert_int_equal(svg_count(svg, "class=\"svg-margin\""), 3);
    assert_non_null(strstr(svg, "Pairs: 10000. On average the difference is 2.00; 95% of"));
    assert_int_equal(table.rows, 3);
    assert_true(fabs(table.cell[4 + 1].number - 2) < 0.01);
    ph_text_free(svg);
    ph_picture_table_release(&table);
    a.unit = 2;
    assert_int_equal(ph_picture_agreement(c, &o, &f, &a, &svg), PH_OK);
    assert_non_null(strstr(svg, ">Pairs: 20."));
    ph_text_free(svg);
    ph_picture_table_release(&table);
    f.rows = 2; // too few: words, no picture
    svg = NULL;
    assert_int_equal(ph_picture_agreement(c, &o, &f, &a, &svg), PH_DATA);
    assert_null(svg);
    ph_context_free(c);
    free(unit);
    free(v);
}

static void comparisons_have_shapes(void **state)
{
    struct ph_bacon_pair pairs[] = {
        { PH_BACON_NEVER, 3, INFINITY, 0.6, 1 },
        { PH_BACON_EARLIER, 3, 5, 0.3, 2 },
        { PH_BACON_LATER, 5, 3, 0.1, -4 },
    };
    struct ph_bacon_result r = { .head = { .estimate = 0.8 },
        .weight = { 0.6, 0.3, 0.1, 0 },
        .estimate = { 1, 2, -4, NAN },
        .pair = pairs,
        .n_pairs = 3 };
    struct ph_picture_options o = plain();
    struct ph_picture_table table;
    o.ret_table = &table;
    char *svg = ph_picture_bacon(&o, &r);
    read_svg(svg);
    assert_int_equal(svg_count(svg, "class=\"svg-mark\""), 2); // one in the key
    assert_int_equal(svg_count(svg, "class=\"svg-doubt\""), 2);
    assert_non_null(strstr(svg, "With those already treated: 10% of the weight"));
    assert_null(strstr(svg, "always treated"));
    assert_string_equal(table.cell[2].text, "never");
    assert_string_equal(table.cell[5 + 2].text, "5");
    ph_text_free(svg);
    ph_picture_table_release(&table);
}

static void ranking_is_by_chance(void **state)
{
    enum { ITEMS = 60 };
    struct ph_rated items[ITEMS];
    struct ph_top_item chances[ITEMS];
    const char *names[ITEMS] = { NULL };
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct ph_rated){ .key = i, .n = 3, .raw = i };
        chances[i] = (struct ph_top_item){ .probability = i / (ITEMS - 1.0) };
    }
    names[ITEMS - 1] = HOSTILE;
    struct ph_top_result r = {
        .ratings = { .n_items = ITEMS, .items = items }, .k = 10, .items = chances
    };
    struct ph_picture_options o = plain();
    struct ph_picture_table table;
    o.ret_table = &table;
    char *svg = ph_picture_top(&o, &r, names);
    read_svg(svg);
    assert_non_null(strstr(svg, ">How probably each is among the best 10</title>"));
    assert_non_null(strstr(svg, "More in the table: 20."));
    assert_int_equal(svg_count(svg, "class=\"svg-part svg-spent\""), 40);
    const char *first = svg_find(svg, "svg-part svg-spent");
    const char *track = svg_find(svg, "svg-part svg-track");
    assert_true(svg_attribute(first, "width") == svg_attribute(track, "width")); // a sure one
    assert_int_equal(table.rows, ITEMS);
    assert_string_equal(table.cell[4].text, "58");
    assert_true(table.cell[4 * 59 + 1].number == 0);
    ph_text_free(svg);
    ph_picture_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_stand_in_order),
        cmocka_unit_test(many_events_are_a_band),
        cmocka_unit_test(synthetic_course_and_placebos),
        cmocka_unit_test(series_goes_on_as_it_was_heading),
        cmocka_unit_test(looks_mark_what_settles),
        cmocka_unit_test(forest_has_every_pilot),
        cmocka_unit_test(cost_is_drawn_by_value),
        cmocka_unit_test(agreement_has_bias_and_limits),
        cmocka_unit_test(comparisons_have_shapes),
        cmocka_unit_test(ranking_is_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
