// SPDX-License-Identifier: Apache-2.0
// Shares and means of units, of groups and of clusters.
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const x = cover.real[COVER_TREAT];
static int32_t *const unit = cover.key[0];

// Uptime: 20 readings of each unit, whose own shares vary around 0.9.
static void repeated_units(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const double alike[] = { 0.02, 0.1, 0.3 };
    cover_title("A share from 20 readings of each unit, true share 0.9");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            struct cover_tally by_unit = { 0 };
            struct cover_tally by_row = { 0 };
            for (int r = 0; r < cover_repetitions / 4; r++) {
                double up = 0;
                for (int u = 0; u < sizes[i]; u++) {
                    double free = 1 / alike[j] - 1;
                    double p = cover_beta(0.9 * free, 0.1 * free);
                    y[u] = 0;
                    for (int k = 0; k < 20; k++) {
                        y[u] += cover_uniform() < p;
                    }
                    x[u] = 20;
                    unit[u] = u;
                    up += y[u];
                }
                struct ph_frame f = cover_frame((size_t)sizes[i]);
                struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
                struct ph_feasibility_result got;
                o.trials = 1;
                o.unit = COVER_UNIT;
                cover_must(ph_feasibility(cover_context, &f, &o, &got));
                cover_count(&by_unit, got.exact, 0.9);
                cover_count(&by_row, ph_clopper_pearson(up, 20.0 * sizes[i], cover_level), 0.9);
            }
            cover_row(&by_unit, "%d units, ICC %.2f, by unit", sizes[i], alike[j]);
            cover_row(&by_row, "%d units, ICC %.2f, units ignored", sizes[i], alike[j]);
        }
    }
}

static void paired_change(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const struct {
        const char *name;
        cover_draw_fn *draw;
    } shapes[] = { { "even", cover_normal }, { "skewed", cover_skewed } };
    cover_title("Mean change of paired units, true change 0.5");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            struct cover_tally t = { 0 };
            for (int r = 0; r < cover_repetitions; r++) {
                for (int u = 0; u < sizes[i]; u++) {
                    double base = 3 * cover_normal();
                    y[2 * u] = base;
                    y[2 * u + 1] = base + 0.5 + shapes[j].draw();
                    x[2 * u] = 0;
                    x[2 * u + 1] = 1;
                    unit[2 * u] = unit[2 * u + 1] = u;
                }
                struct ph_frame f = cover_frame(2 * (size_t)sizes[i]);
                struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
                o.unit = COVER_UNIT;
                struct ph_before_after_result got;
                cover_must(ph_before_after(cover_context, &f, &o, &got));
                cover_count(&t, got.head.interval, 0.5);
            }
            cover_row(&t, "%d units, %s changes", sizes[i], shapes[j].name);
        }
    }
}

static void two_means(void)
{
    static const int sizes[][2] = { { 10, 10 }, { 20, 20 }, { 40, 40 }, { 10, 40 } };
    static const struct {
        const char *name;
        cover_draw_fn *draw;
        double spread;
    } shapes[] = { { "even", cover_normal, 1 }, { "even, treated spread 3 times", cover_normal, 3 },
        { "skewed", cover_skewed, 1 }, { "skewed, treated spread 3 times", cover_skewed, 3 } };
    cover_title("Difference of two means (Welch), true difference 0.5");
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            struct cover_tally t = { 0 };
            int treated = sizes[i][0];
            int all = treated + sizes[i][1];
            for (int r = 0; r < cover_repetitions; r++) {
                for (int u = 0; u < all; u++) {
                    x[u] = u < treated;
                    y[u] =
                        u < treated ? 0.5 + shapes[j].spread * shapes[j].draw() : shapes[j].draw();
                }
                struct ph_frame f = cover_frame((size_t)all);
                struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
                struct ph_welch_result got;
                cover_must(ph_welch(cover_context, &f, &o, &got));
                cover_count(&t, got.head.interval, 0.5);
            }
            cover_row(&t, "%d treated, %d compared, %s", treated, sizes[i][1], shapes[j].name);
        }
    }
}

static size_t draw_clusters(int each, double icc)
{
    size_t rows = 0;
    for (int g = 0; g < 2 * each; g++) {
        double shared = sqrt(icc) * cover_normal();
        int size = 5 + (int)(20 * cover_uniform());
        for (int k = 0; k < size; k++) {
            y[rows] = shared + sqrt(1 - icc) * cover_normal() + (g < each ? 0.5 : 0);
            x[rows] = g < each;
            unit[rows++] = g;
        }
    }
    return rows;
}

static void clustered_means(void)
{
    static const int sizes[] = { 3, 5, 10, 20 };
    cover_title("Difference of means with clusters of 5 to 24 rows, ICC 0.1, true difference 0.5");
    for (int i = 0; i < 4; i++) {
        struct cover_tally by_cluster = { 0 };
        struct cover_tally by_row = { 0 };
        for (int r = 0; r < cover_repetitions; r++) {
            size_t rows = draw_clusters(sizes[i], 0.1);
            struct ph_frame f = cover_frame(rows);
            struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
            struct ph_welch_result got;
            cover_must(ph_welch(cover_context, &f, &o, &got));
            cover_count(&by_row, got.head.interval, 0.5);
            o.cluster = COVER_UNIT;
            cover_must(ph_welch(cover_context, &f, &o, &got));
            cover_count(&by_cluster, got.head.interval, 0.5);
        }
        cover_row(&by_cluster, "%d clusters a group, by cluster", sizes[i]);
        cover_row(&by_row, "%d clusters a group, clusters ignored", sizes[i]);
    }
}

void cover_means(void)
{
    repeated_units();
    paired_change();
    two_means();
    clustered_means();
}
