// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "formula.h"

#include <stdlib.h>

struct reader {
    struct ph_context *c;
    const char *at;
    const char *end;
    struct ev_formula *f;
};

static enum ph_status wrong(struct reader *r, const char *words)
{
    int rest = (int)(r->end - r->at < 20 ? r->end - r->at : 20);
    return ev_complain(r->c, PH_INVALID, "In the formula%s%.*s%s: %s.", rest ? " at \"" : "", rest,
        r->at, rest ? "\"" : ", at its end", words);
}

static bool accept(struct reader *r, char sign)
{
    ev_skip_blanks(&r->at, r->end);
    if (r->at == r->end || *r->at != sign) {
        return false;
    }
    r->at++;
    return true;
}

static void factor_release(struct ph_context *c, struct ev_factor *f)
{
    ev_give_back(c, f->text);
    ev_give_back(c, f->key);
    ev_expr_release(c, &f->expr);
}

// factor(name), AT being behind the bracket.
static enum ph_status read_levels(struct reader *r, struct ev_factor *f)
{
    f->levels = true;
    ev_skip_blanks(&r->at, r->end);
    f->key = ev_word(r->c, &r->at, r->end);
    if (!f->key || !accept(r, ')')) {
        return wrong(r, "factor() takes the name of one column");
    }
    return PH_OK;
}

// The end of a name or of a call: behind the bracket that closes it.
static const char *factor_end(const char *at, const char *end)
{
    int depth = 0;
    bool quoted = false;
    for (; at < end; at++) {
        quoted ^= *at == '`';
        depth += !quoted && *at == '(';
        if (!quoted && *at == ')' && --depth <= 0) {
            return depth == 0 ? at + 1 : at;
        }
        if (!quoted && depth == 0 && strchr(" \t\n+-*:~|", *at)) {
            return at;
        }
    }
    return at;
}

// A factor at AT as its place among the formula's.
static enum ph_status read_factor(struct reader *r, size_t *ret_place)
{
    struct ev_formula *f = r->f;
    struct ev_factor made = { .column = PH_NONE };
    ev_skip_blanks(&r->at, r->end);
    const char *from = r->at;
    const char *to = factor_end(from, r->end);
    size_t len = (size_t)(to - from);
    if (len == 0 || strchr("0123456789(", *from)) {
        return wrong(r, "a term is a column, a function such as log(x) or I(x > 3), or factor(g)");
    }
    for (size_t i = 0; i < f->n_factors; i++) {
        if (strlen(f->factor[i].text) == len && strncmp(f->factor[i].text, from, len) == 0) {
            r->at = to;
            *ret_place = i;
            return PH_OK;
        }
    }
    if (f->n_factors == EV_FACTORS_MAX) {
        return ev_complain(r->c, PH_TOO_LARGE, "A formula has %d factors at most.", EV_FACTORS_MAX);
    }
    enum ph_status status = PH_OK;
    if (len > 7 && strncmp(from, "factor(", 7) == 0) {
        r->at += 7;
        status = read_levels(r, &made);
    } else {
        status = ev_expr_parse(r->c, &r->at, to, &made.expr);
    }
    if (status == PH_OK && r->at != to) {
        status = wrong(r, "this is not understood");
    }
    if (status == PH_OK && !(made.text = ev_take(r->c, len + 1, 1))) {
        status = PH_NO_MEMORY;
    }
    if (status != PH_OK) {
        factor_release(r->c, &made);
        return status;
    }
    memcpy(made.text, from, len);
    *ret_place = f->n_factors;
    f->factor[f->n_factors++] = made;
    return PH_OK;
}

static bool same_term(const struct ev_term *a, const struct ev_term *b)
{
    return a->n == b->n && memcmp(a->factor, b->factor, a->n * sizeof(a->factor[0])) == 0;
}

static enum ph_status add_term(struct reader *r, const struct ev_term *t)
{
    struct ev_formula *f = r->f;
    for (size_t i = 0; i < f->n_terms; i++) {
        if (same_term(&f->term[i], t)) {
            return PH_OK;
        }
    }
    if (f->n_terms == EV_TERMS_MAX) {
        return ev_complain(r->c, PH_TOO_LARGE, "A formula has %d terms at most.", EV_TERMS_MAX);
    }
    f->term[f->n_terms++] = *t;
    return PH_OK;
}

static int by_place(const void *a, const void *b)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

// FACTOR[0..n) as a term. A factor times itself is itself.
static struct ev_term term_of(const size_t *factor, size_t n)
{
    struct ev_term t = { 0 };
    size_t sorted[EV_TERM_FACTORS_MAX];
    memcpy(sorted, factor, n * sizeof(sorted[0]));
    qsort(sorted, n, sizeof(sorted[0]), by_place);
    for (size_t i = 0; i < n; i++) {
        if (t.n == 0 || t.factor[t.n - 1] != sorted[i]) {
            t.factor[t.n++] = sorted[i];
        }
    }
    return t;
}

// factor ((:|*) factor)*. a*b:c is read from left to right: with * anywhere, all parts of the whole
// product are terms.
static enum ph_status read_term(struct reader *r)
{
    size_t factor[EV_TERM_FACTORS_MAX];
    size_t n = 0;
    bool star = false;
    do {
        if (n == EV_TERM_FACTORS_MAX) {
            return ev_complain(r->c, PH_TOO_LARGE, "A product has %d factors at most.", (int)n);
        }
        enum ph_status status = read_factor(r, &factor[n++]);
        if (status != PH_OK) {
            return status;
        }
        ev_skip_blanks(&r->at, r->end);
        star = star || (r->at < r->end && *r->at == '*');
    } while (accept(r, '*') || accept(r, ':'));
    enum ph_status status = PH_OK;
    unsigned all = (1U << n) - 1;
    for (unsigned set = star ? 1 : all; status == PH_OK && set <= all; set++) {
        size_t part[EV_TERM_FACTORS_MAX] = { 0 };
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            if (set & (1U << i)) {
                part[m++] = factor[i];
            }
        }
        struct ev_term t = term_of(part, m);
        status = add_term(r, &t);
    }
    return status;
}

// "1", "0", AT being behind a + or - or at the start.
static bool read_intercept(struct reader *r, bool minus)
{
    ev_skip_blanks(&r->at, r->end);
    bool number = r->at < r->end && (*r->at == '0' || *r->at == '1');
    bool alone = r->at + 1 == r->end || (r->at + 1 < r->end && strchr(" \t\n+-|", r->at[1]));
    if (!number || !alone) {
        return false;
    }
    r->f->intercept = (*r->at == '1') != minus;
    r->at++;
    return true;
}

static enum ph_status read_terms(struct reader *r)
{
    bool minus = accept(r, '-');
    for (;;) {
        if (!read_intercept(r, minus)) {
            enum ph_status status =
                minus ? wrong(r, "only the intercept can be taken away, by - 1") : read_term(r);
            if (status != PH_OK) {
                return status;
            }
        }
        minus = accept(r, '-');
        if (!minus && !accept(r, '+')) {
            return PH_OK;
        }
    }
}

static enum ph_status read_absorbed(struct reader *r)
{
    do {
        struct ev_formula *f = r->f;
        if (f->n_absorbed == EV_ABSORBED_MAX) {
            return ev_complain(
                r->c, PH_TOO_LARGE, "%d columns can be absorbed at most.", EV_ABSORBED_MAX);
        }
        ev_skip_blanks(&r->at, r->end);
        char *word = ev_word(r->c, &r->at, r->end);
        if (!word) {
            return wrong(r, "the name of a column to absorb is expected");
        }
        f->absorbed[f->n_absorbed++] = word;
        for (size_t i = 0; i + 1 < f->n_absorbed; i++) {
            if (strcmp(f->absorbed[i], word) == 0) {
                return ev_complain(r->c, PH_INVALID, "%.100s is absorbed twice.", word);
            }
        }
    } while (accept(r, '+'));
    return PH_OK;
}

// Fewer factors first, otherwise in the order written: a stable insertion.
static void sort_terms(struct ev_formula *f)
{
    for (size_t i = 1; i < f->n_terms; i++) {
        struct ev_term t = f->term[i];
        size_t j = i;
        for (; j > 0 && f->term[j - 1].n > t.n; j--) {
            f->term[j] = f->term[j - 1];
        }
        f->term[j] = t;
    }
}

static enum ph_status read_all(struct reader *r)
{
    enum ph_status status = ev_expr_parse(r->c, &r->at, r->end, &r->f->y);
    if (status == PH_OK && !accept(r, '~')) {
        status = wrong(r, "a ~ is expected behind the outcome");
    }
    if (status == PH_OK) {
        status = read_terms(r);
    }
    if (status == PH_OK && accept(r, '|')) {
        status = read_absorbed(r);
    }
    ev_skip_blanks(&r->at, r->end);
    if (status == PH_OK && r->at != r->end) {
        status = wrong(r, "this is not understood");
    }
    sort_terms(r->f);
    return status;
}

struct ev_formula *ev_formula_parse(
    struct ph_context *c, const char *text, enum ph_status *ret_status)
{
    size_t len = strlen(text);
    if (len > EV_EXPR_TEXT_MAX) {
        *ret_status =
            ev_complain(c, PH_TOO_LARGE, "The formula is longer than %d bytes.", EV_EXPR_TEXT_MAX);
        return NULL;
    }
    struct ev_formula *f = ev_take(c, 1, sizeof(*f));
    if (!f) {
        *ret_status = PH_NO_MEMORY;
        return NULL;
    }
    f->intercept = true;
    struct reader r = { .c = c, .at = text, .end = text + len, .f = f };
    *ret_status = read_all(&r);
    if (*ret_status != PH_OK) {
        ev_formula_free(c, f);
        return NULL;
    }
    return f;
}

void ev_formula_free(struct ph_context *c, struct ev_formula *f)
{
    if (!f) {
        return;
    }
    for (size_t i = 0; i < f->n_factors; i++) {
        factor_release(c, &f->factor[i]);
    }
    for (size_t i = 0; i < f->n_absorbed; i++) {
        ev_give_back(c, f->absorbed[i]);
    }
    ev_expr_release(c, &f->y);
    ev_give_back(c, f);
}
