// SPDX-License-Identifier: Apache-2.0
// Normal-normal random effects: estimate y[i] with variance v[i] around a true effect that itself
// varies between pilots with variance tau2.
#include "shrink.h"
#include "gamma.h"

enum { PILOTS_MIN = 2, FEW_PILOTS = 5, GRID = 64 };

struct sums ev_sums_at(const struct pilots *p, double tau2)
{
    struct sums s = { 0 };
    double wy = 0;
    double first = p->y[0]; // differences keep digits when all estimates are large
    for (size_t i = 0; i < p->n; i++) {
        double w = 1 / (p->v[i] + tau2);
        s.w += w;
        s.w2 += w * w;
        wy += w * (p->y[i] - first);
    }
    double gap = wy / s.w;
    s.mean = first + gap;
    for (size_t i = 0; i < p->n; i++) {
        double w = 1 / (p->v[i] + tau2);
        double d = (p->y[i] - first) - gap;
        s.q += w * d * d;
        s.q2 += w * w * d * d;
    }
    return s;
}

// ---- tau2 ----

struct profile {
    const struct pilots *p;
    bool restricted;
    double target; // of q, or of its tail
};

// Twice the slope of the (restricted) log likelihood in tau2, falling.
static double slope(const struct profile *f, double tau2)
{
    struct sums s = ev_sums_at(f->p, tau2);
    return s.q2 - s.w + (f->restricted ? s.w2 / s.w : 0);
}

static double minus_slope(void *context, double tau2)
{
    return -slope(context, tau2);
}

double ev_pilots_likelihood(const struct pilots *p, bool restricted, double tau2)
{
    struct sums s = ev_sums_at(p, tau2);
    double logs = 0;
    for (size_t i = 0; i < p->n; i++) {
        logs += log(p->v[i] + tau2);
    }
    return -0.5 * (logs + s.q + (restricted ? log(s.w) : 0));
}

static double log_likelihood(const struct profile *f, double tau2)
{
    return ev_pilots_likelihood(f->p, f->restricted, tau2);
}

// The likelihood may have two hills: the best point of a grid is climbed from both sides, and zero
// is a candidate like any other.
static double likelihood_tau2(const struct pilots *p, bool restricted)
{
    struct profile f = { .p = p, .restricted = restricted };
    if (!(p->scale2 > 0)) {
        return 0;
    }
    double points[GRID + 1];
    double best_value = log_likelihood(&f, 0);
    int best = 0;
    points[0] = 0;
    for (int i = 1; i <= GRID; i++) {
        points[i] = p->scale2 * exp(-0.5 * (GRID - i));
        double value = log_likelihood(&f, points[i]);
        if (value > best_value) {
            best_value = value;
            best = i;
        }
    }
    double lo = best > 0 ? points[best - 1] : 0;
    double hi = points[best < GRID ? best + 1 : GRID];
    if (best == 0 && slope(&f, 0) <= 0) {
        return 0;
    }
    double tau2 = ev_solve_increasing(minus_slope, &f, lo, hi);
    return isnan(tau2) ? points[best] : tau2;
}

static double minus_q(void *context, double tau2)
{
    const struct profile *f = context;
    return f->target - ev_sums_at(f->p, tau2).q;
}

// Where the falling Q(tau2) meets TARGET; 0 if it starts below.
static double where_q_is(struct pilots *p, double target)
{
    struct profile f = { .p = p, .target = target };
    if (minus_q(&f, 0) >= 0) {
        return 0;
    }
    double hi = p->scale2;
    while (minus_q(&f, hi) < 0 && isfinite(hi)) {
        hi *= 4;
    }
    return ev_solve_increasing(minus_q, &f, 0, hi);
}

static double dersimonian_laird(const struct pilots *p)
{
    struct sums s = ev_sums_at(p, 0);
    return fmax(0, (s.q - (double)(p->n - 1)) / (s.w - s.w2 / s.w));
}

static double tau2_of(struct pilots *p, enum ph_tau_kind kind)
{
    switch (kind) {
    case PH_TAU_REML:
        return likelihood_tau2(p, true);
    case PH_TAU_PAULE_MANDEL:
        return where_q_is(p, (double)(p->n - 1));
    case PH_TAU_DERSIMONIAN_LAIRD:
        return dersimonian_laird(p);
    case PH_TAU_ML:
        return likelihood_tau2(p, false);
    }
    return NAN;
}

struct chi_tail {
    double half_df;
    double upper;
};

static double chi_excess(void *context, double x)
{
    const struct chi_tail *t = context;
    return t->upper - ev_gamma_tails(t->half_df, x / 2).q;
}

static double chi_quantile_upper(double upper, double df)
{
    struct chi_tail t = { df / 2, upper };
    double hi = df;
    while (chi_excess(&t, hi) < 0) {
        hi *= 2;
    }
    return ev_solve_increasing(chi_excess, &t, 0, hi);
}

// ---- from tau2 to results ----

static void pool(
    const struct pilots *p, const struct ph_shrink_options *o, struct ph_shrink_result *out)
{
    struct ph_result *r = &out->head;
    struct sums s = ev_sums_at(p, out->tau2);
    double k = (double)p->n;
    r->estimate = s.mean;
    r->se = sqrt(1 / s.w);
    r->df = INFINITY;
    double df_next = INFINITY;
    if (o->hartung_knapp) {
        r->se = sqrt(s.q / (k - 1) / s.w);
        r->df = k - 1;
        df_next = k - 2;
    }
    if (r->se > 0) {
        ev_interval_t(r);
    } else {
        r->warnings |= PH_WARN_NO_VARIATION;
    }
    if (df_next > 0 && r->se > 0) {
        double half = ph_t_quantile(0.5 + o->level / 2, df_next) * sqrt(out->tau2 + r->se * r->se);
        out->prediction = (struct ph_interval){ r->estimate - half, r->estimate + half };
    }
    struct sums zero = ev_sums_at(p, 0);
    double typical = (k - 1) * zero.w / (zero.w * zero.w - zero.w2);
    out->i2 = 100 * out->tau2 / (out->tau2 + typical);
    out->q = zero.q;
    out->q_p = ev_gamma_tails((k - 1) / 2, zero.q / 2).q;
}

static void shrink_each(
    const struct pilots *p, const struct ph_shrink_options *o, struct ph_shrink_result *out)
{
    double z = ph_normal_quantile(0.5 + o->level / 2);
    double mean_var = 1 / ev_sums_at(p, out->tau2).w;
    for (size_t i = 0; i < p->n; i++) {
        struct ph_shrunk *s = &out->pilots[i];
        double own = out->tau2 / (out->tau2 + p->v[i]);
        s->weight = own;
        s->shrunk = out->head.estimate + own * (p->y[i] - out->head.estimate);
        s->shrunk_se = sqrt(own * p->v[i] + (1 - own) * (1 - own) * mean_var);
        s->interval =
            (struct ph_interval){ s->shrunk - z * s->shrunk_se, s->shrunk + z * s->shrunk_se };
        s->worthwhile = NAN;
        if (!isnan(o->delta)) {
            double above = (s->shrunk - o->delta) / s->shrunk_se;
            s->worthwhile = ph_normal_cdf(o->direction == PH_HIGHER_IS_BETTER ? above : -above);
        }
    }
}

// ---- reading ----

static enum ph_status check_options(struct ph_context *c, const struct ph_shrink_options *o)
{
    enum ph_status status = ev_check_level(c, o->level);
    if (status == PH_OK && (o->kind < PH_TAU_REML || o->kind > PH_TAU_ML)) {
        status = ev_complain(c, PH_INVALID, "The estimator of tau2 is not known.");
    }
    if (status == PH_OK && isinf(o->delta)) {
        status = ev_complain(c, PH_INVALID, "The smallest worthwhile effect must be a number.");
    }
    if (status == PH_OK && o->direction != PH_HIGHER_IS_BETTER &&
        o->direction != PH_LOWER_IS_BETTER) {
        status = ev_complain(c, PH_INVALID, "The direction is not known.");
    }
    return status;
}

// ln of the risk ratio and its variance; half a case is added to all cells of a table with a zero.
static enum ph_status log_risk_ratio(struct ph_context *c, const struct ph_frame *f,
    const int32_t columns[4], size_t row, double *ret_y, double *ret_v, bool *ret_zero)
{
    double n[4];
    bool zero = false;
    for (int k = 0; k < 4; k++) {
        n[k] = ev_cell(f, columns[k], row);
        if (!(n[k] >= 0) || n[k] != floor(n[k]) || n[k] > 0x1p53) {
            return ev_complain(
                c, PH_DATA, "Row %zu: counts must be whole and not negative.", ev_row(f, row));
        }
        zero = zero || n[k] == 0;
    }
    if (n[0] + n[1] == 0 || n[2] + n[3] == 0) {
        return ev_complain(c, PH_DATA, "Row %zu: a group without anybody.", ev_row(f, row));
    }
    for (int k = 0; k < 4; k++) {
        n[k] += zero ? 0.5 : 0;
    }
    *ret_y = log(n[0] / (n[0] + n[1])) - log(n[2] / (n[2] + n[3]));
    *ret_v = n[1] / n[0] / (n[0] + n[1]) + n[3] / n[2] / (n[2] + n[3]);
    *ret_zero = zero;
    return PH_OK;
}

static enum ph_status read_row(struct ph_context *c, const struct ph_frame *f,
    const struct ph_shrink_options *o, size_t row, double *ret_y, double *ret_v,
    struct ph_result *r)
{
    if (o->counts[0] != PH_NONE) {
        bool zero = false;
        enum ph_status status = log_risk_ratio(c, f, o->counts, row, ret_y, ret_v, &zero);
        r->warnings |= zero ? PH_WARN_ZERO_CELL : 0;
        return status;
    }
    double se = ev_cell(f, o->se, row);
    *ret_y = ev_cell(f, o->estimate, row);
    *ret_v = se * se;
    if (!(se > 0) || !(*ret_v > 0) || isinf(*ret_v)) {
        return ev_complain(c, PH_DATA,
            "Row %zu: the standard error %.15g must be above 0; leave the row empty if the "
            "estimate has none.",
            ev_row(f, row), se);
    }
    return PH_OK;
}

static bool row_missing(const struct ph_frame *f, const int32_t *columns, size_t n, size_t row)
{
    for (size_t k = 0; k < n; k++) {
        if (ev_cell_missing(f, columns[k], row)) {
            return true;
        }
    }
    return false;
}

static enum ph_status read_pilots(struct ph_context *c, const struct ph_frame *f,
    const struct ph_shrink_options *o, struct pilots *p, struct ph_shrink_result *out)
{
    const int32_t pair[2] = { o->estimate, o->se };
    bool counts = o->counts[0] != PH_NONE;
    const int32_t *columns = counts ? o->counts : pair;
    size_t n_columns = counts ? 4 : 2;
    enum ph_status status = PH_OK;
    for (size_t k = 0; status == PH_OK && k < n_columns; k++) {
        status =
            ev_column_check(c, f, columns[k], PH_REAL, counts ? "counts" : "estimate or error");
    }
    if (status != PH_OK) {
        return status;
    }
    p->y = ev_take(c, 2 * f->rows, sizeof(double));
    out->pilots = p->y ? ev_take(c, f->rows, sizeof(*out->pilots)) : NULL;
    if (!out->pilots) {
        return PH_NO_MEMORY;
    }
    p->v = p->y + f->rows;
    double lo = INFINITY;
    double hi = -INFINITY;
    for (size_t i = 0; status == PH_OK && i < f->rows; i++) {
        if (row_missing(f, columns, n_columns, i)) {
            out->head.dropped[PH_DROP_OUTCOME]++;
            out->head.n_dropped++;
            continue;
        }
        size_t at = p->n++;
        status = read_row(c, f, o, i, &p->y[at], &p->v[at], &out->head);
        lo = fmin(lo, p->y[at]);
        hi = fmax(hi, p->y[at]);
        out->pilots[at] =
            (struct ph_shrunk){ .row = i, .estimate = p->y[at], .se = sqrt(p->v[at]) };
    }
    if (status == PH_OK && p->n < PILOTS_MIN) {
        status = ev_complain(
            c, PH_DATA, "There are %zu estimates; at least %d are needed.", p->n, PILOTS_MIN);
    }
    p->scale2 = (hi - lo) * (hi - lo);
    if (status == PH_OK && isinf(p->scale2)) {
        status = ev_complain(
            c, PH_DATA, "The estimates are too far apart to compute with; use a larger unit.");
    }
    return status;
}

static const char *convention_of(const struct ph_shrink_options *o)
{
    static const char *const names[][4] = {
        [PH_TAU_REML] = { "random-effects.reml", "random-effects.reml.hartung-knapp",
            "random-effects.integrated", "random-effects.integrated.hartung-knapp-reml" },
        [PH_TAU_PAULE_MANDEL] = { "random-effects.paule-mandel",
            "random-effects.paule-mandel.hartung-knapp", "random-effects.integrated",
            "random-effects.integrated.hartung-knapp-paule-mandel" },
        [PH_TAU_DERSIMONIAN_LAIRD] = { "random-effects.dersimonian-laird",
            "random-effects.dersimonian-laird.hartung-knapp", "random-effects.integrated",
            "random-effects.integrated.hartung-knapp-dersimonian-laird" },
        [PH_TAU_ML] = { "random-effects.ml", "random-effects.ml.hartung-knapp",
            "random-effects.integrated", "random-effects.integrated.hartung-knapp-ml" },
    };
    return names[o->kind][2 * o->integrated + o->hartung_knapp];
}

static enum ph_status judge(struct ph_context *c, struct pilots *p,
    const struct ph_shrink_options *o, struct ph_shrink_result *out)
{
    struct ph_result *r = &out->head;
    double tail = (1 - o->level) / 2;
    double df = (double)(p->n - 1);
    r->n = p->n;
    out->n = p->n;
    out->tau2 = tau2_of(p, o->kind);
    out->tau2_interval = (struct ph_interval){ where_q_is(p, chi_quantile_upper(tail, df)),
        where_q_is(p, chi_quantile_upper(1 - tail, df)) };
    r->warnings |= out->tau2 == 0 ? PH_WARN_BOUNDARY : 0;
    r->warnings |= p->n < FEW_PILOTS ? PH_WARN_FEW_PILOTS : 0;
    ev_warn_dropped(r);
    pool(p, o, out);
    shrink_each(p, o, out);
    enum ph_status status = o->integrated ? ev_pilots_integrate(c, p, o, out) : PH_OK;
    if (status != PH_OK) {
        return status;
    }
    if (!isfinite(out->tau2)) {
        return ev_complain(c, PH_DATA, "The spread between pilots could not be found.");
    }
    return ev_check_finite(c, r);
}

enum ph_status ph_shrink(struct ph_context *c, const struct ph_frame *f,
    const struct ph_shrink_options *o, struct ph_shrink_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = check_options(c, o)) != PH_OK) {
        return status;
    }
    struct ph_shrink_result out = {
        .head = ev_result_blank(o->level, convention_of(o)), .tau2 = NAN, .prediction = { NAN, NAN }
    };
    struct pilots p = { 0 };
    status = read_pilots(c, f, o, &p, &out);
    if (status == PH_OK) {
        status = judge(c, &p, o, &out);
    }
    ev_give_back(c, p.y);
    if (status != PH_OK) {
        ev_give_back(c, out.pilots);
        return status;
    }
    *ret_result = out;
    return PH_OK;
}

void ph_shrink_release(struct ph_context *c, struct ph_shrink_result *r)
{
    if (c && r) {
        ev_give_back(c, r->pilots);
        r->pilots = NULL;
        r->n = 0;
    }
}
