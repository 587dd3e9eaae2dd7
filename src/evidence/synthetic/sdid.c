// SPDX-License-Identifier: Apache-2.0
#include "sdid.h"

#include <stdlib.h>

static int heavier(const void *a, const void *b)
{
    const struct ph_unit_weight *x = a;
    const struct ph_unit_weight *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return x->key < y->key ? -1 : x->key > y->key;
}

// The donors' first differences before the start: how far an outcome moves by itself.
static enum ph_status find_noise(struct sdid *s)
{
    const struct panel *p = s->panel;
    size_t steps = p->pre - 1;
    double *d = ev_take(s->c, p->donors * steps, sizeof(double));
    if (!d) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < p->donors; i++) {
        for (size_t t = 0; t < steps; t++) {
            d[i * steps + t] = p->y[i * p->periods + t + 1] - p->y[i * p->periods + t];
        }
    }
    struct moments m = ev_moments_of(d, p->donors * steps);
    ev_give_back(s->c, d);
    s->noise = sqrt(m.var);
    double area = (double)p->treated * (double)(p->periods - p->pre);
    s->zeta_omega = (s->method == PH_SDID ? sqrt(sqrt(area)) : 1e-6) * s->noise;
    s->zeta_lambda = 1e-6 * s->noise;
    if (!isfinite(s->noise)) {
        return ev_complain(
            s->c, PH_DATA, "The outcomes are too large to compute with: use another unit.");
    }
    return PH_OK;
}

static enum ph_status take_arrays(
    struct ph_context *c, const struct panel *p, struct ph_sdid_result *r)
{
    r->time = ev_take(c, p->periods, sizeof(double));
    r->actual = ev_take(c, p->periods, sizeof(double));
    r->synthetic = ev_take(c, p->periods, sizeof(double));
    r->time_weight = ev_take(c, p->pre, sizeof(double));
    r->unit = ev_take(c, p->donors, sizeof(*r->unit));
    return r->time && r->actual && r->synthetic && r->time_weight && r->unit ? PH_OK : PH_NO_MEMORY;
}

// What the result shows of the weights.
static void describe(struct sdid *s, struct ph_sdid_result *r)
{
    const struct panel *p = s->panel;
    double shift = 0;
    for (size_t t = 0; t < p->periods; t++) {
        r->time[t] = p->time[t];
        r->actual[t] = s->target[t];
        for (size_t i = 0; i < p->donors; i++) {
            r->synthetic[t] += s->omega[i] * p->y[i * p->periods + t];
        }
        if (t < p->pre) {
            r->time_weight[t] = s->lambda[t];
            shift += s->lambda[t] * (r->actual[t] - r->synthetic[t]);
        }
    }
    for (size_t t = 0; t < p->periods; t++) {
        r->synthetic[t] += shift;
    }
    for (size_t i = 0; i < p->donors; i++) {
        r->unit[i] = (struct ph_unit_weight){ p->unit[i].key, p->unit[i].first_row, s->omega[i] };
    }
    qsort(r->unit, p->donors, sizeof(*r->unit), heavier);
    r->donors = p->donors;
    r->treated = p->treated;
    r->pre = p->pre;
    r->post = p->periods - p->pre;
    r->noise = s->noise;
    r->zeta_omega = s->zeta_omega;
    r->zeta_lambda = s->zeta_lambda;
    r->kkt = s->kkt;
}

static enum ph_status run(struct sdid *s, const struct ph_sdid_options *o, struct ph_sdid_result *r)
{
    const struct panel *p = s->panel;
    size_t *unit = ev_take(s->c, p->units, sizeof(size_t));
    enum ph_status status = unit ? take_arrays(s->c, p, r) : PH_NO_MEMORY;
    status = status == PH_OK ? ev_sdid_begin(s) : status;
    status = status == PH_OK ? find_noise(s) : status;
    if (status == PH_OK) {
        for (size_t i = 0; i < p->units; i++) {
            unit[i] = i;
        }
        struct sdid_sample all = { unit, p->donors, unit + p->donors, p->treated };
        ev_sdid_weights(s, &all);
        r->head.estimate = ev_sdid_effect(s, &all);
        describe(s, r);
        status = ev_sdid_variance(s, o, &r->head);
    }
    ev_give_back(s->c, unit);
    return status;
}

static enum ph_status check_options(struct ph_context *c, const struct ph_sdid_options *o)
{
    bool draws = o->variance == PH_SDID_PLACEBO || o->variance == PH_SDID_BOOTSTRAP;
    if (draws && (o->draws < 20 || o->draws > 100000)) {
        return ev_complain(c, PH_INVALID, "Draws must be from 20 to 100,000.");
    }
    return ev_check_level(c, o->level);
}

enum ph_status ph_sdid(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_sdid_options *options, struct ph_sdid_result *ret_result)
{
    static const char *const conventions[] = { "sdid.arkhangelsky", "sdid.synthetic-control",
        "sdid.difference-in-differences" };
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_result);
    status = status == PH_OK ? check_options(context, options) : status;
    if (status != PH_OK) {
        return status;
    }
    struct ph_sdid_result r = { .head =
                                    ev_result_blank(options->level, conventions[options->method]) };
    struct panel panel = { 0 };
    struct sdid s = {
        .c = context, .panel = &panel, .method = options->method, .solver = options->solver
    };
    status = ev_panel_gather(context, frame, &options->columns, PANEL_ONE_START, &r.head, &panel);
    status = status == PH_OK ? run(&s, options, &r) : status;
    if (status == PH_OK) {
        r.head.df = INFINITY;
        ev_interval_t(&r.head);
        r.head.grade = PH_GRADE_B;
        r.head.warnings |= r.head.se == 0 ? PH_WARN_NO_VARIATION : 0;
        status = isfinite(r.head.estimate) ? PH_OK
                                           : ev_complain(context, PH_DATA,
                                                 "The outcomes are too large to compute with: use "
                                                 "another unit.");
    }
    ev_sdid_end(&s);
    ev_panel_release(context, &panel);
    if (status != PH_OK) {
        ph_sdid_release(context, &r);
        return status;
    }
    *ret_result = r;
    return PH_OK;
}

void ph_sdid_release(struct ph_context *context, struct ph_sdid_result *result)
{
    ev_give_back(context, result->time);
    ev_give_back(context, result->actual);
    ev_give_back(context, result->synthetic);
    ev_give_back(context, result->time_weight);
    ev_give_back(context, result->unit);
    result->time = result->actual = result->synthetic = result->time_weight = NULL;
    result->unit = NULL;
}
