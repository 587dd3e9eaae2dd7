// SPDX-License-Identifier: Apache-2.0
// What a sealed plan says, for the files that seal, run and simulate it.
#pragma once

#include "internal.h"

#include "json.h"

enum {
    PLAN_NAME_MAX = 128,
    PLAN_COVARIATES_MAX = 16,
    PLAN_FORMULA_MAX = 1024,
    PLAN_NEEDS_MAX = 128,
    PLAN_LOOKS_MAX = 64,
};

enum plan_method {
    PLAN_FEASIBILITY,
    PLAN_ACCURACY,
    PLAN_WELCH,
    PLAN_PROPORTIONS,
    PLAN_BEFORE_AFTER,
    PLAN_ATTGT,
    PLAN_SYNTH,
    PLAN_SDID,
    PLAN_LIN,
    PLAN_CUPED,
    PLAN_POSTSTRATIFY,
    PLAN_RANDOMISE,
    PLAN_DID,
    PLAN_REGRESS,
    PLAN_WILDBOOT,
    PLAN_ITS,
    PLAN_SUNAB,
    PLAN_RATES,
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
    PLAN_STRATUM,
    PLAN_EXPOSURE,
    PLAN_SEASON,
    PLAN_COLUMNS,
};

// What a method can do; kinds.c has the table.
struct plan_kind {
    const char *name;
    unsigned needs;    // columns, by 1 << enum plan_column
    unsigned takes;    // of the columns that not every plan may name
    bool groups;       // compares two groups of rows: sample ratio
    bool looks;        // may be read before the horizon, where rows are independent
    bool covariates;   // takes them
    bool formula;      // reads one
    bool over_time;    // treated rows begin to be treated at the start
    bool rows_only;    // takes rows as independent: no unit, no cluster
    bool inverted;     // its interval comes from p-values, not from a standard error
    bool leads_beside; // leads are looked at beside it
};

struct plan_series {
    double from; // NAN without
    double at;   // NAN: the start
    bool no_slope, log;
    bool plain; // errors as they are, not calibrated for few rows
    double period;
    uint32_t harmonics;
    double lag; // NAN: what goes with the errors
    enum ph_family family;
};

// One analysis: the plan's own, or an alternative.
struct plan_analysis {
    enum plan_method method;
    enum ph_design design;
    enum ph_direction direction;
    bool not_yet_treated;                     // attgt's comparison
    char column[PLAN_COLUMNS][PLAN_NAME_MAX]; // "" = none
    char covariate[PLAN_COVARIATES_MAX][PLAN_NAME_MAX];
    size_t n_covariates;
    char formula[PLAN_FORMULA_MAX];
    char focus[PLAN_NAME_MAX];
    bool own_vcov;
    enum ph_vcov vcov;
    uint32_t vcov_lag;
    enum ph_counted counted;
    enum ph_wild signs;
    size_t draws;
    struct plan_series series;
};

struct plan_guardrail {
    char outcome[PLAN_NAME_MAX];
    enum ph_direction direction;
    double margin;
};

// A further primary measure, by the plan's method.
struct plan_measure {
    char outcome[PLAN_NAME_MAX];
    enum ph_direction direction;
    double delta;
};

// A part named before: the rows where ROWS is 1, or those that TREAT marks as treated by it.
struct plan_component {
    char name[PLAN_NAME_MAX];
    char rows[PLAN_NAME_MAX];
    char treat[PLAN_NAME_MAX];
};

// Another analysis, shown beside and never deciding.
struct plan_alternative {
    char name[PLAN_NAME_MAX];
    char rows[PLAN_NAME_MAX]; // "" = all
    struct plan_analysis a;
};

// A column that a run needs.
struct plan_need {
    char name[PLAN_NAME_MAX];
    enum ph_column_kind kind;
};

struct ph_sealed {
    char *text;
    char hash[65];
    struct ph_plan rule;
    struct plan_analysis own;
    double floor, margin; // feasibility, accuracy
    double horizon, tuned_for;
    struct plan_guardrail guardrail[PH_GUARDRAILS_MAX];
    size_t n_guardrails;
    double treated_share, sample_ratio_p, missing, attrition; // gates; NAN = off
    double cost, value, population;                           // money
    double extension_units, extension_cost;
    struct plan_measure measure[PH_MEASURES_MAX];
    size_t n_measures;
    struct plan_component component[PH_COMPONENTS_MAX];
    size_t n_components;
    struct plan_alternative alternative[PH_ALTERNATIVES_MAX];
    size_t n_alternatives;
    double look[PLAN_LOOKS_MAX]; // times before the horizon
    size_t n_looks;
    double look_share; // of alpha, for all looks before the horizon
    bool portfolio;    // the run must be given earlier pilots
    struct plan_need need[PLAN_NEEDS_MAX];
    size_t n_needs;
};

extern const struct plan_kind ev_plan_kinds[PLAN_METHODS];
extern const char *const ev_plan_columns[PLAN_COLUMNS];
enum ph_column_kind ev_plan_column_kind(enum plan_column column);

// The run, for many of them: QUICK leaves out what no verdict is made of.
PH_CHECKED enum ph_status ev_plan_run(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_frame *frame, const struct ph_evaluate_options *options, bool quick,
    struct ph_evaluation *ret_evaluation);

// report.c
void ev_beside_report(struct ev_json *o, const struct ph_beside *b);
void ev_evaluation_report(struct ev_json *o, const struct ph_evaluation *e);
