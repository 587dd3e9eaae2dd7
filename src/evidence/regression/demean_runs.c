// SPDX-License-Identifier: Apache-2.0
// Fixed effects of rows without weights whose units lie side by side, as panels are kept: a unit's
// mean is taken out while its rows are in the nearest cache, and nothing is looked up but the
// period. Each column is read and written twice.
#include "internal.h"

#include "demean.h"
#include "matrix.h"

enum { ROUNDS_MAX = 8 };

struct runs {
    const struct ev_design *d;
    int32_t *start; // [n + 1], of each unit
    size_t n;
    const int32_t *period; // of each row; NULL: units alone are taken out
    size_t m;
    double *weight; // [m], rows
    double *effect; // [m]
    double *left;   // [m]
    double *root;   // [m][m], of the periods' system with the units taken out
    bool *skipped;  // [m]
    bool even;      // every unit has one row in each period, in order
};

static void release(struct runs *k)
{
    struct ph_context *c = k->d->c;
    ev_give_back(c, k->start);
    ev_give_back(c, k->weight);
    ev_give_back(c, k->effect);
    ev_give_back(c, k->left);
    ev_give_back(c, k->root);
    ev_give_back(c, k->skipped);
}

static bool take_memory(struct runs *k)
{
    struct ph_context *c = k->d->c;
    k->start = ev_take_raw(c, k->n + 1, sizeof(*k->start));
    k->weight = ev_take(c, k->m, sizeof(double));
    k->effect = ev_take(c, k->m, sizeof(double));
    k->left = ev_take(c, k->m, sizeof(double));
    k->root = ev_take(c, k->m * k->m, sizeof(double));
    k->skipped = ev_take(c, k->m, sizeof(bool));
    return k->start && k->weight && k->effect && k->left && k->root && k->skipped;
}

static void find_starts(struct runs *k, const struct ev_groups *unit)
{
    size_t u = 0;
    k->start[0] = 0;
    for (size_t i = 1; i < k->d->n; i++) {
        if (unit->of[i] != unit->of[i - 1]) {
            k->start[++u] = (int32_t)i;
        }
    }
    k->start[k->n] = (int32_t)k->d->n;
}

// ---- The periods' system: S = W - C'C / rows, unit by unit ----

static bool is_complete(const struct runs *k, size_t from, size_t end)
{
    bool complete = end - from == k->m;
    for (size_t i = from; complete && i < end; i++) {
        complete = (size_t)k->period[i] == i - from;
    }
    return complete;
}

// CELL and SEEN are scratch for M periods; CELL is 0 before and after.
static void add_unit(
    const struct runs *k, size_t from, size_t end, double *s, double *cell, int32_t *seen)
{
    size_t n = 0;
    for (size_t i = from; i < end; i++) {
        int32_t t = k->period[i];
        if (cell[t] == 0) {
            seen[n++] = t;
        }
        cell[t]++;
    }
    for (size_t a = 0; a < n; a++) {
        double share = cell[seen[a]] / (double)(end - from);
        for (size_t b = a; b < n; b++) {
            int32_t lo = seen[a] < seen[b] ? seen[a] : seen[b];
            int32_t hi = seen[a] < seen[b] ? seen[b] : seen[a];
            s[(size_t)lo * k->m + (size_t)hi] -= share * cell[seen[b]];
        }
    }
    for (size_t a = 0; a < n; a++) {
        cell[seen[a]] = 0;
    }
}

static enum ph_status find_system(struct runs *k)
{
    struct ph_context *c = k->d->c;
    size_t m = k->m;
    double *s = ev_take(c, m * m, sizeof(*s));
    double *cell = ev_take(c, 2 * m, sizeof(*cell));
    int32_t *seen = ev_take(c, m, sizeof(*seen));
    bool whole = s && cell && seen;
    size_t complete = 0; // units with one row in each period: all alike
    for (size_t u = 0; whole && u < k->n; u++) {
        size_t from = (size_t)k->start[u];
        size_t end = (size_t)k->start[u + 1];
        if (is_complete(k, from, end)) {
            complete++;
            continue;
        }
        add_unit(k, from, end, s, cell, seen);
        for (size_t i = from; i < end; i++) {
            k->weight[k->period[i]]++;
        }
    }
    k->even = complete == k->n;
    double *floor = cell;
    for (size_t a = 0; whole && a < m; a++) {
        k->weight[a] += (double)complete;
        for (size_t b = a; b < m; b++) {
            s[a * m + b] -= (double)complete / (double)m;
        }
        s[a * m + a] += k->weight[a];
        floor[a] = 1e-11 * k->weight[a];
    }
    if (whole) {
        (void)ev_cholesky(s, m, floor, k->root, k->skipped);
    }
    ev_give_back(c, s);
    ev_give_back(c, cell);
    ev_give_back(c, seen);
    return whole ? PH_OK : PH_NO_MEMORY;
}

// ---- Columns, any units ----

// The mean of some rows here and there. Any number near the values would do, so that squares around
// it can be turned into squares around the mean.
static double near_mean(const double *v, size_t n)
{
    size_t step = n / EV_BLOCK + 1;
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i += step) {
        sum += v[i];
        count++;
    }
    return sum / (double)count;
}

// Takes CENTRE and the mean off N numbers. Returns the sums around CENTRE.
static struct ev_sums take_mean(double *v, size_t n, double centre)
{
    if (n > EV_BLOCK) {
        struct ev_sums s = ev_shift(v, n, centre);
        (void)ev_shift(v, n, s.sum / (double)n);
        return s;
    }
    struct ev_sums s = { 0, 0 };
    for (size_t i = 0; i < n; i++) {
        v[i] -= centre;
        s.sum += v[i];
        s.squares += v[i] * v[i];
    }
    double mean = s.sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        v[i] -= mean;
    }
    return s;
}

static void set_spread(const struct runs *k, double centre, const struct ev_tree *sum,
    const struct ev_tree *squares, struct ev_spread *ret)
{
    double n = (double)k->d->n;
    double mean = ev_tree_total(sum) / n;
    ret->mean = centre + mean;
    ret->centred = fmax(ev_tree_total(squares) - n * mean * mean, 0);
}

static void take_units(const struct runs *k, double *v, struct ev_spread *spread)
{
    struct ev_tree sum = { 0 };
    struct ev_tree squares = { 0 };
    double centre = near_mean(v, k->d->n);
    memset(k->left, 0, k->m * sizeof(double));
    for (size_t u = 0; u < k->n; u++) {
        size_t from = (size_t)k->start[u];
        size_t end = (size_t)k->start[u + 1];
        struct ev_sums s = take_mean(v + from, end - from, centre);
        ev_tree_add(&sum, s.sum);
        ev_tree_add(&squares, s.squares);
        for (size_t i = from; k->period && i < end; i++) {
            k->left[k->period[i]] += v[i];
        }
    }
    set_spread(k, centre, &sum, &squares, spread);
}

// Takes the effects off, and the unit's mean of what is left: of the effects, and of the rounding
// of the mean before. Sums by period into LEFT; returns the sum of squares.
static double take_effects(const struct runs *k, double *v)
{
    struct ev_tree squares = { 0 };
    memset(k->left, 0, k->m * sizeof(double));
    for (size_t u = 0; u < k->n; u++) {
        size_t from = (size_t)k->start[u];
        size_t end = (size_t)k->start[u + 1];
        double mean = 0;
        double sum = 0;
        for (size_t i = from; i < end; i++) {
            v[i] -= k->period ? k->effect[k->period[i]] : 0;
            mean += v[i];
        }
        mean /= (double)(end - from);
        for (size_t i = from; i < end; i++) {
            v[i] -= mean;
            sum += v[i] * v[i];
        }
        for (size_t i = from; k->period && i < end; i++) {
            k->left[k->period[i]] += v[i];
        }
        ev_tree_add(&squares, sum);
    }
    return ev_tree_total(&squares);
}

// ---- Columns, where every unit has one row in each period, in order ----

// Sums by period over some units, then added to the whole.
struct even {
    double sum[EV_DEMEAN_SMALL];
    double squares[EV_DEMEAN_SMALL];
};

static double flush(const struct runs *k, struct even *e)
{
    double squares = 0;
    for (size_t t = 0; t < k->m; t++) {
        k->left[t] += e->sum[t];
        squares += e->squares[t];
        e->sum[t] = e->squares[t] = 0;
    }
    return squares;
}

// Takes OFFSET off M numbers; adds them and their squares up by period.
static void shift_unit(double *restrict v, size_t m, double offset, struct even *restrict e)
{
    for (size_t t = 0; t < m; t++) {
        double x = v[t] - offset;
        v[t] = x;
        e->sum[t] += x;
        e->squares[t] += x * x;
    }
}

static void take_even_units(const struct runs *k, double *v, struct ev_spread *spread)
{
    struct ev_tree sum = { 0 };
    struct ev_tree squares = { 0 };
    struct even e = { 0 };
    size_t m = k->m;
    double centre = near_mean(v, k->d->n);
    memset(k->left, 0, m * sizeof(double));
    for (size_t u = 0; u < k->n;) {
        double means = 0;
        double between = 0;
        for (size_t end = u + ev_block(u * m, k->d->n) / m + 1; u < end && u < k->n; u++) {
            double *own = v + u * m;
            double mean = 0;
            for (size_t t = 0; t < m; t++) {
                mean += own[t] - centre;
            }
            mean /= (double)m;
            means += mean;
            between += mean * mean;
            shift_unit(own, m, centre + mean, &e);
        }
        ev_tree_add(&sum, means * (double)m);
        ev_tree_add(&squares, flush(k, &e) + between * (double)m);
    }
    set_spread(k, centre, &sum, &squares, spread);
}

static double take_even_effects(const struct runs *k, double *v)
{
    struct ev_tree squares = { 0 };
    struct even e = { 0 };
    size_t m = k->m;
    memset(k->left, 0, m * sizeof(double));
    for (size_t u = 0; u < k->n;) {
        for (size_t end = u + ev_block(u * m, k->d->n) / m + 1; u < end && u < k->n; u++) {
            double *restrict own = v + u * m;
            double mean = 0;
            for (size_t t = 0; t < m; t++) {
                own[t] -= k->effect[t];
                mean += own[t];
            }
            shift_unit(own, m, mean / (double)m, &e);
        }
        ev_tree_add(&squares, flush(k, &e));
    }
    return ev_tree_total(&squares);
}

// ---- The effects ----

// Solves R'R x = b with skipped periods at 0.
static void solve(const struct runs *k, const double *b, double *x)
{
    size_t m = k->m;
    const double *r = k->root;
    for (size_t j = 0; j < m; j++) {
        x[j] = b[j];
        for (size_t i = 0; i < j && !k->skipped[j]; i++) {
            x[j] -= r[i * m + j] * x[i];
        }
        x[j] = k->skipped[j] ? 0 : x[j] / r[j * m + j];
    }
    for (size_t j = m; j-- > 0;) {
        for (size_t i = j + 1; i < m && !k->skipped[j]; i++) {
            x[j] -= r[j * m + i] * x[i];
        }
        x[j] = k->skipped[j] ? 0 : x[j] / r[j * m + j];
    }
}

static bool is_done(const struct runs *k, double squares)
{
    double goal = EV_DEMEAN_TOLERANCE * EV_DEMEAN_TOLERANCE * squares;
    for (size_t t = 0; t < k->m; t++) {
        if (k->left[t] * k->left[t] > goal * k->weight[t]) {
            return false;
        }
    }
    return true;
}

static void one_column(const struct runs *k, double *v, struct ev_spread *spread)
{
    (k->even ? take_even_units : take_units)(k, v, spread);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (k->period) {
            solve(k, k->left, k->effect);
        }
        spread->within = (k->even ? take_even_effects : take_effects)(k, v);
        if (!k->period || is_done(k, spread->within)) {
            break;
        }
    }
}

enum ph_status ev_demean_runs(const struct ev_design *d, const struct ev_groups *unit,
    const struct ev_groups *period, double **v, size_t n_v, struct ev_spread *ret_spread)
{
    struct runs k = {
        .d = d, .n = unit->n, .period = period ? period->of : NULL, .m = period ? period->n : 0
    };
    enum ph_status status = take_memory(&k) ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK) {
        find_starts(&k, unit);
        status = period ? find_system(&k) : PH_OK;
    }
    for (size_t j = 0; status == PH_OK && j < n_v; j++) {
        one_column(&k, v[j], &ret_spread[j]);
    }
    release(&k);
    return status;
}
