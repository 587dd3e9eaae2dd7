// SPDX-License-Identifier: Apache-2.0
// What a plan can tell before it is locked: the smallest effect that it finds, its power, and how
// often the whole rule would be wrong on made-up pilots whose truth is known.
#pragma once

#include "job.h"
#include "sealing.h"

#include <pilothouse/evidence.h>

// ---- what is assumed
// -----------------------------------------------------------------------------

enum { FORECAST_TRUTHS = 4 };

// All that the engine is told. What nobody entered is read from the sites or from the readings
// before the start, else the house's habit is taken; *_from says which: "entered", "sites",
// "readings", "habit".
struct forecast_basis {
    enum evaluation_analysis analysis;
    enum ph_direction direction;
    double size;  // delta, floor or margin, as the plan names it
    double alpha; // 1 - level
    int64_t units, compared, each;
    double mean, spread, steady;
    const char *units_from, *mean_from, *spread_from, *steady_from, *each_from;
    const char *lacks; // a message: what must be said before anything can be reckoned; NULL
    bool is_cut;       // reckoned with less than is planned, to be done in seconds
    struct ph_simulate_options options;
    double truths[FORECAST_TRUTHS];
    const char *meanings[FORECAST_TRUTHS]; // "nothing", "worthwhile", "twice", "harm"; of shares
                                           // "floor", "better", "worse"; of accuracy "true", "off"
    size_t n_truths;
    bool has_power;
    struct ph_power_options power;
};

// PILOT and MEASURE are rows of evaluation.plan_now and evaluation.to_seal.
void forecast_basis_of(const struct value *pilot, const struct value *measure,
    const struct evaluation_sealed *sealed, struct forecast_basis *ret_basis);

// ---- what follows
// --------------------------------------------------------------------------------

// A forecast is a JSON object: {assumed, from, size, power, detectable, command, key, and, once it
// is worked out, runs, truths: [{means, truth, scale, stop, extend, adapt, cannot_tell, error,
// covered, decided_at, failed}] or why_not}; or {lacks}. RATES are worked out now where nobody did
// before (NOW), which takes seconds; else they are absent until the job has run.
CHECKED enum err forecast_of(struct ctx *c, const struct value *pilot, const struct value *measure,
    const struct evaluation_sealed *sealed, bool now, struct value *ret_forecast);
// Whether it can hardly answer: power below a half at the smallest effect worth having or, without
// a formula for that, mostly "cannot tell" at twice that.
bool forecast_is_weak(const struct value *forecast);
// Whether somebody knew how much places differ, so that weakness is no matter of habit.
bool forecast_is_known(const struct value *forecast);
// Keeps what was worked out under its key. Inside a transaction.
CHECKED enum err forecast_keep(struct ctx *c, const struct value *forecast);

// The job: works out what the pilot in PAYLOAD lacks.
CHECKED enum err forecast_job(struct ctx *c, const struct value *payload);

// ---- in words
// ------------------------------------------------------------------------------------

// What {{>evaluations/forecast.html}} shows of FORECAST: lines, warning, table, or that it is being
// worked out.
struct value forecast_part(
    struct ctx *c, const struct value *measure, const struct value *forecast);
