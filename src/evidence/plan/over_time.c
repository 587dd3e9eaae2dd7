// SPDX-License-Identifier: Apache-2.0
// Places, or one series, over time.
#include "run.h"

enum { COURSE_DRAWS = 1000 }; // for bands that hold all together

enum ph_status ev_run_attgt(struct run *r)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result a;
    o.outcome = r->column[PLAN_OUTCOME];
    o.unit = r->column[PLAN_UNIT];
    o.time = r->column[PLAN_TIME];
    o.first_treated = r->column[PLAN_FIRST_TREATED];
    o.cluster = r->column[PLAN_CLUSTER];
    o.covariates = r->covariate;
    o.n_covariates = r->a->n_covariates;
    o.control = r->a->not_yet_treated ? PH_DID_NOT_YET_TREATED : PH_DID_NEVER_TREATED;
    o.delta = r->delta;
    o.level = r->level;
    o.draws = r->course ? COURSE_DRAWS : 0;
    enum ph_status status = ph_attgt(r->c, r->f, &o, &a);
    if (status == PH_OK) {
        double alpha = 1 - r->p->rule.level;
        r->head = a.head;
        r->svg = r->course ? ph_picture_events(r->course, &a.by_event, o.level) : NULL;
        // Without a test the leads speak for themselves.
        ev_run_gate(r, "pre-trend", a.leads.p, alpha, !(a.leads.p < alpha));
        ev_run_gate(r, "leads-within-delta", a.not_ruled_out, o.delta, a.leads_excluded);
        ph_attgt_release(r->c, &a);
    }
    return status;
}

enum ph_status ev_run_sunab(struct run *r)
{
    struct ph_sunab_options o = PH_SUNAB_OPTIONS;
    struct ph_sunab_result s;
    o.outcome = r->column[PLAN_OUTCOME];
    o.unit = r->column[PLAN_UNIT];
    o.time = r->column[PLAN_TIME];
    o.first_treated = r->column[PLAN_FIRST_TREATED];
    o.cluster = r->column[PLAN_CLUSTER];
    o.level = r->level;
    enum ph_status status = ph_sunab(r->c, r->f, &o, &s);
    if (status != PH_OK) {
        return status;
    }
    r->head = s.head;
    r->svg = r->course ? ph_picture_events(r->course, &s.by_event, o.level) : NULL;
    ph_sunab_release(r->c, &s);
    return r->gating ? ev_run_beside(r, r->f, o.outcome) : PH_OK;
}

enum ph_status ev_run_sdid(struct run *r)
{
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    struct ph_sdid_result s;
    o.columns = (struct ph_panel_columns){ r->column[PLAN_OUTCOME], r->column[PLAN_UNIT],
        r->column[PLAN_TIME], r->column[PLAN_TREAT], PH_NONE };
    o.level = r->level;
    enum ph_status status = ph_sdid(r->c, r->f, &o, &s);
    if (status == PH_OK) {
        r->head = s.head;
        r->svg = r->course ? ph_picture_sdid(r->course, &s) : NULL;
        ph_sdid_release(r->c, &s);
    }
    return status;
}

enum ph_status ev_run_did(struct run *r)
{
    struct ph_did_options o = PH_DID_OPTIONS;
    struct ph_did_result d;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.post = r->column[PLAN_PERIOD];
    o.unit = r->column[PLAN_UNIT];
    o.time = o.post == PH_NONE ? r->column[PLAN_TIME] : PH_NONE;
    o.first_treated = r->column[PLAN_FIRST_TREATED];
    o.cluster = r->column[PLAN_CLUSTER];
    o.covariates = r->covariate;
    o.n_covariates = r->a->n_covariates;
    o.own_vcov = r->a->own_vcov;
    o.vcov = r->a->vcov;
    o.delta = r->delta;
    o.design = r->a->design;
    o.level = r->level;
    enum ph_status status = ph_did(r->c, r->f, &o, &d);
    if (status == PH_OK) {
        r->head = d.head;
        if (d.panel) {
            ev_run_gates_beside(r, &d.beside);
        }
        ph_did_release(r->c, &d);
    }
    return status;
}

// ---- One series ----

// What still holds where the calibration's working model is wrong.
static uint32_t usual_lag(const struct run *r)
{
    enum { MOST = 4 };
    size_t quarter = r->f->rows / 4;
    return r->a->series.plain ? 0 : (uint32_t)(quarter < MOST ? quarter : MOST);
}

static struct ph_series_options series_options(const struct run *r)
{
    const struct plan_series *s = &r->a->series;
    struct ph_series_options o = PH_SERIES_OPTIONS;
    o.outcome = r->column[PLAN_OUTCOME];
    o.time = r->column[PLAN_TIME];
    o.season = r->column[PLAN_SEASON];
    o.exposure = r->column[PLAN_EXPOSURE];
    o.from = s->from;
    o.at = s->at;
    o.log = s->log;
    o.no_slope = s->no_slope;
    o.harmonics = s->harmonics;
    o.period = s->period;
    o.family = s->family;
    o.calibrated = !s->plain;
    o.lag = isnan(s->lag) ? usual_lag(r) : (uint32_t)s->lag;
    o.newey_west = s->family == PH_FAMILY_GAUSSIAN || o.lag > 0;
    o.level = r->level;
    return o;
}

// The same model on what came before, as if the interruption had come in its middle: what is found
// there is not the pilot. Too short a past has no such test, and a warning says so.
static enum ph_status pretend_start(struct run *r)
{
    struct ph_series_options o = series_options(r);
    struct ph_series_result s;
    struct ph_frame before = *r->f;
    size_t rows = 0;
    while (rows < r->f->rows &&
           (ev_cell_missing(r->f, o.time, rows) || ev_cell(r->f, o.time, rows) < o.from)) {
        rows++;
    }
    size_t middle = rows / 2;
    while (middle < rows && ev_cell_missing(r->f, o.time, middle)) {
        middle++;
    }
    enum ph_status status = PH_DATA;
    if (middle < rows) {
        before.rows = rows;
        o.from = ev_cell(r->f, o.time, middle);
        o.at = NAN;
        status = ph_series(r->c, &before, &o, &s);
    }
    if (status == PH_OK) {
        double alpha = 1 - r->p->rule.level;
        ev_run_gate(r, "pretended-start", s.head.p, alpha, !(s.head.p < alpha));
        ph_series_release(r->c, &s);
        return PH_OK;
    }
    bool short_past = status == PH_DATA || status == PH_NO_SOLUTION || status == PH_INVALID;
    r->head.warnings |= short_past ? PH_WARN_NO_PRE_TEST : 0;
    return short_past ? PH_OK : status;
}

enum ph_status ev_run_its(struct run *r)
{
    struct ph_series_options o = series_options(r);
    struct ph_series_result s;
    enum ph_status status = ph_series(r->c, r->f, &o, &s);
    if (status != PH_OK) {
        return status;
    }
    r->head = s.head;
    r->svg = r->course ? ph_picture_series(r->course, &s) : NULL;
    ph_series_release(r->c, &s);
    return r->gating ? pretend_start(r) : PH_OK;
}
