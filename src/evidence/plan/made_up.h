// SPDX-License-Identifier: Apache-2.0
// A made-up pilot: the plan's columns, filled.
#pragma once

#include "plan_inner.h"

// Rows stand period by period, so that a look is a shorter frame.
struct made {
    size_t units, periods, rows;
    double *outcome, *treat, *time, *first, *period, *exposure, *half, *trials, *reference;
    int32_t *unit, *cluster, *stratum, *season, *time_key;
    double *level;  // of each unit: its cluster's
    double *wander; // of each unit, from period to period
    double *noise;  // of each row, the outcome's without mean and effect, by its sd
    double *covariate[PLAN_COVARIATES_MAX];
    double *guard[PH_GUARDRAILS_MAX];
    double *measure[PH_MEASURES_MAX];
    struct ph_column column[PLAN_NEEDS_MAX];
    struct ph_frame frame;
};

// Memory and columns for P's own analysis. PH_UNSUPPORTED for a column that can't be made up.
PH_CHECKED enum ph_status ev_made_up_take(struct ph_context *c, const struct ph_sealed *p,
    const struct ph_simulate_options *o, struct made *m);
void ev_made_up_release(struct ph_context *c, struct made *m);
// One pilot whose effect is TRUTH; the DRAW-th of SEED.
void ev_made_up_fill(const struct ph_sealed *p, const struct ph_simulate_options *o, double truth,
    uint64_t seed, uint64_t draw, struct made *m);
