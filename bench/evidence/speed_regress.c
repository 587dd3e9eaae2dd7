// SPDX-License-Identifier: Apache-2.0
// Processor seconds of the methods that stream over rows or draw, at the sizes of the table in
// docs/evidence/speed.md, one thread, medians of five; after each the bare loop it is held against.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"

enum { RUNS = 5, ROWS = 1000000, TIMES = 10, SOME = 100000, DRAWS = 10000 };

static struct ph_context *c;
static double *y, *a, *b, *treat;
static int32_t *unit, *period;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *p, const void *q)
{
    double x = *(const double *)p;
    double z = *(const double *)q;
    return x < z ? -1 : x > z;
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

static void *room(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (!p) {
        exit(1);
    }
    return p;
}

// UNITS by TIMES, and clusters of units.
static void make(size_t clusters)
{
    struct ev_random r;
    ev_random_start(&r, 7, EV_STREAM_TEST, 0);
    for (size_t i = 0; i < ROWS; i++) {
        unit[i] = (int32_t)(clusters ? i * clusters / SOME : i / TIMES);
        period[i] = (int32_t)(i % TIMES);
        treat[i] = (i / TIMES) % 2 && i % TIMES >= 5;
        a[i] = ev_random_normal(&r);
        b[i] = ev_random_normal(&r) + 0.3 * a[i];
        y[i] = 0.1 * treat[i] + a[i] - b[i] + ev_random_normal(&r);
    }
}

static void regress(const struct ph_frame *f, const char *formula)
{
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    o.formula = formula;
    o.vcov = PH_VCOV_CR1;
    o.cluster[0] = 4;
    need(ph_regression(c, f, &o, &r));
    ph_regression_release(c, &r);
}

static void twfe(const struct ph_frame *f)
{
    regress(f, "y ~ treat + a | unit + period");
}

static void lin(const struct ph_frame *f)
{
    static const int32_t covariates[] = { 2, 3 };
    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result r;
    o.covariates = covariates;
    o.n_covariates = 2;
    need(ph_adjusted(c, f, &o, &r));
}

static void wild(const struct ph_frame *f)
{
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result r;
    o.formula = "y ~ treat + a";
    o.cluster = 4;
    need(ph_wildboot(c, f, &o, &r));
}

static void lot(const struct ph_frame *f)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    o.draws = DRAWS;
    need(ph_randomise(c, f, &o, &r));
}

// Two-way means of three balanced columns, with nothing around them.
static void bare_means(const struct ph_frame *f)
{
    double *const column[] = { y, treat, a };
    static volatile double sink;
    for (int k = 0; k < 3; k++) {
        double by_time[TIMES] = { 0 };
        double all = 0;
        for (size_t u = 0; u < f->rows; u += TIMES) {
            for (size_t t = 0; t < TIMES; t++) {
                by_time[t] += column[k][u + t];
            }
        }
        for (size_t u = 0; u < f->rows; u += TIMES) {
            double mean = 0;
            for (size_t t = 0; t < TIMES; t++) {
                mean += column[k][u + t];
            }
            for (size_t t = 0; t < TIMES; t++) {
                double v = column[k][u + t] - mean / TIMES - by_time[t] * TIMES / (double)f->rows;
                all += v * v;
            }
        }
        sink = all;
    }
    (void)sink;
}

int main(void)
{
    y = room(ROWS, sizeof(double));
    a = room(ROWS, sizeof(double));
    b = room(ROWS, sizeof(double));
    treat = room(ROWS, sizeof(double));
    unit = room(ROWS, sizeof(int32_t));
    period = room(ROWS, sizeof(int32_t));
    const struct ph_column column[] = { { .name = "y", .kind = PH_REAL, .real = y },
        { .name = "treat", .kind = PH_REAL, .real = treat },
        { .name = "a", .kind = PH_REAL, .real = a }, { .name = "b", .kind = PH_REAL, .real = b },
        { .name = "unit", .kind = PH_KEY, .key = unit },
        { .name = "period", .kind = PH_KEY, .key = period } };
    struct ph_frame f = { .rows = ROWS, .columns = 6, .column = column };
    struct ph_context_options o = { .version = PH_VERSION, .seed = 1 };
    c = ph_context_new(&o);
    puts("| task | seconds |\n| --- | --- |");
    make(0);
    measure("two-way fixed effects, CR1, 1M balanced rows", twfe, &f);
    measure("the same means, bare", bare_means, &f);
    measure("Lin, HC2, 1M rows, 2 covariates", lin, &f);
    f.rows = SOME;
    measure("randomisation, 100,000 rows, 10,000 draws", lot, &f);
    make(100);
    measure("wild bootstrap with interval, 100,000 rows, 100 clusters", wild, &f);
    f.rows = SOME / 2;
    measure("wild bootstrap with interval, 50,000 rows, 50 clusters", wild, &f);
    ph_context_free(c);
    return 0;
}
