// SPDX-License-Identifier: Apache-2.0
// How often 26 weekly looks at a pilot without an effect find one, how wide the intervals are at
// the end, and how often they find a true effect: the table of docs/evidence/validation.md on
// looking early. Arguments: seed, repetitions.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>

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

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260101;
    int repetitions = argc > 2 ? atoi(argv[2]) : 4000;
    static const int sizes[] = { 8, 40, 200 };
    struct ph_context *c = ph_context_new(NULL);
    uint64_t number = 0;
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
    ph_context_free(c);
    return 0;
}
