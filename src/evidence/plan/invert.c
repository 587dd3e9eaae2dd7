// SPDX-License-Identifier: Apache-2.0
// Methods that test rather than estimate an error: the interval holds the constant effects that the
// test does not reject, and the chance of an effect above a value comes from the p-value there
// (a confidence distribution: Xie & Singh 2013, Int. Stat. Rev. 81:3).
#include "run.h"

enum { DOUBLINGS_MAX = 60, HALVINGS_MAX = 40 };

// ---- Randomisation ----

// The frame with the outcome's column replaced by one from which a constant effect is taken off.
struct shifted {
    struct ph_frame frame;
    struct ph_column *column;
    double *y;
};

static enum ph_status randomise(
    struct run *r, const struct ph_frame *frame, struct ph_randomise_result *ret)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.cluster = ev_run_cluster(r);
    o.stratum = r->column[PLAN_STRATUM];
    o.draws = r->a->draws;
    o.design = r->a->design;
    o.level = r->level;
    return ph_randomise(r->c, frame, &o, ret);
}

static enum ph_status shift_start(struct run *r, struct shifted *s)
{
    s->frame = *r->f;
    s->column = ev_take(r->c, r->f->columns, sizeof(*s->column));
    s->y = ev_take(r->c, r->f->rows, sizeof(*s->y));
    if (!s->column || !s->y) {
        return PH_NO_MEMORY;
    }
    memcpy(s->column, r->f->column, r->f->columns * sizeof(*s->column));
    s->column[r->column[PLAN_OUTCOME]].real = s->y;
    s->frame.column = s->column;
    return PH_OK;
}

static void shift_end(struct run *r, struct shifted *s)
{
    ev_give_back(r->c, s->column);
    ev_give_back(r->c, s->y);
}

static enum ph_status shifted_p(struct run *r, struct shifted *s, double effect, double *ret_p)
{
    struct ph_randomise_result x;
    const struct ph_frame *f = r->f;
    for (size_t i = 0; i < f->rows; i++) {
        bool told = !ev_cell_missing(f, r->column[PLAN_OUTCOME], i) &&
                    !ev_cell_missing(f, r->column[PLAN_TREAT], i);
        double treat = told ? ev_cell(f, r->column[PLAN_TREAT], i) : 0;
        s->y[i] = told ? ev_cell(f, r->column[PLAN_OUTCOME], i) - effect * treat : 0;
    }
    enum ph_status status = randomise(r, &s->frame, &x);
    if (status == PH_OK) {
        *ret_p = x.head.p;
    }
    return status;
}

// The end of the interval in DIRECTION: p falls as one goes there, since no other assignment is
// moved by as much as the observed one. NAN where nothing far away is rejected.
static enum ph_status shifted_end(
    struct run *r, struct shifted *s, double direction, double step, double *ret_end)
{
    double alpha = 1 - r->level;
    double in = r->head.estimate;
    double out = NAN;
    double p = 1;
    *ret_end = NAN;
    for (int i = 0; i < DOUBLINGS_MAX && isnan(out); i++) {
        double at = r->head.estimate + direction * step;
        enum ph_status status = shifted_p(r, s, at, &p);
        if (status != PH_OK) {
            return status;
        }
        *(p > alpha ? &in : &out) = at;
        step *= 2;
    }
    if (isnan(out)) {
        r->head.warnings |= PH_WARN_NO_LIMIT;
        return PH_OK;
    }
    for (int i = 0; i < HALVINGS_MAX && fabs(out - in) > 1e-10 * fabs(out - r->head.estimate);
         i++) {
        double at = in + (out - in) / 2;
        enum ph_status status = shifted_p(r, s, at, &p);
        if (status != PH_OK) {
            return status;
        }
        *(p > alpha ? &in : &out) = at;
    }
    *ret_end = in;
    return PH_OK;
}

// A first step of the search, from the outcome's spread.
static double first_step(const struct run *r)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < r->f->rows; i++) {
        if (!ev_cell_missing(r->f, r->column[PLAN_OUTCOME], i)) {
            double y = ev_cell(r->f, r->column[PLAN_OUTCOME], i);
            low = fmin(low, y);
            high = fmax(high, y);
        }
    }
    return high > low ? (high - low) / 64 : fmax(fabs(high), 1) / 64;
}

enum ph_status ev_run_randomise(struct run *r)
{
    struct ph_randomise_result x;
    struct shifted s = { 0 };
    enum ph_status status = randomise(r, r->f, &x);
    if (status != PH_OK) {
        return status;
    }
    r->head = x.head;
    r->head.convention = x.enumerated ? "fisher.enumerated.inverted" : "fisher.drawn.inverted";
    status = shift_start(r, &s);
    double step = first_step(r);
    if (status == PH_OK) {
        status = shifted_end(r, &s, -1, step, &r->head.interval.lo);
    }
    if (status == PH_OK) {
        status = shifted_end(r, &s, 1, step, &r->head.interval.hi);
    }
    shift_end(r, &s);
    return status;
}

static enum ph_status randomise_p(struct run *r, double null, double *ret_p)
{
    struct shifted s = { 0 };
    enum ph_status status = shift_start(r, &s);
    status = status == PH_OK ? shifted_p(r, &s, null, ret_p) : status;
    shift_end(r, &s);
    return status;
}

// ---- Synthetic control ----

static enum ph_status synthesise(struct run *r, struct ph_synth_result *ret)
{
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    o.columns = (struct ph_panel_columns){ r->column[PLAN_OUTCOME], r->column[PLAN_UNIT],
        r->column[PLAN_TIME], r->column[PLAN_TREAT], PH_NONE };
    o.delta = r->delta;
    o.level = r->level;
    return ph_synth(r->c, r->f, &o, ret);
}

// Mean squared distance of the gaps after the start from a constant effect.
static double misfit(const struct ph_synth_result *s, double effect)
{
    double sum = 0;
    for (size_t t = s->pre; t < s->pre + s->post; t++) {
        double gap = s->actual[t] - s->synthetic[t] - effect;
        sum += gap * gap;
    }
    return sum / (double)s->post;
}

// The rank of the treated place's ratio among all, had EFFECT been taken off its gaps (Firpo &
// Possebom 2018, J. Causal Inference 6:2, with equal weights).
static double placebo_p(const struct ph_synth_result *s, double effect)
{
    double ratio = sqrt(misfit(s, effect)) / s->pre_rmspe;
    size_t as_large = 1;
    for (size_t i = 0; i < s->n_placebos; i++) {
        as_large += s->placebo[i].ratio >= ratio * (1 - 1e-12);
    }
    return (double)as_large / (double)(s->n_placebos + 1);
}

// P > ALPHA where the ratio is no larger than the K-th largest of the placebos': a parabola in the
// effect. Empty (NAN) where no constant effect fits, unbounded (NAN) with too few placebos.
static struct ph_interval placebo_interval(const struct ph_synth_result *s, double alpha)
{
    size_t k = (size_t)floor(alpha * (double)(s->n_placebos + 1) + 1e-9);
    if (k == 0 || k > s->n_placebos || !isfinite(s->placebo[k - 1].ratio)) {
        return (struct ph_interval){ NAN, NAN };
    }
    double most = s->placebo[k - 1].ratio * s->pre_rmspe;
    double mean = s->head.estimate;
    double room = most * most - misfit(s, mean);
    return room >= 0 ? (struct ph_interval){ mean - sqrt(room), mean + sqrt(room) }
                     : (struct ph_interval){ NAN, NAN };
}

enum ph_status ev_run_synth(struct run *r)
{
    struct ph_synth_result s;
    enum ph_status status = synthesise(r, &s);
    if (status == PH_OK) {
        r->head = s.head;
        r->svg = r->course ? ph_picture_synth(r->course, &s) : NULL;
        r->head.interval = placebo_interval(&s, 1 - r->level);
        r->head.warnings |= isnan(r->head.interval.lo) ? PH_WARN_NO_LIMIT : 0;
        ev_run_gate(r, "fit-before", s.pre_rmspe, r->delta / 2, s.pre_rmspe <= r->delta / 2);
        ph_synth_release(r->c, &s);
    }
    return status;
}

static enum ph_status synth_p(struct run *r, double null, double *ret_p)
{
    struct ph_synth_result s;
    enum ph_status status = synthesise(r, &s);
    if (status == PH_OK) {
        *ret_p = placebo_p(&s, null);
        ph_synth_release(r->c, &s);
    }
    return status;
}

// ---- The chance of an effect above a value ----

double ev_run_precision(const struct ph_result *h)
{
    if (h->se > 0) {
        return h->se;
    }
    double width = h->interval.hi - h->interval.lo;
    return width > 0 ? width / (2 * ph_normal_quantile(0.5 + h->level / 2)) : NAN;
}

static enum ph_status p_at(struct run *r, double null, double *ret_p)
{
    switch (r->a->method) {
    case PLAN_RANDOMISE:
        return randomise_p(r, null, ret_p);
    case PLAN_WILDBOOT:
        return ev_run_wildboot_p(r, null, ret_p);
    default:
        return synth_p(r, null, ret_p);
    }
}

enum ph_status ev_run_chance(struct run *r, double at, double *ret_chance)
{
    const struct ph_result *h = &r->head;
    bool turned = r->a->direction == PH_LOWER_IS_BETTER;
    double up = turned ? -h->estimate : h->estimate;
    if (!ev_plan_kinds[r->a->method].inverted || h->anytime) {
        *ret_chance = h->se > 0 ? ph_t_cdf((up - at) / h->se, h->df) : NAN;
        return PH_OK;
    }
    double p = NAN;
    enum ph_status status = p_at(r, turned ? -at : at, &p);
    if (status == PH_OK) {
        *ret_chance = up >= at ? 1 - p / 2 : p / 2;
    }
    return status;
}
