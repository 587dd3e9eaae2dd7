// SPDX-License-Identifier: Apache-2.0
// The evidence engine's plan of one measure, made from what the pilot's plan and the measure say,
// and sealed: canonical JSON and its SHA-256. Nothing in it hangs on the data.
#pragma once

#include "ctx.h"

// What is compared. Each says which table the readings become and which method the plan names.
enum evaluation_analysis {
    ANALYSIS_NONE,      // the engine's plan has no name for it: the office's own rule
    ANALYSIS_UNITS,     // each unit's change, before and after
    ANALYSIS_ONE_PLACE, // one place's readings, before and after
    ANALYSIS_CHANGES,   // changes with it against changes without
    ANALYSIS_AFTER,     // with it against without it, afterwards
    ANALYSIS_SHARES,    // shares of yes, with it against without it, afterwards
    ANALYSIS_ATTGT,     // places over time, by when they started
    ANALYSIS_SYNTH,     // one place against a weighted mix of others
    ANALYSIS_SDID,      // the same, with weighted times
    ANALYSIS_SHARE,     // share of yes against a floor
    ANALYSIS_SHARE_ONE, // the same, of one unit
    ANALYSIS_LIMITS,    // numbers against a reference
    ANALYSIS_LIMITS_ONE,
    N_ANALYSES
};
// "one_place"
const char *evaluation_analysis_name(enum evaluation_analysis a);
// ANALYSIS_NONE for names of none.
enum evaluation_analysis evaluation_analysis_named(const char *name);
bool evaluation_over_time(enum evaluation_analysis a);

// Of plans with looks: what share of the chance of a false alarm is theirs, and the rows at which
// their interval is narrowest. Fixed, so that neither hangs on how many there happen to be.
#define EVALUATION_LOOK_SHARE 0.2
#define EVALUATION_TUNED_FOR  200.0

struct evaluation_sealed {
    enum evaluation_analysis analysis;
    int64_t days;            // horizon: of the pilot; 0: it has no end
    const char *text, *hash; // NULL: not sealed
    const char *why, *field; // then: why, in words, and the field of the plan's form
};

// What the plan says by itself, before data: PILOT and MEASURE are rows with the columns of those
// kinds, of the same names.
enum evaluation_analysis evaluation_planned_analysis(
    const struct value *pilot, const struct value *measure);
// Seals the plan with ANALYSIS. Fails for want of memory only: what the engine refuses is told.
CHECKED enum err evaluation_seal(struct ctx *c, const struct value *pilot,
    const struct value *measure, enum evaluation_analysis analysis,
    struct evaluation_sealed *ret_sealed);
