// SPDX-License-Identifier: Apache-2.0
// What a hostile file gets from the command line: an error that names the row, or a result that
// warns. Each case is one that once gave a number without a word.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { UNITS = 12, TIMES = 8, ROWS = UNITS * TIMES, WORDS_MAX = 300 };

struct row {
    double y, x, count, hours, start;
    int unit, time;
};

static struct row rows[ROWS + 1];
static size_t n;
static char path[] = "/tmp/evidence-bad-XXXXXX";

// A third starts at 4, a third at 6, a third never.
static void make(void)
{
    n = 0;
    for (int u = 0; u < UNITS; u++) {
        for (int t = 1; t <= TIMES; t++) {
            rows[n++] = (struct row){ .y = 10 + u % 5 + 0.2 * t + sin(3.0 * u + 7.0 * t * t),
                .x = cos(2.0 * u * u + t),
                .count = 3 + (u * t) % 7,
                .hours = 20 + (u + t) % 9,
                .start = u % 3 == 0   ? 4
                         : u % 3 == 1 ? 6
                                      : 0,
                .unit = u,
                .time = t };
        }
    }
}

static int call(const char *words, char **ret_out, char **ret_err)
{
    char copy[WORDS_MAX];
    char *argv[40];
    int argc = 0;
    size_t len;
    FILE *file = fopen(path, "w");
    fputs("y,x,count,hours,start,on,one,lot,unit,time\n", file);
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];
        fprintf(file, "%.17g,%.17g,%.17g,%.17g,%g,%d,%d,%d,u%d,%d\n", r->y, r->x, r->count,
            r->hours, r->start, r->start > 0 && r->time >= r->start, r->unit == 0 && r->time >= 6,
            r->unit % 2, r->unit, r->time);
    }
    fclose(file);
    snprintf(copy, sizeof(copy), "%s", words);
    char *rest = copy;
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        argv[argc++] = strcmp(word, "@") == 0 ? path : word;
    }
    FILE *out = open_memstream(ret_out, &len);
    FILE *err = open_memstream(ret_err, &len);
    int code = ph_cli_main(argc, argv, out, err);
    fclose(out);
    fclose(err);
    return code;
}

static void refused(const char *words, const char *why)
{
    char *out = NULL;
    char *err = NULL;
    int code = call(words, &out, &err);
    if (code == 0 || !strstr(err, why)) {
        fail_msg("%s: “%s” does not say “%s”", words, code ? err : out, why);
    }
    free(out);
    free(err);
}

static void warned(const char *words, const char *warning)
{
    char *out = NULL;
    char *err = NULL;
    int code = call(words, &out, &err);
    if (code != 0 || !strstr(out, warning)) {
        fail_msg("%s: “%s” does not warn of “%s”", words, code ? err : out, warning);
    }
    free(out);
    free(err);
}

#define PANEL "--outcome y --unit unit --time time"

// One absurd cell: everybody names it, whether its square overflows or not.
static void absurd_values(void **state)
{
    static const char *const calls[] = { "welch --data @ --outcome y --treat lot",
        "attgt --data @ --first-treated start " PANEL,
        "eventstudy --data @ --first-treated start " PANEL,
        "bacon --data @ --first-treated start " PANEL,
        "sunab --data @ --first-treated start " PANEL, "did --data @ --treat on " PANEL,
        "synth --data @ --treat one " PANEL, "sdid --data @ --treat one " PANEL,
        "sequence --data @ --outcome y --treat lot", "randomise --data @ --outcome y --treat lot",
        "regress --data @ --formula y~on|unit+time",
        "lin --data @ --outcome y --treat lot --covariates x",
        "ratings --data @ --outcome y --item unit --rater time" };
    static const double values[] = { 1e308, -1e160 };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        for (int k = 0; k < 2; k++) {
            make();
            rows[10].y = values[k];
            refused(calls[i], "Row 12");
        }
    }
    make();
    rows[10].x = 1e200; // it was dropped as if it said nothing
    refused("lin --data @ --outcome y --treat lot --covariates x", "Row 12");
    refused("regress --data @ --formula y~on+x", "Row 12");
    refused("regress --data @ --formula y~on+I(x*x)", "Row 12");
}

static void panels(void **state)
{
    make();
    rows[n] = rows[20];
    n++;
    warned("did --data @ --treat on " PANEL, "repeated-cells");
    warned("sunab --data @ --first-treated start " PANEL, "repeated-cells");
    refused("attgt --data @ --first-treated start " PANEL, "same unit and time");
    make();
    rows[10].start = 3; // this unit starts at 6
    refused("sunab --data @ --first-treated start " PANEL, "first treated time differs");
    refused("did --data @ --first-treated start " PANEL, "first treated time differs");
    make();
    for (size_t i = 0; i < n; i++) {
        rows[i].time = 3;
    }
    refused("did --data @ --treat on " PANEL, ""); // nobody is treated then
    for (size_t i = 0; i < n; i++) {
        rows[i].time = i % 2 ? 7 : 7;
        rows[i].unit = (int)(i % UNITS);
    }
    refused("did --data @ --treat on " PANEL, "");
    warned("regress --data @ --formula y~x|time", "collinear-dropped");
}

static void nothing_varies(void **state)
{
    make();
    for (size_t i = 0; i < n; i++) {
        rows[i].y = 7;
        rows[i].count = 0;
    }
    warned("attgt --data @ --first-treated start " PANEL, "no-variation");
    warned("sdid --data @ --treat one " PANEL, "no-variation");
    refused("its --data @ --where unit=u1 --outcome count --time time --from 5 --family poisson",
        "counts nothing at all");
    refused("its --data @ --where unit=u1 --outcome count --time time --from 5 --no-slope "
            "--exposure hours "
            "--family quasi-poisson --errors calibrated --lag 2",
        "counts nothing at all");
}

// More events than an exact limit can be searched for.
static void events_past_counting(void **state)
{
    for (double x = 1e9; x < 1e20; x *= 10) {
        struct ph_interval in = ph_garwood(x, 1, 0.95);
        double half = 1.959963984540054 * sqrt(x);
        double lean = (1.959963984540054 * 1.959963984540054 - 1) / 3;
        assert_true(fabs(in.lo - (x - half + lean)) < 1e-8 * half + 4e-16 * x);
        assert_true(fabs(in.hi - (x + 1 + half + lean)) < 1e-8 * half + 4e-16 * x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absurd_values),
        cmocka_unit_test(panels),
        cmocka_unit_test(nothing_varies),
        cmocka_unit_test(events_past_counting),
    };
    close(mkstemp(path));
    int failed = RUN_TESTS(tests);
    unlink(path);
    return failed;
}
