// SPDX-License-Identifier: Apache-2.0
// Many pilots, ratings of pitches, the value of information, the verdict's rule.
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const treat = cover.real[COVER_TREAT];
static int32_t *const unit = cover.key[0];
static int32_t *const rater = cover.key[1];

// ---- Shrinkage ---------------------------------------------------------------------------------

static void pool(void)
{
    static const int sizes[] = { 5, 10, 20 };
    static const double spreads[] = { 0, 0.25, 0.75 };
    cover_title("Effects of several pilots, errors 0.3 to 0.7, mean 1, sd of true effects");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            struct cover_tally mean = { 0 };
            struct cover_tally knapp = { 0 };
            struct cover_tally each = { 0 };
            struct cover_tally next = { 0 };
            struct cover_tally tau = { 0 };
            struct cover_tally integrated[3] = { 0 };
            struct cover_tally knapp_next = { 0 };
            for (int r = 0; r < cover_repetitions / 2; r++) {
                static double truth[64];
                for (int k = 0; k < sizes[i]; k++) {
                    treat[k] = 0.3 + 0.4 * cover_uniform();
                    truth[k] = 1 + spreads[j] * cover_normal();
                    y[k] = truth[k] + treat[k] * cover_normal();
                }
                struct ph_frame f = cover_frame((size_t)sizes[i]);
                struct ph_shrink_options o = PH_SHRINK_OPTIONS;
                struct ph_shrink_result got;
                cover_must(ph_shrink(cover_context, &f, &o, &got));
                cover_count(&mean, got.head.interval, 1);
                double another = 1 + spreads[j] * cover_normal();
                cover_count(&next, got.prediction, another);
                cover_count(&tau, got.tau2_interval, spreads[j] * spreads[j]);
                for (int k = 0; k < sizes[i]; k++) {
                    cover_count(&each, got.pilots[k].interval, truth[k]);
                }
                ph_shrink_release(cover_context, &got);
                o.hartung_knapp = true;
                cover_must(ph_shrink(cover_context, &f, &o, &got));
                cover_count(&knapp, got.head.interval, 1);
                cover_count(&knapp_next, got.prediction, another);
                ph_shrink_release(cover_context, &got);
                if (r % 2 == 0) {
                    o.hartung_knapp = false;
                    o.integrated = true;
                    cover_must(ph_shrink(cover_context, &f, &o, &got));
                    cover_count(&integrated[0], got.head.interval, 1);
                    cover_count(&integrated[2], got.prediction, another);
                    for (int k = 0; k < sizes[i]; k++) {
                        cover_count(&integrated[1], got.pilots[k].interval, truth[k]);
                    }
                    ph_shrink_release(cover_context, &got);
                }
            }
            const struct cover_tally *tally[] = { &mean, &knapp, &integrated[0], &each,
                &integrated[1], &next, &knapp_next, &integrated[2], &tau };
            static const char *const names[] = { "mean", "mean, Hartung-Knapp", "mean, integrated",
                "each, shrunk", "each, integrated", "a next one's true effect",
                "a next one's, Hartung-Knapp", "a next one's, integrated",
                "variance of true effects, Q-profile" };
            for (int k = 0; k < 9; k++) {
                cover_row(tally[k], "%d pilots, sd %.2f: %s", sizes[i], spreads[j], names[k]);
            }
        }
    }
}

// ---- Top k -------------------------------------------------------------------------------------

enum { PITCHES = 20, RATERS = 8, EACH = 3, BEST = 5, BINS = 6 };

// Every pitch is seen by three of eight raters who differ in severity. RET_BEST: the true best.
static size_t draw_ratings(bool ret_best[PITCHES])
{
    double quality[PITCHES];
    double severity[RATERS];
    size_t rows = 0;
    for (int k = 0; k < RATERS; k++) {
        severity[k] = 0.7 * cover_normal();
    }
    for (int p = 0; p < PITCHES; p++) {
        bool seen[RATERS] = { false };
        quality[p] = 0.7 * cover_normal();
        for (int k = 0; k < EACH;) {
            int who = cover_below(RATERS);
            if (!seen[who]) {
                seen[who] = true;
                k++;
                y[rows] = 3 + quality[p] + severity[who] + cover_normal();
                unit[rows] = p;
                rater[rows++] = who;
            }
        }
    }
    for (int p = 0; p < PITCHES; p++) {
        int above = 0;
        for (int q = 0; q < PITCHES; q++) {
            above += quality[q] > quality[p];
        }
        ret_best[p] = above < BEST;
    }
    return rows;
}

static void top(void)
{
    static const double edges[BINS + 1] = { 0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0001 };
    struct cover_share s[BINS] = { 0 };
    double said[BINS] = { 0 };
    for (int r = 0; r < cover_repetitions / 10; r++) {
        bool best[PITCHES];
        cover_reseed(r);
        struct ph_frame f = cover_frame(draw_ratings(best));
        struct ph_top_options o = PH_TOP_OPTIONS;
        struct ph_top_result got;
        o.ratings.item = COVER_UNIT;
        o.ratings.rater = COVER_GROUP;
        o.k = BEST;
        o.draws = 500;
        cover_must(ph_top_k(cover_context, &f, &o, &got));
        for (int p = 0; p < PITCHES; p++) {
            double chance = got.items[p].probability;
            int bin = 0;
            while (chance >= edges[bin + 1]) {
                bin++;
            }
            cover_hit(&s[bin], best[p]);
            said[bin] += chance;
        }
        ph_top_release(cover_context, &got);
    }
    cover_share_title("Best 5 of 20 pitches, each seen by 3 of 8 raters: what comes true",
        "share among the true best (Monte Carlo error)", 1);
    for (int k = 0; k < BINS; k++) {
        cover_share_row(&s[k], 1, "said %.1f to %.1f, on average %.3f", edges[k],
            fmin(edges[k + 1], 1), said[k] / s[k].tried);
    }
}

// ---- Value of information ----------------------------------------------------------------------

static void information(void)
{
    static const double cases[][3] = { { 0.1, 0.5, 20 }, { 0.1, 0.5, 200 }, { -0.3, 0.5, 50 },
        { 1, 0.5, 50 } };
    printf("\n### Expected value of a study of n units (sd 2), one unit, against playing it out\n\n"
           "| mean, sd, n | formula | played out | Monte Carlo error |\n"
           "| --- | --- | --- | --- |\n");
    for (int i = 0; i < 4; i++) {
        struct ph_voi_options o = PH_VOI_OPTIONS;
        struct ph_voi_result got;
        o.mean = cases[i][0];
        o.sd = cases[i][1];
        o.n = cases[i][2];
        o.sigma = 2;
        cover_must(ph_voi(cover_context, &o, &got));
        double sum = 0;
        double squares = 0;
        int n = 20 * cover_repetitions;
        double of_data = o.sigma * o.sigma / o.n;
        double share = o.sd * o.sd / (o.sd * o.sd + of_data);
        for (int r = 0; r < n; r++) {
            double truth = o.mean + o.sd * cover_normal();
            double seen = truth + sqrt(of_data) * cover_normal();
            double then = o.mean + share * (seen - o.mean) > 0 ? truth : 0;
            double gain = then - (o.mean > 0 ? truth : 0);
            sum += gain;
            squares += gain * gain;
        }
        double mean = sum / n;
        printf("| %.1f, %.1f, %.0f | %.5f | %.5f | %.5f |\n", o.mean, o.sd, o.n, got.evsi, mean,
            sqrt((squares / n - mean * mean) / n));
    }
}

// ---- Verdict -----------------------------------------------------------------------------------

// Two groups at the horizon; an effect of 0.5 sd is worth having.
static void verdicts(void)
{
    static const int sizes[] = { 10, 20, 40, 100 };
    static const double truths[] = { 0, 0.25, 0.5, 1 };
    cover_share_title("Verdicts at the horizon, 0.5 sd worth having (Monte Carlo error)",
        "scale | stop | cannot tell", 3);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            struct cover_share s[3] = { 0 };
            for (int r = 0; r < cover_repetitions; r++) {
                int n = 2 * sizes[i];
                for (int k = 0; k < n; k++) {
                    treat[k] = k % 2;
                    y[k] = cover_normal() + truths[j] * treat[k];
                }
                struct ph_frame f = cover_frame((size_t)n);
                struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
                struct ph_welch_result got;
                o.design = PH_DESIGN_RANDOMISED;
                cover_must(ph_welch(cover_context, &f, &o, &got));
                struct ph_plan plan = PH_PLAN;
                struct ph_findings found = PH_FINDINGS;
                struct ph_verdict_result v;
                plan.delta = 0.5;
                found.primary = &got.head;
                cover_must(ph_verdict(cover_context, &plan, &found, &v));
                cover_hit(&s[0], v.verdict == PH_SCALE);
                cover_hit(&s[1], v.verdict == PH_STOP);
                cover_hit(&s[2], v.verdict == PH_CANNOT_TELL);
            }
            cover_share_row(s, 3, "%d a group, true effect %.2f sd", sizes[i], truths[j]);
        }
    }
}

void cover_portfolio(void)
{
    pool();
    top();
    information();
    verdicts();
}
