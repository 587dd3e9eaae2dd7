// SPDX-License-Identifier: Apache-2.0
// The same input and seed give the same bytes of JSON at any number of threads: for every method
// that uses them, by every road that it has. Run under the thread sanitizer, it says that threads
// share nothing that they change.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "random.h"

enum { UNITS = 36, TIMES = 8, WORDS_MAX = 400 };

static char path[] = "/tmp/evidence-threads-XXXXXX";

// 36 units over 8 periods, in clusters of 3: half of them treated by lot, a quarter from period 4
// on and a quarter from 6, one alone from 6 (or three); a category that two people gave; four
// raters.
static void write_data(void)
{
    struct ev_random r;
    FILE *out = fdopen(mkstemp(path), "w");
    assert_non_null(out);
    ev_random_start(&r, 20260101, EV_STREAM_TEST, 3);
    fputs("y,x,treat,lot,start,one,three,unit,time,cluster,region,seen,told,rater\n", out);
    for (int u = 0; u < UNITS; u++) {
        double level = ev_random_normal(&r);
        for (int t = 1; t <= TIMES; t++) {
            int start = u % 4 == 0 ? 4 : u % 4 == 1 ? 6 : 0;
            double x = ev_random_normal(&r);
            int told = (int)ev_random_below(&r, 3);
            int seen = ev_random_below(&r, 3) ? told : (int)ev_random_below(&r, 3);
            fprintf(out, "%.6f,%.6f,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d\n",
                10 + level + 0.2 * t + 0.5 * x + ev_random_normal(&r) + 0.4 * (start && t >= start),
                x, start && t >= start, u / 3 % 2, start, u == 5 && t >= 6, u < 3 && t >= 6, u, t,
                u / 3, u / 9, seen, told, t % 4);
        }
    }
    fclose(out);
}

static char *answer(const char *words, int threads)
{
    char copy[WORDS_MAX];
    char number[8];
    char *argv[48];
    int argc = 0;
    snprintf(copy, sizeof(copy), "%s", words);
    snprintf(number, sizeof(number), "%d", threads);
    char *rest = copy;
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        argv[argc++] = strcmp(word, "@") == 0 ? path : word;
    }
    argv[argc++] = (char[]){ "--threads" };
    argv[argc++] = number;
    char *text = NULL;
    char *complaint = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    FILE *err = open_memstream(&complaint, &len);
    int code = ph_cli_main(argc, argv, out, err);
    fclose(out);
    fclose(err);
    if (code != 0) {
        fail_msg("%s: %s", words, complaint);
    }
    free(complaint);
    return text;
}

static void same_bytes(void **state)
{
    static const char *const calls[] = {
        // the wild bootstrap: all patterns, some of them, six points
        "wildboot --data @ --formula y~lot+x --cluster cluster --draws 4999",
        "wildboot --data @ --formula y~lot+x --cluster cluster --draws 999",
        "wildboot --data @ --formula y~treat+x|unit+time --cluster unit --draws 3000",
        "wildboot --data @ --formula y~lot+x --cluster cluster --signs webb --draws 1500",
        // randomisation: rows by bits, clusters by shuffles, within strata, all of them
        "randomise --data @ --outcome y --treat lot --draws 2000",
        "randomise --data @ --outcome y --treat treat --draws 1500 --interval",
        "randomise --data @ --outcome y --treat lot --cluster cluster --draws 500",
        "randomise --data @ --outcome y --treat lot --cluster cluster --draws 5000",
        "randomise --data @ --outcome y --treat lot --strata region --draws 1200 --interval",
        // bands of group-time effects
        "attgt --data @ --outcome y --unit unit --time time --first-treated start --draws 700",
        "attgt --data @ --outcome y --unit unit --time time --first-treated start --covariates x "
        "--cluster cluster --multiplier mammen --draws 500",
        // placebos, one by one, drawn, and the bootstrap
        "synth --data @ --outcome y --unit unit --time time --treat one",
        "synth --data @ --outcome y --unit unit --time time --treat one --predictors x@1:5,y@3",
        "sdid --data @ --outcome y --unit unit --time time --treat one",
        "sdid --data @ --outcome y --unit unit --time time --treat three --draws 150",
        "sdid --data @ --outcome y --unit unit --time time --treat three --variance bootstrap "
        "--draws 120",
        // whole units drawn again
        "accuracy --data @ --outcome seen --reference told --categories --unit unit --draws 900",
        // the posterior of ratings, items more than raters and fewer
        "topk --data @ --outcome y --item unit --rater rater --k 5 --draws 3000",
        "topk --data @ --outcome y --item rater --rater unit --k 2 --draws 3000",
        // what has one road only
        "regress --data @ --formula y~treat+x|unit+time --vcov CR1 --cluster unit",
        "lin --data @ --outcome y --treat lot --covariates x",
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        char *one = answer(calls[i], 1);
        assert_true(strlen(one) > 100);
        static const int threads[] = { 2, 3, 7 };
        for (size_t k = 0; k < 3; k++) {
            char *more = answer(calls[i], threads[k]);
            if (strcmp(one, more) != 0) {
                fail_msg("%s with %d threads: %s", calls[i], threads[k], more);
            }
            free(more);
        }
        free(one);
    }
}

// ---- Whole plans on made-up pilots ----

// An allocator that notices when two are in it at once; so it may be asked by threads that take
// turns only.
struct counted {
    volatile int inside;
    int clashes;
    size_t live;
};

static void *counted_allocate(void *user, size_t size)
{
    struct counted *c = user;
    c->clashes += c->inside++ != 0;
    void *block = malloc(size);
    c->live++;
    c->inside--;
    return block;
}

static void counted_release(void *user, void *block)
{
    struct counted *c = user;
    c->clashes += c->inside++ != 0;
    free(block);
    c->live--;
    c->inside--;
}

static void simulations(void **state)
{
#define PLAN(design, rest)                                                                         \
    "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"" design "\",\"delta\":0.5," rest "}"
    static const struct {
        const char *plan;
        size_t treated, compared, before, periods;
    } cases[] = {
        { PLAN("randomised",
              "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\","
              "\"time\":\"week\"},\"horizon\":6,\"tuned_for\":100,\"looks\":{\"times\":"
              "[2,4],\"share\":0.2},\"guardrails\":[{\"outcome\":\"harm\",\"direction\":"
              "\"lower\",\"margin\":0.5}]"),
            15, 15, 0, 6 },
        { PLAN("randomised", "\"method\":\"randomise\",\"columns\":{\"outcome\":\"y\",\"treat\":"
                             "\"arm\"}"),
            12, 12, 0, 1 },
        { PLAN("comparison", "\"method\":\"attgt\",\"columns\":{\"outcome\":\"y\",\"unit\":\"u\","
                             "\"time\":\"t\",\"first_treated\":\"f\"}"),
            8, 10, 3, 3 },
        { PLAN("comparison", "\"method\":\"synth\",\"columns\":{\"outcome\":\"y\",\"unit\":\"u\","
                             "\"time\":\"t\",\"treat\":\"on\"}"),
            1, 8, 6, 4 },
        { PLAN("series", "\"method\":\"its\",\"columns\":{\"outcome\":\"y\",\"time\":\"t\"},"
                         "\"series\":{\"from\":9,\"lag\":2}"),
            1, 0, 12, 12 },
        { PLAN(
              "randomised", "\"method\":\"lin\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"}"),
            1, 6, 0, 1 }, // one treated: the method refuses every run
    };
    const double truths[] = { 0, 0.8 };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ph_error_rates one[2];
        static const uint32_t threads[] = { 1, 2, 3, 8 };
        for (size_t k = 0; k < 4; k++) {
            struct counted counted = { 0 };
            struct ph_context_options co = { .version = PH_VERSION,
                .seed = 7,
                .threads = threads[k],
                .allocator = { counted_allocate, counted_release, &counted } };
            struct ph_context *c = ph_context_new(&co);
            struct ph_sealed *sealed = NULL;
            struct ph_error_rates rates[2];
            struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
            assert_int_equal(ph_plan_seal(c, cases[i].plan, strlen(cases[i].plan), &sealed), PH_OK);
            o.treated = cases[i].treated;
            o.compared = cases[i].compared;
            o.before = cases[i].before;
            o.periods = cases[i].periods;
            o.correlation = 0.3;
            o.runs = 75; // ends within a turn
            o.truths = truths;
            o.n_truths = 2;
            if (ph_simulate(c, sealed, &o, rates) != PH_OK) {
                fail_msg("%s", ph_context_message(c));
            }
            assert_int_equal(rates[0].runs + rates[0].failed, 75);
            if (k == 0) {
                memcpy(one, rates, sizeof(one));
            }
            assert_memory_equal(one, rates, sizeof(one));
            ph_sealed_free(sealed);
            ph_context_free(c);
            assert_int_equal(counted.clashes, 0);
            assert_int_equal(counted.live, 0);
        }
    }
}

// What stops one run stops all, with its words, whoever did it; and a caller may cancel.
static bool at_once(void *user)
{
    return true;
}

static void simulations_that_end(void **state)
{
    static const char plan[] = PLAN(
        "randomised", "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"}");
    const double truth = 0;
    struct ph_context_options co = { .version = PH_VERSION, .threads = 3, .cancelled = at_once };
    struct ph_context *c = ph_context_new(&co);
    struct ph_sealed *sealed = NULL;
    struct ph_error_rates rates;
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    o.truths = &truth;
    o.n_truths = 1;
    assert_int_equal(ph_plan_seal(c, plan, strlen(plan), &sealed), PH_OK);
    assert_int_equal(ph_simulate(c, sealed, &o, &rates), PH_CANCELLED);
    assert_string_equal(ph_context_message(c), "Cancelled.");
    ph_sealed_free(sealed);
    ph_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(simulations),
        cmocka_unit_test(simulations_that_end),
    };
    write_data();
    int failed = RUN_TESTS(tests);
    unlink(path);
    return failed;
}
