// SPDX-License-Identifier: Apache-2.0
// Any estimate at any look. Estimates of one quantity from growing data behave as a random walk
// that is read at the times 1 / se^2 (Jennison & Turnbull 1997, JASA 92:1330), also where clusters
// or strata share the rows; so the normal mixture on that walk holds at every look. With the
// degrees of freedom of few clusters its bound is carried from the normal's tail to the t's.
#include "sequence.h"

// The normal deviate with the tail of T, and the other way round.
static double normal_of(double t, double df)
{
    return isinf(df) ? t : -ph_normal_quantile(ph_t_sf(t, df));
}

static double t_of(double z, double df)
{
    return isinf(df) ? z : -ph_t_quantile(ph_normal_sf(z), df);
}

void ph_result_anytime(struct ph_result *r, double seen, double tuned_for)
{
    double alpha = 1 - r->level;
    double df = r->df > 0 ? r->df : INFINITY;
    r->anytime = true;
    r->convention = "confidence-sequence.information";
    r->interval = (struct ph_interval){ NAN, NAN };
    r->p = r->log_e = NAN;
    if (!(r->se > 0) || !(seen > 0) || !(tuned_for > 0)) {
        r->warnings |= PH_WARN_TOO_EARLY;
        return;
    }
    // Times are counted in multiples of SEEN, so that the walk has the variance SEEN now.
    double rho = ev_normal_rho(tuned_for, alpha);
    double bound = ev_normal_bound(seen, rho, alpha) / sqrt(seen);
    double half = t_of(bound, df) * r->se;
    double z = normal_of(fabs(r->estimate) / r->se, df);
    r->interval = (struct ph_interval){ r->estimate - half, r->estimate + half };
    r->log_e = ev_normal_log_e(z * sqrt(seen), seen, rho);
    ev_anytime_p(r);
}
