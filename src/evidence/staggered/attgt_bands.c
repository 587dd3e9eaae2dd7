// SPDX-License-Identifier: Apache-2.0
#include "attgt.h"
#include "parallel.h"
#include "random.h"

#include <stdlib.h>

enum { TOGETHER = 8, CHUNK = 256, BATCH = 64 };
// Mammen's two points have mean 0, variance 1 and third moment 1: (1 - sqrt 5) / 2 with chance
// (1 + sqrt 5) / (2 sqrt 5), else (1 + sqrt 5) / 2.
static const double LOW = -0.6180339887498949;
static const double HIGH = 1.618033988749895;
static const uint32_t LOW_BELOW = 3107867531U; // that chance in 2^-32

typedef double lanes __attribute__((vector_size(8 * TOGETHER)));
typedef uint64_t words __attribute__((vector_size(8 * TOGETHER)));

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// COUNT multipliers for each of TOGETHER draws: signs are put before a 1.
static void fill_signs(struct ev_random *r, size_t count, lanes *v)
{
    static const uint64_t ONE = UINT64_C(0x3ff0000000000000);
    words bits = { 0 };
    for (size_t i = 0; i < count; i++) {
        for (int j = 0; i % 32 == 0 && j < TOGETHER; j++) {
            bits[j] = ev_random_u32(&r[j]);
        }
        v[i] = (lanes)(~bits << 63 | ONE);
        bits >>= 1;
    }
}

static void fill_mammen(struct ev_random *r, size_t count, lanes *v)
{
    for (int j = 0; j < TOGETHER; j++) {
        for (size_t i = 0; i < count; i++) {
            v[i][j] = ev_random_u32(&r[j]) < LOW_BELOW ? LOW : HIGH;
        }
    }
}

typedef double four __attribute__((vector_size(32)));

// Two items side by side, so that a multiplier is fetched once for both.
static inline __attribute__((always_inline)) void add_two(
    const double *a, const double *b, size_t count, const lanes *multiplier, lanes *sums)
{
    const four *v = (const four *)multiplier;
    four *s = (four *)sums;
    four a0 = s[0];
    four a1 = s[1];
    four b0 = s[2];
    four b1 = s[3];
    for (size_t i = 0; i < count; i++) {
        four v0 = v[2 * i];
        four v1 = v[2 * i + 1];
        a0 += a[i] * v0;
        a1 += a[i] * v1;
        b0 += b[i] * v0;
        b1 += b[i] * v1;
    }
    s[0] = a0;
    s[1] = a1;
    s[2] = b0;
    s[3] = b1;
}

typedef void add_fn(const double *a, const double *b, size_t count, const lanes *v, lanes *sums);

static void add_plainly(const double *a, const double *b, size_t count, const lanes *v, lanes *sums)
{
    add_two(a, b, count, v, sums);
}

// The same products and sums of the same numbers, four to a register: the same bits.
#ifdef __x86_64__
__attribute__((target("avx"))) static void add_widely(
    const double *a, const double *b, size_t count, const lanes *v, lanes *sums)
{
    add_two(a, b, count, v, sums);
}
#endif

static add_fn *adder(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx")) {
        return add_widely;
    }
#endif
    return add_plainly;
}

struct bands {
    const struct att_data *d;
    uint64_t seed;
    enum ph_did_multiplier multiplier;
    size_t n;                 // units or clusters
    size_t items;             // of all lists
    const double **influence; // [items], each of N
    double *drawn;            // [items][room], each item's mean in each draw
    size_t room;              // the draws, rounded up
    double *spread;           // [items]
    size_t workers;
    lanes *sums;        // of each worker: [items]
    size_t first, last; // rounds of this batch
    add_fn *add;
};

// TOGETHER draws side by side over one pass of the influence functions of all lists.
static void draw(const struct bands *b, size_t round, lanes *sums)
{
    lanes v[CHUNK];
    struct ev_random r[TOGETHER];
    size_t first = round * TOGETHER;
    for (size_t j = 0; j < TOGETHER; j++) {
        ev_random_start(&r[j], b->seed, EV_STREAM_MULTIPLIER, first + j);
    }
    memset(sums, 0, b->items * sizeof(*sums));
    for (size_t from = 0; from < b->n; from += CHUNK) {
        size_t count = b->n - from < CHUNK ? b->n - from : CHUNK;
        (b->multiplier == PH_DID_MAMMEN ? fill_mammen : fill_signs)(r, count, v);
        for (size_t k = 0; k + 1 < b->items; k += 2) {
            b->add(b->influence[k] + from, b->influence[k + 1] + from, count, v, sums + k);
        }
        if (b->items % 2) {
            const double *last = b->influence[b->items - 1] + from;
            for (size_t i = 0; i < count; i++) {
                sums[b->items - 1] += last[i] * v[i];
            }
        }
    }
    for (size_t k = 0; k < b->items; k++) {
        for (size_t j = 0; j < TOGETHER; j++) {
            b->drawn[k * b->room + first + j] = sums[k][j] / (double)b->d->n;
        }
    }
}

static void labour(void *work, size_t worker)
{
    const struct bands *b = work;
    for (size_t round = b->first + worker; round < b->last; round += b->workers) {
        draw(b, round, b->sums + worker * b->items);
    }
}

static enum ph_status draw_all(struct ph_context *c, struct bands *b)
{
    lanes *raw = ev_take(c, b->workers * b->items + 1, sizeof(*raw));
    if (!raw) {
        return PH_NO_MEMORY;
    }
    uintptr_t at = ((uintptr_t)raw + sizeof(*raw) - 1) / sizeof(*raw) * sizeof(*raw);
    b->sums = (lanes *)at;
    enum ph_status status = PH_OK;
    size_t rounds = b->room / TOGETHER;
    for (b->first = 0; status == PH_OK && b->first < rounds; b->first = b->last) {
        size_t many = BATCH * b->workers;
        b->last = rounds - b->first < many ? rounds : b->first + many;
        ev_parallel(c, b->workers, labour, b);
        if (ev_cancelled(c)) {
            status = ev_complain(c, PH_CANCELLED, "Cancelled.");
        }
    }
    ev_give_back(c, raw);
    return status;
}

// The value with a share P of the SORTED at or below it.
static double quantile(const double *sorted, size_t n, double p)
{
    size_t rank = (size_t)ceil(p * (double)n - 1e-9);
    return sorted[rank > 0 ? rank - 1 : 0];
}

// The critical value of a list whose items begin at FROM: of the largest |mean / spread| of each
// draw, spread being each item's interquartile range as a normal's (algorithm 1, step 3), which
// becomes SPREAD.
static double studentise(struct bands *b, const struct ph_attgt_options *o,
    const struct ph_att_list *list, size_t from, double *sorted, double *largest)
{
    static const double NORMAL_RANGE = 1.3489795003921634; // between its quartiles
    memset(largest, 0, o->draws * sizeof(double));
    for (size_t k = 0; k < list->n; k++) {
        const double *own = b->drawn + (from + k) * b->room;
        double *spread = &b->spread[from + k];
        memcpy(sorted, own, o->draws * sizeof(double));
        qsort(sorted, o->draws, sizeof(double), ascending);
        double range = quantile(sorted, o->draws, 0.75) - quantile(sorted, o->draws, 0.25);
        *spread = list->item[k].se > 0 ? range / NORMAL_RANGE : NAN;
        for (size_t i = 0; *spread > 0 && i < o->draws; i++) {
            largest[i] = fmax(largest[i], fabs(own[i]) / *spread);
        }
    }
    qsort(largest, o->draws, sizeof(double), ascending);
    return quantile(largest, o->draws, o->level);
}

// An influence function summed over clusters, which are drawn as one.
static void sum_clusters(const struct att_data *d, const double *influence, double *sums)
{
    for (size_t i = 0; i < d->n; i++) {
        sums[d->cluster[i]] += influence[i];
    }
}

static enum ph_status take(
    struct ph_context *c, const struct ph_attgt_options *o, struct bands *b, double **ret_scratch)
{
    b->room = (o->draws + TOGETHER - 1) / TOGETHER * TOGETHER;
    b->influence = ev_take(c, b->items, sizeof(*b->influence));
    b->drawn = ev_take_raw(c, b->items * b->room, sizeof(double));
    b->spread = ev_take(c, b->items, sizeof(double));
    *ret_scratch = ev_take(c, 2 * (size_t)o->draws, sizeof(double));
    return b->influence && b->drawn && b->spread && *ret_scratch ? PH_OK : PH_NO_MEMORY;
}

static enum ph_status gather(struct ph_context *c, const struct att_banded *lists, size_t n,
    struct bands *b, double **ret_sums)
{
    const struct att_data *d = b->d;
    size_t clusters = 0;
    for (size_t i = 0; d->cluster && i < d->n; i++) {
        clusters = (size_t)d->cluster[i] >= clusters ? (size_t)d->cluster[i] + 1 : clusters;
    }
    *ret_sums = d->cluster ? ev_take(c, b->items * clusters, sizeof(double)) : NULL;
    if (d->cluster && !*ret_sums) {
        return PH_NO_MEMORY;
    }
    b->n = d->cluster ? clusters : d->n;
    size_t at = 0;
    for (size_t l = 0; l < n; l++) {
        for (size_t k = 0; k < lists[l].list->n; k++, at++) {
            const double *own = lists[l].influence + k * d->n;
            if (d->cluster) {
                sum_clusters(d, own, *ret_sums + at * clusters);
                own = *ret_sums + at * clusters;
            }
            b->influence[at] = own;
        }
    }
    return PH_OK;
}

enum ph_status ev_att_bands(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, const struct att_banded *lists, size_t n)
{
    struct bands b = {
        .d = d, .seed = c->seed, .multiplier = o->multiplier, .workers = c->threads, .add = adder()
    };
    for (size_t l = 0; l < n; l++) {
        lists[l].list->critical = NAN;
        b.items += lists[l].list->n;
    }
    if (o->draws == 0 || b.items == 0) {
        return PH_OK;
    }
    double *scratch = NULL;
    double *sums = NULL;
    enum ph_status status = take(c, o, &b, &scratch);
    status = status == PH_OK ? gather(c, lists, n, &b, &sums) : status;
    status = status == PH_OK ? draw_all(c, &b) : status;
    size_t from = 0;
    for (size_t l = 0; status == PH_OK && l < n; l++) {
        struct ph_att_list *list = lists[l].list;
        list->critical =
            list->n > 0 ? studentise(&b, o, list, from, scratch, scratch + o->draws) : NAN;
        for (size_t k = 0; k < list->n; k++) {
            struct ph_att *item = &list->item[k];
            double half = list->critical * b.spread[from + k];
            item->band = (struct ph_interval){ item->att - half, item->att + half };
        }
        from += list->n;
    }
    ev_give_back(c, b.influence);
    ev_give_back(c, b.drawn);
    ev_give_back(c, b.spread);
    ev_give_back(c, scratch);
    ev_give_back(c, sums);
    return status;
}
