// SPDX-License-Identifier: Apache-2.0
// Probabilities of belonging to the best k, by draws from the joint posterior of all effects at the
// estimated variances, flat in the mean. A draw takes the mean, then the small factor given the
// mean, then each level of the large factor given both: levels of the large factor do not depend
// on each other any more. Draw number d is keyed by (seed, d) alone.
#include "parallel.h"
#include "random.h"
#include "ratings.h"

enum { DRAWS_PER_CHECK = 1024 };

// What one thread needs for its draws.
struct drawer {
    double *normals;
    double *small;
    double *item; // the items' effects of this draw
    double *sorted;
    double *among; // draws in which each item is among the best
};

struct posterior {
    const struct ev_ratings *a;
    const struct ev_fit *fit;
    double *middle;   // small factor at mean 0: ratio M^-1 Z'Py
    double *per_mean; // what a unit of mean takes from it: ratio M^-1 Z'P1
    double *spread;   // of each large level given all else
    double *block;    // the memory of all
    uint64_t seed;
    double sign; // 1: the largest are best
    size_t k;
    size_t first, last; // draws of this batch
    size_t workers;
    struct drawer *drawer; // of each worker
};

static enum ph_status take(struct ph_context *c, struct posterior *p)
{
    size_t q = p->a->small->n;
    size_t g = p->a->large->n;
    size_t items = p->a->item.n;
    size_t each = 2 * q + g + 3 * items + 1;
    p->workers = c->threads;
    p->block = ev_take(c, 2 * q + g + p->workers * each, sizeof(double));
    p->drawer = ev_take(c, p->workers, sizeof(*p->drawer));
    if (!p->block || !p->drawer) {
        return PH_NO_MEMORY;
    }
    p->middle = p->block;
    p->per_mean = p->block + q;
    p->spread = p->block + 2 * q;
    for (size_t w = 0; w < p->workers; w++) {
        double *own = p->spread + g + w * each;
        p->drawer[w] = (struct drawer){ .small = own,
            .item = own + q,
            .sorted = own + q + items,
            .among = own + q + 2 * items,
            .normals = own + q + 3 * items }; // g + q + 1 of them
    }
    return PH_OK;
}

static void prepare(struct posterior *p)
{
    const struct ev_ratings *a = p->a;
    const struct ev_fit *fit = p->fit;
    size_t q = a->small->n;
    memcpy(p->middle, fit->cross_y, q * sizeof(double));
    memcpy(p->per_mean, fit->cross_one, q * sizeof(double));
    double *both[2] = { p->middle, p->per_mean };
    for (int x = 0; x < 2; x++) {
        ev_dense_forward(fit->matrix, q, q, both[x]);
        ev_dense_backward(fit->matrix, q, q, both[x]);
        for (size_t j = 0; j < q; j++) {
            both[x][j] *= fit->ratio[1];
        }
    }
    for (size_t i = 0; i < a->large->n; i++) {
        p->spread[i] = sqrt(fit->residual * fit->weight[i]);
    }
}

static void draw_items(const struct posterior *p, struct drawer *own, uint64_t draw)
{
    const struct ev_ratings *a = p->a;
    const struct ev_fit *fit = p->fit;
    size_t q = a->small->n;
    struct ev_random random;
    ev_random_start(&random, p->seed, EV_STREAM_TOP_K, draw);
    ev_random_normals(&random, own->normals, 1 + q + (a->items_large ? a->large->n : 0));
    double mean = fit->mean + sqrt(fit->residual / fit->precision) * own->normals[0];
    memcpy(own->small, own->normals + 1, q * sizeof(double));
    ev_dense_backward(fit->matrix, q, q, own->small);
    double unit = sqrt(fit->residual * fit->ratio[1]);
    double *small = a->items_large ? own->small : own->item;
    for (size_t j = 0; j < q; j++) {
        small[j] = p->middle[j] - mean * p->per_mean[j] + unit * own->small[j];
    }
    if (!a->items_large) {
        return;
    }
    const double *z = own->normals + 1 + q;
    for (size_t i = 0; i < a->large->n; i++) {
        double rest = a->large->sum[i] - mean * a->large->count[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            rest -= a->count[k] * small[a->other[k]];
        }
        own->item[i] = fit->weight[i] * rest + p->spread[i] * z[i];
    }
}

// The K-th largest of the N values, which are shuffled (Hoare 1961, CACM 4:321).
static double kth_largest(double *v, size_t n, size_t k)
{
    size_t lo = 0;
    size_t hi = n - 1;
    size_t want = k - 1;
    while (lo < hi) {
        double pivot = v[lo + (hi - lo) / 2];
        size_t i = lo;
        size_t j = hi;
        for (;;) {
            while (v[i] > pivot) {
                i++;
            }
            while (v[j] < pivot) {
                j--;
            }
            if (i >= j) {
                break;
            }
            double t = v[i];
            v[i++] = v[j];
            v[j--] = t;
        }
        // All up to j are at or above the pivot, all from j + 1 on at or below it.
        if (want <= j) {
            hi = j;
        } else {
            lo = j + 1;
        }
    }
    return v[want];
}

static void labour(void *work, size_t worker)
{
    const struct posterior *p = work;
    struct drawer *own = &p->drawer[worker];
    size_t n = p->a->item.n;
    for (size_t d = p->first + worker; d < p->last; d += p->workers) {
        draw_items(p, own, d);
        for (size_t i = 0; i < n; i++) {
            own->item[i] *= p->sign;
            own->sorted[i] = own->item[i];
        }
        double last = kth_largest(own->sorted, n, p->k);
        for (size_t i = 0; i < n; i++) {
            own->among[i] += own->item[i] >= last;
        }
    }
}

static enum ph_status run(struct ph_context *c, struct posterior *p, const struct ph_top_options *o,
    struct ph_top_result *out)
{
    p->seed = c->seed;
    p->sign = o->direction == PH_HIGHER_IS_BETTER ? 1 : -1;
    p->k = o->k;
    for (p->first = 0; p->first < o->draws; p->first = p->last) {
        size_t many = DRAWS_PER_CHECK * p->workers;
        p->last = o->draws - p->first < many ? o->draws : p->first + many;
        if (ev_cancelled(c)) {
            return ev_complain(c, PH_CANCELLED, "The calculation was stopped.");
        }
        ev_parallel(c, p->workers, labour, p);
    }
    double draws = (double)o->draws;
    for (size_t i = 0; i < p->a->item.n; i++) {
        double among = 0;
        for (size_t w = 0; w < p->workers; w++) {
            among += p->drawer[w].among[i];
        }
        double share = among / draws;
        out->items[i].probability = share;
        out->items[i].mc_error = sqrt(share * (1 - share) / draws);
    }
    return PH_OK;
}

// Without any difference among items each is as likely as another.
static void all_alike(struct ph_top_result *out)
{
    for (size_t i = 0; i < out->ratings.n_items; i++) {
        out->items[i].probability = (double)out->k / (double)out->ratings.n_items;
    }
    out->ratings.head.warnings |= PH_WARN_TIES;
}

static enum ph_status draw_all(struct ph_context *c, const struct ev_ratings *a, struct ev_fit *fit,
    const struct ph_top_options *o, struct ph_top_result *out)
{
    if (o->k > a->item.n) {
        return ev_complain(
            c, PH_INVALID, "There are %zu items, so no best %zu of them.", a->item.n, o->k);
    }
    out->items = ev_take(c, a->item.n, sizeof(*out->items));
    if (!out->items) {
        return PH_NO_MEMORY;
    }
    if (!(fit->ratio[a->items_large ? 0 : 1] > 0)) {
        all_alike(out);
        return PH_OK;
    }
    struct posterior p = { .a = a, .fit = fit };
    enum ph_status status = ev_fit_factor(c, a, o->ratings.ml, fit);
    status = status == PH_OK ? take(c, &p) : status;
    if (status == PH_OK) {
        prepare(&p);
        status = run(c, &p, o, out);
    }
    ev_give_back(c, p.block);
    ev_give_back(c, p.drawer);
    return status;
}

enum ph_status ph_top_k(struct ph_context *c, const struct ph_frame *f,
    const struct ph_top_options *o, struct ph_top_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->ratings.level)) != PH_OK) {
        return status;
    }
    if (o->ratings.version != PH_VERSION) {
        return ev_complain(
            c, PH_UNSUPPORTED, "Options version %u is not known.", o->ratings.version);
    }
    if (o->k < 1 || o->draws < 1 || o->draws > PH_TOP_DRAWS_MAX) {
        return ev_complain(c, PH_INVALID, "Give k from 1 up, and 1 to %d draws.", PH_TOP_DRAWS_MAX);
    }
    struct ph_top_result out = { .k = o->k, .draws = o->draws };
    struct ev_ratings a;
    struct ev_fit fit;
    status = ev_ratings_fit(c, f, &o->ratings, &a, &fit, &out.ratings);
    if (status == PH_OK) {
        status = draw_all(c, &a, &fit, o, &out);
    }
    ev_ratings_give_back(c, &a);
    ev_fit_give_back(c, &fit);
    if (status != PH_OK) {
        ph_top_release(c, &out);
        return status;
    }
    *ret_result = out;
    return PH_OK;
}

void ph_top_release(struct ph_context *c, struct ph_top_result *r)
{
    if (c && r) {
        ph_ratings_release(c, &r->ratings);
        ev_give_back(c, r->items);
        r->items = NULL;
    }
}
