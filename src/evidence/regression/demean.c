// SPDX-License-Identifier: Apache-2.0
// Taking fixed effects out. One kind of group: its means. Two kinds of which one has few levels:
// the few levels' effects solve a small system exactly, the others follow as means. Else conjugate
// gradients on symmetric sweeps of means (Hernandez-Ramos, Escalante & Raydan 2011; Correia 2016).
#include "internal.h"

#include "demean.h"
#include "matrix.h"

enum { ITERATIONS_MAX = 20000 };

struct side {
    const int32_t *of;
    size_t n;
    double *weight; // of each level; 0 never
    double *sum;    // scratch
};

struct work {
    const struct ev_design *d;
    struct side side[EV_ABSORBED_MAX];
    size_t n_sides;
};

static void release(struct work *w)
{
    for (size_t s = 0; s < w->n_sides; s++) {
        ev_give_back(w->d->c, w->side[s].weight);
        ev_give_back(w->d->c, w->side[s].sum);
    }
}

static bool add_side(struct work *w, const struct ev_groups *g)
{
    struct side *s = &w->side[w->n_sides];
    *s = (struct side){ .of = g->of, .n = g->n };
    s->weight = ev_take(w->d->c, g->n, sizeof(double));
    s->sum = ev_take(w->d->c, g->n, sizeof(double));
    w->n_sides++;
    for (size_t i = 0; s->weight && i < w->d->n; i++) {
        s->weight[g->of[i]] += w->d->w ? w->d->w[i] : 1;
    }
    return s->weight && s->sum;
}

static void sums(const struct work *w, struct side *s, const double *v)
{
    memset(s->sum, 0, s->n * sizeof(double));
    for (size_t i = 0; i < w->d->n; i++) {
        s->sum[s->of[i]] += w->d->w ? w->d->w[i] * v[i] : v[i];
    }
}

static void sweep(const struct work *w, struct side *s, double *v)
{
    sums(w, s, v);
    for (size_t g = 0; g < s->n; g++) {
        s->sum[g] /= s->weight[g];
    }
    for (size_t i = 0; i < w->d->n; i++) {
        v[i] -= s->sum[s->of[i]];
    }
}

// ---- Two sides, one small ----

// The small side's system with the big one taken out: S = W_s - C' W_b^-1 C, C the weights by cell.
// Rows are visited by levels of the big side.
static enum ph_status small_system(
    const struct work *w, const struct side *big, const struct side *small, double *s)
{
    const struct ev_design *d = w->d;
    size_t m = small->n;
    int32_t *start = ev_take(d->c, big->n + 2, sizeof(*start));
    int32_t *order = ev_take(d->c, d->n, sizeof(*order));
    double *cell = ev_take(d->c, m, sizeof(*cell));
    int32_t *seen = ev_take(d->c, m, sizeof(*seen));
    bool whole = start && order && cell && seen;
    for (size_t i = 0; whole && i < d->n; i++) {
        start[big->of[i] + 2]++;
    }
    for (size_t g = 2; whole && g < big->n + 2; g++) {
        start[g] += start[g - 1];
    }
    for (size_t i = 0; whole && i < d->n; i++) {
        order[start[big->of[i] + 1]++] = (int32_t)i;
    }
    for (size_t g = 0; whole && g < big->n; g++) {
        size_t n_seen = 0;
        for (int32_t at = start[g]; at < start[g + 1]; at++) {
            int32_t i = order[at];
            int32_t level = small->of[i];
            if (cell[level] == 0) {
                seen[n_seen++] = level;
            }
            cell[level] += d->w ? d->w[i] : 1;
        }
        for (size_t a = 0; a < n_seen; a++) {
            double share = cell[seen[a]] / big->weight[g];
            for (size_t b = 0; b < n_seen; b++) {
                s[(size_t)seen[a] * m + (size_t)seen[b]] -= share * cell[seen[b]];
            }
        }
        for (size_t a = 0; a < n_seen; a++) {
            cell[seen[a]] = 0;
        }
    }
    for (size_t a = 0; whole && a < m; a++) {
        s[a * m + a] += small->weight[a];
    }
    ev_give_back(d->c, start);
    ev_give_back(d->c, order);
    ev_give_back(d->c, cell);
    ev_give_back(d->c, seen);
    return whole ? PH_OK : PH_NO_MEMORY;
}

// Solves R'R x = b with skipped levels at 0.
static void solve_skipping(const double *r, const bool *skipped, size_t m, double *b)
{
    for (size_t j = 0; j < m; j++) {
        for (size_t i = 0; i < j && !skipped[j]; i++) {
            b[j] -= r[i * m + j] * b[i];
        }
        b[j] = skipped[j] ? 0 : b[j] / r[j * m + j];
    }
    for (size_t j = m; j-- > 0;) {
        for (size_t k = j + 1; k < m && !skipped[j]; k++) {
            b[j] -= r[j * m + k] * b[k];
        }
        b[j] = skipped[j] ? 0 : b[j] / r[j * m + j];
    }
}

static void project(const struct work *w, struct side *big, struct side *small, const double *r,
    const bool *skipped, double *v)
{
    const struct ev_design *d = w->d;
    double *effect = small->sum;
    memset(big->sum, 0, big->n * sizeof(double));
    memset(effect, 0, small->n * sizeof(double));
    for (size_t i = 0; i < d->n; i++) {
        double x = d->w ? d->w[i] * v[i] : v[i];
        big->sum[big->of[i]] += x;
        effect[small->of[i]] += x;
    }
    for (size_t g = 0; g < big->n; g++) {
        big->sum[g] /= big->weight[g];
    }
    for (size_t i = 0; i < d->n; i++) {
        effect[small->of[i]] -= (d->w ? d->w[i] : 1) * big->sum[big->of[i]];
    }
    solve_skipping(r, skipped, small->n, effect);
    for (size_t g = 0; g < big->n; g++) {
        big->sum[g] *= big->weight[g];
    }
    for (size_t i = 0; i < d->n; i++) {
        big->sum[big->of[i]] -= (d->w ? d->w[i] : 1) * effect[small->of[i]];
    }
    for (size_t g = 0; g < big->n; g++) {
        big->sum[g] /= big->weight[g];
    }
    for (size_t i = 0; i < d->n; i++) {
        v[i] -= big->sum[big->of[i]] + effect[small->of[i]];
    }
}

static enum ph_status two_sides(
    struct work *w, struct side *big, struct side *small, double **v, size_t n_v)
{
    struct ph_context *c = w->d->c;
    size_t m = small->n;
    double *s = ev_take(c, m * m, sizeof(*s));
    double *r = ev_take(c, m * m, sizeof(*r));
    double *floor = ev_take(c, m, sizeof(*floor));
    bool *skipped = ev_take(c, m, sizeof(*skipped));
    enum ph_status status =
        s && r && floor && skipped ? small_system(w, big, small, s) : PH_NO_MEMORY;
    if (status == PH_OK) {
        for (size_t a = 0; a < m; a++) {
            floor[a] = 1e-11 * small->weight[a];
        }
        (void)ev_cholesky(s, m, floor, r, skipped);
        for (size_t k = 0; k < n_v; k++) {
            project(w, big, small, r, skipped, v[k]);
            project(w, big, small, r, skipped, v[k]); // what rounding left
        }
    }
    ev_give_back(c, s);
    ev_give_back(c, r);
    ev_give_back(c, floor);
    ev_give_back(c, skipped);
    return status;
}

// ---- Any number of sides ----

// to = from minus its symmetric sweep
static void moved(struct work *w, const double *from, double *to)
{
    memcpy(to, from, w->d->n * sizeof(double));
    for (size_t s = 0; s < w->n_sides; s++) {
        sweep(w, &w->side[s], to);
    }
    for (size_t s = w->n_sides - 1; s-- > 0;) {
        sweep(w, &w->side[s], to);
    }
    for (size_t i = 0; i < w->d->n; i++) {
        to[i] = from[i] - to[i];
    }
}

static double weighted(const struct ev_design *d, const double *a, const double *b, double *scratch)
{
    if (!d->w) {
        return ev_dot(a, b, d->n);
    }
    for (size_t i = 0; i < d->n; i++) {
        scratch[i] = d->w[i] * a[i];
    }
    return ev_dot(scratch, b, d->n);
}

static enum ph_status gradients(struct work *w, double *v, double *scratch, size_t *iterations)
{
    const struct ev_design *d = w->d;
    size_t n = d->n;
    double *r = scratch;
    double *u = scratch + n;
    double *a = scratch + 2 * n;
    double *t = scratch + 3 * n;
    double size = weighted(d, v, v, t);
    double goal = size * EV_DEMEAN_TOLERANCE * EV_DEMEAN_TOLERANCE;
    moved(w, v, r);
    memcpy(u, r, n * sizeof(double));
    double left = weighted(d, r, r, t);
    size_t k = 0;
    for (; left > goal; k++) {
        if (k == ITERATIONS_MAX) {
            return ev_complain(d->c, PH_NO_SOLUTION,
                "The fixed effects could not be taken out in %d sweeps; they are nearly collinear.",
                ITERATIONS_MAX);
        }
        if (ev_cancelled(d->c)) {
            return ev_complain(d->c, PH_CANCELLED, "Cancelled.");
        }
        moved(w, u, a);
        double step = left / weighted(d, u, a, t);
        if (!isfinite(step)) {
            break; // nothing moves any more
        }
        ev_axpy(-step, u, v, n);
        ev_axpy(-step, a, r, n);
        double now = weighted(d, r, r, t);
        for (size_t i = 0; i < n; i++) {
            u[i] = r[i] + now / left * u[i];
        }
        left = now;
    }
    *iterations = k > *iterations ? k : *iterations;
    return PH_OK;
}

static enum ph_status many_sides(struct work *w, double **v, size_t n_v, size_t *iterations)
{
    struct ph_context *c = w->d->c;
    double *scratch = ev_take(c, 4 * w->d->n, sizeof(*scratch));
    enum ph_status status = scratch ? PH_OK : PH_NO_MEMORY;
    for (size_t k = 0; status == PH_OK && k < n_v; k++) {
        status = gradients(w, v[k], scratch, iterations);
        for (size_t s = 0; s < w->n_sides; s++) {
            sweep(w, &w->side[s], v[k]);
        }
    }
    ev_give_back(c, scratch);
    return status;
}

// ---- Means ----

double ev_weighted_squares(const struct ev_design *d, const double *v)
{
    if (!d->w) {
        return ev_dot(v, v, d->n);
    }
    struct ev_tree t = { 0 };
    for (size_t from = 0; from < d->n; from += EV_BLOCK) {
        double wv[EV_BLOCK];
        size_t rows = ev_block(from, d->n);
        for (size_t i = 0; i < rows; i++) {
            wv[i] = d->w[from + i] * v[from + i];
        }
        ev_tree_add(&t, ev_dot_block(wv, v + from, rows));
    }
    return ev_tree_total(&t);
}

struct ev_spread ev_centre(const struct ev_design *d, double *v)
{
    double n = (double)d->n; // weights have mean 1
    struct ev_spread s = { .mean = (d->w ? ev_dot(v, d->w, d->n) : ev_sum_of(v, d->n)) / n };
    struct ev_sums left = ev_shift(v, d->n, s.mean);
    double rest = (d->w ? ev_dot(v, d->w, d->n) : left.sum) / n;
    if (n * rest * rest > 1e-28 * left.squares) {
        s.mean += rest;
        left = ev_shift(v, d->n, rest);
    }
    s.centred = s.within = d->w ? ev_weighted_squares(d, v) : left.squares;
    return s;
}

// ---- All of them ----

static enum ph_status demean_any(const struct ev_design *d, unsigned set, double **v, size_t n_v,
    struct ev_spread *spread, size_t *iterations)
{
    struct work w = { .d = d };
    bool whole = true;
    for (size_t j = 0; j < n_v; j++) {
        spread[j] = ev_centre(d, v[j]);
    }
    for (size_t a = 0; whole && a < d->n_absorbed; a++) {
        if (set & (1U << a)) {
            whole = add_side(&w, &d->absorbed[a]);
        }
    }
    enum ph_status status = whole ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK && w.n_sides == 1) {
        for (size_t k = 0; k < n_v; k++) {
            sweep(&w, &w.side[0], v[k]);
            sweep(&w, &w.side[0], v[k]); // what rounding left
        }
    } else if (status == PH_OK && w.n_sides > 1) {
        bool first = w.side[0].n >= w.side[1].n;
        struct side *big = &w.side[first ? 0 : 1];
        struct side *small = &w.side[first ? 1 : 0];
        status = w.n_sides == 2 && small->n <= EV_DEMEAN_SMALL ? two_sides(&w, big, small, v, n_v)
                                                               : many_sides(&w, v, n_v, iterations);
    }
    release(&w);
    for (size_t j = 0; status == PH_OK && j < n_v; j++) {
        spread[j].within = ev_weighted_squares(d, v[j]);
    }
    return status;
}

enum ph_status ev_demean(const struct ev_design *d, unsigned set, double **v, size_t n_v,
    struct ev_spread *ret_spread, size_t *ret_iterations)
{
    const struct ev_groups *of[EV_ABSORBED_MAX] = { NULL };
    size_t n = 0;
    for (size_t a = 0; a < d->n_absorbed; a++) {
        if (set & (1U << a)) {
            of[n++] = &d->absorbed[a];
        }
    }
    *ret_iterations = n > 0;
    // Units side by side, and beside them at most one kind with few levels.
    for (size_t a = 0; !d->w && n > 0 && n <= 2 && a < n; a++) {
        const struct ev_groups *other = n == 2 ? of[1 - a] : NULL;
        if (of[a]->runs == of[a]->n && (!other || other->n <= EV_DEMEAN_SMALL)) {
            return ev_demean_runs(d, of[a], other, v, n_v, ret_spread);
        }
    }
    return demean_any(d, set, v, n_v, ret_spread, ret_iterations);
}

// ---- Rank ----

static int32_t find(int32_t *parent, int32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

// Two kinds of groups have one redundancy for each piece of the graph that rows draw between them.
// Every level of A is in the piece of any level of B that it meets, so that pieces are those of B's
// levels: the search ends as soon as one is left.
static enum ph_status pieces(
    const struct ev_design *d, const struct ev_groups *a, const struct ev_groups *b, size_t *ret)
{
    if (a->n < b->n) {
        const struct ev_groups *larger = b;
        b = a;
        a = larger;
    }
    int32_t *parent = ev_take_raw(d->c, b->n, sizeof(*parent));
    int32_t *met = ev_take(d->c, a->n, sizeof(*met)); // 1 + a level of B
    if (!parent || !met) {
        ev_give_back(d->c, parent);
        ev_give_back(d->c, met);
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < b->n; i++) {
        parent[i] = (int32_t)i;
    }
    size_t n = b->n;
    for (size_t i = 0; n > 1 && i < d->n; i++) {
        int32_t *first = &met[a->of[i]];
        int32_t y = find(parent, b->of[i]);
        if (*first > 0) {
            int32_t x = find(parent, *first - 1);
            n -= x != y;
            parent[x] = y;
        }
        *first = y + 1;
    }
    ev_give_back(d->c, parent);
    ev_give_back(d->c, met);
    *ret = n;
    return PH_OK;
}

enum ph_status ev_absorbed_rank(const struct ev_design *d, unsigned set, size_t *ret_rank)
{
    const struct ev_groups *first[2] = { NULL, NULL };
    size_t n = 0;
    size_t rank = 0;
    for (size_t a = 0; a < d->n_absorbed; a++) {
        if (!(set & (1U << a))) {
            continue;
        }
        if (n < 2) {
            first[n] = &d->absorbed[a];
        }
        rank += d->absorbed[a].n - (n >= 2);
        n++;
    }
    size_t redundant = 0;
    enum ph_status status = n < 2 ? PH_OK : pieces(d, first[0], first[1], &redundant);
    *ret_rank = rank - redundant;
    return status;
}
