// SPDX-License-Identifier: Apache-2.0
// Few clusters of unequal size: what each standard error, and the bootstrap, makes of them.
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const treat = cover.real[COVER_TREAT];
static double *const a = cover.real[COVER_A];
static double *const b = cover.real[COVER_B];
static int32_t *const unit = cover.key[0];

// Sizes from 4 to 60 that stay the same; TREATED of the clusters chosen by lot; no effect.
static size_t draw_clusters(int clusters, int treated, double icc)
{
    size_t rows = 0;
    int left = treated;
    for (int g = 0; g < clusters; g++) {
        bool chosen = cover_uniform() * (clusters - g) < left;
        int size = 4 + (g * g * 56) / ((clusters - 1) * (clusters - 1));
        double shared = sqrt(icc) * cover_normal();
        double own = cover_normal(); // a covariate of the cluster
        left -= chosen;
        for (int k = 0; k < size; k++) {
            treat[rows] = chosen;
            a[rows] = cover_normal();
            b[rows] = own;
            y[rows] = shared + sqrt(1 - icc) * cover_normal() + 0.5 * a[rows];
            unit[rows++] = g;
        }
    }
    return rows;
}

struct tests {
    struct cover_tally cr1, cr2, cr3, wild;
    struct cover_share joint, lot;
};

static void once(struct tests *t, size_t rows)
{
    static const char *const both[] = { "treat", "b" };
    struct ph_frame f = cover_frame(rows);
    static const enum ph_vcov kinds[] = { PH_VCOV_CR1, PH_VCOV_CR2, PH_VCOV_CR3 };
    struct cover_tally *tally[] = { &t->cr1, &t->cr2, &t->cr3 };
    for (int k = 0; k < 3; k++) {
        struct ph_regression_options o = PH_REGRESSION_OPTIONS;
        struct ph_regression_result got;
        o.formula = "y ~ treat + a";
        o.vcov = kinds[k];
        o.cluster[0] = COVER_UNIT;
        cover_must(ph_regression(cover_context, &f, &o, &got));
        cover_count(tally[k], got.head.interval, 0);
        ph_regression_release(cover_context, &got);
    }
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result got;
    o.formula = "y ~ treat + b + a";
    o.vcov = PH_VCOV_CR2;
    o.cluster[0] = COVER_UNIT;
    o.jointly = both;
    o.n_jointly = 2;
    cover_must(ph_regression(cover_context, &f, &o, &got));
    cover_hit(&t->joint, got.joint.p <= 0.05); // no p-value is no rejection
    ph_regression_release(cover_context, &got);
    struct ph_wildboot_options w = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result wild;
    w.formula = "y ~ treat + a";
    w.cluster = COVER_UNIT;
    w.draws = 999;
    cover_must(ph_wildboot(cover_context, &f, &w, &wild));
    cover_count(&t->wild, wild.head.interval, 0);
    struct ph_randomise_options l = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result lot;
    l.cluster = COVER_UNIT;
    l.draws = 999;
    cover_must(ph_randomise(cover_context, &f, &l, &lot));
    cover_hit(&t->lot, lot.head.p <= 0.05);
}

void cover_clusters(void)
{
    static const int sizes[][2] = { { 5, 2 }, { 6, 3 }, { 10, 5 }, { 10, 2 }, { 20, 10 } };
    static const double alike[] = { 0.05, 0.2 };
    struct tests t[5][2] = { 0 };
    cover_title("Few clusters of 4 to 60 rows, some of them treated by lot, true effect 0");
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
            struct tests *own = &t[i][j];
            for (int r = 0; r < cover_repetitions / 5; r++) {
                cover_reseed(r);
                once(own, draw_clusters(sizes[i][0], sizes[i][1], alike[j]));
            }
            const char *const names[] = { "CR1, t on G - 1", "CR2, Satterthwaite",
                "CR3, Satterthwaite", "wild bootstrap" };
            const struct cover_tally *tally[] = { &own->cr1, &own->cr2, &own->cr3, &own->wild };
            for (int k = 0; k < 4; k++) {
                cover_row(tally[k], "%d clusters, %d treated, ICC %.2f: %s", sizes[i][0],
                    sizes[i][1], alike[j], names[k]);
            }
        }
    }
    cover_share_title("The same: share of p at or below 0.05, no effect (Monte Carlo error)",
        "two coefficients jointly, HTZ | randomisation of clusters", 2);
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
            const struct cover_share s[] = { t[i][j].joint, t[i][j].lot };
            cover_share_row(
                s, 2, "%d clusters, %d treated, ICC %.2f", sizes[i][0], sizes[i][1], alike[j]);
        }
    }
}
