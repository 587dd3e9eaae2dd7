// SPDX-License-Identifier: Apache-2.0
// Agreement with a reference: limits, concordance, kappa, straight lines.
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const x = cover.real[COVER_TREAT];

struct agreement {
    struct cover_tally bias, exact, approximate, concordance;
};

// Device = reference + 0.2 + error of sd 0.5; the reference varies with sd SPREAD.
static void agree_once(struct agreement *a, int n, double spread, cover_draw_fn *error)
{
    double z = ph_normal_quantile(0.975);
    for (int u = 0; u < n; u++) {
        x[u] = spread * cover_normal();
        y[u] = x[u] + 0.2 + 0.5 * error();
    }
    struct ph_frame f = cover_frame((size_t)n);
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result got;
    o.limits = PH_LIMITS_APPROXIMATE;
    cover_must(ph_accuracy(cover_context, &f, &o, &got));
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
    cover_count(&a->bias, got.head.interval, 0.2);
    cover_count(&a->approximate, got.upper_limit_interval, limit);
    cover_count(&a->exact, exact, limit);
    cover_count(&a->concordance, got.concordance_interval, concordance);
}

static void agreement(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const double spreads[] = { 0.7, 2 };
    static const struct {
        const char *name;
        cover_draw_fn *draw;
    } shapes[] = { { "even", cover_normal }, { "skewed", cover_skewed } };
    cover_title("Agreement with a reference: bias 0.2, upper limit, concordance");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            struct agreement a = { 0 };
            double spread = spreads[j % 2];
            for (int r = 0; r < cover_repetitions; r++) {
                agree_once(&a, sizes[i], spread, shapes[j / 2].draw);
            }
            const char *shape = shapes[j / 2].name;
            if (j % 2 == 0) {
                cover_row(&a.bias, "%d pairs, %s errors: bias", sizes[i], shape);
                cover_row(&a.exact, "%d pairs, %s errors: limit, exact", sizes[i], shape);
                cover_row(
                    &a.approximate, "%d pairs, %s errors: limit, approximate", sizes[i], shape);
            }
            cover_row(&a.concordance, "%d pairs, %s errors: concordance %.2f", sizes[i], shape,
                2 * spread * spread / (2 * spread * spread + 0.29));
        }
    }
}

static void kappas(void)
{
    static const int sizes[] = { 20, 40, 100 };
    static const double kappa[] = { 0.4, 0.8 };
    cover_title("Cohen's kappa, half of the answers yes");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            struct cover_tally t = { 0 };
            for (int r = 0; r < cover_repetitions; r++) {
                double n[4] = { 0 };
                for (int u = 0; u < sizes[i]; u++) {
                    int is = cover_uniform() < 0.5;
                    int says = cover_uniform() < kappa[j] ? is : cover_uniform() < 0.5;
                    n[2 * says + is]++;
                }
                struct ph_yes_no_result got;
                cover_must(
                    ph_yes_no_counts(cover_context, n[3], n[2], n[1], n[0], cover_level, &got));
                cover_count(&t, got.head.interval, kappa[j]);
            }
            cover_row(&t, "%d pairs, kappa %.1f", sizes[i], kappa[j]);
        }
    }
}

// Both methods err alike around a true value that varies 3 times as much; the true slope is 1.1.
static void slopes(void)
{
    static const int sizes[] = { 20, 40, 100 };
    cover_title("Straight lines between two methods, both with error, true slope 1.1");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            struct cover_tally deming = { 0 };
            struct cover_tally passing = { 0 };
            for (int r = 0; r < cover_repetitions / 10; r++) {
                for (int u = 0; u < sizes[i]; u++) {
                    double is = 3 * cover_normal();
                    x[u] = is + cover_shapes[j].draw();
                    y[u] = 2 + 1.1 * is + 1.1 * cover_shapes[j].draw();
                }
                struct ph_frame f = cover_frame((size_t)sizes[i]);
                struct ph_slopes_options o = PH_SLOPES_OPTIONS;
                struct ph_slopes_result got;
                o.error_ratio = 1.21;
                cover_must(ph_slopes(cover_context, &f, &o, &got));
                cover_count(&deming, got.deming.slope_interval, 1.1);
                cover_count(&passing, got.passing_bablok.slope_interval, 1.1);
            }
            cover_row(&deming, "%d pairs, %s errors: Deming", sizes[i], cover_shapes[j].name);
            cover_row(
                &passing, "%d pairs, %s errors: Passing-Bablok", sizes[i], cover_shapes[j].name);
        }
    }
}

void cover_agreement(void)
{
    agreement();
    kappas();
    slopes();
}
