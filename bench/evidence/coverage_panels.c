// SPDX-License-Identifier: Apache-2.0
// Staggered starts, and one treated place among few.
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const treat = cover.real[COVER_TREAT];
static double *const moment = cover.real[COVER_TIME];
static double *const start = cover.real[COVER_START];
static int32_t *const unit = cover.key[0];

// ---- Staggered starts --------------------------------------------------------------------------

// Half of the units never start, a quarter at 4, a quarter at 6 of 8 periods; the effect is 0.3 and
// grows by 0.1 a period. Errors of a unit hang together from period to period.
static size_t draw_staggered(int units)
{
    size_t rows = 0;
    for (int u = 0; u < units; u++) {
        double level = 2 * cover_normal();
        double e = cover_normal();
        for (int t = 1; t <= 8; t++) {
            start[rows] = u % 4 == 0 ? 4 : u % 4 == 1 ? 6 : 0;
            double since = t - start[rows];
            bool on = start[rows] > 0 && since >= 0;
            y[rows] = level + 0.1 * t + 0.5 * e + (on ? 0.3 + 0.1 * since : 0);
            moment[rows] = t;
            unit[rows++] = u;
            e = 0.5 * e + sqrt(0.75) * cover_normal();
        }
    }
    return rows;
}

static void staggered(void)
{
    static const int sizes[] = { 24, 40, 100 };
    struct cover_share leads[3][2] = { 0 };
    cover_title("Staggered starts in 8 periods, half of the units never");
    for (int i = 0; i < 3; i++) {
        struct cover_tally overall = { 0 };
        struct cover_tally points = { 0 };
        struct cover_tally band = { 0 };
        struct cover_tally sunab = { 0 };
        for (int r = 0; r < cover_repetitions / 10; r++) {
            cover_reseed(r);
            struct ph_frame f = cover_frame(draw_staggered(sizes[i]));
            struct ph_attgt_options o = PH_ATTGT_OPTIONS;
            struct ph_attgt_result got;
            o.unit = COVER_UNIT;
            o.time = COVER_TIME;
            o.first_treated = COVER_START;
            o.draws = 499;
            cover_must(ph_attgt(cover_context, &f, &o, &got));
            cover_count(&overall, got.by_group.overall.interval, 0.45);
            cover_hit(&leads[i][0], got.pre_p < 0.05);
            cover_hit(&leads[i][1], got.leads.p < 0.05);
            bool all = true;
            double width = 0;
            for (size_t k = 0; k < got.by_event.n; k++) {
                const struct ph_att *at = &got.by_event.item[k];
                double truth = at->time < 0 ? 0 : 0.3 + 0.1 * at->time;
                cover_count(&points, at->interval, truth);
                all = all && at->band.lo <= truth && truth <= at->band.hi;
                width += (at->band.hi - at->band.lo) / (double)got.by_event.n;
            }
            cover_count(
                &band, (struct ph_interval){ all ? -width / 2 : 1, all ? width / 2 : 1 }, 0);
            ph_attgt_release(cover_context, &got);
            struct ph_sunab_options s = PH_SUNAB_OPTIONS;
            struct ph_sunab_result weighted;
            s.unit = COVER_UNIT;
            s.time = COVER_TIME;
            s.first_treated = COVER_START;
            cover_must(ph_sunab(cover_context, &f, &s, &weighted));
            cover_count(&sunab, weighted.head.interval, 0.4625);
            ph_sunab_release(cover_context, &weighted);
        }
        cover_row(&overall, "%d units: overall by group", sizes[i]);
        cover_row(&points, "%d units: each effect by time since the start", sizes[i]);
        cover_row(&band, "%d units: all of them at once, bootstrap's band", sizes[i]);
        cover_row(&sunab, "%d units: interaction-weighted event study", sizes[i]);
    }
    cover_share_title("The same: test of the effects before the start, where there are none",
        "chi-squared: p below 0.05 (Monte Carlo error) | for few units", 2);
    for (int i = 0; i < 3; i++) {
        cover_share_row(leads[i], 2, "%d units", sizes[i]);
    }
}

// ---- One treated place -------------------------------------------------------------------------

// Two shared walks that places follow to different degrees, and noise; place 0 is treated, without
// effect, so that all places are alike.
static size_t draw_places(int places, int before, int after)
{
    enum { PERIODS_MAX = 60 };
    double walk[2][PERIODS_MAX];
    size_t rows = 0;
    for (int k = 0; k < 2; k++) {
        walk[k][0] = 0;
        for (int t = 1; t < before + after; t++) {
            walk[k][t] = walk[k][t - 1] + 0.5 * cover_normal();
        }
    }
    for (int u = 0; u < places; u++) {
        double level = 10 + 2 * cover_normal();
        double first = cover_uniform();
        double second = cover_uniform();
        for (int t = 0; t < before + after; t++) {
            y[rows] = level + 2 * first * walk[0][t] + 2 * second * walk[1][t] + cover_normal();
            treat[rows] = u == 0 && t >= before;
            moment[rows] = t;
            unit[rows++] = u;
        }
    }
    return rows;
}

static void one_place(void)
{
    static const int sizes[][3] = { { 10, 12, 6 }, { 20, 12, 6 }, { 20, 40, 12 }, { 39, 19, 12 } };
    struct cover_tally sdid[4] = { 0 };
    cover_share_title("One treated place without effect (Monte Carlo error)",
        "synthetic control: p at or below 0.05 | at or below 0.10", 2);
    for (int i = 0; i < 4; i++) {
        struct cover_share s[2] = { 0 };
        for (int r = 0; r < cover_repetitions / 10; r++) {
            struct ph_frame f = cover_frame(draw_places(sizes[i][0], sizes[i][1], sizes[i][2]));
            struct ph_panel_columns columns = { COVER_Y, COVER_UNIT, COVER_TIME, COVER_TREAT,
                PH_NONE };
            struct ph_synth_options o = PH_SYNTH_OPTIONS;
            struct ph_synth_result got;
            o.columns = columns;
            cover_must(ph_synth(cover_context, &f, &o, &got));
            cover_hit(&s[0], got.head.p <= 0.05 + 1e-12);
            cover_hit(&s[1], got.head.p <= 0.10 + 1e-12);
            ph_synth_release(cover_context, &got);
            struct ph_sdid_options d = PH_SDID_OPTIONS;
            struct ph_sdid_result both;
            d.columns = columns;
            cover_must(ph_sdid(cover_context, &f, &d, &both));
            cover_count(&sdid[i], both.head.interval, 0);
            ph_sdid_release(cover_context, &both);
        }
        cover_share_row(
            s, 2, "%d places, %d periods before, %d after", sizes[i][0], sizes[i][1], sizes[i][2]);
    }
    cover_title("The same: synthetic difference in differences, placebo error");
    for (int i = 0; i < 4; i++) {
        cover_row(&sdid[i], "%d places, %d periods before, %d after", sizes[i][0], sizes[i][1],
            sizes[i][2]);
    }
}

void cover_panels(void)
{
    staggered();
    one_place();
}
