// SPDX-License-Identifier: Apache-2.0
// The methods that draw or that fit many times, at the sizes of the table in
// docs/evidence/speed.md, one thread. The smoking panel and the counties are the published ones
// where their folder is given as second argument; else made up in their shape.
#include "bench.h"
#include "csv.h"

enum { MOST = 100000, ROWS_DRAWS = 10000, UNITS = 10000, TIMES = 10 };

static double *y, *x, *treat, *time_of, *start;
static int32_t *unit;

static struct ev_random source;

static double normal(void)
{
    return ev_random_normal(&source);
}

// ---- Wild bootstrap ----

static void wild(const struct ph_frame *f)
{
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result r;
    o.formula = "y ~ treat + x";
    o.cluster = 3;
    bench_need(ph_wildboot(bench_context, f, &o, &r));
}

static void make_clusters(size_t rows, size_t clusters)
{
    double shared = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t g = i * clusters / rows;
        shared = i == 0 || unit[i - 1] != (int32_t)g ? 0.3 * normal() : shared;
        unit[i] = (int32_t)g;
        treat[i] = g % 2 == 0;
        x[i] = normal();
        y[i] = shared + 0.5 * x[i] + normal();
    }
}

static void bootstraps(void)
{
    const struct ph_column column[] = { { .name = "y", .real = y },
        { .name = "treat", .real = treat }, { .name = "x", .real = x },
        { .name = "unit", .kind = PH_KEY, .key = unit } };
    struct ph_frame f = { .rows = 2500, .columns = 4, .column = column };
    make_clusters(f.rows, 50);
    bench_write("wild_50", &f);
    bench_measure("wild_50", wild, &f);
    f.rows = MOST;
    make_clusters(f.rows, 100);
    bench_write("wild_100", &f);
    bench_measure("wild_100", wild, &f);
}

// ---- Randomisation ----

static void lot(const struct ph_frame *f)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    o.draws = ROWS_DRAWS;
    bench_need(ph_randomise(bench_context, f, &o, &r));
}

static void randomisation(void)
{
    const struct ph_column column[] = { { .name = "y", .real = y },
        { .name = "treat", .real = treat } };
    struct ph_frame f = { .rows = MOST, .columns = 2, .column = column };
    for (size_t i = 0; i < MOST; i++) {
        treat[i] = i % 2 == 1;
        y[i] = normal() + 0.004 * treat[i];
    }
    bench_write("lot", &f);
    bench_measure("randomise", lot, &f);
}

// ---- Group-time effects ----

static const int32_t covariate[] = { 4 };
static size_t covariates;

static void effects(const struct ph_frame *f)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    o.draws = 1000;
    o.covariates = covariate;
    o.n_covariates = covariates;
    bench_need(ph_attgt(bench_context, f, &o, &r));
    ph_attgt_release(bench_context, &r);
}

static void staggered(size_t units, size_t times, const char *plain, const char *adjusted)
{
    const struct ph_column column[] = { { .name = "y", .real = y },
        { .name = "unit", .kind = PH_KEY, .key = unit }, { .name = "time", .real = time_of },
        { .name = "start", .real = start }, { .name = "x", .real = x } };
    struct ph_frame f = { .rows = units * times, .columns = 5, .column = column };
    for (size_t u = 0; u < units; u++) {
        double begins = u % 4 == 0 ? 0 : (double)times * (double)(u % 4 + 1) / 5;
        double level = normal();
        double own = normal();
        for (size_t t = 0; t < times; t++) {
            size_t i = u * times + t;
            unit[i] = (int32_t)u;
            time_of[i] = (double)t + 1;
            start[i] = begins < 1 ? 0 : floor(begins) + 1;
            x[i] = own;
            y[i] = level + 0.1 * (double)t + 0.2 * own + 0.3 * normal() +
                   0.2 * (start[i] > 0 && time_of[i] >= start[i]);
        }
    }
    covariates = 0;
    bench_measure(plain, effects, &f);
    covariates = 1;
    bench_measure(adjusted, effects, &f);
}

// ---- One treated unit ----

static void synthetic(const struct ph_frame *f)
{
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result r;
    bench_need(ph_synth(bench_context, f, &o, &r));
    ph_synth_release(bench_context, &r);
}

static void sdid(const struct ph_frame *f)
{
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    struct ph_sdid_result r;
    bench_need(ph_sdid(bench_context, f, &o, &r));
    ph_sdid_release(bench_context, &r);
}

static struct ev_table *read_table(
    const char *folder, const char *name, const struct ev_want *wants, size_t n)
{
    char path[400];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *in = fopen(path, "rb");
    if (!in) {
        return NULL;
    }
    enum { BYTES = 1 << 20 };
    char *text = bench_room(1, BYTES);
    size_t len = fread(text, 1, BYTES, in);
    fclose(in);
    struct ev_table *t = NULL;
    bench_need(ev_csv_read(bench_context, text, len, wants, n, &t));
    free(text);
    return t;
}

static void smoking(const char *folder)
{
    static const struct ev_want wants[] = { { "cigsale", PH_REAL }, { "state", PH_KEY },
        { "year", PH_REAL }, { "treated", PH_REAL } };
    struct ev_table *t = folder ? read_table(folder, "prop99_smoking.csv", wants, 4) : NULL;
    const struct ph_column column[] = { { .name = "y", .real = y },
        { .name = "unit", .kind = PH_KEY, .key = unit }, { .name = "time", .real = time_of },
        { .name = "treat", .real = treat } };
    struct ph_frame f = { .rows = 39 * 31, .columns = 4, .column = column };
    for (size_t u = 0; !t && u < 39; u++) {
        double level = 100 + 30 * normal();
        double slope = -1 + normal();
        for (size_t k = 0; k < 31; k++) {
            size_t i = u * 31 + k;
            unit[i] = (int32_t)u;
            time_of[i] = 1970 + (double)k;
            treat[i] = u == 38 && k >= 19;
            y[i] = level + slope * (double)k + 5 * sin(0.3 * (double)k + level) + 3 * normal() -
                   15 * treat[i];
        }
    }
    bench_measure("synth", synthetic, t ? &t->frame : &f);
    bench_measure("sdid", sdid, t ? &t->frame : &f);
    ev_table_free(bench_context, t);
}

static void counties(const char *folder)
{
    static const struct ev_want wants[] = { { "lemp", PH_REAL }, { "county", PH_KEY },
        { "year", PH_REAL }, { "first_treat", PH_REAL } };
    struct ev_table *t = folder ? read_table(folder, "mpdta.csv", wants, 4) : NULL;
    covariates = 0;
    if (t) {
        bench_measure("cs_mpdta", effects, &t->frame);
    } else {
        staggered(500, 5, "cs_mpdta", "cs_mpdta_x");
    }
    ev_table_free(bench_context, t);
}

int main(int argc, char **argv)
{
    bench_begin(argc, argv);
    const char *published = argc > 2 ? argv[2] : NULL;
    ev_random_start(&source, 20260101, EV_STREAM_SIMULATE, 0);
    y = bench_room(MOST, sizeof(double));
    x = bench_room(MOST, sizeof(double));
    treat = bench_room(MOST, sizeof(double));
    time_of = bench_room(MOST, sizeof(double));
    start = bench_room(MOST, sizeof(double));
    unit = bench_room(MOST, sizeof(int32_t));
    bootstraps();
    randomisation();
    counties(published);
    staggered(UNITS, TIMES, "cs_100k", "cs_100k_x");
    smoking(published);
    ph_context_free(bench_context);
    return 0;
}
