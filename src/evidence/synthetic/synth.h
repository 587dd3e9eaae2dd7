// SPDX-License-Identifier: Apache-2.0
// What fitting one synthetic control needs, shared by the estimate, its placebos and its checks.
#pragma once

#include "panel.h"
#include "simplex.h"

// One row a donor and a last row for the mean of the treated.
struct synth {
    struct ph_context *c;
    const struct panel *panel;
    size_t rows;
    size_t pre;      // periods that are fitted
    size_t post;     // and those that are looked at, [pre, post)
    const double *y; // [rows][panel->periods]
    double *gram;    // [rows][rows] of outcomes in [0, pre), each period's mean taken off
    double *x;       // [rows][predictors], scaled; NULL: outcomes are fitted
    size_t predictors;
    size_t skipped; // cells of predictors that were missing in their times
    bool optimise;  // find V
    struct simplex_work work;
    double *k;         // [rows][rows]
    double *k_outcome; // [rows][rows]
    double *search;    // Nelder and Mead's memory
    bool aside;        // on a thread that must not use the context
};

struct synth_fit {
    size_t target;       // row
    const size_t *donor; // rows
    size_t n;
    double *w; // [n]
    double *v; // [predictors], given where SYNTH doesn't optimise it
    struct simplex end;
    double loss; // sum of squared gaps before the start
    double predictor_loss;
};

// Weights of FIT's donors for its target.
enum ph_status ev_synth_fit(struct synth *s, struct synth_fit *fit);
// Mean gap, and root mean square, over periods [from, to).
double ev_synth_gap(const struct synth *s, const struct synth_fit *fit, size_t t);
double ev_synth_effect(const struct synth *s, const struct synth_fit *fit, size_t from, size_t to);
double ev_synth_rmspe(const struct synth *s, const struct synth_fit *fit, size_t from, size_t to);
// Takes the memory of S, whose panel, pre and predictors are set; Y gets the panel's donors and the
// mean of its treated.
enum ph_status ev_synth_begin(struct synth *s);
void ev_synth_end(struct synth *s);
// Another to fit beside S, on another thread: S's data, its own memory to work in.
enum ph_status ev_synth_beside(const struct synth *s, struct synth *ret);
void ev_synth_beside_end(struct synth *s);
// The means of the predictors, each divided by its standard deviation over the rows.
enum ph_status ev_synth_predictors(struct synth *s, const struct ph_frame *f,
    const struct ph_panel_columns *columns, const struct ph_predictor *predictors);
