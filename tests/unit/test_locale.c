// SPDX-License-Identifier: Apache-2.0
#include "locale.h"
#include "clock.h"
#include "str.h"
#include "check.h"

#include <math.h>
#include <pthread.h>

#define NBSP "\xc2\xa0"

static struct arena a;
static struct locales *set;
static const struct locale *en, *es;

static const char catalogue[] =
    "{\"Open calls\":\"Convocatorias abiertas\","
    "\"{n, plural, one {# pilot} other {# pilots}}\":\"{n, plural, one {# piloto} other {# "
    "pilotos}}\","
    "\"Yes\":\"Sí\",\"{point} ({low} to {high})\":\"{point} (de {low} a {high})\"}";

static int setup(void **state)
{
    arena_init(&a, 1 << 22);
    assert_int_equal(locales_new(&a, "America/New_York", "USD", &set), OK);
    assert_int_equal(locales_add(set, &a, "en", "{}", 2), OK);
    if (locales_add(set, &a, "es-ES", catalogue, strlen(catalogue)) != OK) {
        fail_msg("%s", a.detail);
    }
    en = locales_get(set, "en");
    es = locales_get(set, "ES-es");
    assert_non_null(es);
    return 0;
}

static int teardown(void **state)
{
    locales_free(set);
    arena_release(&a);
    return 0;
}

static const char *shown(const struct locale *l, struct value v, const char *style)
{
    AUTO_BUF(out, 0);
    locale_write(l, NULL, &v, style, &out);
    return arena_strdup(&a, buf_text(&out));
}

static void writes_numbers(void **state)
{
    static const struct {
        double x;
        const char *style, *en, *es;
    } cases[] = {
        { 1234.5, NULL, "1,234.5", "1234,5" },
        { 12345.5, NULL, "12,345.5", "12.345,5" },
        { 12345.5, "plain", "12345.5", "12345,5" },
        { 0.25, "percent", "25%", "25" NBSP "%" },
        { -0.1234, "percent", "-12.3%", "-12,3" NBSP "%" },
        { 1234, "compact", "1.2K", "1,2" NBSP "mil" },
        { 2.6, "integer", "3", "3" },
        { 0.00123456, NULL, "0.00123", "0,00123" },
        { 0.5, "unknown", "0.5", "0,5" },
        { -0.0, NULL, "0", "0" },
        { -0.2, "integer", "0", "0" },
        { 2, NULL, "2", "2" },
        { 1000, NULL, "1,000", "1000" },
        { -1e15, NULL, "-1,000,000,000,000,000", "-1.000.000.000.000.000" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(shown(en, value_num(cases[i].x), cases[i].style), cases[i].en);
        assert_string_equal(shown(es, value_num(cases[i].x), cases[i].style), cases[i].es);
    }
    assert_string_equal(shown(en, value_int(0), NULL), "0");
    assert_string_equal(shown(en, value_int(999), NULL), "999");
    assert_string_equal(shown(en, value_int(1000), NULL), "1,000");
    assert_string_equal(shown(es, value_int(1000), NULL), "1000");
    assert_string_equal(shown(es, value_int(10000), NULL), "10.000");
    assert_string_equal(shown(en, value_int(INT64_MIN), NULL), "-9,223,372,036,854,775,808");
    assert_string_equal(shown(en, value_int(1234567), "plain"), "1234567");
    assert_int_equal(strlen(shown(en, value_num(1.7e308), "plain")), 309);
    assert_string_equal(shown(NULL, value_num(1234.5), NULL), "1234.5");
}

static void writes_money(void **state)
{
    assert_string_equal(shown(en, value_money(3400000, "USD"), NULL), "$34,000");
    assert_string_equal(shown(en, value_money(3400050, "USD"), NULL), "$34,000.50");
    assert_string_equal(shown(en, value_money(3400005, "USD"), NULL), "$34,000.05");
    assert_string_equal(shown(en, value_money(-123456, "USD"), NULL), "-$1,234.56");
    assert_string_equal(shown(en, value_money(123450, "USD"), "plain"), "1234.50");
    assert_string_equal(shown(en, value_money(123450, "USD"), "whole"), "$1,235");
    assert_string_equal(shown(en, value_money(-49, "USD"), "whole"), "$0");
    assert_string_equal(shown(en, value_money(123450, "USD"), "code"), "USD" NBSP "1,234.50");
    assert_string_equal(shown(es, value_money(3400050, "USD"), NULL), "34.000,50" NBSP "US$");
    assert_string_equal(
        shown(en, value_money(INT64_MIN, "USD"), NULL), "-$92,233,720,368,547,758.08");
    assert_string_equal(shown(en, value_money(1200, "JPY"), NULL), "¥1,200");
    assert_string_equal(shown(en, value_money(123456, "EUR"), NULL), "€1,234.56");
    assert_string_equal(shown(en, value_money(120000, "EUR"), NULL), "€1,200");
    assert_string_equal(shown(en, value_money(5, "<$>"), NULL), "<$> 0.05");
    assert_string_equal(shown(NULL, value_money(3400000, "USD"), NULL), "34000.00");
}

static void writes_dates_and_times(void **state)
{
    struct value day = value_date(civil_days(2026, 11, 22));
    assert_string_equal(shown(en, day, NULL), "Nov 22, 2026");
    assert_string_equal(shown(en, day, "short"), "11/22/26");
    assert_string_equal(shown(en, day, "long"), "November 22, 2026");
    assert_string_equal(shown(en, day, "iso"), "2026-11-22");
    assert_string_equal(shown(es, day, NULL), "22 nov 2026");
    assert_string_equal(shown(es, day, "long"), "22 de noviembre de 2026");
    int64_t ms;
    bool zone;
    assert_true(civil_parse_instant("2026-11-22T19:30:00Z", &ms, &zone));
    assert_string_equal(shown(en, value_time(ms), NULL), "Nov 22, 2026, 2:30 PM EST");
    assert_string_equal(shown(en, value_time(ms), "date"), "Nov 22, 2026");
    assert_string_equal(shown(en, value_time(ms), "clock"), "2:30 PM EST");
    assert_string_equal(shown(en, value_time(ms), "short"), "11/22/26, 2:30 PM");
    assert_string_equal(shown(en, value_time(ms), "iso"), "2026-11-22T19:30:00Z");
    assert_string_equal(shown(en, value_time(ms), "local"), "2026-11-22T14:30");
    assert_string_equal(shown(es, value_time(ms), NULL), "22 nov 2026, 14:30 GMT-5");
    assert_true(civil_parse_instant("2026-07-04T04:00:00Z", &ms, &zone));
    assert_string_equal(shown(en, value_time(ms), "clock"), "12:00 AM EDT");
    assert_int_equal(locale_day(en, ms), civil_days(2026, 7, 4));
    assert_int_equal(locale_day(en, ms - 1), civil_days(2026, 7, 3));
    assert_true(civil_parse_instant("2826-07-04T16:05:00Z", &ms, &zone));
    assert_string_equal(shown(en, value_time(ms), NULL), "Jul 4, 2826, 12:05 PM EDT");
    // What is no date any more must only not crash.
    assert_true(*shown(en, value_date(INT64_MAX), NULL) && *shown(en, value_time(INT64_MIN), NULL));
    assert_true(*shown(NULL, value_date(INT64_MIN), NULL));
}

static void writes_estimates_and_words(void **state)
{
    struct estimate e = { 2.345, 0.1, 4.54, 0.95 };
    assert_string_equal(shown(en, value_estimate(&a, e), NULL), "2.3 (0.1 to 4.5)");
    assert_string_equal(shown(es, value_estimate(&a, e), NULL), "2,3 (de 0,1 a 4,5)");
    assert_string_equal(shown(en, value_estimate(&a, e), "interval"), "0.1 to 4.5");
    assert_string_equal(shown(en, value_estimate(&a, e), "point"), "2.345");
    e.low = NAN;
    assert_string_equal(shown(en, value_estimate(&a, e), NULL), "2.345");
    e.point = NAN;
    assert_string_equal(shown(en, value_estimate(&a, e), NULL), "–");
    assert_string_equal(shown(es, value_bool(true), NULL), "Sí");
    assert_string_equal(shown(en, value_bool(false), NULL), "No");
    assert_string_equal(shown(NULL, value_bool(false), NULL), "false");
    assert_string_equal(shown(en, value_list(&a), NULL), "");
    assert_true(locale_has_style(V_TIME, "clock"));
    assert_false(locale_has_style(V_TIME, "whole"));
    assert_false(locale_has_style(V_TEXT, "plain"));
    assert_false(locale_has_style(V_OBJECT, "plain"));
}

static void local_readings_become_instants(void **state)
{
    static const struct {
        const char *local, *utc;
    } cases[] = {
        { "2026-11-22T14:30", "2026-11-22T19:30:00Z" },
        { "2026-07-01T00:00", "2026-07-01T04:00:00Z" },
        { "2026-03-08T01:59", "2026-03-08T06:59:00Z" },
        { "2026-03-08T02:30", "2026-03-08T07:30:00Z" }, // skipped: 3:30 EDT
        { "2026-03-08T03:00", "2026-03-08T07:00:00Z" },
        { "2026-11-01T01:30", "2026-11-01T05:30:00Z" }, // twice: EDT
        { "2026-11-01T02:00", "2026-11-01T07:00:00Z" },
        { "2500-07-01T00:00", "2500-07-01T04:00:00Z" },
        { "1801-07-01T00:00", "1801-07-01T04:56:02Z" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t local, ms;
        bool zone;
        assert_true(civil_parse_instant(cases[i].local, &local, &zone) && !zone);
        assert_int_equal(locale_instant(en, local, &ms), OK);
        assert_string_equal(civil_instant(&a, ms), cases[i].utc);
    }
    int64_t ms = 7;
    assert_int_equal(locale_instant(en, INT64_MAX, &ms), ERR_INVALID);
    assert_int_equal(locale_instant(en, INT64_MIN, &ms), ERR_INVALID);
    assert_int_equal(ms, 7);
}

static void readings_survive_the_way_to_instants_and_back(void **state)
{
    for (int64_t hour = -1200000; hour < 5000000; hour += 97) {
        int64_t ms, local = hour * CLOCK_HOUR;
        assert_int_equal(locale_instant(en, local, &ms), OK);
        const char *back = shown(en, value_time(ms), "local");
        const char *was = arena_strndup(&a, civil_instant(&a, local), 16);
        int64_t off = (local - ms) / CLOCK_HOUR;
        if (!str_eq(back, was) && off != -5) { // skipped readings are shown an hour on
            fail_msg("%s came back as %s", was, back);
        }
        arena_reset(&a);
    }
}

static void translates(void **state)
{
    const char *key = "{n, plural, one {# pilot} other {# pilots}}";
    struct value args = value_object(&a);
    value_set(&a, &args, "n", value_int(1));
    assert_string_equal(locale_format(en, &a, key, &args), "1 pilot");
    assert_string_equal(locale_format(es, &a, key, &args), "1 piloto");
    value_set(&a, &args, "n", value_int(12000));
    assert_string_equal(locale_format(en, &a, key, &args), "12,000 pilots");
    assert_string_equal(locale_format(es, &a, key, &args), "12.000 pilotos");
    assert_string_equal(locale_message(es, "Open calls"), "Convocatorias abiertas");
    assert_string_equal(locale_message(es, "Unknown {"), "Unknown {");
    assert_string_equal(locale_format(es, &a, "Open calls", NULL), "Convocatorias abiertas");
    assert_string_equal(locale_format(en, &a, "broken {n", &args), "broken {n");
    assert_string_equal(locale_format(en, &a, "{missing}", NULL), "{missing}");
    assert_true(locale_has(es, "Open calls") && locale_has(en, "anything"));
    assert_false(locale_has(es, "anything"));
    assert_string_equal(locale_name(en), "English");
    assert_string_equal(locale_name(es), "Español");
}

static void refuses_bad_languages(void **state)
{
    static const char *bad[][2] = { { "fr", "[]" }, { "fr", "{" }, { "fr", "{\"a\":1}" },
        { "fr", "{\"a\":\"{n\"}" }, { "fr", "{\"a\":\"{n, plural, one {x}}\"}" }, { "", "{}" },
        { "not a tag", "{}" }, { "../../x", "{}" } };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        a.detail = NULL;
        assert_int_equal(
            locales_add(set, &a, bad[i][0], bad[i][1], strlen(bad[i][1])), ERR_INVALID);
        assert_non_null(a.detail);
    }
    assert_int_equal(locales_add(set, &a, "es-ES", "{}", 2), ERR_EXISTS);
    assert_int_equal(locales_count(set), 2);
    struct locales *none;
    assert_int_equal(locales_new(&a, "Mars/Olympus", "USD", &none), ERR_INVALID);
    assert_int_equal(locales_new(&a, "UTC", "usd", &none), ERR_INVALID);
    assert_int_equal(locales_new(&a, "UTC", "US", &none), ERR_INVALID);
    assert_int_equal(locales_new(&a, "UTC", "USD", &none), OK);
    assert_int_equal(locales_add(none, &a, "ar-EG", "{}", 2), OK);
    assert_string_equal(shown(locales_at(none, 0), value_int(12), NULL), "١٢");
    locales_free(none);
}

static void matches_what_the_reader_asks_for(void **state)
{
    static const char *cases[][2] = { { NULL, "en" }, { "", "en" }, { "es-ES", "es-ES" },
        { "es-MX,en;q=0.8", "es-ES" }, { "fr, es;q=0.5, en;q=0.7", "en" }, { "*", "en" },
        { "es;q=0, en;q=0.1", "en" }, { "fr", "en" }, { "est", "en" }, { "e", "en" },
        { ";;;,,,q=", "en" }, { "fr;q=1.0,es ; q=0.9", "es-ES" },
        { "en;q=0.3,es;q=0.301", "es-ES" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(locale_tag(locales_match(set, cases[i][0])), cases[i][1]);
    }
    assert_int_equal(locales_add(set, &a, "es-US", "{}", 2), OK);
    assert_string_equal(locale_tag(locales_match(set, "es-US")), "es-US");
    assert_string_equal(locale_tag(locales_match(set, "es-us-x")), "es-US");
    assert_string_equal(locale_tag(locales_match(set, "es-ES")), "es-ES");
    assert_string_equal(locale_tag(locales_match(set, "en-GB")), "en");
}

static void sorts_and_cleans(void **state)
{
    const char *names[] = { "", "apple", "Ärger", "banana", "ñandú", "zebra" };
    for (size_t i = 1; i < ARRAY_LEN(names); i++) {
        const char *before = locale_sort_key(es, &a, names[i - 1]),
                   *after = locale_sort_key(es, &a, names[i]);
        assert_true(strcmp(before, after) < 0);
    }
    char *endless = arena_alloc(&a, 100001);
    memset(endless, 'x', 100000);
    assert_int_equal(strlen(locale_sort_key(en, &a, endless)), 128);
    assert_string_equal(locale_clean(&a, "a\tb\nc\r\n\x01\x7f"), "a\tb\nc\n");
    assert_string_equal(locale_clean(&a, "e\xcc\x81\xc2\x85x"), "éx");
    assert_string_equal(locale_clean(&a, "e\x02\xcc\x81"), "é");
    assert_string_equal(locale_clean(&a, "日本 ok"), "日本 ok");
    assert_string_equal(
        locale_clean(&a, "\xf0\x9d\x85\xa0"), "\xf0\x9d\x85\x98\xf0\x9d\x85\xa5\xf0\x9d\x85\xae");
    assert_string_equal(locale_clean(&a, ""), "");
    assert_true(str_utf8(locale_clean(&a, "a\xff\xc2"), strlen(locale_clean(&a, "a\xff\xc2"))));
}

static void *use_both_languages(void *failures)
{
    struct arena own;
    arena_init(&own, 1 << 24);
    for (int i = 0; i < 3000; i++) {
        AUTO_BUF(out, 0);
        struct value time = value_time(1795375800000), money = value_money(123456, "USD"),
                     n = value_num(0.5);
        const struct locale *l = i % 2 ? en : es;
        locale_write(l, NULL, &time, NULL, &out);
        locale_write(l, NULL, &money, NULL, &out);
        locale_write(l, NULL, &n, "compact", &out);
        buf_puts(&out, locale_plural(l, i, true));
        buf_puts(&out, locale_sort_key(l, &own, "Äpfel") ? "" : "x");
        const char *start =
            i % 2 ? "Nov 22, 2026, 2:30 PM EST$1,234.56" : "22 nov 2026, 14:30 GMT-51234,56";
        *(int *)failures += !str_starts(buf_text(&out), start);
        arena_reset(&own);
    }
    arena_release(&own);
    return NULL;
}

static void threads_share_a_language(void **state)
{
    pthread_t threads[3];
    int failures[3] = { 0 };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_both_languages, &failures[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(failures[0] + failures[1] + failures[2], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_numbers),
        TEST(writes_money),
        TEST(writes_dates_and_times),
        TEST(writes_estimates_and_words),
        TEST(local_readings_become_instants),
        TEST(readings_survive_the_way_to_instants_and_back),
        TEST(translates),
        TEST(refuses_bad_languages),
        TEST(matches_what_the_reader_asks_for),
        TEST(sorts_and_cleans),
        TEST(threads_share_a_language),
    };
    return RUN_TESTS(tests);
}
