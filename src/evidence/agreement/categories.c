// SPDX-License-Identifier: Apache-2.0
// Two answers a row in any number of categories: Cohen's weighted kappa and Gwet's AC1 and AC2.
#include "pairs.h"
#include "parallel.h"
#include "random.h"

#include <stdlib.h>

enum { DRAWS_MAX = 1000000 };

// Shares of the pairs of answers, and agreement's weights.
struct table {
    size_t q;
    double n;
    double share[PH_CATEGORIES_MAX][PH_CATEGORIES_MAX]; // outcome, reference
    double weight[PH_CATEGORIES_MAX][PH_CATEGORIES_MAX];
    double row[PH_CATEGORIES_MAX];
    double column[PH_CATEGORIES_MAX];
};

// One row's answers as places among the categories.
struct answer {
    uint8_t outcome, reference;
    size_t unit;
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void set_weights(struct table *t, enum ph_category_weights weights)
{
    double span = (double)(t->q - 1);
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            double apart = fabs((double)i - (double)j) / span;
            t->weight[i][j] = weights == PH_WEIGHTS_NONE     ? i == j
                              : weights == PH_WEIGHTS_LINEAR ? 1 - apart
                                                             : 1 - apart * apart;
        }
    }
}

static void set_margins(struct table *t)
{
    for (size_t i = 0; i < t->q; i++) {
        t->row[i] = t->column[i] = 0;
        for (size_t j = 0; j < t->q; j++) {
            t->row[i] += t->share[i][j];
            t->column[i] += t->share[j][i];
        }
    }
}

static double observed(const struct table *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            sum += t->weight[i][j] * t->share[i][j];
        }
    }
    return sum;
}

static double kappa_chance(const struct table *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            sum += t->weight[i][j] * t->row[i] * t->column[j];
        }
    }
    return sum;
}

// The weights' sum over q (q - 1): what chance agreement is multiplied by (Gwet 2014, Handbook of
// Inter-Rater Reliability, chapter 4).
static double gwet_factor(const struct table *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            sum += t->weight[i][j];
        }
    }
    return sum / (double)(t->q * (t->q - 1));
}

static double gwet_chance(const struct table *t)
{
    double sum = 0;
    for (size_t k = 0; k < t->q; k++) {
        double mean = 0.5 * (t->row[k] + t->column[k]);
        sum += mean * (1 - mean);
    }
    return gwet_factor(t) * sum;
}

static double over_chance(double agreement, double chance)
{
    return 1 - chance > 1e-12 ? (agreement - chance) / (1 - chance) : NAN;
}

// Fleiss, Cohen & Everitt (1969, Psychol. Bull. 72:323), eq. 8.
static double kappa_se(const struct table *t, double kappa)
{
    double chance = kappa_chance(t);
    double sum = 0;
    double mean = 0;
    double row_weight[PH_CATEGORIES_MAX];
    double column_weight[PH_CATEGORIES_MAX];
    for (size_t i = 0; i < t->q; i++) {
        row_weight[i] = column_weight[i] = 0;
        for (size_t j = 0; j < t->q; j++) {
            row_weight[i] += t->weight[i][j] * t->column[j];
            column_weight[i] += t->weight[j][i] * t->row[j];
        }
    }
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            double part = t->weight[i][j] - (row_weight[i] + column_weight[j]) * (1 - kappa);
            sum += t->share[i][j] * part * part;
            mean += t->share[i][j] * part;
        }
    }
    return sqrt(fmax(sum - mean * mean, 0) / t->n) / (1 - chance);
}

// Gwet (2008, Br. J. Math. Stat. Psychol. 61:29): the spread of what each row adds.
static double gwet_se(const struct table *t, double gwet)
{
    double chance = gwet_chance(t);
    double factor = gwet_factor(t);
    double sum = 0;
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            double own_chance = factor * (1 - 0.25 * (t->row[i] + t->column[i]) -
                                             0.25 * (t->row[j] + t->column[j]));
            double own = (t->weight[i][j] - chance) / (1 - chance) -
                         2 * (1 - gwet) * (own_chance - chance) / (1 - chance);
            sum += t->share[i][j] * (own - gwet) * (own - gwet);
        }
    }
    return sqrt(sum / (t->n - 1));
}

static void interval_into(struct ph_chance_corrected *k, double se, double level, double df)
{
    if (se > 1e-12) {
        double half = ph_t_quantile(0.5 + level / 2, df) * se;
        k->se = se;
        k->interval = (struct ph_interval){ fmax(k->value - half, -1), fmin(k->value + half, 1) };
    }
}

// ---- reading ----

static size_t place_of(const double *category, size_t q, double value)
{
    size_t lo = 0;
    size_t hi = q;
    while (hi - lo > 1) {
        size_t middle = (lo + hi) / 2;
        if (category[middle] <= value) {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    return lo;
}

static enum ph_status find_categories(
    struct ph_context *c, const struct keyed *rows, size_t n, struct ph_categories_result *out)
{
    double *all = ev_take(c, 2 * n, sizeof(double));
    if (!all) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        all[2 * i] = rows[i].value;
        all[2 * i + 1] = rows[i].weight;
    }
    qsort(all, 2 * n, sizeof(double), by_size);
    enum ph_status status = PH_OK;
    for (size_t i = 0; status == PH_OK && i < 2 * n; i++) {
        if (i > 0 && all[i] == all[i - 1]) {
            continue;
        }
        if (out->n_categories == PH_CATEGORIES_MAX) {
            status = ev_complain(c, PH_TOO_LARGE,
                "There are more than %d categories; are these measurements?", PH_CATEGORIES_MAX);
        } else {
            out->category[out->n_categories++] = all[i];
        }
    }
    ev_give_back(c, all);
    if (status == PH_OK && out->n_categories < 2) {
        status = ev_complain(
            c, PH_DATA, "All answers are the same category; agreement beyond chance is undefined.");
    }
    return status;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

// ---- units ----

// Draws of whole units with replacement, on the context's threads.
struct crew {
    const struct answer *answers;
    const size_t *first; // [units + 1], of each unit's answers
    size_t units;
    uint64_t seed;
    size_t draws;
    size_t workers;
    struct table *own;   // of each worker
    double *coefficient; // [2][draws]: kappa, Gwet's
};

static void draw_one(const struct crew *w, struct table *t, size_t draw)
{
    struct ev_random random;
    double rows = 0;
    ev_random_start(&random, w->seed, EV_STREAM_CLUSTER_BOOTSTRAP, draw);
    memset(t->share, 0, sizeof(t->share));
    for (size_t k = 0; k < w->units; k++) {
        uint32_t u = ev_random_below(&random, (uint32_t)w->units);
        for (size_t i = w->first[u]; i < w->first[u + 1]; i++) {
            t->share[w->answers[i].outcome][w->answers[i].reference] += 1;
            rows += 1;
        }
    }
    for (size_t i = 0; i < t->q; i++) {
        for (size_t j = 0; j < t->q; j++) {
            t->share[i][j] /= rows;
        }
    }
    set_margins(t);
    w->coefficient[draw] = over_chance(observed(t), kappa_chance(t));
    w->coefficient[w->draws + draw] = over_chance(observed(t), gwet_chance(t));
}

static void labour(void *work, size_t worker)
{
    const struct crew *w = work;
    for (size_t draw = worker; draw < w->draws; draw += w->workers) {
        draw_one(w, &w->own[worker], draw);
    }
}

// Percentile intervals over the draws (Field & Welsh 2007, JRSS-B 69:369).
static enum ph_status resample(struct ph_context *c, const struct ph_categories_options *o,
    const struct answer *answers, size_t n, size_t units, const struct table *t,
    struct ph_categories_result *out)
{
    size_t *first = ev_take(c, units + 1, sizeof(size_t));
    double *values = ev_take(c, 2 * (size_t)o->draws, sizeof(double));
    struct crew w = { .answers = answers,
        .first = first,
        .units = units,
        .seed = c->seed,
        .draws = o->draws,
        .workers = c->threads,
        .own = ev_take(c, c->threads, sizeof(*w.own)),
        .coefficient = values };
    if (!first || !values || !w.own) {
        ev_give_back(c, first);
        ev_give_back(c, values);
        ev_give_back(c, w.own);
        return PH_NO_MEMORY;
    }
    for (size_t i = n; i-- > 0;) {
        first[answers[i].unit] = i;
    }
    first[units] = n;
    for (size_t k = 0; k < w.workers; k++) {
        w.own[k] = *t;
    }
    ev_parallel(c, w.workers, labour, &w);
    size_t kept = 0;
    for (size_t d = 0; d < o->draws; d++) {
        double kappa = values[d];
        double gwet = values[o->draws + d];
        if (isfinite(kappa) && isfinite(gwet)) {
            values[kept] = kappa;
            values[o->draws + kept++] = gwet;
        }
    }
    struct ph_chance_corrected *coefficients[2] = { &out->kappa, &out->gwet };
    // Draws without an answer of a second kind have no coefficient; a few may be left out.
    for (int k = 0; k < 2 && kept * 100 >= o->draws * 99; k++) {
        double *v = values + (size_t)k * o->draws;
        struct moments m = ev_moments_of(v, kept);
        double tail = (1 - o->level) / 2 * (double)(kept - 1);
        qsort(v, kept, sizeof(double), by_size);
        coefficients[k]->se = sqrt(m.var);
        coefficients[k]->interval =
            (struct ph_interval){ v[(size_t)floor(tail)], v[kept - 1 - (size_t)floor(tail)] };
    }
    ev_give_back(c, first);
    ev_give_back(c, values);
    ev_give_back(c, w.own);
    return PH_OK;
}

static enum ph_status judge(struct ph_context *c, const struct ph_categories_options *o,
    struct keyed *rows, struct ph_categories_result *out)
{
    size_t n = out->head.n;
    struct table *t = ev_take(c, 1, sizeof(*t));
    struct answer *answers = t ? ev_take(c, n, sizeof(*answers)) : NULL;
    if (!answers) {
        ev_give_back(c, t);
        return PH_NO_MEMORY;
    }
    size_t units = 0;
    t->q = out->n_categories;
    t->n = (double)n;
    qsort(rows, n, sizeof(*rows), by_key);
    for (size_t i = 0; i < n; i++) {
        units += i == 0 || rows[i].key != rows[i - 1].key;
        answers[i] = (struct answer){ (uint8_t)place_of(out->category, t->q, rows[i].value),
            (uint8_t)place_of(out->category, t->q, rows[i].weight), units - 1 };
        t->share[answers[i].outcome][answers[i].reference] += 1 / t->n;
    }
    set_weights(t, o->weights);
    set_margins(t);
    double level = o->level;
    enum ph_status status = PH_OK;
    out->agreement = observed(t);
    out->kappa.value = over_chance(out->agreement, kappa_chance(t));
    out->gwet.value = over_chance(out->agreement, gwet_chance(t));
    if (isnan(out->kappa.value)) {
        out->head.warnings |= PH_WARN_UNDEFINED;
    }
    if (o->unit == PH_NONE) {
        interval_into(&out->kappa, kappa_se(t, out->kappa.value), level, INFINITY);
        interval_into(&out->gwet, gwet_se(t, out->gwet.value), level, t->n - 1);
        out->head.df = t->n - 1;
    } else if (units < 2) {
        status = ev_complain(c, PH_DATA, "All rows are of one unit; at least 2 units are needed.");
    } else {
        out->head.clusters = units;
        out->head.convention = "gwet.cluster-bootstrap";
        out->head.warnings |= units < FEW_CLUSTERS ? PH_WARN_FEW_CLUSTERS : 0;
        status = resample(c, o, answers, n, units, t, out);
    }
    if (isnan(out->gwet.se)) {
        out->head.warnings |= PH_WARN_NO_VARIATION;
    }
    out->head.estimate = out->gwet.value;
    out->head.se = out->gwet.se;
    out->head.interval = out->gwet.interval;
    out->head.warnings |= n < SMALL_SAMPLE ? PH_WARN_SMALL_SAMPLE : 0;
    ev_give_back(c, answers);
    ev_give_back(c, t);
    return status;
}

enum ph_status ph_categories(struct ph_context *c, const struct ph_frame *f,
    const struct ph_categories_options *o, struct ph_categories_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (o->weights < PH_WEIGHTS_NONE || o->weights > PH_WEIGHTS_QUADRATIC) {
        return ev_complain(c, PH_INVALID, "The weights are not known.");
    }
    if (o->unit != PH_NONE && (o->draws < 100 || o->draws > DRAWS_MAX)) {
        return ev_complain(c, PH_INVALID, "Give 100 to %d draws.", DRAWS_MAX);
    }
    struct ph_chance_corrected none = { NAN, NAN, { NAN, NAN } };
    struct ph_categories_result out = {
        .head = ev_result_blank(o->level, "gwet"), .agreement = NAN, .kappa = none, .gwet = none
    };
    struct ph_accuracy_options pairs = PH_ACCURACY_OPTIONS;
    pairs.outcome = o->outcome;
    pairs.reference = o->reference;
    pairs.unit = o->unit;
    struct keyed *rows = NULL;
    status = ev_pairs_gather(c, f, &pairs, &out.head, &rows);
    if (status == PH_OK && out.head.n < 3) {
        status = ev_complain(
            c, PH_DATA, "There are %zu complete pairs; at least 3 are needed.", out.head.n);
    }
    if (status == PH_OK) {
        status = find_categories(c, rows, out.head.n, &out);
    }
    if (status == PH_OK) {
        status = judge(c, o, rows, &out);
    }
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
