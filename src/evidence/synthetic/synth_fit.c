// SPDX-License-Identifier: Apache-2.0
// Weights of one synthetic control. With predictors, weights meet the predictors best in the metric
// V (Abadie, Diamond & Hainmueller 2010, JASA 105:493, section 2.3); V is that with which the
// outcome before the start is met best. That search has many local minima: it is begun at equal
// weights and at each predictor in turn, and the best end is kept.
#include "nelder_mead.h"
#include "synth.h"

enum { ROUNDS_PER_DIMENSION = 150, RESTARTS = 4 };

// K_ij = (a_i - b)'(a_j - b) of the outcomes before the start.
static void outcome_distances(struct synth *s, const struct synth_fit *fit, double *k)
{
    const double *g = s->gram;
    size_t r = s->rows;
    size_t b = fit->target;
    for (size_t i = 0; i < fit->n; i++) {
        size_t row = fit->donor[i] * r;
        for (size_t j = 0; j <= i; j++) {
            double d =
                g[row + fit->donor[j]] - g[row + b] - g[fit->donor[j] * r + b] + g[b * r + b];
            k[i * fit->n + j] = k[j * fit->n + i] = d;
        }
    }
}

static void predictor_distances(struct synth *s, const struct synth_fit *fit, const double *v)
{
    size_t p = s->predictors;
    const double *b = s->x + fit->target * p;
    for (size_t i = 0; i < fit->n; i++) {
        const double *x = s->x + fit->donor[i] * p;
        for (size_t j = 0; j <= i; j++) {
            const double *z = s->x + fit->donor[j] * p;
            double d = 0;
            for (size_t m = 0; m < p; m++) {
                d += v[m] * (x[m] - b[m]) * (z[m] - b[m]);
            }
            s->k[i * fit->n + j] = s->k[j * fit->n + i] = d;
        }
    }
}

static double form(const double *k, const double *w, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; w[i] != 0 && j < n; j++) {
            sum += w[i] * w[j] * k[i * n + j];
        }
    }
    return sum;
}

struct search {
    struct synth *s;
    struct synth_fit *fit;
};

// V from coordinates on the log scale, so that any point of the search is a metric.
static void metric(const double *theta, size_t n, double *v)
{
    double most = theta[0];
    for (size_t i = 1; i < n; i++) {
        most = fmax(most, theta[i]);
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = exp(theta[i] - most);
        sum += v[i];
    }
    for (size_t i = 0; i < n; i++) {
        v[i] /= sum;
    }
}

static double outcome_loss(void *context, const double *theta)
{
    struct search *h = context;
    metric(theta, h->s->predictors, h->fit->v);
    predictor_distances(h->s, h->fit, h->fit->v);
    h->fit->end = ev_simplex_solve(h->s->k, h->fit->n, &h->s->work, h->fit->w);
    return form(h->s->k_outcome, h->fit->w, h->fit->n);
}

static enum ph_status find_metric(struct synth *s, struct synth_fit *fit)
{
    size_t p = s->predictors;
    struct search h = { s, fit };
    double best = INFINITY;
    double theta[PH_SYNTH_PREDICTORS_MAX];
    double found[PH_SYNTH_PREDICTORS_MAX] = { 0 };
    for (size_t start = 0; start <= p; start++) {
        for (size_t i = 0; i < p; i++) {
            theta[i] = start > 0 && i == start - 1 ? 3 : 0;
        }
        double value = INFINITY;
        for (int again = 0; again < RESTARTS; again++) {
            if (!s->aside && ev_cancelled(s->c)) {
                return ev_complain(s->c, PH_CANCELLED, "Cancelled.");
            }
            double before = value;
            value = ev_nelder_mead(outcome_loss, &h, theta, p, again % 2 ? -1.5 : 1.5, 1e-9,
                ROUNDS_PER_DIMENSION * p, s->search);
            if (before - value <= 1e-7 * value) {
                break;
            }
        }
        if (value < best) {
            best = value;
            memcpy(found, theta, p * sizeof(double));
        }
    }
    (void)outcome_loss(&h, found);
    return PH_OK;
}

enum ph_status ev_synth_fit(struct synth *s, struct synth_fit *fit)
{
    enum ph_status status = PH_OK;
    outcome_distances(s, fit, s->k_outcome);
    fit->predictor_loss = NAN;
    if (!s->x) {
        fit->end = ev_simplex_solve(s->k_outcome, fit->n, &s->work, fit->w);
        fit->loss = fit->end.value;
        return PH_OK;
    }
    if (s->optimise && s->predictors > 1) {
        status = find_metric(s, fit);
    } else {
        predictor_distances(s, fit, fit->v);
        fit->end = ev_simplex_solve(s->k, fit->n, &s->work, fit->w);
    }
    fit->loss = form(s->k_outcome, fit->w, fit->n);
    fit->predictor_loss = fit->end.value;
    return status;
}

double ev_synth_gap(const struct synth *s, const struct synth_fit *fit, size_t t)
{
    size_t periods = s->panel->periods;
    double gap = s->y[fit->target * periods + t];
    for (size_t i = 0; i < fit->n; i++) {
        gap -= fit->w[i] == 0 ? 0 : fit->w[i] * s->y[fit->donor[i] * periods + t];
    }
    return gap;
}

double ev_synth_effect(const struct synth *s, const struct synth_fit *fit, size_t from, size_t to)
{
    double sum = 0;
    for (size_t t = from; t < to; t++) {
        sum += ev_synth_gap(s, fit, t);
    }
    return sum / (double)(to - from);
}

double ev_synth_rmspe(const struct synth *s, const struct synth_fit *fit, size_t from, size_t to)
{
    double sum = 0;
    for (size_t t = from; t < to; t++) {
        double gap = ev_synth_gap(s, fit, t);
        sum += gap * gap;
    }
    return sqrt(sum / (double)(to - from));
}

static void grams(struct synth *s, double *y)
{
    size_t periods = s->panel->periods;
    for (size_t t = 0; t < s->pre; t++) {
        double mean = 0;
        for (size_t i = 0; i < s->rows; i++) {
            mean += y[i * periods + t];
        }
        mean /= (double)s->rows;
        for (size_t i = 0; i < s->rows; i++) {
            double a = y[i * periods + t] - mean;
            for (size_t j = 0; j <= i; j++) {
                s->gram[i * s->rows + j] += a * (y[j * periods + t] - mean);
            }
        }
    }
    for (size_t i = 0; i < s->rows; i++) {
        for (size_t j = 0; j < i; j++) {
            s->gram[j * s->rows + i] = s->gram[i * s->rows + j];
        }
    }
}

// What one fit after another works in.
static enum ph_status take_room(struct synth *s)
{
    size_t n = s->predictors;
    s->k = ev_take(s->c, s->rows * s->rows, sizeof(double));
    s->k_outcome = ev_take(s->c, s->rows * s->rows, sizeof(double));
    s->search = ev_take(s->c, (n + 1) * (n + 1) + 3 * n, sizeof(double));
    bool whole = s->k && s->k_outcome && s->search;
    return whole ? ev_simplex_begin(s->c, s->rows, &s->work) : PH_NO_MEMORY;
}

enum ph_status ev_synth_begin(struct synth *s)
{
    const struct panel *p = s->panel;
    s->rows = p->donors + 1;
    double *y = ev_take(s->c, s->rows * p->periods, sizeof(double));
    s->y = y;
    s->gram = ev_take(s->c, s->rows * s->rows, sizeof(double));
    if (!y || !s->gram) {
        return PH_NO_MEMORY;
    }
    memcpy(y, p->y, p->donors * p->periods * sizeof(double));
    for (size_t t = 0; t < p->periods; t++) {
        for (size_t i = p->donors; i < p->units; i++) {
            y[p->donors * p->periods + t] += p->y[i * p->periods + t] / (double)p->treated;
        }
    }
    grams(s, y);
    return take_room(s);
}

enum ph_status ev_synth_beside(const struct synth *s, struct synth *ret)
{
    *ret = *s;
    ret->aside = true;
    ret->work = (struct simplex_work){ 0 };
    return take_room(ret);
}

void ev_synth_beside_end(struct synth *s)
{
    ev_give_back(s->c, s->k);
    ev_give_back(s->c, s->k_outcome);
    ev_give_back(s->c, s->search);
    ev_simplex_end(s->c, &s->work);
}

void ev_synth_end(struct synth *s)
{
    ev_give_back(s->c, (double *)(uintptr_t)s->y);
    ev_give_back(s->c, s->gram);
    ev_give_back(s->c, s->x);
    ev_synth_beside_end(s);
}
