// SPDX-License-Identifier: Apache-2.0
#include "parallel.h"
#include "synth.h"

#include <stdlib.h>

// What one call holds besides the result.
struct work {
    struct synth s;
    struct panel panel;
    size_t *donor; // [rows]
    double *w;     // [rows]
    double *v;     // [predictors]
};

// Either name may be larger: qsort's order must not leave a tie to chance.
static int heavier(const void *a, const void *b)
{
    const struct ph_unit_weight *x = a;
    const struct ph_unit_weight *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return x->key < y->key ? -1 : x->key > y->key;
}

static int more_striking(const void *a, const void *b)
{
    const struct ph_placebo *x = a;
    const struct ph_placebo *y = b;
    if (x->ratio != y->ratio) {
        return x->ratio > y->ratio ? -1 : 1;
    }
    return x->key < y->key ? -1 : x->key > y->key;
}

// All donors but SKIP against TARGET.
static struct synth_fit fit_of(struct work *k, size_t target, size_t skip)
{
    struct synth_fit fit = { .target = target, .donor = k->donor, .w = k->w, .v = k->v };
    for (size_t i = 0; i + 1 < k->s.rows; i++) {
        if (i != target && i != skip) {
            k->donor[fit.n++] = i;
        }
    }
    return fit;
}

static double ratio_of(double pre, double post)
{
    return pre > 0 ? post / pre : post > 0 ? INFINITY : NAN;
}

static enum ph_status take_arrays(struct work *k, struct ph_synth_result *r)
{
    struct ph_context *c = k->s.c;
    r->time = ev_take(c, k->panel.periods, sizeof(double));
    r->actual = ev_take(c, k->panel.periods, sizeof(double));
    r->synthetic = ev_take(c, k->panel.periods, sizeof(double));
    r->unit = ev_take(c, k->panel.donors, sizeof(*r->unit));
    r->placebo = ev_take(c, k->panel.donors, sizeof(*r->placebo));
    r->predictor_weight = ev_take(c, k->s.predictors, sizeof(double));
    k->donor = ev_take(c, k->s.rows, sizeof(size_t));
    k->w = ev_take(c, k->s.rows, sizeof(double));
    k->v = ev_take(c, k->s.predictors, sizeof(double));
    bool all = r->time && r->actual && r->synthetic && r->unit && r->placebo &&
               r->predictor_weight && k->donor && k->w && k->v;
    return all ? PH_OK : PH_NO_MEMORY;
}

static void equal_metric(struct work *k)
{
    for (size_t i = 0; i < k->s.predictors; i++) {
        k->v[i] = 1;
    }
}

// The estimate itself.
static enum ph_status main_fit(struct work *k, struct ph_synth_result *r)
{
    struct synth *s = &k->s;
    struct synth_fit fit = fit_of(k, s->rows - 1, s->rows);
    equal_metric(k);
    enum ph_status status = ev_synth_fit(s, &fit);
    if (status != PH_OK) {
        return status;
    }
    double weights = 0;
    for (size_t i = 0; i < s->predictors; i++) {
        weights += k->v[i];
    }
    for (size_t i = 0; i < s->predictors; i++) {
        r->predictor_weight[i] = k->v[i] / weights;
    }
    r->loss = fit.loss;
    r->predictor_loss = fit.predictor_loss;
    r->kkt = fit.end.kkt;
    r->unique = fit.end.unique;
    r->pre_rmspe = ev_synth_rmspe(s, &fit, 0, s->pre);
    r->post_rmspe = ev_synth_rmspe(s, &fit, s->pre, s->post);
    r->ratio = ratio_of(r->pre_rmspe, r->post_rmspe);
    r->head.estimate = ev_synth_effect(s, &fit, s->pre, s->post);
    for (size_t t = 0; t < k->panel.periods; t++) {
        r->time[t] = k->panel.time[t];
        r->actual[t] = s->y[fit.target * k->panel.periods + t];
        r->synthetic[t] = r->actual[t] - ev_synth_gap(s, &fit, t);
    }
    for (size_t i = 0; i < fit.n; i++) {
        const struct panel_unit *u = &k->panel.unit[fit.donor[i]];
        r->unit[i] = (struct ph_unit_weight){ u->key, u->first_row, fit.w[i] };
    }
    return PH_OK;
}

// The estimate without each donor that has weight: does it hang on one of them? With predictors the
// metric stays the one that was found.
static enum ph_status leave_one_out(struct work *k, struct ph_synth_result *r)
{
    struct synth *s = &k->s;
    bool optimise = s->optimise;
    enum ph_status status = PH_OK;
    s->optimise = false;
    r->loo_low = INFINITY;
    r->loo_high = -INFINITY;
    for (size_t i = 0; status == PH_OK && i < k->panel.donors; i++) {
        if (r->unit[i].weight == 0) {
            continue;
        }
        struct synth_fit fit = fit_of(k, s->rows - 1, i);
        memcpy(k->v, r->predictor_weight, s->predictors * sizeof(double));
        status = ev_synth_fit(s, &fit);
        double effect = ev_synth_effect(s, &fit, s->pre, s->post);
        r->loo_low = fmin(r->loo_low, effect);
        r->loo_high = fmax(r->loo_high, effect);
    }
    s->optimise = optimise;
    return status;
}

// Each donor as if treated, some at a time, each on a thread with memory of its own.
struct crew {
    struct work *own; // of each worker
    size_t workers;
    size_t first, last; // donors of this batch
    struct ph_synth_result *r;
};

static void one_placebo(struct work *k, struct ph_synth_result *r, size_t i)
{
    struct synth *s = &k->s;
    struct synth_fit fit = fit_of(k, i, s->rows);
    equal_metric(k);
    (void)ev_synth_fit(s, &fit); // nobody cancels it
    double pre = ev_synth_rmspe(s, &fit, 0, s->pre);
    double post = ev_synth_rmspe(s, &fit, s->pre, s->post);
    const struct panel *panel = s->panel;
    double *gap = r->gaps + i * panel->periods;
    for (size_t t = 0; t < panel->periods; t++) {
        gap[t] = ev_synth_gap(s, &fit, t);
    }
    r->placebo[i] = (struct ph_placebo){ .key = panel->unit[i].key,
        .first_row = panel->unit[i].first_row,
        .effect = ev_synth_effect(s, &fit, s->pre, s->post),
        .pre_rmspe = pre,
        .post_rmspe = post,
        .ratio = ratio_of(pre, post),
        .gap = gap };
}

static void labour(void *work, size_t worker)
{
    const struct crew *w = work;
    for (size_t i = w->first + worker; i < w->last; i += w->workers) {
        one_placebo(&w->own[worker], w->r, i);
    }
}

static enum ph_status take_own(struct work *k, struct work *ret)
{
    struct ph_context *c = k->s.c;
    ret->donor = ev_take(c, k->s.rows, sizeof(size_t));
    ret->w = ev_take(c, k->s.rows, sizeof(double));
    ret->v = ev_take(c, k->s.predictors, sizeof(double));
    enum ph_status status = ev_synth_beside(&k->s, &ret->s);
    return ret->donor && ret->w && ret->v ? status : PH_NO_MEMORY;
}

static enum ph_status fit_placebos(struct work *k, struct ph_synth_result *r)
{
    struct ph_context *c = k->s.c;
    size_t donors = k->panel.donors;
    struct crew w = { .workers = c->threads < donors ? c->threads : donors, .r = r };
    w.own = ev_take(c, w.workers, sizeof(*w.own));
    enum ph_status status = w.own ? PH_OK : PH_NO_MEMORY;
    size_t begun = 0;
    while (status == PH_OK && begun < w.workers) {
        status = take_own(k, &w.own[begun++]);
    }
    for (; status == PH_OK && w.first < donors; w.first = w.last) {
        w.last = donors - w.first < w.workers ? donors : w.first + w.workers;
        ev_parallel(c, w.workers, labour, &w);
        if (ev_cancelled(c)) {
            status = ev_complain(c, PH_CANCELLED, "Cancelled.");
        }
    }
    for (size_t i = 0; i < begun; i++) {
        ev_synth_beside_end(&w.own[i].s);
        ev_give_back(c, w.own[i].donor);
        ev_give_back(c, w.own[i].w);
        ev_give_back(c, w.own[i].v);
    }
    ev_give_back(c, w.own);
    return status;
}

static enum ph_status placebos(struct work *k, struct ph_synth_result *r)
{
    r->gaps = ev_take(k->s.c, k->panel.donors * k->panel.periods, sizeof(double));
    enum ph_status status = r->gaps ? fit_placebos(k, r) : PH_NO_MEMORY;
    if (status != PH_OK) {
        return status;
    }
    r->rank = 1;
    for (size_t i = 0; i < k->panel.donors; i++) {
        r->rank += r->placebo[i].ratio >= r->ratio * (1 - 1e-10);
    }
    r->n_placebos = k->panel.donors;
    r->head.p = isnan(r->ratio) ? NAN : (double)r->rank / (double)(r->n_placebos + 1);
    qsort(r->placebo, r->n_placebos, sizeof(*r->placebo), more_striking);
    return PH_OK;
}

// The whole estimate on the periods before the start, as if it had begun at options->in_time.
static enum ph_status in_time(struct work *k, const struct ph_frame *f,
    const struct ph_synth_options *o, struct ph_synth_result *r)
{
    struct synth early = { .c = k->s.c,
        .panel = &k->panel,
        .predictors = k->s.predictors,
        .optimise = k->s.optimise,
        .post = k->panel.pre };
    while (early.pre < k->panel.pre && k->panel.time[early.pre] < o->in_time) {
        early.pre++;
    }
    if (early.pre < 2 || early.pre == k->panel.pre) {
        return ev_complain(k->s.c, PH_INVALID,
            "A placebo at %.15g needs 2 periods before it, and one from it until the start.",
            o->in_time);
    }
    enum ph_status status = ev_synth_begin(&early);
    if (status == PH_OK && early.predictors > 0) {
        status = ev_synth_predictors(&early, f, &o->columns, o->predictors);
    }
    struct synth_fit fit = fit_of(k, k->s.rows - 1, k->s.rows);
    equal_metric(k);
    status = status == PH_OK ? ev_synth_fit(&early, &fit) : status;
    if (status == PH_OK) {
        r->in_time_effect = ev_synth_effect(&early, &fit, early.pre, early.post);
    }
    ev_synth_end(&early);
    return status;
}

static enum ph_status run(struct work *k, const struct ph_frame *f,
    const struct ph_synth_options *o, struct ph_synth_result *r)
{
    enum ph_status status = ev_synth_begin(&k->s);
    if (status == PH_OK && k->s.predictors > 0) {
        status = ev_synth_predictors(&k->s, f, &o->columns, o->predictors);
        r->predictor_missing = k->s.skipped;
    }
    status = status == PH_OK ? take_arrays(k, r) : status;
    status = status == PH_OK ? main_fit(k, r) : status;
    status = status == PH_OK ? leave_one_out(k, r) : status;
    if (status == PH_OK && !o->no_placebos) {
        status = placebos(k, r);
    }
    if (status == PH_OK && !isnan(o->in_time)) {
        status = in_time(k, f, o, r);
    }
    return status;
}

static void judge(const struct ph_synth_options *o, struct ph_synth_result *r)
{
    bool loose = !isnan(o->delta) && r->pre_rmspe > o->delta / 2;
    r->head.grade = loose ? PH_GRADE_C : PH_GRADE_B;
    r->head.warnings |= loose ? PH_WARN_LOOSE_FIT : 0;
    r->head.warnings |= r->unique ? 0 : PH_WARN_WEIGHTS_NOT_UNIQUE;
    r->head.warnings |= r->n_placebos > 0 && r->n_placebos < 19 ? PH_WARN_FEW_PLACEBOS : 0;
}

static enum ph_status check_options(struct ph_context *c, const struct ph_synth_options *o)
{
    if (o->n_predictors > PH_SYNTH_PREDICTORS_MAX || (o->n_predictors > 0 && !o->predictors)) {
        return ev_complain(
            c, PH_INVALID, "Give up to %d predictors.", (int)PH_SYNTH_PREDICTORS_MAX);
    }
    if (o->delta <= 0) {
        return ev_complain(c, PH_INVALID, "Delta must be above 0.");
    }
    return ev_check_level(c, o->level);
}

enum ph_status ph_synth(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_synth_options *options, struct ph_synth_result *ret_result)
{
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_result);
    status = status == PH_OK ? check_options(context, options) : status;
    if (status != PH_OK) {
        return status;
    }
    const char *convention = options->n_predictors == 0           ? "synth.outcomes"
                             : options->v == PH_SYNTH_V_OPTIMISED ? "synth.predictors.v-optimised"
                                                                  : "synth.predictors.v-equal";
    struct ph_synth_result r = { .head = ev_result_blank(options->level, convention),
        .in_time_effect = NAN,
        .n_predictors = options->n_predictors };
    struct work k = { .s = { .c = context,
                          .predictors = options->n_predictors,
                          .optimise = options->v == PH_SYNTH_V_OPTIMISED } };
    status = ev_panel_gather(context, frame, &options->columns, PANEL_ONE_START, &r.head, &k.panel);
    if (status == PH_OK) {
        k.s.panel = &k.panel;
        k.s.pre = k.panel.pre;
        k.s.post = k.panel.periods;
        r.donors = k.panel.donors;
        r.treated = k.panel.treated;
        r.pre = k.panel.pre;
        r.post = k.panel.periods - k.panel.pre;
        status = run(&k, frame, options, &r);
    }
    if (status == PH_OK) {
        qsort(r.unit, r.donors, sizeof(*r.unit), heavier);
        judge(options, &r);
        status = isfinite(r.head.estimate) && isfinite(r.loss)
                     ? PH_OK
                     : ev_complain(context, PH_DATA,
                           "The outcomes are too large to compute with: use another unit.");
    }
    ev_synth_end(&k.s);
    ev_panel_release(context, &k.panel);
    ev_give_back(context, k.donor);
    ev_give_back(context, k.w);
    ev_give_back(context, k.v);
    if (status != PH_OK) {
        ph_synth_release(context, &r);
        return status;
    }
    *ret_result = r;
    return PH_OK;
}

void ph_synth_release(struct ph_context *context, struct ph_synth_result *result)
{
    ev_give_back(context, result->time);
    ev_give_back(context, result->actual);
    ev_give_back(context, result->synthetic);
    ev_give_back(context, result->unit);
    ev_give_back(context, result->placebo);
    ev_give_back(context, result->gaps);
    ev_give_back(context, result->predictor_weight);
    result->time = result->actual = result->synthetic = result->predictor_weight = NULL;
    result->gaps = NULL;
    result->unit = NULL;
    result->placebo = NULL;
}
