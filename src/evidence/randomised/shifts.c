// SPDX-License-Identifier: Apache-2.0
// The test of other constant effects from the same draws. With the effect E taken off the treated's
// outcomes a draw's difference is T - E B, where B is what the draw shows of a treatment that adds
// 1 to each of the treated; the observed one is T0 - E. So a draw is as large up to some distance
// from T0 on either side and beyond it never is: the interval's ends are order statistics of
// distances.
#include "internal.h"

#include "design.h"
#include "randomise.h"

#include <stdlib.h>

// Draws this near to the observed assignment, or to its mirror, are that.
#define SAME 1e-12

static bool same(const struct ri *k, size_t draw)
{
    return 1 - fabs(k->overlap[draw]) < SAME;
}

// How far from the estimate in DIRECTION (-1, 1) a draw is as large as what was observed.
static double reach(const struct ri *k, size_t draw, double direction)
{
    if (same(k, draw)) {
        return INFINITY;
    }
    double rest = k->shown[draw] - k->overlap[draw] * k->observed;
    double side = rest >= 0 ? direction : -direction;
    return fabs(rest) / (1 + side * k->overlap[draw]);
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x > y ? -1 : x < y;
}

// Of (B + DRAWN) assignments, the observed one among them, how many must be as large for p to lie
// above ALPHA.
static size_t enough(double draws, double drawn, double alpha)
{
    double count = floor(alpha * (draws + drawn) + 1e-9) + 1 - drawn;
    return count > 0 ? (size_t)count : 0;
}

enum ph_status ri_interval(const struct ri *k, bool drawn, double level, struct ph_interval *ret)
{
    double *distance = ev_take_raw(k->c, k->draws, sizeof(*distance));
    size_t count = enough((double)k->draws, drawn, 1 - level);
    double ends[2] = { NAN, NAN };
    if (!distance) {
        return PH_NO_MEMORY;
    }
    for (int side = 0; side < 2 && count > 0 && count <= k->draws; side++) {
        for (size_t i = 0; i < k->draws; i++) {
            distance[i] = reach(k, i, side ? 1 : -1);
        }
        qsort(distance, k->draws, sizeof(*distance), falling);
        double far = distance[count - 1];
        ends[side] = isinf(far) ? NAN : k->observed + (side ? far : -far);
    }
    ev_give_back(k->c, distance);
    *ret = (struct ph_interval){ ends[0], ends[1] };
    return PH_OK;
}

double ri_p_at(const struct ri *k, bool drawn, double effect)
{
    double least = fabs(k->observed - effect) * (1 - 1e-12);
    size_t as_large = 0;
    for (size_t i = 0; i < k->draws; i++) {
        as_large += same(k, i) || fabs(k->shown[i] - effect * k->overlap[i]) >= least;
    }
    return ((double)as_large + drawn) / ((double)k->draws + drawn);
}
