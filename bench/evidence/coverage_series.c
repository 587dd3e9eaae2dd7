// SPDX-License-Identifier: Apache-2.0
// Interrupted series whose errors hang together: which lag is enough?
#include "coverage.h"

static double *const y = cover.real[COVER_Y];
static double *const moment = cover.real[COVER_TIME];

static struct ph_interval level_change(
    const struct ph_frame *f, double from, int lag, bool calibrated)
{
    struct ph_series_options o = PH_SERIES_OPTIONS;
    struct ph_series_result got;
    o.time = COVER_TIME;
    o.from = from;
    o.newey_west = lag >= 0;
    o.lag = lag > 0 ? (uint32_t)lag : 0;
    o.calibrated = calibrated;
    cover_must(ph_series(cover_context, f, &o, &got));
    struct ph_interval i = got.head.interval;
    ph_series_release(cover_context, &got);
    return i;
}

static void name_row(
    const struct cover_tally *t, int points, double alike, int lag, bool calibrated)
{
    const char *how = calibrated ? ", calibrated" : "";
    if (lag < 0) {
        cover_row(t, "%d points, correlation %.1f: one variance%s", points, alike, how);
    } else {
        cover_row(t, "%d points, correlation %.1f: Newey-West, lag %d%s", points, alike, lag, how);
    }
}

void cover_series(void)
{
    static const int sizes[] = { 24, 52, 104 };
    static const double alike[] = { 0, 0.3, 0.6, 0.8 };
    static const int lags[] = { -1, 0, 4, 8 };
    cover_title("Interrupted series, change of level 0.5, errors with lag-1 correlation");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            struct cover_tally t[2][4] = { 0 };
            int from = sizes[i] / 2;
            for (int r = 0; r < cover_repetitions / 2; r++) {
                double e = cover_normal();
                for (int k = 0; k < sizes[i]; k++) {
                    moment[k] = k;
                    y[k] = 0.02 * k + e + (k >= from ? 0.5 + 0.01 * (k - from + 1) : 0);
                    e = alike[j] * e + sqrt(1 - alike[j] * alike[j]) * cover_normal();
                }
                struct ph_frame f = cover_frame((size_t)sizes[i]);
                for (int k = 0; k < 4; k++) {
                    cover_count(&t[0][k], level_change(&f, from, lags[k], false), 0.5);
                    if (r % 2 == 0) {
                        cover_count(&t[1][k], level_change(&f, from, lags[k], true), 0.5);
                    }
                }
            }
            for (int k = 0; k < 8; k++) {
                name_row(&t[k % 2][k / 2], sizes[i], alike[j], lags[k / 2], k % 2);
            }
        }
    }
}
