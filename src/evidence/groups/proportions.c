// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

static double z_of(double level)
{
    return ph_normal_quantile(0.5 + level / 2);
}

static bool counts_fit(double x, double n, double level)
{
    return n > 0 && isfinite(n) && x >= 0 && x <= n && level > 0 && level < 1;
}

// Wilson (1927, JASA 22:209). The two limits are the roots of a quadratic whose product is known,
// so the lower one follows from the upper without cancellation.
struct ph_interval ph_wilson(double x, double n, double level)
{
    if (!counts_fit(x, n, level)) {
        return (struct ph_interval){ NAN, NAN };
    }
    double z = z_of(level);
    double hi = (2 * x + z * z + z * sqrt(z * z + 4 * x * ((n - x) / n))) / (2 * (n + z * z));
    double lo = (x / n) * (x / (n + z * z)) / hi;
    return (struct ph_interval){ x == 0 ? 0 : lo, x == n ? 1 : fmin(hi, 1) };
}

// Clopper & Pearson (1934, Biometrika 26:404) by beta quantiles.
struct ph_interval ph_clopper_pearson(double x, double n, double level)
{
    if (!counts_fit(x, n, level)) {
        return (struct ph_interval){ NAN, NAN };
    }
    double tail = (1 - level) / 2;
    return (struct ph_interval){ x == 0 ? 0 : ph_beta_quantile(tail, x, n - x + 1),
        x == n ? 1 : 1 - ph_beta_quantile(tail, n - x, x + 1) };
}

// Newcombe (1998, Stat. Med. 17:873), method 10.
struct ph_interval ph_newcombe(double x1, double n1, double x0, double n0, double level)
{
    if (!counts_fit(x1, n1, level) || !counts_fit(x0, n0, level)) {
        return (struct ph_interval){ NAN, NAN };
    }
    struct ph_interval w1 = ph_wilson(x1, n1, level);
    struct ph_interval w0 = ph_wilson(x0, n0, level);
    double p1 = x1 / n1;
    double p0 = x0 / n0;
    return (struct ph_interval){ p1 - p0 - hypot(p1 - w1.lo, w0.hi - p0),
        p1 - p0 + hypot(w1.hi - p1, p0 - w0.lo) };
}

struct score {
    double x1, n1, x0, n0;
    double target;
};

// The likeliest p1 among those with p1 - p0 = D: the middle root of a cubic (Farrington & Manning
// 1990, Stat. Med. 9:1447, appendix 1).
static double restricted_p1(const struct score *s, double d)
{
    double p1 = s->x1 / s->n1;
    double p0 = s->x0 / s->n0;
    double theta = s->n0 / s->n1;
    double a = 1 + theta;
    double b = -(1 + theta + p1 + theta * p0 + d * (theta + 2));
    double c = d * d + d * (2 * p1 + theta + 1) + p1 + theta * p0;
    double e = -p1 * d * (1 + d);
    double third = b / (3 * a);
    double v = third * third * third - b * c / (6 * a * a) + e / (2 * a);
    double u = copysign(sqrt(fmax(third * third - c / (3 * a), 0)), v);
    double angle = u == 0 ? 0 : (M_PI + acos(fmin(fmax(v / (u * u * u), -1), 1))) / 3;
    double root = 2 * u * cos(angle) - third;
    return fmin(fmax(root, fmax(d, 0)), fmin(1 + d, 1));
}

// Increasing in D: the score statistic turned, less its target.
static double score_excess(void *context, double d)
{
    const struct score *s = context;
    double p1 = restricted_p1(s, d);
    double p0 = fmin(fmax(p1 - d, 0), 1);
    double n = s->n1 + s->n0;
    double var = (p1 * (1 - p1) / s->n1 + p0 * (1 - p0) / s->n0) * n / (n - 1);
    double gap = d - (s->x1 / s->n1 - s->x0 / s->n0);
    double t = gap == 0 ? 0 : gap / sqrt(var);
    return fmin(fmax(t, -1e8), 1e8) - s->target;
}

// Miettinen & Nurminen (1985, Stat. Med. 4:213), with their factor n / (n - 1).
struct ph_interval ph_miettinen_nurminen(double x1, double n1, double x0, double n0, double level)
{
    if (!counts_fit(x1, n1, level) || !counts_fit(x0, n0, level) || n1 + n0 <= 1) {
        return (struct ph_interval){ NAN, NAN };
    }
    double d = x1 / n1 - x0 / n0;
    struct score s = { x1, n1, x0, n0, -z_of(level) };
    double lo = d <= -1 ? -1 : ev_solve_increasing(score_excess, &s, -1, d);
    s.target = z_of(level);
    double hi = d >= 1 ? 1 : ev_solve_increasing(score_excess, &s, d, 1);
    return (struct ph_interval){ lo, hi };
}

static void fill_shares(struct ph_proportions_result *out, double level)
{
    for (int k = 0; k < 2; k++) {
        out->share[k] = out->successes[k] / out->trials[k];
        out->share_interval[k] = ph_wilson(out->successes[k], out->trials[k], level);
        if (out->successes[k] == 0 || out->successes[k] == out->trials[k]) {
            out->head.warnings |= PH_WARN_ZERO_CELL;
        }
        if (out->trials[k] < SMALL_SAMPLE) {
            out->head.warnings |= PH_WARN_SMALL_SAMPLE;
        }
    }
}

static void fill_independent(struct ph_proportions_result *out, double level)
{
    struct ph_result *r = &out->head;
    const double *x = out->successes;
    const double *n = out->trials;
    const double *p = out->share;
    double z = z_of(level);
    r->estimate = p[1] - p[0];
    r->df = INFINITY;
    r->se = sqrt(p[0] * (1 - p[0]) / n[0] + p[1] * (1 - p[1]) / n[1]);
    out->newcombe = ph_newcombe(x[1], n[1], x[0], n[0], level);
    out->miettinen_nurminen = ph_miettinen_nurminen(x[1], n[1], x[0], n[0], level);
    if (r->se > 0) {
        out->wald = (struct ph_interval){ r->estimate - z * r->se, r->estimate + z * r->se };
        double se = sqrt(p[0] * (1 - p[0]) / (n[0] - 1) + p[1] * (1 - p[1]) / (n[1] - 1));
        if (isfinite(se)) {
            out->wald_unbiased = (struct ph_interval){ r->estimate - z * se, r->estimate + z * se };
        }
    }
    r->interval = out->newcombe;
    double pooled = (x[0] + x[1]) / (n[0] + n[1]);
    double se_pooled = sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]));
    if (se_pooled > 0) {
        r->p = 2 * ph_normal_sf(fabs(r->estimate) / se_pooled);
    } else {
        r->warnings |= PH_WARN_NO_VARIATION;
    }
}

static struct ph_proportions_result blank(double level)
{
    struct ph_interval none = { NAN, NAN };
    return (struct ph_proportions_result){ .head = ev_result_blank(level, "newcombe.10"),
        .newcombe = none,
        .miettinen_nurminen = none,
        .wald = none,
        .wald_unbiased = none };
}

enum ph_status ph_proportions_counts(struct ph_context *c, double x1, double n1, double x0,
    double n0, const struct ph_two_group_options *o, struct ph_proportions_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (!counts_fit(x1, n1, o->level) || !counts_fit(x0, n0, o->level) || n1 > 0x1p53 ||
        n0 > 0x1p53) {
        return ev_complain(
            c, PH_DATA, "Each group needs trials above 0, and successes between 0 and its trials.");
    }
    struct ph_proportions_result out = blank(o->level);
    out.successes[0] = x0;
    out.trials[0] = n0;
    out.successes[1] = x1;
    out.trials[1] = n1;
    out.head.n = (size_t)(n0 + n1);
    ev_grade_groups(&out.head, o->design);
    fill_shares(&out, o->level);
    fill_independent(&out, o->level);
    *ret_result = out;
    return PH_OK;
}

static enum ph_status from_rows(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, const struct ph_two_group_options *o,
    struct ph_proportions_result *out)
{
    for (size_t i = 0; i < out->head.n; i++) {
        out->successes[rows[i].group] += rows[i].value;
        out->trials[rows[i].group] += rows[i].weight;
    }
    for (int k = 0; k < 2; k++) {
        if (!(out->trials[k] > 0)) {
            return ev_complain(c, PH_DATA, "The group with treatment %d has no trials.", k);
        }
    }
    fill_shares(out, o->level);
    if (o->cluster == PH_NONE) {
        ev_grade_groups(&out->head, o->design);
        fill_independent(out, o->level);
        return PH_OK;
    }
    struct ph_welch_result welch = { .head = out->head };
    enum ph_status status = ev_two_group_welch(c, f, roles, rows, o->design, &welch);
    out->head = welch.head;
    out->clusters[0] = welch.clusters[0];
    out->clusters[1] = welch.clusters[1];
    return status;
}

enum ph_status ph_proportions(struct ph_context *c, const struct ph_frame *f,
    const struct ph_two_group_options *o, struct ph_proportions_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (o->treat == PH_NONE) {
        return ev_complain(c, PH_INVALID, "A treatment column is needed.");
    }
    struct ph_proportions_result out = blank(o->level);
    struct roles roles = { .outcome = o->outcome,
        .group = o->treat,
        .key = o->cluster,
        .trials = o->trials,
        .group_word = "treatment",
        .key_word = "clusters",
        .yes_no = true };
    struct keyed *rows = NULL;
    status = ev_gather_rows(c, f, &roles, &out.head, &rows);
    if (status == PH_OK) {
        status = from_rows(c, f, &roles, rows, o, &out);
    }
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
