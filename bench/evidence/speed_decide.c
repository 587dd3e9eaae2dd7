// SPDX-License-Identifier: Apache-2.0
// The methods for many pilots and for pitches, at the sizes of the table in docs/evidence/speed.md,
// one thread.
#include "bench.h"

enum {
    ESTIMATES = 1000,
    RATINGS = 73421,
    ITEMS = 2972,
    RATERS = 1128,
    ESSAYS = 178,
    ESSAY_RATERS = 16,
    ESSAY_ROWS = 615,
};

static void pool(const struct ph_frame *f)
{
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    bench_need(ph_shrink(bench_context, f, &o, &r));
    ph_shrink_release(bench_context, &r);
}

static void crossed(const struct ph_frame *f)
{
    struct ph_ratings_options o = PH_RATINGS_OPTIONS;
    struct ph_ratings_result r;
    bench_need(ph_ratings(bench_context, f, &o, &r));
    ph_ratings_release(bench_context, &r);
}

static void top(const struct ph_frame *f)
{
    struct ph_top_options o = PH_TOP_OPTIONS;
    struct ph_top_result r;
    o.k = 20;
    bench_need(ph_top_k(bench_context, f, &o, &r));
    ph_top_release(bench_context, &r);
}

static double y[RATINGS];
static double x[ESTIMATES];
static int32_t item[RATINGS];
static int32_t rater[RATINGS];

static void fill_ratings(
    size_t rows, uint32_t items, uint32_t raters, double quality, double severity)
{
    static double effect[2][ITEMS];
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_SIMULATE, rows);
    ev_random_normals(&r, effect[0], items);
    ev_random_normals(&r, effect[1], raters);
    for (size_t i = 0; i < rows; i++) {
        item[i] = (int32_t)(i < items ? i : ev_random_below(&r, items));
        rater[i] = (int32_t)ev_random_below(&r, raters);
        y[i] = 3 + quality * effect[0][item[i]] + severity * effect[1][rater[i]] +
               1.2 * ev_random_normal(&r);
    }
}

int main(int argc, char **argv)
{
    bench_begin(argc, argv);
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_SIMULATE, 0);
    for (size_t i = 0; i < ESTIMATES; i++) {
        x[i] = 0.2 + ev_random_uniform(&r);
        y[i] = 1 + 0.5 * ev_random_normal(&r) + x[i] * ev_random_normal(&r);
    }
    const struct ph_column pair[] = { { .name = "y", .real = y }, { .name = "x", .real = x } };
    struct ph_frame f = { .rows = ESTIMATES, .columns = 2, .column = pair };
    bench_write("pilots", &f);
    bench_measure("shrink", pool, &f);
    const struct ph_column three[] = { { .name = "y", .real = y },
        { .name = "item", .kind = PH_KEY, .key = item },
        { .name = "rater", .kind = PH_KEY, .key = rater } };
    f = (struct ph_frame){ .rows = RATINGS, .columns = 3, .column = three };
    fill_ratings(RATINGS, ITEMS, RATERS, 0.3, 0.5);
    bench_write("ratings", &f);
    bench_measure("ratings", crossed, &f);
    f.rows = ESSAY_ROWS;
    fill_ratings(ESSAY_ROWS, ESSAYS, ESSAY_RATERS, 3, 1);
    bench_write("essays", &f);
    bench_measure("top", top, &f);
    ph_context_free(bench_context);
    return 0;
}
