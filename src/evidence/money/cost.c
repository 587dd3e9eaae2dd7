// SPDX-License-Identifier: Apache-2.0
// Net benefit over draws in one pass: a block of differences stays in the cache while all values
// are tried on it.
#include "money.h"

enum { BLOCK = 1024, LANES = 4 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(8)));
typedef int64_t marks __attribute__((vector_size(LANES * sizeof(int64_t)), aligned(8)));

// Means and centred products of pairs, merged block by block (Chan, Golub & LeVeque 1983).
struct pair_moments {
    double n;
    double e, c;
    double ee, cc, ec;
};

static bool any_missing(const struct ph_frame *f, int32_t column, size_t first, size_t count)
{
    if (column == PH_NONE || !f->column[column].missing) {
        return false;
    }
    const uint8_t *missing = f->column[column].missing + first;
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++) {
        seen |= missing[i];
    }
    return seen != 0;
}

static void subtract(const struct ph_frame *f, const int32_t pair[2], size_t first, size_t count,
    double *ret_difference)
{
    const double *pilot = f->column[pair[1]].real + first;
    if (pair[0] == PH_NONE) {
        memcpy(ret_difference, pilot, count * sizeof(double));
        return;
    }
    const double *comparison = f->column[pair[0]].real + first;
    for (size_t i = 0; i < count; i++) {
        ret_difference[i] = pilot[i] - comparison[i];
    }
}

size_t ev_cost_differences(const struct ph_frame *f, const struct ph_cost_options *o, size_t first,
    size_t count, double *ret_effect, double *ret_cost)
{
    const int32_t columns[4] = { o->effect[0], o->effect[1], o->cost[0], o->cost[1] };
    bool gaps = false;
    for (int k = 0; k < 4; k++) {
        gaps = gaps || any_missing(f, columns[k], first, count);
    }
    subtract(f, o->effect, first, count, ret_effect);
    subtract(f, o->cost, first, count, ret_cost);
    if (!gaps) {
        return count;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool missing = false;
        for (int k = 0; k < 4; k++) {
            missing =
                missing || (columns[k] != PH_NONE && ev_cell_missing(f, columns[k], first + i));
        }
        if (!missing) {
            ret_effect[kept] = ret_effect[i];
            ret_cost[kept++] = ret_cost[i];
        }
    }
    return kept;
}

static double sum_lanes(const lanes *v)
{
    return ((*v)[0] + (*v)[2]) + ((*v)[1] + (*v)[3]);
}

static void merge_block(struct pair_moments *m, const double *e, const double *c, size_t n)
{
    if (n == 0) {
        return;
    }
    double k = (double)n;
    struct pair_moments b = { .n = k };
    lanes sum_e = { 0 };
    lanes sum_c = { 0 };
    size_t whole = n - n % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        sum_e += *(const lanes *)(e + i);
        sum_c += *(const lanes *)(c + i);
    }
    b.e = sum_lanes(&sum_e);
    b.c = sum_lanes(&sum_c);
    for (size_t i = whole; i < n; i++) {
        b.e += e[i];
        b.c += c[i];
    }
    b.e /= k;
    b.c /= k;
    lanes ee = { 0 };
    lanes cc = { 0 };
    lanes ec = { 0 };
    for (size_t i = 0; i < whole; i += LANES) {
        lanes de = *(const lanes *)(e + i) - b.e;
        lanes dc = *(const lanes *)(c + i) - b.c;
        ee += de * de;
        cc += dc * dc;
        ec += de * dc;
    }
    b.ee = sum_lanes(&ee);
    b.cc = sum_lanes(&cc);
    b.ec = sum_lanes(&ec);
    for (size_t i = whole; i < n; i++) {
        b.ee += (e[i] - b.e) * (e[i] - b.e);
        b.cc += (c[i] - b.c) * (c[i] - b.c);
        b.ec += (e[i] - b.e) * (c[i] - b.c);
    }
    double all = m->n + k;
    double share = m->n * (k / all);
    double gap_e = b.e - m->e;
    double gap_c = b.c - m->c;
    m->ee += b.ee + gap_e * gap_e * share;
    m->cc += b.cc + gap_c * gap_c * share;
    m->ec += b.ec + gap_e * gap_c * share;
    m->e += gap_e * (k / all);
    m->c += gap_c * (k / all);
    m->n = all;
}

// How many draws of the block have a net benefit above zero at VALUE, and their sum.
static void gains(
    double value, const double *e, const double *c, size_t n, double *ret_count, double *ret_sum)
{
    marks count = { 0 };
    lanes sum = { 0 };
    const lanes zero = { 0 };
    size_t whole = n - n % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        lanes benefit = value * *(const lanes *)(e + i) - *(const lanes *)(c + i);
        marks above = benefit > zero;
        count -= above; // a true mark is -1
        sum += (lanes)(above & (marks)benefit);
    }
    double positive = (double)(count[0] + count[1] + count[2] + count[3]);
    double total = sum_lanes(&sum);
    for (size_t i = whole; i < n; i++) {
        double benefit = value * e[i] - c[i];
        positive += benefit > 0;
        total += benefit > 0 ? benefit : 0;
    }
    *ret_count += positive;
    *ret_sum += total;
}

// ---- results ----

static double variance_at(const struct ph_cost_estimates *s, double value)
{
    double e = value * s->effect_se;
    double product = s->correlation * e * s->cost_se;
    return fmax(e * e - 2 * product + s->cost_se * s->cost_se, 0);
}

// Fieller (1954, JRSS-B 16:175), with the normal's quantile.
static void ratio_into(struct ph_cost_result *out)
{
    const struct ph_cost_estimates *s = &out->estimates;
    struct ph_result *r = &out->head;
    double z = ph_normal_quantile(0.5 + r->level / 2);
    double covariance = s->correlation * s->effect_se * s->cost_se;
    double a = s->effect * s->effect - z * z * s->effect_se * s->effect_se;
    double b = s->effect * s->cost - z * z * covariance;
    double d = s->cost * s->cost - z * z * s->cost_se * s->cost_se;
    r->df = INFINITY;
    if (s->effect == 0) {
        r->warnings |= PH_WARN_UNBOUNDED;
        return;
    }
    r->estimate = s->cost / s->effect;
    if (!(a > 0)) {
        r->warnings |= PH_WARN_UNBOUNDED;
        return;
    }
    double root = sqrt(fmax(b * b - a * d, 0));
    r->interval = (struct ph_interval){ (b - root) / a, (b + root) / a };
}

static enum ph_status check_options(struct ph_context *c, const struct ph_cost_options *o)
{
    enum ph_status status = ev_check_level(c, o->level);
    if (status == PH_OK && (o->n_values > PH_COST_VALUES_MAX || (o->n_values > 0 && !o->values))) {
        status = ev_complain(
            c, PH_TOO_LARGE, "At most %d values of one unit of effect.", PH_COST_VALUES_MAX);
    }
    for (size_t i = 0; status == PH_OK && i < o->n_values; i++) {
        if (!isfinite(o->values[i])) {
            status = ev_complain(c, PH_INVALID, "The value of a unit of effect must be a number.");
        }
    }
    return status;
}

enum ph_status ev_cost_check_columns(
    struct ph_context *c, const struct ph_frame *f, const struct ph_cost_options *o)
{
    const int32_t columns[4] = { o->effect[1], o->cost[1], o->effect[0], o->cost[0] };
    enum ph_status status = PH_OK;
    for (int k = 0; status == PH_OK && k < 4; k++) {
        if (k < 2 || columns[k] != PH_NONE) {
            status = ev_column_check(c, f, columns[k], PH_REAL, k % 2 ? "cost" : "effect");
        }
    }
    return status;
}

static enum ph_status pass(struct ph_context *c, const struct ph_frame *f,
    const struct ph_cost_options *o, struct pair_moments *m, struct ph_cost_at *at)
{
    double effect[BLOCK];
    double cost[BLOCK];
    for (size_t first = 0; first < f->rows; first += BLOCK) {
        size_t count = f->rows - first < BLOCK ? f->rows - first : BLOCK;
        size_t n = ev_cost_differences(f, o, first, count, effect, cost);
        merge_block(m, effect, cost, n);
        for (size_t k = 0; k < o->n_values; k++) {
            gains(o->values[k], effect, cost, n, &at[k].beneficial, &at[k].evpi);
        }
        if (first % (BLOCK * 256) == 0 && ev_cancelled(c)) {
            return ev_complain(c, PH_CANCELLED, "The calculation was stopped.");
        }
    }
    if (m->n < 2) {
        return ev_complain(
            c, PH_DATA, "There are %.0f complete draws; at least 2 are needed.", m->n);
    }
    return PH_OK;
}

static void from_draws(
    const struct ph_cost_options *o, const struct pair_moments *m, struct ph_cost_result *out)
{
    double df = m->n - 1;
    out->estimates = (struct ph_cost_estimates){ .effect = m->e,
        .effect_se = sqrt(m->ee / df),
        .cost = m->c,
        .cost_se = sqrt(m->cc / df),
        .correlation = m->ee > 0 && m->cc > 0 ? m->ec / sqrt(m->ee) / sqrt(m->cc) : 0 };
    for (size_t k = 0; k < o->n_values; k++) {
        struct ph_cost_at *a = &out->at[k];
        a->value = o->values[k];
        a->benefit = a->value * m->e - m->c;
        a->benefit_sd = sqrt(variance_at(&out->estimates, a->value));
        a->beneficial /= m->n;
        a->mc_error = sqrt(a->beneficial * (1 - a->beneficial) / m->n);
        a->evpi = fmax(a->evpi / m->n - fmax(a->benefit, 0), 0);
    }
}

static enum ph_status finish(
    struct ph_context *c, struct ph_cost_result *out, struct ph_cost_result *ret_result)
{
    const struct ph_cost_estimates *s = &out->estimates;
    bool finite = isfinite(s->effect_se) && isfinite(s->cost_se);
    for (size_t k = 0; finite && k < out->n_at; k++) {
        finite = isfinite(out->at[k].benefit) && isfinite(out->at[k].benefit_sd) &&
                 isfinite(out->at[k].evpi);
    }
    ratio_into(out);
    if (!finite || isinf(out->head.estimate) || isinf(out->head.interval.hi) ||
        isinf(out->head.interval.lo)) {
        ev_give_back(c, out->at);
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    *ret_result = *out;
    return PH_OK;
}

enum ph_status ph_cost(struct ph_context *c, const struct ph_frame *f,
    const struct ph_cost_options *o, struct ph_cost_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = check_options(c, o)) != PH_OK ||
        (status = ev_cost_check_columns(c, f, o)) != PH_OK) {
        return status;
    }
    struct ph_cost_result out = { .head = ev_result_blank(o->level, "net-benefit.draws.fieller"),
        .n_at = o->n_values };
    struct pair_moments m = { 0 };
    out.at = ev_take(c, o->n_values, sizeof(*out.at));
    if (!out.at) {
        return PH_NO_MEMORY;
    }
    status = pass(c, f, o, &m, out.at);
    if (status != PH_OK) {
        ev_give_back(c, out.at);
        return status;
    }
    out.head.n = (size_t)m.n;
    out.head.n_dropped = f->rows - out.head.n;
    out.head.dropped[PH_DROP_OUTCOME] = out.head.n_dropped;
    ev_warn_dropped(&out.head);
    from_draws(o, &m, &out);
    return finish(c, &out, ret_result);
}

enum ph_status ph_cost_estimated(struct ph_context *c, const struct ph_cost_estimates *s,
    const struct ph_cost_options *o, struct ph_cost_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = check_options(c, o)) != PH_OK) {
        return status;
    }
    if (!s || !isfinite(s->effect) || !isfinite(s->cost) || !(s->effect_se >= 0) ||
        !(s->cost_se >= 0) || !(fabs(s->correlation) <= 1)) {
        return ev_complain(c, PH_INVALID,
            "Effect and cost must be numbers, their errors not negative, their correlation within "
            "1.");
    }
    struct ph_cost_result out = { .head = ev_result_blank(o->level, "net-benefit.normal.fieller"),
        .estimates = *s,
        .n_at = o->n_values };
    out.at = ev_take(c, o->n_values, sizeof(*out.at));
    if (!out.at) {
        return PH_NO_MEMORY;
    }
    for (size_t k = 0; k < o->n_values; k++) {
        double value = o->values[k];
        double benefit = value * s->effect - s->cost;
        double sd = sqrt(variance_at(s, value));
        out.at[k] = (struct ph_cost_at){ .value = value,
            .benefit = benefit,
            .benefit_sd = sd,
            .beneficial = sd > 0 ? ph_normal_cdf(benefit / sd) : benefit > 0,
            .evpi = sd > 0 ? sd * ph_unit_normal_loss(fabs(benefit) / sd) : 0 };
    }
    return finish(c, &out, ret_result);
}

void ph_cost_release(struct ph_context *c, struct ph_cost_result *r)
{
    if (c && r) {
        ev_give_back(c, r->at);
        r->at = NULL;
        r->n_at = 0;
    }
}
