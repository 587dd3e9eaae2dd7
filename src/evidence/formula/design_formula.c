// SPDX-License-Identifier: Apache-2.0
// The columns that a formula stands for. Factors get treatment contrasts against their first level
// where the model holds the rest of their term, and all their levels elsewhere, as in R.
#include "internal.h"

#include "design.h"
#include "sums.h"

enum { NAME_MAX_LEN = 400 };

struct builder {
    struct ev_design *d;
    struct ev_formula *f;
    struct ev_groups levels[EV_FACTORS_MAX]; // of the factors that have levels
};

static enum ph_status bind(struct builder *b)
{
    struct ph_context *c = b->d->c;
    enum ph_status status = ev_expr_bind(c, &b->f->y, b->d->f);
    for (size_t i = 0; status == PH_OK && i < b->f->n_factors; i++) {
        struct ev_factor *f = &b->f->factor[i];
        if (!f->levels) {
            status = ev_expr_bind(c, &f->expr, b->d->f);
            continue;
        }
        f->column = ev_column_named(b->d->f, f->key, PH_KEY);
        if (f->column == PH_NONE) {
            status = ev_complain(c, PH_INVALID, "There is no column %.100s with keys.", f->key);
        }
    }
    return status;
}

static enum ph_status choose_rows(struct builder *b, struct ph_result *r)
{
    struct ev_design *d = b->d;
    enum ph_status status = PH_OK;
    ev_design_need_expr(d, &b->f->y, PH_DROP_OUTCOME);
    for (size_t i = 0; status == PH_OK && i < b->f->n_factors; i++) {
        const struct ev_factor *f = &b->f->factor[i];
        if (f->levels) {
            status = ev_design_need(d, f->column, PH_KEY, PH_DROP_COVARIATE, "factor's");
        } else {
            ev_design_need_expr(d, &f->expr, PH_DROP_COVARIATE);
        }
    }
    for (size_t i = 0; status == PH_OK && i < b->f->n_absorbed; i++) {
        int32_t column = ev_column_named(d->f, b->f->absorbed[i], PH_KEY);
        status = column == PH_NONE ? ev_complain(d->c, PH_INVALID,
                                         "There is no column %.100s with keys.", b->f->absorbed[i])
                                   : ev_design_absorb(d, column);
    }
    return status == PH_OK ? ev_design_settle(d, r) : status;
}

// A column's cells into TO, checked on the way.
static enum ph_status copy_column(const struct ev_design *d, int32_t column, double *to)
{
    const double *from = d->f->column[column].real;
    enum ph_status status = PH_OK;
    if (d->row) {
        status = ev_column_check(d->c, d->f, column, PH_REAL, "formula's");
        for (size_t i = 0; status == PH_OK && i < d->n; i++) {
            to[i] = from[d->row[i]];
        }
        return status;
    }
    for (size_t at = 0; status == PH_OK && at < d->n; at += EV_BLOCK) {
        size_t rows = ev_block(at, d->n);
        memcpy(to + at, from + at, rows * sizeof(*to));
        if (!ev_all_fit(to + at, rows)) {
            status = ev_column_check(d->c, d->f, column, PH_REAL, "formula's"); // says where
        }
    }
    return status;
}

// Multiplies TO by the expression's values; FIRST: puts them there.
static enum ph_status multiply(
    const struct ev_design *d, const struct ev_expr *e, const char *text, bool first, double *to)
{
    if (e->n == 1 && e->step[0].op == EV_OP_COLUMN) {
        int32_t column = e->step[0].name;
        if (first) {
            return copy_column(d, column, to);
        }
        enum ph_status status = ev_column_check(d->c, d->f, column, PH_REAL, "formula's");
        for (size_t i = 0; status == PH_OK && i < d->n; i++) {
            to[i] *= d->f->column[column].real[ev_design_row(d, i)];
        }
        return status;
    }
    for (size_t i = 0; i < d->n; i++) {
        double v = ev_expr_value(e, d->f, ev_design_row(d, i));
        if (!(fabs(v) < EV_LARGEST)) {
            return ev_complain(d->c, PH_DATA, "Row %zu: %.80s is %s there.",
                ev_row(d->f, ev_design_row(d, i)), text,
                isfinite(v) ? "too large to compute with" : "not a finite number");
        }
        to[i] = first ? v : to[i] * v;
    }
    return PH_OK;
}

static void ones(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = 1;
    }
}

static enum ph_status number_levels(struct builder *b)
{
    enum ph_status status = PH_OK;
    for (size_t i = 0; status == PH_OK && i < b->f->n_factors; i++) {
        const struct ev_factor *f = &b->f->factor[i];
        if (f->levels) {
            status = ev_design_groups(b->d, f->column, &b->levels[i]);
        }
        bool alone = status == PH_OK && f->levels && b->levels[i].n == 1;
        if (alone && (b->f->intercept || b->d->n_absorbed > 0)) {
            char buf[24];
            status = ev_complain(b->d->c, PH_DATA,
                "%s is the same in all %zu rows that are used, so factor() makes nothing of it: "
                "leave it out of the formula.",
                ev_column_name(b->d->f, f->column, buf, sizeof(buf)), b->d->n);
        }
    }
    return status;
}

// Whether the model holds term T without factor WHICH of it.
static bool has_rest(const struct builder *b, const struct ev_term *t, size_t which)
{
    if (t->n == 1) {
        return b->d->constant || b->d->n_absorbed > 0;
    }
    for (size_t i = 0; i < b->f->n_terms; i++) {
        const struct ev_term *o = &b->f->term[i];
        size_t same = 0;
        for (size_t k = 0; o->n + 1 == t->n && k < t->n; k++) {
            same += k != which && o->factor[k - (k > which)] == t->factor[k];
        }
        if (o->n + 1 == t->n && same == o->n) {
            return true;
        }
    }
    return false;
}

// The key of level L, found at any row of it.
static int32_t key_at_level(const struct builder *b, size_t factor, int32_t level)
{
    const struct ev_groups *g = &b->levels[factor];
    for (size_t i = 0; i < b->d->n; i++) {
        if (g->of[i] == level) {
            return b->d->f->column[g->column].key[ev_design_row(b->d, i)];
        }
    }
    return 0;
}

// One column of term T: its factors with levels at LEVEL.
static enum ph_status add_column(
    struct builder *b, const struct ev_term *t, const int32_t level[EV_TERM_FACTORS_MAX])
{
    struct ev_design *d = b->d;
    char name[NAME_MAX_LEN] = "";
    size_t len = 0;
    for (size_t k = 0; k < t->n; k++) {
        const struct ev_factor *f = &b->f->factor[t->factor[k]];
        char buf[16];
        const char *word = "";
        if (f->levels) {
            word = ev_key_name(
                d->f, f->column, key_at_level(b, t->factor[k], level[k]), buf, sizeof(buf));
        }
        int more =
            snprintf(name + len, sizeof(name) - len, "%s%.100s%.60s", k ? ":" : "", f->text, word);
        len += more > 0 && (size_t)more < sizeof(name) - len ? (size_t)more : 0;
    }
    double *x = ev_design_add(d, name);
    if (!x) {
        return PH_TOO_LARGE;
    }
    enum ph_status status = PH_OK;
    for (size_t k = 0; status == PH_OK && k < t->n; k++) {
        const struct ev_factor *f = &b->f->factor[t->factor[k]];
        if (!f->levels) {
            status = multiply(d, &f->expr, f->text, k == 0, x);
            continue;
        }
        const int32_t *of = b->levels[t->factor[k]].of;
        for (size_t i = 0; i < d->n; i++) {
            x[i] = of[i] != level[k] ? 0 : k == 0 ? 1 : x[i];
        }
    }
    return status;
}

static enum ph_status add_term(struct builder *b, const struct ev_term *t)
{
    int32_t first[EV_TERM_FACTORS_MAX] = { 0 };
    int32_t level[EV_TERM_FACTORS_MAX] = { 0 };
    for (size_t k = 0; k < t->n; k++) {
        const struct ev_groups *g = &b->levels[t->factor[k]];
        first[k] = b->f->factor[t->factor[k]].levels && has_rest(b, t, k);
        level[k] = first[k];
        if (g->of && first[k] >= (int32_t)g->n) {
            return PH_OK; // a factor of one level adds nothing
        }
    }
    for (;;) {
        enum ph_status status = add_column(b, t, level);
        if (status != PH_OK) {
            return status;
        }
        size_t k = 0;
        for (; k < t->n; k++) {
            const struct ev_groups *g = &b->levels[t->factor[k]];
            if (g->of && level[k] + 1 < (int32_t)g->n) {
                level[k]++;
                break;
            }
            level[k] = first[k];
        }
        if (k == t->n) {
            return PH_OK;
        }
    }
}

static enum ph_status fill(struct builder *b)
{
    struct ev_design *d = b->d;
    double *y = ev_design_outcome(d);
    if (!y) {
        return PH_NO_MEMORY;
    }
    enum ph_status status = multiply(d, &b->f->y, "the outcome", true, y);
    d->constant = b->f->intercept && d->n_absorbed == 0;
    if (status == PH_OK && d->constant) {
        double *one = ev_design_add(d, "(intercept)");
        if (!one) {
            return PH_NO_MEMORY;
        }
        ones(one, d->n);
    }
    for (size_t t = 0; status == PH_OK && t < b->f->n_terms; t++) {
        status = add_term(b, &b->f->term[t]);
    }
    return status;
}

enum ph_status ev_design_formula(
    struct ev_design *d, struct ev_formula *formula, struct ph_result *r)
{
    struct builder *b = ev_take(d->c, 1, sizeof(*b));
    if (!b) {
        return PH_NO_MEMORY;
    }
    b->d = d;
    b->f = formula;
    enum ph_status status = bind(b);
    status = status == PH_OK ? choose_rows(b, r) : status;
    status = status == PH_OK ? number_levels(b) : status;
    status = status == PH_OK ? fill(b) : status;
    for (size_t i = 0; i < EV_FACTORS_MAX; i++) {
        ev_give_back(d->c, b->levels[i].of);
    }
    ev_give_back(d->c, b);
    return status;
}
