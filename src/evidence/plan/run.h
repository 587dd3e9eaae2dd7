// SPDX-License-Identifier: Apache-2.0
// A plan's run, for the files that estimate, check and judge.
#pragma once

#include "plan_inner.h"

// One analysis on one frame.
struct run {
    struct ph_context *c;
    const struct ph_sealed *p;
    const struct plan_analysis *a;
    const struct ph_frame *f;
    int32_t column[PLAN_COLUMNS];
    int32_t covariate[PLAN_COVARIATES_MAX];
    double level; // of the interval
    double delta; // smallest effect worth having
    bool gating;  // the plan's own analysis: what it finds beside goes into E's gates
    bool looks;   // before the horizon an interval for many looks is wanted
    struct ph_evaluation *e;
    struct ph_result head; // what came out
    double worthwhile;     // P(effect >= delta), of further analyses
    // Effects that randomisation was asked about, and the p-values there.
    double asked[PH_RANDOMISE_EFFECTS_MAX], answered[PH_RANDOMISE_EFFECTS_MAX];
    size_t n_asked;
    // Where the way there is to be drawn: how, and what was drawn.
    const struct ph_picture_options *course;
    char *svg;
};

// ---- columns.c ----

PH_CHECKED enum ph_status ev_run_find(
    struct run *r, const char *name, enum ph_column_kind kind, int32_t *ret);
// Finds and checks the columns of R's analysis.
PH_CHECKED enum ph_status ev_run_columns(struct run *r);
// What belongs together: the cluster, or without one the unit; PH_NONE.
int32_t ev_run_cluster(const struct run *r);

// ---- gates.c ----

void ev_run_gate(struct run *r, const char *name, double value, double limit, bool passed);
// Sample ratio, missing outcomes, attrition.
PH_CHECKED enum ph_status ev_run_gates_before(struct run *r);
// What stands beside two-way fixed effects, with its gates; OUTCOME is a column of FRAME.
PH_CHECKED enum ph_status ev_run_beside(
    struct run *r, const struct ph_frame *frame, int32_t outcome);
void ev_run_gates_beside(struct run *r, const struct ph_beside *b);

// ---- estimate.c, groups.c, over_time.c, formulas.c, invert.c ----

// The analysis into r->head, with its gates.
PH_CHECKED enum ph_status ev_run_estimate(struct run *r);
PH_CHECKED enum ph_status ev_run_two_means(struct run *r);
PH_CHECKED enum ph_status ev_run_adjusted(struct run *r);
PH_CHECKED enum ph_status ev_run_poststratify(struct run *r);
PH_CHECKED enum ph_status ev_run_rates(struct run *r);
// With the error of half an event more in each group, so that early looks have one.
PH_CHECKED enum ph_status ev_run_rates_early(struct run *r);
PH_CHECKED enum ph_status ev_run_attgt(struct run *r);
PH_CHECKED enum ph_status ev_run_sunab(struct run *r);
PH_CHECKED enum ph_status ev_run_sdid(struct run *r);
PH_CHECKED enum ph_status ev_run_did(struct run *r);
PH_CHECKED enum ph_status ev_run_regress(struct run *r);
PH_CHECKED enum ph_status ev_run_its(struct run *r);
// Methods whose interval is where their test does not reject.
PH_CHECKED enum ph_status ev_run_randomise(struct run *r);
PH_CHECKED enum ph_status ev_run_wildboot(struct run *r);
PH_CHECKED enum ph_status ev_run_wildboot_p(struct run *r, double null, double *ret_p);
PH_CHECKED enum ph_status ev_run_synth(struct run *r);
// A difference of two groups of independent rows that may be looked at as often as one likes.
PH_CHECKED enum ph_status ev_run_sequence(struct run *r, int32_t outcome, struct ph_look *ret_look);
// The same where rows belong together, or are events: of clusters, within strata, of rates.
PH_CHECKED enum ph_status ev_run_together(struct run *r, int32_t outcome, struct ph_result *ret);
// P(effect, turned so that up is better, reaches AT).
PH_CHECKED enum ph_status ev_run_chance(struct run *r, double at, double *ret_chance);
// The standard error, or what one would be whose interval is as wide.
double ev_run_precision(const struct ph_result *h);

// ---- parts.c ----

PH_CHECKED enum ph_status ev_run_measures(struct run *r);
PH_CHECKED enum ph_status ev_run_components(struct run *r);
PH_CHECKED enum ph_status ev_run_alternatives(struct run *r);

// ---- portfolio.c, digest.c ----

// P(effect >= delta) after shrinkage into RET_WORTHWHILE, which stays as it is without a portfolio.
PH_CHECKED enum ph_status ev_run_portfolio(
    struct run *r, const struct ph_frame *portfolio, double *ret_worthwhile);
// SHA-256 of the columns that the plan needs.
PH_CHECKED enum ph_status ev_run_digest(struct run *r, char ret_hex[65]);

// ---- judge.c ----

PH_CHECKED enum ph_status ev_run_guardrails(struct run *r);
PH_CHECKED enum ph_status ev_run_worth(struct run *r);
PH_CHECKED enum ph_status ev_run_judge(struct run *r, const struct ph_frame *portfolio);
