// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

static enum ph_status check_options(struct ph_context *c, const struct ph_feasibility_options *o,
    const struct ph_feasibility_result *result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, result);
    if (status == PH_OK) {
        status = ev_check_level(c, o->level);
    }
    if (status == PH_OK && !(o->floor > 0 && o->floor < 1)) {
        status = ev_complain(c, PH_INVALID, "The floor must lie between 0 and 1, as 0.9 for 90%%.");
    }
    if (status == PH_OK && o->direction != PH_HIGHER_IS_BETTER &&
        o->direction != PH_LOWER_IS_BETTER) {
        status = ev_complain(c, PH_INVALID, "The direction is not known.");
    }
    return status;
}

// The intervals and tests on X of N, which with repeated units are effective, not whole.
static void judge(
    struct ph_feasibility_result *out, const struct ph_feasibility_options *o, double x, double n)
{
    double miss = n - x;
    out->floor = o->floor;
    out->wilson = ph_wilson(x, n, o->level);
    out->exact = ph_clopper_pearson(x, n, o->level);
    out->head.interval = out->exact;
    // P(X >= x) = I_floor(x, n - x + 1) when the share sits at the floor; mirrored for a ceiling.
    // The Jeffreys posterior is Beta(x + 1/2, n - x + 1/2) (Brown, Cai & DasGupta 2001, Stat. Sci.
    // 16:101).
    if (o->direction == PH_HIGHER_IS_BETTER) {
        out->head.p = x == 0 ? 1 : ph_beta_cdf(o->floor, x, miss + 1);
        out->probability_met = ph_beta_sf(o->floor, x + 0.5, miss + 0.5);
    } else {
        out->head.p = miss == 0 ? 1 : ph_beta_sf(o->floor, x + 1, miss);
        out->probability_met = ph_beta_cdf(o->floor, x + 0.5, miss + 0.5);
    }
    if (out->successes == 0 || out->successes == out->trials) {
        out->head.warnings |= PH_WARN_ZERO_CELL;
    }
    if (n < SMALL_SAMPLE) {
        out->head.warnings |= PH_WARN_SMALL_SAMPLE;
    }
}

static void start(struct ph_feasibility_result *out, double x, double n)
{
    out->successes = x;
    out->trials = n;
    out->design_effect = 1;
    out->head.estimate = x / n;
    out->head.df = INFINITY;
    out->head.se = sqrt(x / n * ((n - x) / n) / n);
}

enum ph_status ph_feasibility_counts(struct ph_context *c, double x, double n,
    const struct ph_feasibility_options *o, struct ph_feasibility_result *ret_result)
{
    enum ph_status status = check_options(c, o, ret_result);
    if (status != PH_OK) {
        return status;
    }
    if (!(n > 0 && n <= 0x1p53 && x >= 0 && x <= n) || x != floor(x) || n != floor(n)) {
        return ev_complain(c, PH_DATA,
            "Trials must be a whole number above 0, and successes between 0 and the trials.");
    }
    struct ph_feasibility_result out = { .head = ev_result_blank(o->level, "clopper-pearson") };
    out.head.n = (size_t)n;
    start(&out, x, n);
    judge(&out, o, x, n);
    *ret_result = out;
    return PH_OK;
}

// Korn & Graubard (1998, Survey Methodology 24:193): the share's variance from the spread among
// units gives effective trials, shrunk for the few degrees of freedom, and Clopper-Pearson is run
// on those.
static double effective_trials(struct ph_feasibility_result *out, const struct cluster *k, size_t g)
{
    double n = out->trials;
    double p = out->head.estimate;
    double sum = 0;
    for (size_t i = 0; i < g; i++) {
        double gap = k[i].total - p * k[i].weight;
        sum += gap * gap;
    }
    double var = (double)g / (double)(g - 1) * sum / (n * n);
    if (p <= 0 || p >= 1) {
        // All alike: nothing tells how alike the rows of one unit are. Count each unit once.
        out->head.warnings |= PH_WARN_NO_VARIATION;
        out->head.se = NAN;
        out->design_effect = n / (double)g;
        return fmin(n, (double)g);
    }
    double tail = 0.5 + out->head.level / 2;
    double shrink = ph_t_quantile(tail, n - 1) / ph_t_quantile(tail, (double)(g - 1));
    double free = p * (1 - p) / var; // infinite when every unit has the same share
    double effective = fmin(free * shrink * shrink, n);
    out->design_effect = n / effective;
    out->head.se = sqrt(var);
    if (!(var > 0)) {
        out->head.warnings |= PH_WARN_NO_VARIATION;
        out->head.se = NAN;
    }
    return effective;
}

static enum ph_status by_unit(struct ph_context *c, const struct ph_feasibility_options *o,
    struct keyed *rows, struct ph_feasibility_result *out)
{
    struct cluster *k = NULL;
    size_t g = 0;
    enum ph_status status = ev_gather_clusters(c, rows, out->head.n, &k, &g);
    if (status != PH_OK) {
        return status;
    }
    if (g < 2) {
        ev_give_back(c, k);
        return ev_complain(c, PH_DATA, "All rows are of one unit; at least 2 units are needed.");
    }
    out->head.clusters = g;
    out->head.convention = "korn-graubard";
    out->head.df = (double)(g - 1);
    out->head.warnings |= g < FEW_CLUSTERS ? PH_WARN_FEW_CLUSTERS : 0;
    double effective = effective_trials(out, k, g);
    ev_give_back(c, k);
    judge(out, o, out->head.estimate * effective, effective);
    return PH_OK;
}

enum ph_status ph_feasibility(struct ph_context *c, const struct ph_frame *f,
    const struct ph_feasibility_options *o, struct ph_feasibility_result *ret_result)
{
    enum ph_status status = check_options(c, o, ret_result);
    if (status != PH_OK) {
        return status;
    }
    struct ph_feasibility_result out = { .head = ev_result_blank(o->level, "clopper-pearson") };
    struct roles roles = { .outcome = o->outcome,
        .group = PH_NONE,
        .key = o->unit,
        .trials = o->trials,
        .key_word = "units",
        .yes_no = true };
    struct keyed *rows = NULL;
    status = ev_gather_rows(c, f, &roles, &out.head, &rows);
    if (status != PH_OK) {
        return status;
    }
    double x = 0;
    double n = 0;
    for (size_t i = 0; i < out.head.n; i++) {
        x += rows[i].value;
        n += rows[i].weight;
    }
    if (n > 0) {
        start(&out, x, n);
        if (o->unit != PH_NONE) {
            status = by_unit(c, o, rows, &out);
        } else {
            judge(&out, o, x, n);
        }
    } else {
        status = ev_complain(c, PH_DATA, "No row has any trials.");
    }
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
