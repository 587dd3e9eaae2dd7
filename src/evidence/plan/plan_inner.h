// SPDX-License-Identifier: Apache-2.0
// What a sealed plan says, for the files that seal, run and simulate it.
#pragma once

#include "internal.h"

#include "json.h"

enum { PLAN_NAME_MAX = 128, PLAN_COVARIATES_MAX = 16 };

enum plan_method {
    PLAN_FEASIBILITY,
    PLAN_ACCURACY,
    PLAN_WELCH,
    PLAN_PROPORTIONS,
    PLAN_BEFORE_AFTER,
    PLAN_ATTGT,
    PLAN_SYNTH,
    PLAN_SDID,
    PLAN_METHODS,
};

enum plan_column {
    PLAN_OUTCOME,
    PLAN_TREAT,
    PLAN_UNIT,
    PLAN_TIME,
    PLAN_CLUSTER,
    PLAN_FIRST_TREATED,
    PLAN_PERIOD,
    PLAN_REFERENCE,
    PLAN_TRIALS,
    PLAN_COLUMNS,
};

struct plan_guardrail {
    char outcome[PLAN_NAME_MAX];
    enum ph_direction direction;
    double margin;
};

struct ph_sealed {
    char *text;
    char hash[65];
    struct ph_plan rule;
    enum plan_method method;
    enum ph_design design;
    bool not_yet_treated;                     // attgt's comparison
    char column[PLAN_COLUMNS][PLAN_NAME_MAX]; // "" = none
    char covariate[PLAN_COVARIATES_MAX][PLAN_NAME_MAX];
    size_t n_covariates;
    double floor, margin; // feasibility, accuracy
    double horizon, tuned_for;
    struct plan_guardrail guardrail[PH_GUARDRAILS_MAX];
    size_t n_guardrails;
    double treated_share, sample_ratio_p, missing, attrition; // gates; NAN = off
    double cost, value, population;                           // money
    double extension_units, extension_cost;
};

extern const char *const ev_plan_methods[PLAN_METHODS];
extern const char *const ev_plan_columns[PLAN_COLUMNS];
enum ph_column_kind ev_plan_column_kind(enum plan_column column);

// report.c
void ev_evaluation_report(struct ev_json *o, const struct ph_evaluation *e);
