// SPDX-License-Identifier: Apache-2.0
// Unit and time weights by Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, AER 111:4088),
// equations 4 and 6, and the effect by equation 1 in its weighted form.
#include "sdid.h"

enum { WOLFE_ROUNDS_BEFORE = 100, WOLFE_ROUNDS = 10000 };

enum ph_status ev_sdid_begin(struct sdid *s)
{
    const struct panel *p = s->panel;
    size_t most = p->units > p->pre ? p->units : p->pre;
    s->k = ev_take(s->c, most * most, sizeof(double));
    s->centred = ev_take(s->c, p->units * p->pre, sizeof(double));
    s->target = ev_take(s->c, p->periods, sizeof(double));
    s->post_mean = ev_take(s->c, p->units, sizeof(double));
    s->omega = ev_take(s->c, p->units, sizeof(double));
    s->lambda = ev_take(s->c, p->pre, sizeof(double));
    if (!s->k || !s->centred || !s->target || !s->post_mean || !s->omega || !s->lambda) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < p->units; i++) {
        const double *y = p->y + i * p->periods;
        for (size_t t = p->pre; t < p->periods; t++) {
            s->post_mean[i] += y[t] / (double)(p->periods - p->pre);
        }
    }
    return ev_simplex_begin(s->c, most, &s->work);
}

void ev_sdid_end(struct sdid *s)
{
    ev_give_back(s->c, s->k);
    ev_give_back(s->c, s->centred);
    ev_give_back(s->c, s->target);
    ev_give_back(s->c, s->post_mean);
    ev_give_back(s->c, s->omega);
    ev_give_back(s->c, s->lambda);
    ev_simplex_end(s->c, &s->work);
}

// Frank and Wolfe's steps with exact line search, until one lowers the mean loss by no more than
// LEAST: how the synthdid package solves, too early by design. ROWS divides the loss.
static void frank_wolfe(
    const double *k, size_t n, size_t rows, double least, int rounds, double *g, double *x)
{
    double value = 0;
    for (size_t i = 0; i < n; i++) {
        g[i] = 0;
        for (size_t j = 0; j < n; j++) {
            g[i] += k[i * n + j] * x[j];
        }
        value += g[i] * x[i];
    }
    for (int round = 0; round < rounds; round++) {
        size_t i = 0;
        for (size_t j = 1; j < n; j++) {
            i = g[j] < g[i] ? j : i;
        }
        double curve = k[i * n + i] - 2 * g[i] + value;
        double step = curve > 0 ? fmin(fmax((value - g[i]) / curve, 0), 1) : 0;
        double before = value;
        value = 0;
        for (size_t j = 0; j < n; j++) {
            x[j] = (1 - step) * x[j] + (j == i ? step : 0);
            g[j] += step * (k[i * n + j] - g[j]);
            value += g[j] * x[j];
        }
        if (round > 0 && (before - value) / (double)rows <= least * least) {
            break;
        }
    }
}

// Weights up to a quarter of the largest become 0, as that package does between its two runs.
static void sparsify(double *x, size_t n)
{
    double most = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, x[i]);
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = x[i] <= most / 4 ? 0 : x[i];
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++) {
        x[i] /= sum;
    }
}

// Weights X of N columns whose differences from the target stand in D[n][rows].
static void weigh(struct sdid *s, const double *d, size_t n, size_t rows, double zeta, double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = i == j ? zeta * zeta * (double)rows : 0;
            for (size_t m = 0; m < rows; m++) {
                sum += d[i * rows + m] * d[j * rows + m];
            }
            s->k[i * n + j] = s->k[j * n + i] = sum;
        }
    }
    if (s->solver == PH_SDID_EXACT) {
        struct simplex end = ev_simplex_solve(s->k, n, &s->work, x);
        s->kkt = fmax(s->kkt, end.kkt);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = 1 / (double)n;
    }
    double *g = s->work.gradient;
    double least = 1e-5 * s->noise;
    frank_wolfe(s->k, n, rows, least, WOLFE_ROUNDS_BEFORE, g, x);
    sparsify(x, n);
    frank_wolfe(s->k, n, rows, least, WOLFE_ROUNDS, g, x);
}

void ev_sdid_target(struct sdid *s, const struct sdid_sample *sample)
{
    size_t periods = s->panel->periods;
    for (size_t t = 0; t < periods; t++) {
        s->target[t] = 0;
        for (size_t i = 0; i < sample->n_treated; i++) {
            s->target[t] += s->panel->y[sample->treated[i] * periods + t];
        }
        s->target[t] /= (double)sample->n_treated;
    }
}

// Columns are units, rows the periods before the start; an intercept takes each column's mean off.
static void unit_weights(struct sdid *s, const struct sdid_sample *sample)
{
    const struct panel *p = s->panel;
    for (size_t i = 0; i < sample->donors; i++) {
        const double *y = p->y + sample->donor[i] * p->periods;
        double *d = s->centred + i * p->pre;
        double mean = 0;
        for (size_t t = 0; t < p->pre; t++) {
            d[t] = y[t] - s->target[t];
            mean += d[t] / (double)p->pre;
        }
        for (size_t t = 0; s->method == PH_SDID && t < p->pre; t++) {
            d[t] -= mean;
        }
    }
    weigh(s, s->centred, sample->donors, p->pre, s->zeta_omega, s->omega);
}

// Columns are the periods before the start, rows the donors; the target is their mean after it.
static void time_weights(struct sdid *s, const struct sdid_sample *sample)
{
    const struct panel *p = s->panel;
    for (size_t t = 0; t < p->pre; t++) {
        double *d = s->centred + t * sample->donors;
        double mean = 0;
        for (size_t i = 0; i < sample->donors; i++) {
            size_t unit = sample->donor[i];
            d[i] = p->y[unit * p->periods + t] - s->post_mean[unit];
            mean += d[i] / (double)sample->donors;
        }
        for (size_t i = 0; i < sample->donors; i++) {
            d[i] -= mean;
        }
    }
    weigh(s, s->centred, p->pre, sample->donors, s->zeta_lambda, s->lambda);
}

void ev_sdid_weights(struct sdid *s, const struct sdid_sample *sample)
{
    size_t pre = s->panel->pre;
    ev_sdid_target(s, sample);
    for (size_t i = 0; s->method == PH_SDID_DID && i < sample->donors; i++) {
        s->omega[i] = 1 / (double)sample->donors;
    }
    for (size_t t = 0; t < pre; t++) {
        s->lambda[t] = s->method == PH_SDID_DID ? 1 / (double)pre : 0;
    }
    if (s->method != PH_SDID_DID) {
        unit_weights(s, sample);
    }
    if (s->method == PH_SDID) {
        time_weights(s, sample);
    }
}

double ev_sdid_effect(struct sdid *s, const struct sdid_sample *sample)
{
    const struct panel *p = s->panel;
    double effect = 0;
    for (size_t i = 0; i < sample->n_treated; i++) {
        effect += s->post_mean[sample->treated[i]] / (double)sample->n_treated;
    }
    for (size_t i = 0; i < sample->donors; i++) {
        effect -= s->omega[i] * s->post_mean[sample->donor[i]];
    }
    for (size_t t = 0; t < p->pre; t++) {
        double gap = s->target[t];
        for (size_t i = 0; i < sample->donors; i++) {
            gap -= s->omega[i] * p->y[sample->donor[i] * p->periods + t];
        }
        effect -= s->lambda[t] * gap;
    }
    return effect;
}
