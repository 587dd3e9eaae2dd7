// SPDX-License-Identifier: Apache-2.0
#include "attgt.h"
#include "random.h"

#include <stdlib.h>

enum { TOGETHER = 8, CHUNK = 256 };
// Mammen's two points have mean 0, variance 1 and third moment 1: (1 - sqrt 5) / 2 with chance
// (1 + sqrt 5) / (2 sqrt 5), else (1 + sqrt 5) / 2.
static const double LOW = -0.6180339887498949;
static const double HIGH = 1.618033988749895;
static const uint32_t LOW_BELOW = 3107867531U; // that chance in 2^-32

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct bands {
    const struct att_data *d;
    const double *influence; // [items][n], or of clusters
    size_t n;                // units or clusters
    const struct ph_att_list *list;
    enum ph_did_multiplier multiplier;
    double *drawn;  // [items][draws, rounded up], each item's mean in each draw
    double *sums;   // [items][TOGETHER]
    double *spread; // [items]
    size_t room;    // of a row of DRAWN
};

// COUNT multipliers for each of TOGETHER draws.
static void fill(
    enum ph_did_multiplier kind, struct ev_random *r, size_t count, double v[][TOGETHER])
{
    for (int j = 0; j < TOGETHER; j++) {
        uint32_t bits = 0;
        for (size_t i = 0; i < count; i++) {
            if (kind == PH_DID_MAMMEN) {
                v[i][j] = ev_random_u32(&r[j]) < LOW_BELOW ? LOW : HIGH;
                continue;
            }
            bits = i % 32 == 0 ? ev_random_u32(&r[j]) : bits >> 1;
            v[i][j] = bits & 1 ? 1 : -1;
        }
    }
}

// TOGETHER draws side by side over one pass of the influence functions.
static void draw(struct bands *b, uint64_t seed, uint64_t first)
{
    double v[CHUNK][TOGETHER];
    struct ev_random r[TOGETHER];
    for (int j = 0; j < TOGETHER; j++) {
        ev_random_start(&r[j], seed, EV_STREAM_MULTIPLIER, first + (uint64_t)j);
    }
    memset(b->sums, 0, b->list->n * TOGETHER * sizeof(double));
    for (size_t from = 0; from < b->n; from += CHUNK) {
        size_t count = b->n - from < CHUNK ? b->n - from : CHUNK;
        fill(b->multiplier, r, count, v);
        for (size_t k = 0; k < b->list->n; k++) {
            const double *own = b->influence + k * b->n + from;
            double *sum = b->sums + k * TOGETHER;
            for (size_t i = 0; i < count; i++) {
                for (int j = 0; j < TOGETHER; j++) {
                    sum[j] += own[i] * v[i][j];
                }
            }
        }
    }
    for (size_t k = 0; k < b->list->n; k++) {
        for (int j = 0; j < TOGETHER; j++) {
            b->drawn[k * b->room + first + (size_t)j] =
                b->sums[k * TOGETHER + (size_t)j] / (double)b->d->n;
        }
    }
}

// The value with a share P of the SORTED at or below it.
static double quantile(const double *sorted, size_t n, double p)
{
    size_t rank = (size_t)ceil(p * (double)n - 1e-9);
    return sorted[rank > 0 ? rank - 1 : 0];
}

// The largest |mean / spread| of each draw, spread being each item's interquartile range as a
// normal's (algorithm 1, step 3), which becomes SPREAD.
static void studentise(struct bands *b, size_t draws, double *sorted, double *largest)
{
    static const double NORMAL_RANGE = 1.3489795003921634; // between its quartiles
    memset(largest, 0, draws * sizeof(double));
    for (size_t k = 0; k < b->list->n; k++) {
        const double *own = b->drawn + k * b->room;
        memcpy(sorted, own, draws * sizeof(double));
        qsort(sorted, draws, sizeof(double), ascending);
        double range = quantile(sorted, draws, 0.75) - quantile(sorted, draws, 0.25);
        b->spread[k] = b->list->item[k].se > 0 ? range / NORMAL_RANGE : NAN;
        for (size_t i = 0; b->spread[k] > 0 && i < draws; i++) {
            largest[i] = fmax(largest[i], fabs(own[i]) / b->spread[k]);
        }
    }
    qsort(largest, draws, sizeof(double), ascending);
}

// Influence functions summed over clusters, which are drawn as one.
static double *sum_clusters(struct ph_context *c, const struct att_data *d, const double *influence,
    size_t items, size_t *ret_clusters)
{
    size_t clusters = 0;
    for (size_t i = 0; i < d->n; i++) {
        clusters = (size_t)d->cluster[i] >= clusters ? (size_t)d->cluster[i] + 1 : clusters;
    }
    double *sums = ev_take(c, items * clusters, sizeof(double));
    for (size_t k = 0; sums && k < items; k++) {
        for (size_t i = 0; i < d->n; i++) {
            sums[k * clusters + (size_t)d->cluster[i]] += influence[k * d->n + i];
        }
    }
    *ret_clusters = clusters;
    return sums;
}

static enum ph_status run(
    struct ph_context *c, const struct ph_attgt_options *o, struct bands *b, double *ret_critical)
{
    size_t rounds = (o->draws + TOGETHER - 1) / TOGETHER;
    b->room = rounds * TOGETHER;
    b->drawn = ev_take(c, b->list->n * b->room, sizeof(double));
    b->sums = ev_take(c, b->list->n * TOGETHER, sizeof(double));
    double *sorted = ev_take(c, o->draws, sizeof(double));
    double *largest = ev_take(c, o->draws, sizeof(double));
    bool all = b->drawn && b->sums && sorted && largest;
    enum ph_status status = all ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < rounds; i++) {
        draw(b, c->seed, i * TOGETHER);
        if (ev_cancelled(c)) {
            status = ev_complain(c, PH_CANCELLED, "Cancelled.");
        }
    }
    if (status == PH_OK) {
        studentise(b, o->draws, sorted, largest);
        *ret_critical = quantile(largest, o->draws, o->level);
    }
    ev_give_back(c, b->drawn);
    ev_give_back(c, b->sums);
    ev_give_back(c, sorted);
    ev_give_back(c, largest);
    return status;
}

enum ph_status ev_att_bands(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, const double *influence, struct ph_att_list *list)
{
    list->critical = NAN;
    if (o->draws == 0 || list->n == 0) {
        return PH_OK;
    }
    struct bands b = {
        .d = d, .influence = influence, .n = d->n, .list = list, .multiplier = o->multiplier
    };
    b.spread = ev_take(c, list->n, sizeof(double));
    if (!b.spread) {
        return PH_NO_MEMORY;
    }
    double *sums = NULL;
    if (d->cluster) {
        sums = sum_clusters(c, d, influence, list->n, &b.n);
        b.influence = sums;
    }
    enum ph_status status = b.influence ? run(c, o, &b, &list->critical) : PH_NO_MEMORY;
    ev_give_back(c, sums);
    for (size_t k = 0; status == PH_OK && k < list->n; k++) {
        struct ph_att *item = &list->item[k];
        double half = list->critical * b.spread[k];
        item->band = (struct ph_interval){ item->att - half, item->att + half };
    }
    ev_give_back(c, b.spread);
    return status;
}
