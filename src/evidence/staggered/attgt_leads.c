// SPDX-License-Identifier: Apache-2.0
// Are all effects before the start zero? Wald's statistic against chi-squared, as the literature
// has it, rejects far too often with few units, because the variances are estimates of few units
// each. The test that gates read takes T^2 for Hotelling's with the degrees of freedom that match
// the first two moments of the variance as a sum of one part a group (Krishnamoorthy & Yu 2004,
// Stat. Prob. Lett. 66:161, for two groups; Nel & Van der Merwe 1986, Comm. Stat. 15:3719).
#include "attgt.h"
#include "gamma.h"
#include "matrix.h"

#include <stdlib.h>

// The independent ones: units (rows), or clusters, in groups that started together; clusters whose
// units started at different times are a group of their own.
struct lead_test {
    struct ph_context *c;
    const struct att_data *d;
    size_t n;            // independent ones
    size_t groups;       // d->groups, the never treated, the mixed
    int32_t *group;      // [n]
    size_t *size;        // [groups]
    size_t q;            // leads that are tested
    const double **lead; // [q]: their influence functions
    double *effect;      // [q]
    double *own;         // [n][q]: what each of them adds to the leads
    double *v;           // [q][q]
    double *w;           // [q][q], one group's part
};

static int32_t start_of(const struct att_data *d, size_t i)
{
    int32_t g = 0;
    while ((size_t)g < d->groups && d->group[g] != d->start[i]) {
        g++;
    }
    return g; // d->groups: never
}

static bool take(struct lead_test *t, size_t most)
{
    struct ph_context *c = t->c;
    size_t clusters = 0;
    for (size_t i = 0; t->d->cluster && i < t->d->n; i++) {
        size_t k = (size_t)t->d->cluster[i] + 1;
        clusters = k > clusters ? k : clusters;
    }
    t->n = t->d->cluster ? clusters : t->d->n;
    t->groups = t->d->groups + 2;
    t->group = ev_take(c, t->n, sizeof(*t->group));
    t->size = ev_take(c, t->groups, sizeof(*t->size));
    t->lead = ev_take(c, most, sizeof(*t->lead));
    t->effect = ev_take(c, most, sizeof(*t->effect));
    return t->group && t->size && t->lead && t->effect;
}

static void give_back(struct lead_test *t)
{
    void *blocks[] = { t->group, t->size, t->lead, t->effect, t->own, t->v, t->w };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        ev_give_back(t->c, blocks[i]);
    }
}

static void find_groups(struct lead_test *t)
{
    const struct att_data *d = t->d;
    int32_t mixed = (int32_t)d->groups + 1;
    for (size_t k = 0; k < t->n; k++) {
        t->group[k] = -1;
    }
    for (size_t i = 0; i < d->n; i++) {
        size_t k = d->cluster ? (size_t)d->cluster[i] : i;
        int32_t g = start_of(d, i);
        t->group[k] = t->group[k] == -1 || t->group[k] == g ? g : mixed;
    }
    for (size_t k = 0; k < t->n; k++) {
        t->size[t->group[k]]++;
    }
}

// Leads of groups whose own part of the variance can be seen.
static void choose_leads(
    struct lead_test *t, const struct ph_attgt_options *o, const struct ph_attgt_result *r)
{
    for (size_t k = 0; k < r->cells.n; k++) {
        const struct ph_att *cell = &r->cells.item[k];
        if (!cell->estimated || !(cell->se > 0) || !(cell->time < cell->group - o->anticipation)) {
            continue;
        }
        size_t g = 0;
        while (t->d->group[g] != cell->group) {
            g++;
        }
        bool alone = t->size[g] == 1 || (t->size[g] == 0 && t->size[t->groups - 1] < 2);
        if (!alone) {
            t->lead[t->q] = r->influence + k * t->d->n;
            t->effect[t->q++] = cell->att;
        }
    }
}

// Means of squares have divisor n, so that a group's part is short by (n - 1) / n.
static double stretch(const struct lead_test *t, size_t k)
{
    double n = (double)t->size[t->group[k]];
    return n > 1 ? sqrt(n / (n - 1)) : 1;
}

static bool fill(struct lead_test *t)
{
    const struct att_data *d = t->d;
    t->own = ev_take(t->c, t->n * t->q, sizeof(double));
    t->v = ev_take(t->c, t->q * t->q, sizeof(double));
    t->w = ev_take(t->c, t->q * t->q, sizeof(double));
    if (!t->own || !t->v || !t->w) {
        return false;
    }
    for (size_t i = 0; i < d->n; i++) {
        double *to = t->own + (d->cluster ? (size_t)d->cluster[i] : i) * t->q;
        for (size_t x = 0; x < t->q; x++) {
            to[x] += t->lead[x][i] / (double)d->n;
        }
    }
    for (size_t k = 0; k < t->n; k++) {
        double more = stretch(t, k);
        double *z = t->own + k * t->q;
        for (size_t x = 0; x < t->q; x++) {
            z[x] *= more;
            for (size_t y = 0; y <= x; y++) {
                t->v[x * t->q + y] += z[x] * z[y];
            }
        }
    }
    return true;
}

// Sum over groups of (tr(W^2) + tr(W)^2) / (n - 1), W the group's part after V became the identity.
static double spread(struct lead_test *t)
{
    size_t q = t->q;
    double sum = 0;
    for (size_t g = 0; g < t->groups; g++) {
        double trace = 0;
        double squares = 0;
        if (t->size[g] < 2) {
            continue;
        }
        memset(t->w, 0, q * q * sizeof(double));
        for (size_t k = 0; k < t->n; k++) {
            const double *z = t->own + k * q;
            for (size_t x = 0; t->group[k] == (int32_t)g && x < q; x++) {
                for (size_t y = 0; y <= x; y++) {
                    t->w[x * q + y] += z[x] * z[y];
                }
            }
        }
        for (size_t x = 0; x < q; x++) {
            trace += t->w[x * q + x];
            for (size_t y = 0; y <= x; y++) {
                squares += (x == y ? 1 : 2) * t->w[x * q + y] * t->w[x * q + y];
            }
        }
        sum += (squares + trace * trace) / (double)(t->size[g] - 1);
    }
    return sum;
}

// V in its lower half becomes L with L L' = V; false where it is not positive definite.
static bool factor(double *v, size_t q)
{
    for (size_t i = 0; i < q; i++) {
        if (!ev_cholesky_row(v, q, i, 1e-10)) {
            return false;
        }
    }
    return true;
}

// All at once. False where so many leads stand against so few units that it has no test.
static bool together(struct lead_test *t, struct ph_lead_test *ret)
{
    size_t q = t->q;
    double t2 = 0;
    if (!factor(t->v, q)) {
        return false;
    }
    for (size_t k = 0; k < t->n; k++) {
        ev_lower_solve(t->v, q, q, t->own + k * q);
    }
    ev_lower_solve(t->v, q, q, t->effect);
    for (size_t x = 0; x < q; x++) {
        t2 += t->effect[x] * t->effect[x];
    }
    double p = (double)q;
    double nu = (p + p * p) / spread(t);
    if (!(nu - p + 1 >= 1)) {
        return false;
    }
    ret->df1 = p;
    ret->df2 = nu - p + 1;
    ret->f = t2 * ret->df2 / (nu * p);
    ret->p = ph_f_sf(ret->f, ret->df1, ret->df2);
    ret->convention = "hotelling.krishnamoorthy-yu";
    return true;
}

// One by one: the least p of t tests with Satterthwaite's degrees of freedom, times their number.
static bool one_by_one(const struct lead_test *t, struct ph_lead_test *ret)
{
    double *part = ev_take(t->c, t->groups, sizeof(*part));
    double least = 1;
    for (size_t x = 0; part && x < t->q; x++) {
        double variance = 0;
        double below = 0;
        memset(part, 0, t->groups * sizeof(*part));
        for (size_t k = 0; k < t->n; k++) {
            part[t->group[k]] += t->own[k * t->q + x] * t->own[k * t->q + x];
        }
        for (size_t g = 0; g < t->groups; g++) {
            variance += part[g];
            below += t->size[g] > 1 ? part[g] * part[g] / (double)(t->size[g] - 1) : 0;
        }
        double at = fabs(t->effect[x]) / sqrt(variance);
        least = fmin(least, 2 * ph_t_sf(at, variance * variance / below));
    }
    ret->df1 = (double)t->q;
    ret->p = fmin(1, least * (double)t->q);
    ret->convention = "bonferroni.satterthwaite";
    ev_give_back(t->c, part);
    return part != NULL;
}

enum ph_status ev_att_lead_test(struct ph_context *c, const struct ph_attgt_options *o,
    const struct att_data *d, const struct ph_attgt_result *r, struct ph_lead_test *ret_test)
{
    struct lead_test t = { .c = c, .d = d };
    struct ph_lead_test found = { .f = NAN, .df1 = NAN, .df2 = NAN, .p = NAN };
    bool whole = take(&t, r->cells.n);
    if (whole) {
        find_groups(&t);
        choose_leads(&t, o, r);
        whole = fill(&t);
    }
    if (whole && t.q > 0) {
        whole = one_by_one(&t, &found);
        (void)together(&t, &found);
    }
    give_back(&t);
    *ret_test = found;
    return whole ? PH_OK : PH_NO_MEMORY;
}
