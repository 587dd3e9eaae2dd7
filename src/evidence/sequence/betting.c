// SPDX-License-Identifier: Apache-2.0
// Hedged capital: for each candidate mean of a grid two gamblers bet that the mean is higher, and
// lower; a candidate against which one has grown rich is left out (Waudby-Smith & Ramdas 2024,
// JRSS-B 86:1, section 4.4).
#include "sequence.h"

// Capitals are multiplied up plainly and their exponents taken off now and then: a factor lies
// between 1/2 and about 10, so BLOCK of them neither vanish nor overflow.
enum { BLOCK = 32 };

struct ev_bettor {
    struct ph_monitor_options options;
    size_t grid;
    double *up; // gambler who bets that the mean is above the candidate: mantissa
    double *down;
    double *log_up; // ln of what was taken off
    double *log_down;
    double *most_up; // largest bet that half of the capital covers
    double *most_down;
    size_t pending;
    double n;
    double mean; // of the outcome on 0 to 1
    double spread;
};

void ev_bettor_free(struct ph_context *c, struct ev_bettor *b)
{
    if (b) {
        ev_give_back(c, b->up);
        ev_give_back(c, b);
    }
}

enum ph_status ev_bettor_new(struct ph_context *c, const struct ph_monitor_options *o, size_t grid,
    struct ev_bettor **ret_bettor)
{
    struct ev_bettor *b = ev_take(c, 1, sizeof(*b));
    double *block = b ? ev_take(c, 6 * (grid + 1), sizeof(double)) : NULL;
    if (!block) {
        ev_give_back(c, b);
        return PH_NO_MEMORY;
    }
    size_t k = grid + 1;
    *b = (struct ev_bettor){ .options = *o,
        .grid = grid,
        .up = block,
        .down = block + k,
        .log_up = block + 2 * k,
        .log_down = block + 3 * k,
        .most_up = block + 4 * k,
        .most_down = block + 5 * k };
    for (size_t i = 0; i <= grid; i++) {
        double m = (double)i / (double)grid;
        b->up[i] = b->down[i] = 1;
        b->most_up[i] = 0.5 / m; // infinite at the ends: there the bet itself is bounded
        b->most_down[i] = 0.5 / (1 - m);
    }
    *ret_bettor = b;
    return PH_OK;
}

static void settle(struct ev_bettor *b)
{
    for (size_t i = 0; i <= b->grid; i++) {
        b->log_up[i] += log(b->up[i]);
        b->log_down[i] += log(b->down[i]);
        b->up[i] = b->down[i] = 1;
    }
    b->pending = 0;
}

void ev_bettor_row(struct ev_bettor *b, double value)
{
    const struct ph_monitor_options *o = &b->options;
    double x = (value - o->lo) / (o->hi - o->lo);
    double t = b->n + 1;
    double bet = ev_next_bet(t, b->spread, (1 - o->level) / 2);
    double step = 1 / (double)b->grid;
    for (size_t i = 0; i <= b->grid; i++) {
        double gain = x - (double)i * step;
        b->up[i] *= 1 + fmin(bet, b->most_up[i]) * gain;
        b->down[i] *= 1 - fmin(bet, b->most_down[i]) * gain;
    }
    b->n = t;
    b->mean += (x - b->mean) / t;
    double shrunk = (0.5 + t * b->mean) / (t + 1);
    b->spread += (x - shrunk) * (x - shrunk);
    if (++b->pending == BLOCK) {
        settle(b);
    }
}

static double log_capital(const struct ev_bettor *b, size_t i)
{
    return fmax(b->log_up[i], b->log_down[i]) - log(2); // half of the stake each
}

void ev_bettor_look(struct ev_bettor *b, struct ph_look *l)
{
    const struct ph_monitor_options *o = &b->options;
    struct ph_result *r = &l->head;
    double range = o->hi - o->lo;
    settle(b);
    l->n[0] = b->n;
    l->mean[0] = b->n > 0 ? o->lo + range * b->mean : NAN;
    if (!(b->n > 0)) {
        r->warnings |= PH_WARN_TOO_EARLY;
        return;
    }
    r->estimate = l->mean[0];
    double ruin = -log(1 - o->level);
    size_t first = 0;
    size_t last = b->grid;
    while (first < b->grid && log_capital(b, first) > ruin) {
        first++;
    }
    while (last > first && log_capital(b, last) > ruin) {
        last--;
    }
    // A step outward on each side, so that the interval covers what lies between grid points.
    double lo = fmax((double)first - 1, 0) / (double)b->grid;
    double hi = fmin((double)last + 1, (double)b->grid) / (double)b->grid;
    r->interval = (struct ph_interval){ o->lo + range * fmin(lo, b->mean),
        o->lo + range * fmax(hi, b->mean) };
    double null = (o->null_value - o->lo) / range * (double)b->grid;
    if (null >= 0 && null <= (double)b->grid) {
        // The null value's neighbours on the grid: the poorer gambler speaks for it.
        size_t below = (size_t)floor(null);
        size_t above = (size_t)ceil(null);
        r->log_e = fmin(log_capital(b, below), log_capital(b, above));
        ev_anytime_p(r);
    }
}
