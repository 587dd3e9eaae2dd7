// SPDX-License-Identifier: Apache-2.0
// What is assigned by lot: adjusted comparisons, strata, randomisation inference, sample ratio.
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const treat = cover.real[COVER_TREAT];
static double *const a = cover.real[COVER_A];
static int32_t *const unit = cover.key[0];
static int32_t *const group = cover.key[1];

// Chooses TREATED of N rows by lot.
static void assign(int n, int treated)
{
    for (int i = 0; i < n; i++) {
        treat[i] = i < treated;
    }
    for (int i = n - 1; i > 0; i--) {
        int j = cover_below(i + 1);
        double kept = treat[i];
        treat[i] = treat[j];
        treat[j] = kept;
    }
}

// The effect is 0.5 on average and grows with the covariate, which explains half of the outcome.
static void draw_trial(int n, int treated, cover_draw_fn *draw)
{
    assign(n, treated);
    for (int i = 0; i < n; i++) {
        a[i] = draw();
        y[i] = a[i] + cover_normal() + treat[i] * (0.5 + 0.3 * a[i]);
    }
}

static void adjusted(void)
{
    static const int sizes[][2] = { { 10, 10 }, { 20, 20 }, { 40, 40 }, { 12, 48 } };
    static const int32_t covariate[] = { COVER_A };
    static const struct {
        const char *name;
        enum ph_adjustment adjustment;
        enum ph_vcov vcov;
    } ways[] = { { "Lin, HC2", PH_ADJUST_LIN, PH_VCOV_HC2 },
        { "Lin, HC3", PH_ADJUST_LIN, PH_VCOV_HC3 },
        { "analysis of covariance, HC2", PH_ADJUST_ANCOVA, PH_VCOV_HC2 },
        { "CUPED, Welch", PH_ADJUST_CUPED, PH_VCOV_HC2 } };
    cover_title("Means adjusted for one covariate, mean effect 0.5");
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 2; j++) {
            struct cover_tally t[4] = { 0 };
            int n = sizes[i][0] + sizes[i][1];
            for (int r = 0; r < cover_repetitions / 2; r++) {
                draw_trial(n, sizes[i][0], cover_shapes[j].draw);
                struct ph_frame f = cover_frame((size_t)n);
                for (int k = 0; k < 4; k++) {
                    struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
                    struct ph_adjusted_result got;
                    o.covariates = covariate;
                    o.n_covariates = 1;
                    o.adjustment = ways[k].adjustment;
                    o.vcov = ways[k].vcov;
                    cover_must(ph_adjusted(cover_context, &f, &o, &got));
                    cover_count(&t[k], got.head.interval, 0.5);
                }
            }
            for (int k = 0; k < 4; k++) {
                cover_row(&t[k], "%d treated, %d compared, %s covariate: %s", sizes[i][0],
                    sizes[i][1], cover_shapes[j].name, ways[k].name);
            }
        }
    }
}

static void strata(void)
{
    static const int sizes[] = { 24, 60, 120 };
    cover_title("Means by three strata of unequal level and effect, mean effect 0.5");
    for (int i = 0; i < 3; i++) {
        struct cover_tally plain = { 0 };
        struct cover_tally stratified = { 0 };
        for (int r = 0; r < cover_repetitions / 2; r++) {
            int n = sizes[i];
            assign(n, n / 2);
            for (int k = 0; k < n; k++) {
                group[k] = k % 6 < 3 ? 0 : k % 6 < 5 ? 1 : 2; // halves, thirds, sixths
                y[k] = 2 * group[k] + cover_normal() + treat[k] * (0.25 + 0.375 * group[k]);
            }
            struct ph_frame f = cover_frame((size_t)n);
            struct ph_poststratified_options o = PH_POSTSTRATIFIED_OPTIONS;
            struct ph_poststratified_result got;
            struct ph_two_group_options w = PH_TWO_GROUP_OPTIONS;
            struct ph_welch_result welch;
            o.stratum = COVER_GROUP;
            cover_must(ph_welch(cover_context, &f, &w, &welch));
            cover_count(&plain, welch.head.interval, 0.5);
            if (ph_poststratified(cover_context, &f, &o, &got) != PH_OK) {
                got.head.interval.lo = NAN; // a stratum without one of the groups
            }
            cover_count(&stratified, got.head.interval, 0.5);
        }
        cover_row(&plain, "%d rows: Welch", sizes[i]);
        cover_row(&stratified, "%d rows: by strata", sizes[i]);
    }
}

// Tests of no effect where there is none, and of 1 standard deviation.
static void randomisation(void)
{
    static const int sizes[] = { 8, 12, 20, 40 };
    cover_share_title("Randomisation inference: share of p at or below 0.05 (Monte Carlo error)",
        "rows, no effect | rows, effect 1 sd | clusters of 5, no effect | two strata, no effect",
        4);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 2; j++) {
            struct cover_share s[4] = { 0 };
            for (int r = 0; r < cover_repetitions / 5; r++) {
                cover_reseed(r);
                for (int k = 0; k < 4; k++) {
                    int n = sizes[i];
                    int each = k == 2 ? 5 : 1;
                    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
                    struct ph_randomise_result got;
                    static double lot[COVER_ROWS_MAX];
                    o.draws = 999;
                    o.cluster = k == 2 ? COVER_UNIT : PH_NONE;
                    o.stratum = k == 3 ? COVER_GROUP : PH_NONE;
                    assign(k == 3 ? n / 2 : n, k == 3 ? n / 4 : n / 2);
                    memcpy(lot, treat, sizeof(lot));
                    for (int u = 0; u < n * each; u++) {
                        static double shared;
                        shared = u % each == 0 ? cover_shapes[j].draw() : shared;
                        unit[u] = u / each;
                        group[u] = u < n / 2;
                        treat[u] = k == 3 ? lot[u % (n / 2)] : lot[u / each];
                        y[u] = (each > 1 ? 0.5 * shared : 0) + cover_shapes[j].draw() +
                               (k == 1 ? treat[u] : 0);
                    }
                    struct ph_frame f = cover_frame((size_t)(n * each));
                    cover_must(ph_randomise(cover_context, &f, &o, &got));
                    cover_hit(&s[k], got.head.p <= 0.05);
                }
            }
            cover_share_row(s, 4, "%d units, %s", sizes[i], cover_shapes[j].name);
        }
    }
}

static void sample_ratio(void)
{
    static const int sizes[] = { 40, 200, 2000 };
    static const double shares[] = { 0.5, 0.45, 0.4 };
    cover_share_title("Sample ratio: share found wrong (p < 0.001) where half was planned",
        "true share 0.5 | 0.45 | 0.4", 3);
    for (int i = 0; i < 3; i++) {
        struct cover_share s[3] = { 0 };
        for (int j = 0; j < 3; j++) {
            for (int r = 0; r < cover_repetitions; r++) {
                int treated = 0;
                for (int k = 0; k < sizes[i]; k++) {
                    treated += cover_uniform() < shares[j];
                }
                struct ph_ratio_result got;
                cover_must(ph_sample_ratio(cover_context, treated, sizes[i] - treated, 0.5, &got));
                cover_hit(&s[j], got.mismatch);
            }
        }
        cover_share_row(s, 3, "%d rows", sizes[i]);
    }
}

void cover_randomised(void)
{
    adjusted();
    strata();
    randomisation();
    sample_ratio();
}
