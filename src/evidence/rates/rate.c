// SPDX-License-Identifier: Apache-2.0
// One rate against a floor or a ceiling.
#include "rates.h"

#include "gamma.h"

static enum ph_status check_options(
    struct ph_context *c, const struct ph_rate_options *o, const struct ph_rate_result *result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, result);
    status = status == PH_OK ? ev_check_level(c, o->level) : status;
    if (status == PH_OK && !(o->floor > 0 && isfinite(o->floor))) {
        status = ev_complain(c, PH_INVALID, "The rate to reach must be above 0.");
    }
    if (status == PH_OK && o->direction != PH_HIGHER_IS_BETTER &&
        o->direction != PH_LOWER_IS_BETTER) {
        status = ev_complain(c, PH_INVALID, "The direction is not known.");
    }
    return status;
}

// X events out of T, which with units are effective ones.
static void judge(struct ph_rate_result *out, const struct ph_rate_options *o, double x, double t)
{
    double expected = o->floor * t;
    out->floor = o->floor;
    out->exact = ph_garwood(x, t, o->level);
    out->score = ph_rate_score(x, t, o->level);
    out->head.interval = out->exact;
    // P(X >= x) at the floor is a gamma tail of shape x; Jeffreys' posterior has shape x + 1/2.
    struct tails at = ev_gamma_tails(x > 0 ? x : 1, expected);
    struct tails above = ev_gamma_tails(x + 1, expected);
    struct tails met = ev_gamma_tails(x + 0.5, expected);
    bool higher = o->direction == PH_HIGHER_IS_BETTER;
    out->head.p = higher ? (x > 0 ? at.p : 1) : above.q;
    out->probability_met = higher ? met.q : met.p;
    out->head.warnings |= x == 0 ? PH_WARN_ZERO_CELL : 0;
    out->head.warnings |= x < 5 ? PH_WARN_SMALL_SAMPLE : 0;
}

static struct ph_rate_result start(const struct ph_rate_options *o, double x, double t)
{
    struct ph_rate_result out = { .head = ev_result_blank(o->level, "poisson.garwood"),
        .events = x,
        .exposure = t,
        .anytime = { NAN, NAN },
        .design_effect = 1 };
    out.head.estimate = x / t;
    out.head.se = x > 0 ? sqrt(x) / t : NAN;
    out.head.df = INFINITY;
    return out;
}

// Half an event at the floor: tight where it matters.
static struct ph_interval anytime(const struct ph_rate_options *o, double x, double t)
{
    return ph_anytime_rate(x, t, 0.5, 0.5 / o->floor, o->level);
}

enum ph_status ph_rate_counts(struct ph_context *c, double events, double exposure,
    const struct ph_rate_options *o, struct ph_rate_result *ret_result)
{
    enum ph_status status = check_options(c, o, ret_result);
    if (status != PH_OK) {
        return status;
    }
    bool good = events >= 0 && events == floor(events) && events <= 0x1p50 && exposure > 0 &&
                exposure <= 1e300;
    if (!good) {
        return ev_complain(c, PH_DATA, "Events must be a whole number, and the exposure above 0.");
    }
    *ret_result = start(o, events, exposure);
    ret_result->head.n = 1;
    ret_result->anytime = anytime(o, events, exposure);
    judge(ret_result, o, events, exposure);
    return PH_OK;
}

// The spread among units gives the rate's variance, and this the events and exposure that a Poisson
// count of the same rate and variance would have (Fay & Feuer 1997, Stat. Med. 16:791), shrunk for
// the few degrees of freedom (as Korn & Graubard 1998 do for shares); never more than there are.
static enum ph_status by_unit(struct ph_context *c, const struct ph_rate_options *o,
    const struct ev_count *k, size_t g, struct ph_rate_result *out)
{
    if (g < 2) {
        return ev_complain(c, PH_DATA, "All rows are of one unit; at least 2 units are needed.");
    }
    double rate = out->head.estimate;
    double sum = 0;
    for (size_t i = 0; i < g; i++) {
        double gap = k[i].events - rate * k[i].exposure;
        sum += gap * gap;
    }
    double variance = (double)g / (double)(g - 1) * sum / (out->exposure * out->exposure);
    double tail = 0.5 + o->level / 2;
    double shrink = ph_normal_quantile(tail) / ph_t_quantile(tail, (double)(g - 1));
    double free = variance > 0 ? rate / variance * shrink * shrink : INFINITY;
    double effective = fmin(free, out->exposure);
    out->head.clusters = g;
    out->head.df = (double)(g - 1);
    out->head.se = variance > 0 ? sqrt(variance) : NAN;
    out->head.convention = "poisson.by-unit.effective-events";
    out->head.warnings |= variance > 0 ? 0 : PH_WARN_NO_VARIATION;
    out->head.warnings |= g < FEW_CLUSTERS ? PH_WARN_FEW_CLUSTERS : 0;
    out->design_effect = out->exposure / effective;
    judge(out, o, rate * effective, effective);
    return PH_OK;
}

enum ph_status ph_rate(struct ph_context *c, const struct ph_frame *f,
    const struct ph_rate_options *o, struct ph_rate_result *ret_result)
{
    enum ph_status status = check_options(c, o, ret_result);
    if (status != PH_OK) {
        return status;
    }
    const struct ev_count_columns columns = { o->outcome, o->exposure, PH_NONE, o->unit };
    struct ph_result head = { 0 };
    struct ev_count *k = NULL;
    size_t n = 0;
    status = ev_gather_counts(c, f, &columns, &head, &k, &n);
    if (status != PH_OK) {
        return status;
    }
    double x = 0;
    double t = 0;
    for (size_t i = 0; i < n; i++) {
        x += k[i].events;
        t += k[i].exposure;
    }
    struct ph_rate_result out = start(o, x, t);
    out.head.n = head.n;
    out.head.n_dropped = head.n_dropped;
    memcpy(out.head.dropped, head.dropped, sizeof(head.dropped));
    out.head.warnings = head.warnings;
    if (o->unit != PH_NONE) {
        status = by_unit(c, o, k, n, &out);
    } else {
        out.anytime = anytime(o, x, t);
        judge(&out, o, x, t);
    }
    ev_give_back(c, k);
    status = status == PH_OK && !isfinite(t)
                 ? ev_complain(c, PH_DATA, "The exposures are too large to add up.")
                 : status;
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
