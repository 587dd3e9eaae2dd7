// SPDX-License-Identifier: Apache-2.0
// The methods that stream over rows, at the sizes of the table in docs/evidence/speed.md, one
// thread; beside each the bare loop it is held against: the same sums over the same columns with
// nothing around them. With "growth" as second argument, the same from 10,000 to 10,000,000 rows.
#include "bench.h"

enum { ROWS = 1000000, TIMES = 10, MOST = 10000000, VALUES = 21 };

static double *y, *a, *b, *treat;
static int32_t *unit, *period;

// UNITS by TIMES; KEEP leaves out a tenth of the rows at random.
static size_t make(size_t rows, bool some)
{
    struct ev_random r;
    size_t n = 0;
    ev_random_start(&r, 7, EV_STREAM_TEST, 0);
    for (size_t i = 0; i < rows; i++) {
        if (some && ev_random_below(&r, 10) == 0) {
            continue;
        }
        unit[n] = (int32_t)(i / TIMES);
        period[n] = (int32_t)(i % TIMES);
        treat[n] = (i / TIMES) % 2 && i % TIMES >= 5;
        a[n] = ev_random_normal(&r);
        b[n] = ev_random_normal(&r) + 0.3 * a[n];
        y[n] = 0.1 * treat[n] + a[n] - b[n] + ev_random_normal(&r);
        n++;
    }
    return n;
}

static void twfe(const struct ph_frame *f)
{
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    o.formula = "y ~ treat + a | unit + period";
    o.vcov = PH_VCOV_CR1;
    o.cluster[0] = 4;
    bench_need(ph_regression(bench_context, f, &o, &r));
    ph_regression_release(bench_context, &r);
}

static void lin(const struct ph_frame *f)
{
    static const int32_t covariates[] = { 2, 3 };
    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
    struct ph_adjusted_result r;
    o.covariates = covariates;
    o.n_covariates = 2;
    bench_need(ph_adjusted(bench_context, f, &o, &r));
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
    bench_need(ph_cost(bench_context, f, &o, &r));
    ph_cost_release(bench_context, &r);
}

// ---- Bare loops ----

static volatile double sink;

// Two regressors and an outcome freed of both means into memory that is there, their products, and
// residuals with scores by unit: what has to be read, written and read again.
static void bare_twfe(const struct ph_frame *f)
{
    static double *v[3];
    const double *from[] = { y, treat, a };
    double by_time[3][TIMES] = { 0 };
    double gram[3][3] = { 0 };
    size_t units = f->rows / TIMES;
    for (int k = 0; k < 3; k++) {
        v[k] = v[k] ? v[k] : bench_room(MOST, sizeof(double));
        for (size_t i = 0; i < f->rows; i += TIMES) {
            double mean = 0;
            for (size_t t = 0; t < TIMES; t++) {
                mean += from[k][i + t];
            }
            for (size_t t = 0; t < TIMES; t++) {
                v[k][i + t] = from[k][i + t] - mean / TIMES;
                by_time[k][t] += v[k][i + t] / (double)units;
            }
        }
    }
    for (size_t i = 0; i < f->rows; i += TIMES) {
        for (int k = 0; k < 3; k++) {
            for (size_t t = 0; t < TIMES; t++) {
                v[k][i + t] -= by_time[k][t];
            }
            for (int j = 0; j <= k; j++) {
                for (size_t t = 0; t < TIMES; t++) {
                    gram[k][j] += v[k][i + t] * v[j][i + t];
                }
            }
        }
    }
    double b1 = gram[1][0] / gram[1][1];
    double b2 = gram[2][0] / gram[2][2];
    double meat = 0;
    for (size_t i = 0; i < f->rows; i += TIMES) {
        double s1 = 0;
        double s2 = 0;
        for (size_t t = 0; t < TIMES; t++) {
            double e = v[0][i + t] - b1 * v[1][i + t] - b2 * v[2][i + t];
            s1 += v[1][i + t] * e;
            s2 += v[2][i + t] * e;
        }
        meat += s1 * s1 + s1 * s2 + s2 * s2;
    }
    sink = meat;
}

// Sums by group, sums of squares by group, residuals with leverages: three passes of four columns.
static void bare_lin(const struct ph_frame *f)
{
    const double *x[] = { a, b, y };
    double n[2] = { 0 };
    double mean[3][2] = { 0 };
    double gram[2][3][3] = { 0 };
    for (size_t i = 0; i < f->rows; i++) {
        int g = treat[i] != 0;
        n[g]++;
        for (int k = 0; k < 3; k++) {
            mean[k][g] += x[k][i];
        }
    }
    for (int k = 0; k < 3; k++) {
        mean[k][0] /= n[0];
        mean[k][1] /= n[1];
    }
    for (size_t i = 0; i < f->rows; i++) {
        int g = treat[i] != 0;
        double v[3];
        for (int k = 0; k < 3; k++) {
            v[k] = x[k][i] - mean[k][g];
            for (int j = 0; j <= k; j++) {
                gram[g][k][j] += v[k] * v[j];
            }
        }
    }
    double sum = 0;
    for (size_t i = 0; i < f->rows; i++) {
        int g = treat[i] != 0;
        double v0 = x[0][i] - mean[0][g];
        double v1 = x[1][i] - mean[1][g];
        double e = x[2][i] - mean[2][g] - v0 * gram[g][2][0] / gram[g][0][0] -
                   v1 * gram[g][2][1] / gram[g][1][1];
        double h = 1 / n[g] + v0 * v0 / gram[g][0][0] + v1 * v1 / gram[g][1][1];
        sum += e * e / (1 - h);
    }
    sink = sum;
}

// 21 net benefits of each draw: their sum, how often above zero, sum of those above. Some draws at
// a time, so that they are read once, and eight sums side by side.
static void bare_money(const struct ph_frame *f)
{
    enum { SOME = 500, SIDE = 8 };
    static double sum[VALUES][3][SIDE];
    for (size_t from = 0; from + SOME <= f->rows; from += SOME) {
        for (int i = 0; i < VALUES; i++) {
            for (size_t k = from; k + SIDE <= from + SOME; k += SIDE) {
                for (size_t s = 0; s < SIDE; s++) {
                    double v = 2500.0 * i * f->column[0].real[k + s] - f->column[1].real[k + s];
                    sum[i][0][s] += v;
                    sum[i][1][s] += v > 0;
                    sum[i][2][s] += v > 0 ? v : 0;
                }
            }
        }
    }
    sink = sum[0][0][0] + sum[VALUES - 1][2][SIDE - 1];
}

static void draw_money(struct ph_column *pair, size_t rows)
{
    struct ev_random r;
    ev_random_start(&r, 20260101, EV_STREAM_SIMULATE, 0);
    for (size_t i = 0; i < rows; i++) {
        y[i] = 0.0003 + 0.0005 * ev_random_normal(&r);
        a[i] = 6 + 3 * ev_random_normal(&r);
    }
    pair[0] = (struct ph_column){ .name = "y", .real = y };
    pair[1] = (struct ph_column){ .name = "x", .real = a };
}

static void growth(struct ph_frame f)
{
    for (size_t rows = 10000; rows <= MOST; rows *= 10) {
        char name[40];
        f.rows = make(rows, false);
        snprintf(name, sizeof(name), "twfe.%zu", rows);
        bench_measure(name, twfe, &f);
        snprintf(name, sizeof(name), "lin.%zu", rows);
        bench_measure(name, lin, &f);
        f.rows = make(rows, true);
        snprintf(name, sizeof(name), "unbalanced.%zu", rows);
        bench_measure(name, twfe, &f);
        struct ph_column pair[2];
        struct ph_frame m = { .rows = rows, .columns = 2, .column = pair };
        draw_money(pair, rows);
        snprintf(name, sizeof(name), "cost.%zu", rows);
        bench_measure(name, money, &m);
    }
}

int main(int argc, char **argv)
{
    bool grows = argc > 2 && strcmp(argv[2], "growth") == 0;
    size_t most = grows ? MOST : ROWS;
    bench_begin(argc, argv);
    y = bench_room(most, sizeof(double));
    a = bench_room(most, sizeof(double));
    b = bench_room(most, sizeof(double));
    treat = bench_room(most, sizeof(double));
    unit = bench_room(most, sizeof(int32_t));
    period = bench_room(most, sizeof(int32_t));
    const struct ph_column column[] = { { .name = "y", .real = y },
        { .name = "treat", .real = treat }, { .name = "a", .real = a }, { .name = "b", .real = b },
        { .name = "unit", .kind = PH_KEY, .key = unit },
        { .name = "period", .kind = PH_KEY, .key = period } };
    struct ph_frame f = { .rows = ROWS, .columns = 6, .column = column };
    if (grows) {
        growth(f);
        ph_context_free(bench_context);
        return 0;
    }
    f.rows = make(ROWS, false);
    bench_write("balanced", &f);
    bench_measure("twfe", twfe, &f);
    bench_measure("twfe.limit", bare_twfe, &f);
    bench_measure("lin", lin, &f);
    bench_measure("lin.limit", bare_lin, &f);
    f.rows = make(ROWS, true);
    bench_write("unbalanced", &f);
    bench_measure("unbalanced", twfe, &f);
    struct ph_column pair[2];
    struct ph_frame m = { .rows = ROWS, .columns = 2, .column = pair };
    draw_money(pair, ROWS);
    bench_write("money", &m);
    bench_measure("cost", money, &m);
    bench_measure("cost.limit", bare_money, &m);
    ph_context_free(bench_context);
    return 0;
}
