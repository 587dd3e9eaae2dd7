// SPDX-License-Identifier: Apache-2.0
// Processor seconds of the methods for many pilots, money and pitches, at the sizes of the table in
// docs/evidence/speed.md; medians of five. With a folder as argument the data are written there,
// for speed_decide.R to time the same work with R.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"

enum {
    RUNS = 5,
    DRAWS = 1000000,
    VALUES = 21,
    ESTIMATES = 1000,
    RATINGS = 73421,
    ITEMS = 2972,
    RATERS = 1128,
    ESSAYS = 178,
    ESSAY_RATERS = 16,
    ESSAY_ROWS = 615,
};

static struct ph_context *c;
static const char *folder;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

typedef void work_fn(const struct ph_frame *f);

static void measure(const char *what, work_fn *work, const struct ph_frame *f)
{
    double seconds[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double from = now();
        work(f);
        seconds[i] = now() - from;
    }
    qsort(seconds, RUNS, sizeof(double), by_size);
    printf("| %s | %.4f |\n", what, seconds[RUNS / 2]);
}

static void need(enum ph_status status)
{
    if (status != PH_OK) {
        fprintf(stderr, "%s\n", ph_context_message(c));
        exit(1);
    }
}

static void write_frame(const char *name, const struct ph_frame *f)
{
    char path[400];
    if (!folder) {
        return;
    }
    snprintf(path, sizeof(path), "%s/%s.csv", folder, name);
    FILE *out = fopen(path, "w");
    if (!out) {
        exit(1);
    }
    for (size_t k = 0; k < f->columns; k++) {
        fprintf(out, "%s%s", k ? "," : "", f->column[k].name);
    }
    for (size_t i = 0; i < f->rows; i++) {
        for (size_t k = 0; k < f->columns; k++) {
            const struct ph_column *col = &f->column[k];
            fprintf(out, "%s%.15g", k ? "," : "\n",
                col->kind == PH_REAL ? col->real[i] : (double)col->key[i]);
        }
    }
    fputc('\n', out);
    fclose(out);
}

static void money(const struct ph_frame *f)
{
    double values[VALUES];
    for (int i = 0; i < VALUES; i++) {
        values[i] = 2500.0 * i;
    }
    struct ph_cost_options o = PH_COST_OPTIONS;
    struct ph_cost_result r;
    o.effect[0] = o.cost[0] = PH_NONE;
    o.effect[1] = 0;
    o.cost[1] = 1;
    o.values = values;
    o.n_values = VALUES;
    need(ph_cost(c, f, &o, &r));
    ph_cost_release(c, &r);
}

static void pool(const struct ph_frame *f)
{
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    need(ph_shrink(c, f, &o, &r));
    ph_shrink_release(c, &r);
}

static void crossed(const struct ph_frame *f)
{
    struct ph_ratings_options o = PH_RATINGS_OPTIONS;
    struct ph_ratings_result r;
    need(ph_ratings(c, f, &o, &r));
    ph_ratings_release(c, &r);
}

static void top(const struct ph_frame *f)
{
    struct ph_top_options o = PH_TOP_OPTIONS;
    struct ph_top_result r;
    o.k = 20;
    need(ph_top_k(c, f, &o, &r));
    ph_top_release(c, &r);
}

static double y[DRAWS];
static double x[DRAWS];
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
    folder = argc > 1 ? argv[1] : NULL;
    c = ph_context_new(NULL);
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_SIMULATE, 0);
    printf("| task | processor seconds |\n| --- | --- |\n");
    for (size_t i = 0; i < DRAWS; i++) {
        y[i] = 0.0003 + 0.0005 * ev_random_normal(&r);
        x[i] = 6 + 3 * ev_random_normal(&r);
    }
    const struct ph_column pair[] = { { .name = "y", .real = y }, { .name = "x", .real = x } };
    struct ph_frame f = { .rows = DRAWS, .columns = 2, .column = pair };
    write_frame("money", &f);
    measure("net benefit, 1M draws, 21 values", money, &f);
    for (size_t i = 0; i < ESTIMATES; i++) {
        x[i] = 0.2 + ev_random_uniform(&r);
        y[i] = 1 + 0.5 * ev_random_normal(&r) + x[i] * ev_random_normal(&r);
    }
    f.rows = ESTIMATES;
    write_frame("pilots", &f);
    measure("REML shrinkage, 1,000 estimates", pool, &f);
    const struct ph_column three[] = { { .name = "y", .real = y },
        { .name = "item", .kind = PH_KEY, .key = item },
        { .name = "rater", .kind = PH_KEY, .key = rater } };
    f = (struct ph_frame){ .rows = RATINGS, .columns = 3, .column = three };
    fill_ratings(RATINGS, ITEMS, RATERS, 0.3, 0.5);
    write_frame("ratings", &f);
    measure("crossed REML, 73,421 ratings, 2,972 by 1,128", crossed, &f);
    f.rows = ESSAY_ROWS;
    fill_ratings(ESSAY_ROWS, ESSAYS, ESSAY_RATERS, 3, 1);
    write_frame("essays", &f);
    measure("top 20 of 178 items, 100,000 draws", top, &f);
    ph_context_free(c);
    return 0;
}
