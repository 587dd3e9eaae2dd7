// SPDX-License-Identifier: Apache-2.0
// How often each interval holds the truth, at the sizes of city pilots: the tables of
// docs/evidence/validation.md. Proportions are summed over all outcomes, so their coverage is
// exact; the rest is simulated through the public interface with the seed and repetitions on the
// command line.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>

enum { UNITS_MAX = 80, READINGS_MAX = 30, ROWS_MAX = UNITS_MAX * READINGS_MAX };

static const double level = 0.95;
static uint64_t seed = 20260101;
static int repetitions = 20000;
static struct ph_context *ctx;

// ---- Random numbers: a counter, scrambled (Steele, Lea & Flood 2014, OOPSLA, "SplitMix")
// -----------

static uint64_t counter;

static double uniform(void)
{
    uint64_t z = seed * UINT64_C(0xd1342543de82ef95) + ++counter * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
    return ph_normal_quantile(uniform());
}

// Mean 0, variance 1, skewness 4.45: trips, waiting times, costs.
static double skewed(void)
{
    const double s = 0.875;
    double v = exp(s * s);
    return (exp(s * normal()) - sqrt(v)) / sqrt(v * (v - 1));
}

typedef double draw_fn(void);

// Marsaglia & Tsang would need shapes above 1; a quantile serves any.
static double beta(double a, double b)
{
    return ph_beta_quantile(uniform(), a, b);
}

// ---- Tables ------------------------------------------------------------------------------------

struct tally {
    int held;
    int none; // no interval was given
    double width;
};

static void count(struct tally *t, struct ph_interval i, double truth)
{
    if (isnan(i.lo)) {
        t->none++;
        return;
    }
    t->held += i.lo <= truth && truth <= i.hi;
    t->width += i.hi - i.lo;
}

static void row(const char *what, const struct tally *t)
{
    int given = repetitions - t->none;
    double c = (double)t->held / given;
    printf("| %s | %.4f | %.4f | %.3f | %d |\n", what, c, sqrt(c * (1 - c) / given),
        t->width / given, t->none);
}

static void title(const char *words)
{
    printf("\n### %s\n\n| case | coverage | Monte Carlo error | mean width | no interval |\n"
           "| --- | --- | --- | --- | --- |\n",
        words);
}

static void must(enum ph_status status)
{
    if (status != PH_OK) {
        fprintf(stderr, "%s\n", ph_context_message(ctx));
        exit(1);
    }
}

// ---- Proportions, exactly
// ------------------------------------------------------------------------

static double binomial(int k, int n, double p)
{
    return ph_binomial_cdf(k, n, p) - ph_binomial_cdf(k - 1, n, p);
}

static void one_share(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const double shares[] = { 0.5, 0.8, 0.9, 0.95 };
    printf("\n### One share (exact sums)\n\n| n | true share | Wilson | Clopper-Pearson |\n"
           "| --- | --- | --- | --- |\n");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            double wilson = 0;
            double exact = 0;
            for (int x = 0; x <= sizes[i]; x++) {
                double at = binomial(x, sizes[i], shares[j]);
                struct ph_interval w = ph_wilson(x, sizes[i], level);
                struct ph_interval e = ph_clopper_pearson(x, sizes[i], level);
                wilson += w.lo <= shares[j] && shares[j] <= w.hi ? at : 0;
                exact += e.lo <= shares[j] && shares[j] <= e.hi ? at : 0;
            }
            printf("| %d | %.2f | %.4f | %.4f |\n", sizes[i], shares[j], wilson, exact);
        }
    }
}

static void two_shares(void)
{
    static const int sizes[][2] = { { 10, 10 }, { 20, 20 }, { 40, 40 }, { 10, 40 } };
    static const double shares[][2] = { { 0.5, 0.5 }, { 0.7, 0.5 }, { 0.9, 0.8 }, { 0.95, 0.95 } };
    printf("\n### Difference of two shares (exact sums)\n\n"
           "| n treated, compared | true shares | Newcombe | Miettinen-Nurminen |\n"
           "| --- | --- | --- | --- |\n");
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            double truth = shares[j][0] - shares[j][1];
            double newcombe = 0;
            double score = 0;
            for (int x = 0; x <= sizes[i][0]; x++) {
                for (int y = 0; y <= sizes[i][1]; y++) {
                    double at = binomial(x, sizes[i][0], shares[j][0]) *
                                binomial(y, sizes[i][1], shares[j][1]);
                    struct ph_interval n = ph_newcombe(x, sizes[i][0], y, sizes[i][1], level);
                    struct ph_interval m =
                        ph_miettinen_nurminen(x, sizes[i][0], y, sizes[i][1], level);
                    newcombe += n.lo <= truth && truth <= n.hi ? at : 0;
                    score += m.lo <= truth && truth <= m.hi ? at : 0;
                }
            }
            printf("| %d, %d | %.2f, %.2f | %.4f | %.4f |\n", sizes[i][0], sizes[i][1],
                shares[j][0], shares[j][1], newcombe, score);
        }
    }
}

// ---- The rest, simulated
// -------------------------------------------------------------------------

static double y[ROWS_MAX];
static double x[ROWS_MAX];
static int32_t unit[ROWS_MAX];

static struct ph_frame frame_of(struct ph_column columns[3], size_t rows)
{
    columns[0] = (struct ph_column){ .name = "y", .kind = PH_REAL, .real = y };
    columns[1] = (struct ph_column){ .name = "x", .kind = PH_REAL, .real = x };
    columns[2] = (struct ph_column){ .name = "unit", .kind = PH_KEY, .key = unit };
    return (struct ph_frame){ .rows = rows, .columns = 3, .column = columns };
}

// Uptime: 20 readings of each unit, whose own shares vary around 0.9.
static void repeated_units(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const double alike[] = { 0.02, 0.1, 0.3 };
    title("A share from 20 readings of each unit, true share 0.9");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            struct tally by_unit = { 0 };
            struct tally by_row = { 0 };
            for (int r = 0; r < repetitions / 4; r++) {
                double up = 0;
                for (int u = 0; u < sizes[i]; u++) {
                    double free = 1 / alike[j] - 1;
                    double p = beta(0.9 * free, 0.1 * free);
                    y[u] = 0;
                    for (int k = 0; k < 20; k++) {
                        y[u] += uniform() < p;
                    }
                    x[u] = 20;
                    unit[u] = u;
                    up += y[u];
                }
                struct ph_column columns[3];
                struct ph_frame f = frame_of(columns, (size_t)sizes[i]);
                struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
                struct ph_feasibility_result got;
                o.trials = 1;
                o.unit = 2;
                must(ph_feasibility(ctx, &f, &o, &got));
                count(&by_unit, got.exact, 0.9);
                count(&by_row, ph_clopper_pearson(up, 20.0 * sizes[i], level), 0.9);
            }
            char what[120];
            int kept = repetitions;
            repetitions /= 4;
            snprintf(what, sizeof(what), "%d units, ICC %.2f, by unit", sizes[i], alike[j]);
            row(what, &by_unit);
            snprintf(what, sizeof(what), "%d units, ICC %.2f, units ignored", sizes[i], alike[j]);
            row(what, &by_row);
            repetitions = kept;
        }
    }
}

static void paired_change(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const struct {
        const char *name;
        draw_fn *draw;
    } shapes[] = { { "even", normal }, { "skewed", skewed } };
    title("Mean change of paired units, true change 0.5");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            struct tally t = { 0 };
            for (int r = 0; r < repetitions; r++) {
                for (int u = 0; u < sizes[i]; u++) {
                    double base = 3 * normal();
                    y[2 * u] = base;
                    y[2 * u + 1] = base + 0.5 + shapes[j].draw();
                    x[2 * u] = 0;
                    x[2 * u + 1] = 1;
                    unit[2 * u] = unit[2 * u + 1] = u;
                }
                struct ph_column columns[3];
                struct ph_frame f = frame_of(columns, 2 * (size_t)sizes[i]);
                struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
                struct ph_before_after_result got;
                must(ph_before_after(ctx, &f, &o, &got));
                count(&t, got.head.interval, 0.5);
            }
            char what[120];
            snprintf(what, sizeof(what), "%d units, %s changes", sizes[i], shapes[j].name);
            row(what, &t);
        }
    }
}

static void two_means(void)
{
    static const int sizes[][2] = { { 10, 10 }, { 20, 20 }, { 40, 40 }, { 10, 40 } };
    static const struct {
        const char *name;
        draw_fn *draw;
        double spread;
    } shapes[] = { { "even", normal, 1 }, { "even, treated spread 3 times", normal, 3 },
        { "skewed", skewed, 1 }, { "skewed, treated spread 3 times", skewed, 3 } };
    title("Difference of two means (Welch), true difference 0.5");
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            struct tally t = { 0 };
            int treated = sizes[i][0];
            int all = treated + sizes[i][1];
            for (int r = 0; r < repetitions; r++) {
                for (int u = 0; u < all; u++) {
                    x[u] = u < treated;
                    y[u] =
                        u < treated ? 0.5 + shapes[j].spread * shapes[j].draw() : shapes[j].draw();
                }
                struct ph_column columns[3];
                struct ph_frame f = frame_of(columns, (size_t)all);
                struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
                struct ph_welch_result got;
                must(ph_welch(ctx, &f, &o, &got));
                count(&t, got.head.interval, 0.5);
            }
            char what[120];
            snprintf(what, sizeof(what), "%d treated, %d compared, %s", treated, sizes[i][1],
                shapes[j].name);
            row(what, &t);
        }
    }
}

static size_t draw_clusters(int each, double icc)
{
    size_t rows = 0;
    for (int g = 0; g < 2 * each; g++) {
        double shared = sqrt(icc) * normal();
        int size = 5 + (int)(20 * uniform());
        for (int k = 0; k < size; k++) {
            y[rows] = shared + sqrt(1 - icc) * normal() + (g < each ? 0.5 : 0);
            x[rows] = g < each;
            unit[rows++] = g;
        }
    }
    return rows;
}

static void clustered_means(void)
{
    static const int sizes[] = { 3, 5, 10, 20 };
    title("Difference of means with clusters of 5 to 24 rows, ICC 0.1, true difference 0.5");
    for (int i = 0; i < 4; i++) {
        struct tally by_cluster = { 0 };
        struct tally by_row = { 0 };
        for (int r = 0; r < repetitions; r++) {
            size_t rows = draw_clusters(sizes[i], 0.1);
            struct ph_column columns[3];
            struct ph_frame f = frame_of(columns, rows);
            struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
            struct ph_welch_result got;
            must(ph_welch(ctx, &f, &o, &got));
            count(&by_row, got.head.interval, 0.5);
            o.cluster = 2;
            must(ph_welch(ctx, &f, &o, &got));
            count(&by_cluster, got.head.interval, 0.5);
        }
        char what[120];
        snprintf(what, sizeof(what), "%d clusters a group, by cluster", sizes[i]);
        row(what, &by_cluster);
        snprintf(what, sizeof(what), "%d clusters a group, clusters ignored", sizes[i]);
        row(what, &by_row);
    }
}

struct agreement {
    struct tally bias, exact, approximate, concordance;
};

// Device = reference + 0.2 + error of sd 0.5; the reference varies with sd SPREAD.
static void agree_once(struct agreement *a, int n, double spread, draw_fn *error)
{
    double z = ph_normal_quantile(0.975);
    for (int u = 0; u < n; u++) {
        x[u] = spread * normal();
        y[u] = x[u] + 0.2 + 0.5 * error();
    }
    struct ph_column columns[3];
    struct ph_frame f = frame_of(columns, (size_t)n);
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result got;
    o.limits = PH_LIMITS_APPROXIMATE;
    must(ph_accuracy(ctx, &f, &o, &got));
    // The exact limits are bias + k sd with k of n alone: worked out once a size, not each time.
    static int k_n;
    static struct ph_interval k;
    if (k_n != n) {
        k_n = n;
        k.lo = ph_nct_quantile(0.025, n - 1, z * sqrt(n)) / sqrt(n);
        k.hi = ph_nct_quantile(0.975, n - 1, z * sqrt(n)) / sqrt(n);
    }
    double limit = 0.2 + z * 0.5;
    double concordance = 2 * spread * spread / (2 * spread * spread + 0.25 + 0.04);
    struct ph_interval exact = { got.head.estimate + k.lo * got.sd,
        got.head.estimate + k.hi * got.sd };
    count(&a->bias, got.head.interval, 0.2);
    count(&a->approximate, got.upper_limit_interval, limit);
    count(&a->exact, exact, limit);
    count(&a->concordance, got.concordance_interval, concordance);
}

static void agreement(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const double spreads[] = { 0.7, 2 };
    static const struct {
        const char *name;
        draw_fn *draw;
    } shapes[] = { { "even", normal }, { "skewed", skewed } };
    title("Agreement with a reference: bias 0.2, upper limit, concordance");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            struct agreement a = { 0 };
            double spread = spreads[j % 2];
            for (int r = 0; r < repetitions; r++) {
                agree_once(&a, sizes[i], spread, shapes[j / 2].draw);
            }
            char what[120];
            const char *shape = shapes[j / 2].name;
            if (j % 2 == 0) {
                snprintf(what, sizeof(what), "%d pairs, %s errors: bias", sizes[i], shape);
                row(what, &a.bias);
                snprintf(what, sizeof(what), "%d pairs, %s errors: limit, exact", sizes[i], shape);
                row(what, &a.exact);
                snprintf(
                    what, sizeof(what), "%d pairs, %s errors: limit, approximate", sizes[i], shape);
                row(what, &a.approximate);
            }
            snprintf(what, sizeof(what), "%d pairs, %s errors: concordance %.2f", sizes[i], shape,
                2 * spread * spread / (2 * spread * spread + 0.29));
            row(what, &a.concordance);
        }
    }
}

static void kappas(void)
{
    static const int sizes[] = { 20, 40, 100 };
    static const double kappa[] = { 0.4, 0.8 };
    title("Cohen's kappa, half of the answers yes");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            struct tally t = { 0 };
            for (int r = 0; r < repetitions; r++) {
                double n[4] = { 0 };
                for (int u = 0; u < sizes[i]; u++) {
                    int is = uniform() < 0.5;
                    int says = uniform() < kappa[j] ? is : uniform() < 0.5;
                    n[2 * says + is]++;
                }
                struct ph_yes_no_result got;
                must(ph_yes_no_counts(ctx, n[3], n[2], n[1], n[0], level, &got));
                count(&t, got.head.interval, kappa[j]);
            }
            char what[120];
            snprintf(what, sizeof(what), "%d pairs, kappa %.1f", sizes[i], kappa[j]);
            row(what, &t);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        seed = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2) {
        repetitions = (int)strtol(argv[2], NULL, 10);
    }
    if (repetitions < 4 || repetitions > 100000000 || !(ctx = ph_context_new(NULL))) {
        fprintf(stderr, "usage: evidence_coverage [SEED [REPETITIONS]]\n");
        return 2;
    }
    printf(
        "Seed %llu, %d repetitions, level %.2f.\n", (unsigned long long)seed, repetitions, level);
    one_share();
    two_shares();
    repeated_units();
    paired_change();
    two_means();
    clustered_means();
    agreement();
    kappas();
    ph_context_free(ctx);
    return 0;
}
