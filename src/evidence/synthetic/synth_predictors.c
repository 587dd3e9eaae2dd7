// SPDX-License-Identifier: Apache-2.0
#include "synth.h"

#include <stdlib.h>

static int by_key(const void *a, const void *b)
{
    const struct panel_unit *x = a;
    const struct panel_unit *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

// The panel's unit with KEY, or the number of units: donors and treated each stand by key.
static size_t unit_of(const struct panel *p, int32_t key)
{
    struct panel_unit want = { .key = key };
    const struct panel_unit *found = bsearch(&want, p->unit, p->donors, sizeof(want), by_key);
    if (!found) {
        found = bsearch(&want, p->unit + p->donors, p->treated, sizeof(want), by_key);
    }
    return found ? (size_t)(found - p->unit) : p->units;
}

// Each unit's mean of one predictor into MEAN[units].
static enum ph_status unit_means(struct synth *s, const struct ph_frame *f,
    const struct ph_panel_columns *columns, const struct ph_predictor *what, double *mean,
    double *count)
{
    char buf[24];
    const struct panel *p = s->panel;
    memset(mean, 0, p->units * sizeof(double));
    memset(count, 0, p->units * sizeof(double));
    for (size_t i = 0; i < f->rows; i++) {
        if (ev_cell_missing(f, columns->unit, i) || ev_cell_missing(f, columns->time, i)) {
            continue;
        }
        double time = ev_cell(f, columns->time, i);
        size_t u = unit_of(p, ev_cell_key(f, columns->unit, i));
        if (u == p->units || time < what->from || time > what->to) {
            continue;
        }
        if (ev_cell_missing(f, what->column, i)) {
            s->skipped++;
        } else {
            mean[u] += ev_cell(f, what->column, i);
            count[u]++;
        }
    }
    for (size_t u = 0; u < p->units; u++) {
        if (count[u] == 0) {
            return ev_complain(s->c, PH_DATA,
                "The unit of row %zu has no %s between %.15g and %.15g: leave the unit out, or "
                "choose other years.",
                ev_row(f, p->unit[u].first_row), ev_column_name(f, what->column, buf, sizeof(buf)),
                what->from, what->to);
        }
        mean[u] /= count[u];
    }
    return PH_OK;
}

// Puts the means, scaled, into column AT of S's predictors.
static enum ph_status place(struct synth *s, const struct ph_frame *f,
    const struct ph_predictor *what, const double *mean, size_t at)
{
    char buf[24];
    const struct panel *p = s->panel;
    struct moments m = ev_moments_of(mean, p->units);
    if (!(m.var > 0)) {
        return ev_complain(s->c, PH_DATA,
            "%s between %.15g and %.15g is the same for all units: it tells nothing.",
            ev_column_name(f, what->column, buf, sizeof(buf)), what->from, what->to);
    }
    double treated = 0;
    for (size_t u = p->donors; u < p->units; u++) {
        treated += mean[u] / (double)p->treated;
    }
    for (size_t i = 0; i < s->rows; i++) {
        s->x[i * s->predictors + at] = (i < p->donors ? mean[i] : treated) / sqrt(m.var);
    }
    return PH_OK;
}

static enum ph_status check(
    struct synth *s, const struct ph_frame *f, const struct ph_predictor *what)
{
    enum ph_status status = ev_column_check(s->c, f, what->column, PH_REAL, "predictor");
    double last = s->panel->time[s->pre - 1];
    if (status == PH_OK && !(what->from <= what->to && what->to <= last)) {
        char buf[24];
        status = ev_complain(s->c, PH_INVALID,
            "Predictor %s: its times %.15g to %.15g must lie before the start (%.15g is the last).",
            ev_column_name(f, what->column, buf, sizeof(buf)), what->from, what->to, last);
    }
    return status;
}

enum ph_status ev_synth_predictors(struct synth *s, const struct ph_frame *f,
    const struct ph_panel_columns *columns, const struct ph_predictor *predictors)
{
    double *mean = ev_take(s->c, s->panel->units, sizeof(double));
    double *count = ev_take(s->c, s->panel->units, sizeof(double));
    s->x = ev_take(s->c, s->rows * s->predictors, sizeof(double));
    enum ph_status status = mean && count && s->x ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < s->predictors; i++) {
        status = check(s, f, &predictors[i]);
        status = status == PH_OK ? unit_means(s, f, columns, &predictors[i], mean, count) : status;
        status = status == PH_OK ? place(s, f, &predictors[i], mean, i) : status;
    }
    ev_give_back(s->c, mean);
    ev_give_back(s->c, count);
    return status;
}
