// SPDX-License-Identifier: Apache-2.0
// Evaluations: what a measure's readings say under the pilot's plan, worked out by the evidence
// engine, kept with the data that it was worked out from.
#pragma once

#include "room.h"

extern const struct room evaluations_room;

// Evaluates MEASURE of PILOT as the viewer does by evaluation.run. RET_ID may be NULL.
CHECKED enum err evaluations_run(struct ctx *c, int64_t pilot, int64_t measure, int64_t *ret_id);

// The verdict of an evaluation's row (it needs result_text) as one or two sentences to be read
// aloud, in the reader's language.
const char *evaluations_sentence(struct ctx *c, const struct value *row);

// For other rooms' pages: sets in DATA what {{>evaluations/section.html}} shows: the newest
// evaluation of each of the pilot's measures that the viewer may see, and for the office the way to
// run one (evaluations, has_evaluations, evaluate_href, shows_evidence).
CHECKED enum err evaluations_section(struct ctx *c, int64_t pilot, struct value *data);
