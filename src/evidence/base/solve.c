// SPDX-License-Identifier: Apache-2.0
// One root finder for all: bracketed, no derivatives.
#include "internal.h"

// Regula falsi with the Illinois weight (Dowell & Jarratt 1971, BIT 11:168), and a bisection
// whenever the bracket has not halved in three steps.
double ev_solve_increasing(solve_fn *f, void *context, double lo, double hi)
{
    double f_lo = f(context, lo);
    double f_hi = f(context, hi);
    if (f_lo == 0 || f_hi == 0) {
        return f_lo == 0 ? lo : hi;
    }
    if (!(f_lo < 0 && f_hi > 0)) {
        return NAN;
    }
    double width = hi - lo;
    int side = 0;
    for (int i = 0; i < 400 && hi - lo > 4e-16 * fmax(fabs(lo), fabs(hi)); i++) {
        double x = lo - f_lo * (hi - lo) / (f_hi - f_lo);
        if (i % 3 == 2) {
            if (hi - lo > 0.5 * width || !(x > lo && x < hi)) {
                x = lo + (hi - lo) / 2;
            }
            width = hi - lo;
        }
        x = fmin(fmax(x, lo), hi);
        if (x == lo || x == hi) {
            x = lo + (hi - lo) / 2;
            if (x == lo || x == hi) {
                break;
            }
        }
        double at = f(context, x);
        if (at == 0 || isnan(at)) {
            return isnan(at) ? NAN : x;
        }
        if (at < 0) {
            lo = x;
            f_lo = at;
            f_hi = side < 0 ? f_hi / 2 : f_hi;
            side = -1;
        } else {
            hi = x;
            f_hi = at;
            f_lo = side > 0 ? f_lo / 2 : f_lo;
            side = 1;
        }
    }
    return lo + (hi - lo) / 2;
}
