// SPDX-License-Identifier: Apache-2.0
#include "pairs.h"

// Above this many pairs the exact limits' intervals agree with the approximate ones to four digits
// of their width, and the noncentral t would leave its range.
enum { EXACT_MAX = 100000 };

static enum ph_status check_options(
    struct ph_context *c, const struct ph_accuracy_options *o, const void *result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, result);
    if (status == PH_OK) {
        status = ev_check_level(c, o->level);
    }
    if (status == PH_OK && !(o->coverage >= 0.5 && o->coverage <= 0.9999)) {
        status = ev_complain(c, PH_INVALID, "The coverage must lie between 0.5 and 0.9999.");
    }
    return status;
}

enum ph_status ev_pairs_gather(struct ph_context *c, const struct ph_frame *f,
    const struct ph_accuracy_options *o, struct ph_result *r, struct keyed **ret_rows)
{
    enum ph_status status = ev_column_check(c, f, o->outcome, PH_REAL, "outcome");
    if (status == PH_OK) {
        status = ev_column_check(c, f, o->reference, PH_REAL, "reference");
    }
    if (status == PH_OK && o->unit != PH_NONE) {
        status = ev_column_check(c, f, o->unit, PH_KEY, "unit");
    }
    struct keyed *rows = status == PH_OK ? ev_take(c, f->rows, sizeof(*rows)) : NULL;
    if (!rows) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        if (ev_cell_missing(f, o->outcome, i)) {
            r->dropped[PH_DROP_OUTCOME]++;
        } else if (ev_cell_missing(f, o->reference, i)) {
            r->dropped[PH_DROP_GROUP]++;
        } else if (o->unit != PH_NONE && ev_cell_missing(f, o->unit, i)) {
            r->dropped[PH_DROP_UNIT]++;
        } else {
            rows[n++] = (struct keyed){ .row = i,
                .value = ev_cell(f, o->outcome, i),
                .weight = ev_cell(f, o->reference, i),
                .key = o->unit == PH_NONE ? 0 : ev_cell_key(f, o->unit, i) };
        }
    }
    r->n = n;
    r->n_dropped = f->rows - n;
    ev_warn_dropped(r);
    *ret_rows = rows;
    return PH_OK;
}

enum ph_status ev_pairs_line_up(struct ph_context *c, const struct ph_accuracy_options *o,
    struct keyed *rows, struct ph_result *r, struct readings *ret_readings)
{
    struct cluster *k = NULL;
    size_t n = r->n;
    if (o->unit != PH_NONE) {
        enum ph_status status = ev_gather_clusters(c, rows, r->n, &k, &n);
        if (status != PH_OK) {
            return status;
        }
        r->clusters = n;
        r->warnings |= n < r->n ? PH_WARN_AGGREGATED : 0;
    }
    if (n < 3) {
        ev_give_back(c, k);
        return ev_complain(c, PH_DATA, "There are %zu complete pairs; at least 3 are needed.", n);
    }
    struct readings v = { .x = ev_take(c, 4 * n, sizeof(double)), .n = n };
    if (!v.x) {
        ev_give_back(c, k);
        return PH_NO_MEMORY;
    }
    v.y = v.x + n;
    v.d = v.y + n;
    v.work = v.d + n;
    for (size_t i = 0; i < n; i++) {
        v.x[i] = k ? k[i].total / (double)k[i].rows : rows[i].value;
        v.y[i] = k ? k[i].weight / (double)k[i].rows : rows[i].weight;
        v.d[i] = v.x[i] - v.y[i];
        v.size = fmax(v.size, fmax(fabs(v.x[i]), fabs(v.y[i])));
    }
    ev_give_back(c, k);
    *ret_readings = v;
    return PH_OK;
}

// Bland & Altman (1999, SMMR 8:135): limits bias -+ z sd. Their intervals are exact by the
// noncentral t (Carkeet 2015, Optom. Vis. Sci. 92:e71), or approximate with the variance sd^2 (1 /
// n + z^2 / (2 (n - 1))) (Bland & Altman 1999, section 3.2) and t on n - 1.
static void limits_into(
    struct ph_accuracy_result *out, const struct ph_accuracy_options *o, size_t n)
{
    double bias = out->head.estimate;
    double z = ph_normal_quantile(0.5 + o->coverage / 2);
    double k_lo;
    double k_hi;
    if (o->limits == PH_LIMITS_EXACT && n <= EXACT_MAX) {
        double root = sqrt((double)n);
        k_lo = ph_nct_quantile((1 - o->level) / 2, (double)n - 1, z * root) / root;
        k_hi = ph_nct_quantile((1 + o->level) / 2, (double)n - 1, z * root) / root;
        out->head.convention = "bland-altman.carkeet-exact";
    } else {
        double half = ph_t_quantile(0.5 + o->level / 2, (double)n - 1) *
                      sqrt(1 / (double)n + z * z / (2 * ((double)n - 1)));
        k_lo = z - half;
        k_hi = z + half;
        out->head.convention = "bland-altman.1999-approximate";
    }
    out->lower_limit = bias - z * out->sd;
    out->upper_limit = bias + z * out->sd;
    out->lower_limit_interval =
        (struct ph_interval){ bias - k_hi * out->sd, bias - k_lo * out->sd };
    out->upper_limit_interval =
        (struct ph_interval){ bias + k_lo * out->sd, bias + k_hi * out->sd };
}

// Sum of (a - ma)(b - mb).
static double cross(struct readings *v, const double *a, double ma, const double *b, double mb)
{
    for (size_t i = 0; i < v->n; i++) {
        v->work[i] = (a[i] - ma) * (b[i] - mb);
    }
    return ev_sum_of(v->work, v->n);
}

// Lin (1989, Biometrics 45:255) with the variance as corrected in Lin (2000, Biometrics 56:324), on
// Fisher's z scale. With Cb = ccc / r nothing is divided by r.
static void concordance_into(
    struct ph_accuracy_result *out, double n, double vx, double vy, double vxy, double gap)
{
    double r = vxy / (sqrt(vx) * sqrt(vy));
    r = fmin(fmax(r, -1), 1);
    double bias_term = gap * gap / (sqrt(vx) * sqrt(vy)); // u^2
    double accuracy = 2 / (sqrt(vx / vy) + sqrt(vy / vx) + bias_term);
    double ccc = r * accuracy;
    out->correlation = r;
    out->concordance = ccc;
    double var = ((1 - r * r) * accuracy * accuracy * (1 - ccc * ccc) +
                     2 * accuracy * ccc * ccc * (1 - ccc) * bias_term -
                     0.5 * accuracy * accuracy * ccc * ccc * bias_term * bias_term) /
                 (n - 2);
    if (fabs(ccc) >= 1 || !(var > 0)) {
        out->head.warnings |= PH_WARN_NO_VARIATION; // perfect agreement: no spread to judge by
        return;
    }
    double half = ph_normal_quantile(0.5 + out->head.level / 2) * sqrt(var) / (1 - ccc * ccc);
    double centre = atanh(ccc);
    out->concordance_interval = (struct ph_interval){ tanh(centre - half), tanh(centre + half) };
}

// Does the difference depend on the size? Ordinary regression of d on (x + y) / 2.
static void slope_into(struct ph_accuracy_result *out, double n, double vx, double vy, double vxy)
{
    double v_mean = (vx + vy + 2 * vxy) / 4; // variance of the mean of the two
    double v_diff = vx + vy - 2 * vxy;
    double cov = (vx - vy) / 2; // of difference and mean
    if (!(v_mean > 1e-24 * (vx + vy)) || !(v_diff > 1e-24 * (vx + vy))) {
        return;
    }
    out->bias_slope = cov / v_mean;
    double left = fmax(v_diff - cov * cov / v_mean, 0);
    double se = sqrt(left / v_mean / (n - 2));
    if (se > 0) {
        out->bias_slope_p = 2 * ph_t_sf(fabs(out->bias_slope / se), n - 2);
        out->head.warnings |= out->bias_slope_p < 0.05 ? PH_WARN_BIAS_BY_SIZE : 0;
    }
}

static enum ph_status agreement(struct ph_context *c, const struct ph_accuracy_options *o,
    struct readings *v, struct ph_accuracy_result *out)
{
    struct ph_result *r = &out->head;
    struct moments d = ev_moments_of(v->d, v->n);
    ev_moments_settle(&d, v->size);
    struct moments x = ev_moments_of(v->x, v->n);
    struct moments y = ev_moments_of(v->y, v->n);
    double n = (double)v->n;
    r->estimate = d.mean;
    r->df = n - 1;
    r->warnings |= v->n < SMALL_SAMPLE ? PH_WARN_SMALL_SAMPLE : 0;
    r->warnings |= d.skewed ? PH_WARN_SKEWED : 0;
    out->sd = sqrt(d.var);
    out->mean_outcome = x.mean;
    out->mean_reference = y.mean;
    if (!isfinite(d.mean) || !isfinite(d.var) || !isfinite(x.var) || !isfinite(y.var)) {
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    if (d.var > 0) {
        r->se = sqrt(d.var / n);
        ev_interval_t(r);
        limits_into(out, o, v->n);
    } else {
        r->warnings |= PH_WARN_NO_VARIATION;
        out->lower_limit = out->upper_limit = d.mean;
    }
    if (x.var > 0 && y.var > 0) {
        double vx = x.var * (n - 1) / n; // Lin's divisor is n
        double vy = y.var * (n - 1) / n;
        double vxy = cross(v, v->x, x.mean, v->y, y.mean) / n;
        concordance_into(out, n, vx, vy, vxy, d.mean);
        slope_into(out, n, vx, vy, vxy);
    } else {
        r->warnings |= PH_WARN_NO_VARIATION | PH_WARN_UNDEFINED;
    }
    return ev_check_finite(c, r);
}

enum ph_status ph_accuracy(struct ph_context *c, const struct ph_frame *f,
    const struct ph_accuracy_options *o, struct ph_accuracy_result *ret_result)
{
    enum ph_status status = check_options(c, o, ret_result);
    if (status != PH_OK) {
        return status;
    }
    struct ph_interval none = { NAN, NAN };
    struct ph_accuracy_result out = { .head = ev_result_blank(o->level, "bland-altman"),
        .lower_limit_interval = none,
        .upper_limit_interval = none,
        .concordance = NAN,
        .concordance_interval = none,
        .correlation = NAN,
        .bias_slope = NAN,
        .bias_slope_p = NAN };
    struct keyed *rows = NULL;
    struct readings v = { 0 };
    status = ev_pairs_gather(c, f, o, &out.head, &rows);
    if (status == PH_OK) {
        status = ev_pairs_line_up(c, o, rows, &out.head, &v);
    }
    if (status == PH_OK) {
        status = agreement(c, o, &v, &out);
    }
    ev_give_back(c, v.x);
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
