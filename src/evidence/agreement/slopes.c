// SPDX-License-Identifier: Apache-2.0
// Lines through pairs of readings that both have error, and the bias by range.
#include "pairs.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// ---- Deming ----

// Sums of products around the means, of the reference (y) and the outcome (x).
struct products {
    double n, mean_x, mean_y, xx, yy, xy;
};

static struct products products_of(const struct readings *v)
{
    struct products p = { .n = (double)v->n };
    p.mean_x = ev_sum_of(v->x, v->n) / p.n;
    p.mean_y = ev_sum_of(v->y, v->n) / p.n;
    for (size_t i = 0; i < v->n; i++) {
        double x = v->x[i] - p.mean_x;
        double y = v->y[i] - p.mean_y;
        p.xx += x * x;
        p.yy += y * y;
        p.xy += x * y;
    }
    return p;
}

// The same without reading I.
static struct products without(const struct products *p, const struct readings *v, size_t i)
{
    double share = p->n / (p->n - 1);
    double x = v->x[i] - p->mean_x;
    double y = v->y[i] - p->mean_y;
    return (struct products){ p->n - 1, p->mean_x - x / (p->n - 1), p->mean_y - y / (p->n - 1),
        p->xx - share * x * x, p->yy - share * y * y, p->xy - share * x * y };
}

static double deming_slope(const struct products *p, double ratio)
{
    double gap = p->xx - ratio * p->yy;
    double root = hypot(gap, 2 * sqrt(ratio) * p->xy);
    // Of the two equal forms the one without cancellation.
    return gap >= 0 ? (gap + root) / (2 * p->xy) : 2 * ratio * p->xy / (root - gap);
}

// Errors by the jackknife (Linnet 1993, Clin. Chem. 39:424).
static void deming(const struct readings *v, double ratio, struct ph_slopes_result *out)
{
    struct products all = products_of(v);
    struct ph_line *line = &out->deming;
    struct ph_result *r = &out->head;
    double n = all.n;
    if (!(fabs(all.xy) > 1e-14 * sqrt(all.xx) * sqrt(all.yy))) {
        r->warnings |= PH_WARN_UNDEFINED; // no line is better than any other
        return;
    }
    line->slope = deming_slope(&all, ratio);
    line->intercept = all.mean_x - line->slope * all.mean_y;
    double sum[2] = { 0 };
    double squares[2] = { 0 };
    for (size_t i = 0; i < v->n; i++) {
        struct products p = without(&all, v, i);
        double slope = deming_slope(&p, ratio);
        double gap[2] = { slope - line->slope, p.mean_x - slope * p.mean_y - line->intercept };
        for (int k = 0; k < 2; k++) {
            sum[k] += gap[k];
            squares[k] += gap[k] * gap[k];
        }
    }
    double se[2];
    for (int k = 0; k < 2; k++) {
        double var = (squares[k] - sum[k] * sum[k] / n) * (n - 1) / n;
        se[k] = sqrt(fmax(var, 0));
    }
    r->estimate = line->slope;
    r->df = n - 2;
    if (!(se[0] > 1e-14 * fabs(line->slope)) || !isfinite(se[0])) {
        r->warnings |= PH_WARN_NO_VARIATION;
        return;
    }
    double t = ph_t_quantile(0.5 + r->level / 2, r->df);
    r->se = se[0];
    ev_interval_t(r);
    r->p = 2 * ph_t_sf(fabs(line->slope - 1) / se[0], r->df);
    line->slope_interval = r->interval;
    line->intercept_interval =
        (struct ph_interval){ line->intercept - t * se[1], line->intercept + t * se[1] };
}

// ---- Passing and Bablok (1983, J. Clin. Chem. Clin. Biochem. 21:709) ----

static double median_of_sorted(const double *v, size_t n)
{
    return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

static double intercept_of(const struct readings *v, double slope)
{
    for (size_t i = 0; i < v->n; i++) {
        v->work[i] = v->x[i] - slope * v->y[i];
    }
    qsort(v->work, v->n, sizeof(double), by_size);
    return median_of_sorted(v->work, v->n);
}

// All slopes between pairs, without those of equal pairs and those of -1, rising; and how many lie
// below -1.
static size_t all_slopes(const struct readings *v, double *slopes, size_t *ret_below)
{
    size_t n = 0;
    *ret_below = 0;
    for (size_t i = 0; i < v->n; i++) {
        for (size_t j = i + 1; j < v->n; j++) {
            double dx = v->x[j] - v->x[i];
            double dy = v->y[j] - v->y[i];
            if ((dx == 0 && dy == 0) || dx == -dy) {
                continue;
            }
            double slope = dy != 0 ? dx / dy : copysign(INFINITY, dx);
            *ret_below += slope < -1;
            slopes[n++] = slope;
        }
    }
    qsort(slopes, n, sizeof(double), by_size);
    return n;
}

static enum ph_status passing_bablok(
    struct ph_context *c, const struct readings *v, double level, struct ph_slopes_result *out)
{
    struct ph_line *line = &out->passing_bablok;
    if (v->n > PH_PASSING_BABLOK_MAX) {
        out->head.warnings |= PH_WARN_UNDEFINED;
        return PH_OK;
    }
    double *slopes = ev_take(c, v->n * (v->n - 1) / 2, sizeof(double));
    if (!slopes) {
        return PH_NO_MEMORY;
    }
    size_t below = 0;
    size_t n = all_slopes(v, slopes, &below);
    double k = (double)v->n;
    double reach = ph_normal_quantile(0.5 + level / 2) * sqrt(k * (k - 1) * (2 * k + 5) / 18);
    double first = floor(((double)n - reach) / 2 + 0.5); // from 1
    // The shifted median has BELOW slopes more on its left.
    size_t middle = (n + 1) / 2 + below; // from 1
    if (n == 0 || middle > n || !isfinite(slopes[middle - 1])) {
        out->head.warnings |= PH_WARN_UNDEFINED;
        ev_give_back(c, slopes);
        return PH_OK;
    }
    line->slope = slopes[middle - 1];
    if (n % 2 == 0 && middle < n && isfinite(slopes[middle])) {
        line->slope = 0.5 * (slopes[middle - 1] + slopes[middle]);
    }
    line->intercept = intercept_of(v, line->slope);
    double last = (double)n - first + 1;
    if (first >= 1 && last + (double)below <= (double)n) {
        struct ph_interval i = { slopes[(size_t)first - 1 + below],
            slopes[(size_t)last - 1 + below] };
        if (isfinite(i.lo) && isfinite(i.hi)) {
            line->slope_interval = i;
            line->intercept_interval =
                (struct ph_interval){ intercept_of(v, i.hi), intercept_of(v, i.lo) };
        }
    }
    ev_give_back(c, slopes);
    return PH_OK;
}

// ---- Bias by range ----

struct at_size {
    double mean;
    double difference;
};

static int by_mean(const void *a, const void *b)
{
    const struct at_size *x = a;
    const struct at_size *y = b;
    if (x->mean != y->mean) {
        return x->mean < y->mean ? -1 : 1;
    }
    return x->difference < y->difference ? -1 : x->difference > y->difference;
}

static enum ph_status bands(
    struct ph_context *c, const struct readings *v, double level, struct ph_slopes_result *out)
{
    struct at_size *sorted = ev_take(c, v->n, sizeof(*sorted));
    if (!sorted) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < v->n; i++) {
        sorted[i] = (struct at_size){ 0.5 * (v->x[i] + v->y[i]), v->d[i] };
    }
    qsort(sorted, v->n, sizeof(*sorted), by_mean);
    for (size_t k = 0; k < PH_BANDS; k++) {
        size_t from = v->n * k / PH_BANDS;
        size_t to = v->n * (k + 1) / PH_BANDS;
        struct ph_band *band = &out->bands[k];
        *band = (struct ph_band){
            .n = to - from, .from = NAN, .to = NAN, .bias = NAN, .interval = { NAN, NAN }
        };
        if (to == from) {
            continue;
        }
        for (size_t i = from; i < to; i++) {
            v->work[i - from] = sorted[i].difference;
        }
        struct moments m = ev_moments_of(v->work, to - from);
        band->from = sorted[from].mean;
        band->to = sorted[to - 1].mean;
        band->bias = m.mean;
        if (m.n > 1 && m.var > 0) {
            double half =
                ph_t_quantile(0.5 + level / 2, (double)(m.n - 1)) * sqrt(m.var / (double)m.n);
            band->interval = (struct ph_interval){ m.mean - half, m.mean + half };
        }
    }
    ev_give_back(c, sorted);
    return PH_OK;
}

static enum ph_status compare(struct ph_context *c, const struct ph_slopes_options *o,
    const struct readings *v, struct ph_slopes_result *out)
{
    struct moments x = ev_moments_of(v->x, v->n);
    struct moments y = ev_moments_of(v->y, v->n);
    out->head.warnings |= v->n < SMALL_SAMPLE ? PH_WARN_SMALL_SAMPLE : 0;
    if (!isfinite(x.var) || !isfinite(y.var)) {
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    if (!(x.var > 0) || !(y.var > 0)) {
        return ev_complain(c, PH_DATA, "All readings of one method are the same: no line fits.");
    }
    deming(v, o->error_ratio, out);
    enum ph_status status = passing_bablok(c, v, o->level, out);
    return status == PH_OK ? bands(c, v, o->level, out) : status;
}

enum ph_status ph_slopes(struct ph_context *c, const struct ph_frame *f,
    const struct ph_slopes_options *o, struct ph_slopes_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (!(o->error_ratio >= 1e-6 && o->error_ratio <= 1e6)) {
        return ev_complain(c, PH_INVALID, "The ratio of error variances must be above 0, as 1.");
    }
    const struct ph_interval none = { NAN, NAN };
    const struct ph_line no_line = { NAN, none, NAN, none };
    struct ph_slopes_result out = { .head = ev_result_blank(o->level, "deming.jackknife"),
        .deming = no_line,
        .passing_bablok = no_line };
    struct ph_accuracy_options pairs = PH_ACCURACY_OPTIONS;
    pairs.outcome = o->outcome;
    pairs.reference = o->reference;
    pairs.unit = o->unit;
    struct keyed *rows = NULL;
    struct readings v = { 0 };
    status = ev_pairs_gather(c, f, &pairs, &out.head, &rows);
    if (status == PH_OK) {
        status = ev_pairs_line_up(c, &pairs, rows, &out.head, &v);
    }
    if (status == PH_OK) {
        status = compare(c, o, &v, &out);
    }
    ev_give_back(c, v.x);
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
