// SPDX-License-Identifier: Apache-2.0
// Goodman-Bacon (2021, JoE 225:254), theorem 1: on a balanced panel the two-way fixed effects
// estimate is a weighted mean of all two-group two-period comparisons.
#include "panel.h"

#include <stdlib.h>

// Units that start together. Their means take the place of units.
struct timing {
    double start;
    size_t first; // period; PERIODS = never
    double share; // of all units
    double on;    // share of periods treated
    double *mean; // [periods]
};

struct groups {
    struct timing *group; // by start; the never treated last
    size_t n;
    size_t periods;
    double *means;
};

static int by_start(const void *a, const void *b)
{
    double x = ((const struct timing *)a)->start;
    double y = ((const struct timing *)b)->start;
    return x < y ? -1 : x > y;
}

static enum ph_status group(struct ph_context *c, const struct panel *p, struct groups *ret)
{
    struct groups g = { .periods = p->periods,
        .group = ev_take(c, p->units, sizeof(*g.group)),
        .means = ev_take(c, p->units * p->periods, sizeof(double)) };
    *ret = g;
    if (!g.group || !g.means) {
        return PH_NO_MEMORY;
    }
    for (size_t u = 0; u < p->units; u++) {
        size_t k = 0;
        while (k < g.n && g.group[k].start != p->unit[u].start) {
            k++;
        }
        struct timing *at = &g.group[k];
        if (k == g.n) {
            *at = (struct timing){ .start = p->unit[u].start, .mean = g.means + k * p->periods };
            while (at->first < p->periods && p->time[at->first] < at->start) {
                at->first++;
            }
            at->on = (double)(p->periods - at->first) / (double)p->periods;
            g.n++;
        }
        at->share++;
        for (size_t t = 0; t < p->periods; t++) {
            at->mean[t] += p->y[u * p->periods + t];
        }
    }
    for (size_t k = 0; k < g.n; k++) {
        for (size_t t = 0; t < p->periods; t++) {
            g.group[k].mean[t] /= g.group[k].share;
        }
        g.group[k].share /= (double)p->units;
    }
    qsort(g.group, g.n, sizeof(*g.group), by_start);
    *ret = g;
    return PH_OK;
}

// The variance of treatment that unit and period effects leave.
static double treatment_variance(const struct groups *g)
{
    double all = 0;
    for (size_t k = 0; k < g->n; k++) {
        all += g->group[k].share * g->group[k].on;
    }
    double sum = 0;
    for (size_t t = 0; t < g->periods; t++) {
        double now = 0;
        for (size_t k = 0; k < g->n; k++) {
            now += t >= g->group[k].first ? g->group[k].share : 0;
        }
        for (size_t k = 0; k < g->n; k++) {
            double d = (t >= g->group[k].first ? 1 : 0) - g->group[k].on - now + all;
            sum += g->group[k].share * d * d;
        }
    }
    return sum / (double)g->periods;
}

static double mean_over(const struct timing *k, size_t from, size_t to)
{
    return ev_sum_of(k->mean + from, to - from) / (double)(to - from);
}

// Change of A less change of B, from periods [before, change) to [change, end).
static double difference(
    const struct timing *a, const struct timing *b, size_t before, size_t change, size_t end)
{
    return mean_over(a, change, end) - mean_over(a, before, change) - mean_over(b, change, end) +
           mean_over(b, before, change);
}

static void add(struct ph_bacon_result *r, enum ph_bacon_kind kind, const struct timing *treated,
    const struct timing *compared, double weight, double estimate)
{
    r->pair[r->n_pairs++] = (struct ph_bacon_pair){
        .kind = kind,
        .treated = treated->start,
        .compared = compared->start,
        .weight = weight,
        .estimate = estimate,
    };
    r->weight[kind] += weight;
    r->estimate[kind] += weight * estimate;
}

// The comparisons of a group with one that starts later, or never. EARLY may be treated throughout.
static void compare(const struct groups *g, const struct timing *early, const struct timing *late,
    double variance, struct ph_bacon_result *r)
{
    double both = early->share + late->share;
    double mix = early->share / both * (1 - early->share / both);
    double scale = both * both * mix / variance;
    double gap = early->on - late->on;
    if (early->first > 0) {
        enum ph_bacon_kind kind = late->first == g->periods ? PH_BACON_NEVER : PH_BACON_EARLIER;
        add(r, kind, early, late, scale * gap * (1 - early->on),
            difference(early, late, 0, early->first, late->first));
    }
    if (late->first < g->periods) {
        enum ph_bacon_kind kind = early->first == 0 ? PH_BACON_ALWAYS : PH_BACON_LATER;
        add(r, kind, late, early, scale * late->on * gap,
            difference(late, early, early->first, late->first, g->periods));
    }
}

const char *ph_bacon_kind_name(enum ph_bacon_kind kind)
{
    static const char *const names[] = { "treated-never", "earlier-later", "later-earlier",
        "treated-always" };
    return (size_t)kind < PH_BACON_KINDS ? names[kind] : "unknown";
}

static enum ph_status decompose(
    struct ph_context *c, const struct panel *p, struct groups *g, struct ph_bacon_result *r)
{
    enum ph_status status = group(c, p, g);
    if (status != PH_OK) {
        return status;
    }
    if (g->n > 4096) {
        return ev_complain(c, PH_TOO_LARGE, "%zu different starts are too many.", g->n);
    }
    double variance = treatment_variance(g);
    r->pair = ev_take(c, g->n * g->n, sizeof(*r->pair));
    if (!r->pair) {
        return PH_NO_MEMORY;
    }
    if (g->n < 2 || !(variance > 1e-14)) {
        return ev_complain(
            c, PH_DATA, "All units start together: there is nobody to compare with.");
    }
    for (size_t k = 0; k < g->n; k++) {
        for (size_t l = k + 1; l < g->n; l++) {
            compare(g, &g->group[k], &g->group[l], variance, r);
        }
    }
    r->head.estimate = 0;
    for (int kind = 0; kind < PH_BACON_KINDS; kind++) {
        r->head.estimate += r->estimate[kind];
        r->estimate[kind] = r->weight[kind] > 0 ? r->estimate[kind] / r->weight[kind] : NAN;
    }
    bool misleads = r->weight[PH_BACON_LATER] + r->weight[PH_BACON_ALWAYS] > 0.1;
    r->head.warnings |= misleads ? PH_WARN_ALREADY_TREATED : 0;
    return ev_check_finite(c, &r->head);
}

enum ph_status ph_bacon(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_panel_columns *columns, struct ph_bacon_result *ret_result)
{
    enum ph_status status = ev_begin(context, columns, PH_VERSION, ret_result);
    if (status != PH_OK) {
        return status;
    }
    struct ph_bacon_result r = { .head = ev_result_blank(0.95, "bacon.balanced") };
    struct panel p = { 0 };
    struct groups g = { 0 };
    status = ev_panel_gather(context, frame, columns, PANEL_STAGGERED, &r.head, &p);
    r.left_out = p.left_out;
    status = status == PH_OK ? decompose(context, &p, &g, &r) : status;
    ev_give_back(context, g.group);
    ev_give_back(context, g.means);
    ev_panel_release(context, &p);
    if (status != PH_OK) {
        ph_bacon_release(context, &r);
        return status;
    }
    *ret_result = r;
    return PH_OK;
}

void ph_bacon_release(struct ph_context *context, struct ph_bacon_result *result)
{
    ev_give_back(context, result->pair);
    result->pair = NULL;
}
