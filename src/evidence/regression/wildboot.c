// SPDX-License-Identifier: Apache-2.0
// The wild cluster restricted bootstrap (Cameron, Gelbach & Miller 2008, REStat 90:414; Roodman,
// MacKinnon, Nielsen & Webb 2019, Stata J. 19:4), on sums by cluster alone.
//
// With x~ the column in focus freed of the others and b its coefficient, residuals under b = c are
// e + d x~ with d = b - c. A draw multiplies them by one sign v_g a cluster; its numerator is the
// sum of v_g (A_g + d B_g), A_g = x~_g'e_g, B_g = x~_g'x~_g, and the score of cluster g that CR1
// squares is v_g (A_g + d B_g) - r_g'M (sum over h of v_h (s_h + d r_h)), s_h = X_h'e_h,
// r_h = X_h'x~_h. Both are linear in d, so each draw is five numbers, and the whole interval is
// found from them. Constants (CR1's factor, the length of x~) fall out of the comparison.
#include "internal.h"

#include "estimate.h"
#include "matrix.h"
#include "parallel.h"
#include "random.h"

enum { TOGETHER = 8, PORTION = 512, ENUMERATED_MAX = 24, DRAWS_MAX = 10000000 };
// Two draws in the enumeration give |t| itself but for rounding: they are no larger.
#define SLACK 1e-10

struct boot {
    size_t g;
    size_t p;
    double *a; // [g]
    double *b; // [g]
    double *s; // [g][p]: L's_h
    double *r; // [g][p]: L'r_h
    uint64_t seed;
    enum ph_wild weights;
    bool enumerated;
    size_t draws;
    double (*drawn)[5]; // numerator: n0 + n1 d; squares: q0 + q1 d + q2 d^2
    double own;         // the observed t^2 is d^2 / own, but for CR1's factor
};

typedef double lanes __attribute__((vector_size(8 * TOGETHER)));

static double webb(uint32_t i)
{
    static const double value[] = { 1.224744871391589, 1, 0.7071067811865476, -1.224744871391589,
        -1, -0.7071067811865476 };
    return value[i];
}

// The signs of draws FIRST .. FIRST + TOGETHER - 1.
static void fill(const struct boot *k, size_t first, lanes *v)
{
    for (size_t j = 0; j < TOGETHER; j++) {
        struct ev_random r;
        ev_random_start(&r, k->seed, EV_STREAM_WILD, first + j);
        uint64_t bits = first + j;
        for (size_t g = 0; g < k->g; g++) {
            if (k->weights == PH_WILD_WEBB) {
                v[g][j] = webb(ev_random_below(&r, 6));
                continue;
            }
            if (!k->enumerated && g % 32 == 0) {
                bits = ev_random_u32(&r);
            }
            v[g][j] = bits & 1 ? -1 : 1;
            bits >>= 1;
        }
    }
}

struct sums {
    lanes n0, n1, q0, q1, q2;
};

// R and S side by side: W0 = sum of v s, W1 = sum of v r.
static void totals(const struct boot *k, const lanes *v, lanes *w0, lanes *w1)
{
    memset(w0, 0, k->p * sizeof(*w0));
    memset(w1, 0, k->p * sizeof(*w1));
    for (size_t g = 0; g < k->g; g++) {
        const double *s = k->s + g * k->p;
        const double *r = k->r + g * k->p;
        for (size_t j = 0; j < k->p; j++) {
            w0[j] += v[g] * s[j];
            w1[j] += v[g] * r[j];
        }
    }
}

static struct sums add_up(const struct boot *k, const lanes *v, const lanes *w0, const lanes *w1)
{
    struct sums t = { 0 };
    for (size_t g = 0; g < k->g; g++) {
        const double *r = k->r + g * k->p;
        lanes x0 = v[g] * k->a[g];
        lanes x1 = v[g] * k->b[g];
        t.n0 += x0;
        t.n1 += x1;
        for (size_t j = 0; j < k->p; j++) {
            x0 -= w0[j] * r[j];
            x1 -= w1[j] * r[j];
        }
        t.q0 += x0 * x0;
        t.q1 += x0 * x1;
        t.q2 += x1 * x1;
    }
    return t;
}

struct crew {
    const struct boot *k;
    size_t workers;
    lanes *scratch; // of each worker: g + 2 p
};

static void some_draws(const struct boot *k, lanes *v, size_t first, size_t end)
{
    lanes *w0 = v + k->g;
    lanes *w1 = w0 + k->p;
    for (; first < end; first += TOGETHER) {
        fill(k, first, v);
        totals(k, v, w0, w1);
        struct sums t = add_up(k, v, w0, w1);
        for (size_t j = 0; j < TOGETHER && first + j < end; j++) {
            double *to = k->drawn[first + j];
            to[0] = t.n0[j];
            to[1] = t.n1[j];
            to[2] = t.q0[j];
            to[3] = 2 * t.q1[j];
            to[4] = t.q2[j];
        }
    }
}

// Every so many portions of draws belong to one worker.
static void labour(void *work, size_t worker)
{
    const struct crew *crew = work;
    const struct boot *k = crew->k;
    for (size_t n = worker; n * PORTION < k->draws; n += crew->workers) {
        size_t end = (n + 1) * PORTION;
        some_draws(k, crew->scratch + worker * (k->g + 2 * k->p), n * PORTION,
            end < k->draws ? end : k->draws);
    }
}

static enum ph_status draw(struct ph_context *c, const struct boot *k)
{
    struct crew crew = { .k = k, .workers = c->threads };
    lanes *raw = ev_take(c, crew.workers * (k->g + 2 * k->p) + 1, sizeof(*raw));
    if (!raw) {
        return PH_NO_MEMORY;
    }
    uintptr_t at = ((uintptr_t)raw + sizeof(*raw) - 1) / sizeof(*raw) * sizeof(*raw);
    crew.scratch = (lanes *)at;
    ev_parallel(c, crew.workers, labour, &crew);
    ev_give_back(c, raw);
    return ev_cancelled(c) ? ev_complain(c, PH_CANCELLED, "Cancelled.") : PH_OK;
}

// The share of draws with |t*| above |t| for the null D = b - c.
static double p_at(const struct boot *k, double d)
{
    double goal = d * d / k->own * (1 + SLACK);
    size_t above = 0;
    for (size_t i = 0; i < k->draws; i++) {
        const double *x = k->drawn[i];
        double top = x[0] + d * x[1];
        double squares = x[2] + d * (x[3] + d * x[4]);
        above += top * top > goal * squares;
    }
    return k->enumerated ? (double)above / (double)k->draws
                         : ((double)above + 1) / ((double)k->draws + 1);
}

// D beyond which p falls to ALPHA, on the side SIGN; NAN where it never does.
static double limit(const struct boot *k, double alpha, double sign, double step)
{
    double in = 0;
    double out = sign * step;
    int doublings = 0;
    while (p_at(k, out) > alpha) {
        in = out;
        out *= 2;
        if (++doublings > 30) {
            return NAN;
        }
    }
    for (int i = 0; i < 60 && fabs(out - in) > 1e-12 * fabs(out); i++) {
        double mid = (in + out) / 2;
        if (p_at(k, mid) > alpha) {
            in = mid;
        } else {
            out = mid;
        }
    }
    return (in + out) / 2;
}

// ---- From a fit to sums by cluster ----

static void release(struct ph_context *c, struct boot *k)
{
    ev_give_back(c, k->a);
    ev_give_back(c, k->b);
    ev_give_back(c, k->s);
    ev_give_back(c, k->r);
    ev_give_back(c, k->drawn);
}

// Turns rows of X_h'z into L'X_h'z.
static void turn(const struct ev_fit *f, double *rows, size_t n, double *scratch)
{
    for (size_t h = 0; h < n; h++) {
        ev_transposed_times_vector(f->root, f->p, f->p, rows + h * f->p, scratch);
        memcpy(rows + h * f->p, scratch, f->p * sizeof(double));
    }
}

static enum ph_status prepare(
    const struct ev_fit *f, const struct ev_groups *g, size_t focus, struct boot *k)
{
    struct ph_context *c = f->c;
    size_t p = f->p;
    double *x = ev_take(c, f->n, sizeof(*x)); // x~
    double *scratch = ev_take(c, p, sizeof(*scratch));
    k->g = g->n;
    k->p = p;
    k->a = ev_take(c, g->n, sizeof(double));
    k->b = ev_take(c, g->n, sizeof(double));
    k->r = ev_take(c, g->n * p, sizeof(double));
    k->s = ev_scores(f, g);
    k->drawn = ev_take(c, k->draws, sizeof(*k->drawn));
    bool whole = x && scratch && k->a && k->b && k->r && k->s && k->drawn;
    for (size_t j = 0; whole && j < p; j++) {
        ev_axpy(f->inverse[focus * p + j] / f->inverse[focus * p + focus], f->x[j], x, f->n);
    }
    for (size_t i = 0; whole && i < f->n; i++) {
        size_t h = (size_t)g->of[i];
        k->a[h] += x[i] * f->e[i];
        k->b[h] += x[i] * x[i];
        for (size_t j = 0; j < p; j++) {
            k->r[h * p + j] += f->x[j][i] * x[i];
        }
    }
    if (whole) {
        turn(f, k->s, g->n, scratch);
        turn(f, k->r, g->n, scratch);
        double length = f->inverse[focus * p + focus]; // 1 / x~'x~
        k->own = length * length * ev_dot(k->a, k->a, g->n);
    }
    ev_give_back(c, x);
    ev_give_back(c, scratch);
    return whole ? PH_OK : PH_NO_MEMORY;
}

// ---- The method ----

static enum ph_status check_options(struct ph_context *c, const struct ph_wildboot_options *o)
{
    if (o->cluster == PH_NONE) {
        return ev_complain(c, PH_INVALID, "The wild bootstrap needs a cluster column.");
    }
    if (o->draws < 99 || o->draws > DRAWS_MAX) {
        return ev_complain(
            c, PH_INVALID, "The draws must lie between 99 and %d, as 9999.", DRAWS_MAX);
    }
    if (o->weighting != PH_WILD_RADEMACHER && o->weighting != PH_WILD_WEBB) {
        return ev_complain(c, PH_INVALID, "The kind of draws is not known.");
    }
    if (!isfinite(o->null)) {
        return ev_complain(c, PH_INVALID, "The value to test must be a number.");
    }
    return PH_OK;
}

static void choose_draws(const struct ph_wildboot_options *o, size_t clusters, struct boot *k)
{
    bool few = clusters <= ENUMERATED_MAX && (size_t)1 << clusters <= o->draws;
    k->weights = o->weighting;
    k->enumerated = few && o->weighting == PH_WILD_RADEMACHER;
    k->draws = k->enumerated ? (size_t)1 << clusters : o->draws;
}

static void fill_result(const struct ph_wildboot_options *o, const struct boot *k,
    const struct ph_regression_result *cr1, struct ph_wildboot_result *r)
{
    r->head = cr1->head;
    r->cr1_interval = cr1->head.interval;
    r->cr1_p = cr1->head.p;
    double d = r->head.estimate - o->null;
    r->t = d / r->head.se;
    r->enumerated = k->enumerated;
    r->draws = k->draws;
    r->granularity = 1 / (double)k->draws;
    r->head.convention = k->enumerated                ? "wcr.rademacher.enumerated.cr1"
                         : k->weights == PH_WILD_WEBB ? "wcr.webb.cr1"
                                                      : "wcr.rademacher.cr1";
    r->head.interval = (struct ph_interval){ NAN, NAN };
    r->head.p = NAN;
    if (!(k->own > 0) || !(r->head.se > 0)) {
        return; // an exact fit: there is nothing to draw
    }
    r->head.p = p_at(k, d);
    r->head.mc_error = k->enumerated ? 0 : sqrt(r->head.p * (1 - r->head.p) / (double)k->draws);
    // Two of the patterns are the data themselves: where they alone are more than alpha, nothing
    // can be ruled out, though strict comparison would.
    bool too_few = k->enumerated && 2 * r->granularity > 1 - o->level;
    double lo = too_few ? NAN : limit(k, 1 - o->level, 1, r->head.se);
    double hi = too_few ? NAN : limit(k, 1 - o->level, -1, r->head.se);
    if (isnan(lo) || isnan(hi)) {
        r->head.warnings |= PH_WARN_NO_LIMIT;
    } else {
        r->head.interval = (struct ph_interval){ r->head.estimate - lo, r->head.estimate - hi };
    }
    if (r->granularity > (1 - o->level) / 10) {
        r->head.warnings |= PH_WARN_COARSE;
    }
}

enum ph_status ph_wildboot(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_wildboot_options *o, struct ph_wildboot_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    status = status == PH_OK ? check_options(c, o) : status;
    if (status != PH_OK) {
        return status;
    }
    struct ph_regression_options ro = PH_REGRESSION_OPTIONS;
    ro.formula = o->formula;
    ro.focus = o->focus;
    ro.vcov = PH_VCOV_CR1;
    ro.counted = o->counted;
    ro.cluster[0] = o->cluster;
    ro.weights = o->weights;
    ro.design = o->design;
    ro.level = o->level;
    struct ph_regression_result cr1 = { 0 };
    struct ev_design *d = NULL;
    struct ev_estimate e = { 0 };
    struct boot k = { .seed = c->seed };
    struct ph_wildboot_result r = { 0 };
    size_t focus = 0;
    status = ph_regression(c, frame, &ro, &cr1);
    if (status == PH_OK) {
        // Once more with what lies across clusters as columns, as the sums by cluster need.
        status = ev_regression_design(c, frame, &ro, &d, &focus);
    }
    if (status == PH_OK) {
        struct ev_estimate_options eo = {
            .vcov = PH_VCOV_CR0, .focus = focus, .time = PH_NONE, .by_cluster = true
        };
        status = ev_estimate(d, &eo, &e);
    }
    if (status == PH_OK) {
        choose_draws(o, d->cluster[0].n, &k);
        status = prepare(&e.fit, &d->cluster[0], ev_kept(&e.fit, focus), &k);
    }
    status = status == PH_OK ? draw(c, &k) : status;
    if (status == PH_OK) {
        fill_result(o, &k, &cr1, &r);
        *ret_result = r;
    }
    release(c, &k);
    ev_estimate_release(&e);
    ev_design_free(d);
    ph_regression_release(c, &cr1);
    return status;
}
