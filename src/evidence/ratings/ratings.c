// SPDX-License-Identifier: Apache-2.0
// Severity and quality: from the fit to predictions and their errors.
#include "ratings.h"

// Predictions of the eliminated factor: its own shrunken residue, with the uncertainty that comes
// through the other factor and the mean (Henderson 1975, Biometrics 31:423).
static void predict_large(
    const struct ev_ratings *a, const struct ev_fit *fit, struct ph_rated *out)
{
    size_t q = a->small->n;
    for (size_t i = 0; i < a->large->n; i++) {
        double w = fit->weight[i];
        double through_mean = a->large->count[i];
        double through_small = 0;
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            const double *row = fit->matrix + (size_t)a->other[k] * q;
            through_mean -= fit->ratio[1] * a->count[k] * fit->one[a->other[k]];
            double part = 0.5 * a->count[k] * row[a->other[k]];
            for (size_t l = a->first[i]; l < k; l++) {
                part += a->count[l] * row[a->other[l]];
            }
            through_small += 2 * a->count[k] * part;
        }
        double var =
            w +
            w * w * (fit->ratio[1] * through_small + through_mean * through_mean / fit->precision);
        out[i].effect = a->scale * fit->ratio[0] * fit->residue[i];
        out[i].se = a->scale * sqrt(fit->residual * var);
    }
}

static void predict_small(
    const struct ev_ratings *a, const struct ev_fit *fit, struct ph_rated *out)
{
    size_t q = a->small->n;
    double ratio = fit->ratio[1];
    for (size_t j = 0; j < q; j++) {
        double through_mean = ratio * fit->one[j];
        double var = ratio * fit->matrix[j * q + j] + through_mean * through_mean / fit->precision;
        out[j].effect = a->scale * ratio * fit->slope[j];
        out[j].se = a->scale * sqrt(fit->residual * var);
    }
}

static enum ph_status predict(struct ph_context *c, const struct ev_ratings *a,
    const struct ev_fit *fit, struct ph_ratings_result *out)
{
    out->items = ev_take(c, a->item.n, sizeof(*out->items));
    out->raters = out->items ? ev_take(c, a->rater.n, sizeof(*out->raters)) : NULL;
    if (!out->raters) {
        ev_give_back(c, out->items);
        return PH_NO_MEMORY;
    }
    out->n_items = a->item.n;
    out->n_raters = a->rater.n;
    const struct ev_levels *levels[2] = { &a->item, &a->rater };
    struct ph_rated *rated[2] = { out->items, out->raters };
    for (int x = 0; x < 2; x++) {
        for (size_t i = 0; i < levels[x]->n; i++) {
            rated[x][i].key = levels[x]->key[i];
            rated[x][i].n = (size_t)levels[x]->count[i];
            rated[x][i].raw = a->centre + a->scale * (levels[x]->sum[i] / levels[x]->count[i]);
        }
    }
    predict_large(a, fit, a->items_large ? out->items : out->raters);
    predict_small(a, fit, a->items_large ? out->raters : out->items);
    return PH_OK;
}

static void sum_up(
    const struct ev_ratings *a, const struct ev_fit *fit, bool ml, struct ph_ratings_result *out)
{
    double unit = a->scale * a->scale * fit->residual;
    double df = ml ? (double)a->n : (double)a->n - 1;
    struct ph_result *r = &out->head;
    out->var_residual = unit;
    out->var_item = unit * fit->ratio[a->items_large ? 0 : 1];
    out->var_rater = unit * fit->ratio[a->items_large ? 1 : 0];
    out->log_likelihood = -0.5 * fit->deviance - df * log(a->scale);
    out->agreement = out->var_item / (out->var_item + out->var_rater + unit);
    out->components = a->components;
    out->iterations = fit->iterations;
    r->estimate = a->centre + a->scale * fit->mean;
    r->se = sqrt(unit / fit->precision);
    r->df = INFINITY;
    ev_interval_t(r);
    r->p = NAN; // that the mean rating is zero is nobody's question
    r->clusters = a->item.n;
    r->warnings |= fit->ratio[0] == 0 || fit->ratio[1] == 0 ? PH_WARN_BOUNDARY : 0;
    r->warnings |= a->components > 1 ? PH_WARN_DISCONNECTED : 0;
}

enum ph_status ev_ratings_fit(struct ph_context *c, const struct ph_frame *f,
    const struct ph_ratings_options *o, struct ev_ratings *ret_ratings, struct ev_fit *ret_fit,
    struct ph_ratings_result *ret_result)
{
    *ret_fit = (struct ev_fit){ 0 };
    struct ph_ratings_result out = { .head = ev_result_blank(
                                         o->level, o->ml ? "crossed-random-effects.ml"
                                                         : "crossed-random-effects.reml") };
    enum ph_status status = ev_ratings_read(c, f, o, &out.head, ret_ratings);
    if (status == PH_OK) {
        status = ev_fit_find(c, ret_ratings, o->ml, ret_fit);
    }
    if (status == PH_OK) {
        sum_up(ret_ratings, ret_fit, o->ml, &out);
        status = ev_check_finite(c, &out.head);
    }
    if (status == PH_OK) {
        status = predict(c, ret_ratings, ret_fit, &out);
    }
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}

enum ph_status ph_ratings(struct ph_context *c, const struct ph_frame *f,
    const struct ph_ratings_options *o, struct ph_ratings_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    struct ev_ratings a;
    struct ev_fit fit;
    status = ev_ratings_fit(c, f, o, &a, &fit, ret_result);
    ev_ratings_give_back(c, &a);
    ev_fit_give_back(c, &fit);
    return status;
}

void ph_ratings_release(struct ph_context *c, struct ph_ratings_result *r)
{
    if (c && r) {
        ev_give_back(c, r->items);
        ev_give_back(c, r->raters);
        r->items = r->raters = NULL;
        r->n_items = r->n_raters = 0;
    }
}
