// SPDX-License-Identifier: Apache-2.0
// Randomisation inference (Fisher 1935): had the treatment changed nothing, every assignment that
// the lot could have drawn would have shown the same outcomes.
#include "internal.h"

#include "design.h"
#include "randomise.h"
#include "parallel.h"
#include "random.h"

#include <stdlib.h>

enum { DRAWS_MAX = 100000000, PORTION = 64, CANCEL_EVERY = 4096 };

double ri_difference(const struct ri *k, const struct ri_picked *picked)
{
    double total = 0;
    for (size_t s = 0; s < k->n_strata; s++) {
        const struct ri_stratum *t = &k->stratum[s];
        const struct ri_picked *p = &picked[s];
        total += t->weight * (p->sum / p->rows - (t->sum - p->sum) / (t->rows - p->rows));
    }
    return total;
}

double ri_overlap(const struct ri *k, const struct ri_picked *picked)
{
    double total = 0;
    for (size_t s = 0; s < k->n_strata; s++) {
        const struct ri_stratum *t = &k->stratum[s];
        const struct ri_picked *p = &picked[s];
        total +=
            t->weight * (p->both / p->rows - (t->treated_rows - p->both) / (t->rows - p->rows));
    }
    return total;
}

static void pick_unit(struct ri_picked *p, const struct ri_unit *u)
{
    p->sum += u->sum;
    p->rows += u->rows;
    p->both += u->treated ? u->rows : 0;
}

// Whether draw I is as large; what it shows is kept where that is wanted.
static bool weigh(const struct ri *k, size_t i, const struct ri_picked *picked)
{
    double shown = ri_difference(k, picked);
    if (k->shown) {
        k->shown[i] = shown;
        k->overlap[i] = ri_overlap(k, picked);
    }
    return fabs(shown) >= k->floor;
}

// ---- Every assignment ----

// The next choice of M of N in PICK, ascending; false after the last (PICK is then the first).
static bool next_choice(size_t *pick, size_t m, size_t n)
{
    size_t i = m;
    while (i > 0 && pick[i - 1] == n - m + i - 1) {
        i--;
    }
    if (i > 0) {
        pick[i - 1]++;
    }
    for (size_t j = i; j < m; j++) {
        pick[j] = j == 0 ? 0 : i == 0 ? j : pick[j - 1] + 1;
    }
    return i > 0;
}

static void pick_all(const struct ri *k, const size_t *pick, size_t s, struct ri_picked *picked)
{
    const struct ri_stratum *t = &k->stratum[s];
    picked[s] = (struct ri_picked){ 0 };
    for (size_t j = 0; j < t->treated; j++) {
        pick_unit(&picked[s], &k->unit[t->first + pick[j]]);
    }
}

bool ri_enumerate(struct ri *k)
{
    size_t *pick = ev_take(k->c, k->n, sizeof(*pick));
    struct ri_picked *picked = ev_take(k->c, k->n_strata, sizeof(*picked));
    bool done = pick && picked;
    for (size_t s = 0; done && s < k->n_strata; s++) {
        for (size_t j = 0; j < k->stratum[s].treated; j++) {
            pick[k->stratum[s].first + j] = j;
        }
        pick_all(k, pick + k->stratum[s].first, s, picked);
    }
    for (bool more = done; more;) {
        k->as_large += weigh(k, k->draws, picked);
        k->draws++;
        more = false;
        for (size_t s = 0; s < k->n_strata && !more; s++) { // an odometer of strata
            const struct ri_stratum *t = &k->stratum[s];
            more = next_choice(pick + t->first, t->treated, t->n);
            pick_all(k, pick + t->first, s, picked);
        }
        if (k->draws % CANCEL_EVERY == 0 && ev_cancelled(k->c)) {
            (void)ev_complain(k->c, PH_CANCELLED, "Cancelled.");
            done = more = false;
        }
    }
    ev_give_back(k->c, pick);
    ev_give_back(k->c, picked);
    return done;
}

// ---- Drawn assignments ----

struct crew {
    struct ri *k;
    size_t workers;
    int32_t *order;           // of each worker
    struct ri_picked *picked; // of each worker
    size_t *as_large;         // of each worker
};

// The first of a shuffle in each stratum are treated.
static bool one_draw(const struct crew *w, size_t worker, size_t draw)
{
    const struct ri *k = w->k;
    int32_t *order = w->order + worker * k->n;
    struct ri_picked *picked = w->picked + worker * k->n_strata;
    struct ev_random r;
    ev_random_start(&r, k->c->seed, EV_STREAM_RANDOMISE, draw);
    for (size_t s = 0; s < k->n_strata; s++) {
        const struct ri_stratum *t = &k->stratum[s];
        int32_t *o = order + t->first;
        for (size_t j = 0; j < t->n; j++) {
            o[j] = (int32_t)(t->first + j);
        }
        picked[s] = (struct ri_picked){ 0 };
        for (size_t j = 0; j < t->treated; j++) {
            size_t other = j + ev_random_below(&r, (uint32_t)(t->n - j));
            int32_t chosen = o[other];
            o[other] = o[j];
            o[j] = chosen;
            pick_unit(&picked[s], &k->unit[chosen]);
        }
    }
    return weigh(k, draw, picked);
}

static void labour(void *work, size_t worker)
{
    const struct crew *w = work;
    size_t as_large = 0;
    for (size_t from = worker * PORTION; from < w->k->draws; from += w->workers * PORTION) {
        size_t end = from + PORTION < w->k->draws ? from + PORTION : w->k->draws;
        for (size_t i = from; i < end; i++) {
            as_large += one_draw(w, worker, i);
        }
    }
    w->as_large[worker] = as_large;
}

enum ph_status ri_draw(struct ri *k)
{
    struct crew w = { .k = k, .workers = k->c->threads };
    w.order = ev_take(k->c, w.workers * k->n, sizeof(*w.order));
    w.picked = ev_take(k->c, w.workers * k->n_strata, sizeof(*w.picked));
    w.as_large = ev_take(k->c, w.workers, sizeof(*w.as_large));
    bool whole = w.order && w.picked && w.as_large;
    if (whole) {
        ev_parallel(k->c, w.workers, labour, &w);
        for (size_t i = 0; i < w.workers; i++) {
            k->as_large += w.as_large[i];
        }
    }
    ev_give_back(k->c, w.order);
    ev_give_back(k->c, w.picked);
    ev_give_back(k->c, w.as_large);
    return whole ? PH_OK : PH_NO_MEMORY;
}

// ---- Units and strata ----

static int by_stratum(const void *a, const void *b)
{
    const struct ri_unit *x = a;
    const struct ri_unit *y = b;
    if (x->stratum != y->stratum) {
        return x->stratum < y->stratum ? -1 : 1;
    }
    return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

// A cluster's rows lie in one stratum and one group.
static enum ph_status check_whole(
    const struct ev_design *d, const struct ri_unit *u, int32_t stratum, bool treated, size_t row)
{
    if (u->rows == 0 || (u->stratum == stratum && u->treated == treated)) {
        return PH_OK;
    }
    return ev_complain(d->c, PH_DATA, "Row %zu: its cluster is elsewhere in another %s.",
        ev_row(d->f, row), u->stratum == stratum ? "group" : "stratum");
}

static enum ph_status fill_units(struct ev_design *d, const struct ph_randomise_options *o,
    const struct ev_groups *strata, struct ri *k)
{
    const struct ev_groups *clusters = &d->cluster[0];
    k->n = clusters->of ? clusters->n : d->n;
    k->unit = ev_take(d->c, k->n, sizeof(*k->unit));
    double *y = ev_take(d->c, d->n, sizeof(*y));
    enum ph_status status = k->unit && y ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < d->n; i++) {
        y[i] = ev_cell(d->f, o->outcome, ev_design_row(d, i));
    }
    double mean = status == PH_OK ? ev_sum_of(y, d->n) / (double)d->n : 0;
    for (size_t i = 0; status == PH_OK && i < d->n; i++) {
        size_t row = ev_design_row(d, i);
        size_t place = clusters->of ? (size_t)clusters->of[i] : i;
        struct ri_unit *u = &k->unit[place];
        int32_t stratum = strata->of ? strata->of[i] : 0;
        bool treated = ev_cell(d->f, o->treat, row) == 1;
        status = check_whole(d, u, stratum, treated, row);
        u->stratum = stratum;
        u->treated = treated;
        u->cluster = (int32_t)place;
        u->rows++;
        u->sum += y[i] - mean;
    }
    ev_give_back(d->c, y);
    if (status == PH_OK && !isfinite(mean)) {
        return ev_complain(
            d->c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    return status;
}

static enum ph_status fill_strata(struct ev_design *d, struct ri *k, size_t n_strata)
{
    qsort(k->unit, k->n, sizeof(*k->unit), by_stratum);
    k->n_strata = n_strata;
    k->stratum = ev_take(d->c, n_strata, sizeof(*k->stratum));
    struct ri_picked *observed = ev_take(d->c, n_strata, sizeof(*observed));
    enum ph_status status = k->stratum && observed ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < k->n; i++) {
        const struct ri_unit *u = &k->unit[i];
        struct ri_stratum *t = &k->stratum[u->stratum];
        t->first = t->n == 0 ? i : t->first;
        t->n++;
        t->treated += u->treated;
        t->sum += u->sum;
        t->rows += u->rows;
        t->treated_rows += u->treated ? u->rows : 0;
        if (u->treated) {
            pick_unit(&observed[u->stratum], u);
        }
    }
    for (size_t s = 0; status == PH_OK && s < n_strata; s++) {
        struct ri_stratum *t = &k->stratum[s];
        t->weight = t->rows / (double)d->n;
        if (t->treated == 0 || t->treated == t->n) {
            status = ev_complain(d->c, PH_DATA,
                n_strata > 1 ? "A stratum has %zu treated of %zu units; both kinds are needed."
                             : "There are %zu treated of %zu units; both kinds are needed.",
                t->treated, t->n);
        }
    }
    if (status == PH_OK) {
        k->observed = ri_difference(k, observed);
        k->floor = fabs(k->observed) * (1 - 1e-12);
    }
    ev_give_back(d->c, observed);
    return status;
}

// How many assignments there are; INFINITY where it does not matter how many.
static double assignments(const struct ri *k)
{
    double all = 1;
    for (size_t s = 0; s < k->n_strata; s++) {
        const struct ri_stratum *t = &k->stratum[s];
        double ways = 1;
        for (size_t j = 0; j < t->treated && ways < 1e300; j++) {
            ways = ways * (double)(t->n - j) / (double)(j + 1);
        }
        all *= ways < 0x1p50 ? round(ways) : ways;
    }
    return all;
}

static enum ph_status shifts(
    const struct ri *k, const struct ph_randomise_options *o, struct ph_randomise_result *r)
{
    enum ph_status status = PH_OK;
    for (size_t i = 0; i < o->n_effects; i++) {
        r->p_of[i] = ri_p_at(k, !r->enumerated, o->effect[i]);
    }
    if (o->invert) {
        r->head.convention = r->enumerated ? "fisher.enumerated.inverted" : "fisher.drawn.inverted";
        status = ri_interval(k, !r->enumerated, o->level, &r->head.interval);
        bool open = isnan(r->head.interval.lo) || isnan(r->head.interval.hi);
        r->head.warnings |= open ? PH_WARN_NO_LIMIT : 0;
    }
    return status;
}

static enum ph_status infer(
    struct ri *k, const struct ph_randomise_options *o, struct ph_randomise_result *r)
{
    r->assignments = assignments(k);
    r->enumerated = r->assignments <= (double)o->draws;
    r->units = k->n;
    r->strata = k->n_strata;
    for (size_t s = 0; s < k->n_strata; s++) {
        r->treated += k->stratum[s].treated;
    }
    enum ph_status status = PH_OK;
    if (o->invert || o->n_effects > 0) {
        size_t most = r->enumerated ? (size_t)r->assignments : o->draws;
        k->shown = ev_take_raw(k->c, most, sizeof(*k->shown));
        k->overlap = ev_take_raw(k->c, most, sizeof(*k->overlap));
        status = k->shown && k->overlap ? PH_OK : PH_NO_MEMORY;
    }
    if (status != PH_OK) {
        return status;
    }
    if (r->enumerated) {
        status = ri_enumerate(k)                      ? PH_OK
                 : ph_context_message(k->c)[0] == 'C' ? PH_CANCELLED
                                                      : PH_NO_MEMORY;
    } else {
        k->draws = o->draws;
        bool plain = k->n_strata == 1 && o->cluster == PH_NONE && k->n >= 64;
        status = plain ? ri_draw_bits(k) : ri_draw(k);
    }
    r->draws = k->draws;
    r->as_large = k->as_large;
    double n = (double)k->draws;
    double b = (double)k->as_large;
    r->head.estimate = k->observed;
    r->head.p = r->enumerated ? b / n : (b + 1) / (n + 1);
    r->head.mc_error = r->enumerated ? 0 : sqrt(r->head.p * (1 - r->head.p) / n);
    r->head.convention = r->enumerated ? "fisher.enumerated" : "fisher.drawn.(b+1)/(B+1)";
    return status == PH_OK ? shifts(k, o, r) : status;
}

static enum ph_status build(
    struct ev_design *d, const struct ph_randomise_options *o, struct ri *k, struct ph_result *head)
{
    struct ev_groups strata = { 0 };
    if (o->outcome == PH_NONE || o->treat == PH_NONE) {
        return ev_complain(d->c, PH_INVALID, "An outcome and a treatment column are needed.");
    }
    enum ph_status status = ev_design_need(d, o->outcome, PH_REAL, PH_DROP_OUTCOME, "outcome");
    status = status == PH_OK ? ev_column_check_01(d->c, d->f, o->treat, "treatment") : status;
    status =
        status == PH_OK ? ev_design_need(d, o->treat, PH_REAL, PH_DROP_GROUP, "treatment") : status;
    status = status == PH_OK ? ev_design_need(d, o->stratum, PH_KEY, PH_DROP_COVARIATE, "strata")
                             : status;
    status = status == PH_OK ? ev_design_cluster(d, 0, o->cluster) : status;
    status = status == PH_OK ? ev_design_settle(d, head) : status;
    if (status == PH_OK && o->stratum != PH_NONE) {
        status = ev_design_groups(d, o->stratum, &strata);
    }
    status = status == PH_OK ? fill_units(d, o, &strata, k) : status;
    status = status == PH_OK ? fill_strata(d, k, strata.of ? strata.n : 1) : status;
    ev_give_back(d->c, strata.of);
    return status;
}

enum ph_status ph_randomise(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_randomise_options *o, struct ph_randomise_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status == PH_OK && (o->draws < 99 || o->draws > DRAWS_MAX)) {
        status =
            ev_complain(c, PH_INVALID, "The draws must lie between 99 and %d, as 9999.", DRAWS_MAX);
    }
    status = status == PH_OK ? ev_check_level(c, o->level) : status;
    if (status == PH_OK && o->n_effects > PH_RANDOMISE_EFFECTS_MAX) {
        status = ev_complain(
            c, PH_INVALID, "At most %d effects can be tested at once.", PH_RANDOMISE_EFFECTS_MAX);
    }
    struct ev_design *d = status == PH_OK ? ev_design_new(c, frame) : NULL;
    if (!d) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    struct ph_randomise_result r = { .head = ev_result_blank(o->level, "fisher") };
    struct ri k = { .c = c };
    status = build(d, o, &k, &r.head);
    status = status == PH_OK ? infer(&k, o, &r) : status;
    r.head.clusters = o->cluster == PH_NONE ? 0 : k.n;
    ev_give_back(c, k.unit);
    ev_give_back(c, k.stratum);
    ev_give_back(c, k.shown);
    ev_give_back(c, k.overlap);
    ev_design_free(d);
    if (status == PH_OK) {
        ev_grade_groups(&r.head, o->design);
        r.head.warnings |= k.observed == 0 ? PH_WARN_TIES : 0;
        *ret_result = r;
    }
    return status;
}
