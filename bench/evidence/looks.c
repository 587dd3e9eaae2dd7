// SPDX-License-Identifier: Apache-2.0
// How often 26 weekly looks at a pilot without an effect find one, how wide the intervals are at
// the end, and how often they find a true effect: the table of docs/evidence/validation.md on
// looking early; then the same by plans whose rows belong together. Arguments: seed, repetitions;
// a third for the second table alone.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { WEEKS = 26, PER_WEEK_MAX = 400, ROWS_MAX = WEEKS * PER_WEEK_MAX };

static double y[ROWS_MAX];
static double arm[ROWS_MAX];
static double week[ROWS_MAX];

enum shape { EVEN, SKEWED, SHARE, RARE };
static const char *const shape_name[] = { "even", "skewed", "share 0.5", "share 0.05" };

static double draw(struct ev_random *r, enum shape shape, double effect)
{
    const double s = 0.875;
    switch (shape) {
    case EVEN:
        return ev_random_normal(r) + effect;
    case SKEWED:
        return (exp(s * ev_random_normal(r)) - exp(s * s / 2)) /
                   sqrt(exp(s * s) * (exp(s * s) - 1)) +
               effect;
    case SHARE:
        return ev_random_uniform(r) < 0.5 + effect;
    case RARE:
        return ev_random_uniform(r) < 0.05 + effect;
    }
    return NAN;
}

struct counts {
    int sequence; // an interval at some look left zero out
    int fixed;    // the same for the interval made for one look
    double width; // of the sequence at the end over the fixed one's
};

static void one(struct ph_context *c, uint64_t seed, uint64_t number, enum shape shape,
    int per_week, double effect, struct counts *k)
{
    struct ev_random r;
    ev_random_start(&r, seed, EV_STREAM_SIMULATE, number);
    size_t n = (size_t)(WEEKS * per_week);
    for (size_t i = 0; i < n; i++) {
        arm[i] = (double)(i % 2);
        y[i] = draw(&r, shape, arm[i] * effect);
        week[i] = (double)(i / (size_t)per_week);
    }
    const struct ph_column columns[] = { { .real = y }, { .real = arm }, { .real = week } };
    const struct ph_frame f = { .rows = n, .columns = 3, .column = columns };
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    struct ph_sequence_result result;
    o.columns.treat = 1;
    o.time = 2;
    o.monitor.tuned_for = (double)n;
    if (ph_sequence(c, &f, &o, &result) != PH_OK) {
        exit(1);
    }
    bool found = false;
    bool deceived = false;
    for (size_t i = 0; i < result.n_looks; i++) {
        const struct ph_result *h = &result.looks[i].head;
        found = found || h->interval.lo > 0 || h->interval.hi < 0;
        deceived = deceived || fabs(h->estimate) > 1.959963984540054 * h->se;
    }
    k->sequence += found;
    k->fixed += deceived;
    k->width += result.looks[WEEKS - 1].half_width / (1.959963984540054 * result.head.se);
    ph_sequence_release(c, &result);
}

// ---- By a plan: clusters, strata, events ----

struct together {
    const char *name;
    const char *plan; // the method and its columns
    int clusters;     // each has EACH rows a week; 0: none
    int each;         // rows a week without clusters
    double events;    // mean of a row, for events; else 0
};

static int32_t cluster[ROWS_MAX];
static int32_t stratum[ROWS_MAX];
static double exposure[ROWS_MAX];

static double poisson(struct ev_random *r, double mean)
{
    double limit = exp(-mean);
    double product = ev_random_uniform(r);
    int n = 0;
    while (product > limit) {
        product *= ev_random_uniform(r);
        n++;
    }
    return n;
}

// Half of the clusters are treated, without effect; a third of the variance lies between them, or
// their rates differ by a third.
static size_t draw_weeks(struct ev_random *r, const struct together *t)
{
    double level[64] = { 0 };
    size_t n = 0;
    for (int g = 0; g < t->clusters; g++) {
        level[g] = ev_random_normal(r);
    }
    for (int w = 0; w < WEEKS; w++) {
        for (int i = 0; i < (t->clusters ? t->clusters * t->each : t->each); i++) {
            int g = t->clusters ? i % t->clusters : i;
            cluster[n] = g;
            stratum[n] = i / 2 % 4;
            arm[n] = g % 2;
            week[n] = w;
            exposure[n] = 1;
            double own = t->clusters ? level[g] : 0;
            y[n] = t->events > 0
                       ? poisson(r, t->events * (1 + (own > 0 ? 0.33 : -0.33) * (t->clusters > 0)))
                       : sqrt(1.0 / 3) * own + sqrt(2.0 / 3) * ev_random_normal(r) + stratum[n];
            n++;
        }
    }
    return n;
}

static void by_plan(struct ph_context *c, uint64_t seed, const struct together *t, int repetitions)
{
    char text[600];
    snprintf(text, sizeof(text),
        "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"delta\":1,"
        "\"horizon\":%d,\"tuned_for\":%d,\"looks\":{\"times\":[1],\"share\":0.999},%s}",
        WEEKS, WEEKS * (t->clusters ? t->clusters : 1) * t->each, t->plan);
    struct ph_sealed *sealed = NULL;
    if (ph_plan_seal(c, text, strlen(text), &sealed) != PH_OK) {
        fprintf(stderr, "%s\n", ph_context_message(c));
        exit(1);
    }
    int found = 0;
    int fixed = 0;
    double width = 0;
    for (int i = 0; i < repetitions; i++) {
        struct ev_random r;
        ev_random_start(&r, seed, EV_STREAM_SIMULATE, (uint64_t)i);
        size_t n = draw_weeks(&r, t);
        bool hit = false;
        bool deceived = false;
        for (int w = 1; w < WEEKS; w++) {
            const struct ph_column columns[] = { { "y", PH_REAL, .real = y },
                { "arm", PH_REAL, .real = arm }, { "week", PH_REAL, .real = week },
                { "g", PH_KEY, .key = cluster }, { "s", PH_KEY, .key = stratum },
                { "t", PH_REAL, .real = exposure } };
            const struct ph_frame f = {
                .rows = n / WEEKS * (size_t)w, .columns = 6, .column = columns
            };
            struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
            struct ph_evaluation e;
            enum ph_status status = ph_evaluate(c, sealed, &f, &o, &e);
            if (status == PH_DATA && w < 4) {
                continue;
            }
            if (status != PH_OK) {
                fprintf(stderr, "%s: %s\n", t->name, ph_context_message(c));
                exit(1);
            }
            hit = hit || e.primary.interval.lo > 0 || e.primary.interval.hi < 0;
            deceived = deceived || e.fixed.lo > 0 || e.fixed.hi < 0;
            if (w == WEEKS - 1) {
                width +=
                    (e.primary.interval.hi - e.primary.interval.lo) / (e.fixed.hi - e.fixed.lo);
            }
        }
        found += hit;
        fixed += deceived;
    }
    double p = (double)found / repetitions;
    printf("| %s | %.4f | %.4f | %.4f | %.2f |\n", t->name, p, (double)fixed / repetitions,
        sqrt(p * (1 - p) / repetitions), width / repetitions);
    fflush(stdout);
    ph_sealed_free(sealed);
}

static void plans(struct ph_context *c, uint64_t seed, int repetitions)
{
#define CLUSTERED(method)                                                                          \
    "\"method\":\"" method                                                                         \
    "\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":\"week\","                       \
    "\"cluster\":\"g\"}"
#define RATES                                                                                      \
    "\"method\":\"rates\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":\"week\","     \
    "\"exposure\":\"t\""
    static const struct together cases[] = {
        { "means of 6 clusters", CLUSTERED("welch"), 6, 4, 0 },
        { "means of 10 clusters", CLUSTERED("welch"), 10, 4, 0 },
        { "means of 20 clusters", CLUSTERED("welch"), 20, 4, 0 },
        { "means of 40 clusters", CLUSTERED("welch"), 40, 2, 0 },
        { "Lin, CR2, 10 clusters", CLUSTERED("lin"), 10, 4, 0 },
        { "Lin, CR2, 20 clusters", CLUSTERED("lin"), 20, 4, 0 },
        { "4 strata, 16 rows a week",
            "\"method\":\"poststratify\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":"
            "\"week\",\"stratum\":\"s\"}",
            0, 16, 0 },
        { "4 strata, 80 rows a week",
            "\"method\":\"poststratify\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":"
            "\"week\",\"stratum\":\"s\"}",
            0, 80, 0 },
        { "events, 0.5 a group and week", RATES "}", 0, 2, 0.5 },
        { "events, 2 a group and week", RATES "}", 0, 2, 2 },
        { "events, 20 a group and week", RATES "}", 0, 2, 20 },
        { "events, 10 clusters, 2 each a week", RATES ",\"cluster\":\"g\"}", 10, 1, 2 },
    };
    printf("\n| compared | no effect: at some look | no effect: one-look interval | Monte Carlo "
           "error | "
           "width over one-look |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        by_plan(c, seed, &cases[i], repetitions);
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260101;
    int repetitions = argc > 2 ? atoi(argv[2]) : 4000;
    static const int sizes[] = { 8, 40, 200 };
    struct ph_context *c = ph_context_new(NULL);
    uint64_t number = 0;
    if (argc > 3) { // the second table alone
        plans(c, seed, repetitions);
        ph_context_free(c);
        return 0;
    }
    printf("| outcome | rows a week | no effect: sequence | no effect: one-look interval | Monte "
           "Carlo "
           "error | width over one-look | effect of 0.2 sd: sequence |\n"
           "| --- | --- | --- | --- | --- | --- | --- |\n");
    for (int shape = EVEN; shape <= RARE; shape++) {
        double sd = shape == SHARE ? 0.5 : shape == RARE ? sqrt(0.05 * 0.95) : 1;
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            struct counts none = { 0 };
            struct counts some = { 0 };
            for (int i = 0; i < repetitions; i++) {
                one(c, seed, number++, (enum shape)shape, sizes[s], 0, &none);
                one(c, seed, number++, (enum shape)shape, sizes[s], 0.2 * sd, &some);
            }
            double p = (double)none.sequence / repetitions;
            printf("| %s | %d | %.4f | %.4f | %.4f | %.2f | %.3f |\n", shape_name[shape], sizes[s],
                p, (double)none.fixed / repetitions, sqrt(p * (1 - p) / repetitions),
                none.width / repetitions, (double)some.sequence / repetitions);
        }
    }
    plans(c, seed, repetitions / 2);
    ph_context_free(c);
    return 0;
}
