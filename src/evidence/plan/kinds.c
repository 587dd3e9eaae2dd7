// SPDX-License-Identifier: Apache-2.0
// What each method that a plan may name needs and takes.
#include "plan_inner.h"

enum {
    TREAT = 1 << PLAN_TREAT,
    UNIT = 1 << PLAN_UNIT,
    TIME = 1 << PLAN_TIME,
    CLUSTER = 1 << PLAN_CLUSTER,
    FIRST = 1 << PLAN_FIRST_TREATED,
    STRATUM = 1 << PLAN_STRATUM,
};

const char *const ev_plan_columns[PLAN_COLUMNS] = { "outcome", "treat", "unit", "time", "cluster",
    "first_treated", "period", "reference", "trials", "stratum", "exposure", "season" };

const struct plan_kind ev_plan_kinds[PLAN_METHODS] = {
    [PLAN_FEASIBILITY] = { .name = "feasibility", .takes = 1 << PLAN_EXPOSURE, .looks = true },
    [PLAN_ACCURACY] = { .name = "accuracy", .needs = 1 << PLAN_REFERENCE },
    [PLAN_WELCH] = { .name = "welch", .needs = TREAT, .groups = true, .looks = true },
    [PLAN_PROPORTIONS] = { .name = "proportions", .needs = TREAT, .groups = true, .looks = true },
    [PLAN_BEFORE_AFTER] = { .name = "before-after", .needs = 1 << PLAN_PERIOD },
    [PLAN_ATTGT] = { .name = "attgt",
        .needs = UNIT | TIME | FIRST,
        .covariates = true,
        .over_time = true },
    [PLAN_SYNTH] = { .name = "synth",
        .needs = UNIT | TIME | TREAT,
        .over_time = true,
        .inverted = true },
    [PLAN_SDID] = { .name = "sdid", .needs = UNIT | TIME | TREAT, .over_time = true },
    [PLAN_LIN] = { .name = "lin",
        .needs = TREAT,
        .groups = true,
        .looks = true,
        .covariates = true },
    [PLAN_CUPED] = { .name = "cuped",
        .needs = TREAT,
        .groups = true,
        .looks = true,
        .covariates = true,
        .rows_only = true },
    [PLAN_POSTSTRATIFY] = { .name = "poststratify",
        .needs = TREAT | STRATUM,
        .takes = STRATUM,
        .groups = true,
        .looks = true,
        .rows_only = true },
    [PLAN_RANDOMISE] = { .name = "randomise",
        .needs = TREAT,
        .takes = STRATUM,
        .groups = true,
        .looks = true,
        .inverted = true },
    [PLAN_DID] = { .name = "did", .covariates = true, .over_time = true, .leads_beside = true },
    [PLAN_REGRESS] = { .name = "regress",
        .formula = true,
        .over_time = true,
        .leads_beside = true },
    [PLAN_WILDBOOT] = { .name = "wildboot",
        .needs = CLUSTER,
        .formula = true,
        .over_time = true,
        .inverted = true,
        .leads_beside = true },
    [PLAN_ITS] = { .name = "its",
        .needs = TIME,
        .takes = 1 << PLAN_EXPOSURE | 1 << PLAN_SEASON,
        .over_time = true },
    [PLAN_RATES] = { .name = "rates",
        .needs = TREAT,
        .takes = 1 << PLAN_EXPOSURE,
        .groups = true,
        .looks = true },
    [PLAN_SUNAB] = { .name = "sunab",
        .needs = UNIT | TIME | FIRST,
        .over_time = true,
        .leads_beside = true },
};

enum ph_column_kind ev_plan_column_kind(enum plan_column column)
{
    bool key = column == PLAN_UNIT || column == PLAN_CLUSTER || column == PLAN_STRATUM ||
               column == PLAN_SEASON;
    return key ? PH_KEY : PH_REAL;
}
