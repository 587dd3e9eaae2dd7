// SPDX-License-Identifier: Apache-2.0
#include "did_scores.h"
#include "matrix.h"

enum { NEWTON_ROUNDS = 40 };
static const double TRIM = 0.995; // comparison rows at least this likely to be treated don't count

// ---- Small dense algebra
// -------------------------------------------------------------------------

// The inverse of a symmetric positive definite matrix in place, by Cholesky; false when a column
// depends on those before it.
static bool invert(double *a, size_t k)
{
    double l[DID_COVARIATES_MAX * DID_COVARIATES_MAX];
    memcpy(l, a, k * k * sizeof(*l));
    for (size_t i = 0; i < k; i++) {
        if (!ev_cholesky_row(l, k, i, 1e-12)) {
            return false;
        }
    }
    for (size_t column = 0; column < k; column++) {
        double e[DID_COVARIATES_MAX] = { 0 };
        e[column] = 1;
        ev_lower_solve(l, k, k, e);
        ev_lower_solve_transposed(l, k, k, e);
        for (size_t i = 0; i < k; i++) {
            a[i * k + column] = e[i];
        }
    }
    return true;
}

static double dot(const double *a, const double *b, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static void product(const double *a, const double *v, size_t k, double *ret)
{
    for (size_t i = 0; i < k; i++) {
        ret[i] = dot(a + i * k, v, k);
    }
}

// ---- The two models
// ------------------------------------------------------------------------------

// A model's coefficients and the matrix that turns a row's score into its influence on them: the
// inverse of the mean of (weight * x x').
struct model {
    double beta[DID_COVARIATES_MAX];
    double inverse[DID_COVARIATES_MAX * DID_COVARIATES_MAX];
};

// Which rows an outcome model is fitted to.
struct part {
    bool treated;
    int post; // -1: a panel, all
};

static bool in_part(const struct did_rows *r, const struct part *p, size_t i)
{
    return r->treated[i] == p->treated && (p->post < 0 || r->post[i] == (p->post == 1));
}

static enum ph_status fit_outcome(
    struct ph_context *c, const struct did_rows *r, const struct part *p, struct model *ret)
{
    size_t k = r->k;
    double moment[DID_COVARIATES_MAX] = { 0 };
    size_t count = 0;
    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < r->n; i++) {
        if (!in_part(r, p, i)) {
            continue;
        }
        const double *x = r->x + i * k;
        count++;
        for (size_t a = 0; a < k; a++) {
            moment[a] += x[a] * r->y[i];
            for (size_t b = 0; b <= a; b++) {
                ret->inverse[a * k + b] += x[a] * x[b];
            }
        }
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b <= a; b++) {
            ret->inverse[a * k + b] /= (double)r->n;
            ret->inverse[b * k + a] = ret->inverse[a * k + b];
        }
        moment[a] /= (double)r->n;
    }
    if (count < k || !invert(ret->inverse, k)) {
        return ev_complain(c, PH_DATA,
            "%zu rows of the %s group cannot carry a model of %zu covariates: they are too few, or "
            "a covariate is constant or follows from the others among them.",
            count, p->treated ? "treated" : "comparison", k - 1);
    }
    product(ret->inverse, moment, k, ret->beta);
    return PH_OK;
}

static double chance(double linear)
{
    return linear > 0 ? 1 / (1 + exp(-linear)) : exp(linear) / (1 + exp(linear));
}

// The log likelihood of the logit and, for Newton's step, its slope and curvature, as means.
static double likelihood(const struct did_rows *r, const double *beta, double *slope, double *curve)
{
    size_t k = r->k;
    double sum = 0;
    memset(slope, 0, k * sizeof(double));
    memset(curve, 0, k * k * sizeof(double));
    for (size_t i = 0; i < r->n; i++) {
        const double *x = r->x + i * k;
        double linear = dot(x, beta, k);
        double p = chance(linear);
        double signed_linear = r->treated[i] ? linear : -linear;
        sum += signed_linear > 0 ? -log1p(exp(-signed_linear))
                                 : signed_linear - log1p(exp(signed_linear));
        for (size_t a = 0; a < k; a++) {
            slope[a] += x[a] * ((r->treated[i] ? 1 : 0) - p) / (double)r->n;
            for (size_t b = 0; b <= a; b++) {
                curve[a * k + b] += x[a] * x[b] * p * (1 - p) / (double)r->n;
            }
        }
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b < a; b++) {
            curve[b * k + a] = curve[a * k + b];
        }
    }
    return sum / (double)r->n;
}

// Newton's method with halved steps. Groups that separate have no maximum: the curvature vanishes.
static enum ph_status fit_propensity(
    struct ph_context *c, const struct did_rows *r, struct model *ret)
{
    size_t k = r->k;
    double slope[DID_COVARIATES_MAX];
    double step[DID_COVARIATES_MAX];
    double tried[DID_COVARIATES_MAX];
    double next[DID_COVARIATES_MAX];
    double curve[DID_COVARIATES_MAX * DID_COVARIATES_MAX];
    memset(ret, 0, sizeof(*ret));
    double value = likelihood(r, ret->beta, slope, ret->inverse);
    for (int round = 0; round < NEWTON_ROUNDS; round++) {
        if (!invert(ret->inverse, k)) {
            break;
        }
        product(ret->inverse, slope, k, step);
        double gain = dot(step, slope, k);
        if (gain < 1e-22) {
            return PH_OK;
        }
        double length = 1;
        double better = -INFINITY;
        for (int halving = 0; halving < 30 && !(better >= value - 1e-14); halving++, length /= 2) {
            for (size_t a = 0; a < k; a++) {
                tried[a] = ret->beta[a] + length * step[a];
            }
            better = likelihood(r, tried, next, curve);
        }
        value = better;
        memcpy(ret->beta, tried, k * sizeof(double));
        memcpy(slope, next, k * sizeof(double));
        memcpy(ret->inverse, curve, k * k * sizeof(double));
    }
    return ev_complain(c, PH_DATA,
        "The covariates tell the treated from the comparison units without error, or nearly: there "
        "is no comparison. Leave a covariate out, or use outcome regression alone.");
}

// ---- The estimate
// --------------------------------------------------------------------------------

// Everything one estimate needs. An outcome model is kept for the comparison group and, where
// periods are different rows, for each group in each period: [treated][post].
struct scoring {
    const struct did_rows *r;
    double *influence;
    bool regresses;
    struct model propensity;
    struct model outcome[2][2];
    double *odds; // [n], of comparison rows; 0 where trimmed; NULL without weights
};

// What is averaged in one term.
enum value {
    RAW,              // y
    RESIDUAL,         // y less the comparison model of the row's own period
    COMPARISON_MODEL, // of MODEL_POST
    GAP_OF_MODELS,    // treated less comparison, of MODEL_POST
};

// The effect is a sum of weighted means with a sign each. Weights are 1 in the treated group, or
// the odds of treatment in the comparison group, within one period or all.
struct term {
    double sign;
    enum value value;
    bool by_odds;
    int post; // -1: all
    int model_post;
};

static double weight_of(const struct scoring *s, const struct term *t, size_t i)
{
    const struct did_rows *r = s->r;
    if (t->post >= 0 && r->post[i] != (t->post == 1)) {
        return 0;
    }
    if (t->by_odds) {
        return r->treated[i] ? 0 : s->odds ? s->odds[i] : 1;
    }
    return r->treated[i] ? 1 : 0;
}

static double predict(const struct scoring *s, bool treated, int post, size_t i)
{
    return s->regresses ? dot(s->r->x + i * s->r->k, s->outcome[treated][post == 1].beta, s->r->k)
                        : 0;
}

static int own_period(const struct scoring *s, size_t i)
{
    return s->r->post && s->r->post[i] ? 1 : 0;
}

static double value_of(const struct scoring *s, const struct term *t, size_t i)
{
    double compared = 0;
    switch (t->value) {
    case RAW:
        return s->r->y[i];
    case RESIDUAL:
        return s->r->y[i] - predict(s, false, own_period(s, i), i);
    case COMPARISON_MODEL:
        return predict(s, false, t->model_post, i);
    case GAP_OF_MODELS:
        compared = predict(s, false, t->model_post, i);
        return predict(s, true, t->model_post, i) - compared;
    }
    return NAN;
}

// Influence of the outcome model of one part, given the derivative of the effect by its
// coefficients.
static void spread_outcome(
    const struct scoring *s, const struct part *p, const struct model *m, const double *slope)
{
    const struct did_rows *r = s->r;
    double g[DID_COVARIATES_MAX];
    product(m->inverse, slope, r->k, g);
    for (size_t i = 0; i < r->n; i++) {
        if (in_part(r, p, i)) {
            const double *x = r->x + i * r->k;
            s->influence[i] += (r->y[i] - dot(x, m->beta, r->k)) * dot(x, g, r->k);
        }
    }
}

static void spread_propensity(const struct scoring *s, const double *slope)
{
    const struct did_rows *r = s->r;
    double g[DID_COVARIATES_MAX];
    product(s->propensity.inverse, slope, r->k, g);
    for (size_t i = 0; i < r->n; i++) {
        const double *x = r->x + i * r->k;
        double p = chance(dot(x, s->propensity.beta, r->k));
        s->influence[i] += ((r->treated[i] ? 1 : 0) - p) * dot(x, g, r->k);
    }
}

// Slopes of the effect by the models' coefficients, gathered over the terms.
struct slopes {
    double outcome[2][2][DID_COVARIATES_MAX];
    double propensity[DID_COVARIATES_MAX];
};

static void add_slopes(const struct scoring *s, const struct term *t, size_t i, double weight,
    double excess, struct slopes *d)
{
    const double *x = s->r->x + i * s->r->k;
    int period = t->value == RESIDUAL ? own_period(s, i) : t->model_post;
    double compared = t->value == RAW ? 0 : t->value == COMPARISON_MODEL ? 1 : -1;
    double treated = t->value == GAP_OF_MODELS ? 1 : 0;
    for (size_t a = 0; a < s->r->k; a++) {
        double share = weight * x[a];
        d->outcome[0][period][a] += compared * share;
        d->outcome[1][period][a] += treated * share;
        // The odds p / (1 - p) = exp(x'b) move with b by themselves times x.
        d->propensity[a] += t->by_odds ? share * excess : 0;
    }
}

static enum ph_status add_term(struct ph_context *c, const struct scoring *s, const struct term *t,
    double *effect, struct slopes *d)
{
    const struct did_rows *r = s->r;
    double weights = 0;
    double sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        double w = weight_of(s, t, i);
        weights += w;
        sum += w != 0 ? w * value_of(s, t, i) : 0;
    }
    if (!(weights > 0)) {
        return ev_complain(c, PH_DATA,
            t->by_odds ? "No comparison unit resembles the treated ones."
                       : "A group has no row in one of the periods.");
    }
    double mean = sum / weights;
    double scale = t->sign * (double)r->n / weights;
    for (size_t i = 0; i < r->n; i++) {
        double w = weight_of(s, t, i);
        if (w != 0) {
            double excess = value_of(s, t, i) - mean;
            s->influence[i] += scale * w * excess;
            add_slopes(s, t, i, scale * w / (double)r->n, excess, d);
        }
    }
    *effect += t->sign * mean;
    return PH_OK;
}

// Without an outcome model its predictions are 0, without a propensity model the odds are 1.
static const struct term panel_both[] = {
    { .sign = 1, .value = RESIDUAL, .post = -1 },
    { .sign = -1, .value = RESIDUAL, .post = -1, .by_odds = true },
};
static const struct term panel_regression[] = {
    { .sign = 1, .value = RESIDUAL, .post = -1 },
};
// Separate rows; the last four make the estimate locally efficient (Sant'Anna & Zhao 2020, eq.
// 3.4).
static const struct term rows_both[] = {
    { .sign = 1, .value = RESIDUAL, .post = 1 },
    { .sign = -1, .value = RESIDUAL, .post = 0 },
    { .sign = -1, .value = RESIDUAL, .post = 1, .by_odds = true },
    { .sign = 1, .value = RESIDUAL, .post = 0, .by_odds = true },
    { .sign = 1, .value = GAP_OF_MODELS, .post = -1, .model_post = 1 },
    { .sign = -1, .value = GAP_OF_MODELS, .post = 1, .model_post = 1 },
    { .sign = -1, .value = GAP_OF_MODELS, .post = -1, .model_post = 0 },
    { .sign = 1, .value = GAP_OF_MODELS, .post = 0, .model_post = 0 },
};
enum { ROWS_WEIGHTED = 4 };
static const struct term rows_regression[] = {
    { .sign = 1, .value = RAW, .post = 1 },
    { .sign = -1, .value = RAW, .post = 0 },
    { .sign = -1, .value = COMPARISON_MODEL, .post = -1, .model_post = 1 },
    { .sign = 1, .value = COMPARISON_MODEL, .post = -1, .model_post = 0 },
};

static const struct term *terms_of(
    const struct did_rows *r, enum ph_did_estimator estimator, size_t *ret_n)
{
    bool regression = estimator == PH_DID_REGRESSION;
    if (!r->post) {
        *ret_n = regression ? 1 : 2;
        return regression ? panel_regression : panel_both;
    }
    *ret_n = estimator == PH_DID_DOUBLY_ROBUST ? sizeof(rows_both) / sizeof(rows_both[0])
                                               : ROWS_WEIGHTED;
    return regression ? rows_regression : rows_both;
}

static enum ph_status fit_outcomes(struct ph_context *c, struct scoring *s, bool treated_too)
{
    if (!s->r->post) {
        return fit_outcome(c, s->r, &(struct part){ false, -1 }, &s->outcome[0][0]);
    }
    enum ph_status status = PH_OK;
    for (int g = 0; status == PH_OK && g <= treated_too; g++) {
        for (int post = 0; status == PH_OK && post < 2; post++) {
            status = fit_outcome(c, s->r, &(struct part){ g, post }, &s->outcome[g][post]);
        }
    }
    return status;
}

static enum ph_status fit_odds(
    struct ph_context *c, struct scoring *s, double *odds, struct did_score *ret)
{
    const struct did_rows *r = s->r;
    enum ph_status status = fit_propensity(c, r, &s->propensity);
    ret->most_likely = 0;
    for (size_t i = 0; status == PH_OK && i < r->n; i++) {
        double p = chance(dot(r->x + i * r->k, s->propensity.beta, r->k));
        if (r->treated[i]) {
            continue;
        }
        ret->most_likely = fmax(ret->most_likely, p);
        ret->trimmed += p >= TRIM;
        odds[i] = p >= TRIM ? 0 : p / (1 - p);
    }
    s->odds = odds;
    return status;
}

static void spread(struct scoring *s, const struct slopes *d)
{
    bool panel = !s->r->post;
    for (int g = 0; s->regresses && g < 2; g++) {
        for (int post = 0; post < 2; post++) {
            bool fitted = s->outcome[g][post].inverse[0] != 0;
            if (fitted) {
                spread_outcome(s, &(struct part){ g, panel ? -1 : post }, &s->outcome[g][post],
                    d->outcome[g][post]);
            }
        }
    }
    if (s->odds) {
        spread_propensity(s, d->propensity);
    }
}

enum ph_status ev_did_score(struct ph_context *c, const struct did_rows *rows,
    enum ph_did_estimator estimator, struct did_score *ret_score, double *influence)
{
    struct did_score score = { .most_likely = NAN };
    struct scoring s = {
        .r = rows, .influence = influence, .regresses = estimator != PH_DID_WEIGHTING
    };
    struct slopes slopes = { 0 };
    memset(influence, 0, rows->n * sizeof(double));
    enum ph_status status = PH_OK;
    if (s.regresses) {
        status = fit_outcomes(c, &s, estimator == PH_DID_DOUBLY_ROBUST);
    }
    double *odds = NULL;
    // With the intercept alone every comparison row has the same odds, which cancel.
    if (status == PH_OK && estimator != PH_DID_REGRESSION && rows->k > 1) {
        odds = ev_take(c, rows->n, sizeof(double));
        status = odds ? fit_odds(c, &s, odds, &score) : PH_NO_MEMORY;
    }
    size_t n = 0;
    const struct term *terms = terms_of(rows, estimator, &n);
    for (size_t i = 0; status == PH_OK && i < n; i++) {
        status = add_term(c, &s, &terms[i], &score.att, &slopes);
    }
    if (status == PH_OK) {
        spread(&s, &slopes);
        *ret_score = score;
    }
    ev_give_back(c, odds);
    return status;
}
