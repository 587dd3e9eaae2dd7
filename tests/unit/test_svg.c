// SPDX-License-Identifier: Apache-2.0
#include "svg.h"
#include "check.h"
#include "svg_draw.h"

#include <math.h>

#define HOSTILE "</title><script>alert('x')</script> & \"q\" \x01"

static struct arena arena;
static const struct svg_words words = { "Missed collections", "They fall.", NULL, NULL };
static const struct svg_words hostile_words = { HOSTILE, HOSTILE, NULL, NULL };

// ---- a small reader of XML: balanced tags, quoted attributes, known entities, ids once ----------

struct reader {
    const char *at;
    char open[32][16];
    int depth;
    char ids[64][64];
    int n_ids;
};

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static void read_name(struct reader *r, char *ret_name, size_t size)
{
    size_t n = 0;
    while (name_char(*r->at) && n + 1 < size) {
        ret_name[n++] = *r->at++;
    }
    assert_true(n > 0);
    ret_name[n] = '\0';
}

static void read_text(struct reader *r, char stop)
{
    static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
    for (; *r->at && *r->at != stop; r->at++) {
        assert_true(*r->at != '<' && (unsigned char)*r->at >= ' ');
        bool known = *r->at != '&';
        for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
            known = known || strncmp(r->at, entities[i], strlen(entities[i])) == 0;
        }
        assert_true(known);
    }
}

static void keep_id(struct reader *r, const char *value, size_t len)
{
    assert_true(len > 0 && len < sizeof(r->ids[0]) && r->n_ids < (int)ARRAY_LEN(r->ids));
    snprintf(r->ids[r->n_ids], sizeof(r->ids[0]), "%.*s", (int)len, value);
    for (int i = 0; i < r->n_ids; i++) {
        assert_string_not_equal(r->ids[i], r->ids[r->n_ids]);
    }
    r->n_ids++;
}

static void read_tag(struct reader *r)
{
    char name[16], attribute[32];
    if (*r->at == '/') {
        r->at++;
        read_name(r, name, sizeof(name));
        assert_true(r->depth > 0);
        assert_string_equal(name, r->open[--r->depth]);
        assert_true(*r->at++ == '>');
        return;
    }
    read_name(r, name, sizeof(name));
    assert_string_not_equal(name, "script");
    while (*r->at == ' ') {
        r->at++;
        read_name(r, attribute, sizeof(attribute));
        assert_true(strncmp(attribute, "on", 2) != 0 && strcmp(attribute, "style") != 0);
        assert_true(*r->at++ == '=' && *r->at++ == '"');
        const char *value = r->at;
        read_text(r, '"');
        if (strcmp(attribute, "id") == 0) {
            keep_id(r, value, (size_t)(r->at - value));
        }
        r->at++;
    }
    if (*r->at == '/') {
        r->at++;
    } else {
        assert_true(r->depth < (int)ARRAY_LEN(r->open));
        memcpy(r->open[r->depth++], name, sizeof(name));
    }
    assert_true(*r->at++ == '>');
}

static void check_svg(const char *svg)
{
    struct reader r = { .at = svg };
    assert_true(strncmp(svg, "<svg class=\"svg ", 16) == 0);
    assert_non_null(strstr(svg, " role=\""));
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    while (*r.at) {
        if (*r.at == '<') {
            r.at++;
            read_tag(&r);
        } else {
            read_text(&r, '<');
        }
    }
    assert_int_equal(r.depth, 0);
    for (int i = 0; i + 1 < r.n_ids; i += 2) {
        char labelled[160];
        snprintf(labelled, sizeof(labelled), "aria-labelledby=\"%s %s\"", r.ids[i], r.ids[i + 1]);
        assert_non_null(strstr(svg, labelled));
    }
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text++) {
        n++;
    }
    return n;
}

// The attribute of the first element of that class.
static double attribute(const char *svg, const char *class_name, const char *name)
{
    const char *at = strstr(svg, arena_fmt(&arena, "class=\"%s\"", class_name));
    assert_non_null(at);
    at = strstr(at, arena_fmt(&arena, " %s=\"", name));
    assert_non_null(at);
    return strtod(at + strlen(name) + 3, NULL);
}

// ---- numbers and ticks ------------------------------------------------------------------------

static void writes_short_coordinates(void **state)
{
    static const struct {
        double x;
        const char *want;
    } cases[] = {
        { 0, "0" },
        { -0.0, "0" },
        { 0.04, "0" },
        { -0.04, "0" },
        { 0.05, ".1" },
        { -0.5, "-.5" },
        { 1, "1" },
        { 12.34, "12.3" },
        { -12.36, "-12.4" },
        { 9.96, "10" },
        { 1e9, "1000000" },
        { -1e300, "-1000000" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF(b, 0);
        svg_coord(&b, cases[i].x);
        assert_string_equal(buf_text(&b), cases[i].want);
    }
    AUTO_BUF(b, 0);
    svg_coord(&b, NAN);
    svg_coord(&b, -INFINITY);
    assert_string_equal(buf_text(&b), "00");
}

static void steps_by_1_2_5(void **state)
{
    static const struct {
        double low, high;
        int most;
        double first, last;
        long n;
    } cases[] = {
        { 0, 10, 5, 0, 10, 6 },
        { 0, 1, 5, 0, 1, 6 },
        { 0.05, 0.35, 4, 0.1, 0.3, 3 },
        { -3.2, 4.1, 5, -2, 4, 4 },
        { 0, 97, 5, 0, 80, 5 },
        { 1e6, 1.7e6, 7, 1e6, 1.7e6, 8 },
        { -0.003, 0.003, 6, -0.003, 0.003, 7 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct svg_ticks t = svg_ticks(cases[i].low, cases[i].high, cases[i].most);
        assert_true(
            svg_tick(&t, t.first) == cases[i].first); // the very double that the decimal reads as
        assert_true(svg_tick(&t, t.last) == cases[i].last);
        assert_int_equal(t.last - t.first + 1, cases[i].n);
    }
    struct svg_ticks none = svg_ticks(1e300, 1e300 * (1 + 1e-15), 5);
    assert_true(none.last < none.first);
}

// ---- charts -----------------------------------------------------------------------------------

static void draws_an_effect(void **state)
{
    struct svg_interval row = { NULL, -1, -3, 1 };
    struct svg_forest f = { &row, 1, -1, 1, "No effect", "Worth having", "points" };
    AUTO_BUF(b, 0);
    svg_forest(&b, &words, &f);
    check_svg(buf_text(&b));
    assert_non_null(strstr(b.data, "role=\"img\""));
    assert_int_equal(count(b.data, "svg-interval"), 1);
    // The dot stands on the line of its own value.
    double x = attribute(b.data, "svg-mark", "cx");
    AUTO_BUF(rule, 0);
    buf_puts(&rule, "class=\"svg-zero\" d=\"M");
    svg_coord(&rule, x);
    assert_non_null(strstr(b.data, rule.data));
    assert_non_null(strstr(b.data, ">No effect</text>"));
    // What is worth having lies right of 1, where the interval ends.
    double from = attribute(b.data, "svg-beyond", "x");
    assert_true(from > x && from + attribute(b.data, "svg-beyond", "width") <= SVG_WIDTH);
}

static void draws_pairs_with_their_limits(void **state)
{
    struct svg_bubble points[] = { { 10, 2, 1 }, { 20, -2, 1 }, { 30, 0, 9 }, { NAN, 1, 1 },
        { 1, INFINITY, 1 } };
    struct svg_level levels[] = { { NULL, "svg-zero", 0, NAN, NAN },
        { "Mean", "svg-interval", 1, 0.5, 1.5 }, { HOSTILE, "svg-worthwhile", 3, NAN, NAN },
        { "none", "svg-change", NAN, 0, 1 } };
    struct svg_scatter s = { points, ARRAY_LEN(points), levels, ARRAY_LEN(levels), HOSTILE, "y" };
    AUTO_BUF(b, 0);
    svg_scatter(&b, &words, &s);
    check_svg(buf_text(&b));
    assert_int_equal(count(b.data, "class=\"svg-mark\""), 3);
    assert_int_equal(count(b.data, "class=\"svg-margin\""), 1);
    assert_null(strstr(b.data, "svg-change"));
    // The third point stands on the line of zero, and is the largest.
    const char *third = strstr(b.data, "class=\"svg-mark\"");
    third = strstr(strstr(third + 1, "class=\"svg-mark\"") + 1, "class=\"svg-mark\"");
    AUTO_BUF(rule, 0);
    buf_puts(&rule, " ");
    svg_coord(&rule, attribute(third, "svg-mark", "cy"));
    assert_non_null(strstr(strstr(b.data, "class=\"svg-zero\""), rule.data));
    assert_true(attribute(third, "svg-mark", "r") > attribute(b.data, "svg-mark", "r"));
    for (size_t n = 0; n < 2; n++) { // nothing, and one point alone
        buf_clear(&b);
        svg_scatter(&b, &words, &(struct svg_scatter){ points, n, levels, 0, NULL, NULL });
        check_svg(buf_text(&b));
        assert_int_equal(count(b.data, "class=\"svg-mark\""), n);
    }
}

static void leaves_out_what_is_no_number(void **state)
{
    struct svg_interval rows[] = {
        { "a", NAN, NAN, NAN },
        { "b", 1, -INFINITY, 2 },
        { "c", INFINITY, NAN, 2 },
        { "d", 1e300, -1e300, 1.7e308 },
        { "", 0, 0, 0 },
    };
    for (size_t n = 0; n <= ARRAY_LEN(rows); n++) {
        AUTO_BUF(b, 0);
        svg_forest(&b, &words, &(struct svg_forest){ rows, n, NAN, NAN, NULL, NULL, NULL });
        check_svg(buf_text(&b));
    }
    AUTO_BUF(b, 0);
    svg_forest(&b, &words, &(struct svg_forest){ rows, 3, INFINITY, NAN, "z", "w", NULL });
    check_svg(buf_text(&b));
    assert_int_equal(count(b.data, "svg-mark"), 1);
    assert_int_equal(count(b.data, "svg-interval"), 1);
    assert_null(strstr(b.data, "svg-zero"));
}

static void escapes_every_word(void **state)
{
    struct svg_interval row = { HOSTILE, 1, 0, 2 };
    double x[] = { 0, 1 }, y[] = { 1, 2 };
    struct svg_series series[] = { { HOSTILE, x, y, NULL, NULL, 2, true },
        { HOSTILE, x, y, y, y, 2, false } };
    struct svg_part part = { HOSTILE, HOSTILE, 1 };
    struct svg_map *m = svg_map_new(&arena, 300);
    svg_map_point(m, 1, 1, HOSTILE, HOSTILE, "/" HOSTILE);
    svg_map_point(m, 1, 1, NULL, "bad", "javascript:alert(1)");
    AUTO_BUF(b, 0);
    for (int i = 0; i < 5; i++) {
        buf_clear(&b);
        if (i == 0) {
            svg_forest(&b, &hostile_words,
                &(struct svg_forest){ &row, 1, 0, 1, HOSTILE, HOSTILE, HOSTILE });
        } else if (i == 1) {
            svg_lines(&b, &hostile_words,
                &(struct svg_lines){
                    series, 2, HOSTILE, HOSTILE, NULL, NULL, &arena, .5, HOSTILE, true });
        } else if (i == 2) {
            svg_bar(&b, &hostile_words, &part, 1);
        } else if (i == 3) {
            svg_spark(&b, &hostile_words, row, 0, 1);
        } else {
            svg_map_write(&b, &hostile_words, m);
            assert_int_equal(count(b.data, "<a href"), 1);
            assert_non_null(strstr(b.data, "role=\"group\""));
        }
        check_svg(buf_text(&b));
        assert_true(count(b.data, "&lt;/title&gt;&lt;script&gt;") >= 2);
    }
}

static void tells_pictures_apart(void **state)
{
    AUTO_BUF(page, 0);
    struct svg_interval a = { NULL, 1, 0, 2 };
    svg_spark(&page, &words, a, 0, 1);
    svg_spark(&page, &words, a, 0, 1);
    check_svg(buf_text(&page)); // no id twice
    // Each at the start of a buffer of its own, with other values.
    AUTO_BUF(one, 0);
    AUTO_BUF(two, 0);
    svg_spark(&one, &words, a, 0, 1);
    a.low = -1;
    svg_spark(&two, &words, a, 0, 1);
    buf_puts(&one, two.data);
    check_svg(one.data);
}

static const char *week(void *context, struct arena *a, double x)
{
    return arena_fmt(a, "Week %.0f", x);
}

static void check_labels_apart(const char *svg, const char *axis_y)
{
    double free_from = -1;
    size_t n = 0;
    char start[64];
    snprintf(start, sizeof(start), "\" y=\"%s\">", axis_y);
    for (const char *at = svg; (at = strstr(at, start)) != NULL; at++) {
        const char *x = at;
        while (strncmp(x, " x=\"", 4) != 0) {
            x--;
        }
        const char *text = at + strlen(start), *end = strchr(text, '<'), *tag = x;
        while (*tag != '<') {
            tag--;
        }
        double width = svg_text_width(arena_strndup(&arena, text, (size_t)(end - text)));
        const char *anchor = strstr(tag, "text-anchor=\"");
        double from = strtod(x + 4, NULL);
        from -= !anchor || anchor > x ? 0 : anchor[13] == 'm' ? width / 2 : width;
        assert_true(from >= free_from && from >= -0.1 && from + width <= SVG_WIDTH + 0.1);
        free_from = from + width;
        n++;
    }
    assert_true(n >= 2);
}

static void draws_lines(void **state)
{
    enum { N = 53 };
    double x[N], y[N], low[N], high[N];
    for (int i = 0; i < N; i++) {
        x[i] = i;
        y[i] = i == 20 || i == 22 ? (double)NAN : (double)(i % 7);
        low[i] = i % 7 - 1.0;
        high[i] = i == 30 ? (double)NAN : i % 7 + 1.0;
    }
    struct svg_series series[] = { { "Here", x, y, NULL, NULL, N, true },
        { "There", x, low, low, high, N, false } };
    struct svg_lines l = { series, 2, "weeks", "index", week, NULL, &arena, 26, "Pilot began",
        true };
    AUTO_BUF(b, 0);
    svg_lines(&b, &words, &l);
    check_svg(buf_text(&b));
    assert_int_equal(count(b.data, "svg-mark"), N - 2);
    assert_int_equal(count(b.data, "h0"), 1); // the point between two gaps is seen
    assert_int_equal(count(b.data, "svg-change"), 1);
    const char *band = strstr(b.data, "svg-band");
    assert_int_equal(
        count(arena_strndup(&arena, band, strcspn(band, ">")), "z"), 2); // cut at its gap
    const char *first = strstr(b.data, ">Week 0<");
    assert_non_null(first);
    while (strncmp(first, " y=\"", 4) != 0) {
        first--;
    }
    check_labels_apart(b.data, arena_strndup(&arena, first + 4, strcspn(first + 4, "\"")));
}

static void keeps_names_apart(void **state)
{
    double x[] = { 0, 1 }, y[] = { 5, 5 };
    struct svg_series series[6];
    for (size_t s = 0; s < ARRAY_LEN(series); s++) {
        series[s] = (struct svg_series){ "Same", x, y, NULL, NULL, 2, false };
    }
    AUTO_BUF(b, 0);
    svg_lines(&b, &words, &(struct svg_lines){ series, 6, .arena = &arena, .vline = NAN });
    check_svg(buf_text(&b));
    double seen[4];
    for (size_t s = 0; s < 4; s++) {
        seen[s] = attribute(b.data, arena_fmt(&arena, "svg-name svg-s%zu", s), "y");
        for (size_t o = 0; o < s; o++) {
            assert_true(fabs(seen[s] - seen[o]) >= 19);
        }
    }
    assert_null(strstr(b.data, "svg-s4")); // at most four
}

static void draws_a_million_points_small(void **state)
{
    enum { N = 1000000 };
    double *x = malloc(N * sizeof(*x)), *y = malloc(N * sizeof(*y));
    for (int i = 0; i < N; i++) {
        x[i] = i;
        y[i] = i == 777777 ? 100 : i % 10;
    }
    struct svg_series series = { "a", x, y, y, y, N, true };
    AUTO_BUF(b, 0);
    svg_lines(&b, &words, &(struct svg_lines){ &series, 1, .arena = &arena, .vline = NAN });
    check_svg(buf_text(&b));
    assert_true(b.len < 100000);
    // The one high value is still drawn: nothing else reaches the upper half.
    const char *line = strstr(b.data, "svg-line\"");
    assert_int_equal(count(arena_strndup(&arena, line, strcspn(line, ">")), " 12L"), 1);
    free(x);
    free(y);
}

static void draws_odd_lines(void **state)
{
    double x[] = { 3, NAN, INFINITY, 1e300 }, y[] = { 7, 1, 2, -1e300 };
    struct svg_series none = { NULL, x, y, NULL, NULL, 0, false };
    struct svg_series odd = { NULL, x, y, y, x, 4, true };
    AUTO_BUF(b, 0);
    struct svg_lines cases[] = {
        { NULL, 0, .vline = NAN, .arena = &arena },
        { &none, 1, .vline = NAN, .x_label = week, .arena = &arena },
        { &odd, 1, .vline = 1e308, .x_label = week, .arena = &arena },
        { &(struct svg_series){ NULL, x, y, NULL, NULL, 1, true }, 1, .vline = NAN,
            .arena = &arena },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_clear(&b);
        svg_lines(&b, &words, &cases[i]);
        check_svg(buf_text(&b));
    }
}

static void draws_a_bar(void **state)
{
    struct svg_part parts[] = { { "Spent", "svg-spent", 30 }, { "Nothing", NULL, 0 },
        { "Left", "svg-left", 70 }, { "Wrong", "svg-warn", NAN } };
    AUTO_BUF(b, 0);
    svg_bar(&b, &words, parts, 4);
    check_svg(buf_text(&b));
    assert_true(
        fabs(attribute(b.data, "svg-part svg-spent", "width") - 0.3 * (SVG_WIDTH - 2)) < 0.06);
    assert_true(
        fabs(attribute(b.data, "svg-part svg-left", "width") - 0.7 * (SVG_WIDTH - 2)) < 0.06);
    assert_non_null(strstr(b.data, ">Spent 30</text>"));
    for (size_t i = 0; i < 4; i++) {
        parts[i].label = NULL;
    }
    buf_clear(&b);
    svg_bar(&b, &words, parts, 4);
    check_svg(buf_text(&b));
    assert_null(strstr(b.data, "<text"));
    buf_clear(&b);
    svg_bar(&b, &words, parts, 0);
    check_svg(buf_text(&b));
    assert_non_null(strstr(b.data, "svg-track"));
}

// ---- maps -------------------------------------------------------------------------------------

static void draws_a_map_north_up(void **state)
{
    struct svg_map *m = svg_map_new(&arena, 216);
    assert_int_equal(
        svg_map_area(m,
            "{\"type\":\"Polygon\",\"coordinates\":[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]]]}",
            "svg-good", "Square", "/square"),
        OK);
    svg_map_point(m, 0, 1, NULL, "North", NULL);
    AUTO_BUF(b, 0);
    svg_map_write(&b, &words, m);
    check_svg(buf_text(&b));
    assert_non_null(strstr(b.data, "viewBox=\"0 0 216 216\" role=\"group\""));
    assert_non_null(strstr(b.data,
        "<a href=\"/square\"><path class=\"svg-area svg-good\" d=\"M8 208l200 0 0-200-200 "
        "0z\"><title>Square</title></path></a>"));
    assert_true(attribute(b.data, "svg-point", "cx") == 108);
    assert_true(attribute(b.data, "svg-point", "cy") == 8);
}

static void refuses_bad_geometry(void **state)
{
    static const struct {
        const char *text;
        enum err want;
    } cases[] = {
        { "", ERR_INVALID },
        { "{", ERR_INVALID },
        { "[]", ERR_INVALID },
        { "{}", ERR_INVALID },
        { "{\"type\":\"Polygon\"}", ERR_INVALID },
        { "{\"type\":\"Polygon\",\"coordinates\":[]}", ERR_INVALID },
        { "{\"type\":\"Polygon\",\"coordinates\":[[]]}", ERR_INVALID },
        { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[0,0]]]}", ERR_INVALID },
        { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}", ERR_INVALID },
        { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,\"0\"],[1,1],[0,0]]]}", ERR_INVALID },
        { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1],[1,1],[0,0]]]}", ERR_INVALID },
        { "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,0]]],7]}",
            ERR_INVALID },
        { "{\"type\":\"Point\",\"coordinates\":[500000,4000000]}", ERR_INVALID },
        { "{\"type\":\"MultiPoint\",\"coordinates\":[[0,0],[0,91]]}", ERR_INVALID },
        { "{\"type\":\"Point\",\"type\":\"Point\",\"coordinates\":[0,0]}", ERR_INVALID },
        { "{\"type\":\"LineString\",\"coordinates\":[[0,0],[1,1]]}", ERR_UNSUPPORTED },
        { "{\"type\":\"Feature\",\"coordinates\":[]}", ERR_UNSUPPORTED },
    };
    struct svg_map *m = svg_map_new(&arena, 300);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(svg_map_area(m, cases[i].text, NULL, "x", NULL), cases[i].want);
    }
    svg_map_point(m, NAN, 0, NULL, "x", NULL);
    AUTO_BUF(b, 0);
    svg_map_write(&b, &words, m);
    check_svg(buf_text(&b));
    assert_null(strstr(b.data, "<path"));
    assert_null(strstr(b.data, "<circle"));
    assert_non_null(strstr(b.data, "role=\"img\""));
}

static void keeps_the_smallest_area_in_sight(void **state)
{
    struct svg_map *m = svg_map_new(&arena, 300);
    assert_int_equal(
        svg_map_area(m, "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[9,0],[9,9],[0,0]]]}", NULL,
            "Large", NULL),
        OK);
    assert_int_equal(
        svg_map_area(m,
            "{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[1.0001,1],[1.0001,1.0001],[1,1]]]}",
            NULL, "Small", NULL),
        OK);
    assert_int_equal(svg_map_area(m, "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[2,3]]}",
                         NULL, "Bins", NULL),
        OK);
    AUTO_BUF(b, 0);
    svg_map_write(&b, &words, m);
    check_svg(buf_text(&b));
    assert_int_equal(count(b.data, "z\"><title>"), 2);
    assert_int_equal(count(b.data, "<title>Bins</title></circle>"), 2);
}

static int release(void **state)
{
    arena_release(&arena);
    return 0;
}

int main(void)
{
    arena_init(&arena, 64 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_short_coordinates),
        cmocka_unit_test(steps_by_1_2_5),
        cmocka_unit_test(draws_an_effect),
        cmocka_unit_test(leaves_out_what_is_no_number),
        cmocka_unit_test(draws_pairs_with_their_limits),
        cmocka_unit_test(escapes_every_word),
        cmocka_unit_test(tells_pictures_apart),
        cmocka_unit_test(draws_lines),
        cmocka_unit_test(keeps_names_apart),
        cmocka_unit_test(draws_a_million_points_small),
        cmocka_unit_test(draws_odd_lines),
        cmocka_unit_test(draws_a_bar),
        cmocka_unit_test(draws_a_map_north_up),
        cmocka_unit_test(refuses_bad_geometry),
        cmocka_unit_test(keeps_the_smallest_area_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
