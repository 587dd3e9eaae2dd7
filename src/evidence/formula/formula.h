// SPDX-License-Identifier: Apache-2.0
// Formulas: log(y) ~ post*x + factor(g) | unit + time. Left of ~ an expression; right of it terms
// of factors joined by : (their product) or * (the product and all its parts); a factor is a name,
// a function of an expression, or factor(name) for a column of keys. - 1 or + 0 takes the intercept
// away. Behind | stand the columns of keys that are absorbed.
#pragma once

#include "expr.h"

enum {
    EV_FACTORS_MAX = 128,
    EV_TERMS_MAX = 256,
    EV_TERM_FACTORS_MAX = 6,
    EV_ABSORBED_MAX = 8,
};

struct ev_factor {
    char *text;          // as written, without blanks at its ends
    bool levels;         // factor(name): dummies
    struct ev_expr expr; // else its value
    char *key;           // the column of keys
    int32_t column;      // of the keys, once bound
};

// A product of factors, by their places, in rising order.
struct ev_term {
    size_t n;
    size_t factor[EV_TERM_FACTORS_MAX];
};

struct ev_formula {
    struct ev_expr y;
    struct ev_factor factor[EV_FACTORS_MAX];
    size_t n_factors;
    struct ev_term term[EV_TERMS_MAX]; // those of fewer factors first
    size_t n_terms;
    bool intercept;
    char *absorbed[EV_ABSORBED_MAX];
    size_t n_absorbed;
};

// Fresh, or NULL with the message set and *RET_STATUS.
struct ev_formula *ev_formula_parse(
    struct ph_context *c, const char *text, enum ph_status *ret_status);
void ev_formula_free(struct ph_context *c, struct ev_formula *f);

// Calls EACH for every column that is named, once a place where it is.
typedef void ev_formula_column_fn(void *user, const char *name, enum ph_column_kind kind);
void ev_formula_each_column(const struct ev_formula *f, ev_formula_column_fn *each, void *user);
