// SPDX-License-Identifier: Apache-2.0
// Evaluations: what a measure's readings say under the pilot's plan, worked out by the evidence
// engine, kept with the data that it was worked out from.
#pragma once

#include "room.h"

extern const struct room evaluations_room;

// Evaluates MEASURE of PILOT as the viewer does by evaluation.run. RET_ID may be NULL.
CHECKED enum err evaluations_run(struct ctx *c, int64_t pilot, int64_t measure, int64_t *ret_id);

// Seals the evidence engine's plan of each of the pilot's measures as they stand now, and notes the
// hashes in the act's ledger entry: for whoever locks or amends the pilot's plan.
CHECKED enum err evaluations_seal_plans(struct act *a, int64_t pilot);

// For locking: the same, and keeps what was known of each plan then. A plan that can hardly answer
// needs the act's weak_reason. PREPARE works out what no job has yet.
CHECKED enum err evaluations_prepare_lock(struct act *a);
CHECKED enum err evaluations_lock(struct act *a);

// Part of the act's transaction: a job works out what the pilot's plans can tell as they then are.
// Nothing where there is no plan yet, or it is locked.
CHECKED enum err evaluations_ask_forecast(struct act *a, int64_t pilot);

// Whether the engine would seal the plan as the pilot's act A leaves it: a field error where it
// refuses what the form says. What a measure still lacks is told on the pilot's page.
CHECKED enum err evaluations_check_plan(struct act *a);

// For the pilot's page: sets sealed_plans (and has_sealed_plans), the plan of each measure as it
// was sealed, or as locking would seal it now: {title, text, hash, summary, forecast} or {title,
// why}. Residents are shown locked ones only.
CHECKED enum err evaluations_plans(
    struct ctx *c, int64_t pilot, bool is_locked, struct value *data);

// The verdict of an evaluation's row (it needs result_text) as one or two sentences to be read
// aloud, in the reader's language.
const char *evaluations_sentence(struct ctx *c, const struct value *row);

// For other rooms' pages: sets in DATA what {{>evaluations/section.html}} shows: the newest
// evaluation of each of the pilot's measures that the viewer may see, and for the office the way to
// run one (evaluations, has_evaluations, evaluate_href, shows_evidence).
CHECKED enum err evaluations_section(struct ctx *c, int64_t pilot, struct value *data);
