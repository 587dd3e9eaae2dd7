// SPDX-License-Identifier: Apache-2.0
// Segmented regression (Wagner, Soumerai, Zhang & Ross-Degnan 2002, J. Clin. Pharm. Ther. 27:299;
// Lopez Bernal, Cummins & Gasparrini 2017, IJE 46:348).
#include "internal.h"

#include "calibrate.h"
#include "estimate.h"
#include "matrix.h"
#include "poisson.h"

enum { SHORT = 12, HARMONICS_MAX = 12, LEVEL = 2 };

void ph_series_release(struct ph_context *c, struct ph_series_result *r)
{
    if (c && r) {
        for (size_t j = 0; r->coefficients && j < r->n_coefficients; j++) {
            ev_give_back(c, (void *)(uintptr_t)r->coefficients[j].name);
        }
        ev_give_back(c, r->coefficients);
        ev_give_back(c, r->time);
        ev_give_back(c, r->observed);
        ev_give_back(c, r->trend);
        ev_give_back(c, r->untouched);
        *r = (struct ph_series_result){ 0 };
    }
}

static enum ph_status check_options(struct ph_context *c, const struct ph_series_options *o)
{
    enum ph_status status = ev_check_level(c, o->level);
    if (status != PH_OK) {
        return status;
    }
    if (o->outcome == PH_NONE || !isfinite(o->from)) {
        return ev_complain(
            c, PH_INVALID, "An outcome and the first time after the interruption are needed.");
    }
    if ((unsigned)o->family > PH_FAMILY_QUASI_POISSON) {
        return ev_complain(c, PH_INVALID, "The family is not known.");
    }
    if (o->harmonics > HARMONICS_MAX || (o->harmonics > 0 && !(o->period > 0))) {
        return ev_complain(
            c, PH_INVALID, "Harmonics go up to %d, with a period above 0.", HARMONICS_MAX);
    }
    if (o->exposure != PH_NONE && o->family == PH_FAMILY_GAUSSIAN && !o->log) {
        return ev_complain(c, PH_INVALID,
            "An exposure goes with counts or logarithms; for the Gaussian divide the outcome by "
            "it.");
    }
    if (o->log && o->family != PH_FAMILY_GAUSSIAN) {
        return ev_complain(c, PH_INVALID, "Counts have a log rate already: leave the log out.");
    }
    if (!isnan(o->at) && !(isfinite(o->at) && o->at >= o->from)) {
        return ev_complain(
            c, PH_INVALID, "The time of the effect must not lie before the interruption.");
    }
    return PH_OK;
}

// ---- Rows and columns ----

static double time_at(const struct ev_design *d, const struct ph_series_options *o, size_t i)
{
    size_t row = ev_design_row(d, i);
    return o->time == PH_NONE ? (double)(row + 1) : ev_cell(d->f, o->time, row);
}

static enum ph_status choose_rows(
    struct ev_design *d, const struct ph_series_options *o, struct ph_result *head)
{
    enum ph_status status = ev_design_need(d, o->outcome, PH_REAL, PH_DROP_OUTCOME, "outcome");
    status = status == PH_OK ? ev_design_need(d, o->time, PH_REAL, PH_DROP_TIME, "time") : status;
    status = status == PH_OK ? ev_design_need(d, o->season, PH_KEY, PH_DROP_COVARIATE, "season")
                             : status;
    status = status == PH_OK ? ev_design_need(d, o->exposure, PH_REAL, PH_DROP_WEIGHT, "exposure")
                             : status;
    status = status == PH_OK ? ev_design_settle(d, head) : status;
    for (size_t i = 1; status == PH_OK && i < d->n; i++) {
        if (!(time_at(d, o, i) > time_at(d, o, i - 1))) {
            return ev_complain(d->c, PH_DATA,
                "Row %zu: the time does not rise from the row before. A series has one row a time, "
                "in order.",
                ev_row(d->f, ev_design_row(d, i)));
        }
    }
    return status;
}

static enum ph_status split(const struct ev_design *d, const struct ph_series_options *o,
    struct ph_series_result *r, double *ret_last)
{
    *ret_last = NAN;
    for (size_t i = 0; i < d->n; i++) {
        double t = time_at(d, o, i);
        *ret_last = t < o->from ? t : *ret_last;
        r->n_before += t < o->from;
        r->n_after += t >= o->from;
    }
    size_t least = o->no_slope ? 2 : 3;
    if (r->n_before < least || r->n_after < least) {
        return ev_complain(d->c, PH_DATA,
            "There are %zu times before %.15g and %zu from it on; at least %zu of each are needed.",
            r->n_before, o->from, r->n_after, least);
    }
    if (r->n_before < SHORT || r->n_after < SHORT) {
        r->head.warnings |= PH_WARN_SHORT_SERIES;
    }
    return PH_OK;
}

static enum ph_status add_season(struct ev_design *d, int32_t column)
{
    struct ev_groups g = { 0 };
    enum ph_status status = ev_design_groups(d, column, &g);
    for (int32_t level = 1; status == PH_OK && level < (int32_t)g.n; level++) {
        char name[120];
        char buf[16];
        size_t i = 0;
        while (g.of[i] != level) {
            i++;
        }
        int32_t key = ev_cell_key(d->f, column, ev_design_row(d, i));
        snprintf(
            name, sizeof(name), "season %.80s", ev_key_name(d->f, column, key, buf, sizeof(buf)));
        double *x = ev_design_add(d, name);
        status = x ? PH_OK : PH_TOO_LARGE;
        for (i = 0; x && i < d->n; i++) {
            x[i] = g.of[i] == level;
        }
    }
    ev_give_back(d->c, g.of);
    return status;
}

static enum ph_status add_harmonics(struct ev_design *d, const struct ph_series_options *o)
{
    for (uint32_t k = 1; k <= o->harmonics; k++) {
        char name[2][24];
        snprintf(name[0], sizeof(name[0]), "sin %u", k);
        snprintf(name[1], sizeof(name[1]), "cos %u", k);
        double *s = ev_design_add(d, name[0]);
        double *c = ev_design_add(d, name[1]);
        if (!s || !c) {
            return PH_TOO_LARGE;
        }
        for (size_t i = 0; i < d->n; i++) {
            double angle = 2 * acos(-1) * k * time_at(d, o, i) / o->period;
            s[i] = sin(angle);
            c[i] = cos(angle);
        }
    }
    return PH_OK;
}

// The outcome as it is modelled; the logarithm of a rate where that is asked for.
static enum ph_status fill_outcome(const struct ev_design *d, const struct ph_series_options *o)
{
    for (size_t i = 0; i < d->n; i++) {
        size_t row = ev_design_row(d, i);
        double y = ev_cell(d->f, o->outcome, row);
        double out_of = o->log && o->exposure != PH_NONE ? ev_cell(d->f, o->exposure, row) : 1;
        if (o->log && !(out_of > 0)) {
            return ev_complain(
                d->c, PH_DATA, "Row %zu: the exposure must be above 0.", ev_row(d->f, row));
        }
        if (o->log && !(y > 0)) {
            return ev_complain(d->c, PH_DATA,
                "Row %zu: %.15g has no logarithm. Counts with zeros go with the quasi-Poisson "
                "family.",
                ev_row(d->f, row), y);
        }
        d->y[i] = o->log ? log(y) - log(out_of) : y;
    }
    return PH_OK;
}

static enum ph_status add_columns(
    struct ev_design *d, const struct ph_series_options *o, double last_before)
{
    double *y = ev_design_outcome(d);
    double *one = ev_design_add(d, "(intercept)");
    double *time = ev_design_add(d, "time");
    double *level = ev_design_add(d, "level");
    double *slope = o->no_slope ? NULL : ev_design_add(d, "slope");
    if (!y || !one || !time || !level || (!slope && !o->no_slope)) {
        return PH_NO_MEMORY;
    }
    d->constant = true;
    double origin = isnan(o->at) ? last_before : o->at;
    for (size_t i = 0; i < d->n; i++) {
        double t = time_at(d, o, i);
        one[i] = 1;
        time[i] = t;
        level[i] = t >= o->from;
        if (slope) {
            slope[i] = t >= o->from ? t - origin : 0;
        }
    }
    enum ph_status status = fill_outcome(d, o);
    if (status == PH_OK && o->season != PH_NONE) {
        status = add_season(d, o->season);
    }
    return status == PH_OK ? add_harmonics(d, o) : status;
}

// ---- Counts ----

static enum ph_status check_counts(const struct ev_design *d, const struct ph_series_options *o)
{
    for (size_t i = 0; i < d->n; i++) {
        size_t row = ev_design_row(d, i);
        bool whole = d->y[i] == floor(d->y[i]) || o->family == PH_FAMILY_QUASI_POISSON;
        if (d->y[i] < 0 || !whole || d->y[i] > 0x1p50) {
            return ev_complain(
                d->c, PH_DATA, "Row %zu: %.15g is not a count.", ev_row(d->f, row), d->y[i]);
        }
        if (o->exposure != PH_NONE && !(ev_cell(d->f, o->exposure, row) > 0)) {
            return ev_complain(
                d->c, PH_DATA, "Row %zu: the exposure must be above 0.", ev_row(d->f, row));
        }
    }
    return PH_OK;
}

// Newey-West on the scores x (y - mean), between two inverses.
static enum ph_status robust(const struct ev_design *d, const struct ev_poisson *f,
    const struct ph_series_options *o, double *v)
{
    size_t p = f->p;
    double *meat = ev_take(d->c, 2 * p * p, sizeof(*meat));
    double *s = ev_take(d->c, p * d->n, sizeof(*s));
    if (!meat || !s) {
        ev_give_back(d->c, meat);
        ev_give_back(d->c, s);
        return PH_NO_MEMORY;
    }
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < d->n; i++) {
            s[j * d->n + i] = d->x[j][i] * (d->y[i] - f->mean[i]);
        }
    }
    double n = (double)d->n;
    double factor = o->unadjusted ? 1 : n / (n - (double)p);
    for (uint32_t l = 0; l <= o->lag && l < d->n; l++) {
        double weight = factor * (1 - (double)l / ((double)o->lag + 1));
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                double g = weight * ev_dot(s + a * d->n + l, s + b * d->n, d->n - l);
                meat[a * p + b] += g;
                meat[b * p + a] += l > 0 ? g : 0;
            }
        }
    }
    ev_times_transposed(f->inverse, p, meat, p, p, meat + p * p);
    ev_times_transposed(meat + p * p, p, f->inverse, p, p, v);
    ev_give_back(d->c, meat);
    ev_give_back(d->c, s);
    return PH_OK;
}

static void serial(const double *e, size_t n, double *ret_dw, double *ret_r1)
{
    double steps = 0;
    double products = 0;
    for (size_t i = 1; i < n; i++) {
        steps += (e[i] - e[i - 1]) * (e[i] - e[i - 1]);
        products += e[i] * e[i - 1];
    }
    double squares = ev_dot(e, e, n);
    *ret_dw = squares > 0 ? steps / squares : NAN;
    *ret_r1 = squares > 0 ? products / squares : NAN;
}

static struct ph_coefficient normal_coefficient(double estimate, double variance, double level)
{
    struct ph_result h = ev_result_blank(level, NULL);
    h.estimate = estimate;
    h.se = sqrt(variance);
    h.df = INFINITY;
    ev_interval_t(&h);
    return (struct ph_coefficient){
        .estimate = estimate, .se = h.se, .df = INFINITY, .p = h.p, .interval = h.interval
    };
}

// The coefficients' errors for few rows that hang together; X: the columns as they were.
static enum ph_status calibrate(const struct ev_design *d, const struct ph_series_options *o,
    const double *x, const double *root, const double *e, struct ph_series_result *r)
{
    size_t p = r->n_coefficients;
    double *stretch = ev_take(d->c, 2 * p, sizeof(*stretch));
    bool *dropped = ev_take(d->c, p, sizeof(*dropped));
    enum ph_status status = stretch && dropped ? PH_OK : PH_NO_MEMORY;
    double n = (double)d->n;
    double k = 0;
    for (size_t j = 0; status == PH_OK && j < p; j++) {
        dropped[j] = r->coefficients[j].dropped;
        k += !dropped[j];
    }
    if (status == PH_OK) {
        struct ev_calibration of = { .n = d->n,
            .p = p,
            .x = x,
            .root = root,
            .e = e,
            .dropped = dropped,
            .newey_west = o->newey_west,
            .lag = o->lag,
            .factor = o->unadjusted ? 1 : n / (n - k) };
        status = ev_calibrate(d->c, &of, stretch, stretch + p, &r->correlation);
    }
    for (size_t j = 0; status == PH_OK && j < p; j++) {
        struct ph_coefficient *b = &r->coefficients[j];
        struct ph_result h = ev_result_blank(o->level, NULL);
        h.estimate = b->estimate;
        h.se = b->se * stretch[j];
        h.df = stretch[p + j];
        if (h.se > 0) {
            ev_interval_t(&h);
            b->se = h.se;
            b->df = h.df;
            b->p = h.p;
            b->interval = h.interval;
        }
    }
    ev_give_back(d->c, stretch);
    ev_give_back(d->c, dropped);
    return status;
}

// Poisson's own errors have no residual variance that a correlation could be seen in.
static bool calibrated(const struct ph_series_options *o)
{
    return o->calibrated && (o->newey_west || o->family != PH_FAMILY_POISSON);
}

static enum ph_status counts(struct ev_design *d, const struct ph_series_options *o,
    const double *x, struct ph_series_result *r)
{
    struct ph_context *c = d->c;
    struct ev_poisson f = { 0 };
    double *offset = ev_take(c, d->n, sizeof(*offset));
    double *e = ev_take(c, d->n, sizeof(*e));
    double *v = ev_take(c, d->p * d->p, sizeof(*v));
    double *root = ev_take(c, d->n, sizeof(*root));
    enum ph_status status = offset && e && v && root ? check_counts(d, o) : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && o->exposure != PH_NONE && i < d->n; i++) {
        offset[i] = log(ev_cell(d->f, o->exposure, ev_design_row(d, i)));
    }
    status = status == PH_OK ? ev_poisson_fit(d, offset, &f) : status;
    if (status == PH_OK) {
        bool quasi = o->family == PH_FAMILY_QUASI_POISSON;
        for (size_t i = 0; i < d->p * d->p; i++) {
            v[i] = f.inverse[i] * (quasi ? f.dispersion : 1);
        }
        status = o->newey_west ? robust(d, &f, o, v) : PH_OK;
        for (size_t j = 0; j < d->p; j++) {
            const char *name = r->coefficients[j].name;
            r->coefficients[j] = normal_coefficient(f.beta[j], v[j * d->p + j], o->level);
            r->coefficients[j].name = name;
        }
        for (size_t i = 0; i < d->n; i++) {
            root[i] = sqrt(f.mean[i]);
            e[i] = (d->y[i] - f.mean[i]) / root[i];
        }
        serial(e, d->n, &r->durbin_watson, &r->autocorrelation1);
        status = status == PH_OK && calibrated(o) ? calibrate(d, o, x, root, e, r) : status;
        r->dispersion = f.dispersion;
        r->iterations = f.iterations;
        r->head.warnings |=
            !quasi && !o->newey_west && f.dispersion > 1.5 ? PH_WARN_OVERDISPERSED : 0;
        static const char *const names[2][3] = {
            { "its.poisson.wald", "its.quasi-poisson.pearson", "its.poisson.newey-west" },
            { "its.poisson.wald", "its.quasi-poisson.pearson.ar1-calibrated",
                "its.poisson.newey-west.ar1-calibrated" },
        };
        r->head.convention = names[o->calibrated][o->newey_west ? 2 : quasi];
    }
    ev_poisson_release(&f);
    ev_give_back(c, offset);
    ev_give_back(c, e);
    ev_give_back(c, v);
    ev_give_back(c, root);
    return status;
}

static enum ph_status gaussian(struct ev_design *d, const struct ph_series_options *o,
    const double *x, struct ph_series_result *r)
{
    struct ev_estimate e = { 0 };
    struct ev_estimate_options eo = { .vcov = o->newey_west ? PH_VCOV_NEWEY_WEST : PH_VCOV_IID,
        .focus = LEVEL,
        .time = PH_NONE,
        .lag = o->lag,
        .unadjusted = o->unadjusted };
    enum ph_status status = ev_estimate(d, &eo, &e);
    for (size_t j = 0; status == PH_OK && j < e.own; j++) {
        const char *name = r->coefficients[j].name;
        status = ev_coefficient(&e, j, o->level, &r->coefficients[j]);
        r->coefficients[j].name = name;
        r->head.warnings |= e.fit.dropped[j] ? PH_WARN_COLLINEAR : 0;
    }
    if (status == PH_OK) {
        status = ev_serial(&e, &r->durbin_watson, &r->autocorrelation1);
    }
    if (status == PH_OK && calibrated(o)) {
        status = calibrate(d, o, x, NULL, e.fit.e, r);
    }
    if (status == PH_OK) {
        r->head.warnings |= e.fit.ss_e == 0 ? PH_WARN_NO_VARIATION : 0;
        static const char *const names[2][2][3] = {
            { { "its.gaussian.iid", "its.gaussian.newey-west.unadjusted",
                  "its.gaussian.newey-west.n/(n-k)" },
                { "its.log.iid", "its.log.newey-west.unadjusted", "its.log.newey-west.n/(n-k)" } },
            { { "its.gaussian.iid.ar1-calibrated",
                  "its.gaussian.newey-west.unadjusted.ar1-calibrated",
                  "its.gaussian.newey-west.n/(n-k).ar1-calibrated" },
                { "its.log.iid.ar1-calibrated", "its.log.newey-west.unadjusted.ar1-calibrated",
                    "its.log.newey-west.n/(n-k).ar1-calibrated" } },
        };
        int errors = !o->newey_west ? 0 : o->unadjusted ? 1 : 2;
        r->head.convention = names[o->calibrated][o->log][errors];
    }
    ev_estimate_release(&e);
    return status;
}

// ---- The method ----

static enum ph_status name_coefficients(const struct ev_design *d, struct ph_series_result *r)
{
    r->coefficients = ev_take(d->c, d->p, sizeof(*r->coefficients));
    for (size_t j = 0; r->coefficients && j < d->p; j++) {
        char *copy = ev_take(d->c, strlen(d->name[j]) + 1, 1);
        if (!copy) {
            return PH_NO_MEMORY;
        }
        memcpy(copy, d->name[j], strlen(d->name[j]) + 1);
        r->coefficients[j].name = copy;
        r->n_coefficients = j + 1;
    }
    return r->coefficients ? PH_OK : PH_NO_MEMORY;
}

// What the columns are before a fit may centre them. Give it back.
static double *copy_columns(
    const struct ev_design *d, const struct ph_series_options *o, struct ph_series_result *r)
{
    double *x = ev_take(d->c, d->p * d->n, sizeof(*x));
    r->time = ev_take(d->c, d->n, sizeof(double));
    r->observed = ev_take(d->c, d->n, sizeof(double));
    r->trend = ev_take(d->c, d->n, sizeof(double));
    r->untouched = ev_take(d->c, d->n, sizeof(double));
    if (!x || !r->time || !r->observed || !r->trend || !r->untouched) {
        ev_give_back(d->c, x);
        return NULL;
    }
    for (size_t i = 0; i < d->n; i++) {
        r->time[i] = time_at(d, o, i);
        r->observed[i] = ev_cell(d->f, o->outcome, ev_design_row(d, i));
        for (size_t j = 0; j < d->p; j++) {
            x[j * d->n + i] = d->x[j][i];
        }
    }
    return x;
}

// The fitted line with seasons averaged out, and what it would have been had nothing changed.
static void draw_lines(const struct ev_design *d, const struct ph_series_options *o,
    const double *x, struct ph_series_result *r)
{
    size_t straight = o->no_slope ? LEVEL + 1 : LEVEL + 2;
    double season = 0;
    for (size_t j = straight; j < r->n_coefficients; j++) {
        double mean = ev_sum_of(x + j * d->n, d->n) / (double)d->n;
        season += r->coefficients[j].dropped ? 0 : r->coefficients[j].estimate * mean;
    }
    for (size_t i = 0; i < d->n; i++) {
        double changed = 0;
        double rest = season;
        for (size_t j = 0; j < straight; j++) {
            double part =
                r->coefficients[j].dropped ? 0 : r->coefficients[j].estimate * x[j * d->n + i];
            changed += j >= LEVEL ? part : 0;
            rest += j >= LEVEL ? 0 : part;
        }
        double of = o->exposure == PH_NONE ? 1 : ev_cell(d->f, o->exposure, ev_design_row(d, i));
        bool counted = o->family != PH_FAMILY_GAUSSIAN || o->log;
        r->trend[i] = counted ? of * exp(rest + changed) : rest + changed;
        r->untouched[i] = counted ? of * exp(rest) : rest;
    }
}

static void fill_head(const struct ph_series_options *o, struct ph_series_result *r)
{
    const struct ph_coefficient *b = &r->coefficients[LEVEL];
    struct ph_result *h = &r->head;
    h->estimate = b->estimate;
    h->se = b->se;
    h->df = b->df;
    h->p = b->p;
    h->interval = b->interval;
    h->grade = PH_GRADE_C;
    if (o->family != PH_FAMILY_GAUSSIAN || o->log) {
        r->rate_ratio = exp(b->estimate);
        r->rate_ratio_interval = (struct ph_interval){ exp(b->interval.lo), exp(b->interval.hi) };
    }
    bool alike = fabs(r->autocorrelation1) > 2 / sqrt((double)h->n);
    if (alike && !calibrated(o) && !(o->newey_west && o->lag > 0)) {
        h->warnings |= PH_WARN_SERIAL;
    }
}

enum ph_status ph_series(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_series_options *o, struct ph_series_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    status = status == PH_OK ? check_options(c, o) : status;
    struct ev_design *d = status == PH_OK ? ev_design_new(c, frame) : NULL;
    if (!d) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    struct ph_series_result r = { .head = ev_result_blank(o->level, "its"),
        .rate_ratio = NAN,
        .rate_ratio_interval = { NAN, NAN },
        .dispersion = NAN,
        .correlation = NAN,
        .from = o->from };
    double last_before = NAN;
    status = choose_rows(d, o, &r.head);
    status = status == PH_OK ? split(d, o, &r, &last_before) : status;
    status = status == PH_OK ? add_columns(d, o, last_before) : status;
    if (status == PH_OK && o->lag >= d->n) {
        status =
            ev_complain(c, PH_INVALID, "The lag (%u) must be below the %zu rows.", o->lag, d->n);
    }
    status = status == PH_OK ? name_coefficients(d, &r) : status;
    double *x = status == PH_OK ? copy_columns(d, o, &r) : NULL;
    status = status == PH_OK && !x ? PH_NO_MEMORY : status;
    if (status == PH_OK) {
        status = o->family == PH_FAMILY_GAUSSIAN ? gaussian(d, o, x, &r) : counts(d, o, x, &r);
    }
    if (status == PH_OK) {
        fill_head(o, &r);
        draw_lines(d, o, x, &r);
        status = ev_check_finite(c, &r.head);
    }
    ev_give_back(c, x);
    ev_design_free(d);
    if (status != PH_OK) {
        ph_series_release(c, &r);
        return status;
    }
    *ret_result = r;
    return PH_OK;
}
