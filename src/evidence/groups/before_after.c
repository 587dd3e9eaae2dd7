// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

// The units measured in both periods, their means lined up.
struct pairs {
    double *before;
    double *after;
    double *change;
    size_t n;
    double size; // largest absolute value, for what counts as rounding
};

static void pair_up(
    struct pairs *p, const struct cluster *k, size_t n, struct ph_before_after_result *out)
{
    for (size_t i = 0; i < n; i++) {
        out->head.warnings |= k[i].rows > 1 ? PH_WARN_AGGREGATED : 0;
        out->n_before += k[i].group == 0;
        out->n_after += k[i].group == 1;
        bool pair = i + 1 < n && k[i + 1].key == k[i].key;
        if (!pair) {
            out->only_before += k[i].group == 0;
            out->only_after += k[i].group == 1;
            out->head.dropped[PH_DROP_UNPAIRED] += k[i].rows;
            out->head.n_dropped += k[i].rows;
            out->head.n -= k[i].rows;
            continue;
        }
        out->head.warnings |= k[i + 1].rows > 1 ? PH_WARN_AGGREGATED : 0;
        p->before[p->n] = k[i].total / (double)k[i].rows;
        p->after[p->n] = k[i + 1].total / (double)k[i + 1].rows;
        p->change[p->n] = p->after[p->n] - p->before[p->n];
        p->size = fmax(p->size, fmax(fabs(p->before[p->n]), fabs(p->after[p->n])));
        p->n++;
        out->n_after++; // the unit's second cluster, passed over
        i++;
    }
    ev_warn_dropped(&out->head);
}

static void change_into(const struct pairs *p, struct ph_before_after_result *out)
{
    struct moments before = ev_moments_of(p->before, p->n);
    struct moments after = ev_moments_of(p->after, p->n);
    struct moments change = ev_moments_of(p->change, p->n);
    ev_moments_settle(&change, p->size);
    struct ph_result *r = &out->head;
    out->mean_before = before.mean;
    out->mean_after = after.mean;
    out->sd_before = sqrt(before.var);
    out->sd_after = sqrt(after.var);
    out->sd_change = sqrt(change.var);
    r->estimate = change.mean;
    r->clusters = p->n;
    r->warnings |= p->n < SMALL_SAMPLE ? PH_WARN_SMALL_SAMPLE : 0;
    r->warnings |= change.skewed ? PH_WARN_SKEWED : 0;
    if (change.var == 0) {
        r->warnings |= PH_WARN_NO_VARIATION;
        return;
    }
    r->se = sqrt(change.var / (double)p->n);
    r->df = (double)(p->n - 1);
    ev_interval_t(r);
}

static enum ph_status paired(
    struct ph_context *c, struct keyed *rows, struct ph_before_after_result *out)
{
    struct cluster *k = NULL;
    size_t n = 0;
    enum ph_status status = ev_gather_clusters(c, rows, out->head.n, &k, &n);
    if (status != PH_OK) {
        return status;
    }
    struct pairs p = { .before = ev_take(c, 3 * n, sizeof(double)) };
    if (!p.before) {
        ev_give_back(c, k);
        return PH_NO_MEMORY;
    }
    p.after = p.before + n;
    p.change = p.after + n;
    pair_up(&p, k, n, out);
    ev_give_back(c, k);
    out->pairs = p.n;
    out->head.convention = "paired.t";
    if (p.n < 2) {
        status = ev_complain(c, PH_DATA,
            "%zu unit%s measured both before and after; at least 2 are needed.", p.n,
            p.n == 1 ? " was" : "s were");
    } else {
        change_into(&p, out);
        status = ev_check_finite(c, &out->head);
    }
    ev_give_back(c, p.before);
    return status;
}

static enum ph_status unpaired(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, struct ph_before_after_result *out)
{
    struct two_groups g;
    enum ph_status status = ev_gather_groups(c, f, roles, rows, out->head.n, false, &g);
    if (status != PH_OK) {
        return status;
    }
    struct moments before = ev_moments_of(g.values, g.count[0]);
    struct moments after = ev_moments_of(g.values + g.count[0], g.count[1]);
    ev_give_back(c, g.values);
    struct ph_result *r = &out->head;
    out->mean_before = before.mean;
    out->mean_after = after.mean;
    out->sd_before = sqrt(before.var);
    out->sd_after = sqrt(after.var);
    out->n_before = g.count[0];
    out->n_after = g.count[1];
    r->warnings |= PH_WARN_UNPAIRED | (g.repeated ? PH_WARN_AGGREGATED : 0);
    r->convention =
        roles->key == PH_NONE ? "welch.t.satterthwaite" : "welch.unit-means.satterthwaite";
    r->clusters = roles->key == PH_NONE ? 0 : g.count[0] + g.count[1];
    ev_welch_into(r, &before, &after);
    return ev_check_finite(c, r);
}

enum ph_status ph_before_after(struct ph_context *c, const struct ph_frame *f,
    const struct ph_before_after_options *o, struct ph_before_after_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (o->period == PH_NONE) {
        return ev_complain(c, PH_INVALID, "A period column is needed: 0 before, 1 after.");
    }
    struct ph_before_after_result out = { .head = ev_result_blank(o->level, ""),
        .mean_before = NAN,
        .mean_after = NAN,
        .sd_before = NAN,
        .sd_after = NAN,
        .sd_change = NAN,
        .nesta_level = 2 };
    out.head.grade = PH_GRADE_D;
    out.head.warnings = PH_WARN_BEFORE_AFTER;
    struct roles roles = { .outcome = o->outcome,
        .group = o->period,
        .key = o->unit,
        .trials = PH_NONE,
        .group_word = "period",
        .key_word = "units" };
    struct keyed *rows = NULL;
    status = ev_gather_rows(c, f, &roles, &out.head, &rows);
    if (status == PH_OK) {
        status = o->unit != PH_NONE && !o->unpaired ? paired(c, rows, &out)
                                                    : unpaired(c, f, &roles, rows, &out);
    }
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
