// SPDX-License-Identifier: Apache-2.0
// From a frame to the complete rows that a method works on, with a count of what was left out and
// why.
#include "internal.h"

#include <stdlib.h>

static enum ph_status check_counts(
    struct ph_context *c, const struct ph_frame *f, const struct roles *roles)
{
    char buf[24];
    for (size_t i = 0; i < f->rows; i++) {
        if (ev_cell_missing(f, roles->outcome, i) || ev_cell_missing(f, roles->trials, i)) {
            continue;
        }
        double x = ev_cell(f, roles->outcome, i);
        double n = ev_cell(f, roles->trials, i);
        if (x < 0 || n < 0 || x != floor(x) || n != floor(n) || n > 0x1p40) {
            return ev_complain(
                c, PH_DATA, "Row %zu: counts must be whole and not negative.", ev_row(f, i));
        }
        if (x > n) {
            return ev_complain(c, PH_DATA, "Row %zu, %s: %.15g successes of %.15g trials.",
                ev_row(f, i), ev_column_name(f, roles->outcome, buf, sizeof(buf)), x, n);
        }
    }
    return PH_OK;
}

static enum ph_status check_columns(
    struct ph_context *c, const struct ph_frame *f, const struct roles *roles)
{
    bool yes_no = roles->yes_no && roles->trials == PH_NONE;
    enum ph_status status = yes_no ? ev_column_check_01(c, f, roles->outcome, "outcome")
                                   : ev_column_check(c, f, roles->outcome, PH_REAL, "outcome");
    if (status == PH_OK && roles->trials != PH_NONE) {
        status = ev_column_check(c, f, roles->trials, PH_REAL, "trials");
        status = status == PH_OK ? check_counts(c, f, roles) : status;
    }
    if (status == PH_OK && roles->group != PH_NONE) {
        status = ev_column_check_01(c, f, roles->group, roles->group_word);
    }
    if (status == PH_OK && roles->key != PH_NONE) {
        status = ev_column_check(c, f, roles->key, PH_KEY, roles->key_word);
    }
    return status;
}

static bool lacks(const struct ph_frame *f, int32_t column, size_t row)
{
    return column != PH_NONE && ev_cell_missing(f, column, row);
}

enum ph_status ev_gather_rows(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct ph_result *r, struct keyed **ret_rows)
{
    enum ph_status status = check_columns(c, f, roles);
    if (status != PH_OK) {
        return status;
    }
    struct keyed *rows = ev_take(c, f->rows, sizeof(*rows));
    if (!rows) {
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        if (lacks(f, roles->outcome, i) || lacks(f, roles->trials, i)) {
            r->dropped[PH_DROP_OUTCOME]++;
        } else if (lacks(f, roles->group, i)) {
            r->dropped[PH_DROP_GROUP]++;
        } else if (lacks(f, roles->key, i)) {
            r->dropped[PH_DROP_UNIT]++;
        } else {
            rows[n++] = (struct keyed){ .row = i,
                .value = ev_cell(f, roles->outcome, i),
                .weight = roles->trials == PH_NONE ? 1 : ev_cell(f, roles->trials, i),
                .group = roles->group != PH_NONE && ev_cell(f, roles->group, i) == 1,
                .key = roles->key == PH_NONE ? 0 : ev_cell_key(f, roles->key, i) };
        }
    }
    r->n = n;
    r->n_dropped = f->rows - n;
    ev_warn_dropped(r);
    if (n == 0) {
        ev_give_back(c, rows);
        return ev_complain(
            c, PH_DATA, "No row of %zu has all the values that are needed.", f->rows);
    }
    *ret_rows = rows;
    return PH_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

enum ph_status ev_gather_clusters(struct ph_context *c, struct keyed *rows, size_t n,
    struct cluster **ret_clusters, size_t *ret_count)
{
    struct cluster *clusters = ev_take(c, n, sizeof(*clusters));
    if (!clusters) {
        return PH_NO_MEMORY;
    }
    qsort(rows, n, sizeof(*rows), by_key); // a total order, so the same with every library
    size_t count = 0;
    double carry = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || rows[i].key != rows[i - 1].key || rows[i].group != rows[i - 1].group) {
            clusters[count++] = (struct cluster){
                .key = rows[i].key, .group = rows[i].group, .first_row = rows[i].row
            };
            carry = 0;
        }
        struct cluster *k = &clusters[count - 1];
        k->rows++;
        k->weight += rows[i].weight;
        double y = rows[i].value - carry; // Kahan's compensation
        double t = k->total + y;
        carry = (t - k->total) - y;
        k->total = t;
    }
    *ret_clusters = clusters;
    *ret_count = count;
    return PH_OK;
}

static enum ph_status check_apart(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, const struct cluster *k, size_t n)
{
    char buf[24];
    for (size_t i = 1; i < n; i++) {
        if (k[i].key == k[i - 1].key) {
            return ev_complain(c, PH_DATA,
                "Row %zu, %s: this one is in both groups; row %zu has it in the other.",
                ev_row(f, k[i].first_row), ev_column_name(f, roles->key, buf, sizeof(buf)),
                ev_row(f, k[i - 1].first_row));
        }
    }
    return PH_OK;
}

// Places a value for each cluster at the place that its group has in G's values.
static enum ph_status cluster_means(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, size_t n, bool apart, struct two_groups *g)
{
    struct cluster *k = NULL;
    size_t count = 0;
    enum ph_status status = ev_gather_clusters(c, rows, n, &k, &count);
    if (status == PH_OK && apart) {
        status = check_apart(c, f, roles, k, count);
    }
    size_t smallest = SIZE_MAX;
    size_t largest = 0;
    for (size_t i = 0; status == PH_OK && i < count; i++) {
        g->count[k[i].group]++;
        g->rows[k[i].group] += k[i].rows;
        smallest = k[i].rows < smallest ? k[i].rows : smallest;
        largest = k[i].rows > largest ? k[i].rows : largest;
        if (!(k[i].weight > 0)) {
            status = ev_complain(c, PH_DATA, "Row %zu: the cluster that begins here has no trials.",
                ev_row(f, k[i].first_row));
        }
    }
    g->uneven = status == PH_OK && largest > 4 * smallest;
    g->repeated = largest > 1;
    size_t at[2] = { 0, g->count[0] };
    for (size_t i = 0; status == PH_OK && i < count; i++) {
        g->values[at[k[i].group]++] = k[i].total / k[i].weight;
    }
    ev_give_back(c, k);
    return status;
}

enum ph_status ev_gather_groups(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, size_t n, bool apart,
    struct two_groups *ret_groups)
{
    struct two_groups g = { .values = ev_take(c, n, sizeof(double)) };
    if (!g.values) {
        return PH_NO_MEMORY;
    }
    enum ph_status status = PH_OK;
    if (roles->key != PH_NONE) {
        status = cluster_means(c, f, roles, rows, n, apart, &g);
    } else {
        for (size_t i = 0; i < n; i++) {
            g.count[rows[i].group]++;
        }
        size_t at[2] = { 0, g.count[0] };
        for (size_t i = 0; i < n; i++) {
            g.values[at[rows[i].group]++] = rows[i].value;
        }
        g.rows[0] = g.count[0];
        g.rows[1] = g.count[1];
    }
    for (int k = 0; status == PH_OK && k < 2; k++) {
        if (g.count[k] < 2) {
            status = ev_complain(c, PH_DATA,
                "The group with %s %d has %zu %s with values; at least 2 are needed.",
                roles->group_word, k, g.count[k], roles->key == PH_NONE ? "rows" : roles->key_word);
        }
    }
    if (status != PH_OK) {
        ev_give_back(c, g.values);
        return status;
    }
    *ret_groups = g;
    return PH_OK;
}
